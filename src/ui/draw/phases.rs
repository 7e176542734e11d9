//! The walk through the phases of an update, below the header: a row with all phases, of which the present one is lit, and a
//! few rows that say it with its numbers.
//!
//! ```text
//!  step 12  batch → forward → [loss] → backward → clip → update                every 1.5 s
//!  Phase 3 of 6, loss: 0.4123 = 0.4023, the mean of cross_entropy over the 64 samples, + 0.0100, the penalty ..
//!  The smallest loss of a sample is that of 873, 0.0123, and the largest that of 12, 4.512.
//! ```

mod said;
mod words;

use crate::snapshot::{BatchPhase, Phase};
use crate::ui::app::lab_screen::Walked;
use crate::ui::canvas::measure;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// Draws it in the rows that it has.
pub(super) fn draw(walked: &Walked<'_>, pen: &mut Pen<'_>) {
    strip(walked, pen);
    let (columns, rows) = (pen.width().saturating_sub(2), pen.height().saturating_sub(1));
    let lines = said::lines(words::of(walked), (columns, rows), pen.look.ellipsis());
    for (y, (line, role)) in lines.iter().enumerate() {
        pen.text(1, y + 1, line, *role);
    }
}

/// All phases in their order; of an update of several mini-batches those of the one that is walked through, and what comes
/// after all.
fn strip(walked: &Walked<'_>, pen: &mut Pen<'_>) {
    let columns = pen.width();
    let what = if walked.snapshot.series.is_some() { "value" } else { "step" };
    let step = format!("{what} {}", walked.view.step);
    let whose = walked.snapshot.whose().map_or_else(|| step.clone(), |run| format!("{run} {step}"));
    let parts = parts(walked);
    let arrow = pen.look.pick("→", ">");
    // The arrows are nearer where that makes room, and then the name of the run is left out.
    let wide = |lead: &str, blank: usize| {
        let names: usize = parts.iter().map(|(_, name)| text::width(name) + 2 * blank).sum();
        1 + text::width(lead) + 1 + names + parts.len().saturating_sub(1)
    };
    let forms = [(&whose, 1), (&whose, 0), (&step, 1), (&step, 0)];
    let (lead, blank) = forms.into_iter().find(|(lead, blank)| wide(lead, *blank) <= columns).unwrap_or((&step, 0));
    let mut x = pen.text(1, 0, &format!("{lead} "), Role::Strong);
    let blank = " ".repeat(blank);
    for (place, (at, name)) in parts.iter().enumerate() {
        if place > 0 {
            x = pen.text(x, 0, arrow, Role::Dim);
        }
        let role = match at.cmp(&walked.place.phase) {
            std::cmp::Ordering::Less => Role::Text,
            std::cmp::Ordering::Equal => Role::Selected,
            std::cmp::Ordering::Greater => Role::Dim,
        };
        x = pen.text(x, 0, &format!("{blank}{name}{blank}"), role);
    }
    let right = match walked.every {
        Some(every) => format!("every {}", measure::duration(every.as_secs_f64())),
        None if walked.is_over => "the end of the walk".to_owned(),
        None => return,
    };
    if x + text::width(&right) + 2 <= columns {
        pen.text(columns - text::width(&right) - 1, 0, &right, Role::Dim);
    }
}

/// The phases of the row, by their places and names.
fn parts(walked: &Walked<'_>) -> Vec<(usize, String)> {
    let phases = &walked.view.phases;
    // After all mini-batches the last one of them leads to where the walk stands.
    let last = || phases.iter().rposition(|phase| matches!(phase, Phase::Batch(_)));
    let batch = words::batch_of(phases, walked.place.phase).or_else(|| words::batch_of(phases, last()?));
    let batch = batch.map(|(place, _)| place);
    let mut own = None;
    let shown = phases.iter().enumerate().filter_map(|(at, phase)| {
        let name = match phase {
            Phase::Batch(BatchPhase { of_update: Some((place, of)), .. }) => {
                own = Some(*place);
                format!("batch {place}/{of}")
            }
            Phase::Forward(_) | Phase::Loss(_) | Phase::Gradient(_) => phase.name().to_owned(),
            _ => {
                own = None;
                phase.name().to_owned()
            }
        };
        (own.is_none() || own == batch).then_some((at, name))
    });
    shown.collect()
}
