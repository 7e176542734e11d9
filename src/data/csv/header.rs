//! The header line: each column is named once, and what is no header of a CSV file is told with what to do.

use std::collections::HashMap;

use super::Table;
use super::cells::{MAX_NAME, SEPARATORS, looks_like_a_number, shown, tidy};
use crate::error::{Error, Result};

impl Table<'_> {
    /// A first line that is a single cell, as the one after it, because of what separates the columns.
    pub(super) fn check_separator(&self) -> Result<()> {
        let [cell] = self.rows.cells.as_slice() else { return Ok(()) };
        let line = &self.source.text[cell.span.clone()];
        let Some(at) = line.find(SEPARATORS).filter(|_| !line.starts_with('"')) else { return Ok(()) };
        let next = self.rows.rest().trim_start_matches(['\r', '\n']).lines().next();
        // A lone column may have one in its name, but then hardly in its cells.
        if next.is_some_and(|next| !next.contains(SEPARATORS)) {
            return Ok(());
        }
        Err(self.separator(cell.span.start + at))
    }

    /// Columns are separated by the character at a byte.
    pub(super) fn separator(&self, at: usize) -> Error {
        let line = self.source.text[at..].lines().next().unwrap_or_default();
        let found = if line.starts_with('\t') { "a tab".to_owned() } else { format!("`{}`", &line[..1]) };
        Error::user(format!("the columns of `{}` are separated by {found}", self.source.name))
            .at(self.span(at, 1))
            .label("a comma is wanted")
            .help("save the table with commas between its columns, as in `x1,x2,y`")
    }

    pub(super) fn read_header(&mut self) -> Result<()> {
        for (column, cell) in self.rows.cells.iter().enumerate() {
            self.on_one_line(cell, "the name of a column is one line")?;
            let name = cell.text(&self.source.text);
            if name.len() > MAX_NAME {
                let what =
                    format!("the name of column {} has {} bytes, but {MAX_NAME} is the most", column + 1, name.len());
                return Err(Error::user(what).at(self.place(column)).help("is this a CSV file with a header line?"));
            }
            self.names.push(tidy(&name));
        }
        let data = "if the first line is data, write `header: false`: the columns are then called `c0`, `c1`, ...";
        let numbers = self.names.iter().filter(|name| looks_like_a_number(name)).count();
        if numbers == self.names.len() {
            return Err(Error::user(format!(
                "`{}` has no header line: its first line is made of numbers",
                self.source.name
            ))
            .at(self.place(0))
            .label("this is a number")
            .help(data)
            .help("else add a line above it that names the columns, as in `x1,x2,y`"));
        }
        let helped = |error: Error| if numbers > 0 { error.help(data) } else { error };
        let mut seen = HashMap::new();
        for (column, name) in self.names.iter().enumerate() {
            if name.is_empty() {
                let error = Error::user(format!("column {} has no name", column + 1)).at(self.place(column));
                return Err(helped(error.help("each column is named in the header line, once")));
            }
            if let Some(first) = seen.insert(name, column) {
                return Err(helped(
                    Error::user(format!("two columns are named `{}`", shown(name)))
                        .at(self.place(column))
                        .label(format!("column {} has this name already", first + 1)),
                ));
            }
        }
        Ok(())
    }
}
