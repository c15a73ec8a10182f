//! Bills as rows of a page.

use accounts::AccountView;
use billing::{BillRow, Billed, Remainder, Standing};
use kernel::{Amount, Day};
use serde::Serialize;
use web::Locale;

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
    let text = app.site.texts().say(locale.language, &format!("status-{}", standing.code()));
    Status { kind: standing.tone(), text }
}

/// A bill in a table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) title: String,
    pub(crate) period: String,
    /// What it asked for, or gave.
    pub(crate) amount: String,
    pub(crate) status: Status,
    /// What is left to pay of it, where something is.
    pub(crate) left: Option<String>,
    pub(crate) href: String,
    pub(crate) pdf_href: String,
    /// Of the day of issue, for the filter by year.
    #[serde(skip)]
    pub(crate) year: i16,
    #[serde(skip)]
    pub(crate) number: i64,
    /// As it stands on paper, for who looks for that.
    #[serde(skip)]
    pub(crate) total: String,
}

pub(crate) fn bill_href(account: &str, bill: i64) -> String {
    format!("/accounts/{account}/bills/{bill}")
}

pub(crate) fn bill_title(app: &App, locale: &Locale, issued_on: Day) -> String {
    let texts = app.site.texts();
    texts.say_with(locale.language, "bill-title", &[("day", &web::day(texts, locale.language, issued_on))])
}

fn row(app: &App, locale: &Locale, view: &AccountView, (billed, bill): (&Billed, &BillRow)) -> Row {
    let texts = app.site.texts();
    let href = bill_href(&view.number, bill.number);
    let written = |amount: Amount| web::amount(locale.language, amount, bill.currency);
    let asked = billed.reckoning.bill(bill.number).map_or(bill.current_charges, Remainder::amount);
    let left = Some(billed.left(bill)).filter(|left| *left > Amount::ZERO);
    Row {
        title: bill_title(app, locale, bill.issued_on),
        period: web::day_span(texts, locale.language, bill.period()),
        amount: written(asked),
        status: status(app, locale, billed.standing(bill, app.today())),
        left: left.map(|left| texts.say_with(locale.language, "bills-left", &[("left", &written(left))])),
        pdf_href: format!("{href}/pdf"),
        href,
        year: bill.issued_on.date().year(),
        number: bill.number,
        total: written(bill.total_due),
    }
}

/// An account's bills, newest first, each with how it stands.
pub(crate) fn rows(app: &App, locale: &Locale, view: &AccountView, billed: &Billed) -> Vec<Row> {
    billed.bills.iter().map(|bill| row(app, locale, view, (billed, bill))).collect()
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
