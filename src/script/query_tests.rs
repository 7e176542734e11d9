//! Expressions over runs: their numbers, their tensors, and what is wrong.

use super::*;
use crate::optim::Position;
use crate::run::{Look, Looks};

fn asked(text: &str) -> String {
    let own = RunView { step: 7, loss: 0.25, lr: 0.1, position: Position::Network, ..RunView::default() };
    let runs = vec![("adam", own), ("sgd", RunView { loss: 0.5, ..own })];
    of(text, &Sight { runs, ..Sight::default() })
}

fn of(text: &str, sight: &Sight<'_>) -> String {
    match query(text).and_then(|query| query.value(sight)) {
        Ok(value) => value.to_string(),
        Err(error) => error.what().to_owned(),
    }
}

#[test]
fn a_run_tells_where_it_stands_and_another_kind_of_run_has_no_such_number() {
    let at = |position| RunView { position, ..RunView::default() };
    let walk = Sight {
        runs: vec![("values", at(Position::Series { value: 3.0 }))],
        averages: vec![("simple.2", 2.5), ("exponential.0.9", 0.25)],
        ..Sight::default()
    };
    let hill = at(Position::Landscape { x: 1.0, y: -2.0, height: 5.0 });
    let hill = Sight { runs: vec![("sgd", hill), ("adam", hill)], ..Sight::default() };
    assert_eq!(of("run.x + y + run.adam.height", &hill), "4");
    assert_eq!(of("run.value - average(\"simple.2\") + run.average(\"exponential.0.9\")", &walk), "0.75");
    assert_eq!(of("run.value", &hill), "`value` is a number of runs along a series alone");
    assert_eq!(of("height", &walk), "`height` is a number of runs on a landscape alone");
    assert_eq!(asked("x"), "`x` is a number of runs on a landscape alone");
    let wrong = of("average(\"exponential.0.99\")", &walk);
    assert_eq!(wrong, "there is no average `exponential.0.99`; did you mean `exponential.0.9`?");
    assert_eq!(of("average(\"a\")", &hill), "there is no average `a`; a run has averages along a series alone");
    assert!(of("average(2)", &walk).starts_with("`average` wants the name"), "{}", of("average(2)", &walk));
    assert!(!asked("run").contains("height") && of("run", &hill).ends_with("x, y, height"));
}

#[test]
fn numbers_have_short_names_and_racers_their_own() {
    assert_eq!(asked("run.step / 2"), "3.5");
    assert_eq!(asked("loss < 0.3 && step == 7"), "true");
    assert_eq!(asked("run.sgd.loss - sgd.loss + run.loss"), "0.25");
    assert_eq!(asked("sqrt(loss)"), "0.5");
    assert_eq!(asked("val_loss < 1"), "false");
    assert_eq!(asked("val_loss"), "nothing yet (NaN)");
    assert_eq!(asked("loss / 1000000"), "2.5e-7");
    assert_eq!(asked("run"), format!("a run, with {}", run::names(&RunView::default()).collect::<Vec<_>>().join(", ")));
}

/// Two parameters and two states.
struct Own(f64);

impl Look for Own {
    fn names(&self, part: Part) -> Vec<String> {
        let names = if part == Part::State { ["v.W1", "count.W1"] } else { ["W1", "b1"] };
        names.map(str::to_owned).to_vec()
    }

    fn look(&self, part: Part, name: Option<&str>) -> Option<Seen> {
        match (part, name) {
            (Part::Update, Some("b1")) => Some(Seen::NotKept("it is not kept")),
            (Part::State, Some("count.W1")) => Some(Seen::Number(3.0)),
            (Part::State, Some("v.W1")) | (_, Some("W1")) => {
                Some(Seen::Tensor((0..6).map(|at| self.0 * f64::from(at)).collect(), 3))
            }
            (Part::Weight | Part::Gradient | Part::Update, None) => Some(Seen::Tensor(vec![self.0; 400], 1)),
            _ => None,
        }
    }
}

#[test]
fn weights_gradients_and_states_are_copied_when_they_are_asked_for() {
    let own = RunView { loss: 0.25, position: Position::Network, ..RunView::default() };
    let (first, second) = (Own(1.0), Own(10.0));
    let sight =
        Sight { runs: vec![("adam", own), ("sgd", own)], looks: Looks(vec![&first, &second]), ..Sight::default() };
    let of = |text: &str| of(text, &sight);
    assert_eq!(of("run.weight(\"W1\")"), "2x3 [[0, 1, 2], [3, 4, 5]]; mean 2.5, min 0, max 5");
    assert_eq!(of("max_abs(weight(\"W1\")) + sum(run.sgd.weight(\"W1\"))"), "155");
    assert_eq!(of("weight(\"W1\")[1][2] > loss && sgd.loss == 0.25"), "true");
    assert_eq!(
        of("gradient() / 3"),
        "400x1 [0.333333, 0.333333, 0.333333, 0.333333, ...]; mean 0.333333, min 0.333333, max 0.333333"
    );
    assert_eq!((of("state(\"count.W1\") + 1"), of("state(\"v.W1\").len()")), ("4".into(), "2".into()));
    assert_eq!(of("weight(\"W2\")"), "there is no parameter `W2`; did you mean `W1`?");
    assert_eq!(of("state(\"s.W1\")"), "there is no state `s.W1`; did you mean `v.W1`?");
    assert_eq!(of("norm(run.sgd.update()) / norm(update())"), "10");
    assert_eq!(
        (of("run.update(\"b1\")"), of("run.sgd.parameters()")),
        ("it is not kept".into(), "[\"W1\", \"b1\"]".into())
    );
    let one = of("run.state(\"W1\", \"v\")");
    assert!(one.ends_with("as in `state(\"v.W1\")`") && one == of("state(\"v\", \"W1\")"), "{one}");
    assert!(of("weight(1)").contains("wants a name in quotes") && of("state()").contains("wants a name"));
    // Where only numbers are known it is said; and a query knows what it asked for before.
    let query = query("norm(weight(\"W1\"))").unwrap();
    let told =
        |sight: &Sight<'_>| query.value(sight).map_or_else(|error| error.what().to_owned(), |value| value.to_string());
    assert!(told(&sight).starts_with("7.416"));
    let numbers = Sight { looks: Looks::default(), ..sight.clone() };
    assert!(told(&numbers).contains("`weight` is not known here"), "{}", told(&numbers));
    let turned = Sight { looks: Looks(vec![&second, &first]), ..sight.clone() };
    assert!(told(&turned).starts_with("74.16"));
}

#[test]
fn a_tensor_reads_by_its_shape_its_first_numbers_and_what_they_are_on_the_whole() {
    let of = |values: Vec<f64>, columns: usize| shown(&Tensor::shared(Arc::new(values), columns));
    assert_eq!(of(vec![1.5], 1), "1x1 [1.5]");
    assert_eq!(of(vec![], 1), "0x1 []");
    let large: Vec<f64> = (0..100).map(f64::from).collect();
    assert_eq!(
        of(large, 10),
        "10x10 [[0, 1, 2, 3, ...], [10, 11, 12, 13, ...], [20, 21, 22, 23, ...], ...]; mean 49.5, min 0, max 99"
    );
    assert_eq!(
        of(vec![f64::NAN, 1.0, 3.0, f64::INFINITY], 2),
        "2x2 [[NaN, 1], [3, inf]]; mean 2, min 1, max 3 of the finite ones; 2 not finite"
    );
    assert_eq!(of(vec![1e-9, 123_456_789.0], 1), "2x1 [1e-9, 123457000]; mean 61728400, min 1e-9, max 123457000");
}

#[test]
fn what_is_wrong_is_told() {
    assert_eq!(asked("losss"), "a run has no number `losss`; did you mean `loss`?");
    assert_eq!(asked("run.sdg.loss"), "a run has no number `sdg`; did you mean `sgd`?");
    assert!(asked("loss <").starts_with("this is not an expression"), "{}", asked("loss <"));
    for statement in ["let x = 1", "while true {}", "loop {}", "loss = 3", "run.loss = 3", "eval(\"1\")"] {
        assert!(asked(statement).parse::<f64>().is_err(), "{statement}: {}", asked(statement));
    }
    assert!(!asked("run.loss = 3").is_empty());
}
