//! The limits: the rows that a bill run wrote, loaded into the same tables and indexes by the database's own tools.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use guichet::Home;
use sea_orm::{ConnectionTrait, Statement};

use crate::Failure;

/// What loading took.
pub(crate) struct Loaded {
    pub(crate) rows: u64,
    pub(crate) seconds: f64,
    pub(crate) with: &'static str,
}

/// A table that a bill run writes, its columns (those in `bytes` are binary), and which of its rows the second run wrote.
struct Table {
    name: &'static str,
    bytes: &'static [&'static str],
    others: &'static [&'static str],
    /// The order of the columns in the table.
    columns: &'static str,
    rows: &'static str,
}

const TABLES: [Table; 4] = [
    Table {
        name: "bills",
        bytes: &["account_id"],
        others: &[
            "number",
            "kind",
            "month",
            "period_from",
            "period_until",
            "issued_on",
            "due_on",
            "currency",
            "service_charges",
            "add_ons",
            "gst",
            "hst",
            "qst",
            "pst",
            "vat",
            "fees",
            "previous_balance",
            "payments",
            "current_charges",
            "total_due",
            "cutoff",
            "catalogue_version",
            "taxes_version",
            "rules_version",
            "schema",
            "content",
            "issued_at",
        ],
        columns: "",
        rows: "month = '2026-11-01' ORDER BY number",
    },
    Table {
        name: "ledger_entries",
        bytes: &["account_id", "id"],
        others: &["version", "kind", "bill", "effective_on", "reason", "author", "recorded_at"],
        columns: "",
        rows: "bill IN (SELECT number FROM bills WHERE month = '2026-11-01') ORDER BY bill",
    },
    Table {
        name: "ledger_postings",
        bytes: &["account_id", "entry_id"],
        others: &["place", "debit", "credit", "region", "amount"],
        columns: "",
        rows: "entry_id IN (SELECT id FROM ledger_entries WHERE bill IN (SELECT number FROM bills WHERE month = '2026-11-01')) ORDER BY account_id, entry_id, place",
    },
    Table {
        name: "audit_events",
        bytes: &["chain", "hash"],
        others: &["seq", "kind", "author", "at", "details", "sealed"],
        columns: "chain, seq, kind, author, at, details, sealed, hash",
        rows: "kind = 'bill.issued' AND details LIKE '%\"month\":\"2026-11\"%' ORDER BY chain, seq",
    },
];

/// A copy of the database as it was before the measured run.
pub(crate) struct Sqlite {
    copy: PathBuf,
}

impl Sqlite {
    pub(crate) fn before(folder: &Path) -> Result<Self, Failure> {
        let (from, copy) = (folder.join("run.db"), folder.join("loaded.db"));
        sqlite3(&from, &format!("PRAGMA wal_checkpoint(TRUNCATE);\nVACUUM INTO '{}';\n", copy.display()))?;
        Ok(Self { copy })
    }

    /// Loads what the run wrote with `sqlite3`'s own `.import`, one transaction a table as it does.
    pub(crate) async fn load(&self, home: &Home) -> Result<Loaded, Failure> {
        let folder = self.copy.parent().unwrap_or(Path::new("."));
        let mut rows = 0;
        let mut script =
            String::from("PRAGMA journal_mode = wal;\nPRAGMA synchronous = full;\nPRAGMA cache_size = -16384;\n");
        for table in &TABLES {
            let file = folder.join(format!("{}.csv", table.name));
            rows += write_csv(home, table, &file).await?;
            script.push_str(&format!(".import --csv '{}' {}\n", file.display(), table.name));
        }
        sqlite3(&self.copy, "PRAGMA journal_mode = wal;\n")?;
        let begun = Instant::now();
        let said = sqlite3(&self.copy, &script)?;
        let seconds = begun.elapsed().as_secs_f64();
        if said.contains("rror") {
            return Err(said.into());
        }
        let count = sqlite3(&self.copy, "SELECT count(*) FROM bills WHERE month = '2026-11-01';\n")?;
        if count.trim().parse::<u64>().unwrap_or(0) == 0 {
            return Err("sqlite3 loaded nothing".into());
        }
        Ok(Loaded { rows, seconds, with: "sqlite3 .import" })
    }
}

/// Writes rows as CSV in the order of the table's columns. `.import` reads text only, so bytes become as many characters
/// that sort as the bytes do (six bits each), which keeps the size and shape of rows and indexes.
async fn write_csv(home: &Home, table: &Table, path: &Path) -> Result<u64, Failure> {
    let names: Vec<&str> = if table.columns.is_empty() {
        table.bytes.iter().chain(table.others).copied().collect()
    } else {
        table.columns.split(", ").collect()
    };
    let is_bytes = |name: &str| table.bytes.contains(&name);
    let selected: Vec<String> = names
        .iter()
        .map(|name| if is_bytes(name) { (*name).to_owned() } else { format!("CAST({name} AS TEXT) AS {name}") })
        .collect();
    let sql = format!("SELECT {} FROM {} WHERE {}", selected.join(", "), table.name, table.rows);
    let reader = home.db.reader();
    let mut file = csv::Writer::from_path(path)?;
    let mut count = 0;
    for row in reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql)).await? {
        for name in &names {
            let text = match is_bytes(name) {
                true => sortable(&row.try_get::<Vec<u8>>("", name)?),
                false => row.try_get::<Option<String>>("", name)?.unwrap_or_default(),
            };
            file.write_field(text)?;
        }
        file.write_record(None::<&[u8]>)?;
        count += 1;
    }
    file.flush()?;
    Ok(count)
}

fn sortable(bytes: &[u8]) -> String {
    let bit = |place: usize| bytes.get(place / 8).is_some_and(|byte| byte & (0x80 >> (place % 8)) != 0);
    let six = |character: usize| (0..6).fold(0_u8, |value, place| value << 1 | u8::from(bit(character * 6 + place)));
    // From '0' on there are 64 characters in ASCII that sort by their value.
    (0..bytes.len()).map(|character| char::from(b'0' + six(character))).collect()
}

fn sqlite3(database: &Path, script: &str) -> Result<String, Failure> {
    let mut child = Command::new("sqlite3")
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(script.as_bytes())?;
    let output = child.wait_with_output()?;
    Ok(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

pub(crate) fn psql(server: &str, database: &str, commands: &[&str]) -> Result<String, Failure> {
    let mut psql = Command::new("psql");
    psql.args(["--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--dbname"])
        .arg(format!("{server}/{database}"));
    for command in commands {
        psql.args(["--command", command]);
    }
    let output = psql.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Loads what the run wrote with `psql`'s `\copy` into the database as it was before.
pub(crate) fn postgres(server: &str, folder: &Path) -> Result<Loaded, Failure> {
    let mut rows = 0;
    let mut copies = Vec::new();
    for table in &TABLES {
        let file = folder.join(format!("{}.copy", table.name));
        psql(
            server,
            "run",
            &[&format!("\\copy (SELECT * FROM {} WHERE {}) TO '{}'", table.name, table.rows, file.display())],
        )?;
        rows += fs::read(&file)?.iter().filter(|byte| **byte == b'\n').count() as u64;
        copies.push(format!("\\copy {} FROM '{}'", table.name, file.display()));
    }
    let copies: Vec<&str> = copies.iter().map(String::as_str).collect();
    psql(server, "loaded", &["CHECKPOINT"])?;
    let begun = Instant::now();
    psql(server, "loaded", &copies)?;
    Ok(Loaded { rows, seconds: begun.elapsed().as_secs_f64(), with: "psql \\copy" })
}
