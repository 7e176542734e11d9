//! What keys and the mouse choose within a pane besides its rows: the crosshair and the smoothing of the loss, the
//! correction of averages, the run of a race that is shown.

use ratatui::layout::{Position, Rect, Size};

use crate::train::snapshot::Command;
use crate::ui::app::lab_screen::{LabScreen, Notice};
use crate::ui::canvas::text;
use crate::ui::host::Effect;
use crate::ui::keys::Action;
use crate::ui::look::theme::Look;
use crate::ui::panes::loss;

impl LabScreen {
    /// The crosshair of the Loss pane goes to another step.
    pub(super) fn move_cross(&mut self, action: Action, screen: Rect, look: Look) {
        let place = self.focus();
        let size = self.inside(place, screen);
        let next = loss::next_cross(&self.view(place, look), size, action == Action::Right);
        self.cursors[place].cross = next.or(self.cursors[place].cross);
    }

    /// The mouse points into a pane that lies at `area`.
    pub fn point(&mut self, place: usize, area: Rect, at: Position, look: Look) {
        if self.order.get(place).is_none_or(|pane| pane.name != "loss") {
            return;
        }
        // Within the frame and the blank beside it.
        let size = Size { width: area.width.saturating_sub(4), height: area.height.saturating_sub(2) };
        let x = usize::from(at.x.saturating_sub(area.x + 2));
        if let Some(step) = loss::step_at(&self.view(place, look), size, x) {
            self.cursors[place].cross = Some(step);
        }
    }

    pub(super) fn toggle_log(&mut self, look: Look) -> String {
        let place = self.focus();
        let view = self.view(place, look);
        let smallest = view.snapshot.loss.batch.buckets.iter().map(|bucket| bucket.min).fold(f64::INFINITY, f64::min);
        let log = !self.cursors[place].log.unwrap_or(true);
        self.cursors[place].log = Some(log);
        match (log, smallest > 0.0) {
            (true, true) => "logarithmic axis".into(),
            (true, false) => {
                format!("a logarithmic axis needs losses above 0; the smallest is {}", text::short(smallest))
            }
            (false, _) => "linear axis".into(),
        }
    }

    pub(super) fn smooth(&mut self, action: Action) -> String {
        let place = self.focus();
        let (level, said) = loss::smoother(self.cursors[place].smoother, action == Action::Smoother);
        self.cursors[place].smoother = level;
        said
    }

    pub(super) fn toggle_correction(&mut self) -> String {
        let place = self.focus();
        let corrected = !self.cursors[place].corrected;
        self.cursors[place].corrected = corrected;
        if corrected { "averages divided by 1-b^t" } else { "averages as the rule keeps them" }.to_owned()
    }

    /// The run under the cursor of the Race pane, whose rows are in the order of the ranking.
    pub(super) fn choose_run(&self, row: usize, effects: &mut Vec<Effect>) -> Notice {
        let race = self.live.race.as_ref()?;
        let run = *race.equal_steps.order.get(row)?;
        effects.push(Effect::Send(Command::Show(run)));
        Some(format!("all panes show {}", race.runs[run].name))
    }
}
