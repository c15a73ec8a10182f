//! What the holder changes of a user: what they are called, and what they may (USR-2, USR-3).

use accounts::{Grant, Held, Member, RightsError, RightsWanted, rights_from_codes, rights_to_codes};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Page};

use super::create::LONGEST_NAME;
use super::errors::ActError;
use super::letters::{self, Reader};
use super::places::{Section, Served, chosen, is_allowed, placed_words, sections, served};
use super::{manage, managed, member_of, user_href};
use crate::App;
use crate::frame::{Tab, framed};
use crate::letters::Desk;
use crate::signed::{Refused, Signed, see_other};

#[derive(Serialize)]
struct NamePage {
    called: String,
    href: String,
    form: FormState,
}

fn show_name(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (grant, member): (&Grant, &Member),
    (status, form): (StatusCode, FormState),
) -> Result<Response, Refused> {
    let view = signed.view(app, grant)?;
    let title = app.site.texts().say(locale.language, "user-name-title");
    let content = NamePage { called: member.called().to_owned(), href: user_href(grant.number(), member), form };
    let frame = framed(app, locale, signed, &view, (Tab::Billing, title));
    Ok(Page { frame, content }.show_as(status, &app.site, locale, "user-name.html")?)
}

/// `GET /accounts/{number}/users/{user}/name`
pub(super) async fn name_page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, user)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), None).await?;
    let mut form = FormState::empty(&["name"]);
    form.values.insert("name", member.name.clone().unwrap_or_default());
    show_name(&app, &locale, &signed, (&grant, &member), (StatusCode::OK, form))
}

/// `POST /accounts/{number}/users/{user}/name`
pub(super) async fn name(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, user)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), Some("rename")).await?;
    let typed = kernel::line(form.get("name"));
    let mut shown = FormState::keeping(&form, &["name"]);
    if typed.is_empty() {
        shown.refuse("name", app.site.texts().say(locale.language, "user-name-empty"));
    } else if typed.chars().count() > LONGEST_NAME {
        shown.refuse("name", app.site.texts().say(locale.language, "user-name-long"));
    }
    if shown.is_refused() {
        return show_name(&app, &locale, &signed, (&grant, &member), (StatusCode::UNPROCESSABLE_ENTITY, shown));
    }
    let named = (member.user.membership, typed.as_str());
    let done = app.db.write(async |tx| {
        Ok::<_, ActError>(accounts::rename_user((&app.db, app.vault.as_ref()), tx, &grant, named).await?)
    });
    done.await?;
    Ok(see_other(&format!("{}?done=name", user_href(&number, &member))))
}

#[derive(Serialize)]
struct RightsPage {
    called: String,
    href: String,
    form: FormState,
    sections: Vec<Section>,
    /// Set where it is to be looked at before it is done.
    check: Option<Check>,
}

#[derive(Serialize)]
struct Check {
    given: Vec<String>,
    withdrawn: Vec<String>,
    /// What is wanted, for the last button.
    rights: String,
    /// What the user held when this was shown.
    before: String,
}

/// The form about one user's rights.
struct Sheet<'a> {
    app: &'a App,
    locale: &'a Locale,
    signed: &'a Signed,
    grant: &'a Grant,
    member: Member,
    served: Vec<Served>,
}

impl Sheet<'_> {
    fn held(&self) -> &Held {
        &self.member.user.held
    }

    fn show(
        &self,
        (status, wrong): (StatusCode, Option<&str>),
        marked: &Held,
        check: Option<Check>,
    ) -> Result<Response, Refused> {
        let (texts, language) = (self.app.site.texts(), self.locale.language);
        let mut form = FormState::empty(&["rights"]);
        if let Some(wrong) = wrong {
            form.refuse("rights", texts.say(language, wrong));
        }
        let title = if check.is_some() { "user-rights-check-title" } else { "user-rights-title" };
        let content = RightsPage {
            called: self.member.called().to_owned(),
            href: user_href(self.grant.number(), &self.member),
            form,
            sections: sections((texts, language), (self.held(), marked, None), &self.served),
            check,
        };
        let view = self.signed.view(self.app, self.grant)?;
        let title = texts.say(language, title);
        let mut frame = framed(self.app, self.locale, self.signed, &view, (Tab::Billing, title));
        frame.path = format!("{}/rights", content.href);
        Ok(Page { frame, content }.show_as(status, &self.app.site, self.locale, "user-rights.html")?)
    }

    fn check(&self, wanted: &RightsWanted) -> Option<Check> {
        let (texts, language) = (self.app.site.texts(), self.locale.language);
        let (given, withdrawn) = wanted.changes(self.held());
        if given.is_empty() && withdrawn.is_empty() {
            return None;
        }
        let said = |some: Vec<accounts::Placed>| {
            some.into_iter().map(|placed| placed_words(texts, language, placed, &self.served)).collect()
        };
        Some(Check {
            given: said(given),
            withdrawn: said(withdrawn),
            rights: rights_to_codes(&wanted.held()),
            before: rights_to_codes(self.held()),
        })
    }
}

async fn sheet<'a>(
    app: &'a App,
    (locale, signed): (&'a Locale, &'a Signed),
    grant: &'a Grant,
    user: &str,
) -> Result<Sheet<'a>, Refused> {
    let member = member_of(app, grant, user).await?;
    let view = signed.view(app, grant)?;
    let served = served(app, locale, (&view, grant)).await?;
    Ok(Sheet { app, locale, signed, grant, member, served })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What the holder before had given is marked.
    earlier: String,
}

/// `GET /accounts/{number}/users/{user}/rights`
pub(super) async fn rights_page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, user)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let grant = manage(&app, &signed, &number, None).await?;
    let sheet = sheet(&app, (&locale, &signed), &grant, &user).await?;
    let user = &sheet.member.user;
    let marked = if asked.earlier.is_empty() || user.earlier.is_empty() { &user.held } else { &user.earlier };
    sheet.show((StatusCode::OK, None), marked, None)
}

/// `POST /accounts/{number}/users/{user}/rights`: shows what would change; with the last button does it.
pub(super) async fn rights(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, user)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Refused> {
    let grant = manage(&app, &signed, &number, Some("give")).await?;
    let sheet = sheet(&app, (&locale, &signed), &grant, &user).await?;
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    if form.get("go") != "change" {
        let Some(wanted) = chosen(&form, sheet.held(), &sheet.served) else {
            return sheet.show((unprocessable, Some("users-service-ended")), sheet.held(), None);
        };
        return match sheet.check(&wanted) {
            Some(check) => sheet.show((StatusCode::OK, None), sheet.held(), Some(check)),
            None => Ok(see_other(&format!("{}?done=same", user_href(&number, &sheet.member)))),
        };
    }
    let wanted = rights_from_codes(form.get("rights"));
    let wanted = wanted.filter(|wanted| is_allowed(wanted, sheet.held(), &sheet.served));
    let Some(wanted) = wanted else {
        return sheet.show((unprocessable, Some("users-service-ended")), sheet.held(), None);
    };
    let href = user_href(&number, &sheet.member);
    let Some(check) = sheet.check(&wanted) else { return Ok(see_other(&format!("{href}?done=rights"))) };
    if check.before != form.get("before") {
        // In another tab, or by a request: what was looked at is not what would be done.
        return sheet.show((StatusCode::CONFLICT, Some("user-rights-meanwhile")), &wanted.held(), Some(check));
    }
    give(&app, &grant, (&sheet.member, &sheet.served), &wanted).await?;
    app.nudge.notify_one();
    Ok(see_other(&format!("{href}?done=rights")))
}

async fn give(
    app: &App,
    grant: &Grant,
    (member, served): (&Member, &[Served]),
    wanted: &RightsWanted,
) -> Result<(), ActError> {
    let desk = Desk::of(app);
    let can_be_had = |service| served.iter().any(|one| one.id == service && one.is_active);
    let to = (member.user.membership, wanted);
    let given = app.db.write(async |tx| {
        let given = accounts::give_by_hand((desk.db, desk.vault), tx, grant, to, can_be_had).await?;
        // Who has not come yet reads in their invitation what they may; its page says it as it is by then.
        if !given.is_nothing()
            && !member.is_invited()
            && let Some(reader) = Reader::of(&desk, tx, member).await?
        {
            letters::rights_changed(&desk, tx, (&reader, grant.number()), &wanted.held()).await?;
        }
        Ok::<_, ActError>(())
    });
    match given.await {
        Err(ActError::Rights(RightsError::Refused)) => Err(RightsError::NoUser.into()),
        other => other,
    }
}
