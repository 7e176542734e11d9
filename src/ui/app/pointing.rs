//! What the mouse does: the wheel moves, a press or a drag points at what is under it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::ui::app::App;
use crate::ui::host::Effect;
use crate::ui::keys::{Action, Press};
use crate::ui::layout;

impl App {
    /// The wheel, a press or a drag; nothing while something lies over the screen.
    pub(super) fn mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let wheel = match mouse.kind {
            MouseEventKind::ScrollDown => Some(true),
            MouseEventKind::ScrollUp => Some(false),
            _ => None,
        };
        if self.layer.is_some() || self.waiting.is_some() || !layout::is_enough(self.screen) {
            return Vec::new();
        }
        let Some(lab) = &mut self.lab else {
            let press = |down| if down { Press::Down } else { Press::Up };
            return wheel.map(|down| self.act_inside(Action::Press(press(down)))).unwrap_or_default();
        };
        let at = Position { x: mouse.column, y: mouse.row };
        let under = lab.plan(self.screen).panes.into_iter().find(|(_, area)| area.contains(at));
        match (under, wheel, mouse.kind) {
            (Some((place, _)), Some(down), _) => lab.wheel(place, down, self.screen, self.look),
            (Some((place, area)), None, MouseEventKind::Down(MouseButton::Left)) => {
                lab.focus_on(place);
                lab.point(place, area, at, self.look);
            }
            (Some((place, area)), None, MouseEventKind::Drag(MouseButton::Left)) => {
                lab.point(place, area, at, self.look);
            }
            _ => {}
        }
        Vec::new()
    }
}
