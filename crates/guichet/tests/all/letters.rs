//! Letters about bills (BIL-1): each holder is told once, in their language.

use testkit::on_both;

use crate::support::{count, run, with_sample};
use crate::visitor::{Visitor, number_of};

async fn tell(home: &guichet::Home) -> u64 {
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
    portal::tell_of_bills(&home.db, &home.vault, &with, 0).await.expect("told")
}

on_both! {
    async fn bil_1_holders_are_told_once_that_a_bill_is_ready(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut french = Visitor::of(&home);
        french.language = "fr-CA";
        french.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        Visitor::of(&home).sign_up((&number_of(&home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
        let before = count(&home, "messages").await;
        assert_eq!(tell(&home).await, 0, "there is no bill yet");
        place.advance_seconds(60);
        run(&home, "2026-12").await;
        let (one, two) = tokio::join!(tell(&home), tell(&home));
        assert_eq!(one + two, 2, "five bills, two holders with a login, each told once also by two at once");
        assert_eq!(tell(&home).await, 0);
        assert_eq!(count(&home, "messages").await, before + 2);
        let mut subjects = Vec::new();
        for shown in messages::list(&home.db, &home.vault, 2).await.expect("listed") {
            let found = messages::find(&home.db, &home.vault, shown.id).await.expect("read").expect("one");
            assert_eq!(shown.kind, "bill-ready");
            assert!(found.text.contains("https://client.example.ca/accounts/"), "{}", found.text);
            subjects.push((found.language.code(), shown.subject, found.text));
        }
        subjects.sort_unstable();
        assert!(subjects[0].1.contains("bill is ready: $34.32"), "{}", subjects[0].1);
        assert!(subjects[1].1.contains("est prête\u{a0}: 23,11\u{a0}$"), "{}", subjects[1].1);
        assert!(subjects[1].2.contains(&number) && subjects[1].2.contains("À payer d’ici le"), "{}", subjects[1].2);
        let postman = home.postman().expect("a folder");
        assert_eq!(postman.deliver_due().await.expect("sent"), 4);
    }
}
