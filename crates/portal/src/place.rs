//! The fields of a postal address in a form (PRO-1): those that the country's post has, under its own names, without a script. A
//! button shows the fields of another country and changes nothing.

use accounts::{Country, HOME, Part, TypedAddress, check_address, countries, country};
use kernel::Language;
use serde::Serialize;
use web::{Form, FormState, Locale};

use crate::App;
use crate::profile::{Offered, value_text};

/// What the button sends that shows the fields of the chosen country.
const SHOW_COUNTRY: &str = "show_country";

#[derive(Serialize)]
pub(crate) struct PlaceFields {
    countries: Vec<Offered>,
    has_city: bool,
    /// Province, state or the like; none where addresses have none.
    area_label: Option<String>,
    /// Those to choose from; empty where it is typed.
    areas: Vec<Offered>,
    code_label: Option<String>,
    code_hint: String,
    /// Whether it is the reader's own address, which the browser may fill in.
    is_own: bool,
}

/// The fields for the country that a form has.
pub(crate) fn place_fields(app: &App, language: Language, form: &FormState, is_own: bool) -> Option<PlaceFields> {
    let chosen = form.values.get("country").and_then(|code| country(code)).or_else(|| country(HOME))?;
    let say = |key: &str| app.site.texts().say(language, key);
    let label = |part, key: String| chosen.has(part).then(|| say(&key));
    let code_hint = app.site.texts().say_with(language, "place-code-hint", &[("example", chosen.example)]);
    Some(PlaceFields {
        countries: countries_offered(language),
        has_city: chosen.has(Part::City),
        area_label: label(Part::Area, format!("place-area-{}", chosen.area_kind.replace('_', "-"))),
        areas: areas_offered(app, language, chosen),
        code_label: label(Part::PostalCode, format!("place-code-{}", chosen.code_kind)),
        code_hint: if chosen.example.is_empty() { String::new() } else { code_hint },
        is_own,
    })
}

/// The provider's own country and its neighbour first, for almost everybody lives there.
fn countries_offered(language: Language) -> Vec<Offered> {
    let near = [HOME, "US"];
    let all = countries(language).into_iter().filter(|country| !near.contains(&country.code));
    let offered =
        |country: &Country| Offered { value: country.code.to_owned(), label: country.name(language).to_owned() };
    near.iter().filter_map(|code| country(code)).chain(all).map(offered).collect()
}

fn areas_offered(app: &App, language: Language, country: &Country) -> Vec<Offered> {
    if country.areas.is_empty() || !country.has(Part::Area) {
        return Vec::new();
    }
    let nothing = Offered { value: String::new(), label: app.site.texts().say(language, "profile-choose") };
    let areas = country.areas.iter().map(|area| {
        let value = format!("{}-{}", country.code, area.written);
        Offered { label: value_text(app, language, "region", &value), value }
    });
    let mut areas: Vec<Offered> = areas.collect();
    areas.sort_by_cached_key(|area| deunicoded(&area.label));
    std::iter::once(nothing).chain(areas).collect()
}

/// As a list is in order: É with E.
fn deunicoded(label: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    label.nfd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether only the fields of another country are wanted.
pub(crate) fn only_shows_country(form: &Form) -> bool {
    !form.get(SHOW_COUNTRY).is_empty()
}

/// Where somebody lives, in the form in which it is kept; none where something is wrong with it.
pub(crate) fn check_place(
    app: &App,
    locale: &Locale,
    (form, shown): (&Form, &mut FormState),
) -> Option<accounts::Address> {
    let typed = TypedAddress {
        street: form.get("street"),
        city: form.get("city"),
        country: form.get("country"),
        region: form.get("region"),
        postal_code: form.get("postal_code"),
    };
    let address = check_address(typed);
    for problem in address.as_ref().err().into_iter().flatten() {
        let example = country(typed.country).map_or("", |country| country.example);
        let key = format!("profile-address-{}", problem.id());
        let text = app.site.texts().say_with(locale.language, &key, &[("example", example)]);
        shown.refuse(problem.field(), text);
    }
    address.ok()
}
