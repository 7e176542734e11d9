//! The walk through the phases of an update: it is the update that the key `s` makes, its numbers are that update's, and the
//! screen says each of them, by keys and by the clock, in every state of a run.

use std::path::Path;

use optlab::clock::{Clock, Virtual};
use optlab::lab::{Lab, Overrides};
use optlab::record::output::{self, Kind, Options as Output};
use optlab::record::recorder::record;
use optlab::record::recording::Recording;
use optlab::record::tape::Tape;
use optlab::run::Command;
use optlab::session::{Options, Session};
use optlab::snapshot::{Phase, PhasesView, Snapshot, Status};
use optlab::train::on_large_stack;
use optlab::ui::draw::as_text;

/// Batch statistics, dropout, a penalty, a last batch that is smaller, a clipped norm.
const NETWORK: &str = "id: network
seed: 5
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: {units: 6, bias: false}, batch_norm, tanh, dropout: 0.2, dense: 2]
loss: cross_entropy
penalty: {l2: 0.001}
training: {epochs: 6, batch: 20, clip_norm: 0.5}
optimizer: {rule: adamw, lr: 0.05}
";
/// Updates of three mini-batches, and the last one of an epoch of what is left: one.
const GATHERED: &str = "id: gathered
seed: 5
data: {source: moons, samples: 96, validation: 0.25}
network: [dense: {units: 6, bias: false}, batch_norm, tanh, dropout: 0.2, dense: 2]
loss: cross_entropy
penalty: {l2: 0.001}
training: {epochs: 6, batch: 20, accumulate: 3, clip_norm: 0.1}
optimizer: {rule: adamw, lr: 0.05}
";
/// A loss by script over numbers, elements that are clipped, a rule that branches.
const NUMBERS: &str = "id: numbers
seed: 2
data: {source: sine, samples: 60, noise: 0.1, validation: 0.25}
network: [dense: 8, relu, dense: 1]
loss: mse
training: {epochs: 10, batch: 16, shuffle: false, clip_value: 0.05}
optimizer: {rule: radam, lr: 0.02}
";
/// A landscape with noise.
const RAVINE: &str = "id: ravine
seed: 3
landscape: {source: ravine, start: [-4, 1.5], noise: 0.2}
training: {steps: 40}
optimizer: {rule: momentum, lr: 0.05, beta: 0.9}
";
/// Batches of four and all samples at once, held together by samples.
const RACE: &str = "id: race
seed: 4
data: {source: moons, samples: 40, validation: 0.25}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 9, batch: 10}
optimizer: {rule: momentum, lr: 0.05, beta: 0.9}
compare:
  full: {training: {batch: full}}
";
const SERIES: &str = "id: walk
series: {source: noisy_sine}
averages: [{simple: 3}, {exponential: 0.9}, {exponential: {beta: 0.9, corrected: true}}]
";

fn lab(folder: &Path, text: &str) -> Lab {
    let path = folder.join("lab.yaml");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    on_large_stack(|| Lab::open(&path, &Overrides::default()))
        .unwrap_or_else(|errors| panic!("{}", errors[0].render(false)))
}

/// A session on a clock that stands.
fn session(text: &str) -> Session {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { clock: Clock::of(Virtual::new()), way_back: true, ..Options::default() };
    Session::of(lab(folder.path(), text), options).unwrap()
}

fn phases(snapshot: &Snapshot) -> &PhasesView {
    snapshot.phases.as_ref().expect("the step was taken apart")
}

fn names(view: &PhasesView) -> Vec<&'static str> {
    view.phases.iter().map(Phase::name).collect()
}

/// Every number of a phase that the step tells of itself is the same there, to the bit.
fn agrees(snapshot: &Snapshot) {
    let ledger = snapshot.ledger.as_ref().expect("the step was watched");
    let came_in = ledger.lines[0].value;
    let norm = |name: &str| snapshot.gradients.iter().find(|own| own.name == name).and_then(|own| own.norm).unwrap();
    let looked_at = phases(snapshot).phases.iter().find_map(|phase| match phase {
        Phase::Update(update) => Some(format!("d{}", update.element)),
        _ => None,
    });
    let looked_at = looked_at.expect("an update");
    let mut last = f64::NAN;
    let mut mini_batches = (Vec::new(), Vec::new());
    let several = phases(snapshot).phases.iter().any(|phase| matches!(phase, Phase::Mean(_)));
    for phase in &phases(snapshot).phases {
        match phase {
            Phase::Loss(loss) if several => {
                assert_eq!((loss.of_data, loss.penalty), (loss.loss, None));
                mini_batches.0.push(loss.loss);
            }
            Phase::Gradient(gradient) if several => mini_batches.1.push(gradient.elements[0].value),
            Phase::Mean(mean) => {
                assert_eq!(Some(mean.loss.to_bits()), snapshot.loss.last.map(f64::to_bits));
                assert_eq!(mean.norm.to_bits(), norm("all").to_bits());
                mean.norms.iter().for_each(|(name, own)| assert_eq!(own.to_bits(), norm(name).to_bits(), "{name}"));
                // The mean is that of what each mini-batch was shown to have, in the arithmetic of the step.
                assert_eq!((&mean.losses, &mean.of_each), (&mini_batches.0, &mini_batches.1));
                let count = mean.losses.len() as f64;
                assert_eq!(mean.of_data, mean.losses.iter().sum::<f64>() / count);
                let sum = mean.of_each.iter().map(|own| *own as f32).reduce(|sum, own| sum + own).unwrap();
                assert_eq!(mean.element.own, f64::from(sum * (1.0 / count) as f32));
                assert_eq!(mean.of_data + mean.penalty.unwrap(), mean.loss);
                last = mean.element.value;
            }
            Phase::Loss(loss) => {
                assert_eq!(Some(loss.loss.to_bits()), snapshot.loss.last.map(f64::to_bits));
                assert_eq!(loss.of_data + loss.penalty.unwrap_or(0.0), loss.loss);
            }
            Phase::Height { height, .. } => assert_eq!(Some(*height), snapshot.loss.last),
            Phase::Gradient(gradient) => {
                assert_eq!(gradient.norm.to_bits(), norm("all").to_bits());
                gradient.norms.iter().for_each(|(name, own)| assert_eq!(own.to_bits(), norm(name).to_bits(), "{name}"));
                last = gradient.elements.iter().find(|own| own.name == looked_at).unwrap().value;
            }
            Phase::Clip(clip) => {
                assert_eq!(clip.before.to_bits(), norm("all").to_bits());
                let (_, before, after) = clip.elements.iter().find(|(name, ..)| *name == looked_at).unwrap();
                assert_eq!(*before, last);
                last = *after;
            }
            _ => {}
        }
    }
    assert_eq!(last.to_bits(), came_in.to_bits(), "what the rule gets is what the phases before it come to");
}

#[test]
fn a_step_that_is_walked_through_is_the_step_of_the_key_to_the_bit() {
    for text in [NETWORK, GATHERED, NUMBERS, RAVINE, RACE, SERIES] {
        let (mut plain, mut walked) = (session(text), session(text));
        for step in 1..=11 {
            plain.send(Command::Step);
            walked.send(Command::Phases(step));
            let snapshot = walked.snapshot();
            assert_eq!((phases(&snapshot).walk, phases(&snapshot).step), (step, step));
            assert_eq!(plain.checkpoint().unwrap(), walked.checkpoint().unwrap(), "step {step} of {text}");
        }
        assert_eq!(plain.status(), walked.status());
    }
}

#[test]
fn the_numbers_of_the_phases_are_those_that_the_step_tells_of_itself() {
    for (text, expected) in [
        (NETWORK, &["batch", "forward", "loss", "backward", "clip", "update"][..]),
        (NUMBERS, &["batch", "forward", "loss", "backward", "clip", "update"][..]),
        (RAVINE, &["height", "gradient", "update"][..]),
        (RACE, &["batch", "forward", "loss", "backward", "update"][..]),
    ] {
        let mut session = session(text);
        for step in 1..=9 {
            session.send(Command::Phases(step));
            let snapshot = session.snapshot();
            assert_eq!(names(phases(&snapshot)), expected);
            agrees(&snapshot);
        }
        // Another element of the same step, while it is held.
        session.send(Command::Element { parameter: 0, index: 1 });
        agrees(&session.snapshot());
        // A step that nobody walks through has no phases, and neither has one that was gone back to.
        session.send(Command::Step);
        assert!(session.snapshot().phases.is_none());
        session.send(Command::Phases(10));
        session.send(Command::Goto(4));
        assert!(session.snapshot().phases.is_none());
        session.send(Command::Phases(11));
        assert_eq!(phases(&session.snapshot()).step, 5);
        agrees(&session.snapshot());
    }
}

#[test]
fn an_update_of_several_mini_batches_goes_through_each_and_then_their_mean() {
    let mut session = session(GATHERED);
    let each = ["batch", "forward", "loss", "backward"];
    let several: Vec<&str> = each.into_iter().cycle().take(12).chain(["mean", "clip", "update"]).collect();
    for step in 1..=6 {
        session.send(Command::Phases(step));
        let snapshot = session.snapshot();
        // The last mini-batch of an epoch makes an update alone.
        let expected = if step % 2 == 0 { [&each[..], &["clip", "update"]].concat() } else { several.clone() };
        assert_eq!(names(phases(&snapshot)), expected);
        agrees(&snapshot);
        let batches = phases(&snapshot).phases.iter().filter_map(|phase| match phase {
            Phase::Batch(batch) => Some((batch.of_update, batch.place, batch.samples.len())),
            _ => None,
        });
        let of_first = [(Some((1, 3)), (1, 4), 20), (Some((2, 3)), (2, 4), 20), (Some((3, 3)), (3, 4), 20)];
        let last = [(None, (4, 4), 12)];
        assert_eq!(batches.collect::<Vec<_>>(), if step % 2 == 0 { last.to_vec() } else { of_first.to_vec() });
    }
}

/// The second of three mini-batches has a sample that is too large for its layer.
#[test]
fn a_mini_batch_that_breaks_ends_the_walk_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("points.csv"), "x,y\n1,1\n2,2\n3e38,3\n4,4\n5,5\n6,6\n").unwrap();
    let text = "id: broken
data: {csv: points.csv, target: y}
network: [{dense: {units: 50, init: he}}, {dense: 1}]
loss: mse
training: {epochs: 6, batch: 2, accumulate: 3, shuffle: false, clip_norm: 1}
optimizer: {rule: sgd, lr: 0.05}
";
    let mut session = Session::of(lab(folder.path(), text), Options::default()).unwrap();
    session.send(Command::Phases(1));
    let snapshot = session.snapshot();
    let expected = ["batch", "forward", "loss", "backward", "batch", "forward", "broken"];
    assert_eq!(names(phases(&snapshot)), expected);
    let Some(Phase::Batch(batch)) = phases(&snapshot).phases.get(4) else { panic!("{snapshot:?}") };
    assert_eq!((batch.of_update, &batch.samples[..]), (Some((2, 3)), &[3, 4][..]));
}

#[test]
fn the_last_line_of_each_average_is_the_average() {
    let mut session = session(SERIES);
    for step in 1..=5 {
        session.send(Command::Phases(step));
        let snapshot = session.snapshot();
        assert_eq!(names(phases(&snapshot)), ["value", "average"]);
        let series = snapshot.series.as_ref().unwrap();
        let row = series.rows.last().unwrap();
        let Phase::Average(lines) = &phases(&snapshot).phases[1] else { panic!("the averages") };
        for (average, value) in series.averages.iter().zip(&row.averages) {
            let told = lines.iter().rfind(|(name, _)| *name == average.name).unwrap();
            assert_eq!(told.1.value.to_bits(), value.to_bits(), "{}", average.name);
        }
    }
}

#[test]
fn a_step_that_breaks_ends_its_walk_with_why() {
    let text = RAVINE.replace("lr: 0.05", "lr: 1e150");
    let mut session = session(&text);
    for step in 1..=5 {
        session.send(Command::Phases(step));
    }
    let snapshot = session.snapshot();
    assert!(matches!(snapshot.status, Status::Diverged(_)), "{:?}", snapshot.status);
    let Some(Phase::Broken(why)) = phases(&snapshot).phases.last() else { panic!("{:?}", snapshot.phases) };
    assert!(!why.is_empty());
    // A run that is over makes no update, and says so.
    session.send(Command::Phases(9));
    let refused = session.snapshot().timeline.refused.expect("it is refused").1;
    assert_eq!(refused.what(), "the run has diverged, and makes no further update");
}

#[test]
fn the_update_tells_of_the_second_gradient_where_a_rule_has_one() {
    let told = |rule: &str| {
        let mut session =
            session(&RAVINE.replace("{rule: momentum, lr: 0.05, beta: 0.9}", rule).replace("noise: 0.2", "noise: 0"));
        session.send(Command::Phases(1));
        let view = phases(&session.snapshot()).clone();
        let gradient = view.phases.iter().find_map(|phase| match phase {
            Phase::Gradient(gradient) => Some(gradient.norm),
            _ => None,
        });
        let Some(Phase::Update(update)) = view.phases.last() else { panic!("{:?}", view.phases) };
        (gradient.unwrap(), update.second)
    };
    assert_eq!(told("{rule: sgd, lr: 0.05}").1, None);
    let (first, second) = told("{rule: sam, lr: 0.05, rho: 0}");
    assert_eq!(second, Some(first));
    let (first, second) = told("{rule: sam, lr: 0.05, rho: 0.1}");
    assert!(second.is_some_and(|second| second > first), "uphill a bowl is steeper: {first} {second:?}");
    let sam = RAVINE.replace("{rule: momentum, lr: 0.05, beta: 0.9}", "{rule: sam, lr: 0.05}");
    let screen = |steps: usize| screens(&sam, "80x24", "", 2 + steps);
    assert!(screen(1).contains("line 2 of 5, of second_point"), "{}", screen(1));
    for wanted in
        ["line 3 of 5, of second_point", "point = x + 0.05", "There the second gradient is taken; x itself has not"]
    {
        let shown = screen(2).replace("w + h.rho", "x + 0.05");
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    assert!(screen(3).contains("The second gradient, dW2, was taken at that point; its norm is"), "{}", screen(3));
    assert!(screen(3).contains("line 4 of 5."), "{}", screen(3));
}

fn recorded(folder: &Path, lab: &str, size: &str, play: &str) -> Recording {
    if lab.contains('\n') {
        std::fs::write(folder.join("lab.yaml"), lab).unwrap();
    }
    let lab = if lab.contains('\n') { "lab.yaml" } else { lab };
    let text = format!("format: 1\nlab: {lab}\nsize: {size}\nfps: 20\nspeed: 20\nplay:\n{play}");
    let name = folder.join("here.tape.yaml").display().to_string();
    let tape = Tape::read(&name, text.as_bytes()).unwrap_or_else(|errors| panic!("{errors:?}"));
    record(&tape, None, &mut |_| ()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// The screens of a walk over the next update, a place each; `more` keys after the first one.
fn screens(lab: &str, size: &str, before: &str, more: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut play = format!("{before}  - type: \":phases\\n\"\n    at_once: true\n  - shot: at-1\n");
    for at in 2..=more + 1 {
        play.push_str("  - key: Right\n  - shot: at-");
        play.push_str(&at.to_string());
        play.push('\n');
    }
    let recording = recorded(folder.path(), lab, size, &play);
    recording.shots.iter().map(|shot| as_text(&shot.cells) + "\n\n").collect()
}

#[test]
fn every_phase_is_said_on_a_small_screen() {
    insta::assert_snapshot!("adam_80x24", screens("adam-on-digits", "80x24", "  - key: s\n", 12));
    insta::assert_snapshot!("network_80x24", screens(NETWORK, "80x24", "", 5));
    insta::assert_snapshot!("gathered_80x24", screens(GATHERED, "80x24", "", 14));
    insta::assert_snapshot!("gathered_60x18", screens(GATHERED, "60x18", "  - key: [s, s]\n", 14));
    insta::assert_snapshot!("numbers_60x18", screens(NUMBERS, "60x18", "  - key: [s, x6]\n", 6));
    insta::assert_snapshot!("ravine_80x24", screens(RAVINE, "80x24", "  - key: s\n", 5));
    insta::assert_snapshot!("series_80x24", screens(SERIES, "80x24", "  - key: [s, s]\n", 5));
}

#[test]
fn every_phase_is_said_on_a_large_screen() {
    insta::assert_snapshot!("adam_120x40", screens("adam-on-digits", "120x40", "  - key: s\n", 12));
    insta::assert_snapshot!("race_120x40", screens(RACE, "120x40", "  - key: s\n", 6));
}

/// A tape that walks by keys and by time, goes back, and lets the run go on.
const TAPE: &str = "  - key: [s, s]
  - type: \":phases\\n\"
  - key: [space, Right, s, Left, space]
  - pause: 1s
  - key: Esc
  - type: \":phases 0.4s\\n\"
  - pause: 6s
  - key: s
  - pause: 2s
  - key: [Left, space, Esc]
  - key: space
  - until: run.step == 12
  - key: space
  - type: \":phases\\n\"
  - pause: 1s
";

#[test]
fn a_tape_with_walks_gives_the_same_bytes_twice() {
    for lab in [NETWORK, GATHERED, RAVINE, SERIES] {
        let bytes = || {
            let folder = tempfile::tempdir().unwrap();
            let recording = recorded(folder.path(), lab, "80x24", TAPE);
            output::one(&recording, Kind::Cast, Output::default()).unwrap()
        };
        assert_eq!(bytes(), bytes());
    }
}
