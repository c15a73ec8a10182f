//! What an account owes, as it may be chosen to be paid, and amounts as people type them.

use accounts::Grant;
use billing::Standing;
use kernel::Amount;
use payments::WrongAmount;
use web::Refusal;

use crate::App;
use crate::rows::Billed;

/// An amount as people type it: `84,13`, `84.13 $`, `1 084,13`.
pub(crate) fn typed_amount(text: &str) -> Result<Amount, kernel::AmountError> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '$').collect();
    // Commas before a point group thousands, as English writes them; any other is French's point. `1,084` may be either,
    // and is asked about rather than guessed.
    if plain.contains('.') { plain.replace(',', "").parse() } else { plain.replace(',', ".").parse() }
}

/// Whether more than is due may be meant: not while a payment is under way, which may be the same once more.
pub(crate) fn is_a_choice(wrong: WrongAmount) -> bool {
    matches!(wrong, WrongAmount::MoreThanDue { under_way, .. } if under_way == Amount::ZERO)
}

/// What can be chosen to be paid.
pub(crate) struct Owing {
    pub(crate) due: Amount,
    pub(crate) late: Amount,
    due_bills: Vec<i64>,
    late_bills: Vec<i64>,
}

impl Owing {
    pub(crate) async fn of(app: &App, grant: &Grant) -> Result<Self, Refusal> {
        let billed = Billed::of(app, grant).await?;
        let bills = |wanted: &[Standing]| {
            let each = billed.bills.iter().zip(&billed.standings);
            each.filter(|(_, standing)| wanted.contains(standing)).map(|(bill, _)| bill.number).collect()
        };
        let late = billing::late_amount(&billed.bills, billed.balance);
        let newest_is_late = billed.standings.first() == Some(&Standing::Overdue);
        Ok(Self {
            due: billed.balance.max(Amount::ZERO),
            late: if newest_is_late { Amount::ZERO } else { late },
            due_bills: bills(&[Standing::Due, Standing::Overdue, Standing::Carried]),
            late_bills: bills(&[Standing::Overdue]),
        })
    }

    /// Whether an amount still is what its purpose says.
    pub(crate) fn is(&self, purpose: &str, amount: Amount) -> bool {
        match purpose {
            "due" => amount == self.due,
            "late" => amount == self.late,
            _ => true,
        }
    }

    pub(crate) fn bills(&self, purpose: &str) -> &[i64] {
        match purpose {
            "due" => &self.due_bills,
            "late" => &self.late_bills,
            _ => &[],
        }
    }
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
            ("1,084.50", 108_450),
            ("84", 8400),
        ] {
            assert_eq!(typed_amount(typed), Ok(Amount::cents(cents)), "{typed}");
        }
        for fine in ["84.135", "84,135", "1,084"] {
            assert_eq!(typed_amount(fine), Err(kernel::AmountError::TooFine), "{fine}");
        }
        for wrong in ["", "quatre", "84,13,1", "8-4", "1e3"] {
            assert!(typed_amount(wrong).is_err(), "{wrong}");
        }
    }
}
