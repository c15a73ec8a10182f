//! What is on file, seen and changed by the holder (PRO-1).

use axum::http::StatusCode;
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::backup::prove;
use crate::support::{count, execute, findings, mails, put_on_file, run, with_sample};
use crate::visitor::{Answer, Visitor, number_of};

/// A site, the holder of an account whose claim is confirmed and who has just shown that it is them, and the account's number.
pub(crate) async fn holder(place: &TestPlace) -> (Home, Visitor, String) {
    let home = with_sample(place).await;
    let number = number_of(&home, "0001-AAAAA").await;
    let mut visitor = Visitor::of(&home);
    let done = visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
    assert_eq!(prove(&home, &mut visitor, "delete", None).await.location(), "/profile/delete");
    (home, visitor, number)
}

/// What a form carries of what it was made from.
pub(crate) fn seen(page: &Answer) -> String {
    let text = page.text();
    let (_, after) = text.split_once("name=\"seen\" value=\"").unwrap_or_else(|| panic!("no form: {text}"));
    after.split('"').next().unwrap_or_default().to_owned()
}

impl Visitor {
    /// Opens the form at a path, and sends it with these values.
    pub(crate) async fn modify(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let seen = seen(&self.get(path).await);
        let mut sent = vec![("seen", seen.as_str())];
        sent.extend(form);
        self.post(path, &sent).await
    }
}

const ADDRESS: [(&str, &str); 5] = [
    ("street", "8, rue du Port"),
    ("city", "Québec"),
    ("country", "CA"),
    ("region", "CA-QC"),
    ("postal_code", "g1r2b5"),
];

async fn letters(home: &Home, kind: &str) -> Vec<messages::Found> {
    mails(home).await.into_iter().filter(|mail| mail.shown.kind == kind).collect()
}

async fn events(home: &Home, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM audit_events WHERE kind = $1";
    db::scalar(home.db.reader(), sql, [kind.into()]).await.expect("read").expect("a count")
}

on_both! {
    async fn pro_1_the_address_is_seen_modified_and_validated(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        put_on_file(&home, &number, "marie@exemple.ca").await;
        let path = format!("/profile/details/{number}/address");
        let page = visitor.get("/profile/details").await;
        assert!(page.has(&path) && page.has("Postal address") && page.has("marie@exemple.ca"), "{}", page.text());
        assert!(page.has("is a move"), "another service address is not a correction");
        let form = visitor.get(&path).await;
        assert!(form.status == StatusCode::OK && form.has("value=\"H2X 1Y4\""), "{}", form.text());
        let done = visitor.modify(&path, &ADDRESS).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, format!("/profile/details?account={number}&done=address")));
        let page = visitor.get(&done.location()).await;
        assert!(page.has("Your postal address is changed") && page.has("8, rue du Port<br>Québec QC G1R 2B5"), "{}", page.text());
        let told = letters(&home, "profile-changed").await;
        assert_eq!(told.len(), 2, "the contact e-mail and the address on file");
        for letter in &told {
            assert!(letter.text.contains("your postal address was changed") || letter.text.contains("votre adresse postale"));
            assert!(letter.html.contains(&number) && !letter.text.contains("rue du Port"), "an e-mail is a postcard");
        }
        assert_eq!(events(&home, "profile.address-changed").await, 1);
        // The next bill goes there, and the account is known by its new postal code (SGN-2).
        run(&home, "2026-12").await;
        let bills = visitor.get(&format!("/accounts/{number}/bills")).await.text();
        let bill = bills.split(&format!("/accounts/{number}/bills/")).filter_map(|after| after.split(['"', '/', '?']).next())
            .find(|word| word.parse::<i64>().is_ok()).expect("a bill").to_owned();
        let bill = visitor.get(&format!("/accounts/{number}/bills/{bill}")).await;
        assert!(bill.has("8, rue du Port") && bill.has("G1R 2B5"), "{}", bill.text());
        assert_eq!(findings(&home).await, Vec::<String>::new());
        let kept: Vec<u8> = db::scalar(home.db.reader(), "SELECT address FROM accounts WHERE number = $1", [number.as_str().into()]).await.expect("read").expect("one");
        assert!(!String::from_utf8_lossy(&kept).contains("Port"), "PRV-1");
    }

    async fn pro_1_a_spelling_is_corrected_and_another_person_calls(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let path = format!("/profile/details/{number}/name");
        let form = visitor.get(&path).await;
        assert!(form.has("change of holder"), "the page says so plainly");
        // The import brought no name.
        let name = "Marie Tremblai";
        assert_eq!(visitor.modify(&path, &[("name", name)]).await.status, StatusCode::SEE_OTHER);
        let refused = visitor.modify(&path, &[("name", "Jean-Guy Untel")]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("another person") && refused.has("Jean-Guy Untel"), "{}", refused.text());
        let longer = "Marie-Ève Tremblay";
        let done = visitor.modify(&path, &[("name", "  Marie-Ève   Tremblay ")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let page = visitor.get(&done.location()).await;
        assert!(page.has("Your name is corrected") && page.has(&format!("<span class=\"person-name\">{longer}</span>")), "{}", page.text());
        assert_eq!(events(&home, "profile.name-changed").await, 2);
        for wrong in ["", "   ", "123", &"a".repeat(101), "<script>alert(1)</script>"] {
            let refused = visitor.modify(&path, &[("name", wrong)]).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && !refused.has("<script>alert"), "{wrong}");
        }
    }

    async fn pro_1_telephones_are_checked_formatted_and_kept_as_e164(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let path = format!("/profile/details/{number}/telephones");
        for (typed, text) in [("555-0100", "ten digits"), ("911 555-0100", "no such number"), ("514 555-0100 ext", "one to eight digits")] {
            let refused = visitor.modify(&path, &[("telephone", typed), ("other_telephone", "")]).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has(text) && refused.has(typed), "{typed}: {}", refused.text());
        }
        let done = visitor.modify(&path, &[("telephone", "(418) 555-0123"), ("other_telephone", "+33 (0)1 23 45 67 89")]).await;
        let page = visitor.get(&done.location()).await;
        assert!(page.has("418-555-0123") && page.has("+33\u{a0}1\u{a0}23\u{a0}45\u{a0}67\u{a0}89"), "{}", page.text());
        visitor.language = "fr";
        assert!(visitor.get("/profile/details").await.has("418\u{a0}555-0123"));
        let (of_reader, vault) = (home.db.reader(), &home.vault);
        let known = vault.index(vault::Indexed::Telephone, "418 555 0123");
        let found: i64 = db::scalar(of_reader, "SELECT count(*) FROM customers WHERE telephone_index = $1", [known.into()]).await.expect("read").expect("a count");
        assert_eq!(found, 1, "found however it is typed");
        // Removed again; alerts by text message end with the last telephone.
        execute(&home, "UPDATE accounts SET alerts_by_sms = 1").await.expect("written");
        visitor.modify(&path, &[("telephone", ""), ("other_telephone", "")]).await;
        assert!(visitor.get("/profile/details").await.has("Rien au dossier"));
        let sql = "SELECT alerts_by_sms FROM accounts WHERE number = $1";
        let by_sms: i16 = db::scalar(of_reader, sql, [number.as_str().into()]).await.expect("read").expect("one");
        assert_eq!(by_sms, 0);
    }

    async fn pro_1_preferences_are_followed_by_bills_and_letters(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let path = format!("/profile/preferences/{number}");
        execute(&home, "UPDATE customers SET telephone = NULL, telephone_index = NULL").await.expect("written");
        let base = [("language", "fr"), ("bills", "paper"), ("alerts_email", "yes"), ("offers", "yes")];
        let mut sms = base.to_vec();
        sms.push(("alerts_sms", "yes"));
        let refused = visitor.modify(&path, &sms).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("add a telephone"), "{}", refused.text());
        for wrong in [vec![("language", "de"), ("bills", "paper")], vec![("language", "en"), ("bills", "")]] {
            assert_eq!(visitor.modify(&path, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let done = visitor.modify(&path, &base).await;
        assert_eq!(done.location(), format!("/profile/preferences?account={number}&done=preferences"), "{}", done.text());
        let page = visitor.get(&done.location()).await;
        assert!(page.has("Your preferences are changed") && page.has("On paper, by mail") && page.has("You agreed to receive offers on"), "{}", page.text());
        let told = letters(&home, "profile-changed").await;
        assert!(told[0].text.contains("vos préférences ont été modifiées"), "in the language just chosen: {}", told[0].text);
        // Withdrawn as easily as given.
        place.advance_seconds(60);
        let withdrawn = [("language", "en"), ("bills", "electronic")];
        let done = visitor.modify(&path, &withdrawn).await;
        assert!(visitor.get(&done.location()).await.has("You withdrew your consent to offers on"));
        run(&home, "2026-12").await;
        let sql = "SELECT c.language, a.bill_format FROM accounts a JOIN customers c ON c.id = a.customer_id WHERE a.number = $1";
        #[derive(db::FromQueryResult)]
        struct Row { language: String, bill_format: String }
        let row: Row = db::query_one(home.db.reader(), sql, [number.as_str().into()]).await.expect("read").expect("one");
        assert_eq!((row.language.as_str(), row.bill_format.as_str()), ("en", "electronic"));
        assert_eq!(events(&home, "profile.preferences-changed").await, 2);
    }

    async fn pro_1_of_two_tabs_the_later_one_overwrites_nothing(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let path = format!("/profile/details/{number}/address");
        let mut other = visitor.twin();
        let old = seen(&other.get(&path).await);
        assert_eq!(visitor.modify(&path, &ADDRESS).await.status, StatusCode::SEE_OTHER);
        let mut form = vec![("seen", old.as_str()), ("street", "99, rue Neuve"), ("city", "Laval"), ("country", "CA"), ("region", "CA-QC"), ("postal_code", "H7T 1A1")];
        let stale = other.post(&path, &form).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.has("City: Québec") && stale.has("99, rue Neuve") && stale.has("Nothing was changed"), "{}", stale.text());
        // Made up, or gone: the same.
        for made_up in ["", "x", "....", "000000000000.000000000000.000000000000"] {
            form[0] = ("seen", made_up);
            assert_eq!(other.post(&path, &form).await.status, StatusCode::CONFLICT, "{made_up}");
        }
        let now = seen(&stale);
        form[0] = ("seen", &now);
        assert_eq!(other.post(&path, &form).await.status, StatusCode::SEE_OTHER, "after it was told, it is their wish");
        assert!(other.get("/profile/details").await.has("99, rue Neuve"));
        assert_eq!(events(&home, "profile.address-changed").await, 2);
    }

    async fn pro_1_sent_twice_it_is_changed_once_and_told_once(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let path = format!("/profile/details/{number}/address");
        let old = seen(&visitor.get(&path).await);
        let mut form = vec![("seen", old.as_str())];
        form.extend(ADDRESS);
        let (mut first, mut second) = (visitor.twin(), visitor.twin());
        let (one, two) = tokio::join!(first.post(&path, &form), second.post(&path, &form));
        assert_eq!((one.status, two.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
        assert_eq!((events(&home, "profile.address-changed").await, letters(&home, "profile-changed").await.len()), (1, 1));
        assert!(visitor.get(&format!("/profile/details?account={number}&done=same")).await.has("nothing to change"));
    }

    async fn pro_1_every_problem_of_an_address_stands_at_its_field(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let path = format!("/profile/details/{number}/address");
        let before = count(&home, "audit_events").await;
        let refused = visitor.modify(&path, &[("street", ""), ("city", ""), ("country", "CA"), ("region", "CA-ON"), ("postal_code", "H2X 1Y4")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["street", "city", "postal_code"] {
            assert!(refused.has(&format!("href=\"#field-{field}\"")) && refused.has(&format!("id=\"field-{field}-error\"")), "{field}");
        }
        assert!(refused.has("not in the province"), "{}", refused.text());
        for (country, region, code) in [("FR", "CA-QC", "H2X 1Y4"), ("US", "CA-QC", "10001"), ("US", "US-ZZ", "10001"), ("US", "US-NY", "1000"), ("CA", "", "H2X 1Y4")] {
            let form = [("street", "8, rue du Port"), ("city", "Ici"), ("country", country), ("region", region), ("postal_code", code)];
            assert_eq!(visitor.modify(&path, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{country} {region} {code}");
        }
        let abroad = [("street", "1 Main St"), ("city", "New York"), ("country", "US"), ("region", "US-NY"), ("postal_code", "100011234")];
        let done = visitor.modify(&path, &abroad).await;
        assert!(visitor.get(&done.location()).await.has("New York NY 10001-1234<br>USA"));
        assert_eq!(count(&home, "audit_events").await, before + 1);
    }

    async fn pro_1_nobody_else_sees_or_changes_contact_data(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let mut other = visitor.other();
        other.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        let before = count(&home, "audit_events").await;
        let paths = ["details/N/name", "details/N/address", "details/N/telephones", "preferences/N"].map(|path| format!("/profile/{}", path.replace('N', &number)));
        for path in &paths {
            let old = seen(&visitor.get(path).await);
            let mut form = vec![("seen", old.as_str()), ("name", "Eve"), ("telephone", "5145550100"), ("language", "en"), ("bills", "paper")];
            form.extend(ADDRESS);
            assert_eq!(other.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(other.post(path, &form).await.status, StatusCode::NOT_FOUND, "{path}");
            assert!(visitor.other().post(path, &form).await.location().starts_with("/sign-in"), "{path}");
        }
        assert_eq!(other.get(&format!("/profile/details?account={number}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(visitor.get(&format!("/profile/details/{number}/nowhere")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(count(&home, "audit_events").await, before);
    }

    async fn sgn_2_contact_data_waits_for_the_confirmation_of_the_claim(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        put_on_file(&home, &number, "marie@exemple.ca").await;
        execute(&home, "UPDATE memberships SET confirmed_at = NULL").await.expect("written");
        let page = visitor.get("/profile/details").await;
        assert!(!page.has("marie@exemple.ca") && !page.has("Modify") && page.has(&format!("/accounts/{number}/confirm")), "{}", page.text());
        assert!(!page.has("/profile/preferences"), "no tab that is of no use");
        for path in [format!("/profile/details/{number}/address"), format!("/profile/preferences/{number}")] {
            for answer in [visitor.get(&path).await, visitor.post(&path, &ADDRESS).await] {
                assert_eq!(answer.location(), format!("/accounts/{number}/confirm"), "{path}");
            }
        }
        assert_eq!(events(&home, "profile.address-changed").await, 0);
    }
}
