//! PAY-5: the operator gives money back by command.

use axum::http::StatusCode;
use testkit::{TestPlace, on_both};

use crate::cli::{done, refused};
use crate::pay_pages::{Payer, balance, demonstration, follow, letters};
use crate::support::{count, doubts, findings};
use crate::till::APPROVES;

/// A place whose Guichet is a demonstration, which has a gateway.
pub(crate) fn make_demonstration(place: &TestPlace) {
    let config = place.data().join("guichet.toml");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    std::fs::write(&config, text.replace("demonstration = false", "demonstration = true")).expect("written");
}

fn said(place: &TestPlace, arguments: &[&str]) -> serde_json::Value {
    let all = [arguments, &["--now", "2026-11-21", "--json"]].concat();
    serde_json::from_slice(&done(place, &all).stdout).expect("JSON")
}

on_both! {
    async fn pay_5_the_operator_refunds_a_part_by_command(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        let path = payer.pay("20.00", APPROVES, false).await;
        let id = path.rsplit('/').next().expect("an id");
        let refund = |amount, key| ["payments", "refund", id, amount, "--reason", "Paid twice by mistake", "--key", key];
        let unconfigured = refused(place, 1, &refund("5", "a"));
        assert!(unconfigured.contains("no payment gateway is configured"), "{unconfigured}");
        make_demonstration(place);
        // Words that were typed go to addresses alone that their owner has confirmed.
        crate::support::execute(&home, "UPDATE logins SET email_confirmed_at = created_at").await.expect("confirmed");

        let listed = said(place, &["payments", "list", "--account", &payer.number]);
        let one = &listed[0];
        assert_eq!((one["payment"].as_str(), one["state"].as_str(), one["refundable"].as_str()), (Some(id), Some("succeeded"), Some("20.00")));
        assert_eq!((one["account"].as_str(), one["card"]["last4"].as_str()), (Some(payer.number.as_str()), Some("4242")));
        let plain = String::from_utf8(done(place, &["payments", "list"]).stdout).expect("text");
        assert!(plain.contains(id) && plain.contains("20.00 CAD  succeeded, visa 4242"), "{plain}");
        refused(place, 2, &["payments", "list", "--account", "12"]);

        for _ in 0..2 {
            let given = said(place, &refund("7.50", "a"));
            assert_eq!((given["state"].as_str(), given["amount"].as_str()), (Some("succeeded"), Some("7.50")), "said twice, it is one");
        }
        assert!(refused(place, 1, &refund("12.51", "b")).contains("only 12.50 of the payment can be given back"));
        assert!(refused(place, 1, &refund("8", "a")).contains("was used for another amount"));
        assert!(refused(place, 1, &refund("0", "c")).contains("more than nothing"));
        assert!(refused(place, 1, &["payments", "refund", id, "1", "--reason", " "]).contains("needs a reason"));
        let unknown = ["payments", "refund", "0190b4d2-0000-7000-8000-000000000000", "1", "--reason", "None"];
        assert!(refused(place, 1, &unknown).contains("there is no such payment"));
        refused(place, 2, &["payments", "refund", id, "1.005", "--reason", "Too fine"]);
        refused(place, 2, &["payments", "refund", "x", "1", "--reason", "No id"]);

        assert_eq!((count(&home, "payment_refunds").await, balance(&home).await), (1, kernel::Amount::cents(1061)));
        let page = payer.visitor.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        for text in ["Refunds", "Paid twice by mistake", "$7.50", "Refunded"] {
            assert!(page.has(text), "{text} is not on {}", page.text());
        }
        let sent = letters(&home, "We have refunded $7.50 to you").await;
        assert!(sent.len() == 1 && sent[0].contains("Paid twice by mistake") && sent[0].contains(&payer.number), "{sent:?}");
        place.advance_seconds(600);
        follow(&home).await;
        assert_eq!((count(&home, "ledger_entries WHERE kind = 'refund'").await, letters(&home, "We have refunded").await.len()), (1, 1));
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
        // With a key of its own, and of all that is left.
        let rest = done(place, &["payments", "refund", id, "12.50", "--reason", "The rest", "--now", "2026-11-21"]);
        assert_eq!(String::from_utf8_lossy(&rest.stdout).trim(), format!("12.50 of payment {id} was given back."));
        assert!(payer.see("payments").await.has("Refunded"));
    }
}
