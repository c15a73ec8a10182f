//! The provider's configuration: one TOML file, one typed struct, every error with its line (OPS-1).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use accounts::{HostedDomains, Suffix};
use billing::BillingRules;
use identity::PasswordPolicy;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use kernel::Problem;
use portal::{NewCustomers, Provider};
use serde::Deserialize;
use taxes::{Tax, TaxTable};
use toml::Spanned;

use crate::contacts::FileContacts;
use crate::gateway::{CardPayments, FilePayments};
use crate::mail::{FileMail, Mail};
use crate::provider::FileProvider;
use crate::recovery::FileRecovery;
use crate::site::{FileWeb, Web};
use crate::texts::{FileSms, Texts};
use crate::users::FileUsers;

/// What a new data folder begins with.
pub(crate) const TEMPLATE: &str = include_str!("guichet.toml");

/// Failures in a row that lock a login, where the configuration says nothing else (SEC-2).
const FAILURES: i32 = 10;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Only a demonstration may be told another date (`--now`).
    pub demonstration: bool,
    /// Without what the rest of the configuration says of it; see [`Config::provider`].
    pub provider: Provider,
    pub suffix: Suffix,
    pub zone: TimeZone,
    pub database_url: Option<String>,
    pub max_megabytes: Option<u32>,
    pub key_file: Option<PathBuf>,
    pub rules: BillingRules,
    pub mail: Mail,
    /// How text messages leave, and to which numbers (OPS-3).
    pub texts: Texts,
    pub web: Web,
    /// By which gateway customers pay by card (PAY-1).
    pub payments: CardPayments,
    /// What is asked of passwords (SGN-5).
    pub password_policy: PasswordPolicy,
    /// Failures in a row after which a login opens on devices that it knows alone (SEC-2).
    pub sign_in_failures: i32,
    /// Whether a sign-in on a new device waits for a code by e-mail (SGN-5).
    pub code_on_new_device: bool,
    /// For so long a device may be excused from the second step (SEC-3); never for zero.
    pub remember_step: SignedDuration,
    /// Whether the claim of an account opens it for seeing and paying only until it is confirmed (SGN-2).
    pub claims_wait: bool,
    /// How new customers come online; none where they do not (ACC-4).
    pub new_customers: Option<NewCustomers>,
    /// How long an activation e-mail opens an account (SGN-1).
    pub activation_lasts: SignedDuration,
    /// After so long without an answer a change of the contact e-mail is accepted; never without (SEC-6).
    pub email_change_after: Option<SignedDuration>,
    /// A customer's session that nobody used for so long ends (SEC-9).
    pub idle: SignedDuration,
    /// The way back in with identity documents (SEC-5).
    pub recovery: portal::RecoveryRules,
    /// How many users an account may have (USR-1).
    pub users: accounts::UserLimits,
    /// How long the link in an invitation of a user is good (USR-2).
    pub invitation_lasts: SignedDuration,
    /// For so long a change of contact waits for both sides (PRO-2).
    pub contact_changes_last: SignedDuration,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("{}, {problem}", path.display())]
    Problem { path: PathBuf, problem: Problem },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    demonstration: bool,
    provider: FileProvider,
    #[serde(default)]
    database: FileDatabase,
    #[serde(default)]
    keys: FileKeys,
    #[serde(default)]
    billing: FileBilling,
    #[serde(default)]
    mail: FileMail,
    #[serde(default)]
    sms: FileSms,
    #[serde(default)]
    web: FileWeb,
    #[serde(default)]
    sign_in: FileSignIn,
    #[serde(default)]
    sign_up: FileSignUp,
    #[serde(default)]
    recovery: FileRecovery,
    #[serde(default)]
    payments: FilePayments,
    #[serde(default)]
    users: FileUsers,
    #[serde(default)]
    contacts: FileContacts,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDatabase {
    url: Option<String>,
    max_megabytes: Option<Spanned<u32>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSignIn {
    #[serde(default)]
    password_policy: PasswordPolicy,
    failures: Option<Spanned<i32>>,
    code_on_new_device: Option<bool>,
    remember_step_days: Option<Spanned<u16>>,
    idle_minutes: Option<Spanned<u16>>,
    email_change_hours: Option<Spanned<Hours>>,
}

/// A number of hours, or the word `never`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Hours {
    Count(i64),
    Word(String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSignUp {
    confirm_claims: Option<bool>,
    activation_days: Option<Spanned<u16>>,
    #[serde(default)]
    new_customers: bool,
    #[serde(default)]
    hosted_domains: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKeys {
    file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileBilling {
    due_days: Option<Spanned<u16>>,
    #[serde(default)]
    fees: Vec<Spanned<String>>,
    #[serde(default)]
    registrations: BTreeMap<Tax, String>,
}

/// SGN-1's own number of days.
const ACTIVATION_DAYS: u16 = 5;

impl FileDatabase {
    fn size(&self, text: &str) -> Result<Option<u32>, Problem> {
        match &self.max_megabytes {
            Some(size) if *size.get_ref() == 0 => {
                let reason = "max_megabytes must be 1 or more; leave it out for no limit";
                Err(Problem::at(text, size.span().start, reason))
            }
            size => Ok(size.as_ref().map(|size| *size.get_ref())),
        }
    }
}

/// For so many days a device may be excused from the second step.
const REMEMBER_STEP_DAYS: u16 = 30;

/// SEC-6's own number of hours.
const EMAIL_CHANGE_HOURS: i64 = 24;

impl FileSignIn {
    /// A week at most: a change that is not done after two has expired.
    fn email_change(&self, text: &str) -> Result<Option<SignedDuration>, Problem> {
        let hours = match &self.email_change_hours {
            None => EMAIL_CHANGE_HOURS,
            Some(hours) => match hours.get_ref() {
                Hours::Count(hours) if (1..=168).contains(hours) => *hours,
                Hours::Word(word) if word == "never" => return Ok(None),
                Hours::Count(_) | Hours::Word(_) => {
                    let reason = "email_change_hours must be 1 to 168, or \"never\"";
                    return Err(Problem::at(text, hours.span().start, reason));
                }
            },
        };
        Ok(Some(SignedDuration::from_hours(hours)))
    }

    /// Shorter than five minutes leaves no time to read a bill; longer than twelve hours no session lasts.
    fn idle(&self, text: &str) -> Result<SignedDuration, Problem> {
        match &self.idle_minutes {
            None => Ok(identity::IDLE),
            Some(minutes) if (5..=720).contains(minutes.get_ref()) => {
                Ok(SignedDuration::from_mins(i64::from(*minutes.get_ref())))
            }
            Some(minutes) => Err(Problem::at(text, minutes.span().start, "idle_minutes must be 5 to 720")),
        }
    }

    /// A year at most: a device that nobody signed in on for so long is new again anyway.
    fn remember_step(&self, text: &str) -> Result<SignedDuration, Problem> {
        let days = match &self.remember_step_days {
            Some(days) if *days.get_ref() > 365 => {
                return Err(Problem::at(text, days.span().start, "remember_step_days must be 0 to 365"));
            }
            Some(days) => *days.get_ref(),
            None => REMEMBER_STEP_DAYS,
        };
        Ok(SignedDuration::from_hours(24 * i64::from(days)))
    }

    fn failures(&self, text: &str) -> Result<i32, Problem> {
        match &self.failures {
            Some(most) if !(3..=100).contains(most.get_ref()) => {
                Err(Problem::at(text, most.span().start, "failures must be 3 to 100"))
            }
            Some(most) => Ok(*most.get_ref()),
            None => Ok(FAILURES),
        }
    }
}

impl FileSignUp {
    fn new_customers(&self, text: &str) -> Result<Option<NewCustomers>, Problem> {
        let domains = self.hosted_domains.iter().map(|domain| domain.get_ref().as_str());
        let hosted = HostedDomains::new(domains)
            .map_err(|(at, error)| Problem::at(text, self.hosted_domains[at].span().start, error.to_string()))?;
        Ok(self.new_customers.then_some(NewCustomers { hosted }))
    }

    fn lasts(&self, text: &str) -> Result<SignedDuration, Problem> {
        let days = match &self.activation_days {
            Some(days) if !(1..=30).contains(days.get_ref()) => {
                return Err(Problem::at(text, days.span().start, "activation_days must be 1 to 30"));
            }
            Some(days) => *days.get_ref(),
            None => ACTIVATION_DAYS,
        };
        Ok(SignedDuration::from_hours(24 * i64::from(days)))
    }
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// The first problem, with file and line.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File { path: path.to_owned(), error })?;
        Self::parse(&text).map_err(|problem| ConfigError::Problem { path: path.to_owned(), problem })
    }

    /// As [`Self::read`], from a text.
    ///
    /// # Errors
    /// The first problem, with its line.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let file: File = toml::from_str(text)
            .map_err(|error| Problem::at(text, error.span().map_or(0, |span| span.start), error.message()))?;
        let zone_name = file.provider.time_zone.get_ref();
        let zone = TimeZone::get(zone_name).map_err(|_| {
            let reason = format!("“{zone_name}” is no time zone; expected one such as America/Toronto");
            Problem::at(text, file.provider.time_zone.span().start, reason)
        })?;
        let provider = file.provider.check(text)?;
        let max_megabytes = file.database.size(text)?;
        let activation_lasts = file.sign_up.lasts(text)?;
        let new_customers = file.sign_up.new_customers(text)?;
        let sign_in_failures = file.sign_in.failures(text)?;
        let idle = file.sign_in.idle(text)?;
        let recovery = file.recovery.check(text)?;
        let remember_step = file.sign_in.remember_step(text)?;
        let users = file.users.check(text)?;
        let invitation_lasts = file.users.invitation_lasts(text)?;
        let contact_changes_last = file.contacts.lasts(text)?;
        let email_change_after = file.sign_in.email_change(text)?;
        let rules = billing_rules(text, file.billing)?;
        let mail = file.mail.check(text, &file.provider.name)?;
        let texts = file.sms.check(text, file.demonstration)?;
        let web = file.web.check(text)?;
        let payments = file.payments.check(text, file.demonstration, web.public_url.as_deref())?;
        let mut config = Self {
            demonstration: file.demonstration,
            provider,
            suffix: file.provider.identifier_suffix,
            zone,
            database_url: file.database.url,
            max_megabytes,
            key_file: file.keys.file,
            rules,
            mail,
            texts,
            web,
            payments,
            password_policy: file.sign_in.password_policy,
            sign_in_failures,
            // What is short is guessed sooner: with it a password alone opens no new device.
            code_on_new_device: file
                .sign_in
                .code_on_new_device
                .unwrap_or(file.sign_in.password_policy == PasswordPolicy::Classic),
            claims_wait: file.sign_up.confirm_claims.unwrap_or(true),
            new_customers,
            activation_lasts,
            remember_step,
            email_change_after,
            idle,
            recovery,
            users,
            invitation_lasts,
            contact_changes_last,
        };
        config.rules.sender = Some(config.provider().facts);
        Ok(config)
    }

    /// Whether customers pay by card online: by Stripe, or by the demonstration's gateway.
    pub(crate) fn takes_cards(&self) -> bool {
        self.demonstration || self.payments.stripe.is_some()
    }

    /// The provider as pages, bills and letters name it.
    pub fn provider(&self) -> Provider {
        let mut provider = self.provider.clone();
        provider.facts.centre.clone_from(&self.web.public_url);
        provider.facts.takes_cards = self.takes_cards();
        provider
    }
}

fn billing_rules(text: &str, billing: FileBilling) -> Result<BillingRules, Problem> {
    let table = TaxTable::parse(taxes::SHIPPED)?;
    let known = table.fee_codes();
    for fee in &billing.fees {
        if !known.contains(fee.get_ref().as_str()) {
            let names: Vec<&str> = known.iter().copied().collect();
            let reason = format!("there is no regulatory fee “{}”; known: {}", fee.get_ref(), names.join(", "));
            return Err(Problem::at(text, fee.span().start, reason));
        }
    }
    if let Some(days) = billing.due_days.as_ref().filter(|days| !(1..=120).contains(days.get_ref())) {
        return Err(Problem::at(text, days.span().start, "due_days must be 1 to 120"));
    }
    Ok(BillingRules {
        due_days: billing.due_days.map_or(BillingRules::default().due_days, Spanned::into_inner),
        fees: billing.fees.into_iter().map(Spanned::into_inner).collect(),
        registrations: billing.registrations,
        ..BillingRules::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_the_template_is_a_valid_configuration() {
        let config = Config::parse(TEMPLATE).expect("valid");
        let sender = config.rules.sender.clone();
        assert_eq!(sender.as_ref().map(|sender| &sender.name), Some(&config.provider.facts.name));
        assert_eq!((config.demonstration, config.rules), (false, BillingRules { sender, ..BillingRules::default() }));
    }

    #[test]
    fn ops_1_a_configuration_error_names_line_and_reason() {
        let line_of = |text: &str| TEMPLATE.lines().position(|line| line.starts_with(text)).map_or(0, |line| line + 1);
        let cases = [
            ("time_zone = \"America/Toronto\"", "time_zone = \"America/Tronto\"", "“America/Tronto” is no time zone"),
            ("due_days = 21", "due_days = 0", "due_days must be 1 to 120"),
            ("due_days = 21", "due_days = \"soon\"", "invalid type"),
            ("activation_days = 5", "activation_days = 31", "activation_days must be 1 to 30"),
            ("hosted_domains = []", "hosted_domains = [\"a.ca\", \"no domain\"]", "“no domain” is no domain"),
            ("fees = []", "fees = [\"912\"]", "there is no regulatory fee “912”; known: 911"),
            ("remember_step_days = 30", "remember_step_days = 366", "remember_step_days must be 0 to 365"),
            ("failures = 10", "failures = 2", "failures must be 3 to 100"),
            ("idle_minutes = 30", "idle_minutes = 4", "idle_minutes must be 5 to 720"),
            ("answer_hours = 72", "answer_hours = 0", "answer_hours must be 1 to 720"),
            ("objection_hours = 72", "objection_hours = 23", "objection_hours must be 24 to 720"),
            ("keep_documents_days = 30", "keep_documents_days = 6", "keep_documents_days must be 7 to 365"),
            ("email_change_hours = 24", "email_change_hours = 0", "email_change_hours must be 1 to 168, or \"never\""),
            ("email_change_hours = 24", "email_change_hours = \"soon\"", "email_change_hours must be 1 to 168"),
            ("identifier_suffix = \"GUICHET\"", "identifier_suffix = \"g\"", "“g” is no suffix"),
            ("due_days = 21", "duedays = 21", "unknown field `duedays`"),
            ("way = \"folder\"", "way = \"pigeon\"", "“pigeon” is no way for mail; expected folder or smtp"),
            ("from = ", "from = \"nobody\" #", "“nobody” is no e-mail address"),
            ("from = ", "from = \"a@example.ca\\nBcc: b@example.ca\" #", "“a@example.ca\nBcc: b@example.ca” is no"),
        ];
        for (from, to, expected) in cases {
            let problem = Config::parse(&TEMPLATE.replace(from, to)).expect_err("a problem");
            assert!(problem.reason.starts_with(expected), "{problem}");
            assert_eq!(problem.line, line_of(from), "{problem}");
        }
    }

    #[test]
    fn sec_5_the_list_of_documents_is_checked_line_by_line() {
        let with = |lists: &str| Config::parse(&format!("{TEMPLATE}\n{lists}"));
        let one = |country: &str, kind: &str| {
            format!(
                "[[recovery.documents]]\ncountry = \"{country}\"\nkind = \"{kind}\"\nfr = \"Passeport\"\nen = \"Passport\"\n"
            )
        };
        let others = one("other", "person") + &one("other", "business");
        let config = with(&(one("MX", "person") + &others)).expect("valid");
        assert_eq!(config.recovery.documents.len(), 3, "a list of one's own takes the place of the shipped one");
        assert_eq!(Config::parse(TEMPLATE).expect("valid").recovery.documents.len(), 19);
        let first = TEMPLATE.lines().count() + 2;
        let cases = [
            (one("Mexico", "person"), 1, "“Mexico” is no country"),
            (one("MX", "cat"), 2, "“cat” is no kind of customer"),
            (one("MX", "person").replace("Passport", " "), 4, "a document is named in 1 to 300"),
            (one("MX", "person").replace("Passport\"", "Passport\"\nde = \"Pass\""), 5, "unknown field `de`"),
        ];
        for (wrong, line, expected) in cases {
            let problem = with(&(wrong + &others)).expect_err("a problem");
            assert!(problem.reason.starts_with(expected), "{problem}");
            assert_eq!(problem.line, first + line, "{problem}");
        }
        let problem = with(&one("MX", "person")).expect_err("a problem");
        assert!(problem.reason.contains("lack those for country = \"other\", kind = \"person\""), "{problem}");
    }

    #[test]
    fn sec_6_silence_accepts_after_a_day_after_other_hours_or_never() {
        let after = |value: &str| {
            let text = TEMPLATE.replace("email_change_hours = 24", &format!("email_change_hours = {value}"));
            Config::parse(&text).expect("valid").email_change_after
        };
        assert_eq!(after("24"), Some(SignedDuration::from_hours(24)));
        assert_eq!(after("168"), Some(SignedDuration::from_hours(168)));
        assert_eq!(after("\"never\""), None);
    }

    #[test]
    fn ops_3_a_mail_server_is_configured_without_its_password() {
        let section = "way = \"smtp\"\nhost = \"mail.example.ca\"\nuser = \"guichet\"\npassword_file = \"/nowhere\"";
        let text = TEMPLATE.replace("way = \"folder\"", section);
        let config = Config::parse(&text).expect("valid");
        let missing = config.mail.way(Path::new("mail")).expect_err("no password").to_string();
        assert!(missing.starts_with("the mail server's password file /nowhere: "), "{missing}");
        let without_user = text.replace("user = \"guichet\"", "");
        let way = Config::parse(&without_user).expect("valid").mail.way(Path::new("mail")).expect("a way");
        let no_authority = format!("ca_file = \"{}\"", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let config = Config::parse(&text.replace("user = \"guichet\"", &no_authority)).expect("valid");
        let refused = config.mail.way(Path::new("mail")).expect_err("no certificate").to_string();
        assert!(refused.ends_with("it holds no certificate in PEM"), "{refused}");
        let messages::Way::Smtp(settings) = way else { panic!("a mail server was configured") };
        assert_eq!((settings.host.as_str(), settings.port), ("mail.example.ca", 587));
        assert_eq!(settings.security, messages::Security::StartTls);

        let section_line = TEMPLATE.lines().position(|line| line == "[mail]").map_or(0, |line| line + 1);
        let cases = [
            ("host = \"mail.example.ca\"", "", 0, "[mail] lacks host"),
            ("user = \"guichet\"", "user = \"guichet\"\nsecurity = \"none\"", 3, "a password is not sent in the clear"),
            ("user = \"guichet\"", "security = \"tls\"", 3, "“tls” is no security for mail"),
            ("user = \"guichet\"", "port = 0", 3, "port must be 1 to 65535"),
            ("user = \"guichet\"", "timeout_seconds = 1", 3, "timeout_seconds must be 5 to 600"),
            ("user = \"guichet\"", "password = \"secret\"", 3, "unknown field `password`"),
        ];
        let first = text.lines().position(|line| line == "way = \"smtp\"").map_or(0, |line| line + 1);
        for (from, to, line, expected) in cases {
            let problem = Config::parse(&text.replacen(from, to, 1)).expect_err("a problem");
            assert!(problem.reason.starts_with(expected), "{problem}");
            let expected_line = if line == 0 { section_line } else { first + line - 1 };
            assert_eq!(problem.line, expected_line, "{problem}");
        }
    }
}
