//! Devices that a login knows (SEC-4), and the code on those that it does not (SGN-5).

use axum::http::StatusCode;
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::support::{count, findings, mails, with_sample};
use crate::visitor::{Answer, PASSWORD, SITE, Visitor, code_in, number_of};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

/// A site with somebody who signed up: their device is known.
pub(crate) async fn holder(place: &TestPlace) -> (Home, Visitor, String) {
    let home = with_sample(place).await;
    let number = number_of(&home, "0001-AAAAA").await;
    let mut visitor = Visitor::of(&home);
    let done = visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    (home, visitor, number)
}

/// The letters of a kind; one that is written beside the answer is waited for.
pub(crate) async fn letters(home: &Home, kind: &str, wanted: usize) -> Vec<messages::Found> {
    for _ in 0..250 {
        let found: Vec<_> = mails(home).await.into_iter().filter(|mail| mail.shown.kind == kind).collect();
        if found.len() >= wanted {
            assert_eq!(found.len(), wanted, "{kind}");
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no {wanted} letters of {kind}");
}

/// The path of the link in a letter that begins so.
pub(crate) fn link_in(text: &str, path: &str) -> String {
    let (_, after) = text.split_once(&format!("{SITE}{path}")).unwrap_or_else(|| panic!("no {path} in {text}"));
    format!("{path}{}", after.lines().next().expect("a line"))
}

pub(crate) async fn events(home: &Home, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM audit_events WHERE kind = $1";
    db::scalar(home.db.reader(), sql, [kind.into()]).await.expect("read").expect("a count")
}

/// Another code than that one.
fn wrong(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..7])
}

async fn type_code(visitor: &mut Visitor, code: &str) -> Answer {
    visitor.post("/sign-in/code", &[("code", code), ("return_to", "/profile/details")]).await
}

async fn is_in(visitor: &mut Visitor) -> bool {
    visitor.get("/profile/details").await.status == StatusCode::OK
}

on_both! {
    async fn sec_4_a_sign_in_on_a_new_device_is_written_to_its_owner_once(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut phone = site.other();
        phone.headers = vec![("user-agent", FIREFOX.to_owned())];
        assert_eq!(phone.sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::SEE_OTHER);
        let letter = letters(&home, "new-sign-in", 1).await.remove(0);
        assert_eq!(letter.shown.to, "eve@exemple.ca");
        let identifier: String = db::scalar(home.db.reader(), "SELECT c.client_identifier FROM customers c JOIN accounts a
            ON a.customer_id = c.id JOIN memberships m ON m.account_id = a.id", []).await.expect("read").expect("one");
        let (plain, html) = (letter.text.replace('\u{a0}', " "), letter.html.replace('\u{a0}', " "));
        for text in ["Firefox on Linux", "0.0.0.0", "November 21, 2026", "12:00", &identifier, "This was not me"] {
            assert!(plain.contains(text) && html.contains(text), "{text}: {plain}");
        }
        // The device is known from then on: neither a code nor a letter.
        phone.post("/sign-out", &[]).await;
        assert_eq!(phone.type_password("eve.tremblay", PASSWORD).await.location(), "/");
        letters(&home, "new-sign-in", 1).await;
        // So is the one on which she signed up.
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
        assert_eq!((events(&home, "login.new-device").await, count(&home, "devices").await), (2, 2));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_4_the_letter_is_in_the_logins_language_and_repeats_no_header(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut french = Visitor::of(&home);
        french.language = "fr-CA";
        french.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        let mut thief = french.other();
        thief.language = "en";
        thief.headers = vec![("user-agent", "Click https://evil.example <b>now</b>".to_owned()), ("x-forwarded-host", "evil.example".to_owned())];
        thief.sign_in("eve.tremblay", PASSWORD).await;
        let letter = letters(&home, "new-sign-in", 1).await.remove(0);
        assert!(letter.text.contains("Un appareil que nous n’avons pas reconnu") && letter.text.contains("Ce n’est pas moi"), "{}", letter.text);
        assert!(!letter.text.contains("evil") && !letter.html.contains("evil"), "{}", letter.html);
    }

    async fn sec_4_this_was_not_me_ends_all_and_forces_a_new_password(place: &TestPlace) {
        let (home, mut owner, number) = holder(place).await;
        let mut thief = owner.other();
        thief.sign_in("eve.tremblay", PASSWORD).await;
        assert!(is_in(&mut thief).await);
        let path = link_in(&letters(&home, "new-sign-in", 1).await[0].text, "/sign-in/not-me/");
        // A scanner follows the link as often as it likes.
        let mut scanner = owner.other();
        for _ in 0..3 {
            let page = scanner.get(&path).await;
            assert!(page.status == StatusCode::OK && page.has("Was it not you?") && !page.has("eve.tremblay"), "{}", page.text());
        }
        assert!(is_in(&mut thief).await && is_in(&mut owner).await, "nothing is changed by following it");
        let done = scanner.post(&path, &[]).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, path.clone()));
        assert!(scanner.get(&path).await.has("Everything is closed"));
        assert!(!is_in(&mut thief).await && !is_in(&mut owner).await, "all sessions end at once");
        assert_eq!((count(&home, "sessions").await, count(&home, "devices").await), (0, 0));
        for mut visitor in [thief.same_device(), owner.same_device(), owner.other()] {
            let answer = visitor.sign_in("eve.tremblay", PASSWORD).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("do not go together"), "{}", answer.text());
        }
        // Pressed again, or by another tab: the same page, and no second letter.
        assert_eq!(scanner.post(&path, &[]).await.status, StatusCode::OK);
        assert_eq!(events(&home, "login.not-me").await, 1);
        let letter = letters(&home, "login-closed", 1).await.remove(0);
        let choose = link_in(&letter.text, "/recover/");
        let new = [("password", "rivage7lac"), ("password_again", "rivage7lac")];
        assert_eq!(owner.post(&choose, &new).await.location(), "/sign-in?chosen=1");
        assert_eq!(owner.sign_in("eve.tremblay", "rivage7lac").await.status, StatusCode::SEE_OTHER);
        assert_eq!(owner.get(&format!("/accounts/{number}/overview")).await.status, StatusCode::OK);
        assert_eq!(thief.same_device().sign_in("eve.tremblay", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_4_links_that_are_altered_or_old_end_nothing(place: &TestPlace) {
        let (home, mut owner, _) = holder(place).await;
        owner.other().sign_in("eve.tremblay", PASSWORD).await;
        let path = link_in(&letters(&home, "new-sign-in", 1).await[0].text, "/sign-in/not-me/");
        let stored: Vec<u8> = db::scalar(home.db.reader(), "SELECT token_hash FROM login_links", []).await.expect("read").expect("one");
        assert_eq!(stored.len(), 32, "the table opens nothing");
        // Nor does a link of one purpose serve another.
        let elsewhere = path.replace("/sign-in/not-me/", "/recover/");
        for altered in [format!("{path}x"), path[..path.len() - 1].to_owned(), "/sign-in/not-me/%00%ff".to_owned(), elsewhere] {
            for answer in [owner.get(&altered).await, owner.post(&altered, &[("password", "rivage7lac"), ("password_again", "rivage7lac")]).await] {
                assert!(matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{altered}: {}", answer.status);
            }
        }
        assert_eq!((count(&home, "sessions").await, count(&home, "devices").await), (2, 2));
        place.advance_seconds(30 * 24 * 3600);
        for late in [owner.get(&path).await, owner.post(&path, &[]).await] {
            assert!(late.status == StatusCode::GONE && late.has("more than thirty days old"), "{}", late.text());
        }
        assert_eq!(count(&home, "devices").await, 2);
    }

    async fn sec_4_a_devices_cookie_is_strict_lasts_a_year_and_is_no_others(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut secure = Visitor::at(&home, "https://client.example.ca");
        let answer = secure.sign_in("eve.tremblay", PASSWORD).await;
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect();
        let device = cookies.iter().find(|cookie| cookie.starts_with("__Host-device=")).expect("a device");
        for flag in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age=31536000"] {
            assert!(device.contains(flag), "{device}");
        }
        // Somebody else's device is a new one for her, and a secret that was planted on it is not the one that she gets.
        let mut other = site.other();
        other.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        let planted = other.cookies["device"].clone();
        let mut shared = other.same_device();
        assert!(shared.type_password("eve.tremblay", PASSWORD).await.location().starts_with("/sign-in/code"));
        place.advance_seconds(61);
        shared.sign_in("eve.tremblay", PASSWORD).await;
        assert_ne!(shared.cookies["device"], planted);
        let mut thief = site.other();
        thief.cookies.insert("device".to_owned(), planted);
        assert!(thief.type_password("eve.tremblay", PASSWORD).await.location().starts_with("/sign-in/code"));
        // Both know the shared one.
        for name in ["eve.tremblay", "adam.roy.2"] {
            assert_eq!(shared.same_device().type_password(name, PASSWORD).await.location(), "/", "{name}");
        }
        place.advance_seconds(366 * 24 * 3600);
        assert!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location().starts_with("/sign-in/code"), "after a year it is new");
    }

    async fn sgn_5_no_session_before_the_code(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut phone = site.other();
        let asked = phone.post("/sign-in", &[("name", "eve.tremblay"), ("password", PASSWORD), ("return_to", "/profile/details")]).await;
        assert_eq!((asked.status, asked.location().as_str()), (StatusCode::SEE_OTHER, "/sign-in/code?return_to=/profile/details"));
        assert!(!phone.cookies.contains_key("session") && phone.cookies.contains_key("pending") && !phone.cookies.contains_key("device"));
        let page = phone.get(&asked.location()).await;
        assert!(page.has("e…@e….ca") && !page.has("eve@exemple.ca") && page.has("Enter the code"), "{}", page.text());
        assert!(!is_in(&mut phone).await);
        // Its cookie is no session, under no name.
        let mut tried = phone.twin();
        tried.cookies.insert("session".to_owned(), phone.cookies["pending"].clone());
        assert!(!is_in(&mut tried).await);
        let code = code_in(&letters(&home, "sign-in-code", 1).await[0].text);
        let done = type_code(&mut phone, &format!(" {} {} ", &code[..4], &code[4..])).await;
        assert_eq!((done.status, done.location().as_str()), (StatusCode::SEE_OTHER, "/profile/details"));
        assert!(!phone.cookies.contains_key("pending"));
        // The code came to the contact e-mail, so that is hers.
        assert!(!phone.get("/profile/details").await.has("not confirmed yet"));
        // Posted again by the back button: she is in already; and it opens nothing elsewhere.
        assert_eq!(type_code(&mut phone, &code).await.location(), "/profile/details");
        assert_eq!(type_code(&mut tried, &code).await.status, StatusCode::SEE_OTHER);
        assert!(!is_in(&mut tried).await);
        assert_eq!(count(&home, "sessions").await, 2);
    }

    async fn sgn_5_a_code_tried_too_often_opens_nothing(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut phone = site.other();
        phone.type_password("eve.tremblay", PASSWORD).await;
        let right = code_in(&letters(&home, "sign-in-code", 1).await[0].text);
        for typed in ["", "1234567", "12345678x", "<script>"] {
            let answer = type_code(&mut phone, typed).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("Enter the 8 digits") && !answer.has("<script>"), "{typed}");
        }
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (mut tab, guess) = (phone.twin(), wrong(&right));
            tries.spawn(async move { type_code(&mut tab, &guess).await.has("not the right code") });
        }
        let compared = tries.join_all().await.into_iter().filter(|compared| *compared).count();
        // A page that is shown after the fifth says that the code is dead, also to who was one of the four.
        assert!(compared <= 4, "the fifth kills the code, also of many at once: {compared}");
        let tries: i32 = db::scalar(home.db.reader(), "SELECT tries FROM pending_sign_ins", []).await.expect("read").expect("one");
        assert_eq!(tries, 5);
        let late = type_code(&mut phone, &right).await;
        assert!(late.status == StatusCode::UNPROCESSABLE_ENTITY && late.has("tried too often"), "{}", late.text());
        assert!(!is_in(&mut phone).await);
        assert_eq!(events(&home, "login.code-tried-too-often").await, 1);
        // Another one does; the one before it does not.
        place.advance_seconds(61);
        let sent = phone.post("/sign-in/code/again", &[("return_to", "/profile/details")]).await;
        assert!(phone.get(&sent.location()).await.has("The code has been sent"));
        assert_eq!(type_code(&mut phone, &right).await.status, StatusCode::UNPROCESSABLE_ENTITY, "only the newest");
        let newest = letters(&home, "sign-in-code", 2).await.remove(0);
        assert_eq!(type_code(&mut phone, &code_in(&newest.text)).await.location(), "/profile/details");
    }

    async fn sgn_5_codes_end_after_a_quarter_of_an_hour_and_are_sent_a_few_times(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut phone = site.other();
        phone.type_password("eve.tremblay", PASSWORD).await;
        let old = code_in(&letters(&home, "sign-in-code", 1).await[0].text);
        let pressed = phone.post("/sign-in/code/again", &[]).await;
        assert!(phone.get(&pressed.location()).await.has("sent a moment ago"));
        letters(&home, "sign-in-code", 1).await;
        place.advance_seconds(15 * 60);
        let late = type_code(&mut phone, &old).await;
        assert!(late.status == StatusCode::UNPROCESSABLE_ENTITY && late.has("more than fifteen minutes old"), "{}", late.text());
        for _ in 0..4 {
            place.advance_seconds(61);
            phone.post("/sign-in/code/again", &[]).await;
        }
        letters(&home, "sign-in-code", 5).await;
        place.advance_seconds(61);
        let refused = phone.post("/sign-in/code/again", &[]).await;
        assert!(refused.status == StatusCode::TOO_MANY_REQUESTS && refused.has("Many codes have been sent"), "{}", refused.text());
        assert_eq!(site.other().type_password("eve.tremblay", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS, "nor by beginning again");
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/", "a known device needs none");
        place.advance_seconds(3600);
        let over = type_code(&mut phone, &old).await;
        assert!(over.location().starts_with("/sign-in?return_to=") && phone.get(&over.location()).await.has("Too much time has passed"));
    }

    async fn sgn_5_with_the_modern_policy_or_by_configuration_no_code_is_asked_for(place: &TestPlace) {
        let (mut home, ..) = holder(place).await;
        assert!(home.config.code_on_new_device, "classic is the default");
        home.config.code_on_new_device = false;
        let mut phone = Visitor::of(&home);
        assert_eq!(phone.type_password("eve.tremblay", PASSWORD).await.location(), "/");
        assert!(is_in(&mut phone).await);
        letters(&home, "new-sign-in", 1).await;
        letters(&home, "sign-in-code", 0).await;
    }
}

#[test]
fn sgn_5_the_policy_says_whether_a_code_is_asked_for_unless_the_operator_does() {
    let config = |section: &str| {
        let text = format!(
            "[provider]\nname = \"A\"\nidentifier_suffix = \"AAA\"\ntime_zone = \"America/Toronto\"\n[sign_in]\n{section}\n[mail]\nfrom = \"a@example.ca\"\n"
        );
        guichet::Config::parse(&text).expect("valid").code_on_new_device
    };
    assert!(config("") && config("password_policy = \"classic\""));
    assert!(!config("password_policy = \"modern\"") && !config("code_on_new_device = false"));
    assert!(config("password_policy = \"modern\"\ncode_on_new_device = true"));
}
