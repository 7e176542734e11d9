//! The sandbox: Rhai without files, clock, `eval`, `import` or `curry`, with every limit set.
//!
//! What a call may take is counted by [`budget`].
//!
//! Two engines: one for functions that are traced, one for scripts that make data, which may hold more and longer lists.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use rhai::module_resolvers::DummyModuleResolver;
use rhai::packages::{
    ArithmeticPackage, BasicFnPackage, BasicIteratorPackage, BasicMathPackage, BasicStringPackage, BitFieldPackage,
    LogicPackage, MoreStringPackage, Package,
};
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, FuncArgs, OptimizationLevel, Position, Scope};

use super::budget::{self, OPERATIONS, OPERATIONS_FOR_DATA, OPERATIONS_OF_A_QUERY};
use super::trace::{Mask, Sym};
use super::{
    advice, arithmetic, assigned, draws, known, lists, maps, memory, number, observer, parameter, parts, paths, query,
    rng, run, symbol, tensor, trace,
};
use crate::error::{Error, Result, Source};

rhai::def_package! {
    /// What Rhai has for numbers, ranges and texts, none of which takes long or makes much. Its lists, maps, blobs and
    /// clocks are left out: lists and maps are ours.
    Basics(module): ArithmeticPackage, LogicPackage, BasicMathPackage, BitFieldPackage, BasicStringPackage,
        MoreStringPackage, BasicIteratorPackage, BasicFnPackage {
    }
}

/// Letters of a text that is named, for the price of an operation.
const LETTERS: usize = 32;

/// What Rhai has and scripts have not: it heeds no limit, moves what is not paid for, or reads the world.
pub(super) const REFUSED: [&str; 10] =
    ["sleep", "replace", "timestamp", "blob", "parse_json", "to_json", "take", "exit", "set_tag", "to_blob"];

static TRACED: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = sandbox();
    engine.set_max_operations(OPERATIONS);
    symbol::register(&mut engine);
    parameter::register(&mut engine);
    assigned::register(&mut engine);
    draws::register(&mut engine);
    known::register(&mut engine);
    paths::register(&mut engine);
    engine
});

static CONCRETE: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = sandbox();
    engine.set_max_operations(OPERATIONS_FOR_DATA);
    tensor::register(&mut engine);
    rng::register(&mut engine);
    observer::register(&mut engine);
    engine
});

/// For expressions over runs: a line that is evaluated after every step.
static QUERIES: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = sandbox();
    engine.set_max_operations(OPERATIONS_OF_A_QUERY);
    tensor::register(&mut engine);
    query::register(&mut engine);
    engine
});

/// For expressions over numbers with names.
static ARITHMETIC: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = sandbox();
    engine.set_max_operations(OPERATIONS_OF_A_QUERY);
    arithmetic::register(&mut engine);
    engine
});

/// The engine for functions called with symbolic values.
pub(super) fn traced() -> &'static Engine {
    &TRACED
}

/// The engine for scripts that make data or lists of layers.
pub(super) fn concrete() -> &'static Engine {
    &CONCRETE
}

/// The engine for expressions over runs.
pub(super) fn for_queries() -> &'static Engine {
    &QUERIES
}

/// The engine for expressions over numbers with names.
pub(super) fn for_arithmetic() -> &'static Engine {
    &ARITHMETIC
}

fn sandbox() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .register_global_module(Basics::new().as_shared_module())
        .set_module_resolver(DummyModuleResolver::new())
        .set_optimization_level(OptimizationLevel::None)
        .set_max_call_levels(32)
        .set_max_expr_depths(64, 32)
        // Rhai's limits of size walk through all of a list at each change of it. What lists hold is counted by `budget`.
        .set_max_string_size(0)
        .set_max_array_size(0)
        .set_max_map_size(0)
        .set_max_modules(0)
        .set_max_functions(200)
        .set_max_variables(1000)
        .set_fail_on_invalid_map_property(true);
    for symbol in ["eval", "import", "export", "curry", "Fn"] {
        engine.disable_symbol(symbol);
    }
    for name in REFUSED {
        engine.register_fn(name, move || refused(name));
        engine.register_fn(name, move |_: Dynamic| refused(name));
        engine.register_fn(name, move |_: Dynamic, _: Dynamic| refused(name));
        engine.register_fn(name, move |_: Dynamic, _: Dynamic, _: Dynamic| refused(name));
    }
    engine.register_fn("replace", |_: &mut rhai::ImmutableString, _: &str, _: &str| refused("replace"));
    engine.register_fn("replace", |_: &mut rhai::ImmutableString, _: char, _: char| refused("replace"));
    engine.register_fn("replace", |_: &mut rhai::ImmutableString, _: char, _: &str| refused("replace"));
    engine.register_fn("replace", |_: &mut rhai::ImmutableString, _: &str, _: char| refused("replace"));
    engine.register_fn("to_blob", |_: &str| refused("to_blob"));
    engine.on_print(trace::log);
    engine.on_debug(|text, _, position| trace::log(&format!("{position}: {text}")));
    engine.on_progress(budget::progress);
    #[expect(deprecated, reason = "Rhai marks what may change in a later release so; the release is pinned")]
    engine.on_var(|name, _, context| {
        if let Some(value) = context.scope().get(name) {
            // Rhai looks through a text, letter by letter, for the price of an operation.
            if let Ok(text) = value.as_immutable_string_ref() {
                budget::spend(text.len() / LETTERS)?;
            }
            if let Some(Mask(_, at)) = value.read_lock::<Mask>().as_deref() {
                trace::with(|trace| trace.looked_at = Some(*at));
            }
            if let Some(sym) = value.read_lock::<Sym>().map(|sym| *sym) {
                trace::with(|trace| trace.see(name, sym, context.call_level(), context.scope()));
            }
            return Ok(None);
        }
        Ok(match name {
            "PI" => Some(Dynamic::from(std::f64::consts::PI)),
            "E" => Some(Dynamic::from(std::f64::consts::E)),
            _ => None,
        })
    });
    lists::register(&mut engine);
    maps::register(&mut engine);
    number::register(&mut engine);
    parts::register(&mut engine);
    run::register(&mut engine);
    memory::register(&mut engine);
    engine
}

fn refused(name: &str) -> std::result::Result<(), Box<EvalAltResult>> {
    Err(format!("`{name}` is not part of optlab's scripts").into())
}

/// Parses a script.
pub(super) fn parse(engine: &Engine, source: &Arc<Source>) -> Result<AST> {
    let parsed = catch_unwind(AssertUnwindSafe(|| engine.compile(&source.text)));
    match parsed {
        Ok(Ok(ast)) => Ok(ast),
        Ok(Err(error)) => Err(advice::syntax(source, &error)),
        Err(_) => Err(Error::fault(format!("Rhai panicked while it read {}", source.name))),
    }
}

/// Evaluates an expression that was compiled, within its limits.
pub(super) fn evaluate(engine: &Engine, ast: &AST) -> std::result::Result<Dynamic, Box<EvalAltResult>> {
    budget::begin(engine.max_operations(), memory::kept_bytes());
    let result = catch_unwind(AssertUnwindSafe(|| engine.eval_ast::<Dynamic>(ast)));
    result.unwrap_or_else(|_| Err("Rhai panicked in this expression".into()))
}

/// Calls a function of a script within its limits; the scope keeps the function's local variables.
pub(super) fn call(
    engine: &Engine,
    ast: &AST,
    function: &str,
    scope: &mut Scope<'_>,
    arguments: impl FuncArgs,
) -> std::result::Result<Dynamic, Box<EvalAltResult>> {
    budget::begin(engine.max_operations(), memory::kept_bytes());
    let options = CallFnOptions::new().eval_ast(false).rewind_scope(false);
    let result = catch_unwind(AssertUnwindSafe(|| {
        engine.call_fn_with_options::<Dynamic>(options, scope, ast, function, arguments)
    }));
    let result = result.unwrap_or_else(|_| Err(format!("Rhai panicked in `{function}`").into()));
    // A limit that was hit has no position: the function's name at least is kept, to be pointed at.
    result.map_err(|error| {
        if error.position().is_none() {
            EvalAltResult::ErrorInFunctionCall(function.into(), String::new(), error, Position::NONE).into()
        } else {
            error
        }
    })
}
