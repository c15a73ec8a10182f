use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use db::jobs::{self, Job};
use db::{Db, Isolation};
use jiff::SignedDuration;
use kernel::{MessageId, Moment, NodeId};
use tokio::sync::Notify;
use vault::Vault;

use crate::email::{Content, Sender};
use crate::store::{self, Deliver, QUEUE, Row, TEXT_QUEUE};
use crate::text_way::{Leaving, TextWay};
use crate::way::{Line, Outcome, Way, without_addresses};
use crate::{MessageError, mime};

/// Messages that are leased at once.
const BATCH: u32 = 32;
/// Messages that are sent at once.
const LANES: usize = 4;
/// How often the queue is looked at.
const POLL: Duration = Duration::from_secs(1);
/// How long nothing is tried after the mail server could not be reached.
const PAUSE: Duration = Duration::from_secs(5);
/// After so long without success a message is given up, as mail servers do (RFC 5321, 4.5.4.1: 4 to 5 days).
const PATIENCE: SignedDuration = SignedDuration::from_hours(4 * 24);

/// What a postman carries, and by which way.
enum Carries {
    Mail { sender: Sender, way: Way },
    Texts(TextWay),
}

impl Carries {
    const fn queue(&self) -> &'static str {
        match self {
            Self::Mail { .. } => QUEUE,
            Self::Texts(_) => TEXT_QUEUE,
        }
    }

    /// The longest that opening the way takes, and that sending one message takes.
    fn timeout(&self) -> Duration {
        match self {
            Self::Mail { way, .. } => way.timeout(),
            Self::Texts(way) => way.timeout(),
        }
    }
}

/// Sends what is in the outbox: e-mails, or text messages. Any number of them, on any number of nodes, may work on one
/// database.
pub struct Postman {
    db: Db,
    vault: Arc<Vault>,
    carries: Carries,
    node: NodeId,
    nudge: Arc<Notify>,
}

/// What one look at the queue came to.
#[derive(Clone, Copy, Default)]
struct Round {
    leased: usize,
    sent: u32,
    /// The way out could not be opened.
    is_down: bool,
}

/// What the lanes of a round share.
struct Todo {
    jobs: Mutex<std::vec::IntoIter<Job>>,
    is_down: AtomicBool,
}

/// What is known of a message once it was tried.
struct Tried {
    message: MessageId,
    /// When it is given up.
    give_up_at: Moment,
    outcome: Outcome,
    gateway_id: Option<String>,
}

impl Tried {
    fn of(row: &Row, outcome: Outcome, gateway_id: Option<String>) -> Self {
        let give_up_at = row.useful_until.unwrap_or_else(|| row.created_at.plus(PATIENCE));
        Self { message: row.id, give_up_at, outcome, gateway_id }
    }
}

impl Postman {
    /// A postman for e-mails.
    pub fn new(db: Db, vault: Arc<Vault>, sender: Sender, way: Way) -> Self {
        Self::carrying(db, vault, Carries::Mail { sender, way })
    }

    /// A postman for text messages.
    pub fn of_texts(db: Db, vault: Arc<Vault>, way: TextWay) -> Self {
        Self::carrying(db, vault, Carries::Texts(way))
    }

    fn carrying(db: Db, vault: Arc<Vault>, carries: Carries) -> Self {
        let node = db.world().id();
        Self { db, vault, carries, node, nudge: Arc::default() }
    }

    /// Wakes the postman: `notify_one` after the commit that enqueued something.
    pub fn nudge(&self) -> Arc<Notify> {
        self.nudge.clone()
    }

    /// The same, woken by what others have already.
    #[must_use]
    pub fn woken_by(self, nudge: Arc<Notify>) -> Self {
        Self { nudge, ..self }
    }

    /// Sends all that is due now, and says how many messages were sent.
    ///
    /// # Errors
    /// When the database fails. What could not be sent is no error here: it waits, or is dead with the reason.
    pub async fn deliver_due(&self) -> Result<u32, MessageError> {
        let mut sent = 0;
        loop {
            let round = self.round().await?;
            sent += round.sent;
            if round.leased == 0 || round.is_down {
                return Ok(sent);
            }
        }
    }

    /// Works until `shutdown` is there; what is being sent then is finished first.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            let pause = match self.round().await {
                Ok(round) if round.is_down => PAUSE,
                Ok(round) if round.leased > 0 => Duration::ZERO,
                Ok(_) => POLL,
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be worked on");
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

    /// Leases some jobs and does them.
    async fn round(&self) -> Result<Round, MessageError> {
        let jobs = jobs::lease(&self.db, self.node, self.carries.queue(), BATCH, self.lease()).await?;
        let leased = jobs.len();
        let todo = Todo { jobs: Mutex::new(jobs.into_iter()), is_down: AtomicBool::new(false) };
        let lanes = futures::future::join_all((0..LANES.min(leased)).map(|_| self.lane(&todo))).await;
        let mut round = Round { leased, sent: 0, is_down: todo.is_down.load(Ordering::Relaxed) };
        for sent in lanes {
            round.sent += sent?;
        }
        Ok(round)
    }

    /// Long enough for what a lane has of a batch when every answer takes its time; see [`Self::has_time`].
    fn lease(&self) -> Duration {
        self.carries.timeout() * 6
    }

    /// Whether a message begun now ends before the lease does: nobody else begins it meanwhile.
    fn has_time(&self, job: &Job) -> bool {
        let needed = SignedDuration::try_from(self.carries.timeout() * 2).unwrap_or(SignedDuration::MAX);
        self.db.world().now().plus(needed) <= job.leased_until
    }

    /// Sends one message after another over one open line.
    async fn lane(&self, todo: &Todo) -> Result<u32, MessageError> {
        let mut line: Option<Line> = None;
        let mut sent = 0;
        while let Some(job) = todo.next() {
            if !self.has_time(&job) {
                continue;
            }
            let Ok(Deliver { message }) = job.data() else {
                jobs::fail(&self.db, &job, self.node, "this program does not know the job's form").await?;
                continue;
            };
            match self.attempt(message, &mut line, todo).await {
                Ok(Some(tried)) => sent += u32::from(self.settle(&job, &tried).await?),
                Ok(None) => self.forget(&job).await?,
                Err(error @ MessageError::Db(_)) => return Err(error),
                // The content cannot be opened: a key that is missing may come back.
                Err(error) => self.settle_unread(&job, message, &error.to_string()).await?,
            }
        }
        if let Some(line) = line {
            line.close().await;
        }
        Ok(sent)
    }

    /// Tries to send a message, outside of any transaction. `None`: there is no such message any more.
    async fn attempt(
        &self,
        message: MessageId,
        line: &mut Option<Line>,
        todo: &Todo,
    ) -> Result<Option<Tried>, MessageError> {
        let Some(row) = store::row(self.db.reader(), message).await? else { return Ok(None) };
        let content = row.content(&self.vault)?;
        let (outcome, gateway_id) = match &self.carries {
            Carries::Mail { sender, way } => {
                (self.attempt_mail((sender, way), (&row, &content), line, todo).await, None)
            }
            Carries::Texts(way) => self.attempt_text(way, (&row, &content), todo).await,
        };
        let outcome = match outcome {
            Outcome::Sent => Outcome::Sent,
            Outcome::Refused(reason) => Outcome::Refused(without_addresses(&reason, &content.to)),
            Outcome::Later(reason) => Outcome::Later(without_addresses(&reason, &content.to)),
        };
        Ok(Some(Tried::of(&row, outcome, gateway_id)))
    }

    async fn attempt_mail(
        &self,
        (sender, way): (&Sender, &Way),
        (row, content): (&Row, &Content),
        line: &mut Option<Line>,
        todo: &Todo,
    ) -> Outcome {
        let mail = match mime::mail_of(sender, row, content) {
            Err(reason) => return Outcome::Refused(reason),
            Ok(mail) => mail,
        };
        match self.opened(way, line, todo).await {
            Err(reason) => Outcome::Later(reason),
            Ok(open) => {
                let outcome = open.send(row.id, mail).await;
                if !open.is_usable() {
                    *line = None;
                }
                outcome
            }
        }
    }

    async fn attempt_text(
        &self,
        way: &TextWay,
        (row, content): (&Row, &Content),
        todo: &Todo,
    ) -> (Outcome, Option<String>) {
        if row.useful_until.is_some_and(|until| until <= self.db.world().now()) {
            return (Outcome::Refused("too late to be of use".to_owned()), None);
        }
        if todo.is_down.load(Ordering::Relaxed) {
            return (Outcome::Later("the gateway could not be reached".to_owned()), None);
        }
        let said = way.send(&Leaving { id: row.id, to: &content.to, text: &content.text }, self.node).await;
        if said.is_down && !todo.is_down.swap(true, Ordering::Relaxed) {
            tracing::warn!("text messages wait: the gateway could not be reached");
        }
        (said.outcome, said.gateway_id)
    }

    async fn opened<'a>(&self, way: &Way, line: &'a mut Option<Line>, todo: &Todo) -> Result<&'a mut Line, String> {
        if line.is_none() {
            if todo.is_down.load(Ordering::Relaxed) {
                return Err("the mail server could not be reached".to_owned());
            }
            match way.open(self.node).await {
                Ok(open) => *line = Some(open),
                Err(reason) => {
                    if !todo.is_down.swap(true, Ordering::Relaxed) {
                        tracing::warn!(reason = without_addresses(&reason, ""), "messages wait");
                    }
                    return Err(reason);
                }
            }
        }
        line.as_mut().ok_or_else(|| "the mail server could not be reached".to_owned())
    }

    /// Keeps what became of a message in one transaction with its job. `true`: it was sent, and the job was still ours.
    async fn settle(&self, job: &Job, tried: &Tried) -> Result<bool, MessageError> {
        let Tried { message, give_up_at, outcome, gateway_id } = tried;
        let given_up = self.db.world().now() > *give_up_at;
        let settled = self
            .db
            .write_with(Isolation::Locked, async |tx| {
                let held = match outcome {
                    Outcome::Later(reason) if !given_up => {
                        store::mark_failed(&self.db, tx, *message, job.attempts, false, reason).await?;
                        jobs::put_off(&self.db, tx, job, self.node, reason).await?
                    }
                    Outcome::Refused(reason) | Outcome::Later(reason) => {
                        store::mark_failed(&self.db, tx, *message, job.attempts, true, reason).await?;
                        jobs::finish(tx, job, self.node).await?
                    }
                    Outcome::Sent => {
                        store::mark_sent(&self.db, tx, *message, job.attempts, gateway_id.as_deref()).await?;
                        jobs::finish(tx, job, self.node).await?
                    }
                };
                if held { Ok(()) } else { Err(MessageError::Overtaken) }
            })
            .await;
        match settled {
            Err(MessageError::Overtaken) => {
                tracing::warn!(%message, "another node took the message over");
                return Ok(false);
            }
            other => other?,
        }
        match outcome {
            Outcome::Sent => tracing::info!(%message, "sent"),
            Outcome::Later(reason) if !given_up => tracing::info!(%message, reason, "not sent yet"),
            Outcome::Refused(reason) | Outcome::Later(reason) => tracing::warn!(%message, reason, "never sent"),
        }
        Ok(*outcome == Outcome::Sent)
    }

    /// Puts a message off whose content could not be read.
    async fn settle_unread(&self, job: &Job, message: MessageId, reason: &str) -> Result<(), MessageError> {
        tracing::error!(%message, reason, "a message cannot be read");
        let Some(row) = store::row(self.db.reader(), message).await? else { return self.forget(job).await };
        let outcome = Outcome::Later(reason.to_owned());
        self.settle(job, &Tried::of(&row, outcome, None)).await.map(|_| ())
    }

    /// Ends a job whose message is gone.
    async fn forget(&self, job: &Job) -> Result<(), MessageError> {
        self.db.write_with(Isolation::Locked, async |tx| jobs::finish(tx, job, self.node).await).await?;
        Ok(())
    }
}

impl Todo {
    fn next(&self) -> Option<Job> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}
