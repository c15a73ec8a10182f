//! A device in plain words, from what its browser says of itself: enough for its owner to know it again.

use kernel::Language;
use web::Texts;

/// Which mark in the header stands for which browser; the first that is there.
const BROWSERS: [(&str, &str); 9] = [
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

fn first(marks: &[(&str, &'static str)], agent: &str) -> Option<&'static str> {
    marks.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

/// Browser and system, as far as they are known.
fn named(agent: &str) -> (Option<&'static str>, Option<&'static str>) {
    let safari = || (agent.contains("Safari/") && agent.contains("Version/")).then_some("Safari");
    (first(&BROWSERS, agent).or_else(safari), first(&SYSTEMS, agent))
}

/// As “Firefox on Windows”. What a header says beyond names that we know is not repeated: it is the sender's text.
pub(crate) fn device_words(texts: &Texts, language: Language, agent: &str) -> String {
    match named(agent) {
        (Some(browser), Some(system)) => {
            texts.say_with(language, "device-on", &[("browser", browser), ("system", system)])
        }
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => texts.say(language, "device-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn sec_4_a_device_is_named_by_its_browser_and_system() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
        for (agent, wanted) in [
            (windows.to_owned(), (Some("Chrome"), Some("Windows"))),
            (format!("{windows} Edg/130.0.0.0"), (Some("Edge"), Some("Windows"))),
            (mac.to_owned(), (Some("Safari"), Some("macOS"))),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0".to_owned(),
                (Some("Firefox"), Some("Linux")),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
                    .to_owned(),
                (Some("Safari"), Some("iPhone")),
            ),
            ("curl/8.5.0".to_owned(), (None, None)),
            (String::new(), (None, None)),
        ] {
            assert_eq!(named(&agent), wanted, "{agent}");
        }
    }
}
