//! Letter paper: pages that fill from above, blocks that stay together, what stands on every page. Lengths are points
//! from the top left corner.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use super::fonts::{Cut, Fonts};
use super::text::{Run, wrap};
use super::tree::{Element, Role, Tree};
use crate::document::{DocumentLink, Sender};
use jiff::civil::Date;
use kernel::Language;
use web::Labelled;

pub(super) const WIDTH: f32 = 612.0;
pub(super) const HEIGHT: f32 = 792.0;
pub(super) const LEFT: f32 = 68.0;
pub(super) const MEASURE: f32 = 476.0;
/// Where the narrow column at the right begins, beyond the reach of an envelope's window.
pub(super) const ASIDE: f32 = 402.0;
pub(super) const ASIDE_MEASURE: f32 = LEFT + MEASURE - ASIDE;
pub(super) const TOP: f32 = 42.0;
pub(super) const BOTTOM: f32 = 760.0;
const FOOT: f32 = 773.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Grey,
    Accent,
    Faint,
}

/// What stands beside the text and is not read out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aside {
    Header,
    Footer,
    Decoration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Aside(Aside),
    Element(Element),
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Text with its base line's start.
    Text {
        run: Run,
        cut: Cut,
        size: f32,
        ink: Ink,
        x: f32,
        y: f32,
    },
    Rule {
        x: f32,
        y: f32,
        length: f32,
        weight: f32,
        ink: Ink,
        dashed: bool,
    },
    Frame {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        ink: Ink,
    },
}

/// What a part of an element's text is besides.
#[derive(Clone, Debug)]
pub(super) enum Inline {
    /// It leads there.
    Link(String),
    /// It is read otherwise than it stands on the line: from right to left.
    Directed,
}

#[derive(Clone, Debug)]
pub(super) struct Op {
    pub(super) mark: Mark,
    pub(super) shape: Shape,
    pub(super) inline: Option<Inline>,
}

impl Op {
    pub(super) fn decoration(shape: Shape) -> Self {
        Self { mark: Mark::Aside(Aside::Decoration), shape, inline: None }
    }
}

/// A strip of a page that is never cut; its shapes are placed from its own top.
#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    pub(super) ops: Vec<Op>,
    pub(super) height: f32,
    /// A heading that the reader can go to.
    pub(super) bookmark: Option<String>,
}

impl Piece {
    pub(super) fn gap(height: f32) -> Self {
        Self { height, ..Self::default() }
    }

    /// A line over the whole measure, at the middle of the height.
    pub(super) fn rule(weight: f32, ink: Ink, height: f32) -> Self {
        let shape = Shape::Rule { x: LEFT, y: height / 2.0, length: MEASURE, weight, ink, dashed: false };
        Self { ops: vec![Op::decoration(shape)], height, bookmark: None }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) cut: Cut,
    pub(super) size: f32,
    pub(super) leading: f32,
    pub(super) ink: Ink,
}

impl Style {
    /// Letters sit so that capitals are in the middle of the line.
    pub(super) fn base(&self) -> f32 {
        (self.leading + 0.66 * self.size) / 2.0
    }

    pub(super) fn inked(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }
}

pub(super) struct Bookmark {
    pub(super) title: String,
    pub(super) page: usize,
    pub(super) y: f32,
}

/// Everything that is to be drawn.
pub(super) struct Laid {
    pub(super) pages: Vec<Vec<Op>>,
    pub(super) tree: Tree,
    pub(super) bookmarks: Vec<Bookmark>,
}

/// What every document on letter paper has, whatever it is about.
#[derive(Clone, Copy)]
pub(super) struct Letterhead<'a> {
    pub(super) language: Language,
    pub(super) large_print: bool,
    pub(super) issued: Date,
    pub(super) title: &'a str,
    pub(super) sender: &'a Sender,
    pub(super) addressee: &'a [String],
    pub(super) identifier: &'a Labelled,
    /// Below the identifier, at the right.
    pub(super) facts: &'a [Labelled],
    /// Texts that lead somewhere wherever they stand.
    pub(super) links: &'a [DocumentLink],
    pub(super) page_label: &'a str,
}

/// How much room lines are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    Easy,
    /// Where it saves a sheet of paper.
    Snug,
}

pub(super) struct Sheet<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) letterhead: Letterhead<'a>,
    pub(super) setting: Setting,
    pub(super) tree: Tree,
    /// Where the page is filled to.
    pub(super) y: f32,
    /// The table that a new page goes on with.
    pub(super) running: Option<String>,
    /// Nothing stands on the page yet but its head.
    fresh: bool,
    scale: f32,
    pages: Vec<Vec<Op>>,
    bookmarks: Vec<Bookmark>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(fonts: &'a Fonts, letterhead: Letterhead<'a>) -> Self {
        let scale = if letterhead.large_print { 1.4 } else { 1.0 };
        Self {
            fonts,
            letterhead,
            setting: Setting::Easy,
            tree: Tree::default(),
            y: TOP,
            running: None,
            fresh: false,
            scale,
            pages: vec![vec![]],
            bookmarks: vec![],
        }
    }

    /// A length that grows in large print.
    pub(super) fn scaled(&self, length: f32) -> f32 {
        length * self.scale
    }

    /// A length as it is set, grown in large print.
    pub(super) fn room(&self, easy: f32, snug: f32) -> f32 {
        self.scaled(self.set(easy, snug))
    }

    pub(super) fn set(&self, easy: f32, snug: f32) -> f32 {
        match self.setting {
            Setting::Easy => easy,
            Setting::Snug => snug,
        }
    }

    pub(super) fn style(&self, cut: Cut, size: f32, leading: f32, ink: Ink) -> Style {
        Style { cut, size: self.scaled(size), leading: self.scaled(leading), ink }
    }

    pub(super) fn run(&self, text: &str, style: Style) -> Run {
        Run::new(self.fonts.face(style.cut), text)
    }

    pub(super) fn add(&mut self, parent: Option<Element>, role: Role) -> Element {
        self.tree.add(parent, role)
    }

    /// The text in lines of a measure, each a piece.
    pub(super) fn lines(&self, mark: Mark, text: &str, style: Style, x: f32, measure: f32) -> Vec<Piece> {
        wrap(self.fonts.face(style.cut), text, measure / style.size)
            .into_iter()
            .map(|run| Piece { ops: self.linked(mark, run, style, x), height: style.leading, bookmark: None })
            .collect()
    }

    /// A line's text, cut where a part of it leads somewhere.
    fn linked(&self, mark: Mark, run: Run, style: Style, x: f32) -> Vec<Op> {
        let links = if run.directed || !matches!(mark, Mark::Element(_)) { &[] } else { self.letterhead.links };
        let found = links.iter().filter_map(|link| Some((run.text.find(&link.text)?, link)));
        let Some((start, link)) = found.min_by_key(|(start, _)| *start) else {
            return vec![text_op(mark, run, style, x, style.base())];
        };
        let mut ops = vec![];
        let mut x = x;
        for (place, part) in run.split(start..start + link.text.len()).into_iter().enumerate() {
            if part.is_empty() {
                continue;
            }
            let width = part.width * style.size;
            if place == 2 {
                ops.extend(self.linked(mark, part, style, x));
            } else {
                let mut op = text_op(mark, part, style, x, style.base());
                op.inline = (place == 1).then(|| Inline::Link(link.href.clone()));
                ops.push(op);
            }
            x += width;
        }
        ops
    }

    /// A text as lines that end at the right edge.
    pub(super) fn lines_to(&self, mark: Mark, text: &str, style: Style, right: f32, measure: f32) -> Vec<Piece> {
        wrap(self.fonts.face(style.cut), text, measure / style.size)
            .into_iter()
            .map(|run| {
                let spaces = run.text.len() - run.text.trim_end().len();
                let hang = if spaces > 0 { self.fonts.face(style.cut).space().advance } else { 0.0 };
                let x = right - (run.width - hang) * style.size;
                Piece { ops: vec![text_op(mark, run, style, x, style.base())], height: style.leading, bookmark: None }
            })
            .collect()
    }

    /// Puts a block on the page: on the next one if it does not fit, cut between its pieces only if no page holds it.
    pub(super) fn place(&mut self, block: Vec<Piece>) {
        let height: f32 = block.iter().map(|piece| piece.height).sum();
        if !self.holds(height) && self.next_holds(height) {
            self.turn();
        }
        for piece in block {
            if !self.holds(piece.height) && self.next_holds(piece.height) {
                self.turn();
            }
            // Room above a heading is none at the top of a page.
            if !(self.fresh && piece.ops.is_empty()) {
                self.put(piece);
            }
        }
    }

    /// Whether something of this height fits on the page.
    pub(super) fn holds(&self, height: f32) -> bool {
        self.y + height <= BOTTOM
    }

    /// Whether something of this height fits on a page of its own.
    pub(super) fn next_holds(&self, height: f32) -> bool {
        height <= BOTTOM - self.next_top()
    }

    /// Puts a piece where the page is filled to, whether it fits or not.
    pub(super) fn put(&mut self, piece: Piece) {
        let at = self.y;
        if let Some(title) = piece.bookmark {
            self.bookmarks.push(Bookmark { title, page: self.pages.len() - 1, y: at });
        }
        if let Some(page) = self.pages.last_mut() {
            page.extend(piece.ops.into_iter().map(|op| moved(op, at)));
        }
        self.y = at + piece.height;
        self.fresh = false;
    }

    /// Puts pieces below each other from a height on and says where they end. The page's filling is not changed.
    pub(super) fn put_at(&mut self, y: f32, pieces: Vec<Piece>) -> f32 {
        let kept = std::mem::replace(&mut self.y, y);
        for piece in pieces {
            self.put(piece);
        }
        std::mem::replace(&mut self.y, kept)
    }

    /// Begins a page.
    pub(super) fn turn(&mut self) {
        self.pages.push(vec![]);
        self.y = self.head_end();
        if let Some(title) = self.running.clone() {
            let style = self.style(Cut::Semibold, 9.5, 14.0, Ink::Grey);
            let mut pieces = self.lines(Mark::Aside(Aside::Header), &title, style, LEFT, MEASURE);
            pieces.truncate(1);
            pieces.push(Piece::rule(0.5, Ink::Faint, self.scaled(6.0)));
            for piece in pieces {
                self.put(piece);
            }
        }
        self.fresh = true;
    }

    fn head_end(&self) -> f32 {
        TOP + self.scaled(44.0)
    }

    fn next_top(&self) -> f32 {
        self.head_end() + if self.running.is_some() { self.scaled(20.0) } else { 0.0 }
    }

    /// Draws what stands on every page and hands the pages over.
    pub(super) fn finish(mut self) -> Laid {
        let count = self.pages.len();
        for number in 0..count {
            let mut ops = self.foot(number + 1, count);
            if number > 0 {
                ops.extend(self.head());
            }
            if let Some(page) = self.pages.get_mut(number) {
                page.extend(ops);
            }
        }
        Laid { pages: self.pages, tree: self.tree, bookmarks: self.bookmarks }
    }

    fn foot(&self, page: usize, pages: usize) -> Vec<Op> {
        let label =
            self.letterhead.page_label.replace("{page}", &page.to_string()).replace("{pages}", &pages.to_string());
        let style = self.style(Cut::Regular, 8.0, 10.0, Ink::Grey);
        let run = self.run(&label, style);
        let x = LEFT + MEASURE - run.width * style.size;
        vec![text_op(Mark::Aside(Aside::Footer), run, style, x, FOOT)]
    }

    /// The head of the pages after the first: whose bill of when, and the identifier (ACC-2).
    fn head(&self) -> Vec<Op> {
        let mark = Mark::Aside(Aside::Header);
        let name = self.style(Cut::Semibold, 10.0, 14.0, Ink::Accent);
        let title = self.style(Cut::Regular, 9.0, 13.0, Ink::Grey);
        let mut left = self.lines(mark, &self.letterhead.sender.name, name, LEFT, ASIDE - LEFT - 20.0);
        left.truncate(1);
        left.extend(self.lines(mark, self.letterhead.title, title, LEFT, ASIDE - LEFT - 20.0).into_iter().take(1));
        stacked(left, TOP).into_iter().chain(stacked(self.identifier(mark, mark), TOP)).collect()
    }

    /// The identifier of the customer, at the top right of every page.
    pub(super) fn identifier(&self, label: Mark, value: Mark) -> Vec<Piece> {
        let quiet = self.style(Cut::Regular, 8.0, 11.0, Ink::Grey);
        let loud = self.style(Cut::Semibold, 11.5, 15.0, Ink::Black);
        let mut pieces = self.lines(label, &self.letterhead.identifier.label, quiet, ASIDE, ASIDE_MEASURE);
        pieces.extend(self.lines(value, &self.letterhead.identifier.value, loud, ASIDE, ASIDE_MEASURE));
        pieces
    }
}

pub(super) fn text_op(mark: Mark, run: Run, style: Style, x: f32, y: f32) -> Op {
    let inline = run.directed.then_some(Inline::Directed);
    Op { mark, shape: Shape::Text { run, cut: style.cut, size: style.size, ink: style.ink, x, y }, inline }
}

fn moved(op: Op, by: f32) -> Op {
    let shape = match op.shape {
        Shape::Text { run, cut, size, ink, x, y } => Shape::Text { run, cut, size, ink, x, y: y + by },
        Shape::Rule { x, y, length, weight, ink, dashed } => Shape::Rule { x, y: y + by, length, weight, ink, dashed },
        Shape::Frame { x, y, width, height, ink } => Shape::Frame { x, y: y + by, width, height, ink },
    };
    Op { shape, ..op }
}

/// Pieces below each other as shapes from a top of their own.
pub(super) fn at_top(pieces: Vec<Piece>) -> Vec<Op> {
    stacked(pieces, 0.0)
}

/// Pieces below each other as shapes of the page.
fn stacked(pieces: Vec<Piece>, top: f32) -> Vec<Op> {
    let mut y = top;
    let mut ops = vec![];
    for piece in pieces {
        ops.extend(piece.ops.into_iter().map(|op| moved(op, y)));
        y += piece.height;
    }
    ops
}

pub(super) fn height_of(pieces: &[Piece]) -> f32 {
    pieces.iter().map(|piece| piece.height).sum()
}

/// Two columns whose lines stand beside each other.
pub(super) fn beside(left: Vec<Piece>, right: Vec<Piece>) -> Vec<Piece> {
    let mut right = right.into_iter();
    let mut rows: Vec<Piece> = left
        .into_iter()
        .map(|mut piece| {
            if let Some(other) = right.next() {
                piece.height = piece.height.max(other.height);
                piece.ops.extend(other.ops);
            }
            piece
        })
        .collect();
    rows.extend(right);
    rows
}
