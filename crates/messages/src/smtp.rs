//! One connection to the mail server. The conversation is held command by command, for what a refusal means depends
//! on what was refused: a recipient refused for good ends one message; a login or sender refused is the operator's to mend.

use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};

use crate::mime::Mail;
use crate::way::{Outcome, Security, SmtpSettings};

/// Replies that a refused recipient does not cause: of syntax, and of a login that is missing or not right.
const NOT_THE_RECIPIENT: &[u16] = &[500, 501, 502, 503, 504, 530, 534, 535, 538];

pub(crate) struct SmtpLine {
    connection: AsyncSmtpConnection,
    timeout: Duration,
    usable: bool,
}

impl SmtpLine {
    pub(crate) async fn open(settings: &SmtpSettings) -> Result<Self, String> {
        let timeout = settings.timeout;
        let opened = tokio::time::timeout(timeout, connect(settings)).await;
        let opened = opened.map_err(|_| format!("the mail server: no answer within {} s", timeout.as_secs()))?;
        let connection = opened.map_err(|error| format!("the mail server: {error}"))?;
        Ok(Self { connection, timeout, usable: true })
    }

    pub(crate) async fn send(&mut self, mail: &Mail) -> Outcome {
        match tokio::time::timeout(self.timeout, self.converse(mail)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.usable = false;
                Outcome::Later(format!("the mail server: no answer within {} s", self.timeout.as_secs()))
            }
        }
    }

    async fn converse(&mut self, mail: &Mail) -> Outcome {
        let mut options = Vec::new();
        let mut addresses = mail.envelope.to().iter().chain(mail.envelope.from());
        if addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Outcome::Refused("the mail server takes no addresses with accents (SMTPUTF8)".to_owned());
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if let Err(error) = self.connection.command(MailFrom::new(mail.envelope.from().cloned(), options)).await {
            self.reset(&error).await;
            return Outcome::Later(format!("the sender: {error}"));
        }
        for to in mail.envelope.to() {
            if let Err(error) = self.connection.command(Rcpt::new(to.clone(), Vec::new())).await {
                return self.refused("the recipient", error).await;
            }
        }
        if let Err(error) = self.connection.command(Data).await {
            return self.refused("the message", error).await;
        }
        // The conversation ends the last line itself.
        let bytes = mail.bytes.strip_suffix(b"\r\n").unwrap_or(&mail.bytes);
        match self.connection.message(bytes).await {
            Ok(_) => Outcome::Sent,
            Err(error) => self.refused("the message", error).await,
        }
    }

    async fn refused(&mut self, what: &str, error: Error) -> Outcome {
        self.reset(&error).await;
        let reason = format!("{what}: {error}");
        let for_good =
            error.is_permanent() && error.status().is_some_and(|code| !NOT_THE_RECIPIENT.contains(&u16::from(code)));
        if for_good { Outcome::Refused(reason) } else { Outcome::Later(reason) }
    }

    /// Makes the connection ready for another message, if it still answers.
    async fn reset(&mut self, after: &Error) {
        let answers = after.is_permanent() || after.is_transient();
        self.usable = answers && self.connection.command(Rset).await.is_ok();
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.usable
    }

    /// Says good-bye; a server that does not answer to that is left without.
    pub(crate) async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(5), self.connection.quit()).await;
    }
}

async fn connect(settings: &SmtpSettings) -> Result<AsyncSmtpConnection, Error> {
    let hello = ClientId::default();
    let tls = || {
        let parameters = TlsParameters::builder(settings.host.clone());
        match &settings.authorities {
            Some(pem) => parameters.add_root_certificate(Certificate::from_pem(pem)?).build(),
            None => parameters.build(),
        }
    };
    let from_the_start = if settings.security == Security::Implicit { Some(tls()?) } else { None };
    let server = (settings.host.as_str(), settings.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(server, Some(settings.timeout), &hello, from_the_start, None).await?;
    if settings.security == Security::StartTls {
        connection.starttls(tls()?, &hello).await?;
    }
    if let Some(login) = &settings.login {
        let credentials = Credentials::new(login.user.clone(), login.password.as_str().to_owned());
        connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
    }
    Ok(connection)
}
