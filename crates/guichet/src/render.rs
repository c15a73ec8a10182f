//! `guichet bills render`: the PDFs of a month, on all cores (BIL-4). A file is put in place whole, so that a run that was
//! stopped goes on with those that are missing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use accounts::{Grant, Right};
use billing::{Face, FaceError, ProviderFacts, Reference, ReferenceError, Writing};
use db::DbErr;
use kernel::{AccountId, Month};
use paper::Renderer;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use vault::VaultError;
use web::SiteError;

use crate::home::Home;
use crate::site::{provider, public_url, site};

const PAGE: i64 = 200;

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("bill {0} is of a schema that this program does not know")]
    Schema(i64),
    #[error(transparent)]
    Face(#[from] FaceError),
    #[error(transparent)]
    Pdf(#[from] paper::PdfError),
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
    #[error("a worker ended: {0}")]
    Worker(String),
}

/// What was drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    pub drawn: u64,
    pub there: u64,
}

struct Easel {
    db: db::Db,
    vault: Arc<vault::Vault>,
    site: web::Site,
    provider: ProviderFacts,
    renderer: Renderer,
    month: Month,
    out: PathBuf,
    /// Where the next page of accounts begins; none when all are taken.
    next: Mutex<Option<AccountId>>,
    reference: Mutex<Option<Arc<Reference>>>,
    drawn: AtomicU64,
    there: AtomicU64,
}

/// Draws the bills of a month into a folder.
///
/// # Errors
/// When a file cannot be written, or a bill would not look as it did when it was first shown.
pub async fn render(home: &Home, month: Month, out: &Path, progress: impl Fn(u64)) -> Result<Drawn, RenderError> {
    std::fs::create_dir_all(out).map_err(|error| RenderError::File { path: out.to_owned(), error })?;
    let facts = provider(home);
    let easel = Arc::new(Easel {
        db: home.db.clone(),
        vault: home.vault.clone(),
        site: site(home, &public_url(home, home.config.web.listen))?,
        provider: facts.facts,
        renderer: Renderer::new()?,
        month,
        out: out.to_owned(),
        next: Mutex::new(Some(AccountId::FIRST)),
        reference: Mutex::default(),
        drawn: AtomicU64::new(0),
        there: AtomicU64::new(0),
    });
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut workers = JoinSet::new();
    for _ in 0..cores + 1 {
        let easel = easel.clone();
        workers.spawn(async move { easel.work().await });
    }
    while !workers.is_empty() {
        tokio::select! {
            Some(done) = workers.join_next() => done.map_err(|error| RenderError::Worker(error.to_string()))??,
            () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
        }
        progress(easel.drawn.load(Ordering::Relaxed));
    }
    Ok(Drawn { drawn: easel.drawn.load(Ordering::Relaxed), there: easel.there.load(Ordering::Relaxed) })
}

impl Easel {
    async fn work(&self) -> Result<(), RenderError> {
        loop {
            let page = {
                let mut next = self.next.lock().await;
                let Some(after) = *next else { return Ok(()) };
                let page = accounts::numbers_after(self.db.reader(), after, PAGE).await?;
                *next = page.last().map(|(id, _)| *id);
                page
            };
            for (account, number) in page {
                self.draw(account, &number).await?;
            }
        }
    }

    async fn draw(&self, account: AccountId, number: &str) -> Result<(), RenderError> {
        let grant = Grant::of_the_provider(account, number, Right::SeeBills);
        let Some(bill) = billing::bill_of_month(self.db.reader(), &grant, self.month).await? else { return Ok(()) };
        let path = self.out.join(format!("{number}-{}.pdf", bill.number));
        if path.exists() {
            self.there.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        // Whoever held the account then: a bill is made out to them, also when it changed hands since (PRO-1).
        let view = accounts::account_view_when(self.db.reader(), &self.vault, (&grant, bill.issued_at)).await?;
        let Some(view) = view else { return Ok(()) };
        // Without a key the customer was erased: there is nobody to draw it for.
        let key = accounts::customer_key(self.db.reader(), &self.vault, view.customer).await?;
        let Some(key) = key else { return Ok(()) };
        let face = Face { bill: bill.number, language: view.language, large_print: false };
        let secret = (self.vault.as_ref(), &key);
        let bytes = match billing::kept_face(&self.db, secret, &self.renderer, &grant, face).await? {
            Some(bytes) => bytes,
            None => {
                let document = self.document(&grant, &bill, &view).await?;
                billing::face(&self.db, secret, &self.renderer, &grant, face, || document).await?
            }
        };
        let at = |error| RenderError::File { path: path.clone(), error };
        let part = path.with_extension("part");
        std::fs::write(&part, bytes).map_err(at)?;
        std::fs::rename(&part, &path).map_err(at)?;
        self.drawn.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn document(
        &self,
        grant: &Grant,
        bill: &billing::StoredBill,
        view: &accounts::AccountView,
    ) -> Result<paper::Document, RenderError> {
        let previous = billing::bill_before(self.db.reader(), grant, bill.number).await?;
        let reference = self.reference(bill).await?;
        let ended = billing::price_ends(self.db.reader(), bill, previous.as_ref()).await?;
        let places = services::places_of(&self.db, &self.vault, grant).await?;
        let writing = Writing {
            texts: self.site.texts(),
            language: view.language,
            provider: &self.provider,
            rules: &reference.rules,
            catalogue: &reference.catalogue,
            account: view,
            places: &places,
            bill,
            previous: previous.as_ref(),
            large_print: false,
        };
        writing.document_with(&ended).ok_or(RenderError::Schema(bill.number))
    }

    async fn reference(&self, bill: &billing::StoredBill) -> Result<Arc<Reference>, RenderError> {
        let versions = (bill.catalogue_version, bill.taxes_version, bill.rules_version);
        let mut kept = self.reference.lock().await;
        let same = |kept: &Arc<Reference>| (kept.catalogue_version, kept.taxes_version, kept.rules_version) == versions;
        if let Some(reference) = kept.as_ref().filter(|kept| same(kept)) {
            return Ok(reference.clone());
        }
        let read = Arc::new(billing::load_reference(&self.db, versions.0, versions.1, versions.2).await?);
        *kept = Some(read.clone());
        Ok(read)
    }
}
