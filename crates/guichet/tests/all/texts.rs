//! OPS-3, SEC-3: text messages through an HTTP gateway of the tests' own, into a folder, and the limits on them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::jobs::Left;
use guichet::Home;
use identity::TextRefused;
use jiff::SignedDuration;
use kernel::{Language, MessageId};
use messages::{
    Channel, MessageError, NumberRefused, Postman, State, Text, TextAuth, TextContent, TextGateway,
    TextGatewaySettings, TextRules, TextWay,
};
use serde_json::{Value, json};
use testkit::on_both;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

use crate::cli::done;
use crate::support::{count, execute, mails};

const NUMBER: &str = "+15145550100";
const SAID: &str = "Boréal : votre code est 1234 5678 & {to}.";

/// A request as it came.
#[derive(Clone, Debug)]
struct Request {
    head: String,
    body: String,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// How the gateway answers.
#[derive(Clone, Debug)]
enum Answers {
    With(u16, &'static str),
    /// Takes the message, and does not say so in time.
    Slowly,
    /// Takes the message and breaks off.
    BreaksOff,
    /// Says more than was announced ever ends.
    Endlessly,
    /// Sends elsewhere.
    Elsewhere,
}

/// A gateway of the test's own.
struct Gateway {
    port: u16,
    received: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<Answers>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    async fn start() -> Self {
        Self::start_on(0).await
    }

    async fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("listens");
        let port = listener.local_addr().expect("an address").port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(Answers::With(201, r#"{"sid": "SM1"}"#)));
        let (all, how) = (received.clone(), answers.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (all, how) = (all.clone(), how.clone());
                tokio::spawn(async move { answer(stream, &all, &how).await });
            }
        });
        Self { port, received, answers, task }
    }

    fn answers(&self, answers: Answers) {
        *self.answers.lock().expect("the answers") = answers;
    }

    fn received(&self) -> Vec<Request> {
        self.received.lock().expect("the requests").clone()
    }

    fn settings(&self) -> TextGatewaySettings {
        let template = |text: &str| Value::String(text.to_owned());
        TextGatewaySettings {
            url: format!("http://127.0.0.1:{}/v1/messages", self.port),
            is_put: false,
            content: TextContent::Form,
            headers: vec![("Idempotency-Key".to_owned(), "{id}".to_owned())],
            fields: vec![
                ("To".to_owned(), template("{to}")),
                ("From".to_owned(), template("{from}")),
                ("Body".to_owned(), template("{text}")),
            ],
            from: "+15145550199".to_owned(),
            auth: TextAuth::Basic { user: "AC1".to_owned(), password: Zeroizing::new("very-secret".to_owned()) },
            accepted: vec![201],
            id_at: Some("/sid".to_owned()),
            error_at: Some("/code".to_owned()),
            timeout: Duration::from_secs(2),
        }
    }

    fn postman(&self, home: &Home) -> Postman {
        postman(home, self.settings())
    }
}

async fn answer(mut stream: TcpStream, all: &Mutex<Vec<Request>>, how: &Mutex<Answers>) {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&part[..read]),
            _ => return,
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let request = Request { head: head.to_owned(), body: body.to_owned() };
        let length = request.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        if body.len() >= length {
            all.lock().expect("the requests").push(request);
            break;
        }
    }
    let how = how.lock().expect("the answers").clone();
    let said = match how {
        Answers::With(status, body) => {
            format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        }
        Answers::Slowly => return tokio::time::sleep(Duration::from_secs(20)).await,
        Answers::BreaksOff => return,
        Answers::Endlessly => {
            let _ = stream.write_all(b"HTTP/1.1 201 x\r\nconnection: close\r\n\r\n").await;
            while stream.write_all(&[b' '; 4096]).await.is_ok() {}
            return;
        }
        Answers::Elsewhere => {
            "HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                .to_owned()
        }
    };
    let _ = stream.write_all(said.as_bytes()).await;
}

fn postman(home: &Home, settings: TextGatewaySettings) -> Postman {
    let gateway = TextGateway::new(settings).expect("a client");
    Postman::of_texts(home.db.clone(), home.vault.clone(), TextWay::Http(Box::new(gateway)))
}

fn text(to: &str) -> Text {
    let until = None;
    Text {
        to: to.to_owned(),
        text: SAID.to_owned(),
        language: Language::Fr,
        kind: "step-code",
        account: None,
        useful_until: until,
    }
}

async fn enqueue(home: &Home, texts: &[Text]) -> Vec<MessageId> {
    let written = home.db.write(async |tx| messages::enqueue_texts(&home.db, &home.vault, tx, texts).await);
    written.await.expect("enqueued")
}

async fn state(home: &Home, id: MessageId) -> (State, String) {
    let found = messages::find(&home.db, &home.vault, id).await.expect("read").expect("a message");
    (found.shown.state, found.shown.last_error.unwrap_or_default())
}

async fn left(home: &Home) -> Left {
    db::jobs::left(home.db.reader(), "texts").await.expect("read")
}

const NOTHING: Left = Left { ready: 0, dead: 0 };

on_both! {
    async fn ops_3_a_text_message_reaches_the_gateway_as_it_is_described(place: &TestPlace) {
        let (home, gateway) = (place.open().await, Gateway::start().await);
        let ids = enqueue(&home, &[text(NUMBER)]).await;
        assert_eq!(gateway.postman(&home).deliver_due().await.expect("delivered"), 1);
        let received = gateway.received();
        assert_eq!(received.len(), 1);
        let request = &received[0];
        assert!(request.head.starts_with("POST /v1/messages HTTP/1.1"), "{}", request.head);
        assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(request.header("authorization"), Some("Basic QUMxOnZlcnktc2VjcmV0"));
        assert_eq!(request.header("idempotency-key"), Some(ids[0].to_string().as_str()));
        assert_eq!(request.body, "To=%2B15145550100&From=%2B15145550199&Body=Bor%C3%A9al%C2%A0%3A+votre+code+est+1234+5678+%26+%7Bto%7D."
            .replace("%C2%A0%3A", "+%3A"), "what is filled in is no template");
        assert_eq!(state(&home, ids[0]).await, (State::Sent, String::new()));
        let named: Option<String> = db::scalar(home.db.reader(), "SELECT gateway_id FROM messages", []).await.expect("read");
        assert_eq!(named.as_deref(), Some("SM1"));
        assert_eq!(left(&home).await, NOTHING);
        assert_eq!(gateway.postman(&home).deliver_due().await.expect("delivered"), 0, "not again");
        let shown = mails(&home).await.remove(0);
        assert_eq!((shown.shown.channel, shown.shown.to.as_str(), shown.text.as_str(), shown.html.as_str()), (Channel::Text, NUMBER, SAID, ""));
        let listed = String::from_utf8(done(place, &["messages", "list"]).stdout).expect("text");
        assert!(listed.contains("  text  sent  step-code") && !listed.contains("5550100") && !listed.contains("1234"), "{listed}");
    }

    async fn ops_3_a_gateway_that_takes_json_gets_json(place: &TestPlace) {
        let (home, gateway) = (place.open().await, Gateway::start().await);
        gateway.answers(Answers::With(200, r#"{"messages": [{"id": 77}]}"#));
        let fields = vec![
            ("messages".to_owned(), json!([{ "to": "{to}", "content": "{text}", "reference": "{id}" }])),
            ("sender".to_owned(), json!("{from}")),
            ("unicode".to_owned(), json!(true)),
        ];
        let settings = TextGatewaySettings {
            is_put: true, content: TextContent::Json, fields, accepted: Vec::new(), id_at: Some("/messages/0/id".to_owned()),
            auth: TextAuth::Bearer(Zeroizing::new("very-secret".to_owned())), ..gateway.settings()
        };
        let ids = enqueue(&home, &[text(NUMBER)]).await;
        assert_eq!(postman(&home, settings.clone()).deliver_due().await.expect("delivered"), 1);
        let request = gateway.received().remove(0);
        assert!(request.head.starts_with("PUT "), "{}", request.head);
        assert_eq!((request.header("content-type"), request.header("authorization")), (Some("application/json"), Some("Bearer very-secret")));
        let expected = json!({
            "messages": [{ "to": NUMBER, "content": SAID, "reference": ids[0].to_string() }], "sender": "+15145550199", "unicode": true,
        });
        assert_eq!(request.json(), expected);
        enqueue(&home, &[text(NUMBER)]).await;
        let auth = TextAuth::Header { name: "X-Api-Key".to_owned(), secret: Zeroizing::new("very-secret".to_owned()) };
        assert_eq!(postman(&home, TextGatewaySettings { auth, ..settings }).deliver_due().await.expect("delivered"), 1);
        let request = gateway.received().remove(1);
        assert_eq!((request.header("x-api-key"), request.header("authorization")), (Some("very-secret"), None));
    }

    async fn ops_3_no_text_message_is_sent_of_a_transaction_that_was_rolled_back(place: &TestPlace) {
        let (home, gateway) = (place.open().await, Gateway::start().await);
        let rolled_back: Result<(), MessageError> = home.db.write(async |tx| {
            messages::enqueue_texts(&home.db, &home.vault, tx, &[text(NUMBER)]).await?;
            Err(MessageError::Content("the caller changed its mind".to_owned()))
        }).await;
        assert!(rolled_back.is_err());
        assert_eq!(gateway.postman(&home).deliver_due().await.expect("delivered"), 0);
        assert_eq!((gateway.received().len(), count(&home, "messages").await, left(&home).await), (0, 0, NOTHING));
    }

    async fn ops_3_what_the_gateway_refuses_for_good_is_dead_and_the_rest_waits(place: &TestPlace) {
        let (home, gateway) = (place.open().await, Gateway::start().await);
        for (answers, dead, reason) in [
            (Answers::With(400, r#"{"code": 21211, "message": "The 'To' number +15145550100 is not valid"}"#), true, "the gateway: 400 (21211)"),
            (Answers::With(422, "no"), true, "the gateway: 422"),
            (Answers::With(400, r#"{"code": "15145550100"}"#), true, "the gateway: 400"),
            // How it is spoken with is the operator's to mend.
            (Answers::With(401, r#"{"code": 20003}"#), false, "the gateway: 401 (20003)"),
            (Answers::With(403, ""), false, "the gateway: 403"),
            (Answers::With(404, ""), false, "the gateway: 404"),
            (Answers::With(429, ""), false, "the gateway: 429"),
            (Answers::With(500, ""), false, "the gateway: 500"),
            (Answers::With(503, "<html>"), false, "the gateway: 503"),
            // What was not described is no acceptance.
            (Answers::With(200, r#"{"sid": "SM1"}"#), false, "the gateway: 200"),
            (Answers::Elsewhere, false, "the gateway: 307"),
        ] {
            let ids = enqueue(&home, &[text(NUMBER)]).await;
            gateway.answers(answers.clone());
            let postman = gateway.postman(&home);
            assert_eq!(postman.deliver_due().await.expect("tried"), 0, "{answers:?}");
            let expected = if dead { State::Dead } else { State::Waiting };
            assert_eq!(state(&home, ids[0]).await, (expected, reason.to_owned()), "{answers:?}");
            assert_eq!(postman.deliver_due().await.expect("tried"), 0, "not again at once");
            gateway.answers(Answers::With(201, r#"{"sid": "SM2"}"#));
            place.advance_seconds(601);
            assert_eq!(postman.deliver_due().await.expect("tried"), u32::from(!dead), "{answers:?}");
            assert_eq!(left(&home).await, NOTHING);
        }
    }

    async fn ops_3_a_gateway_that_is_slow_breaks_off_or_lies_gets_the_same_message_again(place: &TestPlace) {
        let (home, gateway) = (place.open().await, Gateway::start().await);
        for (answers, reason) in [
            (Answers::Slowly, "the gateway: no answer within 2 s"),
            (Answers::BreaksOff, "the gateway broke the connection off"),
            (Answers::Endlessly, "the gateway: 201 with an endless answer"),
            (Answers::With(201, "<html>welcome</html>"), "the gateway: 201 without an id"),
            (Answers::With(201, r#"{"sid": ""}"#), "the gateway: 201 without an id"),
            (Answers::With(201, r#"{"sid": ["SM1"]}"#), "the gateway: 201 without an id"),
            (Answers::With(201, r#"{"sid": "+15145550100"}"#), "the gateway: 201 without an id"),
        ] {
            let before = gateway.received().len();
            let ids = enqueue(&home, &[text(NUMBER)]).await;
            gateway.answers(answers.clone());
            let postman = gateway.postman(&home);
            assert_eq!(postman.deliver_due().await.expect("tried"), 0, "{answers:?}");
            assert_eq!(state(&home, ids[0]).await, (State::Waiting, reason.to_owned()), "{answers:?}");
            gateway.answers(Answers::With(201, r#"{"sid": "SM2"}"#));
            place.advance_seconds(601);
            assert_eq!(postman.deliver_due().await.expect("delivered"), 1, "{answers:?}");
            let received = gateway.received();
            let repeated = &received[before..];
            assert!(repeated.len() >= 2, "{answers:?}");
            assert!(repeated.iter().all(|request| request.body == repeated[0].body && request.header("idempotency-key") == Some(ids[0].to_string().as_str())));
        }
    }

    async fn ops_3_while_the_gateway_is_down_text_messages_wait_and_e_mail_leaves(place: &TestPlace) {
        let (home, gateway) = (place.open().await, Gateway::start().await);
        let (port, postman) = (gateway.port, gateway.postman(&home));
        drop(gateway);
        let ids = enqueue(&home, &[text(NUMBER), text("+15145550101"), text("+15145550102")]).await;
        for _ in 0..12 {
            assert_eq!(postman.deliver_due().await.expect("tried"), 0);
            place.advance_seconds(601);
        }
        assert_eq!(state(&home, ids[0]).await, (State::Waiting, "the gateway could not be reached".to_owned()));
        assert_eq!(home.postman().expect("a postman").deliver_due().await.expect("delivered"), 0, "the mail's postman leaves them alone");
        let gateway = Gateway::start_on(port).await;
        assert_eq!(postman.deliver_due().await.expect("delivered"), 3);
        assert_eq!((gateway.received().len(), left(&home).await), (3, NOTHING));
    }

    async fn ops_3_a_code_that_has_expired_is_not_sent_any_more(place: &TestPlace) {
        let (home, gateway) = (place.open().await, Gateway::start().await);
        let soon = home.world.now().plus(SignedDuration::from_mins(15));
        let ids = enqueue(&home, &[Text { useful_until: Some(soon), ..text(NUMBER) }, text(NUMBER)]).await;
        place.advance_seconds(15 * 60);
        assert_eq!(gateway.postman(&home).deliver_due().await.expect("delivered"), 1);
        assert_eq!(state(&home, ids[0]).await, (State::Dead, "too late to be of use".to_owned()));
        assert_eq!(state(&home, ids[1]).await.0, State::Sent);
        let ids = enqueue(&home, &[text(NUMBER)]).await;
        gateway.answers(Answers::With(500, ""));
        place.advance_seconds(24 * 3600 - 1);
        assert_eq!(gateway.postman(&home).deliver_due().await.expect("tried"), 0);
        place.advance_seconds(601);
        assert_eq!(gateway.postman(&home).deliver_due().await.expect("tried"), 0);
        assert_eq!(state(&home, ids[0]).await.0, State::Dead, "nor is any after a day");
        assert_eq!(gateway.received().len(), 2);
        let again = home.db.write(async |tx| messages::send_again(&home.db, tx, ids[0]).await).await.expect("asked");
        assert!(again);
        assert_eq!(left(&home).await, Left { ready: 1, dead: 0 }, "in its own queue");
    }

    async fn ops_3_two_nodes_send_each_text_message_once(place: &TestPlace) {
        let (one, two, gateway) = (place.open().await, place.open().await, Gateway::start().await);
        let texts: Vec<Text> = (0..60).map(|n| text(&format!("+151455501{n:02}"))).collect();
        enqueue(&one, &texts).await;
        let (a, b) = (gateway.postman(&one), gateway.postman(&two));
        let (a, b) = tokio::join!(a.deliver_due(), b.deliver_due());
        assert_eq!(a.expect("delivered") + b.expect("delivered"), 60);
        let mut keys: Vec<String> = gateway.received().iter().filter_map(|request| request.header("idempotency-key").map(str::to_owned)).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!((gateway.received().len(), keys.len()), (60, 60));
    }

    async fn prv_1_no_number_nor_text_is_in_the_database_in_plain_and_a_rotation_keeps_them(place: &TestPlace) {
        let (mut home, gateway) = (place.open().await, Gateway::start().await);
        let ids = enqueue(&home, &[text(NUMBER)]).await;
        gateway.answers(Answers::With(500, r#"{"code": "+15145550100"}"#));
        assert_eq!(gateway.postman(&home).deliver_due().await.expect("tried"), 0);
        let sealed: Vec<u8> = db::scalar(home.db.reader(), "SELECT sealed FROM messages", []).await.expect("read").expect("one");
        let jobs: String = db::scalar(home.db.reader(), "SELECT payload FROM jobs", []).await.expect("read").expect("one");
        for plain in ["5550100", "1234 5678"] {
            assert!(!String::from_utf8_lossy(&sealed).contains(plain) && !jobs.contains(plain), "{plain}");
        }
        assert_eq!(state(&home, ids[0]).await.1, "the gateway: 500");
        home.add_key().await.expect("added");
        assert_eq!(messages::rotate_messages(&home.db, &home.vault, |_| ()).await.expect("rotated"), 1);
        gateway.answers(Answers::With(201, r#"{"sid": "SM1"}"#));
        place.advance_seconds(601);
        assert_eq!(gateway.postman(&home).deliver_due().await.expect("delivered"), 1);
        assert!(gateway.received()[1].body.contains("5550100"));
    }

    async fn ops_3_text_messages_can_go_to_a_folder(place: &TestPlace) {
        let home = place.open().await;
        assert!(home.text_postman().expect("configured").is_none(), "none are sent where nothing is said");
        let ids = enqueue(&home, &[text(NUMBER)]).await;
        let postman = Postman::of_texts(home.db.clone(), home.vault.clone(), TextWay::Folder(home.paths.mail.clone()));
        assert_eq!(postman.deliver_due().await.expect("delivered"), 1);
        let file = std::fs::read_to_string(home.paths.mail.join(format!("{}.txt", ids[0]))).expect("a file");
        assert_eq!(file, format!("{NUMBER}\n\n{SAID}\n"));
        execute(&home, "UPDATE messages SET state = 'dead'").await.expect("written");
        home.db.write(async |tx| messages::send_again(&home.db, tx, ids[0]).await).await.expect("enqueued");
        assert_eq!(postman.deliver_due().await.expect("delivered"), 1, "a repeat replaces it");
    }

    async fn sec_3_text_messages_are_limited_by_asker_number_day_and_hour(place: &TestPlace) {
        let home = place.open().await;
        let rules = TextRules { per_hour: 25, ..TextRules::default() };
        let take = async |asker: &str, number: &str| identity::take_text(&home.db, &home.vault, &rules, (asker, number)).await;
        assert!(matches!(take("eve", "+18765550100").await, Err(TextRefused::Number(NumberRefused::Country))));
        assert!(matches!(take("eve", "+19005550100").await, Err(TextRefused::Number(NumberRefused::Costly))));
        // One who asks, whatever the number: five an hour, ten a day.
        for n in 0..5 {
            take("eve", &format!("+1514555010{n}")).await.expect("leave");
        }
        let Err(TextRefused::Wait(wait)) = take("eve", "+15145550106").await else { panic!("a sixth") };
        assert!(wait <= SignedDuration::from_hours(1));
        place.advance_seconds(3601);
        for _ in 0..5 {
            take("eve", "+15145550107").await.expect("leave");
        }
        place.advance_seconds(3601);
        let Err(TextRefused::Wait(wait)) = take("eve", "+15145550108").await else { panic!("an eleventh within a day") };
        assert!(wait > SignedDuration::from_hours(1));
        // One number, whoever asks: ten a day. Five went to it above.
        for n in 0..5 {
            take(&format!("adam{n}"), "+15145550107").await.expect("leave");
        }
        assert!(matches!(take("adam9", "+15145550107").await, Err(TextRefused::Wait(_))));
        take("adam9", "+15145550109").await.expect("leave for another");
        // All together.
        place.advance_seconds(24 * 3600);
        for n in 0..25 {
            take(&format!("user{n}"), &format!("+151455502{n:02}")).await.expect("leave");
        }
        assert!(matches!(take("user30", "+15145550230").await, Err(TextRefused::Full(_))));
        place.advance_seconds(3601);
        take("user30", "+15145550230").await.expect("leave in the next hour");
    }

    async fn sec_3_text_messages_asked_for_at_once_are_counted_one_by_one(place: &TestPlace) {
        let (one, two) = (place.open().await, place.open().await);
        let rules = TextRules::default();
        let take = async |home: &Home| identity::take_text(&home.db, &home.vault, &rules, ("eve", NUMBER)).await.is_ok();
        let got = futures::future::join_all((0..12).map(|n| take(if n % 2 == 0 { &one } else { &two }))).await;
        assert_eq!(got.into_iter().filter(|got| *got).count(), 5);
    }
}
