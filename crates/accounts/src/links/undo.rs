//! A link is undone: by its owner, or by whoever reads an address that was told of it.

use db::{Db, DbErr, Engine, Tx, Value};
use identity::{Token, token_hash};
use kernel::{AccountLinkId, LoginId, MembershipId, Moment};
use sea_orm::ConnectionTrait;
use uuid::Uuid;
use vault::{Vault, VaultError};

use super::{AccountLink, Row, SELECT, leave_as_user};
use crate::ContactsGone;
use crate::contacts::{end_contact_changes, end_contacts_since};
use crate::rights::who_holds;
use crate::users::{end_invitations, remove_users_since};
use crate::way_back::{UNDO_LASTS, link_under};

/// What was linked at once, as the link in a letter finds it.
#[derive(Clone, Debug)]
pub struct LinkDeed {
    /// In the order of their numbers.
    pub links: Vec<AccountLink>,
}

impl LinkDeed {
    fn is_young(link: &AccountLink, now: Moment) -> bool {
        link.linked_at.plus(UNDO_LASTS) > now
    }

    /// Whether the link in a letter still undoes something.
    pub fn is_open(&self, now: Moment) -> bool {
        self.links.iter().any(|link| link.can_be_undone() && Self::is_young(link, now))
    }

    /// Whether all of it was undone.
    pub fn is_undone(&self) -> bool {
        self.links.iter().all(|link| link.is_undone)
    }

    /// Whether an account went elsewhere since, so that the link in a letter, which would still be good, does not bring it back.
    pub fn went_elsewhere(&self, now: Moment) -> bool {
        self.links.iter().any(|link| !link.is_undone && !link.can_be_undone() && Self::is_young(link, now))
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

/// What the end of a link did, for the letters about it.
#[derive(Debug)]
pub struct LinkUndone {
    pub undone: Undone,
    /// Users whose rights wait until they are given again.
    pub suspended: Vec<LoginId>,
    /// Users who came since the link was made, and are none any more.
    pub removed: Vec<LoginId>,
    /// Requests about contacts, and contacts who came since the link was made.
    pub gone: ContactsGone,
}

impl LinkUndone {
    fn over() -> Self {
        Self { undone: Undone::Over, suspended: Vec::new(), removed: Vec::new(), gone: ContactsGone::default() }
    }
}

/// The link that may be undone so, held until the transaction ends, and since when its account is confirmed.
async fn hold_link(
    db: &Db,
    tx: &Tx,
    (id, by): (AccountLinkId, UndoneBy),
) -> Result<Option<(AccountLink, Option<Moment>)>, DbErr> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT m.id FROM memberships m WHERE m.id =
             (SELECT membership_id FROM account_links WHERE id = $1){}) AS held",
        Engine::of(tx).for_update()
    );
    db::scalar::<i64>(tx, &sql, [id.into()]).await?;
    let sql = format!("{SELECT} WHERE k.id = $1");
    let Some(row) = db::query_one::<Row>(tx, &sql, [id.into()]).await? else { return Ok(None) };
    let confirmed_at = row.confirmed_at;
    let link = AccountLink::from(row);
    let may = match by {
        // Not past another link on which this one hangs: whoever held the account before that has a letter.
        UndoneBy::Owner => {
            link.stands && link_under(db, tx, link.membership).await?.is_none_or(|under| under == link.id)
        }
        UndoneBy::Letter => link.can_be_undone(),
    };
    Ok(may.then_some((link, confirmed_at)))
}

/// Undoes a link in the caller's transaction: the account goes back to the login that held it before, as confirmed as it is, or
/// is free. What users of it may do was given by the membership that ends: they wait until it is given again (docs/adr/0012), and are to be
/// told. Where a letter undoes it, whom the other login let in since is in no more: users who came, and contacts.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn undo_link(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (id, by): (AccountLinkId, UndoneBy),
) -> Result<LinkUndone, VaultError> {
    let Some((link, confirmed_at)) = hold_link(db, tx, (id, by)).await? else { return Ok(LinkUndone::over()) };
    let (account, now) = (link.account, db.world().now());
    let sql = "UPDATE account_links SET undone_at = $1 WHERE id = $2 AND undone_at IS NULL";
    if db::execute(tx, sql, [now.into(), id.into()]).await? == 0 {
        return Ok(LinkUndone::over());
    }
    let mut suspended = match link.stands {
        true => who_holds(vault, tx, account, link.membership).await?,
        // They have waited since the login that let them in left.
        false => Vec::new(),
    };
    let sql = "UPDATE claim_checks SET code_mark = NULL, sent_to = NULL WHERE account_id = $1";
    db::execute(tx, sql, [account.into()]).await?;
    let sql = "UPDATE memberships SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [now.into(), link.membership.into()]).await?;
    if let Some(other) = link.other {
        leave_as_user(db, tx, account, other).await?;
    }
    let removed = match by {
        UndoneBy::Letter => remove_users_since(db, tx, account, link.linked_at).await?,
        UndoneBy::Owner => Vec::new(),
    };
    suspended.retain(|user| !removed.contains(user) && Some(*user) != link.other);
    let gone = end_what_waits((db, vault), tx, (&link, by)).await?;
    if let Some(other) = link.other {
        let membership: MembershipId = db.world().id();
        let sql = "INSERT INTO memberships (login_id, account_id, role, origin, begun_at, confirmed_at, id)
                   VALUES ($1, $2, 'holder', 'link-undone', $3, $4, $5)";
        let values: [Value; 5] = [other.into(), account.into(), now.into(), confirmed_at.into(), membership.into()];
        db::execute(tx, sql, values).await?;
    }
    let who = (account, link.login, link.other);
    let by = if by == UndoneBy::Owner { "owner" } else { "letter" };
    super::note(db, tx, ("holder.unlinked", "login.account-unlinked"), who, (link.way, by)).await?;
    let undone = link.other.map_or(Undone::Free, Undone::Back);
    Ok(LinkUndone { undone, suspended, removed, gone })
}

/// Ends what the login that holds the account no more had begun: open invitations and requests about contacts; and, where a letter
/// undoes the link, contacts who came since it was made.
async fn end_what_waits(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (link, by): (&AccountLink, UndoneBy),
) -> Result<ContactsGone, VaultError> {
    end_invitations(db, tx, link.account).await?;
    let changes = end_contact_changes((db, vault), tx, (link.account, &link.number)).await?;
    let contacts = match by {
        UndoneBy::Letter => end_contacts_since((db, vault), tx, link.account, link.linked_at).await?,
        UndoneBy::Owner => Vec::new(),
    };
    Ok(ContactsGone { contacts, changes })
}
