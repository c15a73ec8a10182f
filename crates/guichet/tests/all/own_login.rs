//! What the owner of a login does with it: another password, the end of sessions, its deletion (SEC-7 to SEC-9).

use axum::http::StatusCode;
use guichet::Home;
use testkit::on_both;

use crate::profile::holder;
use crate::support::{count, findings, mails};
use crate::visitor::{PASSWORD, Visitor, number_of};

const NEW: &str = "brume4falaise";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0";

fn form<'a>(current: &'a str, new: &'a str) -> [(&'static str, &'a str); 3] {
    [("current", current), ("password", new), ("password_again", new)]
}

async fn sent(home: &Home, kind: &str) -> usize {
    mails(home).await.iter().filter(|mail| mail.shown.kind == kind).count()
}

/// The same person signed in with another browser.
async fn elsewhere(visitor: &Visitor) -> Visitor {
    let mut other = visitor.other();
    other.headers = vec![("user-agent", FIREFOX.to_owned())];
    assert_eq!(other.sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::SEE_OTHER);
    other
}

/// The ids of the sessions that the page offers to end.
async fn offered(visitor: &mut Visitor) -> Vec<String> {
    let page = visitor.get("/profile/security").await.text();
    let parts = page.split("name=\"session\" value=\"").skip(1);
    parts.filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
}

on_both! {
    async fn sec_7_the_password_is_changed_and_other_sessions_end(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        let mut other = elsewhere(&visitor).await;
        let before = visitor.cookies["session"].clone();
        let page = visitor.get("/profile/password").await;
        assert!(page.status == StatusCode::OK && page.has("At least one digit") && page.has("Chosen on"), "{}", page.text());
        let done = visitor.post("/profile/password", &form(PASSWORD, NEW)).await;
        assert_eq!(done.location(), "/profile/password?done=password", "{}", done.text());
        assert!(visitor.get(&done.location()).await.has("Your password is changed"));
        assert_ne!(visitor.cookies["session"], before, "under a new secret");
        assert!(other.get("/profile/details").await.location().starts_with("/sign-in"), "the other one has ended");
        assert_eq!(count(&home, "sessions").await, 1);
        assert_eq!(other.sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(other.sign_in("eve.tremblay", NEW).await.status, StatusCode::SEE_OTHER);
        assert_eq!(sent(&home, "password-changed").await, 1);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_7_a_bad_password_is_refused_and_nothing_changes(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        for (sent, text) in [
            (form("", NEW), "Enter your current password"),
            (form("autre1mot", NEW), "not your current password"),
            (form(PASSWORD, "court"), "6 to 16 characters"),
            (form(PASSWORD, "eve.tremblay"), "at least one digit"),
            (form(PASSWORD, PASSWORD), "your password already"),
            ([("current", PASSWORD), ("password", NEW), ("password_again", "autre1mot")], "not the same"),
        ] {
            let refused = visitor.post("/profile/password", &sent).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has(text), "{text}: {}", refused.text());
            assert!(!refused.has(NEW) && !refused.has(PASSWORD), "no password stands in a page");
        }
        assert_eq!(sent(&home, "password-changed").await, 0);
        assert!(visitor.other().post("/profile/password", &form(PASSWORD, NEW)).await.location().starts_with("/sign-in"));
        assert_eq!(visitor.other().sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::SEE_OTHER);
    }

    async fn sec_7_a_stolen_session_does_not_guess_the_password(place: &TestPlace) {
        let (_home, mut visitor, _) = holder(place).await;
        let mut unproven = elsewhere(&visitor).await;
        for _ in 0..3 {
            visitor.post("/profile/password", &form("autre1mot", NEW)).await;
            unproven.post("/profile/prove", &[("need", "delete"), ("current", "autre1mot")]).await;
        }
        let waits = visitor.post("/profile/password", &form(PASSWORD, NEW)).await;
        assert!(waits.status == StatusCode::TOO_MANY_REQUESTS && waits.has("Wait 1"), "{}", waits.text());
        place.advance_seconds(15 * 60 + 1);
        assert_eq!(visitor.post("/profile/prove", &[("need", "password"), ("current", PASSWORD)]).await.location(), "/profile/password");
        assert_eq!(visitor.post("/profile/password", &form(PASSWORD, NEW)).await.location(), "/profile/password?done=password");
    }

    async fn sec_7_of_two_changes_at_once_one_is_done(place: &TestPlace) {
        let (home, visitor, _) = holder(place).await;
        let (mut first, mut second) = (visitor.twin(), visitor.twin());
        let (one, two) = (form(PASSWORD, NEW), form(PASSWORD, "autre5rocher"));
        let (one, two) = tokio::join!(first.post("/profile/password", &one), second.post("/profile/password", &two));
        let done = [&one, &two].iter().filter(|answer| answer.location() == "/profile/password?done=password").count();
        assert_eq!(done, 1, "{} {}", one.status, two.status);
        assert_eq!(sent(&home, "password-changed").await, 1);
    }

    async fn sec_9_sessions_are_seen_and_ended(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        assert!(visitor.get("/profile/security").await.has("not know yet whether this address is yours"));
        let (mut second, mut third) = (elsewhere(&visitor).await, elsewhere(&visitor).await);
        let page = visitor.get("/profile/security").await;
        assert!(page.has("Firefox on Windows") && page.has("A device that we did not recognise") && page.has("This one"), "{}", page.text());
        // The code that a new device asked for went there.
        assert!(page.has("open in 3 places") && page.has("we know that this address is yours"), "{}", page.text());
        let ids = offered(&mut visitor).await;
        assert_eq!(ids.len(), 2);
        let done = visitor.post("/profile/security/end", &[("session", &ids[0])]).await;
        assert!(visitor.get(&done.location()).await.has("The session has ended"));
        let again = visitor.post("/profile/security/end", &[("session", &ids[0])]).await;
        assert!(visitor.get(&again.location()).await.has("had ended already"), "pressed twice");
        let open = [second.get("/profile/details").await.status, third.get("/profile/details").await.status];
        assert_eq!(open.iter().filter(|status| **status == StatusCode::OK).count(), 1);
        let done = visitor.post("/profile/security/end-others", &[]).await;
        assert!(visitor.get(&done.location()).await.has("All other sessions have ended"));
        assert_eq!(count(&home, "sessions").await, 1);
        for wrong in ["", "x", "<script>"] {
            assert_eq!(visitor.post("/profile/security/end", &[("session", wrong)]).await.status, StatusCode::BAD_REQUEST);
        }
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_9_nobody_ends_anothers_session(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        let _second = elsewhere(&visitor).await;
        let ids = offered(&mut visitor).await;
        let mut thief = visitor.other();
        thief.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        let before = count(&home, "sessions").await;
        let answer = thief.post("/profile/security/end", &[("session", &ids[0])]).await;
        assert_eq!(answer.location(), "/profile/security?done=session-gone", "as one that never was");
        thief.post("/profile/security/end-others", &[]).await;
        assert_eq!(count(&home, "sessions").await, before);
        assert!(offered(&mut thief).await.is_empty());
    }

    async fn sec_9_the_idle_time_is_configured_and_warned_of(place: &TestPlace) {
        let (home, ..) = holder(place).await;
        let config = place.data().join("guichet.toml");
        let text = std::fs::read_to_string(&config).expect("the configuration");
        std::fs::write(&config, text.replace("idle_minutes = 30", "idle_minutes = 10")).expect("written");
        home.db.close().await;
        let home = place.open().await;
        let mut visitor = Visitor::of(&home);
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        let page = visitor.get("/profile/details").await;
        assert!(page.has("data-idle=\"540\" data-warn=\"120\"") && page.has("idle.js"), "{}", page.text());
        assert!(!visitor.other().get("/sign-in").await.has("data-idle"), "nobody is signed in there");
        for _ in 0..3 {
            place.advance_seconds(9 * 60);
            assert_eq!(visitor.post("/profile/stay", &[]).await.status, StatusCode::NO_CONTENT, "it goes on");
        }
        place.advance_seconds(10 * 60);
        let ended = visitor.post("/profile/stay", &[]).await;
        assert!(ended.status == StatusCode::SEE_OTHER && ended.location().starts_with("/sign-in"));
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        assert!(visitor.get("/profile/security").await.has("open here alone"), "those that ended are not listed");
    }

    async fn sec_9_an_old_password_is_told(place: &TestPlace) {
        let (_home, mut visitor, _) = holder(place).await;
        assert!(!visitor.get("/profile/security").await.has("more than a year ago"));
        place.advance_seconds(366 * 24 * 3600);
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        assert!(visitor.get("/profile/security").await.has("more than a year ago"));
    }

    async fn sec_8_a_login_is_deleted_and_the_account_stays(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let mut other = elsewhere(&visitor).await;
        let page = visitor.get("/profile/delete").await;
        assert!(page.has("cannot be undone") && page.has("eve.tremblay") && page.has(&number), "{}", page.text());
        for (sent, text) in [
            ([("sure", "")], "Tick the box"),
            ([("sure", "no")], "Tick the box"),
        ] {
            let refused = visitor.post("/profile/delete", &sent).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has(text), "{text}");
        }
        let accounts = count(&home, "services").await;
        let done = visitor.post("/profile/delete", &[("sure", "yes")]).await;
        assert_eq!((done.location().as_str(), visitor.cookies.get("session")), ("/profile/deleted", None), "{}", done.text());
        assert!(visitor.get("/profile/deleted").await.has("Your login is deleted"));
        for gone in [&mut visitor, &mut other] {
            assert!(gone.get("/profile/details").await.location().starts_with("/sign-in"));
            assert!(gone.post("/profile/delete", &[("sure", "yes")]).await.location().starts_with("/sign-in"));
        }
        assert_eq!(visitor.sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((count(&home, "sessions").await, count(&home, "services").await), (0, accounts));
        let told = mails(&home).await.into_iter().find(|mail| mail.shown.kind == "login-deleted").expect("a letter");
        assert_eq!(told.shown.to, "eve@exemple.ca", "to the old address");
        #[derive(db::FromQueryResult)]
        struct Left { username: String, password_hash: String, email: Vec<u8>, data_key: Vec<u8> }
        let left: Left = db::query_one(home.db.reader(), "SELECT username, password_hash, email, data_key FROM logins", []).await.expect("read").expect("one");
        assert!(left.username.is_empty() && left.password_hash.is_empty() && left.email.is_empty() && left.data_key.is_empty());
        assert_eq!(findings(&home).await, Vec::<String>::new(), "the log stays");
        // The holder may claim it again; the username stays taken.
        let first = visitor.post("/sign-up", &[("account_number", &number), ("postal_code", "H2X 1Y4")]).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
        let taken = visitor.post("/sign-up/login", &crate::visitor::login_form("eve.tremblay")).await;
        assert!(taken.status == StatusCode::UNPROCESSABLE_ENTITY && taken.has("taken"), "{}", taken.text());
        let done = visitor.post("/sign-up/login", &crate::visitor::login_form("eve.tremblay.2")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        assert!(visitor.get("/profile/details").await.has("To be confirmed"), "as any claim (SGN-2)");
    }

    async fn sec_8_keys_rotate_with_a_deleted_login_there(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        visitor.post("/profile/delete", &[("sure", "yes")]).await;
        home.db.write(async |tx| db::execute(tx, "UPDATE logins SET key_id = key_id + 40", []).await).await.expect("written");
        let done = identity::rotate_logins(&home.db, &home.vault, |_| ()).await.expect("rotated");
        let left = identity::count_under_other_keys(home.db.reader(), home.vault.current_key()).await.expect("read");
        assert_eq!((done, left), (1, 0));
    }

    async fn sec_8_sent_twice_it_is_deleted_once(place: &TestPlace) {
        let (home, visitor, _) = holder(place).await;
        let (mut first, mut second) = (visitor.twin(), visitor.twin());
        let sent = [("sure", "yes")];
        let (one, two) = tokio::join!(first.post("/profile/delete", &sent), second.post("/profile/delete", &sent));
        let done = [&one, &two].iter().filter(|answer| answer.location() == "/profile/deleted").count();
        assert_eq!(done, 1, "{} {}", one.status, two.status);
        assert_eq!(mails(&home).await.iter().filter(|mail| mail.shown.kind == "login-deleted").count(), 1);
    }
}
