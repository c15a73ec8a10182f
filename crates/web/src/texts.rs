//! Everything that people read, in both languages (Fluent).

use std::collections::HashMap;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use kernel::Language;
use unic_langid::langid;

/// The texts of all slices, in French and in English.
pub struct Texts {
    fr: Bundle,
    en: Bundle,
}

struct Bundle {
    messages: FluentBundle<FluentResource>,
    /// Most texts have no values: they are made once.
    plain: HashMap<String, Arc<str>>,
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
        Ok(Self { fr: with_plain(fr), en: with_plain(en) })
    }

    /// A text, with its values.
    ///
    /// # Errors
    /// When there is none of that key, or a value is missing: never a text with holes.
    pub fn get(&self, language: Language, key: &str, values: &[(&str, &str)]) -> Result<String, TextsError> {
        if values.is_empty()
            && let Some(text) = self.plain(language, key)
        {
            return Ok(text.to_string());
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
        self.of(language).plain.get(key)
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

fn with_plain((messages, keys): Loaded) -> Bundle {
    let text = |key: &String| {
        let mut errors = Vec::new();
        let text = messages.format_pattern(messages.get_message(key)?.value()?, None, &mut errors);
        errors.is_empty().then(|| Arc::from(text.as_ref()))
    };
    let plain = keys.iter().filter_map(|key| Some((key.clone(), text(key)?))).collect();
    Bundle { messages, plain }
}

/// The names of the messages of a source: Fluent's begin at the line's start.
fn message_keys(source: &str) -> impl Iterator<Item = String> {
    source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        Some(key.trim().to_owned())
    })
}
