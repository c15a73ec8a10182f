//! The binary as an operator uses it: exit statuses, kills, a full disk, two at once.

use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use testkit::{TestPlace, on_both};

use crate::support::{examples, sample};

pub(crate) fn guichet(place: &TestPlace, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
    command.args(place.arguments()).args(arguments).stdin(Stdio::null()).env_remove("GUICHET_KEYS");
    command
}

pub(crate) fn done(place: &TestPlace, arguments: &[&str]) -> Output {
    let output = guichet(place, arguments).output().expect("starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

pub(crate) fn refused(place: &TestPlace, status: i32, arguments: &[&str]) -> String {
    let output = guichet(place, arguments).output().expect("starts");
    let reason = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {reason}");
    reason
}

/// Serves the demonstration until it answers, asks for one page, stops it as an operator would, and gives what it printed
/// before its address.
fn served(place: &TestPlace, arguments: &[&str]) -> String {
    let arguments = [arguments, &["demo", "--port", "0"]].concat();
    let mut child = guichet(place, &arguments).stdout(Stdio::piped()).spawn().expect("starts");
    let mut lines = std::io::BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut said = String::new();
    let address = loop {
        let line = lines.next().expect("it prints its address").expect("text");
        if let Some((_, after)) = line.split_once("http://") {
            break after.split_whitespace().next().expect("an address").to_owned();
        }
        said.push_str(&line);
        said.push('\n');
    };
    let mut stream = std::net::TcpStream::connect(&address).expect("it listens");
    stream.write_all(b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("asks");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("answers");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Boréal"), "{page}");
    let stopped = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(stopped.success() && child.wait().expect("ends").success(), "it stops gracefully");
    said
}

fn import(mapping: &Path, file: &Path) -> Vec<String> {
    vec!["import".into(), "--mapping".into(), mapping.display().to_string(), file.display().to_string()]
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Some customers more than fit in a few batches.
fn many(place: &TestPlace, count: usize) -> std::path::PathBuf {
    let all = sample();
    let rows: Vec<&str> = all.lines().skip(1).collect();
    let mut text = all.lines().next().expect("a header").to_owned();
    for n in 0..count {
        let row = rows[n % rows.len()];
        text.push_str(&format!("\n{n:06}-{}", &row[5..]));
    }
    place.file("many.csv", text)
}

/// Kills it with SIGKILL as soon as `until` says so, if it is still running.
fn kill_when(mut child: Child, until: impl Fn() -> bool) -> bool {
    for _ in 0..4000 {
        if let Ok(Some(_)) = child.try_wait() {
            return false;
        }
        if until() {
            child.kill().expect("kills");
            child.wait().expect("ends");
            return true;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    panic!("it neither ended nor got anywhere");
}

/// How many rows there are, seen from outside.
async fn rows(place: &TestPlace, table: &str) -> i64 {
    let home = place.open().await;
    crate::support::count(&home, table).await
}

fn export(place: &TestPlace, name: &str) -> Vec<Vec<String>> {
    let path = place.folder().join(name);
    done(place, &["bills", "export", "--month", "2026-12", "--csv", &path.display().to_string()]);
    let mut reader = csv::Reader::from_path(path).expect("reads");
    let expected = "external_id,account_number,bill_number,service_charges,add_ons,gst,qst,hst,pst,fees,previous_balance,payments,current_charges,total_due";
    assert_eq!(reader.headers().expect("a header").iter().collect::<Vec<_>>().join(","), expected);
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect());
    rows.map(|mut row: Vec<String>| {
        row.remove(2);
        row
    })
    .collect()
}

on_both! {
    async fn bil_3_killed_three_times_the_run_completes_to_the_same_bills(place: &TestPlace) {
        let file = many(place, 2600);
        done(place, &words(&import(&examples().join("telco.toml"), &file)));
        let whole: Vec<Vec<String>> = {
            // What the bills should be, from a dry run's totals and the file itself.
            let output = done(place, &["bills", "run", "--month", "2026-12", "--ahead", "31", "--dry-run", "--json"]);
            let dry: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            vec![vec![dry["bills"].to_string(), dry["figures"]["current_charges"].as_str().expect("an amount").to_owned()]]
        };
        let run = ["bills", "run", "--month", "2026-12", "--ahead", "31"];
        let mut killed = 0;
        for part in 1..=3_i64 {
            let child = guichet(place, &run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
            let handle = tokio::runtime::Handle::current();
            let home = place.open().await;
            killed += i32::from(kill_when(child, || {
                tokio::task::block_in_place(|| handle.block_on(crate::support::count(&home, "bills"))) >= part * 400
            }));
        }
        assert!(killed > 0, "the run was too fast to be killed");
        let report: serde_json::Value = serde_json::from_slice(&done(place, &["bills", "run", "--month", "2026-12", "--ahead", "31", "--json"]).stdout).expect("JSON");
        let rows = export(place, "december.csv");
        assert_eq!(rows.len().to_string(), whole[0][0]);
        assert_eq!(report["bills"].to_string(), whole[0][0]);
        let charged: kernel::Amount = rows.iter().map(|row| row[11].parse::<kernel::Amount>().expect("an amount")).sum();
        assert_eq!(charged.to_string(), whole[0][1]);
        done(place, &["bills", "verify"]);
        done(place, &["audit", "verify"]);
    }

    async fn ops_2_a_killed_import_goes_on_where_it_was(place: &TestPlace) {
        let file = many(place, 3000);
        let arguments = import(&examples().join("telco.toml"), &file);
        let home = place.open().await;
        let child = guichet(place, &words(&arguments)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        let handle = tokio::runtime::Handle::current();
        let killed = kill_when(child, || tokio::task::block_in_place(|| handle.block_on(crate::support::count(&home, "accounts"))) >= 400);
        assert!(killed, "the import was too fast to be killed");
        let kept = crate::support::count(&home, "accounts").await;
        assert!((400..3000).contains(&kept) && kept % 200 == 0, "whole batches are kept: {kept}");
        let output = done(place, &words(&[arguments, vec!["--json".to_owned()]].concat()));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((report["imported"].as_i64(), report["unchanged"].as_i64()), (Some(3000 - kept), Some(kept)));
        assert_eq!(rows(place, "accounts").await, 3000);
        done(place, &["audit", "verify"]);
    }

    async fn bil_3_two_processes_at_once_share_the_work(place: &TestPlace) {
        done(place, &words(&import(&examples().join("telco.toml"), &many(place, 1200))));
        let run = || guichet(place, &["bills", "run", "--month", "2026-12", "--ahead", "31", "--json"]).stdout(Stdio::piped()).spawn().expect("starts");
        let (one, two) = (run(), run());
        let issued = |child: Child| {
            let output = child.wait_with_output().expect("ends");
            assert!(output.status.success());
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            report["issued_here"].as_i64().expect("a number")
        };
        assert_eq!(issued(one) + issued(two), 1000);
        assert_eq!(rows(place, "bills").await, 1000);
        done(place, &["bills", "verify"]);
    }

    async fn ops_1_the_command_line_says_how_it_ended(place: &TestPlace) {
        let mapping = examples().join("telco.toml");
        refused(place, 2, &["bills", "run", "--month", "December"]);
        refused(place, 2, &["bills", "run", "--ahead", "40"]);
        refused(place, 2, &["pay", "me"]);
        assert!(!place.data().exists(), "wrong usage touches nothing");
        let gone = place.folder().join("gone.toml");
        assert!(refused(place, 1, &words(&import(&gone, &examples().join("sample.csv")))).contains("gone.toml"));
        assert!(!place.data().exists(), "a mapping that is not there touches nothing");

        assert!(refused(place, 1, &["bills", "run", "--month", "2026-12"]).contains("there is no catalogue yet"));
        let bad = place.file("bad.csv", sample().replace("20.10,", "x,"));
        let said = refused(place, 1, &words(&import(&mapping, &bad)));
        assert!(said.contains("line 2, column MonthlyCharges") && said.contains("1 line is faulty"), "{said}");
        done(place, &words(&import(&mapping, &examples().join("sample.csv"))));
        assert!(refused(place, 1, &["bills", "export", "--month", "2026-12", "--csv", &place.folder().join("x.csv").display().to_string()]).contains("has no bills"));
        assert!(!place.folder().join("x.csv").exists());
        assert!(refused(place, 1, &["--now", "2026-12-24", "check"]).contains("for demonstrations only"));
        done(place, &["check"]);
        let plan = String::from_utf8(done(place, &["migrate", "--plan"]).stdout).expect("text");
        assert_eq!(plan, "The schema is up to date.\n");

        let config = place.data().join("guichet.toml");
        let text = std::fs::read_to_string(&config).expect("the configuration");
        std::fs::write(&config, text.replace("due_days = 21", "due_days = 999")).expect("writes");
        assert!(refused(place, 1, &["check"]).contains("due_days must be 1 to 120"));
    }

    async fn ops_1_alone_it_is_a_demonstration_in_a_folder_of_its_own(place: &TestPlace) {
        let first = served(place, &["--now", "2026-11-21"]);
        assert!(first.contains("60 made-up customers") && first.contains("bills from 2025-12 to 2026-11"), "{first}");
        assert!(first.contains("maude.deschenesroy") && first.contains("with the password boreal2026"), "{first}");
        // Started again it goes on with its data.
        assert_eq!(served(place, &[]), first);
        done(place, &["bills", "verify"]);
        done(place, &["--now", "2026-12-01", "bills", "run", "--month", "2026-12"]);
        done(place, &["bills", "verify"]);
        done(place, &["audit", "verify"]);
        // A folder of real customers is none.
        let other = TestPlace::sqlite();
        done(&other, &["check"]);
        assert!(refused(&other, 1, &["demo", "--port", "0"]).contains("for demonstrations only"));
    }

    async fn ops_1_a_demonstration_that_was_killed_goes_on(place: &TestPlace) {
        let demo = ["--now", "2026-11-21", "demo", "--port", "0"];
        let child = guichet(place, &demo).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        let config = place.data().join("guichet.toml");
        while !config.exists() {
            std::thread::sleep(Duration::from_millis(3));
        }
        let home = place.open().await;
        let handle = tokio::runtime::Handle::current();
        let killed = kill_when(child, || tokio::task::block_in_place(|| handle.block_on(crate::support::count(&home, "bills"))) >= 200);
        assert!(killed, "it was too fast to be killed");
        assert!((200..706).contains(&crate::support::count(&home, "bills").await));
        let said = served(place, &["--now", "2026-11-22"]);
        assert!(said.contains("60 made-up customers, 706 bills from 2025-12 to 2026-11"), "{said}");
        done(place, &["bills", "verify"]);
        done(place, &["audit", "verify"]);
    }

    async fn prv_1_two_rotations_at_once_lose_no_key(place: &TestPlace) {
        done(place, &words(&import(&examples().join("telco.toml"), &many(place, 400))));
        let rotate = || guichet(place, &["keys", "rotate"]).stdout(Stdio::null()).spawn().expect("starts");
        let (mut one, mut two) = (rotate(), rotate());
        assert!(one.wait().expect("ends").success() && two.wait().expect("ends").success());
        let home = place.open().await;
        let newest = home.vault.current_key();
        assert!((2..=3).contains(&newest), "{newest}");
        assert_eq!(accounts::count_under_other_keys(home.db.reader(), newest).await.expect("read"), 0);
        done(place, &["keys", "rotate"]);
    }

    async fn prv_2_missing_heads_are_no_clean_log(place: &TestPlace) {
        done(place, &words(&import(&examples().join("telco.toml"), &examples().join("sample.csv"))));
        done(place, &["audit", "verify"]);
        std::fs::remove_file(place.data().join("audit-heads")).expect("removes");
        assert!(refused(place, 1, &["audit", "verify"]).contains("no kept heads were found"));
    }

    async fn prv_1_keys_rotate_by_command(place: &TestPlace) {
        done(place, &words(&import(&examples().join("telco.toml"), &examples().join("sample.csv"))));
        let said = String::from_utf8(done(place, &["keys", "rotate"]).stdout).expect("text");
        assert!(said.contains("Sealing key 2 is in use: 6 customers, 10 services, 0 messages, 0 logins and 0 members of staff"), "{said}");
        done(place, &["keys", "rotate"]);
        let again = done(place, &words(&[import(&examples().join("telco.toml"), &examples().join("sample.csv")), vec!["--json".into()]].concat()));
        let report: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
        assert_eq!(report["unchanged"].as_i64(), Some(6), "rotation changes no mark");
        done(place, &["audit", "verify"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_2_a_full_disk_loses_nothing_and_it_goes_on_when_there_is_room() {
    let place = &TestPlace::sqlite();
    let file = many(place, 3000);
    let arguments = import(&examples().join("telco.toml"), &file);
    done(place, &["check"]);
    // SQLite itself refuses to grow, as it does on a full disk.
    let config = place.data().join("guichet.toml");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    let limit = |megabytes: u32| {
        std::fs::write(&config, text.replace("[database]", &format!("[database]\nmax_megabytes = {megabytes}")))
            .expect("writes")
    };
    limit(4);
    assert!(refused(place, 1, &words(&arguments)).contains("full"));
    let kept = rows(place, "accounts").await;
    assert!(kept > 0 && kept < 3000 && kept % 200 == 0, "{kept}");
    done(place, &["audit", "verify"]);
    limit(100);
    done(place, &words(&arguments));
    assert_eq!(rows(place, "accounts").await, 3000);

    let pages = std::fs::metadata(place.data().join("guichet.db")).expect("a file").len() / (1024 * 1024);
    limit(u32::try_from(pages).expect("small") + 2);
    assert!(refused(place, 1, &["bills", "run", "--month", "2026-12", "--ahead", "31"]).contains("full"));
    let issued = rows(place, "bills").await;
    assert!(issued < 2500, "{issued}");
    limit(100);
    done(place, &["bills", "run", "--month", "2026-12", "--ahead", "31"]);
    assert_eq!(rows(place, "bills").await, 2500);
    done(place, &["bills", "verify"]);
    done(place, &["audit", "verify"]);
}

/// The provider's real file, where it lies beside the repository (it is not part of it).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_2_the_real_file_is_imported_and_billed_to_the_cent() {
    let file = TestPlace::repository().join("../shared/data/telco_customers.csv");
    if !file.exists() {
        eprintln!("not run: {} is not here", file.display());
        return;
    }
    let place = &TestPlace::sqlite();
    let arguments = [import(&examples().join("telco.toml"), &file), vec!["--json".to_owned()]].concat();
    let imported = |output: Output| -> (Option<i64>, Option<i64>) {
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (report["imported"].as_i64(), report["unchanged"].as_i64())
    };
    assert_eq!(imported(done(place, &words(&arguments))), (Some(7043), Some(0)));
    assert_eq!(imported(done(place, &words(&arguments))), (Some(0), Some(7043)));
    for issued in [5174, 0] {
        let report: serde_json::Value = serde_json::from_slice(
            &done(place, &["bills", "run", "--month", "2026-12", "--ahead", "31", "--json"]).stdout,
        )
        .expect("JSON");
        assert_eq!((report["bills"].as_i64(), report["issued_here"].as_i64()), (Some(5174), Some(issued)));
    }
    let path = place.folder().join("december.csv").display().to_string();
    let totals: serde_json::Value = serde_json::from_slice(
        &done(place, &["bills", "export", "--month", "2026-12", "--csv", &path, "--json"]).stdout,
    )
    .expect("JSON");
    let figure =
        |name: &str| totals["figures"][name].as_str().expect("an amount").parse::<kernel::Amount>().expect("an amount");
    assert_eq!((figure("service_charges") + figure("add_ons")).to_string(), "316985.75");
    assert_eq!((figure("gst").to_string().as_str(), figure("qst").to_string().as_str()), ("15855.57", "31619.51"));
    let rows = export(place, "again.csv");
    let first = rows.iter().find(|row| row[0] == "7590-VHVEG").expect("the row");
    assert_eq!((first[2].as_str(), first[3].as_str()), ("24.85", "5.00"));
    done(place, &["bills", "verify"]);
    done(place, &["audit", "verify"]);
}
