//! What is written about a change of holder (PRO-1), each in the transaction that it is about: to the former holder at every
//! address that is on file, to those who lose their access, and to the new holder.

use accounts::{Grant, HolderChange, HolderChangeDone, Right, account_view, account_view_when};
use db::Tx;
use kernel::{Language, Moment};

use crate::activation_letters;
use crate::door_letters::{Person, Writing};
use crate::emails::is_same_mailbox;
use crate::letters::{Desk, Draft, LetterError};

/// The holder as they were at a moment: when a change was asked for.
pub(crate) struct Former {
    pub(crate) language: Language,
    pub(crate) name: Option<String>,
    pub(crate) identifier: String,
    /// Contact e-mail and confirmed backup e-mail of the holder's login, and the e-mail on file.
    pub(crate) addresses: Vec<String>,
    /// The contact e-mail, where nobody has confirmed it: it may be a stranger's, who reads nothing that was typed.
    unconfirmed: Option<String>,
}

impl Former {
    async fn find(desk: &Desk<'_>, tx: &Tx, change: &HolderChange) -> Result<Option<Self>, LetterError> {
        let grant = Grant::of_the_provider(change.account, &change.number, Right::SeeBills);
        Self::at(desk, tx, (&grant, change.asked_at)).await
    }

    pub(crate) async fn at(
        desk: &Desk<'_>,
        tx: &Tx,
        (grant, at): (&Grant, Moment),
    ) -> Result<Option<Self>, LetterError> {
        let Some(view) = account_view_when(tx, desk.vault, (grant, at)).await? else { return Ok(None) };
        let mut addresses: Vec<String> = Vec::new();
        let (mut language, mut unconfirmed) = (view.language, None);
        if let Some(login) = accounts::holder_when(tx, grant.account(), at).await?
            && let Some(login) = identity::find_login(tx, desk.vault, login).await?
        {
            language = login.language;
            let backup = identity::find_backup(tx, desk.vault, login.id).await?;
            unconfirmed = (!login.email_confirmed).then(|| login.email.clone());
            addresses.push(login.email);
            addresses.extend(backup.filter(|backup| backup.is_confirmed).map(|backup| backup.email));
        }
        addresses.extend(view.email);
        let mut told: Vec<String> = Vec::new();
        for address in addresses {
            if !told.iter().any(|one| is_same_mailbox(one, &address)) {
                told.push(address);
            }
        }
        Ok(Some(Self { language, name: view.name, identifier: view.identifier, addresses: told, unconfirmed }))
    }

    /// What was typed, a name, for one of the addresses.
    pub(crate) fn typed<'a>(&self, address: &str, text: Option<&'a str>) -> Option<&'a str> {
        text.filter(|_| self.unconfirmed.as_deref() != Some(address))
    }

    /// What they are called, for one of the addresses.
    pub(crate) fn name_for(&self, address: &str) -> Option<&str> {
        self.typed(address, self.name.as_deref())
    }

    fn facts(&self, change: &HolderChange) -> Vec<(&'static str, String)> {
        vec![
            ("documents-reference", change.reference.clone()),
            ("bill-account", change.number.clone()),
            ("bill-identifier", self.identifier.clone()),
        ]
    }

    async fn write(
        &self,
        desk: &Desk<'_>,
        tx: &Tx,
        (change, kind): (&HolderChange, &'static str),
    ) -> Result<(), LetterError> {
        for address in &self.addresses {
            let draft = Draft::new(desk, self.language, kind).facts(self.facts(change)).text("next").doubt();
            desk.send(tx, &[draft.email(address, self.name_for(address))]).await?;
        }
        Ok(())
    }
}

/// To each address on file, with a link of its own: somebody of the staff was asked to let the account pass to another person.
pub(super) async fn told(desk: &Desk<'_>, tx: &Tx, change: &HolderChange) -> Result<(), LetterError> {
    let Some(former) = Former::find(desk, tx, change).await? else { return Ok(()) };
    let grant = Grant::of_the_provider(change.account, &change.number, Right::SeeBills);
    let Some(currency) = accounts::currency_of(tx, &grant).await? else { return Ok(()) };
    let balance = billing::balance(tx, change.account).await?;
    let balance = super::balance_text(desk.texts, former.language, (balance, currency), change.takes_over);
    for address in &former.addresses {
        let secret = accounts::make_holder_change_link(desk.db, tx, change.id).await?;
        let mut facts = former.facts(change);
        facts.push(("staff-holder-balance", balance.clone()));
        facts.push(("documents-object-until", desk.moment(former.language, change.object_until)));
        let draft = Draft::new(desk, former.language, "holder-change-told").facts(facts).text("next");
        let draft = draft.button("letter-holder-change-button", &format!("/holder-change/{secret}"));
        let draft = draft.text("keep").doubt();
        desk.send(tx, &[draft.email(address, former.name_for(address))]).await?;
    }
    Ok(())
}

/// To each address on file, that somebody agreed or objected: whoever reads one of them sees what another did.
pub(super) async fn answered(
    desk: &Desk<'_>,
    tx: &Tx,
    (change, agrees): (&HolderChange, bool),
) -> Result<(), LetterError> {
    let Some(former) = Former::find(desk, tx, change).await? else { return Ok(()) };
    let kind = if agrees { "holder-change-agreed" } else { "holder-change-objected" };
    former.write(desk, tx, (change, kind)).await
}

/// To each address on file: the account stays as it is.
pub(super) async fn ended(desk: &Desk<'_>, tx: &Tx, change: &HolderChange) -> Result<(), LetterError> {
    let Some(former) = Former::find(desk, tx, change).await? else { return Ok(()) };
    former.write(desk, tx, (change, "holder-change-refused")).await
}

/// To the former holder, and to everybody else who reached the account and does no more (USR-6).
pub(super) async fn done(desk: &Desk<'_>, tx: &Tx, done: &HolderChangeDone) -> Result<(), LetterError> {
    let change = &done.change;
    let holder = accounts::holder_when(tx, change.account, change.asked_at).await?;
    if let Some(former) = Former::find(desk, tx, change).await? {
        former.write(desk, tx, (change, "holder-change-done")).await?;
    }
    for login in done.ended.iter().filter(|login| Some(**login) != holder) {
        if let Some(person) = Person::find(desk, tx, *login).await? {
            let account = vec![("bill-account", change.number.clone())];
            let letter = Writing::new(desk, &person, "holder-change-user").text("letter-holder-change-user-text");
            letter.facts(account).text("letter-holder-change-user-next").doubt().send(tx).await?;
        }
    }
    Ok(())
}

/// To the new holder's address on file: the activation e-mail, which carries the identifier (SGN-1, ACC-2).
pub(super) async fn welcome(
    desk: &Desk<'_>,
    tx: &Tx,
    (done, grant): (&HolderChangeDone, &Grant),
) -> Result<(), LetterError> {
    let Some(activation) = &done.activation else { return Ok(()) };
    let Some(view) = account_view(tx, desk.vault, grant).await? else { return Ok(()) };
    let Some(email) = view.email.clone() else { return Ok(()) };
    activation_letters::link(desk, tx, &view, &email, activation).await
}
