//! With the `modern` policy who has a second step may choose a shorter password, which ends with the last step (SGN-5).

use axum::http::StatusCode;
use guichet::Home;
use identity::PasswordPolicy;
use testkit::{TestPlace, on_both};

use crate::devices::{letters, link_in};
use crate::documents::{ONCE, ask_for_step, decide, path_of};
use crate::staff::staff;
use crate::steps::{STEP, is_in, next_code, prove_step, turn_on};
use crate::support::findings;
use crate::visitor::{Answer, PASSWORD, Visitor};

const SHORT: &str = "rivage7lac";
const LONG: &str = "rivage et lac bleu";

async fn choose(visitor: &mut Visitor, current: &str, new: &str) -> Answer {
    visitor.post("/profile/prove", &[("need", "password"), ("current", current)]).await;
    visitor.post("/profile/password", &[("current", current), ("password", new), ("password_again", new)]).await
}

/// Somebody signed in at a site with the `modern` policy.
async fn modern(place: &TestPlace) -> (Home, Visitor) {
    let (mut home, ..) = crate::devices::holder(place).await;
    home.config.password_policy = PasswordPolicy::Modern;
    home.config.code_on_new_device = false;
    let mut visitor = Visitor::of(&home);
    assert_eq!(visitor.type_password("eve.tremblay", PASSWORD).await.location(), "/");
    (home, visitor)
}

on_both! {
    async fn sgn_5_a_short_password_needs_a_second_step_and_holds_the_last_one(place: &TestPlace) {
        let (home, mut visitor) = modern(place).await;
        let refused = choose(&mut visitor, PASSWORD, SHORT).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("15 to 128 characters"), "{}", refused.text());
        let (secret, _) = turn_on(place, &home, &mut visitor).await;
        let refused = choose(&mut visitor, PASSWORD, "lac7ble").await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("8 to 128 characters"), "{}", refused.text());
        assert_eq!(choose(&mut visitor, PASSWORD, SHORT).await.location(), "/profile/password?done=password");
        // The step stays until there is a password that does without.
        place.advance_seconds(16 * 60);
        visitor.get("/profile/steps/totp/off").await;
        prove_step(&mut visitor, "totp-off", ("totp", &next_code(place, &home, &secret))).await;
        let page = visitor.get("/profile/steps/totp/off").await;
        assert!(page.has("fewer than 15 characters") && !page.has("Turn it off"), "{}", page.text());
        assert_eq!(visitor.post("/profile/steps/totp/off", &[]).await.location(), "/profile/steps/totp/off");
        assert_eq!(visitor.same_device().type_password("eve.tremblay", SHORT).await.location(), STEP);
        assert_eq!(choose(&mut visitor, SHORT, LONG).await.location(), "/profile/password?done=password");
        assert_eq!(visitor.get("/profile/steps/totp/off").await.location(), "/profile/prove?need=totp-off", "another password, another proof");
        prove_step(&mut visitor, "totp-off", ("totp", &next_code(place, &home, &secret))).await;
        assert!(visitor.get("/profile/steps/totp/off").await.has("Turn it off"));
        assert_eq!(visitor.post("/profile/steps/totp/off", &[]).await.location(), "/profile/steps?done=step-off");
        assert_eq!(visitor.same_device().type_password("eve.tremblay", LONG).await.location(), "/");
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sgn_5_sec_5_a_short_password_ends_with_a_lost_step(place: &TestPlace) {
        let (home, mut visitor) = modern(place).await;
        turn_on(place, &home, &mut visitor).await;
        choose(&mut visitor, PASSWORD, SHORT).await;
        ask_for_step(&visitor, "eve.tremblay", ONCE).await;
        let path = path_of(&home).await;
        for role in ["agent", "supervisor"] {
            let mut member = staff(&home, &visitor, role).await;
            decide(&mut member, &path, "documents").await;
        }
        let letter = letters(&home, "recovery-step-accepted", 1).await.remove(0);
        let mut owner = visitor.other();
        let done = owner.post(&link_in(&letter.text, "/recover/documents/renew/"), &[]).await;
        assert_eq!(done.location(), "/sign-in?step=short", "{}", done.text());
        assert!(owner.get("/sign-in?step=short").await.has("your password is too short"));
        assert_eq!(owner.type_password("eve.tremblay", SHORT).await.status, StatusCode::UNPROCESSABLE_ENTITY, "it opens nothing");
        owner.post("/recover", &[("name", "eve.tremblay")]).await;
        let letter = letters(&home, "password-link", 1).await.remove(0);
        let link = link_in(&letter.text, "/recover/");
        let refused = owner.post(&link, &[("password", SHORT), ("password_again", SHORT)]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("15 to 128 characters"), "{}", refused.text());
        assert_eq!(owner.post(&link, &[("password", LONG), ("password_again", LONG)]).await.location(), "/sign-in?chosen=1");
        assert_eq!(owner.type_password("eve.tremblay", LONG).await.location(), "/");
        assert!(is_in(&mut owner).await);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
