//! What is written about contacts (PRO-2), each letter in its reader's language and in the transaction that it is about. Until
//! somebody accepted to be a contact they may be a stranger: they learn what is asked, no number, and nothing that anybody typed.

use accounts::{
    AccountContact, ContactChange, ContactDone, ContactOutcome, ContactPerson, ContactPlace, ContactSide, ContactsGone,
    EndedContactChange, Grant, Proposal, Proposed, Right, make_contact_link,
};
use db::{DbErr, Tx};
use kernel::{Language, LoginId};
use sea_orm::ConnectionTrait;
use web::Texts;

use super::{about_key, named_words};
use crate::door_letters::{Person, Writing};
use crate::letters::{Desk, Draft, LetterError};

/// The account, or what the service is.
pub(super) async fn place_words(
    db: &db::Db,
    texts: &Texts,
    language: Language,
    change: &ContactChange,
) -> Result<String, DbErr> {
    let grant = Grant::of_the_provider(change.account, &change.number, Right::ChangeContactData);
    place_of(db.reader(), (texts, language), &grant, change.place).await
}

async fn place_of(
    on: &impl ConnectionTrait,
    (texts, language): (&Texts, Language),
    grant: &Grant,
    place: ContactPlace,
) -> Result<String, DbErr> {
    let kind = match place.service {
        Some(service) => services::kind_of(on, grant, service).await?,
        None => None,
    };
    Ok(match kind {
        Some(kind) => texts.say(language, &format!("service-{}", kind.code())),
        None => texts.say(language, "contacts-account"),
    })
}

/// Which contact it is about, and where.
async fn what(
    desk: &Desk<'_>,
    tx: &Tx,
    language: Language,
    (grant, place): (&Grant, ContactPlace),
) -> Result<Vec<(&'static str, String)>, LetterError> {
    Ok(vec![
        ("contact-fact-what", desk.texts.say(language, &format!("contact-{}", place.kind.code()))),
        ("contact-fact-place", place_of(tx, (desk.texts, language), grant, place).await?),
    ])
}

fn grant_of(change: &ContactChange) -> Grant {
    Grant::of_the_provider(change.account, &change.number, Right::ChangeContactData)
}

/// To a contact, or who is to be one. Customers are greeted by the name on their file; of others somebody else typed it.
async fn to_person(desk: &Desk<'_>, tx: &Tx, draft: Draft<'_>, proposal: &Proposal) -> Result<(), LetterError> {
    let Some(person) = &proposal.person else { return Ok(()) };
    let name = matches!(proposal.named, Proposed::Customer(_)).then_some(person.name.as_str());
    desk.send(tx, &[draft.doubt().email(&person.email, name)]).await
}

/// A request was made, or is sent again: to each side that has not accepted yet, with a link of its own.
pub(super) async fn asked(desk: &Desk<'_>, tx: &Tx, change: &ContactChange) -> Result<(), LetterError> {
    let Some(proposal) = accounts::proposal_of(tx, desk.vault, change).await? else { return Ok(()) };
    if change.holder_accepted_at.is_none() {
        asked_holder(desk, tx, change, &proposal).await?;
    }
    if change.person_accepted_at.is_none() {
        asked_person(desk, tx, change, &proposal).await?;
    }
    Ok(())
}

async fn asked_holder(
    desk: &Desk<'_>,
    tx: &Tx,
    change: &ContactChange,
    proposal: &Proposal,
) -> Result<(), LetterError> {
    let Some(holder) = Person::find(desk, tx, change.asked_by).await? else { return Ok(()) };
    let language = holder.login.language;
    let secret = make_contact_link(desk.db, tx, change.id, ContactSide::Holder).await?;
    let mut facts: Vec<(&str, String)> = Vec::new();
    facts.extend(holder.typed("contact-fact-who", named_words(desk.texts, language, proposal)));
    facts.extend(what(desk, tx, language, (&grant_of(change), change.place)).await?);
    facts.push(("contact-fact-until", desk.moment(language, change.expires_at)));
    facts.push(("documents-reference", change.reference.clone()));
    facts.push(("bill-account", change.number.clone()));
    let letter = Writing::new(desk, &holder, "contact-asked").text("letter-contact-asked-text").facts(facts);
    let letter = letter.text("letter-contact-asked-next");
    letter.button("letter-contact-button", &format!("/contact-change/{secret}")).doubt().send(tx).await
}

async fn asked_person(
    desk: &Desk<'_>,
    tx: &Tx,
    change: &ContactChange,
    proposal: &Proposal,
) -> Result<(), LetterError> {
    let Some(person) = &proposal.person else { return Ok(()) };
    let (language, grant) = (person.language, grant_of(change));
    let secret = make_contact_link(desk.db, tx, change.id, ContactSide::Person).await?;
    // Who asks stands on the page: they may have chosen how they are called, and the reader may be a stranger.
    let mut facts: Vec<(&str, String)> = what(desk, tx, language, (&grant, change.place)).await?;
    facts.push(("contact-fact-until", desk.moment(language, change.expires_at)));
    facts.push(("documents-reference", change.reference.clone()));
    let about = desk.texts.say(language, &about_key(change.place));
    let draft = Draft::new(desk, language, "contact-proposed").facts(facts).written(&about).text("next");
    let draft = draft.button("letter-contact-button", &format!("/contact-change/{secret}")).text("keep");
    to_person(desk, tx, draft, proposal).await
}

/// A request is over without effect: to both sides.
pub(super) async fn ended(desk: &Desk<'_>, tx: &Tx, ended: &EndedContactChange) -> Result<(), LetterError> {
    let EndedContactChange { change, outcome, proposal } = ended;
    let (to_holder, to_them) = match outcome {
        ContactOutcome::Done => return Ok(()),
        ContactOutcome::Refused => ("contact-refused", "contact-refused-person"),
        ContactOutcome::Withdrawn => ("contact-withdrawn", "contact-withdrawn-person"),
        ContactOutcome::Expired => ("contact-expired", "contact-expired-person"),
        ContactOutcome::Ended => ("contact-ended", "contact-withdrawn-person"),
    };
    let holds = accounts::holder_of(tx, &change.number).await? == Some(change.asked_by);
    if let Some(holder) = Person::find(desk, tx, change.asked_by).await?.filter(|_| holds) {
        let language = holder.login.language;
        let mut facts: Vec<(&str, String)> = Vec::new();
        let who = proposal.as_ref().map(|one| named_words(desk.texts, language, one));
        facts.extend(who.and_then(|who| holder.typed("contact-fact-who", who)));
        facts.extend(what(desk, tx, language, (&grant_of(change), change.place)).await?);
        facts.push(("documents-reference", change.reference.clone()));
        facts.push(("bill-account", change.number.clone()));
        let letter = Writing::new(desk, &holder, to_holder).text(&format!("letter-{to_holder}-text")).facts(facts);
        letter.text("letter-contact-stays").doubt().send(tx).await?;
    }
    let Some(proposal) = proposal else { return Ok(()) };
    let Some(person) = &proposal.person else { return Ok(()) };
    let mut facts = what(desk, tx, person.language, (&grant_of(change), change.place)).await?;
    facts.push(("documents-reference", change.reference.clone()));
    to_person(desk, tx, Draft::new(desk, person.language, to_them).facts(facts), proposal).await
}

/// The contact changed: to the holder, to the new contact, and to who was it before.
pub(super) async fn done(desk: &Desk<'_>, tx: &Tx, done: &ContactDone) -> Result<(), LetterError> {
    let ContactDone { change, proposal, previous } = done;
    let grant = grant_of(change);
    if let Some(holder) = Person::find(desk, tx, change.asked_by).await? {
        let language = holder.login.language;
        let mut facts: Vec<(&str, String)> = Vec::new();
        facts.extend(holder.typed("contact-fact-who", named_words(desk.texts, language, proposal)));
        facts.extend(what(desk, tx, language, (&grant, change.place)).await?);
        facts.push(("bill-account", change.number.clone()));
        let letter = Writing::new(desk, &holder, "contact-done").text("letter-contact-done-text").facts(facts);
        let path = format!("/accounts/{}/contacts", change.number);
        letter.button("letter-contact-see", &path).doubt().send(tx).await?;
    }
    let Some(person) = &proposal.person else { return Ok(()) };
    let language = person.language;
    let mut facts = what(desk, tx, language, (&grant, change.place)).await?;
    facts.push(("bill-account", change.number.clone()));
    let about = desk.texts.say(language, &about_key(change.place));
    let draft = Draft::new(desk, language, "contact-begun").facts(facts).written(&about).text("next");
    to_person(desk, tx, draft, proposal).await?;
    match previous {
        Some(contact) => former(desk, tx, (&grant, contact, change.place), Some(person)).await,
        None => Ok(()),
    }
}

/// To who was a contact and is no more; not where the same mailbox is the new one's.
async fn former(
    desk: &Desk<'_>,
    tx: &Tx,
    (grant, contact, place): (&Grant, &AccountContact, ContactPlace),
    new: Option<&ContactPerson>,
) -> Result<(), LetterError> {
    let Some(person) = &contact.person else { return Ok(()) };
    if new.is_some_and(|new| kernel::mailbox(&new.email) == kernel::mailbox(&person.email)) {
        return Ok(());
    }
    let mut facts = what(desk, tx, person.language, (grant, place)).await?;
    facts.push(("bill-account", grant.number().to_owned()));
    let draft = Draft::new(desk, person.language, "contact-former").facts(facts).text("next").doubt();
    desk.send(tx, &[draft.email(&person.email, Some(&person.name))]).await
}

/// A place has the account's contact again, or the holder: to the holder, and to who was it.
pub(super) async fn defaulted(
    desk: &Desk<'_>,
    tx: &Tx,
    (grant, login): (&Grant, LoginId),
    contact: &AccountContact,
) -> Result<(), LetterError> {
    if let Some(holder) = Person::find(desk, tx, login).await? {
        let language = holder.login.language;
        let former = Proposal { named: contact.named.clone(), person: None };
        let mut facts: Vec<(&str, String)> = Vec::new();
        facts.extend(holder.typed("contact-fact-former", named_words(desk.texts, language, &former)));
        facts.extend(what(desk, tx, language, (grant, contact.place)).await?);
        facts.push(("bill-account", grant.number().to_owned()));
        let key = if contact.place.service.is_some() { "service" } else { "account" };
        let letter = Writing::new(desk, &holder, "contact-default");
        let letter = letter.text(&format!("letter-contact-default-{key}-text")).facts(facts);
        let path = format!("/accounts/{}/contacts", grant.number());
        letter.button("letter-contact-see", &path).doubt().send(tx).await?;
    }
    former(desk, tx, (grant, contact, contact.place), None).await
}

/// The account passed to another holder (PRO-1): contacts and requests ended with the former one.
pub(crate) async fn gone(desk: &Desk<'_>, tx: &Tx, (grant, gone): (&Grant, &ContactsGone)) -> Result<(), LetterError> {
    for contact in &gone.contacts {
        former(desk, tx, (grant, contact, contact.place), None).await?;
    }
    for change in &gone.changes {
        ended(desk, tx, change).await?;
    }
    Ok(())
}
