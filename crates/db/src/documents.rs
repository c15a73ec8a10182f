//! Versioned documents: what the bill function reads besides an account's facts (catalogue, tax table, billing rules).
//! A bill keeps the version numbers, so that it can be computed again with what was known then.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::{Db, Tx, execute, query_one};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    Catalogue,
    TaxTable,
    BillingRules,
}

impl DocumentKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::TaxTable => "tax_table",
            Self::BillingRules => "billing_rules",
        }
    }
}

/// One version of a document.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Document {
    pub version: i32,
    pub content: String,
    pub digest: Vec<u8>,
}

/// The version in force, if one was ever kept.
///
/// # Errors
/// When the database cannot be read.
pub async fn latest_document(on: &impl ConnectionTrait, kind: DocumentKind) -> Result<Option<Document>, DbErr> {
    let sql = "SELECT version, content, digest FROM documents WHERE kind = $1 ORDER BY version DESC LIMIT 1";
    query_one(on, sql, [kind.code().into()]).await?.map(checked).transpose()
}

/// A version by its number.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_document(
    on: &impl ConnectionTrait,
    kind: DocumentKind,
    version: i32,
) -> Result<Option<Document>, DbErr> {
    let sql = "SELECT version, content, digest FROM documents WHERE kind = $1 AND version = $2";
    query_one(on, sql, [kind.code().into(), version.into()]).await?.map(checked).transpose()
}

/// Refuses a document that is not what was kept.
fn checked(document: Document) -> Result<Document, DbErr> {
    if digest_of(&document.content) == document.digest {
        return Ok(document);
    }
    Err(DbErr::Type(format!("version {} of a kept document was changed", document.version)))
}

pub(crate) fn digest_of(content: &str) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content.as_bytes()).as_ref().to_vec()
}

/// Adds a version, in the caller's transaction, and gives its digest.
///
/// # Errors
/// A conflict when somebody else has added it meanwhile.
pub async fn add_document(db: &Db, tx: &Tx, kind: DocumentKind, version: i32, content: &str) -> Result<Vec<u8>, DbErr> {
    let digest = digest_of(content);
    let sql = "INSERT INTO documents (kind, version, digest, content, kept_at) VALUES ($1, $2, $3, $4, $5)";
    let now = db.world().now();
    let values = [kind.code().into(), version.into(), digest.clone().into(), content.into(), now.into()];
    execute(tx, sql, values).await?;
    Ok(digest)
}

/// Kind, version and digest of every document that is kept; the digest is `None` where the content does not have it.
///
/// # Errors
/// When the database cannot be read.
pub async fn kept_documents(on: &impl ConnectionTrait) -> Result<Vec<(String, i32, Option<Vec<u8>>)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        kind: String,
        version: i32,
        digest: Vec<u8>,
        content: String,
    }
    let sql = "SELECT kind, version, digest, content FROM documents ORDER BY kind, version";
    let rows: Vec<Row> = crate::query(on, sql, []).await?;
    let read = rows.into_iter().map(|row| {
        let fits = digest_of(&row.content) == row.digest;
        (row.kind, row.version, fits.then_some(row.digest))
    });
    Ok(read.collect())
}
