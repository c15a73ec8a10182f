//! A simulated gateway for demonstrations, named as such. It behaves as if it were another house: it keeps its own books
//! (`simulated_*`) through its own transactions, and knows of Guichet only what it was told.
//!
//! It ignores idempotency keys, as some stand-ins for real gateways do, so that nothing can rest on them unnoticed.

mod books;
mod numbers;

use std::time::Duration;

use db::{Db, DbErr, DbFault};
use futures::FutureExt;
use jiff::SignedDuration;
use kernel::{AccountId, Amount, Currency, Moment, PaymentId, RefundId};
use uuid::Uuid;

use crate::gateway::{
    Answer, CardFacts, Decline, Gateway, GatewayError, GatewayRefund, Hint, Intent, NewIntent, NewRefund, NewSetup,
    RefundStatus, Setup, SetupStatus, Status, WebhookError,
};
use books::{IntentRow, MethodRow};
use numbers::Behaviour;
pub use numbers::{EnteredCard, NUMBERS, WrongCard};

/// The name of this gateway beside its payments.
pub const SIMULATED: &str = "simulated";

/// How long a payment is processed that takes its time.
const PROCESSING: SignedDuration = SignedDuration::from_mins(1);

pub struct Simulated {
    db: Db,
    /// Where the site is, without a slash at the end.
    public_url: String,
}

/// What a customer answers when their bank asks for a second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepAnswer {
    Approve,
    Refuse,
}

/// A second step as the simulated bank's page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub amount: Amount,
    pub currency: Option<Currency>,
    pub last4: String,
    /// It waits for an answer.
    pub is_open: bool,
    /// Where the customer goes on afterwards.
    pub return_url: Option<String>,
}

/// Why a transaction of the gateway's ended without effect.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Refused(#[from] GatewayError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for Trouble {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

impl From<Trouble> for GatewayError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(error) => error,
            Trouble::Db(error) => {
                tracing::error!(%error, "the simulated gateway's books cannot be read or written");
                Self::Unreachable
            }
        }
    }
}

fn refused(code: &str) -> Trouble {
    GatewayError::Refused { code: code.to_owned() }.into()
}

/// The effect was there, and the answer is lost.
fn lose<T>(answer: T, behaviour: Behaviour) -> Result<T, GatewayError> {
    if behaviour == Behaviour::TimesOut { Err(GatewayError::TimedOut) } else { Ok(answer) }
}

impl Simulated {
    /// `public_url` is where the site is, for the links to its page of second steps.
    pub fn new(db: Db, public_url: &str) -> Self {
        Self { db, public_url: public_url.trim_end_matches('/').to_owned() }
    }

    /// What the gateway's own page does with a card: checks it and gives the payment method that stands for it.
    ///
    /// # Errors
    /// [`WrongCard`] for what was typed; [`GatewayError::Unreachable`] when the books cannot be written.
    pub async fn make_method(&self, card: &EnteredCard<'_>) -> Result<Result<String, WrongCard>, GatewayError> {
        let (facts, behaviour) = match card.check(self.today()) {
            Ok(checked) => checked,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let id = self.new_id("pm");
        let made = MethodRow::new(&id, &facts, behaviour);
        self.db.write(async |tx| made.insert(tx, self.db.world().now()).await).await.map_err(Trouble::Db)?;
        Ok(Ok(id))
    }

    /// The second step of a payment or of the keeping of a card; none where none was asked for.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn step(&self, intent: &str) -> Result<Option<Step>, GatewayError> {
        let found = books::find(self.db.reader(), intent).await.map_err(Trouble::Db)?;
        let Some((row, method)) = found.filter(|(row, _)| row.return_url.is_some()) else { return Ok(None) };
        Ok(Some(Step {
            amount: row.amount,
            currency: Currency::from_code(&row.currency),
            last4: method.last4,
            is_open: row.status == books::REQUIRES_ACTION,
            return_url: row.return_url,
        }))
    }

    /// Answers a second step, and says where the customer goes on; none where none was asked for. Only the first answer
    /// counts.
    ///
    /// # Errors
    /// When the books cannot be written.
    pub async fn answer(&self, intent: &str, answer: StepAnswer) -> Result<Option<String>, GatewayError> {
        let return_url = self
            .db
            .write(async |tx| {
                let Some((mut row, method)) = books::hold(&self.db, tx, intent).await? else { return Ok(None) };
                if row.status == books::REQUIRES_ACTION {
                    match answer {
                        StepAnswer::Approve => self.charge(tx, &mut row, &method).await?,
                        StepAnswer::Refuse => row.decline(Decline::AuthenticationFailed),
                    }
                    row.update(tx).await?;
                }
                Ok::<_, Trouble>(row.return_url)
            })
            .await?;
        Ok(return_url)
    }

    fn new_id(&self, kind: &str) -> String {
        format!("sim_{kind}_{}", self.db.world().uuid().simple())
    }

    fn today(&self) -> kernel::Day {
        self.db.world().today(&jiff::tz::TimeZone::UTC)
    }

    /// The money moves, or the card is kept.
    async fn charge(&self, tx: &db::Tx, row: &mut IntentRow, method: &MethodRow) -> Result<(), DbErr> {
        books::SUCCEEDED.clone_into(&mut row.status);
        row.failure = None;
        self.keep(tx, row, method).await
    }

    async fn keep(&self, tx: &db::Tx, row: &IntentRow, method: &MethodRow) -> Result<(), DbErr> {
        if row.keeps_card != 0 { method.attach(tx, &row.customer).await } else { Ok(()) }
    }

    /// What happens to a card that is charged or kept, by its number.
    async fn try_card(&self, tx: &db::Tx, row: &mut IntentRow, method: &MethodRow) -> Result<(), DbErr> {
        let today = self.today();
        if numbers::is_expired(today, method.exp_month, method.exp_year) {
            row.decline(Decline::Expired);
            return Ok(());
        }
        match method.behaviour() {
            Behaviour::Declines(decline) => row.decline(decline),
            Behaviour::AsksForAStep => books::REQUIRES_ACTION.clone_into(&mut row.status),
            Behaviour::TakesItsTime if row.kind == books::PAYMENT => {
                books::PROCESSING.clone_into(&mut row.status);
                row.succeeds_at = Some(self.db.world().now().plus(PROCESSING));
                // It will succeed.
                self.keep(tx, row, method).await?;
            }
            Behaviour::Approves | Behaviour::TimesOut | Behaviour::TakesItsTime => self.charge(tx, row, method).await?,
        }
        Ok(())
    }

    /// A payment method that this customer may use.
    async fn usable(&self, tx: &db::Tx, method: &str, customer: &str) -> Result<MethodRow, Trouble> {
        let method = books::method(tx, method).await?.ok_or_else(|| refused("resource_missing"))?;
        match &method.customer {
            Some(other) if other != customer => Err(refused("payment_method_unexpected_customer")),
            _ => Ok(method),
        }
    }

    fn intent(&self, row: IntentRow, method: MethodRow) -> Result<Intent, GatewayError> {
        let url = || Some(format!("{}/demo/gateway/{}", self.public_url, row.id));
        let status = match row.status_at(self.db.world().now()) {
            books::REQUIRES_METHOD => Status::RequiresMethod,
            books::REQUIRES_CONFIRMATION => Status::RequiresConfirmation,
            books::REQUIRES_ACTION => Status::RequiresAction { url: url() },
            books::PROCESSING => Status::Processing,
            books::SUCCEEDED => Status::Succeeded,
            books::CANCELED => Status::Canceled,
            _ => return Err(GatewayError::Garbled),
        };
        Ok(Intent {
            status,
            amount: row.amount,
            currency: Currency::from_code(&row.currency),
            payment: row.metadata.parse::<Uuid>().ok().map(PaymentId::from),
            card: Some(method.facts()),
            failure: row.failure.as_deref().map(Decline::from_code),
            id: row.id,
        })
    }

    fn setup(&self, row: IntentRow) -> Result<Setup, GatewayError> {
        let status = match row.status.as_str() {
            books::SUCCEEDED => SetupStatus::Kept,
            books::REQUIRES_ACTION => {
                SetupStatus::RequiresAction { url: Some(format!("{}/demo/gateway/{}", self.public_url, row.id)) }
            }
            books::REQUIRES_METHOD => {
                SetupStatus::Refused(row.failure.as_deref().map_or(Decline::Declined, Decline::from_code))
            }
            _ => return Err(GatewayError::Garbled),
        };
        Ok(Setup { id: row.id, status })
    }

    async fn create(&self, new: &NewIntent) -> Result<Intent, GatewayError> {
        let id = self.new_id("pi");
        let made = self.db.write(async |tx| {
            let method = self.usable(tx, &new.method, &new.customer).await?;
            let row = IntentRow::payment(&id, new);
            row.insert(tx, self.db.world().now()).await?;
            Ok::<_, Trouble>((row, method))
        });
        let (row, method) = made.await?;
        self.intent(row, method)
    }

    async fn confirm(&self, intent: &str, return_url: &str) -> Result<Intent, GatewayError> {
        let done = self.db.write(async |tx| {
            let (mut row, method) = books::held(&self.db, tx, intent).await?;
            if row.status != books::REQUIRES_CONFIRMATION {
                return Err(refused("payment_intent_unexpected_state"));
            }
            row.return_url = Some(return_url.to_owned());
            self.try_card(tx, &mut row, &method).await?;
            row.update(tx).await?;
            Ok::<_, Trouble>((row, method))
        });
        let (row, method) = done.await?;
        let behaviour = method.behaviour();
        lose(self.intent(row, method)?, behaviour)
    }

    async fn read(&self, intent: &str) -> Result<Intent, GatewayError> {
        let found = books::find(self.db.reader(), intent).await.map_err(Trouble::Db)?;
        let (row, method) = found.ok_or_else(|| refused("resource_missing"))?;
        self.intent(row, method)
    }

    async fn cancel(&self, intent: &str) -> Result<Intent, GatewayError> {
        let done = self.db.write(async |tx| {
            let (mut row, method) = books::held(&self.db, tx, intent).await?;
            match row.status_at(self.db.world().now()) {
                books::SUCCEEDED | books::PROCESSING | books::CANCELED => {
                    return Err(refused("payment_intent_unexpected_state"));
                }
                _ => books::CANCELED.clone_into(&mut row.status),
            }
            row.update(tx).await?;
            Ok::<_, Trouble>((row, method))
        });
        let (row, method) = done.await?;
        self.intent(row, method)
    }

    async fn begin_setup(&self, new: &NewSetup) -> Result<Setup, GatewayError> {
        let id = self.new_id("seti");
        let done = self.db.write(async |tx| {
            let method = self.usable(tx, &new.method, &new.customer).await?;
            let mut row = IntentRow::setup(&id, new);
            self.try_card(tx, &mut row, &method).await?;
            row.insert(tx, self.db.world().now()).await?;
            Ok::<_, Trouble>((row, method.behaviour()))
        });
        let (row, behaviour) = done.await?;
        lose(self.setup(row)?, behaviour)
    }

    async fn give_back(&self, new: &NewRefund) -> Result<GatewayRefund, GatewayError> {
        let id = self.new_id("re");
        let done = self.db.write(async |tx| {
            let (row, method) = books::held(&self.db, tx, &new.intent).await?;
            if row.status_at(self.db.world().now()) != books::SUCCEEDED {
                return Err(refused("charge_not_captured"));
            }
            let already: Amount = books::refunds(tx, &new.intent).await?.iter().map(|refund| refund.amount).sum();
            if already + new.amount > row.amount {
                return Err(refused("charge_already_refunded"));
            }
            books::insert_refund(tx, (&id, new), self.db.world().now()).await?;
            Ok::<_, Trouble>(method.behaviour())
        });
        let behaviour = done.await?;
        let (amount, refund) = (new.amount, Some(new.refund));
        lose(GatewayRefund { id, amount, refund, status: RefundStatus::Succeeded }, behaviour)
    }
}

impl Gateway for Simulated {
    fn name(&self) -> &str {
        SIMULATED
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn create_customer(&self, _account: AccountId) -> Answer<'_, String> {
        async move {
            let (id, now) = (self.new_id("cus"), self.db.world().now());
            self.db.write(async |tx| books::insert_customer(tx, &id, now).await).await.map_err(Trouble::Db)?;
            Ok(id)
        }
        .boxed()
    }

    fn create_intent<'a>(&'a self, new: &'a NewIntent) -> Answer<'a, Intent> {
        self.create(new).boxed()
    }

    fn confirm_intent<'a>(&'a self, intent: &'a str, return_url: &'a str) -> Answer<'a, Intent> {
        self.confirm(intent, return_url).boxed()
    }

    fn read_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent> {
        self.read(intent).boxed()
    }

    fn cancel_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent> {
        self.cancel(intent).boxed()
    }

    fn create_setup<'a>(&'a self, new: &'a NewSetup) -> Answer<'a, Setup> {
        self.begin_setup(new).boxed()
    }

    fn read_setup<'a>(&'a self, setup: &'a str) -> Answer<'a, Setup> {
        async move {
            let found = books::find(self.db.reader(), setup).await.map_err(Trouble::Db)?;
            self.setup(found.ok_or_else(|| refused("resource_missing"))?.0)
        }
        .boxed()
    }

    fn read_method<'a>(&'a self, method: &'a str) -> Answer<'a, Option<CardFacts>> {
        async move {
            let found = books::method(self.db.reader(), method).await.map_err(Trouble::Db)?;
            Ok(found.map(|method| method.facts()))
        }
        .boxed()
    }

    fn detach_method<'a>(&'a self, method: &'a str) -> Answer<'a, ()> {
        async move {
            self.db.write(async |tx| books::detach(tx, method).await).await.map_err(Trouble::Db)?;
            Ok(())
        }
        .boxed()
    }

    fn refund<'a>(&'a self, new: &'a NewRefund) -> Answer<'a, GatewayRefund> {
        self.give_back(new).boxed()
    }

    fn list_refunds<'a>(&'a self, intent: &'a str) -> Answer<'a, Vec<GatewayRefund>> {
        async move {
            let rows = books::refunds(self.db.reader(), intent).await.map_err(Trouble::Db)?;
            let refund = |row: books::RefundRow| GatewayRefund {
                refund: row.metadata.parse::<Uuid>().ok().map(RefundId::from),
                id: row.id,
                amount: row.amount,
                status: RefundStatus::Succeeded,
            };
            Ok(rows.into_iter().map(refund).collect())
        }
        .boxed()
    }

    /// It sends none: what it does is asked by the follower.
    fn check_webhook(&self, _body: &[u8], _signature: &str, _now: Moment) -> Result<Hint, WebhookError> {
        Err(WebhookError::NotTaken)
    }
}
