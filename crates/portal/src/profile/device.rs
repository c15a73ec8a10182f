//! A device in plain words, from what its browser says of itself: enough to tell one's own from a stranger's, and no more than
//! two words are kept of it.

use axum::http::HeaderMap;
use kernel::Language;
use web::Texts;

/// What a browser says, and what we call it. The first that is found counts: most browsers claim to be others too.
const BROWSERS: [(&str, &str, &str); 9] = [
    ("Edg", "edge", "Edge"),
    ("OPR/", "opera", "Opera"),
    ("SamsungBrowser/", "samsung", "Samsung Internet"),
    ("FxiOS/", "firefox", "Firefox"),
    ("Firefox/", "firefox", "Firefox"),
    ("CriOS/", "chrome", "Chrome"),
    ("Chrome/", "chrome", "Chrome"),
    ("Chromium/", "chrome", "Chrome"),
    ("Safari/", "safari", "Safari"),
];
const SYSTEMS: [(&str, &str, &str); 7] = [
    ("iPhone", "iphone", "iPhone"),
    ("iPad", "ipad", "iPad"),
    ("Android", "android", "Android"),
    ("Windows", "windows", "Windows"),
    ("Macintosh", "mac", "Mac"),
    ("CrOS", "chromeos", "ChromeOS"),
    ("Linux", "linux", "Linux"),
];

/// `firefox/windows`; none where neither browser nor system is known to us.
pub(crate) fn of(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get("user-agent")?.to_str().ok()?;
    let find = |known: &[(&str, &'static str, &str)]| {
        known.iter().find(|(sign, ..)| agent.contains(sign)).map_or("", |(_, code, _)| *code)
    };
    let (browser, system) = (find(&BROWSERS), find(&SYSTEMS));
    (!browser.is_empty() || !system.is_empty()).then(|| format!("{browser}/{system}"))
}

/// As people read it: `Firefox, Windows`.
pub(super) fn said(texts: &Texts, language: Language, code: Option<&str>) -> String {
    let (browser, system) = code.and_then(|code| code.split_once('/')).unwrap_or_default();
    let name = |known: &[(&str, &str, &'static str)], code: &str| {
        known.iter().find(|(_, known, _)| *known == code).map(|(.., name)| *name)
    };
    match (name(&BROWSERS, browser), name(&SYSTEMS, system)) {
        (Some(browser), Some(system)) => {
            texts.say_with(language, "security-device", &[("browser", browser), ("system", system)])
        }
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => texts.say(language, "security-device-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_9_a_device_is_told_in_two_words() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
                Some("firefox/windows"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                Some("edge/windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604",
                Some("safari/iphone"),
            ),
            ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537 Chrome/140.0 Mobile Safari/537", Some("chrome/android")),
            ("curl/8.5.0", None),
            ("<script>alert(1)</script>", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("user-agent", agent.parse().expect("a value"));
            assert_eq!(of(&headers).as_deref(), expected, "{agent}");
        }
        assert_eq!(of(&HeaderMap::new()), None);
    }
}
