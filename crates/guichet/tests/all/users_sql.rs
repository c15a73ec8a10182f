//! Invitations and requests against somebody with access to the database (USR-2, USR-4, USR-5): what the triggers refuse, and that what they
//! let through gives nothing.

use axum::http::StatusCode;
use guichet::Home;
use testkit::on_both;

use crate::rights::{Cast, login};
use crate::rights_sql::{bytes, id, is_refused};
use crate::support::{count, execute};
use crate::users::{PAYS, accept, invite, membership_in, neighbour, user};
use crate::visitor::{PASSWORD, number_of};

/// What is kept of a secret, as SQL.
fn hash(home: &Home, secret: &str) -> String {
    bytes(home, &data_encoding::HEXLOWER.encode(&identity::token_hash(secret)))
}

const HOLDER: &str = "(SELECT h.id FROM memberships h JOIN accounts a ON a.id = h.account_id
    WHERE h.role = 'holder' AND h.ended_at IS NULL AND a.external_id = '0003-CCCCC')";
const AT: &str = "'2026-11-21T17:00:00+00:00', '2030-01-01T00:00:00+00:00'";

fn forged(home: &Home, secret: &str, (membership, inviter): (&str, &str)) -> String {
    let token = hash(home, secret);
    format!(
        "INSERT INTO invitations (token_hash, membership_id, inviter_id, sent_at, expires_at) VALUES ({token}, {membership}, {inviter}, {AT})"
    )
}

on_both! {
    async fn usr_4_the_database_refuses_invitations_that_no_holder_sent(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (_, active) = user(&mut cast, "paule.comtois", &PAYS).await;
        let (_, foreign_number) = neighbour(&cast).await;
        let (page, _) = invite(&mut cast, ("Rémi", "remi@exemple.ca"), &PAYS).await;
        let home = &cast.home;
        let words = "invites to a place that nobody has";
        let (active, invited) = (id(home, membership_in(&active)), id(home, membership_in(&page)));
        let foreign = format!("(SELECT m.id FROM memberships m JOIN accounts a ON a.id = m.account_id WHERE a.number = '{foreign_number}')");
        // To a place that somebody has; of the user, of another account's holder; to the holder; a second at once.
        is_refused(home, &forged(home, "a", (&active, HOLDER)), words).await;
        is_refused(home, &forged(home, "a", (&invited, &active)), words).await;
        is_refused(home, &forged(home, "a", (&invited, &foreign)), words).await;
        is_refused(home, &forged(home, "a", (HOLDER, HOLDER)), words).await;
        match home.db.engine() {
            db::Engine::Sqlite => is_refused(home, &forged(home, "a", (&invited, HOLDER)), words).await,
            db::Engine::Postgres => assert!(execute(home, &forged(home, "a", (&invited, HOLDER))).await.is_err()),
        }
        // What was sent stays as it was, and ends once.
        let kept = "does not change, and ends once";
        for change in ["expires_at = '2040-01-01T00:00:00+00:00'", "inviter_id = membership_id", "sent_at = expires_at"] {
            is_refused(home, &format!("UPDATE invitations SET {change} WHERE used_at IS NULL"), kept).await;
        }
        is_refused(home, "UPDATE invitations SET used_at = NULL WHERE used_at IS NOT NULL", kept).await;
        is_refused(home, &format!("UPDATE invitations SET token_hash = {}", hash(home, "a")), kept).await;
        is_refused(home, "DELETE FROM invitations", "not deleted|append-only").await;
        // A place that somebody has is nobody else's, and a holder's is nobody's; nor does the place of an invitation that is used.
        let thief = id(home, login(home, "voleur.de.place").await);
        let kept = "a membership does not change";
        is_refused(home, &format!("UPDATE memberships SET login_id = {thief} WHERE id = {active}"), kept).await;
        is_refused(home, &format!("UPDATE memberships SET login_id = {thief} WHERE role = 'holder'"), kept).await;
        execute(home, "UPDATE invitations SET replaced_at = sent_at WHERE used_at IS NULL").await.expect("written");
        is_refused(home, &format!("UPDATE memberships SET login_id = {thief} WHERE id = {invited}"), kept).await;
        execute(home, &format!("UPDATE memberships SET ended_at = begun_at WHERE id = {invited}")).await.expect("written");
        is_refused(home, &forged(home, "a", (&invited, HOLDER)), words).await;
        assert_eq!(cast.holder.get(&page).await.status, StatusCode::NOT_FOUND);
    }

    async fn usr_4_a_place_made_by_hand_holds_nothing_and_its_link_gives_nothing(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (_, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        let (other, _) = invite(&mut cast, ("Rémi", "remi@exemple.ca"), &PAYS).await;
        let home = &cast.home;
        // A login that nobody has, a place for it, a link: all of it as the program would write it.
        let unnamed = home.db.write(async |tx| {
            identity::create_unnamed_login(&home.db, &home.vault, tx, (kernel::Language::En, "moi@exemple.ca")).await
        });
        let (unnamed, forged_place) = (unnamed.await.expect("made"), home.db.world().uuid());
        let account = id(home, cast.account);
        let sql = format!("INSERT INTO memberships (id, login_id, account_id, role, origin, begun_at)
            VALUES ({}, {}, {account}, 'secondary', 'invitation', '2026-11-21T17:00:00+00:00')", id(home, forged_place), id(home, unnamed));
        execute(home, &sql).await.expect("it is a membership like others");
        execute(home, &forged(home, "mine", (&id(home, forged_place), HOLDER))).await.expect("written");
        // With the rights of another copied to it, which the triggers let through where the holder has a session.
        let copy = format!("INSERT INTO grants SELECT {}, account_id, {}, 1, what, service_id, act, giver_id, session_id, at, reason, previous, mac
            FROM grants WHERE membership_id = {} AND seq = 1", id(home, home.db.world().uuid()), id(home, forged_place), id(home, membership_in(&page)));
        execute(home, &copy).await.expect("the triggers see nothing wrong");
        let mut thief = cast.holder.other();
        assert_eq!(accept(&mut thief, "/invitation/mine", "voleur.de.place").await.location(), "/");
        assert_eq!(thief.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
        assert!(thief.get("/").await.has("No access rights at the moment"));
        let doubts = accounts::verify_rights(&home.db, &home.vault).await.expect("read");
        assert!(doubts.iter().any(|doubt| doubt.to_string().contains("was forged")), "{doubts:?}");
        // And the holder sees who is there.
        assert!(cast.holder.get(&cast.page("users")).await.has("voleur.de.place"));
        assert!(cast.holder.get(&other).await.has("Invited"));
    }

    async fn usr_4_rights_in_an_invitation_are_under_the_same_macs(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (page, link) = invite(&mut cast, ("Rémi", "remi@exemple.ca"), &PAYS).await;
        let home = &cast.home;
        let invited = id(home, membership_in(&page));
        is_refused(home, "UPDATE grants SET what = 'cards.manage'", "append-only").await;
        // Added by hand to what was given: it opens nothing, and what was given goes on.
        let sql = format!("INSERT INTO grants SELECT {}, account_id, membership_id, 3, 'cards.manage', service_id, act, giver_id, session_id,
            at, reason, mac, mac FROM grants WHERE membership_id = {invited} AND seq = 2", id(home, home.db.world().uuid()));
        execute(home, &sql).await.expect("the triggers see nothing wrong");
        assert!(!cast.holder.other().get(&link).await.has("Manage saved cards"));
        let mut remi = cast.holder.other();
        accept(&mut remi, &link, "remi.gagnon").await;
        assert_eq!(remi.get(&cast.page("bills")).await.status, StatusCode::OK);
        assert_eq!(remi.get(&cast.page("cards/new")).await.status, StatusCode::NOT_FOUND);
        // The same link again, set back by hand: the place is somebody's.
        match home.db.engine() {
            db::Engine::Sqlite => execute(home, "DROP TRIGGER invitations_keep").await.expect("dropped"),
            db::Engine::Postgres => execute(home, "DROP TRIGGER invitations_begin ON invitations").await.expect("dropped"),
        };
        execute(home, "UPDATE invitations SET used_at = NULL").await.expect("written");
        let again = accept(&mut cast.holder.other(), &link, "quelquun.autre").await;
        assert_ne!(again.status, StatusCode::SEE_OTHER, "{}", again.location());
        let (mut adam, _) = neighbour(&cast).await;
        assert_ne!(adam.post(&link, &[("with", "own")]).await.location(), cast.page("overview"));
        assert_eq!(adam.get(&cast.page("bills")).await.status, StatusCode::NOT_FOUND);
    }

    async fn usr_5_the_database_keeps_requests_and_only_the_holder_answers(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut paule, page) = user(&mut cast, "paule.comtois", &PAYS).await;
        neighbour(&cast).await;
        paule.post(&cast.page("rights"), &[("go", "ask"), ("r:cards.manage", "yes")]).await;
        let home = &cast.home;
        let words = "answered once, by the holder";
        let user = id(home, membership_in(&page));
        let foreign = number_of(home, "0001-AAAAA").await;
        let foreign = format!("(SELECT m.id FROM memberships m JOIN accounts a ON a.id = m.account_id WHERE a.number = '{foreign}')");
        for by in [&user, &foreign] {
            is_refused(home, &format!("UPDATE right_requests SET outcome = 'accepted', answered_at = asked_at, answered_by = {by}"), words).await;
        }
        is_refused(home, "UPDATE right_requests SET wanted = 'bills.see'", words).await;
        is_refused(home, "DELETE FROM right_requests", "not deleted|append-only").await;
        assert!(execute(home, "UPDATE right_requests SET outcome = 'accepted', answered_at = asked_at").await.is_err());
        let again = format!("INSERT INTO right_requests (id, account_id, membership_id, wanted, asked_at)
            SELECT {}, account_id, {}, wanted, asked_at FROM right_requests", id(home, home.db.world().uuid()), HOLDER);
        is_refused(home, &again, "users of the account ask").await;
        // Answered by hand as if by the holder: nothing was given.
        execute(home, &format!("UPDATE right_requests SET outcome = 'accepted', answered_at = asked_at, answered_by = {HOLDER}")).await.expect("written");
        assert_eq!(paule.get(&cast.page("cards/new")).await.status, StatusCode::NOT_FOUND);
        is_refused(home, "UPDATE right_requests SET outcome = 'refused'", words).await;
        assert_eq!(count(home, "right_requests").await, 1);
        assert_eq!(cast.holder.other().type_password("paule.comtois", PASSWORD).await.status, StatusCode::SEE_OTHER);
    }
}
