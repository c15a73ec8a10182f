use kernel::{AccountId, Amount, Currency, CustomerId, Day, Language};
use serde::{Deserialize, Serialize};

use crate::Address;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CustomerKind {
    Person,
    Organisation,
}

impl CustomerKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }
}

/// What kind of contract an account is under (ACC-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Segment {
    Residential,
    Business,
    Hosting,
}

impl Segment {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Residential => "residential",
            Self::Business => "business",
            Self::Hosting => "hosting",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Residential, Self::Business, Self::Hosting].into_iter().find(|segment| segment.code() == code)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BillFormat {
    Electronic,
    Paper,
}

impl BillFormat {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Electronic => "electronic",
            Self::Paper => "paper",
        }
    }
}

/// A customer to be registered. The client identifier is made by [`crate::register`].
#[derive(Clone, Debug)]
pub struct NewCustomer {
    pub id: CustomerId,
    pub external_id: Option<String>,
    pub kind: CustomerKind,
    pub language: Language,
    pub name: Option<String>,
    /// The e-mail on file.
    pub email: Option<String>,
    pub telephone: Option<String>,
}

/// An account to be registered for a customer. The account number is made by [`crate::register`].
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub id: AccountId,
    pub external_id: Option<String>,
    pub segment: Segment,
    pub currency: Currency,
    /// 1 to 28.
    pub cycle_day: i8,
    /// The first day that Guichet bills.
    pub billed_from: Day,
    pub bill_format: BillFormat,
    pub pays_by: Option<String>,
    /// What the previous system charged since the start.
    pub charged_before: Option<Amount>,
    pub address: Address,
    /// How many version numbers its first facts and entries take.
    pub version: i64,
    /// A MAC over what the import understood of the row.
    pub import_mark: Option<Vec<u8>>,
}
