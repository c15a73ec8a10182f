//! Sign-up with an activation e-mail (SGN-1).

use axum::http::StatusCode;
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::staff::staff;
use crate::support::{count, findings, mails, put_on_file, with_sample};
use crate::visitor::{Answer, PASSWORD, SITE, Visitor, login_form, number_of};

const ON_FILE: &str = "marie@exemple.ca";
const DAY: i64 = 86_400;

async fn with_address(place: &TestPlace) -> (Home, Visitor, String) {
    let mut home = with_sample(place).await;
    home.config.demonstration = true;
    let number = number_of(&home, "0001-AAAAA").await;
    put_on_file(&home, &number, ON_FILE).await;
    let visitor = Visitor::of(&home);
    (home, visitor, number)
}

/// The paths of the links that were sent, newest first.
async fn links(home: &Home) -> Vec<String> {
    let mails = mails(home).await;
    let sent = mails.iter().filter(|mail| mail.shown.kind == "activation");
    sent.map(|mail| {
        assert_eq!(mail.shown.to, ON_FILE, "to the address on file alone");
        let (_, after) = mail.text.split_once(&format!("{SITE}/activate/")).expect("a link");
        let secret = after.lines().next().expect("a line");
        assert!(mail.html.replace("&#x2f;", "/").contains(secret), "the same link in HTML");
        format!("/activate/{secret}")
    })
    .collect()
}

impl Visitor {
    async fn ask_activation(&mut self, number: &str) -> Answer {
        self.post("/activate", &[("account_number", number)]).await
    }

    /// Follows a link to the end.
    async fn activate(&mut self, link: &str, username: &str) -> Answer {
        let begun = self.post(link, &[]).await;
        assert_eq!(begun.location(), "/sign-up/login", "{}", begun.text());
        self.post("/sign-up/login", &login_form(username)).await
    }
}

on_both! {
    async fn sgn_1_the_holder_signs_up_by_the_link_and_nothing_is_left_to_confirm(place: &TestPlace) {
        let (home, mut visitor, number) = with_address(place).await;
        let spaced = format!(" {} {} ", &number[..4], &number[4..]);
        let asked = visitor.ask_activation(&spaced).await;
        assert_eq!((asked.status, asked.location().as_str()), (StatusCode::SEE_OTHER, "/activate?asked=1"));
        let answer = visitor.get("/activate?asked=1").await;
        assert!(answer.has("Look at your e-mail") && !answer.has(ON_FILE));
        let [link] = links(&home).await.try_into().expect("one link");
        // A scanner follows the link, and the person looks twice: nothing changes.
        for _ in 0..2 {
            let page = visitor.other().get(&link).await;
            assert!(page.status == StatusCode::OK && page.has(&number), "{}", page.text());
        }
        // The first page of it closed half way.
        assert_eq!(visitor.other().post(&link, &[]).await.location(), "/sign-up/login");
        let done = visitor.activate(&link, "eve.tremblay").await;
        assert_eq!(done.location(), format!("/accounts/{number}/overview?welcome=1"), "{}", done.text());
        let overview = visitor.get(&done.location()).await;
        assert!(overview.has("Welcome") && !overview.has("To be confirmed"), "{}", overview.text());
        assert_eq!(visitor.get(&format!("/accounts/{number}/cards/new")).await.status, StatusCode::OK, "all is open");
        let kinds: Vec<String> = mails(&home).await.iter().map(|mail| format!("{} {}", mail.shown.kind, mail.shown.to)).collect();
        assert!(kinds.contains(&"signed-up eve@exemple.ca".to_owned()) && kinds.contains(&format!("activated {ON_FILE}")), "{kinds:?}");
        assert!(!kinds.iter().any(|kind| kind.starts_with("account-claimed")), "no code is needed: {kinds:?}");
        // The link went elsewhere than to the login's own address.
        assert!(visitor.get("/profile/details").await.has("not confirmed yet"));
        // Used: by nobody else, and the site sends no other.
        let again = visitor.other().get(&link).await;
        assert!(again.status == StatusCode::GONE && again.has("Your login is there already") && !again.has(&number), "{}", again.text());
        assert_eq!(visitor.other().post(&link, &[]).await.status, StatusCode::GONE);
        assert_eq!(visitor.ask_activation(&number).await.location(), "/activate?asked=1");
        assert_eq!(links(&home).await.len(), 1);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sgn_1_a_link_to_the_logins_own_address_confirms_that_too(place: &TestPlace) {
        let (home, mut visitor, number) = with_address(place).await;
        visitor.ask_activation(&number).await;
        let link = links(&home).await.remove(0);
        visitor.post(&link, &[]).await;
        let form = [("username", "marie.roy"), ("email", "Marie@exemple.ca"), ("password", PASSWORD), ("password_again", PASSWORD)];
        assert_eq!(visitor.post("/sign-up/login", &form).await.status, StatusCode::SEE_OTHER);
        assert!(!visitor.get("/profile/details").await.has("not confirmed yet"));
        assert!(!mails(&home).await.iter().any(|mail| mail.shown.kind == "activated"), "one person, one letter");
    }

    async fn sgn_1_the_site_answers_the_same_whatever_was_typed(place: &TestPlace) {
        let (home, visitor, number) = with_address(place).await;
        let no_address = number_of(&home, "0002-BBBBB").await;
        let wrong_digit = format!("{}{}", &number[..9], (number.as_bytes()[9] - b'0' + 1) % 10);
        let mut pages = Vec::new();
        for typed in [number.as_str(), &no_address, &wrong_digit, "1000000000", "abc", "<script>"] {
            let mut visitor = visitor.other();
            let answer = visitor.ask_activation(typed).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{typed}");
            pages.push((answer.location(), answer.bytes));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "nothing tells one from the other");
        assert_eq!(links(&home).await.len(), 1);
        let empty = visitor.other().ask_activation(" ").await;
        assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.has("account number"), "{}", empty.text());
    }

    async fn sgn_1_an_expired_link_says_so_and_only_an_agent_sends_another(place: &TestPlace) {
        let (home, mut visitor, number) = with_address(place).await;
        visitor.ask_activation(&number).await;
        let first = links(&home).await.remove(0);
        // Asked for again, it replaces the first one and lasts no longer.
        place.advance_seconds(4 * DAY);
        visitor.ask_activation(&number).await;
        let second = links(&home).await.remove(0);
        assert_ne!(first, second);
        assert!(visitor.get(&first).await.has("A newer e-mail is waiting"));
        place.advance_seconds(DAY - 60);
        assert_eq!(visitor.get(&second).await.status, StatusCode::OK);
        // Begun in time and finished a minute late.
        let mut slow = visitor.other();
        assert_eq!(slow.post(&second, &[]).await.location(), "/sign-up/login");
        place.advance_seconds(120);
        let page = visitor.get(&second).await;
        assert!(page.status == StatusCode::GONE && page.has("no longer valid") && page.has("customer service"), "{}", page.text());
        assert_eq!(visitor.post(&second, &[]).await.status, StatusCode::GONE);
        visitor.ask_activation(&number).await;
        assert_eq!(links(&home).await.len(), 2, "the site sends none after one that expired");
        let mut agent = staff(&home, &visitor, "agent").await;
        let sent = agent.post("/staff/activations", &[("account_number", &number)]).await;
        assert_eq!(sent.location(), format!("/staff/activations?sent={number}"), "{}", sent.text());
        assert!(agent.get(&sent.location()).await.has(&number));
        let third = links(&home).await.remove(0);
        assert_eq!(visitor.get(&third).await.status, StatusCode::OK);
        // Who began with the one before is sent to the start, with what they typed.
        let late = slow.post("/sign-up/login", &login_form("adam.roy.2")).await;
        assert!(late.status == StatusCode::GONE && late.has("adam.roy.2"), "{}", late.text());
        assert_eq!(count(&home, "logins").await, 0);
        assert_eq!(visitor.activate(&third, "eve.tremblay").await.status, StatusCode::SEE_OTHER);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sgn_1_an_agent_is_told_why_nothing_is_sent(place: &TestPlace) {
        let (home, mut visitor, number) = with_address(place).await;
        let mut agent = staff(&home, &visitor, "agent").await;
        let no_address = number_of(&home, "0002-BBBBB").await;
        for (typed, told) in [("", "account number"), ("123", "No account without a login"), (&no_address, "no e-mail address on file")] {
            let answer = agent.post("/staff/activations", &[("account_number", typed)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(told), "{typed}: {}", answer.text());
        }
        let form = [("account_number", number.as_str())];
        assert_eq!(agent.post("/staff/activations", &form).await.status, StatusCode::SEE_OTHER);
        assert!(agent.post("/staff/activations", &form).await.has("less than a minute ago"), "pressed twice");
        assert_eq!(links(&home).await.len(), 1);
        // Signed up with a bill meanwhile, the link opens nothing.
        let link = links(&home).await.remove(0);
        visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        assert!(visitor.other().get(&link).await.has("Your login is there already"));
        assert!(agent.post("/staff/activations", &form).await.has("No account without a login"));
        let sql = "SELECT count(*) FROM audit_events WHERE kind = 'activation.sent'";
        let noted: i64 = db::scalar(home.db.reader(), sql, []).await.expect("read").expect("a count");
        assert_eq!(noted, 2, "in the account's chain and the agent's");
    }

    async fn sgn_1_of_two_with_one_link_one_signs_up(place: &TestPlace) {
        let (home, mut visitor, number) = with_address(place).await;
        visitor.ask_activation(&number).await;
        let link = links(&home).await.remove(0);
        let mut other = visitor.other();
        for one in [&mut visitor, &mut other] {
            assert_eq!(one.post(&link, &[]).await.location(), "/sign-up/login");
        }
        let (mine, theirs) = (login_form("eve.tremblay"), login_form("adam.roy.2"));
        let (a, b) = tokio::join!(visitor.post("/sign-up/login", &mine), other.post("/sign-up/login", &theirs));
        let mut answers = [a.status, b.status];
        answers.sort();
        assert_eq!(answers, [StatusCode::SEE_OTHER, StatusCode::GONE]);
        assert_eq!(count(&home, "memberships").await, 1);
        let altered = format!("{}x", &link[..link.len() - 1]);
        let unknown = visitor.other().get(&altered).await;
        assert!(unknown.status == StatusCode::NOT_FOUND && unknown.has("incomplete"), "{}", unknown.text());
        assert_eq!(visitor.other().post(&altered, &[]).await.status, StatusCode::NOT_FOUND);
    }

    async fn sgn_1_asking_is_limited_by_address_and_account(place: &TestPlace) {
        let (home, visitor, number) = with_address(place).await;
        for _ in 0..5 {
            place.advance_seconds(61);
            assert_eq!(visitor.other().ask_activation(&number).await.status, StatusCode::SEE_OTHER);
        }
        place.advance_seconds(61);
        assert_eq!(visitor.other().ask_activation(&number).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(links(&home).await.len(), 5, "a mailbox is not flooded");
        place.advance_seconds(DAY);
        assert_eq!(visitor.other().ask_activation(&number).await.status, StatusCode::SEE_OTHER);
    }
}
