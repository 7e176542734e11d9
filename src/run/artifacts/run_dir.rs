//! The files of a run: `steps.csv`, `epochs.csv`, a landscape's `path.csv` and an observer's `observed.csv` as they come,
//! weights, state and a summary at the end. How a folder is taken and files get into it is the business of `folder`, and
//! what happens where the disk takes nothing that of `output`.

use safetensors::tensor::{Dtype, TensorView};

use super::folder::Folder;
use super::notices::Notices;
use super::output::Output;
use super::table::Table;
use crate::error::{Error, Result};
use crate::optim::StateValue;
use crate::program::Real;
use crate::snapshot::EpochRow;
use crate::train::{Experiment, OfGroup, Spot, StepReport};

/// The places of the tables that every run has.
const STEPS: usize = 0;
const EPOCHS: usize = 1;
/// What a race has come to on each of its seeds, and on which ways.
const SEEDS: [&str; 2] = ["seeds.csv", "curves.csv"];

/// A folder that a run writes into.
pub struct RunDir {
    output: Output,
    /// The places of the tables that it has only on a landscape and with an observer.
    path: Option<usize>,
    observed: Option<usize>,
    /// There is an observer.
    observes: bool,
    seed: u64,
    /// The names of the columns of norms.
    norms: Vec<String>,
    /// The values that groups of parameters have by schedules, and the names of their columns.
    groups: Vec<(OfGroup, String)>,
    /// Where the path over a landscape starts.
    first: Option<Spot>,
}

impl RunDir {
    /// The files of runs in a folder that was taken for them.
    pub fn of(folder: Folder) -> Self {
        Self {
            output: Output::of(folder),
            path: None,
            observed: None,
            observes: false,
            seed: 0,
            norms: Vec::new(),
            groups: Vec::new(),
            first: None,
        }
    }

    /// The folder, for runs that come after.
    pub fn into_folder(self) -> Folder {
        self.output.into_folder()
    }

    /// What is to be told of the files while the run goes on.
    pub fn notices(&self) -> &Notices {
        self.output.folder().notices()
    }

    /// Another run begins, also after a restart: its tables are begun with its first row, so that a finished run's files
    /// stay until the next one really goes. On a landscape the path starts at the given spot.
    pub fn prepare<F: Real>(&mut self, experiment: &Experiment<F>, spot: Option<Spot>) {
        self.output.rest();
        self.seed = experiment.seed();
        self.first = spot;
        let column = |own: OfGroup| {
            // Without the comma between selectors, which would part cells.
            let name = format!("{}[{}]", own.hyper, own.group.replace(": ", "=").replace(", ", " "));
            (own, name)
        };
        self.groups = experiment.scheduled_groups().into_iter().map(column).collect();
        let layout = experiment.layout();
        self.norms = layout.parameters().iter().map(|p| format!("grad_norm.{}", p.name)).collect();
    }

    /// Whether there is an observer, so that there will be a table of what it logs.
    pub fn observes(&mut self, observes: bool) {
        self.observes = observes;
    }

    fn start(&mut self) {
        let mut tables: Vec<Table> = Vec::with_capacity(4);
        let mut add = |name, step, columns: &mut dyn Iterator<Item = &str>| {
            tables.push(Table::new(name, self.output.folder().place(name), columns, step));
            tables.len() - 1
        };
        let head = ["step", "epoch", "lr", "loss", "grad_norm", "update_norm"];
        let groups = self.groups.iter().map(|(_, name)| name.as_str());
        add("steps.csv", 0, &mut head.into_iter().chain(self.norms.iter().map(String::as_str)).chain(groups));
        let columns = "epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,seconds";
        add("epochs.csv", 1, &mut columns.split(','));
        self.path = self.first.map(|_| add("path.csv", 0, &mut "step,x,y,height,dx,dy".split(',')));
        self.observed = self.observes.then(|| add("observed.csv", 0, &mut "step,name,value".split(',')));
        let others = ["model.safetensors", "state.safetensors", "summary.json"];
        let files = tables.iter().map(|table| table.name).chain(others).collect();
        self.output.begin(self.seed, files, tables);
        let first = self.first;
        self.spot(0, first.as_ref());
    }

    /// A row of `path.csv`: where the weights stand after a step, the height and the slope there without any noise.
    pub fn spot(&mut self, step: u64, spot: Option<&Spot>) {
        let (Some(at), Some(spot)) = (self.path, spot) else { return };
        let rows = self.output.table(at);
        let cells = [step as f64, spot.x, spot.y, spot.height, spot.dx, spot.dy];
        cells.into_iter().for_each(|value| rows.number(Some(value)));
        self.output.end_row(at);
    }

    /// Rows of `observed.csv`: what an observer logged after a step.
    pub fn observed(&mut self, step: u64, values: &[(String, f64)]) {
        let Some(at) = self.observed else { return };
        for (name, value) in values {
            let rows = self.output.table(at);
            rows.number(Some(step as f64));
            rows.word(name);
            rows.number(Some(*value));
            self.output.end_row(at);
        }
    }

    /// A row of `steps.csv`; allocates nothing once its buffers have grown.
    pub fn step<F: Real>(&mut self, report: &StepReport, experiment: &Experiment<F>) {
        if !self.output.has_begun() {
            self.start();
        }
        let rows = self.output.table(STEPS);
        rows.number(Some(report.step as f64));
        rows.number(Some(report.epoch as f64));
        rows.number(experiment.lr());
        let norms = experiment.grad_norms();
        [report.loss, report.grad_norm, report.update_norm].iter().chain(norms).for_each(|n| rows.number(Some(*n)));
        self.groups.iter().for_each(|(own, _)| rows.number(experiment.value_of_group(own)));
        self.output.end_row(STEPS);
    }

    /// A row of `epochs.csv`. All tables are handed to the system, so that a killed run leaves whole epochs behind.
    pub fn epoch(&mut self, row: &EpochRow) {
        if !self.output.has_begun() {
            return;
        }
        let rows = self.output.table(EPOCHS);
        let losses = [row.train_loss, row.train_accuracy, row.val_loss, row.val_accuracy];
        rows.number(Some(row.epoch as f64));
        rows.number(Some(row.step as f64));
        losses.into_iter().chain([Some(row.seconds)]).for_each(|value| rows.number(value));
        self.output.end_row(EPOCHS);
        self.output.write();
    }

    /// Takes the rows of all steps after this one out of the tables: another future begins.
    pub fn cut(&mut self, step: u64) {
        self.output.cut(step);
    }

    /// Weights, state and summary; also the rest of the tables. A run that was left before its first step leaves what an
    /// earlier one wrote.
    ///
    /// # Errors
    /// What could not be written.
    pub fn finish<F: Real>(&mut self, experiment: &Experiment<F>, summary: &serde_json::Value) -> Result<()> {
        if !self.output.has_begun() {
            if summary["status"] == "stopped" && self.output.folder().has_a_whole_run() {
                return Ok(());
            }
            self.start();
        }
        let model = ("model.safetensors", model_bytes(experiment)?);
        self.output.finish(vec![model, ("state.safetensors", state_bytes(experiment)?)], summary)
    }

    /// The runs of a race begin, whose own folders are inside of this one; perhaps it is run on further seeds.
    pub fn begin_race(&mut self, seed: u64, on_seeds: bool) {
        if !self.output.has_begun() {
            let of_seeds = SEEDS.into_iter().filter(|_| on_seeds);
            let files = std::iter::once("summary.json").chain(of_seeds).collect();
            self.output.begin(seed, files, Vec::new());
        }
    }

    /// The tables of what came out on several seeds and on which ways, and the summary with them.
    ///
    /// # Errors
    /// They could not be written.
    pub fn finish_seeds(&mut self, summary: &serde_json::Value, tables: [String; 2]) -> Result<()> {
        self.output.finish(SEEDS.into_iter().zip(tables.map(String::into_bytes)).collect(), summary)
    }

    /// The summary alone: what else the folder of a race has beside its runs' folders is of its seeds. A race that was left before
    /// its first step leaves what an earlier one wrote.
    ///
    /// # Errors
    /// It could not be written.
    pub fn finish_race(&mut self, seed: u64, on_seeds: bool, begun: bool, summary: &serde_json::Value) -> Result<()> {
        if !begun && self.output.folder().has_a_whole_run() {
            return Ok(());
        }
        self.begin_race(seed, on_seeds);
        self.output.finish(Vec::new(), summary)
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

/// All that the network answers by: the weights that are evaluated, then running statistics.
fn model_bytes<F: Real>(experiment: &Experiment<F>) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for arena in std::iter::once(experiment.evaluated()).chain(experiment.statistics()) {
        let parameters = arena.layout().parameters().iter().enumerate().filter(|(_, p)| p.kind.is_saved());
        tensors
            .extend(parameters.map(|(at, p)| (p.name.clone(), dtype::<F>(), p.shape.clone(), bytes_of(arena.get(at)))));
    }
    pack(&tensors)
}

fn state_bytes<F: Real>(experiment: &Experiment<F>) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for (at, p) in experiment.layout().parameters().iter().enumerate() {
        let rule = experiment.rule();
        for (place, value) in rule.placed_state_of(at) {
            let name = format!("{}.{}", rule.names()[place], p.name);
            let other = rule.shape_of(at, place).map(|shape| vec![shape.rows as usize, shape.columns as usize]);
            tensors.push(match value {
                StateValue::Tensor(values) => {
                    (name, dtype::<F>(), other.unwrap_or_else(|| p.shape.clone()), bytes_of(values))
                }
                StateValue::Number(value) => (name, Dtype::F64, Vec::new(), value.to_le_bytes().to_vec()),
            });
        }
        if experiment.evaluates_other_weights() {
            let weights = bytes_of(experiment.params().get(at));
            tensors.push((format!("w.{}", p.name), dtype::<F>(), p.shape.clone(), weights));
        }
    }
    pack(&tensors)
}
