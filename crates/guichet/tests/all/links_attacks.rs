//! What a thief of one login tries with linked accounts (ONE-1), and what a move or its undoing does to what was under way.

use accounts::{Preset, Right, UserLimits, add_secondary, remove_user};
use axum::http::StatusCode;
use testkit::{TestPlace, on_both};

use crate::backup::prove;
use crate::devices::{letters, link_in};
use crate::linked::{DAY, JOIN, LINKS, Two, begin, no_alarms, sees, undo_path};
use crate::rights::{actor, holder_leaves, holder_returns};
use crate::support::{count, execute};
use crate::users::{PAYS, accept, invite, newest_link, user};
use crate::visitor::{Answer, PASSWORD, Visitor, number_of};

const HELD_AGAIN: &str = "memberships WHERE ended_at IS NULL AND role = 'holder' AND origin = 'link-undone'";

/// Where “this was not me” of the first move leads.
async fn letter_path(two: &Two) -> String {
    link_in(&letters(&two.cast.home, "account-moved", 1).await[0].text, "/links/undo/")
}

/// The letter's button, and the page after it.
async fn undo_by_letter(two: &Two, path: &str) -> Answer {
    let mut reader = two.own.other();
    assert_eq!(reader.post(path, &[]).await.location(), path);
    reader.get(path).await
}

/// A third login with an account of its own, in whose browser xavier.roy is signed in then: the page that says what will happen.
async fn third_asks_for_xaviers(two: &Two) -> (Visitor, Answer) {
    let number = number_of(&two.cast.home, "0002-BBBBB").await;
    let mut third = two.own.other();
    third.sign_up((&number, "G1R 2B5"), "adam.roy.2").await;
    execute(&two.cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL")
        .await
        .expect("confirmed");
    begin(&mut third).await;
    third.sign_in("xavier.roy", PASSWORD).await;
    let page = third.get(JOIN).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    (third, page)
}

/// Xavier deletes the login to which the account came.
async fn xavier_leaves(two: &mut Two, place: &TestPlace) {
    prove(&two.cast.home, &mut two.own, "delete", None).await;
    let done = two.own.post("/profile/delete", &[("sure", "yes")]).await;
    assert_eq!(done.location(), "/profile/deleted", "{}", done.text());
    place.advance_seconds(1);
}

/// The account's holder asks that Rose be a contact of it.
async fn ask_for_rose(holder: &mut Visitor, (page, number): (&str, &str), once: char) {
    let once = once.to_string().repeat(43);
    let form = [
        ("once", once.as_str()),
        ("who", "person"),
        ("name", "Rose Lavoie"),
        ("email", "rose.lavoie@exemple.ca"),
        ("telephone", "514 555-0188"),
        ("language", "fr"),
        ("identifier", ""),
    ];
    let asked = holder.post(page, &form).await;
    assert_eq!(asked.location(), format!("/accounts/{number}/contacts?done=asked"), "{}", asked.text());
}

on_both! {
    async fn one_1_an_account_that_was_moved_is_not_moved_on_and_the_letter_brings_it_back(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        let path = letter_path(&two).await;
        let (mut third, page) = third_asks_for_xaviers(&two).await;
        for text in ["Linked a short time ago", "undo that link first", &two.cast.number, &two.number] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        prove(&two.cast.home, &mut third, "move", None).await;
        assert_eq!(third.post(JOIN, &[]).await.location(), format!("{LINKS}?done=linked"));
        assert!(sees(&mut third, &format!("/accounts/{}/bills", two.number)).await, "what was xavier's from the beginning");
        assert!(!sees(&mut third, &two.cast.page("bills")).await);
        assert!(undo_by_letter(&two, &path).await.has("The link is undone"));
        assert_eq!(count(&two.cast.home, HELD_AGAIN).await, 1);
        letters(&two.cast.home, "login-closed", 1).await;
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_after_thirty_days_an_account_is_linked_on(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        place.advance_seconds(30 * DAY);
        let (mut third, page) = third_asks_for_xaviers(&two).await;
        assert!(page.has(&two.cast.number) && !page.has("Linked a short time ago"), "{}", page.text());
        prove(&two.cast.home, &mut third, "move", None).await;
        assert_eq!(third.post(JOIN, &[]).await.location(), format!("{LINKS}?done=linked"));
        assert!(sees(&mut third, &two.cast.page("bills")).await);
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_an_account_that_the_other_login_left_goes_back_by_the_letter(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        let path = letter_path(&two).await;
        xavier_leaves(&mut two, place).await;
        let page = two.own.other().get(&path).await;
        assert!(page.status == StatusCode::OK && page.has("Was it not you?") && page.has(&two.cast.number), "{}", page.text());
        assert!(undo_by_letter(&two, &path).await.has("The link is undone"));
        assert!(undo_by_letter(&two, &path).await.has("The link is undone"), "pressed twice");
        assert_eq!(count(&two.cast.home, HELD_AGAIN).await, 1);
        let choose = link_in(&letters(&two.cast.home, "login-closed", 1).await[0].text, "/recover/");
        let mut eve = two.own.other();
        assert_eq!(eve.post(&choose, &[("password", "rivage7lac"), ("password_again", "rivage7lac")]).await.location(), "/sign-in?chosen=1");
        eve.sign_in("eve.tremblay", "rivage7lac").await;
        assert!(sees(&mut eve, &two.cast.page("bills")).await && sees(&mut eve, &two.cast.page("history")).await, "as confirmed as it was");
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_the_letter_says_so_where_the_account_went_elsewhere(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        let path = letter_path(&two).await;
        xavier_leaves(&mut two, place).await;
        let mut zoe = two.own.other();
        assert_eq!(zoe.sign_up((&two.cast.number, "J8X 3X2"), "zoe.tremblay").await.status, StatusCode::SEE_OTHER);
        for _ in 0..2 {
            let page = undo_by_letter(&two, &path).await;
            assert!(page.status == StatusCode::GONE && page.has("The account has moved on since") && !page.has("The link is undone"), "{}", page.text());
            assert!(!page.has(&two.cast.number), "{}", page.text());
        }
        assert!(sees(&mut zoe, &two.cast.page("bills")).await);
        assert_eq!(count(&two.cast.home, "account_links WHERE undone_at IS NOT NULL").await, 0);
    }

    async fn one_1_an_account_that_changed_hands_does_not_go_back_to_the_former_holder(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        let path = letter_path(&two).await;
        xavier_leaves(&mut two, place).await;
        let (db, now, account) = (&two.cast.home.db, two.cast.home.db.world().now(), two.cast.account);
        db.write(async |tx| {
            db::execute(tx, "UPDATE accounts SET held_since = $1 WHERE id = $2", [now.into(), account.into()]).await
        }).await.expect("held");
        assert!(undo_by_letter(&two, &path).await.has("The account has moved on since"));
        assert_eq!(count(&two.cast.home, HELD_AGAIN).await, 0);
    }

    async fn one_1_the_letter_removes_whom_the_other_login_let_in(place: &TestPlace) {
        let mut two = Two::of(place).await;
        let (_, own) = two.cast.user("utilisateur.1").await;
        two.cast.give(own, &Preset::PaysBills.wanted()).await.expect("given");
        place.advance_seconds(1);
        two.link(place).await;
        let path = letter_path(&two).await;
        // Xavier holds it.
        std::mem::swap(&mut two.cast.holder, &mut two.own);
        let (mut paule, _) = user(&mut two.cast, "paule.comtois", &PAYS).await;
        let (_, waiting) = invite(&mut two.cast, ("Max", "max@exemple.ca"), &PAYS).await;
        assert!(sees(&mut paule, &two.cast.page("bills")).await);
        let (billing, technical) = (two.cast.page("contacts/account/billing"), two.cast.page("contacts/account/technical"));
        ask_for_rose(&mut two.cast.holder, (&billing, &two.cast.number), 'a').await;
        for kind in ["contact-proposed", "contact-asked"] {
            let link = link_in(&letters(&two.cast.home, kind, 1).await[0].text, "/contact-change/");
            two.own.other().post(&link, &[("answer", "accept")]).await;
        }
        assert_eq!(count(&two.cast.home, "contacts WHERE ended_at IS NULL").await, 1);
        place.advance_seconds(1);
        ask_for_rose(&mut two.cast.holder, (&technical, &two.cast.number), 'b').await;
        place.advance_seconds(1);

        assert!(undo_by_letter(&two, &path).await.has("The link is undone"));
        assert!(!sees(&mut paule, &two.cast.page("bills")).await);
        assert_eq!(count(&two.cast.home, "memberships WHERE role = 'secondary' AND ended_at IS NULL").await, 1, "who was a user before");
        assert_eq!(count(&two.cast.home, "logins WHERE username = 'paule.comtois' AND deleted_at IS NULL").await, 1, "she did no wrong");
        assert!(two.own.other().get(&waiting).await.has("This invitation was withdrawn"));
        for (table, wanted) in [("contacts WHERE ended_at IS NULL", 0), ("contact_changes WHERE outcome IS NULL", 0), ("contact_changes WHERE outcome = 'ended'", 1)] {
            assert_eq!(count(&two.cast.home, table).await, wanted, "{table}");
        }
        for kind in ["link-user", "link-user-ended", "contact-former", "contact-withdrawn-person"] {
            letters(&two.cast.home, kind, 1).await;
        }
        let told = letters(&two.cast.home, "link-returned", 1).await.remove(0);
        assert!(told.text.contains("that the other login added are removed"), "{}", told.text);
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_a_login_to_which_an_account_may_go_back_is_not_removed_with_its_last_membership(place: &TestPlace) {
        let mut two = Two::of(place).await;
        let eve = actor(&two.cast.home, &two.cast.holder).await.login;
        two.link(place).await;
        let path = letter_path(&two).await;
        let grant = actor(&two.cast.home, &two.own).await.require(Right::ManageUsers, &two.number).expect("the holder");
        let (db, limits) = (&two.cast.home.db, UserLimits::default());
        let added = db.write(async |tx| add_secondary(db, tx, &grant, (eve, &limits)).await).await.expect("added");
        place.advance_seconds(1);
        let ended = db.write(async |tx| remove_user(db, tx, &grant, added).await).await.expect("removed");
        assert!(ended.was_last);
        assert_eq!(count(&two.cast.home, "logins WHERE username = 'eve.tremblay' AND deleted_at IS NULL").await, 1);
        assert!(undo_by_letter(&two, &path).await.has("The link is undone"));
        assert_eq!(count(&two.cast.home, HELD_AGAIN).await, 1);
    }

    async fn one_1_a_user_who_takes_the_account_to_their_login_is_one_no_more_and_what_they_were_called_is_erased(place: &TestPlace) {
        let mut two = Two::of(place).await;
        let (_, link) = invite(&mut two.cast, ("Xavier à la maison", "xavier@maison.example"), &PAYS).await;
        assert_eq!(two.own.post(&link, &[("with", "own")]).await.location(), two.cast.page("overview"));
        assert!(!sees(&mut two.own, &two.cast.page("services")).await, "what was given, no more");
        place.advance_seconds(1);
        let named = "user_details WHERE length(name) > 0 AND length(email) > 0";
        assert_eq!(count(&two.cast.home, named).await, 1);
        two.link(place).await;
        assert!(sees(&mut two.own, &two.cast.page("services")).await, "everything, as the holder");
        assert_eq!(count(&two.cast.home, "memberships WHERE role = 'secondary' AND ended_at IS NULL").await, 0);
        assert_eq!(count(&two.cast.home, named).await, 0);
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_open_invitations_end_with_a_move_and_are_sent_again(place: &TestPlace) {
        let mut two = Two::of(place).await;
        let (page, first) = invite(&mut two.cast, ("Paule", "paule@exemple.ca"), &PAYS).await;
        place.advance_seconds(1);
        assert!(!two.sign_both_in().await.has("Keep their rights"), "nobody has that place yet");
        prove(&two.cast.home, &mut two.own, "move", None).await;
        assert_eq!(two.own.post(JOIN, &[]).await.location(), format!("{LINKS}?done=linked"));
        place.advance_seconds(1);
        let mut paule = two.own.other();
        let over = paule.get(&first).await;
        assert!(over.status == StatusCode::GONE && over.has("This link works no more") && over.has("ask the holder"), "{}", over.text());
        assert_eq!(accept(&mut paule, &first, "paule.comtois").await.status, StatusCode::GONE);
        assert!(two.own.get(&page).await.has("Invitation expired"));
        assert!(two.own.post(&format!("{page}/again"), &[]).await.location().ends_with("done=again"));
        let second = newest_link(&two.cast.home, "paule@exemple.ca").await;
        assert_ne!(first, second);
        assert_eq!(accept(&mut paule, &second, "paule.comtois").await.status, StatusCode::SEE_OTHER);
        assert!(sees(&mut paule, &two.cast.page("bills")).await, "what was given before the move");
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_open_contact_requests_end_with_a_move(place: &TestPlace) {
        let mut two = Two::of(place).await;
        let billing = two.cast.page("contacts/account/billing");
        ask_for_rose(&mut two.cast.holder, (&billing, &two.cast.number), 'a').await;
        let link = link_in(&letters(&two.cast.home, "contact-proposed", 1).await[0].text, "/contact-change/");
        place.advance_seconds(1);
        two.link(place).await;
        letters(&two.cast.home, "contact-withdrawn-person", 1).await;
        two.own.other().post(&link, &[("answer", "accept")]).await;
        assert_eq!((count(&two.cast.home, "contacts").await, count(&two.cast.home, "contact_changes WHERE outcome = 'ended'").await), (0, 1));
        ask_for_rose(&mut two.own, (&billing, &two.cast.number), 'b').await;
    }

    async fn pro_2_a_request_is_sent_again_by_the_login_alone_that_asked(place: &TestPlace) {
        let mut cast = crate::rights::Cast::of(place).await;
        let billing = cast.page("contacts/account/billing");
        ask_for_rose(&mut cast.holder, (&billing, &cast.number), 'a').await;
        place.advance_seconds(1);
        holder_leaves(&mut cast).await;
        place.advance_seconds(1);
        holder_returns(&mut cast, "zoe.tremblay").await;
        assert_eq!(cast.holder.post(&format!("{billing}/again"), &[]).await.location(), cast.page("contacts?done=none"));
        letters(&cast.home, "contact-proposed", 1).await;
    }

    async fn one_1_the_history_of_a_login_says_that_another_one_undid_the_link(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        let path = undo_path(&mut two.own).await;
        prove(&two.cast.home, &mut two.own, "unlink", None).await;
        assert_eq!(two.own.post(&path, &[]).await.location(), format!("{LINKS}?done=back"));
        place.advance_seconds(1);
        let mut eve = two.cast.holder.same_device();
        eve.sign_in("eve.tremblay", PASSWORD).await;
        let words = "Another login that your account was linked to";
        let (hers, his) = (eve.get("/profile/history").await, two.own.get("/profile/history").await);
        assert!(hers.has("Link of an account undone") && hers.has(words), "{}", hers.text());
        assert!(his.has("Link of an account undone") && !his.has(words), "{}", his.text());
    }
}
