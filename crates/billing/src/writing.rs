//! Writes a bill out in the customer's language: the [`Document`] that its page and its PDF draw (BIL-1).

use std::collections::BTreeMap;

use accounts::{AccountView, Address};
use kernel::{Amount, Language, Region, ServiceId, Span};
use services::{Bilingual, Catalogue, PriceEnd};
use web::Texts;

use crate::ledger::EntryKind;
use crate::line::{Cause, Content, Line, Movement, Section};
use crate::rules::BillingRules;
use crate::sender::{ProviderFacts, sender, shown_site};
use crate::store::StoredBill;
use paper::{Document, DocumentLine, DocumentSection, Passage, RemittanceSlip, Sender};
use taxes::Tax;
use web::Labelled;

/// Name and postal address of a customer as an envelope bears them, a line each, as far as they are known.
pub fn addressee(account: &AccountView) -> Vec<String> {
    account.address.lines(account.name.as_deref(), account.language)
}

/// A text that is put into another: what is written from right to left keeps to itself (UAX 9), wherever it lands.
fn isolated(text: &str) -> String {
    let directed =
        |letter: char| matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}');
    if text.contains(directed) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}

/// Where a service is, in one line: street and town, as far as they are known.
fn place_of(address: &Address) -> Option<String> {
    let parts: Vec<String> =
        [&address.street, &address.city].into_iter().flatten().map(|part| isolated(part)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Everything that a bill is written from.
pub struct Writing<'a> {
    pub texts: &'a Texts,
    pub language: Language,
    /// As it is today: for bills that were issued before the sender was kept with their rules.
    pub provider: &'a ProviderFacts,
    pub rules: &'a BillingRules,
    pub catalogue: &'a Catalogue,
    /// As of the bill's issue ([`accounts::account_view_when`]).
    pub account: &'a AccountView,
    /// Where the account's services are.
    pub places: &'a BTreeMap<ServiceId, Address>,
    pub bill: &'a StoredBill,
    pub previous: Option<&'a StoredBill>,
    pub large_print: bool,
}

impl Writing<'_> {
    /// The bill as people read it; `None` when it is of a schema that this program does not know.
    pub fn document(&self) -> Option<Document> {
        self.document_with(&[])
    }

    /// As [`Self::document`], where agreed prices have ended ([`crate::price_ends`]).
    pub fn document_with(&self, ended: &[PriceEnd]) -> Option<Document> {
        let content = self.bill.content()?;
        Some(Document {
            language: self.language,
            large_print: self.large_print,
            title: self.say("bill-title", &[("day", &self.issued())]),
            sender: self.sender(),
            addressee: addressee(self.account),
            issued: self.bill.issued_on.date(),
            identifier: self.labelled("bill-identifier", self.account.identifier.clone()),
            facts: self.facts(&content),
            // A credit has no sign: its name says in whose favour it is.
            total_due: self.labelled(self.total_key(), self.amount(self.bill.total_due.abs())),
            due: self.asks().then(|| self.labelled("bill-due", self.due())),
            settled: (!self.asks()).then(|| self.settled()),
            as_of: Some(self.as_of()),
            difference: self.difference(&content, ended),
            sections: self.sections(&content),
            pay: self.pay(),
            pay_title: self.say("bill-pay", &[]),
            question: self.question(),
            slip: self.asks().then(|| self.slip()),
            links: self.sender_facts().links(),
            page_label: self.say("bill-page", &[("page", "{page}"), ("pages", "{pages}")]),
        })
    }

    /// Whether the bill asked for something when it was issued: else it has no day, no way to pay and no slip.
    fn asks(&self) -> bool {
        !self.bill.total_due.is_negative() && !self.bill.total_due.is_zero()
    }

    /// The provider as of the bill's issue.
    fn sender_facts(&self) -> &ProviderFacts {
        self.rules.sender.as_ref().unwrap_or(self.provider)
    }

    fn issued(&self) -> String {
        web::day(self.texts, self.language, self.bill.issued_on)
    }

    fn due(&self) -> String {
        web::day(self.texts, self.language, self.bill.due_on)
    }

    fn settled(&self) -> String {
        let amount = self.amount(self.bill.total_due.abs());
        let key = if self.bill.total_due.is_negative() { "bill-issued-in-favour" } else { "bill-issued-nothing" };
        self.say(key, &[("amount", &amount)])
    }

    fn as_of(&self) -> String {
        match &self.sender_facts().centre {
            Some(centre) => self.say("bill-as-of-at", &[("day", &self.issued()), ("centre", shown_site(centre))]),
            None => self.say("bill-as-of", &[("day", &self.issued())]),
        }
    }

    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.texts.say_with(self.language, key, values)
    }

    fn amount(&self, amount: Amount) -> String {
        web::amount(self.language, amount, self.bill.currency)
    }

    fn labelled(&self, key: &str, value: String) -> Labelled {
        Labelled { label: self.say(key, &[]), value }
    }

    /// A total that is owed to the customer is a credit, and says so.
    fn total_key(&self) -> &'static str {
        if self.bill.total_due.is_negative() { "bill-total-credit" } else { "bill-total-due" }
    }

    fn sender(&self) -> Sender {
        let registrations = self.rules.registrations.iter().map(|(tax, number)| {
            let name = self.tax_name(*tax);
            Labelled { label: self.say("bill-registration", &[("tax", &name)]), value: number.clone() }
        });
        Sender { registrations: registrations.collect(), ..sender(self.texts, self.language, self.sender_facts()) }
    }

    fn facts(&self, content: &Content) -> Vec<Labelled> {
        let period = Span { from: self.bill.period_from, until: self.bill.period_until };
        let mut facts = vec![
            self.labelled("bill-account", self.account.number.clone()),
            self.labelled("bill-number", self.bill.number.to_string()),
            self.labelled("bill-period", web::day_span(self.texts, self.language, period)),
            self.labelled("bill-issued", self.issued()),
        ];
        if let [place] = self.places_of(content).as_slice() {
            facts.push(self.labelled("bill-service-address", place.clone()));
        }
        facts
    }

    /// The places of the bill's services, each once.
    fn places_of(&self, content: &Content) -> Vec<String> {
        let mut found: Vec<String> = vec![];
        for line in &content.lines {
            if let Some(place) = self.places.get(&line.charge.service).and_then(place_of)
                && !found.contains(&place)
            {
                found.push(place);
            }
        }
        found
    }

    fn sections(&self, content: &Content) -> Vec<DocumentSection> {
        let of = |section| content.lines.iter().filter(move |line| line.charge.section == section);
        let is_spread = self.places_of(content).len() > 1;
        let charges = of(Section::Service).map(|line| self.placed(line, is_spread)).collect();
        let add_ons = of(Section::AddOn).map(|line| self.charge(line)).collect();
        let mut taxes: Vec<DocumentLine> = of(Section::Fee).map(|line| self.fee(line)).collect();
        taxes.extend(content.taxes.iter().map(|tax| {
            let name = self.tax_name(tax.tax);
            let rate = self.percent(&tax.rate.to_string());
            let base = self.amount(tax.base);
            let region = province(&tax.region);
            DocumentLine {
                id: None,
                what: self.say("bill-tax-line", &[("tax", &name), ("rate", &rate)]),
                detail: Some(self.say("bill-tax-detail", &[("base", &base), ("region", region)])),
                amount: self.amount(tax.amount),
            }
        }));
        let all_taxes = self.bill.gst + self.bill.hst + self.bill.qst + self.bill.pst + self.bill.vat + self.bill.fees;
        let brought = self.bill.previous_balance + self.bill.payments;
        vec![
            self.section("service-charges", charges, self.bill.service_charges),
            self.section("add-ons", add_ons, self.bill.add_ons),
            self.section("taxes", taxes, all_taxes),
            self.section("balance", self.balance_lines(content), brought),
            self.section("total", self.total_lines(brought), self.bill.total_due),
        ]
    }

    fn section(&self, id: &'static str, lines: Vec<DocumentLine>, total: Amount) -> DocumentSection {
        let total_key = if id == "total" { self.total_key().to_owned() } else { format!("bill-{id}-total") };
        DocumentSection {
            id: id.into(),
            title: self.say(&format!("bill-{id}-title"), &[]),
            explanation: self.say(&format!("bill-{id}-explanation"), &[]),
            lines,
            total: self.labelled(&total_key, self.amount(total)),
        }
    }

    /// A plan's line, with the place of its service where there are several.
    fn placed(&self, line: &Line, is_spread: bool) -> DocumentLine {
        let mut written = self.charge(line);
        if is_spread && let Some(place) = self.places.get(&line.charge.service).and_then(place_of) {
            let before = written.detail.take().map(|detail| format!("{detail}\n")).unwrap_or_default();
            written.detail = Some(before + &place);
        }
        written
    }

    /// A line in plain words: what, for which days, and why it is not simply this month.
    fn charge(&self, line: &Line) -> DocumentLine {
        let kind = self.say(&format!("service-{}", line.charge.kind), &[]);
        let days = web::day_span(self.texts, self.language, line.days);
        let key = match (line.cause, line.days.days() == line.charge.cycle.days()) {
            (Cause::Recurring, true) => "bill-line-whole",
            (Cause::Recurring, false) => "bill-line-part",
            (Cause::Late, _) => "bill-line-late",
            (Cause::Credit, _) => "bill-line-credit",
        };
        let price = self.amount(line.charge.price);
        let (part, whole) = (line.days.days().to_string(), line.charge.cycle.days().to_string());
        let values = [("kind", kind.as_str()), ("days", &days), ("price", &price), ("part", &part), ("whole", &whole)];
        DocumentLine {
            id: Some(line.id),
            what: self.item_name(&line.charge.item),
            detail: Some(self.say(key, &values)),
            amount: self.amount(line.amount),
        }
    }

    fn fee(&self, line: &Line) -> DocumentLine {
        let region = province(&line.charge.region);
        let days = web::day_span(self.texts, self.language, line.days);
        DocumentLine {
            id: Some(line.id),
            what: self.say("bill-fee", &[("code", &fee_name(&line.charge.item))]),
            detail: Some(self.say("bill-fee-detail", &[("region", region), ("days", &days)])),
            amount: self.amount(line.amount),
        }
    }

    fn balance_lines(&self, content: &Content) -> Vec<DocumentLine> {
        let plain = |what: String, detail: Option<String>, amount: Amount| DocumentLine {
            id: None,
            what,
            detail,
            amount: self.amount(amount),
        };
        let mut lines = vec![plain(self.say("bill-previous-balance", &[]), None, self.bill.previous_balance)];
        for movement in &content.movements {
            let on = web::day(self.texts, self.language, movement.on);
            let key = format!("bill-movement-{}", movement.kind);
            lines.push(plain(
                self.say(&key, &[]),
                Some(self.say("bill-movement-on", &[("day", &on)])),
                movement.amount,
            ));
        }
        lines
    }

    fn total_lines(&self, brought: Amount) -> Vec<DocumentLine> {
        let plain = |key: &str, amount: Amount| DocumentLine {
            id: None,
            what: self.say(key, &[]),
            detail: None,
            amount: self.amount(amount),
        };
        vec![plain("bill-current-charges", self.bill.current_charges), plain("bill-brought-forward", brought)]
    }

    /// Online first; no way where nothing is to pay.
    fn pay(&self) -> Vec<Passage> {
        if !self.asks() {
            return vec![];
        }
        let provider = self.sender_facts();
        let mut ways = vec![];
        if provider.takes_cards {
            let text = match &provider.centre {
                Some(centre) => self.say("bill-pay-online-at", &[("centre", shown_site(centre))]),
                None => self.say("bill-pay-online-text", &[]),
            };
            ways.push(Passage { title: self.say("bill-pay-online-title", &[]), text });
        }
        ways.extend(ways_to_pay(self.texts, self.language, provider, &self.account.number));
        ways
    }

    fn question(&self) -> Passage {
        let due = self.due();
        let text = match (&self.sender_facts().telephone, self.asks()) {
            (Some(telephone), true) => self.say("bill-question-text", &[("telephone", telephone), ("due", &due)]),
            (None, true) => self.say("bill-question-write", &[("due", &due)]),
            (Some(telephone), false) => self.say("bill-question-call", &[("telephone", telephone)]),
            (None, false) => self.say("bill-question-any", &[]),
        };
        Passage { title: self.say("bill-question-title", &[]), text }
    }

    fn slip(&self) -> RemittanceSlip {
        let provider = self.sender_facts();
        let mut address = vec![provider.name.clone()];
        // Many providers' own name is the first line of their address.
        address.extend(provider.address.iter().filter(|line| **line != provider.name).cloned());
        RemittanceSlip {
            title: self.say("bill-slip-title", &[]),
            instruction: self.say("bill-slip-instruction", &[("provider", &provider.name)]),
            facts: vec![
                self.labelled("bill-account", self.account.number.clone()),
                self.labelled("bill-number", self.bill.number.to_string()),
                self.labelled(self.total_key(), self.amount(self.bill.total_due)),
                self.labelled("bill-due", self.due()),
            ],
            enclosed: self.say("bill-slip-enclosed", &[]),
            address,
            code_line: code_line(&self.account.number, self.bill.number, self.bill.total_due),
        }
    }

    /// What differs from the previous bill: in what is charged, with the largest cause, and in what is to pay.
    fn difference(&self, content: &Content, ended: &[PriceEnd]) -> Option<String> {
        let mut sentences = Vec::new();
        if let Some(previous) = self.previous {
            sentences.push(self.charges_changed(previous, (content, ended)));
        }
        sentences.extend(self.brought(content));
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    fn charges_changed(&self, previous: &StoredBill, (content, ended): (&Content, &[PriceEnd])) -> String {
        let change = self.bill.current_charges - previous.current_charges;
        let then = self.amount(previous.current_charges);
        if change.is_zero() {
            return self.say("bill-same", &[("then", &then)]);
        }
        let key = if change.is_negative() { "bill-less" } else { "bill-more" };
        let by = self.amount(change.abs());
        let sentence = self.say(key, &[("by", &by), ("then", &then)]);
        let before = previous.content();
        let cause = before.and_then(|before| {
            self.cause((&before, content), change, ended).or_else(|| self.tax_cause(previous, change))
        });
        match cause {
            Some(cause) => format!("{sentence} {cause}"),
            None => sentence,
        }
    }

    /// Why something else is to be paid than the charges, each reason with its amount; together they come to the total.
    fn brought(&self, content: &Content) -> Vec<String> {
        let of = |kind: EntryKind| content.movements.iter().filter(move |movement| movement.kind == kind.code());
        let sum = |kind| of(kind).map(|movement| movement.amount).sum::<Amount>();
        let day = |day| web::day(self.texts, self.language, day);
        let one = |key: &str, movement: &Movement| {
            self.say(key, &[("amount", &self.amount(movement.amount.abs())), ("day", &day(movement.on))])
        };
        let with = |key: &str, amount: Amount| self.say(key, &[("amount", &self.amount(amount.abs()))]);
        let opening = sum(EntryKind::Opening);
        let back: Vec<&Movement> = of(EntryKind::Returned).collect();
        let refunded: Vec<&Movement> = of(EntryKind::Refund).collect();
        let went_back = sum(EntryKind::Returned) + sum(EntryKind::Refund);
        // What is left of the previous bill by what was paid since; an opening balance stands before it.
        let left = self.bill.previous_balance - opening + self.bill.payments - went_back;
        let mut sentences = Vec::new();
        sentences.extend(back.iter().map(|movement| one("bill-before-returned", movement)));
        sentences.extend(refunded.iter().map(|movement| one("bill-before-refunded", movement)));
        if !left.is_zero() {
            let key = match (left.is_negative(), self.previous) {
                (true, _) => "bill-before-credit",
                (_, Some(_)) => "bill-before-unpaid",
                // Taken over from a former holder, whose bills are not shown.
                (_, None) => "bill-before-brought",
            };
            sentences.push(with(key, left));
        }
        if !opening.is_zero() {
            let key = if opening.is_negative() { "bill-before-credit" } else { "bill-before-opening" };
            sentences.push(with(key, opening));
        }
        let then = self.previous.map_or(Amount::ZERO, |previous| previous.previous_balance + previous.payments);
        if sentences.is_empty() {
            // What made last month's total another than its charges is over.
            let key = if then.is_negative() { "bill-before-credit-used" } else { "bill-before-settled" };
            return (!then.is_zero()).then(|| with(key, then)).into_iter().collect();
        }
        let total = self.bill.total_due;
        let key = match (total.is_negative(), total.is_zero()) {
            (true, _) => "bill-before-total-credit",
            (_, true) => "bill-before-total-nothing",
            _ => "bill-before-total",
        };
        sentences.push(with(key, total));
        sentences
    }

    /// The item whose charges changed most in the direction of the whole, and how.
    fn cause(&self, (before, now): (&Content, &Content), whole: Amount, ended: &[PriceEnd]) -> Option<String> {
        let mut items: BTreeMap<&str, ItemChange> = BTreeMap::new();
        for line in &before.lines {
            let item = items.entry(&line.charge.item).or_default();
            item.then += line.amount;
            item.corrected_then |= line.cause != Cause::Recurring;
        }
        for line in &now.lines {
            let item = items.entry(&line.charge.item).or_default();
            item.now += line.amount;
            item.corrected_now |= line.cause != Cause::Recurring;
        }
        let with_the_whole = |item: &ItemChange| {
            let change = item.now - item.then;
            !change.is_zero() && change.is_negative() == whole.is_negative()
        };
        let (code, item) = items
            .into_iter()
            .filter(|(_, item)| with_the_whole(item))
            .max_by_key(|(_, item)| (item.now - item.then).abs())?;
        let key = match item {
            ItemChange { corrected_now: true, .. } => "bill-cause-corrected",
            ItemChange { then, .. } if then.is_negative() => "bill-cause-credit-over",
            ItemChange { corrected_then: true, .. } => "bill-cause-correction-over",
            ItemChange { then, .. } if then.is_zero() => "bill-cause-new",
            ItemChange { now, .. } if now.is_zero() => "bill-cause-gone",
            _ => "bill-cause-price",
        };
        let rise = price_rises(before, now).into_iter().find(|rise| rise.item == code && ended.contains(rise));
        let (key, day) = match rise {
            Some(rise) => ("bill-cause-promotion", web::day(self.texts, self.language, rise.on)),
            None => (key, String::new()),
        };
        let (name, then, now) = (self.item_name(code), self.amount(item.then), self.amount(item.now));
        Some(self.say(key, &[("item", &name), ("then", &then), ("now", &now), ("day", &day)]))
    }

    /// The tax that changed most in the direction of the whole, where no item did.
    fn tax_cause(&self, previous: &StoredBill, whole: Amount) -> Option<String> {
        let taxes = [
            (Tax::Gst, previous.gst, self.bill.gst),
            (Tax::Hst, previous.hst, self.bill.hst),
            (Tax::Qst, previous.qst, self.bill.qst),
            (Tax::Pst, previous.pst, self.bill.pst),
            (Tax::Vat, previous.vat, self.bill.vat),
        ];
        let with_the_whole =
            |then: Amount, now: Amount| then != now && (now - then).is_negative() == whole.is_negative();
        let (tax, then, now) = taxes
            .into_iter()
            .filter(|(_, then, now)| with_the_whole(*then, *now))
            .max_by_key(|(_, then, now)| (*now - *then).abs())?;
        let (name, then, now) = (self.tax_name(tax), self.amount(then), self.amount(now));
        Some(self.say("bill-cause-tax", &[("tax", &name), ("then", &then), ("now", &now)]))
    }

    fn item_name(&self, code: &str) -> String {
        let name = |name: &Bilingual| match self.language {
            Language::Fr => name.fr.clone(),
            Language::En => name.en.clone(),
        };
        self.catalogue.item(code).map_or_else(|| fee_name(code), |item| name(&item.name))
    }

    fn tax_name(&self, tax: Tax) -> String {
        self.say(&format!("tax-{}", tax.code()), &[])
    }

    /// `9,975 %`, `9.975%`.
    fn percent(&self, rate: &str) -> String {
        match self.language {
            Language::Fr => format!("{}\u{a0}%", rate.replace('.', ",")),
            Language::En => format!("{rate}%"),
        }
    }
}

/// What an item came to on two bills.
#[derive(Default)]
struct ItemChange {
    then: Amount,
    now: Amount,
    /// Days of other cycles were charged or credited.
    corrected_then: bool,
    corrected_now: bool,
}

/// From which days on two bills charge an item of a service dearer than the day before.
pub(crate) fn price_rises(before: &Content, now: &Content) -> Vec<PriceEnd> {
    let charged = || before.lines.iter().chain(&now.lines).filter(|line| line.cause != Cause::Credit);
    let rises = charged().filter(|line| {
        let is_before = |other: &&Line| {
            let (one, other_one) = (&line.charge, &other.charge);
            other.days.until == line.days.from
                && (one.service, &one.item) == (other_one.service, &other_one.item)
                && other_one.price < one.price
        };
        charged().any(|other| is_before(&other))
    });
    let end =
        |line: &Line| PriceEnd { service: line.charge.service, item: line.charge.item.clone(), on: line.days.from };
    rises.map(end).collect()
}

/// How a bill may be paid today, way by way.
pub fn ways_to_pay(texts: &Texts, language: Language, provider: &ProviderFacts, account: &str) -> Vec<Passage> {
    let passage = |key: &str, values: &[(&str, &str)]| Passage {
        title: texts.say(language, &format!("{key}-title")),
        text: texts.say_with(language, &format!("{key}-text"), values),
    };
    let mut ways = vec![passage("bill-pay-bank", &[("provider", &provider.name), ("account", account)])];
    if !provider.address.is_empty() {
        let address = provider.address.join(", ");
        ways.push(passage("bill-pay-cheque", &[("provider", &provider.name), ("address", &address)]));
    }
    if let Some(telephone) = &provider.telephone {
        ways.push(passage("bill-pay-telephone", &[("telephone", telephone)]));
    }
    ways
}

/// `QC` of `CA-QC`, `FR` of `FR`.
fn province(region: &Region) -> &str {
    region.code().split_once('-').map_or(region.code(), |(_, part)| part)
}

/// `9-1-1` of `911`; another code as it is.
fn fee_name(code: &str) -> String {
    if code == "911" { "9-1-1".to_owned() } else { code.to_owned() }
}

/// Account number, bill number of ten digits, amount of ten digits in cents (nothing for a credit), and a check digit over
/// all of them (ISO/IEC 7812-1, annex B).
fn code_line(account: &str, bill: i64, total: Amount) -> String {
    let cents = if total.is_negative() { 0 } else { total.in_cents() };
    let digits = format!("{account}{bill:010}{cents:010}");
    let check = accounts::check_digit(digits.as_bytes());
    format!("{account} {bill:010} {cents:010} {check}")
}
