//! What is told of a rule's values, at steps that were watched and at others.

use super::*;

/// One value of a parameter of one element.
fn watching() -> Stats {
    Stats {
        names: vec!["v".into()],
        shapes: vec![("W1".into(), vec![1])],
        sums: vec![vec![Sums::default()]],
        trends: vec![vec![Series::new(TREND)]],
        other_shapes: vec![vec![None]],
        maps: vec![(Grid { rows: 1, columns: 1, cells: vec![0.0] }, vec![0])],
        edges: vec![0, 1],
        focus: 0,
        step: 0,
        averages: None,
    }
}

fn watch(stats: &mut Stats, step: u64, values: &[(&str, f64)]) {
    let names: Vec<String> = values.iter().map(|(name, _)| (*name).to_owned()).collect();
    RuleWatch::<f64>::begin(stats, &names);
    values.iter().enumerate().for_each(|(at, (_, value))| stats.block(at, 0, 0, &[*value]));
    stats.end(step);
}

/// As in `rprop`, which makes its `step` out of the one that it keeps.
#[test]
fn a_kept_value_is_told_from_one_of_its_name_that_is_made() {
    let mut stats = watching();
    watch(&mut stats, 1, &[("last", 1.0), ("step", 2.0), ("same", 3.0), ("step", 4.0)]);
    let told: Vec<String> = (0..4).map(|value| stats.told(value, 2)).collect();
    assert_eq!(told, ["last", "state.step", "same", "step"]);
}

#[test]
fn a_trend_says_nothing_of_steps_that_were_not_watched() {
    let mut stats = watching();
    watch(&mut stats, 1, &[("v", 3.0)]);
    watch(&mut stats, 5, &[("v", 7.0)]);
    let told: Vec<_> = stats.trends[0][0].buckets().iter().map(|b| (!b.is_absent()).then_some(b.last)).collect();
    assert_eq!(told, [Some(3.0), None, None, None, Some(7.0)]);
    // One that has a name from a later step on stands at its own steps.
    watch(&mut stats, 7, &[("v", 8.0), ("v_hat", 9.0)]);
    let told: Vec<_> = stats.trends[0][1].buckets().iter().map(|b| (!b.is_absent()).then_some(b.last)).collect();
    assert_eq!(told, [None, None, None, None, None, None, Some(9.0)]);
    assert_eq!(stats.trends[0][0].buckets().len(), 7);
}

#[test]
fn the_rms_is_right_where_squares_leave_the_range() {
    fn check<F: Real>(sizes: &[f64]) {
        for size in sizes {
            let values: Vec<F> = (0..100).map(|i| F::from_f64(if i % 2 == 0 { 3.0 } else { -4.0 } * size)).collect();
            let mut sums = Sums::default();
            values.chunks(30).for_each(|block| sums.add(block));
            let expected = 12.5_f64.sqrt() * size;
            assert!((sums.rms() / expected - 1.0).abs() < 1e-6, "{:e} for {expected:e}", sums.rms());
        }
    }
    check::<f32>(&[1e-38, 1e-30, 1e-19, 1.0, 1e19, 5e37]);
    check::<f64>(&[1e-300, 1e-200, 1e-150, 1.0, 1e150, 1e160, 1e300]);
    let mut sums = Sums::default();
    sums.add(&[0.0_f64; 9]);
    sums.add(&[3e-200]);
    assert!((sums.rms() / (3e-200 / 10.0_f64.sqrt()) - 1.0).abs() < 1e-12);
    sums.add(&[4.0]);
    assert!((sums.rms() - 4.0 / 11.0_f64.sqrt()).abs() < 1e-15);
    sums.add(&[f64::NAN]);
    assert!(sums.rms().is_nan());
}
