use db::Migration;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Every crate's migrations, by name, wherever their tables are kept.
pub fn all_migrations() -> Vec<Migration> {
    let mut all = [
        db::migrations(),
        vault::migrations(),
        audit::migrations(),
        messages::migrations(),
        identity::migrations(),
        accounts::migrations(),
        services::migrations(),
        billing::migrations(),
        payments::migrations(),
    ]
    .concat();
    all.sort_by_key(|migration| migration.name);
    all
}

/// The schema of the whole.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        all_migrations().into_iter().map(|migration| Box::new(migration) as Box<dyn MigrationTrait>).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_stand_in_their_order() {
        let names: Vec<&str> = all_migrations().iter().map(|migration| migration.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }
}
