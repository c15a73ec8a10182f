//! The section `[sms]` of the configuration: by which gateway text messages leave, and to which numbers (OPS-3, SEC-3).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kernel::Problem;
use messages::{
    PLACEHOLDERS, TextAuth, TextContent, TextGateway, TextGatewaySettings, TextRules, TextWay, check_country,
    check_gateway_url, is_header, unknown_placeholder,
};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use zeroize::Zeroizing;

use crate::gateway::Line;

/// The environment variable with the gateway's secret, instead of a file.
const SECRET_VARIABLE: &str = "GUICHET_SMS_SECRET";

/// How text messages leave, checked; the gateway's secret is read when a postman is made.
#[derive(Clone, Debug)]
pub struct Texts {
    pub rules: TextRules,
    way: Configured,
}

#[derive(Clone, Debug)]
enum Configured {
    None,
    Folder,
    Http(Box<Gateway>),
}

/// A gateway without its secret.
#[derive(Clone, Debug)]
struct Gateway {
    url: String,
    is_put: bool,
    content: TextContent,
    headers: Vec<(String, String)>,
    fields: Vec<(String, Value)>,
    from: String,
    auth: Auth,
    secret_file: Option<Line<PathBuf>>,
    accepted: Vec<u16>,
    id_at: Option<String>,
    error_at: Option<String>,
    timeout: Duration,
    /// Where the section begins.
    section: usize,
}

#[derive(Clone, Debug)]
enum Auth {
    None,
    Basic(String),
    Bearer,
    Header(String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileSms {
    way: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
    method: Option<Spanned<String>>,
    content: Option<Spanned<String>>,
    #[serde(default)]
    headers: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    fields: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    from: String,
    auth: Option<Spanned<String>>,
    user: Option<String>,
    secret_header: Option<Spanned<String>>,
    secret_file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    accepted: Vec<Spanned<u16>>,
    id_at: Option<Spanned<String>>,
    error_at: Option<Spanned<String>>,
    timeout_seconds: Option<Spanned<u64>>,
    countries: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    refused_prefixes: Vec<Spanned<String>>,
    per_hour: Option<Spanned<i32>>,
}

/// Something wrong at the place of a value.
fn wrong<T>(text: &str, at: &Spanned<T>, reason: impl Into<String>) -> Problem {
    Problem::at(text, at.span().start, reason)
}

/// One of several words.
fn word<T: Copy>(
    text: &str,
    said: Option<&Spanned<String>>,
    (what, choices): (&str, &[(&str, T)]),
) -> Result<T, Problem> {
    let Some(said) = said else { return Ok(choices[0].1) };
    let found = choices.iter().find(|(name, _)| name == said.get_ref()).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        wrong(text, said, format!("“{}” is no {what} of text messages; expected {}", said.get_ref(), names.join(", ")))
    })
}

impl FileSms {
    /// Checks the section of the configuration `text`. A demonstration writes to no telephone: its messages go to the folder.
    pub(crate) fn check(self, text: &str, demonstration: bool) -> Result<Texts, Problem> {
        #[derive(Clone, Copy, PartialEq)]
        enum Way {
            None,
            Folder,
            Http,
        }
        let rules = self.rules(text)?;
        let default = if demonstration { Way::Folder } else { Way::None };
        let ways = [("none", Way::None), ("folder", Way::Folder), ("http", Way::Http)];
        let way = match &self.way {
            None => default,
            said => word(text, said.as_ref(), ("way", &ways))?,
        };
        if let (true, Way::Http, Some(said)) = (demonstration, way, &self.way) {
            return Err(wrong(text, said, "a demonstration writes to no telephone; leave out way"));
        }
        let way = match way {
            Way::None => Configured::None,
            Way::Folder => Configured::Folder,
            Way::Http => Configured::Http(Box::new(self.gateway(text)?)),
        };
        Ok(Texts { rules, way })
    }

    fn rules(&self, text: &str) -> Result<TextRules, Problem> {
        let mut rules = TextRules::default();
        if let Some(countries) = &self.countries {
            for country in countries {
                check_country(country.get_ref()).map_err(|unknown| wrong(text, country, unknown.to_string()))?;
            }
            rules.countries = countries.iter().map(|country| country.get_ref().clone()).collect();
        }
        for prefix in &self.refused_prefixes {
            let digits = prefix.get_ref().trim_start_matches('+');
            if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                let reason = format!("“{}” is no beginning of a number; expected one such as +1900", prefix.get_ref());
                return Err(wrong(text, prefix, reason));
            }
            rules.refused_prefixes.push(digits.to_owned());
        }
        if let Some(most) = &self.per_hour {
            if !(1..=1_000_000).contains(most.get_ref()) {
                return Err(wrong(text, most, "per_hour must be 1 to 1000000"));
            }
            rules.per_hour = *most.get_ref();
        }
        Ok(rules)
    }

    fn gateway(self, text: &str) -> Result<Gateway, Problem> {
        let section_at = text.find("[sms]").unwrap_or(0);
        let lacks = |what: &str| Problem::at(text, section_at, format!("[sms] lacks {what}"));
        let url = self.url.as_ref().ok_or_else(|| lacks("url, where the gateway takes messages"))?;
        check_gateway_url(url.get_ref())
            .map_err(|reason| wrong(text, url, format!("“{}” is no address of a gateway: {reason}", url.get_ref())))?;
        let content = [("form", TextContent::Form), ("json", TextContent::Json)];
        let content = word(text, self.content.as_ref(), ("content", &content))?;
        let is_put = word(text, self.method.as_ref(), ("method", &[("POST", false), ("PUT", true)]))?;
        let fields = self.fields(text, content)?;
        if ["{to}", "{text}"].iter().any(|wanted| !fields.iter().any(|(_, value)| value.to_string().contains(wanted))) {
            return Err(lacks("fields with {to} and {text}: what a message is put into"));
        }
        for (name, value) in &self.headers {
            self.header(text, name, value)?;
        }
        let auth = self.auth(text, section_at)?;
        if let Some(status) = self.accepted.iter().find(|status| !(200..=299).contains(status.get_ref())) {
            return Err(wrong(text, status, "what accepts a message is a status of 200 to 299"));
        }
        let no_pointer = |at: &&Spanned<String>| !at.get_ref().starts_with('/');
        if let Some(at) = self.id_at.as_ref().filter(no_pointer).or(self.error_at.as_ref().filter(no_pointer)) {
            return Err(wrong(text, at, "expected a JSON pointer, as /sid or /messages/0/id"));
        }
        if let Some(seconds) = self.timeout_seconds.as_ref().filter(|seconds| !(2..=60).contains(seconds.get_ref())) {
            return Err(wrong(text, seconds, "timeout_seconds must be 2 to 60"));
        }
        Ok(Gateway {
            url: url.get_ref().clone(),
            is_put,
            content,
            headers: self.headers.into_iter().map(|(name, value)| (name, value.into_inner())).collect(),
            fields,
            from: self.from,
            auth,
            secret_file: self.secret_file.map(|file| Line::of(text, file)),
            accepted: self.accepted.into_iter().map(Spanned::into_inner).collect(),
            id_at: self.id_at.map(Spanned::into_inner),
            error_at: self.error_at.map(Spanned::into_inner),
            timeout: Duration::from_secs(self.timeout_seconds.map_or(15, Spanned::into_inner)),
            section: Problem::at(text, section_at, "").line,
        })
    }

    fn fields(&self, text: &str, content: TextContent) -> Result<Vec<(String, Value)>, Problem> {
        let field = |(name, value): (&String, &Spanned<toml::Value>)| {
            let in_json = serde_json::to_value(value.get_ref())
                .map_err(|_| wrong(text, value, format!("the field {name} is nothing that can be sent")))?;
            if content == TextContent::Form && (in_json.is_object() || in_json.is_array()) {
                return Err(wrong(text, value, format!("the field {name}: a form has texts and numbers alone")));
            }
            if let Some(unknown) = unknown_in(&in_json) {
                let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
                return Err(wrong(text, value, format!("there is no {{{unknown}}}; known: {known}")));
            }
            Ok((name.clone(), in_json))
        };
        self.fields.iter().map(field).collect()
    }

    fn header(&self, text: &str, name: &str, value: &Spanned<String>) -> Result<(), Problem> {
        if !is_header(name, value.get_ref()) {
            return Err(wrong(text, value, format!("{name} is no header that can be sent")));
        }
        if name.eq_ignore_ascii_case("authorization") {
            return Err(wrong(text, value, "a secret does not stand here: see auth and secret_file"));
        }
        // A number and a text are in no header, where others on the way write them down.
        if let Some(other) = unknown_placeholder(value.get_ref())
            .or_else(|| ["to", "text"].into_iter().find(|name| value.get_ref().contains(&format!("{{{name}}}"))))
        {
            return Err(wrong(text, value, format!("a header takes no {{{other}}}; known: {{from}}, {{id}}")));
        }
        Ok(())
    }

    fn auth(&self, text: &str, section: usize) -> Result<Auth, Problem> {
        let lacks = |what: &str| Problem::at(text, section, format!("[sms] lacks {what}"));
        let choices = [("none", 0), ("basic", 1), ("bearer", 2), ("header", 3)];
        match word(text, self.auth.as_ref(), ("auth", &choices))? {
            0 => Ok(Auth::None),
            1 => self.user.clone().map(Auth::Basic).ok_or_else(|| lacks("user, the name beside the secret")),
            2 => Ok(Auth::Bearer),
            _ => {
                let header = self.secret_header.as_ref();
                let header = header.ok_or_else(|| lacks("secret_header, the header that holds the secret"))?;
                if !is_header(header.get_ref(), "x") {
                    return Err(wrong(text, header, format!("“{}” is no header", header.get_ref())));
                }
                Ok(Auth::Header(header.get_ref().clone()))
            }
        }
    }
}

fn unknown_in(value: &Value) -> Option<String> {
    match value {
        Value::String(template) => unknown_placeholder(template).map(str::to_owned),
        Value::Array(values) => values.iter().find_map(unknown_in),
        Value::Object(fields) => fields.values().find_map(unknown_in),
        _ => None,
    }
}

impl Texts {
    /// To the folder where e-mails go without a mail server, by the usual rules: as a demonstration has it.
    pub fn in_folder() -> Self {
        Self { rules: TextRules::default(), way: Configured::Folder }
    }

    /// Whether text messages are sent at all.
    pub fn are_sent(&self) -> bool {
        !matches!(self.way, Configured::None)
    }

    /// The way out; none where no text messages are sent.
    ///
    /// # Errors
    /// When the gateway's secret is missing, or cannot be sent.
    pub fn way(&self, folder: &Path) -> Result<Option<TextWay>, Problem> {
        match &self.way {
            Configured::None => Ok(None),
            Configured::Folder => Ok(Some(TextWay::Folder(folder.to_owned()))),
            Configured::Http(gateway) => gateway.way().map(Some),
        }
    }
}

impl Gateway {
    fn way(&self) -> Result<TextWay, Problem> {
        let auth = match &self.auth {
            Auth::None => TextAuth::None,
            Auth::Basic(user) => TextAuth::Basic { user: user.clone(), password: self.secret()? },
            Auth::Bearer => TextAuth::Bearer(self.secret()?),
            Auth::Header(name) => TextAuth::Header { name: name.clone(), secret: self.secret()? },
        };
        let gateway = TextGateway::new(TextGatewaySettings {
            url: self.url.clone(),
            is_put: self.is_put,
            content: self.content,
            headers: self.headers.clone(),
            fields: self.fields.clone(),
            from: self.from.clone(),
            auth,
            accepted: self.accepted.clone(),
            id_at: self.id_at.clone(),
            error_at: self.error_at.clone(),
            timeout: self.timeout,
        });
        let gateway = gateway.map_err(|error| Problem { line: self.section, reason: format!("[sms]: {error}") })?;
        Ok(TextWay::Http(Box::new(gateway)))
    }

    fn secret(&self) -> Result<Zeroizing<String>, Problem> {
        if let Ok(secret) = std::env::var(SECRET_VARIABLE) {
            return Ok(Zeroizing::new(secret.trim().to_owned()));
        }
        let file = self.secret_file.as_ref().ok_or_else(|| {
            let give = format!("give the gateway's secret in a file, or in the environment variable {SECRET_VARIABLE}");
            Problem { line: self.section, reason: format!("[sms] lacks secret_file: {give}") }
        })?;
        let text = std::fs::read_to_string(&file.value)
            .map(Zeroizing::new)
            .map_err(|error| file.wrong(format!("{}: {error}", file.value.display())))?;
        let secret = Zeroizing::new(text.trim().to_owned());
        if secret.is_empty() || !is_header("x", &secret) {
            return Err(file.wrong(format!("{} holds no secret that can be sent", file.value.display())));
        }
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, TEMPLATE};

    const TWILIO: &str = r#"way = "http"
url = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json"
content = "form"
from = "+15145550199"
auth = "basic"
user = "AC00000000000000000000000000000000"
secret_file = "SECRET"
accepted = [201]
id_at = "/sid"
error_at = "/code"
countries = ["CA", "US"]
per_hour = 500
[sms.headers]
X-Request = "{id}"
[sms.fields]
To = "{to}"
From = "{from}"
Body = "{text}"
"#;

    fn with(section: &str) -> String {
        let (before, after) = TEMPLATE.split_once("[sms]\n").expect("a section");
        let (_, after) = after.split_once("\n[payments]").expect("the next one");
        format!("{before}[sms]\n{section}\n[payments]{after}")
    }

    #[test]
    fn ops_3_without_a_gateway_no_text_messages_are_sent_and_a_demonstrations_go_to_the_folder() {
        let config = Config::parse(TEMPLATE).expect("valid");
        assert!(!config.texts.are_sent() && config.texts.way(Path::new("mail")).expect("none").is_none());
        assert_eq!(config.texts.rules, TextRules::default());
        let demonstration = with("").replace("demonstration = false", "demonstration = true");
        let texts = Config::parse(&demonstration).expect("valid").texts;
        assert!(
            matches!(texts.way(Path::new("mail")), Ok(Some(TextWay::Folder(folder))) if folder == Path::new("mail"))
        );
        let real = with(TWILIO).replace("demonstration = false", "demonstration = true");
        assert!(Config::parse(&real).expect_err("refused").reason.contains("writes to no telephone"));
    }

    #[test]
    fn ops_3_a_gateway_is_described_and_its_secret_stands_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secret");
        let text = with(&TWILIO.replace("SECRET", &file.display().to_string()));
        let texts = Config::parse(&text).expect("valid").texts;
        let line = text.lines().position(|line| line.starts_with("secret_file")).expect("a line") + 1;
        for wrong in [None, Some(" \n"), Some("a\u{1}b")] {
            if let Some(wrong) = wrong {
                std::fs::write(&file, wrong).expect("written");
            }
            let problem = texts.way(Path::new("mail")).expect_err("no secret");
            assert_eq!(problem.line, line, "{problem}");
        }
        std::fs::write(&file, "very-secret\n").expect("written");
        let way = texts.way(Path::new("mail")).expect("a way").expect("a gateway");
        assert!(!format!("{way:?} {texts:?}").contains("very-secret"));
        let without = Config::parse(&text.replace("secret_file", "# secret_file")).expect("valid").texts;
        assert!(without.way(Path::new("mail")).expect_err("none").reason.contains("GUICHET_SMS_SECRET"));
    }

    #[test]
    fn ops_3_what_is_wrong_with_the_gateway_is_said_with_its_line() {
        let text = with(TWILIO);
        let cases = [
            ("way = \"http\"", "way = \"pigeon\"", "“pigeon” is no way of text messages; expected none, folder, http"),
            (
                "url = ",
                "url = \"http://sms.example/\" #",
                "“http://sms.example/” is no address of a gateway: numbers and texts",
            ),
            (
                "url = ",
                "url = \"https://a:b@sms.example/\" #",
                "“https://a:b@sms.example/” is no address of a gateway: a password",
            ),
            ("url = ", "url = \"nowhere\" #", "“nowhere” is no address of a gateway"),
            ("content = ", "content = \"xml\" #", "“xml” is no content of text messages"),
            ("content = ", "method = \"GET\" #", "“GET” is no method of text messages; expected POST, PUT"),
            ("auth = ", "auth = \"digest\" #", "“digest” is no auth of text messages"),
            ("accepted = ", "accepted = [302] #", "what accepts a message is a status of 200 to 299"),
            ("id_at = ", "id_at = \"sid\" #", "expected a JSON pointer"),
            ("countries = ", "countries = [\"CA\", \"Canada\"] #", "“Canada” is no country"),
            ("countries = ", "refused_prefixes = [\"+1x\"] #", "“+1x” is no beginning of a number"),
            ("per_hour = ", "per_hour = 0 #", "per_hour must be 1 to"),
            ("per_hour = ", "timeout_seconds = 1 #", "timeout_seconds must be 2 to 60"),
            ("per_hour = ", "secret = \"x\" #", "unknown field `secret`"),
            ("X-Request = ", "X-Request = \"{to}\" #", "a header takes no {to}"),
            ("X-Request = ", "Authorization = \"Bearer x\" #", "a secret does not stand here"),
            ("X-Request = ", "\"X Request\" = \"a\" #", "X Request is no header"),
            ("Body = ", "Body = \"{body} {text}\" #", "there is no {body}; known: {to}, {text}, {from}, {id}"),
            ("Body = ", "Body = [\"{text}\"] #", "the field Body: a form has texts"),
        ];
        for (from, to, expected) in cases {
            // Lines of the section alone.
            let (before, after) = text.split_once("[sms]").expect("a section");
            let problem =
                Config::parse(&format!("{before}[sms]{}", after.replacen(&format!("\n{from}"), &format!("\n{to}"), 1)));
            let problem = problem.expect_err("a problem");
            assert!(problem.reason.starts_with(expected), "{problem}");
            let line = before.lines().count() + after.lines().position(|line| line.starts_with(from)).expect("a line");
            assert_eq!(problem.line, line + 1, "{problem}");
        }
        for (from, lacking) in [("url", "url"), ("user", "user"), ("Body", "fields with {to} and {text}")] {
            let (before, after) = text.split_once("[sms]").expect("a section");
            let problem =
                Config::parse(&format!("{before}[sms]{}", after.replacen(&format!("\n{from} ="), "\n# =", 1)));
            assert!(problem.expect_err("a problem").reason.starts_with(&format!("[sms] lacks {lacking}")), "{from}");
        }
    }
}
