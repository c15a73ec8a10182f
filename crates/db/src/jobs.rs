//! The job queue. A job is enqueued in the caller's transaction, so that it exists exactly when the caller's change does;
//! it is leased by a node for a while, so that nodes share the work and a dead node's jobs return; it is finished in the
//! transaction that holds its effect, so that the effect happens once. A job that fails is tried again after a growing
//! while; one that keeps failing is set aside as dead, with its last error, until somebody looks.

use std::time::Duration;

use jiff::SignedDuration;
use kernel::{JobId, Moment, NodeId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Db, Isolation, Rows, Tx, execute, query, scalar};

/// After so many failures a job is dead.
pub const MOST_ATTEMPTS: i32 = 8;

/// Data of a kind of job, apart from the code that does it.
pub trait JobData: Serialize + DeserializeOwned {
    const KIND: &'static str;
}

/// A job that this node holds until `leased_until`.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    payload: String,
    /// How often it was begun, this time included.
    pub attempts: i32,
    pub leased_until: Moment,
}

impl Job {
    /// # Errors
    /// When the payload is of another kind or of a version that this program does not know.
    pub fn data<T: JobData>(&self) -> Result<T, DbErr> {
        if self.kind != T::KIND {
            return Err(DbErr::Type(format!("a job of kind {} is no {}", self.kind, T::KIND)));
        }
        serde_json::from_str(&self.payload).map_err(|error| DbErr::Type(format!("job {}: {error}", self.id)))
    }
}

/// Enqueues jobs in the caller's transaction, to be done at once.
///
/// # Errors
/// When the database cannot be written.
pub async fn enqueue<T: JobData>(db: &Db, tx: &Tx, queue: &str, jobs: &[T]) -> Result<(), DbErr> {
    enqueue_at(db, tx, queue, jobs, db.world().now()).await
}

/// As [`enqueue`], to be done from a moment on.
///
/// # Errors
/// As [`enqueue`].
pub async fn enqueue_at<T: JobData>(db: &Db, tx: &Tx, queue: &str, jobs: &[T], run_at: Moment) -> Result<(), DbErr> {
    let now = db.world().now();
    let mut rows = Rows::new("jobs", &["id", "queue", "kind", "payload", "run_at", "state", "created_at"]);
    for job in jobs {
        let payload = serde_json::to_string(job).map_err(|error| DbErr::Json(error.to_string()))?;
        let id: JobId = db.world().id();
        rows.push([id.into(), queue.into(), T::KIND.into(), payload.into(), run_at.into(), "ready".into(), now.into()]);
    }
    rows.insert(tx).await
}

/// Takes up to `most` jobs of a queue that are due and that nobody holds, for as long as `lease`.
///
/// # Errors
/// When the database cannot be written.
pub async fn lease(db: &Db, node: NodeId, queue: &str, most: u32, lease: Duration) -> Result<Vec<Job>, DbErr> {
    let now = db.world().now();
    let until = now.plus(SignedDuration::try_from(lease).unwrap_or(SignedDuration::MAX));
    let sql = format!(
        "UPDATE jobs SET leased_by = $1, leased_until = $2, attempts = attempts + 1 WHERE id IN (
             SELECT id FROM jobs WHERE queue = $3 AND state = 'ready' AND run_at <= $4
                 AND (leased_until IS NULL OR leased_until < $4)
             ORDER BY run_at, id LIMIT $5{})
         RETURNING id, kind, payload, attempts, leased_until",
        db.engine().for_update_skip_locked()
    );
    db.write_with(Isolation::Locked, async |tx| {
        let values = [node.into(), until.into(), queue.into(), now.into(), i64::from(most).into()];
        query::<Job>(tx, &sql, values).await
    })
    .await
}

/// Removes a finished job in the transaction that holds its effect. `false`: the lease was lost to another node, which
/// does the work itself, so this transaction must be rolled back.
///
/// # Errors
/// When the database cannot be written.
pub async fn finish(tx: &Tx, job: &Job, node: NodeId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM jobs WHERE id = $1 AND leased_by = $2 AND attempts = $3";
    Ok(execute(tx, sql, [job.id.into(), node.into(), job.attempts.into()]).await? == 1)
}

/// Puts a job of which a part is done back to the end of its queue, in the transaction that holds that part's effect. `false`: as
/// for [`finish`].
///
/// # Errors
/// When the database cannot be written.
pub async fn go_on(db: &Db, tx: &Tx, job: &Job, node: NodeId) -> Result<bool, DbErr> {
    let sql = "UPDATE jobs SET leased_by = NULL, leased_until = NULL, run_at = $1, attempts = 0, last_error = NULL
               WHERE id = $2 AND leased_by = $3 AND attempts = $4";
    let values = [db.world().now().into(), job.id.into(), node.into(), job.attempts.into()];
    Ok(execute(tx, sql, values).await? == 1)
}

/// Whether somebody works on a job of a queue.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_worked_on(db: &Db, on: &impl ConnectionTrait, queue: &str) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM jobs WHERE queue = $1 AND leased_until >= $2";
    Ok(scalar::<i64>(on, sql, [queue.into(), db.world().now().into()]).await?.unwrap_or(0) > 0)
}

/// Takes all jobs of a queue away: something else does what they were to do.
///
/// # Errors
/// When the database cannot be written.
pub async fn clear(tx: &Tx, queue: &str) -> Result<(), DbErr> {
    execute(tx, "DELETE FROM jobs WHERE queue = $1", [queue.into()]).await.map(|_| ())
}

/// Gives a failed job back, to be tried again later (2, 4, 8… seconds, at most ten minutes), or sets it aside as dead.
///
/// # Errors
/// When the database cannot be written.
pub async fn fail(db: &Db, job: &Job, node: NodeId, reason: &str) -> Result<(), DbErr> {
    let state = if job.attempts >= MOST_ATTEMPTS { "dead" } else { "ready" };
    db.write_with(Isolation::Locked, async |tx| give_back(db, tx, job, node, (state, reason)).await.map(|_| ())).await
}

/// As [`fail`], in the caller's transaction and however often the job failed: the caller decides when to give up.
/// `false`: the lease was lost to another node, so this transaction must be rolled back.
///
/// # Errors
/// When the database cannot be written.
pub async fn put_off(db: &Db, tx: &Tx, job: &Job, node: NodeId, reason: &str) -> Result<bool, DbErr> {
    give_back(db, tx, job, node, ("ready", reason)).await
}

/// As [`put_off`], until a moment at the latest: what waits for a time limit is not looked at long after it.
///
/// # Errors
/// As [`put_off`].
pub async fn put_off_until(
    db: &Db,
    tx: &Tx,
    job: &Job,
    node: NodeId,
    (reason, latest): (&str, Moment),
) -> Result<bool, DbErr> {
    give_back_at(tx, job, node, ("ready", reason), after_failure(db, job).min(latest)).await
}

async fn give_back(db: &Db, tx: &Tx, job: &Job, node: NodeId, became: (&str, &str)) -> Result<bool, DbErr> {
    give_back_at(tx, job, node, became, after_failure(db, job)).await
}

/// When a job is tried again, by how often it was tried.
fn after_failure(db: &Db, job: &Job) -> Moment {
    let wait = 1_i64 << job.attempts.clamp(1, 10);
    db.world().now().plus(SignedDuration::from_secs(wait.min(600)))
}

async fn give_back_at(
    tx: &Tx,
    job: &Job,
    node: NodeId,
    (state, reason): (&str, &str),
    run_at: Moment,
) -> Result<bool, DbErr> {
    let sql = "UPDATE jobs SET leased_by = NULL, leased_until = NULL, run_at = $1, state = $2, last_error = $3
               WHERE id = $4 AND leased_by = $5 AND attempts = $6";
    let values = [run_at.into(), state.into(), reason.into(), job.id.into(), node.into(), job.attempts.into()];
    Ok(execute(tx, sql, values).await? == 1)
}

/// So many jobs of a queue are in a state: `ready` or `dead`.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct InQueue {
    pub queue: String,
    pub state: String,
    pub count: i64,
}

/// All queues that have jobs.
///
/// # Errors
/// When the database cannot be read.
pub async fn queues(on: &impl ConnectionTrait) -> Result<Vec<InQueue>, DbErr> {
    let sql = "SELECT queue, state, count(*) AS count FROM jobs GROUP BY queue, state ORDER BY queue, state";
    query(on, sql, []).await
}

/// How many jobs of a queue are not finished, and how many of them are dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Left {
    pub ready: i64,
    pub dead: i64,
}

/// # Errors
/// When the database cannot be read.
pub async fn left(on: &impl ConnectionTrait, queue: &str) -> Result<Left, DbErr> {
    let sql = "SELECT count(*) FROM jobs WHERE queue = $1 AND state = $2";
    let ready = scalar(on, sql, [queue.into(), "ready".into()]).await?.unwrap_or(0);
    let dead = scalar(on, sql, [queue.into(), "dead".into()]).await?.unwrap_or(0);
    Ok(Left { ready, dead })
}

/// Brings a queue's dead jobs back to life, once their cause is mended.
///
/// # Errors
/// When the database cannot be written.
pub async fn revive(db: &Db, queue: &str) -> Result<u64, DbErr> {
    let now = db.world().now();
    db.write_with(Isolation::Locked, async |tx| {
        let sql = "UPDATE jobs SET state = 'ready', attempts = 0, run_at = $1 WHERE queue = $2 AND state = 'dead'";
        execute(tx, sql, [now.into(), queue.into()]).await
    })
    .await
}
