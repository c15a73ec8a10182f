//! Logins: usernames, passwords, sessions, and the limits on guessing. Knows no accounts: to which a login reaches is for
//! the crate above to say. And the provider's people, apart from customers (AGT-2).

mod accept;
mod backup;
mod change;
mod code;
mod contact_email;
mod device;
mod hasher;
mod limits;
mod link;
mod login;
mod own;
mod passkeys;
mod password;
mod pending;
mod proof;
mod rotation;
mod session;
mod sign_in;
mod staff;
mod steps;
mod texts;
mod unnamed;
mod username;

pub use accept::{accept_change, changes_to_settle, expire_change, silence_until};
pub use backup::{
    BACKUP_LINK_LASTS, Backup, BackupSet, backups_set, confirm_backup, find_backup, find_backup_link, make_backup_link,
    set_backup, use_backup_link,
};
pub use change::{
    CHANGE_CODE_LASTS, CHANGE_LASTS, ChangeLink, ChangeSecrets, ChangeState, EmailChange, REVERT_LASTS,
    another_change_code, another_new_link, begin_change, cancel_change, change_secret, changes_of, confirm_new_email,
    find_change, note_code_letter, open_change, refuse_change, revert_change, try_change_code,
};
pub use code::{AGAIN_AFTER, CODE_DIGITS, CodeState, Judged, MOST_TRIES, SentCode, draw_digits, typed_digits};
pub use contact_email::set_contact_email;
pub use device::{
    DEVICE_LASTS, bind_device, forget_devices_of, forget_remembered_steps, is_step_remembered, knows_device,
    remember_step, use_device,
};
pub use hasher::{HashError, Hasher};
pub use limits::{Limit, LimitKind, Taken, Tries, Try};
pub use link::{
    LinkPurpose, LinkState, choose_password, find_link, make_backup_password_link, make_link, recovered_at,
    set_recovered_password, was_not_me,
};
pub use login::{
    Login, LoginError, NewLogin, confirm_email, create_login, find_login, find_login_in, is_username_free,
    login_by_username, logins_with_email, propose, set_language,
};
pub use own::{
    OpenSession, ProofError, Proven, change_password, end_other_sessions, end_own_session, erase_login, open_sessions,
    password_needs_step, password_set_at, prove_password, remove_login,
};
pub use passkeys::{
    Added, AddedAnswer, CHALLENGE_LASTS, Challenge, MOST_PASSKEYS, PasskeyAnswer, PasskeyShown, PasskeyTried, Purpose,
    RelyingParty, UsedPasskey, begin_adding, begin_using, finish_adding, passkeys_doubted_since, passkeys_of,
    remove_passkey, rename_passkey, use_passkey,
};
pub use password::{ChosenPassword, Password, PasswordPolicy, PasswordRule};
pub use pending::{
    CODE_LASTS, CodeTried, Pending, another_pending_code, begin_pending, find_pending, try_pending_code,
};
pub use proof::{
    CHECK_LASTS, PROOF_LASTS, PROOF_WAITED_LASTS, PROOF_WAITS, ProofBegun, ProofReach, ProofStep, ProofTo, ProofWait,
    WaitState, another_proof_code, begin_proof, begin_wait, check_caller, find_wait, find_wait_link, forget_typed,
    keep_typed, kept_typed, may_choose_password, note_step_proof, proof_step, proof_to, prove_by_check, prove_by_step,
    proven_session, stop_wait, try_proof_code,
};
pub use rotation::{count_under_other_keys, rotate_logins};
pub use session::{
    IDLE, LONGEST, Session, SessionRow, Sightings, Token, begin_session, end_session, end_sessions_of, token_hash,
};
pub use sign_in::{Door, Right, SignInError, UnlockedBy, Who, forget_failures, is_locked, lock, try_password, unlock};
pub use staff::{
    INVITATION_LASTS, InvitationState, NewStaff, Role, Staff, StaffError, StaffRight, StepResetBy, accept_invitation,
    add_staff, begin_staff_session, count_staff_under_other_keys, disable_staff, end_staff_session,
    end_waiting_staff_sessions, enrol_made_up_staff, find_invitation, invite_staff, list_staff, pass_staff_step,
    reset_staff_step, rotate_staff, staff_at_step, staff_sign_in, staff_signed_in,
};
pub use steps::{
    LOGIN_HAS_STEP, NumberConfirmed, QrPath, RECOVERY_CODES, SMS_CODE_LASTS, STEP_SIGN_IN_LASTS, StepNumber, StepOwner,
    StepSignIn, StepTried, StepTry, StepWay, Steps, TOTP_DIGITS, TOTP_SETUP_LASTS, TotpConfirmed, TotpSecret,
    are_recovery_codes, begin_step_number, begin_step_sign_in, begin_totp, confirm_step_number, confirm_totp,
    draw_step_code, end_step_sign_in, find_step_sign_in, find_totp_setup, lose_steps, make_recovery_codes, qr_path,
    recovery_set_made_at, renew_recovery_codes, step_number, step_number_setup, steps_changed, steps_of, take_step_try,
    totp_at, try_step, turn_step_off,
};
pub use texts::{TextRefused, take_text};
pub use unnamed::{create_unnamed_login, name_login};
pub use username::{Username, UsernameError, fold};

use db::Migration;

/// The pages of signing in and up, and their texts.
pub const SLICE: web::Slice = include!(concat!(env!("OUT_DIR"), "/slice.rs"));

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    MIGRATIONS.to_vec()
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "m0261_identity",
        what: "logins, sessions and limits",
        sql: include_str!("migrations/0001_identity.sql"),
    },
    Migration {
        name: "m0262_staff",
        what: "the provider's people, apart from customers",
        sql: include_str!("migrations/0002_staff.sql"),
    },
    Migration {
        name: "m0263_devices",
        what: "devices that logins know, links that are e-mailed, codes at sign-in, locks",
        sql: include_str!("migrations/0003_devices.sql"),
    },
    Migration {
        name: "m0264_own",
        what: "the devices of sessions, and logins that were deleted",
        sql: include_str!("migrations/0004_own.sql"),
    },
    Migration {
        name: "m0265_backup",
        what: "backup e-mails of logins, and when one was last recovered",
        sql: include_str!("migrations/0005_backup.sql"),
    },
    Migration {
        name: "m0266_addresses",
        what: "fresh proof, links that confirm backup e-mails, where links to a new password went",
        sql: include_str!("migrations/0006_addresses.sql"),
    },
    Migration {
        name: "m0267_email_changes",
        what: "changes of the contact e-mail",
        sql: include_str!("migrations/0007_email_changes.sql"),
    },
    Migration {
        name: "m0268_steps",
        what: "second steps: authenticator apps, recovery codes, sign-ins that wait for one",
        sql: include_str!("migrations/0008_steps.sql"),
    },
    Migration {
        name: "m0270_passkeys",
        what: "passkeys, and what they are to sign",
        sql: include_str!("migrations/0010_passkeys.sql"),
    },
    Migration {
        name: "m0271_staff_steps",
        what: "sessions of the provider's people that have shown the second step",
        sql: include_str!("migrations/0011_staff_steps.sql"),
    },
    Migration {
        name: "m0272_step_numbers",
        what: "telephones that get codes by SMS",
        sql: include_str!("migrations/0012_step_numbers.sql"),
    },
    Migration {
        name: "m0273_password_lengths",
        what: "which passwords are too short without a second step",
        sql: include_str!("migrations/0013_password_lengths.sql"),
    },
    Migration {
        name: "m0274_proofs",
        what: "fresh proofs by telephone, after three days, and by an agent's check",
        sql: include_str!("migrations/0014_proofs.sql"),
    },
];
