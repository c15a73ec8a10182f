//! The section `[payments]` of the configuration: by which gateway customers pay by card (PAY-1).

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use kernel::Problem;
use payments::{STRIPE, StripeSettings};
use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

/// The environment variables with Stripe's secrets, instead of files.
const KEY_VARIABLE: &str = "GUICHET_STRIPE_SECRET_KEY";
const WEBHOOK_VARIABLE: &str = "GUICHET_STRIPE_WEBHOOK_SECRET";

/// The longest that one request to Stripe takes: somebody waits before the page.
const TIMEOUT: Duration = Duration::from_secs(20);

/// By which gateway customers pay, checked; its secrets are read when a till is made.
#[derive(Clone, Debug, Default)]
pub struct CardPayments {
    pub(crate) stripe: Option<StripeAccount>,
}

/// A provider's account at Stripe. Its secrets are not in here.
#[derive(Clone, Debug)]
pub(crate) struct StripeAccount {
    pub(crate) publishable_key: Line<String>,
    secret_key_file: Option<Line<PathBuf>>,
    webhook_secret_file: Option<Line<PathBuf>>,
    pub(crate) api_url: String,
    /// Where the section begins.
    section: usize,
}

/// A value with its line of the file, counted from 1, for what is found out later.
#[derive(Clone, Debug)]
pub(crate) struct Line<T> {
    pub(crate) value: T,
    pub(crate) line: usize,
}

impl<T> Line<T> {
    pub(crate) fn of(text: &str, value: Spanned<T>) -> Self {
        let line = Problem::at(text, value.span().start, "").line;
        Self { value: value.into_inner(), line }
    }

    pub(crate) fn wrong(&self, reason: impl Into<String>) -> Problem {
        Problem { line: self.line, reason: reason.into() }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilePayments {
    gateway: Option<Spanned<String>>,
    publishable_key: Option<Spanned<String>>,
    secret_key_file: Option<Spanned<PathBuf>>,
    webhook_secret_file: Option<Spanned<PathBuf>>,
    api_url: Option<Spanned<String>>,
}

impl FilePayments {
    /// Checks the section of the configuration `text`. `public_url` is where the site is, if that is said.
    pub(crate) fn check(
        self,
        text: &str,
        demonstration: bool,
        public_url: Option<&str>,
    ) -> Result<CardPayments, Problem> {
        let gateway = match self.gateway {
            None => return Ok(CardPayments::default()),
            Some(gateway) => Line::of(text, gateway),
        };
        match gateway.value.as_str() {
            "none" => return Ok(CardPayments::default()),
            "stripe" if demonstration => {
                return Err(gateway.wrong("a demonstration has its simulated gateway: no real card pays made-up bills"));
            }
            "stripe" => {}
            other => return Err(gateway.wrong(format!("“{other}” is no gateway; expected none or stripe"))),
        }
        let section = Problem::at(text, text.find("[payments]").unwrap_or(0), "").line;
        let lacks = |what: &str| Problem { line: section, reason: format!("[payments] lacks {what}") };
        let key = self.publishable_key.ok_or_else(|| lacks("publishable_key, Stripe's key for browsers"))?;
        let key = Line::of(text, key);
        // What stands there is not repeated: it may be the secret key, by mistake.
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !(is_live(&key.value, "pk") || is_test(&key.value, "pk")) || !key.value.chars().all(is_key) {
            return Err(key.wrong("publishable_key is none of Stripe's: one begins with pk_live_ or pk_test_"));
        }
        if is_live(&key.value, "pk") && !public_url.is_some_and(|url| url.starts_with("https://")) {
            return Err(key.wrong("Stripe takes live keys over HTTPS alone: set public_url of [web] to https://…"));
        }
        let api_url = match self.api_url {
            None => STRIPE.to_owned(),
            Some(url) => {
                let url = Line::of(text, url);
                api_url(&url, is_live(&key.value, "pk"))?
            }
        };
        let account = StripeAccount {
            publishable_key: key,
            secret_key_file: self.secret_key_file.map(|file| Line::of(text, file)),
            webhook_secret_file: self.webhook_secret_file.map(|file| Line::of(text, file)),
            api_url,
            section,
        };
        Ok(CardPayments { stripe: Some(account) })
    }
}

fn is_live(key: &str, kind: &str) -> bool {
    key.strip_prefix(kind).is_some_and(|rest| rest.starts_with("_live_"))
}

fn is_test(key: &str, kind: &str) -> bool {
    key.strip_prefix(kind).is_some_and(|rest| rest.starts_with("_test_"))
}

/// The secret key goes there: over TLS, or not out of this machine.
fn api_url(url: &Line<String>, is_live: bool) -> Result<String, Problem> {
    let said = url.value.trim_end_matches('/');
    let host = said.strip_prefix("https://").or_else(|| said.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || host.contains(|c: char| "/?#@;,'\"".contains(c) || c.is_whitespace()) {
        return Err(url.wrong(format!("“{said}” is no address of an API; expected one such as {STRIPE}")));
    }
    if !is_stand_in(said) && !said.starts_with("https://") {
        return Err(url.wrong("Stripe's secret key is not sent in the clear: api_url begins with https://"));
    }
    if is_stand_in(said) && is_live {
        return Err(url.wrong("live keys are for Stripe alone: a stand-in on this machine takes test keys"));
    }
    Ok(said.to_owned())
}

/// Whether an API is a stand-in for Stripe's on this machine, as tests have one.
pub(crate) fn is_stand_in(api_url: &str) -> bool {
    let Some(host) = api_url.strip_prefix("http://") else { return false };
    let name = if host.starts_with('[') {
        host.split(']').next().unwrap_or_default().trim_start_matches('[')
    } else {
        host.split(':').next().unwrap_or_default()
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl StripeAccount {
    /// What makes a client, with the secrets.
    ///
    /// # Errors
    /// When a secret is missing, or is none, or is of another mode than the publishable key.
    pub(crate) fn settings(&self) -> Result<StripeSettings, Problem> {
        let file = self.secret_key_file.as_ref();
        let (key, line) = self.secret(file, KEY_VARIABLE)?.ok_or_else(|| Problem {
            line: self.section,
            reason: format!(
                "[payments] lacks secret_key_file: give Stripe's secret key in a file, or in the environment variable {KEY_VARIABLE}"
            ),
        })?;
        let any = |is: fn(&str, &str) -> bool| is(&key, "sk") || is(&key, "rk");
        let wrong = |reason: &str| Problem { line, reason: reason.to_owned() };
        if !any(is_live) && !any(is_test) {
            return Err(wrong(
                "the secret key is none of Stripe's: one begins with sk_live_, sk_test_, rk_live_ or rk_test_",
            ));
        }
        if any(is_live) != is_live(&self.publishable_key.value, "pk") {
            return Err(wrong("the secret key and publishable_key are of different modes: one is live, one is test"));
        }
        let webhook = self.secret(self.webhook_secret_file.as_ref(), WEBHOOK_VARIABLE)?;
        if let Some((_, line)) = webhook.as_ref().filter(|(secret, _)| !secret.starts_with("whsec_")) {
            let reason = "the webhook secret is none of Stripe's: one begins with whsec_".to_owned();
            return Err(Problem { line: *line, reason });
        }
        Ok(StripeSettings {
            base_url: self.api_url.clone(),
            secret_key: key,
            webhook_secret: webhook.map(|(secret, _)| secret),
            timeout: TIMEOUT,
        })
    }

    /// A secret with the line to blame for it; the environment comes first.
    fn secret(
        &self,
        file: Option<&Line<PathBuf>>,
        variable: &str,
    ) -> Result<Option<(Zeroizing<String>, usize)>, Problem> {
        if let Ok(secret) = std::env::var(variable) {
            return Ok(Some((Zeroizing::new(secret.trim().to_owned()), self.section)));
        }
        let Some(file) = file else { return Ok(None) };
        let text = std::fs::read_to_string(&file.value)
            .map(Zeroizing::new)
            .map_err(|error| file.wrong(format!("{}: {error}", file.value.display())))?;
        let secret = Zeroizing::new(text.trim().to_owned());
        if secret.is_empty() {
            return Err(file.wrong(format!("{} is empty", file.value.display())));
        }
        Ok(Some((secret, file.line)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Config, TEMPLATE};

    /// The template with a section for Stripe, whose secrets are in this folder.
    fn text(folder: &Path) -> String {
        let file = |name: &str| folder.join(name).display().to_string();
        let section = format!(
            "gateway = \"stripe\"\npublishable_key = \"pk_test_1\"\nsecret_key_file = \"{}\"\nwebhook_secret_file = \"{}\"\napi_url = \"https://api.stripe.com\"",
            file("key"),
            file("webhook")
        );
        TEMPLATE.replace("gateway = \"none\"", &section)
    }

    fn folder(key: &str, webhook: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("key"), key).expect("written");
        std::fs::write(folder.path().join("webhook"), webhook).expect("written");
        folder
    }

    fn line_of(text: &str, beginning: &str) -> usize {
        text.lines().position(|line| line.starts_with(beginning)).map_or(0, |line| line + 1)
    }

    #[test]
    fn ops_1_stripe_is_configured_and_its_secrets_are_never_shown() {
        let folder = folder("sk_test_very_secret\n", "whsec_very_secret");
        let config = Config::parse(&text(folder.path())).expect("valid");
        let account = config.payments.stripe.as_ref().expect("an account");
        let settings = account.settings().expect("secrets");
        assert_eq!(
            (settings.secret_key.as_str(), settings.base_url.as_str()),
            ("sk_test_very_secret", payments::STRIPE)
        );
        assert_eq!(settings.webhook_secret.as_ref().map(|secret| secret.as_str()), Some("whsec_very_secret"));
        let shown = format!("{config:?} {settings:?}");
        assert!(!shown.contains("very_secret"), "{shown}");
        let without = text(folder.path()).replace("webhook_secret_file", "# webhook_secret_file");
        let account = Config::parse(&without).expect("valid").payments.stripe.expect("an account");
        assert!(account.settings().expect("secrets").webhook_secret.is_none());
        assert!(Config::parse(TEMPLATE).expect("valid").payments.stripe.is_none());
    }

    #[test]
    fn ops_1_an_error_of_the_payments_section_names_line_and_reason() {
        let folder = folder("sk_test_very_secret", "whsec_very_secret");
        let cases = [
            ("gateway = \"stripe\"", "gateway = \"paypal\"", "“paypal” is no gateway; expected none or stripe"),
            (
                "publishable_key = ",
                "publishable_key = \"sk_live_very_secret\" #",
                "publishable_key is none of Stripe's",
            ),
            ("publishable_key = ", "publishable_key = \"pk_live_1\" #", "Stripe takes live keys over HTTPS alone"),
            ("publishable_key = ", "publishable_key = \"pk_test_1; script-src *\" #", "publishable_key is none"),
            ("api_url = ", "api_url = \"http://stripe.example\" #", "Stripe's secret key is not sent in the clear"),
            ("api_url = ", "api_url = \"http://127.0.0.1.example\" #", "Stripe's secret key is not sent in the clear"),
            (
                "api_url = ",
                "api_url = \"https://api.example/v1\" #",
                "“https://api.example/v1” is no address of an API",
            ),
            (
                "api_url = ",
                "api_url = \"https://api.example; script-src *\" #",
                "“https://api.example; script-src *” is",
            ),
            ("api_url = ", "secret_key = \"sk_test_1\" #", "unknown field `secret_key`"),
        ];
        let text = text(folder.path());
        for (from, to, expected) in cases {
            let problem = Config::parse(&text.replace(from, to)).expect_err("a problem");
            assert!(problem.reason.starts_with(expected), "{problem}");
            assert!(!problem.reason.contains("very_secret"), "{problem}");
            assert_eq!(problem.line, line_of(&text, from), "{problem}");
        }
        let lacks = Config::parse(&text.replace("publishable_key = ", "# ")).expect_err("a problem");
        assert_eq!((lacks.line, lacks.reason.contains("lacks publishable_key")), (line_of(&text, "[payments]"), true));
        let demonstration = text.replace("demonstration = false", "demonstration = true");
        let refused = Config::parse(&demonstration).expect_err("a problem");
        assert_eq!(refused.line, line_of(&text, "gateway = "), "{refused}");
        for stand_in in ["http://127.0.0.1:8420", "http://localhost:8420/", "http://[::1]:8420"] {
            let to = format!("api_url = \"{stand_in}\" #");
            assert!(Config::parse(&text.replace("api_url = ", &to)).is_ok(), "{stand_in}");
            let live = text.replace("api_url = ", &to).replace("pk_test_1", "pk_live_1");
            let live = live.replace("# public_url = ", "public_url = ");
            let problem = Config::parse(&live).expect_err("a problem");
            assert!(problem.reason.starts_with("live keys are for Stripe alone"), "{problem}");
        }
    }

    #[test]
    fn ops_1_an_error_of_a_secret_names_line_and_reason() {
        let live = |text: String| text.replace("pk_test_1", "pk_live_1").replace("# public_url = ", "public_url = ");
        type Change = fn(String) -> String;
        let same: Change = |text| text;
        let cases: [(&str, &str, Change, &str, &str); 6] = [
            ("pk_test_1", "whsec_1", same, "secret_key_file", "the secret key is none of Stripe's"),
            (
                "sk_live_1",
                "whsec_1",
                same,
                "secret_key_file",
                "the secret key and publishable_key are of different modes",
            ),
            (
                "rk_test_1",
                "whsec_1",
                live,
                "secret_key_file",
                "the secret key and publishable_key are of different modes",
            ),
            ("sk_test_1", "sk_test_1", same, "webhook_secret_file", "the webhook secret is none of Stripe's"),
            (" \n", "whsec_1", same, "secret_key_file", "/key is empty"),
            (
                "sk_test_1",
                "whsec_1",
                |text| text.replace("/webhook\"", "/nowhere\""),
                "webhook_secret_file",
                "/nowhere: No such",
            ),
        ];
        for (key, webhook, change, blamed, expected) in cases {
            let folder = folder(key, webhook);
            let text = change(text(folder.path()));
            let account = Config::parse(&text).expect("valid").payments.stripe.expect("an account");
            let problem = account.settings().expect_err("a problem");
            assert!(problem.reason.contains(expected), "{problem}");
            assert_eq!(problem.line, line_of(&text, blamed), "{problem}");
        }
        let folder = folder("sk_test_1", "whsec_1");
        let text = text(folder.path()).replace("secret_key_file = ", "# ");
        let account = Config::parse(&text).expect("valid").payments.stripe.expect("an account");
        let problem = account.settings().expect_err("a problem");
        assert_eq!(problem.line, line_of(&text, "[payments]"), "{problem}");
        assert!(problem.reason.contains("GUICHET_STRIPE_SECRET_KEY"), "{problem}");
    }
}
