//! Passwords: what the policy asks of them (SGN-5), and how they are kept (SEC-1).

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::World;
use serde::Deserialize;
use tokio::sync::{Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The named policy of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordPolicy {
    /// 6 to 16 characters with a letter and a digit, as this kind of provider has it.
    #[default]
    Classic,
    /// NIST SP 800-63B-4: at least 15 characters, at least 64 accepted, nothing asked of what they are.
    Modern,
}

/// A rule that a password may break; each is shown beside the field and turns satisfied while typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRule {
    Length,
    Letter,
    Digit,
    NoForbidden,
    NotUsername,
    NotCommon,
}

impl PasswordRule {
    /// Its name in the page and in the texts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Letter => "letter",
            Self::Digit => "digit",
            Self::NoForbidden => "no-forbidden",
            Self::NotUsername => "not-username",
            Self::NotCommon => "not-common",
        }
    }
}

/// Guesses within which somebody who tries the commonest passwords first finds one, as a power of ten.
const COMMON_LOG10: f64 = 4.0;

impl PasswordPolicy {
    /// Shortest and longest, in characters.
    pub const fn length(self) -> (usize, usize) {
        match self {
            Self::Classic => (6, 16),
            Self::Modern => (15, 128),
        }
    }

    pub const fn rules(self) -> &'static [PasswordRule] {
        use PasswordRule::{Digit, Length, Letter, NoForbidden, NotCommon, NotUsername};
        match self {
            Self::Classic => &[Length, Letter, Digit, NoForbidden, NotUsername, NotCommon],
            Self::Modern => &[Length, NotUsername, NotCommon],
        }
    }

    /// The rules that a password breaks.
    pub fn broken(self, password: &Password, username: &str, email: &str) -> Vec<PasswordRule> {
        self.rules().iter().copied().filter(|rule| !self.keeps(*rule, password, username, email)).collect()
    }

    fn keeps(self, rule: PasswordRule, password: &Password, username: &str, email: &str) -> bool {
        let text = password.0.as_str();
        match rule {
            PasswordRule::Length => {
                let (shortest, longest) = self.length();
                (shortest..=longest).contains(&text.chars().count())
            }
            PasswordRule::Letter => text.chars().any(char::is_alphabetic),
            PasswordRule::Digit => text.chars().any(|c| c.is_ascii_digit()),
            PasswordRule::NoForbidden => !text.chars().any(|c| c.is_whitespace() || "=+<>#@".contains(c)),
            PasswordRule::NotUsername => !is_name(text, username) && !is_name(text, email),
            PasswordRule::NotCommon => !is_common(text),
        }
    }
}

/// Whether the password is the name, forwards or backwards, whatever the case.
fn is_name(password: &str, name: &str) -> bool {
    let (password, name) = (crate::username::fold(password), crate::username::fold(name));
    let local = name.split('@').next().unwrap_or_default();
    let backwards: String = name.chars().rev().collect();
    !name.is_empty() && (password == name || password == local || password == backwards)
}

fn is_common(password: &str) -> bool {
    // zxcvbn takes ever longer for long texts, and a long one is not among the commonest.
    let start: String = password.chars().take(32).collect();
    !start.is_empty() && zxcvbn::zxcvbn(&start, &[]).guesses_log10() < COMMON_LOG10
}

/// A password as somebody typed it, normalised (NFC) so that every keyboard gives the same; gone from memory when dropped.
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn new(typed: &str) -> Self {
        Self(Zeroizing::new(typed.nfc().collect()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Clone for Password {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Work for one of the threads.
type Work = Box<dyn FnOnce() + Send>;

/// Hashes and compares passwords with Argon2id, on threads of its own, so many as there are cores: a flood of sign-ins waits
/// here and leaves the rest of the site its time (SEC-1). On Linux the threads stand behind the site's own for the
/// processor, so that a page does not wait for a hash to be done. The queue has an end: whoever finds it full is told at
/// once, for a page that comes after half a minute is no answer, and what waits has memory. Cheap to clone; the threads end
/// with the last of its clones.
#[derive(Clone)]
pub struct Hasher {
    work: mpsc::Sender<Work>,
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

/// 19 MiB, two passes, one lane: OWASP's recommendation for Argon2id.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
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
        let nobody = hash_now(secret.as_slice(), &salt(world)).unwrap_or_default();
        let (work, waiting) = mpsc::channel::<Work>();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..at_once {
            let waiting = waiting.clone();
            std::thread::spawn(move || hash_in_turn(&waiting));
        }
        Self { work, places: Arc::new(Semaphore::new(places)), nobody: nobody.into() }
    }

    /// Works in turn. The turn ends with the work, also where nobody waits for it any more: whoever goes away early makes no
    /// room for more work than there are threads.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| HashError::Busy)?;
        let (done, answer) = oneshot::channel();
        let work = move || {
            // Nobody may wait any more.
            let _ = done.send(work());
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
        if password.0.len() > LONGEST_HASHED {
            return Err(HashError::Failed);
        }
        let (password, salt) = (password.clone(), salt(world));
        self.in_turn(move || hash_now(password.0.as_bytes(), &salt)).await?.ok_or(HashError::Failed)
    }

    /// Whether it is the password of that hash. Without a hash it takes as long and is not.
    ///
    /// # Errors
    /// [`HashError::Busy`] when too many wait.
    pub async fn is_right(&self, password: &Password, hash: Option<&str>) -> Result<bool, HashError> {
        let known = hash.is_some();
        let hash = hash.map_or_else(|| self.nobody.to_string(), str::to_owned);
        let password = password.clone();
        let right = self.in_turn(move || {
            let within = password.0.len() <= LONGEST_HASHED;
            let bytes = if within { password.0.as_bytes() } else { b"" };
            let parsed = PasswordHash::new(&hash).ok()?;
            Some(argon2().verify_password(bytes, &parsed).is_ok() && within)
        });
        Ok(right.await?.unwrap_or(false) && known)
    }
}

/// How far behind the site's own threads those stand that hash: they still get a tenth of a core that both want.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;

/// Does what waits, until nobody can ask any more.
fn hash_in_turn(waiting: &Mutex<mpsc::Receiver<Work>>) {
    // Of this thread alone on Linux, of the whole process elsewhere. Where it is not allowed, pages wait a little longer.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(BEHIND);
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        // A hash that ends in a panic is answered as failed, and the thread goes on.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    }
}

fn salt(world: &World) -> [u8; 16] {
    let mut salt = [0; 16];
    world.fill(&mut salt);
    salt
}

fn hash_now(password: &[u8], salt: &[u8]) -> Option<String> {
    argon2().hash_password_with_salt(password, salt).ok().map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(policy: PasswordPolicy, password: &str) -> Vec<&'static str> {
        let rules = policy.broken(&Password::new(password), "marie.tremblay", "marie@exemple.ca");
        rules.into_iter().map(PasswordRule::id).collect()
    }

    #[test]
    fn sgn_5_the_classic_policy() {
        let classic = PasswordPolicy::Classic;
        assert_eq!(broken(classic, "vertige7lune"), Vec::<&str>::new());
        assert_eq!(broken(classic, "vr7"), ["length", "not-common"]);
        assert_eq!(broken(classic, "vertigelunaire"), ["digit"]);
        assert_eq!(broken(classic, "8305917264"), ["letter"]);
        assert_eq!(broken(classic, "vertige7lunaire99"), ["length"]);
        for forbidden in ["vert ige7", "vertige=7", "vertige+7", "vertige<7", "vertige>7", "vertige#7", "vertige@7"] {
            assert_eq!(broken(classic, forbidden), ["no-forbidden"], "{forbidden}");
        }
        assert_eq!(broken(classic, "password1"), ["not-common"]);
        assert_eq!(broken(classic, "abc123"), ["not-common"]);
    }

    #[test]
    fn sgn_5_the_modern_policy_asks_for_length_alone() {
        let modern = PasswordPolicy::Modern;
        assert_eq!(broken(modern, "quatre mots sans chiffre"), Vec::<&str>::new());
        assert_eq!(broken(modern, "vertige7lune"), ["length"]);
        assert_eq!(broken(modern, &"x".repeat(129)), ["length", "not-common"]);
        assert!(broken(modern, &"bruyère et mésange ".repeat(4)).is_empty(), "64 characters and more");
    }

    #[test]
    fn sgn_5_the_username_is_no_password() {
        let classic = PasswordPolicy::Classic;
        let broken = |password: &str| classic.broken(&Password::new(password), "hirondelle77", "bleu4321x@exemple.ca");
        for name in ["hirondelle77", "HIRONDELLE77", "77ellednorih", "bleu4321x"] {
            assert!(broken(name).contains(&PasswordRule::NotUsername), "{name}");
        }
        assert!(!broken("hirondelle78").contains(&PasswordRule::NotUsername));
    }

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
