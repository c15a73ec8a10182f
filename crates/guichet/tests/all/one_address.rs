//! One rule for an address everywhere: on pages, in the import, in mail and at sign-in (PRO-1, OPS-2, ONE-1).

use axum::http::StatusCode;
use guichet::Home;
use testkit::on_both;

use crate::devices::letters;
use crate::import_files::{HEADER, contact, errors, imported};
use crate::profile::holder;
use crate::support::{account, count, findings, run, with_sample};
use crate::visitor::{PASSWORD, Visitor, number_of};

const ABROAD: &str = "C-0061,Ann Madeup,,802-555-0161,7 Elm Street,Burlington,US-VT,05401,US,1,,50.00
C-0062,Ben Madeup,,802-555-0162,8 Elm Street,Burlington,ZZ,5401,US,1,,50.00
C-0063,Chloé Fictive,,+33 1 99 00 00 63,9 rue Neuve,Lyon,FR,69001,France,1,,50.00
C-0064,Dan Madeup,,514-555-0164,10 rue Dix,Laval,CA-QC,h7n4k2,Canada,1,,50.00
C-0065,Eve Madeup,,514-555-0165,11 High Street,London,CA-QC,sw1a1aa,Royaume-Uni,1,,50.00
";

const EMAILS: [(&str, &str); 9] = [
    ("C-0071", "a.fictif@exemple.ca;b.fictif@exemple.ca"),
    ("C-0072", "a.fictif@exemple.ca; b.fictif@exemple.ca"),
    ("C-0073", "<c.fictif@exemple.ca>"),
    ("C-0074", "d.fictif@exemple.ca."),
    ("C-0075", "e@fictif@exemple.ca"),
    ("C-0076", "info@bière-fictive.example"),
    ("C-0077", "élise.fictive@exemple.ca"),
    ("C-0078", "mailto:f.fictif@exemple.ca"),
    ("C-0079", "g.fictif+facture@exemple.ca"),
];

const REST: &str = "1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,,50.00";

fn file(rows: &str) -> String {
    format!("{HEADER}\n{rows}")
}

/// The lines of an envelope to an imported customer.
async fn envelope(home: &Home, key: &str) -> Vec<String> {
    let number = number_of(home, key).await;
    let id = account(home, key).await;
    let grant = accounts::Grant::of_the_provider(id, &number, accounts::Right::SeeBills);
    let view = accounts::account_view(home.db.reader(), &home.vault, &grant).await.expect("read").expect("one");
    billing::addressee(&view)
}

on_both! {
    async fn ops_2_postal_address_and_tax_region_are_two_things(place: &TestPlace) {
        let home = place.open().await;
        let report = imported(&home, place, "", file(ABROAD)).await;
        assert_eq!((report.imported, errors(&report)), (5, Vec::new()));
        assert_eq!(envelope(&home, "C-0061").await, ["Ann Madeup", "7 Elm Street", "Burlington VT 05401", "USA"]);
        assert_eq!(envelope(&home, "C-0062").await, ["Ben Madeup", "8 Elm Street", "Burlington VT 05401", "USA"]);
        assert_eq!(envelope(&home, "C-0063").await, ["Chloé Fictive", "9 rue Neuve", "69001 Lyon", "France"]);
        assert_eq!(envelope(&home, "C-0064").await, ["Dan Madeup", "10 rue Dix", "Laval QC  H7N 4K2"]);
        assert_eq!(envelope(&home, "C-0065").await, ["Eve Madeup", "11 High Street", "London", "SW1A 1AA", "Royaume-Uni"]);
        let notes: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
        assert!(notes.iter().any(|note| note.starts_with("line 3, column postal: “5401” is taken as 05401")), "{notes:?}");
        assert!(notes.iter().any(|note| note.starts_with("line 3, column region: “ZZ” is for taxes; VT is taken")), "{notes:?}");
        assert!(notes.iter().any(|note| note.starts_with("line 2, column region: “US-VT” is where no taxes")), "{notes:?}");
        // Whose services are in Québec bears its taxes, wherever the mail goes.
        let sql = "SELECT count(*) FROM service_facts f JOIN accounts a ON a.id = f.account_id WHERE a.external_id = 'C-0065' AND f.kind = 'located' AND f.item = 'CA-QC'";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read"), Some(1));
        assert_eq!(run(&home, "2026-12").await.bills, 5);
        let again = imported(&home, place, "", file(ABROAD)).await;
        assert_eq!((again.unchanged, again.faulty), (5, 0), "the same file twice changes nothing");
        let wrong = "C-0066,Fay Madeup,,,1 Elm Street,Burlington,US-VT,H7N 4K2,US,1,,50.00\nC-0067,Gil Madeup,,,1 rue Un,Lyon,CA-QC,69001,Nowhere,1,,50.00\n";
        let report = imported(&home, place, "", file(wrong)).await;
        let errors = errors(&report);
        assert!(errors.len() == 2 && errors[0].contains("is no postal code of United States") && errors[1].contains("is no country that is known"), "{errors:?}");
    }

    async fn ops_2_an_e_mail_that_cannot_be_written_to_is_an_error_of_its_line(place: &TestPlace) {
        let mut home = place.open().await;
        let rows: String = EMAILS.iter().map(|(key, email)| format!("{key},Un Nom,{email},514-555-0101,{REST}\n")).collect();
        home.config.mail.smtputf8 = false;
        let report = imported(&home, place, "", file(&rows)).await;
        let said = errors(&report);
        for (line, reason) in [(2, "more than one"), (3, "more than one"), (4, "expected it alone"), (5, "domain"), (6, "no e-mail address"), (8, "smtputf8"), (9, "expected it alone")] {
            let place = format!("line {line}, column email: ");
            assert!(said.iter().any(|error| error.starts_with(&place) && error.contains(reason)), "{place}{reason}: {said:?}");
        }
        assert_eq!((report.imported, report.faulty), (2, 7));
        assert_eq!(contact(&home, "C-0076").await.1.as_deref(), Some("info@xn--bire-fictive-ydb.example"));
        // Into a folder such an address goes.
        home.config.mail.smtputf8 = true;
        let report = imported(&home, place, "", file(&rows)).await;
        assert_eq!((report.imported, report.unchanged, report.faulty), (1, 2, 6));
        assert_eq!(contact(&home, "C-0077").await.1.as_deref(), Some("élise.fictive@exemple.ca"));
    }

    async fn ops_2_telephones_are_taken_as_on_the_pages(place: &TestPlace) {
        let home = place.open().await;
        let rows = format!("C-0141,Tableur,,5.14555E+09,{REST}\nC-0142,Poste,,514 555-0142 poste 12,{REST}\nC-0143,Court,,555-0143,{REST}\nC-0144,Sans Frais,,1-800-211-0144,{REST}\n");
        let report = imported(&home, place, "", file(&rows)).await;
        let said = errors(&report);
        assert!(said.len() == 2 && said[0].starts_with("line 2, column telephone") && said[1].starts_with("line 4, column telephone"), "{said:?}");
        assert_eq!(contact(&home, "C-0142").await.2.as_deref(), Some("+15145550142;ext=12"));
        assert_eq!(contact(&home, "C-0144").await.2.as_deref(), Some("+18002110144"));
    }

    async fn pro_1_telephones_with_extensions_are_kept_shown_and_dialled(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let path = format!("/profile/details/{number}/telephones");
        for typed in ["514 555-0108 poste 23", "514-555-0108 ext. 23", "514 555-0108 x23"] {
            let done = visitor.modify(&path, &[("telephone", typed), ("other_telephone", "1 800 211-0144")]).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{typed}: {}", done.text());
        }
        let page = visitor.get("/profile/details").await;
        assert!(page.has("href=\"tel:+15145550108;ext=23\"") && page.has("514-555-0108 ext.\u{a0}23"), "{}", page.text());
        assert!(page.has("href=\"tel:+18002110144\"") && page.has("1-800-211-0144"), "{}", page.text());
        let refused = visitor.modify(&path, &[("telephone", "514 123-4567"), ("other_telephone", "")]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("no such number"), "{}", refused.text());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn pro_1_the_form_has_the_fields_of_the_chosen_country(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        let path = format!("/profile/details/{number}/address");
        let facts = count(&home, "service_facts").await;
        let form = visitor.get(&path).await;
        assert!(form.has("Province") && form.has("value=\"CA-QC\"") && form.has("Such as H3Z 2Y7"), "{}", form.text());
        let other = [("street", "9, rue Neuve"), ("city", "Lyon"), ("country", "FR"), ("region", "CA-QC"), ("postal_code", "")];
        let shown = visitor.modify(&path, &[other.as_slice(), &[("show_country", "yes")]].concat()).await;
        assert!(shown.status == StatusCode::OK && shown.has("9, rue Neuve") && !shown.has("name=\"region\""), "{}", shown.text());
        let refused = visitor.modify(&path, &other).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("such as 33380"), "{}", refused.text());
        let done = visitor.modify(&path, &[("street", "9, rue Neuve"), ("city", "Lyon"), ("country", "FR"), ("postal_code", "69 001")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let page = visitor.get(&done.location()).await;
        assert!(page.has("9, rue Neuve<br>69001 Lyon<br>France"), "{}", page.text());
        assert_eq!(count(&home, "service_facts").await, facts, "where services are taxed stays");
        let tokyo = [("street", "1-2-3 Ginza"), ("country", "JP"), ("region", "JP-Tokyo"), ("postal_code", "1540023")];
        let page = visitor.modify(&path, &tokyo).await.location();
        assert!(visitor.get(&page).await.has("1-2-3 Ginza, Tokyo<br>154-0023<br>Japan"));
    }

    async fn one_1_one_mailbox_however_its_domain_is_written(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut visitor = Visitor::of(&home);
        // C-26: an O for a zero, an I for a one opens the account.
        let first = visitor.post("/sign-up", &[("account_number", &number), ("postal_code", "H2X IY4")]).await;
        assert_eq!(first.location(), "/sign-up/login", "{}", first.text());
        let form = [("username", "eve.tremblay"), ("email", "info@xn--bire-fictive-ydb.example"), ("password", PASSWORD), ("password_again", PASSWORD)];
        let done = visitor.post("/sign-up/login", &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let page = visitor.get("/profile/details").await;
        assert!(page.has("info@bière-fictive.example") && !page.has("xn--"), "shown in its own letters: {}", page.text());
        crate::support::execute(&home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");
        for typed in ["info@bière-fictive.example", "info@bie\u{300}re-fictive.example", "INFO@Bière-Fictive.example", "info@xn--bire-fictive-ydb.example"] {
            let done = visitor.other().sign_in(typed, PASSWORD).await;
            assert_eq!((done.status, done.location().as_str()), (StatusCode::SEE_OTHER, "/"), "{typed}: {}", done.text());
        }
        visitor.other().post("/recover/names", &[("name", "info@bie\u{300}re-fictive.example")]).await;
        let letter = letters(&home, "login-names", 1).await.remove(0);
        assert_eq!(letter.shown.to, "info@xn--bire-fictive-ydb.example");
        let backup = visitor.post("/profile/backup", &[("email", "info@bière-fictive.example")]).await;
        assert_eq!(backup.status, StatusCode::UNPROCESSABLE_ENTITY, "the same mailbox in other letters");
    }

    async fn prv_4_an_address_that_mail_cannot_carry_is_refused_beside_the_field(place: &TestPlace) {
        let mut home = with_sample(place).await;
        home.config.mail.smtputf8 = false;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut visitor = Visitor::of(&home);
        visitor.post("/sign-up", &[("account_number", &number), ("postal_code", "H2X 1Y4")]).await;
        for (email, reason) in [("élise@exemple.ca", "accent before the @"), ("a@exemple.ca;b@exemple.ca", "one address only"),
            ("Eve <eve@exemple.ca>", "without brackets"), ("eve@exemple.ca.", "what follows the @"), ("eve@p\u{430}ypal.example", "several alphabets"), ("eve", "complete address")] {
            let form = [("username", "eve.tremblay"), ("email", email), ("password", PASSWORD), ("password_again", PASSWORD)];
            let answer = visitor.post("/sign-up/login", &form).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{email}: {}", answer.text());
        }
        assert_eq!(count(&home, "logins").await, 0);
        home.config.mail.smtputf8 = true;
        let mut visitor = Visitor::of(&home);
        visitor.post("/sign-up", &[("account_number", &number), ("postal_code", "H2X 1Y4")]).await;
        let form = [("username", "eve.tremblay"), ("email", "élise@exemple.ca"), ("password", PASSWORD), ("password_again", PASSWORD)];
        assert_eq!(visitor.post("/sign-up/login", &form).await.status, StatusCode::SEE_OTHER);
    }

    async fn pro_1_a_name_hides_nothing_and_is_no_link_in_a_letter(place: &TestPlace) {
        let (home, mut visitor, number) = holder(place).await;
        // Who has not confirmed an address is told of no words of theirs.
        crate::support::execute(&home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");
        let path = format!("/profile/details/{number}/name");
        let done = visitor.modify(&path, &[("name", "Marie\u{202e} \u{200b}Tremblay inc. evil.example")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let page = visitor.get("/profile/details").await;
        assert!(page.has("Marie Tremblay inc. evil.example") && !page.has("\u{202e}"), "{}", page.text());
        let letter = letters(&home, "profile-changed", 1).await.remove(0);
        for part in [&letter.text, &letter.html] {
            assert!(part.contains("Marie Tremblay inc. evil\u{200c}.example") && !part.contains("evil.example"), "{part}");
        }
    }
}
