//! What goes wrong with users' pages, and what is answered.

use accounts::RightsError;
use db::{DbErr, DbFault};
use identity::LoginError;
use vault::VaultError;
use web::Refusal;

use crate::letters::LetterError;

/// Why an act of a holder or a user was not done.
#[derive(Debug)]
pub(super) enum ActError {
    Rights(RightsError),
    Letter(LetterError),
    Login(LoginError),
}

impl From<RightsError> for ActError {
    fn from(error: RightsError) -> Self {
        Self::Rights(error)
    }
}

impl From<LetterError> for ActError {
    fn from(error: LetterError) -> Self {
        Self::Letter(error)
    }
}

impl From<LoginError> for ActError {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}

impl From<VaultError> for ActError {
    fn from(error: VaultError) -> Self {
        Self::Rights(error.into())
    }
}

impl From<DbErr> for ActError {
    fn from(error: DbErr) -> Self {
        Self::Rights(error.into())
    }
}

impl DbFault for ActError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Rights(error) => error.db_err(),
            Self::Letter(error) => error.db_err(),
            Self::Login(error) => error.db_err(),
        }
    }
}

/// For a page: who is not there any more, or does not hold the account any more, is not there.
impl From<ActError> for Refusal {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Rights(RightsError::NotHolder | RightsError::NoUser) => Self::NotFound,
            ActError::Rights(RightsError::Db(error)) => error.into(),
            ActError::Rights(RightsError::Vault(error)) => error.into(),
            ActError::Rights(error) => {
                tracing::warn!(%error, "what the holder of an account wanted for a user was not done");
                Self::Broken
            }
            ActError::Letter(error) => error.into(),
            ActError::Login(error) => {
                tracing::error!(%error, "the login of somebody invited could not be made");
                Self::Broken
            }
        }
    }
}
