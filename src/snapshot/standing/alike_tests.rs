//! What is said of the curves of runs that stand alike.

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
