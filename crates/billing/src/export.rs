//! The bills of a month as a CSV file.

use std::io;

use db::{Db, DbErr};
use kernel::{AccountId, Amount, Month};
use sea_orm::FromQueryResult;

use crate::rules::Figures;

const PAGE: i64 = 2_000;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{0} has no bills: run it first")]
    NoBills(Month),
    #[error("the file cannot be written: {0}")]
    File(#[from] csv::Error),
    #[error("the file cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// What an export came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportTotals {
    pub bills: u64,
    pub figures: Figures,
}

#[derive(FromQueryResult)]
struct Row {
    account_id: AccountId,
    external_id: Option<String>,
    account_number: String,
    number: i64,
    service_charges: Amount,
    add_ons: Amount,
    gst: Amount,
    hst: Amount,
    qst: Amount,
    pst: Amount,
    vat: Amount,
    fees: Amount,
    previous_balance: Amount,
    payments: Amount,
    current_charges: Amount,
    total_due: Amount,
}

/// Columns of the file, in this order; amounts with two decimals, payments negative, so that each row adds up. European
/// VAT has no column of its own: it is part of `current_charges`.
const COLUMNS: [&str; 14] = [
    "external_id",
    "account_number",
    "bill_number",
    "service_charges",
    "add_ons",
    "gst",
    "qst",
    "hst",
    "pst",
    "fees",
    "previous_balance",
    "payments",
    "current_charges",
    "total_due",
];

/// Writes the bills of a month, in the order in which accounts were created.
///
/// # Errors
/// When there are none, or the file cannot be written; a file begun is then incomplete.
pub async fn export(db: &Db, month: Month, to: impl io::Write) -> Result<ExportTotals, ExportError> {
    let sql = format!(
        "SELECT b.account_id, a.external_id, a.number AS account_number, b.number, b.service_charges, b.add_ons, b.gst,
             b.hst, b.qst, b.pst, b.vat, b.fees, b.previous_balance, b.payments, b.current_charges, b.total_due
         FROM bills b JOIN accounts a ON a.id = b.account_id
         WHERE b.kind = 'monthly' AND b.month = $1 AND b.account_id > $2 ORDER BY b.account_id LIMIT {PAGE}"
    );
    let mut file = csv::Writer::from_writer(to);
    let mut totals = ExportTotals::default();
    let mut after = AccountId::FIRST;
    loop {
        let page: Vec<Row> = db::query(db.reader(), &sql, [month.first_day().into(), after.into()]).await?;
        let Some(last) = page.last() else { break };
        after = last.account_id;
        for row in &page {
            if totals.bills == 0 {
                file.write_record(COLUMNS)?;
            }
            write_row(&mut file, row)?;
            totals.bills += 1;
            totals.figures = totals.figures.plus(&figures(row));
        }
    }
    file.flush()?;
    if totals.bills == 0 { Err(ExportError::NoBills(month)) } else { Ok(totals) }
}

fn write_row(file: &mut csv::Writer<impl io::Write>, row: &Row) -> Result<(), csv::Error> {
    file.write_field(row.external_id.as_deref().unwrap_or(""))?;
    file.write_field(&row.account_number)?;
    file.write_field(row.number.to_string())?;
    let amounts = [
        row.service_charges,
        row.add_ons,
        row.gst,
        row.qst,
        row.hst,
        row.pst,
        row.fees,
        row.previous_balance,
        row.payments,
        row.current_charges,
        row.total_due,
    ];
    for amount in amounts {
        file.write_field(amount.to_string())?;
    }
    file.write_record(None::<&[u8]>)
}

fn figures(row: &Row) -> Figures {
    Figures {
        service_charges: row.service_charges,
        add_ons: row.add_ons,
        gst: row.gst,
        hst: row.hst,
        qst: row.qst,
        pst: row.pst,
        vat: row.vat,
        fees: row.fees,
        previous_balance: row.previous_balance,
        payments: row.payments,
        current_charges: row.current_charges,
        total_due: row.total_due,
    }
}
