//! Keys, and what is done with them (PRV-1): personal data sealed field by field, blind indexes to find a sealed value
//! by an exact word, marks (MACs), and the signature under the heads of the audit log.
//!
//! Each customer has a data key of their own, kept beside the customer and wrapped by the newest sealing key of the
//! [`Keyring`]; so has each message. Rotation wraps the data keys anew; erasure destroys one. What each layer stops
//! stands in `docs/security.md`.

mod files;
mod keyring;
mod postal;
mod sealed;

pub use files::{LARGEST_FILE, drop_file, keep_file, read_file, sweep_files, write_file};
pub use keyring::{Keyring, KeyringError, SealingKey};
pub use sealed::{DataKey, KeyOwner, Place, Wrapped};

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use db::{Db, DbErr, Isolation, Migration};
use kernel::World;

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration {
            name: "m0101_vault_keys",
            what: "check values of the keys in use",
            sql: include_str!("migrations/0001_keys.sql"),
        },
        Migration {
            name: "m0102_vault_files",
            what: "files that were handed in, sealed, in parts",
            sql: include_str!("migrations/0002_files.sql"),
        },
    ]
}

/// Length of a blind index in bytes: long enough that two values do not meet, short enough to index.
const INDEX_BYTES: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("key “{0}” of the keyring is not the one this database was written with; put the right keyring back")]
    WrongKey(String),
    #[error("the database was written with key “{0}”, which the keyring lacks; put it back")]
    MissingKey(String),
    #[error("a sealed value cannot be opened: it was changed, moved to another place, or sealed with another key")]
    Unsealable,
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl db::DbFault for VaultError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// What an exact look-up may ask for. Each has an index of its own, so that equal words in different fields do not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexed {
    Email,
    Telephone,
    PostalCode,
}

impl Indexed {
    const fn purpose(self) -> &'static [u8] {
        match self {
            Self::Email => b"guichet index email",
            Self::Telephone => b"guichet index telephone",
            Self::PostalCode => b"guichet index postal code",
        }
    }

    /// The form in which equal values are equal: `h2x 1y4` is `H2X1Y4`, `Eve@Bière.ca` is `eve@xn--bire-6oa.ca`, a telephone is
    /// one whatever its extension.
    fn normal(self, value: &str) -> String {
        match self {
            Self::Email => kernel::mailbox(value),
            Self::Telephone => {
                let number = value.split(";ext=").next().unwrap_or_default();
                let digits: String = number.chars().filter(char::is_ascii_digit).collect();
                // With the country code of North America or without, it is the same telephone.
                let national = digits.strip_prefix('1').filter(|national| national.len() == 10);
                national.map_or(digits.clone(), str::to_owned)
            }
            Self::PostalCode => postal::digits_in_place(&postal::plain(value)),
        }
    }

    /// The forms under which versions before this one may have noted an equal value, besides [`Self::normal`].
    fn former(self, value: &str) -> Vec<String> {
        match self {
            Self::Email => kernel::former_mailboxes(value),
            Self::Telephone => Vec::new(),
            Self::PostalCode => {
                let normal = self.normal(value);
                let mut forms = postal::former(&normal);
                // A ZIP+4 was indexed whole once.
                forms.extend(Some(postal::plain(value)).filter(|plain| *plain != normal));
                forms
            }
        }
    }
}

/// The keys at work. Cheap to share behind an `Arc`; holds secrets, so it has no `Debug` that shows any.
pub struct Vault {
    keyring: Keyring,
    world: World,
}

impl Vault {
    pub fn new(keyring: Keyring, world: World) -> Self {
        Self { keyring, world }
    }

    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The number of the sealing key that new data keys are wrapped with and new indexes are made with.
    pub fn current_key(&self) -> i32 {
        self.keyring.current().id
    }

    /// A blind index of a value under the current key.
    pub fn index(&self, field: Indexed, value: &str) -> Vec<u8> {
        index_under(self.keyring.current(), field, value)
    }

    /// The same under every key of the ring, newest first, and in the forms that versions before this one noted: what a look-up
    /// asks for, for a rotation may be under way, and only a rotation makes old indexes anew.
    pub fn index_candidates(&self, field: Indexed, value: &str) -> Vec<Vec<u8>> {
        let mut forms = vec![field.normal(value)];
        forms.extend(field.former(value));
        let keys = self.keyring.sealing().iter().rev();
        keys.flat_map(|key| forms.iter().map(|form| index_of_form(key, field, form))).collect()
    }

    /// A MAC over `content`, under a key that is not in the database and that rotation leaves in place.
    pub fn mark(&self, purpose: &str, content: &[u8]) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, derived(self.keyring.marks(), purpose.as_bytes()).as_slice());
        hmac::sign(&key, content).as_ref().to_vec()
    }

    /// Whether [`Self::mark`] made that MAC over that content; compared in constant time.
    pub fn is_marked(&self, purpose: &str, content: &[u8], mark: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, derived(self.keyring.marks(), purpose.as_bytes()).as_slice());
        hmac::verify(&key, content, mark).is_ok()
    }

    /// Signs the heads of the audit log (Ed25519, RFC 8032).
    ///
    /// # Errors
    /// When the keyring's audit key is not a key.
    pub fn sign(&self, content: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(self.signing_key()?.sign(content).as_ref().to_vec())
    }

    /// Whether [`Self::sign`] made that signature over that content.
    pub fn is_signed(&self, content: &[u8], signature: &[u8]) -> bool {
        self.signing_key().is_ok_and(|pair| {
            UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref()).verify(content, signature).is_ok()
        })
    }

    fn signing_key(&self) -> Result<Ed25519KeyPair, VaultError> {
        let seed = derived(self.keyring.audit(), b"guichet audit heads");
        Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| VaultError::Unsealable)
    }

    /// Refuses to work with keys that are not this database's, and notes the keys of the ring that it has not seen yet.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] and [`VaultError::MissingKey`], before anything is read or written with them.
    pub async fn check(&self, db: &Db) -> Result<(), VaultError> {
        let new = self.compare(db).await?;
        if new.is_empty() {
            return Ok(());
        }
        let now = self.world.now();
        db.write_with(Isolation::Locked, async |tx| {
            for (name, value) in new.clone() {
                let sql =
                    "INSERT INTO vault_keys (name, check_value, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
                db::execute(tx, sql, [name.into(), value.into(), now.into()]).await?;
            }
            Ok::<_, VaultError>(())
        })
        .await?;
        // Another node with other keys may have been first.
        self.compare(db).await.map(|_| ())
    }

    /// Whether the database has seen all keys of the ring, and no other.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn is_known(&self, db: &Db) -> Result<bool, VaultError> {
        Ok(self.compare(db).await?.is_empty())
    }

    /// The keys of the ring that the database has not seen yet.
    async fn compare(&self, db: &Db) -> Result<Vec<(String, Vec<u8>)>, VaultError> {
        let sql = "SELECT name, check_value FROM vault_keys ORDER BY name";
        let known: Vec<KeyCheck> = db::query(db.reader(), sql, []).await?;
        let ours = self.check_values();
        for key in &known {
            match ours.iter().find(|(name, _)| *name == key.name) {
                None => return Err(VaultError::MissingKey(key.name.clone())),
                Some((_, value)) if *value != key.check_value => return Err(VaultError::WrongKey(key.name.clone())),
                Some(_) => {}
            }
        }
        Ok(ours.into_iter().filter(|(name, _)| !known.iter().any(|key| key.name == *name)).collect())
    }

    fn check_values(&self) -> Vec<(String, Vec<u8>)> {
        let value = |secret: &[u8]| derived(secret, b"guichet key check")[..INDEX_BYTES].to_vec();
        let mut values: Vec<_> =
            self.keyring.sealing().iter().map(|key| (format!("sealing-{}", key.id), value(key.secret()))).collect();
        values.push(("marks".to_owned(), value(self.keyring.marks())));
        values.push(("audit".to_owned(), value(self.keyring.audit())));
        values
    }
}

#[derive(db::FromQueryResult)]
struct KeyCheck {
    name: String,
    check_value: Vec<u8>,
}

fn index_under(key: &SealingKey, field: Indexed, value: &str) -> Vec<u8> {
    index_of_form(key, field, &field.normal(value))
}

fn index_of_form(key: &SealingKey, field: Indexed, form: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, derived(key.secret(), field.purpose()).as_slice());
    hmac::sign(&key, form.as_bytes()).as_ref()[..INDEX_BYTES].to_vec()
}

/// A key for one purpose, from a secret (HMAC as the expand step of HKDF, RFC 5869: the secret is uniform already).
fn derived(secret: &[u8], purpose: &[u8]) -> zeroize::Zeroizing<[u8; 32]> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), &[purpose, &[1]].concat());
    let mut key = zeroize::Zeroizing::new([0; 32]);
    key.copy_from_slice(tag.as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keyring: Keyring) -> Vault {
        Vault::new(keyring, World::real())
    }

    #[test]
    fn prv_1_equal_values_are_found_under_every_key_of_the_ring() {
        let world = World::real();
        let before = vault(Keyring::generate(&world));
        let old = before.index(Indexed::PostalCode, "h2x 1y4");
        let after = vault(before.keyring().with_new_key(&world));
        assert_ne!(after.index(Indexed::PostalCode, "H2X1Y4"), old);
        assert!(after.index_candidates(Indexed::PostalCode, "H2X-1Y4").contains(&old));
        assert_eq!(after.index(Indexed::Telephone, "514 555-0100"), after.index(Indexed::Telephone, "+15145550100"));
        assert_ne!(after.index(Indexed::Telephone, "5145550100"), after.index(Indexed::PostalCode, "5145550100"));
    }

    #[test]
    fn sgn_2_a_postal_code_is_found_where_a_letter_stands_for_a_digit() {
        let vault = vault(Keyring::generate(&World::real()));
        let index = |code| vault.index(Indexed::PostalCode, code);
        for (typed, meant) in
            [("J0K 1VO", "J0K 1V0"), ("jok-ivo", "J0K 1V0"), ("H7N4KL", "H7N 4K1"), ("O54OI", "05401")]
        {
            assert_eq!(index(typed), index(meant), "{typed}");
        }
        for (one, other) in [("L0L 1L1", "L0L 1I1"), ("SW1A 1AO", "SW1A 1A0"), ("10001", "10010")] {
            assert_eq!(index(one) == index(other), one == "L0L 1L1", "{one}");
        }
        // As versions before this one noted what was typed.
        let noted_as = |text: &str| index_of_form(vault.keyring().current(), Indexed::PostalCode, text);
        for noted in ["J0K1VO", "JOK1V0", "JOKIVO", "J0KLV0", "J0K1V0"] {
            assert!(vault.index_candidates(Indexed::PostalCode, "J0K 1V0").contains(&noted_as(noted)), "{noted}");
        }
        assert!(vault.index_candidates(Indexed::PostalCode, "05401-1234").contains(&noted_as("054011234")));
    }

    #[test]
    fn one_1_a_mailbox_is_found_in_either_form_of_its_domain() {
        let vault = vault(Keyring::generate(&World::real()));
        let noted_as = |text: &str| index_of_form(vault.keyring().current(), Indexed::Email, text);
        for typed in
            ["info@xn--bire-fictive-ydb.example", "Info@BIÈRE-fictive.example", "info@bie\u{300}re-fictive.example"]
        {
            assert_eq!(vault.index(Indexed::Email, typed), noted_as("info@xn--bire-fictive-ydb.example"));
            let candidates = vault.index_candidates(Indexed::Email, typed);
            assert!(candidates.contains(&noted_as("info@bière-fictive.example")), "as it was noted before: {typed}");
        }
        assert_eq!(vault.index_candidates(Indexed::Email, "eve@exemple.ca").len(), 1);
        let numbers = ["+15145550108;ext=23", "514 555-0108"].map(|number| vault.index(Indexed::Telephone, number));
        assert_eq!(numbers[0], numbers[1]);
    }

    #[test]
    fn prv_2_only_the_keyring_signs() {
        let world = World::real();
        let (ours, theirs) = (vault(Keyring::generate(&world)), vault(Keyring::generate(&world)));
        let signature = ours.sign(b"heads").expect("signs");
        assert!(ours.is_signed(b"heads", &signature));
        assert!(!ours.is_signed(b"Heads", &signature) && !theirs.is_signed(b"heads", &signature));
    }
}
