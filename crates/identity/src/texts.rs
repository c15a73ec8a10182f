//! What keeps text messages from flooding a telephone and from running up the provider's bill (SEC-3): the numbers that get
//! any, and how many.

use db::{Db, DbErr};
use jiff::SignedDuration;
use messages::{NumberRefused, TextRules};
use vault::Vault;

use crate::{Limit, LimitKind};

/// Why no text message is written now.
#[derive(Debug, thiserror::Error)]
pub enum TextRefused {
    /// None goes to that number, ever.
    #[error(transparent)]
    Number(#[from] NumberRefused),
    /// Enough were asked for by this login, or went to this number; wait.
    #[error("too many text messages; wait")]
    Wait(SignedDuration),
    /// The provider pays for no more in this hour.
    #[error("too many text messages to everybody; wait")]
    Full(SignedDuration),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Takes leave to write one text message to a number in the form of E.164, before the transaction that writes it. `asker` is
/// who makes it be written, as a login's id. What one asker has no more of takes nothing of what others have.
///
/// # Errors
/// [`TextRefused`]: by the number, by who asks (within an hour, within a day), by how many went to the number within a day,
/// and by how many the provider sends within an hour ([`TextRules::per_hour`]).
pub async fn take_text(
    db: &Db,
    vault: &Vault,
    rules: &TextRules,
    (asker, number): (&str, &str),
) -> Result<(), TextRefused> {
    rules.check(number)?;
    let own = [(LimitKind::TextAsker, asker), (LimitKind::TextAskerDay, asker), (LimitKind::TextNumber, number)];
    for (kind, what) in own {
        if let Some(wait) = Limit::of(vault, kind, what).take(db).await? {
            return Err(TextRefused::Wait(wait));
        }
    }
    let all = Limit::of(vault, LimitKind::TextProvider, "all").at_most(rules.per_hour);
    if let Some(wait) = all.take(db).await? {
        tracing::warn!(
            per_hour = rules.per_hour,
            "no more text messages within this hour: per_hour of [sms] is reached"
        );
        return Err(TextRefused::Full(wait));
    }
    Ok(())
}
