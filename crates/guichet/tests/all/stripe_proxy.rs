//! What a Guichet of a test takes for Stripe: localstripe, with a proxy before it that can fail, that gives pages a stand-in for
//! Stripe.js, and that kills the server which asks it.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use crate::stripe::{KEY, StandIn};
use crate::stripe_site::PUBLISHABLE;

/// Not Stripe's: written for the tests.
const SCRIPT: &str = include_str!("../stripe-stand-in.js");
const FIELD: &str = include_str!("../stripe-stand-in.html");

/// Where the customer's bank would ask for a second step.
pub(crate) const BANK: &str = "https://hooks.stripe.example/3d_secure";

/// When the server dies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kill {
    /// The n-th request to the gateway from now on, counted from 0.
    pub(crate) call: usize,
    /// After the gateway has done it, and before its answer arrives.
    pub(crate) after: bool,
    pub(crate) process: u32,
}

#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) no_script: bool,
    pub(crate) no_methods: bool,
    kill: Option<Kill>,
    died: bool,
}

struct Shared {
    to: String,
    http: reqwest::Client,
    faults: Mutex<Faults>,
}

pub(crate) struct Proxy {
    pub(crate) url: String,
    pub(crate) gateway: StandIn,
    shared: Arc<Shared>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let gateway = StandIn::start();
        let shared =
            Arc::new(Shared { to: gateway.url.clone(), http: reqwest::Client::new(), faults: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, gateway, shared }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn kill(&self, kill: Kill) {
        self.change(|faults| (faults.kill, faults.died) = (Some(kill), false));
    }

    /// Whether the server was killed; from now on none is.
    pub(crate) fn has_killed(&self) -> bool {
        let mut died = false;
        self.change(|faults| {
            faults.kill = None;
            died = faults.died;
        });
        died
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (no_script, no_methods) = {
        let faults = shared.faults.lock().unwrap_or_else(PoisonError::into_inner);
        (faults.no_script, faults.no_methods)
    };
    let is_browser = headers.get("origin").is_some();
    match uri.path() {
        "/v3/" if no_script => StatusCode::NOT_FOUND.into_response(),
        "/v3/" => ([(CONTENT_TYPE, "text/javascript")], SCRIPT).into_response(),
        "/field" => Html(FIELD).into_response(),
        _ if is_browser && no_methods => StatusCode::BAD_GATEWAY.into_response(),
        _ if is_browser => forward(&shared, method, &uri, &headers, body).await,
        _ => {
            let kill = due(&shared);
            if let Some(kill) = kill.filter(|kill| !kill.after) {
                end(kill).await;
                return StatusCode::BAD_GATEWAY.into_response();
            }
            let answer = forward(&shared, method, &uri, &headers, body).await;
            if let Some(kill) = kill {
                end(kill).await;
            }
            answer
        }
    }
}

/// The kill whose turn it is.
fn due(shared: &Shared) -> Option<Kill> {
    let mut faults = shared.faults.lock().unwrap_or_else(PoisonError::into_inner);
    let kill = faults.kill.as_mut()?;
    match kill.call.checked_sub(1) {
        Some(left) => {
            kill.call = left;
            None
        }
        None => {
            // Before it dies: whoever waits for it may notice first.
            faults.died = true;
            faults.kill.take()
        }
    }
}

/// Kills a server, and waits until nothing of it runs any more.
async fn end(kill: Kill) {
    let done = Command::new("kill").args(["-KILL", &kill.process.to_string()]).status().expect("kill");
    assert!(done.success(), "the server is there to be killed");
    let stat = format!("/proc/{}/stat", kill.process);
    let runs =
        || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or(" Z").starts_with(" Z"));
    while runs() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn forward(shared: &Shared, method: Method, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Response {
    // Of browsers Stripe takes the public key, which localstripe knows for other things alone.
    let is_public = body.starts_with(format!("key={PUBLISHABLE}&").as_bytes());
    let mut request = shared.http.request(method, format!("{}{uri}", shared.to)).body(body);
    if is_public {
        request = request.bearer_auth(KEY);
    }
    for name in [AUTHORIZATION, CONTENT_TYPE] {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let Ok(response) = request.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let status = response.status();
    let bytes = response.bytes().await.unwrap_or_default();
    let body = match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) => with_bank(value).to_string().into_bytes(),
        Err(_) => bytes.to_vec(),
    };
    (status, [(CONTENT_TYPE, "application/json"), (ACCESS_CONTROL_ALLOW_ORIGIN, "*")], body).into_response()
}

/// Given a return URL, Stripe sends to the bank by an address; localstripe by its own script alone.
fn with_bank(mut value: Value) -> Value {
    if value["next_action"]["type"] == "use_stripe_sdk" {
        value["next_action"] = json!({ "type": "redirect_to_url", "redirect_to_url": { "url": BANK } });
    }
    value
}
