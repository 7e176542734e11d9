//! What scripts can call, as editors of Rhai read it for completion: a file of definitions, made of the table.

use super::{Kind, Kinds, Section, Word, table};
use crate::optim::RunView;
use crate::script::run::names;

/// What a function of each kind of script is given.
const GIVEN: &str = "\
// `w` a parameter, `dw` its gradient, `state` what `state(w)` made, `h` the parameters of `hyper()`, `t` the step, `rng`
// random numbers, `run` the run as it stands.";

/// Columns of a comment.
const COLUMNS: usize = 120;

/// A file of definitions, for editors that read Rhai's.
pub fn definitions() -> String {
    let mut text = "// What scripts of optlab can call, for editors that complete Rhai. `optlab init` writes it; nothing here is run.\n\
        //\n// A script defines one of these:\n"
        .to_owned();
    for kind in Kind::ALL.into_iter().chain([Kind::Observer]) {
        let (function, parameters) = kind.function();
        text.extend([format!("//   {:<13} fn {function}({parameters})\n", kind.article())]);
    }
    let numbers: Vec<String> = names(&RunView::default()).map(|name| format!("`{name}`")).collect();
    let told = format!("Numbers of `run`: {}.", numbers.join(", "));
    let lines = textwrap::Options::new(COLUMNS).initial_indent("// ").subsequent_indent("// ");
    text.extend([format!("{GIVEN}\n{}\nmodule static;\n", textwrap::fill(&told, lines))]);
    for section in &table::SECTIONS {
        let mut words = section.words.iter().filter_map(|word| definition(section, word)).peekable();
        if words.peek().is_some() {
            let (first, rest) = section.title.split_at(1);
            text.extend(["\n// ", &first.to_uppercase(), rest, ", in ", &section.kinds.text(), "\n"]);
            text.extend(words);
        }
    }
    text
}

/// A function as Rhai's editors read it; nothing of what is no function, or none of scripts.
fn definition(section: &Section, word: &Word) -> Option<String> {
    if section.kinds_of(word) == Kinds::EXPRESSIONS {
        return None;
    }
    let (owner, name) = word.parts();
    let (_, parameters) = word.signature.trim_end_matches(')').split_once('(').filter(|_| word.is_call())?;
    let of = match owner {
        "rng" => "rng: Rng",
        "run" => "run: Run",
        "" => "",
        _ => return None,
    };
    let typed = parameters.split(", ").filter(|name| !name.is_empty()).map(|name| format!("{name}: {}", type_of(name)));
    let all: Vec<String> = std::iter::once(of.to_owned()).filter(|of| !of.is_empty()).chain(typed).collect();
    let gives = if ["print", "log", "stop"].contains(&name) { "" } else { " -> ?" };
    Some(format!("\n/// {}\nfn {name}({}){gives};\n", word.about, all.join(", ")))
}

/// The type of a parameter, by its name.
fn type_of(parameter: &str) -> &'static str {
    match parameter {
        "n" | "axis" | "rows" | "columns" => "int",
        "parts" | "list" => "Array",
        "name" | "why" => "String",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_of_lines_that_rhai_s_editors_read() {
        let text = definitions();
        assert!(text.contains("\nmodule static;\n") && text.contains("\nfn sqrt(x: ?) -> ?;\n"), "{text}");
        assert!(
            text.contains("\nfn log(run: Run, name: String, number: ?);\n")
                && text.contains("\nfn sum(x: ?, axis: int) -> ?;\n"),
            "{text}"
        );
        assert!(!text.contains("fn +") && !text.contains("fn w.") && !text.contains("fn average"), "{text}");
        assert!(text.contains("fn update(w, dw, state, h, t)") && text.contains("`val_loss`"), "{text}");
        let plain = |line: &str| {
            line.is_empty()
                || line.starts_with("//")
                || line == "module static;"
                || (line.starts_with("fn ") && line.ends_with(';'))
        };
        assert!(text.lines().all(plain), "{text}");
        assert!(text.lines().all(|line| line.len() <= 160), "{text}");
    }
}
