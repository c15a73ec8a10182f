//! Three of the demonstration's staff, so that both sides of the counter can be tried.

use db::{DbErr, DbFault};
use identity::{Hasher, NewStaff, Password, Role, StaffError};
use kernel::Language;
use vault::VaultError;

use crate::home::{Home, HomeError};

/// Their password; printed, for these people do not exist.
pub const STAFF_PASSWORD: &str = "boreal2026 au guichet";

/// Their addresses, roles, and languages: decisions that want a second person can be tried.
const PEOPLE: [NewStaff<'static>; 3] = [
    NewStaff {
        role: Role::Agent,
        language: Language::Fr,
        name: "Inès Gauthier",
        email: "ines.gauthier@boreal.example",
    },
    NewStaff { role: Role::Supervisor, language: Language::En, name: "Owen Blake", email: "owen.blake@boreal.example" },
    NewStaff {
        role: Role::Administrator,
        language: Language::Fr,
        name: "Rose-Aimée Lavoie",
        email: "rose-aimee.lavoie@boreal.example",
    },
];

#[derive(Debug, thiserror::Error)]
pub enum DemonstrationStaffError {
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error("a password of the demonstration cannot be hashed")]
    Password,
    #[error(transparent)]
    Staff(#[from] StaffError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for DemonstrationStaffError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Staff(error) => error.db_err(),
            Self::Vault(error) => error.db_err(),
            Self::Db(error) => Some(error),
            Self::Home(_) | Self::Password => None,
        }
    }
}

/// Makes them, and gives their addresses with their roles; those that are there already stay as they are.
///
/// # Errors
/// When this is no demonstration, or the database fails.
pub async fn make_staff(home: &Home) -> Result<Vec<(&'static str, Role)>, DemonstrationStaffError> {
    if !home.config.demonstration {
        return Err(HomeError::NoDemonstration(home.paths.config.clone()).into());
    }
    let hasher = Hasher::new(home.db.world());
    let hash = hasher.hash(home.db.world(), &Password::new(STAFF_PASSWORD)).await;
    let hash = hash.map_err(|_| DemonstrationStaffError::Password)?;
    for new in &PEOPLE {
        let made = home.db.write(async |tx| {
            let (staff, secret) = identity::add_staff(&home.db, &home.vault, tx, new).await?;
            identity::accept_invitation(&home.db, &home.vault, tx, &secret, &hash).await?;
            let app = portal::DEMONSTRATION_APP;
            identity::enrol_made_up_staff((&home.db, &home.vault), tx, staff.id, app).await?;
            Ok::<_, DemonstrationStaffError>(())
        });
        match made.await {
            Ok(()) | Err(DemonstrationStaffError::Staff(StaffError::EmailTaken)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(PEOPLE.iter().map(|new| (new.email, new.role)).collect())
}
