//! The passes over a graph as keys make them, and how its table looks at several sizes.

use super::*;
use crate::snapshot::{Formula, Operand, OperationLine, OperationsView, Snapshot};
use crate::ui::look::theme::{Look, Theme};
use crate::ui::tests::fixture;

const LOOK: Look = Look { theme: Theme::Mono, unicode: true };

fn line(name: &str, line: Option<usize>, numbers: [f64; 2]) -> OperationLine {
    let [value, gradient] = numbers;
    OperationLine {
        name: name.into(),
        formula: None,
        line,
        kind: OperationKind::Input,
        value,
        slopes: Vec::new(),
        gradient,
        parts: Vec::new(),
        gathered: Vec::new(),
        differences: Some(gradient),
        corner: false,
    }
}

/// `s = x * x`, `p = x * y`, and their sum at (3, 2).
fn squares() -> OperationGraph {
    let apply = |name, operands: &[usize], value| {
        let operands = operands.iter().map(|at| Formula::Value(Operand::Line(*at))).collect();
        Some(Formula::Apply { name, operands, value: Operand::Line(value) })
    };
    let made = |line, formula, slopes| OperationLine { formula, slopes, kind: OperationKind::Smooth, ..line };
    let x = OperationLine { parts: vec![(3, 2.0), (2, 3.0), (2, 3.0)], ..line("x", None, [3.0, 8.0]) };
    let y = OperationLine { parts: vec![(3, 3.0)], ..line("y", None, [2.0, 3.0]) };
    let s = made(line("s", Some(2), [9.0, 1.0]), apply("*", &[0, 0], 2), vec![(0, 3.0), (0, 3.0)]);
    let p = made(line("p", Some(3), [6.0, 1.0]), apply("*", &[0, 1], 3), vec![(0, 2.0), (1, 3.0)]);
    let height = made(line("height", Some(4), [15.0, 1.0]), apply("+", &[2, 3], 4), vec![(2, 1.0), (3, 1.0)]);
    let by_height = |line| OperationLine { parts: vec![(4, 1.0)], ..line };
    OperationGraph {
        of: Differentiated::Landscape,
        source: "squares.rhai".into(),
        lines: vec![x, y, by_height(s), by_height(p), height],
        left_out: 0,
        beside: [None; 2],
    }
}

fn run_with(graphs: Vec<OperationGraph>) -> Snapshot {
    let snapshot = fixture::healthy();
    Snapshot { operations: Some(OperationsView { step: snapshot.step, graphs }), ..snapshot }
}

/// The inside of the pane after these keys.
fn after(presses: &[Press], snapshot: &Snapshot, (width, height): (u16, u16)) -> String {
    let scripts = fixture::scripts();
    let view = fixture::view(snapshot, &scripts, LOOK);
    let mut pane = Graph::default();
    for press in presses {
        pane.act(*press, &view, Size { width, height });
    }
    fixture::drawn(&PANE, &pane, &view, (width, height))
}

#[test]
fn down_computes_values_one_by_one_and_up_gradients() {
    let run = run_with(vec![squares()]);
    let start = after(&[], &run, (80, 12));
    assert!(start.contains("forward 1 of 5") && start.matches('·').count() > 10, "{start}");
    let third = after(&[Press::Down, Press::Down], &run, (80, 12));
    assert!(third.contains("x: 3 + 3") && !third.contains("x: 2"), "{third}");
    let turned = after(&[Press::Down, Press::Down, Press::Up], &run, (80, 12));
    assert!(turned.contains("forward 3 of 5"), "a cursor that turns early computes nothing: {turned}");
    let last = after(&[Press::Last], &run, (80, 12));
    assert!(last.contains("backward 1 of 5") && last.contains("Backward begins here"), "{last}");
    let back = after(&[Press::Last, Press::Up, Press::Up, Press::Up], &run, (80, 12));
    assert!(back.contains("gradient of y = 1 * 3 [p] = 3") && !back.contains('8'), "{back}");
    let whole = after(&[Press::Last, Press::Up, Press::Up, Press::Up, Press::Up], &run, (80, 12));
    assert!(whole.contains("gradient of x = 1 * 2 [p] + 1 * 3 [s] + 1 * 3 [s] = 8"), "{whole}");
    let again = after(&[Press::Last, Press::Up, Press::Letter('x')], &run, (80, 12));
    assert_eq!(again, start);
}

#[test]
fn local_derivatives_stay_before_the_lines_of_the_script() {
    let run = run_with(vec![squares()]);
    let mut seen = 0;
    for width in 40..100 {
        let shown = after(&[Press::Last], &run, (width, 12));
        let has = |heading: &str| shown.lines().any(|line| line.contains(heading) && line.contains("operation"));
        assert!(!has("line ") || has("local"), "{width}: {shown}");
        assert!(width < 56 || has("local") && has(" diff"), "{width}: {shown}");
        seen += usize::from(has("line "));
    }
    assert!(seen > 10, "where there is room the lines are told, too");
}

#[test]
fn why_a_gradient_is_0_is_told_in_one_short_line() {
    let mut flat = squares();
    (flat.lines[0].gradient, flat.lines[0].parts) = (0.0, Vec::new());
    let up = [Press::Last, Press::Up, Press::Up, Press::Up, Press::Up];
    for width in [60, 80] {
        let shown = after(&up, &run_with(vec![flat.clone()]), (width, 9));
        assert!(shown.contains("gradient of x = 0: only lines without a slope use it."), "{shown}");
    }
    for kind in [OperationKind::Mask, OperationKind::Flat, OperationKind::Branch] {
        let mut graph = squares();
        graph.lines[2].kind = kind;
        let shown = after(&[Press::Down, Press::Down], &run_with(vec![graph]), (64, 12));
        assert!(shown.lines().any(|line| line.contains("passes back") && line.contains('.')), "{shown}");
    }
}

#[test]
fn the_table_at_several_sizes() {
    let run = run_with(vec![squares()]);
    for size in [(80, 10), (60, 15), (120, 16)] {
        insta::assert_snapshot!(
            format!("graph_{}x{}", size.0, size.1),
            after(&[Press::Last, Press::First], &run, size)
        );
    }
}

#[test]
fn no_size_is_too_small_and_a_graph_that_shrinks_keeps_the_cursor_inside() {
    let run = run_with(vec![squares()]);
    for size in (0..70).step_by(3).flat_map(|width| (0..14).map(move |height| (width, height))) {
        after(&[Press::Last, Press::PageUp, Press::Up], &run, size);
    }
    let scripts = fixture::scripts();
    let view = fixture::view(&run, &scripts, LOOK);
    let mut pane = Graph::default();
    pane.act(Press::Last, &view, Size { width: 60, height: 10 });
    let mut shrunk = OperationGraph { lines: squares().lines[..2].to_vec(), ..squares() };
    shrunk.lines.iter_mut().for_each(|line| line.parts.clear());
    let run = run_with(vec![shrunk]);
    let view = fixture::view(&run, &scripts, LOOK);
    assert!(fixture::drawn(&PANE, &pane, &view, (60, 10)).contains("▶ y"));
}

#[test]
fn left_and_right_go_to_the_units_beside_and_enter_to_the_next_function() {
    let of = Differentiated::Activation { layer: 2, unit: 5, units: 6 };
    let graphs = vec![OperationGraph { of, beside: [Some((0, 4)), None], ..squares() }, squares()];
    let run = run_with(graphs);
    let scripts = fixture::scripts();
    let view = fixture::view(&run, &scripts, LOOK);
    let size = Size { width: 76, height: 9 };
    let mut pane = Graph::default();
    assert_eq!(pane.act(Press::Left, &view, size).element, Some(4));
    assert_eq!(pane.act(Press::Right, &view, size).notice.as_deref(), Some("this is the last unit of the layer"));
    assert!(pane.heading(&view).0.contains("layer 2, unit 5, first sample"));
    pane.act(Press::Last, &view, size);
    pane.act(Press::Enter, &view, size);
    assert!(pane.heading(&view).1.contains("2 of 2 (Enter), forward 1 of 5"));
    assert!(pane.act(Press::Right, &view, size).notice.is_some());
}

#[test]
fn the_sentence_and_the_copy_have_what_was_computed() {
    let run = run_with(vec![squares()]);
    let scripts = fixture::scripts();
    let view = fixture::view(&run, &scripts, LOOK);
    let mut pane = Graph::default();
    assert_eq!(pane.describe(&view), "Graph: squares, 5 lines; x = 3.");
    pane.act(Press::Last, &view, Size { width: 76, height: 9 });
    pane.act(Press::Up, &view, Size { width: 76, height: 9 });
    let said = pane.describe(&view);
    assert!(
        said.ends_with(
            "p = x * y = 6, gradient 1 (by differences 1); height = s + p = 15, gradient 1 (by differences 1)."
        ),
        "{said}"
    );
    let copied = pane.copy(&view).unwrap();
    assert!(
        copied.starts_with("squares at step 287\nx = 3\n")
            && copied.contains("p = x * y = 6   // gradient of p = 1 * 1 [height] = 1"),
        "{copied}"
    );
}

#[test]
fn a_part_that_comes_from_all_outputs_is_told_as_such_and_not_as_a_product() {
    let mut graph = squares();
    graph.of = Differentiated::Loss { output: 1, outputs: 3 };
    graph.lines[1].gathered = vec![3];
    let ups = [Press::Last, Press::Up, Press::Up, Press::Up];
    let shown = after(&ups, &run_with(vec![graph.clone()]), (80, 14));
    assert!(shown.contains("gradient of y = 3 [p, all outputs] = 3"), "{shown}");
    assert!(shown.contains("what all outputs of the sample pass back together"), "{shown}");
    graph.of = Differentiated::Loss { output: 0, outputs: 1 };
    let shown = after(&ups, &run_with(vec![graph]), (80, 14));
    assert!(shown.contains("gradient of y = 1 * 3 [p] = 3"), "of one output it is a product: {shown}");
}
