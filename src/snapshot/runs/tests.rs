//! Two runs told apart by what they were made with, what was set in words, and curves that are kept.

use super::*;

fn row(values: &[(&str, &str)], set: &[&str]) -> RunRow {
    let settings = Settings {
        set: set.iter().map(|set| (*set).to_owned()).collect(),
        values: values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        scripts: Vec::new(),
    };
    RunRow {
        id: 16,
        number: 1,
        name: String::new(),
        settings: Arc::new(settings),
        seed: 7,
        turned: Vec::new(),
        status: "finished",
        step: 46,
        steps_total: 460,
        steps_per_epoch: 23,
        seconds: 0.5,
        loss: Some(0.4),
        val_loss: None,
        val_accuracy: None,
    }
}

#[test]
fn two_runs_are_told_apart_by_what_they_were_made_with() {
    let lab = |batch, rule, rest: &[(&'static str, &'static str)]| {
        let mut values = vec![("seed", "7"), ("training.batch", batch), ("optimizer.rule", rule)];
        values.extend_from_slice(rest);
        row(&values, &[])
    };
    let (a, b) = (lab("32", "adam", &[("optimizer.lr", "0.1")]), lab("1", "adam", &[("optimizer.lr", "0.1")]));
    assert_eq!((a.differs_from(&b), b.differs_from(&a)), (vec!["batch 32".into()], vec!["batch 1".into()]));
    let c = lab("32", "sgd", &[("optimizer.lr", "0.5"), ("training.clip_norm", "1")]);
    assert_eq!((a.differs_from(&c)[0].as_str(), c.differs_from(&a)[0].as_str()), ("adam", "sgd"));
    assert_eq!(a.differs_from(&c)[1], "no clip_norm");
    let other = RunRow { seed: 8, turned: vec!["lr = 1 @3".into()], ..a.clone() };
    assert_eq!(other.differs_from(&a), ["seed 8", "lr = 1 @3"]);
    assert_eq!(a.differs_from(&a), Vec::<String>::new());
}

#[test]
fn items_of_a_list_are_told_by_their_places() {
    let exponential = |at: usize| (format!("averages[{at}].beta"), "0.98".to_owned());
    let settings = |values| Settings { values, ..Settings::default() };
    let two = settings(vec![exponential(0), (String::from("averages[0].corrected"), "true".into()), exponential(1)]);
    let one = settings(vec![(String::from("averages[0].simple"), "5".into())]);
    assert_eq!(one.differ_from(&two), ["averages[0] simple 5", "no averages[1]"]);
    assert_eq!(two.differ_from(&one), ["averages[0] beta 0.98", "averages[0] corrected true", "averages[1] beta 0.98"]);
    let plain = settings(vec![exponential(0), exponential(1)]);
    assert_eq!(plain.differ_from(&two), ["no averages[0] corrected"]);
}

#[test]
fn a_racer_that_is_not_there_is_told_by_its_name_and_one_key_that_it_lacks_with_it() {
    let settings = |keys: &[&str]| Settings {
        values: keys.iter().map(|key| ((*key).to_owned(), "8".to_owned())).collect(),
        ..Settings::default()
    };
    let both = settings(&["compare.small.training.batch", "compare.small.training.epochs", "compare.sgd.optimizer.lr"]);
    let without = settings(&["compare.sgd.optimizer.lr"]);
    assert_eq!(without.differ_from(&both), ["no small"]);
    assert_eq!(both.differ_from(&without), ["small batch 8", "small epochs 8"]);
    let fewer = settings(&["compare.small.training.batch", "compare.sgd.optimizer.lr"]);
    assert_eq!(fewer.differ_from(&both), ["no small epochs"]);
}

#[test]
fn what_was_set_is_told_in_a_word_or_two() {
    let values = [("seed", "7"), ("training.batch", "1")];
    assert_eq!(row(&values, &["training.batch=1", "optimizer.rule=sgd"]).set(), ["batch 1", "sgd"]);
    assert_eq!(row(&values, &[]).set(), Vec::<String>::new());
    assert_eq!(RunRow { seed: 8, ..row(&values, &[]) }.set(), ["seed 8"]);
    assert_eq!(row(&values, &["seed=7"]).set(), ["seed 7"]);
    // A racer is told by what it has of its own, in the words in which two runs differ.
    let racer = [("compare.small.training.batch", "8"), ("compare.sgd.optimizer.lr", "30")];
    let set = row(&racer, &["compare.small={training: {batch: 8}}", "compare.sgd.optimizer.lr=30"]).set();
    assert_eq!(set, ["small batch 8", "sgd lr 30"]);
    // Of another mapping what was typed is told, and not what else is in it by default.
    let series = [("series.source", "impulse"), ("series.samples", "80"), ("series.at", "20")];
    assert_eq!(row(&series, &["series={source: impulse}"]).set(), ["impulse"]);
    let spoken = |argument: &str| row(&series, &[]).settings.spoken_of(&[argument.to_owned()]).values.len();
    assert_eq!(["series={source: impulse}", "series.at=20", "series=x.csv", "seed=1"].map(spoken), [1, 1, 3, 0]);
    let layers = [("network[0].dense.units", "9"), ("network[1]", "tanh"), ("compare.slow.optimizer.lr", "0.1")];
    let told = layers.map(|(key, value)| setting(key, value));
    assert_eq!(told, ["network[0] units 9", "network[1] tanh", "slow lr 0.1"]);
    assert_eq!(setting("optimizer.groups[0].lr", "0.1"), "optimizer.groups[0] lr 0.1");
}

#[test]
fn a_run_of_a_race_is_told_by_what_it_has_of_its_own_and_by_nothing_of_the_others() {
    let values = [
        ("training.batch", "32"),
        ("optimizer.rule", "course/bug_1.rhai"),
        ("compare.all.training.batch", "400"),
        ("compare.bruno.optimizer.rule", "course/bug_2.rhai"),
        ("compare.all.penalty.l2", "0.1"),
    ];
    let race = |name: &str| RunRow { name: name.into(), ..row(&values, &["compare.all.training.batch=400"]) };
    let (own, all, bruno) = (race("ana"), race("all"), race("bruno"));
    assert_eq!((own.set(), all.set(), bruno.set()), (Vec::<String>::new(), vec!["batch 400".into()], Vec::new()));
    assert_eq!(
        (own.differs_from(&all), all.differs_from(&own)[0].as_str()),
        (vec!["batch 32".to_owned(), "no l2".into()], "batch 400",)
    );
    assert_eq!((own.has_penalty(), all.has_penalty()), (false, true));
    // What is set for all runs is none of one that has its own.
    let general = |name: &str| RunRow { name: name.into(), ..row(&values, &["training.batch=64"]) };
    assert_eq!((general("ana").set(), general("all").set()), (vec!["batch 64".to_owned()], Vec::new()));
    // A script that was edited is told of the runs that are made with it.
    let edited = |name: &str, digest: u64| {
        let mut run = race(name);
        let scripts = vec![("course/bug_1.rhai".into(), digest), ("course/log.rhai".into(), 1)];
        run.settings = Arc::new(Settings { scripts, ..(*run.settings).clone() });
        run
    };
    assert_eq!(edited("ana", 2).differs_from(&edited("ana", 1)), ["bug_1.rhai edited"]);
    assert_eq!(edited("bruno", 2).differs_from(&edited("bruno", 1)), Vec::<String>::new());
}

#[test]
fn a_curve_that_is_kept_is_thinned_and_keeps_its_spikes_and_its_length() {
    let mut buckets: Vec<Bucket> = (0..1000).map(|i| Bucket::of(f64::from(i))).collect();
    buckets[777] = Bucket::of(1e6);
    let kept = PastRun::new(row(&[], &[]), Line { buckets, width: 2 }).curve;
    assert!(kept.buckets.len() <= PastRun::BUCKETS && kept.buckets.len() as u64 * kept.width >= 2000);
    assert!(kept.buckets.iter().any(|bucket| bucket.max == 1e6));
    assert_eq!(kept.buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 1000);
}

#[test]
fn rates_are_of_training_alone_and_none_without_any() {
    let run = row(&[], &[]);
    assert_eq!((run.rate(), run.epochs()), (Some(92.0), 2.0));
    assert_eq!(RunRow { step: 0, seconds: 0.0, ..run }.rate(), None);
}
