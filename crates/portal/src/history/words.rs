//! Events in words of the reader's language: who, and what.

use accounts::{Involved, What};
use audit::StoredEvent;
use kernel::{Amount, Currency, LoginId, MembershipId};
use serde_json::Value as Json;
use web::{Locale, Texts};

use super::kinds::{is_by_anybody, is_by_holder};

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    You,
    /// A user besides the holder, by username; none once their login was deleted.
    User(Option<String>),
    /// Another login that held the account, or claimed it: nobody says whose.
    OtherHolder,
    /// Another login, in a login's own history: one to which an account of it was linked.
    OtherLogin,
    /// Somebody who was not signed in, or of whom the log knows no more.
    Somebody,
    CustomerService,
    /// A command of the provider's, a bill run, the import.
    Operator,
    BillRun,
    Import,
}

impl Who {
    /// As the filter names it.
    pub(super) const fn filter(&self) -> &'static str {
        match self {
            Self::You => "you",
            Self::User(_) => "users",
            Self::OtherHolder | Self::OtherLogin | Self::Somebody => "somebody",
            Self::CustomerService => "service",
            Self::Operator | Self::BillRun | Self::Import => "system",
        }
    }
}

/// What words are made with: who reads, and who has or had a role on the account; nobody for a login's own history.
pub(super) struct Reader<'a> {
    pub(super) texts: &'a Texts,
    pub(super) locale: &'a Locale,
    pub(super) login: LoginId,
    pub(super) involved: &'a [Involved],
    /// Of the account's amounts; none for a login's own history.
    pub(super) currency: Option<Currency>,
}

fn id<T: From<uuid::Uuid>>(details: &Json, field: &str) -> Option<T> {
    details[field].as_str()?.parse::<uuid::Uuid>().ok().map(T::from)
}

impl Reader<'_> {
    fn say(&self, key: &str) -> String {
        self.texts.say(self.locale.language, key)
    }

    pub(super) fn who(&self, event: &StoredEvent) -> Who {
        match event.author.as_str() {
            "staff" => return Who::CustomerService,
            "operator" => return Who::Operator,
            "bill-run" => return Who::BillRun,
            "import" => return Who::Import,
            _ => {}
        }
        let details = event.details();
        // What a payment did to the balance; who paid stands with the payment.
        if event.kind == "ledger.posted" {
            return Who::Operator;
        }
        if is_by_anybody(&event.kind) || details["by"] == "letter" {
            return Who::Somebody;
        }
        // A login's own chain says of each thing only that the login did it; but a link is undone by the login that it was made to.
        if self.currency.is_none() {
            let is_anothers = event.kind == "login.account-unlinked" && id(&details, "login") != Some(self.login);
            return if is_anothers { Who::OtherLogin } else { Who::You };
        }
        let actor = if is_by_holder(&event.kind) {
            let membership: Option<MembershipId> = id(&details, "holder");
            self.involved.iter().find(|one| Some(one.membership) == membership).map(|one| one.login)
        } else {
            id(&details, "login")
        };
        let Some(actor) = actor else { return Who::Somebody };
        if actor == self.login {
            return Who::You;
        }
        // Who was a user and holds it now acted in both roles: the event itself does not say which.
        let roles: Vec<&Involved> = self.involved.iter().filter(|one| one.login == actor).collect();
        match roles.iter().find(|one| !one.is_holder) {
            Some(user) => Who::User(user.username.clone()),
            None => Who::OtherHolder,
        }
    }

    pub(super) fn who_in_words(&self, who: &Who) -> String {
        let key = match who {
            Who::You => "history-you",
            Who::User(Some(username)) => {
                return self.texts.say_with(self.locale.language, "history-user", &[("username", username)]);
            }
            Who::User(None) => "history-user-gone",
            Who::OtherHolder => "history-other-holder",
            Who::OtherLogin => "history-other-login",
            Who::Somebody => "history-somebody",
            Who::CustomerService => "history-service",
            Who::Operator => "history-operator",
            Who::BillRun => "history-bill-run",
            Who::Import => "history-import",
        };
        self.say(key)
    }

    /// What happened, as a sentence.
    pub(super) fn what(&self, event: &StoredEvent) -> String {
        let details = event.details();
        let dash = || "–".to_owned();
        let amount = ["amount", "total_due"].into_iter().find_map(|field| details[field].as_i64());
        let amount = amount.zip(self.currency).map_or_else(dash, |(cents, currency)| {
            web::amount(self.locale.language, Amount::cents(cents).abs(), currency)
        });
        let bill = details["bill"].as_i64().map_or_else(dash, |bill| bill.to_string());
        let user = self.user_in(&details);
        let values = [("amount", amount.as_str()), ("bill", bill.as_str()), ("user", user.as_str())];
        let key = match (event.kind.as_str(), details["kind"].as_str()) {
            ("ledger.posted", Some(kind)) => format!("history-ledger-posted-{kind}"),
            ("rights.answered", _) if details["answer"] == "refused" => "history-rights-answered-no".to_owned(),
            ("user.step-required", _) if details["required"] == false => "history-user-step-required-off".to_owned(),
            (kind, _) => format!("history-{}", kind.replace('.', "-")),
        };
        self.texts.say_with(self.locale.language, &key, &values)
    }

    /// The user that an event is about.
    fn user_in(&self, details: &Json) -> String {
        let login: Option<LoginId> = id(details, "login");
        let membership: Option<MembershipId> = id(details, "membership");
        // Who was invited came with another login than the one that kept their place.
        let users = || self.involved.iter().filter(|one| !one.is_holder);
        let found = users().find(|one| Some(one.membership) == membership);
        let found = found.or_else(|| users().find(|one| Some(one.login) == login));
        match found.and_then(|user| user.username.clone()) {
            Some(username) => username,
            None if found.is_some_and(|user| !user.is_deleted) => self.say("history-invited-user"),
            None => self.say("history-deleted-user"),
        }
    }

    /// More about it: which fields, which rights; nothing for most.
    pub(super) fn detail(&self, event: &StoredEvent) -> String {
        let details = event.details();
        if event.kind == "rights.changed" {
            let parts = [("given", "history-given"), ("withdrawn", "history-withdrawn")].into_iter();
            let parts = parts.filter_map(|(field, key)| {
                let rights = self.rights(&details[field]);
                let value = (!rights.is_empty()).then(|| rights.join(", "))?;
                Some(self.texts.say_with(self.locale.language, key, &[("rights", &value)]))
            });
            return parts.collect::<Vec<_>>().join(" ");
        }
        if event.kind.starts_with("contact") {
            let kind = details["kind"].as_str().unwrap_or_default();
            return self.say(&format!("contact-{kind}"));
        }
        if event.kind.starts_with("profile.") {
            let fields = details["fields"].as_array().into_iter().flatten().filter_map(Json::as_str);
            let labels = fields.map(|field| self.say(&format!("profile-field-{}", field.replace('_', "-"))));
            return labels.collect::<Vec<_>>().join(", ");
        }
        String::new()
    }

    /// Rights by their codes, each once, wherever it is.
    fn rights(&self, codes: &Json) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let codes = codes.as_array().into_iter().flatten().filter_map(Json::as_str);
        for what in codes.filter_map(|code| What::from_code(code.split(' ').next().unwrap_or_default())) {
            let said = self.say(crate::rights::key(what));
            if !found.contains(&said) {
                found.push(said);
            }
        }
        found
    }
}
