//! The Ledger pane in its frame.

use super::*;
use crate::snapshot::{Formula, LedgerLine, Snapshot};
use crate::ui::look::theme::{Look, Theme};
use crate::ui::tests::fixture::{self, pane_picture};
use crate::ui::tests::fixture_ledger::{ledger, line};

#[test]
fn a_healthy_run_beside_its_script() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (132, 10), true));
}

#[test]
fn a_healthy_run_above_its_script() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (60, 14), true));
}

#[test]
fn a_healthy_run_in_a_flat_pane() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (60, 8), true));
}

#[test]
fn a_healthy_run_in_ascii_and_narrow() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (40, 8), false));
}

#[test]
fn a_race_says_whose_update_it_is() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::race(), (80, 8), true));
    assert!(fixture::described(&PANE, &fixture::race()).ends_with("It is the update of adam."));
}

/// Of a rule with a second gradient, at the step of the healthy run.
fn of_two_gradients() -> Snapshot {
    use Formula::Value as V;
    let apply = |name, operands, value| Formula::Apply { name, operands, value };
    let scaled = apply("/", vec![apply("*", vec![V(0.05), V(-0.402)], -0.0201), V(0.804)], -0.025);
    let lines = vec![
        line("dW", "", V(-0.402)),
        line("total(dw * dw)", "", V(0.646_416)),
        line("point", "w + h.rho * dw / (sqrt(total(dw * dw)) + 1e-12)", apply("+", vec![V(0.512), scaled], 0.487)),
        line("dW2", "", V(-0.51)),
        line("W", "w - h.lr * dw2", apply("-", vec![V(0.512), apply("*", vec![V(0.1), V(-0.51)], -0.051)], 0.563)),
    ];
    let ledger = Ledger { lines, second_point: 1..3, ..ledger(287) };
    Snapshot { rule: "sam".into(), ledger: Some(ledger), ..fixture::healthy() }
}

#[test]
fn where_a_second_gradient_was_taken_stands_under_a_heading_of_its_own() {
    let pictures = [(80, 10), (58, 10), (58, 7), (140, 10)];
    let pictures = pictures.map(|size| pane_picture(&PANE, &of_two_gradients(), size, true));
    insta::assert_snapshot!(pictures.join("\n"));
    let snapshot = of_two_gradients();
    let (scripts, look) = (fixture::scripts(), Look { theme: Theme::Mono, unicode: true });
    insta::assert_snapshot!(as_text(&fixture::view(&snapshot, &scripts, look)).unwrap());
}

#[test]
fn before_the_first_step_it_says_what_to_press() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::at_step(0), (60, 8), true));
    assert!(fixture::described(&PANE, &fixture::at_step(0)).contains("s does one step"));
}

#[test]
fn an_element_that_was_not_kept_says_what_to_press() {
    let mut snapshot = fixture::healthy();
    snapshot.ledger.as_mut().unwrap().index = 0;
    assert!(fixture::described(&PANE, &snapshot).contains("will stand here"));
    snapshot.status = Status::Paused;
    assert!(fixture::described(&PANE, &snapshot).contains("s makes the next one and shows that"));
    snapshot.status = Status::Finished;
    assert!(fixture::described(&PANE, &snapshot).contains("b and then s make it again"));
    let mut broken = fixture::diverged();
    broken.ledger = None;
    assert!(fixture::described(&PANE, &broken).contains("b shows the one before"));
}

#[test]
fn a_long_rule_has_pages_and_odd_numbers_keep_their_columns() {
    let mut long = ledger(287);
    let odd = [f64::NAN, f64::NEG_INFINITY, 1e300, -1.234_567e-30, 0.0, 123_456.0];
    let last = long.lines.pop().unwrap();
    long.lines.extend(odd.into_iter().enumerate().map(|(at, value)| {
        let sum = vec![Formula::Value(value), Formula::Value(1.0)];
        line(&format!("a_name_that_is_long_{at}"), "x + 1", Formula::Apply { name: "+", operands: sum, value })
    }));
    long.lines.push(last);
    let snapshot = Snapshot { ledger: Some(long), ..fixture::healthy() };
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (60, 10), true));
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (60, 16), true));
}

/// What all elements have together is called by its words, which say what the number is.
#[test]
fn a_value_alone_has_its_whole_name_where_others_have_their_formulas() {
    let mut long = ledger(287);
    let name = "matmul(2.0315 * matmul(a, a) - 4.775 * a, x)";
    long.lines.insert(1, line(name, "", Formula::Value(0.25)));
    let snapshot = Snapshot { ledger: Some(long), ..fixture::healthy() };
    for size in [(80, 24), (80, 10), (132, 12)] {
        let picture = pane_picture(&PANE, &snapshot, size, true);
        let row = picture.lines().find(|row| row.contains("matmul")).unwrap();
        assert!(row.contains(name) && row.trim_end_matches(['│', ' ']).ends_with(" 0.2500"), "{picture}");
        // Its number stands below the others.
        let end = |row: &str| row.trim_end_matches(['│', ' ']).chars().count();
        let others = picture.lines().filter(|row| row.contains("dW ") || row.contains("state.v")).map(end);
        assert!(others.clone().any(|other| other == end(row)), "{picture}");
    }
    let narrow = pane_picture(&PANE, &snapshot, (40, 24), true);
    assert!(narrow.contains("matmul(2.0315 *"), "{narrow}");
}

#[test]
fn the_sentence_has_the_numbers() {
    insta::assert_snapshot!(fixture::described(&PANE, &fixture::healthy()));
}

#[test]
fn the_sentence_of_a_long_rule_says_how_many_lines_it_leaves_out() {
    let mut long = ledger(287);
    let last = long.lines.pop().unwrap();
    while long.lines.len() < 15 {
        long.lines.push(line("x", "0.5 * x", Formula::Value(0.25)));
    }
    long.lines.push(last);
    let snapshot = Snapshot { ledger: Some(long), ..fixture::healthy() };
    let said = fixture::described(&PANE, &snapshot);
    assert!(said.contains("x = 0.2500 and 3 more."), "{said}");
    assert!(!fixture::described(&PANE, &fixture::healthy()).contains(" more"));
}

#[test]
fn what_a_script_assigns_to_itself_is_written_out() {
    for (symbolic, wanted) in [
        ("+= 1", "state.v + 1"),
        ("+= (1 - h.b) * (dw - state.v)", "state.v + (1 - h.b) * (dw - state.v)"),
        ("-= h.lr * dw", "state.v - h.lr * dw"),
        ("-= 1e-3 * dw", "state.v - 1e-3 * dw"),
        ("-= dw - w", "state.v - (dw - w)"),
        ("*= h.b", "state.v * h.b"),
        ("/= 2 * h.b", "state.v / (2 * h.b)"),
        ("h.b * state.v", "h.b * state.v"),
        ("where(dw == 0, 1, 2)", "where(dw == 0, 1, 2)"),
        ("", ""),
    ] {
        let lines = vec![line("state.v", symbolic, Formula::Value(0.25))];
        let told = Lines::of(&Ledger { lines, ..ledger(287) });
        assert_eq!(told.0[0].symbolic, wanted);
    }
}

/// An element of a 2x2 product beside one of a 2x6 weight.
#[test]
fn an_element_of_another_shape_has_its_row_and_column_behind_its_name() {
    let mut long = ledger(287);
    for (at, name) in ["gram", "state.left_factor_of_all"].into_iter().enumerate() {
        let of_another = LedgerLine { place: "[1,1]".into(), ..line(name, "h.k * dw", Formula::Value(0.25)) };
        long.lines.insert(1 + at, of_another);
    }
    let snapshot = Snapshot { ledger: Some(long), ..fixture::healthy() };
    for size in [(132, 16), (80, 24), (60, 12), (40, 24)] {
        let picture = pane_picture(&PANE, &snapshot, size, true);
        assert!(picture.contains("gram[1,1]"), "{picture}");
        let long = picture.lines().any(|row| row.contains("state") && row.contains("[1,1]"));
        assert!(long, "a place is cut: {picture}");
    }
    assert!(fixture::described(&PANE, &snapshot).contains("gram[1,1] = 0.2500"));
}

#[test]
fn every_size_is_drawn() {
    for (width, height) in (0..90).flat_map(|width| (0..20).map(move |height| (width, height))) {
        for snapshot in [fixture::healthy(), fixture::at_step(0)] {
            pane_picture(&PANE, &snapshot, (width, height), true);
        }
    }
}
