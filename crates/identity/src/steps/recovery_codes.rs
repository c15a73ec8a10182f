//! Recovery codes: ten, for when the phone or the key is lost. Kept as MACs, shown once, each good once.

use db::{Db, DbErr, Tx};
use kernel::Moment;
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::Vault;

use super::StepOwner;

/// Codes of a set.
pub const RECOVERY_CODES: usize = 10;
/// No letter or digit that is taken for another: 31 of them, so a code has 49 bits.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Letters of a code, without the hyphen in its middle.
const LENGTH: usize = 10;

fn draw(db: &Db) -> String {
    let letter = || usize::try_from(db.world().below(LETTERS.len() as u64)).unwrap_or(0);
    let text: String = (0..LENGTH).map(|_| char::from(LETTERS[letter() % LETTERS.len()])).collect();
    format!("{}-{}", &text[..LENGTH / 2], &text[LENGTH / 2..])
}

/// A code as it was drawn, from what was typed: in capitals, without the hyphen, with spaces. None for what is no code.
pub(super) fn typed_code(typed: &str) -> Option<String> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let text: String = typed.chars().filter(|c| !is_between(*c)).flat_map(char::to_lowercase).collect();
    let is_code = text.len() == LENGTH && text.bytes().all(|byte| LETTERS.contains(&byte));
    is_code.then(|| format!("{}-{}", &text[..LENGTH / 2], &text[LENGTH / 2..]))
}

fn mark(vault: &Vault, owner: StepOwner, code: &str) -> Vec<u8> {
    vault.mark("guichet recovery code", format!("{}\0{code}", owner.text()).as_bytes())
}

/// Makes a set of codes in the caller's transaction, and gives them: they are never to be had again. The set before ends.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_recovery_codes((db, vault): (&Db, &Vault), tx: &Tx, owner: StepOwner) -> Result<Vec<String>, DbErr> {
    let sql = "DELETE FROM step_recovery_codes WHERE owner_kind = $1 AND owner_id = $2";
    db::execute(tx, sql, owner.values()).await?;
    let mut codes: Vec<String> = Vec::with_capacity(RECOVERY_CODES);
    while codes.len() < RECOVERY_CODES {
        let code = draw(db);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let now = db.world().now();
    let sql = "INSERT INTO step_recovery_codes (owner_kind, owner_id, mark, made_at) VALUES ($1, $2, $3, $4)";
    for code in &codes {
        let [kind, id] = owner.values();
        db::execute(tx, sql, [kind, id, mark(vault, owner, code).into(), now.into()]).await?;
    }
    owner.note(db, tx, "step.recovery-codes-made", json!({ "count": RECOVERY_CODES })).await?;
    Ok(codes)
}

/// When the set of an owner was made; none without one.
///
/// # Errors
/// When the database cannot be read.
pub async fn recovery_set_made_at(on: &impl ConnectionTrait, owner: StepOwner) -> Result<Option<Moment>, DbErr> {
    let sql = "SELECT max(made_at) FROM step_recovery_codes WHERE owner_kind = $1 AND owner_id = $2";
    let found: Option<Option<Moment>> = db::scalar(on, sql, owner.values()).await?;
    Ok(found.flatten())
}

/// Makes a new set in the place of the one that was made at that moment, in the caller's transaction. None where there is
/// another by now: the same button pressed twice must not end the codes that it has just shown.
///
/// # Errors
/// When the database cannot be written.
pub async fn renew_recovery_codes(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (owner, before): (StepOwner, Option<Moment>),
) -> Result<Option<Vec<String>>, DbErr> {
    if recovery_set_made_at(tx, owner).await? != before {
        return Ok(None);
    }
    make_recovery_codes((db, vault), tx, owner).await.map(Some)
}

/// Whether these are codes of the owner's set that are not used: what may be printed once more from a page that shows them.
///
/// # Errors
/// When the database cannot be read.
pub async fn are_recovery_codes(
    vault: &Vault,
    on: &impl ConnectionTrait,
    owner: StepOwner,
    codes: &[String],
) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM step_recovery_codes WHERE owner_kind = $1 AND owner_id = $2 AND mark = $3
                   AND used_at IS NULL";
    for code in codes {
        let [kind, id] = owner.values();
        if db::scalar::<i64>(on, sql, [kind, id, mark(vault, owner, code).into()]).await? != Some(1) {
            return Ok(false);
        }
    }
    Ok(!codes.is_empty())
}

/// Uses a code up, in the caller's transaction; of two at once, one. Says whether it was right, and how many are left.
pub(super) async fn take(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    owner: StepOwner,
    typed: &str,
) -> Result<Option<i64>, DbErr> {
    let Some(code) = typed_code(typed) else { return Ok(None) };
    let sql = "UPDATE step_recovery_codes SET used_at = $4
               WHERE owner_kind = $1 AND owner_id = $2 AND mark = $3 AND used_at IS NULL";
    let [kind, id] = owner.values();
    let values = [kind, id, mark(vault, owner, &code).into(), db.world().now().into()];
    if db::execute(tx, sql, values).await? != 1 {
        return Ok(None);
    }
    let sql = "SELECT count(*) FROM step_recovery_codes WHERE owner_kind = $1 AND owner_id = $2 AND used_at IS NULL";
    let left = db::scalar::<i64>(tx, sql, owner.values()).await?.unwrap_or(0);
    owner.note(db, tx, "step.recovery-code-used", json!({ "left": left })).await?;
    Ok(Some(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_3_a_recovery_code_is_read_however_it_is_written() {
        for typed in
            ["abcde-fgh23", "ABCDE-FGH23", "abcdefgh23", " abcde fgh23 ", "abcde\u{2013}fgh23", "abcde\u{a0}fgh23"]
        {
            assert_eq!(typed_code(typed).as_deref(), Some("abcde-fgh23"), "{typed}");
        }
        for typed in ["", "abcde-fgh2", "abcde-fgh234", "abcde-fgh20", "ilo01-fgh23", "abcdé-fgh23"] {
            assert_eq!(typed_code(typed), None, "{typed}");
        }
    }

    #[test]
    fn sec_3_no_letter_of_a_recovery_code_is_taken_for_another() {
        for confusing in b"ilo01" {
            assert!(!LETTERS.contains(confusing));
        }
    }
}
