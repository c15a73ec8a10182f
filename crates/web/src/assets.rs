//! Style sheet, scripts and icon: in the binary, named by their content, kept by browsers for a year.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::Refusal;

struct Asset {
    kind: &'static str,
    body: &'static [u8],
    url: String,
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let files: [(&str, &str, &[u8]); 6] = [
        ("guichet.css", "text/css; charset=utf-8", include_bytes!("../assets/guichet.css")),
        ("guichet.js", "text/javascript; charset=utf-8", include_bytes!("../assets/guichet.js")),
        ("card-fields.js", "text/javascript; charset=utf-8", include_bytes!("../assets/card-fields.js")),
        ("idle.js", "text/javascript; charset=utf-8", include_bytes!("../assets/idle.js")),
        ("passkeys.js", "text/javascript; charset=utf-8", include_bytes!("../assets/passkeys.js")),
        ("favicon.svg", "image/svg+xml", include_bytes!("../assets/favicon.svg")),
    ];
    let named = files.into_iter().map(|(name, kind, body)| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body);
        let hash = data_encoding::HEXLOWER.encode(&digest.as_ref()[..6]);
        (name, Asset { kind, body, url: format!("/assets/{hash}/{name}") })
    });
    named.collect()
});

/// Where an asset is.
pub(crate) fn url(name: &str) -> Option<&'static str> {
    ASSETS.get(name).map(|asset| asset.url.as_str())
}

/// `GET /assets/{hash}/{name}`. An old hash gives the newest content: better than a page without its style.
///
/// # Errors
/// [`Refusal::NotFound`] for any other name.
pub async fn assets(Path((hash, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    let asset = ASSETS.get(name.as_str()).ok_or(Refusal::NotFound)?;
    let keep = if asset.url.contains(&hash) { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, keep)], asset.body).into_response())
}
