//! Names and addresses with letters that no font of ours has: a square would stand for them on paper. Told at the import and at the
//! run, with their numbers, so that the provider can ask the customer for another spelling (BIL-4).

use accounts::{AccountView, Address};
use kernel::AccountId;
use vault::VaultError;

use crate::home::Home;
use crate::terminal::warn;

const PAGE: i64 = 500;
/// Accounts that are named; the others are counted.
const MOST_NAMED: usize = 20;

/// The letters of a name and an address that cannot be drawn, by their numbers, as “U+1F341”.
pub(crate) fn letters_of(name: Option<&str>, address: &Address) -> Option<String> {
    let texts = [name, address.street.as_deref(), address.city.as_deref()];
    let letters = texts.into_iter().flatten().flat_map(billing::undrawable);
    let mut numbers: Vec<String> = letters.map(|letter| format!("U+{:04X}", u32::from(letter))).collect();
    numbers.sort();
    numbers.dedup();
    (!numbers.is_empty()).then(|| numbers.join(", "))
}

/// Warns of the accounts whose bills bear a square.
pub(crate) async fn tell_unprintable(home: &Home) -> Result<(), VaultError> {
    let mut after = AccountId::FIRST;
    let mut count = 0;
    loop {
        let page: Vec<AccountView> = accounts::views_after(home.db.reader(), &home.vault, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for view in &page {
            let Some(letters) = letters_of(view.name.as_deref(), &view.address) else { continue };
            count += 1;
            if count <= MOST_NAMED {
                warn(format!("account {}: no font has {letters}; a square stands for it on the bill", view.number));
            }
        }
    }
    if count > MOST_NAMED {
        warn(format!("{} more accounts have such letters", count - MOST_NAMED));
    }
    Ok(())
}
