//! Registration: customers and accounts get their numbers, their personal data is sealed, rows are written.

use std::collections::HashSet;

use db::{Db, DbErr, DbFault, Rows, Tx, Value};
use kernel::{CustomerId, Moment};
use vault::{DataKey, Indexed, Place, Vault, VaultError, Wrapped};

use crate::store::hold_key;
use crate::{AccountNumber, ClientIdentifier, NewAccount, NewCustomer, Suffix};

/// Draws after which we give up looking for a free number; by then a draw has ten digits more than are needed.
const MOST_ROUNDS: u32 = 40;

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("no free number was found: too many are taken")]
    NoFreeNumber,
    #[error("there is no customer {0}, or their personal data was erased")]
    NoCustomer(CustomerId),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for RegisterError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Vault(error) => error.db_err(),
            Self::NoFreeNumber | Self::NoCustomer(_) => None,
        }
    }
}

/// A customer that was registered with the account, and the key under which more of theirs may be sealed.
pub struct Registered {
    pub identifier: ClientIdentifier,
    pub number: AccountNumber,
    pub key: DataKey,
}

/// Registers each customer with an account, in the caller's transaction; gives them in the same order.
///
/// # Errors
/// A duplicate key when an `external_id` is registered already, or when somebody else drew the same number meanwhile
/// (begin the transaction again then).
pub async fn register(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    suffix: &Suffix,
    new: &[(NewCustomer, NewAccount)],
) -> Result<Vec<Registered>, RegisterError> {
    let names: Vec<Option<&str>> = new.iter().map(|(customer, _)| customer.name.as_deref()).collect();
    let identifiers = draw_free(tx, "customers", "client_identifier", new.len(), |index, round| {
        ClientIdentifier::draw(db.world(), names[index], suffix, round).to_string()
    });
    let numbers = draw_free(tx, "accounts", "number", new.len(), |_, _| AccountNumber::draw(db.world()).to_string());
    let (identifiers, numbers) = (identifiers.await?, numbers.await?);

    let mut customer_rows = Rows::new("customers", &CUSTOMER_COLUMNS);
    let mut account_rows = Rows::new("accounts", &ACCOUNT_COLUMNS);
    let now = db.world().now();
    let mut registered = Vec::with_capacity(new.len());
    for (((customer, account), identifier), number) in new.iter().zip(identifiers).zip(numbers) {
        let (key, wrapped) = vault.new_data_key(customer.id)?;
        customer_rows.push(customer_row(vault, customer, &identifier, (&key, wrapped), now)?);
        account_rows.push(account_row(vault, customer.id, account, (&key, &number), now)?);
        let known = |_| RegisterError::NoFreeNumber;
        registered.push(Registered { identifier: identifier.into(), number: number.parse().map_err(known)?, key });
    }
    customer_rows.insert(tx).await?;
    account_rows.insert(tx).await?;
    Ok(registered)
}

/// Registers a customer without an account, who is to hold one that exists (PRO-1), in the caller's transaction.
///
/// # Errors
/// A duplicate key as [`register`].
pub(crate) async fn register_customer(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    suffix: &Suffix,
    new: &NewCustomer,
) -> Result<(), RegisterError> {
    let identifiers = draw_free(tx, "customers", "client_identifier", 1, |_, round| {
        ClientIdentifier::draw(db.world(), new.name.as_deref(), suffix, round).to_string()
    });
    let identifiers = identifiers.await?;
    let identifier = identifiers.first().ok_or(RegisterError::NoFreeNumber)?;
    let (key, wrapped) = vault.new_data_key(new.id)?;
    let mut rows = Rows::new("customers", &CUSTOMER_COLUMNS);
    rows.push(customer_row(vault, new, identifier, (&key, wrapped), db.world().now())?);
    Ok(rows.insert(tx).await.map(|_| ())?)
}

/// Registers a further account of a customer (ACC-3), in the caller's transaction, and gives its number and the customer's
/// key, under which its services may be sealed.
///
/// # Errors
/// [`RegisterError::NoCustomer`] when there is no such customer or their personal data was erased; a duplicate key as
/// [`register`].
pub async fn register_account(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    customer: CustomerId,
    account: &NewAccount,
) -> Result<(AccountNumber, DataKey), RegisterError> {
    let key = hold_key(tx, vault, customer).await?.ok_or(RegisterError::NoCustomer(customer))?;
    let numbers = draw_free(tx, "accounts", "number", 1, |_, _| AccountNumber::draw(db.world()).to_string()).await?;
    let number = numbers.first().ok_or(RegisterError::NoFreeNumber)?;
    let mut rows = Rows::new("accounts", &ACCOUNT_COLUMNS);
    rows.push(account_row(vault, customer, account, (&key, number), db.world().now())?);
    rows.insert(tx).await?;
    Ok((number.parse().map_err(|_| RegisterError::NoFreeNumber)?, key))
}

const CUSTOMER_COLUMNS: [&str; 13] = [
    "id",
    "client_identifier",
    "external_id",
    "kind",
    "language",
    "data_key",
    "key_id",
    "name",
    "email",
    "telephone",
    "email_index",
    "telephone_index",
    "created_at",
];

fn customer_row(
    vault: &Vault,
    customer: &NewCustomer,
    identifier: &str,
    (key, wrapped): (&DataKey, Wrapped),
    now: Moment,
) -> Result<[Value; 13], VaultError> {
    let seal = |column, value: &Option<String>| {
        let place = Place { column, row: customer.id.uuid() };
        value.as_deref().map(|value| vault.seal(key, place, value)).transpose()
    };
    let index = |field, value: &Option<String>| value.as_deref().map(|value| vault.index(field, value));
    Ok([
        customer.id.into(),
        identifier.into(),
        customer.external_id.clone().into(),
        customer.kind.code().into(),
        customer.language.into(),
        wrapped.bytes.into(),
        wrapped.key_id.into(),
        seal("customers.name", &customer.name)?.into(),
        seal("customers.email", &customer.email)?.into(),
        seal("customers.telephone", &customer.telephone)?.into(),
        index(Indexed::Email, &customer.email).into(),
        index(Indexed::Telephone, &customer.telephone).into(),
        now.into(),
    ])
}

const ACCOUNT_COLUMNS: [&str; 16] = [
    "id",
    "customer_id",
    "number",
    "external_id",
    "segment",
    "currency",
    "cycle_day",
    "billed_from",
    "bill_format",
    "pays_by",
    "charged_before",
    "address",
    "postal_index",
    "version",
    "import_mark",
    "created_at",
];

fn account_row(
    vault: &Vault,
    customer: CustomerId,
    account: &NewAccount,
    (key, number): (&DataKey, &str),
    now: Moment,
) -> Result<[Value; 16], VaultError> {
    let place = Place { column: "accounts.address", row: account.id.uuid() };
    let address = crate::store::address_text(&account.address);
    let address = address.map(|text| vault.seal(key, place, &text)).transpose()?;
    let postal_code = account.address.postal_code.as_deref();
    Ok([
        account.id.into(),
        customer.into(),
        number.into(),
        account.external_id.clone().into(),
        account.segment.code().into(),
        account.currency.into(),
        i16::from(account.cycle_day).into(),
        account.billed_from.into(),
        account.bill_format.code().into(),
        account.pays_by.clone().into(),
        account.charged_before.into(),
        address.into(),
        postal_code.map(|code| vault.index(Indexed::PostalCode, code)).into(),
        account.version.into(),
        account.import_mark.clone().into(),
        now.into(),
    ])
}

/// Draws `count` values that differ from each other and from those in the table.
async fn draw_free(
    tx: &Tx,
    table: &'static str,
    column: &'static str,
    count: usize,
    draw: impl Fn(usize, u32) -> String,
) -> Result<Vec<String>, RegisterError> {
    let mut drawn: Vec<String> = vec![String::new(); count];
    let mut missing: Vec<usize> = (0..count).collect();
    for round in 0..MOST_ROUNDS {
        for index in &missing {
            drawn[*index] = draw(*index, round);
        }
        let taken = taken(tx, table, column, missing.iter().map(|index| drawn[*index].as_str())).await?;
        let mut seen: HashSet<&str> = HashSet::with_capacity(count);
        // Those settled in earlier rounds first, so that it is the newly drawn double that is drawn again.
        let settled = |index: &usize| missing.binary_search(index).is_ok();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(settled);
        let again = order.iter().copied().filter(|index| taken.contains(&drawn[*index]) | !seen.insert(&drawn[*index]));
        let mut again: Vec<usize> = again.collect();
        again.sort_unstable();
        missing = again;
        if missing.is_empty() {
            return Ok(drawn);
        }
    }
    Err(RegisterError::NoFreeNumber)
}

async fn taken(
    tx: &Tx,
    table: &str,
    column: &str,
    values: impl ExactSizeIterator<Item = &str>,
) -> Result<HashSet<String>, DbErr> {
    #[derive(sea_orm::FromQueryResult)]
    struct Taken {
        value: String,
    }
    let places = db::places(1, values.len());
    let sql = format!("SELECT {column} AS value FROM {table} WHERE {column} IN ({places})");
    let rows: Vec<Taken> = db::query(tx, &sql, values.map(Value::from)).await?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}
