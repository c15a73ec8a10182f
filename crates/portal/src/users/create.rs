//! Somebody is invited, step by step (USR-2): who, what they may, where, and a last look. Between the steps everything is in the form, and
//! is checked again at each; nothing is written before the last button.

use accounts::{Grant, Invited, Invitee, Preset, RightsError, RightsWanted, What};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Limit, LimitKind, Token};
use kernel::{Language, MembershipId};
use serde::Serialize;
use web::{Form, FormState, Locale, Page};

use super::errors::ActError;
use super::letters::{self, Reader};
use super::manage;
use super::places::{Choice, Served, is_allowed, served, words};
use crate::App;
use crate::emails::email_of;
use crate::frame::{Tab, framed};
use crate::letters::Desk;
use crate::signed::{Refused, Signed, see_other};

pub(super) const LONGEST_NAME: usize = 80;
/// The first letters of the names of services' boxes.
const SERVICE: &str = "service:";

/// The steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Who,
    What,
    Where,
    Check,
}

impl Step {
    const ALL: [Self; 4] = [Self::Who, Self::What, Self::Where, Self::Check];

    const fn name(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::What => "what",
            Self::Where => "where",
            Self::Check => "check",
        }
    }

    fn number(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).unwrap_or(0) + 1
    }
}

/// Fields with names of their own; services' are named after them.
const FIELDS: [&str; 6] = ["name", "email", "language", "set", "where", "rights"];

/// The name of a right's box.
const fn field(what: What) -> &'static str {
    match what {
        What::SeeBills => "own:bills.see",
        What::Pay => "own:bills.pay",
        What::ManagePaymentMethods => "own:cards.manage",
        What::SeeService => "own:service.see",
        What::ChangeService => "own:service.change",
        What::SeeUsage => "own:service.usage",
        What::ManageMailboxes => "own:service.mailboxes",
        What::ContactSupport => "own:service.support",
    }
}

/// A radio button.
#[derive(Serialize)]
struct Radio {
    value: &'static str,
    label: String,
    hint: Option<String>,
}

#[derive(Serialize)]
struct Hidden {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct NewPage {
    step: &'static str,
    number: usize,
    total: usize,
    action: String,
    list_href: String,
    form: FormState,
    /// Of the other steps.
    carried: Vec<Hidden>,
    sets: Vec<Radio>,
    own: Vec<Choice>,
    services: Vec<Choice>,
    /// What is to be looked at before the last button.
    checked: Option<Checked>,
    days: String,
}

#[derive(Serialize)]
struct Checked {
    name: String,
    email: String,
    language: String,
    rights: Vec<String>,
}

/// What was typed so far, as far as it is understood.
struct Typed {
    name: String,
    email: String,
    language: Language,
    /// What, on every service.
    what: Vec<What>,
    /// With the services that were chosen.
    wanted: RightsWanted,
}

impl Typed {
    fn needs_places(&self) -> bool {
        self.what.iter().any(|what| what.is_of_services())
    }
}

/// An invitation while it is filled in.
struct Sheet<'a> {
    app: &'a App,
    locale: &'a Locale,
    form: &'a Form,
    served: Vec<Served>,
}

impl Sheet<'_> {
    fn say(&self, key: &str) -> String {
        self.app.site.texts().say(self.locale.language, key)
    }

    fn what(&self) -> Vec<What> {
        let preset = Preset::ALL.into_iter().find(|preset| preset.code() == self.form.get("set"));
        match preset {
            Some(preset) => preset.wanted().held().iter().map(|(what, _)| what).collect(),
            None if self.form.get("set") == "own" => {
                What::ALL.into_iter().filter(|what| self.form.get(field(*what)) == "yes").collect()
            }
            None => Vec::new(),
        }
    }

    fn picked(&self) -> Vec<&Served> {
        self.served.iter().filter(|one| self.form.get(&format!("{SERVICE}{}", one.id)) == "yes").collect()
    }

    /// What was typed, and what is wrong, with the step in which it is.
    fn read(&self) -> (Typed, Vec<(Step, &'static str, String)>) {
        let mut wrong = Vec::new();
        let mut refuse = |step, field, key: &str| wrong.push((step, field, self.say(key)));
        let name = kernel::line(self.form.get("name"));
        if name.is_empty() {
            refuse(Step::Who, "name", "user-name-empty");
        } else if name.chars().count() > LONGEST_NAME {
            refuse(Step::Who, "name", "user-name-long");
        }
        let email = email_of(self.app, self.form.get("email"), "sign-up-email-wrong").unwrap_or_else(|key| {
            refuse(Step::Who, "email", key);
            self.form.trimmed("email").to_owned()
        });
        let language = Language::from_code(self.form.get("language"));
        if language.is_none() {
            refuse(Step::Who, "language", "user-new-language-empty");
        }
        let what = self.what();
        if what.is_empty() {
            let key = if self.form.get("set") == "own" { "user-new-own-empty" } else { "user-new-set-empty" };
            refuse(Step::What, "set", key);
        }
        let (all, picked) = (self.form.get("where") != "some", self.picked());
        let is_of_services = what.iter().any(|what| what.is_of_services());
        if is_of_services && !["all", "some"].contains(&self.form.get("where")) {
            refuse(Step::Where, "where", "user-new-where-empty");
        } else if is_of_services && !all && picked.is_empty() {
            refuse(Step::Where, "where", "user-new-services-empty");
        }
        let wanted = what.iter().fold(RightsWanted::default(), |wanted, what| match !what.is_of_services() || all {
            true => wanted.everywhere(*what),
            false => picked.iter().fold(wanted, |wanted, one| wanted.on(*what, one.id)),
        });
        if !is_allowed(&wanted, &RightsWanted::default().held(), &self.served) {
            refuse(Step::Where, "where", "users-service-ended");
        }
        (Typed { name, email, language: language.unwrap_or(Language::Fr), what, wanted }, wrong)
    }

    fn sets(&self) -> Vec<Radio> {
        let presets = Preset::ALL.map(|preset| (preset.code(), format!("users-set-{}", preset.code())));
        let own = ("own", "users-set-own".to_owned());
        let radio = |(value, key): (&'static str, String)| Radio {
            value,
            label: self.say(&key),
            hint: Some(self.say(&format!("{key}-hint"))),
        };
        presets.into_iter().chain([own]).map(radio).collect()
    }

    /// Everything that belongs to other steps, to be sent along.
    fn carried(&self, step: Step) -> Vec<Hidden> {
        let steps = [("name", Step::Who), ("email", Step::Who), ("language", Step::Who), ("set", Step::What)];
        let named = steps.into_iter().chain([("where", Step::Where), ("once", Step::Check)]);
        let own = What::ALL.map(|what| (field(what).to_owned(), Step::What));
        let services = self.served.iter().map(|one| (format!("{SERVICE}{}", one.id), Step::Where));
        let all = named.map(|(name, of)| (name.to_owned(), of)).chain(own).chain(services);
        let others = all.filter(|(name, of)| name == "once" || *of != step);
        let carried = others.map(|(name, _)| Hidden { value: self.form.get(&name).to_owned(), name });
        carried.filter(|hidden| !hidden.value.is_empty()).collect()
    }

    fn checked(&self, typed: &Typed) -> Checked {
        let (texts, language) = (self.app.site.texts(), self.locale.language);
        Checked {
            name: typed.name.clone(),
            email: typed.email.clone(),
            language: self.say(&format!("profile-language-{}", typed.language.code())),
            rights: words(texts, language, &typed.wanted.held(), &self.served),
        }
    }

    fn show(
        &self,
        signed: &Signed,
        grant: &Grant,
        (status, step, form): (StatusCode, Step, FormState),
        typed: &Typed,
    ) -> Result<Response, Refused> {
        let number = grant.number();
        let own = What::ALL.map(|what| Choice {
            name: field(what).to_owned(),
            label: self.say(crate::rights::key(what)),
            checked: self.form.get(field(what)) == "yes",
        });
        let services = self.served.iter().filter(|one| one.is_active).map(|one| Choice {
            name: format!("{SERVICE}{}", one.id),
            label: one.label.clone(),
            checked: self.form.get(&format!("{SERVICE}{}", one.id)) == "yes",
        });
        let mut carried = self.carried(step);
        if !carried.iter().any(|hidden| hidden.name == "once") {
            carried.push(Hidden { name: "once".to_owned(), value: Token::draw(&self.app.db).secret().to_owned() });
        }
        let content = NewPage {
            step: step.name(),
            number: step.number(),
            total: Step::ALL.len(),
            action: format!("/accounts/{number}/users/new"),
            list_href: format!("/accounts/{number}/users"),
            form,
            carried,
            sets: self.sets(),
            own: own.into(),
            services: services.collect(),
            checked: (step == Step::Check).then(|| self.checked(typed)),
            days: (self.app.invitation_lasts.as_hours() / 24).to_string(),
        };
        let view = signed.view(self.app, grant)?;
        let title = self.say(&format!("user-new-{}-title", step.name()));
        let mut frame = framed(self.app, self.locale, signed, &view, (Tab::Billing, title));
        frame.path.clone_from(&content.action);
        Ok(Page { frame, content }.show_as(status, &self.app.site, self.locale, "user-new.html")?)
    }
}

async fn sheet<'a>(
    app: &'a App,
    (locale, form): (&'a Locale, &'a Form),
    signed: &Signed,
    grant: &Grant,
) -> Result<Sheet<'a>, Refused> {
    let view = signed.view(app, grant)?;
    Ok(Sheet { app, locale, form, served: served(app, locale, (&view, grant)).await? })
}

/// `GET /accounts/{number}/users/new`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
) -> Result<Response, Refused> {
    let grant = manage(&app, &signed, &number, None).await?;
    let form = Form::default();
    let sheet = sheet(&app, (&locale, &form), &signed, &grant).await?;
    let mut shown = FormState::empty(&FIELDS);
    shown.values.insert("language", locale.language.code().to_owned());
    let (typed, _) = sheet.read();
    sheet.show(&signed, &grant, (StatusCode::OK, Step::Who, shown), &typed)
}

/// `POST /accounts/{number}/users/new`: the next step, the one before, or the invitation.
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refused> {
    let grant = manage(&app, &signed, &number, Some("invite")).await?;
    let sheet = sheet(&app, (&locale, &form), &signed, &grant).await?;
    let at = Step::ALL.into_iter().find(|step| step.name() == form.get("step")).unwrap_or(Step::Who);
    let (typed, wrong) = sheet.read();
    let mut shown = FormState::keeping(&form, &FIELDS);
    let skipped = |step: Step| step == Step::Where && !typed.needs_places();
    if form.get("go") == "back" {
        let before = Step::ALL.into_iter().rev().find(|step| *step < at && !skipped(*step)).unwrap_or(Step::Who);
        return sheet.show(&signed, &grant, (StatusCode::OK, before, shown), &typed);
    }
    if let Some(step) = wrong.iter().map(|(step, ..)| *step).filter(|step| *step <= at).min() {
        for (_, field, text) in wrong.into_iter().filter(|(of, ..)| *of == step) {
            shown.refuse(field, text);
        }
        return sheet.show(&signed, &grant, (StatusCode::UNPROCESSABLE_ENTITY, step, shown), &typed);
    }
    if at != Step::Check {
        let next = Step::ALL.into_iter().find(|step| *step > at && !skipped(*step)).unwrap_or(Step::Check);
        return sheet.show(&signed, &grant, (StatusCode::OK, next, shown), &typed);
    }
    match invite(&app, &signed, &grant, (&typed, form.get("once"))).await? {
        Ok((user, is_new)) => {
            app.nudge.notify_one();
            let done = if is_new { "?done=invited" } else { "" };
            Ok(see_other(&format!("/accounts/{number}/users/{user}{done}")))
        }
        Err((step, field, wrong)) => {
            shown.refuse(field, wrong.in_words(&sheet));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            sheet.show(&signed, &grant, (status, step, shown), &typed)
        }
    }
}

/// Why nobody was invited.
enum Wrong {
    TooMany(u16),
    Known,
    Wait(i64),
    Gone,
}

impl Wrong {
    fn in_words(&self, sheet: &Sheet<'_>) -> String {
        let (texts, language) = (sheet.app.site.texts(), sheet.locale.language);
        match self {
            Self::TooMany(most) => texts.say_count(language, "users-too-many", i64::from(*most), &[]),
            Self::Known => texts.say(language, "user-new-known"),
            Self::Wait(minutes) => texts.say_count(language, "sign-up-wait", *minutes, &[]),
            Self::Gone => texts.say(language, "users-service-ended"),
        }
    }
}

/// Who was invited, and whether just now; or why not, and where it is said.
type Done = Result<(MembershipId, bool), (Step, &'static str, Wrong)>;

async fn invite(app: &App, signed: &Signed, grant: &Grant, (typed, once): (&Typed, &str)) -> Result<Done, Refused> {
    let once = match once {
        once if (40..=64).contains(&once.len()) => once.to_owned(),
        _ => Token::draw(&app.db).secret().to_owned(),
    };
    let limit = Limit::of(&app.vault, LimitKind::UserLetter, &signed.login.id.to_string());
    let theirs = Limit::of(&app.vault, LimitKind::UserInvited, &kernel::mailbox(&typed.email));
    for limit in [limit, theirs] {
        if let Some(wait) = limit.take(&app.db).await? {
            return Ok(Err((Step::Check, "rights", Wrong::Wait(wait.as_mins() + 1))));
        }
    }
    let invitee = Invitee { name: &typed.name, email: &typed.email, language: typed.language, once: &once };
    let (desk, limits) = (Desk::of(app), (&app.users, app.invitation_lasts));
    let done = app.db.write(async |tx| {
        let invited =
            accounts::invite_user((desk.db, desk.vault), tx, grant, (&invitee, &typed.wanted), limits).await?;
        if let Invited::Sent(membership, sent) = &invited
            && let Some(member) = accounts::find_member(tx, desk.vault, grant, *membership).await?
            && let Some(reader) = Reader::of(&desk, tx, &member).await?
        {
            letters::invited(&desk, tx, (&reader, grant.number()), (sent, &member.user.held)).await?;
        }
        Ok::<_, ActError>(invited)
    });
    match done.await {
        Ok(Invited::Sent(user, _)) => Ok(Ok((user, true))),
        Ok(Invited::Again(user)) => Ok(Ok((user, false))),
        Ok(Invited::Known(_)) => Ok(Err((Step::Who, "email", Wrong::Known))),
        Err(ActError::Rights(RightsError::TooMany(most))) => Ok(Err((Step::Check, "rights", Wrong::TooMany(most)))),
        Err(ActError::Rights(RightsError::Refused)) => Ok(Err((Step::Where, "where", Wrong::Gone))),
        Err(error) => Err(error.into()),
    }
}
