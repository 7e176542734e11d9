//! What a script defines and nobody asks for, and questions that always have the same answer: legal, so that nothing else
//! would say so, and never meant. For `check`, and for every lab that names the script.

use std::sync::Arc;

use rhai::{AST, ASTNode, Expr, Position, Stmt};

use super::outline::Outline;
use super::pieces::Pieces;
use super::{axis, hooks};
use crate::error::{Error, Source, nearest};
use crate::optim::{ParameterFacts, Property};
use crate::script::failure::place;
use crate::script::{HyperParameter, HyperValue, Kind};

/// Names of parameters that are told.
const NAMED: usize = 8;
/// The most warnings of one script.
const MOST: usize = 10;
/// What `w.kind` may be.
const KINDS: [&str; 5] = ["weight", "bias", "gamma", "beta", "xy"];
/// What begins the names of parameters, before the number of their layer.
const NAMES: [&str; 4] = ["W", "b", "gamma", "beta"];

/// Both of a script of a kind with these parameters.
pub(in crate::script) fn slips(kind: Kind, source: &Arc<Source>, ast: &AST, hyper: &[HyperParameter]) -> Vec<Error> {
    let pieces = Pieces::of(source);
    let outline = Outline::of(&pieces);
    let script = Script { kind, source, pieces: &pieces, outline: &outline, hyper };
    let mut found = script.uncalled(ast);
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        found.extend(path.last().and_then(|node| script.settled(node)));
        if kind == Kind::Loss {
            found.extend(path.last().and_then(|node| axis::of_outputs(source, &pieces, node)));
        }
        found.len() < MOST
    });
    found.truncate(MOST);
    found
}

/// Comparisons with a name or a layer that none of these parameters has: right for another network, and never true in this one.
pub(in crate::script) fn absent(source: &Arc<Source>, ast: &AST, parameters: &[ParameterFacts]) -> Vec<Error> {
    let pieces = Pieces::of(source);
    let outline = Outline::of(&pieces);
    let script = Script { kind: Kind::Optimizer, source, pieces: &pieces, outline: &outline, hyper: &[] };
    let mut found = Vec::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        let compared = path.last().and_then(|node| script.compared(node));
        found.extend(compared.and_then(|(outcome, owner, property, value)| {
            is_absent(owner, property, value, parameters).map(|told| script.always(outcome, value, told))
        }));
        found.len() < MOST
    });
    found
}

/// A property of a parameter compared with a constant that it is in no parameter of the network, as [`parameter_is`] has it.
fn is_absent(
    owner: &str,
    word: &str,
    value: &Expr,
    parameters: &[ParameterFacts],
) -> Option<(String, Option<String>, String)> {
    let property = Property::ALL.into_iter().find(|property| property.word() == word)?;
    match (property, value) {
        (Property::Name, Expr::StringConstant(text, _))
            if is_a_name(text) && parameters.iter().all(|parameter| parameter.name != text.as_str()) =>
        {
            let names: Vec<&str> = parameters.iter().take(NAMED).map(|parameter| parameter.name.as_str()).collect();
            let more = if parameters.len() > NAMED { " and so on" } else { "" };
            let help = format!("its parameters are {}{more}", names.join(", "));
            Some((format!("`{owner}.name` is never \"{text}\" in this lab"), None, help))
        }
        (Property::Layer, Expr::IntegerConstant(layer, _))
            if *layer > 0 && parameters.iter().all(|parameter| parameter.layer as i64 != *layer) =>
        {
            let most = parameters.iter().map(|parameter| parameter.layer).max()?;
            let help = format!("its layers with parameters are counted from 1 to {most}");
            Some((format!("`{owner}.layer` is never {layer} in this lab"), None, help))
        }
        _ => None,
    }
}

struct Script<'s, 'a> {
    kind: Kind,
    source: &'a Arc<Source>,
    pieces: &'s Pieces<'a>,
    outline: &'s Outline<'a>,
    hyper: &'s [HyperParameter],
}

impl Script<'_, '_> {
    /// The function around a place, by its number.
    fn around(&self, at: Position) -> Option<usize> {
        let piece = self.pieces.at(place(self.source, at).span.start);
        self.outline.functions.iter().position(|function| function.pieces.contains(&piece))
    }

    /// Functions that no function calls which is called.
    fn uncalled(&self, ast: &AST) -> Vec<Error> {
        let functions = &self.outline.functions;
        let own: Vec<&str> = hooks::names(self.kind).collect();
        let mut called: Vec<bool> = functions.iter().map(|function| own.contains(&function.name)).collect();
        // Which function has the name of which in it, as a call or as a value.
        let mut names: Vec<(Option<usize>, usize)> = Vec::new();
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            let (name, at) = match path.last() {
                Some(
                    ASTNode::Expr(Expr::FnCall(call, at) | Expr::MethodCall(call, at))
                    | ASTNode::Stmt(Stmt::FnCall(call, at)),
                ) => (call.name.as_str(), *at),
                Some(ASTNode::Expr(Expr::Variable(variable, _, at))) => (variable.1.as_str(), *at),
                _ => return true,
            };
            names.extend(
                functions
                    .iter()
                    .enumerate()
                    .filter(|(_, function)| function.name == name)
                    .map(|(of, _)| (self.around(at), of)),
            );
            true
        });
        while let Some((_, of)) =
            names.iter().find(|(by, of)| !called[*of] && by.is_some_and(|by| by != *of && called[by]))
        {
            called[*of] = true;
        }
        let dead = |at: &usize| !called[*at];
        // A helper of a function that nobody calls goes with it.
        let alone = |at: &usize| !names.iter().any(|(by, of)| of == at && by.is_some_and(|by| by != *at));
        let all: Vec<usize> = (0..functions.len()).filter(dead).collect();
        let mut told: Vec<usize> = all.iter().copied().filter(alone).collect();
        if told.is_empty() {
            told.extend(all.first());
        }
        told.into_iter().map(|at| self.nobody_calls(at)).collect()
    }

    fn nobody_calls(&self, at: usize) -> Error {
        let function = &self.outline.functions[at];
        let (name, start) = (function.name, function.pieces.start);
        let defined = |name: &str| self.outline.function(name).is_some();
        let error = Error::user(format!("nothing calls the function `{name}`")).at(self.pieces.place(start, start));
        let free = hooks::names(self.kind).filter(|own| !defined(own));
        let known: Vec<String> =
            hooks::signatures(self.kind).map(|(name, given)| format!("`{name}({given})`")).collect();
        let known = format!("{} may define {}", self.kind.article(), known.join(", "));
        match nearest(name, free) {
            Some(near) => error.label(format!("did you mean `{near}`?")).help(known),
            None => error.help(format!("call it, or delete it; {known}")),
        }
    }

    /// `w.kind == "wieght"`: a comparison with what is never there.
    fn settled(&self, node: &ASTNode<'_>) -> Option<Error> {
        let (outcome, owner, property, value) = self.compared(node)?;
        let told = match owner {
            "h" => self.hyper_is(property, value)?,
            _ if self.kind == Kind::Optimizer => parameter_is(owner, property, value)?,
            _ => return None,
        };
        Some(self.always(outcome, value, told))
    }

    /// What a comparison for equality comes to if both never are the same, and the part of a parameter of the function that it
    /// compares with another value.
    fn compared<'n>(&self, node: &ASTNode<'n>) -> Option<(&'static str, &'n str, &'n str, &'n Expr)> {
        let (ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = node else { return None };
        let outcome = match call.name.as_str() {
            "==" => "false",
            "!=" => "true",
            _ => return None,
        };
        let [left, right] = &call.args[..] else { return None };
        let (owner, property, value) = match (part(left), part(right)) {
            (Some((owner, property)), None) => (owner, property, right),
            (None, Some((owner, property))) => (owner, property, left),
            _ => return None,
        };
        let given = self.around(value.position()).map(|at| self.outline.functions[at].parameters.as_slice());
        given.is_some_and(|given| given.contains(&owner)).then_some((outcome, owner, property, value))
    }

    fn always(&self, outcome: &str, value: &Expr, (what, near, help): (String, Option<String>, String)) -> Error {
        let at = place(self.source, value.position());
        let at = self.pieces.place(self.pieces.at(at.span.start), self.pieces.at(at.span.start));
        let error = Error::user(format!("{what}, so this is always {outcome}")).at(at).help(help);
        match near {
            Some(near) => error.label(format!("did you mean `{near}`?")),
            None => error,
        }
    }

    /// `h.metric == "vla_loss"`, where the comment lists what the parameter may be.
    fn hyper_is(&self, name: &str, value: &Expr) -> Option<(String, Option<String>, String)> {
        let parameter = self.hyper.iter().find(|parameter| parameter.name == name)?;
        let Expr::StringConstant(text, _) = value else { return None };
        if !matches!(parameter.default, HyperValue::Text(_))
            || parameter.choices.is_empty()
            || parameter.choices.iter().any(|choice| choice == text.as_str())
        {
            return None;
        }
        let near = nearest(text, parameter.choices.iter().map(String::as_str)).map(|near| format!("\"{near}\""));
        let what = format!("`h.{name}` is never \"{text}\"");
        Some((what, near, format!("it is one of {}", parameter.choices.join(", "))))
    }
}

/// `w.kind` as an owner and its part.
fn part(expression: &Expr) -> Option<(&str, &str)> {
    let Expr::Dot(both, ..) = expression else { return None };
    match (&both.lhs, &both.rhs) {
        (Expr::Variable(owner, ..), Expr::Property(property, _)) => Some((owner.1.as_str(), property.2.as_str())),
        _ => None,
    }
}

/// A property of a parameter compared with a constant that it never is: what, the nearest that it may be, and all of them.
fn parameter_is(owner: &str, word: &str, value: &Expr) -> Option<(String, Option<String>, String)> {
    let property = Property::ALL.into_iter().find(|property| property.word() == word)?;
    let quoted = |text: &str| format!("\"{text}\"");
    let never = |shown: String| format!("`{owner}.{word}` is never {shown}");
    match (property, value) {
        (Property::Kind, Expr::StringConstant(text, _)) if !KINDS.contains(&text.as_str()) => {
            let near = nearest(text, KINDS).map(quoted);
            let help = "it is \"weight\", \"bias\", \"gamma\" or \"beta\", on a landscape \"xy\"";
            Some((never(quoted(text)), near, help.to_owned()))
        }
        (Property::Name, Expr::StringConstant(text, _)) if !is_a_name(text) => {
            let near = near_name(text).map(|near| quoted(&near));
            let help = "names are W1, b1, gamma1, beta1 and so on, by the number of the layer; on a landscape xy";
            Some((never(quoted(text)), near, help.to_owned()))
        }
        (Property::Name | Property::Kind, Expr::IntegerConstant(..) | Expr::FloatConstant(..)) => {
            Some((format!("`{owner}.{word}` is a text, never a number"), None, "texts stand in quotes".to_owned()))
        }
        (Property::Layer | Property::Rows | Property::Columns, Expr::StringConstant(text, _)) => {
            let near = text.parse::<u32>().is_ok().then(|| text.to_string());
            Some((
                format!("`{owner}.{word}` is a number, never a text"),
                near,
                "numbers stand without quotes".to_owned(),
            ))
        }
        (Property::Layer | Property::Rows | Property::Columns, Expr::IntegerConstant(0, _)) => {
            Some((never("0".to_owned()), None, format!("`{owner}.{word}` counts from 1")))
        }
        _ => None,
    }
}

/// A parameter of some lab may be called so.
fn is_a_name(text: &str) -> bool {
    let number = |rest: &str| rest.parse::<u32>().is_ok_and(|number| number > 0) && !rest.starts_with(['0', '+']);
    text == "xy" || NAMES.iter().any(|kind| text.strip_prefix(kind).is_some_and(number))
}

/// `w1` is meant for `W1`, `weight1` for it as well.
fn near_name(text: &str) -> Option<String> {
    let start = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &text[start.len()..];
    let kind = match start.trim_end_matches(['_', '.']).to_lowercase().as_str() {
        "w" | "weight" | "weights" => "W",
        "b" | "bias" => "b",
        "g" | "gamma" => "gamma",
        "beta" => "beta",
        "xy" | "x" | "y" => return Some("xy".to_owned()),
        _ => return None,
    };
    let name = format!("{kind}{}", if number.is_empty() { "1" } else { number });
    is_a_name(&name).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::error::Source;
    use crate::script::{Kind, Script};

    fn told(kind: Kind, text: &str) -> Vec<String> {
        let script = Script::load(kind, &Source::new("a.rhai", text)).unwrap();
        script.slips().iter().map(|error| format!("{}|{}", error.what(), error.label_text())).collect()
    }

    #[test]
    fn a_function_that_nobody_calls_is_told_and_helpers_are_not() {
        let with = |more: &str, body: &str| {
            told(Kind::Optimizer, &format!("fn update(w, dw, state, h, t) {{ {body} w - dw }}\n{more}"))
        };
        assert_eq!(with("fn sate(w) { w }", ""), ["nothing calls the function `sate`|did you mean `state`?"]);
        assert_eq!(with("fn half(x) { x / 2 }", ""), ["nothing calls the function `half`|"]);
        // What a dead function calls, and what calls itself, are no more alive.
        assert_eq!(with("fn a(x) { b(x) }\nfn b(x) { x }", ""), ["nothing calls the function `a`|"]);
        assert_eq!(with("fn a(x) { a(x) }", ""), ["nothing calls the function `a`|"]);
        assert_eq!(with("fn a(x) { b(x) }\nfn b(x) { a(x) }", "").len(), 1);
        for body in [
            "let y = half(dw);",
            "let y = dw.half();",
            "let y = [1].map(half);",
            "let y = [1].map(|x| half(x));",
            "print(`${half(2)}`);",
            "let y = twice(dw);",
        ] {
            let more = "fn half(x) { x / 2 }\nfn twice(x) { half(x) * 4 }";
            let dead = usize::from(!body.contains("twice"));
            assert_eq!(with(more, body).len(), dead, "{body}");
        }
        assert_eq!(told(Kind::Schedule, "fn memory() { #{ } }\nfn rate(t, h, run, memory) { 1 }"), [""; 0]);
        assert_eq!(told(Kind::Observer, "fn on_step(run) { }\nfn on_epoch(run) { }\nfn hyper() { #{} }").len(), 1);
    }

    #[test]
    fn a_comparison_that_never_holds_is_told_with_what_there_is() {
        let of = |condition: &str| {
            told(
                Kind::Optimizer,
                &format!("fn update(w, dw, state, h, t) {{ if {condition} {{ w }} else {{ w - dw }} }}"),
            )
        };
        assert_eq!(
            of("w.kind == \"wieght\""),
            ["`w.kind` is never \"wieght\", so this is always false|did you mean `\"weight\"`?"]
        );
        assert_eq!(
            of("\"Bias\" != w.kind"),
            ["`w.kind` is never \"Bias\", so this is always true|did you mean `\"bias\"`?"]
        );
        assert_eq!(
            of("w.name == \"w2\""),
            ["`w.name` is never \"w2\", so this is always false|did you mean `\"W2\"`?"]
        );
        assert_eq!(
            of("w.layer == \"2\""),
            ["`w.layer` is a number, never a text, so this is always false|did you mean `2`?"]
        );
        assert_eq!(of("w.layer == 0"), ["`w.layer` is never 0, so this is always false|"]);
        assert_eq!(of("w.kind == 1"), ["`w.kind` is a text, never a number, so this is always false|"]);
        for fine in [
            "w.kind == \"xy\"",
            "w.name == \"W12\"",
            "w.name != \"gamma3\"",
            "w.layer == 2",
            "w.rows == 1",
            "w.kind == w.name",
        ] {
            assert_eq!(of(fine), [""; 0], "{fine}");
        }
        let helper = "fn update(w, dw, state, h, t) { if is_bias(w) { w } else { w - dw } }\nfn is_bias(p) { p.kind == \"biass\" }";
        assert_eq!(told(Kind::Optimizer, helper).len(), 1);
        let choices = "fn hyper() { #{\n    m: \"a\", // one of aa, bb, a\n} }\nfn rate(t, h) { if h.m == \"b\" { 1 } else { 2 } }";
        assert_eq!(
            told(Kind::Schedule, choices),
            ["`h.m` is never \"b\", so this is always false|did you mean `\"bb\"`?"]
        );
        assert_eq!(told(Kind::Schedule, &choices.replace("\"b\"", "\"bb\"")), [""; 0]);
    }
}
