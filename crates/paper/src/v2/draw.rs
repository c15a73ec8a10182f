//! From laid out pages to the bytes of the PDF.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use jiff::civil::Date;
use kernel::Language;
use krilla::SerializeSettings;
use krilla::action::LinkAction;
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag};

use super::fallback::SHIPPED;
use super::fonts::Fonts;
use super::sheet::{Aside, HEIGHT, Ink, Inline, Laid, Letterhead, Mark, Op, Shape, WIDTH};
use super::tree::{Element, Role, Tree};
use crate::{Drawn, FontUsed, PdfError};

/// A place on a page that leads somewhere, and what it is part of.
struct Leading {
    element: Element,
    area: Rect,
    href: String,
}

/// # Errors
/// [`PdfError::Geometry`] and [`PdfError::Refused`].
pub(super) fn draw(
    fonts: &Fonts,
    settings: SerializeSettings,
    letterhead: Letterhead<'_>,
    laid: Laid,
) -> Result<Drawn, PdfError> {
    let language = match letterhead.language {
        Language::Fr => "fr-CA",
        Language::En => "en-CA",
    };
    let mut pdf = krilla::Document::new_with(settings);
    let mut tree = laid.tree;
    for ops in &laid.pages {
        let paper = PageSettings::from_wh(WIDTH, HEIGHT).ok_or(PdfError::Geometry)?;
        let mut page = pdf.start_page_with(paper);
        let mut surface = page.surface();
        let leading = draw_page(&mut surface, fonts, ops, &mut tree);
        surface.finish();
        for Leading { element, area, href } in leading {
            let target = Target::Action(LinkAction::new(href.clone()).into());
            let said = href.strip_prefix("mailto:").unwrap_or(&href).to_owned();
            let link = Annotation::new_link(LinkAnnotation::new(area, target), Some(said));
            tree.drawn(element, page.add_tagged_annotation(link));
        }
        page.finish();
    }
    let mut outline = Outline::new();
    for bookmark in laid.bookmarks {
        let place = XyzDestination::new(bookmark.page, Point::from_xy(0.0, bookmark.y));
        outline.push_child(OutlineNode::new(bookmark.title, place));
    }
    pdf.set_outline(outline);
    pdf.set_metadata(
        Metadata::new()
            .title(format!("{} — {}", letterhead.title, letterhead.sender.name))
            .authors(vec![letterhead.sender.name.clone()])
            .creator("Guichet".to_owned())
            .creation_date(midnight(letterhead.issued))
            .language(language.to_owned()),
    );
    pdf.set_tag_tree(tree.finish(language));
    let bytes = pdf.finish().map_err(|error| PdfError::Refused(refusal(&error)))?;
    Ok(Drawn { bytes, fonts: used(&laid.pages) })
}

/// The fall-back faces that something was set in.
fn used(pages: &[Vec<Op>]) -> Vec<FontUsed> {
    let mut places = [false; SHIPPED.len()];
    for op in pages.iter().flatten() {
        if let Shape::Text { run, .. } = &op.shape {
            for place in run.glyphs.iter().filter_map(|glyph| glyph.fallback) {
                if let Some(is_used) = places.get_mut(usize::from(place)) {
                    *is_used = true;
                }
            }
        }
    }
    let of = |(shipped, is_used): (&super::fallback::Shipped, bool)| {
        is_used.then(|| FontUsed { name: shipped.name.to_owned(), hash: shipped.hash.to_owned() })
    };
    SHIPPED.iter().zip(places).filter_map(of).collect()
}

/// The start of the day of issue: the same whenever the bytes are made.
fn midnight(day: Date) -> DateTime {
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    DateTime::new(u16::try_from(day.year()).unwrap_or(0))
        .month(part(day.month()))
        .day(part(day.day()))
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

/// The names of the faults without the text they were found in, which is a customer's.
fn refusal(error: &KrillaError) -> String {
    let name = |text: String| text.split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
    match error {
        KrillaError::Validation(faults) => {
            let mut names: Vec<String> = faults.iter().map(|(fault, _)| name(format!("{fault:?}"))).collect();
            names.sort();
            names.dedup();
            names.join(", ")
        }
        other => name(format!("{other:?}")),
    }
}

/// What is drawn one after the other for the same element goes under one mark; what is something besides, under its own.
fn draw_page(surface: &mut Surface<'_>, fonts: &Fonts, ops: &[Op], tree: &mut Tree) -> Vec<Leading> {
    let mut leading = vec![];
    let goes_on = |one: &Op, other: &Op| one.mark == other.mark && one.inline.is_none() && other.inline.is_none();
    for run in ops.chunk_by(goes_on) {
        let Some(first) = run.first() else { continue };
        match first.mark {
            Mark::Aside(aside) => {
                let kind = match aside {
                    Aside::Header => ArtifactType::Header,
                    Aside::Footer => ArtifactType::Footer,
                    Aside::Decoration => ArtifactType::Layout,
                };
                surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
            }
            Mark::Element(element) => {
                let identifier = surface.start_tagged(ContentTag::Other);
                let element = part_of(tree, element, first);
                tree.drawn(element, identifier);
                if let (Some(Inline::Link(href)), Some(area)) = (&first.inline, area_of(first)) {
                    leading.push(Leading { element, area, href: href.clone() });
                }
            }
        }
        for op in run {
            draw_shape(surface, fonts, &op.shape);
        }
        surface.end_tagged();
    }
    leading
}

/// The element itself, or one within it for what is something besides.
fn part_of(tree: &mut Tree, element: Element, op: &Op) -> Element {
    match (&op.inline, &op.shape) {
        (Some(Inline::Link(_)), _) => tree.add(Some(element), Role::Link),
        (Some(Inline::Directed), Shape::Text { run, .. }) => {
            let said = run.text.replace(['\u{2068}', '\u{2069}'], "");
            tree.add(Some(element), Role::Spoken(said))
        }
        _ => element,
    }
}

fn area_of(op: &Op) -> Option<Rect> {
    match &op.shape {
        Shape::Text { run, size, x, y, .. } => Rect::from_xywh(*x, *y - 0.85 * size, run.width * size, 1.1 * size),
        Shape::Rule { .. } | Shape::Frame { .. } => None,
    }
}

fn draw_shape(surface: &mut Surface<'_>, fonts: &Fonts, shape: &Shape) {
    match shape {
        Shape::Text { run, cut, size, ink, x, y } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            let mut pen = *x;
            for part in run.glyphs.chunk_by(|one, other| one.fallback == other.fallback) {
                let font = fonts.face(*cut).font_of(part.first().and_then(|glyph| glyph.fallback)).clone();
                surface.draw_glyphs(Point::from_xy(pen, *y), part, font, &run.text, *size, false);
                pen += part.iter().map(|glyph| glyph.advance).sum::<f32>() * size;
            }
        }
        Shape::Rule { x, y, length, weight, ink, dashed } => {
            let mut path = PathBuilder::new();
            path.move_to(*x, *y);
            path.line_to(*x + *length, *y);
            let dash = dashed.then(|| StrokeDash { array: vec![3.0, 3.0], offset: 0.0 });
            draw_stroke(surface, path.finish(), Stroke { width: *weight, dash, ..stroke(*ink) });
        }
        Shape::Frame { x, y, width, height, ink } => {
            let mut path = PathBuilder::new();
            if let Some(area) = Rect::from_xywh(*x, *y, *width, *height) {
                path.push_rect(area);
            }
            draw_stroke(surface, path.finish(), Stroke { width: 0.75, ..stroke(*ink) });
        }
    }
}

fn draw_stroke(surface: &mut Surface<'_>, path: Option<Path>, stroke: Stroke) {
    if let Some(path) = path {
        surface.set_fill(None);
        surface.set_stroke(Some(stroke));
        surface.draw_path(&path);
    }
}

fn colour(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Black => rgb::Color::new(0x12, 0x18, 0x1b),
        // 6.6 : 1 on white.
        Ink::Grey => rgb::Color::new(0x52, 0x5c, 0x61),
        // 7.6 : 1 on white.
        Ink::Accent => rgb::Color::new(0x0b, 0x5c, 0x6b),
        // For hairlines only.
        Ink::Faint => rgb::Color::new(0xc3, 0xcc, 0xcf),
    }
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: colour(ink).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn stroke(ink: Ink) -> Stroke {
    Stroke { paint: colour(ink).into(), ..Stroke::default() }
}
