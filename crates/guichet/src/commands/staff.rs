use clap::ValueEnum;
use identity::{NewStaff, Role, Staff, StepOwner};
use kernel::{EmailAddress, Language};
use serde_json::json as value;

use crate::commands::{Failure, keep_heads};
use crate::home::Home;
use crate::site::{provider, public_url, site, told};
use crate::terminal::{json, say};

/// What a member of staff is there for, as the command line says it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleName {
    Agent,
    TechnicalSupport,
    BillingSpecialist,
    Supervisor,
    Administrator,
}

impl RoleName {
    const fn role(self) -> Role {
        match self {
            Self::Agent => Role::Agent,
            Self::TechnicalSupport => Role::TechnicalSupport,
            Self::BillingSpecialist => Role::BillingSpecialist,
            Self::Supervisor => Role::Supervisor,
            Self::Administrator => Role::Administrator,
        }
    }
}

/// The language of what is written to somebody.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LanguageName {
    Fr,
    En,
}

/// Somebody to be added.
pub(super) struct Asked<'a> {
    pub(super) role: RoleName,
    pub(super) language: LanguageName,
    pub(super) name: &'a str,
    pub(super) email: &'a str,
}

pub(super) async fn add(home: &Home, asked: &Asked<'_>, as_json: bool) -> Result<(), Failure> {
    let email =
        EmailAddress::parse(asked.email).map_err(|problem| Failure::because(format!("“{}” {problem}", asked.email)))?;
    if email.needs_smtputf8() && !home.config.mail.smtputf8 {
        let reason =
            format!("“{email}” has letters that the mail server does not carry before the @ (see [mail] smtputf8)");
        return Err(Failure::because(reason));
    }
    let name = kernel::line(asked.name);
    if name.is_empty() {
        return Err(Failure::because("the name must be one line of text"));
    }
    let language = match asked.language {
        LanguageName::Fr => Language::Fr,
        LanguageName::En => Language::En,
    };
    let new = NewStaff { role: asked.role.role(), language, name: &name, email: email.as_str() };
    let public_url = public_url(home, home.config.web.listen);
    let (site, provider) = (site(home, &public_url)?, provider(home));
    let with = told(home, &site, &provider, &public_url);
    let staff = portal::add_staff(&home.db, &home.vault, &with, &new).await?;
    keep_heads(home).await?;
    report(&staff, ("added", "was added; the e-mail with the link to choose a password is on its way."), as_json);
    Ok(())
}

pub(super) async fn invite(home: &Home, email: &str, as_json: bool) -> Result<(), Failure> {
    let public_url = public_url(home, home.config.web.listen);
    let (site, provider) = (site(home, &public_url)?, provider(home));
    let with = told(home, &site, &provider, &public_url);
    let staff = portal::invite_staff(&home.db, &home.vault, &with, email).await?;
    keep_heads(home).await?;
    report(&staff, ("invited", "gets a new link to choose a password; earlier ones lead nowhere."), as_json);
    Ok(())
}

pub(super) async fn reset_step(home: &Home, email: &str, as_json: bool) -> Result<(), Failure> {
    let public_url = public_url(home, home.config.web.listen);
    let (site, provider) = (site(home, &public_url)?, provider(home));
    let with = told(home, &site, &provider, &public_url);
    let (staff, had) = portal::reset_staff_step(&home.db, &home.vault, &with, email).await?;
    keep_heads(home).await?;
    let text = if had {
        "has no second step any more: signed out everywhere, told by e-mail, and sets one up at the next sign-in."
    } else {
        "had no second step: signed out everywhere, told by e-mail, and sets one up at the next sign-in."
    };
    report(&staff, ("step-reset", text), as_json);
    Ok(())
}

pub(super) async fn disable(home: &Home, email: &str, as_json: bool) -> Result<(), Failure> {
    let staff = home.db.write(async |tx| identity::disable_staff(&home.db, &home.vault, tx, email).await).await?;
    keep_heads(home).await?;
    report(&staff, ("disabled", "is disabled: signed out everywhere, and may not come in any more."), as_json);
    Ok(())
}

pub(super) async fn list(home: &Home, as_json: bool) -> Result<(), Failure> {
    let all = identity::list_staff(home.db.reader(), &home.vault).await?;
    let mut steps = Vec::with_capacity(all.len());
    for staff in &all {
        steps.push(identity::steps_of(home.db.reader(), StepOwner::Staff(staff.id)).await?.is_on());
    }
    if as_json {
        json(&all.iter().zip(&steps).map(|(staff, step)| listed(staff, *step)).collect::<Vec<_>>());
        return Ok(());
    }
    for (staff, has_step) in all.iter().zip(steps) {
        let step = if has_step || staff.disabled_at.is_some() { "" } else { "  (no second step yet)" };
        say(format!("{}  {}  {}  {}{step}", staff.email, staff.role.code(), state(staff), staff.name));
    }
    if all.is_empty() {
        say("Nobody yet: “guichet staff add” adds somebody.");
    }
    Ok(())
}

fn state(staff: &Staff) -> &'static str {
    match (staff.disabled_at, staff.has_password) {
        (Some(_), _) => "disabled",
        (None, true) => "active",
        (None, false) => "invited",
    }
}

fn listed(staff: &Staff, has_step: bool) -> serde_json::Value {
    value!({
        "staff": staff.id, "email": staff.email, "name": staff.name, "role": staff.role.code(), "state": state(staff),
        "second_step": has_step,
    })
}

fn report(staff: &Staff, (code, text): (&str, &str), as_json: bool) {
    if as_json {
        json(&value!({ "staff": staff.id, "email": staff.email, "role": staff.role.code(), "done": code }));
    } else {
        say(format!("{} ({}) {text}", staff.email, staff.role.code()));
    }
}
