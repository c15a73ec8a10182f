//! Durable postings of payments, a commit each, against the same rows written by SQLite's own library, a commit each.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use accounts::{Grant, Right};
use futures::FutureExt;
use futures::future::BoxFuture;
use guichet::Home;
use identity::{Hasher, NewLogin, Password, Username};
use kernel::{AccountId, Amount, Language, LoginId, Moment, PaymentId};
use payments::{
    CardFacts, Gateway, GatewayError, GatewayRefund, Hint, Intent, NewIntent, NewPayment, NewRefund, NewSetup,
    Payments, Setup, Status, WebhookError, WithCard,
};
use portal::PaymentLetters;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::{Bench, Failure, provider};

const PAYMENTS: u32 = 2_000;
/// Customers who pay at the same time.
const AT_ONCE: usize = 16;

type Answer<'a, T> = BoxFuture<'a, Result<T, GatewayError>>;

/// Stands for a gateway that answers at once: what is measured is what happens here. It first says that a payment is being
/// processed, and that it is charged from then on.
#[derive(Default)]
struct AtOnce(Mutex<HashMap<String, Intent>>);

impl AtOnce {
    fn intent(&self, id: &str, change: impl FnOnce(&mut Intent)) -> Result<Intent, GatewayError> {
        let mut intents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let intent = intents.get_mut(id).ok_or_else(not_here)?;
        change(intent);
        Ok(intent.clone())
    }
}

fn not_here() -> GatewayError {
    GatewayError::Refused { code: "not-measured".to_owned() }
}

fn card() -> CardFacts {
    CardFacts { brand: "visa".to_owned(), last4: "4242".to_owned(), exp_month: 12, exp_year: 2030, fingerprint: None }
}

fn ready<'a, T: Send + 'a>(answer: Result<T, GatewayError>) -> Answer<'a, T> {
    std::future::ready(answer).boxed()
}

impl Gateway for AtOnce {
    fn name(&self) -> &str {
        "at-once"
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn create_customer(&self, account: AccountId) -> Answer<'_, String> {
        ready(Ok(format!("customer-{account}")))
    }

    fn create_intent<'a>(&'a self, new: &'a NewIntent) -> Answer<'a, Intent> {
        let intent = Intent {
            id: format!("intent-{}", new.payment),
            status: Status::RequiresConfirmation,
            amount: new.amount,
            currency: Some(new.currency),
            payment: Some(new.payment),
            card: Some(card()),
            failure: None,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(intent.id.clone(), intent.clone());
        ready(Ok(intent))
    }

    fn confirm_intent<'a>(&'a self, intent: &'a str, _: &'a str) -> Answer<'a, Intent> {
        let answer = self.intent(intent, |intent| intent.status = Status::Processing);
        // From the next question on.
        let _ = self.intent(intent, |intent| intent.status = Status::Succeeded);
        ready(answer)
    }

    fn read_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent> {
        ready(self.intent(intent, |_| ()))
    }

    fn cancel_intent<'a>(&'a self, _: &'a str) -> Answer<'a, Intent> {
        ready(Err(not_here()))
    }

    fn create_setup<'a>(&'a self, _: &'a NewSetup) -> Answer<'a, Setup> {
        ready(Err(not_here()))
    }

    fn read_setup<'a>(&'a self, _: &'a str) -> Answer<'a, Setup> {
        ready(Err(not_here()))
    }

    fn read_method<'a>(&'a self, _: &'a str) -> Answer<'a, Option<CardFacts>> {
        ready(Ok(Some(card())))
    }

    fn detach_method<'a>(&'a self, _: &'a str) -> Answer<'a, ()> {
        ready(Err(not_here()))
    }

    fn refund<'a>(&'a self, _: &'a NewRefund) -> Answer<'a, GatewayRefund> {
        ready(Err(not_here()))
    }

    fn list_refunds<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<GatewayRefund>> {
        ready(Ok(Vec::new()))
    }

    fn check_webhook(&self, _: &[u8], _: &str, _: Moment) -> Result<Hint, WebhookError> {
        Err(WebhookError::NotTaken)
    }
}

/// The use cases as the site has them, with its letters.
fn desk(home: &Home) -> Result<Payments, Failure> {
    let public_url = "https://client.example.ca".to_owned();
    let letters = PaymentLetters {
        db: home.db.clone(),
        vault: home.vault.clone(),
        site: guichet::site(home, &public_url)?,
        sender: home.config.mail.sender.clone(),
        provider: guichet::provider(home),
        public_url: public_url.clone(),
        nudge: Arc::default(),
        zone: home.config.zone.clone(),
    };
    let settings = payments::Settings {
        zone: home.config.zone.clone(),
        public_url,
        most: Amount::cents(1_000_000),
        claims_wait: true,
    };
    Ok(Payments::new((home.db.clone(), home.vault.clone()), Arc::new(AtOnce::default()), Arc::new(letters), settings))
}

async fn payer(home: &Home) -> Result<LoginId, Failure> {
    let hasher = Hasher::new(home.db.world());
    let hash = hasher.hash(home.db.world(), &Password::new("banc2026")).await.map_err(|_| "no hash")?;
    let new = NewLogin {
        username: Username::parse("camille.tremblay").map_err(|_| "no username")?,
        password_hash: hash,
        language: Language::Fr,
        email: "camille@exemple.ca".to_owned(),
    };
    Ok(home.db.write(async |tx| identity::create_login(&home.db, &home.vault, tx, &new).await).await?)
}

/// A payment on each account, as far as the gateway has it and we have not heard that it is charged.
async fn begin_all(home: &Home, desk: &Payments) -> Result<Vec<(Grant, PaymentId)>, Failure> {
    let login = payer(home).await?;
    let mut begun = Vec::new();
    for (account, number) in accounts::numbers_after(home.db.reader(), AccountId::FIRST, PAYMENTS.into()).await? {
        let grant = Grant::of_the_provider(account, &number, Right::Pay);
        let new = NewPayment {
            key: "once",
            amount: Amount::cents(5_000),
            bills: &[],
            card: WithCard::Once("method"),
            more_than_due: true,
            login: Some(login),
        };
        let id = desk.begin(&grant, &new).await?.id;
        desk.advance(&grant, id).await?;
        begun.push((grant, id));
    }
    Ok(begun)
}

/// Posts all of them, as many at once as customers look; the postings per second.
async fn post_all(desk: &Payments, begun: Vec<(Grant, PaymentId)>) -> Result<f64, Failure> {
    let count = begun.len();
    let shares: Vec<Vec<_>> =
        (0..AT_ONCE).map(|share| begun.iter().skip(share).step_by(AT_ONCE).cloned().collect()).collect();
    let clock = Instant::now();
    let tasks: Vec<_> = shares
        .into_iter()
        .map(|share| {
            let desk = desk.clone();
            tokio::spawn(async move {
                for (grant, id) in share {
                    let payment = desk.advance(&grant, id).await.map_err(|error| error.to_string())?;
                    if payment.entry.is_none() {
                        return Err(format!("payment {id} is not posted"));
                    }
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(count as f64 / clock.elapsed().as_secs_f64())
}

/// A statement, and the values of each time that it ran; as often for each payment.
struct Wrote {
    sql: String,
    rows: Vec<Vec<Value>>,
}

fn rows(connection: &Connection, sql: &str) -> Result<(Vec<String>, Vec<Vec<Value>>), Failure> {
    let mut statement = connection.prepare(sql)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let count = names.len();
    let read =
        statement.query_map([], |row| (0..count).map(|place| row.get(place)).collect::<Result<Vec<Value>, _>>())?;
    let read = read.collect::<Result<_, _>>()?;
    Ok((names, read))
}

/// What the postings wrote beside what is in the copy: the rows that are new, table by table, and what became of the
/// payments and the accounts' versions. Each account made one payment: those of a table that are an account's stand in the order of accounts.
fn written(connection: &Connection, copy: &Path) -> Result<Vec<Wrote>, Failure> {
    connection.execute("ATTACH ?1 AS copy", [copy.display().to_string()])?;
    let (_, tables) = rows(
        connection,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('payments', 'accounts') ORDER BY name",
    )?;
    let mut wrote = Vec::new();
    for table in tables.into_iter().flatten() {
        let Value::Text(table) = table else { continue };
        let new = format!("SELECT * FROM (SELECT * FROM main.{table} EXCEPT SELECT * FROM copy.{table})");
        let (names, _) = rows(connection, &format!("SELECT * FROM {table} LIMIT 0"))?;
        let order = names.iter().find(|name| matches!(name.as_str(), "account_id" | "chain" | "id"));
        let order = order.map_or(String::new(), |name| format!(" ORDER BY {name}"));
        let (names, rows) = rows(connection, &format!("{new}{order}"))?;
        if !rows.is_empty() {
            let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
            let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
            wrote.push(Wrote { sql, rows });
        }
    }
    let moved = "state, settled_at, entry_id, brand, last4, exp_month, exp_year";
    let sets: Vec<String> =
        moved.split(", ").enumerate().map(|(place, name)| format!("{name} = ?{}", place + 1)).collect();
    let sql = format!("UPDATE payments SET {} WHERE id = ?{}", sets.join(", "), sets.len() + 1);
    let read = format!("SELECT {moved}, id FROM payments ORDER BY account_id");
    wrote.push(Wrote { sql, rows: rows(connection, &read)?.1 });
    let read = "SELECT version, id FROM accounts WHERE id IN (SELECT account_id FROM payments) ORDER BY id";
    wrote.push(Wrote {
        sql: "UPDATE accounts SET version = ?1 WHERE id = ?2".to_owned(),
        rows: rows(connection, read)?.1,
    });
    Ok(wrote)
}

/// The same into the database as it was before, by SQLite's own library, a commit for each payment; commits per second.
fn write_raw(copy: &Path, wrote: &[Wrote]) -> Result<(f64, usize), Failure> {
    let connection = Connection::open(copy)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    let count = wrote.last().map_or(0, |payments| payments.rows.len());
    let uneven = wrote.iter().find(|wrote| wrote.rows.len() % count != 0);
    if let Some(uneven) = uneven {
        return Err(format!("{} rows for {count} payments: {}", uneven.rows.len(), uneven.sql).into());
    }
    let clock = Instant::now();
    for payment in 0..count {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for wrote in wrote {
            let each = wrote.rows.len() / count;
            let mut statement = connection.prepare_cached(&wrote.sql)?;
            for row in &wrote.rows[payment * each..(payment + 1) * each] {
                statement.execute(params_from_iter(row))?;
            }
        }
        connection.execute_batch("COMMIT")?;
    }
    let rows = wrote.iter().map(|wrote| wrote.rows.len()).sum::<usize>() / count;
    Ok((count as f64 / clock.elapsed().as_secs_f64(), rows))
}

/// `bench payments`
pub(crate) async fn measure(folder: &Path) -> Result<(), Failure> {
    let data = folder.join("payments");
    let file = data.join("run.db");
    let bench = Bench { url: format!("sqlite:{}", file.display()), data };
    provider::fill(&bench, PAYMENTS).await?;
    let home = bench.home().await?;
    let desk = desk(&home)?;
    let begun = begin_all(&home, &desk).await?;
    let copy = folder.join("payments-raw.db");
    let connection = Connection::open(&file)?;
    connection.execute("VACUUM INTO ?1", [copy.display().to_string()])?;
    let ours = post_all(&desk, begun).await?;
    let wrote = written(&connection, &copy)?;
    let (raw, rows) = write_raw(&copy, &wrote)?;
    println!(
        "Payments, SQLite: {ours:.0} durable postings/s by {AT_ONCE} at once, each with its entry, audit and receipt ({rows} rows); \
         the same rows by single commits of SQLite's library {raw:.0}/s; ratio {:.2} (at least 0.5, aim 0.7)",
        ours / raw
    );
    home.db.close().await;
    Ok(())
}
