//! In which letters the file is written: by the mark at its beginning, by the mapping, or else in UTF-8.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult};

/// Of which a block is read at a time.
const BLOCK: usize = 64 * 1024;
/// Stands for bytes that are no letter. It never occurs in UTF-8, so that the field is found to be no text.
const NO_LETTER: u8 = 0xff;
/// How DOS marks the end of a text.
const CTRL_Z: u8 = 0x1a;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// UTF-16 of either byte order, said by a mark.
    Utf16,
    Known(&'static encoding_rs::Encoding),
    Dos(&'static CodePage),
}

/// What DOS, and the command line of Windows, write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CodePage {
    name: &'static str,
    /// The letters of the bytes from 128 on.
    letters: [char; 128],
}

#[rustfmt::skip]
static CODE_PAGES: [CodePage; 5] = [
    CodePage { name: "cp437", letters: [
        'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
        'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ',
        'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐', '¬', '½', '¼', '¡', '«', '»',
        '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐',
        '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧',
        '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀',
        'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩',
        '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', '\u{a0}',
    ] },
    CodePage { name: "cp850", letters: [
        'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
        'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ',
        'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»',
        '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐',
        '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
        'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀',
        'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´',
        '\u{ad}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
    ] },
    CodePage { name: "cp852", letters: [
        'Ç', 'ü', 'é', 'â', 'ä', 'ů', 'ć', 'ç', 'ł', 'ë', 'Ő', 'ő', 'î', 'Ź', 'Ä', 'Ć',
        'É', 'Ĺ', 'ĺ', 'ô', 'ö', 'Ľ', 'ľ', 'Ś', 'ś', 'Ö', 'Ü', 'Ť', 'ť', 'Ł', '×', 'č',
        'á', 'í', 'ó', 'ú', 'Ą', 'ą', 'Ž', 'ž', 'Ę', 'ę', '¬', 'ź', 'Č', 'ş', '«', '»',
        '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'Ě', 'Ş', '╣', '║', '╗', '╝', 'Ż', 'ż', '┐',
        '└', '┴', '┬', '├', '─', '┼', 'Ă', 'ă', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
        'đ', 'Đ', 'Ď', 'Ë', 'ď', 'Ň', 'Í', 'Î', 'ě', '┘', '┌', '█', '▄', 'Ţ', 'Ů', '▀',
        'Ó', 'ß', 'Ô', 'Ń', 'ń', 'ň', 'Š', 'š', 'Ŕ', 'Ú', 'ŕ', 'Ű', 'ý', 'Ý', 'ţ', '´',
        '\u{ad}', '˝', '˛', 'ˇ', '˘', '§', '÷', '¸', '°', '¨', '˙', 'ű', 'Ř', 'ř', '■', '\u{a0}',
    ] },
    CodePage { name: "cp858", letters: [
        'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
        'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ',
        'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»',
        '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐',
        '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
        'ð', 'Ð', 'Ê', 'Ë', 'È', '€', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀',
        'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´',
        '\u{ad}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
    ] },
    CodePage { name: "cp863", letters: [
        'Ç', 'ü', 'é', 'â', 'Â', 'à', '¶', 'ç', 'ê', 'ë', 'è', 'ï', 'î', '‗', 'À', '§',
        'É', 'È', 'Ê', 'ô', 'Ë', 'Ï', 'û', 'ù', '¤', 'Ô', 'Ü', '¢', '£', 'Ù', 'Û', 'ƒ',
        '¦', '´', 'ó', 'ú', '¨', '¸', '³', '¯', 'Î', '⌐', '¬', '½', '¼', '¾', '«', '»',
        '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐',
        '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧',
        '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀',
        'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩',
        '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', '\u{a0}',
    ] },
];

impl Encoding {
    /// An encoding by one of its usual names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let page = name.strip_prefix("ibm").map(|number| format!("cp{number}")).unwrap_or_else(|| name.clone());
        if let Some(page) = CODE_PAGES.iter().find(|known| known.name == page) {
            return Some(Self::Dos(page));
        }
        match name.as_str() {
            "utf-8" | "utf8" | "ascii" | "us-ascii" => return Some(Self::Utf8),
            "utf-16" | "utf16" => return Some(Self::Utf16),
            "mac-roman" | "macroman" => return Some(Self::Known(encoding_rs::MACINTOSH)),
            _ => {}
        }
        encoding_rs::Encoding::for_label(name.as_bytes())
            .filter(|known| *known != encoding_rs::REPLACEMENT && *known != encoding_rs::UTF_8)
            .map(Self::Known)
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Utf8 => "UTF-8".to_owned(),
            Self::Utf16 => "UTF-16".to_owned(),
            Self::Known(known) => known.name().to_ascii_lowercase(),
            Self::Dos(page) => page.name.to_owned(),
        }
    }

    /// What a text of this encoding says if its bytes are UTF-8, as they plainly are: nobody means “ClÃ©o”.
    pub(crate) fn meant(self, text: &str) -> Option<String> {
        if text.is_ascii() {
            return None;
        }
        let bytes = match self {
            Self::Known(known) if known.is_single_byte() => {
                let (bytes, _, lost) = known.encode(text);
                if lost {
                    return None;
                }
                bytes.into_owned()
            }
            Self::Dos(page) => text.chars().map(|letter| page.byte(letter)).collect::<Option<Vec<u8>>>()?,
            _ => return None,
        };
        let meant = String::from_utf8(bytes).ok()?;
        let of_the_west = |letter: char| matches!(letter, '\u{a0}'..='\u{17f}' | '\u{2010}'..='\u{2026}' | '€');
        meant.chars().all(|letter| letter.is_ascii() || of_the_west(letter)).then_some(meant)
    }
}

/// What a text says that was in UTF-8, taken for Windows-1252, and written in UTF-8 again.
pub(crate) fn meant_by_spoilt(text: &str) -> Option<String> {
    Encoding::Known(encoding_rs::WINDOWS_1252).meant(text)
}

impl CodePage {
    fn letter(&self, byte: u8) -> char {
        match byte.checked_sub(128) {
            None => char::from(byte),
            Some(place) => self.letters[usize::from(place)],
        }
    }

    fn byte(&self, letter: char) -> Option<u8> {
        if letter.is_ascii() {
            return u8::try_from(letter).ok();
        }
        let place = self.letters.iter().position(|known| *known == letter)?;
        u8::try_from(place + 128).ok()
    }
}

/// Why a file is not read at all.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Io(io::Error),
    Because(String),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A file as UTF-8, block by block, without the marks at its ends.
pub(crate) struct Decoded {
    source: io::Take<File>,
    encoding: Encoding,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    text: Vec<u8>,
    at: usize,
    ended: bool,
    /// Bytes of the file that were read.
    done: u64,
    /// Bytes of the file.
    of: u64,
}

impl Decoded {
    /// # Errors
    /// When the file cannot be opened, is no text, or begins with the mark of another encoding than is stated.
    pub(crate) fn open(path: &Path, stated: Option<Encoding>) -> Result<Self, Unreadable> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Unreadable::Because("it is no file on a disk; it is read more than once".to_owned()));
        }
        let mut head = Vec::new();
        file.by_ref().take(256).read_to_end(&mut head)?;
        let (encoding, mark) = encoding_of(&head, stated).map_err(Unreadable::Because)?;
        let wide = [Encoding::Known(encoding_rs::UTF_16LE), Encoding::Known(encoding_rs::UTF_16BE)];
        let unit = if wide.contains(&encoding) { 2 } else { 1 };
        let end = end_of_text(&mut file, metadata.len(), unit)?;
        file.seek(SeekFrom::Start(mark))?;
        let decoder = match encoding {
            Encoding::Known(known) => Some(known.new_decoder_without_bom_handling()),
            _ => None,
        };
        Ok(Self {
            source: file.take(end.saturating_sub(mark)),
            encoding,
            decoder,
            raw: vec![0; BLOCK],
            text: Vec::with_capacity(BLOCK),
            at: 0,
            ended: false,
            done: mark,
            of: metadata.len(),
        })
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many bytes of how many were read.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.done, self.of)
    }

    /// The text that was read and not consumed; more is read where there is none. Empty at the end.
    pub(crate) fn fill(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.text.len() && !self.ended {
            self.text.clear();
            self.at = 0;
            while self.text.is_empty() && !self.ended {
                self.read_block()?;
            }
        }
        Ok(&self.text[self.at..])
    }

    pub(crate) fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Appends a block of the file to the text.
    pub(crate) fn read_block(&mut self) -> io::Result<()> {
        let read = self.source.read(&mut self.raw)?;
        self.ended = read == 0;
        self.done += read as u64;
        let raw = &self.raw[..read];
        match (&mut self.decoder, self.encoding) {
            (Some(decoder), _) => decode(decoder, raw, &mut self.text, self.ended),
            (None, Encoding::Dos(page)) => {
                let mut letter = [0; 4];
                for byte in raw {
                    self.text.extend_from_slice(page.letter(*byte).encode_utf8(&mut letter).as_bytes());
                }
            }
            (None, _) => self.text.extend_from_slice(raw),
        }
        Ok(())
    }
}

fn decode(decoder: &mut Decoder, mut raw: &[u8], text: &mut Vec<u8>, last: bool) {
    loop {
        let from = text.len();
        let room = decoder.max_utf8_buffer_length_without_replacement(raw.len()).unwrap_or(raw.len() * 4 + 16);
        text.resize(from + room, 0);
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(raw, &mut text[from..], last);
        text.truncate(from + written);
        raw = &raw[read..];
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::Malformed(..) => text.push(NO_LETTER),
            DecoderResult::OutputFull => {}
        }
    }
}

/// The encoding of a file that begins so, and how long its mark is.
fn encoding_of(head: &[u8], stated: Option<Encoding>) -> Result<(Encoding, u64), String> {
    let utf_16 = |known| (Encoding::Known(known), 2);
    let (marked, length) = match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err("the file is in UTF-32; save it as UTF-8".to_owned());
        }
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => utf_16(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => utf_16(encoding_rs::UTF_16BE),
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            return Err("the file is a workbook of a spreadsheet; save its sheet as CSV".to_owned());
        }
        [0x1f, 0x8b, ..] => return Err("the file is compressed; unpack it first".to_owned()),
        _ => return unmarked(head, stated),
    };
    let agrees = match stated {
        None => true,
        Some(Encoding::Utf16) => length == 2,
        Some(stated) => stated == marked,
    };
    match stated {
        Some(stated) if !agrees => Err(format!(
            "the file begins with the mark of {}, and the mapping states encoding = \"{}\"",
            marked.name(),
            stated.name()
        )),
        _ => Ok((marked, length)),
    }
}

fn unmarked(head: &[u8], stated: Option<Encoding>) -> Result<(Encoding, u64), String> {
    let nulls = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let half = head.len() / 2;
    match stated {
        Some(Encoding::Utf16) => {
            let reason = "the file has no mark that says its byte order; state encoding = \"utf-16le\" or \"utf-16be\"";
            Err(reason.to_owned())
        }
        Some(stated) => Ok((stated, 0)),
        None if half > 0 && nulls(0) == 0 && nulls(1) * 2 > half => {
            Err("the file seems to be in UTF-16 without a mark; if so, state encoding = \"utf-16le\" in the mapping"
                .to_owned())
        }
        None if half > 0 && nulls(1) == 0 && nulls(0) * 2 > half => {
            Err("the file seems to be in UTF-16 without a mark; if so, state encoding = \"utf-16be\" in the mapping"
                .to_owned())
        }
        None => Ok((Encoding::Utf8, 0)),
    }
}

/// Where the text ends: before the mark of DOS, if nothing but line ends follows it.
fn end_of_text(file: &mut File, length: u64, unit: usize) -> io::Result<u64> {
    let from = length.saturating_sub(1024);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.read_to_end(&mut tail)?;
    let mut end = tail.len();
    for (place, pair) in tail.rchunks(unit).enumerate().map(|(nth, unit)| (nth + 1, unit)) {
        let sign = pair.iter().fold(0, |sign, byte| sign | *byte);
        let whole = pair.len() == unit && pair.iter().filter(|byte| **byte != 0).count() == 1;
        match sign {
            CTRL_Z if whole => end = tail.len() - place * unit,
            b'\n' | b'\r' if whole => {}
            _ => break,
        }
    }
    Ok(from + end as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(bytes: &[u8], stated: Option<&str>) -> Result<String, String> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("writes");
        let stated = stated.map(|name| Encoding::named(name).expect("an encoding"));
        let mut decoded = match Decoded::open(file.path(), stated) {
            Ok(decoded) => decoded,
            Err(Unreadable::Because(reason)) => return Err(reason),
            Err(Unreadable::Io(error)) => panic!("{error}"),
        };
        let mut text = Vec::new();
        loop {
            let block = decoded.fill().expect("reads");
            if block.is_empty() {
                return String::from_utf8(text).map_err(|error| error.to_string());
            }
            text.extend_from_slice(block);
            let length = block.len();
            decoded.consume(length);
        }
    }

    #[test]
    fn ops_2_a_mark_says_the_encoding_and_the_mapping_says_it_else() {
        let text = "clé,Œuvre\r\n1,€\r\n";
        let utf_16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let little = utf_16(u16::to_le_bytes);
        let big = utf_16(u16::to_be_bytes);
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for (bytes, stated) in [
            (text.as_bytes().to_vec(), None),
            (marked(b"\xef\xbb\xbf", text.as_bytes()), None),
            (marked(b"\xff\xfe", &little), None),
            (marked(b"\xfe\xff", &big), Some("utf-16")),
            (little.clone(), Some("utf-16le")),
            (big.clone(), Some("UTF-16BE")),
            (encoding_rs::WINDOWS_1252.encode(text).0.into_owned(), Some("windows-1252")),
            (encoding_rs::MACINTOSH.encode(text).0.into_owned(), Some("macintosh")),
        ] {
            assert_eq!(read(&bytes, stated).as_deref(), Ok(text), "{stated:?}");
        }
        assert_eq!(read(b"L\x82vis-\x90\r\n", Some("cp850")).as_deref(), Ok("Lévis-É\r\n"));
        assert_eq!(read(b"L\x82vis-\x90\r\n", Some("IBM437")).as_deref(), Ok("Lévis-É\r\n"));
        assert_eq!(read(b"\x84 l\x8e", Some("cp863")).as_deref(), Ok("Â lÀ"));
        for (bytes, stated, reason) in [
            (little, None, "utf-16le"),
            (big, None, "utf-16be"),
            (marked(b"\xef\xbb\xbf", b"a"), Some("windows-1252"), "begins with the mark of UTF-8"),
            (marked(b"\xff\xfe", b"a\0"), Some("utf-8"), "begins with the mark of utf-16le"),
            (b"a,b".to_vec(), Some("utf-16"), "no mark"),
            (b"\xff\xfe\0\0a\0\0\0".to_vec(), None, "UTF-32"),
            (b"PK\x03\x04rest".to_vec(), None, "workbook"),
        ] {
            assert!(read(&bytes, stated).expect_err("refused").contains(reason), "{reason}");
        }
        assert_eq!(Encoding::named("ANSI"), None);
    }

    #[test]
    fn ops_2_the_end_mark_of_dos_is_no_text() {
        assert_eq!(read(b"a\r\n1\r\n\x1a", None).as_deref(), Ok("a\r\n1\r\n"));
        assert_eq!(read(b"a\r\n1\x1a\x1a\r\n", None).as_deref(), Ok("a\r\n1"));
        assert_eq!(read(b"a\n\x1a1\n", None).as_deref(), Ok("a\n\x1a1\n"));
        assert_eq!(read(b"\xff\xfea\0\n\0\x1a\0", None).as_deref(), Ok("a\n"));
        assert_eq!(read(b"\x1a", None).as_deref(), Ok(""));
    }

    #[test]
    fn ops_2_bytes_that_are_no_letter_stay_no_text_across_blocks() {
        let long = [vec![b'x'; BLOCK - 1], "é".as_bytes().to_vec(), b"\x80".to_vec()].concat();
        assert!(read(&long, None).is_err());
        assert!(read(&long[..long.len() - 1], None).is_ok());
        assert!(read(b"\xff\xfea\0\x00\xd8b\0", None).is_err());
    }

    #[test]
    fn ops_2_utf_8_that_is_stated_to_be_something_else_is_noticed() {
        let west = Encoding::named("windows-1252").expect("one");
        assert_eq!(west.meant("ClÃ©o").as_deref(), Some("Cléo"));
        assert_eq!(Encoding::named("cp850").expect("one").meant("Cl├®o").as_deref(), Some("Cléo"));
        for right in ["Cléo", "RENÉ’S GARAGE", "«CAFÉ»", "Chloë Ünal", "王小明"] {
            assert_eq!(west.meant(right), None, "{right}");
        }
    }
}
