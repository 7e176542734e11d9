//! The functions that a script defines itself, by its kind: what they are given, and what they give.

use super::{Kinds, Section, Word};
use crate::script::Kind;

/// A row: signature, where it is defined, sentence, and a function as it may stand in a script.
const fn f(signature: &'static str, kinds: Kinds, about: &'static str, example: &'static str) -> Word {
    Word::new(signature, about, example, "").only(kinds)
}

const HAVE_HYPER: Kinds = Kinds(Kinds::SCRIPTS.0 & !Kinds::OBSERVERS.0);

/// One row for each.
#[rustfmt::skip] // a row is a line
pub(super) static SECTION: Section = Section {
    title: "what a script defines",
    kinds: Kinds::SCRIPTS,
    words: &[
        f("hyper()", HAVE_HYPER, "The parameters that a lab may set, each with its default.", "fn hyper() { #{ lr: 0.1 } }"),
        f("state(w)", Kinds::OPTIMIZERS, "What is kept of each parameter from step to step.", "fn state(w) { #{ v: zeros(w) } }"),
        f("update(w, dw, state, h, t)", Kinds::OPTIMIZERS, "Gives the new `w`; where there is a `second_point`, `dw2` follows `dw`.", "fn update(w, dw, state, h, t) { w - h.lr * dw }"),
        f("second_point(w, dw, state, h, t)", Kinds::OPTIMIZERS, "Gives where a second gradient, `dw2`, of the same mini-batch is taken.", "fn second_point(w, dw, state, h, t) { w + h.rho * dw }"),
        f("evaluate(w, state, h, t)", Kinds::OPTIMIZERS, "Gives the weights that evaluations, Map and the saved model have in place of `w`.", "fn evaluate(w, state, h, t) { state.mean }"),
        f("rate(t, h)", Kinds::SCHEDULES, "Gives the value for the update after `t` others; with a `memory`, `run` and `memory` follow.", "fn rate(t, h) { h.lr / (1 + h.decay * t) }"),
        f("forward(x, h)", Kinds::of(Kind::Activation), "Gives what a unit makes of `x`; it is differentiated by the program.", "fn forward(x, h) { max(x, 0) }"),
        f("loss(y_hat, y)", Kinds::LOSSES, "Gives a value an element, or one a sample; with a `hyper`, `h` follows.", "fn loss(y_hat, y) { (y_hat - y) ** 2 }"),
        f("generate(h, rng)", Kinds::DRAWING, "Gives `#{x: .., y: ..}` of a dataset, the list of numbers of a series.", "fn generate(h, rng) { rng.normal(0, 1, 100) }"),
        f("layers(inputs, outputs, h)", Kinds::of(Kind::Network), "Gives the layers as a lab lists them.", "fn layers(inputs, outputs, h) { [#{dense: 16}, \"relu\", #{dense: outputs}] }"),
        f("height(x, y, h)", Kinds::of(Kind::Landscape), "Gives the height at a point; it is differentiated by the program.", "fn height(x, y, h) { x * x + 25 * y * y }"),
        f("on_step(run)", Kinds::OBSERVERS, "Is called after every step; with a `memory`, `memory` follows.", "fn on_step(run) { run.log(\"loss\", run.loss) }"),
        f("on_epoch(run)", Kinds::OBSERVERS, "Is called after every epoch; with a `memory`, `memory` follows.", "fn on_epoch(run) { run.log(\"loss\", run.val_loss) }"),
        f("memory()", Kinds::SCHEDULES.and(Kinds::OBSERVERS), "What is kept from call to call.", "fn memory() { #{ best: 1 / 0 } }"),
    ],
};
