//! The change of holder (PRO-1): an account passes to another person. One of the staff asks for it, with the proof that they
//! saw; the holder is told at every address and may agree or object; another of the staff decides. What it ends and what it
//! leaves is in [`decide_holder_change`].

mod decide;
mod former;

pub use decide::{
    AnsweredChange, ChangeDecided, ChangeDecision, HolderChangeDone, agree_to_holder_change, decide_holder_change,
    object_to_holder_change,
};
pub use former::{account_view_when, view_when};

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, Engine, FromQueryResult, Tx, Value};
use identity::{Token, token_hash};
use kernel::{AccountId, CustomerId, HolderChangeId, Language, Moment, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{DataKey, Place, Vault, VaultError};

use crate::recovery::draw_reference;
use crate::register::{RegisterError, register_customer};
use crate::store::{address_text, hold_key};
use crate::{AccountView, Address, CustomerKind, Grant, NewCustomer, Right, Suffix, account_view};

/// Why an account passes to somebody else, as the form and the log name it.
pub const HOLDER_CHANGE_REASONS: [&str; 5] = ["agreed", "death", "separation", "company", "other"];

/// Who is to hold an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewHolder {
    /// A customer already, by their client identifier.
    Known(String),
    New {
        kind: CustomerKind,
        name: String,
        language: Language,
        /// Becomes the e-mail on file; the activation e-mail goes there.
        email: String,
        /// As E.164.
        telephone: Option<String>,
    },
}

/// A change that one of the staff asks for.
pub struct NewHolderChange<'a> {
    pub account: &'a str,
    pub holder: &'a NewHolder,
    pub reason: &'static str,
    /// Whether the new holder takes over what is owed.
    pub takes_over: bool,
    /// Which proof was seen, and where it is kept.
    pub proof: &'a str,
    /// The account's address from then on.
    pub address: &'a Address,
    /// The form's own key.
    pub once: &'a str,
    pub staff: StaffId,
    pub object_until: Moment,
    pub suffix: &'a Suffix,
}

/// What became of the wish.
pub enum HolderChangeWish {
    /// The holder is to be told in the same transaction.
    Begun(HolderChangeId),
    /// The same form was posted before.
    Again(HolderChangeId),
    NoAccount,
    /// One is open already.
    UnderWay,
    /// No customer bears that client identifier, or their data was erased.
    NoCustomer,
    /// Nothing is on file with which the new holder could be reached.
    NoEmail,
    /// They hold it already.
    Same,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolderChangeOutcome {
    Done,
    Refused,
}

/// A change as it is kept.
#[derive(Clone, Debug)]
pub struct HolderChange {
    pub id: HolderChangeId,
    pub reference: String,
    pub account: AccountId,
    pub number: String,
    pub from: CustomerId,
    pub to: CustomerId,
    pub reason: String,
    /// Whether the new holder takes over what is owed.
    pub takes_over: bool,
    pub asked_at: Moment,
    pub asked_by: StaffId,
    pub object_until: Moment,
    pub agreed_at: Option<Moment>,
    pub objected_at: Option<Moment>,
    pub outcome: Option<HolderChangeOutcome>,
    is_new_customer: bool,
    proof: Option<Vec<u8>>,
    address: Option<Vec<u8>>,
}

impl HolderChange {
    /// Whether another of the staff may decide now: the holder agreed, or had their time and did not object. After an
    /// objection it takes a supervisor.
    pub fn may_be_decided(&self, now: Moment) -> bool {
        self.objected_at.is_some() || self.agreed_at.is_some() || self.object_until <= now
    }

    /// Which proof was seen, and the account's new address; none once it came to nothing.
    ///
    /// # Errors
    /// When they cannot be opened.
    pub fn open(&self, vault: &Vault, key: &DataKey) -> Result<Option<(String, Address)>, VaultError> {
        let (Some(proof), Some(address)) = (&self.proof, &self.address) else { return Ok(None) };
        let address = vault.open(key, address_place(self.id), address)?;
        // The parser's message would show a part of the text.
        let address = serde_json::from_str(&address).map_err(|_| VaultError::Unsealable)?;
        Ok(Some((vault.open(key, proof_place(self.id), proof)?, address)))
    }
}

fn proof_place(id: HolderChangeId) -> Place {
    Place { column: "holder_changes.proof", row: id.uuid() }
}

fn address_place(id: HolderChangeId) -> Place {
    Place { column: "holder_changes.address", row: id.uuid() }
}

#[derive(FromQueryResult)]
struct Row {
    id: HolderChangeId,
    reference: String,
    account_id: AccountId,
    number: String,
    from_customer: CustomerId,
    to_customer: CustomerId,
    is_new_customer: bool,
    reason: String,
    takes_over: bool,
    proof: Option<Vec<u8>>,
    address: Option<Vec<u8>>,
    asked_at: Moment,
    asked_by: StaffId,
    object_until: Moment,
    agreed_at: Option<Moment>,
    objected_at: Option<Moment>,
    outcome: Option<String>,
}

const COLUMNS: &str =
    "h.id, h.reference, h.account_id, a.number, h.from_customer, h.to_customer, h.is_new_customer, h.reason,
    h.takes_over, h.proof, h.address, h.asked_at, h.asked_by, h.object_until, h.agreed_at, h.objected_at, h.outcome";

impl From<Row> for HolderChange {
    fn from(row: Row) -> Self {
        let outcome = row.outcome.as_deref().map(|outcome| match outcome {
            "done" => HolderChangeOutcome::Done,
            _ => HolderChangeOutcome::Refused,
        });
        Self {
            id: row.id,
            reference: row.reference,
            account: row.account_id,
            number: row.number,
            from: row.from_customer,
            to: row.to_customer,
            reason: row.reason,
            takes_over: row.takes_over,
            asked_at: row.asked_at,
            asked_by: row.asked_by,
            object_until: row.object_until,
            agreed_at: row.agreed_at,
            objected_at: row.objected_at,
            outcome,
            is_new_customer: row.is_new_customer,
            proof: row.proof,
            address: row.address,
        }
    }
}

/// A change by its id.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_holder_change(on: &impl ConnectionTrait, id: HolderChangeId) -> Result<Option<HolderChange>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM holder_changes h JOIN accounts a ON a.id = h.account_id WHERE h.id = $1");
    Ok(db::query_one::<Row>(on, &sql, [id.into()]).await?.map(HolderChange::from))
}

/// What was asked about an account while this holder has it, the newest first; ten at most.
///
/// # Errors
/// When the database cannot be read.
pub async fn holder_changes_of(on: &impl ConnectionTrait, grant: &Grant) -> Result<Vec<HolderChange>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM holder_changes h JOIN accounts a ON a.id = h.account_id
         WHERE h.account_id = $1 AND h.from_customer = a.customer_id ORDER BY h.asked_at DESC, h.id LIMIT 10"
    );
    let rows: Vec<Row> = db::query(on, &sql, [grant.account().into()]).await?;
    Ok(rows.into_iter().map(HolderChange::from).collect())
}

/// The same, held until the transaction ends: of two who decide at once, the second finds it decided.
async fn hold_change(tx: &Tx, id: HolderChangeId) -> Result<Option<HolderChange>, DbErr> {
    let lock = Engine::of(tx).for_update();
    let sql = format!("SELECT count(*) FROM (SELECT id FROM holder_changes WHERE id = $1{lock}) AS held");
    db::scalar::<i64>(tx, &sql, [id.into()]).await?;
    find_holder_change(tx, id).await
}

/// What is to be decided on, the oldest first; a hundred at most, and how many there are.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_holder_changes(on: &impl ConnectionTrait) -> Result<(Vec<HolderChange>, i64), DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM holder_changes h JOIN accounts a ON a.id = h.account_id WHERE h.outcome IS NULL
         ORDER BY h.asked_at, h.id LIMIT 100"
    );
    let rows: Vec<Row> = db::query(on, &sql, []).await?;
    let count = db::scalar(on, "SELECT count(*) FROM holder_changes WHERE outcome IS NULL", []).await?.unwrap_or(0);
    Ok((rows.into_iter().map(HolderChange::from).collect(), count))
}

/// The change of a link's secret.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_holder_change_link(on: &impl ConnectionTrait, secret: &str) -> Result<Option<HolderChange>, DbErr> {
    let sql = "SELECT change_id FROM holder_change_links WHERE token_hash = $1";
    match db::scalar::<HolderChangeId>(on, sql, [token_hash(secret).into()]).await? {
        Some(id) => find_holder_change(on, id).await,
        None => Ok(None),
    }
}

/// Makes a link for one of the holder's addresses, in the caller's transaction, and gives its secret.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_holder_change_link(db: &Db, tx: &Tx, id: HolderChangeId) -> Result<String, DbErr> {
    let token = Token::draw(db);
    let sql = "INSERT INTO holder_change_links (token_hash, change_id) VALUES ($1, $2)";
    db::execute(tx, sql, [token_hash(token.secret()).into(), id.into()]).await?;
    Ok(token.secret().to_owned())
}

/// Notes something in the account's chain, and in that of a member of staff.
async fn note(
    db: &Db,
    tx: &Tx,
    (account, staff): (AccountId, Option<StaffId>),
    kind: &'static str,
    details: serde_json::Value,
) -> Result<(), DbErr> {
    let chains: Vec<Chain> = std::iter::once(Chain::Account(account)).chain(staff.map(Chain::Staff)).collect();
    let author = if staff.is_some() { Author::Staff } else { Author::Customer };
    let mut appender = Appender::read(db, tx, &chains).await?;
    for chain in chains {
        appender.add(Event { chain, kind, author, details: details.clone(), sealed: None });
    }
    appender.write(tx).await
}

/// The customer who is to hold it, and whether they were registered for this.
async fn customer_of(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (holder, suffix): (&NewHolder, &Suffix),
) -> Result<Result<(CustomerId, bool), HolderChangeWish>, RegisterError> {
    match holder {
        NewHolder::Known(identifier) => {
            // As people type it: two small letters, digits, and the provider's suffix in capitals.
            let folded = identity::fold(identifier);
            let Some((letters, rest)) = folded.split_at_checked(2) else {
                return Ok(Err(HolderChangeWish::NoCustomer));
            };
            let identifier = format!("{letters}{}", rest.to_uppercase());
            let found = crate::find_contact_by_identifier(tx, vault, &identifier).await?;
            Ok(match found {
                None => Err(HolderChangeWish::NoCustomer),
                Some(contact) if contact.name.is_none() && contact.email.is_none() => Err(HolderChangeWish::NoCustomer),
                Some(contact) if contact.email.is_none() => Err(HolderChangeWish::NoEmail),
                Some(contact) => Ok((contact.id, false)),
            })
        }
        NewHolder::New { kind, name, language, email, telephone } => {
            let new = NewCustomer {
                id: db.world().id(),
                external_id: None,
                kind: *kind,
                language: *language,
                name: Some(name.clone()),
                email: Some(email.clone()),
                telephone: telephone.clone(),
            };
            register_customer(db, vault, tx, suffix, &new).await?;
            Ok(Ok((new.id, true)))
        }
    }
}

/// Asks for a change of holder, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn begin_holder_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    new: &NewHolderChange<'_>,
) -> Result<HolderChangeWish, RegisterError> {
    let once = token_hash(new.once);
    let sql = "SELECT id FROM holder_changes WHERE once = $1";
    if let Some(id) = db::scalar(tx, sql, [once.clone().into()]).await? {
        return Ok(HolderChangeWish::Again(id));
    }
    let sql = "SELECT id FROM accounts WHERE number = $1";
    let Some(account) = db::scalar::<AccountId>(tx, sql, [new.account.into()]).await? else {
        return Ok(HolderChangeWish::NoAccount);
    };
    let sql = "SELECT count(*) FROM holder_changes WHERE account_id = $1 AND outcome IS NULL";
    if db::scalar::<i64>(tx, sql, [account.into()]).await?.unwrap_or(0) > 0 {
        return Ok(HolderChangeWish::UnderWay);
    }
    let grant = Grant::of_the_provider(account, new.account, Right::SeeBills);
    let Some(view) = account_view(tx, vault, &grant).await? else { return Ok(HolderChangeWish::NoAccount) };
    let (to, is_new) = match customer_of((db, vault), tx, (new.holder, new.suffix)).await? {
        Ok(found) => found,
        Err(wish) => return Ok(wish),
    };
    if to == view.customer {
        return Ok(HolderChangeWish::Same);
    }
    let Some(key) = hold_key(tx, vault, to).await? else { return Ok(HolderChangeWish::NoCustomer) };
    let id = insert((db, vault), tx, (new, &view), (to, is_new, &key)).await?;
    let details = json!({ "change": id, "reason": new.reason, "to": to, "staff": new.staff, "account": account });
    note(db, tx, (account, Some(new.staff)), "holder-change.asked", details).await?;
    Ok(HolderChangeWish::Begun(id))
}

async fn insert(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (new, view): (&NewHolderChange<'_>, &AccountView),
    (to, is_new, key): (CustomerId, bool, &DataKey),
) -> Result<HolderChangeId, VaultError> {
    let id: HolderChangeId = db.world().id();
    let address = address_text(new.address).map(|text| vault.seal(key, address_place(id), &text)).transpose()?;
    let sql = "INSERT INTO holder_changes (id, reference, once, account_id, from_customer, to_customer, is_new_customer, reason,
                   proof, address, asked_at, asked_by, object_until, takes_over)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values: [Value; 14] = [
        id.into(),
        draw_reference(db).into(),
        token_hash(new.once).into(),
        view.id.into(),
        view.customer.into(),
        to.into(),
        is_new.into(),
        new.reason.into(),
        vault.seal(key, proof_place(id), new.proof)?.into(),
        address.into(),
        db.world().now().into(),
        new.staff.into(),
        new.object_until.into(),
        new.takes_over.into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(id)
}
