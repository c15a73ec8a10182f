//! One of the staff records a representative, with the documents that they saw.

use accounts::{
    AccountNumber, Grant, NameProblem, NewRepresentative, REPRESENTATIVE_KINDS, RecoveryFile, RepresentativeFacts,
    Right, Telephone, check_name,
};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{StaffRight, Token};
use kernel::{Day, Language};
use serde::Serialize;
use web::{Address, Form, FormState, Locale, Page, Refusal};

use super::letters;
use crate::App;
use crate::documents::{Files, MOST_FILES, Sending, Uploaded, read_upload};
use crate::emails::email_of;
use crate::letters::{Desk, LetterError};
use crate::profile::{Offered, telephone_problem};
use crate::signed::see_other;
use crate::staff::{StaffSigned, staff_frame};

const FIELDS: [&str; 9] =
    ["account_number", "kind", "name", "telephone", "email", "language", "valid_from", "valid_until", "proof"];
/// What may be written of the documents, in characters.
const LONGEST_PROOF: usize = 1000;

#[derive(Serialize)]
struct RecordPage {
    form: FormState,
    once: String,
    kinds: Vec<Offered>,
    /// A label for each file.
    files: Vec<String>,
    /// How long the holder has to object, in hours.
    hours: String,
}

fn show(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    once: String,
) -> Result<Response, Refusal> {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let nothing = Offered { value: String::new(), label: say("profile-choose") };
    let kinds = REPRESENTATIVE_KINDS
        .map(|kind| Offered { value: kind.to_owned(), label: say(&format!("representative-{kind}")) });
    let files = (1..=MOST_FILES)
        .map(|number| texts.say_with(locale.language, "documents-file", &[("number", &number.to_string())]));
    let content = RecordPage {
        form,
        once,
        kinds: std::iter::once(nothing).chain(kinds).collect(),
        files: files.collect(),
        hours: app.recovery.objection.as_hours().to_string(),
    };
    let mut frame = staff_frame(app, locale, "staff-representative-new-title", None);
    "/staff/representatives/new".clone_into(&mut frame.path);
    Page { frame, content }.show_as(status, &app.site, locale, "staff-representative-new.html")
}

/// `GET /staff/representatives/new`
pub(super) async fn page(State(app): State<App>, locale: Locale, signed: StaffSigned) -> Result<Response, Refusal> {
    signed.may(StaffRight::KeepRepresentatives)?;
    let mut form = FormState::empty(&FIELDS);
    form.values.insert("language", "fr".to_owned());
    form.values.insert("valid_from", app.today().to_string());
    let once = Token::draw(&app.db).secret().to_owned();
    show(&app, &locale, (StatusCode::OK, form), once)
}

/// What was typed, in the form in which it is kept.
struct Typed {
    number: AccountNumber,
    kind: &'static str,
    facts: RepresentativeFacts,
    valid_from: Day,
    valid_until: Option<Day>,
}

struct Checking<'a> {
    app: &'a App,
    locale: &'a Locale,
    form: &'a Form,
    shown: &'a mut FormState,
}

impl Checking<'_> {
    fn refuse(&mut self, field: &'static str, key: &str) {
        self.shown.refuse(field, self.app.site.texts().say(self.locale.language, key));
    }

    fn check(&mut self) -> Option<Typed> {
        let number = self.form.trimmed("account_number");
        let account = number.parse::<AccountNumber>().ok();
        if account.is_none() {
            let key = if number.is_empty() { "sign-up-empty-number" } else { "staff-holder-no-account" };
            self.refuse("account_number", key);
        }
        let kind = REPRESENTATIVE_KINDS.into_iter().find(|kind| *kind == self.form.get("kind"));
        if kind.is_none() {
            self.refuse("kind", "representative-kind-none");
        }
        let facts = self.facts();
        let (valid_from, valid_until) = self.days()?;
        let typed = Typed { number: account?, kind: kind?, facts: facts?, valid_from, valid_until };
        (!self.shown.is_refused()).then_some(typed)
    }

    fn facts(&mut self) -> Option<RepresentativeFacts> {
        let name = check_name(None, self.form.get("name"));
        if let Err(problem) = name {
            let long = problem == NameProblem::TooLong;
            self.refuse("name", if long { "profile-name-long" } else { "contact-name-none" });
        }
        let telephone = Telephone::parse(self.form.trimmed("telephone"));
        if let Err(error) = telephone {
            self.refuse("telephone", telephone_problem(error));
        }
        let typed = self.form.trimmed("email");
        let email = (!typed.is_empty()).then(|| email_of(self.app, typed, "contact-email-wrong")).transpose();
        if let Err(key) = email {
            self.refuse("email", key);
        }
        let language = Language::from_code(self.form.get("language"));
        if language.is_none() {
            self.refuse("language", "profile-language-none");
        }
        let proof = self.form.trimmed("proof").to_owned();
        if proof.is_empty() {
            self.refuse("proof", "representative-proof-none");
        } else if proof.chars().count() > LONGEST_PROOF {
            self.refuse("proof", "staff-holder-long-proof");
        }
        let telephone = telephone.ok()?.to_string();
        Some(RepresentativeFacts {
            name: name.ok()?,
            telephone,
            email: email.ok()?,
            language: language?,
            proof,
            files: Vec::new(),
        })
    }

    /// The first and the last day.
    fn days(&mut self) -> Option<(Day, Option<Day>)> {
        let from = self.form.trimmed("valid_from").parse::<Day>().ok();
        if from.is_none() {
            self.refuse("valid_from", "representative-from-none");
        }
        let last = self.form.trimmed("valid_until");
        let until = (!last.is_empty()).then(|| last.parse::<Day>()).transpose();
        let today = self.app.today();
        match (&until, from) {
            (Err(_), _) => self.refuse("valid_until", "representative-until-wrong"),
            (Ok(Some(last)), Some(from)) if *last < from => self.refuse("valid_until", "representative-until-before"),
            (Ok(Some(last)), _) if *last < today => self.refuse("valid_until", "representative-until-past"),
            _ => {}
        }
        Some((from?, until.ok()?))
    }
}

/// Says beside the files what is wrong with them.
fn refuse_files(app: &App, locale: &Locale, uploaded: &Uploaded, shown: &mut FormState) {
    let texts = app.site.texts();
    if let Some((problem, file)) = &uploaded.problem {
        let key = format!("documents-file-{}", problem.name());
        shown.refuse("files", texts.say_with(locale.language, &key, &[("file", file)]));
    } else if shown.is_refused() && !uploaded.files.is_empty() {
        // A browser keeps no file in a form that comes back.
        shown.refuse("files", texts.say(locale.language, "documents-choose-again"));
    }
}

/// `POST /staff/representatives/new`: the same form twice is one record.
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Address(from): Address,
    request: Request,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::KeepRepresentatives)?;
    // Nothing is read of who may not.
    let sending = Sending::begin(from)?;
    let parts = Multipart::from_request(request, &app).await.map_err(|_| Refusal::BadRequest)?;
    let uploaded = read_upload(sending, parts, Files::Keep).await?;
    let form = &uploaded.form;
    let once = match form.get("once") {
        once if (40..=64).contains(&once.len()) => once.to_owned(),
        _ => Token::draw(&app.db).secret().to_owned(),
    };
    let recorded = "/staff/representatives?done=recorded";
    if accounts::representative_of_form(app.db.reader(), &once).await? {
        return Ok(see_other(recorded));
    }
    let mut shown = FormState::keeping(form, &FIELDS);
    let typed = Checking { app: &app, locale: &locale, form, shown: &mut shown }.check();
    refuse_files(&app, &locale, &uploaded, &mut shown);
    let Some(typed) = typed.filter(|_| !shown.is_refused()) else {
        return show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), once);
    };
    if keep(&app, &signed, (typed, &uploaded), &once).await? {
        app.nudge.notify_one();
        return Ok(see_other(recorded));
    }
    shown.refuse("account_number", app.site.texts().say(locale.language, "staff-holder-no-account"));
    refuse_files(&app, &locale, &uploaded, &mut shown);
    show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), once)
}

/// Keeps the documents, then the record, and tells the holder. `false` for no such account.
async fn keep(
    app: &App,
    signed: &StaffSigned,
    (mut typed, uploaded): (Typed, &Uploaded),
    once: &str,
) -> Result<bool, LetterError> {
    let number = typed.number.as_str();
    let found = accounts::account_to_represent(app.db.reader(), &app.vault, number).await?;
    let Some((account, customer, key)) = found else { return Ok(false) };
    for file in &uploaded.files {
        let id = vault::write_file(&app.db, &app.vault, &key, &file.content).await?;
        let (kind, size) = (file.kind.code().to_owned(), file.content.len() as u64);
        typed.facts.files.push(RecoveryFile { id, kind, name: file.name.clone(), size });
    }
    let grant = Grant::of_the_provider(account, number, Right::ChangeContactData);
    let new = NewRepresentative {
        grant: &grant,
        customer,
        kind: typed.kind,
        facts: &typed.facts,
        valid_from: typed.valid_from,
        valid_until: typed.valid_until,
        once,
        staff: signed.staff.id,
        object_until: app.db.world().now().plus(app.recovery.objection),
    };
    let desk = Desk::of(app);
    let kept = app.db.write(async |tx| {
        let one = accounts::record_representative((desk.db, desk.vault), tx, &new).await?;
        if let Some(one) = &one {
            letters::recorded(&desk, tx, (one, new.facts)).await?;
        }
        Ok::<_, LetterError>(one.is_some())
    });
    // The same form at the same moment is one record; an account that passed to somebody else meanwhile has none.
    Ok(kept.await? || accounts::representative_of_form(app.db.reader(), once).await?)
}
