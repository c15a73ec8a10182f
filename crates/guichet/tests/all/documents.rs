//! A way back in with identity documents (SEC-5), for who reads neither address; and the files that are kept for it.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guichet::Home;
use kernel::{FileId, RecoveryId};
use testkit::{TestPlace, on_both};

use crate::cli::done;
use crate::devices::{events, holder, letters, link_in};
use crate::staff::staff;
use crate::support::{count, execute, findings};
use crate::visitor::{Answer, PASSWORD, SITE, Visitor};

const NEW: &str = "rivage7lac";
const NEW_EMAIL: &str = "eve.nouvelle@exemple.ca";
const HOURS: i64 = 3600;
const PATH: &str = "/recover/documents";
pub(crate) const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n";

/// A PDF of so many bytes.
fn pdf_of(size: usize) -> Vec<u8> {
    let filler = vec![b'%'; size - PDF.len()];
    [&PDF[..9], &filler, &PDF[9..]].concat()
}

fn png() -> Vec<u8> {
    let header = [&[0, 0, 0, 13][..], b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0], &[0; 4]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &header, &[0, 0, 0, 0], b"IEND", &[0; 4]].concat()
}

/// Posts the form with files, as a browser does: name, declared type, content.
async fn ask(visitor: &mut Visitor, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for (name, kind, content) in files {
        let head = format!(
            "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    visitor.ask(Method::POST, PATH, Body::from(body), Some("multipart/form-data; boundary=edge")).await
}

fn fields<'a>(name: &'a str, once: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("once", once),
        ("country", "CA"),
        ("customer_kind", "person"),
        ("name", name),
        ("story", "Le fournisseur a fermé."),
        ("email", NEW_EMAIL),
        ("telephone", ""),
    ]
}

async fn ask_for(site: &Visitor, name: &str, once: &str) -> Answer {
    ask(&mut site.other(), &fields(name, once), &[("permis.pdf", "application/pdf", PDF)]).await
}

/// The same for a lost second step (SEC-3).
pub(crate) async fn ask_for_step(site: &Visitor, name: &str, once: &str) -> Answer {
    let mut fields = fields(name, once);
    fields.push(("lost", "step"));
    ask(&mut site.other(), &fields, &[("permis.pdf", "application/pdf", PDF)]).await
}

pub(crate) const ONCE: &str = "0123456789012345678901234567890123456789012";

/// A site with a request of its holder, and the request's path for the staff.
async fn asked(place: &TestPlace) -> (Home, Visitor, String) {
    let (home, site, _) = holder(place).await;
    let answer = ask_for(&site, "eve.tremblay", ONCE).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let path = path_of(&home).await;
    (home, site, path)
}

pub(crate) async fn path_of(home: &Home) -> String {
    path_without_id(home, "recoveries", "/staff/recoveries").await
}

/// The staff's page of the newest row of a table, under a path.
pub(crate) async fn path_without_id(home: &Home, table: &str, path: &str) -> String {
    let sql = format!("SELECT id FROM {table} ORDER BY asked_at DESC LIMIT 1");
    let id: RecoveryId = db::scalar(home.db.reader(), &sql, []).await.expect("read").expect("one");
    format!("{path}/{id}")
}

async fn state(home: &Home) -> String {
    db::scalar(home.db.reader(), "SELECT state FROM recoveries ORDER BY asked_at LIMIT 1", [])
        .await
        .expect("read")
        .expect("one")
}

pub(crate) async fn decide(member: &mut Visitor, path: &str, decision: &str) -> Answer {
    member.post(path, &[("decision", decision)]).await
}

/// What a node does by itself.
pub(crate) async fn work(home: &Home) -> u64 {
    let app = guichet::app(home, SITE, std::sync::Arc::default()).expect("a site");
    portal::do_due_recoveries(&app).await.expect("done")
}

async fn renewal(home: &Home) -> String {
    link_in(&letters(home, "recovery-accepted", 1).await[0].text, "/recover/documents/renew/")
}

async fn choose(visitor: &mut Visitor, path: &str) -> Answer {
    visitor.post(path, &[("password", NEW), ("password_again", NEW)]).await
}

on_both! {
    async fn sec_5_usr_4_two_of_the_staff_let_somebody_in_before_the_time_to_object_is_over(place: &TestPlace) {
        let (home, mut site, number) = holder(place).await;
        assert!(site.other().get("/recover").await.has("href=\"/recover/documents\""));
        let page = site.other().get(PATH).await;
        assert!(page.has("Canadian passport") && page.has("within 72 hours"), "{}", page.text());
        let french = site.other().get("/recover/documents?country=FR&customer_kind=business").await;
        assert!(french.has("Kbis") && !french.has("Canadian passport"));
        let answer = ask_for(&site, " EVE.Tremblay ", ONCE).await;
        let kept = site.other().get(&answer.location()).await;
        assert!(kept.text().replace('\u{a0}', " ").contains("November 24, 2026") && kept.has("We have your request"), "{}", kept.text());
        assert_eq!(letters(&home, "recovery-asked", 1).await[0].shown.to, NEW_EMAIL);
        let told = letters(&home, "recovery-told", 1).await.remove(0);
        assert!(told.shown.to == "eve@exemple.ca" && told.text.contains("Client identifier"), "{}", told.text);
        let path = path_of(&home).await;
        let (mut agent, mut supervisor) = (staff(&home, &site, "agent").await, staff(&home, &site, "supervisor").await);
        assert!(agent.get("/staff/recoveries").await.has("One request waits"));
        let page = agent.get(&path).await;
        for text in ["eve.tremblay", "Le fournisseur", NEW_EMAIL, "permis.pdf", "Answer within 72 hours"] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        let document = agent.get(&format!("{path}/documents/1")).await;
        assert!(document.bytes == PDF && document.header("content-type") == "application/pdf");
        assert!(document.header("content-disposition").starts_with("attachment; filename=\"") && !document.header("content-disposition").contains("permis"));
        assert!(document.header("content-security-policy").contains("sandbox") && document.header("x-content-type-options") == "nosniff" && document.header("cache-control") == "no-store");
        assert_eq!(events(&home, "recovery.document-seen").await, 2, "in the chains of both");
        assert!(decide(&mut agent, &path, "").await.has("Say what you checked"));
        assert_eq!(decide(&mut agent, &path, "documents").await.location(), "/staff/recoveries?done=waits");
        assert!(decide(&mut agent, &path, "documents").await.has("another person has to"));
        assert_eq!(work(&home).await, 0, "nothing before");
        letters(&home, "recovery-waits", 1).await;
        assert_eq!(decide(&mut supervisor, &path, "call-back").await.location(), "/staff/recoveries?done=accepted");
        letters(&home, "recovery-going", 1).await;
        let link = renewal(&home).await;
        for _ in 0..3 {
            assert!(site.other().get(&link).await.has("eve.tremblay"));
        }
        assert_eq!(site.get(&format!("/accounts/{number}/overview")).await.status, StatusCode::OK, "nothing is changed yet");
        let mut owner = site.other();
        let short = owner.post(&link, &[("password", "abc"), ("password_again", "abc")]).await;
        assert!(short.status == StatusCode::UNPROCESSABLE_ENTITY && short.has("6 to 16"));
        assert_eq!(choose(&mut owner, &link).await.location(), "/sign-in?chosen=1");
        assert_eq!(site.get(&format!("/accounts/{number}/overview")).await.status, StatusCode::SEE_OTHER, "all sessions end");
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Nobody is let past the door's own code by it, which goes to the new address.
        assert!(owner.type_password("eve.tremblay", NEW).await.location().starts_with("/sign-in/code"));
        assert_eq!(letters(&home, "sign-in-code", 1).await[0].shown.to, NEW_EMAIL);
        assert_eq!(letters(&home, "recovery-moved", 1).await[0].shown.to, "eve@exemple.ca");
        assert_eq!(letters(&home, "recovery-done", 1).await[0].shown.to, NEW_EMAIL);
        for late in [owner.get(&link).await, choose(&mut owner, &link).await] {
            assert!(late.status == StatusCode::GONE && late.has("used already") && !late.has("eve.tremblay"), "{}", late.text());
        }
        assert_eq!((state(&home).await.as_str(), events(&home, "login.email-changed").await), ("done", 1));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_5_one_of_the_staff_is_enough_when_nobody_objected_in_time_on_one_of_several_nodes(place: &TestPlace) {
        let (home, site, path) = asked(place).await;
        let mut agent = staff(&home, &site, "agent").await;
        decide(&mut agent, &path, "documents").await;
        place.advance_seconds(72 * HOURS - 1);
        assert_eq!(work(&home).await, 0);
        place.advance_seconds(1);
        let other = place.open().await;
        let (one, two) = tokio::join!(work(&home), work(&other));
        assert_eq!(one + two, 1);
        let link = renewal(&home).await;
        for altered in [format!("{link}x"), link.replace("/renew/", "/object/"), link.replace("/documents/renew/", "/")] {
            assert_eq!(choose(&mut site.other(), &altered).await.status, StatusCode::NOT_FOUND, "{altered}");
        }
        let (mut one, mut two) = (site.other(), site.other());
        let (a, b) = tokio::join!(choose(&mut one, &link), choose(&mut two, &link));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410]);
        letters(&home, "recovery-done", 1).await;
    }

    async fn sec_5_the_link_ends_after_five_days(place: &TestPlace) {
        let (home, site, path) = asked(place).await;
        place.advance_seconds(73 * HOURS);
        let mut agent = staff(&home, &site, "agent").await;
        assert!(agent.get("/staff/recoveries").await.has("Overdue by an hour"));
        assert_eq!(decide(&mut agent, &path, "documents").await.location(), "/staff/recoveries?done=accepted", "the time to object is over");
        let link = renewal(&home).await;
        place.advance_seconds(5 * 24 * HOURS);
        for late in [site.other().get(&link).await, choose(&mut site.other(), &link).await] {
            assert!(late.status == StatusCode::GONE && late.has("more than five days old"), "{}", late.text());
        }
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/", "nothing has changed");
    }

    async fn sec_5_usr_4_an_objection_takes_two_of_the_staff_one_of_them_a_supervisor(place: &TestPlace) {
        let (home, site, path) = asked(place).await;
        let object = link_in(&letters(&home, "recovery-told", 1).await[0].text, "/recover/documents/object/");
        let (mut agent, mut supervisor) = (staff(&home, &site, "agent").await, staff(&home, &site, "supervisor").await);
        decide(&mut agent, &path, "documents").await;
        decide(&mut supervisor, &path, "documents").await;
        let link = renewal(&home).await;
        let mut scanner = site.other();
        for _ in 0..3 {
            assert!(scanner.get(&object).await.has("Was it not you?"));
        }
        assert_eq!(state(&home).await, "sent", "nothing is changed by following it");
        assert_eq!(scanner.post(&object, &[]).await.location(), object);
        assert!(scanner.get(&object).await.has("Your objection is noted"));
        assert_eq!(scanner.post(&object, &[]).await.status, StatusCode::OK, "pressed twice");
        assert_eq!(letters(&home, "recovery-objected", 1).await[0].shown.to, NEW_EMAIL);
        assert_eq!(letters(&home, "recovery-objection", 1).await[0].shown.to, "eve@exemple.ca");
        assert_eq!(choose(&mut site.other(), &link).await.status, StatusCode::GONE, "the link that was sent is worth nothing");
        place.advance_seconds(100 * HOURS);
        assert!(agent.get(&path).await.location().starts_with("/staff/sign-in"), "their sessions ended meanwhile");
        let (mut agent, mut supervisor) = (staff(&home, &site, "agent").await, staff(&home, &site, "supervisor").await);
        assert!(agent.get(&path).await.has("one of them a supervisor"));
        assert_eq!(decide(&mut agent, &path, "documents").await.location(), "/staff/recoveries?done=waits");
        assert_eq!(work(&home).await, 0, "time alone is not enough any more");
        assert_eq!(decide(&mut supervisor, &path, "documents").await.location(), "/staff/recoveries?done=accepted");
        assert_eq!(letters(&home, "recovery-accepted", 2).await.len(), 2);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_5_a_refusal_says_why_in_the_persons_language_and_documents_go_after_thirty_days(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut french = site.other();
        french.language = "fr-CA";
        ask(&mut french, &fields("eve.tremblay", ONCE), &[("permis.pdf", "application/pdf", &pdf_of(700_000)), ("photo.png", "text/html", &png())]).await;
        let path = path_of(&home).await;
        assert!(count(&home, "file_parts").await >= 4);
        let mut agent = staff(&home, &site, "agent").await;
        let picture = agent.get(&format!("{path}/documents/2")).await;
        assert!(picture.header("content-type") == "image/png" && picture.header("content-disposition").starts_with("inline"));
        assert_eq!(agent.get(&format!("{path}/documents/1")).await.bytes, pdf_of(700_000));
        for wrong in ["0", "3", "x", "../1"] {
            assert_eq!(agent.get(&format!("{path}/documents/{wrong}")).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(decide(&mut agent, &path, "unreadable").await.location(), "/staff/recoveries?done=refused");
        let letter = letters(&home, "recovery-refused", 1).await.remove(0);
        assert!(letter.text.contains("ne se lisent pas assez bien"), "{}", letter.text);
        letters(&home, "recovery-ended", 1).await;
        assert_eq!(decide(&mut agent, &path, "documents").await.status, StatusCode::CONFLICT);
        place.advance_seconds(30 * 24 * HOURS - 1);
        assert_eq!((work(&home).await, count(&home, "files").await), (0, 2));
        place.advance_seconds(1);
        let other = place.open().await;
        let (one, two) = tokio::join!(work(&home), work(&other));
        assert_eq!(one + two, 1);
        work(&home).await;
        assert_eq!((count(&home, "files").await, count(&home, "file_parts").await, count(&home, "recovery_files").await), (0, 0, 0));
        let kept: i64 = db::scalar(home.db.reader(), "SELECT count(*) FROM recoveries WHERE data_key IS NULL AND sealed IS NULL AND state = 'refused' AND decided_at IS NOT NULL", []).await.expect("read").expect("a count");
        assert_eq!(kept, 1, "reference, times and decision stay");
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_5_nobody_learns_whether_there_is_such_a_login(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let mut pages = Vec::new();
        for (name, once) in [("eve.tremblay", ONCE), ("nobody.there", &ONCE.replace('0', "a"))] {
            let begun = Instant::now();
            let answer = ask_for(&site, name, once).await;
            assert!(begun.elapsed() >= Duration::from_millis(400), "the answer's time tells nothing");
            let reference = answer.location().split('=').next_back().expect("one").to_owned();
            assert_eq!((answer.status, reference.len()), (StatusCode::SEE_OTHER, 14), "{}", answer.location());
            pages.push(site.other().get(&answer.location()).await.text().replace(&reference, ""));
        }
        pages.dedup();
        assert_eq!(pages.len(), 1, "one answer");
        let mails = letters(&home, "recovery-asked", 2).await;
        let plain = |mail: &messages::Found| mail.text.lines().filter(|line| !line.contains('-')).collect::<String>();
        assert_eq!(plain(&mails[0]), plain(&mails[1]));
        letters(&home, "recovery-told", 1).await;
        let id: RecoveryId = db::scalar(home.db.reader(), "SELECT id FROM recoveries WHERE login_id IS NULL", []).await.expect("read").expect("one");
        let path = format!("/staff/recoveries/{id}");
        let mut agent = staff(&home, &site, "agent").await;
        let page = agent.get(&path).await;
        assert!(page.has("No login of that name") && !page.has("value=\"call-back\""), "{}", page.text());
        assert_eq!(decide(&mut agent, &path, "documents").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        place.advance_seconds(72 * HOURS);
        assert_eq!(work(&home).await, 1);
        assert!(letters(&home, "recovery-refused", 1).await[0].text.contains("does not let us be sure"));
        assert_eq!(site.other().get("/recover/documents?reference=R7K4-9QXM-2TPC").await.status, StatusCode::NOT_FOUND);
    }

    async fn prv_4_files_that_are_something_else_are_refused_beside_the_field_and_nothing_is_kept(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let huge = pdf_of(10 * 1024 * 1024 + 1);
        let cases: Vec<(&str, Vec<u8>, &str)> = vec![
            ("facture.pdf", b"MZ\x90\0\x03\0\0\0\x04".to_vec(), "not a plain PDF"),
            ("page.pdf", b"%PDF-1.4\n<html><script>alert(1)</script>".to_vec(), "not a plain PDF"),
            ("<b>x.png", PDF[..40].to_vec(), "&lt;b&gt;x.png"),
            ("vide.pdf", Vec::new(), "is empty"),
            ("grand.pdf", huge, "larger than 10 MB"),
        ];
        for (name, content, reason) in &cases {
            let answer = ask(&mut site.other(), &fields("eve.tremblay", ONCE), &[(name, "application/pdf", content)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{name}: {}", answer.text());
            assert!(answer.has("Le fournisseur a fermé.") && answer.has(NEW_EMAIL), "what was typed is kept");
        }
        let five = [("a.pdf", "application/pdf", PDF); 5];
        assert!(ask(&mut site.other(), &fields("eve.tremblay", ONCE), &five).await.has("Four documents at most"));
        let empty = [("once", ONCE), ("name", ""), ("story", ""), ("email", "x")];
        let answer = ask(&mut site.other(), &empty, &[("a.pdf", "application/pdf", PDF)]).await;
        for text in ["Enter your username", "a few words what happened", "complete address", "Choose your documents again"] {
            assert!(answer.has(text), "{text}: {}", answer.text());
        }
        let none = ask(&mut site.other(), &fields("eve.tremblay", ONCE), &[("", "application/octet-stream", b"")]).await;
        assert!(none.has("Choose at least one document"));
        // Larger than all files may be together: refused before it is read.
        let mut flood = site.other();
        flood.headers = vec![("content-length", (60 << 20).to_string())];
        assert_eq!(flood.ask(Method::POST, PATH, Body::empty(), Some("multipart/form-data; boundary=edge")).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        // Other forms keep their limit.
        let long = "x".repeat(70_000);
        assert_eq!(site.other().post("/recover", &[("name", &long)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(site.other().post("/recover/documents/renew/x", &[("name", &long)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let mut elsewhere = site.other();
        elsewhere.headers = vec![("origin", "https://evil.example".to_owned())];
        assert_eq!(ask(&mut elsewhere, &fields("eve.tremblay", ONCE), &[("a.pdf", "application/pdf", PDF)]).await.status, StatusCode::FORBIDDEN);
        assert_eq!((count(&home, "recoveries").await, count(&home, "files").await), (0, 0), "nothing is kept");
    }

    async fn sec_5_the_same_form_posted_twice_is_one_request_and_asking_is_limited(place: &TestPlace) {
        let (home, site, _) = holder(place).await;
        let (a, b) = tokio::join!(ask_for(&site, "eve.tremblay", ONCE), ask_for(&site, "eve.tremblay", ONCE));
        let again = ask_for(&site, "eve.tremblay", ONCE).await;
        assert!(a.location() == b.location() && a.location() == again.location() && a.location().contains("?reference="));
        assert_eq!(count(&home, "recoveries").await, 1);
        letters(&home, "recovery-told", 1).await;
        place.advance_seconds(2 * HOURS);
        work(&home).await;
        assert_eq!(count(&home, "files").await, 1, "what the other one wrote is swept");
        let mut last = None;
        for round in 1..4 {
            last = Some(ask_for(&site, "eve.tremblay", &ONCE.replace('0', &round.to_string())).await);
        }
        let last = last.expect("an answer");
        assert!(last.status == StatusCode::TOO_MANY_REQUESTS && last.has("Too many tries"), "{}", last.text());
    }

    async fn agt_2_documents_are_nobodys_but_the_deciding_staffs(place: &TestPlace) {
        let (home, site, path) = asked(place).await;
        let document = format!("{path}/documents/1");
        assert!(site.other().get(&document).await.location().starts_with("/staff/sign-in"));
        assert!(site.twin().get(&document).await.location().starts_with("/staff/sign-in"), "not the customer's either");
        for role in ["technical-support", "billing-specialist", "administrator"] {
            let mut member = staff(&home, &site, role).await;
            for answer in [member.get(&document).await, member.get(&path).await, decide(&mut member, &path, "documents").await] {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{role}");
            }
        }
        assert_eq!((events(&home, "recovery.document-seen").await, state(&home).await.as_str()), (0, "open"));
        // Another request's path does not lead to this one's document.
        let mut agent = staff(&home, &site, "agent").await;
        let foreign = format!("/staff/recoveries/{}/documents/1", home.world.uuid());
        assert_eq!(agent.get(&foreign).await.status, StatusCode::NOT_FOUND);
    }

    async fn sec_5_what_nobody_decides_on_ends_and_its_documents_with_it(place: &TestPlace) {
        let (home, site, _) = asked(place).await;
        place.advance_seconds(30 * 24 * HOURS);
        assert_eq!(work(&home).await, 2, "it ends, and is erased");
        letters(&home, "recovery-expired", 1).await;
        work(&home).await;
        assert_eq!((state(&home).await.as_str(), count(&home, "files").await), ("expired", 0));
        assert_eq!(site.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
    }

    async fn prv_1_keys_rotate_under_requests_and_their_documents_open_after(place: &TestPlace) {
        let (home, site, path) = asked(place).await;
        drop(home);
        done(place, &["keys", "rotate"]);
        let home = place.open().await;
        let key: i32 = db::scalar(home.db.reader(), "SELECT key_id FROM recoveries", []).await.expect("read").expect("one");
        assert_eq!(key, 2);
        let mut agent = staff(&home, &Visitor::of(&home), "agent").await;
        assert_eq!(agent.get(&format!("{path}/documents/1")).await.bytes, PDF);
        drop(site);
    }

    async fn prv_1_parts_of_a_file_cannot_be_swapped_moved_cut_off_or_changed(place: &TestPlace) {
        let home = place.open().await;
        let owner: RecoveryId = home.world.id();
        let (key, _) = home.vault.new_data_key(owner).expect("a key");
        let content = pdf_of(900_000);
        let mut ids = Vec::new();
        for _ in 0..2 {
            ids.push(vault::write_file(&home.db, &home.vault, &key, &content).await.expect("written"));
        }
        let read = async |id: FileId| vault::read_file(home.db.reader(), &home.vault, &key, id).await.map(|found| found.map(|bytes| bytes.to_vec()));
        assert_eq!(read(ids[0]).await.expect("read"), None, "not seen before it is kept");
        let keep = async |id: FileId| home.db.write(async |tx| vault::keep_file(&home.db, tx, id).await).await.expect("kept");
        assert!(keep(ids[0]).await && keep(ids[1]).await && !keep(ids[1]).await);
        assert_eq!(read(ids[0]).await.expect("read").as_deref(), Some(content.as_slice()));
        let (other, _) = home.vault.new_data_key(owner).expect("a key");
        assert!(vault::read_file(home.db.reader(), &home.vault, &other, ids[0]).await.is_err(), "another owner's key");
        let largest: i64 = db::scalar(home.db.reader(), "SELECT CAST(max(length(sealed)) AS bigint) FROM file_parts", []).await.expect("read").expect("one");
        assert!(largest <= 256 * 1024, "{largest}");
        let sealed: Vec<u8> = db::scalar(home.db.reader(), "SELECT sealed FROM file_parts WHERE part = 0 LIMIT 1", []).await.expect("read").expect("one");
        assert!(!sealed.windows(5).any(|part| part == b"%PDF-"));
        for tampered in [
            "UPDATE file_parts SET part = 99 WHERE part = 1",
            "UPDATE file_parts SET part = 1 WHERE part = 2",
            "UPDATE file_parts SET part = 2 WHERE part = 99",
            "UPDATE files SET parts = 2",
            "UPDATE files SET parts = 2, size = 522240",
            "UPDATE files SET size = size - 1",
        ] {
            execute(&home, tampered).await.expect("tampered with");
            assert!(read(ids[0]).await.is_err(), "{tampered}");
        }
        assert!(vault::write_file(&home.db, &home.vault, &key, &vec![0; vault::LARGEST_FILE + 1]).await.is_err());
    }

    async fn sec_5_a_file_that_was_cut_off_is_never_seen_and_swept(place: &TestPlace) {
        let home = place.open().await;
        let (key, _) = home.vault.new_data_key(home.world.id::<RecoveryId>()).expect("a key");
        let before = vault::write_file(&home.db, &home.vault, &key, &pdf_of(900_000)).await.expect("written");
        execute(&home, "DELETE FROM file_parts WHERE part = 3").await.expect("cut off");
        let keep = async |id: FileId| home.db.write(async |tx| vault::keep_file(&home.db, tx, id).await).await.expect("tried");
        assert!(!keep(before).await, "a part is missing");
        let lying = vault::write_file(&home.db, &home.vault, &key, PDF).await.expect("written");
        assert_eq!(vault::sweep_files(&home.db).await.expect("swept"), 0, "somebody may be about to keep them");
        place.advance_seconds(HOURS + 1);
        assert!(!keep(lying).await, "too late");
        assert_eq!(vault::sweep_files(&home.db).await.expect("swept"), 6);
        assert_eq!((count(&home, "files").await, count(&home, "file_parts").await), (0, 0));
    }
}
