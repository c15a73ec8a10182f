//! Bills as rows of a page.

use accounts::{AccountView, Grant};
use billing::{BillRow, Standing};
use kernel::{Amount, Day};
use serde::Serialize;
use web::{Locale, Refusal};

use crate::App;

/// Rows of a list on one of its pages.
pub(crate) const ON_A_PAGE: usize = 24;

/// The rows of one page, of which one more may be given than it shows; `true`: there are further ones.
pub(crate) fn one_page<T>(mut rows: Vec<T>) -> (Vec<T>, bool) {
    let goes_on = rows.len() > ON_A_PAGE;
    rows.truncate(ON_A_PAGE);
    (rows, goes_on)
}

/// A word and an icon.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Status {
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

/// How a bill stands, in a word.
pub(crate) fn status(app: &App, locale: &Locale, standing: Standing) -> Status {
    let (kind, key) = match standing {
        Standing::Paid => ("success", "status-paid"),
        Standing::Nothing => ("success", "status-nothing"),
        Standing::Due => ("info", "status-due"),
        Standing::Overdue => ("danger", "status-overdue"),
        Standing::Carried => ("neutral", "status-carried"),
    };
    Status { kind, text: app.site.texts().say(locale.language, key) }
}

/// A bill in a table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) title: String,
    pub(crate) period: String,
    pub(crate) amount: String,
    pub(crate) status: Status,
    pub(crate) href: String,
    pub(crate) pdf_href: String,
    /// Of the day of issue, for the filter by year.
    #[serde(skip)]
    pub(crate) year: i16,
    #[serde(skip)]
    pub(crate) number: i64,
}

pub(crate) fn bill_href(account: &str, bill: i64) -> String {
    format!("/accounts/{account}/bills/{bill}")
}

pub(crate) fn bill_title(app: &App, locale: &Locale, issued_on: Day) -> String {
    let texts = app.site.texts();
    texts.say_with(locale.language, "bill-title", &[("day", &web::day(texts, locale.language, issued_on))])
}

fn row(app: &App, locale: &Locale, view: &AccountView, bill: &BillRow, standing: Standing) -> Row {
    let texts = app.site.texts();
    let href = bill_href(&view.number, bill.number);
    Row {
        title: bill_title(app, locale, bill.issued_on),
        period: web::day_span(texts, locale.language, bill.period()),
        amount: web::amount(locale.language, bill.total_due, bill.currency),
        status: status(app, locale, standing),
        pdf_href: format!("{href}/pdf"),
        href,
        year: bill.issued_on.date().year(),
        number: bill.number,
    }
}

/// An account's bills, newest first, each with how it stands, and what the account owes.
pub(crate) struct Billed {
    pub(crate) bills: Vec<BillRow>,
    pub(crate) standings: Vec<Standing>,
    pub(crate) balance: Amount,
}

impl Billed {
    pub(crate) async fn of(app: &App, grant: &Grant) -> Result<Self, Refusal> {
        let (bills, balance) = billing::list_bills(app.db.reader(), grant).await?;
        let standings = billing::standings(&bills, balance, app.today());
        Ok(Self { bills, standings, balance })
    }

    /// How many bills are to be paid.
    pub(crate) fn count_due(&self) -> i64 {
        let is_due = |standing: &&Standing| matches!(standing, Standing::Due | Standing::Overdue);
        i64::try_from(self.standings.iter().filter(is_due).count()).unwrap_or(i64::MAX)
    }

    pub(crate) fn rows(&self, app: &App, locale: &Locale, view: &AccountView) -> Vec<Row> {
        let each = self.bills.iter().zip(&self.standings);
        each.map(|(bill, standing)| row(app, locale, view, bill, *standing)).collect()
    }
}

/// What an account is called on its pages.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Named {
    pub(crate) number: String,
    pub(crate) label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pay_1_a_page_that_is_just_full_leads_to_no_empty_one() {
        for (count, shown, goes_on) in [(0, 0, false), (23, 23, false), (24, 24, false), (25, 24, true), (90, 24, true)]
        {
            let (rows, more) = one_page((0..count).collect());
            assert_eq!((rows.len(), more), (shown, goes_on), "{count}");
            assert!(rows.iter().enumerate().all(|(place, row)| place == *row));
        }
    }
}
