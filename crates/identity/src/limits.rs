//! Limits on guessing, that hold across nodes and are written on failures alone.

use std::net::IpAddr;

use db::{Db, DbErr, FromQueryResult, Isolation};
use jiff::SignedDuration;
use kernel::Moment;
use vault::Vault;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Wrong passwords from one network address.
    SignInAddress,
    /// Wrong passwords for one login.
    SignInLogin,
    /// Sign-ups that failed at account number and postal code, from one network address (SGN-2).
    ClaimAddress,
    /// The same for one account number, whether it exists or not.
    ClaimAccount,
}

impl LimitKind {
    const fn name(self) -> &'static str {
        match self {
            Self::SignInAddress => "sign-in address",
            Self::SignInLogin => "sign-in login",
            Self::ClaimAddress => "claim address",
            Self::ClaimAccount => "claim account",
        }
    }

    /// So many failures…
    const fn most(self) -> i32 {
        match self {
            Self::SignInAddress => 50,
            Self::SignInLogin | Self::ClaimAccount => 10,
            Self::ClaimAddress => 20,
        }
    }

    /// …within so long from the first one.
    const fn window(self) -> SignedDuration {
        match self {
            Self::SignInAddress | Self::SignInLogin => SignedDuration::from_mins(15),
            Self::ClaimAddress | Self::ClaimAccount => SignedDuration::from_hours(1),
        }
    }
}

/// One thing that is limited: an address, a login's name, an account number. Kept as a MAC, so that the table tells nothing.
#[derive(Clone, Debug)]
pub struct Limit {
    kind: LimitKind,
    limited: Vec<u8>,
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
        Self { kind, limited }
    }

    /// How long to wait before the next try; nothing while there are tries left.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn wait(&self, db: &Db) -> Result<Option<SignedDuration>, DbErr> {
        let sql = "SELECT since, failures FROM limits WHERE limited = $1";
        let counted: Option<Counted> = db::query_one(db.reader(), sql, [self.limited.clone().into()]).await?;
        let now = db.world().now();
        Ok(counted.and_then(|counted| {
            let until = counted.since.plus(self.kind.window());
            let left = until.timestamp().duration_since(now.timestamp());
            (counted.failures >= self.kind.most() && left.is_positive()).then_some(left)
        }))
    }

    /// Counts a failure.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn count_failure(&self, db: &Db) -> Result<(), DbErr> {
        let now = db.world().now();
        let begun_before = now.plus(-self.kind.window());
        db.write_with(Isolation::Locked, async |tx| {
            let sql = "INSERT INTO limits (limited, since, failures) VALUES ($1, $2, 1)
                       ON CONFLICT (limited) DO UPDATE SET
                           failures = CASE WHEN limits.since <= $3 THEN 1 ELSE limits.failures + 1 END,
                           since = CASE WHEN limits.since <= $3 THEN $2 ELSE limits.since END";
            db::execute(tx, sql, [self.limited.clone().into(), now.into(), begun_before.into()]).await?;
            // What is a day old counts nowhere any more.
            let old = now.plus(-SignedDuration::from_hours(24));
            db::execute(tx, "DELETE FROM limits WHERE since < $1", [old.into()]).await.map(|_| ())
        })
        .await
    }

    /// Forgets failures after a success.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget(&self, db: &Db) -> Result<(), DbErr> {
        let sql = "SELECT failures FROM limits WHERE limited = $1";
        if db::scalar::<i32>(db.reader(), sql, [self.limited.clone().into()]).await?.is_none() {
            return Ok(());
        }
        db.write_with(Isolation::Locked, async |tx| {
            let sql = "DELETE FROM limits WHERE limited = $1";
            db::execute(tx, sql, [self.limited.clone().into()]).await.map(|_| ())
        })
        .await
    }
}
