//! The user's file of settings: what holds and why, what is kept in it, and that a file that is wrong stops nothing.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

/// A home with a folder of configuration.
struct Home {
    top: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { top: tempfile::tempdir().unwrap() }
    }

    fn with(text: &str) -> Self {
        let home = Self::new();
        std::fs::create_dir_all(home.file().parent().unwrap()).unwrap();
        std::fs::write(home.file(), text).unwrap();
        home
    }

    fn configuration(&self) -> PathBuf {
        self.top.path().join("configuration")
    }

    fn file(&self) -> PathBuf {
        self.configuration().join("optlab/config.yaml")
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::cargo_bin("optlab").unwrap();
        for name in ["NO_COLOR", "VISUAL", "EDITOR", "OPTLAB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"] {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", self.configuration()).env("HOME", self.top.path());
        command.envs(variables.iter().copied());
        command.current_dir(self.top.path()).args(arguments).timeout(Duration::from_secs(60)).output().unwrap()
    }

    /// What `optlab config --json` says of a setting: value, and where from.
    fn held(&self, setting: &str, arguments: &[&str], variables: &[(&str, &str)]) -> (Value, String) {
        let arguments: Vec<&str> = ["config", "--json"].into_iter().chain(arguments.iter().copied()).collect();
        let output = self.run(&arguments, variables);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let held = &json["settings"][setting];
        (held["value"].clone(), format!("{} {}", held["from"].as_str().unwrap(), held["which"]))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_flag_goes_before_a_variable_a_variable_before_the_file_and_the_file_before_the_default() {
    let home = Home::with("theme: light\ncolors: true\nthreads: 3\neditor: vim -n\n");
    let held = |setting: &str, arguments: &[&str], variables: &[(&str, &str)]| {
        let (value, why) = home.held(setting, arguments, variables);
        format!("{value} {why}")
    };
    assert_eq!(held("theme", &[], &[]), "\"light\" file 1");
    assert_eq!(held("theme", &[], &[("NO_COLOR", "1")]), "\"mono\" variable \"NO_COLOR\"");
    assert_eq!(held("theme", &[], &[("NO_COLOR", "")]), "\"light\" file 1");
    assert_eq!(held("theme", &["--theme", "lecture"], &[("NO_COLOR", "1")]), "\"lecture\" flag \"--theme\"");
    assert_eq!(held("colors", &[], &[]), "\"true\" file 2");
    assert_eq!(held("colors", &["--colors", "256"], &[]), "\"256\" flag \"--colors\"");
    assert_eq!(held("threads", &[], &[]), "3 file 3");
    assert_eq!(held("threads", &["--threads", "2"], &[]), "2 flag \"--threads\"");
    assert_eq!(held("editor", &[], &[]), "\"vim -n\" file 4");
    assert_eq!(held("editor", &[], &[("EDITOR", "nano")]), "\"nano\" variable \"EDITOR\"");
    assert_eq!(
        held("editor", &[], &[("EDITOR", "nano"), ("VISUAL", "code --wait")]),
        "\"code --wait\" variable \"VISUAL\""
    );
    assert_eq!(held("editor", &[], &[("EDITOR", "  ")]), "\"vim -n\" file 4");
    let empty = Home::new();
    let defaults = ["theme", "colors", "threads", "editor", "lang", "student"].map(|setting| {
        let (value, why) = empty.held(setting, &[], &[]);
        format!("{value} {why}")
    });
    let nothing = "null default null";
    let english = "\"en\" default null";
    assert_eq!(defaults, ["\"dark\" default null", "\"16\" default null", "1 default null", nothing, english, nothing]);
}

#[test]
fn a_language_of_the_file_goes_before_the_locale_and_after_what_is_said_for_optlab_alone() {
    let home = Home::with("lang: pt\nstudent: Ana Silva\n");
    let held = |home: &Home, arguments: &[&str], variables: &[(&str, &str)]| {
        let (value, why) = home.held("lang", arguments, variables);
        format!("{value} {why}")
    };
    let english = [("LANG", "en_US.UTF-8")];
    assert_eq!(held(&home, &[], &english), "\"pt\" file 1");
    assert_eq!(held(&home, &[], &[("OPTLAB_LANG", "de")]), "\"de\" variable \"OPTLAB_LANG\"");
    assert_eq!(held(&home, &["--lang", "fr"], &[("OPTLAB_LANG", "de")]), "\"fr\" flag \"--lang\"");
    let (name, why) = home.held("student", &[], &[]);
    assert_eq!((name.as_str().unwrap(), why.as_str()), ("Ana Silva", "file 2"));
    assert_eq!(home.held("student", &["--student", "bia"], &[]).1, "flag \"--student\"");
    let empty = Home::new();
    assert_eq!(held(&empty, &[], &english), "\"en-US\" variable \"LANG\"");
    let brazil = [("LC_ALL", ""), ("LC_MESSAGES", "pt_BR.UTF-8"), ("LANG", "en_US.UTF-8")];
    assert_eq!(held(&empty, &[], &brazil), "\"pt-BR\" variable \"LC_MESSAGES\"");
    // A locale of no language says none, though it hides the others.
    assert_eq!(held(&empty, &[], &[("LC_ALL", "C.UTF-8"), ("LANG", "pt_BR.UTF-8")]), "\"en\" default null");
    let shown = text(&empty.run(&["config"], &brazil).stdout);
    assert!(shown.contains("lang     pt-BR        by the variable LC_MESSAGES"), "{shown}");
    assert!(shown.contains("the one in progress.yaml"), "{shown}");
}

#[test]
fn config_says_what_holds_and_why_in_words() {
    let home = Home::with("theme: light\n");
    let shown = text(&home.run(&["config", "--threads", "2"], &[("EDITOR", "nano")]).stdout);
    for words in
        ["theme    light        by the file, line 1", "by the flag --threads", "by the variable EDITOR", "by default"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(shown.contains(&home.file().display().to_string()), "{shown}");
    let shown = text(&Home::new().run(&["config"], &[]).stdout);
    assert!(shown.contains("not there; `:keep`"), "{shown}");
}

#[test]
fn the_file_is_where_the_system_wants_it() {
    let home = Home::new();
    let path = |variables: &[(&str, &str)]| {
        let json: Value = serde_json::from_slice(&home.run(&["config", "--json"], variables).stdout).unwrap();
        PathBuf::from(json["file"].as_str().unwrap())
    };
    assert_eq!(path(&[]), home.file());
    let usual = home.top.path().join(".config/optlab/config.yaml");
    // As the rule has it, an empty or a relative path does not count.
    assert_eq!(path(&[("XDG_CONFIG_HOME", "")]), usual);
    assert_eq!(path(&[("XDG_CONFIG_HOME", "here")]), usual);
}

#[test]
fn what_is_wrong_is_told_once_with_its_place_and_stops_nothing() {
    for (written, words) in [
        ("theme: lihgt\nthreads: 2\n", &["config.yaml:1:8", "did you mean `light`?"][..]),
        ("threads: 2\nthem: light\n", &["config.yaml:2:1", "did you mean `theme`?"]),
        ("threads: 2\ncolors: 17\n", &["config.yaml:2:9", "one of 16, 256, true"]),
        ("threads: 2\neditor: [vi]\n", &["config.yaml:2:9", "a command"]),
        ("threads: 0\n", &["config.yaml:1:10", "from 1 to 256"]),
        ("threads: 2\nlang: english\n", &["config.yaml:2:7", "the code of a language"]),
        ("threads: 2\nstudent: [a]\n", &["config.yaml:2:10", "a name"]),
        ("theme: [\n", &["config.yaml:", "do not hold until"]),
        ("- theme\n", &["config.yaml:1:1", "`theme: light`"]),
        ("theme: dark\ntheme: light\n", &["config.yaml:2"]),
    ] {
        let home = Home::with(written);
        for verb in [&["config"][..], &["train", "bias-correction"]] {
            let output = home.run(verb, &[]);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{verb:?}: {said}");
            assert!(words.iter().all(|words| said.contains(words)), "{words:?}: {said}");
            assert_eq!(said.matches("warning:").count(), 1, "{said}");
        }
        let (threads, _) = home.held("threads", &[], &[]);
        assert_eq!(threads, if written.contains("threads: 2") { 2 } else { 1 }, "{written}: the rest holds");
        assert!(text(&home.run(&["train", "bias-correction", "--quiet"], &[]).stderr).is_empty());
    }
    // Nothing is wrong with a file in which nothing stands.
    for empty in ["", "# theme: light\n", "---\n"] {
        let output = Home::with(empty).run(&["config"], &[]);
        assert!(output.stderr.is_empty(), "{empty:?}: {}", text(&output.stderr));
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_told_and_never_waited_for() {
    let home = Home::new();
    std::fs::create_dir_all(home.file()).unwrap();
    let output = home.run(&["config"], &[]);
    assert!(output.status.success() && text(&output.stderr).contains("is a folder"), "{}", text(&output.stderr));
    let home = Home::new();
    std::fs::create_dir_all(home.file().parent().unwrap()).unwrap();
    let made = std::process::Command::new("mkfifo").arg(home.file()).status();
    if made.is_ok_and(|status| status.success()) {
        assert!(text(&home.run(&["config"], &[]).stderr).contains("is a pipe"));
    }
}

#[cfg(unix)]
mod on_the_screen {
    use super::{Home, Path, text};
    use crate::terminal::Terminal;

    const SIZE: (u16, u16) = (100, 30);

    fn program() -> String {
        assert_cmd::cargo::cargo_bin("optlab").display().to_string()
    }

    fn screen(home: &Home, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
        let configuration = home.configuration().display().to_string();
        let mut all = vec![("XDG_CONFIG_HOME", configuration.as_str()), ("VISUAL", "")];
        all.extend(variables);
        let terminal = Terminal::start_with(&program(), folder, arguments, SIZE, &all);
        terminal.wait_for("\x1b[?2026l", 0);
        terminal
    }

    #[test]
    fn keep_writes_what_holds_and_leaves_all_else_as_it_was() {
        let home = Home::with("# mine\nlanguage: pt\ntheme: dark\n");
        let mut terminal = screen(
            &home,
            home.top.path(),
            &["bias-correction", "--threads", "2", "--lang", "pt", "--student", "Ana \"the\" B"],
            &[("EDITOR", "nano")],
        );
        terminal.press(":theme light\r:keep\r");
        terminal.see("kept theme light, colors 16, threads 2, editor nano, lang pt, student Ana \"the\" B", SIZE);
        terminal.press("q");
        assert!(terminal.end().success());
        let kept = std::fs::read_to_string(home.file()).unwrap();
        let rest = "lang: pt\nstudent: \"Ana \\\"the\\\" B\"\n";
        let lines = "# mine\nlanguage: pt\ntheme: light\ncolors: 16\nthreads: 2\neditor: \"nano\"\n";
        assert_eq!(kept, format!("{lines}{rest}"));
        assert_eq!(home.held("theme", &[], &[]).0, "light");
        assert_eq!(home.held("student", &[], &[]).0, "Ana \"the\" B");
    }

    #[test]
    fn a_theme_that_is_not_kept_holds_for_the_session_alone() {
        let home = Home::new();
        let mut terminal = screen(&home, home.top.path(), &["bias-correction"], &[("EDITOR", "")]);
        terminal.press(":theme light\rq");
        assert!(terminal.end().success());
        assert!(!home.file().exists());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_written_over() {
        let home = Home::with("theme: [\n");
        let mut terminal = screen(&home, home.top.path(), &["bias-correction"], &[]);
        terminal.see("config.yaml:", SIZE);
        terminal.press(":keep\r");
        terminal.see("mend the file first", SIZE);
        let before = terminal.bytes();
        terminal.press("\x1b");
        terminal.wait_for("\x1b[?2026l", before);
        terminal.press("q");
        assert!(terminal.end().success());
        assert_eq!(std::fs::read_to_string(home.file()).unwrap(), "theme: [\n");
    }

    #[test]
    fn a_link_to_the_file_stays_a_link() {
        let home = Home::new();
        std::fs::create_dir_all(home.file().parent().unwrap()).unwrap();
        let real = home.top.path().join("real.yaml");
        std::fs::write(&real, "theme: dark\n").unwrap();
        std::os::unix::fs::symlink(&real, home.file()).unwrap();
        let mut terminal = screen(&home, home.top.path(), &["bias-correction", "--theme", "mono"], &[("EDITOR", "")]);
        terminal.press(":keep\r");
        terminal.see("kept theme mono", SIZE);
        terminal.press("q");
        assert!(terminal.end().success());
        assert!(home.file().is_symlink() && std::fs::read_to_string(real).unwrap().starts_with("theme: mono\n"));
    }

    #[test]
    fn the_editor_of_the_file_is_the_one_that_opens() {
        let home = Home::with("editor: 'printf changed > said; true'\n");
        let folder = home.top.path().join("work");
        std::fs::create_dir(&folder).unwrap();
        let lab = "landscape: {source: bowl, start: [1, 1]}\ntraining: {steps: 5}\n";
        std::fs::write(folder.join("lab.yaml"), lab).unwrap();
        let mut terminal = screen(&home, &folder, &["lab.yaml"], &[("EDITOR", "")]);
        terminal.press("e");
        terminal.see("ready", SIZE);
        terminal.press("q");
        assert!(terminal.end().success());
        assert_eq!(text(&std::fs::read(folder.join("said")).unwrap()), "changed");
    }
}
