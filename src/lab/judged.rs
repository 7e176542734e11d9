//! The lab that is judged: a trusted one, with only those keys of a student's edition laid over it that may be edited, and only
//! those files. Nothing else of what the student wrote is read.

use std::sync::Arc;

use crate::error::{Error, Place, Result, Source};
use crate::lab::check;
use crate::lab::files::Files;
use crate::lab::files::home::{Home, KeptScripts};
use crate::lab::overrides::drop_rivals;
use crate::lab::plan::Lab;
use crate::lab::plan::overrides::Overrides;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::{Node, Step};

/// Keys that no run depends on.
const SPOKEN: [&str; 5] = ["about", "learnt", "tasks", "packed", "watch"];

impl Lab {
    /// It was read from the binary, and what it names with it.
    pub fn is_shipped(&self) -> bool {
        matches!(self.home.files, Files::Shipped { .. })
    }

    /// Where the files that it names are found.
    pub fn files(&self) -> &Files {
        &self.home.files
    }

    /// The text of a file that is named in the lab.
    ///
    /// # Errors
    /// It is not there any more, is no text, or is too large.
    pub fn text_of(&self, name: &str) -> Result<Arc<Source>> {
        let place = Place { source: self.written.source.clone(), span: 0..0, key: String::new() };
        self.home.files.text(name, &place).map(|(source, _)| source)
    }

    /// This lab with these keys as a student's edition of it has them (where that has none, neither has this one), with the
    /// texts of these files, by the names that the lab has for them, and with what is laid over it then. Its tasks and what
    /// is only said are left out.
    ///
    /// # Errors
    /// All that is wrong with it then; what the student wrote is shown as the student wrote it.
    pub fn judged(
        &self,
        own: Option<&Source>,
        edit: &[String],
        files: &[(String, Arc<Source>)],
        over: &Overrides,
    ) -> Result<Self, Vec<Error>> {
        let one = |error| vec![error];
        let mut document = Document::parse(&self.home.name, &self.written.source.text).map_err(one)?;
        if let Some(own) = own {
            let theirs = Document::parse(&own.name, &own.text).map_err(one)?;
            let mut root = document.root().clone();
            edit.iter().for_each(|path| lay(&mut root, theirs.root(), &steps(path)));
            document = theirs.with_root(root);
            // What the edited keys exclude is given up, as if they had been set by hand.
            let set = edit.iter().filter(|path| document.node(&steps(path)).is_some()).cloned().collect::<Vec<_>>();
            set.iter().filter(|path| !self.says(path)).for_each(|path| drop_rivals(&mut document, path));
        }
        SPOKEN.into_iter().for_each(|key| document.hide(key));
        over.apply(&mut document).map_err(one)?;
        let files = self.home.files.clone().with_texts(files);
        check::check(&document, &Home { files, ..self.home.clone() }, KeptScripts::default())
    }

    /// The lab's file has a key.
    fn says(&self, path: &str) -> bool {
        let document = Document::parse(&self.home.name, &self.written.source.text);
        document.is_ok_and(|document| document.node(&steps(path)).is_some())
    }

    /// What a student's edition says at keys, as one text: two that differ in nothing else are judged alike.
    pub fn said_at(own: &Source, keys: &[String]) -> String {
        let Ok(document) = Document::parse(&own.name, &own.text) else { return own.text.clone() };
        let said = keys.iter().map(|path| document.node(&steps(path)).map_or_else(String::new, Node::in_a_line));
        said.collect::<Vec<_>>().join("\n")
    }
}

/// A dotted path, with `network[0].dense` or `network.0.dense` for elements of lists.
fn steps(path: &str) -> Vec<Step> {
    let path = path.replace('[', ".").replace(']', "");
    let step = |part: &str| part.parse().map_or_else(|_| Step::from(part), Step::Index);
    path.split('.').filter(|part| !part.is_empty()).map(step).collect()
}

/// Lays what one tree has at a path over another one; where it has nothing, the other has nothing either.
fn lay(over: &mut Node, from: &Node, path: &[Step]) {
    let Some((last, parents)) = path.split_last() else { return };
    let value = from.at(path).cloned();
    let mut here = over;
    for step in parents {
        if let (Node::Map(entries), Step::Key(key), true) = (&mut *here, step, value.is_some()) {
            // A section that only the student has.
            if !entries.iter().any(|(name, _)| name == key) {
                entries.push((key.clone(), Node::Map(Vec::new())));
            }
        }
        here = match (here, step) {
            (Node::Map(entries), Step::Key(key)) => match entries.iter_mut().find(|(name, _)| name == key) {
                Some((_, node)) => node,
                None => return,
            },
            (Node::Seq(items), Step::Index(index)) => match items.get_mut(*index) {
                Some(node) => node,
                None => return,
            },
            // A rule given by its name alone, `optimizer: sgd`, where the student has a map.
            _ => return,
        };
    }
    match (here, last, value) {
        (Node::Map(entries), Step::Key(key), Some(value)) => match entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, node)) => *node = value,
            None => entries.push((key.clone(), value)),
        },
        (Node::Map(entries), Step::Key(key), None) => entries.retain(|(name, _)| name != key),
        (Node::Seq(items), Step::Index(index), Some(value)) if *index < items.len() => items[*index] = value,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::on_large_stack;
    use std::path::Path;

    const LAB: &str = "
format: 1
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: sgd, lr: 0.2}
training: {steps: 20}
tasks: [{id: why, kind: text, say: Why?, rubric: a}]
";

    fn judged(own: &str, edit: &[&str], files: &[(String, Arc<Source>)]) -> Result<Lab, Vec<Error>> {
        let edit: Vec<String> = edit.iter().map(|path| (*path).to_owned()).collect();
        on_large_stack(|| {
            let document = Document::parse("a.yaml", LAB).unwrap();
            let trusted = Lab::check(&document, &Files::beside(Path::new("a.yaml")).unwrap(), None)?;
            trusted.judged(Some(&Source::new("mine.yaml", own)), &edit, files, &Overrides::default())
        })
    }

    #[test]
    fn only_keys_that_may_be_edited_count() {
        let own = LAB.replace("0.2", "0.3").replace("20", "99").replace("[1, 1]", "[0, 0]") + "seed: 5\n";
        let lab = judged(&own, &["optimizer.lr"], &[]).unwrap();
        assert!(lab.resolved.contains("lr: 0.3") && lab.resolved.contains("steps: 20"), "{}", lab.resolved);
        assert!(lab.tasks.is_empty() && lab.seed != 5);
        let lab = judged(&own, &["training"], &[]).unwrap();
        assert!(lab.resolved.contains("lr: 0.2") && lab.resolved.contains("steps: 99"), "{}", lab.resolved);
    }

    #[test]
    fn a_key_that_the_student_took_out_is_out() {
        let own = LAB.replace(", lr: 0.2", "");
        let lab = judged(&own, &["optimizer.lr"], &[]).unwrap();
        assert!(!lab.resolved.contains("lr: 0.2"), "{}", lab.resolved);
    }

    #[test]
    fn what_is_wrong_is_shown_where_the_student_wrote_it() {
        let own = LAB.replace("rule: sgd", "rule: smd");
        let errors = judged(&own, &["optimizer"], &[]).unwrap_err();
        let place = errors[0].place().unwrap();
        assert_eq!((place.source.name.as_str(), place.line()), ("mine.yaml", 4), "{errors:?}");
    }

    #[test]
    fn a_file_that_is_handed_in_takes_the_place_of_the_lab_s() {
        let rule = "// Mine.\nfn hyper() { #{ lr: 0.5 } }\nfn update(w, dw, state, h, t) { w - h.lr * dw }\n";
        let own = LAB.replace("{rule: sgd, lr: 0.2}", "{rule: nowhere.rhai}");
        let files = [("nowhere.rhai".to_owned(), Source::new("theirs.rhai", rule))];
        let lab = judged(&own, &["optimizer"], &files).unwrap();
        assert!(lab.scripts_used.iter().any(|source| source.text == rule));
        let errors = judged(&own, &["optimizer"], &[]).unwrap_err();
        assert!(errors[0].what().contains("nowhere.rhai"), "{errors:?}");
    }
}
