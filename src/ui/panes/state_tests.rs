//! The State pane in its frame.

use super::*;
use crate::error::Source;
use crate::lab::ScriptText;
use crate::ui::look::theme::Theme;
use crate::ui::tests::fixture::{self, pane_picture};

#[test]
fn a_healthy_run() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (96, 24), true));
}

#[test]
fn a_healthy_run_in_a_flat_pane() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (80, 10), true));
}

#[test]
fn a_healthy_run_in_ascii() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (60, 18), false));
}

#[test]
fn a_rule_without_state_says_so() {
    let mut snapshot = fixture::healthy();
    snapshot.rule = "sgd".into();
    snapshot.state.iter_mut().for_each(|state| state.values.clear());
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (50, 6), true));
}

#[test]
fn a_rule_without_state_that_has_a_second_gradient_says_that_too() {
    let text = "fn second_point(w, dw, state, h, t) { w + dw }\nfn update(w, dw, dw2, state, h, t) { w - dw2 }\n";
    let scripts = [ScriptText::of(&Source::new("scripts/optimizers/sam.rhai", text))];
    let mut snapshot = fixture::healthy();
    snapshot.rule = "sam".into();
    snapshot.state.iter_mut().for_each(|state| state.values.clear());
    let look = Look { theme: Theme::Mono, unicode: true };
    let said = State::default().describe(&fixture::view(&snapshot, &scripts, look));
    assert!(said.ends_with("is made of this step's two gradients alone."), "{said}");
}

#[test]
fn where_no_average_is_kept_there_is_nothing_to_correct_and_nothing_is_said_of_averages() {
    let (scripts, look) = (fixture::scripts(), Look { theme: Theme::Mono, unicode: true });
    let mut snapshot = fixture::healthy();
    let press = |snapshot: &Snapshot| {
        let mut pane = State::default();
        let size = Size { width: 80, height: 10 };
        let answer = pane.act(Press::Letter('c'), &fixture::view(snapshot, &scripts, look), size);
        (answer.notice.unwrap(), pane.corrected, (PANE.look_for)(snapshot).contains("average"))
    };
    assert_eq!(press(&snapshot), ("averages divided by 1-b^t".into(), true, true));
    snapshot.rule = "sgd".into();
    snapshot.state.iter_mut().flat_map(|state| &mut state.values).for_each(|value| value.kept = false);
    let said = "sgd keeps no average, so there is nothing to correct".into();
    assert_eq!(press(&snapshot), (said, false, false));
}

#[test]
fn averages_with_their_correction() {
    let mut snapshot = fixture::at_step(5);
    // One that the rule does not correct.
    snapshot.state[0].values[1].correction = None;
    snapshot.state[0].values[1].uncorrected = true;
    let (scripts, look) = (fixture::scripts(), Look { theme: Theme::Mono, unicode: true });
    let view = fixture::view(&snapshot, &scripts, look);
    let pane = State { corrected: true, ..State::default() };
    let (v, s) = (&snapshot.state[0].values[0], &snapshot.state[0].values[1]);
    assert_eq!(pane.shown(&view, v, v.rms), v.rms / v.correction.unwrap());
    assert!((pane.shown(&view, s, s.rms) - s.rms / (1.0 - 0.999_f64.powi(5))).abs() < 1e-12);
    assert_eq!(pane.shown(&view, &snapshot.state[0].values[2], 2.0), 2.0);
    insta::assert_snapshot!(fixture::drawn(&PANE, &pane, &view, (80, 10)));
}

#[test]
fn the_sentence_has_the_numbers() {
    insta::assert_snapshot!(fixture::described(&PANE, &fixture::healthy()));
}

/// Of a rule that calls a function and has a loop.
fn of_a_loop() -> Snapshot {
    let mut snapshot = fixture::healthy();
    snapshot.rule = "mine".into();
    for state in &mut snapshot.state {
        let of = |name: &str, times: u32| {
            let value = state.values.last().cloned().unwrap();
            NamedView { name: name.into(), kept: false, times, correction: None, decay: None, ..value }
        };
        let made = [of("step", 1), of("turn", 5), of("orthogonal.unit", 6), of("orthogonal.a_long_name", 1)];
        state.values.truncate(1);
        state.values.extend(made);
    }
    snapshot
}

#[test]
fn what_functions_and_loops_make_stands_by_its_name_with_what_is_shown_of_it() {
    let snapshot = of_a_loop();
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (80, 10), true));
    let (scripts, look) = (fixture::scripts(), Look { theme: Theme::Mono, unicode: true });
    let pane = State { row: 3, ..State::default() };
    let said = pane.describe(&fixture::view(&snapshot, &scripts, look));
    assert!(said.contains("orthogonal.unit: recomputed every step, the last of 6 values, rms"), "{said}");
    assert!((PANE.look_for)(&snapshot).contains("f.x is the x of the script's function f"));
    assert!(!(PANE.look_for)(&fixture::healthy()).contains("f.x"));
}
