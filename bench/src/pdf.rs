//! PDFs of bills: how many a core draws in a second, and whether memory stays.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;

use accounts::{Grant, Right};
use billing::Writing;
use guichet::Home;
use kernel::AccountId;
use paper::{Document, Renderer};
use serde::{Deserialize, Serialize};

use crate::site::resident_kb;
use crate::{Bench, Failure, provider};

/// Half as many accounts, with two bills each.
const DOCUMENTS: u32 = 10_000;
const FEW: u32 = 100;

/// What drawing took.
#[derive(Serialize, Deserialize)]
struct Drawn {
    /// Of a processor.
    seconds: f64,
    bytes: u64,
    documents: u32,
    resident_after_few_kb: u64,
    resident_kb: u64,
}

/// `bench pdf`
pub(crate) async fn measure(folder: &Path) -> Result<(), Failure> {
    let data = folder.join("pdf");
    let bench = Bench { url: format!("sqlite:{}", data.join("run.db").display()), data };
    provider::fill(&bench, DOCUMENTS / 2).await?;
    bench.run("2026-10")?;
    bench.run("2026-11")?;
    let path = folder.join("documents");
    let home = bench.home().await?;
    write_out(&home, &path).await?;
    home.db.close().await;
    let output = Command::new(std::env::current_exe()?).arg("draw").arg(&path).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let drawn: Drawn = serde_json::from_slice(&output.stdout)?;
    if drawn.documents != DOCUMENTS {
        return Err(format!("{} documents were drawn", drawn.documents).into());
    }
    println!("PDFs of {DOCUMENTS} different bills, tagged, checked for PDF/A-2a and PDF/UA-1, in one thread:");
    println!(
        "  {:.0} a second and core (at least 100, aim 300), {:.0} kB each",
        f64::from(drawn.documents) / drawn.seconds,
        drawn.bytes as f64 / f64::from(drawn.documents) / 1000.0
    );
    let (few, all) = (drawn.resident_after_few_kb as f64 / 1024.0, drawn.resident_kb as f64 / 1024.0);
    println!("  memory after {FEW}: {few:.1} MB, after all {all:.1} MB; ratio {:.2} (at most 1.2)", all / few);
    Ok(())
}

/// Writes the documents of all issued bills into a file, a line each, so that the process that draws has no database.
async fn write_out(home: &Home, path: &Path) -> Result<(), Failure> {
    let site = guichet::site(home, "http://127.0.0.1")?;
    let facts = guichet::provider(home).facts;
    let mut file = BufWriter::new(File::create(path)?);
    let mut reference = None;
    let mut after = AccountId::FIRST;
    loop {
        let page = accounts::numbers_after(home.db.reader(), after, 500).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (account, number) in page {
            let grant = Grant::of_the_provider(account, &number, Right::SeeBills);
            let view = accounts::account_view(home.db.reader(), &home.vault, &grant).await?.ok_or("no account")?;
            let places = services::places_of(&home.db, &home.vault, &grant).await?;
            for month in ["2026-10", "2026-11"] {
                let bill = billing::bill_of_month(home.db.reader(), &grant, month.parse()?).await?.ok_or("no bill")?;
                let previous = billing::bill_before(home.db.reader(), &grant, bill.number).await?;
                if reference.is_none() {
                    let (catalogue, taxes, rules) = (bill.catalogue_version, bill.taxes_version, bill.rules_version);
                    reference = Some(billing::load_reference(&home.db, catalogue, taxes, rules).await?);
                }
                let reference = reference.as_ref().ok_or("no reference")?;
                let writing = Writing {
                    texts: site.texts(),
                    language: view.language,
                    provider: &facts,
                    rules: &reference.rules,
                    catalogue: &reference.catalogue,
                    account: &view,
                    places: &places,
                    bill: &bill,
                    previous: previous.as_ref(),
                    large_print: false,
                };
                serde_json::to_writer(&mut file, &writing.document().ok_or("a bill of an unknown schema")?)?;
                file.write_all(b"\n")?;
            }
        }
    }
    Ok(file.flush()?)
}

/// The processor time that this thread used so far, in nanoseconds: what neighbours take does not count.
fn used() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().ok_or("no schedstat")?.parse()?)
}

/// `bench draw FILE`: draws them one after the other; only drawing is timed.
pub(crate) fn draw(path: &str) -> Result<(), Failure> {
    let renderer = Renderer::new()?;
    let (mut took, mut bytes, mut documents, mut resident_after_few_kb) = (0, 0, 0, 0);
    for line in BufReader::new(File::open(path)?).lines() {
        let document: Document = serde_json::from_str(&line?)?;
        let before = used()?;
        bytes += renderer.render(&document)?.len() as u64;
        took += used()? - before;
        documents += 1;
        if documents == FEW {
            resident_after_few_kb = resident_kb("/proc/self/status")?;
        }
    }
    let resident_kb = resident_kb("/proc/self/status")?;
    let drawn = Drawn { seconds: took as f64 / 1e9, bytes, documents, resident_after_few_kb, resident_kb };
    println!("{}", serde_json::to_string(&drawn)?);
    Ok(())
}
