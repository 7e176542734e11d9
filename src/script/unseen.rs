//! Names in parts of a script that no trace has come to: a branch for a late step, a helper that only it calls. What is called
//! there, read from `h` or `state`, or never made, is looked for in the text of the script once it was traced, so that a run does
//! not die of it after hours.

use std::collections::HashSet;
use std::sync::LazyLock;

use rhai::{ASTNode, EvalAltResult, Expr, Position, Stmt};

use super::advice;
use super::engine;
use super::failure::{failed, place};
use super::load::Script;
use super::paths::{called, statements};
use super::{Kind, words};
use crate::error::{Error, Result};

/// What Rhai calls by itself, without a function of that name.
const KEYWORDS: [&str; 7] = ["print", "debug", "type_of", "call", "is_def_var", "is_def_fn", "is_shared"];

/// All functions that traced scripts can call.
static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let names = engine::traced().collect_fn_metadata(None, |info| Some(info.metadata.name.to_string()), true);
    names.into_iter().chain(KEYWORDS.map(str::to_owned)).collect()
});

/// What a parameter of a function holds, as far as it is known from who calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Hyper,
    State,
}

/// A function with what is in it.
struct Function {
    name: String,
    parameters: Vec<String>,
    owners: Vec<Option<Owner>>,
    body: Vec<Stmt>,
}

impl Function {
    /// Looks at each node of it.
    fn walk(&self, mut look: impl FnMut(&ASTNode<'_>)) {
        for statement in &self.body {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                path.last().into_iter().for_each(&mut look);
                true
            });
        }
    }

    fn owner(&self, variable: &str) -> Option<Owner> {
        let at = self.parameters.iter().position(|own| own == variable)?;
        self.owners[at]
    }

    /// Parameters that are another thing somewhere in it are not known.
    fn forget_shadowed(&mut self) {
        let mut named: Vec<String> = Vec::new();
        self.walk(|node| match node {
            ASTNode::Stmt(Stmt::Var(parts, ..)) => named.push(parts.0.name.to_string()),
            ASTNode::Stmt(Stmt::For(parts, _)) => named.push(parts.0.name.to_string()),
            _ => {}
        });
        for (parameter, owner) in self.parameters.iter().zip(&mut self.owners) {
            if named.contains(parameter) {
                *owner = None;
            }
        }
    }
}

/// A variable by itself.
fn variable(expression: &Expr) -> Option<&str> {
    if let Expr::Variable(parts, ..) = expression { Some(parts.1.as_str()) } else { None }
}

/// The first part of what is read from a thing: `v` of `state.v`, of `state.v.x`.
fn first_part(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Property(parts, _) => Some(parts.2.as_str()),
        Expr::Dot(parts, ..) | Expr::Index(parts, ..) => first_part(&parts.lhs),
        _ => None,
    }
}

impl Script {
    /// Every name of a schedule that branches is looked for, in all its branches; what other kinds do is known when they have
    /// been traced once.
    ///
    /// # Errors
    /// One is not.
    pub fn look_ahead(&self) -> Result<()> {
        if self.kind == Kind::Schedule { self.refuse_unknown() } else { Ok(()) }
    }

    /// Every name that stands in a function which may be called is one. To be asked when a trace has found nothing wrong.
    ///
    /// # Errors
    /// One is not.
    pub(super) fn refuse_unknown(&self) -> Result<()> {
        let functions = self.reachable();
        let names: Vec<String> = self.functions();
        for function in &functions {
            let mut found: Option<Error> = None;
            function.walk(|node| {
                if found.is_none() {
                    found = self.unknown(function, &names, node);
                }
            });
            if let Some(error) = found {
                return Err(error);
            }
        }
        Ok(())
    }

    fn unknown(&self, function: &Function, names: &[String], node: &ASTNode<'_>) -> Option<Error> {
        let source = &self.source;
        let of_tensors = ![Kind::Schedule, Kind::Landscape].contains(&self.kind);
        match node {
            ASTNode::Expr(Expr::Variable(parts, short, at)) => {
                let name = parts.1.as_str();
                let is_known = parts.0.is_some() || short.is_some() || ["PI", "E"].contains(&name);
                let unknown = !is_known && !names.iter().any(|own| own == name);
                unknown.then(|| advice::variable(source, name, &place(source, *at)))
            }
            ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at)) => {
                let name = call.name.as_str();
                let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
                let is_known = KNOWN.contains(name) || self.defines(name, call.args.len());
                (is_name && call.op_token.is_none() && !is_known)
                    .then(|| advice::function(source, name, &place(source, *at), of_tensors))
            }
            ASTNode::Expr(Expr::Dot(parts, _, at)) => {
                let (owner, key) = (function.owner(variable(&parts.lhs)?)?, first_part(&parts.rhs)?);
                self.unknown_part(owner, key, *at)
            }
            _ => None,
        }
    }

    fn unknown_part(&self, owner: Owner, key: &str, at: Position) -> Option<Error> {
        let (word, made, names) = match owner {
            Owner::Hyper => ("h", "`hyper()` names", self.hyper.iter().map(|own| own.name.clone()).collect()),
            Owner::State => ("state", "`state(w)` makes", self.state_keys()?),
        };
        if names.iter().any(|own: &String| own == key) {
            return None;
        }
        let mut error: Box<EvalAltResult> = advice::part(word, key, made, names.iter().map(String::as_str));
        error.set_position(at);
        Some(failed(&self.source, &error))
    }

    /// The keys of the states that `state(w)` may make, if they all stand in it.
    fn state_keys(&self) -> Option<Vec<String>> {
        let Some(state) = self.one("state") else { return Some(Vec::new()) };
        let (mut keys, mut all) = (Vec::new(), true);
        state.walk(|node| match node {
            ASTNode::Expr(Expr::Map(parts, _)) => keys.extend(parts.0.iter().map(|(key, _)| key.name.to_string())),
            ASTNode::Expr(Expr::Dot(parts, ..)) => keys.extend(first_part(&parts.rhs).map(str::to_owned)),
            ASTNode::Expr(Expr::Index(..) | Expr::MethodCall(..) | Expr::DynamicConstant(..)) => all = false,
            _ => {
                let own = called(std::slice::from_ref(node));
                all &= own.is_none_or(|call| !self.functions().iter().any(|name| *name == call.name.as_str()));
            }
        });
        all.then_some(keys)
    }

    fn one(&self, name: &str) -> Option<Function> {
        let functions = self.ast.shared_lib().iter_script_fn_info().map(|(.., function)| function);
        functions.into_iter().find(|function| function.name == name).map(|function| Function {
            name: name.to_owned(),
            parameters: function.params.iter().map(ToString::to_string).collect(),
            owners: vec![None; function.params.len()],
            body: statements(function),
        })
    }

    /// The functions that the program calls, and those that they call, with what their parameters hold.
    fn reachable(&self) -> Vec<Function> {
        let all = self.functions();
        let hooks: Vec<&str> = words::defined().words.iter().map(words::Word::name).collect();
        let mut functions: Vec<Function> = Vec::new();
        let mut next: Vec<String> = all.iter().filter(|name| hooks.contains(&name.as_str())).cloned().collect();
        let entries = next.clone();
        while let Some(name) = next.pop() {
            if functions.iter().any(|known| known.name == name) {
                continue;
            }
            let Some(function) = self.one(&name) else { continue };
            function.walk(|node| {
                let other = match node {
                    ASTNode::Expr(Expr::Variable(parts, ..)) => Some(parts.1.as_str()),
                    node => called(std::slice::from_ref(node)).map(|call| call.name.as_str()),
                };
                next.extend(other.filter(|other| all.iter().any(|own| own == other)).map(str::to_owned));
            });
            functions.push(function);
        }
        for function in functions.iter_mut().filter(|function| entries.contains(&function.name)) {
            let count = function.parameters.len();
            match (self.kind, function.name.as_str()) {
                (Kind::Optimizer, "update" | "second_point" | "evaluate") if count > 3 => {
                    function.owners[count - 2] = Some(Owner::Hyper);
                    function.owners[count - 3] = Some(Owner::State);
                }
                (Kind::Schedule, "rate") if count > 1 => function.owners[1] = Some(Owner::Hyper),
                _ => {}
            }
            function.forget_shadowed();
        }
        // A helper that is given the same by all who call it has it; each turn knows one level more.
        for _ in 0..functions.len() {
            let given = given(&functions);
            for function in functions.iter_mut().filter(|function| !entries.contains(&function.name)) {
                for at in 0..function.parameters.len() {
                    let mut own = given.iter().filter(|(name, place, _)| *name == function.name && *place == at);
                    let first = own.next().and_then(|(.., owner)| *owner);
                    function.owners[at] = first.filter(|_| own.all(|(.., owner)| *owner == first));
                }
                function.forget_shadowed();
            }
        }
        functions
    }
}

/// What functions are given: their names, the places of their parameters, and what it is.
fn given(functions: &[Function]) -> Vec<(String, usize, Option<Owner>)> {
    let mut all = Vec::new();
    for function in functions {
        function.walk(|node| {
            let Some(call) = called(std::slice::from_ref(node)) else { return };
            for (at, argument) in call.args.iter().enumerate() {
                let owner = variable(argument).and_then(|name| function.owner(name));
                all.push((call.name.to_string(), at, owner));
            }
        });
    }
    all
}
