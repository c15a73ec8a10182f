//! Documents as people read them, and their PDF: of a bill (BIL-4), and of a payment's receipt (PAY-1): tagged for PDF/UA-1, archival for PDF/A-2a, on letter paper, with its remittance slip.
//!
//! The hash of the issued bytes is kept for ever, so equal documents give equal bytes: nothing here reads a clock, a
//! random number or the machine. Each version of the drawing has a folder of its own and stays; the first alone is gone, and
//! bills that were shown by it are drawn anew once (by billing, which keeps what a bill's face was drawn from).

mod document;
mod v2;

pub use document::{Document, DocumentLine, DocumentLink, DocumentSection, Passage, Receipt, RemittanceSlip, Sender};

use std::collections::BTreeSet;
use std::sync::OnceLock;

use krilla::SerializeSettings;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use serde::{Deserialize, Serialize};

/// The version of the face that bills are given. It is kept beside the hash of a bill's bytes.
pub const TEMPLATE_VERSION: i32 = v2::VERSION;

/// Why a bill could not be drawn. No message carries a customer's data.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A font shipped with the program cannot be read.
    #[error("the font {0} cannot be read")]
    Font(&'static str),
    /// PDF/A-2a and PDF/UA-1 cannot be asked for together.
    #[error("the archival and accessible kinds of PDF cannot be combined")]
    Settings,
    /// The page or a shape on it has no size.
    #[error("a page has no size")]
    Geometry,
    /// There is no such version of the drawing.
    #[error("this program has no version {0} of the drawing")]
    Version(i32),
    /// What was drawn breaks PDF/A-2a or PDF/UA-1; the kinds of fault are named.
    #[error("the PDF is refused: {0}")]
    Refused(String),
}

/// A face for names in another script that something was set in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FontUsed {
    pub name: String,
    /// SHA-256 of its file, in hexadecimal digits.
    pub hash: String,
}

/// A drawn bill.
pub struct Drawn {
    pub bytes: Vec<u8>,
    /// What the bytes depend on besides the version.
    pub fonts: Vec<FontUsed>,
}

/// The letters of a text that no font of ours has: a square stands in their place on paper. Told where names come in, and at the
/// run, since nobody else would notice before the customer.
pub fn undrawable(text: &str) -> BTreeSet<char> {
    static PRESS: OnceLock<Option<v2::Press>> = OnceLock::new();
    if text.is_ascii() {
        return BTreeSet::new();
    }
    let Some(press) = PRESS.get_or_init(|| v2::Press::new().ok()) else { return BTreeSet::new() };
    text.chars().filter(|letter| !letter.is_whitespace() && !press.draws(*letter)).collect()
}

/// Draws bills and receipts. Made once and shared: fonts are read when it is made, those of other scripts when a name asks
/// for them; shaped words are kept (a bounded number).
pub struct Renderer {
    v2: v2::Press,
    settings: SerializeSettings,
}

impl Renderer {
    /// # Errors
    /// [`PdfError::Font`] and [`PdfError::Settings`], neither of which depends on a bill.
    pub fn new() -> Result<Self, PdfError> {
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A2_A)
            .with_accessibility_validator(Accessibility::UA1)
            .finish()
            .map_err(|_| PdfError::Settings)?;
        Ok(Self {
            v2: v2::Press::new()?,
            settings: SerializeSettings { configuration, ..SerializeSettings::default() },
        })
    }

    /// The bytes of the bill's PDF, the same for the same document.
    ///
    /// # Errors
    /// [`PdfError::Refused`] if the result would not be PDF/A-2a and PDF/UA-1.
    pub fn render(&self, document: &Document) -> Result<Vec<u8>, PdfError> {
        self.draw(TEMPLATE_VERSION, document).map(|drawn| drawn.bytes)
    }

    /// The bill as a version of the drawing has it.
    ///
    /// # Errors
    /// As [`Self::render`]; [`PdfError::Version`] for a version that this program does not have.
    pub fn draw(&self, version: i32, document: &Document) -> Result<Drawn, PdfError> {
        match version {
            v2::VERSION => self.v2.bill(self.settings.clone(), document),
            other => Err(PdfError::Version(other)),
        }
    }

    /// The bytes of a receipt's PDF, the same for the same receipt.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_receipt(&self, receipt: &Receipt) -> Result<Vec<u8>, PdfError> {
        self.v2.receipt(self.settings.clone(), receipt).map(|drawn| drawn.bytes)
    }

    /// Whether a font that a bill was drawn with is still here, unchanged.
    pub fn has(&self, version: i32, font: &FontUsed) -> bool {
        version == v2::VERSION && self.v2.has(font)
    }
}
