//! Pages: rendering, languages, forms, assets, errors, headers. Knows no slice: what a slice shows is handed in as a
//! [`Slice`] of templates and texts, and a page's frame as a [`Frame`].

mod assets;
mod components;
mod errors;
mod form;
mod frame;
mod headers;
mod labelled;
mod locale;
mod say;
mod site;
mod texts;

pub use assets::assets;
pub use errors::{Refusal, problem, show_refusals};
pub use form::{FieldError, Form, FormState};
pub use frame::{Account, Choice, Frame, Identified, Idle, Link, Notice, Provider};
pub use headers::{Address, Proxies, Visiting, client_address, policy_with, protect};
pub use labelled::Labelled;
pub use locale::{Locale, cookie, return_path, switch_language};
pub use say::{amount, day, day_span, moment, month_of};
pub use site::{Page, Site, SiteError, SiteOptions, Slice, not_found};
pub use texts::{Texts, TextsError};

// As other crates name it, for the list that the build script gathers.
extern crate self as web;

/// The templates and texts of this crate: layout, components, errors.
pub const SLICE: Slice = include!(concat!(env!("OUT_DIR"), "/slice.rs"));
