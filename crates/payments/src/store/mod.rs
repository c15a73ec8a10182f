//! All queries on payments, refunds and cards.

mod cards;
mod payments;
mod refunds;

pub(crate) use cards::*;
pub(crate) use payments::*;
pub(crate) use refunds::*;

use db::DbErr;

use crate::gateway::CardFacts;

fn facts(
    (brand, last4): (Option<String>, Option<String>),
    (month, year): (Option<i16>, Option<i16>),
) -> Option<CardFacts> {
    Some(CardFacts { brand: brand?, last4: last4?, exp_month: month?, exp_year: year?, fingerprint: None })
}

fn unknown(what: &str, code: &str) -> DbErr {
    DbErr::Type(format!("“{code}” is no {what}"))
}
