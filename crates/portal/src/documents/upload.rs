//! Files that come with a form, read as they arrive: no more of one is kept in memory than a file may have, no more of all that come
//! at once than this program spares for it, and no more than two forms at a time from one network address. All of it is counted
//! before anything is read; a body that stops coming is let go by the server (`guichet/src/listen.rs`).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use tokio::sync::{Semaphore, SemaphorePermit};
use web::{Form, Refusal};
use zeroize::Zeroizing;

use super::kinds::FileKind;

/// Files in one request.
pub(crate) const MOST_FILES: usize = 4;
/// Bytes of all texts of the form together.
const LARGEST_TEXTS: usize = 32 * 1024;
const MOST_TEXTS: usize = 32;
/// Bytes of the largest request: its files, its texts, and what stands between.
pub(crate) const LARGEST_UPLOAD: usize = MOST_FILES * vault::LARGEST_FILE + 128 * 1024;
/// An upload that takes longer holds memory for nothing.
const READ_WITHIN: Duration = Duration::from_secs(15 * 60);

/// Memory is spared in steps of so many bytes.
const STEP: usize = 64 * 1024;
/// What all uploads of this node hold together at most: 128 MB. What did not arrive yet holds nothing.
static SPARED: Semaphore = Semaphore::const_new(2048);

/// Forms with files that one network address may send at a time.
const MOST_AT_ONCE: u8 = 2;
/// How many each address sends now.
static SENDING: LazyLock<Mutex<HashMap<IpAddr, u8>>> = LazyLock::new(Mutex::default);

/// Leave to send a form with files, until it is dropped.
pub(crate) struct Sending(IpAddr);

impl Sending {
    /// Counts one more, before it is read.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] where two are under way from there.
    pub(crate) fn begin(from: IpAddr) -> Result<Self, Refusal> {
        let mut sending = SENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let count = sending.entry(from).or_default();
        if *count >= MOST_AT_ONCE {
            return Err(Refusal::TooMany { retry_after_seconds: 30 });
        }
        *count += 1;
        Ok(Self(from))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let mut sending = SENDING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = sending.get_mut(&self.0) {
            *count -= 1;
            if *count == 0 {
                sending.remove(&self.0);
            }
        }
    }
}

/// Whether what comes is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Files {
    Keep,
    /// Texts alone: the form comes back with them.
    PassOver,
}

/// A file that is what it may be.
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) kind: FileKind,
    pub(crate) content: Zeroizing<Vec<u8>>,
}

/// What is wrong with the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileProblem {
    TooMany,
    TooLarge,
    Empty,
    WrongKind,
}

impl FileProblem {
    /// The part of the texts' keys that names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TooMany => "too-many",
            Self::TooLarge => "too-large",
            Self::Empty => "empty",
            Self::WrongKind => "wrong-kind",
        }
    }
}

/// A form with files.
#[derive(Default)]
pub(crate) struct Uploaded {
    pub(crate) form: Form,
    pub(crate) files: Vec<Upload>,
    /// The first problem, with the name of the file as the person's device has it.
    pub(crate) problem: Option<(FileProblem, String)>,
    spared: Vec<SemaphorePermit<'static>>,
    /// Until all of it is done with.
    #[expect(dead_code, reason = "held until it is dropped")]
    sending: Option<Sending>,
}

/// Memory for a part that has come. None is waited for: whoever waits holds what came before.
fn spare(uploaded: &mut Uploaded, from: usize, to: usize) -> Result<(), Refusal> {
    let more = to.div_ceil(STEP) - from.div_ceil(STEP);
    if more > 0 {
        let permits = u32::try_from(more).map_err(|_| Refusal::TooLarge)?;
        uploaded.spared.push(SPARED.try_acquire_many(permits).map_err(|_| Refusal::Unavailable)?);
    }
    Ok(())
}

/// Reads a form with files, for who has leave to send it.
///
/// # Errors
/// [`Refusal::BadRequest`] and [`Refusal::TooLarge`] for what no form of ours sends; [`Refusal::Unavailable`] where too much is
/// being uploaded at once, or one upload takes too long.
pub(crate) async fn read(sending: Sending, parts: Multipart, files: Files) -> Result<Uploaded, Refusal> {
    let uploaded = tokio::time::timeout(READ_WITHIN, read_all(parts, files)).await.map_err(|_| Refusal::Unavailable)?;
    Ok(Uploaded { sending: Some(sending), ..uploaded? })
}

async fn read_all(mut parts: Multipart, files: Files) -> Result<Uploaded, Refusal> {
    let mut uploaded = Uploaded::default();
    let (mut pairs, mut room) = (Vec::new(), LARGEST_TEXTS);
    while let Some(mut field) = parts.next_field().await.map_err(unread)? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(_) if files == Files::PassOver => while field.chunk().await.map_err(unread)?.is_some() {},
            Some(file) => read_file(&mut uploaded, &mut field, file).await?,
            None => {
                let mut text = Vec::new();
                while let Some(bytes) = field.chunk().await.map_err(unread)? {
                    room = room.checked_sub(bytes.len()).ok_or(Refusal::TooLarge)?;
                    text.extend_from_slice(&bytes);
                }
                if pairs.len() >= MOST_TEXTS || name.len() > 64 {
                    return Err(Refusal::BadRequest);
                }
                // Line ends are as browsers send them, in whatever form the form is posted.
                pairs.push((name, String::from_utf8(text).map_err(|_| Refusal::BadRequest)?));
            }
        }
    }
    uploaded.form = Form::of_pairs(pairs)?;
    Ok(uploaded)
}

/// Reads a file, and reads on without keeping anything once it is known that it is not taken: the answer would not be heard
/// before the browser has sent everything.
async fn read_file(uploaded: &mut Uploaded, field: &mut Field<'_>, file: String) -> Result<(), Refusal> {
    let name = shown_name(&file);
    let mut content = Zeroizing::new(Vec::new());
    let mut problem = (uploaded.files.len() >= MOST_FILES).then_some(FileProblem::TooMany);
    while let Some(bytes) = field.chunk().await.map_err(unread)? {
        if problem.is_some() || uploaded.problem.is_some() {
            continue;
        }
        if content.len() + bytes.len() > vault::LARGEST_FILE {
            problem = Some(FileProblem::TooLarge);
            content = Zeroizing::new(Vec::new());
            continue;
        }
        spare(uploaded, content.len(), content.len() + bytes.len())?;
        content.extend_from_slice(&bytes);
    }
    // A field in which no file was chosen.
    if file.is_empty() && content.is_empty() && problem != Some(FileProblem::TooLarge) {
        return Ok(());
    }
    if uploaded.problem.is_some() {
        return Ok(());
    }
    if problem.is_none() && content.is_empty() {
        problem = Some(FileProblem::Empty);
    }
    match problem.map_or_else(|| FileKind::of(&content).ok_or(FileProblem::WrongKind), Err) {
        Ok(kind) => uploaded.files.push(Upload { name, kind, content }),
        Err(problem) => uploaded.problem = Some((problem, name)),
    }
    Ok(())
}

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 100;

/// The last part of a file's name, without signs that are none.
fn shown_name(file: &str) -> String {
    let last = file.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control() && !is_invisible(*c)).take(LONGEST_NAME).collect()
}

/// Signs that turn the direction of writing around make “exe.pdf” of “fdp.exe”.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn unread(error: axum::extract::multipart::MultipartError) -> Refusal {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE { Refusal::TooLarge } else { Refusal::BadRequest }
}

#[cfg(test)]
mod tests {
    use super::shown_name;

    #[test]
    fn sec_5_a_files_name_is_shown_and_nothing_else() {
        assert_eq!(shown_name("../../etc/passwd"), "passwd");
        assert_eq!(shown_name("C:\\Users\\Ève\\permis.pdf"), "permis.pdf");
        assert_eq!(shown_name("a\r\nset-cookie: x\u{202e}fdp.exe"), "aset-cookie: xfdp.exe");
        assert_eq!(shown_name(&"é".repeat(300)).chars().count(), 100);
    }
}
