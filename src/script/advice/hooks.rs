//! Functions that a script may define beside the one that makes it: they are found by their exact name and number of
//! parameters. One that is written otherwise would never be called, and nothing would say so; nor would a script whose only
//! function is written otherwise be known for what it is.

use std::cell::OnceCell;
use std::sync::Arc;

use super::counted;
use super::outline::{Function, Outline};
use super::pieces::Pieces;
use super::scan::Piece;
use crate::error::{Error, Source, nearest};
use crate::script::Kind;
use crate::script::hyper::function_place;

/// A function that is called if it is there.
struct Hook {
    name: &'static str,
    /// Its parameters; the longest first where there are several ways.
    signatures: &'static [&'static str],
    /// What a script reads that has it: without it such a script cannot run.
    read: &'static str,
}

impl Hook {
    fn takes(&self, count: usize) -> bool {
        self.signatures.iter().any(|signature| parameters(signature) == count)
    }
}

const HYPER: Hook = Hook { name: "hyper", signatures: &[""], read: "h." };
const STATE: Hook = Hook { name: "state", signatures: &["w"], read: "state." };
const EVALUATE: Hook = Hook { name: "evaluate", signatures: &["w, state, h, t"], read: "state." };
const SECOND_POINT: Hook = Hook { name: "second_point", signatures: &["w, dw, state, h, t"], read: "dw2" };
const MEMORY: Hook = Hook { name: "memory", signatures: &[""], read: "memory." };
const ON_STEP: Hook = Hook { name: "on_step", signatures: &["run", "run, memory"], read: "" };
const ON_EPOCH: Hook = Hook { name: "on_epoch", signatures: &["run", "run, memory"], read: "" };

fn hooks(kind: Kind) -> &'static [Hook] {
    match kind {
        Kind::Optimizer => &[HYPER, STATE, EVALUATE, SECOND_POINT],
        Kind::Schedule => &[HYPER, MEMORY],
        Kind::Observer => &[MEMORY, ON_STEP, ON_EPOCH],
        Kind::Activation | Kind::Loss | Kind::Dataset | Kind::Network | Kind::Landscape | Kind::Series => &[HYPER],
    }
}

/// The functions that a script of the kind may define, with their parameters: the one that makes it first.
pub(in crate::script) fn signatures(kind: Kind) -> impl Iterator<Item = (&'static str, &'static str)> {
    let (name, parameters) = kind.function();
    let others = hooks(kind).iter().filter(move |hook| hook.name != name);
    std::iter::once((name, parameters)).chain(others.map(|hook| (hook.name, hook.signatures[0])))
}

/// Their names.
pub(super) fn names(kind: Kind) -> impl Iterator<Item = &'static str> {
    signatures(kind).map(|(name, _)| name)
}

/// A function that is meant for one of the hooks of the kind and is none of them: it has another number of parameters, or
/// nothing calls it and its name differs in its letters' size, its underscores or by a slip.
pub(in crate::script) fn misnamed(kind: Kind, source: &Arc<Source>, functions: &[(String, usize)]) -> Option<Error> {
    let hooks = hooks(kind);
    let is_there = |hook: &Hook| functions.iter().any(|(name, _)| name == hook.name);
    // Of the two that make an observer, one may be left out: only beside the other is it a slip.
    let observes = [&ON_STEP, &ON_EPOCH].into_iter().any(is_there);
    // Nearly always nothing is wrong, and the text is not looked at.
    let pieces = OnceCell::new();
    for hook in hooks.iter().filter(|hook| !hook.read.is_empty() || observes) {
        let given: Vec<usize> =
            functions.iter().filter(|(name, _)| name == hook.name).map(|(_, count)| *count).collect();
        let signature = hook.signatures[0];
        let written = format!("write `fn {}({signature}) {{ .. }}`", hook.name);
        if let Some(count) = given.first() {
            if given.iter().any(|count| hook.takes(*count)) {
                continue;
            }
            let ways: Vec<String> =
                hook.signatures.iter().map(|signature| format!("`{}({signature})`", hook.name)).collect();
            let what = format!(
                "`{}` has {}, but {} wants {}",
                hook.name,
                counted(*count, "parameter"),
                kind.article(),
                ways.join(" or ")
            );
            return Some(Error::user(what).at(function_place(source, hook.name)).help(written));
        }
        let is_read = !hook.read.is_empty() && source.text.contains(hook.read);
        let meant = |name: &str| is_alike(name, hook.name) || is_read && is_near(name, hook.name);
        let own = |name: &str| name == kind.function().0 || hooks.iter().any(|hook| hook.name == name);
        let slip = functions
            .iter()
            .find(|(name, _)| meant(name) && !own(name) && !is_called(pieces.get_or_init(|| Pieces::of(source)), name));
        if let Some((name, _)) = slip {
            let what = format!("{} has no function `{name}`, and nothing here calls it", kind.article());
            let error = Error::user(what).at(function_place(source, name));
            return Some(error.label(format!("did you mean `{}`?", hook.name)).help(written));
        }
    }
    None
}

/// The kind of a script that defines no function of any kind, by a name that is meant for one.
pub(in crate::script) fn meant_kind(source: &Arc<Source>) -> Option<Kind> {
    let outline = Outline::of(&Pieces::of(source));
    let kinds = || {
        let makers = Kind::ALL.into_iter().map(|kind| (kind, kind.function().0));
        makers.chain([ON_STEP.name, ON_EPOCH.name].map(|name| (Kind::Observer, name)))
    };
    let by = |fits: &dyn Fn(Kind, &Function<'_>, &str) -> bool| {
        kinds().find(|(kind, maker)| outline.functions.iter().any(|function| fits(*kind, function, maker)))
    };
    // A slip is one where the parameters are the right ones: what is called `step` with those of `update` is no `on_step`.
    let takes = |kind: Kind, count: usize| {
        count == parameters(kind.function().1) || kind == Kind::Observer && ON_STEP.takes(count)
    };
    by(&|_, function, maker| function.name == maker)
        .or_else(|| by(&|_, function, maker| is_alike(function.name, maker)))
        .or_else(|| {
            by(&|kind, function, maker| is_near(function.name, maker) && takes(kind, function.parameters.len()))
        })
        .map(|(kind, _)| kind)
}

/// How many parameters are named.
fn parameters(signature: &str) -> usize {
    signature.split(", ").filter(|name| !name.is_empty()).count()
}

/// The same but for the size of letters and underscores: `onStep`, `State`.
fn is_alike(name: &str, meant: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace('_', "");
    plain(name) == plain(meant)
}

/// A slip, or more words around it: `states`, `init_state`.
fn is_near(name: &str, meant: &str) -> bool {
    nearest(name, [meant]).is_some() || name.split('_').any(|word| word == meant)
}

/// The script itself uses the function: by its name behind no `fn`, or by a text.
fn is_called(pieces: &Pieces<'_>, name: &str) -> bool {
    (0..pieces.len()).any(|at| {
        let word = pieces.is(at, name) && !pieces.is(at.wrapping_sub(1), "fn");
        word || pieces.kind(at) == Some(Piece::Text) && pieces.text(at).contains(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: Kind, text: &str, functions: &[(&str, usize)]) -> Option<String> {
        let functions: Vec<_> = functions.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        misnamed(kind, &Source::new("a.rhai", text), &functions).map(|error| error.to_string())
    }

    #[test]
    fn a_helper_that_is_called_may_have_any_name() {
        let functions = [("State", 1), ("update", 5)];
        let text = "fn State(w) { w } fn update(w, dw, state, h, t) { w - State(dw) }";
        assert_eq!(told(Kind::Optimizer, text, &functions), None);
        assert!(told(Kind::Optimizer, &text.replace("State(dw)", "dw"), &functions).is_some());
        let by_name = text.replace("State(dw)", "Fn(\"State\").call(dw)");
        assert_eq!(told(Kind::Optimizer, &by_name, &functions), None);
    }

    #[test]
    fn a_name_that_is_near_is_a_slip_only_where_its_values_are_read() {
        let functions = [("stats", 1), ("update", 5)];
        let text = "fn stats(w) { w } fn update(w, dw, state, h, t) { w - dw }";
        assert_eq!(told(Kind::Optimizer, text, &functions), None);
        let told = told(Kind::Optimizer, &text.replace("w - dw", "w - state.v"), &functions).unwrap();
        assert!(told.contains("no function `stats`") && told.contains("did you mean `state`?"), "{told}");
    }

    #[test]
    fn a_script_is_of_the_kind_whose_function_it_means() {
        let kind = |text: &str| meant_kind(&Source::new("a.rhai", text));
        assert_eq!(kind("fn Rate(t, h) { 1 }"), Some(Kind::Schedule));
        assert_eq!(kind("fn onStep(run) { }"), Some(Kind::Observer));
        assert_eq!(kind("fn step(run, memory) { }"), Some(Kind::Observer));
        assert_eq!(kind("fn step(w, dw, state, h, t) { w }"), None);
        assert_eq!(kind("fn updates(w, dw, state, h, t) { w }"), Some(Kind::Optimizer));
    }

    #[test]
    fn a_function_with_the_right_parameters_beside_others_of_its_name_is_right() {
        assert_eq!(told(Kind::Optimizer, "", &[("state", 1), ("state", 2), ("update", 5)]), None);
        assert!(told(Kind::Optimizer, "", &[("state", 0), ("state", 2)]).unwrap().contains("0 parameters"));
        assert_eq!(told(Kind::Schedule, "", &[("state", 0), ("rate", 2)]), None, "a schedule has no state");
    }
}
