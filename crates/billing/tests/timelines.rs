//! The bill function over timelines: chosen cases, and random ones (BIL-2).

use std::collections::BTreeMap;

use accounts::AccountTerms;
use billing::{
    BillFault, BillingRules, Cause, Charge, Content, Draft, Known, Line, Movement, PastBill, Previous, Reference,
    Section, compute,
};
use kernel::{Amount, Currency, Day, EntryId, Moment, Month, Region, ServiceId, World};
use proptest::prelude::*;
use services::{AgreedPrice, Catalogue, Fact, Recorded, ServiceKind, ServiceRow};
use taxes::{Tax, TaxTable};

const CATALOGUE: &str = r#"
currency = "CAD"
[[plan]]
code = "slow"
kind = "internet"
name = { fr = "Lent", en = "Slow" }
prices = [{ from = 2025-01-01, amount = "31.00" }]
[[plan]]
code = "fast"
kind = "internet"
name = { fr = "Rapide", en = "Fast" }
prices = [{ from = 2025-01-01, amount = "47.99" }, { from = 2026-04-10, amount = "52.99" }]
[[plan]]
code = "line"
kind = "telephone"
name = { fr = "Ligne", en = "Line" }
prices = [{ from = 2025-01-01, amount = "20.00" }]
[[add_on]]
code = "backup"
kinds = ["internet"]
name = { fr = "Sauvegarde", en = "Backup" }
prices = [{ from = 2025-01-01, amount = "4.95" }]
[[add_on]]
code = "guard"
kinds = ["internet"]
name = { fr = "Protection", en = "Guard" }
prices = [{ from = 2025-01-01, amount = "3.33" }]
untaxed = [{ region = "CA-QC", tax = "qst" }]
"#;

fn reference() -> Reference {
    Reference {
        catalogue: Catalogue::parse(CATALOGUE).expect("a catalogue"),
        catalogue_version: 1,
        taxes: TaxTable::parse(taxes::SHIPPED).expect("a table"),
        taxes_version: 1,
        rules: BillingRules::default(),
        rules_version: 1,
    }
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn cents(cents: i64) -> Amount {
    Amount::cents(cents)
}

/// An account that is billed month by month, remembering what was billed.
struct Account {
    terms: AccountTerms,
    services: Vec<ServiceRow>,
    facts: Vec<Recorded>,
    reference: Reference,
    previous: Option<Previous>,
    billed: Vec<PastBill>,
    bills: Vec<Draft>,
}

impl Account {
    fn new(cycle_day: i16, billed_from: &str) -> Self {
        let world = World::real();
        let terms = AccountTerms {
            id: world.id(),
            number: "1234567897".to_owned(),
            external_id: None,
            currency: Currency::Cad,
            cycle_day,
            billed_from: day(billed_from),
            version: 0,
        };
        let service = |kind| ServiceRow { account: terms.id, id: world.id(), kind };
        let mut services = vec![service(ServiceKind::Internet), service(ServiceKind::Telephone)];
        services.sort_by_key(|row| row.id);
        Self { services, terms, facts: vec![], reference: reference(), previous: None, billed: vec![], bills: vec![] }
    }

    fn service(&self, kind: ServiceKind) -> ServiceId {
        self.services.iter().find(|row| row.kind == kind).expect("a service").id
    }

    fn record(&mut self, service: Option<ServiceId>, effective: &str, fact: Fact) -> i64 {
        self.terms.version += 1;
        let version = self.terms.version;
        let recorded_at = Moment::new(jiff::Timestamp::UNIX_EPOCH);
        self.facts.push(Recorded { version, service, effective_on: day(effective), recorded_at, fact });
        version
    }

    /// An internet service in a region with a plan from a day on.
    fn internet(&mut self, from: &str, region: &str, plan: &str) -> ServiceId {
        let service = self.service(ServiceKind::Internet);
        self.record(Some(service), from, Fact::Located { region: region.parse().expect("a region") });
        self.record(Some(service), from, Fact::PlanStarted { plan: plan.to_owned(), price: None });
        service
    }

    fn known<'a>(&'a self, movements: &'a [Movement]) -> Known<'a> {
        Known {
            account: &self.terms,
            services: &self.services,
            facts: &self.facts,
            cutoff: self.terms.version,
            previous: self.previous.as_ref(),
            billed: &self.billed,
            movements,
        }
    }

    fn lines(&self) -> Vec<Line> {
        self.billed.iter().flat_map(|bill| bill.content.lines.clone()).collect()
    }

    fn bill(&mut self, of: &str) -> Option<&Draft> {
        self.try_bill(month(of), &[]).expect("billed");
        self.bills.last().filter(|bill| bill.period.from.month() == month(of))
    }

    fn try_bill(&mut self, month: Month, movements: &[Movement]) -> Result<bool, BillFault> {
        let issued_on = month.day(i8::try_from(self.terms.cycle_day).expect("small"));
        let Some(draft) = compute(&self.known(movements), &self.reference, month, issued_on)? else { return Ok(false) };
        let number = i64::try_from(self.bills.len()).expect("few") + 1;
        self.billed.push(PastBill { number, content: draft.content.clone() });
        let total_due = draft.figures.total_due;
        self.previous = Some(Previous { number, month, total_due, cutoff: self.terms.version, period: draft.period });
        self.bills.push(draft);
        Ok(true)
    }
}

fn said(content: &Content) -> Vec<(String, Cause, String, String, i64)> {
    let line = |line: &Line| {
        let (from, last) = (line.days.from.to_string(), line.days.last_day().to_string());
        (line.charge.item.clone(), line.cause, from, last, line.amount.in_cents())
    };
    content.lines.iter().map(line).collect()
}

#[test]
fn bil_1_recurring_charges_are_billed_in_advance_for_the_cycle() {
    let mut account = Account::new(15, "2026-01-15");
    account.internet("2025-06-01", "CA-QC", "slow");
    let bill = account.bill("2026-01").expect("a bill");
    assert_eq!((bill.period.from, bill.period.last_day()), (day("2026-01-15"), day("2026-02-14")));
    assert_eq!((bill.issued_on, bill.due_on), (day("2026-01-15"), day("2026-02-05")));
    let expected = ("slow".to_owned(), Cause::Recurring, "2026-01-15".to_owned(), "2026-02-14".to_owned(), 3100);
    assert_eq!(said(&bill.content), [expected]);
    assert_eq!((bill.figures.gst, bill.figures.qst), (cents(155), cents(309)));
    assert_eq!(bill.figures.total_due, cents(3564));
}

#[test]
fn bil_2_a_change_recorded_late_is_credited_and_charged_on_the_next_bill() {
    let mut account = Account::new(1, "2026-10-01");
    let service = account.internet("2026-01-01", "CA-QC", "slow");
    for of in ["2026-10", "2026-11", "2026-12"] {
        account.bill(of).expect("a bill");
    }
    account.record(Some(service), "2026-11-15", Fact::PlanStarted { plan: "fast".to_owned(), price: None });
    let bill = account.bill("2027-01").expect("a bill").clone();
    let line = |item: &str, cause, from: &str, to: &str, amount| {
        (item.to_owned(), cause, from.to_owned(), to.to_owned(), amount)
    };
    // 14 of 30 days of 31.00 are 14.47, so 16.53 come back; 16 of 30 days of 52.99 are 28.26.
    assert_eq!(
        said(&bill.content),
        [
            line("slow", Cause::Credit, "2026-11-15", "2026-11-30", -1653),
            line("fast", Cause::Late, "2026-11-15", "2026-11-30", 2826),
            line("slow", Cause::Credit, "2026-12-01", "2026-12-31", -3100),
            line("fast", Cause::Late, "2026-12-01", "2026-12-31", 5299),
            line("fast", Cause::Recurring, "2027-01-01", "2027-01-31", 5299),
        ]
    );
    assert_eq!(bill.figures.service_charges, cents(8671));
    // GST of 134.24 is 6.71; of November's 1.55 what 14.47 bear stays, 0.72, so 0.83 come back; of December's all, 1.55.
    assert_eq!((bill.figures.gst, bill.figures.qst), (cents(671 - 83 - 155), cents(1339 - 165 - 309)));
    assert_eq!(bill.figures.previous_balance, account.bills[2].figures.total_due);
}

#[test]
fn bil_2_a_credit_is_taxed_as_the_charge_that_it_undoes() {
    let mut account = Account::new(1, "2025-03-01");
    let service = account.internet("2025-01-01", "CA-NS", "slow");
    let march = account.bill("2025-03").expect("a bill");
    assert_eq!(march.content.taxes.iter().map(|tax| tax.amount).sum::<Amount>(), cents(465));
    // Recorded in April, after Nova Scotia's rate fell from 15 % to 14 %: all of March is given back, tax of 15 % included.
    account.record(Some(service), "2025-03-01", Fact::PlanEnded);
    let april = account.bill("2025-04").expect("a bill");
    assert_eq!(april.figures.service_charges, cents(-3100));
    assert_eq!(april.figures.hst, cents(-465));
    assert_eq!(april.figures.total_due, Amount::ZERO);
}

#[test]
fn bil_2_the_rate_is_that_of_the_day_the_bill_is_dated() {
    let hst = |of: &str| {
        let mut account = Account::new(1, "2025-03-01");
        account.internet("2025-01-01", "CA-NS", "slow");
        account.bill("2025-03");
        account.bill(of).expect("a bill").figures.hst
    };
    assert_eq!((hst("2025-03"), hst("2025-04")), (cents(465), cents(434)));
}

#[test]
fn bil_2_an_exemption_and_an_untaxed_product_bear_no_tax() {
    let mut account = Account::new(1, "2026-01-01");
    let service = account.internet("2026-01-01", "CA-QC", "slow");
    account.record(Some(service), "2026-01-01", Fact::AddOnAdded { add_on: "guard".to_owned(), price: None });
    let bill = account.bill("2026-01").expect("a bill");
    assert_eq!((bill.figures.gst, bill.figures.qst), (cents(172), cents(309)));
    account.record(None, "2026-02-01", Fact::Exempted { tax: "gst".to_owned() });
    let bill = account.bill("2026-02").expect("a bill");
    assert_eq!((bill.figures.gst, bill.figures.qst), (Amount::ZERO, cents(309)));
    // A certificate recorded late gives the tax of the days it covers back.
    account.record(None, "2026-02-01", Fact::Exempted { tax: "qst".to_owned() });
    let bill = account.bill("2026-03").expect("a bill");
    assert_eq!((bill.figures.current_charges, bill.figures.qst), (cents(3433 - 309), cents(-309)));
}

#[test]
fn bil_2_fees_are_billed_where_the_configuration_turns_them_on() {
    let fees = |on: bool, region: &str, from: &str| {
        let mut account = Account::new(1, "2026-01-01");
        account.reference.rules.fees = if on { vec!["911".to_owned()] } else { vec![] };
        let line = account.service(ServiceKind::Telephone);
        account.record(Some(line), "2025-01-01", Fact::Located { region: region.parse().expect("a region") });
        account.record(Some(line), from, Fact::PlanStarted { plan: "line".to_owned(), price: None });
        let bill = account.bill("2026-01").expect("a bill");
        let lines = bill.content.lines.iter().filter(|line| line.charge.section == Section::Fee).count();
        (lines, bill.figures.fees, bill.figures.gst)
    };
    assert_eq!(fees(false, "CA-QC", "2025-01-01"), (0, Amount::ZERO, cents(100)));
    // Due for any day of the month in Québec, and part of what GST is computed on: 20.54 bears 1.03.
    assert_eq!(fees(true, "CA-QC", "2025-01-01"), (1, cents(54), cents(103)));
    assert_eq!(fees(true, "CA-QC", "2026-01-30"), (1, cents(54), cents(9)));
    // By day in New Brunswick: 2 of 31 days of 0.97.
    assert_eq!(fees(true, "CA-NB", "2026-01-30"), (1, cents(6), Amount::ZERO));
    assert_eq!(fees(true, "CA-YT", "2025-01-01").0, 0);
}

#[test]
fn bil_2_a_catalogue_price_may_change_in_mid_cycle() {
    let mut account = Account::new(1, "2026-04-01");
    account.internet("2026-01-01", "CA-QC", "fast");
    let bill = account.bill("2026-04").expect("a bill");
    // 9 of 30 days at 47.99 and 21 at 52.99.
    assert_eq!(bill.figures.service_charges, cents(1440 + 3709));
    let next = account.bill("2026-05").expect("a bill");
    assert_eq!(next.figures.service_charges, cents(5299));
}

#[test]
fn bil_1_payments_and_the_opening_balance_stand_where_they_belong() {
    let mut account = Account::new(1, "2026-01-01");
    account.internet("2026-01-01", "CA-QC", "slow");
    let movement = |kind: &str, amount| {
        let entry: EntryId = World::real().id();
        Movement { entry, kind: kind.to_owned(), on: day("2025-12-20"), amount: cents(amount) }
    };
    account.try_bill(month("2026-01"), &[movement("opening", 5000), movement("payment", -3000)]).expect("billed");
    let figures = account.bills[0].figures;
    assert_eq!((figures.previous_balance, figures.payments), (cents(5000), cents(-3000)));
    assert_eq!(figures.total_due, cents(5000 - 3000 + 3564));
}

#[test]
fn bil_3_an_account_with_nothing_to_bill_gets_no_bill_and_a_faulty_one_a_reason() {
    let mut account = Account::new(1, "2026-01-01");
    let service = account.internet("2025-01-01", "CA-QC", "slow");
    account.record(Some(service), "2026-01-01", Fact::PlanEnded);
    assert!(account.bill("2026-01").is_none());
    assert!(account.bills.is_empty());

    let fault = |build: &dyn Fn(&mut Account)| {
        let mut account = Account::new(1, "2026-01-01");
        build(&mut account);
        account.try_bill(month("2026-01"), &[]).expect_err("a fault").to_string()
    };
    let unknown = |account: &mut Account| {
        account.internet("2026-01-01", "CA-QC", "gone");
    };
    assert_eq!(fault(&unknown), "the catalogue has no “gone”");
    let free = AgreedPrice { amount: Amount::ZERO, until: None };
    let mut account = Account::new(1, "2026-01-01");
    let service = account.internet("2025-01-01", "CA-QC", "slow");
    account.record(Some(service), "2025-01-01", Fact::PriceAgreed { item: "slow".to_owned(), price: Some(free) });
    assert!(account.bill("2026-01").is_none(), "a free month");
    account.record(Some(service), "2026-02-10", Fact::PriceAgreed { item: "slow".to_owned(), price: None });
    assert_eq!(said(&account.bill("2026-02").expect("a bill").content).len(), 2, "free days, and days that are not");

    let nowhere = |account: &mut Account| {
        account.internet("2026-01-01", "US-CA", "slow");
    };
    assert_eq!(fault(&nowhere), "the tax table has no region US-CA");
    let unplaced = |account: &mut Account| {
        let service = account.service(ServiceKind::Internet);
        account.record(Some(service), "2026-01-01", Fact::PlanStarted { plan: "slow".to_owned(), price: None });
    };
    assert!(fault(&unplaced).starts_with("it is not known where service"));
}

/// What a timeline says, apart from when it was recorded.
#[derive(Clone, Debug)]
struct Told {
    /// The day it takes effect, counted from 2026-01-01.
    effective: u16,
    /// The month, counted from the first, before whose bill it is recorded.
    recorded: usize,
    what: What,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Plan(usize, Option<(u16, Option<u16>)>),
    End,
    AddOn(usize, bool),
    Price(usize, Option<u16>),
    Region(usize),
    Exempt(bool),
    /// Takes an earlier one back, by its place modulo their number.
    Withdraw(usize),
}

const PLANS: [&str; 2] = ["slow", "fast"];
const ADD_ONS: [&str; 2] = ["backup", "guard"];
const REGIONS: [&str; 3] = ["CA-QC", "CA-NB", "CA-BC"];
const MONTHS: usize = 6;

fn told() -> impl Strategy<Value = Told> {
    let what = prop_oneof![
        4 => (0..2_usize, proptest::option::of((0..9000_u16, proptest::option::of(0..200_u16)))).prop_map(|(plan, price)| What::Plan(plan, price)),
        1 => Just(What::End),
        3 => (0..2_usize, any::<bool>()).prop_map(|(add_on, on)| What::AddOn(add_on, on)),
        2 => (0..4_usize, proptest::option::of(0..9000_u16)).prop_map(|(item, price)| What::Price(item, price)),
        1 => (0..3_usize).prop_map(What::Region),
        1 => any::<bool>().prop_map(What::Exempt),
        1 => (0..12_usize).prop_map(What::Withdraw),
    ];
    (0..200_u16, 0..MONTHS, what).prop_map(|(effective, recorded, what)| Told { effective, recorded, what })
}

/// What two facts must not both be about on one day, for their order not to matter.
fn slot(told: &Told) -> (u16, u8, usize) {
    match &told.what {
        What::Plan(..) | What::End => (told.effective, 0, 0),
        What::AddOn(..) | What::Price(..) => (told.effective, 0, 0),
        What::Region(_) => (told.effective, 3, 0),
        What::Exempt(_) => (told.effective, 4, 0),
        What::Withdraw(_) => (told.effective, 5, 0),
    }
}

fn fact_of(told: &Told, first: i64, last: i64) -> Fact {
    let from = day("2026-01-01");
    let agreed = |(amount, until): (u16, Option<u16>)| AgreedPrice {
        amount: cents(i64::from(amount)),
        until: until.map(|days| from.plus_days(i32::from(told.effective + days))),
    };
    match &told.what {
        What::Plan(plan, price) => Fact::PlanStarted { plan: PLANS[*plan].to_owned(), price: price.map(agreed) },
        What::End => Fact::PlanEnded,
        What::AddOn(add_on, true) => Fact::AddOnAdded { add_on: ADD_ONS[*add_on].to_owned(), price: None },
        What::AddOn(add_on, false) => Fact::AddOnRemoved { add_on: ADD_ONS[*add_on].to_owned() },
        What::Price(item, price) => {
            let items = [PLANS[0], PLANS[1], ADD_ONS[0], ADD_ONS[1]];
            Fact::PriceAgreed { item: items[*item].to_owned(), price: price.map(|price| agreed((price, None))) }
        }
        What::Region(region) => Fact::Located { region: REGIONS[*region].parse().expect("a region") },
        What::Exempt(true) => Fact::Exempted { tax: "gst".to_owned() },
        What::Exempt(false) => Fact::ExemptionEnded { tax: "gst".to_owned() },
        What::Withdraw(place) => {
            // Any of those told, or one that is not there.
            Fact::Withdrawn { version: first + i64::try_from(*place).expect("small") % (last - first + 2) }
        }
    }
}

/// An account on which everything is recorded before the bill of its month, in the order given, and billed month by month.
fn billed_monthly(told: &[Told], cycle_day: i16) -> Account {
    let mut account = Account::new(cycle_day, "2026-01-01");
    let service = account.internet("2025-12-01", "CA-QC", "slow");
    // A telephone line beside it, that moves and ends with it and bears fees.
    account.reference.rules.fees = vec!["911".to_owned()];
    let line = account.service(ServiceKind::Telephone);
    account.record(Some(line), "2025-12-01", Fact::Located { region: "CA-NB".parse().expect("a region") });
    account.record(Some(line), "2026-01-20", Fact::PlanStarted { plan: "line".to_owned(), price: None });
    let first_told = account.terms.version + 1;
    let mut of = month("2026-01");
    for place in 0..MONTHS {
        for told in told.iter().filter(|told| told.recorded == place) {
            let fact = fact_of(told, first_told, account.terms.version);
            let service = (!matches!(fact, Fact::Exempted { .. } | Fact::ExemptionEnded { .. })).then_some(service);
            let effective = day("2026-01-01").plus_days(i32::from(told.effective)).to_string();
            if matches!(fact, Fact::Located { .. } | Fact::PlanEnded) {
                account.record(Some(line), &effective, fact.clone());
            }
            account.record(service, &effective, fact);
        }
        account.try_bill(of, &[]).expect("billed");
        of = of.next();
    }
    account
}

/// What each charge came to, over all bills; what came to nothing is left out.
fn net(lines: &[Line]) -> BTreeMap<Charge, i64> {
    let mut net: BTreeMap<Charge, i64> = BTreeMap::new();
    for line in lines {
        *net.entry(line.charge.clone()).or_default() += line.amount.in_cents();
    }
    net.retain(|_, amount| *amount != 0);
    net
}

fn last_month() -> Month {
    (1..MONTHS).fold(month("2026-01"), |month, _| month.next())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn bil_2_the_sections_of_every_bill_add_up(told in proptest::collection::vec(told(), 0..12), cycle_day in 1_i16..=28) {
        let mut balance = Amount::ZERO;
        for bill in billed_monthly(&told, cycle_day).bills {
            let f = bill.figures;
            let of = |section| bill.content.lines.iter().filter(|line| line.charge.section == section).map(|line| line.amount).sum::<Amount>();
            prop_assert_eq!((of(Section::Service), of(Section::AddOn), of(Section::Fee)), (f.service_charges, f.add_ons, f.fees));
            prop_assert_eq!(bill.content.taxes.iter().map(|tax| tax.amount).sum::<Amount>(), f.taxes());
            prop_assert_eq!(f.current_charges, f.service_charges + f.add_ons + f.taxes() + f.fees);
            prop_assert_eq!(f.previous_balance, balance);
            balance = f.previous_balance + f.payments + f.current_charges;
            prop_assert_eq!(f.total_due, balance);
            // What it posts is what it charges, and no posting moves nothing or to itself.
            prop_assert_eq!(bill.postings.iter().map(billing::Posting::balance).sum::<Amount>(), f.current_charges);
            prop_assert!(bill.postings.iter().all(|posting| posting.amount > Amount::ZERO && posting.debit != posting.credit));
            prop_assert!(bill.content.lines.iter().zip(1..).all(|(line, id)| line.id == id));
        }
    }

    #[test]
    fn bil_2_billing_month_by_month_equals_billing_at_once(told in proptest::collection::vec(told(), 0..12), cycle_day in 1_i16..=28) {
        let monthly = billed_monthly(&told, cycle_day);
        let at_once = Known { previous: None, billed: &[], ..monthly.known(&[]) };
        let issued_on = day("2026-06-01");
        let draft = compute(&at_once, &monthly.reference, last_month(), issued_on).expect("billed");
        let lines = draft.map_or(Vec::new(), |draft| draft.content.lines);
        // The bills of months whose facts came too late for the last one would be on the next: none is left out here,
        // for the last bill knew all facts.
        prop_assert_eq!(net(&monthly.lines()), net(&lines));
    }

    #[test]
    fn bil_2_the_order_of_recording_within_a_period_changes_nothing(
        told in proptest::collection::vec(told(), 0..12), cycle_day in 1_i16..=28, seed: u64,
    ) {
        // Of two facts about the same thing on the same day the later recorded holds, and a withdrawal names a fact by its
        // place: neither is a matter of order alone.
        let mut told: Vec<Told> = told.into_iter().filter(|told| !matches!(told.what, What::Withdraw(_))).collect();
        told.sort_by_key(slot);
        told.dedup_by_key(|told| slot(told));
        let shuffled: Vec<Told> = {
            let mut keyed: Vec<(u64, Told)> = told.iter().cloned().zip(1_u64..).map(|(told, n)| ((seed ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15), told)).collect();
            keyed.sort_by_key(|(key, _)| *key);
            keyed.into_iter().map(|(_, told)| told).collect()
        };
        let (one, other) = (billed_monthly(&told, cycle_day), billed_monthly(&shuffled, cycle_day));
        let figures = |account: &Account| account.bills.iter().map(|bill| bill.figures).collect::<Vec<_>>();
        prop_assert_eq!(figures(&one), figures(&other));
        let said = |account: &Account| account.bills.iter().map(|bill| said(&bill.content)).collect::<Vec<_>>();
        prop_assert_eq!(said(&one), said(&other));
    }

    #[test]
    fn bil_2_credits_of_any_timeline_give_back_at_most_the_tax_that_was_charged(
        told in proptest::collection::vec(told(), 0..12), cycle_day in 1_i16..=28,
    ) {
        let mut account = billed_monthly(&told, cycle_day);
        type Taxes = BTreeMap<(Tax, String, String), i64>;
        let taxes = |account: &Account| {
            let mut all = Taxes::new();
            for line in account.bills.iter().flat_map(|bill| &bill.content.taxes) {
                *all.entry((line.tax, line.region.code().to_owned(), line.rate.to_string())).or_default() += line.amount.in_cents();
            }
            all
        };
        for (key, charged) in taxes(&account) {
            prop_assert!(charged >= 0, "{key:?}: {charged}");
        }
        // Nothing was ever had: each of the charges goes back, and each cent of tax with them.
        let versions: Vec<i64> = account.facts.iter().filter(|fact| matches!(fact.fact, Fact::PlanStarted { .. })).map(|fact| fact.version).collect();
        for version in versions {
            account.record(None, "2025-12-01", Fact::Withdrawn { version });
        }
        account.try_bill(last_month().next(), &[]).expect("billed");
        prop_assert_eq!(net(&account.lines()), BTreeMap::new());
        for (key, left) in taxes(&account) {
            prop_assert_eq!(left, 0, "{:?}", key);
        }
    }

    #[test]
    fn bil_2_no_day_bears_a_charge_twice_and_no_credit_is_of_more_than_was_charged(
        told in proptest::collection::vec(told(), 0..12), cycle_day in 1_i16..=28,
    ) {
        let mut charged: BTreeMap<Charge, Vec<Day>> = BTreeMap::new();
        for line in billed_monthly(&told, cycle_day).lines() {
            let days = charged.entry(line.charge.clone()).or_default();
            for place in 0..line.days.days() {
                let day = line.days.from.plus_days(i32::try_from(place).expect("small"));
                match (line.cause, days.iter().position(|known| *known == day)) {
                    (Cause::Credit, Some(known)) => { days.swap_remove(known); }
                    (Cause::Recurring | Cause::Late, None) => days.push(day),
                    (cause, _) => prop_assert!(false, "{cause:?} of {day}"),
                }
            }
        }
    }
}

#[test]
fn the_taxes_of_a_bill_are_one_line_for_each_tax_rate_and_region() {
    let mut account = Account::new(1, "2026-01-01");
    let service = account.internet("2026-01-01", "CA-QC", "slow");
    account.record(Some(service), "2026-01-16", Fact::Located { region: "CA-ON".parse::<Region>().expect("a region") });
    let bill = account.bill("2026-01").expect("a bill");
    let taxes: Vec<_> = bill
        .content
        .taxes
        .iter()
        .map(|tax| (tax.tax, tax.region.code(), tax.base.in_cents(), tax.amount.in_cents()))
        .collect();
    assert_eq!(taxes, [(Tax::Gst, "CA-QC", 1500, 75), (Tax::Hst, "CA-ON", 1600, 208), (Tax::Qst, "CA-QC", 1500, 150)]);
}

/// The catalogue of C-30: four hostings with the prices that its bill adds up.
const HOSTINGS: &str = r#"
currency = "EUR"
[[plan]]
code = "host"
kind = "hosting"
name = { fr = "Hébergement", en = "Hosting" }
prices = [{ from = 2025-01-01, amount = "68.33" }]
[[add_on]]
code = "mail"
kinds = ["hosting"]
name = { fr = "Courriel", en = "Mail" }
prices = [{ from = 2025-01-01, amount = "68.33" }]
[[add_on]]
code = "disk"
kinds = ["hosting"]
name = { fr = "Disque", en = "Disk" }
prices = [{ from = 2025-01-01, amount = "57.50" }]
[[add_on]]
code = "name"
kinds = ["hosting"]
name = { fr = "Nom", en = "Name" }
prices = [{ from = 2025-01-01, amount = "85.00" }]
"#;

#[test]
fn bil_2_credits_give_back_no_more_tax_than_was_charged() {
    let mut account = Account::new(1, "2026-01-01");
    account.reference.catalogue = Catalogue::parse(HOSTINGS).expect("a catalogue");
    let ids: Vec<ServiceId> = (0..4).map(|_| World::real().id()).collect();
    account.services =
        ids.iter().map(|id| ServiceRow { account: account.terms.id, id: *id, kind: ServiceKind::Hosting }).collect();
    let prices = [6833, 6833, 5750, 8500];
    let mut starts = Vec::new();
    for (id, price) in ids.iter().zip(prices) {
        let price = Some(AgreedPrice { amount: cents(price), until: None });
        account.record(Some(*id), "2026-01-01", Fact::Located { region: "FR".parse().expect("a region") });
        starts.push(account.record(Some(*id), "2026-01-01", Fact::PlanStarted { plan: "host".to_owned(), price }));
        account.record(Some(*id), "2026-02-01", Fact::PlanEnded);
    }
    assert_eq!(account.bill("2026-01").expect("a bill").figures.vat, cents(5583));
    // Each is recorded as never begun, one before each of the next four bills.
    let mut given = Vec::new();
    for (start, of) in starts.into_iter().zip(["2026-02", "2026-03", "2026-04", "2026-05"]) {
        account.record(None, "2026-01-01", Fact::Withdrawn { version: start });
        given.push(account.bill(of).expect("a bill").figures.vat.in_cents());
    }
    assert_eq!(given.iter().sum::<i64>(), -5583, "{given:?}");
    assert_eq!(account.bills.last().expect("a bill").figures.total_due, Amount::ZERO);
}

#[test]
fn bil_2_a_credit_gives_back_the_tax_of_its_charge_though_the_table_became_another() {
    let mut account = Account::new(1, "2026-01-01");
    let service = account.internet("2025-01-01", "CA-NS", "slow");
    assert_eq!(account.bill("2026-01").expect("a bill").figures.hst, cents(434));
    // A table that knew the rate better from that January on, loaded after the bill.
    let known_late = taxes::SHIPPED.replace(
        "{ from = 2025-04-01, percent = \"14\" }",
        "{ from = 2025-04-01, percent = \"14\" }, { from = 2026-01-01, percent = \"16\" }",
    );
    account.reference.taxes = TaxTable::parse(&known_late).expect("a table");
    account.record(Some(service), "2026-01-01", Fact::PlanEnded);
    assert_eq!(account.bill("2026-02").expect("a bill").figures.hst, cents(-434));
}

#[test]
fn bil_2_taxability_is_judged_on_the_tax_date_and_moves_nothing_that_was_billed() {
    let with = |untaxed: &str| {
        let plain = "prices = [{ from = 2025-01-01, amount = \"20.00\" }]\n";
        let text = CATALOGUE.replacen(plain, &format!("{plain}untaxed = [{untaxed}]\n"), 1);
        Catalogue::parse(&text).expect("a catalogue")
    };
    let mut account = Account::new(1, "2026-08-01");
    let line = account.service(ServiceKind::Telephone);
    account.record(Some(line), "2025-01-01", Fact::Located { region: "CA-BC".parse().expect("a region") });
    account.record(Some(line), "2025-01-01", Fact::PlanStarted { plan: "line".to_owned(), price: None });
    account.reference.catalogue = with("{ region = \"CA-BC\", tax = \"pst\" }");
    let taxes = |bill: &Draft| (bill.figures.gst.in_cents(), bill.figures.pst.in_cents());
    assert_eq!(taxes(account.bill("2026-08").expect("a bill")), (100, 0));
    // The law changes; what was billed before its day stays, though a fact has the bill look at it again.
    account.reference.catalogue = with("{ region = \"CA-BC\", tax = \"pst\", before = 2026-10-01 }");
    account.record(Some(line), "2026-08-20", Fact::PriceAgreed { item: "line".to_owned(), price: None });
    assert_eq!(taxes(account.bill("2026-09").expect("a bill")), (100, 0));
    account.record(Some(line), "2026-08-21", Fact::PriceAgreed { item: "line".to_owned(), price: None });
    let bill = account.bill("2026-10").expect("a bill").clone();
    assert_eq!((taxes(&bill), bill.content.lines.len()), ((100, 140), 1));
    // What is given back of September bore no PST, and bears none now; what is charged of it late does.
    account.record(Some(line), "2026-09-16", Fact::PlanEnded);
    account.record(
        Some(line),
        "2026-09-16",
        Fact::PlanStarted { plan: "line".to_owned(), price: Some(AgreedPrice { amount: cents(4000), until: None }) },
    );
    let bill = account.bill("2026-11").expect("a bill");
    let said = said(&bill.content);
    assert_eq!(said[0].4, -1000, "{said:?}");
    // 20.00 of September late, 40.00 of October for 20.00 that bore it, 40.00 of November.
    assert_eq!(taxes(bill), (300 - 50 - 100 + 200, (2000 + 4000 + 4000) * 7 / 100 - 140));
}

#[test]
fn bil_2_a_law_that_goes_by_service_period_splits_the_line() {
    let text = CATALOGUE.replacen(
        "prices = [{ from = 2025-01-01, amount = \"31.00\" }]\n",
        "prices = [{ from = 2025-01-01, amount = \"31.00\" }]\nuntaxed = [{ region = \"CA-BC\", tax = \"pst\", before = 2026-01-11, by = \"service period\" }]\n",
        1,
    );
    let mut account = Account::new(1, "2026-01-01");
    account.reference.catalogue = Catalogue::parse(&text).expect("a catalogue");
    account.internet("2025-01-01", "CA-BC", "slow");
    let bill = account.bill("2026-01").expect("a bill");
    assert_eq!(said(&bill.content).iter().map(|line| line.4).collect::<Vec<_>>(), [1000, 2100]);
    assert_eq!((bill.figures.gst, bill.figures.pst), (cents(155), cents(147)));

    let by_service = taxes::SHIPPED
        .replace("regions = [\"CA-NS\"]", "regions = [\"CA-NS\"]\nby = \"service period\"")
        .replace("{ from = 2025-04-01, percent = \"14\" }", "{ from = 2025-03-11, percent = \"14\" }");
    let mut account = Account::new(1, "2025-03-01");
    account.reference.taxes = TaxTable::parse(&by_service).expect("a table");
    let service = account.internet("2025-01-01", "CA-NS", "slow");
    let bill = account.bill("2025-03").expect("a bill");
    assert_eq!(said(&bill.content).iter().map(|line| line.4).collect::<Vec<_>>(), [1000, 2100]);
    assert_eq!(bill.figures.hst, cents(150 + 294));
    account.record(Some(service), "2025-03-01", Fact::PlanEnded);
    let bill = account.bill("2025-04").expect("a bill");
    assert_eq!((bill.figures.hst, bill.figures.total_due), (cents(-444), Amount::ZERO));
}

#[test]
fn bil_1_who_left_and_owes_or_is_owed_gets_one_last_bill() {
    let entry = |kind: &str, amount| {
        let entry: EntryId = World::real().id();
        [Movement { entry, kind: kind.to_owned(), on: day("2025-12-31"), amount: cents(amount) }]
    };
    for opening in [15_000, -4_000] {
        let mut account = Account::new(1, "2026-01-01");
        let service = account.internet("2025-01-01", "CA-QC", "slow");
        account.record(Some(service), "2026-01-01", Fact::PlanEnded);
        assert!(account.try_bill(month("2026-01"), &entry("opening", opening)).expect("billed"));
        let bill = account.bills[0].clone();
        assert_eq!((bill.figures.total_due, bill.figures.current_charges), (cents(opening), Amount::ZERO));
        assert!(bill.content.lines.is_empty() && bill.content.taxes.is_empty() && bill.postings.is_empty());
        assert!(!account.try_bill(month("2026-02"), &[]).expect("billed"), "a bill shows it already");
        let part = entry("payment", -opening / 4);
        assert!(!account.try_bill(month("2026-02"), &part).expect("billed"), "what is left of it is on that bill");
        assert!(!account.try_bill(month("2026-02"), &entry("payment", -opening)).expect("billed"), "settled");
        let over = entry("payment", -opening * 2);
        assert!(account.try_bill(month("2026-02"), &over).expect("billed"), "the other way round it is news");
    }
}
