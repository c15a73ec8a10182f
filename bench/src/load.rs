//! Loads a server over connections that stay open: as fast as it answers, from one thread, or at a given rate.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// What is asked, how, and for how long.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    /// Requests as they go over the wire; each connection has its own, in turn.
    pub(crate) requests: Vec<Arc<[u8]>>,
    pub(crate) connections: u32,
    pub(crate) lasts: Duration,
    /// Requests per second over all connections; none: each connection asks again as soon as it is answered.
    pub(crate) rate: Option<f64>,
    /// The status that every answer has to have.
    pub(crate) status: u16,
}

/// What came back.
pub(crate) struct Answers {
    pub(crate) latencies: Vec<Duration>,
    pub(crate) seconds: f64,
}

impl Answers {
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }
}

/// A GET as a browser sends it, over a connection that stays open.
pub(crate) fn get(address: SocketAddr, path: &str, cookie: &str, encodings: &str) -> Arc<[u8]> {
    let mut request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\n");
    for (name, value) in [("cookie", cookie), ("accept-encoding", encodings)] {
        if !value.is_empty() {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    request.push_str("\r\n");
    request.into_bytes().into()
}

/// A form as a browser posts it, over a connection that stays open.
pub(crate) fn post(address: SocketAddr, path: &str, cookie: &str, form: &str) -> Arc<[u8]> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\norigin: http://{address}\r\ncookie: {cookie}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    request.into_bytes().into()
}

impl Load {
    /// # Errors
    /// When an answer has another status, or a connection breaks.
    pub(crate) fn run(self) -> Result<Answers, Failure> {
        let begun = Instant::now();
        // At a rate, a thread for each connection: the runtime's timer knows milliseconds, so that what is due between two of
        // them would come at once.
        let threads = if self.rate.is_some() { self.connections } else { 1 };
        let each = self.connections / threads;
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let load = self.clone();
                std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                    runtime.block_on(load.some(thread * each..(thread + 1) * each, begun))
                })
            })
            .collect();
        let mut latencies = Vec::new();
        for thread in running {
            latencies.extend(thread.join().map_err(|_| "the load generator ended")??);
        }
        Ok(Answers { latencies, seconds: begun.elapsed().as_secs_f64() })
    }

    async fn some(self, places: std::ops::Range<u32>, begun: Instant) -> std::io::Result<Vec<Duration>> {
        let tasks: Vec<_> = places.map(|place| tokio::spawn(self.clone().one(place, begun))).collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await.map_err(Error::other)??);
        }
        Ok(latencies)
    }

    async fn one(self, place: u32, begun: Instant) -> std::io::Result<Vec<Duration>> {
        let mut connection = Connection::open(self.address).await?;
        let every = self.rate.map(|rate| Duration::from_secs_f64(f64::from(self.connections) / rate));
        // Connections take turns.
        let mut due = begun + every.unwrap_or_default() * place / self.connections;
        let request = &self.requests[place as usize % self.requests.len()];
        let mut latencies = Vec::new();
        while begun.elapsed() < self.lasts {
            let mut from = Instant::now();
            if let Some(every) = every {
                if due > from {
                    // Nothing else is on this thread.
                    std::thread::sleep(due - from);
                    from = Instant::now();
                } else {
                    // The answer before came late: this request waited for it, and that counts.
                    from = due;
                }
                due += every;
            }
            let answer = connection.ask(request).await?;
            if answer.status != self.status {
                return Err(Error::other(format!("answered {}", answer.status)));
            }
            latencies.push(from.elapsed());
        }
        Ok(latencies)
    }
}

/// An answer as it came over the wire.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Bytes of head and body as transferred.
    pub(crate) transferred: usize,
}

pub(crate) struct Connection {
    stream: TcpStream,
    kept: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, kept: Vec::with_capacity(64 * 1024) })
    }

    async fn more(&mut self) -> std::io::Result<()> {
        if self.stream.read_buf(&mut self.kept).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    pub(crate) async fn ask(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        self.stream.write_all(request).await?;
        let head_ends = loop {
            match self.kept.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.more().await?,
            }
        };
        let head = String::from_utf8_lossy(&self.kept[..head_ends]).to_ascii_lowercase();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
        let (body, ends) = match header("content-length").and_then(|length| length.parse::<usize>().ok()) {
            Some(length) => {
                while self.kept.len() < head_ends + length {
                    self.more().await?;
                }
                (self.kept[head_ends..head_ends + length].to_vec(), head_ends + length)
            }
            None if header("transfer-encoding") == Some("chunked") => self.chunks(head_ends).await?,
            None => (Vec::new(), head_ends),
        };
        self.kept.drain(..ends);
        Ok(Answer { status, head, body, transferred: ends })
    }

    /// A body in chunks that begins there, and where it ends.
    async fn chunks(&mut self, mut at: usize) -> std::io::Result<(Vec<u8>, usize)> {
        let mut body = Vec::new();
        loop {
            let line_ends = loop {
                match self.kept[at..].windows(2).position(|two| two == b"\r\n") {
                    Some(found) => break at + found,
                    None => self.more().await?,
                }
            };
            let size = std::str::from_utf8(&self.kept[at..line_ends]).ok();
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok()).ok_or(ErrorKind::InvalidData)?;
            let begins = line_ends + 2;
            while self.kept.len() < begins + size + 2 {
                self.more().await?;
            }
            body.extend_from_slice(&self.kept[begins..begins + size]);
            at = begins + size + 2;
            if size == 0 {
                return Ok((body, at));
            }
        }
    }
}
