//! The served site: the signed-in bill page against a bare route of the same axum, memory, and the size of first visits.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use accounts::{Grant, Right};
use axum::Router;
use axum::routing::get;
use guichet::{Home, Server};
use identity::{Hasher, NewLogin, Password, Username};
use kernel::{AccountId, Language};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;

use crate::load::{Answers, Connection, Load, get as request};
use crate::{Bench, Failure, percentile, provider};

pub(crate) const CUSTOMERS: u32 = 1_000;
pub(crate) const CONNECTIONS: u32 = 16;
pub(crate) const LASTS: Duration = Duration::from_secs(3);
pub(crate) const PASSWORD: &str = "banc2026";
/// What browsers ask for.
const ENCODINGS: &str = "gzip, deflate, br, zstd";

/// Where a page is, and what opens it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Signed {
    pub(crate) cookie: String,
    pub(crate) account: String,
    pub(crate) bill: i64,
}

/// A server in a process of its own; it ends with this.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Serving {
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, Failure> {
        // The load generator shares the processors with it and goes first: else its own waiting for one would be counted.
        let mut child = Command::new("nice")
            .arg(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| "the server did not start")?;
        Ok(Self { child, address })
    }

    /// Its memory now, in MB.
    pub(crate) fn resident(&self) -> Result<f64, Failure> {
        Ok(resident_kb(&format!("/proc/{}/status", self.child.id()))? as f64 / 1024.0)
    }

    /// The processor time that it used so far, in seconds.
    pub(crate) fn used(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, after) = stat.rsplit_once(") ").ok_or("no stat")?;
        let ticks = after.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>();
        Ok(ticks as f64 / 100.0)
    }

    fn load(&self, request: std::sync::Arc<[u8]>, rate: Option<f64>) -> Result<Loaded, Failure> {
        let load = Load {
            address: self.address,
            requests: vec![request],
            connections: CONNECTIONS,
            lasts: LASTS,
            rate,
            status: 200,
        };
        // Caches and connections to the database are as after a while.
        Load { lasts: Duration::from_secs(1), ..load.clone() }.run()?;
        let before = self.used()?;
        let answers = load.run()?;
        let milliseconds = (self.used()? - before) * 1000.0 / answers.latencies.len().max(1) as f64;
        Ok(Loaded { answers, milliseconds })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It stops when nobody holds its input any more.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

struct Loaded {
    answers: Answers,
    /// Processor time for each answer.
    milliseconds: f64,
}

/// The resident memory that a `status` file tells, in kB.
pub(crate) fn resident_kb(status: &str) -> Result<u64, Failure> {
    let text = std::fs::read_to_string(status)?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Until the process that started this one ends or lets go.
async fn until_let_go() {
    let _ = tokio::io::stdin().read(&mut [0]).await;
}

/// `bench serve DATA URL`
pub(crate) async fn serve(data: &str, url: &str) -> Result<(), Failure> {
    let home = Bench { data: data.into(), url: url.to_owned() }.home().await?;
    let server = Server::bind(&home, SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("{}", server.address);
    Ok(server.run(until_let_go()).await?)
}

/// `bench bare`: a fixed small text from the same axum, served as the site is.
pub(crate) async fn bare() -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let router = Router::new().route("/", get(|| async { "Bonjour" }));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, service).with_graceful_shutdown(until_let_go()).await?)
}

/// A made-up provider with two months billed, and a customer who is signed in.
pub(crate) async fn prepare(bench: &Bench) -> Result<Signed, Failure> {
    provider::fill(bench, CUSTOMERS).await?;
    bench.run("2026-10")?;
    bench.run("2026-11")?;
    let home = bench.home().await?;
    let signed = sign_in(&home).await;
    home.db.close().await;
    signed
}

/// `bench prepare DATA URL`
pub(crate) async fn prepare_only(data: &str, url: &str) -> Result<(), Failure> {
    let signed = prepare(&Bench { data: data.into(), url: url.to_owned() }).await?;
    println!("/accounts/{}/bills/{} {}", signed.account, signed.bill, signed.cookie);
    Ok(())
}

async fn sign_in(home: &Home) -> Result<Signed, Failure> {
    let (account, number) =
        accounts::numbers_after(home.db.reader(), AccountId::FIRST, 1).await?.pop().ok_or("no account")?;
    let grant = Grant::of_the_provider(account, &number, Right::SeeBills);
    let bill = billing::bill_of_month(home.db.reader(), &grant, "2026-11".parse()?).await?.ok_or("no bill")?;
    let hasher = Hasher::new(home.db.world());
    let hash = hasher.hash(home.db.world(), &Password::new(PASSWORD)).await.map_err(|_| "no hash")?;
    let new = NewLogin {
        username: Username::parse("camille.tremblay").map_err(|_| "no username")?,
        password_hash: hash,
        language: Language::Fr,
        email: "camille@exemple.ca".to_owned(),
    };
    let token = home
        .db
        .write(async |tx| {
            let login = identity::create_login(&home.db, &home.vault, tx, &new).await?;
            accounts::hold(&home.db, tx, login, (account, accounts::Origin::Claim)).await?;
            Ok::<_, accounts::SignUpError>(identity::begin_session(&home.db, tx, login, None).await?)
        })
        .await?;
    Ok(Signed { cookie: format!("session={}", token.secret()), account: number, bill: bill.number })
}

/// `bench site`
pub(crate) async fn measure(folder: &Path) -> Result<(), Failure> {
    let data = folder.join("site");
    let bench = Bench { url: format!("sqlite:{}", data.join("run.db").display()), data };
    let signed = prepare(&bench).await?;
    println!(
        "The site, SQLite, {CUSTOMERS} customers with two bills, {CONNECTIONS} connections from one thread on the same machine:"
    );
    let site = Serving::start(&["serve", &bench.data.display().to_string(), &bench.url])?;
    first_visits(&site, &signed).await?;
    let page = format!("/accounts/{}/bills/{}", signed.account, signed.bill);
    speed(&site, &signed, &page)?;
    println!("  memory of the serving process after that: {:.0} MB (at most 80)", site.resident()?);
    Ok(())
}

/// Rounds of a measurement. Both sides are measured in turns and medians compared: the machine's neighbours come and go.
const ROUNDS: usize = 5;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The median of what each round gives for each server.
pub(crate) fn rounds<const N: usize>(measure: [&dyn Fn() -> Result<f64, Failure>; N]) -> Result<[f64; N], Failure> {
    let mut found: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (values, measure) in found.iter_mut().zip(measure) {
            values.push(measure()?);
        }
    }
    Ok(found.map(median))
}

fn speed(site: &Serving, signed: &Signed, page: &str) -> Result<(), Failure> {
    let bare = Serving::start(&["bare"])?;
    let bare_request = request(bare.address, "/", &signed.cookie, "");
    let plain = request(site.address, page, &signed.cookie, "");
    let compressed = request(site.address, page, &signed.cookie, ENCODINGS);
    let milliseconds = std::cell::RefCell::new(Vec::new());
    let [theirs, ours, packed] = rounds([
        &|| Ok(bare.load(bare_request.clone(), None)?.answers.per_second()),
        &|| {
            let loaded = site.load(plain.clone(), None)?;
            milliseconds.borrow_mut().push(loaded.milliseconds);
            Ok(loaded.answers.per_second())
        },
        &|| Ok(site.load(compressed.clone(), None)?.answers.per_second()),
    ])?;
    println!("  bare axum route: {theirs:.0} requests/s (medians of {ROUNDS} rounds, in turns)");
    println!(
        "  bill page: {ours:.0} requests/s, {:.3} ms of a processor each; ratio {:.3} (at least 0.08, aim 0.2)",
        median(milliseconds.take()),
        ours / theirs
    );
    println!("  the same, compressed for a browser: {packed:.0} requests/s; ratio {:.3}", packed / theirs);
    // The same rate for both, a part of what the page can bear: at the rate of either alone they would not compare.
    for (part, limit) in [(4.0, " (at most 3)"), (2.0, "")] {
        let rate = ours / part;
        let tail = |server: &Serving, request: &std::sync::Arc<[u8]>| {
            Ok(percentile(&server.load(request.clone(), Some(rate))?.answers.latencies).0)
        };
        let [theirs, ours] = rounds([&|| tail(&bare, &bare_request), &|| tail(site, &plain)])?;
        println!(
            "  99th percentile at {rate:.0} requests/s, a {} of what the page can bear: {ours:.2} ms, bare route {theirs:.2} ms; ratio {:.1}{limit}",
            if part > 2.0 { "quarter" } else { "half" },
            ours / theirs
        );
    }
    Ok(())
}

/// A page and all that it loads, by a browser that has nothing of it yet.
async fn first_visits(site: &Serving, signed: &Signed) -> Result<(), Failure> {
    let base = format!("/accounts/{}", signed.account);
    let pages = [
        ("bill page", format!("{base}/bills/{}", signed.bill), signed.cookie.as_str()),
        ("overview", format!("{base}/overview"), &signed.cookie),
        ("sign-in", "/sign-in".to_owned(), ""),
    ];
    for (name, path, cookie) in pages {
        let mut connection = Connection::open(site.address).await?;
        let plain = connection.ask(&request(site.address, &path, cookie, "")).await?;
        // Templates write a slash within an attribute as a reference.
        let page = String::from_utf8_lossy(&plain.body).replace("&#x2f;", "/");
        let (mut bytes, mut files) = (0, 0);
        for path in std::iter::once(path.as_str()).chain(loaded_by(&page)) {
            let answer = connection.ask(&request(site.address, path, cookie, ENCODINGS)).await?;
            if answer.status != 200 {
                return Err(format!("{path} answered {}", answer.status).into());
            }
            if answer.body.len() > 1_000 && !answer.head.contains("\r\ncontent-encoding: ") {
                return Err(format!("{path} is not compressed").into());
            }
            bytes += answer.transferred;
            files += 1;
        }
        if files < 4 {
            return Err(format!("{path} should load a style sheet, a script and an icon").into());
        }
        println!(
            "  first visit, {name}: {:.1} kB in {files} answers with their headers (at most 40; the page alone {:.1} kB before compression)",
            bytes as f64 / 1000.0,
            plain.body.len() as f64 / 1000.0
        );
    }
    Ok(())
}

/// The addresses of our assets in a page, each once.
fn loaded_by(page: &str) -> Vec<&str> {
    let mut found: Vec<&str> = page
        .split("=\"/assets/")
        .skip(1)
        .filter_map(|rest| {
            let length = rest.find('"')?;
            let begin = rest.as_ptr().addr() - page.as_ptr().addr() - "/assets/".len();
            page.get(begin..begin + "/assets/".len() + length)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
