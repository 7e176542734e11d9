//! A series lab: the sections `series` and `averages`. What other labs train with is refused here.

use std::sync::Arc;

use super::scripts::with_path;
use super::watch::WatchSection;
use super::{Check, Head};
use crate::data::series;
use crate::error::{Error, Result, nearest};
use crate::lab::keys::{self, LabKind};
use crate::lab::plan::race::CheckedData;
use crate::lab::plan::series::{SeriesPlan, SeriesSource};
use crate::lab::plan::{Lab, Subject, WatchPlan};
use crate::lab::read::field::Field;
use crate::lab::read::fields::{Fields, list_of};
use crate::lab::read::section::{self, Section};
use crate::lab::write;
use crate::lab::yaml::node::{Node, shorten};
use crate::optim::Average;
use crate::script::Kind;
use crate::snapshot::RaceRules;

/// The most averages: more than a screen can tell apart, and few enough for each to have a column.
const MAX_AVERAGES: usize = 100;
/// Why it is not enough that all weights have a sum.
const PARTLY: &str = "a window that is not full yet averages what there is, by its newest weights";
/// What `averages` looks like.
const EXAMPLE: &str = "for example `averages: [simple: 10, weighted: [1, 2, 3], exponential: 0.9]`";

impl Check<'_> {
    pub(super) fn series_lab(&mut self, head: Option<Head>, root: &mut Fields<'_>) -> Option<Lab> {
        let helped = |error: Error, help: &str| if error.label_text().is_empty() { error.help(help) } else { error };
        let section = root.require("series");
        let section = section.map_err(|error| helped(error, "for example `series: {source: sea_temperature}`"));
        let section = self.problems.keep(section);
        let source = section.as_ref().and_then(|section| self.series(section));
        let averages = root.require("averages").map_err(|error| helped(error, EXAMPLE));
        let averages = self.problems.keep(averages).and_then(|field| self.averages(&field));
        let watch = self.watch(root.take("watch").as_ref()).and_then(|watch| self.watched_series(watch));
        self.keys_of_training(root);
        let Head { id, title, about, learnt, revision, packed, seed, written } = head?;
        let mut lab = Lab {
            id,
            title,
            about,
            learnt,
            revision,
            packed,
            tasks: Vec::new(),
            seed,
            subject: Subject::Series(SeriesPlan { source: source?, averages: averages? }),
            descent: None,
            observe: None,
            warnings: Vec::new(),
            watch: watch?,
            race: Vec::new(),
            rules: RaceRules::default(),
            bytes: 0.0,
            scripts_used: std::mem::take(&mut self.scripts),
            printed: std::mem::take(&mut self.printed),
            written,
            resolved: String::new(),
            home: self.home.clone(),
            checked_data: CheckedData::default(),
        };
        lab.resolved = self.problems.keep(write::yaml(&lab))?;
        // Made once, so that nothing is left that the walk could stumble over before its first value.
        let place = section?.place();
        self.problems.keep(lab.walk(None).map_err(|error| error.at(place)))?;
        Some(lab)
    }

    fn keys_of_training(&mut self, root: &mut Fields<'_>) {
        let names = keys::names("", LabKind::Series);
        let free: Vec<&str> = names.iter().copied().filter(|known| !root.has(known)).collect();
        let of_training = |name: &str| keys::inside("").any(|key| key.name() == name && !key.is_of(LabKind::Series));
        for (key, field) in root.rest() {
            let error = Error::user(format!("a series lab has no key `{}`", shorten(key))).at(field.key_place());
            let error = match key {
                "landscape" => error.help("a lab walks a series or a landscape: keep one of the two"),
                "training" => error.help("a walk ends with the series, and `watch.speed` says how fast it goes"),
                _ if of_training(key) => {
                    error.help("moving averages train nothing; a lab that trains has no `series` and no `averages`")
                }
                _ => error.nearest(key, free.iter().copied()),
            };
            self.problems.push(error.help(format!("allowed here: {}", list_of(&names))));
        }
    }

    fn watched_series(&mut self, section: WatchSection) -> Option<WatchPlan> {
        if let Some((_, place)) = section.parameter {
            let error = Error::user("a series has no parameters to look at").at(place);
            self.problems.push(error.help("delete `parameter`"));
            return None;
        }
        Some(WatchPlan { parameter: None, panes: section.panes, speed: section.speed })
    }

    fn series(&mut self, section: &Field<'_>) -> Option<SeriesSource> {
        let fields = section.map("`series`").map_err(|error| match section.node() {
            Node::Str(name) if !name.contains(':') => {
                error.help(format!("a series is given as `{{source: {}}}`", shorten(name)))
            }
            _ => error,
        });
        let mut fields = self.problems.keep(fields)?;
        let origins = origins();
        let origin = fields.one_of(&origins).map_err(|error| match slip(&fields) {
            Some(help) => error.help(help),
            None if error.label_text().is_empty() => {
                error.help("for example `series: {source: noisy_sine}`; `optlab list series` shows the sources")
            }
            None => error,
        });
        let (which, origin) = self.problems.keep(origin)?;
        let source = match origins[which] {
            "source" => self.series_source(&origin, &mut fields),
            "script" => self.series_script(&origin, &mut fields),
            "csv" => self.series_column(&origin, &mut fields),
            _ => self.series_values(&origin),
        };
        fields.finish(&mut self.problems);
        source
    }

    /// `source: NAME`: a script of the working folder, real data of ours, or a script that ships.
    fn series_source(&mut self, name: &Field<'_>, fields: &mut Fields<'_>) -> Option<SeriesSource> {
        let text = self.problems.keep(name.text())?;
        let own = self.names(Kind::Series, true);
        if let Some(spec) = series::find(text).filter(|_| !own.iter().any(|own| own == text)) {
            for (key, field) in fields.rest() {
                let what = format!("`{}` has no parameters, so no `{}`", spec.name, shorten(key));
                let error = Error::user(what).at(field.key_place()).nearest(key, origins());
                self.problems.push(error.help("delete this key: all of its values are walked"));
            }
            return Some(SeriesSource::Embedded(spec));
        }
        let scripts = self.names(Kind::Series, false);
        if scripts.iter().any(|script| script == text) {
            return self.series_script(name, fields);
        }
        let names: Vec<&str> =
            series::ALL.iter().map(|spec| spec.name).chain(scripts.iter().map(String::as_str)).collect();
        let error = name.error(format!("unknown series `{}`", shorten(text))).nearest(text, names.iter().copied());
        let error = with_path(error, Kind::Series, text, self.files);
        let datasets = self.names(Kind::Dataset, false);
        let help = match text.rsplit_once('.') {
            Some((_, "csv")) => format!("a file is given as `csv: {}`, with `column: NAME`", shorten(text)),
            Some((_, "rhai")) => format!("a script is given as `script: {}`", shorten(text)),
            _ if crate::data::find(text).is_some() || datasets.iter().any(|name| name == text) => {
                format!("`{text}` is a dataset, which a network learns; the series are {}", list_of(&names))
            }
            _ => format!("the series are {}", list_of(&names)),
        };
        self.problems.push(error.help(help));
        // Its parameters are unknown, too.
        fields.rest();
        None
    }

    fn series_script(&mut self, name: &Field<'_>, fields: &mut Fields<'_>) -> Option<SeriesSource> {
        let files = self.files;
        let found = self.script(Kind::Series, name, files);
        let rest = fields.rest();
        let (spec, script, _) = found?;
        Some(SeriesSource::Script(self.with_values((spec, script), &rest, &origins())))
    }

    fn series_values(&mut self, field: &Field<'_>) -> Option<SeriesSource> {
        let list = field.list().map_err(|error| error.help("for example `values: [16, 24, 28]`"));
        let list = self.problems.keep(list)?;
        if list.is_empty() {
            let error = field.error(format!("`{}` is empty, but a series has at least one value", field.key()));
            self.problems.push(error.help("for example `values: [16, 24, 28]`"));
            return None;
        }
        let numbers: Vec<Option<f64>> = list.iter().map(|item| self.problems.keep(item.number())).collect();
        let values: Arc<[f64]> = numbers.into_iter().collect::<Option<Vec<f64>>>()?.into();
        Some(SeriesSource::Values(values))
    }

    fn averages(&mut self, field: &Field<'_>) -> Option<Vec<Average>> {
        let list = self.problems.keep(field.list().map_err(|error| error.help(EXAMPLE)))?;
        if list.is_empty() || list.len() > MAX_AVERAGES {
            let error = if list.is_empty() {
                field.error("`averages` is empty").help(EXAMPLE)
            } else {
                field.error(format!("`averages` has {} averages, but {MAX_AVERAGES} is the most", list.len()))
            };
            self.problems.push(error);
            return None;
        }
        let mut averages: Vec<Average> = Vec::with_capacity(list.len());
        let mut fine = true;
        for item in &list {
            match self.average(item) {
                Some(average) if averages.contains(&average) => {
                    let at = averages.iter().position(|other| *other == average).unwrap_or(0);
                    let error = item.error(format!("the average `{}` is there twice", average.name()));
                    self.problems.push(error.label(format!("the same as number {} of the list", at + 1)));
                }
                Some(average) => averages.push(average),
                None => fine = false,
            }
        }
        fine.then_some(averages)
    }

    fn average(&mut self, item: &Field<'_>) -> Option<Average> {
        let named = self.problems.keep(item.named("average"));
        let (name, setting) = named?;
        let example = match name {
            "simple" => "simple: 10",
            "weighted" => "weighted: [1, 2, 3]",
            "exponential" => "exponential: 0.9",
            _ => {
                let place = setting.as_ref().map_or_else(|| item.place(), Field::key_place);
                let error = Error::user(format!("there is no average `{}`", shorten(name))).at(place);
                let names = keys::names("averages[]", LabKind::Series);
                let error = error.nearest(name, names.iter().copied());
                self.problems.push(error.help(format!("the averages are {}", list_of(&names))));
                return None;
            }
        };
        let Some(setting) = setting else {
            let error = item.error(format!("the average `{name}` lacks its setting"));
            self.problems.push(error.help(format!("write `{example}`")));
            return None;
        };
        let average = match name {
            "simple" => section::row("averages[]", name)
                .and_then(|key| section::whole(key, Some(&setting)))
                .map(|window| Average::Simple { window }),
            "weighted" => weights(&setting).map(|weights| Average::Weighted { weights }),
            _ => return self.exponential(&setting),
        };
        self.problems.keep(average)
    }

    /// `exponential: 0.9`, or `exponential: {beta: 0.98, corrected: true}`.
    fn exponential(&mut self, setting: &Field<'_>) -> Option<Average> {
        if !matches!(setting.node(), Node::Map(_)) {
            let beta = self.problems.keep(beta(setting))?;
            return Some(Average::Exponential { beta, corrected: false });
        }
        let fields = setting.map("an exponential average");
        let mut fields = Section::new("averages[].exponential", Some(self.problems.keep(fields)?));
        let beta = fields.require("beta").and_then(|field| beta(&field));
        let beta = self.problems.keep(beta);
        let corrected = self.problems.keep(fields.flag("corrected"));
        fields.finish(&mut self.problems);
        Some(Average::Exponential { beta: beta?, corrected: corrected? })
    }
}

/// The keys of which exactly one is given.
fn origins() -> Vec<&'static str> {
    keys::one_of("series", "origin")
}

/// A key that is nearly one of the origins.
fn slip(fields: &Fields<'_>) -> Option<String> {
    let rest = fields.clone().rest();
    let (key, field) = rest.into_iter().find(|(key, _)| nearest(key, origins()).is_some())?;
    Some(format!("is `{}` on line {} one of them?", shorten(key), field.key_place().line()))
}

/// What an average keeps of itself, in [0, 1).
fn beta(field: &Field<'_>) -> Result<f64> {
    let key = section::row("averages[].exponential", "beta")?;
    section::number(key, Some(field)).map_err(|error| match field.number() {
        Ok(window) if window > 1.0 => {
            error.help(format!("to average about {window} values, write 1 - 1/{window} = {}", 1.0 - 1.0 / window))
        }
        Ok(1.0) => error.help("with 1 it would never take a value"),
        _ => error,
    })
}

/// Weights by which every window can be averaged, the ones that are not full yet included.
fn weights(field: &Field<'_>) -> Result<Arc<[f64]>> {
    let weights = field.numbers()?;
    if weights.is_empty() {
        let error = field.error(format!("`{}` is empty", field.key()));
        return Err(error.help("give the weights, the oldest value's first, as in `weighted: [1, 2, 3]`"));
    }
    let (mut sum, mut size) = (0.0, 0.0_f64);
    for (older, weight) in weights.iter().rev().enumerate() {
        sum += weight;
        size += weight.abs();
        // What rounding leaves of a sum that is 0 is no weight to divide by.
        if sum.abs() > 1e-12 * size && size.is_finite() {
            continue;
        }
        let count = older + 1;
        let which = match count {
            _ if !size.is_finite() => return Err(field.error("these weights are too large to be summed up")),
            _ if count == weights.len() => "these weights sum".to_owned(),
            1 => {
                return Err(field
                    .error("the newest weight is 0, so the average of a first value would divide by 0")
                    .help(PARTLY));
            }
            _ => format!("the newest {count} weights sum"),
        };
        let error = field.error(format!("{which} to 0, so the average would divide by 0"));
        return Err(if count == weights.len() { error } else { error.help(PARTLY) });
    }
    Ok(weights.into())
}
