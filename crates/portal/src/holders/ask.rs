//! One of the staff asks for a change of holder.

use accounts::{
    AccountNumber, Address, HOLDER_CHANGE_REASONS, HolderChangeWish, NewHolder, NewHolderChange, RegisterError,
};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{StaffRight, Token};
use serde::Serialize;
use web::{Form, FormState, Locale, Page, Refusal};

use super::letters;
use crate::App;
use crate::emails::email_of;
use crate::letters::{Desk, LetterError};
use crate::new_customer::{TypedPerson, check_person};
use crate::place::{PlaceFields, check_place, only_shows_country, place_fields};
use crate::profile::Offered;
use crate::signed::see_other;
use crate::staff::{StaffSigned, staff_frame};

const FIELDS: [&str; 16] = [
    "account_number",
    "reason",
    "takes_over",
    "proof",
    "who",
    "identifier",
    "kind",
    "name",
    "email",
    "telephone",
    "language",
    "street",
    "city",
    "country",
    "region",
    "postal_code",
];
/// What may be written of the proof, in characters.
const LONGEST_PROOF: usize = 1000;

#[derive(Serialize)]
struct AskPage {
    form: FormState,
    once: String,
    reasons: Vec<Offered>,
    place: Option<PlaceFields>,
    /// How long the holder has to object, in hours.
    hours: String,
}

fn show(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    once: String,
) -> Result<Response, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let place = place_fields(app, locale.language, &form, false);
    let nothing = Offered { value: String::new(), label: say("profile-choose") };
    let reasons = HOLDER_CHANGE_REASONS
        .map(|reason| Offered { value: reason.to_owned(), label: say(&format!("staff-holder-reason-{reason}")) });
    let content = AskPage {
        form,
        once,
        reasons: std::iter::once(nothing).chain(reasons).collect(),
        place,
        hours: app.recovery.objection.as_hours().to_string(),
    };
    let frame = staff_frame(app, locale, "staff-holder-new-title", None);
    Page { frame, content }.show_as(status, &app.site, locale, "staff-holder-new.html")
}

/// `GET /staff/holders/new`
pub(super) async fn page(State(app): State<App>, locale: Locale, signed: StaffSigned) -> Result<Response, Refusal> {
    signed.may(StaffRight::ChangeHolders)?;
    let mut form = FormState::empty(&FIELDS);
    for (field, value) in [("who", "new"), ("kind", "person"), ("country", "CA"), ("language", "fr")] {
        form.values.insert(field, value.to_owned());
    }
    let once = Token::draw(&app.db).secret().to_owned();
    show(&app, &locale, (StatusCode::OK, form), once)
}

/// What was typed, in the form in which it is kept.
struct Typed {
    account: AccountNumber,
    reason: &'static str,
    proof: String,
    holder: NewHolder,
    address: Address,
}

fn check_holder(app: &App, locale: &Locale, (form, shown): (&Form, &mut FormState)) -> Option<NewHolder> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    match form.get("who") {
        "known" => {
            let identifier = form.trimmed("identifier");
            if identifier.is_empty() {
                shown.refuse("identifier", say("staff-holder-empty-identifier"));
            }
            Some(NewHolder::Known(identifier.to_owned()))
        }
        "new" => {
            let person = check_person(app, locale, (form, &mut *shown));
            let email = email_of(app, form.get("email"), "sign-up-email-wrong");
            if let Err(key) = email {
                shown.refuse("email", say(key));
            }
            let TypedPerson { kind, name, language, telephone } = person?;
            Some(NewHolder::New { kind, name, language, email: email.ok()?, telephone })
        }
        _ => {
            shown.refuse("who", say("staff-holder-empty-who"));
            None
        }
    }
}

fn check(app: &App, locale: &Locale, (form, shown): (&Form, &mut FormState)) -> Option<Typed> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let account = form.trimmed("account_number").parse::<AccountNumber>().ok();
    if account.is_none() {
        let is_empty = form.trimmed("account_number").is_empty();
        shown.refuse("account_number", say(if is_empty { "sign-up-empty-number" } else { "staff-holder-no-account" }));
    }
    let reason = HOLDER_CHANGE_REASONS.into_iter().find(|reason| *reason == form.get("reason"));
    if reason.is_none() {
        shown.refuse("reason", say("staff-holder-empty-reason"));
    }
    let proof = form.trimmed("proof");
    if proof.is_empty() {
        shown.refuse("proof", say("staff-holder-empty-proof"));
    } else if proof.chars().count() > LONGEST_PROOF {
        shown.refuse("proof", say("staff-holder-long-proof"));
    }
    let holder = check_holder(app, locale, (form, &mut *shown));
    let address = check_place(app, locale, (form, &mut *shown));
    let typed =
        Typed { account: account?, reason: reason?, proof: proof.to_owned(), holder: holder?, address: address? };
    (!shown.is_refused()).then_some(typed)
}

/// Why it could not be registered, for the log.
fn broken(error: RegisterError) -> LetterError {
    match error {
        RegisterError::Vault(error) => error.into(),
        RegisterError::Db(error) => error.into(),
        other => db::DbErr::Custom(other.to_string()).into(),
    }
}

/// `POST /staff/holders/new`: the same form twice is one request.
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::ChangeHolders)?;
    let mut shown = FormState::keeping(&form, &FIELDS);
    let once = match form.get("once") {
        once if (40..=64).contains(&once.len()) => once.to_owned(),
        _ => Token::draw(&app.db).secret().to_owned(),
    };
    if only_shows_country(&form) {
        return show(&app, &locale, (StatusCode::OK, shown), once);
    }
    let Some(typed) = check(&app, &locale, (&form, &mut shown)) else {
        return show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), once);
    };
    let desk = Desk::of(&app);
    let new = NewHolderChange {
        account: typed.account.as_str(),
        holder: &typed.holder,
        reason: typed.reason,
        takes_over: form.get("takes_over") == "yes",
        proof: &typed.proof,
        address: &typed.address,
        once: &once,
        staff: signed.staff.id,
        object_until: app.db.world().now().plus(app.recovery.objection),
        suffix: &app.suffix,
    };
    let wish = app.db.write(async |tx| {
        let wish = accounts::begin_holder_change((desk.db, desk.vault), tx, &new).await.map_err(broken)?;
        if let HolderChangeWish::Begun(id) = wish
            && let Some(change) = accounts::find_holder_change(tx, id).await?
        {
            letters::told(&desk, tx, &change).await?;
        }
        Ok::<_, LetterError>(wish)
    });
    let (field, wrong) = match wish.await? {
        HolderChangeWish::Begun(_) | HolderChangeWish::Again(_) => {
            app.nudge.notify_one();
            return Ok(see_other("/staff/holders?done=asked"));
        }
        HolderChangeWish::NoAccount => ("account_number", "staff-holder-no-account"),
        HolderChangeWish::UnderWay => ("account_number", "staff-holder-under-way"),
        HolderChangeWish::NoCustomer => ("identifier", "staff-holder-no-customer"),
        HolderChangeWish::NoEmail => ("identifier", "staff-holder-no-email"),
        HolderChangeWish::Same => ("identifier", "staff-holder-same"),
    };
    shown.refuse(field, app.site.texts().say(locale.language, wrong));
    show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), once)
}
