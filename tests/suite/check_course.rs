//! `optlab check` of a course: its tasks, what has changed since its last revision, its texts in other languages.

use std::fs;
use std::path::Path;

use crate::program::optlab;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn checked(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = optlab(folder, &[&["check"], arguments].concat());
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn save(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The course of the page for authors: each block that has a file's name behind its language is that file.
fn course() -> tempfile::TempDir {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/courses.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    for block in page.split("\n```").skip(1).step_by(2) {
        let (head, text) = block.split_once('\n').unwrap();
        if let Some((_, name)) = head.split_once(' ') {
            save(folder.path(), &format!("course/{name}"), text);
            files += 1;
        }
    }
    assert_eq!(files, 5);
    folder
}

fn change(folder: &Path, name: &str, from: &str, to: &str) {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    assert!(text.contains(from), "{from}");
    save(folder, name, &text.replace(from, to));
}

#[test]
fn the_course_of_the_page_for_authors_is_right_as_the_page_says() {
    let folder = course();
    let (code, out, said) = checked(folder.path(), &["course/"]);
    assert_eq!(code, 0, "{out}{said}");
    assert!(out.contains("ok    course/ravine.yaml  7 tasks; starters fail, solutions pass\n"), "{out}{said}");
    assert!(
        out.ends_with("2 checked, 0 wrong, 1 stale translation\n"),
        "solutions and texts are checked with their lab: {out}"
    );
    assert!(said.contains("texts are not in this language yet: `tasks.height`"), "{said}");
    assert!(said.contains("the lab has changed since these texts were written: `title`"), "{said}");
}

#[test]
fn a_solution_that_fails_makes_its_lab_wrong_with_the_place_of_the_task() {
    let folder = course();
    change(folder.path(), "course/solutions/ravine.yaml", "lr: 0.7", "lr: 0.07");
    let (code, out, said) = checked(folder.path(), &["course"]);
    assert_eq!(code, 1, "{out}{said}");
    assert!(out.contains("wrong course/ravine.yaml\n") && out.contains("2 checked, 1 wrong"), "{out}");
    let line = fs::read_to_string(folder.path().join("course/ravine.yaml")).unwrap();
    let line = line.lines().position(|line| line.contains("id: down\n") || line.ends_with("id: down")).unwrap() + 1;
    assert!(said.contains("the task `down` is not solved by its solution"), "{said}");
    assert!(said.contains(&format!("course/ravine.yaml:{line}:")) && said.contains("does not hold within"), "{said}");
}

#[test]
fn what_was_translated_is_confirmed_and_what_the_lab_changes_then_is_named() {
    let folder = course();
    let texts = folder.path().join("course/ravine.pt.yaml");
    let before = fs::read_to_string(&texts).unwrap();
    let (code, out, said) = checked(folder.path(), &["--stamp", "course/ravine.pt.yaml"]);
    assert!(code == 0 && out.contains("stamped course/ravine.pt.yaml\n"), "{out}{said}");
    assert!(out.starts_with("course/ravine.pt.yaml: the lab has changed since: `title`"), "{out}");
    assert!(out.ends_with("1 checked, 0 wrong\n"), "{out}");
    let stamped = fs::read_to_string(&texts).unwrap();
    let after_of = |text: &str| text[text.find("\ntitle:").unwrap()..].to_owned();
    assert_eq!(after_of(&stamped), after_of(&before));
    let (_, _, said) = checked(folder.path(), &["course/ravine.yaml"]);
    assert!(!said.contains("has changed since"), "{said}");
    change(folder.path(), "course/ravine.yaml", "What does momentum average away?", "What does momentum remove?");
    let (code, _, said) = checked(folder.path(), &["course/ravine.yaml"]);
    assert!(code == 0 && said.contains("has changed since these texts were written: `tasks.across`"), "{said}");
    assert!(said.contains("optlab check --stamp course/ravine.pt.yaml"), "{said}");
    change(folder.path(), "course/ravine.pt.yaml", "  across:", "  acros:");
    let (code, out, said) = checked(folder.path(), &["course"]);
    assert!(code == 2 && out.contains("wrong course/ravine.yaml") && said.contains("did you mean `across`?"), "{said}");
}

#[test]
fn only_the_file_that_is_named_is_stamped() {
    let folder = course();
    let texts = |name: &str| fs::read_to_string(folder.path().join("course").join(name)).unwrap();
    fs::copy(folder.path().join("course/ravine.pt.yaml"), folder.path().join("course/ravine.es.yaml")).unwrap();
    let before = texts("ravine.es.yaml");
    let (code, out, said) = checked(folder.path(), &["course", "--stamp", "course/ravine.pt.yaml"]);
    assert!(code == 0 && out.ends_with("2 checked, 0 wrong, 1 stale translation\n"), "{out}{said}");
    assert!(out.contains("stamped course/ravine.pt.yaml") && !out.contains("ravine.es.yaml"), "{out}");
    assert_eq!(texts("ravine.es.yaml"), before);
    // Neither a folder nor the lab itself stands for the texts that somebody has read.
    for (wish, why) in
        [("course", "is a folder"), ("course/ravine.yaml", "is not the texts"), ("course/x.pt.yaml", "is none")]
    {
        let (code, out, said) = checked(folder.path(), &["course", "--stamp", wish]);
        assert!(code == 2 && out.is_empty() && said.contains(why), "{wish}: {code} {out}{said}");
    }
    assert_eq!(texts("ravine.es.yaml"), before);
}

#[test]
fn what_is_gone_since_the_last_revision_is_told() {
    let folder = course();
    let (top, last) = (folder.path(), course());
    fs::rename(last.path().join("course"), top.join("last")).unwrap();
    let (code, _, said) = checked(top, &["course", "--against", "last"]);
    assert_eq!(code, 0, "{said}");
    change(top, "course/ravine.yaml", "id: words", "id: word");
    let (code, _, said) = checked(top, &["course", "--against", "last"]);
    assert!(code == 1 && said.contains("the task `words` of last/ravine.yaml is gone"), "{said}");
    change(top, "course/ravine.yaml", "revision: 1", "revision: 2");
    let (code, _, said) = checked(top, &["course", "--against", "last"]);
    assert_eq!(code, 0, "{said}");
    change(top, "course/ravine.yaml", "id: down-the-ravine", "id: ravine");
    let (code, _, said) = checked(top, &["course", "--against", "last"]);
    assert!(code == 1 && said.contains("the lab `down-the-ravine` of last/ravine.yaml is gone"), "{said}");
    let (code, _, said) = checked(top, &["course", "--against", "nowhere"]);
    assert!(code == 2 && said.contains("nowhere"), "{said}");
}

#[test]
fn two_labs_of_one_id_would_share_their_progress() {
    let folder = course();
    let lab = fs::read_to_string(folder.path().join("course/ravine.yaml")).unwrap();
    save(folder.path(), "course/second.yaml", &lab);
    let (code, out, said) = checked(folder.path(), &["course"]);
    assert!(code == 1 && out.contains("wrong course/second.yaml"), "{out}{said}");
    assert!(said.contains("course/ravine.yaml has the id `down-the-ravine`, too"), "{said}");
}

#[test]
fn texts_whose_lab_is_not_there_are_told_as_such() {
    let folder = course();
    fs::rename(folder.path().join("course/ravine.yaml"), folder.path().join("course/other.yaml")).unwrap();
    let (code, out, said) = checked(folder.path(), &["course/ravine.pt.yaml"]);
    assert!(code == 2 && out.contains("wrong course/ravine.pt.yaml"), "{out}{said}");
    assert!(said.contains("their lab, `ravine.yaml`, is not beside them"), "{said}");
}

#[test]
fn the_tasks_of_labs_that_ship_can_be_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, said) = checked(folder.path(), &["bias-correction", "momentum-in-the-ravine"]);
    assert_eq!(code, 0, "{out}{said}");
    assert_eq!(out.matches("6 tasks; ").count(), 2, "{out}");
    assert!(out.contains("starters fail, solutions pass") && !said.contains("as it is handed out"), "{out}{said}");
}

#[test]
fn a_language_is_asked_for_by_a_flag_a_variable_or_the_locale_and_falls_back_to_the_lab_s_own() {
    let folder = course();
    let here = folder.path().join("course");
    let said = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("optlab"));
        command.current_dir(&here).env("HOME", folder.path()).env_remove("LC_ALL").env_remove("LC_MESSAGES");
        command.env("XDG_CONFIG_HOME", folder.path()).env("XDG_STATE_HOME", folder.path()).env("LANG", "C");
        let output =
            command.env_remove("OPTLAB_LANG").envs(variables.iter().copied()).args(arguments).output().unwrap();
        text(&output.stdout)
    };
    let tasks = ["tasks", "ravine.yaml"];
    assert!(said(&tasks, &[]).contains("What does momentum average away?"));
    for (arguments, variables) in [
        (&["tasks", "ravine.yaml", "--lang", "pt-BR"][..], &[][..]),
        (&tasks, &[("OPTLAB_LANG", "pt")]),
        (&tasks, &[("LANG", "pt_BR.UTF-8")]),
    ] {
        let said = said(arguments, variables);
        assert!(said.contains("O que o momento cancela na média?") && said.contains("caminho ao longo"), "{said}");
        assert!(said.contains("How high is the point at the end?"), "what is missing stays as it is: {said}");
    }
    assert!(said(&tasks, &[("LANG", "pt_BR.UTF-8"), ("OPTLAB_LANG", "en")]).contains("What does momentum average"));
    let list = said(&["list", "labs", "--lang", "pt"], &[]);
    assert!(list.contains("Descendo a ravina") && !list.contains("ravine.pt.yaml"), "{list}");
    assert!(said(&["list", "labs"], &[]).contains("Down the ravine"));
    assert!(said(&["show", "ravine.yaml", "--lang", "pt"], &[]).starts_with("Descendo a ravina (lab down-the-ravine"));
}

#[test]
fn a_copy_of_a_lab_has_its_texts_in_other_languages() {
    let folder = course();
    let output = optlab(folder.path(), &["copy", "course/ravine.yaml", "mine"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(folder.path().join("mine/ravine.pt.yaml").is_file() && !folder.path().join("mine/solutions").exists());
}
