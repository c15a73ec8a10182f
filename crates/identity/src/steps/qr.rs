//! The picture that an authenticator app reads, as the path of an SVG: drawn here, so that no secret goes anywhere else.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

/// White around the picture that readers need, in modules.
const QUIET: usize = 4;

/// A picture of black squares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QrPath {
    /// Width and height of the view box, in squares, with the white around.
    pub size: usize,
    /// The `d` of an SVG path.
    pub d: String,
}

/// The QR code of a text; none for one that is too long for any.
pub fn qr_path(text: &str) -> Option<QrPath> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut d = String::new();
    for (number, row) in code.to_colors().chunks(width).enumerate() {
        let mut at = 0;
        while at < width {
            let run = row[at..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                // A run of squares is one rectangle: readers see no seams, and pages stay small.
                write!(d, "M{} {}h{run}v1h-{run}z", at + QUIET, number + QUIET).ok()?;
            }
            at += run.max(1);
        }
    }
    Some(QrPath { size: width + 2 * QUIET, d })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_3_the_picture_is_drawn_as_rectangles() {
        let uri = "otpauth://totp/Bor%C3%A9al:eve.tremblay?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bor%C3%A9al";
        let path = qr_path(uri).expect("short enough");
        assert!(path.size > 40 && path.size < 80, "{}", path.size);
        // The corner where readers begin: seven squares.
        assert!(path.d.starts_with("M4 4h7v1h-7z"), "{}", &path.d[..40]);
        assert_eq!(qr_path(&"x".repeat(4000)), None);
    }

    #[test]
    fn sec_3_each_square_of_the_picture_is_where_the_code_has_it() {
        let text = "otpauth://totp/x:y?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let code = QrCode::with_error_correction_level(text, EcLevel::M).expect("short enough");
        let (path, width) = (qr_path(text).expect("short enough"), code.width());
        let mut drawn = vec![Color::Light; width * width];
        for run in path.d.split('M').skip(1) {
            let (x, rest) = run.split_once(' ').expect("two numbers");
            let (y, rest) = rest.split_once('h').expect("a run");
            let length: usize = rest.split_once('v').expect("its length").0.parse().expect("a number");
            let number = |text: &str| text.parse::<usize>().expect("a number") - QUIET;
            let at = number(y) * width + number(x);
            drawn[at..at + length].fill(Color::Dark);
        }
        assert!(drawn == code.to_colors());
        assert_eq!(path.size, width + 8);
    }
}
