//! An e-mail address in a form: one rule at every door (PRV-4). What could not be written to is refused beside the field, before
//! anything is made.

use kernel::{EmailAddress, EmailProblem};

use crate::App;

/// What was typed, in the form in which it is kept; else the text that says why not, `otherwise` where it is no address at all.
pub(crate) fn email_of(app: &App, typed: &str, otherwise: &'static str) -> Result<String, &'static str> {
    let email = EmailAddress::parse(typed).map_err(|problem| match problem {
        EmailProblem::Shape => otherwise,
        EmailProblem::Several => "email-wrong-several",
        EmailProblem::Dressed => "email-wrong-dressed",
        EmailProblem::Local => "email-wrong-local",
        EmailProblem::Domain => "email-wrong-domain",
        EmailProblem::MixedScripts => "email-wrong-scripts",
        EmailProblem::Long => "email-wrong-long",
    })?;
    if email.needs_smtputf8() && !app.smtputf8 {
        return Err("email-wrong-accents");
    }
    Ok(email.as_str().to_owned())
}

/// Whether two addresses, typed or kept, are one mailbox's.
pub(crate) fn is_same_mailbox(one: &str, other: &str) -> bool {
    kernel::mailbox(one) == kernel::mailbox(other)
}
