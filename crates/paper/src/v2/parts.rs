//! What a bill and a receipt have in common: who sends it, to whom, the column at the right, headings.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use super::fonts::Cut;
use super::sheet::{ASIDE, ASIDE_MEASURE, Ink, LEFT, MEASURE, Mark, Piece, Shape, Sheet, Style, TOP, beside, text_op};
use super::tree::{Element, Role};
use web::Labelled;

/// Top of the addressee: in the part of a No. 10 envelope's window that shows however the folded sheet slides.
const WINDOW: f32 = 174.0;
/// Below the fold.
const HERO: f32 = 252.0;
/// Room above a heading.
const ROOM: f32 = 4.0;
/// The second column of the sender, within the left part of the page.
const REACH: f32 = 226.0;

/// The first page down to the fold: who sends it, to whom, the column at the right.
pub(super) fn letter(sheet: &mut Sheet<'_>) {
    let sender_end = sender(sheet);
    let quiet_end = addressee(sheet, sender_end).max(facts(sheet));
    let gap = sheet.scaled(8.0);
    sheet.y = HERO.max(quiet_end + gap);
}

/// The title of the whole, in a measure.
pub(super) fn title(sheet: &mut Sheet<'_>, element: Element, measure: f32) -> Vec<Piece> {
    let text = sheet.letterhead.title;
    let style = sheet.style(Cut::Semibold, 14.0, 17.0, Ink::Black);
    let mut block = sheet.lines(Mark::Element(element), text, style, LEFT, measure);
    if let Some(first) = block.first_mut() {
        first.bookmark = Some(text.to_owned());
    }
    block
}

/// What is read first.
pub(super) fn title_element(sheet: &mut Sheet<'_>) -> Element {
    let text = sheet.letterhead.title.to_owned();
    sheet.add(None, Role::Heading(1, text))
}

/// A sentence below the figures.
pub(super) fn sentence(sheet: &mut Sheet<'_>, text: &str, style: Style) -> Vec<Piece> {
    let element = sheet.add(None, Role::Paragraph);
    let mut block = vec![Piece::gap(sheet.room(2.0, 1.0))];
    block.extend(sheet.lines(Mark::Element(element), text, style, LEFT, MEASURE));
    block
}

/// Who sends the bill and how to reach them. Says where it ends.
fn sender(sheet: &mut Sheet<'_>) -> f32 {
    let sender = sheet.letterhead.sender;
    let section = sheet.add(None, Role::Section);
    let name = sheet.add(Some(section), Role::Paragraph);
    let style = sheet.style(Cut::Semibold, 17.0, 22.0, Ink::Accent);
    let pieces = sheet.lines(Mark::Element(name), &sender.name, style, LEFT, ASIDE - LEFT - 16.0);
    let gap = sheet.scaled(4.0);
    let below = sheet.put_at(TOP - sheet.scaled(4.0), pieces) + gap;
    let small = sheet.style(Cut::Regular, 8.0, 11.0, Ink::Grey);
    let element = sheet.add(Some(section), Role::Paragraph);
    let mut pieces = several(sheet, element, &sender.address, small, REACH - LEFT - 14.0);
    if !sender.registrations.is_empty() {
        pieces.push(Piece::gap(sheet.scaled(3.0)));
        let list = sheet.add(Some(section), Role::List);
        for labelled in &sender.registrations {
            pieces.extend(pair(sheet, list, labelled, small, (LEFT, REACH - LEFT - 14.0)));
        }
    }
    let left = sheet.put_at(below, pieces);
    let measure = ASIDE - REACH - 16.0;
    let mut pieces = vec![];
    if !sender.reach.is_empty() {
        let list = sheet.add(Some(section), Role::List);
        for labelled in &sender.reach {
            pieces.extend(pair(sheet, list, labelled, small, (REACH, measure)));
        }
    }
    sheet.put_at(below, pieces).max(left)
}

/// How wide label and value are in one line.
pub(super) fn width_of_pair(sheet: &Sheet<'_>, labelled: &Labelled, style: Style) -> (f32, f32) {
    let bold = Style { cut: Cut::Semibold, ..style };
    let label = sheet.run(&labelled.label, bold).width * style.size + 0.4 * style.size;
    (label, sheet.run(&labelled.value, style).width * style.size)
}

/// Label and value in one line, the value below if it does not fit.
pub(super) fn pair(
    sheet: &mut Sheet<'_>,
    list: Element,
    labelled: &Labelled,
    style: Style,
    (x, measure): (f32, f32),
) -> Vec<Piece> {
    let (label, value) = item(sheet, list);
    let bold = Style { cut: Cut::Semibold, ..style };
    let (name, width) = width_of_pair(sheet, labelled, style);
    let mut left = sheet.lines(Mark::Element(label), &labelled.label, bold, x, measure);
    if name + width <= measure {
        return beside(left, sheet.lines(Mark::Element(value), &labelled.value, style, x + name, measure));
    }
    left.extend(sheet.lines(Mark::Element(value), &labelled.value, style, x, measure));
    left
}

/// A list item's label and body.
pub(super) fn item(sheet: &mut Sheet<'_>, list: Element) -> (Element, Element) {
    let item = sheet.add(Some(list), Role::Item);
    (sheet.add(Some(item), Role::Label), sheet.add(Some(item), Role::Body))
}

/// Lines given as such, wrapped where they are too long.
pub(super) fn several(sheet: &Sheet<'_>, element: Element, lines: &[String], style: Style, measure: f32) -> Vec<Piece> {
    // The space at each line's end keeps words apart for those who listen.
    let last = lines.len().saturating_sub(1);
    let mut pieces = vec![];
    for (number, line) in lines.iter().enumerate() {
        pieces.extend(sheet.lines(Mark::Element(element), line, style, LEFT, measure));
        if number < last
            && let Some(Shape::Text { run, .. }) = last_shape(&mut pieces)
        {
            run.end_with_space(sheet.fonts.face(style.cut));
        }
    }
    pieces
}

fn last_shape(pieces: &mut [Piece]) -> Option<&mut Shape> {
    pieces.last_mut()?.ops.last_mut().map(|op| &mut op.shape)
}

/// The customer's address, alone in the window. Says where it ends.
fn addressee(sheet: &mut Sheet<'_>, after: f32) -> f32 {
    let element = sheet.add(None, Role::Paragraph);
    let style = sheet.style(Cut::Regular, 10.5, 13.5, Ink::Black);
    let pieces = several(sheet, element, sheet.letterhead.addressee, style, ASIDE - LEFT - 40.0);
    let gap = sheet.scaled(16.0);
    sheet.put_at(WINDOW.max(after + gap), pieces)
}

/// The identifier and the facts, below each other at the right. Says where they end.
fn facts(sheet: &mut Sheet<'_>) -> f32 {
    let facts = sheet.letterhead.facts;
    let list = sheet.add(None, Role::List);
    let (label, value) = item(sheet, list);
    let mut pieces = sheet.identifier(Mark::Element(label), Mark::Element(value));
    let quiet = sheet.style(Cut::Regular, 8.0, 11.0, Ink::Grey);
    let loud = sheet.style(Cut::Regular, 9.5, 12.0, Ink::Black);
    for (number, fact) in facts.iter().enumerate() {
        let (label, value) = item(sheet, list);
        pieces.push(Piece::gap(sheet.scaled(if number == 0 { 9.0 } else { 3.0 })));
        pieces.extend(sheet.lines(Mark::Element(label), &fact.label, quiet, ASIDE, ASIDE_MEASURE));
        pieces.extend(sheet.lines(Mark::Element(value), &fact.value, loud, ASIDE, ASIDE_MEASURE));
    }
    sheet.put_at(TOP, pieces)
}

/// A heading of the second level, with the room above it.
pub(super) fn heading(sheet: &mut Sheet<'_>, parent: Element, title: &str, measure: f32) -> Vec<Piece> {
    let element = sheet.add(Some(parent), Role::Heading(2, title.to_owned()));
    let style = sheet.style(Cut::Semibold, 11.0, sheet.set(13.5, 12.0), Ink::Accent);
    let mut pieces = vec![Piece::gap(sheet.room(ROOM, ROOM / 2.0))];
    let mut lines = sheet.lines(Mark::Element(element), title, style, LEFT, measure);
    if let Some(first) = lines.first_mut() {
        first.bookmark = Some(title.to_owned());
    }
    pieces.extend(lines);
    pieces
}

/// One line that is made to fit: for what must not wrap.
pub(super) fn fitted(sheet: &Sheet<'_>, mark: Mark, text: &str, style: Style, measure: f32) -> Piece {
    let run = sheet.run(text, style);
    let size = if run.width * style.size > measure { measure / run.width } else { style.size };
    let style = Style { size, ..style };
    let x = LEFT + MEASURE - run.width * size;
    Piece { ops: vec![text_op(mark, run, style, x, style.base())], height: style.leading, bookmark: None }
}
