//! A link is undone: by its owner, or by whoever reads an address that was told of it.

use db::{Db, DbErr, Engine, FromQueryResult, Tx, Value};
use identity::{Token, token_hash};
use jiff::SignedDuration;
use kernel::{AccountLinkId, LoginId, MembershipId, Moment};
use sea_orm::ConnectionTrait;
use uuid::Uuid;
use vault::Vault;

use super::{AccountLink, Row, SELECT, leave_as_user};
use crate::rights::who_holds;

/// How long the link in a letter undoes.
pub const UNDO_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What was linked at once, as the link in a letter finds it.
#[derive(Clone, Debug)]
pub struct LinkDeed {
    /// In the order of their numbers.
    pub links: Vec<AccountLink>,
}

impl LinkDeed {
    /// Whether the link in a letter still undoes something.
    pub fn is_open(&self, now: Moment) -> bool {
        self.links.iter().any(|link| link.stands && link.linked_at.plus(UNDO_LASTS) > now)
    }

    /// Whether all of it was undone, or ended otherwise.
    pub fn is_undone(&self) -> bool {
        self.links.iter().all(|link| !link.stands)
    }
}

/// Makes a link for one address that is told, in the caller's transaction, and gives its secret.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_link_undo(db: &Db, tx: &Tx, deed: Uuid) -> Result<String, DbErr> {
    let token = Token::draw(db);
    let sql = "INSERT INTO account_link_undos (token_hash, deed_id) VALUES ($1, $2)";
    db::execute(tx, sql, [token_hash(token.secret()).into(), deed.into()]).await?;
    Ok(token.secret().to_owned())
}

/// What a link in a letter is about.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_link_deed(on: &impl ConnectionTrait, secret: &str) -> Result<Option<LinkDeed>, DbErr> {
    let sql = format!(
        "{SELECT} JOIN account_link_undos u ON u.deed_id = k.deed_id WHERE u.token_hash = $1 ORDER BY a.number"
    );
    let rows: Vec<Row> = db::query(on, &sql, [token_hash(secret).into()]).await?;
    let links: Vec<AccountLink> = rows.into_iter().map(AccountLink::from).collect();
    Ok((!links.is_empty()).then_some(LinkDeed { links }))
}

/// Where an account went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// To the login that held it before.
    Back(LoginId),
    /// It has no login, and is free to be signed up to.
    Free,
    /// It was undone before, or the account went elsewhere: nothing changed.
    Over,
}

/// Who undoes a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoneBy {
    Owner,
    /// Whoever reads an address that was told.
    Letter,
}

/// Undoes a link in the caller's transaction: the account goes back to the login that held it before, as confirmed as it is, or
/// is free. What users of it may do was given by the membership that ends: they wait until it is given again (docs/adr/0012), and are to be told.
///
/// # Errors
/// When the database cannot be written.
pub async fn undo_link(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (id, by): (AccountLinkId, UndoneBy),
) -> Result<(Undone, Vec<LoginId>), DbErr> {
    #[derive(FromQueryResult)]
    struct Kept {
        confirmed_at: Option<Moment>,
    }
    let sql = format!("{SELECT} WHERE k.id = $1");
    let Some(found) = db::query_one::<Row>(tx, &sql, [id.into()]).await? else { return Ok((Undone::Over, Vec::new())) };
    let sql = format!(
        "SELECT confirmed_at FROM memberships WHERE id = $1 AND ended_at IS NULL{}",
        Engine::of(tx).for_update()
    );
    let kept: Option<Kept> = db::query_one(tx, &sql, [found.membership_id.into()]).await?;
    let link = AccountLink::from(found);
    let Some(kept) = kept.filter(|_| link.stands) else { return Ok((Undone::Over, Vec::new())) };
    let now = db.world().now();
    let sql = "UPDATE account_links SET undone_at = $1 WHERE id = $2 AND undone_at IS NULL";
    if db::execute(tx, sql, [now.into(), id.into()]).await? == 0 {
        return Ok((Undone::Over, Vec::new()));
    }
    let users = who_holds(vault, tx, link.account, link.membership).await?;
    let sql = "UPDATE claim_checks SET code_mark = NULL, sent_to = NULL WHERE account_id = $1";
    db::execute(tx, sql, [link.account.into()]).await?;
    let sql = "UPDATE memberships SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [now.into(), link.membership.into()]).await?;
    if let Some(other) = link.other {
        leave_as_user(db, tx, link.account, other).await?;
        let membership: MembershipId = db.world().id();
        let sql = "INSERT INTO memberships (login_id, account_id, role, origin, begun_at, confirmed_at, id)
                   VALUES ($1, $2, 'holder', 'link-undone', $3, $4, $5)";
        let values: [Value; 5] =
            [other.into(), link.account.into(), now.into(), kept.confirmed_at.into(), membership.into()];
        db::execute(tx, sql, values).await?;
    }
    let who = (link.account, link.login, link.other);
    let by = if by == UndoneBy::Owner { "owner" } else { "letter" };
    super::note(db, tx, ("holder.unlinked", "login.account-unlinked"), who, (link.way, by)).await?;
    Ok((link.other.map_or(Undone::Free, Undone::Back), users))
}
