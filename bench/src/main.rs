//! Measures against limits measured in the same run, and prints a line each. `bench/run` starts it.
//!
//! `bench` alone measures everything, `bench site`, `bench door`, `bench pdf` and `bench payments` that part alone. `bench run DATA URL MONTH`, `bench
//! serve DATA URL`, `bench bare` and `bench draw FILE` are what it starts in processes of their own, so that the memory of
//! a bill run, a server or a renderer alone is seen. `bench prepare DATA URL` makes what `bench site` measures and prints
//! what opens it, for a profiler beside `bench serve`.

mod door;
mod limit;
mod load;
mod payments;
mod pdf;
mod provider;
mod site;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use guichet::{Home, Place};
use serde::{Deserialize, Serialize};

type Failure = Box<dyn std::error::Error>;

/// What one bill run took.
#[derive(Serialize, Deserialize)]
struct Ran {
    seconds: f64,
    bills: i64,
    /// The most memory that the process ever had, in kB.
    peak_kb: u64,
}

/// Where a measured Guichet is.
struct Bench {
    data: PathBuf,
    url: String,
}

impl Bench {
    fn place(&self) -> Place {
        Place { data: self.data.clone(), database: Some(self.url.clone()), config: None, now: None }
    }

    async fn home(&self) -> Result<Home, Failure> {
        Ok(Home::open_with(&self.place(), provider::world()).await?)
    }

    /// Bills a month in a process of its own.
    fn run(&self, month: &str) -> Result<Ran, Failure> {
        let output =
            Command::new(std::env::current_exe()?).arg("run").arg(&self.data).arg(&self.url).arg(month).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["run", data, url, month] => run_here(data, url, month).await,
        ["serve", data, url] => site::serve(data, url).await,
        ["bare"] => site::bare().await,
        ["prepare", data, url] => site::prepare_only(data, url).await,
        ["draw", documents] => pdf::draw(documents),
        ["site"] => site_alone().await,
        ["door"] => door_alone().await,
        ["pdf"] => pdf_alone().await,
        ["payments"] => payments_alone().await,
        [] => all().await,
        _ => Err("usage: bench [site | door | pdf | payments]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run_here(data: &str, url: &str, month: &str) -> Result<(), Failure> {
    let home = Bench { data: data.into(), url: url.to_owned() }.home().await?;
    let reference = Arc::new(billing::keep_reference(&home.db, &home.config.rules).await?);
    let asked = asked(&home, month)?;
    let begun = Instant::now();
    let report = billing::run(&home.db, reference, asked, |_, _| ()).await?;
    let seconds = begun.elapsed().as_secs_f64();
    println!("{}", serde_json::to_string(&Ran { seconds, bills: report.issued_here, peak_kb: peak_kb()? })?);
    Ok(())
}

/// A month, before its day.
fn asked(home: &Home, month: &str) -> Result<billing::Asked, Failure> {
    Ok(billing::Asked { month: Some(month.parse()?), today: home.today(), ahead: 60 })
}

async fn site_alone() -> Result<(), Failure> {
    site::measure(tempfile::tempdir()?.path()).await
}

async fn door_alone() -> Result<(), Failure> {
    door::measure(tempfile::tempdir()?.path()).await
}

async fn pdf_alone() -> Result<(), Failure> {
    pdf::measure(tempfile::tempdir()?.path()).await
}

async fn payments_alone() -> Result<(), Failure> {
    payments::measure(tempfile::tempdir()?.path()).await
}

fn peak_kb() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

async fn all() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let accounts = 30_000;
    println!(
        "A bill run of {accounts} accounts (three services, three add-ons, second month), against the same rows loaded:"
    );
    let sqlite =
        Bench { data: folder.path().join("sqlite"), url: format!("sqlite:{}", folder.path().join("run.db").display()) };
    provider::fill(&sqlite, accounts).await?;
    sqlite.run("2026-10")?;
    let loaded = limit::Sqlite::before(folder.path())?;
    let ran = sqlite.run("2026-11")?;
    let limit = loaded.load(&sqlite.home().await?).await?;
    line("SQLite", &ran, &limit);

    match std::env::var("GUICHET_BENCH_POSTGRES") {
        Err(_) => println!("  PostgreSQL: not measured, GUICHET_BENCH_POSTGRES is not set (bench/run sets it)"),
        Ok(server) => {
            let postgres = Bench { data: folder.path().join("postgres"), url: format!("{server}/run") };
            limit::psql(&server, "postgres", &["CREATE DATABASE run"])?;
            provider::fill(&postgres, accounts).await?;
            postgres.run("2026-10")?;
            limit::psql(&server, "postgres", &["CREATE DATABASE loaded TEMPLATE run"])?;
            let ran = postgres.run("2026-11")?;
            let limit = limit::postgres(&server, folder.path())?;
            line("PostgreSQL", &ran, &limit);
        }
    }
    memory(folder.path()).await?;
    latency(folder.path()).await?;
    payments::measure(folder.path()).await?;
    site::measure(folder.path()).await?;
    door::measure(folder.path()).await?;
    pdf::measure(folder.path()).await
}

fn line(engine: &str, ran: &Ran, limit: &limit::Loaded) {
    let rows = limit.rows as f64;
    let (ours, theirs) = (rows / ran.seconds, rows / limit.seconds);
    println!(
        "  {engine}: {} bills, {} rows in {:.2} s, {:.0} bills/s, {ours:.0} rows/s; {} loads {theirs:.0} rows/s; ratio {:.2} (at least 0.4, aim 0.6)",
        ran.bills,
        limit.rows,
        ran.seconds,
        ran.bills as f64 / ran.seconds,
        limit.with,
        ours / theirs
    );
}

async fn memory(folder: &Path) -> Result<(), Failure> {
    println!("Memory of a bill run, SQLite:");
    let mut peaks = Vec::new();
    for accounts in [10_000_u32, 100_000] {
        let data = folder.join(format!("memory-{accounts}"));
        let bench = Bench { url: format!("sqlite:{}", data.join("run.db").display()), data };
        provider::fill(&bench, accounts).await?;
        let ran = bench.run("2026-10")?;
        println!("  {accounts} accounts: {:.0} MB, {:.2} s", ran.peak_kb as f64 / 1024.0, ran.seconds);
        peaks.push(ran.peak_kb as f64);
        std::fs::remove_dir_all(&bench.data)?;
    }
    println!("  at most 200 MB; ratio {:.2} (at most 1.1)", peaks[1] / peaks[0]);
    Ok(())
}

/// Latencies of a keyed read and a small write, idle and while a bill run goes on in the same process.
async fn latency(folder: &Path) -> Result<(), Failure> {
    println!("While a bill run of 30000 accounts goes on in the same process, SQLite:");
    let data = folder.join("latency");
    let bench = Bench { url: format!("sqlite:{}", data.join("run.db").display()), data };
    provider::fill(&bench, 30_000).await?;
    let home = Arc::new(bench.home().await?);
    let reference = Arc::new(billing::keep_reference(&home.db, &home.config.rules).await?);
    let _ = home.db.take_longest_write();
    let idle = samples(&home, Arc::new(AtomicBool::new(false)), Duration::from_secs(3)).await?;
    let idle_write = home.db.take_longest_write();
    let stop = Arc::new(AtomicBool::new(false));
    let sampled = tokio::spawn(during(home.clone(), stop.clone()));
    billing::run(&home.db, reference, asked(&home, "2026-10")?, |_, _| ()).await?;
    stop.store(true, Ordering::SeqCst);
    let busy = sampled.await??;
    println!(
        "  longest hold of the writer: {:.1} ms (at most 50; idle, a small write: {:.1} ms)",
        home.db.take_longest_write().as_secs_f64() * 1000.0,
        idle_write.as_secs_f64() * 1000.0
    );
    for (name, idle, busy) in [("keyed read", &idle.0, &busy.0), ("small write", &idle.1, &busy.1)] {
        let (calm, loaded) = (percentile(idle), percentile(busy));
        println!(
            "  {name}: 99th percentile {:.1} ms of {} (idle {:.1} ms of {}), longest {:.1} ms",
            loaded.0,
            busy.len(),
            calm.0,
            idle.len(),
            loaded.1
        );
    }
    Ok(())
}

type Samples = (Vec<Duration>, Vec<Duration>);

async fn during(home: Arc<Home>, stop: Arc<AtomicBool>) -> Result<Samples, db::DbErr> {
    samples(&home, stop, Duration::from_secs(600)).await
}

/// Reads an account and writes a job in turn, every two milliseconds, until told to stop or for so long.
async fn samples(home: &Home, stop: Arc<AtomicBool>, longest: Duration) -> Result<Samples, db::DbErr> {
    let begun = Instant::now();
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    while !stop.load(Ordering::SeqCst) && begun.elapsed() < longest {
        let at = Instant::now();
        let sql = "SELECT number FROM accounts WHERE external_id = $1";
        let key = format!("k{:07}", reads.len() % 30_000);
        let _: Option<String> = db::scalar(home.db.reader(), sql, [key.into()]).await?;
        reads.push(at.elapsed());
        let at = Instant::now();
        home.db.write(async |tx| db::jobs::enqueue(&home.db, tx, "bench", &[provider::Nothing]).await).await?;
        writes.push(at.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok((reads, writes))
}

/// The 99th percentile and the longest, in milliseconds.
fn percentile(samples: &[Duration]) -> (f64, f64) {
    let mut sorted: Vec<Duration> = samples.to_vec();
    sorted.sort_unstable();
    let at = |place: usize| sorted.get(place).map_or(0.0, |sample| sample.as_secs_f64() * 1000.0);
    (at(sorted.len() * 99 / 100), at(sorted.len().saturating_sub(1)))
}
