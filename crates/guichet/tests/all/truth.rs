//! BIL-1, ACC-5, PAY-1: a bill has one state and one remainder, the same on every page, in every letter and in the ledger.

use billing::{Billed, EntryKind};
use guichet::Home;
use kernel::{Amount, Day};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use testkit::{TestPlace, on_both};

use crate::pay_pages::{Payer, balance, confirm_claims, demonstration, letters};
use crate::support::{NET_CATALOGUE, NET_MAPPING, account, doubts, execute, findings, run, try_import, with_sample};
use crate::till::APPROVES;
use crate::visitor::{Answer, PASSWORD, Visitor, number_of};

const CHEQUE: &str = "cash:cheque";

const CREDIT: &str = "key,name,email,telephone,street,city,region,postal,country,cycle,balance,price
C-0171,Solde Créditeur,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,-500.00,50.00
";

/// An entry on the account of 0001-AAAAA.
async fn post(home: &Home, kind: EntryKind, to: &str, cents: i64) {
    let id = account(home, "0001-AAAAA").await;
    let moved = (to, Amount::cents(cents));
    billing::post(&home.db, id, kind, home.today(), moved, audit::Author::Operator).await.expect("posted");
}

async fn billed(home: &Home, payer: &Payer) -> Billed {
    let id = account(home, "0001-AAAAA").await;
    let grant = accounts::Grant::of_the_provider(id, &payer.number, accounts::Right::SeeBills);
    billing::list_bills(&home.db, &grant).await.expect("read")
}

/// The first of a month, with its bills.
async fn bill(place: &TestPlace, home: &Home, month: &str) {
    place.set_day(&format!("{month}-01"));
    run(home, month).await;
}

/// Signs in again on the same device: time has gone by.
async fn again(home: &Home, payer: &mut Payer) {
    confirm_claims(home).await;
    let mut visitor = payer.visitor.same_device();
    visitor.sign_in("eve.tremblay", PASSWORD).await;
    payer.visitor = visitor;
}

fn figure(page: &Answer) -> String {
    let text = page.text();
    let (_, after) = text.split_once("<p class=\"figure\">").unwrap_or_else(|| panic!("no figure: {text}"));
    after.split('<').next().unwrap_or_default().to_owned()
}

fn written(amount: Amount) -> String {
    web::amount(kernel::Language::En, amount, kernel::Currency::Cad)
}

fn main_of(page: &Answer) -> String {
    page.text().split_once("<main").map(|(_, main)| main.to_owned()).unwrap_or_default()
}

/// Every page says of the account what its ledger says.
async fn agree(home: &Home, payer: &mut Payer) {
    again(home, payer).await;
    let billed = billed(home, payer).await;
    let (reckoning, today) = (&billed.reckoning, home.today());
    let owed = balance(home).await;
    assert_eq!((reckoning.balance, reckoning.left() + reckoning.unbilled - reckoning.credit), (owed, owed));
    let overview = payer.see("overview").await;
    assert_eq!(figure(&overview), written(owed.abs()), "{}", overview.text());
    let list = payer.see("bills").await;
    let csv = payer.see("bills/csv").await.text();
    for page in [&overview, &list] {
        for bill in billed.bills.iter().take(12) {
            let text = page.text().split_once("<tbody").map(|(_, rows)| rows.to_owned()).expect("rows");
            let (_, row) = text.split_once(&format!("/bills/{}\"", bill.number)).expect("its row");
            let row = row.split("</tr>").next().unwrap_or_default();
            let left = billed.left(bill);
            assert_eq!(row.contains("left to pay"), left > Amount::ZERO, "{row}");
            assert!(left.is_zero() || row.contains(&format!("{} left to pay", written(left))), "{row}");
            assert!(row.contains(word(&billed, bill, today)), "{row} {:?}", billed.standing(bill, today));
        }
    }
    for bill in &billed.bills {
        let left = billed.left(bill);
        let page = payer.see(&format!("bills/{}", bill.number)).await;
        let expected = if left.is_zero() && bill.total_due.is_negative() { bill.total_due.abs() } else { left };
        assert_eq!(figure(&page), written(expected), "{}", page.text());
        assert!(main_of(&page).contains(word(&billed, bill, today)), "{}", page.text());
        let offers = format!("pay?for=bill-{}", bill.number);
        assert_eq!(page.has(&offers), left > Amount::ZERO, "{}", page.text());
        let said = main_of(&page).split("as-issued").next().unwrap_or_default().to_owned();
        assert_eq!(said.contains("Due by") || said.contains("Was due by"), left > Amount::ZERO, "{said}");
        let line = format!("{},", bill.number);
        let row = csv.lines().find(|row| row.starts_with(&line)).expect("its line");
        assert!(row.contains(&format!(",{left},")), "{row}");
    }
    let pay = payer.see("pay").await;
    let everything = format!("Everything that is due: {}", written(owed));
    assert_eq!(pay.has(&everything), owed > Amount::ZERO, "{owed}: {}", pay.text());
    let late = billed.late_amount(today);
    let only_late = late > Amount::ZERO && late < owed;
    assert_eq!(pay.has(&format!("Only what is late: {}", written(late))), only_late, "{late}: {}", pay.text());
    let payments = payer.see("payments").await;
    for moved in reckoning.moved.iter().rev().take(24) {
        let after = written(moved.balance.abs());
        assert!(payments.has(&after), "{after}: {}", payments.text());
    }
    if let Some(last) = reckoning.moved.last() {
        let (_, first) =
            main_of(&payments).split_once("<tbody").map(|(a, b)| (a.to_owned(), b.to_owned())).expect("rows");
        assert!(first.split("</tr>").next().unwrap_or_default().contains(&written(last.balance.abs())), "{first}");
    }
}

fn word(billed: &Billed, bill: &billing::BillRow, today: Day) -> &'static str {
    match billed.standing(bill, today).code() {
        "late" => "Overdue",
        "partly-paid" => "Partly paid",
        "to-pay" => "To pay",
        "in-favour" => "In your favour",
        "paid" => "Paid",
        _ => "Nothing to pay",
    }
}

/// What happens between two bills.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Paid(i64),
    Returned(i64),
    Refunded(i64),
}

fn month() -> impl Strategy<Value = Vec<Happens>> {
    let one = prop_oneof![
        5 => (1_i64..6000).prop_map(Happens::Paid),
        2 => (1_i64..4000).prop_map(Happens::Returned),
        1 => (1_i64..4000).prop_map(Happens::Refunded),
    ];
    prop::collection::vec(one, 0..3)
}

async fn tell(home: &Home) {
    let site = guichet::site(home, "https://client.example.ca").expect("texts");
    let provider = guichet::provider(home);
    let with = portal::Told {
        texts: site.texts(),
        sender: &home.config.mail.sender,
        provider: &provider,
        public_url: "https://client.example.ca",
        zone: &home.config.zone,
        claims_wait: true,
    };
    portal::tell_of_bills(&home.db, &home.vault, &with, 0).await.expect("told");
}

on_both! {
    async fn bil_1_whatever_happens_every_page_letter_and_the_ledger_agree(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let mut runner = TestRunner::default();
        let months: Vec<Vec<Happens>> = prop::collection::vec(month(), 4).new_tree(&mut runner).expect("drawn").current();
        println!("{months:?}");
        for (happens, month) in months.iter().zip(["2027-01", "2027-02", "2027-03", "2027-04"]) {
            for one in happens {
                match *one {
                    Happens::Paid(cents) => post(&home, EntryKind::Payment, CHEQUE, -cents).await,
                    Happens::Returned(cents) => post(&home, EntryKind::Returned, CHEQUE, cents).await,
                    Happens::Refunded(cents) => post(&home, EntryKind::Refund, "cash:bank", cents).await,
                }
            }
            agree(&home, &mut payer).await;
            bill(place, &home, month).await;
            tell(&home).await;
            let (billed, owed) = (billed(&home, &payer).await, balance(&home).await);
            let newest = billed.bills.first().expect("a bill");
            let told = letters(&home, "Your").await.into_iter().find(|letter| letter.contains(&format!("/bills/{}", newest.number))).expect("a letter");
            let left = billed.left(newest);
            let said = if newest.total_due.is_negative() { newest.total_due.abs() } else { left };
            assert!(told.contains(&written(said)), "{said}: {told}");
            assert_eq!(told.contains("Owed in all"), owed > left && !newest.total_due.is_negative(), "{told}");
            assert!(owed <= left || told.contains(&written(owed)), "{told}");
            agree(&home, &mut payer).await;
        }
        // A payment by card, whose receipt says what is left.
        let receipt = payer.pay("1.00", APPROVES, false).await;
        let owed = balance(&home).await;
        let page = payer.visitor.get(&receipt).await;
        let after = if owed.is_negative() { format!("{} in credit", written(owed.abs())) } else { written(owed) };
        assert!(page.has("Owed after this payment") && page.has(&after), "{after}: {}", page.text());
        let letter = letters(&home, "Receipt for your payment of $1.00").await.remove(0);
        assert!(letter.contains("What you owe now") && letter.contains(&after), "{after}: {letter}");
        agree(&home, &mut payer).await;
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }

    async fn bil_1_three_unpaid_bills_show_each_its_own_and_one_sum(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        for month in ["2027-01", "2027-02"] {
            bill(place, &home, month).await;
        }
        place.set_day("2027-03-01");
        again(&home, &mut payer).await;
        let bills = billed(&home, &payer).await.bills;
        let each: Vec<Amount> = bills.iter().map(|bill| bill.current_charges).collect();
        let owed = balance(&home).await;
        assert_eq!(each.iter().copied().sum::<Amount>(), owed);
        let list = payer.see("bills").await;
        assert_eq!(list.text().matches("Overdue").count(), 3, "{}", list.text());
        assert!(!list.has(&written(owed)), "the sum stands on no row: {}", list.text());
        let newest = payer.see(&format!("bills/{}", bills[0].number)).await;
        assert!(figure(&newest) == written(each[0]) && newest.has(&format!("your account owes {} in all", written(owed))), "{}", newest.text());
        assert!(newest.has("of your earlier bills is not paid yet and is in the total") && newest.has(&format!("In all, {} is to pay.", written(owed))));
        let overview = payer.see("overview").await;
        assert!(figure(&overview) == written(owed) && overview.has("The date passed"), "{}", overview.text());
        // Half of the oldest, then the rest of everything.
        post(&home, EntryKind::Payment, CHEQUE, -1000).await;
        let oldest = payer.see(&format!("bills/{}", bills[2].number)).await;
        assert!(oldest.has(&format!("Of {}, $10.00 is paid already.", written(each[2]))), "{}", oldest.text());
        assert_eq!(figure(&oldest), written(each[2] - Amount::cents(1000)));
        post(&home, EntryKind::Payment, CHEQUE, 1000 - owed.in_cents()).await;
        let list = payer.see("bills").await;
        assert!(!list.has("Overdue") && !list.has("left to pay") && list.text().matches("Paid").count() == 3, "{}", list.text());
        let paid = payer.see(&format!("bills/{}", bills[0].number)).await;
        let main = main_of(&paid);
        assert!(paid.has("has been paid since March\u{a0}1, 2027") && !main.contains("Due by") && !main.contains("How to pay"), "{}", paid.text());
        agree(&home, &mut payer).await;
    }

    async fn pay_1_a_bill_in_the_customers_favour_has_no_day_and_no_way_to_pay(place: &TestPlace) {
        // C-17.
        let home = with_sample(place).await;
        post(&home, EntryKind::Opening, billing::OPENING, -50_000).await;
        run(&home, "2026-12").await;
        let mut payer = Payer::of(&home).await;
        let bill = billed(&home, &payer).await.bills[0].clone();
        assert_eq!(bill.total_due, Amount::cents(2311 - 50_000));
        let page = payer.see(&format!("bills/{}", bill.number)).await;
        assert!(page.has("$476.89 in credit, nothing to pay") && page.has("In your favour"), "{}", page.text());
        for gone in ["Due by", "How to pay", "pay?for", "Remittance slip", "#pay"] {
            assert!(!main_of(&page).contains(gone), "{gone}: {}", page.text());
        }
        payer.visitor.language = "fr-CA";
        execute(&home, "UPDATE logins SET language = 'fr'").await.expect("changed");
        let page = payer.see(&format!("bills/{}", bill.number)).await;
        assert!(page.has("476,89\u{a0}$ en votre faveur, rien à payer"), "{}", page.text());
    }

    async fn pay_1_the_imported_credit_of_c_17_stands_on_its_bill_with_nothing_to_pay(place: &TestPlace) {
        let home = place.open().await;
        place.file("net-catalogue.toml", NET_CATALOGUE);
        let mapping = guichet::Mapping::read(&place.file("net.toml", NET_MAPPING)).expect("a mapping");
        let report = try_import(&home, &mapping, &place.file("credit.csv", CREDIT)).await.expect("imported");
        assert_eq!((report.imported, report.faulty), (1, 0));
        place.set_day("2026-12-01");
        run(&home, "2026-12").await;
        let number = number_of(&home, "C-0171").await;
        let mut visitor = Visitor::of(&home);
        visitor.sign_up((&number, "H7N 4K2"), "solde.crediteur").await;
        let list = visitor.get(&format!("/accounts/{number}/bills")).await;
        assert!(list.has("In your favour") && list.has("442.51") && !list.has("left to pay"), "{}", list.text());
        let bill: i64 = db::scalar(home.db.reader(), "SELECT number FROM bills", []).await.expect("read").expect("one");
        let page = visitor.get(&format!("/accounts/{number}/bills/{bill}")).await;
        assert!(page.has("$442.51 in credit, nothing to pay"), "{}", page.text());
        for gone in ["Due by", "How to pay", "pay?for", "Remittance slip", "December\u{a0}22"] {
            assert!(!main_of(&page).contains(gone), "{gone}: {}", page.text());
        }
        let overview = visitor.get(&format!("/accounts/{number}/overview")).await;
        assert!(figure(&overview) == "$442.51" && overview.has("taken off your next bill"), "{}", overview.text());
        let payments = visitor.get(&format!("/accounts/{number}/payments")).await;
        assert!(payments.has("Credit brought over from our former system") && payments.has("$57.49 on the bill of December"), "{}", payments.text());
    }

    async fn bil_5_what_changed_names_a_returned_cheque_and_never_the_same_charges_alone(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let due = balance(&home).await;
        place.set_day("2026-12-10");
        post(&home, EntryKind::Payment, CHEQUE, -due.in_cents()).await;
        place.set_day("2026-12-14");
        post(&home, EntryKind::Returned, CHEQUE, due.in_cents()).await;
        bill(place, &home, "2027-01").await;
        again(&home, &mut payer).await;
        let bills = billed(&home, &payer).await.bills;
        let newest = payer.see(&format!("bills/{}", bills[0].number)).await;
        let told = format!("Your payment of {} was returned by your bank on December\u{a0}14, 2026: it is to be paid again.", written(due));
        assert!(newest.has(&told), "{}", newest.text());
        assert!(newest.has(&format!("In all, {} is to pay.", written(balance(&home).await))), "{}", newest.text());
        // The bill that it had paid is open again, and late by its own day.
        let first = payer.see(&format!("bills/{}", bills[1].number)).await;
        assert!(first.has("Overdue") && figure(&first) == written(due), "{}", first.text());
        let payments = payer.see("payments").await;
        for said in ["By cheque", "Payment returned by your bank", "Returned", "Of the payment of December\u{a0}10, 2026.", "returned or refunded since"] {
            assert!(payments.has(said), "{said}: {}", payments.text());
        }
        // The month after, an unpaid bill and a credit are named.
        post(&home, EntryKind::Payment, "cash:pre-authorized-debit", -20_000).await;
        bill(place, &home, "2027-02").await;
        again(&home, &mut payer).await;
        let newest = billed(&home, &payer).await.bills[0].number;
        let page = payer.see(&format!("bills/{newest}")).await;
        assert!(page.has("is taken off") && page.has("is in your favour, and nothing is to pay"), "{}", page.text());
        assert!(payer.see("payments").await.has("Bank debit"));
        agree(&home, &mut payer).await;
    }
}

#[test]
fn bil_1_no_text_of_a_state_is_missing() {
    use billing::Standing::{InFavour, Late, Nothing, Paid, PartlyPaid, ToPay};
    let site = web::Site::new(&portal::SLICES, web::SiteOptions::default()).expect("templates and texts");
    for standing in [Late, PartlyPaid, ToPay, InFavour, Paid, Nothing] {
        for language in [kernel::Language::Fr, kernel::Language::En] {
            let said = site.texts().say(language, &format!("status-{}", standing.code()));
            assert!(!said.is_empty() && !said.contains("status-"), "{said}");
        }
    }
}
