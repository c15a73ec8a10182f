//! The composition of a bill: what stands where, in the order of the document.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use super::fonts::{Cut, Fonts};
use super::parts::{heading, item, letter, sentence, title, title_element};
use super::sheet::{Ink, LEFT, Laid, Letterhead, MEASURE, Mark, Piece, Setting, Sheet, Style, beside, height_of};
use super::slip::Slip;
use super::tree::{Element, Role};
use crate::{Document, DocumentLine, DocumentSection, Passage};
use web::Labelled;

/// Where the details of a table stand, from its left edge, if all of them are short.
const DETAILS: f32 = 172.0;
/// A list of charges no higher than this is not cut; of the other sections none that a page holds is.
const WHOLE: f32 = 190.0;
/// The column of the title, beside the figures.
const TITLE: f32 = 118.0;
/// The column of the ways to pay.
const WAYS: f32 = 112.0;

/// Lays the whole document out: easily, or snugly where that takes fewer pages.
pub(super) fn compose(fonts: &Fonts, document: &Document) -> Laid {
    let easy = lay(fonts, document, Setting::Easy);
    if easy.pages.len() == 1 {
        return easy;
    }
    let snug = lay(fonts, document, Setting::Snug);
    if snug.pages.len() < easy.pages.len() { snug } else { easy }
}

fn lay(fonts: &Fonts, document: &Document, setting: Setting) -> Laid {
    let mut sheet = Sheet::new(fonts, letterhead(document));
    sheet.setting = setting;
    head(&mut sheet, document);
    for section in &document.sections {
        compose_section(&mut sheet, section);
    }
    let mut blocks = pay(&mut sheet, document);
    blocks.push(question(&mut sheet, document));
    let slip = document.slip.as_ref().map(|slip| Slip::new(&mut sheet, slip));
    // A slip alone on the last page would be a poor page: how to pay goes with it.
    let slip_height = slip.as_ref().map_or(0.0, Slip::height);
    let rest = blocks.iter().map(|block| height_of(block)).sum::<f32>() + slip_height;
    if !sheet.holds(rest) && sheet.next_holds(rest) {
        sheet.turn();
    }
    let last = blocks.len().saturating_sub(1);
    for (number, block) in blocks.into_iter().enumerate() {
        // Where the rest is longer than a page, at least its end stays with the slip.
        let end = if number == last { height_of(&block) + slip_height } else { 0.0 };
        if !sheet.holds(end) && sheet.next_holds(end) {
            sheet.turn();
        }
        sheet.place(block);
    }
    if let Some(slip) = slip {
        slip.place(&mut sheet);
    }
    sheet.finish()
}

pub(super) fn letterhead(document: &Document) -> Letterhead<'_> {
    Letterhead {
        language: document.language,
        large_print: document.large_print,
        issued: document.issued,
        title: &document.title,
        sender: &document.sender,
        addressee: &document.addressee,
        identifier: &document.identifier,
        facts: &document.facts,
        links: &document.links,
        page_label: &document.page_label,
    }
}

/// The first page down to the sentence on what differs.
fn head(sheet: &mut Sheet<'_>, document: &Document) {
    let title = title_element(sheet);
    letter(sheet);
    let mut block = vec![Piece::rule(1.5, Ink::Accent, sheet.room(8.0, 5.0))];
    block.extend(figures(sheet, document, title));
    let strong = sheet.style(Cut::Semibold, 10.0, sheet.set(14.0, 12.5), Ink::Black);
    let plain = sheet.style(Cut::Regular, 9.5, sheet.set(12.5, 11.5), Ink::Black);
    let quiet = sheet.style(Cut::Regular, 8.5, sheet.set(11.0, 10.5), Ink::Grey);
    let said = [(&document.settled, strong), (&document.difference, plain), (&document.as_of, quiet)];
    for (text, style) in said {
        if let Some(text) = text {
            block.extend(sentence(sheet, text, style));
        }
    }
    sheet.place(block);
}

/// The title, the total due and the day, beside each other if they fit: figure and day are the largest things on the page.
fn figures(sheet: &mut Sheet<'_>, document: &Document, name: Element) -> Vec<Piece> {
    let list = sheet.add(None, Role::List);
    let parts: Vec<(&Labelled, (Element, Element))> = [Some(&document.total_due), document.due.as_ref()]
        .into_iter()
        .flatten()
        .map(|part| (part, item(sheet, list)))
        .collect();
    let quiet = sheet.style(Cut::Semibold, 9.0, 11.5, Ink::Grey);
    let loud = sheet.style(Cut::Semibold, 25.0, sheet.set(27.0, 25.5), Ink::Black);
    let width = |labelled: &Labelled| {
        let label = sheet.run(&labelled.label, quiet).width * quiet.size;
        label.max(sheet.run(&labelled.value, loud).width * loud.size)
    };
    let gap = sheet.scaled(22.0);
    let widths: Vec<f32> = parts.iter().map(|(part, _)| width(part) + gap).collect();
    let all = widths.iter().sum::<f32>() - gap;
    let column = sheet.scaled(TITLE) + gap;
    let place = |sheet: &Sheet<'_>, number: usize, x: f32| {
        let Some((labelled, (label, value))) = parts.get(number) else { return vec![] };
        let measure = LEFT + MEASURE - x + 1.0;
        let mut pieces = sheet.lines(Mark::Element(*label), &labelled.label, quiet, x, measure);
        pieces.extend(sheet.lines(Mark::Element(*value), &labelled.value, loud, x, measure));
        pieces
    };
    let first = widths.first().copied().unwrap_or(0.0);
    if column + all <= MEASURE {
        let lines = title(sheet, name, sheet.scaled(TITLE));
        let x = LEFT + MEASURE - all;
        return over(lines, beside(place(sheet, 0, x), place(sheet, 1, x + first)));
    }
    let mut pieces = title(sheet, name, MEASURE);
    pieces.push(Piece::gap(sheet.scaled(4.0)));
    if all <= MEASURE {
        pieces.extend(beside(place(sheet, 0, LEFT), place(sheet, 1, LEFT + first)));
    } else {
        pieces.extend(place(sheet, 0, LEFT));
        pieces.extend(place(sheet, 1, LEFT));
    }
    pieces
}

/// Two columns whose lines do not stand beside each other, as one piece.
fn over(left: Vec<Piece>, right: Vec<Piece>) -> Vec<Piece> {
    let height = height_of(&left).max(height_of(&right));
    let bookmark = left.first().and_then(|piece| piece.bookmark.clone());
    let ops = [left, right].into_iter().flat_map(super::sheet::at_top).collect();
    vec![Piece { ops, height, bookmark }]
}

pub(super) fn compose_section(sheet: &mut Sheet<'_>, section: &DocumentSection) {
    let part = sheet.add(None, Role::Section);
    let loud = sheet.style(Cut::Semibold, 9.5, sheet.set(14.0, 12.0), Ink::Black);
    let amounts = section.lines.iter().map(|line| &line.amount).chain([&section.total.value]);
    let widest = amounts.map(|amount| sheet.run(amount, loud).width * loud.size).fold(0.0, f32::max);
    let amount = widest.min(MEASURE * 0.4) + 1.0;
    let label = (sheet.run(&section.total.label, loud).width * loud.size).min(MEASURE * 0.5) + 1.0;
    let measure = MEASURE - amount - label - 24.0;
    let mut opening = heading(sheet, part, &section.title, measure);
    let explanation = sheet.add(Some(part), Role::Paragraph);
    let table = sheet.add(Some(part), Role::Table(section.title.clone()));
    let details = details_beside(sheet, &section.lines, amount);
    let mut rows: Vec<Vec<Piece>> = vec![];
    if !section.lines.is_empty() {
        let body = sheet.add(Some(table), Role::TableBody);
        rows.extend(section.lines.iter().map(|line| row(sheet, body, line, amount, details)));
    }
    let total = total(sheet, table, &section.total, (amount, label), loud);
    let room = opening.remove(0);
    opening = beside(opening, total);
    opening.insert(0, room);
    let style = sheet.style(Cut::Regular, 8.0, sheet.set(9.5, 9.0), Ink::Grey);
    opening.extend(sheet.lines(Mark::Element(explanation), &section.explanation, style, LEFT, MEASURE));
    if !rows.is_empty() {
        opening.push(Piece::rule(0.5, Ink::Faint, sheet.room(3.5, 2.5)));
    }
    place_rows(sheet, section, opening, rows);
}

/// The heading stays with the first rows, the last rows with each other; what a page holds is not cut, but for long lists of
/// charges.
fn place_rows(sheet: &mut Sheet<'_>, section: &DocumentSection, opening: Vec<Piece>, rows: Vec<Vec<Piece>>) {
    let height = height_of(&opening) + rows.iter().map(|row| height_of(row)).sum::<f32>();
    let is_charges = matches!(section.id.as_ref(), "service-charges" | "add-ons" | "refunds");
    let whole = if is_charges { height <= sheet.scaled(WHOLE) } else { sheet.next_holds(height) };
    let count = rows.len();
    let mut block = opening;
    for (number, row) in rows.into_iter().enumerate() {
        block.extend(row);
        // Not after the first row nor before the last one.
        if !whole && number > 0 && number + 2 < count {
            sheet.place(std::mem::take(&mut block));
            sheet.running = Some(section.title.clone());
        }
    }
    sheet.place(block);
    sheet.running = None;
}

/// The letters of what a line is, and those of its detail.
fn row_styles(sheet: &Sheet<'_>) -> (Style, Style) {
    (
        sheet.style(Cut::Regular, 9.5, sheet.set(11.6, 10.5), Ink::Black),
        sheet.style(Cut::Regular, 8.0, sheet.set(10.5, 9.6), Ink::Grey),
    )
}

/// Where the details of a table stand beside what they explain; none if one of them does not fit there.
fn details_beside(sheet: &Sheet<'_>, lines: &[DocumentLine], amount: f32) -> Option<f32> {
    let (style, small) = row_styles(sheet);
    let fits =
        lines.iter().filter_map(|line| line.detail.as_ref().map(|detail| (line, detail))).all(|(line, detail)| {
            let what = sheet.run(&line.what, style).width * style.size;
            let detail = sheet.run(detail, small).width * small.size;
            what + 12.0 <= DETAILS && detail <= MEASURE - amount - 24.0 - DETAILS
        });
    fits.then_some(LEFT + DETAILS)
}

/// A line: what it is, the detail in grey beside or below it, the amount at the right.
fn row(sheet: &mut Sheet<'_>, body: Element, line: &DocumentLine, amount: f32, details: Option<f32>) -> Vec<Piece> {
    let row = sheet.add(Some(body), Role::Row);
    let header = sheet.add(Some(row), Role::RowHeader);
    let what = sheet.add(Some(header), Role::Paragraph);
    let (style, small) = row_styles(sheet);
    let measure = MEASURE - amount - 24.0;
    let mut pieces = sheet.lines(Mark::Element(what), &line.what, style, LEFT, measure);
    if let Some(detail) = &line.detail {
        let mark = Mark::Element(sheet.add(Some(header), Role::Paragraph));
        if let Some(x) = details {
            // On the same base line as the larger letters.
            let small = Style { leading: style.leading + 0.66 * (style.size - small.size), ..small };
            pieces = beside(pieces, sheet.lines(mark, detail, small, x, measure));
        } else {
            pieces.extend(sheet.lines(mark, detail, small, LEFT, measure));
        }
    }
    let cell = sheet.add(Some(row), Role::Cell);
    let figures = sheet.lines_to(Mark::Element(cell), &line.amount, style, LEFT + MEASURE, amount);
    beside(pieces, figures)
}

/// The section's total, at the right of its heading.
fn total(
    sheet: &mut Sheet<'_>,
    table: Element,
    total: &Labelled,
    (amount, label): (f32, f32),
    style: Style,
) -> Vec<Piece> {
    let foot = sheet.add(Some(table), Role::TableFoot);
    let row = sheet.add(Some(foot), Role::Row);
    let header = sheet.add(Some(row), Role::RowHeader);
    let cell = sheet.add(Some(row), Role::Cell);
    let right = LEFT + MEASURE;
    let left = sheet.lines_to(Mark::Element(header), &total.label, style, right - amount - 12.0, label);
    beside(left, sheet.lines_to(Mark::Element(cell), &total.value, style, right, amount))
}

/// How to pay: the ways at the left, what to do at the right.
fn pay(sheet: &mut Sheet<'_>, document: &Document) -> Vec<Vec<Piece>> {
    if document.pay.is_empty() {
        return vec![];
    }
    let part = sheet.add(None, Role::Section);
    let mut block = heading(sheet, part, &document.pay_title, MEASURE);
    block.push(Piece::rule(0.5, Ink::Faint, sheet.room(4.0, 2.5)));
    let mut blocks = vec![];
    for passage in &document.pay {
        block.extend(way(sheet, part, passage, 3));
        blocks.push(std::mem::take(&mut block));
    }
    blocks
}

/// A way to pay, under a heading of a level.
fn way(sheet: &mut Sheet<'_>, part: Element, passage: &Passage, level: u16) -> Vec<Piece> {
    let title = sheet.add(Some(part), Role::Heading(level, passage.title.clone()));
    let text = sheet.add(Some(part), Role::Paragraph);
    let leading = sheet.set(10.5, 9.6);
    let bold = sheet.style(Cut::Semibold, 8.5, leading, Ink::Black);
    let plain = sheet.style(Cut::Regular, 8.5, leading, Ink::Black);
    let column = sheet.scaled(WAYS);
    let left = sheet.lines(Mark::Element(title), &passage.title, bold, LEFT, column - 10.0);
    let right = sheet.lines(Mark::Element(text), &passage.text, plain, LEFT + column, MEASURE - column);
    let mut pieces = beside(left, right);
    pieces.push(Piece::gap(sheet.room(0.5, 0.0)));
    pieces
}

/// How to question the bill: as the ways to pay are, if there are any.
fn question(sheet: &mut Sheet<'_>, document: &Document) -> Vec<Piece> {
    let passage = &document.question;
    let part = sheet.add(None, Role::Section);
    if !document.pay.is_empty() {
        let mut block = vec![Piece::rule(0.5, Ink::Faint, sheet.room(3.5, 2.5))];
        block.extend(way(sheet, part, passage, 2));
        return block;
    }
    let mut block = heading(sheet, part, &passage.title, MEASURE);
    let text = sheet.add(Some(part), Role::Paragraph);
    let plain = sheet.style(Cut::Regular, 8.5, 11.0, Ink::Black);
    block.extend(sheet.lines(Mark::Element(text), &passage.text, plain, LEFT, MEASURE));
    block
}
