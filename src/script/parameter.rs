//! What an optimizer's script may ask of the parameter that it changes, `w.kind` and its like: plain values, known when it is
//! traced. What was asked is kept, so that parameters with the same answers share a program.

use rhai::{Array, Dynamic, Engine, EvalAltResult};

use super::pointwise::LOSS;
use super::trace::{self, Sym};
use crate::optim::{Asked, ParameterFacts, Property};
use crate::program::{Op, Slot};

/// Teaches an engine the properties of `w`.
pub(super) fn register(engine: &mut Engine) {
    for property in Property::ALL {
        engine.register_get(property.word(), move |sym: &mut Sym| ask(*sym, property));
    }
}

/// What a script is told of a parameter.
fn answer(parameter: &ParameterFacts, property: Property) -> Dynamic {
    let whole = |number: usize| Dynamic::from(number as i64);
    match property {
        Property::Name => Dynamic::from(parameter.name.clone()),
        Property::Layer => whole(parameter.layer),
        Property::Kind => Dynamic::from(parameter.kind.to_owned()),
        Property::Rows => whole(parameter.rows),
        Property::Columns => whole(parameter.columns),
        Property::Shape => Dynamic::from(Array::from([whole(parameter.rows), whole(parameter.columns)])),
    }
}

fn ask(sym: Sym, property: Property) -> Result<Dynamic, Box<EvalAltResult>> {
    trace::with(|trace| {
        trace.facts(sym)?;
        let word = property.word();
        if trace.what == LOSS {
            let columns =
                trace.graph.shape(sym.id).map(|shape| shape.columns).filter(|_| property == Property::Columns);
            return columns.map(|columns| Dynamic::from(i64::from(columns))).ok_or_else(|| {
                format!("`.{word}` is not known in a loss, which speaks of one sample; `y.columns` is the number of its outputs")
                    .into()
            });
        }
        let Some((parameter, asked)) = &mut trace.parameter else {
            let what = trace.what;
            return Err(format!("`.{word}` is known of the parameter `w` of an optimizer, and this is {what}").into());
        };
        if trace.graph.op(sym.id) != Op::Tensor(Slot::Write(0)) {
            return Err(format!("`.{word}` is known of `w` alone, as it came in; write `w.{word}`, and give `w` to a function of your own that asks for it").into());
        }
        asked.add(property);
        Ok(answer(parameter, property))
    })
}

/// A line without its comment, where there is no doubt of what is one: a text could hold two slashes.
fn code_of(line: &str) -> &str {
    match line.split_once("//") {
        Some((code, _)) if !line.contains('"') || code.trim().is_empty() => code,
        _ => line,
    }
}

/// What the text of a script may ask at a step that was not traced yet: every property whose word stands in its code.
pub(super) fn may_ask(text: &str) -> Asked {
    // A text between backquotes may go on over lines.
    let plain = !text.contains('`');
    let text = &text.lines().map(|line| if plain { code_of(line) } else { line }).collect::<Vec<_>>().join("\n");
    let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut asked = Asked::default();
    Property::ALL.into_iter().filter(|property| words().any(|word| word == property.word())).for_each(|p| asked.add(p));
    // So do sums along an axis and what is made of whole matrices.
    let matrices = ["matmul", "transpose", "outer", "trace", "eye"];
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if words().any(|word| matrices.contains(&word)) || bare.contains(",0)") || bare.contains(",1)") {
        asked.add(Property::Shape);
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_ask_for_nothing_and_code_for_what_it_names() {
        let asked = |text: &str| may_ask(text);
        let shape = asked("w.shape");
        assert!(asked("//! Of the shape and kind of W.\nlet x = 1; // sum(x, 0) by name\n").is_nothing());
        assert!(!shape.is_nothing());
        for code in ["let n = w.shape; // its size", "let x = \"//\"; w.shape", "let x = `\n// ${w.shape}`;"] {
            assert!(!asked(code).is_nothing(), "{code}");
        }
    }
}
