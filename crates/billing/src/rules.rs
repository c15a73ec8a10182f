use std::collections::BTreeMap;

use kernel::Amount;
use serde::{Deserialize, Serialize};

use crate::sender::ProviderFacts;
use taxes::Tax;

/// What the provider decides about its bills, from the configuration. Kept as a version in the database, for a bill is
/// computed again with the rules it was issued under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillingRules {
    /// Days from the bill's date to the day it is due.
    pub due_days: u16,
    /// The codes of the regulatory fees that are billed.
    pub fees: Vec<String>,
    /// The provider's registration number for each tax, as printed on bills.
    pub registrations: BTreeMap<Tax, String>,
    /// Who sends the bills, as they stand on them; none with versions that were kept before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<ProviderFacts>,
    /// Not the provider's to decide: how the program computed when the rules were kept.
    #[serde(default)]
    pub credits: Credits,
}

/// How the tax on credits is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credits {
    /// On a bill's charges less its credits: how bills were computed whose rules do not say.
    #[default]
    Netted,
    /// Against the tax charged for what they give back; and a balance that no bill shows gets one.
    InSteps,
}

impl Default for BillingRules {
    fn default() -> Self {
        let credits = Credits::InSteps;
        Self { due_days: 21, fees: Vec::new(), registrations: BTreeMap::new(), sender: None, credits }
    }
}

impl BillingRules {
    /// The form that is kept: equal rules have equal texts.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// # Errors
    /// When the text is not what [`Self::to_text`] writes.
    pub fn from_text(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// The figures of a bill; the five sections (BIL-1) come from them. They add up:
/// `current_charges` is the sum of service charges, add-ons, taxes and fees, and `total_due` is
/// `previous_balance + payments + current_charges`, where what the customer paid is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub service_charges: Amount,
    pub add_ons: Amount,
    pub gst: Amount,
    pub hst: Amount,
    pub qst: Amount,
    pub pst: Amount,
    pub vat: Amount,
    pub fees: Amount,
    pub previous_balance: Amount,
    pub payments: Amount,
    pub current_charges: Amount,
    pub total_due: Amount,
}

impl Figures {
    pub fn tax_mut(&mut self, tax: Tax) -> &mut Amount {
        match tax {
            Tax::Gst => &mut self.gst,
            Tax::Hst => &mut self.hst,
            Tax::Qst => &mut self.qst,
            Tax::Pst => &mut self.pst,
            Tax::Vat => &mut self.vat,
        }
    }

    /// Figure by figure.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            service_charges: self.service_charges + other.service_charges,
            add_ons: self.add_ons + other.add_ons,
            gst: self.gst + other.gst,
            hst: self.hst + other.hst,
            qst: self.qst + other.qst,
            pst: self.pst + other.pst,
            vat: self.vat + other.vat,
            fees: self.fees + other.fees,
            previous_balance: self.previous_balance + other.previous_balance,
            payments: self.payments + other.payments,
            current_charges: self.current_charges + other.current_charges,
            total_due: self.total_due + other.total_due,
        }
    }

    pub fn taxes(&self) -> Amount {
        self.gst + self.hst + self.qst + self.pst + self.vat
    }

    /// Fills the two sums.
    pub(crate) fn close(&mut self) {
        self.current_charges = self.service_charges + self.add_ons + self.taxes() + self.fees;
        self.total_due = self.previous_balance + self.payments + self.current_charges;
    }
}
