//! What letters are written with, each in its reader's language; and the one that says that a bill is ready (BIL-1).

use accounts::{AccountView, ContactPerson};
use billing::BillRow;
use db::{Db, DbErr, DbFault, Tx};
use jiff::tz::TimeZone;
use kernel::{Amount, Language, MessageId, Moment};
use messages::{Block, Email, Letter, MessageError, Sender};
use vault::{Vault, VaultError};
use web::{Refusal, Texts};

use crate::{App, Told};

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

impl From<VaultError> for LetterError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

/// A page whose letters, or what they are about, could not be written.
impl From<LetterError> for Refusal {
    fn from(error: LetterError) -> Self {
        tracing::error!(%error, "what a page was to do, or its letters, could not be written");
        Self::Broken
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
    pub(crate) zone: &'a TimeZone,
    /// Whether a claim waits for its confirmation (SGN-2).
    pub(crate) claims_wait: bool,
}

impl<'a> Desk<'a> {
    pub(crate) fn of(app: &'a App) -> Self {
        Self {
            db: &app.db,
            vault: &app.vault,
            texts: app.site.texts(),
            sender: &app.sender,
            provider: &app.provider.facts.name,
            telephone: app.provider.facts.telephone.as_deref(),
            public_url: &app.public_url,
            zone: &app.zone,
            claims_wait: app.claims_wait,
        }
    }

    pub(crate) fn with(db: &'a Db, vault: &'a Vault, told: &Told<'a>) -> Self {
        Self {
            db,
            vault,
            texts: told.texts,
            sender: told.sender,
            provider: &told.provider.facts.name,
            telephone: told.provider.facts.telephone.as_deref(),
            public_url: told.public_url,
            zone: told.zone,
            claims_wait: told.claims_wait,
        }
    }

    /// A moment in words, at the provider's place.
    pub(crate) fn moment(&self, language: Language, at: Moment) -> String {
        web::moment(self.texts, language, at, self.zone)
    }

    pub(crate) fn letter(&self, language: Language, name: Option<&str>, blocks: Vec<Block>) -> Letter {
        let greeting = match name {
            // Somebody typed it: a mail program is to make no link of it.
            Some(name) => self.texts.say_with(language, "letter-greeting-name", &[("name", &kernel::unlinked(name))]),
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
        self.post(tx, emails).await.map(|_| ())
    }

    /// As [`Self::send`], for what follows how a message went.
    pub(crate) async fn post(&self, tx: &Tx, emails: &[Email]) -> Result<Vec<MessageId>, LetterError> {
        messages::enqueue(self.db, self.vault, tx, self.sender, emails).await.map_err(LetterError::Message)
    }

    /// Says that bills are ready, in the caller's transaction.
    pub(crate) async fn bills_ready(&self, tx: &Tx, ready: &[&ReadyBill]) -> Result<(), LetterError> {
        let emails = ready.iter().flat_map(|ready| {
            let copy =
                ready.copy.as_ref().filter(|person| kernel::mailbox(&person.email) != kernel::mailbox(&ready.to));
            std::iter::once(self.bill_ready(ready)).chain(copy.map(|person| self.bill_copy(ready, person)))
        });
        let emails: Vec<Email> = emails.collect();
        self.send(tx, &emails).await
    }

    /// What is left to pay of a bill when it is told, and what the account owes with others.
    fn left_to_pay(&self, language: Language, ready: &ReadyBill) -> Vec<(String, String)> {
        let bill = &ready.bill;
        let say = |key: &str| self.texts.say(language, key);
        let amount = |amount: Amount| web::amount(language, amount, bill.currency);
        if bill.total_due.is_negative() {
            return vec![(say("bill-total-credit"), amount(bill.total_due.abs()))];
        }
        let mut facts = vec![(say("bill-left"), amount(ready.left))];
        if ready.left > Amount::ZERO {
            facts.push((say("bill-due"), web::day(self.texts, language, bill.due_on)));
        }
        if ready.balance > ready.left {
            facts.push((say("letter-bill-others"), amount(ready.balance - ready.left)));
            facts.push((say("letter-bill-all"), amount(ready.balance)));
        }
        facts
    }

    fn bill_ready(&self, ready: &ReadyBill) -> Email {
        let (language, view, bill) = (ready.language, &ready.view, &ready.bill);
        let say = |key: &str, values: &[(&str, &str)]| self.texts.say_with(language, key, values);
        let amount = web::amount(language, ready.left, bill.currency);
        let day = web::day(self.texts, language, bill.due_on);
        let owed = ready.left > Amount::ZERO;
        let key = if owed { "letter-bill-text" } else { "letter-bill-credit" };
        let mut facts = self.left_to_pay(language, ready);
        facts.push((say("bill-account", &[]), view.number.clone()));
        facts.push((say("bill-identifier", &[]), view.identifier.clone()));
        let href = format!("{}/accounts/{}/bills/{}", self.public_url, view.number, bill.number);
        let blocks = vec![
            Block::Text(say(key, &[("amount", &amount), ("day", &day)])),
            Block::Facts(facts),
            Block::Button { label: say("letter-bill-button", &[]), href },
            Block::Text(say("letter-bill-safe", &[("provider", self.provider)])),
        ];
        let key = if owed { "letter-bill-subject" } else { "letter-bill-subject-nothing" };
        let subject = say(key, &[("provider", self.provider), ("amount", &amount), ("day", &day)]);
        let letter = self.letter(language, view.name.as_deref(), blocks);
        self.email(&ready.to, ("bill-ready", subject), &letter, view)
    }

    /// The copy for a billing contact (PRO-2): how much until when. No link, for its reader opens no page of the account, and no
    /// client identifier.
    fn bill_copy(&self, ready: &ReadyBill, to: &ContactPerson) -> Email {
        let (language, view, bill) = (to.language, &ready.view, &ready.bill);
        let say = |key: &str, values: &[(&str, &str)]| self.texts.say_with(language, key, values);
        let amount = web::amount(language, ready.left, bill.currency);
        let day = web::day(self.texts, language, bill.due_on);
        let owed = ready.left > Amount::ZERO;
        let mut facts = self.left_to_pay(language, ready);
        facts.push((say("bill-account", &[]), view.number.clone()));
        let key = if owed { "letter-bill-copy-text" } else { "letter-bill-copy-credit" };
        let blocks = vec![
            Block::Text(say(key, &[("amount", &amount), ("day", &day), ("provider", self.provider)])),
            Block::Facts(facts),
            Block::Text(say("letter-bill-copy-safe", &[])),
        ];
        let key = if owed { "letter-bill-copy-subject" } else { "letter-bill-copy-subject-nothing" };
        let subject = say(key, &[("provider", self.provider), ("amount", &amount)]);
        let letter = self.letter(language, Some(&to.name), blocks);
        self.email(&to.email, ("bill-copy", subject), &letter, view)
    }
}

/// A bill to be told of.
pub(crate) struct ReadyBill {
    pub(crate) to: String,
    pub(crate) language: Language,
    pub(crate) view: AccountView,
    pub(crate) bill: BillRow,
    /// What is left to pay of it, and what the account owes in all.
    pub(crate) left: Amount,
    pub(crate) balance: Amount,
    /// Who is told beside the holder (PRO-2).
    pub(crate) copy: Option<ContactPerson>,
}

/// A letter while it is written, whose texts are named after its kind: `letter-KIND-subject`, `letter-KIND-text`.
pub(crate) struct Draft<'a> {
    desk: &'a Desk<'a>,
    language: Language,
    kind: &'static str,
    /// Parts, by kind, that have another text: `letter-KIND-step-PART`.
    others: &'static [(&'static str, &'static str)],
    blocks: Vec<Block>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(desk: &'a Desk<'a>, language: Language, kind: &'static str) -> Self {
        Self::with_others(desk, language, kind, &[])
    }

    pub(crate) fn with_others(
        desk: &'a Desk<'a>,
        language: Language,
        kind: &'static str,
        others: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { desk, language, kind, others, blocks: Vec::new() }.text("text")
    }

    fn say(&self, key: &str) -> String {
        let values = [("provider", self.desk.provider), ("telephone", self.desk.telephone.unwrap_or_default())];
        self.desk.texts.say_with(self.language, key, &values)
    }

    /// One of the letter's own texts.
    pub(crate) fn text(mut self, part: &str) -> Self {
        let step = if self.others.contains(&(self.kind, part)) { "step-" } else { "" };
        let text = self.say(&format!("letter-{}-{step}{part}", self.kind));
        self.blocks.push(Block::Text(text));
        self
    }

    pub(crate) fn written(mut self, text: &str) -> Self {
        self.blocks.push(Block::Text(text.to_owned()));
        self
    }

    pub(crate) fn facts(mut self, facts: Vec<(&str, String)>) -> Self {
        let facts = facts.into_iter().map(|(key, value)| (self.say(key), value)).collect();
        self.blocks.push(Block::Facts(facts));
        self
    }

    pub(crate) fn button(mut self, key: &str, path: &str) -> Self {
        let (label, href) = (self.say(key), format!("{}{path}", self.desk.public_url));
        self.blocks.push(Block::Button { label, href });
        self
    }

    /// How to reach us, at the end.
    pub(crate) fn doubt(mut self) -> Self {
        let key = if self.desk.telephone.is_some() { "letter-claim-doubt-call" } else { "letter-claim-doubt-write" };
        let text = self.say(key);
        self.blocks.push(Block::Text(text));
        self
    }

    pub(crate) fn email(self, to: &str, name: Option<&str>) -> Email {
        let step = if self.others.contains(&(self.kind, "subject")) { "step-" } else { "" };
        let subject = self.say(&format!("letter-{}-{step}subject", self.kind));
        let letter = self.desk.letter(self.language, name, self.blocks);
        Email {
            to: to.to_owned(),
            subject,
            text: letter.to_text(),
            html: letter.to_html(),
            language: self.language,
            kind: self.kind,
            account: None,
        }
    }
}
