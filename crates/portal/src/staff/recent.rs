//! What was changed lately of what recovery is judged by: name, address and telephones on file, and the login's e-mails, with the value
//! before. Whoever decides who somebody is sees whether what they compare with is older than the request (SEC-5, PRO-1).

use identity::ChangeState;
use jiff::SignedDuration;
use kernel::{AccountId, LoginId, Moment};
use serde::Serialize;
use web::{Locale, Refusal};

use crate::App;
use crate::profile::value_text;

/// So far back it is looked.
const LATELY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// One value that is another since.
#[derive(Serialize)]
pub(crate) struct Recent {
    what: String,
    at: String,
    before: String,
    after: String,
    #[serde(skip)]
    moment: Moment,
}

/// Of these accounts' customers and of a login, the newest first.
pub(crate) async fn recent_changes(
    app: &App,
    locale: &Locale,
    (accounts, login): (&[AccountId], Option<LoginId>),
) -> Result<Vec<Recent>, Refusal> {
    let (texts, language, on) = (app.site.texts(), locale.language, app.db.reader());
    let since = app.db.world().now().plus(-LATELY);
    let mut found = Vec::new();
    for account in accounts {
        for change in accounts::recent_changes(on, &app.vault, (*account, since)).await? {
            found.push(Recent {
                what: texts.say(language, &format!("profile-field-{}", change.field.replace('_', "-"))),
                at: web::moment(texts, language, change.at, &app.zone),
                before: value_text(app, language, change.field, &change.before),
                after: value_text(app, language, change.field, &change.after),
                moment: change.at,
            });
        }
    }
    if let Some(login) = login {
        for change in identity::changes_of(on, &app.vault, login).await? {
            let is_done = matches!(
                change.state(app.db.world().now()),
                ChangeState::Accepted | ChangeState::AcceptedBySilence | ChangeState::Reverted
            );
            if let Some(moment) = change.ended_at.filter(|at| is_done && *at >= since) {
                found.push(Recent {
                    what: texts.say(language, "email-title"),
                    at: web::moment(texts, language, moment, &app.zone),
                    before: change.old_email,
                    after: change.new_email,
                    moment,
                });
            }
        }
        for change in identity::backups_set(on, login, since).await? {
            let key = if change.is_removed { "staff-recent-removed" } else { "staff-recent-set" };
            found.push(Recent {
                what: texts.say(language, "backup-title"),
                at: web::moment(texts, language, change.at, &app.zone),
                before: "–".to_owned(),
                after: texts.say(language, key),
                moment: change.at,
            });
        }
    }
    // One customer's accounts have its changes each.
    found.sort_by(|one, other| other.moment.cmp(&one.moment).then_with(|| one.what.cmp(&other.what)));
    Ok(found)
}
