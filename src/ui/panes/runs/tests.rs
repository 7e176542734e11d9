//! The Runs pane at several widths: what was set, which numbers have room, and what Enter does.

use super::*;
use crate::snapshot::Settings;
use crate::ui::look::theme::{Look, Theme};
use crate::ui::tests::fixture::{self, pane_picture};
use crate::ui::tests::fixture_runs::{row, several};

#[test]
fn the_runs_of_a_session_in_a_table() {
    insta::assert_snapshot!(pane_picture(&PANE, &several(), (76, 10), true));
    insta::assert_snapshot!(pane_picture(&PANE, &several(), (56, 8), false));
    insta::assert_snapshot!(pane_picture(&PANE, &several(), (116, 10), true));
}

#[test]
fn a_session_that_has_just_begun_says_how_there_come_to_be_more() {
    let mut snapshot: Snapshot = fixture::at_step(0);
    let present = RunRow { step: 0, seconds: 0.0, loss: None, val_loss: None, val_accuracy: None, ..row(1, &[], &[]) };
    snapshot.runs.present = vec![present];
    insta::assert_snapshot!(pane_picture(&PANE, &snapshot, (76, 6), true));
}

fn act(pane: &mut dyn Pane, press: Press, snapshot: &Snapshot) -> Answer {
    let scripts = fixture::scripts();
    let view = fixture::view(snapshot, &scripts, Look { theme: Theme::Mono, unicode: true });
    pane.act(press, &view, Size { width: 76, height: 10 })
}

#[test]
fn enter_lays_a_run_beside_the_present_one_and_takes_it_away() {
    let snapshot = several();
    let mut pane = (PANE.open)();
    let sent = |answer: Answer| answer.effects.into_iter().next();
    // The cursor begins on the present run.
    assert_eq!(sent(act(&mut *pane, Press::Enter, &snapshot)), None);
    act(&mut *pane, Press::Up, &snapshot);
    assert_eq!(sent(act(&mut *pane, Press::Enter, &snapshot)), Some(Effect::Send(Command::Beside(None))));
    act(&mut *pane, Press::First, &snapshot);
    assert_eq!(sent(act(&mut *pane, Press::Enter, &snapshot)), Some(Effect::Send(Command::Beside(Some(64)))));
    act(&mut *pane, Press::Last, &snapshot);
    assert!(act(&mut *pane, Press::Enter, &snapshot).notice.unwrap().contains("present run"));
}

#[test]
fn what_an_edit_of_the_lab_made_another_value_is_told_beside_what_was_set() {
    let mut snapshot = several();
    let edited = row(4, &["training.batch=16"], &[("training.batch", "16"), ("optimizer.lr", "0.02")]);
    snapshot.runs.present = vec![edited];
    assert!(pane_picture(&PANE, &snapshot, (96, 10), true).contains("batch 16, lr 0.02"));
}

#[test]
fn runs_with_other_values_of_the_same_key_are_told_apart_at_every_width() {
    let mut snapshot = several();
    let dropout = |rate: &str| {
        let keys = ["network[2].dropout", "network[5].dropout"];
        let set: Vec<String> = keys.iter().map(|key| format!("{key}={rate}")).collect();
        let set: Vec<&str> = ["training.epochs=30"].into_iter().chain(set.iter().map(String::as_str)).collect();
        row(4, &set, &[])
    };
    snapshot.runs.past = Vec::new().into();
    snapshot.runs.present = ["0.5", "0.25", "0.125"].map(dropout).to_vec();
    for columns in [56, 76, 96, 116] {
        let shown = pane_picture(&PANE, &snapshot, (columns, 10), true);
        for rate in [" 0.5", " 0.25", " 0.125"] {
            assert!(shown.contains(rate), "{rate}: {shown}");
            assert!(columns < 76 || shown.contains(&format!("dropout{rate}")), "{rate}: {shown}");
        }
        assert!(shown.contains("smooth") && shown.contains("val acc"), "{shown}");
    }
}

#[test]
fn the_sentence_has_the_numbers() {
    insta::assert_snapshot!(fixture::described(&PANE, &several()));
}

#[test]
fn every_run_can_be_reached_where_there_are_more_than_rows() {
    let mut snapshot = several();
    let past: Vec<_> = (0..60).map(|_| snapshot.runs.past[0].clone()).collect();
    snapshot.runs.past = past.into();
    let mut pane = (PANE.open)();
    let scripts = fixture::scripts();
    let look = Look { theme: Theme::Mono, unicode: true };
    for press in [Press::First, Press::Last, Press::PageUp, Press::Up] {
        let view = fixture::view(&snapshot, &scripts, look);
        pane.act(press, &view, Size { width: 76, height: 10 });
        let drawn = fixture::drawn(&PANE, &*pane, &view, (76, 10));
        assert_eq!(
            drawn.contains('▶'),
            press != Press::First && press != Press::PageUp && press != Press::Up,
            "{drawn}"
        );
    }
}

/// A race of three as it was set on the command line, with batches of three sizes.
fn race_of_batches() -> Snapshot {
    let mut snapshot = several();
    let lab = [("compare.all.training.batch", "400"), ("compare.one.training.batch", "1")];
    let racer = |at: u64, name: &str| {
        let mut run = row(4, &["compare.all.training.batch=400"], &[]);
        let mut settings = (*run.settings).clone();
        settings.values.extend(lab.map(|(key, value)| (key.to_owned(), value.to_owned())));
        (run.settings, run.name, run.id) = (std::sync::Arc::new(settings), name.into(), run.id + at);
        run
    };
    snapshot.runs.past = Vec::new().into();
    snapshot.runs.beside = None;
    snapshot.runs.present = ["sgd", "all", "one"].into_iter().zip(0..).map(|(name, at)| racer(at, name)).collect();
    snapshot
}

#[test]
fn in_a_race_each_row_says_what_sets_its_run_apart_from_the_others() {
    for columns in [56, 76, 116] {
        let shown = pane_picture(&PANE, &race_of_batches(), (columns, 10), true);
        for (name, batch) in [("4 sgd", "batch 64"), ("4 all", "batch 400"), ("4 one", "batch 1")] {
            let row = shown.lines().find(|line| line.contains(name)).unwrap();
            assert!(row.contains(&format!("{batch} ")) && !row.contains("all batch"), "{shown}");
        }
    }
}

#[test]
fn no_column_is_left_out_that_fits_and_validation_comes_before_time_and_steps() {
    let mut snapshot = race_of_batches();
    for run in &mut snapshot.runs.present {
        run.settings = row(4, &[], &[]).settings;
    }
    for (columns, wanted) in [
        (56, &["smooth", "val loss", "val acc"][..]),
        (64, &["smooth", "val loss", "val acc", "time"]),
        (82, &["smooth", "val loss", "val acc", "time", "epochs", "steps/s"]),
    ] {
        let shown = pane_picture(&PANE, &snapshot, (columns, 10), true);
        let has = |name: &&&str| shown.contains(**name);
        assert_eq!(wanted.iter().filter(has).count(), wanted.len(), "{shown}");
    }
    // Whatever is left out has no room beside the words.
    for columns in 40..120 {
        let shown = pane_picture(&PANE, &snapshot, (columns, 10), true);
        let all = ["smooth", "val loss", "val acc", "time", "epochs", "steps/s"];
        let missing = all.iter().filter(|name| !shown.contains(**name)).map(|name| name.len() + 2).min();
        let row = shown.lines().find(|line| line.contains("as in the lab")).unwrap_or_default();
        let blanks = row.split("as in the lab").nth(1).map_or(0, |rest| rest.len() - rest.trim_start().len());
        assert!(missing.is_none_or(|missing| blanks < missing + 7), "{shown}");
    }
}

/// In 48 columns the headings take two lines, so that the validation loss is seen beside the accuracy and what was set.
#[test]
fn a_narrow_pane_has_the_validation_loss_under_a_heading_of_two_lines() {
    insta::assert_snapshot!(pane_picture(&PANE, &several(), (48, 8), true));
    let mut snapshot = several();
    snapshot.runs.present = vec![row(3, &["network[2].dropout=0.25"], &[])];
    for columns in [48, 50, 52] {
        let shown = pane_picture(&PANE, &snapshot, (columns, 10), true);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].contains("val") && lines[2].contains("loss") && lines[2].contains("acc"), "{shown}");
        let present = lines.iter().find(|line| line.contains('▶')).unwrap();
        assert!(present.contains("0.310") && present.contains("93.2 %") && present.contains("0.172"), "{shown}");
    }
    // Neither where there is room for them in one, nor where a row is worth more.
    for size in [(76, 10), (48, 5)] {
        let shown = pane_picture(&PANE, &snapshot, size, true);
        assert!(shown.lines().nth(1).unwrap().contains("run"), "{shown}");
    }
}

#[test]
fn a_smooth_loss_without_the_penalty_that_the_loss_pane_has_is_told_so() {
    let mut snapshot = several();
    assert!(!pane_picture(&PANE, &snapshot, (76, 10), true).contains("penalty"));
    let penalty = row(4, &["penalty.l2=0.003"], &[("penalty.l2", "0.003")]);
    let mut settings = (*penalty.settings).clone();
    settings.values.push(("penalty.l2".into(), "0.003".into()));
    snapshot.runs.present = vec![RunRow { settings: std::sync::Arc::new(settings), ..penalty }];
    let shown = pane_picture(&PANE, &snapshot, (76, 10), true);
    assert!(shown.contains("Runs · smooth without penalty") && shown.contains(" smooth "), "{shown}");
    assert!(fixture::described(&PANE, &snapshot).contains("smooth loss without penalty 0.172"), "{shown}");
}

/// A racer that is made with what it is called after is no run as the lab has it.
#[test]
fn a_racer_whose_name_says_what_it_is_made_with_is_called_so() {
    let settings = Settings {
        set: Vec::new(),
        values: [("optimizer.rule", "sgd"), ("compare.momentum.optimizer.rule", "momentum")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec(),
        scripts: Vec::new(),
    };
    let settings = std::sync::Arc::new(settings);
    let named = |id: u64, name: &str| RunRow { id, name: name.into(), settings: settings.clone(), ..row(1, &[], &[]) };
    let present = vec![named(64, "sgd"), named(65, "momentum")];
    let runs = RunsView { present, ..RunsView::default() };
    assert_eq!(runs.present.iter().map(|row| what(row, &runs)).collect::<Vec<_>>(), [["sgd"], ["momentum"]]);
    let alone = RunsView { present: vec![row(1, &[], &[])], ..RunsView::default() };
    assert_eq!(what(&alone.present[0], &alone), ["as in the lab"]);
}
