//! What is written about a login: new sign-ins, codes, locks, lost passwords and names (SEC-2, SEC-4, SEC-5, SGN-5). Each in
//! the login's language and in the transaction that it is about; links begin with the configured address, never with what a
//! request says of itself.

use db::Tx;
use identity::{LinkPurpose, Login};
use kernel::LoginId;
use messages::{Block, Email};
use sea_orm::ConnectionTrait;

use crate::claim_letters::spaced;
use crate::device_words::device_words;
use crate::door::Place;
use crate::letters::{Desk, LetterError};

/// A login with what its people are called.
pub(crate) struct Person {
    pub(crate) login: Login,
    /// None before somebody has confirmed the contact e-mail: it may be a stranger's, who reads no words that another typed.
    pub(crate) name: Option<String>,
    pub(crate) identifiers: Vec<String>,
}

impl Person {
    pub(crate) async fn find(
        desk: &Desk<'_>,
        on: &impl ConnectionTrait,
        login: LoginId,
    ) -> Result<Option<Self>, LetterError> {
        let found = identity::find_login(on, desk.vault, login).await?;
        let Some(login) = found else { return Ok(None) };
        let account = accounts::first_account_of(on, desk.vault, login.id).await?;
        let identifiers = accounts::identifiers_of(on, login.id).await?;
        let name = account.and_then(|account| account.name).filter(|_| login.email_confirmed);
        Ok(Some(Self { login, name, identifiers }))
    }

    /// What somebody typed, for a letter to the contact e-mail: a username, what a contact or a passkey is called. Nothing where
    /// nobody has confirmed that address.
    pub(crate) fn typed(&self, key: &'static str, text: impl Into<String>) -> Option<(&'static str, String)> {
        self.login.email_confirmed.then(|| (key, text.into()))
    }

    /// All that somebody may type to sign in as this login.
    pub(crate) fn names(&self) -> Vec<&str> {
        let own = [self.login.username.as_str(), self.login.email.as_str()];
        own.into_iter().chain(self.identifiers.iter().map(String::as_str)).collect()
    }
}

/// One letter to a person while it is written.
pub(crate) struct Writing<'a> {
    desk: &'a Desk<'a>,
    person: &'a Person,
    kind: &'static str,
    blocks: Vec<Block>,
    /// Where it goes, if not to the contact e-mail.
    to: Option<&'a str>,
    /// Whether the reader may be a stranger, who learns neither name nor identifier.
    is_stranger: bool,
}

impl<'a> Writing<'a> {
    pub(crate) fn new(desk: &'a Desk<'a>, person: &'a Person, kind: &'static str) -> Self {
        Self { desk, person, kind, blocks: Vec::new(), to: None, is_stranger: false }
    }

    /// To another address of the same person.
    pub(crate) fn to(self, address: &'a str) -> Self {
        Self { to: Some(address), ..self }
    }

    /// To an address that nobody has confirmed: it may be a stranger's, who learns no name and no identifier.
    pub(crate) fn addressed_to_stranger(self, address: &'a str) -> Self {
        Self { to: Some(address), is_stranger: true, ..self }
    }

    fn say(&self, key: &str) -> String {
        let values = [("provider", self.desk.provider), ("telephone", self.desk.telephone.unwrap_or_default())];
        self.desk.texts.say_with(self.person.login.language, key, &values)
    }

    pub(crate) fn text(mut self, key: &str) -> Self {
        self.blocks.push(Block::Text(self.say(key)));
        self
    }

    /// A text with values of its own.
    pub(crate) fn text_with(mut self, key: &str, values: &[(&str, &str)]) -> Self {
        let text = self.desk.texts.say_with(self.person.login.language, key, values);
        self.blocks.push(Block::Text(text));
        self
    }

    /// Names and values; the identifier comes last (ACC-2).
    pub(crate) fn facts(mut self, facts: Vec<(&str, String)>) -> Self {
        let mut facts: Vec<(String, String)> = facts.into_iter().map(|(key, value)| (self.say(key), value)).collect();
        let identifiers = self.person.identifiers.iter().filter(|_| !self.is_stranger);
        facts.extend(identifiers.map(|identifier| (self.say("bill-identifier"), identifier.clone())));
        if !facts.is_empty() {
            self.blocks.push(Block::Facts(facts));
        }
        self
    }

    pub(crate) fn button(mut self, key: &str, path: &str) -> Self {
        let (label, href) = (self.say(key), format!("{}{path}", self.desk.public_url));
        self.blocks.push(Block::Button { label, href });
        self
    }

    pub(crate) fn link(mut self, key: &str, path: &str) -> Self {
        let (label, href) = (self.say(key), format!("{}{path}", self.desk.public_url));
        self.blocks.push(Block::Link { label, href });
        self
    }

    /// How to reach us, at the end.
    pub(crate) fn doubt(self) -> Self {
        let key = if self.desk.telephone.is_some() { "letter-claim-doubt-call" } else { "letter-claim-doubt-write" };
        self.text(key)
    }

    pub(crate) fn email(self) -> Email {
        let subject = self.say(&format!("letter-{}-subject", self.kind));
        let Self { desk, person, kind, blocks, to, is_stranger } = self;
        let name = person.name.as_deref().filter(|_| !is_stranger);
        let letter = desk.letter(person.login.language, name, blocks);
        Email {
            to: to.unwrap_or(&person.login.email).to_owned(),
            subject,
            text: letter.to_text(),
            html: letter.to_html(),
            language: person.login.language,
            kind,
            account: None,
        }
    }

    pub(crate) async fn send(self, tx: &Tx) -> Result<(), LetterError> {
        let desk = self.desk;
        desk.send(tx, &[self.email()]).await
    }
}

/// Somebody signed in on a new device (SEC-4).
pub(crate) async fn new_sign_in(desk: &Desk<'_>, tx: &Tx, person: &Person, place: &Place) -> Result<(), LetterError> {
    let secret = identity::make_link(desk.db, tx, person.login.id, LinkPurpose::NotMe).await?;
    let language = person.login.language;
    let facts = vec![
        ("letter-new-sign-in-when", desk.moment(language, desk.db.world().now())),
        ("letter-new-sign-in-device", device_words(desk.texts, language, &place.agent)),
        ("letter-new-sign-in-from", place.from.to_string()),
    ];
    let letter = Writing::new(desk, person, "new-sign-in").text("letter-new-sign-in-text").facts(facts);
    let letter = letter.text("letter-new-sign-in-you").text("letter-new-sign-in-not-you");
    letter.button("letter-not-me-button", &format!("/sign-in/not-me/{secret}")).doubt().send(tx).await
}

/// The code that a sign-in on a new device waits for (SGN-5).
pub(crate) async fn sign_in_code(
    desk: &Desk<'_>,
    tx: &Tx,
    (person, place): (&Person, &Place),
    code: &str,
) -> Result<(), LetterError> {
    let language = person.login.language;
    let until = desk.db.world().now().plus(identity::CODE_LASTS);
    let facts = vec![
        ("letter-claimed-code", spaced(code)),
        ("letter-claimed-until", desk.moment(language, until)),
        ("letter-new-sign-in-device", device_words(desk.texts, language, &place.agent)),
    ];
    let letter = Writing::new(desk, person, "sign-in-code").text("letter-sign-in-code-text").facts(facts);
    let letter = letter.text("letter-claimed-secret").text("letter-sign-in-code-not-you");
    letter.link("letter-recover-link", "/recover").send(tx).await
}

/// The login opens on known devices alone (SEC-2).
pub(crate) async fn locked(desk: &Desk<'_>, tx: &Tx, person: &Person) -> Result<(), LetterError> {
    let letter = Writing::new(desk, person, "login-locked").text("letter-login-locked-text").facts(Vec::new());
    let letter = letter.text("letter-login-locked-how").button("letter-recover-link", "/recover");
    letter.doubt().send(tx).await
}

/// It opens everywhere again: somebody of the provider lifted the lock (SEC-2).
pub(crate) async fn unlocked(desk: &Desk<'_>, tx: &Tx, person: &Person) -> Result<(), LetterError> {
    let letter = Writing::new(desk, person, "login-unlocked").text("letter-login-unlocked-text").facts(Vec::new());
    letter.button("letter-welcome-button", "/sign-in").doubt().send(tx).await
}

/// The link to a new password: because it was asked for (`password-link`), or because its owner said that a sign-in was not
/// theirs (`login-closed`).
pub(crate) async fn password_link(
    desk: &Desk<'_>,
    tx: &Tx,
    person: &Person,
    kind: &'static str,
) -> Result<(), LetterError> {
    let secret = identity::make_link(desk.db, tx, person.login.id, LinkPurpose::NewPassword).await?;
    let until = desk.db.world().now().plus(LinkPurpose::NewPassword.lasts());
    let mut facts: Vec<(&str, String)> = Vec::new();
    facts.extend(person.typed("letter-username", &person.login.username));
    facts.push(("letter-claimed-until", desk.moment(person.login.language, until)));
    let letter = Writing::new(desk, person, kind).text(&format!("letter-{kind}-text")).facts(facts);
    let letter = letter.button("letter-password-button", &format!("/recover/{secret}"));
    letter.text(&format!("letter-{kind}-doubt")).send(tx).await
}

/// A new password was chosen with a link (SEC-5).
pub(crate) async fn password_changed(
    desk: &Desk<'_>,
    tx: &Tx,
    (person, was_locked): (&Person, bool),
) -> Result<(), LetterError> {
    let facts = vec![("letter-new-sign-in-when", desk.moment(person.login.language, desk.db.world().now()))];
    let letter = Writing::new(desk, person, "password-changed").text("letter-password-changed-text").facts(facts);
    let letter = if was_locked { letter.text("letter-password-changed-unlocked") } else { letter };
    letter.text("letter-password-changed-doubt").link("letter-recover-link", "/recover").doubt().send(tx).await
}

/// The usernames and identifiers that somebody has lost, all in one message (SEC-5).
pub(crate) async fn names(desk: &Desk<'_>, tx: &Tx, people: &[Person]) -> Result<(), LetterError> {
    let Some((first, others)) = people.split_first() else { return Ok(()) };
    let username = |person: &Person| person.typed("letter-username", &person.login.username).into_iter().collect();
    let mut letter = Writing::new(desk, first, "login-names").text("letter-login-names-text").facts(username(first));
    for other in others {
        letter.blocks.extend(Writing::new(desk, other, "login-names").facts(username(other)).blocks);
    }
    let letter = letter.button("letter-welcome-button", "/sign-in").link("letter-recover-link", "/recover");
    letter.text("letter-login-names-doubt").send(tx).await
}
