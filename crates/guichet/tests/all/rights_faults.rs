//! Rights and users while the database fails, or while two come at once (USR-1, USR-2, USR-4, USR-5): what failed is no refusal, and
//! changes nothing.

use std::time::Duration;

use accounts::{Accepted, Asker, Preset, RightsError, RightsWanted, What, accept_as, ask_for_rights};
use db::Engine;
use guichet::Home;
use kernel::{LoginId, MembershipId, RightsRequestId};
use sea_orm::ConnectionTrait;
use testkit::on_both;
use tokio::sync::oneshot;

use crate::rights::{Cast, actor, login};
use crate::rights_sql::id;
use crate::support::{count, execute, findings};
use crate::users::{PAYS, invite};

/// From now on every such statement on a table fails, as with a disk that fails or a migration that was cut off.
async fn break_table(home: &Home, statement: &str, table: &str) {
    let sql = match home.db.engine() {
        Engine::Sqlite => {
            vec![format!(
                "CREATE TRIGGER broken BEFORE {statement} ON {table} BEGIN INSERT INTO nowhere VALUES (1); END"
            )]
        }
        Engine::Postgres => vec![
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$"
                .to_owned(),
            format!("CREATE TRIGGER broken BEFORE {statement} ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"),
        ],
    };
    for sql in sql {
        execute(home, &sql).await.expect("broken");
    }
}

async fn mend_table(home: &Home, table: &str) {
    let sql = match home.db.engine() {
        Engine::Sqlite => "DROP TRIGGER broken".to_owned(),
        Engine::Postgres => format!("DROP TRIGGER broken ON {table}; DROP FUNCTION broken"),
    };
    execute(home, &sql).await.expect("mended");
}

/// Runs something while a transaction that somebody else began first, and ends soon, has written `sql`.
async fn beside<T>(home: &Home, sql: &str, then: impl AsyncFnOnce() -> T) -> T {
    let (written, begins) = oneshot::channel();
    let written = std::sync::Mutex::new(Some(written));
    let first = home.db.write(async |tx| {
        tx.execute_unprepared(sql).await?;
        let written = written.lock().expect("unpoisoned").take().expect("once");
        written.send(()).expect("somebody waits");
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok::<_, db::DbErr>(())
    });
    let second = async {
        begins.await.expect("written");
        then().await
    };
    let (first, second) = tokio::join!(first, second);
    first.expect("the first");
    second
}

fn secondary(home: &Home, cast: &Cast, login: LoginId) -> String {
    let (new, login, account) = (id(home, home.db.world().uuid()), id(home, login), id(home, cast.account));
    format!(
        "INSERT INTO memberships (id, login_id, account_id, role, origin, begun_at)
         VALUES ({new}, {login}, {account}, 'secondary', 'invitation', '2026-11-21T17:00:00+00:00')"
    )
}

async fn accept(cast: &Cast, link: &str, login: LoginId) -> Result<Accepted, RightsError> {
    let secret = link.rsplit('/').next().expect("a secret");
    let with = (&cast.home.db, cast.home.vault.as_ref());
    cast.home.db.write(async |tx| accept_as(with, tx, secret, login).await).await
}

/// A user who holds one thing, as they ask for more.
async fn asker(cast: &Cast) -> (Asker, MembershipId) {
    let (visitor, membership) = cast.user("utilisateur.1").await;
    cast.give(membership, &RightsWanted::default().everywhere(What::SeeUsage)).await.expect("given");
    (actor(&cast.home, &visitor).await.asker(&cast.number).expect("a user"), membership)
}

async fn ask(cast: &Cast, asker: &Asker) -> Result<Option<RightsRequestId>, RightsError> {
    let (db, wanted) = (&cast.home.db, Preset::PaysBills.wanted());
    db.write(async |tx| ask_for_rights(db, tx, asker, &wanted).await).await
}

on_both! {
    async fn usr_4_a_database_that_fails_refuses_nothing_and_leaves_everything_as_it_was(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (asker, membership) = asker(&cast).await;
        let (_, link) = invite(&mut cast, ("Paule", "paule@exemple.ca"), &PAYS).await;
        let other = login(&cast.home, "quelquun.autre").await;
        let stands = async || {
            let mut counts = Vec::new();
            for table in ["grants", "memberships", "right_requests", "audit_events"] {
                counts.push(count(&cast.home, table).await);
            }
            counts
        };
        let before = stands().await;
        break_table(&cast.home, "INSERT", "grants").await;
        let given = cast.give(membership, &Preset::Technical.wanted()).await;
        assert!(matches!(given, Err(RightsError::Db(_))), "{given:?}");
        mend_table(&cast.home, "grants").await;
        break_table(&cast.home, "INSERT", "memberships").await;
        let added = cast.add(other).await;
        assert!(matches!(added, Err(RightsError::Db(_))), "{added:?}");
        mend_table(&cast.home, "memberships").await;
        break_table(&cast.home, "UPDATE", "memberships").await;
        let accepted = accept(&cast, &link, other).await;
        assert!(matches!(accepted, Err(RightsError::Db(_))), "{accepted:?}");
        mend_table(&cast.home, "memberships").await;
        break_table(&cast.home, "INSERT", "right_requests").await;
        let asked = ask(&cast, &asker).await;
        assert!(matches!(asked, Err(RightsError::Db(_))), "{asked:?}");
        mend_table(&cast.home, "right_requests").await;
        assert_eq!(stands().await, before);
        // And all of it goes on.
        cast.give(membership, &Preset::Technical.wanted()).await.expect("given");
        assert!(matches!(accept(&cast, &link, other).await, Ok(Accepted::By(..))));
        assert!(ask(&cast, &asker).await.expect("asked").is_some());
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_1_who_becomes_a_user_by_two_ways_at_once_is_one_once(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (_, link) = invite(&mut cast, ("Paule", "paule@exemple.ca"), &PAYS).await;
        let (one, other) = (login(&cast.home, "quelquun.autre").await, login(&cast.home, "encore.autre").await);
        let added = beside(&cast.home, &secondary(&cast.home, &cast, one), async || cast.add(one).await).await;
        assert!(matches!(added, Err(RightsError::IsThere)), "{added:?}");
        let accepted = beside(&cast.home, &secondary(&cast.home, &cast, other), async || accept(&cast, &link, other).await).await;
        // Who comes after the other's end is told; who came between is refused by the database.
        assert!(matches!(accepted, Ok(Accepted::IsUser) | Err(RightsError::IsThere)), "{accepted:?}");
        assert_eq!(count(&cast.home, "memberships WHERE role = 'secondary' AND ended_at IS NULL").await, 3, "and the invited one's place");
        assert_eq!(count(&cast.home, "invitations WHERE used_at IS NULL").await, 1);
    }

    async fn usr_4_a_place_that_is_somebodys_is_not_taken_whatever_its_links_row_says(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (_, link) = invite(&mut cast, ("Paule", "paule@exemple.ca"), &PAYS).await;
        let (one, other) = (login(&cast.home, "quelquun.autre").await, login(&cast.home, "encore.autre").await);
        assert!(matches!(accept(&cast, &link, one).await, Ok(Accepted::By(..))));
        let drop = match cast.home.db.engine() {
            Engine::Sqlite => "DROP TRIGGER invitations_keep",
            Engine::Postgres => "DROP TRIGGER invitations_begin ON invitations",
        };
        execute(&cast.home, drop).await.expect("dropped");
        execute(&cast.home, "UPDATE invitations SET used_at = NULL").await.expect("written");
        let taken = accept(&cast, &link, other).await;
        assert!(matches!(taken, Err(RightsError::Refused)), "{taken:?}");
        let theirs = format!("memberships WHERE login_id = {}", id(&cast.home, other));
        assert_eq!((count(&cast.home, &theirs).await, count(&cast.home, "invitations WHERE used_at IS NULL").await), (0, 1));
    }

    async fn usr_5_of_two_requests_at_once_one_is_open(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (asker, membership) = asker(&cast).await;
        let (new, of) = (id(&cast.home, cast.home.db.world().uuid()), id(&cast.home, membership));
        let sql = format!(
            "INSERT INTO right_requests (id, account_id, membership_id, wanted, asked_at)
             VALUES ({new}, {}, {of}, 'bills.see', '2026-11-21T17:00:00+00:00')",
            id(&cast.home, cast.account)
        );
        let asked = beside(&cast.home, &sql, async || ask(&cast, &asker).await).await;
        assert!(matches!(asked, Ok(None) | Err(RightsError::IsThere)), "{asked:?}");
        assert_eq!(count(&cast.home, "right_requests").await, 1);
    }

    async fn usr_5_who_was_removed_meanwhile_asks_for_nothing(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (asker, membership) = asker(&cast).await;
        place.advance_seconds(1);
        cast.end(membership).await.expect("ended");
        let asked = ask(&cast, &asker).await;
        assert!(matches!(asked, Err(RightsError::NoUser)), "{asked:?}");
        assert_eq!(count(&cast.home, "right_requests").await, 0);
    }
}
