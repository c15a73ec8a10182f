//! What is written about activation e-mails (SGN-1), in the account's language.

use accounts::{AccountView, DrawnActivation};
use db::Tx;
use messages::{Block, Email};

use crate::letters::{Desk, LetterError};

/// The link with which the holder signs up, to the address on file.
pub(crate) async fn link(
    desk: &Desk<'_>,
    tx: &Tx,
    view: &AccountView,
    on_file: &str,
    drawn: &DrawnActivation,
) -> Result<(), LetterError> {
    let language = view.language;
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let blocks = vec![
        Block::Text(say("letter-activation-text", &[("provider", desk.provider), ("account", &view.number)])),
        Block::Facts(vec![
            (say("bill-identifier", &[]), view.identifier.clone()),
            (say("bill-account", &[]), view.number.clone()),
            (say("letter-activation-until", &[]), desk.moment(language, drawn.until)),
        ]),
        Block::Button {
            label: say("letter-activation-button", &[]),
            href: format!("{}/activate/{}", desk.public_url, drawn.secret),
        },
        Block::Text(say("letter-activation-once", &[])),
        Block::Text(say("letter-activation-not-you", &[])),
        doubt(desk, view),
    ];
    let subject = say("letter-activation-subject", &[("provider", desk.provider)]);
    // Without the name: of a new holder somebody of the staff typed both it and the address.
    let letter = desk.letter(language, None, blocks);
    desk.send(tx, &[desk.email(on_file, ("activation", subject), &letter, view)]).await
}

/// That a login was made with the link, to the address on file where the login has another.
pub(crate) fn used(desk: &Desk<'_>, view: &AccountView, on_file: &str) -> Email {
    let language = view.language;
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let values = [("account", view.number.as_str()), ("provider", desk.provider)];
    let blocks = vec![
        Block::Text(say("letter-activated-text", &values)),
        Block::Facts(vec![(say("bill-identifier", &[]), view.identifier.clone())]),
        doubt(desk, view),
    ];
    let letter = desk.letter(language, view.name.as_deref(), blocks);
    desk.email(on_file, ("activated", say("letter-activated-subject", &values)), &letter, view)
}

fn doubt(desk: &Desk<'_>, view: &AccountView) -> Block {
    Block::Text(match desk.telephone {
        Some(telephone) => desk.texts.say_with(view.language, "letter-claim-doubt-call", &[("telephone", telephone)]),
        None => desk.texts.say(view.language, "letter-claim-doubt-write"),
    })
}
