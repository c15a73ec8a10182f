//! What is written about linked accounts (ONE-1), each in the transaction that it is about: to the login that they came to, to
//! the one that they came from, and to the e-mail on file, the last two with “this was not me”.

use accounts::{AccountLink, AccountView, Grant, LINK_CODE_LASTS, LinkUndone, Linked, Right, Undone, UndoneBy};
use db::Tx;
use kernel::AccountId;

use crate::claim_letters::spaced;
use crate::door_letters::{Person, Writing};
use crate::letters::{Desk, Draft, LetterError};

/// The code that links an account, to the e-mail on file.
pub(super) async fn code(desk: &Desk<'_>, tx: &Tx, view: &AccountView, code: &str) -> Result<(), LetterError> {
    let Some(on_file) = view.email.as_deref() else { return Ok(()) };
    let until = desk.db.world().now().plus(LINK_CODE_LASTS);
    let facts = vec![
        ("letter-claimed-code", spaced(code)),
        ("letter-claimed-until", desk.moment(view.language, until)),
        ("bill-account", view.number.clone()),
        ("bill-identifier", view.identifier.clone()),
    ];
    let draft = Draft::new(desk, view.language, "link-code").facts(facts).text("secret").text("not-you").doubt();
    desk.send(tx, &[draft.email(on_file, view.name.as_deref())]).await
}

async fn view_of(desk: &Desk<'_>, tx: &Tx, account: AccountId) -> Result<Option<AccountView>, LetterError> {
    let grant = Grant::of_the_provider(account, "", Right::SeeBills);
    Ok(accounts::account_view(tx, desk.vault, &grant).await?)
}

/// Accounts were linked to the login `to`; `from` is the one that held them, as it was called before.
pub(super) async fn linked(
    desk: &Desk<'_>,
    tx: &Tx,
    (to, from): (&Person, Option<&Person>),
    linked: &[Linked],
) -> Result<(), LetterError> {
    let Some(deed) = linked.first().map(|linked| linked.deed) else { return Ok(()) };
    let numbers = linked.iter().map(|linked| linked.number.as_str()).collect::<Vec<_>>().join(", ");
    let mut facts = vec![("letter-links-accounts", numbers.clone())];
    facts.extend(to.typed("letter-username", &to.login.username));
    let letter = Writing::new(desk, to, "account-linked").text("letter-account-linked-text").facts(facts);
    letter.link("letter-account-linked-manage", "/profile/linked-accounts").doubt().send(tx).await?;
    let mut told = vec![to.login.email.to_lowercase()];
    if let Some(from) = from {
        let backup = identity::find_backup(tx, desk.vault, from.login.id).await?;
        let backup = backup.filter(|backup| backup.is_confirmed).map(|backup| backup.email);
        for address in std::iter::once(from.login.email.clone()).chain(backup) {
            // Also where both logins have one address: this letter has the way back.
            let secret = accounts::make_link_undo(desk.db, tx, deed).await?;
            let mut facts = vec![("letter-links-accounts", numbers.clone())];
            facts.extend(from.typed("letter-links-from", &from.login.username));
            facts.extend(from.typed("letter-links-to", kernel::unlinked(&to.login.username)));
            let letter = Writing::new(desk, from, "account-moved").to(&address).text("letter-account-moved-text");
            let letter = letter.facts(facts).text("letter-account-moved-not-you");
            letter.button("letter-not-me-button", &format!("/links/undo/{secret}")).doubt().send(tx).await?;
            told.push(address.to_lowercase());
        }
    }
    for one in linked {
        let Some(view) = view_of(desk, tx, one.account).await? else { continue };
        let Some(on_file) = view.email.as_deref().filter(|email| !told.contains(&email.to_lowercase())) else {
            continue;
        };
        let secret = accounts::make_link_undo(desk.db, tx, deed).await?;
        let facts = vec![("bill-account", view.number.clone()), ("bill-identifier", view.identifier.clone())];
        let draft = Draft::new(desk, view.language, "account-linked-file").facts(facts).text("not-you");
        let draft = draft.button("letter-not-me-button", &format!("/links/undo/{secret}")).doubt();
        // Whoever has the login chose the name: it greets nobody at an address that is not the login's.
        desk.send(tx, &[draft.email(on_file, None)]).await?;
    }
    Ok(())
}

/// A link was undone: to the login that held the account until now, to the one that holds it again or the e-mail on file of an
/// account that is free, and to the users and contacts who have no rights there any more, or are none (USR-6, PRO-2).
pub(super) async fn undone(
    desk: &Desk<'_>,
    tx: &Tx,
    (link, by): (&AccountLink, UndoneBy),
    (person, undone): (Option<&Person>, &LinkUndone),
) -> Result<(), LetterError> {
    let facts = || vec![("bill-account", link.number.clone())];
    if let Some(person) = person {
        let letter = Writing::new(desk, person, "link-undone").text("letter-link-undone-text").facts(facts());
        letter.doubt().send(tx).await?;
    }
    if let Undone::Back(other) = undone.undone
        && let Some(other) = Person::find(desk, tx, other).await?
    {
        let letter = Writing::new(desk, &other, "link-returned").text("letter-link-returned-text").facts(facts());
        let letter = if by == UndoneBy::Letter { letter.text("letter-link-returned-since") } else { letter };
        letter.doubt().send(tx).await?;
    }
    if undone.undone == Undone::Free
        && let Some(view) = view_of(desk, tx, link.account).await?
        && let Some(on_file) = view.email.as_deref()
    {
        let facts = vec![("bill-account", view.number.clone()), ("bill-identifier", view.identifier.clone())];
        let draft = Draft::new(desk, view.language, "link-free").facts(facts);
        let draft = draft.button("letter-link-free-button", "/activate").doubt();
        // As above: the name may be of whoever held it.
        desk.send(tx, &[draft.email(on_file, None)]).await?;
    }
    for (users, kind) in [(&undone.suspended, "link-user"), (&undone.removed, "link-user-ended")] {
        for user in users {
            if let Some(user) = Person::find(desk, tx, *user).await? {
                let letter = Writing::new(desk, &user, kind).text(&format!("letter-{kind}-text")).facts(facts());
                letter.doubt().send(tx).await?;
            }
        }
    }
    let grant = Grant::of_the_provider(link.account, &link.number, Right::ChangeContactData);
    crate::contacts::gone(desk, tx, (&grant, &undone.gone)).await
}
