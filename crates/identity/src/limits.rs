//! Limits on guessing, that hold across nodes.

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
    /// Wrong passwords for one name from one address.
    SignInNameFrom,
    /// Wrong passwords for one name from anywhere: many more, so that a printed identifier does not let a stranger keep its
    /// owner out (SEC-2).
    SignInName,
    /// Sign-ups that failed at account number and postal code, from one network address (SGN-2).
    ClaimAddress,
    /// The same for one account number, whether it exists or not.
    ClaimAccount,
    /// Wrong passwords typed by somebody signed in, where the password is asked once more: a stolen session must not guess.
    OwnPassword,
    /// Wrong passwords for one member of staff, from anywhere.
    StaffSignInName,
    /// The same from one network address: an office may have one.
    StaffSignInAddress,
    /// Codes sent to the address on file of one account (SGN-2): the mailbox is somebody's.
    ClaimCode,
}

impl LimitKind {
    const fn name(self) -> &'static str {
        match self {
            Self::SignInAddress => "sign-in address",
            Self::SignInNameFrom => "sign-in name from address",
            Self::SignInName => "sign-in name",
            Self::ClaimAddress => "claim address",
            Self::ClaimAccount => "claim account",
            Self::ClaimCode => "claim code",
            Self::OwnPassword => "own password",
            Self::StaffSignInName => "staff sign-in name",
            Self::StaffSignInAddress => "staff sign-in address",
        }
    }

    /// So many failures…
    const fn most(self) -> i32 {
        match self {
            Self::SignInAddress | Self::SignInName | Self::StaffSignInAddress => 50,
            Self::SignInNameFrom | Self::ClaimAccount | Self::StaffSignInName => 10,
            Self::ClaimAddress => 20,
            Self::ClaimCode | Self::OwnPassword => 5,
        }
    }

    /// …within so long from the first one.
    const fn window(self) -> SignedDuration {
        match self {
            Self::SignInAddress
            | Self::SignInNameFrom
            | Self::SignInName
            | Self::OwnPassword
            | Self::StaffSignInName
            | Self::StaffSignInAddress => SignedDuration::from_mins(15),
            Self::ClaimAddress | Self::ClaimAccount => SignedDuration::from_hours(1),
            Self::ClaimCode => SignedDuration::from_hours(24),
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

    /// Takes one try, before the work: tries at once are counted one after the other, so that no more than are left get
    /// through. Gives how long to wait when none is left.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take(&self, db: &Db) -> Result<Option<SignedDuration>, DbErr> {
        let now = db.world().now();
        let begun_before = now.plus(-self.kind.window());
        let counted: Option<Counted> = db
            .write_with(Isolation::Locked, async |tx| {
                let sql = "INSERT INTO limits (limited, since, failures) VALUES ($1, $2, 1)
                           ON CONFLICT (limited) DO UPDATE SET
                               failures = CASE WHEN limits.since <= $3 THEN 1 ELSE limits.failures + 1 END,
                               since = CASE WHEN limits.since <= $3 THEN $2 ELSE limits.since END
                           RETURNING since, failures";
                let values = [self.limited.clone().into(), now.into(), begun_before.into()];
                let counted = db::query_one(tx, sql, values).await?;
                // What is a day old counts nowhere any more.
                let old = now.plus(-SignedDuration::from_hours(24));
                db::execute(tx, "DELETE FROM limits WHERE since < $1", [old.into()]).await?;
                Ok::<_, DbErr>(counted)
            })
            .await?;
        Ok(counted.filter(|counted| counted.failures > self.kind.most()).map(|counted| {
            let until = counted.since.plus(self.kind.window());
            until.timestamp().duration_since(now.timestamp()).max(SignedDuration::ZERO)
        }))
    }

    /// Gives a try back that was no failure.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn give_back(&self, db: &Db) -> Result<(), DbErr> {
        self.write(db, "UPDATE limits SET failures = failures - 1 WHERE limited = $1 AND failures > 0").await
    }

    /// Forgets all failures after a success.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget(&self, db: &Db) -> Result<(), DbErr> {
        self.write(db, "DELETE FROM limits WHERE limited = $1").await
    }

    async fn write(&self, db: &Db, sql: &str) -> Result<(), DbErr> {
        db.write_with(Isolation::Locked, async |tx| {
            db::execute(tx, sql, [self.limited.clone().into()]).await.map(|_| ())
        })
        .await
    }
}
