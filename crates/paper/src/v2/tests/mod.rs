mod samples;

use super::bill;
use super::sheet::{BOTTOM, Mark, Shape};
use crate::Document;
use crate::Renderer;
use samples::*;

/// What the pages show, page by page.
fn shown(renderer: &Renderer, document: &Document) -> Vec<String> {
    let laid = bill::compose(&renderer.v2.fonts, document);
    laid.pages
        .iter()
        .map(|ops| {
            let texts = ops.iter().filter_map(|op| match &op.shape {
                Shape::Text { run, .. } => Some(run.text.trim_end()),
                Shape::Rule { .. } | Shape::Frame { .. } => None,
            });
            texts.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// The letter size in which a text begins, the largest if there are several.
fn size_of(renderer: &Renderer, document: &Document, start: &str) -> f32 {
    let laid = bill::compose(&renderer.v2.fonts, document);
    let sizes = laid.pages.iter().flatten().filter_map(|op| match &op.shape {
        Shape::Text { run, size, .. } if run.text.starts_with(start) => Some(*size),
        _ => None,
    });
    sizes.fold(0.0, f32::max)
}

fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{2011}'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn bil_4_every_bill_is_accepted_as_pdf_a_and_pdf_ua_and_is_the_same_each_time() {
    let (renderer, other) = (Renderer::new().unwrap(), Renderer::new().unwrap());
    let long_large = Document { large_print: true, ..long(20) };
    for document in [french(), typical_english(), long(60), large(), empty(), long_large] {
        let bytes = renderer.render(&document).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        assert!(bytes == renderer.render(&document).unwrap(), "a second rendering differs");
        assert!(bytes == other.render(&document).unwrap(), "another renderer's bytes differ");
    }
}

#[test]
fn bil_1_a_bill_shows_every_text_of_its_document() {
    let renderer = Renderer::new().unwrap();
    for document in [french(), english(), large()] {
        let all = plain(&shown(&renderer, &document).join(" "));
        for text in texts(&document) {
            for word in plain(&text).split(' ').filter(|word| !word.contains(['-', '{'])) {
                assert!(all.contains(word.trim_end_matches('.')), "{word:?} is missing");
            }
        }
        assert!(all.contains("1 124,85 $"));
    }
}

/// Every text of the document, as the fields have it.
fn texts(document: &Document) -> Vec<String> {
    fn gather(value: &serde_json::Value, into: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => into.push(text.clone()),
            serde_json::Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
            serde_json::Value::Object(values) => values
                .iter()
                .filter(|(name, _)| {
                    !matches!(name.as_str(), "language" | "page_label" | "issued" | "href") && (*name != "id")
                })
                .for_each(|(_, value)| gather(value, into)),
            _ => {}
        }
    }
    let mut result = vec![];
    gather(&serde_json::to_value(document).unwrap(), &mut result);
    result
}

#[test]
fn bil_4_the_total_and_its_date_are_the_largest_things_on_the_page() {
    let renderer = Renderer::new().unwrap();
    for document in [french(), english(), large()] {
        let laid = bill::compose(&renderer.v2.fonts, &document);
        let [total, due] = [&document.total_due.value, &document.due.as_ref().unwrap().value]
            .map(|text| size_of(&renderer, &document, &plain(text)));
        assert!(total > 24.0 && (total - due).abs() < 0.01);
        let larger =
            laid.pages.iter().flatten().filter(|op| matches!(&op.shape, Shape::Text { size, .. } if *size >= total));
        assert_eq!(larger.count(), 2, "only the total and its date are that large");
    }
}

#[test]
fn bil_4_large_print_is_larger_by_two_fifths() {
    let renderer = Renderer::new().unwrap();
    for text in ["Internet 100", "Comment payer", "du 1er au 31"] {
        let ratio = size_of(&renderer, &large(), text) / size_of(&renderer, &french(), text);
        assert!((ratio - 1.4).abs() < 0.01, "{text} is {ratio} times as large");
    }
}

#[test]
fn acc_2_the_identifier_is_on_every_page_of_a_long_bill_and_pages_are_counted() {
    let renderer = Renderer::new().unwrap();
    let pages = shown(&renderer, &long(100));
    assert!(pages.len() > 4);
    for (number, page) in pages.iter().enumerate() {
        assert!(page.contains("HCOTE-4821"), "page {} lacks the identifier", number + 1);
        assert!(page.contains(&format!("Page {} de {}", number + 1, pages.len())));
    }
    assert!(pages[2].contains("Frais de service"), "a table that goes on says of what it is");
}

#[test]
fn bil_4_the_slip_is_whole_at_the_foot_of_the_last_page_only() {
    let renderer = Renderer::new().unwrap();
    for count in (1..40).step_by(5) {
        let document = long(count);
        let pages = shown(&renderer, &document);
        let (last, before) = pages.split_last().unwrap();
        for text in ["Bordereau de paiement", "Montant joint", "700123456784 20260018432 00000112485 7"] {
            assert!(last.contains(text), "{count} lines: {text} is not on the last page");
            assert!(before.iter().all(|page| !page.contains(text)));
        }
        assert!(last.contains("Comment payer"), "{count} lines: the slip is alone on its page");
    }
}

#[test]
fn bil_4_the_bill_that_most_people_get_is_one_page_and_in_large_print_two() {
    let renderer = Renderer::new().unwrap();
    for services in [1, 6] {
        let pages = shown(&renderer, &plain_bill(services));
        assert_eq!(pages.len(), 1, "{pages:#?}");
    }
    for document in [plain_bill(12), typical_french(), typical_english()] {
        let pages = shown(&renderer, &document);
        assert_eq!(pages.len(), 2, "{pages:#?}");
        let last = &document.sections.last().unwrap().title;
        assert!(pages[0].contains(last) && pages[1].contains("Bordereau de paiement"), "{pages:#?}");
    }
    for services in [1, 6] {
        let pages = shown(&renderer, &Document { large_print: true, ..plain_bill(services) });
        assert_eq!(pages.len(), 2, "{pages:#?}");
    }
}

#[test]
fn bil_4_a_section_of_taxes_stands_on_one_page_whatever_comes_before_it() {
    let renderer = Renderer::new().unwrap();
    for (count, large_print) in (1..60).flat_map(|count| [(count, false), (count, true)]) {
        let mut document = Document { large_print, ..plain_bill(count) };
        let taxes = document.sections[2].lines.clone();
        document.sections[2].lines = taxes.iter().cycle().take(12).cloned().collect();
        let pages = shown(&renderer, &document);
        let with = |text: &str| pages.iter().filter(|page| page.contains(text)).count();
        assert_eq!((with("Taxes et frais réglementaires"), with("TVQ, 9,975 %")), (1, 1), "{count}, {large_print}");
        // Nor is a heading of a long list alone, nor its last line.
        for page in pages.iter().filter(|page| page.contains("Vos services")) {
            assert!(count == 1 || page.matches("Internet 400").count() > 1, "{count}, {large_print}: {page}");
        }
    }
}

#[test]
fn bil_1_a_bill_in_the_customers_favour_has_no_day_no_way_to_pay_and_no_slip() {
    let renderer = Renderer::new().unwrap();
    let pages = shown(&renderer, &credit());
    assert_eq!(pages.len(), 1);
    assert!(plain(&pages[0]).contains("442,51 $ en votre faveur, rien à payer"), "{pages:?}");
    for text in ["Au plus tard le", "Comment payer", "En ligne", "Bordereau", "Montant joint"] {
        assert!(!pages[0].contains(text), "{text}");
    }
    renderer.render(&credit()).unwrap();
}

#[test]
fn bil_4_site_and_e_mail_address_lead_there() {
    let bytes = Renderer::new().unwrap().render(&plain_bill(1)).unwrap();
    let count = |text: &str| bytes.windows(text.len()).filter(|part| *part == text.as_bytes()).count();
    assert_eq!(count("(mailto:facturation@erables.example)"), 1);
    // Among the ways to reach the provider, beside the balance, and first among the ways to pay; each says where it leads.
    assert_eq!(count("(https://clients.erables.example)"), 6);
    assert!(count("/S /Link") + count("/Link") >= 4, "links are told to those who listen");
}

/// The words of a PDF as they are copied out of it, without the marks that pdftotext adds.
fn copied(bytes: &[u8]) -> String {
    use std::io::Write;
    let mut command = std::process::Command::new("pdftotext");
    command.args(["-", "-"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut reader = command.spawn().expect("pdftotext is missing: run ./test, which installs it");
    reader.stdin.take().unwrap().write_all(bytes).unwrap();
    let text = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    let text: String = text.chars().filter(|letter| !matches!(letter, '\u{202a}'..='\u{202e}')).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn bil_4_a_name_is_drawn_in_its_own_letters_and_copied_out_as_it_is() {
    let renderer = Renderer::new().unwrap();
    for name in NAMES.iter().filter(|name| !name.starts_with("Mme")) {
        let document = named(name);
        let page = shown(&renderer, &document).remove(0);
        assert!(!page.contains('□') && crate::undrawable(name).is_empty(), "{name}");
        let large = Document { large_print: true, ..document.clone() };
        for document in [document, large] {
            // A joiner says how letters are written together and is none itself.
            let copied = copied(&renderer.render(&document).unwrap()).replace('\u{200c}', "");
            let whole = name.replace('\u{200c}', "");
            assert!(copied.contains(&whole), "{name} is not in: {copied}");
        }
    }
}

#[test]
fn bil_4_letters_from_right_to_left_are_joined_and_stand_from_right_to_left() {
    let renderer = Renderer::new().unwrap();
    let face = renderer.v2.fonts.face(super::fonts::Cut::Regular);
    let run = super::text::Run::new(face, "سارة");
    let starts: Vec<usize> = run.glyphs.iter().map(|glyph| glyph.start).collect();
    assert!(starts.is_sorted_by(|one, other| one > other), "{starts:?}");
    // Two letters that are joined have other glyphs than each alone.
    let alone: Vec<u32> = ["ر", "س"].iter().map(|text| super::text::Run::new(face, text).glyphs[0].id).collect();
    assert!(!run.glyphs.iter().any(|glyph| glyph.id == alone[1]), "the first letter is not joined");
    // What is put into a sentence keeps to itself.
    let isolated = super::text::Run::new(face, "Mme \u{2068}سارة\u{2069}, 12 rue");
    let last = isolated.glyphs.iter().rev().take(3).map(|glyph| glyph.start).min().unwrap();
    assert_eq!(&isolated.text[last..], "rue");
    let twelve = isolated.glyphs.iter().position(|glyph| isolated.text[glyph.start..].starts_with("12")).unwrap();
    let name = isolated.glyphs.iter().position(|glyph| isolated.text[glyph.start..].starts_with('س')).unwrap();
    assert!(name < twelve, "the number stands before the name");
}

#[test]
fn bil_4_a_letter_without_a_glyph_is_told() {
    let told: String = crate::undrawable("Zoë 🍁\u{ad} 李\u{200d} ᐃ \u{e000}").into_iter().collect();
    assert_eq!(told, "\u{e000}🍁");
}

#[test]
fn bil_4_what_was_kept_of_the_first_drawing_can_still_be_drawn() {
    // As a bill was kept before there were credits without a slip, links and places.
    let mut kept = serde_json::to_value(plain_bill(2)).unwrap();
    for field in ["settled", "as_of", "links"] {
        kept.as_object_mut().unwrap().remove(field).unwrap();
    }
    let document: Document = serde_json::from_value(kept).unwrap();
    assert!(document.due.is_some() && document.slip.is_some() && document.as_of.is_none());
    Renderer::new().unwrap().render(&document).unwrap();
}

#[test]
fn bil_4_nothing_runs_over_the_edges_of_the_paper() {
    let renderer = Renderer::new().unwrap();
    let mut endless = large();
    endless.addressee[0] = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch".repeat(2);
    endless.sections[0].lines[0].what = "x".repeat(400);
    endless.sections[1].lines[0].detail = Some("Donaudampfschifffahrtselektrizitäten".repeat(20));
    endless.sections[2].lines[0].amount = "−123 456 789 012 345 678,90 $".to_owned();
    endless.pay[0].title = "Préautorisation".repeat(5);
    endless.identifier.value = "IDENTIFIANT-TRÈS-LONG-QUI-NE-TIENT-PAS".to_owned();
    endless.slip.as_mut().unwrap().code_line = "1234567890 ".repeat(12);
    endless.sections[3].explanation = "mot ".repeat(3_000);
    renderer.render(&endless).unwrap();
    for document in [french(), large(), long(100), endless] {
        let laid = bill::compose(&renderer.v2.fonts, &document);
        for op in laid.pages.iter().flatten() {
            if let Shape::Text { run, size, x, y, .. } = &op.shape {
                let right = x + run.width * size;
                assert!(*x >= 67.9 && right <= 560.0, "{:?} goes from {x} to {right}", run.text);
                assert!(*y > 40.0 && (*y <= BOTTOM || matches!(op.mark, Mark::Aside(_))), "{:?} is at {y}", run.text);
            }
        }
    }
}

#[test]
fn bil_4_letters_that_the_font_lacks_become_squares_and_the_bill_is_drawn() {
    let renderer = Renderer::new().unwrap();
    let mut document = french();
    document.addressee[0] = "Zoë 🍁 ᐃᓄᒃ 李 \u{7}\u{0}👩‍👩‍👧 Nguyễn Дмитрий e\u{301}\u{ad}te\u{301} \u{e000}".to_owned();
    document.sender.name = "Télécom 🍁".to_owned();
    document.title = "Facture\u{0} 🍁".to_owned();
    document.sections[0].title = "Frais 🍁".to_owned();
    renderer.render(&document).unwrap();
    let page = shown(&renderer, &document).remove(0);
    assert!(page.contains("Zoë □ ᐃᓄᒃ 李 □ Nguyễn Дмитрий"), "{page}");
}

#[test]
fn bil_4_the_words_kept_do_not_grow_without_end() {
    let renderer = Renderer::new().unwrap();
    let face = renderer.v2.fonts.face(super::fonts::Cut::Regular);
    for number in 0..20_000 {
        face.word(&format!("n{number}"));
    }
    assert!(face.kept() <= 2_048);
}

#[test]
fn bil_4_lines_end_where_french_lets_them_end() {
    let renderer = Renderer::new().unwrap();
    let face = renderer.v2.fonts.face(super::fonts::Cut::Regular);
    let text = "Ouvrez « Payer » : il reste 1 124,85 $ à payer au 1 888 221-1687 ou sur rendez-vous ?";
    for tenths in 60_u16..400 {
        let lines: Vec<String> =
            super::text::wrap(face, text, f32::from(tenths) / 10.0).into_iter().map(|line| line.text).collect();
        assert_eq!(plain(&lines.concat()), text);
        for line in &lines {
            let line = line.trim_end();
            assert!(!line.ends_with('«') && !line.starts_with(['»', ':', '$', '?', '8']), "{lines:?}");
        }
    }
}

/// If this fails, issued bills would get other bytes than those whose hash is kept: give the template a new version, and
/// keep the old one for what was issued with it.
#[test]
fn bil_4_the_bytes_change_only_with_the_template_version() {
    let renderer = Renderer::new().unwrap();
    let digest = |document: &Document| {
        let bytes = renderer.render(document).unwrap();
        data_encoding::HEXLOWER.encode(&aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes).as_ref()[..8])
    };
    let name = |name: &str| digest(&named(name));
    let known =
        [digest(&french()), digest(&large()), digest(&credit()), name(NAMES[1]), name(NAMES[3]), name(NAMES[7])];
    assert_eq!(super::VERSION, 2);
    let expected = [
        "6d457943fc180a9a",
        "078d20918aa3aa09",
        "6b5d59944b21f936",
        "b222ec1ece28f1f4",
        "1879a04d78e190e4",
        "eb77d9619546cea8",
    ];
    assert_eq!(known, expected);
}

/// Writes samples to look at into the folder named by `BILL_SAMPLES` and says how fast bills are drawn.
#[test]
#[ignore = "to look at bills and to measure"]
#[expect(clippy::print_stderr, reason = "measured by hand")]
fn bil_4_samples() {
    let renderer = Renderer::new().unwrap();
    let folder = std::env::var("BILL_SAMPLES").map(std::path::PathBuf::from).unwrap();
    let samples = [
        ("fr", typical_french()),
        ("en", typical_english()),
        ("fr-large", Document { large_print: true, ..typical_french() }),
        ("en-large", Document { large_print: true, ..typical_english() }),
        ("full", french()),
        ("long", long(60)),
        ("large", large()),
        ("empty", empty()),
        ("plain", plain_bill(1)),
        ("plain-large", Document { large_print: true, ..plain_bill(1) }),
        ("six", plain_bill(6)),
        ("six-large", Document { large_print: true, ..plain_bill(6) }),
        ("credit", credit()),
        ("names", {
            let mut document = named("Essai");
            document.addressee.extend(strings(&NAMES));
            document
        }),
    ];
    for (number, name) in NAMES.iter().enumerate() {
        std::fs::write(folder.join(format!("name-{number}.pdf")), renderer.render(&named(name)).unwrap()).unwrap();
    }
    for (name, document) in &samples {
        std::fs::write(folder.join(format!("{name}.pdf")), renderer.render(document).unwrap()).unwrap();
    }
    let start = std::time::Instant::now();
    let count = if cfg!(debug_assertions) { 20 } else { 1_000 };
    for number in 0..count {
        let mut document = french();
        document.addressee[0] = format!("Client numéro {number}");
        renderer.render(&document).unwrap();
    }
    eprintln!("{count} bills in {:?}", start.elapsed());
}
