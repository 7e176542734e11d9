//! Tapes played live: the same screens as in the recording, halts, chapters to and fro, and a lecturer who takes over.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use optlab::record::lecture::Lecture;
use optlab::record::recorder::record;
use optlab::record::recording::{Frame, Recording};
use optlab::record::tape::Tape;
use optlab::ui::Scene;
use ratatui::buffer::Buffer;
use ratatui::buffer::Cell;

const TAPE: &str = "
format: 1
lab: momentum-in-the-ravine
size: 100x30
fps: 10
speed: 20
play:
  - chapter: Down the ravine
  - key: [s, x3]
  - key: space
  - until: run.step == 20
  - halt
  - key: space
  - chapter: The ledger
  - key: 5
  - pause: 500ms
  - chapter: Arrival
  - key: space
  - until: run.step == 40
  - pause: 300ms
";

fn tape() -> Tape {
    Tape::read("hall.tape.yaml", TAPE.as_bytes()).unwrap()
}

fn lecture() -> Lecture {
    let mut lecture = Lecture::open(tape(), None).unwrap();
    lecture.resize(100, 30);
    lecture
}

fn press(lecture: &mut Lecture, code: KeyCode) -> bool {
    lecture.key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn text(cells: &Buffer) -> String {
    cells.content.iter().map(Cell::symbol).collect()
}

/// The last line, in which a lecture says what it waits for.
fn last_line(lecture: &Lecture) -> String {
    text(&lecture.screen()).chars().rev().take(100).collect::<Vec<_>>().into_iter().rev().collect()
}

/// All but the last line.
fn body(cells: &Buffer) -> Vec<Cell> {
    cells.content[..cells.content.len() - 100].to_vec()
}

fn recorded() -> Recording {
    record(&tape(), None, &mut |_| ()).unwrap()
}

fn cells(frame: &Frame) -> Vec<Cell> {
    body(&frame.cells())
}

#[test]
fn it_halts_at_each_chapter_and_halt_and_shows_what_the_recording_shows() {
    let recording = recorded();
    let mut lecture = lecture();
    assert!(last_line(&lecture).contains("1. Down the ravine · space goes on"), "{}", last_line(&lecture));
    let mut shown: Vec<Vec<Cell>> = vec![body(&lecture.screen())];
    let mut halts = 0;
    press(&mut lecture, KeyCode::Char(' '));
    shown.push(body(&lecture.screen()));
    for _ in 0..400 {
        lecture.pass();
        shown.push(body(&lecture.screen()));
        if last_line(&lecture).contains("the end") {
            break;
        }
        if last_line(&lecture).contains("space goes on") {
            halts += 1;
            press(&mut lecture, KeyCode::Char(' '));
            shown.push(body(&lecture.screen()));
        }
    }
    shown.dedup();
    let mut wanted: Vec<Vec<Cell>> = recording.frames.iter().map(cells).collect();
    wanted.dedup();
    // After the first chapter: the halt, the second and the third chapter.
    assert_eq!(halts, 3);
    // A lecture that halts before a key shows the screen before it, too: each screen of the recording comes, in its order.
    let mut all = shown.iter();
    assert!(wanted.iter().all(|frame| all.any(|own| own == frame)), "{} of {}", shown.len(), wanted.len());
}

#[test]
fn arrows_go_from_chapter_to_chapter_and_back() {
    let mut lecture = lecture();
    press(&mut lecture, KeyCode::Right);
    assert!(last_line(&lecture).contains("2. The ledger"), "{}", last_line(&lecture));
    let there = lecture.screen();
    press(&mut lecture, KeyCode::Right);
    assert!(last_line(&lecture).contains("3. Arrival"));
    press(&mut lecture, KeyCode::Left);
    assert!(lecture.screen() == there, "the same cells as when it came here first");
    press(&mut lecture, KeyCode::Left);
    assert!(last_line(&lecture).contains("1. Down the ravine"));
    (0..3).for_each(|_| assert!(!press(&mut lecture, KeyCode::Right)));
    assert!(last_line(&lecture).contains("the end"), "{}", last_line(&lecture));
    assert!(press(&mut lecture, KeyCode::Char('q')), "q leaves");
}

#[test]
fn any_other_key_takes_over_and_f9_gives_back_where_it_was_taken() {
    let mut lecture = lecture();
    press(&mut lecture, KeyCode::Char(' '));
    (0..8).for_each(|_| {
        lecture.pass();
    });
    let taken = body(&lecture.screen());
    press(&mut lecture, KeyCode::Char('s'));
    assert!(last_line(&lecture).contains("F9 gives back"), "{}", last_line(&lecture));
    for key in ['s', 's', 'b', '3'] {
        press(&mut lecture, KeyCode::Char(key));
        lecture.pass();
    }
    assert!(body(&lecture.screen()) != taken);
    press(&mut lecture, KeyCode::F(9));
    assert!(last_line(&lecture).contains("held"), "{}", last_line(&lecture));
    assert!(body(&lecture.screen()) == taken, "the screen is that from which it was taken");
    // What comes then is what would have come.
    press(&mut lecture, KeyCode::Right);
    let mut other = self::lecture();
    press(&mut other, KeyCode::Right);
    assert!(lecture.screen() == other.screen());
}

#[test]
fn a_smaller_terminal_has_a_smaller_screen_and_a_larger_one_the_tape_s_in_its_middle() {
    let mut lecture = lecture();
    lecture.resize(80, 24);
    assert!(text(&lecture.screen()).contains("space goes on") && lecture.screen().area.width == 80);
    lecture.resize(140, 40);
    let screen = lecture.screen();
    assert_eq!((screen.area.width, screen.cell((0, 0)).unwrap().symbol()), (140, " "));
    assert!(text(&screen).contains("space goes on"));
}

fn of(play: &str) -> Lecture {
    let text = format!("format: 1\nlab: momentum-in-the-ravine\nsize: 100x30\nfps: 10\nspeed: 20\nplay:\n{play}");
    let mut lecture = Lecture::open(Tape::read("hall.tape.yaml", text.as_bytes()).unwrap(), None).unwrap();
    lecture.resize(100, 30);
    lecture
}

#[test]
fn what_cannot_go_on_is_told_at_its_line_and_the_lecturer_goes_back() {
    let mut lecture = of("  - chapter: A\n  - key: s\n  - until: run.step == 9\n    within: 1s\n  - chapter: B\n");
    press(&mut lecture, KeyCode::Char(' '));
    (0..20).for_each(|_| {
        lecture.pass();
    });
    let told = last_line(&lecture);
    assert!(
        told.contains("left: back · line 9: `run.step == 9` did not") && told.contains("paused at step 1"),
        "{told}"
    );
    assert!(!press(&mut lecture, KeyCode::Char(' ')) && !press(&mut lecture, KeyCode::Right), "it stays there");
    assert_eq!(last_line(&lecture), told);
    press(&mut lecture, KeyCode::Left);
    assert!(last_line(&lecture).contains("1. A · space goes on"), "{}", last_line(&lecture));
    // By the key that goes to the next chapter it is told as well.
    press(&mut lecture, KeyCode::Right);
    assert_eq!(last_line(&lecture), told);
    assert!(press(&mut lecture, KeyCode::Char('q')));
}

#[test]
fn what_is_hidden_is_not_seen_however_long_it_takes() {
    let hidden = "{key: space}, {until: run.step == 60}, {key: space}";
    let mut lecture = of(&format!("  - key: s\n  - halt\n  - hide: [{hidden}]\n  - pause: 500ms\n"));
    press(&mut lecture, KeyCode::Char(' '));
    while !last_line(&lecture).contains("space goes on") {
        lecture.pass();
    }
    press(&mut lecture, KeyCode::Char(' '));
    let still = text(&lecture.screen());
    assert!(still.contains("step 1 "), "{still}");
    let mut seen = Vec::new();
    for _ in 0..100 {
        lecture.pass();
        seen.push(text(&lecture.screen()));
    }
    seen.dedup();
    let others: Vec<&String> = seen.iter().filter(|screen| !screen.contains("step 1 ")).collect();
    assert!(!others.is_empty() && others.iter().all(|screen| screen.contains("step 60 ")), "{others:?}");
}
