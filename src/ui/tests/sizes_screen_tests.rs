//! Screens of every size.

use ratatui::buffer::Buffer;

use crate::snapshot::Snapshot;
use crate::ui::draw::draw;
use crate::ui::host::Event;
use crate::ui::layout::MOST;
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{lab, picture, press};

#[test]
fn every_size_is_drawn_with_the_status_and_the_step() {
    for snapshot in [fixture::healthy(), fixture::diverged(), fixture::failed(), fixture::at_step(0)] {
        let word = snapshot.status.word();
        let step = format!("step {}", snapshot.step);
        let mut app = lab(snapshot, (0, 0), false);
        let widths = (0..20).chain((20..=206).step_by(6));
        for (width, height) in widths.flat_map(|w| (0..12).chain((12..=62).step_by(5)).map(move |h| (w, h))) {
            app.update(Event::Resize(width, height));
            for keys in ["", "?", "\u{1b}d", "\u{1b}z", "z\t"] {
                press(&mut app, keys);
                let picture = picture(&app);
                if height > 0 && usize::from(width) > word.len() + step.len() + 2 && !keys.starts_with('?') {
                    let head = picture.lines().next().unwrap_or_default();
                    assert!(head.contains(word), "{width}x{height} {keys:?}\n{picture}");
                    let after = head.split_once(&step).unwrap_or_else(|| panic!("{head:?}")).1;
                    assert!(after.is_empty() || after.starts_with(' '), "{head:?}");
                }
            }
            press(&mut app, "\u{1b}1");
        }
    }
}

#[test]
fn a_window_that_nobody_has_is_drawn_to_a_cap() {
    let mut app = lab(fixture::healthy(), (80, 24), false);
    for (size, drawn) in [
        ((u16::MAX, u16::MAX), MOST),
        ((u16::MAX, 24), (MOST.0, 24)),
        ((80, u16::MAX), (80, MOST.1)),
        (MOST, MOST),
        ((0, u16::MAX), (0, MOST.1)),
        ((u16::MAX, 1), (MOST.0, 1)),
        ((1, 1), (1, 1)),
        ((0, 0), (0, 0)),
        ((640, 180), (640, 180)),
    ] {
        app.update(Event::Resize(size.0, size.1));
        assert_eq!((app.screen.width, app.screen.height), drawn, "{size:?}");
        assert!(app.is_for(size.0, size.1));
        let mut buffer = Buffer::empty(app.screen);
        draw(&app, &mut buffer);
    }
    assert!(!app.is_for(80, 24));
}

#[test]
fn every_size_up_to_200x60_is_drawn_whatever_the_end_of_the_run() {
    let draw_all = |snapshot: Snapshot, with_race: bool| {
        let mut app = lab(snapshot, (0, 0), false);
        let panes = app.lab.as_ref().unwrap().order().len();
        for width in 0..=200_u16 {
            for height in 0..=60_u16 {
                app.update(Event::Resize(width, height));
                // Each size shows other panes than the sizes beside it, every third one alone.
                let lab = app.lab.as_mut().unwrap();
                lab.focus_on(usize::from(3 * width + height) % panes);
                lab.zoomed = (width + height) % 3 == 0;
                let mut buffer = Buffer::empty(app.screen);
                draw(&app, &mut buffer);
            }
        }
        assert!(panes > if with_race { 7 } else { 5 });
    };
    std::thread::scope(|scope| {
        let snapshots = [fixture::healthy(), fixture::diverged(), fixture::failed(), fixture::at_step(0)];
        let all = snapshots.into_iter().map(|snapshot| (snapshot, false)).chain([(fixture::race(), true)]);
        all.for_each(|(snapshot, race)| drop(scope.spawn(move || draw_all(snapshot, race))));
    });
}
