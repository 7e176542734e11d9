//! An error as rustc draws it, in lines that fit a width. The sentence and the help are wrapped; lines of the user's
//! file are cut instead, so that what is underlined stays under it. Code is told apart, but in lines of the file.

use crate::error::Error;
use crate::ui::canvas::markdown::{self, Row};
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};

/// The lines, with their roles.
pub fn lines(error: &Error, columns: usize, look: Look) -> Vec<Row> {
    let drawn = error.render(false);
    let mut lines = Vec::new();
    for line in drawn.lines() {
        let sentence = line.starts_with("error");
        let role = if sentence { Role::Strong } else { Role::Text };
        if sentence || line.trim_start().starts_with("= ") {
            lines.extend(markdown::words(line, role, columns));
        } else if line.trim_start().starts_with('|') {
            // What is said below a line of the file, and no line itself.
            lines.push(markdown::line(line, role, columns, look.ellipsis()));
        } else {
            lines.push(vec![(text::cut(line, columns, look.ellipsis()), role)]);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Place, Source};
    use crate::ui::look::theme::Theme;

    #[test]
    fn what_is_underlined_stays_under_it() {
        let source = Source::new("a.rhai", "fn f() {\n    let a = state.vv + a_rather_long_name;\n}\n");
        let error =
            Error::user("`state` has no value `vv`").at(Place::token(&source, 2, 19)).help("it has v and s, both");
        let look = Look { theme: Theme::Mono, unicode: true };
        let text = |row: Row| row.into_iter().map(|(span, _)| span).collect::<String>();
        let drawn: Vec<String> = lines(&error, 30, look).into_iter().map(text).collect();
        insta::assert_snapshot!(drawn.join("\n"));
    }
}
