//! All payments of an account as rows of a page, whatever way they came: what each settled, and the balance after it (PAY-1,
//! PAY-5).

use accounts::{AccountView, Grant};
use billing::{Billed, EntryKind, Moved, Settled, Way};
use kernel::{Amount, Currency, Day, EntryId, Language, Moment};
use payments::{Payment, Payments};
use serde::Serialize;
use web::{Locale, Refusal, Texts};

use crate::App;
use crate::pay::card_name;
use crate::rows::{ON_A_PAGE, Status, one_page};

/// Payments that charged nothing, as many as are listed among the others.
const MOST_VAIN: u32 = 100;

#[derive(Serialize)]
pub(crate) struct Row {
    /// The day, or the moment where it is known.
    title: String,
    /// How it was paid, or what else it is.
    what: String,
    /// What it settled, what came of it, and why.
    details: Vec<String>,
    amount: String,
    /// What is owed after it; none where nothing moved.
    balance: Option<String>,
    status: Option<Status>,
    /// Its own page, for one by card.
    href: Option<String>,
}

/// The rows of one page, and what the next one begins after.
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    pub(crate) next: Option<String>,
}

/// An entry of the ledger, or a payment that it does not have.
enum Item<'a> {
    Moved(&'a Moved),
    Unposted(&'a Payment),
}

impl Item<'_> {
    fn at(&self) -> Moment {
        match self {
            Self::Moved(moved) => moved.recorded_at,
            Self::Unposted(payment) => payment.begun_at,
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Moved(moved) => moved.entry.to_string(),
            Self::Unposted(payment) => payment.id.to_string(),
        }
    }
}

/// Everything that the rows are written from.
struct Told<'a> {
    app: &'a App,
    locale: &'a Locale,
    view: &'a AccountView,
    billed: &'a Billed,
    ways: Vec<Way>,
    /// Of the entries that are shown.
    by_card: Vec<Payment>,
}

/// The payments of a grant's account, newest first, those after the one that `before` names.
pub(crate) async fn page(
    (app, locale): (&App, &Locale),
    (grant, view): (&Grant, &AccountView),
    payments: Option<&Payments>,
    before: &str,
) -> Result<Page, Refusal> {
    let billed = linked(app, grant, payments).await?;
    let unposted = match payments {
        Some(payments) => payments.unposted(grant, MOST_VAIN).await?,
        None => Vec::new(),
    };
    let mut items: Vec<Item<'_>> = billed.reckoning.moved.iter().rev().map(Item::Moved).collect();
    items.extend(unposted.iter().map(Item::Unposted));
    // Entries stay in the order of the ledger, which is that of their moments.
    items.sort_by_key(|item| std::cmp::Reverse(item.at()));
    let begin = items.iter().position(|item| item.id() == before).map_or(0, |place| place + 1);
    let (items, goes_on) = one_page(items.split_off(begin));
    let entries: Vec<EntryId> = items
        .iter()
        .filter_map(|item| match item {
            Item::Moved(moved) => Some(moved.entry),
            Item::Unposted(_) => None,
        })
        .collect();
    let by_card = match payments {
        Some(payments) => payments.of_entries(grant, &entries).await?,
        None => Vec::new(),
    };
    let ways = billing::ways(&app.db, grant).await?;
    let told = Told { app, locale, view, billed: &billed, ways, by_card };
    debug_assert!(items.len() <= ON_A_PAGE);
    let next = items.last().filter(|_| goes_on).map(Item::id);
    let rows = items.iter().map(|item| match item {
        Item::Moved(moved) => told.moved(moved),
        Item::Unposted(payment) => told.unposted(payment),
    });
    Ok(Page { rows: rows.collect(), next })
}

/// The bills of an account, where it is known which payments were refunded.
pub(crate) async fn linked(app: &App, grant: &Grant, payments: Option<&Payments>) -> Result<Billed, Refusal> {
    let billed = billing::list_bills(&app.db, grant).await?;
    Ok(match payments {
        Some(payments) => billed.linked(&payments.refund_links(grant).await?),
        None => billed,
    })
}

impl Told<'_> {
    fn say(&self, key: &str) -> String {
        self.app.site.texts().say(self.locale.language, key)
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.app.site.texts().say_with(self.locale.language, key, values)
    }

    fn written(&self, amount: Amount) -> String {
        web::amount(self.locale.language, amount, self.view.currency)
    }

    fn day(&self, day: Day) -> String {
        web::day(self.app.site.texts(), self.locale.language, day)
    }

    fn page_of(&self, payment: &Payment) -> String {
        format!("/accounts/{}/payments/{}", self.view.number, payment.id)
    }

    fn unposted(&self, payment: &Payment) -> Row {
        let (texts, language) = (self.app.site.texts(), self.locale.language);
        Row {
            title: web::moment(texts, language, payment.begun_at, &self.app.zone),
            what: self.card(payment),
            details: Vec::new(),
            amount: self.written(payment.amount),
            balance: None,
            status: Some(crate::payments_pages::status(self.app, self.locale, payment)),
            href: Some(self.page_of(payment)),
        }
    }

    fn card(&self, payment: &Payment) -> String {
        let (texts, language) = (self.app.site.texts(), self.locale.language);
        payment.card.as_ref().map_or_else(|| self.say("payments-by-card"), |card| card_name(texts, language, card))
    }

    fn moved(&self, moved: &Moved) -> Row {
        let way = self.ways.iter().find(|way| way.entry == moved.entry);
        let by_card = self.by_card.iter().find(|payment| payment.entry == Some(moved.entry));
        let (what, amount) = self.what(moved, (way, by_card));
        let mut details =
            settled(self.app.site.texts(), (self.locale.language, self.view.currency), self.billed, moved);
        details.extend(self.taken_from(moved));
        details.extend(way.and_then(|way| way.reason.clone()));
        Row {
            title: self.day(moved.on),
            what,
            details,
            amount: self.written(amount),
            balance: Some(balance(self.app.site.texts(), (self.locale.language, self.view.currency), moved.balance)),
            status: self.came_back(moved),
            href: by_card.map(|payment| self.page_of(payment)),
        }
    }

    /// What an entry is, and its amount: what is owed less for it has no sign.
    fn what(&self, moved: &Moved, (way, by_card): (Option<&Way>, Option<&Payment>)) -> (String, Amount) {
        if moved.kind == EntryKind::Opening.code() {
            let key = if moved.amount.is_negative() { "payments-opening-credit" } else { "payments-opening-owed" };
            return (self.say(key), moved.amount.abs());
        }
        let what = match moved.kind.as_str() {
            kind if kind == EntryKind::Returned.code() => self.say("payments-returned"),
            kind if kind == EntryKind::Refund.code() => self.say("payments-refund"),
            _ if moved.amount > Amount::ZERO => self.say("payments-corrected"),
            _ => by_card.map_or_else(
                || self.say(way_of(way.map_or("", |way| way.account.as_str()))),
                |payment| self.card(payment),
            ),
        };
        (what, -moved.amount)
    }

    /// Of which payments money went back.
    fn taken_from(&self, moved: &Moved) -> Option<String> {
        let of = moved.of.iter().filter_map(|entry| self.billed.reckoning.moved(*entry));
        let days: Vec<String> = of.map(|moved| self.day(moved.on)).collect();
        (!days.is_empty()).then(|| self.say_with("payments-back-of", &[("days", &days.join(", "))]))
    }

    /// Whether a payment came back, and how.
    fn came_back(&self, moved: &Moved) -> Option<Status> {
        if moved.amount > Amount::ZERO || moved.back.is_zero() {
            return None;
        }
        let takes = |other: &&Moved| other.of.contains(&moved.entry);
        let is_returned = |other: &Moved| other.kind == EntryKind::Returned.code();
        let returned = self.billed.reckoning.moved.iter().filter(takes).any(is_returned);
        let key = match (returned, moved.back == -moved.amount) {
            (true, true) => "payments-state-returned",
            (false, true) => "payment-state-refunded",
            _ => "payments-state-partly-back",
        };
        Some(Status { kind: if returned { "danger" } else { "neutral" }, text: self.say(key) })
    }
}

/// How a payment came, by the ledger account that it went to.
fn way_of(account: &str) -> &'static str {
    const WAYS: [(&str, &str); 5] = [
        (payments::CASH, "payments-by-card"),
        ("cash:card-terminal", "payments-by-card"),
        ("cash:cheque", "payments-by-cheque"),
        ("cash:pre-authorized-debit", "payments-by-debit"),
        ("cash:bank", "payments-by-bank"),
    ];
    WAYS.iter().find(|(known, _)| *known == account).map_or("payments-by-other", |(_, key)| key)
}

/// What a payment settles, a sentence each, and what of it waits or went back.
pub(crate) fn settled(
    texts: &Texts,
    (language, currency): (Language, Currency),
    billed: &Billed,
    moved: &Moved,
) -> Vec<String> {
    let with = |key: &str, amount: Amount, day: &str| {
        texts.say_with(language, key, &[("amount", &web::amount(language, amount, currency)), ("day", day)])
    };
    let one = |settled: &Settled| {
        let bill = settled.bill.and_then(|number| billed.bills.iter().find(|bill| bill.number == number));
        match bill {
            Some(bill) => with("payments-settled", settled.amount, &web::day(texts, language, bill.issued_on)),
            None => with("payments-settled-unbilled", settled.amount, ""),
        }
    };
    let mut said: Vec<String> = moved.settled.iter().map(one).collect();
    if moved.unused > Amount::ZERO {
        said.push(with("payments-unused", moved.unused, ""));
    }
    if moved.back > Amount::ZERO {
        said.push(with("payments-back", moved.back, ""));
    }
    said
}

/// What is owed at some moment, or had in credit, in words.
pub(crate) fn balance(texts: &Texts, (language, currency): (Language, Currency), balance: Amount) -> String {
    let amount = web::amount(language, balance.abs(), currency);
    if balance.is_negative() {
        texts.say_with(language, "payments-balance-credit", &[("amount", &amount)])
    } else {
        amount
    }
}
