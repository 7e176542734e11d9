//! The files of a run: `steps.csv`, `epochs.csv`, a landscape's `path.csv` and an observer's `observed.csv` as they come,
//! weights, state and a summary at the end. How a folder is taken and files get into it is the business of `folder`.

use std::fs::File;
use std::io::BufWriter;

use csv::Writer;
use safetensors::tensor::{Dtype, TensorView};

use super::folder::{Folder, push_number, table};
use crate::error::{Error, Result};
use crate::optim::StateValue;
use crate::program::{Layout, Real};
use crate::snapshot::EpochRow;
use crate::train::{Experiment, Spot, StepReport};

/// A folder that a run writes into.
pub struct RunDir {
    folder: Folder,
    steps: Option<Writer<BufWriter<File>>>,
    epochs: Option<Writer<BufWriter<File>>>,
    path_rows: Option<Writer<BufWriter<File>>>,
    observed: Option<Writer<BufWriter<File>>>,
    /// There is an observer.
    observes: bool,
    text: String,
    seed: u64,
    /// The names of the columns of norms.
    norms: Vec<String>,
    /// Where the path over a landscape starts.
    first: Option<Spot>,
}

impl RunDir {
    /// The files of runs in a folder that was taken for them.
    pub fn of(folder: Folder) -> Self {
        Self {
            folder,
            steps: None,
            epochs: None,
            path_rows: None,
            observed: None,
            observes: false,
            text: String::new(),
            seed: 0,
            norms: Vec::new(),
            first: None,
        }
    }

    /// The folder, for runs that come after.
    pub fn into_folder(self) -> Folder {
        self.folder
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
        self.folder.begin(self.seed)?;
        let (mut steps, mut epochs) = (self.folder.table("steps.csv")?, self.folder.table("epochs.csv")?);
        let head = ["step", "epoch", "lr", "loss", "grad_norm", "update_norm"];
        let names = head.into_iter().chain(self.norms.iter().map(String::as_str));
        let columns = "epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,seconds";
        steps.write_record(names).map_err(|error| table("steps.csv", &error))?;
        epochs.write_record(columns.split(',')).map_err(|error| table("epochs.csv", &error))?;
        if self.first.is_some() {
            let mut rows = self.folder.table("path.csv")?;
            rows.write_record(["step", "x", "y", "height", "dx", "dy"]).map_err(|error| table("path.csv", &error))?;
            self.path_rows = Some(rows);
        }
        if self.observes {
            let mut rows = self.folder.table("observed.csv")?;
            rows.write_record(["step", "name", "value"]).map_err(|error| table("observed.csv", &error))?;
            self.observed = Some(rows);
        }
        (self.steps, self.epochs) = (Some(steps), Some(epochs));
        self.folder.written = false;
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
            writer.flush().map_err(|error| self.folder.unwritten(&error))?;
        }
        Ok(())
    }

    /// Takes the rows of all steps after this one out of the tables: another future begins.
    pub fn cut(&mut self, step: u64) -> Result<()> {
        let tables = [
            (&mut self.steps, "steps.csv", 0),
            (&mut self.epochs, "epochs.csv", 1),
            (&mut self.path_rows, "path.csv", 0),
            (&mut self.observed, "observed.csv", 0),
        ];
        for (table, name, column) in tables {
            if let Some(rows) = table.take() {
                *table = Some(self.folder.cut(rows, name, column, step)?);
            }
        }
        Ok(())
    }

    /// Weights, state and summary; also the rest of the tables.
    pub fn finish<F: Real>(&mut self, experiment: &Experiment<F>, summary: &serde_json::Value) -> Result<()> {
        if self.steps.is_none() {
            if self.folder.written {
                // Restarted and left at step 0: what the run before it wrote stands.
                return Ok(());
            }
            self.start()?;
        }
        for writer in [&mut self.steps, &mut self.epochs, &mut self.path_rows, &mut self.observed].into_iter().flatten()
        {
            writer.flush().map_err(|error| self.folder.unwritten(&error))?;
        }
        self.folder.whole("model.safetensors", &model_bytes(experiment)?)?;
        self.folder.whole("state.safetensors", &state_bytes(experiment)?)?;
        self.folder.summary(summary)?;
        self.folder.written = true;
        Ok(())
    }

    /// The summary alone, which is all that the folder of a race has beside its runs' folders.
    pub fn summary(&self, summary: &serde_json::Value) -> Result<()> {
        self.folder.summary(summary)
    }
}

/// What numbers of this precision are called in a file.
fn dtype<F: Real>() -> Dtype {
    if size_of::<F>() == size_of::<f64>() { Dtype::F64 } else { Dtype::F32 }
}

fn bytes_of<F: Real>(values: &[F]) -> Vec<u8> {
    let values = values.iter().map(|value| value.to_f64());
    match dtype::<F>() {
        Dtype::F64 => values.flat_map(f64::to_le_bytes).collect(),
        _ => values.flat_map(|value| (value as f32).to_le_bytes()).collect(),
    }
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
fn model_bytes<F: Real>(experiment: &Experiment<F>) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for arena in std::iter::once(experiment.params()).chain(experiment.statistics()) {
        let parameters = arena.layout().parameters().iter().enumerate();
        tensors
            .extend(parameters.map(|(at, p)| (p.name.clone(), dtype::<F>(), p.shape.clone(), bytes_of(arena.get(at)))));
    }
    pack(&tensors)
}

fn state_bytes<F: Real>(experiment: &Experiment<F>) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for (at, p) in experiment.layout().parameters().iter().enumerate() {
        for (state, value) in experiment.rule().state_of(at) {
            let name = format!("{state}.{}", p.name);
            tensors.push(match value {
                StateValue::Tensor(values) => (name, dtype::<F>(), p.shape.clone(), bytes_of(values)),
                StateValue::Number(value) => (name, Dtype::F64, Vec::new(), value.to_le_bytes().to_vec()),
            });
        }
    }
    pack(&tensors)
}
