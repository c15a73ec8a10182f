//! A login locks for devices that it does not know (SEC-2).

use axum::http::StatusCode;
use testkit::on_both;

use crate::devices::{events, holder, letters, link_in};
use crate::staff::staff;
use crate::support::{count, findings};
use crate::visitor::{PASSWORD, Visitor};

const WRONG: &str = "autre1mot";

async fn fail(site: &Visitor, name: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(site.other().type_password(name, WRONG).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
}

on_both! {
    async fn sec_2_ten_failures_lock_for_unknown_devices_and_known_ones_go_on(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        fail(&site, "eve.tremblay", 10).await;
        let letter = letters(&home, "login-locked", 1).await.remove(0);
        assert!(letter.shown.to == "eve@exemple.ca" && letter.text.contains("/recover"), "{}", letter.text);
        assert_eq!(events(&home, "login.locked").await, 1);
        let locked = site.other().type_password("eve.tremblay", PASSWORD).await;
        assert!(locked.status == StatusCode::TOO_MANY_REQUESTS && locked.has("Too many tries in a row"), "{}", locked.text());
        // Time does not lift it, nor does the owner on their own computer, who is let in.
        place.advance_seconds(24 * 3600);
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
        assert_eq!(site.other().type_password("eve.tremblay", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(site.other().type_password("eve.tremblay", WRONG).await.status, StatusCode::TOO_MANY_REQUESTS);
        letters(&home, "login-locked", 1).await;
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_2_a_known_device_is_slowed_and_not_locked(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        for _ in 0..10 {
            let answer = site.same_device().type_password("eve.tremblay", WRONG).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let waits = site.same_device().type_password("eve.tremblay", PASSWORD).await;
        assert!(waits.status == StatusCode::TOO_MANY_REQUESTS && waits.has("Wait 1"), "{}", waits.text());
        assert_eq!(site.other().sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::SEE_OTHER, "elsewhere it opens");
        place.advance_seconds(15 * 60 + 1);
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
        letters(&home, "login-locked", 0).await;
    }

    async fn sec_2_a_name_that_is_nobodys_locks_with_the_same_answers(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let before = count(&home, "limits").await;
        let mut pages = Vec::new();
        for name in ["eve.tremblay", "nobody.there"] {
            let mut answers = Vec::new();
            for password in [WRONG; 10].into_iter().chain([PASSWORD, WRONG]) {
                let answer = site.other().type_password(name, password).await;
                assert!(answer.headers.get("set-cookie").is_none());
                answers.push((answer.status, answer.text().replace(name, "N")));
            }
            pages.push(answers);
        }
        assert_eq!(pages[0], pages[1], "text and status tell nothing");
        assert_eq!(pages[0][10].0, StatusCode::TOO_MANY_REQUESTS);
        // As much is kept of one as of the other: by name, by login or what stands in for it; and by address.
        assert_eq!(count(&home, "limits").await, before + 5);
        letters(&home, "login-locked", 1).await;
    }

    async fn sec_2_names_of_one_login_do_not_tell_that_they_belong_together(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let sql = "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id JOIN memberships m ON m.account_id = a.id";
        let identifier: String = db::scalar(home.db.reader(), sql, []).await.expect("read").expect("one");
        fail(&site, "eve.tremblay", 6).await;
        fail(&site, &identifier, 6).await;
        letters(&home, "login-locked", 1).await;
        // Locked, and the answer is that of any wrong password; also to the right one, or it would tell which that is.
        for password in [PASSWORD, WRONG] {
            let answer = site.other().type_password("eve.tremblay", password).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("do not go together"), "{}", answer.text());
        }
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
    }

    async fn sec_2_a_success_ends_the_row(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        for _ in 0..3 {
            fail(&site, "eve.tremblay", 8).await;
            assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
            assert_eq!(site.other().sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::SEE_OTHER);
        }
        letters(&home, "login-locked", 0).await;
    }

    async fn sec_2_failures_on_all_nodes_count_together(place: &TestPlace) {
        let (_home, site, _) = holder(place).await;
        let other = place.open().await;
        let there = Visitor::of(&other);
        fail(&site, "eve.tremblay", 5).await;
        fail(&there, "eve.tremblay", 5).await;
        for node in [&site, &there] {
            assert_eq!(node.other().type_password("eve.tremblay", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        }
    }

    async fn sec_2_a_new_password_lifts_the_lock(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        fail(&site, "eve.tremblay", 10).await;
        letters(&home, "login-locked", 1).await;
        let mut owner = site.other();
        owner.post("/recover", &[("name", "eve.tremblay")]).await;
        let path = link_in(&letters(&home, "password-link", 1).await[0].text, "/recover/");
        owner.post(&path, &[("password", "rivage7lac"), ("password_again", "rivage7lac")]).await;
        assert!(letters(&home, "password-changed", 1).await[0].text.contains("unlocked too"));
        assert_eq!(site.other().sign_in("eve.tremblay", "rivage7lac").await.status, StatusCode::SEE_OTHER);
        assert_eq!(events(&home, "login.unlocked").await, 1);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_2_agt_2_an_agent_lifts_the_lock_and_says_how_they_made_sure(place: &TestPlace) {
        let (home, site, number) = holder(place).await;
        let mut agent = staff(&home, &site, "agent").await;
        fail(&site, "eve.tremblay", 10).await;
        letters(&home, "login-locked", 1).await;
        for (name, reason, said) in [("", "questions", "Enter an identifier"), ("eve.tremblay", "", "Say what"),
            ("eve.tremblay", "because", "Say what"), ("nobody.there", "questions", "No locked login"), ("1234567897", "document", "No locked login")] {
            let answer = agent.post("/staff/locks", &[("name", name), ("reason", reason)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(said), "{name} {reason}: {}", answer.text());
        }
        assert_eq!(site.other().type_password("eve.tremblay", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        let form = [("name", number.as_str()), ("reason", "call-back")];
        let lifted = agent.post("/staff/locks", &form).await;
        assert!(agent.get(&lifted.location()).await.has("The login is unlocked"));
        assert_eq!(agent.post("/staff/locks", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "there is nothing to lift any more");
        letters(&home, "login-unlocked", 1).await;
        assert_eq!(site.other().sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::SEE_OTHER);
        let details: String = db::scalar(home.db.reader(), "SELECT details FROM audit_events WHERE kind = 'login.unlocked' LIMIT 1", [])
            .await.expect("read").expect("one");
        assert!(details.contains("call-back") && details.contains("staff"), "{details}");
        assert_eq!(events(&home, "login.unlocked").await, 2, "in the login's chain and the agent's");
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
