//! Passkeys (SEC-3): keys that a device keeps and unlocks by finger, face or PIN. The database has their public half. One alone
//! is both steps of a sign-in, for the device is had and its owner recognised; user verification is always asked for.
//!
//! A passkey belongs to this site's name ([`RelyingParty`]), which comes from the configured address and never from what a
//! request says of itself. What it signs is drawn for one purpose in one browser, and is good once ([`Challenge`]).

mod challenge;
mod keep;
mod party;
mod using;

pub use challenge::{CHALLENGE_LASTS, Challenge, Purpose, begin_adding, begin_using};
pub use keep::{
    Added, AddedAnswer, MOST_PASSKEYS, PasskeyShown, finish_adding, passkeys_doubted_since, passkeys_of,
    remove_passkey, rename_passkey,
};
pub(crate) use keep::{doubt_passkeys_since, erase_passkeys};
pub use party::RelyingParty;
pub use using::{PasskeyAnswer, PasskeyTried, UsedPasskey, use_passkey};
