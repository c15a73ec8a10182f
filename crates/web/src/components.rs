//! The components that pages are full of: an icon, facts, the lines of a bill. Templates call them by name like those of
//! `components.html`; they are drawn here because a bill has dozens of them, and drawing them by template took a third of its
//! page's time (docs/performance.md).

use std::fmt::Write;
use std::sync::Arc;

use kernel::Language;
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind};

use crate::Texts;

/// Writes a text into HTML, within an element or a quoted attribute.
fn escape(into: &mut String, text: &str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let written = match byte {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            b'\'' => "&#x27;",
            _ => continue,
        };
        into.push_str(&text[from..at]);
        into.push_str(written);
        from = at + 1;
    }
    into.push_str(&text[from..]);
}

pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    escape(&mut escaped, text);
    escaped
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

pub(crate) fn icon(name: &str) -> Result<String, Error> {
    let drawn = DRAWN.iter().find(|(known, _)| *known == name).map(|(_, drawn)| drawn);
    let drawn = drawn.ok_or_else(|| wrong(format!("there is no icon {name}")))?;
    Ok(format!(r#"<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">{drawn}</svg>"#))
}

fn wrong(what: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// Writes a value, which has to be a text.
fn put(into: &mut String, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if value.is_safe() => into.push_str(text),
        // An address of a mailbox is read in its own letters, as everywhere on a page.
        Some(text) => escape(into, &kernel::with_emails_shown(text)),
        None => return Err(wrong(format!("{} where a text is wanted", value.kind()))),
    }
    Ok(())
}

/// Writes the pieces one after the other, texts of an entry between them.
fn woven(into: &mut String, entry: &Value, pieces: &[(&str, &str)], end: &str) -> Result<(), Error> {
    for (before, name) in pieces {
        into.push_str(before);
        put(into, &entry.get_attr(name)?)?;
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
    put(&mut drawn, caption)?;
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
    put(&mut drawn, summary)?;
    drawn.push_str(&icon("down")?);
    drawn.push_str(r#"</summary><div class="details-text">"#);
    put(&mut drawn, text)?;
    drawn.push_str("</div></details>");
    Ok(drawn)
}

/// How something stands. `kind` is an icon's name and a tone.
fn status_label(kind: &str, text: &Value) -> Result<String, Error> {
    let mut drawn = format!(r#"<span class="status tone-{kind}">{}"#, icon(kind)?);
    put(&mut drawn, text)?;
    drawn.push_str("</span>");
    Ok(drawn)
}

/// A link that stands alone; `symbol` is `arrow`, or `back` and stands before the text.
fn more(text: &Value, href: &Value, symbol: &str) -> Result<String, Error> {
    let symbol_before = symbol == "back";
    let mut drawn = String::from(r#"<a class="more" href=""#);
    put(&mut drawn, href)?;
    drawn.push_str("\">");
    if symbol_before {
        drawn.push_str(&icon(symbol)?);
    }
    put(&mut drawn, text)?;
    if !symbol_before {
        drawn.push_str(&icon(symbol)?);
    }
    drawn.push_str("</a>");
    Ok(drawn)
}

/// A link that looks like a button. `kind` is `primary` or `secondary`; a `note` is heard and not seen.
fn link_button(text: &Value, href: &Value, options: &Kwargs) -> Result<String, Error> {
    let kind: Option<&str> = options.get("kind")?;
    let symbol: Option<&str> = options.get("symbol")?;
    let note: Option<Value> = options.get("note")?;
    options.assert_all_used()?;
    let mut drawn = format!(r#"<a class="button {}" href=""#, kind.unwrap_or("primary"));
    put(&mut drawn, href)?;
    drawn.push_str("\">");
    if let Some(symbol) = symbol {
        drawn.push_str(&icon(symbol)?);
    }
    drawn.push_str("<span>");
    put(&mut drawn, text)?;
    if let Some(note) = note {
        drawn.push_str(r#"<span class="visually-hidden"> "#);
        put(&mut drawn, &note)?;
        drawn.push_str("</span>");
    }
    drawn.push_str("</span></a>");
    Ok(drawn)
}

/// A client identifier, with a button that copies it where scripts run.
fn identifier(texts: &Texts, language: Language, text: &str) -> Result<String, Error> {
    let shown = escaped(text);
    let say = escaped(&texts.say_with(language, "web-copy", &[("what", text)]));
    let done = escaped(&texts.say(language, "web-copied"));
    let symbol = icon("copy")?;
    Ok(format!(
        r#"<span class="identifier">{shown}</span><button type="button" class="quiet copy" hidden data-copy="{shown}" data-done="{done}">{symbol}<span class="visually-hidden">{say}</span></button>"#
    ))
}

/// Makes them known to templates.
pub(crate) fn add(environment: &mut Environment<'static>, texts: &Arc<Texts>, language: Language) {
    let heads = ["web-col-what", "web-col-amount"].map(|key| texts.say(language, key));
    let safe = |drawn: Result<String, Error>| drawn.map(Value::from_safe_string);
    environment.add_function("icon", move |name: &str| safe(icon(name)));
    environment.add_function("fact_list", move |list: &Value| safe(fact_list(list)));
    environment.add_function("way_list", move |list: &Value| safe(way_list(list)));
    environment.add_function("details", move |summary: &Value, text: &Value| safe(details(summary, text)));
    environment.add_function("status_label", move |kind: &str, text: &Value| safe(status_label(kind, text)));
    environment.add_function("more", move |text: &Value, href: &Value, symbol: Option<&str>| {
        safe(more(text, href, symbol.unwrap_or("arrow")))
    });
    environment.add_function("link_button", move |text: &Value, href: &Value, options: Kwargs| {
        safe(link_button(text, href, &options))
    });
    let texts = texts.clone();
    environment.add_function("identifier", move |text: &str| safe(identifier(&texts, language, text)));
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
