//! Representatives (PRO-2): recorded with documents by one of the staff, confirmed by another; the holder is told and may object.
//! Nobody gets a login by it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::devices::{events, letters, link_in};
use crate::documents::{ONCE, PDF, path_without_id};
use crate::profile::holder;
use crate::staff::{staff, staff_named};
use crate::support::{count, execute, findings, put_on_file};
use crate::visitor::{Answer, PASSWORD, SITE, Visitor};

pub(crate) const HOURS: i64 = 3600;
const ON_FILE: &str = "marie@exemple.ca";
const PAUL: &str = "paul.lavoie@exemple.ca";
const NEW: &str = "/staff/representatives/new";

/// A confirmed holder with an e-mail on file; an agent and a supervisor.
pub(crate) struct Scene {
    pub(crate) home: Home,
    pub(crate) holder: Visitor,
    number: String,
    agent: Visitor,
    pub(crate) supervisor: Visitor,
}

pub(crate) async fn scene(place: &TestPlace) -> Scene {
    let (home, visitor, number) = holder(place).await;
    put_on_file(&home, &number, ON_FILE).await;
    // Before that, their own letters name nobody either.
    crate::support::execute(&home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");
    let (agent, supervisor) = (staff(&home, &visitor, "agent").await, staff(&home, &visitor, "supervisor").await);
    Scene { home, holder: visitor, number, agent, supervisor }
}

fn form<'a>(number: &'a str, once: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("once", once),
        ("account_number", number),
        ("kind", "power-of-attorney"),
        ("name", "Paul Lavoie"),
        ("telephone", "514 555-0188"),
        ("email", PAUL),
        ("language", "fr"),
        ("valid_from", "2026-11-01"),
        ("valid_until", "2026-12-31"),
        ("proof", "Procuration notariée 1182, dossier 118"),
    ]
}

fn with<'a>(form: &[(&'a str, &'a str)], field: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, old)| (*name, if *name == field { value } else { old })).collect()
}

/// Posts a form with files, as a browser does.
async fn send(visitor: &mut Visitor, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for (name, content) in files {
        let head = format!(
            "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/pdf\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    visitor.ask(Method::POST, NEW, Body::from(body), Some("multipart/form-data; boundary=edge")).await
}

impl Scene {
    pub(crate) async fn record(&mut self) -> String {
        let form = form(&self.number, ONCE);
        let done = send(&mut self.agent, &form, &[("procuration.pdf", PDF)]).await;
        assert_eq!(done.location(), "/staff/representatives?done=recorded", "{}", done.text());
        path_without_id(&self.home, "representatives", "/staff/representatives").await
    }

    /// Recorded, and the time to object is over.
    pub(crate) async fn ready(&mut self, place: &TestPlace) -> String {
        let path = self.record().await;
        place.advance_seconds(72 * HOURS);
        self.supervisor = staff(&self.home, &self.holder, "supervisor").await;
        path
    }

    async fn contacts(&self) -> Answer {
        let mut visitor = self.holder.same_device();
        visitor.sign_in("eve.tremblay", PASSWORD).await;
        visitor.get(&format!("/accounts/{}/contacts", self.number)).await
    }
}

pub(crate) async fn decide(member: &mut Visitor, path: &str, decision: &str) -> Answer {
    member.post(path, &[("decision", decision)]).await
}

/// What the periodic work ends, on two nodes at once.
async fn settle(home: &Home) -> u32 {
    let app = guichet::app(home, SITE, Arc::default()).expect("an app");
    let (one, two) = tokio::join!(portal::settle_representatives(&app), portal::settle_representatives(&app));
    one.expect("settled") + two.expect("settled")
}

on_both! {
    async fn pro_2_two_of_the_staff_make_a_representative_and_the_holder_is_told_before_and_after(place: &TestPlace) {
        let mut scene = scene(place).await;
        let path = scene.record().await;
        // The same form again is one record.
        let again = send(&mut scene.agent, &form(&scene.number, ONCE), &[("procuration.pdf", PDF)]).await;
        assert_eq!(again.location(), "/staff/representatives?done=recorded");
        let told = letters(&scene.home, "representative-told", 2).await;
        let mut to: Vec<&str> = told.iter().map(|mail| mail.shown.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["eve@exemple.ca", ON_FILE]);
        assert!(told[0].text.contains("Paul Lavoie") && told[0].text.contains("no access"), "{}", told[0].text);
        assert!(scene.supervisor.get("/staff/representatives").await.has("One representative is waiting"));
        let page = scene.supervisor.get(&path).await;
        for text in ["Paul Lavoie", PAUL, "Power of attorney", "to December", "Procuration notariée 1182", "procuration.pdf", "get no access by it", "the holder can object"] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        let document = scene.supervisor.get(&format!("{path}/documents/1")).await;
        assert!(document.status == StatusCode::OK && document.bytes == PDF, "{}", document.status);
        assert_eq!(scene.supervisor.get(&format!("{path}/documents/2")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(events(&scene.home, "representative.document-seen").await, 2);
        assert!(!scene.contacts().await.has("Paul Lavoie"), "not before two of the staff said so");

        assert!(decide(&mut scene.supervisor, &path, "confirm").await.has("still has time to object"));
        assert!(decide(&mut scene.supervisor, &path, "").await.has("Say what you decide"));
        place.advance_seconds(72 * HOURS);
        scene.supervisor = staff(&scene.home, &scene.holder, "supervisor").await;
        let mut agent = staff(&scene.home, &scene.holder, "agent").await;
        let page = agent.get(&path).await;
        assert!(page.has("value=\"refuse\"") && !page.has("value=\"confirm\""), "{}", page.text());
        let own = decide(&mut agent, &path, "confirm").await;
        assert!(own.status == StatusCode::CONFLICT && own.has("somebody else has to confirm"), "{}", own.text());
        assert_eq!(decide(&mut scene.supervisor, &path, "confirm").await.location(), "/staff/representatives?done=confirmed");
        assert!(decide(&mut scene.supervisor, &path, "confirm").await.has("Somebody has just decided"));
        letters(&scene.home, "representative-confirmed", 2).await;
        let named = letters(&scene.home, "representative-named", 1).await.remove(0);
        assert!(named.shown.to == PAUL && named.text.contains("Vous n’avez pas d’accès en ligne"), "{}", named.text);
        let contacts = scene.contacts().await;
        for text in ["Paul Lavoie", "Power of attorney", "to December", "gets no access by it"] {
            assert!(contacts.has(text), "{text}: {}", contacts.text());
        }
        // No login comes of it.
        assert_eq!((count(&scene.home, "logins").await, count(&scene.home, "memberships").await), (1, 1));
        assert_eq!(findings(&scene.home).await, Vec::<String>::new());
    }

    async fn pro_2_bad_input_records_nothing_and_is_told_at_its_fields(place: &TestPlace) {
        let mut scene = scene(place).await;
        let number = scene.number.clone();
        let good = form(&number, ONCE);
        for (form, reason) in [
            (with(&good, "account_number", "1234567890"), "No account has this number"),
            (with(&good, "kind", "friend"), "Choose in what capacity"),
            (with(&good, "name", ""), "Enter the person’s name"),
            (with(&good, "telephone", ""), "digits"),
            (with(&good, "email", "paul"), "name@example.ca"),
            (with(&good, "language", ""), "language"),
            (with(&good, "valid_from", "hier"), "Enter the first day"),
            (with(&good, "valid_until", "2026-10-31"), "comes after the first"),
            (with(&good, "valid_until", "demain"), "Enter a day, or leave it empty"),
            (with(&with(&good, "valid_from", "2026-01-01"), "valid_until", "2026-02-01"), "nothing to record"),
            (with(&good, "proof", " "), "Say which documents you saw"),
        ] {
            let answer = send(&mut scene.agent, &form, &[("procuration.pdf", PDF)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason) && answer.has("Choose your documents again"), "{reason}: {}", answer.text());
        }
        let wrong = send(&mut scene.agent, &good, &[("virus.exe", b"MZ and more")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.has("virus.exe") && wrong.has("Paul Lavoie"), "{}", wrong.text());
        assert_eq!(count(&scene.home, "representatives").await, 0);
        letters(&scene.home, "representative-told", 0).await;
        // Without a copy too: the reference says where the documents are.
        let done = send(&mut scene.agent, &with(&good, "valid_until", ""), &[]).await;
        assert_eq!(done.location(), "/staff/representatives?done=recorded", "{}", done.text());
    }

    async fn pro_2_after_an_objection_a_supervisor_decides_and_a_refusal_erases_what_was_recorded(place: &TestPlace) {
        let mut scene = scene(place).await;
        let path = scene.record().await;
        let told = letters(&scene.home, "representative-told", 2).await.remove(0);
        let link = link_in(&told.text, "/representative/");
        let mut stranger = scene.holder.other();
        assert_eq!(stranger.post("/representative/none", &[]).await.status, StatusCode::NOT_FOUND);
        for _ in 0..2 {
            assert!(stranger.get(&link).await.has("Should this person speak for you?"), "a scanner changes nothing");
        }
        for _ in 0..2 {
            assert_eq!(stranger.post(&link, &[]).await.location(), link);
            let page = stranger.get(&link).await;
            assert!(page.has("You object: we noted it") && !page.has("Paul"), "{}", page.text());
        }
        letters(&scene.home, "representative-objected", 2).await;
        let mut second = staff_named(&scene.home, &scene.holder, ("agent", "second@boreal.example")).await;
        assert!(decide(&mut second, &path, "confirm").await.has("only a supervisor can confirm"));
        assert_eq!(decide(&mut second, &path, "refuse").await.location(), "/staff/representatives?done=refused");
        letters(&scene.home, "representative-refused", 2).await;
        letters(&scene.home, "representative-over", 0).await;
        assert_eq!(count(&scene.home, "representatives WHERE content IS NULL").await, 1);
        assert_eq!(count(&scene.home, "files WHERE dropped_at IS NULL").await, 0);
        let page = second.get(&path).await;
        assert!(!page.has("Paul Lavoie") && !page.has("procuration.pdf"), "{}", page.text());
        assert_eq!(second.get(&format!("{path}/documents/1")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stranger.get(&link).await.status, StatusCode::GONE);
        assert_eq!(findings(&scene.home).await, Vec::<String>::new());
    }

    async fn pro_2_one_of_the_staff_ends_a_representative_and_time_does(place: &TestPlace) {
        let mut scene = scene(place).await;
        let path = scene.ready(place).await;
        decide(&mut scene.supervisor, &path, "confirm").await;
        let listed = scene.supervisor.get(&format!("/staff/representatives?account={}", scene.number)).await;
        assert!(listed.has("One representative was recorded") && listed.has("In force"), "{}", listed.text());
        let mut agent = staff(&scene.home, &scene.holder, "agent").await;
        assert_eq!(decide(&mut agent, &path, "end").await.location(), "/staff/representatives?done=ended");
        assert!(decide(&mut agent, &path, "end").await.has("Somebody has just decided"));
        letters(&scene.home, "representative-ended", 2).await;
        letters(&scene.home, "representative-over", 1).await;
        assert!(!scene.contacts().await.has("Paul Lavoie"));
        assert_eq!(count(&scene.home, "files WHERE dropped_at IS NULL").await, 0);
        assert!(agent.get(&path).await.has("Paul Lavoie"), "who it was is known later");

        let other = "another-form-whose-key-is-as-long-as-all-of-them";
        let number = scene.number.clone();
        send(&mut agent, &form(&number, other), &[]).await;
        place.advance_seconds(72 * HOURS);
        let path = path_without_id(&scene.home, "representatives", "/staff/representatives").await;
        let mut supervisor = staff(&scene.home, &scene.holder, "supervisor").await;
        assert_eq!(decide(&mut supervisor, &path, "confirm").await.location(), "/staff/representatives?done=confirmed");
        assert!(scene.contacts().await.has("Paul Lavoie"));
        assert_eq!(settle(&scene.home).await, 0);
        place.advance_seconds(40 * 24 * HOURS);
        assert!(!scene.contacts().await.has("Paul Lavoie"), "not a day longer, also before a node has looked");
        assert_eq!(settle(&scene.home).await, 1, "once, also by two nodes at once");
        letters(&scene.home, "representative-expired", 2).await;
        letters(&scene.home, "representative-over", 2).await;
        assert_eq!(findings(&scene.home).await, Vec::<String>::new());
    }

    async fn pro_2_the_database_itself_wants_two_of_the_staff_for_a_representative(place: &TestPlace) {
        let mut scene = scene(place).await;
        scene.record().await;
        let alone = "UPDATE representatives SET state = 'confirmed', decided_by = asked_by, decided_at = asked_at";
        assert!(execute(&scene.home, alone).await.is_err());
        assert!(execute(&scene.home, "UPDATE representatives SET state = 'confirmed'").await.is_err());
        assert!(execute(&scene.home, "DELETE FROM representatives").await.is_err());
        // Other roles do not see that there is such a page.
        for role in ["technical-support", "billing-specialist", "administrator"] {
            let mut member = staff(&scene.home, &scene.holder, role).await;
            for page in ["/staff/representatives", NEW] {
                assert_eq!(member.get(page).await.status, StatusCode::NOT_FOUND, "{role} {page}");
            }
            assert_eq!(send(&mut member, &form(&scene.number, ONCE), &[]).await.status, StatusCode::NOT_FOUND, "{role}");
        }
    }
}
