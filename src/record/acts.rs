//! A tape as single acts in the order in which they are done: keys one by one, and the time that passes after each.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::tape::{Does, Item, Tape, Words};
use crate::error::Place;

/// From one key to the next, at the least: so long a viewer needs to see what it did.
const KEY: Duration = Duration::from_millis(100);
/// From one letter that is typed to the next, at the least.
const LETTER: Duration = Duration::from_millis(60);

/// One thing that is done at one moment, or that lets time go on.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// A chapter begins.
    Chapter(Words),
    /// A caption begins.
    Say {
        words: Words,
        on_screen: bool,
    },
    /// A key is pressed; it counts as a deed and is named on the screen, or is part of a text that is typed.
    Key(KeyEvent, bool),
    /// So many ticks pass.
    Wait(u64),
    /// So many ticks pass before the next key, so that this one is seen; none where something is waited for before that.
    After(u64),
    /// Time goes on until this holds, at most so many ticks.
    Until {
        query: String,
        ticks: u64,
    },
    Shot {
        name: String,
        pane: Option<String>,
    },
    /// A live play waits.
    Halt,
    Edit {
        file: String,
        replace: String,
        with: String,
        at_once: bool,
    },
    /// A file reads so while it is being typed.
    Typed {
        file: String,
        text: String,
        /// The line that is being typed, counted from 1.
        line: usize,
    },
    /// A file is saved with this text.
    Save {
        file: String,
        text: String,
    },
    /// What was done, for the transcript: a text that was typed.
    Done(String),
    /// From here on nothing is recorded, or all is again.
    Hidden(bool),
}

/// So many ticks of a frame rate, one at the least.
pub(super) fn ticks(time: Duration, fps: u16) -> u64 {
    let ticks = (time.as_secs_f64() * f64::from(fps)).round() as u64;
    ticks.max(1)
}

/// All acts of a tape, each with where the tape says so.
pub(super) fn of(tape: &Tape) -> Vec<(Act, Place)> {
    let mut acts = Vec::new();
    tape.play.iter().for_each(|item| add(item, tape.fps, &mut acts));
    acts
}

fn add(item: &Item, fps: u16, acts: &mut Vec<(Act, Place)>) {
    let mut push = |act: Act| acts.push((act, item.place.clone()));
    match &item.does {
        Does::Chapter(words) => push(Act::Chapter(words.clone())),
        Does::Say { words, on_screen } => push(Act::Say { words: words.clone(), on_screen: *on_screen }),
        Does::Keys { keys, at_once } => {
            for key in keys.iter().flat_map(|pressed| std::iter::repeat_n(pressed.key, usize::from(pressed.times))) {
                push(Act::Key(key, true));
                if !at_once {
                    push(Act::After(ticks(KEY, fps)));
                }
            }
        }
        Does::Type { text, at_once } => {
            for letter in text.chars() {
                let code = match letter {
                    '\n' => KeyCode::Enter,
                    '\t' => KeyCode::Tab,
                    letter => KeyCode::Char(letter),
                };
                push(Act::Key(KeyEvent::new(code, KeyModifiers::NONE), false));
                if !at_once {
                    push(Act::After(ticks(LETTER, fps)));
                }
            }
            push(Act::Done(format!("type {}", text.trim_end_matches('\n').replace('\n', " "))));
        }
        Does::Until { query, within } => push(Act::Until { query: query.clone(), ticks: ticks(*within, fps) }),
        Does::Shot { name, pane } => push(Act::Shot { name: name.clone(), pane: pane.clone() }),
        Does::Pause(time) => push(Act::Wait(ticks(*time, fps))),
        Does::Halt => push(Act::Halt),
        Does::Edit { file, replace, with, at_once } => {
            let (file, replace, with) = (file.clone(), replace.clone(), with.clone());
            push(Act::Edit { file, replace, with, at_once: *at_once });
        }
        Does::Hide(items) => {
            push(Act::Hidden(true));
            items.iter().for_each(|item| add(item, fps, acts));
            acts.push((Act::Hidden(false), item.place.clone()));
        }
    }
}

/// How a text comes to read otherwise, letter by letter: what is replaced goes at once, and what stands there then is typed.
pub(super) fn typing(file: &str, text: &str, replace: &str, with: &str, fps: u16) -> Vec<Act> {
    let (before, after) = text.split_once(replace).unwrap_or((text, ""));
    let mut acts = Vec::new();
    // What both have at their beginning stays.
    let same = replace.char_indices().zip(with.chars()).take_while(|((_, a), b)| a == b).count();
    let kept: String = with.chars().take(same).collect();
    let mut typed = kept;
    let first = before.matches('\n').count() + 1;
    for letter in with.chars().skip(same).map(Some).chain([None]) {
        let line = first + typed.matches('\n').count();
        acts.push(Act::Typed { file: file.to_owned(), text: format!("{before}{typed}{after}"), line });
        acts.push(Act::After(ticks(LETTER, fps)));
        typed.extend(letter);
    }
    acts.push(Act::Save { file: file.to_owned(), text: format!("{before}{with}{after}") });
    acts.push(Act::After(ticks(KEY, fps)));
    acts
}
