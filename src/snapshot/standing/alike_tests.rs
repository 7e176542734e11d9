//! What is said of where curves separate, and of runs that stand alike.

use crate::snapshot::standing_fixture::standing;

#[test]
fn curves_of_runs_that_are_all_alike_do_not_separate_but_in_their_last_bits() {
    let mut race = standing(&[(0, 1, Some(2)), (0, 2, Some(2)), (1, 2, None)]);
    race.equal_steps.scores = vec![Some(0.122_201), Some(0.122_202), Some(0.122_2)];
    let said = "not the same to the last bit from step 2 on";
    assert_eq!((race.separations().as_str(), race.first_separation().as_str()), (said, said));
    // As often right, by other losses.
    race.runs[1].loss = Some(0.6);
    assert_eq!(race.separations(), "curves separate at step 2 into adam | sgd, lion");
    race.runs[1].loss = race.runs[0].loss;
    race.equal_steps.scores[1] = Some(0.2);
    assert_eq!(race.separations(), "curves separate at step 2 into adam | sgd, lion");
    // One that has left all numbers is like none that has not.
    race.equal_steps.scores[1] = race.equal_steps.scores[0];
    race.runs[1].loss = Some(f64::INFINITY);
    assert_eq!(race.separations(), "curves separate at step 2 into adam | sgd, lion");
    race.partings.iter_mut().for_each(|parting| parting.step = None);
    race.equal_steps.scores = vec![Some(0.5); 3];
    assert_eq!(race.first_separation(), "no two curves differ so far");
}

#[test]
fn groups_fall_apart_where_curves_separate() {
    let told = |partings: &[_]| standing(partings).separations();
    assert_eq!(told(&[(0, 1, Some(2)), (0, 2, Some(2)), (1, 2, Some(2))]), "curves separate at step 2");
    assert_eq!(
        told(&[(0, 1, Some(2)), (0, 2, Some(1)), (1, 2, Some(1))]),
        "curves separate at step 1 into adam, sgd | lion, at step 2 into adam | sgd | lion"
    );
    assert_eq!(
        told(&[(0, 1, None), (0, 2, Some(4)), (1, 2, Some(4))]),
        "curves separate at step 4 into adam, sgd | lion"
    );
}

/// A loss is taken before the update of its step, a height after it.
#[test]
fn curves_are_never_told_alike_beside_numbers_that_differ() {
    let mut race = standing(&[(0, 1, None), (0, 2, None), (1, 2, None)]);
    assert_eq!((race.separations().as_str(), race.leaders()), ("curves separate after step 100", vec!["lion"]));
    race.equal_steps.scores = vec![Some(0.5), None, Some(0.5)];
    assert_eq!((race.separations().as_str(), race.leaders()), ("no two curves differ up to step 100", Vec::new()));
    race.equal_steps.scores = vec![None; 3];
    assert_eq!(race.separations(), "no two curves differ up to step 100");
}
