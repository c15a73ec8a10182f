//! Who may do what on which account.

use db::{Cells, Db, DbErr, FromCells, FromQueryResult};
use identity::{LOGIN_HAS_STEP, Login, Session, SessionRow, Sightings};
use kernel::{AccountId, Currency, CustomerId, LoginId, MembershipId, Moment, ServiceId, SessionId};
use sea_orm::ConnectionTrait;
use vault::{Vault, VaultError};

use crate::AccountView;
use crate::rights::{FACT_COLUMNS, Held, RightAlarm, RightFact, Services, fold};
use crate::view::{SealedView, VIEW_COLUMNS};

/// Something that may be done on an account (USR-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// To come in at all: whoever may something on the account.
    Enter,
    SeeBills,
    /// To see what services are, and what they cost.
    SeeServices,
    /// To know that services are there, of which one may something.
    KnowServices,
    /// To change services, and to order.
    ChangeServices,
    SeeUsage,
    ManageMailboxes,
    /// To contact support about services.
    ContactSupport,
    Pay,
    /// To keep, choose and remove cards, and to pay with a kept one. Not before the claim of the account is confirmed
    /// (SGN-2): until then an account is open for seeing and paying only.
    ManagePaymentMethods,
    /// To see and change the customer's contact data and preferences (PRO-1). Not before the claim is confirmed (SGN-2).
    ChangeContactData,
    /// To confirm that the claim of the account is the holder's own (SGN-2).
    ConfirmClaim,
    /// To see who saw and changed what on the account (PRO-3): the holder alone, not before the claim is confirmed (SGN-2).
    SeeHistory,
    /// To manage users and their rights: the holder alone (USR-1, USR-4), not before the claim is confirmed (SGN-2).
    ManageUsers,
    /// To give money back (PAY-5): the provider's own people alone.
    Refund,
}

impl Right {
    /// Whether it waits for the confirmation of a claim.
    pub(crate) const fn needs_confirmation(self) -> bool {
        matches!(
            self,
            Self::ManagePaymentMethods
                | Self::ChangeContactData
                | Self::ManageUsers
                | Self::SeeHistory
                | Self::ChangeServices
                | Self::ManageMailboxes
        )
    }

    /// Whether no customer has it.
    pub(crate) const fn is_the_providers(self) -> bool {
        matches!(self, Self::Refund)
    }
}

#[derive(FromQueryResult)]
struct ReachRow {
    account_id: AccountId,
    membership_id: MembershipId,
    /// The membership that holds the account now, where this is not it.
    holder_id: Option<MembershipId>,
    holder_confirmed_at: Option<Moment>,
    number: String,
    segment: String,
    role: String,
    begun_at: Moment,
    confirmed_at: Option<Moment>,
    /// One where the holder wants a second step that the login does not have.
    lacks_step: i32,
    #[sea_orm(nested)]
    account: SealedView,
}

db::row!(ReachRow {
    account_id, membership_id, holder_id, holder_confirmed_at, number, segment, role, begun_at, confirmed_at, lacks_step;
    account
});

/// What makes somebody reach an account.
#[derive(Clone, Debug)]
enum Role {
    Holder {
        confirmed_at: Option<Moment>,
    },
    /// What the holder gave.
    Secondary(Held),
}

/// An account that a login reaches: it may something there.
#[derive(Clone, Debug)]
pub struct Reach {
    account_id: AccountId,
    membership: MembershipId,
    pub number: String,
    pub segment: String,
    role: Role,
    account: SealedView,
}

impl Reach {
    /// Whether it is sure that who claimed the account is its holder (SGN-2); of who holds it not, nothing is asked.
    pub fn is_confirmed(&self) -> bool {
        !matches!(self.role, Role::Holder { confirmed_at: None })
    }

    /// Whether the login holds the account, and is not a secondary user of it (USR-1).
    pub fn is_holder(&self) -> bool {
        matches!(self.role, Role::Holder { .. })
    }

    /// The customer whose account it is, for the holder; a user of it knows nothing of the customer (USR-3).
    pub fn customer(&self) -> Option<CustomerId> {
        self.is_holder().then(|| self.account.customer())
    }

    /// What the holder gave; none for the holder.
    pub fn held(&self) -> Option<&Held> {
        match &self.role {
            Role::Holder { .. } => None,
            Role::Secondary(held) => Some(held),
        }
    }
}

/// Somebody signed in, and what they reach, read for this request.
#[derive(Clone, Debug)]
pub struct Actor {
    pub login: LoginId,
    session: SessionId,
    /// The accounts on which they may something.
    pub reaches: Vec<Reach>,
    /// The accounts of which they are a user who holds no right: not yet, or not while the account has no holder.
    pub waiting: Vec<Waiting>,
    /// The accounts that they do not reach before they have a second step, for the holder wants one (SEC-3).
    pub needs_step: Vec<NeedsStep>,
    /// Rights that are not as a holder gave them; they have no effect (USR-4).
    pub alarms: Vec<RightAlarm>,
    /// Whether a claim opens all rights at once, as the provider's configuration may say.
    claims_open_all: bool,
}

/// The holder who asks to manage users, and the session in which they ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Giver {
    pub(crate) membership: MembershipId,
    pub(crate) session: SessionId,
    pub(crate) claims_open_all: bool,
}

/// A place as a user of an account who holds no right there. No page tells them anything of it, not even its number (USR-3).
#[derive(Clone, Debug)]
pub struct Waiting {
    account: AccountId,
    number: String,
    pub membership: MembershipId,
    /// What was given and opens nothing.
    held: Held,
    /// Since when they have that place.
    pub begun_at: Moment,
    has_holder: bool,
    /// Whether it is sure that who holds the account is its holder (SGN-2).
    is_confirmed: bool,
    lacks_step: bool,
}

/// What somebody who holds nothing on an account can do about it (USR-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingState {
    /// To ask its holder.
    Ask,
    /// The holder wants a second step first (SEC-3).
    NeedsStep,
    /// Nothing: it has no holder, or one whose claim is not confirmed, who is told nothing of its users (SGN-2).
    NoHolder,
}

/// An account that somebody reaches only with a second step, which they do not have.
#[derive(Clone, Debug)]
pub struct NeedsStep {
    account: AccountId,
    pub number: String,
    pub membership: MembershipId,
    /// Since when they have that place.
    pub begun_at: Moment,
}

/// A secondary user on an account, for what they ask its holder.
#[derive(Clone, Debug)]
pub struct Asker {
    pub(crate) account: AccountId,
    pub(crate) membership: MembershipId,
    pub(crate) login: LoginId,
    number: String,
    /// What they hold now.
    pub held: Held,
}

impl Asker {
    /// For its holder: who holds nothing on the account is not told (USR-3).
    pub fn number(&self) -> &str {
        &self.number
    }
}

/// The proof that somebody may do something on an account. Queries on an account's data take the account from here, and the
/// services that they may be about, so that forgetting to ask does not compile.
#[derive(Clone, Debug)]
pub struct Grant {
    account: AccountId,
    number: String,
    right: Right,
    /// None: from the beginning.
    since: Option<Moment>,
    services: Services,
    giver: Option<Giver>,
    /// Who asked; none for work that nobody asked for.
    login: Option<LoginId>,
}

impl Grant {
    pub fn account(&self) -> AccountId {
        self.account
    }

    pub fn number(&self) -> &str {
        &self.number
    }

    pub fn right(&self) -> Right {
        self.right
    }

    /// From when on its bills and payments are for this reader: those from before are a former holder's (PRO-1).
    pub fn since(&self) -> Moment {
        self.since.unwrap_or(Moment::BEGINNING)
    }

    /// The services of the account that it is about: what is not among them is not there. A right on the whole account, given to
    /// a secondary user, is about none.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Who asked for it, for the log; none for work that nobody asked for.
    pub fn login(&self) -> Option<LoginId> {
        self.login
    }

    pub(crate) fn giver(&self) -> Option<Giver> {
        self.giver
    }

    /// For work that no person asked for: bills that are printed, messages that are sent. The one way to a grant without
    /// an actor; every use of it is a job or a command of the operator. No right can be given with it (USR-4).
    pub fn of_the_provider(account: AccountId, number: &str, right: Right) -> Self {
        Self {
            account,
            number: number.to_owned(),
            right,
            since: None,
            services: Services::All,
            giver: None,
            login: None,
        }
    }

    /// The same as the account's customer has it, who may have come after others (PRO-1): for what is written to them.
    #[must_use]
    pub fn as_held(self, since: Option<Moment>) -> Self {
        Self { since, ..self }
    }
}

/// A membership with its facts, as their rows come in.
struct Member {
    row: ReachRow,
    facts: Vec<RightFact>,
}

impl Member {
    /// The reach, and what was wrong with facts.
    fn open(self, vault: &Vault) -> (Reach, Vec<RightAlarm>) {
        let Self { row, facts } = self;
        let (role, alarms) = if row.role == "holder" {
            (Role::Holder { confirmed_at: row.confirmed_at }, Vec::new())
        } else {
            let folded = fold(vault, row.membership_id, row.holder_id, &facts);
            (Role::Secondary(folded.held), folded.alarms)
        };
        let (account_id, membership) = (row.account_id, row.membership_id);
        let reach =
            Reach { account_id, membership, number: row.number, segment: row.segment, role, account: row.account };
        (reach, alarms)
    }
}

#[derive(FromQueryResult)]
struct SignedRow {
    #[sea_orm(nested)]
    session: SessionRow,
    #[sea_orm(nested)]
    reach: Option<ReachRow>,
    #[sea_orm(nested)]
    fact: Option<RightFact>,
}

impl FromCells for SignedRow {
    fn from_cells(cells: &mut Cells) -> Result<Self, DbErr> {
        let (reaches, holds) = (!cells.is_null("account_id")?, !cells.is_null("fact_id")?);
        Ok(Self {
            session: SessionRow::from_cells(cells)?,
            reach: reaches.then(|| ReachRow::from_cells(cells)).transpose()?,
            fact: holds.then(|| RightFact::from_cells(cells)).transpose()?,
        })
    }
}

impl Actor {
    /// Who is signed in with a session's secret, what they reach, and every fact about their rights: one statement, for every
    /// request asks. The MACs of the facts are checked here, so that one that no holder gave has no effect anywhere.
    ///
    /// # Errors
    /// When the database cannot be read, or the login's data cannot be opened.
    pub async fn signed_in(
        db: &Db,
        vault: &Vault,
        sightings: &Sightings,
        secret: &str,
    ) -> Result<Option<(Session, Login, Self)>, VaultError> {
        let (columns, tables) = SessionRow::columns_and_tables();
        // A holder's account has one row; a secondary user's one for each fact.
        let sql = format!(
            "SELECT {columns}, m.account_id, m.id AS membership_id, h.id AS holder_id,
                 h.confirmed_at AS holder_confirmed_at, m.role, m.begun_at, m.confirmed_at,
                 CASE WHEN m.step_required_at IS NULL OR {LOGIN_HAS_STEP} THEN 0 ELSE 1 END AS lacks_step,
                 {VIEW_COLUMNS}, {FACT_COLUMNS} FROM {tables}
             LEFT JOIN memberships m ON m.login_id = l.id AND m.ended_at IS NULL
             LEFT JOIN accounts a ON a.id = m.account_id LEFT JOIN customers c ON c.id = a.customer_id
             LEFT JOIN memberships h ON m.role = 'secondary' AND h.account_id = m.account_id AND h.role = 'holder'
                 AND h.ended_at IS NULL
             LEFT JOIN grants g ON m.role = 'secondary' AND g.membership_id = m.id
             WHERE s.token_hash = $1 ORDER BY m.begun_at, a.number, g.seq"
        );
        let mut members: Vec<Member> = Vec::new();
        let mut session = None;
        for row in db.keyed::<SignedRow>(&sql, &[identity::token_hash(secret).into()]).await? {
            session.get_or_insert(row.session);
            let Some(reach) = row.reach else { continue };
            if members.last().is_none_or(|last| last.row.membership_id != reach.membership_id) {
                members.push(Member { row: reach, facts: Vec::new() });
            }
            if let (Some(last), Some(fact)) = (members.last_mut(), row.fact) {
                last.facts.push(fact);
            }
        }
        let Some(session) = session else { return Ok(None) };
        let Some((session, login)) = session.open(db, vault, sightings)? else { return Ok(None) };
        let mut actor = Self {
            login: login.id,
            session: session.id,
            reaches: Vec::with_capacity(members.len()),
            waiting: Vec::new(),
            needs_step: Vec::new(),
            alarms: Vec::new(),
            claims_open_all: false,
        };
        members.into_iter().for_each(|member| actor.place(member, vault));
        Ok(Some((session, login, actor)))
    }

    /// Whether a membership reaches its account, waits there, or wants a second step first.
    fn place(&mut self, member: Member, vault: &Vault) {
        let lacks_step = member.row.role != "holder" && member.row.lacks_step != 0;
        let (begun_at, has_holder) = (member.row.begun_at, member.row.holder_id.is_some());
        let is_confirmed = member.row.holder_confirmed_at.is_some();
        let (reach, alarms) = member.open(vault);
        self.alarms.extend(alarms);
        // Who holds nothing there knows nothing of it.
        match reach.held().is_some_and(|held| held.answer(Right::Enter).is_none()) {
            true => self.waiting.push(Waiting {
                account: reach.account_id,
                held: reach.held().cloned().unwrap_or_default(),
                number: reach.number,
                membership: reach.membership,
                begun_at,
                has_holder,
                is_confirmed,
                lacks_step,
            }),
            false if lacks_step => {
                let Reach { account_id: account, membership, number, .. } = reach;
                self.needs_step.push(NeedsStep { account, number, membership, begun_at });
            }
            false => self.reaches.push(reach),
        }
    }

    /// The same where the provider's configuration says that nothing waits for the confirmation of a claim (SGN-2).
    #[must_use]
    pub fn with_open_claims(mut self) -> Self {
        self.claims_open_all = true;
        self
    }

    /// The account of a grant that this actor has, as it was when they were read.
    ///
    /// # Errors
    /// When something sealed cannot be opened.
    pub fn view(&self, vault: &Vault, grant: &Grant) -> Result<Option<AccountView>, VaultError> {
        let reach = self.reaches.iter().find(|reach| reach.account_id == grant.account);
        reach.map(|reach| reach.account.open(vault)).transpose()
    }

    /// The first account that they hold: the customer of whom they are known.
    pub fn first_held(&self) -> Option<&Reach> {
        self.reaches.iter().find(|reach| reach.is_holder())
    }

    /// Whether something waits for the confirmation of this actor's claim on an account.
    pub fn is_unconfirmed(&self, number: &str) -> bool {
        !self.claims_open_all && self.reaches.iter().any(|reach| reach.number == number && !reach.is_confirmed())
    }

    /// As a user sees the account who holds that: for its holder, who may look how it is (USR-2). Nobody else gets one. It may less than
    /// they may themselves, and manages no users.
    #[must_use]
    pub fn seen_as(&self, number: &str, held: &Held) -> Option<Self> {
        self.require(Right::ManageUsers, number)?;
        let own = self.reaches.iter().find(|reach| reach.number == number)?;
        let reach = Reach { role: Role::Secondary(held.clone()), ..own.clone() };
        let reaches = held.answer(Right::Enter).map(|_| reach).into_iter().collect();
        Some(Self { reaches, waiting: Vec::new(), needs_step: Vec::new(), alarms: Vec::new(), ..self.clone() })
    }

    /// The secondary user that they are on an account, who may ask its holder for more (USR-5).
    pub fn asker(&self, number: &str) -> Option<Asker> {
        self.require(Right::Enter, number)?;
        let reach = self.reaches.iter().find(|reach| reach.number == number)?;
        let held = reach.held()?.clone();
        let (account, number) = (reach.account_id, reach.number.clone());
        Some(Asker { account, membership: reach.membership, login: self.login, number, held })
    }

    /// What they can do about a place where they hold nothing.
    pub fn waiting_state(&self, place: &Waiting) -> WaitingState {
        match place.has_holder && (place.is_confirmed || self.claims_open_all) {
            false => WaitingState::NoHolder,
            true if place.lacks_step => WaitingState::NeedsStep,
            true => WaitingState::Ask,
        }
    }

    /// As [`Self::asker`] for such a place; none where they cannot ask.
    pub fn waiting_asker(&self, place: &Waiting) -> Option<Asker> {
        let can_ask = self.waiting_state(place) == WaitingState::Ask;
        let (account, membership, login) = (place.account, place.membership, self.login);
        can_ask.then(|| Asker { account, membership, login, number: place.number.clone(), held: place.held.clone() })
    }

    /// The account with that number, where they are a secondary user of it, whatever they may there; for what they try, and are told.
    pub fn user_of(&self, number: &str) -> Option<AccountId> {
        let users = self.reaches.iter().filter(|reach| !reach.is_holder());
        let users = users.map(|reach| (&reach.number, reach.account_id));
        let waiting = self.waiting.iter().map(|place| (&place.number, place.account));
        let closed = self.needs_step.iter().map(|place| (&place.number, place.account));
        users.chain(waiting).chain(closed).find(|(own, _)| *own == number).map(|(_, account)| account)
    }

    /// The number of the account where they may something as a user with that membership.
    pub fn number_of(&self, membership: MembershipId) -> Option<&str> {
        let mut reaches = self.reaches.iter().filter(|reach| !reach.is_holder());
        reaches.find(|reach| reach.membership == membership).map(|reach| reach.number.as_str())
    }

    /// Leave to do something on an account; none when they may not, or there is no such account: the same to them.
    pub fn require(&self, right: Right, number: &str) -> Option<Grant> {
        let reach = self.reaches.iter().find(|reach| reach.number == number)?;
        let services = match &reach.role {
            // The holder may everything, once it is sure who they are.
            Role::Holder { confirmed_at } => {
                let is_sure = confirmed_at.is_some() || self.claims_open_all || !right.needs_confirmation();
                (is_sure && !right.is_the_providers()).then_some(Services::All)?
            }
            // A secondary user what the holder gave, and nothing else.
            Role::Secondary(held) => held.answer(right)?,
        };
        let giver = (right == Right::ManageUsers).then_some(Giver {
            membership: reach.membership,
            session: self.session,
            claims_open_all: self.claims_open_all,
        });
        let since = reach.account.held_since();
        let (account, number, login) = (reach.account_id, reach.number.clone(), Some(self.login));
        Some(Grant { account, number, right, since, services, giver, login })
    }

    /// Leave to do something on one service of an account, as [`Self::require`]; the grant is about that service alone. Whether
    /// the account has such a service, whoever reads or writes it finds out.
    pub fn require_service(&self, right: Right, number: &str, service: ServiceId) -> Option<Grant> {
        let grant = self.require(right, number).filter(|grant| grant.services.contains(service))?;
        Some(Grant { services: Services::Only([service].into()), ..grant })
    }

    /// Which services of an account they see: a grant of [`Right::SeeServices`] about those.
    pub fn services_seen(&self, number: &str) -> Option<Grant> {
        self.require(Right::SeeServices, number)
    }
}

/// The currency of a grant's account.
///
/// # Errors
/// When the database cannot be read; `None` for no such account.
pub async fn currency_of(on: &impl ConnectionTrait, grant: &Grant) -> Result<Option<Currency>, DbErr> {
    db::scalar(on, "SELECT currency FROM accounts WHERE id = $1", [grant.account.into()]).await
}

/// The login of the holder whose account, or whose customer's account, a client identifier names; for signing in with it.
/// None when two logins hold accounts of that customer: then it says not which.
///
/// # Errors
/// When the database cannot be read.
pub async fn login_by_identifier(on: &impl ConnectionTrait, identifier: &str) -> Result<Option<LoginId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        login_id: LoginId,
    }
    // Identifiers are two small letters, digits, and the provider's suffix in capitals; people type them as they like.
    let folded = identity::fold(identifier);
    let Some((letters, rest)) = folded.split_at_checked(2) else { return Ok(None) };
    let identifier = format!("{letters}{}", rest.to_uppercase());
    let sql = "SELECT DISTINCT m.login_id FROM customers c JOIN accounts a ON a.customer_id = c.id
               JOIN memberships m ON m.account_id = a.id AND m.role = 'holder' AND m.ended_at IS NULL
               WHERE c.client_identifier = $1 LIMIT 2";
    let found: Vec<Found> = db::query(on, sql, [identifier.into()]).await?;
    Ok(match found.as_slice() {
        [one] => Some(one.login_id),
        _ => None,
    })
}
