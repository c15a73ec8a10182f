//! What the configuration says of the provider: its name, and how customers reach it (OPS-1).

use accounts::Suffix;
use billing::ProviderFacts;
use kernel::Problem;
use portal::{Provider, ProviderTelephone};
use serde::Deserialize;
use services::catalogue::Bilingual;
use toml::Spanned;

/// The most lines that the window of an envelope shows.
const MOST_ADDRESS_LINES: usize = 6;
const MOST_CHARACTERS: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileProvider {
    pub(crate) name: String,
    pub(crate) identifier_suffix: Suffix,
    pub(crate) time_zone: Spanned<String>,
    #[serde(default)]
    address: Vec<Spanned<String>>,
    telephone: Option<Spanned<String>>,
    tty: Option<Spanned<String>>,
    email: Option<Spanned<String>>,
    site: Option<Spanned<String>>,
    hours: Option<Spanned<Bilingual>>,
    #[serde(default)]
    telephones: Vec<FileTelephone>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTelephone {
    subject: Spanned<Bilingual>,
    number: Spanned<String>,
    hours: Option<Spanned<Bilingual>>,
}

impl FileProvider {
    /// The checked facts; `text` is the file, for the line of a problem.
    pub(crate) fn check(&self, text: &str) -> Result<Provider, Problem> {
        if let Some(line) = self.address.get(MOST_ADDRESS_LINES) {
            let reason = format!("an address has at most {MOST_ADDRESS_LINES} lines");
            return Err(Problem::at(text, line.span().start, reason));
        }
        let lines = self.address.iter().map(|line| checked(text, line, is_line, "is no line of an address"));
        let telephone = |number| checked(text, number, is_telephone, "is no telephone number");
        let hours = |hours: &Option<Spanned<Bilingual>>| hours.as_ref().map(|hours| both(text, hours)).transpose();
        let telephones = self.telephones.iter().map(|file| {
            Ok(ProviderTelephone {
                subject: both(text, &file.subject)?,
                number: telephone(&file.number)?,
                hours: hours(&file.hours)?,
            })
        });
        let facts = ProviderFacts {
            name: self.name.clone(),
            address: lines.collect::<Result<_, _>>()?,
            telephone: self.telephone.as_ref().map(telephone).transpose()?,
            tty: self.tty.as_ref().map(telephone).transpose()?,
            email: self
                .email
                .as_ref()
                .map(|email| checked(text, email, is_email, "is no e-mail address"))
                .transpose()?,
            site: self.site.as_ref().map(|site| checked(text, site, is_site, "is no https:// address")).transpose()?,
            ..ProviderFacts::default()
        };
        Ok(Provider { facts, hours: hours(&self.hours)?, telephones: telephones.collect::<Result<_, _>>()? })
    }
}

fn checked(text: &str, value: &Spanned<String>, fits: fn(&str) -> bool, reason: &str) -> Result<String, Problem> {
    let said = value.get_ref();
    let wrong = || Problem::at(text, value.span().start, format!("“{said}” {reason}"));
    if fits(said) { Ok(said.clone()) } else { Err(wrong()) }
}

fn both(text: &str, value: &Spanned<Bilingual>) -> Result<Bilingual, Problem> {
    let said = value.get_ref();
    if said.fr.trim().is_empty() || said.en.trim().is_empty() {
        return Err(Problem::at(text, value.span().start, "must be said in both languages"));
    }
    Ok(said.clone())
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MOST_CHARACTERS && !text.chars().any(char::is_control)
}

fn is_telephone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (3..=15).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " \u{a0}+-.()".contains(c))
}

fn is_email(text: &str) -> bool {
    let clean = is_line(text) && !text.contains(char::is_whitespace);
    clean && text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}

fn is_site(text: &str) -> bool {
    let host = text.strip_prefix("https://");
    host.is_some_and(|host| !host.is_empty()) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::demonstration::CONFIGURATION;

    #[test]
    fn ops_1_the_demonstrations_configuration_is_valid_and_complete() {
        let config = Config::parse(CONFIGURATION).expect("valid");
        assert!(config.demonstration && config.provider.facts.name == "Boréal" && config.rules.fees == ["911"]);
        let provider = &config.provider;
        assert_eq!((provider.facts.address.len(), provider.telephones.len()), (3, 3));
        assert!(provider.facts.email.is_some() && provider.facts.site.is_some() && provider.facts.tty.is_some());
        assert_eq!(provider.telephones[1].subject.fr, "Soutien technique");
    }

    #[test]
    fn ops_1_an_error_about_the_provider_names_line_and_reason() {
        let cases = [
            ("telephone = \"1 800 555-0140\"", "telephone = \"call us\"", "“call us” is no telephone number"),
            ("email = \"service@boreal.example\"", "email = \"service\"", "“service” is no e-mail address"),
            ("site = \"https://boreal.example\"", "site = \"boreal\"", "“boreal” is no https:// address"),
            ("subject = { fr = \"Soutien technique\",", "subject = { fr = \"\",", "must be said in both languages"),
            ("number = \"1 800 555-0143\"", "number = \"\"", "“” is no telephone number"),
            ("address = [\"Boréal Télécom inc.\"", "address = [\"\"", "“” is no line of an address"),
            ("tty = ", "teletype = ", "unknown field `teletype`"),
        ];
        for (from, to, expected) in cases {
            let problem = Config::parse(&CONFIGURATION.replace(from, to)).expect_err("a problem");
            assert!(problem.reason.starts_with(expected), "{problem}");
            let line = CONFIGURATION.lines().position(|line| line.starts_with(from)).map_or(0, |line| line + 1);
            assert_eq!(problem.line, line, "{problem}");
        }
    }

    #[test]
    fn ops_1_the_template_shows_how_customers_reach_the_provider() {
        let uncommented = |line: &str| {
            let rest = line.strip_prefix("# ")?;
            let key = rest.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase()));
            (key || rest.starts_with("[[provider")).then(|| rest.to_owned())
        };
        let (before, after) = crate::config::TEMPLATE.split_once("[database]").expect("a database");
        let lines: Vec<String> = before.lines().map(|line| uncommented(line).unwrap_or(line.to_owned())).collect();
        let config = Config::parse(&format!("{}\n[database]{after}", lines.join("\n"))).expect("valid");
        assert_eq!((config.provider.facts.address.len(), config.provider.telephones.len()), (3, 1));
        assert!(
            config.provider.facts.tty.is_some()
                && config.provider.hours.is_some()
                && config.provider.facts.site.is_some()
        );
    }
}
