//! What users see: what was given, and nothing else (USR-2, USR-3, ACC-5).

use accounts::{Preset, RightsWanted, What};
use axum::http::StatusCode;
use testkit::on_both;

use crate::rights::{Cast, actor, login};
use crate::support::{execute, mails};
use crate::visitor::{Answer, PASSWORD, Visitor, number_of};

fn wanted() -> RightsWanted {
    RightsWanted::default()
}

async fn identifier(cast: &Cast) -> String {
    let sql = "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1";
    db::scalar(cast.home.db.reader(), sql, [cast.number.as_str().into()]).await.expect("read").expect("one")
}

async fn sees(visitor: &mut Visitor, path: &str) -> Answer {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer
}

async fn does_not_see(visitor: &mut Visitor, paths: &[String]) {
    let nowhere = visitor.get("/accounts/0/overview").await;
    for path in paths {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.text(), nowhere.text(), "{path}: as an account that never was");
    }
}

on_both! {
    async fn usr_3_who_was_given_nothing_knows_nothing_of_the_account(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, _) = cast.user("utilisateur.1").await;
        let page = sees(&mut user, "/").await;
        assert!(page.has("No access rights at the moment") && page.has("Ask the holder"), "{}", page.text());
        let paths = ["", "overview", "bills", "bills/csv", "bills/1", "bills/1/pdf", "pay", "payments", "services", "cards/new", "confirm"];
        does_not_see(&mut user, &paths.map(|path| cast.page(path).trim_end_matches('/').to_owned())).await;
        crate::backup::prove(&cast.home, &mut user, "password", None).await;
        for path in ["/", "/profile/details", "/profile/security", "/profile/password", "/profile/delete", "/support/contact"] {
            let page = sees(&mut user, path).await;
            assert!(!page.has(&cast.number) && !page.has(&identifier(&cast).await), "{path}");
            assert!(page.has("utilisateur.1") && page.has("action=\"/sign-out\""), "{path}");
        }
    }

    async fn usr_3_the_usage_of_one_service_is_not_its_price_nor_the_other_service(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let internet = cast.service("internet").await;
        let whole = cast.holder.twin().get(&cast.page("services")).await;
        assert!(whole.has("Telephone") && whole.has("Internet") && whole.has("$"), "{}", whole.text());
        cast.give(membership, &wanted().on(What::SeeUsage, internet)).await.expect("given");
        assert_eq!(user.get("/").await.location(), cast.page("overview"));
        for path in ["overview", "services"] {
            let page = sees(&mut user, &cast.page(path)).await;
            let text = page.text();
            let (_, main) = text.split_once("<main").expect("a page");
            assert!(main.contains("Internet") && !main.contains("Telephone") && !main.contains('$'), "{path}: {main}");
            assert!(!page.has("/bills") && !page.has("/pay") && !page.has(&identifier(&cast).await), "{path}");
        }
        does_not_see(&mut user, &["bills", "bills/csv", "pay", "payments", "confirm"].map(|path| cast.page(path))).await;
        // Seen and priced once it may be seen; the other one still is not there.
        cast.give(membership, &wanted().on(What::SeeService, internet)).await.expect("given");
        let page = sees(&mut user, &cast.page("services")).await;
        assert!(page.has("Internet") && page.has("$") && !page.has("Telephone"), "{}", page.text());
        cast.give(membership, &wanted().everywhere(What::SeeService)).await.expect("given");
        assert!(sees(&mut user, &cast.page("services")).await.has("Telephone"));
    }

    async fn usr_3_bills_payments_and_cards_are_three_rights(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let sql = "SELECT b.number FROM bills b WHERE b.account_id = $1";
        let bill: i64 = db::scalar(cast.home.db.reader(), sql, [cast.account.into()]).await.expect("read").expect("a bill");
        let of_bills = ["bills".to_owned(), "bills/csv".to_owned(), format!("bills/{bill}"), format!("bills/{bill}/pdf")];
        let of_bills = of_bills.map(|path| cast.page(&path));
        cast.give(membership, &wanted().everywhere(What::SeeBills)).await.expect("given");
        for path in &of_bills {
            sees(&mut user, path).await;
        }
        let page = sees(&mut user, &cast.page("overview")).await;
        assert!(page.has("$") && !page.has(&cast.page("pay\"")) && !page.has("id=\"services\""), "{}", page.text());
        let page = sees(&mut user, &cast.page("payments")).await;
        assert!(page.has("Your payments") && !page.has("Saved cards") && !page.has(&cast.page("pay\"")), "{}", page.text());
        does_not_see(&mut user, &["pay", "pay/card?amount=5.00", "services", "cards/new"].map(|path| cast.page(path))).await;

        cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        assert!(sees(&mut user, &cast.page("overview")).await.has(&cast.page("pay\"")));
        assert!(sees(&mut user, &cast.page("pay")).await.has("$"));
        let card = sees(&mut user, &cast.page("pay/card?amount=5.00")).await;
        assert!(!card.has("name=\"keep\""), "keeping a card is another right: {}", card.text());

        cast.give(membership, &wanted().everywhere(What::ManagePaymentMethods)).await.expect("given");
        does_not_see(&mut user, &of_bills).await;
        does_not_see(&mut user, &["pay", "services"].map(|path| cast.page(path))).await;
        let page = sees(&mut user, &cast.page("payments")).await;
        assert!(page.has("Saved cards") && !page.has("Your payments"), "{}", page.text());
        let page = sees(&mut user, &cast.page("overview")).await;
        assert!(page.has("Manage saved cards") && !page.has("$"), "{}", page.text());
    }

    async fn usr_3_the_profile_is_ones_own_and_the_customers_data_is_not(place: &TestPlace) {
        let cast = Cast::of(place).await;
        crate::support::put_on_file(&cast.home, &cast.number, "titulaire@exemple.ca").await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::EverythingButUsers.wanted()).await.expect("given");
        let page = sees(&mut user, "/profile/details").await;
        assert!(page.has("Secondary user") && page.has("See the bills · Pay · Manage saved cards"), "{}", page.text());
        assert!(page.has("See usage (every service)") && page.has("utilisateur.1@exemple.ca"), "{}", page.text());
        assert!(!page.has("titulaire@exemple.ca") && !page.has(&identifier(&cast).await) && !page.has("Gatineau"), "{}", page.text());
        assert!(user.get("/profile/preferences").await.location() == "/profile/details");
        let theirs = ["name", "address", "telephones"].map(|part| format!("/profile/details/{}/{part}", cast.number));
        does_not_see(&mut user, &theirs).await;
        does_not_see(&mut user, &[format!("/profile/preferences/{}", cast.number)]).await;
        crate::backup::prove(&cast.home, &mut user, "password", None).await;
        let changed = user.post("/profile/password", &[("current", PASSWORD), ("password", "brume4falaise"), ("password_again", "brume4falaise")]).await;
        assert_eq!(changed.location(), "/profile/password?done=password", "their own login: {}", changed.text());
        // No letter to them names the customer.
        let identifier = identifier(&cast).await;
        let letters: Vec<_> = mails(&cast.home).await.into_iter().filter(|mail| mail.shown.to.contains("utilisateur.1")).collect();
        assert!(letters.len() >= 2, "a code, a new password");
        assert!(letters.iter().all(|mail| !mail.text.contains(&identifier) && !mail.text.contains(&cast.number)));
    }

    async fn usr_3_what_is_withdrawn_is_gone_at_the_next_request(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        sees(&mut user, &cast.page("pay")).await;
        cast.give(membership, &wanted().everywhere(What::SeeBills)).await.expect("given");
        does_not_see(&mut user, &[cast.page("pay")]).await;
        let paid = user.post(&cast.page("pay/check"), &[("amount", "5.00"), ("for", "other"), ("key", "a"), ("method", "m")]).await;
        assert_eq!(paid.status, StatusCode::NOT_FOUND, "also what was filled in before");
        cast.give(membership, &wanted()).await.expect("given");
        does_not_see(&mut user, &["overview", "bills"].map(|path| cast.page(path))).await;
    }

    async fn usr_2_a_user_who_is_removed_is_out_at_the_next_request(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        sees(&mut user, &cast.page("bills")).await;
        assert!(cast.end(membership).await.expect("ended").was_last);
        let next = user.get(&cast.page("bills")).await;
        assert!(next.location().starts_with("/sign-in?return_to="), "{}", next.status);
        // Asked back, they begin with nothing.
        place.advance_seconds(1);
        let again = cast.add(actor_login(&cast, "utilisateur.1").await).await.expect("added again");
        assert_ne!(again, membership);
        let mut back = cast.holder.other();
        back.sign_in("utilisateur.1", PASSWORD).await;
        does_not_see(&mut back, &[cast.page("bills")]).await;
    }

    async fn usr_2_who_reaches_another_account_stays_signed_in_there(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let own = number_of(&cast.home, "0001-AAAAA").await;
        let mut neighbour = cast.holder.other();
        neighbour.sign_up((&own, "H2X 1Y4"), "adam.roy.2").await;
        execute(&cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL").await.expect("confirmed");
        let who = actor(&cast.home, &neighbour).await.login;
        let membership = cast.add(who).await.expect("added");
        cast.give(membership, &wanted().everywhere(What::SeeBills)).await.expect("given");
        // Of each account what one may there: rights do not go across.
        let own_page = |path: &str| format!("/accounts/{own}/{path}");
        for path in ["overview", "bills", "pay", "payments", "services"] {
            sees(&mut neighbour, &own_page(path)).await;
        }
        for path in ["overview", "bills"] {
            let page = sees(&mut neighbour, &cast.page(path)).await;
            assert!(page.has(&own), "the switcher");
            assert!(!page.has(&identifier(&cast).await) && page.has("adam.roy.2"), "{}", page.text());
        }
        does_not_see(&mut neighbour, &["pay", "services", "cards/new"].map(|path| cast.page(path))).await;
        let bill: i64 = db::scalar(cast.home.db.reader(), "SELECT number FROM bills WHERE account_id = $1", [cast.account.into()])
            .await.expect("read").expect("one");
        does_not_see(&mut neighbour, &[own_page(&format!("bills/{bill}"))]).await;
        assert_eq!(neighbour.get("/").await.status, StatusCode::OK, "a choice of two");
        assert!(!cast.end(membership).await.expect("ended").was_last);
        sees(&mut neighbour, &own_page("overview")).await;
        does_not_see(&mut neighbour, &[cast.page("bills")]).await;
    }

    async fn acc_2_the_client_identifier_signs_the_holder_in_and_nobody_else(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (_, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::EverythingButUsers.wanted()).await.expect("given");
        let found = accounts::login_by_identifier(cast.home.db.reader(), &identifier(&cast).await).await.expect("read");
        assert_eq!(found, Some(actor(&cast.home, &cast.holder).await.login));
        let user = actor_login(&cast, "utilisateur.1").await;
        assert!(accounts::identifiers_of(cast.home.db.reader(), user).await.expect("read").is_empty());
        assert!(accounts::first_account_of(cast.home.db.reader(), &cast.home.vault, user).await.expect("read").is_none());
        assert!(accounts::on_file(cast.home.db.reader(), &cast.home.vault, user).await.expect("read").cities.is_empty());
        let mut cast = cast;
        crate::rights::holder_leaves(&mut cast).await;
        let found = accounts::login_by_identifier(cast.home.db.reader(), &identifier(&cast).await).await.expect("read");
        assert_eq!(found, None, "users of the account are not found by it");
        let again = login(&cast.home, "quelquun.autre").await;
        assert_ne!(Some(again), found);
    }

    async fn usr_4_the_holder_sees_what_a_user_might_do_at_any_moment(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let mut holder = cast.holder.twin();
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let page = cast.page(&format!("users/{membership}"));
        // As a browser's field writes a moment, in the provider's zone.
        let zone = cast.home.config.zone.clone();
        let minute = |at: kernel::Moment| at.timestamp().to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
        let before = minute(cast.home.db.world().now());
        place.advance_seconds(120);
        cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        // To the end of the minute in which it was given.
        let with = minute(cast.home.db.world().now());
        place.advance_seconds(120);
        cast.give(membership, &wanted()).await.expect("withdrawn");
        let after = minute(cast.home.db.world().now());
        for (at, shown, missing) in [
            (&before, "this user could do nothing here", "this user could:"),
            (&with, "this user could:", "could do nothing"),
            (&after, "this user could do nothing here", "this user could:"),
        ] {
            let shown_page = sees(&mut holder, &format!("{page}?at={at}")).await;
            assert!(shown_page.has(shown) && !shown_page.has(missing), "{at}: {}", shown_page.text());
        }
        assert!(sees(&mut holder, &format!("{page}?at={with}")).await.has("See the bills"));
        for wrong in ["2099-01-01T10:00", "2099-01-01", "hier", "2026-02-30"] {
            let refused = holder.get(&format!("{page}?at={wrong}")).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("Enter a day and a time that are past"), "{wrong}");
        }
        does_not_see(&mut user, &[format!("{page}?at={with}")]).await;
    }
}

async fn actor_login(cast: &Cast, username: &str) -> kernel::LoginId {
    identity::login_by_username(cast.home.db.reader(), username).await.expect("read").expect("a login")
}
