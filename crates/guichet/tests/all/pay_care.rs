//! PAY-1: what a person did not mean is not charged, and what went wrong is told as what it is.

use axum::http::StatusCode;
use kernel::{Amount, Language};
use payments::Decline;
use testkit::on_both;

use crate::pay_pages::{Payer, balance, confirm_claims, demonstration, entries, follow, letters, offered, replaced};
use crate::support::{count, doubts, execute, findings};
use crate::till::{APPROVES, DECLINED, SLOW, STEP};
use crate::visitor::PASSWORD;

on_both! {
    async fn pay_1_with_a_payment_under_way_only_the_rest_is_offered(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let slow = payer.pay("5.00", SLOW, false).await;
        let page = payer.see("pay").await;
        assert!(page.has("The rest of what is due: $18.11") && !page.has("Everything that is due"), "{}", page.text());
        assert!(page.has("A payment of $5.00 is already under way.") && page.has(&slow), "{}", page.text());
        place.advance_seconds(1);
        let card_page = payer.choose(&[("for", "due")]).await;
        assert!(card_page.contains("amount=18.11&for=due"), "{card_page}");
        let fields = payer.enter(&card_page, SLOW, false).await;
        let rest = payer.submit(&fields).await.location();
        // Now nothing is left to be offered, and the newest is named.
        let page = payer.see("pay").await;
        assert!(!page.has("value=\"due\"") && page.has("A payment of $23.11 is already under way and covers") && page.has(&rest), "{}", page.text());
        let refused = payer.send("pay", &[("for", "due")]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("covers everything that is due") && refused.has(&rest), "{}", refused.text());
        // The same form once more is the same payment, with its bills.
        assert_eq!(payer.submit(&fields).await.location(), rest);
        for _ in 0..4 {
            place.advance_seconds(200);
            follow(&home).await;
        }
        assert_eq!((entries(&home).await, balance(&home).await), (2, Amount::ZERO));
        assert!(payer.visitor.get(&rest).await.has("Bills</dt>"));
        assert!(!payer.see("pay").await.has("already under way"));
    }

    async fn pay_1_a_card_that_the_gateway_does_not_know_is_no_refusal_of_the_bank(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let fields = payer.ready(APPROVES).await;
        for method in ["sim_pm_forged", "pm 1/..", ""] {
            let refused = payer.submit(&replaced(&fields, "method", method)).await;
            assert!(refused.location().starts_with(&payer.path("pay/card?amount=23.11&for=due")), "{method}: {} {}", refused.status, refused.location());
            let page = payer.visitor.get(&refused.location()).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{method}");
            assert!(page.has("This card can no longer be used here.") && page.has("Nothing was charged."), "{method}: {}", page.text());
        }
        let shown = payer.see("pay/check?amount=23.11&for=due&method=sim_pm_forged").await;
        assert!(payer.visitor.get(&shown.location()).await.has("This card can no longer be used here."), "{}", shown.location());
        let unchosen = payer.see("pay/check?amount=23.11&for=due&method=").await;
        assert!(payer.visitor.get(&unchosen.location()).await.has("Choose one of your cards, or enter another one."), "{}", unchosen.location());
        // One that is kept here, and that the gateway has lost.
        confirm_claims(&home).await;
        payer.pay("5.00", APPROVES, true).await;
        let card = offered(&payer.see("pay/card?amount=5.00&for=other").await).pop().expect("a saved card");
        execute(&home, "UPDATE payment_cards SET reference = 'sim_pm_lost'").await.expect("changed");
        let saved = replaced(&replaced(&fields, "method", ""), "card", &card);
        let refused = payer.submit(&replaced(&replaced(&saved, "for", "other"), "amount", "1.00")).await;
        assert!(payer.visitor.get(&refused.location()).await.has("This card can no longer be used here."), "{}", refused.location());
        assert_eq!((count(&home, "payments").await, entries(&home).await), (1, 1), "nothing begins");
        let fields = payer.ready(APPROVES).await;
        payer.submit(&fields).await;
        assert_eq!(balance(&home).await, Amount::ZERO, "another card pays");
    }

    async fn pay_1_a_mistyped_card_keeps_what_is_no_secret(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        confirm_claims(&home).await;
        let card_page = payer.choose(&[("for", "due")]).await;
        let number = "4242424242424241";
        let form = [("return_to", card_page.as_str()), ("number", number), ("exp_month", "08"), ("exp_year", "2031"), ("code", "987"), ("keep", "yes")];
        let back = payer.visitor.post("/demo/gateway/cards", &form).await.location();
        assert!(!back.contains(number) && !back.contains("=987"), "{back}");
        let page = payer.visitor.get(&back).await;
        assert!(page.has("This is no card number.") && !page.has(number) && !page.has("value=\"987\""), "{}", page.text());
        for kept in ["name=\"exp_month\" type=\"text\" value=\"08\"", "name=\"exp_year\" type=\"text\" value=\"2031\"", "name=\"keep\" value=\"yes\" checked"] {
            assert!(page.has(kept), "{kept} is not on {}", page.text());
        }
        // What is too long to be a date may be the number in the wrong field.
        let form = [("return_to", card_page.as_str()), ("number", "1"), ("exp_month", number), ("exp_year", number), ("code", "987")];
        let back = payer.visitor.post("/demo/gateway/cards", &form).await.location();
        assert!(!back.contains(number) && !payer.visitor.get(&back).await.has("\"yes\" checked"), "{back}");
        let fresh = payer.visitor.get(&card_page).await;
        assert!(!fresh.has("value=\"08\"") && !fresh.has("\"yes\" checked"), "{}", fresh.text());
    }

    async fn pay_1_an_amount_that_was_typed_is_not_passed_over(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        for typed in ["5", "ten"] {
            let refused = payer.send("pay", &[("for", "due"), ("amount", typed)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
            assert!(refused.has("id=\"field-amount-error\"") && refused.has("You entered an amount without choosing"), "{}", refused.text());
            assert!(refused.has("to pay $23.11.") && refused.has(&format!("value=\"{typed}\"")), "{}", refused.text());
        }
        // The same amount is no other wish.
        assert!(payer.choose(&[("for", "due"), ("amount", "23,11")]).await.contains("amount=23.11&for=due"));
        for weird in ["84.1,3", "1.234,56", "1,23.45", "8 4"] {
            let refused = payer.send("pay", &[("for", "other"), ("amount", weird), ("more", "yes")]).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("We cannot read this amount."), "{weird}: {}", refused.text());
            assert!(refused.has("id=\"field-amount-error\"") && refused.has(&format!("value=\"{weird}\"")), "{weird}");
        }
        for (typed, wanted) in [("1\u{a0}234,56", "1234.56"), ("1\u{202f}234,56\u{a0}$", "1234.56"), ("$1,234.56", "1234.56")] {
            let page = payer.choose(&[("for", "other"), ("amount", typed), ("more", "yes")]).await;
            assert!(page.contains(&format!("amount={wanted}&")), "{typed}: {page}");
        }
    }

    async fn pay_1_nothing_late_or_a_changed_amount_is_said(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        assert!(payer.see("pay?for=late").await.has("Nothing is late right now."));
        let posted = payer.send("pay", &[("for", "late")]).await;
        assert!(posted.status == StatusCode::UNPROCESSABLE_ENTITY && posted.has("Nothing is late right now."), "{}", posted.text());
        let checked = payer.see("pay/check?amount=5.00&for=late&method=sim_pm_x").await;
        assert!(payer.visitor.get(&checked.location()).await.has("Nothing is late right now."), "{}", checked.location());
        let checked = payer.see("pay/check?amount=5.00&for=due&method=sim_pm_x").await;
        assert!(payer.visitor.get(&checked.location()).await.has("What is due has changed in the meantime."), "{}", checked.location());
        assert!(!payer.see("pay").await.has("role=\"status\""));
        payer.pay_everything(APPROVES).await;
        let posted = payer.send("pay", &[("for", "due")]).await;
        assert!(posted.status == StatusCode::UNPROCESSABLE_ENTITY && posted.has("Nothing is due right now."), "{}", posted.text());
        payer.visitor.language = "fr";
        assert!(payer.see("pay?for=late").await.has("Rien n’est en retard en ce moment."));
    }

    async fn pay_1_where_nothing_is_due_that_is_said_before_anything_is_typed(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let page = payer.see("pay").await;
        assert!(!page.has("Nothing is due") && !page.has("name=\"more\"") && page.has("type=\"radio\""), "{}", page.text());
        payer.pay_everything(APPROVES).await;
        let page = payer.see("pay").await;
        for text in ["Nothing is due right now. You can pay ahead", "name=\"more\"", "<input type=\"hidden\" name=\"for\" value=\"other\">"] {
            assert!(page.has(text), "{text} is not on {}", page.text());
        }
        assert!(!page.has("type=\"radio\"") && !page.has("Another amount"), "{}", page.text());
        let unsaid = payer.send("pay", &[("for", "other"), ("amount", "5")]).await;
        assert!(unsaid.status == StatusCode::UNPROCESSABLE_ENTITY && unsaid.has("name=\"more\""), "{}", unsaid.text());
        assert!(payer.choose(&[("for", "other"), ("amount", "5"), ("more", "yes")]).await.contains("amount=5.00&for=other&more=yes"));
        // An old page's choice has a field for its error to be at.
        let posted = payer.send("pay", &[("for", "due")]).await;
        assert!(posted.has("href=\"#field-for\"") && posted.has("id=\"field-for\""), "{}", posted.text());
    }

    async fn pay_1_what_was_not_charged_is_not_called_paid_and_is_tried_again_as_it_was(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        for (amount, chosen) in [("5.00", "other"), ("23.11", "due")] {
            let declined = payer.pay(amount, DECLINED, false).await;
            let page = payer.visitor.get(&declined).await;
            assert!(page.has("Amount not charged") && !page.has("Paid to") && !page.has("Amount</p>"), "{}", page.text());
            let again = payer.path(&format!("pay?amount={amount}"));
            assert!(page.has(&again), "{}", page.text());
            let page = payer.visitor.get(&again).await;
            assert!(page.has(&format!("value=\"{chosen}\" checked")), "{}", page.text());
            assert_eq!(page.has("name=\"amount\" type=\"text\" value=\"5.00\""), chosen == "other", "{}", page.text());
        }
        payer.visitor.language = "fr";
        assert!(payer.see("pay?amount=5.00").await.has("value=\"5,00\""));
        for odd in ["x", "-5.00", "0", "%22%3E", "99999999999999999999"] {
            let page = payer.see(&format!("pay?amount={odd}")).await;
            assert!(page.status == StatusCode::OK && page.has("value=\"due\" checked"), "{odd}: {}", page.text());
            let card = payer.see(&format!("pay/card?amount={odd}&for=other")).await;
            assert_eq!(card.status, StatusCode::BAD_REQUEST, "{odd}");
        }
        let paid = payer.pay_everything(APPROVES).await;
        let receipt = payer.visitor.get(&paid).await;
        assert!(receipt.has("Montant</p>") && receipt.has("Payé à"), "{}", receipt.text());
    }

    async fn pay_1_the_first_card_to_be_entered_is_not_another_one(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        confirm_claims(&home).await;
        assert!(payer.see("pay/card?amount=5.00&for=other").await.has("<h2>Your card</h2>"));
        payer.pay("5.00", APPROVES, true).await;
        assert!(payer.see("pay/card?amount=5.00&for=other").await.has("<h2>Another card</h2>"));
    }

    async fn pay_1_removing_a_card_says_first_what_that_means(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        confirm_claims(&home).await;
        payer.pay("5.00", APPROVES, true).await;
        let list = payer.see("payments").await;
        assert!(list.has("You will no longer be able to pay with it here") && list.has("Remove this card</button>"), "{}", list.text());
    }

    async fn pay_1_a_payment_that_nobody_went_on_with_is_told_of_once(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let subject = "Votre paiement de 10,00\u{a0}$ n’a pas été terminé";
        execute(&home, "UPDATE logins SET language = 'fr'").await.expect("changed");
        // Canceled by the customer, who sees it.
        payer.pay("10.00", STEP, false).await;
        let waiting = async || -> uuid::Uuid {
            let sql = "SELECT id FROM payments WHERE state = 'requires-action'";
            db::scalar(home.db.reader(), sql, []).await.expect("read").expect("one")
        };
        let id = waiting().await;
        payer.send(&format!("payments/{id}/cancel"), &[]).await;
        place.advance_seconds(4000);
        follow(&home).await;
        assert!(letters(&home, subject).await.is_empty(), "the customer saw it");
        // Left at the bank's.
        payer.visitor.sign_in("eve.tremblay", PASSWORD).await;
        let fields = payer.ready(STEP).await;
        payer.submit(&fields).await;
        let id = waiting().await;
        for seconds in [1000, 4000, 4000] {
            place.advance_seconds(seconds);
            follow(&home).await;
        }
        let sent = letters(&home, "Votre paiement de 23,11\u{a0}$ n’a pas été terminé").await;
        assert_eq!(sent.len(), 1, "once");
        for text in ["Rien n’a été prélevé sur votre carte", &payer.number, &format!("/payments/{id}"), "Voir ce paiement"] {
            assert!(sent[0].contains(text), "{text} is not in {}", sent[0]);
        }
        assert!(!sent[0].contains("receipt.pdf"));
        assert_eq!((entries(&home).await, doubts(&home).await, findings(&home).await), (0, vec![], vec![]));
    }
}

/// Each reason says that nothing was charged, and then what to do.
#[test]
fn pay_1_every_decline_says_what_to_do_next() {
    let site = web::Site::new(&portal::SLICES, web::SiteOptions::default()).expect("templates and texts");
    let declines = [
        Decline::InsufficientFunds,
        Decline::Expired,
        Decline::WrongNumber,
        Decline::WrongCode,
        Decline::AuthenticationFailed,
        Decline::TryAgain,
        Decline::Declined,
    ];
    for decline in declines {
        for (language, nothing, next) in [
            (Language::Fr, "Rien n’a été prélevé.", ["une autre carte", "Essayez", "Appelez"]),
            (Language::En, "Nothing was charged.", ["another card", "Try", "Call"]),
        ] {
            let text = site.texts().say(language, &format!("decline-{}", decline.code()));
            let (_, then) = text.split_once(nothing).unwrap_or_else(|| panic!("{text}"));
            assert!(then.contains(next[0]) && (then.contains(next[1]) || then.contains(next[2])), "{text}");
        }
    }
}
