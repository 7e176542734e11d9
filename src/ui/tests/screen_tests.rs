//! Whole screens and key sequences: (state, keys, state).

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::{Error, Place, Source};
use crate::session::Command;
use crate::snapshot::{Snapshot, Speed, Status};
use crate::ui::app::{App, Layer, Question};
use crate::ui::draw::{as_text, draw};
use crate::ui::host::{Effect, Event, LabEntry, Leave, Watch};
use crate::ui::look::theme::{Look, Theme};
use crate::ui::tests::fixture::{self, ABOUT};

pub(super) const LOOK: Look = Look { theme: Theme::Dark, unicode: true };

pub(super) fn entries() -> Vec<LabEntry> {
    let entry = |id: &str, title: &str| LabEntry {
        group: "part of the program".into(),
        id: id.into(),
        title: title.into(),
        summary: format!("{title}: what it is, why it helps, and what to try first. Watch the loss and the state."),
        path: format!("labs/{id}.yaml"),
        done: None,
    };
    vec![
        entry("01-averages", "Moving averages"),
        entry("06-momentum", "Momentum in a ravine"),
        entry("09-adam", "Adam on handwritten digits"),
        entry("12-evil", "A title \u{1b}[31mthat would\npaint the terminal"),
    ]
}

pub(super) fn watch() -> Watch {
    let panes = ["loss", "gradients", "state", "guide"].map(str::to_owned).to_vec();
    Watch { parameter: Some("W1[3,5]".into()), panes, speed: Speed::Max, scripts: fixture::scripts() }
}

/// A lab of this size that shows this snapshot.
pub(super) fn lab(snapshot: Snapshot, (width, height): (u16, u16), with_list: bool) -> App {
    let mut app = if with_list { App::with_list(entries(), LOOK, true) } else { App::without_list(LOOK, true) };
    app.update(Event::Resize(width, height));
    app.open("Adam on handwritten digits", ABOUT, &watch());
    app.update(Event::Snapshot(Arc::new(snapshot)));
    app
}

pub(super) fn picture(app: &App) -> String {
    let mut buffer = Buffer::empty(app.screen);
    draw(app, &mut buffer);
    as_text(&buffer)
}

pub(super) fn press_key(app: &mut App, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
    app.update(Event::Key(KeyEvent::new(code, modifiers)))
}

/// Presses keys: a character each, `\n` Enter, `\t` Tab, `\u{1b}` Esc.
pub(super) fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\u{1b}' => KeyCode::Esc,
            c => KeyCode::Char(c),
        };
        effects.extend(press_key(app, code, KeyModifiers::NONE));
    }
    effects
}

pub(super) fn sent(effects: &[Effect]) -> Vec<Command> {
    effects.iter().filter_map(|effect| if let Effect::Send(c) = effect { Some(c.clone()) } else { None }).collect()
}

pub(super) fn paused() -> Snapshot {
    Snapshot { status: Status::Paused, ..fixture::healthy() }
}

#[test]
fn screens() {
    for (size, name) in [((80, 24), "80x24"), ((100, 30), "100x30"), ((120, 40), "120x40"), ((200, 60), "200x60")] {
        insta::assert_snapshot!(format!("healthy_{name}"), picture(&lab(fixture::healthy(), size, false)));
        insta::assert_snapshot!(format!("diverged_{name}"), picture(&lab(fixture::diverged(), size, false)));
        insta::assert_snapshot!(format!("failed_{name}"), picture(&lab(fixture::failed(), size, false)));
    }
}

#[test]
fn screen_of_a_lab_that_was_just_opened() {
    insta::assert_snapshot!(picture(&lab(fixture::at_step(0), (80, 24), false)));
}

#[test]
fn screen_in_ascii() {
    let mut app = lab(fixture::healthy(), (80, 24), false);
    app.look.unicode = false;
    insta::assert_snapshot!(picture(&app));
}

#[test]
fn screen_of_the_list() {
    let mut app = App::with_list(entries(), LOOK, true);
    app.update(Event::Resize(80, 24));
    press(&mut app, "jj");
    insta::assert_snapshot!(picture(&app));
}

#[test]
fn screen_of_the_help() {
    let mut app = lab(fixture::healthy(), (80, 24), false);
    press(&mut app, "?start");
    insta::assert_snapshot!(picture(&app));
}

#[test]
fn the_help_lists_the_keys_of_a_pane_under_its_name_and_finds_them_by_it() {
    let mut app = lab(fixture::healthy(), (80, 40), false);
    press(&mut app, "2?gradient norm");
    let shown = picture(&app);
    let inside: Vec<&str> = shown.lines().filter_map(|line| line.strip_prefix('│')).map(str::trim_start).collect();
    let heading = inside.iter().position(|line| line.starts_with("Gradient norm  ")).unwrap();
    assert!(inside[heading + 1].contains("show the parameter under the cursor in the State pane"), "{shown}");
    assert!(!shown.contains("run or pause"), "{shown}");
    // Enter runs the entry: the State pane has the focus.
    press(&mut app, "\n");
    assert_eq!(app.lab.as_ref().unwrap().focused().name, "gradients");
    press(&mut app, "j?gradient norm\n");
    assert_eq!(app.lab.as_ref().unwrap().focused().name, "state");
}

#[test]
fn screen_of_a_lab_that_cannot_be_opened() {
    let mut app = App::with_list(entries(), LOOK, true);
    app.update(Event::Resize(80, 24));
    let source = Source::new("labs/adam.yaml", "optimizer:\n  rule: adamm\n");
    let error = Error::user("unknown optimizer `adamm`").at(Place::token(&source, 2, 9)).label("did you mean `adam`?");
    app.show_error(error.help("`optlab list optimizers` shows them all, or give a path that ends in .rhai"));
    insta::assert_snapshot!(picture(&app));
    press(&mut app, "x");
    assert!(app.layer.is_some());
    press(&mut app, "\u{1b}");
    assert!(app.layer.is_none());
}

#[test]
fn screen_that_is_too_small() {
    insta::assert_snapshot!(picture(&lab(fixture::healthy(), (50, 9), false)));
}

#[test]
fn screen_with_a_question_and_a_note() {
    let mut app = lab(fixture::healthy(), (80, 24), true);
    press(&mut app, "d");
    insta::assert_snapshot!("note", picture(&app));
    press(&mut app, "q");
    insta::assert_snapshot!("question", picture(&app));
}

#[test]
fn in_ascii_no_cell_is_anything_else() {
    for snapshot in [fixture::healthy(), fixture::diverged(), fixture::failed(), fixture::at_step(0)] {
        let mut app = lab(snapshot, (120, 40), true);
        app.look.unicode = false;
        for keys in ["", "?", "\u{1b}i", "d", "f", "3"] {
            press(&mut app, keys);
            assert!(picture(&app).is_ascii(), "{}", picture(&app));
        }
        app.open("Ein Lab über β → ∞", "Größe 中文", &watch());
        assert!(picture(&app).is_ascii());
    }
}

#[test]
fn opening_sets_the_speed_and_looks_at_the_parameter_that_the_lab_names() {
    let mut app = App::without_list(LOOK, true);
    let wanted = Watch {
        parameter: Some("W2[0,1]".into()),
        panes: vec!["state".into(), "ledger".into()],
        speed: Speed::PerSecond(200.0),
        scripts: Vec::new(),
    };
    let effects = app.open("t", "", &wanted);
    assert_eq!(sent(&effects), [Command::Speed(Speed::PerSecond(200.0))]);
    let looked_at = [Command::Focus(2), Command::Element { parameter: 2, index: 1 }];
    assert_eq!(sent(&app.update(Event::Snapshot(Arc::new(fixture::healthy())))), looked_at);
    assert!(sent(&app.update(Event::Snapshot(Arc::new(fixture::healthy())))).is_empty());
    let names: Vec<&str> = app.lab.as_ref().unwrap().order().iter().map(|pane| pane.name).collect();
    assert_eq!(names, ["state", "ledger", "loss", "gradients", "network", "schedule", "guide", "log", "runs"]);
}

#[test]
fn keys_that_train() {
    let mut app = lab(fixture::at_step(0), (80, 24), false);
    // A second press before the run has answered means the opposite of the first.
    assert_eq!(sent(&press(&mut app, "  ")), [Command::Run, Command::Pause]);
    assert_eq!(sent(&press(&mut app, "sS")), [Command::Step, Command::StepEpoch]);
    assert_eq!(sent(&press(&mut app, "rR")), [Command::Restart { seed: None }, Command::Restart { seed: Some(8) }]);
    app.update(Event::Snapshot(Arc::new(fixture::healthy())));
    assert_eq!(sent(&press(&mut app, " ")), [Command::Pause]);
}

#[test]
fn a_run_that_is_over_can_only_start_again() {
    let mut app = lab(fixture::diverged(), (80, 24), false);
    assert!(press(&mut app, " sS").is_empty());
    assert!(app.notice.as_ref().unwrap().contains("r starts it again"));
    assert_eq!(sent(&press(&mut app, "r")), [Command::Restart { seed: None }]);
}

#[test]
fn speeds_go_up_to_no_limit_and_down_to_one() {
    let mut app = lab(paused(), (80, 24), false);
    let mut speeds = Vec::new();
    for _ in 0..12 {
        speeds.extend(sent(&press(&mut app, "-")));
    }
    let speed = |x: f64| Command::Speed(Speed::PerSecond(x));
    assert_eq!(speeds[..3], [speed(1000.0), speed(500.0), speed(200.0)]);
    assert_eq!(speeds[10..], [speed(1.0), speed(1.0)]);
    assert_eq!(sent(&press(&mut app, "+=")), [speed(2.0), speed(5.0)]);
    for _ in 0..9 {
        press(&mut app, "+");
    }
    assert_eq!(sent(&press(&mut app, "+")), [Command::Speed(Speed::Max)]);
}

#[test]
fn esc_closes_one_layer_at_a_time_and_never_leaves() {
    let mut app = lab(paused(), (80, 24), false);
    press(&mut app, "zf?");
    assert!(press(&mut app, "\u{1b}").is_empty() && app.layer.is_none());
    assert!(app.lab.as_ref().unwrap().zoomed);
    press(&mut app, "\u{1b}");
    let lab = app.lab.as_ref().unwrap();
    assert!(!lab.zoomed && lab.frozen_at() == Some(287));
    press(&mut app, "\u{1b}");
    assert_eq!(app.lab.as_ref().unwrap().frozen_at(), None);
    assert!(press(&mut app, "\u{1b}\u{1b}\u{1b}").is_empty() && app.lab.is_some());
}

#[test]
fn esc_with_nothing_open_leaves_no_lab_of_the_list_whatever_its_run_is() {
    let finished = Snapshot { status: Status::Finished, ..fixture::healthy() };
    for run in [fixture::at_step(0), paused(), finished, fixture::diverged()] {
        let mut app = lab(run, (80, 24), true);
        assert!(press(&mut app, "\u{1b}\u{1b}").is_empty() && app.lab.is_some() && app.layer.is_none());
        assert!(picture(&app).contains("nothing is open here; q goes back to the list"), "{}", picture(&app));
    }
}

#[test]
fn going_back_to_the_list_asks_only_if_a_run_is_live() {
    let mut app = lab(fixture::healthy(), (80, 24), true);
    assert!(press(&mut app, "q").is_empty());
    assert!(matches!(app.layer, Some(Layer::Ask(Question::CloseLab))));
    assert!(press(&mut app, "\u{1b}").is_empty() && app.lab.is_some());
    assert_eq!(press(&mut app, "qy"), [Effect::CloseLab]);
    assert!(app.lab.is_none());
    let mut app = lab(fixture::at_step(0), (80, 24), true);
    assert_eq!(press(&mut app, "q"), [Effect::CloseLab]);
}

#[test]
fn q_asks_once_and_ctrl_c_never() {
    let leave = [Effect::Leave(Leave::Quit)];
    assert_eq!(press(&mut lab(fixture::at_step(0), (80, 24), false), "q"), leave);
    assert_eq!(press(&mut lab(fixture::diverged(), (80, 24), false), "q"), leave);
    let mut app = lab(paused(), (80, 24), false);
    assert!(press(&mut app, "q").is_empty());
    assert!(press(&mut app, "n").is_empty() && app.layer.is_none());
    assert_eq!(press(&mut app, "qq"), leave);
    for keys in ["", "?run", "q", "i", "z"] {
        let mut app = lab(fixture::healthy(), (80, 24), true);
        press(&mut app, keys);
        assert_eq!(press_key(&mut app, KeyCode::Char('c'), KeyModifiers::CONTROL), leave);
        assert_eq!(press_key(&mut app, KeyCode::Char('z'), KeyModifiers::CONTROL), [Effect::Suspend]);
    }
    let signal = lab(paused(), (80, 24), false).update(Event::Signal(15));
    assert_eq!(signal, [Effect::Leave(Leave::Signal(15))]);
}

#[test]
fn the_help_is_searched_by_typing_and_runs_an_entry() {
    let mut app = lab(paused(), (80, 24), false);
    press(&mut app, "?zq");
    assert!(app.help_entries("zq").is_empty());
    press_key(&mut app, KeyCode::Backspace, KeyModifiers::NONE);
    press_key(&mut app, KeyCode::Backspace, KeyModifiers::NONE);
    assert_eq!(sent(&press(&mut app, "new seed\n")), [Command::Restart { seed: Some(8) }]);
    assert!(app.layer.is_none());
}

#[test]
fn the_list_is_walked_and_opened() {
    let mut app = App::with_list(entries(), LOOK, true);
    app.update(Event::Resize(80, 24));
    assert_eq!(press(&mut app, "jjk\n"), [Effect::Open(1)]);
    assert_eq!(press(&mut app, "jjjjjjj\n"), [Effect::Open(3)]);
    assert_eq!(press(&mut app, "q"), [Effect::Leave(Leave::Quit)]);
    let mut empty = App::with_list(Vec::new(), LOOK, true);
    empty.update(Event::Resize(80, 24));
    assert!(press(&mut empty, "jk\n\u{1b}").is_empty());
    assert!(picture(&empty).contains("no lab"));
}

#[test]
fn panes_are_focused_walked_and_inspected() {
    let mut app = lab(paused(), (120, 40), false);
    let focused = |app: &App| app.lab.as_ref().unwrap().focused().name;
    press(&mut app, "\t");
    assert_eq!(focused(&app), "gradients");
    // The third row is b1; Enter shows it in the State pane.
    assert_eq!(sent(&press(&mut app, "jj\n")), [Command::Focus(1)]);
    assert_eq!(focused(&app), "state");
    assert_eq!(sent(&[press_key(&mut app, KeyCode::Right, KeyModifiers::NONE)].concat()), [Command::Focus(2)]);
    assert!(picture(&app).contains("State · W2 [64x10]"));
    press(&mut app, "jjjjjj");
    assert!(picture(&app).contains("s_hat: recomputed every step"));
    press(&mut app, "4");
    assert_eq!(focused(&app), "guide");
    press(&mut app, "0");
    assert_eq!(focused(&app), "runs");
    app.update(Event::Snapshot(Arc::new(Snapshot { network: None, ..paused() })));
    press(&mut app, "0");
    assert!(focused(&app) == "runs" && app.notice.is_some());
}

#[test]
fn a_frozen_picture_stays_while_the_header_goes_on() {
    let mut app = lab(fixture::at_step(100), (80, 24), false);
    press(&mut app, "f");
    let before: Vec<String> = picture(&app).lines().skip(1).map(str::to_owned).collect();
    app.update(Event::Snapshot(Arc::new(fixture::healthy())));
    let picture = picture(&app);
    assert!(picture.lines().next().unwrap().contains("step 287"));
    assert_eq!(picture.lines().skip(1).map(str::to_owned).collect::<Vec<_>>(), before);
}

#[test]
fn bad_news_bring_the_guide_into_view_and_leave_the_focus() {
    let mut app = lab(fixture::healthy(), (80, 24), false);
    assert!(!picture(&app).contains("4 Guide ─"));
    app.update(Event::Snapshot(Arc::new(fixture::diverged())));
    assert!(picture(&app).contains("try a smaller lr"));
    assert_eq!(app.lab.as_ref().unwrap().focused().name, "loss");
}

#[test]
fn the_mouse_focuses_and_scrolls() {
    let mut app = lab(fixture::healthy(), (120, 80), false);
    let mouse = |kind, column, row| Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    app.update(mouse(MouseEventKind::Down(MouseButton::Left), 100, 30));
    assert_eq!(app.lab.as_ref().unwrap().focused().name, "guide");
    let before = picture(&app);
    app.update(Event::Resize(120, 24));
    app.update(mouse(MouseEventKind::ScrollDown, 100, 18));
    app.update(Event::Resize(120, 80));
    assert_eq!(picture(&app), before, "a text that fits does not scroll");
    assert_eq!(press(&mut app, "M"), [Effect::Mouse(false)]);
}

#[test]
fn drawing_twice_gives_the_same_cells() {
    let app = lab(fixture::healthy(), (80, 24), false);
    let (mut once, mut twice) = (Buffer::empty(Rect::new(0, 0, 80, 24)), Buffer::empty(Rect::new(0, 0, 80, 24)));
    draw(&app, &mut once);
    draw(&app, &mut twice);
    assert_eq!(once, twice);
}
