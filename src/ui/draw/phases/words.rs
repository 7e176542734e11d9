//! A phase of an update in words, with its numbers.

use std::fmt::Write;

use super::said::Paragraph;
use crate::snapshot::{
    BatchPhase, BatchTargets, ClipPhase, ElementGradient, Formula, ForwardPhase, GradientPhase, LedgerLine, LossPhase,
    MeanPhase, Phase, UnitOutput, UpdatePhase,
};
use crate::ui::app::lab_screen::Walked;
use crate::ui::canvas::formula;
use crate::ui::canvas::measure::count;
use crate::ui::canvas::text::number;
use crate::ui::look::theme::Role;
use crate::ui::panes;

/// More samples than these have no room on any screen.
const SAMPLES: usize = 2000;
/// More targets of a sample than these are not told.
const TARGETS: usize = 3;
/// So many mini-batches are told one by one where any is.
const FEW: usize = 4;
/// The digits of a result.
const DIGITS: usize = 4;

/// Of an update of several mini-batches, the one that a phase is of, and how many there are; none where it is of all of them.
pub(super) fn batch_of(phases: &[Phase], at: usize) -> Option<(usize, usize)> {
    let mut back = phases.get(..=at)?.iter().rev();
    let of_one = |phase: &&Phase| matches!(phase, Phase::Forward(_) | Phase::Loss(_) | Phase::Gradient(_));
    match back.find(|phase| !of_one(phase))? {
        Phase::Batch(batch) => batch.of_update,
        _ => None,
    }
}

/// What the present place of a walk says.
pub(super) fn of(walked: &Walked<'_>) -> Vec<Paragraph> {
    let Walked { view, place, .. } = walked;
    let Some(phase) = view.phases.get(place.phase) else { return Vec::new() };
    let broken = matches!(view.phases.last(), Some(Phase::Broken(_)));
    let mut head = format!("Phase {}", place.phase + 1);
    if !broken {
        let _ = write!(head, " of {}", view.phases.len());
    }
    let _ = write!(head, ", {}", phase.name());
    if let (Some((batch, of)), false) = (batch_of(&view.phases, place.phase), matches!(phase, Phase::Batch(_))) {
        let _ = write!(head, " of mini-batch {batch} of {of}");
    }
    match phase {
        Phase::Batch(batch) => of_batch(&head, batch),
        Phase::Forward(forward) => of_forward(&head, forward),
        Phase::Loss(loss) => of_loss(&head, loss),
        Phase::Height { at, height } => {
            let at: Vec<String> = at.iter().map(|(name, weight)| format!("{name} = {}", number(*weight))).collect();
            text([format!("{head}: at {} the height is {}.", at.join(", "), number(*height))])
        }
        Phase::Gradient(gradient) => of_gradient(&head, gradient),
        Phase::Mean(mean) => of_mean(&head, mean),
        Phase::Clip(clip) => of_clip(&head, clip),
        Phase::Update(update) => of_update(&head, update, walked),
        Phase::Broken(why) => {
            let why = Paragraph::text(format!("The step broke: {}.", why.trim_end_matches('.')));
            let next = "No update was made. b goes to the last good step.";
            vec![
                why.or(1, "The step broke. Esc ends the walk: the row below the header tells why."),
                Paragraph::text(next),
            ]
        }
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

fn text<const N: usize>(said: [String; N]) -> Vec<Paragraph> {
    said.map(Paragraph::text).into()
}

fn whole_list(lead: String, items: Vec<String>) -> Paragraph {
    let all = items.len();
    Paragraph::list(lead, items, all)
}

fn of_samples(lead: &str, items: impl Iterator<Item = String>, all: usize) -> Paragraph {
    Paragraph::list(lead, items.take(SAMPLES).collect(), all).role(Role::Dim)
}

fn of_batch(head: &str, batch: &BatchPhase) -> Vec<Paragraph> {
    let BatchPhase { of_update, place: (place, of), epoch, samples, all, shuffled, targets } = batch;
    let order = if *shuffled { "in this epoch's own order" } else { "in the order of the data" };
    let (count_of, all_samples) = (samples.len(), count(*all as u64, "training sample"));
    let first = match of_update {
        Some((own, of_update)) => Paragraph::text(format!(
            "{head}: mini-batch {own} of the {of_update} of this update, {count_of} of the {all_samples}; it is batch {place} of {of} \
             of epoch {epoch}, {order}."
        ))
        .or(2, format!("{head}: mini-batch {own} of {of_update} of this update, {count_of} of the {all_samples}.")),
        None if count_of == *all => {
            Paragraph::text(format!("{head}: all {all_samples}, {order}. They are the whole of epoch {epoch}."))
        }
        None => Paragraph::text(format!(
            "{head}: {count_of} of the {all_samples}, batch {place} of {of} of epoch {epoch}, {order}."
        )),
    };
    let mut said = vec![first];
    match targets {
        BatchTargets::Classes { labels, names } => {
            let name = |label: u32| names.get(label as usize).map_or_else(|| label.to_string(), Clone::clone);
            let of = |class: usize| labels.iter().filter(|label| **label as usize == class).count();
            let counts = (0..names.len()).map(|class| (of(class), class)).filter(|(count, _)| *count > 0);
            let counts = counts.map(|(count, class)| format!("{count} of {}", name(class as u32))).collect();
            said.push(whole_list("Labels:".to_owned(), counts).or_nothing(1));
            let each = samples.iter().zip(labels).map(|(sample, label)| format!("{sample} ({})", name(*label)));
            said.push(of_samples("Samples (label):", each, samples.len()).or_nothing(3));
        }
        BatchTargets::Values { values, each } if (1..=TARGETS).contains(each) => {
            let told = |values: &[f64]| values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(", ");
            let each = samples.iter().zip(values.chunks(*each));
            let each = each.map(|(sample, values)| format!("{sample} ({})", told(values)));
            said.push(of_samples("Samples (target):", each, samples.len()).or_nothing(3));
        }
        BatchTargets::Values { .. } => {
            let each = samples.iter().map(ToString::to_string);
            said.push(of_samples("Samples:", each, samples.len()).or_nothing(3));
        }
    }
    said
}

fn of_forward(head: &str, forward: &ForwardPhase) -> Vec<Paragraph> {
    let layers = forward.layers.iter().map(|(name, size)| format!("{name} {}", number(*size))).collect();
    let mut said = vec![whole_list(format!("{head}: what each layer gives out, by its rms:"), layers)];
    said.extend(forward.unit.as_ref().map(of_unit));
    said
}

fn of_unit(unit: &UnitOutput) -> Paragraph {
    let UnitOutput { element, layer, unit: at, sample, input, net_input, activation } = unit;
    let begins = match input {
        Some((row, value)) => format!("For sample {sample}, {element} weighs input {row}, {}; ", number(*value)),
        None => format!("For sample {sample}, {element} is added: "),
    };
    let then = match activation {
        Some((name, value)) => format!(", and {name} makes {} of it.", number(*value)),
        None => " and gives it out as it is.".to_owned(),
    };
    let given =
        activation.as_ref().map_or_else(|| ".".to_owned(), |(name, value)| format!(", {name} {}.", number(*value)));
    let net_input = number(*net_input);
    Paragraph::text(format!("{begins}unit {at} of layer {layer} has the net input {net_input}{then}"))
        .or(1, format!("Sample {sample}, unit {at} of layer {layer}: net input {net_input}{given}"))
        .or(2, format!("Unit {at} of layer {layer}: net input {net_input}{given}"))
        .or_nothing(3)
}

fn of_loss(head: &str, loss: &LossPhase) -> Vec<Paragraph> {
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
        let (small, large) = (number(small), number(large));
        let told = format!(
            "By itself, sample {least} has the smallest loss, {small}, and sample {most} the largest, {large}."
        );
        let shorter = format!("The smallest: {small}, sample {least}; the largest: {large}, sample {most}.");
        said.push(Paragraph::text(told).or(1, shorter).or_nothing(2));
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

fn of_gradient(head: &str, gradient: &GradientPhase) -> Vec<Paragraph> {
    let elements = gradient.elements.iter().map(of_element).collect::<Vec<_>>().join(", ");
    let norm = number(gradient.norm);
    if gradient.descends {
        let plain = gradient.elements.iter().map(|element| format!("{} = {}", element.name, number(element.value)));
        let plain = plain.collect::<Vec<_>>().join(", ");
        let slope = Paragraph::text(format!("{head}: the slope there is {elements}."));
        return vec![
            slope.or(2, format!("{head}: the slope there is {plain}.")),
            Paragraph::text(format!("Its norm is {norm}.")).or_nothing(1),
        ];
    }
    let lead = format!("{head}: from the last layer to the first. The norm of dW is {norm}; of each:");
    vec![of_norms(lead, &gradient.norms), Paragraph::text(format!("{elements}."))]
}

fn of_norms(lead: String, norms: &[(String, f64)]) -> Paragraph {
    whole_list(lead, norms.iter().map(|(name, norm)| format!("{name} {}", number(*norm))).collect())
}

fn of_mean(head: &str, mean: &MeanPhase) -> Vec<Paragraph> {
    let count = mean.losses.len();
    let losses = mean.losses.iter().map(|loss| number(*loss)).collect();
    let (lead, shorter) = match mean.penalty {
        None => {
            let loss = format!("{head}: the loss is {}, the mean", number(mean.loss));
            (format!("{loss} over the {count} mini-batches:"), format!("{loss}."))
        }
        Some(penalty) => {
            let sum = sum(mean.of_data, penalty, mean.loss);
            let loss = format!("{head}: the loss is {} = {}, the mean", sum.value, sum.numbers);
            let lead = format!("{loss} over the {count} mini-batches and the penalty; of each mini-batch:");
            (lead, format!("{loss} and the penalty."))
        }
    };
    let element = &mean.element;
    let each = mean.of_each.iter().map(|value| number(*value)).collect();
    let own = match element.added {
        None => format!("{} = {}, the mean of", element.name, number(element.value)),
        Some((added, value)) => {
            let sum = sum(element.own, value, element.value);
            format!("{} = {} = {}, {added} and the mean of", element.name, sum.value, turned(&sum.numbers))
        }
    };
    let norms = of_norms(format!("The norm of dW is {}; of each:", number(mean.norm)), &mean.norms);
    vec![
        whole_list(lead, losses).keep(FEW).or(2, shorter).or(4, format!("{head}: the loss is {}.", number(mean.loss))),
        Paragraph::list(own, each, count).keep(FEW).or(3, of_element(element) + "."),
        norms.or(1, format!("The norm of dW is {}.", number(mean.norm))),
    ]
}

/// A sum with its second part first.
fn turned(sum: &str) -> String {
    sum.split_once(" + ").map_or_else(|| sum.to_owned(), |(a, b)| format!("{b} + {a}"))
}

fn of_clip(head: &str, clip: &ClipPhase) -> Vec<Paragraph> {
    let (limit, before, after) = (number(clip.limit), number(clip.before), number(clip.after));
    let first = match (clip.each, clip.changed) {
        (false, (0, _)) => {
            Paragraph::text(format!("{head}: the norm {before} is within the limit {limit}: nothing is clipped."))
        }
        (true, (0, _)) => Paragraph::text(format!(
            "{head}: no element is beyond the limit {limit}: nothing is clipped. The norm is {before}."
        ))
        .or(1, format!("{head}: no element is beyond the limit {limit}: nothing is clipped.")),
        (false, _) => {
            let operands = vec![Formula::Value(clip.limit), Formula::Value(clip.before)];
            let scale = clip.limit / clip.before;
            let scale = formula::shown(&Formula::Apply { name: "/", operands, value: scale }, scale, DIGITS);
            let by = format!("{} = {}", scale.numbers, scale.value);
            Paragraph::text(format!(
                "{head}: the norm {before} is above the limit {limit}, so that every element is multiplied by {by}. The norm \
                 is then {after}."
            ))
            .or(1, format!("{head}: the norm {before} is above the limit {limit}: all is multiplied by {by}."))
        }
        (true, (changed, all)) => {
            let all = count(all as u64, "element");
            Paragraph::text(format!(
                "{head}: {changed} of {all} are beyond the limit {limit} and are brought back to it, each with its sign. The \
                 norm goes from {before} to {after}."
            ))
            .or(1, format!("{head}: {changed} of {all} are beyond the limit {limit} and are brought back to it."))
        }
    };
    let elements = clip.elements.iter().map(|(name, before, after)| {
        if before == after {
            format!("{name} stays {}", number(*before))
        } else {
            format!("{name} goes from {} to {}", number(*before), number(*after))
        }
    });
    let elements = elements.collect::<Vec<_>>().join(", ");
    vec![first, Paragraph::text(format!("{elements}.")).or_nothing(2)]
}

/// A line of a ledger as its script has it, and with its numbers.
fn worked(name: &str, symbolic: &str, numbers: &str, value: &str) -> Vec<Paragraph> {
    let plain = (!symbolic.is_empty()).then(|| Paragraph::text(format!("{name} = {symbolic}")).or_nothing(1));
    let short = format!("{name} = {value}");
    let filled = if numbers.is_empty() {
        Paragraph::text(short)
    } else {
        Paragraph::text(format!("{name} = {numbers} = {value}")).or(3, short)
    };
    plain.into_iter().chain([filled.role(Role::Strong)]).collect()
}

fn of_update(head: &str, update: &UpdatePhase, walked: &Walked<'_>) -> Vec<Paragraph> {
    let UpdatePhase { rule, element, norm, second } = update;
    let Some(ledger) = walked.snapshot.ledger.as_ref().filter(|ledger| ledger.step == walked.view.step) else {
        let said = format!(
            "{head}: {rule} has made new weights. That of {element} was not kept, since another was looked at."
        );
        return text([said, "b, then :phases walks through it again and keeps it.".to_owned()]);
    };
    let lines = panes::LedgerLines::of(ledger).0;
    let at = walked.place.line.min(lines.len().saturating_sub(1));
    let point = &ledger.second_point;
    let function = if point.contains(&at) { ", of second_point" } else { "" };
    let mut said = text([format!("{head}: {rule} for {element}, line {} of {}{function}.", at + 1, lines.len())]);
    if let Some(second) = second.filter(|_| at == point.end.max(1)) {
        let told = format!("The second gradient, dW2, was taken at that point; its norm is {}.", number(second));
        said.push(Paragraph::text(told).or_nothing(3));
    }
    if let Some(line) = lines.get(at) {
        said.extend(worked(&line.name, &line.symbolic, &line.numbers, &line.value));
    }
    if at + 1 == point.end {
        let told = format!("There the second gradient is taken; {element} itself has not moved.");
        said.push(Paragraph::text(told).or_nothing(3));
    }
    if at + 1 == lines.len() {
        let [from, by, to] = panes::moved(ledger);
        let (moved, norm) = (format!("{element} has moved from {from} by {by} to {to}."), number(*norm));
        let told = format!("{moved} The norm of the whole update is {norm}.");
        said.push(Paragraph::text(told).or(2, moved).or_nothing(4));
    }
    said
}

fn of_average(head: &str, lines: &[(String, LedgerLine)], walked: &Walked<'_>) -> Vec<Paragraph> {
    let Some((name, line)) = lines.get(walked.place.line) else {
        return text([format!("{head}: the lab has no average.")]);
    };
    let shown = formula::shown(&line.formula, line.value, DIGITS);
    let mut said = text([format!("{head}: {name}, line {} of {}.", walked.place.line + 1, lines.len())]);
    said.extend(worked(&line.name, &line.symbolic, &shown.numbers, &shown.value));
    said
}
