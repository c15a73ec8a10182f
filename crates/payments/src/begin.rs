//! A payment begins: what is to be paid, with which card, is written down with the job that follows it.

use accounts::{Grant, Right};
use audit::{Chain, Event};
use db::{DbErr, DbFault, Tx, jobs};
use jiff::SignedDuration;
use kernel::{Amount, CardId, LoginId, PaymentId};
use serde_json::json;

use crate::follower::{FollowPayment, QUEUE};
use crate::model::{Owed, State, WrongAmount};
use crate::payment::{CardState, Payment};
use crate::service::{PayError, Payments, is_for, is_reference};
use crate::store;

/// When a payment is first looked at by the follower: the page is mostly done by then.
pub(crate) const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(15);

/// After so many payments in an hour that charged nothing an account takes no more for a while. Open ones count, or many
/// begun at once would outrun it.
pub(crate) const MOST_VAIN: i64 = 10;
pub(crate) const VAIN_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What a customer wishes to pay, and how.
#[derive(Clone, Debug)]
pub struct NewPayment<'a> {
    /// The form's, at most 64 characters: submitted twice, it is one payment.
    pub key: &'a str,
    pub amount: Amount,
    /// The bills that it is made for; none for an amount.
    pub bills: &'a [i64],
    pub card: WithCard<'a>,
    /// The customer has said that they wish to pay more than is due.
    pub more_than_due: bool,
    pub login: Option<LoginId>,
}

/// The card that is charged. What touches kept cards wants a grant of [`Right::ManagePaymentMethods`] besides.
#[derive(Clone, Debug)]
pub enum WithCard<'a> {
    /// The gateway's payment method, for this payment alone.
    Once(&'a str),
    /// As [`Self::Once`], and the gateway keeps it for later.
    Kept { manage: &'a Grant, method: &'a str },
    /// One that is kept already.
    Saved { manage: &'a Grant, card: CardId },
}

#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// No such account, or not for this grant.
    #[error("there is no such account")]
    NotFound,
    #[error("the form's key is missing or too long")]
    Key,
    /// The form was changed and sent again: it wants a new key.
    #[error("the form was submitted before, for another payment")]
    KeyUsed,
    #[error(transparent)]
    Amount(#[from] WrongAmount),
    #[error("the account has no bill {0}")]
    NoBill(i64),
    /// No such card among those that the account keeps, or no payment method that can be used.
    #[error("the account has no such card")]
    NoCard,
    /// Too many payments charged nothing in the last hour: whoever tries out stolen cards has to stop.
    #[error("too many payments charged nothing in the last hour")]
    TooMany,
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for BeginError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

impl Payments {
    /// Begins a payment on the grant's account ([`Right::Pay`]); nothing is charged yet. The same form once more gives the
    /// payment that it has begun.
    ///
    /// # Errors
    /// What is wrong with it; nothing was written then.
    pub async fn begin(&self, grant: &Grant, new: &NewPayment<'_>) -> Result<Payment, BeginError> {
        if !is_for(grant, Right::Pay) {
            return Err(BeginError::NotFound);
        }
        if new.key.is_empty() || new.key.len() > 64 {
            return Err(BeginError::Key);
        }
        self.db.write(async |tx| self.begin_in(tx, grant, new).await).await
    }

    /// The payment of the grant's account that the form with this key has begun.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn begun(&self, grant: &Grant, key: &str) -> Result<Option<Payment>, DbErr> {
        store::payment_of_key(self.db.reader(), grant.account(), key).await
    }

    /// Whether an amount may be paid on the grant's account now; beginning asks again.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn check(
        &self,
        grant: &Grant,
        amount: Amount,
        more_than_due: bool,
    ) -> Result<Result<(), WrongAmount>, DbErr> {
        let balance = billing::balance(self.db.reader(), grant.account()).await?;
        let under_way = store::amount_under_way(self.db.reader(), grant.account()).await?;
        Ok(Owed { balance, under_way, most: self.settings.most }.check(amount, more_than_due))
    }

    /// What payments of the grant's account that are not over would pay, and the newest of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn under_way(&self, grant: &Grant) -> Result<(Amount, Option<PaymentId>), DbErr> {
        let amount = store::amount_under_way(self.db.reader(), grant.account()).await?;
        if amount.is_zero() {
            return Ok((amount, None));
        }
        Ok((amount, store::newest_under_way(self.db.reader(), grant.account()).await?))
    }

    /// Whether the gateway knows a card, whatever would become of charging it. A saved one that is none of the account's is
    /// for beginning to refuse.
    ///
    /// # Errors
    /// [`PayError::Gateway`] when it does not say.
    pub async fn is_known(&self, grant: &Grant, card: &WithCard<'_>) -> Result<bool, PayError> {
        let saved;
        let method = match card {
            WithCard::Once(method) | WithCard::Kept { method, .. } => *method,
            WithCard::Saved { card, .. } => {
                let found = store::card_of_account(self.db.reader(), grant.account(), *card).await?;
                let Some(card) = found.filter(|card| card.gateway == self.gateway.name()) else { return Ok(false) };
                saved = card.reference;
                &saved
            }
        };
        Ok(is_reference(method) && self.gateway.read_method(method).await?.is_some())
    }

    async fn begin_in(&self, tx: &Tx, grant: &Grant, new: &NewPayment<'_>) -> Result<Payment, BeginError> {
        let account = grant.account();
        if let Some(payment) = store::payment_of_key(tx, account, new.key).await? {
            let is_same = payment.amount == new.amount && payment.bills == new.bills && payment.login == new.login;
            return if is_same { Ok(payment) } else { Err(BeginError::KeyUsed) };
        }
        let hour = self.db.world().now().plus(-VAIN_WITHIN);
        if store::vain_since(tx, account, hour).await? >= MOST_VAIN {
            return Err(BeginError::TooMany);
        }
        let currency = accounts::currency_of(tx, grant).await?.ok_or(BeginError::NotFound)?;
        let reckoning = billing::list_bills_in(tx, grant).await?.reckoning;
        if let Some(unknown) = new.bills.iter().find(|number| reckoning.bill(**number).is_none()) {
            return Err(BeginError::NoBill(*unknown));
        }
        let balance = reckoning.balance;
        let under_way = store::amount_under_way(tx, account).await?;
        Owed { balance, under_way, most: self.settings.most }.check(new.amount, new.more_than_due)?;
        let (method, keeps_card) = self.method(tx, grant, &new.card).await?;
        let payment = Payment {
            id: self.db.world().id(),
            account,
            gateway: self.gateway.name().to_owned(),
            amount: new.amount,
            currency,
            bills: new.bills.to_vec(),
            method,
            keeps_card,
            login: new.login,
            state: State::Begun,
            intent: None,
            step_url: None,
            failure: None,
            card: None,
            begun_at: self.db.world().now(),
            confirmed_at: None,
            settled_at: None,
            refunded: Amount::ZERO,
            entry: None,
        };
        store::insert_payment(tx, &payment, new.key).await?;
        let details = json!({
            "payment": payment.id, "amount": payment.amount, "bills": payment.bills, "gateway": payment.gateway,
            "login": payment.login,
        });
        let (chain, author) = (Chain::Account(account), payment.author());
        Event { chain, kind: "payment.begun", author, details, sealed: None }.append(&self.db, tx).await?;
        let look = payment.begun_at.plus(FIRST_LOOK);
        jobs::enqueue_at(&self.db, tx, QUEUE, &[FollowPayment { payment: payment.id }], look).await?;
        Ok(payment)
    }

    /// The gateway's payment method that is charged, and whether the gateway is to keep it.
    async fn method(&self, tx: &Tx, grant: &Grant, card: &WithCard<'_>) -> Result<(String, bool), BeginError> {
        let gateway = self.gateway.name();
        let may_manage =
            |manage: &Grant| is_for(manage, Right::ManagePaymentMethods) && manage.account() == grant.account();
        match card {
            WithCard::Saved { manage, card } => {
                let found = store::card_of_account(tx, grant.account(), *card).await?;
                let kept = found.filter(|card| card.state == CardState::Kept && card.gateway == gateway);
                let card = kept.filter(|_| may_manage(manage)).ok_or(BeginError::NoCard)?;
                Ok((card.reference, false))
            }
            WithCard::Kept { manage, .. } if !may_manage(manage) => Err(BeginError::NoCard),
            WithCard::Once(method) | WithCard::Kept { method, .. } => {
                // A card that is kept, whoever's, is not used by naming what the gateway calls it.
                let is_new = store::card_of_reference(tx, gateway, method).await?.is_none();
                if !is_reference(method) || !is_new {
                    return Err(BeginError::NoCard);
                }
                Ok(((*method).to_owned(), matches!(card, WithCard::Kept { .. })))
            }
        }
    }
}
