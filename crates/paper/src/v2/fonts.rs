//! The faces that bills are set in, and the shaping of words, which are kept because bills repeat them. What they lack is set in
//! the fall-back faces.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use krilla::surface::Location;
use krilla::text::{Font, GlyphId};
use rustybuzz::{BufferFlags, Direction, UnicodeBuffer};
use unicode_normalization::UnicodeNormalization;

use super::fallback::Fallbacks;
use crate::PdfError;

/// Words kept per face. When there are more, all are forgotten: the frequent ones are back within a few bills.
const KEPT_WORDS: usize = 2_048;
/// Longer words are rare and are not kept.
const KEPT_WORD_BYTES: usize = 48;
/// Characters below this are looked up in a table; our own faces have none above.
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
        let regular = include_bytes!("../../assets/fonts/GuichetSans-Regular.ttf");
        let semibold = include_bytes!("../../assets/fonts/GuichetSans-Semibold.ttf");
        let code = include_bytes!("../../assets/fonts/GuichetCode-Regular.ttf");
        let fallbacks = Arc::new(Fallbacks::new());
        Ok(Self {
            regular: Face::load("Guichet Sans", regular, fallbacks.clone())?,
            semibold: Face::load("Guichet Sans Semibold", semibold, fallbacks.clone())?,
            code: Face::load("Guichet Code", code, fallbacks)?,
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
    /// The fall-back face that it is of; none for the run's own.
    pub(super) fallback: Option<u8>,
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
    fallbacks: Arc<Fallbacks>,
    words: RwLock<HashMap<Box<str>, Arc<Word>>>,
}

/// Letters that one face has, in the order of the text.
struct Item {
    range: Range<usize>,
    fallback: Option<u8>,
}

impl Face {
    #[expect(clippy::float_arithmetic, reason = "places on paper")]
    fn load(name: &'static str, bytes: &'static [u8], fallbacks: Arc<Fallbacks>) -> Result<Self, PdfError> {
        let shaper = rustybuzz::Face::from_slice(bytes, 0).ok_or(PdfError::Font(name))?;
        let font = Font::new(bytes.into(), 0).ok_or(PdfError::Font(name))?;
        let mut covered = vec![false; TABLE];
        for (number, is_there) in (0_u32..).zip(covered.iter_mut()) {
            *is_there = char::from_u32(number).is_some_and(|letter| shaper.glyph_index(letter).is_some());
        }
        let space = shaper.glyph_index(' ').ok_or(PdfError::Font(name))?;
        let advance = f32::from(shaper.glyph_hor_advance(space).unwrap_or(0)) / font.units_per_em();
        let substitute = if shaper.glyph_index('□').is_some() { '□' } else { '?' };
        let space = Glyph { id: u32::from(space.0), fallback: None, start: 0, end: 1, advance, dx: 0.0, dy: 0.0 };
        Ok(Self { font, shaper, covered, substitute, space, fallbacks, words: RwLock::default() })
    }

    /// The font of glyphs that say so.
    pub(super) fn font_of(&self, fallback: Option<u8>) -> &Font {
        let read = fallback.and_then(|place| self.fallbacks.face(usize::from(place)));
        read.map_or(&self.font, |read| &read.font)
    }

    /// The space between words; its bytes are counted from nought.
    pub(super) fn space(&self) -> Glyph {
        self.space
    }

    fn has(&self, letter: char) -> bool {
        usize::try_from(u32::from(letter)).is_ok_and(|number| self.covered.get(number).copied().unwrap_or(false))
    }

    /// Whether there is a face that has the letter, or it leaves no trace on paper.
    pub(super) fn draws(&self, letter: char) -> bool {
        self.has(letter) || unseen(letter) || self.fallbacks.find(letter).is_some()
    }

    /// The text with only letters that there is a face for: others become a square, which a reader sees and can ask about.
    /// Marks that are not seen (variation selectors, soft hyphens) go; joiners stay where letters are written together, and
    /// isolates where directions meet. New lines stay.
    pub(super) fn readable<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let plain = |letter: char| letter != '\u{ad}' && self.has(letter);
        if text.chars().all(plain) {
            return Cow::Borrowed(text);
        }
        let directed = has_right_to_left(text);
        let mut result = String::with_capacity(text.len());
        let mut joined = false;
        for letter in text.nfc() {
            match letter {
                '\n' => result.push('\n'),
                '\t' | '\r' => result.push(' '),
                '\u{200c}' | '\u{200d}' if result.chars().next_back().is_some_and(is_joining) => result.push(letter),
                '\u{2068}' | '\u{2069}' if directed => result.push(letter),
                '\u{200d}' => {
                    joined = true;
                    continue;
                }
                _ if unseen(letter) => continue,
                _ if plain(letter) || self.fallbacks.find(letter).is_some() => result.push(letter),
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

    fn shape(&self, text: &str) -> Word {
        // One glyph serves all hyphens; it is given one meaning, so that readers of the PDF find “e-mail”.
        let text = text.replace(['\u{2010}', '\u{2011}'], "-");
        let mut glyphs = Vec::new();
        self.shape_into(&mut glyphs, &text, 0..text.len(), false);
        Word { text: text.into(), glyphs }
    }

    /// Shapes a part of a text whose letters all run in one direction; glyphs come from left to right.
    pub(super) fn shape_into(&self, glyphs: &mut Vec<Glyph>, text: &str, range: Range<usize>, leftwards: bool) {
        let mut items = self.items(text, range, leftwards);
        if leftwards {
            items.reverse();
        }
        for item in items {
            self.shape_item(glyphs, text, &item, leftwards);
        }
    }

    /// The text cut where the face changes. A word that lacks a letter of ours is set in one face throughout where that is
    /// possible; marks stay with their letters.
    fn items(&self, text: &str, range: Range<usize>, leftwards: bool) -> Vec<Item> {
        let part = text.get(range.clone()).unwrap_or_default();
        if part.chars().all(|letter| self.has(letter)) {
            return vec![Item { range, fallback: None }];
        }
        if !leftwards && part.chars().all(|letter| self.fallbacks.has(0, letter)) {
            return vec![Item { range, fallback: Some(0) }];
        }
        let mut items: Vec<Item> = vec![];
        for (place, letter) in part.char_indices() {
            if matches!(letter, '\u{2068}' | '\u{2069}') {
                continue;
            }
            let (start, end) = (range.start + place, range.start + place + letter.len_utf8());
            let before = items.last().and_then(|item| item.fallback);
            let goes_on = before.filter(|face| {
                is_mark(letter)
                    || matches!(letter, '\u{200c}' | '\u{200d}')
                    || (leftwards && letter == ' ' && self.fallbacks.has(usize::from(*face), ' '))
            });
            let found = || self.fallbacks.find(letter).and_then(|place| u8::try_from(place).ok());
            let fallback = match goes_on {
                Some(face) => Some(face),
                None if self.has(letter) => None,
                None => found(),
            };
            match items.last_mut() {
                Some(item) if item.fallback == fallback && item.range.end == start => item.range.end = end,
                _ => items.push(Item { range: start..end, fallback }),
            }
        }
        items
    }

    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "font units are small whole numbers")]
    fn shape_item(&self, glyphs: &mut Vec<Glyph>, text: &str, item: &Item, leftwards: bool) {
        let part = text.get(item.range.clone()).unwrap_or_default();
        let read = item.fallback.and_then(|place| self.fallbacks.face(usize::from(place)));
        let shaper = read.map_or(&self.shaper, |read| &read.shaper);
        let direction = if leftwards { Direction::RightToLeft } else { Direction::LeftToRight };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(part);
        buffer.set_direction(direction);
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        buffer.guess_segment_properties();
        buffer.set_direction(direction);
        let shaped = rustybuzz::shape(shaper, &[], buffer);
        let starts: Vec<usize> =
            shaped.glyph_infos().iter().map(|info| usize::try_from(info.cluster).unwrap_or(0)).collect();
        let em = self.font_of(item.fallback).units_per_em();
        // Joiners say how letters are written together, and have no place of their own in what is copied out.
        let end = |start: usize| {
            let end = starts.iter().copied().filter(|&other| other > start).min().unwrap_or(part.len());
            let letters = part.get(start..end).unwrap_or_default();
            start + letters.trim_end_matches(['\u{200c}', '\u{200d}']).len()
        };
        let placed = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).zip(&starts);
        let shaped: Vec<Glyph> = placed
            .map(|((info, place), &start)| Glyph {
                id: info.glyph_id,
                fallback: item.fallback,
                start: item.range.start + start,
                end: item.range.start + end(start),
                advance: place.x_advance as f32 / em,
                dx: place.x_offset as f32 / em,
                dy: place.y_offset as f32 / em,
            })
            .collect();
        let space = shaper.glyph_index(' ').filter(|_| !leftwards);
        match space {
            Some(space) => {
                let advance = f32::from(shaper.glyph_hor_advance(space).unwrap_or(0)) / em;
                let (id, fallback) = (u32::from(space.0), item.fallback);
                glyphs.extend(closed(shaped, Glyph { id, fallback, start: 0, end: 0, advance, dx: 0.0, dy: 0.0 }));
            }
            None => glyphs.extend(shaped),
        }
    }
}

/// Ends each letter that bears a mark with a blank up to the next one: where the pen went back for the mark, readers of the PDF
/// would see a gap between words. The blank lies over the letter and takes no room.
#[expect(clippy::float_arithmetic, reason = "places on paper")]
fn closed(glyphs: Vec<Glyph>, blank: Glyph) -> Vec<Glyph> {
    if !glyphs.iter().any(|glyph| glyph.advance.abs() <= f32::EPSILON) {
        return glyphs;
    }
    let mut result = Vec::with_capacity(glyphs.len() + 4);
    for cluster in glyphs.chunk_by(|one, other| one.start == other.start) {
        result.extend_from_slice(cluster);
        if let [letter, marks @ ..] = cluster
            && !marks.is_empty()
            && marks.iter().all(|mark| mark.advance.abs() <= f32::EPSILON)
        {
            result.push(Glyph { advance: 0.0, dx: -blank.advance, start: letter.start, end: letter.end, ..blank });
        }
    }
    result
}

/// Whether a text has letters that are written from right to left.
pub(super) fn has_right_to_left(text: &str) -> bool {
    // The first byte of all of them in UTF-8 is at least this.
    text.bytes().any(|byte| byte >= 0xd6)
        && text.chars().any(|letter| {
            matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
                | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
        })
}

/// Letters of scripts in which a joiner says how they are written together.
fn is_joining(letter: char) -> bool {
    matches!(letter, '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// Marks over and under letters.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
}

/// Controls, joiners and selectors that leave no trace on paper.
fn unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}
