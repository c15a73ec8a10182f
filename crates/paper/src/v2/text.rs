//! Lines of text: words set one after the other, broken where the measure ends.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use std::ops::Range;

use unicode_bidi::{BidiInfo, Level};

use super::fonts::{Face, Glyph, has_right_to_left};

/// A line, or a part of one, ready to be drawn. Widths are parts of the letter size.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    pub(super) text: String,
    /// From left to right.
    pub(super) glyphs: Vec<Glyph>,
    pub(super) width: f32,
    /// Some of it is read from right to left.
    pub(super) directed: bool,
}

impl Run {
    /// The text on one line, however long. Spaces of any kind but the narrow one are drawn as the one space.
    pub(super) fn new(face: &Face, text: &str) -> Self {
        let text = face.readable(text);
        if has_right_to_left(&text) {
            return Self::directed(face, &text);
        }
        let mut run = Self::default();
        for (number, word) in text.split([' ', '\u{a0}', '\n']).enumerate() {
            if number > 0 {
                run.push_space(face);
            }
            run.push_word(face, word);
        }
        run
    }

    /// A line, from left to right as a whole, in which letters of scripts from right to left stand (UAX 9).
    fn directed(face: &Face, text: &str) -> Self {
        let text = text.replace(['\u{a0}', '\n', '\u{2029}'], " ").replace(['\u{2010}', '\u{2011}'], "-");
        let bidi = BidiInfo::new(&text, Some(Level::ltr()));
        let mut glyphs = vec![];
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let leftwards = levels.get(run.start).is_some_and(Level::is_rtl);
                face.shape_into(&mut glyphs, &text, run, leftwards);
            }
        }
        let width = glyphs.iter().map(|glyph| glyph.advance).sum();
        Self { glyphs, width, directed: true, text }
    }

    fn push_word(&mut self, face: &Face, word: &str) {
        if word.is_empty() {
            return;
        }
        let word = face.word(word);
        let offset = self.text.len();
        self.text.push_str(&word.text);
        self.glyphs.extend(word.glyphs.iter().map(|glyph| Glyph {
            start: glyph.start + offset,
            end: glyph.end + offset,
            ..*glyph
        }));
        self.width += word.glyphs.iter().map(|glyph| glyph.advance).sum::<f32>();
    }

    fn push_space(&mut self, face: &Face) {
        let offset = self.text.len();
        self.text.push(' ');
        self.glyphs.push(Glyph { start: offset, end: offset + 1, ..face.space() });
        self.width += face.space().advance;
    }

    fn push_run(&mut self, other: &Run) {
        let offset = self.text.len();
        self.text.push_str(&other.text);
        self.glyphs.extend(other.glyphs.iter().map(|glyph| Glyph {
            start: glyph.start + offset,
            end: glyph.end + offset,
            ..*glyph
        }));
        self.width += other.width;
        self.directed |= other.directed;
    }

    /// The same as a whole line: where directions meet, all of it says what stands where.
    fn into_line(self, face: &Face) -> Run {
        if self.directed { Self::directed(face, &self.text) } else { self }
    }

    /// The run before, within and after a part of its text.
    pub(super) fn split(&self, part: Range<usize>) -> [Run; 3] {
        let of = |range: Range<usize>| {
            let glyphs = self.glyphs.iter().filter(|glyph| range.contains(&glyph.start));
            let glyphs: Vec<Glyph> = glyphs
                .map(|glyph| Glyph {
                    start: glyph.start - range.start,
                    end: glyph.end.min(range.end) - range.start,
                    ..*glyph
                })
                .collect();
            let text = self.text.get(range).unwrap_or_default().to_owned();
            Run { width: glyphs.iter().map(|glyph| glyph.advance).sum(), text, glyphs, directed: false }
        };
        [of(0..part.start), of(part.clone()), of(part.end..self.text.len())]
    }

    /// Keeps the next line's first word apart for those who listen.
    pub(super) fn end_with_space(&mut self, face: &Face) {
        self.push_space(face);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.glyphs.is_empty()
    }

    /// Pieces no wider than the measure, cut between letters: for words that fit on no line.
    fn cut(&self, measure: f32) -> Vec<Run> {
        let mut pieces = vec![];
        let mut piece = Run::default();
        let mut clusters: Vec<&[Glyph]> = self.glyphs.chunk_by(|one, other| one.start == other.start).collect();
        if self.directed {
            // In the order of the text; each line is set anew as a whole.
            clusters.sort_by_key(|cluster| cluster.first().map(|glyph| glyph.start));
        }
        for cluster in clusters {
            piece.directed = self.directed;
            let width: f32 = cluster.iter().map(|glyph| glyph.advance).sum();
            if !piece.is_empty() && piece.width + width > measure {
                pieces.push(std::mem::take(&mut piece));
            }
            let Some((start, end)) = cluster.first().map(|glyph| (glyph.start, glyph.end)) else { continue };
            let offset = piece.text.len();
            piece.text.push_str(self.text.get(start..end).unwrap_or_default());
            let end = piece.text.len();
            piece.glyphs.extend(cluster.iter().map(|glyph| Glyph { start: offset, end, ..*glyph }));
            piece.width += width;
        }
        pieces.push(piece);
        pieces
    }
}

/// The text in lines no wider than the measure (in parts of the letter size). A line that goes on ends with a space,
/// so that words stay apart for those who listen. At least one line.
pub(super) fn wrap(face: &Face, text: &str, measure: f32) -> Vec<Run> {
    let text = face.readable(text);
    let mut lines = vec![];
    for paragraph in text.split('\n') {
        let mut line = Run::default();
        for word in bound(paragraph) {
            let mut between = !line.is_empty();
            for part in parts(&word) {
                let part = Run::new(face, part);
                let space = if between { face.space().advance } else { 0.0 };
                if !line.is_empty() && line.width + space + part.width > measure {
                    if between {
                        line.push_space(face);
                    }
                    lines.push(std::mem::take(&mut line).into_line(face));
                } else if between {
                    line.push_space(face);
                }
                between = false;
                if part.width > measure {
                    let mut pieces = part.cut(measure);
                    line = pieces.pop().unwrap_or_default();
                    lines.extend(pieces.into_iter().map(|piece| piece.into_line(face)));
                } else {
                    line.push_run(&part);
                }
            }
        }
        lines.push(line.into_line(face));
    }
    lines
}

/// The words between which a line may end. What must not stand apart is kept together even where the writer forgot the
/// no-break space: figures of one number, a number and its sign, guillemets and what they enclose, high punctuation.
fn bound(paragraph: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(before) if belongs(before, word) => {
                before.push('\u{a0}');
                before.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

fn belongs(before: &str, after: &str) -> bool {
    let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    before.ends_with('«')
        || after.starts_with(['»', ':', ';', '?', '!', '%', '$'])
        || (digit(before.chars().next_back()) && (digit(after.chars().next()) || after.starts_with('×')))
        || before == "×"
        || before.ends_with("\u{a0}×")
}

/// A word in the parts between which a line may end: after a hyphen between letters, as in “rendez-vous”; never within
/// a telephone number.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let mut cuts = vec![0];
    for (place, _) in word.match_indices('-') {
        let before = word[..place].chars().next_back().is_some_and(char::is_alphabetic);
        let after = word[place + 1..].chars().next().is_some_and(char::is_alphabetic);
        if before && after {
            cuts.push(place + 1);
        }
    }
    cuts.push(word.len());
    let ends: Vec<usize> = cuts.iter().skip(1).copied().collect();
    cuts.into_iter().zip(ends).map(|(start, end)| &word[start..end])
}
