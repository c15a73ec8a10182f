//! An account passes to another holder (PRO-1): where its services are is sealed under the new one's key.

use accounts::Grant;
use db::{FromQueryResult, Tx};
use kernel::ServiceId;
use vault::{DataKey, Place, Vault, VaultError};

/// Seals the addresses of a grant's services anew, in the caller's transaction. Those that were under a key that is gone stay
/// closed, and are taken away.
///
/// # Errors
/// When one cannot be opened, or the database cannot be written.
pub async fn reseal_services(
    vault: &Vault,
    tx: &Tx,
    grant: &Grant,
    (old, new): (Option<&DataKey>, &DataKey),
) -> Result<(), VaultError> {
    #[derive(FromQueryResult)]
    struct Sealed {
        id: ServiceId,
        address: Vec<u8>,
    }
    let sql = "SELECT id, address FROM services WHERE account_id = $1 AND address IS NOT NULL ORDER BY id";
    let sealed: Vec<Sealed> = db::query(tx, sql, [grant.account().into()]).await?;
    for service in sealed {
        let place = Place { column: "services.address", row: service.id.uuid() };
        let text = old.map(|old| vault.open(old, place, &service.address)).transpose()?;
        let sealed = text.map(|text| vault.seal(new, place, &text)).transpose()?;
        let sql = "UPDATE services SET address = $1 WHERE id = $2";
        db::execute(tx, sql, [sealed.into(), service.id.into()]).await?;
    }
    Ok(())
}
