//! Typed ids: UUID version 7 behind a name, so that an account's id is never taken for a customer's.

use crate::column::column_newtype;

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Below every id: where a walk over all rows begins.
            pub const FIRST: Self = Self(uuid::Uuid::nil());
            /// Above every id.
            pub const LAST: Self = Self(uuid::Uuid::max());

            pub fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        column_newtype!($name as uuid::Uuid, |id| id.0, |raw| Some($name(raw)), Uuid, Uuid);

        /// UUIDs are made by us, never counted by the database.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

typed_id! {
    /// A person or organisation; bears the client identifier (ACC-1).
    CustomerId,
    /// A billing account; bears the account number (ACC-3).
    AccountId,
    /// A subscription at a service address.
    ServiceId,
    /// An entry of the ledger (BIL-6).
    EntryId,
    /// A username with its credentials (the words in REQUIREMENTS).
    LoginId,
    /// A login's role on an account, from its beginning to its end (USR-1).
    MembershipId,
    /// One right given or withdrawn (USR-3, USR-4).
    RightFactId,
    /// Rights that a user asks the account's holder for (USR-5).
    RightsRequestId,
    /// One of the provider's people (AGT-2).
    StaffId,
    /// One sign-in, until it ends.
    SessionId,
    /// A wish for another contact e-mail (SEC-6).
    ChangeId,
    /// One bill run.
    RunId,
    /// A job of the queue.
    JobId,
    /// A message of the outbox (OPS-3).
    MessageId,
    /// A file that somebody handed in (SEC-5).
    FileId,
    /// A request for a way back in, by documents (SEC-5).
    RecoveryId,
    /// A change of holder (PRO-1).
    HolderChangeId,
    /// An account that was linked to a login (ONE-1).
    AccountLinkId,
    /// A contact of an account or of a service (PRO-2).
    ContactId,
    /// A change of contact that both sides have to accept (PRO-2).
    ContactChangeId,
    /// Who may speak for an account's customer (PRO-2).
    RepresentativeId,
    /// A payment by card (PAY-1).
    PaymentId,
    /// Money given back of a payment (PAY-5).
    RefundId,
    /// A saved card.
    CardId,
    /// A passkey (SEC-3).
    PasskeyId,
    /// A running process of Guichet.
    NodeId,
}
