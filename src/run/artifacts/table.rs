//! A table of a run on its way to the disk: rows come into memory and go to the file in blocks of whole rows. What the
//! disk does not take stays in memory for the next try, so that a row is in the file whole or not at all and none is
//! missing once writing works again. Who tries when, and who is told, is not its business.
//!
//! Cells are numbers and plain names (letters, digits, `_` and points), so that nothing is ever quoted.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// So much is handed to the system at once.
const BLOCK: usize = 1 << 16;
/// Rows that cannot be written fill no more memory than this; further ones are dropped and counted.
const MOST: usize = 1 << 26;
/// So many rows may be dropped before the disk is tried again.
const DROPPED: u64 = 1 << 12;

/// A table.
pub(super) struct Table {
    pub name: &'static str,
    path: PathBuf,
    /// None before it could be made.
    file: Option<File>,
    /// Bytes of whole rows in the file.
    written: u64,
    /// There may be more in the file, or the next byte would be written elsewhere.
    astray: bool,
    /// Rows that are not in the file yet; the last one may still be unfinished.
    rows: Vec<u8>,
    /// Where the last row begins, and the cells that it has so far.
    row: usize,
    cells: usize,
    /// The disk is tried when there are so many bytes.
    due: usize,
    /// The column that tells a row's step.
    step: usize,
    most: usize,
    /// Rows that were dropped, and the step of the first of them.
    dropped: (u64, u64),
}

impl Table {
    /// A table with its line of names and the column that tells a row's step. Nothing is written yet.
    pub fn new<'n>(name: &'static str, path: PathBuf, names: impl IntoIterator<Item = &'n str>, step: usize) -> Self {
        let mut table = Self {
            name,
            path,
            file: None,
            written: 0,
            astray: false,
            rows: Vec::with_capacity(BLOCK + (1 << 12)),
            row: 0,
            cells: 0,
            due: BLOCK,
            step,
            most: MOST,
            dropped: (0, 0),
        };
        names.into_iter().for_each(|name| table.word(name));
        table.end_row();
        table
    }

    /// The next cell of the row: a name.
    pub fn word(&mut self, text: &str) {
        self.begin_cell();
        self.rows.extend_from_slice(text.as_bytes());
    }

    /// The next cell of the row: a number that reads back to the same bits, whole ones without a point; nothing for what
    /// is not there.
    pub fn number(&mut self, value: Option<f64>) {
        self.begin_cell();
        push_number(&mut self.rows, value);
    }

    fn begin_cell(&mut self) {
        if self.cells > 0 {
            self.rows.push(b',');
        }
        self.cells += 1;
    }

    /// The row is whole. Tells whether it is time to write.
    pub fn end_row(&mut self) -> bool {
        self.rows.push(b'\n');
        self.cells = 0;
        if self.rows.len() > self.most {
            if self.dropped.0 == 0 {
                let row = String::from_utf8_lossy(&self.rows[self.row..]);
                self.dropped.1 = step_of(&row, self.step).unwrap_or_default();
            }
            self.dropped.0 += 1;
            self.rows.truncate(self.row);
            return self.dropped.0.is_multiple_of(DROPPED);
        }
        self.row = self.rows.len();
        self.row >= self.due
    }

    /// Rows that were dropped, since there was no room for them for long.
    pub fn dropped(&self) -> u64 {
        self.dropped.0
    }

    /// Hands all rows to the system.
    ///
    /// # Errors
    /// Not all were taken; the others are kept, and so much more has to come before it is due again.
    pub fn flush(&mut self) -> io::Result<()> {
        let done = self.write();
        self.due = self.rows.len() + BLOCK;
        done
    }

    /// Hands all rows to the system, and waits until they are on the disk, where some file systems find out only that there
    /// is no room.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }

    fn write(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            // Only what was not there: it is then no link, and nobody else's.
            self.file = Some(File::options().read(true).write(true).create_new(true).open(&self.path)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        if self.astray {
            file.set_len(self.written)?;
            file.seek(SeekFrom::Start(self.written))?;
            self.astray = false;
        }
        let (taken, done) = write_some(file, &self.rows);
        // A part of a row is taken back, also where a file system has taken more than it says.
        let whole = self.rows[..taken].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.written += whole as u64;
        self.rows.drain(..whole);
        self.row = self.rows.len();
        if self.rows.is_empty() && self.rows.capacity() > 4 * BLOCK {
            self.rows.shrink_to(BLOCK);
        }
        if done.is_err() {
            self.astray = true;
            // Where this fails the next try does it.
            drop(file.set_len(self.written));
        }
        done
    }

    /// Takes the rows of all steps after this one out of the table.
    ///
    /// # Errors
    /// What is in the file cannot be read. The table is not to be used any more.
    pub fn cut(&mut self, step: u64) -> io::Result<()> {
        let in_memory = rows_up_to(self.rows.as_slice(), self.step, step)?;
        self.rows.truncate(in_memory as usize);
        if let (Some(file), 0) = (&mut self.file, in_memory) {
            file.seek(SeekFrom::Start(0))?;
            let end = rows_up_to(BufReader::new(file.take(self.written)), self.step, step)?;
            (self.written, self.astray) = (end, true);
            drop(file.set_len(end));
        }
        self.row = self.rows.len();
        if step < self.dropped.1 {
            self.dropped = (0, 0);
        }
        Ok(())
    }
}

/// Writes as much as is taken.
fn write_some(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut taken = 0;
    while taken < bytes.len() {
        match file.write(&bytes[taken..]) {
            Ok(0) => return (taken, Err(ErrorKind::WriteZero.into())),
            Ok(more) => taken += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (taken, Err(error)),
        }
    }
    (taken, Ok(()))
}

/// Bytes of the rows up to a step. They are in the order of the steps, so that the first one after it ends them.
fn rows_up_to(mut rows: impl BufRead, column: usize, step: u64) -> io::Result<u64> {
    let (mut line, mut end) = (String::new(), 0);
    loop {
        line.clear();
        let read = rows.read_line(&mut line)?;
        if read == 0 || step_of(&line, column).is_some_and(|of| of > step) {
            return Ok(end);
        }
        end += read as u64;
    }
}

/// The step of a row; none of the line of names.
fn step_of(row: &str, column: usize) -> Option<u64> {
    row.trim_end().split(',').nth(column).and_then(|cell| cell.parse().ok())
}

fn push_number(bytes: &mut Vec<u8>, value: Option<f64>) {
    // Writing to memory cannot fail.
    let _ = match value {
        None => Ok(()),
        Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 && (whole != 0.0 || whole.is_sign_positive()) => {
            write!(bytes, "{}", whole as i64)
        }
        Some(value) => write!(bytes, "{value:?}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn table(path: PathBuf) -> Table {
        Table::new("steps.csv", path, ["step", "loss"], 0)
    }

    fn row(table: &mut Table, step: u64) -> bool {
        table.number(Some(step as f64));
        table.number(Some(0.5));
        table.end_row()
    }

    fn steps(text: &str) -> Vec<u64> {
        assert!(text.starts_with("step,loss\n") && text.ends_with('\n'), "{text}");
        text.lines().skip(1).map(|row| row.strip_suffix(",0.5").unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn numbers_read_back_to_the_same_bits() {
        for value in [0.1, 1e-300, -0.0, 3.0, f64::MAX, f64::MIN_POSITIVE, 1.0 / 3.0, 123_456_789.0] {
            let mut text = Vec::new();
            push_number(&mut text, Some(value));
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
        }
    }

    #[test]
    fn what_the_disk_does_not_take_is_kept_until_it_does() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("gone");
        let mut table = table(inside.join("steps.csv"));
        let mut tried = 0;
        for step in 1..=50_000 {
            if row(&mut table, step) {
                assert!(table.flush().is_err());
                tried += 1;
            }
        }
        // Not at every row once there is a block.
        assert!((4..12).contains(&tried), "{tried}");
        fs::create_dir(&inside).unwrap();
        table.sync().unwrap();
        assert_eq!(steps(&fs::read_to_string(inside.join("steps.csv")).unwrap()), (1..=50_000).collect::<Vec<_>>());
        assert_eq!(table.dropped(), 0);
    }

    #[test]
    fn rows_that_do_not_fit_into_memory_are_dropped_whole_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = table(folder.path().join("gone/steps.csv"));
        table.most = 100;
        for step in 1..=40 {
            row(&mut table, step);
        }
        let kept = 40 - table.dropped();
        fs::create_dir(folder.path().join("gone")).unwrap();
        table.flush().unwrap();
        row(&mut table, 41);
        table.flush().unwrap();
        let rows = steps(&fs::read_to_string(folder.path().join("gone/steps.csv")).unwrap());
        assert_eq!(rows, (1..=kept).chain([41]).collect::<Vec<_>>());
        assert!(table.dropped() > 20);
        table.cut(3).unwrap();
        assert_eq!(table.dropped(), 0, "what was dropped was cut");
    }

    #[test]
    fn rows_are_cut_in_the_file_and_in_memory() {
        for (flushed, cut) in [(0, 7), (10, 7), (5, 7), (5, 3), (5, 5), (10, 10), (5, 0)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("steps.csv");
            let mut table = table(path.clone());
            for step in 1..=10 {
                row(&mut table, step);
                if step == flushed {
                    table.flush().unwrap();
                }
            }
            table.cut(cut).unwrap();
            row(&mut table, 99);
            table.flush().unwrap();
            let expected: Vec<u64> = (1..=cut).chain([99]).collect();
            assert_eq!(steps(&fs::read_to_string(path).unwrap()), expected, "{flushed} flushed, cut at {cut}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_table_is_never_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join("steps.csv")).unwrap();
        let mut table = table(folder.path().join("steps.csv"));
        assert_eq!(table.flush().unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(victim).unwrap(), b"precious");
    }
}
