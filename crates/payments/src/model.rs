//! The life of a payment, and its rules. Pure.
//!
//! ```text
//! begun ─→ created ─→ confirming ─→ requires-action ⇄ processing
//!                          └──────────────┴──────────────┴─→ succeeded | failed | canceled
//! ```
//! A step is committed before the gateway is asked for what it announces: in `created` the intent's id is known and
//! nothing is charged; from `confirming` on it may be, and only the gateway knows.

use jiff::SignedDuration;
use kernel::{Amount, Currency, Moment, PaymentId};

use crate::gateway::{Intent, Status};

/// A payment that was not confirmed within so long is not any more: nobody is there to see it.
pub const CONFIRM_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How long a customer has for the second step at their bank.
pub const STEP_WITHIN: SignedDuration = SignedDuration::from_hours(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Ours alone; the gateway may know an intent for it that we do not.
    Begun,
    /// The gateway's intent is known, and not confirmed.
    Created,
    /// The gateway was asked to charge, or is about to be.
    Confirming,
    /// The customer has a second step to take.
    RequiresAction,
    Processing,
    /// Charged, and posted to the ledger.
    Succeeded,
    /// The card was declined.
    Failed,
    /// Given up before anything was charged.
    Canceled,
}

impl State {
    const ALL: [Self; 8] = [
        Self::Begun,
        Self::Created,
        Self::Confirming,
        Self::RequiresAction,
        Self::Processing,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Created => "created",
            Self::Confirming => "confirming",
            Self::RequiresAction => "requires-action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether there is nothing left to wait for.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }

    /// Whether the customer may still change their mind.
    pub const fn can_be_given_up(self) -> bool {
        matches!(self, Self::Begun | Self::Created | Self::RequiresAction)
    }

    /// What a payment becomes by what the gateway says of its intent; none when it stays what it is. Money that was taken
    /// counts whatever we thought before; what we know to be over is not begun again.
    pub fn after(self, status: &Status) -> Option<Self> {
        let became = match status {
            _ if self == Self::Succeeded => return None,
            Status::Succeeded => Self::Succeeded,
            _ if self.is_final() => return None,
            Status::Canceled => Self::Canceled,
            Status::RequiresMethod => Self::Failed,
            Status::RequiresAction { .. } => Self::RequiresAction,
            Status::Processing => Self::Processing,
            Status::RequiresConfirmation => return None,
        };
        (became != self).then_some(became)
    }

    /// Until when a payment may stay so before it is canceled.
    pub fn deadline(self, begun_at: Moment, confirmed_at: Option<Moment>) -> Option<Moment> {
        match self {
            Self::Begun | Self::Created | Self::Confirming => Some(begun_at.plus(CONFIRM_WITHIN)),
            Self::RequiresAction => Some(confirmed_at.unwrap_or(begun_at).plus(STEP_WITHIN)),
            Self::Processing | Self::Succeeded | Self::Failed | Self::Canceled => None,
        }
    }
}

/// How money on its way back stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// The gateway was not asked yet.
    Begun,
    /// The gateway was asked, or is about to be.
    Sending,
    /// The gateway has it, and says neither yes nor no.
    Pending,
    /// Given back, and posted to the ledger.
    Succeeded,
    Failed,
}

impl RefundState {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Sending => "sending",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        let all = [Self::Begun, Self::Sending, Self::Pending, Self::Succeeded, Self::Failed];
        all.into_iter().find(|state| state.code() == code)
    }

    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// What is wrong with an amount to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongAmount {
    #[error("it is not more than nothing")]
    Nothing,
    #[error("it is more than the {0} that one payment may be")]
    TooMuch(Amount),
    /// Of what is owed, payments that are under way are taken off.
    #[error("it is more than is due")]
    MoreThanDue { due: Amount, under_way: Amount },
}

/// What may be paid at once.
#[derive(Clone, Copy, Debug)]
pub struct Owed {
    pub balance: Amount,
    /// Payments of the account that are neither over nor posted.
    pub under_way: Amount,
    pub most: Amount,
}

impl Owed {
    /// # Errors
    /// When it may not be paid. More than is due only where the customer said that this is what they want.
    pub fn check(&self, amount: Amount, more_than_due: bool) -> Result<(), WrongAmount> {
        if amount <= Amount::ZERO {
            return Err(WrongAmount::Nothing);
        }
        if amount > self.most {
            return Err(WrongAmount::TooMuch(self.most));
        }
        if !more_than_due && amount > self.balance - self.under_way {
            return Err(WrongAmount::MoreThanDue { due: self.balance, under_way: self.under_way });
        }
        Ok(())
    }
}

/// Whether an intent is the one of this payment, over this amount. What is not is nobody's to guess at.
pub(crate) fn is_as_agreed(intent: &Intent, payment: PaymentId, amount: Amount, currency: Currency) -> bool {
    intent.payment == Some(payment) && intent.amount == amount && intent.currency == Some(currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses() -> [Status; 6] {
        [
            Status::RequiresMethod,
            Status::RequiresConfirmation,
            Status::RequiresAction { url: None },
            Status::Processing,
            Status::Succeeded,
            Status::Canceled,
        ]
    }

    #[test]
    fn pay_1_what_the_gateway_says_moves_a_payment_or_leaves_it() {
        let mut table = String::new();
        for state in State::ALL {
            let became = statuses().map(|status| state.after(&status).map_or("-", State::code));
            table.push_str(&format!("{}: {}\n", state.code(), became.join(" ")));
        }
        // In the order: requires method, confirmation, action; processing, succeeded, canceled.
        let expected = "\
begun: failed - requires-action processing succeeded canceled
created: failed - requires-action processing succeeded canceled
confirming: failed - requires-action processing succeeded canceled
requires-action: failed - - processing succeeded canceled
processing: failed - requires-action - succeeded canceled
succeeded: - - - - - -
failed: - - - - succeeded -
canceled: - - - - succeeded -
";
        assert_eq!(table, expected);
    }

    #[test]
    fn pay_1_what_was_charged_is_never_forgotten_and_what_is_over_stays_over() {
        for state in State::ALL {
            assert_eq!(State::from_code(state.code()), Some(state));
            for status in statuses() {
                let after = state.after(&status).unwrap_or(state);
                assert!(!state.is_final() || after == state || after == State::Succeeded, "{state:?} {status:?}");
            }
        }
        assert_eq!(State::from_code("paid"), None);
    }

    #[test]
    fn pay_1_an_amount_is_more_than_nothing_and_not_more_than_is_due() {
        let owed =
            Owed { balance: Amount::cents(10_000), under_way: Amount::cents(4_000), most: Amount::cents(500_000) };
        let check = |cents, more| owed.check(Amount::cents(cents), more);
        assert_eq!((check(1, false), check(6_000, false)), (Ok(()), Ok(())));
        for cents in [0, -1, -6_000] {
            assert_eq!(
                (check(cents, false), check(cents, true)),
                (Err(WrongAmount::Nothing), Err(WrongAmount::Nothing))
            );
        }
        let more = WrongAmount::MoreThanDue { due: Amount::cents(10_000), under_way: Amount::cents(4_000) };
        assert_eq!((check(6_001, false), check(6_001, true), check(500_000, true)), (Err(more), Ok(()), Ok(())));
        assert_eq!(check(500_001, true), Err(WrongAmount::TooMuch(Amount::cents(500_000))));
    }
}
