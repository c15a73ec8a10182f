//! The ways out of the outbox: a mail server, or a folder.

use std::fmt;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kernel::{MessageId, NodeId};
use zeroize::Zeroizing;

use crate::mime::Mail;
use crate::smtp::SmtpLine;

/// How messages leave.
#[derive(Clone, Debug)]
pub enum Way {
    Smtp(SmtpSettings),
    /// Each message becomes a file `.eml` there, named by its id: without a mail server, and for demonstrations. The
    /// files are not sealed; they are readable for their owner alone.
    Folder(PathBuf),
}

/// The mail server that takes our messages (RFC 5321, RFC 6409).
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Certificates (PEM) of authorities that are trusted besides the public ones.
    pub authorities: Option<Vec<u8>>,
    pub login: Option<Login>,
    /// The longest wait for a connection, and for a message to be taken.
    pub timeout: Duration,
}

/// How the connection to the mail server is secured. The server's certificate must be one that a trusted
/// authority vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS asked for on a plain connection, mostly port 587. Refused when the server does not offer it.
    StartTls,
    /// TLS from the first byte, mostly port 465.
    Implicit,
    /// In the clear: for a mail server on the same machine.
    None,
}

/// A name and password for the mail server.
#[derive(Clone)]
pub struct Login {
    pub user: String,
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What an attempt to send came to. Reasons may hold addresses: [`without_addresses`] before they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Sent,
    /// This message will never be taken.
    Refused(String),
    /// Not now.
    Later(String),
}

/// An open way, for one message after another.
pub(crate) enum Line {
    Smtp(Box<SmtpLine>),
    Folder { folder: PathBuf, node: NodeId },
}

impl Way {
    /// The error says why no message leaves now.
    pub(crate) async fn open(&self, node: NodeId) -> Result<Line, String> {
        match self {
            Self::Smtp(settings) => SmtpLine::open(settings).await.map(|line| Line::Smtp(Box::new(line))),
            Self::Folder(folder) => Ok(Line::Folder { folder: folder.clone(), node }),
        }
    }

    /// The longest that opening takes, and that sending one message takes.
    pub(crate) fn timeout(&self) -> Duration {
        match self {
            Self::Smtp(settings) => settings.timeout,
            Self::Folder(_) => Duration::from_secs(30),
        }
    }
}

impl Line {
    pub(crate) async fn send(&mut self, id: MessageId, mail: Mail) -> Outcome {
        match self {
            Self::Smtp(line) => line.send(&mail).await,
            Self::Folder { folder, node } => {
                let (folder, part) = (folder.clone(), format!(".{id}.{node}.part"));
                let written =
                    tokio::task::spawn_blocking(move || put_into(&folder, &part, &format!("{id}.eml"), &mail.bytes));
                match written.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
                    Ok(()) => Outcome::Sent,
                    Err(error) => Outcome::Later(format!("the folder: {error}")),
                }
            }
        }
    }

    /// Whether another message may follow.
    pub(crate) fn is_usable(&self) -> bool {
        match self {
            Self::Smtp(line) => line.is_usable(),
            Self::Folder { .. } => true,
        }
    }

    pub(crate) async fn close(self) {
        if let Self::Smtp(line) = self {
            line.close().await;
        }
    }
}

/// Writes a file whole, or not at all; a repeat replaces it by the same.
pub(crate) fn put_into(folder: &Path, part: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let part = folder.join(part);
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}

/// A reason as it may be kept and logged: one line, without any address nor what stands before the `@` of the recipient's.
pub(crate) fn without_addresses(reason: &str, to: &str) -> String {
    let local = to.split('@').next().unwrap_or(to).trim().to_lowercase();
    let words = reason.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let shown = words.map(|word| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        if word.contains('@') || (!local.is_empty() && bare == local) { "…" } else { word }
    });
    shown.collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prv_1_a_kept_reason_names_nobody() {
        let said =
            "permanent error (550): 5.1.1 <Eve.Roy@example.ca>: no such\r\nuser eve.roy, ask postmaster@example.ca";
        let kept = without_addresses(said, "eve.roy@example.ca");
        assert_eq!(kept, "permanent error (550): 5.1.1 … no such user … ask …");
    }

    #[test]
    fn prv_1_a_login_never_shows_its_password() {
        let login = Login { user: "guichet".to_owned(), password: Zeroizing::new("very-secret".to_owned()) };
        assert!(!format!("{login:?}").contains("very-secret"));
    }
}
