//! Codes by SMS as a second step of customers (SEC-3): set up, asked for, limited, turned off.

use axum::http::StatusCode;
use guichet::{Home, Texts};
use testkit::{TestPlace, on_both};

use crate::backup::prove;
use crate::devices::{events, holder, letters};
use crate::steps::{STEP, codes_in, is_in, prove_step, type_step};
use crate::support::{count, findings, mails};
use crate::visitor::{Answer, PASSWORD, Visitor};

const NUMBER: &str = "514 555-0142";

/// A site that sends text messages, and somebody signed in there.
async fn site(place: &TestPlace) -> (Home, Visitor) {
    let (mut home, before, _) = holder(place).await;
    home.config.texts = Texts::in_folder();
    let mut visitor = Visitor::of(&home);
    visitor.cookies = before.cookies;
    (home, visitor)
}

/// The text messages that were written, newest first.
async fn texts(home: &Home) -> Vec<messages::Found> {
    mails(home).await.into_iter().filter(|mail| mail.shown.channel == messages::Channel::Text).collect()
}

/// The code of the newest one.
async fn code(home: &Home) -> String {
    let text = texts(home).await.remove(0).text;
    let digits = |part: &&[u8]| {
        part.iter().enumerate().all(|(at, byte)| if at == 4 { *byte == b' ' } else { byte.is_ascii_digit() })
    };
    let found = text.as_bytes().windows(9).find(digits).map(|part| String::from_utf8_lossy(part).into_owned());
    found.unwrap_or_else(|| panic!("no code in {text}"))
}

async fn type_number(visitor: &mut Visitor, number: &str) -> Answer {
    visitor.post("/profile/steps/sms", &[("number", number)]).await
}

/// Turns codes by SMS on; gives the recovery codes.
async fn turn_on(home: &Home, visitor: &mut Visitor) -> Vec<String> {
    assert_eq!(visitor.get("/profile/steps/sms").await.location(), "/profile/prove?need=sms");
    assert_eq!(prove(home, visitor, "sms", None).await.location(), "/profile/steps/sms");
    assert_eq!(type_number(visitor, NUMBER).await.location(), "/profile/steps/sms");
    let page = visitor.post("/profile/steps/sms/code", &[("code", &code(home).await)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    codes_in(&page)
}

async fn send(visitor: &mut Visitor) -> String {
    visitor.post("/sign-in/step/send", &[("return_to", "/")]).await.location()
}

on_both! {
    async fn sec_3_a_telephone_is_set_up_with_a_proof_and_a_code(place: &TestPlace) {
        let (home, mut visitor) = site(place).await;
        assert!(visitor.get("/profile/steps").await.has("Get codes by text message"));
        assert_eq!(type_number(&mut visitor, NUMBER).await.location(), "/profile/prove?need=sms", "not without a proof");
        assert_eq!(count(&home, "step_numbers").await, 0);
        prove(&home, &mut visitor, "sms", None).await;
        for (typed, reason) in [("", "That is no telephone number"), ("555-0142", "no telephone number"), ("514 555-0142 x2", "reaches an extension"),
            ("876 555-0100", "no text messages to that country"), ("+33 6 12 34 56 78", "no text messages to that country"),
            ("1 900 555-0100", "that kind of number"), ("1 800 555-0100", "that kind of number")] {
            let answer = type_number(&mut visitor, typed).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(reason) && answer.has(typed), "{typed}: {}", answer.text());
        }
        assert_eq!(texts(&home).await.len(), 0);
        assert_eq!(type_number(&mut visitor, NUMBER).await.location(), "/profile/steps/sms");
        let text = texts(&home).await.remove(0);
        assert_eq!((text.shown.to.as_str(), text.shown.kind.as_str()), ("+15145550142", "step-code"));
        assert!(text.text.contains("Give it to nobody") && text.text.len() <= 160, "{}", text.text);
        assert!(visitor.get("/profile/steps/sms").await.has("514-555-0142"));
        for typed in ["", "123", "00000000"] {
            let answer = visitor.post("/profile/steps/sms/code", &[("code", typed)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        }
        assert!(visitor.get("/profile/steps").await.has("Your password alone protects"), "what is not confirmed does nothing");
        let right = code(&home).await;
        let page = visitor.post("/profile/steps/sms/code", &[("code", &right)]).await;
        assert_eq!(codes_in(&page).len(), 10, "recovery codes come with the first step");
        assert_eq!(visitor.post("/profile/steps/sms/code", &[("code", &right)]).await.location(), "/profile/steps", "pressed twice");
        let page = visitor.get("/profile/steps").await;
        assert!(page.has("•••\u{a0}42") && !page.has("555-0142"), "masked: {}", page.text());
        let letter = letters(&home, "step-sms-on", 1).await.remove(0);
        assert!(letter.shown.to == "eve@exemple.ca" && !letter.text.contains("0142"), "{}", letter.text);
        let sealed: Vec<u8> = db::scalar(home.db.reader(), "SELECT number FROM step_numbers", []).await.expect("read").expect("one");
        assert!(!String::from_utf8_lossy(&sealed).contains("5550142"), "PRV-1");
        assert_eq!(events(&home, "step.on").await, 1);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_a_code_by_sms_opens_the_door_once_and_in_time(place: &TestPlace) {
        let (home, mut visitor) = site(place).await;
        turn_on(&home, &mut visitor).await;
        let mut one = visitor.other();
        assert_eq!(one.post("/sign-in/step/send", &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(texts(&home).await.len(), 1, "nobody gets a code sent without the password");
        assert_eq!(one.type_password("eve.tremblay", PASSWORD).await.location(), STEP);
        let page = one.get(STEP).await;
        assert!(page.has("•••\u{a0}42") && page.has("Send me a code") && !page.has("0142"), "{}", page.text());
        assert_eq!(texts(&home).await.len(), 1, "a look sends nothing");
        assert!(type_step(&mut one, "sms", "00000000").await.has("not the right code"), "before one is sent");
        let to = send(&mut one).await;
        assert!(to.ends_with("&way=sms&sms=sent") && one.get(&to).await.has("on its way"), "{to}");
        assert!(send(&mut one).await.ends_with("sms=just"), "pressed twice");
        assert_eq!(texts(&home).await.len(), 2);
        let first = code(&home).await;
        // Another one ends the first.
        place.advance_seconds(61);
        send(&mut one).await;
        assert!(!is_in(&mut one).await);
        assert!(type_step(&mut one, "sms", &first).await.has("not the right code"));
        let right = code(&home).await;
        let mut two = visitor.other();
        two.type_password("eve.tremblay", PASSWORD).await;
        let (a, b) = tokio::join!(type_step(&mut one, "sms", &right), type_step(&mut two, "sms", &right));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "one code, one session");
        // Late.
        place.advance_seconds(61);
        let mut late = visitor.other();
        late.type_password("eve.tremblay", PASSWORD).await;
        send(&mut late).await;
        let old = code(&home).await;
        place.advance_seconds(600);
        assert!(type_step(&mut late, "sms", &old).await.has("more than ten minutes old"));
        assert!(!is_in(&mut late).await);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_codes_by_sms_are_guessed_and_asked_for_within_limits(place: &TestPlace) {
        let (home, mut visitor) = site(place).await;
        let recovery = turn_on(&home, &mut visitor).await;
        let mut guesser = visitor.other();
        guesser.type_password("eve.tremblay", PASSWORD).await;
        send(&mut guesser).await;
        let right = code(&home).await;
        for _ in 0..5 {
            assert_eq!(type_step(&mut guesser, "sms", "00000000").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(type_step(&mut guesser, "sms", &right).await.status, StatusCode::TOO_MANY_REQUESTS);
        letters(&home, "step-guessed", 1).await;
        // The number that was set up got one, the door one: three more within the hour, a minute apart.
        for n in 0..4 {
            place.advance_seconds(61);
            let said = send(&mut guesser).await;
            assert!(said.ends_with(if n < 3 { "sms=sent" } else { "sms=wait" }), "{n}: {said}");
            assert!(n < 3 || guesser.get(&said).await.has("Too many text messages"), "{said}");
        }
        assert_eq!(texts(&home).await.len(), 5);
        // Who is flooded still has another way.
        assert_eq!(type_step(&mut guesser, "recovery", &recovery[0]).await.location(), "/");
    }

    async fn sec_3_a_code_by_sms_is_a_fresh_proof_and_turns_itself_off(place: &TestPlace) {
        let (home, mut visitor) = site(place).await;
        turn_on(&home, &mut visitor).await;
        place.advance_seconds(16 * 60);
        assert_eq!(visitor.get("/profile/steps/sms/off").await.location(), "/profile/prove?need=sms-off");
        assert_eq!(visitor.post("/profile/steps/sms/off", &[]).await.location(), "/profile/prove?need=sms-off", "not without a proof");
        let page = visitor.get("/profile/prove?need=sms-off").await;
        assert!(page.has("Send me a code") && page.has("Before you turn codes by text message off"), "{}", page.text());
        let to = visitor.post("/profile/prove/step/send", &[("need", "sms-off")]).await.location();
        assert_eq!(to, "/profile/prove?need=sms-off&way=sms&sms=sent");
        assert!(visitor.get(&to).await.has("on its way"));
        assert!(prove_step(&mut visitor, "sms-off", ("sms", "00000000")).await.has("not the right code"));
        assert_eq!(prove_step(&mut visitor, "sms-off", ("sms", &code(&home).await)).await.location(), "/profile/steps/sms/off");
        let page = visitor.get("/profile/steps/sms/off").await;
        assert!(page.has("your password alone will open") || page.has("your only second step"), "{}", page.text());
        let off = visitor.post("/profile/steps/sms/off", &[]).await;
        assert!(visitor.get(&off.location()).await.has("Codes by text message are off"));
        assert_eq!(visitor.post("/profile/steps/sms/off", &[]).await.status, StatusCode::SEE_OTHER, "pressed twice");
        assert_eq!((letters(&home, "step-sms-off", 1).await.len(), count(&home, "step_numbers").await, count(&home, "step_recovery_codes").await), (1, 0, 0));
        assert_eq!(visitor.same_device().type_password("eve.tremblay", PASSWORD).await.location(), "/");
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_another_number_takes_the_place_once_it_is_confirmed(place: &TestPlace) {
        let (home, mut visitor) = site(place).await;
        turn_on(&home, &mut visitor).await;
        place.advance_seconds(1);
        type_number(&mut visitor, "418 555-0107").await;
        let new = code(&home).await;
        assert!(visitor.get("/profile/steps").await.has("•••\u{a0}42"), "the old one stays until then");
        let mut door = visitor.other();
        door.type_password("eve.tremblay", PASSWORD).await;
        assert!(type_step(&mut door, "sms", &new).await.has("not the right code"), "a code of the set-up opens no door");
        assert_eq!(visitor.post("/profile/steps/sms/code", &[("code", &new)]).await.location(), "/profile/steps?done=step-sms-on");
        assert!(visitor.get("/profile/steps").await.has("•••\u{a0}07"));
        assert_eq!(count(&home, "step_numbers").await, 1);
        letters(&home, "step-sms-on", 2).await;
    }

    async fn sec_3_without_a_gateway_no_telephone_is_set_up(place: &TestPlace) {
        let (home, mut visitor, _) = holder(place).await;
        assert!(!visitor.get("/profile/steps").await.has("Codes by text message"));
        prove(&home, &mut visitor, "sms", None).await;
        assert_eq!(visitor.get("/profile/steps/sms").await.status, StatusCode::NOT_FOUND);
        assert_eq!(type_number(&mut visitor, NUMBER).await.status, StatusCode::NOT_FOUND);
    }
}
