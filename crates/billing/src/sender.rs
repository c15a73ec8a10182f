//! Who sends bills and receipts, as they stand on them.

use kernel::Language;
use serde::{Deserialize, Serialize};
use web::Texts;

use paper::{DocumentLink, Sender};
use web::Labelled;

/// What is known of the provider, in any language. Kept with the rules of its bills ([`crate::BillingRules::sender`]), so that each
/// bears the sender of its day: a new field has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderFacts {
    pub name: String,
    /// Where cheques go.
    pub address: Vec<String>,
    pub telephone: Option<String>,
    pub tty: Option<String>,
    pub email: Option<String>,
    /// `https://…`
    pub site: Option<String>,
    /// The customer centre, `https://…`, where it has an address for customers.
    pub centre: Option<String>,
    /// Whether bills are paid by card there.
    pub takes_cards: bool,
}

impl ProviderFacts {
    /// What leads somewhere on paper.
    pub fn links(&self) -> Vec<DocumentLink> {
        let sites = [&self.centre, &self.site].into_iter().flatten();
        let sites = sites.map(|site| DocumentLink { text: shown_site(site).to_owned(), href: site.clone() });
        let email =
            self.email.iter().map(|email| DocumentLink { text: email.clone(), href: format!("mailto:{email}") });
        email.chain(sites).collect()
    }
}

/// `boreal.example` of `https://boreal.example/`.
pub(crate) fn shown_site(site: &str) -> &str {
    let bare = site.strip_prefix("https://").or_else(|| site.strip_prefix("http://")).unwrap_or(site);
    bare.trim_end_matches('/')
}

/// The provider with the ways to reach it, without tax registrations: as on what is no bill.
pub fn sender(texts: &Texts, language: Language, provider: &ProviderFacts) -> Sender {
    let places = [
        ("bill-telephone", &provider.telephone),
        ("bill-tty", &provider.tty),
        ("bill-email", &provider.email),
        ("bill-site", &provider.site),
    ];
    let reach = places
        .into_iter()
        .filter_map(|(key, place)| place.as_deref().map(|value| (key, value)))
        .map(|(key, value)| Labelled { label: texts.say(language, key), value: shown_site(value).to_owned() });
    Sender {
        name: provider.name.clone(),
        address: provider.address.clone(),
        reach: reach.collect(),
        registrations: Vec::new(),
    }
}
