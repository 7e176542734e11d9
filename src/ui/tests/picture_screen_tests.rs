//! Pictures of whole screens.

use crate::ui::canvas::picture::svg;
use crate::ui::draw::{as_text, pane_alone, still};
use crate::ui::host::Event;
use crate::ui::keys;
use crate::ui::look::theme::Theme;
use crate::ui::tests::fixture;
use crate::ui::tests::screen_tests::{lab, picture, press};

#[test]
fn a_picture_is_the_screen_without_the_line_of_keys_and_says_what_it_shows() {
    let mut app = lab(fixture::healthy(), (100, 30), false);
    let (screen, still_of) = (picture(&app), as_text(&still(&app)));
    let (above, last) = screen.rsplit_once('\n').unwrap();
    assert!(last.contains("q leave") && still_of == above, "{still_of}");
    let (title, description) = app.in_words(None);
    assert!(title.ends_with(&format!(", step {}", fixture::healthy().step)), "{title}");
    press(&mut app, "d");
    let pane = description.split_once(". ").unwrap().1;
    let words = pane.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    assert!(picture(&app).contains(&words), "{description}");
    // A screen that is too small for the line keeps all its rows.
    app.update(Event::Resize(30, 10));
    assert_eq!(still(&app).area.height, 10);
}

#[test]
fn a_picture_of_a_pane_is_that_pane_alone_and_speaks_of_it() {
    for theme in Theme::ALL {
        let mut app = lab(fixture::healthy(), (100, 30), false);
        app.look.theme = theme;
        let kinds: Vec<_> = app.lab.as_ref().unwrap().order().iter().map(|kind| (kind.name, kind.title)).collect();
        for (at, (name, title)) in kinds.into_iter().enumerate() {
            let alone = pane_alone(&app, name).unwrap();
            let text = as_text(&alone);
            assert_eq!((alone.area.width, alone.area.height), (100, 29));
            let first = text.lines().next().unwrap();
            assert!(first.starts_with('╭') && first.contains(&format!("{} {title}", keys::of_place(at))), "{first}");
            assert!(!text.contains("q leave"), "{text}");
            let (_, description) = app.in_words(Some(name));
            assert!(description.starts_with(&format!("The pane {title} of optlab; the run is ")), "{description}");
            let bare = alone.content.iter().any(|cell| cell.bg == ratatui::style::Color::Reset);
            assert_eq!(bare, !matches!(theme, Theme::Lecture | Theme::LectureLight), "{theme:?} {name}");
        }
        let error = pane_alone(&app, "los").unwrap_err();
        assert!(format!("{error:?}").contains("loss"), "{error:?}");
    }
}

#[test]
fn no_screen_has_a_sign_in_the_text_of_its_picture() {
    let shots = [fixture::healthy(), fixture::diverged(), fixture::failed(), fixture::race(), fixture::at_step(0)];
    for snapshot in shots {
        let mut app = lab(snapshot, (120, 40), true);
        let panes = app.lab.as_ref().unwrap().order().len();
        for (place, zoomed) in (0..panes).flat_map(|place| [(place, false), (place, true)]) {
            let own = app.lab.as_mut().unwrap();
            own.focus_on(place);
            own.zoomed = zoomed;
            let picture = svg(&still(&app), Theme::Dark, "t", "d");
            let parsed = roxmltree::Document::parse(&picture).unwrap();
            let texts = parsed.descendants().filter(|node| node.tag_name().name() == "text");
            for text in texts.filter_map(|node| node.text()) {
                let sign = text.chars().find(|c| matches!(u32::from(*c), 0x2190..=0x21ff | 0x2300..=0x28ff));
                assert_eq!(sign, None, "{text}");
                assert!(!text.contains("  ") && text.trim() == text, "{text:?}");
            }
        }
    }
}
