//! The site as devices know it.

use db::DbErr;
use url::Url;
use webauthn_rs::prelude::{Webauthn, WebauthnBuilder, WebauthnError};

/// The name under which devices keep passkeys of this site, and where they may be used: both from the configured address. A
/// passkey belongs to the name for good; under another one it is not found. Cheap to clone.
#[derive(Clone)]
pub struct RelyingParty {
    id: String,
    pub(super) webauthn: Webauthn,
}

impl RelyingParty {
    /// Of the site's address as links in e-mails have it, and the provider's name, which devices show. None where browsers
    /// know no passkeys: an address without a name (`http://127.0.0.1`), or in the clear unless it is this computer.
    pub fn of(public_url: &str, provider: &str) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let id = origin.domain()?.to_owned();
        if origin.scheme() != "https" && id != "localhost" {
            return None;
        }
        let webauthn = WebauthnBuilder::new(&id, &origin).ok()?.rp_name(provider).build().ok()?;
        Some(Self { id, webauthn })
    }

    /// The name that passkeys belong to: the host of the address.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// What the library could not do with its own values: nobody's answer brings it about.
pub(super) fn broken(error: &WebauthnError) -> DbErr {
    DbErr::Custom(format!("a passkey's challenge could not be made: {error}"))
}

/// What is kept as JSON is read as such.
pub(super) fn unreadable(error: &serde_json::Error) -> DbErr {
    DbErr::Json(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_3_passkeys_belong_to_a_name_over_https_or_on_this_computer() {
        for (url, id) in [
            ("https://client.example.ca", Some("client.example.ca")),
            ("https://client.example.ca:8443", Some("client.example.ca")),
            ("http://localhost:8080", Some("localhost")),
            ("http://client.example.ca", None),
            ("http://127.0.0.1:8080", None),
            ("https://203.0.113.7", None),
            ("http://[::1]:8080", None),
            ("", None),
        ] {
            assert_eq!(RelyingParty::of(url, "Boréal").as_ref().map(RelyingParty::id), id, "{url}");
        }
    }
}
