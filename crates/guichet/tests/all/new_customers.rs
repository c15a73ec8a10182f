//! New customers, who get an identifier and an account online (ACC-4).

use accounts::HostedDomains;
use axum::http::StatusCode;
use guichet::Home;
use portal::NewCustomers;
use testkit::{TestPlace, on_both};

use crate::support::{count, doubts, findings, mails, run, with_sample};
use crate::visitor::{Answer, PASSWORD, SITE, Visitor, login_form, number_of};

const EMAIL: &str = "eve@exemple.ca";
const BACKUP: &str = "eve@ailleurs.ca";
const HOUR: i64 = 3600;

pub(crate) fn hosting() -> NewCustomers {
    let hosted = HostedDomains::new(["heberge.ca", "bière.ca"]).expect("domains");
    NewCustomers { hosted }
}

async fn open(place: &TestPlace) -> (Home, Visitor) {
    let mut home = with_sample(place).await;
    home.config.new_customers = Some(hosting());
    let visitor = Visitor::of(&home);
    (home, visitor)
}

/// A right form, with some fields otherwise.
fn form<'a>(other: &[(&'static str, &'a str)]) -> Vec<(&'static str, &'a str)> {
    let right = [
        ("kind", "person"),
        ("name", "Ève Tremblay"),
        ("street", "12, rue Principale"),
        ("city", "Montréal"),
        ("country", "CA"),
        ("region", "CA-QC"),
        ("postal_code", "h2x1y4"),
        ("telephone", "514 555-0100"),
        ("language", "en"),
        ("email", EMAIL),
        ("backup_email", BACKUP),
    ];
    let value = |name| other.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
    right.into_iter().map(|(name, typed)| (name, value(name).unwrap_or(typed))).collect()
}

impl Visitor {
    async fn ask_account(&mut self, other: &[(&'static str, &str)]) -> Answer {
        self.post("/sign-up/new", &form(other)).await
    }
}

/// The paths of the links that were sent, newest first.
async fn links(home: &Home) -> Vec<String> {
    // They are written beside the answer, which waits for nothing.
    let mut written = mails(home).await;
    for _ in 0..100 {
        if !written.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        written = mails(home).await;
    }
    let mut found = Vec::new();
    for mail in written {
        if let Some((_, after)) = mail.text.split_once(&format!("{SITE}/sign-up/new/")) {
            let secret = after.lines().next().expect("a line");
            assert!(mail.html.replace("&#x2f;", "/").contains(secret), "the same link in HTML");
            found.push(format!("/sign-up/new/{secret}"));
        }
    }
    found
}

async fn kinds(home: &Home) -> Vec<String> {
    mails(home).await.into_iter().map(|mail| format!("{} {}", mail.shown.kind, mail.shown.to)).collect()
}

async fn newest_number(home: &Home) -> String {
    let sql = "SELECT number FROM accounts WHERE segment = 'hosting' ORDER BY created_at DESC LIMIT 1";
    db::scalar(home.db.reader(), sql, []).await.expect("read").expect("an account")
}

on_both! {
    async fn acc_4_a_new_customer_gets_an_identifier_an_account_and_a_login(place: &TestPlace) {
        let (home, mut visitor) = open(place).await;
        for path in ["/sign-in", "/sign-up"] {
            assert!(visitor.get(path).await.has("href=\"/sign-up/new\""), "{path}");
        }
        assert_eq!(visitor.get("/sign-up/new").await.status, StatusCode::OK);
        let asked = visitor.ask_account(&[]).await;
        assert!(asked.status == StatusCode::OK && asked.has(EMAIL) && asked.has("24 hours"), "{}", asked.text());
        // Sent twice by mistake: one letter.
        visitor.ask_account(&[]).await;
        let [link] = links(&home).await.try_into().expect("one link");
        assert_eq!(count(&home, "customers").await, 6, "nobody yet");
        // Scanners follow it.
        for _ in 0..2 {
            let page = visitor.other().get(&link).await;
            assert!(page.status == StatusCode::OK && page.has(EMAIL) && page.has(BACKUP) && page.has("12, rue Principale"), "{}", page.text());
        }
        assert_eq!(count(&home, "customers").await, 6, "nobody yet");
        // Two buttons at once, and the page closed: one customer, and the link goes on.
        let (mut one, mut two) = (visitor.other(), visitor.other());
        let (a, b) = tokio::join!(one.post(&link, &[]), two.post(&link, &[]));
        assert_eq!((a.location().as_str(), b.location().as_str()), ("/sign-up/login", "/sign-up/login"));
        assert_eq!(count(&home, "customers").await, 7);
        assert!(visitor.get(&link).await.has("Your account is there already"));
        assert_eq!(visitor.post(&link, &[]).await.location(), "/sign-up/login");
        let step = visitor.get("/sign-up/login").await;
        let number = newest_number(&home).await;
        let identifier: String = db::scalar(home.db.reader(), "SELECT c.client_identifier FROM customers c JOIN accounts a
            ON a.customer_id = c.id WHERE a.number = $1", [number.as_str().into()]).await.expect("read").expect("one");
        assert!(identifier.starts_with("et") && identifier.ends_with("-GUICHET"), "{identifier}");
        assert!(step.has(&identifier) && step.has(&number) && step.has(&format!("value=\"{EMAIL}\"")), "{}", step.text());
        // Not an address of ours, here either.
        let mut hosted = login_form("eve.tremblay");
        hosted[1].1 = "eve@heberge.ca";
        assert!(visitor.post("/sign-up/login", &hosted).await.has("We host this address"));
        let done = visitor.post("/sign-up/login", &login_form("eve.tremblay")).await;
        assert_eq!(done.location(), format!("/accounts/{number}/overview?welcome=1"), "{}", done.text());
        assert!(kinds(&home).await.contains(&format!("signed-up {EMAIL}")));
        let welcome = mails(&home).await.into_iter().find(|mail| mail.shown.kind == "signed-up").expect("a letter");
        assert!(welcome.text.contains(&identifier) && welcome.html.contains(&identifier));
        let overview = visitor.get(&done.location()).await;
        for text in ["Welcome", "no bill has been issued yet", "To order a first service"] {
            assert!(overview.has(text), "{text}: {}", overview.text());
        }
        assert!(!overview.has("To be confirmed") && !overview.has("Everything is paid"));
        // The e-mail is confirmed, the backup kept, contact data open.
        assert!(!visitor.get("/profile/details").await.has("not confirmed yet"));
        let login = identity::login_by_username(home.db.reader(), "eve.tremblay").await.expect("read").expect("a login");
        let backup = identity::find_backup(home.db.reader(), &home.vault, login).await.expect("read").expect("a backup");
        assert_eq!((backup.email.as_str(), backup.is_confirmed), (BACKUP, false));
        assert_eq!(visitor.get(&format!("/profile/details/{number}/address")).await.status, StatusCode::OK);
        assert_eq!(count(&home, "drafts").await, 0, "it has done its work");
        let used = visitor.other().get(&link).await;
        assert!(used.status == StatusCode::GONE && used.has("Your login is there already") && !used.has(EMAIL), "{}", used.text());
        assert_eq!(visitor.other().post(&link, &[]).await.status, StatusCode::GONE);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn acc_4_an_account_without_services_is_not_billed(place: &TestPlace) {
        let (home, mut visitor) = open(place).await;
        visitor.ask_account(&[]).await;
        let link = links(&home).await.remove(0);
        visitor.post(&link, &[]).await;
        visitor.post("/sign-up/login", &login_form("eve.tremblay")).await;
        let number = newest_number(&home).await;
        // The account is older than the first month of the sample, so there is a month more to run.
        for month in ["2026-11", "2026-12"] {
            assert_eq!(run(&home, month).await.faulty, 0, "{month}");
        }
        let sql = "SELECT count(*) FROM bills b JOIN accounts a ON a.id = b.account_id WHERE a.number = $1";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, [number.as_str().into()]).await.expect("read"), Some(0));
        assert_eq!(count(&home, "bill_faults").await, 0);
        assert_eq!(doubts(&home).await, Vec::<String>::new());
        assert_eq!(visitor.get(&format!("/accounts/{number}/bills")).await.status, StatusCode::OK);
        assert_eq!(visitor.get(&format!("/accounts/{number}/services")).await.status, StatusCode::OK);
    }

    async fn acc_4_what_is_wrong_is_told_beside_the_field_and_nothing_is_lost(place: &TestPlace) {
        let (home, mut visitor) = open(place).await;
        let long = "x".repeat(5000);
        let cases: [(&'static str, &str, &str); 16] = [
            ("name", " ", "Enter your name"),
            ("name", &long, "at most 100"),
            ("kind", "robot", "Choose a person"),
            ("street", "", "Enter the number"),
            ("region", "US-NY", "not in the country"),
            ("postal_code", "K1P 1A1", "not in the province"),
            ("telephone", "555", "ten digits"),
            ("language", "de", "Choose a language"),
            ("email", "", "name@"),
            ("email", "a@sub.heberge.ca", "We host this address"),
            ("email", "A@HEBERGE.CA", "We host this address"),
            ("email", "a@xn--bire-6oa.ca", "We host this address"),
            ("email", "a@heberge.ca.", "what follows the @"),
            ("backup_email", "", "backup e-mail"),
            ("backup_email", "b@bière.ca", "We host this address"),
            ("backup_email", "EVE@exemple.CA", "another address"),
        ];
        for (field, typed, told) in cases {
            let answer = visitor.ask_account(&[(field, typed)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {typed}");
            assert!(answer.has(told) && answer.has(&format!("href=\"#field-{field}\"")), "{field} {typed}: {}", answer.text());
            assert!(field == "city" || answer.has("Montréal"), "what was typed stays");
        }
        let answer = visitor.ask_account(&[("email", "a@exemple.ca\r\nBcc: b@exemple.ca")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((count(&home, "drafts").await, mails(&home).await.len()), (0, 0));
    }

    async fn acc_4_nothing_typed_by_a_stranger_is_carried_in_a_letter(place: &TestPlace) {
        let (home, mut visitor) = open(place).await;
        visitor.headers.push(("x-forwarded-host", "mechant.ca".to_owned()));
        let name = "Win http://mechant.ca\r\nBcc: b@exemple.ca";
        assert_eq!(visitor.ask_account(&[("name", name)]).await.status, StatusCode::OK);
        let mail = crate::devices::letters(&home, "new-customer", 1).await.remove(0);
        for text in [&mail.text, &mail.html, &mail.shown.subject] {
            assert!(!text.contains("mechant") && !text.contains("Bcc") && !text.contains("Principale"), "{text}");
        }
        assert_eq!((mail.shown.to.as_str(), links(&home).await.len()), (EMAIL, 1));
    }

    async fn acc_4_the_answer_is_one_whoevers_the_email_is(place: &TestPlace) {
        let (home, visitor) = open(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        visitor.other().sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        let before = mails(&home).await.len();
        let known = visitor.other().ask_account(&[]).await;
        visitor.other().ask_account(&[]).await;
        let unknown = visitor.other().ask_account(&[("email", "adam@exemple.ca")]).await;
        assert_eq!((known.status, unknown.status), (StatusCode::OK, StatusCode::OK));
        assert_eq!(known.text(), unknown.text().replace("adam@exemple.ca", EMAIL));
        let kinds = kinds(&home).await;
        assert_eq!(kinds.len() - before, 2, "{kinds:?}");
        assert!(kinds.contains(&format!("new-customer-known {EMAIL}")) && kinds.contains(&"new-customer adam@exemple.ca".to_owned()), "{kinds:?}");
        let told = mails(&home).await.into_iter().find(|mail| mail.shown.kind == "new-customer-known").expect("a letter");
        let identifiers = accounts::identifiers_of(home.db.reader(), identity::login_by_username(home.db.reader(), "eve.tremblay")
            .await.expect("read").expect("a login")).await.expect("read");
        assert!(told.text.contains(&identifiers[0]) && !told.text.contains(PASSWORD), "{}", told.text);
        assert_eq!(links(&home).await.len(), 1);
    }

    async fn acc_4_a_newer_form_replaces_the_older_and_an_old_one_is_erased(place: &TestPlace) {
        let (home, mut visitor) = open(place).await;
        visitor.ask_account(&[]).await;
        let first = links(&home).await.remove(0);
        // Letters of one moment stand in no order.
        place.advance_seconds(2);
        visitor.ask_account(&[("name", "Ève Roy"), ("email", "EVE@exemple.ca")]).await;
        let second = links(&home).await.remove(0);
        let replaced = visitor.get(&first).await;
        assert!(replaced.status == StatusCode::GONE && replaced.has("A newer e-mail is waiting"), "{}", replaced.text());
        assert_eq!(visitor.post(&first, &[]).await.status, StatusCode::GONE);
        assert!(visitor.get(&second).await.has("Ève Roy"));
        let altered = format!("{}x", &second[..second.len() - 1]);
        assert_eq!(visitor.get(&altered).await.status, StatusCode::NOT_FOUND);
        assert_eq!(visitor.post(&altered, &[]).await.status, StatusCode::NOT_FOUND);
        place.advance_seconds(24 * HOUR + 1);
        let expired = visitor.get(&second).await;
        assert!(expired.status == StatusCode::GONE && expired.has("no longer valid") && !expired.has("Ève Roy"), "{}", expired.text());
        assert_eq!(visitor.post(&second, &[]).await.status, StatusCode::GONE);
        assert_eq!(count(&home, "customers").await, 6);
        visitor.ask_account(&[("email", "adam@exemple.ca")]).await;
        let sql = "SELECT count(*) FROM drafts WHERE content IS NOT NULL OR data_key IS NOT NULL";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read"), Some(1), "the newest alone");
        place.advance_seconds(32 * 24 * HOUR);
        visitor.ask_account(&[("email", "luc@exemple.ca")]).await;
        assert_eq!(count(&home, "drafts").await, 1);
    }

    async fn acc_4_an_account_without_its_login_is_gone_on_with_and_not_doubled(place: &TestPlace) {
        let (home, mut visitor) = open(place).await;
        visitor.ask_account(&[]).await;
        let first = links(&home).await.remove(0);
        visitor.post(&first, &[]).await;
        place.advance_seconds(2 * HOUR);
        visitor.ask_account(&[]).await;
        let second = links(&home).await.remove(0);
        assert_ne!(first, second);
        assert!(kinds(&home).await.contains(&format!("new-customer-go-on {EMAIL}")));
        assert!(visitor.get(&first).await.has("A newer e-mail is waiting"));
        assert_eq!(visitor.post(&second, &[]).await.location(), "/sign-up/login");
        assert_eq!(visitor.post("/sign-up/login", &login_form("eve.tremblay")).await.status, StatusCode::SEE_OTHER);
        assert_eq!(count(&home, "customers").await, 7);
        assert!(!visitor.get("/profile/details").await.has("not confirmed yet"));
    }

    async fn acc_4_forms_are_limited_and_absent_where_turned_off(place: &TestPlace) {
        let (mut home, visitor) = open(place).await;
        for name in ["A B", "A C", "A D", "A E", "A F"] {
            assert_eq!(visitor.other().ask_account(&[("name", name)]).await.status, StatusCode::OK);
        }
        let full = visitor.other().ask_account(&[("name", "A G"), ("email", "Eve@EXEMPLE.ca")]).await;
        assert_eq!(full.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(links(&home).await.len(), 5, "a mailbox is not flooded");
        let link = links(&home).await.remove(0);
        home.config.new_customers = None;
        let mut off = Visitor::of(&home);
        assert!(!off.get("/sign-in").await.has("/sign-up/new"));
        for path in ["/sign-up/new", link.as_str()] {
            assert_eq!(off.get(path).await.status, StatusCode::NOT_FOUND);
            assert_eq!(off.post(path, &form(&[])).await.status, StatusCode::NOT_FOUND);
        }
        run(&home, "2026-12").await;
    }
}
