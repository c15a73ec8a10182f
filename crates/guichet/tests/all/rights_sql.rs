//! Rights against somebody with access to the database (USR-4): what the triggers refuse, what the MACs notice, and what only the
//! audit log shows.

use accounts::{Preset, RightsWanted, What};
use axum::http::StatusCode;
use guichet::Home;
use kernel::MembershipId;
use testkit::on_both;

use crate::rights::{Cast, actor};
use crate::support::{count, execute, findings};
use crate::visitor::number_of;

/// As a trigger refuses it, with our words; where several would, SQLite asks them in no order.
pub(crate) async fn is_refused(home: &Home, sql: &str, words: &str) {
    let error = execute(home, sql).await.expect_err(sql);
    assert_eq!(db::fault_of(&error), db::Fault::Refused, "{sql}: {error}");
    assert!(words.split('|').any(|words| error.to_string().contains(words)), "{sql}: {error}");
}

/// An id as SQL of either engine.
pub(crate) fn id(home: &Home, id: impl std::fmt::Display) -> String {
    match home.db.engine() {
        db::Engine::Sqlite => format!("x'{}'", id.to_string().replace('-', "")),
        db::Engine::Postgres => format!("'{id}'::uuid"),
    }
}

pub(crate) fn bytes(home: &Home, hex: &str) -> String {
    match home.db.engine() {
        db::Engine::Sqlite => format!("x'{hex}'"),
        db::Engine::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

/// Takes the triggers away that keep grants, as who owns the database can.
async fn without_triggers(home: &Home) {
    let names = ["begin", "giver", "receiver", "keep", "stay", "service"];
    let drop: Vec<String> = match home.db.engine() {
        db::Engine::Sqlite => names.iter().map(|name| format!("DROP TRIGGER IF EXISTS grants_{name}")).collect(),
        db::Engine::Postgres => {
            names.iter().map(|name| format!("DROP TRIGGER IF EXISTS grants_{name} ON grants")).collect()
        }
    };
    for sql in drop {
        execute(home, &sql).await.expect("dropped");
    }
}

/// A fact for everything, to be inserted: all that a forger knows is right, but for the MAC.
struct Forged<'a> {
    home: &'a Home,
    receiver: String,
    giver: String,
    session: String,
    account: String,
    seq: i64,
    what: &'static str,
    service: String,
    at: &'static str,
}

impl<'a> Forged<'a> {
    async fn of(cast: &'a Cast, to: MembershipId) -> Self {
        let home = &cast.home;
        let one = async |sql: &str| {
            db::scalar::<uuid::Uuid>(home.db.reader(), sql, [cast.account.into()]).await.expect("read").expect("one")
        };
        let giver =
            one("SELECT id FROM memberships WHERE account_id = $1 AND role = 'holder' AND ended_at IS NULL").await;
        let session = one("SELECT s.id FROM sessions s JOIN memberships m ON m.login_id = s.login_id
            WHERE m.account_id = $1 AND m.role = 'holder'")
        .await;
        let seq =
            db::scalar::<i64>(home.db.reader(), "SELECT count(*) FROM grants WHERE membership_id = $1", [to.into()])
                .await;
        Self {
            home,
            receiver: id(home, to),
            giver: id(home, giver),
            session: id(home, session),
            account: id(home, cast.account),
            seq: seq.expect("read").expect("a count") + 1,
            what: "bills.see",
            service: "NULL".to_owned(),
            at: "2030-01-01T00:00:00+00:00",
        }
    }

    fn sql(&self) -> String {
        let Self { home, receiver, giver, session, account, seq, what, service, at } = self;
        let (fact, nothing) = (id(home, home.db.world().uuid()), bytes(home, ""));
        let mac = bytes(home, &"00".repeat(32));
        format!(
            "INSERT INTO grants (id, account_id, membership_id, seq, what, service_id, act, giver_id, session_id, at, reason,
                 previous, mac) VALUES ({fact}, {account}, {receiver}, {seq}, '{what}', {service}, 'given', {giver}, {session},
                 '{at}', 'forged', {nothing}, {mac})"
        )
    }
}

async fn doubts(cast: &Cast) -> Vec<String> {
    let found = accounts::verify_rights(&cast.home.db, &cast.home.vault).await.expect("read");
    found.iter().map(ToString::to_string).collect()
}

/// Waits for what is written beside an answer.
async fn alarms(home: &Home, wanted: i64) {
    for _ in 0..200 {
        if accounts::count_alarms(home.db.reader()).await.expect("read") >= wanted {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(accounts::count_alarms(home.db.reader()).await.expect("read"), wanted);
}

on_both! {
    async fn usr_4_the_database_refuses_grants_of_anybody_but_the_holder(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (user, membership) = cast.user("utilisateur.1").await;
        let (_, other) = cast.user("utilisateur.2").await;
        let home = &cast.home;
        let good = Forged::of(&cast, membership).await;
        let holders_own = "only the holder gives|given to users";
        let session_of_user = {
            let sql = "SELECT id FROM sessions WHERE login_id = $1";
            let login = actor(home, &user).await.login;
            db::scalar::<uuid::Uuid>(home.db.reader(), sql, [login.into()]).await.expect("read").expect("one")
        };
        let foreign = crate::support::account(home, "0001-AAAAA").await;
        let foreign_service = crate::rights::service_of(home, crate::support::account(home, "0002-BBBBB").await, "internet").await;
        // The user themselves, another user, nobody; in a session of theirs or of nobody.
        is_refused(home, &Forged { giver: id(home, membership), ..Forged::of(&cast, membership).await }.sql(), holders_own).await;
        is_refused(home, &Forged { giver: id(home, other), ..Forged::of(&cast, membership).await }.sql(), holders_own).await;
        is_refused(home, &Forged { session: id(home, session_of_user), ..Forged::of(&cast, membership).await }.sql(), holders_own).await;
        is_refused(home, &Forged { session: id(home, home.db.world().uuid()), ..Forged::of(&cast, membership).await }.sql(), holders_own).await;
        // Before they held it.
        is_refused(home, &Forged { at: "2020-01-01T00:00:00+00:00", ..Forged::of(&cast, membership).await }.sql(), holders_own).await;
        // To the holder, on another account, on a service of another account, out of order.
        is_refused(home, &Forged { receiver: good.giver.clone(), seq: 1, ..Forged::of(&cast, membership).await }.sql(), holders_own).await;
        is_refused(home, &Forged { account: id(home, foreign), ..Forged::of(&cast, membership).await }.sql(), holders_own).await;
        let service = Forged { what: "service.see", service: id(home, foreign_service), ..Forged::of(&cast, membership).await };
        is_refused(home, &service.sql(), "services of the account").await;
        is_refused(home, &Forged { seq: 2, ..Forged::of(&cast, membership).await }.sql(), "added at the end").await;
        assert!(execute(home, &Forged { what: "users.manage", ..Forged::of(&cast, membership).await }.sql()).await.is_err());
        // A user whose membership has ended; a holder who is not confirmed; a holder who is none any more.
        cast.end(other).await.expect("ended");
        is_refused(home, &Forged::of(&cast, other).await.sql(), "given to users").await;
        execute(home, "UPDATE memberships SET confirmed_at = NULL WHERE role = 'holder'").await.expect("written");
        is_refused(home, &good.sql(), holders_own).await;
        execute(home, "UPDATE memberships SET confirmed_at = begun_at WHERE role = 'holder'").await.expect("written");
        execute(home, "UPDATE memberships SET ended_at = begun_at WHERE role = 'holder'").await.expect("written");
        is_refused(home, &good.sql(), holders_own).await;
        assert_eq!(count(home, "grants").await, 0);
    }

    async fn usr_4_the_database_refuses_any_change_of_grants_and_memberships(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        let home = &cast.home;
        for change in ["what = 'cards.manage'", "act = 'withdrawn'", "reason = 'x'", "seq = seq + 10", "mac = previous", "service_id = id"] {
            is_refused(home, &format!("UPDATE grants SET {change}"), "append-only").await;
        }
        is_refused(home, "DELETE FROM grants", "append-only").await;
        match home.db.engine() {
            db::Engine::Postgres => is_refused(home, "TRUNCATE grants", "append-only").await,
            db::Engine::Sqlite => {
                let again = "INSERT OR REPLACE INTO grants SELECT id, account_id, membership_id, seq, 'cards.manage', service_id, act,
                    giver_id, session_id, at, reason, previous, mac FROM grants WHERE seq = 2";
                is_refused(home, again, "added at the end").await;
            }
        }
        let kept = "does not change, and ends once";
        is_refused(home, "UPDATE memberships SET role = 'holder' WHERE role = 'secondary'", kept).await;
        is_refused(home, "UPDATE memberships SET role = 'secondary' WHERE role = 'holder'", kept).await;
        is_refused(home, "UPDATE memberships SET login_id = (SELECT login_id FROM memberships WHERE role = 'holder') WHERE role = 'secondary'", kept).await;
        let foreign = id(home, crate::support::account(home, "0001-AAAAA").await);
        is_refused(home, &format!("UPDATE memberships SET account_id = {foreign} WHERE role = 'secondary'"), kept).await;
        is_refused(home, &format!("UPDATE memberships SET id = {foreign} WHERE role = 'secondary'"), kept).await;
        is_refused(home, "DELETE FROM memberships WHERE role = 'secondary'", match home.db.engine() {
            db::Engine::Sqlite => "not deleted",
            db::Engine::Postgres => "append-only",
        }).await;
        cast.end(membership).await.expect("ended");
        is_refused(home, "UPDATE memberships SET ended_at = NULL WHERE role = 'secondary'", kept).await;
        assert!(user.get(&cast.page("bills")).await.location().starts_with("/sign-in"));
        assert_eq!(doubts(&cast).await, Vec::<String>::new());
    }

    async fn usr_4_a_grant_forged_by_hand_has_no_effect_and_raises_an_alarm(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &RightsWanted::default().everywhere(What::SeeService)).await.expect("given");
        let home = &cast.home;
        // With the holder's ids and an open session of theirs, which the triggers let through.
        let forged = Forged { at: "2026-11-21T17:00:00+00:00", ..Forged::of(&cast, membership).await };
        execute(home, &forged.sql()).await.expect("the triggers see nothing wrong");
        for _ in 0..3 {
            assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
            assert_eq!(user.get(&cast.page("services")).await.status, StatusCode::OK, "what was given goes on");
        }
        alarms(home, 1).await;
        let history = cast.told().await;
        let told: Vec<_> = history.iter().filter(|event| event.kind == "rights.alarm").collect();
        assert_eq!(told.len(), 1, "once");
        assert_eq!(told[0].details()["kind"], "forged");
        let doubts = doubts(&cast).await;
        assert!(doubts.len() == 1 && doubts[0].contains("was forged"), "{doubts:?}");
        // Another node notices it again, and writes nothing more.
        let mut elsewhere = crate::visitor::Visitor::of(home);
        elsewhere.cookies = user.cookies.clone();
        assert_eq!(elsewhere.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        // The holder goes on.
        cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::OK);
        assert_eq!(user.get(&cast.page("services")).await.status, StatusCode::NOT_FOUND);
        alarms(home, 1).await;
        assert_eq!(findings(home).await, Vec::<String>::new());
    }

    async fn usr_4_a_grant_that_is_altered_or_repeated_has_no_effect(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let (mut other, others) = cast.user("utilisateur.2").await;
        let bills = RightsWanted::default().everywhere(What::SeeBills);
        cast.give(membership, &bills).await.expect("given");
        cast.give(membership, &RightsWanted::default()).await.expect("withdrawn");
        let home = &cast.home;
        without_triggers(home).await;
        // The old fact once more behind the withdrawal, and for somebody else.
        let copy = |to: String, seq: i64| {
            let fact = id(home, home.db.world().uuid());
            format!("INSERT INTO grants SELECT {fact}, account_id, {to}, {seq}, what, service_id, act, giver_id, session_id, at, reason,
                previous, mac FROM grants WHERE seq = 1 AND act = 'given'")
        };
        execute(home, &copy(id(home, membership), 3)).await.expect("written");
        execute(home, &copy(id(home, others), 1)).await.expect("written");
        assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        alarms(home, 2).await;
        // The withdrawal itself made one that gives.
        execute(home, "UPDATE grants SET act = 'given' WHERE seq = 2").await.expect("written");
        assert_eq!(doubts(&cast).await.iter().filter(|doubt| doubt.contains("was forged")).count(), 3);
    }

    async fn usr_4_a_withdrawal_that_is_taken_away_is_noticed_by_the_log(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let bills = RightsWanted::default().everywhere(What::SeeBills);
        cast.give(membership, &bills).await.expect("given");
        cast.give(membership, &RightsWanted::default()).await.expect("withdrawn");
        let home = &cast.home;
        without_triggers(home).await;
        // As from a backup of before: nothing in the table shows it, and the right counts again.
        execute(home, "DELETE FROM grants WHERE seq = 2").await.expect("written");
        assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::OK, "docs/security.md says so");
        let found = doubts(&cast).await;
        assert!(found.len() == 1 && found[0].contains("are gone"), "{found:?}");
        // With anything given after it, the chain shows the gap, and what was before it counts no more.
        cast.give(membership, &bills.clone().everywhere(What::SeeUsage)).await.expect("given");
        cast.give(membership, &RightsWanted::default().everywhere(What::SeeBills)).await.expect("withdrawn");
        cast.give(membership, &bills.everywhere(What::ContactSupport)).await.expect("given");
        execute(home, "DELETE FROM grants WHERE seq = 3").await.expect("written");
        assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        alarms(home, 1).await;
        assert!(doubts(&cast).await.iter().any(|doubt| doubt.contains("follows one that is gone")));
    }

    async fn usr_4_a_right_that_the_log_does_not_tell_of_is_doubted(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (_, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &RightsWanted::default().everywhere(What::SeeBills)).await.expect("given");
        assert_eq!(doubts(&cast).await, Vec::<String>::new());
        match cast.home.db.engine() {
            db::Engine::Sqlite => execute(&cast.home, "DROP TRIGGER audit_events_stay").await.expect("dropped"),
            db::Engine::Postgres => execute(&cast.home, "DROP TRIGGER audit_events_keep ON audit_events").await.expect("dropped"),
        };
        execute(&cast.home, "DELETE FROM audit_events WHERE kind = 'rights.changed'").await.expect("written");
        let found = doubts(&cast).await;
        assert!(found.len() == 1 && found[0].contains("the audit log does not tell of"), "{found:?}");
    }

    async fn usr_4_grants_restored_under_another_keyring_have_no_effect(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::EverythingButUsers.wanted()).await.expect("given");
        let world = cast.home.db.world();
        // A ring with one sealing key more reads them; rights survive a rotation.
        let rotated = vault::Vault::new(cast.home.vault.keyring().with_new_key(world), world.clone());
        let secret = &user.cookies["session"];
        let read = accounts::Actor::signed_in(&cast.home.db, &rotated, &identity::Sightings::default(), secret).await;
        let (_, _, actor) = read.expect("read").expect("a session");
        assert!(actor.alarms.is_empty() && actor.require(accounts::Right::Pay, &cast.number).is_some());
        let number = number_of(&cast.home, "0001-AAAAA").await;
        assert!(actor.require(accounts::Right::Enter, &number).is_none());
        let elsewhere = vault::Vault::new(vault::Keyring::generate(world), world.clone());
        let doubts = accounts::verify_rights(&cast.home.db, &elsewhere).await.expect("read");
        assert_eq!(doubts.len(), 9, "eight that count nothing, and the log tells of them");
    }
}
