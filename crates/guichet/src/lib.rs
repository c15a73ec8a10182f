//! The binary: command line, configuration, wiring, import. What it wires stands in the slices.

/// Pages and PDFs are many small allocations; see ADR 8.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod commands;
mod config;
mod contacts;
pub mod demonstration;
mod gateway;
mod home;
mod import;
mod listen;
mod mail;
mod migrations;
mod provider;
mod recovery;
mod render;
mod site;
mod terminal;
mod texts;
mod unprintable;
mod users;

pub use commands::{Failure, main};
pub use config::{Config, ConfigError};
pub use gateway::CardPayments;
pub use home::{Home, HomeError, Paths, Place};
pub use import::{
    ImportError, ImportReport, LineError, LineNote, LoadedCatalogue, Mapping, MappingError, Mode, catalogue_version,
    import, load_catalogue_file,
};
pub use listen::Patience;
pub use mail::{Mail, MailError};
pub use migrations::{Migrator, all_migrations};
pub use render::{Drawn, RenderError, render};
pub use site::{ServeError, Server, Web, app, provider, public_url, site, stop_signal};
pub use texts::Texts;
