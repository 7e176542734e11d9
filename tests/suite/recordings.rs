//! Recordings of tapes: the same bytes whenever one is made, shown by a terminal that is not ours as our buffer held them, and
//! one clear error for a tape that asks for what cannot be.

use avt::{Color as Shown, Terminal};
use optlab::record::cast::{self, Version};
use optlab::record::output::{self, Options};
use optlab::record::recorder::record;
use optlab::record::recording::Recording;
use optlab::record::tape::{Does, Tape};
use optlab::record::transcript;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::program::optlab;

fn tape(text: &str) -> Tape {
    Tape::read("here.tape.yaml", text.as_bytes()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn recorded(text: &str) -> Recording {
    record(&tape(text), None, &mut |_| ()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn refused(play: &str) -> String {
    let text = format!("format: 1\nlab: momentum-in-the-ravine\nspeed: 50\nplay:\n{play}");
    let errors = record(&tape(&text), None, &mut |_| ()).expect_err("it is wrong");
    errors[0].to_string()
}

const RAVINE: &str = "
format: 1
title: Momentum
lab: momentum-in-the-ravine
size: 100x30
fps: 20
speed: 40
keys: show
play:
  - chapter: {en: The first steps, pt: Os primeiros passos}
  - say: {en: Watch the map., pt: Observe o mapa.}
    on_screen: true
  - key: [s, x3]
  - key: space
  - until: run.step == 40
  - shot: turn
  - shot: {name: turn-map, pane: map}
  - key: space
  - chapter: Another rate
  - type: \":lr = 0.1\\n\"
  - hide: [{key: space}, {until: run.step == 60}, {key: space}]
  - key: [3, z]
  - pause: 4s
";

/// What a terminal shows for a cell, in the words of the terminal that is not ours.
fn colour(colour: Color) -> Option<Shown> {
    Some(match colour {
        Color::Reset => return None,
        Color::Black => Shown::Indexed(0),
        Color::Red => Shown::Indexed(1),
        Color::Green => Shown::Indexed(2),
        Color::Yellow => Shown::Indexed(3),
        Color::Blue => Shown::Indexed(4),
        Color::Magenta => Shown::Indexed(5),
        Color::Cyan => Shown::Indexed(6),
        Color::Gray => Shown::Indexed(7),
        Color::DarkGray => Shown::Indexed(8),
        Color::LightRed => Shown::Indexed(9),
        Color::LightGreen => Shown::Indexed(10),
        Color::LightYellow => Shown::Indexed(11),
        Color::LightBlue => Shown::Indexed(12),
        Color::LightMagenta => Shown::Indexed(13),
        Color::LightCyan => Shown::Indexed(14),
        Color::White => Shown::Indexed(15),
        Color::Indexed(index) => Shown::Indexed(index),
        Color::Rgb(r, g, b) => Shown::rgb(r, g, b),
    })
}

fn assert_shown(terminal: &Terminal, recording: &Recording, tick: u64) {
    let frame = recording.at(tick).expect("a recording has a frame at any tick");
    for (y, (row, line)) in frame.rows.iter().zip(terminal.screen().visible_lines()).enumerate() {
        for (x, (cell, shown)) in row.iter().zip(line.cells()).enumerate() {
            let at = format!("tick {tick}, row {y}, column {x}");
            let symbol = if cell.symbol().is_empty() { ' ' } else { first(cell) };
            assert_eq!(shown.char(), symbol, "{at}");
            assert_eq!(shown.pen().background(), colour(cell.bg), "{at}");
            if symbol != ' ' || cell.modifier.contains(Modifier::REVERSED) {
                assert_eq!(shown.pen().foreground(), colour(cell.fg), "{at}");
                assert_eq!(shown.pen().is_bold(), cell.modifier.contains(Modifier::BOLD), "{at}");
                assert_eq!(shown.pen().is_inverse(), cell.modifier.contains(Modifier::REVERSED), "{at}");
                assert_eq!(shown.pen().is_faint(), cell.modifier.contains(Modifier::DIM), "{at}");
                assert_eq!(shown.pen().is_underline(), cell.modifier.contains(Modifier::UNDERLINED), "{at}");
            }
        }
    }
}

fn first(cell: &Cell) -> char {
    cell.symbol().chars().next().unwrap_or(' ')
}

/// The events of a cast: seconds, kind and data.
fn events(cast: &str) -> Vec<(f64, String, String)> {
    let event = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    cast.lines().skip(1).map(event).collect()
}

/// Plays a cast on a terminal that is not ours, and holds what it shows after every event against the recording.
fn assert_plays(recording: &Recording, version: Version) {
    let cast = cast::write(recording, version);
    let header: serde_json::Value = serde_json::from_str(cast.lines().next().unwrap()).unwrap();
    let size = match version {
        Version::Two => (header["width"].as_u64(), header["height"].as_u64()),
        Version::Three => (header["term"]["cols"].as_u64(), header["term"]["rows"].as_u64()),
    };
    assert_eq!(size, (Some(u64::from(recording.size.0)), Some(u64::from(recording.size.1))));
    let (columns, rows) = (usize::from(recording.size.0), usize::from(recording.size.1));
    let mut terminal = Terminal::new(columns, rows).unwrap();
    let (mut now, mut marked) = (0.0, Vec::new());
    for (time, kind, data) in events(&cast) {
        let before = now;
        now = if version == Version::Two { time } else { now + time };
        assert!(now >= before, "times never run back: {before}, then {now}");
        let tick = (now * f64::from(recording.fps)).round() as u64;
        match kind.as_str() {
            "o" => {
                terminal.feed([data.as_str()]);
                assert_shown(&terminal, recording, tick);
            }
            "m" => marked.push((tick, data)),
            other => panic!("an event of kind {other}"),
        }
    }
    let chapters = recording.chapters.iter().map(|chapter| (chapter.tick, recording.said(&chapter.words).to_owned()));
    assert_eq!(marked, chapters.collect::<Vec<_>>());
    assert_eq!((now * f64::from(recording.fps)).round() as u64, recording.end);
}

#[test]
fn a_terminal_of_another_make_shows_every_screen_of_a_cast_cell_for_cell() {
    let recording = recorded(RAVINE);
    assert!(recording.frames.len() > 20, "{}", recording.frames.len());
    assert_plays(&recording, Version::Two);
    assert_plays(&recording, Version::Three);
    // Regions of classes, a confusion matrix, digits: grounds and wide panes.
    for lab in ["mini-batch-on-moons", "adam-on-digits", "race-on-spirals"] {
        let text = format!(
            "format: 1\nlab: {lab}\nfps: 10\nspeed: 30\nsize: 120x40\nplay: [{{key: space}}, {{pause: 2s}}, {{key: [Tab, x4]}}]\n"
        );
        assert_plays(&recorded(&text), Version::Two);
    }
}

#[test]
fn the_same_tape_gives_the_same_bytes() {
    let files = |recording: &Recording| output::all(recording, "ravine", Options::default());
    let (one, other) = (files(&recorded(RAVINE)), files(&recorded(RAVINE)));
    assert!(one == other);
    let names: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["ravine.cast", "ravine.txt", "ravine.pt.vtt", "ravine.chapters.vtt", "turn.svg", "turn-map.txt"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn a_wait_ends_at_its_very_step_and_what_is_hidden_takes_no_time() {
    let recording = recorded(RAVINE);
    let state = |did: &str| recording.states.iter().find(|state| state.did == did).unwrap_or_else(|| panic!("{did}"));
    assert_eq!((state("until run.step == 40").step, state("until run.step == 40").status), (40, "running"));
    let hidden = state("until run.step == 60");
    assert!(hidden.hidden && hidden.step == 60);
    // The tick at which it began is the one at which it ended.
    assert_eq!(hidden.tick, state("key 3").tick);
    let shown = recording.states.last().unwrap();
    assert_eq!((shown.step, shown.status), (60, "paused"));
    let written = transcript::write(&recording);
    assert!(written.contains("type :lr = 0.1  [step 40, paused") && written.contains("lr 0.1"), "{written}");
    assert!(written.contains("shot turn-map: Momentum in the ravine, step 40"));
    assert_eq!(recording.shots[1].cells.area.height, 29);
}

#[test]
fn the_keys_and_what_is_said_stand_on_the_screen_for_a_while() {
    let recording = recorded(RAVINE);
    let row = |tick: u64| {
        let frame = recording.at(tick).unwrap();
        frame.rows.last().unwrap().iter().map(Cell::symbol).collect::<String>()
    };
    assert!(row(0).contains("Watch the map.") && row(0).trim_end().ends_with(" s"), "{}", row(0));
    assert!(!row(90).contains("Watch the map."), "{}", row(90));
}

#[test]
fn nothing_of_this_machine_is_in_a_recording() {
    let text = "format: 1\nlab: race-on-spirals\nfps: 10\nspeed: 200\nsize: 120x40\n\
                set: {training.epochs: 1}\nplay: [{key: space}, {until: run.epoch == 1}, {pause: 1s}, {key: Shift-Tab}, {pause: 1s}]\n";
    let shown = String::from_utf8(output::all(&recorded(text), "race", Options::default()).remove(1).1).unwrap();
    let recording = recorded(text);
    for (tick, words) in [(recording.end, "steps/s"), (recording.end, "ms an epoch")] {
        let frame = recording.at(tick).unwrap();
        let text: String = frame.rows.iter().flat_map(|row| row.iter()).map(Cell::symbol).collect();
        assert!(!text.contains(words), "{words}: {text}");
    }
    for name in [std::env::var("HOME"), std::env::var("USER"), std::env::var("HOSTNAME")].into_iter().flatten() {
        assert!(name.len() < 5 || !shown.contains(&name), "{name}");
    }
}

#[test]
fn a_tape_that_asks_for_what_cannot_be_is_told_so_at_its_line() {
    for (play, words, line) in [
        ("  - key: space\n  - key: U\n", "`U` does nothing here", 6),
        ("  - key: q\n", "`q` leads out of the lab", 5),
        ("  - key: P\n", "`P` leads out of the lab", 5),
        ("  - key: Ctrl-C\n", "`Ctrl-C` leads out of the lab", 5),
        ("  - key: space\n  - until: run.step == 5000\n    within: 1s\n", "did not become true in time", 6),
        ("  - until: run.stepp == 5\n", "stepp", 5),
        ("  - until: run.step\n", "not a condition", 5),
        ("  - shot: {name: a, pane: mapp}\n", "no pane `mapp`", 5),
        ("  - edit: {file: nothing.rhai, replace: a, with: b}\n", "no file `nothing.rhai`", 5),
        ("  - edit: {file: angle.rhai, replace: absent, with: b}\n", "does not stand in `angle.rhai`", 5),
        ("  - type: \":bta = 0.8\\n\"\n", "bta", 5),
    ] {
        let said = refused(play);
        assert!(said.contains(words) && said.contains(&format!("here.tape.yaml:{line}:")), "{play}: {said}");
    }
    // A value that is laid over the lab is the tape's, too.
    let laid = "format: 1\nlab: momentum-in-the-ravine\nset: {optimizer.lrr: 1}\nplay: []\n";
    let errors = record(&tape(laid), None, &mut |_| ()).unwrap_err();
    let said = errors[0].render(false);
    assert!(said.contains("lrr") && said.contains("here.tape.yaml:3:"), "{said}");
    let errors = record(&tape("format: 1\nlab: momentun-in-the-ravine\nplay: []\n"), None, &mut |_| ()).unwrap_err();
    let said = errors[0].render(false);
    assert!(said.contains("did you mean `momentum-in-the-ravine`") && said.contains("here.tape.yaml:2:6"), "{said}");
}

#[test]
fn a_file_is_seen_being_typed_and_is_saved_in_memory_alone() {
    let text = "format: 1\nlab: write-an-optimizer\nfps: 20\nspeed: 50\nsize: 100x30\nplay:\n\
                - key: space\n- until: run.step == 30\n- key: space\n\
                - edit: {file: my_optimizer.rhai, replace: 'w - h.lr * dw', with: 'w - h.lr * 0.5 * dw'}\n\
                - key: space\n- until: run.step == 60\n";
    let recording = recorded(text);
    let saved = recording.states.iter().find(|state| state.did == "edit my_optimizer.rhai").unwrap();
    assert_eq!(saved.step, 30);
    let screens: Vec<String> = recording
        .frames
        .iter()
        .map(|frame| frame.rows.iter().flat_map(|row| row.iter()).map(Cell::symbol).collect())
        .collect();
    assert!(
        screens.iter().any(|screen: &String| screen.contains("w - h.lr * 0.") && !screen.contains("w - h.lr * 0.5")),
        "half typed"
    );
    assert!(screens.last().unwrap().contains("w - h.lr * 0.5 * dw"));
}

#[test]
fn check_plays_tapes_and_tells_what_is_wrong_at_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, play: &str| {
        let text = format!("format: 1\nlab: momentum-in-the-ravine\nspeed: 50\nplay:\n{play}");
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    write("right.tape.yaml", "  - chapter: One\n  - key: s\n  - shot: a\n");
    write("wrong.tape.yaml", "  - key: U\n");
    let output = optlab(folder.path(), &["check", "."]);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(2), "{out}{err}");
    assert!(out.contains("ok    ./right.tape.yaml  0:00.10, 1 screen, 1 chapter, 1 shot"), "{out}");
    assert!(out.contains("wrong ./wrong.tape.yaml") && err.contains("`U` does nothing here"), "{out}{err}");
    assert!(err.contains("wrong.tape.yaml:5:5") && out.contains("2 checked, 1 wrong"), "{out}{err}");
}

#[test]
fn a_tape_makes_as_many_steps_a_virtual_second_as_it_says() {
    for (fps, speed) in [(10, 200_u64), (20, 37), (50, 130), (25, 3)] {
        let text = format!(
            "format: 1\nlab: mini-batch-on-moons\nfps: {fps}\nspeed: {speed}\nplay: [{{key: space}}, {{pause: 1900ms}}]\n"
        );
        let recording = recorded(&text);
        let frame = recording.at(recording.end).unwrap();
        let row: String = frame.rows[0].iter().map(Cell::symbol).collect();
        let step: u64 =
            row.split("step ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().parse().unwrap();
        // Two seconds: the time of the key and the pause.
        assert!((2 * speed).abs_diff(step) <= 1, "{fps} {speed}: {step}");
    }
}

#[test]
fn what_is_typed_and_what_is_told_stand_below_a_caption() {
    let text = "format: 1\nlab: momentum-in-the-ravine\nfps: 10\nsize: 100x30\nkeys: show\nplay:\n\
                - say: A caption that is long enough to fill the whole of a line of a hundred columns, and a little more.\n  on_screen: true\n\
                - type: ':lr = 0.2'\n- key: Enter\n";
    let recording = recorded(text);
    let rows = |tick: u64| -> Vec<String> {
        let frame = recording.at(tick).unwrap();
        frame.rows.iter().map(|row| row.iter().map(Cell::symbol).collect()).collect()
    };
    let typed = rows(recording.states.iter().find(|state| state.did.starts_with("type")).unwrap().tick - 1);
    assert!(typed[29].contains(":lr = 0."), "{typed:#?}");
    assert!(typed.iter().any(|row| row.contains("A caption that is long")), "{typed:#?}");
    let told = rows(recording.end);
    assert!(told[29].trim_end().ends_with("Enter") && told.join(" ").contains("little more."), "{:#?}", &told[24..]);
}

#[test]
fn the_tapes_that_ship_are_listed_copied_and_said_in_two_languages() {
    let folder = tempfile::tempdir().unwrap();
    let listed = String::from_utf8(optlab(folder.path(), &["list", "tapes"]).stdout).unwrap();
    let names: Vec<&str> = listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let wanted =
        ["adam-ledger", "exponential-average", "mini-batches", "momentum", "race", "rmsprop", "write-an-optimizer"];
    assert_eq!(names, wanted, "{listed}");
    for name in names {
        let tape = Tape::open(name).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let words = tape.play.iter().filter_map(|item| match &item.does {
            Does::Chapter(words) | Does::Say { words, .. } => Some(words),
            _ => None,
        });
        for words in words.chain(&tape.title) {
            let languages: Vec<&str> = words.languages().collect();
            assert!(["en", "pt"].iter().all(|own| languages.contains(own)), "{name}: {words:?}");
        }
        assert!(tape.play.iter().any(|item| matches!(item.does, Does::Shot { .. })), "{name} has a shot");
    }
    let said = optlab(folder.path(), &["copy", "momentum.tape.yaml", "hall"]);
    assert!(said.status.success(), "{said:?}");
    assert_eq!(
        std::fs::read_to_string(folder.path().join("hall/momentum.tape.yaml")).unwrap(),
        include_str!("../../labs/tapes/momentum.tape.yaml")
    );
    assert_eq!(optlab(folder.path(), &["copy", "momentum.tape.yaml", "hall"]).status.code(), Some(2));
}

#[test]
fn no_step_is_missed_between_a_key_and_what_is_waited_for() {
    // Twenty steps pass between two frames.
    for between in ["", "  - say: There it goes.\n", "  - shot: begin\n", "  - chapter: Here\n  - say: So.\n"] {
        let text = format!(
            "format: 1\nlab: momentum-in-the-ravine\nfps: 10\nspeed: 200\nplay:\n  - key: space\n{between}  \
             - until: run.step == 7\n  - key: space\n"
        );
        let recording = recorded(&text);
        let until = recording.states.iter().find(|state| state.did.starts_with("until")).unwrap();
        assert_eq!(until.step, 7, "{between}");
    }
}
