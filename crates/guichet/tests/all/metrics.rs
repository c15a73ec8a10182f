//! What the operator's monitoring reads, and who may (OPS-4).

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use testkit::on_both;
use tower::ServiceExt;

use crate::support::with_sample;

async fn ask(router: &axum::Router, path: &str, from: &str, header: Option<(&str, &str)>) -> (StatusCode, String) {
    let from: SocketAddr = from.parse().expect("an address");
    let mut request = Request::get(path).extension(ConnectInfo(from));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    (status, String::from_utf8_lossy(&body).into_owned())
}

on_both! {
    async fn ops_4_metrics_are_for_this_machine_alone_and_say_nothing_of_anybody(place: &TestPlace) {
        let home = with_sample(place).await;
        let app = guichet::app(&home, "http://127.0.0.1", std::sync::Arc::default()).expect("an app");
        let router = portal::router(&app);
        for path in ["/sign-in", "/nowhere", "/accounts/1234567890/bills"] {
            ask(&router, path, "203.0.113.7:4711", None).await;
        }
        for (from, header) in [
            ("203.0.113.7:4711", None),
            ("[2001:db8::1]:4711", None),
            ("127.0.0.1:4711", Some(("x-forwarded-for", "127.0.0.1"))),
            ("127.0.0.1:4711", Some(("forwarded", "for=203.0.113.7"))),
            ("127.0.0.1:4711", Some(("host", "client.boreal.example"))),
        ] {
            assert_eq!(ask(&router, "/metrics", from, header).await.0, StatusCode::NOT_FOUND, "{from} {header:?}");
        }
        home.db.write(async |tx| db::jobs::enqueue(&home.db, tx, "payments", &[Nothing]).await).await.expect("a job");
        let (status, text) = ask(&router, "/metrics", "127.0.0.1:4711", None).await;
        assert_eq!(status, StatusCode::OK);
        let has = |line: &str| text.lines().any(|found| found == line);
        assert!(has("guichet_answers_total{status=\"2xx\"} 1"), "{text}");
        assert!(has("guichet_answers_total{status=\"3xx\"} 1"), "{text}");
        assert!(has("guichet_answers_total{status=\"4xx\"} 6"), "{text}");
        assert!(has("guichet_answer_seconds_count 8") && has("guichet_answer_seconds_bucket{le=\"+Inf\"} 8"), "{text}");
        assert!(has("guichet_jobs{queue=\"payments\",state=\"ready\"} 1"), "{text}");
        assert!(!text.contains("203.0.113") && !text.contains("1234567890") && !text.contains("sign-in"), "{text}");
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Nothing;

impl db::jobs::JobData for Nothing {
    const KIND: &'static str = "nothing";
}
