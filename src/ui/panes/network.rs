//! The Network pane: the layers with what they give out for a probe of training samples, which of their units have stopped
//! to learn, and how the chosen layer's activations and weights are spread.

use std::fmt::Write;

use ratatui::layout::Size;

use crate::snapshot::{Health, Histogram, LayerView, NetworkView, Spread};
use crate::ui::canvas::bars::bars;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::keys::Binding;
use crate::ui::look::theme::Role;
use crate::ui::panes::pane::{Pane, PaneKind, View, first_shown, shape, titled};

/// The pane.
pub static PANE: PaneKind = PaneKind {
    name: "network",
    title: "Network",
    keys: &[Binding::UP, Binding::DOWN, Binding::PAGE_UP, Binding::PAGE_DOWN, Binding::FIRST, Binding::LAST],
    opens_for: |_, _| true,
    suits: |snapshot| snapshot.network.is_some(),
    look_for: |snapshot| {
        if snapshot.evaluates {
            return "Activations spread alike in all layers are healthy; above 10 % dead or saturated units are many. All of it is \
                    of the weights in training: validation, Map and model.safetensors are of those that the rule's evaluate(w) \
                    gives.";
        }
        "Activations spread alike in all layers are healthy. A dead unit gives 0 to every sample, a saturated one \
               sits where its slope is flat: no gradient, or hardly any, passes through. Above 10 % it says many, above \
               50 % most."
    },
    tells_the_end: false,
    open: || Box::<Network>::default(),
};

/// The layer whose pictures are shown, by its row.
#[derive(Debug, Default)]
struct Network {
    row: usize,
}

impl Pane for Network {
    fn heading(&self, view: &View<'_>) -> (String, String) {
        let Some(network) = &view.snapshot.network else { return ("Network".into(), String::new()) };
        let dot = view.look.dot();
        let whose = view.snapshot.whose().map_or_else(String::new, |name| format!("{name} {dot} "));
        let left = format!("Network {dot} {whose}{} parameters", network.parameters);
        let left = if view.snapshot.evaluates {
            let others = "not evaluate(w)";
            let short = format!("Network {dot} {whose}{others}");
            format!("{left} {dot} of w in training, {others}\n{left} {dot} {others}\n{short}\n{left}")
        } else {
            left
        };
        let samples = format!("{} samples", network.samples);
        let right =
            if network.step == view.snapshot.step { samples } else { format!("{samples}, step {}", network.step) };
        (left, right)
    }

    fn describe(&self, view: &View<'_>) -> String {
        let Some(network) = &view.snapshot.network else { return "Network: there is none.".into() };
        let mut said = format!(
            "{}: {} parameters in {} layers; for {} training samples at step {}",
            titled(view, "Network"),
            network.parameters,
            network.layers.len(),
            network.samples,
            network.step
        );
        for (at, layer) in network.layers.iter().enumerate() {
            let Spread { mean, std, .. } = layer.activations;
            let _ = write!(
                said,
                "{} {} gives mean {}, std {}",
                if at == 0 { ":" } else { ";" },
                layer.name,
                text::short(mean),
                text::short(std)
            );
            if let Some((kind, share, ..)) = judge(layer.health) {
                let _ = write!(said, ", {} of its units {kind}", percent(share));
            }
            for weights in &layer.weights {
                let _ = write!(said, ", {} rms {}", weights.name, text::short(weights.spread.rms));
            }
        }
        if view.snapshot.evaluates {
            said += ". These are the weights in training; validation, Map and model.safetensors are of those that evaluate(w) gives";
        }
        said + "."
    }

    fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let Some(network) = &view.snapshot.network else { return };
        let (columns, height) = (pen.width(), pen.height());
        let row = self.row.min(network.layers.len().saturating_sub(1));
        // The table first, but half of the room is left to the pictures where these have any use of it.
        let whole = network.layers.len() + 1;
        let rows =
            if height >= whole + 5 { whole } else { whole.min((height.saturating_sub(5)).max(height.div_ceil(2))) };
        table(view, network, row, &mut pen.part(0, 0, columns, rows));
        let below = height.saturating_sub(rows);
        if let (Some(layer), true) = (network.layers.get(row), below >= 3) {
            // A blank line between, where there is room for it.
            let gap = usize::from(below >= 5);
            pictures(layer, &mut pen.part(0, rows + gap, columns, below - gap));
        }
    }

    fn row(&mut self) -> Option<&mut usize> {
        Some(&mut self.row)
    }

    fn rows(&self, view: &View<'_>, _size: Size) -> usize {
        view.snapshot.network.as_ref().map_or(1, |network| network.layers.len().max(1))
    }
}

/// Shares of units that have stopped to learn: above the first worth a look, above the second most of a layer.
const MANY: f64 = 0.1;
const MOST: f64 = 0.5;

/// The kind of a layer's health, its share, and the word for one that is large.
fn judge(health: Health) -> Option<(&'static str, f64, &'static str, Role)> {
    let (kind, share) = match health {
        Health::Unmeasured => return None,
        Health::Dead(share) => ("dead", share),
        Health::Saturated(share) => ("saturated", share),
    };
    let (word, role) = match share {
        share if share > MOST => ("most", Role::Bad),
        share if share > MANY => ("many", Role::Warn),
        _ => ("", Role::Text),
    };
    Some((kind, share, word, role))
}

fn percent(share: f64) -> String {
    // A single unit of a thousand is not none.
    if share > 0.0 && share < 0.01 { "<1 %".into() } else { format!("{:.0} %", share * 100.0) }
}

fn table(view: &View<'_>, network: &NetworkView, row: usize, pen: &mut Pen<'_>) {
    let names = network.layers.iter().map(|layer| text::width(&layer.name)).max().unwrap_or(0);
    let width = pen.width();
    // Least wanted first: parameters, then the units, which a dense layer names by itself.
    let (health, kind) = health_columns(network, width.saturating_sub(1 + 18) < names + 20);
    let counts = usize::from(width >= 5 + 18 + health + 9 + 8) + usize::from(width >= 5 + 18 + health + 9 + 8 + 8);
    let spread = width >= 8 + 18 + health;
    let fixed = 1 + [0, 9, 16][counts] + if spread { 18 } else { 0 } + health;
    let names = names.clamp(5, width.saturating_sub(fixed).clamp(5, 40));
    let head = |counts: usize, spread: bool| {
        let mut line = String::new();
        if counts > 0 {
            let _ = write!(line, "{:>9}", "params");
        }
        if counts > 1 {
            let _ = write!(line, "{:>7}", "units");
        }
        if spread {
            let _ = write!(line, "{:>9}{:>9}", "mean", "std");
        }
        line
    };
    let x = pen.text(names, 0, &head(counts, spread), Role::Dim);
    pen.text(0, 0, &text::cut("layer", names, view.look.ellipsis()), Role::Dim);
    pen.text(x + 2, 0, kind.unwrap_or("dead or saturated"), Role::Dim);
    let height = pen.height().saturating_sub(1);
    let first = first_shown(row, network.layers.len(), height);
    for (i, layer) in network.layers.iter().enumerate().skip(first).take(height) {
        let y = 1 + i - first;
        pen.text(0, y, &text::cut(&layer.name, names, view.look.ellipsis()), Role::Strong);
        let mut x = names;
        if counts > 0 {
            let count = if layer.parameters == 0 { "-".to_owned() } else { layer.parameters.to_string() };
            x = pen.text(x, y, &format!("{count:>9}"), Role::Text);
        }
        if counts > 1 {
            x = pen.text(x, y, &format!("{:>7}", layer.units), Role::Text);
        }
        let Spread { mean, std, histogram, .. } = &layer.activations;
        if spread {
            let role = if histogram.broken > 0 { Role::Bad } else { Role::Text };
            x = pen.text(x, y, &format!("{:>9}{:>9}", text::short(*mean), text::short(*std)), role);
        }
        if histogram.broken > 0 {
            pen.text(x + 2, y, "not finite", Role::Bad);
        } else if let Some((of, share, word, role)) = judge(layer.health) {
            let told = if kind.is_some() { percent(share) } else { format!("{} {of}", percent(share)) };
            let x = pen.text(x + 2, y, &told, Role::Text);
            pen.text(x, y, if word.is_empty() { "" } else { ": " }, Role::Text);
            pen.text(x + 2, y, word, role);
        }
        if i == row {
            // The chosen layer's pictures are shown, so the row is marked with and without the focus.
            let role = if view.focused { Role::Selected } else { Role::Key };
            pen.part(0, y, names, 1).row_style(0, role);
        }
    }
    if height < network.layers.len() {
        pen.scroll_marks(first > 0, first + height < network.layers.len());
    }
}

/// The columns of the shares, and their kind if it stands above them: where that leaves the names of the layers whole and all
/// are of one kind.
fn health_columns(network: &NetworkView, narrow: bool) -> (usize, Option<&'static str>) {
    let mut kinds = network.layers.iter().filter_map(|layer| judge(layer.health).map(|(kind, ..)| kind));
    match kinds.next() {
        Some(kind) if narrow && kinds.all(|other| other == kind) => (13, Some(kind)),
        _ => (20, None),
    }
}

/// The spread of the layer's activations and of each of its parameters, side by side and in rows as there is room: those
/// that come later may find none.
fn pictures(layer: &LayerView, pen: &mut Pen<'_>) {
    /// Columns from one picture to the next, and rows that one takes at least.
    const GAP: usize = 4;
    const HIGH: usize = 3;
    let mut all = vec![(format!("out of {}", layer.name), &layer.activations)];
    all.extend(layer.weights.iter().map(|w| (format!("{} {}", w.name, shape(&w.shape)), &w.spread)));
    // The weights are what a dense layer is about, its bias comes last.
    // Bars are two columns wide where all pictures have room for that.
    let bar = if all.len() * (2 * Histogram::BINS + GAP) <= pen.width() + GAP { 2 } else { 1 };
    let wide = bar * Histogram::BINS;
    let beside = ((pen.width() + GAP) / (wide + GAP)).clamp(1, all.len());
    let rows = all.len().div_ceil(beside).min((pen.height() / HIGH).max(1));
    let high = (pen.height() / rows).min(16);
    for (at, (title, spread)) in all.iter().take(rows * beside).enumerate() {
        let (x, y) = (at % beside * (wide + GAP), at / beside * high);
        picture(title, spread, bar, &mut pen.part(x, y, wide, high));
    }
}

/// A title, bars, and below them the ends of their range, with 0 where it lies between.
fn picture(title: &str, spread: &Spread, bar: usize, pen: &mut Pen<'_>) {
    let Histogram { min, max, counts, broken } = &spread.histogram;
    let width = pen.width();
    let rms = format!(" rms {}", text::short(spread.rms));
    let room = width.saturating_sub(text::width(&rms));
    let x = pen.text(0, 0, &text::cut(title, room, pen.look.ellipsis()), Role::Text);
    pen.text(x, 0, &rms, Role::Dim);
    let rows = pen.height().saturating_sub(2);
    if *broken > 0 {
        pen.text(0, 1, &format!("{broken} not finite"), Role::Bad);
        return;
    }
    let drawn = bars(&mut pen.part(0, 1, width, rows), counts, bar, Role::Smooth);
    let y = rows + 1;
    let (low, high) = (text::short(*min), text::short(*max));
    if min == max {
        let x = (drawn / 2).saturating_sub(text::width(&low) / 2);
        pen.text(x, y, &format!("all {low}"), Role::Dim);
        return;
    }
    let end = drawn.saturating_sub(text::width(&high));
    let left = pen.text(0, y, &low, Role::Dim);
    pen.text(end.max(left + 1), y, &high, Role::Dim);
    let zero = -min / (max - min) * drawn as f64;
    if *min < 0.0 && *max > 0.0 && zero as usize > left && (zero as usize) + 1 < end {
        pen.text(zero as usize, y, "0", Role::Text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;
    use crate::ui::tests::fixture::{self, pane_picture};
    use crate::ui::tests::fixture_network::network;

    #[test]
    fn a_healthy_run() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 18), true));
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (116, 34), true));
    }

    #[test]
    fn a_healthy_run_in_small_panes() {
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 9), true));
        insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (38, 16), false));
    }

    #[test]
    fn units_that_learn_no_more_and_values_that_are_not_finite() {
        let mut sick = network(280);
        sick.layers[1].health = Health::Dead(0.641);
        sick.layers[3].health = Health::Saturated(0.25);
        sick.layers[4].activations.histogram.broken = 3;
        let race = fixture::race().race;
        let snapshot = Snapshot { race, network: Some(sick), ..fixture::healthy() };
        insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 16), true));
        insta::assert_snapshot!(fixture::described(&PANE, &snapshot));
    }

    #[test]
    fn where_all_units_are_of_one_kind_the_layers_keep_their_names() {
        let mut snapshot = Snapshot { network: Some(network(280)), ..fixture::healthy() };
        for layer in snapshot.network.iter_mut().flat_map(|network| &mut network.layers) {
            if layer.health != Health::Unmeasured {
                layer.health = Health::Dead(0.25);
            }
        }
        let narrow = pane_picture(&PANE, &snapshot, (50, 14), true);
        assert!(narrow.contains("1 dense 64x64 ") && narrow.contains(" std  dead ") && narrow.contains("25 %: many"));
        assert!(pane_picture(&PANE, &snapshot, (76, 14), true).contains("25 % dead: many"));
    }

    #[test]
    fn a_share_is_judged_by_a_word() {
        let words = [0.0, 0.1, 0.11, 0.5, 0.51, 1.0].map(|share| judge(Health::Dead(share)).map(|(.., word, _)| word));
        assert_eq!(words.map(Option::unwrap_or_default), ["", "", "many", "many", "most", "most"]);
        assert_eq!(judge(Health::Unmeasured), None);
        assert_eq!([0.0, 0.001, 0.256].map(percent), ["0 %", "<1 %", "26 %"]);
    }
}
