//! Contacts of an account and of its services (PRO-2): both sides accept, by a link that is good once; the previous contact stays
//! until then.

use std::sync::Arc;

use accounts::Preset;
use axum::http::StatusCode;
use guichet::Home;
use kernel::ServiceId;
use services::{Fact, NewFact};
use testkit::{TestPlace, on_both};

use crate::devices::{events, letters, link_in};
use crate::documents::path_without_id;
use crate::rights::Cast;
use crate::staff::staff;
use crate::support::{count, execute, findings};
use crate::visitor::{Answer, PASSWORD, SITE, Visitor, number_of};

const DAY: i64 = 24 * 3600;
pub(crate) const ROSE: &str = "rose.lavoie@exemple.ca";
const MAX: &str = "max@example.ca";
pub(crate) const BILLING: &str = "contacts/account/billing";

/// A form's own key.
pub(crate) fn once(number: u8) -> String {
    format!("012345678901234567890123456789012345678901{number}")
}

fn person<'a>(once: &'a str, (name, email, language): (&'a str, &'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    vec![
        ("once", once),
        ("who", "person"),
        ("name", name),
        ("email", email),
        ("telephone", "514 555-0188"),
        ("language", language),
        ("identifier", ""),
    ]
}

fn customer<'a>(once: &'a str, identifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("once", once),
        ("who", "customer"),
        ("identifier", identifier),
        ("name", ""),
        ("email", ""),
        ("language", "fr"),
    ]
}

pub(crate) fn rose(once: &str) -> Vec<(&str, &str)> {
    person(once, ("Rose Lavoie", ROSE, "fr"))
}

pub(crate) async fn answer(visitor: &Visitor, link: &str, answer: &str) -> Answer {
    let mut visitor = visitor.other();
    let noted = visitor.post(link, &[("answer", answer)]).await;
    assert_eq!(noted.location(), link, "{}", noted.text());
    visitor.get(link).await
}

/// The links in the newest letters to both sides; so many of each were sent until now.
pub(crate) async fn links(home: &Home, times: usize) -> (String, String) {
    let holder = letters(home, "contact-asked", times).await.remove(0);
    let person = letters(home, "contact-proposed", times).await.remove(0);
    (link_in(&holder.text, "/contact-change/"), link_in(&person.text, "/contact-change/"))
}

/// An account with its holder, and the time, which moves with each request: the newest letter is then known.
pub(crate) struct Stage<'a> {
    cast: Cast,
    place: &'a TestPlace,
}

impl std::ops::Deref for Stage<'_> {
    type Target = Cast;

    fn deref(&self) -> &Cast {
        &self.cast
    }
}

impl std::ops::DerefMut for Stage<'_> {
    fn deref_mut(&mut self) -> &mut Cast {
        &mut self.cast
    }
}

impl<'a> Stage<'a> {
    pub(crate) async fn of(place: &'a TestPlace) -> Self {
        let cast = Cast::of(place).await;
        // Before that, their own letters name nobody either.
        execute(&cast.home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");
        Self { cast, place }
    }

    pub(crate) async fn ask_contact(&mut self, place: &str, form: &[(&str, &str)]) -> Answer {
        self.place.advance_seconds(1);
        let path = self.page(place);
        let asked = self.holder.post(&path, form).await;
        assert_eq!(asked.location(), self.page("contacts?done=asked"), "{}", asked.text());
        asked
    }

    /// Both accept; so many requests were made until now.
    pub(crate) async fn both_accept(&self, times: usize) {
        let (holder, person) = links(&self.home, times).await;
        assert!(answer(&self.holder, &person, "accept").await.has("You accepted"));
        assert!(answer(&self.holder, &holder, "accept").await.has("Both have accepted"));
    }

    async fn contacts(&mut self) -> Answer {
        let path = self.page("contacts");
        self.holder.get(&path).await
    }

    pub(crate) async fn press(&mut self, place: &str, button: &str) -> Answer {
        self.place.advance_seconds(1);
        let path = self.page(&format!("{place}/{button}"));
        self.holder.post(&path, &[]).await
    }

    async fn sign_in_again(&mut self) {
        let mut holder = self.holder.same_device();
        holder.sign_in("eve.tremblay", PASSWORD).await;
        self.holder = holder;
    }
}

/// What the periodic work ends, on two nodes at once.
async fn settle(home: &Home) -> u32 {
    let app = guichet::app(home, SITE, Arc::default()).expect("an app");
    let (one, two) = tokio::join!(portal::settle_contact_changes(&app), portal::settle_contact_changes(&app));
    one.expect("settled") + two.expect("settled")
}

async fn end_service(cast: &Stage<'_>, service: ServiceId) {
    let ended =
        NewFact { service: Some(service), effective_on: cast.home.today(), fact: Fact::PlanEnded, reference: None };
    services::record(&cast.home.db, cast.account, audit::Author::Operator, vec![ended]).await.expect("recorded");
}

async fn identifier_of(home: &Home, external_id: &str) -> String {
    let sql =
        "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.external_id = $1";
    db::scalar(home.db.reader(), sql, [external_id.into()]).await.expect("read").expect("one")
}

/// Tells of December's bills; gives how many holders were told.
async fn tell(home: &Home) -> u64 {
    let site = guichet::site(home, SITE).expect("texts");
    let provider = guichet::provider(home);
    let with = portal::Told {
        texts: site.texts(),
        sender: &home.config.mail.sender,
        provider: &provider,
        public_url: SITE,
        zone: &home.config.zone,
        claims_wait: true,
    };
    portal::tell_of_bills(&home.db, &home.vault, &with, 0).await.expect("told")
}

on_both! {
    async fn pro_2_a_contact_changes_when_both_sides_accept_and_each_is_told_in_their_language(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let page = cast.contacts().await;
        for text in ["Administrative contact", "Technical contact", "You, the account holder", "Internet", "Telephone", "The account’s contact"] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        let key = once(1);
        for _ in 0..2 {
            cast.ask_contact(BILLING, &rose(&key)).await;
        }
        assert_eq!((count(&cast.home, "contact_changes").await, count(&cast.home, "contacts").await), (1, 0));
        let proposed = letters(&cast.home, "contact-proposed", 1).await.remove(0);
        assert!(proposed.shown.to == ROSE && proposed.language.code() == "fr" && proposed.text.contains("Contact de facturation"), "{}", proposed.text);
        let identifier = identifier_of(&cast.home, "0003-CCCCC").await;
        for secret in [cast.number.as_str(), identifier.as_str(), "Rose"] {
            assert!(!proposed.text.contains(secret), "a stranger may read it: {}", proposed.text);
        }
        let asked = letters(&cast.home, "contact-asked", 1).await.remove(0);
        assert!(asked.shown.to == "eve@exemple.ca" && asked.text.contains("Rose Lavoie (rose.lavoie@exemple.ca)") && asked.text.contains(&identifier), "{}", asked.text);
        let (holder, person) = links(&cast.home, 1).await;

        // Scanners follow links: nothing changes.
        for _ in 0..2 {
            let page = cast.holder.other().get(&person).await;
            assert!(page.has("Do you want to be this contact?") && page.has(ROSE) && !page.has(&cast.number), "{}", page.text());
            assert!(cast.holder.other().get(&holder).await.has("Is this the contact that you want?"));
        }
        assert!(answer(&cast.holder, &person, "accept").await.has("You accepted: we noted it"));
        // The link is used up: it takes nothing back.
        assert!(answer(&cast.holder, &person, "refuse").await.has("You accepted: we noted it"));
        let page = cast.contacts().await;
        for text in ["Request open", "Rose Lavoie (rose.lavoie@exemple.ca)", "The other person accepted", "We wait for you to accept"] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        assert_eq!(count(&cast.home, "contacts").await, 0, "one side is not enough");
        for _ in 0..2 {
            assert!(answer(&cast.holder, &holder, "accept").await.has("Both have accepted"));
        }
        let page = cast.contacts().await;
        assert!(page.has("<b>Rose Lavoie</b>") && page.has("514") && page.has("Be the contact again") && !page.has("Request open"), "{}", page.text());
        let begun = letters(&cast.home, "contact-begun", 1).await.remove(0);
        assert!(begun.shown.to == ROSE && begun.text.contains("vous êtes maintenant ce contact") && begun.text.contains(&cast.number) && !begun.text.contains(&identifier), "{}", begun.text);
        assert!(letters(&cast.home, "contact-done", 1).await.remove(0).text.contains("the contact has changed"));
        letters(&cast.home, "contact-former", 0).await;

        // Another takes their place: the previous contact hears of it, in French.
        let key = once(2);
        cast.ask_contact(BILLING, &person_max(&key)).await;
        cast.both_accept(2).await;
        let former = letters(&cast.home, "contact-former", 1).await.remove(0);
        assert!(former.shown.to == ROSE && former.text.contains("Vous n’êtes plus ce contact"), "{}", former.text);
        let begun = letters(&cast.home, "contact-begun", 2).await.remove(0);
        assert!(begun.shown.to == MAX && begun.text.contains("you are this contact now"), "{}", begun.text);
        assert!(!cast.contacts().await.has("Rose Lavoie"));
        assert_eq!((events(&cast.home, "contact.changed").await, events(&cast.home, "contact-change.done").await), (2, 2));
        assert_eq!(count(&cast.home, "contacts WHERE ended_at IS NOT NULL AND named IS NULL").await, 1, "what was said of her is erased");
        assert_eq!(count(&cast.home, "contact_changes WHERE proposed IS NULL").await, 2);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn pro_2_bad_input_and_the_contact_of_now_are_refused_at_their_fields(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let key = once(1);
        let good = rose(&key);
        let with = |field: &str, value: &'static str| -> Vec<(&str, &str)> {
            good.iter().map(|(name, old)| (*name, if *name == field { value } else { *old })).collect()
        };
        let own = identifier_of(&cast.home, "0003-CCCCC").await;
        let path = cast.page(BILLING);
        for (form, reason) in [
            (with("who", ""), "Say whom you propose"),
            (with("name", " "), "Enter the person’s name"),
            (with("email", "rose"), "name@example.ca"),
            (with("telephone", "12"), "digits"),
            (with("language", "de"), "language"),
            (customer(&key, ""), "Enter the identifier as on a bill"),
            (customer(&key, "rose lavoie"), "Enter the identifier as on a bill"),
            (with("email", "EVE@exemple.ca"), "This person is the contact already"),
            (customer(&key, &own), "This person is the contact already"),
        ] {
            let answer = cast.holder.post(&path, &form).await;
            assert!(matches!(answer.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT) && answer.has(reason), "{reason}: {}", answer.text());
            assert!(answer.has("error-summary"), "{}", answer.text());
        }
        let kept = cast.holder.post(&path, &with("email", "rose")).await;
        assert!(kept.has("value=\"Rose Lavoie\"") && kept.has("value=\"rose\"") && kept.has("value=\"514 555-0188\""), "{}", kept.text());
        assert_eq!(count(&cast.home, "contact_changes").await, 0);
        cast.ask_contact(BILLING, &good).await;
        cast.both_accept(1).await;
        let key = once(2);
        let again = cast.holder.post(&path, &rose(&key)).await;
        assert!(again.status == StatusCode::CONFLICT && again.has("This person is the contact already"), "{}", again.text());
        // A service takes the account's contact: she is its contact too.
        let internet = cast.service("internet").await;
        let path = cast.page(&format!("contacts/{internet}/billing"));
        assert!(cast.holder.post(&path, &rose(&key)).await.has("This person is the contact already"));
        // The same person with another telephone is a change, and the letter about the former one is not written to them.
        let changed: Vec<(&str, &str)> = rose(&key).into_iter().map(|(name, old)| (name, if name == "telephone" { "" } else { old })).collect();
        cast.ask_contact(BILLING, &changed).await;
        cast.both_accept(2).await;
        letters(&cast.home, "contact-former", 0).await;
        let page = cast.contacts().await;
        assert!(page.has("<b>Rose Lavoie</b>") && !page.has("555-0188"), "{}", page.text());
    }

    async fn pro_2_one_request_is_open_for_a_place_and_is_withdrawn_or_sent_again_with_new_links(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let keys = [once(1), once(2), once(3)];
        cast.ask_contact(BILLING, &rose(&keys[0])).await;
        let path = cast.page(BILLING);
        let second = cast.holder.post(&path, &person_max(&keys[1])).await;
        assert!(second.status == StatusCode::CONFLICT && second.has("A request is open already") && second.has(MAX), "{}", second.text());
        // Another place is another request.
        cast.ask_contact("contacts/account/technical", &person_max(&keys[1])).await;
        execute(&cast.home, "DELETE FROM limits").await.expect("forgotten");

        let (holder, person) = links_to(&cast.home, 2, ROSE).await;
        assert_eq!(cast.press(BILLING, "again").await.location(), cast.page("contacts?done=again"));
        assert!(cast.holder.get(&path.replace("/account/billing", "?done=again")).await.has("links from before do not work any more"));
        for old in [&holder, &person] {
            assert!(answer(&cast.holder, old, "accept").await.has("A newer link was sent"));
        }
        assert_eq!(count(&cast.home, "contact_changes WHERE holder_accepted_at IS NOT NULL OR person_accepted_at IS NOT NULL").await, 0);
        let (holder, person) = links_to(&cast.home, 3, ROSE).await;
        answer(&cast.holder, &person, "accept").await;
        // Who has accepted is not asked again.
        assert_eq!(cast.press(BILLING, "again").await.location(), cast.page("contacts?done=again"));
        letters(&cast.home, "contact-proposed", 3).await;
        let newest = letters(&cast.home, "contact-asked", 4).await.remove(0);
        assert!(answer(&cast.holder, &holder, "accept").await.has("A newer link was sent"));

        // Withdrawn: every link is dead, both are told, and the same can be asked for anew.
        for done in ["withdrawn", "none"] {
            assert_eq!(cast.press(BILLING, "withdraw").await.location(), cast.page(&format!("contacts?done={done}")));
        }
        let dead = answer(&cast.holder, &link_in(&newest.text, "/contact-change/"), "accept").await;
        assert!(dead.status == StatusCode::GONE && dead.has("The request is withdrawn") && !dead.has("Rose"), "{}", dead.text());
        assert_eq!(cast.press(BILLING, "again").await.location(), cast.page("contacts?done=none"));
        letters(&cast.home, "contact-withdrawn", 1).await;
        let told = letters(&cast.home, "contact-withdrawn-person", 1).await.remove(0);
        assert!(told.shown.to == ROSE && told.text.contains("a pris fin"), "{}", told.text);
        assert_eq!(count(&cast.home, "contacts").await, 0);
        cast.ask_contact(BILLING, &rose(&keys[2])).await;
        assert_eq!((events(&cast.home, "contact-change.sent-again").await, events(&cast.home, "contact-change.withdrawn").await), (2, 1));
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn pro_2_either_side_refuses_also_after_the_other_accepted(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let keys = [once(1), once(2)];
        for (times, key) in keys.iter().enumerate() {
            cast.ask_contact(BILLING, &rose(key)).await;
            let (holder, person) = links(&cast.home, times + 1).await;
            let (accepts, refuses) = if times == 0 { (&holder, &person) } else { (&person, &holder) };
            answer(&cast.holder, accepts, "accept").await;
            let refused = answer(&cast.holder, refuses, "refuse").await;
            assert!(refused.status == StatusCode::GONE && refused.has("The request is refused"), "{}", refused.text());
            assert!(cast.holder.other().get(accepts).await.has("The request is refused"));
            assert!(answer(&cast.holder, refuses, "accept").await.has("The request is refused"));
            letters(&cast.home, "contact-refused", times + 1).await;
            let told = letters(&cast.home, "contact-refused-person", times + 1).await.remove(0);
            assert!(told.shown.to == ROSE && told.text.contains("est refusée"), "{}", told.text);
        }
        assert_eq!(count(&cast.home, "contacts").await, 0);
        assert!(!cast.contacts().await.has("Rose"));
        let mut stranger = cast.holder.other();
        assert_eq!(stranger.get("/contact-change/none").await.status, StatusCode::NOT_FOUND);
        assert_eq!(stranger.post("/contact-change/none", &[("answer", "accept")]).await.status, StatusCode::NOT_FOUND);
    }

    async fn pro_2_both_who_accept_at_once_change_the_contact_once(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let key = once(1);
        cast.ask_contact(BILLING, &rose(&key)).await;
        let (holder, person) = links(&cast.home, 1).await;
        let mut visitors = [cast.holder.other(), cast.holder.other(), cast.holder.other(), cast.holder.other()];
        let [one, two, three, four] = &mut visitors;
        let form = [("answer", "accept")];
        tokio::join!(one.post(&holder, &form), two.post(&person, &form), three.post(&holder, &form), four.post(&person, &form));
        assert_eq!(count(&cast.home, "contacts WHERE ended_at IS NULL").await, 1);
        for kind in ["contact-done", "contact-begun"] {
            letters(&cast.home, kind, 1).await;
        }
        assert_eq!((events(&cast.home, "contact-change.accepted").await, events(&cast.home, "contact.changed").await), (2, 1));
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn pro_2_a_request_that_nobody_answers_expires_and_the_contact_stays(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let keys = [once(1), once(2), once(3)];
        cast.ask_contact(BILLING, &rose(&keys[0])).await;
        cast.both_accept(1).await;
        cast.ask_contact(BILLING, &person_max(&keys[1])).await;
        let (holder, person) = links(&cast.home, 2).await;
        answer(&cast.holder, &holder, "accept").await;
        place.advance_seconds(14 * DAY - 1);
        assert_eq!(settle(&cast.home).await, 0);
        place.advance_seconds(1);
        // Also before a node has looked.
        let late = answer(&cast.holder, &person, "accept").await;
        assert!(late.status == StatusCode::GONE && late.has("The time to answer is over"), "{}", late.text());
        assert_eq!(settle(&cast.home).await, 1, "once, also by two nodes at once");
        assert_eq!(settle(&cast.home).await, 0);
        letters(&cast.home, "contact-expired", 1).await;
        let told = letters(&cast.home, "contact-expired-person", 1).await.remove(0);
        assert!(told.shown.to == MAX && told.text.contains("There is nothing for you to do"), "{}", told.text);
        letters(&cast.home, "contact-former", 0).await;
        cast.sign_in_again().await;
        let page = cast.contacts().await;
        assert!(page.has("<b>Rose Lavoie</b>") && !page.has("Request open"), "{}", page.text());
        // One that no node has looked at yet stands in nobody's way.
        cast.ask_contact(BILLING, &person_max(&keys[2])).await;
        place.advance_seconds(15 * DAY);
        cast.sign_in_again().await;
        let key = once(4);
        cast.ask_contact(BILLING, &person_max(&key)).await;
        letters(&cast.home, "contact-expired", 2).await;
        assert_eq!(count(&cast.home, "contact_changes WHERE outcome = 'expired'").await, 2);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn pro_2_whether_a_client_identifier_is_a_customers_shows_nowhere(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let known = identifier_of(&cast.home, "0002-BBBBB").await;
        let number = number_of(&cast.home, "0002-BBBBB").await;
        crate::support::put_on_file(&cast.home, &number, "adam@exemple.ca").await;
        let keys = [once(1), once(2)];
        let mut pages = Vec::new();
        for (key, identifier) in [(&keys[0], known.as_str()), (&keys[1], "zz999999-BOREAL")] {
            place.advance_seconds(1);
            let path = cast.page(BILLING);
            let asked = cast.holder.post(&path, &customer(key, identifier)).await;
            assert_eq!(asked.location(), cast.page("contacts?done=asked-customer"), "{}", asked.text());
            let asked = letters(&cast.home, "contact-asked", pages.len() + 1).await.remove(0);
            let link = link_in(&asked.text, "/contact-change/");
            let mut stranger = cast.holder.other();
            let page = cast.contacts().await.text().replace(identifier, "X");
            let shown = stranger.get(&link).await.text().replace(identifier, "X").replace(&link, "L");
            let page = without_references(&page);
            pages.push((page, without_references(&shown)));
            // To a customer who is there a letter goes, at the e-mail on their own file; to nobody else.
            let proposed = letters(&cast.home, "contact-proposed", 1).await.remove(0);
            assert_eq!(proposed.shown.to, "adam@exemple.ca");
            cast.press(BILLING, "withdraw").await;
        }
        assert_eq!(pages[0], pages[1]);
        letters(&cast.home, "contact-withdrawn-person", 1).await;

        // They accept: the holder sees who it is, and nothing else of their file.
        let key = once(3);
        place.advance_seconds(1);
        let path = cast.page(BILLING);
        cast.holder.post(&path, &customer(&key, &known.to_lowercase())).await;
        let asked = letters(&cast.home, "contact-asked", 3).await.remove(0);
        let proposed = letters(&cast.home, "contact-proposed", 2).await.remove(0);
        answer(&cast.holder, &link_in(&proposed.text, "/contact-change/"), "accept").await;
        answer(&cast.holder, &link_in(&asked.text, "/contact-change/"), "accept").await;
        let page = cast.contacts().await;
        assert!(page.has(&known) && !page.has("adam@exemple.ca"), "{}", page.text());
        // What is written goes to what is on their file by then.
        crate::support::put_on_file(&cast.home, &number, "adam.roy@exemple.ca").await;
        assert_eq!(tell(&cast.home).await, 1);
        assert_eq!(letters(&cast.home, "bill-copy", 1).await.remove(0).shown.to, "adam.roy@exemple.ca");
    }

    async fn pro_2_nobody_but_the_holder_sees_or_changes_contacts(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let key = once(1);
        cast.ask_contact(BILLING, &rose(&key)).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::EverythingButUsers.wanted()).await.expect("given");
        let mut other = cast.holder.other();
        other.sign_up((&number_of(&cast.home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        execute(&cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL").await.expect("confirmed");
        for visitor in [&mut user, &mut other] {
            assert_eq!(visitor.get(&cast.page("contacts")).await.status, StatusCode::NOT_FOUND);
            assert_eq!(visitor.get(&cast.page(BILLING)).await.status, StatusCode::NOT_FOUND);
            for button in ["", "/again", "/withdraw", "/default"] {
                let path = cast.page(&format!("{BILLING}{button}"));
                assert_eq!(visitor.post(&path, &person_max(&key)).await.status, StatusCode::NOT_FOUND, "{path}");
            }
        }
        // Another account's service is no place here.
        let foreign = crate::rights::service_of(&cast.home, crate::support::account(&cast.home, "0002-BBBBB").await, "internet").await;
        for place in [format!("contacts/{foreign}/billing"), "contacts/x/billing".to_owned(), "contacts/account/legal".to_owned()] {
            let path = cast.page(&place);
            assert_eq!(cast.holder.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(cast.holder.post(&path, &rose(&key)).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // A contact has no right: nothing opens to who reads the letters.
        cast.both_accept(1).await;
        assert_eq!(cast.holder.other().get(&cast.page("bills")).await.status, StatusCode::SEE_OTHER);
        // The link of another account's request answers that one alone.
        let keys = [once(2), once(3)];
        cast.ask_contact("contacts/account/technical", &person_max(&keys[0])).await;
        place.advance_seconds(1);
        let path = format!("/accounts/{}/contacts/account/technical", number_of(&cast.home, "0002-BBBBB").await);
        let asked = other.post(&path, &person_max(&keys[1])).await;
        assert!(asked.location().ends_with("/contacts?done=asked"), "{}", asked.text());
        let (_, foreign) = links(&cast.home, 3).await;
        assert!(answer(&cast.holder, &foreign, "accept").await.has("You accepted"));
        let page = cast.contacts().await;
        assert!(page.has("We wait for the other person to accept") && !page.has("The other person accepted"), "{}", page.text());
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn pro_2_a_service_has_a_contact_of_its_own_until_the_accounts_is_wanted_again_or_it_ends(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let internet = cast.service("internet").await;
        let (of_account, of_service) = ("contacts/account/technical", format!("contacts/{internet}/technical"));
        let keys = [once(1), once(2), once(3), once(4)];
        cast.ask_contact(of_account, &rose(&keys[0])).await;
        cast.both_accept(1).await;
        cast.ask_contact(&of_service, &person_max(&keys[1])).await;
        cast.both_accept(2).await;
        let former = letters(&cast.home, "contact-former", 1).await.remove(0);
        assert!(former.shown.to == ROSE && former.text.contains("Internet"), "she was this service's contact, as the account's: {}", former.text);
        assert!(cast.contacts().await.has("<b>Max Roy</b>"));
        for done in ["default", "none"] {
            assert_eq!(cast.press(&of_service, "default").await.location(), cast.page(&format!("contacts?done={done}")));
        }
        let former = letters(&cast.home, "contact-former", 2).await.remove(0);
        assert!(former.shown.to == MAX && former.text.contains("You are no longer this contact"), "{}", former.text);
        assert!(letters(&cast.home, "contact-default", 1).await.remove(0).text.contains("this service has the account’s contact again"));
        let page = cast.contacts().await;
        assert!(!page.has("Max Roy") && page.has("<b>Rose Lavoie</b>"), "{}", page.text());

        // The service ends while somebody is asked: nobody becomes its contact, and both are told.
        cast.ask_contact(&of_service, &person_max(&keys[2])).await;
        let (_, person) = links(&cast.home, 3).await;
        end_service(&cast, internet).await;
        let path = cast.page(&of_service);
        assert_eq!(cast.holder.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(cast.holder.post(&path, &rose(&keys[3])).await.status, StatusCode::NOT_FOUND);
        let over = answer(&cast.holder, &person, "accept").await;
        assert!(over.status == StatusCode::GONE && over.has("about nothing any more"), "{}", over.text());
        letters(&cast.home, "contact-ended", 1).await;
        letters(&cast.home, "contact-withdrawn-person", 1).await;
        assert_eq!(count(&cast.home, "contacts WHERE service_id IS NOT NULL AND ended_at IS NULL").await, 0);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn pro_2_the_billing_contact_gets_a_copy_of_the_bill_notice_without_links_and_secrets(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let keys = [once(1), once(2)];
        cast.ask_contact(BILLING, &rose(&keys[0])).await;
        cast.both_accept(1).await;
        let internet = cast.service("internet").await;
        cast.ask_contact(&format!("contacts/{internet}/billing"), &person_max(&keys[1])).await;
        cast.both_accept(2).await;
        assert_eq!(tell(&cast.home).await, 1);
        assert_eq!(tell(&cast.home).await, 0);
        let copy = letters(&cast.home, "bill-copy", 1).await.remove(0);
        assert!(copy.shown.to == ROSE && copy.language.code() == "fr", "the account's contact alone: {}", copy.text);
        for text in [cast.number.as_str(), "à payer d’ici le", "Bonjour Rose Lavoie"] {
            assert!(copy.text.contains(text), "{text}: {}", copy.text);
        }
        let identifier = identifier_of(&cast.home, "0003-CCCCC").await;
        for secret in ["http", identifier.as_str(), "eve"] {
            assert!(!copy.text.contains(secret) && !copy.html.contains(&format!("{secret}://")), "{secret}: {}", copy.text);
        }
        letters(&cast.home, "bill-ready", 1).await;
    }

    async fn pro_2_a_change_of_holder_ends_contacts_and_requests(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        crate::support::put_on_file(&cast.home, &cast.number, "marie@exemple.ca").await;
        let keys = [once(1), once(2), once(3)];
        cast.ask_contact("contacts/account/technical", &rose(&keys[0])).await;
        cast.both_accept(1).await;
        cast.ask_contact(BILLING, &person_max(&keys[1])).await;
        let (holder, person) = links(&cast.home, 2).await;
        answer(&cast.holder, &person, "accept").await;
        let (mut agent, mut supervisor) =
            (staff(&cast.home, &cast.holder, "agent").await, staff(&cast.home, &cast.holder, "supervisor").await);
        let form = [("once", keys[2].as_str()), ("account_number", &cast.number), ("reason", "separation"), ("proof", "Accord"), ("takes_over", "yes"),
            ("who", "new"), ("kind", "person"), ("name", "Zoé Roy"), ("email", "zoe@exemple.ca"), ("language", "fr"),
            ("street", "9, rue des Ormes"), ("city", "Québec"), ("country", "CA"), ("region", "CA-QC"), ("postal_code", "G1R 2B5")];
        assert_eq!(agent.post("/staff/holders/new", &form).await.location(), "/staff/holders?done=asked");
        let path = path_without_id(&cast.home, "holder_changes", "/staff/holders").await;
        let told = letters(&cast.home, "holder-change-told", 2).await.remove(0);
        cast.holder.other().post(&link_in(&told.text, "/holder-change/"), &[("answer", "agree")]).await;
        place.advance_seconds(1);
        let done = supervisor.post(&path, &[("decision", "accept")]).await;
        assert_eq!(done.location(), "/staff/holders?done=done", "{}", done.text());
        let former = letters(&cast.home, "contact-former", 1).await.remove(0);
        assert_eq!(former.shown.to, ROSE);
        assert_eq!(letters(&cast.home, "contact-withdrawn-person", 1).await.remove(0).shown.to, MAX);
        letters(&cast.home, "contact-ended", 0).await;
        let over = answer(&cast.holder, &holder, "accept").await;
        assert!(over.status == StatusCode::GONE && over.has("about nothing any more"), "{}", over.text());
        assert_eq!(count(&cast.home, "contacts WHERE ended_at IS NULL").await, 0);
        assert_eq!(count(&cast.home, "contact_changes WHERE outcome IS NULL OR proposed IS NOT NULL").await, 0);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn pro_2_a_holder_who_left_changes_no_contact_any_more(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let key = once(1);
        cast.ask_contact(BILLING, &rose(&key)).await;
        let (holder, person) = links(&cast.home, 1).await;
        answer(&cast.holder, &person, "accept").await;
        crate::rights::holder_leaves(&mut cast).await;
        assert!(answer(&cast.holder, &holder, "accept").await.has("about nothing any more"));
        assert_eq!(count(&cast.home, "contacts").await, 0);
        assert_eq!(letters(&cast.home, "contact-withdrawn-person", 1).await.remove(0).shown.to, ROSE);
    }

    async fn pro_2_one_mailbox_is_not_flooded_and_the_database_wants_both_sides(place: &TestPlace) {
        let mut cast = Stage::of(place).await;
        let key = once(1);
        cast.ask_contact(BILLING, &rose(&key)).await;
        for _ in 0..4 {
            assert_eq!(cast.press(BILLING, "again").await.location(), cast.page("contacts?done=again"));
        }
        assert_eq!(cast.press(BILLING, "again").await.location(), cast.page("contacts?done=wait"));
        let key = once(2);
        let path = cast.page("contacts/account/technical");
        let refused = cast.holder.post(&path, &rose(&key)).await;
        assert!(refused.status == StatusCode::TOO_MANY_REQUESTS && refused.has("Many requests") && refused.has("Rose Lavoie"), "{}", refused.text());
        letters(&cast.home, "contact-proposed", 5).await;
        // By hand, one side is not enough, and what was decided stays.
        let alone = "INSERT INTO contacts (id, account_id, kind, change_id, named, begun_at)
            SELECT id, account_id, kind, id, proposed, asked_at FROM contact_changes";
        assert!(execute(&cast.home, alone).await.is_err());
        assert!(execute(&cast.home, "UPDATE contact_changes SET outcome = 'done', decided_at = asked_at, proposed = NULL").await.is_err());
        cast.press(BILLING, "withdraw").await;
        assert!(execute(&cast.home, "UPDATE contact_changes SET outcome = NULL, decided_at = NULL").await.is_err());
        assert!(execute(&cast.home, "DELETE FROM contact_changes").await.is_err());
    }
}

fn person_max(once: &str) -> Vec<(&str, &str)> {
    person(once, ("Max Roy", MAX, "en"))
}

/// The links in the newest letters about a request to somebody, where others are open too.
async fn links_to(home: &Home, times: usize, email: &str) -> (String, String) {
    let mut persons = letters(home, "contact-proposed", times).await;
    persons.retain(|mail| mail.shown.to == email);
    let mut holders = letters(home, "contact-asked", times).await;
    holders.retain(|mail| mail.text.contains(email));
    (link_in(&holders[0].text, "/contact-change/"), link_in(&persons[0].text, "/contact-change/"))
}

/// A page without what is drawn anew for each request.
fn without_references(page: &str) -> String {
    let is_reference = |word: &str| {
        let parts: Vec<&str> = word.split('-').collect();
        parts.len() == 3
            && parts.iter().all(|part| {
                part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            })
    };
    page.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| !is_reference(word))
        .collect::<Vec<_>>()
        .join(" ")
}
