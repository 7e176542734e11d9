//! Every wrong lab in `tests/bad_labs/` is refused with exactly the message in its first lines.
//!
//! A case is a file: lines that start with `#| ` hold the rendered message, the rest is the lab. A new case is
//! written without them; `BLESS=1 cargo test --test suite bad_labs` fills them in, to be read by a person.

use std::path::{Path, PathBuf};

use optlab::Error;
use optlab::lab::{Document, Files, Lab};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad_labs");

/// What is wrong with a lab that stands in the folder, all of it.
fn check(name: &str, text: &str) -> Result<(), Vec<Error>> {
    let document = Document::parse(name, text).map_err(|error| vec![error])?;
    let folder = Path::new(FOLDER).canonicalize().expect("the folder of cases");
    let files = Files::Disk { root: folder.clone(), dir: folder, shown: PathBuf::new() };
    Lab::check(&document, &files, None).map(drop)
}

/// The expected message and the lab below it. The lab is read without the message, so that its lines are counted
/// from its own first one and blessing does not move them.
fn split(case: &str) -> (String, String) {
    let is_message = |line: &&str| line.starts_with("#|");
    let message: Vec<_> =
        case.lines().take_while(is_message).map(|line| line[2..].strip_prefix(' ').unwrap_or_default()).collect();
    let lab: String = case.split_inclusive('\n').skip(message.len()).collect();
    (message.join("\n"), lab)
}

fn message(name: &str, lab: &str) -> String {
    match check(name, lab) {
        Ok(()) => "accepted".to_owned(),
        Err(errors) => errors.iter().map(|error| error.render(false)).collect::<Vec<_>>().join("\n\n"),
    }
}

fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).expect("the folder of cases");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    paths.sort();
    paths
}

/// A message as the first lines of a case.
fn comment(message: &str) -> String {
    message.lines().map(|line| format!("#| {line}").trim_end().to_owned() + "\n").collect()
}

#[test]
fn every_bad_lab_is_refused_with_its_message() {
    let bless = std::env::var_os("BLESS").is_some();
    let cases = cases();
    assert!(cases.len() >= 150, "cases are missing: {}", cases.len());
    let mut wrong = Vec::new();
    for path in &cases {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let case = std::fs::read_to_string(path).expect("a case is UTF-8 text");
        let (_, lab) = split(&case);
        let found = message(name, &lab);
        let blessed = comment(&found) + lab.as_str();
        if found == "accepted" {
            wrong.push(format!("{name}: is accepted, but must be refused"));
        } else if bless {
            std::fs::write(path, blessed).expect("the case can be written");
        } else if blessed != case {
            wrong.push(format!("{name}: expected\n{}\nfound\n{found}", split(&case).0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn no_message_speaks_of_the_machine() {
    for path in cases() {
        let case = std::fs::read_to_string(&path).expect("a case is UTF-8 text");
        assert!(!split(&case).0.contains(Path::new(FOLDER).to_str().unwrap_or("/")), "{}", path.display());
    }
}
