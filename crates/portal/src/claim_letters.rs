//! What is written about the claim of an account and its confirmation (SGN-2), each letter in its reader's language.

use accounts::{AccountView, Another, Claim, Drawn, Grant, Right};
use db::Tx;
use identity::{Login, NewLogin};
use kernel::{AccountId, Language, LoginId};
use messages::{Block, Email};

use crate::activation_letters;
use crate::emails::is_same_mailbox;
use crate::letters::{Desk, LetterError};

/// After sign-up: the confirmation, which carries the identifier (ACC-2); and, to the address on file, that somebody
/// claimed the account, with the code that confirms it and the way to stop it.
pub(crate) async fn signed_up(
    desk: &Desk<'_>,
    tx: &Tx,
    (login, claim): (LoginId, &Claim),
    new: &NewLogin,
) -> Result<(), LetterError> {
    let Some(view) = view_of(desk, tx, claim.account_id).await? else { return Ok(()) };
    let found = identity::find_login(tx, desk.vault, login).await?;
    let is_confirmed = found.is_some_and(|login| login.email_confirmed);
    let waits = desk.claims_wait && !claim.is_activated();
    let mut emails = vec![welcome(desk, &view, new, (waits, is_confirmed))];
    if let Some(on_file) = view.email.as_ref().filter(|_| claim.is_activated()) {
        if !is_same_mailbox(on_file, &new.email) {
            emails.push(activation_letters::used(desk, &view, on_file));
        }
    } else if let Some(on_file) = &view.email {
        let drawn = accounts::draw_code(desk.db, desk.vault, tx, (claim.account_id, login), on_file).await?;
        if let Another::Drawn(drawn) = drawn {
            emails.push(claimed(desk, &view, on_file, &drawn));
        }
    }
    desk.send(tx, &emails).await
}

/// What became of the wish for another code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeSent {
    Now,
    AMomentAgo,
    NotNeeded,
}

/// Sends another code to the address on file.
pub(crate) async fn another_code(
    desk: &Desk<'_>,
    tx: &Tx,
    (view, login): (&AccountView, LoginId),
    on_file: &str,
) -> Result<CodeSent, LetterError> {
    Ok(match accounts::draw_code(desk.db, desk.vault, tx, (view.id, login), on_file).await? {
        Another::JustSent => CodeSent::AMomentAgo,
        Another::NotNeeded => CodeSent::NotNeeded,
        Another::Drawn(drawn) => {
            desk.send(tx, &[claimed(desk, view, on_file, &drawn)]).await?;
            CodeSent::Now
        }
    })
}

/// Tells whoever claimed the account, and the address on file, that the claim is confirmed (`claim-confirmed`) or was
/// stopped (`claim-stopped`).
pub(crate) async fn tell_both(
    desk: &Desk<'_>,
    tx: &Tx,
    (account, login): (AccountId, LoginId),
    kind: &'static str,
) -> Result<(), LetterError> {
    let Some(view) = view_of(desk, tx, account).await? else { return Ok(()) };
    let login = identity::find_login(tx, desk.vault, login).await?;
    let mut emails = Vec::new();
    if let Some(Login { email, language, email_confirmed, .. }) = &login {
        let view = AccountView { name: view.name.clone().filter(|_| *email_confirmed), ..view.clone() };
        emails.push(told(desk, &view, (email, *language), (kind, "login")));
    }
    let same = |on_file: &&String| login.as_ref().is_some_and(|login| is_same_mailbox(&login.email, on_file));
    if let Some(on_file) = view.email.as_ref().filter(|on_file| !same(on_file)) {
        emails.push(told(desk, &view, (on_file, view.language), (kind, "file")));
    }
    desk.send(tx, &emails).await
}

async fn view_of(desk: &Desk<'_>, tx: &Tx, account: AccountId) -> Result<Option<AccountView>, LetterError> {
    let grant = Grant::of_the_provider(account, "", Right::SeeBills);
    accounts::account_view(tx, desk.vault, &grant).await.map_err(LetterError::Vault)
}

/// To the contact e-mail; before anybody has confirmed it, without a word that was typed.
fn welcome(desk: &Desk<'_>, view: &AccountView, new: &NewLogin, (waits, is_confirmed): (bool, bool)) -> Email {
    let language = new.language;
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let mut facts = vec![(say("bill-identifier", &[]), view.identifier.clone())];
    if is_confirmed {
        facts.push((say("sign-up-username", &[]), new.username.to_string()));
    }
    facts.push((say("bill-account", &[]), view.number.clone()));
    let mut blocks = vec![
        Block::Text(say("letter-welcome-text", &[("provider", desk.provider)])),
        Block::Facts(facts),
        Block::Text(say("letter-welcome-keep", &[])),
        Block::Button { label: say("letter-welcome-button", &[]), href: format!("{}/sign-in", desk.public_url) },
    ];
    if waits {
        let href = format!("{}/accounts/{}/confirm", desk.public_url, view.number);
        blocks.push(Block::Text(say("letter-welcome-confirm", &[])));
        blocks.push(Block::Link { label: say("letter-welcome-confirm-link", &[]), href });
    }
    blocks.push(Block::Text(say("letter-never-ask", &[])));
    let subject = say("letter-welcome-subject", &[("provider", desk.provider)]);
    let letter = desk.letter(language, view.name.as_deref().filter(|_| is_confirmed), blocks);
    desk.email(&new.email, ("signed-up", subject), &letter, view)
}

/// `1234 5678`: as it is read aloud and typed.
pub(crate) fn spaced(code: &str) -> String {
    let (first, second) = code.split_at(code.len() / 2);
    format!("{first} {second}")
}

fn claimed(desk: &Desk<'_>, view: &AccountView, to: &str, drawn: &Drawn) -> Email {
    let language = view.language;
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let stop = match desk.telephone {
        Some(telephone) => say("letter-claimed-call", &[("telephone", telephone)]),
        None => say("letter-claimed-write", &[]),
    };
    let mut blocks = vec![Block::Text(say("letter-claimed-text", &[("account", &view.number)]))];
    let mut facts = Vec::new();
    if desk.claims_wait {
        facts.push((say("letter-claimed-code", &[]), spaced(&drawn.code)));
        facts.push((say("letter-claimed-until", &[]), desk.moment(language, drawn.until)));
    }
    facts.push((say("bill-identifier", &[]), view.identifier.clone()));
    if desk.claims_wait {
        blocks.push(Block::Text(say("letter-claimed-you", &[])));
    }
    blocks.push(Block::Facts(facts));
    if desk.claims_wait {
        let href = format!("{}/accounts/{}/confirm", desk.public_url, view.number);
        blocks.push(Block::Button { label: say("letter-claimed-button", &[]), href });
        blocks.push(Block::Text(say("letter-claimed-secret", &[])));
    }
    blocks.push(Block::Text(say("letter-claimed-not-you", &[])));
    let href = format!("{}/sign-up/stop/{}", desk.public_url, drawn.stop_secret);
    blocks.push(Block::Link { label: say("letter-claimed-stop", &[]), href });
    blocks.push(Block::Text(stop));
    let subject = say("letter-claimed-subject", &[("provider", desk.provider)]);
    let letter = desk.letter(language, view.name.as_deref(), blocks);
    desk.email(to, ("account-claimed", subject), &letter, view)
}

fn told(
    desk: &Desk<'_>,
    view: &AccountView,
    (to, language): (&str, Language),
    (kind, reader): (&'static str, &str),
) -> Email {
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let values = [("account", view.number.as_str()), ("provider", desk.provider)];
    let mut blocks = vec![
        Block::Text(say(&format!("letter-{kind}-{reader}"), &values)),
        Block::Facts(vec![(say("bill-identifier", &[]), view.identifier.clone())]),
    ];
    blocks.push(Block::Text(match desk.telephone {
        Some(telephone) => say("letter-claim-doubt-call", &[("telephone", telephone)]),
        None => say("letter-claim-doubt-write", &[]),
    }));
    // Whoever has the login chose the name: it greets nobody at the address on file.
    let name = view.name.as_deref().filter(|_| reader != "file");
    let letter = desk.letter(language, name, blocks);
    desk.email(to, (kind, say(&format!("letter-{kind}-subject"), &values)), &letter, view)
}
