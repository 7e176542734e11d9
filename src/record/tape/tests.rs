//! What tapes say, and what is told of those that are wrong.

use super::*;

fn read(text: &str) -> Tape {
    Tape::read("a.tape.yaml", text.as_bytes()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn wrong(text: &str) -> Vec<String> {
    let errors = Tape::read("a.tape.yaml", text.as_bytes()).expect_err("it is wrong");
    errors.iter().map(ToString::to_string).collect()
}

const WHOLE: &str = "
format: 1
title: Momentum
lab: momentum-in-the-ravine
set: {training.batch: 8, optimizer: {rule: sgd}}
size: 100x30
theme: lecture
fps: 20
speed: 200
keys: show
play:
  - chapter: Plain gradient descent
  - say: {en: Watch it, pt: Veja}
  - say: Here
    on_screen: true
  - key: space
  - until: run.step == 200
    within: 30s
  - shot: zigzag
  - shot: {name: path, pane: map}
  - type: \":beta = 0.9\\n\"
  - key: [r, space, s, x10, 3, Ctrl-P]
  - edit: {file: a.rhai, replace: x, with: y}
  - pause: 1.5s
  - halt
  - hide: [{key: s}, {until: run.step == 400}]
";

#[test]
fn a_whole_tape_is_read() {
    let tape = read(WHOLE);
    assert_eq!((tape.size, tape.fps, tape.speed, tape.keys), ((100, 30), 20, Some(200.0), true));
    let set: Vec<&str> = tape.set.iter().map(|(argument, _)| argument.as_str()).collect();
    assert_eq!(set, ["training.batch=8", "optimizer={\"rule\": \"sgd\"}"]);
    assert_eq!(tape.play.len(), 13);
    let Does::Say { words, on_screen } = &tape.play[1].does else { panic!("{:?}", tape.play[1]) };
    assert_eq!((words.in_language(None), words.in_language(Some("pt-BR")), *on_screen), ("Watch it", "Veja", false));
    let Does::Say { words, on_screen } = &tape.play[2].does else { panic!("{:?}", tape.play[2]) };
    assert_eq!((words.in_language(Some("de")), *on_screen), ("Here", true));
    let Does::Keys { keys, .. } = &tape.play[8].does else { panic!("{:?}", tape.play[8]) };
    let told: Vec<_> = keys.iter().map(|pressed| (key_name(&pressed.key), pressed.times)).collect();
    let expected = [("r", 1), ("space", 1), ("s", 10), ("3", 1), ("Ctrl-P", 1)];
    assert_eq!(told, expected.map(|(name, times)| (name.to_owned(), times)));
    let Does::Until { within, .. } = &tape.play[4].does else { panic!("{:?}", tape.play[4]) };
    assert_eq!(*within, Duration::from_secs(30));
    assert!(matches!(tape.play[11].does, Does::Halt));
    assert!(matches!(&tape.play[12].does, Does::Hide(items) if items.len() == 2));
    assert_eq!(tape.play[4].place.line(), 17);
}

#[test]
fn what_is_not_said_has_its_usual_value() {
    let tape = read("lab: adam-on-digits\nplay: []\n");
    assert_eq!((tape.size, tape.fps, tape.speed, tape.keys, tape.theme), ((100, 30), 20, None, false, Theme::Lecture));
}

#[test]
fn every_slip_is_told_at_its_place_with_what_is_right() {
    let of = |step: &str| wrong(&format!("lab: a\nplay:\n  - {step}\n")).join("\n");
    for (step, words) in [
        ("chaptr: A", "chapter"),
        ("key: spce", "`space`"),
        ("key: Strg-P", "there is no key `Strg-P`"),
        ("pause: 2", "a time needs a unit"),
        ("pause: 2h", "`2h` is no time"),
        ("until: run.step == 3\n    within: fast", "`fast` is no time"),
        ("shot: ../evil", "no name for a file"),
        ("say: {english: Hello}", "`english` is no language"),
        ("hide: [{hide: [{key: s}]}]", "one `hide`"),
        ("edit: {file: a, replace: b}", "needs the key `with`"),
        ("pause", "`- key: space`"),
        ("key: []", "no key is pressed here"),
        ("type: ''", "nothing is typed here"),
        (r#"type: "a\x1b""#, "U+001B cannot be typed"),
        ("say: ' '", "nothing is said here"),
        ("until: run.step =", "a.tape.yaml:3:12"),
        ("hide: [chapter: A]", "nobody sees a `chapter` that is hidden"),
        ("hide: [halt: 1]", "nobody sees a `halt` that is hidden"),
        ("shot: one\n  - shot: One", "`One` is the name of another shot"),
        ("shot: a", "`a` is the name of the tape"),
    ] {
        let told = of(step);
        assert!(told.contains(words), "{step}: {told}");
        assert!(told.contains("a.tape.yaml:"), "{step}: {told}");
    }
    let told = wrong("lab: a\nfps: 30\nsize: 20x5\ntheme: purple\nspeed: 0\nplay: []\n");
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(wrong("play: []\n")[0].contains("needs the key `lab`"));
}

#[test]
fn a_tape_presses_no_more_keys_than_anybody_waits_for() {
    let presses = |times: usize| format!("lab: a\nplay:\n{}", "  - key: [s, x1000]\n".repeat(times));
    assert_eq!(read(&presses(50)).play.len(), 50);
    let told = wrong(&presses(51)).join("\n");
    assert!(told.contains("50000 keys at most") && told.contains("a.tape.yaml:53"), "{told}");
}
