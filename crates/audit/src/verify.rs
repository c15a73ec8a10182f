use std::fmt;
use std::path::Path;

use db::Db;
use uuid::Uuid;
use vault::Vault;

use crate::chain::{Chain, StoredEvent, beginning};
use crate::heads::{HeadsError, KeptHead, KeptHeads};

const PAGE: i64 = 2_000;
/// More findings than this are counted and not listed.
const MOST_LISTED: usize = 1_000;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The event, or the one before it, was changed.
    Changed { chain: Uuid, seq: i64, kind: String },
    /// Events are missing before this one.
    Gap { chain: Uuid, seq: i64 },
    /// The chain ends before a head that was kept, or differs from it.
    KeptHead { chain: Uuid, seq: i64 },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |chain: &Uuid| match *chain {
            operator if operator == Chain::Operator.uuid() => "the operator's chain".to_owned(),
            other => format!("the chain of account, login or member of staff {other}"),
        };
        match self {
            Self::Changed { chain, seq, kind } => write!(f, "{}: event {seq} ({kind}) was changed", name(chain)),
            Self::Gap { chain, seq } => write!(f, "{}: events are missing before event {seq}", name(chain)),
            Self::KeptHead { chain, seq } => {
                write!(f, "{}: up to event {seq} it is not as it was when its head was kept", name(chain))
            }
        }
    }
}

/// What [`verify`] found.
#[derive(Debug, Default)]
pub struct Findings {
    pub chains: u64,
    pub events: u64,
    /// How many heads kept outside the database were compared.
    pub heads: u64,
    /// At most a thousand of them; `count` counts all.
    pub listed: Vec<Finding>,
    pub count: u64,
}

impl Findings {
    fn note(&mut self, finding: Finding) {
        self.count += 1;
        if self.listed.len() < MOST_LISTED {
            self.listed.push(finding);
        }
    }
}

/// Computes every chain again and compares it with the heads kept in `heads`, page by page.
///
/// # Errors
/// When the database or the file cannot be read, or the kept heads are not as they were signed.
pub async fn verify(
    db: &Db,
    vault: &Vault,
    heads: &Path,
    mut progress: impl FnMut(u64),
) -> Result<Findings, HeadsError> {
    let mut kept = KeptHeads::open(heads, vault)?;
    let mut findings = Findings::default();
    let mut walk = Walk::default();
    loop {
        let sql = format!(
            "SELECT chain, seq, kind, author, at, details, sealed, hash FROM audit_events
             WHERE (chain, seq) > ($1, $2) ORDER BY chain, seq LIMIT {PAGE}"
        );
        let page: Vec<StoredEvent> = db::query(db.reader(), &sql, [walk.chain.into(), walk.seq.into()]).await?;
        if page.is_empty() {
            break;
        }
        for event in &page {
            if event.chain != walk.chain || findings.events == 0 {
                walk.end_chain(&mut findings);
                skip_missing_chains(&mut kept, event.chain, &mut findings)?;
                walk = Walk::begin(event.chain, kept.next_up_to(event.chain)?);
                findings.chains += 1;
            }
            walk.step(event, &mut findings);
            findings.events += 1;
        }
        progress(findings.events);
    }
    walk.end_chain(&mut findings);
    while let Some(head) = kept.next_up_to(Uuid::max())? {
        findings.heads += 1;
        findings.note(Finding::KeptHead { chain: head.chain, seq: head.seq });
    }
    Ok(findings)
}

/// Chains that were kept and are gone altogether.
fn skip_missing_chains(kept: &mut KeptHeads, chain: Uuid, findings: &mut Findings) -> Result<(), HeadsError> {
    let before = Uuid::from_u128(chain.as_u128().saturating_sub(1));
    while let Some(head) = kept.next_up_to(before)? {
        findings.heads += 1;
        findings.note(Finding::KeptHead { chain: head.chain, seq: head.seq });
    }
    Ok(())
}

/// Where the walk over one chain stands.
struct Walk {
    chain: Uuid,
    seq: i64,
    hash: Vec<u8>,
    kept: Option<KeptHead>,
}

impl Default for Walk {
    fn default() -> Self {
        Self::begin(Uuid::nil(), None)
    }
}

impl Walk {
    fn begin(chain: Uuid, kept: Option<KeptHead>) -> Self {
        Self { chain, seq: 0, hash: beginning(), kept }
    }

    fn step(&mut self, event: &StoredEvent, findings: &mut Findings) {
        if event.seq != self.seq + 1 {
            findings.note(Finding::Gap { chain: event.chain, seq: event.seq });
        } else if event.hash != event.hash_after(&self.hash) {
            findings.note(Finding::Changed { chain: event.chain, seq: event.seq, kind: event.kind.clone() });
        }
        if let Some(head) = self.kept.take_if(|head| head.seq <= event.seq) {
            findings.heads += 1;
            if head.seq != event.seq || head.hash != event.hash {
                findings.note(Finding::KeptHead { chain: head.chain, seq: head.seq });
            }
        }
        self.seq = event.seq;
        self.hash.clone_from(&event.hash);
    }

    fn end_chain(&mut self, findings: &mut Findings) {
        if let Some(head) = self.kept.take() {
            findings.heads += 1;
            findings.note(Finding::KeptHead { chain: head.chain, seq: head.seq });
        }
    }
}
