//! What a run would do (BIL-3).

use db::{Db, DbErr};
use kernel::{AccountId, Month};

use crate::batch::{after, draft, read_batch};
use crate::bill::{BillFault, Draft, Known, Previous, Reference};
use crate::line::{Cause, Line};
use crate::rules::Figures;
use crate::run::{Asked, BATCH, RunError, ToCome, check, to_come};
use crate::turns::{self, Due};

/// What a run would do.
#[derive(Clone, Debug, Default)]
pub struct Dry {
    pub accounts: usize,
    pub bills: usize,
    pub figures: Figures,
    /// Bills with a credit or a late charge on them.
    pub corrected: usize,
    /// Accounts that would be set aside, with the reason; at most a hundred.
    pub faults: Vec<(String, String)>,
    pub faulty: usize,
    /// The rest of the month.
    pub to_come: Vec<ToCome>,
}

/// Computes a run and writes nothing.
///
/// # Errors
/// As [`crate::run`].
pub async fn dry_run(
    db: &Db,
    reference: &Reference,
    asked: Asked,
    mut progress: impl FnMut(usize),
) -> Result<Dry, RunError> {
    check(db, &asked).await?;
    let mut dry = Dry { to_come: to_come(db, &asked).await?, ..Dry::default() };
    let mut last = AccountId::FIRST;
    while let Some(to) = turns::end_of_due(db.reader(), last, (BATCH, asked.scope())).await? {
        let read = read_batch(db, (last, to), asked.scope()).await?;
        for due in &read.due {
            dry.account(db, due, read.known(&due.terms), (reference, &asked)).await?;
        }
        dry.accounts += read.due.len();
        progress(dry.accounts);
        last = to;
    }
    Ok(dry)
}

impl Dry {
    /// All bills that are due of an account, each after the one before.
    async fn account(
        &mut self,
        db: &Db,
        due: &Due,
        known: Known<'_>,
        (reference, asked): (&Reference, &Asked),
    ) -> Result<(), DbErr> {
        let mut turn = due.clone();
        // What the bill before it would be, once there is one.
        let mut last: Option<Previous> = None;
        while asked.scope().contains(turn.next_on) {
            let month = turn.next_on.month();
            let known = match &last {
                Some(previous) => Known { movements: &[], previous: Some(previous), ..known.clone() },
                None => known.clone(),
            };
            if known.previous.is_none_or(|previous| previous.month < month) {
                match draft(db, &known, reference, month, asked.today).await? {
                    Ok(Some(draft)) => last = Some(self.add(&draft, month, known.cutoff)),
                    Ok(None) => {}
                    Err(fault) => {
                        self.set_aside(due, &fault);
                        return Ok(());
                    }
                }
            }
            turn.next_on = after(&turn);
        }
        Ok(())
    }

    fn set_aside(&mut self, due: &Due, fault: &BillFault) {
        self.faulty += 1;
        if self.faults.len() < 100 {
            self.faults.push((due.terms.number.clone(), fault.to_string()));
        }
    }

    fn add(&mut self, draft: &Draft, month: Month, cutoff: i64) -> Previous {
        let corrects = |line: &Line| line.cause != Cause::Recurring;
        self.bills += 1;
        self.corrected += usize::from(draft.content.lines.iter().any(corrects));
        self.figures = self.figures.plus(&draft.figures);
        Previous { number: 0, month, total_due: draft.figures.total_due, cutoff, period: draft.period }
    }
}
