//! What the configuration says of a lost contact e-mail (SEC-5): times, and which documents are accepted.

use jiff::SignedDuration;
use kernel::Problem;
use portal::{AcceptedDocument, NAMED_COUNTRIES, OTHER_COUNTRY, RecoveryRules};
use serde::Deserialize;
use services::catalogue::Bilingual;
use toml::Spanned;

const ANSWER_HOURS: u16 = 72;
const OBJECTION_HOURS: u16 = 72;
const KEEP_DAYS: u16 = 30;
const KINDS: [&str; 2] = ["person", "business"];

/// Country, kind of customer, the document in French and in English.
const SHIPPED: [(&str, &str, &str, &str); 19] = [
    ("CA", "person", "Passeport canadien", "Canadian passport"),
    (
        "CA",
        "person",
        "Permis de conduire d’une province ou d’un territoire",
        "Driver’s licence of a province or territory",
    ),
    ("CA", "person", "Carte d’identité d’une province ou d’un territoire", "Identity card of a province or territory"),
    (
        "CA",
        "person",
        "Carte de résident permanent ou certificat de statut d’Indien",
        "Permanent resident card or certificate of Indian status",
    ),
    (
        "CA",
        "business",
        "Certificat de constitution, ou état de renseignements du registre (de moins de trois mois), avec une pièce d’identité de la personne qui y est nommée",
        "Certificate of incorporation, or statement of information from the registry (less than three months old), with an identity document of the person named there",
    ),
    (
        "CA",
        "business",
        "Lettre à en-tête signée d’un dirigeant inscrit au registre, avec sa pièce d’identité",
        "Letter on letterhead signed by an officer named in the registry, with their identity document",
    ),
    ("US", "person", "Passeport américain", "United States passport"),
    (
        "US",
        "person",
        "Permis de conduire ou carte d’identité d’un État",
        "Driver’s license or identity card of a state",
    ),
    (
        "US",
        "business",
        "Statuts (Articles of Incorporation) ou Certificate of Good Standing, avec une pièce d’identité de la personne qui y est nommée",
        "Articles of incorporation or certificate of good standing, with an identity document of the person named there",
    ),
    (
        "US",
        "business",
        "Lettre de l’IRS avec l’EIN, avec une pièce d’identité d’un dirigeant",
        "IRS letter with the EIN, with an identity document of an officer",
    ),
    ("FR", "person", "Carte nationale d’identité, recto et verso", "National identity card, both sides"),
    ("FR", "person", "Passeport français", "French passport"),
    ("FR", "person", "Titre de séjour", "Residence permit"),
    (
        "FR",
        "business",
        "Extrait Kbis de moins de trois mois, avec une pièce d’identité du représentant légal",
        "Kbis extract less than three months old, with an identity document of the legal representative",
    ),
    (
        "FR",
        "business",
        "Récépissé de déclaration de l’association, avec une pièce d’identité de son président",
        "Receipt of the association’s declaration, with an identity document of its president",
    ),
    ("other", "person", "Passeport", "Passport"),
    ("other", "person", "Carte d’identité nationale, recto et verso", "National identity card, both sides"),
    (
        "other",
        "business",
        "Extrait du registre des entreprises de moins de trois mois, avec une pièce d’identité de la personne qui y est nommée",
        "Extract from the business registry less than three months old, with an identity document of the person named there",
    ),
    (
        "other",
        "business",
        "Lettre à en-tête signée d’un dirigeant, avec son passeport",
        "Letter on letterhead signed by an officer, with their passport",
    ),
];

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileRecovery {
    answer_hours: Option<Spanned<u16>>,
    objection_hours: Option<Spanned<u16>>,
    keep_documents_days: Option<Spanned<u16>>,
    documents: Option<Vec<FileDocument>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDocument {
    country: Spanned<String>,
    kind: Spanned<String>,
    fr: Spanned<String>,
    en: Spanned<String>,
}

/// A number within its limits, or what stands where none is given.
fn within(
    text: &str,
    name: &str,
    given: Option<&Spanned<u16>>,
    (usual, least, most): (u16, u16, u16),
) -> Result<i64, Problem> {
    match given {
        Some(number) if !(least..=most).contains(number.get_ref()) => {
            Err(Problem::at(text, number.span().start, format!("{name} must be {least} to {most}")))
        }
        number => Ok(i64::from(number.map_or(usual, |number| *number.get_ref()))),
    }
}

impl FileDocument {
    fn check(self, text: &str) -> Result<AcceptedDocument, Problem> {
        let country = self.country.get_ref();
        let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        if country != OTHER_COUNTRY && !is_code {
            let known = NAMED_COUNTRIES.join(", ");
            let reason =
                format!("“{country}” is no country; expected two capital letters ({known}…) or “{OTHER_COUNTRY}”");
            return Err(Problem::at(text, self.country.span().start, reason));
        }
        if !KINDS.contains(&self.kind.get_ref().as_str()) {
            let reason = format!("“{}” is no kind of customer; expected person or business", self.kind.get_ref());
            return Err(Problem::at(text, self.kind.span().start, reason));
        }
        for said in [&self.fr, &self.en] {
            if said.get_ref().trim().is_empty() || said.get_ref().chars().count() > 300 {
                return Err(Problem::at(text, said.span().start, "a document is named in 1 to 300 characters"));
            }
        }
        let text = Bilingual { fr: self.fr.into_inner(), en: self.en.into_inner() };
        Ok(AcceptedDocument { country: self.country.into_inner(), kind: self.kind.into_inner(), text })
    }
}

impl FileRecovery {
    pub(crate) fn check(self, text: &str) -> Result<RecoveryRules, Problem> {
        let answer = within(text, "answer_hours", self.answer_hours.as_ref(), (ANSWER_HOURS, 1, 720))?;
        // Without time to object the old address would learn of it too late.
        let objection = within(text, "objection_hours", self.objection_hours.as_ref(), (OBJECTION_HOURS, 24, 720))?;
        // The link at the end is good for five days, and what it needs must be there as long.
        let keep = within(text, "keep_documents_days", self.keep_documents_days.as_ref(), (KEEP_DAYS, 7, 365))?;
        let mut documents = Vec::new();
        let at = text.find("[[recovery.documents]]").unwrap_or_default();
        match self.documents {
            Some(listed) => {
                for document in listed {
                    documents.push(document.check(text)?);
                }
            }
            None => documents.extend(SHIPPED.map(|(country, kind, fr, en)| AcceptedDocument {
                country: country.to_owned(),
                kind: kind.to_owned(),
                text: Bilingual { fr: fr.to_owned(), en: en.to_owned() },
            })),
        }
        for kind in KINDS {
            if !documents.iter().any(|one| one.country == OTHER_COUNTRY && one.kind == kind) {
                let reason = format!(
                    "the documents lack those for country = \"{OTHER_COUNTRY}\", kind = \"{kind}\", for who has no list of their own"
                );
                return Err(Problem::at(text, at, reason));
            }
        }
        let hours = SignedDuration::from_hours;
        Ok(RecoveryRules { answer: hours(answer), objection: hours(objection), keep: hours(24 * keep), documents })
    }
}
