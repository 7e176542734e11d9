//! Students who handed in more than once: the later one counts, by what each says of when it was packed. Who a student is, the
//! platform says where there is one; only else is he believed who he says he is.

use std::collections::BTreeMap;

use super::report::Twice;
use crate::course::hand_in::HandIn;

/// The submissions that count, in order, and those that do not.
pub(super) fn sort_out(read: Vec<HandIn>) -> (Vec<HandIn>, Vec<Twice>) {
    let mut by_student: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, one) in read.iter().enumerate() {
        let who = match &one.platform {
            Some(platform) => format!("participant {}", platform.participant),
            None if one.student.trim().is_empty() => continue,
            None => format!("student {}", one.student.trim()),
        };
        by_student.entry(who).or_default().push(at);
    }
    let mut twice = Vec::new();
    let mut left_out = Vec::new();
    for several in by_student.into_values().filter(|several| several.len() > 1) {
        let when = |at: &usize| read[*at].paper.as_ref().map(|paper| paper.submitted.clone());
        // One that cannot be read never takes the place of one that can.
        let Some(last) = several.iter().copied().max_by_key(|at| (read[*at].refused.is_none(), when(at), *at)) else {
            continue;
        };
        let name = |at: usize| read[at].folder.clone();
        let student = match &read[last].platform {
            Some(platform) => platform.name.clone(),
            None => read[last].student.clone(),
        };
        let others: Vec<usize> = several.into_iter().filter(|at| *at != last).collect();
        twice.push(Twice { student, counts: name(last), others: others.iter().map(|at| name(*at)).collect() });
        left_out.extend(others);
    }
    let counting = read.into_iter().enumerate().filter(|(at, _)| !left_out.contains(at)).map(|(_, one)| one).collect();
    twice.sort_by(|a, b| a.counts.cmp(&b.counts));
    (counting, twice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::hand_in::{Paper, Platform};

    fn one(folder: &str, student: &str, submitted: &str, participant: &str) -> HandIn {
        HandIn {
            folder: folder.into(),
            student: student.into(),
            platform: (!participant.is_empty())
                .then(|| Platform { name: folder.into(), participant: participant.into() }),
            paper: Some(Paper { submitted: submitted.into(), ..Paper::default() }),
            ..HandIn::default()
        }
    }

    fn counting(read: Vec<HandIn>) -> (Vec<String>, usize) {
        let (counting, twice) = sort_out(read);
        (counting.into_iter().map(|one| one.folder).collect(), twice.len())
    }

    #[test]
    fn the_later_one_counts_and_nobody_takes_the_place_of_another_participant() {
        let two = vec![one("a", "ana", "2026-11-28T10:00:00Z", ""), one("b", "ana", "2026-11-27T10:00:00Z", "")];
        assert_eq!(counting(two), (vec!["a".to_owned()], 1));
        // Without names nobody is the same as anybody.
        assert_eq!(counting(vec![one("a", "", "1", ""), one("b", "", "2", "")]).1, 0);
        // Bob's later hand-in under Ana's name does not go before hers.
        let moodle = vec![one("Ana_1", "ana", "1", "1"), one("Bob_2", "ana", "2", "2")];
        assert_eq!(counting(moodle), (vec!["Ana_1".to_owned(), "Bob_2".to_owned()], 0));
        let broken = HandIn { refused: Some("no zip".into()), ..one("b", "ana", "9", "1") };
        assert_eq!(counting(vec![one("a", "ana", "1", "1"), broken]).0, ["a"]);
    }
}
