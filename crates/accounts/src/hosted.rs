//! The domains whose mailboxes the provider hosts (ACC-4): who could be reached there alone would not be reached when the service
//! stops.

/// Domains in the form in which equal ones are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostedDomains(Vec<String>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no domain; expected one such as example.ca")]
pub struct DomainError(String);

/// In letters of ASCII, small, without a dot at the end: `Exemplé.CA.` is `xn--exempl-gva.ca`. Less strict than an address that is
/// written to, for what cannot be told apart counts as hosted.
fn canonical(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii(domain.trim()).ok()?;
    let ascii = ascii.trim_end_matches('.').to_owned();
    let is_domain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    (!ascii.is_empty() && ascii.chars().all(is_domain)).then_some(ascii)
}

impl HostedDomains {
    /// # Errors
    /// The place of the first that is no domain, and why.
    pub fn new<'a>(domains: impl IntoIterator<Item = &'a str>) -> Result<Self, (usize, DomainError)> {
        let checked = domains.into_iter().enumerate().map(|(at, domain)| {
            let known = canonical(domain).filter(|domain| domain.contains('.'));
            known.ok_or_else(|| (at, DomainError(domain.to_owned())))
        });
        checked.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a mailbox is on one of the domains, or below one. What has no domain that can be told apart, as an address of a
    /// network in brackets, counts as one: it may be the provider's own machine.
    pub fn has(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').and_then(|(_, domain)| canonical(domain));
        domain.is_none_or(|domain| {
            let below = |hosted: &String| domain.strip_suffix(hosted).is_some_and(|rest| rest.ends_with('.'));
            self.0.iter().any(|hosted| domain == *hosted || below(hosted))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acc_4_a_hosted_domain_is_known_however_it_is_written() {
        let hosted = HostedDomains::new(["Heberge.ca", "bière.ca"]).expect("domains");
        for email in [
            "a@heberge.ca",
            "A@HEBERGE.CA",
            " a@heberge.ca ",
            "a@sub.heberge.ca",
            "a@heberge.ca.",
            "\"a@ailleurs.ca\"@heberge.ca",
            "a@ｈeberge.ca",
            "a@heberge。ca",
            "a@BIÈRE.ca",
            "a@bie\u{300}re.ca",
            "a@xn--bire-6oa.ca",
            "a@[192.0.2.1]",
            "a",
        ] {
            assert!(hosted.has(email), "{email}");
        }
        for email in ["a@autreheberge.ca", "a@heberge.ca.ailleurs.ca", "heberge.ca@ailleurs.ca", "a@biere.ca"] {
            assert!(!hosted.has(email), "{email}");
        }
        let (at, error) = HostedDomains::new(["a.ca", "no domain"]).expect_err("no domain");
        assert_eq!((at, error.to_string().as_str()), (1, "“no domain” is no domain; expected one such as example.ca"));
        assert!(HostedDomains::new(["ca"]).is_err());
    }
}
