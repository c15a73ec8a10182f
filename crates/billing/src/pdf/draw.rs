//! From laid out pages to the bytes of the PDF.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use jiff::civil::Date;
use kernel::Language;
use krilla::SerializeSettings;
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

use super::PdfError;
use super::fonts::Fonts;
use super::sheet::{Aside, HEIGHT, Ink, Laid, Letterhead, Mark, Op, Shape, WIDTH};
use super::tree::Tree;

/// # Errors
/// [`PdfError::Geometry`] and [`PdfError::Refused`].
pub(super) fn draw(
    fonts: &Fonts,
    settings: SerializeSettings,
    letterhead: Letterhead<'_>,
    laid: Laid,
) -> Result<Vec<u8>, PdfError> {
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
        draw_page(&mut surface, fonts, ops, &mut tree);
        surface.finish();
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
    pdf.finish().map_err(|error| PdfError::Refused(refusal(&error)))
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

/// What is drawn one after the other for the same element goes under one mark.
fn draw_page(surface: &mut Surface<'_>, fonts: &Fonts, ops: &[Op], tree: &mut Tree) {
    for run in ops.chunk_by(|one, other| one.mark == other.mark) {
        let Some(mark) = run.first().map(|op| op.mark) else { continue };
        match mark {
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
                tree.drawn(element, identifier);
            }
        }
        for op in run {
            draw_shape(surface, fonts, &op.shape);
        }
        surface.end_tagged();
    }
}

fn draw_shape(surface: &mut Surface<'_>, fonts: &Fonts, shape: &Shape) {
    match shape {
        Shape::Text { run, cut, size, ink, x, y } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            let font = fonts.face(*cut).font.clone();
            surface.draw_glyphs(Point::from_xy(*x, *y), &run.glyphs, font, &run.text, *size, false);
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
