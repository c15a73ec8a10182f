//! The provider's people: added by command, in by a door of their own (AGT-2, SEC-1).

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::http::StatusCode;
use guichet::Home;
use identity::{NewStaff, Role};
use jiff::SignedDuration;
use kernel::Language;
use testkit::on_both;

use crate::cli::{done, refused};
use crate::support::{count, findings, mails, with_sample};
use crate::visitor::{Answer, PASSWORD, SITE, Visitor, number_of};

/// Long enough for staff, whatever is asked of customers.
pub(crate) const STAFF_PASSWORD: &str = "quatre bruyères mauves";

/// Adds somebody, or gives them a new link where they are there already, at the test's own time, which a command has not; gives
/// the path of the link in their letter.
pub(crate) async fn added(home: &Home, role: &str, email: &str) -> String {
    added_at(home, SITE, (role, Language::En), email).await
}

/// The same where the site has that address, in a language.
pub(crate) async fn added_at(home: &Home, public_url: &str, (role, language): (&str, Language), email: &str) -> String {
    let site = guichet::site(home, public_url).expect("texts");
    let provider = guichet::provider(home);
    let with = portal::Told {
        texts: site.texts(),
        sender: &home.config.mail.sender,
        provider: &provider,
        public_url,
        zone: &home.config.zone,
        claims_wait: true,
    };
    let role = Role::from_code(role).expect("a role");
    let new = NewStaff { role, language, name: "Ada Roy", email };
    if portal::add_staff(&home.db, &home.vault, &with, &new).await.is_err() {
        portal::invite_staff(&home.db, &home.vault, &with, email).await.expect("invited");
    }
    invitation(home, email).await
}

async fn invitation(home: &Home, email: &str) -> String {
    let mail = mails(home).await.into_iter().find(|mail| mail.shown.kind == "staff-invited" && mail.shown.to == email);
    let text = mail.expect("a letter").text;
    let (_, after) = text.split_once("/staff/password/").expect("a link");
    format!("/staff/password/{}", after.lines().next().expect("a line"))
}

async fn choose(visitor: &mut Visitor, path: &str) -> Answer {
    visitor.post(path, &[("password", STAFF_PASSWORD), ("password_again", STAFF_PASSWORD)]).await
}

pub(crate) async fn enter(visitor: &mut Visitor, email: &str, password: &str) -> Answer {
    visitor.post("/staff/sign-in", &[("email", email), ("password", password), ("return_to", "/staff")]).await
}

/// The secrets in the authenticator apps of the tests' staff.
static APPS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

fn app_of(home: &Home, email: &str) -> String {
    format!("{}\0{email}", home.paths.database.display())
}

/// The secret that a page shows, in groups of four.
pub(crate) fn secret_in(page: &str) -> Option<String> {
    let fits = |text: &&[u8]| {
        let each = |(at, byte): (usize, &u8)| match at % 5 {
            4 => *byte == b' ',
            _ => byte.is_ascii_uppercase() || (b'2'..=b'7').contains(byte),
        };
        text.iter().enumerate().all(each)
    };
    page.as_bytes().windows(39).find(fits).and_then(|text| String::from_utf8(text.to_vec()).ok())
}

/// What the app of somebody shows so many seconds from now.
pub(crate) fn shown(home: &Home, email: &str, seconds: i64) -> String {
    let secret = APPS.lock().expect("the apps").get(&app_of(home, email)).cloned().expect("set up before");
    let at = home.world.now().plus(SignedDuration::from_secs(seconds));
    identity::totp_at(&secret, at).expect("a secret")
}

/// Shows the second step after the password; sets it up where there is none. Gives the answer that lets in.
pub(crate) async fn show_step(home: &Home, visitor: &mut Visitor, email: &str) -> Answer {
    let asked = visitor.get("/staff/step?return_to=/staff").await;
    if asked.location().starts_with("/staff/step/setup") {
        let page = visitor.get(&asked.location()).await;
        let secret = secret_in(&page.text()).expect("a secret");
        APPS.lock().expect("the apps").insert(app_of(home, email), secret);
        let code = shown(home, email, 0);
        let set_up = visitor.post("/staff/step/setup", &[("code", &code), ("return_to", "/staff")]).await;
        assert!(set_up.status == StatusCode::OK && set_up.has("Keep your recovery codes"), "{}", set_up.text());
        return set_up;
    }
    // The code of now may have been taken: the next one is taken too, for clocks differ.
    for seconds in [0, 30] {
        let code = shown(home, email, seconds);
        let answer = visitor.post("/staff/step", &[("code", &code), ("return_to", "/staff")]).await;
        if answer.status == StatusCode::SEE_OTHER {
            assert_eq!(answer.location(), "/staff");
            return answer;
        }
    }
    panic!("{email} shows no step: {}", asked.text());
}

/// Password and second step.
pub(crate) async fn enter_fully(home: &Home, visitor: &mut Visitor, email: &str) {
    let answer = enter(visitor, email, STAFF_PASSWORD).await;
    assert_eq!(answer.location(), "/staff/step?return_to=/staff", "{}", answer.text());
    show_step(home, visitor, email).await;
}

/// Somebody of a role with a right password, and no second step shown yet.
pub(crate) async fn at_step(home: &Home, site: &Visitor, role: &str) -> Visitor {
    at_step_of(home, site, (role, &format!("{role}@boreal.example"))).await
}

async fn at_step_of(home: &Home, site: &Visitor, (role, email): (&str, &str)) -> Visitor {
    let path = added(home, role, email).await;
    let mut visitor = site.other();
    assert_eq!(choose(&mut visitor, &path).await.status, StatusCode::SEE_OTHER, "{role}");
    let answer = enter(&mut visitor, email, STAFF_PASSWORD).await;
    assert_eq!(answer.location(), "/staff/step?return_to=/staff", "{}", answer.text());
    visitor
}

/// Somebody of a role, signed in.
pub(crate) async fn staff(home: &Home, site: &Visitor, role: &str) -> Visitor {
    staff_named(home, site, (role, &format!("{role}@boreal.example"))).await
}

/// The same with an address of their own.
pub(crate) async fn staff_named(home: &Home, site: &Visitor, (role, email): (&str, &str)) -> Visitor {
    let mut visitor = at_step_of(home, site, (role, email)).await;
    show_step(home, &mut visitor, email).await;
    visitor
}

on_both! {
    async fn agt_2_somebody_is_added_chooses_a_password_and_comes_in(place: &TestPlace) {
        let home = with_sample(place).await;
        let path = added(&home, "technical-support", "ada@boreal.example").await;
        let mut ada = Visitor::of(&home);
        assert!(enter(&mut ada, "ada@boreal.example", "").await.has("Enter your password"));
        // A scanner follows the link as often as it likes.
        for _ in 0..3 {
            let page = ada.get(&path).await;
            assert!(page.status == StatusCode::OK && page.has("Ada Roy") && page.has("Technical support"), "{}", page.text());
        }
        for (password, again, reason) in [("short1", "short1", "15 to 128"), (STAFF_PASSWORD, "other", "not the same"),
            ("ada@boreal.example", "ada@boreal.example", "cannot be the username")] {
            let answer = ada.post(&path, &[("password", password), ("password_again", again)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{password}: {}", answer.text());
        }
        let chosen = choose(&mut ada, &path).await;
        assert!(ada.get(&chosen.location()).await.has("Your password is chosen"));
        for answer in [choose(&mut ada, &path).await, ada.get(&path).await] {
            assert!(answer.status == StatusCode::GONE && answer.has("was used already") && !answer.has("Ada Roy"), "{}", answer.text());
        }
        let answer = enter(&mut ada, " ADA@boreal.example ", STAFF_PASSWORD).await;
        assert_eq!(answer.location(), "/staff/step?return_to=/staff");
        let listed = String::from_utf8(done(place, &["staff", "list"]).stdout).expect("text");
        assert!(listed.contains("ada@boreal.example  technical-support  active  Ada Roy  (no second step yet)"), "{listed}");
        show_step(&home, &mut ada, "ada@boreal.example").await;
        let desk = ada.get("/staff").await;
        for text in ["Ada Roy", "Technical support", "ada@boreal.example", "Nothing for your role here"] {
            assert!(desk.has(text), "{text}: {}", desk.text());
        }
        let listed = String::from_utf8(done(place, &["staff", "list"]).stdout).expect("text");
        assert!(listed.contains("ada@boreal.example  technical-support  active  Ada Roy\n"), "{listed}");
        let hash: String = db::scalar(home.db.reader(), "SELECT password_hash FROM staff", []).await.expect("read").expect("one");
        assert!(hash.starts_with("$argon2id$"));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn agt_2_links_to_a_password_end(place: &TestPlace) {
        let home = with_sample(place).await;
        let old = added(&home, "agent", "ada@boreal.example").await;
        place.advance_seconds(1);
        let mut ada = Visitor::of(&home);
        let newest = added(&home, "agent", "ada@boreal.example").await;
        assert_ne!(newest, old);
        let sql = "SELECT count(*) FROM staff_invitations WHERE replaced_at IS NULL";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read"), Some(1));
        assert!(choose(&mut ada, &old).await.has("a newer one was sent"));
        let altered = ada.get(&format!("{old}x")).await;
        assert!(altered.status == StatusCode::NOT_FOUND && altered.has("not complete"), "{}", altered.text());
        let stored: Vec<u8> = db::scalar(home.db.reader(), "SELECT token_hash FROM staff_invitations LIMIT 1", []).await.expect("read").expect("one");
        assert_eq!(stored.len(), 32, "the table opens nothing");
        place.advance_seconds(72 * 3600);
        let sql = "SELECT count(*) FROM staff WHERE password_hash IS NULL";
        for late in [choose(&mut ada, &newest).await, ada.get(&newest).await] {
            assert!(late.status == StatusCode::GONE && late.has("more than three days old"), "{}", late.text());
        }
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read"), Some(1), "no password was chosen");
    }

    async fn agt_2_one_link_posted_twice_at_once_chooses_one_password(place: &TestPlace) {
        let home = with_sample(place).await;
        let path = added(&home, "agent", "ada@boreal.example").await;
        let (mut one, mut two) = (Visitor::of(&home), Visitor::of(&home));
        let (a, b) = tokio::join!(choose(&mut one, &path), choose(&mut two, &path));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410]);
    }

    async fn agt_2_the_two_doors_are_apart(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut customer = Visitor::of(&home);
        customer.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        let mut agent = staff(&home, &customer, "agent").await;
        // Neither session opens the other's pages, not even under the other's name.
        assert!(customer.get("/staff").await.location().starts_with("/staff/sign-in"));
        assert!(agent.get(&format!("/accounts/{number}/overview")).await.location().starts_with("/sign-in"));
        let (theirs, ours) = (customer.cookies["session"].clone(), agent.cookies["staff"].clone());
        customer.cookies.insert("staff".to_owned(), theirs);
        agent.cookies.insert("session".to_owned(), ours);
        assert!(customer.get("/staff").await.location().starts_with("/staff/sign-in"));
        assert!(agent.get(&format!("/accounts/{number}/overview")).await.location().starts_with("/sign-in"));
        // Nor does either's password.
        assert_eq!(enter(&mut customer.other(), "eve@exemple.ca", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(customer.other().sign_in("agent@boreal.example", STAFF_PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn sec_1_staff_get_one_answer_whatever_was_wrong_and_guessing_is_limited(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        staff(&home, &site, "agent").await;
        added(&home, "supervisor", "new@boreal.example").await;
        staff(&home, &site, "administrator").await;
        done(place, &["staff", "disable", "administrator@boreal.example"]);
        let mut answers = Vec::new();
        for (email, password) in [("agent@boreal.example", "another pass phrase"), ("nobody@boreal.example", STAFF_PASSWORD),
            ("new@boreal.example", STAFF_PASSWORD), ("administrator@boreal.example", STAFF_PASSWORD)] {
            let answer = enter(&mut site.other(), email, password).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
            answers.push(answer.text().replace(email, "E"));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "one page, whatever was wrong");
        for email in ["agent@boreal.example", "nobody@boreal.example"] {
            for _ in 0..10 {
                enter(&mut site.other(), email, "another pass phrase").await;
            }
            let waits = enter(&mut site.other(), email, STAFF_PASSWORD).await;
            assert!(waits.status == StatusCode::TOO_MANY_REQUESTS && waits.has("Too many tries"), "{email}");
        }
    }

    async fn agt_2_who_is_disabled_is_out_at_once(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        let mut agent = staff(&home, &site, "agent").await;
        done(place, &["staff", "invite", "agent@boreal.example"]);
        let link = invitation(&home, "agent@boreal.example").await;
        done(place, &["staff", "disable", "agent@boreal.example"]);
        assert!(agent.get("/staff").await.location().starts_with("/staff/sign-in"), "also with an open session");
        assert_eq!(enter(&mut agent, "agent@boreal.example", STAFF_PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(matches!(choose(&mut agent, &link).await.status, StatusCode::NOT_FOUND | StatusCode::GONE), "nor with a link");
        assert!(refused(place, 1, &["staff", "disable", "agent@boreal.example"]).contains("no member of staff"));
        assert!(refused(place, 1, &["staff", "invite", "agent@boreal.example"]).contains("no member of staff"));
        // Somebody new may bear the address.
        place.advance_seconds(60);
        added(&home, "supervisor", "agent@boreal.example").await;
        let listed = String::from_utf8(done(place, &["staff", "list", "--json"]).stdout).expect("text");
        let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
        assert_eq!((listed[0]["state"].as_str(), listed[1]["state"].as_str()), (Some("disabled"), Some("invited")));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_9_staff_sessions_end_on_the_server(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        let mut agent = staff(&home, &site, "agent").await;
        let old = agent.cookies.clone();
        let out = agent.post("/staff/sign-out", &[]).await;
        assert!(agent.get(&out.location()).await.has("You are signed out."));
        agent.cookies = old;
        assert!(agent.get("/staff").await.location().starts_with("/staff/sign-in"));
        place.advance_seconds(60);
        enter_fully(&home, &mut agent, "agent@boreal.example").await;
        for _ in 0..24 {
            place.advance_seconds(29 * 60);
            assert_eq!(agent.get("/staff").await.status, StatusCode::OK, "used, it goes on");
        }
        place.advance_seconds(29 * 60);
        assert_eq!(agent.get("/staff").await.status, StatusCode::SEE_OTHER, "for twelve hours at most");
        enter_fully(&home, &mut agent, "agent@boreal.example").await;
        place.advance_seconds(31 * 60);
        assert_eq!(agent.get("/staff").await.status, StatusCode::SEE_OTHER, "unused for half an hour");
        for elsewhere in ["https://evil.example/", "//evil.example", "/accounts/1", "/staffroom"] {
            let form = [("email", "agent@boreal.example"), ("password", STAFF_PASSWORD), ("return_to", elsewhere)];
            assert_eq!(site.other().post("/staff/sign-in", &form).await.location(), "/staff/step?return_to=/staff", "{elsewhere}");
        }
    }

    async fn sec_1_the_staffs_cookie_is_strict(place: &TestPlace) {
        let home = with_sample(place).await;
        let site = Visitor::of(&home);
        staff(&home, &site, "agent").await;
        let mut visitor = Visitor::at(&home, "https://client.example.ca");
        let answer = enter(&mut visitor, "agent@boreal.example", STAFF_PASSWORD).await;
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("__Host-staff="), "{cookie}");
        for flag in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(cookie.contains(flag), "{cookie}");
        }
        visitor.headers = vec![("sec-fetch-site", "cross-site".to_owned()), ("origin", "https://evil.example".to_owned())];
        assert_eq!(visitor.post("/staff/sign-out", &[]).await.status, StatusCode::FORBIDDEN);
    }

    async fn agt_2_the_command_refuses_what_is_wrong_and_adds_nobody(place: &TestPlace) {
        let home = with_sample(place).await;
        done(place, &["staff", "add", "--role", "agent", "--name", "Ada Roy", "ada@boreal.example"]);
        let letter = mails(&home).await.remove(0);
        assert!(letter.text.contains("Choisissez votre mot de passe") && letter.html.contains("/staff/password/"), "{}", letter.text);
        for (status, arguments, reason) in [
            (2, ["--role", "king", "--name", "Ada", "ada2@boreal.example"], "invalid value"),
            (1, ["--role", "agent", "--name", "Ada", "ada2"], "is no e-mail address"),
            (1, ["--role", "agent", "--name", " ", "ada2@boreal.example"], "one line of text"),
            (1, ["--role", "supervisor", "--name", "Ada", "ADA@boreal.example"], "already"),
        ] {
            let said = refused(place, status, &[["staff", "add"].as_slice(), arguments.as_slice()].concat());
            assert!(said.contains(reason), "{said}");
        }
        assert_eq!((count(&home, "staff").await, count(&home, "messages").await), (1, 1));
        let sealed: Vec<u8> = db::scalar(home.db.reader(), "SELECT email FROM staff", []).await.expect("read").expect("one");
        assert!(!String::from_utf8_lossy(&sealed).contains("ada"), "PRV-1");
        home.db.close().await;
        let rotated = String::from_utf8(done(place, &["keys", "rotate"]).stdout).expect("text");
        assert!(rotated.contains("1 members of staff"), "{rotated}");
        assert!(String::from_utf8(done(place, &["staff", "list"]).stdout).expect("text").contains("ada@boreal.example"));
    }

    async fn sgn_2_an_agent_confirms_or_stops_a_claim(place: &TestPlace) {
        let mut home = with_sample(place).await;
        home.config.demonstration = true;
        let (number, other_number) = (number_of(&home, "0001-AAAAA").await, number_of(&home, "0002-BBBBB").await);
        let mut eve = Visitor::of(&home);
        eve.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        let mut adam = eve.other();
        adam.sign_up((&other_number, "G1R 2B5"), "adam.roy.2").await;
        let mut agent = staff(&home, &eve, "agent").await;
        let decide = async |agent: &mut Visitor, number: &str, decision: &str| {
            agent.post("/staff/claims", &[("account_number", number), ("decision", decision)]).await
        };
        for (typed, decision, reason) in [("", "document", "Enter the account number"), (number.as_str(), "", "Say what you checked"),
            (&number, "guess", "Say what you checked"), ("12345", "document", "no sign-up to confirm"), ("1234567897", "stop", "no sign-up to confirm")] {
            let answer = decide(&mut agent, typed, decision).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{typed} {decision}: {}", answer.text());
            assert!(answer.has(typed), "what was typed is kept");
        }
        let confirmed = decide(&mut agent, &number, "document").await;
        assert!(agent.get(&confirmed.location()).await.has(&format!("The holder of account {number} is confirmed.")));
        assert_eq!(eve.get(&format!("/accounts/{number}/cards/new")).await.status, StatusCode::OK);
        assert!(decide(&mut agent, &number, "document").await.has("confirmed or closed already"), "posted twice");
        assert!(decide(&mut agent, &number, "stop").await.has("confirmed or closed already"));
        let stopped = decide(&mut agent, &other_number, "stop").await;
        assert!(agent.get(&stopped.location()).await.has("is closed"));
        assert!(adam.get(&format!("/accounts/{other_number}/overview")).await.location().starts_with("/sign-in"));
        // Who decided, and how they made sure, stands in the account's log and in their own.
        let id: String = serde_json::from_slice::<serde_json::Value>(&done(place, &["staff", "list", "--json"]).stdout)
            .expect("JSON")[0]["staff"].as_str().expect("an id").to_owned();
        for (kind, how) in [("holder.confirmed", "document"), ("claim.stopped", "customer-service")] {
            let sql = "SELECT count(*) FROM audit_events WHERE kind = $1 AND author = 'staff' AND details LIKE $2 AND details LIKE $3";
            let noted: i64 = db::scalar(home.db.reader(), sql, [kind.into(), format!("%{id}%").into(), format!("%{how}%").into()]).await.expect("read").expect("a count");
            assert_eq!(noted, 2, "{kind}");
        }
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
