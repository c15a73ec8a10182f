//! What pages, letters and documents show as a name with its value.

use serde::{Deserialize, Serialize};

/// A name and what stands beside it, as “Due” and “24 December 2026”.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    pub label: String,
    pub value: String,
}
