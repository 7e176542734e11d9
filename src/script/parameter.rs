//! What an optimizer's script may ask of the parameter that it changes, `w.kind` and its like: plain values, known when it is
//! traced. What was asked is kept, so that parameters with the same answers share a program.

use rhai::{ASTNode, Array, Dynamic, Engine, EvalAltResult, Expr};

use super::load::Script;
use super::paths::called;
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
pub(super) fn may_ask(script: &Script) -> Asked {
    let mut asked = words_ask(&script.source.text);
    script.ast.walk(&mut |path: &[ASTNode<'_>]| {
        let is_method = matches!(path.last(), Some(ASTNode::Expr(Expr::MethodCall(..))));
        if called(path).is_some_and(|call| is_of_shape(&call.name, call.args.len() + usize::from(is_method))) {
            asked.add(Property::Shape);
        }
        true
    });
    asked
}

/// What a function of a script makes of so many arguments depends on shapes: sums along an axis, what is made of whole matrices,
/// tensors of shapes of their own.
fn is_of_shape(name: &str, arguments: usize) -> bool {
    match name {
        "matmul" | "transpose" | "outer" | "trace" | "eye" => true,
        "sum" | "mean" | "norm" | "max_abs" | "zeros" | "ones" => arguments > 1,
        _ => false,
    }
}

/// The same of what is asked by words of `w`.
fn words_ask(text: &str) -> Asked {
    // A text between backquotes may go on over lines.
    let plain = !text.contains('`');
    let text = &text.lines().map(|line| if plain { code_of(line) } else { line }).collect::<Vec<_>>().join("\n");
    let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut asked = Asked::default();
    Property::ALL.into_iter().filter(|property| words().any(|word| word == property.word())).for_each(|p| asked.add(p));
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_ask_for_nothing_and_code_for_what_it_names() {
        let asked = |text: &str| words_ask(text);
        let shape = asked("w.shape");
        assert!(asked("//! Of the shape and kind of W.\nlet x = 1; // sum(x, 0) by name\n").is_nothing());
        assert!(!shape.is_nothing());
        for code in ["let n = w.shape; // its size", "let x = \"//\"; w.shape", "let x = `\n// ${w.shape}`;"] {
            assert!(!asked(code).is_nothing(), "{code}");
        }
    }

    #[test]
    fn what_is_made_of_shapes_asks_for_them_however_it_is_called() {
        let asks = |line: &str| {
            let text = format!("fn update(w, dw, state, h, t) {{ if t == 3 {{ {line} }} else {{ w }} }}");
            let script = Script::load(crate::script::Kind::Optimizer, &crate::error::Source::new("mine.rhai", text));
            !may_ask(&script.unwrap()).is_nothing()
        };
        for line in
            ["zeros(3, 3)", "w + ones(1, 1)", "for i in 0..2 { w += sum(dw, i); } w", "w + dw.sum(1)", "matmul(w, dw)"]
        {
            assert!(asks(line), "{line}");
        }
        for line in ["zeros(w)", "w + sum(dw)", "w - dw.sum()", "max(w, 1)"] {
            assert!(!asks(line), "{line}");
        }
    }
}
