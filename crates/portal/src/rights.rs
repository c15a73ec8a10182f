//! Access rights in words (USR-3).

use accounts::{Held, Services, What};
use kernel::Language;
use web::Labelled;
use web::{Locale, Texts};

use crate::App;

/// What may be done on the whole account, and on which services, for whoever holds it.
pub(crate) fn in_words(app: &App, locale: &Locale, held: &Held) -> Vec<Labelled> {
    labelled(app.site.texts(), locale.language, held)
}

/// The same, for letters too.
pub(crate) fn labelled(texts: &Texts, language: Language, held: &Held) -> Vec<Labelled> {
    let of_account = What::ALL.into_iter().filter(|what| !what.is_of_services() && held.has(*what));
    let of_account: Vec<String> = of_account.map(|what| texts.say(language, key(what))).collect();
    let of_services = What::ALL.into_iter().filter(|what| what.is_of_services()).filter_map(|what| {
        let said = texts.say(language, key(what));
        match held.services(what) {
            Services::All => Some(texts.say_with(language, "rights-everywhere", &[("what", &said)])),
            Services::Only(some) if some.is_empty() => None,
            Services::Only(some) => {
                let count = i64::try_from(some.len()).unwrap_or(i64::MAX);
                Some(texts.say_count(language, "rights-somewhere", count, &[("what", &said)]))
            }
        }
    });
    let of_services: Vec<String> = of_services.collect();
    let parts = [("rights-account", of_account), ("rights-services", of_services)];
    let parts = parts.into_iter().filter(|(_, said)| !said.is_empty());
    parts.map(|(label, said)| Labelled { label: texts.say(language, label), value: said.join(" · ") }).collect()
}

/// What a right is called.
pub(crate) const fn key(what: What) -> &'static str {
    match what {
        What::SeeBills => "rights-see-bills",
        What::Pay => "rights-pay",
        What::ManagePaymentMethods => "rights-cards",
        What::SeeService => "rights-see-service",
        What::ChangeService => "rights-change-service",
        What::SeeUsage => "rights-usage",
        What::ManageMailboxes => "rights-mailboxes",
        What::ContactSupport => "rights-support",
    }
}
