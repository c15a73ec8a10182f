//! Who of the provider's people may do what: the one table of it (AGT-2).

/// What a member of staff is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Agent,
    TechnicalSupport,
    BillingSpecialist,
    Supervisor,
    Administrator,
}

/// Something that the provider's people may do on their pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffRight {
    /// To come in, and see who is signed in.
    Enter,
    /// To confirm or stop the claim of an account after making sure who somebody is (SGN-2).
    DecideClaims,
    /// To send an activation e-mail to the address on file of an account without a login (SGN-1).
    SendActivations,
    /// To lift the lock of a login after making sure who somebody is (SEC-2).
    LiftLocks,
    /// To note that a caller is who they say, and read out the code that proves it with the password.
    CheckCallers,
    /// To see the documents of somebody who lost both addresses, and to decide on their request (SEC-5).
    DecideRecoveries,
    /// To ask for a change of holder, and to decide on one that another asked for (PRO-1).
    ChangeHolders,
    /// To record who may speak for an account's holder, to decide on what another recorded, and to end it (PRO-2).
    KeepRepresentatives,
    /// To take the lost second step of another of the provider's people off (SEC-3).
    ResetSteps,
}

impl Role {
    pub const ALL: [Self; 5] =
        [Self::Agent, Self::TechnicalSupport, Self::BillingSpecialist, Self::Supervisor, Self::Administrator];

    /// As the command line, the database and the audit log name it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::TechnicalSupport => "technical-support",
            Self::BillingSpecialist => "billing-specialist",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The table: a role has what stands in its column, and nothing because it is “higher” than another. Nobody here may give
    /// or widen a customer's rights (USR-4).
    pub const fn may(self, right: StaffRight) -> bool {
        use Role::{Administrator, Agent, BillingSpecialist, Supervisor, TechnicalSupport};
        match right {
            StaffRight::Enter => {
                matches!(self, Agent | TechnicalSupport | BillingSpecialist | Supervisor | Administrator)
            }
            StaffRight::DecideClaims
            | StaffRight::SendActivations
            | StaffRight::LiftLocks
            | StaffRight::CheckCallers
            | StaffRight::DecideRecoveries
            | StaffRight::ChangeHolders
            | StaffRight::KeepRepresentatives => {
                matches!(self, Agent | Supervisor)
            }
            StaffRight::ResetSteps => matches!(self, Administrator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agt_2_roles_are_known_by_their_codes_and_have_least_rights() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
            assert!(role.may(StaffRight::Enter));
        }
        assert_eq!(Role::from_code("holder"), None);
        let decide: Vec<&str> =
            Role::ALL.iter().filter(|role| role.may(StaffRight::DecideClaims)).map(|role| role.code()).collect();
        assert_eq!(decide, ["agent", "supervisor"], "an administrator of the system decides on no customer");
    }
}
