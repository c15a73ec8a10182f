//! The values that every slice shares: clock, randomness, typed ids, money, days and months, language. No I/O.
//!
//! Time, randomness and ids are handed in through [`World`], so that a test decides what time it is and a run can be
//! repeated (house rule 4).

mod clock;
mod column;
mod day;
mod email;
mod entropy;
mod ids;
mod line;
mod money;
mod problem;
mod region;

pub use clock::{Clock, ManualClock, OffsetClock, SystemClock};
pub use column::{Cell, FromCell, Moment};
pub use day::{Day, DayError, Month, Span};
pub use email::{EmailAddress, EmailProblem, former_mailboxes, mailbox, shown_email, with_emails_shown};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use ids::{
    AccountId, AccountLinkId, CardId, ChangeId, ContactChangeId, ContactId, CustomerId, EntryId, FileId,
    HolderChangeId, JobId, LoginId, MembershipId, MessageId, NodeId, PasskeyId, PaymentId, RecoveryId, RefundId,
    RepresentativeId, RightFactId, RightsRequestId, RunId, ServiceId, SessionId, StaffId,
};
pub use line::{hides_something, line, unlinked};
pub use money::{Amount, AmountError, Currency, Rate, round_div};
pub use problem::Problem;
pub use region::{Language, Region, RegionError};

use std::sync::Arc;

/// What a use case may know of the outside world: the time and randomness. Cheap to clone.
#[derive(Clone)]
pub struct World {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl World {
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// The machine's clock and the system's randomness.
    pub fn real() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
    }

    /// The same randomness at another time.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, entropy: self.entropy.clone() }
    }

    pub fn now(&self) -> Moment {
        Moment::new(self.clock.now())
    }

    /// The calendar day in the provider's time zone.
    pub fn today(&self, zone: &jiff::tz::TimeZone) -> Day {
        Day::from(self.clock.now().to_zoned(zone.clone()).date())
    }

    pub fn fill(&self, bytes: &mut [u8]) {
        self.entropy.fill(bytes);
    }

    /// A number below `bound`, each equally likely.
    pub fn below(&self, bound: u64) -> u64 {
        assert!(bound > 0, "an empty range has no member");
        let zone = u64::MAX - u64::MAX % bound;
        loop {
            let mut bytes = [0; 8];
            self.fill(&mut bytes);
            let drawn = u64::from_le_bytes(bytes);
            if drawn < zone {
                return drawn % bound;
            }
        }
    }

    /// A new UUID version 7 (RFC 9562): sortable by the millisecond of its making.
    pub fn uuid(&self) -> uuid::Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A new typed id, as in `let id: AccountId = world.id();`.
    pub fn id<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.uuid())
    }
}
