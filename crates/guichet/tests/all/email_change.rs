//! Change of the contact e-mail (SEC-6).

use std::sync::Arc;

use axum::http::StatusCode;
use guichet::Home;
use testkit::on_both;

use crate::backup::{BACKUP, prove, with_backup};
use crate::devices::{events, holder, letters, link_in};
use crate::support::{count, execute, findings};
use crate::visitor::{PASSWORD, SITE, Visitor, code_in, number_of};

const OLD: &str = "eve@exemple.ca";
const NEW: &str = "eve@neuf.ca";
const DAY: i64 = 24 * 3600;

/// Asks for the change, with a proof.
async fn ask(home: &Home, visitor: &mut Visitor) {
    let kept = visitor.post("/profile/email", &[("email", NEW)]).await;
    if kept.location() == "/profile/prove?need=email" {
        assert_eq!(prove(home, visitor, "email", None).await.location(), "/profile/email");
        assert!(visitor.get("/profile/email").await.has(NEW), "what was typed is kept");
        let asked = visitor.post("/profile/email", &[("email", NEW)]).await;
        assert_eq!(asked.location(), "/profile/email?done=email-asked", "{}", asked.text());
    }
}

/// The newest code and the paths of the links: to refuse, and to confirm.
async fn sent(home: &Home, times: usize) -> (String, String, String) {
    let code = letters(home, "email-change-code", times).await.remove(0);
    assert_eq!(code.shown.to, OLD);
    let confirm = letters(home, "email-change-confirm", times).await.remove(0);
    assert!(confirm.shown.to == NEW && !confirm.text.contains("Client identifier"), "{}", confirm.text);
    (code_in(&code.text), link_in(&code.text, "/email/refuse/"), link_in(&confirm.text, "/email/confirm/"))
}

async fn deliver(home: &Home) {
    home.postman().expect("a postman").deliver_due().await.expect("delivered");
}

/// What the periodic work ends, on two nodes at once.
async fn settle(home: &Home) -> u32 {
    let app = guichet::app(home, SITE, Arc::default()).expect("an app");
    let (one, two) = tokio::join!(portal::settle_email_changes(&app), portal::settle_email_changes(&app));
    one.expect("settled") + two.expect("settled")
}

/// Whether the address signs in.
async fn opens(visitor: &Visitor, email: &str) -> bool {
    visitor.same_device().type_password(email, PASSWORD).await.status == StatusCode::SEE_OTHER
}

on_both! {
    async fn sec_6_the_contact_e_mail_is_changed_with_code_and_confirmation(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        assert!(visitor.get("/profile/requests").await.has("No requests"));
        for (typed, reason) in [("eve", "complete address"), ("EVE@exemple.ca", "your contact e-mail already")] {
            let answer = visitor.post("/profile/email", &[("email", typed)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{}", answer.text());
        }
        ask(&home, &mut visitor).await;
        visitor.post("/profile/email", &[("email", "autre@neuf.ca")]).await;
        assert_eq!(count(&home, "email_changes").await, 1, "one at a time");
        let (code, _, confirm) = sent(&home, 1).await;
        let page = visitor.get("/profile/email").await;
        assert!(page.has("I have received my code") && !page.has("name=\"code\""), "{}", page.text());
        assert!(visitor.get("/profile/email?code=1").await.has("name=\"code\""));
        assert!(visitor.get("/profile/requests").await.has("Waiting for the code"));
        let bad = visitor.post("/profile/email/code", &[("code", "1234")]).await;
        assert!(bad.has("8 digits"), "{}", bad.text());
        assert_eq!(visitor.post("/profile/email/code/again", &[]).await.location(), "/profile/email?done=email-just-sent");
        assert_eq!(visitor.post("/profile/email/code", &[("code", &code)]).await.location(), "/profile/email?done=email-code");
        assert!(visitor.get("/profile/requests").await.has("Waiting for the new address"));
        let mut reader = visitor.other();
        assert!(reader.get(&confirm).await.has("Is this your new address?"));
        assert!(opens(&visitor, OLD).await && !opens(&visitor, NEW).await, "a scanner changes nothing");
        assert_eq!(reader.post(&format!("{confirm}x"), &[]).await.status, StatusCode::NOT_FOUND);
        let mut twin = reader.other();
        let (one, two) = tokio::join!(reader.post(&confirm, &[]), twin.post(&confirm, &[]));
        assert!(one.status.as_u16() < 400 && two.status.as_u16() < 400);
        assert!(opens(&visitor, NEW).await && !opens(&visitor, OLD).await);
        assert_eq!(letters(&home, "email-changed", 1).await[0].shown.to, NEW);
        assert_eq!(letters(&home, "email-changed-old", 1).await[0].shown.to, OLD);
        assert!(visitor.get("/profile/requests").await.has("Accepted"));
        assert_eq!(events(&home, "login.email-changed").await, 1);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_6_wrong_codes_are_counted_and_another_one_helps(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        ask(&home, &mut visitor).await;
        let (code, _, _) = sent(&home, 1).await;
        let wrong = if code == "12345678" { "12345679" } else { "12345678" };
        for _ in 0..5 {
            visitor.post("/profile/email/code", &[("code", wrong)]).await;
        }
        assert!(visitor.post("/profile/email/code", &[("code", &code)]).await.has("tried too often"));
        place.advance_seconds(61);
        visitor.post("/profile/email/code/again", &[]).await;
        let code = code_in(&letters(&home, "email-change-code", 2).await[0].text);
        assert_eq!(visitor.post("/profile/email/code", &[("code", &code)]).await.location(), "/profile/email?done=email-code");
    }

    async fn sec_6_silence_accepts_a_day_after_the_mail_server_took_the_code(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        ask(&home, &mut visitor).await;
        let (_, refuse, confirm) = sent(&home, 1).await;
        place.advance_seconds(2 * DAY);
        visitor.other().post(&confirm, &[]).await;
        assert_eq!(settle(&home).await, 0, "the code has not left: the clock does not run");
        deliver(&home).await;
        place.advance_seconds(DAY - 60);
        assert_eq!(settle(&home).await, 0);
        place.advance_seconds(60);
        assert_eq!(settle(&home).await, 1, "by one of two");
        assert!(opens(&visitor, NEW).await && !opens(&visitor, OLD).await);
        letters(&home, "email-changed", 1).await;
        assert!(visitor.other().get(&refuse).await.has("changed already"));
        visitor.sign_in(NEW, PASSWORD).await;
        assert!(visitor.get("/profile/requests").await.has("Accepted by silence"));
    }

    async fn sec_6_silence_never_counts_after_a_bounce_a_recovery_or_an_objection(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        ask(&home, &mut visitor).await;
        let (_, refuse, confirm) = sent(&home, 1).await;
        visitor.other().post(&confirm, &[]).await;
        deliver(&home).await;
        let message = letters(&home, "email-change-code", 1).await[0].message_id.clone();
        let bounced = home.db.write(async |tx| messages::note_bounce(&home.db, tx, &format!("<{message}>")).await).await;
        assert!(bounced.expect("written"));
        place.advance_seconds(2 * DAY);
        assert_eq!(settle(&home).await, 0, "it came back");
        execute(&home, "UPDATE messages SET bounced_at = NULL").await.expect("written");
        execute(&home, "UPDATE logins SET recovered_at = (SELECT max(begun_at) FROM email_changes)").await.expect("written");
        assert_eq!(settle(&home).await, 0, "recovered a short while ago");
        execute(&home, "UPDATE logins SET recovered_at = NULL").await.expect("written");
        // Refused, and asked for again: the objection is open.
        assert_eq!(visitor.other().post(&refuse, &[]).await.location(), refuse);
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        ask(&home, &mut visitor).await;
        let (_, _, confirm) = sent(&home, 2).await;
        visitor.other().post(&confirm, &[]).await;
        deliver(&home).await;
        place.advance_seconds(2 * DAY);
        assert_eq!(settle(&home).await, 0, "an objection is open");
        place.advance_seconds(6 * DAY);
        assert_eq!(settle(&home).await, 1);
    }

    async fn sec_6_the_address_on_file_and_the_backup_refuse(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        with_backup(&home, &mut visitor).await;
        assert_eq!(visitor.post("/profile/email", &[("email", NEW)]).await.location(), "/profile/email?done=email-asked");
        let (code, refuse, confirm) = sent(&home, 1).await;
        let told = letters(&home, "email-change-told", 1).await.remove(0);
        assert!(told.shown.to == BACKUP && told.text.contains(&refuse), "{}", told.text);
        let mut reader = visitor.other();
        assert!(reader.get(&refuse).await.has("Refuse the new address?"));
        assert_eq!(reader.post(&refuse, &[]).await.location(), refuse);
        assert!(reader.get(&refuse).await.has("The change is refused"));
        assert_eq!(reader.post(&confirm, &[]).await.status, StatusCode::GONE);
        visitor.post("/profile/email/code", &[("code", &code)]).await;
        assert!(opens(&visitor, "eve.tremblay").await && !opens(&visitor, NEW).await);
        let letter = letters(&home, "email-refused", 1).await.remove(0);
        assert!(letter.shown.to == OLD && letter.text.contains("/sign-in/not-me/"), "{}", letter.text);
        assert_eq!(letters(&home, "email-refused-new", 1).await[0].shown.to, NEW);
        assert!(visitor.get("/profile/requests").await.has("Refused"));
    }

    async fn sec_6_a_change_is_cancelled_by_its_owner_and_expires(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        ask(&home, &mut visitor).await;
        let mut other = visitor.other();
        other.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        other.post("/profile/email/cancel", &[]).await;
        assert!(visitor.get("/profile/requests").await.has("Waiting for the code"), "not by somebody else");
        assert!(other.get("/profile/requests").await.has("No requests"));
        visitor.post("/profile/email/cancel", &[]).await;
        assert!(visitor.get("/profile/requests").await.has("Cancelled"));
        assert_eq!(visitor.post("/profile/email", &[("email", NEW)]).await.location(), "/profile/email?done=email-asked");
        let (_, _, confirm) = sent(&home, 2).await;
        place.advance_seconds(14 * DAY);
        assert_eq!(visitor.other().post(&confirm, &[]).await.status, StatusCode::GONE);
        assert_eq!(settle(&home).await, 1);
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        assert!(visitor.get("/profile/requests").await.has("Expired"));
    }

    async fn sec_6_the_old_address_puts_itself_back_for_thirty_days(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        ask(&home, &mut visitor).await;
        let (code, _, confirm) = sent(&home, 1).await;
        visitor.post("/profile/email/code", &[("code", &code)]).await;
        visitor.other().post(&confirm, &[]).await;
        let revert = link_in(&letters(&home, "email-changed-old", 1).await[0].text, "/email/revert/");
        place.advance_seconds(30 * DAY - 1);
        let mut reader = visitor.other();
        assert!(reader.get(&revert).await.has("Put the old address back?"));
        assert!(opens(&visitor, NEW).await);
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        let mut twin = reader.other();
        let (one, two) = tokio::join!(reader.post(&revert, &[]), twin.post(&revert, &[]));
        assert!(one.status.as_u16() < 400 && two.status.as_u16() < 400);
        assert!(reader.get(&revert).await.has("The old address is back"));
        assert!(visitor.get("/profile/details").await.location().starts_with("/sign-in"), "all sessions have ended");
        assert!(!opens(&visitor, "eve.tremblay").await, "the password opens nothing");
        let letter = letters(&home, "login-closed", 1).await.remove(0);
        assert_eq!(letter.shown.to, OLD);
        let path = link_in(&letter.text, "/recover/");
        reader.post(&path, &[("password", "rivage7lac"), ("password_again", "rivage7lac")]).await;
        assert_eq!(reader.type_password(OLD, "rivage7lac").await.location(), "/");
        assert!(reader.get("/profile/requests").await.has("Reverted"));
        assert_eq!(letters(&home, "email-reverted", 1).await[0].shown.to, NEW);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_6_this_was_not_me_from_before_a_change_puts_the_address_back_too(place: &TestPlace) {
        let (home, visitor, _) = holder(place).await;
        let mut thief = visitor.other();
        thief.sign_in("eve.tremblay", PASSWORD).await;
        let not_me = link_in(&letters(&home, "new-sign-in", 1).await[0].text, "/sign-in/not-me/");
        place.advance_seconds(60);
        ask(&home, &mut thief).await;
        let (_, _, confirm) = sent(&home, 1).await;
        thief.other().post(&confirm, &[]).await;
        deliver(&home).await;
        place.advance_seconds(DAY);
        assert_eq!(settle(&home).await, 1, "accepted by silence");
        visitor.other().post(&not_me, &[]).await;
        assert_eq!(letters(&home, "login-closed", 1).await[0].shown.to, OLD, "the way back goes to its owner");
        assert_eq!(events(&home, "login.email-reverted").await, 1);
    }

    async fn sec_6_what_was_begun_ends_with_a_recovery(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        ask(&home, &mut visitor).await;
        let (_, _, confirm) = sent(&home, 1).await;
        visitor.other().post("/recover", &[("name", "eve.tremblay")]).await;
        let path = link_in(&letters(&home, "password-link", 1).await[0].text, "/recover/");
        visitor.other().post(&path, &[("password", "rivage7lac"), ("password_again", "rivage7lac")]).await;
        assert_eq!(visitor.other().post(&confirm, &[]).await.status, StatusCode::GONE);
    }

    async fn sec_6_after_thirty_days_nothing_is_put_back(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        ask(&home, &mut visitor).await;
        let (code, _, confirm) = sent(&home, 1).await;
        visitor.post("/profile/email/code", &[("code", &code)]).await;
        visitor.other().post(&confirm, &[]).await;
        let revert = link_in(&letters(&home, "email-changed-old", 1).await[0].text, "/email/revert/");
        place.advance_seconds(30 * DAY);
        assert_eq!(visitor.other().post(&revert, &[]).await.status, StatusCode::GONE);
        assert!(opens(&visitor, NEW).await);
    }

    async fn sec_6_an_address_of_another_login_is_answered_as_any_other(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        let mut other = visitor.other();
        other.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        execute(&home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");
        ask(&home, &mut visitor).await;
        let (code, _, confirm) = sent(&home, 1).await;
        visitor.post("/profile/email/code", &[("code", &code)]).await;
        visitor.other().post(&confirm, &[]).await;
        assert!(opens(&visitor, NEW).await);
        // The other one has the old address alone now; back to it, and neither signs in by it.
        assert!(opens(&other, OLD).await);
        prove(&home, &mut visitor, "email", None).await;
        let answer = visitor.post("/profile/email", &[("email", OLD)]).await;
        assert_eq!(answer.location(), "/profile/email?done=email-asked", "nothing tells that it is somebody's");
    }
}
