use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use kernel::{CustomerId, LoginId, MessageId, RecoveryId, StaffId, World};
use zeroize::Zeroizing;

use crate::{Vault, VaultError, derived};

/// The first byte of everything sealed, so that another way of sealing can be told apart one day.
const FORM: u8 = 1;

/// An owner's own key. Sealed values of one customer, or one message, cannot be opened with another's.
pub struct DataKey(Zeroizing<[u8; 32]>);

/// A data key as it is kept: sealed under the ring's key of that number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    pub key_id: i32,
    pub bytes: Vec<u8>,
}

/// Where a sealed value belongs. A value moved to another row or column does not open there.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// As `customers.name`.
    pub column: &'static str,
    pub row: uuid::Uuid,
}

impl Place {
    fn bytes(self) -> Vec<u8> {
        [self.column.as_bytes(), b"\0", self.row.as_bytes()].concat()
    }
}

/// Whose a data key is: a wrapped key opens for its owner alone.
pub trait KeyOwner: Copy {
    /// Where the wrapped key is kept.
    fn key_place(self) -> Place;
}

impl KeyOwner for CustomerId {
    fn key_place(self) -> Place {
        Place { column: "customers.data_key", row: self.uuid() }
    }
}

/// A login's contact data is its own, for it may reach several customers' accounts.
impl KeyOwner for LoginId {
    fn key_place(self) -> Place {
        Place { column: "logins.data_key", row: self.uuid() }
    }
}

/// One of the provider's people.
impl KeyOwner for StaffId {
    fn key_place(self) -> Place {
        Place { column: "staff.data_key", row: self.uuid() }
    }
}

/// A message has a key of its own: it may go to somebody who is no customer yet.
impl KeyOwner for MessageId {
    fn key_place(self) -> Place {
        Place { column: "messages.data_key", row: self.uuid() }
    }
}

/// A request for a way back in has a key of its own: who asks may be nobody's login, and it is erased by itself.
impl KeyOwner for RecoveryId {
    fn key_place(self) -> Place {
        Place { column: "recoveries.data_key", row: self.uuid() }
    }
}

impl Vault {
    /// Makes a data key for a new owner.
    ///
    /// # Errors
    /// When the cipher refuses, which it does not for data this small.
    pub fn new_data_key(&self, owner: impl KeyOwner) -> Result<(DataKey, Wrapped), VaultError> {
        let mut secret = Zeroizing::new([0; 32]);
        self.world.fill(secret.as_mut());
        let key = DataKey(secret);
        let wrapped = self.wrap(owner, &key)?;
        Ok((key, wrapped))
    }

    /// Opens an owner's data key.
    ///
    /// # Errors
    /// [`VaultError::MissingKey`] when the ring lacks the wrapping key, [`VaultError::Unsealable`] when it is not the
    /// owner's or was changed.
    pub fn open_data_key(&self, owner: impl KeyOwner, wrapped: &Wrapped) -> Result<DataKey, VaultError> {
        let missing = || VaultError::MissingKey(format!("sealing-{}", wrapped.key_id));
        let ring_key = self.keyring.sealing().iter().find(|key| key.id == wrapped.key_id).ok_or_else(missing)?;
        let outer = derived(ring_key.secret(), b"guichet wrap");
        let opened = Zeroizing::new(open(&outer, &owner.key_place().bytes(), &wrapped.bytes)?);
        let mut secret = Zeroizing::new([0; 32]);
        if opened.len() != secret.len() {
            return Err(VaultError::Unsealable);
        }
        secret.copy_from_slice(&opened);
        Ok(DataKey(secret))
    }

    /// Wraps a data key under the current key of the ring.
    ///
    /// # Errors
    /// As [`Self::new_data_key`].
    pub fn wrap(&self, owner: impl KeyOwner, key: &DataKey) -> Result<Wrapped, VaultError> {
        let current = self.keyring.current();
        let outer = derived(current.secret(), b"guichet wrap");
        let bytes = seal(&outer, &owner.key_place().bytes(), &*key.0, &self.world)?;
        Ok(Wrapped { key_id: current.id, bytes })
    }

    /// Seals a field's value.
    ///
    /// # Errors
    /// As [`Self::new_data_key`].
    pub fn seal(&self, key: &DataKey, place: Place, value: &str) -> Result<Vec<u8>, VaultError> {
        seal(&key.0, &place.bytes(), value.as_bytes(), &self.world)
    }

    /// Opens a field's value.
    ///
    /// # Errors
    /// [`VaultError::Unsealable`] when it was changed or belongs to another place.
    pub fn open(&self, key: &DataKey, place: Place, sealed: &[u8]) -> Result<String, VaultError> {
        String::from_utf8(open(&key.0, &place.bytes(), sealed)?).map_err(|_| VaultError::Unsealable)
    }
}

impl Vault {
    /// Seals a part of something larger than a field.
    pub(crate) fn seal_part(&self, key: &DataKey, place: &[u8], part: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal(&key.0, place, part, &self.world)
    }

    pub(crate) fn open_part(&self, key: &DataKey, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        open(&key.0, place, sealed)
    }
}

/// AES-256-GCM with a random nonce of 96 bits: form, nonce, ciphertext, tag. A customer's key seals far fewer values
/// than the 2³² for which random nonces are safe.
fn seal(key: &[u8; 32], place: &[u8], value: &[u8], world: &World) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_LEN];
    world.fill(&mut nonce);
    let mut sealed = value.to_vec();
    let tag = cipher(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed)
        .map_err(|_| VaultError::Unsealable)?;
    Ok([&[FORM], nonce.as_slice(), &sealed, tag.as_ref()].concat())
}

fn open(key: &[u8; 32], place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (form, rest) = sealed.split_first().ok_or(VaultError::Unsealable)?;
    if *form != FORM || rest.len() < NONCE_LEN {
        return Err(VaultError::Unsealable);
    }
    let (nonce, ciphertext) = rest.split_at(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Unsealable)?;
    let mut buffer = ciphertext.to_vec();
    let plain = cipher(key)?.open_in_place(nonce, Aad::from(place), &mut buffer).map_err(|_| VaultError::Unsealable)?;
    let length = plain.len();
    buffer.truncate(length);
    Ok(buffer)
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, VaultError> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| VaultError::Unsealable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keyring;

    fn fixture() -> (World, Vault) {
        let world = World::real();
        let vault = Vault::new(Keyring::generate(&world), world.clone());
        (world, vault)
    }

    #[test]
    fn prv_1_a_sealed_field_opens_in_its_place_only() {
        let (world, vault) = fixture();
        let customer: CustomerId = world.id();
        let (key, _) = vault.new_data_key(customer).expect("a key");
        let place = Place { column: "customers.name", row: customer.uuid() };
        let sealed = vault.seal(&key, place, "Ève Tremblay").expect("seals");
        assert!(!sealed.windows(8).any(|part| part == b"Tremblay"));
        assert_eq!(vault.open(&key, place, &sealed).expect("opens"), "Ève Tremblay");
        for elsewhere in [Place { column: "customers.email", ..place }, Place { row: world.uuid(), ..place }] {
            assert!(matches!(vault.open(&key, elsewhere, &sealed), Err(VaultError::Unsealable)));
        }
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert!(matches!(vault.open(&key, place, &changed), Err(VaultError::Unsealable)), "byte {byte}");
        }
        for short in [&[][..], &[1], &sealed[..12], &sealed[..20]] {
            assert!(vault.open(&key, place, short).is_err());
        }
    }

    #[test]
    fn prv_1_a_data_key_is_its_customers_and_survives_a_rotation() {
        let (world, before) = fixture();
        let customer: CustomerId = world.id();
        let (key, wrapped) = before.new_data_key(customer).expect("a key");
        let after = Vault::new(before.keyring().with_new_key(&world), world.clone());
        let opened = after.open_data_key(customer, &wrapped).expect("the old key is still in the ring");
        let again = after.wrap(customer, &opened).expect("wraps");
        assert_eq!((wrapped.key_id, again.key_id), (1, 2));
        assert_eq!(*after.open_data_key(customer, &again).expect("opens").0, *key.0);
        assert!(matches!(after.open_data_key(world.id::<CustomerId>(), &again), Err(VaultError::Unsealable)));
        assert!(matches!(before.open_data_key(customer, &again), Err(VaultError::MissingKey(_))));
        let message = MessageId::from(customer.uuid());
        assert!(matches!(after.open_data_key(message, &again), Err(VaultError::Unsealable)), "nor a message's");
    }
}
