//! The screen on a virtual clock: a session in this very thread is opened, run at 20 steps a second, paused, gone back in,
//! forked, edited and left, without one real sleep; and every cell of every tick is the same the next time, however busy the
//! machine is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use optlab::clock::{Clock, Virtual};
use optlab::lab::{Lab, Overrides};
use optlab::run::Command;
use optlab::session::{Options, Session};
use optlab::snapshot::Status;
use optlab::train::on_large_stack;
use optlab::ui::draw::draw;
use optlab::ui::theme::{Look, Theme};
use optlab::ui::{App, Effect, Event, Leave, Watch};
use ratatui::buffer::Buffer;

/// One frame of the screen and one look at what is due.
const TICK: Duration = Duration::from_millis(50);

const LAB: &str = "id: virtual
title: On a virtual clock
about: Watch `v`.
seed: 3
data: {source: moons, samples: 120, noise: 0.2, validation: 0.25}
network: [{dense: 8}, tanh, {dropout: 0.1}, {dense: 2}]
loss: cross_entropy
training: {epochs: 40, batch: 16}
optimizer: {rule: adam, lr: 0.02}
watch: {speed: 20}
";

fn lab(folder: &Path, text: &str) -> Lab {
    let path = folder.join("lab.yaml");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    on_large_stack(|| Lab::open(&path, &Overrides::default()))
        .unwrap_or_else(|errors| panic!("{}", errors[0].render(false)))
}

/// A screen over a session, and every buffer that was drawn.
struct Screen {
    time: Arc<Virtual>,
    session: Session,
    app: App,
    drawn: Vec<Buffer>,
    left: Option<Leave>,
}

impl Screen {
    fn open(folder: &Path) -> Self {
        let time = Virtual::new();
        let options = Options { clock: Clock::of(time.clone()), way_back: true, ..Options::default() };
        let session = Session::of(lab(folder, LAB), options).unwrap();
        let mut app = App::without_list(Look { theme: Theme::Dark, unicode: true }, true);
        app.update(Event::Resize(120, 40));
        let lab = session.lab();
        let watch = Watch { parameter: None, panes: Vec::new(), speed: lab.watch.speed, scripts: lab.script_texts() };
        let effects = app.open(&lab.title.clone(), &lab.about.clone(), &watch);
        let mut screen = Self { time, session, app, drawn: Vec::new(), left: None };
        screen.carry_out(effects);
        screen
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(Command::Quit) => {}
                Effect::Send(command) => self.session.send(command),
                Effect::Leave(leave) => self.left = Some(leave),
                other => panic!("the screen asks for {other:?}"),
            }
        }
    }

    fn key(&mut self, key: KeyCode) {
        let effects = self.app.update(Event::Key(KeyEvent::new(key, KeyModifiers::NONE)));
        self.carry_out(effects);
    }

    fn press(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.key(KeyCode::Char(key)));
    }

    fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.time.advance(TICK);
            self.session.turn();
            let snapshot = Arc::new(self.session.snapshot());
            let effects = self.app.update(Event::Snapshot(snapshot));
            self.carry_out(effects);
            let mut buffer = Buffer::empty(self.app.screen);
            draw(&self.app, &mut buffer);
            self.drawn.push(buffer);
        }
    }

    fn step(&self) -> u64 {
        self.session.progress().step
    }

    /// What panes show of the very step; trends tell of the steps that were watched, which are others on the way back.
    fn shown(&mut self) -> String {
        let snapshot = self.session.snapshot();
        format!("{:?} {:?} {:?}", snapshot.loss, snapshot.ledger, snapshot.gradients)
    }

    fn text(&self) -> String {
        let buffer = self.drawn.last().unwrap();
        let rows = buffer.content.chunks(usize::from(buffer.area.width));
        rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n").collect()
    }
}

/// The whole session, with what must be seen on the way; returns every cell of every tick.
fn play() -> Vec<Buffer> {
    let folder = tempfile::tempdir().unwrap();
    let mut screen = Screen::open(folder.path());
    screen.ticks(4);
    assert_eq!((screen.step(), screen.session.status()), (0, &Status::Ready));
    assert!(screen.text().contains("On a virtual clock"), "{}", screen.text());
    // Two seconds at 20 steps a second, the first of them at once.
    screen.press(" ");
    screen.ticks(40);
    assert_eq!(screen.step(), 40);
    assert!(screen.text().contains("20 steps/s"), "{}", screen.text());
    screen.press(" ");
    screen.ticks(5);
    assert_eq!((screen.step(), screen.session.status()), (40, &Status::Paused));
    let held = screen.shown();
    screen.press("bb");
    screen.ticks(2);
    assert_eq!(screen.step(), 38);
    screen.press("}");
    screen.ticks(2);
    assert_eq!(screen.step(), 40);
    assert_eq!(screen.shown(), held, "forward again leads to the same step");
    // A second run goes on from here with another rate.
    screen.press("F");
    screen.press(":lr = 0.002");
    screen.key(KeyCode::Enter);
    screen.press(" ");
    screen.ticks(20);
    let snapshot = screen.session.snapshot();
    let runs: Vec<(String, u64)> = snapshot.race.unwrap().runs.into_iter().map(|run| (run.name, run.step)).collect();
    assert_eq!(runs, [("adam".to_owned(), 60), ("adam_fork_1".to_owned(), 60)]);
    // The lab is saved with another rate, which is taken up on the way.
    let edited = lab(folder.path(), &LAB.replace("lr: 0.02", "lr: 0.05"));
    let change = screen.session.edit(&["lab.yaml".to_owned()], edited);
    screen.app.take_up_change(change);
    screen.ticks(10);
    assert!(screen.text().contains("in effect from the next step on"), "{}", screen.text());
    assert_eq!(screen.step(), 70);
    let rate = |screen: &mut Screen| screen.session.snapshot().hyper.iter().find(|h| h.name == "lr").unwrap().value;
    assert_eq!(rate(&mut screen).to_bits(), 0.05_f64.to_bits());
    screen.press("q");
    screen.ticks(1);
    screen.press("y");
    assert_eq!(screen.left, Some(Leave::Quit));
    assert_eq!(screen.time_passed(), TICK * u32::try_from(screen.drawn.len()).unwrap());
    let outcome = screen.session.finish();
    assert!(outcome.unwritten.is_none() && outcome.runs.len() == 2);
    screen.drawn
}

impl Screen {
    fn time_passed(&self) -> Duration {
        Clock::of(self.time.clone()).now().since_beginning()
    }
}

#[test]
fn the_same_cells_at_every_virtual_tick_alone_and_beside_busy_loops() {
    let alone = play();
    let ended = AtomicBool::new(false);
    let busy = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut x = 1_u64;
                while !ended.load(Ordering::Relaxed) {
                    x = std::hint::black_box(x.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7));
                }
            });
        }
        // Told whatever becomes of it, or the loops would go on for ever.
        let played = std::panic::catch_unwind(play);
        ended.store(true, Ordering::Relaxed);
        played
    });
    let busy = busy.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    assert_eq!(alone.len(), busy.len());
    for (tick, (alone, busy)) in alone.iter().zip(&busy).enumerate() {
        assert!(alone == busy, "tick {tick}: {:?}", alone.diff(busy));
    }
}

#[test]
fn a_session_waits_at_step_0_and_only_what_is_asked_for_moves_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::of(lab(folder.path(), LAB), Options::default()).unwrap();
    session.turn();
    assert_eq!((session.status(), session.progress().step), (&Status::Ready, 0));
    session.step();
    assert_eq!((session.status(), session.progress().step), (&Status::Paused, 1));
    session.send(Command::Run);
    session.turn();
    assert_eq!((session.status(), session.progress().step), (&Status::Running, 65));
    let outcome = session.run_to_end();
    assert_eq!((outcome.status, outcome.summary["steps"].as_u64()), (Status::Finished, Some(240)));
}
