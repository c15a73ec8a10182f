//! What is written about a request by documents (SEC-5), each in the transaction that it is about. To the new address nothing
//! is said of what is on file, also not whether there is such a login: it may be a stranger's.

use accounts::{RENEWAL_LASTS, Recovery, RecoveryKind};
use db::Tx;
use kernel::{Language, LoginId};
use sea_orm::ConnectionTrait;

use crate::door_letters::Person;
use crate::emails::is_same_mailbox;
use crate::letters::{Desk, Draft, LetterError};

/// A login's people at the addresses that are on file: the contact e-mail, and the backup e-mail where it was confirmed.
pub(super) struct Known {
    pub(super) person: Person,
    addresses: Vec<String>,
}

impl Known {
    pub(super) async fn find(
        desk: &Desk<'_>,
        on: &impl ConnectionTrait,
        login: LoginId,
    ) -> Result<Option<Self>, LetterError> {
        let Some(person) = Person::find(desk, on, login).await? else { return Ok(None) };
        let backup = identity::find_backup(on, desk.vault, login).await?;
        let mut addresses = vec![person.login.email.clone()];
        let backup = backup.filter(|backup| backup.is_confirmed && backup.email != person.login.email);
        addresses.extend(backup.map(|backup| backup.email));
        Ok(Some(Self { person, addresses }))
    }
}

/// Texts that are other ones where the second step was lost, and no e-mail.
const OF_A_STEP: [(&str, &str); 5] = [
    ("recovery-asked", "text"),
    ("recovery-told", "subject"),
    ("recovery-told", "text"),
    ("recovery-going", "text"),
    ("recovery-waits", "next"),
];

/// A letter about what was lost.
fn about<'a>(desk: &'a Desk<'a>, (language, lost): (Language, RecoveryKind), kind: &'static str) -> Draft<'a> {
    match lost {
        RecoveryKind::Email => Draft::new(desk, language, kind),
        RecoveryKind::SecondStep => Draft::with_others(desk, language, kind, &OF_A_STEP),
    }
}

/// The new address, as it was typed; none once it was erased.
fn new_address(recovery: &Recovery) -> Option<&str> {
    recovery.facts.as_ref().map(|facts| facts.email.as_str())
}

fn reference(recovery: &Recovery) -> (&'static str, String) {
    ("documents-reference", recovery.reference.clone())
}

/// To the new address: the reference, and until when an answer comes. The same where there is no such login.
pub(super) async fn asked(desk: &Desk<'_>, tx: &Tx, recovery: &Recovery) -> Result<(), LetterError> {
    let Some(to) = new_address(recovery) else { return Ok(()) };
    let by = ("documents-answer-by", desk.moment(recovery.language, recovery.answer_by));
    let draft = about(desk, (recovery.language, recovery.kind), "recovery-asked").facts(vec![reference(recovery), by]);
    let draft = draft.text("next").text("not-you").doubt();
    desk.send(tx, &[draft.email(to, None)]).await
}

/// To each address on file, with a link of its own to object: at once (`recovery-told`), and again when the way back in was
/// opened (`recovery-going`).
pub(super) async fn told(
    desk: &Desk<'_>,
    tx: &Tx,
    (known, kind): (&Known, &'static str),
    recovery: &Recovery,
) -> Result<(), LetterError> {
    let language = known.person.login.language;
    for address in &known.addresses {
        let secret = accounts::make_object_link(desk.db, tx, recovery.id).await?;
        let mut facts = vec![reference(recovery), ("documents-asked-at", desk.moment(language, recovery.asked_at))];
        if kind == "recovery-told" {
            facts.push(("documents-object-until", desk.moment(language, recovery.object_until)));
        }
        facts.extend(known.person.identifiers.iter().map(|one| ("bill-identifier", one.clone())));
        let draft = about(desk, (language, recovery.kind), kind).facts(facts).text("not-you");
        let draft = draft.button("letter-recovery-object", &format!("/recover/documents/object/{secret}"));
        let draft = draft.text("you").doubt();
        desk.send(tx, &[draft.email(address, known.person.name.as_deref())]).await?;
    }
    Ok(())
}

/// To each address on file, what became of it: `recovery-ended`, `recovery-objection` or `recovery-moved`.
pub(super) async fn news(
    desk: &Desk<'_>,
    tx: &Tx,
    (known, kind): (&Known, &'static str),
    recovery: &Recovery,
) -> Result<(), LetterError> {
    let language = known.person.login.language;
    for address in &known.addresses {
        let mut facts = vec![reference(recovery)];
        facts.extend(known.person.identifiers.iter().map(|one| ("bill-identifier", one.clone())));
        let draft = about(desk, (language, recovery.kind), kind).facts(facts).text("next").doubt();
        desk.send(tx, &[draft.email(address, known.person.name.as_deref())]).await?;
    }
    Ok(())
}

/// To the new address, what became of it: `recovery-objected`, `recovery-expired` or `recovery-waits`.
pub(super) async fn answer(
    desk: &Desk<'_>,
    tx: &Tx,
    kind: &'static str,
    recovery: &Recovery,
) -> Result<(), LetterError> {
    let Some(to) = new_address(recovery) else { return Ok(()) };
    let mut facts = vec![reference(recovery)];
    if kind == "recovery-waits" {
        facts.push(("documents-link-at", desk.moment(recovery.language, recovery.object_until)));
    }
    let draft = about(desk, (recovery.language, recovery.kind), kind).facts(facts).text("next").doubt();
    desk.send(tx, &[draft.email(to, None)]).await
}

/// To the new address: the link to renew the login.
pub(super) async fn accepted(desk: &Desk<'_>, tx: &Tx, recovery: &Recovery, secret: &str) -> Result<(), LetterError> {
    let Some(to) = new_address(recovery) else { return Ok(()) };
    let until = desk.moment(recovery.language, desk.db.world().now().plus(RENEWAL_LASTS));
    let facts = vec![reference(recovery), ("letter-claimed-until", until)];
    let draft = about(desk, (recovery.language, recovery.kind), "recovery-accepted").facts(facts);
    let draft = draft.button("letter-password-button", &format!("/recover/documents/renew/{secret}"));
    desk.send(tx, &[draft.text("once").doubt().email(to, None)]).await
}

/// To the contact e-mail, and nowhere else: the link that takes the second step off. Whoever asked with another address is told
/// where it went, without being told the address.
pub(super) async fn step_accepted(
    desk: &Desk<'_>,
    tx: &Tx,
    (known, recovery): (&Known, &Recovery),
    secret: &str,
) -> Result<(), LetterError> {
    let (login, name) = (&known.person.login, known.person.name.as_deref());
    let until = desk.moment(login.language, desk.db.world().now().plus(RENEWAL_LASTS));
    let mut facts = vec![reference(recovery), ("letter-claimed-until", until)];
    facts.extend(known.person.identifiers.iter().map(|one| ("bill-identifier", one.clone())));
    let draft = about(desk, (login.language, recovery.kind), "recovery-step-accepted").facts(facts);
    let draft = draft.button("letter-recovery-step-button", &format!("/recover/documents/renew/{secret}"));
    desk.send(tx, &[draft.text("once").doubt().email(&login.email, name)]).await?;
    match new_address(recovery) {
        Some(other) if !is_same_mailbox(other, &login.email) => answer(desk, tx, "recovery-step-sent", recovery).await,
        _ => Ok(()),
    }
}

/// To the new address: why not, from the list. Nobody has confirmed it, so nobody's own words go there.
pub(super) async fn refused(desk: &Desk<'_>, tx: &Tx, recovery: &Recovery, reason: &str) -> Result<(), LetterError> {
    let Some(to) = new_address(recovery) else { return Ok(()) };
    let draft = about(desk, (recovery.language, recovery.kind), "recovery-refused").facts(vec![reference(recovery)]);
    let draft = draft.written(&desk.texts.say(recovery.language, &format!("recovery-reason-{reason}")));
    desk.send(tx, &[draft.text("next").doubt().email(to, None)]).await
}

/// To the new address, which is the login's contact e-mail now.
pub(super) async fn done(desk: &Desk<'_>, tx: &Tx, person: &Person, to: &str) -> Result<(), LetterError> {
    let mut facts = vec![("letter-username", person.login.username.clone())];
    facts.extend(person.identifiers.iter().map(|one| ("bill-identifier", one.clone())));
    let draft = about(desk, (person.login.language, RecoveryKind::Email), "recovery-done").facts(facts).text("next");
    let draft = draft.button("letter-welcome-button", "/sign-in").doubt();
    desk.send(tx, &[draft.email(to, person.name.as_deref())]).await
}
