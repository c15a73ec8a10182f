//! What the provider's people are told of their second step (SEC-3), in the transaction that it is about; and the command that
//! takes a lost one off.

use db::{Db, Tx};
use identity::{Staff, StaffError, StepResetBy};
use messages::{Block, Email};
use vault::Vault;

use super::letters::StaffLetterError;
use crate::Told;
use crate::letters::{Desk, LetterError};

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StepNews {
    /// An authenticator app was set up.
    On,
    /// New recovery codes took the place of those before.
    Codes,
    /// One of the recovery codes was used.
    CodeUsed,
    /// Somebody who knows the password typed wrong codes until they have to wait.
    Guessed,
    /// Somebody took the step off.
    Reset,
}

impl StepNews {
    const fn kind(self) -> &'static str {
        match self {
            Self::On => "staff-step-on",
            Self::Codes => "staff-step-codes",
            Self::CodeUsed => "staff-step-code-used",
            Self::Guessed => "staff-step-guessed",
            Self::Reset => "staff-step-reset",
        }
    }
}

/// Tells a member.
pub(super) async fn tell(desk: &Desk<'_>, tx: &Tx, staff: &Staff, news: StepNews) -> Result<(), LetterError> {
    let language = staff.language;
    let at = desk.moment(language, desk.db.world().now());
    let say = |part: &str| {
        let values = [("provider", desk.provider), ("at", at.as_str())];
        desk.texts.say_with(language, &format!("letter-{}-{part}", news.kind()), &values)
    };
    let mut blocks = vec![Block::Text(say("text"))];
    if news == StepNews::Reset {
        let label = desk.texts.say(language, "staff-to-sign-in");
        blocks.push(Block::Button { label, href: format!("{}/staff/sign-in", desk.public_url) });
    }
    blocks.push(Block::Text(say("doubt")));
    let letter = desk.letter(language, Some(&staff.name), blocks);
    let email = Email {
        to: staff.email.clone(),
        subject: say("subject"),
        text: letter.to_text(),
        html: letter.to_html(),
        language,
        kind: news.kind(),
        account: None,
    };
    desk.send(tx, &[email]).await
}

/// Takes the second step of a member off at the command line, and tells them; says whether there was one.
///
/// # Errors
/// As [`identity::reset_staff_step`], and when the letter cannot be written.
pub async fn reset_staff_step(
    db: &Db,
    vault: &Vault,
    with: &Told<'_>,
    email: &str,
) -> Result<(Staff, bool), Box<dyn std::error::Error + Send + Sync>> {
    let desk = Desk::with(db, vault, with);
    let reset = db.write(async |tx| {
        let (staff, had) = identity::reset_staff_step((db, vault), tx, email, StepResetBy::Operator).await?;
        tell(&desk, tx, &staff, StepNews::Reset).await?;
        Ok::<_, StaffLetterError>((staff, had))
    });
    Ok(reset.await?)
}

/// The same by an administrator on their page; none where there is no such member, or it is their own step.
pub(super) async fn reset_by(
    desk: &Desk<'_>,
    (administrator, how): (&Staff, &'static str),
    email: &str,
) -> Result<Option<bool>, LetterError> {
    let by = StepResetBy::Staff(administrator.id, how);
    let reset =
        desk.db.write(async |tx| match identity::reset_staff_step((desk.db, desk.vault), tx, email, by).await {
            Ok((staff, had)) => {
                tell(desk, tx, &staff, StepNews::Reset).await?;
                Ok(Some(had))
            }
            Err(StaffError::Unknown | StaffError::EmailTaken) => Ok(None),
            Err(StaffError::Vault(error)) => Err(LetterError::from(error)),
            Err(StaffError::Db(error)) => Err(LetterError::from(error)),
        });
    reset.await
}
