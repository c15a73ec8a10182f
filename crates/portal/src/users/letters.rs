//! What is written to users of an account (USR-6), each in their language and in the transaction that it is about. They name the account
//! and none of its secrets: no client identifier, no name, no address of its customer.

use accounts::{Held, Member, RightsWanted, SentInvitation, UserInvitation};
use db::Tx;
use identity::{LinkPurpose, Login};
use kernel::{Language, LoginId, RightsRequestId};

use crate::door_letters::{Person, Writing};
use crate::letters::{Desk, Draft, LetterError};
use crate::rights::labelled;

/// A user who is written to.
pub(super) struct Reader {
    login: Login,
    name: Option<String>,
    /// The holder wants a second step of them that they do not have: nothing opens without.
    lacks_step: bool,
}

impl Reader {
    pub(super) async fn find(
        desk: &Desk<'_>,
        tx: &Tx,
        (login, name): (LoginId, Option<&str>),
    ) -> Result<Option<Self>, LetterError> {
        let found = identity::find_login(tx, desk.vault, login).await?;
        // The holder typed the name: nobody reads it who has not confirmed that the address is theirs.
        Ok(found.map(|login| Self {
            name: name.filter(|_| login.email_confirmed).map(str::to_owned),
            login,
            lacks_step: false,
        }))
    }

    pub(super) async fn of(desk: &Desk<'_>, tx: &Tx, member: &Member) -> Result<Option<Self>, LetterError> {
        let found = Self::find(desk, tx, (member.user.login, member.name.as_deref())).await?;
        Ok(found.map(|reader| Self { lacks_step: member.lacks_step, ..reader }))
    }

    fn draft<'a>(&self, desk: &'a Desk<'a>, kind: &'static str) -> Draft<'a> {
        Draft::new(desk, self.login.language, kind)
    }

    /// What comes before anything that is held, where it does.
    fn step<'a>(&self, desk: &Desk<'_>, draft: Draft<'a>, held: &Held) -> Draft<'a> {
        match self.lacks_step && !held.is_empty() {
            true => draft.written(&desk.texts.say(self.login.language, "letter-users-step-first")),
            false => draft,
        }
    }

    async fn send(&self, desk: &Desk<'_>, tx: &Tx, draft: Draft<'_>) -> Result<(), LetterError> {
        desk.send(tx, &[draft.email(&self.login.email, self.name.as_deref())]).await
    }
}

fn account(number: &str) -> (&'static str, String) {
    ("bill-account", number.to_owned())
}

/// What is held, as facts of a letter.
fn rights(desk: &Desk<'_>, language: Language, held: &Held) -> Vec<(&'static str, String)> {
    let said: Vec<String> = labelled(desk.texts, language, held).into_iter().map(|part| part.value).collect();
    match said.is_empty() {
        true => vec![("letter-users-may", desk.texts.say(language, "users-may-nothing"))],
        false => vec![("letter-users-may", said.join(" · "))],
    }
}

/// Somebody is invited: the link with which they accept.
pub(super) async fn invited(
    desk: &Desk<'_>,
    tx: &Tx,
    (reader, number): (&Reader, &str),
    (sent, held): (&SentInvitation, &Held),
) -> Result<(), LetterError> {
    let language = reader.login.language;
    let mut facts = vec![account(number)];
    facts.extend(rights(desk, language, held));
    facts.push(("letter-claimed-until", desk.moment(language, sent.until)));
    let draft = reader.draft(desk, "user-invited").facts(facts);
    let draft = draft.button("letter-user-invited-button", &format!("/invitation/{}", sent.secret));
    reader.send(desk, tx, draft.text("next").doubt()).await
}

/// What somebody may do is another from now on.
pub(super) async fn rights_changed(
    desk: &Desk<'_>,
    tx: &Tx,
    (reader, number): (&Reader, &str),
    held: &Held,
) -> Result<(), LetterError> {
    let mut facts = vec![account(number)];
    facts.extend(rights(desk, reader.login.language, held));
    let draft = reader.draft(desk, "user-rights").facts(facts);
    let draft = draft.button("letter-welcome-button", "/sign-in");
    // Who holds nothing has no page of that account to ask on.
    let next = if held.is_empty() { "nothing" } else { "next" };
    reader.send(desk, tx, reader.step(desk, draft.text(next), held)).await
}

/// A letter that says what was done: `user-removed`, `user-unlocked`, `user-step`, `user-step-off`.
pub(super) async fn told(
    desk: &Desk<'_>,
    tx: &Tx,
    (reader, number): (&Reader, &str),
    kind: &'static str,
) -> Result<(), LetterError> {
    let draft = reader.draft(desk, kind).facts(vec![account(number)]).text("next");
    let draft = match kind {
        "user-step" => draft.button("letter-user-step-button", "/profile/steps"),
        "user-unlocked" => draft.button("letter-welcome-button", "/sign-in"),
        _ => draft,
    };
    reader.send(desk, tx, draft.doubt()).await
}

/// The link to a new password, which the holder asked for (USR-2): it is sent to the user alone.
pub(super) async fn password(desk: &Desk<'_>, tx: &Tx, (reader, number): (&Reader, &str)) -> Result<(), LetterError> {
    let secret = identity::make_link(desk.db, tx, reader.login.id, LinkPurpose::NewPassword).await?;
    let until = desk.db.world().now().plus(LinkPurpose::NewPassword.lasts());
    let mut facts = vec![account(number)];
    if reader.login.email_confirmed {
        facts.push(("letter-username", reader.login.username.clone()));
    }
    facts.push(("letter-claimed-until", desk.moment(reader.login.language, until)));
    let draft = reader.draft(desk, "user-password").facts(facts);
    let draft = draft.button("letter-password-button", &format!("/recover/{secret}"));
    reader.send(desk, tx, draft.text("next")).await
}

/// To the holder: a user asks for more.
pub(super) async fn asked(
    desk: &Desk<'_>,
    tx: &Tx,
    (number, who): (&str, &str),
    (id, wanted): (RightsRequestId, &RightsWanted),
) -> Result<(), LetterError> {
    let Some(holder) = accounts::holder_of(tx, number).await? else { return Ok(()) };
    let Some(person) = Person::find(desk, tx, holder).await? else { return Ok(()) };
    let said = labelled(desk.texts, person.login.language, &wanted.held());
    let said: Vec<String> = said.into_iter().map(|part| part.value).collect();
    let mut facts = vec![account(number)];
    facts.extend(person.typed("users-who", kernel::unlinked(who)));
    facts.push(("users-asks-for", said.join(" · ")));
    let letter = Writing::new(desk, &person, "rights-asked").text("letter-rights-asked-text").facts(facts);
    let letter = letter.button("letter-rights-asked-button", &format!("/accounts/{number}/users/requests/{id}"));
    letter.text("letter-rights-asked-next").send(tx).await
}

/// To the user: the holder's answer, `rights-accepted` or `rights-refused`, and what they may do now.
pub(super) async fn answered(
    desk: &Desk<'_>,
    tx: &Tx,
    (reader, number): (&Reader, &str),
    (kind, held): (&'static str, &Held),
) -> Result<(), LetterError> {
    let mut facts = vec![account(number)];
    facts.extend(rights(desk, reader.login.language, held));
    let draft = reader.draft(desk, kind).facts(facts).button("letter-welcome-button", "/sign-in");
    reader.send(desk, tx, reader.step(desk, draft.text("next"), held)).await
}

/// To the holder: an invitation was accepted, and with which username.
pub(super) async fn joined(
    desk: &Desk<'_>,
    tx: &Tx,
    (found, username): (&UserInvitation, &str),
) -> Result<(), LetterError> {
    let Some(holder) = accounts::holder_of(tx, &found.number).await? else { return Ok(()) };
    let Some(person) = Person::find(desk, tx, holder).await? else { return Ok(()) };
    let mut facts = vec![account(&found.number)];
    facts.extend(person.typed("letter-username", kernel::unlinked(username)));
    let letter = Writing::new(desk, &person, "user-joined").text("letter-user-joined-text").facts(facts);
    let href = format!("/accounts/{}/users/{}", found.number, found.membership);
    letter.button("letter-user-joined-button", &href).text("letter-user-joined-next").doubt().send(tx).await
}
