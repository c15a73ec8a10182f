use audit::Author;
use db::{Db, DbErr, DocumentKind};
use kernel::Problem;
use services::load_catalogue;

use crate::bill::Reference;
use crate::rules::BillingRules;
use taxes::{SHIPPED, TaxTable};

#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    #[error("there is no catalogue yet: import customers with one, or load one with “guichet catalogue load FILE”")]
    NoCatalogue,
    #[error("a bill was computed with version {version} of the {kind}, which is not kept")]
    NoVersion { kind: &'static str, version: i32 },
    #[error("the tax table, {0}")]
    Taxes(Problem),
    #[error("the billing rules: {0}")]
    Rules(String),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Keeps this program's tax table and the configuration's rules as versions, when they are new, and gives what new bills
/// are computed with.
///
/// # Errors
/// When there is no catalogue, or the database cannot be written.
pub async fn keep_reference(db: &Db, rules: &BillingRules) -> Result<Reference, ReferenceError> {
    let reference = read_reference(db, rules).await?;
    let taxes_version = audit::keep_document(db, DocumentKind::TaxTable, SHIPPED, Author::BillRun).await?;
    let rules_version = audit::keep_document(db, DocumentKind::BillingRules, &rules.to_text(), Author::BillRun).await?;
    Ok(Reference { taxes_version, rules_version, ..reference })
}

/// The same for a dry run: nothing is kept, so the versions of tax table and rules are 0.
///
/// # Errors
/// When there is no catalogue, or the database cannot be read.
pub async fn read_reference(db: &Db, rules: &BillingRules) -> Result<Reference, ReferenceError> {
    let taxes = TaxTable::parse(SHIPPED).map_err(ReferenceError::Taxes)?;
    let (catalogue_version, catalogue) = load_catalogue(db, None).await?.ok_or(ReferenceError::NoCatalogue)?;
    Ok(Reference { catalogue, catalogue_version, taxes, taxes_version: 0, rules: rules.clone(), rules_version: 0 })
}

/// What a bill with these version numbers was computed with.
///
/// # Errors
/// When one of them is not kept, or is not what it should be.
pub async fn load_reference(db: &Db, catalogue: i32, taxes: i32, rules: i32) -> Result<Reference, ReferenceError> {
    let missing = |kind, version| ReferenceError::NoVersion { kind, version };
    let (catalogue_version, read) =
        load_catalogue(db, Some(catalogue)).await?.ok_or_else(|| missing("catalogue", catalogue))?;
    let table = db::find_document(db.reader(), DocumentKind::TaxTable, taxes).await?;
    let table = table.ok_or_else(|| missing("tax table", taxes))?;
    let kept = db::find_document(db.reader(), DocumentKind::BillingRules, rules).await?;
    let kept = kept.ok_or_else(|| missing("billing rules", rules))?;
    Ok(Reference {
        catalogue: read,
        catalogue_version,
        taxes: TaxTable::parse(&table.content).map_err(ReferenceError::Taxes)?,
        taxes_version: table.version,
        rules: BillingRules::from_text(&kept.content).map_err(ReferenceError::Rules)?,
        rules_version: kept.version,
    })
}
