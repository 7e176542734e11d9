//! Steps that go nowhere or not as was meant: a rule that changes no weight, a rate below 0, a schedule that does not move
//! within the run, a knob that is turned after its end, batches that are larger than the training part.

use std::ops::Range;

use crate::error::{Error, Place};
use crate::lab::check::Check;
use crate::lab::check::events::PlacedKnob;
use crate::lab::plan::{HyperSetting, OptimizerPlan, Scripted, is_script_path};
use crate::optim::Rule;
use crate::script;

/// Steps at which a schedule is looked at one by one; of a longer run as many again, spread over it.
const LOOKED_AT: u64 = 1000;
/// Operations that a schedule by script may take meanwhile, some 40 ms; one that takes more is not judged.
const OPERATIONS: u64 = 200_000;
/// The rule is tried on a few weights for so many steps.
const TRIED: u64 = 3;

/// How many updates a run makes.
pub(in crate::lab::check) struct Steps<'p> {
    /// As many.
    pub count: u64,
    /// Where the length is given.
    pub place: &'p Place,
}

impl Check<'_> {
    /// Looks at a batch of so many samples, which is given at this place, of a training part of so many.
    pub(in crate::lab::check) fn warn_of_batch(&mut self, samples: usize, size: usize, place: &Place) {
        if size <= samples {
            return;
        }
        let all = if samples == 1 { "its one sample".to_owned() } else { format!("all {samples} samples of it") };
        let what =
            format!("a batch of {size} is larger than the training part: each step takes {all}, and is a whole epoch");
        let help = "write `batch: full` if that is meant; a smaller batch makes more steps in an epoch";
        self.warnings.push(Error::user(what).at(place.clone()).help(help));
    }

    /// Looks at an update of so many mini-batches, which is given at this place, where an epoch has so many.
    pub(in crate::lab::check) fn warn_of_accumulate(&mut self, per_epoch: usize, accumulate: usize, place: &Place) {
        if accumulate <= per_epoch {
            return;
        }
        let all =
            if per_epoch == 1 { "the one mini-batch".to_owned() } else { format!("all {per_epoch} mini-batches") };
        let what =
            format!("an update of {accumulate} mini-batches takes {all} of an epoch: each step is a whole epoch");
        let help = "a smaller `accumulate`, or a smaller `batch`";
        self.warnings.push(Error::user(what).at(place.clone()).help(help));
    }

    /// Looks at the rule and what drives it.
    pub(in crate::lab::check) fn warn_of_pace(
        &mut self,
        plan: &OptimizerPlan,
        events: &[PlacedKnob],
        steps: &Steps<'_>,
    ) {
        if let Some((at, value)) = lr_of(plan)
            && value < 0.0
            && script::without_log(|| goes_up(plan))
        {
            let what = format!("`lr` is {value}, below 0: with it `{}` goes up the slope", plan.script.name);
            self.warnings.push(Error::user(what).at(at.clone()).help("write it without its sign"));
        } else if events.is_empty() {
            self.warnings.extend(script::without_log(|| stands_still(plan)));
        }
        // A run that the command line made shorter is a trial of the lab, not the lab.
        if steps.place.source.name.starts_with("--") {
            return;
        }
        for (name, drive, place) in plan.drives() {
            let (HyperSetting::Schedule(scripted), Some(place)) = (drive, place) else { continue };
            let told = script::without_log(|| never_moves(name, scripted, steps.count));
            self.warnings.extend(told.map(|error| error.at(place.clone())));
        }
        for PlacedKnob { knob, place } in events.iter().filter(|event| event.knob.step >= steps.count) {
            let what = format!(
                "`{}` is never turned: the run ends after {} steps, before this event at {}",
                knob.name, steps.count, knob.step
            );
            self.warnings.push(Error::user(what).at(place.clone()).help("an earlier `step`, or a longer run"));
        }
    }
}

fn place_of<'p>(plan: &'p OptimizerPlan, name: &str) -> Option<&'p Place> {
    plan.given.iter().find(|(given, _)| given == name).map(|(_, place)| place)
}

/// The rate, if the lab gives a number for it.
fn lr_of(plan: &OptimizerPlan) -> Option<(&Place, f64)> {
    let (_, drive) = plan.hyper.iter().find(|(name, _)| name == "lr")?;
    match drive {
        HyperSetting::Number(value) => place_of(plan, "lr").map(|place| (place, *value)),
        HyperSetting::Schedule(_) => None,
    }
}

/// The numbers of the rule, where none of them is driven.
fn numbers_of(plan: &OptimizerPlan) -> Option<Vec<f64>> {
    let number = |(_, drive): &(String, HyperSetting)| match drive {
        HyperSetting::Number(value) => Some(*value),
        HyperSetting::Schedule(_) => None,
    };
    plan.hyper.iter().map(number).collect()
}

/// With these numbers the first step of the rule goes along the gradient rather than against it, as found by trying it.
fn goes_up(plan: &OptimizerPlan) -> bool {
    let up = || {
        let hyper = numbers_of(plan)?;
        let mut parts = script::rule(&plan.script).ok()?;
        parts.usual.clone_from(&hyper);
        let dw = [1.0, -0.5, 0.25, 2.0, -1.0, -3.0, 0.125, 0.75_f64];
        let mut w = [0.0_f64; 8];
        let mut rule = Rule::new(parts, &mut w, vec![0..dw.len()]).ok()?;
        // Where one step goes by chance it says nothing.
        if rule.draws() {
            return None;
        }
        rule.step(1, &hyper, &mut w, &dw, None).ok()?;
        Some(w.iter().zip(dw).map(|(w, dw)| w * dw).sum::<f64>() > 0.0)
    };
    up().unwrap_or(false)
}

/// With these numbers the rule changes no weight, as found by trying it; only what the lab sets is looked at.
fn stands_still(plan: &OptimizerPlan) -> Option<Error> {
    let (_, first) = plan.given.first()?;
    let hyper = numbers_of(plan)?;
    // Only these take a term of a formula away: all other labs are spared the trial.
    let takes_away = |name: &str, value: &f64| [0.0, 1.0].contains(value) && place_of(plan, name).is_some();
    if !plan.hyper.iter().zip(&hyper).any(|((name, _), value)| takes_away(name, value)) {
        return None;
    }
    let mut parts = script::rule(&plan.script).ok()?;
    parts.usual.clone_from(&hyper);
    let before = [0.0_f64, 0.5, -0.5, 1.0, -2.0, 0.0, 0.25, -1.0];
    let mut w = before;
    let whole: Range<usize> = 0..w.len();
    let mut rule = Rule::new(parts, &mut w, vec![whole]).ok()?;
    for t in 1..=TRIED {
        let shake = if t % 2 == 0 { -0.5 } else { 1.0 };
        let dw = [1.0, -0.5, 0.25, 2.0, -1.0, -3.0, 0.125, 0.75].map(|slope: f64| slope * shake);
        rule.step(t, &hyper, &mut w, &dw, None).ok()?;
        if w != before {
            return None;
        }
    }
    let name = &plan.script.name;
    Some(match lr_of(plan) {
        Some((place, 0.0)) => Error::user(format!("`lr` is 0: `{name}` changes no weight, so nothing is learned"))
            .at(place.clone())
            .help("give it a rate, as in `lr: 0.01`"),
        _ => Error::user(format!("with these numbers `{name}` changes no weight, so nothing is learned"))
            .at(first.clone())
            .help(if is_script_path(&plan.spec) {
                "its `hyper()` tells what each of them is for".to_owned()
            } else {
                format!("`optlab show {name}` tells what each of them is for")
            }),
    })
}

/// A schedule that keeps one value over the whole run.
fn never_moves(name: &str, scripted: &Scripted, steps: u64) -> Option<Error> {
    let schedule_name = &scripted.script.name;
    if steps < 2 || schedule_name == "constant" {
        return None;
    }
    let mut schedule = script::schedule(&scripted.script, &scripted.values).ok()?;
    if schedule.save().is_some() {
        return None;
    }
    let first = schedule.rate(0).ok()?;
    let spread = |i: u64| (u128::from(steps - 1) * u128::from(i) / u128::from(LOOKED_AT)) as u64;
    let mut spent = 0;
    for t in (1..steps.min(LOOKED_AT)).chain((1..=LOOKED_AT).map(spread)) {
        if schedule.rate(t).ok()? != first {
            return None;
        }
        spent += schedule.cost();
        if spent > OPERATIONS {
            return None;
        }
    }
    let what = format!("the schedule `{schedule_name}` keeps `{name}` at {first} over all {steps} steps of the run");
    Some(Error::user(what).help("its numbers count steps (updates), not epochs"))
}
