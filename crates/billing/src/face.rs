//! The face of a bill: its PDF, which never changes once somebody has seen it (BIL-4).
//!
//! The first time a bill is asked for, what it says is kept, sealed, with the hash of the bytes. From then on the PDF is
//! drawn from what was kept, whatever the provider's name, address or texts have become, and compared with the hash.

use accounts::Grant;
use aws_lc_rs::digest::{SHA256, digest};
use db::{Db, DbErr, DbFault, FromQueryResult, Value};
use kernel::{AccountId, Language};
use vault::{DataKey, Place, Vault, VaultError};

use crate::{Document, PdfError, Renderer, TEMPLATE_VERSION};

#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    #[error("bill {0} would not look as it did when it was first shown")]
    Changed(i64),
    #[error("bill {bill} was drawn by version {version} of the template, which this program does not have")]
    UnknownTemplate { bill: i64, version: i32 },
    #[error(transparent)]
    Pdf(#[from] PdfError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for FaceError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Vault(error) => error.db_err(),
            _ => None,
        }
    }
}

#[derive(FromQueryResult)]
struct FaceRow {
    template_version: i32,
    written: Vec<u8>,
    hash: Vec<u8>,
}

/// A face to be shown: of which bill, in which language, in large print or not.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    pub bill: i64,
    pub language: Language,
    pub large_print: bool,
}

fn place(account: AccountId) -> Place {
    Place { column: "bill_faces.written", row: account.uuid() }
}

/// The bytes of a bill's PDF that was shown before; none when nobody has asked for it yet.
///
/// # Errors
/// [`FaceError::Changed`] when the bytes are not those of the first time: nothing is shown then.
pub async fn kept_face(
    db: &Db,
    (vault, key): (&Vault, &DataKey),
    renderer: &Renderer,
    grant: &Grant,
    face: Face,
) -> Result<Option<Vec<u8>>, FaceError> {
    let kept = find(db, grant.account(), face).await?;
    kept.map(|kept| show(vault, key, renderer, (grant.account(), face.bill), &kept)).transpose()
}

/// The bytes of a bill's PDF. `write` is asked for what it says the first time alone; who has to read for that asks
/// [`kept_face`] before.
///
/// # Errors
/// As [`kept_face`].
pub async fn face(
    db: &Db,
    (vault, key): (&Vault, &DataKey),
    renderer: &Renderer,
    grant: &Grant,
    face: Face,
    write: impl FnOnce() -> Document,
) -> Result<Vec<u8>, FaceError> {
    if let Some(kept) = kept_face(db, (vault, key), renderer, grant, face).await? {
        return Ok(kept);
    }
    let document = write();
    let bytes = renderer.render(&document)?;
    let text = serde_json::to_string(&document).map_err(|error| DbErr::Json(error.to_string()))?;
    let written = vault.seal(key, place(grant.account()), &text)?;
    let hash = digest(&SHA256, &bytes).as_ref().to_vec();
    let values: [Value; 8] = [
        grant.account().into(),
        face.bill.into(),
        face.language.into(),
        i16::from(face.large_print).into(),
        TEMPLATE_VERSION.into(),
        written.into(),
        hash.into(),
        db.world().now().into(),
    ];
    let first = db
        .write(async |tx| {
            let sql = "INSERT INTO bill_faces (account_id, bill, language, large_print, template_version, written, hash, made_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
            Ok::<_, DbErr>(db::execute(tx, sql, values.clone()).await? == 1)
        })
        .await?;
    if first {
        return Ok(bytes);
    }
    // Somebody else was first; theirs is the face.
    kept_face(db, (vault, key), renderer, grant, face).await?.ok_or(FaceError::Changed(face.bill))
}

async fn find(db: &Db, account: AccountId, face: Face) -> Result<Option<FaceRow>, DbErr> {
    let sql = "SELECT template_version, written, hash FROM bill_faces
               WHERE account_id = $1 AND bill = $2 AND language = $3 AND large_print = $4";
    let values = [account.into(), face.bill.into(), face.language.into(), i16::from(face.large_print).into()];
    db::query_one(db.reader(), sql, values).await
}

fn show(
    vault: &Vault,
    key: &DataKey,
    renderer: &Renderer,
    (account, bill): (AccountId, i64),
    kept: &FaceRow,
) -> Result<Vec<u8>, FaceError> {
    if kept.template_version != TEMPLATE_VERSION {
        return Err(FaceError::UnknownTemplate { bill, version: kept.template_version });
    }
    let text = vault.open(key, place(account), &kept.written)?;
    let document: Document = serde_json::from_str(&text).map_err(|_| FaceError::Changed(bill))?;
    let bytes = renderer.render(&document)?;
    if digest(&SHA256, &bytes).as_ref() != kept.hash.as_slice() {
        return Err(FaceError::Changed(bill));
    }
    Ok(bytes)
}
