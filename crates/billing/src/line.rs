//! What a bill says, line by line. Kept with the bill as JSON, under a schema version: an issued bill is read for as long
//! as it is kept, so a change of form is a new version, never a changed one.

use kernel::{Amount, Day, EntryId, Rate, Region, ServiceId, Span};
use serde::{Deserialize, Serialize};

use taxes::Tax;

/// The form of [`Content`] that this program writes.
pub const SCHEMA: i16 = 1;

/// Which section of the bill a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    Service,
    AddOn,
    Fee,
}

/// Why a line stands on this bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The cycle that this bill is for.
    Recurring,
    /// Days of an earlier cycle that were not charged then.
    Late,
    /// Days that were charged before and should not have been.
    Credit,
}

/// What is charged: days of one cycle bear one of these, each at most once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Charge {
    pub service: ServiceId,
    pub section: Section,
    /// The kind of service, by its code.
    pub kind: String,
    /// The plan, add-on or fee, by its code.
    pub item: String,
    /// The cycle that the days belong to.
    pub cycle: Span,
    /// The price of the whole cycle.
    pub price: Amount,
    /// Charged by day; else the whole price for any day.
    pub prorated: bool,
    pub region: Region,
    /// Taxes that are not due on it: by the catalogue, or by an exemption of the account. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untaxed: Vec<Tax>,
}

impl Charge {
    /// The charge for so many days of the cycle.
    pub fn amount(&self, days: u32) -> Amount {
        match (self.prorated, days) {
            (_, 0) => Amount::ZERO,
            (true, days) => self.price.prorated(days, self.cycle.days()),
            (false, _) => self.price,
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// 1, 2, 3… within the bill; a dispute names it.
    pub id: u32,
    #[serde(flatten)]
    pub charge: Charge,
    pub cause: Cause,
    /// The days that it charges or credits.
    pub days: Span,
    /// Before tax; negative for a credit.
    pub amount: Amount,
    /// The day whose tax rates hold; of a credit, that of the charge it undoes.
    pub tax_point: Day,
}

/// One tax at one rate in one region, computed once on the total of what it is due on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxLine {
    pub tax: Tax,
    pub region: Region,
    pub rate: Rate,
    pub base: Amount,
    pub amount: Amount,
}

/// A ledger entry since the previous bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    pub entry: EntryId,
    /// As `payment`, by [`crate::EntryKind::code`].
    pub kind: String,
    pub on: Day,
    /// What it adds to the balance; a payment is negative.
    pub amount: Amount,
}

/// All that a bill says besides its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub lines: Vec<Line>,
    pub taxes: Vec<TaxLine>,
    pub movements: Vec<Movement>,
}
