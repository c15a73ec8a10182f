//! Somebody at the site, with cookies, who asks its router without a network.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use guichet::Home;
use tower::ServiceExt;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        // Templates escape every slash.
        String::from_utf8_lossy(&self.bytes).replace("&#x2f;", "/").replace("&#x27;", "'")
    }

    pub(crate) fn location(&self) -> String {
        self.header("location")
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }
}

/// A browser without scripts.
pub(crate) struct Visitor {
    router: Router,
    /// Where the letters are that this person reads.
    db: db::Db,
    vault: Arc<vault::Vault>,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
    /// Further headers of each request.
    pub(crate) headers: Vec<(&'static str, String)>,
}

pub(crate) const SITE: &str = "http://guichet.test";

impl Visitor {
    pub(crate) fn of(home: &Home) -> Self {
        Self::at(home, SITE)
    }

    pub(crate) fn at(home: &Home, public_url: &str) -> Self {
        let app = guichet::app(home, public_url, Arc::default()).expect("templates and texts");
        let (db, vault) = (home.db.clone(), home.vault.clone());
        Self { router: portal::router(&app), db, vault, cookies: BTreeMap::new(), language: "en", headers: Vec::new() }
    }

    /// Somebody else at the same site.
    pub(crate) fn other(&self) -> Self {
        let (db, vault) = (self.db.clone(), self.vault.clone());
        let (router, language) = (self.router.clone(), self.language);
        Self { router, db, vault, cookies: BTreeMap::new(), language, headers: Vec::new() }
    }

    /// The same device, with nobody signed in.
    pub(crate) fn same_device(&self) -> Self {
        let device = self.cookies.iter().filter(|(name, _)| name.ends_with("device"));
        let cookies = device.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { cookies, ..self.other() }
    }

    /// The same person in another tab.
    pub(crate) fn twin(&self) -> Self {
        Self { cookies: self.cookies.clone(), ..self.other() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, Body::empty(), None).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let encoded: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let kind = Some("application/x-www-form-urlencoded");
        self.ask(Method::POST, path, Body::from(encoded.join("&")), kind).await
    }

    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: Body, kind: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "guichet.test");
        request = request.header("accept-language", self.language);
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = self.router.clone().oneshot(request.body(body).expect("a request")).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 16 << 20).await.expect("a body").to_vec();
        for cookie in parts.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("a cookie");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Signs in; on a new device with the code from the letter that was written for it, as everybody has to (SGN-5).
    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let before = self.code_letters().await;
        let answer = self.type_password(name, password).await;
        if !answer.location().starts_with("/sign-in/code") {
            return answer;
        }
        let letters = self.code_letters().await;
        let new = letters.into_iter().find(|id| !before.contains(id)).expect("a letter with a code");
        let letter = messages::find(&self.db, &self.vault, new).await.expect("read").expect("one");
        self.post("/sign-in/code", &[("code", &code_in(&letter.text)), ("return_to", "/")]).await
    }

    /// The password alone.
    pub(crate) async fn type_password(&mut self, name: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("name", name), ("password", password), ("return_to", "/")]).await
    }

    async fn code_letters(&self) -> Vec<kernel::MessageId> {
        let shown = messages::list(&self.db, &self.vault, 200).await.expect("listed");
        shown.into_iter().filter(|shown| shown.kind == "sign-in-code").map(|shown| shown.id).collect()
    }

    /// Signs up to an account, and is signed in then.
    pub(crate) async fn sign_up(&mut self, (number, postal_code): (&str, &str), username: &str) -> Answer {
        let first = self.post("/sign-up", &[("account_number", number), ("postal_code", postal_code)]).await;
        assert_eq!(
            (first.status, first.location().as_str()),
            (StatusCode::SEE_OTHER, "/sign-up/login"),
            "{}",
            first.text()
        );
        self.post("/sign-up/login", &login_form(username)).await
    }
}

/// The digits of the code that a letter brings.
pub(crate) fn code_in(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("Code")).expect("a code");
    line.chars().filter(char::is_ascii_digit).collect()
}

pub(crate) const PASSWORD: &str = "vertige7lune";

pub(crate) fn login_form(username: &str) -> [(&str, &str); 4] {
    [("username", username), ("email", "eve@exemple.ca"), ("password", PASSWORD), ("password_again", PASSWORD)]
}

pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The number of an imported account.
pub(crate) async fn number_of(home: &Home, external_id: &str) -> String {
    let sql = "SELECT number FROM accounts WHERE external_id = $1";
    db::scalar(home.db.reader(), sql, [external_id.into()]).await.expect("read").expect("an account")
}
