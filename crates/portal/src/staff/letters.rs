//! Members of staff are added and invited, with the letter that lets them choose a password (AGT-2): all of it or nothing.

use db::{Db, DbErr, DbFault, Tx};
use identity::{INVITATION_LASTS, NewStaff, Staff, StaffError};
use messages::{Block, Email};
use vault::Vault;

use crate::Told;
use crate::letters::{Desk, LetterError};

/// Why something was not done to a member of staff, with its letter.
#[derive(Debug, thiserror::Error)]
pub(super) enum StaffLetterError {
    #[error(transparent)]
    Staff(#[from] StaffError),
    #[error(transparent)]
    Letter(#[from] LetterError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for StaffLetterError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Staff(error) => error.db_err(),
            Self::Letter(error) => error.db_err(),
            Self::Db(error) => Some(error),
        }
    }
}

/// Adds a member of staff and writes to them.
///
/// # Errors
/// As [`identity::add_staff`], and when the letter cannot be written.
pub async fn add_staff(
    db: &Db,
    vault: &Vault,
    with: &Told<'_>,
    new: &NewStaff<'_>,
) -> Result<Staff, Box<dyn std::error::Error + Send + Sync>> {
    let desk = Desk::with(db, vault, with);
    let added = db.write(async |tx| {
        let (staff, secret) = identity::add_staff(db, vault, tx, new).await?;
        write(&desk, tx, &staff, &secret).await?;
        Ok::<_, StaffLetterError>(staff)
    });
    Ok(added.await?)
}

/// Writes to a member of staff with a new link to choose a password; for a lost one too.
///
/// # Errors
/// As [`identity::invite_staff`], and when the letter cannot be written.
pub async fn invite_staff(
    db: &Db,
    vault: &Vault,
    with: &Told<'_>,
    email: &str,
) -> Result<Staff, Box<dyn std::error::Error + Send + Sync>> {
    let desk = Desk::with(db, vault, with);
    let invited = db.write(async |tx| {
        let (staff, secret) = identity::invite_staff(db, vault, tx, email).await?;
        write(&desk, tx, &staff, &secret).await?;
        Ok::<_, StaffLetterError>(staff)
    });
    Ok(invited.await?)
}

async fn write(desk: &Desk<'_>, tx: &Tx, staff: &Staff, secret: &str) -> Result<(), LetterError> {
    let language = staff.language;
    let until = desk.moment(language, desk.db.world().now().plus(INVITATION_LASTS));
    let say = |key: &str| {
        let values = [("provider", desk.provider), ("until", until.as_str())];
        desk.texts.say_with(language, &format!("letter-staff-invited-{key}"), &values)
    };
    let blocks = vec![
        Block::Text(say("text")),
        Block::Button { label: say("button"), href: format!("{}/staff/password/{secret}", desk.public_url) },
        Block::Text(say("doubt")),
    ];
    // Nobody has confirmed the address before the link is used: not even the name goes there.
    let letter = desk.letter(language, None, blocks);
    let email = Email {
        to: staff.email.clone(),
        subject: say("subject"),
        text: letter.to_text(),
        html: letter.to_html(),
        language,
        kind: "staff-invited",
        account: None,
    };
    desk.send(tx, &[email]).await
}
