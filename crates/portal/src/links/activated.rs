//! An activation e-mail opened by somebody who is signed in: the account comes to the login that they have (SGN-1, ONE-1).

use axum::extract::{Path, State};
use axum::response::Response;
use web::Refusal;

use super::{HOME, LinkFault, letters};
use crate::App;
use crate::door_letters::Person;
use crate::letters::Desk;
use crate::signed::{Signed, see_other};

/// `POST /activate/{secret}/add`: adds the account to the login. The link is used up in the same transaction.
pub(super) async fn add(
    State(app): State<App>,
    signed: Signed,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let (desk, login) = (Desk::of(&app), &signed.login);
    let linked = app.db.write(async |tx| {
        let who = (login.id, login.email.as_str());
        let linked = accounts::link_activated((desk.db, desk.vault), tx, who, &secret).await?;
        if let Some(linked) = &linked
            && let Some(person) = Person::find(&desk, tx, login.id).await?
        {
            letters::linked(&desk, tx, (&person, None), std::slice::from_ref(linked)).await?;
        }
        Ok::<_, LinkFault>(linked)
    });
    match linked.await {
        Ok(Some(_)) => {
            app.nudge.notify_one();
            Ok(see_other(&format!("{HOME}?done=linked")))
        }
        // Its page says why.
        Ok(None) | Err(LinkFault::Gone) => Ok(see_other(&format!("/activate/{secret}"))),
        Err(LinkFault::Letter(error)) => Err(error.into()),
    }
}
