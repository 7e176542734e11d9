//! Numbers in a lab's texts that are worked out rather than typed: `{= 1 / (1 - 0.98)}` shows 50. A text can then not
//! contradict its own arithmetic.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::lab::read::field::Field;
use crate::lab::yaml::node::show;
use crate::script::arithmetic;

/// What begins an expression; it ends with the next `}`.
const BEGIN: &str = "{=";

/// A text with all of its expressions worked out, to six digits; or the first one that cannot be, by its bytes, and why.
pub(in crate::lab) fn worked_out(text: &str) -> Result<String, (Range<usize>, Error)> {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(begin) = text[from..].find(BEGIN).map(|at| at + from) {
        let inside = begin + BEGIN.len();
        let Some(end) = text[inside..].find('}').map(|at| at + inside) else {
            let error = Error::user("`{=` begins an expression, and no `}` ends it");
            return Err((begin..inside, error.help("as in `{= 1 / (1 - 0.98)}`")));
        };
        let value = arithmetic(text[inside..end].trim(), &[]).map_err(|error| (begin..end + 1, error))?;
        out.push_str(&text[from..begin]);
        out.push_str(&short(value));
        from = end + 1;
    }
    out.push_str(&text[from..]);
    Ok(out)
}

/// The text at a field, worked out.
///
/// # Errors
/// It is no text, or an expression in it cannot be worked out: told where that stands.
pub(in crate::lab) fn prose(field: &Field<'_>) -> Result<String> {
    let text = field.text()?;
    worked_out(text).map_err(|(span, error)| {
        // Where the expression stands, if the file has it as the text does.
        let mut place = field.place();
        let within = place.source.text.get(place.span.start..);
        if let Some(at) = within.and_then(|rest| rest.find(&text[span.clone()])) {
            place.span = place.span.start + at..place.span.start + at + span.len();
        }
        error.at(place)
    })
}

/// The text as far as it can be worked out, for lists of labs that nobody has checked yet.
pub fn worked_out_or_raw(text: &str) -> String {
    worked_out(text).unwrap_or_else(|_| text.to_owned())
}

/// Six digits, without zeros at the end: 50 for 49.99999999999996.
fn short(value: f64) -> String {
    show(format!("{value:.5e}").parse().unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_worked_out_where_it_stands() {
        assert_eq!(worked_out("after {= 1 / (1 - 0.98)} steps").unwrap(), "after 50 steps");
        assert_eq!(worked_out("`{= 2 / 19}`, {=0.1**8}").unwrap(), "`0.105263`, 1e-8");
        assert_eq!(worked_out("W = {W}, {beta}").unwrap(), "W = {W}, {beta}");
        let (span, error) = worked_out("so {= 1 / (1 - bta)}").unwrap_err();
        assert_eq!(span, 3..20);
        assert!(error.what().contains("no number `bta`"), "{error}");
        assert!(worked_out("so {= 3").unwrap_err().1.what().contains("no `}` ends it"));
        assert_eq!(worked_out_or_raw("{= 1 +}"), "{= 1 +}");
    }
}
