//! A landscape lab: the section `landscape`, and what of the other sections two weights without samples have.

use super::events::PlacedKnob;
use super::optimizer::OptimizerSection;
use super::rules::SEEDS;
use super::warnings::pace::Steps;
use super::watch::WatchSection;
use super::{Check, Head};
use crate::data::{Order, Rest};
use crate::error::{Error, Place, Result};
use crate::lab::build::memory;
use crate::lab::keys::{self, LabKind};
use crate::lab::plan::race::CheckedData;
use crate::lab::plan::{Batch, DescentPlan, Lab, LandscapePlan, Scripted, Subject, TrainingPlan};
use crate::lab::read::field::Field;
use crate::lab::read::fields::{Fields, list_of};
use crate::lab::read::section;
use crate::lab::write;
use crate::lab::yaml::node::show;
use crate::optim::Clip;
use crate::script::{self, Kind};
use crate::snapshot::RaceRules;
use crate::train::{Descent, Experiment, Length};

impl Check<'_> {
    pub(super) fn landscape_lab(
        &mut self,
        head: Option<Head>,
        section: &Field<'_>,
        root: &mut Fields<'_>,
    ) -> Option<Lab> {
        let landscape = self.landscape(section);
        let training = self.steps(root.take("training").as_ref());
        let optimizer = self.optimizer(root.take("optimizer").as_ref());
        let events = self.events(root.take("events").as_ref(), optimizer.as_ref());
        let observe = self.observe(root.take("observe").as_ref());
        let watch = self.watch(root.take("watch").as_ref());
        self.refuse_rules(root, "a landscape has none: its runs make their steps together, and the lowest is ahead");
        drop(root.take(SEEDS));
        self.unknown_keys(root, "a landscape lab", LabKind::Landscape);
        let (training, clip, length) = training?;
        let (OptimizerSection { plan: optimizer, place: rule, .. }, events) = (optimizer?, events?);
        if let Length::Steps(count) = training.length {
            self.warn_of_pace(&optimizer, &events, &Steps { count, place: &length.unwrap_or_else(|| root.place()) });
        }
        let descent = DescentPlan { optimizer, clip, training, events: PlacedKnob::knobs(events) };
        self.joined(head?, landscape?, (descent, &rule), (observe?, watch?), section.place())
    }

    fn joined(
        &mut self,
        head: Head,
        landscape: LandscapePlan,
        (descent, rule): (DescentPlan, &Place),
        (observe, watch): (Option<Scripted>, WatchSection),
        place: Place,
    ) -> Option<Lab> {
        let (rule, at) = self.rule_of_parameters((&descent.optimizer, rule), &Descent::layout())?;
        let bytes = self.problems.keep(memory::of_landscape(&rule).map_err(|error| error.at(at)))?;
        self.match_groups(&descent.optimizer.groups, &Descent::layout());
        let watch = self.watched(watch, &Descent::layout(), "a landscape")?;
        let mut lab = Lab {
            id: head.id,
            title: head.title,
            about: head.about,
            learnt: head.learnt,
            revision: head.revision,
            packed: head.packed,
            tasks: Vec::new(),
            seed: head.seed,
            subject: Subject::Landscape(landscape),
            descent: Some(descent),
            observe,
            watch,
            race: Vec::new(),
            rules: RaceRules::default(),
            bytes,
            scripts_used: std::mem::take(&mut self.scripts),
            printed: std::mem::take(&mut self.printed),
            warnings: std::mem::take(&mut self.warnings),
            written: head.written,
            resolved: String::new(),
            home: self.home.clone(),
            checked_data: CheckedData::default(),
        };
        lab.resolved = self.problems.keep(write::yaml(&lab))?;
        // Built once, so that nothing is left that training could stumble over before its first step.
        let built = lab.landscape_experiment(None).and_then(Experiment::new);
        self.problems.keep(built.map(drop).map_err(|error| error.at(place)))?;
        Some(lab)
    }

    fn landscape(&mut self, section: &Field<'_>) -> Option<LandscapePlan> {
        let fields = section.map("`landscape`");
        let mut fields = self.problems.keep(fields)?;
        let origin = fields
            .one_of(&keys::one_of("landscape", "origin"))
            .map_err(|error| error.help("for example `source: ravine`; `optlab list landscapes` shows them all"));
        let start = fields.require("start").map_err(|error| error.help("x and y, as in `start: [-4, 1.5]`"));
        let start_at = start.as_ref().map_or_else(|_| section.place(), Field::place);
        let start = start.and_then(|field| point(&field));
        let start = self.problems.keep(start);
        let noise = section::row("landscape", "noise");
        let noise = noise.and_then(|key| section::number(key, fields.take("noise").as_ref()));
        let noise = self.problems.keep(noise);
        let origin = self.problems.keep(origin);
        // Which parameters there are is known only with the script.
        let rest = fields.rest();
        let (_, origin) = origin?;
        let files = self.files;
        let (spec, script, _) = self.script(Kind::Landscape, &origin, files)?;
        let general = keys::names("landscape", LabKind::Landscape);
        let scripted = self.with_values((spec, script), &rest, &general);
        let traced = script::landscape(&scripted.script, &scripted.values).map_err(|error| error.at(origin.place()));
        let mut traced = self.problems.keep(traced)?;
        let start = start?;
        let [x, y] = start;
        let [height, dx, dy] = traced.at(x, y);
        for (what, value) in [("height", height), ("slope along x", dx), ("slope along y", dy)] {
            if !value.is_finite() {
                let value = if value.is_nan() { "not a number".to_owned() } else { show(value) };
                let what = format!("the {what} of `{}` is {value} at the start", scripted.script.name);
                let error = Error::user(what).at(start_at.clone());
                self.problems.push(error.help("start where the landscape is defined, and nearer to 0"));
                return None;
            }
        }
        Some(LandscapePlan { scripted, start, noise: noise? })
    }

    /// The section `training`: steps and clipping, and where the steps are given. The rest of it is about samples.
    fn steps(&mut self, field: Option<&Field<'_>>) -> Option<(TrainingPlan, Option<Clip>, Option<Place>)> {
        let plan = |steps| TrainingPlan {
            accumulate: 1,
            length: Length::Steps(steps),
            batch: Batch::Full,
            order: Order::AsGiven,
            rest: Rest::Keep,
            evaluate: 1,
        };
        let mut section = self.keyed("training", field)?;
        let given = section.take("steps");
        let steps = section.key("steps").and_then(|key| section::whole(key, given.as_ref()));
        let steps = self.problems.keep(steps);
        let clip = self.clip(&mut section);
        let names = keys::names("training", LabKind::Landscape);
        for (key, field) in section.rest() {
            let sampled = keys::names("training", LabKind::Network).contains(&key);
            let error = Error::user(format!("the `training` of a landscape has no key `{}`", super::shorten(key)));
            let error = error.at(field.key_place());
            let error = if sampled {
                error.help("it has no samples, so no epochs and no batches: give `steps`")
            } else {
                error.nearest(key, names.iter().copied())
            };
            self.problems.push(error.help(format!("allowed here: {}", list_of(&names))));
        }
        Some((plan(steps?), clip?, given.map(|field| field.place())))
    }
}

/// The two weights of a landscape.
fn point(field: &Field<'_>) -> Result<[f64; 2]> {
    let numbers = field.numbers()?;
    let [x, y] = numbers[..] else {
        let count = numbers.len();
        let numbers = if count == 1 { "number" } else { "numbers" };
        let error = field.error(format!("`{}` takes two numbers, x and y, not {count} {numbers}", field.key()));
        return Err(error.help("for example `start: [-4, 1.5]`"));
    };
    Ok([x, y])
}
