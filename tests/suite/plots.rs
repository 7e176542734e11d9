//! `optlab plot` as a user asks for it: runs that were trained, every kind of file, the colours of the themes, and one clear error
//! for what cannot be drawn.

use std::collections::BTreeSet;
use std::path::Path;

use crate::program::{files, said};

/// A folder with a short run on digits, another one, and a race.
fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let train = |lab: &str, out: &str, more: &[&str]| {
        let (code, text) = said(folder.path(), &[&["train", lab, "--out", out, "--quiet"], more].concat());
        assert_eq!(code, 0, "{text}");
    };
    train("adam-on-digits", "digits", &["--epochs", "2"]);
    train("adam-on-digits", "small", &["--epochs", "2", "--set", "training.batch=16"]);
    train("race-on-spirals", "race", &["--epochs", "3", "--set", "seeds=2"]);
    train("momentum-in-the-ravine", "ravine", &["--steps", "20"]);
    train("exponential-average", "series", &[]);
    folder
}

fn plot(folder: &Path, arguments: &[&str]) -> (i32, String) {
    said(folder, &[&["plot"], arguments].concat())
}

fn svg(folder: &Path, arguments: &[&str]) -> String {
    let (code, text) = plot(folder, &[arguments, &["-o", "plot.svg"]].concat());
    assert_eq!(code, 0, "{text}");
    std::fs::read_to_string(folder.join("plot.svg")).unwrap()
}

fn words(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().trim().to_owned()).collect()
}

fn has(svg: &str, wanted: &[&str]) {
    let words = words(svg);
    let lacking: Vec<&&str> = wanted.iter().filter(|word| !words.iter().any(|own| own == **word)).collect();
    assert!(lacking.is_empty(), "{lacking:?} of {words:?}");
}

/// <https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio>, of colours as pictures have them.
fn contrast(a: &str, b: &str) -> f64 {
    let luminance = |colour: &str| {
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(&colour[1 + 2 * at..3 + 2 * at], 16).unwrap()) / 255.0;
            if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn a_run_a_race_a_landscape_and_a_series_are_drawn_with_what_tells_their_lines_apart() {
    let folder = trained();
    let here = folder.path();
    let digits = svg(here, &["digits"]);
    has(&digits, &["Adam on handwritten digits", "step", "each mini-batch", "loss, smooth", "validation loss"]);
    has(&svg(here, &["digits", "small", "--x", "samples"]), &["batch 64", "batch 16", "samples seen"]);
    has(&svg(here, &["race"]), &["adam", "rmsprop", "momentum", "sgd", "1", "2", "3", "4"]);
    has(&svg(here, &["ravine", "--log"]), &["height", "step"]);
    has(&svg(here, &["ravine", "--y", "cosine,xy"]), &["cosine", "gradient norm of xy"]);
    has(&svg(here, &["series"]), &["t", "value", "exponential 0.9", "weighted 8"]);
    let shares = svg(here, &["race/adam", "--y", "val_accuracy", "--x", "epoch"]);
    has(&shares, &["validation accuracy", "epoch"]);
    assert!(words(&shares).iter().any(|word| word.ends_with(" %")));
    has(&svg(here, &["digits", "--title", "Ação"]), &["Ação"]);
}

#[test]
fn every_line_has_contrast_enough_on_the_ground_of_its_theme_and_racers_have_the_colours_of_the_screen() {
    let folder = trained();
    for (theme, paper, racers) in [
        ("lecture-light", "#FFFFFF", ["#00589B", "#A51E16", "#8E2D73", "#006446"]),
        ("lecture", "#000000", ["#56B4E9", "#C8B632", "#D685B2", "#00AF82"]),
    ] {
        for runs in [&["race"][..], &["digits"], &["series"], &["digits", "small"]] {
            let svg = svg(folder.path(), &[runs, &["--theme", theme]].concat());
            let document = roxmltree::Document::parse(&svg).unwrap();
            let ground = document.descendants().find(|node| node.has_tag_name("rect")).unwrap();
            assert_eq!(ground.attribute("fill"), Some(paper));
            // What is thinner is the grid, which is told by its place.
            let thick = |node: &roxmltree::Node<'_, '_>| {
                node.attribute("stroke-width").is_some_and(|wide| wide.parse::<u32>().unwrap() >= 13)
            };
            let lines = document.descendants().filter(thick).filter_map(|node| node.attribute("stroke"));
            let letters = document.descendants().filter(|node| node.has_tag_name("text"));
            // A mark is filled, and has no outline.
            let lines: BTreeSet<&str> = lines.filter(|ink| *ink != "none").collect();
            for line in &lines {
                assert!(contrast(line, paper) >= 4.5, "{theme} {line}");
            }
            let letters: BTreeSet<&str> = letters.filter_map(|node| node.attribute("fill")).collect();
            assert!(
                letters.iter().all(|ink| contrast(ink, paper) >= 4.5) && !letters.is_empty(),
                "{theme} {letters:?}"
            );
            if runs == ["race"] {
                assert!(racers.iter().all(|racer| lines.contains(racer)), "{theme} {lines:?}");
            }
        }
    }
}

#[test]
fn every_kind_of_file_is_written_by_its_ending_and_twice_the_same() {
    let folder = trained();
    let kinds =
        [("a.svg", &b"<svg "[..]), ("a.png", b"\x89PNG"), ("a.pdf", b"%PDF-1."), ("a.html", b"<!DOCTYPE html>")];
    for (file, begins) in kinds {
        let twice: Vec<Vec<u8>> = (0..2)
            .map(|_| {
                // The second time there is such a file, which is replaced.
                let (code, text) = plot(folder.path(), &["race", "-o", file, "--size", "800x450"]);
                assert!(code == 0 && text.starts_with(&format!("{file}: 8 curves, ")), "{text}");
                std::fs::read(folder.path().join(file)).unwrap()
            })
            .collect();
        assert!(twice[0] == twice[1], "{file}");
        assert!(twice[0].starts_with(begins), "{file}");
    }
    let bytes = std::fs::read(folder.path().join("a.png")).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (800, 450));
    let colours: BTreeSet<&[u8]> = pixels.chunks(4).collect();
    assert!(colours.len() > 100, "{}", colours.len());
    let paper = String::from_utf8_lossy(&std::fs::read(folder.path().join("a.pdf")).unwrap()).into_owned();
    assert!(paper.contains("/MediaBox [0 0 800 450]") && paper.contains("%%EOF") && !paper.contains("Date"), "no page");
}

#[test]
fn what_cannot_be_drawn_is_one_error_with_the_next_step() {
    let folder = trained();
    let here = folder.path();
    std::fs::create_dir(here.join("empty")).unwrap();
    std::fs::create_dir(here.join("still")).unwrap();
    std::fs::write(here.join("still/steps.csv"), "step,epoch,lr,loss\n").unwrap();
    std::fs::create_dir(here.join("torn")).unwrap();
    std::fs::write(here.join("torn/steps.csv"), "step,epoch,lr,loss\n1,1,0.1,2\n2,1,x,2\n").unwrap();
    let before = files(here);
    for (arguments, wanted) in [
        (&["digist", "-o", "a.svg"][..], &["no folder `digist`", "did you mean `digits`?"][..]),
        (&["nothing", "-o", "a.svg"], &["no folder `nothing`", "`optlab train LAB --out nothing`"]),
        (&["empty", "-o", "a.svg"], &["`empty` holds no run", "`steps.csv`", "--out empty"]),
        (&[".", "-o", "a.svg"], &["`.` holds no run", "there is one in `./digits`"]),
        (&["digits/steps.csv", "-o", "a.svg"], &["is a file", "`digits`"]),
        (&["adam-on-digits", "-o", "a.svg"], &["is a lab", "`optlab train adam-on-digits --out DIR`"]),
        (&["still", "-o", "a.svg"], &["has made no step"]),
        (&["torn", "-o", "a.svg"], &["steps.csv`, line 3: `x` is no number"]),
        (&["digits", "-o", "a.gif"], &["`a.gif`", "`.svg`, `.png`, `.pdf`, `.html`"]),
        (&["digits", "-o", "a.pgn"], &["did you mean `.png`?"]),
        (&["digits", "-o", "a.svg", "--y", "val_los"], &["no `val_los`", "did you mean `val_loss`?", "`grad_norm`"]),
        (&["digits", "-o", "a.svg", "--x", "lr"], &["it is 0.003 at every step", "leave `--x` out"]),
        (&["digits", "-o", "a.svg", "--x", "stpe"], &["stpe", "step"]),
        (&["ravine", "-o", "a.svg", "--x", "samples"], &["it goes over a landscape"]),
        (&["digits", "-o", "a.svg", "--smooth=1"], &["from 0 to less than 1"]),
        (&["digits", "-o", "a.svg", "--size", "10x10"], &["from 320x180 to 8000x8000"]),
        (&["digits"], &["--output"]),
        (&["digits", "-o", "nowhere/a.svg"], &["cannot write `nowhere/a.svg`"]),
    ] {
        let (code, text) = plot(here, arguments);
        assert_eq!(code, 2, "{arguments:?} {text}");
        for words in wanted {
            assert!(text.contains(words), "{arguments:?} {words:?}: {text}");
        }
    }
    assert!(files(here) == before, "nothing was written");
}
