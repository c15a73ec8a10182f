//! For build scripts: gathers a crate's templates and texts from its folders, so that nobody lists them by hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Writes `slice.rs`, a `Slice` of all that stands in `templates/*.html` and `locales/*.{fr,en}.ftl` of this crate and of the folders
/// `beside` it, into the build's own folder:
///
/// ```ignore
/// pub const SLICE: web::Slice = include!(concat!(env!("OUT_DIR"), "/slice.rs"));
/// ```
///
/// # Errors
/// When a folder cannot be read, or the file not written.
#[expect(clippy::print_stdout, reason = "the way in which a build script speaks to cargo")]
pub fn gather(beside: &[&str]) -> io::Result<()> {
    let variable =
        |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("{name} is not set")));
    let own = variable("CARGO_MANIFEST_DIR")?;
    let folders: Vec<PathBuf> =
        std::iter::once(own.clone()).chain(beside.iter().map(|folder| own.join(folder))).collect();
    for folder in folders.iter().flat_map(|folder| [folder.join("templates"), folder.join("locales")]) {
        println!("cargo:rerun-if-changed={}", folder.display());
    }
    let mut slice = "web::Slice {\n    templates: &[\n".to_owned();
    for path in files(&folders, "templates", ".html")? {
        let name = path.file_name().unwrap_or_default();
        let _ = writeln!(slice, "        ({name:?}, include_str!({path:?})),");
    }
    for language in ["fr", "en"] {
        let _ = writeln!(slice, "    ],\n    {language}: &[");
        for path in files(&folders, "locales", &format!("{language}.ftl"))? {
            let _ = writeln!(slice, "        include_str!({path:?}),");
        }
    }
    slice.push_str("    ],\n}\n");
    fs::write(variable("OUT_DIR")?.join("slice.rs"), slice)
}

/// The files of a kind in a part of these folders, by folder and name.
fn files(folders: &[PathBuf], part: &str, end: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in folders {
        let mut own = Vec::new();
        for entry in fs::read_dir(folder.join(part))? {
            own.extend(Some(entry?.path()).filter(|path| is_named(path, end)));
        }
        own.sort();
        found.extend(own);
    }
    Ok(found)
}

fn is_named(path: &Path, end: &str) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(end))
}
