//! The catalogue of plans and add-ons (SVC-1), and services with their timeline: append-only facts, each with the day it
//! takes effect, the moment it was recorded and the account's version, from which a bill is computed.

pub mod catalogue;
mod fact;
mod handover;
mod rotation;
mod service;
mod store;
mod taxability;
mod timeline;
mod view;

pub use catalogue::{Bilingual, Catalogue, CatalogueError, Item, Role, ServiceKind};
pub use fact::{AgreedPrice, Fact, Recorded};
pub use handover::reseal_services;
pub use rotation::{count_under_other_keys, rotate_services};
pub use service::{NewFact, RecordError, record, record_in};
pub use store::{
    FactRows, NewService, PriceEnd, ServiceRow, ServiceRows, facts_of, facts_of_range, load_catalogue, price_ends,
    services_of, services_of_range,
};
pub use taxability::{Billed, By, Taxability};
pub use timeline::{ServiceTimeline, Timeline};
pub use view::{Places, ServiceView, kind_of, places_of, services_on};

use db::Migration;

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration {
            name: "m0401_services",
            what: "services and their timeline",
            sql: include_str!("migrations/0001_services.sql"),
        },
        Migration {
            name: "m0402_grants",
            what: "rights are given on services of the same account",
            sql: include_str!("migrations/0002_grants.sql"),
        },
    ]
}
