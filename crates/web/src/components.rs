//! The components that pages are full of: an icon, facts, the lines of a bill. Templates call them by name like those of
//! `components.html`; they are drawn here because a bill has dozens of them, and drawing them by template took a third of its
//! page's time (docs/performance.md).

use std::fmt::Write;

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind};

use crate::Texts;

/// Writes a text into HTML, within an element or a quoted attribute.
fn escape(into: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
        into.push_str(&rest[..at]);
        into.push_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            _ => "&#x27;",
        });
        rest = &rest[at + 1..];
    }
    into.push_str(rest);
}

const DRAWN: [(&str, &str); 11] = [
    ("down", r#"<path d="m5 7.5 5 5 5-5"/>"#),
    ("arrow", r#"<path d="M3 10h13M11 5l5 5-5 5"/>"#),
    ("back", r#"<path d="M17 10H4M9 5l-5 5 5 5"/>"#),
    ("success", r#"<circle cx="10" cy="10" r="8"/><path d="m6.5 10.2 2.4 2.4 4.6-5"/>"#),
    ("info", r#"<circle cx="10" cy="10" r="8"/><path d="M10 9.2v4.6M10 6.2v.1"/>"#),
    ("warning", r#"<path d="M10 2.6 18.2 17H1.8ZM10 8v4M10 14.4v.1"/>"#),
    ("danger", r#"<path d="M6.7 2h6.6L18 6.7v6.6L13.3 18H6.7L2 13.3V6.7ZM10 6v4.8M10 13.8v.1"/>"#),
    ("neutral", r#"<circle cx="10" cy="10" r="8"/><path d="M6.5 10h7"/>"#),
    ("download", r#"<path d="M10 2.5v10M5.5 8.5l4.5 4.5 4.5-4.5M3 17h14"/>"#),
    (
        "copy",
        r#"<rect x="7" y="7" width="10" height="10" rx="1.5"/><path d="M13 3.5V3H4.5A1.5 1.5 0 0 0 3 4.5V13h.5"/>"#,
    ),
    ("search", r#"<circle cx="8.5" cy="8.5" r="5.5"/><path d="m13 13 4.5 4.5"/>"#),
];

fn icon(name: &str) -> Result<String, Error> {
    let drawn = DRAWN.iter().find(|(known, _)| *known == name).map(|(_, drawn)| drawn);
    let drawn = drawn.ok_or_else(|| wrong(format!("there is no icon {name}")))?;
    Ok(format!(r#"<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">{drawn}</svg>"#))
}

fn wrong(what: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// A text of an entry, which has to be there.
fn text(entry: &Value, name: &str) -> Result<Value, Error> {
    let value = entry.get_attr(name)?;
    if value.as_str().is_some() { Ok(value) } else { Err(wrong(format!("{name} is {}", value.kind()))) }
}

fn put(into: &mut String, value: &Value) {
    match value.as_str() {
        Some(text) if !value.is_safe() => escape(into, text),
        Some(text) => into.push_str(text),
        None => (),
    }
}

/// Writes the pieces one after the other, texts of an entry between them.
fn woven(into: &mut String, entry: &Value, pieces: &[(&str, &str)], end: &str) -> Result<(), Error> {
    for (before, name) in pieces {
        into.push_str(before);
        put(into, &text(entry, name)?);
    }
    into.push_str(end);
    Ok(())
}

/// `[{label, value}]`: names, and what stands beside them.
fn fact_list(list: &Value) -> Result<String, Error> {
    let mut drawn = String::from(r#"<dl class="facts">"#);
    for fact in list.try_iter()? {
        woven(&mut drawn, &fact, &[("<div><dt>", "label"), ("</dt><dd>", "value")], "</dd></div>")?;
    }
    drawn.push_str("</dl>");
    Ok(drawn)
}

/// `[{title, text}]`: ways to pay, to reach us.
fn way_list(list: &Value) -> Result<String, Error> {
    let mut drawn = String::from(r#"<div class="ways">"#);
    for way in list.try_iter()? {
        woven(&mut drawn, &way, &[("<div><h3>", "title"), ("</h3><p>", "text")], "</p></div>")?;
    }
    drawn.push_str("</div>");
    Ok(drawn)
}

/// A section of a bill or the like: lines `{id, what, detail, amount}`, total `{label, value}`.
fn line_table(heads: &[String; 2], caption: &Value, list: &Value, total: &Value) -> Result<String, Error> {
    let mut drawn = String::with_capacity(1024);
    drawn.push_str(r#"<table class="lines"><caption class="visually-hidden">"#);
    put(&mut drawn, caption);
    drawn.push_str(r#"</caption><thead class="visually-hidden"><tr>"#);
    for head in heads {
        drawn.push_str(r#"<th scope="col">"#);
        escape(&mut drawn, head);
        drawn.push_str("</th>");
    }
    drawn.push_str("</tr></thead>\n<tbody>");
    for line in list.try_iter()? {
        drawn.push_str("<tr");
        let id = line.get_attr("id")?;
        if !id.is_none() {
            let _ = write!(drawn, " id=\"line-{}\"", u32::try_from(id)?);
        }
        woven(&mut drawn, &line, &[(r#"><th scope="row">"#, "what")], "")?;
        if line.get_attr("detail")?.is_true() {
            woven(&mut drawn, &line, &[(" <small>", "detail")], "</small>")?;
        }
        woven(&mut drawn, &line, &[(r#"</th><td class="amount">"#, "amount")], "</td></tr>")?;
    }
    let foot = [("</tbody>\n<tfoot><tr><th scope=\"row\">", "label"), (r#"</th><td class="amount">"#, "value")];
    woven(&mut drawn, total, &foot, "</td></tr></tfoot></table>")?;
    Ok(drawn)
}

/// A text that opens below its summary.
fn details(summary: &Value, text: &Value) -> Result<String, Error> {
    let mut drawn = String::from(r#"<details class="details"><summary>"#);
    put(&mut drawn, summary);
    drawn.push_str(&icon("down")?);
    drawn.push_str(r#"</summary><div class="details-text">"#);
    put(&mut drawn, text);
    drawn.push_str("</div></details>");
    Ok(drawn)
}

/// Makes them known to templates.
pub(crate) fn add(environment: &mut Environment<'static>, texts: &Texts, language: kernel::Language) {
    let heads = ["web-col-what", "web-col-amount"].map(|key| texts.say(language, key));
    let safe = |drawn: Result<String, Error>| drawn.map(Value::from_safe_string);
    environment.add_function("icon", move |name: &str| safe(icon(name)));
    environment.add_function("fact_list", move |list: &Value| safe(fact_list(list)));
    environment.add_function("way_list", move |list: &Value| safe(way_list(list)));
    environment.add_function("details", move |summary: &Value, text: &Value| safe(details(summary, text)));
    environment.add_function("line_table", move |caption: &Value, list: &Value, total: &Value| {
        safe(line_table(&heads, caption, list, total))
    });
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn bil_1_a_line_is_drawn_with_its_reason_and_nothing_in_it_is_markup() {
        let list = vec![
            context! { id => 3, what => "Internet <100>", detail => "30 $ & \"plus\"", amount => "24,85 $" },
            context! { id => (), what => "d'avant", detail => (), amount => "0,00 $" },
        ];
        let total = context! { label => "Total", value => "24,85 $" };
        let heads = ["Quoi".to_owned(), "Montant".to_owned()];
        let drawn = line_table(&heads, &"Services".into(), &list.into(), &total).expect("drawn");
        assert!(drawn.contains(r#"<tr id="line-3"><th scope="row">Internet &lt;100&gt; <small>30 $ &amp; &quot;plus&quot;</small></th><td class="amount">24,85 $</td></tr>"#), "{drawn}");
        assert!(
            drawn.contains(r#"<tr><th scope="row">d&#x27;avant</th><td class="amount">0,00 $</td></tr>"#),
            "{drawn}"
        );
        assert!(drawn.ends_with(r#"<th scope="row">Total</th><td class="amount">24,85 $</td></tr></tfoot></table>"#));
    }

    #[test]
    fn what_a_template_made_stays_markup_and_what_is_missing_is_refused() {
        let made = Value::from_safe_string("<b>1</b>".to_owned());
        let drawn = fact_list(&vec![context! { label => "<i>", value => made }].into()).expect("drawn");
        assert_eq!(drawn, r#"<dl class="facts"><div><dt>&lt;i&gt;</dt><dd><b>1</b></dd></div></dl>"#);
        assert!(fact_list(&vec![context! { label => "Due" }].into()).is_err(), "a fact without its value");
        assert!(
            fact_list(&vec![context! { label => "Due", value => () }].into()).is_err(),
            "none where a text is wanted"
        );
        assert!(icon("unknown").is_err());
    }
}
