//! What a page weighs on a first visit: customers pay for what they load (40 kB at most).

use std::collections::BTreeSet;

use guichet::demonstration::PASSWORD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Demonstration, NORMAND};

/// Bytes of a page with all that it loads, as transferred.
const MOST: usize = 40_000;

/// A site, and who asks.
struct Visitor {
    host: String,
    cookie: String,
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Visitor {
    async fn send(&self, method: &str, path: &str, encoding: &str, form: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.host).await.expect("it listens");
        let (host, cookie, length) = (&self.host, &self.cookie, form.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept-Encoding: {encoding}\r\n\
             Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        );
        stream.write_all(request.as_bytes()).await.expect("it takes a request");
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.expect("it answers");
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        Answer { head: String::from_utf8_lossy(&all[..end]).into_owned(), body: all.split_off(end + 4) }
    }

    /// Posts a form and keeps the first cookie of the answer.
    async fn post(&mut self, path: &str, form: &str) {
        let answer = self.send("POST", path, "identity", form).await;
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        self.cookie = cookie.expect("a cookie").to_owned();
    }

    /// With the code from the outbox, for the device is new.
    async fn sign_in(&mut self, name: &str) {
        self.post("/sign-in", &format!("name={name}&password={PASSWORD}")).await;
        let outbox = self.read("/demo/outbox").await.replace("&#x2f;", "/");
        let letter = outbox.split('"').find(|value| value.starts_with("/demo/outbox/")).expect("a letter");
        let code = crate::visitor::code_in(&self.read(letter).await);
        self.post("/sign-in/code", &format!("code={code}")).await;
    }

    async fn read(&self, path: &str) -> String {
        String::from_utf8_lossy(&self.send("GET", path, "identity", "").await.body).into_owned()
    }

    /// Bytes of the body as they are sent, compressed.
    async fn weigh(&self, path: &str) -> usize {
        let answer = self.send("GET", path, "gzip, br", "").await;
        assert!(answer.head.contains("content-encoding: "), "{path} is not compressed: {}", answer.head);
        answer.body.len()
    }
}

/// What the page loads besides itself.
fn loaded(html: &str) -> BTreeSet<String> {
    let plain = html.replace("&#x2f;", "/");
    let values = plain.split('"').filter(|value| value.starts_with("/assets/"));
    values.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_1_no_page_weighs_more_than_40_kilobytes_on_a_first_visit() {
    let demonstration = Demonstration::open().await;
    let host = demonstration.base.trim_start_matches("http://").to_owned();
    let mut visitor = Visitor { host, cookie: String::new() };
    let number = demonstration.account("the oldest long overdue").number.clone();
    let open = ["/sign-in", "/recover", "/sign-up", "/support/contact", "/demo/outbox", "/demo/components", "/nowhere"]
        .map(str::to_owned);
    let mut pages = Vec::new();
    for path in open {
        pages.push(weight(&visitor, path).await);
    }
    visitor.sign_in(NORMAND).await;
    let base = format!("/accounts/{number}");
    let list = visitor.read(&format!("{base}/bills")).await.replace("&#x2f;", "/");
    let bill = list.split('"').find(|value| value.starts_with(&format!("{base}/bills/")) && !value.ends_with("csv"));
    let closed = ["overview", "bills", "services"].map(|page| format!("{base}/{page}"));
    for path in closed.into_iter().chain([bill.expect("a bill").to_owned(), "/profile/details".to_owned()]) {
        pages.push(weight(&visitor, path).await);
    }
    let heavy: Vec<_> = pages.iter().filter(|(_, bytes)| *bytes > MOST).collect();
    assert!(heavy.is_empty(), "{heavy:?}");
    // A page that loads nothing would not have been measured.
    assert!(pages.iter().all(|(_, bytes)| *bytes > 5_000), "{pages:?}");
    demonstration.close().await;
}

async fn weight(visitor: &Visitor, path: String) -> (String, usize) {
    let html = visitor.read(&path).await;
    let mut bytes = visitor.weigh(&path).await;
    let assets = loaded(&html);
    assert!(assets.len() >= 3, "{path} loads {assets:?}");
    for asset in assets {
        bytes += visitor.weigh(&asset).await;
    }
    (path, bytes)
}
