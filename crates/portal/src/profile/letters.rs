//! What is written about Your account, each letter in its reader's language (PRO-1, SEC-7, SEC-8).

use accounts::{AccountView, Profile, Section};
use db::Tx;
use kernel::Language;
use messages::{Block, Email};

use crate::emails::is_same_mailbox;
use crate::letters::{Desk, LetterError};
use crate::signed::Signed;

/// Says that a section was changed, to the login's contact e-mail and, where it is another, to the e-mail on file: whoever
/// changed it may not be who should have. What it is now is not in the letter, for an e-mail is a postcard.
pub(super) async fn changed(
    desk: &Desk<'_>,
    tx: &Tx,
    (signed, profile): (&Signed, &Profile),
    (section, fields): (Section, &[&'static str]),
) -> Result<(), LetterError> {
    let language = profile.view.language;
    let own = if section == Section::Preferences { language } else { signed.login.language };
    let name = profile.view.name.clone().filter(|_| signed.login.email_confirmed);
    let to_login = AccountView { name, ..profile.view.clone() };
    let mut emails = vec![change(desk, &to_login, (&signed.login.email, own), (section, fields))];
    let on_file = profile.view.email.as_ref().filter(|on_file| !is_same_mailbox(&signed.login.email, on_file));
    // Whoever has the login chose the name: it greets nobody at an address that is not the login's.
    let to_file = AccountView { name: None, ..profile.view.clone() };
    emails.extend(on_file.map(|on_file| change(desk, &to_file, (on_file, language), (section, fields))));
    desk.send(tx, &emails).await
}

fn change(
    desk: &Desk<'_>,
    view: &AccountView,
    (to, language): (&str, Language),
    (section, fields): (Section, &[&'static str]),
) -> Email {
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let what = say(&format!("letter-profile-{}", section.id()), &[]);
    let labels = fields.iter().map(|field| say(&format!("profile-field-{}", field.replace('_', "-")), &[]));
    let values = [("what", what.as_str()), ("provider", desk.provider)];
    let page = if section == Section::Preferences { "preferences" } else { "details" };
    let href = format!("{}/profile/{page}?account={}", desk.public_url, view.number);
    let blocks = vec![
        Block::Text(say("letter-profile-text", &values)),
        Block::Facts(vec![
            (say("letter-profile-fields", &[]), labels.collect::<Vec<_>>().join(", ")),
            (say("bill-account", &[]), view.number.clone()),
            (say("bill-identifier", &[]), view.identifier.clone()),
        ]),
        Block::Button { label: say("letter-profile-button", &[]), href },
        Block::Text(not_you(desk, language)),
    ];
    let letter = desk.letter(language, view.name.as_deref(), blocks);
    desk.email(to, ("profile-changed", say("letter-profile-subject", &values)), &letter, view)
}

/// What to do when it was somebody else.
fn not_you(desk: &Desk<'_>, language: Language) -> String {
    match desk.telephone {
        Some(telephone) => desk.texts.say_with(language, "letter-not-you-call", &[("telephone", telephone)]),
        None => desk.texts.say(language, "letter-not-you-write"),
    }
}

/// Says that the login itself was changed: `password` or `deleted`. To its contact e-mail, with the identifier of the account
/// it reached first, if any.
pub(super) async fn login_changed(
    desk: &Desk<'_>,
    tx: &Tx,
    (signed, about): (&Signed, Option<&AccountView>),
    what: &str,
) -> Result<(), LetterError> {
    let language = signed.login.language;
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let mut facts = vec![(say("letter-login-at", &[]), desk.moment(language, desk.db.world().now()))];
    facts.extend(about.map(|view| (say("bill-identifier", &[]), view.identifier.clone())));
    let blocks = vec![
        Block::Text(say(&format!("letter-login-{what}-text"), &[])),
        Block::Facts(facts),
        Block::Text(not_you(desk, language)),
        Block::Text(say("letter-never-ask", &[])),
    ];
    let name = about.and_then(|view| view.name.as_deref()).filter(|_| signed.login.email_confirmed);
    let letter = desk.letter(language, name, blocks);
    let email = Email {
        to: signed.login.email.clone(),
        subject: say(&format!("letter-login-{what}-subject"), &[("provider", desk.provider)]),
        text: letter.to_text(),
        html: letter.to_html(),
        language,
        kind: if what == "deleted" { "login-deleted" } else { "password-changed" },
        account: about.map(|view| view.id),
    };
    desk.send(tx, &[email]).await
}
