//! A run as a lab again: the resolved lab with the seed of the run, every knob that was turned by hand as one of its
//! `events`, and every fork as a racer. Trained without a screen it takes the same steps, bit for bit.

use serde_yaml::{Mapping, Value};

use crate::error::{Error, Result};
use crate::lab::plan::Lab;
use crate::lab::plan::knobs::Knob;
use crate::snapshot::{Event, Intervention};

impl Lab {
    /// The lab that makes a run again, from its seed and its interventions (`timeline.events` of its snapshot), in which
    /// the lab's own run is called `own`. Of an edit on the way it has the new text from the start.
    ///
    /// # Errors
    /// None for events of this lab's own runs.
    pub fn saved(&self, own: &str, seed: u64, events: &[Event]) -> Result<String> {
        let fault = |error: serde_yaml::Error| Error::fault(format!("a run as YAML: {error}"));
        let mut root: Mapping = serde_yaml::from_str(&self.resolved).map_err(fault)?;
        let moved = seed.wrapping_sub(self.seed);
        root.insert("seed".into(), seed.into());
        let now = self.own_name();
        let renamed =
            |event: &Event| if event.run == own { Event { run: now.clone(), ..event.clone() } } else { event.clone() };
        let events: Vec<Event> = events.iter().map(renamed).collect();
        let own = now.clone();
        let turned = turned(&own, &events);
        // They come after all that events are written behind.
        let watch = root.shift_remove("watch");
        let rules = ["lock", "rank", "seeds"].map(|key| (key, root.shift_remove(key)));
        let mut racers = match root.shift_remove("compare") {
            Some(Value::Mapping(racers)) => racers,
            _ => Mapping::new(),
        };
        for racer in racers.values_mut().filter_map(Value::as_mapping_mut) {
            if let Some(seed) = racer.get("seed").and_then(Value::as_u64) {
                racer.insert("seed".into(), seed.wrapping_add(moved).into());
            }
        }
        for run in &turned {
            let (name, source) = (run.name.as_str(), self.run(&run.root)?);
            let knobs = merged(source.events(), &run.knobs);
            if name == own {
                put(&mut root, &knobs);
                continue;
            }
            // A fork begins as the racer that it is a fork of, and with the lab's own keys where that is the lab itself.
            let begun = racers.get(run.root.as_str()).cloned().unwrap_or_else(|| Mapping::new().into());
            let racer = racers.entry(name.into()).or_insert(begun);
            if let Some(racer) = racer.as_mapping_mut() {
                put(racer, &knobs);
            }
        }
        watch.into_iter().for_each(|watch| drop(root.insert("watch".into(), watch)));
        if !racers.is_empty() {
            root.insert("compare".into(), racers.into());
        }
        for (key, word) in rules {
            word.into_iter().for_each(|word| drop(root.insert(key.into(), word)));
        }
        serde_yaml::to_string(&Value::from(root)).map_err(fault)
    }

    /// A run of the lab by its name, as a lab of its own.
    fn run(&self, name: &str) -> Result<&Self> {
        let found = self.runs().into_iter().find(|(own, _)| own == name).map(|(_, lab)| lab);
        found.ok_or_else(|| Error::fault(format!("`{}` has no run `{name}`", self.id)))
    }

    /// The knobs that the lab itself turns.
    pub fn events(&self) -> &[Knob] {
        self.descent.as_ref().map_or(&[], |descent| &descent.events)
    }
}

/// A run with interventions.
struct Turned {
    name: String,
    /// The run of the lab that it is, or is a fork of.
    root: String,
    /// In the order of turning.
    knobs: Vec<Knob>,
}

/// Who was turned how, the lab's own run first, then in the order in which they come up.
fn turned(own: &str, events: &[Event]) -> Vec<Turned> {
    let new = |name: &str| Turned { name: name.to_owned(), root: name.to_owned(), knobs: Vec::new() };
    let mut runs = vec![new(own)];
    for event in events {
        let at = runs.iter().position(|run| run.name == event.run).unwrap_or_else(|| {
            runs.push(new(&event.run));
            runs.len() - 1
        });
        match &event.what {
            Intervention::Set { name, value } => {
                runs[at].knobs.push(Knob { step: event.step, name: name.clone(), value: *value });
            }
            Intervention::Edit { .. } => {}
            Intervention::Fork { name } => {
                let (root, knobs) = (runs[at].root.clone(), runs[at].knobs.clone());
                runs.push(Turned { name: name.clone(), root, knobs });
            }
        }
    }
    runs
}

/// The lab's own turns with those by hand: what was turned by hand, the lab turns no more.
fn merged(lab: &[Knob], by_hand: &[Knob]) -> Vec<Knob> {
    let kept = lab.iter().filter(|own| !by_hand.iter().any(|knob| knob.name == own.name && knob.step <= own.step));
    let mut all: Vec<Knob> = kept.chain(by_hand).cloned().collect();
    all.sort_by_key(|knob| knob.step);
    all
}

fn put(map: &mut Mapping, knobs: &[Knob]) {
    if !knobs.is_empty() {
        map.insert("events".into(), super::events(knobs));
    }
}
