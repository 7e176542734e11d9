//! The values that groups of parameters have of a hyper-parameter, in words.

use crate::snapshot::{GroupNow, HyperNow};
use crate::ui::canvas::text;

/// A value, and those of groups that have their own: `0.02 (0.002 for layer 1)`.
pub(super) fn with_groups(hyper: &HyperNow) -> String {
    format!("{}{}", text::filled(hyper.value), of_groups(hyper))
}

/// ` (0.002 for layer 1)`, with the space before it; nothing where no group has its own.
pub(super) fn of_groups(hyper: &HyperNow) -> String {
    let told = |own: &GroupNow| format!("{} for {}", text::filled(own.value), own.group.replace(": ", " "));
    let own: Vec<String> = hyper.groups.iter().map(told).collect();
    if own.is_empty() { String::new() } else { format!(" ({})", own.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::tests::fixture;

    #[test]
    fn groups_are_told_beside_the_value_of_all() {
        let mut hyper = fixture::healthy().hyper.swap_remove(0);
        assert_eq!((with_groups(&hyper).as_str(), of_groups(&hyper).as_str()), ("0.001", ""));
        let group = |group: &str, value| GroupNow { group: group.to_owned(), value };
        hyper.groups = vec![group("kind: bias", 0.0), group("kind: weight, layer: 1", 0.25)];
        assert_eq!(with_groups(&hyper), "0.001 (0 for kind bias; 0.25 for kind weight, layer 1)");
    }
}
