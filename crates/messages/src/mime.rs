use std::time::{Duration, SystemTime};

use kernel::EmailAddress;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::email::{Content, Sender, one_line};
use crate::store::Row;

/// A message as it travels (RFC 5322), and its envelope.
pub(crate) struct Mail {
    pub(crate) envelope: Envelope,
    pub(crate) bytes: Vec<u8>,
}

/// Makes the mail of a message: the same bytes each time. The error says why there can be none.
pub(crate) fn mail_of(sender: &Sender, row: &Row, content: &Content) -> Result<Mail, String> {
    // As it is kept, or as an earlier version kept it: the domain travels in ASCII, which any mail server takes.
    let to = EmailAddress::parse(&content.to).ok().and_then(|to| to.as_str().parse::<Address>().ok());
    let to = to.ok_or_else(|| "the recipient's address is none".to_owned())?;
    let micros = u64::try_from(row.created_at.microseconds()).unwrap_or(0);
    // Ours instead of a random one, so that a repeat is the same; a UUID is in no text by chance.
    let boundary = format!("guichet-{}", row.id);
    let parts = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(SinglePart::plain(content.text.clone()))
        .singlepart(SinglePart::html(content.html.clone()));
    let header = |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
    let message = Message::builder()
        .message_id(Some(format!("<{}>", row.message_id)))
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
        .from(sender.mailbox().clone())
        .to(to.into())
        .subject(one_line(&content.subject))
        .raw_header(header("Content-Language", row.language.code()))
        // RFC 3834: no out-of-office answers to this, please.
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .multipart(parts)
        .map_err(|error| error.to_string())?;
    Ok(Mail { envelope: message.envelope().clone(), bytes: message.formatted() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Language, World};

    fn row() -> Row {
        let world = World::real();
        Row {
            id: world.id(),
            message_id: "1@example.ca".to_owned(),
            kind: "test".to_owned(),
            language: Language::Fr,
            data_key: Vec::new(),
            key_id: 1,
            sealed: Vec::new(),
            state: "waiting".to_owned(),
            created_at: world.now(),
            last_error: None,
            channel: "email".to_owned(),
            useful_until: None,
        }
    }

    fn content(to: &str, subject: &str) -> Content {
        let (text, html) = ("Déjà prête.".to_owned(), "<p>Déjà prête.</p>".to_owned());
        Content { to: to.to_owned(), subject: subject.to_owned(), text, html }
    }

    fn headers(mail: &Mail) -> Vec<String> {
        let text = String::from_utf8(mail.bytes.clone()).expect("UTF-8");
        let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        unfolded.split("\r\n").map(|line| line.split(':').next().unwrap_or_default().to_lowercase()).collect()
    }

    #[test]
    fn prv_4_a_line_end_in_subject_or_name_adds_no_header() {
        let expected =
            ["message-id", "date", "from", "to", "subject", "content-language", "auto-submitted", "mime-version"];
        for end in ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", "\0\n", "\r\n\r\n"] {
            let evil = format!("Facture{end}Bcc: everybody@example.ca{end}{end}<b>body</b>");
            let sender = Sender::new(&evil, "facturation@example.ca").expect("a sender");
            let mail = mail_of(&sender, &row(), &content("eve@example.ca", &evil)).expect("a mail");
            let mut found = headers(&mail);
            found.retain(|name| name != "content-type");
            assert_eq!(found, expected, "{end:?}");
            assert_eq!(mail.envelope.to().len(), 1);
        }
    }

    #[test]
    fn prv_4_a_recipient_that_is_no_address_gets_no_mail() {
        let sender = Sender::new("Guichet", "facturation@example.ca").expect("a sender");
        for to in
            ["eve", "eve@example.ca\r\nBcc: all@example.ca", "eve@example.ca, all@example.ca", "", "<eve@example.ca>\n"]
        {
            let refused = mail_of(&sender, &row(), &content(to, "Facture"));
            assert_eq!(refused.err().as_deref(), Some("the recipient's address is none"), "{to:?}");
        }
        assert!(Sender::new("Guichet", "facturation@example.ca\nBcc: x@example.ca").is_err());
    }

    #[test]
    fn ops_3_a_repeat_is_the_same_to_the_byte() {
        let sender = Sender::new("Télécom Boréal", "facturation@example.ca").expect("a sender");
        let (row, content) = (row(), content("eve@example.ca", "Votre facture est prête"));
        let once = mail_of(&sender, &row, &content).expect("a mail");
        assert_eq!(once.bytes, mail_of(&sender, &row, &content).expect("a mail").bytes);
        assert!(once.bytes.is_ascii(), "any mail server takes it");
    }
}
