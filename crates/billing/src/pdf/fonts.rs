//! The faces that bills are set in, and the shaping of words, which are kept because bills repeat them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use krilla::surface::Location;
use krilla::text::{Font, GlyphId};
use rustybuzz::{BufferFlags, Direction, UnicodeBuffer};

use super::PdfError;

/// Words kept per face. When there are more, all are forgotten: the frequent ones are back within a few bills.
const KEPT_WORDS: usize = 2_048;
/// Longer words are rare and are not kept.
const KEPT_WORD_BYTES: usize = 48;
/// Characters below this are looked up in a table; our faces have none above.
const TABLE: usize = 0x3000;

/// A face of the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Regular,
    Semibold,
    /// Fixed width, for the code line of the slip.
    Code,
}

/// All faces.
pub(super) struct Fonts {
    regular: Face,
    semibold: Face,
    code: Face,
}

impl Fonts {
    pub(super) fn load() -> Result<Self, PdfError> {
        Ok(Self {
            regular: Face::load("Guichet Sans", include_bytes!("../../assets/fonts/GuichetSans-Regular.ttf"))?,
            semibold: Face::load(
                "Guichet Sans Semibold",
                include_bytes!("../../assets/fonts/GuichetSans-Semibold.ttf"),
            )?,
            code: Face::load("Guichet Code", include_bytes!("../../assets/fonts/GuichetCode-Regular.ttf"))?,
        })
    }

    pub(super) fn face(&self, cut: Cut) -> &Face {
        match cut {
            Cut::Regular => &self.regular,
            Cut::Semibold => &self.semibold,
            Cut::Code => &self.code,
        }
    }
}

/// A glyph in its place. Lengths are parts of the letter size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub(super) id: u32,
    /// The bytes of the run's text that it stands for.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) advance: f32,
    pub(super) dx: f32,
    pub(super) dy: f32,
}

#[expect(clippy::float_arithmetic, reason = "places on paper")]
impl krilla::text::Glyph for Glyph {
    fn glyph_id(&self) -> GlyphId {
        GlyphId::new(self.id)
    }

    fn text_range(&self) -> Range<usize> {
        self.start..self.end
    }

    fn x_advance(&self, size: f32) -> f32 {
        self.advance * size
    }

    fn x_offset(&self, size: f32) -> f32 {
        self.dx * size
    }

    fn y_offset(&self, size: f32) -> f32 {
        self.dy * size
    }

    fn y_advance(&self, _size: f32) -> f32 {
        0.0
    }

    fn location(&self) -> Option<Location> {
        None
    }
}

/// Shaped text without spaces.
pub(super) struct Word {
    pub(super) text: Box<str>,
    pub(super) glyphs: Vec<Glyph>,
}

/// One font: for shaping, for the PDF, and what was shaped already.
pub(super) struct Face {
    pub(super) font: Font,
    shaper: rustybuzz::Face<'static>,
    covered: Vec<bool>,
    substitute: char,
    space: Glyph,
    words: RwLock<HashMap<Box<str>, Arc<Word>>>,
}

impl Face {
    #[expect(clippy::float_arithmetic, reason = "places on paper")]
    fn load(name: &'static str, bytes: &'static [u8]) -> Result<Self, PdfError> {
        let shaper = rustybuzz::Face::from_slice(bytes, 0).ok_or(PdfError::Font(name))?;
        let font = Font::new(bytes.into(), 0).ok_or(PdfError::Font(name))?;
        let mut covered = vec![false; TABLE];
        for (number, is_there) in (0_u32..).zip(covered.iter_mut()) {
            *is_there = char::from_u32(number).is_some_and(|letter| shaper.glyph_index(letter).is_some());
        }
        let space = shaper.glyph_index(' ').ok_or(PdfError::Font(name))?;
        let advance = f32::from(shaper.glyph_hor_advance(space).unwrap_or(0)) / font.units_per_em();
        let substitute = if shaper.glyph_index('□').is_some() { '□' } else { '?' };
        let space = Glyph { id: u32::from(space.0), start: 0, end: 1, advance, dx: 0.0, dy: 0.0 };
        Ok(Self { font, shaper, covered, substitute, space, words: RwLock::default() })
    }

    /// The space between words; its bytes are counted from nought.
    pub(super) fn space(&self) -> Glyph {
        self.space
    }

    fn has(&self, letter: char) -> bool {
        usize::try_from(u32::from(letter)).is_ok_and(|number| self.covered.get(number).copied().unwrap_or(false))
    }

    /// The text with only letters that the face has: others become a square, which a reader sees and can ask about.
    /// Marks that are not seen (joiners, variation selectors, soft hyphens) go. New lines stay.
    pub(super) fn readable<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let plain = |letter: char| letter != '\u{ad}' && self.has(letter);
        if text.chars().all(plain) {
            return Cow::Borrowed(text);
        }
        let mut result = String::with_capacity(text.len());
        let mut joined = false;
        for letter in text.chars() {
            match letter {
                '\n' => result.push('\n'),
                '\t' | '\r' => result.push(' '),
                '\u{200d}' => {
                    joined = true;
                    continue;
                }
                _ if unseen(letter) => continue,
                _ if plain(letter) => result.push(letter),
                // The parts of one picture (a family, a flag) are one square.
                _ if joined => {}
                _ => result.push(self.substitute),
            }
            joined = false;
        }
        Cow::Owned(result)
    }

    /// The shaped word. It must not contain spaces.
    pub(super) fn word(&self, text: &str) -> Arc<Word> {
        if let Some(word) = self.words.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Arc::clone(word);
        }
        let word = Arc::new(self.shape(text));
        if text.len() <= KEPT_WORD_BYTES {
            let mut words = self.words.write().unwrap_or_else(PoisonError::into_inner);
            if words.len() >= KEPT_WORDS {
                words.clear();
            }
            words.insert(text.into(), Arc::clone(&word));
        }
        word
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.words.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "font units are small whole numbers")]
    fn shape(&self, text: &str) -> Word {
        // One glyph serves all hyphens; it is given one meaning, so that readers of the PDF find “e-mail”.
        let text = text.replace(['\u{2010}', '\u{2011}'], "-");
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaped = rustybuzz::shape(&self.shaper, &[], buffer);
        let starts: Vec<usize> =
            shaped.glyph_infos().iter().map(|info| usize::try_from(info.cluster).unwrap_or(0)).collect();
        let em = self.font.units_per_em();
        let glyphs = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .zip(&starts)
            .map(|((info, place), &start)| Glyph {
                id: info.glyph_id,
                start,
                end: starts.iter().copied().filter(|&other| other > start).min().unwrap_or(text.len()),
                advance: place.x_advance as f32 / em,
                dx: place.x_offset as f32 / em,
                dy: place.y_offset as f32 / em,
            })
            .collect();
        Word { text: text.into(), glyphs }
    }
}

/// Controls, joiners and selectors that leave no trace on paper.
fn unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}
