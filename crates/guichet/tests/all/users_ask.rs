//! Requests for rights (USR-5), and the second step that a holder wants of users (SEC-3).

use accounts::{rights_from_codes, rights_to_codes};
use axum::http::StatusCode;
use testkit::on_both;

use crate::devices::{events, letters, link_in};
use crate::rights::{Cast, holder_leaves};
use crate::steps::turn_on;
use crate::support::{count, findings};
use crate::users::{PAYS, end_service, identifier, invite, membership_in, neighbour, user};
use crate::visitor::Visitor;

/// The path of the newest request, from the letter to the holder.
async fn request_link(cast: &Cast, wanted: usize) -> String {
    let letter = letters(&cast.home, "rights-asked", wanted).await.remove(0);
    link_in(&letter.text, "/accounts/")
}

async fn ask(visitor: &mut Visitor, cast: &Cast, rights: &[&str]) -> String {
    let names: Vec<String> = rights.iter().map(|right| format!("r:{right}")).collect();
    let mut form = vec![("go", "ask")];
    form.extend(names.iter().map(|name| (name.as_str(), "yes")));
    visitor.post(&cast.page("rights"), &form).await.location()
}

on_both! {
    async fn usr_5_a_user_asks_and_the_holder_answers_with_one_button(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let internet = cast.service("internet").await;
        let on_internet = format!("service:{internet}");
        let (mut paule, page) =
            user(&mut cast, "paule.comtois", &[("set", "own"), ("own:service.usage", "yes"), ("where", "some"), (&on_internet, "yes")]).await;
        let own = paule.get(&cast.page("rights")).await;
        assert!(own.status == StatusCode::OK && own.has("See usage (Internet") && own.has("See the bills") && !own.has("Telephone"), "{}", own.text());
        let nothing = paule.post(&cast.page("rights"), &[("go", "ask")]).await;
        assert!(nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.has("Tick at least one right"), "{}", nothing.text());
        assert!(ask(&mut paule, &cast, &["bills.see"]).await.ends_with("?done=asked"));
        assert!(ask(&mut paule, &cast, &["bills.pay"]).await.ends_with("?done=open"), "one at a time");
        assert!(paule.get(&cast.page("rights")).await.has("Take the request back"));
        assert_eq!(paule.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND, "asking gives nothing");
        let link = request_link(&cast, 1).await;
        let letter = letters(&cast.home, "rights-asked", 1).await.remove(0);
        assert!(letter.shown.to == "eve@exemple.ca" && letter.text.contains("paule\u{200c}.comtois") && letter.text.contains("See the bills"), "{}", letter.text);
        assert!(cast.holder.get(&cast.page("users")).await.has("paule.comtois asks for rights"));
        // After sign-in alone, and the holder's alone.
        assert!(cast.holder.other().get(&link).await.location().starts_with("/sign-in?return_to="));
        let (mut adam, _) = neighbour(&cast).await;
        for visitor in [&mut paule, &mut adam] {
            assert_eq!(visitor.get(&link).await.status, StatusCode::NOT_FOUND);
            assert_eq!(visitor.post(&link, &[("answer", "accept")]).await.status, StatusCode::NOT_FOUND);
        }
        let shown = cast.holder.get(&link).await;
        assert!(shown.has("May they have these rights?") && shown.has("See the bills"), "{}", shown.text());
        assert_eq!(cast.holder.post(&link, &[("answer", "perhaps")]).await.status, StatusCode::BAD_REQUEST);
        let (one, two) = {
            let (mut twin, second) = (cast.holder.twin(), link.clone());
            let refuse = async move { twin.post(&second, &[("answer", "refuse")]).await };
            tokio::join!(cast.holder.post(&link, &[("answer", "accept")]), refuse)
        };
        let over = [&one, &two].into_iter().filter(|answer| answer.location().ends_with("?done=over")).count();
        assert_eq!(over, 1, "the first answer counts: {} {}", one.location(), two.location());
        let accepted = one.location().ends_with("?done=accepted");
        assert_eq!(paule.get(&cast.page("bills")).await.status, if accepted { StatusCode::OK } else { StatusCode::NOT_FOUND });
        let told = letters(&cast.home, if accepted { "rights-accepted" } else { "rights-refused" }, 1).await.remove(0);
        assert!(told.shown.to == "paule.comtois@exemple.ca" && told.text.contains(&cast.number) && !told.text.contains(&identifier(&cast).await), "{}", told.text);
        assert!(cast.holder.post(&link, &[("answer", "accept")]).await.location().ends_with("?done=over"));
        assert_eq!(events(&cast.home, "rights.answered").await, 1);
        assert!(cast.holder.get(&page).await.has("Asked you for rights"));
        // What was held goes on beside what was asked for.
        assert!(paule.get(&cast.page("services")).await.has("Internet"));
        assert!(accounts::verify_rights(&cast.home.db, &cast.home.vault).await.expect("read").is_empty());
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_5_a_request_ends_when_it_is_taken_back_or_its_user_is_gone(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        ask(&mut paule, &cast, &["cards.manage"]).await;
        let first = request_link(&cast, 1).await;
        assert!(paule.post(&cast.page("rights"), &[("go", "back")]).await.location().ends_with("?done=back"));
        assert_eq!(paule.post(&cast.page("rights"), &[("go", "back")]).await.location(), cast.page("rights"));
        assert!(cast.holder.get(&first).await.has("This request is over"));
        assert!(cast.holder.post(&first, &[("answer", "accept")]).await.location().ends_with("?done=over"));
        place.advance_seconds(1);
        ask(&mut paule, &cast, &["cards.manage", "service.see"]).await;
        let second = request_link(&cast, 2).await;
        assert_ne!(first, second);
        assert!(cast.holder.post(&second, &[("answer", "refuse")]).await.location().ends_with("?done=refused"));
        letters(&cast.home, "rights-refused", 1).await;
        assert_eq!(paule.get(&cast.page("services")).await.status, StatusCode::NOT_FOUND);
        place.advance_seconds(1);
        ask(&mut paule, &cast, &["cards.manage"]).await;
        let third = request_link(&cast, 3).await;
        cast.holder.post(&format!("{page}/remove"), &[]).await;
        assert!(cast.holder.get(&third).await.has("not a user of this account any more"));
        let grants = count(&cast.home, "grants").await;
        assert!(cast.holder.post(&third, &[("answer", "accept")]).await.location().ends_with("?done=over"));
        assert_eq!(count(&cast.home, "grants").await, grants);
        // The holder has all rights, and asks for none.
        assert_eq!(cast.holder.get(&cast.page("rights")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(cast.holder.post(&cast.page("rights"), &[("go", "ask"), ("r:bills.see", "yes")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_5_a_request_that_the_holder_fulfils_by_hand_is_answered(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        ask(&mut paule, &cast, &["cards.manage", "service.see"]).await;
        let link = request_link(&cast, 1).await;
        let codes = |rights: &str| rights_to_codes(&rights_from_codes(rights).expect("codes").held());
        let steps = ["bills.see,bills.pay", "bills.see,bills.pay,cards.manage", "bills.see,bills.pay,cards.manage,service.see"].map(codes);
        for given in steps.windows(2) {
            assert_eq!(count(&cast.home, "right_requests WHERE outcome IS NULL").await, 1, "not all of it is given yet");
            let form = [("go", "change"), ("rights", given[1].as_str()), ("before", given[0].as_str())];
            assert!(cast.holder.post(&format!("{page}/rights"), &form).await.location().ends_with("?done=rights"));
        }
        assert_eq!(count(&cast.home, "right_requests WHERE outcome = 'accepted'").await, 1);
        assert!(!paule.get(&cast.page("rights")).await.has("Take the request back"));
        assert!(!cast.holder.get(&cast.page("users")).await.has("asks for rights"));
        assert!(cast.holder.post(&link, &[("answer", "refuse")]).await.location().ends_with("?done=over"));
        place.advance_seconds(1);
        assert!(ask(&mut paule, &cast, &["service.usage"]).await.ends_with("?done=asked"), "the next one may come");
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_5_of_services_what_can_still_be_had_answers_a_request(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (internet, telephone) = (cast.service("internet").await, cast.service("telephone").await);
        let both = [("set", "own"), ("own:service.usage", "yes"), ("where", "some")];
        let (on_internet, on_telephone) = (format!("service:{internet}"), format!("service:{telephone}"));
        let (mut paule, page) = user(&mut cast, "paule.comtois", &[&both[..], &[(&on_internet, "yes"), (&on_telephone, "yes")]].concat()).await;
        let see = [internet, telephone].map(|service| format!("service.see:{service}"));
        ask(&mut paule, &cast, &["bills.see", &see[0], &see[1]]).await;
        let codes = |rights: &str| rights_to_codes(&rights_from_codes(rights).expect("codes").held());
        let usages = format!("service.usage:{internet},service.usage:{telephone}");
        let steps = [usages.clone(), format!("{usages},bills.see"), "bills.see".to_owned(), format!("bills.see,{}", see[0])];
        for (step, pair) in steps.map(|rights| codes(&rights)).windows(2).enumerate() {
            if step == 1 {
                // From here on nothing is held on a service, and one can still be had.
                end_service(&cast, telephone).await;
            }
            let form = [("go", "change"), ("rights", pair[1].as_str()), ("before", pair[0].as_str())];
            let done = cast.holder.post(&format!("{page}/rights"), &form).await;
            assert!(done.location().ends_with("?done=rights"), "{}", done.text());
            let open = count(&cast.home, "right_requests WHERE outcome IS NULL").await;
            assert_eq!(open, i64::from(step < 2), "step {step}");
        }
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_5_what_was_asked_for_on_a_service_that_ended_is_not_given(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let telephone = cast.service("telephone").await;
        let on = format!("service:{telephone}");
        let (mut paule, page) =
            user(&mut cast, "paule.comtois", &[("set", "own"), ("own:service.usage", "yes"), ("where", "some"), (&on, "yes")]).await;
        ask(&mut paule, &cast, &["bills.see", &format!("service.see:{telephone}")]).await;
        let link = request_link(&cast, 1).await;
        end_service(&cast, telephone).await;
        cast.give(membership_in(&page), &accounts::Preset::PaysBills.wanted()).await.expect("given");
        let shown = cast.holder.get(&link).await;
        assert!(shown.has("the service has ended"), "{}", shown.text());
        assert!(cast.holder.post(&link, &[("answer", "accept")]).await.location().ends_with("?done=accepted"));
        assert_eq!(paule.get(&cast.page("services")).await.status, StatusCode::NOT_FOUND);
    }

    async fn usr_5_a_request_waits_while_the_account_has_no_holder(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, _) = user(&mut cast, "paule.comtois", &PAYS).await;
        ask(&mut paule, &cast, &["cards.manage"]).await;
        let link = request_link(&cast, 1).await;
        holder_leaves(&mut cast).await;
        assert!(cast.holder.get(&link).await.location().starts_with("/sign-in"));
        assert_eq!(paule.get(&cast.page("rights")).await.status, StatusCode::NOT_FOUND, "they wait, and hold nothing");
        crate::rights::holder_returns(&mut cast, "eve.tremblay.2").await;
        // The new holder sees what was asked of the one before, and decides: the rest is theirs to give.
        assert!(cast.holder.post(&link, &[("answer", "accept")]).await.location().ends_with("?done=accepted"));
        assert_eq!(paule.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(paule.get(&cast.page("payments")).await.status, StatusCode::OK);
    }

    async fn sec_3_the_holder_requires_a_second_step_of_a_user(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        let (mut adam, own) = neighbour(&cast).await;
        let (theirs, link) = invite(&mut cast, ("Adam", "adam@travail.example"), &PAYS).await;
        adam.post(&link, &[("with", "own")]).await;
        for user in [&page, &theirs] {
            assert!(cast.holder.post(&format!("{user}/step"), &[("required", "yes")]).await.location().ends_with("?done=step"));
            cast.holder.post(&format!("{user}/step"), &[("required", "yes")]).await;
            assert!(cast.holder.get(user).await.has("Second step missing"));
        }
        let told = letters(&cast.home, "user-step", 2).await;
        assert!(told.iter().all(|mail| mail.text.contains(&cast.number) && mail.text.contains("/profile/steps")), "{}", told[0].text);
        // At the next request, wherever they go: home, where they are told.
        assert_eq!(paule.get(&cast.page("bills")).await.location(), "/");
        let home = paule.get("/").await;
        assert!(home.has("First set up a second step") && home.has("href=\"/profile/steps\"") && !home.has(&cast.number), "{}", home.text());
        assert_eq!(paule.post(&cast.page("rights"), &[("go", "ask"), ("r:cards.manage", "yes")]).await.status, StatusCode::NOT_FOUND);
        // Of an account of their own nothing is required; and they are told of the other.
        assert_eq!(adam.get(&format!("/accounts/{own}/bills")).await.status, StatusCode::OK);
        assert!(adam.get("/").await.has("Set up a second step"));
        assert_eq!(adam.get(&cast.page("overview")).await.location(), "/");
        // With a step they are in again.
        turn_on(place, &cast.home, &mut paule).await;
        assert_eq!(paule.get(&cast.page("bills")).await.status, StatusCode::OK);
        assert!(cast.holder.get(&page).await.has("Required, and set up"));
        assert!(cast.holder.post(&format!("{theirs}/step"), &[("required", "no")]).await.location().ends_with("?done=step-off"));
        assert_eq!(adam.get(&cast.page("bills")).await.status, StatusCode::OK);
        letters(&cast.home, "user-step-off", 1).await;
        // Nobody but the holder wants one, or none.
        assert_eq!(paule.post(&format!("{page}/step"), &[("required", "no")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(count(&cast.home, "memberships WHERE step_required_at IS NOT NULL").await, 1);
        assert_eq!(events(&cast.home, "user.step-required").await, 3);
    }
}
