//! A user who holds nothing on an account asks its holder, without knowing whose account it is (USR-3, USR-5).

use accounts::{Right, UserLimits, add_secondary};
use axum::http::StatusCode;
use testkit::on_both;

use crate::devices::{events, letters, link_in};
use crate::rights::{Cast, actor, holder_leaves};
use crate::steps::turn_on;
use crate::support::{count, execute, findings};
use crate::users::{PAYS, accept, identifier, invite, neighbour};
use crate::visitor::{Answer, Visitor};

const LINKED: &str = "/profile/linked-accounts";

/// A page of a user who waits: nothing on it tells whose account it is.
async fn sees(cast: &Cast, visitor: &mut Visitor, path: &str) -> Answer {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    for told in [&cast.number, &identifier(cast).await, "Gatineau", "J8X 3X2", "eve."] {
        assert!(!answer.has(told), "{path} tells {told}: {}", answer.text());
    }
    answer
}

/// Its text, as one would read it out.
fn said(page: &Answer) -> String {
    page.text().replace('\u{a0}', " ")
}

on_both! {
    async fn usr_5_who_holds_nothing_asks_the_holder_of_an_account_that_they_do_not_know(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let (path, link) = (format!("/profile/rights/{membership}"), format!("href=\"/profile/rights/{membership}\""));
        for from in ["/", LINKED] {
            assert!(sees(&cast, &mut user, from).await.has(&link), "{from}");
        }
        let page = sees(&cast, &mut user, &path).await;
        assert!(said(&page).contains("On November 21, 2026") && page.has("See the bills") && !page.has("Internet"), "{}", page.text());
        let nothing = user.post(&path, &[("go", "ask")]).await;
        assert!(nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.has("Tick at least one right"), "{}", nothing.text());
        // Not on a service either, of which they cannot know.
        let internet = format!("r:service.see:{}", cast.service("internet").await);
        assert_eq!(user.post(&path, &[("go", "ask"), (&internet, "yes")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let form = [("go", "ask"), ("r:bills.see", "yes")];
        let (mut twin, mut second) = (user.twin(), user.twin());
        let (one, two) = tokio::join!(twin.post(&path, &form), second.post(&path, &form));
        let mut done = [one.location(), two.location()];
        done.sort();
        assert_eq!(done, [format!("{path}?done=asked"), format!("{path}?done=open")], "one request, and one letter");
        assert_eq!(count(&cast.home, "right_requests").await, 1);
        let letter = letters(&cast.home, "rights-asked", 1).await.remove(0);
        assert!(letter.shown.to == "eve@exemple.ca" && letter.text.contains("utilisateur.1") && letter.text.contains(&cast.number), "{}", letter.text);
        let page = sees(&cast, &mut user, &format!("{path}?done=asked")).await;
        assert!(page.has("Your request is sent") && page.has("Take the request back"), "{}", page.text());
        for from in ["/", LINKED] {
            assert!(sees(&cast, &mut user, from).await.has("There is no answer yet"), "{from}");
        }
        assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND, "asking gives nothing");
        let answer = link_in(&letter.text, "/accounts/");
        assert!(cast.holder.post(&answer, &[("answer", "accept")]).await.location().ends_with("?done=accepted"));
        assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::OK);
        // The account is known now, and has its own page for more.
        assert_eq!(user.get(&path).await.location(), cast.page("rights"));
        assert_eq!(user.post(&path, &form).await.location(), cast.page("rights?done=open"), "nothing was sent");
        assert_eq!(count(&cast.home, "right_requests").await, 1);
        assert!(!user.get(LINKED).await.has(&link));
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_5_nobody_asks_from_the_place_of_another(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let (mut other, _) = cast.user("utilisateur.2").await;
        let (mut adam, _) = neighbour(&cast).await;
        let path = format!("/profile/rights/{membership}");
        let form = [("go", "ask"), ("r:bills.see", "yes")];
        for (who, visitor) in [("a user", &mut other), ("the holder", &mut cast.holder), ("a stranger", &mut adam)] {
            assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND, "{who}");
            assert_eq!(visitor.post(&path, &form).await.status, StatusCode::NOT_FOUND, "{who}");
            assert_eq!(visitor.post(&path, &[("go", "back")]).await.status, StatusCode::NOT_FOUND, "{who}");
        }
        let mut nobody = cast.holder.other();
        assert!(nobody.post(&path, &form).await.location().starts_with("/sign-in"));
        for nonsense in ["x", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(user.get(&format!("/profile/rights/{nonsense}")).await.status, StatusCode::NOT_FOUND);
        }
        // The holder's own membership is no such place either.
        let sql = "SELECT id FROM memberships WHERE account_id = $1 AND role = 'holder'";
        let own: uuid::Uuid = db::scalar(cast.home.db.reader(), sql, [cast.account.into()]).await.expect("read").expect("one");
        assert_eq!(cast.holder.get(&format!("/profile/rights/{own}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!((count(&cast.home, "right_requests").await, events(&cast.home, "rights.asked").await), (0, 0));
        // It is taken back by who asked.
        assert_eq!(user.post(&path, &form).await.location(), format!("{path}?done=asked"));
        assert_eq!(user.post(&path, &[("go", "back")]).await.location(), format!("{path}?done=back"));
        assert!(sees(&cast, &mut user, &format!("{path}?done=back")).await.has("You took the request back"));
        // Who is removed is a user no more.
        cast.end(membership).await.expect("ended");
        assert!(user.post(&path, &form).await.location().starts_with("/sign-in"));
    }

    async fn usr_5_nobody_is_asked_while_the_account_has_no_holder(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &accounts::Preset::PaysBills.wanted()).await.expect("given");
        holder_leaves(&mut cast).await;
        let told = letters(&cast.home, "holder-gone", 1).await.remove(0);
        assert!(told.shown.to == "utilisateur.1@exemple.ca" && told.text.contains(&cast.number), "{}", told.text);
        let path = format!("/profile/rights/{membership}");
        let home = sees(&cast, &mut user, "/").await;
        assert!(home.has("The account has no holder at the moment") && !home.has(&path), "{}", home.text());
        let linked = sees(&cast, &mut user, LINKED).await;
        assert!(linked.has("The account has no holder at the moment") && !linked.has(&path), "{}", linked.text());
        let form = [("go", "ask"), ("r:bills.see", "yes")];
        assert_eq!(user.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(user.post(&path, &form).await.status, StatusCode::NOT_FOUND);
        // Somebody claims the account: as long as it is not sure who they are, they are not told who its users are (SGN-2).
        let mut claimant = cast.holder.other();
        assert_eq!(claimant.sign_up((&cast.number, "J8X 3X2"), "marc.cote").await.status, StatusCode::SEE_OTHER);
        assert_eq!(user.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(user.post(&path, &form).await.status, StatusCode::NOT_FOUND);
        assert!(sees(&cast, &mut user, "/").await.has("The account has no holder at the moment"));
        assert_eq!((count(&cast.home, "right_requests").await, letters(&cast.home, "rights-asked", 0).await.len()), (0, 0));
        execute(&cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL").await.expect("confirmed");
        // What the holder before gave is not held, and can be asked for.
        assert_eq!(user.post(&path, &form).await.location(), format!("{path}?done=asked"));
        letters(&cast.home, "rights-asked", 1).await;
    }

    async fn usr_5_sec_3_a_second_step_that_the_holder_wants_comes_before_asking(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let (path, theirs) = (format!("/profile/rights/{membership}"), cast.page(&format!("users/{membership}")));
        let form = [("go", "ask"), ("r:bills.see", "yes")];
        assert!(user.post(&path, &form).await.location().ends_with("?done=asked"));
        let request = link_in(&letters(&cast.home, "rights-asked", 1).await.remove(0).text, "/accounts/");
        assert!(cast.holder.post(&format!("{theirs}/step"), &[("required", "yes")]).await.location().ends_with("?done=step"));
        assert_eq!(user.get(&path).await.location(), "/profile/steps");
        assert_eq!(user.post(&path, &[("go", "back")]).await.location(), "/profile/steps");
        assert_eq!(count(&cast.home, "right_requests WHERE outcome IS NULL").await, 1, "not taken back");
        for from in ["/", LINKED] {
            let page = sees(&cast, &mut user, from).await;
            assert!(page.has("Set one up: then you can ask for rights") && !page.has(&path), "{}", page.text());
        }
        // What the holder gives meanwhile waits for it too.
        assert!(cast.holder.post(&request, &[("answer", "accept")]).await.location().ends_with("?done=accepted"));
        let letter = letters(&cast.home, "rights-accepted", 1).await.remove(0);
        assert!(letter.text.contains("once you have set up the second step"), "{}", letter.text);
        assert_eq!(user.get(&path).await.location(), "/");
        assert!(user.get("/").await.has("First set up a second step"));
        assert!(sees(&cast, &mut user, LINKED).await.has("You have rights on this account"));
        turn_on(place, &cast.home, &mut user).await;
        assert_eq!(user.get(&path).await.location(), cast.page("rights"));
    }

    async fn usr_4_what_who_holds_nothing_tries_is_shown_to_the_holder_and_another_invitation_gives_nothing(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let theirs = cast.page(&format!("users/{membership}"));
        let all = [("go", "change"), ("rights", "bills.see"), ("before", "")];
        assert_eq!(user.post(&format!("{theirs}/rights"), &all).await.status, StatusCode::NOT_FOUND);
        assert_eq!(events(&cast.home, "rights.refused").await, 1);
        assert!(cast.holder.get(&theirs).await.has("Tried something that only you may do"));
        let (_, link) = invite(&mut cast, ("Lea", "lea@exemple.ca"), &PAYS).await;
        let told = cast.holder.get(&cast.page("history")).await;
        assert!(told.has("User (not signed up) invited"), "{}", told.text());
        let page = user.get(&link).await;
        assert!(page.status == StatusCode::CONFLICT && page.has("This invitation changes nothing for you"), "{}", page.text());
        assert_eq!(user.post(&link, &[("with", "own")]).await.status, StatusCode::CONFLICT);
        assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        // The invitation is still good for whom it was meant.
        assert_eq!(accept(&mut cast.holder.other(), &link, "lea.desbiens").await.status, StatusCode::SEE_OTHER);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_6_whose_rights_are_all_withdrawn_is_told_where_to_ask(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let rights = cast.page(&format!("users/{membership}/rights"));
        for (codes, before, told) in [("bills.see", "", "“What you may do”"), ("", "bills.see", "“Linked accounts”")] {
            let done = cast.holder.post(&rights, &[("go", "change"), ("rights", codes), ("before", before)]).await;
            assert!(done.location().ends_with("?done=rights"), "{}", done.text());
            place.advance_seconds(1);
            let letter = letters(&cast.home, "user-rights", if codes.is_empty() { 2 } else { 1 }).await.remove(0);
            assert!(letter.text.contains(told), "{}", letter.text);
        }
        assert!(sees(&cast, &mut user, LINKED).await.has("Ask the holder for rights"));
    }

    async fn usr_3_several_such_places_are_told_apart_by_the_moment_alone(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, first) = cast.user("utilisateur.1").await;
        let (mut adam, own) = neighbour(&cast).await;
        place.advance_seconds(20 * 60);
        let grant = actor(&cast.home, &adam).await.require(Right::ManageUsers, &own).expect("the holder");
        let (of, limits) = (actor(&cast.home, &user).await.login, UserLimits::default());
        let added = cast.home.db.write(async |tx| add_secondary(&cast.home.db, tx, &grant, (of, &limits)).await).await;
        let second = added.expect("added");
        let home = sees(&cast, &mut user, "/").await;
        let text = said(&home);
        for (place, time) in [(first, "12:00"), (second, "12:20")] {
            assert!(home.has(&format!("/profile/rights/{place}")) && text.contains(time), "{text}");
            let page = sees(&cast, &mut user, &format!("/profile/rights/{place}")).await;
            assert!(said(&page).contains(time) && !page.has(&own), "{}", page.text());
        }
        assert!(home.has("a user of several accounts") && !home.has(&own), "{}", home.text());
        // With an account of one's own the overview comes first; the rest is under Your account.
        let place = cast.add(actor(&cast.home, &adam).await.login).await.expect("added");
        assert_eq!(adam.get("/").await.location(), format!("/accounts/{own}/overview"));
        assert!(sees(&cast, &mut adam, LINKED).await.has(&format!("/profile/rights/{place}")));
        assert!(sees(&cast, &mut adam, &format!("/profile/rights/{place}")).await.has("See the bills"));
    }
}
