//! Four networks that stand for what laboratories train, with Adam by its script on data of the right shape.

use std::sync::Arc;

use ndarray::Array2;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::clock::{Clock, Counted};
use crate::data::{Dataset, Order, Rest, Target};
use crate::error::{Error, Result};
use crate::nn::{Init, LayerSpec, Loss, Network, Penalty};
use crate::optim::{Constant, RuleParts, Schedule};
use crate::random::{Purpose, stream};
use crate::run::Experiments;
use crate::script::{self, HyperValue, HyperValues, Kind, Script};
use crate::session::{self, Options};
use crate::snapshot::RaceRules;
use crate::train::{ExperimentConfig, HyperGroups, Learning, Length, Objective};

/// Samples, of which a mini-batch is a small part.
pub(super) const ROWS: usize = 8192;

/// A network, with the size of its mini-batches.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// `tiny`, `digits`, `mnist`, `wide`.
    pub name: &'static str,
    /// Inputs, units of each hidden layer, classes.
    pub sizes: &'static [usize],
    /// Between the dense layers.
    pub activation: &'static str,
    /// Samples in a mini-batch.
    pub batch: usize,
}

/// From one that a student trains on two features to one that fills a core.
pub const WORKLOADS: [Workload; 4] = [
    Workload { name: "tiny", sizes: &[2, 16, 16, 2], activation: "tanh", batch: 32 },
    Workload { name: "digits", sizes: &[64, 128, 64, 10], activation: "relu", batch: 64 },
    Workload { name: "mnist", sizes: &[784, 256, 128, 10], activation: "relu", batch: 128 },
    Workload { name: "wide", sizes: &[784, 512, 512, 10], activation: "relu", batch: 256 },
];

fn shipped(kind: Kind, name: &str) -> Result<(Arc<Script>, HyperValues)> {
    let script = Script::load(kind, &script::find(kind, name, None)?.source)?;
    let defaults = script.hyper.iter().map(|p| (p.name.clone(), p.default.clone())).collect();
    Ok((script, defaults))
}

/// A shipped optimizer and the defaults of its hyper-parameters.
pub(super) fn rule(name: &str) -> Result<(RuleParts, Vec<f64>)> {
    let (script, defaults) = shipped(Kind::Optimizer, name)?;
    let number = |value: &HyperValue| if let HyperValue::Number(number) = value { Some(*number) } else { None };
    Ok((script::rule(&script)?, defaults.iter().filter_map(|(_, value)| number(value)).collect()))
}

impl Workload {
    /// `784-256-128-10 relu`.
    pub fn layers(&self) -> String {
        let sizes: Vec<String> = self.sizes.iter().map(ToString::to_string).collect();
        format!("{} {}", sizes.join("-"), self.activation)
    }

    /// Multiply-adds of a step's matrix products: forward, `dW`, and `dx` for every layer but the first.
    pub fn multiply_adds(&self) -> usize {
        let layers: Vec<usize> = self.sizes.windows(2).map(|pair| pair[0] * pair[1]).collect();
        self.batch * (3 * layers.iter().sum::<usize>() - layers[0])
    }

    pub(super) fn data(&self) -> Result<Dataset<f32>> {
        // Noise, as PyTorch and JAX are measured on. On waves nearly all units of `digits` died within a thousand steps, and
        // averages of gradients that are 0 fade into denormals, at which a processor is slow.
        let mut draws = stream(1, Purpose::Data, 0, 0);
        let normal = |_| StandardNormal.sample(&mut draws);
        let values: Vec<f32> = (0..ROWS * self.sizes[0]).map(normal).collect();
        let x = Array2::from_shape_vec((ROWS, self.sizes[0]), values)
            .map_err(|error| Error::fault(format!("the shape of the data: {error}")))?;
        let classes = self.sizes[self.sizes.len() - 1];
        let labels = (0..ROWS).map(|_| draws.random_range(0..classes as u32)).collect();
        let names = (0..classes).map(|class| class.to_string()).collect();
        Dataset::new(x, Target::Classes { labels, names }, "noise")
    }

    pub(super) fn network(&self) -> Result<Network<f32>> {
        let (activation, defaults) = shipped(Kind::Activation, self.activation)?;
        let mut specs = Vec::new();
        for (at, units) in self.sizes[1..].iter().enumerate() {
            if at > 0 {
                let function = Box::new(script::activation::<f32>(&activation, &defaults)?);
                specs.push(LayerSpec::Activation { name: self.activation.to_owned(), function });
            }
            specs.push(LayerSpec::Dense { units: *units, init: Init::Xavier, bias: true });
        }
        Network::new(self.sizes[0], specs, self.batch)
    }

    /// What an experiment of so many steps is made of.
    ///
    /// # Errors
    /// A script of the catalogue that is broken.
    pub fn parts(&self, steps: u64, threads: usize) -> Result<ExperimentConfig<f32>> {
        let network = self.network()?;
        let (rule, values) = rule("adam")?;
        let params = network.initialise(1);
        let learning = Learning {
            train: Arc::new(self.data()?),
            validation: None,
            test: None,
            network,
            loss: Loss::CrossEntropy,
            penalty: Penalty::default(),
            batch: self.batch,
            order: Order::Shuffled,
            rest: Rest::Keep,
            accumulate: 1,
        };
        Ok(ExperimentConfig {
            objective: Objective::Network(Box::new(learning)),
            params,
            rule,
            hyper: values.into_iter().map(|value| Box::new(Constant(value)) as Box<dyn Schedule>).collect(),
            groups: HyperGroups::default(),
            clip: None,
            length: Length::Steps(steps),
            evaluate: u64::MAX,
            seed: 1,
            threads,
            observer: None,
        })
    }

    /// Trains for so many steps without a screen.
    ///
    /// # Errors
    /// As above, and a thread that cannot be started.
    pub fn train(&self, steps: u64, threads: usize) -> Result<Trained> {
        let this = *self;
        let counted = Counted::new("worker");
        let make = Box::new(move |_| {
            Ok(Experiments::Networks(vec![("adam".to_owned(), this.parts(steps, threads)?)], RaceRules::default()))
        });
        let options = Options { clock: Clock::of(counted.clone()), ..Options::default() };
        let mut worker = session::worker(self.name, make, &options, true)?;
        let seconds = worker.join().summary["seconds"].as_f64();
        let seconds = seconds.ok_or_else(|| Error::fault("a run that did not end well"))?;
        Ok(Trained { seconds: seconds / steps as f64, clock_reads: counted.reads() })
    }
}

/// What a run without a screen was like.
#[derive(Debug, Clone, Copy)]
pub struct Trained {
    /// Of one step, its history and all.
    pub seconds: f64,
    /// How often the clock was read on the way.
    pub clock_reads: u64,
}
