//! The files of a run: `steps.csv`, `epochs.csv`, a landscape's `path.csv` and an observer's `observed.csv` as they come,
//! weights, state and a summary at the end.
//!
//! Whole files are written beside their place and renamed, so that a reader never sees half of one. A folder is replaced
//! only if optlab wrote it, which a marker file tells.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use csv::Writer;
use safetensors::tensor::{Dtype, TensorView};

use super::experiment::{Experiment, StepReport};
use super::objective::Spot;
use super::snapshot::EpochRow;
use crate::error::{Error, Result};
use crate::optim::StateValue;
use crate::program::Layout;

/// Tells that optlab wrote the folder.
const MARKER: &str = ".optlab-run";
/// What a run writes; scripts lie in a folder of their own.
const FILES: [&str; 8] = [
    "steps.csv",
    "epochs.csv",
    "model.safetensors",
    "state.safetensors",
    "observed.csv",
    "lab.yaml",
    "summary.json",
    "path.csv",
];
const SCRIPTS: &str = "scripts";

/// A folder that a run writes into.
pub struct RunDir {
    path: PathBuf,
    steps: Option<Writer<BufWriter<File>>>,
    epochs: Option<Writer<BufWriter<File>>>,
    path_rows: Option<Writer<BufWriter<File>>>,
    observed: Option<Writer<BufWriter<File>>>,
    /// There is an observer.
    observes: bool,
    text: String,
    /// The lab as resolved.
    lab: String,
    seed: u64,
    /// The names of the columns of norms.
    norms: Vec<String>,
    /// Where the path over a landscape starts.
    first: Option<Spot>,
    /// The files of an earlier run's end are there.
    written: bool,
}

impl RunDir {
    /// Takes a folder: a new one, an empty one, or one that an earlier run wrote. Also writes what is known before the
    /// first step: the lab as resolved, and its scripts as (path in the folder, text).
    pub fn create(path: &Path, lab: &str, scripts: &[(String, String)]) -> Result<Self> {
        let refuse = |what: &str| {
            Err(Error::user(format!("{} {what}", path.display()))
                .help("give `--out` a new folder, or one that an earlier run wrote"))
        };
        if path.exists() {
            if !path.is_dir() {
                return refuse("is not a folder");
            }
            let mut inside = std::fs::read_dir(path).map_err(|error| failed(path, "read", &error))?;
            if inside.next().is_some() && !path.join(MARKER).is_file() {
                return refuse("has files that optlab did not write, so it is not replaced");
            }
        }
        std::fs::create_dir_all(path).map_err(|error| failed(path, "make", &error))?;
        let marker = path.join(MARKER);
        // The marker names the scripts that lie beside the tables, so that they can be replaced with them.
        let earlier = std::fs::read_to_string(&marker).unwrap_or_default();
        for name in earlier.lines().skip(1).filter(|name| is_plain(name)) {
            remove(&path.join(name))?;
        }
        let mut head = "A folder that `optlab --out` writes and replaces, with these scripts:\n".to_owned();
        scripts
            .iter()
            .filter(|(name, _)| is_plain(name))
            .for_each(|(name, _)| head = head.clone() + name.as_str() + "\n");
        std::fs::write(&marker, head).map_err(|error| failed(path, "write into", &error))?;
        for file in FILES {
            remove(&path.join(file))?;
        }
        let folder = path.join(SCRIPTS);
        if folder.is_dir() {
            std::fs::remove_dir_all(&folder).map_err(|error| failed(&folder, "replace", &error))?;
        }
        let dir = Self {
            path: path.to_owned(),
            steps: None,
            epochs: None,
            path_rows: None,
            observed: None,
            observes: false,
            text: String::new(),
            lab: lab.to_owned(),
            seed: 0,
            norms: Vec::new(),
            first: None,
            written: false,
        };
        dir.whole("lab.yaml", lab.as_bytes())?;
        for (name, text) in scripts {
            if let Some(parent) = Path::new(name).parent() {
                let folder = path.join(parent);
                std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, "make", &error))?;
            }
            dir.whole(name, text.as_bytes())?;
        }
        Ok(dir)
    }

    /// Another run begins, also after a restart: its tables are begun with its first row, so that a finished run's files
    /// stay until the next one really goes. On a landscape the path starts at the given spot.
    pub fn prepare(&mut self, layout: &Layout, seed: u64, spot: Option<Spot>) {
        self.seed = seed;
        self.first = spot;
        (self.steps, self.epochs, self.path_rows, self.observed) = (None, None, None, None);
        self.norms = layout.parameters().iter().map(|p| format!("grad_norm.{}", p.name)).collect();
    }

    /// Whether there is an observer, so that there will be a table of what it logs.
    pub fn observes(&mut self, observes: bool) {
        self.observes = observes;
    }

    fn start(&mut self) -> Result<()> {
        // A restart may have changed the seed, and a run must be repeatable from its own folder.
        let seeded =
            |line: &str| if line.starts_with("seed:") { format!("seed: {}", self.seed) } else { line.to_owned() };
        let lab: String = self.lab.lines().map(|line| seeded(line) + "\n").collect();
        self.whole("lab.yaml", lab.as_bytes())?;
        let open = |name: &str| -> Result<Writer<BufWriter<File>>> {
            let path = self.path.join(name);
            let file = File::create(&path).map_err(|error| failed(&path, "write", &error))?;
            Ok(Writer::from_writer(BufWriter::with_capacity(1 << 16, file)))
        };
        let (mut steps, mut epochs) = (open("steps.csv")?, open("epochs.csv")?);
        let head = ["step", "epoch", "lr", "loss", "grad_norm", "update_norm"];
        let names = head.into_iter().chain(self.norms.iter().map(String::as_str));
        let columns = "epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,seconds";
        steps.write_record(names).map_err(|error| table("steps.csv", &error))?;
        epochs.write_record(columns.split(',')).map_err(|error| table("epochs.csv", &error))?;
        if self.first.is_some() {
            let mut rows = open("path.csv")?;
            rows.write_record(["step", "x", "y", "height", "dx", "dy"]).map_err(|error| table("path.csv", &error))?;
            self.path_rows = Some(rows);
        }
        if self.observes {
            let mut rows = open("observed.csv")?;
            rows.write_record(["step", "name", "value"]).map_err(|error| table("observed.csv", &error))?;
            self.observed = Some(rows);
        }
        (self.steps, self.epochs) = (Some(steps), Some(epochs));
        self.written = false;
        let first = self.first;
        self.spot(0, first.as_ref())
    }

    /// A row of `path.csv`: where the weights stand after a step, the height and the slope there without any noise.
    pub fn spot(&mut self, step: u64, spot: Option<&Spot>) -> Result<()> {
        let (Some(rows), Some(spot)) = (&mut self.path_rows, spot) else { return Ok(()) };
        let text = &mut self.text;
        [step as f64, spot.x, spot.y, spot.height, spot.dx, spot.dy]
            .into_iter()
            .try_for_each(|value| {
                text.clear();
                push_number(text, Some(value));
                rows.write_field(text.as_bytes())
            })
            .and_then(|()| rows.write_record(None::<&[u8]>))
            .map_err(|error| table("path.csv", &error))
    }

    /// Rows of `observed.csv`: what an observer logged after a step.
    pub fn observed(&mut self, step: u64, values: &[(String, f64)]) -> Result<()> {
        let Some(rows) = &mut self.observed else { return Ok(()) };
        for (name, value) in values {
            self.text.clear();
            push_number(&mut self.text, Some(*value));
            rows.write_record([step.to_string().as_str(), name, &self.text])
                .map_err(|error| table("observed.csv", &error))?;
        }
        Ok(())
    }

    /// A row of `steps.csv`; allocates nothing once its buffers have grown.
    pub fn step(&mut self, report: &StepReport, lr: Option<f64>, norms: &[f64]) -> Result<()> {
        if self.steps.is_none() {
            self.start()?;
        }
        let Some(steps) = &mut self.steps else { return Ok(()) };
        let text = &mut self.text;
        let mut field = |value: Option<f64>| {
            text.clear();
            push_number(text, value);
            steps.write_field(text.as_bytes())
        };
        field(Some(report.step as f64))
            .and_then(|()| field(Some(report.epoch as f64)))
            .and_then(|()| field(lr))
            .and_then(|()| field(Some(report.loss)))
            .and_then(|()| field(Some(report.grad_norm)))
            .and_then(|()| field(Some(report.update_norm)))
            .and_then(|()| norms.iter().try_for_each(|norm| field(Some(*norm))))
            .and_then(|()| steps.write_record(None::<&[u8]>))
            .map_err(|error| table("steps.csv", &error))
    }

    /// A row of `epochs.csv`. Both tables are handed to the system, so that a killed run leaves whole epochs behind.
    pub fn epoch(&mut self, row: &EpochRow) -> Result<()> {
        let (Some(steps), Some(epochs)) = (&mut self.steps, &mut self.epochs) else { return Ok(()) };
        let numbers = [
            Some(row.epoch as f64),
            Some(row.step as f64),
            row.train_loss,
            row.train_accuracy,
            row.val_loss,
            row.val_accuracy,
            Some(row.seconds),
        ];
        let fields = numbers.map(|value| {
            let mut text = String::new();
            push_number(&mut text, value);
            text
        });
        epochs.write_record(fields).map_err(|error| table("epochs.csv", &error))?;
        for writer in [Some(steps), Some(epochs), self.observed.as_mut()].into_iter().flatten() {
            writer.flush().map_err(|error| failed(&self.path, "write into", &error))?;
        }
        Ok(())
    }

    /// Weights, state and summary; also the rest of the tables.
    pub fn finish(&mut self, experiment: &Experiment<f32>, summary: &serde_json::Value) -> Result<()> {
        if self.steps.is_none() {
            if self.written {
                // Restarted and left at step 0: what the run before it wrote stands.
                return Ok(());
            }
            self.start()?;
        }
        for writer in [&mut self.steps, &mut self.epochs, &mut self.path_rows, &mut self.observed].into_iter().flatten()
        {
            writer.flush().map_err(|error| failed(&self.path, "write into", &error))?;
        }
        self.whole("model.safetensors", &model_bytes(experiment)?)?;
        self.whole("state.safetensors", &state_bytes(experiment)?)?;
        let summary = serde_json::to_string_pretty(summary).map_err(|error| Error::fault(error.to_string()))?;
        self.whole("summary.json", format!("{summary}\n").as_bytes())?;
        self.written = true;
        Ok(())
    }

    /// Writes a whole file beside its place, syncs it, and renames it.
    fn whole(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(&self.path);
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                // A temporary file is private; what a run wrote may be read like any other file.
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644))?;
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        write().map_err(|error| failed(&path, "write", &error))
    }
}

/// A number that reads back to the same bits; whole numbers without a point, nothing for what is not there.
fn push_number(text: &mut String, value: Option<f64>) {
    // Writing to a string cannot fail.
    let _ = match value {
        None => Ok(()),
        Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 && (whole != 0.0 || whole.is_sign_positive()) => {
            write!(text, "{}", whole as i64)
        }
        Some(value) => write!(text, "{value:?}"),
    };
}

/// A file beside the tables: no folders, and none of the tables themselves.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\']) && !FILES.contains(&name) && !name.starts_with('.')
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::user(format!("cannot {what} {}: {error}", path.display())).help("is there room, and may you write there?")
}

fn table(name: &str, error: &csv::Error) -> Error {
    Error::user(format!("cannot write {name}: {error}")).help("is there room, and may you write there?")
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(path, "replace", &error)),
        _ => Ok(()),
    }
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn pack(tensors: &[(String, Dtype, Vec<usize>, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut views = Vec::with_capacity(tensors.len());
    for (name, dtype, shape, bytes) in tensors {
        let view =
            TensorView::new(*dtype, shape.clone(), bytes).map_err(|error| Error::fault(format!("{name}: {error}")))?;
        views.push((name.clone(), view));
    }
    safetensors::serialize(views, None).map_err(|error| Error::fault(format!("cannot pack tensors: {error}")))
}

/// All that the network answers by: parameters, then running statistics.
fn model_bytes(experiment: &Experiment<f32>) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for arena in std::iter::once(experiment.params()).chain(experiment.statistics()) {
        let parameters = arena.layout().parameters().iter().enumerate();
        tensors
            .extend(parameters.map(|(at, p)| (p.name.clone(), Dtype::F32, p.shape.clone(), bytes_of(arena.get(at)))));
    }
    pack(&tensors)
}

fn state_bytes(experiment: &Experiment<f32>) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for (at, p) in experiment.layout().parameters().iter().enumerate() {
        for (state, value) in experiment.rule().state_of(at) {
            let name = format!("{state}.{}", p.name);
            tensors.push(match value {
                StateValue::Tensor(values) => (name, Dtype::F32, p.shape.clone(), bytes_of(values)),
                StateValue::Number(value) => (name, Dtype::F64, Vec::new(), value.to_le_bytes().to_vec()),
            });
        }
    }
    pack(&tensors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_to_the_same_bits() {
        for value in [0.1, 1e-300, -0.0, 3.0, f64::MAX, f64::MIN_POSITIVE, 1.0 / 3.0, 123_456_789.0] {
            let mut text = String::new();
            push_number(&mut text, Some(value));
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
        }
    }

    #[test]
    fn a_folder_of_somebody_elses_is_refused_and_ours_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        RunDir::create(
            &path,
            "format: 1\n",
            &[("scripts/adam.rhai".into(), "fn".into()), ("mine.rhai".into(), "fn".into())],
        )
        .unwrap();
        assert!(path.join("scripts/adam.rhai").is_file());
        RunDir::create(&path, "format: 1\n", &[]).unwrap();
        assert!(!path.join("scripts").exists() && !path.join("mine.rhai").exists());
        let other = folder.path().join("other");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("thesis.tex"), "x").unwrap();
        assert!(RunDir::create(&other, "", &[]).is_err());
    }
}
