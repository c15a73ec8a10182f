//! What a bill's parts are to somebody who listens to it: headings, paragraphs, lists, tables.

use std::num::NonZeroU16;

use krilla::tagging::{Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree};

/// The role of an element.
#[derive(Clone, Debug)]
pub(super) enum Role {
    /// A part of the bill.
    Section,
    /// A heading of a level, with its text.
    Heading(u16, String),
    Paragraph,
    List,
    Item,
    Label,
    Body,
    /// A table with a summary of what it holds.
    Table(String),
    TableBody,
    TableFoot,
    Row,
    /// The first cell of a row, which names what the row is about.
    RowHeader,
    Cell,
    /// Text that leads somewhere.
    Link,
    /// Text as it is read, where it stands otherwise on the line.
    Spoken(String),
}

impl Role {
    fn tag(self) -> TagKind {
        match self {
            Self::Section => Tag::Section.into(),
            Self::Heading(level, title) => {
                Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), Some(title)).into()
            }
            Self::Paragraph => Tag::P.into(),
            Self::List => Tag::L(ListNumbering::None).into(),
            Self::Item => Tag::LI.into(),
            Self::Label => Tag::Lbl.into(),
            Self::Body => Tag::LBody.into(),
            Self::Table(summary) => Tag::Table.with_summary(Some(summary)).into(),
            Self::TableBody => Tag::TBody.into(),
            Self::TableFoot => Tag::TFoot.into(),
            Self::Row => Tag::TR.into(),
            Self::RowHeader => Tag::TH(TableHeaderScope::Row).into(),
            Self::Cell => Tag::TD.into(),
            Self::Link => Tag::Link.into(),
            Self::Spoken(text) => Tag::Span.with_actual_text(Some(text)).into(),
        }
    }
}

/// The number of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element(usize);

struct Entry {
    role: Role,
    children: Vec<Child>,
}

enum Child {
    Element(usize),
    Drawn(Identifier),
}

/// All elements, in the order in which they are read.
#[derive(Default)]
pub(super) struct Tree {
    entries: Vec<Entry>,
    roots: Vec<usize>,
}

impl Tree {
    /// A new element, the last of its parent.
    pub(super) fn add(&mut self, parent: Option<Element>, role: Role) -> Element {
        let number = self.entries.len();
        self.entries.push(Entry { role, children: vec![] });
        match parent.and_then(|Element(parent)| self.entries.get_mut(parent)) {
            Some(parent) => parent.children.push(Child::Element(number)),
            None => self.roots.push(number),
        }
        Element(number)
    }

    /// Something of the element was drawn.
    pub(super) fn drawn(&mut self, Element(element): Element, identifier: Identifier) {
        if let Some(entry) = self.entries.get_mut(element) {
            entry.children.push(Child::Drawn(identifier));
        }
    }

    /// The tree as the PDF keeps it.
    pub(super) fn finish(self, language: &str) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
        // Children have higher numbers than their parents, so that a walk from the end meets them first.
        let mut groups: Vec<Option<TagGroup>> = vec![];
        groups.resize_with(self.entries.len(), || None);
        for (number, entry) in self.entries.into_iter().enumerate().rev() {
            let children = entry.children.into_iter().filter_map(|child| match child {
                Child::Element(child) => groups.get_mut(child).and_then(Option::take).map(Node::Group),
                Child::Drawn(identifier) => Some(Node::Leaf(identifier)),
            });
            let group = TagGroup::with_children(entry.role.tag(), children.collect());
            if let Some(place) = groups.get_mut(number) {
                *place = Some(group);
            }
        }
        for root in self.roots {
            if let Some(group) = groups.get_mut(root).and_then(Option::take) {
                tree.push(group);
            }
        }
        tree
    }
}
