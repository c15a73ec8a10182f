//! A passkey is used: to sign in, as a second step, as a fresh proof.

use db::{Db, DbErr, Engine, FromQueryResult, Tx};
use kernel::{Moment, PasskeyId};
use serde_json::json;
use uuid::Uuid;
use vault::{Vault, VaultError};
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey, PublicKeyCredential, WebauthnError};

use super::challenge::{Purpose, take};
use super::keep::name_place;
use super::party::{RelyingParty, unreadable};
use crate::steps::StepOwner;

/// The browser's answer where a passkey was asked for.
pub struct PasskeyAnswer<'a> {
    /// Of the challenge.
    pub token: &'a str,
    /// The assertion as JSON.
    pub credential: &'a str,
}

/// A passkey that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedPasskey {
    pub owner: StepOwner,
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasskeyTried {
    /// It was right, and whoever used it was recognised by the device.
    Right(UsedPasskey),
    /// The challenge is used, too old, or was another browser's.
    Over,
    /// There is no such passkey here; with its id as the device names it, for it may have been removed on our side alone.
    Unknown(Vec<u8>),
    /// It is not of this site, not signed with that passkey, another owner's, or nobody was recognised.
    Refused,
    /// It was right, but opens nothing by itself ([`crate::PasskeyShown::doubted_at`]).
    Doubted,
    /// It was right, but its counter went back: there may be a copy of it. Its owner is to be told.
    Copied(UsedPasskey),
}

#[derive(FromQueryResult)]
struct Row {
    id: PasskeyId,
    handle: Uuid,
    owner_kind: String,
    owner_id: Uuid,
    credential: String,
    name: Vec<u8>,
    doubted_at: Option<Moment>,
}

impl Row {
    /// Held until the transaction ends: counters of two at once are compared one after the other.
    async fn hold(tx: &Tx, credential_id: &[u8]) -> Result<Option<Self>, DbErr> {
        let lock = Engine::of(tx).for_update();
        let sql = format!("SELECT id FROM passkeys WHERE credential_id = $1{lock}");
        if db::scalar::<PasskeyId>(tx, &sql, [credential_id.to_vec().into()]).await?.is_none() {
            return Ok(None);
        }
        let sql = "SELECT p.id, p.handle, u.owner_kind, u.owner_id, p.credential, p.name, p.doubted_at
                   FROM passkeys p JOIN passkey_users u ON u.handle = p.handle WHERE p.credential_id = $1";
        db::query_one(tx, sql, [credential_id.to_vec().into()]).await
    }
}

/// Judges an answer in the caller's transaction, to be run with [`db::Isolation::Locked`]; the challenge is used up whatever
/// comes out. `owner` is whose passkey it must be; where none is given, the passkey says whose it is.
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn use_passkey(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    party: &RelyingParty,
    (purpose, bound_to, owner): (Purpose, &str, Option<StepOwner>),
    answer: &PasskeyAnswer<'_>,
) -> Result<PasskeyTried, VaultError> {
    // What is kept is one and the same for a device that offers passkeys by itself; with it the credential is judged as it
    // stands now, not as it stood when it was asked for.
    let state = take::<DiscoverableAuthentication>(db, tx, (purpose, bound_to), answer.token).await?;
    let Some(state) = state else { return Ok(PasskeyTried::Over) };
    let Ok(assertion) = serde_json::from_str::<PublicKeyCredential>(answer.credential) else {
        return Ok(PasskeyTried::Refused);
    };
    let credential_id = assertion.get_credential_id();
    let Some(row) = Row::hold(tx, credential_id).await? else {
        return Ok(PasskeyTried::Unknown(credential_id.to_vec()));
    };
    let Some(holder) = StepOwner::from_row(&row.owner_kind, row.owner_id) else {
        return Ok(PasskeyTried::Refused);
    };
    // Whose it is says the device too, and must where nothing else does.
    let handle = assertion.get_user_unique_id();
    let is_named = handle.map_or(owner.is_some(), |handle| handle == row.handle.as_bytes());
    if !is_named || owner.is_some_and(|owner| owner != holder) {
        return Ok(PasskeyTried::Refused);
    }
    let mut passkey: Passkey = serde_json::from_str(&row.credential).map_err(|error| unreadable(&error))?;
    let Some(key) = holder.key(tx, vault).await? else { return Ok(PasskeyTried::Refused) };
    let name = vault.open(&key, name_place(row.id), &row.name)?;
    let used = UsedPasskey { owner: holder, id: row.id, name };
    let judged = party.webauthn.finish_discoverable_authentication_v2(&assertion, state, &passkey);
    // After the signature: who has not the key learns nothing of how it stands.
    let result = match judged {
        Ok(_) if purpose == Purpose::SignIn && row.doubted_at.is_some() => return Ok(PasskeyTried::Doubted),
        Ok(result) => result,
        Err(WebauthnError::CredentialPossibleCompromise) => {
            // Refused, and no more than that: who took the passkey away for it would take a second step off.
            holder.note(db, tx, "passkey.counter-went-back", json!({ "passkey": row.id })).await?;
            return Ok(PasskeyTried::Copied(used));
        }
        Err(error) => {
            tracing::info!(%error, "a passkey was refused");
            return Ok(PasskeyTried::Refused);
        }
    };
    passkey.update_credential(&result);
    let sql = "UPDATE passkeys SET credential = $1, used_at = $2, is_backed_up = $3 WHERE id = $4";
    let values =
        [json!(passkey).to_string().into(), db.world().now().into(), result.backup_state().into(), row.id.into()];
    db::execute(tx, sql, values).await?;
    Ok(PasskeyTried::Right(used))
}
