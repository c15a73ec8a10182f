//! Forms: what was typed is kept, and every error stands beside its field and in a summary (PRV-4).

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Serialize;

use crate::Refusal;

/// The fields of a posted form, each as it was typed; the last of fields with one name.
#[derive(Clone, Debug, Default)]
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// A form that came by another way than as one body of pairs: with files among its fields.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] for a NUL, which no field of ours holds and PostgreSQL would refuse.
    pub fn of_pairs(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Refusal::BadRequest);
        }
        Ok(Self(pairs.into_iter().collect()))
    }

    /// What was typed; nothing for a field that was not sent.
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// The same without the spaces around it.
    pub fn trimmed(&self, field: &str) -> &str {
        self.get(field).trim()
    }
}

impl<S: Sync + Send> FromRequest<S> for Form {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let pairs = axum_extra::extract::Form::<Vec<(String, String)>>::from_request(request, state).await;
        let axum_extra::extract::Form(pairs) = pairs.map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Refusal::WrongType,
            _ => Refusal::BadRequest,
        })?;
        Self::of_pairs(pairs)
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    pub field: &'static str,
    pub text: String,
}

/// A form as a page shows it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FormState {
    pub values: BTreeMap<&'static str, String>,
    pub errors: Vec<FieldError>,
}

impl FormState {
    /// With these fields kept. Passwords are not among them.
    pub fn keeping(form: &Form, fields: &[&'static str]) -> Self {
        let values = fields.iter().map(|field| (*field, form.get(field).to_owned())).collect();
        Self { values, errors: Vec::new() }
    }

    /// Empty, with these fields.
    pub fn empty(fields: &[&'static str]) -> Self {
        Self { values: fields.iter().map(|field| (*field, String::new())).collect(), errors: Vec::new() }
    }

    pub fn refuse(&mut self, field: &'static str, text: String) {
        self.errors.push(FieldError { field, text });
    }

    pub fn is_refused(&self) -> bool {
        !self.errors.is_empty()
    }
}
