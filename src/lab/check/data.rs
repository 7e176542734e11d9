//! The section `data`: exactly one origin of samples, its own parameters, and what is done to the samples.

use std::sync::Arc;

use super::Check;
use super::scripts::with_path;
use crate::data::{self, Params, Raw, SOURCES, SourceSpec, idx};
use crate::error::{Error, Place, Result, Source, nearest};
use crate::lab::files::DATA_LIMIT;
use crate::lab::keys;
use crate::lab::plan::{DataPlan, Samples};
use crate::lab::read::field::Field;
use crate::lab::read::fields::{Fields, list_of};
use crate::lab::read::section;
use crate::lab::yaml::node::shorten;
use crate::script::Kind;

/// The section with the places that later errors point at.
pub(super) struct DataSection {
    pub plan: DataPlan,
    /// The name of the source or the file.
    pub origin: Place,
    /// The number of samples, where it is given.
    pub samples: Place,
    /// The share held out, where it is given.
    pub validation: Place,
    /// The share held out for the end, where it is given.
    pub test: Place,
    /// The target columns of a CSV file.
    pub targets: Place,
    /// The CSV file, for errors that lie in a cell.
    pub csv: Option<Arc<Source>>,
}

impl Check<'_> {
    pub(super) fn data(&mut self, field: &Field<'_>) -> Option<DataSection> {
        let fields = field.map("`data`");
        let mut fields = self.problems.keep(fields)?;
        let origins = origins();
        let origin = fields.one_of(&origins).map_err(|error| match nearest_of(&mut fields) {
            Some((key, place)) => error.help(format!("is `{key}` on line {} one of them?", place.line())),
            None if error.label_text().is_empty() => {
                error.help("for example `data: {source: moons}`; `optlab list datasets` shows the sources")
            }
            None => error,
        });
        let standardize = section::row("data", "standardize");
        let standardize = standardize.and_then(|key| section::flag(key, fields.take("standardize").as_ref()));
        let standardize = self.problems.keep(standardize);
        let given = fields.take("validation");
        let validation = self.problems.keep(share("validation", given.as_ref()));
        let last = fields.take("test");
        let test = self.problems.keep(share("test", last.as_ref()));
        let (which, origin) = self.problems.keep(origin)?;
        let place = origin.place();
        let samples_at = fields_place(&fields, "samples").unwrap_or_else(|| place.clone());
        let labels = || origin.map("`data.idx`").ok().and_then(|pair| fields_place(&pair, "labels"));
        let targets = fields_place(&fields, "target").or_else(labels).unwrap_or_else(|| place.clone());
        let (samples, csv) = match origins[which] {
            "source" => (self.source(&origin, &mut fields), None),
            "script" => (self.data_script(&origin, &mut fields), None),
            "csv" => self
                .csv(&origin, &mut fields, standardize == Some(true))
                .map_or((None, None), |(samples, csv)| (Some(samples), Some(csv))),
            _ => (self.idx(&origin), None),
        };
        fields.finish(&mut self.problems);
        Some(DataSection {
            plan: DataPlan { samples: samples?, standardize: standardize?, validation: validation?, test: test? },
            validation: given.map_or_else(|| place.clone(), |field| field.place()),
            test: last.map_or_else(|| place.clone(), |field| field.place()),
            samples: samples_at,
            targets,
            origin: place,
            csv,
        })
    }

    /// `source: NAME`: a script of the working folder, a source of ours, or a script that ships.
    fn source(&mut self, name: &Field<'_>, fields: &mut Fields<'_>) -> Option<Samples> {
        let text = self.problems.keep(name.text())?;
        let own = self.names(Kind::Dataset, true);
        if let Some(spec) = data::find(text).filter(|_| !own.iter().any(|own| own == text)) {
            return self.parameters(spec, fields).map(Samples::Generated);
        }
        let scripts = self.names(Kind::Dataset, false);
        if scripts.iter().any(|script| script == text) {
            return self.data_script(name, fields);
        }
        let names = SOURCES.iter().map(|spec| spec.name).chain(scripts.iter().map(String::as_str));
        let error = name.error(format!("unknown source `{}`", shorten(text))).nearest(text, names.clone());
        let error = with_path(error, Kind::Dataset, text, self.files);
        let help = match text.rsplit_once('.') {
            Some((_, "csv")) => format!("a file is given as `csv: {text}`, with `target: COLUMN`"),
            Some((_, "rhai")) => format!("a script is given as `script: {text}`"),
            _ if data::series::find(text).is_some()
                || self.names(Kind::Series, false).iter().any(|name| name == text) =>
            {
                format!("`{text}` is a series: `series: {{source: {text}}}` with `averages` is a lab without `data`")
            }
            _ => format!("the sources are {}", list_of(&names.collect::<Vec<_>>())),
        };
        self.problems.push(error.help(help));
        // Its parameters are unknown, too.
        fields.rest();
        None
    }

    fn parameters(&mut self, spec: &'static SourceSpec, fields: &mut Fields<'_>) -> Option<Params> {
        let mut given = Vec::new();
        let mut fine = true;
        for (name, field) in fields.rest() {
            if !spec.parameters.iter().any(|known| known.name == name) {
                self.problems.push(unknown_parameter(spec, name, &field));
                continue;
            }
            let value = field.number().and_then(|value| {
                let checked = data::check_parameters(spec, &[(name, value)]);
                checked.map(|_| (name, value)).map_err(|wrong| wrong.error.at(field.place()))
            });
            match self.problems.keep(value) {
                Some(value) => given.push(value),
                None => fine = false,
            }
        }
        let params = data::check_parameters(spec, &given).map_err(Error::from);
        let params = self.problems.keep(params)?;
        fine.then_some(params)
    }

    fn data_script(&mut self, name: &Field<'_>, fields: &mut Fields<'_>) -> Option<Samples> {
        let files = self.files;
        let found = self.script(Kind::Dataset, name, files);
        let rest = fields.rest();
        let (spec, script, _) = found?;
        Some(Samples::Script(self.with_values((spec, script), &rest, &keys::general("data"))))
    }

    fn idx(&mut self, field: &Field<'_>) -> Option<Samples> {
        let pair = field.map("`data.idx`");
        let mut pair = self.problems.keep(pair)?;
        let (images, labels) = (pair.require("images"), pair.require("labels"));
        pair.finish(&mut self.problems);
        let (images, labels) = (self.problems.keep(images), self.problems.keep(labels));
        let (images, labels) = (images?, labels?);
        let data = self.read_idx(&images, &labels);
        let data = self.problems.keep(data)?;
        let text = |field: &Field<'_>| field.text().map(str::to_owned).unwrap_or_default();
        Some(Samples::Idx { images: text(&images), labels: text(&labels), data: Arc::new(data) })
    }

    fn read_idx(&self, images: &Field<'_>, labels: &Field<'_>) -> Result<Raw> {
        let (image_path, label_path) = (images.text()?, labels.text()?);
        let image_file = self.files.open(image_path, DATA_LIMIT, &images.place())?;
        let label_file = self.files.open(label_path, DATA_LIMIT, &labels.place())?;
        let (image_name, label_name) = (image_file.name.clone(), label_file.name.clone());
        let image_file = idx::File { name: &image_name, size: image_file.size, reader: image_file };
        let label_file = idx::File { name: &label_name, size: label_file.size, reader: label_file };
        idx::read(image_file, label_file).map(Raw::Pixels).map_err(|idx::Unreadable { file, error }| {
            error.at(match file {
                idx::Which::Images => images.place(),
                idx::Which::Labels => labels.place(),
            })
        })
    }
}

/// The keys of which exactly one is given.
fn origins() -> Vec<&'static str> {
    keys::one_of("data", "origin")
}

/// A share that is held out.
fn share(key: &str, field: Option<&Field<'_>>) -> Result<f64> {
    let share = section::number(section::row("data", key)?, field);
    let Some(value) = field.and_then(|field| field.number().ok()) else { return share };
    share.map_err(|error| {
        if (2.0..100.0).contains(&value) {
            error.help(format!("it is a share of the samples: {value} % is `{}`", value / 100.0))
        } else {
            error.help("it is a share of the samples, as in `0.2`")
        }
    })
}

/// Where the value of a key stands, whoever takes it.
fn fields_place(fields: &Fields<'_>, key: &str) -> Option<Place> {
    fields.clone().take(key).map(|field| field.place())
}

/// A key that is nearly one of the origins.
fn nearest_of(fields: &mut Fields<'_>) -> Option<(String, Place)> {
    let mut copy = fields.clone();
    keys::general("data").into_iter().for_each(|key| drop(copy.take(key)));
    let slip = copy.rest().into_iter().find(|(key, _)| nearest(key, origins()).is_some());
    slip.map(|(key, field)| (shorten(key), field.key_place()))
}

fn unknown_parameter(spec: &SourceSpec, name: &str, field: &Field<'_>) -> Error {
    let names: Vec<&str> = spec.parameters.iter().map(|known| known.name).collect();
    let error = Error::user(format!("the source `{}` has no parameter `{}`", spec.name, shorten(name)));
    let error = error.at(field.key_place());
    let error = match keys::inside("data").find(|key| key.name() == name).and_then(|key| key.beside) {
        Some(other) => error.help(format!("`{name}` belongs to `{other}`")),
        None => error.nearest(name, names.iter().copied().chain(keys::general("data"))),
    };
    error.help(format!("its parameters are {}", list_of(&names)))
}
