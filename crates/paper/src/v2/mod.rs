//! The second drawing of bills. It stays as it is: bills that were issued with it are drawn by it for as long as they are kept.
//! Whatever changes its bytes (a place, a font, the version of a library) is a third, which begins as a copy of this folder
//! and in which receipts are drawn from then on.

mod bill;
mod draw;
mod fallback;
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

use super::{Drawn, FontUsed, PdfError};
use crate::{Document, Receipt};
use fonts::{Cut, Fonts};

pub(super) const VERSION: i32 = 2;

/// What it is drawn with.
pub(super) struct Press {
    fonts: Fonts,
}

impl Press {
    pub(super) fn new() -> Result<Self, PdfError> {
        Ok(Self { fonts: Fonts::load()? })
    }

    pub(super) fn bill(&self, settings: SerializeSettings, document: &Document) -> Result<Drawn, PdfError> {
        let laid = bill::compose(&self.fonts, document);
        draw::draw(&self.fonts, settings, bill::letterhead(document), laid)
    }

    pub(super) fn receipt(&self, settings: SerializeSettings, receipt: &Receipt) -> Result<Drawn, PdfError> {
        let laid = receipt::compose(&self.fonts, receipt);
        draw::draw(&self.fonts, settings, receipt::letterhead(receipt), laid)
    }

    /// Whether a letter leaves something else than a square on paper.
    pub(super) fn draws(&self, letter: char) -> bool {
        self.fonts.face(Cut::Regular).draws(letter)
    }

    /// Whether a face that a bill was drawn with is here.
    pub(super) fn has(&self, font: &FontUsed) -> bool {
        fallback::SHIPPED.iter().any(|shipped| shipped.name == font.name && shipped.hash == font.hash)
    }
}
