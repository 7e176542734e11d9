//! Tasks as a lab's desk would tell them, for tests: one of each kind, open or in a state.

use std::sync::Arc;

use crate::snapshot::{Asks, Outcome, TaskSeen, TaskState, TasksSeen, Verdict};
use crate::ui::app::App;
use crate::ui::host::Event;
use crate::ui::tests::fixture::{self, ABOUT};
use crate::ui::tests::screen_tests::{LOOK, watch};

/// An open task.
pub fn task(id: &str, kind: &'static str, say: &str, asks: Asks) -> TaskSeen {
    TaskSeen {
        id: id.into(),
        kind,
        say: say.into(),
        asks,
        before_run: kind == "question",
        points: 1.0,
        got: 0.0,
        state: TaskState::Open,
        tries: 0,
        answer: None,
        hints: Vec::new(),
        more_hints: 0,
        because: String::new(),
        right: None,
        verdict: None,
        edited: true,
        judging: false,
    }
}

fn named(choices: [(&str, &str); 3]) -> Vec<(String, String)> {
    choices.map(|(name, says)| (name.to_owned(), says.to_owned())).to_vec()
}

/// A lab's tasks of all kinds, all of them open.
pub fn open() -> TasksSeen {
    let number = "With `beta1 = 0.9`, what is the factor `1 - beta1^t` by which the first average is divided at step 1? \
                  Work it out **before** you run.";
    let order = ["the gradient", "the average", "the correction", "the step"].map(str::to_owned).to_vec();
    let choices = named([
        ("a", "the average of the gradients, which starts at 0 and moves away from it step by step"),
        ("b", "the average of their squares"),
        ("c", "neither"),
    ]);
    let edit = Asks::Edit { keys: vec!["optimizer".into(), "training.batch".into()], files: Vec::new() };
    let goal =
        TaskSeen { points: 3.0, ..task("reach", "goal", "Reach a validation loss below 0.15 in 10 epochs.", edit) };
    let rule = "scripts/optimizers/adam.rhai";
    let script = "Write Adam without the correction of its averages, and see what becomes of the first steps.";
    let mut tasks = vec![
        TaskSeen { more_hints: 2, ..task("factor", "question", number, Asks::Number) },
        task("larger", "question", "Which of the two needs the correction longer?", Asks::Choice(choices)),
        task("sort", "question", "In which order does a step make them?", Asks::Order(order)),
        task("read", "measure", "Read the loss at step 100 off the Loss pane.", Asks::Number),
        TaskSeen { more_hints: 1, ..goal },
        TaskSeen { points: 2.0, ..task("write", "script", script, Asks::Script(rule.into())) },
        task("find", "line", "Which line makes the correction of `v`?", Asks::Line(rule.into())),
        task("why", "text", "Why does Adam need it, and SGD not? Two sentences.", Asks::Sentences),
    ];
    tasks[1].before_run = false;
    TasksSeen {
        tasks,
        learnt: "An average that starts at 0 is too small at first; the division by `1 - beta^t` corrects it.".into(),
        next: Some(("momentum-in-the-ravine".into(), "Momentum in the ravine".into())),
        unsaved: None,
    }
}

/// The first task with this done to it.
pub fn first(change: impl FnOnce(&mut TaskSeen)) -> TasksSeen {
    let mut seen = open();
    change(&mut seen.tasks[0]);
    seen
}

/// It was answered wrong.
pub fn wrong(task: &mut TaskSeen) {
    task.tries += 1;
    task.answer = Some("0.9".into());
    task.verdict = Some(Verdict::of(Outcome::Failed, "0.9 is not it: look at the formula, and at each number in it."));
}

/// It was answered right.
pub fn solved(task: &mut TaskSeen) {
    task.tries += 1;
    (task.state, task.got, task.answer) = (TaskState::Solved, task.points, Some("0.1".into()));
    task.verdict = Some(Verdict { points: task.points, ..Verdict::of(Outcome::Passed, "That is right.") });
    task.because = "At step 1 the average holds **a tenth** of the gradient alone: `v = 0.1 * dW`.".into();
}

/// It was given up.
pub fn given_up(task: &mut TaskSeen) {
    task.state = TaskState::GivenUp;
    task.right = Some("0.1".into());
    task.because = "At step 1 the average holds **a tenth** of the gradient alone: `v = 0.1 * dW`.".into();
}

/// Its script does something else than it should.
pub fn parted(task: &mut TaskSeen) {
    task.tries += 1;
    task.got = 1.0;
    let details = [
        "case `first step`: right",
        "case `late`: step 1000, W1[0,2]: expected 0.51270, got 0.50932",
        "they part at line 4:\n    state.s = h.beta2 * state.s + (1 - h.beta2) * dw;",
    ];
    task.verdict = Some(Verdict {
        points: 1.0,
        details: details.map(str::to_owned).to_vec(),
        ..Verdict::of(Outcome::Failed, "1 of 2 cases is right.")
    });
}

/// All of them are done, one of them given up.
pub fn done() -> TasksSeen {
    let mut seen = open();
    seen.tasks.iter_mut().for_each(solved);
    seen.tasks[2] = TaskSeen { got: 0.0, verdict: None, ..seen.tasks[2].clone() };
    given_up(&mut seen.tasks[2]);
    seen
}

/// A lab that asks these, of this size, at step 0 with the Guide among its panes.
pub fn lab(seen: TasksSeen, (width, height): (u16, u16), with_list: bool) -> App {
    let mut app = if with_list {
        App::with_list(crate::ui::tests::screen_tests::entries(), LOOK, true)
    } else {
        App::without_list(LOOK, true)
    };
    app.update(Event::Resize(width, height));
    app.open_asking("Adam on handwritten digits", ABOUT, &watch(), Some(Arc::new(seen)));
    app.update(Event::Snapshot(Arc::new(fixture::at_step(0))));
    app
}
