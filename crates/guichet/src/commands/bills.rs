use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use billing::{Asked, Figures, RefundDue, RunReport, ToCome};
use kernel::{Amount, Day, Month};
use serde_json::json as value;
use taxes::TaxTable;

use crate::commands::{Failure, keep_heads};
use crate::home::Home;
use crate::site::{provider, public_url, site, told};
use crate::terminal::{counter, json, progress, say, warn};
use crate::unprintable::tell_unprintable;

/// Faulty accounts that are named; the others are counted.
const MOST_NAMED: i64 = 20;

/// What “bills run” is to bill.
pub(super) fn asked(home: &Home, month: Option<Month>, ahead: u16) -> Asked {
    Asked { month, today: home.today(), ahead }
}

fn named(asked: &Asked) -> String {
    asked.month.map_or_else(|| format!("Due until {}", asked.until()), |month| month.to_string())
}

pub(super) async fn run(home: &Home, asked: Asked, as_json: bool) -> Result<(), Failure> {
    let reference = billing::keep_reference(&home.db, &home.config.rules).await?;
    warn_of_ended(home, asked.until())?;
    let bar = progress("Billing", 0);
    let tell = |done: i64, of: i64| {
        bar.set_length(of.unsigned_abs());
        bar.set_position(done.unsigned_abs());
    };
    let ran = billing::run(&home.db, Arc::new(reference), asked, tell).await;
    bar.finish_and_clear();
    // Whole batches stay also when the run was refused half-way, and their events are kept.
    keep_heads(home).await?;
    let report = ran?;
    let told = tell_holders(home).await?;
    let refunds = match report.after_number {
        Some(after) => billing::refunds_due(&home.db, asked.until(), after).await?,
        None => Vec::new(),
    };
    if as_json {
        json(&told_as_json(&report, &refunds));
    } else {
        let RunReport { bills, charged, issued_here, .. } = report;
        say(format!("{}: {bills} bills, current charges {charged}; {issued_here} issued now.", named(&asked)));
        say_to_come(&report.to_come);
        if told > 0 {
            say(format!("{told} e-mails say that a bill is ready; “guichet serve” sends them."));
        }
        if !refunds.is_empty() {
            let amount: Amount = refunds.iter().map(|refund| refund.amount).sum();
            let count = refunds.len();
            say(format!(
                "{count} of these bills are of accounts that left and are in credit, {amount} in all: “guichet payments refunds-due” lists them."
            ));
        }
    }
    if let Some(after) = report.after_number {
        tell_unprintable(home, after, None).await?;
    }
    for account in &billing::faults_of_month(home.db.reader(), asked.month, MOST_NAMED).await? {
        let key = account.external_id.as_deref().map_or(String::new(), |key| format!(" ({key})"));
        warn(format!("account {}{key} was set aside: {}", account.number, account.reason));
    }
    if report.faulty > 0 {
        let reason = format!("{} accounts were set aside; mend them and run again", report.faulty);
        return Err(Failure::because(reason));
    }
    Ok(())
}

fn told_as_json(report: &RunReport, refunds: &[RefundDue]) -> serde_json::Value {
    let RunReport { accounts, bills, charged, issued_here, faulty, to_come, .. } = report;
    value!({
        "accounts": accounts, "bills": bills, "charged": charged.to_string(), "issued_here": issued_here, "faulty": faulty,
        "to_come": days(to_come), "refunds_due": refunds.iter().map(refund).collect::<Vec<_>>(),
    })
}

/// An account that is owed something, as JSON.
pub(super) fn refund(due: &RefundDue) -> serde_json::Value {
    value!({
        "account": due.number, "external_id": due.external_id, "amount": due.amount.to_string(), "bill": due.bill,
        "issued_on": due.issued_on,
    })
}

fn days(to_come: &[ToCome]) -> Vec<serde_json::Value> {
    to_come.iter().map(|day| value!({ "on": day.on, "accounts": day.accounts })).collect()
}

fn say_to_come(to_come: &[ToCome]) {
    let accounts: i64 = to_come.iter().map(|day| day.accounts).sum();
    if accounts > 0 {
        let days: Vec<String> = to_come.iter().map(|day| format!("{} on {}", day.accounts, day.on)).collect();
        let are = if accounts == 1 { "account is" } else { "accounts are" };
        say(format!("{accounts} {are} to come in that month: {}.", days.join(", ")));
    }
}

/// Says which entries of the tax table are no longer known on a day.
pub(super) fn warn_of_ended(home: &Home, day: Day) -> Result<(), Failure> {
    let table = TaxTable::parse(taxes::SHIPPED)?;
    table.ended(&home.config.rules.fees, day).into_iter().for_each(warn);
    Ok(())
}

/// Writes to holders that their bills are ready, those of earlier, interrupted runs included.
async fn tell_holders(home: &Home) -> Result<u64, Failure> {
    let Some(after) = billing::untold_after(home.db.reader()).await? else { return Ok(0) };
    let public_url = public_url(home, home.config.web.listen);
    let site = site(home, &public_url)?;
    let provider = provider(home);
    let with = told(home, &site, &provider, &public_url);
    let told = portal::tell_of_bills(&home.db, &home.vault, &with, after).await?;
    billing::note_told(&home.db).await?;
    Ok(told)
}

pub(super) async fn render(home: &Home, month: Month, out: &Path, as_json: bool) -> Result<(), Failure> {
    let bar = counter(&format!("Drawing the bills of {month}:"));
    let drawn = crate::render::render(home, month, out, |done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    if as_json {
        json(&value!({ "drawn": drawn.drawn, "there": drawn.there }));
    } else {
        say(format!("{}: {} bills drawn, {} were there already.", out.display(), drawn.drawn, drawn.there));
    }
    Ok(tell_unprintable(home, 0, Some(month)).await?)
}

pub(super) async fn dry_run(home: &Home, asked: Asked, as_json: bool) -> Result<(), Failure> {
    let reference = billing::read_reference(&home.db, &home.config.rules).await?;
    warn_of_ended(home, asked.until())?;
    let bar = counter("Computing, accounts done:");
    let tell = |done: usize| bar.set_position(done as u64);
    let dry = billing::dry_run(&home.db, &reference, asked, tell).await?;
    bar.finish_and_clear();
    if as_json {
        json(&value!({
            "accounts": dry.accounts, "bills": dry.bills, "corrected": dry.corrected, "faulty": dry.faulty,
            "to_come": days(&dry.to_come), "figures": figures(&dry.figures),
        }));
    } else {
        say(format!(
            "{}: {} bills would be issued for {} accounts; nothing was written.",
            named(&asked),
            dry.bills,
            dry.accounts
        ));
        say_to_come(&dry.to_come);
        say_figures(&dry.figures);
        if dry.corrected > 0 {
            say(format!("{} of them credit or charge days of earlier months.", dry.corrected));
        }
    }
    for (account, reason) in &dry.faults {
        warn(format!("account {account} would be set aside: {reason}"));
    }
    Ok(())
}

pub(super) async fn verify(home: &Home, as_json: bool) -> Result<(), Failure> {
    let bar = counter("Computing bills again, accounts done:");
    let mut doubts = billing::verify(&home.db, |done| bar.set_position(done)).await?;
    let compared = payments::verify(&home.db, &mut doubts).await?;
    bar.finish_and_clear();
    if as_json {
        let listed: Vec<String> = doubts.listed.iter().map(ToString::to_string).collect();
        json(&value!({
            "bills": doubts.bills, "entries": doubts.entries, "payments": compared.payments, "refunds": compared.refunds,
            "doubts": doubts.count, "listed": listed,
        }));
    } else {
        doubts.listed.iter().for_each(|doubt| warn(doubt.to_string()));
        say(format!(
            "{} bills and {} ledger entries of {} accounts were computed again.",
            doubts.bills, doubts.entries, doubts.accounts
        ));
        say(format!(
            "{} payments and {} refunds by card were compared with the ledger.",
            compared.payments, compared.refunds
        ));
    }
    match doubts.count {
        0 => Ok(()),
        count => Err(Failure::because(format!("{count} things are not as they should be"))),
    }
}

pub(super) async fn export(home: &Home, month: Month, path: &Path, as_json: bool) -> Result<(), Failure> {
    let unwritable = |error| Failure::because(format!("{}: {error}", path.display()));
    // Written beside and put in place when whole, so that half a file is never taken for one.
    let part = path.with_extension("part");
    let file = File::create(&part).map_err(unwritable)?;
    let exported = billing::export(&home.db, month, BufWriter::new(file)).await;
    let totals = match exported {
        Ok(totals) => totals,
        Err(error) => {
            let _ = std::fs::remove_file(&part);
            return Err(error.into());
        }
    };
    std::fs::rename(&part, path).map_err(unwritable)?;
    if as_json {
        json(&value!({ "bills": totals.bills, "figures": figures(&totals.figures) }));
    } else {
        say(format!("{}: {} bills of {month}.", path.display(), totals.bills));
        say_figures(&totals.figures);
    }
    Ok(())
}

fn figures(figures: &Figures) -> serde_json::Value {
    let Figures { service_charges, add_ons, gst, hst, qst, pst, vat, fees, .. } = figures;
    let cells = [
        ("service_charges", service_charges),
        ("add_ons", add_ons),
        ("gst", gst),
        ("qst", qst),
        ("hst", hst),
        ("pst", pst),
        ("vat", vat),
        ("fees", fees),
        ("previous_balance", &figures.previous_balance),
        ("payments", &figures.payments),
        ("current_charges", &figures.current_charges),
        ("total_due", &figures.total_due),
    ];
    cells
        .into_iter()
        .map(|(name, amount)| (name.to_owned(), amount.to_string().into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn say_figures(totals: &Figures) {
    let cells = [
        ("Service charges", totals.service_charges),
        ("Add-ons and features", totals.add_ons),
        ("GST", totals.gst),
        ("QST", totals.qst),
        ("HST", totals.hst),
        ("PST", totals.pst),
        ("VAT", totals.vat),
        ("Fees", totals.fees),
        ("Previous balance", totals.previous_balance),
        ("Payments", totals.payments),
        ("Current charges", totals.current_charges),
        ("Total due", totals.total_due),
    ];
    for (name, amount) in cells.into_iter().filter(|(_, amount)| !amount.is_zero()) {
        say(format!("  {name:<22}{amount:>16}"));
    }
}
