//! Every text on the screens of the shipped labs is whole, or says that it goes on: in each state of their runs, at the sizes
//! that terminals have, with each pane in focus, alone, told about, and after each of its keys.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::layout::Rect;

use crate::lab::Library;
use crate::session::Command;
use crate::session::Options;
use crate::session::Session;
use crate::snapshot::Snapshot;
use crate::snapshot::Speed;
use crate::ui::app::App;
use crate::ui::draw::draw;
use crate::ui::host::{Done, Effect, Event, LabEntry, Watch};
use crate::ui::keys::{self, Action, Press};
use crate::ui::tests::fixture;
use crate::ui::tests::fixture_tasks as asked;
use crate::ui::tests::screen_tests::{LOOK, lab, press, press_key};
use crate::ui::tests::written::faults;

const SIZES: [(u16, u16); 3] = [(60, 18), (80, 24), (100, 30)];

/// Parts of faults that are known and not mended yet.
const KNOWN: &[&str] = &[];

/// Faults, each with the first place where it was seen.
type Found = BTreeMap<String, String>;

fn look_at(app: &App, place: &str, found: &mut Found) {
    let Rect { width, height, .. } = app.screen;
    for fault in faults(|buffer| draw(app, buffer), app.screen) {
        if !KNOWN.iter().any(|known| fault.contains(known)) {
            found.entry(fault).or_insert_with(|| format!("{place} at {width}x{height}"));
        }
    }
}

/// Looks at all that can be seen of a lab without moving its run.
fn look_around(app: &mut App, place: &str, found: &mut Found) {
    for (width, height) in SIZES {
        app.update(Event::Resize(width, height));
        let panes = app.lab.as_ref().unwrap().order();
        for (at, kind) in panes.iter().enumerate() {
            app.lab.as_mut().unwrap().focus_on(at);
            for keys in ["", "z", "i", "\u{1b}d", "\u{1b}z", "i", "\u{1b}d", "\u{1b}f", "f"] {
                press(app, keys);
                look_at(app, &format!("{place}, {} {:?}", kind.name, keys), found);
            }
            for binding in kind.keys {
                if let Action::Press(key) = binding.action {
                    press_pane(app, key);
                    look_at(app, &format!("{place}, {} after {}", kind.name, binding.shown), found);
                    app.lab.as_mut().unwrap().focus_on(at);
                }
            }
            press(app, "\u{1b}");
        }
        press(app, "?");
        for _ in 0..8 {
            look_at(app, &format!("{place}, help"), found);
            press_key(app, KeyCode::PageDown, KeyModifiers::NONE);
        }
        for keys in ["\u{1b}?zzz", "\u{1b}:", "l", "x = ", "\u{1b}q", "\u{1b}\u{1b}"] {
            press(app, keys);
            look_at(app, &format!("{place}, {keys:?}"), found);
        }
        (app.layer, app.notice) = (None, None);
    }
}

fn press_pane(app: &mut App, key: Press) {
    let code = match key {
        Press::Up => KeyCode::Up,
        Press::Down => KeyCode::Down,
        Press::Left => KeyCode::Left,
        Press::Right => KeyCode::Right,
        Press::PageUp => KeyCode::PageUp,
        Press::PageDown => KeyCode::PageDown,
        Press::First => KeyCode::Home,
        Press::Last => KeyCode::End,
        Press::Enter => KeyCode::Enter,
        Press::Letter(c) => KeyCode::Char(c),
    };
    press_key(app, code, KeyModifiers::NONE);
}

/// A lab on the screen, with the run that it is about.
struct Opened {
    session: Session,
    app: App,
}

impl Opened {
    fn new(id: &str, set: &[&str]) -> Self {
        let set: Vec<String> = set.iter().map(|set| (*set).to_owned()).collect();
        let session = Session::open(id, &set, Options { way_back: true, ..Options::default() });
        let session = session.unwrap_or_else(|errors| panic!("{id}: {errors:?}"));
        let mut app = App::without_list(LOOK, true);
        let lab = session.lab();
        let watch = Watch {
            parameter: lab.watch.parameter.as_ref().map(|watched| watched.text.clone()),
            panes: lab.watch.panes.iter().map(|pane| (*pane).to_owned()).collect(),
            speed: Speed::Max,
            scripts: lab.script_texts(),
        };
        let effects = app.open(&lab.title, &lab.about, &watch);
        let mut opened = Self { session, app };
        opened.send(effects);
        opened
    }

    fn send(&mut self, effects: Vec<Effect>) {
        let mut effects = effects;
        // What the screen asks for when it sees the run, as the maps of a parameter, stands in the next snapshot.
        for _ in 0..2 {
            for effect in effects {
                if let Effect::Send(command) = effect {
                    self.session.send(command);
                }
            }
            effects = self.app.update(Event::Snapshot(Arc::new(self.session.snapshot())));
        }
    }

    fn press(&mut self, keys: &str) {
        let effects = press(&mut self.app, keys);
        self.send(effects);
    }

    fn run_to_end(&mut self) {
        self.session.send(Command::Speed(Speed::Max));
        self.session.send(Command::Run);
        while !self.session.status().is_final() {
            self.session.turn();
        }
        self.send(Vec::new());
    }
}

/// From the start of a lab to its end.
fn walk(id: &str, set: &[&str], found: &mut Found) {
    let mut lab = Opened::new(id, set);
    look_around(&mut lab.app, &format!("{id} ready"), found);
    lab.press("sss");
    look_around(&mut lab.app, &format!("{id} after three steps"), found);
    lab.press("b:lr = 0.0123456\n:until loss < 0.0001 && step > 123456\n ");
    lab.send(vec![Effect::Send(Command::Pause)]);
    look_around(&mut lab.app, &format!("{id} turned"), found);
    lab.run_to_end();
    look_around(&mut lab.app, &format!("{id} at its end"), found);
}

fn report(found: &Found) {
    let lines: Vec<String> = found.iter().map(|(fault, place)| format!("{fault}   ({place})")).collect();
    assert!(found.is_empty(), "{} faults\n{}", found.len(), lines.join("\n"));
}

#[test]
fn every_text_of_every_shipped_lab_is_whole_or_says_that_it_goes_on() {
    let walks: Vec<_> = Library::shipped()
        .labs()
        .iter()
        .map(|lab| {
            let (id, series) = (lab.id.clone(), lab.text.contains("\nseries:"));
            let short = if lab.text.contains("\nlandscape:") || series { vec![] } else { vec!["training.epochs=3"] };
            let work = move || {
                let mut found = Found::new();
                walk(&id, &short, &mut found);
                found
            };
            thread::Builder::new().stack_size(crate::session::STACK).spawn(work).unwrap()
        })
        .collect();
    let found = walks.into_iter().flat_map(|walk| walk.join().unwrap()).collect();
    report(&found);
}

#[test]
fn every_text_of_a_run_that_ended_badly_or_was_forked_is_whole_or_says_that_it_goes_on() {
    let mut found = Found::new();
    let named: [(&str, Snapshot); 4] = [
        ("healthy", fixture::healthy()),
        ("diverged", fixture::diverged()),
        ("failed", fixture::failed()),
        ("race", fixture::race()),
    ];
    for (name, snapshot) in named {
        look_around(&mut lab(snapshot, (80, 24), false), name, &mut found);
    }
    report(&found);
}

#[test]
fn every_text_of_a_lab_that_asks_is_whole_or_says_that_it_goes_on() {
    let mut found = Found::new();
    let mut told = asked::open();
    asked::wrong(&mut told.tasks[0]);
    asked::given_up(&mut told.tasks[1]);
    asked::solved(&mut told.tasks[2]);
    asked::parted(&mut told.tasks[5]);
    told.tasks[3].judging = true;
    told.tasks[4].hints = vec!["Look at the *rate* first, then at `training.batch`.".into(); 2];
    for (name, seen) in [("open", asked::open()), ("told", told), ("done", asked::done())] {
        let all = seen.tasks.len();
        let mut app = asked::lab(seen, (80, 24), false);
        press(&mut app, &"p".repeat(all));
        for number in 1..=all + 1 {
            for (width, height) in SIZES {
                app.update(Event::Resize(width, height));
                for keys in ["", "h", "a", "\u{1b}A", "\u{1b}d", "\u{1b}:", "\u{1b}"] {
                    press(&mut app, keys);
                    look_at(&app, &format!("{name}, task {number} {keys:?}"), &mut found);
                }
            }
            // With a line under the cursor of the Script pane, and where the run waits for an answer.
            if matches!(number, 1 | 7) {
                look_around(&mut app, &format!("{name}, task {number}"), &mut found);
            }
            press(&mut app, "n");
        }
    }
    report(&found);
}

#[test]
fn every_text_of_the_list_is_whole_or_says_that_it_goes_on() {
    let entry = |lab: &crate::lab::LabFile| LabEntry {
        group: "shipped".to_owned(),
        id: lab.id.clone(),
        title: lab.title.clone(),
        summary: lab.text.split("\n\n").nth(1).unwrap_or_default().replace('\n', " "),
        path: lab.id.clone(),
        done: None,
    };
    let mut entries: Vec<LabEntry> = Library::shipped().labs().iter().map(entry).collect();
    let done =
        |points, begun| Some(Done { points, of: 12.5, begun, all: points == 12.5, waits: 0, later: 0.0, last: false });
    (entries[0].done, entries[1].done, entries[2].done) = (done(12.5, true), done(3.5, true), done(0.0, false));
    let mut found = Found::new();
    for (width, height) in SIZES {
        let mut app = App::with_list(entries.clone(), LOOK, true);
        app.update(Event::Resize(width, height));
        for at in 0..entries.len() {
            look_at(&app, &format!("list at {at}"), &mut found);
            press(&mut app, "j");
        }
        press(&mut app, "?");
        look_at(&app, "help of the list", &mut found);
    }
    report(&found);
    assert!(keys::table(keys::Context::List).count() > 3);
}
