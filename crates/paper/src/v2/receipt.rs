//! The composition of a receipt: the figure, what was paid and how, and what went back since.
#![expect(clippy::float_arithmetic, reason = "places on paper")]

use super::bill::compose_section;
use super::fonts::{Cut, Fonts};
use super::parts::{item, letter, sentence, title, title_element};
use super::sheet::{Ink, LEFT, Laid, Letterhead, MEASURE, Mark, Piece, Sheet, beside};
use super::tree::Role;
use crate::Receipt;

/// Where the values of the facts stand.
const VALUES: f32 = MEASURE * 0.3;

pub(super) fn letterhead(receipt: &Receipt) -> Letterhead<'_> {
    Letterhead {
        language: receipt.language,
        large_print: receipt.large_print,
        issued: receipt.issued,
        title: &receipt.title,
        sender: &receipt.sender,
        addressee: &receipt.addressee,
        identifier: &receipt.identifier,
        facts: std::slice::from_ref(&receipt.account),
        links: &receipt.links,
        page_label: &receipt.page_label,
    }
}

/// Lays the whole receipt out.
pub(super) fn compose(fonts: &Fonts, receipt: &Receipt) -> Laid {
    let mut sheet = Sheet::new(fonts, letterhead(receipt));
    let name = title_element(&mut sheet);
    letter(&mut sheet);
    let mut block = title(&mut sheet, name, MEASURE);
    block.push(Piece::rule(1.5, Ink::Accent, sheet.scaled(12.0)));
    block.extend(amount(&mut sheet, receipt));
    sheet.place(block);
    let style = sheet.style(Cut::Regular, 10.5, 15.0, Ink::Black);
    let lead = sentence(&mut sheet, &receipt.lead, style);
    sheet.place(lead);
    facts(&mut sheet, receipt);
    if let Some(refunds) = &receipt.refunds {
        compose_section(&mut sheet, refunds);
    }
    sheet.finish()
}

/// What was paid: the largest thing on the page.
fn amount(sheet: &mut Sheet<'_>, receipt: &Receipt) -> Vec<Piece> {
    let list = sheet.add(None, Role::List);
    let (label, value) = item(sheet, list);
    let quiet = sheet.style(Cut::Semibold, 10.0, 14.0, Ink::Grey);
    let loud = sheet.style(Cut::Semibold, 30.0, 36.0, Ink::Black);
    let mut pieces = sheet.lines(Mark::Element(label), &receipt.amount.label, quiet, LEFT, MEASURE);
    pieces.extend(sheet.lines(Mark::Element(value), &receipt.amount.value, loud, LEFT, MEASURE));
    pieces
}

/// Names at the left, values beside them; a line under each.
fn facts(sheet: &mut Sheet<'_>, receipt: &Receipt) {
    let list = sheet.add(None, Role::List);
    let quiet = sheet.style(Cut::Regular, 10.0, 14.0, Ink::Grey);
    let plain = sheet.style(Cut::Regular, 10.0, 14.0, Ink::Black);
    for (number, fact) in receipt.facts.iter().enumerate() {
        let (label, value) = item(sheet, list);
        let mut row = vec![Piece::gap(sheet.scaled(if number == 0 { 14.0 } else { 0.0 }))];
        let left = sheet.lines(Mark::Element(label), &fact.label, quiet, LEFT, VALUES - 14.0);
        let right = sheet.lines(Mark::Element(value), &fact.value, plain, LEFT + VALUES, MEASURE - VALUES);
        row.extend(beside(left, right));
        row.push(Piece::rule(0.5, Ink::Faint, sheet.scaled(7.0)));
        sheet.place(row);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::{ASIDE, Shape};
    use super::*;
    use crate::Renderer;
    use crate::{DocumentLine, DocumentSection, Sender};
    use web::Labelled;

    fn labelled(label: &str, value: &str) -> Labelled {
        Labelled { label: label.to_owned(), value: value.to_owned() }
    }

    fn receipt(refunds: usize) -> Receipt {
        let line = |number: usize| DocumentLine {
            id: None,
            what: format!("Remboursement {number}"),
            detail: Some("Le 26 novembre 2026 à 9 h 12. En route vers votre carte.".to_owned()),
            amount: "1,00 $".to_owned(),
        };
        Receipt {
            language: kernel::Language::Fr,
            large_print: false,
            issued: jiff::civil::date(2026, 11, 25),
            title: "Reçu de paiement".to_owned(),
            sender: Sender {
                name: "Télécom des Érables".to_owned(),
                address: vec!["1200, rue Saint-Jean".to_owned()],
                reach: vec![labelled("Téléphone", "418 555-0123")],
                registrations: vec![],
            },
            addressee: vec!["Hélène Côté".to_owned()],
            identifier: labelled("Identifiant client", "HCOTE-4821"),
            account: labelled("Numéro de compte", "7001234567"),
            amount: labelled("Montant payé", "84,13 $"),
            lead: "Nous avons reçu votre paiement.".to_owned(),
            facts: vec![labelled("Référence", "4F2A10-9C33D1"), labelled("Carte", "Visa se terminant par 4242")],
            refunds: (refunds > 0).then(|| DocumentSection {
                id: "refunds".into(),
                title: "Remboursements".to_owned(),
                explanation: "Ce que nous avons renvoyé.".to_owned(),
                lines: (0..refunds).map(line).collect(),
                total: labelled("Total remboursé", "2,00 $"),
            }),
            links: vec![],
            page_label: "Page {page} de {pages}".to_owned(),
        }
    }

    #[test]
    fn pay_1_every_receipt_is_accepted_as_pdf_a_and_pdf_ua_and_is_the_same_each_time() {
        let renderer = Renderer::new().unwrap();
        let endless = Receipt { facts: vec![labelled(&"Référence".repeat(40), &"x".repeat(900)); 30], ..receipt(50) };
        let bare = Receipt { addressee: vec![], facts: vec![], ..receipt(0) };
        let large = Receipt { large_print: true, ..receipt(2) };
        for receipt in [receipt(0), receipt(1), large, bare, endless] {
            let bytes = renderer.render_receipt(&receipt).unwrap();
            assert!(bytes == renderer.render_receipt(&receipt).unwrap(), "a second rendering differs");
        }
    }

    #[test]
    fn acc_2_identifier_and_account_are_at_the_top_right_and_the_amount_is_the_largest_thing() {
        let renderer = Renderer::new().unwrap();
        let laid = compose(&renderer.v2.fonts, &receipt(1));
        let texts: Vec<_> = laid.pages[0]
            .iter()
            .filter_map(|op| match &op.shape {
                Shape::Text { run, size, x, y, .. } => Some((run.text.trim_end().to_owned(), *size, *x, *y)),
                Shape::Rule { .. } | Shape::Frame { .. } => None,
            })
            .collect();
        let of = |text: &str| texts.iter().find(|(shown, ..)| shown == text).expect(text);
        for text in ["HCOTE-4821", "7001234567"] {
            let (_, _, x, y) = of(text);
            assert!(*x >= ASIDE && *y < 150.0, "{text} is at {x}, {y}");
        }
        let (_, amount, ..) = of("84,13 $");
        assert!(texts.iter().all(|(text, size, ..)| text == "84,13 $" || size < amount), "{texts:?}");
        for text in
            ["Télécom des Érables", "418 555-0123", "Visa se terminant par 4242", "Remboursement 0", "Total remboursé"]
        {
            of(text);
        }
    }
}
