//! The people who use an account beside its holder, and how they come and go: invited, accepting, listed, asking for more, removed
//! (USR-1, USR-2, USR-5). What they may do, and who gave it, is in `rights/`: nothing here gives any right but through it.

mod accept;
mod ask;
mod invite;
mod member;

use db::{Db, DbErr, Migration, Tx};
use kernel::{AccountId, CustomerId, LoginId};
use sea_orm::ConnectionTrait;
use vault::{DataKey, Vault, VaultError};

pub use accept::{Accepted, InvitationState, UserInvitation, accept_as, accept_as_new, find_user_invitation};
pub use ask::{
    Answered, RightsRequest, answer_request, ask_for_rights, find_request, give_by_hand, open_request, open_requests,
    take_request_back,
};
pub(crate) use invite::end_invitations;
pub use invite::{Invited, Invitee, SentInvitation, invite_again, invite_user};
pub use member::{
    Member, acts_of, find_member, members_of, note_user_act, remove_user, rename_user, require_step, user_name,
};
pub(crate) use member::{forget_names, remove_users_since};

/// The tables of this module.
pub(crate) fn migrations() -> [Migration; 3] {
    [
        Migration {
            name: "m0361_invitations",
            what: "users who are invited",
            sql: include_str!("../migrations/0061_invitations.sql"),
        },
        Migration {
            name: "m0362_requests",
            what: "rights that users ask for",
            sql: include_str!("../migrations/0062_requests.sql"),
        },
        Migration {
            name: "m0363_required_steps",
            what: "users of whom the holder wants a second step",
            sql: include_str!("../migrations/0063_required_steps.sql"),
        },
    ]
}

/// Takes a login away that nobody has. Says whether it was one.
pub(crate) async fn remove_unnamed(db: &Db, tx: &Tx, login: LoginId) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM logins WHERE id = $1 AND username = '' AND deleted_at IS NULL";
    if db::scalar::<i64>(tx, sql, [login.into()]).await? != Some(1) {
        return Ok(false);
    }
    identity::remove_login(db, tx, login).await
}

async fn customer_of(on: &impl ConnectionTrait, account: AccountId) -> Result<Option<CustomerId>, DbErr> {
    db::scalar(on, "SELECT customer_id FROM accounts WHERE id = $1", [account.into()]).await
}

/// The key under which an account's users are named.
async fn key_of(on: &impl ConnectionTrait, vault: &Vault, account: AccountId) -> Result<Option<DataKey>, VaultError> {
    match customer_of(on, account).await? {
        Some(customer) => crate::customer_key(on, vault, customer).await,
        None => Ok(None),
    }
}
