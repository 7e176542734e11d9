//! The Guide pane: the task that the student is at, when the lab asks any, and the lab's own text; between them, when a run
//! ended badly, what happened and the next step, and when its observer ended it, why.

mod tasks;
#[cfg(test)]
mod tasks_tests;

pub use tasks::offers;

use std::ops::Range;
use std::sync::Arc;

use ratatui::layout::Size;

use crate::snapshot::{Divergence, Status};
use crate::ui::canvas::fault;
use crate::ui::canvas::markdown::{self, Page, Row};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::keys::{Binding, Press};
use crate::ui::look::theme::{Look, Role};
use crate::ui::panes::pane::{Pane, PaneKind, View, scrolled};
use crate::ui::panes::tasked::{News, bears};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "guide",
    title: "Guide",
    keys: &[Binding::UP, Binding::DOWN, Binding::PAGE_UP, Binding::PAGE_DOWN, Binding::FIRST, Binding::LAST],
    opens_for: |_, _| true,
    suits: |_| true,
    look_for: |_| "Read what the lab is about, then watch for it in the other panes.",
    tells_the_end: true,
    open: || Box::<Guide>::default(),
};

/// What is seen of its text.
#[derive(Debug)]
struct Guide {
    at: At,
    /// What has happened to the current task last.
    news: News,
    /// The lab's text as it was set last.
    page: Page,
}

/// The first row that is shown.
#[derive(Debug, Clone, Copy)]
enum At {
    /// As the user has scrolled it.
    Row(usize),
    /// So that what has happened to the task is seen.
    Task,
    /// Where it is told how the run ended.
    End,
}

impl Default for Guide {
    fn default() -> Self {
        Self { at: At::Task, news: News::Asked, page: Page::default() }
    }
}

/// The rows of the pane.
struct Rows {
    /// Those that stay at the top, and at the bottom.
    fixed: [Vec<Row>; 2],
    /// Those that scroll: the task and how the run ended, then the lab's text.
    first: Vec<Row>,
    text: Arc<[Row]>,
    /// Of those what has happened to the task last.
    newest: Range<usize>,
    /// Where it is told how the run ended.
    end: usize,
}

impl Rows {
    fn scroll(&self) -> usize {
        self.first.len() + self.text.len()
    }

    fn fixed(&self) -> usize {
        self.fixed.iter().map(Vec::len).sum()
    }
}

impl Pane for Guide {
    fn describe(&self, view: &View<'_>) -> String {
        match (&view.snapshot.status, view.tasks) {
            (Status::Diverged(divergence), _) => {
                format!("Diverged at {}; {}.", divergence.sentence(), divergence.advice())
            }
            (Status::Failed(error), _) => format!("Failed: {error}."),
            (Status::Stopped(why), _) => format!("Stopped by the observer: {why}."),
            (_, Some(tasked)) => tasks::describe(tasked),
            _ => format!("Guide: {} lines of text about this lab.", view.about.lines().count()),
        }
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let (columns, height) = (pen.width(), pen.height());
        let rows = self.lay_out(view, columns, height);
        let [top, bottom] = &rows.fixed;
        let room = height.saturating_sub(rows.fixed());
        let first = self.first(&rows, room);
        let seen = rows.first.iter().chain(rows.text.iter()).skip(first).take(room);
        let below = bottom.iter().enumerate().map(|(i, row)| (top.len() + room + i, row));
        for (y, row) in top.iter().chain(seen).enumerate().chain(below) {
            let mut x = 0;
            for (words, role) in row {
                x = pen.text(x, y, words, *role);
            }
        }
        pen.part(0, top.len(), columns, room).scroll_marks(first > 0, first + room < rows.scroll());
    }

    fn row(&mut self) -> Option<&mut usize> {
        None
    }

    fn scroll(&mut self, press: Press, view: &View<'_>, size: Size) {
        let rows = self.lay_out(view, usize::from(size.width), usize::from(size.height));
        let room = usize::from(size.height).saturating_sub(rows.fixed());
        let page = Size { height: u16::try_from(room).unwrap_or(u16::MAX), ..size };
        let now = self.first(&rows, room);
        self.at = At::Row(scrolled(now, press, rows.scroll().saturating_sub(room), page));
    }

    fn heading(&self, view: &View<'_>) -> (String, String) {
        let (left, told) =
            view.tasks.map_or_else(|| ("Guide".to_owned(), String::new()), |tasked| tasks::heading(tasked, view));
        let right = if matches!(view.snapshot.status, Status::Diverged(_) | Status::Failed(_)) {
            format!("{}: what now", view.snapshot.status.word())
        } else if matches!(view.snapshot.status, Status::Stopped(_)) {
            "stopped by the observer".into()
        } else {
            told
        };
        (left, right)
    }

    fn rows(&self, view: &View<'_>, size: Size) -> usize {
        let rows = self.lay_out(view, usize::from(size.width), usize::from(size.height));
        rows.scroll().saturating_sub(usize::from(size.height).saturating_sub(rows.fixed())) + 1
    }

    fn copy(&self, view: &View<'_>) -> Option<String> {
        // As it was written: lines of code are whole, however the pane had to break them.
        let asked = view.tasks.and_then(|tasked| tasked.task()).map(|task| task.say.clone());
        let texts: Vec<String> = asked.into_iter().chain([view.about.to_owned()]).collect();
        Some(texts.join("\n\n")).filter(|text| !text.trim().is_empty())
    }

    fn script(&self, view: &View<'_>) -> Option<String> {
        // What the task is about is what an editor opens.
        let file = view.tasks?.script()?;
        let script = view.scripts.iter().find(|script| bears(&script.source.name, file))?;
        Some(script.source.name.clone())
    }

    fn run_ended(&mut self, _view: &View<'_>) {
        self.at = At::End;
    }

    fn task_changed(&mut self, news: News) {
        (self.at, self.news) = (At::Task, news);
    }
}

impl Guide {
    /// The first row that is shown in so much room.
    fn first(&self, rows: &Rows, room: usize) -> usize {
        let wanted = match self.at {
            At::Row(row) => row,
            // Whole if there is room for it, else from its beginning on.
            At::Task => rows.newest.end.saturating_sub(room).min(rows.newest.start),
            At::End => rows.end,
        };
        wanted.min(rows.scroll().saturating_sub(room))
    }

    /// All rows of the pane: those of the task, what happened to the run, and the lab's text.
    fn lay_out(&self, view: &View<'_>, columns: usize, height: usize) -> Rows {
        let (look, mut fixed) = (view.look, [Vec::new(), Vec::new()]);
        let (mut first, mut newest) = (Vec::new(), 0..0);
        if let Some(tasked) = view.tasks {
            let sheet = tasks::lay_out(tasked, self.news, columns, look);
            let [above, below] = tasks::elsewhere(tasked, columns, look);
            newest = sheet.newest.start + above.len()..sheet.newest.end + above.len();
            first = [above, sheet.rows, below].concat();
            if height > FIXED {
                fixed = [vec![tasks::progress(tasked, columns, look)], vec![tasks::keys(tasked, columns, look)]];
            }
        }
        let rule = [Vec::new(), vec![(look.pick("─", "-").repeat(columns), Role::Dim)], Vec::new()];
        let news = news(&view.snapshot.status, columns, look);
        let text = self.page.rows(view.about, columns, look);
        if !news.is_empty() && !first.is_empty() {
            first.extend(rule.clone());
        }
        let end = first.len();
        first.extend(news);
        if !first.is_empty() && !text.is_empty() {
            first.extend(rule);
        }
        if first.is_empty() && text.is_empty() {
            first.push(vec![("This lab has no text.".into(), Role::Dim)]);
        }
        Rows { fixed, first, text, newest, end }
    }
}

/// Rows from which on the first and the last one stay where they are.
const FIXED: usize = 4;

fn news(status: &Status, columns: usize, look: Look) -> Vec<Row> {
    match status {
        Status::Diverged(divergence) => {
            let mut rows = vec![vec![("The run diverged.".into(), Role::Bad)]];
            rows.extend(markdown::lay_out(&format!("At {}.", divergence.sentence()), columns, look));
            rows.extend(before(divergence, columns));
            rows.push(Vec::new());
            rows.extend(markdown::lay_out(
                &format!("**Next:** {}; then `r` starts again.", divergence.advice()),
                columns,
                look,
            ));
            rows
        }
        Status::Failed(error) => {
            let mut rows = vec![vec![("The run failed.".into(), Role::Bad)]];
            rows.extend(fault::lines(error, columns, look));
            rows
        }
        Status::Stopped(why) => {
            let mut rows = vec![vec![("The observer stopped the run.".into(), Role::Warn)]];
            rows.extend(text::wrap(why, columns).into_iter().map(|line| vec![(line, Role::Text)]));
            rows
        }
        _ => Vec::new(),
    }
}

/// The steps before it that a narrow pane has room for.
const STEPS: usize = 5;

/// The losses and gradient norms before a divergence, newest last, one below the other.
fn before(divergence: &Divergence, columns: usize) -> Vec<Row> {
    if divergence.losses.is_empty() {
        return vec![vec![("No step was made before it.".into(), Role::Text)]];
    }
    let fits = (columns.saturating_sub(5) / 9).clamp(1, STEPS);
    let row = |name: &str, values: &[f64]| {
        let newest = &values[values.len().saturating_sub(fits)..];
        let numbers: Vec<String> = newest.iter().map(|value| format!("{:>9}", text::short(*value))).collect();
        vec![(format!("{name}{}", numbers.concat()), Role::Text)]
    };
    vec![
        vec![("The steps before it, newest last:".into(), Role::Dim)],
        row("loss", &divergence.losses),
        row("|dW|", &divergence.grad_norms),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::tests::fixture::{self, pane_picture};

    #[test]
    fn a_healthy_run() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (58, 14), true));
    }

    #[test]
    fn a_diverged_run_says_what_to_do() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::diverged(), (58, 14), true));
    }

    #[test]
    fn a_stopped_run_says_why() {
        let status = Status::Stopped("the loss on the validation part has not fallen for ten epochs".into());
        let snapshot = crate::snapshot::Snapshot { status, ..fixture::healthy() };
        insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (58, 8), true));
    }

    #[test]
    fn a_failed_run_shows_the_line_of_the_script() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::failed(), (58, 16), true));
    }
}
