//! What is written about representatives (PRO-2), each in the transaction that it is about: to the holder at every address that
//! is on file, and to who represents.

use accounts::{Grant, Representative, RepresentativeFacts, Right};
use db::Tx;

use super::{kind_words, valid_words};
use crate::holders::Former;
use crate::letters::{Desk, Draft, LetterError};

/// The holder of the account when it was recorded.
async fn holder_of(desk: &Desk<'_>, tx: &Tx, one: &Representative) -> Result<Option<Former>, LetterError> {
    let grant = Grant::of_the_provider(one.account, &one.number, Right::SeeBills);
    Former::at(desk, tx, (&grant, one.asked_at)).await
}

/// What is said of them to the holder.
fn facts(
    desk: &Desk<'_>,
    (holder, address): (&Former, &str),
    (one, facts): (&Representative, Option<&RepresentativeFacts>),
) -> Vec<(&'static str, String)> {
    let language = holder.language;
    let mut said = Vec::new();
    let name = holder.typed(address, facts.map(|facts| facts.name.as_str()));
    said.extend(name.map(|name| ("representative-name", kernel::unlinked(name))));
    said.push(("representative-kind", kind_words(desk.texts, language, &one.kind)));
    said.push(("representative-valid", valid_words(desk.texts, language, one)));
    said.push(("documents-reference", one.reference.clone()));
    said.push(("bill-account", one.number.clone()));
    said.push(("bill-identifier", holder.identifier.clone()));
    said
}

/// To each address on file, with a link of its own to object: somebody is recorded.
pub(super) async fn recorded(
    desk: &Desk<'_>,
    tx: &Tx,
    (one, said): (&Representative, &RepresentativeFacts),
) -> Result<(), LetterError> {
    let Some(holder) = holder_of(desk, tx, one).await? else { return Ok(()) };
    for address in &holder.addresses {
        let secret = accounts::make_representative_link(desk.db, tx, one.id).await?;
        let mut facts = facts(desk, (&holder, address), (one, Some(said)));
        let until = ("documents-object-until", desk.moment(holder.language, one.object_until));
        facts.insert(facts.len() - 3, until);
        let draft = Draft::new(desk, holder.language, "representative-told").facts(facts).text("next");
        let draft = draft.button("letter-representative-button", &format!("/representative/{secret}")).doubt();
        desk.send(tx, &[draft.email(address, holder.name_for(address))]).await?;
    }
    Ok(())
}

/// To each address on file, what became of it: whoever reads one of them sees what another did.
pub(super) async fn told(
    desk: &Desk<'_>,
    tx: &Tx,
    about: (&Representative, Option<&RepresentativeFacts>),
    kind: &'static str,
) -> Result<(), LetterError> {
    let Some(holder) = holder_of(desk, tx, about.0).await? else { return Ok(()) };
    for address in &holder.addresses {
        let draft =
            Draft::new(desk, holder.language, kind).facts(facts(desk, (&holder, address), about)).text("next").doubt();
        desk.send(tx, &[draft.email(address, holder.name_for(address))]).await?;
    }
    Ok(())
}

/// To who represents, where there is an e-mail: confirmed (`representative-named`) or over (`representative-over`).
pub(super) async fn to_them(
    desk: &Desk<'_>,
    tx: &Tx,
    (one, said): (&Representative, Option<&RepresentativeFacts>),
    kind: &'static str,
) -> Result<(), LetterError> {
    let Some((said, email)) = said.and_then(|said| Some((said, said.email.as_ref()?))) else { return Ok(()) };
    let facts = vec![
        ("representative-kind", kind_words(desk.texts, said.language, &one.kind)),
        ("representative-valid", valid_words(desk.texts, said.language, one)),
        ("documents-reference", one.reference.clone()),
        ("bill-account", one.number.clone()),
    ];
    let draft = Draft::new(desk, said.language, kind).facts(facts).text("next").doubt();
    // Both were typed by somebody of the staff, and nobody has confirmed the address.
    desk.send(tx, &[draft.email(email, None)]).await
}

/// The account passed to another holder (PRO-1): nobody who represented the former one represents the next.
pub(crate) async fn gone(
    desk: &Desk<'_>,
    tx: &Tx,
    gone: &[(Representative, RepresentativeFacts)],
) -> Result<(), LetterError> {
    for (one, facts) in gone {
        to_them(desk, tx, (one, Some(facts)), "representative-over").await?;
    }
    Ok(())
}
