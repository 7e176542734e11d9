//! Questions: what a student typed, read as a number, a text, a choice or an order, and compared with what is right. What is
//! said of a wrong answer helps to look again and never tells the value.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Trusted, passed, recorded};
use crate::course::draw;
use crate::error::Error;
use crate::lab::plan::task::{Form, Question, Right, TaskPlan, Within};
use crate::script::arithmetic;
use crate::snapshot::{Outcome, Verdict};

/// A text as answers are compared: without case, blanks and accents.
pub fn fold(text: &str) -> String {
    let mut folded: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    // Twice, since what is taken apart may be capitals (ℌ); by way of capitals, so that ß is ss.
    for _ in 0..2 {
        let lower = folded.to_uppercase().to_lowercase();
        folded = lower.nfkd().filter(|c| !is_combining_mark(*c) && !c.is_whitespace()).collect();
    }
    folded
}

/// A whole number that was typed.
pub(super) fn whole(text: &str) -> Option<usize> {
    text.trim().parse().ok()
}

/// A number that a student has typed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Given {
    /// As it was typed.
    text: String,
    /// What it comes to.
    pub value: f64,
    /// It was worked out of others, so that it has no digits of its own.
    worked_out: bool,
}

/// The most of an answer that is told again, in letters.
const ECHO: usize = 48;

/// A number as a student types it: `0.32`, `0,32`, `-1e-3`, `1/3`; or worked out of others, as in `16 * 0.8 / 1.8`. No number of
/// a run is known here.
///
/// # Errors
/// Why it is none, in a sentence.
pub(super) fn number(text: &str) -> Result<Given, String> {
    let typed = text.trim().replace(['\u{2212}', '\u{2013}'], "-").replace(['\u{d7}', '\u{b7}'], "*");
    let plain = typed.replace(' ', "");
    let parts: Vec<&str> = plain.split('/').collect();
    let value = match parts.as_slice() {
        [one] => decimal(one, text),
        [above, below] => decimal(above, text).and_then(|above| Ok(above / decimal(below, text)?)),
        _ => Err(no_number(text)),
    };
    let told: String = text.trim().chars().take(ECHO).collect();
    let told = if told.len() < text.trim().len() { told + "..." } else { told };
    let given = |value, worked_out| Given { text: told, value, worked_out };
    match value {
        Ok(value) if value.is_finite() => Ok(given(value, parts.len() > 1)),
        Ok(_) => Err(no_number(text)),
        // A comma may stand between what a function is of.
        Err(said) if typed.contains(',') && !typed.contains('(') => Err(said),
        Err(_) if typed.chars().skip(1).any(|c| "+-*/%^(".contains(c)) => {
            // The texts of the course write powers so, and to scripts it is another operator.
            let cannot = |error: Error| format!("This cannot be worked out: {}.", error.what());
            arithmetic(&typed.replace('^', "**"), &[]).map(|value| given(value, true)).map_err(cannot)
        }
        Err(said) => Err(said),
    }
}

fn no_number(text: &str) -> String {
    format!("`{}` is no number: type it as in 0.75, 1e-3, 1/3 or 16*0.8/1.8.", text.trim())
}

/// One with a point or a comma.
fn decimal(text: &str, all: &str) -> Result<f64, String> {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let written = match text.split_once(',') {
        None => text.to_owned(),
        Some((whole, rest)) => {
            let whole_digits = whole.trim_start_matches(['-', '+']);
            let thousands = digits(rest) && rest.len() == 3 && !whole_digits.starts_with('0') && digits(whole_digits);
            if thousands || rest.contains([',', '.']) || whole.contains('.') {
                return Err(format!(
                    "`{}` may be read in two ways: type a decimal point, and nothing between thousands.",
                    all.trim()
                ));
            }
            format!("{whole}.{rest}")
        }
    };
    let plain = written.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    written.parse().ok().filter(|_| plain).ok_or_else(|| no_number(all))
}

/// Judges an answer that is not empty.
pub(super) fn judge(trusted: &Trusted<'_>, task: &TaskPlan, question: &Question, given: &str) -> Verdict {
    let wrong = |said: String| Verdict::of(Outcome::Failed, said);
    let unread = |said: String| Verdict::of(Outcome::Error, said);
    match (&question.form, &question.right) {
        (Form::Number, right) => {
            let given = match number(given) {
                Ok(given) => given,
                Err(said) => return unread(said),
            };
            let Some(Right::Number { expression, within }) = right else { return recorded() };
            match arithmetic(expression, &draw::numbers(&trusted.lab.id, task, trusted.student)) {
                Ok(right) if within.holds(given.value, right) => passed(task, "That is right."),
                Ok(right) => wrong(compared(&given, right, *within, "work it out again, and check each number in it")),
                Err(error) => unread(format!("The lab's own answer cannot be worked out: {}", error.what())),
            }
        }
        (Form::Text, right) => {
            let Some(Right::Text(accepted)) = right else { return recorded() };
            let folded = fold(given);
            if accepted.iter().any(|one| fold(one) == folded) {
                return passed(task, "That is right.");
            }
            let near = accepted.iter().map(|one| fold(one)).any(|one| {
                one.chars().count() > 4 && strsim::damerau_levenshtein(&one, &folded) <= 1 + one.chars().count() / 10
            });
            wrong(
                if near { "Nearly: look at how it is spelt." } else { "That is not it: read again what is asked." }
                    .into(),
            )
        }
        (Form::Choice(choices), right) => {
            let Some(chosen) = choice(given, choices) else {
                let names: Vec<&str> = choices.iter().map(|(name, _)| name.as_str()).collect();
                return unread(format!("`{given}` is none of the choices: type one of {}.", names.join(", ")));
            };
            let Some(Right::Choice(right)) = right else { return recorded() };
            if chosen == right {
                passed(task, "That is right.")
            } else {
                wrong(format!("`{chosen}` is not it: read the others again."))
            }
        }
        (Form::Order(_), right) => {
            let shown = draw::order(&trusted.lab.id, task, trusted.student);
            let given = match order(given, &shown) {
                Ok(given) => given,
                Err(said) => return unread(said),
            };
            let Some(Right::Order(right)) = right else { return recorded() };
            let placed = given.iter().zip(right).filter(|(given, right)| **given == *right).count();
            if placed == right.len() {
                passed(task, "That is the right order.")
            } else {
                wrong(format!("Not in this order: {placed} of {} stand where they belong.", right.len()))
            }
        }
    }
}

/// What is to be looked at in a number that is wrong.
pub(super) fn compared(given: &Given, right: f64, within: Within, look: &str) -> String {
    let Given { text, value, worked_out } = given;
    if right != 0.0 && within.holds(-value, right) {
        return format!("{text} has the right size: look at its sign.");
    }
    if !worked_out && is_rounded(*value, right) {
        return format!("{text} is right as far as it goes: give more digits.");
    }
    format!("{text} is not it: {look}.")
}

/// A number of at least two digits is the right one with fewer decimals: read rightly, and rounded.
fn is_rounded(given: f64, right: f64) -> bool {
    let written = given.to_string();
    let decimals = written.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let digits = written.trim_start_matches(['-', '0', '.']).chars().filter(char::is_ascii_digit).count();
    digits >= 2 && format!("{right:.decimals$}").parse() == Ok(given)
}

/// An answer as it is kept: of a choice its name, since its text may be in a language that a grader's edition does not have; of
/// an order the things themselves, since a grader's edition may show them at other letters than `shown`.
pub fn kept(question: &Question, given: &str, shown: &[String]) -> String {
    let by_name = match &question.form {
        Form::Choice(choices) => choice(given, choices).cloned(),
        Form::Order(_) => order(given, shown).ok().and_then(|given| {
            let words = given.iter().map(|item| item.as_str()).collect::<Vec<_>>().join(", ");
            // Things with commas in them stay letters.
            order(&words, shown).is_ok_and(|read| read == given).then_some(words)
        }),
        Form::Number | Form::Text => None,
    };
    by_name.unwrap_or_else(|| given.trim().to_owned())
}

/// The name of the choice that was typed: by its name or by its text.
fn choice<'c>(given: &str, choices: &'c [(String, String)]) -> Option<&'c String> {
    let bare = |text: &str| fold(text.trim_end_matches([')', '.', ':']).trim_start_matches('('));
    let by_name = choices.iter().find(|(name, _)| bare(name) == bare(given));
    by_name.or_else(|| choices.iter().find(|(_, text)| bare(text) == bare(given))).map(|(name, _)| name)
}

/// What may stand between things that are put in order.
const MARKS: &[char] = &[',', ';', '>', '<', '|', '\u{2192}', '\n'];

/// A way to read a word as the place of a thing.
type Reading<'r> = &'r dyn Fn(&String) -> Option<usize>;

/// The things in the order that was typed: by their letters or numbers as they are shown, `b a c` or `2 1 3`, or by themselves.
fn order<'s>(given: &str, shown: &'s [String]) -> Result<Vec<&'s String>, String> {
    let words: Vec<String> = if given.contains(MARKS) {
        given
            .split(MARKS)
            .map(|word| word.trim().trim_matches('-').trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect()
    } else {
        given.split_whitespace().map(str::to_owned).collect()
    };
    let words = match words.as_slice() {
        // All letters, or all digits, in one word.
        [one] if one.chars().count() == shown.len() => one.chars().map(String::from).collect(),
        _ => words,
    };
    let by_text = |word: &String| shown.iter().position(|item| fold(item) == fold(word));
    let by_letter = |word: &String| {
        let mut letters = word.trim_end_matches([')', '.']).chars();
        let letter = letters.next().filter(|_| letters.clone().next().is_none())?.to_ascii_lowercase();
        (letter.is_ascii_lowercase()).then(|| letter as usize - 'a' as usize)
    };
    let by_number = |word: &String| whole(word.trim_end_matches([')', '.'])).and_then(|number| number.checked_sub(1));
    let readings: [Reading<'_>; 3] = [&by_text, &by_letter, &by_number];
    let whole_order = readings.into_iter().find_map(|read| {
        let places: Option<Vec<usize>> = words.iter().map(read).collect();
        let places = places.filter(|places| places.len() == shown.len())?;
        let each_once = (0..shown.len()).all(|place| places.contains(&place));
        each_once.then_some(places)
    });
    let example: Vec<String> = (0..shown.len()).rev().map(|place| char::from(b'a' + place as u8).to_string()).collect();
    match whole_order {
        Some(places) => Ok(places.into_iter().map(|place| &shown[place]).collect()),
        None => Err(format!("Type each of the {} once, in order, as in `{}`.", shown.len(), example.join(" "))),
    }
}
