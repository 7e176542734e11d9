//! A lab's text with other tasks, as students of a packed course get it: all that stands around the tasks stays as its author
//! wrote it, comments included, where the text allows it.

use super::section;
use crate::lab::yaml::document::Document;
use crate::lab::yaml::node::{Node, Part, Step};

/// A lab's text that was written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedText {
    /// The text.
    pub text: String,
    /// Only the tasks were written anew; else the whole lab was, without its comments.
    pub kept: bool,
}

impl Document {
    /// The text with these tasks in the place of its own, and with the key `packed`. Comments between tasks are left out: they
    /// may say what the tasks no longer do.
    pub fn packed(&self, tasks: &[Node], packed: &str) -> PackedText {
        let Node::Map(entries) = self.root() else {
            return PackedText { text: self.source().text.clone(), kept: true };
        };
        let mark = ("packed".to_owned(), Node::Str(packed.to_owned()));
        let tasks = ("tasks".to_owned(), Node::Seq(tasks.to_vec()));
        let mut wanted: Vec<(String, Node)> = Vec::new();
        for entry in entries.iter().filter(|(key, _)| key != "packed") {
            if entry.0 == "tasks" {
                wanted.push(mark.clone());
                wanted.extend((tasks.1 != Node::Seq(Vec::new())).then(|| tasks.clone()));
            } else {
                wanted.push(entry.clone());
            }
        }
        if !entries.iter().any(|(key, _)| key == "tasks") {
            wanted.push(mark);
        }
        let whole = || PackedText { text: written(&wanted), kept: false };
        let Some(edited) = self.with_sections(&wanted) else { return whole() };
        // An anchor may have stood in what was taken out, or the map in braces: what matters is what is read of it.
        match Self::parse(&self.source().name, &edited) {
            Ok(again) if same(again.root(), &wanted) => PackedText { text: edited, kept: true },
            _ => whole(),
        }
    }

    /// The text with the sections `packed` and `tasks` in the place of `tasks`, or at its end.
    fn with_sections(&self, wanted: &[(String, Node)]) -> Option<String> {
        let text = &self.source().text;
        let Node::Map(entries) = self.root() else { return None };
        let new: Vec<_> = wanted.iter().filter(|(key, _)| key == "packed" || key == "tasks").cloned().collect();
        let start_of = |key: &str| self.place(&[Step::from(key)], Part::Key).span.start;
        if !entries.iter().any(|(key, _)| key == "tasks") {
            let gap = if text.ends_with('\n') { "" } else { "\n" };
            return Some(format!("{text}{gap}{}", written(&new)));
        }
        let start = start_of("tasks");
        let at_line_start = start == 0 || text[..start].ends_with('\n');
        let next = entries.iter().map(|(key, _)| start_of(key)).filter(|other| *other > start).min();
        let end = next.unwrap_or(text.len());
        // Comments at the margin, right above the next key, are that key's.
        let mut end = end;
        while let Some(line) = text[start..end].trim_end_matches('\n').rfind('\n').map(|at| start + at + 1) {
            let above = &text[line..end];
            if next.is_none() || !(above.starts_with('#') || above.trim().is_empty()) {
                break;
            }
            end = line;
        }
        // Blank lines above it, too.
        while text[start..end].ends_with("\n\n") && next.is_some() {
            end -= 1;
        }
        at_line_start.then(|| format!("{}{}{}", &text[..start], written(&new), &text[end..]))
    }
}

/// Sections, one below the other.
fn written(entries: &[(String, Node)]) -> String {
    entries.iter().map(|(key, node)| section(key, node)).collect()
}

/// The map has these entries, in any order.
fn same(root: &Node, wanted: &[(String, Node)]) -> bool {
    let Node::Map(entries) = root else { return false };
    entries.len() == wanted.len()
        && wanted.iter().all(|(key, node)| root.child(&Step::from(key.as_str())) == Some(node))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(text: &str) -> PackedText {
        let document = Document::parse("a.yaml", text).unwrap();
        let task = Node::Map(vec![("id".into(), Node::Str("a".into())), ("say".into(), Node::Str("b\nc\n".into()))]);
        document.packed(&[task], "3f2a")
    }

    #[test]
    fn all_that_stands_around_the_tasks_stays_as_it_was_written() {
        let text = "# Mine.\nformat: 1\ntasks:   # secret: 7\n  - {id: x, answer: 7}\n  # secret\n  - id: y\n\n# The rule.\noptimizer: {rule: sgd} # plain\n";
        let new = packed(text);
        let expected = "# Mine.\nformat: 1\npacked: 3f2a\ntasks:\n- id: a\n  say: |\n    b\n    c\n\n# The rule.\noptimizer: {rule: sgd} # plain\n";
        assert_eq!((new.text.as_str(), new.kept), (expected, true));
        let last = packed("format: 1\ntasks:\n  - {id: x}\n# the answer is 7\n");
        assert!(last.kept && !last.text.contains("answer"), "{}", last.text);
        assert_eq!(packed("format: 1\nseed: 3").text, "format: 1\nseed: 3\npacked: 3f2a\n");
    }

    #[test]
    fn a_text_that_hangs_together_is_written_anew() {
        for text in ["{format: 1, tasks: [{id: x}], seed: 3}", "format: 1\ntasks:\n  - &x {id: x}\ncopy: *x\n"] {
            let new = packed(text);
            assert!(!new.kept, "{}", new.text);
            let again = Document::parse("a.yaml", &new.text).unwrap();
            assert_eq!(again.node(&[Step::from("packed")]), Some(&Node::Str("3f2a".into())));
            assert_eq!(again.node(&[Step::from("tasks"), 0.into(), "id".into()]), Some(&Node::Str("a".into())));
        }
    }
}
