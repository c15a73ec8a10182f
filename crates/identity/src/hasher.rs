//! How passwords are kept (SEC-1): as Argon2id, hashed on threads of their own.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use kernel::World;
use tokio::sync::{Semaphore, oneshot};
use zeroize::Zeroizing;

use crate::password::Password;

/// The memory that one thread hashes in. It is kept from one hash to the next: asking the system for it each time costs a
/// tenth of a hash, and holds up whatever else the process asks memory for meanwhile.
#[derive(Default)]
struct Memory(Vec<Block>);

impl Memory {
    /// The hash of so many bytes as `params` says.
    fn hash(&mut self, (algorithm, version, params): Kind, password: &[u8], salt: &[u8]) -> Option<Output> {
        let blocks = params.block_count();
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        let mut hash = [0; Output::MAX_LENGTH];
        let hash = hash.get_mut(..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))?;
        let argon2 = Argon2::new(algorithm, version, params);
        argon2.hash_password_into_with_memory(password, salt, hash, self.0.get_mut(..blocks)?).ok()?;
        Output::new(hash).ok()
    }
}

type Kind = (Algorithm, Version, Params);

/// 19 MiB, two passes, one lane: OWASP's recommendation for Argon2id.
const KIND: Kind = (Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);

/// Work for one of the threads.
type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// Hashes and compares passwords with Argon2id, on threads of its own, so many as there are cores: a flood of sign-ins waits
/// here and leaves the rest of the site its time (SEC-1). On Linux the threads stand behind the site's own for the
/// processor, so that a page does not wait for a hash to be done. The queue has an end: whoever finds it full is told at
/// once, for a page that comes after half a minute is no answer, and what waits has memory. Cheap to clone; the threads end
/// with the last of its clones.
#[derive(Clone)]
pub struct Hasher {
    work: flume::Sender<Work>,
    places: Arc<Semaphore>,
    /// A hash of nothing anybody knows: what is compared with when there is no such login, so that the answer takes as
    /// long.
    nobody: Arc<str>,
}

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    #[error("too many passwords are being hashed")]
    Busy,
    #[error("the password cannot be hashed")]
    Failed,
}

/// A password longer than any policy takes is not hashed: the work would be the sender's to choose.
const LONGEST_HASHED: usize = 1024;
/// How many wait for each core: some two seconds of work.
const WAITING_FOR_EACH: usize = 64;

impl Hasher {
    pub fn new(world: &World) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::with_places(world, cores, cores * (WAITING_FOR_EACH + 1))
    }

    /// With so many at once, and so many there in all.
    fn with_places(world: &World, at_once: usize, places: usize) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        world.fill(secret.as_mut());
        let nobody = hash_now(&mut Memory::default(), secret.as_slice(), &salt(world)).unwrap_or_default();
        let (work, waiting) = flume::unbounded::<Work>();
        for _ in 0..at_once {
            let waiting = waiting.clone();
            std::thread::spawn(move || hash_in_turn(&waiting));
        }
        Self { work, places: Arc::new(Semaphore::new(places)), nobody: nobody.into() }
    }

    /// Works in turn. The turn ends with the work, also where nobody waits for it any more: whoever goes away early makes no
    /// room for more work than there are threads.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| HashError::Busy)?;
        let (done, answer) = oneshot::channel();
        let work = move |memory: &mut Memory| {
            // Nobody may wait any more.
            let _ = done.send(work(memory));
            drop(place);
        };
        self.work.send(Box::new(work)).map_err(|_| HashError::Failed)?;
        answer.await.map_err(|_| HashError::Failed)
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// [`HashError::Busy`] when too many wait; [`HashError::Failed`] when it is too long or the hash fails.
    pub async fn hash(&self, world: &World, password: &Password) -> Result<String, HashError> {
        if password.bytes().len() > LONGEST_HASHED {
            return Err(HashError::Failed);
        }
        let (password, salt) = (password.clone(), salt(world));
        self.in_turn(move |memory| hash_now(memory, password.bytes(), &salt)).await?.ok_or(HashError::Failed)
    }

    /// Whether it is the password of that hash. Without a hash it takes as long and is not.
    ///
    /// # Errors
    /// [`HashError::Busy`] when too many wait.
    pub async fn is_right(&self, password: &Password, hash: Option<&str>) -> Result<bool, HashError> {
        let known = hash.is_some();
        let hash = hash.map_or_else(|| self.nobody.to_string(), str::to_owned);
        let password = password.clone();
        let right = self.in_turn(move |memory| {
            let within = password.bytes().len() <= LONGEST_HASHED;
            let bytes = if within { password.bytes() } else { b"" };
            // Compared in constant time: the library's outputs are.
            Some(hash_again(memory, bytes, &hash)? && within)
        });
        Ok(right.await?.unwrap_or(false) && known)
    }
}

/// How far behind the site's own threads those stand that hash: they still get a tenth of a core that both want.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;

/// How long a thread without work keeps its memory.
const KEPT: Duration = Duration::from_secs(5);

/// Does what waits, until nobody can ask any more.
fn hash_in_turn(waiting: &flume::Receiver<Work>) {
    // Of this thread alone on Linux, of the whole process elsewhere. Where it is not allowed, pages wait a little longer.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(BEHIND);
    let mut memory = Memory::default();
    loop {
        let next = match waiting.recv_timeout(KEPT) {
            Err(flume::RecvTimeoutError::Timeout) => {
                memory = Memory::default();
                waiting.recv().ok()
            }
            next => next.ok(),
        };
        let Some(work) = next else { return };
        // A hash that ends in a panic is answered as failed, and the thread goes on.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut memory)));
    }
}

fn salt(world: &World) -> [u8; 16] {
    let mut salt = [0; 16];
    world.fill(&mut salt);
    salt
}

/// The PHC string of a password.
fn hash_now(memory: &mut Memory, password: &[u8], salt: &[u8]) -> Option<String> {
    let (algorithm, version, params) = KIND;
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(memory.hash(KIND, password, salt)?),
    };
    Some(hash.to_string())
}

/// Whether a password gives this PHC string, with the parameters that stand there.
fn hash_again(memory: &mut Memory, password: &[u8], hash: &str) -> Option<bool> {
    let kept = PasswordHash::new(hash).ok()?;
    let algorithm = Algorithm::try_from(kept.algorithm.as_str()).ok()?;
    let version = kept.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let kind = (algorithm, version, Params::try_from(&kept).ok()?);
    Some(memory.hash(kind, password, kept.salt.as_ref()?)? == kept.hash?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sec_1_passwords_are_kept_as_argon2id() {
        let world = World::real();
        let hasher = Hasher::new(&world);
        let hash = hasher.hash(&world, &Password::new("vertige7lune")).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let right = async |password: &str, hash: Option<&str>| hasher.is_right(&Password::new(password), hash).await;
        assert_eq!(right("vertige7lune", Some(&hash)).await, Ok(true));
        assert_eq!(right("vertige7lunf", Some(&hash)).await, Ok(false));
        assert_eq!(right("", None).await, Ok(false));
        let other = hasher.hash(&world, &Password::new("vertige7lune")).await.expect("a hash");
        assert_ne!(hash, other, "each with a salt of its own");
        assert!(hasher.hash(&world, &Password::new(&"x".repeat(2000))).await.is_err());
    }

    #[test]
    fn sec_1_hashes_are_what_everybody_elses_argon2id_makes() {
        use argon2::PasswordVerifier;
        let memory = &mut Memory::default();
        // The second is made in memory that the first has used.
        for password in ["vertige7lune", "hirondelle8"] {
            let hash = hash_now(memory, password.as_bytes(), &[7; 16]).expect("a hash");
            assert_eq!(Argon2::default().verify_password(password.as_bytes(), hash.as_str()), Ok(()), "{hash}");
        }
        // Made by an older version of the house, with less memory.
        let params = Params::new(64, 3, 1, Some(24)).expect("parameters");
        let other = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = argon2::PasswordHasher::hash_password_with_salt(&other, b"vertige7lune", &[9; 16]);
        let hash = hash.expect("a hash").to_string();
        assert_eq!(hash_again(memory, b"vertige7lune", &hash), Some(true));
        assert_eq!(hash_again(memory, b"vertige7lunf", &hash), Some(false));
        assert_eq!(hash_again(memory, b"vertige7lune", "$argon2id$"), None);
    }

    #[tokio::test]
    async fn sec_1_a_flood_of_passwords_is_told_that_it_is_one() {
        let world = World::real();
        let hasher = Hasher::with_places(&world, 1, 3);
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let hasher = hasher.clone();
            tries.spawn(async move { hasher.is_right(&Password::new("vertige7lune"), None).await });
        }
        let answers = tries.join_all().await;
        let busy = answers.iter().filter(|answer| **answer == Err(HashError::Busy)).count();
        assert_eq!(busy, 5, "one works, two wait: {answers:?}");
        assert_eq!(hasher.is_right(&Password::new("vertige7lune"), None).await, Ok(false), "and then there is room");
    }
}
