//! What is written about passkeys: added, removed, perhaps copied, doubted. Each in the transaction that it is about.

use db::Tx;
use identity::{LinkPurpose, StepOwner, UsedPasskey};
use kernel::Moment;

use crate::door_letters::{Person, Writing};
use crate::letters::{Desk, LetterError};

/// A passkey was added or removed: `kind` is `passkey-added` or `passkey-removed`.
pub(super) async fn changed(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    (kind, name): (&'static str, &str),
) -> Result<(), LetterError> {
    let secret = identity::make_link(desk.db, tx, person.login.id, LinkPurpose::NotMe).await?;
    let mut facts = vec![("letter-new-sign-in-when", desk.moment(person.login.language, desk.db.world().now()))];
    facts.extend(person.typed("letter-passkey-name", kernel::unlinked(name)));
    let letter = Writing::new(desk, person, kind).text(&format!("letter-{kind}-text")).facts(facts);
    let letter = letter.text("letter-new-sign-in-you").text("letter-passkey-not-you");
    letter.button("letter-not-me-button", &format!("/sign-in/not-me/{secret}")).doubt().send(tx).await
}

/// A passkey's counter went back, and it was refused: what may be the matter, and what to do.
pub(crate) async fn copied(desk: &Desk<'_>, tx: &Tx, used: &UsedPasskey) -> Result<(), LetterError> {
    let StepOwner::Login(login) = used.owner else { return Ok(()) };
    let Some(person) = Person::find(desk, tx, login).await? else { return Ok(()) };
    let secret = identity::make_link(desk.db, tx, login, LinkPurpose::NotMe).await?;
    let mut facts = vec![("letter-new-sign-in-when", desk.moment(person.login.language, desk.db.world().now()))];
    facts.extend(person.typed("letter-passkey-name", kernel::unlinked(&used.name)));
    let letter = Writing::new(desk, &person, "passkey-copied").text("letter-passkey-copied-text").facts(facts);
    let letter = letter.text("letter-passkey-copied-do").link("letter-passkey-page", "/profile/security/passkeys");
    let letter = letter.text("letter-passkey-copied-not-you");
    letter.button("letter-not-me-button", &format!("/sign-in/not-me/{secret}")).doubt().send(tx).await
}

/// After “this was not me”: those that were added lately are doubted since `since`. Nothing where there are none.
pub(crate) async fn doubted(desk: &Desk<'_>, tx: &Tx, person: &Person, since: Moment) -> Result<(), LetterError> {
    let owner = StepOwner::Login(person.login.id);
    let names = identity::passkeys_doubted_since(tx, desk.vault, owner, since).await?;
    if names.is_empty() {
        return Ok(());
    }
    let facts =
        names.into_iter().filter_map(|name| person.typed("letter-passkey-name", kernel::unlinked(&name))).collect();
    let letter = Writing::new(desk, person, "passkeys-doubted").text("letter-passkeys-doubted-text").facts(facts);
    let letter = letter.text("letter-passkeys-doubted-do");
    letter.link("letter-passkey-page", "/profile/security/passkeys").doubt().send(tx).await
}
