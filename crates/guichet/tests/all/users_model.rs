//! Random sequences of what a holder, users, people who were invited and strangers do through the pages, compared after each with a simple
//! model (USR-2 to USR-5): at no moment does anybody hold what the holder of that moment did not give.

use std::collections::BTreeSet;

use accounts::{RightsWanted, What, rights_to_codes};
use axum::http::StatusCode;
use testkit::{TestPlace, on_both};

use crate::rights::{Cast, holder_leaves, holder_returns};
use crate::rights_model::{Drawn, PAGES};
use crate::support::{execute, findings};
use crate::users::{accept, membership_in, newest_link, try_to_invite};
use crate::visitor::Visitor;

/// Somebody invited, or a user.
struct Person {
    page: String,
    link: String,
    email: String,
    /// With whom they came; none while they have not accepted.
    visitor: Option<Visitor>,
    held: BTreeSet<What>,
    /// What they asked for and have no answer to.
    asked: Option<BTreeSet<What>>,
    /// Whether who invited them holds the account still, so that the link is good.
    is_good: bool,
}

impl Person {
    fn has(&self, what: What) -> bool {
        self.held.contains(&what) && what.needs().is_none_or(|needed| self.held.contains(&needed))
    }
}

struct Play {
    cast: Cast,
    drawn: Drawn,
    is_held: bool,
    people: Vec<Person>,
    /// Links that opened something once.
    dead: Vec<String>,
    drawn_names: usize,
}

fn wanted(some: &BTreeSet<What>) -> RightsWanted {
    some.iter().fold(RightsWanted::default(), |wanted, what| wanted.everywhere(*what))
}

fn held(wanted: &RightsWanted) -> BTreeSet<What> {
    wanted.held().iter().map(|(what, _)| what).collect()
}

impl Play {
    fn some_rights(&mut self) -> BTreeSet<What> {
        let some: BTreeSet<What> = What::ALL.into_iter().filter(|_| self.drawn.below(3) == 0).collect();
        held(&wanted(&some))
    }

    async fn invite(&mut self) {
        self.drawn_names += 1;
        let email = format!("personne{}@exemple.ca", self.drawn_names);
        let some = self.some_rights();
        let boxes: Vec<String> = some.iter().map(|what| format!("own:{}", what.code())).collect();
        let mut form = vec![("set", "own")];
        form.extend(boxes.iter().map(|name| (name.as_str(), "yes")));
        let done = try_to_invite(&mut self.cast, (&email, &email), &form).await;
        if some.is_empty() || self.people.len() >= 5 {
            assert_eq!(done.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", done.text());
            return;
        }
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let page = done.location().split('?').next().expect("a path").to_owned();
        let link = newest_link(&self.cast.home, &email).await;
        self.people.push(Person { page, link, email, visitor: None, held: some, asked: None, is_good: true });
    }

    async fn accept(&mut self, place: usize) {
        self.drawn_names += 1;
        let name = format!("personne.{}", self.drawn_names);
        let Some(person) = self.people.get_mut(place) else { return };
        let mut visitor = self.cast.holder.other();
        let done = accept(&mut visitor, &person.link, &name).await;
        if person.visitor.is_some() || !person.is_good {
            assert_eq!(done.status, StatusCode::GONE, "{}", done.text());
            return;
        }
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        person.visitor = Some(visitor);
        self.dead.push(person.link.clone());
    }

    /// Links that were used, replaced or withdrawn open nothing.
    async fn use_dead_links(&self) {
        for link in &self.dead {
            let done = accept(&mut self.cast.holder.other(), link, "quelquun.autre").await;
            assert_eq!(done.status, StatusCode::GONE, "{}", done.text());
        }
    }

    async fn send_again(&mut self, place: usize) {
        let Some(person) = self.people.get_mut(place).filter(|person| person.visitor.is_none()) else { return };
        let done = self.cast.holder.post(&format!("{}/again", person.page), &[]).await;
        if done.location().ends_with("done=again") {
            self.dead.push(std::mem::replace(&mut person.link, newest_link(&self.cast.home, &person.email).await));
            person.is_good = true;
        }
    }

    async fn change(&mut self, place: usize) {
        let wanted = wanted(&self.some_rights());
        let Some(person) = self.people.get_mut(place) else { return };
        let before = rights_to_codes(&self::wanted(&person.held).held());
        let codes = rights_to_codes(&wanted.held());
        let form = [("go", "change"), ("rights", codes.as_str()), ("before", before.as_str())];
        let done = self.cast.holder.post(&format!("{}/rights", person.page), &form).await;
        assert!(done.location().ends_with("?done=rights"), "{}", done.text());
        person.held = held(&wanted);
    }

    async fn remove(&mut self, place: usize) {
        if place < self.people.len() {
            let person = self.people.remove(place);
            self.cast.holder.post(&format!("{}/remove", person.page), &[]).await;
            if let Some(mut visitor) = person.visitor {
                assert!(visitor.get(&self.cast.page("overview")).await.location().starts_with("/sign-in"));
            } else {
                self.dead.push(person.link);
            }
        }
    }

    async fn ask(&mut self, place: usize) {
        let some = self.some_rights();
        let Some(person) = self.people.get_mut(place) else { return };
        let enters = What::ALL.into_iter().any(|what| person.has(what));
        // Who holds nothing knows no number to ask by.
        let page = match enters && self.is_held {
            true => self.cast.page("rights"),
            false => format!("/profile/rights/{}", membership_in(&person.page)),
        };
        let Some(visitor) = person.visitor.as_mut() else { return };
        let boxes: Vec<String> = some.iter().map(|what| format!("r:{}", what.code())).collect();
        let form: Vec<(&str, &str)> = boxes.iter().map(|name| (name.as_str(), "yes")).collect();
        let done = visitor.post(&page, &form).await;
        if !self.is_held {
            assert_eq!(done.status, StatusCode::NOT_FOUND, "there is nobody to ask");
        } else if done.location().ends_with("?done=asked") {
            assert!(person.asked.is_none());
            let new = some.difference(&person.held).copied().collect();
            person.asked = Some(held(&wanted(&new)));
        } else {
            assert!(person.asked.is_some() || some.is_subset(&person.held), "{}", done.text());
        }
    }

    async fn answer(&mut self, place: usize, accepts: bool) {
        let Some(person) = self.people.get_mut(place).filter(|person| person.visitor.is_some()) else { return };
        let sql = "SELECT id FROM right_requests WHERE membership_id = $1 ORDER BY asked_at DESC LIMIT 1";
        let id: Option<uuid::Uuid> =
            db::scalar(self.cast.home.db.reader(), sql, [membership_in(&person.page).into()]).await.expect("read");
        let Some(id) = id else { return };
        let link = self.cast.page(&format!("users/requests/{id}"));
        // Whoever asked does not answer.
        let own = person.visitor.as_mut().expect("a user").post(&link, &[("answer", "accept")]).await;
        assert_eq!(own.status, StatusCode::NOT_FOUND);
        let answer = if accepts { "accept" } else { "refuse" };
        let done = self.cast.holder.post(&link, &[("answer", answer)]).await;
        match person.asked.take() {
            None => assert!(done.location().ends_with("?done=over"), "{}", done.location()),
            Some(asked) if accepts => person.held.extend(asked),
            Some(_) => {}
        }
    }

    /// A user tries what the holder alone may do.
    async fn try_as_user(&mut self, place: usize) {
        let pages: Vec<String> = self.people.iter().map(|person| person.page.clone()).collect();
        let all = rights_to_codes(&accounts::Preset::EverythingButUsers.wanted().held());
        let Some(visitor) = self.people.get_mut(place).and_then(|person| person.visitor.as_mut()) else { return };
        for page in pages {
            let form = [("go", "change"), ("rights", all.as_str()), ("before", ""), ("required", "no")];
            for path in ["rights", "remove", "step", "again"] {
                assert_eq!(visitor.post(&format!("{page}/{path}"), &form).await.status, StatusCode::NOT_FOUND);
            }
        }
    }

    async fn holder_changes(&mut self, seed: u64) {
        if self.is_held {
            holder_leaves(&mut self.cast).await;
            self.people.iter_mut().for_each(|person| person.is_good = false);
        } else {
            self.drawn_names += 1;
            holder_returns(&mut self.cast, &format!("titulaire.{seed}.{}", self.drawn_names)).await;
            self.people.iter_mut().for_each(|person| person.held.clear());
        }
        self.is_held = !self.is_held;
    }

    async fn compare(&mut self, after: &str) {
        for person in &mut self.people {
            let rights = person.held.clone();
            let (is_held, has) = (self.is_held, |what: What| {
                rights.contains(&what) && what.needs().is_none_or(|needed| rights.contains(&needed))
            });
            let Some(visitor) = person.visitor.as_mut() else { continue };
            for (page, any) in PAGES {
                let opens = is_held && any.iter().any(|what| has(*what));
                let answer = visitor.get(&self.cast.page(page)).await;
                let wanted = if opens { StatusCode::OK } else { StatusCode::NOT_FOUND };
                assert_eq!(answer.status, wanted, "{page} of {} after {after}: {}", person.email, answer.location());
            }
        }
        if self.is_held {
            let grant = self.cast.grant().await;
            let users =
                accounts::users_of(self.cast.home.db.reader(), &self.cast.home.vault, &grant).await.expect("read");
            let found: BTreeSet<(String, BTreeSet<What>)> = users
                .iter()
                .map(|user| (user.membership.to_string(), user.held.iter().map(|(what, _)| what).collect()))
                .collect();
            let believed =
                self.people.iter().map(|person| (membership_in(&person.page).to_string(), person.held.clone()));
            assert_eq!(found, believed.collect(), "after {after}");
        }
    }
}

async fn walk(place: &TestPlace, seed: u64, steps: usize) {
    let cast = Cast::of(place).await;
    let mut play =
        Play { cast, drawn: Drawn(seed), is_held: true, people: Vec::new(), dead: Vec::new(), drawn_names: 0 };
    for step in 0..steps {
        place.advance_seconds(61);
        // What is limited is tested elsewhere.
        execute(&play.cast.home, "DELETE FROM limits").await.expect("written");
        let (act, at) = (play.drawn.below(14), play.drawn.below(5));
        match act {
            0..=2 if play.is_held => play.invite().await,
            3..=4 => play.accept(at % play.people.len().max(1)).await,
            5 if play.is_held => play.send_again(at % play.people.len().max(1)).await,
            6..=7 if play.is_held => play.change(at % play.people.len().max(1)).await,
            8 if play.is_held => play.remove(at).await,
            9 => play.ask(at % play.people.len().max(1)).await,
            10..=11 if play.is_held => play.answer(at % play.people.len().max(1), act == 10).await,
            12 => {
                play.try_as_user(at % play.people.len().max(1)).await;
                play.use_dead_links().await;
            }
            13 => play.holder_changes(seed).await,
            _ if !play.is_held => play.holder_changes(seed).await,
            _ => {}
        }
        play.compare(&format!("step {step} of {seed}: {act} at {at}")).await;
    }
    let home = &play.cast.home;
    assert!(crate::support::count(home, "grants").await > 10, "something happened");
    assert!(accounts::verify_rights(&home.db, &home.vault).await.expect("read").is_empty());
    assert_eq!(findings(home).await, Vec::<String>::new());
}

on_both! {
    async fn usr_4_invitations_and_requests_agree_with_a_simple_model(place: &TestPlace) {
        walk(place, 11, 45).await;
    }

    async fn usr_4_invitations_and_requests_agree_with_the_model_another_time(place: &TestPlace) {
        walk(place, 77, 45).await;
    }
}
