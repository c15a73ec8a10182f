//! A link by the login that holds the account, and by an activation e-mail.

use db::{Db, DbErr, FromQueryResult, Tx, Value};
use kernel::{AccountId, LoginId, MembershipId, Moment, SessionId};
use uuid::Uuid;
use vault::Vault;

use super::{LinkWay, keep_link, leave_as_user};
use crate::activation::use_up;
use crate::contacts::end_contact_changes;
use crate::rights::{RightsError, carry_rights, hold_giver};
use crate::sign_up::{Origin, SignUpError, hold_as};
use crate::users::end_invitations;
use crate::way_back::link_under;
use crate::{ActivationState, ContactsGone, Grant, find_activation};

/// An account that was linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    pub deed: Uuid,
    pub account: AccountId,
    pub number: String,
}

/// Moves an account from the login that holds it to another login of the same person, in the caller's transaction. `from` is the
/// holder's own grant of [`crate::Right::ManageUsers`], asked for in a session that was signed in for this; `to` a login and its
/// session. Memberships do not change: one ends and one begins. What users of the account may do was given by the one that
/// ends, so it is given again by the new one, in the same session, as facts of their own (docs/adr/0012). Open invitations and
/// requests about contacts end with it, the requests to be written about.
///
/// # Errors
/// [`RightsError::NotHolder`] where the grant's membership holds the account no more, or waits for its confirmation;
/// [`RightsError::Refused`] where one of the sessions has ended, or the account came from another login so short a time ago
/// that a letter still brings it back ([`crate::waits_for_undo`]).
pub async fn move_account(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (from, deed): (&Grant, Uuid),
    (to, session): (LoginId, SessionId),
) -> Result<(Linked, ContactsGone), RightsError> {
    #[derive(FromQueryResult)]
    struct Holder {
        login_id: LoginId,
        confirmed_at: Option<Moment>,
    }
    let giver = hold_giver(db, tx, from).await?;
    // Whoever ended one of the two meanwhile did not want this.
    let sql = "SELECT count(*) FROM sessions WHERE id = $1 OR id = $2 AND login_id = $3";
    let open: Option<i64> = db::scalar(tx, sql, [giver.session.into(), session.into(), to.into()]).await?;
    if open != Some(2) || link_under(db, tx, giver.membership).await?.is_some() {
        return Err(RightsError::Refused);
    }
    let (account, now) = (from.account(), db.world().now());
    let sql = "SELECT login_id, confirmed_at FROM memberships WHERE id = $1";
    let holder: Option<Holder> = db::query_one(tx, sql, [giver.membership.into()]).await?;
    let holder = holder.filter(|holder| holder.login_id != to).ok_or(RightsError::NotHolder)?;
    leave_as_user(db, tx, account, to).await?;
    let sql = "UPDATE memberships SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [now.into(), giver.membership.into()]).await?;
    let membership: MembershipId = db.world().id();
    let sql = "INSERT INTO memberships (login_id, account_id, role, origin, begun_at, confirmed_at, id)
               VALUES ($1, $2, 'holder', $3, $4, $5, $6)";
    let values: [Value; 6] = [
        to.into(),
        account.into(),
        Origin::Link.code().into(),
        now.into(),
        holder.confirmed_at.into(),
        membership.into(),
    ];
    db::execute(tx, sql, values).await?;
    carry_rights((db, vault), tx, account, (giver.membership, membership, session)).await?;
    end_invitations(db, tx, account).await?;
    let changes = end_contact_changes((db, vault), tx, (account, from.number())).await?;
    keep_link(db, tx, (account, to, membership), (deed, LinkWay::Login, Some(holder.login_id))).await?;
    let who = (account, to, Some(holder.login_id));
    super::note(db, tx, ("holder.linked", "login.account-linked"), who, (LinkWay::Login, "owner")).await?;
    let linked = Linked { deed, account, number: from.number().to_owned() };
    Ok((linked, ContactsGone { contacts: Vec::new(), changes }))
}

/// Links an account without its holder's login by an activation e-mail, in the caller's transaction (SGN-1): who reads the mailbox
/// on file may as well make a login of its own. None where the link opens nothing.
///
/// # Errors
/// When the database cannot be written.
pub async fn link_activated(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, contact): (LoginId, &str),
    secret: &str,
) -> Result<Option<Linked>, SignUpError> {
    let found = find_activation(tx, secret).await?;
    let now = db.world().now();
    let Some(found) = found.filter(|found| found.state(now) == ActivationState::Open) else { return Ok(None) };
    if use_up(db, vault, tx, (found.token_hash(), contact)).await?.is_none() {
        return Ok(None);
    }
    let account = found.account_id;
    leave_as_user(db, tx, account, login).await?;
    let membership = hold_as(db, tx, login, (account, Origin::Link)).await?;
    let deed = db.world().uuid();
    keep_link(db, tx, (account, login, membership), (deed, LinkWay::Activation, None)).await?;
    note_activated(db, tx, account, login).await?;
    Ok(Some(Linked { deed, account, number: found.number }))
}

async fn note_activated(db: &Db, tx: &Tx, account: AccountId, login: LoginId) -> Result<(), DbErr> {
    let kinds = ("holder.linked", "login.account-linked");
    super::note(db, tx, kinds, (account, login, None), (LinkWay::Activation, "owner")).await
}
