//! The command line: what can be said, and how it ends. Exit status 0: done; 1: refused or failed, with the reason on
//! standard error; 2: wrong usage.

mod audit;
mod bills;
mod catalogue;
mod claims;
mod demo;
mod import;
mod keys;
mod messages;
mod payments;
mod serve;
mod staff;

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use accounts::AccountNumber;
use clap::{Parser, Subcommand};
use kernel::{Amount, Day, Month};
use uuid::Uuid;

use crate::home::{Home, Place};
use crate::terminal::{json, say, warn};

#[derive(Parser)]
#[command(name = "guichet", version, about = "The customer centre that a provider hosts itself")]
struct Arguments {
    /// Folder with the database, keys and configuration; created when missing
    #[arg(long, global = true, default_value = "./guichet-data", value_name = "DIR")]
    data: PathBuf,
    /// Database to use instead of the configuration's: sqlite:FILE or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Configuration file to use instead of the data folder's guichet.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The day to take for today, in a demonstration
    #[arg(long, global = true, value_name = "DATE")]
    now: Option<Day>,
    /// Give the result as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the demonstration: a made-up provider with made-up customers (what “guichet” alone does)
    Demo {
        /// Where it listens, on this machine alone
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Serve the customer centre, as the configuration says
    Serve,
    /// Import customers, accounts and services from a CSV file
    Import {
        /// The TOML file that says which column is what
        #[arg(long, value_name = "FILE")]
        mapping: PathBuf,
        /// Read and check everything, write nothing
        #[arg(long)]
        dry_run: bool,
        #[arg(value_name = "CSV")]
        file: PathBuf,
    },
    /// Bill what is due, prove issued bills, export them
    Bills {
        #[command(subcommand)]
        command: BillsCommand,
    },
    /// Payments by card: list them, give money back
    Payments {
        #[command(subcommand)]
        command: PaymentsCommand,
    },
    /// Sign-ups with account number and postal code, until they are confirmed
    Claims {
        #[command(subcommand)]
        command: ClaimsCommand,
    },
    /// Messages that were sent
    Messages {
        #[command(subcommand)]
        command: MessagesCommand,
    },
    /// The catalogue of plans and add-ons
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// The provider's people
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// The audit log
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// The keys
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Bring the database's schema up to date (every other command does so too)
    Migrate {
        /// Only say what would be done
        #[arg(long)]
        plan: bool,
    },
    /// Check the configuration
    Check,
}

#[derive(Subcommand)]
enum BillsCommand {
    /// Issue the bills of every account whose cycle begins today or began before; started again, it goes on where it was
    Run {
        /// What of this month is due, and nothing else
        #[arg(long, value_name = "YYYY-MM")]
        month: Option<Month>,
        /// Bill so many days ahead too, as a printer may want it; each bill is dated its own day
        #[arg(long, value_name = "DAYS", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=31))]
        ahead: u16,
        /// Compute everything, write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Compute all issued bills again and compare them, their ledger entries and the audit log
    Verify,
    /// Draw the bills of a month as PDF, on all cores, into a folder; started again, it goes on where it was
    Render {
        #[arg(long, value_name = "YYYY-MM")]
        month: Month,
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Write the bills of a month to a CSV file
    Export {
        #[arg(long, value_name = "YYYY-MM")]
        month: Month,
        #[arg(long, value_name = "FILE")]
        csv: PathBuf,
    },
}

#[derive(Subcommand)]
enum PaymentsCommand {
    /// The newest payments
    List {
        /// Of this account alone
        #[arg(long, value_name = "NUMBER")]
        account: Option<AccountNumber>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_name = "COUNT")]
        most: u32,
    },
    /// The accounts that left and are in credit: what is to be paid back
    RefundsDue,
    /// Give back a payment or a part of it, to the card that paid
    Refund {
        /// As “payments list” names it
        payment: Uuid,
        /// Such as 25 or 25.50
        amount: Amount,
        /// What the customer reads
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Said again with the same key, it is the same refund; drawn when not given
        #[arg(long)]
        key: Option<String>,
    },
}

#[derive(Subcommand)]
enum ClaimsCommand {
    /// Confirm that whoever signed up is the account holder, after you made sure; both are told by e-mail
    Confirm {
        #[arg(value_name = "NUMBER")]
        account: AccountNumber,
        /// How you made sure
        #[arg(long, value_enum)]
        by: claims::Check,
    },
    /// Close the login of somebody who is not the account holder; both are told by e-mail
    Stop {
        #[arg(value_name = "NUMBER")]
        account: AccountNumber,
    },
}

#[derive(Subcommand)]
enum MessagesCommand {
    /// The newest messages, e-mails and text messages, and what became of them
    List {
        /// At most so many
        #[arg(long, default_value = "50")]
        most: u32,
    },
    /// Note that a message came back, for your processing of bounces
    Bounced {
        /// As in the header of the message that came back, with or without angle brackets
        #[arg(value_name = "MESSAGE-ID")]
        message_id: String,
    },
}

#[derive(Subcommand)]
enum CatalogueCommand {
    /// Load a catalogue file as the newest version
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The day from which on its taxes are due, where they are not those of the version in force; before it, those are
        #[arg(long, value_name = "DATE")]
        from: Option<Day>,
        /// Only say whether it could be loaded
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Add somebody; they get an e-mail with a link to choose a password
    Add {
        #[arg(long, value_enum)]
        role: staff::RoleName,
        /// As pages and letters name them
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The language of what is written to them
        #[arg(long, value_enum, default_value = "fr")]
        language: staff::LanguageName,
        email: String,
    },
    /// Send another link to choose a password; for a lost one too
    Invite { email: String },
    /// Take a lost second step off; they are told, and set one up at the next sign-in
    ResetStep { email: String },
    /// Everybody who is or was there
    List,
    /// Sign somebody out everywhere, and let them in no more
    Disable { email: String },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Compute all chains again and compare them with the heads kept outside the database
    Verify,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Add a sealing key and bring all customers under it; started again, it goes on where it was
    Rotate,
}

/// Why a command ended with status 1.
#[derive(Debug)]
pub struct Failure(String);

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Failure {
    fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// Runs the command that the command line names.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("GUICHET_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            warn(format!("guichet: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            warn(format!("guichet: {reason}"));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { data, database, config, now, json: as_json, command } = arguments;
    let place = Place { data, database, config, now };
    let command = command.unwrap_or(Command::Demo { port: 8080 });
    if let Command::Demo { port } = command {
        return demo::run(&place, port).await;
    }
    if let Command::Migrate { plan } = command {
        return migrate(&place, plan, as_json).await;
    }
    if let Command::Import { mapping, dry_run, file } = &command {
        // The mapping is checked before anything is touched.
        return import::run(&place, mapping, file, *dry_run, as_json).await;
    }
    let home = Home::open(&place).await?;
    match command {
        Command::Bills { command: BillsCommand::Run { month, ahead, dry_run } } => {
            let asked = bills::asked(&home, month, ahead);
            if dry_run { bills::dry_run(&home, asked, as_json).await } else { bills::run(&home, asked, as_json).await }
        }
        Command::Bills { command: BillsCommand::Verify } => bills::verify(&home, as_json).await,
        Command::Bills { command: BillsCommand::Export { month, csv } } => {
            bills::export(&home, month, &csv, as_json).await
        }
        Command::Catalogue { command: CatalogueCommand::Load { file, from, dry_run } } => {
            catalogue::load(&home, &file, (from, dry_run), as_json).await
        }
        Command::Audit { command: AuditCommand::Verify } => audit::verify(&home, as_json).await,
        Command::Bills { command: BillsCommand::Render { month, out } } => {
            bills::render(&home, month, &out, as_json).await
        }
        Command::Payments { command: PaymentsCommand::List { account, most } } => {
            payments::list(&home, account.as_ref(), most, as_json).await
        }
        Command::Payments { command: PaymentsCommand::RefundsDue } => payments::refunds_due(&home, as_json).await,
        Command::Payments { command: PaymentsCommand::Refund { payment, amount, reason, key } } => {
            let asked = payments::Asked { payment: payment.into(), amount, reason: &reason, key: key.as_deref() };
            payments::refund(&home, &asked, as_json).await
        }
        Command::Claims { command: ClaimsCommand::Confirm { account, by } } => {
            claims::confirm(&home, &account, by, as_json).await
        }
        Command::Claims { command: ClaimsCommand::Stop { account } } => claims::stop(&home, &account, as_json).await,
        Command::Messages { command: MessagesCommand::List { most } } => messages::list(&home, most, as_json).await,
        Command::Messages { command: MessagesCommand::Bounced { message_id } } => {
            messages::bounced(&home, &message_id, as_json).await
        }
        Command::Staff { command } => staff(&home, command, as_json).await,
        Command::Keys { command: KeysCommand::Rotate } => keys::rotate(home, as_json).await,
        Command::Serve => serve::run(&home).await,
        Command::Check => {
            home.stripe()?;
            home.text_postman()?;
            bills::warn_of_ended(&home, home.today())?;
            say(format!("{}: no error", home.paths.config.display()));
            Ok(())
        }
        Command::Demo { .. } | Command::Migrate { .. } | Command::Import { .. } => Ok(()),
    }
}

async fn staff(home: &Home, command: StaffCommand, as_json: bool) -> Result<(), Failure> {
    match command {
        StaffCommand::Add { role, name, language, email } => {
            staff::add(home, &staff::Asked { role, language, name: &name, email: &email }, as_json).await
        }
        StaffCommand::Invite { email } => staff::invite(home, &email, as_json).await,
        StaffCommand::ResetStep { email } => staff::reset_step(home, &email, as_json).await,
        StaffCommand::List => staff::list(home, as_json).await,
        StaffCommand::Disable { email } => staff::disable(home, &email, as_json).await,
    }
}

async fn migrate(place: &Place, plan: bool, as_json: bool) -> Result<(), Failure> {
    let steps = if plan { Home::plan(place).await? } else { Home::open(place).await?.migrated };
    if as_json {
        json(&steps.iter().map(|step| (&step.name, &step.what)).collect::<Vec<_>>());
        return Ok(());
    }
    for step in &steps {
        say(format!("{}: {}", step.name, step.what));
    }
    say(match (steps.len(), plan) {
        (0, _) => "The schema is up to date.".to_owned(),
        (count, true) => format!("{count} steps would be taken."),
        (count, false) => format!("{count} steps were taken."),
    });
    Ok(())
}

/// Keeps the heads of the audit log outside the database, after work that added to it.
async fn keep_heads(home: &Home) -> Result<(), Failure> {
    ::audit::keep_heads(&home.db, &home.vault, &home.paths.heads).await?;
    Ok(())
}
