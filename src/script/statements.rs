//! Where a script gives names to values, and the words it does it with: read off its syntax tree once, so that a traced
//! call can be told statement by statement. Knows nothing of values.

use std::collections::HashMap;
use std::ops::Range;

use rhai::{ASTNode, Expr, Position, Stmt};

use super::hyper::function_place;
use super::load::Script;

/// What a statement gives a name to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    /// `let name = ...` or `name = ...`
    Variable(String),
    /// `state.key = ...`
    State(String),
    /// Nothing: it is the value of its block.
    Nothing,
}

/// One statement.
#[derive(Debug, Clone)]
pub(super) struct Sentence {
    pub names: Names,
    /// The right-hand side on one line, without comments.
    pub text: String,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// Where its outermost operator or function stands, by which a traced operation is known to be the statement's.
    root: Option<Position>,
}

/// The statements of all functions of a script, each found in one look: a script may have tens of thousands, and what it did
/// is told for each of them.
#[derive(Debug, Clone)]
pub(super) struct Sentences {
    all: Vec<Sentence>,
    /// By where their outermost operations stand. Of two the later one is the innermost: a block's value may be that of the
    /// block around it, too.
    by_root: HashMap<Position, usize>,
    /// The first one in the function that names a variable.
    by_variable: HashMap<String, usize>,
    /// The one that assigns a state; nothing where there are several.
    by_state: HashMap<String, Option<usize>>,
    /// The body of the function, in bytes.
    body: Range<usize>,
    /// Where each function of the script begins, by that.
    functions: Vec<(usize, String)>,
}

impl Sentences {
    /// Those of a script; the names of variables are those of one of its functions.
    pub fn of(script: &Script, function: &str) -> Self {
        let source = &script.source;
        let plain = without_comments(&source.text);
        let letters = Letters::of(&source.text);
        let mut all = Vec::new();
        script.ast.walk(&mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Stmt(statement)) = path.last() {
                all.extend(sentence(statement, &letters, &plain));
            }
            true
        });
        let begin = |name: &str| (function_place(source, name).span.start, name.to_owned());
        let mut functions: Vec<(usize, String)> = script.ast.iter_functions().map(|own| begin(own.name)).collect();
        functions.sort_unstable();
        functions.dedup();
        let name = function_place(source, function).span.end;
        let open = plain[name..].find('{').map_or(plain.len(), |at| name + at + 1);
        let body = open..close(&plain, open, false);
        let (mut by_root, mut by_variable, mut by_state) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (at, sentence) in all.iter().enumerate() {
            if let Some(root) = sentence.root {
                by_root.insert(root, at);
            }
            match &sentence.names {
                Names::Variable(name) if body.contains(&sentence.offset) => {
                    by_variable.entry(name.clone()).or_insert(at);
                }
                Names::State(key) => {
                    by_state.entry(key.clone()).and_modify(|only| *only = None).or_insert(Some(at));
                }
                _ => {}
            }
        }
        Self { all, by_root, by_variable, by_state, body, functions }
    }

    /// The statement whose outermost operation stands there.
    pub fn at(&self, root: Position) -> Option<&Sentence> {
        Some(&self.all[*self.by_root.get(&root)?])
    }

    /// The first statement of the function that names a variable so.
    pub fn variable(&self, name: &str) -> Option<&Sentence> {
        Some(&self.all[*self.by_variable.get(name)?])
    }

    /// The statement that assigns a state, if there is only one.
    pub fn state(&self, key: &str) -> Option<&Sentence> {
        Some(&self.all[(*self.by_state.get(key)?)?])
    }

    /// The last statement of the function: what it gives back.
    pub fn last(&self) -> Option<&Sentence> {
        let inside = self.all.iter().filter(|sentence| self.is_inside(sentence.offset));
        inside.max_by_key(|sentence| sentence.offset).filter(|sentence| sentence.names == Names::Nothing)
    }

    /// The only statement of the function that may be its value: one that names nothing.
    pub fn only_value(&self) -> Option<&Sentence> {
        let inside = |sentence: &&Sentence| self.is_inside(sentence.offset) && sentence.names == Names::Nothing;
        let mut values = self.all.iter().filter(inside);
        values.next().filter(|_| values.next().is_none())
    }

    /// The function in which a place lies; of several of one name the first.
    pub fn function(&self, offset: usize) -> Option<&str> {
        let before = self.functions.partition_point(|(begin, _)| *begin <= offset);
        Some(&self.functions[before.checked_sub(1)?].1)
    }

    /// The place lies in the body of the function.
    pub fn is_inside(&self, offset: usize) -> bool {
        self.body.contains(&offset)
    }
}

/// Where each letter of a text stands in bytes, so that a place is found in one look.
struct Letters {
    /// The byte of each letter, and the end.
    bytes: Vec<u32>,
    /// For each line its first letter and the end of its last one.
    lines: Vec<Range<usize>>,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut bytes: Vec<u32> = text.char_indices().map(|(at, _)| at as u32).collect();
        bytes.push(text.len() as u32);
        let mut start = 0;
        let lines = text.split_inclusive('\n').map(|line| {
            let length = line.trim_end_matches(['\n', '\r']).chars().count();
            let own = start..start + length;
            start += line.chars().count();
            own
        });
        Self { lines: lines.collect(), bytes }
    }

    /// The byte at which a place begins, kept inside its line.
    fn offset(&self, at: Position) -> usize {
        let line = self.lines.get(at.line().unwrap_or(1) - 1);
        let letter = line.map(|line| line.end.min(line.start + at.position().unwrap_or(1).saturating_sub(1)));
        letter.and_then(|letter| self.bytes.get(letter)).or(self.bytes.last()).map_or(0, |byte| *byte as usize)
    }
}

/// Statements that name something or are a value.
fn sentence(statement: &Stmt, letters: &Letters, plain: &str) -> Option<Sentence> {
    let offset = |at: Position| letters.offset(at).min(plain.len());
    match statement {
        Stmt::Var(parts, _, at) => {
            let from = offset(*at);
            let whole = &plain[from..end(plain, from)];
            let text = whole.find('=').map_or("", |at| &whole[at + 1..]);
            Some(Sentence {
                names: Names::Variable(parts.0.name.to_string()),
                text: line(text),
                offset: from,
                root: root(&parts.1),
            })
        }
        Stmt::Assignment(parts) => {
            let (operator, sides) = (&parts.0, &parts.1);
            let (from, equals) = (offset(sides.lhs.start_position()), offset(operator.position()));
            let left = line(plain.get(from..equals)?);
            let key = left.rsplit(['.', '[']).next().unwrap_or(&left);
            let names = match &sides.lhs {
                Expr::Variable(..) => Names::Variable(left.clone()),
                _ => Names::State(key.trim_matches(['"', ']', ' ']).to_owned()),
            };
            let whole = line(&plain[equals..end(plain, equals)]);
            let plain_equals = !operator.is_op_assignment();
            Some(Sentence {
                names,
                text: if plain_equals { whole.trim_start_matches(['=', ' ']).to_owned() } else { whole },
                offset: from,
                root: if plain_equals { root(&sides.rhs) } else { Some(operator.position()) },
            })
        }
        Stmt::Expr(expression) => Some(value(root(expression).unwrap_or(expression.position()), offset, plain)),
        Stmt::FnCall(_, at) => Some(value(*at, offset, plain)),
        Stmt::Return(Some(expression), ..) => {
            Some(value(root(expression).unwrap_or(expression.position()), offset, plain))
        }
        _ => None,
    }
}

/// A statement that is a value; `root` is its outermost operation, or where it stands.
fn value(root: Position, offset: impl Fn(Position) -> usize, plain: &str) -> Sentence {
    let at = offset(root);
    let before = plain[..at].rfind([';', '{', '}']).map_or(0, |at| at + 1);
    let from = before + (plain[before..].len() - plain[before..].trim_start().len());
    let text = line(&plain[from..end(plain, from)]);
    let text = text.strip_prefix("return ").map_or(text.as_str(), str::trim).to_owned();
    Sentence { names: Names::Nothing, text, offset: from, root: Some(root) }
}

/// Where the outermost operator or function of an expression stands.
fn root(expression: &Expr) -> Option<Position> {
    match expression {
        Expr::FnCall(_, at) => Some(*at),
        _ => None,
    }
}

/// Where a statement ends: at its semicolon, or at the bracket that closes what it stands in.
fn end(plain: &str, from: usize) -> usize {
    close(plain, from, true)
}

/// Where the bracket is closed in which `from` lies; or, if asked for, the first semicolon before that.
fn close(plain: &str, from: usize, semicolons: bool) -> usize {
    let mut depth = 0_u32;
    for (at, c) in plain[from..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return from + at,
            ')' | ']' | '}' => depth -= 1,
            ';' if depth == 0 && semicolons => return from + at,
            _ => {}
        }
    }
    plain.len()
}

/// White space of any kind as single blanks.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text with comments blanked out, byte for byte, and with texts in quotes as they are.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.char_indices().peekable();
    // What closes the comment or the text that we are in.
    let mut inside: Option<char> = None;
    let mut last = ' ';
    while let Some((_, c)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        let blank = match inside {
            None if c == '/' && (next == Some('/') || next == Some('*')) => {
                inside = next.map(|next| if next == '/' { '\n' } else { '*' });
                true
            }
            None => {
                inside = Some(c).filter(|c| *c == '"');
                false
            }
            Some('\n') => {
                inside = inside.filter(|_| c != '\n');
                c != '\n'
            }
            Some('*') => {
                inside = inside.filter(|_| !(last == '*' && c == '/'));
                c != '\n'
            }
            Some(_) => {
                inside = inside.filter(|_| c != '"' || last == '\\');
                false
            }
        };
        last = c;
        if blank {
            (0..c.len_utf8()).for_each(|_| plain.push(' '));
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;
    use crate::script::Kind;

    #[test]
    fn every_statement_has_its_words_and_its_name() {
        let text = r#"
            fn helper(x) { let y = x * 2; /* not; this */ y + 1 }
            fn update(w, dw, state, h, t) {
                let g = (dw + 1) * // why; so
                    2;
                state.v = h.b * state.v + (1 - h.b) * g;
                state["n"] += 1;
                g *= 3;
                if t > 3 { return (w - g) * 2; }
                (w - helper(g)) / 2
            }
            fn state(w) { #{ v: zeros(w), n: 0 } }
        "#;
        let script = Script::load(Kind::Optimizer, &Source::new("a.rhai", text)).unwrap();
        let sentences = Sentences::of(&script, "update");
        let told: Vec<(Names, &str)> =
            sentences.all.iter().map(|sentence| (sentence.names.clone(), sentence.text.as_str())).collect();
        let variable = |name: &str| Names::Variable(name.into());
        let state = |name: &str| Names::State(name.into());
        for wanted in [
            (variable("y"), "x * 2"),
            (Names::Nothing, "y + 1"),
            (variable("g"), "(dw + 1) * 2"),
            (state("v"), "h.b * state.v + (1 - h.b) * g"),
            (state("n"), "+= 1"),
            (variable("g"), "*= 3"),
            (Names::Nothing, "(w - g) * 2"),
            (Names::Nothing, "(w - helper(g)) / 2"),
        ] {
            assert!(told.contains(&wanted), "{wanted:?} in {told:#?}");
        }
        assert_eq!(sentences.last().unwrap().text, "(w - helper(g)) / 2");
        assert_eq!(sentences.variable("g").unwrap().text, "(dw + 1) * 2");
        assert!(sentences.variable("y").is_none() && sentences.state("v").is_some());
    }

    #[test]
    fn comments_become_blanks_of_the_same_length() {
        let text = "a // ü;\n\"//\" /* {\n*/ b";
        let plain = without_comments(text);
        assert_eq!(plain, format!("a {}\n\"//\" {}\n   b", " ".repeat(6), " ".repeat(4)));
        assert_eq!(plain.len(), text.len());
    }
}
