//! Random sequences of what holders, users and strangers do, and what pages show after each, compared with a simple model: at no moment
//! does anybody hold what the holder of that moment did not give (USR-4).

use std::collections::{BTreeMap, BTreeSet};

use accounts::{Grant, Preset, Right, RightsWanted, What};
use axum::http::StatusCode;
use kernel::{LoginId, MembershipId};
use testkit::{TestPlace, on_both};

use crate::rights::{Cast, actor, give_with, holder_leaves, holder_returns, login};
use crate::support::findings;
use crate::visitor::{PASSWORD, Visitor};

/// Numbers that look drawn, the same in each run (Knuth's linear congruence).
pub(crate) struct Drawn(pub(crate) u64);

impl Drawn {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("fits") % end
    }
}

/// What the test believes: who is a user, and what each holds.
#[derive(Default)]
struct Model {
    is_held: bool,
    users: BTreeMap<&'static str, (MembershipId, BTreeSet<What>)>,
}

impl Model {
    fn has(&self, user: &str, what: What) -> bool {
        let needs = what.needs().is_none_or(|needed| self.has(user, needed));
        self.is_held && needs && self.users.get(user).is_some_and(|(_, held)| held.contains(&what))
    }
}

const NAMES: [&str; 3] = ["utilisateur.1", "utilisateur.2", "utilisateur.3"];
/// The pages, and the rights of which one opens each.
pub(crate) const PAGES: [(&str, &[What]); 6] = [
    ("overview", &What::ALL),
    ("bills", &[What::SeeBills]),
    ("bills/csv", &[What::SeeBills]),
    ("pay", &[What::Pay]),
    ("payments", &[What::SeeBills, What::ManagePaymentMethods]),
    ("services", &[What::SeeService, What::ChangeService, What::SeeUsage, What::ManageMailboxes, What::ContactSupport]),
];

async fn compare(cast: &Cast, model: &Model, visitors: &mut BTreeMap<&'static str, Visitor>, after: &str) {
    for name in NAMES {
        let Some(visitor) = visitors.get_mut(name) else { continue };
        for (page, rights) in PAGES {
            let wanted =
                if rights.iter().any(|what| model.has(name, *what)) { StatusCode::OK } else { StatusCode::NOT_FOUND };
            let answer = visitor.get(&cast.page(page)).await;
            let is_out = answer.location().starts_with("/sign-in?") && !model.users.contains_key(name);
            assert!(answer.status == wanted || is_out, "{page} of {name} after {after}: {}", answer.status);
            if page == "overview" && wanted == StatusCode::OK {
                let shown = answer.has("id=\"bills\"");
                assert_eq!(shown, model.has(name, What::SeeBills), "bills in the overview of {name} after {after}");
                let priced = answer.text().contains("a month");
                assert_eq!(priced, model.has(name, What::SeeService), "prices in the overview of {name} after {after}");
            }
        }
    }
    if model.is_held {
        let users =
            accounts::users_of(cast.home.db.reader(), &cast.home.vault, &cast.grant().await).await.expect("read");
        let believed: Vec<_> = model.users.values().map(|(membership, held)| (*membership, held.clone())).collect();
        let mut found: Vec<_> =
            users.iter().map(|user| (user.membership, user.held.iter().map(|(what, _)| what).collect())).collect();
        let mut believed: Vec<(MembershipId, BTreeSet<What>)> = believed;
        found.sort();
        believed.sort();
        assert_eq!(found, believed, "after {after}");
    }
}

/// All that goes on.
struct Play {
    cast: Cast,
    drawn: Drawn,
    model: Model,
    logins: BTreeMap<&'static str, LoginId>,
    visitors: BTreeMap<&'static str, Visitor>,
    returns: u32,
}

impl Play {
    /// The holder adds somebody, gives and withdraws, or ends.
    async fn holder_acts(&mut self, name: &'static str, act: usize) {
        match (act, self.model.users.get(name).map(|(membership, _)| *membership)) {
            (0..=1, None) => {
                let membership = self.cast.add(self.logins[name]).await.expect("added");
                self.model.users.insert(name, (membership, BTreeSet::new()));
                let mut visitor = self.cast.holder.other();
                visitor.sign_in(name, PASSWORD).await;
                self.visitors.insert(name, visitor);
            }
            (0..=5, Some(membership)) => {
                let some: Vec<What> = What::ALL.into_iter().filter(|_| self.drawn.below(3) == 0).collect();
                let wanted = some.iter().fold(RightsWanted::default(), |wanted, what| wanted.everywhere(*what));
                self.cast.give(membership, &wanted).await.expect("given");
                let held = wanted.held().iter().map(|(what, _)| what).collect();
                self.model.users.insert(name, (membership, held));
            }
            (6, Some(membership)) => {
                self.cast.end(membership).await.expect("ended");
                self.model.users.remove(name);
            }
            _ => {}
        }
    }

    /// Others try what only the holder may: a user, the provider, somebody who copies the last fact with SQL.
    async fn others_try(&mut self, name: &'static str, with_sql: bool) {
        let Some((membership, _)) = self.model.users.get(name) else { return };
        let cast = &self.cast;
        if with_sql {
            let sql = "INSERT INTO grants SELECT id, account_id, membership_id, seq + 1, what, service_id, 'given', giver_id,
                           session_id, at, reason, previous, mac FROM grants WHERE membership_id = $1 ORDER BY seq DESC LIMIT 1";
            let done = cast.home.db.write(async |tx| db::execute(tx, sql, [(*membership).into()]).await).await;
            assert!(matches!(done, Ok(0) | Err(_)));
            return;
        }
        let user = actor(&cast.home, &self.visitors[name]).await;
        assert!(user.require(Right::ManageUsers, &cast.number).is_none());
        let provider = Grant::of_the_provider(cast.account, &cast.number, Right::ManageUsers);
        assert!(give_with(&cast.home, &provider, *membership, &Preset::EverythingButUsers.wanted()).await.is_err());
    }

    /// The holder goes, or somebody comes who gives again, or not.
    async fn holder_changes(&mut self, seed: u64) {
        if self.model.is_held {
            holder_leaves(&mut self.cast).await;
        } else {
            self.returns += 1;
            holder_returns(&mut self.cast, &format!("titulaire.{seed}.{}", self.returns)).await;
            self.model.users.values_mut().for_each(|(_, held)| held.clear());
        }
        self.model.is_held = !self.model.is_held;
    }
}

async fn walk(place: &TestPlace, seed: u64, steps: usize) {
    let cast = Cast::of(place).await;
    let mut logins = BTreeMap::new();
    for name in NAMES {
        logins.insert(name, login(&cast.home, name).await);
    }
    let model = Model { is_held: true, ..Model::default() };
    let mut play = Play { cast, drawn: Drawn(seed), model, logins, visitors: BTreeMap::new(), returns: 0 };
    for step in 0..steps {
        place.advance_seconds(30);
        let name = NAMES[play.drawn.below(NAMES.len())];
        let act = play.drawn.below(10);
        match act {
            7 | 8 => play.others_try(name, act == 8).await,
            9 => play.holder_changes(seed).await,
            _ if !play.model.is_held => play.holder_changes(seed).await,
            _ => play.holder_acts(name, act).await,
        }
        let after = format!("step {step} of {seed}: {act} for {name}");
        compare(&play.cast, &play.model, &mut play.visitors, &after).await;
    }
    let home = &play.cast.home;
    assert!(crate::support::count(home, "grants").await > 10, "something happened");
    assert!(accounts::verify_rights(&home.db, &home.vault).await.expect("read").is_empty());
    assert_eq!(findings(home).await, Vec::<String>::new());
}

on_both! {
    async fn usr_4_pages_agree_with_a_simple_model_of_what_was_given(place: &TestPlace) {
        walk(place, 7, 40).await;
    }

    async fn usr_4_pages_agree_with_the_model_another_time(place: &TestPlace) {
        walk(place, 2026, 40).await;
    }
}
