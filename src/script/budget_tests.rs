//! What no script may take, whatever it is made of: one table of bodies, and every kind of script that could hold them.

use crate::error::{Error, Result, Source};
use crate::optim::RunView;
use crate::program::Layout;
use crate::script::{
    HyperValues, Kind, SOME_OUTPUTS, Script, activation, dataset, landscape, layers, loss, observer, rule, schedule,
    series,
};
use crate::train::{Notes, STACK, Scene};

/// A script of a kind whose main function does this first.
fn text(kind: Kind, body: &str) -> String {
    let (function, parameters, gives) = match kind {
        Kind::Optimizer => ("update", "w, dw, state, h, t", "w"),
        Kind::Schedule => ("rate", "t, h", "1"),
        Kind::Activation => ("forward", "x, h", "x"),
        Kind::Loss => ("loss", "y_hat, y", "y_hat - y"),
        Kind::Dataset => ("generate", "h, rng", "#{x: [[1.0], [2.0]], y: [0.0, 1.0]}"),
        Kind::Network => ("layers", "inputs, outputs, h", "[#{dense: outputs}]"),
        Kind::Landscape => ("height", "x, y, h", "x * y"),
        Kind::Series => ("generate", "h, rng", "[1.0]"),
        Kind::Observer => ("on_step", "run", "()"),
    };
    format!("fn {function}({parameters}) {{\n{body}\n{gives}\n}}")
}

/// Calls such a script once, in a thread with room on its stack.
fn called(kind: Kind, text: &str) -> Result<Vec<String>> {
    let text = text.to_owned();
    let work = move || {
        let script = Script::load(kind, &Source::new("mine.rhai", text))?;
        let none = HyperValues::new();
        match kind {
            Kind::Optimizer => rule(&script).map(drop),
            Kind::Schedule => schedule(&script, &none)?.rate(1).map(drop),
            Kind::Activation => activation::<f32>(&script, &none).map(drop),
            Kind::Loss => loss::<f32>(&script, &none, SOME_OUTPUTS).map(drop),
            Kind::Dataset => dataset::<f64>(&script, &none, 0).map(drop),
            Kind::Network => layers(&script, 2, 2, &none).map(drop),
            Kind::Landscape => landscape(&script, &none).map(drop),
            Kind::Series => series(&script, &none, 0).map(drop),
            Kind::Observer => step(&script, &[1.0, 2.0], 1),
        }
        .map(|()| crate::script::take_log())
    };
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().expect("the thread lives")
}

/// Shows an observer so many steps of a run.
fn step(script: &std::sync::Arc<Script>, weights: &[f64], steps: u64) -> Result<()> {
    let mut observer = observer(script)?;
    let layout = Layout::default();
    for step in 1..=steps {
        let run = RunView { step, ..RunView::default() };
        let scene = Scene { run: &run, layout: &layout, weights, gradients: weights, updates: weights, states: &[] };
        observer.on_step(&scene, &mut Notes::default())?;
    }
    Ok(())
}

fn refused(kind: Kind, text: &str) -> Error {
    match called(kind, text) {
        Ok(_) => panic!("this should be refused:\n{text}"),
        Err(error) => error,
    }
}

const KINDS: [Kind; 9] = [
    Kind::Optimizer,
    Kind::Schedule,
    Kind::Activation,
    Kind::Loss,
    Kind::Dataset,
    Kind::Network,
    Kind::Landscape,
    Kind::Series,
    Kind::Observer,
];

const ENDLESS: &str = "too many operations";
const LISTS: &str = "the lists, maps and texts of the script are too large: 64 MB";
const DEEP: &str = "lists or maps are nested too deeply: 64 levels";
const CAPTURES: &str = "from around it, but a script's functions see nothing but their parameters";

#[test]
fn an_endless_script_of_every_kind_is_told_with_its_place_and_prints_no_more_than_it_may() {
    for kind in KINDS {
        let error = refused(kind, &text(kind, "loop { print(1); }"));
        assert!(error.what().contains(ENDLESS), "{kind:?}: {}", error.what());
        assert!(error.place().is_some(), "{kind:?}");
        let log = called(kind, &text(kind, "for i in 0..300 { print(i); }")).unwrap();
        assert_eq!(log.len(), 201, "{kind:?}");
        assert_eq!(log.last().unwrap(), "... more than 200 lines in one call: the rest is not printed", "{kind:?}");
    }
}

#[test]
fn lists_of_every_kind_of_script_are_bounded() {
    for kind in KINDS {
        let error = refused(kind, &text(kind, "let a = [1]; loop { a += a; }"));
        assert!(error.what().contains(LISTS), "{kind:?}: {}", error.what());
        let error = refused(kind, &text(kind, "let a = []; a.pad(1000000000000, 1);"));
        assert!(error.what().contains(LISTS), "{kind:?}: {}", error.what());
        assert_eq!(error.place().unwrap().line(), 2, "{kind:?}");
    }
}

/// Bodies, and what is said of them.
const BODIES: [(&str, &str); 38] = [
    ("let a = []; loop { a.push([1, 2, 3]); }", ""),
    ("let a = [1, 2]; loop { a.append(a); }", LISTS),
    ("let a = [1, 2]; loop { a = a + a; }", LISTS),
    ("let a = [1]; loop { a = [a, a]; }", LISTS),
    ("let a = []; let b = []; b.pad(1000, 1); loop { a.push(b); }", LISTS),
    ("let b = []; b.pad(1000, 1); let a = []; a.pad(1000000, b);", LISTS),
    ("let m = #{a: 1}; loop { m = #{a: m, b: m}; }", LISTS),
    ("let m = #{}; let i = 0; loop { i += 1; m[`key ${i}`] = [i]; }", ""),
    ("let s = \"ab\"; loop { s += s; }", "a text of 8192 bytes is too long"),
    ("let s = \"ab\"; loop { s = s + s; }", "a text of 8192 bytes is too long"),
    ("let s = \"ab\"; s.pad(1000000000000, 'x');", "is too long: 4096 is the most"),
    ("let s = \"ab\"; loop { s = `${s}${s}`; }", LISTS),
    ("let m = #{s: \"ab\"}; loop { m.s = `${m.s}${m.s}`; }", LISTS),
    ("let a = []; let s = \"ab\"; s.pad(4000, 'x'); loop { a.push(`${s}${a.len()}`); }", ""),
    ("let s = \"ab\"; s.pad(4000, 'x'); loop { let a = s.split(\"\"); }", ENDLESS),
    ("let a = []; a.pad(1000000, 1); loop { let b = a; }", ENDLESS),
    ("let a = []; a.pad(1000000, 1); loop { a.sort(); }", ENDLESS),
    ("let a = []; a.pad(1000000, 1); loop { a.reverse(); }", ENDLESS),
    ("let a = []; a.pad(1000000, 1); loop { a.insert(0, a.pop()); }", ENDLESS),
    ("let a = []; a.pad(1000000, 1); loop { a.push(a.shift()); }", ENDLESS),
    ("let a = []; a.pad(1000000, 1); loop { a.contains(2); }", ENDLESS),
    ("let a = []; a.pad(1000000, 1); loop { a == a; }", ENDLESS),
    ("let a = []; a.pad(100000, 1); loop { a = a.map(|x| x + 1); }", ENDLESS),
    ("let a = []; loop { a = [a]; }", ENDLESS),
    ("let a = []; loop { a = [[[[[[[[a]]]]]]]]; }", ENDLESS),
    ("let a = [0]; loop { a[0] = a; }", ENDLESS),
    ("let m = #{}; loop { m = #{a: m}; }", ENDLESS),
    ("let m = #{}; loop { m.a = m; }", ENDLESS),
    ("let a = []; loop { let b = []; b.push(a); a = b; }", DEEP),
    ("let a = [[]]; loop { a = [[a.pop()]]; }", DEEP),
    ("let a = [[]]; loop { a = [[a.shift()]]; }", DEEP),
    ("let m = #{a: 1}; loop { m = #{a: [m.remove(\"a\")]}; }", DEEP),
    ("let a = [1, 2]; loop { a = a.map(|x| [x]); }", DEEP),
    ("let a = [1]; for i in 0..100 { a = [a]; } a == a;", DEEP),
    ("let f = |x| x; loop { let g = f; f = |x| g.call(x); }", CAPTURES),
    ("let l = [|x| x]; loop { l = [|x| l[0].call(x)]; }", CAPTURES),
    ("let m = #{f: |x| x}; loop { m.f = |x| m.f.call(x); }", CAPTURES),
    ("let a = take(h);", "`take` is not part of optlab's scripts"),
];

#[test]
fn a_script_that_makes_data_holds_no_more_than_it_may_whatever_it_is_made_of() {
    // What ends by its operations takes five times as many here, and the same way.
    for (body, wanted) in BODIES.into_iter().filter(|(_, wanted)| *wanted != ENDLESS) {
        let error = refused(Kind::Dataset, &text(Kind::Dataset, body));
        assert!(error.what().contains(wanted), "{body}: {}", error.what());
        assert!(error.place().is_some(), "{body}");
    }
}

#[test]
fn a_traced_script_holds_no_more_than_it_may_whatever_it_is_made_of() {
    for (body, wanted) in BODIES {
        let error = refused(Kind::Optimizer, &text(Kind::Optimizer, body));
        let earlier = error.what().contains(ENDLESS);
        assert!(error.what().contains(wanted) || earlier, "{body}: {}", error.what());
        assert!(error.place().is_some(), "{body}");
    }
}

#[test]
fn tensors_that_a_script_keeps_are_bounded_and_those_that_it_gives_up_are_not_counted() {
    let held = "the script holds too much: 192 MB at once is the most";
    for (body, wanted) in [
        ("let a = []; let t = zeros(1000000); loop { a.push(t + 1); }", held),
        ("let a = zeros(20000000); let b = a + 1;", held),
        ("let m = #{}; for i in 0..30 { m[`t${i}`] = linspace(0, 1, 1000000); }", held),
        ("loop { let t = zeros(1000000); }", ENDLESS),
        ("let t = zeros(1000000); loop { sum(t); }", ENDLESS),
    ] {
        let error = refused(Kind::Dataset, &text(Kind::Dataset, body));
        assert!(error.what().contains(wanted), "{body}: {}", error.what());
        assert!(error.place().is_some(), "{body}");
    }
    let given_up = "let t = zeros(5000000); for i in 0..6 { t = t + 1; } for i in 0..6 { let t = zeros(5000000); }";
    called(Kind::Dataset, &text(Kind::Dataset, given_up)).unwrap();
}

#[test]
fn what_an_observer_remembers_counts_in_every_call() {
    let text = "fn memory() { #{ a: (), b: (), c: () } }
        fn on_step(run, memory) {
            if run.step == 1 { memory.a = zeros(10000000); }
            if run.step == 2 { memory.b = zeros(10000000); }
            if run.step == 3 { memory.c = zeros(10000000); }
        }";
    let script = Script::load(Kind::Observer, &Source::new("mine.rhai", text)).unwrap();
    step(&script, &[], 2).unwrap();
    let error = step(&script, &[], 3).unwrap_err();
    assert!(error.what().contains("holds too much: 192 MB"), "{}", error.what());
    assert_eq!(error.place().unwrap().line(), 5);
    // One that replaces what it keeps goes on for ever.
    let text = "fn memory() { #{ a: () } } fn on_step(run, memory) { memory.a = zeros(5000000); }";
    step(&Script::load(Kind::Observer, &Source::new("mine.rhai", text)).unwrap(), &[], 20).unwrap();
}

#[test]
fn rows_of_an_observer_are_bounded_in_each_step() {
    let of = |times: u32| format!("fn on_step(run) {{ for i in 0..{times} {{ run.log(\"a\", i); }} }}");
    let script = |times| Script::load(Kind::Observer, &Source::new("mine.rhai", of(times))).unwrap();
    step(&script(256), &[], 3).unwrap();
    let error = step(&script(257), &[], 1).unwrap_err();
    assert!(error.what().contains("more than 256 times in one step"), "{}", error.what());
    assert_eq!(error.place().unwrap().line(), 1);
}

#[test]
fn lists_maps_and_texts_do_what_rhai_says_of_them() {
    let texts = |expression: &str| {
        let script = text(Kind::Dataset, &format!("print({expression});"));
        called(Kind::Dataset, &script).unwrap_or_else(|error| panic!("{expression}: {}", error.what())).remove(0)
    };
    for (expression, wanted) in [
        ("[1, 2.5, \"a\", true, ()]", "[1, 2.5, \"a\", true, ()]"),
        ("#{a: [1], b: #{c: 2}}", "#{\"a\": [1], \"b\": #{\"c\": 2}}"),
        ("let a = [3, 1, 2]; a.sort(); a.reverse(); a", "[3, 2, 1]"),
        ("let a = [\"b\", \"a\"]; a.sort(); a", "[\"a\", \"b\"]"),
        ("let a = [1, 2, 3]; a.insert(1, 9); a.remove(0); a.push(4); a += 5; a += [6]; a", "[9, 2, 3, 4, 5, 6]"),
        (
            "let a = [1, 2, 3, 4]; [a.extract(1, 2), a.extract(-2), a.extract(0..2), a.extract(1..=2)]",
            "[[2, 3], [3, 4], [1, 2], [2, 3]]",
        ),
        (
            "let a = [1, 2]; a.pad(4, 0); a.set(-1, 7); a.truncate(9); [a.get(3), a.get(9), a.len, a.len(), a.is_empty()]",
            "[7, (), 4, 4, false]",
        ),
        ("let a = [1, 2]; [a.pop(), a.shift(), a.pop(), a == [], a != [1]]", "[2, 1, (), true, true]"),
        ("[2 in [1, 2.0], [1, 2].contains(3), [[1], [2]].index_of([2]), [1].index_of(2)]", "[true, false, 1, -1]"),
        ("[1, 2, 3].map(|x| x * x).filter(|x| x > 1)", "[4, 9]"),
        ("[[1, 2].some(|x| x > 1), [1, 2].all(|x| x > 1), [1, 2].find(|x| x > 1)]", "[true, false, 2]"),
        ("[1, 2, 3].reduce(|sum, x| sum + x, 10)", "16"),
        (
            "let m = #{a: 1}; m.b = 2; m += #{c: 3}; [m.keys(), m.values(), m.len(), \"a\" in m, m.remove(\"a\"), m.contains(\"a\")]",
            "[[\"a\", \"b\", \"c\"], [1, 2, 3], 3, true, 1, false]",
        ),
        ("#{a: [1, #{b: 2}]} == #{a: [1.0, #{b: 2}]}", "true"),
        ("\"a\" + 'b' + 1 + [2] + (1 > 0)", "ab1[2]true"),
        ("let s = \"ab\"; s += 'c'; s += 1; s.pad(6, '.'); s", "abc1.."),
        ("`${\"a\".to_upper()} ${[1, \"b\"]} ${1.5}`", "A [1, \"b\"] 1.5"),
    ] {
        assert_eq!(texts(&format!("{{ {expression} }}")), wanted, "{expression}");
    }
}

#[test]
fn a_script_is_read_or_refused_however_it_is_written() {
    let much = |piece: &str| piece.repeat(40_000);
    let line = |body: &str| text(Kind::Dataset, body);
    for wrong in [
        line(&format!("{}1{}", much("("), much(")"))),
        line(&format!("let a = {}{};", much("["), much("]"))),
        line(&format!("let a = {}1{};", "#{a: ".repeat(20_000), much("}"))),
        line(&format!("{}{}", much("{"), much("}"))),
        line(&format!("let a = {}1;", much("-"))),
        line(&format!("let a = {}true;", much("!"))),
        line(&format!("let a = {}1;", much("1+"))),
        line(&format!("let a = {}1;", "1 && ".repeat(20_000))),
        line(&format!("let a = 1{};", much(" ?? 1"))),
        line(&format!("let a = [1]; a{};", much("[0]"))),
        line(&format!("let a = #{{}}; a{};", much(".a"))),
        line(&format!("{}{}", "if true { } else ".repeat(10_000), "{ }")),
        line(&format!("{}{}", "if true { ".repeat(10_000), much("}"))),
        line(&format!("let a = {}1{};", "|x| ".repeat(20_000), "")),
        line(&format!("let a = {}{};", "`${".repeat(20_000), "}`".repeat(20_000))),
        line(&format!("let a = {};", much("f("))),
        line(&much("/*")),
        format!("{}{}", "fn a() { ".repeat(10_000), much("}")),
        "x".repeat(300_000),
        "\"".repeat(99_999),
    ] {
        let error = refused(Kind::Dataset, &wrong);
        assert!(error.place().is_some() && error.what().len() < 700, "{}: {}", &wrong[..60], error.what());
    }
    for right in [
        line(&format!("{}{}", much("/*"), much("*/"))),
        line(&much(";")),
        line(&much("1;")),
        format!("{}{}", "// a\n".repeat(20_000), line("")),
    ] {
        called(Kind::Dataset, &right).unwrap_or_else(|error| panic!("{}: {}", &right[..60], error.what()));
    }
}
