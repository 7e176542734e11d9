//! The sandbox: Rhai without files, clock, `eval`, `import` or `curry`, with every limit set.
//!
//! Calls are bounded by counted operations, so that what a script may do is the same on every machine, however busy. A
//! limit of time is the caller's policy beside that, see [`limit_time`].
//!
//! Two engines: one for functions that are traced, one for scripts that make data, which may hold more and longer lists.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rhai::module_resolvers::DummyModuleResolver;
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, FuncArgs, OptimizationLevel, Position, Scope};

use super::{failure, memory, number, observer, optimizer, query, rng, run, symbol, tensor, trace};
use crate::clock::{Clock, Moment};
use crate::error::{Error, Result, Source};

/// Operations of one call of a function that makes data: some 1.5 s on a quiet core.
const OPERATIONS_FOR_DATA: u64 = 10_000_000;
/// Operations of one call of a function that is traced or asked at every step: some 0.4 s.
const OPERATIONS: u64 = 2_000_000;
/// Rhai asks for leave at every operation; the clock is read once in so many.
const OPERATIONS_A_LOOK: u64 = 16;
/// Numbers that all tensors of one call may hold together, those given up included: 800 MB.
const NUMBERS: usize = 100_000_000;

thread_local! {
    static LIMIT: RefCell<Option<(Clock, Duration)>> = const { RefCell::new(None) };
    static DEADLINE: Cell<Option<Moment>> = const { Cell::new(None) };
    static COUNTED: Cell<u64> = const { Cell::new(0) };
    static SPENT: Cell<usize> = const { Cell::new(0) };
}

static TRACED: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = sandbox();
    engine.set_max_operations(OPERATIONS).set_max_array_size(10_000).set_max_map_size(1_000);
    symbol::register(&mut engine);
    optimizer::register(&mut engine);
    engine
});

static CONCRETE: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = sandbox();
    // Nested elements count, so a list of 100 000 rows with ten columns needs a million.
    engine.set_max_operations(OPERATIONS_FOR_DATA).set_max_array_size(4_000_000).set_max_map_size(1_000);
    tensor::register(&mut engine);
    rng::register(&mut engine);
    observer::register(&mut engine);
    engine
});

/// For expressions over runs: a line that is evaluated after every step.
static QUERIES: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = sandbox();
    engine.set_max_operations(100_000).set_max_array_size(1_000).set_max_map_size(100);
    query::register(&mut engine);
    engine
});

/// Counts the numbers of a new tensor; too many end the call at its next operation.
pub(super) fn spend(numbers: usize) {
    SPENT.set(SPENT.get().saturating_add(numbers));
}

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

fn sandbox() -> Engine {
    let mut engine = Engine::new();
    engine
        .set_module_resolver(DummyModuleResolver::new())
        .set_optimization_level(OptimizationLevel::None)
        .set_max_call_levels(32)
        .set_max_expr_depths(64, 32)
        .set_max_string_size(4096)
        .set_max_modules(0)
        .set_max_functions(200)
        .set_max_variables(1000)
        .set_fail_on_invalid_map_property(true);
    for symbol in ["eval", "import", "export", "curry", "Fn"] {
        engine.disable_symbol(symbol);
    }
    // Shadowed: `sleep` heeds no limit, `replace` makes strings past theirs, and a script has no business with a clock.
    for name in ["sleep", "replace", "timestamp"] {
        engine.register_fn(name, move || refused(name));
        engine.register_fn(name, move |_: Dynamic| refused(name));
        engine.register_fn(name, move |_: Dynamic, _: Dynamic| refused(name));
        engine.register_fn(name, move |_: Dynamic, _: Dynamic, _: Dynamic| refused(name));
    }
    engine.register_fn("sleep", |_: i64| refused("sleep"));
    engine.register_fn("sleep", |_: f64| refused("sleep"));
    engine.register_fn("replace", |_: &mut rhai::ImmutableString, _: &str, _: &str| refused("replace"));
    engine.register_fn("replace", |_: &mut rhai::ImmutableString, _: char, _: char| refused("replace"));
    engine.register_fn("replace", |_: &mut rhai::ImmutableString, _: char, _: &str| refused("replace"));
    engine.register_fn("replace", |_: &mut rhai::ImmutableString, _: &str, _: char| refused("replace"));
    engine.on_print(trace::log);
    engine.on_debug(|text, _, position| trace::log(&format!("{position}: {text}")));
    engine.on_progress(|operations| {
        COUNTED.set(operations);
        let late = operations % OPERATIONS_A_LOOK == 0 && DEADLINE.get().is_some_and(is_past);
        let large = SPENT.get() > NUMBERS;
        (late || large).then(|| Dynamic::from(if large { "memory" } else { "time" }))
    });
    #[expect(deprecated, reason = "Rhai marks what may change in a later release so; the release is pinned")]
    engine.on_var(|name, _, context| {
        if context.scope().get(name).is_some() {
            return Ok(None);
        }
        Ok(match name {
            "PI" => Some(Dynamic::from(std::f64::consts::PI)),
            "E" => Some(Dynamic::from(std::f64::consts::E)),
            _ => None,
        })
    });
    number::register(&mut engine);
    optimizer::register_hyper(&mut engine);
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
        Ok(Err(error)) => Err(failure::syntax(source, &error)),
        Err(_) => Err(Error::fault(format!("Rhai panicked while it read {}", source.name))),
    }
}

/// From now on a call of a script in this thread may take so long by this clock, beside its operations; or as long as it
/// likes. A caller that waits for scripts of strangers sets it, with room for a machine that is busy.
pub fn limit_time(limit: Option<(Clock, Duration)>) {
    LIMIT.set(limit);
}

fn is_past(end: Moment) -> bool {
    LIMIT.with_borrow(|limit| limit.as_ref().is_some_and(|(clock, _)| clock.now() > end))
}

/// The limits of a call begin.
fn begin_call() {
    DEADLINE.set(LIMIT.with_borrow(|limit| limit.as_ref().map(|(clock, most)| clock.now() + *most)));
    SPENT.set(0);
    COUNTED.set(0);
}

/// Operations of this thread's last call.
pub(super) fn operations() -> u64 {
    COUNTED.get()
}

/// Evaluates an expression that was compiled, within its limits.
pub(super) fn evaluate(engine: &Engine, ast: &AST) -> std::result::Result<Dynamic, Box<EvalAltResult>> {
    begin_call();
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
    begin_call();
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
