//! The demonstration: Boréal's made-up customers with twelve months of bills, proved, and accounts to try.

use crate::commands::{Failure, keep_heads};
use crate::demonstration::{Filled, fill};
use crate::home::{Home, Place};
use crate::terminal::{progress, say};

pub(super) async fn run(place: &Place) -> Result<(), Failure> {
    let home = Home::open_demonstration(place).await?;
    let bar = progress("Living through twelve months", 0);
    let tell = |done: u32, of: u32| {
        bar.set_length(of.into());
        bar.set_position(done.into());
    };
    let filled = fill(&home, tell).await;
    bar.finish_and_clear();
    let filled = filled?;
    show(&filled);
    let doubts = billing::verify(&home.db, |_| ()).await?;
    keep_heads(&home).await?;
    say(format!(
        "\nComputed again, {} bills and {} ledger entries: {} doubts. Everything is in {}.",
        doubts.bills,
        doubts.entries,
        doubts.count,
        place.data.display()
    ));
    home.db.close().await;
    Ok(())
}

fn show(filled: &Filled) {
    let (first, last) = filled.months;
    say(format!(
        "Boréal, a provider that does not exist: {} made-up customers, {} bills from {first} to {last}.",
        filled.customers, filled.bills
    ));
    say("Accounts to try:\n");
    for made in &filled.accounts {
        say(format!("  {}  {}  {}  {} ({})", made.number, made.postal_code, made.identifier, made.name, made.language));
        say(format!("      {}", made.story));
    }
}
