//! OPS-1, OPS-4, PRV-1: migrations, jobs, keys, transactions.

use std::time::Duration;

use db::jobs::{self, JobData};
use db::{DbErr, Fault};
use guichet::HomeError;
use kernel::NodeId;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use testkit::on_both;

use crate::support::{count, execute, findings, run, with_sample};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Greet {
    whom: String,
}

impl JobData for Greet {
    const KIND: &'static str = "greet";
}

fn greet(whom: &str) -> Greet {
    Greet { whom: whom.to_owned() }
}

const LEASE: Duration = Duration::from_secs(30);

on_both! {
    async fn ops_1_four_nodes_at_once_migrate_once(place: &TestPlace) {
        let (a, b, c, d) = tokio::join!(place.try_open(), place.try_open(), place.try_open(), place.try_open());
        let mut steps = 0;
        for home in [a, b, c, d] {
            // All four are new to the folder too: whoever made the keys, all work with the same.
            steps += home.expect("opens").migrated.len();
        }
        assert_eq!(steps, guichet::all_migrations().len());
    }

    async fn ops_4_a_newer_database_is_refused(place: &TestPlace) {
        let home = place.open().await;
        let sql = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_tomorrow', 0)";
        execute(&home, sql).await.expect("written");
        let refused = place.try_open().await.err().expect("refused").to_string();
        assert!(refused.contains("newer version of Guichet") && refused.contains("m9999_tomorrow"), "{refused}");
    }

    async fn prv_1_a_wrong_or_missing_keyring_is_refused(place: &TestPlace) {
        let home = with_sample(place).await;
        let right = std::fs::read_to_string(&home.paths.keys).expect("the keys");
        std::fs::remove_file(&home.paths.keys).expect("removes");
        assert!(matches!(place.try_open().await, Err(HomeError::NoKeyring(_))));
        assert!(!home.paths.keys.exists(), "no new keyring hides that the old one is missing");

        let other = vault::Keyring::generate(&kernel::World::real());
        std::fs::write(&home.paths.keys, other.to_toml().as_bytes()).expect("writes");
        let refused = place.try_open().await.err().expect("refused").to_string();
        assert!(refused.contains("is not the one this database was written with"), "{refused}");
        std::fs::write(&home.paths.keys, "nonsense").expect("writes");
        assert!(matches!(place.try_open().await, Err(HomeError::Keyring { .. })));
        std::fs::write(&home.paths.keys, right).expect("writes");
        place.open().await;
    }

    async fn prv_1_rotation_brings_everything_under_the_new_key_and_can_be_cut_off(place: &TestPlace) {
        let mut home = with_sample(place).await;
        let postal_code = vault::Indexed::PostalCode;
        let found = async |home: &guichet::Home, index: Vec<u8>| -> Option<i64> {
            let sql = "SELECT (SELECT count(*) FROM accounts WHERE postal_index = $1) + (SELECT count(*) FROM services WHERE postal_index = $1)";
            db::scalar(home.db.reader(), sql, [index.into()]).await.expect("read")
        };
        let old = home.vault.index(postal_code, "h2x1y4");
        assert_eq!(found(&home, old.clone()).await, Some(2));
        home.add_key().await.expect("added");
        // Cut off here, look-ups still find what is under either key.
        assert!(home.vault.index_candidates(postal_code, "H2X 1Y4").contains(&old));
        assert_eq!(accounts::rotate_customers(&home.db, &home.vault, |_| ()).await.expect("rotated"), 6);
        assert_eq!(services::rotate_services(&home.db, &home.vault, |_| ()).await.expect("rotated"), 10);
        assert_eq!((found(&home, old).await, found(&home, home.vault.index(postal_code, "H2X 1Y4")).await), (Some(0), Some(2)));
        assert_eq!(accounts::rotate_customers(&home.db, &home.vault, |_| ()).await.expect("rotated"), 0);
        let again = place.open().await;
        assert_eq!(again.vault.current_key(), 2);
        assert_eq!(run(&again, "2026-12").await.bills, 5);
    }

    async fn ops_3_a_job_exists_exactly_when_its_transaction_does(place: &TestPlace) {
        let home = place.open().await;
        let rolled_back: Result<(), DbErr> = home.db.write(async |tx| {
            jobs::enqueue(&home.db, tx, "q", &[greet("nobody")]).await?;
            Err(DbErr::Custom("changed my mind".to_owned()))
        }).await;
        assert!(rolled_back.is_err());
        assert_eq!(count(&home, "jobs").await, 0);
        home.db.write(async |tx| jobs::enqueue(&home.db, tx, "q", &[greet("a"), greet("b"), greet("c")]).await).await.expect("enqueued");

        let (one, two): (NodeId, NodeId) = (home.world.id(), home.world.id());
        let first = jobs::lease(&home.db, one, "q", 2, LEASE).await.expect("leased");
        let second = jobs::lease(&home.db, two, "q", 9, LEASE).await.expect("leased");
        assert_eq!((first.len(), second.len()), (2, 1), "no job is held by two");
        assert!(jobs::lease(&home.db, two, "q", 9, LEASE).await.expect("leased").is_empty());
        assert!(first[0].data::<Greet>().is_ok());

        // The first node dies; when its lease is over the second does its work, and the first cannot finish it any more.
        place.advance_seconds(31);
        let taken = jobs::lease(&home.db, two, "q", 9, LEASE).await.expect("leased");
        assert_eq!(taken.len(), 3);
        let late = home.db.write(async |tx| jobs::finish(tx, &first[0], one).await).await.expect("asked");
        assert!(!late, "the lease was lost");
        for job in &taken {
            assert!(home.db.write(async |tx| jobs::finish(tx, job, two).await).await.expect("finished"));
        }
        assert_eq!(count(&home, "jobs").await, 0);
    }

    async fn ops_3_a_job_that_keeps_failing_is_set_aside_with_its_reason(place: &TestPlace) {
        let home = place.open().await;
        let node: NodeId = home.world.id();
        home.db.write(async |tx| jobs::enqueue(&home.db, tx, "q", &[greet("a")]).await).await.expect("enqueued");
        for attempt in 1..=jobs::MOST_ATTEMPTS {
            let leased = jobs::lease(&home.db, node, "q", 1, LEASE).await.expect("leased");
            assert_eq!(leased.first().map(|job| job.attempts), Some(attempt));
            jobs::fail(&home.db, &leased[0], node, "the moon was full").await.expect("noted");
            assert!(jobs::lease(&home.db, node, "q", 1, LEASE).await.expect("leased").is_empty(), "not again at once");
            place.advance_seconds(601);
        }
        assert_eq!(jobs::left(home.db.reader(), "q").await.expect("read"), jobs::Left { ready: 0, dead: 1 });
        let reason: Option<String> = db::scalar(home.db.reader(), "SELECT last_error FROM jobs", []).await.expect("read");
        assert_eq!(reason.as_deref(), Some("the moon was full"));
        assert_eq!(jobs::revive(&home.db, "q").await.expect("revived"), 1);
        assert_eq!(jobs::lease(&home.db, node, "q", 1, LEASE).await.expect("leased").len(), 1);
    }

    async fn eight_writers_of_one_counter_lose_nothing(place: &TestPlace) {
        let home = place.open().await;
        let add = async || {
            for _ in 0..25 {
                home.db.write(async |tx| {
                    let value: i64 = db::scalar(tx, "SELECT value FROM counters WHERE name = 'bill'", []).await?.unwrap_or(0);
                    db::execute(tx, "UPDATE counters SET value = $1 WHERE name = 'bill'", [(value + 1).into()]).await
                }).await.expect("written");
            }
        };
        tokio::join!(add(), add(), add(), add(), add(), add(), add(), add());
        assert_eq!(db::scalar::<i64>(home.db.reader(), "SELECT value FROM counters", []).await.expect("read"), Some(200));
    }

    async fn a_write_inside_a_write_is_refused_and_a_reader_cannot_write(place: &TestPlace) {
        let home = place.open().await;
        let nested: Result<u64, DbErr> = home.db.write(async |_| {
            home.db.write(async |tx| tx.execute_unprepared("UPDATE counters SET value = 5").await.map(|done| done.rows_affected())).await
        }).await;
        assert!(nested.expect_err("refused").to_string().contains("a write was begun inside a write"));
        if !place.is_postgres() {
            home.db.reader().execute_unprepared("UPDATE counters SET value = 5").await.expect_err("read only");
        }
        let duplicate = execute(&home, "INSERT INTO counters (name, value) VALUES ('bill', 1)").await.expect_err("duplicate");
        assert_eq!(db::fault_of(&duplicate), Fault::Duplicate);
    }

    async fn prv_2_writers_of_one_chain_leave_it_whole(place: &TestPlace) {
        let home = place.open().await;
        let note = async |who: usize| {
            for n in 0..10 {
                let (chain, author) = (audit::Chain::Operator, audit::Author::Operator);
                let details = serde_json::json!({ "who": who, "n": n });
                let event = || audit::Event { chain, kind: "test.noted", author, details: details.clone(), sealed: Some(vec![1, 2]) };
                home.db.write(async |tx| event().append(&home.db, tx).await).await.expect("written");
            }
        };
        tokio::join!(note(1), note(2), note(3), note(4));
        assert_eq!(count(&home, "audit_events").await, 40);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
