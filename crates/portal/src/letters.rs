//! What the customer centre writes to people, each letter in its reader's language (ACC-2, SGN-2, BIL-1).

use accounts::{AccountView, Claim, Grant, Right};
use billing::BillRow;
use db::{Db, DbErr, DbFault, Tx};
use identity::NewLogin;
use kernel::Language;
use messages::{Block, Email, Letter, MessageError, Sender};
use vault::{Vault, VaultError};
use web::Texts;

use crate::App;

#[derive(Debug)]
pub(crate) enum LetterError {
    Message(MessageError),
    Vault(VaultError),
}

impl std::fmt::Display for LetterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(error) => error.fmt(f),
            Self::Vault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LetterError {}

impl From<DbErr> for LetterError {
    fn from(error: DbErr) -> Self {
        Self::Message(error.into())
    }
}

impl DbFault for LetterError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Message(error) => error.db_err(),
            Self::Vault(error) => error.db_err(),
        }
    }
}

/// What letters are written with.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) db: &'a Db,
    pub(crate) vault: &'a Vault,
    pub(crate) texts: &'a Texts,
    pub(crate) sender: &'a Sender,
    pub(crate) provider: &'a str,
    pub(crate) telephone: Option<&'a str>,
    pub(crate) public_url: &'a str,
}

impl<'a> Desk<'a> {
    fn of(app: &'a App) -> Self {
        Self {
            db: &app.db,
            vault: &app.vault,
            texts: app.site.texts(),
            sender: &app.sender,
            provider: &app.provider.name,
            telephone: app.provider.telephone.as_deref(),
            public_url: &app.public_url,
        }
    }

    pub(crate) fn letter(&self, language: Language, name: Option<&str>, blocks: Vec<Block>) -> Letter {
        let greeting = match name {
            Some(name) => self.texts.say_with(language, "letter-greeting-name", &[("name", name)]),
            None => self.texts.say(language, "letter-greeting"),
        };
        let closing = self.texts.say(language, "letter-closing");
        Letter { language, provider: self.provider.to_owned(), greeting, blocks, closing }
    }

    pub(crate) fn email(
        &self,
        to: &str,
        (kind, subject): (&'static str, String),
        letter: &Letter,
        view: &AccountView,
    ) -> Email {
        Email {
            to: to.to_owned(),
            subject,
            text: letter.to_text(),
            html: letter.to_html(),
            language: letter.language,
            kind,
            account: Some(view.id),
        }
    }

    pub(crate) async fn send(&self, tx: &Tx, emails: &[Email]) -> Result<(), LetterError> {
        let sent = messages::enqueue(self.db, self.vault, tx, self.sender, emails).await;
        sent.map(|_| ()).map_err(LetterError::Message)
    }

    /// Says that bills are ready, in the caller's transaction.
    pub(crate) async fn bills_ready(&self, tx: &Tx, ready: &[&ReadyBill]) -> Result<(), LetterError> {
        let emails: Vec<Email> = ready.iter().map(|ready| self.bill_ready(ready)).collect();
        self.send(tx, &emails).await
    }

    fn bill_ready(&self, ready: &ReadyBill) -> Email {
        let (language, view, bill) = (ready.language, &ready.view, &ready.bill);
        let say = |key: &str, values: &[(&str, &str)]| self.texts.say_with(language, key, values);
        let amount = web::amount(language, bill.total_due, bill.currency);
        let day = web::day(self.texts, language, bill.due_on);
        let owed = !bill.total_due.is_negative() && !bill.total_due.is_zero();
        let key = if owed { "letter-bill-text" } else { "letter-bill-credit" };
        let mut facts = vec![(say("bill-total-due", &[]), amount.clone())];
        if owed {
            facts.push((say("bill-due", &[]), day.clone()));
        }
        facts.push((say("bill-account", &[]), view.number.clone()));
        facts.push((say("bill-identifier", &[]), view.identifier.clone()));
        let href = format!("{}/accounts/{}/bills/{}", self.public_url, view.number, bill.number);
        let blocks = vec![
            Block::Text(say(key, &[("amount", &amount), ("day", &day)])),
            Block::Facts(facts),
            Block::Button { label: say("letter-bill-button", &[]), href },
            Block::Text(say("letter-bill-safe", &[("provider", self.provider)])),
        ];
        let subject = say("letter-bill-subject", &[("provider", self.provider), ("amount", &amount), ("day", &day)]);
        let letter = self.letter(language, view.name.as_deref(), blocks);
        self.email(&ready.to, ("bill-ready", subject), &letter, view)
    }
}

/// A bill to be told of.
pub(crate) struct ReadyBill {
    pub(crate) to: String,
    pub(crate) language: Language,
    pub(crate) view: AccountView,
    pub(crate) bill: BillRow,
}

/// The confirmation, which carries the identifier; and, to the address on file, that somebody signed up.
pub(crate) async fn signed_up(app: &App, tx: &Tx, claim: &Claim, new: &NewLogin) -> Result<(), LetterError> {
    let desk = Desk::of(app);
    let grant = Grant::of_the_provider(claim.account_id, &claim.number, Right::SeeBills);
    let view = accounts::account_view(tx, &app.vault, &grant).await.map_err(LetterError::Vault)?;
    let Some(view) = view else { return Ok(()) };
    let mut emails = vec![confirmation(&desk, &view, new)];
    if let Some(on_file) = view.email.as_deref().filter(|on_file| !on_file.eq_ignore_ascii_case(&new.email)) {
        emails.push(to_the_address_on_file(&desk, &view, on_file));
    }
    desk.send(tx, &emails).await
}

fn confirmation(desk: &Desk<'_>, view: &AccountView, new: &NewLogin) -> Email {
    let language = new.language;
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let blocks = vec![
        Block::Text(say("letter-welcome-text", &[("provider", desk.provider)])),
        Block::Facts(vec![
            (say("bill-identifier", &[]), view.identifier.clone()),
            (say("sign-up-username", &[]), new.username.to_string()),
            (say("bill-account", &[]), view.number.clone()),
        ]),
        Block::Text(say("letter-welcome-keep", &[])),
        Block::Button { label: say("letter-welcome-button", &[]), href: format!("{}/sign-in", desk.public_url) },
        Block::Text(say("letter-never-ask", &[])),
    ];
    let subject = say("letter-welcome-subject", &[("provider", desk.provider)]);
    let letter = desk.letter(language, view.name.as_deref(), blocks);
    desk.email(&new.email, ("signed-up", subject), &letter, view)
}

fn to_the_address_on_file(desk: &Desk<'_>, view: &AccountView, to: &str) -> Email {
    let language = view.language;
    let say = |key: &str, values: &[(&str, &str)]| desk.texts.say_with(language, key, values);
    let stop = match desk.telephone {
        Some(telephone) => say("letter-claimed-call", &[("telephone", telephone)]),
        None => say("letter-claimed-write", &[]),
    };
    let blocks = vec![
        Block::Text(say("letter-claimed-text", &[("account", &view.number)])),
        Block::Facts(vec![(say("bill-identifier", &[]), view.identifier.clone())]),
        Block::Text(stop),
    ];
    let subject = say("letter-claimed-subject", &[("provider", desk.provider)]);
    let letter = desk.letter(language, view.name.as_deref(), blocks);
    desk.email(to, ("account-claimed", subject), &letter, view)
}
