//! The remittance slip, at the foot of the last page below the line to cut along. It is never split.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use super::fonts::Cut;
use super::parts::{fitted, item, several};
use super::sheet::{BOTTOM, Ink, LEFT, MEASURE, Mark, Op, Piece, Shape, Sheet, Style, WIDTH, beside, height_of};
use super::tree::{Element, Role};
use crate::RemittanceSlip;

/// Where the facts begin.
const FACTS: f32 = 300.0;
const FACTS_MEASURE: f32 = LEFT + MEASURE - FACTS;

/// The slip's parts, not placed yet.
pub(super) struct Slip {
    left: Vec<Piece>,
    right: Vec<Piece>,
    /// Room below the line to cut along.
    above: f32,
}

impl Slip {
    pub(super) fn new(sheet: &mut Sheet<'_>, slip: &RemittanceSlip) -> Self {
        let part = sheet.add(None, Role::Section);
        let title = sheet.add(Some(part), Role::Heading(2, slip.title.clone()));
        let instruction = sheet.add(Some(part), Role::Paragraph);
        let measure = FACTS - LEFT - 24.0;
        let bold = sheet.style(Cut::Semibold, 10.5, 13.0, Ink::Black);
        let small = sheet.style(Cut::Regular, 8.0, 10.0, Ink::Grey);
        let mut left = sheet.lines(Mark::Element(title), &slip.title, bold, LEFT, measure);
        if let Some(first) = left.first_mut() {
            first.bookmark = Some(slip.title.clone());
        }
        left.extend(sheet.lines(Mark::Element(instruction), &slip.instruction, small, LEFT, measure));
        let mut right = facts(sheet, part, slip);
        left.push(Piece::gap(sheet.scaled(5.0)));
        let address = sheet.add(Some(part), Role::Paragraph);
        let plain = sheet.style(Cut::Regular, 9.0, 11.0, Ink::Black);
        left.extend(several(sheet, address, &slip.address, plain, measure));
        let code = sheet.add(Some(part), Role::Paragraph);
        // Read by a machine: the same in large print.
        let digits = Style { cut: Cut::Code, size: 11.0, leading: 14.0, ink: Ink::Black };
        right.push(Piece::gap(3.0));
        right.push(fitted(sheet, Mark::Element(code), &slip.code_line, digits, FACTS_MEASURE));
        Self { left, right, above: sheet.set(7.0, 5.5) }
    }

    fn inner(&self) -> f32 {
        self.above + height_of(&self.left).max(height_of(&self.right))
    }

    /// With the room above the line to cut along.
    pub(super) fn height(&self) -> f32 {
        3.0 + self.inner()
    }

    /// Puts the slip at the foot of the page, or of the next one.
    pub(super) fn place(self, sheet: &mut Sheet<'_>) {
        if !sheet.holds(self.height()) {
            sheet.turn();
        }
        let top = BOTTOM - self.inner();
        sheet.put_at(top, vec![cut_line()]);
        sheet.put_at(top + self.above, self.left);
        sheet.put_at(BOTTOM - height_of(&self.right), self.right);
    }
}

/// Over the whole width of the paper, between what no printer reaches.
fn cut_line() -> Piece {
    let shape = Shape::Rule { x: 24.0, y: 0.0, length: WIDTH - 48.0, weight: 0.75, ink: Ink::Grey, dashed: true };
    Piece { ops: vec![Op::decoration(shape)], height: 0.0, bookmark: None }
}

/// Account, bill, amount and day, and the frame in which the amount enclosed is written.
fn facts(sheet: &mut Sheet<'_>, part: Element, slip: &RemittanceSlip) -> Vec<Piece> {
    let quiet = sheet.style(Cut::Regular, 8.5, 11.0, Ink::Grey);
    let loud = sheet.style(Cut::Semibold, 9.0, 11.0, Ink::Black);
    let right = LEFT + MEASURE;
    let list = sheet.add(Some(part), Role::List);
    let mut pieces = vec![];
    for fact in &slip.facts {
        let (label, value) = item(sheet, list);
        let name = sheet.run(&fact.label, quiet).width * quiet.size;
        let amount = sheet.run(&fact.value, loud).width * loud.size;
        let names = sheet.lines(Mark::Element(label), &fact.label, quiet, FACTS, FACTS_MEASURE);
        let values = sheet.lines_to(Mark::Element(value), &fact.value, loud, right, FACTS_MEASURE);
        if name + amount + 10.0 <= FACTS_MEASURE {
            pieces.extend(beside(names, values));
        } else {
            pieces.extend(names);
            pieces.extend(values);
        }
    }
    pieces.push(Piece::gap(sheet.scaled(3.0)));
    let enclosed = sheet.add(Some(part), Role::Paragraph);
    let height = sheet.scaled(17.0);
    let width = FACTS_MEASURE * 0.5;
    let style = Style { leading: height, ..quiet.inked(Ink::Black) };
    let mut row = sheet.lines(Mark::Element(enclosed), &slip.enclosed, style, FACTS, FACTS_MEASURE - width - 8.0);
    if let Some(first) = row.first_mut() {
        let shape = Shape::Frame { x: right - width, y: 0.0, width, height, ink: Ink::Black };
        first.ops.push(Op::decoration(shape));
    }
    pieces.extend(row);
    pieces
}
