//! The door: full sign-ins against raw Argon2id on the same cores, other pages while it is flooded, and memory with many
//! live sessions.

use std::path::Path;
use std::time::{Duration, Instant};

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use identity::{Hasher, LoginError, NewLogin, Password, Username};
use kernel::Language;

use crate::load::{Connection, Load, get, post};
use crate::site::{CONNECTIONS, LASTS, PASSWORD, Serving, Signed, prepare, rounds};
use crate::{Bench, Failure, percentile};

/// Sessions that are live at once.
const SESSIONS: usize = 10_000;
/// Of the page that is asked while the door is flooded, per second: well within what the site bears.
const RATE: f64 = 100.0;

/// `bench door`
pub(crate) async fn measure(folder: &Path) -> Result<(), Failure> {
    let data = folder.join("door");
    let bench = Bench { url: format!("sqlite:{}", data.join("run.db").display()), data };
    let signed = prepare(&bench).await?;
    let devices = people(&bench).await?;
    println!("The door, SQLite, {CONNECTIONS} connections on the same machine:");
    let site = Serving::start(&["serve", &bench.data.display().to_string(), &bench.url])?;
    let request = |(name, device): &(String, String)| {
        post(site.address, "/sign-in", &format!("device={device}"), &format!("name={name}&password={PASSWORD}"))
    };
    let sign_in = Load {
        address: site.address,
        requests: devices.iter().map(request).collect(),
        connections: CONNECTIONS,
        lasts: LASTS,
        rate: None,
        status: 303,
    };
    sign_ins(&site, &sign_in)?;
    flood(&site, &signed, &sign_in)?;
    drop(site);
    sessions(&bench).await
}

fn login(name: &str, password_hash: &str) -> Result<NewLogin, Failure> {
    Ok(NewLogin {
        username: Username::parse(name).map_err(|_| "no username")?,
        password_hash: password_hash.to_owned(),
        language: Language::Fr,
        email: format!("{name}@exemple.ca"),
    })
}

/// Somebody for each connection, with the secret of a device that is known: many tries at once for one name are refused.
async fn people(bench: &Bench) -> Result<Vec<(String, String)>, Failure> {
    let home = bench.home().await?;
    let hash = Hasher::new(home.db.world()).hash(home.db.world(), &Password::new(PASSWORD)).await?;
    let names: Vec<String> = (0..CONNECTIONS).map(|n| format!("personne.{n:02}")).collect();
    let new: Vec<NewLogin> = names.iter().map(|name| login(name, &hash)).collect::<Result<_, _>>()?;
    let devices = home
        .db
        .write(async |tx| {
            let mut devices = Vec::new();
            for new in &new {
                let login = identity::create_login(&home.db, &home.vault, tx, new).await?;
                devices.push(identity::bind_device(&home.db, tx, login, None).await?.secret().to_owned());
            }
            Ok::<_, LoginError>(devices)
        })
        .await?;
    home.db.close().await;
    Ok(names.into_iter().zip(devices).collect())
}

fn sign_ins(site: &Serving, sign_in: &Load) -> Result<(), Failure> {
    let before = site.used()?;
    let count = std::cell::Cell::new(0);
    let [theirs, ours] = rounds([&raw_hashes, &|| {
        let answers = sign_in.clone().run()?;
        count.set(count.get() + answers.latencies.len());
        Ok(answers.per_second())
    }])?;
    let milliseconds = (site.used()? - before) * 1000.0 / count.get() as f64;
    println!("  Argon2id alone, all cores: {theirs:.1} hashes/s (medians of rounds, in turns)");
    println!(
        "  full sign-ins on a known device: {ours:.1} per second, {milliseconds:.1} ms of a processor each; ratio {:.2} (at least 0.9)",
        ours / theirs
    );
    Ok(())
}

/// Hashes per second with the product's parameters, a thread for each core.
fn raw_hashes() -> Result<f64, Failure> {
    let cores = std::thread::available_parallelism()?.get();
    let begun = Instant::now();
    let threads: Vec<_> = (0..cores)
        .map(|_| {
            std::thread::spawn(move || {
                let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
                let mut done = 0_u32;
                while begun.elapsed() < LASTS {
                    hasher.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).ok()?;
                    done += 1;
                }
                Some(done)
            })
        })
        .collect();
    let mut done = 0;
    for thread in threads {
        done += thread.join().ok().flatten().ok_or("a hash failed")?;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

fn flood(site: &Serving, signed: &Signed, sign_in: &Load) -> Result<(), Failure> {
    let page = format!("/accounts/{}/bills/{}", signed.account, signed.bill);
    let request = get(site.address, &page, &signed.cookie, "");
    let ask = Load { requests: vec![request], rate: Some(RATE), status: 200, ..sign_in.clone() };
    let tail = || Ok::<_, Failure>(percentile(&ask.clone().run()?.latencies).0);
    let flooded = || {
        // One flood that outlasts the other: begun again and again it would come in waves of its own making.
        let load = Load { lasts: LASTS + Duration::from_secs(1), ..sign_in.clone() };
        let flood = std::thread::spawn(move || load.run().map(drop).map_err(|error| error.to_string()));
        std::thread::sleep(Duration::from_millis(500));
        let found = tail();
        flood.join().map_err(|_| "the flood ended")??;
        found
    };
    let [idle, busy] = rounds([&tail, &flooded])?;
    println!(
        "  99th percentile of the bill page at {RATE:.0} requests/s: idle {idle:.2} ms, while the door is flooded {busy:.2} ms; ratio {:.1} (at most 3)",
        busy / idle
    );
    Ok(())
}

/// Logins that are all signed in, each of which looked at a page a moment ago.
async fn sessions(bench: &Bench) -> Result<(), Failure> {
    let home = bench.home().await?;
    let mut secrets = Vec::with_capacity(SESSIONS);
    for batch in 0..SESSIONS / 100 {
        let names = (0..100).map(|n| login(&format!("visiteur.{batch:03}.{n:02}"), ""));
        let new: Vec<NewLogin> = names.collect::<Result<_, _>>()?;
        let made = home
            .db
            .write(async |tx| {
                let mut made = Vec::with_capacity(new.len());
                for new in &new {
                    let login = identity::create_login(&home.db, &home.vault, tx, new).await?;
                    made.push(identity::begin_session(&home.db, tx, login, None).await?.secret().to_owned());
                }
                Ok::<_, LoginError>(made)
            })
            .await?;
        secrets.extend(made);
    }
    home.db.close().await;
    let site = Serving::start(&["serve", &bench.data.display().to_string(), &bench.url])?;
    let mut connection = Connection::open(site.address).await?;
    for secret in &secrets {
        let answer = connection.ask(&get(site.address, "/profile/security", &format!("session={secret}"), "")).await?;
        if answer.status != 200 {
            return Err(format!("a live session was answered {}", answer.status).into());
        }
    }
    println!("  memory of the serving process with {SESSIONS} live sessions: {:.0} MB (at most 80)", site.resident()?);
    Ok(())
}
