//! Whose second steps they are.

use audit::{Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx, Value};
use kernel::{LoginId, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::Value as Json;
use uuid::Uuid;
use vault::{DataKey, Place, Vault, VaultError, Wrapped};

/// A customer's login, or one of the provider's people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOwner {
    Login(LoginId),
    Staff(StaffId),
}

impl StepOwner {
    /// As rows name it.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Login(_) => "login",
            Self::Staff(_) => "staff",
        }
    }

    pub fn uuid(self) -> Uuid {
        match self {
            Self::Login(login) => login.uuid(),
            Self::Staff(staff) => staff.uuid(),
        }
    }

    /// `owner_kind` and `owner_id`, as `$1` and `$2`.
    pub(crate) fn values(self) -> [Value; 2] {
        [self.kind().into(), self.uuid().into()]
    }

    pub(crate) fn from_row(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "login" => Some(Self::Login(id.into())),
            "staff" => Some(Self::Staff(id.into())),
            _ => None,
        }
    }

    /// What limits and marks know the owner by.
    pub(crate) fn text(self) -> String {
        format!("{}\0{}", self.kind(), self.uuid())
    }

    pub(crate) fn place(self, column: &'static str) -> Place {
        Place { column, row: self.uuid() }
    }

    /// The key under which the owner's secrets are sealed; none for an owner that is not there.
    pub(crate) async fn key(self, on: &impl ConnectionTrait, vault: &Vault) -> Result<Option<DataKey>, VaultError> {
        let staff = match self {
            Self::Login(login) => return crate::backup::key_of(on, vault, login).await,
            Self::Staff(staff) => staff,
        };
        #[derive(FromQueryResult)]
        struct Row {
            data_key: Vec<u8>,
            key_id: i32,
        }
        let sql = "SELECT data_key, key_id FROM staff WHERE id = $1 AND disabled_at IS NULL";
        let row: Option<Row> = db::query_one(on, sql, [staff.into()]).await?;
        row.map(|row| vault.open_data_key(staff, &Wrapped { key_id: row.key_id, bytes: row.data_key })).transpose()
    }

    /// Notes something in the owner's own chain of the log, in the caller's transaction.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note(self, db: &Db, tx: &Tx, kind: &'static str, details: Json) -> Result<(), DbErr> {
        let (chain, author) = match self {
            Self::Login(login) => (Chain::Login(login), Author::Customer),
            Self::Staff(staff) => (Chain::Staff(staff), Author::Staff),
        };
        Event { chain, kind, author, details, sealed: None }.append(db, tx).await
    }
}
