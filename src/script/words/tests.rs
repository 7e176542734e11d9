//! The table against the engines: it has every function that scripts can call, and every row is there in exactly the kinds
//! that it tells.

use std::sync::Arc;

use super::*;
use crate::error::Source;
use crate::optim::{Position, RunView};
use crate::program::{Layout, ParameterKind};
use crate::run::{Look, Looks, Part, Seen, Sight};
use crate::script::{self, Script, engine};
use crate::train::{Notes, Scene};

/// What engines have and the table leaves out: what is refused, what Rhai calls by itself, and the machinery of its operators.
fn is_inner(name: &str) -> bool {
    let operator = !name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let called_by_rhai = ["to_debug", "debug", "get$", "set$", "index$get$", "index$set$"];
    let told = script::paths::MARKERS.contains(&name);
    operator || told || engine::REFUSED.contains(&name) || called_by_rhai.iter().any(|inner| name.starts_with(inner))
}

fn registered(engine: &rhai::Engine) -> Vec<String> {
    let mut names = engine.collect_fn_metadata(None, |info| Some(info.metadata.name.to_string()), true);
    names.retain(|name| !is_inner(name));
    names.sort();
    names.dedup();
    names
}

/// An engine: of which scripts, and which kinds of the table are those.
type Of<'e> = (&'e str, &'e rhai::Engine, &'e dyn Fn(Kinds) -> bool);

#[test]
fn every_function_that_scripts_can_call_has_its_row() {
    let known = |name: &str, fits: &dyn Fn(Kinds) -> bool| {
        words().any(|(section, word)| word.parts().1 == name && fits(section.kinds_of(word)))
    };
    let traced = |kinds: Kinds| Kind::ALL.into_iter().any(|kind| kind.is_traced() && kinds.has(kind));
    let concrete = |kinds: Kinds| kinds.0 & Kinds::DATA.0 != 0;
    let mut missing = Vec::new();
    let engines: [Of<'_>; 3] = [
        ("optimizers, schedules, activations, losses, landscapes", engine::traced(), &traced),
        ("datasets, series, networks, observers", engine::concrete(), &concrete),
        ("expressions", engine::for_queries(), &|_| true),
    ];
    for (of, engine, fits) in engines {
        let names = registered(engine);
        assert!(names.len() > 50, "{of}: {names:?}");
        // Of what is traced, `contains` is refused with `in`, before it is called.
        let refused = |name: &str| name == "contains" && std::ptr::eq(engine, engine::traced());
        let lacking = names.iter().filter(|name| !known(name, fits) && !refused(name));
        missing.extend(lacking.map(|name| format!("`{name}` of {of}")));
    }
    assert!(missing.is_empty(), "the table has no row of {}", missing.join(", "));
    // What is no function: numbers of a run, facts of a parameter.
    let names: Vec<&str> = words().map(|(_, word)| word.name()).collect();
    for name in script::run::all_names() {
        assert!(names.contains(&format!("run.{name}").as_str()), "the table has no row of `run.{name}`");
    }
    for property in crate::optim::Property::ALL {
        assert!(names.contains(&format!("w.{}", property.word()).as_str()), "no row of `w.{}`", property.word());
    }
}

/// A script of a kind in which a row's line stands.
fn around(kind: Kind, line: &str) -> String {
    let observer =
        "fn memory() { #{ a: 0.0 } }\nfn on_step(run, memory) { let w = run.weight(\"W1\"); let dw = w; let x = w;";
    let (head, tail) = match kind {
        Kind::Optimizer => (
            "fn hyper() { #{ lr: 0.1 } }\nfn state(w) { #{ v: zeros(w) } }\n\
             fn second_point(w, dw, state, h, t) { w }\nfn update(w, dw, dw2, state, h, t) { let x = w;",
            "w - state.v }",
        ),
        Kind::Schedule => (
            "fn hyper() { #{ lr: 0.1 } }\nfn memory() { #{ a: 0.0 } }\n\
             fn rate(t, h, run, memory) { let w = 2.0; let dw = 0.5; let x = t;",
            "0.1 }",
        ),
        Kind::Activation => ("fn hyper() { #{ lr: 0.1 } }\nfn forward(x, h) { let w = x; let dw = x;", "x }"),
        Kind::Loss => (
            "fn hyper() { #{ lr: 0.1 } }\nfn loss(y_hat, y, h) { let w = y_hat; let dw = y_hat; let x = y;",
            "y_hat - y }",
        ),
        Kind::Dataset => (
            "fn hyper() { #{ lr: 0.1 } }\nfn generate(h, rng) { let w = ones([2, 3]); let dw = w; let x = w;",
            "#{ x: w, y: [0, 1] } }",
        ),
        Kind::Series => (
            "fn hyper() { #{ lr: 0.1 } }\nfn generate(h, rng) { let w = ones([2, 3]); let dw = w; let x = w;",
            "[1.0, 2.0] }",
        ),
        Kind::Network => (
            "fn hyper() { #{ lr: 0.1 } }\nfn layers(inputs, outputs, h) { let w = ones([2, 3]); let dw = w; let x = w;",
            "[#{dense: 2}] }",
        ),
        Kind::Landscape => {
            ("fn hyper() { #{ lr: 0.1 } }\nfn height(x, y, h) { let w = y; let dw = x;", "x * x + y * y }")
        }
        Kind::Observer => (observer, "}"),
    };
    format!("//! A test.\n{head}\n    {line};\n    {tail}\n")
}

/// What goes wrong with the line in a script of that kind, if anything does.
fn wrong(kind: Kind, line: &str) -> Option<String> {
    let tried = Script::load(kind, &Source::new("tried.rhai", around(kind, line))).and_then(|script: Arc<Script>| {
        if kind == Kind::Observer { watched(&script) } else { script::try_out(&script) }
    });
    tried.err().map(|error| error.render(false))
}

/// An observer looks at a step on a landscape, whose one parameter is called as that of a network.
fn watched(script: &Arc<Script>) -> crate::error::Result<()> {
    let mut layout = Layout::new();
    layout.add("W1", &[2, 3], ParameterKind::Weight);
    let numbers = vec![0.5; layout.len()];
    let run = RunView { position: Position::Landscape { x: 1.0, y: 2.0, height: 3.0 }, ..RunView::default() };
    let states = [("v.W1".to_owned(), Seen::Tensor(numbers.clone(), 3))];
    let scene = Scene {
        run: &run,
        layout: &layout,
        weights: &numbers,
        gradients: &numbers,
        updates: &numbers,
        states: &states,
    };
    script::observer(script)?.on_step(&scene, &mut Notes::default())
}

/// A run with one parameter and one state.
struct Own;

impl Look for Own {
    fn names(&self, _: Part) -> Vec<String> {
        vec!["W1".to_owned()]
    }

    fn look(&self, _: Part, name: Option<&str>) -> Option<Seen> {
        let known = name.is_none_or(|name| ["W1", "v.W1"].contains(&name));
        known.then(|| Seen::Tensor(vec![0.5; 6], 3))
    }
}

/// The line as an expression over runs, in which values are those of `W1`.
fn in_an_expression(line: &str) -> Option<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut text = String::new();
    let mut word = String::new();
    let mut before = ' ';
    for c in line.chars().chain([' ']) {
        if is_word(c) {
            word.push(c);
            continue;
        }
        let value = ["dw", "w", "x"].contains(&word.as_str()) && before != '.';
        text.push_str(if value { "run.weight(\"W1\")" } else { &word });
        before = c;
        text.push(c);
        word.clear();
    }
    let along = line.contains("average") || line.contains("value");
    let position =
        if along { Position::Series { value: 1.0 } } else { Position::Landscape { x: 1.0, y: 2.0, height: 3.0 } };
    let run = RunView { position, loss: 0.5, ..RunView::default() };
    let sight = Sight { runs: vec![("own", run)], averages: vec![("simple.10", 1.0)], looks: Looks(vec![&Own]) };
    script::query(text.trim()).and_then(|query| query.value(&sight)).err().map(|error| error.render(false))
}

#[test]
fn every_row_is_there_where_it_says_and_nowhere_else() {
    let mut told = Vec::new();
    for (at, section) in sections().enumerate() {
        // The scripts of this test have a `dw` of their own, a `w` that is what a loss calls `y_hat`, and a schedule is tried
        // before it is known what its run is.
        let own = ["dw", "w.columns", "run.value"];
        let held = |word: &Word| at < table::SECTIONS.len() && !own.contains(&word.name());
        for word in section.words {
            let kinds = section.kinds_of(word);
            for kind in Kind::ALL.into_iter().chain([Kind::Observer]) {
                match (wrong(kind, word.example), kinds.has(kind)) {
                    (Some(error), true) => told.push(format!("{} in {}: {error}", word.signature, kind.folder())),
                    (None, false) if held(word) => {
                        told.push(format!("{} works in {}, too", word.signature, kind.folder()));
                    }
                    _ => {}
                }
            }
            match (in_an_expression(word.example), kinds.in_expressions()) {
                (Some(error), true) => told.push(format!("{} in an expression: {error}", word.signature)),
                (None, false) if held(word) => {
                    told.push(format!("{} works in an expression, too", word.signature));
                }
                _ => {}
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_line_that_is_wrong_is_found_in_every_kind() {
    for kind in Kind::ALL.into_iter().chain([Kind::Observer]) {
        assert_eq!(wrong(kind, "let y = 1"), None, "{}", kind.folder());
        assert!(wrong(kind, "nothing_like_it(1)").is_some(), "{}", kind.folder());
    }
    assert!(in_an_expression("nothing_like_it(1)").is_some() && in_an_expression("abs(dw)").is_none());
}

#[test]
fn rows_are_short_have_a_sentence_each_and_no_name_of_others_means_two_functions() {
    let mut renamed_to: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
    for (_, word) in words() {
        let Word { signature, about, .. } = *word;
        assert!(about.ends_with('.') && about.chars().count() <= 55, "{signature}: {about}");
        assert!(signature.chars().count() <= 34 && !word.example.is_empty(), "{signature}");
        assert!(!word.is_call() || word.example.contains(word.parts().1), "{signature}: {}", word.example);
        if word.is_call() && word.parts().0.is_empty() {
            for other in word.others().filter(|other| *other != word.name()) {
                let before = renamed_to.insert(other, word.name());
                assert!(
                    before.is_none_or(|before| before == word.name()),
                    "`{other}` is {before:?} and {}",
                    word.name()
                );
            }
        }
    }
    assert_eq!(
        (renamed("maximum"), renamed("mm"), renamed("max"), renamed("x")),
        (Some("max"), Some("matmul"), None, None)
    );
}

#[test]
fn a_name_means_its_row() {
    let of = |name: &str| called(name).iter().map(|(_, word)| word.signature).collect::<Vec<_>>();
    assert_eq!(of("sum"), ["sum(x)", "sum(x, axis)", "sum(x, 1)"]);
    assert_eq!(of("sum(x, axis)"), ["sum(x, axis)"]);
    assert_eq!(of("push"), ["list.push(x)"]);
    assert_eq!((of("w.kind"), of("kind"), of("**")), (vec!["w.kind"], vec!["w.kind"], vec!["a ** b"]));
    assert_eq!(of("len").len(), 4);
    assert!(of("nothing").is_empty());
}

#[test]
fn the_functions_that_a_script_defines_are_those_that_are_looked_for() {
    for kind in Kind::ALL.into_iter().chain([Kind::Observer]) {
        let section = defined();
        let rows = section.words.iter().filter(|word| section.kinds_of(word).has(kind));
        let mut told: Vec<String> = rows.map(|word| word.signature.to_owned()).collect();
        let looked_for = script::advice::signatures(kind);
        let mut known: Vec<String> = looked_for.map(|(name, given)| format!("{name}({given})")).collect();
        told.sort();
        known.sort();
        assert_eq!(told, known, "{}", kind.folder());
    }
    for word in defined().words {
        let name = word.name();
        assert!(word.about.ends_with('.') && word.example.starts_with(&format!("fn {} {{", word.signature)), "{name}");
        assert!(rhai::Engine::new_raw().compile(word.example).is_ok(), "{name}");
    }
}
