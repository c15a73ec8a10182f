//! Cards that the gateway keeps for a customer (PAY-1). Guichet knows what may be shown of them, and nothing else.

use accounts::{Grant, Right};
use audit::{Author, Chain, Event};
use db::{DbErr, DbFault, Tx, jobs};
use jiff::SignedDuration;
use kernel::{AccountId, CardId, LoginId, Moment};
use serde_json::json;
use vault::{DataKey, Place, Vault, VaultError};

use crate::begin::{FIRST_LOOK, MOST_VAIN, VAIN_WITHIN};
use crate::follower::{FollowCard, Looked, QUEUE};
use crate::gateway::{CardFacts, Decline, GatewayError, NewSetup, Setup, SetupStatus};
use crate::payment::{Card, CardState, Payment};
use crate::service::{PayError, Payments, is_for, is_reference};
use crate::store;

/// How long a customer has for the second step that their bank asks for a card to be kept.
const KEPT_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// Letters of the longest name that a card may be given.
pub const LONGEST_NAME: usize = 40;
/// The shortest numbers of cards have so many digits; those of telephones have fewer.
const FEWEST_DIGITS: usize = 12;

/// Of the account, so that a renewed card inherits the name of the one before.
fn place_of_name(account: AccountId) -> Place {
    Place { column: "payment_cards.name", row: account.uuid() }
}

impl Card {
    /// What its people call it.
    ///
    /// # Errors
    /// When it cannot be opened with this key.
    pub fn name(&self, vault: &Vault, key: &DataKey) -> Result<Option<String>, VaultError> {
        self.name.as_deref().map(|sealed| vault.open(key, place_of_name(self.account), sealed)).transpose()
    }

    pub fn is_named(&self) -> bool {
        self.name.is_some()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// None of the grant's account, or no payment method that can be kept.
    #[error("the account has no such card")]
    NotFound,
    #[error("the name is longer than {LONGEST_NAME} letters")]
    LongName,
    #[error("the name has a card's number in it")]
    NumberInName,
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Too many cards were not kept in the last hour: whoever tries out stolen cards has to stop.
    #[error("too many cards were not kept in the last hour")]
    TooMany,
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for CardError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Vault(error) => error.db_err(),
            Self::NotFound | Self::LongName | Self::NumberInName | Self::TooMany => None,
        }
    }
}

impl Payments {
    /// The cards that are kept for the grant's account ([`Right::ManagePaymentMethods`]) at the configured gateway, the
    /// default first; expired ones too ([`CardFacts::expiry`]).
    ///
    /// # Errors
    /// When the database cannot be read; [`CardError::NotFound`] for another grant.
    pub async fn cards(&self, manage: &Grant) -> Result<Vec<Card>, CardError> {
        may_manage(manage)?;
        Ok(store::kept_cards(self.db.reader(), manage.account(), self.gateway.name()).await?)
    }

    /// A card of the grant's account, however it stands.
    ///
    /// # Errors
    /// When the database cannot be read; [`CardError::NotFound`] for another grant.
    pub async fn card(&self, manage: &Grant, id: CardId) -> Result<Option<Card>, CardError> {
        may_manage(manage)?;
        Ok(store::card_of_account(self.db.reader(), manage.account(), id).await?)
    }

    /// Whether this very card is kept for the grant's account already; none is known where the gateway gives no fingerprint.
    ///
    /// # Errors
    /// As [`Self::cards`].
    pub async fn is_kept(&self, manage: &Grant, facts: &CardFacts) -> Result<bool, CardError> {
        let kept = self.cards(manage).await?;
        Ok(kept.iter().any(|card| card.facts.as_ref().is_some_and(|card| card.is_same_card(facts))))
    }

    /// Names a kept card (PAY-1), sealed under the customer's key; an empty name takes it away.
    ///
    /// # Errors
    /// [`CardError::LongName`] above [`LONGEST_NAME`] letters; [`CardError::NumberInName`]; [`CardError::NotFound`] for none that is kept for the
    /// grant's account.
    pub async fn name_card(
        &self,
        manage: &Grant,
        id: CardId,
        (vault, key): (&Vault, &DataKey),
        name: &str,
    ) -> Result<(), CardError> {
        may_manage(manage)?;
        let name = kernel::line(name);
        if name.chars().count() > LONGEST_NAME {
            return Err(CardError::LongName);
        }
        if name.chars().filter(|one| one.is_numeric()).count() >= FEWEST_DIGITS {
            return Err(CardError::NumberInName);
        }
        let account = manage.account();
        let sealed = if name.is_empty() { None } else { Some(vault.seal(key, place_of_name(account), &name)?) };
        self.db
            .write(async |tx| {
                if !store::name_card(tx, account, id, sealed.clone()).await? {
                    return Err(CardError::NotFound);
                }
                Ok(self.note_card(tx, (account, id), ("card.named", manage.login())).await?)
            })
            .await
    }

    /// Begins to keep a card without a payment. The same payment method once more gives the card that it has begun.
    ///
    /// # Errors
    /// [`CardError::NotFound`] for a payment method that is none, or another account's; [`CardError::TooMany`].
    pub async fn add_card(&self, manage: &Grant, method: &str) -> Result<Card, CardError> {
        may_manage(manage)?;
        if !is_reference(method) {
            return Err(CardError::NotFound);
        }
        let (account, gateway) = (manage.account(), self.gateway.name());
        self.db
            .write(async |tx| {
                if let Some(card) = store::card_of_reference(tx, gateway, method).await? {
                    return if card.account == account { Ok(card) } else { Err(CardError::NotFound) };
                }
                let hour = self.db.world().now().plus(-VAIN_WITHIN);
                if store::vain_cards_since(tx, account, hour).await? >= MOST_VAIN {
                    return Err(CardError::TooMany);
                }
                let card = self.new_card((account, manage.login()), method);
                store::insert_card(tx, &card).await?;
                let look = card.added_at.plus(FIRST_LOOK);
                jobs::enqueue_at(&self.db, tx, QUEUE, &[FollowCard { card: card.id }], look).await?;
                Ok(card)
            })
            .await
    }

    /// Takes the keeping of a card as far as it goes now; again after its second step.
    ///
    /// # Errors
    /// [`PayError::Gateway`] when the gateway could not be asked; the same may be tried again.
    pub async fn advance_card(&self, manage: &Grant, id: CardId) -> Result<Card, PayError> {
        let found = store::card_of_account(self.db.reader(), manage.account(), id).await?;
        let card = found.filter(|_| may_manage(manage).is_ok()).ok_or(PayError::NotFound)?;
        if card.state != CardState::Pending {
            return Ok(card);
        }
        self.is_with_us(&card.gateway)?;
        let setup = match &card.setup {
            Some(setup) => self.gateway.read_setup(setup).await?,
            None => {
                let return_url = format!("{}/accounts/{}/cards/{id}", self.settings.public_url, manage.number());
                let customer = self.customer(card.account).await?;
                let new = NewSetup { card: id, customer, method: card.reference.clone(), return_url };
                match self.gateway.create_setup(&new).await {
                    Err(GatewayError::Refused { code }) => {
                        tracing::warn!(card = %id, code, "the gateway keeps no such card");
                        return self.card_refused(&card, Decline::Declined).await;
                    }
                    other => other?,
                }
            }
        };
        self.record_setup(&card, &setup).await
    }

    /// Makes a card the one that is offered first.
    ///
    /// # Errors
    /// [`CardError::NotFound`] for none that is kept for the grant's account.
    pub async fn set_default_card(&self, manage: &Grant, id: CardId) -> Result<(), CardError> {
        may_manage(manage)?;
        self.db
            .write(async |tx| {
                if !store::set_default(tx, manage.account(), id).await? {
                    return Err(CardError::NotFound);
                }
                Ok(self.note_card(tx, (manage.account(), id), ("card.default", manage.login())).await?)
            })
            .await
    }

    /// Removes a card, here at once and at the gateway soon. One that is removed already is no error.
    ///
    /// # Errors
    /// [`CardError::NotFound`] for none of the grant's account.
    pub async fn remove_card(&self, manage: &Grant, id: CardId) -> Result<(), CardError> {
        may_manage(manage)?;
        let now = self.db.world().now();
        let card = self.db.write(async |tx| self.remove_in(tx, (manage, id), now).await).await?;
        if card.state == CardState::Removing
            && let Err(error) = self.look_at_card(id).await
        {
            tracing::warn!(card = %id, %error, "the gateway keeps a removed card for now; it will be told again");
        }
        Ok(())
    }

    async fn remove_in(&self, tx: &Tx, (manage, id): (&Grant, CardId), now: Moment) -> Result<Card, CardError> {
        let account = manage.account();
        let card = store::card_of_account(tx, account, id).await?.ok_or(CardError::NotFound)?;
        if !store::begin_removal(tx, account, id, now).await? {
            return match card.state {
                CardState::Removing | CardState::Removed => Ok(card),
                _ => Err(CardError::NotFound),
            };
        }
        if card.is_default
            && let Some(next) = store::kept_cards(tx, account, &card.gateway).await?.first()
        {
            store::set_default(tx, account, next.id).await?;
        }
        self.note_card(tx, (account, id), ("card.removed", manage.login())).await?;
        jobs::enqueue(&self.db, tx, QUEUE, &[FollowCard { card: id }]).await?;
        Ok(Card { state: CardState::Removing, ..card })
    }

    /// What the follower does with a card: it asks how one stands that is to be kept, and tells the gateway of one that
    /// was removed.
    pub(crate) async fn look_at_card(&self, id: CardId) -> Result<Looked, PayError> {
        let Some(card) = store::card(self.db.reader(), id).await? else { return Ok(Looked::Over) };
        match card.state {
            CardState::Kept | CardState::Refused | CardState::Removed => return Ok(Looked::Over),
            CardState::Removing => {
                self.is_with_us(&card.gateway)?;
                self.gateway.detach_method(&card.reference).await?;
                self.db.write(async |tx| store::end_removal(tx, id).await).await?;
                return Ok(Looked::Over);
            }
            CardState::Pending => self.is_with_us(&card.gateway)?,
        }
        let deadline = card.added_at.plus(KEPT_WITHIN);
        let card = match &card.setup {
            Some(setup) => {
                let setup = self.gateway.read_setup(setup).await?;
                self.record_setup(&card, &setup).await?
            }
            None => card,
        };
        if card.state == CardState::Pending && deadline <= self.db.world().now() {
            // It may be kept there by a setup whose id was lost.
            self.gateway.detach_method(&card.reference).await?;
            self.card_refused(&card, Decline::AuthenticationFailed).await?;
            return Ok(Looked::Over);
        }
        let is_over = card.state != CardState::Pending;
        Ok(if is_over { Looked::Over } else { Looked::Again { latest: Some(deadline) } })
    }

    async fn record_setup(&self, card: &Card, setup: &Setup) -> Result<Card, PayError> {
        match &setup.status {
            SetupStatus::Refused(why) => return self.card_refused(card, *why).await,
            SetupStatus::Kept => {
                let Some(facts) = self.gateway.read_method(&card.reference).await? else {
                    return self.card_refused(card, Decline::Declined).await;
                };
                let keep = async |tx: &Tx| {
                    store::note_setup(tx, card.id, &setup.id, None).await?;
                    self.keep_in(tx, card, &facts).await
                };
                self.db.write(keep).await?;
            }
            SetupStatus::RequiresAction { url } => {
                let url = url.as_deref();
                self.db.write(async |tx| store::note_setup(tx, card.id, &setup.id, url).await).await?;
            }
            SetupStatus::Processing => {
                self.db.write(async |tx| store::note_setup(tx, card.id, &setup.id, None).await).await?;
            }
        }
        store::card(self.db.reader(), card.id).await?.ok_or(PayError::NotFound)
    }

    async fn card_refused(&self, card: &Card, why: Decline) -> Result<Card, PayError> {
        self.db.write(async |tx| store::refuse_card(tx, card.id, why).await).await?;
        store::card(self.db.reader(), card.id).await?.ok_or(PayError::NotFound)
    }

    /// A card that the gateway kept with a payment, in the transaction that records the payment.
    pub(crate) async fn keep_paid_card(
        &self,
        tx: &Tx,
        payment: &Payment,
        facts: Option<&CardFacts>,
    ) -> Result<(), DbErr> {
        let Some(facts) = facts.or(payment.card.as_ref()) else { return Ok(()) };
        let new = self.new_card((payment.account, payment.login), &payment.method);
        store::insert_card(tx, &new).await?;
        self.keep_in(tx, &new, facts).await
    }

    /// Whether who asked for a card may keep it still: a bank's step takes time, and rights may have been withdrawn (USR-2).
    async fn may_still_keep(&self, tx: &Tx, card: &Card) -> Result<bool, DbErr> {
        let Some(login) = card.added_by else { return Ok(true) };
        let opens_all = !self.settings.claims_wait;
        accounts::may_still(tx, &self.vault, (card.account, login), (Right::ManagePaymentMethods, opens_all)).await
    }

    /// A card is kept once: the same again is forgotten at the gateway, as one of whoever may keep none any more; one that was renewed
    /// takes the place, the name and the rank of the one before.
    async fn keep_in(&self, tx: &Tx, card: &Card, facts: &CardFacts) -> Result<(), DbErr> {
        store::hold_keeping(&self.db, tx, card.account, &card.gateway).await?;
        let kept = store::kept_cards(tx, card.account, &card.gateway).await?;
        let of = |is: fn(&CardFacts, &CardFacts) -> bool| {
            kept.iter().filter(|one| one.id != card.id).find(|one| one.facts.as_ref().is_some_and(|one| is(one, facts)))
        };
        let now = self.db.world().now();
        let may_keep = self.may_still_keep(tx, card).await?;
        if of(CardFacts::is_same_card).is_some() || !may_keep {
            if store::drop_twin(tx, card.id, now).await? {
                jobs::enqueue(&self.db, tx, QUEUE, &[FollowCard { card: card.id }]).await?;
                if !may_keep {
                    self.note_card(tx, (card.account, card.id), ("card.not-kept", card.added_by)).await?;
                }
            }
            return Ok(());
        }
        if !store::keep_card(tx, card.id, facts).await? {
            return Ok(());
        }
        self.note_card(tx, (card.account, card.id), ("card.kept", card.added_by)).await?;
        if let Some(before) = of(CardFacts::is_same_number) {
            store::name_card(tx, card.account, card.id, before.name.clone()).await?;
            store::begin_removal(tx, card.account, before.id, now).await?;
            if before.is_default {
                store::set_default(tx, card.account, card.id).await?;
            }
            self.note_card(tx, (card.account, before.id), ("card.replaced", card.added_by)).await?;
            jobs::enqueue(&self.db, tx, QUEUE, &[FollowCard { card: before.id }]).await?;
        }
        Ok(())
    }

    fn new_card(&self, (account, added_by): (AccountId, Option<LoginId>), method: &str) -> Card {
        Card {
            id: self.db.world().id(),
            account,
            gateway: self.gateway.name().to_owned(),
            reference: method.to_owned(),
            setup: None,
            state: CardState::Pending,
            step_url: None,
            failure: None,
            facts: None,
            name: None,
            is_default: false,
            added_at: self.db.world().now(),
            added_by,
        }
    }

    async fn note_card(
        &self,
        tx: &Tx,
        (account, card): (AccountId, CardId),
        (kind, login): (&'static str, Option<LoginId>),
    ) -> Result<(), DbErr> {
        let (chain, author) = (Chain::Account(account), Author::Customer);
        let details = match login {
            Some(login) => json!({ "card": card, "login": login }),
            None => json!({ "card": card }),
        };
        Event { chain, kind, author, details, sealed: None }.append(&self.db, tx).await
    }
}

fn may_manage(manage: &Grant) -> Result<(), CardError> {
    if is_for(manage, Right::ManagePaymentMethods) { Ok(()) } else { Err(CardError::NotFound) }
}
