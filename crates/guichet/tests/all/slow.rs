//! Slow clients (SEC-5, OPS-4): whoever sends a header or a body byte by byte is let go, however many they are, and everybody else is
//! answered meanwhile. On the loopback, with raw connections; the server's patience is short here.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use guichet::{Patience, Server};
use testkit::TestPlace;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::with_sample;

/// Far longer than the server waits: what is not over by then never is.
const NEVER: Duration = Duration::from_secs(60);

struct Site {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _place: TestPlace,
}

impl Site {
    async fn open(patience: Patience) -> Self {
        let place = TestPlace::sqlite();
        let mut home = with_sample(&place).await;
        home.config.web.patience = patience;
        let server = Server::bind(&home, ([127, 0, 0, 1], 0).into()).await.expect("it listens");
        let address = server.address;
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            server.run(until).await.expect("it serves");
        });
        Self { address, stop, serving, _place: place }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it is taken")
    }

    /// Whether somebody else is answered.
    async fn answers(&self) -> bool {
        let mut stream = self.connect().await;
        if stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.is_err() {
            return false;
        }
        ended(&mut stream).await.starts_with("HTTP/1.1 200")
    }

    async fn close(self) {
        self.stop.send(()).expect("it is being served");
        self.serving.await.expect("it ends");
    }
}

/// What a connection still says until it is closed on us.
async fn ended(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let read = tokio::time::timeout(NEVER, stream.read_to_end(&mut said)).await.expect("we are let go");
    // Closed with something of ours unread.
    assert!(read.is_ok() || read.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset));
    String::from_utf8_lossy(&said).into_owned()
}

/// Writes byte by byte until the other side has closed; says whether it did.
async fn trickle(stream: &mut TcpStream, bytes: &[u8], every: Duration) -> bool {
    let (mut reading, mut writing) = stream.split();
    let mut answer = Vec::new();
    let closed = reading.read_to_end(&mut answer);
    let write = async {
        for byte in bytes.iter().cycle() {
            if writing.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(every).await;
        }
    };
    tokio::select! {
        _ = closed => true,
        () = write => true,
        () = tokio::time::sleep(NEVER) => false,
    }
}

fn short() -> Patience {
    Patience { header: Duration::from_millis(400), idle: Duration::from_millis(400), ..Patience::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_4_a_header_that_does_not_come_lets_nobody_wait() {
    let site = Site::open(short()).await;
    let mut silent = site.connect().await;
    let mut half = site.connect().await;
    half.write_all(b"POST /sign-in HTTP/1.1\r\nhost: x\r\nx-slow: ").await.expect("written");
    let mut drip = site.connect().await;
    assert!(
        trickle(
            &mut drip,
            b"GET / HTTP/1.1\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            Duration::from_millis(20)
        )
        .await
    );
    ended(&mut silent).await;
    ended(&mut half).await;
    // One who was answered and says nothing more.
    let mut idle = site.connect().await;
    idle.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("written");
    assert!(ended(&mut idle).await.starts_with("HTTP/1.1 200"));
    assert!(site.answers().await);
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_4_a_body_that_does_not_come_lets_nobody_wait() {
    let site = Site::open(short()).await;
    let boundary = "multipart/form-data; boundary=x";
    for (path, kind) in [
        ("/sign-in", "application/x-www-form-urlencoded"),
        ("/recover/documents", boundary),
        // A page that reads no body, and one that is not there.
        ("/language", "application/x-www-form-urlencoded"),
    ] {
        let mut stream = site.connect().await;
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\ncontent-length: 5000\r\n\r\n--x\r\n");
        stream.write_all(head.as_bytes()).await.expect("written");
        let said = ended(&mut stream).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{path}: {said}");
    }
    assert!(site.answers().await);
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_5_what_is_too_large_is_refused_before_it_is_read() {
    let site = Site::open(short()).await;
    for (path, length) in [("/sign-in", 1_000_000_u64), ("/recover/documents", 1_000_000_000_000)] {
        let mut stream = site.connect().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("written");
        let said = ended(&mut stream).await;
        assert!(said.starts_with("HTTP/1.1 413"), "{path}: {said}");
    }
    // Without a length it is counted as it comes.
    let mut stream = site.connect().await;
    let head = "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("written");
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    for _ in 0..20 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let said = ended(&mut stream).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 413"), "{said}");
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_5_two_uploads_at_a_time_come_from_one_address() {
    let patient = Patience { idle: Duration::from_secs(20), ..short() };
    let site = Site::open(patient).await;
    let head = "POST /recover/documents HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 5000\r\nconnection: close\r\n\r\n--x\r\n";
    let mut first = site.connect().await;
    let mut second = site.connect().await;
    for stream in [&mut first, &mut second] {
        stream.write_all(head.as_bytes()).await.expect("written");
    }
    // Until both are being read, a third is let in and waits like them.
    let mut third = String::new();
    for _ in 0..200 {
        let mut stream = site.connect().await;
        stream.write_all(head.as_bytes()).await.expect("written");
        let mut said = vec![0; 400];
        if let Ok(Ok(count)) = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut said)).await {
            third = String::from_utf8_lossy(&said[..count]).into_owned();
            break;
        }
    }
    assert!(third.starts_with("HTTP/1.1 429"), "{third}");
    assert!(site.answers().await, "other pages are there");
    // Who goes away makes room.
    drop((first, second));
    let mut room = false;
    for _ in 0..200 {
        let mut stream = site.connect().await;
        let whole = "POST /recover/documents HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 7\r\nconnection: close\r\n\r\n--x--\r\n";
        stream.write_all(whole.as_bytes()).await.expect("written");
        if !ended(&mut stream).await.starts_with("HTTP/1.1 429") {
            room = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(room);
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_4_many_slow_connections_of_one_address_leave_room_and_go() {
    let patience = Patience { connections: 64, ..short() };
    let site = Site::open(patience).await;
    let mut slow = Vec::new();
    for _ in 0..40 {
        let mut stream = site.connect().await;
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await;
        slow.push(stream);
    }
    for mut stream in slow {
        ended(&mut stream).await;
    }
    assert!(site.answers().await, "they hold nothing any more");
    site.close().await;
}
