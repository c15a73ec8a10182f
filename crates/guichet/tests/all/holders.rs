//! The change of holder (PRO-1): by proof and two of the staff; the former holder is told, and nothing of theirs goes over.

use axum::http::StatusCode;
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::devices::{events, letters, link_in};
use crate::documents::path_without_id;
use crate::pay_pages::{Payer, confirm_claims, demonstration, follow, offered};
use crate::staff::{staff, staff_named};
use crate::support::{count, doubts, execute, findings, put_on_file, run};
use crate::till::APPROVES;
use crate::visitor::{Answer, PASSWORD, Visitor, login_form};

const HOURS: i64 = 3600;
const ON_FILE: &str = "marie@exemple.ca";
const NEW_EMAIL: &str = "rose.lavoie@exemple.ca";
const ONCE: &str = "0123456789012345678901234567890123456789012";

fn form<'a>(number: &'a str, once: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("once", once),
        ("account_number", number),
        ("reason", "separation"),
        ("proof", "Accord signé, dossier 118"),
        ("who", "new"),
        ("kind", "person"),
        ("name", "Rose Lavoie"),
        ("email", NEW_EMAIL),
        ("language", "fr"),
        ("street", "9, rue des Ormes"),
        ("city", "Québec"),
        ("country", "CA"),
        ("region", "CA-QC"),
        ("postal_code", "G1R 2B5"),
    ]
}

fn with<'a>(form: &[(&'a str, &'a str)], field: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, old)| (*name, if *name == field { value } else { old })).collect()
}

/// A holder with a bill, a payment and a saved card; an agent and a supervisor.
pub(crate) struct Scene {
    pub(crate) home: Home,
    pub(crate) payer: Payer,
    pub(crate) agent: Visitor,
    supervisor: Visitor,
}

pub(crate) async fn scene(place: &TestPlace) -> Scene {
    let home = demonstration(place).await;
    let payer = Payer::of(&home).await;
    put_on_file(&home, &payer.number, ON_FILE).await;
    confirm_claims(&home).await;
    let (agent, supervisor) =
        (staff(&home, &payer.visitor, "agent").await, staff(&home, &payer.visitor, "supervisor").await);
    Scene { home, payer, agent, supervisor }
}

impl Scene {
    pub(crate) async fn ask(&mut self) -> String {
        let asked = self.agent.post("/staff/holders/new", &form(&self.payer.number, ONCE)).await;
        assert_eq!(asked.location(), "/staff/holders?done=asked", "{}", asked.text());
        path_without_id(&self.home, "holder_changes", "/staff/holders").await
    }

    /// The link in the letter to the contact e-mail.
    async fn link(&self) -> String {
        let told = letters(&self.home, "holder-change-told", 2).await;
        let own = told.iter().find(|mail| mail.shown.to == "eve@exemple.ca").expect("to the login's own address");
        link_in(&own.text, "/holder-change/")
    }

    async fn identifier(&self) -> String {
        let sql =
            "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1";
        db::scalar(self.home.db.reader(), sql, [self.payer.number.as_str().into()]).await.expect("read").expect("one")
    }
}

async fn decide(member: &mut Visitor, path: &str, decision: &str) -> Answer {
    member.post(path, &[("decision", decision)]).await
}

on_both! {
    async fn pro_1_the_account_passes_to_another_person_and_nothing_of_the_former_holders_does(place: &TestPlace) {
        let mut scene = scene(place).await;
        scene.payer.pay("5.00", APPROVES, true).await;
        scene.payer.pay_everything(APPROVES).await;
        let before = scene.identifier().await;
        let bill = scene.payer.see("bills").await.text();
        let (_, after) = bill.split_once(&format!("/accounts/{}/bills/", scene.payer.number)).expect("a bill");
        let bill: String = after.chars().take_while(char::is_ascii_digit).collect();
        scene.payer.see(&format!("bills/{bill}/pdf")).await;

        let path = scene.ask().await;
        let link = scene.link().await;
        let page = scene.payer.visitor.get("/profile/requests").await;
        assert!(page.has("Waiting for your answer") && page.has(&scene.payer.number) && !page.has("Rose Lavoie"), "{}", page.text());
        assert!(!page.has("/holder-change/"), "a session alone gives nobody's account away");
        let page = scene.supervisor.get(&path).await;
        for text in ["Rose Lavoie", NEW_EMAIL, "Accord signé, dossier 118", "9, rue des Ormes", "Separation", ON_FILE, &before] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        // A scanner follows the link; the holder then agrees, twice.
        for _ in 0..2 {
            assert!(scene.payer.visitor.other().get(&link).await.has("Should your account pass to somebody else?"));
        }
        assert!(decide(&mut scene.supervisor, &path, "accept").await.has("still has time to object"));
        for _ in 0..2 {
            let agreed = scene.payer.visitor.other().post(&link, &[("answer", "agree")]).await;
            assert!(scene.payer.visitor.other().get(&agreed.location()).await.has("You agree: we noted it"));
        }
        letters(&scene.home, "holder-change-agreed", 2).await;
        assert!(scene.payer.visitor.get("/profile/requests").await.has("Your agreement is noted"));
        // Whoever asked does not decide.
        place.advance_seconds(1);
        let page = scene.agent.get(&path).await;
        assert!(page.has("value=\"refuse\"") && !page.has("value=\"accept\""), "{}", page.text());
        let own = decide(&mut scene.agent, &path, "accept").await;
        assert!(own.status == StatusCode::CONFLICT && own.has("somebody else has to accept it"), "{}", own.text());
        let done = decide(&mut scene.supervisor, &path, "accept").await;
        assert_eq!(done.location(), "/staff/holders?done=done", "{}", done.text());
        assert!(decide(&mut scene.supervisor, &path, "accept").await.has("Somebody has just decided"));

        // The former holder's open session reaches the account no more, and both addresses are told.
        assert_eq!(scene.payer.see("bills").await.status, StatusCode::NOT_FOUND);
        assert_eq!(scene.payer.see("overview").await.status, StatusCode::NOT_FOUND);
        let told = letters(&scene.home, "holder-change-done", 2).await;
        assert!(told.iter().all(|mail| mail.text.contains(&before)), "{}", told[0].text);
        // The bill that they have at home opens nothing.
        for postal_code in ["H2X 1Y4", "G1R 2B5"] {
            let claim = [("account_number", scene.payer.number.as_str()), ("postal_code", postal_code)];
            let answer = scene.payer.visitor.other().post("/sign-up", &claim).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{postal_code}");
        }

        // The new holder comes in by the e-mail that went to them alone.
        let letter = letters(&scene.home, "activation", 1).await.remove(0);
        let identifier = scene.identifier().await;
        assert!(letter.shown.to == NEW_EMAIL && letter.text.contains(&identifier) && identifier.starts_with("rl"), "{}", letter.text);
        let mut rose = scene.payer.visitor.other();
        let begun = rose.post(&link_in(&letter.text, "/activate/"), &[]).await;
        assert_eq!(begun.location(), "/sign-up/login", "{}", begun.text());
        assert_eq!(rose.post("/sign-up/login", &login_form("rose.lavoie")).await.status, StatusCode::SEE_OTHER);
        let number = scene.payer.number.clone();
        assert!(rose.get("/profile/requests").await.has("No requests"), "what was the former holder's stays theirs");
        let overview = rose.get(&format!("/accounts/{number}/overview")).await;
        assert!(overview.status == StatusCode::OK && overview.has("Rose Lavoie") && !overview.has("5.00"), "{}", overview.text());
        let services = rose.get(&format!("/accounts/{number}/services")).await;
        assert!(services.status == StatusCode::OK && services.has("Home phone") && services.has("Montréal"), "what is served goes on: {}", services.text());
        for page in ["bills", "payments"] {
            let page = rose.get(&format!("/accounts/{number}/{page}")).await;
            assert!(page.status == StatusCode::OK && !page.has("4242") && !page.has("23.11"), "{}", page.text());
        }
        let theirs = scene.payer.pages_of_payments(&scene.home).await;
        let bills = [format!("bills/{bill}"), format!("bills/{bill}/pdf"), format!("bills/{bill}/pdf?print=large"), format!("pay?for=bill-{bill}")];
        for gone in bills.into_iter().chain(theirs) {
            assert_eq!(rose.get(&format!("/accounts/{number}/{gone}")).await.status, StatusCode::NOT_FOUND, "{gone}");
        }
        assert_eq!(offered(&rose.get(&format!("/accounts/{number}/pay/card?amount=5.00")).await).len(), 0);
        place.advance_seconds(60);
        follow(&scene.home).await;
        assert_eq!(count(&scene.home, "payment_cards WHERE state IN ('kept', 'removing')").await, 0, "the gateway forgot it");

        // January is billed to the new holder, and said to compare with nothing.
        place.advance_seconds(15 * 24 * HOURS);
        run(&scene.home, "2027-01").await;
        rose.sign_in("rose.lavoie", PASSWORD).await;
        let bills = rose.get(&format!("/accounts/{number}/bills")).await;
        assert!(bills.has("January") && !bills.has("December 20, 2026"), "{}", bills.text());
        assert_eq!((events(&scene.home, "holder-change.asked").await, events(&scene.home, "holder-change.done").await), (2, 2));
        assert_eq!((doubts(&scene.home).await, findings(&scene.home).await), (vec![], vec![]));
    }

    async fn pro_1_bad_input_changes_nothing_and_the_same_form_twice_is_one_request(place: &TestPlace) {
        let mut scene = scene(place).await;
        let (number, identifier) = (scene.payer.number.clone(), scene.identifier().await);
        let good = form(&number, ONCE);
        let known = with(&good, "who", "known");
        let named = |identifier: &'static str| {
            let mut form = known.clone();
            form.push(("identifier", identifier));
            form
        };
        let mut same = known.clone();
        same.push(("identifier", identifier.as_str()));
        for (form, reason) in [
            (with(&good, "account_number", "1234567890"), "No account has this number"),
            (with(&good, "reason", "because"), "Choose the reason"),
            (with(&good, "proof", " "), "Say which proof you saw"),
            (with(&good, "who", ""), "Say whether the person is a customer already"),
            (with(&good, "email", "rose"), "name@example.ca"),
            (with(&good, "postal_code", "12345"), "postal code"),
            (with(&good, "name", ""), "name"),
            (named(""), "Enter the client identifier"),
            (named("zz999999-BOREAL"), "No customer has this identifier"),
            (same, "holds the account already"),
        ] {
            let answer = scene.agent.post("/staff/holders/new", &form).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason), "{reason}: {}", answer.text());
        }
        assert_eq!((count(&scene.home, "holder_changes").await, count(&scene.home, "customers WHERE external_id IS NULL").await), (0, 0));
        scene.ask().await;
        assert_eq!(scene.agent.post("/staff/holders/new", &good).await.location(), "/staff/holders?done=asked");
        letters(&scene.home, "holder-change-told", 2).await;
        let again = scene.supervisor.post("/staff/holders/new", &form(&number, "another-form-whose-key-is-as-long-as-all-of-them")).await;
        assert!(again.has("asked for already"), "{}", again.text());
        assert_eq!((count(&scene.home, "holder_changes").await, count(&scene.home, "customers WHERE external_id IS NULL").await), (1, 1));
    }

    async fn pro_1_after_an_objection_a_supervisor_decides_and_a_refusal_erases_what_was_typed(place: &TestPlace) {
        let mut scene = scene(place).await;
        scene.payer.pay_everything(APPROVES).await;
        let path = scene.ask().await;
        let link = scene.link().await;
        let mut stranger = scene.payer.visitor.other();
        assert_eq!(stranger.post("/holder-change/none", &[("answer", "agree")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stranger.post(&link, &[("answer", "perhaps")]).await.status, StatusCode::BAD_REQUEST);
        stranger.post(&link, &[("answer", "agree")]).await;
        stranger.post(&link, &[("answer", "object")]).await;
        stranger.post(&link, &[("answer", "agree")]).await;
        assert!(stranger.get(&link).await.has("You object: we noted it"), "an objection is not taken back by a link");
        place.advance_seconds(73 * HOURS);
        let mut second = staff_named(&scene.home, &scene.payer.visitor, ("agent", "second@boreal.example")).await;
        assert!(decide(&mut second, &path, "accept").await.has("only a supervisor can accept"));
        assert_eq!(decide(&mut second, &path, "refuse").await.location(), "/staff/holders?done=refused");
        letters(&scene.home, "holder-change-refused", 2).await;
        assert_eq!(count(&scene.home, "customers WHERE external_id IS NULL AND data_key IS NULL AND email_index IS NULL").await, 1);
        assert_eq!(count(&scene.home, "holder_changes WHERE proof IS NULL AND address IS NULL").await, 1);
        assert!(!second.get(&path).await.has("Rose Lavoie"));
        let mut eve = scene.payer.visitor.same_device();
        eve.sign_in("eve.tremblay", PASSWORD).await;
        assert_eq!(eve.get(&scene.payer.path("bills")).await.status, StatusCode::OK, "all is as it was");
        assert_eq!(stranger.get(&link).await.status, StatusCode::GONE);
        assert_eq!(findings(&scene.home).await, Vec::<String>::new());
    }

    async fn pro_1_nobody_takes_over_what_another_owes_and_silence_agrees(place: &TestPlace) {
        let mut scene = scene(place).await;
        let path = scene.ask().await;
        scene.link().await;
        place.advance_seconds(71 * HOURS);
        let mut supervisor = staff(&scene.home, &scene.payer.visitor, "supervisor").await;
        assert!(decide(&mut supervisor, &path, "").await.has("Say what you decide"));
        let owes = decide(&mut supervisor, &path, "accept").await;
        assert!(owes.status == StatusCode::CONFLICT && owes.has("still owes money"), "{}", owes.text());
        let mut payer = scene.payer.visitor.same_device();
        payer.sign_in("eve.tremblay", PASSWORD).await;
        scene.payer.visitor = payer;
        scene.payer.pay_everything(APPROVES).await;
        assert!(decide(&mut supervisor, &path, "accept").await.has("still has time to object"));
        assert!(supervisor.get(&path).await.has("Nothing to pay"));
        place.advance_seconds(HOURS);
        let mut payer = scene.payer.visitor.same_device();
        payer.sign_in("eve.tremblay", PASSWORD).await;
        let page = payer.get("/profile/requests").await;
        assert!(page.has("We are about to decide") && !page.has("Answer with the link"), "no moment that is past: {}", page.text());
        let mut supervisor = staff(&scene.home, &scene.payer.visitor, "supervisor").await;
        assert_eq!(decide(&mut supervisor, &path, "accept").await.location(), "/staff/holders?done=done");
        assert_eq!(events(&scene.home, "holder-change.done").await, 2);
    }

    async fn pro_1_a_new_holder_takes_over_what_is_owed_where_the_proof_says_so(place: &TestPlace) {
        let mut scene = scene(place).await;
        let mut form = form(&scene.payer.number, ONCE);
        form.push(("takes_over", "yes"));
        assert_eq!(scene.agent.post("/staff/holders/new", &form).await.location(), "/staff/holders?done=asked");
        let path = path_without_id(&scene.home, "holder_changes", "/staff/holders").await;
        let link = scene.link().await;
        for page in [scene.supervisor.get(&path).await, scene.payer.visitor.other().get(&link).await] {
            assert!(page.has("$23.11 to pay, which the new holder takes over"), "{}", page.text());
        }
        let told = letters(&scene.home, "holder-change-told", 2).await;
        assert!(told.iter().all(|mail| mail.text.contains("which the new holder takes over")), "{}", told[0].text);
        scene.payer.visitor.other().post(&link, &[("answer", "agree")]).await;
        place.advance_seconds(1);
        assert_eq!(decide(&mut scene.supervisor, &path, "accept").await.location(), "/staff/holders?done=done");
        let letter = letters(&scene.home, "activation", 1).await.remove(0);
        let mut rose = scene.payer.visitor.other();
        rose.post(&link_in(&letter.text, "/activate/"), &[]).await;
        rose.post("/sign-up/login", &login_form("rose.lavoie")).await;
        let overview = rose.get(&scene.payer.path("overview")).await;
        assert!(overview.has("$23.11") && overview.has("This balance will be on your first bill"), "{}", overview.text());
    }

    async fn pro_1_the_database_itself_wants_two_of_the_staff(place: &TestPlace) {
        let mut scene = scene(place).await;
        scene.ask().await;
        let alone = "UPDATE holder_changes SET outcome = 'done', decided_by = asked_by, decided_at = asked_at";
        assert!(execute(&scene.home, alone).await.is_err());
    }

    async fn pro_1_one_1_a_code_that_links_the_account_goes_with_its_former_holder(place: &TestPlace) {
        let mut scene = scene(place).await;
        scene.payer.pay_everything(APPROVES).await;
        // The holder has deleted their login, signs in with another one, and asks for the code on the day of the decision.
        let mut other = scene.payer.other(&scene.home).await;
        confirm_claims(&scene.home).await;
        let path = scene.ask().await;
        let link = scene.link().await;
        execute(&scene.home, "UPDATE memberships SET ended_at = begun_at WHERE login_id = (SELECT id FROM logins WHERE username = 'eve.tremblay')")
            .await
            .expect("ended");
        let typed = [("account_number", scene.payer.number.as_str()), ("postal_code", "H2X 1Y4")];
        let asked = other.visitor.post("/profile/linked-accounts/ask", &typed).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        let letter = letters(&scene.home, "link-code", 1).await.remove(0);
        assert_eq!(letter.shown.to, ON_FILE);
        scene.payer.visitor.other().post(&link, &[("answer", "agree")]).await;
        place.advance_seconds(1);
        let done = decide(&mut scene.supervisor, &path, "accept").await;
        assert_eq!(done.location(), "/staff/holders?done=done", "{}", done.text());
        let code = crate::visitor::code_in(&letter.text);
        let tried = other.visitor.post("/profile/linked-accounts/code", &[("code", &code)]).await;
        assert!(!tried.location().ends_with("done=linked"), "{}", tried.location());
        assert_eq!(other.see("overview").await.status, StatusCode::OK);
        let stolen = other.visitor.get(&format!("/accounts/{}/overview", scene.payer.number)).await;
        assert_eq!(stolen.status, StatusCode::NOT_FOUND, "it is the new holder's");
    }
}
