//! OPS-3, PRV-1: e-mail through a real mail server (`../smtpd.py`), and into a folder.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use db::jobs::Left;
use guichet::Home;
use kernel::{Language, MessageId};
use messages::{Block, Email, Letter, Login, MessageError, Postman, Security, Sender, SmtpSettings, State, Way};
use serde_json::Value;
use testkit::{TestPlace, on_both};
use zeroize::Zeroizing;

use crate::support::{count, execute};

/// The environment variable with the Python that has the mail server's library.
const SMTPD: &str = "GUICHET_TEST_SMTPD";

/// A mail server of the test's own.
struct Smtpd {
    process: Child,
    port: u16,
    record: PathBuf,
}

impl Smtpd {
    /// On a free port.
    fn start(place: &TestPlace) -> Self {
        Self::start_with(place, 0, &[])
    }

    fn start_with(place: &TestPlace, port: u16, more: &[&str]) -> Self {
        let python = std::env::var(SMTPD)
            .expect("GUICHET_TEST_SMTPD is not set: run ./test, which installs the tests' mail server");
        let record = place.folder().join("received.jsonl");
        let script = TestPlace::repository().join("crates/guichet/tests/smtpd.py");
        let mut command = Command::new(python);
        command.arg(script).arg(&record).arg(port.to_string()).args(more).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("its port");
        Self { process, port: line.trim().parse().expect("a port"), record }
    }

    fn settings(&self) -> SmtpSettings {
        let (host, security) = ("127.0.0.1".to_owned(), Security::None);
        SmtpSettings {
            host,
            port: self.port,
            security,
            authorities: None,
            login: None,
            timeout: Duration::from_secs(30),
        }
    }

    fn way(&self) -> Way {
        Way::Smtp(self.settings())
    }

    fn received(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.record).unwrap_or_default();
        // A line may be half written when it is read while the server works.
        text.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    async fn has_received(&self, messages: usize) {
        for _ in 0..300 {
            if self.received().len() >= messages {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the mail server received {} messages", self.received().len());
    }
}

impl Drop for Smtpd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn header<'a>(mail: &'a Value, name: &str) -> Vec<&'a str> {
    let headers = mail["headers"].as_array().expect("headers").iter();
    headers.filter(|header| header[0].as_str() == Some(name)).filter_map(|header| header[1].as_str()).collect()
}

fn sender() -> Sender {
    Sender::new("Télécom Boréal", "facturation@boreal.example").expect("a sender")
}

fn email(to: &str) -> Email {
    let letter = Letter {
        language: Language::Fr,
        provider: "Télécom Boréal".to_owned(),
        greeting: "Bonjour Ève,".to_owned(),
        blocks: vec![
            Block::Text("Votre facture de décembre est prête.".to_owned()),
            Block::Facts(vec![("À payer".to_owned(), "34,32\u{a0}$".to_owned())]),
            Block::Button {
                label: "Voir ma facture".to_owned(),
                href: "https://boreal.example/factures?a=1&b=2".to_owned(),
            },
        ],
        closing: "Merci de votre confiance,".to_owned(),
    };
    Email {
        to: to.to_owned(),
        subject: "Votre facture de décembre\u{a0}: 34,32\u{a0}$".to_owned(),
        text: letter.to_text(),
        html: letter.to_html(),
        language: Language::Fr,
        kind: "bill-ready",
        account: None,
    }
}

async fn enqueue(home: &Home, emails: &[Email]) -> Vec<MessageId> {
    home.db
        .write(async |tx| messages::enqueue(&home.db, &home.vault, tx, &sender(), emails).await)
        .await
        .expect("enqueued")
}

fn postman(home: &Home, way: Way) -> Postman {
    Postman::new(home.db.clone(), home.vault.clone(), sender(), way)
}

async fn state(home: &Home, id: MessageId) -> (State, String) {
    let found = messages::find(&home.db, &home.vault, id).await.expect("read").expect("a message");
    (found.shown.state, found.shown.last_error.unwrap_or_default())
}

async fn left(home: &Home) -> Left {
    db::jobs::left(home.db.reader(), "messages").await.expect("read")
}

const NOTHING: Left = Left { ready: 0, dead: 0 };

on_both! {
    async fn ops_3_an_e_mail_reaches_the_mail_server_as_it_was_written(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        let ids = enqueue(&home, &[email("eve@exemple.example")]).await;
        place.advance_seconds(120);
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("delivered"), 1);
        let received = server.received();
        assert_eq!(received.len(), 1);
        let mail = &received[0];
        assert_eq!((mail["from"].as_str(), &mail["to"]), (Some("facturation@boreal.example"), &serde_json::json!(["eve@exemple.example"])));
        let written = email("eve@exemple.example");
        assert_eq!(header(mail, "Subject"), [written.subject.as_str()]);
        assert_eq!(header(mail, "From"), ["Télécom Boréal <facturation@boreal.example>"]);
        assert_eq!(header(mail, "Message-ID"), [format!("<{}@boreal.example>", ids[0])]);
        assert_eq!(header(mail, "Date"), ["Sat, 21 Nov 2026 17:00:00 +0000"], "when it was enqueued");
        assert_eq!((header(mail, "Content-Language"), header(mail, "Auto-Submitted")), (vec!["fr"], vec!["auto-generated"]));
        assert_eq!(mail["text"].as_str().map(|text| text.replace("\r\n", "\n")), Some(written.text.clone()));
        assert_eq!(mail["html"].as_str().map(|text| text.replace("\r\n", "\n")), Some(written.html.clone()));
        assert_eq!(mail["defects"], serde_json::json!([]));

        let shown = messages::list(&home.db, &home.vault, 10).await.expect("read");
        assert_eq!((shown.len(), shown[0].to.as_str(), shown[0].state, shown[0].kind.as_str()), (1, "eve@exemple.example", State::Sent, "bill-ready"));
        let found = messages::find(&home.db, &home.vault, ids[0]).await.expect("read").expect("a message");
        assert_eq!((found.text, found.html), (written.text, written.html));
        let file = messages::eml(&home.db, &home.vault, &sender(), ids[0]).await.expect("read").expect("a message");
        assert_eq!(String::from_utf8(file).expect("text"), mail["raw"].as_str().expect("raw"), "what was sent can be seen");
        assert_eq!(left(&home).await, NOTHING);
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("delivered"), 0, "not again");
    }

    async fn ops_3_a_plain_mail_server_gets_the_domain_in_ascii(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start_with(place, 0, &["--plain"]));
        // As an earlier version kept it.
        let ids = enqueue(&home, &[email("info@bière-fictive.example"), email("élise@exemple.ca")]).await;
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("delivered"), 1);
        let received = server.received();
        assert_eq!((received.len(), &received[0]["to"]), (1, &serde_json::json!(["info@xn--bire-fictive-ydb.example"])));
        assert!(received[0]["raw"].as_str().is_some_and(str::is_ascii));
        assert_eq!(state(&home, ids[0]).await.0, State::Sent);
        assert!(state(&home, ids[1]).await.1.contains("SMTPUTF8"), "and says why the other did not go");
    }

    async fn ops_3_nothing_is_sent_of_a_transaction_that_was_rolled_back(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        let rolled_back: Result<(), MessageError> = home.db.write(async |tx| {
            messages::enqueue(&home.db, &home.vault, tx, &sender(), &[email("eve@exemple.example")]).await?;
            Err(MessageError::Content("the caller changed its mind".to_owned()))
        }).await;
        assert!(rolled_back.is_err());
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("delivered"), 0);
        assert_eq!((server.received().len(), count(&home, "messages").await), (0, 0));
        assert_eq!(left(&home).await, NOTHING);
    }

    async fn ops_3_killed_after_the_servers_acceptance_it_is_repeated_with_the_same_message_id(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        let ids = enqueue(&home, &[email("slow@exemple.example")]).await;
        let first = postman(&home, server.way());
        let killed = tokio::spawn(async move { first.deliver_due().await });
        server.has_received(1).await;
        killed.abort();
        assert!(killed.await.expect_err("killed").is_cancelled());
        assert_eq!(state(&home, ids[0]).await.0, State::Waiting);

        let second = postman(&home, server.way());
        assert_eq!(second.deliver_due().await.expect("delivered"), 0, "the dead one's lease holds");
        place.advance_seconds(6 * 30 + 1);
        assert_eq!(second.deliver_due().await.expect("delivered"), 1);
        let received = server.received();
        assert_eq!(received.len(), 2);
        assert_eq!(header(&received[0], "Message-ID"), header(&received[1], "Message-ID"));
        assert_eq!(received[0]["raw"], received[1]["raw"], "the same to the byte");
        assert_eq!((state(&home, ids[0]).await.0, left(&home).await), (State::Sent, NOTHING));
    }

    async fn ops_3_while_the_server_is_down_messages_wait(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        let (port, way) = (server.port, server.way());
        drop(server);
        let emails: Vec<Email> = (0..40).map(|n| email(&format!("c{n}@exemple.example"))).collect();
        let ids = enqueue(&home, &emails).await;
        let postman = postman(&home, way);
        // For longer than any job's usual patience.
        for _ in 0..20 {
            assert_eq!(postman.deliver_due().await.expect("tried"), 0);
            assert_eq!(postman.deliver_due().await.expect("tried"), 0);
            place.advance_seconds(601);
        }
        let (waiting, reason) = state(&home, ids[0]).await;
        assert_eq!(waiting, State::Waiting);
        assert!(reason.starts_with("the mail server"), "{reason}");
        assert_eq!(left(&home).await, Left { ready: 40, dead: 0 });
        let server = Smtpd::start_with(place, port, &[]);
        assert_eq!(postman.deliver_due().await.expect("delivered"), 40);
        assert_eq!((server.received().len(), left(&home).await), (40, NOTHING));
        assert_eq!(state(&home, ids[0]).await, (State::Sent, String::new()));
    }

    async fn ops_3_given_up_after_four_days_it_can_be_sent_again(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        let (port, way) = (server.port, server.way());
        drop(server);
        let ids = enqueue(&home, &[email("eve@exemple.example")]).await;
        let postman = postman(&home, way);
        place.advance_seconds(4 * 24 * 3600 + 1);
        assert_eq!(postman.deliver_due().await.expect("tried"), 0);
        assert_eq!((state(&home, ids[0]).await.0, left(&home).await), (State::Dead, NOTHING));
        let again = async || home.db.write(async |tx| messages::send_again(&home.db, tx, ids[0]).await).await.expect("asked");
        assert!(again().await);
        assert!(!again().await, "it waits already");
        let server = Smtpd::start_with(place, port, &[]);
        assert_eq!(postman.deliver_due().await.expect("delivered"), 1);
        assert_eq!(header(&server.received()[0], "Message-ID"), [format!("<{}@boreal.example>", ids[0])]);
    }

    async fn ops_3_a_refused_recipient_is_dead_and_stops_no_other(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        let to = ["a@exemple.example", "refused.roy@exemple.example", "later@exemple.example", "not an address", "élise@exemple.example", "b@exemple.example"];
        let ids = enqueue(&home, &to.map(email)).await;
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("delivered"), 3);
        let mut states = Vec::new();
        for id in &ids {
            states.push(state(&home, *id).await);
        }
        let found: Vec<State> = states.iter().map(|(state, _)| *state).collect();
        assert_eq!(found, [State::Sent, State::Dead, State::Waiting, State::Dead, State::Sent, State::Sent]);
        assert_eq!(states[1].1, "the recipient: permanent error (550): 5.1.1 … no such user");
        assert_eq!(states[2].1, "the recipient: transient error (451): 4.2.1 … mailbox busy");
        assert_eq!(states[3].1, "the recipient's address is none");
        assert_eq!(left(&home).await, Left { ready: 1, dead: 0 });
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("tried"), 0, "not again at once");
    }

    async fn ops_3_two_nodes_send_each_message_once(place: &TestPlace) {
        let (one, two, server) = (place.open().await, place.open().await, Smtpd::start(place));
        // Some of them about an account.
        let account = |n: u32| n.is_multiple_of(2).then(|| one.world.id());
        let emails: Vec<Email> = (0..150).map(|n| Email { account: account(n), ..email(&format!("c{n}@exemple.example")) }).collect();
        enqueue(&one, &emails).await;
        let (a, b) = (postman(&one, server.way()), postman(&two, server.way()));
        let (a, b) = tokio::join!(a.deliver_due(), b.deliver_due());
        let (a, b) = (a.expect("delivered"), b.expect("delivered"));
        assert_eq!(a + b, 150);
        assert!(a > 0 && b > 0, "both worked: {a}, {b}");
        let received = server.received();
        let mut ids: Vec<&str> = received.iter().flat_map(|mail| header(mail, "Message-ID")).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((received.len(), ids.len()), (150, 150));
    }

    async fn ops_3_a_login_that_is_not_right_ends_no_message(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start_with(place, 0, &["--login", "guichet:right"]));
        let ids = enqueue(&home, &[email("eve@exemple.example")]).await;
        let with = |login: Option<&str>, security| {
            let login = login.map(|password| Login { user: "guichet".to_owned(), password: Zeroizing::new(password.to_owned()) });
            postman(&home, Way::Smtp(SmtpSettings { login, security, ..server.settings() }))
        };
        for (login, security, expected) in [
            (None, Security::None, "the sender: permanent error (530)"),
            (Some("wrong"), Security::None, "the mail server: permanent error (535)"),
            // The server offers no encryption: neither password nor message goes out in the clear.
            (Some("right"), Security::StartTls, "the mail server: internal client error: STARTTLS is not supported"),
            (Some("right"), Security::Implicit, "the mail server: "),
        ] {
            assert_eq!(with(login, security).deliver_due().await.expect("tried"), 0);
            let (waiting, reason) = state(&home, ids[0]).await;
            assert!(waiting == State::Waiting && reason.starts_with(expected), "{reason}");
            assert!(!reason.contains("right") && !reason.contains("wrong"), "{reason}");
            place.advance_seconds(601);
        }
        assert_eq!(server.received().len(), 0);
        assert_eq!(with(Some("right"), Security::None).deliver_due().await.expect("delivered"), 1);
    }

    async fn ops_3_mail_leaves_encrypted_to_a_server_that_can_be_trusted_and_to_no_other(place: &TestPlace) {
        let home = place.open().await;
        let file = place.folder().join("authority.pem");
        let authority = file.to_str().expect("a path");
        for (name, security) in [("starttls", Security::StartTls), ("implicit", Security::Implicit)] {
            let server = Smtpd::start_with(place, 0, &["--tls", name, "--authority", authority, "--login", "guichet:right"]);
            let before = server.received().len();
            let with = |authorities: Option<Vec<u8>>, security| {
                let login = Some(Login { user: "guichet".to_owned(), password: Zeroizing::new("right".to_owned()) });
                postman(&home, Way::Smtp(SmtpSettings { login, security, authorities, ..server.settings() }))
            };
            let ids = enqueue(&home, &[email("eve@exemple.example")]).await;
            assert_eq!(with(None, security).deliver_due().await.expect("tried"), 0);
            let (waiting, reason) = state(&home, ids[0]).await;
            assert!(waiting == State::Waiting && reason.contains("certificate"), "{reason}");
            place.advance_seconds(601);
            let trusted = std::fs::read(&file).expect("the authority");
            assert_eq!(with(Some(trusted.clone()), Security::None).deliver_due().await.expect("tried"), 0, "it takes nothing in the clear");
            place.advance_seconds(601);
            assert_eq!(server.received().len(), before);
            assert_eq!(with(Some(trusted), security).deliver_due().await.expect("delivered"), 1);
            assert_eq!(server.received().len(), before + 1);
        }
    }

    async fn ops_3_without_a_mail_server_messages_go_to_a_folder(place: &TestPlace) {
        let home = place.open().await;
        let ids = enqueue(&home, &[email("eve@exemple.example"), email("bob@exemple.example")]).await;
        assert_eq!(home.postman().expect("a postman").deliver_due().await.expect("delivered"), 2);
        let files = || {
            let entries = std::fs::read_dir(&home.paths.mail).expect("the folder");
            let mut names: Vec<String> = entries.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        };
        let mut expected: Vec<String> = ids.iter().map(|id| format!("{id}.eml")).collect();
        expected.sort();
        assert_eq!(files(), expected);
        let written = std::fs::read(home.paths.mail.join(&expected[0])).expect("reads");
        assert!(String::from_utf8(written).expect("text").contains("Auto-Submitted: auto-generated"));
        for (path, mode) in [(home.paths.mail.clone(), 0o700), (home.paths.mail.join(&expected[0]), 0o600)] {
            assert_eq!(std::fs::metadata(path).expect("there").permissions().mode() & 0o777, mode, "for nobody else");
        }
        // A repeat replaces the file.
        execute(&home, "UPDATE messages SET state = 'dead'").await.expect("written");
        home.db.write(async |tx| messages::send_again(&home.db, tx, ids[0]).await).await.expect("enqueued");
        assert_eq!(home.postman().expect("a postman").deliver_due().await.expect("delivered"), 1);
        assert_eq!(files(), expected);
    }

    async fn ops_3_a_postman_at_work_is_woken_and_stops_when_told(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        let postman = Arc::new(postman(&home, server.way()));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn({
            let postman = postman.clone();
            async move { postman.run(async { let _ = stopped.await; }).await }
        });
        enqueue(&home, &[email("eve@exemple.example")]).await;
        postman.nudge().notify_one();
        server.has_received(1).await;
        stop.send(()).expect("told");
        tokio::time::timeout(Duration::from_secs(10), running).await.expect("in time").expect("stops");
        assert_eq!(left(&home).await, NOTHING, "what was sent is kept before it stops");
    }

    async fn prv_1_no_address_subject_or_text_is_in_the_database_in_plain(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        enqueue(&home, &[email("refused.tremblay@exemple.example"), email("later.tremblay@exemple.example"), email("tremblay@exemple.example")]).await;
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("delivered"), 1);
        let secrets = ["tremblay", "exemple.example", "facture de", "Ève", "34,32"];
        if place.is_postgres() {
            for table in ["messages", "jobs", "audit_events"] {
                let sql = format!("SELECT coalesce(string_agg(CAST(t AS text), ' '), '') FROM {table} t");
                let text: String = db::scalar(home.db.reader(), &sql, []).await.expect("read").expect("rows");
                for secret in secrets {
                    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
                    assert!(!text.contains(secret) && !text.contains(&hex), "{secret} in {table}");
                }
            }
        } else {
            let database = home.paths.database.clone();
            home.db.clone().close().await;
            let mut bytes = std::fs::read(&database).expect("the database");
            bytes.extend(std::fs::read(database.with_extension("db-wal")).unwrap_or_default());
            assert!(bytes.windows(10).any(|part| part == b"bill-ready"), "the row is in there");
            for secret in secrets {
                assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
            }
        }
    }

    async fn prv_1_after_a_rotation_messages_are_readable_and_still_leave(place: &TestPlace) {
        let (mut home, server) = (place.open().await, Smtpd::start(place));
        let emails: Vec<Email> = (0..250).map(|n| email(&format!("c{n}@exemple.example"))).collect();
        let ids = enqueue(&home, &emails).await;
        home.add_key().await.expect("added");
        assert_eq!(state(&home, ids[0]).await.0, State::Waiting, "readable in between");
        let behind = async |home: &Home| messages::count_under_other_keys(home.db.reader(), home.vault.current_key()).await.expect("read");
        assert_eq!(behind(&home).await, 250);
        assert_eq!(messages::rotate_messages(&home.db, &home.vault, |_| ()).await.expect("rotated"), 250);
        assert_eq!((behind(&home).await, messages::rotate_messages(&home.db, &home.vault, |_| ()).await.expect("rotated")), (0, 0));
        assert_eq!(messages::list(&home.db, &home.vault, 300).await.expect("read").len(), 250);
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("delivered"), 250);
    }

    async fn prv_4_a_line_end_in_a_subject_reaches_no_header(place: &TestPlace) {
        let (home, server) = (place.open().await, Smtpd::start(place));
        let subject = "Facture\r\nBcc: tous@exemple.example\r\n\r\n<b>Bonjour</b>".to_owned();
        enqueue(&home, &[Email { subject, text: "Corps\r\n.\r\nMAIL FROM:<x@exemple.example>\r\n".to_owned(), ..email("eve@exemple.example") }]).await;
        assert_eq!(postman(&home, server.way()).deliver_due().await.expect("delivered"), 1);
        let received = server.received();
        assert_eq!((received.len(), received[0]["to"].as_array().map(Vec::len)), (1, Some(1)));
        assert_eq!(header(&received[0], "Bcc"), Vec::<&str>::new());
        assert_eq!(header(&received[0], "Subject"), ["Facture  Bcc: tous@exemple.example    <b>Bonjour</b>"]);
        let text = received[0]["text"].as_str().expect("text").replace("\r\n", "\n");
        assert_eq!(text, "Corps\n.\nMAIL FROM:<x@exemple.example>\n", "a line with a dot ends nothing");
    }
}
