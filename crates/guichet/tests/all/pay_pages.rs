//! PAY-1: paying by card as customers do it, page by page.

use std::sync::Arc;

use axum::http::StatusCode;
use guichet::Home;
use kernel::Amount;
use payments::Follower;
use testkit::{TestPlace, on_both};

use crate::support::{account, count, doubts, execute, findings, run, with_sample};
use crate::till::{APPROVES, DECLINED, LOST, SLOW, STEP};
use crate::visitor::{Answer, SITE, Visitor, number_of};

/// What account 0001-AAAAA owes by its December bill.
const DUE: &str = "23.11";

/// A form's fields.
pub(crate) type Fields = Vec<(String, String)>;

/// A demonstration, which has the simulated gateway, with December billed.
pub(crate) async fn demonstration(place: &TestPlace) -> Home {
    let mut home = with_sample(place).await;
    home.config.demonstration = true;
    run(&home, "2026-12").await;
    home
}

/// A holder before their account's pages.
pub(crate) struct Payer {
    pub(crate) visitor: Visitor,
    pub(crate) number: String,
}

impl Payer {
    pub(crate) async fn of(home: &Home) -> Self {
        Self::signed_up(home, Visitor::of(home), ("0001-AAAAA", "H2X 1Y4"), "eve.tremblay").await
    }

    /// Another account's holder at the same site.
    pub(crate) async fn other(&self, home: &Home) -> Self {
        Self::signed_up(home, self.visitor.other(), ("0002-BBBBB", "G1R 2B5"), "adam.roy.2").await
    }

    async fn signed_up(home: &Home, mut visitor: Visitor, (key, postal_code): (&str, &str), name: &str) -> Self {
        let number = number_of(home, key).await;
        let done = visitor.sign_up((&number, postal_code), name).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        Self { visitor, number }
    }

    pub(crate) fn path(&self, page: &str) -> String {
        format!("/accounts/{}/{page}", self.number)
    }

    /// The pages and receipts of all payments, whoever made them.
    pub(crate) async fn pages_of_payments(&self, home: &Home) -> Vec<String> {
        #[derive(db::FromQueryResult)]
        struct Row {
            id: kernel::PaymentId,
        }
        let rows: Vec<Row> = db::query(home.db.reader(), "SELECT id FROM payments", []).await.expect("read");
        let pages = rows.iter().flat_map(|row| ["", "/receipt.pdf"].map(|tail| format!("payments/{}{tail}", row.id)));
        pages.collect()
    }

    pub(crate) async fn see(&mut self, page: &str) -> Answer {
        let path = self.path(page);
        self.visitor.get(&path).await
    }

    pub(crate) async fn send(&mut self, page: &str, form: &[(&str, &str)]) -> Answer {
        let path = self.path(page);
        self.visitor.post(&path, form).await
    }

    /// The first step: where the cards are chosen.
    pub(crate) async fn choose(&mut self, form: &[(&str, &str)]) -> String {
        let chosen = self.send("pay", form).await;
        assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.text());
        chosen.location()
    }

    /// The second step with a new card: the fields of the check page.
    pub(crate) async fn enter(&mut self, card_page: &str, number: &str, keep: bool) -> Fields {
        let page = self.visitor.get(card_page).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let mut form = vec![
            ("return_to", card_page),
            ("number", number),
            ("exp_month", "12"),
            ("exp_year", "2030"),
            ("code", "123"),
        ];
        form.extend(keep.then_some(("keep", "yes")));
        let entered = self.visitor.post("/demo/gateway/cards", &form).await;
        let back = self.visitor.get(&entered.location()).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text());
        self.check(&back.location()).await
    }

    /// The third step's form, as it is shown.
    pub(crate) async fn check(&mut self, path: &str) -> Fields {
        let page = self.visitor.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let text = page.text();
        let fields = ["key", "amount", "for", "more", "method", "keep", "card"].map(|name| {
            let before = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
            let (_, after) = text.split_once(&before).unwrap_or_else(|| panic!("no {name} in {text}"));
            (name.to_owned(), after.split('"').next().expect("a value").to_owned())
        });
        fields.to_vec()
    }

    pub(crate) async fn submit(&mut self, fields: &Fields) -> Answer {
        let form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.send("pay/check", &form).await
    }

    /// Everything that is due, with a new card, as far as the check page.
    pub(crate) async fn ready(&mut self, number: &str) -> Fields {
        let card_page = self.choose(&[("for", "due")]).await;
        self.enter(&card_page, number, false).await
    }

    /// Pays everything that is due with a new card; where that leads.
    pub(crate) async fn pay_everything(&mut self, number: &str) -> String {
        let fields = self.ready(number).await;
        self.submit(&fields).await.location()
    }

    /// Pays an amount with a new card; where that leads.
    pub(crate) async fn pay(&mut self, amount: &str, number: &str, keep: bool) -> String {
        let card_page = self.choose(&[("for", "other"), ("amount", amount), ("more", "yes")]).await;
        let fields = self.enter(&card_page, number, keep).await;
        let paid = self.submit(&fields).await;
        assert_eq!(paid.status, StatusCode::SEE_OTHER, "{}", paid.text());
        paid.location()
    }
}

pub(crate) fn replaced(fields: &Fields, name: &str, value: &str) -> Fields {
    let one = |(of, old): &(String, String)| (of.clone(), if of == name { value.to_owned() } else { old.clone() });
    fields.iter().map(one).collect()
}

pub(crate) async fn balance(home: &Home) -> Amount {
    billing::balance(home.db.reader(), account(home, "0001-AAAAA").await).await.expect("read")
}

pub(crate) async fn entries(home: &Home) -> i64 {
    count(home, "ledger_entries WHERE kind = 'payment'").await
}

/// Texts of the letters with that beginning of their subject.
pub(crate) async fn letters(home: &Home, subject: &str) -> Vec<String> {
    let mut found = Vec::new();
    for shown in messages::list(&home.db, &home.vault, 50).await.expect("listed") {
        found.extend(messages::find(&home.db, &home.vault, shown.id).await.expect("read"));
    }
    found.retain(|letter| letter.shown.subject.starts_with(subject));
    found.into_iter().map(|letter| letter.text).collect()
}

/// What the jobs do when they are due.
pub(crate) async fn follow(home: &Home) -> u32 {
    let app = guichet::app(home, SITE, Arc::default()).expect("templates and texts");
    let payments = app.till.as_ref().expect("a till").payments.clone();
    Follower::new(payments).follow_due().await.expect("followed")
}

/// A payment's reference for people, by its page's address.
pub(crate) fn reference(path: &str) -> String {
    let id = path.rsplit('/').next().expect("an id").replace('-', "").to_uppercase();
    format!("{}-{}", &id[20..26], &id[26..32])
}

pub(crate) async fn confirm_claims(home: &Home) {
    execute(home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
}

/// The ids of the cards that a page offers.
pub(crate) fn offered(page: &Answer) -> Vec<String> {
    let text = page.text();
    let parts = text.split("name=\"card\" value=\"").skip(1);
    parts.filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
}

on_both! {
    async fn pay_1_everything_due_is_paid_and_the_receipt_is_there_and_sent(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let first = payer.see("pay").await;
        assert!(first.has("Everything that is due: $23.11") && first.has("Other ways to pay"), "{}", first.text());
        let card_page = payer.choose(&[("for", "due")]).await;
        let page = payer.visitor.get(&card_page).await;
        for text in ["You are about to pay $23.11", "Simulated gateway", "4000 0000 0000 0002"] {
            assert!(page.has(text), "{text} is not on {}", page.text());
        }
        let fields = payer.enter(&card_page, APPROVES, false).await;
        assert_eq!((count(&home, "payments").await, fields[1].1.as_str()), (0, DUE), "nothing begins before it was checked");
        let paid = payer.submit(&fields).await;
        assert_eq!(paid.status, StatusCode::SEE_OTHER, "{}", paid.text());
        let receipt = payer.visitor.get(&paid.location()).await;
        let reference = reference(&paid.location());
        for text in ["Thank you, your payment was received", "$23.11", &reference, "Visa ending in 4242", "Simulated: no money was taken", &payer.number] {
            assert!(receipt.has(text), "{text} is not on {}", receipt.text());
        }
        assert_eq!((balance(&home).await, entries(&home).await), (Amount::ZERO, 1));
        let sent = letters(&home, "Receipt for your payment of $23.11").await;
        assert_eq!(sent.len(), 1);
        for text in ["$23.11", &reference, &payer.number, "4242", paid.location().as_str()] {
            assert!(sent[0].contains(text), "{text} is not in {}", sent[0]);
        }
        let overview = payer.see("overview").await;
        assert!(overview.has("Everything is paid, thank you."), "{}", overview.text());
        assert!(payer.see("payments").await.has(&paid.location()));
        let again = payer.see("pay").await;
        assert!(again.status == StatusCode::OK && !again.has("Everything that is due"), "{}", again.text());
        let nothing = payer.send("pay", &[("for", "due")]).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing is due any more");
        place.advance_seconds(16);
        follow(&home).await;
        assert_eq!((entries(&home).await, letters(&home, "Receipt").await.len()), (1, 1), "once");
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }

    async fn pay_1_a_form_submitted_twice_pays_once(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let fields = payer.ready(APPROVES).await;
        // A double click: both are under way at once.
        let cookies = payer.visitor.cookies.clone();
        let mut twin = Payer { visitor: payer.visitor.other(), number: payer.number.clone() };
        twin.visitor.cookies = cookies;
        let (one, two) = tokio::join!(payer.submit(&fields), twin.submit(&fields));
        let third = payer.submit(&fields).await;
        assert!(one.location().starts_with(&payer.path("payments/")), "{} {}", one.status, one.location());
        assert_eq!((two.location(), third.location()), (one.location(), one.location()), "all see the one receipt");
        assert_eq!((count(&home, "payments").await, entries(&home).await, balance(&home).await), (1, 1, Amount::ZERO));
        // Changed and sent again, it is no other payment either.
        let changed = payer.submit(&replaced(&replaced(&fields, "amount", "5.00"), "more", "yes")).await;
        assert_eq!(changed.location(), payer.path("payments"));
        assert_eq!((count(&home, "payments").await, entries(&home).await), (1, 1));
        place.advance_seconds(16);
        follow(&home).await;
        assert_eq!(letters(&home, "Receipt").await.len(), 1);
    }

    async fn pay_1_going_back_and_paying_again_is_the_same_payment(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let card_page = payer.choose(&[("for", "other"), ("amount", "1.00")]).await;
        let first = payer.enter(&card_page, "4242424242424242", false).await;
        let paid = payer.submit(&first).await;
        // A browser that goes back asks for the page once more: nothing of it is kept.
        let again = payer.enter(&card_page, "4242424242424242", false).await;
        assert_eq!(payer.submit(&again).await.location(), paid.location());
        assert_eq!(entries(&home).await, 1);
    }

    async fn pay_1_bills_are_noted_only_for_what_is_due_on_them(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let ready = payer.ready("4242424242424242").await;
        let asked = payer.see("pay/check?amount=1.00&for=due&method=sim_pm_x").await;
        assert_eq!(asked.location(), payer.path("pay?changed=due"), "less is not everything that is due");
        let paid = payer.submit(&replaced(&ready, "amount", "1.00")).await;
        assert_eq!(paid.status, StatusCode::SEE_OTHER);
        let page = payer.visitor.get(&paid.location()).await;
        assert!(page.has("$1.00") && !page.has("Bills</dt>"), "{}", page.text());
    }

    async fn pay_1_a_declined_card_is_said_and_another_pays(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let fields = payer.ready(DECLINED).await;
        let declined = payer.submit(&fields).await;
        let page = payer.visitor.get(&declined.location()).await;
        for text in ["Your card was not accepted", "Your bank declined without telling us why. Nothing was charged.", "Try again"] {
            assert!(page.has(text), "{text} is not on {}", page.text());
        }
        assert_eq!((entries(&home).await, balance(&home).await), (0, Amount::cents(2311)));
        let fields = payer.ready(APPROVES).await;
        let paid = payer.submit(&fields).await;
        assert!(payer.visitor.get(&paid.location()).await.has("your payment was received"));
        assert_eq!((entries(&home).await, balance(&home).await), (1, Amount::ZERO));
        let list = payer.see("payments").await;
        assert!(list.has("Declined") && list.has("$23.11 on the bill of"), "{}", list.text());
        assert!(letters(&home, "Your payment").await.is_empty(), "the customer saw it");
    }

    async fn pay_1_a_card_that_is_mistyped_is_asked_for_again(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let card_page = payer.choose(&[("for", "due")]).await;
        for (number, month, code, reason) in [
            ("4242424242424241", "12", "123", "This is no card number. Check the digits."), ("", "12", "123", "This is no card number. Check the digits."),
            ("5555555555554444", "12", "123", "takes only the test numbers"), (APPROVES, "13", "123", "does not exist, or is past"),
            (APPROVES, "12", "1", "has three digits"),
        ] {
            let form = [("return_to", card_page.as_str()), ("number", number), ("exp_month", month), ("exp_year", "2030"), ("code", code)];
            let back = payer.visitor.post("/demo/gateway/cards", &form).await.location();
            let page = payer.visitor.get(&back).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
            assert!(page.has(reason) && page.has("$23.11"), "{number}: {}", page.text());
            assert!(number.is_empty() || !back.contains(number) && !page.has(&format!("value=\"{number}\"")), "no card number comes back to us");
        }
        // Nor does what comes back lead to another site.
        let form = [("return_to", "https://elsewhere.example/"), ("number", APPROVES), ("exp_month", "12"), ("exp_year", "2030"), ("code", "123")];
        let back = payer.visitor.post("/demo/gateway/cards", &form).await.location();
        assert!(back.starts_with("/?method="), "{back}");
        assert_eq!(count(&home, "payments").await, 0);
    }

    async fn pay_1_a_second_step_is_taken_at_the_bank(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        for (answer, title, paid) in [("refuse", "Your card was not accepted", 0), ("approve", "your payment was received", 1)] {
            let step = payer.pay("10.00", STEP, false).await;
            assert!(step.starts_with("/demo/gateway/"), "{step}");
            let bank = payer.visitor.get(&step).await;
            assert!(bank.has("a payment of $10.00 with the card ending in 3155"), "{}", bank.text());
            assert_eq!(entries(&home).await, 0, "nothing is posted before");
            assert!(payer.see("payments").await.has("Waiting for your bank"));
            assert_eq!(payer.visitor.post(&step, &[("answer", "perhaps")]).await.status, StatusCode::BAD_REQUEST);
            let back = payer.visitor.post(&step, &[("answer", answer)]).await.location();
            assert!(back.starts_with(&payer.path("payments/")), "{back}");
            let page = payer.visitor.get(&back).await;
            assert!(page.has(title), "{}", page.text());
            assert_eq!(page.has("The confirmation at your bank was not given. Nothing was charged."), paid == 0);
            assert_eq!(entries(&home).await, paid);
            // Answered once more, it is what it is.
            let later = payer.visitor.post(&step, &[("answer", "approve")]).await;
            assert_eq!((later.location(), entries(&home).await), (back.clone(), paid));
            assert!(payer.visitor.get(&step).await.has("You have answered already"));
            assert!(payer.visitor.get(&back).await.has(title));
        }
        // Given up.
        let step = payer.pay("10.00", STEP, false).await;
        let sql = "SELECT id FROM payments WHERE state = 'requires-action'";
        let id: uuid::Uuid = db::scalar(home.db.reader(), sql, []).await.expect("read").expect("one");
        let page = payer.see(&format!("payments/{id}")).await;
        assert!(page.has("Continue at your bank") && page.has(&step) && page.has("Cancel this payment"), "{}", page.text());
        let given_up = payer.send(&format!("payments/{id}/cancel"), &[]).await.location();
        assert!(payer.visitor.get(&given_up).await.has("This payment was canceled"));
        payer.visitor.post(&step, &[("answer", "approve")]).await;
        place.advance_seconds(4000);
        follow(&home).await;
        assert_eq!((entries(&home).await, balance(&home).await), (1, Amount::cents(1311)));
    }

    async fn pay_1_wrong_amounts_are_refused_with_the_reason_and_kept(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        for (typed, more, reason) in [
            ("0", "", "The amount must be more than zero."), ("-5", "yes", "The amount must be more than zero."),
            ("10.005", "", "two decimals at most"), ("ten", "", "Enter the amount in figures"), ("", "", "Enter the amount in figures"),
            ("99999999999999999999", "", "Enter the amount in figures"),
            ("100", "", "That is more than is due ($23.11)."), ("10000.01", "yes", "You can pay at most $10,000.00 at a time."),
        ] {
            let refused = payer.send("pay", &[("for", "other"), ("amount", typed), ("more", more)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
            assert!(refused.has(reason), "{typed}: {}", refused.text());
            assert!(typed.is_empty() || refused.has(&format!("value=\"{typed}\"")), "{typed} is not kept: {}", refused.text());
            assert_eq!(refused.has("Yes, I want to pay more than is due"), typed == "100", "{typed}");
        }
        let unchosen = payer.send("pay", &[("amount", "5")]).await;
        assert!(unchosen.status == StatusCode::UNPROCESSABLE_ENTITY && unchosen.has("Choose what you would like to pay."));
        // A form that was made by hand is refused as well.
        let fields = payer.ready(APPROVES).await;
        for (amount, reason) in [("0.00", "more than zero"), ("-1.00", "more than zero"), ("50.00", "more than is due"), ("99999.00", "at most $10,000.00")] {
            let refused = payer.submit(&replaced(&fields, "amount", amount)).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has(reason), "{amount}: {}", refused.text());
        }
        let most = payer.submit(&replaced(&replaced(&fields, "amount", "99999.00"), "more", "yes")).await;
        assert!(most.status == StatusCode::UNPROCESSABLE_ENTITY && most.has("at most $10,000.00"), "{}", most.text());
        assert_eq!(payer.submit(&replaced(&fields, "amount", "much")).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(payer.submit(&replaced(&fields, "key", "")).await.status, StatusCode::BAD_REQUEST);
        assert_eq!((count(&home, "payments").await, entries(&home).await), (0, 0));
        // A part; then more, which becomes a credit.
        payer.pay("3,11", APPROVES, false).await;
        assert_eq!(balance(&home).await, Amount::cents(2000));
        payer.pay("$100", APPROVES, false).await;
        assert_eq!((balance(&home).await, entries(&home).await), (Amount::cents(-8000), 2));
        let overview = payer.see("overview").await;
        assert!(overview.has("We owe you $80.00. It will be taken off your next bill."), "{}", overview.text());
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }

    async fn pay_1_anothers_account_payment_or_card_is_not_there(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let mut other = payer.other(&home).await;
        confirm_claims(&home).await;
        let theirs = other.pay("5.00", APPROVES, true).await;
        let id = theirs.rsplit('/').next().expect("an id").to_owned();
        let card = offered(&other.see("pay/card?amount=5.00").await).pop().expect("a saved card");
        let nobodys = "0190b4d2-0000-7000-8000-000000000000";
        let mut pages = Vec::new();
        for path in [other.path("pay"), other.path("pay/card?amount=5.00"), other.path("payments"), theirs.clone(), payer.path(&format!("payments/{id}")),
            payer.path(&format!("payments/{nobodys}")), payer.path("payments/x"), payer.path(&format!("cards/{card}")), payer.path("cards/x")] {
            let answer = payer.visitor.get(&path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            pages.push(answer.text());
        }
        pages.dedup();
        assert_eq!(pages.len(), 1, "nothing tells one from the other");
        for path in [other.path("pay/check"), format!("{theirs}/cancel"), payer.path(&format!("payments/{id}/cancel")), payer.path(&format!("payments/{nobodys}/cancel")),
            payer.path(&format!("cards/{card}/default")), payer.path(&format!("cards/{card}/remove")), payer.path(&format!("cards/{nobodys}/remove"))] {
            let form = [("amount", "5.00"), ("for", "other"), ("more", "yes"), ("key", "k"), ("card", card.as_str())];
            assert_eq!(payer.visitor.post(&path, &form).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Their saved card, on one's own account.
        let shown = payer.see(&format!("pay/check?amount=5.00&for=other&card={card}")).await;
        assert_eq!((shown.status, shown.has("4242")), (StatusCode::SEE_OTHER, false));
        let fields = payer.ready(APPROVES).await;
        let refused = payer.submit(&replaced(&fields, "card", &card)).await;
        assert!(refused.location().starts_with(&payer.path("pay/card?amount=23.11&for=due")), "{} {}", refused.status, refused.location());
        let sql = "SELECT id FROM simulated_methods WHERE customer IS NOT NULL";
        let method: String = db::scalar(home.db.reader(), sql, []).await.expect("read").expect("a kept method");
        let refused = payer.submit(&replaced(&fields, "method", &method)).await;
        assert!(refused.location().starts_with(&payer.path("pay/card?")), "{} {}", refused.status, refused.location());
        assert_eq!((count(&home, "payments").await, balance(&home).await), (1, Amount::cents(2311)));
        assert_eq!(offered(&other.see("pay/card?amount=5.00").await), [card], "it is theirs still");
    }

    async fn sgn_2_cards_are_kept_once_the_claim_is_confirmed(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let page = payer.see("pay/card?amount=5.00&for=other").await;
        assert!(page.status == StatusCode::OK && !page.has("Save this card for next time") && offered(&page).is_empty(), "{}", page.text());
        let fields = payer.ready(APPROVES).await;
        let refused = payer.submit(&replaced(&fields, "keep", "yes")).await;
        assert_eq!((refused.status, count(&home, "payments").await), (StatusCode::NOT_FOUND, 0));

        confirm_claims(&home).await;
        assert!(payer.see("pay/card?amount=5.00&for=other").await.has("Save this card for next time"));
        payer.pay("5.00", APPROVES, true).await;
        let step = payer.pay("5.00", STEP, true).await;
        let back = payer.visitor.post(&step, &[("answer", "approve")]).await.location();
        assert!(payer.visitor.get(&back).await.has("your payment was received"));
        let page = payer.see("pay/card?amount=5.00&for=other").await;
        let cards = offered(&page);
        assert!(cards.len() == 2 && page.has("Visa ending in 4242") && page.has("Visa ending in 3155") && page.has("Good until the end of 12/2030."), "{}", page.text());
        // Offered next time, and used.
        let fields = payer.check(&payer.path(&format!("pay/check?amount=5.00&for=other&more=&card={}", cards[0]))).await;
        let paid = payer.submit(&fields).await;
        assert!(payer.visitor.get(&paid.location()).await.has("your payment was received"));
        assert_eq!((entries(&home).await, balance(&home).await), (3, Amount::cents(811)));
        // The other one first.
        let done = payer.send(&format!("cards/{}/default", cards[1]), &[]).await.location();
        assert!(payer.visitor.get(&done).await.has("This card will be offered first."));
        let page = payer.see("pay/card?amount=5.00&for=other").await.text();
        let (_, checked) = page.split_once(&format!("value=\"{}\"", cards[1])).expect("it is offered");
        assert!(checked.starts_with(" checked"), "{page}");
        // Removed.
        let done = payer.send(&format!("cards/{}/remove", cards[1]), &[]).await.location();
        let list = payer.visitor.get(&done).await;
        assert!(list.has("The card was removed.") && !list.has(&format!("cards/{}/remove", cards[1])), "{}", list.text());
        assert_eq!(offered(&payer.see("pay/card?amount=5.00&for=other").await), [cards[0].clone()]);
        let gone = payer.see(&format!("pay/check?amount=5.00&for=other&card={}", cards[1])).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        let refused = payer.submit(&replaced(&replaced(&fields, "card", &cards[1]), "key", "another")).await;
        assert!(refused.location().starts_with(&payer.path("pay/card?")), "{} {}", refused.status, refused.location());
        assert_eq!(entries(&home).await, 3);
        place.advance_seconds(60);
        follow(&home).await;
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }

    async fn sec_9_a_payment_from_another_site_or_an_ended_session_is_none(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let fields = payer.ready(APPROVES).await;
        payer.visitor.headers = vec![("sec-fetch-site", "cross-site".to_owned()), ("origin", "https://elsewhere.example".to_owned())];
        assert_eq!(payer.submit(&fields).await.status, StatusCode::FORBIDDEN);
        payer.visitor.headers.clear();
        place.advance_seconds(31 * 60);
        let ended = payer.submit(&fields).await;
        assert_eq!((ended.status, ended.location().as_str()), (StatusCode::SEE_OTHER, "/sign-in?return_to=/&ended=1"));
        follow(&home).await;
        assert_eq!((count(&home, "payments").await, entries(&home).await, balance(&home).await), (0, 0, Amount::cents(2311)));
    }

    async fn pay_1_a_slow_gateway_or_a_lost_answer_charges_once(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        // The answer is lost; asked again, the gateway says it.
        let lost = payer.pay("10.00", LOST, false).await;
        assert!(payer.visitor.get(&lost).await.has("your payment was received"));
        // It takes its time: the page says so, and looks again by itself.
        let slow = payer.pay("5.00", SLOW, false).await;
        let page = payer.visitor.get(&slow).await;
        assert!(page.has("We are checking your payment") && page.has("Do not pay a second time"), "{}", page.text());
        assert_eq!((page.header("refresh").as_str(), entries(&home).await), ("5", 1));
        for _ in 0..4 {
            place.advance_seconds(200);
            follow(&home).await;
        }
        assert_eq!((entries(&home).await, balance(&home).await), (2, Amount::cents(811)));
        let page = payer.visitor.get(&slow).await;
        assert!(page.has("your payment was received") && page.header("refresh").is_empty(), "{}", page.text());
        assert_eq!(letters(&home, "Receipt").await.len(), 2);
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }
}
