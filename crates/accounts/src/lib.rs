//! Customers and their accounts: who they are, how they are numbered, and how their personal data is kept.

mod activation;
mod address;
mod confirmation;
mod contacts;
mod countries;
mod customer;
mod deletion;
mod draft;
mod former;
mod history;
mod holder;
mod hosted;
mod identifier;
mod links;
mod membership;
mod named;
mod number;
mod on_file;
mod postal;
mod profile;
mod recovery;
mod register;
mod representative;
mod rights;
mod rotation;
mod sign_up;
mod spelling;
mod store;
mod telephone;
mod users;
mod view;
mod way_back;

pub use activation::{
    Activation, ActivationBy, ActivationState, ActivationWish, DrawnActivation, begin_activated_claim, draw_activation,
    find_activation,
};
pub use address::Address;
pub use confirmation::{
    Another, By, CODE_LASTS, Drawn, STOP_LASTS, STOPPED_FOR, StopState, Stoppable, Tried, code_state, confirm,
    draw_code, find_stoppable, stop_claim, try_code, unconfirmed_claim,
};
pub use contacts::{
    AccountContact, ContactAnswered, ContactChange, ContactDone, ContactKind, ContactLink, ContactOutcome,
    ContactPerson, ContactPlace, ContactSide, ContactWish, ContactsGone, EndedContactChange, NewContactChange,
    Proposal, Proposed, answer_contact_change, begin_contact_change, billing_contact, contact_changes_of,
    contact_changes_to_expire, contacts_of, effective_contact, expire_contact_change, find_contact_change,
    find_contact_link, make_contact_link, open_contact_changes, proposal_of, renew_contact_change, typed_identifier,
    use_default_contact, withdraw_contact_change,
};
pub use countries::{Area, Country, HOME, Part, countries, country, country_of};
pub use customer::{BillFormat, CustomerKind, NewAccount, NewCustomer, Segment};
pub use deletion::{Suspended, delete_login};
pub use draft::{
    Beginning, DRAFT_LASTS, DraftContent, DraftState, DraftWish, DrawnDraft, confirm_draft, draw_draft, find_draft,
    finish_draft, is_of_draft, tidy_drafts,
};
pub use history::{Involved, LookedUp, account_history, account_of, involved, note_look_up};
pub use holder::{
    AnsweredChange, ChangeDecided, ChangeDecision, HOLDER_CHANGE_REASONS, HolderChange, HolderChangeDone,
    HolderChangeOutcome, HolderChangeWish, NewHolder, NewHolderChange, account_view_when, agree_to_holder_change,
    begin_holder_change, decide_holder_change, find_holder_change, find_holder_change_link, holder_changes_of,
    make_holder_change_link, object_to_holder_change, open_holder_changes, view_when,
};
pub use hosted::{DomainError, HostedDomains};
pub use identifier::{ClientIdentifier, Suffix, SuffixError};
pub use identity::CodeState;
pub use links::{
    AccountLink, LINK_CODE_LASTS, LinkAsk, LinkDeed, LinkTried, LinkUndone, LinkWay, LinkWish, Linked, Undone,
    UndoneBy, ask_link, find_link_ask, find_link_deed, find_linkable, link_activated, links_of, make_link_undo,
    move_account, try_link_code, undo_link,
};
pub use membership::{
    Actor, Asker, Grant, NeedsStep, Reach, Right, Waiting, WaitingState, currency_of, login_by_identifier,
};
pub use named::{first_account_of, holder_of, holder_when, identifiers_of, is_held_by};
pub use number::{AccountNumber, AccountNumberError, check_digit};
pub use on_file::{RecentChange, held_accounts, name_by_provider, proof_telephone, recent_changes};
pub use postal::{AddressProblem, LONGEST_CITY, LONGEST_STREET, TypedAddress, check_address, with_zeros, written_code};
pub use profile::{Change, Changed, Consent, Preferences, Profile, Section, change_profile, find_profile};
pub use recovery::{
    Approved, NewRecovery, OnFile, RENEWAL_LASTS, Recovery, RecoveryFacts, RecoveryFile, RecoveryKind, RecoveryLink,
    RecoveryState, approvals_of, approve_recovery, begin_recovery, count_recoveries_under_other_keys, due_recoveries,
    erase_recovery, expire_recovery, find_recovery, find_recovery_link, make_object_link, note_document_seen,
    object_to_recovery, on_file, open_recoveries, read_document, recovery_deadline, recovery_of_form, refuse_recovery,
    rotate_recoveries, send_due_recovery, use_renewal,
};
pub use register::{RegisterError, Registered, register, register_account};
pub use representative::{
    NewRepresentative, REPRESENTATIVE_KINDS, Representative, RepresentativeAct, RepresentativeDecided,
    RepresentativeFacts, RepresentativeState, account_to_represent, act_on_representative, expire_representative,
    find_representative, find_representative_link, make_representative_link, note_representative_document_seen,
    object_to_representative, open_representatives, record_representative, representative_of_form, representatives_of,
    representatives_to_expire,
};
pub use rights::{
    AlarmKind, Attempt, AttemptBy, Ended, Given, Held, Placed, Preset, RightAlarm, RightsDoubt, RightsError,
    RightsWanted, Services, User, UserLimits, What, add_secondary, count_alarms, end_secondary, find_user, give_rights,
    held_at, may_still, note_alarms, note_refused_attempt, rights_from_codes, rights_to_codes, users_of, verify_rights,
};
pub use rotation::{count_under_other_keys, rotate_customers};
pub use sign_up::{
    CLAIM_LASTS, Claim, ClaimError, Origin, ServicePlaces, SignUpError, begin_claim, complete_claim, find_claim, hold,
    unheld,
};
pub use spelling::{LONGEST_NAME, NameProblem, check_name};
pub use store::{
    AccountIdentity, AccountTerms, Contact, contact_of, find_by_external_ids, find_contact_by_identifier, hold_key,
    hold_range, imported_marks, next_version, terms_of_range,
};
pub use telephone::{Telephone, TelephoneError};
pub use users::{
    Accepted, Answered, InvitationState, Invited, Invitee, Member, RightsRequest, SentInvitation, UserInvitation,
    accept_as, accept_as_new, acts_of, answer_request, ask_for_rights, find_member, find_request, find_user_invitation,
    give_by_hand, invite_again, invite_user, members_of, note_user_act, open_request, open_requests, remove_user,
    rename_user, require_step, take_request_back, user_name,
};
pub use view::{AccountView, account_view, account_view_in, customer_key, numbers_after, views_of};
pub use way_back::{UNDO_LASTS, waits_for_undo};

use db::Migration;

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    let mut all = MIGRATIONS.to_vec();
    all.extend(users::migrations());
    all.extend([
        contacts::MIGRATION,
        representative::MIGRATION,
        links::MIGRATION,
        former::MIGRATION,
        on_file::MIGRATION,
    ]);
    all
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "m0301_accounts",
        what: "customers and accounts",
        sql: include_str!("migrations/0001_accounts.sql"),
    },
    Migration {
        name: "m0302_memberships",
        what: "which logins reach which accounts, and sign-up",
        sql: include_str!("migrations/0002_memberships.sql"),
    },
    Migration {
        name: "m0303_confirmation",
        what: "how the claim of an account is confirmed or stopped",
        sql: include_str!("migrations/0003_confirmation.sql"),
    },
    Migration {
        name: "m0304_profile",
        what: "further telephones, consent, alerts",
        sql: include_str!("migrations/0004_profile.sql"),
    },
    Migration {
        name: "m0310_activations",
        what: "activation e-mails",
        sql: include_str!("migrations/0010_activations.sql"),
    },
    Migration {
        name: "m0311_drafts",
        what: "new customers whose e-mail is not confirmed yet",
        sql: include_str!("migrations/0011_drafts.sql"),
    },
    Migration {
        name: "m0331_recoveries",
        what: "requests for a way back in by identity documents",
        sql: include_str!("migrations/0031_recoveries.sql"),
    },
    Migration {
        name: "m0341_memberships",
        what: "memberships with ids, which do not change and end once",
        sql: include_str!("migrations/0041_memberships.sql"),
    },
    Migration {
        name: "m0342_grants",
        what: "rights that holders give to users of their accounts",
        sql: include_str!("migrations/0042_grants.sql"),
    },
    Migration {
        name: "m0351_holder_changes",
        what: "changes of holder",
        sql: include_str!("migrations/0051_holder_changes.sql"),
    },
];
