//! What is told of tasks of which something has come, in the row of the hints: in one row, where the Guide has the rest.

use crate::snapshot::{TaskSeen, TaskState};
use crate::ui::app::lab_screen::Notice;
use crate::ui::canvas::text;
use crate::ui::panes::{points, points_of};

/// A sentence, and what stays of it where there is one row for all that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    long: String,
    short: String,
    /// It is of a task that is solved now.
    pub solves: bool,
}

impl Told {
    pub fn of(long: &str, short: &str) -> Self {
        Self { long: long.to_owned(), short: short.to_owned(), solves: false }
    }

    /// With the number of its task before it.
    pub fn of_task(self, number: usize) -> Self {
        let [long, short] = [self.long, self.short].map(|words| format!("task {number}: {words}"));
        Self { long, short, ..self }
    }
}

/// Several sentences in one, of which only the last may end with a full stop. Where they need more than `columns`, if that is
/// said, what stays of each.
pub(super) fn joined(told: &[Told], columns: Option<usize>) -> Notice {
    let all = |of: &dyn Fn(&Told) -> String| {
        let (last, before) = told.split_last()?;
        let before = before.iter().map(|told| format!("{}; ", of(told).trim_end_matches('.')));
        Some(before.chain([of(last)]).collect::<String>())
    };
    let long = all(&|told| told.long.clone())?;
    let Some(columns) = columns else { return Some(long) };
    let short = all(&|told| told.short.clone())?;
    // That something is left out is said where there is room for it.
    let rest = format!("{short}; the Guide says more");
    text::longest([long.clone(), rest, short], columns).or(Some(long))
}

/// What is said of a task of which something has come.
pub(super) fn verdict_of(before: &TaskSeen, now: &TaskSeen) -> Option<Told> {
    let message = now.verdict.as_ref().map_or("", |verdict| verdict.message.as_str());
    if before.state != now.state {
        return Some(match now.state {
            TaskState::Solved => {
                let said = format!("solved, {}", points_of(now.got, now.points));
                Told { solves: true, ..Told::of(&said, &said) }
            }
            TaskState::GivenUp => Told::of("given up; the Guide shows the answer", "given up"),
            TaskState::Recorded => Told::of(&format!("answered. {message}"), "answered"),
            TaskState::Open => Told::of("open again", "open again"),
        });
    }
    let judged = now.verdict.is_some() && (now.tries != before.tries || now.verdict != before.verdict);
    let more = if now.got > before.got { format!(" ({} so far)", points(now.got)) } else { String::new() };
    let said = after_a_colon(message);
    let long = format!("{said}{more}");
    let short = format!("{}{more}", begun(&said));
    judged.then(|| Told::of(&long, &short))
}

/// A sentence as far as it says what is the matter: not why, nor what to do.
fn begun(sentence: &str) -> &str {
    let ends = [": ", "; ", ". ", ", "].iter().flat_map(|mark| sentence.match_indices(mark)).map(|(end, _)| end);
    // A mark within what is quoted ends nothing.
    let is_outside = |end: &usize| sentence[..*end].matches('`').count().is_multiple_of(2);
    ends.filter(is_outside).min().map_or(sentence, |end| &sentence[..end])
}

/// A sentence that goes on behind a colon begins with a small letter, but for a name or a symbol.
fn after_a_colon(sentence: &str) -> String {
    let first = sentence.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_word = first.chars().skip(1).all(char::is_lowercase) && (first == "A" || first.chars().count() > 1);
    let mut chars = sentence.chars();
    match chars.next() {
        Some(c) if is_word => c.to_lowercase().chain(chars).collect(),
        _ => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_a_colon_a_sentence_begins_small_but_for_names_and_symbols() {
        let told = ["Line 20 is not it.", "A run does.", "W1 is", "Adam", "`lr` is", ""].map(after_a_colon);
        assert_eq!(told, ["line 20 is not it.", "a run does.", "W1 is", "adam", "`lr` is", ""]);
    }

    #[test]
    fn what_is_told_of_tasks_takes_one_row_where_the_guide_has_the_rest() {
        let cannot = "this cannot be worked out: expected a number at column 1, found `?:(`";
        let told = [Told::of(cannot, begun(cannot)).of_task(1)];
        let long = format!("task 1: {cannot}");
        assert_eq!(joined(&told, None).unwrap(), long);
        assert_eq!(joined(&told, Some(90)).unwrap(), long);
        assert_eq!(joined(&told, Some(58)).unwrap(), "task 1: this cannot be worked out; the Guide says more");
        assert_eq!(joined(&told, Some(40)).unwrap(), "task 1: this cannot be worked out");
        let solved = Told { solves: true, ..Told::of("solved, 1 of 1 point", "solved, 1 of 1 point") };
        let done = Told::of("all tasks are done: n shows what was learnt", "n shows what was learnt");
        let told = [solved.of_task(4), done];
        let all = "task 4: solved, 1 of 1 point; all tasks are done: n shows what was learnt";
        assert_eq!(joined(&told, Some(78)).unwrap(), all);
        assert_eq!(joined(&told, Some(58)).unwrap(), "task 4: solved, 1 of 1 point; n shows what was learnt");
        assert_eq!(joined(&[], Some(58)), None);
    }

    #[test]
    fn what_stays_of_a_sentence_is_what_is_the_matter_and_no_quotation_is_parted() {
        assert_eq!(begun("`a: b` is no number: type one"), "`a: b` is no number");
        assert_eq!(begun("1 of 2 cases is right."), "1 of 2 cases is right.");
    }
}
