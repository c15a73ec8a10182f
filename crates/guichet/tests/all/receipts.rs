//! PAY-1, BIL-4: the receipt of a payment as a PDF, read back by a program of another house (`pdftotext`).

use std::io::Write;
use std::process::{Command, Stdio};

use axum::http::StatusCode;
use testkit::on_both;

use crate::cli::done;
use crate::pay_pages::{Payer, demonstration, letters};
use crate::refunds::make_demonstration;
use crate::support::execute;
use crate::till::{APPROVES, DECLINED, STEP};

/// The words of a PDF in the order in which they stand, with one space between them.
pub(crate) fn words_of(pdf: &[u8]) -> String {
    words_by(pdf, &["-raw", "-", "-"])
}

/// As [`words_of`], in the order in which they are read.
pub(crate) fn words_in_order(pdf: &[u8]) -> String {
    words_by(pdf, &["-", "-"])
}

fn words_by(pdf: &[u8], how: &[&str]) -> String {
    let mut command = Command::new("pdftotext");
    command.args(how).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut reader = command.spawn().expect("pdftotext is missing: run ./test, which installs it");
    reader.stdin.take().expect("its input").write_all(pdf).expect("written");
    let read = reader.wait_with_output().expect("read");
    assert!(read.status.success(), "{read:?}");
    let text = String::from_utf8(read.stdout).expect("UTF-8");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each of the texts stands after the one before.
fn in_order(text: &str, expected: &[&str]) {
    let mut rest = text;
    for one in expected {
        let (_, after) = rest.split_once(one).unwrap_or_else(|| panic!("“{one}” is not where it should be in: {text}"));
        rest = after;
    }
}

on_both! {
    async fn pay_1_a_receipt_is_downloaded_in_the_customers_language(place: &TestPlace) {
        let mut home = demonstration(place).await;
        home.config.provider.facts.name = "Télécom des Érables".to_owned();
        home.config.provider.facts.telephone = Some("418 555-0123".to_owned());
        let mut payer = Payer::of(&home).await;
        execute(&home, "UPDATE customers SET language = 'fr'").await.expect("changed");
        let path = payer.pay_everything(APPROVES).await;
        let page = payer.visitor.get(&path).await;
        assert!(page.has(&format!("{path}/receipt.pdf")) && page.has("Download the receipt (PDF)"), "{}", page.text());
        let sent = letters(&home, "Receipt for your payment").await;
        assert!(sent.len() == 1 && sent[0].contains(&format!("{path}/receipt.pdf")), "{sent:?}");

        let sql = "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1";
        let identifier: String = db::scalar(home.db.reader(), sql, [payer.number.as_str().into()]).await.expect("read").expect("one");
        let bill: i64 = db::scalar(home.db.reader(), "SELECT b.number FROM bills b JOIN accounts a ON a.id = b.account_id WHERE a.number = $1",
            [payer.number.as_str().into()]).await.expect("read").expect("a bill");
        let (reference, bill) = (crate::pay_pages::reference(&path), bill.to_string());
        let receipt = payer.visitor.get(&format!("{path}/receipt.pdf")).await;
        assert_eq!((receipt.status, receipt.header("content-type").as_str()), (StatusCode::OK, "application/pdf"));
        assert_eq!(receipt.header("content-disposition"), format!("inline; filename=\"recu-{reference}.pdf\""));
        in_order(&words_of(&receipt.bytes), &["Télécom des Érables", "Téléphone", "418 555-0123", "Identifiant client", &identifier, "Numéro de compte", &payer.number,
            "Reçu de paiement", "Montant payé", "23,11 $", "Nous avons reçu votre paiement de 23,11 $", "Payé à", "Télécom des Érables", "Référence", &reference,
            "Date", "21 novembre 2026", "Carte", "Visa se terminant par 4242", "Factures", &bill, "Simulée",
            "Ce qu’il a réglé", "23,11 $ sur la facture du", "Dû après ce paiement", "0,00 $", "Page 1 de 1"]);

        make_demonstration(place);
        let id = path.rsplit('/').next().expect("an id");
        done(place, &["payments", "refund", id, "7.50", "--reason", "Payé deux fois", "--now", "2026-11-21"]);
        execute(&home, "UPDATE customers SET language = 'en'").await.expect("changed");
        let receipt = payer.visitor.get(&format!("{path}/receipt.pdf?print=large")).await;
        assert_eq!(receipt.header("content-disposition"), format!("inline; filename=\"receipt-{reference}.pdf\""));
        in_order(&words_of(&receipt.bytes), &["Télécom des Érables", "Telephone", "418 555-0123", "Client identifier", &identifier, "Account number", &payer.number,
            "Payment receipt", "Amount paid", "$23.11", "We have received your payment of $23.11", "Paid to", "Reference", &reference, "Date", "November 21, 2026",
            "Visa ending in 4242", "Bills", &bill, "Refunds", "Total refunded", "$7.50", "Payé deux fois", "– Refunded", "$7.50"]);
    }

    async fn pay_1_only_what_was_charged_has_a_receipt_and_only_for_its_own_people(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let mut other = payer.other(&home).await;
        let theirs = other.pay("5.00", APPROVES, false).await;
        assert_eq!(other.visitor.get(&format!("{theirs}/receipt.pdf")).await.status, StatusCode::OK);
        let id = theirs.rsplit('/').next().expect("an id").to_owned();
        let declined = payer.pay("5.00", DECLINED, false).await;
        let page = payer.visitor.get(&declined).await;
        assert!(page.status == StatusCode::OK && !page.has("receipt.pdf"), "{}", page.text());
        payer.pay("5.00", STEP, false).await;
        let waiting: uuid::Uuid = db::scalar(home.db.reader(), "SELECT id FROM payments WHERE state = 'requires-action'", []).await.expect("read").expect("one");
        let mut pages = Vec::new();
        for path in [theirs.clone(), payer.path(&format!("payments/{id}")), declined, payer.path(&format!("payments/{waiting}")),
            payer.path("payments/0190b4d2-0000-7000-8000-000000000000"), payer.path("payments/x")] {
            let answer = payer.visitor.get(&format!("{path}/receipt.pdf")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            pages.push(answer.text());
        }
        pages.dedup();
        assert_eq!(pages.len(), 1, "nothing tells one from the other");
        let nobody = payer.visitor.other().get(&format!("{theirs}/receipt.pdf")).await;
        assert!(nobody.location().starts_with("/sign-in"), "{}", nobody.location());
    }
}
