//! A user of an account sees what its holder gives, step by step, and is out when removed (USR-1 to USR-3).

use accounts::{Actor, Grant, Preset, Right, RightsWanted, UserLimits, What, add_secondary, end_secondary};
use guichet::Home;
use guichet::demonstration::PASSWORD;
use identity::{Hasher, NewLogin, Password, Sightings};
use kernel::{Language, LoginId, MembershipId};

use super::{Demonstration, NORMAND, sign_in};
use crate::browser::{Browser, Reader, Scheme};
use crate::rights::give_with;

const USER: &str = "comptable.theriault";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usr_3_a_user_sees_what_is_given_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }, Language::Fr).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usr_3_a_user_sees_what_is_given_in_english_without_scripts_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: false }, Language::En).await;
}

/// The holder, signed in beside the browser.
async fn holder(home: &Home) -> (String, Grant) {
    let login = identity::login_by_username(home.db.reader(), NORMAND).await.expect("read").expect("a login");
    let begun = home.db.write(async |tx| identity::begin_session(&home.db, tx, login, None).await).await;
    let token = begun.expect("a session");
    let signed = Actor::signed_in(&home.db, &home.vault, &Sightings::default(), token.secret()).await;
    let (_, _, actor) = signed.expect("read").expect("signed in");
    let number = actor.reaches.first().expect("an account").number.clone();
    let grant = actor.require(Right::ManageUsers, &number).expect("the holder");
    (number, grant)
}

async fn user(home: &Home, grant: &Grant, language: Language) -> MembershipId {
    let world = home.db.world();
    let new = NewLogin {
        username: identity::Username::parse(USER).expect("a username"),
        password_hash: Hasher::new(world).hash(world, &Password::new(PASSWORD)).await.expect("hashed"),
        language,
        email: format!("{USER}@exemple.ca"),
    };
    let made = home.db.write(async |tx| identity::create_login(&home.db, &home.vault, tx, &new).await).await;
    let login: LoginId = made.expect("a login");
    let limits = UserLimits::default();
    let added = home.db.write(async |tx| add_secondary(&home.db, tx, grant, (login, &limits)).await).await;
    added.expect("added")
}

async fn walk(reader: &Reader, language: Language) {
    let demonstration = Demonstration::open().await;
    let home = &demonstration.home;
    let (number, grant) = holder(home).await;
    let membership = user(home, &grant, language).await;
    let page = |path: &str| format!("/accounts/{number}/{path}");
    let give = async |wanted: RightsWanted| {
        give_with(home, &grant, membership, &wanted).await.expect("given");
    };
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, USER, PASSWORD).await;
    assert_eq!(browser.path().await, "/");
    browser.look("home of a user who waits").await;
    assert!(!browser.page_text().await.contains(&number));

    give(RightsWanted::default().everywhere(What::SeeUsage)).await;
    browser.go("/").await;
    assert_eq!(browser.path().await, page("overview"));
    browser.look("overview of a user who may see usage").await;
    assert!(!browser.page_text().await.contains('$'));
    browser.go(&page("services")).await;
    browser.look("services of a user who may see usage").await;
    browser.go("/profile/details").await;
    browser.look("profile of a user").await;

    give(Preset::PaysBills.wanted()).await;
    browser.go(&page("overview")).await;
    browser.look("overview of a user who pays").await;
    assert!(browser.page_text().await.contains('$'));
    browser.go(&page("pay")).await;
    browser.look("pay of a user who pays").await;

    give(RightsWanted::default().everywhere(What::ManagePaymentMethods)).await;
    browser.go(&page("overview")).await;
    browser.look("overview of a user who manages cards").await;
    browser.follow("#cards a").await;
    assert_eq!(browser.path().await, page("payments"));
    browser.look("cards of a user who manages them").await;
    browser.go(&page("bills")).await;
    browser.look("no bills for a user who manages cards").await;

    let ended = home.db.write(async |tx| end_secondary(&home.db, tx, &grant, membership).await).await;
    assert!(ended.expect("ended").was_last);
    browser.go(&page("overview")).await;
    assert!(browser.path().await.starts_with("/sign-in"), "removed, the next click is the sign-in page");
    browser.close().await;
    demonstration.close().await;
}
