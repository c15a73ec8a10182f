//! Kept documents (catalogue, tax table, rules), each with an event that says what was kept.

use std::collections::HashMap;

use data_encoding::BASE64URL_NOPAD;
use db::{Db, DbErr, DocumentKind};
use serde_json::json;

use crate::chain::{Author, Chain, Event, operator_events};

const KEPT: &str = "document.kept";

/// Keeps `content` as the newest version unless it is that already; gives the version's number.
///
/// # Errors
/// When the database cannot be written, or the version in force was changed.
pub async fn keep_document(db: &Db, kind: DocumentKind, content: &str, author: Author) -> Result<i32, DbErr> {
    let is_latest = |latest: &db::Document| latest.content == content;
    if let Some(latest) = db::latest_document(db.reader(), kind).await?.filter(is_latest) {
        return Ok(latest.version);
    }
    db.write(async |tx| {
        let latest = db::latest_document(tx, kind).await?;
        if let Some(latest) = latest.as_ref().filter(|latest| is_latest(latest)) {
            return Ok(latest.version);
        }
        let version = latest.map_or(1, |latest| latest.version + 1);
        let digest = db::add_document(db, tx, kind, version, content).await?;
        let details = json!({ "kind": kind.code(), "version": version, "digest": BASE64URL_NOPAD.encode(&digest) });
        Event { chain: Chain::Operator, kind: KEPT, author, details, sealed: None }.append(db, tx).await?;
        Ok(version)
    })
    .await
}

/// What is wrong with the kept documents: changed, added by hand, or gone.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify_documents(db: &Db) -> Result<Vec<String>, DbErr> {
    let mut noted: HashMap<(String, i64), String> = HashMap::new();
    for event in operator_events(db.reader(), KEPT).await? {
        let details = event.details();
        let text = |key: &str| details.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let version = details.get("version").and_then(serde_json::Value::as_i64).unwrap_or(0);
        noted.insert((text("kind"), version), text("digest"));
    }
    let mut found = Vec::new();
    for (kind, version, digest) in db::kept_documents(db.reader()).await? {
        let expected = noted.remove(&(kind.clone(), i64::from(version)));
        if digest.is_none() || digest.map(|digest| BASE64URL_NOPAD.encode(&digest)) != expected {
            found.push(format!("version {version} of the {kind} is not what the audit log says was kept"));
        }
    }
    found.extend(noted.into_keys().map(|(kind, version)| format!("version {version} of the {kind} is gone")));
    Ok(found)
}
