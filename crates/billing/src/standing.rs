//! How bills stand (BIL-1, ACC-5, PAY-1): what is left to pay of each, as the ledger has it. The one place that says so; every
//! page, list and letter takes it from here. Pure: no clock, no database.
//!
//! A bill is asked for what it was the first to ask for: its own charges, and debits that no earlier bill shows, as an opening
//! balance. Payments, credits and bills below zero settle the oldest first. What comes back of a payment, returned or
//! refunded, is settled no more: the bill that it had paid is open again, and no later bill asks for it anew. So what is left of
//! all bills, plus debits that are on no bill yet, less credit that nothing has used, is the ledger's balance, always.

use std::collections::BTreeMap;

use kernel::{Amount, Day, EntryId, Moment};

use crate::ledger::EntryKind;

/// An entry of the ledger, as far as it matters to how bills stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub entry: EntryId,
    /// The account's version; of a bill, its cut-off, so that it comes after what it knew.
    pub version: i64,
    pub kind: String,
    /// The bill that it posts.
    pub bill: Option<i64>,
    pub on: Day,
    pub recorded_at: Moment,
    /// What it adds to the balance.
    pub amount: Amount,
    /// The entry of which it took back, where that is known. What is left of bills does not hang on it.
    pub of: Option<EntryId>,
}

/// How a bill stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Late,
    PartlyPaid,
    ToPay,
    InFavour,
    Paid,
    Nothing,
}

/// What there is to know of each state: the first row that holds is the bill's.
struct State {
    standing: Standing,
    /// As texts are named after it.
    code: &'static str,
    /// The icon and colour of its label.
    tone: &'static str,
    holds: fn(&Remainder, is_past: bool) -> bool,
}

const STATES: [State; 6] = [
    State { standing: Standing::Late, code: "late", tone: "danger", holds: |bill, is_past| bill.is_open() && is_past },
    State {
        standing: Standing::PartlyPaid,
        code: "partly-paid",
        tone: "warning",
        holds: |bill, _| bill.is_open() && bill.left < bill.asked,
    },
    State { standing: Standing::ToPay, code: "to-pay", tone: "info", holds: |bill, _| bill.is_open() },
    State {
        standing: Standing::InFavour,
        code: "in-favour",
        tone: "success",
        holds: |bill, _| bill.total.is_negative(),
    },
    State { standing: Standing::Paid, code: "paid", tone: "success", holds: |bill, _| !bill.asked.is_zero() },
    State { standing: Standing::Nothing, code: "nothing", tone: "success", holds: |_, _| true },
];

impl Standing {
    fn row(self) -> &'static State {
        STATES.iter().find(|state| state.standing == self).unwrap_or(&STATES[5])
    }

    pub fn code(self) -> &'static str {
        self.row().code
    }

    pub fn tone(self) -> &'static str {
        self.row().tone
    }

    /// Whether something of it is left to pay.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Late | Self::PartlyPaid | Self::ToPay)
    }
}

/// What is left of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remainder {
    /// What it was the first to ask for, when it was issued; nothing where a credit covered it.
    pub asked: Amount,
    /// What of that is not settled.
    pub left: Amount,
    /// The account's balance when it was issued, as it stands on its paper.
    pub total: Amount,
    /// Its own charges.
    pub charges: Amount,
    /// The day of what settled the last of it.
    pub settled_on: Option<Day>,
}

impl Remainder {
    pub fn is_open(&self) -> bool {
        self.left > Amount::ZERO
    }

    /// A bill is late from the day after the one on which it is due.
    pub fn standing(&self, due_on: Day, today: Day) -> Standing {
        let is_past = due_on < today;
        STATES.iter().find(|state| (state.holds)(self, is_past)).map_or(Standing::Nothing, |state| state.standing)
    }

    /// What a list says of the bill: what it asked for, or gave.
    pub fn amount(&self) -> Amount {
        if self.is_open() || !self.asked.is_zero() {
            self.asked.max(self.left)
        } else if self.total.is_negative() {
            self.total
        } else {
            self.charges.min(Amount::ZERO)
        }
    }
}

/// What a payment or credit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// None: a debit that is on no bill yet.
    pub bill: Option<i64>,
    pub amount: Amount,
}

/// An entry that is no bill, with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub entry: EntryId,
    pub version: i64,
    pub kind: String,
    pub on: Day,
    pub recorded_at: Moment,
    /// What it added to the balance; a payment is negative.
    pub amount: Amount,
    /// The balance after it.
    pub balance: Amount,
    /// What it settles, the oldest bill first.
    pub settled: Vec<Settled>,
    /// What of it has come back since.
    pub back: Amount,
    /// The entries of which it took back.
    pub of: Vec<EntryId>,
    /// What of it waits for a next bill.
    pub unused: Amount,
}

/// An account as its ledger has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reckoning {
    /// Negative for a credit.
    pub balance: Amount,
    /// What is left of debits that are on no bill yet.
    pub unbilled: Amount,
    /// Credit that nothing has used.
    pub credit: Amount,
    bills: BTreeMap<i64, Remainder>,
    /// Entries that are no bills, in their order.
    pub moved: Vec<Moved>,
}

/// What can settle a bill, and what of it can still.
struct Credit {
    /// Its place among what moved; none for a bill below zero, or what was there before.
    moved: Option<usize>,
    on: Day,
    whole: Amount,
    left: Amount,
}

/// What a bill asks for first.
struct Ask {
    bill: Option<i64>,
    left: Amount,
}

#[derive(Default)]
struct Course {
    credits: Vec<Credit>,
    asks: Vec<Ask>,
    /// Debits that the next bill will be the first to show.
    pending: Amount,
    reckoning: Reckoning,
}

impl Reckoning {
    /// From entries in any order. Those from before `since` are a former holder's (PRO-1): only the balance that they left counts.
    pub fn of(posted: &[Posted], since: Moment) -> Self {
        let (mut here, before): (Vec<&Posted>, Vec<&Posted>) =
            posted.iter().partition(|posted| posted.recorded_at >= since);
        here.sort_by_key(|posted| (posted.version, posted.bill.is_some(), posted.entry));
        let mut course = Course::default();
        course.begin(before.iter().map(|posted| posted.amount).sum(), here.first().map(|posted| posted.on));
        for posted in here {
            course.balance_moves(posted.amount);
            match posted.bill {
                Some(bill) => course.bill(bill, posted),
                None => course.movement(posted),
            }
        }
        course.settle()
    }

    /// What is left of a bill; of none that is not there.
    pub fn bill(&self, number: i64) -> Option<&Remainder> {
        self.bills.get(&number)
    }

    /// All bills, oldest first.
    pub fn bills(&self) -> impl DoubleEndedIterator<Item = (i64, &Remainder)> {
        self.bills.iter().map(|(number, remainder)| (*number, remainder))
    }

    /// What is left of all bills.
    pub fn left(&self) -> Amount {
        self.bills.values().map(|bill| bill.left).sum()
    }

    /// What came of an entry.
    pub fn moved(&self, entry: EntryId) -> Option<&Moved> {
        self.moved.iter().find(|moved| moved.entry == entry)
    }
}

impl Course {
    fn begin(&mut self, balance: Amount, first: Option<Day>) {
        self.reckoning.balance = balance;
        self.pending = balance.max(Amount::ZERO);
        if let (true, Some(on)) = (balance.is_negative(), first) {
            self.credits.push(Credit { moved: None, on, whole: -balance, left: -balance });
        } else if balance.is_negative() {
            self.reckoning.credit = -balance;
        }
    }

    fn balance_moves(&mut self, amount: Amount) {
        self.reckoning.balance += amount;
    }

    fn bill(&mut self, number: i64, posted: &Posted) {
        let asked = std::mem::take(&mut self.pending) + posted.amount.max(Amount::ZERO);
        if posted.amount.is_negative() {
            let whole = -posted.amount;
            self.credits.push(Credit { moved: None, on: posted.on, whole, left: whole });
        }
        self.asks.push(Ask { bill: Some(number), left: asked });
        let total = self.reckoning.balance;
        let asked = asked.min(total.max(Amount::ZERO));
        let remainder = Remainder { asked, left: Amount::ZERO, total, charges: posted.amount, settled_on: None };
        self.reckoning.bills.insert(number, remainder);
    }

    fn movement(&mut self, posted: &Posted) {
        let place = self.reckoning.moved.len();
        let mut moved = Moved {
            entry: posted.entry,
            version: posted.version,
            kind: posted.kind.clone(),
            on: posted.on,
            recorded_at: posted.recorded_at,
            amount: posted.amount,
            balance: self.reckoning.balance,
            settled: Vec::new(),
            back: Amount::ZERO,
            of: Vec::new(),
            unused: Amount::ZERO,
        };
        if posted.amount.is_negative() {
            let whole = -posted.amount;
            self.credits.push(Credit { moved: Some(place), on: posted.on, whole, left: whole });
        } else if posted.kind == EntryKind::Opening.code() {
            self.pending += posted.amount;
        } else {
            moved.of = self.take_back(posted.amount, posted.of);
        }
        self.reckoning.moved.push(moved);
    }

    /// Money that went back settles nothing any more. Where it is not known whose it was: the newest credit of just that amount,
    /// else the newest there are. What no credit covers is owed anew.
    fn take_back(&mut self, amount: Amount, known: Option<EntryId>) -> Vec<EntryId> {
        let (mut rest, mut of) = (amount, Vec::new());
        let moved = &self.reckoning.moved;
        let is_known = |credit: &Credit| known.is_some() && credit.moved.map(|place| moved[place].entry) == known;
        let is_like = |credit: &Credit| credit.whole == amount && credit.left == amount;
        let exact = self.credits.iter().rposition(is_known).or_else(|| self.credits.iter().rposition(is_like));
        let newest = (0..self.credits.len()).rev().filter(|place| Some(*place) != exact);
        for place in exact.into_iter().chain(newest) {
            let credit = &mut self.credits[place];
            let taken = credit.left.min(rest);
            if taken.is_zero() {
                continue;
            }
            credit.left -= taken;
            rest -= taken;
            if let Some(moved) = credit.moved.and_then(|place| self.reckoning.moved.get_mut(place)) {
                moved.back += taken;
                of.push(moved.entry);
            }
        }
        self.pending += rest;
        of
    }

    /// The oldest first, and what is on no bill yet last.
    fn settle(mut self) -> Reckoning {
        self.asks.push(Ask { bill: None, left: self.pending });
        let mut credits = self.credits.into_iter().peekable();
        for mut ask in self.asks {
            let mut settled_on = None;
            while let Some(credit) = credits.peek_mut().filter(|_| ask.left > Amount::ZERO) {
                let amount = credit.left.min(ask.left);
                credit.left -= amount;
                ask.left -= amount;
                if !amount.is_zero() {
                    settled_on = settled_on.max(Some(credit.on));
                }
                if let Some(moved) = credit.moved.and_then(|place| self.reckoning.moved.get_mut(place))
                    && !amount.is_zero()
                {
                    moved.settled.push(Settled { bill: ask.bill, amount });
                }
                if credit.left.is_zero() {
                    credits.next();
                }
            }
            match ask.bill.and_then(|number| self.reckoning.bills.get_mut(&number)) {
                Some(bill) => {
                    bill.left = ask.left;
                    bill.settled_on = settled_on.filter(|_| ask.left.is_zero());
                }
                None => self.reckoning.unbilled = ask.left,
            }
        }
        for credit in credits {
            self.reckoning.credit += credit.left;
            if let Some(moved) = credit.moved.and_then(|place| self.reckoning.moved.get_mut(place)) {
                moved.unused = credit.left;
            }
        }
        self.reckoning
    }
}

#[cfg(test)]
mod tests;
