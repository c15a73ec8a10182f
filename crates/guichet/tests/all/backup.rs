//! The backup e-mail, fresh proof, and recovery through the backup e-mail (SEC-5, SEC-6, SEC-8).

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use guichet::Home;
use testkit::on_both;

use crate::devices::{events, holder, letters, link_in};
use crate::support::{count, findings};
use crate::visitor::{Answer, PASSWORD, Visitor, code_in, number_of};

pub(crate) const BACKUP: &str = "eve@secours.ca";
const NEW: &str = "rivage7lac";

/// Shows that it is her, with the code to the backup e-mail where there is one; `codes` were sent before.
pub(crate) async fn prove(home: &Home, visitor: &mut Visitor, need: &str, codes: Option<usize>) -> Answer {
    let answer = visitor.post("/profile/prove", &[("need", need), ("current", PASSWORD)]).await;
    let Some(before) = codes else {
        return if answer.location().starts_with("/profile/prove?") {
            vouched(home, visitor, need).await
        } else {
            answer
        };
    };
    assert!(answer.location().starts_with("/profile/prove?need="), "{}", answer.text());
    let letter = letters(home, "proof-code", before + 1).await.remove(0);
    visitor.post("/profile/prove/code", &[("need", need), ("code", &code_in(&letter.text))]).await
}

/// Calls, and types the code that the agent reads out.
async fn vouched(home: &Home, visitor: &mut Visitor, need: &str) -> Answer {
    let hash = identity::token_hash(&visitor.cookies["session"]);
    let sql = "SELECT login_id FROM sessions WHERE token_hash = $1";
    let login: kernel::LoginId = db::scalar(home.db.reader(), sql, [hash.into()]).await.expect("read").expect("one");
    let agent: kernel::StaffId = home.world.id();
    let with = (&home.db, &*home.vault);
    let code = home
        .db
        .write(async |tx| identity::check_caller(with, tx, login, (agent, "questions")).await)
        .await
        .expect("noted");
    let form = [("need", need), ("current", PASSWORD), ("code", &code.expect("a code"))];
    visitor.post("/profile/prove/agent", &form).await
}

/// Sets and confirms a backup e-mail.
pub(crate) async fn with_backup(home: &Home, visitor: &mut Visitor) {
    let kept = visitor.post("/profile/backup", &[("email", BACKUP)]).await;
    assert_eq!(kept.location(), "/profile/prove?need=backup", "{}", kept.text());
    assert_eq!(prove(home, visitor, "backup", None).await.location(), "/profile/backup");
    let set = visitor.post("/profile/backup", &[("email", BACKUP)]).await;
    assert_eq!(set.location(), "/profile/backup?done=backup-set", "{}", set.text());
    let path = link_in(&letters(home, "backup-confirm", 1).await[0].text, "/backup/");
    let done = visitor.other().post(&path, &[]).await;
    assert_eq!(done.location(), path, "{}", done.text());
}

fn wrong(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..7])
}

on_both! {
    async fn sec_5_a_backup_e_mail_is_set_with_a_proof_and_confirmed_by_link(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        assert!(visitor.get("/profile/security").await.has("You have none"));
        for (typed, reason) in [("", "complete address"), ("eve", "complete address"), ("EVE@exemple.ca", "your contact e-mail")] {
            let answer = visitor.post("/profile/backup", &[("email", typed)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{typed}: {}", answer.text());
        }
        visitor.post("/profile/backup", &[("email", BACKUP)]).await;
        assert_eq!(count(&home, "backup_links").await, 0, "nothing before the proof");
        prove(&home, &mut visitor, "backup", None).await;
        assert!(visitor.get("/profile/backup").await.has(&format!("value=\"{BACKUP}\"")), "what was typed is kept");
        visitor.post("/profile/backup", &[("email", BACKUP)]).await;
        letters(&home, "backup-set", 1).await;
        let letter = letters(&home, "backup-confirm", 1).await.remove(0);
        assert!(letter.shown.to == BACKUP && !letter.text.contains("Client identifier"), "{}", letter.text);
        let first = link_in(&letter.text, "/backup/");
        assert!(visitor.get("/profile/backup").await.has("To be confirmed"));
        assert_eq!(visitor.post("/profile/backup/again", &[]).await.location(), "/profile/backup?done=backup-just-sent");
        place.advance_seconds(61);
        assert_eq!(visitor.post("/profile/backup/again", &[]).await.location(), "/profile/backup?done=backup-sent");
        let path = link_in(&letters(&home, "backup-confirm", 2).await[0].text, "/backup/");
        let mut reader = visitor.other();
        for answer in [reader.get(&first).await, reader.post(&first, &[]).await] {
            assert!(answer.status == StatusCode::GONE && answer.has("a newer one was sent"), "{}", answer.text());
        }
        for altered in [format!("{path}x"), path[..path.len() - 1].to_owned()] {
            assert_eq!(reader.post(&altered, &[]).await.status, StatusCode::NOT_FOUND);
        }
        reader.get(&path).await;
        assert!(visitor.get("/profile/backup").await.has("To be confirmed"), "a scanner confirms nothing");
        reader.post(&path, &[]).await;
        assert!(reader.post(&path, &[]).await.has("The address is confirmed"), "pressed twice");
        assert!(visitor.get("/profile/security").await.has("it lets you back in"));
        assert_eq!(events(&home, "login.backup-confirmed").await, 1);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_5_a_link_to_a_backup_e_mail_is_good_for_five_days(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        prove(&home, &mut visitor, "backup", None).await;
        visitor.post("/profile/backup", &[("email", BACKUP)]).await;
        let path = link_in(&letters(&home, "backup-confirm", 1).await[0].text, "/backup/");
        place.advance_seconds(5 * 24 * 3600);
        assert_eq!(visitor.other().post(&path, &[]).await.status, StatusCode::GONE);
        assert_eq!(events(&home, "login.backup-confirmed").await, 0);
    }

    async fn sec_6_a_proof_is_password_and_code_once_for_a_quarter_of_an_hour(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        with_backup(&home, &mut visitor).await;
        assert_eq!(visitor.get("/profile/prove?need=email").await.location(), "/profile/email", "still fresh");
        place.advance_seconds(15 * 60);
        assert_eq!(visitor.post("/profile/backup/remove", &[]).await.location(), "/profile/prove?need=backup");
        assert_eq!(visitor.get("/profile/prove?need=//evil.example").await.status, StatusCode::NOT_FOUND, "no open redirect");
        let refused = visitor.post("/profile/prove", &[("need", "backup"), ("current", "autre1mot")]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("not your current password"));
        visitor.post("/profile/prove", &[("need", "backup"), ("current", PASSWORD)]).await;
        let letter = letters(&home, "proof-code", 1).await.remove(0);
        assert_eq!(letter.shown.to, BACKUP);
        let code = code_in(&letter.text);
        assert_eq!(visitor.post("/profile/backup/remove", &[]).await.location(), "/profile/prove?need=backup", "not yet");
        // Another session of the same login has shown nothing, and the code is not for it.
        let mut second = visitor.other();
        second.sign_in("eve.tremblay", PASSWORD).await;
        second.post("/profile/prove/code", &[("need", "backup"), ("code", &code)]).await;
        assert_eq!(second.post("/profile/backup/remove", &[]).await.location(), "/profile/prove?need=backup");
        for left in [4, 3, 2, 1] {
            let answer = visitor.post("/profile/prove/code", &[("need", "backup"), ("code", &wrong(&code))]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(&left.to_string()), "{}", answer.text());
        }
        visitor.post("/profile/prove/code", &[("need", "backup"), ("code", &wrong(&code))]).await;
        let late = visitor.post("/profile/prove/code", &[("need", "backup"), ("code", &code)]).await;
        assert!(late.has("tried too often"), "{}", late.text());
        place.advance_seconds(1);
        visitor.post("/profile/prove/again", &[("need", "backup")]).await;
        let code = code_in(&letters(&home, "proof-code", 2).await[0].text);
        let done = visitor.post("/profile/prove/code", &[("need", "backup"), ("code", &code)]).await;
        assert_eq!(done.location(), "/profile/backup");
        assert_eq!(visitor.post("/profile/backup/remove", &[]).await.location(), "/profile/backup?done=backup-removed");
        letters(&home, "backup-removed", 1).await;
        assert_eq!(letters(&home, "backup-was", 1).await[0].shown.to, BACKUP);
        visitor.post("/sign-out", &[]).await;
        assert_eq!(count(&home, "session_proofs").await, 0, "it ends with the session");
    }

    async fn sec_8_a_login_with_a_backup_e_mail_is_deleted_with_a_fresh_proof(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        with_backup(&home, &mut visitor).await;
        place.advance_seconds(16 * 60);
        assert_eq!(visitor.get("/profile/delete").await.location(), "/profile/prove?need=delete");
        let form = [("current", PASSWORD), ("sure", "yes")];
        assert_eq!(visitor.post("/profile/delete", &form).await.location(), "/profile/prove?need=delete", "the password alone is not enough");
        assert_eq!(prove(&home, &mut visitor, "delete", Some(0)).await.location(), "/profile/delete");
        assert!(!visitor.get("/profile/delete").await.has("name=\"current\""));
        assert_eq!(visitor.post("/profile/delete", &[("sure", "yes")]).await.location(), "/profile/deleted");
        assert_eq!(count(&home, "backup_links").await, 0);
    }

    async fn sec_5_a_password_is_recovered_through_the_backup_e_mail(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        with_backup(&home, &mut visitor).await;
        assert!(visitor.other().get("/recover").await.has("href=\"/recover/backup\""));
        let mut other = visitor.other();
        other.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        let mut answers = Vec::new();
        for name in ["eve.tremblay", "adam.roy.2", "nobody.there", "nobody@exemple.ca"] {
            let begun = Instant::now();
            let answer = visitor.other().post("/recover/backup", &[("name", name)]).await;
            assert!(begun.elapsed() >= Duration::from_millis(400), "the answer's time tells nothing");
            answers.push((answer.status, answer.location(), answer.text()));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let letter = letters(&home, "backup-password", 1).await.remove(0);
        assert_eq!(letter.shown.to, BACKUP);
        let told = letters(&home, "backup-recovery", 1).await.remove(0);
        assert!(told.shown.to == "eve@exemple.ca" && told.text.contains("/sign-in/not-me/"), "{}", told.text);
        let path = link_in(&letter.text, "/recover/");
        let mut owner = visitor.other();
        owner.post(&path, &[("password", NEW), ("password_again", NEW)]).await;
        assert_eq!(owner.type_password("eve.tremblay", NEW).await.location(), "/");
        let sql = "SELECT count(*) FROM logins WHERE username_key = 'eve.tremblay' AND email_confirmed_at IS NULL AND recovered_at IS NOT NULL";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read"), Some(1), "nothing about the contact e-mail");
        // The contact e-mail says that it was not her: the address that may be a stranger's recovers nothing any more.
        owner.other().post(&link_in(&told.text, "/sign-in/not-me/"), &[]).await;
        assert!(owner.type_password("eve.tremblay", NEW).await.status == StatusCode::UNPROCESSABLE_ENTITY);
        visitor.other().post("/recover/backup", &[("name", "eve.tremblay")]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        letters(&home, "backup-password", 1).await;
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
