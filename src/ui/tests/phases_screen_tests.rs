//! The walk through the phases of an update on the screen: what its keys do in every state of a run, and what is seen.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};

use crate::lab::{Lab, Overrides};
use crate::session::{Command, Options, Session, on_large_stack};
use crate::snapshot::{Speed, Status};
use crate::ui::app::App;
use crate::ui::host::{Effect, Event, Watch};
use crate::ui::tests::screen_tests::{LOOK, lab, paused, picture, press, press_key, sent};

/// A screen over a run in this very thread.
struct Played {
    app: App,
    session: Session,
}

impl Played {
    fn open(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.yaml");
        std::fs::write(&path, text).unwrap();
        Self::of(&path.display().to_string()).unwrap()
    }

    /// None of a file that is no lab to be trained as it is.
    fn of(path: &str) -> Option<Self> {
        let opened = on_large_stack(|| Lab::open(path, &Overrides::default())).ok()?;
        let watch = Watch { speed: Speed::PerSecond(100.0), ..Watch::of(&opened) };
        let session = Session::of(opened, Options { way_back: true, ..Options::default() }).unwrap();
        let mut app = App::without_list(LOOK, true);
        app.update(Event::Resize(80, 24));
        let effects = app.open("A lab", "Read.", &watch);
        let mut played = Self { app, session };
        played.carry_out(&effects);
        Some(played)
    }

    fn carry_out(&mut self, effects: &[Effect]) {
        sent(effects).into_iter().for_each(|command| self.session.send(command));
        let effects = self.app.update(Event::Snapshot(Arc::new(self.session.snapshot())));
        sent(&effects).into_iter().for_each(|command| self.session.send(command));
    }

    fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            let effects = press(&mut self.app, &key.to_string());
            self.carry_out(&effects);
        }
    }

    fn key(&mut self, code: KeyCode) {
        let effects = press_key(&mut self.app, code, KeyModifiers::NONE);
        self.carry_out(&effects);
    }

    fn step(&self) -> u64 {
        self.session.progress().step
    }

    /// The phase and the line at which the walk stands, from 1; none without a walk.
    fn place(&self) -> Option<(usize, usize)> {
        let place = self.app.lab.as_ref()?.walked()?.place;
        Some((place.phase + 1, place.line + 1))
    }

    fn focused(&self) -> &'static str {
        self.app.lab.as_ref().unwrap().focused().name
    }

    fn notice(&self) -> &str {
        self.app.notice.as_deref().unwrap_or_default()
    }

    /// To the last place of the walk.
    fn walk_to_the_end(&mut self) {
        while self.app.lab.as_ref().unwrap().walked().is_some_and(|walked| !walked.is_over) {
            self.key(KeyCode::Right);
        }
    }
}

/// A momentum rule has three lines: `dW`, `state.v` and `W`.
const LAB: &str = "id: walked
data: {source: moons, samples: 60, validation: 0.2}
network: [dense: 3, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 20, batch: 16}
optimizer: {rule: momentum, lr: 0.1, beta: 0.9}
";

#[test]
fn keys_go_on_and_back_and_the_pane_of_each_phase_comes_into_focus() {
    let mut played = Played::open(LAB);
    played.press("3");
    let before = played.focused();
    played.press(":phases\n");
    assert_eq!((played.step(), played.place(), played.focused()), (1, Some((1, 1)), "map"));
    let mut seen = Vec::new();
    for _ in 0..6 {
        played.press(" ");
        seen.push((played.place().unwrap(), played.focused()));
    }
    let expected = [
        ((2, 1), "network"),
        ((3, 1), "loss"),
        ((4, 1), "gradients"),
        ((5, 1), "ledger"),
        ((5, 2), "ledger"),
        ((5, 3), "ledger"),
    ];
    assert_eq!(seen, expected);
    for (place, _) in expected.iter().rev().skip(1) {
        played.key(KeyCode::Left);
        assert_eq!(played.place(), Some(*place));
    }
    played.key(KeyCode::Left);
    played.key(KeyCode::Left);
    assert_eq!((played.place(), played.notice()), (Some((1, 1)), "this is the first phase: Esc ends the walk"));
    played.key(KeyCode::Right);
    played.press("s");
    assert_eq!((played.place(), played.step()), (Some((3, 1)), 1));
    // The update stays made, and what was looked at before is looked at again.
    played.key(KeyCode::Esc);
    assert_eq!((played.place(), played.step(), played.focused()), (None, 1, before));
    assert!(!picture(&played.app).contains("Phase "));
}

#[test]
fn at_the_end_s_walks_through_the_next_update_and_space_runs() {
    let mut played = Played::open(LAB);
    played.press(":phases\n");
    played.walk_to_the_end();
    let end = played.place();
    let shown = picture(&played.app);
    assert!(shown.contains("the end of the walk") && shown.contains("s next update"), "{shown}");
    played.key(KeyCode::Right);
    assert_eq!(played.place(), end);
    assert!(played.notice().starts_with("this is the end of the walk: s walks"), "{}", played.notice());
    played.press("s");
    assert_eq!((played.place(), played.step()), (Some((1, 1)), 2));
    played.walk_to_the_end();
    played.press(" ");
    assert_eq!((played.place(), played.session.status()), (None, &Status::Running));
    // A run that goes on is held, and makes one update more.
    played.session.turn();
    let step = played.step();
    played.press(":phases\n");
    assert_eq!((played.step(), played.place(), played.session.status()), (step + 1, Some((1, 1)), &Status::Paused));
}

#[test]
fn lines_of_the_ledger_have_no_numbers_before_they_are_worked() {
    let mut played = Played::open(LAB);
    played.press(":phases\n    ");
    let names = ["dW", "state.v", "W"].map(|name| format!("│ {name} "));
    for worked in 1..=3 {
        let shown = picture(&played.app);
        let mut pane = shown.lines().skip_while(|line| !line.contains("Ledger")).skip(1).peekable();
        for (at, name) in names.iter().enumerate() {
            let first = pane.next().filter(|line| line.starts_with(name)).expect(name);
            let mut said = first.to_owned();
            while let Some(more) = pane.next_if(|line| line.starts_with("│  ")) {
                said += more;
            }
            let is_number = |word: &str| word.contains('.') && word.parse::<f64>().is_ok();
            assert_eq!(said.split_whitespace().any(is_number), at < worked, "{name} of {worked}: {shown}");
        }
        if worked < 3 {
            played.press(" ");
        }
    }
    // The last line tells what the weight has become.
    assert!(picture(&played.app).contains("W1[0,0] has moved from "), "{}", picture(&played.app));
}

#[test]
fn another_element_of_the_update_can_be_looked_at_on_the_way() {
    let mut played = Played::open(LAB);
    played.press(":phases\n    ");
    let first = picture(&played.app);
    played.key(KeyCode::Down);
    let other = picture(&played.app);
    assert!(first.contains("momentum for W1[0,0]") && other.contains("momentum for W1[1,0]"), "{other}");
    // Of another parameter nothing was kept, which is told.
    played.press(":watch b2\n");
    let shown = picture(&played.app);
    assert!(shown.contains("That of b2[0] was not"), "{shown}");
    assert_eq!(played.place(), Some((5, 1)));
}

#[test]
fn keys_that_move_the_run_end_the_walk_and_others_do_not() {
    let mut played = Played::open(LAB);
    played.press("sss:phases\n");
    for keys in ["\t", "z", "z", "+", "?", "i"] {
        played.press(keys);
        if matches!(keys, "?" | "i") {
            played.key(KeyCode::Esc);
        }
        assert_eq!(played.place(), Some((1, 1)), "{keys:?}");
    }
    played.press("b");
    assert_eq!((played.place(), played.step()), (None, 3));
    for (keys, step) in [("B", 3), ("r", 0)] {
        played.press(":phases\n");
        assert_eq!(played.place(), Some((1, 1)), "{keys}");
        played.press(keys);
        assert_eq!((played.place(), played.step()), (None, step), "{keys}");
    }
    played.press(":phases\n");
    played.press("S");
    assert_eq!((played.place(), played.session.status()), (None, &Status::Running));
}

#[test]
fn in_the_past_the_step_that_was_is_walked_through_again() {
    let mut played = Played::open(LAB);
    played.press("sssss");
    let ledger = played.session.snapshot().ledger;
    played.press("bbb");
    assert_eq!(played.step(), 2);
    played.press(":phases\n");
    assert_eq!((played.step(), played.place()), (3, Some((1, 1))));
    played.press("bb:goto 4\n:phases\n");
    assert_eq!((played.step(), played.session.snapshot().ledger), (5, ledger));
}

#[test]
fn a_run_that_is_over_says_so_and_makes_nothing() {
    let mut played = Played::open(&LAB.replace("epochs: 20", "steps: 2"));
    played.press("s:phases\n");
    assert_eq!((played.step(), played.place(), played.session.status()), (2, Some((1, 1)), &Status::Finished));
    played.walk_to_the_end();
    played.press("s");
    let said = "the run has finished: b goes a step back, then :phases walks through the last update";
    assert_eq!((played.step(), played.notice()), (2, said));
    played.press("b:phases\n");
    assert_eq!((played.step(), played.place()), (2, Some((1, 1))));
}

#[test]
fn of_several_mini_batches_each_is_walked_through_and_one_key_goes_to_the_next() {
    let mut played = Played::open(&LAB.replace("epochs: 20", "epochs: 20, accumulate: 2"));
    played.press(":phases\n");
    let row = |played: &Played| picture(&played.app).lines().nth(1).unwrap().trim_end().to_owned();
    assert_eq!(row(&played), " step 1  batch 1/2 → forward → loss → backward → mean → update");
    played.press("   ");
    assert_eq!((played.place(), played.focused()), (Some((4, 1)), "gradients"));
    played.press(" ");
    assert_eq!(row(&played), " step 1  batch 2/2 → forward → loss → backward → mean → update");
    assert!(picture(&played.app).contains("mini-batch 2 of the 2 of this update"), "{}", picture(&played.app));
    for _ in 0..2 {
        played.key(KeyCode::Left);
    }
    assert!(picture(&played.app).contains("loss of mini-batch 1 of 2: "), "{}", picture(&played.app));
    played.press("N");
    assert_eq!(played.place(), Some((5, 1)));
    played.press("N");
    assert_eq!((played.place(), played.focused()), (Some((9, 1)), "gradients"));
    assert!(picture(&played.app).contains("the mean over the 2 mini-batches:"), "{}", picture(&played.app));
    played.press("N");
    assert_eq!((played.place(), played.notice()), (Some((9, 1)), "the update has no further mini-batch"));
    assert_eq!(row(&played), " step 1  batch 2/2 → forward → loss → backward → mean → update");
}

/// What a walk says is whole, wherever it stands, in every lab that ships and on small screens.
#[test]
fn no_sentence_of_a_walk_is_cut() {
    let labs = concat!(env!("CARGO_MANIFEST_DIR"), "/labs");
    let is_lab = |name: &str| name.strip_suffix(".yaml").is_some_and(|name| !name.contains('.'));
    let names = std::fs::read_dir(labs).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| is_lab(name)).collect();
    names.sort();
    let mut walked = 0;
    for name in names {
        let Some(mut played) = Played::of(&format!("{labs}/{name}")) else { continue };
        played.press("s:phases\n");
        assert!(played.place().is_some(), "{name} has no walk: {}", played.notice());
        walked += 1;
        loop {
            for (columns, rows) in [(60, 18), (80, 24), (100, 30)] {
                played.app.update(Event::Resize(columns, rows));
                let shown = picture(&played.app);
                let said: Vec<&str> = shown.lines().skip(1).take(5).map(str::trim_end).collect();
                let told = || format!("{name} at {:?}, {columns}x{rows}:\n{}", played.place(), said.join("\n"));
                assert!(!said.iter().any(|line| line.contains('…') && !line.contains(" … ")), "{}", told());
                assert!(said[0].contains("update") || said[0].contains("average"), "{}", told());
                let end = said[1..].iter().rfind(|line| !line.is_empty()).unwrap();
                // A sentence, or a line of a ledger.
                assert!(end.ends_with('.') || said[1..].iter().any(|line| line.contains(" = ")), "{}", told());
            }
            if played.app.lab.as_ref().unwrap().walked().is_none_or(|walked| walked.is_over) {
                break;
            }
            played.key(KeyCode::Right);
        }
    }
    assert!(walked >= 15, "{walked} labs");
}

#[test]
fn in_a_race_it_is_the_run_that_is_shown_and_one_that_is_over_says_so() {
    let race = format!("{LAB}compare:\n  sgd: {{optimizer: {{rule: sgd, lr: 0.1}}, training: {{epochs: 1}}}}\n");
    let mut played = Played::open(&race);
    played.press(":phases\n");
    assert!(picture(&played.app).contains(" momentum step 1 "), "{}", picture(&played.app));
    played.session.send(Command::Show(1));
    played.carry_out(&[]);
    // The walk was of another run.
    assert_eq!(played.place(), None);
    played.press("sss:phases\n");
    assert_eq!(played.place(), None);
    let shown = picture(&played.app);
    assert!(shown.contains("sgd has finished, and makes no further update"), "{shown}");
}

#[test]
fn by_time_it_goes_on_until_its_end_and_a_key_back_holds_it() {
    let mut played = Played::open(LAB);
    played.press(":phases 1.5s\n");
    let pace = played.app.pace().unwrap();
    assert_eq!(pace.every, Duration::from_millis(1500));
    played.app.update(Event::Beat);
    assert_eq!(played.place(), Some((2, 1)));
    assert_ne!(played.app.pace(), Some(pace), "its time begins anew");
    played.press("?");
    assert_eq!(played.app.pace(), None, "it waits for who reads the help");
    played.key(KeyCode::Esc);
    (0..20).for_each(|_| drop(played.app.update(Event::Beat)));
    assert_eq!((played.place(), played.app.pace()), (Some((5, 3)), None));
    played.press("s");
    assert_eq!((played.place(), played.step()), (Some((1, 1)), 2));
    assert!(played.app.pace().is_some());
    played.app.update(Event::Beat);
    played.key(KeyCode::Left);
    assert_eq!((played.place(), played.app.pace()), (Some((1, 1)), None));
}

#[test]
fn a_command_that_is_none_says_how_it_is_written() {
    let error = |line: &str| {
        let mut app = lab(paused(), (80, 24), false);
        assert_eq!(sent(&press(&mut app, &format!(":{line}\n"))), []);
        app.refused().unwrap()
    };
    assert_eq!(
        error("phases soon"),
        "`soon` is no time: write `phases 1.5s`, or `phases` alone, which goes on by keys"
    );
    for wrong in ["phases 0", "phases -1s", "phases 3600s", "phases 20ms", "phases inf"] {
        assert!(error(wrong).starts_with("a phase stands for 0.1 to 60 seconds"), "{wrong}");
    }
    for right in ["phases", "phases 2", "phases 1.5s", "phases 800ms", "phases 1.5 s"] {
        let mut app = lab(paused(), (80, 24), false);
        assert_eq!(sent(&press(&mut app, &format!(":{right}\n"))), [Command::Phases(1)], "{right}");
    }
    let mut app = lab(paused(), (80, 24), false);
    press(&mut app, ":pha\t");
    assert!(picture(&app).contains(":phases"), "{}", picture(&app));
}
