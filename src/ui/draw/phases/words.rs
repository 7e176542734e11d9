//! A phase of an update in words, with its numbers.

use std::fmt::Write;

use crate::snapshot::{
    BatchPhase, BatchTargets, ClipPhase, ElementGradient, Formula, ForwardPhase, GradientPhase, LedgerLine, LossPhase,
    Phase, UpdatePhase,
};
use crate::ui::app::lab_screen::Walked;
use crate::ui::canvas::formula;
use crate::ui::canvas::measure::count;
use crate::ui::canvas::text::number;
use crate::ui::look::theme::Role;
use crate::ui::panes;

/// A paragraph.
pub(super) enum Words {
    /// A sentence or a few.
    Text(String),
    /// What is said before them, items of which some may be left out, and how many there are in all.
    List(String, Vec<String>, usize),
}

/// More samples than these have no room on any screen.
const SAMPLES: usize = 2000;
/// More targets of a sample than these are not told.
const TARGETS: usize = 3;
/// The digits of a result.
const DIGITS: usize = 4;

/// What the present place of a walk says.
pub(super) fn of(walked: &Walked<'_>) -> Vec<(Words, Role)> {
    let Walked { view, place, .. } = walked;
    let Some(phase) = view.phases.get(place.phase) else { return Vec::new() };
    let broken = matches!(view.phases.last(), Some(Phase::Broken(_)));
    let head = if broken {
        format!("Phase {}, {}", place.phase + 1, phase.name())
    } else {
        format!("Phase {} of {}, {}", place.phase + 1, view.phases.len(), phase.name())
    };
    match phase {
        Phase::Batch(batch) => of_batch(&head, batch),
        Phase::Forward(forward) => of_forward(&head, forward),
        Phase::Loss(loss) => of_loss(&head, loss),
        Phase::Height { at, height } => {
            let at: Vec<String> = at.iter().map(|(name, weight)| format!("{name} = {}", number(*weight))).collect();
            text([format!("{head}: at {} the height is {}.", at.join(", "), number(*height))])
        }
        Phase::Gradient(gradient) => of_gradient(&head, gradient),
        Phase::Clip(clip) => of_clip(&head, clip),
        Phase::Update(update) => of_update(&head, update, walked),
        Phase::Broken(why) => text([
            format!("The step broke: {}", why.trim_end_matches('.').to_owned() + "."),
            "No update was made. b goes to the last good step.".to_owned(),
        ]),
        Phase::Value { series, value, before } => {
            let (at, all) = (view.step, walked.snapshot.steps_total);
            let mut said = format!("{head}: value {at} of {all} of {series} is theta = {}.", number(*value));
            if let Some(before) = before {
                let _ = write!(said, " The one before it was {}.", number(*before));
            }
            text([said])
        }
        Phase::Average(lines) => of_average(&head, lines, walked),
    }
}

fn text<const N: usize>(said: [String; N]) -> Vec<(Words, Role)> {
    said.map(|said| (Words::Text(said), Role::Text)).into()
}

fn whole_list(lead: String, items: Vec<String>) -> Words {
    let all = items.len();
    Words::List(lead, items, all)
}

fn part_of_list(lead: &str, items: impl Iterator<Item = String>, all: usize) -> Words {
    Words::List(lead.to_owned(), items.take(SAMPLES).collect(), all)
}

fn of_batch(head: &str, batch: &BatchPhase) -> Vec<(Words, Role)> {
    let BatchPhase { place: (place, of), epoch, samples, all, shuffled, targets } = batch;
    let order = if *shuffled { "in this epoch's own order" } else { "in the order of the data" };
    let first = if samples.len() == *all {
        format!("{head}: all {}, {order}. They are the whole of epoch {epoch}.", count(*all as u64, "training sample"))
    } else {
        format!(
            "{head}: {} of the {}, batch {place} of {of} of epoch {epoch}, {order}.",
            samples.len(),
            count(*all as u64, "training sample")
        )
    };
    let mut said = text([first]);
    match targets {
        BatchTargets::Classes { labels, names } => {
            let name = |label: u32| names.get(label as usize).map_or_else(|| label.to_string(), Clone::clone);
            let of = |class: usize| labels.iter().filter(|label| **label as usize == class).count();
            let counts = (0..names.len()).map(|class| (of(class), class)).filter(|(count, _)| *count > 0);
            let counts = counts.map(|(count, class)| format!("{count} of {}", name(class as u32))).collect();
            said.push((whole_list("Labels:".to_owned(), counts), Role::Text));
            let each = samples.iter().zip(labels).map(|(sample, label)| format!("{sample} ({})", name(*label)));
            said.push((part_of_list("Samples (label):", each, samples.len()), Role::Dim));
        }
        BatchTargets::Values { values, each } if (1..=TARGETS).contains(each) => {
            let told = |values: &[f64]| values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(", ");
            let each = samples.iter().zip(values.chunks(*each));
            let each = each.map(|(sample, values)| format!("{sample} ({})", told(values)));
            said.push((part_of_list("Samples (target):", each, samples.len()), Role::Dim));
        }
        BatchTargets::Values { .. } => {
            let each = samples.iter().map(ToString::to_string);
            said.push((part_of_list("Samples:", each, samples.len()), Role::Dim));
        }
    }
    said
}

fn of_forward(head: &str, forward: &ForwardPhase) -> Vec<(Words, Role)> {
    let layers = forward.layers.iter().map(|(name, size)| format!("{name} {}", number(*size))).collect();
    let mut said = vec![(whole_list(format!("{head}: what each layer gives out, by its rms:"), layers), Role::Text)];
    if let Some(unit) = &forward.unit {
        let begins = match &unit.input {
            Some((row, value)) => {
                format!("For sample {}, {} weighs input {row}, {}; ", unit.sample, unit.element, number(*value))
            }
            None => format!("For sample {}, {} is added: ", unit.sample, unit.element),
        };
        let of = format!("unit {} of layer {} has the net input {}", unit.unit, unit.layer, number(unit.net_input));
        let then = match &unit.activation {
            Some((name, value)) => format!(", and {name} makes {} of it.", number(*value)),
            None => " and gives it out as it is.".to_owned(),
        };
        said.push((Words::Text(format!("{begins}{of}{then}")), Role::Text));
    }
    said
}

fn of_loss(head: &str, loss: &LossPhase) -> Vec<(Words, Role)> {
    let samples = count(loss.samples as u64, "sample");
    let over = match loss.outputs {
        Some(outputs) => format!("the mean of {} over {samples} and {outputs} outputs of each", loss.name),
        None if loss.samples == 1 => format!("{} of the one sample", loss.name),
        None => format!("the mean of {} over the {samples}", loss.name),
    };
    let first = match loss.penalty {
        None => format!("{head}: {}, {over}.", number(loss.loss)),
        Some(penalty) => {
            let sum = sum(loss.of_data, penalty, loss.loss);
            let (of_data, penalty) = sum.numbers.split_once(" + ").unwrap_or((&sum.numbers, "0"));
            format!("{head}: {} = {of_data} + {penalty}: {over}, and the penalty for large weights.", sum.value)
        }
    };
    let mut said = text([first]);
    if let Some([(least, small), (most, large)]) = loss.extremes {
        let told = format!(
            "By itself, sample {least} has the smallest loss, {}, and sample {most} the largest, {}.",
            number(small),
            number(large)
        );
        said.push((Words::Text(told), Role::Text));
    }
    said
}

/// Two numbers and their sum, to the digits with which it comes out.
fn sum(a: f64, b: f64, sum: f64) -> formula::Shown {
    let operands = vec![Formula::Value(a), Formula::Value(b)];
    formula::shown(&Formula::Apply { name: "+", operands, value: sum }, sum, DIGITS)
}

fn of_element(element: &ElementGradient) -> String {
    let own = if element.added.is_some_and(|(added, _)| added == "the noise") { "the landscape" } else { "the loss" };
    match element.added {
        None => format!("{} = {}", element.name, number(element.value)),
        Some((added, value)) => {
            let sum = sum(element.own, value, element.value);
            format!("{} = {} = {} ({own} + {added})", element.name, sum.value, sum.numbers)
        }
    }
}

fn of_gradient(head: &str, gradient: &GradientPhase) -> Vec<(Words, Role)> {
    let elements = gradient.elements.iter().map(of_element).collect::<Vec<_>>().join(", ");
    let norm = number(gradient.norm);
    if gradient.descends {
        return text([format!("{head}: the slope there is {elements}."), format!("Its norm is {norm}.")]);
    }
    let norms = gradient.norms.iter().map(|(name, norm)| format!("{name} {}", number(*norm))).collect();
    let lead = format!("{head}: from the last layer to the first. The norm of dW is {norm}; of each:");
    vec![(whole_list(lead, norms), Role::Text), (Words::Text(format!("{elements}.")), Role::Text)]
}

fn of_clip(head: &str, clip: &ClipPhase) -> Vec<(Words, Role)> {
    let (limit, before, after) = (number(clip.limit), number(clip.before), number(clip.after));
    let first = match (clip.each, clip.changed) {
        (false, (0, _)) => format!("{head}: the norm {before} is within the limit {limit}: nothing is clipped."),
        (true, (0, _)) => {
            format!("{head}: no element is beyond the limit {limit}: nothing is clipped. The norm is {before}.")
        }
        (false, _) => {
            let operands = vec![Formula::Value(clip.limit), Formula::Value(clip.before)];
            let scale = clip.limit / clip.before;
            let scale = formula::shown(&Formula::Apply { name: "/", operands, value: scale }, scale, DIGITS);
            format!(
                "{head}: the norm {before} is above the limit {limit}, so that every element is multiplied by {} = {}. The norm \
                 is then {after}.",
                scale.numbers, scale.value
            )
        }
        (true, (changed, all)) => format!(
            "{head}: {changed} of {} are beyond the limit {limit} and are brought back to it, each with its sign. The norm \
             goes from {before} to {after}.",
            count(all as u64, "element")
        ),
    };
    let elements = clip.elements.iter().map(|(name, before, after)| {
        if before == after {
            format!("{name} stays {}", number(*before))
        } else {
            format!("{name} goes from {} to {}", number(*before), number(*after))
        }
    });
    let elements = elements.collect::<Vec<_>>().join(", ");
    text([first, format!("{elements}.")])
}

/// A line of a ledger as its script has it, and with its numbers.
fn worked(name: &str, symbolic: &str, numbers: &str, value: &str) -> [String; 2] {
    let plain = if symbolic.is_empty() { String::new() } else { format!("{name} = {symbolic}") };
    let filled = if numbers.is_empty() { format!("{name} = {value}") } else { format!("{name} = {numbers} = {value}") };
    [plain, filled]
}

fn strong(lines: [String; 2]) -> Vec<(Words, Role)> {
    let [plain, filled] = lines;
    let plain = (!plain.is_empty()).then_some((Words::Text(plain), Role::Text));
    plain.into_iter().chain([(Words::Text(filled), Role::Strong)]).collect()
}

fn of_update(head: &str, update: &UpdatePhase, walked: &Walked<'_>) -> Vec<(Words, Role)> {
    let UpdatePhase { rule, element, norm } = update;
    let Some(ledger) = walked.snapshot.ledger.as_ref().filter(|ledger| ledger.step == walked.view.step) else {
        let said = format!(
            "{head}: {rule} has made new weights. That of {element} was not kept, since another was looked at."
        );
        return text([said, "b, then :phases walks through it again and keeps it.".to_owned()]);
    };
    let lines = panes::LedgerLines::of(ledger).0;
    let at = walked.place.line.min(lines.len().saturating_sub(1));
    let mut said = text([format!("{head}: {rule} for {element}, line {} of {}.", at + 1, lines.len())]);
    if let Some(line) = lines.get(at) {
        said.extend(strong(worked(&line.name, &line.symbolic, &line.numbers, &line.value)));
    }
    if at + 1 == lines.len() {
        let [from, by, to] = panes::moved(ledger);
        let told = format!(
            "{element} has moved from {from} by {by} to {to}. The norm of the whole update is {}.",
            number(*norm)
        );
        said.push((Words::Text(told), Role::Text));
    }
    said
}

fn of_average(head: &str, lines: &[(String, LedgerLine)], walked: &Walked<'_>) -> Vec<(Words, Role)> {
    let Some((name, line)) = lines.get(walked.place.line) else {
        return text([format!("{head}: the lab has no average.")]);
    };
    let shown = formula::shown(&line.formula, line.value, DIGITS);
    let mut said = text([format!("{head}: {name}, line {} of {}.", walked.place.line + 1, lines.len())]);
    said.extend(strong(worked(&line.name, &line.symbolic, &shown.numbers, &shown.value)));
    said
}
