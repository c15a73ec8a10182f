//! E-mail addresses: one type for every door at which somebody gives one (sign-up, profile, import, staff), so that one mailbox
//! is one whoever writes it and however.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::MixedScript;
use unicode_security::restriction_level::{RestrictionLevel, RestrictionLevelDetection};

use crate::line;

/// Longest address, and longest name before the `@`, in bytes (RFC 5321).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// An address that can be written to, as `eve@exemple.ca`. Its domain is kept in ASCII (IDNA, `xn--…`), small letters, so that any
/// mail server takes it and equal ones are equal; [`EmailAddress::shown`] has it in its own letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Why a text is no address that can be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailProblem {
    #[error("is no e-mail address; expected one such as eve@exemple.ca")]
    Shape,
    #[error("is more than one e-mail address; expected one alone")]
    Several,
    #[error("has more than the address; expected it alone, as eve@exemple.ca")]
    Dressed,
    /// Dots at an end or together, quotes, comments, spaces.
    #[error("has a name before the @ that mail does not know; expected letters, digits, and dots between them")]
    Local,
    #[error("has a domain that there cannot be; expected one such as exemple.ca")]
    Domain,
    /// `pаypal.example` with a Cyrillic а: made to be taken for another.
    #[error("has a domain whose words mix letters of several scripts")]
    MixedScripts,
    #[error("is longer than mail allows")]
    Long,
}

impl EmailAddress {
    /// Understands what somebody typed. An address with letters before the `@` that are not ASCII is one; whether the way of
    /// sending carries it is for [`Self::needs_smtputf8`] to say.
    ///
    /// # Errors
    /// Why it is no address.
    pub fn parse(typed: &str) -> Result<Self, EmailProblem> {
        let typed = line(typed);
        let (local, domain) = typed.rsplit_once('@').ok_or(EmailProblem::Shape)?;
        if local.is_empty() || domain.is_empty() {
            return Err(EmailProblem::Shape);
        }
        if local.contains('@') {
            let several = typed.split([';', ',', ' ', '/', '|']).filter(|part| part.contains('@')).count() > 1;
            return Err(if several { EmailProblem::Several } else { EmailProblem::Shape });
        }
        if typed.contains(['<', '>']) || typed.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:")) {
            return Err(EmailProblem::Dressed);
        }
        check_local(local)?;
        let domain = ascii_domain(domain)?;
        if local.len() > LONGEST_LOCAL || local.len() + 1 + domain.len() > LONGEST {
            return Err(EmailProblem::Long);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// As it is kept and written to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether only a mail server with the extension SMTPUTF8 (RFC 6531) carries it.
    pub fn needs_smtputf8(&self) -> bool {
        !self.0.is_ascii()
    }

    /// As people read it: the domain in its own letters.
    pub fn shown(&self) -> String {
        shown_email(&self.0)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Letters, digits and the signs of RFC 5322's atoms, with single dots between them; letters of any script (RFC 6531).
fn check_local(local: &str) -> Result<(), EmailProblem> {
    let is_atom = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(c)
            || (!c.is_ascii() && (c.is_alphanumeric() || is_combining_mark(c)))
    };
    let begins = |word: &str| word.chars().next().is_some_and(|c| !is_combining_mark(c));
    let fits = local.split('.').all(|word| begins(word) && word.chars().all(is_atom));
    if fits { Ok(()) } else { Err(EmailProblem::Local) }
}

/// A domain in ASCII, small letters: what IDNA makes of it, not what was typed.
fn ascii_domain(typed: &str) -> Result<String, EmailProblem> {
    if typed.parse::<IpAddr>().is_ok() || typed.starts_with('[') {
        return Err(EmailProblem::Domain);
    }
    let ascii = idna::domain_to_ascii_strict(typed).map_err(|_| EmailProblem::Domain)?;
    let last = ascii.rsplit_once('.').map(|(_, last)| last).ok_or(EmailProblem::Domain)?;
    // A last part of digits is an address of a network (RFC 3696); one letter, or a sign, is none that was ever given out.
    let is_given_out = last.starts_with("xn--") || last.bytes().all(|byte| byte.is_ascii_alphabetic());
    if last.len() < 2 || !is_given_out {
        return Err(EmailProblem::Domain);
    }
    let (unicode, read) = idna::domain_to_unicode(&ascii);
    read.map_err(|_| EmailProblem::Domain)?;
    // Letters, digits, hyphens, and what stands within words of some scripts (RFC 5892); no pictures.
    let in_word = |c: char| {
        c.is_alphanumeric() || is_combining_mark(c) || "-.·\u{200c}\u{200d}\u{30fb}\u{375}\u{5f3}\u{5f4}".contains(c)
    };
    if !unicode.chars().all(in_word) {
        return Err(EmailProblem::Domain);
    }
    if unicode.split('.').any(is_mixed) {
        return Err(EmailProblem::MixedScripts);
    }
    Ok(ascii)
}

/// Whether a word mixes scripts that nobody writes together; Han, kana and Hangul stand with Latin (UTS 39, highly restrictive).
fn is_mixed(word: &str) -> bool {
    !word.is_single_script() && !word.check_restriction_level(RestrictionLevel::HighlyRestrictive)
}

/// A kept address as people read it. A domain whose words mix scripts stays in ASCII, where it deceives nobody.
pub fn shown_email(kept: &str) -> String {
    let Some((local, domain)) = kept.rsplit_once('@').filter(|(_, domain)| domain.contains("xn--")) else {
        return kept.to_owned();
    };
    let (unicode, read) = idna::domain_to_unicode(domain);
    let is_plain = read.is_ok() && !unicode.split('.').any(is_mixed);
    if is_plain { format!("{local}@{unicode}") } else { kept.to_owned() }
}

/// A text in which kept addresses stand as people read them.
pub fn with_emails_shown(text: &str) -> Cow<'_, str> {
    if !text.contains("xn--") || !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let bounds = |c: char| c.is_whitespace() || "<>()[]\"“”«»,;:&".contains(c);
    let words = text.split_inclusive(bounds).map(|word| {
        let bare = word.trim_end_matches(|c: char| bounds(c) || c == '.');
        format!("{}{}", shown_email(bare), &word[bare.len()..])
    });
    Cow::Owned(words.collect())
}

/// The form in which two spellings of one mailbox are equal, of what is an address and of what is none.
pub fn mailbox(email: &str) -> String {
    let plain = line(email);
    let (local, domain) = plain.rsplit_once('@').unwrap_or((&plain, ""));
    let ascii = idna::domain_to_ascii(domain).map(|ascii| ascii.trim_end_matches('.').to_owned());
    let domain = ascii.unwrap_or_else(|_| domain.to_lowercase());
    if domain.is_empty() { local.to_lowercase() } else { format!("{}@{domain}", local.to_lowercase()) }
}

/// The forms under which versions before this one may have noted a mailbox, besides [`mailbox`]: as it was typed then.
pub fn former_mailboxes(email: &str) -> Vec<String> {
    let mailbox = mailbox(email);
    let typed = email.trim().to_lowercase();
    let unicode = mailbox.rsplit_once('@').map(|(local, domain)| {
        let (unicode, _) = idna::domain_to_unicode(domain);
        format!("{local}@{unicode}")
    });
    let unicode = unicode.unwrap_or_default();
    let apart: String = unicode.nfd().collect();
    let mut forms: Vec<String> = Vec::new();
    for form in [typed, unicode, apart] {
        if !form.is_empty() && form != mailbox && !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEER: &str = "info@xn--bire-fictive-ydb.example";

    #[test]
    fn pro_1_one_mailbox_is_one_however_its_domain_is_written() {
        for typed in [
            BEER,
            "info@bière-fictive.example",
            "info@BIÈRE-Fictive.Example",
            "info@bie\u{300}re-fictive.example",
            " info@bière-fictive。example ",
            "info@XN--BIRE-FICTIVE-YDB.example",
        ] {
            let parsed = EmailAddress::parse(typed).unwrap_or_else(|problem| panic!("{typed}: {problem}"));
            assert_eq!(parsed.as_str(), BEER, "{typed}");
            assert_eq!(parsed.shown(), "info@bière-fictive.example");
            assert!(!parsed.needs_smtputf8());
            assert_eq!(mailbox(typed), BEER, "{typed}");
        }
        assert_eq!(mailbox(" Eve@Exemple.CA."), "eve@exemple.ca");
        assert_eq!(former_mailboxes("eve@exemple.ca"), Vec::<String>::new());
        let former = former_mailboxes(BEER);
        assert_eq!(former, ["info@bière-fictive.example", "info@bie\u{300}re-fictive.example"]);
        assert_eq!(mailbox("no address"), "no address");
    }

    #[test]
    fn pro_1_what_mail_cannot_be_sent_to_is_no_address() {
        use EmailProblem::{Domain, Dressed, Local, Long, MixedScripts, Several, Shape};
        let long = format!("{}@exemple.ca", "a".repeat(65));
        let longer = format!("{}@{}ca", "a".repeat(64), "exemple.".repeat(24));
        for (typed, problem) in [
            ("", Shape),
            ("eve", Shape),
            ("@exemple.ca", Shape),
            ("eve@", Shape),
            ("a.fictif@exemple.ca;b.fictif@exemple.ca", Several),
            ("a.fictif@exemple.ca; b.fictif@exemple.ca", Several),
            ("a@exemple.ca, b@exemple.ca", Several),
            ("a@exemple.ca b@exemple.ca", Several),
            ("<c.fictif@exemple.ca>", Dressed),
            ("Chloé <c.fictif@exemple.ca>", Dressed),
            ("mailto:f.fictif@exemple.ca", Dressed),
            ("d.fictif@exemple.ca.", Domain),
            ("e@fictif@exemple.ca", Shape),
            (".eve@exemple.ca", Local),
            ("eve.@exemple.ca", Local),
            ("eve..roy@exemple.ca", Local),
            ("\"eve roy\"@exemple.ca", Local),
            ("eve(home)@exemple.ca", Local),
            ("eve roy@exemple.ca", Local),
            ("eve\\@exemple.ca", Local),
            ("eve@exemple", Domain),
            ("eve@localhost", Domain),
            ("eve@[192.0.2.1]", Domain),
            ("eve@192.0.2.1", Domain),
            ("eve@exemple..ca", Domain),
            ("eve@-exemple.ca", Domain),
            ("eve@exemple-.ca", Domain),
            ("eve@exem_ple.ca", Domain),
            ("eve@exem ple.ca", Domain),
            ("eve@ab--cd.ca", Domain),
            ("eve@xn--zz--bad.ca", Domain),
            ("eve@☕.example", Domain),
            ("eve@exemple.c", Domain),
            ("eve@exemple.123", Domain),
            ("eve@exemple.tld-2", Domain),
            ("eve@p\u{430}ypal.example", MixedScripts),
            ("eve@東京p\u{430}y.example", MixedScripts),
            (long.as_str(), Long),
            (longer.as_str(), Long),
        ] {
            assert_eq!(EmailAddress::parse(typed).err(), Some(problem), "{typed}");
        }
    }

    #[test]
    fn pro_1_right_addresses_are_taken_as_they_are() {
        for typed in [
            "g.fictif+facture@exemple.ca",
            "o'brien@exemple.ca",
            "a_b-c@sub.exemple.co.uk",
            "élise.fictive@exemple.ca",
            "Eve.Roy@exemple.ca",
            "1@exemple.ca",
        ] {
            assert_eq!(EmailAddress::parse(typed).map(|parsed| parsed.0).as_deref(), Ok(typed));
        }
        assert!(EmailAddress::parse("élise@exemple.ca").expect("an address").needs_smtputf8());
        let said = with_emails_shown("Write to info@xn--bire-fictive-ydb.example. (xn--bire-fictive-ydb.example)");
        assert_eq!(said, "Write to info@bière-fictive.example. (xn--bire-fictive-ydb.example)");
        assert_eq!(
            shown_email("eve@xn--pypal-4ve.example"),
            "eve@xn--pypal-4ve.example",
            "a mixed one deceives nobody"
        );
    }
}
