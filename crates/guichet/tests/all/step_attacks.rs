//! What must not get past a second step (SEC-3): replayed and guessed codes, codes of others, races, cookies planted before.

use axum::http::StatusCode;
use identity::{StepOwner, StepTried, StepTry, StepWay, TotpConfirmed};
use kernel::{LoginId, StaffId};
use testkit::on_both;

use crate::devices::{events, holder, letters};
use crate::staff::staff;
use crate::steps::{STEP, is_in, next_code, prove_step, turn_on, type_step, with_app};
use crate::support::{count, findings};
use crate::visitor::{PASSWORD, Visitor, number_of};

on_both! {
    async fn sec_3_a_code_is_never_taken_twice_not_at_once_on_two_nodes(place: &TestPlace) {
        let (home, site, secret, _) = with_app(place).await;
        let other = place.open().await;
        let (mut one, mut two) = (site.other(), Visitor::of(&other));
        one.type_password("eve.tremblay", PASSWORD).await;
        two.type_password("eve.tremblay", PASSWORD).await;
        let code = next_code(place, &home, &secret);
        let (a, b) = tokio::join!(type_step(&mut one, "totp", &code), type_step(&mut two, "totp", &code));
        let entered = [&a, &b].iter().filter(|answer| answer.location() == "/").count();
        assert_eq!(entered, 1, "{} {}", a.text(), b.text());
        assert!(a.has("used already") || b.has("used already"), "{} {}", a.text(), b.text());
        // Nor later, nor as a proof, while it would still be good.
        let mut late = site.other();
        late.type_password("eve.tremblay", PASSWORD).await;
        assert!(type_step(&mut late, "totp", &code).await.has("used already"));
        let mut signed = if is_in(&mut one).await { one } else { two };
        assert!(prove_step(&mut signed, "email", ("totp", &code)).await.has("used already"));
        // The code before it is over with it.
        let now = home.db.world().now();
        let before = identity::totp_at(&secret, now.plus(-jiff::SignedDuration::from_secs(30))).expect("a code");
        assert!(!type_step(&mut late, "totp", &before).await.has("Sign out"));
        assert!(!is_in(&mut late).await);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_a_recovery_code_in_two_tabs_lets_one_in(place: &TestPlace) {
        let (home, site, _, codes) = with_app(place).await;
        let (mut one, mut two) = (site.other(), site.other());
        one.type_password("eve.tremblay", PASSWORD).await;
        two.type_password("eve.tremblay", PASSWORD).await;
        let (a, b) = tokio::join!(type_step(&mut one, "recovery", &codes[0]), type_step(&mut two, "recovery", &codes[0]));
        assert_eq!([&a, &b].iter().filter(|answer| answer.location() == "/").count(), 1, "{} {}", a.text(), b.text());
        assert_eq!(events(&home, "step.recovery-code-used").await, 1);
        // The same waiting sign-in in two tabs, with two codes: one session.
        let mut first = site.other();
        first.type_password("eve.tremblay", PASSWORD).await;
        let mut second = first.twin();
        let before = count(&home, "sessions").await;
        let (_, _) = tokio::join!(type_step(&mut first, "recovery", &codes[1]), type_step(&mut second, "recovery", &codes[2]));
        assert_eq!(count(&home, "sessions").await, before + 1);
    }

    async fn sec_3_a_code_of_another_login_is_worth_nothing(place: &TestPlace) {
        let (home, site, _, codes) = with_app(place).await;
        let mut thief = site.other();
        thief.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        let (own, own_codes) = turn_on(place, &home, &mut thief).await;
        let mut visitor = thief.same_device();
        assert_eq!(visitor.type_password("eve.tremblay", PASSWORD).await.location(), STEP);
        assert!(type_step(&mut visitor, "totp", &next_code(place, &home, &own)).await.has("not the code"));
        assert!(type_step(&mut visitor, "recovery", &own_codes[0]).await.has("none of your unused"));
        place.advance_seconds(16 * 60);
        assert!(prove_step(&mut thief, "email", ("recovery", &codes[0])).await.has("none of your unused"));
        assert_eq!(thief.post("/profile/steps/codes/file", &[("codes", &codes.join(" "))]).await.status, StatusCode::NOT_FOUND);
        // Neither was used up by that.
        assert_eq!(events(&home, "step.recovery-code-used").await, 0);
    }

    async fn sec_3_a_device_excused_for_one_login_is_not_for_another(place: &TestPlace) {
        let (home, site, _, _) = with_app(place).await;
        let mut thief = site.other();
        thief.sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        let (own, _) = turn_on(place, &home, &mut thief).await;
        let mut visitor = thief.same_device();
        visitor.type_password("adam.roy.2", PASSWORD).await;
        let code = next_code(place, &home, &own);
        visitor.post("/sign-in/step", &[("way", "totp"), ("code", &code), ("remember", "yes")]).await;
        assert_eq!(visitor.same_device().type_password("adam.roy.2", PASSWORD).await.location(), "/");
        assert_eq!(visitor.same_device().type_password("eve.tremblay", PASSWORD).await.location(), STEP);
    }

    async fn sec_3_guessed_codes_wait_across_sessions_and_nodes_and_the_owner_is_told(place: &TestPlace) {
        let (home, mut site, secret, codes) = with_app(place).await;
        let other = place.open().await;
        // So that the session's own proof is over.
        place.advance_seconds(16 * 60);
        let mut guessers = [site.other(), site.other(), Visitor::of(&other)];
        for guesser in &mut guessers {
            guesser.type_password("eve.tremblay", PASSWORD).await;
        }
        for at in 0..4 {
            assert_eq!(type_step(&mut guessers[at % 3], "totp", "000000").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        letters(&home, "step-guessed", 0).await;
        // A session guesses against the same five.
        place.advance_seconds(60);
        assert_eq!(prove_step(&mut site, "email", ("totp", "000000")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(letters(&home, "step-guessed", 1).await[0].shown.to, "eve@exemple.ca");
        let code = next_code(place, &home, &secret);
        for guesser in &mut guessers {
            let waits = type_step(guesser, "totp", &code).await;
            assert!(waits.status == StatusCode::TOO_MANY_REQUESTS && waits.has("Too many wrong codes"), "{}", waits.text());
        }
        assert_eq!(prove_step(&mut site, "email", ("totp", &code)).await.status, StatusCode::TOO_MANY_REQUESTS);
        // The owner gets in with a recovery code meanwhile, which gives the guesser nothing back.
        assert_eq!(type_step(&mut guessers[0], "recovery", &codes[0]).await.location(), "/");
        assert_eq!(type_step(&mut guessers[1], "totp", &code).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(events(&home, "step.tried-too-often").await, 1);
        place.advance_seconds(15 * 60);
        let code = next_code(place, &home, &secret);
        assert_eq!(type_step(&mut guessers[1], "totp", &code).await.location(), "/");
    }

    async fn sec_3_many_guesses_at_once_are_five(place: &TestPlace) {
        let (home, site, _, _) = with_app(place).await;
        let mut guesser = site.other();
        guesser.type_password("eve.tremblay", PASSWORD).await;
        let tries = (0..12).map(|_| {
            let mut twin = guesser.twin();
            async move { type_step(&mut twin, "totp", "000000").await.status }
        });
        let statuses = futures::future::join_all(tries).await;
        assert_eq!(statuses.iter().filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY).count(), 5, "{statuses:?}");
        letters(&home, "step-guessed", 1).await;
    }

    async fn sec_3_patient_guesses_are_thirty_a_day(place: &TestPlace) {
        let (home, _, secret, _) = with_app(place).await;
        let login: LoginId = db::scalar(home.db.reader(), "SELECT id FROM logins", []).await.expect("read").expect("one");
        let (with, owner) = ((&home.db, home.vault.as_ref()), StepOwner::Login(login));
        let mut may = 0;
        for _ in 0..40 {
            place.advance_seconds(4 * 60);
            let taken = identity::take_step_try(with, owner, StepWay::Totp).await.expect("counted");
            may += usize::from(matches!(taken, StepTry::May { .. }));
        }
        assert_eq!(may, 30);
        assert!(matches!(identity::take_step_try(with, owner, StepWay::Recovery).await.expect("counted"), StepTry::May { .. }));
        place.advance_seconds(24 * 3600);
        assert!(matches!(identity::take_step_try(with, owner, StepWay::Totp).await.expect("counted"), StepTry::May { .. }), "{secret}");
    }

    async fn sec_3_a_sign_in_that_waits_ends_with_another_password_or_step_and_with_time(place: &TestPlace) {
        let (home, mut owner, secret, codes) = with_app(place).await;
        let waiting = async |site: &Visitor, password: &str| {
            let mut thief = site.other();
            assert_eq!(thief.type_password("eve.tremblay", password).await.location(), STEP);
            thief
        };
        let mut thief = waiting(&owner, PASSWORD).await;
        owner.post("/profile/password", &[("current", PASSWORD), ("password", "brume4falaise"), ("password_again", "brume4falaise")]).await;
        assert!(type_step(&mut thief, "recovery", &codes[0]).await.location().starts_with("/sign-in?return_to="), "another password");
        let mut thief = waiting(&owner, "brume4falaise").await;
        place.advance_seconds(30 * 60);
        assert!(type_step(&mut thief, "recovery", &codes[0]).await.location().starts_with("/sign-in?return_to="), "too late");
        assert_eq!(owner.same_device().type_password("eve.tremblay", "brume4falaise").await.location(), STEP);
        let mut owner = owner.same_device();
        owner.type_password("eve.tremblay", "brume4falaise").await;
        type_step(&mut owner, "totp", &next_code(place, &home, &secret)).await;
        let mut thief = waiting(&owner, "brume4falaise").await;
        prove_step(&mut owner, "totp-off", ("totp", &next_code(place, &home, &secret))).await;
        owner.post("/profile/steps/totp/off", &[]).await;
        assert!(type_step(&mut thief, "recovery", &codes[0]).await.location().starts_with("/sign-in?return_to="), "turned off");
        assert!(!is_in(&mut thief).await);
        assert_eq!(events(&home, "step.recovery-code-used").await, 0);
    }

    async fn sec_3_a_code_by_e_mail_does_not_come_in_past_a_step_turned_on_meanwhile(place: &TestPlace) {
        let (home, mut owner, _) = holder(place).await;
        let mut thief = owner.other();
        assert!(thief.type_password("eve.tremblay", PASSWORD).await.location().starts_with("/sign-in/code"));
        let code = crate::visitor::code_in(&letters(&home, "sign-in-code", 1).await[0].text);
        turn_on(place, &home, &mut owner).await;
        let answer = thief.post("/sign-in/code", &[("code", &code), ("return_to", "/")]).await;
        assert!(answer.location().starts_with("/sign-in?return_to="), "{}", answer.text());
        assert!(!is_in(&mut thief).await);
    }

    async fn sec_3_cookies_that_somebody_planted_open_nothing(place: &TestPlace) {
        let (home, site, secret, _) = with_app(place).await;
        let mut visitor = site.other();
        for name in ["pending", "session", "device"] {
            visitor.cookies.insert(name.to_owned(), "planted".to_owned());
        }
        assert!(visitor.get(STEP).await.location().starts_with("/sign-in?return_to="));
        visitor.type_password("eve.tremblay", PASSWORD).await;
        assert_ne!(visitor.cookies["pending"], "planted");
        let waits = visitor.cookies["pending"].clone();
        type_step(&mut visitor, "totp", &next_code(place, &home, &secret)).await;
        assert!(visitor.cookies["session"] != "planted" && visitor.cookies["session"] != waits && visitor.cookies["device"] != "planted");
        assert!(!visitor.cookies.contains_key("pending"));
        let mut thief = site.other();
        for (name, value) in [("pending", waits.as_str()), ("session", waits.as_str()), ("session", "planted")] {
            thief.cookies.insert(name.to_owned(), value.to_owned());
            assert!(!is_in(&mut thief).await && thief.get(STEP).await.location().starts_with("/sign-in?return_to="), "{name}");
        }
        // The waiting secret of a sign-in is no session either.
        let mut half = site.other();
        half.type_password("eve.tremblay", PASSWORD).await;
        half.cookies.insert("session".to_owned(), half.cookies["pending"].clone());
        assert!(!is_in(&mut half).await);
    }

    async fn sec_3_a_proof_of_before_counts_no_longer_in_other_sessions_when_a_step_is_turned_on(place: &TestPlace) {
        let (home, mut owner, _) = holder(place).await;
        let mut stolen = owner.other();
        stolen.sign_in("eve.tremblay", PASSWORD).await;
        stolen.post("/profile/prove", &[("need", "email"), ("current", PASSWORD)]).await;
        turn_on(place, &home, &mut owner).await;
        assert_eq!(stolen.get("/profile/steps/codes").await.location(), "/profile/prove?need=codes");
        assert_eq!(stolen.post("/profile/steps/totp/off", &[]).await.location(), "/profile/prove?need=totp-off");
        assert_eq!(owner.get("/profile/steps/codes").await.status, StatusCode::OK, "that of the session that did it does");
        assert!(is_in(&mut stolen).await, "sessions go on: its owner is told");
    }

    async fn sec_3_prv_1_the_secret_opens_after_keys_were_rotated(place: &TestPlace) {
        let (home, _, secret, codes) = with_app(place).await;
        let after = vault::Vault::new(home.vault.keyring().with_new_key(home.db.world()), home.db.world().clone());
        assert_eq!(identity::rotate_logins(&home.db, &after, |_| ()).await.expect("rotated"), 1);
        let login: LoginId = db::scalar(home.db.reader(), "SELECT id FROM logins", []).await.expect("read").expect("one");
        let (with, owner) = ((&home.db, &after), StepOwner::Login(login));
        let code = next_code(place, &home, &secret);
        for (way, typed) in [(StepWay::Totp, code.as_str()), (StepWay::Recovery, codes[0].as_str())] {
            let tried = home.db.write(async |tx| identity::try_step(with, tx, owner, (way, typed)).await).await.expect("tried");
            assert_eq!(tried, StepTried::Right);
        }
    }

    async fn sec_3_the_providers_people_have_the_same_steps_and_never_each_others(place: &TestPlace) {
        let (home, site, secret, _) = with_app(place).await;
        staff(&home, &site, "agent").await;
        let member: StaffId = db::scalar(home.db.reader(), "SELECT id FROM staff", []).await.expect("read").expect("one");
        let (with, owner) = ((&home.db, home.vault.as_ref()), StepOwner::Staff(member));
        home.db.write(async |tx| identity::begin_totp(with, tx, (owner, "a session")).await).await.expect("begun");
        let groups = identity::find_totp_setup(with, home.db.reader(), (owner, "a session")).await.expect("read").expect("one").in_groups();
        let code = next_code(place, &home, &groups);
        let on = home.db.write(async |tx| identity::confirm_totp(with, tx, (owner, "a session", None), &code).await).await.expect("confirmed");
        assert!(matches!(on, TotpConfirmed::On(steps) if steps.is_on()));
        let tried = async |typed: String| {
            home.db.write(async |tx| identity::try_step(with, tx, owner, (StepWay::Totp, &typed)).await).await.expect("tried")
        };
        assert_eq!(tried(code).await, StepTried::Used);
        assert_eq!(tried(next_code(place, &home, &secret)).await, StepTried::Wrong);
        assert_eq!(tried(next_code(place, &home, &groups)).await, StepTried::Right);
        let waits = home.db.write(async |tx| identity::begin_step_sign_in(&home.db, tx, owner, false).await).await.expect("begun").expect("waits");
        assert!(identity::find_step_sign_in(&home.db, home.db.reader(), waits.secret()).await.expect("read").is_some());
        // It is no customer's sign-in.
        let mut visitor = site.other();
        visitor.cookies.insert("pending".to_owned(), waits.secret().to_owned());
        assert!(visitor.get(STEP).await.location().starts_with("/sign-in?return_to="));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
