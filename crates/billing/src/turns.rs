//! All queries on what is due and on runs (BIL-3).
//!
//! An account's *turn* is the day on which its next cycle begins. What is due are the turns up to a day. A run moves a turn on
//! in the transaction that writes the account's bill, or finds that there is nothing to bill, so what is due is known to every
//! node and after every crash.

use accounts::AccountTerms;
use db::{Db, DbErr, Rows, Tx};
use kernel::{AccountId, Amount, Day, Moment, Month, RunId};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Which turns a run is about: from the one day to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) from: Day,
    pub(crate) until: Day,
}

impl Scope {
    pub(crate) fn of(month: Option<Month>, until: Day) -> Self {
        match month {
            None => Self { from: Day::constant(1, 1, 1), until },
            Some(month) => Self { from: month.first_day(), until: until.min(month.next().first_day().plus_days(-1)) },
        }
    }

    pub(crate) fn contains(self, turn: Day) -> bool {
        self.from <= turn && turn <= self.until
    }
}

/// An account whose turn it is.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Due {
    #[sea_orm(nested)]
    pub(crate) terms: AccountTerms,
    pub(crate) next_on: Day,
}

/// The accounts from `after` (excluded) to `to` whose turn is within the scope, by account.
pub(crate) async fn due_of_range(
    on: &impl ConnectionTrait,
    (after, to): (AccountId, AccountId),
    scope: Scope,
) -> Result<Vec<Due>, DbErr> {
    // CROSS JOIN: SQLite then walks over the narrow table.
    let sql = "SELECT a.id, a.number, a.external_id, a.currency, a.cycle_day, a.billed_from, a.version, t.next_on
               FROM bill_turns t CROSS JOIN accounts a
               WHERE t.account_id > $1 AND t.account_id <= $2 AND t.next_on >= $3 AND t.next_on <= $4
                   AND a.id = t.account_id ORDER BY t.account_id";
    db::query(on, sql, [after.into(), to.into(), scope.from.into(), scope.until.into()]).await
}

/// Where the next batch of due accounts after one ends; none when none is due after it.
pub(crate) async fn end_of_due(
    on: &impl ConnectionTrait,
    after: AccountId,
    (size, scope): (i64, Scope),
) -> Result<Option<AccountId>, DbErr> {
    let sql = "SELECT due.account_id FROM (SELECT account_id FROM bill_turns
                   WHERE account_id > $1 AND next_on >= $3 AND next_on <= $4 ORDER BY account_id LIMIT $2) AS due
               ORDER BY due.account_id DESC LIMIT 1";
    db::scalar(on, sql, [after.into(), size.into(), scope.from.into(), scope.until.into()]).await
}

/// How many accounts are due, and where batches of `size` of them end: found batch by batch, so that neither engine sorts or
/// keeps all of them.
pub(crate) async fn due_ends(
    on: &impl ConnectionTrait,
    size: i64,
    scope: Scope,
) -> Result<(i64, Vec<AccountId>), DbErr> {
    let sql = "SELECT count(*) FROM bill_turns WHERE next_on >= $1 AND next_on <= $2";
    let count: i64 = db::scalar(on, sql, [scope.from.into(), scope.until.into()]).await?.unwrap_or(0);
    let mut ends = Vec::new();
    let mut after = AccountId::FIRST;
    while let Some(end) = end_of_due(on, after, (size, scope)).await? {
        ends.push(end);
        after = end;
    }
    // The last batch has no end: it goes on to whatever account comes next.
    ends.pop();
    Ok((count, ends))
}

/// Moves the turns of a batch from one day to another, except those of accounts that were set aside for that month. Gives how
/// many there were.
pub(crate) async fn move_turns(
    tx: &Tx,
    (after, to): (AccountId, AccountId),
    (from, next): (Day, Day),
) -> Result<u64, DbErr> {
    let sql = "UPDATE bill_turns SET next_on = $1 WHERE account_id > $2 AND account_id <= $3 AND next_on = $4
                   AND NOT EXISTS (SELECT 1 FROM bill_faults f WHERE f.account_id = bill_turns.account_id AND f.month = $5)";
    let month = from.month().first_day();
    db::execute(tx, sql, [next.into(), after.into(), to.into(), from.into(), month.into()]).await
}

/// How many accounts have which turn, before a day.
pub(crate) async fn turns_before(on: &impl ConnectionTrait, day: Day) -> Result<Vec<(Day, i64)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        next_on: Day,
        accounts: i64,
    }
    let sql =
        "SELECT next_on, count(*) AS accounts FROM bill_turns WHERE next_on < $1 GROUP BY next_on ORDER BY next_on";
    let rows: Vec<Row> = db::query(on, sql, [day.into()]).await?;
    Ok(rows.into_iter().map(|row| (row.next_on, row.accounts)).collect())
}

/// The first turn before a day of an account that was not set aside.
pub(crate) async fn first_turn_before(on: &impl ConnectionTrait, day: Day) -> Result<Option<Day>, DbErr> {
    let sql = "SELECT min(next_on) FROM bill_turns t WHERE next_on < $1
                   AND NOT EXISTS (SELECT 1 FROM bill_faults f WHERE f.account_id = t.account_id)";
    Ok(db::scalar::<Option<Day>>(on, sql, [day.into()]).await?.flatten())
}

/// The first day that Guichet bills for any account.
pub(crate) async fn first_billed_day(on: &impl ConnectionTrait) -> Result<Option<Day>, DbErr> {
    Ok(db::scalar::<Option<Day>>(on, "SELECT min(billed_from) FROM accounts", []).await?.flatten())
}

/// Whether there is any account.
pub(crate) async fn has_accounts(on: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM (SELECT account_id FROM bill_turns LIMIT 1) AS found";
    Ok(db::scalar::<i64>(on, sql, []).await?.unwrap_or(0) > 0)
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Round {
    pub(crate) id: RunId,
    /// The first day of the month that alone is billed.
    pub(crate) month: Option<Day>,
    pub(crate) until: Day,
    pub(crate) today: Day,
    pub(crate) accounts: i64,
    pub(crate) done: i64,
    pub(crate) issued: i64,
    pub(crate) charged: Amount,
    /// Bills up to this number were there before it.
    pub(crate) after_number: i64,
}

const ROUND: &str = "SELECT id, month, until, today, accounts, done, issued, charged, after_number FROM bill_rounds";

pub(crate) async fn running_round(on: &impl ConnectionTrait) -> Result<Option<Round>, DbErr> {
    db::query_one(on, &format!("{ROUND} WHERE state = 'running'"), []).await
}

pub(crate) async fn find_round(on: &impl ConnectionTrait, id: RunId) -> Result<Option<Round>, DbErr> {
    db::query_one(on, &format!("{ROUND} WHERE id = $1"), [id.into()]).await
}

pub(crate) async fn begin_round(db: &Db, tx: &Tx, round: &Round) -> Result<(), DbErr> {
    let sql = "INSERT INTO bill_rounds (id, month, until, today, state, accounts, done, issued, charged, after_number, started_at)
               SELECT $1, $2, $3, $4, 'running', $5, 0, 0, 0, value, $6 FROM counters WHERE name = 'bill'";
    let values = [
        round.id.into(),
        round.month.into(),
        round.until.into(),
        round.today.into(),
        round.accounts.into(),
        db.world().now().into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// `false` when it was over already.
pub(crate) async fn finish_round(db: &Db, tx: &Tx, id: RunId) -> Result<bool, DbErr> {
    let sql = "UPDATE bill_rounds SET state = 'finished', finished_at = $1 WHERE id = $2 AND state = 'running'";
    Ok(db::execute(tx, sql, [db.world().now().into(), id.into()]).await? == 1)
}

/// Notes what a batch did: so many accounts are done.
pub(crate) async fn count_batch(tx: &Tx, id: RunId, done: i64, (issued, charged): (i64, Amount)) -> Result<(), DbErr> {
    let sql = "UPDATE bill_rounds SET done = done + $1, issued = issued + $2, charged = charged + $3 WHERE id = $4";
    db::execute(tx, sql, [done.into(), issued.into(), charged.into(), id.into()]).await.map(|_| ())
}

/// Notes what was issued for a month.
pub(crate) async fn count_month(db: &Db, tx: &Tx, month: Month, (issued, charged): (i64, Amount)) -> Result<(), DbErr> {
    let (id, now): (RunId, Moment) = (db.world().id(), db.world().now());
    let sql = "INSERT INTO bill_runs (month, id, state, accounts, done, issued, charged, started_at, finished_at)
               VALUES ($1, $2, 'finished', 0, 0, $3, $4, $5, $5)
               ON CONFLICT (month) DO UPDATE SET issued = bill_runs.issued + $3, charged = bill_runs.charged + $4,
                   finished_at = $5";
    let values = [month.first_day().into(), id.into(), issued.into(), charged.into(), now.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// How many bills of a month there are, and what they charge.
pub(crate) async fn issued_of_month(on: &impl ConnectionTrait, month: Month) -> Result<(i64, Amount), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        issued: i64,
        charged: Amount,
    }
    let sql = "SELECT issued, charged FROM bill_runs WHERE month = $1";
    let row: Option<Row> = db::query_one(on, sql, [month.first_day().into()]).await?;
    Ok(row.map_or((0, Amount::ZERO), |row| (row.issued, row.charged)))
}

/// The number after which bills come that holders were not told of; none where they know of all.
///
/// # Errors
/// When the database cannot be read.
pub async fn untold_after(on: &impl ConnectionTrait) -> Result<Option<i64>, DbErr> {
    let sql = "SELECT min(after_number) FROM bill_rounds WHERE told_at IS NULL";
    Ok(db::scalar::<Option<i64>>(on, sql, []).await?.flatten())
}

/// Notes that holders were told of the bills of all runs that are over.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_told(db: &Db) -> Result<(), DbErr> {
    db.write(async |tx| {
        let sql = "UPDATE bill_rounds SET told_at = $1 WHERE told_at IS NULL AND state = 'finished'";
        db::execute(tx, sql, [db.world().now().into()]).await.map(|_| ())
    })
    .await
}

/// Replaces what is noted of faulty accounts in a range, for the months of a scope.
pub(crate) async fn note_faults(
    db: &Db,
    tx: &Tx,
    ((after, to), scope): ((AccountId, AccountId), Scope),
    faults: &[(AccountId, Month, String)],
) -> Result<(), DbErr> {
    let sql = "DELETE FROM bill_faults WHERE account_id > $1 AND account_id <= $2 AND month >= $3 AND month <= $4";
    db::execute(tx, sql, [after.into(), to.into(), scope.from.into(), scope.until.into()]).await?;
    let mut rows = Rows::new("bill_faults", &["account_id", "month", "reason", "found_at"]);
    for (account, month, reason) in faults {
        rows.push([(*account).into(), month.first_day().into(), reason.as_str().into(), db.world().now().into()]);
    }
    rows.insert(tx).await
}

/// An account that could not be billed.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct FaultyAccount {
    pub number: String,
    pub external_id: Option<String>,
    pub reason: String,
}

/// The accounts that are set aside, for a month or for any, at most `most` of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn faults_of_month(
    on: &impl ConnectionTrait,
    month: impl Into<Option<Month>>,
    most: i64,
) -> Result<Vec<FaultyAccount>, DbErr> {
    let (from, until) = months(month.into());
    let sql = "SELECT a.number, a.external_id, f.reason FROM bill_faults f JOIN accounts a ON a.id = f.account_id
               WHERE f.month >= $1 AND f.month <= $2 ORDER BY f.account_id LIMIT $3";
    db::query(on, sql, [from.into(), until.into(), most.into()]).await
}

/// Whose bill has which number.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct BilledAccount {
    pub number: i64,
    pub account_id: AccountId,
}

/// The accounts of the bills with a number above `after`, of a month or of any, by number and at most `most` of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn billed_after(
    on: &impl ConnectionTrait,
    after: i64,
    month: Option<Month>,
    most: i64,
) -> Result<Vec<BilledAccount>, DbErr> {
    let (from, until) = months(month);
    let sql = "SELECT number, account_id FROM bills WHERE number > $1 AND month >= $2 AND month <= $3
               ORDER BY number LIMIT $4";
    db::query(on, sql, [after.into(), from.into(), until.into(), most.into()]).await
}

pub(crate) async fn count_faults(on: &impl ConnectionTrait, month: Option<Month>) -> Result<i64, DbErr> {
    let (from, until) = months(month);
    let sql = "SELECT count(*) FROM bill_faults WHERE month >= $1 AND month <= $2";
    Ok(db::scalar(on, sql, [from.into(), until.into()]).await?.unwrap_or(0))
}

/// The first days of a month, or of the first and last there may be.
fn months(month: Option<Month>) -> (Day, Day) {
    month.map_or((Day::constant(1, 1, 1), Day::constant(9999, 12, 1)), |month| (month.first_day(), month.first_day()))
}
