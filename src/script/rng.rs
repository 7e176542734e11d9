//! `rng` in scripts that make data: the distributions of `rand_distr` on one keyed stream.

use std::sync::{Arc, Mutex};

use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Bernoulli, Beta, Cauchy, Distribution, Exp, Gamma, LogNormal, Normal, Poisson, StudentT, Uniform};
use rhai::{Array, Dynamic, Engine, EvalAltResult};

use super::budget;
use super::number::number;
use super::tensor::{DRAWN, Fallible, Tensor, shape};

/// A stream of draws; copies share it.
#[derive(Debug, Clone)]
pub struct Rng(Arc<Mutex<ChaCha8Rng>>);

impl Rng {
    pub(super) fn new(stream: ChaCha8Rng) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    fn with<R>(&self, f: impl FnOnce(&mut ChaCha8Rng) -> R) -> R {
        // A panic while drawing cannot leave a stream in a wrong state.
        f(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

fn two(a: &Dynamic, b: &Dynamic) -> Fallible<(f64, f64)> {
    match (number(a), number(b)) {
        (Some(a), Some(b)) if a.is_finite() && b.is_finite() => Ok((a, b)),
        _ => Err("a distribution wants finite numbers".into()),
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "Rhai's errors are boxed")]
fn wrong(name: &str, error: impl std::fmt::Display) -> Box<EvalAltResult> {
    format!("`rng.{name}`: {error}").into()
}

/// A tensor of draws.
fn drawn(rng: &Rng, rows: usize, columns: usize, draw: impl Fn(&mut ChaCha8Rng) -> f64) -> Fallible<Tensor> {
    let numbers = rows * columns;
    Tensor::made(numbers, columns, DRAWN, || rng.with(|r| (0..numbers).map(|_| draw(r)).collect()))
}

/// A distribution with two parameters, drawn once or as a tensor.
macro_rules! draws_two {
    ($engine:ident, $name:literal, |$a:ident, $b:ident| $make:expr) => {
        $engine.register_fn($name, |rng: &mut Rng, a: Dynamic, b: Dynamic| -> Fallible<f64> {
            let ($a, $b) = two(&a, &b)?;
            let distribution = $make.map_err(|error| wrong($name, error))?;
            Ok(rng.with(|r| distribution.sample(r)))
        });
        $engine.register_fn($name, |rng: &mut Rng, a: Dynamic, b: Dynamic, n: Dynamic| -> Fallible<Tensor> {
            let ($a, $b) = two(&a, &b)?;
            let distribution = $make.map_err(|error| wrong($name, error))?;
            let (rows, columns) = shape(&n)?;
            drawn(rng, rows, columns, |r| distribution.sample(r))
        });
    };
}

/// A distribution with one parameter, drawn once or as a tensor.
macro_rules! draws_one {
    ($engine:ident, $name:literal, |$a:ident| $make:expr) => {
        $engine.register_fn($name, |rng: &mut Rng, a: Dynamic| -> Fallible<f64> {
            let ($a, _) = two(&a, &a)?;
            let distribution = $make.map_err(|error| wrong($name, error))?;
            Ok(rng.with(|r| f64::from(distribution.sample(r))))
        });
        $engine.register_fn($name, |rng: &mut Rng, a: Dynamic, n: Dynamic| -> Fallible<Tensor> {
            let ($a, _) = two(&a, &a)?;
            let distribution = $make.map_err(|error| wrong($name, error))?;
            let (rows, columns) = shape(&n)?;
            drawn(rng, rows, columns, |r| f64::from(distribution.sample(r)))
        });
    };
}

/// A flag as a number, so that every draw is one.
struct Flag(Bernoulli);

impl Distribution<f32> for Flag {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f32 {
        f32::from(u8::from(self.0.sample(rng)))
    }
}

/// Teaches an engine `rng`.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Rng>("rng");
    draws_two!(engine, "normal", |a, b| Normal::new(a, b));
    draws_two!(engine, "uniform", |a, b| Uniform::new(a, b));
    draws_two!(engine, "gamma", |a, b| Gamma::new(a, b));
    draws_two!(engine, "beta", |a, b| Beta::new(a, b));
    draws_two!(engine, "cauchy", |a, b| Cauchy::new(a, b));
    draws_two!(engine, "lognormal", |a, b| LogNormal::new(a, b));
    draws_one!(engine, "exponential", |a| Exp::new(a));
    draws_one!(engine, "poisson", |a| Poisson::new(a));
    draws_one!(engine, "student_t", |a| StudentT::new(a));
    draws_one!(engine, "bernoulli", |a| Bernoulli::new(a).map(Flag));

    engine.register_fn("integer", |rng: &mut Rng, a: i64, b: i64| -> Fallible<i64> {
        if a > b {
            return Err(format!("`rng.integer(a, b)` wants a <= b, but got {a} and {b}").into());
        }
        Ok(rng.with(|r| r.random_range(a..=b)))
    });
    engine.register_fn("integer", |rng: &mut Rng, a: i64, b: i64, n: Dynamic| -> Fallible<Tensor> {
        if a > b {
            return Err(format!("`rng.integer(a, b)` wants a <= b, but got {a} and {b}").into());
        }
        let (rows, columns) = shape(&n)?;
        drawn(rng, rows, columns, |r| r.random_range(a..=b) as f64)
    });
    engine.register_fn("shuffle", |rng: &mut Rng, mut list: Array| -> Fallible<Array> {
        budget::spend(list.len() / DRAWN)?;
        rng.with(|r| list.shuffle(r));
        Ok(list)
    });
    engine.register_fn("choose", |rng: &mut Rng, list: Array| -> Fallible<Dynamic> {
        rng.with(|r| list.choose(r).cloned()).ok_or_else(|| "`rng.choose` wants a list with something in it".into())
    });
}

#[cfg(test)]
#[path = "rng_tests.rs"]
mod tests;
