//! Requests for a way back in by identity documents (SEC-5): kept, found, decided on, erased. What was typed and the names of
//! the files are sealed under a key of the request's own, so that erasing it leaves reference, times and decision.

mod decide;
mod link;

pub use decide::{
    Approved, approve_recovery, count_recoveries_under_other_keys, due_recoveries, erase_recovery, expire_recovery,
    note_document_seen, object_to_recovery, refuse_recovery, rotate_recoveries, send_due_recovery,
};
pub use link::{RENEWAL_LASTS, RecoveryLink, find_recovery_link, make_object_link, use_renewal};

use audit::{Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx, Value};
use identity::token_hash;
use kernel::{FileId, Language, LoginId, Moment, RecoveryId, StaffId};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vault::{DataKey, Place, Vault, VaultError, Wrapped};

use crate::{Grant, Right, account_view};

/// What was lost. The procedure is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryKind {
    /// Both e-mail addresses: the decision lets a password and another address be chosen, and leaves the second step alone.
    Email,
    /// All ways to show the second step (SEC-3): the decision takes it off, and leaves password and address alone.
    SecondStep,
}

impl RecoveryKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::SecondStep => "second-step",
        }
    }

    fn from_code(code: &str) -> Result<Self, DbErr> {
        let known = [Self::Email, Self::SecondStep].into_iter().find(|kind| kind.code() == code);
        known.ok_or_else(|| DbErr::Type(format!("“{code}” is nothing that a request is about")))
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryState {
    Open,
    /// Somebody of the staff accepted; it waits for the end of the objection time, or for another of them.
    Accepted,
    /// The link to renew the login was sent.
    Sent,
    /// The link was used.
    Done,
    Refused,
    /// Nobody decided in time.
    Expired,
}

impl RecoveryState {
    fn from_code(code: &str) -> Result<Self, DbErr> {
        Ok(match code {
            "open" => Self::Open,
            "accepted" => Self::Accepted,
            "sent" => Self::Sent,
            "done" => Self::Done,
            "refused" => Self::Refused,
            "expired" => Self::Expired,
            _ => return Err(DbErr::Type(format!("“{code}” is no state of a request"))),
        })
    }

    /// Whether it is still to be decided on.
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Open | Self::Accepted)
    }
}

/// A document of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryFile {
    pub id: FileId,
    /// `pdf`, `jpeg` or `png`, found in its content.
    pub kind: String,
    /// What the person's device called it: never to be believed.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// What somebody typed and handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryFacts {
    /// Username or client identifier.
    pub name: String,
    pub story: String,
    /// Where the person is reached now.
    pub email: String,
    pub telephone: String,
    pub country: String,
    /// `person` or `business`.
    pub customer_kind: String,
    pub files: Vec<RecoveryFile>,
}

/// A request to be kept. Its key was drawn before, for its files are sealed under it.
pub struct NewRecovery<'a> {
    pub id: RecoveryId,
    pub kind: RecoveryKind,
    pub key: &'a DataKey,
    pub wrapped: &'a Wrapped,
    pub login: Option<LoginId>,
    pub language: Language,
    pub facts: &'a RecoveryFacts,
    /// The form's own key.
    pub once: &'a str,
    pub answer_by: Moment,
    pub object_until: Moment,
    /// When it ends if nobody decides.
    pub ends_at: Moment,
}

/// A request as it is kept.
#[derive(Clone, Debug)]
pub struct Recovery {
    pub id: RecoveryId,
    pub kind: RecoveryKind,
    pub reference: String,
    pub login: Option<LoginId>,
    pub language: Language,
    pub state: RecoveryState,
    pub asked_at: Moment,
    pub answer_by: Moment,
    pub object_until: Moment,
    pub objected_at: Option<Moment>,
    pub reason: Option<String>,
    pub decided_at: Option<Moment>,
    /// None once it was erased.
    pub facts: Option<RecoveryFacts>,
}

#[derive(FromQueryResult)]
pub(crate) struct Row {
    id: RecoveryId,
    kind: String,
    reference: String,
    login_id: Option<LoginId>,
    language: Language,
    data_key: Option<Vec<u8>>,
    key_id: i32,
    sealed: Option<Vec<u8>>,
    state: String,
    asked_at: Moment,
    answer_by: Moment,
    object_until: Moment,
    objected_at: Option<Moment>,
    reason: Option<String>,
    decided_at: Option<Moment>,
}

pub(crate) const COLUMNS: &str = "id, kind, reference, login_id, language, data_key, key_id, sealed, state, asked_at,
    answer_by, object_until, objected_at, reason, decided_at";

fn place(id: RecoveryId) -> Place {
    Place { column: "recoveries.sealed", row: id.uuid() }
}

impl Row {
    fn key(&self, vault: &Vault) -> Result<Option<DataKey>, VaultError> {
        let wrapped = self.data_key.clone().map(|bytes| Wrapped { key_id: self.key_id, bytes });
        wrapped.map(|wrapped| vault.open_data_key(self.id, &wrapped)).transpose()
    }

    pub(crate) fn open(self, vault: &Vault) -> Result<Recovery, VaultError> {
        let facts = match (self.key(vault)?, &self.sealed) {
            (Some(key), Some(sealed)) => {
                let text = vault.open(&key, place(self.id), sealed)?;
                // The parser's message would show a part of the text.
                Some(serde_json::from_str(&text).map_err(|_| VaultError::Unsealable)?)
            }
            _ => None,
        };
        Ok(Recovery {
            id: self.id,
            kind: RecoveryKind::from_code(&self.kind)?,
            reference: self.reference,
            login: self.login_id,
            language: self.language,
            state: RecoveryState::from_code(&self.state)?,
            asked_at: self.asked_at,
            answer_by: self.answer_by,
            object_until: self.object_until,
            objected_at: self.objected_at,
            reason: self.reason,
            decided_at: self.decided_at,
            facts,
        })
    }
}

/// Without letters and digits that are taken for one another when they are read out.
const LETTERS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const REFERENCE_LETTERS: usize = 12;

/// Draws a reference, as `R7K4-9QXM-2TLC`: nobody guesses one.
pub(crate) fn draw_reference(db: &Db) -> String {
    let mut reference = String::with_capacity(REFERENCE_LETTERS + 2);
    for at in 0..REFERENCE_LETTERS {
        if at > 0 && at % 4 == 0 {
            reference.push('-');
        }
        let letter = usize::try_from(db.world().below(LETTERS.len() as u64)).unwrap_or_default();
        reference.push(char::from(LETTERS[letter]));
    }
    reference
}

/// Keeps a request in the caller's transaction, and gives its reference. `false` where the same form was posted before: the
/// reference is that one's, and nothing was kept.
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_recovery(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    new: &NewRecovery<'_>,
) -> Result<(String, bool), VaultError> {
    let facts = serde_json::to_string(new.facts).map_err(|error| DbErr::Json(error.to_string()))?;
    let (reference, now) = (draw_reference(db), db.world().now());
    // A request for nobody's login is answered when it would have been, and ends with that.
    let due = if new.login.is_some() { new.ends_at } else { new.answer_by };
    let sql = "INSERT INTO recoveries (id, reference, once, kind, login_id, language, data_key, key_id, sealed, state,
                   asked_at, answer_by, object_until, due_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13) ON CONFLICT (once) DO NOTHING";
    let values: [Value; 13] = [
        new.id.into(),
        reference.as_str().into(),
        token_hash(new.once).into(),
        new.kind.code().into(),
        new.login.into(),
        new.language.into(),
        new.wrapped.bytes.clone().into(),
        new.wrapped.key_id.into(),
        vault.seal(new.key, place(new.id), &facts)?.into(),
        now.into(),
        new.answer_by.into(),
        new.object_until.into(),
        due.into(),
    ];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok((recovery_of_form(tx, new.once).await?.unwrap_or_default(), false));
    }
    for (position, file) in (0_i32..).zip(&new.facts.files) {
        if !vault::keep_file(db, tx, file.id).await? {
            return Err(DbErr::Custom("a document is not whole".to_owned()).into());
        }
        let sql = "INSERT INTO recovery_files (file_id, recovery_id, position) VALUES ($1, $2, $3)";
        db::execute(tx, sql, [file.id.into(), new.id.into(), position.into()]).await?;
    }
    if let Some(login) = new.login {
        let details = json!({ "recovery": new.id, "kind": new.kind.code(), "documents": new.facts.files.len() });
        let (chain, kind) = (Chain::Login(login), "recovery.asked");
        Event { chain, kind, author: Author::Customer, details, sealed: None }.append(db, tx).await?;
    }
    Ok((reference, true))
}

/// The reference of the request that a form made.
///
/// # Errors
/// When the database cannot be read.
pub async fn recovery_of_form(on: &impl ConnectionTrait, once: &str) -> Result<Option<String>, DbErr> {
    db::scalar(on, "SELECT reference FROM recoveries WHERE once = $1", [token_hash(once).into()]).await
}

/// Until when the request of a reference is answered, and what was lost; for the page that says so.
///
/// # Errors
/// When the database cannot be read.
pub async fn recovery_deadline(
    on: &impl ConnectionTrait,
    reference: &str,
) -> Result<Option<(Moment, RecoveryKind)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Kept {
        answer_by: Moment,
        kind: String,
    }
    let sql = "SELECT answer_by, kind FROM recoveries WHERE reference = $1";
    let kept: Option<Kept> = db::query_one(on, sql, [reference.into()]).await?;
    kept.map(|kept| Ok((kept.answer_by, RecoveryKind::from_code(&kept.kind)?))).transpose()
}

/// # Errors
/// When the database cannot be read, or the request cannot be opened.
pub async fn find_recovery(
    on: &impl ConnectionTrait,
    vault: &Vault,
    id: RecoveryId,
) -> Result<Option<Recovery>, VaultError> {
    let sql = format!("SELECT {COLUMNS} FROM recoveries WHERE id = $1");
    db::query_one::<Row>(on, &sql, [id.into()]).await?.map(|row| row.open(vault)).transpose()
}

/// What is to be decided on, the earliest deadline first; a hundred at most, and how many there are.
///
/// # Errors
/// When the database cannot be read, or a request cannot be opened.
pub async fn open_recoveries(on: &impl ConnectionTrait, vault: &Vault) -> Result<(Vec<Recovery>, i64), VaultError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM recoveries WHERE state IN ('open', 'accepted') ORDER BY answer_by, id LIMIT 100"
    );
    let rows: Vec<Row> = db::query(on, &sql, []).await?;
    let sql = "SELECT count(*) FROM recoveries WHERE state IN ('open', 'accepted')";
    let count = db::scalar(on, sql, []).await?.unwrap_or(0);
    Ok((rows.into_iter().map(|row| row.open(vault)).collect::<Result<_, _>>()?, count))
}

/// Who would let the person in so far.
///
/// # Errors
/// When the database cannot be read.
pub async fn approvals_of(on: &impl ConnectionTrait, id: RecoveryId) -> Result<Vec<(StaffId, bool)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Approval {
        staff_id: StaffId,
        is_supervisor: bool,
    }
    let sql = "SELECT staff_id, is_supervisor FROM recovery_approvals WHERE recovery_id = $1 ORDER BY given_at";
    let rows: Vec<Approval> = db::query(on, sql, [id.into()]).await?;
    Ok(rows.into_iter().map(|row| (row.staff_id, row.is_supervisor)).collect())
}

/// The content of a document of a request; none once it was erased.
///
/// # Errors
/// When the database cannot be read, or the document was changed.
pub async fn read_document(
    on: &impl ConnectionTrait,
    vault: &Vault,
    (id, file): (RecoveryId, FileId),
) -> Result<Option<Vec<u8>>, VaultError> {
    let sql = "SELECT count(*) FROM recovery_files WHERE recovery_id = $1 AND file_id = $2";
    if db::scalar::<i64>(on, sql, [id.into(), file.into()]).await? != Some(1) {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM recoveries WHERE id = $1");
    let Some(row) = db::query_one::<Row>(on, &sql, [id.into()]).await? else { return Ok(None) };
    let Some(key) = row.key(vault)? else { return Ok(None) };
    Ok(vault::read_file(on, vault, &key, file).await?.map(|content| content.to_vec()))
}

/// What is on file about a login's people, for who compares it with what was handed in.
#[derive(Clone, Debug, Default)]
pub struct OnFile {
    pub names: Vec<String>,
    pub identifiers: Vec<String>,
    pub cities: Vec<String>,
}

/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn on_file(on: &impl ConnectionTrait, vault: &Vault, login: LoginId) -> Result<OnFile, VaultError> {
    #[derive(FromQueryResult)]
    struct Reached {
        account_id: kernel::AccountId,
    }
    // What is on file of an account's customer says nothing of who is a secondary user there.
    let sql = "SELECT account_id FROM memberships WHERE login_id = $1 AND role = 'holder' AND ended_at IS NULL
               ORDER BY begun_at LIMIT 20";
    let mut found = OnFile { identifiers: crate::identifiers_of(on, login).await?, ..OnFile::default() };
    for reached in db::query::<Reached>(on, sql, [login.into()]).await? {
        let grant = Grant::of_the_provider(reached.account_id, "", Right::SeeBills);
        let Some(view) = account_view(on, vault, &grant).await? else { continue };
        found.names.extend(view.name);
        found.cities.extend(view.address.city);
    }
    for list in [&mut found.names, &mut found.cities] {
        list.sort();
        list.dedup();
    }
    Ok(found)
}
