//! Numbers, and orders, that are drawn for each student by the name, so that neighbours have other ones. The same name has
//! the same ones on every machine and in every release; no name has ones of its own. Never judges.

use rand::Rng;

use super::judge::answer::fold;
use crate::lab::plan::task::{Form, Question, Right, TaskKind, TaskPlan};
use crate::random::{Purpose, hash, stream};

/// The numbers of a task for a student, by their names; none where a task draws none.
pub fn numbers(lab: &str, task: &TaskPlan, student: &str) -> Vec<(String, f64)> {
    let TaskKind::Question(Question { draw, .. }) = &task.kind else { return Vec::new() };
    let drawn = draw.iter().map(|one| {
        let at = below(one.values.len(), &mut draws(lab, &task.id, student, &one.name));
        (one.name.clone(), one.values[at])
    });
    drawn.collect()
}

/// The things that are to be put in order, as a student sees them: in an order that says nothing of the right one, and is not
/// the right one where that is known.
pub fn order(lab: &str, task: &TaskPlan, student: &str) -> Vec<String> {
    let TaskKind::Question(Question { form: Form::Order(items), right, .. }) = &task.kind else { return Vec::new() };
    // Sorted first: a lab that was packed has them in another order than the one that grades it.
    let mut shown = items.clone();
    shown.sort();
    let mut draws = draws(lab, &task.id, student, "");
    for last in (1..shown.len()).rev() {
        shown.swap(last, below(last + 1, &mut draws));
    }
    // The right order is often that of the alphabet or of the numbers in it: neither that nor its reverse is shown.
    let tells = |shown: &[String]| {
        let sorted = shown.len() > 2 && (shown.is_sorted() || shown.iter().rev().is_sorted());
        sorted || matches!(right, Some(Right::Order(right)) if right == shown)
    };
    // Of three and more, turned on and on, one order tells nothing; of two the other one is not the right one.
    for _ in 0..shown.len() {
        if tells(&shown) {
            shown.rotate_left(1);
        }
    }
    shown
}

/// A text in which `{beta}` is the number of that name.
pub fn fill(text: &str, numbers: &[(String, f64)]) -> String {
    let mut filled = text.to_owned();
    for (name, value) in numbers {
        filled = filled.replace(&format!("{{{name}}}"), &value.to_string());
    }
    filled
}

/// The stream of one name of a task. Case, blanks and accents of a student's name are of no account.
fn draws(lab: &str, task: &str, student: &str, name: &str) -> impl Rng {
    stream(hash(&fold(student)), Purpose::Task, hash(&format!("{lab}/{task}")), hash(name))
}

/// A whole number below a bound, which is small beside 2^64.
fn below(bound: usize, draws: &mut impl Rng) -> usize {
    ((u128::from(draws.next_u64()) * bound as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Document, Files, Lab};
    use crate::train::on_large_stack;
    use proptest::prelude::*;
    use std::path::Path;

    const LAB: &str = "
series: {values: [1]}
averages: [simple: 1]
tasks:
  - {id: a, kind: question, say: a, answer: beta * theta, draw: {beta: [0.9, 0.98], theta: {from: 10, to: 30, step: 0.5}}}
  - {id: b, kind: question, say: a, answer: theta, draw: {theta: {from: 10, to: 30, step: 0.5}}}
  - {id: c, kind: question, say: a, order: [one, two, three, four, five]}
";

    fn lab() -> Lab {
        on_large_stack(|| {
            let document = Document::parse("a.yaml", LAB).unwrap();
            Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None).unwrap()
        })
    }

    #[test]
    fn the_numbers_of_a_name_are_the_same_for_ever() {
        let lab = lab();
        let drawn =
            |student| numbers("lab", &lab.tasks[0], student).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        // What was drawn once stands in progress files and in what was handed in: it must not change with a release.
        assert_eq!(drawn("Ana Silva"), [0.9, 28.0]);
        assert_eq!(drawn(" ana  SILVA"), [0.9, 28.0], "case and blanks of a name are of no account");
        let shown = order("lab", &lab.tasks[2], "ana");
        assert_eq!((drawn(""), shown.join(" ").as_str()), (vec![0.98, 25.5], "three one five two four"));
    }

    #[test]
    fn names_differ_and_all_values_come_up_about_alike() {
        let lab = lab();
        let mut counts = std::collections::BTreeMap::new();
        for at in 0..4100 {
            let drawn = numbers("lab", &lab.tasks[1], &format!("student {at}"));
            *counts.entry((drawn[0].1 * 2.0) as u64).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 41);
        assert!(counts.values().all(|count| (50..160).contains(count)), "{counts:?}");
        let other = |lab_id: &str, task: usize| {
            (0..50).map(|at| numbers(lab_id, &lab.tasks[task], &at.to_string()).pop().unwrap().1).collect::<Vec<_>>()
        };
        assert_ne!(other("lab", 0), other("lab", 1), "another task draws otherwise");
        assert_ne!(other("lab", 1), other("other", 1), "so does another lab");
    }

    #[test]
    fn names_in_braces_are_filled_and_other_braces_stay() {
        let numbers = [("beta".to_owned(), 0.98), ("t".to_owned(), 16.0)];
        assert_eq!(fill("{beta}, {t}: \\frac{1}{t} {theta} {beta", &numbers), "0.98, 16: \\frac{1}16 {theta} {beta");
    }

    proptest! {
        #[test]
        fn any_name_has_numbers_of_the_list_and_the_same_ones_again(student in "\\PC{0,20}") {
            let lab = lab();
            let drawn = numbers("lab", &lab.tasks[0], &student);
            prop_assert_eq!(&drawn, &numbers("lab", &lab.tasks[0], &student));
            prop_assert!([0.9, 0.98].contains(&drawn[0].1) && (10.0..=30.0).contains(&drawn[1].1));
            let mut shown = order("lab", &lab.tasks[2], &student);
            shown.sort();
            prop_assert_eq!(shown, ["five", "four", "one", "three", "two"]);
        }
    }

    #[test]
    fn things_to_be_put_in_order_are_not_shown_in_that_of_their_names() {
        let lab = lab();
        for at in 0..1000 {
            let shown = order("lab", &lab.tasks[2], &format!("student {at}"));
            assert!(!shown.is_sorted() && !shown.iter().rev().is_sorted(), "{shown:?}");
        }
    }

    #[test]
    fn what_is_to_be_put_in_order_never_begins_in_the_right_order() {
        let items = ["two", "one", "four", "three"];
        let lab = lab();
        for count in 2..=items.len() {
            let mut task = lab.tasks[2].clone();
            let TaskKind::Question(question) = &mut task.kind else { panic!() };
            let own: Vec<String> = items[..count].iter().map(|item| (*item).to_owned()).collect();
            (question.form, question.right) = (Form::Order(own.clone()), Some(Right::Order(own.clone())));
            for at in 0..500 {
                let shown = order("lab", &task, &format!("student {at}"));
                assert_ne!(shown, own);
                assert!(count == 2 || !shown.is_sorted() && !shown.iter().rev().is_sorted(), "{shown:?}");
            }
        }
    }
}
