//! PAY-1: a card is kept once, and may be named.

use accounts::{RightsWanted, What};
use axum::http::StatusCode;
use testkit::on_both;

use crate::pay_pages::{Payer, confirm_claims, demonstration, entries, follow, offered, replaced};
use crate::rights::Cast;
use crate::support::{count, doubts, findings};
use crate::till::{APPROVES, SLOW, STEP};

const KEPT: &str = "payment_cards WHERE state = 'kept'";

on_both! {
    async fn pay_1_the_same_card_is_kept_once(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        confirm_claims(&home).await;
        // Ready before the first is kept: a second window.
        let card_page = payer.choose(&[("for", "other"), ("amount", "2.00")]).await;
        let second_window = payer.enter(&card_page, APPROVES, true).await;
        payer.pay("5.00", APPROVES, true).await;
        assert_eq!(count(&home, KEPT).await, 1);
        // Entered again, it is said before it is paid.
        let card_page = payer.choose(&[("for", "other"), ("amount", "1.00")]).await;
        let form = [("return_to", card_page.as_str()), ("number", APPROVES), ("exp_month", "12"), ("exp_year", "2030"), ("code", "123"), ("keep", "yes")];
        let back = payer.visitor.post("/demo/gateway/cards", &form).await.location();
        let check = payer.visitor.get(&back).await.location();
        let page = payer.visitor.get(&check).await;
        assert!(page.has("This card is saved already") && page.has("name=\"keep\" value=\"\""), "{}", page.text());
        let fields = payer.check(&check).await;
        payer.submit(&fields).await;
        // The second window, and a form made by hand.
        payer.submit(&second_window).await;
        let fields = payer.ready(APPROVES).await;
        payer.submit(&replaced(&fields, "keep", "yes")).await;
        assert_eq!((count(&home, KEPT).await, entries(&home).await), (1, 4), "all are paid, one is kept");
        assert_eq!(offered(&payer.see("pay/card?amount=5.00").await).len(), 1);
        place.advance_seconds(60);
        follow(&home).await;
        assert_eq!(count(&home, "simulated_methods WHERE customer IS NOT NULL").await, 1, "the gateway keeps one too");
        assert_eq!(count(&home, "payment_cards WHERE state = 'removing'").await, 0);
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }

    async fn pay_1_a_renewed_card_takes_the_place_and_the_name_of_the_one_before(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        confirm_claims(&home).await;
        payer.pay("5.00", APPROVES, true).await;
        let old = offered(&payer.see("pay/card?amount=5.00").await).pop().expect("a card");
        payer.send(&format!("cards/{old}/name"), &[("name", "Carte du bureau")]).await;
        let card_page = payer.choose(&[("for", "other"), ("amount", "1.00")]).await;
        let form = [("return_to", card_page.as_str()), ("number", APPROVES), ("exp_month", "08"), ("exp_year", "2033"), ("code", "123"), ("keep", "yes")];
        let back = payer.visitor.post("/demo/gateway/cards", &form).await.location();
        let check = payer.visitor.get(&back).await.location();
        let fields = payer.check(&check).await;
        payer.submit(&fields).await;
        let page = payer.see("pay/card?amount=5.00").await;
        let cards = offered(&page);
        assert!(cards.len() == 1 && cards[0] != old, "{cards:?}");
        assert!(page.has("Good until the end of 08/2033.") && page.has("Carte du bureau – Visa ending in 4242"), "{}", page.text());
        assert!(page.has(&format!("value=\"{}\" checked", cards[0])), "it is offered first as the one before was");
        place.advance_seconds(60);
        follow(&home).await;
        assert_eq!(count(&home, "simulated_methods WHERE customer IS NOT NULL").await, 1);
    }

    async fn pro_3_the_history_tells_who_saved_a_card(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        confirm_claims(&home).await;
        payer.pay("5.00", APPROVES, true).await;
        // The renewed one without a payment.
        let new = payer.path("cards/new");
        let form = [("return_to", new.as_str()), ("number", APPROVES), ("exp_month", "08"), ("exp_year", "2033"), ("code", "123")];
        let back = payer.visitor.post("/demo/gateway/cards", &form).await.location();
        let (_, method) = back.split_once("method=").expect("a card");
        assert!(payer.send("cards/new", &[("method", method)]).await.location().ends_with("payments?done=kept"));
        let told = payer.see("history.csv?what=payments").await.text();
        let by_me = |what: &str| told.lines().filter(|line| line.contains(what) && line.contains("You")).count();
        let bills = payer.see("history.csv?what=bills").await.text();
        let posted = bills.lines().find(|line| line.contains("Payment received")).expect("it is posted");
        assert!(posted.contains("Our systems"), "{posted}");
        assert_eq!((by_me("Card saved"), by_me("Saved card replaced")), (2, 1), "{told}");
    }

    async fn usr_2_a_card_is_not_kept_for_whoever_may_keep_none_any_more(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (user, membership) = cast.user("utilisateur.1").await;
        let cards = RightsWanted::default().everywhere(What::Pay).everywhere(What::ManagePaymentMethods);
        let mut payer = Payer { visitor: user, number: cast.number.clone() };
        for (paid, rights, kept) in [(1, RightsWanted::default(), 0), (2, cards.clone(), 1)] {
            cast.give(membership, &cards).await.expect("given");
            payer.pay("5.00", SLOW, true).await;
            // While the bank takes its time.
            cast.give(membership, &rights).await.expect("given");
            for _ in 0..4 {
                place.advance_seconds(200);
                follow(&cast.home).await;
            }
            assert_eq!(entries(&cast.home).await, paid, "the payment itself goes on");
            assert_eq!((count(&cast.home, KEPT).await, count(&cast.home, "simulated_methods WHERE customer IS NOT NULL").await), (kept, kept));
        }
        assert_eq!((doubts(&cast.home).await, findings(&cast.home).await), (vec![], vec![]));
    }

    async fn pay_1_a_card_is_named_and_the_name_is_sealed(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let mut other = payer.other(&home).await;
        confirm_claims(&home).await;
        payer.pay("5.00", APPROVES, true).await;
        let step = payer.pay("1.00", STEP, true).await;
        payer.visitor.post(&step, &[("answer", "approve")]).await;
        follow(&home).await;
        let page = payer.see("payments").await;
        assert!(page.has("Name this card"), "{}", page.text());
        let card = offered(&payer.see("pay/card?amount=5.00").await)[0].clone();
        let named = payer.send(&format!("cards/{card}/name"), &[("name", "  Carte \u{202e}  du <bu\u{200b}reau> ")]).await.location();
        let page = payer.visitor.get(&named).await;
        for text in ["The card now bears this name.", "Carte du &lt;bureau&gt; – Visa ending in", "value=\"Carte du &lt;bureau&gt;\"", "Change the name"] {
            assert!(page.has(text), "{text} is not on {}", page.text());
        }
        assert!(payer.see("pay/card?amount=5.00").await.has("Carte du &lt;bureau&gt; – Visa ending in"));
        let sealed: Vec<u8> = db::scalar(home.db.reader(), "SELECT name FROM payment_cards WHERE name IS NOT NULL", []).await.expect("read").expect("one");
        assert!(!String::from_utf8_lossy(&sealed).contains("bureau"));
        // Too long, nobody's, another's.
        let long = payer.send(&format!("cards/{card}/name"), &[("name", &"é".repeat(41))]).await.location();
        let page = payer.visitor.get(&long).await;
        assert!(page.has("This name is too long") && page.has("Carte du &lt;bureau&gt;"), "{}", page.text());
        assert!(payer.visitor.get(&payer.path("payments")).await.has("Carte du"));
        for path in [other.path(&format!("cards/{card}/name")), other.path("cards/0190b4d2-0000-7000-8000-000000000000/name"), other.path("cards/x/name"), payer.path(&format!("cards/{card}/name"))] {
            assert_eq!(other.visitor.post(&path, &[("name", "Mine")]).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        for number in ["4242424242424242", "Visa 4242 4242-4242 4242", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"] {
            let refused = payer.send(&format!("cards/{card}/name"), &[("name", number)]).await.location();
            let page = payer.visitor.get(&refused).await;
            assert!(page.has("This name has a card number in it") && !page.has(number), "{}", page.text());
        }
        let longest = payer.send(&format!("cards/{card}/name"), &[("name", &"é".repeat(40))]).await.location();
        assert!(payer.visitor.get(&longest).await.has(&"é".repeat(40)));
        let unnamed = payer.send(&format!("cards/{card}/name"), &[("name", " ")]).await.location();
        let page = payer.visitor.get(&unnamed).await;
        assert!(page.has("The card has no name any more.") && !page.has("ééé"), "{}", page.text());
        // Removed, its name goes too.
        payer.send(&format!("cards/{card}/name"), &[("name", "Adieu")]).await;
        payer.send(&format!("cards/{card}/remove"), &[]).await;
        place.advance_seconds(60);
        follow(&home).await;
        assert_eq!(count(&home, "payment_cards WHERE name IS NOT NULL").await, 0);
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }
}
