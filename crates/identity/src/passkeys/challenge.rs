//! What a passkey is to sign, kept until the answer comes: any node may take it.

use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::Moment;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use vault::VaultError;

use super::keep::{credentials_of, handle_of};
use super::party::{RelyingParty, broken, unreadable};
use crate::steps::StepOwner;
use crate::{Token, token_hash};

/// How long a browser has to answer.
pub const CHALLENGE_LASTS: SignedDuration = SignedDuration::from_mins(5);

/// What an answer is for; one for one thing is none for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A passkey is added, bound to the session.
    Add,
    /// Somebody whom the passkey itself names signs in, bound to the browser.
    SignIn,
    /// The second step of a sign-in, bound to the one that waits.
    Step,
    /// A fresh proof, bound to the session.
    Proof,
}

impl Purpose {
    const fn code(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::SignIn => "sign-in",
            Self::Step => "step",
            Self::Proof => "proof",
        }
    }
}

/// A challenge on its way to the browser.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Comes back with the answer; says which challenge it answers.
    pub token: String,
    /// For `navigator.credentials`: the value of its `publicKey`, as JSON.
    pub options: Json,
}

/// Begins to add a passkey of an owner, in the caller's transaction. `names` are how the device will list it, and `bound_to` what
/// the answer must come from.
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_adding(
    db: &Db,
    tx: &Tx,
    party: &RelyingParty,
    (owner, name): (StepOwner, &str),
    bound_to: &str,
) -> Result<Challenge, DbErr> {
    let handle = handle_of(db, tx, owner).await?;
    let known = credentials_of(tx, owner).await?.into_iter().map(|known| known.cred_id().clone()).collect();
    let started = party.webauthn.start_passkey_registration(handle, name, name, Some(known));
    let (asked, state) = started.map_err(|error| broken(&error))?;
    let mut options = json!(asked.public_key);
    // So that the device can offer it by itself on the sign-in page; one that cannot keep it is a second step all the same.
    options["authenticatorSelection"]["residentKey"] = json!("preferred");
    keep(db, tx, (Purpose::Add, bound_to), json!(state), options).await
}

/// Begins to ask for a passkey: of this owner, or where none is given whichever the device offers.
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_using(
    db: &Db,
    tx: &Tx,
    party: &RelyingParty,
    (purpose, bound_to): (Purpose, &str),
    owner: Option<StepOwner>,
) -> Result<Challenge, DbErr> {
    let known = match owner {
        Some(owner) => credentials_of(tx, owner).await?,
        None => Vec::new(),
    };
    let (asked, state) = party.webauthn.start_passkey_authentication(&known).map_err(|error| broken(&error))?;
    keep(db, tx, (purpose, bound_to), json!(state), json!(asked.public_key)).await
}

async fn keep(
    db: &Db,
    tx: &Tx,
    (purpose, bound_to): (Purpose, &str),
    state: Json,
    options: Json,
) -> Result<Challenge, DbErr> {
    let (token, now) = (Token::draw(db), db.world().now());
    // Those that nobody answered.
    let late = now.plus(-CHALLENGE_LASTS);
    db::execute(tx, "DELETE FROM passkey_challenges WHERE made_at < $1", [late.into()]).await?;
    let sql =
        "INSERT INTO passkey_challenges (token_hash, purpose, bound_to, state, made_at) VALUES ($1, $2, $3, $4, $5)";
    let values = [
        token_hash(token.secret()).into(),
        purpose.code().into(),
        token_hash(bound_to).into(),
        state.to_string().into(),
        now.into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(Challenge { token: token.secret().to_owned(), options })
}

/// Takes a challenge back, whatever becomes of its answer; of two at once, one. None where there is no such one, for that
/// purpose and from there, or it is too old.
pub(super) async fn take<T: DeserializeOwned>(
    db: &Db,
    tx: &Tx,
    (purpose, bound_to): (Purpose, &str),
    token: &str,
) -> Result<Option<T>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        state: String,
        made_at: Moment,
    }
    let sql = "DELETE FROM passkey_challenges WHERE token_hash = $1 AND purpose = $2 AND bound_to = $3
               RETURNING state, made_at";
    let values = [token_hash(token).into(), purpose.code().into(), token_hash(bound_to).into()];
    let Some(row) = db::query_one::<Row>(tx, sql, values).await? else { return Ok(None) };
    if row.made_at.plus(CHALLENGE_LASTS) <= db.world().now() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&row.state).map_err(|error| unreadable(&error))?))
}
