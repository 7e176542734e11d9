//! The nearest of the names that are there: for a slip of the fingers, and for a name whose words were cut short, written out
//! or left out.

use super::length;

/// The nearest of the names, if a slip of the fingers explains the difference, or if it is short for the name: `val_acc` for
/// `val_accuracy`, `bce` for `binary_cross_entropy`.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer ones are no slip of the fingers, and comparing them takes time that grows with the square.
    if wrong.len() > length::NAME {
        return None;
    }
    let folded = wrong.to_lowercase().replace(['-', ' '], "_");
    let names: Vec<&str> = names.into_iter().filter(|name| name.len() <= length::NAME).collect();
    let slip = names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&folded, &name.to_lowercase()), *name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| {
            let longer = name.chars().count().max(folded.chars().count());
            *distance * 3 <= longer || (*distance == 1 && longer > 1)
        });
    match slip {
        Some((0 | 1, name)) => Some(name),
        // Of two slips and more a name that is cut short is the likelier one.
        _ => short_for(&folded, &names).or(slip.map(|(_, name)| name)),
    }
}

/// How a name is meant by a shorter or a longer one; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Short {
    /// Each word for the beginning of its word, or the other way round: `val_acc`, `validation_loss`.
    Words,
    /// The beginning of the name: `cross`.
    Beginning,
    /// The first letters of its words: `bce`.
    Letters,
    /// Its last words alone: `accuracy`.
    End,
}

/// The shortest of the names that are meant in the surest way; none where one that is left out could be any of several.
fn short_for<'a>(wrong: &str, names: &[&'a str]) -> Option<&'a str> {
    let meant = |name: &'a str| Some((way(wrong, &name.to_lowercase().replace('-', "_"))?, name.len(), name));
    let mut all: Vec<_> = names.iter().filter_map(|name| meant(name)).collect();
    all.sort_unstable();
    all.dedup();
    match all.as_slice() {
        [(Short::End, ..), (_, _, _), ..] | [] => None,
        [(_, _, name), ..] => Some(name),
    }
}

fn way(wrong: &str, name: &str) -> Option<Short> {
    /// The least letters that are taken for the beginning of something.
    const LEAST: usize = 3;
    let words = |text: &'_ str| text.split(['_', '.']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let (own, given): (Vec<String>, Vec<String>) = (words(name), words(wrong));
    let begin = |wrong: &[String], own: &[String]| wrong.iter().zip(own).all(|(wrong, own)| own.starts_with(wrong));
    let enough = given.iter().map(String::len).sum::<usize>() >= LEAST;
    if given.len() == own.len() {
        let same = given.iter().zip(&own).any(|(wrong, own)| wrong == own);
        let either = |wrong: &String, own: &String| {
            own.starts_with(wrong) || own.len() >= LEAST && wrong.starts_with(own.as_str())
        };
        let either = given.len() > 1 && same && given.iter().zip(&own).all(|(wrong, own)| either(wrong, own));
        if enough && (begin(&given, &own) || either) {
            return Some(Short::Words);
        }
    }
    if enough && name.starts_with(wrong) {
        return Some(Short::Beginning);
    }
    let letters: String = own.iter().filter_map(|word| word.chars().next()).collect();
    if own.len() > 1 && letters == wrong {
        return Some(Short::Letters);
    }
    let last = own.len().checked_sub(given.len()).filter(|left| *left > 0)?;
    (enough && begin(&given, &own[last..])).then_some(Short::End)
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

    #[test]
    fn a_name_that_is_cut_short_or_written_out_is_known() {
        const RANKS: [&str; 4] = ["loss", "val_loss", "val_accuracy", "train_loss"];
        for (wrong, meant) in [
            ("val_acc", "val_accuracy"),
            ("validation_accuracy", "val_accuracy"),
            ("validation_loss", "val_loss"),
            ("training_loss", "train_loss"),
            ("acc", "val_accuracy"),
            ("Accuracy", "val_accuracy"),
            ("tr_loss", "train_loss"),
        ] {
            assert_eq!(nearest(wrong, RANKS), Some(meant), "{wrong}");
        }
        let losses = ["mse", "binary_cross_entropy", "cross_entropy", "huber"];
        assert_eq!(nearest("bce", losses), Some("binary_cross_entropy"));
        assert_eq!(nearest("ce", losses), Some("cross_entropy"));
        assert_eq!(nearest("cross", losses), Some("cross_entropy"));
        assert_eq!(nearest("train.bat", ["training.batch", "data.batch"]), Some("training.batch"));
        assert_eq!(nearest("optim", ["data", "optimizer"]), Some("optimizer"));
        assert_eq!(nearest("13-adam", ["13-adam-on-digits", "04-mini-batch"]), Some("13-adam-on-digits"));
        assert_eq!(nearest("mom", ["momentum_corrected", "momentum"]), Some("momentum"));
    }

    #[test]
    fn what_could_be_short_for_several_or_for_anything_is_not_guessed() {
        assert_eq!(nearest("entropy", ["binary_cross_entropy", "cross_entropy"]), None);
        assert_eq!(nearest("v", ["val_loss", "velocity"]), None);
        assert_eq!(nearest("a", ["adam", "val_accuracy"]), None);
        assert_eq!(nearest("", ["adam", "val_accuracy"]), None);
        assert_eq!(nearest("lossy_thing", ["loss"]), None);
    }

    #[test]
    fn a_slip_of_one_letter_goes_before_a_name_that_is_cut_short() {
        assert_eq!(nearest("adam_", ["adamax", "adam"]), Some("adam"));
        assert_eq!(nearest("bet", ["beta1", "better", "beta"]), Some("beta"));
    }
}
