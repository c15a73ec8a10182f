use kernel::{Language, with_emails_shown};

/// What an e-mail says, written once for both of its forms.
#[derive(Clone, Debug)]
pub struct Letter {
    pub language: Language,
    /// The provider's name, under the closing.
    pub provider: String,
    /// As `Bonjour Ève,`.
    pub greeting: String,
    pub blocks: Vec<Block>,
    /// As `Au plaisir de vous servir,`.
    pub closing: String,
}

/// A part of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Text(String),
    /// The one thing to do. In plain text the address stands under the label.
    Button {
        label: String,
        href: String,
    },
    /// Something else that may be wanted, quieter than the button.
    Link {
        label: String,
        href: String,
    },
    /// Names and values, as an amount and the day it is due.
    Facts(Vec<(String, String)>),
}

const BODY: &str = "margin:0;padding:24px 16px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;\
                    font-size:16px;line-height:1.5";
const BUTTON: &str = "display:inline-block;padding:12px 20px;border-radius:6px;background-color:#1a4f8b;color:#ffffff;\
                      font-weight:600;text-decoration:none";

impl Letter {
    /// The plain text.
    pub fn to_text(&self) -> String {
        let mut parts = vec![self.greeting.clone()];
        parts.extend(self.blocks.iter().map(|block| match block {
            Block::Text(text) => with_emails_shown(text).into_owned(),
            Block::Button { label, href } | Block::Link { label, href } => format!("{label}{}\n{href}", self.colon()),
            Block::Facts(facts) => {
                let lines =
                    facts.iter().map(|(name, value)| format!("{name}{} {}", self.colon(), with_emails_shown(value)));
                lines.collect::<Vec<_>>().join("\n")
            }
        }));
        parts.push(format!("{}\n{}", self.closing, self.provider));
        parts.retain(|part| !part.trim().is_empty());
        parts.join("\n\n") + "\n"
    }

    /// The same as HTML that mail programs understand: no table, no image, nothing fetched, colours left to the program
    /// in light and dark, at most 600 pixels wide.
    pub fn to_html(&self) -> String {
        let language = self.language.code();
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>{}</title>\n\
             <style>:root{{color-scheme:light dark}}</style>\n</head>\n<body style=\"{BODY}\">\n\
             <div lang=\"{language}\" style=\"max-width:600px;margin:0 auto\">\n",
            escaped(&self.provider)
        );
        html.push_str(&paragraph(&self.greeting));
        for block in &self.blocks {
            html.push_str(&match block {
                Block::Text(text) => paragraph(text),
                Block::Button { label, href } => format!(
                    "<p style=\"margin:24px 0\"><a href=\"{}\" style=\"{BUTTON}\">{}</a></p>\n",
                    escaped(href),
                    escaped(label)
                ),
                Block::Link { label, href } => {
                    format!("<p style=\"margin:0 0 16px\"><a href=\"{}\">{}</a></p>\n", escaped(href), escaped(label))
                }
                Block::Facts(facts) => facts_html(facts),
            });
        }
        html.push_str(&paragraph(&format!("{}\n{}", self.closing, self.provider)));
        html.push_str("</div>\n</body>\n</html>\n");
        html
    }

    /// French sets a no-break space before a colon.
    fn colon(&self) -> &'static str {
        match self.language {
            Language::Fr => "\u{a0}:",
            Language::En => ":",
        }
    }
}

fn paragraph(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let text = escaped(&with_emails_shown(text.trim())).replace('\n', "<br>");
    format!("<p style=\"margin:0 0 16px\">{text}</p>\n")
}

fn facts_html(facts: &[(String, String)]) -> String {
    let mut html = String::from("<dl style=\"margin:0 0 16px\">\n");
    for (name, value) in facts {
        html.push_str(&format!(
            "<dt style=\"margin:0;font-size:14px\">{}</dt>\n<dd style=\"margin:0 0 12px;font-weight:600\">{}</dd>\n",
            escaped(name),
            escaped(&with_emails_shown(value))
        ));
    }
    html + "</dl>\n"
}

/// Safe as text and as the value of a quoted attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Letter {
            language: Language::Fr,
            provider: "Télécom <Boréal>".to_owned(),
            greeting: "Bonjour Ève,".to_owned(),
            blocks: vec![
                Block::Text("Votre facture est prête.".to_owned()),
                Block::Facts(vec![fact("À payer", "34,32 $"), fact("Avant le", "22 décembre 2026")]),
                Block::Button {
                    label: "Voir ma facture".to_owned(),
                    href: "https://example.ca/bills?a=1&b=\"2\"".to_owned(),
                },
                Block::Text("<script>alert('x')</script>".to_owned()),
            ],
            closing: "Merci,".to_owned(),
        }
    }

    #[test]
    fn ops_3_a_letter_says_the_same_in_both_forms() {
        let text = letter().to_text();
        let expected = "Bonjour Ève,\n\nVotre facture est prête.\n\nÀ payer\u{a0}: 34,32 $\nAvant le\u{a0}: 22 décembre 2026\n\n\
                        Voir ma facture\u{a0}:\nhttps://example.ca/bills?a=1&b=\"2\"\n\n<script>alert('x')</script>\n\n\
                        Merci,\nTélécom <Boréal>\n";
        assert_eq!(text, expected);
        let html = letter().to_html();
        for part in
            ["<html lang=\"fr\">", "Bonjour Ève,", "34,32 $", "22 décembre 2026", "Voir ma facture", "Merci,<br>"]
        {
            assert!(html.contains(part), "{part}");
        }
    }

    #[test]
    fn prv_4_nothing_in_a_letter_becomes_markup() {
        let html = letter().to_html();
        assert!(html.contains("href=\"https://example.ca/bills?a=1&amp;b=&quot;2&quot;\""));
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") && !html.contains("<script"));
        assert!(html.contains("Télécom &lt;Boréal&gt;"));
    }
}
