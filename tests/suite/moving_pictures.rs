//! Recordings as pictures that move: small, the same again, and at every moment what the recording showed.

use std::path::Path;

use optlab::record::output::{self, Kind, Options};
use optlab::record::recorder;
use optlab::record::recording::Recording;
use optlab::record::tape::{Changes, Tape};
use optlab::train::on_large_stack;

use crate::program;

const SVG: &str = "http://www.w3.org/2000/svg";

fn tape() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tapes/ravine.tape.yaml").display().to_string()
}

fn recorded(theme: &str) -> Recording {
    on_large_stack(|| {
        let mut tape = Tape::open(&tape()).unwrap();
        tape.change(&Changes { theme: Some(theme), size: None, keys: None }).unwrap();
        recorder::record(&tape, None, &mut |_| ()).unwrap()
    })
}

fn svg(recording: &Recording, animate: bool) -> String {
    String::from_utf8(output::one(recording, Kind::Svg, Options { animate, ..Options::default() }).unwrap()).unwrap()
}

/// The letters that are seen, each at its column and row, with its colour; of one that moves at a moment in milliseconds.
fn letters(svg: &str, moment: Option<u64>) -> Vec<(usize, usize, String, String)> {
    let parsed = roxmltree::Document::parse(svg).unwrap();
    let number =
        |node: &roxmltree::Node<'_, '_>, name: &str| node.attribute(name).map_or(0, |n| n.parse::<usize>().unwrap());
    let mut seen = Vec::new();
    let mut add = |part: roxmltree::Node<'_, '_>, top: usize| {
        for text in part.descendants().filter(|node| node.has_tag_name((SVG, "text"))) {
            let colour = text.parent().unwrap().attribute("fill").unwrap().to_owned();
            let (x, y) = (number(&text, "x"), number(&text, "y") + top);
            seen.push((y, x, text.text().unwrap().to_owned(), colour));
        }
    };
    let root = parsed.root_element();
    let Some(moment) = moment else {
        add(root, 0);
        seen.sort();
        return seen;
    };
    let parts: std::collections::HashMap<&str, _> =
        parsed.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
    for node in root.descendants().filter(|node| node.has_tag_name((SVG, "use"))) {
        let mut href = node.attribute("href").unwrap();
        if let Some(animate) = node.children().find(|node| node.has_tag_name((SVG, "animate"))) {
            let whole: f64 = animate.attribute("dur").unwrap().trim_end_matches('s').parse().unwrap();
            let now = moment as f64 / 1000.0 / whole;
            let times = animate.attribute("keyTimes").unwrap().split(';').map(|time| time.parse::<f64>().unwrap());
            href = animate
                .attribute("values")
                .unwrap()
                .split(';')
                .nth(times.filter(|time| *time <= now).count() - 1)
                .unwrap();
        }
        add(parts[&href[1..]], number(&node, "y"));
    }
    seen.sort();
    seen
}

#[test]
fn a_picture_that_moves_shows_at_every_moment_what_the_recording_did() {
    for theme in ["lecture", "lecture-light"] {
        let recording = recorded(theme);
        let moving = svg(&recording, true);
        assert!(moving.len() < 1_000_000, "{} bytes for {:?}", moving.len(), recording.time(recording.end));
        assert_eq!(moving, svg(&recorded(theme), true), "the same bytes");
        assert!(recording.frames.len() > 100);
        for (at, frame) in recording.frames.iter().enumerate() {
            // Every seventh, and the last one: a still of the recording up to there.
            if at % 7 != 0 && at + 1 != recording.frames.len() {
                continue;
            }
            let still = svg(&Recording { frames: vec![frame.clone()], ..recording.clone() }, false);
            let wanted = letters(&still, None);
            let next = recording.frames.get(at + 1).map_or(recording.end, |next| next.tick);
            let [first, last] = [frame.tick, next].map(|tick| recording.time(tick).as_millis() as u64);
            for moment in [first, last - 1] {
                assert_eq!(letters(&moving, Some(moment)), wanted, "{moment} ms");
            }
        }
    }
}

#[test]
fn only_an_svg_can_move_and_that_is_said_before_anything_is_played() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = program::said(folder.path(), &["record", &tape(), "-o", "x.cast", "--animate"]);
    assert_eq!(code, 2, "{said}");
    assert!(program::files(folder.path()).is_empty());
    assert!(
        said.contains("`--animate` makes a picture that moves, which is an SVG") && said.contains("-o FILE.svg"),
        "{said}"
    );
}

#[test]
fn the_film_of_the_readme_is_that_of_the_tape_that_ships() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    assert!(readme.contains("docs/momentum.svg"), "the README shows the film");
    let film = std::fs::read_to_string(root.join("docs/momentum.svg")).unwrap();
    let tape = Tape::open("momentum").unwrap();
    let fresh = svg(&on_large_stack(|| recorder::record(&tape, None, &mut |_| ()).unwrap()), true);
    // No diff of half a million letters: how to make it anew says enough.
    assert!(film == fresh, "optlab record momentum -o docs/momentum.svg --animate");
}
