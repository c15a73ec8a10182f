//! What is written to who wants to be a customer (ACC-4). Anybody may have typed the e-mail, so nothing else that was typed stands in
//! a letter: nobody's words are carried to strangers under our name.

use accounts::{AccountView, DraftContent, DrawnDraft, Grant, Right};
use db::Tx;
use identity::Login;
use kernel::{AccountId, Language};
use messages::{Block, Email};

use crate::letters::{Desk, LetterError};

struct Letter<'a> {
    to: &'a str,
    language: Language,
    kind: &'static str,
    account: Option<AccountId>,
    blocks: Vec<Block>,
}

impl Letter<'_> {
    async fn send(self, desk: &Desk<'_>, tx: &Tx) -> Result<(), LetterError> {
        let values = [("provider", desk.provider)];
        let letter = desk.letter(self.language, None, self.blocks);
        let email = Email {
            to: self.to.to_owned(),
            subject: desk.texts.say_with(self.language, &format!("letter-{}-subject", self.kind), &values),
            text: letter.to_text(),
            html: letter.to_html(),
            language: self.language,
            kind: self.kind,
            account: self.account,
        };
        desk.send(tx, &[email]).await
    }
}

fn button(desk: &Desk<'_>, language: Language, drawn: &DrawnDraft) -> Vec<Block> {
    let until = desk.moment(language, drawn.until);
    vec![
        Block::Facts(vec![(desk.texts.say(language, "letter-activation-until"), until)]),
        Block::Button {
            label: desk.texts.say(language, "letter-new-customer-button"),
            href: format!("{}/sign-up/new/{}", desk.public_url, drawn.secret),
        },
    ]
}

/// The link that confirms the e-mail.
pub(crate) async fn link(
    desk: &Desk<'_>,
    tx: &Tx,
    content: &DraftContent,
    drawn: &DrawnDraft,
) -> Result<(), LetterError> {
    let language = content.language;
    let say = |key: &str| desk.texts.say_with(language, key, &[("provider", desk.provider)]);
    let mut blocks = vec![Block::Text(say("letter-new-customer-text"))];
    blocks.extend(button(desk, language, drawn));
    blocks.push(Block::Text(say("letter-new-customer-look")));
    blocks.push(Block::Text(say("letter-new-customer-not-you")));
    let letter = Letter { to: &content.email, language, kind: "new-customer", account: None, blocks };
    letter.send(desk, tx).await
}

/// A new link to an account that is there and whose login is not, with the identifier (ACC-2).
pub(crate) async fn go_on(
    desk: &Desk<'_>,
    tx: &Tx,
    (content, account): (&DraftContent, AccountId),
    drawn: &DrawnDraft,
) -> Result<(), LetterError> {
    let grant = Grant::of_the_provider(account, "", Right::SeeBills);
    let view: Option<AccountView> = accounts::account_view(tx, desk.vault, &grant).await?;
    let Some(view) = view else { return Ok(()) };
    let language = view.language;
    let say = |key: &str| desk.texts.say_with(language, key, &[("provider", desk.provider)]);
    let mut blocks = vec![
        Block::Text(say("letter-new-customer-go-on-text")),
        Block::Facts(vec![
            (say("bill-identifier"), view.identifier.clone()),
            (say("bill-account"), view.number.clone()),
        ]),
    ];
    blocks.extend(button(desk, language, drawn));
    blocks.push(Block::Text(say("letter-new-customer-not-you")));
    let kind = "new-customer-go-on";
    Letter { to: &content.email, language, kind, account: Some(account), blocks }.send(desk, tx).await
}

/// To the e-mail of logins: there is nothing to create, and how to come in.
pub(crate) async fn known(desk: &Desk<'_>, tx: &Tx, logins: &[Login]) -> Result<(), LetterError> {
    let Some(first) = logins.first() else { return Ok(()) };
    let language = first.language;
    let say = |key: &str| desk.texts.say_with(language, key, &[("provider", desk.provider)]);
    let mut identifiers = Vec::new();
    for login in logins {
        identifiers.extend(accounts::identifiers_of(tx, login.id).await?);
    }
    identifiers.sort();
    identifiers.dedup();
    let mut blocks = vec![Block::Text(say("letter-new-customer-known-text"))];
    let facts: Vec<_> = identifiers.into_iter().map(|identifier| (say("bill-identifier"), identifier)).collect();
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    blocks.push(Block::Button { label: say("letter-welcome-button"), href: format!("{}/sign-in", desk.public_url) });
    blocks.push(Block::Link {
        label: say("letter-new-customer-known-names"),
        href: format!("{}/recover/names", desk.public_url),
    });
    blocks.push(Block::Text(say("letter-new-customer-known-not-you")));
    Letter { to: &first.email, language, kind: "new-customer-known", account: None, blocks }.send(desk, tx).await
}
