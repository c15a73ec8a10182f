//! The holder asks for another contact.

use accounts::{
    ContactPerson, ContactPlace, ContactWish, NameProblem, NewContactChange, Proposed, Telephone, check_name,
};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Limit, LimitKind, Token};
use kernel::Language;
use serde::Serialize;
use web::{Form, FormState, Link, Locale, Page, Refusal};

use super::list::asked_limit;
use super::{Holding, about_key, letters, path_of};
use crate::App;
use crate::emails::email_of;
use crate::letters::{Desk, LetterError};
use crate::profile::{Part, frame_of, telephone_problem};
use crate::sign_up::ANSWER_AFTER;
use crate::signed::{Refused, Signed, see_other};

const FIELDS: [&str; 6] = ["who", "name", "email", "telephone", "language", "identifier"];

#[derive(Serialize)]
struct AskPage {
    tabs: Vec<Link>,
    /// For what, and where.
    kind: String,
    place: String,
    about: String,
    form: FormState,
    once: String,
    action: String,
    back_href: String,
    /// What happens next, and how long a request waits.
    how: String,
}

/// Where the form is asked for, and by whom.
struct Asking<'a> {
    app: &'a App,
    locale: &'a Locale,
    signed: &'a Signed,
    holding: &'a Holding,
    place: ContactPlace,
}

impl Asking<'_> {
    fn say(&self, key: &str) -> String {
        self.app.site.texts().say(self.locale.language, key)
    }

    fn show(&self, (status, form): (StatusCode, FormState), once: String) -> Result<Response, Refusal> {
        let number = &self.holding.view.number;
        let (mut frame, tabs) = frame_of(self.app, self.locale, self.signed, Some(number), Part::Contacts)?;
        let code = self.place.kind.code();
        frame.title = self.say(&format!("contact-ask-{code}"));
        let action = path_of(number, self.place);
        frame.path.clone_from(&action);
        let service = self.holding.services.iter().find(|one| Some(one.id) == self.place.service);
        let days = self.app.contact_changes_last.as_hours() / 24;
        let content = AskPage {
            tabs,
            kind: frame.title.clone(),
            place: match service {
                Some(service) => self.say(&format!("service-{}", service.kind.code())),
                None => self.say("contacts-account"),
            },
            about: self.say(&about_key(self.place)),
            form,
            once,
            action,
            back_href: format!("/accounts/{number}/contacts"),
            how: self.app.site.texts().say_count(self.locale.language, "contact-ask-how", days, &[]),
        };
        Page { frame, content }.show_as(status, &self.app.site, self.locale, "contact-ask.html")
    }

    /// Who is proposed, in the form in which it is kept; none where something is wrong with it.
    fn check(&self, form: &Form, shown: &mut FormState) -> Option<Proposed> {
        match form.get("who") {
            "person" => self.check_person(form, shown).map(Proposed::Person),
            "customer" => {
                let identifier = accounts::typed_identifier(form.get("identifier"));
                if identifier.is_none() {
                    shown.refuse("identifier", self.say("contact-identifier-wrong"));
                }
                identifier.map(Proposed::Customer)
            }
            _ => {
                shown.refuse("who", self.say("contact-who-none"));
                None
            }
        }
    }

    fn check_person(&self, form: &Form, shown: &mut FormState) -> Option<ContactPerson> {
        let name = check_name(None, form.get("name"));
        if let Err(problem) = name {
            let key = if problem == NameProblem::TooLong { "profile-name-long" } else { "contact-name-none" };
            shown.refuse("name", self.say(key));
        }
        let email = email_of(self.app, form.get("email"), "contact-email-wrong");
        if let Err(key) = email {
            shown.refuse("email", self.say(key));
        }
        let telephone = form.trimmed("telephone");
        let telephone = (!telephone.is_empty()).then(|| Telephone::parse(telephone)).transpose();
        if let Err(error) = telephone {
            shown.refuse("telephone", self.say(telephone_problem(error)));
        }
        let language = Language::from_code(form.get("language"));
        if language.is_none() {
            shown.refuse("language", self.say("profile-language-none"));
        }
        let telephone = telephone.ok()?.map(|number| number.to_string());
        let person = ContactPerson { name: name.ok()?, email: email.ok()?, language: language?, telephone };
        (!shown.is_refused()).then_some(person)
    }

    /// Takes one of the letters that a login may send to addresses that nobody has confirmed, and one that the mailbox may get.
    async fn no_letter_left(&self, proposed: &Proposed) -> Result<bool, Refusal> {
        let login = self.signed.login.id.to_string();
        let limits = [Limit::of(&self.app.vault, LimitKind::AddressLetter, &login), asked_limit(self.app, proposed)];
        for limit in limits {
            if limit.take(&self.app.db).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn begin(&self, proposed: &Proposed, once: &str) -> Result<ContactWish, Refusal> {
        let (app, desk) = (self.app, Desk::of(self.app));
        let new = NewContactChange {
            place: self.place,
            proposed,
            login: self.signed.login.id,
            own_email: &self.signed.login.email,
            once,
            expires_at: app.db.world().now().plus(app.contact_changes_last),
        };
        let wish = app.db.write(async |tx| {
            let with = (desk.db, desk.vault);
            let wish = accounts::begin_contact_change(with, tx, &self.holding.grant, &new).await?;
            if let ContactWish::Begun(change, over) = &wish {
                if let Some(over) = over {
                    letters::ended(&desk, tx, over).await?;
                }
                letters::asked(&desk, tx, change).await?;
            }
            Ok::<_, LetterError>(wish)
        });
        Ok(wish.await?)
    }
}

/// `GET /accounts/{number}/contacts/{place}/{kind}`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, place, kind)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let holding = Holding::of(&app, &signed, &number).await?;
    let place = holding.place(&place, &kind)?;
    let mut form = FormState::empty(&FIELDS);
    for (field, value) in [("who", "person"), ("language", locale.language.code())] {
        form.values.insert(field, value.to_owned());
    }
    let once = Token::draw(&app.db).secret().to_owned();
    let asking = Asking { app: &app, locale: &locale, signed: &signed, holding: &holding, place };
    Ok(asking.show((StatusCode::OK, form), once)?)
}

/// `POST /accounts/{number}/contacts/{place}/{kind}`: the same form twice is one request. For a right form one answer after one
/// time, whether a client identifier is a customer's or not.
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, place, kind)): Path<(String, String, String)>,
    form: Form,
) -> Result<Response, Refused> {
    let until = tokio::time::Instant::now() + ANSWER_AFTER;
    let holding = Holding::of(&app, &signed, &number).await?;
    let place = holding.place(&place, &kind)?;
    let asking = Asking { app: &app, locale: &locale, signed: &signed, holding: &holding, place };
    let mut shown = FormState::keeping(&form, &FIELDS);
    let once = match form.get("once") {
        once if (40..=64).contains(&once.len()) => once.to_owned(),
        _ => Token::draw(&app.db).secret().to_owned(),
    };
    let Some(proposed) = asking.check(&form, &mut shown) else {
        return Ok(asking.show((StatusCode::UNPROCESSABLE_ENTITY, shown), once)?);
    };
    let field = if matches!(proposed, Proposed::Customer(_)) { "identifier" } else { "email" };
    if asking.no_letter_left(&proposed).await? {
        shown.refuse(field, asking.say("contact-too-many"));
        return Ok(asking.show((StatusCode::TOO_MANY_REQUESTS, shown), once)?);
    }
    let wish = asking.begin(&proposed, &once).await?;
    tokio::time::sleep_until(until).await;
    let wrong = match wish {
        ContactWish::Begun(..) | ContactWish::Again => {
            app.nudge.notify_one();
            let done = if field == "identifier" { "asked-customer" } else { "asked" };
            return Ok(see_other(&format!("/accounts/{number}/contacts?done={done}")));
        }
        ContactWish::UnderWay => ("who", "contact-under-way"),
        ContactWish::Same => (field, "contact-same"),
        ContactWish::Gone => return Err(Refusal::NotFound.into()),
    };
    shown.refuse(wrong.0, asking.say(wrong.1));
    Ok(asking.show((StatusCode::CONFLICT, shown), once)?)
}
