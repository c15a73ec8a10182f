//! What is on file of a customer as proofs and the provider's people judge it: the telephone that a code goes to, the name that the
//! provider set, and what was changed lately, with the value before.

use db::{Db, DbErr, FromQueryResult, Migration};
use jiff::SignedDuration;
use kernel::{AccountId, LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use vault::{DataKey, Place, Vault, VaultError, Wrapped};

use crate::store::open_field;
use crate::{Profile, Section, Telephone};

/// The columns of this module.
pub(crate) const MIGRATION: Migration = Migration {
    name: "m0396_doors",
    what: "when telephones were changed, and names as the provider set them",
    sql: include_str!("migrations/0096_doors.sql"),
};

/// A telephone that is newer gets no code of a proof: whoever changed it is told to the addresses that were there before.
const NEW_FOR: SignedDuration = SignedDuration::from_hours(72);
/// So long after a recovery a telephone that was changed since gets none, and an account that was linked brings none.
const DOUBTED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The telephone on file to which a code of a fresh proof may go: of the customer of an account that the login holds and whose claim
/// is confirmed (or waits for nothing); not one that was changed less than three days ago, nor since a recovery of the login, nor
/// one that came with an account linked lately.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn proof_telephone(
    (db, vault): (&Db, &Vault),
    on: &impl ConnectionTrait,
    login: LoginId,
    claims_wait: bool,
) -> Result<Option<String>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: kernel::CustomerId,
        data_key: Vec<u8>,
        key_id: i32,
        telephone: Vec<u8>,
        telephones_changed_at: Option<Moment>,
    }
    let now = db.world().now();
    let confirmed = if claims_wait { "AND m.confirmed_at IS NOT NULL" } else { "" };
    let sql = format!(
        "SELECT c.id, c.data_key, c.key_id, c.telephone, c.telephones_changed_at
         FROM memberships m JOIN accounts a ON a.id = m.account_id JOIN customers c ON c.id = a.customer_id
         WHERE m.login_id = $1 AND m.role = 'holder' AND m.ended_at IS NULL {confirmed} AND c.data_key IS NOT NULL
             AND c.telephone IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account_links k WHERE k.membership_id = m.id
                 AND k.linked_at > $2) ORDER BY m.begun_at, a.number LIMIT 20"
    );
    let rows: Vec<Row> = db::query(on, &sql, [login.into(), now.plus(-DOUBTED_FOR).into()]).await?;
    let recovered = identity::recovered_at(on, login).await?.filter(|at| at.plus(DOUBTED_FOR) > now);
    for row in rows {
        let is_new = row.telephones_changed_at.is_some_and(|changed| {
            changed.plus(NEW_FOR) > now || recovered.is_some_and(|recovered| changed >= recovered)
        });
        if is_new {
            continue;
        }
        let key = vault.open_data_key(row.id, &Wrapped { key_id: row.key_id, bytes: row.data_key })?;
        let place = Place { column: "customers.telephone", row: row.id.uuid() };
        let kept = open_field(vault, &key, place, Some(&row.telephone))?;
        // Behind an extension nobody reads a text message.
        let number = kept.as_deref().and_then(Telephone::of_file).filter(|number| number.extension().is_none());
        if let Some(number) = number {
            return Ok(Some(number.number().to_owned()));
        }
    }
    Ok(None)
}

/// What a change of a section left in the log.
#[derive(Deserialize)]
struct Sealed {
    before: Vec<String>,
    after: Vec<String>,
}

/// A field of what is on file that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentChange {
    pub at: Moment,
    pub field: &'static str,
    pub before: String,
    pub after: String,
}

#[derive(FromQueryResult)]
struct Noted {
    kind: String,
    at: Moment,
    sealed: Option<Vec<u8>>,
}

async fn key_of_account(
    on: &impl ConnectionTrait,
    vault: &Vault,
    account: AccountId,
) -> Result<Option<DataKey>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: kernel::CustomerId,
        data_key: Option<Vec<u8>>,
        key_id: i32,
    }
    let sql =
        "SELECT c.id, c.data_key, c.key_id FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.id = $1";
    let Some(row) = db::query_one::<Row>(on, sql, [account.into()]).await? else { return Ok(None) };
    row.data_key.map(|bytes| vault.open_data_key(row.id, &Wrapped { key_id: row.key_id, bytes })).transpose()
}

/// What was changed of name, address and telephones of an account's customer since a moment, the newest first; nothing from before
/// its holder had it, for that is another's.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn recent_changes(
    on: &impl ConnectionTrait,
    vault: &Vault,
    (account, since): (AccountId, Moment),
) -> Result<Vec<RecentChange>, VaultError> {
    let Some(key) = key_of_account(on, vault, account).await? else { return Ok(Vec::new()) };
    let sections = [Section::Name, Section::Address, Section::Telephones];
    let sql = "SELECT e.kind, e.at, e.sealed FROM audit_events e JOIN accounts a ON a.id = e.chain
               WHERE e.chain = $1 AND e.at >= $2 AND (a.held_since IS NULL OR e.at >= a.held_since)
                   AND e.kind IN ($3, $4, $5) ORDER BY e.seq DESC LIMIT 50";
    let [name, address, telephones] = sections.map(Section::event);
    let values = [account.into(), since.into(), name.into(), address.into(), telephones.into()];
    let noted: Vec<Noted> = db::query(on, sql, values).await?;
    let mut changes = Vec::new();
    for event in noted {
        let Some(section) = sections.into_iter().find(|section| section.event() == event.kind) else { continue };
        let Some(values) = open_sealed(vault, &key, account, event.sealed.as_deref())? else { continue };
        let pairs = section.fields().iter().zip(values.before.into_iter().zip(values.after));
        let changed = pairs.filter(|(_, (before, after))| before != after);
        changes.extend(changed.map(|(field, (before, after))| RecentChange { at: event.at, field, before, after }));
    }
    Ok(changes)
}

fn open_sealed(
    vault: &Vault,
    key: &DataKey,
    account: AccountId,
    sealed: Option<&[u8]>,
) -> Result<Option<Sealed>, VaultError> {
    let place = Place { column: "audit_events.profile", row: account.uuid() };
    let content = open_field(vault, key, place, sealed)?;
    Ok(content.and_then(|content| serde_json::from_str(&content).ok()))
}

/// The accounts that a login holds, for [`recent_changes`].
///
/// # Errors
/// When the database cannot be read.
pub async fn held_accounts(on: &impl ConnectionTrait, login: LoginId) -> Result<Vec<AccountId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        account_id: AccountId,
    }
    let sql = "SELECT account_id FROM memberships WHERE login_id = $1 AND role = 'holder' AND ended_at IS NULL
               ORDER BY begun_at LIMIT 20";
    let rows: Vec<Row> = db::query(on, sql, [login.into()]).await?;
    Ok(rows.into_iter().map(|row| row.account_id).collect())
}

/// The customer's name as the provider last set it, which every correction is compared with (PRO-1): a row of small ones makes
/// nobody else of them. Where corrections were made before it was kept, it is what the first of them found.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn name_by_provider(
    on: &impl ConnectionTrait,
    vault: &Vault,
    profile: &Profile,
) -> Result<Option<String>, VaultError> {
    #[derive(FromQueryResult)]
    struct First {
        chain: uuid::Uuid,
        sealed: Option<Vec<u8>>,
    }
    let (customer, account) = (profile.view.customer, profile.view.id);
    let Some(key) = key_of_account(on, vault, account).await? else { return Ok(None) };
    let kept: Option<Option<Vec<u8>>> =
        db::scalar(on, "SELECT provider_name FROM customers WHERE id = $1", [customer.into()]).await?;
    if let Some(kept) = kept.flatten() {
        let place = Place { column: "customers.provider_name", row: customer.uuid() };
        return vault.open(&key, place, &kept).map(Some);
    }
    let sql = "SELECT e.chain, e.sealed FROM audit_events e JOIN accounts a ON a.id = e.chain
               WHERE a.customer_id = $1 AND e.kind = $2 AND (a.held_since IS NULL OR e.at >= a.held_since)
               ORDER BY e.at, e.seq LIMIT 1";
    let first: Option<First> = db::query_one(on, sql, [customer.into(), Section::Name.event().into()]).await?;
    if let Some(first) = first
        && let Some(values) = open_sealed(vault, &key, first.chain.into(), first.sealed.as_deref())?
    {
        // Where the provider knew no name, the first that was given counts.
        let Sealed { before, after } = values;
        return Ok(before.into_iter().chain(after).find(|name| !name.is_empty()));
    }
    Ok(profile.view.name.clone())
}
