//! The tasks of a lab as students get them: without answers, and without what is hidden. What judges by running, `measure`,
//! `goal` and `script`, keeps what it needs for that.

use std::collections::BTreeMap;

use super::step;
use crate::course::draw;
use crate::lab::plan::task::{Form, TaskKind, TaskPlan};
use crate::lab::{Document, Lab, Node};

/// The nodes of the tasks that students get.
pub(super) fn tasks(document: &Document, lab: &Lab, key: &str) -> Vec<Node> {
    let Some(Node::Seq(nodes)) = document.node(&[step("tasks")]) else { return Vec::new() };
    let pairs = nodes.iter().zip(&lab.tasks).filter(|(_, task)| !task.hidden);
    pairs.map(|(node, task)| of_task(node, task, lab, key)).collect()
}

fn of_task(node: &Node, task: &TaskPlan, lab: &Lab, key: &str) -> Node {
    let Node::Map(entries) = node else { return node.clone() };
    let mut entries = entries.clone();
    let mut drop = |keys: &[&str]| entries.retain(|(key, _)| !keys.contains(&key.as_str()));
    match &task.kind {
        TaskKind::Question(question) => {
            // Why it is so tells what is so.
            drop(&["answer", "within", "within_percent", "because", "order", "form"]);
            let text = |word: &str| Node::Str(word.to_owned());
            match &question.form {
                Form::Number => entries.push(("form".into(), text("number"))),
                Form::Text => entries.push(("form".into(), text("text"))),
                Form::Choice(_) => {}
                Form::Order(items) => {
                    let items = shuffled(items, lab, task, key);
                    entries.push(("order".into(), Node::Seq(items.iter().map(|item| text(item)).collect())));
                }
            }
        }
        TaskKind::Line(_) => drop(&["answer", "because"]),
        TaskKind::Text { .. } => drop(&["rubric", "because"]),
        TaskKind::Measure(_) => {}
        TaskKind::Goal(goal) => {
            drop(&["hidden_seeds"]);
            let seeds = goal.seeds.len().max(1);
            for (key, need) in &mut entries {
                // Of the seeds that they see, they need as many as there are at the most.
                if key == "need" && goal.need.is_some_and(|need| need > seeds) {
                    *need = Node::Int(seeds as i128);
                }
            }
        }
        TaskKind::Script(script) => {
            let all = script.cases.iter().all(|case| case.hidden);
            for (key, cases) in &mut entries {
                if let ("cases", Node::Seq(cases)) = (key.as_str(), cases) {
                    cases.retain(|case| case.child(&step("hidden")) != Some(&Node::Bool(true)));
                }
            }
            // Its points are those of the cases that are left.
            if script.cases.iter().any(|case| case.hidden) {
                entries.retain(|(key, _)| {
                    key != "points" && !(all && matches!(key.as_str(), "cases" | "same_as" | "hyper"))
                });
            }
        }
    }
    Node::Map(entries)
}

/// An order that says nothing of the right one, and is not the right one; the same each time the course is packed.
fn shuffled(items: &[String], lab: &Lab, task: &TaskPlan, key: &str) -> Vec<String> {
    (0..100)
        .map(|number| draw::order(&lab.id, task, &format!("{key} {number}")))
        .find(|order| order != items)
        .unwrap_or_else(|| items.iter().rev().cloned().collect())
}

/// The texts of a lab in other languages (`lab.pt.yaml` beside `lab.yaml`) without those of hidden tasks, and without what
/// tells an answer.
pub(super) fn overlays(files: &BTreeMap<String, Vec<u8>>, lab_path: &str, lab: &Lab) -> Vec<(String, Vec<u8>)> {
    let stem = lab_path.strip_suffix(".yaml").or_else(|| lab_path.strip_suffix(".yml")).unwrap_or(lab_path);
    let mut stripped = Vec::new();
    for (path, bytes) in files {
        let language =
            path.strip_prefix(stem).and_then(|rest| rest.strip_prefix('.')).and_then(|rest| rest.strip_suffix(".yaml"));
        let fits =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !language.is_some_and(fits) {
            continue;
        }
        let Some(document) = Document::read(path, bytes).ok() else { continue };
        let (Node::Map(entries), Some(Node::Map(tasks))) = (document.root(), document.node(&[step("tasks")])) else {
            continue;
        };
        let kept = tasks.iter().filter_map(|(id, texts)| {
            let task = lab.tasks.iter().find(|task| task.id == *id).filter(|task| !task.hidden)?;
            let recorded = matches!(task.kind, TaskKind::Question(_) | TaskKind::Line(_) | TaskKind::Text { .. });
            let texts = match texts {
                Node::Map(texts) => {
                    let visible = |key: &str| !(recorded && matches!(key, "because" | "answer" | "rubric" | "order"));
                    Node::Map(texts.iter().filter(|(key, _)| visible(key)).cloned().collect())
                }
                other => other.clone(),
            };
            Some((id.clone(), texts))
        });
        let tasks = Node::Map(kept.collect());
        let entries = entries.iter().map(|(key, node)| match key.as_str() {
            "tasks" => (key.clone(), tasks.clone()),
            _ => (key.clone(), node.clone()),
        });
        stripped.push((path.clone(), Node::Map(entries.collect()).as_yaml().into_bytes()));
    }
    stripped
}
