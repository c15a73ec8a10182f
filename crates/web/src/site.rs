//! The site: templates and texts of all slices, and what makes a page of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fluent_bundle::{FluentArgs, FluentValue};
use kernel::Language;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, context};
use serde::Serialize;

use crate::{Frame, Locale, Provider, Refusal, Texts, TextsError, assets, components};

/// What one slice brings: its templates by name, and its texts.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    pub templates: &'static [(&'static str, &'static str)],
    pub fr: &'static [&'static str],
    pub en: &'static [&'static str],
}

#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error(transparent)]
    Texts(#[from] TextsError),
    #[error("template {0}")]
    Template(String),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
}

/// What the provider decides about the site.
#[derive(Clone, Debug, Default)]
pub struct SiteOptions {
    pub provider: Provider,
    pub demonstration: bool,
    /// A folder whose `*.html` replace templates of the same name.
    pub templates: Option<PathBuf>,
    /// Cookies for HTTPS alone.
    pub secure: bool,
}

/// Templates and texts, ready. Cheap to clone.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    fr: Environment<'static>,
    en: Environment<'static>,
    texts: Arc<Texts>,
    options: SiteOptions,
}

impl Site {
    /// # Errors
    /// When a template or a text is not what it should be: found at the start, not by a customer.
    pub fn new(slices: &[Slice], options: SiteOptions) -> Result<Self, SiteError> {
        let texts = Arc::new(Texts::new(
            slices.iter().flat_map(|slice| slice.fr).copied(),
            slices.iter().flat_map(|slice| slice.en).copied(),
        )?);
        let overrides = options.templates.as_deref().map(read_overrides).transpose()?.unwrap_or_default();
        let environment = |language| environment(slices, &overrides, language, texts.clone());
        let (fr, en) = (environment(Language::Fr)?, environment(Language::En)?);
        Ok(Self(Arc::new(Inner { fr, en, texts, options })))
    }

    pub fn texts(&self) -> &Texts {
        &self.0.texts
    }

    pub fn options(&self) -> &SiteOptions {
        &self.0.options
    }

    /// A frame for somebody who is not signed in.
    pub fn frame(&self, locale: &Locale, title_key: &str) -> Frame {
        let title = self.texts().say(locale.language, title_key);
        let mut frame = Frame::outside(title, self.0.options.provider.clone(), &locale.path, locale.language);
        frame.demonstration = self.0.options.demonstration;
        frame
    }

    /// The text of a page.
    ///
    /// # Errors
    /// When a value is missing, or none where a text is wanted.
    pub fn render(&self, language: Language, template: &str, context: &impl Serialize) -> Result<String, SiteError> {
        self.render_value(language, template, Serde(context).into())
    }

    fn render_value(&self, language: Language, template: &str, context: Value) -> Result<String, SiteError> {
        let environment = match language {
            Language::Fr => &self.0.fr,
            Language::En => &self.0.en,
        };
        let wrong = |error: Error| SiteError::Template(format!("{template}: {error:#}"));
        environment.get_template(template).map_err(wrong)?.render(context).map_err(wrong)
    }
}

/// A page: its frame and whatever its template asks for besides.
pub struct Page<T> {
    pub frame: Frame,
    pub content: T,
}

impl<T: Serialize> Page<T> {
    /// The text of the page.
    ///
    /// # Errors
    /// As [`Site::render`].
    pub fn text(&self, site: &Site, language: Language, template: &str) -> Result<String, SiteError> {
        // Side by side: flattened into one map, every name of every page would be copied.
        let context = context! { frame => Serde(&self.frame), ..Serde(&self.content) };
        site.render_value(language, template, context)
    }

    /// The answer that shows the page.
    ///
    /// # Errors
    /// [`Refusal::Broken`] when it cannot be rendered.
    pub fn show(&self, site: &Site, locale: &Locale, template: &str) -> Result<Response, Refusal> {
        self.show_as(StatusCode::OK, site, locale, template)
    }

    /// As [`Self::show`], with another status: 422 for a form that is shown again.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub fn show_as(
        &self,
        status: StatusCode,
        site: &Site,
        locale: &Locale,
        template: &str,
    ) -> Result<Response, Refusal> {
        let text = self.text(site, locale.language, template)?;
        let mut answer = (status, axum::response::Html(text)).into_response();
        answer.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.language.code()));
        Ok(answer)
    }
}

/// What answers where there is no page.
pub async fn not_found() -> Refusal {
    Refusal::NotFound
}

fn read_overrides(folder: &Path) -> Result<BTreeMap<String, String>, SiteError> {
    let wrong = |path: &Path, error| SiteError::File { path: path.to_owned(), error };
    let mut found = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder).map_err(|error| wrong(folder, error))? {
        let path = entry.map_err(|error| wrong(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".html")) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, error))?;
        found.insert(name.to_owned(), text);
    }
    Ok(found)
}

/// One environment for each language, so that macros too know which it is.
fn environment(
    slices: &[Slice],
    overrides: &BTreeMap<String, String>,
    language: Language,
    texts: Arc<Texts>,
) -> Result<Environment<'static>, SiteError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_debug(false);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|error| SiteError::Template(error.to_string()))?);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, state, value| {
        if value.is_none() {
            return Err(Error::new(ErrorKind::InvalidOperation, "none where a text is wanted"));
        }
        // An address of a mailbox is kept in ASCII and read in its own letters, on every page.
        match value.as_str().filter(|text| !value.is_safe() && text.contains("xn--")) {
            Some(text) => {
                let shown = Value::from(kernel::with_emails_shown(text).into_owned());
                minijinja::escape_formatter(out, state, &shown)
            }
            None => minijinja::escape_formatter(out, state, value),
        }
    });
    environment.add_global("language", language.code());
    components::add(&mut environment, &texts, language);
    let texts_of_templates = texts.clone();
    environment.add_function("t", move |key: &str, values: Kwargs| text(&texts, language, key, &values));
    environment.add_function("asset", |name: &str| {
        assets::url(name).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no asset {name}")))
    });
    let wrong = |name: &str, error: Error| SiteError::Template(format!("{name}: {error:#}"));
    for (name, source) in slices.iter().flat_map(|slice| slice.templates) {
        let source = overrides.get(*name).map_or(*source, String::as_str);
        let source = with_constants(source, &texts_of_templates, language);
        environment.add_template_owned(*name, source).map_err(|error| wrong(name, error))?;
    }
    Ok(environment)
}

/// Writes in what is the same on every page: `{{ t("key") }}` of a text without values, `{{ icon("name") }}`, `{{
/// asset("name") }}`. A page has some fifty of them.
fn with_constants(source: &str, texts: &Texts, language: Language) -> String {
    let constant = |call: &str| {
        let (function, argument) = call.trim().strip_suffix("\")")?.split_once("(\"")?;
        match function {
            "t" => texts.plain(language, argument).map(|text| components::escaped(text)),
            "icon" => components::icon(argument).ok(),
            "asset" => assets::url(argument).map(components::escaped),
            _ => None,
        }
        // What a template would take for its own syntax is left to it.
        .filter(|text| !text.contains('{') && !text.ends_with('\n'))
    };
    let mut written = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, call, after)) = rest
        .split_once("{{")
        .and_then(|(before, after)| after.split_once("}}").map(|(call, after)| (before, call, after)))
    {
        written.push_str(before);
        match constant(call) {
            Some(text) => written.push_str(&text),
            None => written.extend(["{{", call, "}}"]),
        }
        rest = after;
    }
    written.push_str(rest);
    written
}

fn text(texts: &Texts, language: Language, key: &str, values: &Kwargs) -> Result<Value, Error> {
    let mut names = values.args().peekable();
    if names.peek().is_none()
        && let Some(text) = texts.plain(language, key)
    {
        return Ok(Value::from(text.clone()));
    }
    let mut arguments = FluentArgs::new();
    for name in names {
        let value: Value = values.get(name)?;
        let given = match value.kind() {
            ValueKind::Number => FluentValue::from(i64::try_from(value)?),
            ValueKind::String => FluentValue::from(value.to_string()),
            kind => return Err(Error::new(ErrorKind::InvalidOperation, format!("{key}: ${name} is {kind}"))),
        };
        arguments.set(name.to_owned(), given);
    }
    let text = texts.format(language, key, &arguments);
    text.map(Value::from).map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &str = "plain = Rien à payer & l'avenir <i>\nnamed = Payez { $amount }\nsyntax = {\"{{\"} t(\"plain\") {\"}}\"}\nwhole = { plain }\n";
    const PAGE: &str = r#"{{ t("plain") }}|{{ t("plain" ~ "") }}|{{ t("named", amount="5 <") }}|{{ t("syntax") }}|{{ t("whole") }}|{{ {"a": {"b": "c"}}["a"]["b"] }}|{{ icon("arrow") }}{% if "{{" == wanted %}{{ asset("favicon.svg") }}{% endif %}"#;

    #[test]
    fn what_is_the_same_on_every_page_is_written_as_what_is_not() {
        let slice = Slice { templates: &[("page.html", PAGE)], fr: &[TEXTS], en: &[TEXTS] };
        let site = Site::new(&[crate::SLICE, slice], SiteOptions::default()).expect("a site");
        let context = BTreeMap::from([("wanted", "{{")]);
        let page = site.render(Language::Fr, "page.html", &context).expect("rendered");
        let parts: Vec<&str> = page.split('|').collect();
        assert_eq!(parts[0], "Rien à payer &amp; l&#x27;avenir &lt;i&gt;");
        assert_eq!(parts[1], parts[0]);
        assert_eq!(&parts[2..6], ["Payez 5 &lt;", "{{ t(&quot;plain&quot;) }}", parts[0], "c"]);
        assert!(parts[6].starts_with("<svg") && parts[6].contains("assets"), "{}", parts[6]);
        let wrong = Slice { templates: &[("wrong.html", "{{ icon(\"unknown\") }}")], fr: &[], en: &[] };
        let site = Site::new(&[crate::SLICE, wrong], SiteOptions::default()).expect("a site");
        assert!(site.render(Language::Fr, "wrong.html", &context).is_err(), "an icon that there is not");
    }
}
