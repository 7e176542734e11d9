//! Where things stand.

use super::*;
use crate::plot::along::Along;
use crate::plot::layout::Layout;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 12.0
}

#[test]
fn a_point_of_a_curve_stands_at_the_marks_of_its_values() {
    let folder = Folder::new();
    let losses: Vec<f64> = (1..=100).map(f64::from).collect();
    folder.steps("run", 10, &losses);
    let plain = Wish { smooth: Some(0.0), ..names(&["loss"]) };
    let picture = Picture::of(&folder.figure(&["run"], &plain));
    let [line] = &picture.shapes("polyline", "stroke", MAIN)[..] else { panic!("{}", picture.svg) };
    assert_eq!(line.len(), 100);
    // The marks of both axes say the same numbers: the first is that of the level one, by its lower place.
    let places = |text: &str| {
        let mut found: Vec<(f64, f64)> =
            picture.words.iter().filter(|word| word.text == text).map(|word| word.at).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found
    };
    for value in [20, 60, 100] {
        let [(x, _), (_, y)] = places(&value.to_string())[..] else { panic!("{value}") };
        let (own_x, own_y) = line[value - 1];
        assert!(near(own_x, x) && near(own_y, y), "{value}: {own_x},{own_y} {x},{y}");
    }
    // Over epochs, samples and rates it is the same curve at other marks.
    let over = |along| Picture::of(&folder.figure(&["run"], &Wish { along, ..plain.clone() }));
    let epochs = over(Along::Epoch);
    let line = &epochs.shapes("polyline", "stroke", MAIN)[0];
    assert!(near(line[39].0, epochs.at("4").0), "{:?}", line[39]);
}

#[test]
fn on_a_logarithmic_axis_equal_factors_are_equal_heights_and_what_is_not_above_0_is_left_out() {
    let folder = Folder::new();
    folder.steps("run", 10, &[100.0, 10.0, 0.0, 1.0, 0.1, -1.0, 0.01]);
    let wish = Wish { smooth: Some(0.0), log: true, ..names(&["loss"]) };
    let picture = Picture::of(&folder.figure(&["run"], &wish));
    let lines = picture.shapes("polyline", "stroke", MAIN);
    assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    for ((_, y), mark) in lines.concat().into_iter().zip(["100", "10", "1", "0.1"]) {
        let marks = picture.words.iter().filter(|word| word.text == mark);
        assert!(marks.map(|word| word.at.1).any(|at| near(y, at)), "{mark} {y}");
    }
    // A value alone is a point.
    assert_eq!(picture.shapes("circle", "fill", MAIN).len(), 1);
}

/// Figures of all kinds: one run, several with long names, several axes, evaluations.
fn figures(folder: &Folder) -> Vec<Figure> {
    let losses: Vec<f64> = (0..200).map(|at| 3.0 / (1.0 + f64::from(at)) + 0.2).collect();
    let runs = ["a", "b", "c", "d", "e", "f"];
    for run in runs {
        folder.steps(run, 20, &losses);
        let row = |epoch: u32| format!("{epoch},{},0.4,0.9,0.{},0.8,{epoch}\n", 20 * epoch, 30 + epoch);
        let epochs = (1..=10).map(row).collect::<Vec<_>>().concat();
        folder.file(
            &format!("{run}/epochs.csv"),
            &format!("epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,seconds\n{epochs}"),
        );
        folder.file(&format!("{run}/observed.csv"), "step,name,value\n5,angle.v,0.1\n6,angle.v,0.3\n7,once,2\n");
    }
    let several = [
        "a=0.1",
        "b=0.2",
        "c=0.30000000000000004",
        "d=1",
        "e=0.004",
        "f=a-schedule-with-a-very-long-name-that-no-legend-has-room-for",
    ];
    let kinds = names(&["loss", "val_loss", "val_accuracy", "lr"]);
    vec![
        folder.figure(&["a"], &Wish::default()),
        folder.figure(&["a"], &Wish { log: true, ..kinds.clone() }),
        folder.figure(&several, &Wish::default()),
        folder.figure(&several, &Wish { log: true, ..kinds }),
        folder.figure(&several[..2], &names(&["once", "angle.v", "W1"])),
        folder.figure(&["a", "b=#8", "c=#9"], &Wish { along: Along::Seconds, ..names(&["val_loss", "train_loss"]) }),
    ]
}

#[test]
fn no_text_lies_on_another_or_leaves_the_picture() {
    for figure in figures(&Folder::new()) {
        let picture = Picture::of(&figure);
        assert!(picture.boxes.len() == picture.words.len() && picture.words.len() > 8);
        for (at, (word, own)) in picture.boxes.iter().enumerate() {
            let inside = own.left() >= 0.0 && own.top() >= 0.0 && own.right() <= 1600.0 && own.bottom() <= 900.0;
            assert!(inside, "{word:?} {own:?}");
            for (other, its) in &picture.boxes[at + 1..] {
                let apart = own.right() <= its.left()
                    || its.right() <= own.left()
                    || own.bottom() <= its.top()
                    || its.bottom() <= own.top();
                assert!(apart, "{word:?} {own:?}, {other:?} {its:?}");
            }
        }
    }
}

#[test]
fn legends_are_outside_of_the_curves() {
    for figure in figures(&Folder::new()) {
        let layout = Layout::of(&figure, SIZE).unwrap();
        let picture = Picture::of(&figure);
        let right = layout.panels[0].right;
        assert!(layout.legend > right && layout.panels.iter().all(|panel| panel.right == right));
        for placed in &layout.entries {
            for line in &placed.lines {
                let found = picture.words.iter().any(|word| word.text == *line && word.at.0 > f64::from(right));
                assert!(found, "{line:?}");
            }
        }
        // Every curve is inside: what is drawn of one ends where its axes do.
        for colour in figure.panels.iter().flat_map(|panel| &panel.lines).map(|line| line.stroke.ink) {
            let lines = picture.shapes("polyline", "stroke", colour).concat();
            let curves = lines.iter().filter(|(x, _)| *x < f64::from(layout.legend));
            for (x, y) in curves {
                let inside = layout.panels.iter().any(|panel| {
                    *x >= f64::from(panel.left) - 1.0
                        && *x <= f64::from(panel.right) + 1.0
                        && *y >= f64::from(panel.top) - 1.0
                        && *y <= f64::from(panel.bottom) + 1.0
                });
                assert!(inside, "{x} {y}");
            }
        }
    }
}

#[test]
fn letters_have_the_size_of_a_slide_and_follow_that_of_the_picture() {
    let folder = Folder::new();
    for figure in figures(&folder) {
        for (size, least) in [((1600, 900), 240.0), ((800, 450), 120.0), ((3200, 1800), 480.0)] {
            let Ok(svg) = draw::svg(&figure, size) else { continue };
            let document = roxmltree::Document::parse(&svg).unwrap();
            let sizes = document.descendants().filter_map(|node| node.attribute("font-size"));
            let sizes: Vec<f64> = sizes.map(|size| size.parse().unwrap()).collect();
            assert!(!sizes.is_empty() && sizes.iter().all(|size| *size >= least - 0.001), "{size:?} {sizes:?}");
        }
    }
}

#[test]
fn what_has_no_room_is_told_with_what_would_have_it() {
    let folder = Folder::new();
    figures(&folder);
    let all = names(&["loss", "val_accuracy", "lr", "grad_norm", "update_norm", "once", "angle.v"]);
    let figure = folder.figure(&["a"], &all);
    let Err(error) = draw::svg(&figure, SIZE) else { panic!("it has room") };
    assert!(error.what().contains("7 axes") && error.what().contains("1600x900"), "{error}");
    assert!(draw::svg(&figure, (1600, 1600)).is_ok());
    assert!(error.help_lines()[0].contains("--size"), "{error}");
}
