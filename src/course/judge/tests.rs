//! Answers as students type them, goals and measures: judged by what is asked and by nothing else.

use std::path::Path;

use super::*;
use crate::course::draw;
use crate::lab::plan::task::Within;
use crate::lab::{Document, Files};
use crate::train::on_large_stack;
use proptest::prelude::*;

/// A lab with these tasks, on a bowl.
fn lab(tasks: &str) -> Lab {
    lab_of("landscape: {source: bowl, start: [1, 1]}\noptimizer: {rule: sgd, lr: 0.1}\ntraining: {steps: 20}\n", tasks)
}

fn lab_of(subject: &str, tasks: &str) -> Lab {
    on_large_stack(|| {
        let document = Document::parse("a.yaml", &format!("format: 1\n{subject}tasks:\n{tasks}")).unwrap();
        Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None).unwrap()
    })
}

fn judged(lab: &Lab, answer: Option<&str>) -> Verdict {
    let trusted = Trusted { lab, student: "ana", hidden: false };
    let submitted = Submitted { answer: answer.map(str::to_owned), ..Submitted::default() };
    let verdict = judge(&trusted, &lab.tasks[0], &submitted);
    assert_eq!(verdict, judge(&trusted, &lab.tasks[0], &submitted), "judged twice");
    verdict
}

fn outcomes(lab: &Lab, answers: &[(&str, Outcome)]) {
    for (answer, outcome) in answers {
        let verdict = judged(lab, Some(answer));
        assert_eq!(verdict.outcome, *outcome, "{answer}: {verdict:?}");
        assert_eq!(verdict.points > 0.0, verdict.passed(), "{answer}");
    }
}

use Outcome::{Error, Failed, Passed};

#[test]
fn numbers_are_read_as_students_type_them() {
    let lab = lab("  - {id: a, kind: question, say: a, answer: 0.32, within: 0.001, points: 2}\n");
    outcomes(
        &lab,
        &[
            ("0.32", Passed),
            (" 0,32 ", Passed),
            (".32", Passed),
            ("8/25", Passed),
            ("3.2e-1", Passed),
            ("32e-2", Passed),
            ("+0.3205", Passed),
            ("0.33", Failed),
            ("-0.32", Failed),
            ("\u{2212}0.32", Failed),
            ("about 0.32", Error),
            ("0.3.2", Error),
            ("1/0", Error),
            ("inf", Error),
            ("nan", Error),
            ("", Error),
            ("1,234", Error),
            ("1.234,5", Error),
        ],
    );
    assert!(judged(&lab, Some("-0.32")).message.contains("sign"));
    assert!(judged(&lab, Some("x")).message.contains("is no number"));
    assert!(!judged(&lab, Some("0.5")).message.contains("0.32"), "the value is never told");
}

#[test]
fn texts_are_compared_without_case_blanks_and_accents() {
    let lab = lab("  - {id: a, kind: question, say: a, answer: [\"Média móvel\", Straße]}\n");
    outcomes(
        &lab,
        &[
            ("media movel", Passed),
            ("MÉDIAMÓVEL", Passed),
            ("me\u{301}dia  mo\u{301}vel", Passed),
            ("STRASSE", Passed),
            ("media", Failed),
        ],
    );
    assert!(judged(&lab, Some("media mobel")).message.contains("spelt"));
}

#[test]
fn a_choice_is_named_or_written_out() {
    let lab = lab("  - {id: a, kind: question, say: a, choices: {a: It goes up, b: It goes down}, answer: b}\n");
    outcomes(
        &lab,
        &[("b", Passed), ("B)", Passed), ("it goes down", Passed), ("(a)", Failed), ("up", Error), ("c", Error)],
    );
    assert!(judged(&lab, Some("c")).message.contains("a, b"));
}

#[test]
fn an_order_is_given_by_letters_numbers_or_itself() {
    let lab = lab("  - {id: a, kind: question, say: a, order: [the gradient, average, step]}\n");
    let shown = draw::order(&lab.id, &lab.tasks[0], "ana");
    let at = |item: &str| shown.iter().position(|own| own == item).unwrap();
    let places: Vec<usize> = ["the gradient", "average", "step"].into_iter().map(at).collect();
    let letters: Vec<String> = places.iter().map(|at| char::from(b'a' + *at as u8).to_string()).collect();
    let numbers: Vec<String> = places.iter().map(|at| (at + 1).to_string()).collect();
    let turned: Vec<String> = letters.iter().rev().cloned().collect();
    for right in [
        letters.join(" "),
        letters.concat().to_uppercase(),
        numbers.join(", "),
        numbers.concat(),
        "The gradient > average > step".to_owned(),
        "the gradient, Average, step".to_owned(),
    ] {
        outcomes(&lab, &[(right.as_str(), Passed)]);
    }
    outcomes(&lab, &[(turned.join(" ").as_str(), Failed), ("a b", Error), ("a a b", Error), ("1 2 4", Error)]);
}

#[test]
fn a_line_counts_by_what_it_says_where_the_student_s_file_has_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = (folder.path().join("a.yaml"), "// One.\nfn a() { 1 }\nfn b() { 2 }\n");
    std::fs::write(folder.path().join("f.rhai"), text).unwrap();
    let lab = on_large_stack(|| {
        let text = "format: 1\nlandscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 2}\noptimizer: {rule: sgd, lr: 1}\n\
                    tasks: [{id: a, kind: line, say: a, file: f.rhai, answer: [2]}]\n";
        let document = Document::parse("a.yaml", text).unwrap();
        Lab::check(&document, &Files::beside(&path).unwrap(), None).unwrap()
    });
    outcomes(&lab, &[("2", Passed), ("line 2", Passed), ("3", Failed), ("4", Error), ("two", Error)]);
    let trusted = Trusted { lab: &lab, student: "", hidden: false };
    let moved = |answer: &str| {
        let file = Source::new("f.rhai", format!("// Mine.\n\n{text}"));
        let submitted = Submitted { answer: Some(answer.into()), files: vec![("f.rhai".into(), file)], lab: None };
        judge(&trusted, &lab.tasks[0], &submitted).outcome
    };
    assert_eq!((moved("4"), moved("2"), moved("5")), (Passed, Failed, Failed));
}

#[test]
fn a_measure_is_what_a_run_made_anew_gives() {
    let walk = "series: {values: [2, 4, 6]}\naverages: [simple: 2, exponential: 0.5]\n";
    let at_end = lab_of(walk, "  - {id: a, kind: measure, say: a, value: 'run.average(\"simple.2\")', within: 0.01}\n");
    outcomes(&at_end, &[("5", Passed), ("4.98", Failed), ("five", Error)]);
    let on_the_way =
        lab_of(walk, "  - {id: a, kind: measure, say: a, until: run.step == 2, value: value, within: 0}\n");
    outcomes(&on_the_way, &[("4", Passed), ("6", Failed)]);
    assert_eq!(judged(&on_the_way, Some("6")).message, "6 is not it: read it off the screen at step 2.");

    let bowl = "  - {id: a, kind: measure, say: a, of: {optimizer.lr: 0}, value: run.x, within: 0.001}\n";
    outcomes(&lab(bowl), &[("1", Passed), ("0.5", Failed)]);
    let never = lab("  - {id: a, kind: measure, say: a, until: run.step > 99, value: run.x}\n");
    assert!(judged(&never, Some("1")).message.contains("never holds"));
}

#[test]
fn nothing_that_depends_on_time_can_be_measured() {
    for value in ["run.seconds", "run.steps_per_second", "seconds"] {
        let text = format!(
            "format: 1\nlandscape: {{source: bowl, start: [1, 1]}}\ntraining: {{steps: 2}}\noptimizer: {{rule: sgd, lr: 1}}\n\
             tasks: [{{id: a, kind: measure, say: a, value: {value}}}]\n"
        );
        let document = Document::parse("a.yaml", &text).unwrap();
        let errors = on_large_stack(|| Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None));
        assert!(errors.unwrap_err()[0].what().contains("has no number"), "{value}");
    }
}

proptest! {
    #[test]
    fn any_text_is_judged_and_judged_alike(answer in "\\PC{0,20}|[0-9., eE/+-]{0,10}") {
        let tasks = [
            "  - {id: a, kind: question, say: a, answer: 0.32}\n",
            "  - {id: a, kind: question, say: a, choices: {a: up, b: down}, answer: b}\n",
            "  - {id: a, kind: question, say: a, order: [x, y, z]}\n",
            "  - {id: a, kind: question, say: a, answer: momentum}\n",
        ];
        thread_local! { static LABS: std::cell::OnceCell<Vec<Lab>> = const { std::cell::OnceCell::new() }; }
        LABS.with(|labs| {
            for lab in labs.get_or_init(|| tasks.iter().map(|tasks| lab(tasks)).collect()) {
                judged(lab, Some(&answer));
            }
        });
    }

    #[test]
    fn folding_twice_is_folding_once(text in "\\PC{0,20}") {
        let once = answer::fold(&text);
        prop_assert_eq!(answer::fold(&once), once.clone());
        prop_assert_eq!(answer::fold(&format!(" {} ", text.to_uppercase())), once);
    }
}

#[test]
fn a_right_number_with_too_few_digits_is_told_as_that() {
    let told = |given: &str, right| {
        answer::compared(&answer::number(given).unwrap(), right, Within::Absolute(0.0), "look again")
    };
    assert_eq!(told("22.7", 22.7474), "22.7 is right as far as it goes: give more digits.");
    assert_eq!(told("23", 22.7474), "23 is right as far as it goes: give more digits.");
    assert_eq!(told("-0.032", -0.03204), "-0.032 is right as far as it goes: give more digits.");
    // One digit is soon guessed, and what is worked out of others has none of its own.
    for (given, right) in [("0", 0.32), ("0.3", 0.32), ("22.8", 22.7474), ("0.03", 0.032), ("227/10", 22.7474)] {
        assert_eq!(told(given, right), format!("{given} is not it: look again."));
    }
}

#[test]
fn a_number_may_be_worked_out_where_it_is_typed_and_is_told_again_as_it_was_typed() {
    let value = |text: &str| answer::number(text).map(|given| given.value);
    for (typed, right) in [
        ("16*0.8/1.8", 16.0 * 0.8 / 1.8),
        ("4 * 0.9 ** 2", 4.0 * 0.9_f64.powi(2)),
        ("4 * 0.9^2", 4.0 * 0.9_f64.powi(2)),
        ("2^3", 8.0),
        ("(1 - 0.98) * 16", (1.0 - 0.98) * 16.0),
        ("1 / sqrt(0.01)", 10.0),
        ("max(1, 2) - 3", -1.0),
        ("2 \u{d7} 3", 6.0),
        ("1/9", 1.0 / 9.0),
        ("0,5/2", 0.25),
    ] {
        let given = value(typed).unwrap_or_else(|said| panic!("{typed}: {said}"));
        assert!((given - right).abs() < 1e-12, "{typed}: {given}");
    }
    // Nothing of a run is known, nothing is done but sums, and what cannot be read is no try.
    for wrong in [
        "run.loss",
        "run.x + 0",
        "loss * 1",
        "average(1)",
        "1 < 2",
        "let x = 1",
        "1/0",
        "(1",
        "0,5*2",
        "1 + a",
        "?:(",
        "? 1 : 2",
    ] {
        assert!(value(wrong).is_err(), "{wrong}");
    }
    assert!(value("beta * 2").unwrap_err().contains("there is no number `beta`"));
    let lab = lab("  - {id: a, kind: question, say: a, answer: 0.125, within: 0.001}\n");
    outcomes(&lab, &[("1/8", Passed), ("0.5 ** 3", Passed), ("1/9", Failed), ("run.x", Error)]);
    let wrong = judged(&lab, Some("1/9")).message;
    assert_eq!(wrong, "1/9 is not it: work it out again, and check each number in it.");
    let long = judged(&lab, Some(&["1"; 60].join("+"))).message;
    assert!(long.len() < 130 && long.contains("1+... is not it"), "{long}");
}

/// What is judged is not always what is asked: a number that stays as it is can be read anywhere.
#[test]
fn where_a_number_is_read_is_told_only_where_it_is_another_elsewhere() {
    let said = |until: &str, value: &str| {
        let task = format!("  - {{id: a, kind: measure, say: a, {until}value: {value}, within: 0.001}}\n");
        judged(&lab(&task), Some("77")).message
    };
    assert_eq!(said("until: run.step >= 5, ", "'3'"), "77 is not it: look which number on the screen is asked for.");
    assert_eq!(said("until: run.step >= 5, ", "run.x"), "77 is not it: read it off the screen at step 5.");
    assert_eq!(said("until: 'step == 1', ", "run.x"), "77 is not it: read it off the screen at step 1.");
    assert_eq!(
        said("until: 'run.x < 0.9', ", "run.x"),
        "77 is not it: read it off the screen at the first step with `run.x < 0.9`."
    );
    assert_eq!(said("", "run.x"), "77 is not it: read it off the screen at the end of the run.");
}

/// At the step where such a number can be worked out the screen shows what led there no more.
#[test]
fn where_a_number_is_worked_out_of_others_no_step_is_told_as_the_place_to_read_it() {
    let said = |value: &str| {
        let task =
            format!("  - {{id: a, kind: measure, say: a, until: run.step == 1, value: {value}, within: 0.001}}\n");
        judged(&lab(&task), Some("77")).message
    };
    for value in ["(1 - run.x) / 0.15", "run.step - 0.5 * run.x", "abs(run.x)", "-run.x"] {
        let looks = "77 is not it: look which number on the screen is asked for, and at which step.";
        assert_eq!(said(&format!("'{value}'")), looks, "{value}");
    }
    let walk = "series: {values: [2, 4, 6]}\naverages: [simple: 2]\n";
    let average =
        "  - {id: a, kind: measure, say: a, until: run.step == 2, value: 'run.average(\"simple.2\")', within: 0}\n";
    assert!(judged(&lab_of(walk, average), Some("77")).message.ends_with("read it off the screen at step 2."));
}

/// Whoever has not run anything yet cannot read it again.
#[test]
fn a_number_that_was_read_wrong_is_told_where_to_read_it() {
    let lab = lab("  - {id: a, kind: measure, say: a, until: run.step >= 5, value: run.x, within: 0.001}\n");
    let said = judged(&lab, Some("0.777")).message;
    assert_eq!(said, "0.777 is not it: read it off the screen at step 5.");
}

/// As racers' keys are: a map that chooses another rule has none of the hyper-parameters of the lab's.
#[test]
fn what_a_measure_lays_over_the_lab_is_laid_key_by_key() {
    let over = |of: &str, value: &str| {
        let task = format!("  - {{id: a, kind: measure, say: a, of: {of}, value: {value}, within: 1e-9}}\n");
        let lab = lab(&task);
        let TaskKind::Measure(measure) = &lab.tasks[0].kind else { panic!() };
        measure::right(&lab, measure).unwrap()
    };
    assert_eq!(over("{training: {clip_norm: 9}}", "run.step"), 20.0, "the length is the lab's");
    assert_eq!(over("{training: {steps: 3}}", "run.step"), 3.0);
    assert_eq!(over("{optimizer: {lr: 0}}", "run.x"), 1.0);
    assert_eq!(over("{landscape: {start: [3, 1]}, optimizer: {lr: 0}}", "run.x"), 3.0, "the bowl is the lab's");
    let momentum = "{optimizer: {rule: momentum, lr: 0.1}}";
    assert_eq!(over(momentum, "run.height"), over("{optimizer.rule: momentum}", "run.height"));
    let subject = "landscape: {source: bowl, start: [1, 1]}\noptimizer: {rule: momentum, lr: 0.1, beta: 0.5}\ntraining: {steps: 20}\n";
    let tasks = "  - {id: a, kind: measure, say: a, of: {optimizer: {rule: sgd, lr: 0}}, value: run.x, within: 0}\n";
    outcomes(&lab_of(subject, tasks), &[("1", Passed)]);
    // A section that the lab has not is made.
    let subject = "landscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 20}\n";
    let tasks = "  - {id: a, kind: measure, say: a, of: {optimizer: {lr: 0}}, value: run.x, within: 0}\n";
    outcomes(&lab_of(subject, tasks), &[("1", Passed)]);
}

#[test]
fn a_measure_may_name_the_runs_of_the_race_that_it_looks_at() {
    let race = "landscape: {source: bowl, start: [1, 1]}\noptimizer: {rule: sgd, lr: 0.1}\ntraining: {steps: 20}\n\
                compare: {still: {optimizer: {rule: sgd, lr: 0}}}\n";
    let task = |value: &str| format!("  - {{id: a, kind: measure, say: a, value: {value}, within: 0}}\n");
    outcomes(&lab_of(race, &task("run.still.x")), &[("1", Passed)]);
    outcomes(&lab_of(race, &task("still.x + 0 * run.sgd.x")), &[("1", Passed)]);
    let of = "  - {id: a, kind: measure, say: a, of: {compare: {slow: {optimizer: {rule: sgd, lr: 0}}}}, \
              until: run.slow.step >= 3, value: run.slow.x, within: 0}\n";
    outcomes(&lab(of), &[("1", Passed)]);
    outcomes(&lab_of(race, &of.replace("run.slow.x", "run.slow.x + run.still.x")), &[("2", Passed)]);
    let other =
        of.replace("of: {", "of: {optimizer: {rule: momentum, lr: 0.1}, ").replace("run.slow.x", "run.momentum.step");
    outcomes(&lab(&other), &[("3", Passed)]);
}

#[test]
fn a_measure_names_nothing_that_its_lab_has_not() {
    let wrong = |task: &str| {
        let text = format!(
            "format: 1\nlandscape: {{source: bowl, start: [1, 1]}}\ntraining: {{steps: 2}}\noptimizer: {{rule: sgd, lr: 1}}\n\
             tasks: [{{id: a, kind: measure, say: a, {task}}}]\n"
        );
        let document = Document::parse("a.yaml", &text).unwrap();
        let checked = on_large_stack(|| Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None));
        checked.unwrap_err()[0].to_string()
    };
    let slow = "of: {compare: {slow: {optimizer: {lr: 0}}}}";
    assert!(wrong("value: run.slow.x").contains("no number `slow`"));
    assert!(wrong(&format!("{slow}, value: run.slw.x")).contains("did you mean `slow`?"));
    assert!(wrong("of: {compare: {slow: {optimiser: {lr: 0}}}}, value: run.slow.x").contains("`optimiser`"));
    assert!(wrong("of: {series: {values: [1, 2]}}, value: run.x").contains("laid over the lab, this makes none"));
}

/// Checks and measures may ask of weights, gradients, states and updates what makes a number of them; a name that there is not
/// is refused before any run.
#[test]
fn goals_and_measures_ask_of_tensors() {
    let network = "data: {source: moons, samples: 60}\nnetwork: [dense: 3, tanh, dense: 2]\nloss: cross_entropy\n\
                   optimizer: {rule: momentum, lr: 0.1}\ntraining: {epochs: 3, batch: 20}\n";
    let goal = |check: &str| {
        judged(
            &lab_of(network, &format!("  - {{id: a, kind: goal, say: a, edit: [optimizer], check: '{check}'}}\n")),
            None,
        )
    };
    assert!(goal("norm(run.weight(\"W1\")) > 0 && max_abs(run.state(\"v.W1\")) > 0").passed());
    // An update is that of the last step of the epoch: no larger than all of the step, and not 0.
    assert!(goal("norm(run.update(\"W1\")) > 0 && norm(run.update()) < 1.000001 * run.update_norm").passed());
    assert_eq!(goal("norm(run.gradient()) < 0").outcome, Failed);
    let measured = lab_of(
        "landscape: {source: bowl, start: [1, 1]}\noptimizer: {rule: sgd, lr: 0.1}\ntraining: {steps: 20}\n",
        "  - {id: a, kind: measure, say: a, until: run.step == 3, value: 'run.update(\"xy\")[0] / run.gradient(\"xy\")[0]', \
         within: 0.000001}\n",
    );
    outcomes(&measured, &[("-0.1", Passed), ("0.1", Failed)]);
    let refused = |check: &str| {
        on_large_stack(|| {
            let tasks = format!("  - {{id: a, kind: goal, say: a, edit: [optimizer], check: '{check}'}}\n");
            let document = Document::parse("a.yaml", &format!("format: 1\n{network}tasks:\n{tasks}")).unwrap();
            let errors = Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None).unwrap_err();
            errors[0].render(false)
        })
    };
    let said = refused("norm(run.weight(\"W3\")) > 5");
    assert!(said.contains("there is no parameter `W3`; did you mean `W1`?") && said.contains("a.yaml:8:"), "{said}");
    // Another rule has other states: which there are is found out when it is judged.
    assert_eq!(goal("norm(run.state(\"s.W1\")) > 0").outcome, Error);
    assert!(refused("run.weight(\"W1\") > 5").contains("a.yaml:8:"), "{}", refused("run.weight(\"W1\") > 5"));
}
