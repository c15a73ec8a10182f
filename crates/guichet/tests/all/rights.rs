//! Who gives rights, to whom, and what ends them (USR-1, USR-2, USR-4).

use accounts::{
    Actor, Attempt, AttemptBy, Given, Grant, Preset, Right, RightsError, RightsWanted, UserLimits, What, add_secondary,
    end_secondary, give_rights,
};
use axum::http::StatusCode;
use guichet::Home;
use identity::{Hasher, NewLogin, Password, Sightings};
use kernel::{AccountId, Language, LoginId, MembershipId, ServiceId};
use testkit::{TestPlace, on_both};

use crate::support::{count, execute, findings, run, with_sample};
use crate::visitor::{PASSWORD, Visitor, number_of};

/// An account of the sample with a telephone and an internet service, its confirmed holder, and a month's bills.
pub(crate) struct Cast {
    pub(crate) home: Home,
    pub(crate) number: String,
    pub(crate) account: AccountId,
    pub(crate) holder: Visitor,
}

impl Cast {
    pub(crate) async fn of(place: &TestPlace) -> Self {
        let mut home = with_sample(place).await;
        // With a till.
        home.config.demonstration = true;
        run(&home, "2026-12").await;
        let number = number_of(&home, "0003-CCCCC").await;
        let mut holder = Visitor::of(&home);
        let done = holder.sign_up((&number, "J8X 3X2"), "eve.tremblay").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
        execute(&home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");
        let account = crate::support::account(&home, "0003-CCCCC").await;
        Self { home, number, account, holder }
    }

    /// What the holder manages users with, asked for now.
    pub(crate) async fn grant(&self) -> Grant {
        actor(&self.home, &self.holder).await.require(Right::ManageUsers, &self.number).expect("the holder")
    }

    /// A user with a login of their own, signed in, who holds nothing yet.
    pub(crate) async fn user(&self, username: &str) -> (Visitor, MembershipId) {
        let login = login(&self.home, username).await;
        let membership = self.add(login).await.expect("added");
        let mut visitor = self.holder.other();
        let done = visitor.sign_in(username, PASSWORD).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        (visitor, membership)
    }

    pub(crate) async fn add(&self, login: LoginId) -> Result<MembershipId, RightsError> {
        let (db, grant) = (&self.home.db, self.grant().await);
        let limits = UserLimits::default();
        db.write(async |tx| add_secondary(db, tx, &grant, (login, &limits)).await).await
    }

    pub(crate) async fn give(&self, to: MembershipId, wanted: &RightsWanted) -> Result<Given, RightsError> {
        give_with(&self.home, &self.grant().await, to, wanted).await
    }

    pub(crate) async fn end(&self, user: MembershipId) -> Result<accounts::Ended, RightsError> {
        let (db, grant) = (&self.home.db, self.grant().await);
        db.write(async |tx| end_secondary(db, tx, &grant, user).await).await
    }

    /// What the account's chain tells of its users and their rights, in order.
    pub(crate) async fn told(&self) -> Vec<audit::StoredEvent> {
        let chain = audit::Chain::Account(self.account);
        let mut told = audit::last_events(self.home.db.reader(), chain, 500).await.expect("read");
        told.retain(|event| ["user.", "rights."].iter().any(|of| event.kind.starts_with(of)));
        told.reverse();
        told
    }

    /// The id of a service of the account.
    pub(crate) async fn service(&self, kind: &str) -> ServiceId {
        service_of(&self.home, self.account, kind).await
    }

    pub(crate) fn page(&self, path: &str) -> String {
        format!("/accounts/{}/{path}", self.number)
    }
}

pub(crate) async fn service_of(home: &Home, account: AccountId, kind: &str) -> ServiceId {
    let sql = "SELECT id FROM services WHERE account_id = $1 AND kind = $2";
    db::scalar(home.db.reader(), sql, [account.into(), kind.into()]).await.expect("read").expect("a service")
}

pub(crate) async fn give_with(
    home: &Home,
    grant: &Grant,
    to: MembershipId,
    wanted: &RightsWanted,
) -> Result<Given, RightsError> {
    let with = (&home.db, home.vault.as_ref());
    home.db.write(async |tx| give_rights(with, tx, grant, (to, wanted), "test").await).await
}

pub(crate) async fn actor(home: &Home, visitor: &Visitor) -> Actor {
    let found = Actor::signed_in(&home.db, &home.vault, &Sightings::default(), &visitor.cookies["session"]).await;
    found.expect("read").expect("a session").2
}

/// A login with nothing.
pub(crate) async fn login(home: &Home, username: &str) -> LoginId {
    let world = home.db.world();
    let hash = Hasher::new(world).hash(world, &Password::new(PASSWORD)).await.expect("hashed");
    let new = NewLogin {
        username: identity::Username::parse(username).expect("a username"),
        password_hash: hash,
        language: Language::En,
        email: format!("{username}@exemple.ca"),
    };
    let made = home.db.write(async |tx| identity::create_login(&home.db, &home.vault, tx, &new).await).await;
    made.expect("a login")
}

fn bills() -> RightsWanted {
    RightsWanted::default().everywhere(What::SeeBills)
}

async fn events(home: &Home, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM audit_events WHERE kind = $1";
    db::scalar(home.db.reader(), sql, [kind.into()]).await.expect("read").expect("a count")
}

/// The holder's own membership ends, as when they delete their login.
pub(crate) async fn holder_leaves(cast: &mut Cast) {
    crate::backup::prove(&cast.home, &mut cast.holder, "delete", None).await;
    let done = cast.holder.post("/profile/delete", &[("sure", "yes")]).await;
    assert_eq!(done.location(), "/profile/deleted", "{}", done.text());
}

/// Somebody signs up to the account again, confirmed.
pub(crate) async fn holder_returns(cast: &mut Cast, username: &str) {
    let mut visitor = cast.holder.other();
    let done = visitor.sign_up((&cast.number, "J8X 3X2"), username).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    execute(&cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL")
        .await
        .expect("confirmed");
    cast.holder = visitor;
}

on_both! {
    async fn usr_1_an_account_has_five_users_besides_its_holder(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let mut added = Vec::new();
        for user in 1..=5 {
            added.push(cast.add(login(&cast.home, &format!("utilisateur.{user}")).await).await.expect("added"));
        }
        let sixth = login(&cast.home, "utilisateur.6").await;
        assert!(matches!(cast.add(sixth).await, Err(RightsError::TooMany(5))));
        cast.end(added[2]).await.expect("ended");
        assert!(matches!(cast.end(added[2]).await, Err(RightsError::NoUser)), "ended twice");
        cast.add(sixth).await.expect("there is room again");
        assert!(matches!(cast.add(sixth).await, Err(RightsError::TooMany(5))));
        let users = accounts::users_of(cast.home.db.reader(), &cast.home.vault, &cast.grant().await).await.expect("read");
        assert_eq!(users.len(), 5);
        assert!(users.iter().all(|user| user.held.is_empty() && user.earlier.is_empty()));
        assert_eq!((events(&cast.home, "user.added").await, events(&cast.home, "user.removed").await), (6, 1));
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_1_nobody_is_a_user_twice_or_of_what_they_hold(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let user = login(&cast.home, "utilisateur.1").await;
        cast.add(user).await.expect("added");
        assert!(matches!(cast.add(user).await, Err(RightsError::IsThere)));
        let holder = actor(&cast.home, &cast.holder).await.login;
        assert!(matches!(cast.add(holder).await, Err(RightsError::IsThere)));
        // Of two buttons at once one adds.
        let other = login(&cast.home, "utilisateur.2").await;
        let (one, two) = tokio::join!(cast.add(other), cast.add(other));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
        assert_eq!(count(&cast.home, "memberships").await, 3);
    }

    async fn usr_4_nobody_but_the_confirmed_holder_has_what_gives_rights(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::EverythingButUsers.wanted()).await.expect("given");
        let (_, other) = cast.user("utilisateur.2").await;
        // Not a user who holds everything.
        assert!(actor(&cast.home, &user).await.require(Right::ManageUsers, &cast.number).is_none());
        // Not the provider, whose people, jobs, commands and import have no other grant than this.
        let provider = Grant::of_the_provider(cast.account, &cast.number, Right::ManageUsers);
        let db = &cast.home.db;
        assert!(matches!(give_with(&cast.home, &provider, other, &bills()).await, Err(RightsError::NotHolder)));
        let added = db.write(async |tx| add_secondary(db, tx, &provider, (LoginId::FIRST, &UserLimits::default())).await).await;
        assert!(matches!(added, Err(RightsError::NotHolder)));
        let ended = db.write(async |tx| end_secondary(db, tx, &provider, other).await).await;
        assert!(matches!(ended, Err(RightsError::NotHolder)));
        assert!(accounts::users_of(db.reader(), &cast.home.vault, &provider).await.is_err());
        // Not with another right of the holder's own.
        let sees = actor(&cast.home, &cast.holder).await.require(Right::SeeBills, &cast.number).expect("the holder");
        assert!(matches!(give_with(&cast.home, &sees, other, &bills()).await, Err(RightsError::NotHolder)));
        // Not the holder of another account, for whom the user is not there.
        let foreign = number_of(&cast.home, "0001-AAAAA").await;
        let mut neighbour = cast.holder.other();
        neighbour.sign_up((&foreign, "H2X 1Y4"), "adam.roy.2").await;
        assert!(actor(&cast.home, &neighbour).await.require(Right::ManageUsers, &foreign).is_none(), "not confirmed");
        execute(&cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL").await.expect("confirmed");
        let theirs = actor(&cast.home, &neighbour).await.require(Right::ManageUsers, &foreign).expect("the neighbour");
        assert!(matches!(give_with(&cast.home, &theirs, other, &bills()).await, Err(RightsError::NoUser)));
        // Not to the holder themselves.
        let sql = "SELECT id FROM memberships WHERE account_id = $1 AND role = 'holder'";
        let own: MembershipId = db::scalar(db.reader(), sql, [cast.account.into()]).await.expect("read").expect("one");
        assert!(matches!(cast.give(own, &bills()).await, Err(RightsError::NoUser)));
        assert!(matches!(cast.end(own).await, Err(RightsError::NoUser)));
        assert!(accounts::find_user(db.reader(), &cast.home.vault, &cast.grant().await, other).await.expect("read")
            .expect("there").held.is_empty());
    }

    async fn usr_4_a_grant_that_was_asked_for_before_the_holder_left_gives_nothing(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (_, membership) = cast.user("utilisateur.1").await;
        let before = cast.grant().await;
        holder_leaves(&mut cast).await;
        assert!(matches!(give_with(&cast.home, &before, membership, &bills()).await, Err(RightsError::NotHolder)));
        assert_eq!(count(&cast.home, "grants").await, 0);
    }

    async fn usr_4_a_session_that_has_ended_gives_nothing(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (_, membership) = cast.user("utilisateur.1").await;
        let before = cast.grant().await;
        cast.holder.post("/sign-out", &[]).await;
        assert!(matches!(give_with(&cast.home, &before, membership, &bills()).await, Err(RightsError::Refused)));
        assert_eq!(count(&cast.home, "grants").await, 0);
    }

    async fn usr_4_rights_are_given_withdrawn_and_known_at_any_moment(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (_, membership) = cast.user("utilisateur.1").await;
        let internet = cast.service("internet").await;
        let start = cast.home.db.world().now();
        place.advance_seconds(60);
        let wanted = bills().on(What::SeeUsage, internet);
        let given = cast.give(membership, &wanted).await.expect("given");
        assert_eq!((given.given.len(), given.withdrawn.len()), (2, 0));
        assert!(cast.give(membership, &wanted).await.expect("the same").is_nothing(), "sent twice");
        assert_eq!((count(&cast.home, "grants").await, events(&cast.home, "rights.changed").await), (2, 1));
        let first = cast.home.db.world().now();
        place.advance_seconds(60);
        let changed = cast.give(membership, &RightsWanted::default().on(What::SeeUsage, internet).everywhere(What::SeeService)).await;
        let changed = changed.expect("changed");
        assert_eq!(changed.given, [(What::SeeService, None)]);
        assert_eq!(changed.withdrawn, [(What::SeeBills, None)]);
        let (grant, reader) = (cast.grant().await, cast.home.db.reader());
        for (moment, held) in [(start, Vec::new()), (first, vec![What::SeeBills, What::SeeUsage]),
            (cast.home.db.world().now(), vec![What::SeeService, What::SeeUsage])] {
            let then = accounts::held_at(reader, &cast.home.vault, &grant, (membership, moment)).await.expect("read");
            assert_eq!(then.iter().map(|(what, _)| what).collect::<Vec<_>>(), held);
        }
        let history = cast.told().await;
        let kinds: Vec<&str> = history.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["user.added", "rights.changed", "rights.changed"]);
        assert_eq!(history[2].details()["withdrawn"], serde_json::json!(["bills.see"]));
        assert!(accounts::verify_rights(&cast.home.db, &cast.home.vault).await.expect("read").is_empty());
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_4_of_two_forms_at_once_both_count_in_their_order(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (user, membership) = cast.user("utilisateur.1").await;
        let cards = RightsWanted::default().everywhere(What::ManagePaymentMethods);
        let bills = bills();
        let (one, two) = tokio::join!(cast.give(membership, &bills), cast.give(membership, &cards));
        assert!(one.is_ok() && two.is_ok());
        let actor = actor(&cast.home, &user).await;
        let has = |right| actor.require(right, &cast.number).is_some();
        assert!(has(Right::SeeBills) != has(Right::ManagePaymentMethods), "the later one decides");
        assert!(actor.alarms.is_empty());
        assert!(accounts::verify_rights(&cast.home.db, &cast.home.vault).await.expect("read").is_empty());
    }

    async fn usr_3_a_service_of_another_account_is_not_given(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (_, membership) = cast.user("utilisateur.1").await;
        let foreign = service_of(&cast.home, crate::support::account(&cast.home, "0002-BBBBB").await, "internet").await;
        let wanted = bills().on(What::SeeUsage, foreign);
        assert!(matches!(cast.give(membership, &wanted).await, Err(RightsError::Refused)));
        let unknown = cast.home.db.world().id();
        let wanted = bills().on(What::SeeUsage, unknown);
        assert!(matches!(cast.give(membership, &wanted).await, Err(RightsError::Refused)));
        assert_eq!((count(&cast.home, "grants").await, events(&cast.home, "rights.changed").await), (0, 0), "nothing of it");
    }

    async fn usr_2_sgn_2_what_a_login_may_still_is_what_it_may_now(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (_, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        let stranger = login(&cast.home, "utilisateur.2").await;
        let of = async |username: &str| {
            identity::login_by_username(cast.home.db.reader(), username).await.expect("read").expect("one")
        };
        let (user, holder) = (of("utilisateur.1").await, of("eve.tremblay").await);
        let (db, vault, account) = (cast.home.db.clone(), cast.home.vault.clone(), cast.account);
        let may = async |login: LoginId, right: Right, opens_all: bool| {
            accounts::may_still(db.reader(), &vault, (account, login), (right, opens_all)).await.expect("read")
        };
        let cards = Right::ManagePaymentMethods;
        assert_eq!((may(user, Right::Pay, true).await, may(user, cards, true).await), (true, false), "what was given");
        assert_eq!((may(stranger, Right::Enter, true).await, may(holder, cards, false).await), (false, true));
        assert!(!may(holder, Right::Refund, true).await, "no customer's");
        let step = cast.page(&format!("users/{membership}/step"));
        for (required, may_pay) in [("yes", false), ("no", true)] {
            cast.holder.post(&step, &[("required", required)]).await;
            assert_eq!(may(user, Right::Pay, true).await, may_pay, "a second step is required: {required}");
        }
        cast.end(membership).await.expect("ended");
        assert!(!may(user, Right::Pay, true).await);
        holder_leaves(&mut cast).await;
        assert!(!may(holder, Right::Pay, true).await);
        // Whoever claims it is its holder, for paying at first.
        let mut claimant = cast.holder.other();
        assert_eq!(claimant.sign_up((&cast.number, "J8X 3X2"), "marc.cote").await.status, StatusCode::SEE_OTHER);
        let claimant = actor(&cast.home, &claimant).await.login;
        let claims = (may(claimant, Right::Pay, false).await, may(claimant, cards, false).await, may(claimant, cards, true).await);
        assert_eq!(claims, (true, false, true));
    }

    async fn usr_4_without_a_holder_users_wait_and_the_one_who_comes_gives_again(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::PaysBills.wanted()).await.expect("given");
        let bills_page = cast.page("bills");
        assert_eq!(user.get(&bills_page).await.status, StatusCode::OK);
        let with_holder = cast.home.db.world().now();
        place.advance_seconds(60);
        holder_leaves(&mut cast).await;
        assert_eq!(user.get(&bills_page).await.status, StatusCode::NOT_FOUND);
        let home = user.get("/").await;
        assert!(home.status == StatusCode::OK && home.has("No access rights at the moment"), "{}", home.text());
        place.advance_seconds(60);
        holder_returns(&mut cast, "eve.tremblay.2").await;
        assert_eq!(user.get(&bills_page).await.status, StatusCode::NOT_FOUND, "nobody knows whether it is the same person");
        let (grant, reader) = (cast.grant().await, cast.home.db.reader());
        let users = accounts::users_of(reader, &cast.home.vault, &grant).await.expect("read");
        let [waiting] = users.as_slice() else { panic!("{users:?}") };
        assert!(waiting.held.is_empty() && waiting.earlier.has(What::Pay) && waiting.earlier.has(What::SeeBills));
        // With one button.
        cast.give(membership, &RightsWanted::of(&waiting.earlier)).await.expect("given again");
        assert_eq!(user.get(&bills_page).await.status, StatusCode::OK);
        let user = accounts::find_user(reader, &cast.home.vault, &grant, membership).await.expect("read").expect("there");
        assert!(user.held.has(What::Pay) && user.earlier.is_empty());
        let then = accounts::held_at(reader, &cast.home.vault, &grant, (membership, with_holder)).await.expect("read");
        assert!(then.has(What::Pay), "what was, was");
    }

    async fn usr_4_a_try_of_somebody_else_is_shown_to_the_holder(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let db = &cast.home.db;
        let site = cast.holder.other();
        for role in identity::Role::ALL {
            crate::staff::staff(&cast.home, &site, role.code()).await;
        }
        let sql = "SELECT id FROM staff LIMIT 1";
        let staff: kernel::StaffId = db::scalar(db.reader(), sql, []).await.expect("read").expect("one");
        let user = login(&cast.home, "utilisateur.1").await;
        for by in [AttemptBy::Login(user), AttemptBy::Staff(staff), AttemptBy::Operator] {
            let attempt = Attempt { account: cast.account, by, what: "give" };
            accounts::note_refused_attempt(db, attempt).await.expect("noted");
        }
        let history = cast.told().await;
        let authors: Vec<&str> = history.iter().map(|event| event.author.as_str()).collect();
        assert_eq!(authors, ["customer", "staff", "operator"]);
        assert!(history.iter().all(|event| event.kind == "rights.refused"));
        // On the chain of the member of staff too.
        assert_eq!(events(&cast.home, "rights.refused").await, 4);
        assert_eq!(count(&cast.home, "grants").await, 0);
        assert_eq!(findings(&cast.home).await, Vec::<String>::new());
    }

    async fn usr_2_what_a_user_did_lately_is_what_they_did_and_nobody_else(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (user, membership) = cast.user("utilisateur.1").await;
        let (other, _) = cast.user("utilisateur.2").await;
        // What the holder does about them names them too.
        cast.give(membership, &bills()).await.expect("given");
        let (user, other) = (actor(&cast.home, &user).await.login, actor(&cast.home, &other).await.login);
        let acts = async |login| {
            let acts = accounts::acts_of(cast.home.db.reader(), &cast.grant().await, login).await.expect("read");
            acts.into_iter().map(|event| event.kind).collect::<Vec<_>>()
        };
        assert_eq!(acts(user).await, Vec::<String>::new());
        for login in [user, other, other] {
            let attempt = Attempt { account: cast.account, by: AttemptBy::Login(login), what: "give" };
            accounts::note_refused_attempt(&cast.home.db, attempt).await.expect("noted");
        }
        assert_eq!((acts(user).await, acts(other).await.len()), (vec!["rights.refused".to_owned()], 2));
    }

    async fn usr_4_import_and_bill_runs_change_no_right(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let (mut user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &bills()).await.expect("given");
        let file = crate::support::examples().join("sample.csv");
        crate::support::try_import(&cast.home, &crate::support::telco(), &file).await.expect("imported again");
        run(&cast.home, "2026-12").await;
        assert_eq!((count(&cast.home, "grants").await, count(&cast.home, "memberships").await), (1, 2));
        assert_eq!(user.get(&cast.page("bills")).await.status, StatusCode::OK);
        assert_eq!(user.get(&cast.page("pay")).await.status, StatusCode::NOT_FOUND);
    }

    async fn sgn_2_where_no_claim_waits_the_first_right_given_confirms_it(place: &TestPlace) {
        let mut home = with_sample(place).await;
        home.config.claims_wait = false;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut holder = Visitor::of(&home);
        holder.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        let waits = actor(&home, &holder).await;
        assert!(waits.require(Right::ManageUsers, &number).is_none());
        let grant = waits.with_open_claims().require(Right::ManageUsers, &number).expect("open");
        let user = login(&home, "utilisateur.1").await;
        let limits = UserLimits::default();
        let added = home.db.write(async |tx| add_secondary(&home.db, tx, &grant, (user, &limits)).await).await;
        give_with(&home, &grant, added.expect("added"), &bills()).await.expect("given");
        assert_eq!(events(&home, "holder.confirmed").await, 1);
    }
}
