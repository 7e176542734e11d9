//! What roles look like in each theme.

use super::*;

pub(in crate::ui::look) const ROLES: [Role; 28] = [
    Role::Text,
    Role::Emphasis,
    Role::Dim,
    Role::Strong,
    Role::Border,
    Role::Focus,
    Role::Key,
    Role::Selected,
    Role::Good,
    Role::Warn,
    Role::Bad,
    Role::Banner,
    Role::Batch,
    Role::Smooth,
    Role::Valid,
    Role::Racer(0),
    Role::Racer(1),
    Role::Racer(2),
    Role::Racer(3),
    Role::Racer(4),
    Role::Racer(5),
    Role::Racer(6),
    Role::Racer(7),
    Role::Chosen(3),
    Role::Region(0),
    Role::Region(9),
    Role::Grey(0),
    Role::Grey(3),
];

#[test]
fn mono_has_no_colour_and_the_others_only_the_sixteen() {
    for theme in Theme::ALL {
        for role in ROLES {
            let style = Look { theme, unicode: true }.style(role);
            for colour in [style.fg, style.bg].into_iter().flatten() {
                assert_ne!(theme, Theme::Mono, "{role:?}");
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{theme:?} {role:?}");
            }
        }
    }
}

#[test]
fn eight_racers_have_eight_colours_and_none_is_that_of_the_cloud_of_batches() {
    for theme in [Theme::Dark, Theme::Light, Theme::Lecture, Theme::LectureLight] {
        let colour = |role| Look { theme, unicode: true }.style(role).fg;
        let mut seen = vec![colour(Role::Batch)];
        for place in 0..8 {
            assert_eq!(colour(Role::Racer(place)), colour(Role::Chosen(place)));
            assert!(!seen.contains(&colour(Role::Racer(place))), "{theme:?} {place}");
            seen.push(colour(Role::Racer(place)));
        }
    }
    for theme in Theme::ALL {
        let weight = |role| Look { theme, unicode: true }.style(role).add_modifier;
        assert!(weight(Role::Chosen(1)).contains(Modifier::BOLD) && weight(Role::Racer(1)).is_empty());
    }
}

#[test]
fn the_first_locale_variable_that_is_set_decides() {
    let utf8 = |values: [&str; 3]| is_utf8(values.map(str::to_owned));
    assert!(utf8(["", "", "en_US.UTF-8"]) && utf8(["C.utf8", "C", "C"]));
    assert!(!utf8(["C", "", "en_US.UTF-8"]) && !utf8(["", "", ""]) && !utf8(["", "de_AT@euro", "C.UTF-8"]));
}

#[test]
fn themes_are_found_by_their_names() {
    for theme in Theme::ALL {
        assert_eq!(Theme::named(theme.name()), Some(theme));
    }
    assert_eq!(Theme::named("neon"), None);
}
