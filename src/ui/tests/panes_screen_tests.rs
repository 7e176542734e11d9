//! The panes that no other test shows alone on the screen, each at three sizes.

use crate::snapshot::{Snapshot, Status, TestResult};
use crate::ui::app::App;
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{lab, picture};

/// A race of four with something in its log.
fn snapshot() -> Snapshot {
    let mut snapshot = fixture::race();
    let lines = ["step 1: the first mini-batch", "lr = 0.0321", "warning: feature 3 is always 0 in the training part"];
    snapshot.log = lines.into_iter().zip([1, 57, 120]).map(|(line, step)| (step, line.to_owned())).collect();
    snapshot
}

fn alone(app: &mut App, name: &str) -> String {
    let lab = app.lab.as_mut().unwrap();
    let at = lab.order().iter().position(|pane| pane.name == name).unwrap();
    lab.focus_on(at);
    lab.zoomed = true;
    picture(app)
}

#[test]
fn panes_alone() {
    for (size, called) in [((80, 24), "80x24"), ((100, 30), "100x30"), ((120, 40), "120x40")] {
        let mut app = lab(snapshot(), size, false);
        for name in ["loss", "state", "race", "guide", "script", "log"] {
            insta::assert_snapshot!(format!("{name}_{called}"), alone(&mut app, name));
        }
    }
}

#[test]
fn the_test_part_stands_beside_the_loss_of_a_run_that_has_ended() {
    let test = |accuracy| Some(TestResult { step: 460, loss: 0.412_34, accuracy });
    let ended = |test| Snapshot { status: Status::Finished, test, ..fixture::healthy() };
    let shown = |snapshot: Snapshot| alone(&mut lab(snapshot, (80, 24), false), "loss");
    assert!(shown(ended(test(Some(0.975)))).contains(" test 0.412 97.5 %"));
    assert!(shown(ended(test(None))).contains(" test 0.412 "));
    assert!(!shown(ended(None)).contains("test"));
}
