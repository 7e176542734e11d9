//! The first line: what is open, where the run stands, how fast it goes. At every width it keeps the status and the
//! step, which programs that read the screen rely on: one of six words, and `step N` followed by a space or an edge.

use crate::snapshot::{Map, Snapshot, Speed, Status};
use crate::ui::canvas::measure;
use crate::ui::canvas::pen::Pen;
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};

/// The memory that the way back may take, in MiB.
const BUDGET: usize = crate::session::TIMELINE_BUDGET >> 20;
/// So many tenths of it are nearly all.
const NEARLY: usize = 8;

/// Draws the header of a lab in the first row.
pub fn draw(snapshot: &Snapshot, title: &str, pen: &mut Pen<'_>) {
    let look = pen.look;
    let width = pen.width();
    let (symbol, role) = match snapshot.status {
        Status::Ready => (look.pick('○', 'o'), Role::Text),
        Status::Running => (look.pick('▶', '>'), Role::Good),
        Status::Paused => (look.pick('⏸', '='), Role::Warn),
        Status::Finished | Status::Stopped(_) => (look.pick('✓', '*'), Role::Good),
        Status::Diverged(_) | Status::Failed(_) => (look.pick('✗', 'X'), Role::Bad),
    };
    let status = format!("{symbol} {}", snapshot.status.word());
    let step = format!("step {}", snapshot.step);
    // The essentials first; each that follows is shown as long as it fits.
    let essential = text::width(&status) + 2 + text::width(&step) + 2;
    if width < essential {
        let tight = format!("{} {step} ", snapshot.status.word());
        pen.text(0, 0, if text::width(&tight) <= width { &tight } else { snapshot.status.word() }, role);
        return;
    }
    // The rate, or what a run that is over was, is worth more than the end of the title.
    let mut room = width.saturating_sub(essential + SHORTEST_TITLE);
    let mut parts = [Some(status), None, Some(step), None, None, None, None];
    let fits = |words: &String, room: usize| text::width(words) + 3 <= room;
    // In a race all numbers are of one run: whose they are comes before how fast it goes.
    let whose = whose(snapshot).into_iter().find(|words| fits(words, room));
    room -= whose.as_ref().map_or(0, |words| text::width(words) + 3);
    let pace = pace(snapshot, look);
    if let Some(pace) = pace.iter().find(|words| fits(words, room)) {
        room -= text::width(pace) + 3;
        parts[5] = Some(pace.clone());
    }
    let mut room = room.saturating_sub((text::width(title).min(14) + 13).saturating_sub(SHORTEST_TITLE));
    // Back in time it is told how far the run has been.
    let seen = snapshot.timeline.seen;
    let reached = format!(" (run reached {seen})");
    if seen > snapshot.step && text::width(&reached) <= room {
        room -= text::width(&reached);
        parts[2].iter_mut().for_each(|step| *step += &reached);
    }
    for (slot, part) in optional(snapshot, &pace) {
        if fits(&part, room) && parts[slot].is_none() {
            room -= text::width(&part) + 3;
            parts[slot] = Some(part);
        }
    }
    if let Some(name) = whose {
        parts[1] = Some(match parts[1].take() {
            Some(epoch) => format!("{name} {} {epoch}", look.dot()),
            None => name,
        });
    }
    let gap = if parts.iter().flatten().count() > 2 { "   " } else { "  " };
    let right: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    let right = right.join(gap) + " ";
    let x = width - text::width(&right);
    // Where there is little room, the lab's title is worth more than the program's name.
    let room = x.saturating_sub(3);
    let named = format!("optlab {} {title}", look.dot());
    let left = text::longest([named], room).unwrap_or_else(|| text::cut(title, room, look.ellipsis()));
    if text::width(&left) >= 6 {
        pen.text(1, 0, &left, Role::Strong);
    }
    let after = pen.text(x, 0, parts[0].as_deref().unwrap_or_default(), role);
    pen.text(after, 0, &right[parts[0].as_ref().map_or(0, String::len)..], Role::Text);
}

/// Columns that are left to the title at the least.
const SHORTEST_TITLE: usize = 12;

/// How fast the run goes, or what it was once it is over; the longest first. None of one that is held.
fn pace(snapshot: &Snapshot, look: Look) -> Vec<String> {
    let rate = snapshot.steps_per_second;
    let run = snapshot.runs.present.get(snapshot.shown).filter(|row| row.rate().is_some());
    match run {
        // A rate below that of two digits is a wish of the user's, and is told as it is.
        _ if snapshot.status == Status::Running && rate >= 10.0 => vec![format!("{rate:.0} steps/s")],
        _ if snapshot.status == Status::Running && rate > 0.0 => vec![measure::speed(rate)],
        Some(run) if snapshot.status.is_final() => {
            let mut told = vec![measure::duration(run.seconds)];
            told.extend(run.rate().map(measure::speed));
            let epochs = run.epochs();
            if is_of_epochs(snapshot) && epochs >= 1.0 {
                told.push(format!("{} an epoch", measure::duration(run.seconds / epochs)));
            }
            (1..=told.len()).rev().map(|parts| told[..parts].join(&format!(" {} ", look.dot()))).collect()
        }
        _ => Vec::new(),
    }
}

/// The run goes over samples in epochs, as no way over a landscape does.
fn is_of_epochs(snapshot: &Snapshot) -> bool {
    snapshot.epochs_total > 0 && !matches!(snapshot.map, Some(Map::Landscape(_)))
}

/// In a race the run whose numbers are shown, the longest words first; of one that is over while others go on also how it
/// ended.
fn whose(snapshot: &Snapshot) -> Vec<String> {
    let Some(run) = snapshot.race.as_ref().and_then(|race| race.runs.get(snapshot.shown)) else { return Vec::new() };
    let over = run.status.is_final() && run.status.word() != snapshot.status.word();
    let told = over.then(|| format!("{} {}", run.name, run.status.past()));
    told.into_iter().chain([run.name.clone()]).collect()
}

/// Parts that may be left out, the most wanted first, with their places between the others.
fn optional(snapshot: &Snapshot, pace: &[String]) -> Vec<(usize, String)> {
    let mut parts = Vec::new();
    let of_epochs = is_of_epochs(snapshot);
    let epoch = of_epochs.then(|| format!("epoch {}/{}", snapshot.epoch, snapshot.epochs_total));
    parts.extend(epoch.map(|epoch| (1, epoch)));
    if pace.is_empty() {
        parts.push((
            5,
            match snapshot.speed {
                Speed::Max => "speed max".into(),
                Speed::PerSecond(speed) => format!("speed {speed}/s"),
            },
        ));
    }
    if let Some(lr) = snapshot.hyper.iter().find(|hyper| hyper.name == "lr") {
        let rate = format!("lr {}", text::short(lr.value));
        match lr.groups.len() {
            0 => {}
            1 => parts.push((4, format!("{rate}, 1 group"))),
            several => parts.push((4, format!("{rate}, {several} groups"))),
        }
        // Where there is no room for more.
        parts.push((4, rate));
    }
    // Of an update that gathers several: `batch 4x10`.
    let gathers = if snapshot.accumulate > 1 { format!("{}x", snapshot.accumulate) } else { String::new() };
    let batch = (of_epochs && snapshot.batch > 0).then(|| (3, format!("batch {gathers}{}", snapshot.batch)));
    // Only where it is about to matter: older steps are then kept farther apart.
    let used = snapshot.timeline.bytes.div_ceil(1 << 20);
    let machine = (used * 10 >= BUDGET * NEARLY).then(|| (6, format!("history {used} of {BUDGET} MiB")));
    parts.extend(batch.into_iter().chain(machine));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Status;
    use crate::ui::look::theme::{Look, Theme};
    use crate::ui::tests::{fixture, fixture_maps, fixture_runs};
    use ratatui::buffer::{Buffer, Cell};
    use ratatui::layout::Rect;

    fn header(snapshot: &Snapshot, width: u16, unicode: bool) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        let area = buffer.area;
        draw(
            snapshot,
            "Adam on handwritten digits",
            &mut Pen::new(&mut buffer, area, Look { theme: Theme::Dark, unicode }),
        );
        buffer.content.iter().map(Cell::symbol).collect()
    }

    #[test]
    fn it_looks_like_this() {
        let healthy = fixture::healthy();
        let lines = [header(&healthy, 120, true), header(&healthy, 80, true), header(&healthy, 60, false)];
        insta::assert_snapshot!(lines.join("|\n"));
    }

    #[test]
    fn a_run_that_is_over_says_how_long_it_took_at_every_width_that_has_panes() {
        let mut over = fixture_runs::several();
        over.status = Status::Finished;
        (over.runs.present[0].seconds, over.steps_per_second) = (0.0038, 0.0);
        let lines = [header(&over, 120, true), header(&over, 80, true), header(&over, 60, false)];
        insta::assert_snapshot!(lines.join("|\n"));
        // One step and a part of an epoch are told as what they are.
        over.runs.present[0].step = 1;
        over.runs.present[0].seconds = 1.0;
        assert!(header(&over, 80, true).contains("1.0 s · 1 step/s "), "{}", header(&over, 80, true));
        assert!(!header(&over, 80, true).contains("an epoch"));
    }

    #[test]
    fn the_rate_stays_at_80_columns_while_the_run_goes() {
        let mut healthy = fixture::healthy();
        healthy.step = 123_456_789;
        assert!(header(&healthy, 80, true).contains("38412 steps/s"), "{}", header(&healthy, 80, true));
        healthy.steps_per_second = 1.0;
        assert!(header(&healthy, 80, true).contains("1 step/s "));
        // Before there is a rate, the limit is told.
        healthy.steps_per_second = 0.0;
        assert!(header(&healthy, 80, true).contains("speed max"));
    }

    #[test]
    fn groups_and_gathered_mini_batches_are_told() {
        let mut healthy = fixture::healthy();
        healthy.accumulate = 4;
        let group = |group: &str| crate::snapshot::GroupNow { group: group.into(), value: 0.1 };
        healthy.hyper[0].groups = vec![group("kind: bias"), group("layer: 1")];
        let line = header(&healthy, 120, true);
        assert!(line.contains("batch 4x64 ") && line.contains("lr 0.00100, 2 groups "), "{line}");
        healthy.hyper[0].groups.pop();
        assert!(header(&healthy, 120, true).contains("lr 0.00100, 1 group "));
        let narrow = (60..120).map(|width| header(&healthy, width, true)).find(|line| line.contains("lr 0.00100"));
        assert!(narrow.is_some_and(|line| line.contains("lr 0.00100 ")), "the rate alone takes less room");
    }

    #[test]
    fn a_way_over_a_landscape_has_neither_epochs_nor_batches() {
        let snapshot = fixture_maps::mapped("momentum-in-the-ravine", 20, &[]);
        let line = header(&snapshot, 120, true);
        assert!(!line.contains("epoch") && !line.contains("batch"), "{line}");
    }

    #[test]
    fn back_in_time_it_tells_how_far_the_run_has_been() {
        let mut past = fixture::at_step(250);
        past.status = Status::Paused;
        past.timeline.seen = 271;
        past.timeline.bytes = 240 << 20;
        let lines =
            [header(&past, 140, true), header(&past, 120, true), header(&past, 80, true), header(&past, 40, true)];
        insta::assert_snapshot!(lines.join("|\n"));
    }

    #[test]
    fn what_the_history_takes_is_told_where_it_is_nearly_full() {
        let mut run = fixture::healthy();
        run.timeline.bytes = 12_345_678;
        assert!(!header(&run, 200, true).contains("MiB"), "{}", header(&run, 200, true));
        run.timeline.bytes = 250 << 20;
        assert!(header(&run, 200, true).contains("history 250 of 256 MiB"), "{}", header(&run, 200, true));
    }

    #[test]
    fn in_a_race_the_name_of_the_run_stays_before_its_rate_and_the_programs_name() {
        let mut race = fixture::race();
        race.shown = 2;
        race.status = Status::Finished;
        race.runs = fixture_runs::several().runs;
        race.runs.present = vec![race.runs.present[0].clone(); 4];
        for width in [60, 80, 100, 120] {
            assert!(header(&race, width, true).contains("momentum"), "{}", header(&race, width, true));
        }
        // A landscape has no epochs beside which it could stand.
        race.map = fixture_maps::mapped("momentum-in-the-ravine", 20, &[]).map;
        for width in [60, 80, 120] {
            assert!(header(&race, width, true).contains("momentum   step"), "{}", header(&race, width, true));
        }
    }

    #[test]
    fn in_a_race_it_says_whose_numbers_it_shows() {
        let mut race = fixture::race();
        let mut line = |shown: usize, width: u16| {
            race.shown = shown;
            header(&race, width, true)
        };
        assert!(line(2, 120).contains("momentum · epoch 13/20   step 287"), "{}", line(2, 120));
        // It is over while others go on.
        assert!(line(3, 120).contains("running   rmsprop diverged · epoch"), "{}", line(3, 120));
    }

    #[test]
    fn the_status_and_the_step_are_there_at_every_width() {
        let mut statuses = vec![fixture::healthy(), fixture::diverged(), fixture::failed()];
        for status in [Status::Ready, Status::Running, Status::Paused, Status::Finished] {
            let mut snapshot = fixture::healthy();
            snapshot.status = status;
            snapshot.step = 123_456_789;
            statuses.push(snapshot);
        }
        for snapshot in &statuses {
            let step = format!("step {} ", snapshot.step);
            for width in 0..=220 {
                for unicode in [true, false] {
                    let line = header(snapshot, width, unicode);
                    let word = snapshot.status.word();
                    let needed = word.len() + 1 + step.len();
                    assert!(usize::from(width) < word.len() || line.contains(word), "{width}: {line:?}");
                    assert!(usize::from(width) < needed || line.contains(&step), "{width}: {line:?}");
                    assert_eq!(line.matches("step ").count(), usize::from(line.contains("step ")));
                }
            }
        }
    }
}
