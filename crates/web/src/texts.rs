//! Everything that people read, in both languages (Fluent).

use std::collections::HashMap;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use kernel::Language;
use unic_langid::langid;

/// The texts of all slices, in French and in English.
pub struct Texts {
    fr: Bundle,
    en: Bundle,
}

struct Bundle {
    messages: FluentBundle<FluentResource>,
    /// Those that decide nothing, which are most: a page has dozens.
    ready: HashMap<String, Ready>,
}

/// A text without plurals, terms or functions.
enum Ready {
    /// Has no values: it is made once.
    Plain(Arc<str>),
    /// Words and values by turns.
    Woven(Box<[Piece]>),
}

enum Piece {
    Words(Box<str>),
    Value(Box<str>),
}

#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    #[error("the {language} texts: {reason}")]
    Source { language: Language, reason: String },
    #[error("there is no {language} text “{key}”")]
    Missing { language: Language, key: String },
    #[error("the {language} text “{key}”: {reason}")]
    Broken { language: Language, key: String, reason: String },
}

impl Texts {
    /// Reads the texts of all slices. A key that one language has and the other lacks is refused, and so is one that two
    /// slices define.
    ///
    /// # Errors
    /// What is wrong, with the key.
    pub fn new<'a>(
        fr: impl IntoIterator<Item = &'a str>,
        en: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TextsError> {
        let fr = bundle(Language::Fr, fr)?;
        let en = bundle(Language::En, en)?;
        for (language, ours, theirs) in [(Language::Fr, &fr.0, &en.1), (Language::En, &en.0, &fr.1)] {
            if let Some(key) = theirs.iter().find(|key| ours.get_message(key).is_none()) {
                return Err(TextsError::Missing { language, key: key.clone() });
            }
        }
        Ok(Self { fr: with_ready(fr), en: with_ready(en) })
    }

    /// A text, with its values.
    ///
    /// # Errors
    /// When there is none of that key, or a value is missing: never a text with holes.
    pub fn get(&self, language: Language, key: &str, values: &[(&str, &str)]) -> Result<String, TextsError> {
        match self.of(language).ready.get(key) {
            Some(Ready::Plain(text)) => return Ok(text.to_string()),
            Some(Ready::Woven(pieces)) => return woven(pieces, values).map_err(|name| broken(language, key, name)),
            None => (),
        }
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            arguments.set(*name, FluentValue::from(*value));
        }
        self.format(language, key, &arguments)
    }

    fn of(&self, language: Language) -> &Bundle {
        match language {
            Language::Fr => &self.fr,
            Language::En => &self.en,
        }
    }

    /// A text that has no values; none where there is none of that key, or it wants some.
    pub fn plain(&self, language: Language, key: &str) -> Option<&Arc<str>> {
        match self.of(language).ready.get(key)? {
            Ready::Plain(text) => Some(text),
            Ready::Woven(_) => None,
        }
    }

    /// As [`Self::get`], where a value may be a number that decides between singular and plural.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn format(&self, language: Language, key: &str, arguments: &FluentArgs) -> Result<String, TextsError> {
        let bundle = &self.of(language).messages;
        let missing = || TextsError::Missing { language, key: key.to_owned() };
        let pattern = bundle.get_message(key).and_then(|message| message.value()).ok_or_else(missing)?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(arguments), &mut errors);
        match errors.first() {
            None => Ok(text.into_owned()),
            Some(error) => Err(TextsError::Broken { language, key: key.to_owned(), reason: error.to_string() }),
        }
    }

    /// A text without values that this program is sure to have; its key, loudly, if it has not.
    pub fn say(&self, language: Language, key: &str) -> String {
        self.say_with(language, key, &[])
    }

    /// As [`Self::say`], with values.
    pub fn say_with(&self, language: Language, key: &str, values: &[(&str, &str)]) -> String {
        self.get(language, key, values).unwrap_or_else(|error| {
            tracing::error!(%error, "a text could not be made");
            key.to_owned()
        })
    }

    /// As [`Self::say_with`], with a number that decides between singular and plural.
    pub fn say_count(&self, language: Language, key: &str, count: i64, values: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("count", FluentValue::from(count));
        for (name, value) in values {
            arguments.set(*name, FluentValue::from(*value));
        }
        self.format(language, key, &arguments).unwrap_or_else(|error| {
            tracing::error!(%error, "a text could not be made");
            key.to_owned()
        })
    }
}

type Loaded = (FluentBundle<FluentResource>, Vec<String>);

fn bundle<'a>(language: Language, sources: impl IntoIterator<Item = &'a str>) -> Result<Loaded, TextsError> {
    let wrong = |reason: String| TextsError::Source { language, reason };
    let locale = match language {
        Language::Fr => langid!("fr-CA"),
        Language::En => langid!("en-CA"),
    };
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // Isolation marks would stand in addresses, e-mails and copied text.
    bundle.set_use_isolating(false);
    let mut keys = Vec::new();
    for source in sources {
        let resource = FluentResource::try_new(source.to_owned())
            .map_err(|(_, errors)| wrong(errors.first().map(ToString::to_string).unwrap_or_default()))?;
        keys.extend(message_keys(source));
        bundle
            .add_resource(resource)
            .map_err(|errors| wrong(errors.first().map(ToString::to_string).unwrap_or_default()))?;
    }
    Ok((bundle, keys))
}

fn with_ready((messages, keys): Loaded) -> Bundle {
    let made = |key: &String| ready(messages.get_message(key)?.value()?);
    let ready = keys.iter().filter_map(|key| Some((key.clone(), made(key)?))).collect();
    Bundle { messages, ready }
}

/// None where Fluent itself has to write the text.
fn ready(pattern: &Pattern<&str>) -> Option<Ready> {
    let piece = |element: &PatternElement<&str>| match element {
        PatternElement::TextElement { value } => Some(Piece::Words((*value).into())),
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
            Some(Piece::Value(id.name.into()))
        }
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::StringLiteral { value }) }
            if !value.contains('\\') =>
        {
            Some(Piece::Words((*value).into()))
        }
        PatternElement::Placeable { .. } => None,
    };
    let pieces: Box<[Piece]> = pattern.elements.iter().map(piece).collect::<Option<_>>()?;
    let words = |piece: &Piece| match piece {
        Piece::Words(words) => Some(words.to_string()),
        Piece::Value(_) => None,
    };
    let plain: Option<String> = pieces.iter().map(words).collect();
    Some(plain.map_or(Ready::Woven(pieces), |plain| Ready::Plain(plain.into())))
}

/// # Errors
/// The name of a value that is missing.
fn woven<'a>(pieces: &'a [Piece], values: &[(&str, &str)]) -> Result<String, &'a str> {
    let mut text = String::with_capacity(96);
    for piece in pieces {
        match piece {
            Piece::Words(words) => text.push_str(words),
            Piece::Value(name) => {
                let value = values.iter().find(|(given, _)| *given == &**name).ok_or(&**name)?;
                text.push_str(value.1);
            }
        }
    }
    Ok(text)
}

fn broken(language: Language, key: &str, name: &str) -> TextsError {
    TextsError::Broken { language, key: key.to_owned(), reason: format!("${name} is missing") }
}

/// The names of the messages of a source: Fluent's begin at the line's start.
fn message_keys(source: &str) -> impl Iterator<Item = String> {
    source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        Some(key.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
plain = Rien à payer
woven = Payez { $amount } d'ici { $day }{ \"\\u00A0\" }!
lines =
    Une ligne
    et { $more }
count = { $count ->
    [one] une facture
   *[other] { $count } factures
}
named = Voir { plain }
";

    #[test]
    fn texts_are_written_with_their_values_and_never_with_holes() {
        let texts = Texts::new([SOURCE], [SOURCE]).expect("texts");
        let get = |key: &str, values: &[(&str, &str)]| texts.get(Language::Fr, key, values);
        assert_eq!(get("plain", &[]).expect("a text"), "Rien à payer");
        let values = [("day", "lundi"), ("amount", "5 $")];
        assert_eq!(get("woven", &values).expect("a text"), "Payez 5 $ d'ici lundi\u{a0}!");
        assert_eq!(get("lines", &[("more", "une autre")]).expect("a text"), "Une ligne\net une autre");
        assert_eq!(get("named", &[]).expect("a text"), "Voir Rien à payer");
        assert_eq!(texts.say_count(Language::Fr, "count", 1, &[]), "une facture");
        assert_eq!(texts.say_count(Language::Fr, "count", 3, &[]), "3 factures");
        let missing = get("woven", &[("day", "lundi")]).expect_err("a value is missing");
        assert!(missing.to_string().contains("$amount"), "{missing}");
        assert!(matches!(get("unknown", &[]), Err(TextsError::Missing { .. })));
        assert!(texts.plain(Language::Fr, "plain").is_some() && texts.plain(Language::Fr, "woven").is_none());
    }
}
