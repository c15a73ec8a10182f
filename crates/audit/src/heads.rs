//! The heads of all chains, signed and kept in a file outside the database: whoever rewrites a chain in the database and
//! all its hashes still has to match the head that was kept.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use db::{Db, DbErr};
use sea_orm::FromQueryResult;
use uuid::Uuid;
use vault::{Vault, VaultError};

const FORM: &[u8; 24] = b"guichet audit heads 001\n";
const SIGNATURE_BYTES: u64 = 64;
const PAGE: usize = 2_000;

#[derive(Debug, thiserror::Error)]
pub enum HeadsError {
    #[error("{path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("{0}: the kept heads of the audit log are not as they were signed")]
    Forged(PathBuf),
    #[error(
        "the audit log no longer holds what was kept of it: run “guichet audit verify”; the kept heads stay as they are"
    )]
    Broken,
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Where one chain stood.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct KeptHead {
    pub(crate) chain: Uuid,
    pub(crate) seq: i64,
    pub(crate) hash: Vec<u8>,
}

/// Writes where all chains stand now to `path`, in place of what was kept before, after checking that what was kept
/// before still holds. One pass by key over the chains; memory does not grow with their number.
///
/// # Errors
/// [`HeadsError::Broken`] when the log was changed before the last kept head; nothing is replaced then.
pub async fn keep_heads(db: &Db, vault: &Vault, path: &Path) -> Result<u64, HeadsError> {
    let at = |error| HeadsError::File { path: path.to_owned(), error };
    // One at a time: whoever comes second begins from what the first one kept.
    let lock = File::create(path.with_extension("lock")).map_err(at)?;
    lock.lock().map_err(at)?;
    let mut kept = KeptHeads::open(path, vault)?;
    let temporary = path.with_extension("new");
    let mut file = Signed::new(BufWriter::new(File::create(&temporary).map_err(at)?));
    file.write_all(FORM).map_err(at)?;
    let (mut after, mut chains) = (Uuid::nil(), 0);
    loop {
        let page = heads_after(db, after).await?;
        let mut grown = Vec::new();
        for head in &page {
            while let Some(old) = kept.next_up_to(head.chain)? {
                if old.chain != head.chain || (old.seq == head.seq && old.hash != head.hash) || old.seq > head.seq {
                    return Err(HeadsError::Broken);
                }
                if old.seq < head.seq {
                    grown.push(old);
                }
            }
            file.write_all(head.chain.as_bytes()).map_err(at)?;
            file.write_all(&head.seq.to_be_bytes()).map_err(at)?;
            file.write_all(&head.hash).map_err(at)?;
            chains += 1;
        }
        if !still_there(db, &grown).await? {
            return Err(HeadsError::Broken);
        }
        match page.last() {
            Some(last) => after = last.chain,
            None => break,
        }
    }
    if kept.next_up_to(Uuid::max())?.is_some() {
        return Err(HeadsError::Broken);
    }
    file.finish(vault)?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .map_err(at)?;
    std::fs::rename(&temporary, path).map_err(at)?;
    Ok(chains)
}

/// Whether the events that were heads once are still what they were.
async fn still_there(db: &Db, heads: &[KeptHead]) -> Result<bool, DbErr> {
    for some in heads.chunks(500) {
        let places: Vec<String> = (0..some.len()).map(|n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2)).collect();
        let sql = format!(
            "WITH kept(chain, seq) AS (VALUES {})
             SELECT e.chain, e.seq, e.hash FROM kept CROSS JOIN audit_events e
             WHERE e.chain = kept.chain AND e.seq = kept.seq ORDER BY e.chain",
            places.join(",")
        );
        let values = some.iter().flat_map(|head| [head.chain.into(), head.seq.into()]);
        if db::query::<KeptHead>(db.reader(), &sql, values).await? != some {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The heads of the next chains after one, found by stepping from chain to chain in the index.
async fn heads_after(db: &Db, after: Uuid) -> Result<Vec<KeptHead>, DbErr> {
    let sql = format!(
        "WITH RECURSIVE chains(chain, place) AS (
             SELECT (SELECT chain FROM audit_events WHERE chain > $1 ORDER BY chain LIMIT 1), 1
             UNION ALL
             SELECT (SELECT e.chain FROM audit_events e WHERE e.chain > chains.chain ORDER BY e.chain LIMIT 1), place + 1
             FROM chains WHERE chains.chain IS NOT NULL AND place < {PAGE}
         )
         SELECT e.chain, e.seq, e.hash FROM chains CROSS JOIN audit_events e WHERE e.chain = chains.chain
             AND e.seq = (SELECT max(seq) FROM audit_events last WHERE last.chain = chains.chain)
         ORDER BY e.chain"
    );
    db::query(db.reader(), &sql, [after.into()]).await
}

/// The heads that were kept, read in the order of their chains.
pub(crate) struct KeptHeads {
    path: PathBuf,
    file: Option<BufReader<File>>,
    left: u64,
    next: Option<KeptHead>,
}

impl KeptHeads {
    /// Opens the file and checks its signature; no file is no heads.
    pub(crate) fn open(path: &Path, vault: &Vault) -> Result<Self, HeadsError> {
        let at = |error| HeadsError::File { path: path.to_owned(), error };
        let forged = || HeadsError::Forged(path.to_owned());
        let mut file = match File::open(path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path: path.to_owned(), file: None, left: 0, next: None });
            }
            Err(error) => return Err(at(error)),
        };
        let length = file.get_ref().metadata().map_err(at)?.len();
        let signed =
            length.checked_sub(SIGNATURE_BYTES).filter(|signed| *signed >= FORM.len() as u64).ok_or_else(forged)?;
        let mut context = Context::new(&SHA256);
        let mut left = signed;
        let mut buffer = vec![0; 64 * 1024];
        while left > 0 {
            let some = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            file.read_exact(&mut buffer[..some]).map_err(at)?;
            context.update(&buffer[..some]);
            left -= some as u64;
        }
        let mut signature = Vec::new();
        file.read_to_end(&mut signature).map_err(at)?;
        let heads = signed - FORM.len() as u64;
        if !vault.is_signed(context.finish().as_ref(), &signature) || !heads.is_multiple_of(56) {
            return Err(forged());
        }
        let mut file = BufReader::new(File::open(path).map_err(at)?);
        file.read_exact(&mut [0; FORM.len()]).map_err(at)?;
        Ok(Self { path: path.to_owned(), file: Some(file), left: heads / 56, next: None })
    }

    /// The next kept head if its chain does not come after `chain`.
    pub(crate) fn next_up_to(&mut self, chain: Uuid) -> Result<Option<KeptHead>, HeadsError> {
        if self.next.is_none() {
            self.next = self.read()?;
        }
        Ok(self.next.take_if(|next| next.chain <= chain))
    }

    fn read(&mut self) -> Result<Option<KeptHead>, HeadsError> {
        let Some(file) = self.file.as_mut().filter(|_| self.left > 0) else { return Ok(None) };
        self.left -= 1;
        let (mut chain, mut seq, mut hash) = ([0; 16], [0; 8], vec![0; 32]);
        for part in [&mut chain[..], &mut seq[..], &mut hash[..]] {
            file.read_exact(part).map_err(|error| HeadsError::File { path: self.path.clone(), error })?;
        }
        Ok(Some(KeptHead { chain: Uuid::from_bytes(chain), seq: i64::from_be_bytes(seq), hash }))
    }
}

/// A file whose end is a signature over the digest of all before it.
struct Signed<W> {
    inner: W,
    context: Context,
}

impl<W: Write> Signed<W> {
    fn new(inner: W) -> Self {
        Self { inner, context: Context::new(&SHA256) }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.context.update(bytes);
        self.inner.write_all(bytes)
    }

    fn finish(mut self, vault: &Vault) -> Result<W, HeadsError> {
        let signature = vault.sign(self.context.finish().as_ref())?;
        self.inner.write_all(&signature).map_err(|error| HeadsError::File { path: PathBuf::new(), error })?;
        Ok(self.inner)
    }
}
