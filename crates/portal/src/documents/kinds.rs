//! What a file is, by its content: neither its name nor the type that a browser declares is believed. What is something else
//! too, or carries something along, is refused.

/// A kind of file that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Pdf,
    Jpeg,
    Png,
}

impl FileKind {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        [Self::Pdf, Self::Jpeg, Self::Png].into_iter().find(|kind| kind.code() == code)
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// What the file is, where it is wholly that.
    pub(crate) fn of(content: &[u8]) -> Option<Self> {
        let kind = match content {
            [b'%', b'P', b'D', b'F', b'-', ..] if is_pdf(content) => Self::Pdf,
            [0xff, 0xd8, 0xff, ..] if is_jpeg(content) => Self::Jpeg,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] if is_png(content) => Self::Png,
            _ => return None,
        };
        // An archive is read from its end, so it can hide behind any of them.
        (!contains(tail(content, 65_557), b"PK\x05\x06")).then_some(kind)
    }
}

fn tail(content: &[u8], most: usize) -> &[u8] {
    &content[content.len().saturating_sub(most)..]
}

fn contains(content: &[u8], word: &[u8]) -> bool {
    content.windows(word.len()).any(|part| part == word)
}

/// As [`contains`], whether letters are small or not.
fn contains_text(content: &[u8], word: &[u8]) -> bool {
    content.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

/// Its beginning, its end with the way to its contents, nothing behind it, nothing for a browser to read before them, and
/// nothing in it that acts by being opened.
fn is_pdf(content: &[u8]) -> bool {
    let version = matches!(content.get(5..8), Some([b'1' | b'2', b'.', b'0'..=b'9']));
    let end = tail(content, 1024);
    let Some(at) = end.windows(5).rposition(|part| part == b"%%EOF") else { return false };
    let nothing_behind = end[at + 5..].iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0);
    let start = &content[..content.len().min(1024)];
    let reads_as_page = [&b"<html"[..], b"<script", b"<!doctype", b"<svg", b"<?xml version", b"MZ\x90"];
    let acts = [&b"/JavaScript"[..], b"/Launch", b"/EmbeddedFile", b"/OpenAction<<", b"/RichMedia"];
    version
        && nothing_behind
        && contains(&end[..at], b"startxref")
        && contains(content, b" obj")
        && !reads_as_page.iter().any(|word| contains_text(start, word))
        && !acts.iter().any(|word| contains(content, word))
}

/// Its segments up to the picture, with the picture's size among them, and its end at the end.
fn is_jpeg(content: &[u8]) -> bool {
    let mut at = 2;
    let mut has_size = false;
    loop {
        let Some([0xff, marker, high, low]) = content.get(at..at + 4) else { return false };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length < 2 {
            return false;
        }
        match marker {
            0xda => break,
            // The frame: what stands behind its precision are height and width.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let Some([_, h1, h2, w1, w2]) = content.get(at + 4..at + 9) else { return false };
                has_size = [*h1, *h2] != [0, 0] && [*w1, *w2] != [0, 0];
            }
            0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => {}
            _ => return false,
        }
        at += 2 + length;
    }
    // Some cameras fill up with zeros.
    let filled = content.iter().rposition(|byte| *byte != 0).unwrap_or_default();
    has_size && content[..=filled].ends_with(&[0xff, 0xd9])
}

/// All its chunks, from the one with its size to its end, and nothing behind.
fn is_png(content: &[u8]) -> bool {
    let mut at = 8;
    let mut is_first = true;
    loop {
        let Some([l1, l2, l3, l4, kind @ ..]) = content.get(at..at + 8) else { return false };
        let Ok(length) = usize::try_from(u32::from_be_bytes([*l1, *l2, *l3, *l4])) else { return false };
        if length > content.len() || !kind.iter().all(u8::is_ascii_alphabetic) {
            return false;
        }
        if is_first
            && (kind != b"IHDR"
                || length != 13
                || content.get(16..24).is_none_or(|size| size[..4] == [0; 4] || size[4..] == [0; 4]))
        {
            return false;
        }
        is_first = false;
        at += 12 + length;
        if kind == b"IEND" {
            return length == 0 && at == content.len();
        }
    }
}

/// Small files of each kind, for tests here and of the whole.
#[cfg(test)]
mod tests {
    use super::*;

    const PDF: &[u8] =
        b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n";

    fn jpeg() -> Vec<u8> {
        let frame = [0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0];
        [&[0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0][..], &frame, &[0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]].concat()
    }

    fn png() -> Vec<u8> {
        let header = [&[0, 0, 0, 13][..], b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0], &[0; 4]].concat();
        [&b"\x89PNG\r\n\x1a\n"[..], &header, &[0, 0, 0, 0], b"IEND", &[0; 4]].concat()
    }

    #[test]
    fn sec_5_a_file_is_what_its_content_says() {
        assert_eq!(FileKind::of(PDF), Some(FileKind::Pdf));
        assert_eq!(FileKind::of(&jpeg()), Some(FileKind::Jpeg));
        assert_eq!(FileKind::of(&[&jpeg()[..], &[0; 40]].concat()), Some(FileKind::Jpeg));
        assert_eq!(FileKind::of(&png()), Some(FileKind::Png));
    }

    #[test]
    fn sec_5_disguised_and_twofold_files_are_none() {
        let zip = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("nothing", Vec::new()),
            ("a program", b"MZ\x90\0\x03\0\0\0".to_vec()),
            ("a page", b"<!doctype html><script>alert(1)</script>".to_vec()),
            ("a page with a PDF's beginning", b"%PDF-1.4\n<html><script>alert(1)</script></html>".to_vec()),
            ("a page in a PDF's clothes", [&b"%PDF-1.4\n<HTML><script>1</script>"[..], &PDF[9..]].concat()),
            ("a PDF with its end cut off", PDF[..PDF.len() - 8].to_vec()),
            ("a PDF with something behind", [PDF, b"<script>1</script>"].concat()),
            ("a PDF behind something", [b"GIF89a", PDF].concat()),
            (
                "a PDF that acts",
                [&PDF[..9], b"2 0 obj<</S/JavaScript/JS(app.alert\\(1\\))>>endobj\n", &PDF[9..]].concat(),
            ),
            ("a PDF of no version", [b"%PDF-x.y", &PDF[8..]].concat()),
            ("a picture that is an archive", [&jpeg()[..jpeg().len() - 2], zip, &[0xff, 0xd9]].concat()),
            ("a JPEG with a program behind", [&jpeg()[..], b"MZ\x90"].concat()),
            ("a JPEG without a picture", vec![0xff, 0xd8, 0xff, 0xd9]),
            ("a JPEG's beginning and a page", b"\xff\xd8\xff<html><script>1</script>\xff\xd9".to_vec()),
            ("a PNG with something behind", [&png()[..], b"<script>"].concat()),
            ("a PNG without its header", [&png()[..8], &png()[33..]].concat()),
            ("a PNG without its end", png()[..33].to_vec()),
            ("a PNG whose part is longer than it", [&png()[..33], &[0xff; 12]].concat()),
        ];
        for (what, content) in cases {
            assert_eq!(FileKind::of(&content), None, "{what}");
        }
    }
}
