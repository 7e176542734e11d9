//! A trial of a task: that it is not solved as it is handed out, or that its solution (for questions the answer that stands in
//! the lab) passes, on every seed, with half of what it may take to spare.

use super::solutions::{are_there, is_judged_by_files, solution, starter};
use super::{Findings, numbers};
use crate::course::draw;
use crate::course::judge::goal::budget;
use crate::course::judge::{Submitted, Trusted, judge, measure, script_task};
use crate::error::Error;
use crate::lab::Lab;
use crate::lab::plan::task::{Budget, Form, Goal, Question, Right, ScriptTask, TaskKind, TaskPlan};
use crate::snapshot::{Outcome, Verdict};

/// Lines of a verdict that are told.
const MOST_LINES: usize = 6;

/// A part of the check of a lab's tasks that can be worked on by itself.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    lab: &'a Lab,
    task: &'a TaskPlan,
    what: What,
}

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// The task as it is handed out.
    Starter,
    /// Its solution, or its answer.
    Solution,
}

/// All trials of a lab, in the order of its tasks. Files are tried where solutions lie beside the lab: without them it may be
/// the lab of a student, who has solved some. The answers of a packed lab stand elsewhere.
pub fn trials(lab: &Lab) -> Vec<Trial<'_>> {
    if lab.packed.is_some() {
        return Vec::new();
    }
    let mut trials = Vec::new();
    let by_files = are_there(lab);
    for task in &lab.tasks {
        match (is_judged_by_files(task), by_files) {
            (true, true) => {
                trials.extend([What::Starter, What::Solution].map(|what| Trial { lab, task, what }));
            }
            (true, false) => {}
            (false, _) => trials.push(Trial { lab, task, what: What::Solution }),
        }
    }
    trials
}

impl Trial<'_> {
    /// What came of it.
    pub fn found(&self) -> Findings {
        match (self.what, &self.task.kind) {
            (What::Starter, _) => self.starter(),
            (What::Solution, TaskKind::Question(question)) => self.question(question),
            (What::Solution, TaskKind::Measure(asked)) => match measure::right(self.lab, asked) {
                Err(why) => Findings::wrong(self.error("has no answer").help(why)),
                // What a screen shows has four digits or so.
                Ok(right) if !asked.within.holds(format!("{right:.3e}").parse().unwrap_or(right), right) => {
                    let warning = self.error("asks for more digits than a screen shows");
                    Findings::warned(warning.help(format!("the right number is {right}: make `within` larger")))
                }
                Ok(_) => Findings::default(),
            },
            (What::Solution, TaskKind::Line(line)) => {
                let lines = line.right.iter().flatten().map(ToString::to_string);
                self.answers(lines.collect())
            }
            (What::Solution, TaskKind::Text { .. }) => Findings::default(),
            (What::Solution, TaskKind::Goal(goal)) => self.goal(goal),
            (What::Solution, TaskKind::Script(asked)) => self.script(asked),
        }
    }

    /// What is to be said of the task, where it stands.
    fn error(&self, what: &str) -> Error {
        Error::check(format!("the task `{}` {what}", self.task.id)).at(self.task.place.clone())
    }

    /// The same with what came of judging it.
    fn with(error: Error, verdict: &Verdict) -> Error {
        let lines = verdict.details.iter().take(MOST_LINES);
        let error = lines.fold(error.help(verdict.message.clone()), |error, line| error.help(line.clone()));
        match verdict.details.len().saturating_sub(MOST_LINES) {
            0 => error,
            more => error.help(format!("and {more} more")),
        }
    }

    fn judged(&self, task: &TaskPlan, submitted: &Submitted, hidden: bool) -> Verdict {
        judge(&Trusted { lab: self.lab, student: "", hidden }, task, submitted)
    }

    /// The task as it is handed out brings no points, with what is hidden from students and without.
    fn starter(&self) -> Findings {
        let submitted = match starter(self.lab, self.task) {
            Ok(submitted) => submitted,
            Err(error) => return Findings::wrong(error),
        };
        let has_hidden = match &self.task.kind {
            TaskKind::Goal(goal) => !goal.hidden_seeds.is_empty(),
            TaskKind::Script(script) => script.cases.iter().any(|case| case.hidden),
            _ => false,
        };
        let mut findings = Findings::default();
        for hidden in [false, true].into_iter().take(1 + usize::from(has_hidden)) {
            let verdict = self.judged(self.task, &submitted, hidden);
            if verdict.passed() {
                let error = self.error("is solved as it is handed out");
                return Findings::wrong(Self::with(error, &verdict));
            }
            if verdict.points > 0.0 && findings.warnings.is_empty() {
                let points = format!("{} of {} points", verdict.points, self.task.points);
                let warning = self.error(&format!("brings {points} as it is handed out"));
                findings.warnings.push(Self::with(warning, &verdict));
            }
        }
        findings
    }

    /// Every number that may be drawn gives an answer, and the lab's own answer is right.
    fn question(&self, question: &Question) -> Findings {
        let mut findings = numbers::check(self.task, question);
        if !findings.errors.is_empty() {
            return findings;
        }
        let answers = match &question.right {
            None => Vec::new(),
            Some(Right::Number { expression, .. }) => {
                match crate::script::arithmetic(expression, &draw::numbers(&self.lab.id, self.task, "")) {
                    Ok(value) => vec![format!("{value:e}")],
                    Err(error) => return Findings::wrong(error.at(self.task.place.clone())),
                }
            }
            Some(Right::Text(accepted)) => accepted.clone(),
            Some(Right::Choice(name)) => vec![name.clone()],
            Some(Right::Order(right)) => {
                let shown = draw::order(&self.lab.id, self.task, "");
                let place = |item: &String| shown.iter().position(|shown| shown == item).unwrap_or_default();
                vec![right.iter().map(|item| (place(item) + 1).to_string()).collect::<Vec<_>>().join(" ")]
            }
        };
        findings.append(self.answers(answers));
        if let Form::Choice(choices) = &question.form {
            findings.append(self.alike(choices));
        }
        findings
    }

    /// Each of these answers passes.
    fn answers(&self, answers: Vec<String>) -> Findings {
        let mut findings = Findings::default();
        for answer in answers {
            let submitted = Submitted { answer: Some(answer.clone()), ..Submitted::default() };
            let verdict = self.judged(self.task, &submitted, true);
            if !verdict.passed() {
                let error = self.error(&format!("does not accept its own answer `{answer}`"));
                findings.errors.push(Self::with(error, &verdict));
            }
        }
        findings
    }

    /// Choices that read alike cannot be told apart.
    fn alike(&self, choices: &[(String, String)]) -> Findings {
        let fold = crate::course::judge::answer::fold;
        let mut findings = Findings::default();
        for (at, (name, text)) in choices.iter().enumerate() {
            if let Some((other, _)) = choices[..at].iter().find(|(_, other)| fold(other) == fold(text)) {
                findings.errors.push(self.error(&format!("has two choices that read alike: `{other}` and `{name}`")));
            }
        }
        findings
    }

    /// The solution holds all checks on all seeds, hidden ones too, within half the budget.
    fn goal(&self, goal: &Goal) -> Findings {
        let submitted = match solution(self.lab, self.task) {
            Ok(submitted) => submitted,
            Err(error) => return Findings::wrong(error),
        };
        let on_all_seeds = |budget: Option<Budget>| {
            let goal = Goal { need: None, budget, ..goal.clone() };
            TaskPlan { kind: TaskKind::Goal(goal), ..self.task.clone() }
        };
        let whole = budget(&Trusted { lab: self.lab, student: "", hidden: true }, goal);
        let half = match whole {
            Budget::Steps(u64::MAX) => goal.budget,
            Budget::Steps(steps) => Some(Budget::Steps(steps.div_ceil(2))),
            Budget::Epochs(epochs) => Some(Budget::Epochs(epochs.div_ceil(2))),
        };
        let verdict = self.judged(&on_all_seeds(half), &submitted, true);
        if verdict.passed() {
            return Findings::default();
        }
        // A solution that fails for any other reason fails with the whole budget, too.
        let slow = verdict.outcome == Outcome::Failed
            && half != goal.budget
            && self.judged(&on_all_seeds(goal.budget), &submitted, true).passed();
        let error = match (slow, half) {
            (true, Some(Budget::Steps(steps))) => {
                self.error(&format!("has a solution that needs more than half its budget, {steps} steps"))
            }
            (true, Some(Budget::Epochs(epochs))) => {
                self.error(&format!("has a solution that needs more than half its budget, {epochs} epochs"))
            }
            _ => self.error("is not solved by its solution"),
        };
        Findings::wrong(Self::with(error, &verdict))
    }

    /// The solution does what the reference does in all cases, with half of the operations that it may take.
    fn script(&self, asked: &ScriptTask) -> Findings {
        let submitted = match solution(self.lab, self.task) {
            Ok(submitted) => submitted,
            Err(error) => return Findings::wrong(error),
        };
        let trusted = Trusted { lab: self.lab, student: "", hidden: true };
        let verdict = script_task(&trusted, asked, &submitted, true);
        if verdict.passed() {
            return Findings::default();
        }
        let slow = self.judged(self.task, &submitted, true).passed();
        let what = if slow {
            "has a solution that needs more than half of the operations that it may take"
        } else {
            "is not solved by its solution"
        };
        Findings::wrong(Self::with(self.error(what), &verdict))
    }
}
