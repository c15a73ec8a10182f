//! The way back of an account that the login which held it linked to another (ONE-1): for a while a letter undoes that, and
//! until then the account does not go on to yet another login, and the login to which it would return is not removed.

use db::{Db, DbErr};
use jiff::SignedDuration;
use kernel::{AccountLinkId, LoginId, MembershipId};
use sea_orm::ConnectionTrait;

use crate::Grant;

/// How long the link in a letter undoes.
pub const UNDO_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The oldest link that a letter may still undo and on which a holder's membership hangs: since it was made, the account went on by such
/// links and by their ends alone.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn link_under(
    db: &Db,
    on: &impl ConnectionTrait,
    membership: MembershipId,
) -> Result<Option<AccountLinkId>, DbErr> {
    // Links by way of the account's memberships: these are found by account.
    let sql = "SELECT k.id FROM memberships m JOIN memberships o ON o.account_id = m.account_id
                   JOIN account_links k ON k.membership_id = o.id
               WHERE m.id = $1 AND k.way = 'login' AND k.undone_at IS NULL AND k.linked_at > $2
                   AND NOT EXISTS (SELECT 1 FROM memberships h WHERE h.account_id = m.account_id AND h.role = 'holder'
                       AND h.begun_at >= k.linked_at AND h.origin <> 'link-undone'
                       AND NOT EXISTS (SELECT 1 FROM account_links l WHERE l.membership_id = h.id AND l.way = 'login'))
               ORDER BY k.linked_at LIMIT 1";
    let since = db.world().now().plus(-UNDO_LASTS);
    db::scalar(on, sql, [membership.into(), since.into()]).await
}

/// Whether the account of a holder's grant of [`crate::Right::ManageUsers`] came from another login so short a time ago that it is not
/// linked to yet another: whoever reads the letter about that finds it where the letter says.
///
/// # Errors
/// When the database cannot be read.
pub async fn waits_for_undo(db: &Db, on: &impl ConnectionTrait, grant: &Grant) -> Result<bool, DbErr> {
    match grant.giver() {
        Some(giver) => Ok(link_under(db, on, giver.membership).await?.is_some()),
        None => Ok(false),
    }
}

/// Whether a letter may still bring an account back to a login.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn may_get_back(db: &Db, on: &impl ConnectionTrait, login: LoginId) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM account_links WHERE other_login_id = $1 AND undone_at IS NULL AND linked_at > $2";
    let since = db.world().now().plus(-UNDO_LASTS);
    Ok(db::scalar::<i64>(on, sql, [login.into(), since.into()]).await?.unwrap_or(0) > 0)
}
