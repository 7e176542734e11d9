//! Random numbers in optimizers: `normal(w)` and `uniform(w)`, tensors of the parameter's shape that are drawn anew at each step.

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};

use super::symbol::give;
use super::trace::{self, Sym};
use crate::optim::Draw;
use crate::program::Op;

type Fallible<T> = Result<T, Box<EvalAltResult>>;

fn draw(draw: Draw, w: Sym, context: &NativeCallContext) -> Fallible<Dynamic> {
    trace::with(|trace| {
        let name = draw.name();
        if !["an update", "a second point"].contains(&trace.what) {
            let what = trace.what;
            let next = match what {
                "a state" => {
                    format!("; begin with `zeros(w)`, and write `if t == 1 {{ state.p = {name}(w); }}` in `update`")
                }
                _ => String::new(),
            };
            return Err(format!(
                "`{name}` draws random numbers in `update` and in `second_point`, and this is {what}{next}"
            )
            .into());
        }
        let facts = trace.facts(w)?;
        if !facts.tensor || facts.shape.is_some() {
            let what = facts.shape.map_or_else(|| "one number".to_owned(), |shape| shape.to_string());
            return Err(
                format!("`{name}(w)` draws a number for each element of the parameter, and this is {what}; there are none in another shape: write `{name}(w)`").into()
            );
        }
        let before =
            trace.graph.nodes().filter(|(_, op)| matches!(op, Op::Tensor(slot) if Draw::of(*slot) == Some(draw)));
        let Some(slot) = draw.slot(before.count() as u8) else {
            let most = Draw::MOST;
            return Err(format!("`{name}` is called more than {most} times in one step; {most} is the most").into());
        };
        let id = trace.graph.tensor(slot);
        give(trace, name, &[w.id], id, context)
    })
}

/// Teaches an engine these functions.
pub(super) fn register(engine: &mut Engine) {
    for kind in Draw::ALL {
        engine.register_fn(kind.name(), move |context: NativeCallContext, w: Sym| draw(kind, w, &context));
    }
}
