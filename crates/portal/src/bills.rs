//! Bills: the list, found and filtered; one bill; its PDF (BIL-1, BIL-4).

use accounts::{AccountView, Grant, Right};
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use billing::{Face, FoundBill, Standing, StoredBill, Writing};
use kernel::{Amount, Day, Language};
use paper::Document;
use serde::{Deserialize, Serialize};
use web::Labelled;
use web::{Link, Locale, Page, Refusal};

use crate::App;
use crate::frame::{Tab, framed, label};
use crate::rows::{Named, ON_A_PAGE, Row, Status, bill_href, bill_title, one_page, rows};
use crate::signed::{Signed, encoded};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    year: String,
    /// The number of the bill after which an older page begins.
    before: String,
}

#[derive(Serialize)]
struct List {
    account: Named,
    years: Vec<Link>,
    query: String,
    rows: Vec<Row>,
    csv_href: String,
    previous_href: Option<String>,
    next_href: Option<String>,
    count_text: String,
}

/// `GET /accounts/{number}/bills`
pub(crate) async fn list(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::SeeBills, &number)?;
    let view = signed.view(&app, &grant)?;
    let mut rows = rows(&app, &locale, &view, &billing::list_bills(&app.db, &grant).await?);
    let base = format!("/accounts/{number}/bills");
    let query: String = asked.q.trim().chars().take(80).collect();
    let year: Option<i16> = asked.year.parse().ok();
    let years = years(&app, &locale, &rows, (&base, &query, year));
    rows.retain(|row| year.is_none_or(|year| row.year == year) && is_found(row, &query));
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let before: Option<i64> = asked.before.parse().ok();
    let begin = before.map_or(0, |before| rows.iter().position(|row| row.number < before).unwrap_or(rows.len()));
    let at = |place: usize| {
        let mut href = format!("{base}?");
        if let Some(year) = year {
            href.push_str(&format!("year={year}&"));
        }
        if !query.is_empty() {
            href.push_str(&format!("q={}&", encoded(&query)));
        }
        if let Some(last) = place.checked_sub(1).and_then(|last| rows.get(last)) {
            href.push_str(&format!("before={}", last.number));
        }
        href
    };
    let previous_href = (begin > 0).then(|| at(begin.saturating_sub(ON_A_PAGE)));
    let next = at(begin + ON_A_PAGE);
    let (rows, goes_on) = one_page(rows.split_off(begin));
    let next_href = goes_on.then_some(next);
    let content = List {
        account: Named { number: number.clone(), label: label(&app, &locale, &view.segment) },
        years,
        query,
        rows,
        csv_href: format!("{base}/csv"),
        previous_href,
        next_href,
        count_text: app.site.texts().say_count(locale.language, "bills-count", count, &[]),
    };
    let title = app.site.texts().say(locale.language, "bills-title");
    let frame = framed(&app, &locale, &signed, &view, (Tab::Billing, title));
    Page { frame, content }.show(&app.site, &locale, "bills.html")
}

/// The years that there are bills of, newest first, when there is more than one.
fn years(app: &App, locale: &Locale, rows: &[Row], (base, query, chosen): (&str, &str, Option<i16>)) -> Vec<Link> {
    let mut found: Vec<i16> = rows.iter().map(|row| row.year).collect();
    found.dedup();
    if found.len() < 2 {
        return Vec::new();
    }
    let all = Link {
        label: app.site.texts().say(locale.language, "bills-all-years"),
        href: if query.is_empty() { base.to_owned() } else { format!("{base}?q={}", encoded(query)) },
        current: chosen.is_none(),
    };
    let q = if query.is_empty() { String::new() } else { format!("&q={}", encoded(query)) };
    let each = found.into_iter().map(|year| Link {
        label: year.to_string(),
        href: format!("{base}?year={year}{q}"),
        current: chosen == Some(year),
    });
    std::iter::once(all).chain(each).collect()
}

/// Whether the words typed stand in what the row says, or in its number; accents, capitals, the kind of space and the sign
/// before the cents do not matter.
fn is_found(row: &Row, query: &str) -> bool {
    let (left, status) = (row.left.as_deref().unwrap_or_default(), &row.status.text);
    let said = [&row.title, &row.period, &row.amount, &row.total, left, &row.number.to_string(), status];
    let said = plain(&said.join(" "));
    plain(query).split_whitespace().all(|word| said.contains(word.trim_matches('$')))
}

fn plain(text: &str) -> String {
    let minus = text.replace('\u{2212}', "-");
    deunicode::deunicode(&minus).to_lowercase().replace('.', ",")
}

/// `GET /accounts/{number}/bills/csv`: every bill's figures, for a spreadsheet.
pub(crate) async fn csv(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::SeeBills, &number)?;
    let billed = billing::list_bills(&app.db, &grant).await?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let keys = [
        "bill-number",
        "bill-issued",
        "csv-from",
        "csv-to",
        "bill-due",
        "csv-currency",
        "bill-previous-balance",
        "csv-payments",
        "csv-charges",
        "bill-total-due",
        "csv-left",
        "csv-status",
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| {
        tracing::error!(%error, "a list of bills could not be written");
        Refusal::Broken
    };
    writer.write_record(keys.map(say)).map_err(broken)?;
    for bill in &billed.bills {
        let row = [
            bill.number.to_string(),
            bill.issued_on.to_string(),
            bill.period_from.to_string(),
            bill.period().last_day().to_string(),
            if bill.total_due > Amount::ZERO { bill.due_on.to_string() } else { String::new() },
            bill.currency.to_string(),
            bill.previous_balance.to_string(),
            bill.payments.to_string(),
            bill.current_charges.to_string(),
            bill.total_due.to_string(),
            billed.left(bill).to_string(),
            crate::rows::status(&app, &locale, billed.standing(bill, app.today())).text,
        ];
        writer.write_record(row).map_err(broken)?;
    }
    let body = writer.into_inner().map_err(|_| Refusal::Broken)?;
    // The mark at the beginning tells a spreadsheet that it is UTF-8.
    let body = ["\u{feff}".as_bytes(), &body].concat();
    let name = format!("attachment; filename=\"{}-{number}.csv\"", say("csv-file"));
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], body).into_response())
}

#[derive(Serialize)]
struct BillPage {
    account: Named,
    document: Document,
    status: Status,
    stands: Stands,
    pdf_href: String,
    /// Where it can be paid by card, while something of it is owed.
    pay_href: Option<String>,
    bills_href: String,
    older: Option<Beside>,
    newer: Option<Beside>,
}

#[derive(Serialize)]
struct Beside {
    title: String,
    href: String,
}

/// What is left to pay of a bill, today: the page leads with it.
#[derive(Serialize)]
struct Stands {
    /// `overdue`, `due`, `nothing` or `credit`, as the stub is drawn.
    state: &'static str,
    is_open: bool,
    label: String,
    amount: String,
    when: Option<Labelled>,
    sentences: Vec<String>,
    /// That what follows speaks as of the day of issue.
    as_issued: String,
}

impl Stands {
    fn of(app: &App, locale: &Locale, found: &FoundBill, standing: Standing) -> Self {
        let (texts, language, bill) = (app.site.texts(), locale.language, &found.bill);
        let say = |key: &str, values: &[(&str, &str)]| texts.say_with(language, key, values);
        let written = |amount: Amount| web::amount(language, amount.abs(), bill.currency);
        let day = |day: Day| web::day(texts, language, day);
        let remainder = found.remainder();
        let left = remainder.map_or(Amount::ZERO, |bill| bill.left);
        let state = match standing {
            Standing::Late => "overdue",
            Standing::ToPay | Standing::PartlyPaid => "due",
            Standing::InFavour => "credit",
            Standing::Paid | Standing::Nothing => "nothing",
        };
        let when = |key: &str| Some(Labelled { label: say(key, &[]), value: day(bill.due_on) });
        let mut sentences = Vec::new();
        match (standing, remainder) {
            (Standing::InFavour, _) => {
                let credit = written(bill.total_due);
                sentences.push(say("bill-page-in-favour", &[("amount", &credit)]));
            }
            (Standing::Paid, Some(bill)) => {
                let (asked, on) = (written(bill.asked), bill.settled_on.map(day).unwrap_or_default());
                sentences.push(say("bill-paid-on", &[("asked", &asked), ("day", &on)]));
            }
            (_, Some(bill)) if left > Amount::ZERO && left < bill.asked => {
                let (asked, paid) = (written(bill.asked), written(bill.asked - left));
                sentences.push(say("bill-partly-paid", &[("asked", &asked), ("paid", &paid)]));
            }
            (Standing::Nothing, _) => sentences.push(say("bill-asks-nothing", &[])),
            _ => {}
        }
        sentences.extend(on_account(found, standing).map(|(key, amount)| say(key, &[("amount", &written(amount))])));
        let is_credit = standing == Standing::InFavour;
        Self {
            state,
            is_open: standing.is_open(),
            label: say(if is_credit { "status-in-favour" } else { "bill-left" }, &[]),
            amount: written(if is_credit { bill.total_due } else { left }),
            when: match standing {
                Standing::Late => when("bill-due-since"),
                _ if standing.is_open() => when("bill-due"),
                _ => None,
            },
            sentences,
            as_issued: say("bill-as-issued", &[("day", &day(bill.issued_on))]),
        }
    }
}

/// What is to be said of the rest of the account beside a bill: what it owes with others, or what became of a credit.
fn on_account(found: &FoundBill, standing: Standing) -> Option<(&'static str, Amount)> {
    let reckoning = &found.billed.reckoning;
    let left = found.remainder().map_or(Amount::ZERO, |bill| bill.left);
    if standing == Standing::InFavour {
        return match reckoning.balance {
            balance if balance == found.bill.total_due => None,
            balance if balance.is_negative() => Some(("bill-credit-now", balance)),
            _ => Some(("bill-credit-used", Amount::ZERO)),
        };
    }
    (reckoning.balance > left).then_some(("bill-account-owes", reckoning.balance))
}

/// Writes the bill out, made out as it was when it was issued.
async fn document(
    app: &App,
    (bill, previous): (&StoredBill, Option<&StoredBill>),
    (grant, view): (&Grant, &AccountView),
    (language, large_print): (Language, bool),
) -> Result<Document, Refusal> {
    let view = accounts::view_when(&app.db, &app.vault, (view.clone(), grant), bill.issued_at).await?;
    let view = view.ok_or(Refusal::NotFound)?;
    let places = services::places_of(&app.db, &app.vault, grant).await?;
    let reference = app.reference((bill.catalogue_version, bill.taxes_version, bill.rules_version)).await?;
    let ended = billing::price_ends(app.db.reader(), bill, previous).await?;
    let writing = Writing {
        texts: app.site.texts(),
        language,
        provider: &app.provider.facts,
        rules: &reference.rules,
        catalogue: &reference.catalogue,
        account: &view,
        places: &places,
        bill,
        previous,
        large_print,
    };
    writing.document_with(&ended).ok_or_else(|| {
        tracing::error!(bill = bill.number, "a bill is of a schema that this program does not know");
        Refusal::Broken
    })
}

/// `GET /accounts/{number}/bills/{bill}`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, bill)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::SeeBills, &number)?;
    let number_of_bill = bill.parse().map_err(|_| Refusal::NotFound)?;
    let found = billing::find_bill(&app.db, &grant, number_of_bill).await?.ok_or(Refusal::NotFound)?;
    let view = signed.view(&app, &grant)?;
    let document =
        document(&app, (&found.bill, found.previous.as_ref()), (&grant, &view), (locale.language, false)).await?;
    let title = document.title.clone();
    let href = bill_href(&number, number_of_bill);
    let beside = |issued_on: Day, number_of_bill: i64| Beside {
        title: bill_title(&app, &locale, issued_on),
        href: bill_href(&number, number_of_bill),
    };
    let standing = found.standing(app.today());
    let may_pay = app.till.is_some() && standing.is_open() && signed.may(Right::Pay, &number).is_ok();
    let content = BillPage {
        account: Named { number: number.clone(), label: label(&app, &locale, &view.segment) },
        document,
        status: crate::rows::status(&app, &locale, standing),
        stands: Stands::of(&app, &locale, &found, standing),
        pay_href: may_pay.then(|| format!("/accounts/{number}/pay?for=bill-{number_of_bill}")),
        pdf_href: format!("{href}/pdf"),
        bills_href: format!("/accounts/{number}/bills"),
        older: found.previous.as_ref().map(|bill| beside(bill.issued_on, bill.number)),
        newer: found.next().map(|bill| beside(bill.issued_on, bill.number)),
    };
    let frame = framed(&app, &locale, &signed, &view, (Tab::Billing, title));
    Page { frame, content }.show(&app.site, &locale, "bill.html")
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskedPdf {
    /// `large` for large print.
    print: String,
}

impl AskedPdf {
    pub(crate) fn is_large(&self) -> bool {
        self.print == "large"
    }
}

/// A bill that would not look as it did is not shown; the log says why.
fn unseen(error: billing::FaceError) -> Refusal {
    tracing::error!(%error, "a bill's PDF could not be made");
    Refusal::Broken
}

/// `GET /accounts/{number}/bills/{bill}/pdf`: in the customer's language, as it was first shown.
pub(crate) async fn pdf(
    State(app): State<App>,
    signed: Signed,
    Path((number, bill)): Path<(String, String)>,
    Query(asked): Query<AskedPdf>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::SeeBills, &number)?;
    let bill: i64 = bill.parse().map_err(|_| Refusal::NotFound)?;
    // A former holder's face is sealed under another key, and none of this reader's (PRO-1).
    if !billing::is_theirs(&app.db, &grant, bill).await? {
        return Err(Refusal::NotFound);
    }
    let view = signed.view(&app, &grant)?;
    let key = accounts::customer_key(app.db.reader(), &app.vault, view.customer).await?.ok_or(Refusal::NotFound)?;
    let large_print = asked.is_large();
    let face = Face { bill, language: view.language, large_print };
    let secret = (app.vault.as_ref(), &key);
    let kept = billing::kept_face(&app.db, secret, &app.renderer, &grant, face).await.map_err(unseen)?;
    let bytes = match kept {
        Some(bytes) => bytes,
        None => {
            let found = billing::find_bill(&app.db, &grant, bill).await?.ok_or(Refusal::NotFound)?;
            let written =
                document(&app, (&found.bill, found.previous.as_ref()), (&grant, &view), (view.language, large_print))
                    .await?;
            billing::face(&app.db, secret, &app.renderer, &grant, face, || written).await.map_err(unseen)?
        }
    };
    let name = app.site.texts().say(view.language, "pdf-file");
    let name = format!("inline; filename=\"{name}-{bill}.pdf\"");
    let kind = "application/pdf".to_owned();
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], bytes).into_response())
}
