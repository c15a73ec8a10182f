use accounts::{AccountNumber, By};
use clap::ValueEnum;
use portal::Decision;
use serde_json::json as value;

use crate::commands::{Failure, keep_heads};
use crate::home::Home;
use crate::site::{provider, public_url, site, told};
use crate::terminal::{json, say};

/// How the provider's people made sure who somebody is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Check {
    /// They answered questions
    Questions,
    /// They were called back at the telephone on file
    CallBack,
    /// They showed an identity document
    Document,
}

impl Check {
    const fn code(self) -> &'static str {
        match self {
            Self::Questions => "questions",
            Self::CallBack => "call-back",
            Self::Document => "document",
        }
    }
}

pub(super) async fn confirm(home: &Home, account: &AccountNumber, by: Check, as_json: bool) -> Result<(), Failure> {
    decide(home, account, Decision::Confirm(By::operator(by.code()))).await?;
    report(account, ("confirmed", "is confirmed: everything is open to its holder\u{2019}s login."), as_json);
    Ok(())
}

pub(super) async fn stop(home: &Home, account: &AccountNumber, as_json: bool) -> Result<(), Failure> {
    decide(home, account, Decision::Stop(By::operator("customer-service"))).await?;
    report(
        account,
        ("stopped", "is closed to the login that claimed it, and for seven days to others that would."),
        as_json,
    );
    Ok(())
}

async fn decide(home: &Home, account: &AccountNumber, decision: Decision) -> Result<(), Failure> {
    let public_url = public_url(home, home.config.web.listen);
    let (site, provider) = (site(home, &public_url)?, provider(home));
    let with = told(home, &site, &provider, &public_url);
    let decided = portal::decide_claim(&home.db, &home.vault, &with, account.as_str(), decision).await?;
    keep_heads(home).await?;
    if decided {
        Ok(())
    } else {
        Err(Failure::because(format!("account {account} has no sign-up that waits to be confirmed")))
    }
}

fn report(account: &AccountNumber, (code, text): (&str, &str), as_json: bool) {
    if as_json {
        json(&value!({ "account": account.as_str(), "claim": code }));
    } else {
        say(format!("Account {account} {text}"));
    }
}
