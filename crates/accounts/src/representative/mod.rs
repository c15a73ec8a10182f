//! Representatives (PRO-2): who may speak for an account's customer at the telephone, by power of attorney, estate or
//! guardianship. One of the staff records it with documents, the holder is told and may object, another of the staff decides. A
//! representative has no login by it and no right on any page.

mod decide;

pub(crate) use decide::end_representatives;
pub use decide::{
    RepresentativeAct, RepresentativeDecided, act_on_representative, expire_representative, object_to_representative,
    representatives_to_expire,
};

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, Engine, FromQueryResult, Migration, Tx, Value};
use identity::{Token, token_hash};
use kernel::{AccountId, CustomerId, Day, FileId, Language, Moment, RepresentativeId, StaffId};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vault::{DataKey, Place, Vault, VaultError};

use crate::recovery::draw_reference;
use crate::store::hold_key;
use crate::{Grant, RecoveryFile, customer_key};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0372_representatives",
    what: "representatives of customers",
    sql: include_str!("../migrations/0072_representatives.sql"),
};

/// By what somebody represents a customer, as forms and the log name it.
pub const REPRESENTATIVE_KINDS: [&str; 3] = ["power-of-attorney", "estate", "guardianship"];

/// Who represents, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepresentativeFacts {
    pub name: String,
    /// As E.164.
    pub telephone: String,
    pub email: Option<String>,
    pub language: Language,
    /// Which documents were seen, and where they are kept.
    pub proof: String,
    /// What was handed in; gone once it is over.
    pub files: Vec<RecoveryFile>,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepresentativeState {
    Open,
    Confirmed,
    Refused,
    /// By one of the staff, or because the account has another holder.
    Ended,
    /// Its last day is over.
    Expired,
}

impl RepresentativeState {
    const ALL: [Self; 5] = [Self::Open, Self::Confirmed, Self::Refused, Self::Ended, Self::Expired];

    /// As it is kept, and named in texts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Ended => "ended",
            Self::Expired => "expired",
        }
    }
}

/// What one of the staff records. Its files were written before, under the customer's key.
pub struct NewRepresentative<'a> {
    pub grant: &'a Grant,
    /// The account's customer, under whose key the files were written.
    pub customer: CustomerId,
    pub kind: &'static str,
    pub facts: &'a RepresentativeFacts,
    pub valid_from: Day,
    pub valid_until: Option<Day>,
    /// The form's own key.
    pub once: &'a str,
    pub staff: StaffId,
    pub object_until: Moment,
}

/// A representative as they are kept.
#[derive(Clone, Debug)]
pub struct Representative {
    pub id: RepresentativeId,
    pub reference: String,
    pub account: AccountId,
    pub number: String,
    pub kind: String,
    pub valid_from: Day,
    pub valid_until: Option<Day>,
    pub asked_at: Moment,
    pub asked_by: StaffId,
    pub object_until: Moment,
    pub objected_at: Option<Moment>,
    pub state: RepresentativeState,
    customer: CustomerId,
    content: Option<Vec<u8>>,
}

impl Representative {
    /// Whether another of the staff may confirm now: the holder had their time. After an objection it takes a supervisor.
    pub fn may_be_confirmed(&self, now: Moment) -> bool {
        self.objected_at.is_some() || self.object_until <= now
    }

    /// Whether they speak for the customer on a day.
    pub fn is_in_force(&self, day: Day) -> bool {
        let is_within = self.valid_from <= day && self.valid_until.is_none_or(|last| last >= day);
        self.state == RepresentativeState::Confirmed && is_within
    }

    /// Who it is and what shows it; none once it was refused, or where the customer's data was erased.
    ///
    /// # Errors
    /// When the database cannot be read, or it cannot be opened.
    pub async fn facts(
        &self,
        on: &impl ConnectionTrait,
        vault: &Vault,
    ) -> Result<Option<RepresentativeFacts>, VaultError> {
        let (Some(sealed), Some(key)) = (&self.content, customer_key(on, vault, self.customer).await?) else {
            return Ok(None);
        };
        let text = vault.open(&key, content_place(self.id), sealed)?;
        // The parser's message would show a part of the text.
        serde_json::from_str(&text).map(Some).map_err(|_| VaultError::Unsealable)
    }

    /// The content of one of the documents; none once it is over.
    ///
    /// # Errors
    /// When the database cannot be read, or the document was changed.
    pub async fn document(
        &self,
        on: &impl ConnectionTrait,
        vault: &Vault,
        file: FileId,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let sql = "SELECT count(*) FROM representative_files WHERE representative_id = $1 AND file_id = $2";
        if db::scalar::<i64>(on, sql, [self.id.into(), file.into()]).await? != Some(1) {
            return Ok(None);
        }
        let Some(key) = customer_key(on, vault, self.customer).await? else { return Ok(None) };
        Ok(vault::read_file(on, vault, &key, file).await?.map(|content| content.to_vec()))
    }
}

fn content_place(id: RepresentativeId) -> Place {
    Place { column: "representatives.content", row: id.uuid() }
}

#[derive(FromQueryResult)]
struct Row {
    id: RepresentativeId,
    reference: String,
    account_id: AccountId,
    number: String,
    customer_id: CustomerId,
    kind: String,
    content: Option<Vec<u8>>,
    valid_from: Day,
    valid_until: Option<Day>,
    asked_at: Moment,
    asked_by: StaffId,
    object_until: Moment,
    objected_at: Option<Moment>,
    state: String,
}

const SELECT: &str = "SELECT r.id, r.reference, r.account_id, a.number, r.customer_id, r.kind, r.content, r.valid_from,
    r.valid_until, r.asked_at, r.asked_by, r.object_until, r.objected_at, r.state
    FROM representatives r JOIN accounts a ON a.id = r.account_id";

impl From<Row> for Representative {
    fn from(row: Row) -> Self {
        let state = RepresentativeState::ALL.into_iter().find(|state| state.code() == row.state);
        Self {
            id: row.id,
            reference: row.reference,
            account: row.account_id,
            number: row.number,
            kind: row.kind,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            asked_at: row.asked_at,
            asked_by: row.asked_by,
            object_until: row.object_until,
            objected_at: row.objected_at,
            state: state.unwrap_or(RepresentativeState::Refused),
            customer: row.customer_id,
            content: row.content,
        }
    }
}

/// A representative by their id.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_representative(
    on: &impl ConnectionTrait,
    id: RepresentativeId,
) -> Result<Option<Representative>, DbErr> {
    let sql = format!("{SELECT} WHERE r.id = $1");
    Ok(db::query_one::<Row>(on, &sql, [id.into()]).await?.map(Representative::from))
}

/// The same, held until the transaction ends: of two who decide at once, the second finds it decided.
async fn hold(tx: &Tx, id: RepresentativeId) -> Result<Option<Representative>, DbErr> {
    let lock = Engine::of(tx).for_update();
    let sql = format!("SELECT count(*) FROM (SELECT id FROM representatives WHERE id = $1{lock}) AS held");
    db::scalar::<i64>(tx, &sql, [id.into()]).await?;
    find_representative(tx, id).await
}

/// All that were ever recorded for a grant's account since its holder has it, the newest first; a hundred at most.
///
/// # Errors
/// When the database cannot be read.
pub async fn representatives_of(on: &impl ConnectionTrait, grant: &Grant) -> Result<Vec<Representative>, DbErr> {
    let sql =
        format!("{SELECT} WHERE r.account_id = $1 AND r.asked_at >= $2 ORDER BY r.asked_at DESC, r.id DESC LIMIT 100");
    let rows: Vec<Row> = db::query(on, &sql, [grant.account().into(), grant.since().into()]).await?;
    Ok(rows.into_iter().map(Representative::from).collect())
}

/// What is to be decided on, the oldest first; a hundred at most, and how many there are.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_representatives(on: &impl ConnectionTrait) -> Result<(Vec<Representative>, i64), DbErr> {
    let sql = format!("{SELECT} WHERE r.state = 'open' ORDER BY r.asked_at, r.id LIMIT 100");
    let rows: Vec<Row> = db::query(on, &sql, []).await?;
    let count = db::scalar(on, "SELECT count(*) FROM representatives WHERE state = 'open'", []).await?.unwrap_or(0);
    Ok((rows.into_iter().map(Representative::from).collect(), count))
}

/// The representative of a link's secret.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_representative_link(
    on: &impl ConnectionTrait,
    secret: &str,
) -> Result<Option<Representative>, DbErr> {
    let sql = "SELECT representative_id FROM representative_links WHERE token_hash = $1";
    match db::scalar::<RepresentativeId>(on, sql, [token_hash(secret).into()]).await? {
        Some(id) => find_representative(on, id).await,
        None => Ok(None),
    }
}

/// Makes a link for one of the holder's addresses, in the caller's transaction, and gives its secret.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_representative_link(db: &Db, tx: &Tx, id: RepresentativeId) -> Result<String, DbErr> {
    let token = Token::draw(db);
    let sql = "INSERT INTO representative_links (token_hash, representative_id) VALUES ($1, $2)";
    db::execute(tx, sql, [token_hash(token.secret()).into(), id.into()]).await?;
    Ok(token.secret().to_owned())
}

/// Whether a form was posted before.
///
/// # Errors
/// When the database cannot be read.
pub async fn representative_of_form(on: &impl ConnectionTrait, once: &str) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM representatives WHERE once = $1";
    Ok(db::scalar::<i64>(on, sql, [token_hash(once).into()]).await?.unwrap_or(0) > 0)
}

/// The account of a number with its customer's key, for what one of the staff records about it; none where there is no such
/// account, or the customer's data was erased.
///
/// # Errors
/// When the database cannot be read, or the key cannot be opened.
pub async fn account_to_represent(
    on: &impl ConnectionTrait,
    vault: &Vault,
    number: &str,
) -> Result<Option<(AccountId, CustomerId, DataKey)>, VaultError> {
    #[derive(FromQueryResult)]
    struct Found {
        id: AccountId,
        customer_id: CustomerId,
    }
    let sql = "SELECT id, customer_id FROM accounts WHERE number = $1";
    let Some(found) = db::query_one::<Found>(on, sql, [number.into()]).await? else { return Ok(None) };
    let key = customer_key(on, vault, found.customer_id).await?;
    Ok(key.map(|key| (found.id, found.customer_id, key)))
}

/// Notes something in the account's chain, and in that of a member of staff.
async fn note(
    db: &Db,
    tx: &Tx,
    (account, staff, author): (AccountId, Option<StaffId>, Author),
    (kind, details): (&'static str, serde_json::Value),
) -> Result<(), DbErr> {
    let chains: Vec<Chain> = std::iter::once(Chain::Account(account)).chain(staff.map(Chain::Staff)).collect();
    let mut appender = Appender::read(db, tx, &chains).await?;
    for chain in chains {
        appender.add(Event { chain, kind, author, details: details.clone(), sealed: None });
    }
    appender.write(tx).await
}

/// Notes that one of the staff looks at a document, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_representative_document_seen(
    db: &Db,
    tx: &Tx,
    (representative, file): (&Representative, FileId),
    staff: StaffId,
) -> Result<(), DbErr> {
    let details = json!({ "representative": representative.id, "file": file, "staff": staff });
    let whose = (representative.account, Some(staff), Author::Staff);
    note(db, tx, whose, ("representative.document-seen", details)).await
}

/// Records a representative, in the caller's transaction; the holder is to be told in it. None where the account's customer is not
/// the one any more under whose key the files are, or the same form was posted before.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn record_representative(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    new: &NewRepresentative<'_>,
) -> Result<Option<Representative>, VaultError> {
    if representative_of_form(tx, new.once).await? {
        return Ok(None);
    }
    let account = new.grant.account();
    let customer = db::scalar::<CustomerId>(tx, "SELECT customer_id FROM accounts WHERE id = $1", [account.into()]);
    let Some(customer) = customer.await?.filter(|customer| *customer == new.customer) else { return Ok(None) };
    let Some(key) = hold_key(tx, vault, customer).await? else { return Ok(None) };
    let id: RepresentativeId = db.world().id();
    insert((db, vault), tx, (id, customer, &key), new).await?;
    for (position, file) in (0_i32..).zip(&new.facts.files) {
        if !vault::keep_file(db, tx, file.id).await? {
            return Err(DbErr::Custom("a document is not whole".to_owned()).into());
        }
        let sql = "INSERT INTO representative_files (file_id, representative_id, position) VALUES ($1, $2, $3)";
        db::execute(tx, sql, [file.id.into(), id.into(), position.into()]).await?;
    }
    let details = json!({ "representative": id, "kind": new.kind, "staff": new.staff, "documents": new.facts.files.len(), "account": account });
    note(db, tx, (account, Some(new.staff), Author::Staff), ("representative.recorded", details)).await?;
    Ok(find_representative(tx, id).await?)
}

async fn insert(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (id, customer, key): (RepresentativeId, CustomerId, &DataKey),
    new: &NewRepresentative<'_>,
) -> Result<(), VaultError> {
    let content = serde_json::to_string(new.facts).map_err(|error| DbErr::Json(error.to_string()))?;
    let sql = "INSERT INTO representatives (id, reference, once, account_id, customer_id, kind, content, valid_from,
                   valid_until, asked_at, asked_by, object_until, state)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open')";
    let values: [Value; 12] = [
        id.into(),
        draw_reference(db).into(),
        token_hash(new.once).into(),
        new.grant.account().into(),
        customer.into(),
        new.kind.into(),
        vault.seal(key, content_place(id), &content)?.into(),
        new.valid_from.into(),
        new.valid_until.into(),
        db.world().now().into(),
        new.staff.into(),
        new.object_until.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ()).map_err(VaultError::from)
}
