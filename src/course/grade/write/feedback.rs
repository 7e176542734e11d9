//! A page of Markdown for a student: each lab with its tasks, what came of them and why. Nothing of what is hidden stands in
//! it but its points.

use super::{line_of, points_of};
use crate::course::grade::report::{Graded, GradedLab, GradedTask, Status, points};

/// The page.
pub fn page(graded: &Graded) -> String {
    let who = if graded.student.is_empty() { &graded.folder } else { &graded.student };
    let mut page = vec![format!("# {}\n\n**{}**\n", plain(who), line_of(graded))];
    page.extend(graded.refused.iter().map(|why| format!("\nThe submission cannot be read: {}\n", plain(why))));
    for lab in &graded.labs {
        let title = if lab.title.is_empty() { &lab.id } else { &lab.title };
        let (got, most) = lab.points();
        page.push(format!("\n## {}\n\n{} of {} points\n\n", plain(title), points(got), points(most)));
        page.extend(lab.tasks.iter().filter(|task| !task.hidden).map(of_task));
        page.push(of_hidden(lab));
    }
    page.concat()
}

fn of_task(task: &GradedTask) -> String {
    let word = match task.status {
        Status::Passed => "solved",
        Status::Failed if task.points > 0.0 => "solved in part",
        Status::Failed => "not solved",
        Status::Error => "could not be judged",
        Status::Open => "open",
        Status::GivenUp => "given up",
        Status::ByHand => "still to be read",
    };
    let mut told = vec![format!("- **{}**: {word}, {}\n", plain(&task.id), points_of(task))];
    if !matches!(task.status, Status::Open | Status::GivenUp) {
        let lines = task.shown.iter().flat_map(|line| line.lines()).map(str::trim).filter(|line| !line.is_empty());
        told.extend(lines.map(|line| format!("  - {}\n", plain(line))));
    }
    told.concat()
}

/// Hidden tasks by their points alone.
fn of_hidden(lab: &GradedLab) -> String {
    let hidden: Vec<&GradedTask> = lab.tasks.iter().filter(|task| task.hidden).collect();
    if hidden.is_empty() {
        return String::new();
    }
    let got: f64 = hidden.iter().map(|task| task.points).sum();
    let most: f64 = hidden.iter().map(|task| task.max_points).sum();
    format!("- what is tried beyond the tasks: {} of {}\n", points(got), points(most))
}

/// A text that Markdown takes as it stands: a script's message cannot bring a link, a heading or an image into the page. What
/// stands between two backticks stays a piece of code.
fn plain(text: &str) -> String {
    let text = crate::error::scrub_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    let paired = parts.len() % 2 == 1;
    let escaped = |part: &str| {
        let mut out = String::with_capacity(part.len());
        for c in part.chars() {
            if "\\*_[]<>#|!~&".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        out
    };
    let part = |(at, part): (usize, &&str)| if paired && at % 2 == 1 { (*part).to_owned() } else { escaped(part) };
    let parts: Vec<String> = parts.iter().enumerate().map(part).collect();
    parts.join(if paired { "`" } else { "\\`" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_student_wrote_is_markdown() {
        assert_eq!(plain("# [x](http://y) `a_b` <b>"), "\\# \\[x\\](http://y) `a_b` \\<b\\>");
        assert_eq!(plain("one ` alone_"), "one \\` alone\\_");
    }

    #[test]
    fn what_is_hidden_is_told_by_its_points_alone() {
        let task = |id: &str, hidden| GradedTask {
            id: id.into(),
            kind: "script",
            hidden,
            status: Status::Failed,
            points: 1.0,
            max_points: 2.0,
            message: "the secret case wants 0.25".into(),
            details: vec!["secret".into()],
            shown: if hidden { Vec::new() } else { vec!["step 1: expected 0.5".into()] },
            margin: None,
            fault: false,
            answer: None,
            rubric: "secret".into(),
        };
        let tasks = vec![task("write", false), task("secret-task", true)];
        let lab = GradedLab { id: "a".into(), title: "A".into(), revision: 1, tasks };
        let page = page(&Graded { student: "ana".into(), labs: vec![lab], ..Graded::default() });
        assert!(page.contains("**write**: solved in part, 1 of 2") && page.contains("step 1: expected 0.5"), "{page}");
        assert!(page.contains("beyond the tasks: 1 of 2") && !page.contains("secret"), "{page}");
    }
}
