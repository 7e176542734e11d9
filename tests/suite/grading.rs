//! A course on its whole way: packed, handed out, answered, handed in, graded with its key, and taken into a table. And
//! what strangers hand in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use optlab::course::draw;
use optlab::lab::{Lab, Overrides};
use optlab::train::on_large_stack;
use serde_json::Value;

const LAB: &str = "# Mine.
format: 1
id: bowl
title: A bowl
revision: 2
landscape: {source: bowl, start: [1, 1]}   # round
optimizer: {rule: mine.rhai, lr: 0.1}
training: {steps: 20}
tasks:
  - id: ask
    kind: question
    say: 'What is ten times 1 - {beta}?'
    draw: {beta: [0.9, 0.98, 0.5, 0.75]}
    answer: (1 - beta) * 10
    within: 0.001
    because: Ten times the rest.
  - {id: pick, kind: question, say: Which?, choices: {a: up, b: down}, answer: b, points: 2}
  - {id: sort, kind: question, say: In which order?, order: [gradient, average, step]}
  - {id: word, kind: question, say: What is it called?, answer: [momentum, momento]}
  # the answer is 2
  - {id: find, kind: line, say: Where is the update?, file: mine.rhai, answer: 2}
  - {id: reach, kind: goal, say: Go down., edit: [optimizer.lr, training.steps], files: [mine.rhai], check: run.loss < 0.0001, hidden_seeds: [3]}
  - id: write
    kind: script
    say: Write it.
    file: mine.rhai
    same_as: sgd
    cases: [{name: first step, steps: 1, points: 2}, {name: many, steps: 40, hidden: true}]
  - {id: secret, kind: script, say: Secret., file: mine.rhai, same_as: reference.rhai, hidden: true}
  - {id: why, kind: text, say: Why?, rubric: Both averages are named., points: 4}

# Where it is looked at.
watch: {panes: [map]}
";
const STARTER: &str = "fn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w }\n";
const SOLVED: &str = "fn hyper() { #{ lr: 0.1 } }\nfn update(w, dw, state, h, t) { w - h.lr * dw }\n";

fn optlab(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("optlab")
        .unwrap()
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", "/nowhere")
        .env("XDG_STATE_HOME", folder.join(".state"))
        .args(arguments)
        .timeout(Duration::from_secs(300))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The last line on standard output as JSON, without the field of times.
fn report(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_else(|| panic!("{}", said(output)));
    let mut report: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{}", said(output)));
    assert!(report["times"]["seconds"].is_number());
    report["times"].take();
    report
}

/// The statuses of a submission's tasks, by their ids.
fn statuses(submission: &Value) -> Vec<(String, String)> {
    let labs = submission["labs"].as_array().unwrap().iter();
    let tasks = labs.flat_map(|lab| lab["tasks"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    tasks.map(|task| (text(&task["id"]), text(&task["status"]))).collect()
}

/// A course of one lab, packed: what students get is in `out`, the key is `a.key`.
fn packed() -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    let labs = top.path().join("course/labs");
    fs::create_dir_all(labs.join("solutions")).unwrap();
    fs::write(labs.join("bowl.yaml"), LAB).unwrap();
    fs::write(labs.join("mine.rhai"), STARTER).unwrap();
    fs::write(labs.join("reference.rhai"), SOLVED).unwrap();
    fs::write(labs.join("solutions/mine.rhai"), SOLVED).unwrap();
    let output = optlab(top.path(), &["pack", "course", "-o", "out", "--key", "a.key"]);
    assert!(output.status.success(), "{}", said(&output));
    top
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A student's folder with this script, and all answers if that is said.
fn student(top: &Path, name: &str, script: &str, answers: bool) -> PathBuf {
    let folder = top.join(name);
    copy(&top.join("out"), &folder);
    fs::write(folder.join("labs/mine.rhai"), script).unwrap();
    let mut progress = format!("format: 1\nstudent: {name}\nlabs:\n  bowl:\n");
    if answers {
        let path = folder.join("labs/bowl.yaml").display().to_string();
        let lab = on_large_stack(|| Lab::open(&path, &Overrides::default())).unwrap();
        let (_, beta) = draw::numbers("bowl", &lab.tasks[0], name)[0].clone();
        for (task, answer) in [
            ("ask", format!("{}", (1.0 - beta) * 10.0)),
            ("pick", "b".into()),
            ("sort", "'gradient, average, step'".into()),
            ("word", "Momentum".into()),
            ("find", "2".into()),
            ("why", "=because of \"both\", averages".into()),
        ] {
            progress.push_str(
                &format!("    {task}: {{answer: {answer:?}, recorded: 2026-11-28T10:02:11Z}}\n")
                    .replace("\"'", "\"")
                    .replace("'\"", "\""),
            );
        }
        let text = fs::read_to_string(&path).unwrap().replace("lr: 0.1}", "lr: 0.4}");
        fs::write(&path, text).unwrap();
    } else {
        progress.push_str("    {}\n");
    }
    fs::write(folder.join("progress.yaml"), progress).unwrap();
    folder
}

#[test]
fn what_students_get_has_no_answers_and_keeps_what_stands_around_them() {
    let top = packed();
    let lab = fs::read_to_string(top.path().join("out/labs/bowl.yaml")).unwrap();
    for gone in [
        "Momentum",
        "momentum",
        "beta) * 10",
        "Ten times",
        "rubric",
        "the answer",
        "hidden",
        "secret",
        "many",
        "reference",
    ] {
        assert!(!lab.contains(gone), "{gone} is in it:\n{lab}");
    }
    for kept in [
        "# Mine.\n",
        "{source: bowl, start: [1, 1]}   # round",
        "packed: ",
        "# Where it is looked at.\nwatch:",
        "beta:",
        "form: number",
    ] {
        assert!(lab.contains(kept), "{kept} is not in it:\n{lab}");
    }
    assert!(!lab.contains("- gradient\n  - average\n  - step"), "{lab}");
    let there = |path: &str| top.path().join("out").join(path).exists();
    assert!(there("labs/mine.rhai") && there(".optlab/root"));
    assert!(!there("labs/solutions") && !there("labs/reference.rhai"));
    // Packed once more it is the same, and nothing is written over.
    let again = optlab(top.path(), &["pack", "course", "-o", "out2", "--key", "b.key"]);
    assert!(again.status.success(), "{}", said(&again));
    let read = |path: &str| fs::read(top.path().join(path)).unwrap();
    assert_eq!(read("a.key"), read("b.key"));
    assert_eq!(read("out/labs/bowl.yaml"), read("out2/labs/bowl.yaml"));
    for (out, key) in [("out", "c.key"), ("out3", "a.key"), ("out3", "out3/c.key")] {
        assert_eq!(
            optlab(top.path(), &["pack", "course", "-o", out, "--key", key]).status.code(),
            Some(2),
            "{out} {key}"
        );
    }
}

#[test]
fn the_whole_way_from_a_course_to_a_table_of_points() {
    let top = packed();
    let work = student(top.path(), "ana", SOLVED, true);
    let submit = optlab(&work, &["submit", "-o", "../ana.zip"]);
    assert!(submit.status.success(), "{}", said(&submit));
    let told = said(&submit);
    assert!(told.contains("judged later: ask, pick, sort, word, find, why"), "{told}");
    assert!(told.contains("labs/mine.rhai") && told.contains("progress.yaml"), "{told}");
    // As it was handed out: nothing.
    student(top.path(), "bob", STARTER, false);
    let arguments = [
        "grade",
        "ana.zip",
        "bob",
        "--key",
        "a.key",
        "--json",
        "--csv",
        "points.csv",
        "--feedback",
        "pages",
        "--gradescope",
        "scope",
        "--by-hand",
        "hand.csv",
    ];
    let graded = optlab(top.path(), &arguments);
    assert_eq!(graded.status.code(), Some(1), "{}", said(&graded));
    let all = report(&graded);
    let [ana, bob] = [0, 1].map(|at| &all["submissions"][at]);
    assert!(
        statuses(ana).iter().all(|(id, status)| status == if id == "why" { "by-hand" } else { "passed" }),
        "{ana:#}"
    );
    assert_eq!((ana["points"].as_f64(), ana["max_points"].as_f64()), (Some(11.0), Some(15.0)), "{ana:#}");
    assert_eq!(ana["notes"].as_array().unwrap().len(), 0, "{ana:#}");
    assert_eq!((bob["points"].as_f64(), bob["student"].as_str()), (Some(0.0), Some("bob")));
    assert!(statuses(bob).iter().all(|(_, status)| status == "open"), "{bob:#}");
    assert_eq!(all["key"], Value::from(ana["labs"][0]["id"].as_str().map(|_| all["key"].as_str().unwrap()).unwrap()));
    // The table, as others read it.
    let mut table = csv::Reader::from_path(top.path().join("points.csv")).unwrap();
    let head = table.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0][column("student")], &rows[0][column("points")]), ("ana", "11"));
    assert_eq!((&rows[0][column("bowl/pick")], &rows[0][column("bowl/why")]), ("2", ""));
    // A page without what is hidden.
    let page = fs::read_to_string(top.path().join("pages/ana.md")).unwrap();
    assert!(page.contains("# ana") && page.contains("11 of 15 points") && !page.contains("secret"), "{page}");
    let scope: Value = serde_json::from_slice(&fs::read(top.path().join("scope/ana/results.json")).unwrap()).unwrap();
    assert_eq!((scope["score"].as_f64(), scope["tests"].as_array().map(Vec::len)), (Some(11.0), Some(9)));
    // A person reads the sentences, and gives points.
    let hand = fs::read_to_string(top.path().join("hand.csv")).unwrap();
    assert!(hand.contains("ana,bowl,why,,,\"'=because of \"\"both\"\", averages\",Both averages are named."), "{hand}");
    fs::write(top.path().join("hand.csv"), hand.replace("why,,,", "why,3.5,Nearly all.,")).unwrap();
    let graded = optlab(top.path(), &arguments);
    let all = report(&graded);
    assert_eq!(all["submissions"][0]["points"].as_f64(), Some(14.5));
    let why = &all["submissions"][0]["labs"][0]["tasks"][8];
    assert_eq!((why["status"].as_str(), why["message"].as_str()), (Some("failed"), Some("Nearly all.")));
}

#[test]
fn nothing_that_a_student_edits_gains_points() {
    let top = packed();
    let work = student(top.path(), "eve", SOLVED, false);
    let lab = work.join("labs/bowl.yaml");
    let text = fs::read_to_string(&lab).unwrap();
    // Another check, another reference, more steps under another id, another start, points.
    let text = text
        .replace("run.loss < 0.0001", "run.loss < 1000")
        .replace("same_as: sgd", "same_as: mine.rhai")
        .replace("start: [1, 1]", "start: [0, 0]")
        .replace("revision: 2", "revision: 99");
    fs::write(&lab, text).unwrap();
    fs::write(work.join("labs/mine.rhai"), STARTER.replace("{ w }", "{ w * 2 }")).unwrap();
    fs::write(
        work.join("progress.yaml"),
        "format: 1\nstudent: eve\nlabs:\n  bowl:\n    ask: {done: 2026-11-28T10:02:11Z, points: 1}\n    write: {done: 2026-11-28T10:02:11Z, points: 100}\n    reach: {points: 1}\n    pick: {answer: b, given_up: 2026-11-28T10:02:11Z}\n",
    )
    .unwrap();
    fs::write(work.join("config.yaml"), "threads: 8\n").unwrap();
    let graded = optlab(top.path(), &["grade", "eve", "--key", "a.key", "--json"]);
    let all = report(&graded);
    let eve = &all["submissions"][0];
    assert_eq!(eve["points"].as_f64(), Some(0.0), "{eve:#}");
    assert!(statuses(eve).contains(&("pick".to_owned(), "given-up".to_owned())), "{eve:#}");
    let notes = eve["notes"].to_string();
    assert!(notes.contains("bowl/write: progress.yaml says 100, graded 0"), "{notes}");
}

#[test]
fn one_endless_one_exploding_and_one_huge_script_cost_their_own_tasks_alone() {
    let top = packed();
    let all = top.path().join("all");
    fs::create_dir(&all).unwrap();
    let bad = [
        ("s10", "{ loop { } }"),
        ("s20", "{ let a = [1.0]; loop { a += a; } }"),
        ("s30", "{ let f = |x| x; loop { f = f.curry(f); } w }"),
        ("s40", "{ loop { print(\"all work and no play\"); } }"),
    ];
    for at in 0..50 {
        let name = format!("s{at:02}");
        let script = match bad.iter().find(|(bad, _)| *bad == name) {
            Some((_, body)) => STARTER.replace("{ w }", body),
            // Half of them wrote the same.
            None if at % 2 == 0 => SOLVED.to_owned(),
            None => SOLVED.replace("w - h.lr * dw", &format!("let s{at} = h.lr * dw; w - s{at}")),
        };
        student(top.path(), &name, &script, false);
        fs::rename(top.path().join(&name), all.join(&name)).unwrap();
    }
    let start = Instant::now();
    let graded = optlab(top.path(), &["grade", "all", "--key", "a.key", "--json", "--budget", "60"]);
    assert!(start.elapsed() < Duration::from_secs(240), "{:?}", start.elapsed());
    let first = report(&graded);
    for (at, submission) in first["submissions"].as_array().unwrap().iter().enumerate() {
        let name = submission["folder"].as_str().unwrap();
        assert_eq!(name, format!("s{at:02}"));
        let write = statuses(submission).into_iter().find(|(id, _)| id == "write").unwrap().1;
        if bad.iter().any(|(bad, _)| *bad == name) {
            assert!(["error", "failed"].contains(&write.as_str()) && submission["points"] == 0, "{submission:#}");
        } else {
            assert_eq!((write.as_str(), submission["points"].as_f64()), ("passed", Some(4.0)), "{submission:#}");
        }
    }
    assert_eq!(first["alike"][0].as_array().unwrap().len(), 21, "{}", first["alike"]);
    // Again, one at a time: the same but for times.
    let again = optlab(top.path(), &["grade", "all", "--key", "a.key", "--json", "--budget", "60", "--jobs", "1"]);
    assert_eq!(first, report(&again));
}

#[test]
fn a_roster_names_who_is_missing_and_nobody_else() {
    let top = packed();
    let all = top.path().join("all");
    fs::create_dir(&all).unwrap();
    for (name, folder) in
        [("Ana Silva", "Ana Silva_12_assignsubmission_file_"), ("José", "Jose_13_assignsubmission_file_")]
    {
        let work = student(top.path(), "work", SOLVED, false);
        fs::write(work.join("progress.yaml"), format!("format: 1\nstudent: {name}\n")).unwrap();
        fs::create_dir(all.join(folder)).unwrap();
        let zip = optlab(&work, &["submit", "-o", "../a.zip"]);
        assert!(zip.status.success(), "{}", said(&zip));
        fs::rename(top.path().join("a.zip"), all.join(folder).join("a.zip")).unwrap();
        fs::remove_dir_all(&work).unwrap();
    }
    fs::write(top.path().join("roster.csv"), "id,name\n7,Maria Lima\n8,José\n9,ana silva\n").unwrap();
    let arguments = ["grade", "all", "--key", "a.key", "--json", "--roster", "roster.csv", "--moodle", "moodle.csv"];
    let graded = optlab(top.path(), &arguments);
    let line = String::from_utf8_lossy(&graded.stdout).into_owned();
    for name in ["Ana", "ana", "Jos", "Maria", "Lima"] {
        assert!(!line.contains(name), "{name} is in it: {line}");
    }
    let told = String::from_utf8_lossy(&graded.stderr).into_owned();
    assert!(told.contains("missing: 7 Maria Lima (student-001)"), "{told}");
    let all = report(&graded);
    assert_eq!(all["submissions"][0]["folder"], "student-002");
    assert_eq!(all["alike"][0], serde_json::json!(["student-002", "student-003"]));
    let moodle = fs::read_to_string(top.path().join("moodle.csv")).unwrap();
    assert!(
        moodle.starts_with("Identifier,Full name,Grade,Maximum Grade,Feedback comments\nParticipant 13,"),
        "{moodle}"
    );
}

#[test]
fn what_cannot_be_graded_is_told_and_the_exit_code_says_which() {
    let top = packed();
    student(top.path(), "ana", SOLVED, true);
    fs::write(top.path().join("bad.zip"), "PK").unwrap();
    fs::write(top.path().join("other.key"), "{}").unwrap();
    fs::write(top.path().join("hand.csv"), "student,lab,task,points\nana,bowl,whi,1\n").unwrap();
    fs::write(top.path().join("who.csv"), "student,lab,task,points\n7,bowl,why,1\n").unwrap();
    for (arguments, code, why) in [
        (vec!["grade", "nowhere", "--key", "a.key"], 2, "cannot be read"),
        (vec!["grade", "ana", "--key", "a.key", "--by-hand", "who.csv"], 0, "by `7`: without `--roster` a row names"),
        (vec!["grade", "ana", "--key", "other.key"], 2, "is no key file made by `optlab pack`"),
        (vec!["grade", "ana", "--key", "a.key", "--moodle", "m.csv"], 2, "no submission has a name of Moodle's"),
        (vec!["grade", "ana", "--key", "a.key", "--by-hand", "hand.csv"], 2, "hand.csv:2: `bowl` has no task `whi`"),
        (vec!["grade", "bad.zip", "--key", "a.key"], 1, "refused: it is no zip, or a damaged one"),
        (vec!["grade", "ana", "--key", "a.key"], 0, "8 passed, 1 by-hand"),
    ] {
        let output = optlab(top.path(), &arguments);
        assert!(said(&output).contains(why), "{arguments:?}: {}", said(&output));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
    }
}

/// A script that is not finished costs what it was to do, and nothing else of its lab.
#[test]
fn a_packed_lab_whose_script_is_broken_is_handed_in_with_all_that_was_done_of_it() {
    let top = packed();
    let work = student(top.path(), "eva", SOLVED, true);
    fs::write(work.join("labs/mine.rhai"), "fn update(").unwrap();
    let told = said(&optlab(&work, &["submit", "-o", "../eva.zip"]));
    assert!(told.contains("labs/bowl.yaml") && told.contains("handed in as it is"), "{told}");
    let all = report(&optlab(top.path(), &["grade", "eva.zip", "--key", "a.key", "--json"]));
    let eva = &all["submissions"][0];
    assert_eq!(eva["notes"].as_array().unwrap().len(), 0, "{eva:#}");
    let passed = statuses(eva).iter().filter(|(_, status)| status == "passed").count();
    assert!(passed >= 5 && statuses(eva).iter().any(|(_, status)| status == "error"), "{eva:#}");
}
