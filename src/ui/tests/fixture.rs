//! Snapshots as a run would publish them, for tests: Adam on digits with layers 64-64-10, healthy, diverged, failed; and
//! walks along the series of shipped labs.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use crate::error::{Error, Place, Source};
use crate::lab::{Lab, Overrides, ScriptText};
use crate::session::{Series, Smooth};
use crate::snapshot::{
    AverageView, Divergence, EpochRow, GradientView, Grid, HyperCurve, HyperNow, Line, LossView, NamedView, Quantity,
    SeriesRow, SeriesView, Snapshot, Speed, StateView, Status,
};
use crate::snapshot::{Parting, RaceRules, Ranking, Runner, Standing, TimeRanking, TimelineView};
use crate::ui::canvas::pen::Pen;
use crate::ui::draw::as_text;
use crate::ui::look::theme::{Look, Role, Theme, force_ascii};
use crate::ui::panes::{self, Pane, PaneKind, View};
use crate::ui::tests::fixture_ledger::{ELEMENT, ledger};
use crate::ui::tests::fixture_network::network;
pub use crate::ui::tests::fixture_scripts::scripts;
use crate::ui::tests::fixture_scripts::scripts_of;

/// The text of the lab.
pub const ABOUT: &str = "\
# Adam on handwritten digits

Adam joins **momentum** and RMSProp: `v` is the average of the gradients, `s` that of their squares. Both start at 0 and are corrected for it.

- Watch `v_hat` against `v` in the first ten steps.
- Then watch `s`: its window is a hundred times longer,
  so `1 - b^t` needs a thousand steps to come near 1.

1. Run with `space`.
2. What happens with `lr: 0.1`?

```
W = W - lr * v_hat / (sqrt(s_hat) + eps)
```
";

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const STEPS_PER_EPOCH: u64 = 23;
const PARAMETERS: [(&str, &[usize], f64); 4] =
    [("W1", &[64, 64], 0.7), ("b1", &[64], 0.05), ("W2", &[64, 10], 0.6), ("b2", &[10], 0.08)];

/// A number in -1..1 that looks random and is the same everywhere.
fn noise(i: u64) -> f64 {
    let mut x = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x >> 40) as f64 / f64::from(1 << 23)) - 1.0
}

fn constant(name: &str, value: f64) -> HyperNow {
    HyperNow { name: name.into(), value, scheduled: false, curve: HyperCurve::Constant(value), groups: Vec::new() }
}

/// A line of these values.
pub fn line(values: impl Iterator<Item = f64>) -> Line {
    let mut series = Series::new(Series::CAPACITY);
    values.for_each(|value| series.push(value));
    Line { buckets: series.buckets(), width: series.width() }
}

fn loss_at(step: u64) -> f64 {
    let t = step as f64;
    let clean = 2.35 * (-t / 45.0).exp() + 0.16 + 0.5 / (1.0 + t / 12.0);
    clean * (1.0 + 0.22 * noise(step)) + if step == 190 { 0.9 } else { 0.0 }
}

fn losses(values: &[f64]) -> LossView {
    let mut smooth = Smooth::new(0.95);
    let smoothed: Vec<f64> = values.iter().map(|value| smooth.push(*value)).collect();
    let best = values.iter().copied().enumerate().filter(|(_, v)| v.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1));
    LossView {
        batch: line(values.iter().copied()),
        smooth: line(smoothed.iter().copied()),
        last: values.last().copied(),
        smooth_last: smoothed.last().copied(),
        best: best.map(|(i, value)| (value, i as u64 + 1)),
    }
}

fn gradients(step: u64, size: impl Fn(u64) -> f64) -> Vec<GradientView> {
    let of = |share: f64, key: u64| {
        let size = &size;
        move |t: u64| share * size(t) * (1.0 + 0.3 * noise(t * 7 + key))
    };
    let mut all = vec![GradientView {
        name: "all".into(),
        shape: Vec::new(),
        norm: (step > 0).then(|| of(1.0, 0)(step)),
        ratio: None,
        began_at_zero: false,
        line: line((1..=step).map(of(1.0, 0))),
    }];
    for (key, (name, shape, share)) in PARAMETERS.into_iter().enumerate() {
        let norm = of(share, key as u64 + 1);
        all.push(GradientView {
            name: name.into(),
            shape: shape.to_vec(),
            norm: (step > 0).then(|| norm(step)),
            ratio: [Some(1.2e-3), None, Some(0.17), None][key].filter(|_| step > 0),
            began_at_zero: name.starts_with('b'),
            line: line((1..=step).map(norm)),
        });
    }
    all
}

fn state(step: u64) -> Vec<StateView> {
    let t = step as i32;
    let (c1, c2) = (1.0 - BETA1.powi(t), 1.0 - BETA2.powi(t));
    PARAMETERS
        .iter()
        .enumerate()
        .map(|(at, (parameter, shape, share))| {
            let value = |name: &str, kept: bool, size: f64, correction: Option<f64>, decay: Option<f64>| {
                let fall = |t: u64| size * (0.2 + (-(t as f64) / 60.0).exp()) * (1.0 + 0.2 * noise(t * 3 + at as u64));
                let cells = (0..16 * 32).map(|i| {
                    let (row, column) = (f64::from(i / 32), f64::from(i % 32));
                    let hill = (-((row - 6.0) / 4.0).powi(2) - ((column - 14.0) / 9.0).powi(2)).exp();
                    size * (hill + 0.15 + 0.15 * noise(i as u64 + 1000 * at as u64))
                });
                NamedView {
                    name: name.into(),
                    kept,
                    times: 1,
                    scalar: false,
                    shape: None,
                    rms: size,
                    min: if name.starts_with('s') { size * 1e-3 } else { -4.1 * size },
                    max: 4.6 * size,
                    mean: size * 0.02,
                    correction: correction.filter(|_| step > 0),
                    uncorrected: false,
                    decay,
                    trend: line((1..=step).map(fall)),
                    map: (at == 0).then(|| Grid { rows: 16, columns: 32, cells: cells.collect() }),
                }
            };
            let (v, s) = (0.0123 * share, 2.1e-4 * share);
            StateView {
                parameter: (*parameter).into(),
                shape: shape.to_vec(),
                values: vec![
                    value("v", true, v, Some(c1), Some(BETA1)),
                    value("s", true, s, Some(c2), Some(BETA2)),
                    value("v_hat", false, v / c1.max(0.1), None, None),
                    value("s_hat", false, s / c2.max(0.001), None, None),
                ],
            }
        })
        .collect()
}

fn epochs(step: u64) -> Vec<EpochRow> {
    (1..=step / STEPS_PER_EPOCH)
        .map(|epoch| {
            let at = epoch * STEPS_PER_EPOCH;
            let clean = 2.2 * (-(at as f64) / 48.0).exp() + 0.24;
            EpochRow {
                epoch,
                step: at,
                train_loss: Some(clean * 0.93),
                train_accuracy: Some(1.0 - 0.25 * clean),
                val_loss: Some(clean * (1.0 + 0.05 * noise(epoch))),
                val_accuracy: Some(1.0 - 0.27 * clean),
                seconds: epoch as f64 * 0.02,
            }
        })
        .collect()
}

/// Running, at that step of 460.
pub fn at_step(step: u64) -> Snapshot {
    let values: Vec<f64> = (1..=step).map(loss_at).collect();
    Snapshot {
        status: if step == 0 { Status::Ready } else { Status::Running },
        step,
        steps_total: 460,
        epoch: step.div_ceil(STEPS_PER_EPOCH),
        epochs_total: 20,
        steps_per_epoch: STEPS_PER_EPOCH,
        batch: 64,
        accumulate: 1,
        seed: 7,
        speed: Speed::Max,
        steps_per_second: if step == 0 { 0.0 } else { 38_412.4 },
        rule: "adam".into(),
        evaluates: false,
        hyper: vec![constant("lr", 0.001), constant("beta1", BETA1), constant("beta2", BETA2)],
        loss: losses(&values),
        gradients: gradients(step, |t| 0.4 + 2.5 * (-(t as f64) / 40.0).exp()),
        state: state(step),
        ledger: (step > 0).then(|| ledger(step)),
        epochs: epochs(step),
        network: Some(network(step)),
        timeline: TimelineView { seen: step, ..TimelineView::default() },
        ..Snapshot::failed(Status::Ready, Speed::Max)
    }
}

/// The same with a rate that is warmed up over 46 steps and falls along a cosine.
pub fn scheduled() -> Snapshot {
    let rate = |t: u64| {
        let falls = 0.5 + 0.5 * (std::f64::consts::PI * (t as f64 - 46.0) / 414.0).cos();
        0.01 * if t < 46 { (t + 1) as f64 / 46.0 } else { falls }
    };
    let points: Vec<(u64, f64)> = (0..460).map(|t| (t, rate(t))).collect();
    let mut snapshot = healthy();
    let curve = HyperCurve::Known(Arc::new(points));
    snapshot.hyper[0] = HyperNow { name: "lr".into(), value: rate(286), scheduled: true, curve, groups: Vec::new() };
    snapshot
}

/// In the thirteenth epoch, as it should be.
pub fn healthy() -> Snapshot {
    at_step(287)
}

/// Too large a rate: the loss grows and is infinite at step 41.
pub fn diverged() -> Snapshot {
    let values: Vec<f64> = (1..=41).map(|t| if t == 41 { f64::INFINITY } else { 2.3 * 1.6_f64.powi(t) }).collect();
    let divergence = Divergence {
        step: 41,
        quantity: Quantity::Loss,
        parameter: String::new(),
        layer: String::new(),
        value: f64::INFINITY,
        cause: String::new(),
        losses: values[..40].to_vec(),
        grad_norms: (1..=40).map(|t| 1.7_f64.powi(t)).collect(),
        advice: "try a smaller lr (a tenth), or clip the gradient with `training.clip_norm: 1.0`".into(),
    };
    Snapshot {
        status: Status::Diverged(divergence),
        loss: losses(&values),
        gradients: gradients(41, |t| if t == 41 { f64::NAN } else { 1.7_f64.powi(t as i32) }),
        steps_per_second: 0.0,
        ..at_step(41)
    }
}

/// Four runs at step 287, of which one has diverged.
pub fn race() -> Snapshot {
    let names = ["adam", "sgd", "momentum", "rmsprop"];
    let fall = |run: usize| move |t: u64| 2.3 * (-(t as f64) / [40.0, 160.0, 90.0, 60.0][run]).exp() + 0.2;
    let last = |run: usize| if run == 3 { 120 } else { 287 };
    let racers: Vec<Line> = (0..4).map(|run| line((1..=last(run)).map(fall(run)))).collect();
    let losses: Vec<Option<f64>> = (0..4).map(|run| Some(fall(run)(last(run)))).collect();
    let Status::Diverged(divergence) = diverged().status else { unreachable!("it diverges") };
    let broken = Status::Diverged(Divergence { step: last(3) + 1, ..divergence });
    let runner = |run: usize| Runner {
        batch: Some(64),
        name: names[run].into(),
        status: if run == 3 { broken.clone() } else { Status::Running },
        step: last(run),
        samples: last(run) * 64,
        seconds: Some(0.01 + 0.002 * run as f64),
        loss: losses[run],
        epoch: epochs(last(run)).pop(),
    };
    let ranking = |at, order: [usize; 4]| Ranking { at, order: order.to_vec(), scores: losses.clone() };
    let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
    let standing = Standing {
        rules: RaceRules::default(),
        runs: (0..4).map(runner).collect(),
        equal_steps: ranking(287.0, [0, 2, 1, 3]),
        equal_samples: Some(ranking(18368.0, [0, 2, 1, 3])),
        equal_epochs: None,
        equal_time: TimeRanking::TooLittle { at: 0.01 },
        partings: pairs.map(|(a, b)| Parting { a, b, step: Some(2) }).to_vec(),
    };
    Snapshot { race: Some(standing), racers, ..healthy() }
}

/// The student's rule has a slip in its third line.
pub fn failed() -> Snapshot {
    let text = "fn update(w, dw, state, h, t) {\n    state.v = h.beta * state.v + (1 - h.beta) * dw;\n    w - h.lr * state.vv\n}\n";
    let source = Source::new("scripts/optimizers/mine.rhai", text);
    let error = Error::user("`state` has no value `vv`")
        .at(Place::token(&source, 3, 16))
        .label("did you mean `v`?")
        .help("`state(w)` makes: v");
    Snapshot { status: Status::Failed(error), steps_per_second: 0.0, ..at_step(1) }
}

/// A series lab that ships, after so many of its values.
pub fn walked(id: &str, steps: u64) -> Snapshot {
    let mut walk = Lab::open(id, &Overrides::default()).unwrap().walk(None).unwrap();
    let mut columns = vec![Vec::new(); walk.names().len() + 1];
    let mut rows = Vec::new();
    for t in 1..=steps {
        walk.step().unwrap();
        let row = SeriesRow { t, value: walk.value().unwrap(), averages: walk.averages().to_vec() };
        columns[0].push(row.value);
        columns[1..].iter_mut().zip(&row.averages).for_each(|(column, average)| column.push(*average));
        rows.push(row);
    }
    let lines: Vec<Line> = columns.into_iter().map(|column| line(column.into_iter())).collect();
    let average = |(at, (name, line)): (usize, (&String, &Line))| AverageView {
        name: name.clone(),
        line: line.clone(),
        weights: walk.weights(at, SeriesView::WEIGHTS),
    };
    let all = || walk.values().iter().copied();
    let series = SeriesView {
        name: walk.series().to_owned(),
        range: (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max)),
        values: lines[0].clone(),
        averages: walk.names().iter().zip(&lines[1..]).enumerate().map(average).collect(),
        rows: rows.split_off(rows.len().saturating_sub(SeriesView::ROWS)),
    };
    let status = match steps {
        0 => Status::Ready,
        _ if steps == walk.steps_total() => Status::Finished,
        _ => Status::Running,
    };
    Snapshot {
        step: steps,
        steps_total: walk.steps_total(),
        seed: 7,
        steps_per_second: if status == Status::Running { 50.0 } else { 0.0 },
        series: Some(series),
        ..Snapshot::failed(status, Speed::PerSecond(50.0))
    }
}

/// A run of these losses.
pub fn with_losses(values: impl Iterator<Item = f64>) -> Snapshot {
    let values: Vec<f64> = values.collect();
    let step = values.len() as u64;
    Snapshot { step, steps_total: step, loss: losses(&values), epochs: Vec::new(), ..at_step(10) }
}

/// What a pane of that run is drawn from.
pub fn view<'v>(snapshot: &'v Snapshot, scripts: &'v [ScriptText], look: Look) -> View<'v> {
    View {
        snapshot,
        live: snapshot,
        about: ABOUT,
        parameter: 0,
        element: ELEMENT,
        scripts,
        older_scripts: &[],
        worked: None,
        broken: None,
        tasks: None,
        focused: false,
        look,
    }
}

/// A pane in its frame, as text, with nothing chosen in it.
pub fn pane_picture(kind: &PaneKind, snapshot: &Snapshot, size: (u16, u16), unicode: bool) -> String {
    let scripts = scripts_of(&snapshot.status);
    drawn(kind, &*(kind.open)(), &view(snapshot, &scripts, Look { theme: Theme::Mono, unicode }), size)
}

/// A pane in its frame, as text, as the user has it.
pub fn drawn(kind: &PaneKind, pane: &dyn Pane, view: &View<'_>, (width, height): (u16, u16)) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buffer.area;
    let (left, right) = pane.heading(view);
    panes::draw(kind, pane, view, &mut Pen::new(&mut buffer, area, view.look).framed(&left, &right, Role::Border));
    assert!(pane.rows(view, Size { width, height }) > 0);
    if !view.look.unicode {
        force_ascii(&mut buffer);
    }
    as_text(&buffer)
}

/// What `d` says of a pane.
pub fn described(kind: &PaneKind, snapshot: &Snapshot) -> String {
    let look = Look { theme: Theme::Mono, unicode: true };
    (kind.open)().describe(&view(snapshot, &scripts_of(&snapshot.status), look))
}
