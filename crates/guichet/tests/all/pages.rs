//! Every page in every language, from its samples, strictly: a value that is missing, or a text, fails here.

use std::path::PathBuf;

use kernel::Language;
use serde_json::Value;
use testkit::TestPlace;
use web::{Site, SiteOptions};

fn samples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for slice in ["web", "identity", "portal", "billing", "messages"] {
        let folder = TestPlace::repository().join("crates").join(slice).join("templates/samples");
        found.extend(std::fs::read_dir(folder).expect("samples").map(|entry| entry.expect("an entry").path()));
    }
    found
}

fn templates() -> Vec<&'static str> {
    let names = portal::SLICES.iter().flat_map(|slice| slice.templates).map(|(name, _)| *name);
    names
        .filter(|name| {
            !matches!(
                *name,
                "layout.html" | "components.html" | "stripe-fields.html" | "passkey-parts.html" | "place-fields.html"
            )
        })
        .collect()
}

/// The template with the longest name that begins the sample's.
fn template_of(sample: &str) -> Option<&'static str> {
    templates()
        .into_iter()
        .filter(|name| sample.starts_with(name.trim_end_matches(".html")))
        .max_by_key(|name| name.len())
}

#[test]
fn every_page_is_rendered_in_every_language() {
    let site = Site::new(&portal::SLICES, SiteOptions::default()).expect("templates and texts");
    let mut without = templates();
    for path in samples() {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let template = template_of(&stem).unwrap_or_else(|| panic!("{stem} is a sample of no page"));
        without.retain(|name| *name != template);
        let context: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a sample")).expect("JSON");
        for language in [Language::Fr, Language::En] {
            let page = site.render(language, template, &context).unwrap_or_else(|error| panic!("{stem}: {error}"));
            assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"), "{stem}");
            assert!(page.contains(&format!("lang=\"{}-CA\"", language.code())), "{stem}");
        }
    }
    assert!(without.is_empty(), "pages without a sample: {without:?}");
}

#[test]
fn an_operators_template_takes_the_place_of_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("error.html"), "<!doctype html>{{ heading }}, says the operator</html>")
        .expect("written");
    let options = SiteOptions { templates: Some(folder.path().to_owned()), ..SiteOptions::default() };
    let site = Site::new(&portal::SLICES, options).expect("templates");
    let context = serde_json::json!({ "heading": "<Perdu>" });
    let page = site.render(Language::Fr, "error.html", &context).expect("rendered");
    assert_eq!(page, "<!doctype html>&lt;Perdu&gt;, says the operator</html>");
    std::fs::write(folder.path().join("error.html"), "{{ heading").expect("written");
    let options = SiteOptions { templates: Some(folder.path().to_owned()), ..SiteOptions::default() };
    let wrong = Site::new(&portal::SLICES, options).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(wrong.contains("error.html"), "found at the start: {wrong}");
}

/// The French sources of all slices' texts, by file.
fn french() -> Vec<(PathBuf, String)> {
    let crates = TestPlace::repository().join("crates");
    let folders =
        std::fs::read_dir(crates).expect("crates").map(|entry| entry.expect("an entry").path().join("locales"));
    let files = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let files =
        files.map(|entry| entry.expect("an entry").path()).filter(|path| path.to_string_lossy().ends_with("fr.ftl"));
    files.map(|path| (path.clone(), std::fs::read_to_string(path).expect("texts"))).collect()
}

#[test]
fn french_signs_stay_with_their_words() {
    let mut wrong = Vec::new();
    for (path, texts) in french() {
        // Names and values are between braces and left of “=”.
        for line in texts.lines().filter(|line| !line.starts_with('#')) {
            let text = line.split_once(" = ").map_or(line, |(_, text)| text);
            if [" :", " »", "« ", " ;", " ?", " !"].iter().any(|loose| text.contains(loose)) {
                wrong.push(format!("{}: {line}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "a colon or quotation mark that a line may begin with:\n{}", wrong.join("\n"));
}
