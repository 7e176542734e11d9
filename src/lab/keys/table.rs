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

/// The kinds of task.
pub const TASKS: [&str; 6] = ["question", "measure", "goal", "script", "line", "text"];

/// The names that `watch.panes` may hold.
pub const PANES: [&str; 13] = [
    "loss",
    "gradients",
    "state",
    "ledger",
    "map",
    "network",
    "schedule",
    "race",
    "guide",
    "script",
    "log",
    "runs",
    "graph",
];

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

    key("loss", NETWORK, told("a name of the catalogue, or `{script: NAME or FILE}`"), REQUIRED,
        "what is made small: `optlab list losses`"),
    key("loss.script", NETWORK, SCRIPT, REQUIRED,
        "a loss by script, a name of the catalogue or a file, with its parameters beside it"),

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
    key("training.accumulate", NETWORK, Value::Whole(1), Default::Whole(1),
        "mini-batches of an update, which is made by the mean of their gradients; the last of an epoch takes what there is"),
    key("training.clip_norm", DESCENT, number(Interval::positive()), NONE,
        "the most that the norm of the whole gradient may be; a second gradient is clipped by itself").live().one_of("clip"),
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
    key("optimizer.groups", DESCENT, told("a list of maps"), NONE,
        "other hyper-parameters for the parameters that match; later groups win").live(),
    key("optimizer.groups[].name", DESCENT, told("a parameter, as in `W2`"), NONE,
        "of the parameter of this name").live(),
    key("optimizer.groups[].kind", DESCENT, Value::Word(&["weight", "bias", "gamma", "beta", "xy"]), NONE,
        "of the parameters of this kind; `gamma` and `beta` are those of a normalisation, `xy` that of a landscape").live(),
    key("optimizer.groups[].layer", DESCENT, Value::Whole(1), NONE,
        "of the parameters of this layer, by the number in their names").live(),
    key("optimizer.groups[].HYPER", DESCENT, told("a number, or `{schedule: NAME}` with the parameters of the schedule"), NONE,
        "their hyper-parameter; a knob that is turned by hand scales it alike").live(),
    key("optimizer.groups[].HYPER.schedule", DESCENT, told("a name of the catalogue, or a path that ends in `.rhai`"), REQUIRED,
        "drives their hyper-parameter: `optlab list schedules`").live(),

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
    key("seeds", DESCENT, Value::WholeIn(2, 9), depends("the lab's seed alone"),
        "the seeds that a race is run on, the lab's and those after it: ranked by the median, with the spread").race(Apart),
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
    key("learnt", ALL, told("a text in Markdown"), NONE,
        "what the lab was for, in a sentence; shown when its tasks are done").shown(Apart),
    key("revision", ALL, Value::Whole(1), depends("1"),
        "counts the changes of a lab that its students have already").shown(Apart),
    key("packed", ALL, told("a text on one line"), NONE,
        "the key that grades it, by its hash; `optlab pack` writes it").shown(Apart),

    key("tasks", ALL, told("a list of at most 12 tasks"), NONE,
        "what a student is asked").shown(Apart),
    key("tasks[].id", ALL, told("letters, digits, `-` and `_`"), REQUIRED,
        "what progress is kept under").shown(Apart),
    key("tasks[].kind", ALL, Value::Word(&TASKS), REQUIRED,
        "what is asked for").shown(Apart),
    key("tasks[].say", ALL, told("a text in Markdown"), REQUIRED,
        "what is asked").shown(Apart),
    key("tasks[].points", ALL, Value::Number(Interval::not_negative()), depends("1, or the sum of its parts"),
        "what it is worth").shown(Apart),
    key("tasks[].hints", ALL, told("a list of texts in Markdown"), NONE,
        "shown one after the other, on demand").shown(Apart),
    key("tasks[].because", ALL, told("a text in Markdown"), NONE,
        "what was to be learnt; shown when it is solved or given up").shown(Apart),
    key("tasks[].hidden", ALL, Value::Flag, Default::Flag(false),
        "not shown to students; judged by a grader who has the key").shown(Apart),
    key("tasks[].before", ALL, Value::Word(&["run", "nothing"]), Default::Word("run"),
        "of a `question`: the run waits until it is answered").shown(Apart),
    key("tasks[].answer", ALL, told("a number, an expression, a text, a list of texts, a choice, a line or a list of lines"), depends("must be given, unless the lab is packed"),
        "of a `question` or a `line`: what is right").shown(Apart),
    key("tasks[].form", ALL, Value::Word(&["number", "text"]), depends("that of the answer"),
        "of a `question` without its answer: what is asked for").shown(Apart),
    key("tasks[].within", ALL, Value::Number(Interval::not_negative()), Default::Number(0.0),
        "how far a number may be from the right one").shown(Apart).one_of("within"),
    key("tasks[].within_percent", ALL, Value::Number(Interval::not_negative()), NONE,
        "how far a number may be from the right one, in per cent of it").shown(Apart).one_of("within"),
    key("tasks[].choices", ALL, told("a map of names and texts"), NONE,
        "of a `question`: one of these is right").shown(Apart).one_of("form"),
    key("tasks[].order", ALL, told("a list of texts in their right order"), NONE,
        "of a `question`: all of these in their order").shown(Apart).one_of("form"),
    key("tasks[].draw", ALL, told("a map of names, each with a list of numbers or `{from: 10, to: 30, step: 0.5}`"), NONE,
        "of a `question`: numbers that each student gets for himself, `{name}` in its texts").shown(Apart),
    key("tasks[].of", ALL, told("a map of keys of a lab"), NONE,
        "of a `measure`: what is laid over the lab").shown(Apart),
    key("tasks[].until", ALL, told("a condition over `run`"), depends("the end of the run"),
        "of a `measure`: where the run is looked at").shown(Apart),
    key("tasks[].value", ALL, told("an expression over `run`"), depends("must be given"),
        "of a `measure`: the number that is read off").shown(Apart),
    key("tasks[].edit", ALL, told("a list of keys"), NONE,
        "of a `goal`: the keys that count").shown(Apart),
    key("tasks[].files", ALL, told("a list of files"), NONE,
        "of a `goal`: the files that count").shown(Apart),
    key("tasks[].check", ALL, told("a condition over `run`"), NONE,
        "of a `goal`: what must hold at the end of an epoch, or after a step where there are none").shown(Apart).one_of("marks"),
    key("tasks[].marks", ALL, told("a list of maps"), NONE,
        "of a `goal`: several conditions, each with its points").shown(Apart).one_of("marks"),
    key("tasks[].marks[].check", ALL, told("a condition over `run`"), REQUIRED,
        "what must hold").shown(Apart),
    key("tasks[].marks[].points", ALL, Value::Number(Interval::not_negative()), Default::Number(1.0),
        "what that is worth").shown(Apart),
    key("tasks[].seeds", ALL, told("a list of at most 20 whole numbers"), depends("the lab's own"),
        "of a `goal`: the seeds that it is tried on").shown(Apart),
    key("tasks[].hidden_seeds", ALL, told("a list of at most 20 whole numbers"), NONE,
        "of a `goal`: further seeds, which only a grader with the key has").shown(Apart),
    key("tasks[].need", ALL, Value::Whole(1), depends("all of them"),
        "of a `goal`: on how many seeds a check must hold").shown(Apart),
    key("tasks[].budget", ALL, told("`{epochs: 20}` or `{steps: 4000}`"), depends("twice the lab's own length"),
        "of a `goal`: how long a run may take").shown(Apart),
    key("tasks[].budget.epochs", NETWORK, Value::Whole(1), NONE,
        "passes over the training part").shown(Apart).one_of("length"),
    key("tasks[].budget.steps", ALL, Value::Whole(1), NONE,
        "updates").shown(Apart).one_of("length"),
    key("tasks[].file", ALL, told("the path of a file"), depends("must be given"),
        "of a `script` or a `line`: what is filled in, or looked through").shown(Apart),
    key("tasks[].same_as", ALL, SCRIPT, depends("must be given"),
        "of a `script`: what it must do").shown(Apart),
    key("tasks[].hyper", ALL, told("a map of hyper-parameters"), depends("those of the reference"),
        "of a `script`: what both are given").shown(Apart),
    key("tasks[].cases", ALL, told("a list of at most 20 maps"), depends("one of a few steps or points"),
        "of a `script`: how the two are compared").shown(Apart),
    key("tasks[].cases[].name", ALL, told("a text on one line"), REQUIRED,
        "what it is called").shown(Apart),
    key("tasks[].cases[].points", ALL, told("a number, or for activations, losses and landscapes the list of points"), depends("1"),
        "what it is worth; or where it is worked out").shown(Apart),
    key("tasks[].cases[].worth", ALL, Value::Number(Interval::not_negative()), Default::Number(1.0),
        "what it is worth, where `points` says where it is worked out").shown(Apart),
    key("tasks[].cases[].hidden", ALL, Value::Flag, Default::Flag(false),
        "only judged by a grader who has the key").shown(Apart),
    key("tasks[].cases[].hyper", ALL, told("a map of hyper-parameters"), depends("those of the task"),
        "what both are given").shown(Apart),
    key("tasks[].cases[].steps", ALL, Value::Whole(1), Default::Whole(3),
        "of a rule: updates that are compared").shown(Apart),
    key("tasks[].cases[].from", ALL, Value::Whole(1), Default::Whole(1),
        "of a rule: `t` at the first of them").shown(Apart),
    key("tasks[].cases[].gradient", ALL, Value::Word(&["drawn", "zero"]), Default::Word("drawn"),
        "of a rule: what gradients it gets").shown(Apart),
    key("tasks[].cases[].shapes", ALL, told("a list of shapes, as in `[[3, 2], [2]]`"), depends("one vector of 4"),
        "of a rule: the shapes of its parameters").shown(Apart),
    key("tasks[].cases[].at", ALL, told("a list of steps"), depends("0, 1, 10 and 100"),
        "of a schedule: where it is asked").shown(Apart),
    key("tasks[].cases[].seeds", ALL, told("a list of at most 20 whole numbers"), depends("1 and 2"),
        "of a dataset or a series: the seeds that it is made with").shown(Apart),
    key("tasks[].rubric", ALL, told("a text in Markdown"), depends("must be given, unless the lab is packed"),
        "of a `text`: what a person looks for").shown(Apart),
];
