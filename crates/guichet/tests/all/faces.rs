//! BIL-4: the PDF of an issued bill never changes once somebody has seen it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Barrier};

use accounts::{Grant, Right};
use billing::{Face, FaceError, Renderer, StoredBill, Writing};
use guichet::{Drawn, Home};
use kernel::AccountId;
use testkit::{TestPlace, on_both, tamper};

use crate::support::{SAMPLE_BILLS, account, count, execute, month, run, with_sample};

/// A Guichet whose provider has an address, with December billed.
async fn billed(place: &TestPlace) -> Home {
    let mut home = with_sample(place).await;
    run(&home, "2026-12").await;
    home.config.provider_name = "Télécom des Érables".to_owned();
    home.config.provider.address = vec!["1200, rue Saint-Jean".to_owned(), "Québec (Québec)  G1R 1S6".to_owned()];
    home
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
    let places = services::places_of(home.db.reader(), &home.vault, &grant).await.expect("read");
    let key = accounts::customer_key(home.db.reader(), &home.vault, view.customer).await.expect("read").expect("a key");
    let versions = (bill.catalogue_version, bill.taxes_version, bill.rules_version);
    let reference = billing::load_reference(&home.db, versions.0, versions.1, versions.2).await.expect("read");
    let site = guichet::site(home, "https://client.example").expect("a site");
    let provider = guichet::provider(home).on_bills();
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

        home.config.provider_name = "Réseau du Fleuve".to_owned();
        home.config.provider.address = vec!["1, quai Neuf".to_owned()];
        assert!(first == pdf(&home, &drawing, seen, false).await.expect("drawn"), "the new name changed an old bill");
        // One that nobody has seen bears the new name: the configuration did change.
        let title = |bytes: &[u8], name: &str| bytes.windows(name.len()).any(|part| part == name.as_bytes());
        let other = pdf(&home, &drawing, unseen, false).await.expect("drawn");
        assert!(title(&other, "Réseau du Fleuve") && title(&first, "Télécom des Érables"));

        let later = place.open().await;
        assert!(first == pdf(&later, &renderer(), seen, false).await.expect("drawn"), "after a start, it differs");
        assert_eq!(count(&home, "bill_drawings").await, 2);
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
        home.config.provider_name = "Réseau du Fleuve".to_owned();
        assert_eq!(december_drawn(&home).await, Drawn { drawn: 1, there: all - 1 });
        assert!(files(&out) == before, "what was drawn again is not what it was");
        assert_eq!(count(&home, "bill_drawings").await, SAMPLE_BILLS);
    }
}
