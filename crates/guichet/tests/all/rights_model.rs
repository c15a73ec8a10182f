//! Random sequences of what holders, users and strangers do, and what pages show after each, compared with a simple model: at no moment
//! does anybody hold what the holder of that moment did not give (USR-4).

use std::collections::{BTreeMap, BTreeSet};

use accounts::{Right, RightsWanted, What};
use axum::http::StatusCode;
use kernel::MembershipId;
use testkit::{TestPlace, on_both};

use crate::rights::{Cast, actor, give_with, holder_leaves, holder_returns, login};
use crate::support::{execute, findings};
use crate::visitor::{PASSWORD, Visitor};

/// Numbers that look drawn, the same in each run (Knuth's linear congruence).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, end: usize) -> usize {
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
const PAGES: [(&str, &[What]); 6] = [
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

async fn walk(place: &TestPlace, seed: u64, steps: usize) {
    let mut cast = Cast::of(place).await;
    let mut drawn = Drawn(seed);
    let mut model = Model { is_held: true, ..Model::default() };
    let mut logins = BTreeMap::new();
    let mut visitors = BTreeMap::new();
    for name in NAMES {
        logins.insert(name, login(&cast.home, name).await);
    }
    let mut returns = 0;
    for step in 0..steps {
        place.advance_seconds(30);
        let name = NAMES[drawn.below(NAMES.len())];
        let known = model.users.get(name).map(|(membership, _)| *membership);
        let act = drawn.below(10);
        let after = format!("step {step} of {seed}: {act} for {name}");
        match (act, known) {
            // The holder adds, gives, withdraws, ends.
            (0..=1, None) if model.is_held => {
                let membership = cast.add(logins[name]).await.expect("added");
                model.users.insert(name, (membership, BTreeSet::new()));
                let mut visitor = cast.holder.other();
                visitor.sign_in(name, PASSWORD).await;
                visitors.insert(name, visitor);
            }
            (0..=5, Some(membership)) if model.is_held => {
                let some: BTreeSet<What> = What::ALL.into_iter().filter(|_| drawn.below(3) == 0).collect();
                let wanted = some.iter().fold(RightsWanted::default(), |wanted, what| wanted.everywhere(*what));
                cast.give(membership, &wanted).await.expect("given");
                let held = wanted.held().iter().map(|(what, _)| what).collect();
                model.users.insert(name, (membership, held));
            }
            (6, Some(membership)) if model.is_held => {
                cast.end(membership).await.expect("ended");
                model.users.remove(name);
            }
            // A user tries to give, with a grant of their own or one that names somebody else's act.
            (7, Some(membership)) => {
                let visitor = &visitors[name];
                let tries = actor(&cast.home, visitor).await;
                assert!(tries.require(Right::ManageUsers, &cast.number).is_none(), "{after}");
                let provider = accounts::Grant::of_the_provider(cast.account, &cast.number, Right::ManageUsers);
                let all = accounts::Preset::EverythingButUsers.wanted();
                assert!(give_with(&cast.home, &provider, membership, &all).await.is_err(), "{after}");
            }
            // Somebody copies the last fact with SQL.
            (8, Some(membership)) => {
                let sql = "INSERT INTO grants SELECT id, account_id, membership_id, seq + 1, what, service_id, 'given', giver_id,
                               session_id, at, reason, previous, mac FROM grants WHERE membership_id = $1 ORDER BY seq DESC LIMIT 1";
                let done = cast.home.db.write(async |tx| db::execute(tx, sql, [membership.into()]).await).await;
                assert!(matches!(done, Ok(0) | Err(_)), "{after}");
            }
            // The holder goes; somebody comes.
            (9, _) if model.is_held => {
                holder_leaves(&mut cast).await;
                model.is_held = false;
            }
            _ if !model.is_held => {
                returns += 1;
                holder_returns(&mut cast, &format!("titulaire.{seed}.{returns}")).await;
                model.is_held = true;
                // Who comes gives again, or not.
                model.users.values_mut().for_each(|(_, held)| held.clear());
            }
            _ => {}
        }
        compare(&cast, &model, &mut visitors, &after).await;
    }
    assert!(accounts::verify_rights(&cast.home.db, &cast.home.vault).await.expect("read").is_empty());
    assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    assert!(
        execute(&cast.home, "UPDATE grants SET reason = 'x'").await.is_err()
            || crate::support::count(&cast.home, "grants").await == 0
    );
}

on_both! {
    async fn usr_4_pages_agree_with_a_simple_model_of_what_was_given(place: &TestPlace) {
        walk(place, 7, 40).await;
    }

    async fn usr_4_pages_agree_with_the_model_another_time(place: &TestPlace) {
        walk(place, 2026, 40).await;
    }
}
