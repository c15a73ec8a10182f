//! The claim of an account is confirmed, or stopped, from the address on file (SGN-2).

use axum::http::StatusCode;
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::support::{count, findings, mails, put_on_file, with_sample};
use crate::visitor::{SITE, Visitor, code_in, number_of};

const ON_FILE: &str = "marie@exemple.ca";

/// A site with a till, somebody who claimed an account that has an e-mail on file, and the account's number.
async fn claimed(place: &TestPlace) -> (Home, Visitor, String) {
    let mut home = with_sample(place).await;
    home.config.demonstration = true;
    let number = number_of(&home, "0001-AAAAA").await;
    put_on_file(&home, &number, ON_FILE).await;
    let mut visitor = Visitor::of(&home);
    let done = visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    (home, visitor, number)
}

/// The newest message of a kind to an address.
async fn letter(home: &Home, kind: &str, to: &str) -> messages::Found {
    let found = mails(home).await.into_iter().find(|mail| mail.shown.kind == kind && mail.shown.to == to);
    found.unwrap_or_else(|| panic!("no {kind} to {to}"))
}

/// The eight digits of the newest code.
async fn code(home: &Home) -> String {
    code_in(&letter(home, "account-claimed", ON_FILE).await.text)
}

async fn stop_path(home: &Home) -> String {
    let text = letter(home, "account-claimed", ON_FILE).await.text;
    let (_, after) = text.split_once(&format!("{SITE}/sign-up/stop/")).expect("a link");
    format!("/sign-up/stop/{}", after.lines().next().expect("a line"))
}

/// Another code than that one.
fn wrong(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..7])
}

impl Visitor {
    async fn confirm(&mut self, number: &str, code: &str) -> crate::visitor::Answer {
        self.post(&format!("/accounts/{number}/confirm"), &[("code", code)]).await
    }

    /// Whether more than seeing and paying is open.
    async fn is_open(&mut self, number: &str) -> bool {
        assert_eq!(self.get(&format!("/accounts/{number}/pay")).await.status, StatusCode::OK, "paying is open at once");
        self.get(&format!("/accounts/{number}/cards/new")).await.status == StatusCode::OK
    }
}

async fn events(home: &Home, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM audit_events WHERE kind = $1";
    db::scalar(home.db.reader(), sql, [kind.into()]).await.expect("read").expect("a count")
}

on_both! {
    async fn sgn_2_the_code_from_the_address_on_file_opens_what_waits(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        assert!(!visitor.is_open(&number).await);
        let overview = visitor.get(&format!("/accounts/{number}/overview")).await;
        assert!(overview.has("Confirm that this account is yours") && overview.has(&format!("/accounts/{number}/confirm")));
        assert!(visitor.get("/profile/details").await.has("To be confirmed"));
        let page = visitor.get(&format!("/accounts/{number}/confirm")).await;
        assert!(page.has("m…@e….ca") && !page.has(ON_FILE), "the address is not shown to who may be a stranger: {}", page.text());
        let code = code(&home).await;
        let typed = format!(" {}-{} ", &code[..4], &code[4..]);
        let done = visitor.confirm(&number, &typed).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, format!("/accounts/{number}/overview?confirmed=1")));
        let overview = visitor.get(&done.location()).await;
        assert!(overview.has("everything is open") && !overview.has("To be confirmed"), "{}", overview.text());
        assert!(visitor.is_open(&number).await);
        // Posted again, by the back button or another tab: the same, and nobody is told twice.
        let before = count(&home, "messages").await;
        assert_eq!(visitor.confirm(&number, &code).await.location(), done.location());
        assert_eq!(visitor.get(&format!("/accounts/{number}/confirm")).await.status, StatusCode::SEE_OTHER);
        assert_eq!((count(&home, "messages").await, events(&home, "holder.confirmed").await), (before, 1));
        for to in [ON_FILE, "eve@exemple.ca"] {
            let told = letter(&home, "claim-confirmed", to).await;
            assert!(told.text.contains(&number) && told.html.contains(&number), "{to}");
        }
        // The code went elsewhere than to the login's own address, which stays unconfirmed.
        assert!(visitor.get("/profile/details").await.has("not confirmed yet"));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sgn_2_a_code_that_went_to_the_logins_own_address_confirms_that_too(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        put_on_file(&home, &number, "EVE@exemple.ca").await;
        let mut visitor = Visitor::of(&home);
        visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        let text = letter(&home, "account-claimed", "EVE@exemple.ca").await.text;
        assert_eq!(visitor.confirm(&number, &code_in(&text)).await.status, StatusCode::SEE_OTHER);
        assert!(!visitor.get("/profile/details").await.has("not confirmed yet"));
        let mut elsewhere = visitor.other();
        assert_eq!(elsewhere.sign_in("eve@exemple.ca", crate::visitor::PASSWORD).await.status, StatusCode::SEE_OTHER, "SGN-4");
        let told = mails(&home).await.iter().filter(|mail| mail.shown.kind == "claim-confirmed").count();
        assert_eq!(told, 1, "one person, one letter");
    }

    async fn sgn_2_a_code_tried_too_often_confirms_nothing(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        let right = code(&home).await;
        for typed in ["", "1234567", "123456789", "abcdefgh", "12345678x", "<script>"] {
            let answer = visitor.confirm(&number, typed).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("Enter the 8 digits"), "{typed}");
            assert!(!answer.has("<script>"), "{typed}");
        }
        for left in (1..5).rev() {
            let answer = visitor.confirm(&number, &wrong(&right)).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.has("not the right code") && answer.has(&wrong(&right)), "what was typed is kept");
            assert!(answer.has(&(if left == 1 { "one try".to_owned() } else { format!("{left} tries") })), "{}", answer.text());
        }
        assert!(visitor.confirm(&number, &wrong(&right)).await.has("tried too often"));
        let late = visitor.confirm(&number, &right).await;
        assert!(late.status == StatusCode::UNPROCESSABLE_ENTITY && late.has("tried too often"), "{}", late.text());
        assert!(!visitor.is_open(&number).await);
        // Another one does.
        place.advance_seconds(61);
        let sent = visitor.post(&format!("/accounts/{number}/confirm/code"), &[]).await;
        assert!(visitor.get(&sent.location()).await.has("The code has been sent"));
        assert_eq!(visitor.confirm(&number, &right).await.status, StatusCode::UNPROCESSABLE_ENTITY, "only the newest");
        assert_eq!(visitor.confirm(&number, &code(&home).await).await.status, StatusCode::SEE_OTHER);
        assert_eq!(events(&home, "claim.code-tried-too-often").await, 1);
    }

    async fn sgn_2_guesses_at_once_are_counted_one_by_one(place: &TestPlace) {
        let (home, visitor, number) = claimed(place).await;
        let guess = wrong(&code(&home).await);
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (mut visitor, number, guess) = (visitor.twin(), number.clone(), guess.clone());
            tries.spawn(async move { visitor.confirm(&number, &guess).await.has("not the right code") });
        }
        let compared = tries.join_all().await.into_iter().filter(|compared| *compared).count();
        // A page that is shown after the fifth says that the code is dead, also to who was one of the four.
        assert!(compared <= 4, "the fifth kills the code: {compared}");
        let tries: i32 = db::scalar(home.db.reader(), "SELECT tries FROM claim_checks", []).await.expect("read").expect("one");
        assert_eq!(tries, 5);
    }

    async fn sgn_2_a_code_confirms_for_five_days(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        let old = code(&home).await;
        place.advance_seconds(5 * 24 * 3600);
        visitor.sign_in("eve.tremblay", crate::visitor::PASSWORD).await;
        let late = visitor.confirm(&number, &old).await;
        assert!(late.status == StatusCode::UNPROCESSABLE_ENTITY && late.has("more than five days old"), "{}", late.text());
        assert!(!visitor.is_open(&number).await);
        visitor.post(&format!("/accounts/{number}/confirm/code"), &[]).await;
        assert_eq!(visitor.confirm(&number, &code(&home).await).await.status, StatusCode::SEE_OTHER);
    }

    async fn sgn_2_codes_are_sent_once_a_press_and_a_few_times_a_day(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        let send = format!("/accounts/{number}/confirm/code");
        let before = count(&home, "messages").await;
        let pressed = visitor.post(&send, &[]).await;
        assert!(visitor.get(&pressed.location()).await.has("sent a moment ago"));
        assert_eq!(count(&home, "messages").await, before, "one was sent at sign-up");
        for _ in 0..5 {
            place.advance_seconds(61);
            visitor.post(&send, &[]).await;
        }
        place.advance_seconds(61);
        let refused = visitor.post(&send, &[]).await;
        assert!(refused.status == StatusCode::TOO_MANY_REQUESTS && refused.has("Many codes have been sent"), "{}", refused.text());
        assert_eq!(count(&home, "messages").await, before + 5);
        assert_eq!(visitor.confirm(&number, &code(&home).await).await.status, StatusCode::SEE_OTHER, "the newest still does");
    }

    async fn sgn_2_nobody_else_confirms_or_asks_for_a_code(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        let other_number = number_of(&home, "0002-BBBBB").await;
        let mut other = visitor.other();
        other.sign_up((&other_number, "G1R 2B5"), "adam.roy.2").await;
        let right = code(&home).await;
        let before = count(&home, "messages").await;
        assert_eq!(other.confirm(&number, &right).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.post(&format!("/accounts/{number}/confirm/code"), &[]).await.status, StatusCode::NOT_FOUND);
        assert!(visitor.other().confirm(&number, &right).await.location().starts_with("/sign-in"));
        // With no address on file there is nothing to send, and one account's code opens no other.
        assert!(other.get(&format!("/accounts/{other_number}/confirm")).await.has("no e-mail address for this account"));
        assert_eq!(other.post(&format!("/accounts/{other_number}/confirm/code"), &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(other.confirm(&other_number, &right).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(count(&home, "messages").await, before);
        assert!(!visitor.is_open(&number).await && !other.is_open(&other_number).await);
    }

    async fn sgn_2_a_scanner_that_follows_every_link_changes_nothing(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        let mail = letter(&home, "account-claimed", ON_FILE).await;
        let links: Vec<&str> = mail.text.lines().filter_map(|line| line.strip_prefix(SITE)).collect();
        assert_eq!(links.len(), 2, "the code's page, and the one that stops: {}", mail.text);
        let mut scanner = visitor.other();
        for link in links {
            for _ in 0..3 {
                scanner.get(link).await;
            }
        }
        assert!(!visitor.is_open(&number).await, "neither confirmed nor stopped");
        assert_eq!(visitor.confirm(&number, &code(&home).await).await.status, StatusCode::SEE_OTHER);
    }

    async fn sgn_2_the_address_on_file_stops_the_claim(place: &TestPlace) {
        let (home, mut thief, number) = claimed(place).await;
        let path = stop_path(&home).await;
        let mut owner = thief.other();
        let page = owner.get(&path).await;
        assert!(page.status == StatusCode::OK && page.has("Close this login?") && page.has(&number), "{}", page.text());
        let done = owner.post(&path, &[]).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, path.clone()));
        assert!(owner.get(&path).await.has("The login is closed"));
        // At once, also for the open session.
        let overview = format!("/accounts/{number}/overview");
        assert!(thief.get(&overview).await.location().starts_with("/sign-in"));
        let home_page = { thief.sign_in("eve.tremblay", crate::visitor::PASSWORD).await; thief.get("/").await };
        assert!(home_page.status == StatusCode::OK && home_page.has("opens no account"), "{}", home_page.text());
        assert_eq!(thief.get(&overview).await.status, StatusCode::NOT_FOUND);
        // Again: nothing more happens, and nobody is told twice.
        let before = count(&home, "messages").await;
        assert_eq!(owner.post(&path, &[]).await.status, StatusCode::OK);
        assert_eq!((count(&home, "messages").await, events(&home, "claim.stopped").await), (before, 1));
        for to in [ON_FILE, "eve@exemple.ca"] {
            letter(&home, "claim-stopped", to).await;
        }
        // The bill in the thief's hands is worth nothing for a week, and the answer says no more than any other.
        let mut again = owner.other();
        let form = [("account_number", number.as_str()), ("postal_code", "H2X 1Y4")];
        let barred = again.post("/sign-up", &form).await;
        assert!(barred.status == StatusCode::UNPROCESSABLE_ENTITY && barred.has("cannot open an account"), "{}", barred.text());
        place.advance_seconds(7 * 24 * 3600 + 1);
        assert_eq!(again.post("/sign-up", &form).await.status, StatusCode::SEE_OTHER);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sgn_2_links_that_stop_nothing_say_why(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        let path = stop_path(&home).await;
        let mut owner = visitor.other();
        for altered in [format!("{path}x"), path[..path.len() - 1].to_owned(), "/sign-up/stop/0".to_owned(), "/sign-up/stop/%00%ff".to_owned()] {
            for answer in [owner.get(&altered).await, owner.post(&altered, &[]).await] {
                assert!(matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{altered}: {}", answer.status);
            }
        }
        assert!(owner.get(&format!("{path}x")).await.has("This link is not complete"));
        place.advance_seconds(30 * 24 * 3600);
        for answer in [owner.get(&path).await, owner.post(&path, &[]).await] {
            assert!(answer.status == StatusCode::GONE && answer.has("has no use any more"), "{}", answer.text());
        }
        visitor.sign_in("eve.tremblay", crate::visitor::PASSWORD).await;
        visitor.post(&format!("/accounts/{number}/confirm/code"), &[]).await;
        assert_eq!(stop_path(&home).await, path, "each message has the same link");
        visitor.confirm(&number, &code(&home).await).await;
        for answer in [owner.get(&path).await, owner.post(&path, &[]).await] {
            assert!(answer.status == StatusCode::GONE && answer.has("was confirmed"), "{}", answer.text());
        }
        assert!(visitor.is_open(&number).await);
    }

    async fn sgn_2_confirmed_or_stopped_at_once_is_one_of_the_two(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        let (path, code) = (stop_path(&home).await, code(&home).await);
        let mut owner = visitor.other();
        tokio::join!(visitor.confirm(&number, &code), owner.post(&path, &[]));
        let sql = "SELECT count(*) FROM memberships WHERE (confirmed_at IS NULL) <> (ended_at IS NULL)";
        let settled: i64 = db::scalar(home.db.reader(), sql, []).await.expect("read").expect("a count");
        assert_eq!(settled, 1, "confirmed and open, or unconfirmed and ended");
        assert_eq!(events(&home, "claim.stopped").await + events(&home, "holder.confirmed").await, 1);
    }

    async fn sgn_2_neither_code_nor_link_can_be_read_from_the_database(place: &TestPlace) {
        let (home, _, _) = claimed(place).await;
        let (path, code) = (stop_path(&home).await, code(&home).await);
        let secret = path.rsplit('/').next().expect("a secret");
        for column in ["code_mark", "stop_hash", "sent_to"] {
            let sql = format!("SELECT {column} FROM claim_checks");
            let kept: Vec<u8> = db::scalar(home.db.reader(), &sql, []).await.expect("read").expect("one");
            assert_eq!(kept.len(), 32, "{column}");
            assert_ne!(kept, identity::token_hash(&code), "eight digits would be found by trying all");
        }
        let logged: i64 = db::scalar(home.db.reader(), "SELECT count(*) FROM audit_events WHERE details LIKE $1 OR details LIKE $2",
            [format!("%{code}%").into(), format!("%{secret}%").into()]).await.expect("read").expect("a count");
        assert_eq!(logged, 0);
    }

    async fn sgn_2_each_reads_letters_in_their_own_language(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        put_on_file(&home, &number, ON_FILE).await;
        crate::support::execute(&home, "UPDATE customers SET language = 'fr'").await.expect("written");
        Visitor::of(&home).sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        let (file, login) = (letter(&home, "account-claimed", ON_FILE).await, letter(&home, "signed-up", "eve@exemple.ca").await);
        assert!(file.text.contains("Ce n’est pas moi") && file.text.contains("Ne donnez ce code à personne"), "{}", file.text);
        assert!(login.text.contains("confirm that the account is yours"), "{}", login.text);
        for mail in [&file, &login] {
            assert!(mail.html.contains("<html lang=\"") && mail.html.contains("/confirm"), "both forms");
        }
        assert!(!login.text.contains("/stop/") && !login.text.contains("Code"), "whoever claimed gets neither code nor link");
    }

    async fn sgn_2_a_provider_may_let_nothing_wait(place: &TestPlace) {
        let mut home = with_sample(place).await;
        home.config.demonstration = true;
        home.config.claims_wait = false;
        let number = number_of(&home, "0001-AAAAA").await;
        put_on_file(&home, &number, ON_FILE).await;
        let mut visitor = Visitor::of(&home);
        visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        assert!(visitor.is_open(&number).await);
        assert!(!visitor.get(&format!("/accounts/{number}/overview")).await.has("To be confirmed"));
        let told = letter(&home, "account-claimed", ON_FILE).await.text;
        assert!(!told.contains("Code") && told.contains("/sign-up/stop/"), "{told}");
        assert_eq!(visitor.other().post(&stop_path(&home).await, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(visitor.get(&format!("/accounts/{number}/overview")).await.location().starts_with("/sign-in"));
    }

    async fn sgn_2_the_providers_people_confirm_or_stop_on_the_command_line(place: &TestPlace) {
        let (home, mut visitor, number) = claimed(place).await;
        let other_number = number_of(&home, "0002-BBBBB").await;
        let mut other = visitor.other();
        other.sign_up((&other_number, "G1R 2B5"), "adam.roy.2").await;
        crate::cli::done(place, &["claims", "confirm", &number, "--by", "questions"]);
        assert!(visitor.is_open(&number).await);
        letter(&home, "claim-confirmed", ON_FILE).await;
        let reason = crate::cli::refused(place, 1, &["claims", "stop", &number]);
        assert!(reason.contains("no sign-up that waits"), "{reason}");
        crate::cli::refused(place, 2, &["claims", "confirm", &other_number]);
        crate::cli::done(place, &["claims", "stop", &other_number]);
        assert!(other.get(&format!("/accounts/{other_number}/overview")).await.location().starts_with("/sign-in"));
        crate::cli::refused(place, 1, &["claims", "confirm", &other_number, "--by", "document"]);
        let by: String = db::scalar(home.db.reader(), "SELECT details FROM audit_events WHERE kind = 'holder.confirmed'", []).await.expect("read").expect("one");
        assert!(by.contains("\"by\":\"questions\""), "{by}");
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
