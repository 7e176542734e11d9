//! Schedules that learn from the run, in a lab: what they see, and when they look.

use std::path::Path;

use crate::common::{defaults, shipped};
use crate::machine::Machine;
use optlab::lab::{Document, Files, Lab};
use optlab::script::{HyperValue, Kind, schedule};
use optlab::train::Experiment;

/// The rates of the first steps of a lab with this schedule; it evaluates after each epoch of four steps.
fn rates(schedule: &str, steps: usize) -> Vec<f64> {
    let text = format!(
        "data: {{source: moons, samples: 160, validation: 0.2}}\nnetwork: [dense: 2]\nloss: cross_entropy\n\
         optimizer: {{rule: sgd, lr: {schedule}}}\n"
    );
    let document = Document::parse("lab.yaml", &text).unwrap();
    let lab = Lab::check(&document, &Files::beside(Path::new("lab.yaml")).unwrap(), None).unwrap();
    let mut experiment = Experiment::new(lab.experiment(None, 1).unwrap()).unwrap();
    let mut step = || {
        let report = experiment.step(None).unwrap();
        if experiment.wants_evaluation(&report) {
            experiment.evaluate();
        }
        experiment.lr().unwrap()
    };
    (0..steps).map(|_| step()).collect()
}

#[test]
fn plateau_looks_at_every_step_or_at_every_evaluation() {
    // Nothing beats the best by nine tenths here, so the rate falls with every look but the first.
    let plateau = "{schedule: plateau, lr: 0.8, patience: 0, threshold: 0.9";
    assert_eq!(rates(&format!("{plateau}, min_lr: 0.15}}"), 5), [0.8, 0.8, 0.4, 0.2, 0.15]);
    let by_epoch = rates(&format!("{plateau}, metric: val_loss}}"), 13);
    assert_eq!(by_epoch, [0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2]);
}

#[test]
fn plateau_keeps_the_rate_of_what_becomes_better() {
    assert_eq!(rates("{schedule: plateau, lr: 0.05, patience: 0, threshold: 0, metric: val_loss}", 40), [0.05; 40]);
}

#[test]
fn plateau_never_raises_a_rate_that_is_below_its_least() {
    let plateau = "{schedule: plateau, lr: 0.001, patience: 0, threshold: 0.9";
    assert_eq!(rates(&format!("{plateau}, min_lr: 0.05}}"), 5), [0.001; 5]);
    assert_eq!(rates(&format!("{plateau}, min_lr: 0.001}}"), 5), [0.001; 5]);
}

#[test]
fn cosine_restarts_begin_where_the_rounds_before_them_end_however_they_grow() {
    let script = shipped(Kind::Schedule, "cosine_restarts");
    for (mult, steps) in
        [1.0, 1.0001, 1.001, 1.1, 1.25, 1.5, 2.0, 3.0].into_iter().flat_map(|m| [(m, 1), (m, 8), (m, 100)])
    {
        let mut values = defaults(&script);
        for (name, value) in &mut values {
            match name.as_str() {
                "mult" => *value = HyperValue::Number(mult),
                "steps" => *value = HyperValue::Number(f64::from(steps)),
                _ => {}
            }
        }
        let mut schedule = schedule(&script, &values).unwrap();
        let (mut begun, mut length) = (0.0, f64::from(steps));
        for t in 0..2000_u32 {
            // Sums of rounds, one after the other; a step that is as good as the next round's first is that.
            while f64::from(t) > begun + length * (1.0 - 1e-7) {
                (begun, length) = (begun + length, length * mult);
            }
            let part = ((f64::from(t) - begun) / length).max(0.0);
            let expected = 0.05 * (1.0 + (std::f64::consts::PI * part).cos());
            let got = schedule.rate(u64::from(t)).unwrap();
            assert!((got - expected).abs() < 1e-5, "{got} for {expected} at {t}, mult {mult}, steps {steps}");
        }
    }
}

#[test]
fn a_warm_up_that_no_step_follows_is_refused_where_it_stands() {
    let told = |lr: &str| {
        let text = format!(
            "data: {{source: moons}}\nnetwork: [dense: 2]\nloss: cross_entropy\noptimizer:\n  rule: sgd\n  lr: {lr}\n"
        );
        let document = Document::parse("lab.yaml", &text).unwrap();
        let files = Files::beside(Path::new("lab.yaml")).unwrap();
        Lab::check(&document, &files, None).map(|_| ()).map_err(|errors| {
            let [error] = &errors[..] else { panic!("{errors:?}") };
            (error.what().to_owned(), error.place().map(|place| (place.line(), place.column())))
        })
    };
    let wrong = |warmup: u32, steps: u32, column: usize| {
        let what = format!("`warmup` is {warmup}, but must be below `steps`, which is {steps}");
        Err((what, Some((6, column))))
    };
    assert_eq!(told("{schedule: warmup_cosine, warmup: 50, steps: 40}"), wrong(50, 40, 41));
    assert_eq!(told("{schedule: warmup_cosine, steps: 40, warmup: 40}"), wrong(40, 40, 52));
    // By default it is 100 steps.
    assert_eq!(told("{schedule: warmup_cosine, steps: 40}"), wrong(100, 40, 40));
    assert_eq!(told("{schedule: warmup_cosine, warmup: 39, steps: 40}"), Ok(()));
}

#[test]
fn what_comes_is_told_ahead_and_comes_so_but_not_of_a_schedule_that_learns() {
    use optlab::run::Command;
    use optlab::snapshot::HyperCurve;

    let lab = |lr: &str| {
        format!(
            "id: ahead\ndata: {{source: moons, samples: 96}}\nnetwork: [dense: 2]\nloss: cross_entropy\n\
             training: {{steps: 40, batch: 16}}\noptimizer: {{rule: sgd, lr: {lr}}}\nobserve: watch.rhai\n"
        )
    };
    let mut machine = Machine::new(&lab("{schedule: cosine, lr: 0.1, steps: 40}"));
    let HyperCurve::Known(ahead) = machine.snapshot.hyper[0].curve.clone() else { panic!("it is not known") };
    assert_eq!(ahead.iter().map(|(t, _)| *t).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
    for step in [1, 7, 40, 13] {
        machine.send(Command::Goto(step));
        machine.until(|snapshot| snapshot.step == step && snapshot.status.word() != "running");
        assert_eq!(machine.snapshot.hyper[0].value.to_bits(), ahead[step as usize - 1].1.to_bits());
        assert_eq!(machine.snapshot.hyper[0].curve, HyperCurve::Known(ahead.clone()));
    }

    let mut machine = Machine::new(&lab("{schedule: plateau, lr: 0.1, patience: 0}"));
    for step in [20, 5] {
        machine.send(Command::Goto(step));
        machine.until(|snapshot| snapshot.step == step && snapshot.status.word() != "running");
        let HyperCurve::Learned(line) = &machine.snapshot.hyper[0].curve else { panic!("it learns") };
        assert_eq!(line.buckets.len(), step as usize);
        assert_eq!(line.buckets.last().map(|bucket| bucket.last), Some(machine.snapshot.hyper[0].value));
    }

    let machine = Machine::new(&lab("0.1"));
    assert_eq!(machine.snapshot.hyper[0].curve, HyperCurve::Constant(0.1));
}
