//! What is written about a login's addresses: changes of the contact e-mail (SEC-6), the backup e-mail, and recovery through it
//! (SEC-5). Each in the login's language and in the transaction that it is about.

use db::Tx;
use identity::{Backup, ChangeLink, ChangeSecrets, EmailChange, LinkPurpose, change_secret};
use jiff::SignedDuration;
use kernel::{ChangeId, Moment};

use crate::claim_letters::spaced;
use crate::claims::hidden;
use crate::door_letters::{Person, Writing, password_link};
use crate::emails::is_same_mailbox;
use crate::letters::{Desk, LetterError};
use crate::profile::acts::Need;

/// A change while it is written about.
pub(crate) struct Change<'a> {
    pub(crate) id: ChangeId,
    pub(crate) new_email: &'a str,
    /// After so long silence accepts it.
    pub(crate) after: Option<SignedDuration>,
}

/// The code of a fresh proof, to the backup e-mail.
pub(crate) async fn proof_code(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    (code, to): (&str, &str),
) -> Result<(), LetterError> {
    let until = desk.db.world().now().plus(identity::PROOF_LASTS);
    let facts = vec![
        ("letter-claimed-code", spaced(code)),
        ("letter-claimed-until", desk.moment(person.login.language, until)),
    ];
    let letter = Writing::new(desk, person, "proof-code").to(to).text("letter-proof-code-text").facts(facts);
    letter.text("letter-claimed-secret").text("letter-proof-code-doubt").doubt().send(tx).await
}

/// A proof that only the contact e-mail vouches for waits: from when on it is good, how it goes on, and the way to stop it.
pub(crate) async fn proof_waits(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    (until, secret, need): (Moment, &str, Need),
) -> Result<(), LetterError> {
    let facts = vec![("letter-proof-waits-from", desk.moment(person.login.language, until))];
    let letter = Writing::new(desk, person, "proof-waits").text("letter-proof-waits-text").facts(facts);
    let letter = letter.text("letter-proof-waits-then").link("letter-proof-waits-go-on", &need.prove_path(""));
    let letter = letter.text("letter-proof-waits-not-you");
    letter.button("letter-proof-waits-stop", &format!("/proof/stop/{secret}")).doubt().send(tx).await
}

/// An agent made sure who was calling, for what is to be changed: to the contact e-mail and the backup e-mail.
pub(crate) async fn caller_checked(desk: &Desk<'_>, tx: &Tx, person: &Person) -> Result<(), LetterError> {
    let backup = confirmed_backup(desk, tx, person).await?;
    for to in std::iter::once(person.login.email.clone()).chain(backup) {
        let secret = identity::make_link(desk.db, tx, person.login.id, LinkPurpose::NotMe).await?;
        let when = vec![("letter-new-sign-in-when", desk.moment(person.login.language, desk.db.world().now()))];
        let letter =
            Writing::new(desk, person, "caller-checked").to(&to).text("letter-caller-checked-text").facts(when);
        let letter = letter.text("letter-new-sign-in-not-you");
        letter.button("letter-not-me-button", &format!("/sign-in/not-me/{secret}")).doubt().send(tx).await?;
    }
    Ok(())
}

/// All that is written when a change is asked for: the code to the address on file, the link to the new one, and the backup
/// e-mail is told.
pub(crate) async fn change_asked(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    change: &Change<'_>,
    secrets: &ChangeSecrets,
) -> Result<(), LetterError> {
    change_code(desk, tx, person, change, &secrets.code).await?;
    change_confirm(desk, tx, person, change).await?;
    let backup = confirmed_backup(desk, tx, person).await?;
    let Some(backup) = backup.filter(|backup| !is_same_mailbox(backup, change.new_email)) else { return Ok(()) };
    let facts = vec![("letter-email-new", hidden(change.new_email))];
    let letter = Writing::new(desk, person, "email-change-told").to(&backup).text("letter-email-change-told-text");
    let letter = letter.facts(facts).text("letter-email-change-not-you");
    letter.button("letter-email-refuse-button", &format!("/email/refuse/{}", secrets.refuse)).doubt().send(tx).await
}

async fn confirmed_backup(desk: &Desk<'_>, tx: &Tx, person: &Person) -> Result<Option<String>, LetterError> {
    let backup = identity::find_backup(tx, desk.vault, person.login.id).await?;
    Ok(backup.filter(|backup| backup.is_confirmed).map(|backup| backup.email))
}

/// The code to the address on file, with what becomes of silence, and the way to refuse.
pub(crate) async fn change_code(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    change: &Change<'_>,
    code: &str,
) -> Result<(), LetterError> {
    let until = desk.db.world().now().plus(identity::CHANGE_CODE_LASTS);
    let facts = vec![
        ("letter-email-new", hidden(change.new_email)),
        ("letter-claimed-code", spaced(code)),
        ("letter-claimed-until", desk.moment(person.login.language, until)),
    ];
    let letter = Writing::new(desk, person, "email-change-code").text("letter-email-change-code-text").facts(facts);
    let letter = letter.link("letter-email-enter", "/profile/email?code=1").text("letter-claimed-secret");
    let letter = match change.after {
        Some(after) => {
            let hours = after.as_hours().to_string();
            letter.text_with("letter-email-change-silence", &[("hours", &hours)])
        }
        None => letter,
    };
    let secret = change_secret(desk.vault, change.id, ChangeLink::Refuse);
    let letter = letter.text("letter-email-change-not-you");
    let letter = letter.button("letter-email-refuse-button", &format!("/email/refuse/{secret}")).doubt();
    let sent = desk.post(tx, &[letter.email()]).await?;
    for message in sent {
        identity::note_code_letter(desk.db, tx, change.id, message).await?;
    }
    Ok(())
}

/// The link to the new address. It may be a stranger's: it learns no name and no identifier.
pub(crate) async fn change_confirm(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    change: &Change<'_>,
) -> Result<(), LetterError> {
    let secret = change_secret(desk.vault, change.id, ChangeLink::Confirm);
    let letter = Writing::new(desk, person, "email-change-confirm").addressed_to_stranger(change.new_email);
    let letter = letter.text("letter-email-change-confirm-text");
    let letter = letter.button("letter-email-confirm-button", &format!("/email/confirm/{secret}"));
    letter.text("letter-email-confirm-doubt").send(tx).await
}

/// The contact e-mail was changed: to the new address, to the old one with the way back, and to the backup e-mail.
pub(crate) async fn changed(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    change: &EmailChange,
) -> Result<(), LetterError> {
    let language = person.login.language;
    let when = |at| vec![("letter-new-sign-in-when", desk.moment(language, at))];
    let now = desk.db.world().now();
    let letter = Writing::new(desk, person, "email-changed").text("letter-email-changed-text").facts(when(now));
    letter.button("letter-welcome-button", "/sign-in").doubt().send(tx).await?;
    let secret = change_secret(desk.vault, change.id, ChangeLink::Revert);
    let mut facts = when(now);
    facts.push(("letter-email-new", hidden(&change.new_email)));
    facts.push(("letter-email-revert-until", desk.moment(language, now.plus(identity::REVERT_LASTS))));
    let letter = Writing::new(desk, person, "email-changed-old").to(&change.old_email);
    let letter = letter.text("letter-email-changed-old-text").facts(facts).text("letter-email-changed-old-not-you");
    letter.button("letter-email-revert-button", &format!("/email/revert/{secret}")).doubt().send(tx).await?;
    let Some(backup) = confirmed_backup(desk, tx, person).await? else { return Ok(()) };
    let mut facts = when(now);
    facts.push(("letter-email-new", hidden(&change.new_email)));
    let letter = Writing::new(desk, person, "email-changed-told").to(&backup);
    letter.text("letter-email-changed-told-text").facts(facts).doubt().send(tx).await
}

/// A change was refused: to the address on file, with “this was not me”, and to the new address.
pub(crate) async fn refused(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    change: &EmailChange,
) -> Result<(), LetterError> {
    let secret = identity::make_link(desk.db, tx, person.login.id, LinkPurpose::NotMe).await?;
    let facts = vec![("letter-email-new", hidden(&change.new_email))];
    let letter = Writing::new(desk, person, "email-refused").text("letter-email-refused-text").facts(facts);
    let letter = letter.text("letter-email-refused-not-you");
    letter.button("letter-not-me-button", &format!("/sign-in/not-me/{secret}")).doubt().send(tx).await?;
    let letter = Writing::new(desk, person, "email-refused-new").addressed_to_stranger(&change.new_email);
    letter.text("letter-email-refused-new-text").doubt().send(tx).await
}

/// The old address was put back: the way to a new password goes there, and the other one is told.
pub(crate) async fn reverted(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    change: &EmailChange,
) -> Result<(), LetterError> {
    password_link(desk, tx, person, "login-closed").await?;
    let letter = Writing::new(desk, person, "email-reverted").addressed_to_stranger(&change.new_email);
    letter.text("letter-email-reverted-text").doubt().send(tx).await
}

/// The backup e-mail was set, changed or removed: to the contact e-mail, and to the one before where it was confirmed.
pub(crate) async fn backup_changed(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    (before, email): (Option<&Backup>, Option<&str>),
) -> Result<(), LetterError> {
    let when = || vec![("letter-new-sign-in-when", desk.moment(person.login.language, desk.db.world().now()))];
    let kind = if email.is_some() { "backup-set" } else { "backup-removed" };
    let mut facts = when();
    facts.extend(email.map(|email| ("letter-backup-new", hidden(email))));
    let secret = identity::make_link(desk.db, tx, person.login.id, LinkPurpose::NotMe).await?;
    let letter = Writing::new(desk, person, kind).text(&format!("letter-{kind}-text")).facts(facts);
    let letter = letter.text("letter-new-sign-in-not-you");
    letter.button("letter-not-me-button", &format!("/sign-in/not-me/{secret}")).doubt().send(tx).await?;
    let Some(before) = before.filter(|before| before.is_confirmed) else { return Ok(()) };
    let letter = Writing::new(desk, person, "backup-was").to(&before.email).text("letter-backup-was-text");
    letter.facts(when()).doubt().send(tx).await
}

/// The link that confirms a backup e-mail. It may be a stranger's.
pub(crate) async fn backup_link(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    (email, secret): (&str, &str),
) -> Result<(), LetterError> {
    let until = desk.db.world().now().plus(identity::BACKUP_LINK_LASTS);
    let facts = vec![("letter-claimed-until", desk.moment(person.login.language, until))];
    let letter =
        Writing::new(desk, person, "backup-confirm").addressed_to_stranger(email).text("letter-backup-confirm-text");
    let letter = letter.facts(facts).button("letter-email-confirm-button", &format!("/backup/{secret}"));
    letter.text("letter-email-confirm-doubt").send(tx).await
}

/// A new password was asked for through the backup e-mail (SEC-5): the link goes there, and the contact e-mail is told at once.
pub(crate) async fn recovery(desk: &Desk<'_>, tx: &Tx, person: &Person, backup: &str) -> Result<(), LetterError> {
    let language = person.login.language;
    let secret = identity::make_backup_password_link(desk.db, tx, person.login.id).await?;
    let until = desk.db.world().now().plus(LinkPurpose::NewPassword.lasts());
    let facts = vec![
        ("letter-username", person.login.username.clone()),
        ("letter-claimed-until", desk.moment(language, until)),
    ];
    let letter = Writing::new(desk, person, "backup-password").to(backup).text("letter-backup-password-text");
    let letter = letter.facts(facts).button("letter-password-button", &format!("/recover/{secret}"));
    letter.text("letter-password-link-doubt").send(tx).await?;
    let secret = identity::make_link(desk.db, tx, person.login.id, LinkPurpose::NotMe).await?;
    let facts = vec![("letter-new-sign-in-when", desk.moment(language, desk.db.world().now()))];
    let letter = Writing::new(desk, person, "backup-recovery").text("letter-backup-recovery-text").facts(facts);
    let letter = letter.text("letter-new-sign-in-you").text("letter-new-sign-in-not-you");
    letter.button("letter-not-me-button", &format!("/sign-in/not-me/{secret}")).doubt().send(tx).await
}
