//! A payment goes through the gateway: created, its id kept, confirmed, and what came of it recorded. No call is made
//! inside a transaction; whatever dies between two of them leaves a state from which it goes on.

use accounts::{Grant, Right};
use audit::Event;
use billing::{EntryKind, NewMovement};
use db::{Isolation, Tx};
use kernel::PaymentId;

use crate::CASH;
use crate::desk::Became;
use crate::follower::Looked;
use crate::gateway::{Decline, GatewayError, Intent, NewIntent, Status};
use crate::model::{State, is_as_agreed};
use crate::news::News;
use crate::payment::Payment;
use crate::service::{PayError, Payments, is_for};
use crate::store;

/// Whether the customer sees what comes of it by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    ByCustomer,
    /// They have to be told.
    ByNobody,
}

impl Payments {
    /// Takes a payment of the grant's account ([`Right::Pay`]) as far as it goes now. May be called at once with others
    /// and again: the gateway is asked to charge once. Its page shows the state that comes back; one that is `Confirming`
    /// or `Processing` will be settled by the follower.
    ///
    /// # Errors
    /// [`PayError::Gateway`] only where nothing was charged and the same may be tried again.
    pub async fn advance(&self, grant: &Grant, id: PaymentId) -> Result<Payment, PayError> {
        let payment = self.find(grant, id).await?.filter(|_| is_for(grant, Right::Pay)).ok_or(PayError::NotFound)?;
        if payment.state.is_final() {
            return Ok(payment);
        }
        self.is_with_us(&payment.gateway)?;
        if self.is_too_late(&payment) && payment.state.can_be_given_up() {
            return self.end(&payment, Seen::ByCustomer).await;
        }
        let payment = if payment.state == State::Begun { self.create(&payment).await? } else { payment };
        match payment.state {
            State::Created => {
                let return_url = format!("{}/accounts/{}/payments/{id}", self.settings.public_url, grant.number());
                self.confirm(&payment, &return_url).await
            }
            _ if payment.state.is_final() => Ok(payment),
            _ => self.ask_or_keep(&payment, Seen::ByCustomer).await,
        }
    }

    /// The customer changes their mind before anything is charged; what is charged already stays so.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn give_up(&self, grant: &Grant, id: PaymentId) -> Result<Payment, PayError> {
        let payment = self.find(grant, id).await?.filter(|_| is_for(grant, Right::Pay)).ok_or(PayError::NotFound)?;
        if !payment.state.can_be_given_up() {
            return Ok(payment);
        }
        self.is_with_us(&payment.gateway)?;
        self.end(&payment, Seen::ByCustomer).await
    }

    /// Makes the gateway's intent, unconfirmed, and keeps its id. An intent whose id was lost in a crash is never
    /// confirmed.
    async fn create(&self, payment: &Payment) -> Result<Payment, PayError> {
        let new = NewIntent {
            payment: payment.id,
            amount: payment.amount,
            currency: payment.currency,
            customer: self.customer(payment.account).await?,
            method: payment.method.clone(),
            keeps_card: payment.keeps_card,
        };
        let intent = match self.gateway.create_intent(&new).await {
            Err(GatewayError::Refused { code }) => {
                tracing::warn!(payment = %payment.id, code, "the gateway takes no such payment");
                return self.end_unknown(payment, (State::Failed, Some(Decline::Declined)), Seen::ByCustomer).await;
            }
            other => other?,
        };
        self.is_agreed(payment, &intent)?;
        self.db.write_with(Isolation::Locked, async |tx| store::note_intent(tx, payment.id, &intent.id).await).await?;
        self.again(payment).await
    }

    /// Asks the gateway to charge: once for a payment, whoever comes, for only one update of its row can say so.
    async fn confirm(&self, payment: &Payment, return_url: &str) -> Result<Payment, PayError> {
        let intent = intent_of(payment)?;
        let before = self.gateway.read_intent(intent).await?;
        if before.status != Status::RequiresConfirmation {
            return self.record(payment, &before, Seen::ByCustomer).await;
        }
        self.is_agreed(payment, &before)?;
        let now = self.db.world().now();
        let is_ours = self
            .db
            .write_with(Isolation::Locked, async |tx| store::claim_confirmation(tx, payment.id, now).await)
            .await?;
        if !is_ours {
            return self.again(payment).await;
        }
        match self.gateway.confirm_intent(intent, return_url).await {
            Ok(after) => self.record(payment, &after, Seen::ByCustomer).await,
            Err(error) => {
                // It may have been charged. From here on the gateway is asked, and told nothing.
                tracing::warn!(payment = %payment.id, %error, "the gateway did not say what became of a payment");
                self.ask_or_keep(payment, Seen::ByCustomer).await
            }
        }
    }

    /// Asks how a payment stands and records it; where the gateway does not say, it stays as it is, for the follower.
    async fn ask_or_keep(&self, payment: &Payment, seen: Seen) -> Result<Payment, PayError> {
        match self.ask(payment, seen).await {
            Err(PayError::Gateway(error)) => {
                tracing::warn!(payment = %payment.id, %error, "the gateway does not say how a payment stands");
                self.again(payment).await
            }
            other => other,
        }
    }

    async fn ask(&self, payment: &Payment, seen: Seen) -> Result<Payment, PayError> {
        self.is_with_us(&payment.gateway)?;
        let intent = self.gateway.read_intent(intent_of(payment)?).await?;
        self.record(payment, &intent, seen).await
    }

    /// As the follower and the gateway's messages ask.
    pub(crate) async fn ask_in_background(&self, payment: &Payment) -> Result<Payment, PayError> {
        if payment.state == State::Succeeded || payment.intent.is_none() {
            return Ok(payment.clone());
        }
        self.ask(payment, Seen::ByNobody).await
    }

    /// What the follower does with a payment: it charges nothing. What nobody went on with is canceled, and the gateway is
    /// asked about what it was asked to charge.
    pub(crate) async fn look_at_payment(&self, id: PaymentId) -> Result<Looked, PayError> {
        let Some(payment) = store::payment(self.db.reader(), id).await? else { return Ok(Looked::Over) };
        if payment.state.is_final() {
            return Ok(Looked::Over);
        }
        self.is_with_us(&payment.gateway)?;
        let payment = match payment.state {
            State::Begun | State::Created => payment,
            _ => self.ask_in_background(&payment).await?,
        };
        if payment.state.is_final() {
            return Ok(Looked::Over);
        }
        if self.is_too_late(&payment) {
            let payment = self.end(&payment, Seen::ByNobody).await?;
            if payment.state.is_final() {
                return Ok(Looked::Over);
            }
        }
        Ok(Looked::Again { latest: payment.state.deadline(payment.begun_at, payment.confirmed_at) })
    }

    fn is_too_late(&self, payment: &Payment) -> bool {
        let deadline = payment.state.deadline(payment.begun_at, payment.confirmed_at);
        deadline.is_some_and(|deadline| deadline <= self.db.world().now())
    }

    /// Ends a payment at the gateway, which alone knows whether it is too late for that.
    async fn end(&self, payment: &Payment, seen: Seen) -> Result<Payment, PayError> {
        if payment.state == State::Begun {
            return self.end_unknown(payment, (State::Canceled, None), seen).await;
        }
        match self.gateway.cancel_intent(intent_of(payment)?).await {
            Ok(intent) => self.record(payment, &intent, seen).await,
            Err(GatewayError::Refused { .. }) => self.ask(payment, seen).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Ends a payment of which the gateway knows nothing that can be confirmed.
    async fn end_unknown(
        &self,
        payment: &Payment,
        became: (State, Option<Decline>),
        seen: Seen,
    ) -> Result<Payment, PayError> {
        let now = self.db.world().now();
        self.db
            .write_with(Isolation::Locked, async |tx| {
                if store::end_unknown(tx, payment.id, became, now).await? {
                    let ended = Payment { state: became.0, failure: became.1, ..payment.clone() };
                    self.note(tx, &ended, kind_of(became.0)).await?;
                    self.tell_of_end(tx, &ended, seen).await?;
                }
                Ok::<_, PayError>(())
            })
            .await?;
        self.again(payment).await
    }

    async fn again(&self, payment: &Payment) -> Result<Payment, PayError> {
        store::payment(self.db.reader(), payment.id).await?.ok_or(PayError::NotFound)
    }

    /// The gateway's intent must be this payment's, over its amount: what is not is told to the operator and touched by
    /// nobody.
    fn is_agreed(&self, payment: &Payment, intent: &Intent) -> Result<(), PayError> {
        let is_known = payment.intent.as_ref().is_none_or(|known| *known == intent.id);
        if is_known && is_as_agreed(intent, payment.id, payment.amount, payment.currency) {
            return Ok(());
        }
        tracing::error!(
            payment = %payment.id, agreed = %payment.amount, at_gateway = %intent.amount,
            "what the gateway says of a payment is not what was agreed on; nothing is posted, look at it there"
        );
        Err(PayError::Mismatch(payment.id))
    }

    async fn record(&self, payment: &Payment, intent: &Intent, seen: Seen) -> Result<Payment, PayError> {
        self.is_agreed(payment, intent)?;
        self.record_soon(payment.account, Became { id: payment.id, intent: intent.clone(), seen }).await
    }

    /// Keeps what payments have become, each with its ledger entry, its audit event and its news.
    pub(crate) async fn record_in(&self, tx: &Tx, became: &[Became]) -> Result<Vec<Payment>, PayError> {
        let mut recorded = Vec::with_capacity(became.len());
        for one in became {
            let before = store::hold_payment(&self.db, tx, one.id).await?.ok_or(PayError::NotFound)?;
            let state = before.state.after(&one.intent.status);
            recorded.push((one, before, state));
        }
        let charged = recorded.iter().filter(|(_, _, state)| *state == Some(State::Succeeded));
        let movements = charged.map(|(one, before, _)| self.charge(before, &one.intent)).collect();
        let mut entries = billing::post_all(&self.db, tx, movements).await?.into_iter();
        for (one, payment, state) in &mut recorded {
            let Some(state) = *state else { continue };
            let entry = if state == State::Succeeded { entries.next() } else { None };
            let settled = (entry, self.db.world().now());
            let moved = store::move_payment(tx, one.id, state, &one.intent, settled).await?;
            *payment = moved.ok_or(PayError::NotFound)?;
            if state == State::Succeeded && payment.keeps_card {
                self.keep_paid_card(tx, payment, one.intent.card.as_ref()).await?;
            }
            if state.is_final() && state != State::Succeeded {
                self.note(tx, payment, kind_of(state)).await?;
            }
        }
        let changed = recorded.iter().filter(|(_, _, state)| state.is_some());
        let news: Vec<News<'_>> = changed.filter_map(|(one, payment, _)| news_of(payment, one.seen)).collect();
        if !news.is_empty() {
            self.told.tell(tx, &news).await?;
        }
        Ok(recorded.into_iter().map(|(_, payment, _)| payment).collect())
    }

    /// Tells of a payment that ended without charging, where its customer was not there to see it.
    async fn tell_of_end(&self, tx: &Tx, payment: &Payment, seen: Seen) -> Result<(), PayError> {
        if let Some(news) = news_of(payment, seen) {
            self.told.tell(tx, &[news]).await?;
        }
        Ok(())
    }

    /// What is posted of what the gateway says was charged, and the note that it was.
    fn charge(&self, payment: &Payment, intent: &Intent) -> (NewMovement<'static>, Option<Event>) {
        let movement = NewMovement {
            account: payment.account,
            kind: EntryKind::Payment,
            on: self.today(),
            to: CASH,
            amount: -intent.amount,
            reason: None,
            author: payment.author(),
        };
        (movement, Some(self.event(payment, kind_of(State::Succeeded))))
    }
}

/// What a customer is told of their payment: that it was charged always, that it was not where they did not see it.
fn news_of(payment: &Payment, seen: Seen) -> Option<News<'_>> {
    match (payment.state, seen) {
        (State::Succeeded, _) => Some(News::Paid(payment)),
        (State::Failed, Seen::ByNobody) => Some(News::Failed(payment)),
        (State::Canceled, Seen::ByNobody) => Some(News::Canceled(payment)),
        _ => None,
    }
}

fn intent_of(payment: &Payment) -> Result<&str, PayError> {
    payment.intent.as_deref().ok_or(PayError::NotFound)
}

fn kind_of(state: State) -> &'static str {
    match state {
        State::Succeeded => "payment.succeeded",
        State::Failed => "payment.failed",
        _ => "payment.canceled",
    }
}
