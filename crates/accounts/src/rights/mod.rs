//! Access rights (USR-1 to USR-4): what users of an account may do is what its holder gave them, and nothing else.
//!
//! The holder's acts are facts in the table `grants`, added and never changed; rights are what they fold to (`held.rs`, `fact.rs`,
//! both pure). Each fact carries a MAC that links it to the one before, checked whenever rights are read, and triggers on both
//! engines refuse facts of anybody but the holder of that moment (docs/adr/0012). `users.rs` are the holder's acts, `watch.rs` what
//! is noticed and told of what was tried without leave.

mod codes;
mod fact;
mod held;
mod users;
mod watch;

pub use codes::{rights_from_codes, rights_to_codes};
pub use fact::{AlarmKind, RightAlarm};
pub(crate) use fact::{FACT_COLUMNS, RightFact, fold};
pub use held::{Held, Placed, Preset, RightsWanted, Services, What};
pub use users::{
    Ended, Given, RightsError, User, UserLimits, add_secondary, end_secondary, find_user, give_rights, held_at,
    may_still, users_of,
};
pub(crate) use users::{carry_rights, end_member, hold_giver, note, who_holds};
pub use watch::{
    Attempt, By as AttemptBy, RightsDoubt, count_alarms, note_alarms, note_refused_attempt, verify_rights,
};
