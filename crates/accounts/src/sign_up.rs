//! Sign-up to an account that exists at the provider, with its number and the postal code of the service address (SGN-2).

use std::net::IpAddr;

use audit::{Author, Chain, Event};
use db::{Db, DbErr, DbFault, Fault, FromQueryResult, Tx, Value};
use identity::{Limit, LimitKind, LoginError, NewLogin, Token, token_hash};
use jiff::SignedDuration;
use kernel::{AccountId, CustomerId, LoginId, MembershipId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Indexed, Vault};

use crate::AccountNumber;
use crate::activation::use_up;
use crate::confirmation::barred_since;
use crate::draft::tidy_drafts;

/// How long the second step may take.
pub const CLAIM_LASTS: SignedDuration = SignedDuration::from_mins(30);

#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Wrong number, wrong postal code, an account that has its holder's login, or whose claim was stopped lately: the same
    /// to whoever asks.
    #[error("these do not open an account")]
    Refused,
    #[error("too many failures; wait")]
    Wait(SignedDuration),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Whether a service of the account is at a postal code: asked of the crate that has the services.
pub trait ServicePlaces {
    /// # Errors
    /// When the database cannot be read.
    fn is_at(&self, account: AccountId, postal_codes: &[Vec<u8>]) -> impl Future<Output = Result<bool, DbErr>> + Send;
}

/// An account without its holder's login that a number and a postal code name.
pub(crate) struct Named {
    pub(crate) id: AccountId,
    /// Whether the postal code is the account's own, as bills print it; else it is that of a service.
    pub(crate) by_own_code: bool,
    /// Since then somebody else holds it: a former holder has bills with number and codes on them (PRO-1).
    pub(crate) held_since: Option<Moment>,
}

/// The account that an account number and a postal code name, while nobody holds it and no claim of it was stopped lately. The same
/// look-ups whatever was typed, so that every answer takes as long.
pub(crate) async fn named_account(
    db: &Db,
    vault: &Vault,
    (number, postal_code): (&str, &str),
    places: &impl ServicePlaces,
) -> Result<Option<Named>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: AccountId,
        postal_index: Option<Vec<u8>>,
        held: i64,
        barred: i64,
        held_since: Option<Moment>,
    }
    let sql = "SELECT a.id, a.postal_index, (SELECT count(*) FROM memberships m WHERE m.account_id = a.id
                   AND m.role = 'holder' AND m.ended_at IS NULL) AS held,
                   (SELECT count(*) FROM claim_checks c WHERE c.account_id = a.id AND c.stopped_at > $2) AS barred, a.held_since
               FROM accounts a WHERE a.number = $1";
    let since = barred_since(db.world().now());
    let found: Option<Row> = db::query_one(db.reader(), sql, [number.into(), since.into()]).await?;
    let codes = vault.index_candidates(Indexed::PostalCode, postal_code);
    // Asked also of no account.
    let asked = found.as_ref().map_or(AccountId::FIRST, |account| account.id);
    let at_service = places.is_at(asked, &codes).await?;
    let Some(account) = found.filter(|account| account.held == 0 && account.barred == 0) else { return Ok(None) };
    let by_own_code = account.postal_index.is_some_and(|index| codes.contains(&index));
    let named = Named { id: account.id, by_own_code, held_since: account.held_since };
    Ok((by_own_code || at_service).then_some(named))
}

/// Step 1: number and postal code. Gives the secret of a claim, which the second step needs.
///
/// # Errors
/// [`ClaimError::Refused`], which tells nothing of what was wrong and has done the same look-ups.
pub async fn begin_claim(
    db: &Db,
    vault: &Vault,
    from: IpAddr,
    (number, postal_code): (&str, &str),
    places: &impl ServicePlaces,
) -> Result<String, ClaimError> {
    let parsed = number.parse::<AccountNumber>().ok();
    let counted = parsed.as_ref().map_or_else(|| number.to_owned(), ToString::to_string);
    let limits =
        [Limit::of_address(vault, LimitKind::ClaimAddress, from), Limit::of(vault, LimitKind::ClaimAccount, &counted)];
    for limit in &limits {
        if let Some(wait) = limit.take(db).await? {
            return Err(ClaimError::Wait(wait));
        }
    }
    let named = named_account(db, vault, (&counted, postal_code), places).await?;
    // After a change of holder an activation e-mail opens it alone (PRO-1).
    let account = named.filter(|account| account.held_since.is_none()).ok_or(ClaimError::Refused)?;
    for limit in &limits {
        limit.give_back(db).await?;
    }
    Ok(keep_claim(db, account.id, None).await?)
}

/// Keeps that somebody may sign up to an account for a while; with the activation that they came by, if they did.
pub(crate) async fn keep_claim(db: &Db, account: AccountId, activation: Option<Vec<u8>>) -> Result<String, DbErr> {
    let token = Token::draw(db);
    let now = db.world().now();
    db.write(async |tx| {
        let sql = "INSERT INTO claims (token_hash, account_id, began_at, activation_hash) VALUES ($1, $2, $3, $4)";
        let values = [token_hash(token.secret()).into(), account.into(), now.into(), activation.clone().into()];
        db::execute(tx, sql, values).await?;
        let old = now.plus(-CLAIM_LASTS);
        db::execute(tx, "DELETE FROM claims WHERE began_at < $1", [old.into()]).await?;
        tidy_drafts(db, tx).await
    })
    .await?;
    Ok(token.secret().to_owned())
}

/// An account somebody has shown to know, until they choose username and password.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Claim {
    pub account_id: AccountId,
    pub customer_id: CustomerId,
    pub number: String,
    began_at: Moment,
    activation_hash: Option<Vec<u8>>,
}

impl Claim {
    /// Whether it came from the mailbox on file (SGN-1): nothing waits for a confirmation then.
    pub fn is_activated(&self) -> bool {
        self.activation_hash.is_some()
    }
}

/// The claim of a secret, while it lasts.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_claim(db: &Db, on: &impl ConnectionTrait, secret: &str) -> Result<Option<Claim>, DbErr> {
    let sql = "SELECT c.account_id, a.customer_id, a.number, c.began_at, c.activation_hash FROM claims c
               JOIN accounts a ON a.id = c.account_id WHERE c.token_hash = $1";
    let claim: Option<Claim> = db::query_one(on, sql, [token_hash(secret).into()]).await?;
    let now = db.world().now();
    Ok(claim.filter(|claim| claim.began_at.plus(CLAIM_LASTS) > now))
}

#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Too late, or the account has its holder's login meanwhile.
    #[error("the sign-up has ended")]
    Ended,
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for SignUpError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Login(error) => error.db_err(),
            Self::Ended => None,
        }
    }
}

/// Step 2, in the caller's transaction: makes the login, and its membership as holder. Of two at once, one is refused by
/// the database.
///
/// # Errors
/// [`SignUpError::Ended`], or that the username is taken.
pub async fn complete_claim(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    secret: &str,
    new: &NewLogin,
) -> Result<(LoginId, Claim), SignUpError> {
    let claim = find_claim(db, tx, secret).await?.ok_or(SignUpError::Ended)?;
    let login = identity::create_login(db, vault, tx, new).await?;
    let mut origin = Origin::Claim;
    if let Some(activation) = &claim.activation_hash {
        let went_to_contact = use_up(db, vault, tx, (activation, &new.email)).await?.ok_or(SignUpError::Ended)?;
        if went_to_contact {
            identity::confirm_email(db, tx, login).await?;
        }
        origin = Origin::Activation;
    }
    hold(db, tx, login, (claim.account_id, origin)).await?;
    Ok((login, claim))
}

/// How a holder's membership comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// With account number and postal code: it waits for its confirmation (SGN-2).
    Claim,
    /// With an e-mail to the address on file, which confirms it (SGN-1).
    Activation,
    /// Linked to a login that was there, with a proof that confirms it (ONE-1).
    Link,
}

impl Origin {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Activation => "activation",
            Self::Link => "link",
        }
    }
}

/// Makes a login the holder of an account, in the caller's transaction.
///
/// # Errors
/// [`SignUpError::Ended`] when the account has its holder's login, as the database itself says.
pub async fn hold(db: &Db, tx: &Tx, login: LoginId, (account, origin): (AccountId, Origin)) -> Result<(), SignUpError> {
    hold_as(db, tx, login, (account, origin)).await?;
    let details = json!({ "login": login, "origin": origin.code() });
    let chain = Chain::Account(account);
    Event { chain, kind: "holder.signed-up", author: Author::Customer, details, sealed: None }.append(db, tx).await?;
    Ok(())
}

/// The same without a note in the log; gives the membership.
pub(crate) async fn hold_as(
    db: &Db,
    tx: &Tx,
    login: LoginId,
    (account, origin): (AccountId, Origin),
) -> Result<MembershipId, SignUpError> {
    let now = db.world().now();
    let confirmed = (origin != Origin::Claim).then_some(now);
    let id: MembershipId = db.world().id();
    let sql = "INSERT INTO memberships (login_id, account_id, role, origin, begun_at, confirmed_at, id)
               VALUES ($1, $2, 'holder', $3, $4, $5, $6)";
    let values: [Value; 6] =
        [login.into(), account.into(), origin.code().into(), now.into(), confirmed.into(), id.into()];
    match db::execute(tx, sql, values).await {
        Err(error) if error.fault() == Fault::Duplicate => return Err(SignUpError::Ended),
        other => other?,
    };
    db::execute(tx, "DELETE FROM claims WHERE account_id = $1", [account.into()]).await?;
    Ok(id)
}

/// The account of a number, when it has no holder's login yet.
///
/// # Errors
/// When the database cannot be read.
pub async fn unheld(on: &impl ConnectionTrait, number: &str) -> Result<Option<AccountId>, DbErr> {
    let sql = "SELECT a.id FROM accounts a WHERE a.number = $1 AND NOT EXISTS (SELECT 1 FROM memberships m
                   WHERE m.account_id = a.id AND m.role = 'holder' AND m.ended_at IS NULL)";
    db::scalar(on, sql, [number.into()]).await
}
