use std::path::{Path, PathBuf};
use std::sync::Arc;

use billing::{Asked, RunError, RunReport};
use guichet::{Home, ImportError, ImportReport, Mapping, Mode};
use kernel::{AccountId, Amount, Month};
use sea_orm::ConnectionTrait;
use testkit::TestPlace;

/// Bills in December of the sample, and what they charge before tax: four customers stay, one is new, one left.
pub(crate) const SAMPLE_BILLS: i64 = 5;
pub(crate) const SAMPLE_CENTS: i64 = 27_535;

pub(crate) fn examples() -> PathBuf {
    TestPlace::repository().join("examples/import")
}

pub(crate) fn sample() -> String {
    std::fs::read_to_string(examples().join("sample.csv")).expect("the sample")
}

pub(crate) fn telco() -> Mapping {
    Mapping::read(&examples().join("telco.toml")).expect("the shipped mapping")
}

pub(crate) async fn try_import(home: &Home, mapping: &Mapping, file: &Path) -> Result<ImportReport, ImportError> {
    guichet::import(home, mapping, file, Mode::Real, |_, _| ()).await
}

/// A Guichet with the sample imported.
pub(crate) async fn with_sample(place: &TestPlace) -> Home {
    let home = place.open().await;
    let report = try_import(&home, &telco(), &examples().join("sample.csv")).await.expect("imported");
    assert_eq!((report.imported, report.faulty), (6, 0));
    home
}

/// A catalogue of one plan, and a mapping for files of customers who have it, a column each for who and where they are.
pub(crate) const NET_CATALOGUE: &str = r#"currency = "CAD"

[[plan]]
code = "net"
kind = "internet"
name = { fr = "Internet essai", en = "Test Internet" }
prices = [{ from = 2020-01-01, amount = "50.00" }]
"#;

pub(crate) const NET_MAPPING: &str = r#"[import]
catalogue = "net-catalogue.toml"
as_of = 2026-12-01
key = { column = "key" }

[customer]
kind = "person"
language = "fr"
name = { column = "name" }
email = { column = "email" }
telephone = { column = "telephone" }

[account]
segment = "residential"
bill_format = "paper"
cycle_day = { column = "cycle" }
balance = { column = "balance" }

[address]
street = { column = "street" }
city = { column = "city" }
region = { column = "region" }
postal_code = { column = "postal" }
country = { column = "country" }

[price]
month = { column = "price" }
rest_on = ["internet"]

[[service]]
kind = "internet"
plan = "net"
"#;

/// The shipped mapping, of another day.
pub(crate) fn telco_as_of(place: &TestPlace, as_of: &str) -> Mapping {
    let text = std::fs::read_to_string(examples().join("telco.toml")).expect("the mapping");
    let catalogue = std::fs::read(examples().join("telco-catalogue.toml")).expect("the catalogue");
    place.file("telco-catalogue.toml", catalogue);
    let last = if as_of == "2026-12-01" { "2026-11-30" } else { "2026-09-30" };
    let path = place.file("mapping.toml", text.replace("2026-12-01", as_of).replace("2026-11-30", last));
    Mapping::read(&path).expect("a mapping")
}

pub(crate) fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

/// Bills a month ahead of its time, as a printer wants it.
pub(crate) async fn try_run(home: &Home, of: &str) -> Result<RunReport, RunError> {
    try_bill(home, Asked { month: Some(month(of)), today: home.today(), ahead: 40 }).await
}

/// Bills what is due today.
pub(crate) async fn run_today(home: &Home) -> RunReport {
    try_bill(home, Asked { month: None, today: home.today(), ahead: 0 }).await.expect("billed")
}

pub(crate) async fn try_bill(home: &Home, asked: Asked) -> Result<RunReport, RunError> {
    let reference = billing::keep_reference(&home.db, &home.config.rules).await.expect("a catalogue");
    billing::run(&home.db, Arc::new(reference), asked, |_, _| ()).await
}

pub(crate) async fn run(home: &Home, of: &str) -> RunReport {
    try_run(home, of).await.expect("billed")
}

/// What `bills verify` says.
pub(crate) async fn doubts(home: &Home) -> Vec<String> {
    let mut doubts = billing::verify(&home.db, |_| ()).await.expect("read");
    payments::verify(&home.db, &mut doubts).await.expect("read");
    doubts.listed.iter().map(ToString::to_string).collect()
}

/// What `audit verify` says.
pub(crate) async fn findings(home: &Home) -> Vec<String> {
    let findings = audit::verify(&home.db, &home.vault, &home.paths.heads, |_| ()).await.expect("read");
    findings.listed.iter().map(ToString::to_string).collect()
}

/// The export of a month, with the columns that do not depend on who drew which number.
pub(crate) async fn exported(home: &Home, of: &str) -> Vec<Vec<String>> {
    let mut file = Vec::new();
    billing::export(&home.db, month(of), &mut file).await.expect("exported");
    let mut reader = csv::Reader::from_reader(file.as_slice());
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>());
    rows.map(|mut row| {
        row.remove(2);
        row
    })
    .collect()
}

pub(crate) async fn account(home: &Home, external_id: &str) -> AccountId {
    let sql = "SELECT id FROM accounts WHERE external_id = $1";
    db::scalar(home.db.reader(), sql, [external_id.into()]).await.expect("read").expect("an account")
}

pub(crate) async fn count(home: &Home, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    db::scalar(home.db.reader(), &sql, []).await.expect("read").expect("a count")
}

/// What all customers owe by the ledger.
pub(crate) async fn ledger_total(home: &Home) -> Amount {
    let sql = "SELECT CAST(coalesce(sum(CASE WHEN debit = 'receivable' THEN amount ELSE -amount END), 0) AS bigint)
               FROM ledger_postings WHERE debit = 'receivable' OR credit = 'receivable'";
    db::scalar(home.db.reader(), sql, []).await.expect("read").expect("a sum")
}

pub(crate) async fn execute(home: &Home, sql: &str) -> Result<u64, db::DbErr> {
    home.db.write(async |tx| tx.execute_unprepared(sql).await.map(|done| done.rows_affected())).await
}

/// All messages, newest first.
pub(crate) async fn mails(home: &Home) -> Vec<messages::Found> {
    let mut found = Vec::new();
    for shown in messages::list(&home.db, &home.vault, 50).await.expect("listed") {
        found.extend(messages::find(&home.db, &home.vault, shown.id).await.expect("read"));
    }
    found
}

/// Gives the customer of an account an e-mail on file.
pub(crate) async fn put_on_file(home: &Home, number: &str, address: &str) {
    put(home, number, ("email", vault::Indexed::Email), address).await;
}

/// Gives the customer of an account a telephone on file, as the provider's system had it.
pub(crate) async fn put_telephone_on_file(home: &Home, number: &str, telephone: &str) {
    put(home, number, ("telephone", vault::Indexed::Telephone), telephone).await;
}

async fn put(home: &Home, number: &str, (field, indexed): (&str, vault::Indexed), value: &str) {
    #[derive(db::FromQueryResult)]
    struct Row {
        id: kernel::CustomerId,
        data_key: Vec<u8>,
        key_id: i32,
    }
    let sql = "SELECT c.id, c.data_key, c.key_id FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1";
    let row: Row = db::query_one(home.db.reader(), sql, [number.into()]).await.expect("read").expect("one");
    let wrapped = vault::Wrapped { key_id: row.key_id, bytes: row.data_key };
    let key = home.vault.open_data_key(row.id, &wrapped).expect("a key");
    let column = if field == "email" { "customers.email" } else { "customers.telephone" };
    let place = vault::Place { column, row: row.id.uuid() };
    let sealed = home.vault.seal(&key, place, value).expect("sealed");
    let index = home.vault.index(indexed, value);
    let written = home.db.write(async |tx| {
        let sql = format!("UPDATE customers SET {field} = $1, {field}_index = $2 WHERE id = $3");
        db::execute(tx, &sql, [sealed.clone().into(), index.clone().into(), row.id.into()]).await
    });
    assert_eq!(written.await.expect("written"), 1);
}
