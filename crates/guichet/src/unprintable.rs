//! Names and addresses with letters that no font of ours has: a square would stand for them on paper. Told at the import and at the
//! run, with their numbers, so that the provider can ask the customer for another spelling (BIL-4).

use std::collections::BTreeSet;

use accounts::Address;
use kernel::{AccountId, Month};
use vault::VaultError;

use crate::home::Home;
use crate::terminal::warn;

const PAGE: i64 = 500;
/// Accounts that are named; the others are counted.
const MOST_NAMED: usize = 20;

/// The letters of a name and an address that cannot be drawn, by their numbers, as “U+1F341”.
pub(crate) fn letters_of(name: Option<&str>, address: &Address) -> Option<String> {
    let texts = [name, address.street.as_deref(), address.city.as_deref()];
    let letters = texts.into_iter().flatten().flat_map(paper::undrawable);
    let mut numbers: Vec<String> = letters.map(|letter| format!("U+{:04X}", u32::from(letter))).collect();
    numbers.sort();
    numbers.dedup();
    (!numbers.is_empty()).then(|| numbers.join(", "))
}

/// Warns of the accounts whose bills bear a square: those of bills with a number above `after`, of a month or of any.
pub(crate) async fn tell_unprintable(home: &Home, mut after: i64, month: Option<Month>) -> Result<(), VaultError> {
    let mut told = BTreeSet::new();
    loop {
        let page = billing::billed_after(home.db.reader(), after, month, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        let accounts: BTreeSet<AccountId> = page.iter().map(|billed| billed.account_id).collect();
        let accounts: Vec<AccountId> = accounts.into_iter().collect();
        for view in accounts::views_of(home.db.reader(), &home.vault, &accounts).await? {
            let Some(letters) = letters_of(view.name.as_deref(), &view.address) else { continue };
            if told.insert(view.id) && told.len() <= MOST_NAMED {
                warn(format!("account {}: no font has {letters}; a square stands for it on the bill", view.number));
            }
        }
    }
    if told.len() > MOST_NAMED {
        warn(format!("{} more accounts have such letters", told.len() - MOST_NAMED));
    }
    Ok(())
}
