//! The door of the server: connections are taken, requests read, and whoever lets us wait is let go. A header has so many seconds, a
//! body must keep coming, and no more connections stand open than may (many clients that send a byte now and then would hold all of
//! them). HTTP/1.1: the proxy that has the certificate speaks whatever else there is with browsers.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::ServiceExt;

/// The largest header.
const LARGEST_HEADER: usize = 64 * 1024;
/// From one network address no more than this part of all connections may come, where nobody stands in front of us.
const PART_OF_ONE: usize = 16;
/// So long a body may come however slowly; from then on it keeps to the slowest rate.
const SLOW_FOR: Duration = Duration::from_secs(60);
/// Bytes in a second: less than any line that somebody uploads by, and more than a trickle that holds us.
const SLOWEST: u64 = 1024;
/// Where connections cannot be taken (no file handles left), it is tried again after a moment.
const PAUSE: Duration = Duration::from_millis(100);

/// How long, and for how many, the server waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the whole header of a request, and for the next request on a connection.
    pub header: Duration,
    /// For the next part of a body.
    pub idle: Duration,
    /// So many connections stand open at most.
    pub connections: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { header: Duration::from_secs(20), idle: Duration::from_secs(30), connections: 4096 }
    }
}

/// How connections are served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listening {
    pub(crate) patience: Patience,
    /// All connections come from a proxy of ours then.
    pub(crate) is_behind_proxy: bool,
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Open(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them, until it is dropped.
struct Held(Open, IpAddr);

impl Open {
    fn hold(&self, address: IpAddr, most: usize) -> Option<Held> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Held(self.clone(), address))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.1);
            }
        }
    }
}

impl Listening {
    /// Serves until `stop`, then lets what is under way end.
    pub(crate) async fn serve(self, listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
        let (graceful, open) = (GracefulShutdown::new(), Open::default());
        let places = Arc::new(Semaphore::new(self.patience.connections));
        let of_one = if self.is_behind_proxy { usize::MAX } else { (self.patience.connections / PART_OF_ONE).max(1) };
        tokio::pin!(stop);
        loop {
            let taken = async {
                // Waited for before: who is not taken yet waits in the kernel's list.
                let place = places.clone().acquire_owned().await;
                (place, listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                biased;
                () = &mut stop => break,
                taken = taken => taken,
            };
            let Ok((stream, peer)) = accepted else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            // More than its part: closed at once.
            let Some(held) = open.hold(peer.ip(), of_one) else { continue };
            let connection = graceful.watch(self.connection(stream, peer, router.clone()));
            tokio::spawn(async move {
                // A connection that broke, or was let go, is no news.
                let _ = connection.await;
                drop((place, held));
            });
        }
        graceful.shutdown().await;
    }

    #[expect(clippy::type_complexity, reason = "the service is a closure, whose type has no name")]
    fn connection(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        router: Router,
    ) -> http1::Connection<
        TokioIo<TcpStream>,
        TowerToHyperService<
            impl tower::Service<
                hyper::Request<Incoming>,
                Response = Response,
                Error = Infallible,
                Future = impl Future<Output = Result<Response, Infallible>> + Send,
            > + Clone,
        >,
    > {
        let _ = stream.set_nodelay(true);
        let idle = self.patience.idle;
        let service = tower::service_fn(move |request: hyper::Request<Incoming>| {
            answer(router.clone(), request.map(Body::new), (peer, idle))
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(self.patience.header).max_buf_size(LARGEST_HEADER);
        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
    }
}

async fn answer(
    router: Router,
    request: Request,
    (peer, idle): (SocketAddr, Duration),
) -> Result<Response, Infallible> {
    let is_late = Arc::new(AtomicBool::new(false));
    let mut request =
        if request.body().is_end_stream() { request } else { request.map(|body| timed(body, idle, &is_late)) };
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.oneshot(request).await?;
    if is_late.load(Ordering::Relaxed) {
        let close = [(CONNECTION, HeaderValue::from_static("close"))];
        return Ok((StatusCode::REQUEST_TIMEOUT, close).into_response());
    }
    Ok(response)
}

/// The same body, which ends with an error where its next part does not come in time, or all of it comes too slowly.
fn timed(body: Body, idle: Duration, is_late: &Arc<AtomicBool>) -> Body {
    let (is_late, begun) = (is_late.clone(), Instant::now());
    let parts = futures::stream::unfold((body.into_data_stream(), 0_u64), move |(mut body, received)| {
        let is_late = is_late.clone();
        async move {
            let slowest = begun + SLOW_FOR + Duration::from_secs(received / SLOWEST);
            match tokio::time::timeout_at(slowest.min(Instant::now() + idle), body.next()).await {
                Ok(Some(Ok(bytes))) => {
                    let received = received + bytes.len() as u64;
                    Some((Ok(bytes), (body, received)))
                }
                Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), (body, received))),
                Ok(None) => None,
                Err(_) => {
                    is_late.store(true, Ordering::Relaxed);
                    Some((Err(io::ErrorKind::TimedOut.into()), (body, received)))
                }
            }
        }
    });
    Body::from_stream(parts)
}
