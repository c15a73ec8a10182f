use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::column::column_newtype;

/// Where a service is supplied, for taxes: ISO 3166-2 for a province or territory (`CA-QC`), ISO 3166-1 for a country
/// (`FR`). Which regions have taxes is the tax table's to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Region(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no region; expected a country such as FR, or a province such as CA-QC")]
pub struct RegionError(String);

impl Region {
    pub fn code(&self) -> &str {
        &self.0
    }

    /// `CA` of `CA-QC`.
    pub fn country(&self) -> &str {
        self.0.get(..2).unwrap_or(&self.0)
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let letters = |part: &str, longest: usize| {
            (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        let valid = match text.split_once('-') {
            Some((country, part)) => country.len() == 2 && letters(country, 2) && letters(part, 3),
            None => text.len() == 2 && letters(text, 2),
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(RegionError(text.to_owned())) }
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

column_newtype!(Region as String, |region| region.0, |raw| raw.parse().ok(), String, Text);

/// The two languages in which everything is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Fr,
    En,
}

impl Language {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Fr, Self::En].into_iter().find(|language| language.code() == code)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

column_newtype!(
    Language as String,
    |language| language.code().to_owned(),
    |raw| Language::from_code(&raw),
    String,
    Text
);
