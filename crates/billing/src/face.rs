//! The face of a bill: its PDF, which never changes once somebody has seen it (BIL-4).
//!
//! The first time a bill is asked for, what it says is kept, sealed, with the version of its drawing, the fonts of other scripts
//! that it needs, and the hash of the bytes. From then on the PDF is drawn from what was kept, and compared with the hash. Faces
//! of the first drawing, which is gone, are drawn anew once, from what was kept with them.

use accounts::Grant;
use aws_lc_rs::digest::{SHA256, digest};
use db::{Db, DbErr, DbFault, FromQueryResult, Value};
use kernel::{AccountId, Language};
use vault::{DataKey, Place, Vault, VaultError};

use paper::{Document, FontUsed, PdfError, Renderer, TEMPLATE_VERSION};

#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    #[error("bill {0} would not look as it did when it was first shown")]
    Changed(i64),
    #[error("bill {bill} was drawn by version {version} of the template, which this program does not have")]
    UnknownTemplate { bill: i64, version: i32 },
    #[error("bill {bill} was drawn with the font {font} in a version that this program does not have")]
    UnknownFont { bill: i64, font: String },
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
    fonts: String,
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

impl Face {
    /// The key of its row.
    fn key(self, account: AccountId) -> [Value; 4] {
        [account.into(), self.bill.into(), self.language.into(), i16::from(self.large_print).into()]
    }
}

fn place(account: AccountId) -> Place {
    Place { column: "bill_drawings.written", row: account.uuid() }
}

/// Where the faces of the first drawing are.
fn first_place(account: AccountId) -> Place {
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
    let account = grant.account();
    if let Some(kept) = find(db, account, face).await? {
        return show(vault, key, renderer, (account, face.bill), &kept).map(Some);
    }
    let sql = "SELECT written FROM bill_faces
               WHERE account_id = $1 AND bill = $2 AND language = $3 AND large_print = $4";
    let Some(written) = db::scalar::<Vec<u8>>(db.reader(), sql, face.key(account)).await? else { return Ok(None) };
    let text = vault.open(key, first_place(account), &written)?;
    let document = serde_json::from_str(&text).map_err(|_| FaceError::Changed(face.bill))?;
    keep(db, (vault, key), renderer, (account, face), &document).await.map(Some)
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
    match kept_face(db, (vault, key), renderer, grant, face).await? {
        Some(kept) => Ok(kept),
        None => keep(db, (vault, key), renderer, (grant.account(), face), &write()).await,
    }
}

/// Draws a document and keeps it as the face, unless somebody else was first: theirs is the face then.
async fn keep(
    db: &Db,
    (vault, key): (&Vault, &DataKey),
    renderer: &Renderer,
    (account, face): (AccountId, Face),
    document: &Document,
) -> Result<Vec<u8>, FaceError> {
    let drawn = renderer.draw(TEMPLATE_VERSION, document)?;
    let json = |error: serde_json::Error| DbErr::Json(error.to_string());
    let written = vault.seal(key, place(account), &serde_json::to_string(document).map_err(json)?)?;
    let hash = digest(&SHA256, &drawn.bytes).as_ref().to_vec();
    let fonts = serde_json::to_string(&drawn.fonts).map_err(json)?;
    let mut values = face.key(account).to_vec();
    values.extend([TEMPLATE_VERSION.into(), fonts.into(), written.into(), hash.into(), db.world().now().into()]);
    let first = db
        .write(async |tx| {
            let sql = "INSERT INTO bill_drawings
                           (account_id, bill, language, large_print, template_version, fonts, written, hash, made_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
            Ok::<_, DbErr>(db::execute(tx, sql, values.clone()).await? == 1)
        })
        .await?;
    if first {
        return Ok(drawn.bytes);
    }
    let kept = find(db, account, face).await?.ok_or(FaceError::Changed(face.bill))?;
    show(vault, key, renderer, (account, face.bill), &kept)
}

async fn find(db: &Db, account: AccountId, face: Face) -> Result<Option<FaceRow>, DbErr> {
    let sql = "SELECT template_version, fonts, written, hash FROM bill_drawings
               WHERE account_id = $1 AND bill = $2 AND language = $3 AND large_print = $4";
    db::query_one(db.reader(), sql, face.key(account)).await
}

fn show(
    vault: &Vault,
    key: &DataKey,
    renderer: &Renderer,
    (account, bill): (AccountId, i64),
    kept: &FaceRow,
) -> Result<Vec<u8>, FaceError> {
    let version = kept.template_version;
    let fonts: Vec<FontUsed> = serde_json::from_str(&kept.fonts).map_err(|_| FaceError::Changed(bill))?;
    if let Some(font) = fonts.into_iter().find(|font| !renderer.has(version, font)) {
        return Err(FaceError::UnknownFont { bill, font: font.name });
    }
    let text = vault.open(key, place(account), &kept.written)?;
    let document: Document = serde_json::from_str(&text).map_err(|_| FaceError::Changed(bill))?;
    let drawn = renderer.draw(version, &document).map_err(|error| match error {
        PdfError::Version(version) => FaceError::UnknownTemplate { bill, version },
        other => other.into(),
    })?;
    if digest(&SHA256, &drawn.bytes).as_ref() != kept.hash.as_slice() {
        return Err(FaceError::Changed(bill));
    }
    Ok(drawn.bytes)
}
