//! The nearest of the names that are there, for a slip of the fingers.

use super::length;

/// The nearest of the names, if a slip of the fingers explains the difference.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer ones are no slip of the fingers, and comparing them takes time that grows with the square.
    if wrong.len() > length::NAME {
        return None;
    }
    let folded = wrong.to_lowercase().replace(['-', ' '], "_");
    names
        .into_iter()
        .filter(|name| name.len() <= length::NAME)
        .map(|name| (strsim::damerau_levenshtein(&folded, &name.to_lowercase()), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| {
            let longer = name.chars().count().max(folded.chars().count());
            *distance * 3 <= longer || (*distance == 1 && longer > 1)
        })
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_name_is_not_offered() {
        assert_eq!(nearest("banana", ["sgd", "adam"]), None);
        assert_eq!(nearest("momentun", ["momentum", "adam"]), Some("momentum"));
        assert_eq!(nearest("cross-entropy", ["cross_entropy"]), Some("cross_entropy"));
    }
}
