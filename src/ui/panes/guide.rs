//! The Guide pane: the lab's own text; above it, when a run ended badly, what happened and the next step, and when its
//! observer ended it, why.

use std::sync::Arc;

use ratatui::layout::Size;

use crate::snapshot::{Divergence, Status};
use crate::ui::canvas::fault;
use crate::ui::canvas::markdown::{self, Page, Row};
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::keys::Binding;
use crate::ui::look::theme::{Look, Role};
use crate::ui::panes::pane::{Pane, PaneKind, View};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "guide",
    title: "Guide",
    keys: &[Binding::UP, Binding::DOWN, Binding::PAGE_UP, Binding::PAGE_DOWN, Binding::FIRST, Binding::LAST],
    opens_for: |_| true,
    suits: |_| true,
    look_for: |_| "Read what the lab is about, then watch for it in the other panes.",
    tells_the_end: true,
    open: || Box::<Guide>::default(),
};

/// How far its text is scrolled.
#[derive(Debug, Default)]
struct Guide {
    row: usize,
    /// The lab's text as it was set last.
    page: Page,
}

impl Pane for Guide {
    fn describe(&self, view: &View<'_>) -> String {
        match &view.snapshot.status {
            Status::Diverged(divergence) => format!("Diverged at {}; {}.", divergence.sentence(), divergence.advice()),
            Status::Failed(error) => format!("Failed: {error}."),
            Status::Stopped(why) => format!("Stopped by the observer: {why}."),
            _ => format!("Guide: {} lines of text about this lab.", view.about.lines().count()),
        }
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let (news, text) = self.lay_out(view, pen.width());
        let (all, height) = (news.len() + text.len(), pen.height());
        let first = self.row.min(all.saturating_sub(height));
        for (y, row) in news.iter().chain(text.iter()).skip(first).take(height).enumerate() {
            let mut x = 0;
            for (words, role) in row {
                x = pen.text(x, y, words, *role);
            }
        }
        pen.scroll_marks(first > 0, first + height < all);
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn heading(&self, view: &View<'_>) -> (String, String) {
        let right = if matches!(view.snapshot.status, Status::Diverged(_) | Status::Failed(_)) {
            format!("{}: what now", view.snapshot.status.word())
        } else if matches!(view.snapshot.status, Status::Stopped(_)) {
            "stopped by the observer".into()
        } else {
            String::new()
        };
        ("Guide".into(), right)
    }

    fn rows(&self, view: &View<'_>, size: Size) -> usize {
        let (news, text) = self.lay_out(view, usize::from(size.width));
        (news.len() + text.len()).saturating_sub(usize::from(size.height)) + 1
    }

    fn copy(&self, view: &View<'_>) -> Option<String> {
        // As it was written: lines of code are whole, however the pane had to break them.
        Some(view.about.to_owned()).filter(|about| !about.trim().is_empty())
    }

    fn run_ended(&mut self, _view: &View<'_>) {
        // What went wrong stands at the top.
        self.row = 0;
    }
}

impl Guide {
    /// All lines of the pane: what happened to the run, and the lab's text.
    fn lay_out(&self, view: &View<'_>, columns: usize) -> (Vec<Row>, Arc<[Row]>) {
        let mut news = news(&view.snapshot.status, columns, view.look);
        let text = self.page.rows(view.about, columns, view.look);
        if !news.is_empty() && !text.is_empty() {
            news.extend([Vec::new(), vec![(view.look.pick("─", "-").repeat(columns), Role::Dim)], Vec::new()]);
        }
        if news.is_empty() && text.is_empty() {
            news.push(vec![("This lab has no text.".into(), Role::Dim)]);
        }
        (news, text)
    }
}

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
            rows.extend(fault::lines(error, columns, look).into_iter().map(|line| vec![line]));
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
