//! Logins of the demonstration, so that it can be tried without signing up first.

use accounts::{By, SignUpError};
use db::{DbErr, DbFault};
use identity::{Hasher, LoginError, NewLogin, Password, Username};
use kernel::Language;

use super::{Filled, Made};
use crate::home::{Home, HomeError};

/// The password of them all; printed, for these people do not exist.
pub const PASSWORD: &str = "boreal2026";

/// A login that is there to be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemonstrationLogin {
    pub username: String,
    pub name: String,
    pub language: Language,
    pub story: String,
    /// The account numbers that it reaches.
    pub numbers: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum LoginsError {
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error("a login of the demonstration cannot be made")]
    Password,
    #[error(transparent)]
    SignUp(#[from] SignUpError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for LoginsError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::SignUp(error) => error.db_err(),
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// Makes them; those that are there already, or whose account somebody signed up to, stay.
///
/// # Errors
/// When this is no demonstration, or the database fails.
pub async fn make_logins(home: &Home, filled: &Filled) -> Result<Vec<DemonstrationLogin>, LoginsError> {
    if !home.config.demonstration {
        return Err(HomeError::NoDemonstration(home.paths.config.clone()).into());
    }
    let hasher = Hasher::new(home.db.world());
    let hash = hasher.hash(home.db.world(), &Password::new(PASSWORD)).await.map_err(|_| LoginsError::Password)?;
    let mut logins = Vec::new();
    for group in chosen(filled) {
        let Some(first) = group.first() else { continue };
        let Ok(username) = Username::parse(&name_of(&first.name)) else { continue };
        let email = format!("{}@exemple.ca", username.as_str());
        let new = NewLogin { username, password_hash: hash.clone(), language: first.language, email };
        make(home, &group, &new).await?;
        logins.push(DemonstrationLogin {
            username: new.username.to_string(),
            name: first.name.clone(),
            language: first.language,
            story: group.iter().map(|made| made.story).collect::<Vec<_>>().join(" "),
            numbers: group.iter().map(|made| made.number.clone()).collect(),
        });
    }
    Ok(logins)
}

async fn make(home: &Home, group: &[&Made], new: &NewLogin) -> Result<(), LoginsError> {
    home.db
        .write(async |tx| {
            let mut unheld = Vec::new();
            for made in group {
                unheld.extend(accounts::unheld(tx, &made.number).await?);
            }
            if unheld.len() < group.len() {
                return Ok(());
            }
            let login = match identity::create_login(&home.db, &home.vault, tx, new).await {
                Ok(login) => login,
                Err(LoginError::UsernameTaken) => return Ok(()),
                Err(error) => return Err(SignUpError::from(error).into()),
            };
            for account in unheld {
                accounts::hold(&home.db, tx, login, (account, accounts::Origin::Claim)).await?;
                accounts::confirm(&home.db, tx, (account, login), By::DEMONSTRATION)
                    .await
                    .map_err(SignUpError::from)?;
            }
            Ok(())
        })
        .await
}

/// One French, one English, one with something overdue, and one customer with two accounts.
fn chosen(filled: &Filled) -> Vec<Vec<&Made>> {
    let mut groups: Vec<Vec<&Made>> = Vec::new();
    for made in &filled.accounts {
        match groups.iter_mut().find(|group| group.iter().any(|other| other.identifier == made.identifier)) {
            Some(group) => group.push(made),
            None => groups.push(vec![made]),
        }
    }
    let wanted: [fn(&[&Made]) -> bool; 4] = [
        |group| group.len() == 1 && group[0].language == Language::Fr,
        |group| group.len() == 1 && group[0].language == Language::En,
        |group| group.len() == 1 && group[0].story.contains("overdue"),
        |group| group.len() > 1,
    ];
    let mut chosen: Vec<Vec<&Made>> = Vec::new();
    for wants in wanted {
        let found = groups.iter().find(|group| wants(group) && !chosen.contains(group));
        chosen.extend(found.cloned());
    }
    chosen
}

/// `camille.bergeron` of “Camille Bergeron”; made longer when it is too short.
fn name_of(name: &str) -> String {
    let plain = deunicode::deunicode(name).to_lowercase();
    let words: Vec<String> =
        plain.split_whitespace().map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect()).collect();
    let joined = words.join(".");
    if joined.len() < 8 { format!("{joined}.client") } else { joined.chars().take(50).collect() }
}
