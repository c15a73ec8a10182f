//! Every kind of event that the audit log has, and to which part of a history it belongs. A kind that is not here is shown to
//! nobody; a test compares this list with the sources.

/// A part of a history, by which it is filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryGroup {
    /// Who came to hold the account, and how.
    Access,
    /// Users besides the holder, and their rights.
    Users,
    Bills,
    Payments,
    Profile,
    Services,
    /// What the provider's people looked up.
    LookUps,
    /// Of a login: devices, sessions, locks, the password.
    SignIns,
    /// Of a login: second steps and passkeys.
    Steps,
    /// Of a login: its e-mail addresses.
    Addresses,
    /// Of a login: ways back in.
    Recovery,
    /// On the provider's own chains: no customer's history has it.
    Provider,
}

impl HistoryGroup {
    /// Those of an account's history.
    pub(super) const OF_ACCOUNTS: [Self; 7] =
        [Self::Access, Self::Users, Self::Bills, Self::Payments, Self::Profile, Self::Services, Self::LookUps];
    /// Those of a login's history.
    pub(super) const OF_LOGINS: [Self; 5] =
        [Self::SignIns, Self::Steps, Self::Addresses, Self::Recovery, Self::LookUps];

    /// In an address, and in the keys of texts.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Users => "users",
            Self::Bills => "bills",
            Self::Payments => "payments",
            Self::Profile => "profile",
            Self::Services => "services",
            Self::LookUps => "look-ups",
            Self::SignIns => "sign-ins",
            Self::Steps => "steps",
            Self::Addresses => "addresses",
            Self::Recovery => "recovery",
            Self::Provider => "provider",
        }
    }
}

use HistoryGroup as G;

/// Each kind with its part. Its words are the text `history-` and the kind, with a hyphen for the point.
pub const HISTORY_KINDS: &[(&str, HistoryGroup)] = &[
    ("account.imported", G::Access),
    ("account.registered", G::Access),
    ("activation.sent", G::Access),
    ("claim.code-sent", G::Access),
    ("claim.code-tried-too-often", G::Access),
    ("claim.stopped", G::Access),
    ("holder.confirmed", G::Access),
    ("holder.login-deleted", G::Access),
    ("holder.signed-up", G::Access),
    ("holder.linked", G::Access),
    ("holder.unlinked", G::Access),
    ("holder-change.agreed", G::Access),
    ("holder-change.asked", G::Access),
    ("holder-change.done", G::Access),
    ("holder-change.objected", G::Access),
    ("holder-change.refused", G::Access),
    ("user.accepted", G::Users),
    ("user.added", G::Users),
    ("user.invited", G::Users),
    ("user.login-deleted", G::Users),
    ("user.password-sent", G::Users),
    ("user.removed", G::Users),
    ("user.renamed", G::Users),
    ("user.step-required", G::Users),
    ("user.unlocked", G::Users),
    ("rights.alarm", G::Users),
    ("rights.answered", G::Users),
    ("rights.asked", G::Users),
    ("rights.changed", G::Users),
    ("rights.refused", G::Users),
    ("rights.taken-back", G::Users),
    ("bill.issued", G::Bills),
    ("ledger.posted", G::Bills),
    ("payment.begun", G::Payments),
    ("payment.canceled", G::Payments),
    ("payment.failed", G::Payments),
    ("payment.succeeded", G::Payments),
    ("refund.begun", G::Payments),
    ("refund.failed", G::Payments),
    ("refund.succeeded", G::Payments),
    ("card.default", G::Payments),
    ("card.kept", G::Payments),
    ("card.named", G::Payments),
    ("card.not-kept", G::Payments),
    ("card.removed", G::Payments),
    ("card.replaced", G::Payments),
    ("cards.ended", G::Payments),
    ("contact.changed", G::Profile),
    ("contact.ended", G::Profile),
    ("contact-change.accepted", G::Profile),
    ("contact-change.asked", G::Profile),
    ("contact-change.done", G::Profile),
    ("contact-change.ended", G::Profile),
    ("contact-change.expired", G::Profile),
    ("contact-change.refused", G::Profile),
    ("contact-change.sent-again", G::Profile),
    ("contact-change.withdrawn", G::Profile),
    ("profile.address-changed", G::Profile),
    ("profile.name-changed", G::Profile),
    ("profile.preferences-changed", G::Profile),
    ("profile.telephones-changed", G::Profile),
    ("services.recorded", G::Services),
    ("representative.confirmed", G::Profile),
    ("representative.ended", G::Profile),
    ("representative.expired", G::Profile),
    ("representative.objected", G::Profile),
    ("representative.recorded", G::Profile),
    ("representative.refused", G::Profile),
    ("account.looked-up", G::LookUps),
    ("representative.document-seen", G::LookUps),
    ("holder-change.seen", G::LookUps),
    ("login.looked-up", G::LookUps),
    ("recovery.seen", G::LookUps),
    ("recovery.document-seen", G::LookUps),
    ("login.account-linked", G::SignIns),
    ("login.account-unlinked", G::SignIns),
    ("login.code-tried-too-often", G::SignIns),
    ("login.deleted", G::SignIns),
    ("login.locked", G::SignIns),
    ("login.new-device", G::SignIns),
    ("login.not-me", G::SignIns),
    ("login.password-changed", G::SignIns),
    ("login.password-chosen", G::SignIns),
    ("login.caller-checked", G::SignIns),
    ("login.proof-stopped", G::SignIns),
    ("login.proof-waits", G::SignIns),
    ("login.proven", G::SignIns),
    ("login.session-ended", G::SignIns),
    ("login.sessions-ended", G::SignIns),
    ("login.unlocked", G::SignIns),
    ("passkey.added", G::Steps),
    ("passkey.counter-went-back", G::Steps),
    ("passkey.doubted", G::Steps),
    ("passkey.removed", G::Steps),
    ("passkey.renamed", G::Steps),
    ("step.lost", G::Steps),
    ("step.off", G::Steps),
    ("step.on", G::Steps),
    ("step.passed", G::Steps),
    ("step.recovery-code-used", G::Steps),
    ("step.recovery-codes-made", G::Steps),
    ("step.tried-too-often", G::Steps),
    ("login.backup-confirmed", G::Addresses),
    ("login.backup-doubted", G::Addresses),
    ("login.backup-removed", G::Addresses),
    ("login.backup-set", G::Addresses),
    ("login.email-change-asked", G::Addresses),
    ("login.email-change-cancelled", G::Addresses),
    ("login.email-change-code", G::Addresses),
    ("login.email-change-new", G::Addresses),
    ("login.email-change-refused", G::Addresses),
    ("login.email-changed", G::Addresses),
    ("login.email-reverted", G::Addresses),
    ("login.recovery-sent", G::Recovery),
    ("recovery.accepted", G::Recovery),
    ("recovery.asked", G::Recovery),
    ("recovery.erased", G::Recovery),
    ("recovery.expired", G::Recovery),
    ("recovery.objected", G::Recovery),
    ("recovery.refused", G::Recovery),
    ("recovery.sent", G::Recovery),
    ("bill-run.finished", G::Provider),
    ("bill-run.started", G::Provider),
    ("catalogue.loaded", G::Provider),
    ("demonstration.begun", G::Provider),
    ("demonstration.continued", G::Provider),
    ("demonstration.filled", G::Provider),
    ("demonstration.lived", G::Provider),
    ("document.kept", G::Provider),
    ("import.finished", G::Provider),
    ("keys.rotated", G::Provider),
    ("staff.added", G::Provider),
    ("staff.disabled", G::Provider),
    ("staff.invited", G::Provider),
    ("staff.password-chosen", G::Provider),
    ("staff.signed-in", G::Provider),
    ("staff.step-reset", G::Provider),
];

/// What anybody may do who reads a mailbox or knows a name: the log does not know who it was.
const BY_ANYBODY: [&str; 20] = [
    "activation.sent",
    "claim.stopped",
    "claim.code-tried-too-often",
    "holder-change.agreed",
    "holder-change.objected",
    "login.locked",
    "login.not-me",
    "login.password-chosen",
    "login.recovery-sent",
    "login.unlocked",
    "login.code-tried-too-often",
    "login.email-reverted",
    "login.backup-doubted",
    "passkey.doubted",
    "passkey.counter-went-back",
    "recovery.asked",
    "recovery.objected",
    "representative.objected",
    "step.tried-too-often",
    "step.lost",
];

/// Whether the log does not know who of the customers did a thing of that kind.
pub(super) fn is_by_anybody(kind: &str) -> bool {
    BY_ANYBODY.contains(&kind)
}

/// Kinds whose `login` is whom they are about; who did it is the holder of the membership `holder`.
pub(super) fn is_by_holder(kind: &str) -> bool {
    matches!(
        kind,
        "user.added"
            | "user.invited"
            | "user.password-sent"
            | "user.removed"
            | "user.renamed"
            | "user.step-required"
            | "user.unlocked"
            | "rights.answered"
            | "rights.changed"
    )
}

/// The kinds of one part, or of all of these.
pub(super) fn kinds_of(groups: &[HistoryGroup], chosen: Option<HistoryGroup>) -> Vec<&'static str> {
    let wanted = |group: &HistoryGroup| chosen.map_or_else(|| groups.contains(group), |chosen| chosen == *group);
    HISTORY_KINDS.iter().filter(|(_, group)| wanted(group)).map(|(kind, _)| *kind).collect()
}
