//! User management through its pages (USR-1, USR-2, USR-3, USR-6): inviting, accepting, changing, removing.

use accounts::Preset;
use axum::http::StatusCode;
use guichet::Home;
use kernel::MembershipId;
use testkit::on_both;

use crate::devices::{events, letters, link_in};
use crate::rights::{Cast, actor, holder_leaves};
use crate::support::{count, execute, findings, mails};
use crate::visitor::{Answer, PASSWORD, Visitor, number_of};

const DAY: i64 = 24 * 3600;

/// A form's own key, as a page draws one.
fn once(email: &str) -> String {
    format!("{:0<43}", email.replace(['@', '.'], "x"))
}

/// Posts the last step of an invitation, with all that the steps before brought.
pub(crate) async fn try_to_invite(cast: &mut Cast, (name, email): (&str, &str), more: &[(&str, &str)]) -> Answer {
    let once = once(email);
    let mut form = vec![("step", "check"), ("go", "next"), ("once", once.as_str()), ("name", name), ("email", email)];
    form.extend([("language", "fr"), ("where", "all")]);
    form.extend(more);
    let path = cast.page("users/new");
    cast.holder.post(&path, &form).await
}

/// Invites somebody; gives the path of their page and the link of the invitation.
pub(crate) async fn invite(cast: &mut Cast, who: (&str, &str), more: &[(&str, &str)]) -> (String, String) {
    let done = try_to_invite(cast, who, more).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let page = done.location().split('?').next().expect("a path").to_owned();
    (page, newest_link(&cast.home, who.1).await)
}

/// The link in the newest invitation to an address.
pub(crate) async fn newest_link(home: &Home, email: &str) -> String {
    let letters = mails(home).await;
    let letter = letters.iter().find(|mail| mail.shown.kind == "user-invited" && mail.shown.to == email);
    link_in(&letter.expect("an invitation").text, "/invitation/")
}

pub(crate) async fn accept(visitor: &mut Visitor, link: &str, username: &str) -> Answer {
    let form = [("with", "new"), ("username", username), ("password", PASSWORD), ("password_again", PASSWORD)];
    visitor.post(link, &form).await
}

/// Somebody invited who accepted with a new login and is signed in; with the path of their page.
pub(crate) async fn user(cast: &mut Cast, username: &str, more: &[(&str, &str)]) -> (Visitor, String) {
    let email = format!("{username}@exemple.ca");
    let (page, link) = invite(cast, (username, &email), more).await;
    let mut visitor = cast.holder.other();
    let done = accept(&mut visitor, &link, username).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    (visitor, page)
}

pub(crate) const PAYS: [(&str, &str); 1] = [("set", "pays-bills")];

pub(crate) fn membership_in(page: &str) -> MembershipId {
    page.rsplit('/').next().and_then(|id| id.parse::<uuid::Uuid>().ok()).expect("an id").into()
}

pub(crate) async fn identifier(cast: &Cast) -> String {
    let sql = "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1";
    db::scalar(cast.home.db.reader(), sql, [cast.number.as_str().into()]).await.expect("read").expect("one")
}

/// Another holder with an account of their own.
pub(crate) async fn neighbour(cast: &Cast) -> (Visitor, String) {
    let number = number_of(&cast.home, "0001-AAAAA").await;
    let mut visitor = cast.holder.other();
    let done = visitor.sign_up((&number, "H2X 1Y4"), "adam.roy.2").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    execute(&cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL")
        .await
        .expect("confirmed");
    (visitor, number)
}

async fn sees(visitor: &mut Visitor, path: &str) -> Answer {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer
}

/// A page of the account, as its holder sees it.
async fn holder_sees(cast: &mut Cast, path: &str) -> Answer {
    let path = cast.page(path);
    sees(&mut cast.holder, &path).await
}

/// Ends a service of the account yesterday.
pub(crate) async fn end_service(cast: &Cast, service: kernel::ServiceId) {
    let today = cast.home.today();
    let fact = services::NewFact {
        service: Some(service),
        effective_on: today,
        fact: services::Fact::PlanEnded,
        reference: None,
    };
    services::record(&cast.home.db, cast.account, audit::Author::Operator, vec![fact]).await.expect("recorded");
}

on_both! {
    async fn usr_2_somebody_is_invited_step_by_step_and_nothing_is_written_before_the_last_button(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let new = cast.page("users/new");
        let list = holder_sees(&mut cast, "users").await;
        assert!(list.has("No users yet") && list.has("5 people") && list.has("Give somebody access"), "{}", list.text());
        assert!(sees(&mut cast.holder, &new).await.has("Who gets access?"));
        let empty = cast.holder.post(&new, &[("step", "who"), ("go", "next"), ("email", "nowhere")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        for text in ["Enter a name.", "Choose the language", "value=\"nowhere\""] {
            assert!(empty.has(text), "{text}: {}", empty.text());
        }
        let who = [("name", "Paule Comtois"), ("email", "paule@exemple.ca"), ("language", "fr"), ("once", "0123456789012345678901234567890123456789012")];
        let step = |step: &'static str, more: &[(&'static str, &'static str)]| {
            let mut form = vec![("step", step), ("go", "next")];
            form.extend(who);
            form.extend(more);
            form
        };
        let what = cast.holder.post(&new, &step("who", &[])).await;
        assert!(what.status == StatusCode::OK && what.has("What may they do?") && what.has("value=\"Paule Comtois\""), "{}", what.text());
        let none = cast.holder.post(&new, &step("what", &[])).await;
        assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.has("Choose what this person may do"), "{}", none.text());
        // Bills are on no service: the third step is none.
        assert!(cast.holder.post(&new, &step("what", &PAYS)).await.has("Is everything right?"));
        let places = cast.holder.post(&new, &step("what", &[("set", "technical")])).await;
        assert!(places.has("On which services?") && places.has("Internet") && places.has("Telephone"), "{}", places.text());
        let nowhere = cast.holder.post(&new, &step("where", &[("set", "technical"), ("where", "some")])).await;
        assert!(nowhere.status == StatusCode::UNPROCESSABLE_ENTITY && nowhere.has("Tick at least one service"), "{}", nowhere.text());
        let mut back = step("check", &PAYS);
        back[1] = ("go", "back");
        assert!(cast.holder.post(&new, &back).await.has("What may they do?"));
        assert_eq!((count(&cast.home, "memberships").await, count(&cast.home, "invitations").await), (1, 0));
        // The last button, pressed twice.
        let done = cast.holder.post(&new, &step("check", &PAYS)).await;
        assert!(done.location().ends_with("?done=invited"), "{}", done.text());
        let again = cast.holder.post(&new, &step("check", &PAYS)).await;
        assert_eq!(done.location().split('?').next(), again.location().split('?').next());
        let letter = letters(&cast.home, "user-invited", 1).await.remove(0);
        assert_eq!(letter.shown.to, "paule@exemple.ca");
        for text in ["vous y donne accès", cast.number.as_str(), "Voir les factures"] {
            assert!(letter.text.contains(text), "{text}: {}", letter.text);
        }
        assert!(!letter.text.contains(&identifier(&cast).await) && !letter.text.contains("Comtois"), "nobody has confirmed that address yet");
        let page = sees(&mut cast.holder, &done.location()).await;
        assert!(page.has("The invitation is sent") && page.has("Invited") && page.has("See the bills"), "{}", page.text());
        let list = holder_sees(&mut cast, "users?q=PAULE").await;
        assert!(list.has("Paule Comtois") && list.has("One person of 5"), "{}", list.text());
        assert!(holder_sees(&mut cast, "users?q=zoe").await.has("Nobody by that name"));
        let same = try_to_invite(&mut cast, ("Paule", "Paule@Exemple.ca"), &PAYS).await;
        assert!(same.status == StatusCode::UNPROCESSABLE_ENTITY && same.has("already a user, or invited"), "{}", same.text());
        assert_eq!((count(&cast.home, "memberships").await, count(&cast.home, "invitations").await), (2, 1));
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_2_who_is_invited_chooses_username_and_password_and_sees_what_was_given(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (page, link) = invite(&mut cast, ("Paule", "paule@exemple.ca"), &PAYS).await;
        let mut paule = cast.holder.other();
        // Scanners follow links.
        for _ in 0..2 {
            let shown = sees(&mut paule, &link).await;
            assert!(shown.has(&cast.number) && shown.has("See the bills · Pay") && shown.has("paule@exemple.ca"), "{}", shown.text());
            assert!(!shown.has(&identifier(&cast).await));
        }
        let weak = paule.post(&link, &[("with", "new"), ("username", "paule.comtois"), ("password", "x"), ("password_again", "x")]).await;
        assert!(weak.status == StatusCode::UNPROCESSABLE_ENTITY && weak.has("value=\"paule.comtois\""), "{}", weak.text());
        assert!(accept(&mut paule, &link, "eve.tremblay").await.has("taken"), "somebody's already");
        // Until then nobody signs in there, and the address is nobody's.
        assert_eq!(cast.holder.other().type_password("paule@exemple.ca", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        cast.holder.other().post("/recover", &[("name", "paule@exemple.ca")]).await;
        let done = accept(&mut paule, &link, "paule.comtois").await;
        assert_eq!(done.location(), cast.page("overview"), "{}", done.text());
        sees(&mut paule, &cast.page("bills")).await;
        assert_eq!(paule.get(&cast.page("services")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(paule.get(&cast.page("users")).await.status, StatusCode::NOT_FOUND);
        letters(&cast.home, "password-link", 0).await;
        let told = letters(&cast.home, "user-joined", 1).await.remove(0);
        assert!(told.shown.to == "eve@exemple.ca" && told.text.contains("paule\u{200c}.comtois"), "{}", told.text);
        let shown = sees(&mut cast.holder, &page).await;
        assert!(shown.has("Active") && shown.has("paule.comtois") && shown.has("Accepted the invitation"), "{}", shown.text());
        // The link went to the address, so it signs in.
        let mut elsewhere = cast.holder.other();
        assert_eq!(elsewhere.sign_in("paule@exemple.ca", PASSWORD).await.status, StatusCode::SEE_OTHER);
        sees(&mut elsewhere, &cast.page("bills")).await;
        let second = accept(&mut cast.holder.other(), &link, "quelquun.autre").await;
        assert!(second.status == StatusCode::GONE && second.has("This invitation was used"), "{}", second.text());
        assert_eq!(events(&cast.home, "user.accepted").await, 1);
        assert!(accounts::verify_rights(&cast.home.db, &cast.home.vault).await.expect("read").is_empty());
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_2_an_invitation_is_accepted_with_a_login_that_is_there(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut adam, own) = neighbour(&cast).await;
        let (page, link) = invite(&mut cast, ("Adam", "adam@travail.example"), &PAYS).await;
        assert!(sees(&mut cast.holder.other(), &link).await.has("Sign in and accept with it"));
        // Not by the holder themself, and not without a session.
        let holders = cast.holder.get(&link).await;
        assert!(holders.status == StatusCode::CONFLICT && holders.has("You hold this account yourself"), "{}", holders.text());
        for form in [&[("with", "own")][..], &[("with", "new"), ("username", "autre.nom.ici"), ("password", PASSWORD), ("password_again", PASSWORD)]] {
            assert_eq!(cast.holder.post(&link, form).await.status, StatusCode::CONFLICT);
        }
        assert!(cast.holder.other().post(&link, &[("with", "own")]).await.location().starts_with("/sign-in?return_to="));
        assert!(sees(&mut adam, &link).await.has("Accept as adam.roy.2"));
        let (one, two) = {
            let (mut twin, second) = (adam.twin(), link.clone());
            let again = async move { twin.post(&second, &[("with", "own")]).await };
            tokio::join!(adam.post(&link, &[("with", "own")]), again)
        };
        let went = [&one, &two].into_iter().filter(|answer| answer.location() == cast.page("overview")).count();
        assert_eq!(went, 1, "of two at once one: {} {}", one.status, two.status);
        for path in [cast.page("bills"), format!("/accounts/{own}/bills")] {
            sees(&mut adam, &path).await;
        }
        let shown = sees(&mut cast.holder, &page).await;
        assert!(shown.has("adam.roy.2") && shown.has("adam@travail.example"), "{}", shown.text());
        assert!(!shown.has("eve@exemple.ca"), "the address of their login is theirs: {}", shown.text());
        // One role at a time: another invitation does nothing for them.
        let (_, second) = invite(&mut cast, ("Adam encore", "adam2@travail.example"), &[("set", "technical")]).await;
        let already = adam.post(&second, &[("with", "own")]).await;
        assert!(already.status == StatusCode::CONFLICT && already.has("You are a user of this account already"), "{}", already.text());
        assert_eq!(adam.get(&cast.page("services")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(count(&cast.home, "logins WHERE username = '' AND deleted_at IS NULL").await, 1, "of the second invitation alone");
        assert!(accounts::verify_rights(&cast.home.db, &cast.home.vault).await.expect("read").is_empty());
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_2_a_link_that_is_over_says_why_and_opens_nothing(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (page, first) = invite(&mut cast, ("Paule", "paule@exemple.ca"), &PAYS).await;
        let over = async |cast: &Cast, link: &str, status: StatusCode, text: &str| {
            for answer in [cast.holder.other().get(link).await, accept(&mut cast.holder.other(), link, "paule.comtois").await] {
                assert!(answer.status == status && answer.has(text), "{text}: {} {}", answer.status, answer.text());
                assert!(!answer.has(&cast.number), "what it was about is not told");
            }
        };
        over(&cast, "/invitation/none", StatusCode::NOT_FOUND, "not complete").await;
        // To the second.
        for (seconds, done) in [(0, "just-sent"), (identity::AGAIN_AFTER.as_secs() - 1, "just-sent"), (1, "again")] {
            place.advance_seconds(seconds);
            let sent = cast.holder.post(&format!("{page}/again"), &[]).await;
            assert!(sent.location().ends_with(&format!("done={done}")), "{}", sent.location());
        }
        let second = newest_link(&cast.home, "paule@exemple.ca").await;
        assert_ne!(first, second);
        over(&cast, &first, StatusCode::GONE, "This link works no more").await;
        place.advance_seconds(14 * DAY);
        over(&cast, &second, StatusCode::GONE, "This invitation has expired").await;
        cast.holder = cast.holder.same_device();
        cast.holder.sign_in("eve.tremblay", PASSWORD).await;
        assert!(sees(&mut cast.holder, &page).await.has("Invitation expired"));
        cast.holder.post(&format!("{page}/again"), &[]).await;
        let third = newest_link(&cast.home, "paule@exemple.ca").await;
        assert!(sees(&mut cast.holder, &format!("{page}/remove")).await.has("Withdraw the invitation of Paule?"));
        assert!(cast.holder.post(&format!("{page}/remove"), &[]).await.location().ends_with("done=withdrawn"));
        over(&cast, &third, StatusCode::GONE, "This invitation was withdrawn").await;
        assert!(cast.holder.post(&format!("{page}/remove"), &[]).await.location().ends_with("done=gone"), "pressed twice");
        letters(&cast.home, "user-removed", 0).await;
        // Of a holder who left.
        let (_, link) = invite(&mut cast, ("Rémi", "remi@exemple.ca"), &PAYS).await;
        holder_leaves(&mut cast).await;
        over(&cast, &link, StatusCode::GONE, "counts no more").await;
        assert_eq!(count(&cast.home, "memberships WHERE role = 'secondary' AND ended_at IS NULL").await, 1);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_1_a_sixth_user_is_not_invited(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let mut pages = Vec::new();
        for user in 1..=5 {
            pages.push(invite(&mut cast, (&format!("Personne {user}"), &format!("p{user}@exemple.ca")), &PAYS).await.0);
        }
        let list = holder_sees(&mut cast, "users").await;
        assert!(list.has("5 people of 5") && list.has("as many users as this account may have") && !list.has("users/new"), "{}", list.text());
        let sixth = try_to_invite(&mut cast, ("Personne 6", "p6@exemple.ca"), &PAYS).await;
        assert!(sixth.status == StatusCode::UNPROCESSABLE_ENTITY && sixth.has("Nothing was sent"), "{}", sixth.text());
        assert_eq!((count(&cast.home, "memberships").await, count(&cast.home, "logins").await), (6, 6));
        letters(&cast.home, "user-invited", 5).await;
        cast.holder.post(&format!("{}/remove", pages[0]), &[]).await;
        invite(&mut cast, ("Personne 6", "p6@exemple.ca"), &PAYS).await;
    }

    async fn usr_3_rights_are_changed_after_a_look_at_what_changes(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        let (internet, telephone) = (cast.service("internet").await, cast.service("telephone").await);
        let rights = format!("{page}/rights");
        let usage = format!("r:service.usage:{internet}");
        assert!(sees(&mut cast.holder, &rights).await.has("name=\"r:bills.see\" value=\"yes\" checked"));
        let form = [("go", "check"), ("r:bills.see", "yes"), (usage.as_str(), "yes")];
        let check = cast.holder.post(&rights, &form).await;
        assert!(check.has("will be able to") && check.has("See usage (Internet") && check.has("will no longer be able to") && check.has("<li>Pay</li>"), "{}", check.text());
        sees(&mut paule, &cast.page("pay")).await;
        letters(&cast.home, "user-rights", 0).await;
        let wanted = format!("bills.see,service.usage:{internet}");
        // Looked at before something else changed: shown once more.
        let stale = cast.holder.post(&rights, &[("go", "change"), ("rights", &wanted), ("before", "bills.see")]).await;
        assert!(stale.status == StatusCode::CONFLICT && stale.has("changed meanwhile"), "{}", stale.text());
        let change = [("go", "change"), ("rights", wanted.as_str()), ("before", "bills.see,bills.pay")];
        for _ in 0..2 {
            assert_eq!(cast.holder.post(&rights, &change).await.location(), format!("{page}?done=rights"));
        }
        assert_eq!(paule.get(&cast.page("pay")).await.status, StatusCode::NOT_FOUND, "at once");
        assert!(sees(&mut paule, &cast.page("services")).await.has("Internet"));
        let letter = letters(&cast.home, "user-rights", 1).await.remove(0);
        assert!(letter.text.contains(&cast.number) && letter.text.contains("See usage (one service)"), "{}", letter.text);
        // On a service that has ended, of another account, or of no kind: nothing changes.
        end_service(&cast, telephone).await;
        place.advance_seconds(1);
        let foreign = crate::rights::service_of(&cast.home, crate::support::account(&cast.home, "0002-BBBBB").await, "internet").await;
        let grants = count(&cast.home, "grants").await;
        let ended = format!("r:service.see:{telephone}");
        assert!(cast.holder.post(&rights, &[("go", "check"), (ended.as_str(), "yes")]).await.has("has ended"));
        for wrong in [format!("service.see:{telephone}"), format!("service.see:{foreign}"), "users.manage".to_owned(), "service.see:x".to_owned()] {
            let answer = cast.holder.post(&rights, &[("go", "change"), ("rights", &wrong), ("before", &wanted)]).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("has ended, or is not on this account"), "{wrong}: {}", answer.text());
        }
        let invited = try_to_invite(&mut cast, ("Rémi", "remi@exemple.ca"), &[("set", "technical"), ("where", "some"), (&format!("service:{telephone}"), "yes")]).await;
        assert!(invited.status == StatusCode::UNPROCESSABLE_ENTITY && invited.has("has ended"), "{}", invited.text());
        assert_eq!(count(&cast.home, "grants").await, grants);
    }

    async fn usr_2_name_and_password_are_each_ones_own_affair(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        let name = format!("{page}/name");
        let long = "x".repeat(81);
        for wrong in ["", "  ", &long] {
            assert_eq!(cast.holder.post(&name, &[("name", wrong)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert!(cast.holder.post(&name, &[("name", "<Paule>")]).await.location().ends_with("?done=name"));
        assert!(sees(&mut cast.holder, &page).await.has("&lt;Paule&gt;"));
        // Letters to the holder call them so too.
        let asked = paule.post(&cast.page("rights"), &[("go", "ask"), ("r:service.support", "yes")]).await;
        assert!(asked.location().ends_with("?done=asked"), "{}", asked.text());
        let letter = letters(&cast.home, "rights-asked", 1).await.remove(0);
        assert!(letter.text.contains("<Paule>") && !letter.text.contains("paule.comtois"), "{}", letter.text);
        // A link to the user, and to nobody else; nothing changes by it.
        assert!(sees(&mut cast.holder, &format!("{page}/password")).await.has("You see neither the link nor the password"));
        letters(&cast.home, "user-password", 0).await;
        assert!(cast.holder.post(&format!("{page}/password"), &[("password", "mauvais5mot")]).await.location().ends_with("?done=password"));
        let letter = letters(&cast.home, "user-password", 1).await.remove(0);
        assert_eq!((letter.shown.to.as_str(), events(&cast.home, "user.password-sent").await), ("paule.comtois@exemple.ca", 1));
        assert!(letter.text.contains(&cast.number) && !letter.text.contains(&identifier(&cast).await), "{}", letter.text);
        sees(&mut paule, &cast.page("bills")).await;
        let link = link_in(&letter.text, "/recover/");
        let mut other = cast.holder.other();
        let chosen = other.post(&link, &[("password", "brume4falaise"), ("password_again", "brume4falaise")]).await;
        assert_eq!(chosen.location(), "/sign-in?chosen=1", "{}", chosen.text());
        letters(&cast.home, "password-changed", 1).await;
        assert!(paule.get(&cast.page("bills")).await.location().starts_with("/sign-in"), "sessions from before end");
        for _ in 0..2 {
            cast.holder.post(&format!("{page}/password"), &[]).await;
        }
        assert!(cast.holder.post(&format!("{page}/password"), &[]).await.location().ends_with("?done=wait"), "three an hour");
    }

    async fn usr_2_a_lock_is_lifted_where_the_login_is_of_this_account_alone(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (_, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        let (mut adam, _) = neighbour(&cast).await;
        let (theirs, link) = invite(&mut cast, ("Adam", "adam@travail.example"), &PAYS).await;
        adam.post(&link, &[("with", "own")]).await;
        for name in ["paule.comtois", "adam.roy.2"] {
            for _ in 0..10 {
                cast.holder.other().type_password(name, "autre1mot").await;
            }
        }
        letters(&cast.home, "login-locked", 2).await;
        assert!(sees(&mut cast.holder, &page).await.has("Locked"));
        assert!(!sees(&mut cast.holder, &theirs).await.has("Locked"), "what happens to a login of other accounts is not told");
        assert!(cast.holder.post(&format!("{page}/unlock"), &[]).await.location().ends_with("?done=unlocked"));
        assert_eq!(cast.holder.post(&format!("{page}/unlock"), &[]).await.location(), page, "pressed twice");
        assert_eq!(events(&cast.home, "user.unlocked").await, 1);
        let letter = letters(&cast.home, "user-unlocked", 1).await.remove(0);
        assert!(letter.text.contains(&cast.number) && !letter.text.contains(&identifier(&cast).await), "{}", letter.text);
        assert_eq!(cast.holder.other().sign_in("paule.comtois", PASSWORD).await.location(), "/");
        assert_eq!(cast.holder.post(&format!("{theirs}/unlock"), &[]).await.location(), theirs, "as where there is no lock");
        assert_eq!(count(&cast.home, "logins WHERE locked_at IS NOT NULL").await, 1, "their own link does that");
        // A login that is not locked keeps its failures: the holder does not guess beside the lock.
        for _ in 0..9 {
            cast.holder.other().type_password("paule.comtois", "autre1mot").await;
        }
        assert_eq!(cast.holder.post(&format!("{page}/unlock"), &[]).await.location(), page);
        cast.holder.other().type_password("paule.comtois", "autre1mot").await;
        letters(&cast.home, "login-locked", 3).await;
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_2_a_user_who_is_removed_is_out_and_the_login_goes_with_its_last_account(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        let (mut adam, own) = neighbour(&cast).await;
        let (theirs, link) = invite(&mut cast, ("Adam", "adam@travail.example"), &PAYS).await;
        adam.post(&link, &[("with", "own")]).await;
        assert!(sees(&mut cast.holder, &format!("{page}/remove")).await.has("This cannot be undone"));
        sees(&mut paule, &cast.page("bills")).await;
        for user in [&page, &theirs] {
            assert!(cast.holder.post(&format!("{user}/remove"), &[]).await.location().ends_with("users?done=removed"));
        }
        assert!(paule.get(&cast.page("bills")).await.location().starts_with("/sign-in?return_to="), "out at the next click");
        assert_eq!(cast.holder.other().type_password("paule.comtois", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(adam.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        sees(&mut adam, &format!("/accounts/{own}/bills")).await;
        assert_eq!(count(&cast.home, "user_details WHERE length(name) = 0 AND length(email) = 0").await, 2);
        let told = letters(&cast.home, "user-removed", 2).await;
        assert!(told.iter().any(|mail| mail.shown.to == "paule.comtois@exemple.ca"));
        let identifier = identifier(&cast).await;
        assert!(told.iter().all(|mail| mail.text.contains(&cast.number) && !mail.text.contains(&identifier)));
        // Their username is nobody else's.
        let (_, link) = invite(&mut cast, ("Paule", "paule@exemple.ca"), &PAYS).await;
        assert!(accept(&mut cast.holder.other(), &link, "paule.comtois").await.has("taken"));
        assert_eq!(holder_sees(&mut cast, "users").await.text().matches("class=\"entry\"").count(), 1);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_2_a_login_that_nobody_has_is_found_by_nothing_also_under_new_keys(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (page, link) = invite(&mut cast, ("Paule", "paule@exemple.ca"), &PAYS).await;
        let sql = "SELECT login_id FROM memberships WHERE role = 'secondary'";
        let unnamed: kernel::LoginId = db::scalar(cast.home.db.reader(), sql, []).await.expect("read").expect("one");
        cast.home.add_key().await.expect("added");
        assert_eq!(identity::rotate_logins(&cast.home.db, &cast.home.vault, |_| ()).await.expect("rotated"), 2);
        let reader = cast.home.db.reader();
        assert!(identity::logins_with_email(reader, &cast.home.vault, "paule@exemple.ca").await.expect("read").is_empty());
        for name in ["", &format!("unnamed {unnamed}")] {
            assert_eq!(identity::login_by_username(reader, name).await.expect("read"), None);
            assert_eq!(cast.holder.other().type_password(name, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let mut paule = Visitor::of(&cast.home);
        assert_eq!(accept(&mut paule, &link, "paule.comtois").await.location(), cast.page("overview"));
        assert_eq!(identity::logins_with_email(reader, &cast.home.vault, "paule@exemple.ca").await.expect("read").len(), 1);
        let mut holder = Visitor::of(&cast.home);
        holder.cookies = cast.holder.cookies.clone();
        assert!(sees(&mut holder, &page).await.has("Paule"), "the customer's key is theirs still");
    }

    async fn usr_4_tries_of_others_are_refused_and_a_users_are_shown_to_the_holder(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &[("set", "everything-but-users")]).await;
        let (mut adam, _) = neighbour(&cast).await;
        let nowhere = paule.get("/accounts/0/users").await.text();
        for path in ["users".to_owned(), "users/new".to_owned()].map(|path| cast.page(&path)).into_iter().chain([page.clone(), format!("{page}/rights")]) {
            for visitor in [&mut paule, &mut adam] {
                let answer = visitor.get(&path).await;
                assert!(answer.status == StatusCode::NOT_FOUND, "{path}");
            }
        }
        assert_eq!(adam.get(&cast.page("users")).await.text(), adam.get("/accounts/0/users").await.text());
        assert_eq!(paule.get(&cast.page("users")).await.text(), nowhere);
        let (other, _) = invite(&mut cast, ("Rémi", "remi@exemple.ca"), &PAYS).await;
        let grants = count(&cast.home, "grants").await;
        let give = [("go", "change"), ("rights", "bills.see,bills.pay,cards.manage"), ("before", "bills.see,bills.pay")];
        for visitor in [&mut paule, &mut adam] {
            for path in [format!("{other}/rights"), format!("{other}/remove"), format!("{other}/step"), cast.page("users/new")] {
                assert_eq!(visitor.post(&path, &give).await.status, StatusCode::NOT_FOUND, "{path}");
            }
        }
        assert_eq!((count(&cast.home, "grants").await, events(&cast.home, "rights.refused").await), (grants, 4), "the user's, not the stranger's");
        assert!(sees(&mut cast.holder, &page).await.has("Tried something that only you may do"));
        // A user of another account is not there, and oneself is no user.
        let sql = "SELECT id FROM memberships WHERE role = 'holder' AND account_id = $1";
        let own: MembershipId = db::scalar(cast.home.db.reader(), sql, [cast.account.into()]).await.expect("read").expect("one");
        let foreign = "/accounts/{n}/users".replace("{n}", &number_of(&cast.home, "0001-AAAAA").await);
        let user = membership_in(&page);
        for path in [format!("{foreign}/{user}"), format!("{foreign}/{user}/rights")] {
            assert_eq!(adam.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(adam.post(&format!("{foreign}/{user}/remove"), &[]).await.location().ends_with("done=gone"));
        let oneself = cast.page(&format!("users/{own}"));
        assert_eq!(cast.holder.get(&oneself).await.status, StatusCode::NOT_FOUND);
        assert!(cast.holder.post(&format!("{oneself}/remove"), &[]).await.location().ends_with("done=gone"));
        assert_eq!(count(&cast.home, "memberships WHERE ended_at IS NOT NULL").await, 0);
        let held = actor(&cast.home, &paule).await.reaches[0].held().expect("a user").clone();
        for visitor in [&paule, &adam] {
            assert!(actor(&cast.home, visitor).await.seen_as(&cast.number, &held).is_none(), "a view is the holder's");
        }
        let seen = actor(&cast.home, &cast.holder).await.seen_as(&cast.number, &held).expect("the holder");
        assert!(seen.require(accounts::Right::ManageUsers, &cast.number).is_none());
        for _ in 0..20 {
            paule.post(&format!("{other}/remove"), &[]).await;
        }
        assert_eq!(events(&cast.home, "rights.refused").await, 10, "a user does not fill the history");
    }

    async fn usr_2_the_holder_sees_the_account_as_a_user_does(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        let internet = cast.service("internet").await;
        let view = format!("{page}/view");
        let shown = sees(&mut cast.holder, &view).await;
        assert!(shown.has("This is a view") && shown.has("Amount due") && shown.has("Not shown to this user"), "{}", shown.text());
        let (before, _) = main_of(&shown);
        assert!(before.contains('$') && !before.contains("Internet"), "{before}");
        let wanted = accounts::RightsWanted::default().on(accounts::What::SeeUsage, internet);
        cast.give(membership_in(&page), &wanted).await.expect("given");
        let (text, _) = main_of(&sees(&mut cast.holder, &view).await);
        assert!(!text.contains('$') && text.contains("Internet") && text.contains("See usage") && !text.contains("Telephone"), "{text}");
        // As their own pages do.
        let (own, _) = main_of(&sees(&mut paule, &cast.page("overview")).await);
        assert!(!own.contains('$') && own.contains("Internet") && !own.contains("Telephone"), "{own}");
        cast.give(membership_in(&page), &accounts::RightsWanted::default()).await.expect("given");
        assert!(sees(&mut cast.holder, &view).await.has("holds no rights"));
        assert_eq!(actor(&cast.home, &cast.holder).await.reaches.len(), 1, "nobody's session changed");
        cast.give(membership_in(&page), &Preset::EverythingButUsers.wanted()).await.expect("given");
        let (all, _) = main_of(&sees(&mut cast.holder, &view).await);
        assert!(all.contains("Telephone") && all.contains("Internet") && all.contains('$'), "{all}");
    }

    async fn usr_2_a_new_holder_gives_again_what_was_held_with_one_look(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        holder_leaves(&mut cast).await;
        assert_eq!(paule.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        crate::rights::holder_returns(&mut cast, "eve.tremblay.2").await;
        assert!(holder_sees(&mut cast, "users").await.has("Waiting for you to give rights again"));
        let shown = sees(&mut cast.holder, &page).await;
        assert!(shown.has("Look at it and give it again") && shown.has("<li>Pay</li>"), "{}", shown.text());
        assert!(sees(&mut cast.holder, &format!("{page}/rights?earlier=1")).await.has("name=\"r:bills.pay\" value=\"yes\" checked"));
        cast.holder.post(&format!("{page}/rights"), &[("go", "change"), ("rights", "bills.see,bills.pay"), ("before", "")]).await;
        sees(&mut paule, &cast.page("pay")).await;
    }

    async fn usr_6_every_letter_to_a_user_names_the_account_and_none_of_its_secrets(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        crate::support::put_on_file(&cast.home, &cast.number, "titulaire@exemple.ca").await;
        let (_, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        cast.holder.post(&format!("{page}/rights"), &[("go", "change"), ("rights", "bills.see"), ("before", "bills.see,bills.pay")]).await;
        for (path, form) in [("password", &[][..]), ("step", &[("required", "yes")]), ("step", &[("required", "no")]), ("remove", &[])] {
            cast.holder.post(&format!("{page}/{path}"), form).await;
        }
        let identifier = identifier(&cast).await;
        let mut kinds = Vec::new();
        for mail in mails(&cast.home).await.into_iter().filter(|mail| mail.shown.to == "paule.comtois@exemple.ca") {
            assert!(mail.text.contains(&cast.number) && mail.html.contains(&cast.number), "{}: {}", mail.shown.kind, mail.text);
            for secret in [identifier.as_str(), "titulaire@exemple.ca", "eve@exemple.ca", "Gatineau", "eve.tremblay"] {
                assert!(!mail.text.contains(secret) && !mail.html.contains(secret), "{secret} in {}", mail.shown.kind);
            }
            kinds.push(mail.shown.kind.clone());
        }
        kinds.sort();
        assert_eq!(kinds, ["user-invited", "user-password", "user-removed", "user-rights", "user-step", "user-step-off"]);
    }
}

/// What stands in the main part of a page, and before it.
fn main_of(page: &Answer) -> (String, String) {
    let text = page.text();
    let (before, main) = text.split_once("<main").expect("a page");
    (main.to_owned(), before.to_owned())
}
