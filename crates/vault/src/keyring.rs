use data_encoding::BASE64;
use kernel::World;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 32;

/// The secrets of one Guichet, read from the environment or a file; never stored in the database.
#[derive(Clone)]
pub struct Keyring {
    sealing: Vec<SealingKey>,
    marks: Secret,
    audit: Secret,
}

type Secret = Zeroizing<Vec<u8>>;

/// One of the keys that wrap customers' data keys and make blind indexes. Rotation adds one; the newest is used.
#[derive(Clone)]
pub struct SealingKey {
    /// 1, 2, 3…
    pub id: i32,
    secret: Secret,
}

impl SealingKey {
    pub(crate) fn secret(&self) -> &[u8] {
        &self.secret
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    #[error("the keyring is no TOML of the expected form, near line {0}")]
    Form(usize),
    #[error("{0}: expected {SECRET_BYTES} bytes in base64")]
    Secret(&'static str),
    #[error("the sealing keys must be numbered 1, 2, 3… in their order")]
    Numbers,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    marks: String,
    audit: String,
    sealing: Vec<FileKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKey {
    id: i32,
    secret: String,
}

impl Keyring {
    /// New random secrets.
    pub fn generate(world: &World) -> Self {
        let sealing = vec![SealingKey { id: 1, secret: random(world) }];
        Self { sealing, marks: random(world), audit: random(world) }
    }

    /// The same ring with one sealing key more, which is used from then on.
    #[must_use]
    pub fn with_new_key(&self, world: &World) -> Self {
        let mut ring = self.clone();
        ring.sealing.push(SealingKey { id: self.current().id + 1, secret: random(world) });
        ring
    }

    /// Reads the form that [`Self::to_toml`] writes.
    ///
    /// # Errors
    /// Says which line or secret is wrong, and never shows any of it.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            KeyringError::Form(text.get(..at).unwrap_or("").matches('\n').count() + 1)
        })?;
        let secret = |text: &str, name| match BASE64.decode(text.as_bytes()) {
            Ok(bytes) if bytes.len() == SECRET_BYTES => Ok(Zeroizing::new(bytes)),
            _ => Err(KeyringError::Secret(name)),
        };
        let (marks, audit) = (secret(&file.marks, "marks")?, secret(&file.audit, "audit")?);
        let mut sealing = Vec::new();
        for (key, expected) in file.sealing.iter().zip(1..) {
            if key.id != expected {
                return Err(KeyringError::Numbers);
            }
            sealing.push(SealingKey { id: key.id, secret: secret(&key.secret, "sealing")? });
        }
        if sealing.is_empty() {
            return Err(KeyringError::Numbers);
        }
        Ok(Self { sealing, marks, audit })
    }

    /// The form in which a keyring is kept in a file or in the environment. It is the secret itself.
    pub fn to_toml(&self) -> Zeroizing<String> {
        let mut text = String::from(
            "# The keys of this Guichet. Without them nobody reads the personal data in its database, you neither:\n\
             # keep a copy apart from the database and its backups, and give nobody both.\n",
        );
        let line = |name: &str, secret: &[u8]| format!("{name} = \"{}\"\n", BASE64.encode(secret));
        text.push_str(&line("marks", &self.marks));
        text.push_str(&line("audit", &self.audit));
        for key in &self.sealing {
            text.push_str(&format!("\n[[sealing]]\nid = {}\n{}", key.id, line("secret", &key.secret)));
        }
        Zeroizing::new(text)
    }

    pub fn sealing(&self) -> &[SealingKey] {
        &self.sealing
    }

    #[expect(clippy::expect_used, reason = "parse and generate make no ring without a sealing key")]
    pub(crate) fn current(&self) -> &SealingKey {
        self.sealing.last().expect("a ring has a sealing key")
    }

    pub(crate) fn marks(&self) -> &[u8] {
        &self.marks
    }

    pub(crate) fn audit(&self) -> &[u8] {
        &self.audit
    }
}

fn random(world: &World) -> Secret {
    let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
    world.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prv_1_a_ring_is_read_as_it_was_written() {
        let world = World::real();
        let ring = Keyring::generate(&world).with_new_key(&world);
        let read = Keyring::parse(&ring.to_toml()).expect("reads");
        assert_eq!(*read.to_toml(), *ring.to_toml());
        assert_eq!(read.current().id, 2);
    }

    #[test]
    fn prv_1_a_broken_ring_is_refused_without_showing_it() {
        let good = Keyring::generate(&World::real()).to_toml().to_string();
        let secret = good.split('"').nth(1).expect("a secret").to_owned();
        let cases = [
            ("", KeyringError::Form(1)),
            (&good.replace("audit", "adit"), KeyringError::Form(4)),
            (&good.replace(&secret, "c2hvcnQ="), KeyringError::Secret("marks")),
            (&good.replace("id = 1", "id = 2"), KeyringError::Numbers),
        ];
        for (text, expected) in cases {
            let error = Keyring::parse(text).err().expect("refused");
            assert_eq!(error, expected);
            assert!(!error.to_string().contains(&secret));
        }
    }
}
