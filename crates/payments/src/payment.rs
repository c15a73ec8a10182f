//! A payment, a refund and a saved card as their people read them.

use kernel::{AccountId, Amount, CardId, Currency, Day, EntryId, LoginId, Moment, PaymentId, RefundId};

use crate::gateway::{CardFacts, Decline};
use crate::model::{RefundState, State};

/// A payment by card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub account: AccountId,
    /// Kind and mode of the gateway.
    pub gateway: String,
    pub amount: Amount,
    pub currency: Currency,
    /// The numbers of the bills that it was made for; none for an amount.
    pub bills: Vec<i64>,
    /// The gateway's payment method.
    pub(crate) method: String,
    pub keeps_card: bool,
    /// Who paid; none for the provider's own people.
    pub login: Option<LoginId>,
    pub state: State,
    /// The gateway's id of it.
    pub intent: Option<String>,
    /// Where the customer takes the second step, while one is asked for.
    pub step_url: Option<String>,
    /// Why the card was not charged.
    pub failure: Option<Decline>,
    pub card: Option<CardFacts>,
    pub begun_at: Moment,
    pub confirmed_at: Option<Moment>,
    /// When it was known how it ended.
    pub settled_at: Option<Moment>,
    /// Given back, or on its way back.
    pub refunded: Amount,
    /// Its entry of the ledger, once it was charged.
    pub entry: Option<EntryId>,
}

impl Payment {
    pub(crate) fn author(&self) -> audit::Author {
        author_of(self.login)
    }

    /// What may still be given back.
    pub fn refundable(&self) -> Amount {
        if self.state == State::Succeeded { self.amount - self.refunded } else { Amount::ZERO }
    }
}

pub(crate) fn author_of(login: Option<LoginId>) -> audit::Author {
    if login.is_some() { audit::Author::Customer } else { audit::Author::Operator }
}

/// Money given back of a payment (PAY-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub payment: PaymentId,
    pub account: AccountId,
    pub amount: Amount,
    pub reason: String,
    pub login: Option<LoginId>,
    pub state: RefundState,
    /// The gateway's id of it.
    pub reference: Option<String>,
    pub begun_at: Moment,
    pub sent_at: Option<Moment>,
    pub settled_at: Option<Moment>,
    pub entry: Option<EntryId>,
}

/// How a card that is kept, or is to be, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    /// The gateway has not said yes so far; perhaps a second step is to be taken.
    Pending,
    Kept,
    Refused,
    /// Gone for the customer; the gateway has still to be told.
    Removing,
    Removed,
}

impl CardState {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Kept => "kept",
            Self::Refused => "refused",
            Self::Removing => "removing",
            Self::Removed => "removed",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        let all = [Self::Pending, Self::Kept, Self::Refused, Self::Removing, Self::Removed];
        all.into_iter().find(|state| state.code() == code)
    }
}

/// A card that the gateway keeps for a customer, or is asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub id: CardId,
    pub account: AccountId,
    pub gateway: String,
    /// The gateway's payment method.
    pub(crate) reference: String,
    pub(crate) setup: Option<String>,
    pub state: CardState,
    pub step_url: Option<String>,
    pub failure: Option<Decline>,
    pub facts: Option<CardFacts>,
    /// What its people call it, sealed: see [`crate::Payments::name_card`].
    pub(crate) name: Option<Vec<u8>>,
    pub is_default: bool,
    pub added_at: Moment,
    /// Whose session asked for it.
    pub added_by: Option<LoginId>,
}

/// Whether a card can still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Good,
    /// This month or the next is its last.
    Soon,
    Expired,
}

impl CardFacts {
    /// Whether both are of the same number.
    pub(crate) fn is_same_number(&self, other: &Self) -> bool {
        self.fingerprint.is_some() && self.fingerprint == other.fingerprint
    }

    /// Whether both are the same card; one that was renewed has another expiry.
    pub(crate) fn is_same_card(&self, other: &Self) -> bool {
        let expiry = |card: &Self| (card.exp_year, card.exp_month);
        self.is_same_number(other) && expiry(self) == expiry(other)
    }

    /// A card is good to the end of its month.
    pub fn expiry(&self, today: Day) -> Expiry {
        let months = |year: i16, month: i16| i32::from(year) * 12 + i32::from(month);
        let now = months(today.date().year(), i16::from(today.date().month()));
        match months(self.exp_year, self.exp_month) - now {
            left if left < 0 => Expiry::Expired,
            0 | 1 => Expiry::Soon,
            _ => Expiry::Good,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pay_1_a_card_is_good_to_the_end_of_its_month() {
        let (brand, last4) = ("visa".to_owned(), "4242".to_owned());
        let facts = CardFacts { brand, last4, exp_month: 1, exp_year: 2027, fingerprint: None };
        for (day, expected) in [
            (Day::constant(2026, 11, 30), Expiry::Good),
            (Day::constant(2026, 12, 1), Expiry::Soon),
            (Day::constant(2027, 1, 31), Expiry::Soon),
            (Day::constant(2027, 2, 1), Expiry::Expired),
        ] {
            assert_eq!(facts.expiry(day), expected, "{day}");
        }
    }
}
