//! PAY-1: one bill is paid, or several, out of more that are open.

use axum::http::StatusCode;
use kernel::Amount;
use testkit::on_both;

use crate::pay_pages::{Payer, balance, demonstration, entries};
use crate::support::{doubts, run};
use crate::till::APPROVES;

#[derive(db::FromQueryResult)]
struct Billed {
    number: i64,
    charges: Amount,
}

on_both! {
    async fn pay_1_one_of_several_open_bills_is_paid_with_what_is_before_it(place: &TestPlace) {
        let home = demonstration(place).await;
        for month in ["2027-01", "2027-02", "2027-03"] {
            place.advance_seconds(31 * 86_400);
            run(&home, month).await;
        }
        let mut payer = Payer::of(&home).await;
        let sql = "SELECT b.number, b.current_charges AS charges FROM bills b JOIN accounts a ON a.id = b.account_id
                   WHERE a.external_id = '0001-AAAAA' ORDER BY b.number";
        let bills: Vec<Billed> = db::query(home.db.reader(), sql, []).await.expect("bills");
        let [december, january, february, ..] = bills.as_slice() else { panic!("{} bills", bills.len()) };
        let late = december.charges + january.charges;
        let (first, both) = (december.charges, late + february.charges);
        let page = payer.see("pay").await;
        for wanted in [format!("Only what is late: ${late}"), format!("The bill of December\u{a0}1, 2026: ${first}"), format!("The bills up to that of February\u{a0}1, 2027: ${both}")] {
            assert!(page.has(&wanted), "{wanted}: {}", page.text());
        }
        assert!(page.has("A payment always settles the oldest first"), "{}", page.text());
        // From the bill's own page.
        let bill = payer.see(&format!("bills/{}", february.number)).await;
        assert!(bill.text().replace("&#x2f;", "/").contains(&payer.path(&format!("pay?for=bill-{}", february.number))), "{}", bill.text());
        let chosen = payer.see(&format!("pay?for=bill-{}", february.number)).await;
        assert!(chosen.has(&format!("value=\"bill-{}\" checked", february.number)), "{}", chosen.text());
        // What it says is paid, for the bills that it says.
        let purpose = format!("bill-{}", february.number);
        let card_page = payer.choose(&[("for", &purpose)]).await;
        assert!(card_page.contains(&format!("amount={both}&for={purpose}")), "{card_page}");
        let fields = payer.enter(&card_page, APPROVES, false).await;
        let owed = balance(&home).await;
        let receipt = payer.submit(&fields).await.location();
        assert_eq!((entries(&home).await, balance(&home).await), (1, owed - both));
        let receipt = payer.visitor.get(&receipt).await;
        assert!(receipt.has(&format!("{}, {}, {}", february.number, january.number, december.number)), "{}", receipt.text());
        // Paid ones are not offered any more, and a form from before is told so.
        let page = payer.see("pay").await;
        assert!(!page.has(&purpose) && !page.has("The bill of December") && !page.has("up to that of February"), "{}", page.text());
        let late = payer.send("pay", &[("for", &purpose)]).await;
        assert!(late.status == StatusCode::UNPROCESSABLE_ENTITY && late.has("What is due has changed in the meantime."), "{}", late.text());
        for wrong in ["bill-0", "bill-", "bill-x", "bill-99999999999999999999"] {
            assert_eq!(payer.send("pay", &[("for", wrong)]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            // A bill that is none of theirs is not there: nothing tells it from one that nobody has.
            assert_eq!(payer.see(&format!("pay?for={wrong}")).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
        assert_eq!(doubts(&home).await, vec![] as Vec<String>);
    }
}
