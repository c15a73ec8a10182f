//! Which acts ask for a fresh proof: the one table of it. Whatever shifts who holds an account, how a login is opened, or what its
//! recovery is judged by, asks; every other post stands here with the reason why not. A test posts to all of them.

use web::Refusal;

use crate::signed::see_other;
use axum::response::Response;

/// What a proof is needed for. A closed list: the way back is never taken from what a request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Email,
    Backup,
    Delete,
    /// Name, address or telephones on file.
    Details,
    /// A new password.
    Password,
    /// An authenticator app is set up.
    Totp,
    TotpOff,
    /// New recovery codes.
    Codes,
    /// A telephone for codes by SMS.
    Sms,
    SmsOff,
    Passkeys,
    /// A login gives its accounts to another (ONE-1).
    Move,
    /// A linked account is let go (ONE-1).
    Unlink,
}

impl Need {
    const ALL: [Self; 13] = [
        Self::Email,
        Self::Backup,
        Self::Delete,
        Self::Details,
        Self::Password,
        Self::Totp,
        Self::TotpOff,
        Self::Codes,
        Self::Sms,
        Self::SmsOff,
        Self::Passkeys,
        Self::Move,
        Self::Unlink,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Backup => "backup",
            Self::Delete => "delete",
            Self::Details => "details",
            Self::Password => "password",
            Self::Totp => "totp",
            Self::TotpOff => "totp-off",
            Self::Codes => "codes",
            Self::Sms => "sms",
            Self::SmsOff => "sms-off",
            Self::Passkeys => "passkeys",
            Self::Move => "move",
            Self::Unlink => "unlink",
        }
    }

    /// Where it leads back to.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Email => "/profile/email",
            Self::Backup => "/profile/backup",
            Self::Delete => "/profile/delete",
            // To the form that was typed, as it was kept.
            Self::Details => "/profile/details/typed/form",
            Self::Password => "/profile/password",
            Self::Totp => "/profile/steps/totp",
            Self::TotpOff => "/profile/steps/totp/off",
            Self::Codes => "/profile/steps/codes",
            Self::Sms => "/profile/steps/sms",
            Self::SmsOff => "/profile/steps/sms/off",
            Self::Passkeys => "/profile/security/passkeys",
            Self::Move => "/profile/linked-accounts/join",
            Self::Unlink => "/profile/linked-accounts",
        }
    }

    /// The page before the one that needs it.
    pub(super) const fn back(self) -> &'static str {
        match self {
            Self::Email | Self::Details => "/profile/details",
            Self::Backup | Self::Delete | Self::Password => "/profile/security",
            Self::Totp | Self::TotpOff | Self::Codes | Self::Sms | Self::SmsOff => "/profile/steps",
            Self::Passkeys | Self::Move | Self::Unlink => self.path(),
        }
    }

    pub(crate) fn of(name: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|need| need.name() == name).ok_or(Refusal::NotFound)
    }

    /// To the page that asks for the proof.
    pub(crate) fn ask(self) -> Response {
        see_other(&self.prove_path(""))
    }

    pub(crate) fn prove_path(self, more: &str) -> String {
        format!("/profile/prove?need={}{more}", self.name())
    }
}

/// Whether a post asks for a fresh proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    Fresh(Need),
    /// Not, and why.
    Not(&'static str),
}

use Asks::{Fresh, Not};

const NOBODY_SIGNED_IN: Asks = Not("nobody is signed in: the way in has proofs of its own");
const LINK: Asks = Not("the link of a letter is the proof, and nobody needs to be signed in");
const PROOF: Asks = Not("it is the proof, or takes one back");
const CODE: Asks = Not("a code that was sent is the proof, of what a fresh proof began or what was on file");
const SENDS_AGAIN: Asks = Not("it goes to an address that a fresh proof set, and changes nothing");
const ENDS: Asks = Not("it ends what could do harm");
const PAYS: Asks = Not("it pays what the account owes, and moves neither account nor login");
const CARD: Asks = Not("it is about a card that the account's own bills are paid with, which the gateway asks about");
const GRANTS: Asks = Not("rights on pages are no ownership: the holder is told, and takes them back with one button");
const CONTACT: Asks = Not("both sides accept it by links of their own, and the contact before is told");
const STAFF: Asks = Not("the provider's people have a second step at every sign-in");
const OUTSIDE: Asks = Not("it is no customer who posts");
const PREFERENCE: Asks = Not("nothing is judged by it");

/// Every address that takes a post, and whether it asks.
pub const ACTS: &[(&str, Asks)] = &[
    ("/sign-in", NOBODY_SIGNED_IN),
    ("/sign-in/code", NOBODY_SIGNED_IN),
    ("/sign-in/code/again", NOBODY_SIGNED_IN),
    ("/sign-in/step", NOBODY_SIGNED_IN),
    ("/sign-in/step/send", NOBODY_SIGNED_IN),
    ("/sign-in/step/passkey", NOBODY_SIGNED_IN),
    ("/sign-in/step/passkey/options", NOBODY_SIGNED_IN),
    ("/sign-in/passkey", NOBODY_SIGNED_IN),
    ("/sign-in/passkey/options", NOBODY_SIGNED_IN),
    ("/sign-in/not-me/{secret}", LINK),
    ("/sign-out", ENDS),
    ("/recover", NOBODY_SIGNED_IN),
    ("/recover/names", NOBODY_SIGNED_IN),
    ("/recover/backup", NOBODY_SIGNED_IN),
    ("/recover/{secret}", LINK),
    ("/recover/documents", NOBODY_SIGNED_IN),
    ("/recover/documents/object/{secret}", LINK),
    ("/recover/documents/renew/{secret}", LINK),
    ("/email/confirm/{secret}", LINK),
    ("/email/refuse/{secret}", LINK),
    ("/email/revert/{secret}", LINK),
    ("/backup/{secret}", LINK),
    ("/proof/stop/{secret}", LINK),
    ("/sign-up", NOBODY_SIGNED_IN),
    ("/sign-up/login", NOBODY_SIGNED_IN),
    ("/sign-up/stop/{secret}", LINK),
    ("/sign-up/new", NOBODY_SIGNED_IN),
    ("/sign-up/new/{secret}", LINK),
    ("/activate", NOBODY_SIGNED_IN),
    ("/activate/{secret}", LINK),
    ("/activate/{secret}/add", Not("no login gives: the link from the address on file is the proof")),
    ("/profile/details/{number}/{part}", Fresh(Need::Details)),
    ("/profile/preferences/{number}", PREFERENCE),
    ("/profile/password", Fresh(Need::Password)),
    ("/profile/delete", Fresh(Need::Delete)),
    ("/profile/prove", PROOF),
    ("/profile/prove/code", PROOF),
    ("/profile/prove/again", PROOF),
    ("/profile/prove/agent", PROOF),
    ("/profile/prove/stop", PROOF),
    ("/profile/prove/step", PROOF),
    ("/profile/prove/step/send", PROOF),
    ("/profile/prove/passkey", PROOF),
    ("/profile/prove/passkey/options", PROOF),
    ("/profile/security/passkeys", Fresh(Need::Passkeys)),
    ("/profile/security/passkeys/options", Fresh(Need::Passkeys)),
    ("/profile/security/passkeys/{passkey}", Not("it gives a passkey another name")),
    ("/profile/security/passkeys/{passkey}/remove", Fresh(Need::Passkeys)),
    ("/profile/security/end", ENDS),
    ("/profile/security/end-others", ENDS),
    ("/profile/stay", PREFERENCE),
    ("/profile/steps/totp/begin", Not("the secret that it draws does nothing, and is shown with a fresh proof")),
    ("/profile/steps/totp", Fresh(Need::Totp)),
    ("/profile/steps/totp/off", Fresh(Need::TotpOff)),
    ("/profile/steps/codes", Fresh(Need::Codes)),
    ("/profile/steps/codes/file", Not("it gives the codes that were sent to it back as a file")),
    ("/profile/steps/sms", Fresh(Need::Sms)),
    ("/profile/steps/sms/code", Fresh(Need::Sms)),
    ("/profile/steps/sms/off", Fresh(Need::SmsOff)),
    ("/profile/backup", Fresh(Need::Backup)),
    ("/profile/backup/remove", Fresh(Need::Backup)),
    ("/profile/backup/again", SENDS_AGAIN),
    ("/profile/email", Fresh(Need::Email)),
    ("/profile/email/code", CODE),
    ("/profile/email/code/again", SENDS_AGAIN),
    ("/profile/email/new/again", SENDS_AGAIN),
    ("/profile/email/cancel", ENDS),
    (
        "/profile/linked-accounts/ask",
        Not("an account without its login: no login gives, and the code from the e-mail on file is the proof"),
    ),
    ("/profile/linked-accounts/code", CODE),
    (
        "/profile/linked-accounts/login",
        Not("it leads to the door; the login that gives is asked before anything moves"),
    ),
    ("/profile/linked-accounts/join", Fresh(Need::Move)),
    ("/profile/linked-accounts/back", ENDS),
    ("/profile/linked-accounts/undo/{link}", Fresh(Need::Unlink)),
    ("/links/undo/{secret}", LINK),
    ("/profile/rights/{user}", Not("who has rights asks for more of them, or leaves")),
    ("/accounts/{number}/confirm", CODE),
    ("/accounts/{number}/confirm/code", SENDS_AGAIN),
    ("/accounts/{number}/pay", PAYS),
    ("/accounts/{number}/pay/check", PAYS),
    ("/accounts/{number}/payments/{payment}/cancel", PAYS),
    ("/accounts/{number}/cards/new", CARD),
    ("/accounts/{number}/cards/{card}/default", CARD),
    ("/accounts/{number}/cards/{card}/name", CARD),
    ("/accounts/{number}/cards/{card}/remove", CARD),
    ("/accounts/{number}/users/new", GRANTS),
    ("/accounts/{number}/users/requests/{request}", GRANTS),
    ("/accounts/{number}/users/{user}/name", GRANTS),
    ("/accounts/{number}/users/{user}/rights", GRANTS),
    (
        "/accounts/{number}/users/{user}/password",
        Not("the link goes to the user's own address, and opens no login of anybody else's"),
    ),
    ("/accounts/{number}/users/{user}/remove", ENDS),
    ("/accounts/{number}/users/{user}/again", SENDS_AGAIN),
    ("/accounts/{number}/users/{user}/unlock", Not("the user's own password and steps are asked for as before")),
    ("/accounts/{number}/users/{user}/step", Not("it asks the user for more, or for what was asked before")),
    ("/accounts/{number}/rights", Not("who has rights asks for more of them")),
    ("/accounts/{number}/contacts/{place}/{kind}", CONTACT),
    ("/accounts/{number}/contacts/{place}/{kind}/default", CONTACT),
    ("/accounts/{number}/contacts/{place}/{kind}/withdraw", ENDS),
    ("/accounts/{number}/contacts/{place}/{kind}/again", SENDS_AGAIN),
    ("/contact-change/{secret}", LINK),
    (
        "/holder-change/{secret}",
        Not("the link of a letter to every address on file; documents and two of the staff decide"),
    ),
    ("/representative/{secret}", LINK),
    ("/invitation/{secret}", LINK),
    ("/staff/sign-in", STAFF),
    ("/staff/sign-out", STAFF),
    ("/staff/password/{secret}", STAFF),
    ("/staff/activations", STAFF),
    ("/staff/claims", STAFF),
    ("/staff/locks", STAFF),
    ("/staff/checks", STAFF),
    ("/staff/step", STAFF),
    ("/staff/step/setup", STAFF),
    ("/staff/codes", STAFF),
    ("/staff/codes/file", STAFF),
    ("/staff/steps", STAFF),
    ("/staff/recoveries/{id}", STAFF),
    ("/staff/holders/new", STAFF),
    ("/staff/holders/{id}", STAFF),
    ("/staff/representatives/new", STAFF),
    ("/staff/representatives/{id}", STAFF),
    ("/language", PREFERENCE),
    ("/demo/gateway/cards", OUTSIDE),
    ("/demo/gateway/{payment}", OUTSIDE),
    ("/hooks/stripe", OUTSIDE),
];
