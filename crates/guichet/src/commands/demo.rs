//! The demonstration: made-up customers of the shipped example, imported, billed and proved in a folder of its own.

use std::path::Path;
use std::sync::Arc;

use billing::{Section, StoredBill};
use kernel::{AccountId, Month};
use services::Catalogue;

use crate::commands::{Failure, keep_heads};
use crate::home::{Home, Place};
use crate::import::{Mapping, Mode, import};
use crate::terminal::say;

const MAPPING: &str = include_str!("../../../../examples/import/telco.toml");
const CATALOGUE: &str = include_str!("../../../../examples/import/telco-catalogue.toml");
const CUSTOMERS: &str = include_str!("../../../../examples/import/sample.csv");

/// The first month of the made-up customers.
const MONTH: &str = "2026-12";

pub(super) async fn run(place: &Place) -> Result<(), Failure> {
    let home = Home::open_demonstration(place).await?;
    let mapping = Mapping::parse(Path::new("telco.toml"), MAPPING, |_| Ok(CATALOGUE.to_owned()))?;
    let file = place.data.join("demonstration-customers.csv");
    std::fs::write(&file, CUSTOMERS)?;
    let imported = import(&home, &mapping, &file, Mode::Real, |_, _| ()).await?;
    say(format!("{} made-up customers imported, {} were there already.", imported.imported, imported.unchanged));

    let month: Month = MONTH.parse()?;
    let reference = billing::keep_reference(&home.db, &home.config.rules).await?;
    let catalogue = reference.catalogue.clone();
    // The demonstration takes a day on which its month can be billed for today.
    let today = home.today().max(month.previous().first_day());
    let run = billing::run(&home.db, Arc::new(reference), month, today, |_, _| ()).await?;
    keep_heads(&home).await?;
    say(format!(
        "{month}: {} bills, current charges {}; {} issued now. One of them:",
        run.bills, run.charged, run.issued_here
    ));
    let bills = billing::bills_of_range(home.db.reader(), (AccountId::FIRST, AccountId::LAST)).await?;
    if let Some(bill) = bills.iter().max_by_key(|bill| bill.add_ons) {
        show(bill, &catalogue);
    }
    let doubts = billing::verify(&home.db, |_| ()).await?;
    say(format!(
        "\nComputed again, {} bills and {} ledger entries: {} doubts.",
        doubts.bills, doubts.entries, doubts.count
    ));
    let data = place.data.display();
    say(format!(
        "Everything is in {data}. Next: guichet --data {data} bills export --month {month} --csv december.csv"
    ));
    home.db.close().await;
    Ok(())
}

fn show(bill: &StoredBill, catalogue: &Catalogue) {
    say(format!("\n  Bill {} of {}, due {}", bill.number, bill.issued_on, bill.due_on));
    let row = |name: &str, amount: kernel::Amount| say(format!("    {name:<44}{amount:>10}"));
    let content = bill.content().unwrap_or_default();
    for (section, title) in
        [(Section::Service, "Service charges"), (Section::AddOn, "Add-ons and features"), (Section::Fee, "Fees")]
    {
        let lines: Vec<_> = content.lines.iter().filter(|line| line.charge.section == section).collect();
        if lines.is_empty() {
            continue;
        }
        say(format!("  {title}"));
        for line in lines {
            let name =
                catalogue.item(&line.charge.item).map_or(line.charge.item.as_str(), |item| item.name.en.as_str());
            row(&format!("{name}, {} to {}", line.days.from, line.days.last_day()), line.amount);
        }
    }
    say("  Taxes");
    for tax in &content.taxes {
        row(&format!("{} {} % on {}", tax.tax.code().to_uppercase(), tax.rate, tax.base), tax.amount);
    }
    row("Total due", bill.total_due);
}
