//! A lab with every kind of task is read as it was written.

use crate::lab::plan::task::{Budget, Form, Right, TaskKind, Within};
use crate::lab::{Document, Files, Lab, Overrides};
use std::path::Path;

const LAB: &str = r#"
format: 1
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: sgd, lr: 0.1}
training: {steps: 20}
learnt: Descent goes **down**.
revision: 3
tasks:
  - id: predict
    kind: question
    say: What is `v_1` for beta = {beta}?
    draw: {beta: [0.9, 0.98], theta: {from: 10, to: 11, step: 0.1}}
    answer: (1 - beta) * theta
    within_percent: 1
    points: 2
    hints: [Look at the formula., "`v_0` is 0."]
    because: The average starts at 0.
  - {id: pick, kind: question, say: Which?, choices: {a: up, b: down}, answer: b, before: nothing}
  - {id: sort, kind: question, say: In which order?, order: [gradient, average, step]}
  - {id: word, kind: question, say: What is it called?, answer: [momentum, momento]}
  - {id: read, kind: measure, say: How high is it?, of: {optimizer.lr: 0.2}, until: run.step >= 5, value: run.loss, within: 0.01}
  - {id: reach, kind: goal, say: Go lower., edit: [optimizer, training.steps], seeds: [7, 8, 9], need: 2, budget: {steps: 40},
     marks: [{check: run.loss < 0.1, points: 1}, {check: run.loss < 0.001, points: 2}]}
  - id: write
    kind: script
    say: Write it.
    file: labs/my_optimizer.rhai
    same_as: momentum
    hyper: {beta: 0.9}
    cases:
      - {name: first step, steps: 1}
      - {name: no gradient, gradient: zero, points: 2}
      - {name: two shapes, shapes: [[3, 2], [2]], from: 1000, hidden: true}
  - {id: find, kind: line, say: Which line?, file: labs/my_optimizer.rhai, answer: [19, 20]}
  - {id: why, kind: text, say: Why?, rubric: Both averages are named., hidden: true}
"#;

fn lab(text: &str) -> Result<Lab, Vec<crate::Error>> {
    let document = Document::parse("a.yaml", text).map_err(|error| vec![error])?;
    Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None)
}

#[test]
fn every_kind_is_read() {
    let lab = lab(LAB).unwrap();
    assert_eq!((lab.learnt.as_str(), lab.revision, lab.packed), ("Descent goes **down**.", 3, None));
    let kinds: Vec<&str> = lab.tasks.iter().map(|task| task.kind.word()).collect();
    let all = ["question", "question", "question", "question", "measure", "goal", "script", "line", "text"];
    assert_eq!(kinds, all);
    let points: Vec<f64> = lab.tasks.iter().map(|task| task.points).collect();
    assert_eq!(points, [2.0, 1.0, 1.0, 1.0, 1.0, 3.0, 4.0, 1.0, 1.0]);

    let TaskKind::Question(question) = &lab.tasks[0].kind else { panic!() };
    assert!(question.before_run && question.form == Form::Number && lab.tasks[0].hints.len() == 2);
    let right = Right::Number { expression: "(1 - beta) * theta".into(), within: Within::Percent(1.0) };
    assert_eq!(question.right, Some(right));
    let tenths = [10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 10.7, 10.8, 10.9, 11.0];
    assert_eq!(question.draw[1].values, tenths);

    let TaskKind::Question(question) = &lab.tasks[1].kind else { panic!() };
    assert!(!question.before_run && question.right == Some(Right::Choice("b".into())));
    let TaskKind::Question(question) = &lab.tasks[3].kind else { panic!() };
    assert_eq!(question.right, Some(Right::Text(vec!["momentum".into(), "momento".into()])));
    let TaskKind::Measure(measure) = &lab.tasks[4].kind else { panic!() };
    assert_eq!(measure.of, ["optimizer.lr=0.2"]);
    let TaskKind::Goal(goal) = &lab.tasks[5].kind else { panic!() };
    assert_eq!((goal.need, goal.budget, goal.seeds.len()), (Some(2), Some(Budget::Steps(40)), 3));
    let TaskKind::Script(script) = &lab.tasks[6].kind else { panic!() };
    assert!(script.cases[1].zero_gradient && script.cases[2].hidden && script.cases[2].from == 1000);
    let TaskKind::Line(line) = &lab.tasks[7].kind else { panic!() };
    assert_eq!(line.right, Some(vec![19, 20]));
}

#[test]
fn a_packed_lab_needs_no_answers() {
    let packed = "
format: 1
packed: 3f2a
series: {values: [16, 24, 28]}
averages: [exponential: 0.98]
tasks:
  - {id: number, kind: question, say: What is v_1?, form: number}
  - {id: pick, kind: question, say: Which?, choices: {a: up, b: down}}
  - {id: sort, kind: question, say: Which order?, order: [b, a]}
  - {id: why, kind: text, say: Why?}
";
    let packed = lab(packed).unwrap();
    for task in &packed.tasks {
        let TaskKind::Question(question) = &task.kind else { continue };
        assert_eq!(question.right, None, "{}", task.id);
    }
}

#[test]
fn a_number_is_near_enough_by_its_tolerance() {
    assert!(Within::Absolute(0.0).holds(0.32, (1.0 - 0.98) * 16.0));
    assert!(Within::Absolute(0.1).holds(0.3, 0.2) && !Within::Absolute(0.1).holds(0.31, 0.2));
    assert!(Within::Percent(1.0).holds(-101.0, -100.0) && !Within::Percent(1.0).holds(-102.0, -100.0));
    assert!(!Within::Absolute(1.0).holds(f64::NAN, 1.0));
}

#[test]
fn a_goal_may_have_a_schedule_edited_and_each_of_its_parameters() {
    let of = |lr: &str, edit: &str| {
        lab(&format!(
            "format: 1\nlandscape: {{source: bowl, start: [1, 1]}}\noptimizer: {{rule: sgd, lr: {lr}}}\ntraining: {{steps: 20}}\n\
             tasks: [{{id: a, kind: goal, say: a, edit: [{edit}], check: run.step >= 1}}]\n"
        ))
    };
    let driven = "{schedule: warmup_cosine, lr: 0.3, steps: 200}";
    for edit in ["optimizer.lr", "optimizer.lr.schedule", "optimizer.lr.lr", "optimizer.lr.warmup", "optimizer"] {
        let lab = of(driven, edit).unwrap_or_else(|errors| panic!("{edit}: {errors:?}"));
        // What a student makes of it is judged.
        let own = lab.written.source.text.replace("lr: 0.3", "lr: 0.7, warmup: 5");
        let judged = lab.judged(
            Some(&crate::error::Source::new("own.yaml", own)),
            &[edit.to_owned()],
            &[],
            &Overrides::default(),
        );
        let said = judged.unwrap_or_else(|errors| panic!("{edit}: {errors:?}")).resolved;
        assert_eq!(said.contains("0.7"), !edit.ends_with("warmup") && !edit.ends_with("schedule"), "{edit}: {said}");
        assert_eq!(
            said.contains("warmup: 5"),
            !edit.ends_with("lr.lr") && !edit.ends_with("schedule"),
            "{edit}: {said}"
        );
    }
    let wrong = of("0.1", "optimizer.lr.warmup").unwrap_err();
    assert!(wrong[0].what().contains("`optimizer.lr.warmup`"), "{wrong:?}");
    assert!(of(driven, "training.btach").is_err() && of(driven, "landscape.strat").is_err());
}

#[test]
fn a_parameter_that_no_rule_or_schedule_has_is_refused_in_what_a_goal_lets_edit() {
    let told = |lr: &str, edit: &str| {
        let text = format!(
            "format: 1\nlandscape: {{source: bowl, start: [1, 1]}}\noptimizer: {{rule: sgd, lr: {lr}}}\ntraining: {{steps: 20}}\n\
             tasks: [{{id: a, kind: goal, say: a, edit: [{edit}], check: run.step > 1}}]\n"
        );
        lab(&text).err().map(|errors| errors[0].render(false)).unwrap_or_default()
    };
    let scheduled = "{schedule: cosine, lr: 0.1, steps: 20}";
    for right in [
        "optimizer.lr",
        "optimizer.beta",
        "optimizer.lr.steps",
        "optimizer.lr.schedule",
        "optimizer.lr.warmup",
        "optimizer",
    ] {
        assert_eq!(told(scheduled, right), "", "{right}");
    }
    for (wrong, near) in [
        ("optimizer.lr.warmupp", "optimizer.lr.warmup"),
        ("optimizer.lr.stpes", "optimizer.lr.steps"),
        ("optimizer.beta11", "optimizer.beta1"),
    ] {
        let said = told(scheduled, wrong);
        assert!(said.contains("has a parameter `") && said.contains(&format!("did you mean `{near}`?")), "{said}");
    }
    assert!(told("0.1", "optimizer.quickness").contains("no rule has a parameter `quickness`"));
}
