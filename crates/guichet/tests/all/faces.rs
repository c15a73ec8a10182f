//! BIL-4: the PDF of an issued bill never changes once somebody has seen it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Barrier};

use accounts::{Address, Change, Changed, Grant, Right};
use billing::{Face, FaceError, ProviderFacts, StoredBill, Writing};
use guichet::{Drawn, Home};
use kernel::{AccountId, LoginId};
use paper::Renderer;
use taxes::Tax;
use testkit::{TestPlace, on_both, tamper};

use crate::profile::holder;
use crate::receipts::{words_in_order, words_of};
use crate::support::{SAMPLE_BILLS, account, count, doubts, examples, execute, month, run, try_import, with_sample};

/// A Guichet whose provider has an address, with December billed.
async fn billed(place: &TestPlace) -> Home {
    let mut home = with_sample(place).await;
    home.config.provider.facts.name = "Télécom des Érables".to_owned();
    home.config.provider.facts.address = vec!["1200, rue Saint-Jean".to_owned(), "Québec (Québec)  G1R 1S6".to_owned()];
    home.config.rules.sender = Some(guichet::provider(&home).facts);
    run(&home, "2026-12").await;
    home
}

/// Changes what is on file, as the holder does.
async fn change(home: &Home, id: AccountId, change: Change) {
    let sql = "SELECT number FROM accounts WHERE id = $1";
    let number: String = db::scalar(home.db.reader(), sql, [id.into()]).await.expect("read").expect("an account");
    let grant = Grant::of_the_provider(id, &number, Right::ChangeContactData);
    let profile =
        accounts::find_profile(home.db.reader(), &home.vault, &grant).await.expect("read").expect("a profile");
    let seen = profile.marks(&home.vault, change.section());
    let login: LoginId = home.world.id();
    let changed = home
        .db
        .write(async |tx| accounts::change_profile((&home.db, &home.vault), tx, (&grant, login), &seen, &change).await)
        .await
        .expect("written");
    assert!(matches!(changed, Some(Changed::Done(..))), "{changed:?}");
}

/// Where somebody moved.
fn moved_to(street: &str) -> Address {
    Address {
        street: Some(street.to_owned()),
        city: Some("Rimouski".to_owned()),
        area: Some("QC".to_owned()),
        postal_code: Some("G5L 1A1".to_owned()),
        country: Some("CA".to_owned()),
    }
}

/// The provider's rights on an account, and its December bill.
async fn december(home: &Home, id: AccountId) -> Option<(Grant, StoredBill)> {
    let sql = "SELECT number FROM accounts WHERE id = $1";
    let number: String = db::scalar(home.db.reader(), sql, [id.into()]).await.expect("read").expect("an account");
    let grant = Grant::of_the_provider(id, &number, Right::SeeBills);
    let month = billing::bill_of_month(home.db.reader(), &grant, month("2026-12")).await.expect("read")?;
    let found = billing::find_bill(&home.db, &grant, month.number).await.expect("read").expect("the same bill");
    Some((grant, found.bill))
}

/// The PDF of a December bill, as this Guichet is configured to write it.
async fn pdf(home: &Home, renderer: &Renderer, id: AccountId, large_print: bool) -> Result<Vec<u8>, FaceError> {
    pdf_when(home, renderer, id, large_print, || ()).await
}

/// As [`pdf`]; `ready` is called when nobody has been shown the bill yet and it is about to be written.
async fn pdf_when(
    home: &Home,
    renderer: &Renderer,
    id: AccountId,
    large_print: bool,
    ready: impl FnOnce() + Send,
) -> Result<Vec<u8>, FaceError> {
    let (grant, bill) = december(home, id).await.expect("a bill");
    let view =
        accounts::account_view_when(home.db.reader(), &home.vault, (&grant, bill.issued_at)).await.expect("read");
    let view = view.expect("an account");
    let places = services::places_of(&home.db, &home.vault, &grant).await.expect("read");
    let key = accounts::customer_key(home.db.reader(), &home.vault, view.customer).await.expect("read").expect("a key");
    let versions = (bill.catalogue_version, bill.taxes_version, bill.rules_version);
    let reference = billing::load_reference(&home.db, versions.0, versions.1, versions.2).await.expect("read");
    let site = guichet::site(home, "https://client.example").expect("a site");
    let provider = guichet::provider(home).facts;
    let write = || {
        ready();
        let writing = Writing {
            texts: site.texts(),
            language: view.language,
            provider: &provider,
            rules: &reference.rules,
            catalogue: &reference.catalogue,
            account: &view,
            places: &places,
            bill: &bill,
            previous: None,
            large_print,
        };
        writing.document().expect("a known schema")
    };
    let face = Face { bill: bill.number, language: view.language, large_print };
    billing::face(&home.db, (&home.vault, &key), renderer, &grant, face, write).await
}

/// A mapping for a file with names.
const NAMES: &str = r#"
[import]
catalogue = "telco-catalogue.toml"
as_of = 2026-12-01
key = { column = "key" }

[customer]
kind = "person"
language = "fr"
name = { column = "name" }

[account]
segment = "residential"
bill_format = "paper"
balance = { column = "balance" }

[address]
street = "1 rue Un"
city = "Laval"
region = "CA-QC"
postal_code = "H7N 4K2"
country = "CA"

[price]
month = { column = "price" }
rest_on = ["internet"]

[[service]]
kind = "internet"
plan = "internet-dsl"
"#;

/// The words of a PDF as somebody copies them, without the marks of direction that pdftotext adds.
fn words_copied(pdf: &[u8]) -> String {
    words_in_order(pdf).replace(|letter| matches!(letter, '\u{202a}'..='\u{202e}'), "")
}

fn renderer() -> Renderer {
    Renderer::new().expect("the fonts")
}

/// The files of a folder with what is in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().expect("a name");
            (name, std::fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

on_both! {
    async fn bil_4_a_bill_keeps_its_bytes_whatever_the_provider_has_become(place: &TestPlace) {
        let mut home = billed(place).await;
        let (seen, unseen) = (account(&home, "0002-BBBBB").await, account(&home, "0003-CCCCC").await);
        let drawing = renderer();
        let first = pdf(&home, &drawing, seen, false).await.expect("drawn");
        assert!(first.starts_with(b"%PDF-"));
        assert!(first == pdf(&home, &drawing, seen, false).await.expect("drawn"), "asked twice, it differs");

        home.config.provider.facts.name = "Réseau du Fleuve".to_owned();
        home.config.provider.facts.address = vec!["1, quai Neuf".to_owned()];
        assert!(first == pdf(&home, &drawing, seen, false).await.expect("drawn"), "the new name changed an old bill");
        // Nor does it one that nobody has seen: it was issued under the old name.
        let title = |bytes: &[u8], name: &str| bytes.windows(name.len()).any(|part| part == name.as_bytes());
        let other = pdf(&home, &drawing, unseen, false).await.expect("drawn");
        assert!(title(&other, "Télécom des Érables") && title(&first, "Télécom des Érables"));

        let later = place.open().await;
        assert!(first == pdf(&later, &renderer(), seen, false).await.expect("drawn"), "after a start, it differs");
        assert_eq!(count(&home, "bill_drawings").await, 2);
    }

    async fn bil_1_a_bill_first_opened_months_later_is_as_it_was_when_it_was_issued(place: &TestPlace) {
        let (mut home, mut visitor, number) = holder(place).await;
        let id = account(&home, "0001-AAAAA").await;
        // The provider of then; the site that the visitor sees has another name today.
        home.config.rules.sender = Some(ProviderFacts {
            name: "Télécom d’Antan".to_owned(),
            address: vec!["1, rue d’Antan".to_owned()],
            telephone: Some("418 555-0101".to_owned()),
            email: Some("service@antan.example".to_owned()),
            site: Some("https://antan.example".to_owned()),
            ..ProviderFacts::default()
        });
        home.config.rules.registrations = [(Tax::Gst, "111111111 RT0001".to_owned())].into();
        change(&home, id, Change::Name("Prénom d’Antan".to_owned())).await;
        change(&home, id, Change::Address(Address { city: Some("Gaspé".to_owned()), ..moved_to("9, rue d’Antan") })).await;
        let before = accounts::account_view(home.db.reader(), &home.vault, &Grant::of_the_provider(id, &number, Right::SeeBills)).await.expect("read").expect("an account");
        let (name, street) = (before.name.expect("a name"), before.address.street.expect("a street"));
        run(&home, "2026-12").await;
        let (_, bill) = december(&home, id).await.expect("a bill");
        // Twice, so that what held in between is not taken for what held then.
        for (name, street) in [("Prénom Entretemps", "2, rue Entretemps"), ("Prénom Nouveau", "3, rue Nouvelle")] {
            place.advance_seconds(60);
            change(&home, id, Change::Name(name.to_owned())).await;
            change(&home, id, Change::Address(moved_to(street))).await;
        }
        home.config.rules.sender = Some(ProviderFacts { name: "Réseau du Fleuve".to_owned(), ..ProviderFacts::default() });
        home.config.rules.registrations = [(Tax::Gst, "999999999 RT0001".to_owned())].into();

        let then = [name.as_str(), &street, "Télécom d’Antan", "1, rue d’Antan", "418 555-0101", "service@antan.example", "antan.example", "111111111 RT0001"];
        let since = ["Entretemps", "Nouveau", "Nouvelle", "Rimouski", "Réseau du Fleuve", "999999999"];
        let as_issued = |text: &str, what: &str| {
            for part in then {
                assert!(text.contains(part), "{what}: “{part}” is not in {text}");
            }
            for part in since {
                assert!(!text.contains(part), "{what}: “{part}” is in {text}");
            }
        };
        let path = format!("/accounts/{number}/bills/{}", bill.number);
        let page = visitor.get(&path).await.text();
        let article = &page[page.find("<article").expect("a bill")..page.find("</article>").expect("a bill")];
        as_issued(&article.replace("&#x27;", "'"), "the page");
        for language in ["fr", "en"] {
            execute(&home, &format!("UPDATE customers SET language = '{language}'")).await.expect("changed");
            for print in ["", "?print=large"] {
                let pdf = visitor.get(&format!("{path}/pdf{print}")).await;
                assert_eq!(pdf.header("content-type"), "application/pdf", "{}", pdf.text());
                as_issued(&words_of(&pdf.bytes), &format!("the PDF, {language} {print}"));
            }
        }
        assert_eq!(count(&home, "bill_drawings").await, 4);
        assert_eq!(doubts(&home).await, Vec::<String>::new(), "a version of the rules made a bill doubtful");

        // What is issued from now on is made out to what is on file now, by who sends it now.
        place.set_day("2027-01-01");
        run(&home, "2027-01").await;
        let grant = Grant::of_the_provider(id, &number, Right::SeeBills);
        let next = billing::bill_of_month(home.db.reader(), &grant, month("2027-01")).await.expect("read").expect("a bill");
        let view = accounts::account_view_when(home.db.reader(), &home.vault, (&grant, next.issued_at)).await.expect("read").expect("one");
        assert_eq!(view.name.as_deref(), Some("Prénom Nouveau"));
        let rules = billing::load_reference(&home.db, next.catalogue_version, next.taxes_version, next.rules_version).await.expect("kept").rules;
        assert_eq!(rules.sender.map(|sender| sender.name).as_deref(), Some("Réseau du Fleuve"));
    }

    async fn bil_1_what_was_on_file_is_append_only_survives_rotation_and_goes_with_the_key(place: &TestPlace) {
        let home = billed(place).await;
        let id = account(&home, "0002-BBBBB").await;
        place.advance_seconds(60);
        change(&home, id, Change::Name("Prénom Nouveau".to_owned())).await;
        change(&home, id, Change::Address(moved_to("3, rue Nouvelle"))).await;
        for table in ["former_names", "former_addresses"] {
            let (key, deleted) = (format!("UPDATE {table} SET until = until"), format!("DELETE FROM {table}"));
            for sql in [key, deleted] {
                let refused = execute(&home, &sql).await.expect_err(&sql);
                assert_eq!(db::fault_of(&refused), db::Fault::Refused, "{sql}: {refused}");
            }
        }
        let (grant, bill) = december(&home, id).await.expect("a bill");
        let when = async || accounts::account_view_when(home.db.reader(), &home.vault, (&grant, bill.issued_at)).await.expect("read").expect("one");
        let before = when().await;
        assert_eq!((before.name, &before.address.street), (None, &None), "as it was imported");
        assert_ne!(before.address, Address::default());
        // Erased: nothing of it can be opened any more.
        execute(&home, "UPDATE customers SET data_key = NULL").await.expect("erased");
        let after = when().await;
        assert_eq!((after.name, after.address), (None, Address::default()));
    }

    async fn bil_4_a_face_of_the_first_drawing_is_drawn_anew_once_from_what_was_kept_with_it(place: &TestPlace) {
        let mut home = billed(place).await;
        let id = account(&home, "0002-BBBBB").await;
        let drawing = renderer();
        let now = pdf(&home, &drawing, id, false).await.expect("drawn");
        // As the program before this one left it: another hash, the first version.
        let (grant, bill) = december(&home, id).await.expect("a bill");
        let view = accounts::account_view(home.db.reader(), &home.vault, &grant).await.expect("read").expect("an account");
        let key = accounts::customer_key(home.db.reader(), &home.vault, view.customer).await.expect("read").expect("a key");
        let sealed: Vec<u8> = db::scalar(home.db.reader(), "SELECT written FROM bill_drawings", []).await.expect("read").expect("one");
        let column = |column| vault::Place { column, row: id.uuid() };
        let written = home.vault.open(&key, column("bill_drawings.written"), &sealed).expect("opened");
        let kept = written.replace("Télécom des Érables", "Télécom d’Antan");
        let kept = home.vault.seal(&key, column("bill_faces.written"), &kept).expect("sealed");
        tamper(&home, "DELETE FROM bill_drawings").await;
        let sql = "INSERT INTO bill_faces (account_id, bill, language, large_print, template_version, written, hash, made_at)
                   VALUES ($1, $2, $3, 0, 1, $4, $4, $5)";
        let values = [id.into(), bill.number.into(), view.language.into(), kept.into(), home.world.now().into()];
        home.db.write(async |tx| db::execute(tx, sql, values.clone()).await).await.expect("inserted");

        home.config.provider.facts.name = "Réseau du Fleuve".to_owned();
        let anew = pdf(&home, &drawing, id, false).await.expect("drawn");
        assert!(anew != now && words_of(&anew).contains("Télécom d’Antan"), "it is drawn from what was kept");
        assert!(anew == pdf(&home, &renderer(), id, false).await.expect("drawn"), "from then on it stays");
        assert_eq!((count(&home, "bill_faces").await, count(&home, "bill_drawings").await), (1, 1));
    }

    async fn bil_4_a_face_whose_font_or_drawing_is_not_here_is_an_error_and_no_other_bytes(place: &TestPlace) {
        let home = billed(place).await;
        let id = account(&home, "0002-BBBBB").await;
        place.advance_seconds(60);
        change(&home, id, Change::Name("王小试".to_owned())).await;
        place.set_day("2027-01-01");
        run(&home, "2027-01").await;
        let drawing = renderer();
        // In December the name had none of these letters; in January it has.
        pdf(&home, &drawing, id, false).await.expect("drawn");
        let fonts: String = db::scalar(home.db.reader(), "SELECT fonts FROM bill_drawings", []).await.expect("read").expect("one");
        assert_eq!(fonts, "[]");
        let font = "[{\"name\":\"NotoSansCJK\",\"hash\":\"00\"}]";
        tamper(&home, &format!("UPDATE bill_drawings SET fonts = '{font}'")).await;
        assert!(matches!(pdf(&home, &drawing, id, false).await, Err(FaceError::UnknownFont { font, .. }) if font == "NotoSansCJK"));
        tamper(&home, "UPDATE bill_drawings SET fonts = '[]', template_version = 9").await;
        assert!(matches!(pdf(&home, &drawing, id, false).await, Err(FaceError::UnknownTemplate { version: 9, .. })));
    }

    async fn bil_4_names_are_drawn_in_their_letters_and_what_cannot_be_is_told(place: &TestPlace) {
        let home = with_sample(place).await;
        let names = ["Deʔa Nóríya Essai", "ᐊᓗᒃ ᑎᓯᑦ", "سارة تجربة", "דנה בדיונית", "王小试", "Nguyễn Thị Thử"];
        let mut rows = "key,name,price,balance\n".to_owned();
        for (number, name) in names.iter().chain(&["Zoë 🍁"]).enumerate() {
            rows.push_str(&format!("C-{number},{name},20.00,\n"));
        }
        let path = place.file("names.csv", &rows);
        place.file("telco-catalogue.toml", std::fs::read(examples().join("telco-catalogue.toml")).expect("the catalogue"));
        let mapping = place.file("names.toml", NAMES);
        let mapping = guichet::Mapping::read(&mapping).expect("a mapping");
        let report = try_import(&home, &mapping, &path).await.expect("imported");
        assert_eq!((report.imported, report.noted), (7, 1), "{:?} {:?}", report.errors, report.notes);
        assert_eq!(report.notes[0].line, 8);
        assert!(report.notes[0].note.contains("U+1F341"), "{}", report.notes[0]);

        run(&home, "2026-12").await;
        let drawing = renderer();
        for (number, name) in names.iter().enumerate() {
            let id = account(&home, &format!("C-{number}")).await;
            let bytes = pdf(&home, &drawing, id, false).await.expect("drawn");
            let words: String = words_copied(&bytes);
            assert!(words.contains(name), "{name} is not in {words}");
        }
        let fonts: i64 = db::scalar(home.db.reader(), "SELECT count(*) FROM bill_drawings WHERE fonts <> '[]'", []).await.expect("read").expect("a count");
        assert_eq!(fonts, 5, "all but the Vietnamese name are set in a face of another script");
    }

    async fn bil_1_a_bill_in_the_customers_favour_has_no_day_no_way_to_pay_and_no_slip(place: &TestPlace) {
        let mut home = with_sample(place).await;
        home.config.provider.facts.telephone = Some("418 555-0123".to_owned());
        home.config.rules.sender = Some(ProviderFacts { takes_cards: true, ..guichet::provider(&home).facts });
        let path = place.file("credit.csv", "key,name,price,balance\nC-0171,Solde Créditeur,50.00,-500.00\nC-0172,Solde Dû,50.00,\n");
        place.file("telco-catalogue.toml", std::fs::read(examples().join("telco-catalogue.toml")).expect("the catalogue"));
        let mapping = guichet::Mapping::read(&place.file("names.toml", NAMES)).expect("a mapping");
        try_import(&home, &mapping, &path).await.expect("imported");
        run(&home, "2026-12").await;
        let drawing = renderer();
        let (credit, owed) = (account(&home, "C-0171").await, account(&home, "C-0172").await);
        let to_pay = ["À payer d’ici le", "Comment payer", "En ligne, par carte", "Par votre banque", "Talon de paiement", "Montant payé"];
        let words = words_of(&pdf(&home, &drawing, owed, false).await.expect("drawn"));
        assert!(to_pay.iter().all(|text| words.contains(text)), "{words}");
        for (language, said) in [("fr", "442,51 $ en votre faveur, rien à payer"), ("en", "$442.51 in credit, nothing to pay")] {
            execute(&home, &format!("UPDATE customers SET language = '{language}'")).await.expect("changed");
            for large_print in [false, true] {
                let words = words_of(&pdf(&home, &drawing, credit, large_print).await.expect("drawn"));
                assert!(words.contains(said), "{words}");
                for text in to_pay.iter().chain(&["Due by", "How to pay", "Online", "Payment slip", "Amount paid"]) {
                    assert!(!words.contains(text), "“{text}” is in {words}");
                }
            }
        }
    }

    async fn bil_4_two_who_ask_at_once_are_shown_one_face(place: &TestPlace) {
        let home = billed(place).await;
        // A node that would write another name.
        let nodes = [Arc::new(home), Arc::new(place.open().await)];
        for external_id in ["0002-BBBBB", "0003-CCCCC", "0006-FFFFF"] {
            let id = account(&nodes[0], external_id).await;
            // Both write it before either has kept it.
            let both = Arc::new(Barrier::new(2));
            let asked = nodes.clone().map(|node| {
                let both = both.clone();
                tokio::spawn(async move {
                    let wait = || { tokio::task::block_in_place(|| both.wait()); };
                    pdf_when(&node, &renderer(), id, false, wait).await
                })
            });
            let [here, there] = asked;
            let (here, there) = (here.await.expect("ended").expect("drawn"), there.await.expect("ended").expect("drawn"));
            assert!(here == there, "{external_id} has two faces");
        }
        assert_eq!(count(&nodes[0], "bill_drawings").await, 3);
    }

    async fn bil_4_large_print_is_a_face_of_its_own(place: &TestPlace) {
        let home = billed(place).await;
        let id = account(&home, "0002-BBBBB").await;
        let drawing = renderer();
        let large = pdf(&home, &drawing, id, true).await.expect("drawn");
        let normal = pdf(&home, &drawing, id, false).await.expect("drawn");
        assert!(large != normal);
        assert!(large == pdf(&home, &drawing, id, true).await.expect("drawn"));
        assert!(normal == pdf(&home, &drawing, id, false).await.expect("drawn"));
        assert_eq!(count(&home, "bill_drawings").await, 2);
    }

    async fn bil_4_a_face_changed_by_hand_is_not_shown(place: &TestPlace) {
        let home = billed(place).await;
        let id = account(&home, "0002-BBBBB").await;
        let (_, bill) = december(&home, id).await.expect("a bill");
        let drawing = renderer();
        for large_print in [false, true] {
            pdf(&home, &drawing, id, large_print).await.expect("drawn");
        }
        for sql in ["UPDATE bill_drawings SET large_print = large_print", "DELETE FROM bill_drawings"] {
            let refused = execute(&home, sql).await.expect_err(sql);
            assert_eq!(db::fault_of(&refused), db::Fault::Refused, "{sql}: {refused}");
        }
        let changed = |shown: Result<Vec<u8>, FaceError>| matches!(shown, Err(FaceError::Changed(number)) if number == bill.number);
        // Other words under the same hash; they can be opened, since they are of the same account.
        tamper(&home, "UPDATE bill_drawings SET written = (SELECT written FROM bill_drawings WHERE large_print = 1) WHERE large_print = 0").await;
        assert!(changed(pdf(&home, &drawing, id, false).await));
        assert!(pdf(&home, &drawing, id, true).await.is_ok(), "the other face is as it was");
        // Another hash beside the same words.
        tamper(&home, "UPDATE bill_drawings SET hash = (SELECT hash FROM bill_drawings WHERE large_print = 0) WHERE large_print = 1").await;
        assert!(changed(pdf(&home, &drawing, id, true).await));
        // Nor is a face that was spoilt replaced by a new one.
        assert_eq!(count(&home, "bill_drawings").await, 2);
    }

    async fn bil_4_a_month_is_drawn_once_and_taken_up_where_it_was_left(place: &TestPlace) {
        let mut home = billed(place).await;
        let out = place.folder().join("december");
        let december_drawn = async |home: &Home| guichet::render(home, month("2026-12"), &out, |_| ()).await.expect("drawn");
        let all = SAMPLE_BILLS as u64;
        assert_eq!(december_drawn(&home).await, Drawn { drawn: all, there: 0 });
        let before = files(&out);
        assert_eq!((before.len() as i64, count(&home, "bill_drawings").await), (SAMPLE_BILLS, SAMPLE_BILLS));

        // Each file is the bill as its customer is shown it.
        let drawing = renderer();
        let accounts = accounts::numbers_after(home.db.reader(), AccountId::FIRST, 100).await.expect("read");
        let mut compared = 0;
        for (id, number) in accounts {
            let Some((_, bill)) = december(&home, id).await else { continue };
            let file = before.get(&format!("{number}-{}.pdf", bill.number)).expect("a file named for account and bill");
            assert!(*file == pdf(&home, &drawing, id, false).await.expect("drawn"), "the file of {number} is another PDF");
            compared += 1;
        }
        assert_eq!(compared, SAMPLE_BILLS);

        assert_eq!(december_drawn(&home).await, Drawn { drawn: 0, there: all });
        let lost = before.keys().nth(2).expect("a third file");
        std::fs::remove_file(out.join(lost)).expect("deleted");
        home.config.provider.facts.name = "Réseau du Fleuve".to_owned();
        assert_eq!(december_drawn(&home).await, Drawn { drawn: 1, there: all - 1 });
        assert!(files(&out) == before, "what was drawn again is not what it was");
        assert_eq!(count(&home, "bill_drawings").await, SAMPLE_BILLS);
    }
}
