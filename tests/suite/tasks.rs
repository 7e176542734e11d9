//! Tasks without a screen: `optlab tasks` lists, judges and keeps, and nothing that was shown as done is ever lost.

use std::process::{Output, Stdio};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

const LAB: &str = "format: 1
id: my-lab
landscape: {source: bowl, start: [1, 1]}
optimizer: {rule: sgd, lr: 0.01}
training: {steps: 20}
learnt: Descent goes down.
tasks:
  - {id: number, kind: question, say: What is 1 - 0.98?, answer: 0.02, within: 0.0001, hints: [Subtract.], because: \"It is 1 - beta.\"}
  - {id: reach, kind: goal, say: Go lower., edit: [optimizer], check: run.height < 0.001, seeds: [1, 2]}
  - {id: why, kind: text, say: Why?, rubric: The slope.}
";

struct Place {
    top: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { top: tempfile::tempdir().unwrap() };
        place.save(LAB);
        place
    }

    fn save(&self, text: &str) {
        std::fs::write(self.top.path().join("lab.yaml"), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("optlab"));
        command.current_dir(self.top.path()).env("HOME", self.top.path()).arg("tasks").args(arguments);
        command.env("XDG_STATE_HOME", self.top.path().join("state")).env_remove("NO_COLOR");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::from_std(self.command(arguments)).timeout(Duration::from_secs(60)).output().unwrap()
    }

    fn progress(&self) -> std::path::PathBuf {
        self.top.path().join("state/optlab/progress.yaml")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap()
}

#[test]
fn a_lab_is_done_from_the_first_question_to_the_last_line_without_a_screen() {
    let place = Place::new();
    let first = place.run(&["lab.yaml"]);
    let said = text(&first.stdout);
    assert_eq!(first.status.code(), Some(1), "{said}");
    for line in [
        "my-lab: 0 of 3 points",
        "open      number  (question, 0 of 1 point)",
        "--answer number=NUMBER",
        "--hint number",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(said.contains("does not hold") || said.contains("0 of 2 seeds"), "a goal is judged as it stands\n{said}");

    let wrong = place.run(&["lab.yaml", "--answer", "number=0.2", "--hint", "number"]);
    let said = text(&wrong.stdout);
    assert!(wrong.status.code() == Some(1) && said.contains("hint: Subtract.") && !said.contains("0.02"), "{said}");

    place.save(&LAB.replace("lr: 0.01", "lr: 0.2"));
    let last = place.run(&["lab.yaml", "--answer", "number=0,02", "--answer", "why=Because of the slope.", "--json"]);
    assert_eq!(last.status.code(), Some(0), "{}", text(&last.stderr));
    let all = json(&last);
    assert_eq!((all["points"].as_f64(), all["max_points"].as_f64()), (Some(2.0), Some(3.0)));
    let status: Vec<&str> =
        all["tasks"].as_array().unwrap().iter().map(|task| task["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["passed", "passed", "recorded"]);
    assert_eq!(all["tasks"][0]["because"], "It is 1 - beta.");

    // What is done stays done, whatever the files say then.
    place.save(LAB);
    let again = place.run(&["lab.yaml"]);
    assert!(again.status.success() && text(&again.stdout).contains("Descent goes down."), "{}", text(&again.stdout));
}

#[test]
fn a_task_that_is_given_up_shows_its_answer() {
    let place = Place::new();
    let output = place.run(&["lab.yaml", "--give-up", "number"]);
    let said = text(&output.stdout);
    assert!(said.contains("given up  number") && said.contains("right is: 0.02"), "{said}");
    let late = place.run(&["lab.yaml", "--answer", "number=0.02"]);
    assert_eq!(late.status.code(), Some(2), "{}", text(&late.stderr));
}

#[test]
fn wrong_usage_is_told_and_keeps_nothing() {
    let place = Place::new();
    for (arguments, said) in [
        (&["lab.yaml", "--answer", "number"][..], "has no `=`"),
        (&["lab.yaml", "--answer", "numbr=1"], "did you mean `number`?"),
        (&["lab.yaml", "--answer", "number=0.02", "--hint", "nothing"], "no task `nothing`"),
        (&["lab.yaml", "--hint", "why"], "no hints"),
        (&["lab.yaml", "--answer", "reach=1"], "judged as they stand"),
        (&["nowhere.yaml"], "nowhere.yaml"),
    ] {
        let output = place.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
        assert!(!place.progress().exists(), "{arguments:?}");
    }
}

#[test]
fn progress_that_cannot_be_read_is_one_error_and_stays_as_it_is() {
    let place = Place::new();
    std::fs::create_dir_all(place.progress().parent().unwrap()).unwrap();
    std::fs::write(place.progress(), "format: 1\nlabs: [broken\n").unwrap();
    let output = place.run(&["lab.yaml", "--answer", "number=0.02"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("progress.yaml:2") && said.matches("error").count() == 1, "{said}");
    assert_eq!(std::fs::read_to_string(place.progress()).unwrap(), "format: 1\nlabs: [broken\n");
}

#[test]
fn a_script_that_is_not_finished_yet_is_told_of_its_own_task_alone() {
    let place = Place::new();
    let init = Command::cargo_bin("optlab").unwrap().current_dir(place.top.path()).args(["init", "mine"]).output();
    assert!(init.unwrap().status.success());
    let folder = place.top.path().join("mine");
    std::fs::write(folder.join("labs/my_optimizer.rhai"), "fn update(w, dw, state, h, t) {").unwrap();
    let output = Command::from_std(place.command(&["write-an-optimizer"])).current_dir(&folder).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output.stderr));
}

/// Answers come from several programs at once, of which some are killed at any moment.
#[test]
fn what_was_shown_as_done_outlives_other_sessions_and_their_end_by_force() {
    let task = |at| format!("  - {{id: t{at}, kind: question, say: a, answer: {at}}}\n");
    let tasks = (0..12).map(task).collect::<Vec<String>>().concat();
    let place = Place::new();
    let lab = |id: &str| {
        let head = LAB.split("tasks:").next().unwrap().replace("my-lab", id);
        std::fs::write(place.top.path().join(format!("{id}.yaml")), format!("{head}tasks:\n{tasks}")).unwrap();
    };
    lab("one");
    lab("two");
    let mut shown: Vec<(&str, usize)> = Vec::new();
    for at in 0..12 {
        let answer = format!("t{at}={at}");
        let start = |lab: &'static str| {
            let arguments = [&format!("{lab}.yaml"), "--answer", &answer];
            let mut command = place.command(&arguments);
            (lab, command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
        };
        let (one, mut two) = (start("one"), start("two"));
        if at % 2 == 0 {
            std::thread::sleep(Duration::from_millis(7 * at as u64));
            let _ = two.1.kill();
        }
        for (lab, program) in [one, two] {
            let output = program.wait_with_output().unwrap();
            if text(&output.stdout).contains(&format!("solved    t{at} ")) {
                shown.push((lab, at));
            }
        }
    }
    assert!(shown.len() >= 12, "{shown:?}");
    let kept = std::fs::read_to_string(place.progress()).unwrap();
    for (lab, at) in shown {
        let output = place.run(&[&format!("{lab}.yaml"), "--json"]);
        assert_eq!(json(&output)["tasks"][at]["status"], "passed", "{lab} t{at}\n{kept}");
    }
}
