//! The Lab: a lab file in which nothing can be wrong any more. Parts are resolved, shapes are known, numbers are in
//! range, and [`Lab::experiment`] builds from it what trains. Holds plans, never weights in training.

pub mod groups;
pub(in crate::lab) mod knobs;
pub(in crate::lab) mod overrides;
pub(in crate::lab) mod race;
pub(in crate::lab) mod script_text;
pub mod series;
pub mod task;
pub(crate) mod warned;

use std::path::Path;
use std::sync::Arc;

use crate::data::{Order, Params, Raw, Rest};
use crate::error::{Error, Place, Source};
use crate::lab::files::home::Home;
use crate::nn::{LayerKind, Penalty};
use crate::optim::Clip;
use crate::script::{HyperValues, Script};
use crate::snapshot::{RaceRules, Speed};
use crate::train::Length;
pub use groups::{GroupPlan, Selector};
use knobs::Knob;
use overrides::Overrides;
use race::{CheckedData, Racer};
use series::SeriesPlan;
use task::TaskPlan;

/// A checked lab.
#[derive(Debug, Clone)]
pub struct Lab {
    /// What progress is kept under.
    pub id: String,
    /// The heading.
    pub title: String,
    /// Markdown for the guide; may be empty.
    pub about: String,
    /// What it was for, in a sentence of Markdown; may be empty.
    pub learnt: String,
    /// Counts its changes.
    pub revision: u64,
    /// The key that grades it, by its hash, if it was packed for students.
    pub packed: Option<String>,
    /// What it asks, in order.
    pub tasks: Vec<TaskPlan>,
    /// The seed of every draw.
    pub seed: u64,
    /// What is trained or walked.
    pub subject: Subject,
    /// How it descends; none for a series, which has nothing to descend on.
    pub descent: Option<DescentPlan>,
    /// What looks at the run.
    pub observe: Option<Scripted>,
    /// How the screen starts.
    pub watch: WatchPlan,
    /// The runs of a race, the lab's own first; empty for a lab that trains alone.
    pub race: Vec<Racer>,
    /// What holds the runs of a race together, forks among them, and what they are ranked by.
    pub rules: RaceRules,
    /// Bytes of memory that the run needs, its racers not counted.
    pub bytes: f64,
    /// Every script that the lab is made of, shipped ones too, each once.
    pub scripts_used: Vec<Arc<Source>>,
    /// What scripts printed in functions that the check alone calls: `hyper` and `layers`.
    pub printed: Vec<String>,
    /// What is legal but probably not meant, with its place.
    pub warnings: Vec<Error>,
    /// What it was read from.
    pub written: Written,
    /// The lab as YAML with every default filled in: again a valid lab where its relative paths lead to the same files.
    pub resolved: String,
    /// Where it stands.
    pub(in crate::lab) home: Home,
    /// The data that it was checked with, until a run takes them.
    pub(in crate::lab) checked_data: CheckedData,
}

/// What a lab was read from.
#[derive(Debug, Clone)]
pub struct Written {
    /// The text of its file.
    pub source: Arc<Source>,
    /// The keys that the command line has set over it, as in `optimizer.lr`.
    pub set: Vec<String>,
    /// The keys that were set over it on the screen, by `:set`.
    pub typed: Vec<String>,
    /// All that was laid over it.
    pub overrides: Overrides,
}

/// What a lab trains.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A network that learns samples.
    Network(Box<NetworkSubject>),
    /// Two weights on a landscape.
    Landscape(LandscapePlan),
    /// A series of numbers under moving averages.
    Series(SeriesPlan),
}

/// How a network or a landscape descends.
#[derive(Debug, Clone)]
pub struct DescentPlan {
    /// The rule and what drives its hyper-parameters.
    pub optimizer: OptimizerPlan,
    /// What is done to a gradient that is too large.
    pub clip: Option<Clip>,
    /// Steps, batches and evaluations.
    pub training: TrainingPlan,
    /// Knobs that are turned on the way.
    pub events: Vec<Knob>,
}

/// A network with its samples and its loss.
#[derive(Debug, Clone)]
pub struct NetworkSubject {
    /// The samples.
    pub data: DataPlan,
    /// The layers.
    pub network: NetworkPlan,
    /// The first weights from a file, `W1, b1, ...` in the network's order, if they do not come from initialisers.
    pub weights: Option<Weights>,
    /// The loss.
    pub loss: LossPlan,
    /// Added to the loss.
    pub penalty: Penalty,
    /// Answers are right or wrong, so that there is an accuracy.
    pub has_accuracy: bool,
}

/// A landscape and how it is walked.
#[derive(Debug, Clone)]
pub struct LandscapePlan {
    /// The script of its height.
    pub scripted: Scripted,
    /// Where the two weights start.
    pub start: [f64; 2],
    /// The deviation of the noise that is added to each derivative.
    pub noise: f64,
}

/// A script with a value for each of its parameters.
#[derive(Debug, Clone)]
pub struct Scripted {
    /// What the lab calls it: a name of the catalogue, or a path that ends in `.rhai`.
    pub spec: String,
    /// The script.
    pub script: Arc<Script>,
    /// All of its parameters, in its order.
    pub values: HyperValues,
    /// The parameters that the lab gives a value, each with where that stands; all others are the script's own.
    pub given: Vec<(String, Place)>,
}

impl Scripted {
    /// It was given by its path rather than by a name.
    pub fn is_file(&self) -> bool {
        is_script_path(&self.spec)
    }
}

/// Whether a name is a path to a script rather than a name of the catalogue.
pub(in crate::lab) fn is_script_path(spec: &str) -> bool {
    Path::new(spec).extension().is_some_and(|ending| ending == "rhai")
}

/// Where the samples come from and what is done to them.
#[derive(Debug, Clone)]
pub struct DataPlan {
    /// The samples.
    pub samples: Samples,
    /// Every feature gets mean 0 and deviation 1 by the training part.
    pub standardize: bool,
    /// The share held out, in [0, 1).
    pub validation: f64,
    /// The share held out for one evaluation at the end, in [0, 1).
    pub test: f64,
}

/// Samples that are made or have been read.
#[derive(Debug, Clone)]
pub enum Samples {
    /// By a named source; depends on the seed.
    Generated(Params),
    /// By a script; depends on the seed.
    Script(Scripted),
    /// From a CSV file.
    Csv {
        /// The path as the lab gives it.
        path: String,
        /// Its first line names the columns.
        header: bool,
        /// The target columns.
        targets: Vec<String>,
        /// The columns that are inputs.
        inputs: InputColumns,
        /// What was read.
        data: Arc<Raw>,
    },
    /// From a pair of IDX files.
    Idx {
        /// The path of the images.
        images: String,
        /// The path of the labels.
        labels: String,
        /// What was read.
        data: Arc<Raw>,
    },
}

/// Which columns of a CSV file are inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputColumns {
    /// All but the targets.
    Rest,
    /// These, in this order.
    Only(Vec<String>),
    /// All but the targets and these.
    Without(Vec<String>),
}

/// The layers, and the script that listed them if one did.
#[derive(Debug, Clone)]
pub struct NetworkPlan {
    /// Numbers that come in for a sample.
    pub inputs: usize,
    /// In order; at least one of them has parameters.
    pub layers: Vec<LayerPlan>,
    /// The script whose `layers` gave the list.
    pub script: Option<Scripted>,
}

/// A layer; an activation is a script that has not been traced yet.
pub type LayerPlan = LayerKind<Scripted>;

/// First weights that were read from a file.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The path as the lab gives it.
    pub path: String,
    /// One for each parameter of the network, then one for each of its running statistics, in their order and size.
    pub tensors: Arc<Vec<Vec<f32>>>,
}

/// The loss.
#[derive(Debug, Clone)]
pub enum LossPlan {
    /// Fused with softmax.
    CrossEntropy,
    /// Fused with the logistic function.
    BinaryCrossEntropy,
    /// A margin between the class's output and every other.
    Hinge,
    /// One value an element or a sample, by a script.
    Script {
        /// The script.
        scripted: Scripted,
        /// It takes the softmax of the outputs, which then stand for classes.
        softmax: bool,
        /// It looks at all outputs of a sample.
        over_outputs: bool,
    },
}

impl LossPlan {
    /// The name, for messages.
    pub fn name(&self) -> &str {
        match self {
            Self::CrossEntropy => "cross_entropy",
            Self::BinaryCrossEntropy => "binary_cross_entropy",
            Self::Hinge => "hinge",
            Self::Script { scripted, .. } => &scripted.script.name,
        }
    }

    /// It learns the class of a sample, by its index.
    pub fn is_of_classes(&self) -> bool {
        matches!(self, Self::CrossEntropy | Self::Hinge)
    }

    /// Of so many columns of targets it learns the class of a sample by so many outputs. A script with a softmax may have a share of
    /// every class instead, one a column. One that looks at several outputs beside a single column has no other use for them.
    pub fn learns_classes(&self, columns: usize, outputs: usize) -> bool {
        let by_script = |softmax: bool, over_outputs: bool| columns == 1 && (softmax || over_outputs && outputs > 1);
        self.is_of_classes()
            || matches!(self, Self::Script { softmax, over_outputs, .. } if by_script(*softmax, *over_outputs))
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct OptimizerPlan {
    /// What the lab calls it.
    pub spec: String,
    /// The script.
    pub script: Arc<Script>,
    /// Each hyper-parameter with what drives it, in the script's order.
    pub hyper: Vec<(String, HyperSetting)>,
    /// The hyper-parameters that the lab sets, each with where its value stands; all others are the script's own.
    pub given: Vec<(String, Place)>,
    /// Other hyper-parameters for some of the parameters; later ones win.
    pub groups: Vec<GroupPlan>,
}

/// What drives a hyper-parameter.
#[derive(Debug, Clone)]
pub enum HyperSetting {
    /// The same value at every step.
    Number(f64),
    /// A schedule.
    Schedule(Scripted),
}

/// Samples in a mini-batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// All that are trained on.
    Full,
    /// So many, or all if there are fewer.
    Size(usize),
}

/// How long and in which portions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainingPlan {
    /// When the run ends.
    pub length: Length,
    /// Samples in a mini-batch.
    pub batch: Batch,
    /// The order of the samples.
    pub order: Order,
    /// What happens to a last, smaller batch.
    pub rest: Rest,
    /// Mini-batches of an update; at least 1.
    pub accumulate: usize,
    /// An evaluation every so many epochs; at least 1.
    pub evaluate: u64,
}

/// How the screen starts.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchPlan {
    /// A parameter of the network or one element of it.
    pub parameter: Option<Watched>,
    /// Names of [`PANES`](crate::lab::keys::PANES), the most wanted first; may be empty.
    pub panes: Vec<&'static str>,
    /// Steps a second.
    pub speed: Speed,
}

/// A parameter, and perhaps one element of it, as in `W1[3,5]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// As the lab has it.
    pub text: String,
    /// The parameter's place in the network's layout.
    pub parameter: usize,
    /// The element's place in the parameter, row by row.
    pub element: Option<usize>,
}

impl Lab {
    /// The network that the lab trains, if it is one.
    pub fn network(&self) -> Option<&NetworkSubject> {
        match &self.subject {
            Subject::Network(network) => Some(network),
            Subject::Landscape(_) | Subject::Series(_) => None,
        }
    }

    /// How the lab descends; an error for a series.
    pub fn descent(&self) -> Result<&DescentPlan, Error> {
        self.descent
            .as_ref()
            .ok_or_else(|| Error::user(format!("`{}` walks a series: it has nothing to train", self.id)))
    }
}
