//! What the command line completes of `weight("W1")` and its like: the function, and the names that stand in its quotes.

use crate::session::Part;
use crate::snapshot::StateView;

/// The functions with their open brackets, of runs that have parameters.
pub(super) fn functions(states: &[StateView]) -> impl Iterator<Item = String> {
    let any = !states.is_empty();
    Part::ALL.into_iter().filter(move |_| any).map(|part| format!("{}(\"", part.word()))
}

/// The names that can stand in the quotes that are open, and the character where they begin; nothing where none are.
pub(super) fn completions(before: &str, states: &[StateView]) -> Option<(usize, Vec<String>)> {
    let (ahead, begun) = before.rsplit_once('"')?;
    // An even number of quotes before it: this one opens.
    if ahead.matches('"').count() % 2 == 1 {
        return None;
    }
    let function = ahead.trim_end().strip_suffix('(')?.trim_end();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let function = function.rsplit(|c| !word(c)).next()?;
    let part = Part::ALL.into_iter().find(|part| part.word() == function)?;
    let names = states.iter().flat_map(|state| {
        let kept =
            state.values.iter().filter(|value| value.kept).map(|value| format!("{}.{}", value.name, state.parameter));
        let own = (part != Part::State).then(|| state.parameter.clone());
        own.into_iter().chain(kept.filter(|_| part == Part::State).collect::<Vec<_>>())
    });
    let names = names.filter(|name| name.starts_with(begun)).map(|name| format!("{name}\")")).collect();
    Some((ahead.chars().count() + 1, names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::NamedView;

    #[test]
    fn names_of_parameters_and_states_end_what_is_begun_in_quotes() {
        let value = |name: &str, kept| NamedView { name: name.to_owned(), kept, ..NamedView::default() };
        let state = |parameter: &str| StateView {
            parameter: parameter.to_owned(),
            shape: vec![2, 3],
            values: vec![value("v", true), value("step", false)],
        };
        let states = [state("W1"), state("b1")];
        let of = |before: &str| completions(before, &states);
        assert_eq!(of("run.weight(\""), Some((12, vec!["W1\")".to_owned(), "b1\")".to_owned()])));
        assert_eq!(of("until norm(gradient(\"b"), Some((21, vec!["b1\")".to_owned()])));
        assert_eq!(of("state(\"v."), Some((7, vec!["v.W1\")".to_owned(), "v.b1\")".to_owned()])));
        assert_eq!((of("weight(\"W1\""), of("average(\""), of("weight")), (None, None, None));
        assert_eq!(functions(&states).collect::<Vec<_>>(), ["weight(\"", "gradient(\"", "state(\"", "update(\""]);
    }
}
