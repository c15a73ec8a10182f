//! Sign-up to an account that exists at the provider (SGN-2 to SGN-5).

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use testkit::on_both;

use crate::support::{count, findings, mails, put_on_file, run, with_sample};
use crate::visitor::{PASSWORD, Visitor, login_form, number_of};

const POSTAL_CODE: &str = "h2x1y4";

on_both! {
    async fn sgn_2_an_imported_customer_signs_up_and_reads_the_bill(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut visitor = Visitor::of(&home);
        let done = visitor.sign_up((&number, POSTAL_CODE), "eve.tremblay").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let overview = visitor.get(&done.location()).await;
        let identifier: String = db::scalar(home.db.reader(),
            "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1",
            [number.as_str().into()]).await.expect("read").expect("one");
        assert!(overview.has(&format!("Welcome! Your client identifier is {identifier}")), "{}", overview.text());
        let bills = visitor.get(&format!("/accounts/{number}/bills")).await;
        let bill: i64 = db::scalar(home.db.reader(),
            "SELECT b.number FROM bills b JOIN accounts a ON a.id = b.account_id WHERE a.number = $1",
            [number.as_str().into()]).await.expect("read").expect("a bill");
        let href = format!("/accounts/{number}/bills/{bill}");
        assert!(bills.has(&href), "{}", bills.text());
        let page = visitor.get(&href).await;
        for text in ["Total due", "$23.11", "Service charges", "Add-ons and features", "Taxes and fees", "GST, 5%",
            "QST, 9.975%", "Previous balance and payments", "Current charges and total", "How to pay", &number, &identifier] {
            assert!(page.has(text), "{text} is not on the bill: {}", page.text());
        }
        let pdf = visitor.get(&format!("{href}/pdf")).await;
        assert_eq!((pdf.status, pdf.header("content-type").as_str()), (StatusCode::OK, "application/pdf"));
        assert!(pdf.bytes.starts_with(b"%PDF"));
        assert_eq!(findings(&home).await, Vec::<String>::new());
        // ACC-2: the confirmation carries the identifier, and never the password.
        let mails = mails(&home).await;
        assert_eq!(mails.len(), 1, "the sample has no address on file");
        assert_eq!(mails[0].shown.to, "eve@exemple.ca");
        for text in [&mails[0].text, &mails[0].html] {
            assert!(text.contains(&identifier) && !text.contains(PASSWORD), "{text}");
            assert!(!text.contains("eve.tremblay"), "no word that was typed goes to an address that nobody has confirmed: {text}");
        }
    }

    async fn sgn_2_the_address_on_file_is_told(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        put_on_file(&home, &number, "ancien@exemple.ca").await;
        Visitor::of(&home).sign_up((&number, POSTAL_CODE), "eve.tremblay").await;
        let told: Vec<_> = mails(&home).await.into_iter().filter(|mail| mail.shown.to == "ancien@exemple.ca").collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains(&number) && !told[0].text.contains("eve.tremblay"), "{}", told[0].text);
    }

    async fn sgn_2_one_answer_whatever_was_wrong(place: &TestPlace) {
        let home = with_sample(place).await;
        let taken = number_of(&home, "0001-AAAAA").await;
        let free = number_of(&home, "0002-BBBBB").await;
        Visitor::of(&home).sign_up((&taken, POSTAL_CODE), "eve.tremblay").await;
        let mut answers = Vec::new();
        for (number, code) in [(taken.as_str(), POSTAL_CODE), (taken.as_str(), "K1A 0B1"), (free.as_str(), "K1A 0B1"),
            ("1234567897", "K1A 0B1"), ("no number", POSTAL_CODE), ("9999999999999999999999", "Q9Q9Q9")] {
            let begun = Instant::now();
            let answer = Visitor::of(&home).post("/sign-up", &[("account_number", number), ("postal_code", code)]).await;
            assert!(begun.elapsed() >= Duration::from_millis(400), "the answer's time tells nothing");
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.headers.get("set-cookie").is_none());
            assert!(answer.has(number), "what was typed is kept");
            answers.push(answer.text().replace(number, "N").replace(code, "C"));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "one page, whatever was wrong");
        assert_eq!(count(&home, "claims").await, 0);
    }

    async fn sgn_2_guessing_is_limited_by_account_and_by_address(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let guess = async |from: &Visitor, number: &str, code: &str| {
            let mut visitor = from.other();
            visitor.post("/sign-up", &[("account_number", number), ("postal_code", code)]).await.status
        };
        let site = Visitor::of(&home);
        for _ in 0..10 {
            assert_eq!(guess(&site, &number, "K1A 0B1").await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(guess(&site, &number, POSTAL_CODE).await, StatusCode::TOO_MANY_REQUESTS, "also with the right one");
        let other = number_of(&home, "0002-BBBBB").await;
        for _ in 0..10 {
            guess(&site, &other, "K1A 0B1").await;
        }
        let third = number_of(&home, "0003-CCCCC").await;
        assert_eq!(guess(&site, &third, "K1A 0B1").await, StatusCode::TOO_MANY_REQUESTS, "the address has tried twenty times");
        place.advance_seconds(3601);
        assert_eq!(guess(&site, &number, POSTAL_CODE).await, StatusCode::SEE_OTHER, "after an hour");
    }

    async fn bil_4_bills_are_found_by_what_people_type(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut visitor = Visitor::of(&home);
        visitor.language = "fr-CA";
        visitor.sign_up((&number, POSTAL_CODE), "eve.tremblay").await;
        for (query, found) in [("decembre", true), ("D%C3%89CEMBRE+2026", true), ("23.11", true), ("23,11+%24", true), ("aout", false), ("%3Cscript%3E", false)] {
            let page = visitor.get(&format!("/accounts/{number}/bills?q={query}")).await;
            assert_eq!((page.status, page.has("Facture du")), (StatusCode::OK, found), "{query}");
            assert!(!page.has("<script>"), "{query}");
        }
    }

    async fn sgn_3_an_account_has_one_holder_also_of_two_at_once(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut one = Visitor::of(&home);
        let mut two = one.other();
        for visitor in [&mut one, &mut two] {
            let first = visitor.post("/sign-up", &[("account_number", &number), ("postal_code", POSTAL_CODE)]).await;
            assert_eq!(first.status, StatusCode::SEE_OTHER);
        }
        let (a, b) = (login_form("eve.tremblay"), login_form("adam.tremblay"));
        let (a, b) = tokio::join!(one.post("/sign-up/login", &a), two.post("/sign-up/login", &b));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410]);
        assert_eq!((count(&home, "memberships").await, count(&home, "logins").await), (1, 1));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sgn_2_a_form_posted_twice_makes_one_login(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut visitor = Visitor::of(&home);
        visitor.post("/sign-up", &[("account_number", &number), ("postal_code", POSTAL_CODE)]).await;
        let before = visitor.cookies.clone();
        let first = visitor.post("/sign-up/login", &login_form("eve.tremblay")).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER);
        visitor.cookies = before;
        let second = visitor.post("/sign-up/login", &login_form("eve.tremblay")).await;
        assert_eq!(second.status, StatusCode::GONE);
        assert_eq!((count(&home, "logins").await, count(&home, "messages").await), (1, 1));
    }

    async fn sgn_2_a_step_left_lying_ends_and_keeps_what_was_typed(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut visitor = Visitor::of(&home);
        visitor.post("/sign-up", &[("account_number", &number), ("postal_code", POSTAL_CODE)]).await;
        place.advance_seconds(31 * 60);
        let late = visitor.post("/sign-up/login", &login_form("eve.tremblay")).await;
        assert_eq!(late.status, StatusCode::GONE);
        assert!(late.has("eve.tremblay") && late.has("eve@exemple.ca") && !late.has(PASSWORD), "{}", late.text());
        assert_eq!(count(&home, "logins").await, 0);
    }

    async fn sgn_4_usernames_are_refused_beside_the_field(place: &TestPlace) {
        let home = with_sample(place).await;
        let mut first = Visitor::of(&home);
        first.sign_up((&number_of(&home, "0001-AAAAA").await, POSTAL_CODE), "eve.tremblay").await;
        let number = number_of(&home, "0002-BBBBB").await;
        let mut visitor = first.other();
        assert_eq!(visitor.get("/sign-up/username?name=eve.tremblay").await.status, StatusCode::NOT_FOUND, "before step 1");
        visitor.post("/sign-up", &[("account_number", &number), ("postal_code", "G1R 2B5")]).await;
        for (name, reason) in [("eve", "at least 8"), ("eve@tremblay", "“@”"), ("eve tremblay", "no spaces"),
            ("Ève.Tremblay!", "“!”"), ("dm429850-BOREAL", "client identifier"), ("EVE.TREMBLAY", "is taken"), (&"e".repeat(51), "at most 50")] {
            let answer = visitor.post("/sign-up/login", &login_form(name)).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(answer.has(reason) && answer.has("eve@exemple.ca"), "{name}: {}", answer.text());
            assert!(!answer.has(PASSWORD), "passwords are not sent back");
        }
        let hint = visitor.get("/sign-up/username?name=eve.tremblay&email=eve.t@exemple.ca").await;
        let hint: serde_json::Value = serde_json::from_slice(&hint.bytes).expect("JSON");
        assert_eq!((hint["free"].as_bool(), hint["reason"].as_str()), (Some(false), Some("That username is taken.")));
        let proposals = hint["proposals"].as_array().expect("proposals");
        assert!(!proposals.is_empty() && proposals.iter().all(|name| name.as_str().is_some_and(|name| name.starts_with("eve.t"))));
        assert_eq!(visitor.post("/sign-up/login", &login_form(proposals[0].as_str().expect("a name"))).await.status, StatusCode::SEE_OTHER);
    }

    async fn sgn_5_passwords_are_refused_beside_the_field(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut visitor = Visitor::of(&home);
        visitor.post("/sign-up", &[("account_number", &number), ("postal_code", POSTAL_CODE)]).await;
        for (password, again, reason) in [("abc", "abc", "6 to 16"), ("onlyletters", "onlyletters", "at least one digit"),
            ("password1", "password1", "among the first"), ("with space1", "with space1", "no space"),
            ("eve.tremblay", "eve.tremblay", "at least one digit"), ("vertige7lune", "vertige7lunf", "not the same"), ("", "", "6 to 16")] {
            let form = [("username", "eve.tremblay"), ("email", "eve@exemple.ca"), ("password", password), ("password_again", again)];
            let answer = visitor.post("/sign-up/login", &form).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
            assert!(answer.has(reason), "{password}: {}", answer.text());
        }
        let wrong_mail = [("username", "eve.tremblay"), ("email", "eve"), ("password", PASSWORD), ("password_again", PASSWORD)];
        assert!(visitor.post("/sign-up/login", &wrong_mail).await.has("complete address"));
        assert_eq!(count(&home, "logins").await, 0);
        let kept: Option<String> = { visitor.post("/sign-up/login", &login_form("eve.tremblay")).await;
            db::scalar(home.db.reader(), "SELECT password_hash FROM logins", []).await.expect("read") };
        assert!(kept.is_some_and(|hash| hash.starts_with("$argon2id$")));
    }
}
