//! The Loss pane as it is seen: runs alone and in a race, with what has no room on the axis, in colours and without.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::words::{Best, best};
use super::*;
use crate::snapshot::{Mark, Snapshot};
use crate::ui::look::theme::{Look, Theme};
use crate::ui::tests::fixture::{self, line, pane_picture};
use crate::ui::tests::fixture_maps::mapped;

#[test]
fn a_healthy_run() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 14), true));
}

#[test]
fn a_healthy_run_in_ascii() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::healthy(), (76, 14), false));
}

#[test]
fn the_validation_line_has_its_name_wherever_it_is_drawn() {
    for width in [48, 50, 60, 76] {
        let picture = pane_picture(&PANE, &fixture::healthy(), (width, 14), true);
        let name = if width >= 60 { "validation" } else { "val" };
        for line in ["batch ⠶ ", "smooth ─ ", &format!("{name} ╌ ")] {
            assert!(picture.contains(line), "{line}: {picture}");
        }
    }
}

#[test]
fn a_run_whose_knobs_were_turned() {
    let mark = |step, text: &str| Mark { step, text: text.into() };
    let mut snapshot = fixture::healthy();
    snapshot.timeline.marks =
        vec![mark(0, "beta1 = 0.8"), mark(100, "lr = 0.0321"), mark(150, "fork"), mark(152, "lr = 0.001")];
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 14), true));
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (40, 10), false));
    assert!(fixture::described(&PANE, &snapshot).contains("; lr = 0.0321 after step 100; fork after step 150;"));
}

#[test]
fn a_diverged_run() {
    insta::assert_snapshot!(pane_picture(&PANE, &fixture::diverged(), (60, 12), true));
}

#[test]
fn a_spike_among_a_million_steps_is_seen() {
    let quiet = |step: u64| if step == 600_000 { 90.0 } else { 1.0 };
    let picture = pane_picture(&PANE, &fixture::with_losses((1..=1_000_000).map(quiet)), (60, 12), true);
    let top: Vec<&str> = picture.lines().skip(1).take(2).collect();
    assert!(top[0].contains("▲90.0") && top[1].chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{picture}");
}

#[test]
fn the_sentence_has_the_numbers() {
    insta::assert_snapshot!(fixture::described(&PANE, &fixture::healthy()));
}

/// The race of the fixture with one that runs off at once and one a little lower than the lab's own.
fn wild_race() -> Snapshot {
    let mut snapshot = fixture::race();
    snapshot.racers[1] = line((1..=287).map(|t| 2.3 * 1.13_f64.powi(t)));
    snapshot.racers[3] = line((1..=120).map(|t| 2.3 * (-f64::from(t) / 25.0).exp() + 0.02));
    snapshot
}

#[test]
fn the_runs_of_a_race_have_their_numbers_and_names_and_one_that_runs_off_is_marked() {
    for (name, size, unicode) in
        [("race_76x14", (76, 14), true), ("race_38x10", (38, 10), true), ("race_76x14_ascii", (76, 14), false)]
    {
        let picture = pane_picture(&PANE, &wild_race(), size, unicode);
        insta::assert_snapshot!(name, picture);
    }
    // Where there is no row for the names the number and the name at the edge are left.
    let low = pane_picture(&PANE, &wild_race(), (76, 7), true);
    assert!(low.contains("▲2 sgd 3.9e15"), "{low}");
}

/// The rows of the last columns of the chart, in which the numbers of the runs stand.
fn numbers_at_the_end(picture: &str) -> Vec<String> {
    let rows = picture.lines().skip(1).take_while(|line| !line.contains('└'));
    let end = |line: &str| line.trim_end_matches(['│', ' ']).chars().rev().take(9).collect::<Vec<_>>();
    rows.map(|line| end(line).into_iter().rev().filter(char::is_ascii_digit).collect()).collect()
}

#[test]
fn the_numbers_of_a_race_stand_in_the_rows_of_their_lines_those_of_one_row_together_in_the_order_of_the_runs() {
    let mut snapshot = fixture::race();
    let ending = |at: f64| line((1..=287).map(|t| if t > 200 { at } else { 2.0 }));
    // The lowest one is of the third run, the shown one is of the fourth: neither comes first for that.
    for (shown, ends, wanted) in [
        (0, [0.1, 0.1, 0.1, 0.1], vec!["1234"]),
        (3, [0.1, 0.1, 0.1, 0.1], vec!["1234"]),
        (3, [2.0, 0.5, 0.01, 0.5], vec!["1", "24", "3"]),
        (2, [0.1, 2.0, 2.0, 0.4], vec!["23", "4", "1"]),
    ] {
        snapshot.shown = shown;
        snapshot.racers = ends.map(ending).to_vec();
        snapshot.loss.smooth = snapshot.racers[shown].clone();
        snapshot.loss.batch = snapshot.racers[shown].clone();
        snapshot.epochs.clear();
        for size in [(76, 14), (58, 18), (116, 20)] {
            let picture = pane_picture(&PANE, &snapshot, size, true);
            let seen: Vec<String> = numbers_at_the_end(&picture).into_iter().filter(|row| !row.is_empty()).collect();
            assert_eq!(seen, wanted, "{picture}");
        }
    }
}

#[test]
fn another_run_that_is_shown_has_the_axis() {
    let mut snapshot = wild_race();
    snapshot.shown = 1;
    snapshot.loss.smooth = snapshot.racers[1].clone();
    snapshot.loss.batch = snapshot.racers[1].clone();
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 14), true));
}

/// The cells of the pane in colours.
fn coloured(snapshot: &Snapshot, theme: Theme) -> (Buffer, Look) {
    let look = Look { theme, unicode: true };
    let mut buffer = Buffer::empty(Rect::new(0, 0, 76, 16));
    let area = buffer.area;
    Loss::default().draw(&fixture::view(snapshot, &[], look), &mut Pen::new(&mut buffer, area, look));
    (buffer, look)
}

#[test]
fn no_two_lines_of_a_race_are_of_one_colour_and_the_shown_one_is_bold() {
    for (theme, shown) in [(Theme::Dark, 0), (Theme::Dark, 2), (Theme::Light, 1), (Theme::Lecture, 3)] {
        let mut snapshot = fixture::race();
        snapshot.shown = shown;
        let view = fixture::view(&snapshot, &[], Look { theme, unicode: true });
        let roles: Vec<Role> = layers(&view).into_iter().map(|layer| layer.role).collect();
        let used = |at: usize| !(OTHERS..SMOOTH).contains(&at) || (at - OTHERS < 4 && at - OTHERS != shown);
        let styles: Vec<_> =
            roles.iter().enumerate().filter(|(at, _)| used(*at)).map(|(_, role)| view.look.style(*role).fg).collect();
        assert_eq!(styles.len(), 6);
        assert!((0..6).all(|at| styles.iter().filter(|other| **other == styles[at]).count() == 1), "{styles:?}");
        let (buffer, look) = coloured(&snapshot, theme);
        let own = look.style(Role::Racer(shown as u8)).fg.unwrap();
        let braille = |cell: &&Cell| cell.symbol().chars().all(|c| ('\u{2801}'..='\u{28ff}').contains(&c));
        let own: Vec<&Cell> = buffer.content.iter().filter(braille).filter(|cell| cell.fg == own).collect();
        assert!(own.len() > 20 && own.iter().all(|cell| cell.modifier.contains(Modifier::BOLD)), "{theme:?} {shown}");
    }
    let (mono, _) = coloured(&fixture::race(), Theme::Mono);
    let legend: String = mono.content[76 * 15..].iter().map(Cell::symbol).collect();
    assert_eq!(legend.trim_end(), "1 adam ◂  2 sgd  3 momentum  4 rmsprop");
}

#[test]
fn names_of_a_race_are_cut_with_an_ellipsis_where_not_all_have_room() {
    let mut snapshot = fixture::race();
    for (run, name) in ["adam", "a_racer_with_a_long_name", "another_one_of_these", "sgd"].iter().enumerate() {
        snapshot.race.as_mut().unwrap().runs[run].name = (*name).into();
    }
    let picture = pane_picture(&PANE, &snapshot, (44, 12), true);
    let names = picture.lines().rev().nth(1).unwrap();
    assert!(names.contains("1 adam ◂  2 a_racer…  3 another…  4 sgd"), "{picture}");
}

#[test]
fn one_batch_near_0_is_marked_below_and_does_not_squeeze_the_others() {
    let odd = |at: u64, value: f64| move |t: u64| if t == at { value } else { 2.0 * (-(t as f64) / 90.0).exp() + 0.3 };
    let rows = |snapshot: &Snapshot| {
        let picture = pane_picture(&PANE, snapshot, (60, 14), true);
        let braille = |line: &&str| line.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c));
        (picture.lines().skip(1).take(10).filter(braille).count(), picture)
    };
    let (plain, _) = rows(&fixture::with_losses((1..=200).map(odd(0, 0.0))));
    for (value, shown) in [(1e-15, "▼1.0e-15"), (0.0, "▼0"), (-0.5, "▼-0.500")] {
        let (seen, picture) = rows(&fixture::with_losses((1..=200).map(odd(120, value))));
        assert!(seen + 2 >= plain && picture.contains(shown), "{picture}");
        assert!(picture.contains("2.00 ┤") || picture.contains("2.00"), "{picture}");
    }
    // Below 0 as a whole there is no logarithm.
    let below = fixture::with_losses((1..=200).map(|t| 1.0 - f64::from(t) / 100.0));
    assert!(fixture::described(&PANE, &below).ends_with("The axis is linear."));
    let zeros = fixture::with_losses((1..=200).map(|t| if t > 100 { 0.0 } else { 0.5_f64.powi(t / 10) }));
    assert!(fixture::described(&PANE, &zeros).ends_with("The axis is logarithmic."));
}

#[test]
fn the_best_is_told_where_it_means_something() {
    let of = |values: &[f64]| best(&fixture::with_losses(values.iter().copied()));
    assert_eq!(of(&[0.693; 40]), Best::None, "a constant loss has none");
    assert_eq!(of(&[3.0, 2.0, 1.0]), Best::None, "it is the newest");
    assert_eq!(of(&[1.0, 2.0, 3.0]), Best::First(1.0), "it only rises");
    assert_eq!(of(&[3.0, 1.0, 2.0]), Best::At(1.0, 2));
    assert_eq!(of(&[0.333_301, 0.333_302]), Best::None, "they read the same");
    assert_eq!(of(&[1.0, f64::INFINITY]), Best::First(1.0));
    let title = |values: &[f64]| {
        let snapshot = fixture::with_losses(values.iter().copied());
        let title = words::title(&fixture::view(&snapshot, &[], Look { theme: Theme::Mono, unicode: true }));
        title.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(title(&[3.0, 1.0, 2.0]), "batch 2.00  best 1.00@2");
    assert_eq!((title(&[1.0, 3.0]), title(&[1.0, 1.0])), ("batch 3.00  first 1.00".into(), "batch 1.00".into()));
    let said = fixture::described(&PANE, &fixture::with_losses([1.0, 2.0].into_iter()));
    assert!(said.contains("never below the first, 1.000"), "{said}");
}

#[test]
fn on_a_landscape_the_loss_is_the_height_before_the_step() {
    let snapshot = mapped("momentum-in-the-ravine", 12, &[]);
    let picture = pane_picture(&PANE, &snapshot, (76, 12), true);
    assert!(
        picture.contains("before step 12") && picture.contains("height ─") && !picture.contains("smooth"),
        "{picture}"
    );
    let said = fixture::described(&PANE, &snapshot);
    assert!(said.starts_with("Loss: height ") && !said.contains("smooth"), "{said}");
    // An average would only lag behind heights, which have no noise.
    assert_eq!(snapshot.loss.smooth, snapshot.loss.batch);
}

#[test]
fn no_size_is_too_small() {
    for snapshot in [wild_race(), fixture::diverged(), fixture::at_step(0), fixture::with_losses([0.0].into_iter())] {
        for (width, height) in (0..90).step_by(3).flat_map(|width| (0..20).map(move |height| (width, height))) {
            pane_picture(&PANE, &snapshot, (width, height), true);
            pane_picture(&PANE, &snapshot, (width, height), false);
        }
    }
}

#[test]
fn the_crosshair_has_its_numbers_whole_and_leaves_the_range_of_several_steps_out_first() {
    let look = Look { theme: Theme::Mono, unicode: true };
    let mut snapshot = fixture::healthy();
    let drawn = |snapshot: &Snapshot, step: u64, width: u16| {
        let pane = Loss { crosshair_step: Some(step), ..Loss::default() };
        let picture = fixture::drawn(&PANE, &pane, &fixture::view(snapshot, &[], look), (width, 14));
        picture.lines().find(|line| line.contains(": ")).unwrap_or_default().to_owned()
    };
    let line = drawn(&snapshot, 200, 80);
    assert!(line.contains("validation") && line.contains(" at step "), "{line}");
    // In a narrow pane in fewer words, but with the step at which it was evaluated.
    let line = drawn(&snapshot, 200, 60);
    assert!(line.contains(", val ") && line.contains('@') && !line.contains('…'), "{line}");
    for width in [44, 60, 76, 120] {
        assert!(!drawn(&snapshot, 200, width).contains('…'), "{}", drawn(&snapshot, 200, width));
    }
    snapshot.loss.batch.width = 2;
    let (wide, narrow) = (drawn(&snapshot, 200, 120), drawn(&snapshot, 200, 76));
    assert!(wide.contains(" to ") && !narrow.contains(" to ") && narrow.contains("steps 199..200"), "{wide} {narrow}");
}

#[test]
fn the_sentence_speaks_of_a_batch_which_may_be_all_samples() {
    assert!(!fixture::described(&PANE, &fixture::healthy()).contains("mini-batch"));
}

#[test]
fn in_a_race_no_number_at_the_edge_is_of_nobody() {
    let mut snapshot = fixture::race();
    // A batch far outside of the axis.
    let spike = &mut snapshot.loss.batch.buckets[40];
    (spike.min, spike.max, spike.mean) = (1e-9, 1e9, 1e9);
    let picture = pane_picture(&PANE, &snapshot, (100, 20), true);
    let marked = picture.lines().filter(|line| line.contains('▲') || line.contains('▼'));
    for line in marked {
        assert!(line.contains("1 adam "), "{picture}");
    }
}
