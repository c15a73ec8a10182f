//! A bill as people read it. Every text here is final, in the customer's language: the page and the PDF draw this and
//! nothing else, so that they say the same in the same order.

use jiff::civil::Date;
use kernel::Language;
use serde::{Deserialize, Serialize};
use web::Labelled;

/// A text that leads somewhere wherever it stands on paper: the provider's site, its e-mail address, where to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentLink {
    /// As it stands there, as “clients.boreal.example”.
    pub text: String,
    /// As `https://…` or `mailto:…`.
    pub href: String,
}

/// A heading with the text below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    pub title: String,
    pub text: String,
}

/// A line of a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentLine {
    /// The line's number within the bill; none for lines that are sums of the section (taxes, payments).
    pub id: Option<u32>,
    /// In plain words, as “Internet 100”.
    pub what: String,
    /// Days, rate, the reason of a credit: whatever explains the amount.
    pub detail: Option<String>,
    /// As the language writes it, as “24,85 $”.
    pub amount: String,
}

/// One of the five sections (BIL-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentSection {
    /// The section's name in addresses within the page, as `service-charges`.
    pub id: std::borrow::Cow<'static, str>,
    pub title: String,
    /// What the section is, in plain words.
    pub explanation: String,
    pub lines: Vec<DocumentLine>,
    pub total: Labelled,
}

/// The part that goes back with a cheque.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemittanceSlip {
    pub title: String,
    pub instruction: String,
    /// Account number, bill number, amount due, date due.
    pub facts: Vec<Labelled>,
    /// Where “Amount enclosed” is to be written.
    pub enclosed: String,
    /// To whom and where.
    pub address: Vec<String>,
    /// Digits that a reader of slips takes: account number, bill number, amount in cents, check digit.
    pub code_line: String,
}

/// The provider, as it stands on a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub name: String,
    pub address: Vec<String>,
    /// Telephone, TTY, e-mail, site.
    pub reach: Vec<Labelled>,
    /// Tax registration numbers.
    pub registrations: Vec<Labelled>,
}

/// The receipt of a payment (PAY-1), of which every text is final as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub language: Language,
    pub large_print: bool,
    /// The day on which it was paid.
    pub issued: Date,
    pub title: String,
    pub sender: Sender,
    /// Name and postal address of the customer, a line each.
    pub addressee: Vec<String>,
    /// At the top right (ACC-2), with the account number below it.
    pub identifier: Labelled,
    pub account: Labelled,
    pub amount: Labelled,
    /// What was done, in one sentence.
    pub lead: String,
    /// Reference, moment, card, bills.
    pub facts: Vec<Labelled>,
    /// What went back so far, where something did.
    pub refunds: Option<DocumentSection>,
    pub links: Vec<DocumentLink>,
    /// As [`Document::page_label`].
    pub page_label: String,
}

/// A whole bill. What was kept of an issued one is read for as long as it is kept: a new field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub language: Language,
    /// Larger letters, for customers who asked (BIL-4).
    pub large_print: bool,
    /// The day of issue, which the PDF has to give as its date (PDF/A); people read it among the facts.
    pub issued: Date,
    /// As “Bill of 1 December 2026”.
    pub title: String,
    pub sender: Sender,
    /// Name and postal address of the customer, a line each.
    pub addressee: Vec<String>,
    /// At the top right (ACC-2).
    pub identifier: Labelled,
    /// Account number, bill number, period, date of issue; where the service is, if all are at one place.
    pub facts: Vec<Labelled>,
    /// The two largest things: the total and the day it is due, where something is to pay.
    pub total_due: Labelled,
    pub due: Option<Labelled>,
    /// That nothing is to pay, in its stead.
    #[serde(default)]
    pub settled: Option<String>,
    /// That this is the account as of the day of issue, and where today's balance is: for paper, which stays as it is.
    #[serde(default)]
    pub as_of: Option<String>,
    /// What differs from the previous bill, in one sentence.
    pub difference: Option<String>,
    pub sections: Vec<DocumentSection>,
    /// How to pay, way by way, online first; no way where nothing is to pay.
    pub pay: Vec<Passage>,
    pub pay_title: String,
    /// How to question the bill.
    pub question: Passage,
    /// Where something is to pay.
    pub slip: Option<RemittanceSlip>,
    #[serde(default)]
    pub links: Vec<DocumentLink>,
    /// As “Page {page} of {pages}”, with these two places.
    pub page_label: String,
}
