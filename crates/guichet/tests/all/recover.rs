//! A lost password, username or identifier (SEC-5).

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use testkit::on_both;

use crate::devices::{events, holder, letters, link_in};
use crate::support::{count, findings};
use crate::visitor::{Answer, PASSWORD, SITE, Visitor, login_form, number_of};

const NEW: &str = "rivage7lac";

async fn choose(visitor: &mut Visitor, path: &str, password: &str) -> Answer {
    visitor.post(path, &[("password", password), ("password_again", password)]).await
}

on_both! {
    async fn sec_5_a_lost_password_is_replaced_with_a_link_to_the_contact_e_mail(place: &TestPlace) {
        let (home, mut site, number) = holder(place).await;
        assert!(site.other().get("/sign-in").await.has("href=\"/recover\""));
        let mut owner = site.other();
        let asked = owner.post("/recover", &[("name", " EVE.Tremblay ")]).await;
        assert_eq!((asked.status, asked.location().as_str()), (StatusCode::SEE_OTHER, "/recover?sent=1"));
        assert!(owner.get(&asked.location()).await.has("If there is a login with that name"));
        let letter = letters(&home, "password-link", 1).await.remove(0);
        assert_eq!(letter.shown.to, "eve@exemple.ca");
        let path = link_in(&letter.text, "/recover/");
        for _ in 0..3 {
            let page = owner.get(&path).await;
            assert!(page.status == StatusCode::OK && page.has("eve.tremblay") && page.has("6 to 16 characters"), "{}", page.text());
        }
        for (password, again, reason) in [("abc", "abc", "6 to 16"), ("onlyletters", "onlyletters", "at least one digit"),
            ("eve.tremblay", "eve.tremblay", "at least one digit"), (NEW, "rivage7lad", "not the same"), ("", "", "6 to 16")] {
            let answer = owner.post(&path, &[("password", password), ("password_again", again)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{password}: {}", answer.text());
        }
        assert_eq!(site.get(&format!("/accounts/{number}/overview")).await.status, StatusCode::OK, "nothing is changed yet");
        let done = choose(&mut owner, &path, NEW).await;
        assert!(owner.get(&done.location()).await.has("Your new password is chosen"), "{}", done.text());
        assert_eq!(site.get(&format!("/accounts/{number}/overview")).await.status, StatusCode::SEE_OTHER, "all sessions end");
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Who read the letter needs no code on this device; elsewhere a code is asked for.
        assert_eq!(owner.type_password("eve.tremblay", NEW).await.location(), "/");
        assert!(site.same_device().type_password("eve.tremblay", NEW).await.location().starts_with("/sign-in/code"));
        assert_eq!(letters(&home, "password-changed", 1).await[0].shown.to, "eve@exemple.ca");
        for late in [owner.get(&path).await, choose(&mut owner, &path, "autre1mot").await] {
            assert!(late.status == StatusCode::GONE && late.has("was used already") && !late.has("eve.tremblay"), "{}", late.text());
        }
        assert_eq!(events(&home, "login.password-chosen").await, 1);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_5_one_answer_and_one_time_whatever_was_typed(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut answers = Vec::new();
        for (path, name) in [("/recover", "eve.tremblay"), ("/recover", "nobody.there"), ("/recover", "eve@exemple.ca"),
            ("/recover", "nobody@exemple.ca"), ("/recover", "zz999999-GUICHET"), ("/recover/names", "eve@exemple.ca"), ("/recover/names", "nobody@exemple.ca")] {
            let begun = Instant::now();
            let answer = site.other().post(path, &[("name", name)]).await;
            assert!(begun.elapsed() >= Duration::from_millis(400), "the answer's time tells nothing");
            answers.push((answer.status, answer.location().replace("/names", ""), answer.text()));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        letters(&home, "password-link", 2).await;
        letters(&home, "login-names", 1).await;
        for (path, name, reason) in [("/recover", "", "Enter your username"), ("/recover/names", "", "complete address"), ("/recover/names", "eve", "complete address"),
            ("/recover", &"x".repeat(300), "Enter your username")] {
            let answer = site.other().post(path, &[("name", name)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{path}: {}", answer.text());
        }
    }

    async fn sec_5_lost_names_come_all_in_one_message(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut second = site.other();
        // With the same address of e-mail.
        second.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        assert_eq!(login_form("adam.roy.2")[1].1, "eve@exemple.ca");
        crate::support::execute(&home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");
        site.other().post("/recover/names", &[("name", "EVE@exemple.ca")]).await;
        let letter = letters(&home, "login-names", 1).await.remove(0);
        let sql = "SELECT count(*) FROM customers";
        assert!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read") > Some(1));
        assert!(letter.text.contains("eve.tremblay") && letter.text.contains("adam.roy.2"), "{}", letter.text);
        assert_eq!(letter.text.matches("Client identifier").count(), 2, "{}", letter.text);
        // A lost password asked for by that address: one message for each.
        site.other().post("/recover", &[("name", "eve@exemple.ca")]).await;
        letters(&home, "password-link", 2).await;
    }

    async fn sec_5_links_are_good_for_an_hour_and_the_newest_alone(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut owner = site.other();
        owner.post("/recover", &[("name", "eve.tremblay")]).await;
        let old = link_in(&letters(&home, "password-link", 1).await[0].text, "/recover/");
        place.advance_seconds(61);
        owner.post("/recover", &[("name", "eve.tremblay")]).await;
        let newest = link_in(&letters(&home, "password-link", 2).await[0].text, "/recover/");
        assert!(choose(&mut owner, &old, NEW).await.has("a newer one was sent"));
        for altered in [format!("{newest}x"), newest[..newest.len() - 1].to_owned(), newest.replace("/recover/", "/sign-in/not-me/")] {
            for answer in [owner.get(&altered).await, choose(&mut owner, &altered, NEW).await] {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{altered}");
            }
        }
        place.advance_seconds(3600);
        for late in [owner.get(&newest).await, choose(&mut owner, &newest, NEW).await] {
            assert!(late.status == StatusCode::GONE && late.has("more than an hour old"), "{}", late.text());
        }
        assert_eq!(owner.type_password("eve.tremblay", NEW).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn sec_5_one_link_posted_twice_at_once_chooses_one_password(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        site.other().post("/recover", &[("name", "eve.tremblay")]).await;
        let path = link_in(&letters(&home, "password-link", 1).await[0].text, "/recover/");
        let (mut one, mut two) = (site.other(), site.other());
        let (a, b) = tokio::join!(choose(&mut one, &path, NEW), choose(&mut two, &path, "autre1mot"));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410]);
        letters(&home, "password-changed", 1).await;
    }

    async fn sec_5_asking_is_limited_by_name_by_address_and_by_mailbox(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        for name in ["eve.tremblay", "nobody.there"] {
            for _ in 0..5 {
                assert_eq!(site.other().post("/recover", &[("name", name)]).await.status, StatusCode::SEE_OTHER);
            }
            let refused = site.other().post("/recover", &[("name", name)]).await;
            assert!(refused.status == StatusCode::TOO_MANY_REQUESTS && refused.has("Too many tries"), "{name}: {}", refused.text());
        }
        letters(&home, "password-link", 3).await;
        for _ in 0..8 {
            site.other().post("/recover", &[("name", "eve@exemple.ca")]).await;
        }
        letters(&home, "password-link", 3).await;
        assert_eq!(site.other().post("/recover/names", &[("name", "eve@exemple.ca")]).await.status, StatusCode::TOO_MANY_REQUESTS, "the address has asked twenty times");
        assert!(count(&home, "limits").await > 0);
        place.advance_seconds(3601);
        assert_eq!(site.other().post("/recover", &[("name", "eve.tremblay")]).await.status, StatusCode::SEE_OTHER);
        letters(&home, "password-link", 4).await;
    }

    async fn sec_5_links_in_letters_begin_with_the_configured_address(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut trickster = site.other();
        trickster.headers = vec![("x-forwarded-host", "evil.example".to_owned()), ("forwarded", "host=evil.example".to_owned()), ("origin", SITE.to_owned())];
        trickster.post("/recover", &[("name", "eve.tremblay")]).await;
        let letter = letters(&home, "password-link", 1).await.remove(0);
        assert!(letter.text.contains(&format!("{SITE}/recover/")) && !letter.text.contains("evil") && !letter.html.contains("evil"), "{}", letter.text);
    }
}
