//! What is drawn of which run, and in which words.

use super::*;
use crate::plot::along::Along;
use crate::plot::output::Kind;

fn refused(folder: &Folder, asked: &[&str], wish: &Wish) -> String {
    let error = figure::make(&folder.runs(asked), wish, &colours()).expect_err("it is wrong");
    format!("{} {}", error.what(), error.help_lines().join(" "))
}

#[test]
fn by_default_a_run_has_its_losses_as_the_loss_pane_shows_them() {
    let folder = Folder::new();
    folder.steps("run", 10, &[4.0, 2.0, 1.0, 1.0]);
    folder.file(
        "run/epochs.csv",
        "epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,seconds\n1,4,1,,1.5,,0.5\n",
    );
    let figure = folder.figure(&["run"], &Wish::default());
    let [panel] = &figure.panels[..] else { panic!("{figure:?}") };
    let told: Vec<&str> = panel.legend.iter().map(|entry| entry.words.as_str()).collect();
    assert_eq!(told, ["each mini-batch", "loss, smooth", "validation loss"]);
    let inks: Vec<Rgb> = panel.lines.iter().map(|line| line.stroke.ink).collect();
    assert_eq!(inks, [DIM, MAIN, VALIDATION]);
    // The average of the screen: bias-corrected, with its decay.
    let smooth = panel.lines[1].curve[1].1;
    assert!((smooth - (0.98 * 4.0 + 2.0) / 1.98).abs() < 1e-12, "{smooth}");
    assert_eq!(panel.lines[2].curve, [(4.0, 1.5)]);
    assert_eq!(Picture::of(&figure).shapes("circle", "fill", VALIDATION)[0].len(), 1);
}

#[test]
fn of_runs_that_differ_in_the_seed_alone_the_median_is_drawn_in_a_band() {
    let folder = Folder::new();
    for (run, loss) in [("a", 1.0), ("b", 2.0), ("c", 9.0)] {
        folder.steps(run, 10, &[loss, loss, loss]);
    }
    let wish = Wish { smooth: Some(0.0), ..Wish::default() };
    let figure = folder.figure(&["a=1#7", "b=1#8", "c=1#9"], &wish);
    let [line] = &figure.panels[0].lines[..] else { panic!("{figure:?}") };
    assert_eq!(line.curve, [(1.0, 2.0), (2.0, 2.0), (3.0, 2.0)]);
    assert_eq!(line.band[0], (1.0, 1.0, 9.0));
    let picture = Picture::of(&figure);
    let told = figure.panels[0].legend.iter().map(|entry| entry.words.as_str()).collect::<Vec<_>>();
    assert_eq!(told, ["loss", "median of 3 seeds, lowest to highest"]);
    assert_eq!(picture.shapes("polygon", "fill", MAIN)[0].len(), 6);
    // The same seed twice is no spread: both are drawn, by their folders.
    let figure = folder.figure(&["a=1#7", "b=1#7"], &wish);
    assert_eq!(figure.panels[0].lines.len(), 2);
    // One that has diverged is worse than any other: of two the median is no number then.
    folder.file("c/summary.json", r#"{"divergence": {"step": 2}}"#);
    folder.steps("c", 10, &[9.0]);
    let figure = folder.figure(&["a=1#7", "c=1#9"], &wish);
    let line = &figure.panels[0].lines[0];
    assert!(line.curve[0].1 == 5.0 && line.curve[1].1.is_nan() && line.band[1].2 == f64::INFINITY, "{line:?}");
}

#[test]
fn a_run_that_diverged_ends_with_a_mark_and_leaves_the_axis_to_others() {
    let folder = Folder::new();
    folder.steps("well", 10, &[1.0, 0.8, 0.6, 0.5]);
    folder.steps("broken", 10, &[1.0, 3.0, 1e6, 1e30]);
    folder.file("broken/summary.json", r#"{"divergence": {"step": 5}}"#);
    let wish = Wish { smooth: Some(0.0), ..Wish::default() };
    let figure = folder.figure(&["well=0.1", "broken=9"], &wish);
    assert!(figure.panels[0].axis.ends.1 < 3.0, "{:?}", figure.panels[0].axis);
    assert_eq!(figure.panels[0].lines.iter().map(|line| line.diverged).collect::<Vec<_>>(), [false, true]);
    let picture = Picture::of(&figure);
    assert!(picture.has("diverged") && picture.has("lr 9"));
    // The curve and the two strokes of its mark.
    let strokes =
        |colour| picture.shapes("polyline", "stroke", colour).len() + picture.shapes("line", "stroke", colour).len();
    assert!(strokes(colours().racer(1)) >= strokes(colours().racer(0)) + 2, "{}", picture.svg);
    let alone = folder.figure(&["broken=9"], &wish);
    assert!(Picture::of(&alone).has("diverged at step 5"));
}

#[test]
fn unlike_things_have_axes_of_their_own() {
    let folder = Folder::new();
    folder.steps("run", 10, &[4.0, 2.0, 1.0, 1.0]);
    folder.file("run/observed.csv", "step,name,value\n1,angle,0.1\n2,angle,0.3\n");
    let labels = |asked: &[&str]| {
        let figure = folder.figure(&["run"], &names(asked));
        figure.panels.iter().map(|panel| panel.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(labels(&["loss", "lr"]), ["loss", "learning rate"]);
    assert_eq!(labels(&["grad_norm", "W1"]), ["gradient norm"]);
    assert_eq!(labels(&["W1"]), ["gradient norm of W1"]);
    assert_eq!(
        labels(&["grad_norm.W1", "angle", "update_norm"]),
        ["gradient norm of W1", "angle", "length of the step"]
    );
}

#[test]
fn a_name_that_no_run_has_is_told_with_those_that_there_are() {
    let folder = Folder::new();
    folder.steps("run", 10, &[4.0, 2.0]);
    let said = refused(&folder, &["run"], &names(&["grad_nrom"]));
    assert!(said.contains("no `grad_nrom`") && said.contains("did you mean `grad_norm`?"), "{said}");
    assert!(said.contains("has `lr`, `loss`, `grad_norm`, `update_norm` and `W1`"), "{said}");
    // A table's place is none of its values.
    assert!(refused(&folder, &["run"], &names(&["epoch"])).contains("no `epoch`"));
    folder.steps("other", 10, &[1.0]);
    folder.file("other/observed.csv", "step,name,value\n1,angle,0.1\n");
    let said = refused(&folder, &["run", "other=2"], &names(&["angle"]));
    assert!(said.contains("run` has no `angle`"), "{said}");
}

#[test]
fn what_a_run_does_not_tell_is_nothing_to_draw_over() {
    let folder = Folder::new();
    folder.file("run/steps.csv", "step,epoch,lr,loss\n1,1,0.1,4\n2,1,0.1,2\n");
    let over = |along| refused(&folder, &["run"], &Wish { along, ..Wish::default() });
    assert!(over(Along::Rate).contains("it is 0.1 at every step"));
    assert!(over(Along::Seconds).contains("it came to no evaluation"));
    assert!(over(Along::Samples).contains("does not tell how many samples"));
    folder.file("hill/steps.csv", "step,epoch,lr,loss\n1,1,,4\n2,1,,2\n");
    folder.file("hill/path.csv", "step,x,y,height,dx,dy\n0,1,1,4,1,1\n");
    let hill = |along| refused(&folder, &["hill"], &Wish { along, ..Wish::default() });
    assert!(hill(Along::Epoch).contains("it goes over a landscape") && hill(Along::Rate).contains("its rule has none"));
    folder.steps("below", 10, &[-1.0, -2.0]);
    let said = refused(&folder, &["below"], &Wish { log: true, ..Wish::default() });
    assert!(said.contains("no value above 0") && said.contains("--log"), "{said}");
}

#[test]
fn samples_are_counted_as_batches_had_them() {
    let folder = Folder::new();
    folder.steps("run", 3, &[1.0, 2.0, 3.0, 4.0]);
    // Three batches of 2, 2 and 1 in an epoch, and one of the next.
    folder.file("run/summary.json", r#"{"samples": 7}"#);
    let wish = Wish { along: Along::Samples, smooth: Some(0.0), ..Wish::default() };
    let places: Vec<f64> = folder.figure(&["run"], &wish).panels[0].lines[0].curve.iter().map(|(x, _)| *x).collect();
    assert_eq!(places, [2.0, 4.0, 5.0, 7.0]);
}

#[test]
fn the_same_figure_gives_the_same_bytes_in_every_kind_of_file() {
    let folder = Folder::new();
    for run in ["a", "b", "c", "d"] {
        folder.steps(run, 10, &[4.0, 2.0, 1.0, 1.0]);
    }
    // Two bands, so that a page of paper has several things that are seen through.
    let figure = || folder.figure(&["a=1#1", "b=1#2", "c=2#1", "d=2#2"], &names(&["loss", "lr"]));
    for kind in [Kind::Svg, Kind::Png, Kind::Pdf, Kind::Html] {
        let first = output::bytes(&figure(), kind, SIZE).unwrap();
        for _ in 0..8 {
            assert!(output::bytes(&figure(), kind, SIZE).unwrap() == first, "{kind:?}");
        }
    }
}

#[test]
fn a_page_holds_what_a_lab_is_called_without_obeying_it() {
    let folder = Folder::new();
    folder.steps("run", 10, &[4.0, 2.0, 1.0]);
    folder.file("run/observed.csv", "step,name,value\n1,</script><b>,0.1\n");
    let page = output::bytes(&folder.figure(&["run"], &names(&["loss", "</script><b>"])), Kind::Html, SIZE).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert_eq!((page.matches("</script>").count(), page.matches("<b>").count()), (2, 0), "{page}");
    assert!(page.contains("<title>A &lt;lab&gt; &amp; its title</title>"));
    // It asks for nothing of a network: the one address is the name of a format.
    let addresses: Vec<&str> = page.split("http").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(addresses, ["://www.w3.org/2000/svg"]);
}

#[test]
fn what_steers_a_terminal_or_breaks_a_picture_is_no_part_of_one() {
    let folder = Folder::new();
    folder.steps("run", 10, &[4.0, 2.0, 1.0]);
    folder.file("run/observed.csv", "step,name,value\n1,a\u{7}\u{1b}[2J,0.1\n2,a\u{7}\u{1b}[2J,0.2\n");
    let mut runs = folder.runs(&["run=\u{1b}]0;x", "run=\u{0}2"]);
    assert!(runs.iter().all(|run| run.names().contains(&"a\u{fffd}\u{fffd}[2J".to_owned())), "{:?}", runs[0].names());
    for run in &mut runs {
        run.made.title.clear();
    }
    let wish = Wish { title: Some("one\u{202e}\ntwo".into()), ..names(&["loss", "a\u{fffd}\u{fffd}[2J"]) };
    let figure = figure::make(&runs, &wish, &colours()).unwrap();
    for kind in [Kind::Svg, Kind::Png, Kind::Pdf, Kind::Html] {
        let bytes = output::bytes(&figure, kind, SIZE).unwrap_or_else(|error| panic!("{kind:?} {error}"));
        if matches!(kind, Kind::Svg | Kind::Html) {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.chars().any(|c| crate::error::is_hidden(c) && c != '\n'), "{text}");
        }
    }
}

#[test]
fn what_a_race_came_to_on_several_seeds_stands_between_its_curves_and_the_legend() {
    let folder = Folder::new();
    folder.file("race/summary.json", r#"{"runs": {"slow": {}, "fast": {}}}"#);
    let rows = ["slow,1", "fast,4", "slow,3", "fast,", "slow,2", "fast,6"].map(|row| format!("7,{row},finished,2"));
    folder.file("race/seeds.csv", &format!("seed,racer,val_loss,status,steps\n{}\n", rows.join("\n")));
    for run in ["race/slow", "race/fast"] {
        folder.steps(run, 2, &[4.0, 2.0]);
        folder.file(&format!("{run}/epochs.csv"), "epoch,step,val_loss,seconds\n1,2,2.5,1\n");
    }
    let figure = folder.figure(&["race"], &names(&["loss", "val_loss"]));
    let spread = |at: usize| figure.panels[0].lines[at].spread;
    // The order is that of the race; one that broke down is worse than any number.
    assert_eq!([0, 1].map(spread), [None, None]);
    assert_eq!([2, 3].map(spread), [Some((1.0, 2.0, 3.0)), Some((4.0, 6.0, f64::INFINITY))]);
    let layout = crate::plot::layout::Layout::of(&figure, SIZE).unwrap();
    let picture = Picture::of(&figure);
    for racer in [0, 1] {
        let medians = picture.shapes("circle", "fill", colours().racer(racer));
        let beside = medians.concat().into_iter().filter(|(x, _)| *x > f64::from(layout.panels[0].right) + 1.0);
        let [(x, _)] = beside.collect::<Vec<_>>()[..] else { panic!("{racer} {medians:?}") };
        assert!(x > f64::from(layout.bars) && x + 200.0 < f64::from(layout.legend), "{racer} {x} {}", layout.legend);
    }
}

#[test]
fn a_race_on_several_seeds_is_drawn_as_the_median_in_a_band() {
    let folder = Folder::new();
    folder.file("race/summary.json", r#"{"runs": {"slow": {}, "fast": {}}}"#);
    let ends = ["7,slow,1,finished,4", "7,fast,1,finished,4", "8,slow,1,finished,4", "8,fast,,diverged,2"];
    let ends = [&ends[..], &["9,slow,1,finished,4", "9,fast,1,finished,4"]].concat().join("\n");
    folder.file("race/seeds.csv", &format!("seed,racer,val_loss,status,steps\n{ends}\n"));
    let mut rows =
        "seed,racer,step,loss,smooth_loss,train_loss,train_accuracy,val_loss,val_accuracy,grad_norm\n".to_owned();
    for (seed, loss) in [(7, 1.0), (8, 2.0), (9, 6.0)] {
        // Only every second step was kept of the longest, and an evaluation between.
        for step in [2, 4] {
            writeln!(rows, "{seed},slow,{step},{loss},{},,,,,{}", loss + 10.0, loss * 3.0).unwrap();
        }
        writeln!(rows, "{seed},slow,3,,,,,{},,", loss * 2.0).unwrap();
        for step in if seed == 8 { [1, 2] } else { [2, 4] } {
            writeln!(rows, "{seed},fast,{step},{loss},,,,,,").unwrap();
        }
    }
    folder.file("race/curves.csv", &rows);
    for run in ["race/slow", "race/fast"] {
        folder.steps(run, 4, &[4.0, 3.0, 2.0, 1.0]);
        folder.file(&format!("{run}/epochs.csv"), "epoch,step,val_loss,seconds\n1,3,2,1\n");
    }
    let figure = folder.figure(&["race"], &Wish { smooth: Some(0.0), ..names(&["loss", "val_loss"]) });
    let [slow, fast, evaluated, own] = &figure.panels[0].lines[..] else { panic!("{figure:?}") };
    assert_eq!(
        (&slow.curve[..], &slow.band[..]),
        (&[(2.0, 2.0), (4.0, 2.0)][..], &[(2.0, 1.0, 6.0), (4.0, 1.0, 6.0)][..])
    );
    // On one seed it has diverged at step 3: that is worse than any number, and the median is that of the other two and it.
    assert_eq!(fast.curve, [(2.0, 2.0), (4.0, 6.0)]);
    assert_eq!(fast.band[1], (4.0, 1.0, f64::INFINITY));
    assert!(!fast.diverged, "on the other seeds it has not");
    assert_eq!((&evaluated.curve[..], evaluated.band[0]), (&[(3.0, 4.0)][..], (3.0, 2.0, 12.0)));
    // Where there is no evaluation on the seeds, the curve is of the lab's own seed, with bars.
    assert_eq!((&own.curve[..], own.spread), (&[(3.0, 2.0)][..], Some((1.0, 1.0, f64::INFINITY))));
    assert!(figure.panels[0].legend.iter().any(|entry| entry.words == "median of 3 seeds, lowest to highest"));
    // The usual average was kept as well; any other is of the lab's own seed.
    let smooth = |decay| folder.figure(&["race"], &Wish { smooth: Some(decay), ..names(&["loss"]) });
    assert_eq!(smooth(0.98).panels[0].lines[0].curve[0], (2.0, 12.0));
    let other = &smooth(0.5).panels[0];
    assert!(other.lines[0].band.is_empty() && other.lines[0].curve.len() == 4);
    assert!(!other.legend.iter().any(|entry| entry.words.starts_with("median")), "{:?}", other.legend);
    // So were norms, as they are; those of `fast` were not, as in a table that an older program wrote.
    let norms = &folder.figure(&["race"], &names(&["grad_norm"])).panels[0];
    let [slow, fast] = &norms.lines[..] else { panic!("{norms:?}") };
    assert_eq!((&slow.curve[..], slow.band[0]), (&[(2.0, 6.0), (4.0, 6.0)][..], (2.0, 3.0, 18.0)));
    assert!(fast.band.is_empty() && fast.curve.len() == 4, "{fast:?}");
    let smooth = folder.figure(&["race"], &Wish { smooth: Some(0.98), ..names(&["grad_norm"]) });
    assert!(smooth.panels[0].lines[0].band.is_empty());
    assert!(folder.figure(&["race"], &names(&["lr"])).panels[0].lines[0].band.is_empty());
}
