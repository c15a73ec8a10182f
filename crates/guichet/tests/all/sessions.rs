//! Signing in and out, and who gets in (SEC-1, SEC-9).

use axum::body::Body;
use axum::http::{Method, StatusCode};
use testkit::{TestPlace, on_both};

use crate::support::{count, run, with_sample};
use crate::visitor::{PASSWORD, Visitor, number_of};

/// A site with one holder, and the holder's account number and identifier.
async fn with_holder(place: &TestPlace) -> (guichet::Home, Visitor, String, String) {
    let home = with_sample(place).await;
    run(&home, "2026-12").await;
    let number = number_of(&home, "0001-AAAAA").await;
    let mut visitor = Visitor::of(&home);
    let done = visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let sql = "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1";
    let identifier = db::scalar(home.db.reader(), sql, [number.as_str().into()]).await.expect("read").expect("one");
    (home, visitor, number, identifier)
}

on_both! {
    async fn sec_1_signs_in_by_username_or_identifier(place: &TestPlace) {
        let (_home, site, number, identifier) = with_holder(place).await;
        // SGN-4: an e-mail address signs in once it is confirmed, which it is not.
        assert_eq!(site.other().sign_in("eve@exemple.ca", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        for name in ["eve.tremblay", " EVE.TREMBLAY ", &identifier, &identifier.to_lowercase()] {
            let mut visitor = site.other();
            let answer = visitor.sign_in(name, PASSWORD).await;
            assert_eq!((answer.status, answer.location().as_str()), (StatusCode::SEE_OTHER, "/"), "{name}");
            assert_eq!(visitor.get("/").await.location(), format!("/accounts/{number}/overview"));
        }
    }

    async fn sec_1_the_same_answer_for_an_unknown_user_and_a_wrong_password(place: &TestPlace) {
        let (_home, site, ..) = with_holder(place).await;
        let wrong = site.other().sign_in("eve.tremblay", "autre1mot").await;
        let unknown = site.other().sign_in("adam.tremblay", "autre1mot").await;
        assert_eq!((wrong.status, unknown.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!(wrong.text().replace("eve.tremblay", "N"), unknown.text().replace("adam.tremblay", "N"));
        assert!(wrong.has("do not go together") && !wrong.has("autre1mot"));
    }

    async fn sec_1_guessing_from_one_address_is_limited_and_ends_with_a_wait(place: &TestPlace) {
        let (home, site, ..) = with_holder(place).await;
        for n in 0..50 {
            let name = format!("nobody.there.{}", n / 8);
            assert_eq!(site.other().sign_in(&name, "autre1mot").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let waits = site.same_device().sign_in("eve.tremblay", PASSWORD).await;
        assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(waits.has("Wait 15 minutes") || waits.has("Wait 16 minutes"), "{}", waits.text());
        place.advance_seconds(15 * 60 + 1);
        assert_eq!(site.same_device().sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::SEE_OTHER);
        let kept: Vec<u8> = db::scalar(home.db.reader(), "SELECT limited FROM limits LIMIT 1", []).await.expect("read").expect("one");
        assert_eq!(kept.len(), 32, "the table of limits names nobody");
    }

    async fn sec_1_a_sign_in_that_is_right_writes_its_session_alone(place: &TestPlace) {
        let (home, site, ..) = with_holder(place).await;
        let mut before = Vec::new();
        for table in ["limits", "devices", "messages", "audit_events", "login_links", "pending_sign_ins", "sessions"] {
            before.push((table, count(&home, table).await));
        }
        assert_eq!(site.same_device().sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::SEE_OTHER);
        for (table, rows) in before {
            let one_more = i64::from(table == "sessions");
            assert_eq!(count(&home, table).await, rows + one_more, "{table}");
        }
    }

    async fn sec_1_guesses_at_once_are_counted_one_by_one(place: &TestPlace) {
        let (_home, site, ..) = with_holder(place).await;
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..25 {
            let mut visitor = site.other();
            tries.spawn(async move { visitor.sign_in("eve.tremblay", "autre1mot").await.status });
        }
        let statuses = tries.join_all().await;
        let compared = statuses.iter().filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY).count();
        assert_eq!(compared, 10, "{statuses:?}");
    }

    async fn sec_1_limits_do_not_tell_whether_an_identifier_has_a_login(place: &TestPlace) {
        let (_home, site, _, identifier) = with_holder(place).await;
        let nobody = format!("zz999999-{}", identifier.split_once('-').expect("a suffix").1);
        let mut answers = Vec::new();
        for name in [identifier.as_str(), &nobody] {
            for _ in 0..10 {
                site.other().sign_in(&name.replace('-', "—"), "autre1mot").await;
            }
            answers.push(site.other().sign_in(name, "autre1mot").await.status);
        }
        assert_eq!(answers, [StatusCode::TOO_MANY_REQUESTS; 2], "any dash is the same name, with a login or without");
    }

    async fn sec_2_a_stranger_with_the_printed_identifier_does_not_lock_the_owner_out(place: &TestPlace) {
        let (home, holder, _, identifier) = with_holder(place).await;
        let device = holder.cookies["device"].clone();
        let config = place.data().join("guichet.toml");
        let text = std::fs::read_to_string(&config).expect("the configuration");
        std::fs::write(&config, text.replace("# proxies = 1", "proxies = 1")).expect("written");
        home.db.close().await;
        let home = place.open().await;
        let mut stranger = Visitor::of(&home);
        stranger.headers = vec![("x-forwarded-for", "203.0.113.7".to_owned())];
        for _ in 0..12 {
            stranger.sign_in(&identifier, "autre1mot").await;
        }
        assert_eq!(stranger.sign_in(&identifier, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        let mut owner = stranger.other();
        owner.cookies.insert("device".to_owned(), device);
        assert_eq!(owner.sign_in(&identifier, PASSWORD).await.status, StatusCode::SEE_OTHER, "on a device that is known");
    }

    async fn sec_1_signing_in_again_ends_the_session_before(place: &TestPlace) {
        let (_home, mut visitor, ..) = with_holder(place).await;
        let before = visitor.cookies.clone();
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        assert_eq!(visitor.get("/profile/details").await.status, StatusCode::OK);
        visitor.cookies = before;
        assert_eq!(visitor.get("/profile/details").await.status, StatusCode::SEE_OTHER);
    }

    async fn sec_1_a_planted_session_is_not_taken_over(place: &TestPlace) {
        let (home, site, ..) = with_holder(place).await;
        let mut visitor = site.other();
        visitor.cookies.insert("session".to_owned(), "planted".to_owned());
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        assert_ne!(visitor.cookies["session"], "planted");
        let kept: i64 = db::scalar(home.db.reader(), "SELECT count(*) FROM sessions", []).await.expect("read").expect("a count");
        assert_eq!(kept, 2);
        let secret = visitor.cookies["session"].clone();
        let stored: Vec<u8> = db::scalar(home.db.reader(), "SELECT token_hash FROM sessions ORDER BY created_at DESC LIMIT 1", []).await.expect("read").expect("one");
        assert!(!String::from_utf8_lossy(&stored).contains(&secret), "the table opens no session");
    }

    async fn sec_9_signing_out_ends_the_session_on_the_server(place: &TestPlace) {
        let (home, mut visitor, number, _) = with_holder(place).await;
        let old = visitor.cookies.clone();
        let out = visitor.post("/sign-out", &[]).await;
        assert_eq!((out.status, visitor.cookies.get("session")), (StatusCode::SEE_OTHER, None));
        assert!(visitor.get(&out.location()).await.has("You are signed out."));
        visitor.cookies = old;
        let path = format!("/accounts/{number}/bills");
        let answer = visitor.get(&path).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, format!("/sign-in?return_to={path}&ended=1")));
        assert_eq!(count(&home, "sessions").await, 0);
    }

    async fn sec_9_a_session_ends_after_idle_time_and_after_twelve_hours(place: &TestPlace) {
        let (_home, mut visitor, number, _) = with_holder(place).await;
        let path = format!("/accounts/{number}/overview");
        for _ in 0..24 {
            place.advance_seconds(29 * 60);
            assert_eq!(visitor.get(&path).await.status, StatusCode::OK, "used, it goes on");
        }
        place.advance_seconds(29 * 60);
        let ended = visitor.get(&path).await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "for twelve hours at most");
        assert!(visitor.get(&ended.location()).await.has("Your session has ended"));
        let back = visitor.post("/sign-in", &[("name", "eve.tremblay"), ("password", PASSWORD), ("return_to", &path)]).await;
        assert_eq!(back.location(), path, "back to where it was");
        place.advance_seconds(31 * 60);
        assert_eq!(visitor.get(&path).await.status, StatusCode::SEE_OTHER, "unused for half an hour");
    }

    async fn sec_1_cookies_and_headers_are_strict(place: &TestPlace) {
        let (home, ..) = with_holder(place).await;
        let mut visitor = Visitor::at(&home, "https://client.example.ca");
        let answer = visitor.sign_in("eve.tremblay", PASSWORD).await;
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with("__Host-session=")).expect("a session");
        for flag in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(session.contains(flag), "{session}");
        }
        let page = visitor.get("/profile/details").await;
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(page.header("strict-transport-security").starts_with("max-age="));
        assert!(!page.has(" style=") && !page.has("onclick") && !page.has("<style"), "nothing inline");
    }

    async fn sec_1_posts_from_other_sites_are_refused(place: &TestPlace) {
        let (home, mut visitor, number, _) = with_holder(place).await;
        visitor.headers = vec![("sec-fetch-site", "cross-site".to_owned()), ("origin", "https://evil.example".to_owned())];
        let refused = visitor.post("/sign-out", &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.has("came from another site"), "{}", refused.text());
        let refused = visitor.post("/sign-in", &[("name", "eve.tremblay"), ("password", PASSWORD)]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "nor can another site sign somebody in");
        visitor.headers.clear();
        assert_eq!(visitor.get(&format!("/accounts/{number}/overview")).await.status, StatusCode::OK, "nothing was changed");
        assert_eq!(count(&home, "sessions").await, 1);
    }

    async fn sec_1_nobody_is_sent_to_another_site(place: &TestPlace) {
        let (_home, site, ..) = with_holder(place).await;
        for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
            let form = [("name", "eve.tremblay"), ("password", PASSWORD), ("return_to", elsewhere)];
            assert_eq!(site.same_device().post("/sign-in", &form).await.location(), "/");
            assert_eq!(site.other().post("/sign-in", &form).await.location(), "/sign-in/code?return_to=/");
            assert_eq!(site.other().post("/language", &[("language", "en"), ("return_to", elsewhere)]).await.location(), "/");
        }
    }

    async fn prv_4_malformed_requests_get_a_clear_page_and_change_nothing(place: &TestPlace) {
        let (home, site, ..) = with_holder(place).await;
        let form = Some("application/x-www-form-urlencoded");
        let huge = format!("name={}", "a".repeat(100_000));
        let cases = [
            (Body::from(huge), form, StatusCode::PAYLOAD_TOO_LARGE, "too large"),
            (Body::from("{}"), Some("application/json"), StatusCode::UNSUPPORTED_MEDIA_TYPE, "format is not accepted"),
            (Body::from("name=a"), None, StatusCode::UNSUPPORTED_MEDIA_TYPE, "format is not accepted"),
            (Body::from("name=a%00b&password=c"), form, StatusCode::BAD_REQUEST, "did not understand"),
            (Body::from("%ff=%fe&&&=;"), form, StatusCode::UNPROCESSABLE_ENTITY, "Enter your username"),
        ];
        for (body, kind, status, text) in cases {
            let answer = site.other().ask(Method::POST, "/sign-in", body, kind).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            assert!(answer.has(text), "{}", answer.text());
        }
        let answer = site.other().ask(Method::DELETE, "/sign-in", Body::empty(), None).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(answer.has("does not open that way"));
        let mut program = site.other();
        program.headers = vec![("accept", "application/json".to_owned())];
        let problem = program.get("/nowhere").await;
        assert_eq!(problem.header("content-type"), "application/problem+json");
        let problem: serde_json::Value = serde_json::from_slice(&problem.bytes).expect("JSON");
        assert_eq!(problem["status"], 404);
        assert_eq!(count(&home, "sessions").await, 1);
    }
}
