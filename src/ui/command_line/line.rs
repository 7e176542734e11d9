//! One line that is typed: its text, the cursor, the lines before it, and completion. It knows nothing of what a line means.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The longest line, in characters: beyond what anybody types, and what each key costs is bounded by it.
const LONGEST: usize = 4096;
/// Lines that are remembered.
const REMEMBERED: usize = 100;

/// What a key made of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// It is edited, or nothing happened.
    Edited,
    /// It is to be obeyed.
    Entered,
    /// It is to be completed: the next of the candidates.
    Complete,
    /// It is given up.
    Closed,
}

/// The line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    text: Vec<char>,
    cursor: usize,
    /// The line of the past that is shown, counted back from the newest, and what was typed before.
    past: Option<(usize, Vec<char>)>,
    /// What completion offers: where the word begins, the words, and the one that is in the line.
    offered: Option<Offer>,
    /// What is wrong with it.
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    start: usize,
    words: Vec<String>,
    chosen: Option<usize>,
}

impl Line {
    /// A line to be mended.
    pub fn of(text: &str, error: String) -> Self {
        Self { error: Some(error), ..Self::begun(text) }
    }

    /// A line with a text in it, and the cursor behind that.
    pub fn begun(text: &str) -> Self {
        let text: Vec<char> = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        Self { cursor: text.len(), text, ..Self::default() }
    }

    /// As it stands.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// What stands before the cursor.
    pub fn before(&self) -> String {
        self.text[..self.cursor].iter().collect()
    }

    /// What completion offers, and the place of the word that is in the line.
    pub fn offers(&self) -> Option<(&[String], Option<usize>)> {
        self.offered.as_ref().map(|offer| (offer.words.as_slice(), offer.chosen))
    }

    /// What a key makes of it; `history` has the newest line last.
    pub fn key(&mut self, key: KeyEvent, history: &[String]) -> Typed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code == KeyCode::Tab {
            self.error = None;
            return Typed::Complete;
        }
        match key.code {
            KeyCode::Enter => return Typed::Entered,
            KeyCode::Esc => return Typed::Closed,
            // What vi and shells do: a line that is empty is left by the key that empties it.
            KeyCode::Backspace if self.text.is_empty() => return Typed::Closed,
            KeyCode::Up => self.recall(true, history),
            KeyCode::Down => self.recall(false, history),
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(self.text.len()),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            KeyCode::Char('p') if control => self.recall(true, history),
            KeyCode::Char('n') if control => self.recall(false, history),
            KeyCode::Backspace => self.cut(self.cursor.saturating_sub(1)),
            KeyCode::Delete if self.cursor < self.text.len() => {
                self.text.remove(self.cursor);
            }
            KeyCode::Char('u') if control => self.cut(0),
            KeyCode::Char('k') if control => self.text.truncate(self.cursor),
            KeyCode::Char('w') if control => self.cut(self.word_before()),
            KeyCode::Char(c) if !control && !key.modifiers.contains(KeyModifiers::ALT) && !c.is_control() => {
                self.insert(std::iter::once(c));
                return Typed::Edited;
            }
            _ => return Typed::Edited,
        }
        (self.error, self.offered) = (None, None);
        Typed::Edited
    }

    /// Takes up a text that was pasted, with a blank for each tab. It is one line: of more nothing is taken, and it is said.
    pub fn paste(&mut self, text: &str) {
        // Terminals send what ends a line as Enter does.
        let mut lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
        let line = lines.next().unwrap_or_default();
        let more = lines.count();
        if more > 0 {
            self.error = Some(format!("only one line can be pasted here, and this text has {}", more + 1));
            return;
        }
        self.insert(line.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()));
    }

    /// Puts characters at the cursor, as many as there is room for; says so if it is not for all.
    fn insert(&mut self, characters: impl Iterator<Item = char>) {
        (self.error, self.offered) = (None, None);
        let room = LONGEST.saturating_sub(self.text.len());
        let mut characters = characters.peekable();
        let fitting: Vec<char> = characters.by_ref().take(room).collect();
        let after = self.cursor + fitting.len();
        self.text.splice(self.cursor..self.cursor, fitting);
        self.cursor = after;
        if characters.peek().is_some() {
            self.error = Some(format!("a line has {LONGEST} characters at most: the rest was left out"));
        }
    }

    /// Takes away what lies between a place and the cursor.
    fn cut(&mut self, from: usize) {
        self.text.drain(from..self.cursor);
        self.cursor = from;
    }

    fn word_before(&self) -> usize {
        let before = &self.text[..self.cursor];
        let end = before.iter().rposition(|c| !c.is_whitespace()).map_or(0, |at| at + 1);
        before[..end].iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1)
    }

    /// To an older line, or to a newer one; beyond the newest is what was typed.
    fn recall(&mut self, older: bool, history: &[String]) {
        let shown = self.past.as_ref().map(|(back, _)| *back);
        let next = match (shown, older) {
            (None, false) => return,
            (None, true) => Some(0),
            (Some(0), false) => None,
            (Some(back), false) => Some(back - 1),
            (Some(back), true) => Some((back + 1).min(history.len().saturating_sub(1))),
        };
        let typed = match self.past.take() {
            Some((_, typed)) => typed,
            None => self.text.clone(),
        };
        match next.and_then(|back| Some((back, history.iter().rev().nth(back)?))) {
            Some((back, line)) => {
                self.text = line.chars().collect();
                self.past = Some((back, typed));
            }
            None => self.text = typed,
        }
        self.cursor = self.text.len();
    }

    /// Completes the word that begins at a character: as far as the candidates agree, then one after the other.
    pub fn complete(&mut self, start: usize, words: Vec<String>) {
        if let Some(Offer { start, words, chosen }) = self.offered.take() {
            let next = chosen.map_or(0, |chosen| (chosen + 1) % words.len());
            self.put(start, &words[next]);
            self.offered = Some(Offer { start, words, chosen: Some(next) });
            return;
        }
        let Some(first) = words.first() else {
            self.error = Some("nothing to complete here".into());
            return;
        };
        let common = words.iter().fold(first.as_str(), |common, word| {
            let agreed = common.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
            &common[..common.char_indices().nth(agreed).map_or(common.len(), |(at, _)| at)]
        });
        let common = common.to_owned();
        self.put(start, &common);
        if words.len() > 1 {
            self.offered = Some(Offer { start, words, chosen: None });
        }
    }

    fn put(&mut self, start: usize, word: &str) {
        self.text.splice(start..self.cursor, word.chars());
        self.cursor = start + word.chars().count();
    }
}

/// Keeps a line for later; one that comes twice in a row is kept once.
pub fn remember(history: &mut Vec<String>, line: &str) {
    if history.last().is_none_or(|last| last != line) {
        history.push(line.to_owned());
    }
    let extra = history.len().saturating_sub(REMEMBERED);
    history.drain(..extra);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[KeyCode], control: &[char], history: &[&str]) -> (String, String) {
        let mut line = Line::default();
        let history: Vec<String> = history.iter().map(|line| (*line).to_owned()).collect();
        for code in keys {
            line.key(KeyEvent::new(*code, KeyModifiers::NONE), &history);
        }
        for c in control {
            line.key(KeyEvent::new(KeyCode::Char(*c), KeyModifiers::CONTROL), &history);
        }
        (line.before(), line.text())
    }

    fn letters(text: &str) -> Vec<KeyCode> {
        text.chars().map(KeyCode::Char).collect()
    }

    #[test]
    fn a_line_is_edited_as_in_a_shell() {
        let with = |text: &str, keys: &[KeyCode]| typed(&[letters(text), keys.to_vec()].concat(), &[], &[]);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(with("lr", &[KeyCode::Home, KeyCode::Char('x'), KeyCode::End]), pair("xlr", "xlr"));
        assert_eq!(with("abc", &[KeyCode::Left, KeyCode::Backspace]), pair("a", "ac"));
        assert_eq!(with("abc", &[KeyCode::Left, KeyCode::Delete, KeyCode::Delete]), pair("ab", "ab"));
        assert_eq!(with("aé", &[KeyCode::Left, KeyCode::Left, KeyCode::Left, KeyCode::Right]), pair("a", "aé"));
        assert_eq!(typed(&letters("until loss < 0.1"), &['w'], &[]), pair("until loss < ", "until loss < "));
        assert_eq!(typed(&letters("until loss  "), &['w', 'w'], &[]), pair("", ""));
        assert_eq!(typed(&letters("until"), &['a', 'k'], &[]), pair("", ""));
        assert_eq!(typed(&letters("until"), &['u'], &[]), pair("", ""));
    }

    #[test]
    fn a_line_has_an_end_and_says_so() {
        let mut line = Line::default();
        line.paste(&"世".repeat(300_000));
        assert_eq!((line.text().chars().count(), line.error.is_some()), (LONGEST, true));
        assert!(line.error.as_ref().unwrap().contains("4096 characters at most"));
        line.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE), &[]);
        assert_eq!((line.text().chars().count(), &line.error), (LONGEST - 1, &None));
        for full in [false, true] {
            line.key(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE), &[]);
            assert_eq!((line.text().chars().count(), line.error.is_some()), (LONGEST, full));
        }
    }

    #[test]
    fn one_line_that_is_pasted_is_taken_and_more_are_refused() {
        let mut line = Line::of("set  = 1", String::new());
        for _ in 0..4 {
            line.key(KeyEvent::new(KeyCode::Left, KeyModifiers::NONE), &[]);
        }
        line.paste("\n  lr\t\u{1b}\u{9b}\r\n");
        assert_eq!((line.before().as_str(), line.text().as_str(), &line.error), ("set lr ", "set lr  = 1", &None));
        line.paste("");
        for lines in ["a\nb", "a\rb\r", "a\r\n\r\n b"] {
            line.paste(lines);
            let said = line.error.take();
            assert_eq!(said.as_deref(), Some("only one line can be pasted here, and this text has 2"), "{lines:?}");
        }
        assert_eq!(line.text(), "set lr  = 1");
    }

    #[test]
    fn the_past_is_walked_and_what_was_typed_comes_back() {
        let walk = |keys: &[KeyCode]| typed(&[letters("x"), keys.to_vec()].concat(), &[], &["old", "new"]).1;
        assert_eq!(walk(&[KeyCode::Up]), "new");
        assert_eq!(walk(&[KeyCode::Up; 5]), "old");
        assert_eq!(walk(&[KeyCode::Up, KeyCode::Up, KeyCode::Down]), "new");
        assert_eq!(walk(&[KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down, KeyCode::Down]), "x");
        assert_eq!(typed(&[KeyCode::Up], &[], &[]).1, "");
    }

    #[test]
    fn completion_goes_as_far_as_words_agree_and_then_through_them() {
        let mut line = Line::default();
        letters("b").into_iter().for_each(|code| {
            line.key(KeyEvent::new(code, KeyModifiers::NONE), &[]);
        });
        let words = || vec!["beta1".to_owned(), "beta2".to_owned()];
        line.complete(0, words());
        assert_eq!((line.text().as_str(), line.offers().unwrap().1), ("beta", None));
        line.complete(0, words());
        assert_eq!(line.text(), "beta1");
        line.complete(0, words());
        assert_eq!(line.text(), "beta2");
        line.complete(0, words());
        assert_eq!(line.text(), "beta1");
    }
}
