//! One login for several accounts (ONE-1), and the home and the switcher that go with it (ACC-3).

use accounts::{Preset, Right, RightsWanted, What};
use axum::http::StatusCode;
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::backup::prove;
use crate::devices::{events, letters, link_in};
use crate::rights::{Cast, actor, give_with};
use crate::steps::{next_code, prove_step, turn_on, type_step};
use crate::support::{count, execute, findings, put_on_file, run, with_sample};
use crate::visitor::{Answer, PASSWORD, Visitor, code_in, number_of};

pub(crate) const LINKS: &str = "/profile/linked-accounts";
pub(crate) const JOIN: &str = "/profile/linked-accounts/join";
const CODE: &str = "/profile/linked-accounts/code";
pub(crate) const DAY: i64 = 24 * 3600;

/// The account of a cast, held by eve.tremblay, and somebody with a login and an account of their own, both confirmed.
pub(crate) struct Two {
    pub(crate) cast: Cast,
    /// Signed in as xavier.roy.
    pub(crate) own: Visitor,
    pub(crate) number: String,
}

impl Two {
    pub(crate) async fn of(place: &TestPlace) -> Self {
        let cast = Cast::of(place).await;
        let number = number_of(&cast.home, "0001-AAAAA").await;
        let mut own = cast.holder.other();
        own.sign_up((&number, "H2X 1Y4"), "xavier.roy").await;
        execute(&cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL")
            .await
            .expect("confirmed");
        place.advance_seconds(1);
        Self { cast, own, number }
    }

    /// Both logins are signed in one after the other in the browser of the second; the page that says what will happen.
    pub(crate) async fn sign_both_in(&mut self) -> Answer {
        begin(&mut self.own).await;
        self.own.sign_in("eve.tremblay", PASSWORD).await;
        self.own.get(JOIN).await
    }

    pub(crate) async fn link(&mut self, place: &TestPlace) {
        let page = self.sign_both_in().await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        assert_eq!(self.own.post(JOIN, &[]).await.location(), "/profile/prove?need=move", "of the login that gives");
        assert_eq!(prove(&self.cast.home, &mut self.own, "move", None).await.location(), JOIN);
        let done = self.own.post(JOIN, &[]).await;
        assert_eq!(done.location(), format!("{LINKS}?done=linked"), "{}", done.text());
        place.advance_seconds(1);
    }
}

pub(crate) async fn begin(visitor: &mut Visitor) {
    let begun = visitor.post(&format!("{LINKS}/login"), &[]).await;
    assert_eq!(begun.location(), format!("/sign-in?return_to={JOIN}"), "{}", begun.text());
}

pub(crate) async fn sees(visitor: &mut Visitor, path: &str) -> bool {
    visitor.get(path).await.status == StatusCode::OK
}

/// The path of the page that undoes the only link that the list shows.
pub(crate) async fn undo_path(visitor: &mut Visitor) -> String {
    let page = visitor.get(LINKS).await.text();
    let (_, after) = page.split_once(&format!("{LINKS}/undo/")).expect("a link to undo");
    format!("{LINKS}/undo/{}", after.split('"').next().expect("an end"))
}

pub(crate) async fn no_alarms(home: &Home) {
    assert_eq!(accounts::verify_rights(&home.db, &home.vault).await.expect("read"), vec![]);
    assert_eq!(accounts::count_alarms(home.db.reader()).await.expect("read"), 0);
    assert_eq!(findings(home).await, Vec::<String>::new());
}

/// An account without a login, with an e-mail on file, and somebody with a login.
async fn asking(place: &TestPlace) -> (Home, Visitor, String) {
    let mut home = with_sample(place).await;
    home.config.demonstration = true;
    run(&home, "2026-12").await;
    let mut visitor = Visitor::of(&home);
    visitor.sign_up((&number_of(&home, "0001-AAAAA").await, "H2X 1Y4"), "xavier.roy").await;
    execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
    let number = number_of(&home, "0002-BBBBB").await;
    put_on_file(&home, &number, "adam@exemple.ca").await;
    place.advance_seconds(1);
    (home, visitor, number)
}

async fn ask(visitor: &mut Visitor, number: &str, postal_code: &str) -> Answer {
    visitor.post(&format!("{LINKS}/ask"), &[("account_number", number), ("postal_code", postal_code)]).await
}

on_both! {
    async fn one_1_the_accounts_of_another_login_come_over_and_users_keep_their_rights(place: &TestPlace) {
        let mut two = Two::of(place).await;
        let (mut user, membership) = two.cast.user("utilisateur.1").await;
        two.cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        place.advance_seconds(1);
        let page = two.sign_both_in().await;
        for text in ["The accounts of eve.tremblay will open with xavier.roy", &two.cast.number, "Keep their rights: utilisateur.1"] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        assert!(!sees(&mut two.own.twin(), &format!("/accounts/{}/overview", two.number)).await, "it is the other login's session");
        assert!(sees(&mut two.cast.holder.twin(), &two.cast.page("bills")).await, "nothing happened yet");
        prove(&two.cast.home, &mut two.own, "move", None).await;
        let mut twin = two.own.twin();
        let done = two.own.post(JOIN, &[]).await;
        assert_eq!(done.location(), format!("{LINKS}?done=linked"), "{}", done.text());
        assert!(twin.post(JOIN, &[]).await.status == StatusCode::SEE_OTHER, "pressed twice");
        place.advance_seconds(1);

        // One login opens both, in two tabs side by side; the other opens nothing, and its sessions have ended.
        let list = two.own.get(&done.location()).await;
        assert!(list.has("Linked.") && list.has(&two.number) && list.has(&two.cast.number) && list.has("from another login"), "{}", list.text());
        assert!(sees(&mut two.own, &two.cast.page("bills")).await && sees(&mut two.own, &format!("/accounts/{}/bills", two.number)).await);
        assert!(two.cast.holder.get(&two.cast.page("bills")).await.location().starts_with("/sign-in"));
        let mut eve = two.cast.holder.same_device();
        eve.sign_in("eve.tremblay", PASSWORD).await;
        assert_eq!(eve.get(&two.cast.page("overview")).await.status, StatusCode::NOT_FOUND);
        assert!(eve.get("/").await.has("Your login opens no account"));

        // What users may do was given again by the membership that holds it now, and is its to withdraw.
        assert!(sees(&mut user, &two.cast.page("bills")).await && sees(&mut user, &two.cast.page("pay")).await);
        no_alarms(&two.cast.home).await;
        let grant = actor(&two.cast.home, &two.own).await.require(Right::ManageUsers, &two.cast.number).expect("the holder");
        let bills = RightsWanted::default().everywhere(What::SeeBills);
        give_with(&two.cast.home, &grant, membership, &bills).await.expect("given");
        assert!(sees(&mut user, &two.cast.page("bills")).await && !sees(&mut user, &two.cast.page("pay")).await);

        let told = letters(&two.cast.home, "account-moved", 1).await.remove(0);
        assert!(told.text.contains("xavier\u{200c}.roy") && told.text.contains(&two.cast.number), "{}", told.text);
        letters(&two.cast.home, "account-linked", 1).await;
        assert_eq!((events(&two.cast.home, "holder.linked").await, events(&two.cast.home, "login.account-linked").await), (1, 2));
        let history = two.own.get(&two.cast.page("history")).await;
        assert!(history.has("Account linked to a login") && history.has("Rights of user utilisateur.1 changed"), "{}", history.text());
        assert_eq!(count(&two.cast.home, "memberships WHERE ended_at IS NULL AND role = 'holder'").await, 2);
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_the_second_step_of_the_other_login_is_never_skipped(place: &TestPlace) {
        let mut two = Two::of(place).await;
        let (secret, _) = turn_on(place, &two.cast.home, &mut two.cast.holder).await;
        begin(&mut two.own).await;
        let asked = two.own.type_password("eve.tremblay", PASSWORD).await;
        assert!(asked.location().starts_with("/sign-in/step"), "{}", asked.text());
        for answer in [two.own.get(JOIN).await, two.own.post(JOIN, &[]).await] {
            assert!(answer.location().starts_with("/sign-in?return_to="), "{}", answer.text());
        }
        assert_eq!(type_step(&mut two.own, "totp", "000000").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(two.own.get(JOIN).await.location().starts_with("/sign-in?return_to="));
        let code = next_code(place, &two.cast.home, &secret);
        assert_eq!(type_step(&mut two.own, "totp", &code).await.status, StatusCode::SEE_OTHER);
        assert!(two.own.get(JOIN).await.has("Link your accounts?"));
        assert_eq!(two.own.post(JOIN, &[]).await.location(), "/profile/prove?need=move");
        assert_eq!(two.own.post("/profile/prove", &[("need", "move"), ("current", PASSWORD)]).await.location(), "/profile/prove?need=move");
        assert_eq!(two.own.post(JOIN, &[]).await.location(), "/profile/prove?need=move", "the password proves nothing");
        prove_step(&mut two.own, "move", ("totp", &next_code(place, &two.cast.home, &secret))).await;
        assert_eq!(two.own.post(JOIN, &[]).await.location(), format!("{LINKS}?done=linked"));
        assert!(sees(&mut two.own, &two.cast.page("bills")).await);
    }

    async fn one_1_wrong_passwords_count_against_the_other_login(place: &TestPlace) {
        let mut two = Two::of(place).await;
        begin(&mut two.own).await;
        let page = two.own.get(&format!("/sign-in?return_to={JOIN}")).await;
        assert!(page.has("The session of xavier.roy waits for you") && page.has("Back to xavier.roy"), "{}", page.text());
        for _ in 0..10 {
            two.own.type_password("eve.tremblay", "pas2celui").await;
        }
        let answer = two.own.type_password("eve.tremblay", PASSWORD).await;
        assert!(answer.status == StatusCode::TOO_MANY_REQUESTS && answer.has("Back to xavier.roy"), "{}", answer.text());
        // And back: nothing is lost.
        assert_eq!(two.own.post(&format!("{LINKS}/back"), &[]).await.location(), LINKS);
        assert!(sees(&mut two.own, &format!("/accounts/{}/bills", two.number)).await);
        assert_eq!(count(&two.cast.home, "account_links").await, 0);
    }

    async fn one_1_what_is_not_sure_or_not_ones_own_stays(place: &TestPlace) {
        let mut two = Two::of(place).await;
        execute(&two.cast.home, "UPDATE memberships SET confirmed_at = NULL WHERE confirmed_at IS NOT NULL").await.expect("undone");
        let page = two.sign_both_in().await;
        assert!(page.has("no account that could be linked") && page.has("What stays") && page.has(&two.cast.number), "{}", page.text());
        assert_eq!(two.own.post(JOIN, &[]).await.location(), JOIN, "the link that stops a claim stays good");
        assert_eq!(count(&two.cast.home, "account_links").await, 0);
        // The same login once more links nothing.
        assert_eq!(two.own.post(&format!("{LINKS}/back"), &[]).await.location(), LINKS);
        begin(&mut two.own).await;
        two.own.sign_in("xavier.roy", PASSWORD).await;
        let same = two.own.get(JOIN).await;
        assert_eq!(same.location(), format!("{LINKS}?done=same-login"));
        assert!(two.own.get(&same.location()).await.has("That was the same login"));
        // Without a session that waits there is nothing to join.
        assert_eq!(two.own.get(JOIN).await.location(), format!("{LINKS}?done=waited"));
        assert_eq!(two.own.post(JOIN, &[]).await.location(), format!("{LINKS}?done=waited"));
    }

    async fn one_1_signing_out_ends_the_session_that_waits_and_an_old_sign_in_links_nothing(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.sign_both_in().await;
        place.advance_seconds(16 * 60);
        for answer in [two.own.twin().get(JOIN).await, two.own.post(JOIN, &[]).await] {
            assert!(answer.location().starts_with("/sign-in?return_to="), "{}", answer.text());
        }
        assert_eq!(count(&two.cast.home, "account_links").await, 0);
        let before = two.own.twin();
        two.own.sign_in("eve.tremblay", PASSWORD).await;
        assert!(two.own.get(JOIN).await.has("Link your accounts?"), "signed in anew");
        two.own.post("/sign-out", &[]).await;
        assert!(!two.own.cookies.contains_key("linking"));
        let mut left = before.other();
        left.cookies.insert("session".to_owned(), before.cookies["linking"].clone());
        assert!(left.get(LINKS).await.location().starts_with("/sign-in"), "the one that waited has ended too");
    }

    async fn one_1_a_link_is_undone_by_its_owner_and_the_account_goes_back(place: &TestPlace) {
        let mut two = Two::of(place).await;
        let (mut user, membership) = two.cast.user("utilisateur.1").await;
        two.cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        place.advance_seconds(1);
        two.link(place).await;
        let path = undo_path(&mut two.own).await;
        let page = two.own.get(&path).await;
        assert!(page.has("will open with eve.tremblay again") && page.has("their rights are suspended"), "{}", page.text());
        assert_eq!(two.own.post(&path, &[]).await.location(), "/profile/prove?need=unlink");
        assert!(sees(&mut two.own, &two.cast.page("bills")).await);
        assert_eq!(prove(&two.cast.home, &mut two.own, "unlink", None).await.location(), LINKS);
        let mut twin = two.own.twin();
        assert_eq!(two.own.post(&path, &[]).await.location(), format!("{LINKS}?done=back"));
        assert_eq!(twin.post(&path, &[]).await.location(), LINKS, "pressed twice");
        place.advance_seconds(1);
        assert!(!sees(&mut two.own, &two.cast.page("bills")).await && sees(&mut two.own, &format!("/accounts/{}/bills", two.number)).await);
        let mut eve = two.cast.holder.same_device();
        eve.sign_in("eve.tremblay", PASSWORD).await;
        assert!(sees(&mut eve, &two.cast.page("bills")).await);
        // Users wait until their rights are given again, and hear of it.
        assert!(!sees(&mut user, &two.cast.page("bills")).await);
        for kind in ["link-undone", "link-returned", "link-user"] {
            letters(&two.cast.home, kind, 1).await;
        }
        two.cast.holder = eve;
        let users = accounts::users_of(two.cast.home.db.reader(), &two.cast.home.vault, &two.cast.grant().await).await.expect("read");
        assert!(users[0].held.is_empty() && !users[0].earlier.is_empty(), "{users:?}");
        two.cast.give(membership, &RightsWanted::of(&users[0].earlier)).await.expect("given again");
        assert!(sees(&mut user, &two.cast.page("pay")).await);
        // Another's link is not there.
        assert_eq!(two.cast.holder.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(events(&two.cast.home, "holder.unlinked").await, 1);
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_this_was_not_me_brings_the_account_back_and_closes_the_other_login(place: &TestPlace) {
        let mut two = Two::of(place).await;
        put_on_file(&two.cast.home, &two.cast.number, "dossier@exemple.ca").await;
        two.link(place).await;
        let on_file = letters(&two.cast.home, "account-linked-file", 1).await.remove(0);
        assert_eq!(on_file.shown.to, "dossier@exemple.ca");
        assert!(!on_file.text.contains("xavier") && !on_file.text.contains("eve.tremblay"), "{}", on_file.text);
        let path = link_in(&letters(&two.cast.home, "account-moved", 1).await[0].text, "/links/undo/");
        let mut reader = two.own.other();
        for _ in 0..3 {
            assert!(reader.get(&path).await.has("Was it not you?"), "a scanner follows it");
        }
        assert!(sees(&mut two.own, &two.cast.page("bills")).await);
        for _ in 0..2 {
            assert_eq!(reader.post(&path, &[]).await.location(), path);
        }
        assert!(reader.get(&path).await.has("The link is undone"));
        assert!(reader.get(&link_in(&on_file.text, "/links/undo/")).await.has("The link is undone"), "so says the other letter's");
        assert!(!sees(&mut two.own, &two.cast.page("bills")).await);
        place.advance_seconds(1);
        let mut thief = two.cast.holder.same_device();
        assert_eq!(thief.type_password("eve.tremblay", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let choose = link_in(&letters(&two.cast.home, "login-closed", 1).await[0].text, "/recover/");
        let new = [("password", "rivage7lac"), ("password_again", "rivage7lac")];
        assert_eq!(reader.post(&choose, &new).await.location(), "/sign-in?chosen=1");
        reader.sign_in("eve.tremblay", "rivage7lac").await;
        assert!(sees(&mut reader, &two.cast.page("bills")).await);
        assert_eq!(reader.get("/links/undo/x").await.status, StatusCode::NOT_FOUND);
        no_alarms(&two.cast.home).await;
    }

    async fn one_1_the_link_in_the_letter_undoes_for_thirty_days(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        let path = link_in(&letters(&two.cast.home, "account-moved", 1).await[0].text, "/links/undo/");
        place.advance_seconds(30 * DAY);
        let mut reader = two.own.other();
        assert_eq!(reader.get(&path).await.status, StatusCode::GONE);
        reader.post(&path, &[]).await;
        assert_eq!(count(&two.cast.home, "account_links WHERE undone_at IS NOT NULL").await, 0);
    }

    async fn one_1_number_postal_code_and_a_code_link_an_account_without_a_login(place: &TestPlace) {
        let (home, mut visitor, number) = asking(place).await;
        for (number, postal_code, wrong) in [("", "G1R 2B5", "account number"), (number.as_str(), " ", "postal code")] {
            let answer = ask(&mut visitor, number, postal_code).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("href=\"#field-"), "{wrong}: {}", answer.text());
        }
        let own = number_of(&home, "0001-AAAAA").await;
        assert!(ask(&mut visitor, &own, "H2X 1Y4").await.has("opens this account already"));
        for _ in 0..2 {
            assert_eq!(ask(&mut visitor, &number, "g1r2b5").await.location(), CODE);
        }
        let letter = letters(&home, "link-code", 1).await.remove(0);
        assert!(letter.shown.to == "adam@exemple.ca" && letter.text.contains(&number), "pressed twice, sent once: {}", letter.text);
        assert!(visitor.get(CODE).await.has("Enter the code") && visitor.get(LINKS).await.has("Enter the code that I received"));
        assert!(visitor.post(CODE, &[("code", "1234")]).await.has("8 digits"));
        let code = code_in(&letter.text);
        let wrong = if code == "00000000" { "11111111" } else { "00000000" };
        let refused = visitor.post(CODE, &[("code", wrong)]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("4 tries"), "{}", refused.text());
        // Somebody else's session does not use it.
        let mut other = visitor.other();
        other.sign_up((&number_of(&home, "0003-CCCCC").await, "J8X 3X2"), "zoe.tremblay").await;
        assert_eq!(other.post(CODE, &[("code", &code)]).await.location(), LINKS);
        let mut twin = visitor.twin();
        assert_eq!(visitor.post(CODE, &[("code", &code)]).await.location(), format!("{LINKS}?done=linked"));
        assert_eq!(twin.post(CODE, &[("code", &code)]).await.location(), LINKS, "posted twice");
        assert!(sees(&mut visitor, &format!("/accounts/{number}/bills")).await);
        assert!(sees(&mut visitor, &format!("/accounts/{number}/history")).await, "nothing is left to confirm");
        let told = letters(&home, "account-linked-file", 1).await.remove(0);
        place.advance_seconds(1);
        // Undone by whoever reads that mailbox, it is free again, and no login is closed.
        let path = link_in(&told.text, "/links/undo/");
        visitor.other().post(&path, &[]).await;
        assert!(!sees(&mut visitor, &format!("/accounts/{number}/bills")).await && sees(&mut visitor, LINKS).await);
        letters(&home, "link-free", 1).await;
        let mut adam = visitor.other();
        place.advance_seconds(1);
        assert_eq!(adam.sign_up((&number, "G1R 2B5"), "adam.roy.2").await.status, StatusCode::SEE_OTHER);
        assert!(sees(&mut adam, &format!("/accounts/{number}/bills")).await);
        no_alarms(&home).await;
    }

    async fn one_1_the_answer_tells_nothing_and_a_mailbox_takes_no_account_from_a_login(place: &TestPlace) {
        let (home, mut visitor, number) = asking(place).await;
        let held = number_of(&home, "0003-CCCCC").await;
        let mut eve = visitor.other();
        eve.sign_up((&held, "J8X 3X2"), "eve.tremblay").await;
        put_on_file(&home, &held, "eve@exemple.ca").await;
        let silent = number_of(&home, "0004-DDDDD").await;
        let mut pages = Vec::new();
        for (number, postal_code) in [
            (number.as_str(), "G1R 2B5"), (&number, "H0H 0H0"), ("1234567897", "G1R 2B5"), ("abc", "x"), (&held, "J8X 3X2"), (&silent, "G7H 1Z6"),
        ] {
            let asked = ask(&mut visitor, number, postal_code).await;
            assert_eq!((asked.status, asked.location().as_str()), (StatusCode::SEE_OTHER, CODE), "{number}");
            let page = visitor.get(CODE).await.text();
            let wrong = visitor.post(CODE, &[("code", "0000 0001")]).await.text();
            assert!(wrong.contains("4 tries"), "{number}: {wrong}");
            pages.push((page, wrong));
        }
        pages.dedup();
        assert_eq!(pages.len(), 1, "nothing tells one from the other");
        letters(&home, "link-code", 1).await;
        // Whatever is typed for what was never sent, it is tried as often as any.
        for _ in 0..4 {
            visitor.post(CODE, &[("code", "0000 0001")]).await;
        }
        assert!(visitor.get(CODE).await.has("tried too often"));
        assert!(sees(&mut eve, &format!("/accounts/{held}/bills")).await, "hers as before");
        assert_eq!(count(&home, "account_links").await, 0);
        // So often for an account, and no more.
        for _ in 0..4 {
            ask(&mut visitor, &number, "H0H 0H0").await;
        }
        assert_eq!(ask(&mut visitor, &number, "G1R 2B5").await.status, StatusCode::TOO_MANY_REQUESTS);
    }

    async fn one_1_a_code_is_good_for_half_an_hour_and_not_for_what_got_its_login_meanwhile(place: &TestPlace) {
        let (home, mut visitor, number) = asking(place).await;
        ask(&mut visitor, &number, "G1R 2B5").await;
        let code = code_in(&letters(&home, "link-code", 1).await[0].text);
        place.advance_seconds(1800 - 60);
        visitor.get(LINKS).await;
        place.advance_seconds(60);
        assert!(visitor.post(CODE, &[("code", &code)]).await.has("not valid any more"));
        ask(&mut visitor, &number, "G1R 2B5").await;
        let code = code_in(&letters(&home, "link-code", 2).await[0].text);
        let mut adam = visitor.other();
        adam.sign_up((&number, "G1R 2B5"), "adam.roy.2").await;
        let late = visitor.post(CODE, &[("code", &code)]).await;
        assert_eq!(late.location(), format!("{LINKS}?done=gone"));
        assert!(sees(&mut adam, &format!("/accounts/{number}/bills")).await && !sees(&mut visitor, &format!("/accounts/{number}/bills")).await);
    }

    async fn one_1_an_activation_e_mail_adds_the_account_to_a_login_that_is_there(place: &TestPlace) {
        let (home, mut visitor, number) = asking(place).await;
        visitor.other().post("/activate", &[("account_number", &number)]).await;
        let path = link_in(&letters(&home, "activation", 1).await[0].text, "/activate/");
        let outside = visitor.other().get(&path).await;
        assert!(outside.has("You have a login already?") && outside.has(&format!("/sign-in?return_to={path}")), "{}", outside.text());
        let page = visitor.get(&path).await;
        assert!(page.has("You are signed in: xavier.roy") && page.has(&format!("action=\"{path}/add\"")), "{}", page.text());
        assert!(!sees(&mut visitor, &format!("/accounts/{number}/bills")).await, "following it changes nothing");
        assert!(visitor.other().post(&format!("{path}/add"), &[]).await.location().starts_with("/sign-in"));
        assert_eq!(visitor.post(&format!("{path}/add"), &[]).await.location(), format!("{LINKS}?done=linked"));
        assert!(sees(&mut visitor, &format!("/accounts/{number}/bills")).await);
        let again = visitor.post(&format!("{path}/add"), &[]).await;
        assert!(visitor.get(&again.location()).await.has("Your login is there already"));
        letters(&home, "account-linked-file", 1).await;
        assert_eq!(visitor.post(&path, &[]).await.status, StatusCode::GONE, "it makes no second login");
        no_alarms(&home).await;
    }

    async fn acc_3_home_says_what_is_due_where_the_most_urgent_first_and_only_what_may_be_seen(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        let page = two.own.get("/").await;
        let text = page.text().replace('\u{a0}', " ");
        assert!(text.contains("2 accounts, 2 bills due"), "{text}");
        assert!(text.matches("class=\"sentence\"><b class=\"number\">$").count() == 2, "{text}");
        // A user who may not see the bills of a third account learns nothing of them.
        let third = number_of(&two.cast.home, "0002-BBBBB").await;
        let mut adam = two.own.other();
        adam.sign_up((&third, "G1R 2B5"), "adam.roy.2").await;
        execute(&two.cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL").await.expect("confirmed");
        let grant = actor(&two.cast.home, &adam).await.require(Right::ManageUsers, &third).expect("the holder");
        let (db, login) = (&two.cast.home.db, actor(&two.cast.home, &two.own).await.login);
        let limits = accounts::UserLimits::default();
        let added = db.write(async |tx| accounts::add_secondary(db, tx, &grant, (login, &limits)).await).await.expect("added");
        give_with(&two.cast.home, &grant, added, &RightsWanted::default().everywhere(What::SeeUsage)).await.expect("given");
        let text = two.own.get("/").await.text().replace('\u{a0}', " ");
        assert!(text.contains("3 accounts, 2 bills due"), "{text}");
        assert!(text.find(&third) > text.find(&two.number), "what is owed comes first");
        // The switcher is on every page, says whose each account is, and nothing of the customer of the third.
        for path in [two.cast.page("bills"), format!("/accounts/{third}/overview"), LINKS.to_owned(), "/support/contact".to_owned()] {
            let page = two.own.get(&path).await.text();
            let (_, switcher) = page.split_once("class=\"switcher\"").unwrap_or_else(|| panic!("no switcher on {path}"));
            let (switcher, _) = switcher.split_once("</details>").expect("an end");
            assert!([&two.number, &two.cast.number, &third].iter().all(|number| switcher.contains(number.as_str())), "{path}");
            assert_eq!(switcher.matches("-GUICHET").count(), 2, "{path}: {switcher}");
        }
    }

    async fn acc_3_two_tabs_on_two_accounts_work_side_by_side(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        let (mut one, mut other) = (two.own.twin(), two.own.twin());
        let (first, second) = (format!("/accounts/{}", two.number), format!("/accounts/{}", two.cast.number));
        for _ in 0..2 {
            let (here, there) = (one.get(&format!("{first}/pay")).await, other.get(&format!("{second}/pay")).await);
            assert!(here.status == StatusCode::OK && there.status == StatusCode::OK);
            assert!(here.has(&format!("{first}/pay")) && there.has(&format!("{second}/pay")));
            let (here, there) = (
                one.post(&format!("{first}/pay"), &[("for", "other"), ("amount", "5.00")]).await,
                other.post(&format!("{second}/pay"), &[("for", "other"), ("amount", "6.00")]).await,
            );
            assert!(here.location().starts_with(&first) && here.location().contains("5.00"), "{}", here.text());
            assert!(there.location().starts_with(&second) && there.location().contains("6.00"), "{}", there.text());
        }
    }

    async fn one_1_a_link_does_not_change_in_the_database(place: &TestPlace) {
        let mut two = Two::of(place).await;
        two.link(place).await;
        for sql in ["UPDATE account_links SET way = 'code', other_login_id = NULL", "DELETE FROM account_links", "UPDATE account_links SET linked_at = undone_at"] {
            assert!(execute(&two.cast.home, sql).await.is_err(), "{sql}");
        }
        assert_eq!(count(&two.cast.home, "account_links WHERE undone_at IS NULL").await, 1);
    }
}
