//! What the operator's monitoring reads (OPS-4), in the text form of Prometheus: numbers alone, nothing of anybody.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use web::Refusal;

use crate::App;

/// The upper ends of the histogram's classes, in milliseconds.
const CLASSES: [u64; 8] = [5, 10, 25, 50, 100, 250, 1_000, 5_000];

/// What was answered since the start.
#[derive(Default)]
pub(crate) struct Answered {
    /// By the first digit of the status, 1 to 5.
    by_class: [AtomicU64; 5],
    /// Answers within each of [`CLASSES`], and those that took longer.
    within: [AtomicU64; CLASSES.len() + 1],
    microseconds: AtomicU64,
}

impl Answered {
    fn note(&self, status: u16, took: std::time::Duration) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.by_class[class].fetch_add(1, Ordering::Relaxed);
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let place = CLASSES.iter().position(|end| milliseconds < *end).unwrap_or(CLASSES.len());
        self.within[place].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.microseconds.fetch_add(micros, Ordering::Relaxed);
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "# HELP guichet_answers_total Answers since the start, by class of status.")?;
        writeln!(out, "# TYPE guichet_answers_total counter")?;
        for (class, count) in (1..).zip(&self.by_class) {
            writeln!(out, "guichet_answers_total{{status=\"{class}xx\"}} {}", count.load(Ordering::Relaxed))?;
        }
        writeln!(out, "# HELP guichet_answer_seconds How long answers took.")?;
        writeln!(out, "# TYPE guichet_answer_seconds histogram")?;
        let mut sum = 0;
        for (place, count) in self.within.iter().enumerate() {
            sum += count.load(Ordering::Relaxed);
            match CLASSES.get(place) {
                Some(end) => {
                    let (whole, rest) = (end / 1000, end % 1000);
                    writeln!(out, "guichet_answer_seconds_bucket{{le=\"{whole}.{rest:03}\"}} {sum}")?;
                }
                None => writeln!(out, "guichet_answer_seconds_bucket{{le=\"+Inf\"}} {sum}")?,
            }
        }
        let micros = self.microseconds.load(Ordering::Relaxed);
        writeln!(out, "guichet_answer_seconds_sum {}.{:06}", micros / 1_000_000, micros % 1_000_000)?;
        writeln!(out, "guichet_answer_seconds_count {sum}")
    }
}

/// Middleware: counts every answer and how long it took to begin.
pub(crate) async fn count(State(answered): State<Arc<Answered>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let response = next.run(request).await;
    answered.note(response.status().as_u16(), begun.elapsed());
    response
}

/// `GET /metrics`: for who asks from this machine and not through a proxy; nobody else knows that it is there.
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap, request: Request) -> Result<Response, Refusal> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // A proxy on this machine adds a header of its own, or keeps the Host that its client asked for.
    let through = ["x-forwarded-for", "forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_here = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    if !peer.is_some_and(|peer| peer.is_loopback()) || through || !is_here {
        return Err(Refusal::NotFound);
    }
    let mut text = String::new();
    app.0.answered.write(&mut text).map_err(|_| Refusal::Broken)?;
    write_queues(&app, &mut text).await?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

async fn write_queues(app: &App, text: &mut String) -> Result<(), Refusal> {
    let queues = db::jobs::queues(app.db.reader()).await?;
    let longest = app.db.take_longest_write().as_micros();
    let alarms = accounts::count_alarms(app.db.reader()).await?;
    let mut write = || {
        writeln!(text, "# HELP guichet_jobs Jobs that are not finished; dead ones want somebody to look.")?;
        writeln!(text, "# TYPE guichet_jobs gauge")?;
        for queue in &queues {
            writeln!(text, "guichet_jobs{{queue=\"{}\",state=\"{}\"}} {}", queue.queue, queue.state, queue.count)?;
        }
        writeln!(text, "# HELP guichet_rights_alarms Access rights that no holder gave; any wants somebody to look.")?;
        writeln!(text, "# TYPE guichet_rights_alarms gauge")?;
        writeln!(text, "guichet_rights_alarms {alarms}")?;
        writeln!(
            text,
            "# HELP guichet_longest_write_seconds The longest write transaction since this was last asked."
        )?;
        writeln!(text, "# TYPE guichet_longest_write_seconds gauge")?;
        writeln!(text, "guichet_longest_write_seconds {}.{:06}", longest / 1_000_000, longest % 1_000_000)
    };
    write().map_err(|_: std::fmt::Error| Refusal::Broken)
}
