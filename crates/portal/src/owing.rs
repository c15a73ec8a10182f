//! What an account owes, as it may be chosen to be paid, and amounts as people type them.

use accounts::Grant;
use billing::{BillRow, Billed};
use kernel::{Amount, AmountError, Day, PaymentId};
use payments::{Payments, WrongAmount};
use web::Refusal;

use crate::App;

/// An amount as people type it: `84,13`, `84.13 $`, `1 084,13` as French writes it, `1,084.13` as English does. What is
/// neither is asked about and not guessed at, for money hangs on it: `1,084` is too fine, `84.1,3` is no number.
pub(crate) fn typed_amount(text: &str) -> Result<Amount, AmountError> {
    let text = text.trim();
    let bare = text.strip_prefix('$').or_else(|| text.strip_suffix('$')).unwrap_or(text).trim();
    let (sign, bare) = match bare.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest.trim_start()),
        None => ("", bare),
    };
    // What follows the last point or comma are decimals; what is before it may be grouped by threes.
    let (whole, decimals) = bare.rsplit_once(['.', ',']).map_or((bare, None), |(whole, rest)| (whole, Some(rest)));
    let comma_is_decimal = bare[whole.len()..].starts_with(',');
    let groups_by_comma = whole.contains(',');
    if groups_by_comma && (comma_is_decimal || whole.contains(char::is_whitespace)) {
        return Err(AmountError::NoNumber);
    }
    let digits = ungrouped(whole, if groups_by_comma { |c| c == ',' } else { char::is_whitespace });
    let digits = digits.ok_or(AmountError::NoNumber)?;
    match decimals {
        Some(decimals) => format!("{sign}{digits}.{decimals}").parse(),
        None => format!("{sign}{digits}").parse(),
    }
}

/// The digits of a whole number, whose groups after the first are of three; none where they are not.
fn ungrouped(whole: &str, is_between: fn(char) -> bool) -> Option<String> {
    let groups: Vec<&str> = whole.split(is_between).collect();
    let are_digits = groups.iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let are_threes = groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    (are_digits && are_threes).then(|| groups.concat())
}

/// Whether more than is due may be meant: not while a payment is under way, which may be the same once more.
pub(crate) fn is_a_choice(wrong: WrongAmount) -> bool {
    matches!(wrong, WrongAmount::MoreThanDue { under_way, .. } if under_way == Amount::ZERO)
}

/// What can be chosen to be paid: never what a payment that is under way would pay already.
pub(crate) struct Owing {
    pub(crate) due: Amount,
    pub(crate) late: Amount,
    /// What payments that are not over would pay, and the newest of them.
    pub(crate) under_way: Amount,
    pub(crate) newest_under_way: Option<PaymentId>,
    /// Older bills, newest first, each to be paid with those before it; not where that is all, or all that is late.
    pub(crate) up_to: Vec<UpTo>,
    due_bills: Vec<i64>,
    late_bills: Vec<i64>,
    /// All that its reader may see.
    bills: Vec<i64>,
}

/// A bill that may be paid, with whatever is owed before it: payments pay the oldest first.
pub(crate) struct UpTo {
    pub(crate) number: i64,
    pub(crate) issued_on: Day,
    /// What is left of it and of those before, less what is under way.
    pub(crate) amount: Amount,
    bills: Vec<i64>,
}

impl UpTo {
    /// Whether nothing is owed by an older one.
    pub(crate) fn is_alone(&self) -> bool {
        self.bills.len() == 1
    }

    /// As a form names it.
    pub(crate) fn purpose(&self) -> String {
        format!("bill-{}", self.number)
    }
}

/// Bills offered one by one; an account that owes more of them talks to somebody.
const MOST_OFFERED: usize = 6;

impl Owing {
    pub(crate) async fn of(app: &App, payments: &Payments, grant: &Grant) -> Result<Self, Refusal> {
        let billed = billing::list_bills(&app.db, grant).await?;
        let (under_way, newest_under_way) = payments.under_way(grant).await?;
        let today = app.today();
        let due = (billed.reckoning.balance - under_way).max(Amount::ZERO);
        let late = billed.late_amount(today);
        // What is oldest is paid first. Where all is late, there is nothing to choose.
        let is_all = late == billed.reckoning.balance;
        let late = if is_all { Amount::ZERO } else { (late - under_way).max(Amount::ZERO) };
        let mut up_to = up_to(&billed, under_way);
        up_to.retain(|bill| bill.amount < due && bill.amount != late);
        up_to.truncate(MOST_OFFERED);
        Ok(Self {
            due,
            late,
            up_to,
            under_way,
            newest_under_way,
            due_bills: newest_first(billed.open()),
            late_bills: newest_first(billed.late(today)),
            bills: billed.bills.iter().map(|bill| bill.number).collect(),
        })
    }

    /// Whether nothing is due, and nothing that was is being paid.
    pub(crate) fn is_nothing(&self) -> bool {
        self.due.is_zero() && self.under_way.is_zero()
    }

    /// Whether an amount still is what its purpose says.
    pub(crate) fn is(&self, purpose: &str, amount: Amount) -> bool {
        match purpose {
            "due" => amount == self.due,
            "late" => amount == self.late,
            bill if bill.starts_with("bill-") => self.bill(bill).is_some_and(|bill| bill.amount == amount),
            _ => true,
        }
    }

    pub(crate) fn bills(&self, purpose: &str) -> &[i64] {
        match purpose {
            "due" => &self.due_bills,
            "late" => &self.late_bills,
            _ => self.bill(purpose).map_or(&[], |bill| &bill.bills),
        }
    }

    /// Whether that bill is paid by paying what is late.
    pub(crate) fn is_late(&self, purpose: &str) -> bool {
        let number = purpose.strip_prefix("bill-").and_then(|number| number.parse::<i64>().ok());
        self.late > Amount::ZERO && number.is_some_and(|number| self.late_bills.contains(&number))
    }

    /// Whether a purpose names a bill that its reader cannot know of.
    pub(crate) fn is_unknown(&self, purpose: &str) -> bool {
        let number = purpose.strip_prefix("bill-").map(str::parse::<i64>);
        number.is_some_and(|number| number.map_or(true, |number| !self.bills.contains(&number)))
    }

    /// The bill that a form's purpose names, as long as it may be chosen.
    pub(crate) fn bill(&self, purpose: &str) -> Option<&UpTo> {
        let number: i64 = purpose.strip_prefix("bill-")?.parse().ok()?;
        self.up_to.iter().find(|bill| bill.number == number)
    }
}

fn newest_first<'a>(bills: impl Iterator<Item = &'a BillRow>) -> Vec<i64> {
    let mut numbers: Vec<i64> = bills.map(|bill| bill.number).collect();
    numbers.reverse();
    numbers
}

/// Newest first. What is under way settles the oldest first, as everything does.
fn up_to(billed: &Billed, under_way: Amount) -> Vec<UpTo> {
    let (mut sum, mut bills) = (-under_way, Vec::new());
    let mut offered: Vec<UpTo> = Vec::new();
    for bill in billed.open() {
        sum += billed.left(bill);
        bills.insert(0, bill.number);
        if sum > Amount::ZERO {
            offered.push(UpTo { number: bill.number, issued_on: bill.issued_on, amount: sum, bills: bills.clone() });
        }
    }
    offered.reverse();
    offered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pay_1_amounts_are_read_as_people_type_them() {
        for (typed, cents) in [
            ("84,13", 8413),
            ("84.13", 8413),
            ("84,13 $", 8413),
            ("$84.13", 8413),
            ("1\u{a0}084,5", 108_450),
            ("1 234,56", 123_456),
            ("1\u{a0}234,56 $", 123_456),
            ("1\u{202f}234,56\u{a0}$", 123_456),
            ("1 234.56", 123_456),
            ("1,084.50", 108_450),
            ("1,234.56", 123_456),
            ("$1,234,567.89", 123_456_789),
            ("1234,5", 123_450),
            ("1 234", 123_400),
            ("0012", 1200),
            ("-5,00 $", -500),
            ("\u{2212}5", -500),
            (" 84 ", 8400),
            ("84", 8400),
        ] {
            assert_eq!(typed_amount(typed), Ok(Amount::cents(cents)), "{typed}");
        }
        for fine in ["84.135", "84,135", "1,084", "1.084", "1 234,567"] {
            assert_eq!(typed_amount(fine), Err(AmountError::TooFine), "{fine}");
        }
        for wrong in [
            "",
            "quatre",
            "84,13,1",
            "8-4",
            "1e3",
            "84.1,3",
            "1.234,56",
            "1,234,56",
            "12 34,56",
            "1,23.45",
            "1,2345.00",
            ",1234.00",
            "1,,234.00",
            "84, 13",
            "84 .13",
            "8 4",
            "1 2345",
            "1 234,567.00",
            "84.",
            ".50",
            "$",
            "$5$",
            "5$5",
            "84,1 3",
            "--5",
            "5-",
            "+5",
            "٨٤",
            "1\u{a0}\u{a0}234",
            "84..13",
        ] {
            assert!(typed_amount(wrong).is_err(), "{wrong}");
        }
    }
}
