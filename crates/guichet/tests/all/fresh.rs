//! Fresh proof, and which acts ask for it (SEC-6, SEC-8, ONE-1, PRO-1): the table, all handlers against it, each way of proving, and
//! what a thief of a session, a password, a mailbox or a telephone does not reach.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use guichet::{Home, Texts};
use portal::{ACTS, Asks, Need};
use testkit::{TestPlace, on_both};

use crate::backup::{BACKUP, prove, with_backup};
use crate::devices::{events, letters, link_in};
use crate::linked::{JOIN, Two, undo_path};
use crate::profile::seen;
use crate::routes::ACCESS;
use crate::steps::turn_on;
use crate::support::{execute, findings, mails, put_telephone_on_file};
use crate::visitor::{Answer, PASSWORD, Visitor, code_in};

const HOUR: i64 = 3600;
const TELEPHONE: &str = "+15145550142";

/// A site that sends text messages, and somebody who has signed in there with a login of some age.
async fn aged(place: &TestPlace) -> (Home, Visitor, String) {
    let (mut home, before, number) = crate::profile::holder(place).await;
    home.config.texts = Texts::in_folder();
    let mut visitor = Visitor::of(&home);
    visitor.cookies = before.same_device().cookies;
    place.advance_seconds(2 * HOUR);
    again(&mut visitor).await;
    (home, visitor, number)
}

/// Signs in anew: a session that has shown nothing.
async fn again(visitor: &mut Visitor) {
    visitor.cookies.remove("session");
    assert_eq!(visitor.type_password("eve.tremblay", PASSWORD).await.location(), "/");
}

async fn with_telephone(place: &TestPlace) -> (Home, Visitor, String) {
    let (home, visitor, number) = aged(place).await;
    put_telephone_on_file(&home, &number, TELEPHONE).await;
    (home, visitor, number)
}

async fn texts(home: &Home) -> Vec<messages::Found> {
    mails(home).await.into_iter().filter(|mail| mail.shown.channel == messages::Channel::Text).collect()
}

/// The code of the newest text message.
async fn texted(home: &Home) -> String {
    let text = texts(home).await.remove(0).text;
    text.split("code").nth(1).expect("a code").chars().filter(char::is_ascii_digit).take(8).collect()
}

async fn password(visitor: &mut Visitor, need: &str) -> Answer {
    visitor.post("/profile/prove", &[("need", need), ("current", PASSWORD)]).await
}

async fn code(visitor: &mut Visitor, need: &str, code: &str) -> Answer {
    visitor.post("/profile/prove/code", &[("need", need), ("code", code)]).await
}

/// Whether the session has a fresh proof.
async fn is_proven(visitor: &mut Visitor) -> bool {
    visitor.get("/profile/prove?need=backup").await.location() == "/profile/backup"
}

/// The newest code by e-mail, and where it went.
async fn mailed(home: &Home) -> (String, String) {
    let found = mails(home).await.into_iter().find(|mail| mail.shown.kind == "proof-code").expect("a code");
    (code_in(&found.text), found.shown.to)
}

#[test]
fn sec_6_every_post_stands_in_the_table_of_acts() {
    let posts = ACCESS.lines().filter_map(|line| line.strip_prefix("POST "));
    let posts: BTreeSet<&str> = posts.filter_map(|line| line.split_whitespace().next()).collect();
    let table: BTreeSet<&str> = ACTS.iter().map(|(path, _)| *path).collect();
    assert_eq!(posts.symmetric_difference(&table).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(table.len(), ACTS.len(), "each once");
}

/// What is sent to an act, so that only the proof is missing.
fn form_of<'a>(path: &str, seen: &'a str) -> Vec<(&'a str, &'a str)> {
    match path {
        "/profile/details/{number}/{part}" => vec![("seen", seen), ("name", "Ève Tremblay")],
        "/profile/password" => {
            vec![("current", PASSWORD), ("password", "brume4falaise"), ("password_again", "brume4falaise")]
        }
        "/profile/delete" => vec![("sure", "yes")],
        "/profile/email" | "/profile/backup" => vec![("email", "eve@ailleurs.ca")],
        "/profile/steps/sms" => vec![("number", "514 555-0199")],
        _ => vec![],
    }
}

on_both! {
    async fn sec_6_every_handler_does_as_the_table_says(place: &TestPlace) {
        let (home, before, number) = with_telephone(place).await;
        // Where there are passkeys.
        let mut visitor = Visitor::at(&home, "http://localhost");
        visitor.cookies = before.cookies;
        let form = visitor.get(&format!("/profile/details/{number}/name")).await;
        let (session, seen) = (visitor.cookies.clone(), seen(&form));
        let before = count_of_acts(&home).await;
        for (path, asks) in ACTS {
            // With what they are about in the two tests below, and in passkeys.rs.
            let elsewhere = ["/profile/steps/codes", JOIN, "/profile/linked-accounts/undo/{link}", "/profile/security/passkeys/{passkey}/remove"];
            if elsewhere.contains(path) {
                continue;
            }
            let mut asking = visitor.other();
            asking.cookies.clone_from(&session);
            let to = path.replace("{number}", &number).replace("{part}", "name").replace("{passkey}", &home.world.uuid().to_string());
            let to = ["{secret}", "{payment}", "{card}"].iter().fold(to, |to, part| to.replace(part, "x"));
            let sent = form_of(path, &seen);
            // What ends a session, or goes elsewhere, is the other tests' affair.
            if *path == "/sign-out" || path.ends_with("/login") {
                asking.cookies.clear();
            }
            let answer = asking.post(&to, &sent).await;
            let proof = |need: Need| format!("/profile/prove?need={}", need.name());
            match asks {
                Asks::Fresh(need) => {
                    let go = answer.location() == proof(*need) || answer.has(&format!("\"go\":\"{}\"", proof(*need)));
                    assert!(go, "{path}: {} {} {}", answer.status, answer.location(), answer.text());
                }
                Asks::Not(reason) => {
                    let is_led = answer.location().starts_with("/profile/prove?") && !path.starts_with("/profile/prove");
                    assert!(!reason.is_empty() && !is_led, "{path}: {}", answer.location());
                }
            }
        }
        assert_eq!(count_of_acts(&home).await, before, "nothing was changed by any of them");
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_new_recovery_codes_ask_for_a_proof(place: &TestPlace) {
        let (home, mut visitor, _) = aged(place).await;
        turn_on(place, &home, &mut visitor).await;
        place.advance_seconds(16 * 60);
        assert_eq!(visitor.post("/profile/steps/codes", &[]).await.location(), "/profile/prove?need=codes");
    }

    async fn one_1_accounts_move_with_a_proof_of_the_login_that_gives_and_a_link_is_undone_with_one(place: &TestPlace) {
        let mut two = Two::of(place).await;
        with_backup(&two.cast.home, &mut two.cast.holder).await;
        place.advance_seconds(2 * HOUR);
        let home = &two.cast.home;
        two.own.sign_in("xavier.roy", PASSWORD).await;
        // The login that takes has a proof; it is worth nothing for the one that gives.
        prove(home, &mut two.own, "backup", None).await;
        assert!(two.sign_both_in().await.has("Link your accounts?"));
        assert_eq!(two.own.post(JOIN, &[]).await.location(), "/profile/prove?need=move");
        place.advance_seconds(1);
        let asked = password(&mut two.own, "move").await;
        assert_eq!(asked.location(), "/profile/prove?need=move");
        assert_eq!(two.own.post(JOIN, &[]).await.location(), "/profile/prove?need=move", "the password is not enough");
        let (digits, to) = mailed(&two.cast.home).await;
        assert_eq!(to, BACKUP, "of the login that gives");
        assert_eq!(code(&mut two.own, "move", &digits).await.location(), JOIN);
        assert_eq!(two.own.post(JOIN, &[]).await.location(), "/profile/linked-accounts?done=linked");
        // And the session that waited goes on with the proof that it had, not with that of the other.
        place.advance_seconds(16 * 60);
        let path = undo_path(&mut two.own).await;
        assert_eq!(two.own.post(&path, &[]).await.location(), "/profile/prove?need=unlink");
    }

    async fn pro_1_what_was_typed_waits_for_the_proof(place: &TestPlace) {
        let (home, mut visitor, number) = with_telephone(place).await;
        let path = format!("/profile/details/{number}/name");
        let refused = visitor.modify(&path, &[("name", " 12 ")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "what is wrong is said before anybody is asked");
        assert_eq!(visitor.modify(&path, &[("name", "Ève Tremblay")]).await.location(), "/profile/prove?need=details");
        let page = visitor.get("/profile/prove?need=details").await;
        assert!(page.has("What you typed is kept"), "{}", page.text());
        assert_eq!(password(&mut visitor, "details").await.location(), "/profile/prove?need=details");
        let page = visitor.get("/profile/prove?need=details").await;
        assert!(page.has("•••\u{a0}42") && !page.has("5550142"), "masked: {}", page.text());
        assert!(page.has("Code that you got by text message"), "{}", page.text());
        assert_eq!(texts(&home).await[0].shown.to, TELEPHONE);
        let digits = texted(&home).await;
        let back = code(&mut visitor, "details", &digits).await.location();
        let back = visitor.get(&back).await.location();
        assert_eq!(back, path);
        let page = visitor.get(&back).await;
        assert!(page.has("value=\"Ève Tremblay\"") && page.has("It is you, thank you"), "{}", page.text());
        let done = visitor.post(&path, &[("seen", &seen(&page)), ("name", "Ève Tremblay")]).await;
        assert_eq!(done.location(), format!("/profile/details?account={number}&done=name"));
        assert!(!visitor.get(&path).await.has("It is you, thank you"), "and is not kept for ever");
        let other = visitor.modify(&format!("/profile/details/{number}/telephones"), &[("telephone", "418 555-0123"), ("other_telephone", "")]).await;
        assert!(other.location().ends_with("done=telephones"), "one proof for a quarter of an hour");
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn pro_1_a_row_of_small_corrections_makes_nobody_else_and_the_staff_see_them(place: &TestPlace) {
        let (home, mut visitor, number) = crate::profile::holder(place).await;
        let path = format!("/profile/details/{number}/name");
        for (name, taken) in [("Marie Tremblay", true), ("Marie Tremblai", true), ("Marie Trembnai", true), ("Marie Trembnoi", false),
            ("Marine Tremblay", true), ("Martine Tremblay", true), ("Martina Tremblay", false), ("Marie Tremblay", true)] {
            place.advance_seconds(1);
            let answer = visitor.modify(&path, &[("name", name)]).await;
            assert_eq!(answer.status == StatusCode::SEE_OTHER, taken, "{name}: compared with the first, not with the last: {}", answer.text());
        }
        // What was corrected before the provider's name was kept is compared with what the first correction found.
        execute(&home, "UPDATE customers SET provider_name = NULL").await.expect("as in an older folder");
        for (name, taken) in [("Marie Tremblai", true), ("Marie Trembnoi", false)] {
            place.advance_seconds(1);
            assert_eq!(visitor.modify(&path, &[("name", name)]).await.status == StatusCode::SEE_OTHER, taken, "{name}");
        }
        visitor.modify(&format!("/profile/details/{number}/telephones"), &[("telephone", "418 555-0123"), ("other_telephone", "")]).await;
        // Whoever decides on a way back in sees it, with the value before.
        let once = crate::documents::ONCE;
        let asked = crate::documents::ask_for_step(&visitor.other(), "eve.tremblay", once).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        let mut agent = crate::staff::staff(&home, &visitor.other(), "agent").await;
        let page = agent.get(&crate::documents::path_of(&home).await).await;
        for text in ["Changed lately", "Marie Trembnai", "Martine Tremblay", "418-555-0123"] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_6_a_code_to_the_telephone_on_file_proves_once_in_its_session(place: &TestPlace) {
        let (home, mut visitor, _) = with_telephone(place).await;
        password(&mut visitor, "backup").await;
        let digits = texted(&home).await;
        let mut second = visitor.same_device();
        second.type_password("eve.tremblay", PASSWORD).await;
        code(&mut second, "backup", &digits).await;
        assert!(!is_proven(&mut second).await && !is_proven(&mut visitor).await, "the code is for one session");
        assert_eq!(code(&mut visitor, "backup", &digits).await.location(), "/profile/backup");
        place.advance_seconds(15 * 60);
        assert!(!is_proven(&mut visitor).await);
        code(&mut visitor, "backup", &digits).await;
        assert!(!is_proven(&mut visitor).await, "used once");
        // Without the gateway there is no telephone to write to.
        assert_eq!(events(&home, "login.proven").await, 2, "the first on the day of the sign-up");
    }

    async fn sec_6_with_both_a_code_goes_where_it_is_wanted(place: &TestPlace) {
        let (home, mut visitor, _) = with_telephone(place).await;
        prove(&home, &mut visitor, "backup", None).await;
        visitor.post("/profile/backup", &[("email", BACKUP)]).await;
        let path = link_in(&letters(&home, "backup-confirm", 1).await[0].text, "/backup/");
        visitor.other().post(&path, &[]).await;
        place.advance_seconds(61);
        again(&mut visitor).await;
        password(&mut visitor, "email").await;
        assert_eq!(mailed(&home).await.1, BACKUP);
        let page = visitor.get("/profile/prove?need=email").await;
        assert!(page.has("Send the code to the telephone •••\u{a0}42"), "{}", page.text());
        let by_mail = mailed(&home).await.0;
        assert_eq!(visitor.post("/profile/prove/again", &[("need", "email"), ("to", "telephone")]).await.location(), "/profile/prove?need=email&sent=1");
        let wrong = code(&mut visitor, "email", &by_mail).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "the newest alone");
        assert!(wrong.has("Take the newest one") && !wrong.has("newest e-mail"), "{}", wrong.text());
        let digits = texted(&home).await;
        assert_eq!(code(&mut visitor, "email", &digits).await.location(), "/profile/email");
    }

    async fn sec_6_a_telephone_that_is_new_or_was_changed_since_a_recovery_gets_no_code(place: &TestPlace) {
        let (home, mut visitor, number) = with_telephone(place).await;
        password(&mut visitor, "details").await;
        let digits = texted(&home).await;
        code(&mut visitor, "details", &digits).await;
        let path = format!("/profile/details/{number}/telephones");
        let done = visitor.modify(&path, &[("telephone", "418 555-0199"), ("other_telephone", "")]).await;
        assert!(done.location().ends_with("done=telephones"), "{}", done.text());
        let sent = texts(&home).await.len();
        for (hours, gets) in [(0, false), (71, false), (1, true)] {
            place.advance_seconds(hours * HOUR);
            again(&mut visitor).await;
            password(&mut visitor, "backup").await;
            let now = texts(&home).await;
            assert_eq!(now.len() > sent, gets, "after {hours} hours more");
            if gets {
                assert_eq!(now[0].shown.to, "+14185550199");
            }
        }
        // Whoever recovered the login, and changed the telephone since, gets none.
        execute(&home, "UPDATE logins SET recovered_at = (SELECT telephones_changed_at FROM customers WHERE telephones_changed_at IS NOT NULL)").await.expect("recovered");
        let sent = texts(&home).await.len();
        again(&mut visitor).await;
        place.advance_seconds(61);
        password(&mut visitor, "backup").await;
        assert_eq!(texts(&home).await.len(), sent);
    }

    async fn sec_6_an_unconfirmed_claim_and_a_linked_account_bring_no_telephone(place: &TestPlace) {
        let (home, mut visitor, number) = with_telephone(place).await;
        execute(&home, "UPDATE memberships SET confirmed_at = NULL").await.expect("unconfirmed");
        password(&mut visitor, "backup").await;
        assert_eq!(texts(&home).await.len(), 0, "two data on a discarded bill are no proof");
        execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
        let _ = number;
        let sql = "INSERT INTO account_links (id, deed_id, account_id, login_id, membership_id, way, linked_at)
                   SELECT id, id, account_id, login_id, id, 'code', begun_at FROM memberships";
        execute(&home, sql).await.expect("linked");
        place.advance_seconds(61);
        again(&mut visitor).await;
        password(&mut visitor, "backup").await;
        assert_eq!(texts(&home).await.len(), 0, "somebody linked an account of their own, with their own telephone");
        place.advance_seconds(31 * 24 * HOUR);
        again(&mut visitor).await;
        password(&mut visitor, "backup").await;
        assert_eq!(texts(&home).await.len(), 1);
    }

    async fn sec_6_without_telephone_and_backup_it_takes_72_hours_that_the_contact_e_mail_can_stop(place: &TestPlace) {
        let (home, mut visitor, number) = aged(place).await;
        let path = format!("/profile/details/{number}/name");
        visitor.modify(&path, &[("name", "Ève Tremblay")]).await;
        password(&mut visitor, "details").await;
        let (digits, to) = mailed(&home).await;
        assert_eq!(to, "eve@exemple.ca");
        assert!(visitor.get("/profile/prove?need=details").await.has("wait 72 hours"));
        assert_eq!(code(&mut visitor, "details", &digits).await.location(), "/profile/prove?need=details");
        let page = visitor.get("/profile/prove?need=details").await;
        assert!(page.has("your password will be enough then") && page.has("Stop it all"), "{}", page.text());
        assert!(!is_proven(&mut visitor).await);
        let letter = letters(&home, "proof-waits", 1).await.remove(0);
        assert!(letter.shown.to == "eve@exemple.ca" && letter.text.contains("/profile/prove?need=details"), "{}", letter.text);
        let stop = link_in(&letter.text, "/proof/stop/");
        assert!(visitor.other().get(&stop).await.has("Stop it all?"), "a scanner stops nothing");
        // Neither the password nor another code makes it shorter.
        place.advance_seconds(72 * HOUR - 1);
        again(&mut visitor).await;
        password(&mut visitor, "details").await;
        let (digits, _) = mailed(&home).await;
        code(&mut visitor, "details", &digits).await;
        assert!(!is_proven(&mut visitor).await);
        letters(&home, "proof-waits", 1).await;
        assert!(visitor.get("/profile/security").await.has("A proof is waiting"));
        place.advance_seconds(1);
        again(&mut visitor).await;
        assert!(visitor.get("/profile/prove?need=details").await.has("The 72 hours are over"));
        let back = password(&mut visitor, "details").await.location();
        assert_eq!(visitor.get(&back).await.location(), path, "{back}");
        assert!(visitor.get(&path).await.has("value=\"Ève Tremblay\""), "what was typed three days ago");
        let mut twin = visitor.same_device();
        twin.type_password("eve.tremblay", PASSWORD).await;
        password(&mut twin, "details").await;
        assert!(!is_proven(&mut twin).await, "once");
        let done = visitor.modify(&path, &[("name", "Ève Tremblay")]).await;
        assert!(done.location().ends_with("done=name"), "{}", done.text());
        assert_eq!((events(&home, "login.proof-waits").await, findings(&home).await), (1, vec![]));
    }

    async fn sec_6_a_wait_is_stopped_by_link_by_hand_by_another_password_and_by_time(place: &TestPlace) {
        let (home, mut visitor, _) = aged(place).await;
        for (round, how) in ["link", "hand", "password", "time"].into_iter().enumerate() {
            place.advance_seconds(3600);
            again(&mut visitor).await;
            password(&mut visitor, "backup").await;
            let digits = mailed(&home).await.0;
            code(&mut visitor, "backup", &digits).await;
            let letter = letters(&home, "proof-waits", round + 1).await.remove(0);
            let stop = link_in(&letter.text, "/proof/stop/");
            match how {
                "link" => {
                    let mut owner = visitor.other();
                    assert_eq!(owner.post(&stop, &[]).await.location(), stop);
                    assert!(owner.get(&stop).await.has("It is stopped") && owner.post(&stop, &[]).await.has("It is stopped"));
                    for altered in [format!("{stop}x"), stop[..stop.len() - 1].to_owned()] {
                        assert_eq!(owner.post(&altered, &[]).await.status, StatusCode::NOT_FOUND);
                    }
                }
                "hand" => {
                    let done = visitor.post("/profile/prove/stop", &[]).await;
                    assert_eq!(done.location(), "/profile/security?done=proof-stopped");
                }
                "password" => execute(&home, "UPDATE logins SET password_set_at = (SELECT max(asked_at) FROM waiting_proofs)").await.map(|_| ()).expect("changed"),
                _ => place.advance_seconds(7 * 24 * HOUR),
            }
            place.advance_seconds(72 * HOUR);
            again(&mut visitor).await;
            password(&mut visitor, "backup").await;
            assert!(!is_proven(&mut visitor).await, "{how}");
        }
        assert_eq!(events(&home, "login.proof-stopped").await, 2);
    }

    async fn sec_7_a_new_password_takes_the_code_to_the_contact_e_mail_and_no_wait(place: &TestPlace) {
        let (home, mut visitor, _) = aged(place).await;
        assert_eq!(visitor.get("/profile/password").await.location(), "/profile/prove?need=password");
        password(&mut visitor, "password").await;
        let digits = mailed(&home).await.0;
        assert_eq!(code(&mut visitor, "password", &digits).await.location(), "/profile/password");
        assert!(!is_proven(&mut visitor).await, "for nothing else");
        let form = [("current", PASSWORD), ("password", "brume4falaise"), ("password_again", "brume4falaise")];
        assert_eq!(visitor.post("/profile/password", &form).await.location(), "/profile/password?done=password");
        assert_eq!(events(&home, "login.proof-waits").await, 0);
    }

    async fn sec_6_an_agents_check_is_a_proof_with_the_password_once(place: &TestPlace) {
        let (home, mut visitor, _) = aged(place).await;
        let site = visitor.other();
        let mut agent = crate::staff::staff(&home, &site, "agent").await;
        for (name, reason, text) in [("", "questions", "Enter"), ("eve.tremblay", "", "Say what you checked"), ("nobody.there", "questions", "No login bears that name")] {
            let refused = agent.post("/staff/checks", &[("name", name), ("reason", reason)]).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has(text), "{text}: {}", refused.text());
        }
        let page = agent.post("/staff/checks", &[("name", "eve.tremblay"), ("reason", "questions")]).await;
        let shown = page.text();
        let (_, after) = shown.split_once("class=\"number code\">").expect("a code");
        let digits: String = after.split('<').next().expect("an end").chars().filter(char::is_ascii_digit).collect();
        assert!(!agent.get("/staff/checks").await.has(&digits[..4]), "shown once");
        letters(&home, "caller-checked", 1).await;
        // Not without the password, not of another login, not for another session afterwards.
        let form = |current| [("need", "backup"), ("current", current), ("code", digits.as_str())];
        assert_eq!(visitor.post("/profile/prove/agent", &form("autre1mot")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(visitor.post("/profile/prove/agent", &form(PASSWORD)).await.location(), "/profile/backup");
        let mut second = visitor.same_device();
        second.type_password("eve.tremblay", PASSWORD).await;
        let used = second.post("/profile/prove/agent", &form(PASSWORD)).await;
        assert!(used.status == StatusCode::UNPROCESSABLE_ENTITY && used.has("not right"), "{}", used.text());
        assert!(visitor.get("/profile/history").await.has("An agent made sure who was calling"));
        // It takes no second step's place.
        turn_on(place, &home, &mut visitor).await;
        let page = agent.post("/staff/checks", &[("name", "eve.tremblay"), ("reason", "call-back")]).await;
        assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.has("has a second step"), "{}", page.text());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn ops_1_nobody_waits_three_days_in_the_demonstration(place: &TestPlace) {
        let clock = kernel::ManualClock::at(testkit::BEGINNING.parse().expect("a moment"));
        let world = kernel::World::new(std::sync::Arc::new(clock), std::sync::Arc::new(kernel::SystemEntropy));
        let home = Home::open_demonstration_with(&place.place(), world).await.expect("a demonstration opens");
        let filled = guichet::demonstration::fill(&home, |_, _| ()).await.expect("filled");
        let logins = guichet::demonstration::make_logins(&home, &filled).await.expect("logins");
        assert!(logins.len() >= 4);
        for login in logins {
            let id = identity::login_by_username(home.db.reader(), &login.username).await.expect("read").expect("a login");
            let with = (&home.db, &*home.vault);
            let found = accounts::proof_telephone(with, home.db.reader(), id, true).await.expect("read");
            let number = found.unwrap_or_else(|| panic!("{} has no telephone", login.username));
            assert_eq!(home.config.texts.rules.check(&number), Ok(()), "{number}");
        }
    }

    async fn sec_6_an_agents_code_is_tried_five_times_and_good_for_half_an_hour(place: &TestPlace) {
        let (home, mut visitor, _) = aged(place).await;
        let login: kernel::LoginId = db::scalar(home.db.reader(), "SELECT id FROM logins", []).await.expect("read").expect("one");
        let agent: kernel::StaffId = home.world.id();
        let made = async || {
            let with = (&home.db, &*home.vault);
            home.db.write(async |tx| identity::check_caller(with, tx, login, (agent, "questions")).await).await.expect("noted").expect("a code")
        };
        let right = made().await;
        let wrong = if right == "00000000" { "00000001" } else { "00000000" };
        for _ in 0..5 {
            visitor.post("/profile/prove/agent", &[("need", "backup"), ("current", PASSWORD), ("code", wrong)]).await;
        }
        visitor.post("/profile/prove/agent", &[("need", "backup"), ("current", PASSWORD), ("code", &right)]).await;
        assert!(!is_proven(&mut visitor).await, "tried too often");
        let right = made().await;
        place.advance_seconds(30 * 60);
        visitor.post("/profile/prove/agent", &[("need", "backup"), ("current", PASSWORD), ("code", &right)]).await;
        assert!(!is_proven(&mut visitor).await, "too late");
    }
}

/// What acts would leave behind.
async fn count_of_acts(home: &Home) -> Vec<i64> {
    let kinds = [
        "profile.name-changed",
        "login.backup-set",
        "login.email-change-asked",
        "login.password-changed",
        "login.deleted",
        "step.on",
    ];
    let mut counts = Vec::new();
    for kind in kinds {
        counts.push(events(home, kind).await);
    }
    counts
}
