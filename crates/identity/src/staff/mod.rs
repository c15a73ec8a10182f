//! The provider's people (AGT-2): who they are, how they come in. Apart from customers' logins in everything: tables, cookie,
//! pages; no login of one kind opens a page of the other.

mod role;
mod session;
mod step;
mod store;

pub use role::{Role, StaffRight};
pub use session::{begin_staff_session, end_staff_session, staff_sign_in, staff_signed_in};
pub use step::{
    StepResetBy, end_waiting_staff_sessions, enrol_made_up_staff, pass_staff_step, reset_staff_step, staff_at_step,
};
pub use store::{
    INVITATION_LASTS, InvitationState, NewStaff, StaffError, accept_invitation, add_staff,
    count_staff_under_other_keys, disable_staff, find_invitation, invite_staff, list_staff, rotate_staff,
};

use kernel::{Language, Moment, StaffId};

/// A member of staff.
#[derive(Clone, Debug)]
pub struct Staff {
    pub id: StaffId,
    pub role: Role,
    pub language: Language,
    pub name: String,
    pub email: String,
    /// Whether a password was chosen.
    pub has_password: bool,
    pub created_at: Moment,
    pub disabled_at: Option<Moment>,
}

impl Staff {
    pub fn may(&self, right: StaffRight) -> bool {
        self.disabled_at.is_none() && self.role.may(right)
    }
}
