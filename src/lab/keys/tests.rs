//! The table agrees with itself.

use super::*;

/// The row of the section that a key stands in: that of `network[].dense` is `network`.
fn parent(key: &Key) -> Option<&'static Key> {
    let path = key.section().trim_end_matches("[]");
    KEYS.iter().find(|other| other.path == path)
}

#[test]
fn every_key_stands_once_and_behind_its_section() {
    let at = |path: &str| KEYS.iter().position(|key| key.path == path);
    for (place, key) in KEYS.iter().enumerate() {
        assert_eq!(at(key.path), Some(place), "{} is there twice", key.path);
        assert!(!key.help.is_empty() && !key.help.ends_with('.'), "{}: {}", key.path, key.help);
        if !key.section().is_empty() {
            let parent = parent(key).unwrap_or_else(|| panic!("{} has no section", key.path));
            assert!(at(parent.path) < Some(place), "{} stands before its section", key.path);
        }
    }
}

#[test]
fn a_key_is_of_the_labs_of_its_section_and_is_edited_and_raced_as_it() {
    for key in KEYS {
        let Some(parent) = parent(key) else { continue };
        assert!(key.labs.iter().all(|kind| parent.is_of(*kind)), "{}", key.path);
        if parent.edit != Edit::ByKey {
            assert_eq!(key.edit, parent.edit, "an edit of {}", key.path);
        }
        let inside = if parent.race == Race::Merged { Race::Replaced } else { parent.race };
        assert_eq!(key.race, inside, "a racer's {}", key.path);
    }
}

#[test]
fn a_default_is_of_the_kind_and_in_the_range_of_its_value() {
    for key in KEYS {
        let fits = match (key.default, key.value) {
            (Default::Required | Default::Nothing | Default::Told(_), _)
            | (Default::Flag(_), Value::Flag)
            | (Default::Word(_), Value::Told(_)) => true,
            (Default::Whole(value), Value::WholeIn(least, most)) => (least..=most).contains(&value),
            (Default::Whole(value), Value::Whole(least) | Value::WholeOr(least, _)) => value >= least,
            (Default::Number(value), Value::Number(interval)) => interval.contains(value),
            (Default::Word(word), Value::Word(words)) => words.contains(&word),
            (Default::Word(word), Value::WholeOr(_, other) | Value::NumberOr(_, other)) => word == other,
            _ => false,
        };
        assert!(fits, "{}: {:?} of {:?}", key.path, key.default, key.value);
    }
}

#[test]
fn a_key_beside_another_and_one_of_several_have_company() {
    for key in KEYS {
        if key.one_of.is_some() {
            assert!(key.rivals().count() > 0, "{} excludes nothing", key.path);
        }
        if let Some(other) = key.beside {
            assert!(inside(key.section()).any(|key| key.name() == other), "{} stands beside nothing", key.path);
        }
    }
}

#[test]
fn a_path_of_a_user_leads_to_its_key() {
    let found = |path: &str| find(path).map(|key| key.path);
    for path in ["network[].dense.units", "network[3].dense.units", "network.3.dense.units"] {
        assert_eq!(found(path), Some("network[].dense.units"), "{path}");
    }
    assert_eq!(found("optimizer.rule"), Some("optimizer.rule"));
    assert_eq!(found("optimizer.lr"), Some("optimizer.HYPER"));
    assert_eq!(found("compare.sgd"), Some("compare.NAME"));
    assert_eq!(found("compare.sgd.training.batch"), Some("training.batch"));
    assert_eq!(found("network[0]"), Some("network"));
    assert_eq!(found("network[3].relu"), Some("network[].NAME"));
    for path in ["", "training.bach", "trainin", "training.batch.x", "title.x"] {
        assert_eq!(found(path), None, "{path}");
    }
}

#[test]
fn ranges_and_defaults_are_told_in_words() {
    let told = |path: &str| {
        let key = find(path).unwrap();
        [key.value.to_string(), key.default_text()]
    };
    assert_eq!(told("training.batch"), ["a whole number of at least 1, or `full`", "`32`"]);
    assert_eq!(told("training.steps"), ["a whole number of at least 1", "`200` in a landscape lab"]);
    assert_eq!(told("training.epochs"), ["a whole number of at least 1", "`20`"]);
    assert_eq!(told("training.clip_norm"), ["a number greater than 0", "none"]);
    assert_eq!(told("training.rest"), ["`keep` or `drop`", "`keep`"]);
    assert_eq!(told("network[].layer_norm.eps"), ["a number in [1e-12, 1]", "`1e-5`"]);
    assert_eq!(told("watch.speed"), ["a number greater than 0, or `max`", "`max`"]);
    assert_eq!(told("data.target")[1], "must be given beside `csv`");
    assert_eq!(told("series.csv")[1], "exactly one of it and `source`, `script`, `values` must be given");
}
