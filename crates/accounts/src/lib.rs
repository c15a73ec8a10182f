//! Customers and their accounts: who they are, how they are numbered, and how their personal data is kept.

mod address;
mod customer;
mod identifier;
mod number;
mod register;
mod rotation;
mod store;

pub use address::Address;
pub use customer::{BillFormat, CustomerKind, NewAccount, NewCustomer, Segment};
pub use identifier::{ClientIdentifier, Suffix, SuffixError};
pub use number::{AccountNumber, AccountNumberError};
pub use register::{RegisterError, Registered, register, register_account};
pub use rotation::{count_under_other_keys, rotate_customers};
pub use store::{
    AccountIdentity, AccountTerms, Contact, find_by_external_ids, find_contact_by_identifier, hold_key, hold_range,
    imported_marks, next_version, terms_of_range,
};

use db::Migration;

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![Migration {
        name: "m0301_accounts",
        what: "customers and accounts",
        sql: include_str!("migrations/0001_accounts.sql"),
    }]
}
