//! The PDF of a bill (BIL-4), and of a payment's receipt (PAY-1): tagged for PDF/UA-1, archival for PDF/A-2a, on letter paper, with its remittance slip.
//!
//! The hash of the issued bytes is kept for ever, so equal documents give equal bytes: nothing here reads a clock, a
//! random number or the machine. Whatever changes the bytes needs a new [`TEMPLATE_VERSION`].

mod bill;
mod draw;
mod fonts;
mod parts;
mod receipt;
mod sheet;
mod slip;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use krilla::SerializeSettings;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};

use crate::{Document, Receipt};
use fonts::Fonts;

/// The version of the face that bills are given. It is kept beside the hash of a bill's bytes.
pub const TEMPLATE_VERSION: i32 = 1;

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
    /// What was drawn breaks PDF/A-2a or PDF/UA-1; the kinds of fault are named.
    #[error("the PDF is refused: {0}")]
    Refused(String),
}

/// Draws bills and receipts. Made once and shared: fonts are read when it is made, shaped words are kept (a bounded number).
pub struct Renderer {
    fonts: Fonts,
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
            fonts: Fonts::load()?,
            settings: SerializeSettings { configuration, ..SerializeSettings::default() },
        })
    }

    /// The bytes of the bill's PDF, the same for the same document.
    ///
    /// # Errors
    /// [`PdfError::Refused`] if the result would not be PDF/A-2a and PDF/UA-1.
    pub fn render(&self, document: &Document) -> Result<Vec<u8>, PdfError> {
        let laid = bill::compose(&self.fonts, document);
        draw::draw(&self.fonts, self.settings.clone(), bill::letterhead(document), laid)
    }

    /// The bytes of a receipt's PDF, the same for the same receipt.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_receipt(&self, receipt: &Receipt) -> Result<Vec<u8>, PdfError> {
        let laid = receipt::compose(&self.fonts, receipt);
        draw::draw(&self.fonts, self.settings.clone(), receipt::letterhead(receipt), laid)
    }
}
