//! Whole screens of a race on several seeds.

use crate::ui::host::Event;
use crate::ui::tests::fixture_seeds::on_seeds;
use crate::ui::tests::screen_tests::{lab, picture, press};

#[test]
fn at_every_size_of_a_screen_the_medians_and_the_firsts_are_read() {
    for (width, height) in [(60, 18), (80, 24), (120, 40)] {
        let mut app = lab(on_seeds(5), (width, height), false);
        app.update(Event::Resize(width, height));
        let at = (1..=9).find(|at| {
            press(&mut app, &at.to_string());
            picture(&app).contains("Race") && picture(&app).contains("median")
        });
        let seen = picture(&app);
        assert!(at.is_some(), "{width}x{height}\n{seen}");
        for words in ["adam has the best median of 5 seeds", "best first", "first on", "0.05300", "2 of 5", "3 of 5"] {
            assert!(seen.contains(words), "{width}x{height} {words}\n{seen}");
        }
    }
}
