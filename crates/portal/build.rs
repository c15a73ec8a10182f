//! Gathers templates and texts.

fn main() -> std::io::Result<()> {
    slice_build::gather(&["../messages"])
}
