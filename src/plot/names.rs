//! What runs that lie over each other are called: by what they were made with that others were not, as the Runs pane tells it;
//! racers by their names. Runs that differ in the seed alone are one.

use super::run::Run;

/// Runs that are drawn as one: they differ in the seed alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What it is called; empty if there is no other.
    pub name: String,
    /// Its runs, by their places.
    pub runs: Vec<usize>,
}

/// The most that is told of a run.
const MOST: usize = 3;

/// The groups, in the order of their first runs.
pub fn groups(runs: &[Run]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let of = |group: &&mut Group| {
            group.runs.iter().all(|other| is_same(run, &runs[*other]) && run.made.seed != runs[*other].made.seed)
        };
        match groups.iter_mut().find(of) {
            Some(group) => group.runs.push(at),
            None => groups.push(Group { name: String::new(), runs: vec![at] }),
        }
    }
    if groups.len() > 1 {
        let firsts: Vec<&Run> = groups.iter().map(|group| &runs[group.runs[0]]).collect();
        let mut names: Vec<String> = firsts.iter().map(|run| named(run, &firsts)).collect();
        for at in 0..names.len() {
            if names[at].is_empty() || names.iter().filter(|name| **name == names[at]).count() > 1 {
                let folder = firsts[at].called();
                names[at] = if names[at].is_empty() { folder } else { format!("{} ({folder})", names[at]) };
            }
        }
        groups.iter_mut().zip(names).for_each(|(group, name)| group.name = name);
    }
    groups
}

/// Two runs differ in nothing but perhaps the seed.
fn is_same(a: &Run, b: &Run) -> bool {
    a.racer == b.racer && differences(a, b).is_empty() && differences(b, a).is_empty()
}

/// What a run was made with and another one was not, each in a word or two.
fn differences(run: &Run, other: &Run) -> Vec<String> {
    let (ours, theirs) = (&run.made.settings, &other.made.settings);
    let mut told = ours.differ_from(theirs);
    let edited = |(name, digest): &&(String, u64)| {
        theirs.scripts.iter().any(|(other, theirs)| other == name && theirs != digest)
    };
    let scripts = ours.scripts.iter().filter(edited);
    told.extend(scripts.map(|(name, _)| format!("{} of {}", name.rsplit('/').next().unwrap_or(name), run.asked)));
    told
}

fn named(run: &Run, all: &[&Run]) -> String {
    let others = || all.iter().copied().filter(|other| !std::ptr::eq(*other, run));
    // A name of a race is enough where no other run has it.
    if !run.racer.is_empty() && others().all(|other| other.racer != run.racer) {
        return run.racer.clone();
    }
    let alike = || others().filter(|other| other.racer == run.racer);
    let mut told: Vec<String> = Vec::new();
    for words in alike().flat_map(|other| differences(run, other)) {
        if !told.contains(&words) {
            told.push(words);
        }
    }
    // Runs of unlike labs differ in too much: the lab's title tells it, and what differs between those of the same lab.
    if told.len() > MOST && !run.made.title.is_empty() {
        let of_lab = alike().filter(|other| other.made.title == run.made.title);
        let mut within: Vec<String> = Vec::new();
        for words in of_lab.flat_map(|other| differences(run, other)) {
            if !within.contains(&words) {
                within.push(words);
            }
        }
        if within.len() < told.len() {
            within.insert(0, run.made.title.clone());
            told = within;
        }
    }
    let more = told.len().saturating_sub(MOST);
    told.truncate(MOST);
    told.extend((more > 0).then(|| format!("{more} more")));
    if !run.racer.is_empty() {
        told.insert(0, run.racer.clone());
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::run::Made;
    use crate::snapshot::Settings;

    fn run(asked: &str, racer: &str, seed: u64, values: &[(&str, &str)]) -> Run {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let settings = Settings { values, ..Settings::default() };
        let made = Made { title: format!("The lab of {asked}"), settings, seed };
        Run { asked: asked.into(), racer: racer.into(), made, ..Run::default() }
    }

    fn told(runs: &[Run]) -> Vec<(String, Vec<usize>)> {
        groups(runs).into_iter().map(|group| (group.name, group.runs)).collect()
    }

    #[test]
    fn runs_are_called_by_what_differs_between_them() {
        let lab = |batch, rule, lr| [("training.batch", batch), ("optimizer.rule", rule), ("optimizer.lr", lr)];
        let a = run("a", "", 7, &lab("32", "adam", "0.1"));
        let b = run("b", "", 7, &lab("1", "adam", "0.1"));
        let c = run("c", "", 7, &lab("1", "adam", "0.3"));
        assert_eq!(told(std::slice::from_ref(&a)), [(String::new(), vec![0])]);
        assert_eq!(told(&[a.clone(), b.clone()]), [("batch 32".into(), vec![0]), ("batch 1".into(), vec![1])]);
        let three = [
            ("batch 32, lr 0.1".into(), vec![0]),
            ("batch 1, lr 0.1".into(), vec![1]),
            ("batch 1, lr 0.3".into(), vec![2]),
        ];
        assert_eq!(told(&[a.clone(), b.clone(), c]), three);
        // Of another lab the title is told, and what differs within the lab.
        let unlike = [("data.source", "rings"), ("data.noise", "2"), ("loss", "mse"), ("training.batch", "8")];
        let other = Run { made: Made { title: "Rings".into(), ..run("d", "", 7, &unlike).made }, ..Run::default() };
        let (mut a1, mut b1) = (a.clone(), b.clone());
        (a1.made.title, b1.made.title) = ("Digits".into(), "Digits".into());
        let names: Vec<String> = groups(&[a1, b1, other]).into_iter().map(|group| group.name).collect();
        assert_eq!(names, ["Digits, batch 32", "Digits, batch 1", "Rings"]);
        // Nothing differs: the folder is what tells them apart.
        let again = Run { asked: "again".into(), ..a.clone() };
        assert_eq!(told(&[a, again]), [("a".into(), vec![0]), ("again".into(), vec![1])]);
    }

    #[test]
    fn runs_that_differ_in_the_seed_alone_are_one_and_racers_have_their_names() {
        let lab = |rule| [("optimizer.rule", rule)];
        let of = |folder, racer, seed| run(folder, racer, seed, &lab(racer));
        let race = [of("a", "adam", 7), of("a", "sgd", 7), of("b", "adam", 8), of("b", "sgd", 8)];
        assert_eq!(told(&race), [("adam".into(), vec![0, 2]), ("sgd".into(), vec![1, 3])]);
        let with_another = [
            of("a", "adam", 7),
            of("a", "sgd", 7),
            run("c", "sgd", 7, &[("optimizer.rule", "sgd"), ("training.batch", "8")]),
        ];
        assert_eq!(told(&with_another)[1..], [("sgd, no batch".into(), vec![1]), ("sgd, batch 8".into(), vec![2])]);
    }
}
