//! The demonstration: Boréal's made-up customers with twelve months of bills, proved, and accounts to try.

use std::net::SocketAddr;

use crate::commands::{Failure, keep_heads};
use crate::demonstration::{DemonstrationLogin, Filled, PASSWORD, STAFF_PASSWORD, fill, make_logins, make_staff};
use crate::home::{Home, Place};
use crate::site::{Server, stop_signal};
use crate::terminal::{progress, say};

pub(super) async fn run(place: &Place, port: u16) -> Result<(), Failure> {
    let home = Home::open_demonstration(place).await?;
    // First of all, so that a port that is taken is said before anything is made.
    let server = Server::bind(&home, SocketAddr::from(([127, 0, 0, 1], port))).await?;
    let bar = progress("Living through twelve months", 0);
    let tell = |done: u32, of: u32| {
        bar.set_length(of.into());
        bar.set_position(done.into());
    };
    let filled = fill(&home, tell).await;
    bar.finish_and_clear();
    let filled = filled?;
    let logins = make_logins(&home, &filled).await?;
    let staff = make_staff(&home).await?;
    keep_heads(&home).await?;
    show(&filled, &logins);
    say(format!("\nBoréal’s own people, at /staff, with the password “{STAFF_PASSWORD}”:\n"));
    for (email, role) in staff {
        say(format!("  {email:<34}{}", role.code()));
    }
    say("\n  Their second step is a code that /demo/outbox shows; it changes every 30 seconds.");
    say(format!("\n{} – everything is in {}; Ctrl-C stops it.", server.public_url, place.data.display()));
    server.run(stop_signal()).await?;
    keep_heads(&home).await?;
    home.db.close().await;
    Ok(())
}

fn show(filled: &Filled, logins: &[DemonstrationLogin]) {
    let (first, last) = filled.months;
    say(format!(
        "Boréal, a provider that does not exist: {} made-up customers, {} bills from {first} to {last}.",
        filled.customers, filled.bills
    ));
    say(format!("Logins to try, all with the password {PASSWORD}:\n"));
    for login in logins {
        say(format!("  {:<28}{} ({})", login.username, login.name, login.language));
        say(format!("      {}", login.story));
    }
    say("\nA code is asked for on a new device: it is in the letter at /demo/outbox.");
    say("\nAccounts without a login, to sign up with (account number, postal code):\n");
    for made in filled.accounts.iter().filter(|made| !logins.iter().any(|login| login.numbers.contains(&made.number))) {
        say(format!("  {}  {}  {}  {} ({})", made.number, made.postal_code, made.identifier, made.name, made.language));
        say(format!("      {}", made.story));
    }
}
