//! What tests of payments share: a customer's account, the simulated gateway, and a gateway under which the process dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use accounts::{Grant, Right};
use db::Tx;
use futures::FutureExt;
use futures::future::BoxFuture;
use guichet::Home;
use kernel::{AccountId, Amount, Language, Moment, PaymentId};
use messages::{Email, Sender};
use payments::{
    Answer, CardFacts, EnteredCard, Follower, Gateway, GatewayError, GatewayRefund, Hint, Intent, NewIntent,
    NewPayment, NewRefund, NewSetup, News, NewsError, Payment, Payments, RefundWish, Settings, Setup, Simulated, Told,
    WebhookError, WithCard,
};
use testkit::TestPlace;
use tokio::sync::Notify;

use crate::support::account;

pub(crate) const APPROVES: &str = "4242424242424242";
pub(crate) const DECLINED: &str = "4000000000000002";
pub(crate) const POOR: &str = "4000000000009995";
pub(crate) const STEP: &str = "4000002500003155";
pub(crate) const SLOW: &str = "4000000000000119";
pub(crate) const LOST: &str = "4000000000004087";

pub(crate) const URL: &str = "https://client.boreal.example";

/// Writes a letter for each piece of news, as the site does.
struct Letters {
    home: Arc<Home>,
}

impl Told for Letters {
    fn tell<'a>(&'a self, tx: &'a Tx, news: &'a [News<'a>]) -> BoxFuture<'a, Result<(), NewsError>> {
        let email = |news: &News<'_>| {
            let (kind, payment) = match news {
                News::Paid(payment) => ("payment-received", payment),
                News::Failed(payment) => ("payment-failed", payment),
                News::Canceled(payment) => ("payment-canceled", payment),
                News::Refunded(payment, _) => ("payment-refunded", payment),
            };
            Email {
                to: "eve@exemple.example".to_owned(),
                subject: payment.amount.to_string(),
                text: "…".to_owned(),
                html: "…".to_owned(),
                language: Language::Fr,
                kind,
                account: Some(payment.account),
            }
        };
        let emails: Vec<Email> = news.iter().map(email).collect();
        async move {
            let sender = Sender::new("Télécom Boréal", "facturation@boreal.example")
                .map_err(|error| NewsError::Other(error.to_string()))?;
            messages::enqueue(&self.home.db, &self.home.vault, tx, &sender, &emails).await?;
            Ok(())
        }
        .boxed()
    }
}

pub(crate) fn settings() -> Settings {
    let zone = jiff::tz::TimeZone::get("America/Toronto").expect("a zone");
    Settings { zone, public_url: URL.to_owned(), most: Amount::cents(500_000), claims_wait: true }
}

/// A node with an account's grants.
pub(crate) struct Till {
    pub(crate) home: Arc<Home>,
    pub(crate) simulated: Arc<Simulated>,
    pub(crate) payments: Payments,
    pub(crate) account: AccountId,
    pub(crate) pay: Grant,
    pub(crate) manage: Grant,
    pub(crate) staff: Grant,
}

impl Till {
    /// Another node on the same database, for the account of one of the provider's keys.
    pub(crate) async fn open(place: &TestPlace, external_id: &str) -> Self {
        Self::over(place.open().await, external_id).await
    }

    pub(crate) async fn over(home: Home, external_id: &str) -> Self {
        let account = account(&home, external_id).await;
        let simulated = Arc::new(Simulated::new(home.db.clone(), URL));
        Self::with(Arc::new(home), account, (simulated.clone(), simulated)).await
    }

    async fn with(home: Arc<Home>, account: AccountId, gateways: (Arc<Simulated>, Arc<dyn Gateway>)) -> Self {
        let sql = "SELECT number FROM accounts WHERE id = $1";
        let number: String = db::scalar(home.db.reader(), sql, [account.into()]).await.expect("read").expect("one");
        let grant = |right| Grant::of_the_provider(account, &number, right);
        let (pay, manage, staff) = (grant(Right::Pay), grant(Right::ManagePaymentMethods), grant(Right::Refund));
        let letters = Arc::new(Letters { home: home.clone() });
        let payments = Payments::new((home.db.clone(), home.vault.clone()), gateways.1, letters, settings());
        Self { payments, home, simulated: gateways.0, account, pay, manage, staff }
    }

    /// The same with another gateway before the simulated one.
    pub(crate) async fn through(&self, gateway: Arc<dyn Gateway>) -> Self {
        Self::with(self.home.clone(), self.account, (self.simulated.clone(), gateway)).await
    }

    /// The payment method that the gateway makes of a card's number.
    pub(crate) async fn method(&self, number: &str) -> String {
        let card = EnteredCard { number, exp_month: "12", exp_year: "2030", code: "123" };
        self.simulated.make_method(&card).await.expect("made").expect("a card")
    }

    pub(crate) async fn begin(&self, key: &str, cents: i64, number: &str) -> Payment {
        let method = self.method(number).await;
        self.payments.begin(&self.pay, &wish(key, cents, &method)).await.expect("begun")
    }

    pub(crate) async fn pay(&self, key: &str, cents: i64, number: &str) -> Payment {
        let payment = self.begin(key, cents, number).await;
        self.advance(&payment).await
    }

    pub(crate) async fn advance(&self, payment: &Payment) -> Payment {
        self.payments.advance(&self.pay, payment.id).await.expect("advanced")
    }

    pub(crate) async fn find(&self, id: PaymentId) -> Payment {
        self.payments.find(&self.pay, id).await.expect("read").expect("a payment")
    }

    pub(crate) async fn follow(&self) -> u32 {
        Follower::new(self.payments.clone()).follow_due().await.expect("followed")
    }

    /// Follows everything to its end, for as long as that may take.
    pub(crate) async fn follow_to_the_end(&self, place: &TestPlace) {
        for seconds in [16, 130, 700, 3700, 700] {
            place.advance_seconds(seconds);
            self.follow().await;
        }
    }

    pub(crate) async fn balance(&self) -> Amount {
        billing::balance(self.home.db.reader(), self.account).await.expect("read")
    }

    async fn number(&self, sql: &str, id: String) -> i64 {
        db::scalar(self.home.db.reader(), sql, [id.into()]).await.expect("read").expect("a number")
    }

    /// How often the gateway has charged for a payment.
    pub(crate) async fn charges(&self, id: PaymentId) -> i64 {
        let sql =
            "SELECT count(*) FROM simulated_intents WHERE metadata = $1 AND status IN ('succeeded', 'processing')";
        self.number(sql, id.to_string()).await
    }

    /// Cents that the gateway has given back of a payment.
    pub(crate) async fn given_back(&self, id: PaymentId) -> i64 {
        let sql = "SELECT CAST(coalesce(sum(r.amount), 0) AS bigint) FROM simulated_refunds r
                   JOIN simulated_intents i ON i.id = r.intent WHERE i.metadata = $1";
        self.number(sql, id.to_string()).await
    }

    /// Ledger entries of a kind on the account.
    pub(crate) async fn entries(&self, kind: &str) -> i64 {
        let sql = "SELECT count(*) FROM ledger_entries WHERE account_id = $1 AND kind = $2";
        db::scalar(self.home.db.reader(), sql, [self.account.into(), kind.into()]).await.expect("read").expect("one")
    }

    pub(crate) async fn letters(&self, kind: &str) -> i64 {
        self.number("SELECT count(*) FROM messages WHERE kind = $1", kind.to_owned()).await
    }

    pub(crate) async fn jobs(&self) -> db::jobs::Left {
        db::jobs::left(self.home.db.reader(), "payments").await.expect("read")
    }
}

pub(crate) fn wish<'a>(key: &'a str, cents: i64, method: &'a str) -> NewPayment<'a> {
    NewPayment {
        key,
        amount: Amount::cents(cents),
        bills: &[],
        card: WithCard::Once(method),
        more_than_due: true,
        login: None,
    }
}

pub(crate) fn refund_wish<'a>(key: &'a str, payment: PaymentId, cents: i64) -> RefundWish<'a> {
    RefundWish { key, payment, amount: Amount::cents(cents), reason: "Paid twice by mistake", login: None }
}

/// Where the process dies: at the n-th call to the gateway, counted from 0, before it is made or after it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Death {
    pub(crate) call: i64,
    pub(crate) after: bool,
}

/// A gateway under which the process dies at one call: that call never returns.
pub(crate) struct Deadly {
    inner: Arc<dyn Gateway>,
    left: AtomicI64,
    after: bool,
    /// It does not die but answers so.
    error: Option<GatewayError>,
    pub(crate) died: AtomicBool,
    at: Notify,
}

impl Deadly {
    pub(crate) fn new(inner: Arc<dyn Gateway>, death: Death) -> Arc<Self> {
        Arc::new(Self::made(inner, death, None))
    }

    /// One call is answered by an error, and the process lives on.
    pub(crate) fn failing(inner: Arc<dyn Gateway>, death: Death, error: GatewayError) -> Arc<Self> {
        Arc::new(Self::made(inner, death, Some(error)))
    }

    fn made(inner: Arc<dyn Gateway>, death: Death, error: Option<GatewayError>) -> Self {
        Self {
            inner,
            left: AtomicI64::new(death.call),
            after: death.after,
            error,
            died: AtomicBool::new(false),
            at: Notify::new(),
        }
    }

    async fn call<T>(&self, call: Answer<'_, T>) -> Result<T, GatewayError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) != 0 {
            return call.await;
        }
        if self.after {
            let _lost = call.await;
        }
        self.died.store(true, Ordering::SeqCst);
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        self.at.notify_one();
        std::future::pending().await
    }

    /// Runs work until it ends or the process dies in it; the work then stops where it is, for ever. `true`: it died.
    pub(crate) async fn run(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let mut task = tokio::spawn(work);
        tokio::select! {
            done = &mut task => { done.expect("ended"); false }
            () = self.at.notified() => {
                task.abort();
                let _ = task.await;
                true
            }
        }
    }
}

impl Gateway for Deadly {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn timeout(&self) -> Duration {
        self.inner.timeout()
    }

    fn create_customer(&self, account: AccountId) -> Answer<'_, String> {
        self.call(self.inner.create_customer(account)).boxed()
    }

    fn create_intent<'a>(&'a self, new: &'a NewIntent) -> Answer<'a, Intent> {
        self.call(self.inner.create_intent(new)).boxed()
    }

    fn confirm_intent<'a>(&'a self, intent: &'a str, return_url: &'a str) -> Answer<'a, Intent> {
        self.call(self.inner.confirm_intent(intent, return_url)).boxed()
    }

    fn read_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent> {
        self.call(self.inner.read_intent(intent)).boxed()
    }

    fn cancel_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent> {
        self.call(self.inner.cancel_intent(intent)).boxed()
    }

    fn create_setup<'a>(&'a self, new: &'a NewSetup) -> Answer<'a, Setup> {
        self.call(self.inner.create_setup(new)).boxed()
    }

    fn read_setup<'a>(&'a self, setup: &'a str) -> Answer<'a, Setup> {
        self.call(self.inner.read_setup(setup)).boxed()
    }

    fn read_method<'a>(&'a self, method: &'a str) -> Answer<'a, Option<CardFacts>> {
        self.call(self.inner.read_method(method)).boxed()
    }

    fn detach_method<'a>(&'a self, method: &'a str) -> Answer<'a, ()> {
        self.call(self.inner.detach_method(method)).boxed()
    }

    fn refund<'a>(&'a self, new: &'a NewRefund) -> Answer<'a, GatewayRefund> {
        self.call(self.inner.refund(new)).boxed()
    }

    fn list_refunds<'a>(&'a self, intent: &'a str) -> Answer<'a, Vec<GatewayRefund>> {
        self.call(self.inner.list_refunds(intent)).boxed()
    }

    fn check_webhook(&self, body: &[u8], signature: &str, now: Moment) -> Result<Hint, WebhookError> {
        self.inner.check_webhook(body, signature, now)
    }
}
