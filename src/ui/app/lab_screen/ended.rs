//! What is told across the screen for as long as it is true: how a run ended badly, in the words of which the first that fit
//! are shown, or that the lab was saved since. The Guide has it all.

use super::{LabScreen, shown};
use crate::error::{Error, scrub_line};
use crate::snapshot::{Divergence, Status};
use crate::ui::look::theme::Role;

impl LabScreen {
    /// What is told across the screen as long as it is true, in words of which the first that fit are shown: that the lab was
    /// saved and what is shown is not of it; else how a run ended badly; else which values cover saved ones.
    pub fn banner(&self) -> Option<(Role, Vec<String>)> {
        if let Some(saved) = &self.live().timeline.saved {
            let saved = scrub_line(saved);
            let forms = vec![
                format!("what is shown is not of {saved} as saved: r starts over with it"),
                format!("this is not of {saved} as saved: r starts over with it"),
                "what is shown is not of the saved file: r starts over with it".to_owned(),
                "this is not of the saved file: r starts over with it".to_owned(),
            ];
            return Some((Role::Warn, forms));
        }
        let covered = || shown::told_of_covered(&self.shown.covered).map(|forms| (Role::Warn, forms));
        told(&self.live().status).map(|forms| (Role::Banner, forms)).or_else(covered)
    }
}

/// The words, the longest first; none of a run that goes on or came to its end.
pub(super) fn told(status: &Status) -> Option<Vec<String>> {
    match status {
        Status::Diverged(divergence) => Some(diverged(divergence)),
        Status::Failed(error) => Some(failed(error)),
        _ => None,
    }
}

/// What broke and what to do; then without the second advice, without what is in its brackets, without any. The sentence is
/// whole in each.
fn diverged(divergence: &Divergence) -> Vec<String> {
    let (sentence, advice) = (divergence.sentence(), divergence.advice());
    let cut = |mark: &str| advice.split_once(mark).map_or(advice, |(before, _)| before);
    let with = [advice, cut(", or "), cut(" (")].map(|advice| format!("{sentence}. Next: {advice}"));
    // A cause has its numbers, which take room; what broke stands before it.
    let short =
        sentence.split_once(": ").and_then(|(step, rest)| Some(format!("{step}: {}", rest.split_once(": ")?.0)));
    with.into_iter().chain([sentence.clone()]).chain(short).collect()
}

/// The cause, then where it lies: of a path its end alone, and at last the line.
fn failed(error: &Error) -> Vec<String> {
    let line = |text: &str| scrub_line(&text.replace('\n', " "));
    let (what, label) = (line(error.what()), line(error.label_text()));
    let mut words = Vec::new();
    if let Some(place) = error.place() {
        let file = line(place.source.name.rsplit('/').next().unwrap_or_default());
        let place = format!("{file}:{}:{}", place.line(), place.column());
        let labelled = (!label.is_empty()).then(|| format!("{what}: {label} ({place})"));
        words.extend(labelled.into_iter().chain([
            format!("{what} ({place})"),
            format!("{what} ({})", {
                let end = place.rfind(':').unwrap_or(place.len());
                &place[..end]
            }),
        ]));
    }
    let first = what.split_once([',', ';']).map(|(first, _)| first.to_owned());
    words.push(what);
    words.extend(first);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Place, Source};
    use crate::ui::canvas::text;
    use crate::ui::tests::fixture;

    #[test]
    fn the_cause_of_a_failure_comes_first_and_is_whole_where_its_place_has_no_room() {
        let source = Source::new("/tmp/a/long/path/of/folders/my_optimizer.rhai", "let a = 1;\nlet b = 2;\n");
        let error = Error::user("there is no element 7 in a list of 3").at(Place::token(&source, 2, 5));
        let forms = told(&Status::Failed(error)).unwrap();
        let at = |columns| text::longest(forms.iter().map(String::as_str), columns).unwrap();
        assert_eq!(at(78), "there is no element 7 in a list of 3 (my_optimizer.rhai:2:5)");
        assert_eq!(at(58), "there is no element 7 in a list of 3 (my_optimizer.rhai:2)");
        assert_eq!(at(40), "there is no element 7 in a list of 3");
    }

    #[test]
    fn what_a_divergence_is_of_is_never_cut_off() {
        let Status::Diverged(divergence) = fixture::diverged().status else { panic!("a divergence") };
        let layer = Divergence { layer: "layer 3 (dense)".into(), ..divergence };
        for columns in [58, 78, 98, 118] {
            let forms = told(&Status::Diverged(layer.clone())).unwrap();
            let said = text::longest(forms, columns).unwrap();
            assert!(said.contains("layer 3 (dense) is "), "{said}");
        }
    }
}
