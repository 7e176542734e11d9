//! What the language of lab files promises: defaults, origins of data, schedules, seeds, overrides, files beside the
//! lab, and that nothing a person may write makes optlab panic.

use std::fs;
use std::path::Path;

use optlab::Error;
use optlab::data::{Order, Rest, Target};
use optlab::lab::plan::{Batch, HyperSetting, LayerPlan, NetworkSubject, Samples};
use optlab::lab::{Document, Files, Lab, Overrides};
use optlab::nn::Init;
use optlab::snapshot::Speed;
use optlab::train::{Experiment, ExperimentConfig, Learning, Length, Objective};

const LEAST: &str = "data: {source: moons}\nnetwork: [dense: 8, relu, dense: 2]\nloss: cross_entropy\n";

/// Every section with more than its defaults; the files lie in [`folder`].
const WHOLE: &str = r#"
format: 1
id: whole
title: All of it
about: |
  # Everything
  "quoted": yes
seed: 18446744073709551615
data: {csv: data/points.csv, target: y, standardize: true, validation: 0.25, test: 0.0}
network:
  - dense: {units: 6, init: lecun, bias: false}
  - {script: swish.rhai, beta: 1.5}
  - dropout: 0.1
  - dense: 3
initial: {weights: start.safetensors}
loss: cross_entropy
penalty: {l1: 0.001, l2: 0.0001}
training: {steps: 30, batch: 4, shuffle: false, rest: drop, clip_value: 0.5, evaluate: 3}
optimizer:
  rule: rules/mine.rhai
  lr: {schedule: drops.rhai, lr: 0.2, at: [5, 10]}
  beta: 0.8
watch: {parameter: "W1[1,5]", panes: [state, loss], speed: 12.5}
"#;

/// A folder with a lab and what it names.
fn folder() -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = top.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let rows: Vec<_> = (0..20).map(|i| format!("{},{},{}", i % 7, i * i % 5, i % 3)).collect();
    write("data/points.csv", format!("a,b,y\n{}\n", rows.join("\n")).as_bytes());
    write("swish.rhai", b"fn hyper() { #{ beta: 1.0 } }\nfn forward(x, h) { x * sigmoid(h.beta * x) }\n");
    write(
        "rules/mine.rhai",
        b"fn hyper() { #{ lr: 0.1, beta: 0.9 } }\nfn state(w) { #{ v: zeros(w) } }\nfn update(w, dw, state, h, t) {
            state.v = h.beta * state.v + (1 - h.beta) * dw;
            w - h.lr * state.v
        }",
    );
    write(
        "drops.rhai",
        b"fn hyper() { #{ lr: 0.1, at: [1, 2] } }\nfn rate(t, h) {
            let rate = h.lr;
            for at in h.at { rate = where(t >= at, rate / 10, rate); }
            rate
        }",
    );
    write("start.safetensors", &safetensors());
    write("whole.yaml", WHOLE.as_bytes());
    write("least.yaml", LEAST.as_bytes());
    top
}

/// `W1` `[2, 6]`, `W2` `[6, 3]` and `b2` `[3]`, all 0.25.
fn safetensors() -> Vec<u8> {
    let numbers = 12 + 18 + 3;
    let header = r#"{"W1":{"dtype":"F32","shape":[2,6],"data_offsets":[0,48]},"W2":{"dtype":"F32","shape":[6,3],"data_offsets":[48,120]},"b2":{"dtype":"F32","shape":[3],"data_offsets":[120,132]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(0.25_f32.to_le_bytes().repeat(numbers));
    bytes
}

fn shown(errors: &[Error]) -> String {
    errors.iter().map(|error| error.render(false)).collect::<Vec<_>>().join("\n\n")
}

fn open_in(top: &Path, name: &str, overrides: &Overrides) -> Result<Lab, String> {
    Lab::open(top.join(name).to_str().unwrap(), overrides).map_err(|errors| shown(&errors))
}

fn set(arguments: &[&str]) -> Overrides {
    Overrides { set: arguments.iter().map(|&argument| argument.to_owned()).collect(), ..Overrides::default() }
}

fn least(arguments: &[&str]) -> Lab {
    open_in(folder().path(), "least.yaml", &set(arguments)).unwrap()
}

fn subject(lab: &Lab) -> &NetworkSubject {
    lab.network().expect("the lab trains a network")
}

fn learning(parts: &ExperimentConfig<f32>) -> &Learning<f32> {
    match &parts.objective {
        Objective::Network(learning) => learning,
        Objective::Landscape(_) => panic!("the lab trains a network"),
    }
}

#[test]
fn what_a_lab_does_not_say_is_as_the_table_of_defaults_has_it() {
    let lab = least(&[]);
    assert_eq!((lab.id.as_str(), lab.title.as_str(), lab.about.as_str(), lab.seed), ("least", "least", "", 0));
    let Samples::Generated(params) = &subject(&lab).data.samples else { panic!("moons are generated") };
    assert_eq!((params.find("samples"), params.find("noise")), (Some(500.0), Some(0.1)));
    assert_eq!((subject(&lab).data.standardize, subject(&lab).data.validation), (false, 0.0));
    let descent = lab.descent().unwrap();
    let plan = descent.training;
    assert_eq!((plan.length, plan.batch, plan.order), (Length::Epochs(20), Batch::Size(32), Order::Shuffled));
    assert_eq!((plan.rest, plan.evaluate, descent.clip, subject(&lab).penalty.is_none()), (Rest::Keep, 1, None, true));
    assert_eq!(descent.optimizer.spec, "sgd");
    assert!(matches!(descent.optimizer.hyper[0], (ref name, HyperSetting::Number(0.1)) if name == "lr"));
    assert_eq!((lab.watch.speed, lab.watch.parameter, lab.watch.panes.len()), (Speed::Max, None, 0));
}

#[test]
fn weights_start_by_he_before_relu_and_its_kin_and_else_by_xavier() {
    let inits = |network: &str| -> Vec<Init> {
        let lab = least(&[&format!("network={network}")]);
        let init = |layer: &LayerPlan| if let LayerPlan::Dense { init, .. } = layer { Some(*init) } else { None };
        subject(&lab).network.layers.iter().filter_map(init).collect()
    };
    assert_eq!(inits("[dense: 4, relu, dense: 4, tanh, dense: 2]"), [Init::He, Init::Xavier, Init::Xavier]);
    assert_eq!(inits("[dense: 4, dropout: 0.5, relu, dense: 2]"), [Init::He, Init::Xavier]);
    assert_eq!(
        inits("[dense: 4, batch_norm, relu, dense: 4, layer_norm, tanh, dense: 2]")[..2],
        [Init::He, Init::Xavier]
    );
    assert_eq!(inits("[dense: {units: 4, init: zeros}, relu, dense: 2]"), [Init::Zeros, Init::Xavier]);
}

#[test]
fn normalisations_are_read_with_their_defaults_and_resolved_with_every_setting() {
    let network =
        "[batch_norm, dense: 4, batch_norm: {momentum: 0.6}, layer_norm, dense: 3, layer_norm: {eps: 0.1}, dense: 2]";
    let lab = least(&[&format!("network={network}")]);
    let norms = subject(&lab).network.layers.iter().filter_map(|layer| match layer {
        LayerPlan::LayerNorm { eps } => Some((None, *eps)),
        LayerPlan::BatchNorm { momentum, eps } => Some((Some(*momentum), *eps)),
        _ => None,
    });
    let expected = [(Some(0.1), 1e-5), (Some(0.6), 1e-5), (None, 1e-5), (None, 0.1)];
    assert_eq!(norms.collect::<Vec<_>>(), expected);
    let resolved: Vec<_> = lab.resolved.lines().map(str::trim).collect();
    let has = |lines: &[&str]| resolved.windows(lines.len()).any(|window| window == lines);
    assert!(has(&["- batch_norm:", "momentum: 0.6"]), "{}", lab.resolved);
    assert!(has(&["- layer_norm:", "eps: 0.1"]), "{}", lab.resolved);
    let parts = lab.experiment(None, 1).unwrap();
    let names: Vec<_> = parts.params.layout().parameters().iter().map(|p| p.name.as_str()).collect();
    let expected = ["gamma1", "beta1", "W1", "b1", "gamma2", "beta2", "gamma3", "beta3", "W2", "b2", "gamma4", "beta4"];
    assert_eq!(names[..12], expected);
}

#[test]
fn a_lab_with_every_section_is_read_as_written_and_resolved_to_itself() {
    let top = folder();
    let lab = open_in(top.path(), "whole.yaml", &Overrides::default()).unwrap();
    assert_eq!((lab.seed, lab.descent().unwrap().training.length), (u64::MAX, Length::Steps(30)));
    assert!(
        matches!(&lab.descent().unwrap().optimizer.hyper[0].1, HyperSetting::Schedule(schedule) if schedule.is_file())
    );
    assert_eq!(lab.watch.parameter.as_ref().unwrap().element, Some(11));
    let used: Vec<_> = lab.scripts_used.iter().map(|source| source.name.rsplit('/').next().unwrap()).collect();
    assert_eq!(used, ["swish.rhai", "mine.rhai", "drops.rhai"]);

    let document = Document::parse("whole.yaml", &lab.resolved).unwrap();
    let files = Files::beside(&top.path().join("whole.yaml")).unwrap();
    let again = Lab::check(&document, &files, None).unwrap_or_else(|errors| panic!("{}", shown(&errors)));
    assert_eq!(again.resolved, lab.resolved);

    let parts = lab.experiment(None, 1).unwrap();
    assert!(parts.params.values().iter().all(|w| *w == 0.25 || *w == 0.0), "the first weights are the file's");
    let learned = learning(&parts);
    assert_eq!((learned.train.samples(), learned.validation.as_ref().unwrap().samples()), (15, 5));
    assert_eq!(learned.train.feature_names(), ["a", "b"]);
    assert!(learned.train.x().sum().abs() < 1e-4, "standardised by the training part");
    let mut experiment = Experiment::new(parts).unwrap();
    let rates: Vec<f64> = (0..12)
        .map(|_| {
            experiment.step(None).unwrap();
            experiment.lr().unwrap()
        })
        .collect();
    for (step, rate) in [(0, 0.2), (4, 0.2), (5, 0.02), (9, 0.02), (10, 0.002)] {
        assert!((rates[step] - rate).abs() < 1e-12, "after {step} updates: {rates:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_changes_all_that_is_drawn() {
    let lab = least(&["data.validation=0.2"]);
    let parts = |seed| {
        let parts = lab.experiment(seed, 1).unwrap();
        let learned = learning(&parts);
        (learned.train.clone(), learned.validation.clone(), parts.params.values().to_vec())
    };
    assert_eq!(parts(None), parts(Some(0)));
    let (train, validation, weights) = parts(Some(1));
    let own = parts(None);
    assert!(train != own.0 && validation != own.1 && weights != own.2);
}

#[test]
fn targets_become_what_the_loss_learns() {
    let target = |arguments: &[&str]| learning(&least(arguments).experiment(None, 1).unwrap()).train.target().clone();
    let Target::Values(column) = target(&["network=[dense: 1]", "loss=binary_cross_entropy"]) else {
        panic!("one output for two classes is a column")
    };
    assert!(column.ncols() == 1 && column.iter().all(|y| *y == 0.0 || *y == 1.0));
    let Target::Values(one_hot) = target(&["loss=binary_cross_entropy"]) else { panic!("one-hot") };
    assert_eq!(one_hot.ncols(), 2);
    assert!(matches!(target(&["loss=mse"]), Target::Classes { .. }), "so that an accuracy can be told");
    assert!(matches!(target(&["data.source=sine", "network=[dense: 1]", "loss=mse"]), Target::Values(_)));
}

#[test]
fn data_and_networks_come_by_script_too_by_name_or_by_path() {
    let lab = least(&["data={script: rings, classes: 4, validation: 0.5}", "network={script: mlp, units: 5}"]);
    assert_eq!(
        (subject(&lab).network.inputs, subject(&lab).network.outputs(), subject(&lab).network.layers.len()),
        (2, 4, 5)
    );
    assert!(lab.resolved.contains("depth: 2"), "defaults of the script are filled in: {}", lab.resolved);
    assert!(lab.experiment(Some(3), 1).is_ok());
}

#[test]
fn images_come_from_a_pair_of_idx_files() {
    let top = folder();
    let images = [&[0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2][..], &[0, 255, 51, 102, 0, 0, 255, 255]].concat();
    fs::write(top.path().join("images"), images).unwrap();
    fs::write(top.path().join("labels"), [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 1, 0]).unwrap();
    let idx = set(&["data={idx: {images: images, labels: labels}}"]);
    let lab = open_in(top.path(), "least.yaml", &idx).unwrap();
    let parts = lab.experiment(None, 1).unwrap();
    let learned = learning(&parts);
    assert_eq!((learned.train.samples(), learned.train.features(), learned.train.classes()), (4, 2, Some(2)));
    assert!(lab.resolved.contains("images: images"));
    let narrow = Overrides { set: vec![idx.set[0].clone(), "network=[dense: 1]".into()], ..Overrides::default() };
    let refused = open_in(top.path(), "least.yaml", &narrow).unwrap_err();
    assert!(refused.contains("class 1 of sample 2") && refused.contains("--set network"), "{refused}");
}

#[test]
fn scripts_of_the_working_folder_join_the_catalogue_and_hide_namesakes() {
    let top = folder();
    let write = |name: &str, text: &str| {
        let path = top.path().join("scripts").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("activations/bent.rhai", "fn forward(x, h) { x / (1 + abs(x)) }\n");
    write("datasets/moons.rhai", "fn generate(h, rng) { #{ x: [[0, 0, 1], [1, 1, 0]], y: [\"cat\", \"dog\"] } }\n");
    let lab = open_in(top.path(), "least.yaml", &set(&["network=[dense: 4, bent, dense: 2]"])).unwrap();
    assert!(
        matches!(&subject(&lab).network.layers[1], LayerPlan::Activation { function: bent, .. } if bent.script.name == "bent")
    );
    let parts = lab.experiment(None, 1).unwrap();
    let learned = learning(&parts);
    assert_eq!((learned.train.samples(), learned.train.features()), (2, 3));
}

#[test]
fn the_command_line_has_the_last_word_on_length_and_seed() {
    let top = folder();
    let length = |overrides: &Overrides| {
        open_in(top.path(), "whole.yaml", overrides).map(|lab| lab.descent().unwrap().training.length)
    };
    assert_eq!(length(&Overrides { epochs: Some(3), ..Overrides::default() }), Ok(Length::Epochs(3)));
    assert_eq!(length(&set(&["training.epochs=4"])), Ok(Length::Epochs(4)));
    assert_eq!(length(&Overrides { steps: Some(5), ..set(&["training.epochs=4"]) }), Ok(Length::Steps(5)));
    let lab = open_in(top.path(), "least.yaml", &Overrides { seed: Some(9), steps: Some(2), ..Overrides::default() });
    let lab = lab.unwrap();
    assert_eq!((lab.seed, lab.descent().unwrap().training.length), (9, Length::Steps(2)));
    assert!(lab.resolved.contains("seed: 9") && lab.resolved.contains("steps: 2") && !lab.resolved.contains("epochs"));
    let zero = open_in(top.path(), "least.yaml", &Overrides { epochs: Some(0), ..Overrides::default() });
    assert!(zero.unwrap_err().contains("at least 1"));
}

#[test]
fn a_lab_that_cannot_be_found_is_told_with_the_next_step() {
    let top = folder();
    let what = |spec: &str| {
        let errors = Lab::open(spec, &Overrides::default()).unwrap_err();
        assert_eq!(errors.len(), 1, "{}", shown(&errors));
        shown(&errors)
    };
    assert!(what("adam-on-digit").contains("did you mean `adam-on-digits`?"));
    assert!(what("").contains("the name of the lab is empty"));
    let here = what(top.path().to_str().unwrap());
    assert!(here.contains("is a folder, not a lab") && here.contains("least.yaml"), "{here}");
    let missing = what(top.path().join("leest.yaml").to_str().unwrap());
    assert!(missing.contains("there is no file") && missing.contains("least.yaml"), "{missing}");
    fs::write(top.path().join("adam-on-digits"), LEAST).unwrap();
    let path = top.path().join("adam-on-digits");
    let lab = Lab::open(path.to_str().unwrap(), &Overrides::default()).unwrap();
    assert_eq!(lab.id, "adam-on-digits", "a file that exists is meant by its path");
    assert!(matches!(&subject(&lab).data.samples, Samples::Generated(params) if params.spec().name == "moons"));
}

#[test]
fn a_text_is_checked_as_if_it_were_saved_there() {
    let top = folder();
    let name = top.path().join("new.yaml");
    assert_eq!(Lab::check_text(name.to_str().unwrap(), WHOLE), Ok(()));
    let elsewhere = tempfile::tempdir().unwrap();
    let errors = Lab::check_text(elsewhere.path().join("new.yaml").to_str().unwrap(), WHOLE).unwrap_err();
    assert!(shown(&errors).contains("there is no file `data/points.csv`"));
}

/// Every value of a lab in turn is replaced by what does not belong there. Whatever comes of it, it is an answer: a
/// lab that can be built, or errors that each have a sentence and a place.
#[test]
fn no_value_anywhere_makes_the_check_panic() {
    let top = folder();
    let odd = "null|true|-1|0|0.5|1e300|.nan|[]|{}|[1, 2]|\"\"|relu|x.rhai|{a: 1}|18446744073709551615";
    let keys = "format id title about seed data data.csv data.target data.standardize data.validation data.test network network[0] \
        network[0].dense network[0].dense.units network[0].dense.init network[0].dense.bias network[1] \
        network[1].script network[1].beta network[2].dropout network[3].dense initial initial.weights loss \
        penalty penalty.l1 training training.steps training.batch training.shuffle training.rest \
        training.clip_value training.evaluate optimizer optimizer.rule optimizer.lr optimizer.lr.schedule \
        optimizer.lr.at optimizer.beta watch watch.parameter watch.panes watch.speed data.idx data.source \
        data.script data.samples compare tasks";
    let path = top.path().join("whole.yaml");
    let files = Files::beside(&path).unwrap();
    let whole = Document::parse("whole.yaml", WHOLE).unwrap();
    let (mut refused, mut accepted) = (0, 0);
    for key in keys.split_whitespace() {
        for value in odd.split('|') {
            let mut document = whole.clone();
            document.set(key, value).unwrap();
            match Lab::check(&document, &files, None) {
                Ok(lab) => {
                    accepted += 1;
                    assert!(lab.experiment(Some(1), 1).and_then(Experiment::new).is_ok(), "{key}: {value}");
                }
                Err(errors) => {
                    refused += 1;
                    for error in errors {
                        assert!(error.place().is_some() && error.exit_code() == 2, "{key}: {value}: {error}");
                    }
                }
            }
        }
    }
    assert!(refused > 500 && accepted > 20, "{refused} refused, {accepted} accepted");
}
