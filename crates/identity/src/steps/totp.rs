//! Codes of an authenticator app: RFC 6238 with what every app understands, SHA-1, six digits, 30 seconds. A code of the 30
//! seconds before or after is taken too, for clocks differ; none is taken twice (RFC 6238, 5.2).

use data_encoding::BASE32_NOPAD;
use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::Moment;
use sea_orm::ConnectionTrait;
use serde_json::json;
use totp_rs::{Algorithm, Builder, Totp};
use vault::{Vault, VaultError};
use zeroize::Zeroizing;

use super::{StepOwner, Steps, steps_changed};
use crate::token_hash;

/// Digits of a code.
pub const TOTP_DIGITS: usize = 6;
/// How long a secret that was shown waits for its first code.
pub const TOTP_SETUP_LASTS: SignedDuration = SignedDuration::from_hours(1);
/// Seconds of a step of the clock.
const STEP: u64 = 30;
/// Steps before and after that are taken too.
const DRIFT: u64 = 1;
/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// What is shared with the app. In memory alone; it is sealed wherever it is kept.
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TotpSecret {
    fn draw(db: &Db) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        db.world().fill(bytes.as_mut());
        Self(bytes)
    }

    fn from_base32(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        let bytes: [u8; SECRET_BYTES] = bytes.as_slice().try_into().ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }

    fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(self.0.as_slice()))
    }

    /// For typing into an app that reads no picture: groups of four.
    pub fn in_groups(&self) -> String {
        let text = self.base32();
        let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..(at + 4).min(text.len())]).collect();
        groups.join(" ")
    }

    /// What the picture says: `otpauth://totp/Issuer:name?…`, with the provider's name and the owner's.
    pub fn uri(&self, issuer: &str, name: &str) -> String {
        // A colon would end the issuer's part.
        let (issuer, name) = (escaped(&issuer.replace(':', " ")), escaped(&name.replace(':', " ")));
        let secret = self.base32();
        format!(
            "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}&algorithm=SHA1&digits={TOTP_DIGITS}&period={STEP}",
            secret.as_str()
        )
    }

    fn totp(&self) -> Option<Totp> {
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(STEP);
        builder.with_skew(0).with_secret(*self.0).build().ok()
    }

    /// The counter of a right code that comes after `last`; none for a code that is wrong, or was taken before.
    fn counter_of(&self, code: &str, at: Moment, last: u64) -> Option<u64> {
        let (totp, now) = (self.totp()?, counter(at));
        let window = now.saturating_sub(DRIFT)..=now + DRIFT;
        window.filter(|counter| *counter > last).find(|counter| totp.check(code, counter * STEP).is_some())
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn counter(at: Moment) -> u64 {
    u64::try_from(at.timestamp().as_second()).unwrap_or(0) / STEP
}

/// The code of a secret in groups, at a moment: what an app shows. For tests and the demonstration; none for what is no secret.
pub fn totp_at(groups: &str, at: Moment) -> Option<String> {
    let secret = TotpSecret::from_base32(&groups.replace(' ', ""))?;
    Some(secret.totp()?.generate(counter(at) * STEP).to_string())
}

/// The digits of what was typed, with spaces as people like; none for what is no code.
pub(super) fn typed_code(typed: &str) -> Option<String> {
    let foreign = |c: char| !(c.is_ascii_digit() || c.is_whitespace() || c == '-');
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    (digits.len() == TOTP_DIGITS && !typed.contains(foreign)).then_some(digits)
}

const SETUP: &str = "step_totp_setups.secret";
const SECRET: &str = "step_totps.secret";

async fn opened(
    (on, vault): (&impl ConnectionTrait, &Vault),
    owner: StepOwner,
    (column, sealed): (&'static str, &[u8]),
) -> Result<Option<TotpSecret>, VaultError> {
    let Some(key) = owner.key(on, vault).await? else { return Ok(None) };
    let text = Zeroizing::new(vault.open(&key, owner.place(column), sealed)?);
    TotpSecret::from_base32(&text).map(Some).ok_or(VaultError::Unsealable)
}

/// The secret that waits for its first code, in the session that is named so.
///
/// # Errors
/// When the database cannot be read, or the owner's data cannot be opened.
pub async fn find_totp_setup(
    (db, vault): (&Db, &Vault),
    on: &impl ConnectionTrait,
    (owner, session): (StepOwner, &str),
) -> Result<Option<TotpSecret>, VaultError> {
    let sql = "SELECT secret FROM step_totp_setups
               WHERE owner_kind = $1 AND owner_id = $2 AND bound_to = $3 AND begun_at > $4";
    let [kind, id] = owner.values();
    let since = db.world().now().plus(-TOTP_SETUP_LASTS);
    let values = [kind, id, token_hash(session).into(), since.into()];
    let Some(sealed) = db::scalar::<Vec<u8>>(on, sql, values).await? else { return Ok(None) };
    opened((on, vault), owner, (SETUP, &sealed)).await
}

/// Draws a secret that waits for its first code in the session that is named so, in the caller's transaction; one that waits there
/// already stays. It does nothing before [`confirm_totp`], and is nobody's who looked in another session.
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn begin_totp(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (owner, session): (StepOwner, &str),
) -> Result<(), VaultError> {
    if find_totp_setup((db, vault), tx, (owner, session)).await?.is_some() {
        return Ok(());
    }
    let Some(key) = owner.key(tx, vault).await? else { return Ok(()) };
    let secret = TotpSecret::draw(db);
    let sealed = vault.seal(&key, owner.place(SETUP), &secret.base32())?;
    let sql =
        "INSERT INTO step_totp_setups (owner_kind, owner_id, bound_to, secret, begun_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (owner_kind, owner_id, bound_to) DO UPDATE SET secret = excluded.secret,
                   begun_at = excluded.begun_at";
    let ([kind, id], now) = (owner.values(), db.world().now());
    db::execute(tx, sql, [kind, id, token_hash(session).into(), sealed.into(), now.into()]).await?;
    let sql = "DELETE FROM step_totp_setups WHERE owner_kind = $1 AND owner_id = $2 AND begun_at <= $3";
    let [kind, id] = owner.values();
    db::execute(tx, sql, [kind, id, now.plus(-TOTP_SETUP_LASTS).into()]).await?;
    Ok(())
}

/// What became of the first code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotpConfirmed {
    /// The app is a second step from now on; these are the steps that there are.
    On(Steps),
    Wrong,
    /// No secret waits for a code.
    NotBegun,
}

/// Turns an authenticator app on with a right code of the secret that waits, in the caller's transaction; it takes the place
/// of one that was there. `session` names where the secret was shown; `but` is the session that asks, where it is a customer's.
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn confirm_totp(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (owner, session, but): (StepOwner, &str, Option<kernel::SessionId>),
    typed: &str,
) -> Result<TotpConfirmed, VaultError> {
    let Some(secret) = find_totp_setup((db, vault), tx, (owner, session)).await? else {
        return Ok(TotpConfirmed::NotBegun);
    };
    let now = db.world().now();
    let counter = typed_code(typed).and_then(|code| secret.counter_of(&code, now, 0));
    let Some(counter) = counter.and_then(|counter| i64::try_from(counter).ok()) else {
        return Ok(TotpConfirmed::Wrong);
    };
    let sql = "DELETE FROM step_totp_setups WHERE owner_kind = $1 AND owner_id = $2";
    // Of two at once, one; what other sessions were shown waits no more.
    if db::execute(tx, sql, owner.values()).await? == 0 {
        return Ok(TotpConfirmed::NotBegun);
    }
    let Some(key) = owner.key(tx, vault).await? else { return Ok(TotpConfirmed::NotBegun) };
    let sealed = vault.seal(&key, owner.place(SECRET), &secret.base32())?;
    let sql =
        "INSERT INTO step_totps (owner_kind, owner_id, secret, confirmed_at, last_counter) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (owner_kind, owner_id) DO UPDATE SET secret = excluded.secret,
                   confirmed_at = excluded.confirmed_at, last_counter = excluded.last_counter";
    let [kind, id] = owner.values();
    db::execute(tx, sql, [kind, id, sealed.into(), now.into(), counter.into()]).await?;
    owner.note(db, tx, "step.on", json!({ "step": "totp" })).await?;
    Ok(TotpConfirmed::On(steps_changed(db, tx, owner, but).await?))
}

/// What a code is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Right,
    Wrong,
    /// It was right, and was taken before.
    Used,
}

/// Takes a code, in the caller's transaction. The counter moves on with it, by an update that only one can make: of two nodes
/// that take the same code, one.
pub(super) async fn take(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    owner: StepOwner,
    typed: &str,
) -> Result<Judged, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        secret: Vec<u8>,
        last_counter: i64,
    }
    let Some(code) = typed_code(typed) else { return Ok(Judged::Wrong) };
    let sql = "SELECT secret, last_counter FROM step_totps WHERE owner_kind = $1 AND owner_id = $2";
    let Some(row) = db::query_one::<Row>(tx, sql, owner.values()).await? else { return Ok(Judged::Wrong) };
    let Some(secret) = opened((tx, vault), owner, (SECRET, &row.secret)).await? else { return Ok(Judged::Wrong) };
    let now = db.world().now();
    let last = u64::try_from(row.last_counter).unwrap_or(0);
    let Some(counter) = secret.counter_of(&code, now, last) else {
        let was_right = secret.counter_of(&code, now, 0).is_some();
        return Ok(if was_right { Judged::Used } else { Judged::Wrong });
    };
    let sql = "UPDATE step_totps SET last_counter = $3 WHERE owner_kind = $1 AND owner_id = $2 AND last_counter < $3
                   AND secret = $4";
    let [kind, id] = owner.values();
    let counter = i64::try_from(counter).unwrap_or(i64::MAX);
    let taken = db::execute(tx, sql, [kind, id, counter.into(), row.secret.into()]).await?;
    Ok(if taken == 1 { Judged::Right } else { Judged::Used })
}

/// Takes the app and a secret that waits away. Says whether the app was on.
pub(super) async fn remove(tx: &Tx, owner: StepOwner) -> Result<bool, DbErr> {
    let sql = "DELETE FROM step_totp_setups WHERE owner_kind = $1 AND owner_id = $2";
    db::execute(tx, sql, owner.values()).await?;
    let sql = "DELETE FROM step_totps WHERE owner_kind = $1 AND owner_id = $2";
    Ok(db::execute(tx, sql, owner.values()).await? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret(Zeroizing::new(*b"12345678901234567890"))
    }

    fn at(second: i64) -> Moment {
        Moment::new(jiff::Timestamp::from_second(second).expect("a time"))
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn sec_3_codes_are_those_of_rfc_6238() {
        for (second, code) in VECTORS {
            let found = secret().counter_of(code, at(second), 0);
            assert_eq!(found, Some(u64::try_from(second).expect("positive") / 30), "{second}");
            assert_eq!(totp_at(&secret().in_groups(), at(second)).as_deref(), Some(code), "{second}");
        }
    }

    #[test]
    fn sec_3_a_clock_may_be_one_step_off_and_no_more() {
        let code = "050471"; // of the step that begins at 1111111110
        for (second, is_right) in [
            (1_111_111_079, false),
            (1_111_111_080, true),
            (1_111_111_110, true),
            (1_111_111_139, true),
            (1_111_111_169, true),
            (1_111_111_170, false),
        ] {
            assert_eq!(secret().counter_of(code, at(second), 0).is_some(), is_right, "{second}");
        }
    }

    #[test]
    fn sec_3_no_code_of_a_step_that_was_taken_or_of_one_before_is_taken() {
        let now = at(1_111_111_111);
        let counter = secret().counter_of("050471", now, 0).expect("right");
        assert_eq!(secret().counter_of("050471", now, counter), None, "twice");
        assert_eq!(secret().counter_of("081804", now, 0), Some(counter - 1), "that of the step before");
        assert_eq!(secret().counter_of("081804", now, counter), None, "after that of a later step");
    }

    #[test]
    fn sec_3_a_code_is_read_however_it_is_spaced_and_nothing_else_is_one() {
        for typed in ["123456", "123 456", "123-456", " 1 2 3 4 5 6 ", "123\u{a0}456"] {
            assert_eq!(typed_code(typed).as_deref(), Some("123456"), "{typed}");
        }
        for typed in ["", "12345", "1234567", "+12345", "12345x", "١٢٣٤٥٦"] {
            assert_eq!(typed_code(typed), None, "{typed}");
        }
    }

    #[test]
    fn sec_3_the_secret_is_said_to_apps_and_people() {
        assert_eq!(secret().in_groups(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            secret().uri("Boréal : Télécom", "eve.tremblay"),
            "otpauth://totp/Bor%C3%A9al%20%20%20T%C3%A9l%C3%A9com:eve.tremblay?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Bor%C3%A9al%20%20%20T%C3%A9l%C3%A9com&algorithm=SHA1&digits=6&period=30"
        );
        assert!(TotpSecret::from_base32("GEZDGNBV").is_none(), "too short");
    }
}
