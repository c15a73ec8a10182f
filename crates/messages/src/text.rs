//! Text messages (OPS-3): what one is, and to which numbers the provider lets any go.

use std::fmt;

use kernel::{AccountId, Language, Moment};

/// A text message to one telephone.
#[derive(Clone, Debug)]
pub struct Text {
    /// The number in the form of E.164, as `+15145550100`.
    pub to: String,
    pub text: String,
    pub language: Language,
    /// What it is about, as `step-code`: seen in the console and in logs.
    pub kind: &'static str,
    /// The account that it is about, if any.
    pub account: Option<AccountId>,
    /// From then on it is of no use, and is not sent any more; a day after it was written, where nothing is said.
    pub useful_until: Option<Moment>,
}

/// By what a message leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Email,
    /// To a telephone.
    Text,
}

impl Channel {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Text => "text",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        [Self::Email, Self::Text].into_iter().find(|channel| channel.code() == code)
    }
}

/// Countries, by ISO 3166-1, with their calling codes (ITU-T E.164). Those of the calling code 1 are told apart by their area
/// codes below.
const COUNTRIES: &str = "AD376 AE971 AF93 AL355 AM374 AO244 AR54 AT43 AU61 AW297 AZ994 BA387 BD880 BE32 BF226 BG359 BH973 \
    BI257 BJ229 BN673 BO591 BR55 BT975 BW267 BY375 BZ501 CD243 CF236 CG242 CH41 CI225 CL56 CM237 CN86 CO57 CR506 CU53 CV238 \
    CY357 CZ420 DE49 DJ253 DK45 DZ213 EC593 EE372 EG20 ER291 ES34 ET251 FI358 FJ679 FO298 FR33 GA241 GB44 GE995 GF594 GH233 \
    GI350 GL299 GM220 GN224 GP590 GQ240 GR30 GT502 GW245 GY592 HK852 HN504 HR385 HT509 HU36 ID62 IE353 IL972 IN91 IQ964 IR98 \
    IS354 IT39 JO962 JP81 KE254 KG996 KH855 KR82 KW965 LA856 LB961 LI423 LK94 LR231 LS266 LT370 LU352 LV371 LY218 MA212 MC377 \
    MD373 ME382 MG261 MK389 ML223 MM95 MN976 MO853 MQ596 MR222 MT356 MU230 MV960 MW265 MX52 MY60 MZ258 NA264 NC687 NE227 NG234 \
    NI505 NL31 NO47 NP977 NZ64 OM968 PA507 PE51 PF689 PG675 PH63 PK92 PL48 PM508 PS970 PT351 PY595 QA974 RE262 RO40 RS381 RU7 \
    RW250 SA966 SC248 SD249 SE46 SG65 SI386 SK421 SL232 SM378 SN221 SO252 SR597 SS211 ST239 SV503 SY963 SZ268 TD235 TG228 TH66 \
    TJ992 TL670 TM993 TN216 TO676 TR90 TW886 TZ255 UA380 UG256 UY598 UZ998 VE58 VN84 VU678 WF681 WS685 XK383 YE967 ZA27 ZM260 \
    ZW263";

/// Area codes of Canada (CNAC).
const CANADA: &str = "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 460 468 474 506 \
    514 519 548 568 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 851 867 873 879 902 905 942";

/// Area codes of the calling code 1 that are neither of Canada nor of the United States: much of what is called toll fraud
/// goes there, for they look like home.
const ISLANDS: &str = "242BS 246BB 264AI 268AG 284VG 340VI 345KY 441BM 473GD 649TC 658JM 664MS 670MP 671GU 684AS 721SX 758LC \
    767DM 784VC 787PR 809DO 829DO 849DO 868TT 869KN 876JM 939PR";

/// What stands at the beginning of numbers that cost whoever calls them, or that no person has (without the plus): premium
/// rates and shared costs, personal numbers, satellites, international networks; in North America also what is toll-free or of
/// no place, where no text arrives.
const COSTLY: &str = "1900 1700 1710 1500 1521 1522 1523 1524 1525 1526 1527 1528 1529 1532 1533 1535 1538 1542 1543 1544 1545 \
    1546 1547 1549 1550 1552 1553 1554 1556 1566 1569 1577 1578 1588 1589 1456 1600 1622 1633 1644 1655 1677 1688 1800 1822 1833 \
    1844 1855 1866 1877 1880 1881 1882 1883 1884 1885 1886 1887 1888 1889 \
    800 808 870 878 881 882 883 888 979 338 3117 3270 3278 3290 3480 3490 3906 39144 39166 39178 39199 39892 39895 39899 4184 4190 \
    43810 43820 43900 43901 43930 43931 43939 4470 4484 4487 449 4570 4590 46900 46939 46944 47829 48300 48400 48700 48800 49137 49180 \
    49190 49900 6113 6119 64900";

/// Which numbers text messages go to, and how many of them the provider pays for in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRules {
    /// ISO 3166-1, as `CA`.
    pub countries: Vec<String>,
    /// Digits at the beginning of numbers, without the plus, that are refused besides those that are known to cost.
    pub refused_prefixes: Vec<String>,
    /// Text messages to all numbers together within an hour.
    pub per_hour: i32,
}

impl Default for TextRules {
    fn default() -> Self {
        Self { countries: vec!["CA".to_owned(), "US".to_owned()], refused_prefixes: Vec::new(), per_hour: 500 }
    }
}

/// Why no text message goes to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberRefused {
    #[error("that is no number in the form of E.164")]
    NoNumber,
    #[error("no text messages go to that country")]
    Country,
    #[error("that number costs whoever calls it, or is no telephone's")]
    Costly,
}

/// A country that is none of those known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCountry(pub String);

impl fmt::Display for UnknownCountry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}” is no country that is known here; expected one such as CA, US or FR", self.0)
    }
}

/// Checks the name of a country, as `CA`.
///
/// # Errors
/// When it is none that is known here.
pub fn check_country(country: &str) -> Result<(), UnknownCountry> {
    let known = ["CA", "US"].contains(&country)
        || entries(ISLANDS).any(|(_, name)| name == country)
        || entries(COUNTRIES).any(|(name, _)| name == country);
    if known { Ok(()) } else { Err(UnknownCountry(country.to_owned())) }
}

/// `AD376` as `AD` and `376`; `242BS` as `242` and `BS`.
fn entries(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.split_whitespace().map(|entry| {
        let first_is_digit = entry.starts_with(|c: char| c.is_ascii_digit());
        let at = entry.find(|c: char| c.is_ascii_digit() != first_is_digit).unwrap_or(entry.len());
        entry.split_at(at)
    })
}

fn digits_of(number: &str) -> Option<&str> {
    let digits = number.strip_prefix('+')?;
    let fits = (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (fits && !digits.starts_with('0')).then_some(digits)
}

impl TextRules {
    /// Whether a text message may go to a number in the form of E.164.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, number: &str) -> Result<(), NumberRefused> {
        let digits = digits_of(number).ok_or(NumberRefused::NoNumber)?;
        let begins = |prefix: &str| digits.starts_with(prefix);
        if COSTLY.split_whitespace().any(begins) || self.refused_prefixes.iter().any(|prefix| begins(prefix)) {
            return Err(NumberRefused::Costly);
        }
        let allowed = |country: &str| self.countries.iter().any(|allowed| allowed == country);
        let Some(national) = digits.strip_prefix('1') else {
            let reaches = entries(COUNTRIES).any(|(country, code)| begins(code) && allowed(country));
            return if reaches { Ok(()) } else { Err(NumberRefused::Country) };
        };
        if national.len() != 10 {
            return Err(NumberRefused::NoNumber);
        }
        let (area, exchange) = (&national[..3], &national[3..6]);
        // 976 is what 900 is, within an area; the others are services (NANP).
        if exchange == "976" || area[1..] == *"11" {
            return Err(NumberRefused::Costly);
        }
        let country = if CANADA.split_whitespace().any(|code| code == area) {
            "CA"
        } else {
            entries(ISLANDS).find(|(code, _)| *code == area).map_or("US", |(_, country)| country)
        };
        if allowed(country) { Ok(()) } else { Err(NumberRefused::Country) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_3_text_messages_go_to_the_countries_that_are_allowed() {
        let home = TextRules::default();
        for number in ["+15145550100", "+14185550100", "+12125550100", "+18675550100", "+13125550100"] {
            assert_eq!(home.check(number), Ok(()), "{number}");
        }
        for number in
            ["+18765550100", "+18095550100", "+17875550100", "+33612345678", "+447911123456", "+5215512345678"]
        {
            assert_eq!(home.check(number), Err(NumberRefused::Country), "{number}");
        }
        let wider = TextRules { countries: vec!["FR".to_owned(), "JM".to_owned()], ..home };
        for number in ["+33612345678", "+18765550100"] {
            assert_eq!(wider.check(number), Ok(()), "{number}");
        }
        assert_eq!(wider.check("+15145550100"), Err(NumberRefused::Country), "a list of one's own takes the place");
        // 37 is the beginning of many calling codes, and none itself.
        assert_eq!(wider.check("+37612345678"), Err(NumberRefused::Country));
    }

    #[test]
    fn sec_3_no_text_message_goes_to_a_number_that_costs() {
        let everywhere = ["CA", "US", "FR", "GB", "DE", "BE", "CH", "AU", "IT"].map(str::to_owned).to_vec();
        let rules = TextRules { countries: everywhere, refused_prefixes: vec!["1514555019".to_owned()], per_hour: 1 };
        for number in [
            "+19005550100",
            "+15149765550",
            "+18005550100",
            "+18885550100",
            "+15005550100",
            "+16005550100",
            "+33899123456",
            "+449098790000",
            "+447012345678",
            "+491371234567",
            "+499001234567",
            "+32901234567",
            "+41901234567",
            "+611901234567",
            "+979123456789",
            "+88213123456",
            "+881612345678",
            "+15145550199",
        ] {
            assert_eq!(rules.check(number), Err(NumberRefused::Costly), "{number}");
        }
        for number in [
            "+15145550100",
            "+33612345678",
            "+447911123456",
            "+4915112345678",
            "+32470123456",
            "+41791234567",
            "+393331234567",
        ] {
            assert_eq!(rules.check(number), Ok(()), "{number}");
        }
    }

    #[test]
    fn sec_3_what_is_no_number_gets_no_text_message() {
        for number in [
            "",
            "5145550100",
            "+1514555010",
            "+151455501000",
            "+1 514 555-0100",
            "+0145550100",
            "+1514555O100",
            "+１5145550100",
        ] {
            assert_eq!(TextRules::default().check(number), Err(NumberRefused::NoNumber), "{number}");
        }
    }

    #[test]
    fn sec_3_countries_are_known_by_their_two_letters() {
        for known in ["CA", "US", "FR", "JM", "PR", "ZW"] {
            assert_eq!(check_country(known), Ok(()));
        }
        for unknown in ["", "ca", "Canada", "XX", "1", "ZZ"] {
            assert_eq!(check_country(unknown), Err(UnknownCountry(unknown.to_owned())));
        }
    }
}
