//! How classes are told in a message: by their names, as far as they fit into a sentence.

/// The most names that are listed.
const LISTED: usize = 5;

/// The most characters of a name.
const SHOWN: usize = 30;

/// `` (`setosa`, `versicolor`, `virginica`) `` after a space, with "and 7 more" where there are many; nothing where the names
/// are only the classes' own numbers, which the count tells.
pub fn in_brackets(names: &[String]) -> String {
    if names.iter().enumerate().all(|(class, name)| *name == class.to_string()) {
        return String::new();
    }
    let listed: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{}`", shortened(name))).collect();
    let more = if names.len() > LISTED { format!(" and {} more", names.len() - LISTED) } else { String::new() };
    format!(" ({}{more})", listed.join(", "))
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&str]) -> String {
        in_brackets(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn classes_are_told_by_name_as_far_as_they_fit() {
        assert_eq!(told(&["setosa", "versicolor"]), " (`setosa`, `versicolor`)");
        assert_eq!(told(&["a", "b", "c", "d", "e", "f", "g"]), " (`a`, `b`, `c`, `d`, `e` and 2 more)");
        assert_eq!(told(&[&"é".repeat(31)]), format!(" (`{}...`)", "é".repeat(30)));
        assert_eq!(told(&["0", "1", "2"]), "");
    }
}
