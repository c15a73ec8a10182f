//! Second steps (SEC-3): what somebody shows beside the password. Customers' logins and the provider's people have them in the
//! same tables, by owner. What each step is stands in a file of its own; here is which of them an owner has, and what is true
//! of all.

mod owner;
mod qr;
mod recovery_codes;
mod sms;
mod totp;
mod tries;
mod waiting;

use audit::Author;
use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{LoginId, Moment, SessionId};
use sea_orm::ConnectionTrait;
use serde_json::json;

pub use owner::StepOwner;
pub use qr::{QrPath, qr_path};
pub use recovery_codes::{
    RECOVERY_CODES, are_recovery_codes, make_recovery_codes, recovery_set_made_at, renew_recovery_codes,
};
pub use sms::{
    NumberConfirmed, SMS_CODE_LASTS, StepNumber, begin_step_number, confirm_step_number, draw_step_code, step_number,
    step_number_setup,
};
pub use totp::{
    TOTP_DIGITS, TOTP_SETUP_LASTS, TotpConfirmed, TotpSecret, begin_totp, confirm_totp, find_totp_setup, totp_at,
};
pub use tries::{StepTried, StepTry, take_step_try, try_step};
pub use waiting::{STEP_SIGN_IN_LASTS, StepSignIn, begin_step_sign_in, end_step_sign_in, find_step_sign_in};

/// One way to show the second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepWay {
    Passkey,
    /// A code from an authenticator app.
    Totp,
    /// A code by SMS.
    Sms,
    /// One of the codes that were kept for when the others are lost.
    Recovery,
}

impl StepWay {
    const ALL: [Self; 4] = [Self::Passkey, Self::Totp, Self::Sms, Self::Recovery];

    /// For forms, addresses, keys of texts and the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Recovery => "recovery",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// The second steps that an owner has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Since when an authenticator app.
    pub totp: Option<Moment>,
    /// Recovery codes that are not used.
    pub recovery_left: i64,
    pub passkeys: i64,
    /// Since when codes by SMS.
    pub sms: Option<Moment>,
}

impl Steps {
    /// Whether a second step is asked for. Recovery codes alone are none.
    pub const fn is_on(&self) -> bool {
        self.totp.is_some() || self.passkeys > 0 || self.sms.is_some()
    }

    /// The ways in which it can be shown, the one to be asked for first before the others.
    pub fn ways(&self) -> Vec<StepWay> {
        let has = |way: &StepWay| match way {
            StepWay::Passkey => self.passkeys > 0,
            StepWay::Totp => self.totp.is_some(),
            StepWay::Sms => self.sms.is_some(),
            StepWay::Recovery => self.is_on() && self.recovery_left > 0,
        };
        StepWay::ALL.into_iter().filter(has).collect()
    }
}

/// Whether a login has a second step, in SQL: logins as `l`. As [`Steps::is_on`] says it.
pub const LOGIN_HAS_STEP: &str =
    "(EXISTS (SELECT 1 FROM step_totps st WHERE st.owner_kind = 'login' AND st.owner_id = l.id)
    OR EXISTS (SELECT 1 FROM step_numbers sn WHERE sn.owner_kind = 'login' AND sn.owner_id = l.id AND sn.is_on)
    OR EXISTS (SELECT 1 FROM passkeys sp JOIN passkey_users su ON su.handle = sp.handle
        WHERE su.owner_kind = 'login' AND su.owner_id = l.id))";

/// The second steps of an owner.
///
/// # Errors
/// When the database cannot be read.
pub async fn steps_of(on: &impl ConnectionTrait, owner: StepOwner) -> Result<Steps, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        totp: Option<Moment>,
        recovery_left: i64,
        sms: Option<Moment>,
        passkeys: i64,
    }
    let sql = "SELECT (SELECT confirmed_at FROM step_totps WHERE owner_kind = $1 AND owner_id = $2) AS totp,
                   (SELECT count(*) FROM step_recovery_codes
                    WHERE owner_kind = $1 AND owner_id = $2 AND used_at IS NULL) AS recovery_left,
                   (SELECT count(*) FROM passkeys p JOIN passkey_users u ON u.handle = p.handle
                    WHERE u.owner_kind = $1 AND u.owner_id = $2) AS passkeys,
                   (SELECT since FROM step_numbers WHERE owner_kind = $1 AND owner_id = $2 AND is_on) AS sms";
    let row: Option<Row> = db::query_one(on, sql, owner.values()).await?;
    Ok(row.map_or_else(Steps::default, |row| Steps {
        totp: row.totp,
        recovery_left: row.recovery_left,
        passkeys: row.passkeys,
        sms: row.sms,
    }))
}

/// What follows from a step turned on, replaced or turned off, in the caller's transaction: no device is excused from it any
/// more, sign-ins that wait begin anew, fresh proofs of other sessions than `but` count no longer, and recovery codes without
/// a step to recover go. Gives the steps that there are now.
///
/// # Errors
/// When the database cannot be written.
pub async fn steps_changed(db: &Db, tx: &Tx, owner: StepOwner, but: Option<SessionId>) -> Result<Steps, DbErr> {
    let sql = "DELETE FROM step_sign_ins WHERE owner_kind = $1 AND owner_id = $2";
    db::execute(tx, sql, owner.values()).await?;
    if let StepOwner::Login(login) = owner {
        crate::device::forget_remembered_steps(tx, login).await?;
        // What waits for a code by e-mail would come in without the step, or past it.
        db::execute(tx, "DELETE FROM pending_sign_ins WHERE login_id = $1", [login.into()]).await?;
        let sql =
            "UPDATE session_proofs SET password_at = NULL, proven_at = NULL, contact_at = NULL, code_mark = NULL, code_sent_at = NULL
                   WHERE session_id IN (SELECT id FROM sessions WHERE login_id = $1 AND id <> $2)";
        // A session that is nobody's stands for none.
        let but = but.unwrap_or_else(|| SessionId::from(uuid::Uuid::nil()));
        db::execute(tx, sql, [login.into(), but.into()]).await?;
        crate::proof::forget_waits(db, tx, login).await?;
    }
    let steps = steps_of(tx, owner).await?;
    if !steps.is_on() {
        end_short_password(db, tx, owner).await?;
    }
    if !steps.is_on() && steps.recovery_left > 0 {
        let sql = "DELETE FROM step_recovery_codes WHERE owner_kind = $1 AND owner_id = $2";
        db::execute(tx, sql, owner.values()).await?;
        return Ok(Steps { recovery_left: 0, ..steps });
    }
    Ok(steps)
}

/// A password that was short because there was a second step opens nothing without one, until a new one is chosen (SGN-5).
async fn end_short_password(db: &Db, tx: &Tx, owner: StepOwner) -> Result<(), DbErr> {
    let StepOwner::Login(login) = owner else { return Ok(()) };
    let sql = "UPDATE logins SET password_ended_at = $1 WHERE id = $2 AND password_needs_step";
    db::execute(tx, sql, [db.world().now().into(), login.into()]).await.map(|_| ())
}

/// [`end_short_password`], where a password was just chosen for a step that has gone meanwhile.
pub(crate) async fn end_password_without_step(db: &Db, tx: &Tx, login: LoginId) -> Result<(), DbErr> {
    let owner = StepOwner::Login(login);
    if steps_of(tx, owner).await?.is_on() { Ok(()) } else { end_short_password(db, tx, owner).await }
}

/// Turns a step off, in the caller's transaction; that the owner has just proven who they are is for the caller to see to.
/// `but` is the session that asks. Gives the steps that are left, none where it was not on.
///
/// # Errors
/// When the database cannot be written.
pub async fn turn_step_off(
    db: &Db,
    tx: &Tx,
    owner: StepOwner,
    (way, but): (StepWay, Option<SessionId>),
) -> Result<Option<Steps>, DbErr> {
    let off = match way {
        StepWay::Totp => totp::remove(tx, owner).await?,
        StepWay::Sms => sms::remove(tx, owner).await?,
        // Recovery codes go with the last step; passkeys are removed one by one ([`crate::remove_passkey`]).
        StepWay::Recovery | StepWay::Passkey => false,
    };
    if !off {
        return Ok(None);
    }
    owner.note(db, tx, "step.off", json!({ "step": way.name() })).await?;
    steps_changed(db, tx, owner, but).await.map(Some)
}

/// What is kept about an owner's steps.
const TABLES: [&str; 5] = ["step_numbers", "step_totps", "step_totp_setups", "step_recovery_codes", "step_sign_ins"];

/// Takes all of it away, in the caller's transaction.
pub(crate) async fn erase_steps(tx: &Tx, owner: StepOwner) -> Result<(), DbErr> {
    for table in TABLES {
        let sql = format!("DELETE FROM {table} WHERE owner_kind = $1 AND owner_id = $2");
        db::execute(tx, &sql, owner.values()).await?;
    }
    crate::passkeys::erase_passkeys(tx, owner).await
}

/// Takes all steps and recovery codes of a login off that were lost (SEC-5), in the caller's transaction: its sessions end,
/// no device is known any more. Only a procedure that has made sure who asks may lead here. Says whether there was any.
///
/// # Errors
/// When the database cannot be written.
pub async fn lose_steps(db: &Db, tx: &Tx, login: LoginId) -> Result<bool, DbErr> {
    let owner = StepOwner::Login(login);
    let had = steps_of(tx, owner).await?.is_on();
    erase_steps(tx, owner).await?;
    end_short_password(db, tx, owner).await?;
    crate::link::end_everything(tx, login).await?;
    if had {
        crate::sign_in::note(db, tx, login, ("step.lost", Author::Customer), json!({})).await?;
    }
    Ok(had)
}

/// Forgets what waits for its first code, an app's secret or a telephone, in the caller's transaction that ends an owner's
/// sessions: whoever began it may have been somebody else.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn forget_waiting_steps(tx: &Tx, owner: StepOwner) -> Result<(), DbErr> {
    let sql = "DELETE FROM step_totp_setups WHERE owner_kind = $1 AND owner_id = $2";
    db::execute(tx, sql, owner.values()).await?;
    let sql = "DELETE FROM step_numbers WHERE owner_kind = $1 AND owner_id = $2 AND NOT is_on";
    db::execute(tx, sql, owner.values()).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_3_recovery_codes_alone_are_no_second_step() {
        let none = Steps { recovery_left: 10, ..Steps::default() };
        assert!(!none.is_on() && none.ways().is_empty());
        let at = Moment::new("2026-11-21T12:00:00Z".parse().expect("a time"));
        let app = Steps { totp: Some(at), ..none };
        assert!(app.is_on());
        assert_eq!(app.ways(), [StepWay::Totp, StepWay::Recovery]);
        assert_eq!(Steps { recovery_left: 0, ..app }.ways(), [StepWay::Totp]);
    }

    #[test]
    fn sec_3_a_way_is_read_as_it_is_named() {
        for way in StepWay::ALL {
            assert_eq!(StepWay::from_name(way.name()), Some(way));
        }
        assert_eq!(StepWay::from_name(""), None);
    }
}
