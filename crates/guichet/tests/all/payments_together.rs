//! PAY-1: payments that come at the same moment are recorded together, each as if it had come alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use accounts::{Grant, Right};
use db::Tx;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use kernel::AccountId;
use payments::{Hint, News, NewsError, Payment, Payments, State, Told};
use testkit::{TestPlace, on_both};

use crate::support::{count, doubts, findings, with_sample};
use crate::till::{SLOW, Till, settings, wish};

/// Has no ink for one account.
struct OutOfInk {
    account: AccountId,
    is_out: AtomicBool,
}

impl Told for OutOfInk {
    fn tell<'a>(&'a self, _: &'a Tx, news: &'a [News<'a>]) -> BoxFuture<'a, Result<(), NewsError>> {
        let concerns = |news: &News<'_>| matches!(news, News::Paid(payment) if payment.account == self.account);
        let fails = self.is_out.load(Ordering::SeqCst) && news.iter().any(concerns);
        std::future::ready(if fails { Err(NewsError::Other("no ink".to_owned())) } else { Ok(()) }).boxed()
    }
}

/// Two payments on each of the sample's accounts, charged at the gateway, of which nothing is known here yet.
async fn waiting(till: &Till, payments: &Payments, place: &TestPlace) -> Vec<Payment> {
    let mut waiting = Vec::new();
    let accounts = accounts::numbers_after(till.home.db.reader(), AccountId::FIRST, 100).await.expect("accounts");
    assert!(accounts.len() > 3, "the sample has accounts");
    for (account, number) in accounts {
        let grant = Grant::of_the_provider(account, &number, Right::Pay);
        for key in ["one", "other"] {
            let method = till.method(SLOW).await;
            let begun = payments.begin(&grant, &wish(key, 100, &method)).await.expect("begun");
            let payment = payments.advance(&grant, begun.id).await.expect("on its way");
            assert_eq!(payment.state, State::Processing);
            waiting.push(payment);
        }
    }
    place.advance_seconds(60);
    waiting
}

async fn hear(payments: &Payments, payment: &Payment) -> Result<(), payments::PayError> {
    payments.hear(&Hint::Intent(payment.intent.clone().expect("an intent"))).await
}

on_both! {
    async fn pay_1_payments_of_the_same_moment_are_posted_once_each(place: &TestPlace) {
        let till = Till::over(with_sample(place).await, "0001-AAAAA").await;
        let waiting = waiting(&till, &till.payments, place).await;
        // Each is heard of twice, as by the page and by the gateway's message.
        let heard = join_all(waiting.iter().chain(&waiting).map(|payment| hear(&till.payments, payment))).await;
        assert!(heard.iter().all(Result::is_ok), "{heard:?}");
        let posted = count(&till.home, "payments WHERE state = 'succeeded' AND entry_id IS NOT NULL").await;
        assert_eq!(usize::try_from(posted), Ok(waiting.len()));
        let entries = count(&till.home, "ledger_entries WHERE kind = 'payment'").await;
        assert_eq!(usize::try_from(entries), Ok(waiting.len()));
        assert_eq!((doubts(&till.home).await, findings(&till.home).await), (vec![], vec![]));
    }

    async fn pay_1_one_that_cannot_be_recorded_keeps_nobody_else_from_it(place: &TestPlace) {
        let till = Till::over(with_sample(place).await, "0001-AAAAA").await;
        let told = Arc::new(OutOfInk { account: till.account, is_out: AtomicBool::new(true) });
        let gateway: Arc<dyn payments::Gateway> = till.simulated.clone();
        let payments = Payments::new((till.home.db.clone(), till.home.vault.clone()), gateway, told.clone(), settings());
        let waiting = waiting(&till, &payments, place).await;
        let heard = join_all(waiting.iter().map(|payment| hear(&payments, payment))).await;
        for (payment, heard) in waiting.iter().zip(&heard) {
            assert_eq!(heard.is_err(), payment.account == till.account, "{heard:?}");
        }
        let open = "payments WHERE state = 'processing'";
        assert_eq!(count(&till.home, open).await, 2, "those of the one account");
        told.is_out.store(false, Ordering::SeqCst);
        let heard = join_all(waiting.iter().map(|payment| hear(&payments, payment))).await;
        assert!(heard.iter().all(Result::is_ok), "{heard:?}");
        assert_eq!(count(&till.home, open).await, 0);
        assert_eq!((doubts(&till.home).await, findings(&till.home).await), (vec![], vec![]));
    }

    async fn pay_1_whoever_records_for_others_may_be_stopped(place: &TestPlace) {
        let till = Till::over(with_sample(place).await, "0001-AAAAA").await;
        let waiting = waiting(&till, &till.payments, place).await;
        // The first one to come is cut off at every point in turn, as by a browser that is closed.
        for (polls, pair) in waiting.chunks(2).enumerate() {
            let mut stopped = Box::pin(hear(&till.payments, &pair[0]));
            let others = waiting.iter().map(|payment| hear(&till.payments, payment));
            let cut_off = std::time::Duration::from_micros(u64::try_from(polls).expect("few") * 700);
            let _ = tokio::time::timeout(cut_off, &mut stopped).await;
            let others = tokio::time::timeout(std::time::Duration::from_secs(60), join_all(others));
            let (heard, ()) = tokio::join!(others, async { drop(stopped) });
            assert!(heard.expect("nobody waits forever").iter().all(Result::is_ok));
        }
        assert_eq!(count(&till.home, "payments WHERE state <> 'succeeded'").await, 0);
        assert_eq!((doubts(&till.home).await, findings(&till.home).await), (vec![], vec![]));
    }
}
