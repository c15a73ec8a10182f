//! In which language a page is shown: what was chosen here, else what the browser asks for.

use axum::extract::{FromRequestParts, State};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::Language;

use crate::{Form, Refusal, Site};

const COOKIE_NAME: &str = "language";

/// A page's language and its address.
#[derive(Clone, Debug)]
pub struct Locale {
    pub language: Language,
    /// The path and query that were asked for.
    pub path: String,
}

impl Locale {
    pub fn of(headers: &HeaderMap, path: &str) -> Self {
        let language = cookie(headers, COOKIE_NAME)
            .and_then(|code| Language::from_code(&code))
            .or_else(|| asked_for(headers))
            .unwrap_or(Language::Fr);
        Self { language, path: path.to_owned() }
    }
}

impl<S: Sync> FromRequestParts<S> for Locale {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self::of(&parts.headers, path))
    }
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The better liked of our two languages.
fn asked_for(headers: &HeaderMap) -> Option<Language> {
    let header = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(u32, Language)> = None;
    for part in header.split(',') {
        let mut pieces = part.trim().split(';');
        let tag = pieces.next().unwrap_or_default();
        let Some(language) = tag.get(..2).and_then(|two| Language::from_code(&two.to_lowercase())) else { continue };
        let quality = pieces.find_map(|piece| piece.trim().strip_prefix("q=")).unwrap_or("1");
        let weight = quality_of(quality);
        if weight > 0 && best.is_none_or(|(other, _)| weight > other) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// `0.8` as 800; what is no quality counts as none.
fn quality_of(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{part:0<3}");
    match (whole.parse::<u32>(), digits.get(..3).and_then(|three| three.parse::<u32>().ok())) {
        (Ok(whole), Some(part)) if whole <= 1 => (whole * 1000 + part).min(1000),
        _ => 0,
    }
}

/// A path of this site to go back to; anything else becomes `/`.
pub fn return_path(asked: &str) -> &str {
    let plain = asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && asked.starts_with('/') && !asked.starts_with("//") { asked } else { "/" }
}

/// `POST /language`: remembers the language and goes back.
///
/// # Errors
/// When the form names no language.
pub async fn switch_language(State(site): State<Site>, form: Form) -> Result<Response, Refusal> {
    let language = Language::from_code(form.get("language")).ok_or(Refusal::BadRequest)?;
    let secure = if site.options().secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE_NAME}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}", language.code());
    let back = return_path(form.get("return_to")).to_owned();
    Ok((StatusCode::SEE_OTHER, [("location", back), ("set-cookie", cookie)]).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(headers: &[(&'static str, &'static str)]) -> Language {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a value"));
        }
        Locale::of(&map, "/").language
    }

    #[test]
    fn the_language_chosen_here_comes_before_the_browsers() {
        assert_eq!(language(&[]), Language::Fr);
        assert_eq!(language(&[("accept-language", "en-CA,en;q=0.9,fr;q=0.8")]), Language::En);
        assert_eq!(language(&[("accept-language", "de, en;q=0.3, fr-CA;q=0.5")]), Language::Fr);
        assert_eq!(language(&[("accept-language", "en;q=0, fr;q=0.1")]), Language::Fr);
        assert_eq!(language(&[("accept-language", "en"), ("cookie", "a=b; language=fr")]), Language::Fr);
        assert_eq!(language(&[("accept-language", "é;;q=,"), ("cookie", "language=de")]), Language::Fr);
    }

    #[test]
    fn sec_1_nobody_is_sent_to_another_site() {
        assert_eq!(return_path("/accounts/1/bills?year=2026"), "/accounts/1/bills?year=2026");
        for other in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb"] {
            assert_eq!(return_path(other), "/", "{other}");
        }
    }
}
