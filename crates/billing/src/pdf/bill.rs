//! The composition of a bill: what stands where, in the order of the document.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use super::fonts::{Cut, Fonts};
use super::parts::{heading, item, opening, pair, sentence, width_of_pair};
use super::sheet::{Ink, LEFT, Laid, Letterhead, MEASURE, Mark, Piece, Sheet, Style, beside, height_of};
use super::slip::Slip;
use super::tree::{Element, Role};
use crate::{Document, DocumentLine, DocumentSection, Labelled, Passage};

/// Where the details of a table stand, from its left edge, if all of them are short.
const DETAILS: f32 = 172.0;
/// A section no higher than this is not cut.
const WHOLE: f32 = 150.0;

/// Lays the whole document out.
pub(super) fn compose(fonts: &Fonts, document: &Document) -> Laid {
    let mut sheet = Sheet::new(fonts, letterhead(document));
    head(&mut sheet, document);
    // The numbers under which taxes are collected stand where the taxes do.
    let last = document.sections.len().saturating_sub(1);
    let taxes = document.sections.iter().position(|section| section.id == "taxes").unwrap_or(last);
    for (number, section) in document.sections.iter().enumerate() {
        let registrations = if number == taxes { document.sender.registrations.as_slice() } else { &[] };
        compose_section(&mut sheet, section, registrations);
    }
    let pay = pay(&mut sheet, document);
    let question = question(&mut sheet, &document.question);
    let slip = Slip::new(&mut sheet, &document.slip);
    // A slip alone on the last page would be a poor page: how to pay goes with it.
    let rest = pay.iter().map(|block| height_of(block)).sum::<f32>() + height_of(&question) + slip.height();
    if !sheet.holds(rest) && sheet.next_holds(rest) {
        sheet.turn();
    }
    for block in pay {
        sheet.place(block);
    }
    sheet.place(question);
    slip.place(&mut sheet);
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
        page_label: &document.page_label,
    }
}

/// The first page down to the sentence on what differs.
fn head(sheet: &mut Sheet<'_>, document: &Document) {
    let mut block = opening(sheet);
    block.extend(totals(sheet, document));
    sheet.place(block);
    if let Some(difference) = &document.difference {
        let block = sentence(sheet, difference);
        sheet.place(block);
    }
}

/// The tax registration numbers, in two columns if they fit.
fn registrations(sheet: &mut Sheet<'_>, part: Element, labels: &[Labelled]) -> Vec<Piece> {
    let mut pieces = vec![];
    if labels.is_empty() {
        return pieces;
    }
    let style = sheet.style(Cut::Regular, 8.0, 11.0, Ink::Grey);
    let half = MEASURE / 2.0;
    let fits = |labelled: &Labelled| {
        let (label, value) = width_of_pair(sheet, labelled, style);
        label + value <= half - 14.0
    };
    let columns = if labels.iter().all(fits) { 2 } else { 1 };
    let list = sheet.add(Some(part), Role::List);
    pieces.push(Piece::gap(sheet.scaled(3.0)));
    for row in labels.chunks(columns) {
        let mut line = vec![];
        for (labelled, x) in row.iter().zip([LEFT, LEFT + half]) {
            let measure = if columns == 2 { half - 14.0 } else { MEASURE };
            line = beside(line, pair(sheet, list, labelled, style, (x, measure)));
        }
        pieces.extend(line);
    }
    pieces
}

/// The total due and the day: the largest things on the page, beside each other if they fit.
fn totals(sheet: &mut Sheet<'_>, document: &Document) -> Vec<Piece> {
    let list = sheet.add(None, Role::List);
    let total = item(sheet, list);
    let due = item(sheet, list);
    let quiet = sheet.style(Cut::Semibold, 10.0, 14.0, Ink::Grey);
    let loud = sheet.style(Cut::Semibold, 30.0, 36.0, Ink::Black);
    let part = |(label, value): (Element, Element), labelled: &Labelled, x: f32, measure: f32| {
        let mut pieces = sheet.lines(Mark::Element(label), &labelled.label, quiet, x, measure);
        pieces.extend(sheet.lines(Mark::Element(value), &labelled.value, loud, x, measure));
        pieces
    };
    let width = |labelled: &Labelled| {
        let label = sheet.run(&labelled.label, quiet).width * quiet.size;
        label.max(sheet.run(&labelled.value, loud).width * loud.size)
    };
    let second = (width(&document.total_due) + 40.0).max(190.0);
    if second + width(&document.due) <= MEASURE {
        let left = part(total, &document.total_due, LEFT, second);
        return beside(left, part(due, &document.due, LEFT + second, MEASURE - second + 1.0));
    }
    let mut pieces = part(total, &document.total_due, LEFT, MEASURE);
    pieces.push(Piece::gap(sheet.scaled(6.0)));
    pieces.extend(part(due, &document.due, LEFT, MEASURE));
    pieces
}

pub(super) fn compose_section(sheet: &mut Sheet<'_>, section: &DocumentSection, numbers: &[Labelled]) {
    let part = sheet.add(None, Role::Section);
    let mut opening = heading(sheet, part, &section.title, 14.0);
    let explanation = sheet.add(Some(part), Role::Paragraph);
    let style = sheet.style(Cut::Regular, 8.5, 11.5, Ink::Grey);
    opening.extend(sheet.lines(Mark::Element(explanation), &section.explanation, style, LEFT, MEASURE));
    opening.push(Piece::rule(0.75, Ink::Black, sheet.scaled(7.0)));
    let table = sheet.add(Some(part), Role::Table(section.title.clone()));
    let amounts = section.lines.iter().map(|line| &line.amount).chain([&section.total.value]);
    let loud = sheet.style(Cut::Semibold, 10.5, 15.0, Ink::Black);
    let widest = amounts.map(|amount| sheet.run(amount, loud).width * loud.size).fold(0.0, f32::max);
    let amount = widest.min(MEASURE * 0.4) + 1.0;
    let details = details_beside(sheet, &section.lines, amount);
    let mut rows: Vec<Vec<Piece>> = vec![];
    if !section.lines.is_empty() {
        let body = sheet.add(Some(table), Role::TableBody);
        for (number, line) in section.lines.iter().enumerate() {
            let mut row = row(sheet, body, line, amount, details);
            if number + 1 < section.lines.len() {
                row.push(Piece::rule(0.5, Ink::Faint, sheet.scaled(5.0)));
            }
            rows.push(row);
        }
    }
    let mut foot = total(sheet, table, &section.total, amount, !section.lines.is_empty());
    foot.extend(registrations(sheet, part, numbers));
    place_rows(sheet, &section.title, opening, rows, foot);
}

/// The heading stays with the first row, the total with the last one; a low section is not cut at all.
fn place_rows(sheet: &mut Sheet<'_>, title: &str, opening: Vec<Piece>, rows: Vec<Vec<Piece>>, foot: Vec<Piece>) {
    let height = height_of(&opening) + rows.iter().map(|row| height_of(row)).sum::<f32>() + height_of(&foot);
    let whole = height <= sheet.scaled(WHOLE);
    let count = rows.len();
    let mut block = opening;
    for (number, row) in rows.into_iter().enumerate() {
        block.extend(row);
        if !whole && number + 1 < count {
            sheet.place(std::mem::take(&mut block));
            sheet.running = Some(title.to_owned());
        }
    }
    block.extend(foot);
    sheet.place(block);
    sheet.running = None;
}

/// The letters of what a line is, and those of its detail.
fn row_styles(sheet: &Sheet<'_>) -> (Style, Style) {
    (sheet.style(Cut::Regular, 10.0, 14.0, Ink::Black), sheet.style(Cut::Regular, 8.5, 11.5, Ink::Grey))
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

/// The section's total, below a line.
fn total(sheet: &mut Sheet<'_>, table: Element, total: &Labelled, amount: f32, ruled: bool) -> Vec<Piece> {
    let foot = sheet.add(Some(table), Role::TableFoot);
    let row = sheet.add(Some(foot), Role::Row);
    let header = sheet.add(Some(row), Role::RowHeader);
    let cell = sheet.add(Some(row), Role::Cell);
    let style = sheet.style(Cut::Semibold, 10.5, 15.0, Ink::Black);
    let mut pieces = vec![];
    if ruled {
        pieces.push(Piece::rule(0.75, Ink::Black, sheet.scaled(6.0)));
    }
    let left = sheet.lines(Mark::Element(header), &total.label, style, LEFT, MEASURE - amount - 24.0);
    let right = sheet.lines_to(Mark::Element(cell), &total.value, style, LEFT + MEASURE, amount);
    pieces.extend(beside(left, right));
    pieces
}

/// How to pay: the ways at the left, what to do at the right.
fn pay(sheet: &mut Sheet<'_>, document: &Document) -> Vec<Vec<Piece>> {
    let part = sheet.add(None, Role::Section);
    let mut block = heading(sheet, part, &document.pay_title, 20.0);
    block.push(Piece::rule(0.75, Ink::Black, sheet.scaled(8.0)));
    let mut blocks = vec![];
    for passage in &document.pay {
        block.extend(way(sheet, part, passage));
        blocks.push(std::mem::take(&mut block));
    }
    blocks.push(block);
    blocks
}

fn way(sheet: &mut Sheet<'_>, part: Element, passage: &Passage) -> Vec<Piece> {
    let title = sheet.add(Some(part), Role::Heading(3, passage.title.clone()));
    let text = sheet.add(Some(part), Role::Paragraph);
    let bold = sheet.style(Cut::Semibold, 9.5, 13.0, Ink::Black);
    let plain = sheet.style(Cut::Regular, 9.5, 13.0, Ink::Black);
    let column = MEASURE * 0.27;
    let left = sheet.lines(Mark::Element(title), &passage.title, bold, LEFT, column - 14.0);
    let right = sheet.lines(Mark::Element(text), &passage.text, plain, LEFT + column, MEASURE - column);
    let mut pieces = beside(left, right);
    pieces.push(Piece::gap(sheet.scaled(4.0)));
    pieces
}

/// How to question the bill.
fn question(sheet: &mut Sheet<'_>, passage: &Passage) -> Vec<Piece> {
    let part = sheet.add(None, Role::Section);
    let mut block = heading(sheet, part, &passage.title, 18.0);
    block.push(Piece::rule(0.75, Ink::Black, sheet.scaled(8.0)));
    let text = sheet.add(Some(part), Role::Paragraph);
    let plain = sheet.style(Cut::Regular, 9.5, 13.0, Ink::Black);
    block.extend(sheet.lines(Mark::Element(text), &passage.text, plain, LEFT, MEASURE));
    block
}
