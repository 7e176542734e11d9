//! Where a traced script is: the statements that stand around it, in each function that was called to come there, with the turns
//! of the loops among them. A sum over all parameters is known by it: two parameters meet in a `total` that both have come to on
//! one way, and in no other.
//!
//! Rhai tells a function where it was called, not who called the caller. A script that has a `total` is therefore called as a
//! copy, in which each statement says which one it is before it is run. The copy has the places of the original.

use std::sync::Arc;

use rhai::{
    AST, ASTNode, Dynamic, Engine, EvalAltResult, EvalContext, Expr, Expression, FnCallExpr, Module, NativeCallContext,
    Position, ScriptFuncDef, Shared, Stmt, StmtBlock,
};

use super::failure;
use super::load::Script;
use super::trace;
use crate::optim::Total;

/// A statement begins, a function does, another turn of a loop does, and the value of a block in a term is there.
pub(super) const MARKERS: [&str; 4] = ["optlab__at", "optlab__enter", "optlab__turn", "optlab__value"];

/// Runs the body of a function, which follows by its number.
const BODY: &str = "optlab__body";

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// A statement that is under way.
#[derive(Debug, Clone, Copy)]
struct Step {
    id: i64,
    at: Position,
    /// The turns that it has begun, of a loop.
    turns: u64,
    /// The functions of the script that it has called.
    calls: u64,
}

/// The statements that are under way: of each level of calls the outermost first.
#[derive(Debug, Default)]
pub(super) struct Way {
    levels: Vec<Vec<Step>>,
}

impl Way {
    /// The statements of a level, without those of calls that have ended.
    fn level(&mut self, level: usize) -> &mut Vec<Step> {
        self.levels.resize_with(level + 1, Vec::new);
        &mut self.levels[level]
    }

    fn statement(&mut self, level: usize, (depth, id): (usize, i64), at: Position) {
        let own = self.level(level);
        own.truncate(depth);
        own.push(Step { id, at, turns: 0, calls: 0 });
    }

    fn function(&mut self, level: usize) {
        self.levels.truncate(level);
        if let Some(caller) = self.levels.iter_mut().rev().find_map(|steps| steps.last_mut()) {
            caller.calls += 1;
        }
        self.level(level);
    }

    /// A loop of this depth begins a turn.
    fn turn(&mut self, level: usize, depth: usize) {
        let own = self.level(level);
        own.truncate(depth + 1);
        if let Some(step) = own.last_mut() {
            step.turns += 1;
        }
    }

    /// A block in a term of the statement of this depth has ended.
    fn value(&mut self, level: usize, depth: usize) {
        self.level(level).truncate(depth + 1);
    }

    /// A number that tells the way to a call at this place from all others, and where the function around it was called.
    pub fn told(&mut self, level: usize, at: Position) -> (u64, Option<Position>) {
        let mut told = 0xcbf2_9ce4_8422_2325_u64;
        let mut mix = |value: u64| {
            for byte in value.to_le_bytes() {
                told = (told ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        self.level(level);
        let levels = self.levels.iter().filter(|steps| !steps.is_empty());
        for steps in levels {
            mix(steps.len() as u64);
            steps.iter().for_each(|step| [step.id as u64, step.turns, step.calls].into_iter().for_each(&mut mix));
        }
        [at.line(), at.position()].into_iter().for_each(|number| mix(number.unwrap_or(0) as u64));
        let mut callers = self.levels[..level].iter().rev().filter_map(|steps| steps.last());
        (told, callers.next().map(|step| step.at))
    }
}

/// Teaches an engine what statements say.
pub(super) fn register(engine: &mut Engine) {
    let [at, enter, turn, value] = MARKERS;
    engine.register_fn(at, |context: NativeCallContext, depth: i64, id: i64| {
        trace::with(|trace| trace.way.statement(context.call_level(), (depth as usize, id), context.call_position()));
    });
    engine.register_fn(enter, |context: NativeCallContext| {
        trace::with(|trace| trace.way.function(context.call_level()));
    });
    engine.register_fn(turn, |context: NativeCallContext, depth: i64| {
        trace::with(|trace| trace.way.turn(context.call_level(), depth as usize));
    });
    engine.register_fn(value, |context: NativeCallContext, depth: i64, value: Dynamic| {
        trace::with(|trace| trace.way.value(context.call_level(), depth as usize));
        value
    });
    // A name and a whole number are a syntax that there can be.
    let _ = engine.register_custom_syntax([BODY, "$int$"], true, run);
}

/// Runs the body with this number: its variables are those of the function.
fn run(context: &mut EvalContext<'_, '_, '_, '_, '_, '_>, inputs: &[Expression<'_>]) -> Fallible<Dynamic> {
    let number = inputs.first().and_then(Expression::get_literal_value::<i64>).unwrap_or(0);
    let bodies = trace::with(|trace| trace.bodies.clone());
    let Some(body) = bodies.as_deref().and_then(|bodies| bodies.get(number as usize)) else {
        return Err(format!("`{BODY}` is no function of scripts").into());
    };
    #[expect(deprecated, reason = "Rhai marks what may change in a later release so; the release is pinned")]
    context.eval_expression_tree_raw(&Expression::from(body), false)
}

/// A script as it is called to be told where it is.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// Its functions, each of which runs one of the bodies.
    pub ast: AST,
    pub bodies: Arc<[Expr]>,
}

impl Told {
    /// A script that has a `total`, in a copy; none of others.
    pub fn of(engine: &Engine, ast: &AST) -> Option<Self> {
        let mut found = false;
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            found |= called(path).is_some_and(|call| call.name == "total");
            !found
        });
        let mut marks = Marks { calls: found.then(|| Calls::new(engine)).flatten()?, next: 0 };
        let (mut functions, mut bodies) = (Module::new(), Vec::new());
        let originals = ast.shared_lib().iter_script_fn_info().map(|(.., function)| function);
        for function in originals {
            // The body as a block, which is all that is shown of it.
            let (start, end) = (function.body.start_position(), function.body.end_position());
            let mut body = StmtBlock::new(statements(function), start, end);
            marks.block(&mut body, 0);
            body.statements_mut().insert(0, marks.calls.call(1, &[], start));
            let runs = engine.compile(format!("fn runs() {{ {BODY} {} }}", bodies.len())).ok()?;
            let (.., runs) = runs.shared_lib().iter_script_fn_info().next()?;
            functions.set_script_fn(ScriptFuncDef { body: runs.body.clone(), ..(**function).clone() });
            bodies.push(Expr::Stmt(Box::new(body)));
        }
        Some(Self { ast: AST::new(ast.statements().iter().cloned(), functions), bodies: bodies.into() })
    }
}

/// The statements of a function.
pub(super) fn statements(function: &Shared<ScriptFuncDef>) -> Vec<Stmt> {
    let mut alone = Module::new();
    alone.set_script_fn(function.clone());
    let mut own = Vec::new();
    AST::new([], alone).walk(&mut |path: &[ASTNode<'_>]| {
        if let [ASTNode::Stmt(statement)] = path {
            own.push((*statement).clone());
        }
        true
    });
    own
}

/// What is called before statements.
struct Calls([FnCallExpr; 4]);

impl Calls {
    fn new(engine: &Engine) -> Option<Self> {
        let [at, enter, turn, value] = MARKERS;
        let ast = engine.compile(format!("{at}(0, 0); {enter}(); {turn}(0); {value}(0, 0);")).ok()?;
        let call = |statement: &Stmt| match statement {
            Stmt::FnCall(call, _) => Some((**call).clone()),
            Stmt::Expr(expression) => match &**expression {
                Expr::FnCall(call, _) => Some((**call).clone()),
                _ => None,
            },
            _ => None,
        };
        let calls: Vec<FnCallExpr> = ast.statements().iter().filter_map(call).collect();
        calls.try_into().ok().map(Self)
    }

    fn expression(&self, which: usize, numbers: &[i64], at: Position) -> Box<FnCallExpr> {
        let mut call = Box::new(self.0[which].clone());
        for (argument, number) in call.args.iter_mut().zip(numbers) {
            *argument = Expr::IntegerConstant(*number, at);
        }
        call
    }

    fn call(&self, which: usize, numbers: &[i64], at: Position) -> Stmt {
        Stmt::Expr(Box::new(Expr::FnCall(self.expression(which, numbers, at), at)))
    }
}

/// Puts a call before each statement.
struct Marks {
    calls: Calls,
    next: i64,
}

impl Marks {
    fn mark(&mut self, depth: i64, at: Position) -> Stmt {
        self.next += 1;
        self.calls.call(0, &[depth, self.next], at)
    }

    fn block(&mut self, block: &mut StmtBlock, depth: i64) {
        let statements = std::mem::take(block.statements_mut());
        for mut statement in statements {
            let mark = self.mark(depth, statement.position());
            self.statement(&mut statement, depth);
            block.statements_mut().extend([mark, statement]);
        }
    }

    /// The body of a loop of this depth.
    fn body(&mut self, body: &mut StmtBlock, depth: i64) {
        self.block(body, depth + 1);
        let turn = self.calls.call(2, &[depth], body.position());
        body.statements_mut().insert(0, turn);
    }

    fn statement(&mut self, statement: &mut Stmt, depth: i64) {
        match statement {
            Stmt::If(flow, _) | Stmt::TryCatch(flow, _) => {
                self.expression(&mut flow.expr, depth);
                self.block(&mut flow.body, depth + 1);
                self.block(&mut flow.branch, depth + 1);
            }
            Stmt::While(flow, _) | Stmt::Do(flow, ..) => {
                self.expression(&mut flow.expr, depth);
                self.body(&mut flow.body, depth);
            }
            Stmt::For(parts, _) => {
                self.expression(&mut parts.2.expr, depth);
                self.body(&mut parts.2.body, depth);
            }
            Stmt::Var(parts, ..) => self.expression(&mut parts.1, depth),
            Stmt::Assignment(parts) => {
                self.expression(&mut parts.1.lhs, depth);
                self.expression(&mut parts.1.rhs, depth);
            }
            Stmt::FnCall(call, _) => call.args.iter_mut().for_each(|argument| self.expression(argument, depth)),
            Stmt::Block(block) => self.block(block, depth + 1),
            Stmt::Expr(expression) => self.expression(expression, depth),
            Stmt::Return(Some(expression), ..) | Stmt::BreakLoop(Some(expression), ..) => {
                self.expression(expression, depth);
            }
            _ => {}
        }
    }

    fn expression(&mut self, expression: &mut Expr, depth: i64) {
        match expression {
            Expr::Stmt(block) => {
                self.block(block, depth + 1);
                self.as_value(expression, depth);
            }
            Expr::FnCall(call, _) | Expr::MethodCall(call, _) => {
                call.args.iter_mut().for_each(|argument| self.expression(argument, depth));
            }
            Expr::InterpolatedString(parts, _) | Expr::Array(parts, _) => {
                parts.iter_mut().for_each(|part| self.expression(part, depth));
            }
            Expr::Map(parts, _) => parts.0.iter_mut().for_each(|(_, value)| self.expression(value, depth)),
            Expr::Dot(parts, ..) | Expr::Index(parts, ..) => {
                self.expression(&mut parts.lhs, depth);
                self.expression(&mut parts.rhs, depth);
            }
            // What stands behind the first is not always looked at.
            Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => {
                for (place, part) in parts.iter_mut().enumerate() {
                    if place == 0 || !calls(part) {
                        self.expression(part, depth);
                        continue;
                    }
                    let at = part.position();
                    self.expression(part, depth + 1);
                    let mark = self.mark(depth + 1, at);
                    let own = Stmt::Expr(Box::new(std::mem::take(part)));
                    *part = Expr::Stmt(Box::new(StmtBlock::new([mark, own], at, at)));
                    self.as_value(part, depth);
                }
            }
            _ => {}
        }
    }

    /// A block in a term, which tells that it has ended.
    fn as_value(&self, expression: &mut Expr, depth: i64) {
        let at = expression.position();
        let mut call = self.calls.expression(3, &[depth], at);
        if let Some(argument) = call.args.get_mut(1) {
            *argument = std::mem::take(expression);
            *expression = Expr::FnCall(call, at);
        }
    }
}

/// The call that a node is.
pub(super) fn called<'a>(path: &[ASTNode<'a>]) -> Option<&'a FnCallExpr> {
    match path.last()? {
        ASTNode::Expr(Expr::FnCall(call, _) | Expr::MethodCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _)) => {
            Some(call)
        }
        _ => None,
    }
}

/// A function is called in it.
fn calls(expression: &Expr) -> bool {
    let mut found = false;
    expression.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
        found |= called(path).is_some();
        !found
    });
    found
}

impl Script {
    /// What an optimizer's functions are called by. What they come to is told to the trace that has begun.
    pub(super) fn called(&self) -> &AST {
        let Some(told) = &self.told else { return &self.ast };
        trace::with(|trace| trace.bodies = Some(told.bodies.clone()));
        &told.ast
    }

    /// The sums over all parameters that a trace has come to, with their places.
    pub(super) fn totals(&self, totals: &[trace::Total]) -> Vec<Total> {
        let place = |at| failure::place(&self.source, at);
        let told = |total: &trace::Total| Total {
            number: total.number,
            place: place(total.at),
            called: total.called.map(place),
        };
        totals.iter().map(told).collect()
    }
}
