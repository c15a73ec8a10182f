//! What is written about second steps (SEC-3), each letter in the transaction that it is about.

use db::Tx;
use identity::StepOwner;
use kernel::LoginId;

use crate::door_letters::{Person, Writing};
use crate::letters::{Desk, LetterError};

fn when(desk: &Desk<'_>, person: &Person) -> (&'static str, String) {
    ("letter-new-sign-in-when", desk.moment(person.login.language, desk.db.world().now()))
}

/// A step was turned on (`step-on`) or off (`step-off`), or new recovery codes were made (`step-codes`).
pub(crate) async fn told_changed(
    desk: &Desk<'_>,
    tx: &Tx,
    login: LoginId,
    kind: &'static str,
) -> Result<(), LetterError> {
    let Some(person) = Person::find(desk, tx, login).await? else { return Ok(()) };
    let letter = Writing::new(desk, &person, kind).text(&format!("letter-{kind}-text"));
    let letter = letter.facts(vec![when(desk, &person)]).text("letter-step-not-you");
    letter.link("letter-recover-link", "/recover").doubt().send(tx).await
}

/// A recovery code was used: how many are left.
pub(crate) async fn told_used(desk: &Desk<'_>, tx: &Tx, person: &Person) -> Result<(), LetterError> {
    let steps = identity::steps_of(tx, StepOwner::Login(person.login.id)).await?;
    let facts = vec![when(desk, person), ("letter-step-code-left", steps.recovery_left.to_string())];
    let letter = Writing::new(desk, person, "step-code-used").text("letter-step-code-used-text").facts(facts);
    let letter = letter.text("letter-step-code-used-next").button("letter-step-button", "/profile/steps");
    letter.text("letter-step-not-you").link("letter-recover-link", "/recover").doubt().send(tx).await
}

/// Somebody who knows the password typed wrong codes until none more was taken.
pub(crate) async fn told_guessed(desk: &Desk<'_>, tx: &Tx, person: &Person) -> Result<(), LetterError> {
    let letter = Writing::new(desk, person, "step-guessed").text("letter-step-guessed-text");
    let letter = letter.facts(vec![when(desk, person)]).text("letter-step-guessed-you").text("letter-step-not-you");
    letter.link("letter-recover-link", "/recover").doubt().send(tx).await
}

/// All steps were taken off by the procedure with documents. To the contact e-mail, and to the backup e-mail that is confirmed.
pub(crate) async fn told_lost(desk: &Desk<'_>, tx: &Tx, person: &Person) -> Result<(), LetterError> {
    let backup = identity::find_backup(tx, desk.vault, person.login.id).await?;
    let backup = backup.filter(|backup| backup.is_confirmed && backup.email != person.login.email);
    for to in [Some(person.login.email.as_str()), backup.as_ref().map(|backup| backup.email.as_str())] {
        let Some(to) = to else { continue };
        let letter = Writing::new(desk, person, "step-lost").to(to).text("letter-step-lost-text");
        let letter = letter.facts(vec![when(desk, person)]).text("letter-step-lost-next");
        letter.button("letter-welcome-button", "/sign-in").text("letter-step-not-you").doubt().send(tx).await?;
    }
    Ok(())
}
