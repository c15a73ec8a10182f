//! Files that somebody handed in, sealed in the database in parts (ADR 9): one backup, any number of nodes. A part is sealed
//! with the owner's key and bound to its file, its position, and how many parts and bytes there are, so that parts cannot be
//! swapped, moved or cut off. A file that is half written is never seen: [`keep_file`] in the transaction that refers to it
//! makes it visible, [`sweep_files`] takes away what nobody kept.

use db::{Db, DbErr, FromQueryResult, Isolation, Tx};
use jiff::SignedDuration;
use kernel::FileId;
use sea_orm::ConnectionTrait;
use zeroize::Zeroizing;

use crate::{DataKey, Vault, VaultError};

/// Bytes of the largest file.
pub const LARGEST_FILE: usize = 10 * 1024 * 1024;

/// Bytes in a part: with what sealing adds, a row stays under 256 kB, and its write is short.
const PART: usize = 255 * 1024;
/// Parts that one transaction takes away.
const SWEPT: i64 = 16;
/// What was not kept so long after it was begun will not be.
const HALF_LASTS: SignedDuration = SignedDuration::from_hours(1);

/// Where a part belongs.
fn place(file: FileId, (part, parts, size): (i32, i32, i64)) -> Vec<u8> {
    let numbers = [&part.to_be_bytes()[..], &parts.to_be_bytes(), &size.to_be_bytes()].concat();
    [b"file_parts.sealed\0", file.uuid().as_bytes().as_slice(), &numbers].concat()
}

/// Writes a file, a part in each transaction, so that no writer is held for long. Nobody sees it before [`keep_file`].
///
/// # Errors
/// When the database cannot be written, or the file is larger than [`LARGEST_FILE`].
pub async fn write_file(db: &Db, vault: &Vault, key: &DataKey, content: &[u8]) -> Result<FileId, VaultError> {
    if content.len() > LARGEST_FILE {
        return Err(DbErr::Custom("a file is larger than files may be".to_owned()).into());
    }
    let id: FileId = db.world().id();
    let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let parts = i32::try_from(content.len().div_ceil(PART)).unwrap_or(i32::MAX);
    db.write_with(Isolation::Locked, async |tx| {
        let sql = "INSERT INTO files (id, size, parts, begun_at) VALUES ($1, $2, $3, $4)";
        db::execute(tx, sql, [id.into(), size.into(), parts.into(), db.world().now().into()]).await
    })
    .await?;
    for (part, bytes) in (0..).zip(content.chunks(PART)) {
        let sealed = vault.seal_part(key, &place(id, (part, parts, size)), bytes)?;
        db.write_with(Isolation::Locked, async |tx| {
            let sql = "INSERT INTO file_parts (file_id, part, sealed) VALUES ($1, $2, $3)";
            db::execute(tx, sql, [id.into(), part.into(), sealed.clone().into()]).await
        })
        .await?;
    }
    Ok(id)
}

/// Makes a file visible, in the transaction that refers to it. `false`: not all of it is there, or it lay too long.
///
/// # Errors
/// When the database cannot be written.
pub async fn keep_file(db: &Db, tx: &Tx, file: FileId) -> Result<bool, DbErr> {
    let now = db.world().now();
    // Half of the time after which it is swept, so that both never happen at once.
    let sql =
        "UPDATE files SET whole_at = $1 WHERE id = $2 AND whole_at IS NULL AND dropped_at IS NULL AND begun_at > $3
                   AND parts = (SELECT count(*) FROM file_parts p WHERE p.file_id = files.id)";
    Ok(db::execute(tx, sql, [now.into(), file.into(), now.plus(-HALF_LASTS / 2).into()]).await? == 1)
}

/// Reads a file; none where there is no whole one.
///
/// # Errors
/// [`VaultError::Unsealable`] when a part was changed, moved, added or taken away.
pub async fn read_file(
    on: &impl ConnectionTrait,
    vault: &Vault,
    key: &DataKey,
    file: FileId,
) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    #[derive(FromQueryResult)]
    struct Whole {
        size: i64,
        parts: i32,
    }
    let sql = "SELECT size, parts FROM files WHERE id = $1 AND whole_at IS NOT NULL AND dropped_at IS NULL";
    let Some(whole) = db::query_one::<Whole>(on, sql, [file.into()]).await? else { return Ok(None) };
    let size = usize::try_from(whole.size).ok().filter(|size| *size <= LARGEST_FILE).ok_or(VaultError::Unsealable)?;
    let mut content = Zeroizing::new(Vec::with_capacity(size));
    for part in 0..whole.parts {
        let sql = "SELECT sealed FROM file_parts WHERE file_id = $1 AND part = $2";
        let sealed: Option<Vec<u8>> = db::scalar(on, sql, [file.into(), part.into()]).await?;
        let sealed = sealed.ok_or(VaultError::Unsealable)?;
        let bytes = Zeroizing::new(vault.open_part(key, &place(file, (part, whole.parts, whole.size)), &sealed)?);
        content.extend_from_slice(&bytes);
    }
    if content.len() != size { Err(VaultError::Unsealable) } else { Ok(Some(content)) }
}

/// Nobody sees a file any more, from the caller's transaction on; its parts are taken away by [`sweep_files`].
///
/// # Errors
/// When the database cannot be written.
pub async fn drop_file(db: &Db, tx: &Tx, file: FileId) -> Result<(), DbErr> {
    let sql = "UPDATE files SET dropped_at = $1 WHERE id = $2 AND dropped_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), file.into()]).await.map(|_| ())
}

/// Takes away what was dropped and what was never kept, some parts in each transaction; says how many rows went.
///
/// # Errors
/// When the database cannot be written; what is gone stays gone.
pub async fn sweep_files(db: &Db) -> Result<u64, DbErr> {
    const SWEPT_FILES: &str = "(f.dropped_at IS NOT NULL OR (f.whole_at IS NULL AND f.begun_at < $1))";
    let old = db.world().now().plus(-HALF_LASTS);
    let parts = format!(
        "DELETE FROM file_parts WHERE (file_id, part) IN (
             SELECT p.file_id, p.part FROM file_parts p JOIN files f ON f.id = p.file_id WHERE {SWEPT_FILES}
             ORDER BY p.file_id, p.part LIMIT {SWEPT}{})",
        db.engine().for_update_skip_locked()
    );
    let swept = db.write_batches(async |tx| db::execute(tx, &parts, [old.into()]).await, |_| ()).await?;
    let files = format!(
        "DELETE FROM files WHERE id IN (SELECT f.id FROM files f WHERE {SWEPT_FILES}
             AND NOT EXISTS (SELECT 1 FROM file_parts p WHERE p.file_id = f.id))"
    );
    let gone = db.write_with(Isolation::Locked, async |tx| db::execute(tx, &files, [old.into()]).await).await?;
    Ok(swept + gone)
}
