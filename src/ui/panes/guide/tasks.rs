//! The page of the current task: what is asked, what came of it, its hints, and the keys that go on; after the last one what
//! was learnt, and the next lab. It judges nothing.

use std::ops::Range;

use crate::error::scrub;
use crate::snapshot::{Asks, Outcome, TaskSeen, TaskState, Verdict};
use crate::ui::canvas::markdown::{self, Row};
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};
use crate::ui::panes::pane::View;
use crate::ui::panes::tasked::{News, Tasked, points, points_of};

/// The rows of a task that scroll, and those of what has happened to it last.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub rows: Vec<Row>,
    pub newest: Range<usize>,
}

/// The title of the pane, and what is told at its right.
pub(super) fn heading(tasked: Tasked<'_>, view: &View<'_>) -> (String, String) {
    let all = tasked.seen.tasks.len();
    let dot = view.look.dot();
    let Some(task) = tasked.task() else {
        let (got, of) = tasked.seen.points();
        return (format!("Guide {dot} {}", all_done(all)), points_of(got, of));
    };
    let left = format!("Guide {dot} task {} of {all}", tasked.current + 1);
    let worth = worth(task);
    let kind = task.kind;
    let right = if tasked.holds(view.snapshot) {
        format!("{kind} before the run {dot} {worth}\n{kind} {dot} {worth}\n{kind}")
    } else {
        format!("{kind} {dot} {worth}\n{kind}")
    };
    (left, right)
}

/// `1 point` of one that is open, `1 of 1 point` of one that brought something or will bring no more.
fn worth(task: &TaskSeen) -> String {
    let open = matches!(task.state, TaskState::Open | TaskState::Recorded);
    if open && task.got == 0.0 { points(task.points) } else { points_of(task.got, task.points) }
}

fn all_done(all: usize) -> String {
    if all == 1 { "the task is done".into() } else { format!("all {all} tasks are done") }
}

/// The current task in a sentence.
pub(super) fn describe(tasked: Tasked<'_>) -> String {
    let (got, of) = tasked.seen.points();
    let sum = points_of(got, of);
    let all = tasked.seen.tasks.len();
    let later = tasked.seen.told_later().map_or_else(String::new, |later| format!("; {later}"));
    let Some(task) = tasked.task() else { return format!("Guide: {}, with {sum}{later}.", all_done(all)) };
    let verdict = task.verdict.as_ref().map(|verdict| format!("; {}", verdict.message.trim_end_matches('.')));
    let (number, state) = (tasked.current + 1, task.state.word());
    let verdict = verdict.unwrap_or_default();
    format!("Guide: task {number} of {all}, a {}, {state}{verdict}. {sum} so far.", task.kind)
}

/// How a task stands in the row of all: its number and its sign, and what is between it and the next one.
type Form = (fn(usize, char) -> String, &'static str);

/// All tasks in a row, each with a sign of how it stands, the current one marked; and the points.
pub(super) fn progress(tasked: Tasked<'_>, columns: usize, look: Look) -> Row {
    let sign = |(at, task): (usize, &TaskSeen)| match task.state {
        TaskState::Solved => look.pick('✓', '+'),
        TaskState::GivenUp => look.pick('✗', 'x'),
        TaskState::Recorded => look.pick('○', 'o'),
        TaskState::Open if at == tasked.current => look.pick('●', '*'),
        TaskState::Open => look.pick('·', '.'),
    };
    let signs: Vec<char> = tasked.seen.tasks.iter().enumerate().map(sign).collect();
    let (got, of) = tasked.seen.points();
    let sum = points_of(got, of);
    // The widest form that leaves room for the points; where there is none the signs alone, which are never cut.
    let forms: [Form; 3] = [
        (|number, sign| format!(" {number} {sign} "), " "),
        (|number, sign| format!("{number} {sign}"), "  "),
        (|number, sign| format!("{number}{sign}"), " "),
    ];
    let wide = |(label, gap): &Form| {
        let labels: usize = signs.iter().enumerate().map(|(at, sign)| text::width(&label(at + 1, *sign))).sum();
        labels + gap.len() * signs.len().saturating_sub(1)
    };
    let fits = |form: &&Form| wide(form) + 2 + text::width(&sum) <= columns;
    let (label, between) = forms.iter().find(fits).unwrap_or(&forms[2]);
    let mut row = Row::new();
    let mut used = 0;
    for (at, sign) in signs.iter().enumerate() {
        let label = label(at + 1, *sign);
        let role = match tasked.seen.tasks[at].state {
            _ if at == tasked.current => Role::Selected,
            TaskState::Solved => Role::Good,
            TaskState::GivenUp => Role::Warn,
            _ => Role::Dim,
        };
        let gap = if at == 0 { "" } else { between };
        used += text::width(&label) + gap.len();
        row.push((gap.to_owned(), Role::Text));
        row.push((label, role));
    }
    let left = columns.saturating_sub(used + text::width(&sum));
    if left >= 2 {
        row.push((" ".repeat(left), Role::Text));
        row.push((sum, Role::Text));
    }
    row.retain(|(words, _)| !words.is_empty());
    row
}

/// What the keys do with the current task, as many as there is room for.
pub(super) fn keys(tasked: Tasked<'_>, columns: usize, look: Look) -> Row {
    let mut row = Row::new();
    let mut used = 0;
    for (key, words) in offers(tasked) {
        let gap = if row.is_empty() { String::new() } else { format!(" {} ", look.dot()) };
        let wide = text::width(&gap) + key.len() + 1 + text::width(&words);
        if used + wide > columns {
            break;
        }
        used += wide;
        row.push((gap, Role::Dim));
        row.push((key.to_owned(), Role::Key));
        row.push((format!(" {words}"), Role::Dim));
    }
    row.retain(|(words, _)| !words.is_empty());
    row
}

/// The keys of tasks that do something now, each with what that is, the most wanted first.
pub fn offers(tasked: Tasked<'_>) -> Vec<(&'static str, String)> {
    let Some(task) = tasked.task() else {
        let out = if tasked.list { "the list of labs" } else { "leave" };
        return vec![("q", out.into()), ("p", "the tasks".into())];
    };
    let mut offers: Vec<(&'static str, String)> = Vec::new();
    let open = task.state == TaskState::Open;
    if open {
        match &task.asks {
            Asks::Number | Asks::Text | Asks::Choice(_) | Asks::Order(_) => offers.push(("a", "answer".into())),
            Asks::Edit { .. } | Asks::Script(_) => {
                let what = if tasked.script().is_some() { "edit the script" } else { "edit the lab" };
                offers.extend([("e", what.to_owned()), ("a", "judge now".to_owned())]);
            }
            Asks::Line(_) => offers.push(("a", "choose the line".into())),
            Asks::Sentences => offers.push(("a", "write".into())),
        }
        let (shown, more) = (task.hints.len(), task.more_hints);
        if more > 0 {
            offers.push(("h", format!("hint {} of {}", shown + 1, shown + more)));
        }
    }
    let on = next(tasked);
    offers.extend(on.map(|on| ("n", if open { "next".into() } else { on })));
    if task.state == TaskState::Recorded {
        offers.push(("a", "answer anew".into()));
    }
    if open {
        offers.push(("A", "give up".into()));
    }
    offers
}

/// Where the key for the next task goes; nowhere from the only one that is open.
fn next(tasked: Tasked<'_>) -> Option<String> {
    tasked.next().map(|next| match next {
        end if end == tasked.seen.tasks.len() => "what was learnt, and the next lab".into(),
        on if on > tasked.current => format!("on to task {}", on + 1),
        open => format!("back to task {}, which is open", open + 1),
    })
}

/// Rows of a verdict that are brought into sight.
const TOLD: usize = 4;

/// What has come of other tasks while this one was current: a row for each, the newest first. What stands above the page of this
/// one, and what below it: good news of it are not to be read below a failure of another.
pub(super) fn elsewhere(tasked: Tasked<'_>, columns: usize, look: Look) -> [Vec<Row>; 2] {
    let solved = tasked.task().is_some_and(|task| task.state == TaskState::Solved);
    let of_one = |at: &usize| {
        let task = tasked.seen.tasks.get(*at)?;
        let key = if *at < tasked.current { "p" } else { "n" };
        let (sign, role, words) = match task.state {
            TaskState::Solved => {
                (look.pick("✓", "+"), Role::Good, format!("solved, {}", points_of(task.got, task.points)))
            }
            state => {
                let said = task.verdict.as_ref().map_or(state.word(), |verdict| &verdict.message);
                (if state == TaskState::Open { "!" } else { " " }, Role::Warn, said.trim_end_matches('.').to_owned())
            }
        };
        let rows = said_with(sign, &format!("Task {}: {words} ({key} goes to it).", at + 1), role, columns);
        Some((solved && task.state != TaskState::Solved, rows))
    };
    let (below, above): (Vec<_>, Vec<_>) =
        tasked.elsewhere.iter().rev().filter_map(of_one).partition(|(is_below, _)| *is_below);
    [above, below].map(|rows| rows.into_iter().flat_map(|(_, rows)| rows).collect())
}

/// The page of the current task.
pub(super) fn lay_out(tasked: Tasked<'_>, news: News, columns: usize, look: Look) -> Sheet {
    let Some(task) = tasked.task() else { return Sheet { rows: the_end(tasked, columns, look), newest: 0..0 } };
    let mut sheet = Sheet { rows: prose(&task.say, columns, look), newest: 0..0 };
    for (at, hint) in task.hints.iter().enumerate() {
        let from = sheet.rows.len();
        let all = task.hints.len() + task.more_hints;
        let words = format!("**Hint {} of {all}:** {hint}", at + 1);
        sheet.rows.extend(prose(&words, columns, look));
        if news == News::Hint {
            sheet.newest = from..sheet.rows.len();
        }
    }
    let from = sheet.rows.len();
    sheet.rows.extend(outcome(task, columns, look));
    if news == News::Verdict {
        // The question stays in sight beside a long verdict, whose first rows say what it is.
        sheet.newest = from..sheet.rows.len().min(from + TOLD);
    }
    sheet.rows.extend(edited(task, columns));
    sheet
}

/// What is edited for a task, and when that is judged.
fn edited(task: &TaskSeen, columns: usize) -> Vec<Row> {
    if task.state != TaskState::Open {
        return Vec::new();
    }
    let words = match &task.asks {
        Asks::Edit { keys, files } => {
            let of_lab = (!keys.is_empty()).then(|| format!("{} in the lab", keys.join(", ")));
            let all: Vec<String> = of_lab.into_iter().chain(files.iter().cloned()).collect();
            format!(
                "Edit {}. It is judged from the saved files alone: `:set` helps to find out, and does not count.",
                all.join(" and ")
            )
        }
        Asks::Script(file) => format!("Edit {file}: it is judged whenever it is saved."),
        // What is asked names the file as a rule.
        Asks::Line(file) if !task.say.contains(file.rsplit('/').next().unwrap_or(file)) => format!("A line of {file}."),
        _ => return Vec::new(),
    };
    markdown::words(&words, Role::Dim, columns)
}

/// What came of the last answer, and why it is so once nothing more is to be done.
fn outcome(task: &TaskSeen, columns: usize, look: Look) -> Vec<Row> {
    let mut rows = Vec::new();
    if task.judging {
        rows.push(vec![(format!("{} It is being judged.", look.pick("…", "~")), Role::Dim)]);
    }
    let verdict = task.verdict.as_ref();
    match task.state {
        TaskState::Solved => {
            let said = verdict.filter(|verdict| verdict.passed()).map_or("", |verdict| &verdict.message);
            rows.extend(said_with(look.pick("✓", "+"), &format!("Solved. {said}"), Role::Good, columns));
        }
        TaskState::GivenUp => {
            let right = task.right.as_ref().map(|right| format!(" The answer: {right}"));
            let words = format!("Given up.{}", right.unwrap_or_default());
            rows.extend(said_with(look.pick("✗", "x"), &words, Role::Warn, columns));
        }
        TaskState::Recorded => {
            let answer = task.answer.as_deref().filter(|answer| !answer.contains('\n') && answer.len() < 60);
            let words = answer.map_or_else(|| "Answered.".to_owned(), |answer| format!("Answered: {answer}"));
            rows.extend(said_with(look.pick("○", "o"), &words, Role::Text, columns));
            let said = verdict.map_or("", |verdict| &verdict.message);
            rows.extend(said_with(" ", said, Role::Dim, columns));
        }
        TaskState::Open => rows.extend(verdict.into_iter().flat_map(|verdict| failed(verdict, columns, look))),
    }
    if task.state != TaskState::Open && !task.because.trim().is_empty() {
        rows.extend(prose(&task.because, columns, look));
    }
    rows
}

fn failed(verdict: &Verdict, columns: usize, look: Look) -> Vec<Row> {
    let (sign, role) = match verdict.outcome {
        Outcome::Passed | Outcome::Recorded => (look.pick("✓", "+"), Role::Good),
        Outcome::Failed => (look.pick("✗", "x"), Role::Warn),
        Outcome::Error => ("!", Role::Bad),
    };
    let mut rows = said_with(sign, &verdict.message, role, columns);
    for detail in &verdict.details {
        // Lines of a script and its numbers stand below each other as they came.
        let lines = scrub(detail).replace('\t', "    ");
        let wrapped = lines.lines().flat_map(|line| {
            let deep = line.len() - line.trim_start().len();
            let deep = deep.min(columns / 3);
            let room = columns.saturating_sub(2 + deep);
            let line = line.trim_start();
            // What is indented is a line of a script, which may have such quotes of its own.
            let pieces = if deep > 0 {
                text::wrap(line, room).into_iter().map(|piece| vec![(piece, Role::Text)]).collect()
            } else {
                markdown::words(line, Role::Text, room)
            };
            pieces.into_iter().map(move |piece| behind(" ".repeat(2 + deep), Role::Text, piece))
        });
        rows.extend(wrapped);
    }
    rows
}

/// Words behind a sign, below which they go on.
fn said_with(sign: &str, words: &str, role: Role, columns: usize) -> Vec<Row> {
    let before = |at: usize| if at == 0 { format!("{sign} ") } else { "  ".to_owned() };
    let rows = words.lines().flat_map(|line| markdown::words(line, role, columns.saturating_sub(2)));
    rows.enumerate().map(|(at, row)| behind(before(at), role, row)).collect()
}

/// A row with something before it.
fn behind(before: String, role: Role, row: Row) -> Row {
    std::iter::once((before, role)).chain(row).collect()
}

/// Once all is done: what was learnt, points, and where to go.
fn the_end(tasked: Tasked<'_>, columns: usize, look: Look) -> Vec<Row> {
    let seen = tasked.seen;
    let (got, of) = seen.points();
    let all = all_done(seen.tasks.len());
    let mut first = all.chars();
    let all = first.next().map_or_else(String::new, |c| c.to_uppercase().chain(first).collect());
    let later = seen.told_later().map_or_else(String::new, |later| format!("; {later}"));
    let done = format!("{all}: {}{later}.", points_of(got, of));
    let mut rows = said_with(look.pick("✓", "+"), &done, Role::Good, columns);
    rows.extend(prose(&seen.learnt, columns, look));
    let next = match (&seen.next, tasked.list) {
        (Some((_, title)), true) => format!("**Next: {title}.** `q` leads to it, in the list of labs."),
        (Some((id, title)), false) => format!("**Next: {title}.** `q` leaves; then `optlab {id}`."),
        (None, true) => "This was the last lab here. `q` goes to the list of labs.".to_owned(),
        (None, false) => "This was the last lab here. `q` leaves.".to_owned(),
    };
    rows.extend(prose(&next, columns, look));
    if let Some(why) = &seen.unsaved {
        rows.extend(said_with("!", &format!("Not kept: {why}"), Role::Bad, columns));
    }
    rows
}

/// A text of the lab, in Markdown.
fn prose(source: &str, columns: usize, look: Look) -> Vec<Row> {
    markdown::lay_out(&scrub(source).replace('\t', "    "), columns, look)
}
