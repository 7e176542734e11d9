//! The table itself: a row for each key, in the order in which they are explained. What lies inside of a section follows
//! it. A new key is a row here, a field of the plan, a line where its section is checked and one where it is written.

use super::Edit::ByKey;
use super::LabKind::{self, Landscape, Network, Series};
use super::Race::{Apart, Merged, Own, Shared};
use super::interval::Interval;
use super::{Default, Edit, Key, Race, Value};
use crate::snapshot::{Lock, Rank};

const ALL: &[LabKind] = &[Network, Landscape, Series];
/// Labs that descend: all but walks along a series.
const DESCENT: &[LabKind] = &[Network, Landscape];
const NETWORK: &[LabKind] = &[Network];
const LANDSCAPE: &[LabKind] = &[Landscape];
const SERIES: &[LabKind] = &[Series];
/// Of no lab yet: refused by this version.
const NO_LAB: &[LabKind] = &[];

/// The names that `watch.panes` may hold.
pub const PANES: [&str; 12] =
    ["loss", "gradients", "state", "ledger", "map", "network", "schedule", "race", "guide", "script", "log", "runs"];

/// A smaller `eps` would let a constant feature be divided by next to nothing.
const EPS: Value = Value::Number(Interval::closed(1e-12, 1.0));
/// With 0 the running statistics would never move.
const MOMENTUM: Value = Value::Number(Interval::above(0.0, 1.0));
const PATH: Value = told("the path of a file");
const COLUMNS: Value = told("the name of a column, or a list of names");
const SCRIPT: Value = told("a path that ends in `.rhai`, or a name of the catalogue");

const REQUIRED: Default = Default::Required;
const NONE: Default = Default::Nothing;

const fn told(words: &'static str) -> Value {
    Value::Told(words)
}

const fn number(interval: Interval) -> Value {
    Value::Number(interval)
}

const fn depends(words: &'static str) -> Default {
    Default::Told(words)
}

/// A row, as it is without the words that follow it: an edit waits for a restart, and it is the racers' to replace.
const fn key(path: &'static str, labs: &'static [LabKind], value: Value, default: Default, help: &'static str) -> Key {
    let (edit, race) = (Edit::Restart, Race::Replaced);
    Key { path, labs, value, default, edit, race, one_of: None, beside: None, help }
}

impl Key {
    const fn edit(mut self, edit: Edit) -> Self {
        self.edit = edit;
        self
    }

    const fn race(mut self, race: Race) -> Self {
        self.race = race;
        self
    }

    /// What names the lab or says how the screen starts.
    const fn shown(self, race: Race) -> Self {
        self.edit(Edit::Shown).race(race)
    }

    const fn live(self) -> Self {
        self.edit(Edit::NextStep)
    }

    /// One of a group that exclude each other.
    const fn one_of(mut self, group: &'static str) -> Self {
        self.one_of = Some(group);
        self
    }

    const fn beside(mut self, other: &'static str) -> Self {
        self.beside = Some(other);
        self
    }
}

/// Every key of the lab file: its path, the labs that have it, what it may hold, what holds without it, what it is; then
/// where it differs from what `key` says, what an edit does and what a racer has to do with it.
#[rustfmt::skip]
pub static KEYS: &[Key] = &[
    key("format", ALL, Value::Whole(1), Default::Whole(1),
        "the format of this file; there is one so far").shown(Shared),
    key("id", ALL, told("a text on one line"), depends("the file's name without its ending"),
        "what progress is kept under").shown(Shared),
    key("title", ALL, told("a text on one line"), depends("the `id`"),
        "the heading").shown(Shared),
    key("about", ALL, told("a text in Markdown"), NONE,
        "what to look at, shown in the guide pane").shown(Shared),
    key("seed", ALL, Value::Whole(0), Default::Whole(0),
        "of every random draw: data, first weights, order, dropout"),

    key("data", NETWORK, told("a map"), REQUIRED,
        "the samples, from exactly one origin").race(Merged),
    key("data.source", NETWORK, told("a name of the catalogue, with its parameters beside it"), REQUIRED,
        "a dataset: `optlab list datasets`").one_of("origin"),
    key("data.script", NETWORK, told("a path that ends in `.rhai`, or a name, with its parameters beside it"), REQUIRED,
        "a script that makes the samples").one_of("origin"),
    key("data.csv", NETWORK, PATH, REQUIRED,
        "a CSV file, a table with commas between its columns").one_of("origin"),
    key("data.idx", NETWORK, told("a map"), REQUIRED,
        "a pair of IDX files, as MNIST has them").one_of("origin"),
    key("data.idx.images", NETWORK, PATH, REQUIRED,
        "the inputs"),
    key("data.idx.labels", NETWORK, PATH, REQUIRED,
        "the classes"),
    key("data.target", NETWORK, COLUMNS, REQUIRED,
        "what is learned of a CSV file").beside("csv"),
    key("data.header", NETWORK, Value::Flag, Default::Flag(true),
        "the first line of a CSV file names its columns; else they are `c0`, `c1` and so on").beside("csv"),
    key("data.columns", NETWORK, COLUMNS, depends("all but the targets"),
        "the columns of a CSV file that are inputs, in this order").beside("csv").one_of("inputs"),
    key("data.without", NETWORK, COLUMNS, NONE,
        "the columns of a CSV file that are neither inputs nor targets").beside("csv").one_of("inputs"),
    key("data.standardize", NETWORK, Value::Flag, Default::Flag(false),
        "every feature to mean 0 and deviation 1, by those of the training part, before it is rounded to 32 bits"),
    key("data.validation", NETWORK, number(Interval::below(0.0, 1.0)), Default::Number(0.0),
        "the share of the samples kept for validation"),
    key("data.test", NETWORK, number(Interval::below(0.0, 1.0)), Default::Number(0.0),
        "a further share, evaluated once, at the end"),

    key("network", NETWORK, told("a list of layers, or `{script: FILE}` with the parameters of the script"), REQUIRED,
        "the layers, from the inputs to the outputs"),
    key("network.script", NETWORK, SCRIPT, NONE,
        "a script that lists the layers, once inputs and outputs are known"),
    key("network[].dense", NETWORK, told("the number of units, or a map"), NONE,
        "a dense layer, y = x W + b"),
    key("network[].dense.units", NETWORK, Value::Whole(1), REQUIRED,
        "the number of its outputs"),
    key("network[].dense.init", NETWORK, Value::Init, depends("`he` before relu and its kin, else `xavier`"),
        "how its weights start"),
    key("network[].dense.bias", NETWORK, Value::Flag, Default::Flag(true),
        "it has a bias"),
    key("network[].dropout", NETWORK, number(Interval::below(0.0, 1.0)), NONE,
        "switches this share of the units off while training"),
    key("network[].layer_norm", NETWORK, told("nothing, or a map"), NONE,
        "normalises each sample over its features"),
    key("network[].layer_norm.eps", NETWORK, EPS, Default::Number(1e-5),
        "added to the variance"),
    key("network[].batch_norm", NETWORK, told("nothing, or a map"), NONE,
        "normalises each feature over the batch"),
    key("network[].batch_norm.momentum", NETWORK, MOMENTUM, Default::Number(0.1),
        "the weight of the newest batch in the running statistics"),
    key("network[].batch_norm.eps", NETWORK, EPS, Default::Number(1e-5),
        "added to the variance"),
    key("network[].script", NETWORK, SCRIPT, NONE,
        "an activation by script, with its parameters beside it"),
    key("network[].NAME", NETWORK, told("nothing, or a map of its parameters"), NONE,
        "an activation: `optlab list activations`"),

    key("initial", NETWORK, told("a map"), NONE,
        "first weights that do not come from initialisers"),
    key("initial.weights", NETWORK, told("the path of a safetensors file"), REQUIRED,
        "tensors `W1, b1, ...` that fit the network exactly"),

    key("loss", NETWORK, told("a name of the catalogue, or `{script: FILE}`"), REQUIRED,
        "what is made small: `optlab list losses`"),
    key("loss.script", NETWORK, SCRIPT, REQUIRED,
        "a loss by script"),

    key("penalty", NETWORK, told("a map"), NONE,
        "added to the loss, over weight matrices and not over biases"),
    key("penalty.l1", NETWORK, number(Interval::not_negative()), Default::Number(0.0),
        "times the sum of |W|"),
    key("penalty.l2", NETWORK, number(Interval::not_negative()), Default::Number(0.0),
        "times the sum of W^2"),

    key("landscape", LANDSCAPE, told("a map"), REQUIRED,
        "a height over two weights, from exactly one origin"),
    key("landscape.source", LANDSCAPE, told("a name of the catalogue, with its parameters beside it"), REQUIRED,
        "a landscape: `optlab list landscapes`").one_of("origin"),
    key("landscape.script", LANDSCAPE, told("a path that ends in `.rhai`, or a name, with its parameters beside it"), REQUIRED,
        "a script of its height").one_of("origin"),
    key("landscape.start", LANDSCAPE, told("two numbers, as in `[-4, 1.5]`"), REQUIRED,
        "where x and y start"),
    key("landscape.noise", LANDSCAPE, number(Interval::not_negative()), Default::Number(0.0),
        "the deviation of the noise added to each derivative"),

    key("series", SERIES, told("a map"), REQUIRED,
        "numbers one after another, from exactly one origin").race(Apart),
    key("series.source", SERIES, told("a name of the catalogue, with its parameters beside it"), REQUIRED,
        "a series: `optlab list series`").one_of("origin").race(Apart),
    key("series.script", SERIES, told("a path that ends in `.rhai`, or a name, with its parameters beside it"), REQUIRED,
        "a script that makes the values").one_of("origin").race(Apart),
    key("series.csv", SERIES, PATH, REQUIRED,
        "a CSV file, a table with commas between its columns").one_of("origin").race(Apart),
    key("series.values", SERIES, told("a list of numbers, the oldest first"), REQUIRED,
        "the values themselves").one_of("origin").race(Apart),
    key("series.column", SERIES, told("the name of a column"), REQUIRED,
        "the values of a CSV file").beside("csv").race(Apart),
    key("series.header", SERIES, Value::Flag, Default::Flag(true),
        "the first line of a CSV file names its columns; else they are `c0`, `c1` and so on").beside("csv").race(Apart),

    key("averages", SERIES, told("a list of averages, no two alike"), REQUIRED,
        "the moving averages; a window that is not full averages what there is").race(Apart),
    key("averages[].simple", SERIES, Value::Whole(1), NONE,
        "the mean of a window of so many values").race(Apart),
    key("averages[].weighted", SERIES, told("a list of numbers, the weight of the oldest value first"), NONE,
        "a window with a weight for each place in it").race(Apart),
    key("averages[].exponential", SERIES, told("a number in [0, 1), or a map"), NONE,
        "keeps the share beta of itself at each value").race(Apart),
    key("averages[].exponential.beta", SERIES, number(Interval::below(0.0, 1.0)), REQUIRED,
        "what it keeps of itself").race(Apart),
    key("averages[].exponential.corrected", SERIES, Value::Flag, Default::Flag(false),
        "corrected for its start at 0").race(Apart),

    key("training", DESCENT, told("a map"), depends("as its keys say"),
        "how long and in which portions").edit(ByKey).race(Merged),
    key("training.epochs", NETWORK, Value::Whole(1), Default::Whole(20),
        "passes over the training part").live().one_of("length"),
    key("training.steps", DESCENT, Value::Whole(1), Default::Whole(200),
        "updates").live().one_of("length"),
    key("training.batch", NETWORK, Value::WholeOr(1, "full"), Default::Whole(32),
        "samples in a mini-batch; `full` is all that are trained on"),
    key("training.shuffle", NETWORK, Value::Flag, Default::Flag(true),
        "a new order in every epoch"),
    key("training.rest", NETWORK, Value::Word(&["keep", "drop"]), Default::Word("keep"),
        "what happens to the last, smaller batch of an epoch"),
    key("training.clip_norm", DESCENT, number(Interval::positive()), NONE,
        "the most that the norm of the whole gradient may be").live().one_of("clip"),
    key("training.clip_value", DESCENT, number(Interval::positive()), NONE,
        "the most that each element of the gradient may be").live().one_of("clip"),
    key("training.evaluate", NETWORK, Value::Whole(1), Default::Whole(1),
        "an evaluation every so many epochs").live(),

    key("optimizer", DESCENT, told("a map"), depends("`sgd` with its defaults"),
        "the rule and its hyper-parameters").live(),
    key("optimizer.rule", DESCENT, told("a name of the catalogue, or a path that ends in `.rhai`"), Default::Word("sgd"),
        "a rule: `optlab list optimizers`").live(),
    key("optimizer.HYPER", DESCENT, told("a number, or `{schedule: NAME}` with the parameters of the schedule"), depends("the rule's own"),
        "a hyper-parameter of the rule: `optlab show adam` lists its").live(),
    key("optimizer.HYPER.schedule", DESCENT, told("a name of the catalogue, or a path that ends in `.rhai`"), REQUIRED,
        "drives the hyper-parameter: `optlab list schedules`").live(),

    key("events", DESCENT, told("a list of maps"), NONE,
        "knobs that are turned on the way").live().race(Own),
    key("events[].step", DESCENT, Value::Whole(0), REQUIRED,
        "the updates made before").live().race(Own),
    key("events[].set", DESCENT, told("a map of hyper-parameters"), REQUIRED,
        "what they are from then on").live().race(Own),

    key("compare", DESCENT, told("a map of at most 7 racers"), NONE,
        "a race: each on the lab's first weights and batches").edit(ByKey).race(Apart),
    key("compare.NAME", DESCENT, told("a map of keys of a lab"), REQUIRED,
        "a racer: what it gives goes before the lab's").edit(ByKey).race(Apart),
    key("lock", NETWORK, Value::Word(&Lock::WORDS), depends("`steps` where all batches are alike, else `samples`"),
        "what a race's runs are held together by: as many steps, samples or epochs").race(Apart),
    key("rank", NETWORK, Value::Word(&Rank::WORDS), depends("`val_loss` where there is a validation part, else `loss`"),
        "what a race's runs are ranked by; `loss` is that of the mini-batches, smoothed, without the penalty").race(Apart),
    key("observe", DESCENT, told("a path that ends in `.rhai`"), NONE,
        "a script that looks at the run and writes numbers down").race(Shared),

    key("watch", ALL, told("a map"), depends("as its keys say"),
        "how the screen starts").shown(Apart),
    key("watch.parameter", DESCENT, told("a parameter or one element of it, as in `W1[3,5]`"), NONE,
        "what the panes look at").shown(Apart),
    key("watch.panes", ALL, Value::Words(&PANES), NONE,
        "the panes that are open, the most wanted first").shown(Apart),
    key("watch.speed", ALL, Value::NumberOr(Interval::positive(), "max"), Default::Word("max"),
        "steps in a second").shown(Apart),
    key("tasks", NO_LAB, told("a list of tasks"), NONE,
        "what a student is asked; not supported yet").shown(Apart),
];
