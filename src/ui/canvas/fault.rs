//! An error as rustc draws it, in lines that fit a width. The sentence and the help are wrapped; lines of the user's
//! file are cut instead, so that what is underlined stays under it.

use crate::error::Error;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};

/// The lines and their roles.
pub fn lines(error: &Error, columns: usize, look: Look) -> Vec<(String, Role)> {
    let drawn = error.render(false);
    let mut lines = Vec::new();
    for line in drawn.lines() {
        let sentence = line.starts_with("error");
        let role = if sentence { Role::Strong } else { Role::Text };
        if sentence || line.trim_start().starts_with("= ") {
            lines.extend(text::wrap(line, columns).into_iter().map(|line| (line, role)));
        } else {
            lines.push((text::cut(line, columns, look.ellipsis()), role));
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
        let drawn: Vec<String> = lines(&error, 30, look).into_iter().map(|(line, _)| line).collect();
        insta::assert_snapshot!(drawn.join("\n"));
    }
}
