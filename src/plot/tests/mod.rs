//! What stands where in a plot, looked up in the picture itself: of runs whose tables were written by hand, so that every value
//! is known.

mod seen;
mod what;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use resvg::usvg::{Group, Node, Rect, TextChunk};

use super::figure::{self, Figure, Wish};
use super::palette::{Palette, Rgb};
use super::run::{Made, Place, Run};
use super::{draw, output};
use crate::snapshot::Settings;

const MAIN: Rgb = [0, 0, 1];
const DIM: Rgb = [80, 80, 80];
const VALIDATION: Rgb = [120, 0, 90];

pub(super) fn colours() -> Palette {
    let racers = [10, 20, 30, 40, 50, 60, 70, 80].map(|red| [red, 0, 100]);
    Palette { paper: [255; 3], ink: [0; 3], dim: DIM, main: MAIN, validation: VALIDATION, racers }
}

/// Run folders that are made by hand.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The table of a run whose losses are these, with a rate that falls by halves.
    pub fn steps(&self, run: &str, per_epoch: usize, losses: &[f64]) {
        let mut text = "step,epoch,lr,loss,grad_norm,update_norm,grad_norm.W1\n".to_owned();
        for (at, loss) in losses.iter().enumerate() {
            let (step, epoch, lr) = (at + 1, at / per_epoch + 1, 0.5_f64.powi(at as i32));
            let (norm, of_weights) = (loss * 2.0, loss * 3.0);
            writeln!(text, "{step},{epoch},{lr},{loss},{norm},0.1,{of_weights}").unwrap();
        }
        self.file(&format!("{run}/steps.csv"), &text);
    }

    /// The runs of these folders; each has what is named after its `=` as a value of its lab, and another seed by `#`.
    pub fn runs(&self, asked: &[&str]) -> Vec<Run> {
        let mut runs = Vec::new();
        for word in asked {
            let (name, rest) = word.split_once('=').unwrap_or((word, ""));
            let (value, seed) = rest.split_once('#').unwrap_or((rest, "7"));
            let mut values = vec![("training.batch".to_owned(), "2".to_owned())];
            if !value.is_empty() {
                values.push(("optimizer.lr".to_owned(), value.to_owned()));
            }
            let settings = Settings { values, ..Settings::default() };
            let made = Made { title: "A <lab> & its title".into(), settings, seed: seed.parse().unwrap() };
            let folder = self.path().join(name).display().to_string();
            for place in Place::of(&folder).unwrap() {
                runs.push(Run::read(&place, made.clone()).unwrap());
            }
        }
        runs
    }

    pub fn figure(&self, asked: &[&str], wish: &Wish) -> Figure {
        figure::make(&self.runs(asked), wish, &colours()).unwrap_or_else(|error| panic!("{error}"))
    }
}

pub(super) fn names(names: &[&str]) -> Wish {
    Wish { names: names.iter().map(|name| (*name).to_owned()).collect(), ..Wish::default() }
}

/// A text of a picture, and where it stands: its anchor in units, and the box of its letters in pixels.
pub(super) struct Word {
    pub text: String,
    pub at: (f64, f64),
}

/// What is in a picture.
pub(super) struct Picture {
    pub svg: String,
    pub words: Vec<Word>,
    pub boxes: Vec<(String, Rect)>,
}

pub(super) const SIZE: (u32, u32) = (1600, 900);

impl Picture {
    pub fn of(figure: &Figure) -> Self {
        let svg = draw::svg(figure, SIZE).unwrap_or_else(|error| panic!("{error}"));
        let document = roxmltree::Document::parse(&svg).unwrap();
        let number = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse().unwrap();
        let texts = document.descendants().filter(|node| node.has_tag_name("text"));
        let words = texts.map(|node| Word {
            text: node.text().unwrap_or_default().trim().to_owned(),
            at: (number(node, "x"), number(node, "y")),
        });
        let words = words.collect();
        let mut boxes = Vec::new();
        texts_of(output::tree(&svg).unwrap().root(), &mut boxes);
        Self { svg, words, boxes }
    }

    pub fn has(&self, text: &str) -> bool {
        self.words.iter().any(|word| word.text == text)
    }

    /// Where a text stands that is there once.
    pub fn at(&self, text: &str) -> (f64, f64) {
        let found: Vec<&Word> = self.words.iter().filter(|word| word.text == text).collect();
        let all: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(found.len(), 1, "{text:?} in {all:?}");
        found[0].at
    }

    /// The shapes of a kind that have a colour, by their points.
    pub fn shapes(&self, tag: &str, attribute: &str, [r, g, b]: Rgb) -> Vec<Vec<(f64, f64)>> {
        let document = roxmltree::Document::parse(&self.svg).unwrap();
        let colour = format!("#{r:02X}{g:02X}{b:02X}");
        let of_colour = |node: &roxmltree::Node<'_, '_>| {
            node.has_tag_name(tag) && node.attribute(attribute).is_some_and(|own| own.eq_ignore_ascii_case(&colour))
        };
        let points = |node: roxmltree::Node<'_, '_>| {
            let number = |text: &str| text.parse::<f64>().unwrap();
            if tag == "circle" {
                return vec![(number(node.attribute("cx").unwrap()), number(node.attribute("cy").unwrap()))];
            }
            if tag == "line" {
                let end = |at: u8| ["x", "y"].map(|way| number(node.attribute(&*format!("{way}{at}")).unwrap()));
                return [end(1), end(2)].map(|[x, y]| (x, y)).to_vec();
            }
            let pair = |pair: &str| pair.split_once(',').map(|(x, y)| (number(x), number(y))).unwrap();
            node.attribute("points").unwrap().split_whitespace().map(pair).collect()
        };
        document.descendants().filter(of_colour).map(points).collect()
    }
}

fn texts_of(group: &Group, found: &mut Vec<(String, Rect)>) {
    for node in group.children() {
        match node {
            Node::Text(text) => {
                let words: String = text.chunks().iter().map(TextChunk::text).collect();
                found.push((words.trim().to_owned(), text.abs_bounding_box()));
            }
            Node::Group(group) => texts_of(group, found),
            _ => {}
        }
    }
}
