//! Somebody is invited (USR-2). Their place on the account, and what the holder gives it, are there from then on, given in the holder's
//! own session; but it opens nothing, for nobody has its login yet.

use db::{Db, DbErr, Engine, FromQueryResult, Tx};
use identity::{AGAIN_AFTER, Token, token_hash};
use jiff::SignedDuration;
use kernel::{AccountId, Language, MembershipId, Moment};
use serde_json::json;
use vault::{Place, Vault};

use crate::rights::{RightsError, RightsWanted, UserLimits, add_secondary, give_rights, hold_giver, note};
use crate::store::hold_key;
use crate::{Grant, members_of};

/// Who is invited.
pub struct Invitee<'a> {
    /// As the holder calls them.
    pub name: &'a str,
    /// Where the link goes: whoever reads that mailbox accepts.
    pub email: &'a str,
    /// In which they are written to.
    pub language: Language,
    /// The form's own key.
    pub once: &'a str,
}

/// A link to be sent; its secret is not kept.
pub struct SentInvitation {
    pub secret: String,
    pub until: Moment,
}

/// What became of the wish.
pub enum Invited {
    /// The link is to be sent in the same transaction.
    Sent(MembershipId, SentInvitation),
    /// The same form was posted before.
    Again(MembershipId),
    /// Somebody was invited at that address before, and is a user or still to come.
    Known(MembershipId),
}

/// Invites somebody, in the caller's transaction: a place on the account with just these rights.
///
/// # Errors
/// [`RightsError::NotHolder`], [`RightsError::TooMany`], [`RightsError::Refused`] for a service of another account.
pub async fn invite_user(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    grant: &Grant,
    (invitee, wanted): (&Invitee<'_>, &RightsWanted),
    (limits, lasts): (&UserLimits, SignedDuration),
) -> Result<Invited, RightsError> {
    hold_giver(db, tx, grant).await?;
    let once = token_hash(invitee.once);
    let sql = "SELECT d.membership_id FROM user_details d JOIN memberships m ON m.id = d.membership_id
               WHERE d.once = $1 AND m.account_id = $2";
    if let Some(membership) = db::scalar(tx, sql, [once.clone().into(), grant.account().into()]).await? {
        return Ok(Invited::Again(membership));
    }
    let members = members_of(tx, vault, grant).await?;
    let is_same = |email: &str| kernel::mailbox(email) == kernel::mailbox(invitee.email);
    if let Some(member) = members.iter().find(|member| member.email.as_deref().is_some_and(is_same)) {
        return Ok(Invited::Known(member.user.membership));
    }
    let customer = super::customer_of(tx, grant.account()).await?.ok_or(RightsError::NotHolder)?;
    let key = hold_key(tx, vault, customer).await?.ok_or(RightsError::NotHolder)?;
    let login = identity::create_unnamed_login(db, vault, tx, (invitee.language, invitee.email)).await?;
    let membership = add_secondary(db, tx, grant, (login, limits)).await?;
    let place = |column| Place { column, row: membership.uuid() };
    let name = vault.seal(&key, place("user_details.name"), invitee.name)?;
    let email = vault.seal(&key, place("user_details.email"), invitee.email)?;
    let sql = "INSERT INTO user_details (membership_id, once, name, email) VALUES ($1, $2, $3, $4)";
    db::execute(tx, sql, [membership.into(), once.into(), name.into(), email.into()]).await?;
    give_rights((db, vault), tx, grant, (membership, wanted), "invitation").await?;
    Ok(Invited::Sent(membership, send(db, tx, grant, (membership, lasts)).await?))
}

/// Another link for somebody who has not come yet, in the caller's transaction; the one before opens nothing any more. None where one
/// was sent a moment ago.
///
/// # Errors
/// [`RightsError::NotHolder`], [`RightsError::NoUser`] also for who has accepted.
pub async fn invite_again(
    db: &Db,
    tx: &Tx,
    grant: &Grant,
    (membership, lasts): (MembershipId, SignedDuration),
) -> Result<Option<SentInvitation>, RightsError> {
    hold_giver(db, tx, grant).await?;
    let sql = format!(
        "SELECT m.id FROM memberships m JOIN logins l ON l.id = m.login_id WHERE m.id = $1 AND m.account_id = $2
             AND m.role = 'secondary' AND m.ended_at IS NULL AND l.username = '' AND l.deleted_at IS NULL{}",
        Engine::of(tx).for_update()
    );
    let found: Option<MembershipId> = db::scalar(tx, &sql, [membership.into(), grant.account().into()]).await?;
    found.ok_or(RightsError::NoUser)?;
    #[derive(FromQueryResult)]
    struct Open {
        sent_at: Moment,
    }
    let now = db.world().now();
    let sql = "SELECT sent_at FROM invitations WHERE membership_id = $1 AND used_at IS NULL AND replaced_at IS NULL";
    let open: Option<Open> = db::query_one(tx, sql, [membership.into()]).await?;
    if open.is_some_and(|open| open.sent_at.plus(AGAIN_AFTER) > now) {
        return Ok(None);
    }
    let sql =
        "UPDATE invitations SET replaced_at = $1 WHERE membership_id = $2 AND used_at IS NULL AND replaced_at IS NULL";
    db::execute(tx, sql, [now.into(), membership.into()]).await?;
    send(db, tx, grant, (membership, lasts)).await.map(Some)
}

/// Links that are open to places on an account open nothing any more, in the caller's transaction: who sent them is to hold it no
/// more. The places stay, for the holder to send others.
pub(crate) async fn end_invitations(db: &Db, tx: &Tx, account: AccountId) -> Result<(), DbErr> {
    let sql = "UPDATE invitations SET replaced_at = $1 WHERE used_at IS NULL AND replaced_at IS NULL
                   AND membership_id IN (SELECT id FROM memberships WHERE account_id = $2 AND role = 'secondary')";
    db::execute(tx, sql, [db.world().now().into(), account.into()]).await.map(|_| ())
}

async fn send(
    db: &Db,
    tx: &Tx,
    grant: &Grant,
    (membership, lasts): (MembershipId, SignedDuration),
) -> Result<SentInvitation, RightsError> {
    let giver = grant.giver().ok_or(RightsError::NotHolder)?;
    let (token, now) = (Token::draw(db), db.world().now());
    let until = now.plus(lasts);
    let sql = "INSERT INTO invitations (token_hash, membership_id, inviter_id, sent_at, expires_at)
               VALUES ($1, $2, $3, $4, $5)";
    let values =
        [token_hash(token.secret()).into(), membership.into(), giver.membership.into(), now.into(), until.into()];
    db::execute(tx, sql, values).await?;
    let details =
        json!({ "membership": membership, "holder": giver.membership, "session": giver.session, "until": until });
    note(db, tx, grant.account(), ("user.invited", details)).await?;
    Ok(SentInvitation { secret: token.secret().to_owned(), until })
}
