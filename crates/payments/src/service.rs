//! What the use cases share, and how payments are read.

use std::sync::Arc;

use accounts::{Grant, Right};
use audit::{Chain, Event};
use billing::PostError;
use db::{Db, DbErr, DbFault, Tx};
use jiff::tz::TimeZone;
use kernel::{AccountId, Amount, Day, EntryId, PaymentId};
use serde_json::json;
use vault::Vault;

use crate::desk::Desk;
use crate::gateway::{Gateway, GatewayError, Hint};
use crate::news::{NewsError, Told};
use crate::payment::{Payment, Refund};
use crate::store;

/// What the operator decides about payments.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The provider's, for the day of a ledger entry.
    pub zone: TimeZone,
    /// Where the site is, without a slash at the end.
    pub public_url: String,
    /// The most that one payment may be.
    pub most: Amount,
    /// Whether a holder whose claim is not confirmed waits with more than paying (SGN-2).
    pub claims_wait: bool,
}

/// The use cases of payments by card. Cheap to clone.
#[derive(Clone)]
pub struct Payments {
    pub(crate) db: Db,
    pub(crate) vault: Arc<Vault>,
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) told: Arc<dyn Told>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) desk: Arc<Desk>,
}

/// Why a payment could not be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    #[error("there is no such payment")]
    NotFound,
    /// The configuration has changed since; the payment waits for its gateway.
    #[error("it is with the gateway {0}, which is not the configured one")]
    OtherGateway(String),
    /// Somebody of the provider has to look.
    #[error("what the gateway says of payment {0} is not what was agreed on")]
    Mismatch(PaymentId),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error(transparent)]
    News(#[from] NewsError),
    #[error(transparent)]
    Post(#[from] PostError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for PayError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::News(error) => error.db_err(),
            Self::Post(error) => error.db_err(),
            _ => None,
        }
    }
}

/// For the operator: the newest payments, of one account where its number is given, each with the number of its account.
///
/// # Errors
/// When the database cannot be read.
pub async fn newest(db: &Db, account: Option<&str>, most: u32) -> Result<Vec<(String, Payment)>, DbErr> {
    store::newest_payments(db.reader(), account, most).await
}

/// For the operator: a payment of whatever account.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_any(db: &Db, id: PaymentId) -> Result<Option<Payment>, DbErr> {
    store::payment(db.reader(), id).await
}

impl Payments {
    /// The vault checks the rights of whoever asked for a card to be kept, when it is.
    pub fn new(
        (db, vault): (Db, Arc<Vault>),
        gateway: Arc<dyn Gateway>,
        told: Arc<dyn Told>,
        settings: Settings,
    ) -> Self {
        Self { db, vault, gateway, told, settings: Arc::new(settings), desk: Arc::default() }
    }

    /// The configured gateway.
    pub fn gateway(&self) -> &dyn Gateway {
        self.gateway.as_ref()
    }

    /// The payments of a grant's account that the ledger does not have, newest first: open ones, and those that charged nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn unposted(&self, grant: &Grant, most: u32) -> Result<Vec<Payment>, DbErr> {
        store::unposted_of_account(self.db.reader(), (grant.account(), grant.since()), most).await
    }

    /// The payments of a grant's account that are entries of the ledger, in any order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of_entries(&self, grant: &Grant, entries: &[EntryId]) -> Result<Vec<Payment>, DbErr> {
        store::payments_of_entries(self.db.reader(), (grant.account(), grant.since()), entries).await
    }

    /// The ledger's entries of refunds on a grant's account, each with that of its payment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn refund_links(&self, grant: &Grant) -> Result<Vec<(EntryId, EntryId)>, DbErr> {
        store::refund_links(self.db.reader(), grant.account()).await
    }

    /// A payment of the grant's account; none for another's, as for one that is not there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find(&self, grant: &Grant, id: PaymentId) -> Result<Option<Payment>, DbErr> {
        let found = store::payment_of_account(self.db.reader(), grant.account(), id).await?;
        // A former holder's is none of this reader's (PRO-1).
        Ok(found.filter(|payment| payment.begun_at >= grant.since()))
    }

    /// The refunds of the grant's account, newest first, of one payment where it is given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn refunds(&self, grant: &Grant, payment: Option<PaymentId>, most: u32) -> Result<Vec<Refund>, DbErr> {
        let found = store::refunds_of_account(self.db.reader(), grant.account(), payment, most).await?;
        Ok(found.into_iter().filter(|refund| refund.begun_at >= grant.since()).collect())
    }

    /// Asks the gateway about what a message of its was about. Nothing of the message but that is believed, so that an
    /// old one, or one out of order, changes nothing.
    ///
    /// # Errors
    /// When it could not be asked or noted: the follower will.
    pub async fn hear(&self, hint: &Hint) -> Result<(), PayError> {
        let (db, gateway) = (self.db.reader(), self.gateway.name());
        match hint {
            Hint::Intent(intent) => {
                let Some(payment) = store::payment_of_intent(db, gateway, intent).await? else { return Ok(()) };
                self.ask_in_background(&payment).await.map(|_| ())
            }
            Hint::Setup(setup) => {
                let Some(card) = store::card_of_setup(db, gateway, setup).await? else { return Ok(()) };
                self.look_at_card(card).await.map(|_| ())
            }
            Hint::Refund(refund) => {
                let Some(refund) = store::refund_of_reference(db, gateway, refund).await? else { return Ok(()) };
                self.advance_refund(refund).await.map(|_| ())
            }
            Hint::Other => Ok(()),
        }
    }

    pub(crate) fn today(&self) -> Day {
        self.db.world().today(&self.settings.zone)
    }

    /// Whether the configured gateway is the one that knows of it.
    pub(crate) fn is_with_us(&self, gateway: &str) -> Result<(), PayError> {
        if gateway == self.gateway.name() { Ok(()) } else { Err(PayError::OtherGateway(gateway.to_owned())) }
    }

    /// The gateway's customer of an account, made where there is none. Made twice at once, or before a crash, one of
    /// them stays without cards.
    pub(crate) async fn customer(&self, account: AccountId) -> Result<String, PayError> {
        let gateway = self.gateway.name();
        if let Some(customer) = store::customer(self.db.reader(), account, gateway).await? {
            return Ok(customer);
        }
        let made = self.gateway.create_customer(account).await?;
        let now = self.db.world().now();
        let kept = self
            .db
            .write(async |tx| {
                store::insert_customer(tx, (account, gateway), &made, now).await?;
                store::customer(tx, account, gateway).await
            })
            .await?;
        Ok(kept.unwrap_or(made))
    }

    /// Notes what became of a payment in the account's audit log.
    pub(crate) async fn note(&self, tx: &Tx, payment: &Payment, kind: &'static str) -> Result<(), DbErr> {
        self.event(payment, kind).append(&self.db, tx).await
    }

    pub(crate) fn event(&self, payment: &Payment, kind: &'static str) -> Event {
        let details = json!({
            "payment": payment.id, "amount": payment.amount, "gateway": payment.gateway, "intent": payment.intent,
            "login": payment.login, "failure": payment.failure.map(crate::Decline::code),
        });
        let (chain, author) = (Chain::Account(payment.account), payment.author());
        Event { chain, kind, author, details, sealed: None }
    }
}

/// A grant must be for what is done with it.
pub(crate) fn is_for(grant: &Grant, right: Right) -> bool {
    grant.right() == right
}

/// Whether it looks like a gateway's id, so that it can stand in an address.
pub(crate) fn is_reference(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
