//! `guichet serve`: the customer centre, until it is told to stop.

use crate::commands::{Failure, keep_heads};
use crate::home::Home;
use crate::site::{Server, stop_signal};
use crate::terminal::say;

pub(super) async fn run(home: &Home) -> Result<(), Failure> {
    let server = Server::bind(home, home.config.web.listen).await?;
    say(format!("Listening on {}; customers reach it at {}.", server.address, server.public_url));
    server.run(stop_signal()).await?;
    keep_heads(home).await?;
    say("Stopped.");
    Ok(())
}
