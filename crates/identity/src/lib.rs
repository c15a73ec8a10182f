//! Logins: usernames, passwords, sessions, and the limits on guessing. Knows no accounts: to which a login reaches is for
//! the crate above to say. And the provider's people, apart from customers (AGT-2).

mod limits;
mod login;
mod own;
mod password;
mod rotation;
mod session;
mod staff;
mod username;

pub use limits::{Limit, LimitKind};
pub use login::{
    Login, LoginError, NewLogin, SignInError, Who, confirm_email, create_login, find_login, find_login_in,
    is_username_free, propose, set_language, sign_in,
};
pub use own::{
    OpenSession, ProofError, Proven, change_password, describe_session, end_other_sessions, end_own_session,
    erase_login, open_sessions, password_set_at, prove_password,
};
pub use password::{Hasher, Password, PasswordPolicy, PasswordRule};
pub use rotation::{count_under_other_keys, rotate_logins};
pub use session::{
    IDLE, LONGEST, Session, SessionRow, Sightings, Token, begin_session, end_session, end_sessions_of, token_hash,
};
pub use staff::{
    INVITATION_LASTS, InvitationState, NewStaff, Role, Staff, StaffError, StaffRight, accept_invitation, add_staff,
    begin_staff_session, count_staff_under_other_keys, disable_staff, end_staff_session, find_invitation, invite_staff,
    list_staff, rotate_staff, staff_sign_in, staff_signed_in,
};
pub use username::{Username, UsernameError, fold};

use db::Migration;

/// The pages of signing in and up, and their texts.
pub const SLICE: web::Slice = web::Slice {
    templates: &[
        ("sign-in.html", include_str!("../templates/sign-in.html")),
        ("sign-up-account.html", include_str!("../templates/sign-up-account.html")),
        ("sign-up-login.html", include_str!("../templates/sign-up-login.html")),
    ],
    fr: &[include_str!("../locales/fr.ftl"), include_str!("../locales/errors.fr.ftl")],
    en: &[include_str!("../locales/en.ftl"), include_str!("../locales/errors.en.ftl")],
};

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![
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
            name: "m0264_own",
            what: "the devices of sessions, and logins that were deleted",
            sql: include_str!("migrations/0004_own.sql"),
        },
    ]
}
