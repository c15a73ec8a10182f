//! Limits on guessing, that hold across nodes.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use db::{Db, DbErr, FromQueryResult, Isolation, Tx};
use jiff::SignedDuration;
use kernel::Moment;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard};
use vault::Vault;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Wrong passwords from one network address.
    SignInAddress,
    /// Wrong passwords in a row for one name, whether it is a login's or not, on devices that it does not know (SEC-2).
    SignInName,
    /// The same for one login, by whichever of its names; for a name that is no login's, for that name again.
    SignInLogin,
    /// Wrong passwords for one login on one device that it knows.
    SignInDevice,
    /// Codes sent to one login's contact e-mail for signing in on a new device (SGN-5).
    SignInCode,
    /// Lost passwords and names asked for from one network address (SEC-5).
    RecoverAddress,
    /// The same for one name that was typed, whether there is such a login or not.
    RecoverName,
    /// Messages about a lost password or name to one login or address: the mailbox is somebody's.
    RecoverLogin,
    /// Uploads of identity documents from one network address, refused ones too (SEC-5).
    DocumentsAddress,
    /// Requests with documents for one name, whether there is such a login or not.
    DocumentsName,
    /// Sign-ups that failed at account number and postal code, from one network address (SGN-2).
    ClaimAddress,
    /// The same for one account number, whether it exists or not.
    ClaimAccount,
    /// Forms of new customers from one network address (ACC-4).
    NewCustomerAddress,
    /// The same for one e-mail address: the mailbox is somebody's.
    NewCustomerEmail,
    /// Wrong passwords typed by somebody signed in, where the password is asked once more: a stolen session must not guess.
    OwnPassword,
    /// Codes sent to one login's backup e-mail for a fresh proof.
    ProofCode,
    /// Wrong codes of one owner's second step, wherever they are typed (SEC-3).
    StepCode,
    /// The same in a day: a code has six digits, and who guesses is patient.
    StepDay,
    /// Wrong recovery codes of one owner; they cannot be guessed.
    StepRecovery,
    /// Messages to addresses that one login typed and nobody has confirmed, and codes about them (SEC-6).
    AddressLetter,
    /// Invitations and requests for rights that one login had sent (USR-2, USR-5): each is a letter to somebody.
    UserLetter,
    /// Tries of one login at what the holder of an account alone may do (USR-4): each is written down.
    RightsTry,
    /// Invitations to one mailbox, whoever sends them (USR-2): it is somebody's.
    UserInvited,
    /// Requests that somebody become a contact, to one mailbox or client identifier, whoever asks (PRO-2): the mailbox is somebody's.
    ContactAsked,
    /// Challenges for passkeys drawn from one network address: each opening of the sign-in page draws one (SEC-3).
    PasskeyAddress,
    /// Wrong passwords for one member of staff, from anywhere.
    StaffSignInName,
    /// The same from one network address: an office may have one.
    StaffSignInAddress,
    /// Codes sent to the address on file of one account (SGN-2): the mailbox is somebody's.
    ClaimCode,
    /// Activation e-mails asked for from one network address (SGN-1).
    ActivationAddress,
    /// The same for one account number, whether it exists or not: the mailbox is somebody's.
    ActivationAccount,
    /// Text messages that one login asked for (SEC-3): each costs the provider.
    TextAsker,
    /// The same within a day.
    TextAskerDay,
    /// Text messages to one number, whoever asked: the telephone is somebody's.
    TextNumber,
    /// Text messages to all numbers together.
    TextProvider,
}

impl LimitKind {
    const fn name(self) -> &'static str {
        match self {
            Self::SignInAddress => "sign-in address",
            Self::SignInName => "sign-in name",
            Self::SignInLogin => "sign-in login",
            Self::SignInDevice => "sign-in device",
            Self::SignInCode => "sign-in code",
            Self::RecoverAddress => "recover address",
            Self::RecoverName => "recover name",
            Self::RecoverLogin => "recover login",
            Self::DocumentsAddress => "documents address",
            Self::DocumentsName => "documents name",
            Self::ClaimAddress => "claim address",
            Self::ClaimAccount => "claim account",
            Self::ClaimCode => "claim code",
            Self::ActivationAddress => "activation address",
            Self::ActivationAccount => "activation account",
            Self::NewCustomerAddress => "new customer address",
            Self::NewCustomerEmail => "new customer email",
            Self::OwnPassword => "own password",
            Self::ProofCode => "proof code",
            Self::StepCode => "step code",
            Self::StepDay => "step day",
            Self::StepRecovery => "step recovery",
            Self::AddressLetter => "address letter",
            Self::UserLetter => "user letter",
            Self::RightsTry => "rights try",
            Self::UserInvited => "user invited",
            Self::ContactAsked => "contact asked",
            Self::PasskeyAddress => "passkey address",
            Self::StaffSignInName => "staff sign-in name",
            Self::StaffSignInAddress => "staff sign-in address",
            Self::TextAsker => "text asker",
            Self::TextAskerDay => "text asker day",
            Self::TextNumber => "text number",
            Self::TextProvider => "text provider",
        }
    }

    /// So many failures…
    const fn most(self) -> i32 {
        match self {
            Self::PasskeyAddress => 300,
            Self::SignInAddress | Self::StaffSignInAddress => 50,
            Self::SignInName
            | Self::SignInLogin
            | Self::SignInDevice
            | Self::ClaimAccount
            | Self::StaffSignInName
            | Self::StepRecovery
            | Self::RightsTry
            | Self::AddressLetter => 10,
            Self::ClaimAddress
            | Self::RecoverAddress
            | Self::ActivationAddress
            | Self::NewCustomerAddress
            | Self::UserLetter
            | Self::DocumentsAddress => 20,
            Self::ClaimCode
            | Self::SignInCode
            | Self::RecoverName
            | Self::ActivationAccount
            | Self::NewCustomerEmail
            | Self::OwnPassword
            | Self::StepCode
            | Self::ContactAsked
            | Self::UserInvited
            | Self::ProofCode => 5,
            Self::StepDay => 30,
            Self::RecoverLogin | Self::DocumentsName => 3,
            Self::TextAsker => 5,
            Self::TextAskerDay | Self::TextNumber => 10,
            // As the configuration says, mostly.
            Self::TextProvider => 500,
        }
    }

    /// …within so long from the first one.
    const fn window(self) -> SignedDuration {
        match self {
            Self::SignInAddress
            | Self::SignInDevice
            | Self::OwnPassword
            | Self::StepCode
            | Self::StepRecovery
            | Self::PasskeyAddress
            | Self::StaffSignInName
            | Self::StaffSignInAddress => SignedDuration::from_mins(15),
            Self::ClaimAddress
            | Self::ClaimAccount
            | Self::SignInCode
            | Self::ProofCode
            | Self::RecoverAddress
            | Self::ActivationAddress
            | Self::NewCustomerAddress
            | Self::RecoverName
            | Self::DocumentsAddress
            | Self::RightsTry
            | Self::RecoverLogin => SignedDuration::from_hours(1),
            Self::ClaimCode
            | Self::ActivationAccount
            | Self::NewCustomerEmail
            | Self::DocumentsName
            | Self::StepDay
            | Self::UserLetter
            | Self::ContactAsked
            | Self::UserInvited
            | Self::AddressLetter => SignedDuration::from_hours(24),
            Self::TextAsker | Self::TextProvider => SignedDuration::from_hours(1),
            Self::TextAskerDay | Self::TextNumber => SignedDuration::from_hours(24),
            Self::SignInName | Self::SignInLogin => LONGEST,
        }
    }
}

/// What is so old counts nowhere any more.
const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One thing that is limited: an address, a login's name, an account number. Kept as a MAC, so that the table tells nothing.
#[derive(Clone, Debug)]
pub struct Limit {
    kind: LimitKind,
    limited: Vec<u8>,
    most: i32,
}

/// One try that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many are left after it.
    pub left: i32,
    /// How long to wait, where there was none.
    pub wait: Option<SignedDuration>,
}

#[derive(FromQueryResult)]
struct Counted {
    since: Moment,
    failures: i32,
}

impl Limit {
    pub fn of_address(vault: &Vault, kind: LimitKind, address: IpAddr) -> Self {
        Self::of(vault, kind, &address.to_string())
    }

    pub fn of(vault: &Vault, kind: LimitKind, what: &str) -> Self {
        let limited = vault.mark("guichet limits", format!("{}\0{what}", kind.name()).as_bytes());
        Self { kind, limited, most: kind.most() }
    }

    /// With another number of failures than is usual for its kind.
    #[must_use]
    pub fn at_most(self, most: i32) -> Self {
        Self { most, ..self }
    }

    /// Takes one try, before the work: tries at once are counted one after the other, so that no more than are left get
    /// through. Gives how long to wait when none is left. For what is rare, as messages that are asked for; passwords, which
    /// are mostly right, go through [`Tries`], which writes failures alone.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take(&self, db: &Db) -> Result<Option<SignedDuration>, DbErr> {
        Ok(self.take_one(db).await?.wait)
    }

    /// The same, and how many are left after it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take_one(&self, db: &Db) -> Result<Taken, DbErr> {
        let counted = db.write_with(Isolation::Locked, async |tx| self.count(db, tx).await).await?;
        let failures = counted.as_ref().map_or(1, |counted| counted.failures);
        let now = db.world().now();
        let over = counted.filter(|counted| counted.failures > self.most);
        Ok(Taken { left: (self.most - failures).max(0), wait: over.map(|counted| self.wait(counted.since, now)) })
    }

    /// Whether it limits that.
    pub(crate) fn is_of(&self, kind: LimitKind) -> bool {
        self.kind == kind
    }

    /// Counts one more.
    async fn count(&self, db: &Db, tx: &Tx) -> Result<Option<Counted>, DbErr> {
        let now = db.world().now();
        let begun_before = now.plus(-self.kind.window());
        let sql = "INSERT INTO limits (limited, since, failures) VALUES ($1, $2, 1)
                   ON CONFLICT (limited) DO UPDATE SET
                       failures = CASE WHEN limits.since <= $3 THEN 1 ELSE limits.failures + 1 END,
                       since = CASE WHEN limits.since <= $3 THEN $2 ELSE limits.since END
                   RETURNING since, failures";
        let values = [self.limited.clone().into(), now.into(), begun_before.into()];
        let counted = db::query_one(tx, sql, values).await?;
        db::execute(tx, "DELETE FROM limits WHERE since < $1", [now.plus(-LONGEST).into()]).await?;
        Ok(counted)
    }

    /// How many failures count now, and since when.
    async fn counted(&self, db: &Db) -> Result<Option<Counted>, DbErr> {
        let sql = "SELECT since, failures FROM limits WHERE limited = $1 AND since > $2";
        let values = [self.limited.clone().into(), db.world().now().plus(-self.kind.window()).into()];
        db::query_one(db.reader(), sql, values).await
    }

    fn wait(&self, since: Moment, now: Moment) -> SignedDuration {
        let until = since.plus(self.kind.window());
        until.timestamp().duration_since(now.timestamp()).max(SignedDuration::ZERO)
    }

    /// Gives a try back that was no failure.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn give_back(&self, db: &Db) -> Result<(), DbErr> {
        db.write_with(Isolation::Locked, async |tx| self.give_back_in(tx).await).await
    }

    /// The same, in the caller's transaction.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn give_back_in(&self, tx: &Tx) -> Result<(), DbErr> {
        let sql = "UPDATE limits SET failures = failures - 1 WHERE limited = $1 AND failures > 0";
        db::execute(tx, sql, [self.limited.clone().into()]).await.map(|_| ())
    }

    /// Forgets all failures, in the caller's transaction. Gives whether there were any.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget(&self, tx: &Tx) -> Result<bool, DbErr> {
        Ok(db::execute(tx, "DELETE FROM limits WHERE limited = $1", [self.limited.clone().into()]).await? > 0)
    }
}

const TURNS: usize = 64;

/// Tries of passwords that are under way on this node. Cheap to clone.
///
/// A try that is right writes nothing here. Before the work a try is counted in memory, and let through if failures in the
/// database and tries under way are together within the limit; when it has failed it is written, and only then no longer
/// under way. Whoever counts and whoever writes the same thing do so one after the other, so on one node no more guesses
/// than the limit are ever compared, also of many at once. Nodes see each other's failures, not each other's tries under
/// way: guesses at the very same moment on several nodes are at most the limit on each; the next one is within it again.
#[derive(Clone)]
pub struct Tries(Arc<UnderWay>);

struct UnderWay {
    turns: [AsyncMutex<()>; TURNS],
    counts: Mutex<HashMap<Vec<u8>, i32>>,
}

impl Default for Tries {
    fn default() -> Self {
        let turns = std::array::from_fn(|_| AsyncMutex::new(()));
        Self(Arc::new(UnderWay { turns, counts: Mutex::default() }))
    }
}

impl Tries {
    fn counts(&self) -> MutexGuard<'_, HashMap<Vec<u8>, i32>> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turns of all that is limited, in the order in which everybody takes them.
    async fn turns(&self, limits: &[Limit]) -> Vec<AsyncMutexGuard<'_, ()>> {
        let numbers: BTreeSet<usize> = limits.iter().map(|limit| usize::from(limit.limited[0]) % TURNS).collect();
        let mut turns = Vec::with_capacity(numbers.len());
        for number in numbers {
            turns.push(self.0.turns[number].lock().await);
        }
        turns
    }

    /// Begins a try that counts for all of these. It is under way until it is dropped.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn begin(&self, db: &Db, limits: Vec<Limit>) -> Result<Try, DbErr> {
        let _turns = self.turns(&limits).await;
        let now = db.world().now();
        let mut waits = Vec::with_capacity(limits.len());
        let mut had_failures = false;
        for limit in &limits {
            let counted = limit.counted(db).await?;
            let failures = counted.as_ref().map_or(0, |counted| counted.failures);
            had_failures |= failures > 0;
            let under_way = self.counts().get(&limit.limited).copied().unwrap_or(0);
            let since = counted.map_or(now, |counted| counted.since);
            waits.push((failures + under_way >= limit.most).then(|| limit.wait(since, now)));
        }
        let mut counts = self.counts();
        for limit in &limits {
            *counts.entry(limit.limited.clone()).or_default() += 1;
        }
        drop(counts);
        Ok(Try { tries: self.clone(), limits, waits, had_failures })
    }
}

/// A try of a password that is under way.
pub struct Try {
    tries: Tries,
    limits: Vec<Limit>,
    waits: Vec<Option<SignedDuration>>,
    had_failures: bool,
}

impl Try {
    /// How long to wait because a limit of that kind is reached.
    pub fn wait(&self, kind: LimitKind) -> Option<SignedDuration> {
        let at = self.limits.iter().position(|limit| limit.kind == kind)?;
        self.waits[at]
    }

    /// The first wait of any limit.
    pub fn any_wait(&self) -> Option<SignedDuration> {
        self.waits.iter().copied().flatten().next()
    }

    /// Whether anything counted against it before.
    pub fn had_failures(&self) -> bool {
        self.had_failures
    }

    /// Writes down that it failed. Gives whether the limit of that kind is reached now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn failed(self, db: &Db, kind: LimitKind) -> Result<bool, DbErr> {
        let _turns = self.tries.turns(&self.limits).await;
        let mut in_order: Vec<&Limit> = self.limits.iter().collect();
        // One order for everybody, so that nobody waits for one who waits for them.
        in_order.sort_by(|a, b| a.limited.cmp(&b.limited));
        let reached = db
            .write_with(Isolation::Locked, async |tx| {
                let mut reached = false;
                for limit in in_order {
                    let counted = limit.count(db, tx).await?;
                    let full = counted.is_some_and(|counted| counted.failures >= limit.most);
                    reached |= limit.kind == kind && full;
                }
                Ok::<_, DbErr>(reached)
            })
            .await?;
        Ok(reached)
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        let mut counts = self.tries.counts();
        for limit in &self.limits {
            if let Some(count) = counts.get_mut(&limit.limited) {
                *count -= 1;
                if *count <= 0 {
                    counts.remove(&limit.limited);
                }
            }
        }
    }
}
