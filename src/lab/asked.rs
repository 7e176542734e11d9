//! The files that a lab's tasks name and that its run is not made of: they are shown, watched and copied with it, and an edit
//! of one changes no run.

use std::sync::Arc;

use crate::error::Source;
use crate::lab::plan::Lab;
use crate::lab::plan::task::TaskKind;

impl Lab {
    /// The files of tasks that are not among [`Lab::scripts_used`], as they are now; one that is gone is left out.
    pub fn asked_files(&self) -> Vec<Arc<Source>> {
        let mut found: Vec<Arc<Source>> = Vec::new();
        for task in self.tasks.iter().filter(|task| !task.hidden) {
            let names: Vec<&String> = match &task.kind {
                TaskKind::Goal(goal) => goal.files.iter().collect(),
                TaskKind::Script(script) => vec![&script.file],
                TaskKind::Line(line) => vec![&line.file],
                TaskKind::Question(_) | TaskKind::Measure(_) | TaskKind::Text { .. } => Vec::new(),
            };
            for source in names.into_iter().filter_map(|name| self.text_of(name).ok()) {
                let is_there = |other: &Arc<Source>| other.name == source.name;
                if !self.scripts_used.iter().chain(&found).any(is_there) {
                    found.push(source);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::lab::{Lab, Overrides};
    use std::fs;

    #[test]
    fn files_of_tasks_are_shown_watched_and_copied_with_the_lab() {
        let folder = tempfile::tempdir().unwrap();
        let (lab, mine) = (folder.path().join("a.yaml"), folder.path().join("mine.rhai"));
        fs::write(&mine, "fn value(t) { t }\n").unwrap();
        let text = "format: 1
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: sgd, lr: 0.1}
training: {steps: 20}
tasks:
  - {id: find, kind: line, say: Which?, file: mine.rhai, answer: 1}
";
        fs::write(&lab, text).unwrap();
        let spec = lab.display().to_string();
        let lab = Lab::open(&spec, &Overrides::default()).unwrap();
        let own = |names: Vec<String>| names.iter().any(|name| name.ends_with("mine.rhai"));
        assert!(own(lab.asked_files().iter().map(|file| file.name.clone()).collect()));
        assert!(own(lab.script_texts().iter().map(|script| script.source.name.clone()).collect()));
        assert!(own(lab.files_on_disk(&spec)));
        assert!(own(lab.parts().unwrap().iter().map(|part| part.path.display().to_string()).collect()));
        let name = lab.asked_files()[0].name.clone();
        assert!(lab.script_part(&name).unwrap().is_some());
        // An edit of it is none of the run.
        fs::write(&mine, "fn value(t) { 2 * t }\n").unwrap();
        let edited = Lab::open(&spec, &Overrides::default()).unwrap();
        assert_eq!(lab.scripts_used, edited.scripts_used);
        // Gone, it is left out of what is shown of the lab as it was opened.
        fs::remove_file(&mine).unwrap();
        assert!(lab.asked_files().is_empty());
    }
}
