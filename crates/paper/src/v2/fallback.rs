//! The faces for names in other scripts (BIL-4): Noto, of fixed versions, shipped with the program and never a system's. A face
//! is read when a letter first asks for it. A change of one of these files changes the bytes of bills that were issued with
//! it: a new file stands beside the old one, in the next version of the drawing.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use krilla::text::Font;

/// A face as it is shipped.
pub(super) struct Shipped {
    pub(super) name: &'static str,
    /// SHA-256 of the file, in hexadecimal digits: kept with every bill that was drawn with it.
    pub(super) hash: &'static str,
    bytes: &'static [u8],
    /// Where the letters are that it may have; not all of them.
    letters: &'static [RangeInclusive<u32>],
}

/// In the order in which they are asked.
pub(super) static SHIPPED: [Shipped; 21] = [
    // Latin, Greek and Cyrillic beyond our own faces, as in Deʔa.
    Shipped {
        name: "NotoSans",
        hash: "c323689065b499cac3ef885ff416011ab6fdf7a303d20e82ba1edc82e97ddc19",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSans-Subset.ttf"),
        letters: &[
            0x20..=0x58f,
            0x1ab0..=0x1aff,
            0x1c80..=0x1c8f,
            0x1d00..=0x2bff,
            0x2c60..=0x2c7f,
            0x2de0..=0x2dff,
            0xa640..=0xa69f,
            0xa700..=0xa7ff,
            0xab30..=0xab6f,
        ],
    },
    Shipped {
        name: "NotoSansCanadianAboriginal",
        hash: "d52df670b34f99e438be2c39c81ec520089940bc9f1843041764512d4c1e4e25",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansCanadianAboriginal-Subset.ttf"),
        letters: &[0x1400..=0x167f, 0x18b0..=0x18ff],
    },
    Shipped {
        name: "NotoSansArabic",
        hash: "3c7ac7d6f3a46648e2ff179d078a9adca197131e2792b773afe3f3d21c0dc8e5",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansArabic-Subset.ttf"),
        letters: &[0x600..=0x6ff, 0x750..=0x77f, 0x8a0..=0x8ff, 0xfb50..=0xfdff, 0xfe70..=0xfefe],
    },
    Shipped {
        name: "NotoSansHebrew",
        hash: "a8fd0fcdade4a8e19351b540d2ab5be0cb2718dd55e8c38bdee9d4d419c4ace6",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansHebrew-Subset.ttf"),
        letters: &[0x590..=0x5ff, 0xfb1d..=0xfb4f],
    },
    Shipped {
        name: "NotoSansDevanagari",
        hash: "d01540a9a3aea6e099c07db1a4e7e2fbfcc68dc0d1ff5022ba15cd4e91ae2575",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansDevanagari-Subset.ttf"),
        letters: &[0x900..=0x97f, 0x1cd0..=0x1cff, 0xa8e0..=0xa8ff],
    },
    Shipped {
        name: "NotoSansBengali",
        hash: "07f228b54bd0822d297d5d61da5c24e1f4e40547139a945f706412d7833b34aa",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansBengali-Subset.ttf"),
        letters: &[0x980..=0x9ff],
    },
    Shipped {
        name: "NotoSansGurmukhi",
        hash: "246838a872c334c768a37d5069d31427187ceb3b578c1fb9886e121733c9a845",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansGurmukhi-Subset.ttf"),
        letters: &[0xa00..=0xa7f],
    },
    Shipped {
        name: "NotoSansGujarati",
        hash: "662f7707126780d272d922827091fa3fb58a3fca58c214cae66ed1ceb875fe69",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansGujarati-Subset.ttf"),
        letters: &[0xa80..=0xaff],
    },
    Shipped {
        name: "NotoSansTamil",
        hash: "84a425bd29d4c3fa8c8f86a47fc73fbae21e5b5b303be626180f74d2058613be",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansTamil-Subset.ttf"),
        letters: &[0xb80..=0xbff],
    },
    Shipped {
        name: "NotoSansTelugu",
        hash: "4e17ba47485791135ca268ebcc3b294b665bf7ab438fb6e915b8bcf56df05f36",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansTelugu-Subset.ttf"),
        letters: &[0xc00..=0xc7f],
    },
    Shipped {
        name: "NotoSansKannada",
        hash: "78821d3e92e7fddd794ce704c4771e20a8b7bf1765670bbb415e4c97022352eb",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansKannada-Subset.ttf"),
        letters: &[0xc80..=0xcff],
    },
    Shipped {
        name: "NotoSansMalayalam",
        hash: "37cca170c6d964587771c5d13f9a5488d77b45b3d0a058d1e55d12845f3c5ec4",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansMalayalam-Subset.ttf"),
        letters: &[0xd00..=0xd7f],
    },
    Shipped {
        name: "NotoSansSinhala",
        hash: "0a9269b7f42f002222816e0ebccc8499813800703567099020338843c3773bc7",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansSinhala-Subset.ttf"),
        letters: &[0xd80..=0xdff],
    },
    Shipped {
        name: "NotoSansThai",
        hash: "18b2e63a6faed1a61150288c5792bbcec778855532ca457e7a4ccf05bad13024",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansThai-Subset.ttf"),
        letters: &[0xe00..=0xe7f],
    },
    Shipped {
        name: "NotoSansLao",
        hash: "9397901365b74b6ec75600fce4faea25524d0378f4d81fc3393e34594e3734a7",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansLao-Subset.ttf"),
        letters: &[0xe80..=0xeff],
    },
    Shipped {
        name: "NotoSansGeorgian",
        hash: "d2bff38ee74db4421d7b4d354b113c4f83b3d66786f603501982110c4a65f543",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansGeorgian-Subset.ttf"),
        letters: &[0x10a0..=0x10ff, 0x1c90..=0x1cbf, 0x2d00..=0x2d2f],
    },
    Shipped {
        name: "NotoSansArmenian",
        hash: "99a0957a9755b9b64b754eb450900a365943dc544d61387bad733d9e6d6069cf",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansArmenian-Subset.ttf"),
        letters: &[0x530..=0x58f, 0xfb13..=0xfb17],
    },
    Shipped {
        name: "NotoSansEthiopic",
        hash: "f11bf54daaefed2013b486daa4a35b97c894d389e596200f10464c71c3b21118",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansEthiopic-Subset.ttf"),
        letters: &[0x1200..=0x139f, 0x2d80..=0x2ddf, 0xab00..=0xab2f],
    },
    Shipped {
        name: "NotoSansCherokee",
        hash: "70839501eb9f3974359c32394a49754c371a496a0089d799461f60fdcc2c7299",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansCherokee-Subset.ttf"),
        letters: &[0x13a0..=0x13ff, 0xab70..=0xabbf],
    },
    Shipped {
        name: "NotoSansKhmer",
        hash: "8f98c372b55dd9ad11983aad52940157a9991a2aae2e911a6ace85534642bfaa",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansKhmer-Subset.ttf"),
        letters: &[0x1780..=0x17ff, 0x19e0..=0x19ff],
    },
    // Chinese, Japanese and Korean.
    Shipped {
        name: "NotoSansCJK",
        hash: "e16e113a264cbefd100b452a4d12808200b8f7f5c3a4464cc4edb5ec73c8b9eb",
        bytes: include_bytes!("../../assets/fonts/noto/NotoSansCJK-Subset.otf"),
        letters: &[0x2e80..=0x9fff, 0xac00..=0xd7a3, 0xf900..=0xfaff, 0xff01..=0xffee, 0x20000..=0x3ffff],
    },
];

/// A face that was read.
pub(super) struct Read {
    pub(super) font: Font,
    pub(super) shaper: rustybuzz::Face<'static>,
}

/// All of them, none read at first.
pub(super) struct Fallbacks {
    faces: [OnceLock<Option<Read>>; SHIPPED.len()],
}

impl Fallbacks {
    pub(super) fn new() -> Self {
        Self { faces: [const { OnceLock::new() }; SHIPPED.len()] }
    }

    /// The face of a place in [`SHIPPED`].
    pub(super) fn face(&self, place: usize) -> Option<&Read> {
        let (kept, shipped) = (self.faces.get(place)?, SHIPPED.get(place)?);
        let read = kept.get_or_init(|| {
            let shaper = rustybuzz::Face::from_slice(shipped.bytes, 0)?;
            Some(Read { font: Font::new(shipped.bytes.into(), 0)?, shaper })
        });
        read.as_ref()
    }

    /// The place of the first face that has a letter.
    pub(super) fn find(&self, letter: char) -> Option<usize> {
        let number = u32::from(letter);
        let may_have = |shipped: &Shipped| shipped.letters.iter().any(|letters| letters.contains(&number));
        (0..SHIPPED.len())
            .filter(|place| SHIPPED.get(*place).is_some_and(may_have))
            .find(|place| self.has(*place, letter))
    }

    /// Whether a face has a letter.
    pub(super) fn has(&self, place: usize, letter: char) -> bool {
        self.face(place).is_some_and(|face| face.shaper.glyph_index(letter).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bil_4_every_fall_back_face_is_the_one_whose_hash_is_kept_and_can_be_read() {
        let fallbacks = Fallbacks::new();
        for (place, shipped) in SHIPPED.iter().enumerate() {
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, shipped.bytes);
            assert_eq!(data_encoding::HEXLOWER.encode(hash.as_ref()), shipped.hash, "{}", shipped.name);
            assert!(fallbacks.face(place).is_some(), "{} cannot be read", shipped.name);
            assert!(fallbacks.has(place, if place == 0 { 'ʔ' } else { letter_of(shipped) }), "{}", shipped.name);
        }
    }

    /// A letter from the middle of where its letters are.
    fn letter_of(shipped: &Shipped) -> char {
        let range = &shipped.letters[0];
        let fallbacks = Fallbacks::new();
        let place = SHIPPED.iter().position(|other| other.name == shipped.name).unwrap();
        range.clone().filter_map(char::from_u32).find(|letter| fallbacks.has(place, *letter)).unwrap()
    }
}
