//! Second steps of customers (SEC-3): set up, asked for at sign-in and as a fresh proof, turned off, lost.

use axum::http::StatusCode;
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::backup::{BACKUP, prove};
use crate::devices::{events, holder, letters, link_in};
use crate::documents::{ONCE, ask_for_step, decide, path_of, work};
use crate::staff::staff;
use crate::support::{count, findings};
use crate::visitor::{Answer, PASSWORD, Visitor};

pub(crate) const STEP: &str = "/sign-in/step?return_to=/";

/// Moves the clock to the next code: each is taken once.
pub(crate) fn next_code(place: &TestPlace, home: &Home, secret: &str) -> String {
    place.advance_seconds(30);
    identity::totp_at(secret, home.db.world().now()).expect("a secret")
}

/// What stands between two texts of a page.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).expect("an end").0
}

fn secret_in(page: &Answer) -> String {
    between(&page.text(), "<code translate=\"no\">", "</code>").to_owned()
}

pub(crate) fn codes_in(page: &Answer) -> Vec<String> {
    let text = page.text();
    between(&text, "name=\"codes\" value=\"", "\"").split(' ').map(str::to_owned).collect()
}

/// Turns an authenticator app on for who is signed in and has no second step; gives its secret and the recovery codes.
pub(crate) async fn turn_on(place: &TestPlace, home: &Home, visitor: &mut Visitor) -> (String, Vec<String>) {
    assert_eq!(visitor.post("/profile/steps/totp/begin", &[]).await.location(), "/profile/steps/totp");
    let asked = visitor.get("/profile/steps/totp").await;
    if asked.status == StatusCode::SEE_OTHER {
        assert_eq!(asked.location(), "/profile/prove?need=totp");
        assert_eq!(prove(home, visitor, "totp", None).await.location(), "/profile/steps/totp");
    }
    let secret = secret_in(&visitor.get("/profile/steps/totp").await);
    let code = next_code(place, home, &secret);
    let page = visitor.post("/profile/steps/totp", &[("code", &code)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    (secret, codes_in(&page))
}

/// A site, somebody signed in with an authenticator app, its secret, and the recovery codes.
pub(crate) async fn with_app(place: &TestPlace) -> (Home, Visitor, String, Vec<String>) {
    let (home, mut visitor, _) = holder(place).await;
    let (secret, codes) = turn_on(place, &home, &mut visitor).await;
    (home, visitor, secret, codes)
}

pub(crate) async fn type_step(visitor: &mut Visitor, way: &str, code: &str) -> Answer {
    visitor.post("/sign-in/step", &[("way", way), ("code", code), ("return_to", "/")]).await
}

/// Shows the second step as a fresh proof.
pub(crate) async fn prove_step(visitor: &mut Visitor, need: &str, (way, code): (&str, &str)) -> Answer {
    visitor.post("/profile/prove/step", &[("need", need), ("way", way), ("code", code)]).await
}

/// How many rows of a table are customers': the staff who decide have steps of their own.
async fn of_logins(home: &Home, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table} WHERE owner_kind = 'login'");
    db::scalar(home.db.reader(), &sql, []).await.expect("read").expect("a count")
}

pub(crate) async fn is_in(visitor: &mut Visitor) -> bool {
    visitor.get("/profile/details").await.status == StatusCode::OK
}

on_both! {
    async fn sec_3_a_secret_that_somebody_else_was_shown_is_nobodys_step(place: &TestPlace) {
        let (home, mut eve, _) = holder(place).await;
        let mut thief = eve.other();
        thief.sign_in("eve.tremblay", PASSWORD).await;
        let mut seen = Vec::new();
        for visitor in [&mut thief, &mut eve] {
            visitor.post("/profile/steps/totp/begin", &[]).await;
            place.advance_seconds(61);
            prove(&home, visitor, "totp", None).await;
            seen.push(secret_in(&visitor.get("/profile/steps/totp").await));
        }
        assert_ne!(seen[0], seen[1], "each session has its own");
        let code = next_code(place, &home, &seen[0]);
        let answer = eve.post("/profile/steps/totp", &[("code", &code)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
        let code = next_code(place, &home, &seen[1]);
        assert_eq!(eve.post("/profile/steps/totp", &[("code", &code)]).await.status, StatusCode::OK);
        let code = next_code(place, &home, &seen[0]);
        thief.post("/profile/steps/totp", &[("code", &code)]).await;
        assert_eq!(letters(&home, "step-on", 1).await.len(), 1, "what the thief was shown waits no more");
        assert_eq!(count(&home, "step_totp_setups").await, 0);
    }

    async fn sec_3_an_app_that_takes_anothers_place_is_told_as_such(place: &TestPlace) {
        let (home, mut eve, old, _) = with_app(place).await;
        eve.post("/profile/steps/totp/begin", &[]).await;
        let code = next_code(place, &home, &old);
        eve.post("/profile/prove/step", &[("need", "totp"), ("way", "totp"), ("code", &code)]).await;
        let new = secret_in(&eve.get("/profile/steps/totp").await);
        let code = next_code(place, &home, &new);
        eve.post("/profile/steps/totp", &[("code", &code)]).await;
        let letter = letters(&home, "step-app", 1).await.remove(0);
        assert!(letter.text.contains("taken the place"), "{}", letter.text);
    }

    async fn sec_3_an_authenticator_app_is_set_up_with_a_proof_and_a_right_code(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        let page = visitor.get("/profile/steps").await;
        assert!(page.has("Your password alone protects") && page.has("It takes two minutes"), "{}", page.text());
        assert!(visitor.get("/profile/security").await.has("your password alone opens your login"));
        // Nothing is shown before the proof, and nothing that was begun is lost by it.
        let (secret, codes) = {
            visitor.post("/profile/steps/totp/begin", &[]).await;
            assert_eq!(visitor.post("/profile/steps/totp", &[("code", "123456")]).await.location(), "/profile/prove?need=totp");
            prove(&home, &mut visitor, "totp", None).await;
            let page = visitor.get("/profile/steps/totp").await;
            assert!(page.has("<svg class=\"qr\"") && page.has("role=\"img\"") && page.header("cache-control") == "no-store", "{}", page.text());
            let secret = secret_in(&page);
            assert_eq!(secret.len(), 39, "160 bits in groups of four: {secret}");
            for (typed, reason) in [("", "Enter the six digits"), ("000000", "not the code"), ("abcdef", "not the code")] {
                let refused = visitor.post("/profile/steps/totp", &[("code", typed)]).await;
                assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has(reason), "{typed}: {}", refused.text());
                assert_eq!(secret_in(&refused), secret, "the same picture");
            }
            assert_eq!(count(&home, "step_totps").await, 0, "what is not confirmed does nothing");
            assert_eq!(visitor.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
            let code = next_code(place, &home, &secret);
            let page = visitor.post("/profile/steps/totp", &[("code", &format!("{} {}", &code[..3], &code[3..]))]).await;
            assert!(page.has("shown once"), "{}", page.text());
            (secret, codes_in(&page))
        };
        assert_eq!(codes.len(), 10);
        // Pressed twice: the second one finds nothing to do.
        assert_eq!(visitor.post("/profile/steps/totp", &[("code", "123456")]).await.location(), "/profile/steps");
        let page = visitor.get("/profile/steps").await;
        assert!(page.has("well protected") && page.has("10 codes are left") && page.has("Nothing to do"), "{}", page.text());
        assert!(!visitor.get("/profile/steps/totp").await.has(&secret), "the secret is never shown again");
        let letter = letters(&home, "step-on", 1).await.remove(0);
        assert!(letter.shown.to == "eve@exemple.ca" && letter.text.contains("Client identifier") && !letter.text.contains(&secret[..4]), "{}", letter.text);
        let kept: Vec<u8> = db::scalar(home.db.reader(), "SELECT secret FROM step_totps", []).await.expect("read").expect("one");
        assert!(!kept.windows(4).any(|part| part == &secret.as_bytes()[..4]), "sealed");
        assert_eq!((events(&home, "step.on").await, events(&home, "step.recovery-codes-made").await), (1, 1));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_sgn_5_the_second_step_takes_the_place_of_the_code_by_e_mail_and_is_asked_on_every_device(place: &TestPlace) {
        let (home, site, secret, _) = with_app(place).await;
        for (mut visitor, is_new) in [(site.same_device(), false), (site.other(), true)] {
            assert!(visitor.get("/sign-in/step").await.location().starts_with("/sign-in"), "not without a password");
            assert_eq!(visitor.type_password("eve.tremblay", PASSWORD).await.location(), STEP);
            assert!(!is_in(&mut visitor).await);
            let page = visitor.get(STEP).await;
            assert!(page.has("Code from the app") && page.has("Use a recovery code") && page.has("/recover/documents?lost=step"), "{}", page.text());
            assert!(visitor.get("/sign-in/step?way=recovery").await.has("Each one works once"));
            for (way, typed, reason) in [("totp", "", "Enter the six digits"), ("totp", "12345", "not the code"), ("recovery", "", "one of your recovery codes"),
                ("recovery", "aaaaa-aaaaa", "none of your unused")] {
                let refused = type_step(&mut visitor, way, typed).await;
                assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has(reason), "{typed}: {}", refused.text());
            }
            // A way that there is not: the page again.
            assert_eq!(type_step(&mut visitor, "sms", "123456").await.status, StatusCode::OK);
            let code = next_code(place, &home, &secret);
            assert_eq!(type_step(&mut visitor, "totp", &code).await.location(), "/");
            assert!(is_in(&mut visitor).await);
            // Posted twice, it is in already.
            assert_eq!(type_step(&mut visitor, "totp", &code).await.location(), "/");
            letters(&home, "new-sign-in", usize::from(is_new)).await;
        }
        letters(&home, "sign-in-code", 0).await;
        assert_eq!(events(&home, "step.passed").await, 2);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_a_device_is_excused_for_thirty_days_and_for_one_login(place: &TestPlace) {
        let (home, site, secret, _) = with_app(place).await;
        let mut visitor = site.same_device();
        visitor.type_password("eve.tremblay", PASSWORD).await;
        assert!(visitor.get(STEP).await.has("for 30 days"));
        let code = next_code(place, &home, &secret);
        visitor.post("/sign-in/step", &[("way", "totp"), ("code", &code), ("remember", "yes")]).await;
        assert_eq!(visitor.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
        assert_eq!(site.other().type_password("eve.tremblay", PASSWORD).await.location(), STEP, "on that device alone");
        place.advance_seconds(30 * 24 * 3600 - 60);
        assert_eq!(visitor.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
        place.advance_seconds(120);
        assert_eq!(visitor.same_device().type_password("eve.tremblay", PASSWORD).await.location(), STEP, "it has an end");
    }

    async fn sec_3_whatever_changes_the_login_ends_the_excuse(place: &TestPlace) {
        let (home, site, secret, _) = with_app(place).await;
        let mut visitor = site.same_device();
        visitor.type_password("eve.tremblay", PASSWORD).await;
        let code = next_code(place, &home, &secret);
        visitor.post("/sign-in/step", &[("way", "totp"), ("code", &code), ("remember", "yes")]).await;
        prove_step(&mut visitor, "password", ("totp", &next_code(place, &home, &secret))).await;
        let changed = visitor.post("/profile/password", &[("current", PASSWORD), ("password", "brume4falaise"), ("password_again", "brume4falaise")]).await;
        assert_eq!(changed.location(), "/profile/password?done=password", "{}", changed.text());
        let mut again = visitor.same_device();
        assert_eq!(again.type_password("eve.tremblay", "brume4falaise").await.location(), STEP, "another password");
        let code = next_code(place, &home, &secret);
        again.post("/sign-in/step", &[("way", "totp"), ("code", &code), ("remember", "yes")]).await;
        // Another phone takes the place of the first.
        let mut owner = again;
        prove_step(&mut owner, "totp", ("totp", &next_code(place, &home, &secret))).await;
        owner.post("/profile/steps/totp/begin", &[]).await;
        let page = owner.get("/profile/steps/totp").await;
        assert!(page.has("will be good no more"), "{}", page.text());
        let second = secret_in(&page);
        let code = next_code(place, &home, &second);
        assert_eq!(owner.post("/profile/steps/totp", &[("code", &code)]).await.location(), "/profile/steps?done=step-on", "the codes stay");
        let mut again = owner.same_device();
        assert_eq!(again.type_password("eve.tremblay", "brume4falaise").await.location(), STEP, "another step");
        let old = next_code(place, &home, &secret);
        assert!(type_step(&mut again, "totp", &old).await.has("not the code"), "of the first phone");
        assert_eq!(type_step(&mut again, "totp", &next_code(place, &home, &second)).await.location(), "/");
    }

    async fn sec_3_no_device_is_excused_where_the_provider_wants_none(place: &TestPlace) {
        let (mut home, _, secret, _) = with_app(place).await;
        home.config.remember_step = jiff::SignedDuration::ZERO;
        let mut visitor = Visitor::of(&home);
        visitor.type_password("eve.tremblay", PASSWORD).await;
        assert!(!visitor.get(STEP).await.has("Do not ask again"));
        let code = next_code(place, &home, &secret);
        visitor.post("/sign-in/step", &[("way", "totp"), ("code", &code), ("remember", "yes")]).await;
        assert!(is_in(&mut visitor).await);
        assert_eq!(visitor.same_device().type_password("eve.tremblay", PASSWORD).await.location(), STEP);
    }

    async fn sec_3_recovery_codes_are_used_once_counted_saved_and_made_anew(place: &TestPlace) {
        let (home, mut visitor, secret, codes) = with_app(place).await;
        let file = visitor.post("/profile/steps/codes/file", &[("codes", &codes.join(" "))]).await;
        assert!(file.header("content-disposition").contains("recovery-codes.txt") && file.header("content-type").starts_with("text/plain"));
        assert!(codes.iter().all(|code| file.has(code)) && file.header("cache-control") == "no-store");
        let mut phone = visitor.other();
        phone.type_password("eve.tremblay", PASSWORD).await;
        assert_eq!(type_step(&mut phone, "recovery", &codes[0].to_uppercase().replace('-', " ")).await.location(), "/");
        let letter = letters(&home, "step-code-used", 1).await.remove(0);
        assert!(letter.text.contains("Codes left") && letter.text.contains('9'), "{}", letter.text);
        let mut again = visitor.other();
        again.type_password("eve.tremblay", PASSWORD).await;
        assert!(type_step(&mut again, "recovery", &codes[0]).await.has("none of your unused"), "once");
        // As a proof too; then few are left, and the check-up says so.
        for code in &codes[1..7] {
            assert_eq!(prove_step(&mut visitor, "codes", ("recovery", code)).await.location(), "/profile/steps/codes");
        }
        assert!(visitor.get("/profile/security").await.has("only 3 recovery codes"));
        let page = visitor.get("/profile/steps/codes").await;
        assert!(page.has("3 codes are left"), "{}", page.text());
        let text = page.text();
        let before = between(&text, "name=\"before\" value=\"", "\"");
        place.advance_seconds(1);
        let new = codes_in(&visitor.post("/profile/steps/codes", &[("before", before)]).await);
        assert_eq!(visitor.post("/profile/steps/codes", &[("before", before)]).await.location(), "/profile/steps?done=step-codes-made", "pressed twice");
        letters(&home, "step-codes", 1).await;
        assert!(visitor.get("/profile/steps").await.has("10 codes are left"));
        assert!(type_step(&mut again, "recovery", &codes[8]).await.has("none of your unused"), "of the set before");
        assert_eq!(type_step(&mut again, "recovery", &new[0]).await.location(), "/");
        assert_eq!(visitor.post("/profile/steps/codes/file", &[("codes", &codes.join(" "))]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(visitor.post("/profile/steps/codes/file", &[("codes", &[new[1].as_str(); 10].join(" "))]).await.status, StatusCode::NOT_FOUND);
        let kept: Vec<u8> = db::scalar(home.db.reader(), "SELECT mark FROM step_recovery_codes LIMIT 1", []).await.expect("read").expect("one");
        assert_eq!(kept.len(), 32, "marks alone");
        assert!(!secret.is_empty());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_it_is_turned_off_with_the_step_itself_as_the_proof(place: &TestPlace) {
        let (home, mut visitor, secret, codes) = with_app(place).await;
        place.advance_seconds(16 * 60);
        assert_eq!(visitor.get("/profile/steps/totp/off").await.location(), "/profile/prove?need=totp-off");
        assert_eq!(visitor.post("/profile/steps/totp/off", &[]).await.location(), "/profile/prove?need=totp-off");
        let page = visitor.get("/profile/prove?need=totp-off").await;
        assert!(page.has("Code from the app") && !page.has("Your current password"), "{}", page.text());
        // The password proves nothing where there is a second step.
        let answer = visitor.post("/profile/prove", &[("need", "totp-off"), ("current", PASSWORD)]).await;
        assert_eq!(answer.location(), "/profile/prove?need=totp-off");
        assert_eq!(visitor.post("/profile/steps/totp/off", &[]).await.location(), "/profile/prove?need=totp-off");
        assert!(prove_step(&mut visitor, "totp-off", ("totp", "000000")).await.has("not the code"));
        let code = next_code(place, &home, &secret);
        assert_eq!(prove_step(&mut visitor, "totp-off", ("totp", &code)).await.location(), "/profile/steps/totp/off");
        assert!(visitor.get("/profile/steps/totp/off").await.has("your only second step"));
        assert_eq!(visitor.post("/profile/steps/totp/off", &[]).await.location(), "/profile/steps?done=step-off");
        assert_eq!(visitor.post("/profile/steps/totp/off", &[]).await.location(), "/profile/steps", "pressed twice");
        letters(&home, "step-off", 1).await;
        assert_eq!((count(&home, "step_totps").await, count(&home, "step_recovery_codes").await), (0, 0), "{codes:?}");
        assert_eq!(visitor.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
        assert!(visitor.other().type_password("eve.tremblay", PASSWORD).await.location().starts_with("/sign-in/code"), "as before");
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_the_step_alone_is_the_proof_and_what_was_typed_is_kept(place: &TestPlace) {
        let (home, mut visitor, secret, _) = with_app(place).await;
        place.advance_seconds(16 * 60);
        assert_eq!(visitor.post("/profile/backup", &[("email", BACKUP)]).await.location(), "/profile/prove?need=backup");
        let code = next_code(place, &home, &secret);
        assert_eq!(prove_step(&mut visitor, "backup", ("totp", &code)).await.location(), "/profile/backup");
        assert!(visitor.get("/profile/backup").await.has(&format!("value=\"{BACKUP}\"")), "what was typed is kept");
        assert_eq!(visitor.post("/profile/backup", &[("email", BACKUP)]).await.location(), "/profile/backup?done=backup-set");
        // For a quarter of an hour it is not asked for again.
        assert!(visitor.get("/profile/delete").await.has("cannot be undone"));
        place.advance_seconds(16 * 60);
        assert_eq!(visitor.get("/profile/delete").await.location(), "/profile/prove?need=delete", "nor is the password enough");
        let code = next_code(place, &home, &secret);
        prove_step(&mut visitor, "delete", ("totp", &code)).await;
        assert_eq!(visitor.post("/profile/delete", &[("sure", "yes")]).await.location(), "/profile/deleted");
        assert_eq!((count(&home, "step_totps").await, count(&home, "step_recovery_codes").await), (0, 0));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_sec_5_no_recovery_skips_the_second_step(place: &TestPlace) {
        let (home, mut site, secret, _) = with_app(place).await;
        let new = [("password", "rivage7lac"), ("password_again", "rivage7lac")];
        site.other().post("/recover", &[("name", "eve.tremblay")]).await;
        let link = link_in(&letters(&home, "password-link", 1).await[0].text, "/recover/");
        let mut reader = site.other();
        assert_eq!(reader.post(&link, &new).await.location(), "/sign-in?chosen=1");
        assert!(!is_in(&mut site).await && !is_in(&mut reader).await);
        // The device on which it was chosen is known, and is asked all the same.
        assert_eq!(reader.type_password("eve.tremblay", "rivage7lac").await.location(), STEP);
        let code = next_code(place, &home, &secret);
        assert_eq!(type_step(&mut reader, "totp", &code).await.location(), "/");
        // Nor does “this was not me”.
        let mut phone = site.other();
        phone.type_password("eve.tremblay", "rivage7lac").await;
        assert_eq!(type_step(&mut phone, "totp", &next_code(place, &home, &secret)).await.location(), "/");
        let link = link_in(&letters(&home, "new-sign-in", 1).await[0].text, "/sign-in/not-me/");
        site.other().post(&link, &[]).await;
        let link = link_in(&letters(&home, "login-closed", 1).await[0].text, "/recover/");
        reader.post(&link, &[("password", "falaise3brume"), ("password_again", "falaise3brume")]).await;
        assert_eq!(reader.type_password("eve.tremblay", "falaise3brume").await.location(), STEP);
    }

    async fn sec_3_sec_5_a_lost_second_step_is_taken_off_by_the_procedure_alone(place: &TestPlace) {
        let (home, mut site, secret, codes) = with_app(place).await;
        let page = site.other().get("/recover/documents?lost=step").await;
        assert!(page.has("lost their phone") && page.has("name=\"lost\" value=\"step\""), "{}", page.text());
        let asked = ask_for_step(&site, "eve.tremblay", ONCE).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        let told = letters(&home, "recovery-told", 1).await.remove(0);
        assert!(told.text.contains("lost the second step"), "{}", told.text);
        let path = path_of(&home).await;
        let (mut agent, mut supervisor) = (staff(&home, &site, "agent").await, staff(&home, &site, "supervisor").await);
        assert!(agent.get(&path).await.has("The second step"));
        assert_eq!(decide(&mut agent, &path, "documents").await.location(), "/staff/recoveries?done=waits", "as for anything else");
        assert_eq!(work(&home).await, 0);
        assert_eq!(of_logins(&home, "step_totps").await, 1, "an agent alone takes nothing off");
        assert_eq!(decide(&mut supervisor, &path, "documents").await.location(), "/staff/recoveries?done=accepted");
        let letter = letters(&home, "recovery-step-accepted", 1).await.remove(0);
        assert_eq!(letter.shown.to, "eve@exemple.ca", "the contact e-mail, whatever was typed");
        letters(&home, "recovery-step-sent", 1).await;
        letters(&home, "recovery-accepted", 0).await;
        let link = link_in(&letter.text, "/recover/documents/renew/");
        for _ in 0..3 {
            assert!(site.other().get(&link).await.has("Take the second step off?"));
        }
        assert!(is_in(&mut site).await && of_logins(&home, "step_totps").await == 1, "nothing by following it");
        let mut owner = site.other();
        let done = owner.post(&link, &[]).await;
        assert_eq!(done.location(), "/sign-in?step=off", "{}", done.text());
        assert!(owner.get("/sign-in?step=off").await.has("is taken off"));
        assert!(!is_in(&mut site).await, "all sessions end");
        assert_eq!((of_logins(&home, "step_totps").await, of_logins(&home, "step_recovery_codes").await, count(&home, "devices").await), (0, 0, 0), "{secret} {codes:?}");
        assert_eq!(letters(&home, "step-lost", 1).await[0].shown.to, "eve@exemple.ca");
        assert!(owner.post(&link, &[]).await.status == StatusCode::GONE && events(&home, "step.lost").await == 1);
        // The password is what it was, and the door asks for the code that it asks for without a second step.
        assert!(owner.type_password("eve.tremblay", PASSWORD).await.location().starts_with("/sign-in/code"));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
