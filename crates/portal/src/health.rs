//! For the load balancer and the operator (OPS-4).

use axum::extract::State;
use axum::http::StatusCode;

use crate::App;

/// `GET /health/live`: the process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// `GET /health/ready`: the database answers too.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    let read = db::scalar::<i64>(app.db.reader(), "SELECT count(*) FROM counters", []);
    match tokio::time::timeout(std::time::Duration::from_secs(2), read).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
