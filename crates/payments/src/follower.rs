//! Follows what was left open: payments whose page was closed, refunds, cards. Any number of followers, on any number of
//! nodes, may work on one database.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use db::jobs::{self, Job, JobData};
use db::{DbErr, Isolation};
use jiff::SignedDuration;
use kernel::{CardId, Moment, NodeId, PaymentId, RefundId};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::service::{PayError, Payments};

/// The queue of what is followed. A dead job in it is somebody's to look at: the gateway says something else than what was
/// agreed on, or knows nothing of it.
pub const QUEUE: &str = "payments";

/// Jobs that are leased at once, and done side by side.
const BATCH: u32 = 8;
/// How often the queue is looked at.
const POLL: Duration = Duration::from_secs(1);
/// How long nothing is tried after the database failed.
const PAUSE: Duration = Duration::from_secs(5);
/// Calls to the gateway that one look makes at most.
const CALLS: u32 = 4;

#[derive(Serialize, Deserialize)]
pub(crate) struct FollowPayment {
    pub(crate) payment: PaymentId,
}

impl JobData for FollowPayment {
    const KIND: &'static str = "follow-payment";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct FollowRefund {
    pub(crate) refund: RefundId,
}

impl JobData for FollowRefund {
    const KIND: &'static str = "follow-refund";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct FollowCard {
    pub(crate) card: CardId,
}

impl JobData for FollowCard {
    const KIND: &'static str = "follow-card";
}

/// What a look at something came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    /// There is nothing left to wait for.
    Over,
    /// After a growing while, but at `latest`.
    Again { latest: Option<Moment> },
}

/// Asks the gateway about what is open, and ends what nobody went on with.
pub struct Follower {
    payments: Payments,
    node: NodeId,
    nudge: Arc<Notify>,
}

impl Follower {
    pub fn new(payments: Payments) -> Self {
        let node = payments.db.world().id();
        Self { payments, node, nudge: Arc::default() }
    }

    /// Wakes the follower: `notify_one` after the commit that began a refund.
    pub fn nudge(&self) -> Arc<Notify> {
        self.nudge.clone()
    }

    /// Looks at all that is due now, once, and says how much of it is over.
    ///
    /// # Errors
    /// When the database fails. What the gateway does not say is no error here: it waits.
    pub async fn follow_due(&self) -> Result<u32, DbErr> {
        let mut over = 0;
        loop {
            let (leased, ended) = self.round().await?;
            over += ended;
            if leased == 0 {
                return Ok(over);
            }
        }
    }

    /// Works until `shutdown` is there; what is being asked then is finished first.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            let pause = match self.round().await {
                Ok((0, _)) => POLL,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(%error, "open payments cannot be followed");
                    PAUSE
                }
            };
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = self.nudge.notified(), if pause == POLL => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Leases some jobs and does them side by side; how many they were, and how many are over.
    async fn round(&self) -> Result<(usize, u32), DbErr> {
        let db = &self.payments.db;
        // Longer than all calls of one look take: nobody else looks meanwhile.
        let lease = self.payments.gateway.timeout() * (CALLS + 1);
        let leased = jobs::lease(db, self.node, QUEUE, BATCH, lease).await?;
        let count = leased.len();
        let done = futures::future::join_all(leased.iter().map(|job| self.follow(job))).await;
        let mut over = 0;
        for done in done {
            over += u32::from(done?);
        }
        Ok((count, over))
    }

    /// Does one job. `true`: there is nothing left to wait for.
    async fn follow(&self, job: &Job) -> Result<bool, DbErr> {
        let db = &self.payments.db;
        let Ok(open) = Open::of(job) else {
            jobs::fail(db, job, self.node, "this program does not know the job's form").await?;
            return Ok(false);
        };
        match self.look(open).await {
            Ok(Looked::Over) => {
                db.write_with(Isolation::Locked, async |tx| jobs::finish(tx, job, self.node).await).await
            }
            Ok(Looked::Again { latest }) => self.put_off(job, "it is not over", latest).await.map(|()| false),
            // Money may hang on it: it is asked for as long as it takes.
            Err(PayError::Gateway(error)) if error.may_pass() => {
                tracing::info!(job = %job.id, %error, "asked again later");
                self.put_off(job, &error.to_string(), None).await.map(|()| false)
            }
            Err(error @ PayError::OtherGateway(_)) => {
                tracing::warn!(job = %job.id, %error, "it waits for its gateway");
                self.put_off(job, &error.to_string(), None).await.map(|()| false)
            }
            Err(PayError::Db(error)) => Err(error),
            // It may be charged and not posted: it is never given up for a letter that cannot be written.
            Err(error @ (PayError::News(_) | PayError::Post(_))) => {
                tracing::error!(job = %job.id, %error, "what became of a payment cannot be written down");
                self.put_off(job, &error.to_string(), None).await.map(|()| false)
            }
            Err(error) => {
                tracing::error!(job = %job.id, %error, "somebody has to look at it");
                jobs::fail(db, job, self.node, &error.to_string()).await.map(|()| false)
            }
        }
    }

    async fn put_off(&self, job: &Job, reason: &str, latest: Option<Moment>) -> Result<(), DbErr> {
        let db = &self.payments.db;
        // A moment that is over would make it due at once, for ever.
        let soonest = db.world().now().plus(SignedDuration::from_secs(1));
        let latest = latest.map_or(Moment::new(jiff::Timestamp::MAX), |latest| latest.max(soonest));
        let put = async |tx: &db::Tx| jobs::put_off_until(db, tx, job, self.node, (reason, latest)).await;
        db.write_with(Isolation::Locked, put).await.map(|_| ())
    }

    async fn look(&self, open: Open) -> Result<Looked, PayError> {
        match open {
            Open::Payment(payment) => self.payments.look_at_payment(payment).await,
            Open::Refund(refund) => self.payments.look_at_refund(refund).await,
            Open::Card(card) => self.payments.look_at_card(card).await,
        }
    }
}

/// What a job follows.
#[derive(Clone, Copy)]
enum Open {
    Payment(PaymentId),
    Refund(RefundId),
    Card(CardId),
}

impl Open {
    fn of(job: &Job) -> Result<Self, DbErr> {
        Ok(match job.kind.as_str() {
            FollowPayment::KIND => Self::Payment(job.data::<FollowPayment>()?.payment),
            FollowRefund::KIND => Self::Refund(job.data::<FollowRefund>()?.refund),
            _ => Self::Card(job.data::<FollowCard>()?.card),
        })
    }
}
