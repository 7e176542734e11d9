//! Settings written into the user's file: the lines that say them are changed or added, all else stays as it is written, with
//! its comments. The file is replaced as a whole.

use std::fs;
use std::path::PathBuf;

use super::{LIMIT, Setting, without_home};
use crate::error::{Error, Result};
use crate::lab::files::read_bounded;
use crate::lab::{Document, Node, Part, Step};
use crate::session::write_beside;

/// Writes settings into the file, and tells its place.
///
/// # Errors
/// What is in the file cannot be read, or it cannot be written.
pub fn keep(values: &[(Setting, String)]) -> Result<PathBuf> {
    let path = without_home()?;
    let name = path.display().to_string();
    let cannot = |error: std::io::Error| Error::user(format!("cannot write `{name}`: {error}"));
    let text = if path.symlink_metadata().is_ok() {
        let bytes = read_bounded(&name, LIMIT)?;
        let document = Document::read_any(&name, &bytes).map_err(|error| {
            let line = error.place().map(|place| format!("{}:{}: ", place.line(), place.column())).unwrap_or_default();
            Error::user(format!("nothing was kept, since `{name}` cannot be read: {line}{}", error.what()))
                .help("mend the file first, or delete it")
        })?;
        changed(&document, values)?
    } else {
        let lines = values.iter().map(|(setting, value)| format!("{}: {}\n", setting.name(), written(*setting, value)));
        format!("# Settings of optlab; `optlab config` shows what holds and why.\n{}", lines.collect::<String>())
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    // A file that a link leads to, as one that is kept among other settings, stays where it is.
    let place = path.canonicalize().unwrap_or_else(|_| path.clone());
    write_beside(&place, true, text.as_bytes()).map_err(cannot)?;
    Ok(path)
}

/// The value as YAML has it.
fn written(setting: Setting, value: &str) -> String {
    match setting {
        Setting::Editor | Setting::Student => serde_json::Value::from(value).to_string(),
        // `no`, Norwegian, is a truth in YAML.
        Setting::Lang if value == "no" => "\"no\"".to_owned(),
        _ => value.to_owned(),
    }
}

/// The text of a document in which these values stand.
fn changed(document: &Document, values: &[(Setting, String)]) -> Result<String> {
    let source = document.source();
    let mut text = source.text.clone();
    let has = |setting: Setting| document.node(&[Step::from(setting.name())]).is_some();
    // From the end, so that places before stay where they are.
    let mut spans: Vec<_> = values
        .iter()
        .filter(|(setting, _)| has(*setting))
        .map(|(setting, value)| {
            let place = document.place(&[Step::from(setting.name())], Part::Value);
            (place.span, written(*setting, value))
        })
        .collect();
    spans.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    spans.into_iter().for_each(|(span, value)| text.replace_range(span, &value));
    for (setting, value) in values.iter().filter(|(setting, _)| !has(*setting)) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.extend([setting.name(), ": ", &written(*setting, value), "\n"]);
    }
    if says(document, &text, values) {
        return Ok(text);
    }
    let lines: Vec<String> =
        values.iter().map(|(setting, value)| format!("`{}: {}`", setting.name(), written(*setting, value))).collect();
    Err(Error::user(format!("`{}` is not a list of lines like `theme: light`, so that nothing was kept", source.name))
        .help(format!("write into it yourself: {}", lines.join(", "))))
}

/// A new text says these values, and all else that the document has said.
fn says(before: &Document, text: &str, values: &[(Setting, String)]) -> bool {
    let Ok(after) = Document::read_any(&before.source().name, text.as_bytes()) else { return false };
    let entries = |document: &Document| match document.root() {
        Node::Map(entries) => entries.clone(),
        _ => Vec::new(),
    };
    let is_set = |key: &str| values.iter().any(|(setting, _)| setting.name() == key);
    let others =
        |document: &Document| entries(document).into_iter().filter(|(key, _)| !is_set(key)).collect::<Vec<_>>();
    let said = |(setting, value): &(Setting, String)| {
        let node = after.node(&[Step::from(setting.name())]);
        node.and_then(|node| setting.read(node)).as_ref() == Some(value)
    };
    (before.root() == &Node::Null || matches!(before.root(), Node::Map(_)))
        && others(before) == others(&after)
        && values.iter().all(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, values: &[(Setting, &str)]) -> Result<String> {
        let values: Vec<_> = values.iter().map(|(setting, value)| (*setting, (*value).to_owned())).collect();
        changed(&Document::read_any("config.yaml", text.as_bytes()).unwrap(), &values)
    }

    #[test]
    fn lines_are_changed_and_added_and_all_else_stays() {
        let text = "# mine\nthread: 3 # a slip\ntheme: dark # at home\nlanguage: pt\neditor: 'vi'";
        let new =
            kept(text, &[(Setting::Theme, "light"), (Setting::Threads, "4"), (Setting::Editor, "a \"b\"")]).unwrap();
        assert_eq!(
            new,
            "# mine\nthread: 3 # a slip\ntheme: light # at home\nlanguage: pt\neditor: \"a \\\"b\\\"\"\nthreads: 4\n"
        );
        assert_eq!(kept("# nothing yet\n", &[(Setting::Colors, "true")]).unwrap(), "# nothing yet\ncolors: true\n");
    }

    #[test]
    fn a_file_that_is_written_otherwise_is_left_as_it_is() {
        for text in ["{language: pt}\n", "- a\n", "theme:\n"] {
            let error = kept(text, &[(Setting::Theme, "light")]).unwrap_err();
            assert!(error.help_lines()[0].contains("`theme: light`"), "{text}: {error:?}");
        }
    }
}
