//! The ways out of the outbox for text messages: an HTTP gateway whose request the operator describes, or a folder.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use kernel::{MessageId, NodeId};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::way::{Outcome, put_into};

/// An answer larger than this is none.
const LARGEST: usize = 64 * 1024;

/// What a text message is put into: the number, the text, who writes, and an id that stays the same when it is repeated.
pub const PLACEHOLDERS: [&str; 4] = ["to", "text", "from", "id"];

/// Statuses of refusals that the message has no part in: how the gateway is spoken with is the operator's to mend.
const NOT_THE_MESSAGE: [u16; 7] = [401, 402, 403, 404, 405, 407, 415];
/// Statuses that ask for patience.
const NOT_NOW: [u16; 6] = [408, 409, 421, 423, 425, 429];

/// How text messages leave.
#[derive(Clone)]
pub enum TextWay {
    Http(Box<TextGateway>),
    /// Each becomes a file `.txt` there, named by its id: for demonstrations. The files are readable for their owner alone.
    Folder(PathBuf),
}

/// How fields travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextContent {
    /// `application/x-www-form-urlencoded`.
    Form,
    Json,
}

/// How the gateway knows us.
#[derive(Clone)]
pub enum TextAuth {
    None,
    Basic {
        user: String,
        password: Zeroizing<String>,
    },
    Bearer(Zeroizing<String>),
    /// The secret is the value of a header of that name.
    Header {
        name: String,
        secret: Zeroizing<String>,
    },
}

/// An HTTP gateway: what a request to it looks like, and what its answer means.
#[derive(Clone)]
pub struct TextGatewaySettings {
    /// Over HTTPS, or on this machine.
    pub url: String,
    pub is_put: bool,
    pub content: TextContent,
    /// Further headers, whose values are templates.
    pub headers: Vec<(String, String)>,
    /// Fields by name, whose texts are templates; in a form texts alone.
    pub fields: Vec<(String, Value)>,
    /// Who writes, as the gateway wants it: a number, a name, the id of a service.
    pub from: String,
    pub auth: TextAuth,
    /// Statuses of an answer that accepts the message; none: any of 200 to 299.
    pub accepted: Vec<u16>,
    /// Where the gateway's id of the message stands in an answer in JSON (RFC 6901); an answer without it accepts nothing.
    pub id_at: Option<String>,
    /// Where the gateway's code for what went wrong stands.
    pub error_at: Option<String>,
    /// The longest wait for an answer.
    pub timeout: Duration,
}

impl fmt::Debug for TextGatewaySettings {
    /// Without secrets, and without what may hold one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextGatewaySettings").field("url", &self.url).finish_non_exhaustive()
    }
}

impl fmt::Debug for TextWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(gateway) => gateway.settings.fmt(f),
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
        }
    }
}

/// A gateway that cannot be spoken with as it is described.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TextGatewayError {
    #[error("“{0}” is no header that can be sent")]
    Header(String),
    #[error("no client can be made: {0}")]
    Client(String),
}

/// A client of the gateway.
#[derive(Clone)]
pub struct TextGateway {
    settings: TextGatewaySettings,
    http: reqwest::Client,
}

/// What came of a text message.
pub(crate) struct Said {
    pub(crate) outcome: Outcome,
    /// What the gateway calls the message.
    pub(crate) gateway_id: Option<String>,
    /// The gateway was not reached: others need not be tried now.
    pub(crate) is_down: bool,
}

impl Said {
    fn later(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Later(reason.into()), gateway_id: None, is_down: false }
    }
}

/// A text message on its way.
pub(crate) struct Leaving<'a> {
    pub(crate) id: MessageId,
    pub(crate) to: &'a str,
    pub(crate) text: &'a str,
}

impl TextWay {
    /// The longest that sending one message takes.
    pub(crate) fn timeout(&self) -> Duration {
        match self {
            Self::Http(gateway) => gateway.settings.timeout,
            Self::Folder(_) => Duration::from_secs(30),
        }
    }

    pub(crate) async fn send(&self, leaving: &Leaving<'_>, node: NodeId) -> Said {
        match self {
            Self::Http(gateway) => gateway.send(leaving).await,
            Self::Folder(folder) => {
                let id = leaving.id;
                let (folder, part) = (folder.clone(), format!(".{id}.{node}.part"));
                let bytes = format!("{}\n\n{}\n", leaving.to, leaving.text).into_bytes();
                let written =
                    tokio::task::spawn_blocking(move || put_into(&folder, &part, &format!("{id}.txt"), &bytes));
                match written.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
                    Ok(()) => Said { outcome: Outcome::Sent, gateway_id: None, is_down: false },
                    Err(error) => Said::later(format!("the folder: {error}")),
                }
            }
        }
    }
}

/// The names between braces that a template has and [`PLACEHOLDERS`] has not.
pub fn unknown_placeholder(template: &str) -> Option<&str> {
    template.split('{').skip(1).find_map(|after| {
        let name = after.split('}').next().unwrap_or(after);
        (!PLACEHOLDERS.contains(&name) || !after.contains('}')).then_some(name)
    })
}

/// Checks where a gateway is: over HTTPS, or on this machine, as tests have one; without a password in it.
///
/// # Errors
/// Why not.
pub fn check_gateway_url(url: &str) -> Result<(), &'static str> {
    let parsed = reqwest::Url::parse(url).map_err(|_| "expected one such as https://sms.example/v1/messages")?;
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if parsed.scheme() != "https" && !(parsed.scheme() == "http" && is_here) {
        return Err("numbers and texts are not sent in the clear: it begins with https://");
    }
    if host.is_empty() {
        return Err("expected one such as https://sms.example/v1/messages");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("a password does not stand in an address: see auth and secret_file");
    }
    Ok(())
}

/// Whether a header can be sent so.
pub fn is_header(name: &str, value: &str) -> bool {
    HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok()
}

impl TextGateway {
    /// # Errors
    /// When a header cannot be sent, or no client can be made.
    pub fn new(settings: TextGatewaySettings) -> Result<Self, TextGatewayError> {
        let auth = match &settings.auth {
            TextAuth::Header { name, secret } => Some((name.as_str(), secret.as_str())),
            _ => None,
        };
        for (name, value) in settings.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(auth) {
            if !is_header(name, value) {
                // The value may be a secret.
                return Err(TextGatewayError::Header(name.to_owned()));
            }
        }
        let http = reqwest::Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout / 2)
            // An answer that sends us elsewhere is not followed: secret, number and text go nowhere else.
            .redirect(Policy::none())
            .user_agent(concat!("guichet/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| TextGatewayError::Client(error.to_string()))?;
        Ok(Self { settings, http })
    }

    async fn send(&self, leaving: &Leaving<'_>) -> Said {
        let id = leaving.id.to_string();
        let filled = |template: &str| {
            fill(template, |name| match name {
                "to" => Some(leaving.to),
                "text" => Some(leaving.text),
                "from" => Some(&self.settings.from),
                "id" => Some(&id),
                _ => None,
            })
        };
        let method = if self.settings.is_put { Method::PUT } else { Method::POST };
        let mut request = self.http.request(method, &self.settings.url);
        match self.headers(&filled) {
            Some(headers) => request = request.headers(headers),
            None => return Said::later("the gateway: a header cannot be sent"),
        }
        request = match &self.settings.auth {
            TextAuth::Basic { user, password } => request.basic_auth(user, Some(password.as_str())),
            TextAuth::Bearer(secret) => request.bearer_auth(secret.as_str()),
            TextAuth::None | TextAuth::Header { .. } => request,
        };
        let fields = self.settings.fields.iter().map(|(name, value)| (name.clone(), filled_in(value, &filled)));
        request = match self.settings.content {
            TextContent::Json => request.json(&Value::Object(fields.collect::<Map<_, _>>())),
            TextContent::Form => {
                let plain = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                request.form(&fields.map(|(name, value)| (name, plain(value))).collect::<Vec<_>>())
            }
        };
        match request.send().await {
            Ok(response) => self.understand(response, leaving.to).await,
            // The library's message names the whole address.
            Err(error) if error.is_connect() => {
                Said { is_down: true, ..Said::later("the gateway could not be reached") }
            }
            Err(error) if error.is_timeout() => {
                Said::later(format!("the gateway: no answer within {} s", self.settings.timeout.as_secs()))
            }
            Err(_) => Said::later("the gateway broke the connection off"),
        }
    }

    fn headers(&self, filled: &impl Fn(&str) -> String) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.settings.headers {
            headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(filled(value)).ok()?);
        }
        if let TextAuth::Header { name, secret } = &self.settings.auth {
            let mut value = HeaderValue::try_from(secret.as_str()).ok()?;
            value.set_sensitive(true);
            headers.insert(HeaderName::try_from(name).ok()?, value);
        }
        Some(headers)
    }

    /// What an answer means. Nothing of it is kept but an id and a code, for it may repeat number and text.
    async fn understand(&self, mut response: Response, to: &str) -> Said {
        let status = response.status();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST => body.extend_from_slice(&chunk),
                Ok(Some(_)) => return Said::later(format!("the gateway: {} with an endless answer", status.as_u16())),
                Ok(None) => break,
                Err(_) => return Said::later("the gateway broke its answer off"),
            }
        }
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        let word = |at: &Option<String>| word_at(answer.as_ref()?, at.as_deref()?, to);
        let code = status.as_u16();
        let reason = match word(&self.settings.error_at) {
            Some(error) => format!("the gateway: {code} ({error})"),
            None => format!("the gateway: {code}"),
        };
        let accepts = if self.settings.accepted.is_empty() {
            status.is_success()
        } else {
            self.settings.accepted.contains(&code)
        };
        if accepts {
            let gateway_id = word(&self.settings.id_at);
            if self.settings.id_at.is_some() && gateway_id.is_none() {
                return Said::later(format!("{reason} without an id"));
            }
            return Said { outcome: Outcome::Sent, gateway_id, is_down: false };
        }
        Said { outcome: refusal(status, reason), gateway_id: None, is_down: false }
    }
}

fn refusal(status: StatusCode, reason: String) -> Outcome {
    let code = status.as_u16();
    let for_good = status.is_client_error() && !NOT_THE_MESSAGE.contains(&code) && !NOT_NOW.contains(&code);
    if for_good { Outcome::Refused(reason) } else { Outcome::Later(reason) }
}

/// An id or a code in an answer: short, without anything that is no part of one, and not the number that was written to.
fn word_at(answer: &Value, at: &str, to: &str) -> Option<String> {
    let found = answer.pointer(at)?;
    let word = match found {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.:@/+=".contains(c);
    let is_word = !word.is_empty() && word.len() <= 128 && word.chars().all(fits);
    (is_word && !word.contains(to.trim_start_matches('+'))).then_some(word)
}

/// A template with its placeholders filled in, once: what is filled in is no template.
fn fill<'a>(template: &str, value_of: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}').and_then(|(name, rest)| Some((value_of(name)?, rest))) {
            Some((value, behind)) => {
                filled.push_str(value);
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn filled_in(value: &Value, filled: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(template) => Value::String(filled(template)),
        Value::Array(values) => values.iter().map(|value| filled_in(value, filled)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), filled_in(value, filled)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_3_what_is_filled_into_a_request_is_no_template() {
        let value_of = |name: &str| match name {
            "text" => Some("{to} { {x}"),
            "to" => Some("+15145550100"),
            _ => None,
        };
        assert_eq!(fill("a{text}b{to}c{other}d{", value_of), "a{to} { {x}b+15145550100c{other}d{");
        let nested: Value = serde_json::json!({ "messages": [{ "to": "{to}", "n": 1, "ok": true }] });
        let filled = filled_in(&nested, &|template| fill(template, value_of));
        assert_eq!(filled, serde_json::json!({ "messages": [{ "to": "+15145550100", "n": 1, "ok": true }] }));
        assert_eq!(unknown_placeholder("{to} {text} {from} {id}"), None);
        assert_eq!(unknown_placeholder("{to} {body}"), Some("body"));
        assert_eq!(unknown_placeholder("{to"), Some("to"));
    }

    #[test]
    fn prv_1_nothing_of_an_answer_is_kept_that_could_be_somebodys() {
        let answer = serde_json::json!({ "sid": "SM1", "code": 21211, "to": "+15145550100", "said": "Eve Roy, yes", "n": { "id": "a" } });
        let word = |at: &str| word_at(&answer, at, "+15145550100");
        assert_eq!(
            (word("/sid").as_deref(), word("/code").as_deref(), word("/n/id").as_deref()),
            (Some("SM1"), Some("21211"), Some("a"))
        );
        for at in ["/to", "/said", "/n", "/other"] {
            assert_eq!(word(at), None, "{at}");
        }
    }

    #[test]
    fn prv_1_a_gateway_never_shows_its_secret() {
        let settings = TextGatewaySettings {
            url: "https://sms.example/v1".to_owned(),
            is_put: false,
            content: TextContent::Json,
            headers: Vec::new(),
            fields: Vec::new(),
            from: "Boréal".to_owned(),
            auth: TextAuth::Header { name: "X-Api-Key".to_owned(), secret: Zeroizing::new("very-secret".to_owned()) },
            accepted: Vec::new(),
            id_at: None,
            error_at: None,
            timeout: Duration::from_secs(5),
        };
        assert!(!format!("{settings:?}").contains("very-secret"));
        let way = TextWay::Http(Box::new(TextGateway::new(settings).expect("a client")));
        assert!(!format!("{way:?}").contains("very-secret"));
    }
}
