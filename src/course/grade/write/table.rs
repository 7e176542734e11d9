//! Tables of comma-separated values: read with their lines, and written so that a spreadsheet takes no field for a formula.

use std::path::Path;

use crate::error::{Error, Result, scrub_line, text_of};
use crate::lab::files::read_bounded;

/// The largest table that is read, in bytes.
const LIMIT: u64 = 16 << 20;

/// A table that was read.
#[derive(Debug)]
pub struct Table {
    name: String,
    /// In order.
    pub rows: Vec<Row>,
}

/// A row of it.
#[derive(Debug)]
pub struct Row {
    /// Its line in the file.
    pub line: u64,
    /// By the names of their columns.
    pub fields: Vec<(String, String)>,
}

impl Row {
    /// A field, without blanks around it; empty if it is not there.
    pub fn get(&self, column: &str) -> &str {
        self.fields.iter().find(|(name, _)| name == column).map_or("", |(_, field)| field.trim())
    }
}

impl Table {
    /// An error that points to a row.
    pub fn error(&self, row: &Row, what: &str) -> Error {
        Error::user(format!("{}:{}: {what}", self.name, row.line))
    }
}

/// Reads a table that has these columns, and maybe others. Separators may be `;`, as some spreadsheets write them.
///
/// # Errors
/// It cannot be read, or a column is missing.
pub fn read(path: &Path, columns: &[&str]) -> Result<Table> {
    let name = path.display().to_string();
    let text = read_bounded(&name, LIMIT).and_then(|bytes| text_of(&name, bytes))?;
    let head = text.lines().next().unwrap_or_default();
    let separator = if !head.contains(',') && head.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let wrong = |error: &csv::Error| Error::user(format!("`{name}` cannot be read as a table: {error}"));
    let head: Vec<String> = match reader.headers() {
        Ok(head) => head.iter().map(|name| name.trim().to_lowercase()).collect(),
        Err(error) => return Err(wrong(&error)),
    };
    if let Some(missing) = columns.iter().find(|column| !head.iter().any(|name| name == *column)) {
        let error = Error::user(format!("`{name}` has no column `{missing}`"));
        return Err(error.help(format!("its first line must name the columns: {}", columns.join(","))));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let fields = head.iter().cloned().zip(record.iter().map(|field| plain(field).to_owned())).collect();
        if record.iter().any(|field| !field.trim().is_empty()) {
            rows.push(Row { line, fields });
        }
    }
    Ok(Table { name, rows })
}

/// Rows as a table.
///
/// # Errors
/// It cannot be written, which would be a fault.
pub fn written<R: AsRef<[String]>>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>> {
    let fault = |error: &dyn std::fmt::Display| Error::fault(format!("a table cannot be written: {error}"));
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.as_ref().iter().map(|field| harmless(field))).map_err(|error| fault(&error))?;
    }
    writer.into_inner().map_err(|error| fault(&error))
}

/// A field that a spreadsheet takes for a text: one that begins as a formula does gets an apostrophe in front, as people
/// write it there by hand.
fn harmless(field: &str) -> String {
    let field = field.replace(['\r', '\t'], " ");
    let lines: Vec<String> = field.split('\n').map(scrub_line).collect();
    let field = lines.join("\n");
    let is_number = field.parse::<f64>().is_ok_and(f64::is_finite) && !field.starts_with('+');
    if field.starts_with(['=', '+', '-', '@']) && !is_number { format!("'{field}") } else { field }
}

/// A field as it was before [`harmless`].
fn plain(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_it_was_written_and_no_field_is_a_formula() {
        let rows = [
            ["id", "name"],
            ["1", "=HYPERLINK(\"http://x\")"],
            ["2", "Silva, \"Ana\"\nMaria"],
            ["3", "@sum\t+1"],
            ["-4", "+1"],
        ];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|field| (*field).to_owned()).collect()).collect();
        let bytes = written(&rows).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\")\"") && text.contains("'@sum +1"), "{text}");
        assert!(text.contains("\n-4,'+1"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, bytes).unwrap();
        let table = read(&path, &["id", "name"]).unwrap();
        assert_eq!(table.rows[0].get("name"), "=HYPERLINK(\"http://x\")");
        assert_eq!((table.rows[1].get("name"), table.rows[2].line), ("Silva, \"Ana\"\nMaria", 5));
        assert!(read(&path, &["id", "points"]).unwrap_err().what().contains("no column `points`"));
    }

    #[test]
    fn a_table_of_a_spreadsheet_with_semicolons_and_a_mark_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "\u{feff}ID;Name\r\n7;José\r\n;\r\n").unwrap();
        let table = read(&path, &["id", "name"]).unwrap();
        assert_eq!(table.rows.len(), 1);
        assert_eq!((table.rows[0].get("id"), table.rows[0].get("name")), ("7", "José"));
    }
}
