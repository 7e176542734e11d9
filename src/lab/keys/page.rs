//! What the table of keys says, in words: of one key for `optlab show`, of all of them as the reference page
//! `docs/lab-file.md`.

use super::{Default, KEYS, Key, LabKind};

/// What stands above the keys on the page.
const HEAD: &str = "# The lab file: every key

A lab is a YAML file. What it trains is told by its sections: a **network** lab has `data`, `network` and `loss`, a
**landscape** lab has `landscape`, a **series** lab has `series` and `averages`. An unknown key, a value of the wrong
type or out of range and a key given twice are errors with their place, the nearest right name and what is allowed;
`optlab check LAB` tells all of them at once.

In a path `[]` stands for any element of a list, and a word in capitals for any name: `network[].dense.units` is
`units` in `- dense: {units: 64}`, `compare.NAME` is a racer. `--set training.batch=8` lays a value over any key,
`--set network[0].dense=32` over an element of a list. `optlab list keys` lists the keys, `optlab show training.batch`
tells of one. A path of a file is relative to the file that names it.

Of each key the tables say

- **value**: what it may hold;
- **default**: what holds where it is not given;
- **an edit**: what happens to a lab that runs when the key is changed in its file: *shown at once*, used *from the
  next step on*, or *waits for a restart* because the run is made of it;
- **a racer**: whether a racer of `compare` may have its own.

This page is made from the table that the check itself reads.
";

/// A network lab, as the page shows it.
pub const NETWORK_EXAMPLE: &str = "format: 1
id: adam-on-moons
title: Adam on two moons
seed: 7
data: {source: moons, samples: 500, standardize: true, validation: 0.2}
network:
  - dense: 16
  - tanh
  - dropout: 0.1
  - dense: {units: 2, init: xavier}
loss: cross_entropy
penalty: {l2: 0.0001}
training: {epochs: 20, batch: 32, clip_norm: 1.0}
optimizer:
  rule: adam
  lr: {schedule: cosine, lr: 0.01, steps: 260}
compare:
  sgd: {optimizer: {rule: sgd, lr: 0.1}}
watch: {parameter: \"W1[0,3]\", panes: [loss, gradients], speed: 200}
";

/// A landscape lab, as the page shows it.
pub const LANDSCAPE_EXAMPLE: &str = "landscape: {source: ravine, start: [-4, 1.5]}
training: {steps: 200}
optimizer: {rule: momentum, lr: 0.1, beta: 0.9}
";

/// A series lab, as the page shows it.
pub const SERIES_EXAMPLE: &str = "series: {source: sea_temperature}
averages:
  - simple: 10
  - weighted: [1, 2, 3, 4]
  - exponential: {beta: 0.98, corrected: true}
";

impl Key {
    /// The kinds of lab that have it, in words.
    pub fn labs_text(&self) -> String {
        match self.labs {
            [] => "none in this version".to_owned(),
            labs if labs.len() == LabKind::ALL.len() => "all".to_owned(),
            labs => labs.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", "),
        }
    }

    /// What holds without it, in words. Of keys that exclude each other only the first that a kind of lab has speaks.
    pub fn default_text(&'static self) -> String {
        let rivals: Vec<&Self> = self.rivals().collect();
        if self.default == Default::Required {
            let names =
                |keys: &[&Self]| keys.iter().map(|key| format!("`{}`", key.name())).collect::<Vec<_>>().join(", ");
            return match (self.beside, rivals.is_empty()) {
                (Some(other), _) => format!("must be given beside `{other}`"),
                (None, true) => self.default.to_string(),
                (None, false) => format!("exactly one of it and {} must be given", names(&rivals)),
            };
        }
        let before =
            |rival: &&&Self| KEYS.iter().position(|key| key == **rival) < KEYS.iter().position(|key| key == self);
        let taken: Vec<LabKind> = rivals.iter().filter(before).flat_map(|rival| rival.labs).copied().collect();
        let left: Vec<&str> = self.labs.iter().filter(|kind| !taken.contains(kind)).map(|kind| kind.name()).collect();
        match (self.default, left.as_slice()) {
            (Default::Nothing, _) => self.default.to_string(),
            (_, []) => "none".to_owned(),
            (default, left) if left.len() < self.labs.len() => format!("{default} in a {} lab", left.join(" or ")),
            (default, _) => default.to_string(),
        }
    }

    /// What a racer has to do with it, in words; none where there are no races.
    fn race_text(&self) -> Option<String> {
        let raced = self.is_of(LabKind::Network) || self.is_of(LabKind::Landscape);
        raced.then(|| self.race.to_string())
    }

    /// All that the table says of it, as rows of a word and what it says.
    pub fn rows(&'static self) -> Vec<(&'static str, String)> {
        let mut rows = vec![
            ("Labs", self.labs_text()),
            ("Value", self.value.to_string()),
            ("Default", self.default_text()),
            ("An edit", self.edit.to_string()),
        ];
        rows.extend(self.race_text().map(|text| ("A racer", text)));
        let rivals: Vec<String> = self.rivals().map(|key| format!("`{}`", key.path)).collect();
        if !rivals.is_empty() {
            rows.push(("Not with", rivals.join(", ")));
        }
        let inside: Vec<String> =
            KEYS.iter().filter(|key| key.is_below(self)).map(|key| format!("`{}`", key.path)).collect();
        if !inside.is_empty() {
            rows.push(("Inside", inside.join(", ")));
        }
        rows
    }
}

/// The reference page, Markdown.
pub fn page() -> String {
    let mut parts = vec![HEAD.to_owned()];
    for (kind, example) in [("network", NETWORK_EXAMPLE), ("landscape", LANDSCAPE_EXAMPLE), ("series", SERIES_EXAMPLE)]
    {
        parts.push(format!("\n## A {kind} lab\n\n```yaml\n{example}```\n"));
    }
    let top = || KEYS.iter().filter(|key| key.section().is_empty());
    parts.push("\n## At the top of the file\n\n".to_owned() + table(top()).as_str());
    for section in top().filter(|section| KEYS.iter().any(|key| key.is_below(section))) {
        parts.push(format!("\n## Inside of `{}`\n\n", section.path));
        parts.push(table(KEYS.iter().filter(|key| key.is_below(section))));
    }
    parts.concat()
}

fn table(keys: impl Iterator<Item = &'static Key>) -> String {
    let head = "| key | what it is | labs | value | default | an edit | a racer |\n|---|---|---|---|---|---|---|\n";
    let row = |key: &'static Key| {
        let cells = [
            format!("`{}`", key.path),
            key.help.to_owned(),
            key.labs_text(),
            key.value.to_string(),
            key.default_text(),
            key.edit.to_string(),
            key.race_text().unwrap_or_else(|| "–".to_owned()),
        ];
        format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
    };
    head.to_owned() + keys.map(row).collect::<Vec<_>>().concat().as_str()
}
