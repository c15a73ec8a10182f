//! What a user might do at an earlier moment, for a holder who asks what happened (USR-4): the facts about rights are never changed,
//! so any moment can be shown.

use accounts::{Grant, Member};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, tz::TimeZone};
use kernel::Moment;
use serde::Serialize;
use web::{FormState, Locale};

use super::errors::ActError;
use super::places::{Served, words};
use crate::App;
use crate::signed::Refused;

const FIELD: &str = "at";

/// The form, and its answer.
#[derive(Serialize)]
pub(super) struct Then {
    pub(super) form: FormState,
    /// The moment that was asked about, in words; none where nobody asked, or not about one that is past.
    at: Option<String>,
    rights: Vec<String>,
}

/// From when to when the thing lasts that somebody typed: a minute, as a browser's field writes it, or a day.
fn typed(text: &str, zone: &TimeZone) -> Option<(Moment, Moment)> {
    let moment = |at: DateTime| at.to_zoned(zone.clone()).ok().map(|at| Moment::new(at.timestamp()));
    let until = |end: Moment| end.plus(-SignedDuration::from_micros(1));
    if let Ok(day) = Date::strptime("%Y-%m-%d", text) {
        return Some((moment(day.at(0, 0, 0, 0))?, until(moment(day.tomorrow().ok()?.at(0, 0, 0, 0))?)));
    }
    let begin = moment(text.parse::<DateTime>().ok()?)?;
    Some((begin, until(begin.plus(SignedDuration::from_mins(1)))))
}

/// What `member` might do at the moment that was typed; the form alone where nothing was.
pub(super) async fn then(
    app: &App,
    locale: &Locale,
    (grant, member): (&Grant, &Member),
    served: &[Served],
    at: &str,
) -> Result<Then, Refused> {
    let (texts, language, now) = (app.site.texts(), locale.language, app.db.world().now());
    let mut form = FormState::empty(&[FIELD]);
    let asked = at.trim();
    if asked.is_empty() {
        return Ok(Then { form, at: None, rights: Vec::new() });
    }
    form.values.insert(FIELD, asked.to_owned());
    match typed(asked, &app.zone).filter(|(begin, _)| *begin <= now) {
        None => {
            form.refuse(FIELD, texts.say(language, "user-then-wrong"));
            Ok(Then { form, at: None, rights: Vec::new() })
        }
        Some((_, end)) => {
            let moment = end.min(now);
            let about = (member.user.membership, moment);
            let held = accounts::held_at(app.db.reader(), &app.vault, grant, about).await.map_err(ActError::from)?;
            let at = Some(web::moment(texts, language, moment, &app.zone));
            Ok(Then { form, at, rights: words(texts, language, &held, served) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usr_4_a_minute_and_a_day_are_asked_about_to_their_ends() {
        let zone = TimeZone::get("America/Montreal").expect("a zone");
        let at = |text: &str| Moment::new(text.parse().expect("a moment"));
        let ends =
            |text: &str| typed(text, &zone).map(|(begin, end)| (begin, end.plus(SignedDuration::from_micros(1))));
        let minute = (at("2026-11-21T17:05:00Z"), at("2026-11-21T17:06:00Z"));
        assert_eq!(ends("2026-11-21T12:05"), Some(minute));
        assert_eq!(ends("2026-11-21 12:05"), Some(minute));
        let day = (at("2026-11-21T05:00:00Z"), at("2026-11-22T05:00:00Z"));
        assert_eq!(ends("2026-11-21"), Some(day));
        for wrong in ["", "hier", "2026-13-01", "2026-11-21T25:00", "21/11/2026"] {
            assert_eq!(ends(wrong), None, "{wrong}");
        }
    }
}
