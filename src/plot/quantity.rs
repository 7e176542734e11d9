//! The names of what can be drawn of a run: which table each is in, what it is called, and which of them share an axis. One
//! place knows the columns of a run's tables.

use super::run::Run;
use super::table::Table;
use crate::error::{Error, Result, nearest};

/// What a value stands for: each point of the way, or each evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// One for each step, or for each value of a series.
    Steps,
    /// One for each evaluation.
    Epochs,
    /// One for each place on a landscape, the start among them.
    Places,
    /// Those that an observer logged.
    Logged,
}

/// The values of a name in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// Of which table.
    pub rows: Rows,
    /// Step and value, in the order of the table; NaN where nothing stands.
    pub points: Vec<(f64, f64)>,
}

/// The part of a name in front of a parameter's.
const NORM: &str = "grad_norm.";
/// Columns that are drawn over and not up.
const PLACES: [&str; 4] = ["step", "epoch", "t", "seconds"];

impl Run {
    /// The values of a name; none if the run has none of that name.
    pub fn values(&self, name: &str) -> Option<Values> {
        let of = |table: Option<&Table>, rows: Rows, at: &str, name: &str| {
            let table = table.filter(|_| !PLACES.contains(&name))?;
            let (steps, values) = (table.column(at)?, table.column(name)?);
            let points: Vec<(f64, f64)> = steps.iter().copied().zip(values.iter().copied()).collect();
            // A loss that was never a number is still a loss; a column without any cell is none.
            let there = points.iter().any(|(_, value)| !value.is_nan());
            there.then_some(Values { rows, points })
        };
        let norm = || of(self.steps.as_ref(), Rows::Steps, "step", &format!("{NORM}{name}"));
        let logged = || {
            let (_, points) = self.observed.0.iter().find(|(own, _)| own == name)?;
            Some(Values { rows: Rows::Logged, points: points.clone() })
        };
        of(self.steps.as_ref(), Rows::Steps, "step", name)
            .or_else(|| of(self.epochs.as_ref(), Rows::Epochs, "step", name).filter(|_| !self.is_on_landscape()))
            .or_else(|| of(self.path.as_ref(), Rows::Places, "step", name))
            .or_else(|| of(self.averages.as_ref(), Rows::Steps, "t", name))
            .or_else(norm)
            .or_else(logged)
    }

    /// All names that it has values of.
    pub fn names(&self) -> Vec<String> {
        let tables = [&self.steps, &self.epochs, &self.path, &self.averages];
        let columns = tables.into_iter().flatten().flat_map(Table::names);
        let columns = columns.map(|name| name.strip_prefix(NORM).unwrap_or(name).to_owned());
        let logged = self.observed.0.iter().map(|(name, _)| name.clone());
        let mut names: Vec<String> = Vec::new();
        for name in columns.chain(logged) {
            if !names.contains(&name) && self.values(&name).is_some() {
                names.push(name);
            }
        }
        names
    }

    /// What is drawn if nothing is asked for: as the Loss pane has it the loss, and that over the validation part; of a series
    /// its values and their averages.
    fn usual(&self) -> Vec<String> {
        if self.is_series() {
            return self.names();
        }
        ["loss", "val_loss"].into_iter().filter(|name| self.values(name).is_some()).map(str::to_owned).collect()
    }
}

/// The names to draw of these runs: those that are asked for, else the usual ones.
///
/// # Errors
/// No run has one of the names, or one of the runs has none of them.
pub fn chosen(runs: &[Run], asked: &[String]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let usual = || runs.iter().flat_map(Run::usual).collect::<Vec<_>>();
    for name in if asked.is_empty() { usual() } else { asked.to_vec() } {
        if !runs.iter().any(|run| run.values(&name).is_some()) {
            return Err(unknown(runs, &name));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let bare = runs.iter().find(|run| names.iter().all(|name| run.values(name).is_none()));
    match bare {
        Some(run) => {
            let error = Error::user(format!("the run `{}` has no {}", run.called(), listed(&names, "or")));
            Err(error.help(format!("it has {}", listed(&run.names(), "and"))))
        }
        None => Ok(names),
    }
}

fn unknown(runs: &[Run], name: &str) -> Error {
    let mut known: Vec<String> = Vec::new();
    for own in runs.iter().flat_map(Run::names) {
        if !known.contains(&own) {
            known.push(own);
        }
    }
    let whose = if let [run] = runs { format!("the run `{}` has", run.called()) } else { "the runs have".to_owned() };
    let error = Error::user(format!("{whose} no `{name}`"));
    let error = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    error.help(format!("{whose} {}", listed(&known, "and")))
}

/// Names as a sentence has them.
fn listed(names: &[String], last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((end, before)) if !before.is_empty() => format!("{} {last} {end}", before.join(", ")),
        Some((end, _)) => end.clone(),
        None => "nothing".to_owned(),
    }
}

/// What the values of a name measure: names of the same kind share an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A loss, on a landscape the height.
    Loss,
    /// A share of what is classified correctly, from 0 to 1.
    Accuracy,
    /// The length of a gradient.
    GradientNorm,
    /// The length of a step.
    UpdateNorm,
    /// The learning rate.
    Rate,
    /// A coordinate on a landscape.
    Coordinate,
    /// A slope of a landscape.
    Slope,
    /// A value of a series, or an average of them.
    Average,
    /// What an observer logs, by the part of its name before a point.
    Logged(String),
}

impl Kind {
    /// The kind of a name in these runs.
    pub fn of(runs: &[Run], name: &str) -> Self {
        match name {
            "loss" | "train_loss" | "val_loss" | "height" => return Self::Loss,
            "train_accuracy" | "val_accuracy" => return Self::Accuracy,
            "grad_norm" => return Self::GradientNorm,
            "update_norm" => return Self::UpdateNorm,
            "lr" => return Self::Rate,
            _ => {}
        }
        let values = runs.iter().find_map(|run| Some((run, run.values(name)?)));
        match values.map(|(run, values)| (run.is_series(), values.rows)) {
            Some((true, _)) => Self::Average,
            Some((_, Rows::Places)) if ["dx", "dy"].contains(&name) => Self::Slope,
            Some((_, Rows::Places)) => Self::Coordinate,
            Some((_, Rows::Steps | Rows::Epochs)) => Self::GradientNorm,
            _ => Self::Logged(name.split('.').next().unwrap_or(name).to_owned()),
        }
    }

    /// What its axis is called where several names share it.
    pub fn label(&self, on_landscape: bool) -> String {
        match self {
            Self::Loss if on_landscape => "height",
            Self::Loss => "loss",
            Self::Accuracy => "accuracy",
            Self::GradientNorm => "gradient norm",
            Self::UpdateNorm => "length of the step",
            Self::Rate => "learning rate",
            Self::Coordinate => "place",
            Self::Slope => "slope",
            Self::Average => "value",
            Self::Logged(name) => name,
        }
        .to_owned()
    }
}

/// What a name is called in a legend and at an axis of its own.
pub fn label(name: &str, kind: &Kind, on_landscape: bool) -> String {
    match name {
        "loss" if on_landscape => "height".to_owned(),
        "val_loss" => "validation loss".to_owned(),
        "train_loss" => "training loss".to_owned(),
        "val_accuracy" => "validation accuracy".to_owned(),
        "train_accuracy" => "training accuracy".to_owned(),
        "grad_norm" | "update_norm" | "lr" => kind.label(on_landscape),
        name if *kind == Kind::GradientNorm => {
            format!("gradient norm of {}", name.strip_prefix(NORM).unwrap_or(name))
        }
        name if *kind == Kind::Average => average(name),
        name => name.to_owned(),
    }
}

/// An average by its name in `averages.csv`: `exponential.0.9.corrected` is `exponential 0.9, corrected`.
fn average(name: &str) -> String {
    let (name, corrected) = match name.strip_suffix(".corrected") {
        Some(name) => (name, ", corrected"),
        None => (name, ""),
    };
    format!("{}{corrected}", name.replacen('.', " ", 1))
}
