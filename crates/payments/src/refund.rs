//! Money goes back (PAY-5): set aside from what was paid in the transaction that begins it, so that two at once never
//! give back more than came in; sent once; posted when the gateway has done it.

use accounts::{Grant, Right};
use audit::{Chain, Event};
use billing::{EntryKind, NewMovement};
use db::{DbErr, DbFault, Isolation, Tx, jobs};
use jiff::SignedDuration;
use kernel::{Amount, LoginId, Moment, PaymentId, RefundId};
use serde_json::json;

use crate::CASH;
use crate::begin::FIRST_LOOK;
use crate::follower::{FollowRefund, Looked, QUEUE};
use crate::gateway::{GatewayError, GatewayRefund, NewRefund, RefundStatus};
use crate::model::RefundState;
use crate::news::News;
use crate::payment::{Payment, Refund, author_of};
use crate::service::{PayError, Payments, is_for};
use crate::store;

/// A refund that the gateway does not know so long after it was sent never came there, and is sent again; longer where
/// the gateway may take its time.
const LOST_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// What is to be given back.
#[derive(Clone, Debug)]
pub struct RefundWish<'a> {
    /// The form's or the command's: said twice, it is one refund of the payment.
    pub key: &'a str,
    pub payment: PaymentId,
    pub amount: Amount,
    /// For the customer to read; not empty.
    pub reason: &'a str,
    pub login: Option<LoginId>,
}

#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    #[error("there is no such payment")]
    NotFound,
    #[error("the key is missing or too long, or was used for another amount")]
    Key,
    #[error("a refund needs a reason")]
    NoReason,
    #[error("a refund is of more than nothing")]
    Nothing,
    #[error("only {left} of the payment can be given back")]
    MoreThanPaid { left: Amount },
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for RefundError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

impl Payments {
    /// Begins to give back an amount of a payment of the grant's account ([`Right::Refund`]). The same once more gives the
    /// refund that it has begun. [`Self::advance_refund`] sends it, or the follower does.
    ///
    /// # Errors
    /// What is wrong with it; nothing was written then.
    pub async fn refund(&self, grant: &Grant, wish: &RefundWish<'_>) -> Result<Refund, RefundError> {
        if !is_for(grant, Right::Refund) {
            return Err(RefundError::NotFound);
        }
        if wish.key.is_empty() || wish.key.len() > 64 {
            return Err(RefundError::Key);
        }
        if wish.reason.trim().is_empty() {
            return Err(RefundError::NoReason);
        }
        if wish.amount <= Amount::ZERO {
            return Err(RefundError::Nothing);
        }
        self.db.write_with(Isolation::Locked, async |tx| self.refund_in(tx, grant, wish).await).await
    }

    async fn refund_in(&self, tx: &Tx, grant: &Grant, wish: &RefundWish<'_>) -> Result<Refund, RefundError> {
        let held = store::hold_payment(&self.db, tx, wish.payment).await?;
        let payment = held.filter(|payment| payment.account == grant.account()).ok_or(RefundError::NotFound)?;
        if let Some(refund) = store::refund_of_key(tx, payment.id, wish.key).await? {
            return if refund.amount == wish.amount { Ok(refund) } else { Err(RefundError::Key) };
        }
        if !store::reserve(tx, payment.id, wish.amount).await? {
            return Err(RefundError::MoreThanPaid { left: payment.refundable() });
        }
        let refund = Refund {
            id: self.db.world().id(),
            payment: payment.id,
            account: payment.account,
            amount: wish.amount,
            reason: wish.reason.trim().to_owned(),
            login: wish.login,
            state: RefundState::Begun,
            reference: None,
            begun_at: self.db.world().now(),
            sent_at: None,
            settled_at: None,
            entry: None,
        };
        store::insert_refund(tx, &refund, wish.key).await?;
        self.note_refund(tx, &refund, "refund.begun").await?;
        let look = refund.begun_at.plus(FIRST_LOOK);
        jobs::enqueue_at(&self.db, tx, QUEUE, &[FollowRefund { refund: refund.id }], look).await?;
        Ok(refund)
    }

    /// Takes a refund as far as it goes now. May be called at once with others and again: it is sent by one of them, and
    /// again only when the gateway has been found not to know it long after.
    ///
    /// # Errors
    /// [`PayError::Gateway`] when the gateway could not be asked how it stands; the follower will.
    pub async fn advance_refund(&self, id: RefundId) -> Result<Refund, PayError> {
        let refund = store::refund(self.db.reader(), id).await?.ok_or(PayError::NotFound)?;
        if refund.state.is_final() {
            return Ok(refund);
        }
        let payment = store::payment(self.db.reader(), refund.payment).await?.ok_or(PayError::NotFound)?;
        self.is_with_us(&payment.gateway)?;
        if refund.state == RefundState::Begun {
            return self.send(&payment, &refund).await;
        }
        if let Some(found) = self.find_at_gateway(&payment, id).await? {
            return self.record_refund(&refund, &found).await;
        }
        let is_lost = self.lost_at(&refund).is_some_and(|at| at <= self.db.world().now());
        if refund.state == RefundState::Sending && is_lost { self.send(&payment, &refund).await } else { Ok(refund) }
    }

    pub(crate) async fn look_at_refund(&self, id: RefundId) -> Result<Looked, PayError> {
        let refund = match self.advance_refund(id).await {
            Err(PayError::NotFound) => return Ok(Looked::Over),
            other => other?,
        };
        if refund.state.is_final() {
            return Ok(Looked::Over);
        }
        Ok(Looked::Again { latest: self.lost_at(&refund) })
    }

    /// When a refund that the gateway does not know is taken for lost: no request of ours can be under way then.
    fn lost_at(&self, refund: &Refund) -> Option<Moment> {
        let longest = SignedDuration::try_from(self.gateway.timeout() * 2).unwrap_or(SignedDuration::MAX);
        refund.sent_at.map(|sent| sent.plus(LOST_AFTER.max(longest)))
    }

    async fn find_at_gateway(&self, payment: &Payment, id: RefundId) -> Result<Option<GatewayRefund>, PayError> {
        let intent = payment.intent.as_deref().ok_or(PayError::NotFound)?;
        let all = self.gateway.list_refunds(intent).await?;
        Ok(all.into_iter().find(|refund| refund.refund == Some(id)))
    }

    /// Asks the gateway to give money back, if nobody else has taken it upon them.
    async fn send(&self, payment: &Payment, refund: &Refund) -> Result<Refund, PayError> {
        let (id, now) = (refund.id, self.db.world().now());
        let is_ours = self
            .db
            .write_with(Isolation::Locked, async |tx| store::claim_sending(tx, id, refund.sent_at, now).await)
            .await?;
        if !is_ours {
            return store::refund(self.db.reader(), id).await?.ok_or(PayError::NotFound);
        }
        let intent = payment.intent.clone().ok_or(PayError::NotFound)?;
        match self.gateway.refund(&NewRefund { refund: id, intent, amount: refund.amount }).await {
            Ok(made) => self.record_refund(refund, &made).await,
            Err(GatewayError::Refused { code }) => {
                tracing::warn!(refund = %id, code, "the gateway gives nothing back");
                match self.find_at_gateway(payment, id).await? {
                    Some(found) => self.record_refund(refund, &found).await,
                    None => self.refund_failed(refund).await,
                }
            }
            Err(error) => {
                tracing::warn!(refund = %id, %error, "the gateway did not say what became of a refund");
                store::refund(self.db.reader(), id).await?.ok_or(PayError::NotFound)
            }
        }
    }

    async fn record_refund(&self, refund: &Refund, made: &GatewayRefund) -> Result<Refund, PayError> {
        if made.amount != refund.amount || made.refund != Some(refund.id) {
            tracing::error!(refund = %refund.id, "what the gateway says of a refund is not what was agreed on");
            return Err(PayError::Mismatch(refund.payment));
        }
        match made.status {
            RefundStatus::Failed => self.refund_failed(refund).await,
            RefundStatus::Pending => self.refund_became(refund, RefundState::Pending, Some(&made.id)).await,
            RefundStatus::Succeeded => self.refund_became(refund, RefundState::Succeeded, Some(&made.id)).await,
        }
    }

    async fn refund_failed(&self, refund: &Refund) -> Result<Refund, PayError> {
        self.refund_became(refund, RefundState::Failed, None).await
    }

    /// Keeps what a refund has become, in one transaction with its ledger entry, its audit event and its news.
    async fn refund_became(
        &self,
        refund: &Refund,
        state: RefundState,
        reference: Option<&str>,
    ) -> Result<Refund, PayError> {
        let work = async |tx: &Tx| self.refund_became_in(tx, refund, state, reference).await;
        self.db.write_with(Isolation::Locked, work).await
    }

    async fn refund_became_in(
        &self,
        tx: &Tx,
        refund: &Refund,
        state: RefundState,
        reference: Option<&str>,
    ) -> Result<Refund, PayError> {
        // The payment first, as everywhere: nobody waits for one while holding the other.
        store::hold_payment(&self.db, tx, refund.payment).await?.ok_or(PayError::NotFound)?;
        let before = store::hold_refund(&self.db, tx, refund.id).await?.ok_or(PayError::NotFound)?;
        if before.state.is_final() || before.state == state {
            return Ok(before);
        }
        let entry = match state {
            RefundState::Succeeded => {
                let movement = NewMovement {
                    account: before.account,
                    kind: EntryKind::Refund,
                    on: self.today(),
                    to: CASH,
                    amount: before.amount,
                    reason: Some(&before.reason),
                    author: author_of(before.login),
                };
                Some(billing::post_in(&self.db, tx, &movement).await?)
            }
            _ => None,
        };
        if state == RefundState::Failed {
            store::unreserve(tx, before.payment, before.amount).await?;
        }
        store::move_refund(tx, before.id, state, reference, (entry, self.db.world().now())).await?;
        let after = store::refund(tx, before.id).await?.ok_or(PayError::NotFound)?;
        match state {
            RefundState::Succeeded => {
                self.note_refund(tx, &after, "refund.succeeded").await?;
                let payment = store::payment(tx, before.payment).await?.ok_or(PayError::NotFound)?;
                self.told.tell(tx, &[News::Refunded(&payment, &after)]).await?;
            }
            RefundState::Failed => self.note_refund(tx, &after, "refund.failed").await?,
            _ => {}
        }
        Ok(after)
    }

    async fn note_refund(&self, tx: &Tx, refund: &Refund, kind: &'static str) -> Result<(), DbErr> {
        let details = json!({
            "refund": refund.id, "payment": refund.payment, "amount": refund.amount, "login": refund.login,
        });
        let (chain, author) = (Chain::Account(refund.account), author_of(refund.login));
        Event { chain, kind, author, details, sealed: None }.append(&self.db, tx).await
    }
}
