//! A script read and checked: it parses, it defines what its kind needs, and its header and parameters are known.

use std::sync::Arc;

use rhai::{AST, ASTNode, Expr, Position, Stmt};

use super::failure::place;
use super::hyper::{self, HyperParameter, function_place};
use super::paths::Told;
use super::{Kind, advice, engine, observer, points, trace};
use crate::error::{Error, Place, Result, Source};
use crate::optim::{ParameterFacts, Property};

/// The parameters of a loss that has parameters of its own.
const LOSS_WITH_HYPER: &str = "y_hat, y, h";

/// The longest text of a script, in bytes.
const LONGEST: usize = 256 << 10;

/// A script that is ready to be called.
#[derive(Debug, Clone)]
pub struct Script {
    /// What it defines.
    pub kind: Kind,
    /// Its name in the catalogue, or the file's name without the ending.
    pub name: String,
    /// Its text.
    pub source: Arc<Source>,
    /// Its parameters.
    pub hyper: Vec<HyperParameter>,
    /// What `hyper` printed when it was called, which is once.
    pub printed: Vec<String>,
    pub(super) ast: AST,
    /// It as it is called, if a `total` has to know where it is.
    pub(super) told: Option<Told>,
}

impl Script {
    /// Parses a script of a kind. The name is the file's, without folder and ending.
    ///
    /// # Errors
    /// The text is longer than 256 KiB, is no script, or none of this kind; or it does what no script may.
    pub fn load(kind: Kind, source: &Arc<Source>) -> Result<Arc<Self>> {
        if source.text.len() > LONGEST {
            let what =
                format!("this script has {} kB; {} kB is the most", source.text.len().div_ceil(1024), LONGEST / 1024);
            let error = Error::user(what).at(place(source, Position::START));
            return Err(error.help("numbers belong in a file of data, which `data: {csv: FILE, ..}` reads"));
        }
        let engine = if kind.is_traced() { engine::traced() } else { engine::concrete() };
        let ast = engine::parse(engine, source)?;
        let file = source.name.rsplit(['/', '\\']).next().unwrap_or(&source.name);
        let name = file.strip_suffix(".rhai").unwrap_or(file).to_owned();
        let (hyper, printed) = (Vec::new(), Vec::new());
        let mut script = Self { kind, name, source: source.clone(), hyper, printed, ast, told: None };
        script.check_functions()?;
        script.refuse_captures()?;
        if kind.is_traced() {
            script.refuse_unseen_branches()?;
        }
        let (read, printed) = trace::with_own_log(|| hyper::read(source, &script.ast));
        (script.hyper, script.printed) = (read?, printed);
        script.refuse_keys_of_labs()?;
        if kind == Kind::Optimizer {
            script.told = Told::of(engine, &script.ast);
        }
        Ok(Arc::new(script))
    }

    /// A parameter by the name of a key that a lab has beside the parameters could never be set there.
    fn refuse_keys_of_labs(&self) -> Result<()> {
        let keys: &[&str] = match self.kind {
            Kind::Optimizer => &["rule", "groups", "name", "kind", "layer"],
            Kind::Schedule => &["schedule"],
            Kind::Activation | Kind::Loss | Kind::Network => &["script"],
            Kind::Dataset => &["source", "script", "standardize", "validation", "test"],
            Kind::Landscape => &["source", "script", "start", "noise"],
            Kind::Series => &["source", "script"],
            Kind::Observer => &[],
        };
        let Some(parameter) = self.hyper.iter().find(|parameter| keys.contains(&parameter.name.as_str())) else {
            return Ok(());
        };
        let name = &parameter.name;
        let what = match name.as_str() {
            "name" | "kind" | "layer" => "says in a lab's `groups` which weights and biases a group is of",
            _ => "is a key of the lab, which stands beside the parameters",
        };
        let error = Error::user(format!("a parameter cannot be called `{name}`: that {what}"));
        Err(error.at(parameter.place.clone()).help(format!("call it otherwise, as in `my_{name}`")))
    }

    /// The function exists with this many parameters.
    pub(super) fn defines(&self, function: &str, parameters: usize) -> bool {
        self.ast.iter_functions().any(|f| f.name == function && f.params.len() == parameters)
    }

    /// A schedule that looks at the run and remembers.
    pub(super) fn learns(&self) -> bool {
        self.kind == Kind::Schedule && self.defines("rate", 4) && self.defines("memory", 0)
    }

    /// The names of a function's parameters.
    pub(super) fn parameters_of(&self, function: &str) -> Vec<String> {
        let found = self.ast.iter_functions().find(|f| f.name == function);
        found.map_or_else(Vec::new, |f| f.params.iter().map(ToString::to_string).collect())
    }

    /// The parameter with this name.
    pub fn parameter(&self, name: &str) -> Option<&HyperParameter> {
        self.hyper.iter().find(|p| p.name == name)
    }

    /// Where the function stands that makes it what it is.
    pub fn place(&self) -> Place {
        function_place(&self.source, self.kind.function().0)
    }

    /// The lines of the header: what the catalogue shows.
    pub fn header(&self) -> Vec<&str> {
        header(&self.source.text)
    }

    /// How many parameters a function has, if it is there.
    pub(super) fn parameters_count(&self, function: &str) -> Option<usize> {
        self.ast.iter_functions().find(|f| f.name == function).map(|f| f.params.len())
    }

    /// The names of its functions.
    pub(super) fn functions(&self) -> Vec<String> {
        self.ast.iter_functions().map(|f| f.name.to_string()).collect()
    }

    /// Its first line.
    pub(super) fn start(&self) -> Place {
        place(&self.source, Position::START)
    }

    fn check_functions(&self) -> Result<()> {
        let functions: Vec<_> = self.ast.iter_functions().map(|f| (f.name.to_string(), f.params.len())).collect();
        if let Some(error) = advice::misnamed(self.kind, &self.source, &functions) {
            return Err(error);
        }
        if self.kind == Kind::Observer {
            return observer::check_functions(self);
        }
        let (function, mut signature) = self.kind.function();
        if self.kind == Kind::Loss && self.defines(function, 3) {
            signature = LOSS_WITH_HYPER;
        }
        if self.kind == Kind::Optimizer {
            if let Some(error) = points::unmatched(self) {
                return Err(error);
            }
            signature = points::signature(self, signature);
        }
        // What is differentiated may do without parameters.
        if let (Kind::Activation | Kind::Landscape, Some(short)) = (self.kind, signature.strip_suffix(", h"))
            && self.defines(function, short.matches(',').count() + 1)
        {
            signature = short;
        }
        let parameters = signature.matches(',').count() + 1;
        if self.defines(function, parameters) || self.learns() {
            let differentiated = [Kind::Loss, Kind::Activation, Kind::Landscape].contains(&self.kind);
            if differentiated && !signature.ends_with(", h") && self.defines("hyper", 0) {
                let what = format!("`{function}({signature})` does not take the parameters that `hyper` names");
                return Err(Error::user(what)
                    .at(function_place(&self.source, function))
                    .help(format!("write `fn {function}({signature}, h) {{ .. }}`")));
            }
            return match advice::misplaced(&self.source, function, signature) {
                Some(error) => Err(error),
                None => Ok(()),
            };
        }
        if self.kind == Kind::Schedule && self.defines(function, 4) {
            return Err(Error::user("`rate(t, h, run, memory)` remembers, but the script does not say what at first")
                .at(function_place(&self.source, function))
                .help("add it, as in `fn memory() { #{ best: 1 / 0 } }`, or write `fn rate(t, h)`"));
        }
        if let Some(found) = self.ast.iter_functions().find(|f| f.name == function) {
            let or =
                if self.kind == Kind::Loss { format!(" or `{function}({LOSS_WITH_HYPER})`") } else { String::new() };
            return Err(Error::user(format!(
                "`{function}` has {}, but {} wants `{function}({signature})`{or}",
                advice::counted(found.params.len(), "parameter"),
                self.kind.article()
            ))
            .at(function_place(&self.source, function))
            .help(format!("write `fn {function}({signature}) {{ .. }}`")));
        }
        let kinds = Kind::ALL.into_iter().chain([Kind::Observer]);
        let other = kinds.into_iter().find(|kind| self.ast.iter_functions().any(|f| f.name == kind.function().0));
        let error = if let Some(other) = other {
            Error::user(format!(
                "this script defines `{}`, which makes it {}; {} is wanted here",
                other.function().0,
                other.article(),
                self.kind.article()
            ))
            .at(function_place(&self.source, other.function().0))
        } else {
            let error = Error::user(format!(
                "this script does not define `{function}({signature})`, which makes {}",
                self.kind.article()
            ));
            let names = self.functions();
            let near = names.iter().map(String::as_str).find(|name| crate::error::nearest(name, [function]).is_some());
            // A helper rarely has so many parameters.
            let same = |name: &&String| parameters > 2 && self.parameters_count(name) == Some(parameters);
            match (near, names.iter().find(same)) {
                (Some(name), _) => {
                    error.at(function_place(&self.source, name)).label(format!("did you mean `{function}`?"))
                }
                (None, Some(name)) => {
                    error.at(function_place(&self.source, name)).label(format!("should it be called `{function}`?"))
                }
                (None, None) => error.at(self.start()),
            }
        };
        Err(error.help(format!("{} is made by `fn {function}({signature})`", self.kind.article())))
    }

    /// Where a variable of this name is first assigned as a whole.
    pub(super) fn assigned(&self, variable: &str) -> Option<Place> {
        let mut found = None;
        self.ast.walk(&mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Stmt(Stmt::Assignment(assignment))) = path.last()
                && let Expr::Variable(named, _, at) = &assignment.1.lhs
                && named.1 == variable
            {
                found = Some(place(&self.source, *at));
            }
            found.is_none()
        });
        found
    }

    /// A function within a function that holds values from around it could hold others like it without an end; they
    /// would be dropped by recursion.
    fn refuse_captures(&self) -> Result<()> {
        let mut found: Option<(String, Position)> = None;
        self.ast.walk(&mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Stmt(Stmt::Share(captured))) = path.last()
                && let Some((name, _)) = captured.first()
            {
                found = Some((name.name.to_string(), name.pos));
            }
            found.is_none()
        });
        match found {
            None => Ok(()),
            Some((name, at)) => Err(Error::user(format!(
                "this function uses `{name}` from around it, but a script's functions see nothing but their parameters"
            ))
            .at(place(&self.source, at))
            .help(format!("write a `for` loop in its place, or a function that is given `{name}` as a parameter"))),
        }
    }

    /// `switch`, `in` and `try` on a symbolic value would never be noticed, so a traced script may not use them; but on `w.kind` and
    /// its like, which are plain values.
    fn refuse_unseen_branches(&self) -> Result<()> {
        let mut found: Option<(&str, Position)> = None;
        self.ast.walk(&mut |path: &[ASTNode<'_>]| {
            found = match path.last() {
                Some(ASTNode::Stmt(Stmt::Switch(of, at))) if !is_asked(&of.0) => Some(("switch", *at)),
                Some(ASTNode::Stmt(Stmt::TryCatch(_, at))) => Some(("try", *at)),
                Some(ASTNode::Expr(Expr::FnCall(call, at)))
                    if call.name == "contains" && !call.args.last().is_some_and(is_asked) =>
                {
                    Some(("in", *at))
                }
                _ => None,
            };
            found.is_none()
        });
        match found {
            None => Ok(()),
            Some((word, at)) => Err(Error::user(format!("`{word}` cannot be used in {}", self.kind.article()))
                .at(place(&self.source, at))
                .help(match self.kind {
                    Kind::Optimizer if word != "try" => {
                        "it may look at `w.kind`, `w.name` and their like; else use `if` on `t` and `h`, or \
                         `where(condition, a, b)` on tensors"
                    }
                    _ => "use `if` on `t` and `h`, or `where(condition, a, b)` on tensors",
                })),
        }
    }
}

/// `w.kind` and its like: a plain value, or an error where there is none.
fn is_asked(expression: &Expr) -> bool {
    let Expr::Dot(parts, ..) = expression else { return false };
    let asks = |word: &str| Property::ALL.into_iter().any(|property| property.word() == word);
    matches!((&parts.lhs, &parts.rhs), (Expr::Variable(..), Expr::Property(named, _)) if asks(&named.2))
}

/// The first `//!` lines of a text, without their marks.
pub fn header(text: &str) -> Vec<&str> {
    text.lines()
        .map_while(|line| line.trim_start().strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect()
}

impl Script {
    /// What is legal but probably not meant: a missing header, a copy of a state that is forgotten, `-x ** 2` and its like.
    pub fn warnings(&self) -> Vec<Error> {
        let mut warnings = Vec::new();
        if self.header().is_empty() {
            let at = self.start();
            warnings.push(
                Error::user("this script has no header, so the catalogue has nothing to show")
                    .at(at)
                    .help("begin the file with `//!` lines: a sentence, the formula, the source"),
            );
        }
        warnings.extend(advice::warnings(&self.source, &self.ast));
        warnings.extend(self.slips());
        warnings
    }

    /// What is certainly not meant, so that every lab that names the script tells of it: functions that nothing calls, and
    /// comparisons that always have the same answer.
    pub fn slips(&self) -> Vec<Error> {
        let mut slips = advice::slips(self.kind, &self.source, &self.ast, &self.hyper);
        slips.extend(self.hyper.iter().filter_map(hyper::unread_range));
        slips
    }

    /// Comparisons with a name or a layer that none of these parameters has, for a lab whose rule it is.
    pub fn absent(&self, parameters: &[ParameterFacts]) -> Vec<Error> {
        advice::absent(&self.source, &self.ast, parameters)
    }
}
