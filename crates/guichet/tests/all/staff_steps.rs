//! SEC-3: the second step of the provider's people, which they always have.

use axum::http::StatusCode;
use guichet::Home;
use testkit::on_both;

use crate::cli::{done, refused};
use crate::staff::{STAFF_PASSWORD, added, at_step, enter, enter_fully, secret_in, show_step, shown, staff};
use crate::support::{count, findings, mails, with_sample};
use crate::visitor::{Answer, Visitor};

const AGENT: &str = "agent@boreal.example";

async fn letters(home: &Home, kind: &str, to: &str) -> Vec<messages::Found> {
    mails(home).await.into_iter().filter(|mail| mail.shown.kind == kind && mail.shown.to == to).collect()
}

async fn noted(home: &Home, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM audit_events WHERE kind = $1";
    db::scalar(home.db.reader(), sql, [kind.into()]).await.expect("read").expect("a count")
}

async fn show(visitor: &mut Visitor, code: &str) -> Answer {
    visitor.post("/staff/step", &[("code", code), ("return_to", "/staff")]).await
}

/// Another session of a member, up to the second step.
async fn again(site: &Visitor, email: &str) -> Visitor {
    let mut visitor = site.other();
    assert!(enter(&mut visitor, email, STAFF_PASSWORD).await.location().starts_with("/staff/step"));
    visitor
}

/// The recovery codes that a page shows.
fn codes_in(page: &str) -> Vec<String> {
    let (_, after) = page.split_once("name=\"codes\" value=\"").expect("codes");
    after.split('"').next().expect("a value").split(' ').map(str::to_owned).collect()
}

on_both! {
    async fn sec_3_who_looked_at_a_colleagues_secret_has_nothing_of_it(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        let mut looker = at_step(&home, &site, "agent").await;
        let looked = secret_in(&looker.get("/staff/step/setup").await.text()).expect("a secret");
        let mut agent = site.other();
        enter(&mut agent, "agent@boreal.example", STAFF_PASSWORD).await;
        let own = secret_in(&agent.get("/staff/step/setup").await.text()).expect("a secret");
        assert_ne!(looked, own);
        show_step(&home, &mut agent, "agent@boreal.example").await;
        assert_eq!(agent.get("/staff").await.status, StatusCode::OK);
        // From there to the desk, and from the desk to its door.
        for page in ["/staff/step", "/staff/step/setup"] {
            assert_eq!(looker.get(page).await.location(), "/staff", "{page}");
        }
        assert!(looker.get("/staff").await.location().starts_with("/staff/sign-in"), "the looker's session is over");
    }

    async fn sec_3_who_has_no_second_step_sets_one_up_and_gets_recovery_codes(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        let mut agent = at_step(&home, &site, "agent").await;
        let setup = agent.get("/staff/step?return_to=/staff/locks").await.location();
        assert_eq!(setup, "/staff/step/setup?return_to=/staff/locks");
        let page = agent.get(&setup).await;
        let secret = secret_in(&page.text()).expect("a secret");
        assert!(page.has("<svg") && page.has(AGENT), "{}", page.text());
        assert_eq!(secret_in(&agent.get(&setup).await.text()), Some(secret.clone()), "a second tab shows the same");
        let other = again(&site, AGENT).await.get(&setup).await;
        assert_ne!(secret_in(&other.text()), Some(secret.clone()), "another session does not");
        for (code, reason) in [("", "Enter the code"), ("000000", "not of this key"), ("abcdef", "not of this key"), ("abcde-fgh23", "not of this key")] {
            let answer = agent.post("/staff/step/setup", &[("code", code), ("return_to", "/staff/locks")]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{code}: {}", answer.text());
            assert_eq!(secret_in(&answer.text()), Some(secret.clone()), "the app keeps what it read");
        }
        assert_eq!(count(&home, "step_totps").await, 0, "a setup that is not confirmed does nothing");
        let code = identity::totp_at(&secret, home.world.now()).expect("a code");
        let before = agent.cookies["staff"].clone();
        let form = [("code", code.as_str()), ("return_to", "/staff/locks")];
        let (mut twin, mut old) = (agent.twin(), agent.twin());
        let (one, two) = tokio::join!(agent.post("/staff/step/setup", &form), twin.post("/staff/step/setup", &form));
        let (set_up, late) = if one.status == StatusCode::OK { (one, two) } else { (two, one) };
        assert_eq!((set_up.status, late.status), (StatusCode::OK, StatusCode::SEE_OTHER), "once, pressed twice");
        let codes = codes_in(&set_up.text());
        assert!(codes.len() == 10 && set_up.has("/staff/locks") && set_up.header("cache-control").contains("no-store"));
        // The session goes on under a secret that nobody knew before.
        let mut member = if agent.cookies["staff"] == before { twin } else { agent };
        assert_ne!(member.cookies["staff"], before);
        assert_eq!(member.get("/staff").await.status, StatusCode::OK);
        assert!(old.get("/staff").await.location().starts_with("/staff/sign-in"));
        assert_eq!(letters(&home, "staff-step-on", AGENT).await.len(), 1);
        let file = member.post("/staff/codes/file", &[("codes", &codes.join(" "))]).await;
        assert!(file.header("content-disposition").starts_with("attachment") && codes.iter().all(|code| file.has(code)));
        assert_eq!(member.post("/staff/codes/file", &[("codes", "abcde-fgh23")]).await.status, StatusCode::NOT_FOUND);
        let stored: Vec<u8> = db::scalar(home.db.reader(), "SELECT secret FROM step_totps", []).await.expect("read").expect("one");
        assert!(!String::from_utf8_lossy(&stored).contains(&secret.replace(' ', "")), "PRV-1");
        assert_eq!((noted(&home, "step.on").await, noted(&home, "staff.signed-in").await), (1, 1));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_a_code_is_asked_at_every_sign_in_and_taken_once(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        staff(&home, &site, "agent").await;
        staff(&home, &site, "supervisor").await;
        place.advance_seconds(60);
        let (mut one, mut two) = (again(&site, AGENT).await, again(&site, AGENT).await);
        assert!(one.get("/staff/step/setup").await.location().starts_with("/staff/step?"), "nobody sets another one up");
        let answer = one.post("/staff/step/setup", &[("code", &shown(&home, AGENT, 0)), ("return_to", "/staff")]).await;
        assert!(answer.location().starts_with("/staff/step?"));
        assert!(show(&mut one, "").await.has("Enter the code"));
        let foreign = shown(&home, "supervisor@boreal.example", 0);
        assert!(show(&mut one, &foreign).await.has("That code is not right"), "a code of somebody else's app");
        assert!(show(&mut one, &shown(&home, AGENT, 90)).await.has("That code is not right"), "a clock that is wrong");
        let code = shown(&home, AGENT, 0);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let (a, b) = tokio::join!(show(&mut one, &spaced), show(&mut two, &code));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "one code, one session");
        let late = if a.status == StatusCode::SEE_OTHER { b } else { a };
        assert!(late.has("just used"), "{}", late.text());
        let mut three = again(&site, AGENT).await;
        assert!(show(&mut three, &code).await.has("just used"), "replayed");
        place.advance_seconds(30);
        assert_eq!(show(&mut three, &shown(&home, AGENT, 0)).await.location(), "/staff");
    }

    async fn sec_3_guessed_codes_of_staff_count_across_sessions_and_nodes(place: &TestPlace) {
        let home = with_sample(place).await;
        let node = place.open().await;
        let (site, elsewhere) = (Visitor::of(&home), Visitor::of(&node));
        let mut agent = at_step(&home, &site, "agent").await;
        let codes = codes_in(&show_step(&home, &mut agent, AGENT).await.text());
        place.advance_seconds(60);
        for n in 0..5 {
            let mut guesser = again(if n % 2 == 0 { &site } else { &elsewhere }, AGENT).await;
            assert_eq!(show(&mut guesser, "000000").await.status, StatusCode::UNPROCESSABLE_ENTITY, "{n}");
        }
        let mut guesser = again(&elsewhere, AGENT).await;
        let waits = show(&mut guesser, &shown(&home, AGENT, 0)).await;
        assert!(waits.status == StatusCode::TOO_MANY_REQUESTS && waits.has("Too many tries"), "the right one waits too: {}", waits.text());
        assert_eq!(letters(&home, "staff-step-guessed", AGENT).await.len(), 1, "told once");
        // Whom a guesser keeps out comes in with a recovery code.
        let mut owner = again(&site, AGENT).await;
        assert_eq!(show(&mut owner, &codes[0].to_uppercase()).await.location(), "/staff");
        assert!(owner.get("/staff/codes").await.has("You have 9 recovery codes left."));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_a_recovery_code_of_staff_is_used_once_even_raced(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        let mut agent = at_step(&home, &site, "agent").await;
        let codes = codes_in(&show_step(&home, &mut agent, AGENT).await.text());
        let (mut one, mut two) = (again(&site, AGENT).await, again(&site, AGENT).await);
        let (a, b) = tokio::join!(show(&mut one, &codes[3]), show(&mut two, &codes[3]));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
        let mut supervisor = at_step(&home, &site, "supervisor").await;
        show_step(&home, &mut supervisor, "supervisor@boreal.example").await;
        let mut foreign = again(&site, "supervisor@boreal.example").await;
        assert_eq!(show(&mut foreign, &codes[4]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not somebody else's");
        // A new set ends the old one, and takes a code.
        place.advance_seconds(60);
        let wrong = agent.post("/staff/codes", &[("code", "000000")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.has("That code is not right"));
        let renewed = agent.post("/staff/codes", &[("code", &shown(&home, AGENT, 0))]).await;
        let new = codes_in(&renewed.text());
        assert!(new.len() == 10 && !new.contains(&codes[4]));
        assert_eq!(letters(&home, "staff-step-codes", AGENT).await.len(), 1);
        let mut three = again(&site, AGENT).await;
        assert_eq!(show(&mut three, &codes[4]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(show(&mut three, &new[0]).await.location(), "/staff");
    }

    async fn sec_3_a_staff_session_waits_half_an_hour_for_the_step_and_ends_with_its_password(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        staff(&home, &site, "agent").await;
        place.advance_seconds(60);
        assert_eq!(site.other().get("/staff/step").await.location(), "/staff", "without a password there is no step");
        let nobody = show(&mut site.other(), &shown(&home, AGENT, 0)).await;
        assert_eq!(nobody.location(), "/staff");
        let mut late = again(&site, AGENT).await;
        place.advance_seconds(30 * 60);
        assert_eq!(show(&mut late, &shown(&home, AGENT, 0)).await.location(), "/staff");
        assert!(late.get("/staff").await.location().starts_with("/staff/sign-in"), "too late");
        // A new password skips no step, and ends what waits.
        let mut waiting = again(&site, AGENT).await;
        let path = added(&home, "agent", AGENT).await;
        let form = [("password", "cinq bruyères mauves"), ("password_again", "cinq bruyères mauves")];
        assert_eq!(site.other().post(&path, &form).await.location(), "/staff/sign-in?chosen=1");
        show(&mut waiting, &shown(&home, AGENT, 0)).await;
        assert!(waiting.get("/staff").await.location().starts_with("/staff/sign-in"));
        let mut fresh = site.other();
        let answer = enter(&mut fresh, AGENT, "cinq bruyères mauves").await;
        assert!(answer.location().starts_with("/staff/step"));
        assert!(fresh.get("/staff/step").await.has("your password is right"), "the step is asked for as before");
        let out = fresh.post("/staff/sign-out", &[]).await;
        assert_eq!((out.location().as_str(), fresh.get("/staff/step").await.location().as_str()), ("/staff/sign-in?out=1", "/staff"));
    }

    async fn sec_3_an_administrator_takes_a_lost_step_off_and_never_their_own(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        let mut agent = staff(&home, &site, "agent").await;
        let old = shown(&home, AGENT, 30);
        let mut administrator = staff(&home, &site, "administrator").await;
        let mut supervisor = staff(&home, &site, "supervisor").await;
        assert_eq!(supervisor.post("/staff/steps", &[("email", AGENT), ("reason", "video")]).await.status, StatusCode::NOT_FOUND);
        let page = administrator.get("/staff/steps").await;
        assert!(page.has(AGENT) && page.has("Take a lost second step off"), "{}", page.text());
        for (email, reason, said) in [("", "video", "Enter your e-mail address"), (AGENT, "", "Say what you checked"), (AGENT, "guess", "Say what you checked"),
            ("nobody@boreal.example", "video", "None of the staff has that address"), ("Administrator@boreal.example ", "video", "Nobody takes their own")] {
            let answer = administrator.post("/staff/steps", &[("email", email), ("reason", reason)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(said), "{email} {reason}: {}", answer.text());
        }
        assert_eq!(agent.get("/staff").await.status, StatusCode::OK, "nothing was done");
        let reset = administrator.post("/staff/steps", &[("email", AGENT), ("reason", "call-back")]).await;
        assert!(administrator.get(&reset.location()).await.has("The person is told"));
        assert!(agent.get("/staff").await.location().starts_with("/staff/sign-in"), "signed out at once");
        let letter = letters(&home, "staff-step-reset", AGENT).await.remove(0);
        assert!(letter.text.contains("/staff/sign-in") && letter.html.contains("taken off"), "{}", letter.text);
        let mut anew = again(&site, AGENT).await;
        assert!(anew.get("/staff/step").await.location().starts_with("/staff/step/setup"));
        let answer = anew.post("/staff/step/setup", &[("code", &old), ("return_to", "/staff")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "the lost app opens nothing");
        show_step(&home, &mut anew, AGENT).await;
        assert_eq!(anew.get("/staff").await.status, StatusCode::OK);
        // Who did it, and how they made sure, stands in both chains.
        let sql = "SELECT count(*) FROM audit_events WHERE kind = 'staff.step-reset' AND author = 'staff' AND details LIKE '%call-back%'";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read"), Some(2));
        // The operator's command does the same.
        done(place, &["staff", "reset-step", AGENT]);
        assert!(anew.get("/staff").await.location().starts_with("/staff/sign-in"));
        assert_eq!(letters(&home, "staff-step-reset", AGENT).await.len(), 2);
        assert!(refused(place, 1, &["staff", "reset-step", "nobody@boreal.example"]).contains("no member of staff"));
        let listed = String::from_utf8(done(place, &["staff", "list", "--json"]).stdout).expect("text");
        let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
        for member in listed.as_array().expect("a list") {
            assert_eq!(member["second_step"].as_bool(), Some(member["email"] != AGENT), "{member}");
        }
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_the_demonstrations_app_is_nowhere_else(place: &TestPlace) {
        let home = with_sample(place).await;
        assert!(guichet::demonstration::make_staff(&home).await.is_err(), "real staff get no app that everybody has");
        assert_eq!((Visitor::of(&home).get("/demo/outbox").await.status, count(&home, "step_totps").await), (StatusCode::NOT_FOUND, 0));
    }

    async fn sec_3_sessions_of_staff_from_before_have_to_show_the_step(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        let mut agent = staff(&home, &site, "agent").await;
        crate::support::execute(&home, "UPDATE staff_sessions SET step_at = NULL").await.expect("as the schema's step leaves them");
        assert!(agent.get("/staff").await.location().starts_with("/staff/step?"));
        place.advance_seconds(60);
        enter_fully(&home, &mut agent, AGENT).await;
        assert_eq!(agent.get("/staff").await.status, StatusCode::OK);
    }
}
