//! Requests and answers over HTTP.

use std::fmt::Display;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::wire::ErrorBody;
use super::{StripeError, StripeSettings};
use crate::gateway::GatewayError;

/// The version of the API that this client was written for; the account's own default does not matter. It is the last
/// in which an intent takes cards alone when nothing else is said.
const VERSION: &str = "2022-11-15";

/// The code of a refusal for what is not there.
pub(super) const MISSING: &str = "resource_missing";

/// An answer larger than this is none.
const LARGEST: usize = 1024 * 1024;

/// The fields of a request.
#[derive(Default)]
pub(super) struct Form(Vec<(&'static str, String)>);

impl Form {
    pub(super) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.0.push((name, value.to_string()));
        self
    }
}

pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    key: Zeroizing<String>,
    timeout: Duration,
}

impl Client {
    pub(super) fn new(settings: &StripeSettings) -> Result<Self, StripeError> {
        let http = reqwest::Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout / 2)
            // An answer that sends us elsewhere is none of Stripe's, and the key goes nowhere else.
            .redirect(Policy::none())
            .user_agent(concat!("guichet/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| StripeError::Client(error.to_string()))?;
        let base = settings.base_url.trim_end_matches('/').to_owned();
        Ok(Self { http, base, key: settings.secret_key.clone(), timeout: settings.timeout })
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, GatewayError> {
        let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let url = format!("{}/v1/{path}{}{}", self.base, if pairs.is_empty() { "" } else { "?" }, pairs.join("&"));
        let request = self.http.get(url).bearer_auth(self.key.as_str()).header("Stripe-Version", VERSION);
        read(request.send().await).await
    }

    /// `key`: Stripe answers a request of the same key as it did the first time, for a day.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: Form,
        key: String,
    ) -> Result<T, GatewayError> {
        let request = self
            .http
            .post(format!("{}/v1/{path}", self.base))
            .bearer_auth(self.key.as_str())
            .header("Stripe-Version", VERSION)
            .header("Idempotency-Key", key)
            .form(&form.0);
        read(request.send().await).await
    }
}

async fn read<T: DeserializeOwned>(sent: Result<Response, reqwest::Error>) -> Result<T, GatewayError> {
    let mut response = sent.map_err(|error| told(&error))?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| told(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(GatewayError::Garbled);
        }
    }
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| GatewayError::Garbled);
    }
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(GatewayError::NotOurs),
        // The second is that of a request with the same key that is still under way.
        StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT => Err(GatewayError::TooMany),
        _ if status.is_client_error() => refused(status, &body),
        _ if status.is_server_error() => Err(GatewayError::Failed { status: status.as_u16() }),
        _ => Err(GatewayError::Garbled),
    }
}

/// A declined card comes as an error that holds the intent; everything else is a refusal with its code.
fn refused<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, GatewayError> {
    let Ok(ErrorBody { error }) = serde_json::from_slice::<ErrorBody>(body) else {
        return Err(GatewayError::Garbled);
    };
    if status == StatusCode::PAYMENT_REQUIRED
        && let Some(held) = error.payment_intent.or(error.setup_intent)
    {
        return serde_json::from_value(held).map_err(|_| GatewayError::Garbled);
    }
    let missing = (status == StatusCode::NOT_FOUND).then(|| MISSING.to_owned());
    let code = error.code.or(missing).or(error.kind).unwrap_or_default();
    // It goes into logs: a code, and no sentence.
    let is_code = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_';
    Err(GatewayError::Refused { code: code.chars().filter(is_code).take(64).collect() })
}

/// What went wrong, without addresses: an error of the library names the whole URL.
fn told(error: &reqwest::Error) -> GatewayError {
    if error.is_connect() { GatewayError::Unreachable } else { GatewayError::TimedOut }
}
