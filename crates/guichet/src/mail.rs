//! The section `[mail]` of the configuration: by which way messages leave, and from whom (OPS-3).

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kernel::Problem;
use messages::{Login, Security, Sender, SmtpSettings, Way};
use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

/// The environment variable with the mail server's password, instead of a file.
const PASSWORD_VARIABLE: &str = "GUICHET_SMTP_PASSWORD";

/// How messages leave, checked; the password is read when a postman is made.
#[derive(Clone, Debug)]
pub struct Mail {
    pub sender: Sender,
    /// Whether the way carries addresses whose name before the `@` is not ASCII (RFC 6531): a folder does, a mail server where
    /// the configuration says so.
    pub smtputf8: bool,
    server: Option<Server>,
}

#[derive(Clone, Debug)]
struct Server {
    host: String,
    port: u16,
    security: Security,
    ca_file: Option<PathBuf>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    timeout: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the mail server's password file {}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("the mail server's ca_file {}: {error}", path.display())]
    Authorities { path: PathBuf, error: std::io::Error },
    #[error(
        "[mail] has a user, but no password: give it in the environment variable {PASSWORD_VARIABLE}, or in a file that password_file names"
    )]
    NoPassword,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileMail {
    way: Option<Spanned<String>>,
    host: Option<Spanned<String>>,
    port: Option<Spanned<u16>>,
    security: Option<Spanned<String>>,
    ca_file: Option<PathBuf>,
    user: Option<Spanned<String>>,
    password_file: Option<PathBuf>,
    timeout_seconds: Option<Spanned<u64>>,
    from: Option<Spanned<String>>,
    from_name: Option<String>,
    smtputf8: Option<bool>,
}

impl FileMail {
    /// Checks the section of the configuration `text`.
    pub(crate) fn check(self, text: &str, provider_name: &str) -> Result<Mail, Problem> {
        let wrong = |span: Range<usize>, reason: String| Problem::at(text, span.start, reason);
        let section = || text.find("[mail]").unwrap_or(0);
        let is_smtp = match self.way.as_ref().map(|way| way.get_ref().as_str()) {
            None | Some("folder") => false,
            Some("smtp") => true,
            Some(other) => {
                let span = self.way.as_ref().map_or(0..0, Spanned::span);
                return Err(wrong(span, format!("“{other}” is no way for mail; expected folder or smtp")));
            }
        };
        let from = match &self.from {
            Some(from) => from.get_ref().as_str(),
            None if is_smtp => {
                return Err(Problem::at(text, section(), "[mail] lacks from, the address you write from"));
            }
            None => "guichet@localhost",
        };
        let sender = Sender::new(self.from_name.as_deref().unwrap_or(provider_name), from)
            .map_err(|error| wrong(self.from.as_ref().map_or(0..0, Spanned::span), error.to_string()))?;
        let smtputf8 = self.smtputf8.unwrap_or(!is_smtp);
        let server = if is_smtp { Some(self.server(text, section())?) } else { None };
        Ok(Mail { sender, smtputf8, server })
    }

    fn server(self, text: &str, section: usize) -> Result<Server, Problem> {
        let host = self.host.map(Spanned::into_inner).filter(|host| !host.trim().is_empty());
        let host = host.ok_or_else(|| Problem::at(text, section, "[mail] lacks host, the mail server's name"))?;
        let security = match self.security.as_ref().map(|security| security.get_ref().as_str()) {
            None | Some("starttls") => Security::StartTls,
            Some("implicit") => Security::Implicit,
            Some("none") => Security::None,
            Some(other) => {
                let at = self.security.as_ref().map_or(0, |security| security.span().start);
                let reason = format!("“{other}” is no security for mail; expected starttls, implicit or none");
                return Err(Problem::at(text, at, reason));
            }
        };
        if let (Security::None, Some(user)) = (security, &self.user)
            && !["localhost", "127.0.0.1", "::1"].contains(&host.as_str())
        {
            let reason = "a password is not sent in the clear: set security to starttls or implicit, or leave out user";
            return Err(Problem::at(text, user.span().start, reason));
        }
        let default_port = match security {
            Security::StartTls => 587,
            Security::Implicit => 465,
            Security::None => 25,
        };
        if let Some(port) = self.port.as_ref().filter(|port| *port.get_ref() == 0) {
            return Err(Problem::at(text, port.span().start, "port must be 1 to 65535"));
        }
        if let Some(seconds) = self.timeout_seconds.as_ref().filter(|seconds| !(5..=600).contains(seconds.get_ref())) {
            return Err(Problem::at(text, seconds.span().start, "timeout_seconds must be 5 to 600"));
        }
        Ok(Server {
            host,
            port: self.port.map_or(default_port, Spanned::into_inner),
            security,
            ca_file: self.ca_file,
            user: self.user.map(Spanned::into_inner),
            password_file: self.password_file,
            timeout: Duration::from_secs(self.timeout_seconds.map_or(60, Spanned::into_inner)),
        })
    }
}

impl Mail {
    /// The way out: the mail server, or `folder` where none is configured.
    ///
    /// # Errors
    /// When the mail server's password is missing, or a file that is named cannot be read.
    pub fn way(&self, folder: &Path) -> Result<Way, MailError> {
        let Some(server) = &self.server else { return Ok(Way::Folder(folder.to_owned())) };
        let login = match &server.user {
            Some(user) => Some(Login { user: user.clone(), password: password(server.password_file.as_deref())? }),
            None => None,
        };
        Ok(Way::Smtp(SmtpSettings {
            host: server.host.clone(),
            port: server.port,
            security: server.security,
            authorities: server.ca_file.as_deref().map(authorities).transpose()?,
            login,
            timeout: server.timeout,
        }))
    }
}

fn authorities(file: &Path) -> Result<Vec<u8>, MailError> {
    let read = std::fs::read_to_string(file).and_then(|text| match text.contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(text.into_bytes()),
        false => Err(std::io::Error::other("it holds no certificate in PEM")),
    });
    read.map_err(|error| MailError::Authorities { path: file.to_owned(), error })
}

fn password(file: Option<&Path>) -> Result<Zeroizing<String>, MailError> {
    if let Ok(password) = std::env::var(PASSWORD_VARIABLE) {
        return Ok(Zeroizing::new(password));
    }
    let path = file.ok_or(MailError::NoPassword)?;
    let text = std::fs::read_to_string(path).map_err(|error| MailError::File { path: path.to_owned(), error })?;
    let text = Zeroizing::new(text);
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}
