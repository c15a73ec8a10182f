//! Passkeys (SEC-3): added, used in place of the password, removed, and everything that is not one.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guichet::Home;
use serde_json::Value;
use testkit::{TestPlace, on_both};

use crate::authenticator::Device;
use crate::devices::{events, letters};
use crate::support::{count, execute, findings, with_sample};
use crate::visitor::{Answer, PASSWORD, Visitor, number_of};

const SITE: &str = "https://client.example.ca";
const PAGE: &str = "/profile/security/passkeys";

/// A site over HTTPS, with somebody who signed up.
async fn holder(place: &TestPlace) -> (Home, Visitor) {
    let home = with_sample(place).await;
    let number = number_of(&home, "0001-AAAAA").await;
    let mut visitor = Visitor::at(&home, SITE);
    let done = visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    // Before that, letters name no passkey.
    crate::support::execute(&home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");
    (home, visitor)
}

/// Another holder at the same site.
async fn another(home: &Home, visitor: &Visitor) -> Visitor {
    let mut other = visitor.other();
    other.sign_up((&number_of(home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
    other
}

/// Shows that it is her with the password, which is enough while there is no passkey; nothing where that is fresh.
async fn prove(visitor: &mut Visitor) {
    if visitor.get("/profile/prove?need=passkeys").await.location() == PAGE {
        return;
    }
    let done = visitor.post("/profile/prove", &[("need", "passkeys"), ("current", PASSWORD)]).await;
    assert_eq!(done.location(), PAGE, "{}", done.text());
}

/// The same with a passkey.
async fn prove_with(visitor: &mut Visitor, device: &mut Device) -> Answer {
    let (token, options) = asked(visitor, "/profile/prove/passkey/options").await;
    let credential = device.get(&options);
    let form = [("need", "passkeys"), ("token", &token), ("answer", &credential)];
    visitor.post("/profile/prove/passkey", &form).await
}

/// What the browser is to sign: the challenge's token, and the options.
async fn asked(visitor: &mut Visitor, path: &str) -> (String, Value) {
    let answer = visitor.ask(Method::POST, path, Body::empty(), None).await;
    let json: Value = serde_json::from_slice(&answer.bytes).unwrap_or_else(|_| panic!("{}", answer.text()));
    (json["token"].as_str().expect("a token").to_owned(), json["publicKey"].clone())
}

/// Adds the device's passkey; that it is her has been shown.
async fn add(visitor: &mut Visitor, device: &mut Device, name: &str) -> Answer {
    let (token, options) = asked(visitor, &format!("{PAGE}/options")).await;
    let credential = device.create(&options);
    visitor.post(PAGE, &[("token", &token), ("answer", &credential), ("name", name)]).await
}

/// The same with the proof before it.
async fn with_passkey(visitor: &mut Visitor, name: &str) -> Device {
    let mut device = Device::of(SITE);
    prove(visitor).await;
    let done = add(visitor, &mut device, name).await;
    assert_eq!(done.location(), format!("{PAGE}?done=passkey-added"), "{}", done.text());
    device
}

async fn sign_in(visitor: &mut Visitor, device: &mut Device) -> Answer {
    let (token, options) = asked(visitor, "/sign-in/passkey/options").await;
    let credential = device.get(&options);
    send(visitor, &token, &credential).await
}

async fn send(visitor: &mut Visitor, token: &str, credential: &str) -> Answer {
    let form = [("token", token), ("answer", credential), ("return_to", "/profile/details")];
    visitor.post("/sign-in/passkey", &form).await
}

async fn is_in(visitor: &mut Visitor) -> bool {
    visitor.get("/profile/details").await.status == StatusCode::OK
}

/// The path of the only passkey's page.
async fn page_of(visitor: &mut Visitor) -> String {
    let page = visitor.get(PAGE).await.text();
    let (_, after) = page.split_once(&format!("href=\"{PAGE}/")).expect("a passkey");
    format!("{PAGE}/{}", after.split('"').next().expect("an id"))
}

fn refused(answer: &Answer, why: &str) {
    assert!(
        answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has(why),
        "{why}: {} {}",
        answer.status,
        answer.text()
    );
}

on_both! {
    async fn sec_3_a_passkey_is_added_with_a_proof_named_and_removed(place: &TestPlace) {
        let (home, mut visitor) = holder(place).await;
        let page = visitor.get(PAGE).await;
        assert!(page.has("You have none yet") && page.has("/profile/prove?need=passkeys") && !page.has("data-passkey=\"create\""), "{}", page.text());
        let early = visitor.ask(Method::POST, &format!("{PAGE}/options"), Body::empty(), None).await;
        assert!(early.has("\"go\":\"/profile/prove?need=passkeys\"") && !early.has("challenge"), "{}", early.text());
        assert_eq!(visitor.post(PAGE, &[]).await.location(), "/profile/prove?need=passkeys");
        let mut device = with_passkey(&mut visitor, "  Téléphone <b>bleu</b>  ").await;
        let page = visitor.get(&format!("{PAGE}?done=passkey-added")).await;
        assert!(page.has("The passkey is added") && page.has("Téléphone &lt;b&gt;bleu") && page.has("Never used"), "{}", page.text());
        assert!(visitor.get("/profile/security").await.has("You have one."));
        let letter = letters(&home, "passkey-added", 1).await.remove(0);
        assert!(letter.shown.to == "eve@exemple.ca" && letter.text.contains("Téléphone <b>bleu</b>") && letter.text.contains("This was not me"), "{}", letter.text);
        // Neither her name nor her id is on the device, and nothing of hers is legible in the table.
        let login: Vec<u8> = db::scalar::<uuid::Uuid>(home.db.reader(), "SELECT id FROM logins", []).await.expect("read").expect("one").as_bytes().to_vec();
        assert!(device.handle.len() == 16 && device.handle != login);
        let kept: Vec<u8> = db::scalar(home.db.reader(), "SELECT name FROM passkeys", []).await.expect("read").expect("one");
        assert!(!String::from_utf8_lossy(&kept).contains("bleu"));
        // The same device again.
        refused(&add(&mut visitor, &mut device, "").await, "does not fit");
        let path = page_of(&mut visitor).await;
        assert!(visitor.get(&path).await.has("It is your only passkey"));
        refused(&visitor.post(&path, &[("name", " \u{7} ")]).await, "Give this passkey a name");
        let renamed = visitor.post(&path, &[("name", "Clé")]).await;
        assert!(visitor.get(&renamed.location()).await.has("The name is changed"));
        place.advance_seconds(15 * 60);
        assert_eq!(visitor.post(&format!("{path}/remove"), &[]).await.location(), "/profile/prove?need=passkeys");
        assert_eq!(count(&home, "passkeys").await, 1, "not without a proof");
        assert_eq!(prove_with(&mut visitor, &mut device).await.location(), PAGE);
        let removed = visitor.post(&format!("{path}/remove"), &[]).await;
        assert!(visitor.get(&removed.location()).await.has("The passkey is removed"));
        let again = visitor.post(&format!("{path}/remove"), &[]).await;
        assert!(visitor.get(&again.location()).await.has("removed already"), "pressed twice");
        letters(&home, "passkey-removed", 1).await;
        for kind in ["passkey.added", "passkey.renamed", "passkey.removed"] {
            assert_eq!(events(&home, kind).await, 1, "{kind}");
        }
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_a_passkey_signs_in_in_place_of_password_and_code(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        let page = owner.other().get("/sign-in").await;
        assert!(page.has("autocomplete=\"username webauthn\"") && page.has("Sign in with a passkey") && page.has("passkeys.js"), "{}", page.text());
        let mut elsewhere = owner.other();
        let done = sign_in(&mut elsewhere, &mut device).await;
        assert_eq!((done.status, done.location().as_str()), (StatusCode::SEE_OTHER, "/profile/details"), "{}", done.text());
        assert!(is_in(&mut elsewhere).await);
        // A device that she had not signed in on: it is known from now on, and she is told.
        letters(&home, "new-sign-in", 1).await;
        letters(&home, "sign-in-code", 0).await;
        assert!(elsewhere.cookies.contains_key("__Host-device") && !elsewhere.cookies.contains_key("__Host-passkey"));
        let done = sign_in(&mut elsewhere.same_device(), &mut device).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        letters(&home, "new-sign-in", 1).await;
        assert!(owner.get(PAGE).await.has("last used on"));
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_2_a_passkey_opens_a_login_that_wrong_passwords_locked(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        for _ in 0..10 {
            owner.other().type_password("eve.tremblay", "autre1mot").await;
        }
        letters(&home, "login-locked", 1).await;
        let mut elsewhere = owner.other();
        assert_eq!(sign_in(&mut elsewhere, &mut device).await.status, StatusCode::SEE_OTHER);
        assert_eq!(events(&home, "login.unlocked").await, 0, "nor does it lift the lock");
    }

    async fn sec_3_a_passkey_of_another_site_opens_nothing(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        type Spoil = fn(&mut Device);
        let spoils: [(&str, Spoil); 5] = [
            ("origin", |device| device.origin = "https://client.example.ca.evil.example".to_owned()),
            ("port", |device| device.origin = "https://client.example.ca:8443".to_owned()),
            ("party", |device| device.party = "example.ca".to_owned()),
            ("nobody recognised", |device| device.verifies = false),
            ("another key", Device::forget_key),
        ];
        for (what, spoil) in spoils {
            let mut false_one = Device::of(SITE);
            false_one.id.clone_from(&device.id);
            false_one.handle.clone_from(&device.handle);
            std::mem::swap(&mut false_one, &mut device);
            // The true device, spoiled for a while.
            let (origin, party) = (false_one.origin.clone(), false_one.party.clone());
            if what == "another key" {
                refused(&sign_in(&mut owner.other(), &mut device).await, "opens nothing here");
            } else {
                spoil(&mut false_one);
                refused(&sign_in(&mut owner.other(), &mut false_one).await, "opens nothing here");
            }
            (false_one.origin, false_one.party, false_one.verifies) = (origin, party, true);
            std::mem::swap(&mut false_one, &mut device);
            prove(&mut owner).await;
            let mut new = Device::of(SITE);
            spoil(&mut new);
            let added = add(&mut owner, &mut new, "").await;
            if what == "another key" {
                assert_eq!(added.status, StatusCode::SEE_OTHER, "it is but another device");
            } else {
                refused(&added, "does not fit");
            }
        }
        assert_eq!((count(&home, "passkeys").await, count(&home, "sessions").await), (2, 1));
        assert_eq!(sign_in(&mut owner.other(), &mut device).await.status, StatusCode::SEE_OTHER, "the true one does");
        for nonsense in ["", "{}", "null", "[1]", "{\"id\":\"x\",\"rawId\":\"AA\",\"type\":\"public-key\",\"response\":{}}", "<script>"] {
            let (token, _) = asked(&mut owner, "/sign-in/passkey/options").await;
            let mut stranger = owner.twin();
            stranger.cookies.retain(|name, _| name.ends_with("passkey"));
            refused(&send(&mut stranger, &token, nonsense).await, "opens nothing here");
        }
    }

    async fn sec_3_what_is_to_be_signed_is_good_once_for_one_browser_and_five_minutes(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        let mut browser = owner.other();
        let (token, options) = asked(&mut browser, "/sign-in/passkey/options").await;
        let credential = device.get(&options);
        // Seen on its way, and sent by another browser.
        let mut thief = owner.other();
        asked(&mut thief, "/sign-in/passkey/options").await;
        refused(&send(&mut thief, &token, &credential).await, "Press again");
        refused(&send(&mut owner.other(), &token, &credential).await, "Press again");
        // It is not used up by that; of the same sent many times at once, one opens.
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (mut tab, token, credential) = (browser.twin(), token.clone(), credential.clone());
            tries.spawn(async move { send(&mut tab, &token, &credential).await.status });
        }
        let opened = tries.join_all().await.into_iter().filter(|status| *status == StatusCode::SEE_OTHER).count();
        assert_eq!(opened, 1);
        assert_eq!(count(&home, "sessions").await, 2);
        refused(&send(&mut browser, &token, &credential).await, "Press again");
        // Too late.
        let (token, options) = asked(&mut browser, "/sign-in/passkey/options").await;
        let credential = device.get(&options);
        place.advance_seconds(5 * 60);
        refused(&send(&mut browser, &token, &credential).await, "Press again");
        // One for signing in is none for adding, nor the other way round, nor another session's.
        prove(&mut owner).await;
        let mut new = Device::of(SITE);
        let (token, options) = asked(&mut owner, "/sign-in/passkey/options").await;
        let made = new.create(&serde_json::json!({ "challenge": options["challenge"], "user": { "id": "AAAA" } }));
        refused(&owner.post(PAGE, &[("token", &token), ("answer", &made)]).await, "Press again");
        let (token, options) = asked(&mut owner, &format!("{PAGE}/options")).await;
        let used = device.get(&options);
        refused(&send(&mut browser, &token, &used).await, "Press again");
        let mut second = owner.other();
        assert_eq!(sign_in(&mut second, &mut device).await.status, StatusCode::SEE_OTHER);
        prove_with(&mut second, &mut device).await;
        let (token, options) = asked(&mut owner, &format!("{PAGE}/options")).await;
        let made = new.create(&options);
        refused(&second.post(PAGE, &[("token", &token), ("answer", &made)]).await, "Press again");
        assert_eq!(owner.post(PAGE, &[("token", &token), ("answer", &made)]).await.status, StatusCode::SEE_OTHER);
        refused(&owner.post(PAGE, &[("token", &token), ("answer", &made)]).await, "Press again");
    }

    async fn sec_3_two_tabs_each_have_their_own(place: &TestPlace) {
        let (_home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        let mut first = owner.other();
        let (token, options) = asked(&mut first, "/sign-in/passkey/options").await;
        let mut second = first.twin();
        let (others, other_options) = asked(&mut second, "/sign-in/passkey/options").await;
        let credential = device.get(&options);
        assert_eq!(send(&mut first, &token, &credential).await.location(), "/profile/details");
        let other = device.get(&other_options);
        assert_eq!(send(&mut second, &others, &other).await.location(), "/profile/details");
        // By the back button, sent again: she is in.
        let mut again = first.twin();
        assert_eq!(send(&mut again, &token, &credential).await.location(), "/profile/details");
        assert_eq!(first.get("/sign-in?return_to=/profile/details").await.location(), "/profile/details");
    }

    async fn sec_3_a_passkey_that_was_removed_here_says_so(place: &TestPlace) {
        let (_home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        let path = page_of(&mut owner).await;
        owner.post(&format!("{path}/remove"), &[]).await;
        let answer = sign_in(&mut owner.other(), &mut device).await;
        refused(&answer, "while the device still keeps it");
        let id = data_encoding::BASE64URL_NOPAD.encode(&device.id);
        assert!(answer.has(&format!("data-credential=\"{id}\" data-party=\"client.example.ca\"")), "so that the browser forgets it: {}", answer.text());
        assert!(answer.has("name=\"password\"") && answer.has("value=\"/profile/details\""), "the way on is there");
    }

    async fn sec_3_a_counter_that_goes_back_is_refused_noted_and_told(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        device.counter = 40;
        assert_eq!(sign_in(&mut owner.other(), &mut device).await.status, StatusCode::SEE_OTHER);
        device.counter = 12;
        refused(&sign_in(&mut owner.other(), &mut device).await, "there may be a copy of this passkey");
        device.counter = 39;
        refused(&sign_in(&mut owner.other(), &mut device).await, "there may be a copy of this passkey");
        let letter = letters(&home, "passkey-copied", 2).await.remove(0);
        assert!(letter.text.contains("Phone") && letter.text.contains("remove this passkey and add it again") && letter.text.contains("/sign-in/not-me/"), "{}", letter.text);
        assert_eq!((events(&home, "passkey.counter-went-back").await, count(&home, "sessions").await), (2, 2));
        // It stays a second step: whoever has an old copy does not take it off.
        let answer = owner.other().type_password("eve.tremblay", PASSWORD).await;
        assert!(answer.location().starts_with("/sign-in/step"), "{}", answer.location());
        device.counter = 100;
        assert_eq!(sign_in(&mut owner.other(), &mut device).await.status, StatusCode::SEE_OTHER, "the true one goes on");
        // Without the key nobody learns of it.
        device.forget_key();
        device.counter = 1;
        refused(&sign_in(&mut owner.other(), &mut device).await, "opens nothing here");
        letters(&home, "passkey-copied", 2).await;
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_a_passkey_is_the_second_step_after_the_password(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        let mut other = another(&home, &owner).await;
        let mut others = with_passkey(&mut other, "Clé").await;
        let early = owner.other().ask(Method::POST, "/sign-in/step/passkey/options", Body::empty(), None).await;
        assert!(early.location().starts_with("/sign-in?"), "not before the password");
        let mut browser = owner.same_device();
        let waits = browser.type_password("eve.tremblay", PASSWORD).await;
        assert!(waits.location().starts_with("/sign-in/step"), "{}", waits.location());
        let page = browser.get(&waits.location()).await;
        assert!(page.has("Use a passkey") && page.has("/recover/documents?lost=step") && !page.has("name=\"code\""), "{}", page.text());
        assert!(!is_in(&mut browser).await);
        let (token, options) = asked(&mut browser, "/sign-in/step/passkey/options").await;
        assert_eq!(options["allowCredentials"].as_array().map(Vec::len), Some(1), "hers alone");
        let send_step = async |visitor: &mut Visitor, token: &str, credential: &str| {
            visitor.post("/sign-in/step/passkey", &[("token", token), ("answer", credential), ("return_to", "/profile/details")]).await
        };
        // Another login's, and hers for the sign-in of somebody else that waits.
        refused(&send_step(&mut browser, &token, &others.get(&options)).await, "not one of yours");
        let (token, options) = asked(&mut browser, "/sign-in/step/passkey/options").await;
        let credential = device.get(&options);
        let mut thief = other.same_device();
        thief.type_password("adam.roy.2", PASSWORD).await;
        refused(&send_step(&mut thief, &token, &credential).await, "Press again");
        // The challenge of a step opens nothing without the password.
        asked(&mut thief, "/sign-in/passkey/options").await;
        refused(&send(&mut thief, &token, &credential).await, "Press again");
        let mut twin = browser.twin();
        let (one, two) = tokio::join!(send_step(&mut browser, &token, &credential), send_step(&mut twin, &token, &credential));
        assert!([one.location(), two.location()].contains(&"/profile/details".to_owned()), "{} {}", one.location(), two.location());
        assert_eq!(count(&home, "sessions").await, 3);
        assert_eq!(events(&home, "step.passed").await, 1);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_3_a_passkey_is_the_fresh_proof_and_the_password_is_none_any_more(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        let mut others = with_passkey(&mut another(&home, &owner).await, "Clé").await;
        place.advance_seconds(15 * 60);
        let page = owner.get("/profile/prove?need=backup").await;
        assert!(page.has("Use a passkey") && !page.has("name=\"current\""), "{}", page.text());
        let answer = owner.post("/profile/prove", &[("need", "passkeys"), ("current", PASSWORD)]).await;
        assert_eq!(answer.location(), "/profile/prove?need=passkeys", "the password proves nothing");
        refused(&prove_with(&mut owner, &mut others).await, "not one of yours");
        // What was signed for another session of hers.
        let mut second = owner.other();
        sign_in(&mut second, &mut device).await;
        let (token, options) = asked(&mut second, "/profile/prove/passkey/options").await;
        let credential = device.get(&options);
        refused(&owner.post("/profile/prove/passkey", &[("need", "passkeys"), ("token", &token), ("answer", &credential)]).await, "Press again");
        assert_eq!(owner.post("/profile/prove/passkey", &[("need", "//evil.example")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(prove_with(&mut owner, &mut device).await.location(), PAGE);
        assert_eq!(owner.get("/profile/prove?need=backup").await.location(), "/profile/backup", "for a quarter of an hour");
        assert_eq!(second.get("/profile/prove?need=backup").await.status, StatusCode::OK, "in that session alone");
    }

    async fn sec_3_a_passkey_is_its_owners_alone(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        let mut other = another(&home, &owner).await;
        let others = with_passkey(&mut other, "Clé").await;
        let path = page_of(&mut owner).await;
        // Pages of another's are as those that never were.
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.post(&path, &[("name", "mine")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.post(&format!("{path}/remove"), &[]).await.location(), format!("{PAGE}?done=passkey-gone"));
        assert_eq!(count(&home, "passkeys").await, 2);
        // The handle of another login, or none, does not make it another's.
        let own = device.handle.clone();
        for handle in [others.handle.clone(), Vec::new(), vec![0; 16], b"eve.tremblay".to_vec()] {
            device.handle = handle;
            refused(&sign_in(&mut owner.other(), &mut device).await, "opens nothing here");
        }
        device.handle = own;
        // Nor is one that is kept for one login kept for another.
        let mut copied = Device::of(SITE);
        copied.id.clone_from(&device.id);
        refused(&add(&mut other, &mut copied, "").await, "a passkey of yours on this device already");
        assert_eq!(sign_in(&mut owner.other(), &mut device).await.status, StatusCode::SEE_OTHER);
    }

    async fn sec_4_after_this_was_not_me_passkeys_of_thirty_days_open_nothing_alone(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut old = with_passkey(&mut owner, "Old").await;
        place.advance_seconds(31 * 24 * 3600);
        sign_in(&mut owner, &mut old).await;
        prove_with(&mut owner, &mut old).await;
        let mut new = with_passkey(&mut owner, "Intruder").await;
        let letter = letters(&home, "passkey-added", 2).await.remove(0);
        let link = |text: &str, path: &str| {
            let (_, after) = text.split_once(&format!("{SITE}{path}")).unwrap_or_else(|| panic!("no {path}: {text}"));
            format!("{path}{}", after.lines().next().expect("a line"))
        };
        let done = owner.other().post(&link(&letter.text, "/sign-in/not-me/"), &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        refused(&sign_in(&mut owner.other(), &mut new).await, "opens nothing by itself any more");
        let mut back = owner.other();
        assert_eq!(sign_in(&mut back, &mut old).await.status, StatusCode::SEE_OTHER, "hers from before opens");
        assert!(back.get(PAGE).await.has("After the password only"));
        let letter = letters(&home, "passkeys-doubted", 1).await.remove(0);
        assert!(letter.text.contains("Intruder") && !letter.text.contains("Old"), "{}", letter.text);
        // SEC-5: whoever reads the mailbox alone has not taken a second step off by that.
        let choose = link(&letters(&home, "login-closed", 1).await[0].text, "/recover/");
        let chosen = owner.post(&choose, &[("password", "rivage7lac"), ("password_again", "rivage7lac")]).await;
        assert_eq!(chosen.location(), "/sign-in?chosen=1", "{}", chosen.text());
        let mut again = owner.other();
        assert!(again.type_password("eve.tremblay", "rivage7lac").await.location().starts_with("/sign-in/step"));
        let (token, options) = asked(&mut again, "/sign-in/step/passkey/options").await;
        let credential = new.get(&options);
        let done = again.post("/sign-in/step/passkey", &[("token", &token), ("answer", &credential), ("return_to", "/profile/details")]).await;
        assert_eq!(done.location(), "/profile/details", "{}", done.text());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn sec_8_nothing_is_left_of_the_passkeys_of_a_deleted_login(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        let mut device = with_passkey(&mut owner, "Phone").await;
        execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
        let done = owner.post("/profile/delete", &[("sure", "yes")]).await;
        assert_eq!(done.location(), "/profile/deleted", "{}", done.text());
        assert_eq!((count(&home, "passkeys").await, count(&home, "passkey_users").await), (0, 0));
        refused(&sign_in(&mut owner.other(), &mut device).await, "opens nothing here");
    }

    async fn sec_3_twenty_passkeys_are_enough(place: &TestPlace) {
        let (home, mut owner) = holder(place).await;
        prove(&mut owner).await;
        for n in 0..20 {
            assert_eq!(add(&mut owner, &mut Device::of(SITE), &format!("Key {n}")).await.status, StatusCode::SEE_OTHER);
        }
        assert!(owner.get(PAGE).await.has("You have twenty passkeys"));
        refused(&add(&mut owner, &mut Device::of(SITE), "").await, "You have twenty passkeys");
        assert_eq!(count(&home, "passkeys").await, 20);
    }

    async fn sec_3_an_address_draws_so_many_challenges(place: &TestPlace) {
        let (home, owner) = holder(place).await;
        for _ in 0..300 {
            asked(&mut owner.other(), "/sign-in/passkey/options").await;
        }
        let refused = owner.other().ask(Method::POST, "/sign-in/passkey/options", Body::empty(), None).await;
        assert!(refused.status == StatusCode::TOO_MANY_REQUESTS && refused.has("\"text\":"), "{}", refused.text());
        place.advance_seconds(15 * 60 + 1);
        asked(&mut owner.other(), "/sign-in/passkey/options").await;
        assert_eq!(count(&home, "passkey_challenges").await, 1, "what nobody answered is cleared away");
    }

    async fn sec_3_an_address_that_browsers_take_no_passkeys_for_offers_none(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut visitor = Visitor::of(&home);
        let page = visitor.get("/sign-in").await;
        assert!(page.has("autocomplete=\"username\"") && !page.has("passkey"), "{}", page.text());
        visitor.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        assert!(visitor.get(PAGE).await.has("browsers take them only on a site with a name"));
        for path in [PAGE, "/profile/security/passkeys/options", "/sign-in/passkey", "/sign-in/passkey/options"] {
            assert_eq!(visitor.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
