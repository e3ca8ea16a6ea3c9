//! Tables of what the tests found, in the documentation.

use std::path::Path;

/// Whether this run measures everything and writes it down.
pub(crate) fn is_written() -> bool {
    std::env::var_os("LIGHTCONE_WRITE_TABLE").is_some()
}

/// Puts a table between its marks in `docs/models.md`.
pub(crate) fn write(name: &str, table: &str) {
    let (begin, end) = (format!("<!-- table: {name} begin -->\n"), format!("<!-- table: {name} end -->"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/models.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
}
