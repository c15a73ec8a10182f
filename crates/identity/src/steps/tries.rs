//! A code of a second step is tried. Wrong ones count by owner, whatever session, device or node they are typed on: whoever
//! knows a password and guesses codes gets five in a quarter of an hour, and thirty a day.

use db::{Db, DbErr, Tx};
use jiff::SignedDuration;
use serde_json::json;
use vault::{Vault, VaultError};

use super::{StepOwner, StepWay, recovery_codes, sms, totp};
use crate::{Limit, LimitKind};

/// Leave to try a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepTry {
    /// So many wrong ones are left after this one. With none left, the owner is to be told that somebody guesses.
    May {
        left: i32,
    },
    Wait(SignedDuration),
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepTried {
    Right,
    Wrong,
    /// A code of the app that was right, and was taken before: the next one has to be waited for.
    Used,
}

/// Recovery codes cannot be guessed; that they count by themselves lets an owner in whom a guesser keeps waiting.
fn limits(vault: &Vault, owner: StepOwner, way: StepWay) -> Vec<Limit> {
    let kinds: &[LimitKind] = match way {
        StepWay::Recovery => &[LimitKind::StepRecovery],
        _ => &[LimitKind::StepCode, LimitKind::StepDay],
    };
    kinds.iter().map(|kind| Limit::of(vault, *kind, &owner.text())).collect()
}

/// Takes one try, before the code is compared and in a transaction of its own: tries at once are counted one after the other.
///
/// # Errors
/// When the database cannot be written.
pub async fn take_step_try((db, vault): (&Db, &Vault), owner: StepOwner, way: StepWay) -> Result<StepTry, DbErr> {
    let mut least = i32::MAX;
    for limit in limits(vault, owner, way) {
        let taken = limit.take_one(db).await?;
        if let Some(wait) = taken.wait {
            return Ok(StepTry::Wait(wait));
        }
        least = least.min(taken.left);
    }
    if least == 0 {
        let noted =
            db.write(async |tx| owner.note(db, tx, "step.tried-too-often", json!({ "step": way.name() })).await);
        noted.await?;
    }
    Ok(StepTry::May { left: least })
}

/// Tries a code of the app, one that came by SMS or a recovery code, in the caller's transaction, after [`take_step_try`]. A right one is used up,
/// and what counted against the owner a moment ago is forgotten.
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn try_step(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    owner: StepOwner,
    (way, typed): (StepWay, &str),
) -> Result<StepTried, VaultError> {
    let tried = match way {
        StepWay::Totp => match totp::take((db, vault), tx, owner, typed).await? {
            totp::Judged::Right => StepTried::Right,
            totp::Judged::Used => StepTried::Used,
            totp::Judged::Wrong => StepTried::Wrong,
        },
        StepWay::Recovery if super::steps_of(tx, owner).await?.is_on() => {
            match recovery_codes::take((db, vault), tx, owner, typed).await? {
                Some(_) => StepTried::Right,
                None => StepTried::Wrong,
            }
        }
        StepWay::Sms => match sms::take((db, vault), tx, owner, typed).await? {
            true => StepTried::Right,
            false => StepTried::Wrong,
        },
        // Shown in other ways than by typing a code of these.
        StepWay::Recovery | StepWay::Passkey => StepTried::Wrong,
    };
    if tried == StepTried::Right {
        forget_step_tries(vault, tx, owner, way).await?;
    }
    Ok(tried)
}

/// Forgets the wrong codes of a moment ago, and gives the right one back that counted for the day; in the caller's
/// transaction. The day's wrong ones stay: its owner coming in must not give a guesser more.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn forget_step_tries(vault: &Vault, tx: &Tx, owner: StepOwner, way: StepWay) -> Result<(), DbErr> {
    for limit in limits(vault, owner, way) {
        if limit.is_of(LimitKind::StepDay) {
            limit.give_back_in(tx).await?;
        } else {
            limit.forget(tx).await?;
        }
    }
    Ok(())
}
