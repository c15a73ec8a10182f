//! Who may do what on which account.

use db::{Cells, Db, DbErr, FromCells, FromQueryResult};
use identity::{Login, Session, SessionRow, Sightings};
use kernel::{AccountId, Currency, LoginId, Moment};
use sea_orm::ConnectionTrait;
use vault::{Vault, VaultError};

use crate::AccountView;
use crate::view::{SealedView, VIEW_COLUMNS};

/// Something that may be done on an account (USR-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    SeeBills,
    SeeServices,
    Pay,
    /// To keep, choose and remove cards, and to pay with a kept one. Not before the claim of the account is confirmed
    /// (SGN-2): until then an account is open for seeing and paying only.
    ManagePaymentMethods,
    /// To see and change the customer's contact data and preferences (PRO-1). Not before the claim is confirmed (SGN-2).
    ChangeContactData,
    /// To confirm that the claim of the account is the holder's own (SGN-2).
    ConfirmClaim,
    /// To give money back (PAY-5): the provider's own people alone.
    Refund,
}

impl Right {
    /// Whether it waits for the confirmation of a claim.
    const fn needs_confirmation(self) -> bool {
        matches!(self, Self::ManagePaymentMethods | Self::ChangeContactData)
    }

    /// Whether no customer has it.
    const fn is_the_providers(self) -> bool {
        matches!(self, Self::Refund)
    }
}

/// An account that a login reaches.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Reach {
    account_id: AccountId,
    pub number: String,
    pub segment: String,
    role: String,
    confirmed_at: Option<Moment>,
    #[sea_orm(nested)]
    account: SealedView,
}

impl Reach {
    /// Whether it is sure that who claimed the account is its holder (SGN-2).
    pub fn is_confirmed(&self) -> bool {
        self.confirmed_at.is_some()
    }
}

db::row!(Reach { account_id, number, segment, role, confirmed_at; account });

/// Somebody signed in, and what they reach, read for this request.
#[derive(Clone, Debug)]
pub struct Actor {
    pub login: LoginId,
    pub reaches: Vec<Reach>,
    /// Whether a claim opens all rights at once, as the provider's configuration may say.
    claims_open_all: bool,
}

/// The proof that somebody may do something on an account. Queries on an account's data take the account from here, so
/// that forgetting to ask does not compile.
#[derive(Clone, Debug)]
pub struct Grant {
    account: AccountId,
    number: String,
    right: Right,
    /// None: from the beginning.
    since: Option<Moment>,
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

    /// For work that no person asked for: bills that are printed, messages that are sent. The one way to a grant without
    /// an actor; every use of it is a job or a command of the operator.
    pub fn of_the_provider(account: AccountId, number: &str, right: Right) -> Self {
        Self { account, number: number.to_owned(), right, since: None }
    }
}

impl Actor {
    /// Who is signed in with a session's secret, and what they reach: one statement, for every request asks.
    ///
    /// # Errors
    /// When the database cannot be read, or the login's data cannot be opened.
    pub async fn signed_in(
        db: &Db,
        vault: &Vault,
        sightings: &Sightings,
        secret: &str,
    ) -> Result<Option<(Session, Login, Self)>, VaultError> {
        #[derive(FromQueryResult)]
        struct Row {
            #[sea_orm(nested)]
            session: SessionRow,
            #[sea_orm(nested)]
            reach: Option<Reach>,
        }
        impl FromCells for Row {
            fn from_cells(cells: &mut Cells) -> Result<Self, DbErr> {
                let reaches = !cells.is_null("account_id")?;
                Ok(Self {
                    session: SessionRow::from_cells(cells)?,
                    reach: reaches.then(|| Reach::from_cells(cells)).transpose()?,
                })
            }
        }
        let (columns, tables) = SessionRow::columns_and_tables();
        let sql = format!(
            "SELECT {columns}, m.account_id, m.role, m.confirmed_at, {VIEW_COLUMNS} FROM {tables}
             LEFT JOIN memberships m ON m.login_id = l.id AND m.ended_at IS NULL
             LEFT JOIN accounts a ON a.id = m.account_id LEFT JOIN customers c ON c.id = a.customer_id
             WHERE s.token_hash = $1 ORDER BY m.begun_at, a.number"
        );
        let mut reaches = Vec::new();
        let mut session = None;
        for row in db.keyed::<Row>(&sql, &[identity::token_hash(secret).into()]).await? {
            session.get_or_insert(row.session);
            reaches.extend(row.reach);
        }
        let Some(session) = session else { return Ok(None) };
        let Some((session, login)) = session.open(db, vault, sightings)? else { return Ok(None) };
        let actor = Self { login: login.id, reaches, claims_open_all: false };
        Ok(Some((session, login, actor)))
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

    /// Whether something waits for the confirmation of this actor's claim on an account.
    pub fn is_unconfirmed(&self, number: &str) -> bool {
        !self.claims_open_all && self.reaches.iter().any(|reach| reach.number == number && !reach.is_confirmed())
    }

    /// Leave to do something on an account; none when they may not, or there is no such account: the same to them.
    pub fn require(&self, right: Right, number: &str) -> Option<Grant> {
        let reach = self.reaches.iter().find(|reach| reach.number == number)?;
        // The holder may everything, once it is sure who they are. What a secondary user may is what the holder gave, and
        // nothing so far.
        let is_sure = reach.is_confirmed() || self.claims_open_all || !right.needs_confirmation();
        let may = reach.role == "holder" && is_sure && !right.is_the_providers();
        may.then(|| Grant {
            account: reach.account_id,
            number: reach.number.clone(),
            right,
            since: reach.account.held_since(),
        })
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
