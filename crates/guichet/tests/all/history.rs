//! Who saw and changed what, and when (PRO-3).

use std::collections::BTreeSet;
use std::path::Path;

use accounts::{Preset, RightsWanted};
use audit::{Author, Chain, Event};
use axum::http::StatusCode;
use kernel::Language;
use serde_json::json;
use testkit::{TestPlace, on_both};
use web::{Site, SiteOptions};

use crate::devices::{events, holder};
use crate::holders::scene;
use crate::rights::Cast;
use crate::support::{execute, findings};
use crate::visitor::{Answer, PASSWORD, Visitor, number_of};

/// The rows of the page, each as its three cells.
fn rows(page: &Answer) -> Vec<String> {
    let text = page.text().replace('\u{a0}', " ");
    let Some((_, body)) = text.split_once("<tbody") else { return Vec::new() };
    body.split("<tr ").skip(1).map(str::to_owned).collect()
}

/// The place of the row that says both.
fn place_of(rows: &[String], who: &str, what: &str) -> usize {
    let found = rows.iter().position(|row| row.contains(who) && row.contains(what));
    found.unwrap_or_else(|| panic!("no row of {who}, {what}: {rows:#?}"))
}

async fn see(visitor: &mut Visitor, path: &str) -> Answer {
    let page = visitor.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
    page
}

/// A holder with a user who pays, each thing a second after the other.
async fn cast_with_user(place: &TestPlace) -> (Cast, Visitor) {
    let cast = Cast::of(place).await;
    place.advance_seconds(1);
    let (user, membership) = cast.user("utilisateur.1").await;
    place.advance_seconds(1);
    cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
    place.advance_seconds(1);
    (cast, user)
}

on_both! {
    async fn pro_3_the_holder_sees_who_did_what_the_newest_first(place: &TestPlace) {
        let (mut cast, _) = cast_with_user(place).await;
        let path = cast.page("history");
        let page = see(&mut cast.holder, &path).await;
        let rows = rows(&page);
        let rights = place_of(&rows, "You", "Rights of user utilisateur.1 changed");
        let added = place_of(&rows, "You", "User utilisateur.1 added");
        let signed_up = place_of(&rows, "You", "Login to the account created");
        let bill = place_of(&rows, "Billing", "issued: $");
        let imported = place_of(&rows, "Data import", "taken over");
        assert!(rights < added && added < signed_up && signed_up < bill && bill < imported, "{rows:#?}");
        assert!(rows[rights].contains("Given: See the bills, Pay."), "{}", rows[rights]);
        assert!(rows[rights].contains("November 21, 2026"), "{}", rows[rights]);
        assert!(!page.has("@exemple.ca") && !page.has("0.0.0.0") && !page.has("127.0.0.1"), "{}", page.text());
        cast.holder.language = "fr-CA";
        let french = see(&mut cast.holder, &path).await;
        assert!(french.has("Droits changés de l’utilisateur utilisateur.1") && french.has("Vous"), "{}", french.text());

        let file = see(&mut cast.holder.twin(), &cast.page("history.csv")).await;
        assert!(file.bytes.starts_with("\u{feff}Quand,Qui,Quoi,Précisions".as_bytes()), "{}", file.text());
        assert!(file.header("content-type").starts_with("text/csv") && file.header("content-disposition").contains(&cast.number));
        assert_eq!(file.text().lines().count(), rows.len() + 1, "the same as the page: {}", file.text());
        assert!(file.has("2026-11-21 "), "{}", file.text());
    }

    async fn pro_3_it_is_filtered_by_who_what_and_day_and_so_is_the_file(place: &TestPlace) {
        let (mut cast, _) = cast_with_user(place).await;
        place.advance_seconds(2 * 24 * 3600);
        cast.holder = cast.holder.same_device();
        cast.holder.sign_in("eve.tremblay", PASSWORD).await;
        let path = cast.page("history");
        let all = rows(&see(&mut cast.holder, &path).await).len();
        for (query, wanted) in [
            ("what=users", 2),
            ("who=you&what=access", 1),
            ("who=users", 0),
            ("who=service", 0),
            ("what=nonsense", all),
            ("from=2026-11-21&to=2026-11-21", all),
            ("from=2026-11-22", 0),
            ("to=2026-11-20", 0),
        ] {
            let page = see(&mut cast.holder, &format!("{path}?{query}")).await;
            assert_eq!(rows(&page).len(), wanted, "{query}: {}", page.text());
            assert!(wanted > 0 || page.has("Nothing like that"), "{query}");
            let file = see(&mut cast.holder, &format!("{path}.csv?{query}")).await;
            assert_eq!(file.text().lines().count(), wanted + 1, "{query}: {}", file.text());
        }
        for query in ["from=2026-13-01", "from=tomorrow", "from=2026-11-22&to=2026-11-21"] {
            let page = cast.holder.get(&format!("{path}?{query}")).await;
            assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.has("href=\"#field-"), "{query}: {}", page.text());
            assert_eq!(cast.holder.get(&format!("{path}.csv?{query}")).await.status, StatusCode::BAD_REQUEST, "{query}");
        }
    }

    async fn pro_3_a_long_history_is_walked_page_by_page(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        for number in 0..260 {
            let event = |()| Event {
                chain: Chain::Account(cast.account), kind: "card.named", author: Author::Customer,
                details: json!({ "number": number }), sealed: None,
            };
            cast.home.db.write(async |tx| event(()).append(&cast.home.db, tx).await).await.expect("noted");
        }
        let mut path = cast.page("history?what=payments");
        let mut counts = Vec::new();
        loop {
            let page = see(&mut cast.holder, &path).await;
            counts.push(rows(&page).len());
            assert_eq!(page.has("Back to the newest"), counts.len() > 1);
            let text = page.text().replace("&amp;", "&");
            let Some((before, _)) = text.split_once("\">Older") else { break };
            path = before.rsplit_once("href=\"").expect("a link").1.to_owned();
        }
        assert_eq!((counts.len(), counts.iter().sum::<usize>()), (11, 260), "{counts:?}");
        let file = see(&mut cast.holder.twin(), &cast.page("history.csv?what=payments")).await;
        assert_eq!(file.text().lines().count(), 261);
        // Beside others of which none is wanted.
        let none = see(&mut cast.holder.twin(), &cast.page("history?who=service")).await;
        assert_eq!(rows(&none).len(), 0);
    }

    async fn pro_3_what_a_user_does_is_seen_by_the_holder_and_no_history_by_the_user(place: &TestPlace) {
        let (cast, mut user) = cast_with_user(place).await;
        let login = identity::login_by_username(cast.home.db.reader(), "utilisateur.1").await.expect("read").expect("one");
        let event = |()| Event {
            chain: Chain::Account(cast.account), kind: "payment.succeeded", author: Author::Customer,
            details: json!({ "amount": 8413, "login": login }), sealed: None,
        };
        cast.home.db.write(async |tx| event(()).append(&cast.home.db, tx).await).await.expect("noted");
        let page = see(&mut cast.holder.twin(), &cast.page("history?who=users")).await;
        place_of(&rows(&page), "User utilisateur.1", "Card payment made: $84.13");
        for path in ["history", "history.csv"] {
            assert_eq!(user.get(&cast.page(path)).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Their tab leads to what happened to their own login.
        let profile = see(&mut user, "/profile/details").await;
        assert!(profile.has("href=\"/profile/history\"") && !profile.has(&cast.page("history")), "{}", profile.text());
        assert!(see(&mut user, "/profile/history").await.has("Signed in on a new device"));
        assert!(see(&mut cast.holder.twin(), "/profile/details").await.has(&format!("href=\"{}\"", cast.page("history"))));
        let mut stranger = cast.holder.other();
        stranger.sign_up((&number_of(&cast.home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        assert_eq!(stranger.get(&cast.page("history")).await.status, StatusCode::NOT_FOUND);
        // Where the claim of an account waits, so does its history (SGN-2).
        let own = number_of(&cast.home, "0002-BBBBB").await;
        assert_eq!(stranger.get(&format!("/accounts/{own}/history")).await.location(), format!("/accounts/{own}/confirm"));
    }

    async fn pro_3_a_login_has_a_history_of_its_own(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        place.advance_seconds(1);
        let form = [("current", PASSWORD), ("password", "brume4falaise"), ("password_again", "brume4falaise")];
        crate::backup::prove(&home, &mut visitor, "password", None).await;
        assert_eq!(visitor.post("/profile/password", &form).await.status, StatusCode::SEE_OTHER);
        let page = see(&mut visitor, "/profile/history").await;
        let found = rows(&page);
        assert!(place_of(&found, "You", "Password changed") < place_of(&found, "You", "Signed in on a new device"));
        assert!(!page.has("eve@exemple.ca") && page.has("History of your login"), "{}", page.text());
        assert_eq!(rows(&see(&mut visitor, "/profile/history?what=steps").await).len(), 0);
        let file = see(&mut visitor, "/profile/history.csv?what=sign-ins").await;
        assert!(file.has("Password changed"), "{}", file.text());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn pro_3_what_customer_service_looks_up_is_seen(place: &TestPlace) {
        let mut scene = scene(place).await;
        let number = scene.payer.number.clone();
        let path = scene.ask().await;
        place.advance_seconds(1);
        assert_eq!(scene.agent.get(&path).await.status, StatusCode::OK);
        place.advance_seconds(1);
        for (path, form) in [
            ("/staff/claims", vec![("account_number", number.as_str()), ("decision", "questions")]),
            ("/staff/activations", vec![("account_number", number.as_str())]),
            ("/staff/locks", vec![("name", number.as_str()), ("reason", "questions")]),
        ] {
            assert_eq!(scene.agent.post(path, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
        let page = see(&mut scene.payer.visitor, &format!("/accounts/{number}/history?who=service")).await;
        let found = rows(&page);
        place_of(&found, "Customer service", "File of the change of holder opened");
        place_of(&found, "Customer service", "Change of holder asked for");
        assert_eq!(found.iter().filter(|row| row.contains("State of the account looked up")).count(), 2, "{found:#?}");
        assert!(!page.has("Ada Roy") && !page.has("boreal.example"), "who of the staff it was is ours to know: {}", page.text());
        let own = see(&mut scene.payer.visitor, "/profile/history").await;
        place_of(&rows(&own), "Customer service", "whether the login is locked");
        // Each stands in the chain of whoever looked, too.
        assert_eq!((events(&scene.home, "holder-change.seen").await, events(&scene.home, "login.looked-up").await), (2, 2));
        assert_eq!(findings(&scene.home).await, Vec::<String>::new());
    }

    async fn pro_3_a_new_holder_sees_nothing_from_before(place: &TestPlace) {
        let (mut cast, _) = cast_with_user(place).await;
        let path = cast.page("history");
        assert!(rows(&see(&mut cast.holder, &path).await).len() > 3);
        let (now, account) = (cast.home.db.world().now(), cast.account);
        let passed = cast.home.db.write(async |tx| {
            db::execute(tx, "UPDATE accounts SET held_since = $1 WHERE id = $2", [now.into(), account.into()]).await
        });
        assert_eq!(passed.await.expect("written"), 1);
        place.advance_seconds(1);
        let page = see(&mut cast.holder, &path).await;
        assert!(rows(&page).is_empty() && page.has("Nothing yet"), "{}", page.text());
        let file = see(&mut cast.holder, &format!("{path}.csv?from=2026-01-01")).await;
        assert_eq!(file.text().lines().count(), 1, "{}", file.text());
        let (_, membership) = cast.user("utilisateur.2").await;
        cast.give(membership, &RightsWanted::default()).await.expect("nothing given");
        let found = rows(&see(&mut cast.holder, &path).await);
        assert_eq!(found.len(), 1, "{found:#?}");
        place_of(&found, "You", "User utilisateur.2 added");
        execute(&cast.home, "UPDATE accounts SET held_since = NULL").await.expect("undone");
    }
}

/// Texts of the form `one.two` in the sources that are no kinds of events: columns that are sealed, and rights.
const NO_KINDS: [&str; 22] = [
    "accounts.address",
    "bills.pay",
    "bills.see",
    "cards.manage",
    "contacts.named",
    "customers.email",
    "customers.name",
    "customers.telephone",
    "drafts.content",
    "logins.email",
    "messages.sealed",
    "passkeys.name",
    "recoveries.sealed",
    "representatives.content",
    "service.change",
    "service.mailboxes",
    "service.see",
    "service.support",
    "service.usage",
    "services.address",
    "staff.email",
    "staff.name",
];
/// Names of files and hosts.
const NO_KIND_ENDS: [&str; 13] =
    ["html", "toml", "txt", "css", "js", "svg", "json", "pdf", "csv", "lock", "ca", "com", "db"];

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs")
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            let text = std::fs::read_to_string(&path).expect("a source");
            found.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
        }
    }
}

/// A word of small letters and hyphens.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[test]
fn pro_3_every_kind_of_event_has_words_in_both_languages() {
    let mut texts = Vec::new();
    for name in ["audit", "messages", "identity", "accounts", "services", "billing", "payments", "portal", "guichet"] {
        sources(&TestPlace::repository().join("crates").join(name).join("src"), &mut texts);
    }
    let all = texts.join("\n");
    let quoted: BTreeSet<&str> = all.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).collect();
    let looks_so = |text: &&str| {
        text.split_once('.').is_some_and(|(one, two)| is_word(one) && is_word(two) && !NO_KIND_ENDS.contains(&two))
    };
    let kinds: BTreeSet<&str> = portal::HISTORY_KINDS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.len(), portal::HISTORY_KINDS.len(), "each once");
    let in_sources: BTreeSet<&str> =
        quoted.into_iter().filter(looks_so).filter(|text| !NO_KINDS.contains(text)).collect();
    let missing: Vec<_> = in_sources.difference(&kinds).collect();
    assert!(
        missing.is_empty(),
        "kinds of events without words; add them to HISTORY_KINDS and history.*.ftl: {missing:?}"
    );
    let site = Site::new(&portal::SLICES, SiteOptions::default()).expect("templates and texts");
    let values = [("amount", "x"), ("bill", "x"), ("user", "x")];
    for kind in &kinds {
        // The list itself is one place in the sources.
        assert!(all.matches(&format!("\"{kind}\"")).count() >= 2, "{kind} is written by nobody");
        let key = format!("history-{}", kind.replace('.', "-"));
        for language in [Language::Fr, Language::En] {
            assert_ne!(site.texts().say_with(language, &key, &values), key, "{kind} has no words");
        }
    }
}
