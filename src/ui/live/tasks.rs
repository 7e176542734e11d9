//! What the loop does with the tasks of the open lab: it hands deeds to the host and news to the screen.

use super::Screen;
use crate::ui::host::Labs;
use crate::ui::host::tasks::Deed;

impl<L: Labs> Screen<L> {
    /// Shows what has become of the tasks since it was looked last.
    pub(super) fn look_at_tasks(&mut self) {
        let Some(tasks) = self.host.as_mut().and_then(|host| host.tasks()) else { return };
        self.frames.change();
        self.frames.hurry();
        self.app.take_tasks(tasks);
    }

    /// Does something with a task; why it cannot be done is said over the screen.
    pub(super) fn do_with_task(&mut self, id: &str, deed: &Deed) {
        if let Some(Err(error)) = self.host.as_mut().map(|host| host.task(id, deed)) {
            self.app.refuse(&error);
        }
        self.frames.expect_answer(self.clock.now());
        // What is done at once is seen at once.
        self.look_at_tasks();
    }
}
