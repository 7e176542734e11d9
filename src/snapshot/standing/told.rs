//! What is said of a race where it stands, in the same words and digits on the screen and on the command line.

use super::{Ranking, Runner, Standing, TimeRanking};
use crate::snapshot::{Rank, Status, figures};

/// What some hundred steps of sums in `f32` may leave between two runs that do the same in another order, as a share.
const ROUNDING: f64 = 1e-5;

/// How a line tells an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Names with a sign between two of them: `lion < adam = sgd`. Runs without a score are left out.
    Names,
    /// Names with the numbers that rank them: `lion 0.2500, adam 0.5000, sgd -`.
    Scores,
}

impl Rank {
    /// A number by which runs are ranked: a loss with four digits, a share in percent.
    pub fn told(self, score: Option<f64>) -> String {
        match score {
            None => "-".to_owned(),
            Some(share) if self == Self::ValAccuracy => format!("{:.1} %", 100.0 * share),
            Some(loss) => figures::number(loss),
        }
    }

    /// Two numbers by which nobody is ahead: they are told alike, or differ by no more than rounding leaves in a run of `f32`.
    pub fn are_alike(self, one: Option<f64>, other: Option<f64>) -> bool {
        let (Some(a), Some(b)) = (one, other) else { return false };
        self.told(one) == self.told(other) || (a - b).abs() / a.abs().max(b.abs()) <= ROUNDING
    }

    /// The number in a sentence and above a column: `smooth loss`, `val loss`; on a landscape nothing is smoothed: `height`.
    pub fn named_in_full(self, on_landscape: bool) -> &'static str {
        match self {
            Self::Loss if on_landscape => "height",
            Self::Loss => "smooth loss",
            _ => self.label(),
        }
    }
}

impl Runner {
    /// The time that its steps take, or a dash where it was not measured.
    pub fn time(&self) -> String {
        self.seconds.map_or_else(|| "-".to_owned(), figures::duration)
    }
}

/// So many steps, samples or epochs.
fn amount(what: &str, at: f64) -> String {
    if what == "epochs" { figures::filled_to(at, 3) } else { format!("{at}") }
}

impl Standing {
    /// How far all are in a ranking, with its unit: `287 steps`, `1 epoch`.
    pub fn so_far(what: &str, ranking: &Ranking) -> String {
        let unit = if ranking.at == 1.0 { what.trim_end_matches('s') } else { what };
        format!("{} {unit}", amount(what, ranking.at))
    }

    /// The epoch after which the numbers that rank the runs were taken, where all stand at one step and that is one for all;
    /// a smooth loss is of the step itself.
    pub fn evaluated_after(&self) -> Option<u64> {
        let first = self.runs.first().filter(|_| self.rules.rank != Rank::Loss)?;
        let of = |run: &Runner| run.epoch.as_ref().map(|row| row.epoch);
        let same = self.runs.iter().all(|run| (run.step, of(run)) == (first.step, of(first)));
        of(first).filter(|_| same)
    }

    /// The number that ranks a run, or why there is none yet.
    pub fn score_of(&self, ranking: &Ranking, run: usize) -> String {
        let runner = &self.runs[run];
        if runner.step == 0 && !runner.status.is_broken() {
            return "no step yet".to_owned();
        }
        self.rules.rank.told(ranking.scores[run])
    }

    /// The runs in their order, best first; those that were not evaluated there are named after them.
    pub fn order(&self, ranking: &Ranking, order: Order) -> String {
        let lacking = self.unevaluated_there(ranking);
        let ranks = |run: usize| {
            let lacks = lacking.contains(&self.runs[run].name.as_str());
            ranking.scores[run].is_some() || order == Order::Scores && !lacks
        };
        let shown: Vec<usize> = ranking.order.iter().copied().filter(|run| ranks(*run)).collect();
        let one = |(at, run): (usize, &usize)| {
            let joint = at.checked_sub(1).map_or("", |before| self.joint_of(ranking, (shown[before], *run), order));
            format!("{joint}{}", self.one(ranking, *run, order))
        };
        let alike = order == Order::Names && shown.len() > 1 && self.first_of(ranking).len() == shown.len();
        let told = match shown.len() {
            all if alike => format!("all {all} alike"),
            _ => shown.iter().enumerate().map(one).collect(),
        };
        let rest = format!("{}: not evaluated there", lacking.join(", "));
        match (lacking.is_empty(), told.is_empty()) {
            (true, _) => told,
            (false, true) => rest,
            (false, false) => format!("{told}; {rest}"),
        }
    }

    /// The runs that are ahead in a ranking, best first: several where their numbers are alike, one after another.
    pub fn first_of<'r>(&self, ranking: &'r Ranking) -> &'r [usize] {
        let alike = |pair: &&[usize]| self.rules.rank.are_alike(ranking.scores[pair[0]], ranking.scores[pair[1]]);
        let first = ranking.order.first().filter(|run| ranking.scores[**run].is_some());
        let count = first.map_or(0, |_| 1 + ranking.order.windows(2).take_while(alike).count());
        &ranking.order[..count]
    }

    /// `equal steps (1200): adam 0.01230, momentum 0.03400, sgd 0.2900`.
    pub fn ranked(&self, what: &str, ranking: &Ranking, order: Order) -> String {
        format!("equal {what} ({}): {}", amount(what, ranking.at), self.order(ranking, order))
    }

    /// The same where the order is that of the first ranking: `equal samples (38400): the same order`.
    pub fn ranked_alike(&self, what: &str, ranking: &Ranking) -> String {
        format!("equal {what} ({}): the same order", amount(what, ranking.at))
    }

    /// The same of time, as far as what was measured bears it: `equal time (2.0 s): adam < momentum ~ sgd (~ too close)`.
    pub fn timed(&self, order: Order) -> String {
        let none = |at: &f64, why: &str| format!("equal time ({}): {why}", figures::duration(*at));
        match &self.equal_time {
            TimeRanking::Unmeasured => "equal time: not measured, a run was watched throughout".to_owned(),
            TimeRanking::LeftOut => "equal time: – (left out: it measures the machine)".to_owned(),
            TimeRanking::NotBegun => "equal time: not measured, a run has made no step yet".to_owned(),
            TimeRanking::TooLittle { at } => none(at, "too little work to rank"),
            TimeRanking::TooClose { at } => none(at, "too close to rank"),
            TimeRanking::Ranked { ranking, close } => {
                let one = |(at, run): (usize, &usize)| {
                    let before = at.checked_sub(1).map(|before| {
                        if close[before] { " ~ " } else { self.joint_of(ranking, (ranking.order[before], *run), order) }
                    });
                    format!("{}{}", before.unwrap_or_default(), self.one(ranking, *run, order))
                };
                let told: String = ranking.order.iter().enumerate().map(one).collect();
                let note = if close.contains(&true) { " (~ too close)" } else { "" };
                format!("equal time ({}): {told}{note}", figures::duration(ranking.at))
            }
        }
    }

    /// Runs that have made steps and have no number by which they are ranked yet: it comes with their first evaluation.
    pub fn unevaluated(&self) -> Option<String> {
        let ranking = self.main();
        let waits = |run: &usize| {
            let runner = &self.runs[*run];
            runner.step > 0 && !runner.status.is_broken() && runner.epoch.is_none() && ranking.scores[*run].is_none()
        };
        let names: Vec<&str> = (0..self.runs.len()).filter(waits).map(|run| self.runs[run].name.as_str()).collect();
        let whose = if names.len() == self.runs.len() { String::new() } else { format!(" of {}", names.join(", ")) };
        (!names.is_empty()).then(|| format!("no {} yet{whose}: it comes with an evaluation", self.rules.rank.label()))
    }

    /// Where curves separate, as the groups of runs that are the same to the last bit and fall apart.
    pub fn separations(&self) -> String {
        let mut steps: Vec<u64> = self.partings.iter().filter_map(|parting| parting.step).collect();
        steps.sort_unstable();
        steps.dedup();
        let Some(last) = steps.last() else {
            let made = self.runs.iter().map(|run| run.step).min().unwrap_or(0);
            let no_two = "no two curves differ up to step";
            return if self.separate_now() {
                format!("curves separate after step {made}")
            } else {
                format!("{no_two} {made}")
            };
        };
        if self.are_all_alike() {
            return self.first_separation();
        }
        if steps.len() == 1 && self.groups_after(*last).len() == self.runs.len() {
            return format!("curves separate at step {last}");
        }
        let name = |run: &usize| self.runs[*run].name.as_str();
        let told = |step: &u64| {
            let groups = self.groups_after(*step);
            let all: Vec<String> =
                groups.iter().map(|group| group.iter().map(name).collect::<Vec<_>>().join(", ")).collect();
            format!("at step {step} into {}", all.join(" | "))
        };
        format!("curves separate {}", steps.iter().map(told).collect::<Vec<_>>().join(", "))
    }

    /// The first step at which curves separate, in few words; of runs that stand alike it is told as what it is, a difference in
    /// the last bits.
    pub fn first_separation(&self) -> String {
        match self.separation() {
            Some(step) if self.are_all_alike() => format!("not the same to the last bit from step {step} on"),
            Some(step) => format!("curves separate at step {step}"),
            None if self.separate_now() => self.separations(),
            None => "no two curves differ so far".to_owned(),
        }
    }

    /// Nobody is ahead of anybody, by what ranks them and by their losses.
    fn are_all_alike(&self) -> bool {
        let alike = |pair: &[Runner]| Rank::Loss.are_alike(pair[0].loss, pair[1].loss);
        self.leaders().len() == self.runs.len() && self.runs.windows(2).all(alike)
    }

    /// The runs whose curves are one until after this step, together.
    fn groups_after(&self, step: u64) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for run in 0..self.runs.len() {
            let same = |other: usize| {
                let one = |p: &&super::Parting| (p.a, p.b) == (other, run);
                self.partings.iter().find(one).is_some_and(|p| p.step.is_none_or(|parted| parted > step))
            };
            match groups.iter_mut().find(|group| same(group[0])) {
                Some(group) => group.push(run),
                None => groups.push(vec![run]),
            }
        }
        groups
    }

    /// The batches of the runs are not of one size.
    pub fn has_unlike_batches(&self) -> bool {
        let sizes = || self.runs.iter().filter_map(|run| run.batch);
        sizes().next().is_some_and(|first| sizes().any(|other| other != first))
    }

    /// How a run ended, if that was before the end of the race or of its own accord.
    pub fn early_end(&self, run: usize) -> Option<String> {
        let runner = &self.runs[run];
        let early = matches!(runner.status, Status::Stopped(_) | Status::Diverged(_) | Status::Failed(_));
        runner.over().filter(|_| early)
    }

    fn one(&self, ranking: &Ranking, run: usize, order: Order) -> String {
        let name = &self.runs[run].name;
        match order {
            Order::Names => name.clone(),
            Order::Scores if self.runs[run].step == 0 => format!("{name} ({})", self.score_of(ranking, run)),
            Order::Scores => format!("{name} {}", self.score_of(ranking, run)),
        }
    }

    /// What stands between two runs of which the second follows.
    fn joint_of(&self, ranking: &Ranking, (one, next): (usize, usize), order: Order) -> &'static str {
        let alike = self.rules.rank.are_alike(ranking.scores[one], ranking.scores[next]);
        match (order, self.rules.rank) {
            (Order::Scores, _) => ", ",
            (Order::Names, _) if alike => " = ",
            (Order::Names, Rank::ValAccuracy) => " > ",
            (Order::Names, _) => " < ",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::standing_fixture::standing;

    #[test]
    fn an_order_is_told_with_its_numbers_or_by_names_alone() {
        let race = standing(&[]);
        let told = |order| race.ranked("steps", &race.equal_steps, order);
        assert_eq!(told(Order::Scores), "equal steps (100): lion 0.2500, adam 0.5000, sgd -");
        assert_eq!(told(Order::Names), "equal steps (100): lion < adam");
        let far = |what, at| Standing::so_far(what, &Ranking { at, ..race.equal_steps.clone() });
        let told = [far("steps", 287.0), far("epochs", 1.0), far("epochs", 1.3333), far("samples", 0.0)];
        assert_eq!(told, ["287 steps", "1 epoch", "1.33 epochs", "0 samples"]);
    }

    /// Runs that do the same sum in another order, and are told so.
    #[test]
    fn runs_that_differ_by_rounding_are_told_alike_and_nobody_is_ahead() {
        let mut race = standing(&[(0, 1, Some(3)), (0, 2, Some(3)), (1, 2, Some(3))]);
        let told = |race: &Standing| race.ranked("steps", &race.equal_steps, Order::Names);
        race.equal_steps.scores = vec![Some(0.122_201), Some(0.122_202), Some(0.122_2)];
        race.equal_steps.order = vec![2, 0, 1];
        assert_eq!(
            (told(&race).as_str(), race.leaders()),
            ("equal steps (100): all 3 alike", vec!["lion", "adam", "sgd"])
        );
        // Told apart by their last digit, and by no more than rounding.
        race.equal_steps.scores = vec![Some(0.122_250_1), Some(0.122_249_9), Some(0.2)];
        race.equal_steps.order = vec![1, 0, 2];
        assert_eq!(
            (told(&race).as_str(), race.leaders()),
            ("equal steps (100): sgd = adam < lion", vec!["sgd", "adam"])
        );
        race.equal_steps.scores = vec![Some(0.1222), Some(0.1224), None];
        race.equal_steps.order = vec![0, 1, 2];
        assert_eq!((told(&race).as_str(), race.leaders()), ("equal steps (100): adam < sgd", vec!["adam"]));
        race.equal_steps.scores = vec![Some(0.0), Some(0.0), Some(1e-9)];
        assert_eq!(told(&race), "equal steps (100): adam = sgd < lion");
        assert!(!Rank::Loss.are_alike(None, None) && !Rank::Loss.are_alike(Some(f64::NAN), Some(0.1)));
    }

    #[test]
    fn a_run_that_was_not_evaluated_where_others_are_compared_is_named() {
        let mut race = standing(&[]);
        race.rules.rank = Rank::ValLoss;
        let told = |race: &Standing, order| race.ranked("steps", &race.equal_steps, order);
        assert_eq!(told(&race, Order::Names), "equal steps (100): lion < adam; sgd: not evaluated there");
        assert_eq!(told(&race, Order::Scores), "equal steps (100): lion 0.2500, adam 0.5000; sgd: not evaluated there");
        // One that broke down has no number there, whatever was evaluated.
        race.runs[1].status = Status::Failed(crate::error::Error::fault("no"));
        assert_eq!(told(&race, Order::Scores), "equal steps (100): lion 0.2500, adam 0.5000, sgd -");
        race.runs[1].status = Status::Finished;
        race.equal_steps.scores = vec![None; 3];
        assert_eq!(told(&race, Order::Names), "equal steps (100): adam, sgd, lion: not evaluated there");
    }

    #[test]
    fn a_height_is_not_called_a_smooth_loss() {
        let mut race = standing(&[]);
        let named = |race: &Standing| Rank::Loss.named_in_full(race.is_on_landscape());
        assert_eq!(named(&race), "smooth loss");
        race.runs.iter_mut().for_each(|run| run.batch = None);
        assert_eq!((named(&race), Rank::ValLoss.named_in_full(false)), ("height", "val loss"));
    }

    #[test]
    fn a_score_has_four_digits_however_small_and_a_share_is_in_percent() {
        let loss = [0.25, 1.5e-9, 12345.0].map(|loss| Rank::Loss.told(Some(loss)));
        assert_eq!(loss, ["0.2500", "1.50e-9", "12345"]);
        assert_eq!((Rank::ValAccuracy.told(Some(0.9751)), Rank::ValLoss.told(None)), ("97.5 %".into(), "-".into()));
    }

    #[test]
    fn a_run_without_a_step_says_so() {
        let mut race = standing(&[]);
        (race.runs[1].step, race.runs[1].status) = (0, Status::Running);
        assert_eq!(race.order(&race.equal_steps, Order::Scores), "lion 0.2500, adam 0.5000, sgd (no step yet)");
        race.equal_time = TimeRanking::NotBegun;
        assert_eq!(race.timed(Order::Names), "equal time: not measured, a run has made no step yet");
    }

    #[test]
    fn what_ranks_a_run_and_is_not_there_yet_is_said() {
        let mut race = standing(&[]);
        assert_eq!(race.unevaluated().unwrap(), "no loss yet of sgd: it comes with an evaluation");
        race.rules.rank = Rank::ValLoss;
        race.equal_steps.scores = vec![None; 3];
        assert_eq!(race.unevaluated().unwrap(), "no val loss yet: it comes with an evaluation");
        race.equal_steps.scores = vec![Some(0.5); 3];
        assert_eq!(race.unevaluated(), None);
    }

    #[test]
    fn time_ranks_only_what_it_can_tell_apart() {
        let told = |equal_time| Standing { equal_time, ..standing(&[]) }.timed(Order::Scores);
        assert_eq!(told(TimeRanking::TooClose { at: 0.25 }), "equal time (0.25 s): too close to rank");
        assert_eq!(told(TimeRanking::TooLittle { at: 0.25 }), "equal time (0.25 s): too little work to rank");
        assert!(told(TimeRanking::Unmeasured).contains("not measured"));
        let ranking = Ranking { at: 2.0, order: vec![2, 0, 1], scores: vec![Some(0.5), Some(0.6), Some(0.25)] };
        let ranked = |close| TimeRanking::Ranked { ranking: ranking.clone(), close };
        assert_eq!(told(ranked(vec![false; 2])), "equal time (2.0 s): lion 0.2500, adam 0.5000, sgd 0.6000");
        let close = told(ranked(vec![false, true]));
        assert!(close.ends_with("lion 0.2500, adam 0.5000 ~ sgd 0.6000 (~ too close)"), "{close}");
    }

    #[test]
    fn what_ranks_all_runs_is_of_an_evaluation_where_they_stand_at_one_step() {
        let row = |epoch| crate::snapshot::EpochRow {
            epoch,
            step: 90,
            train_loss: None,
            train_accuracy: None,
            val_loss: Some(0.5),
            val_accuracy: None,
            seconds: 0.0,
        };
        let mut race = standing(&[]);
        race.runs.iter_mut().for_each(|run| run.epoch = Some(row(3)));
        assert_eq!(race.evaluated_after(), None, "the smooth loss is of the step itself");
        race.rules.rank = Rank::ValLoss;
        assert_eq!(race.evaluated_after(), Some(3));
        race.runs[2].step += 1;
        assert_eq!(race.evaluated_after(), None);
        race.runs[2].step -= 1;
        race.runs[1].epoch = Some(row(2));
        assert_eq!(race.evaluated_after(), None);
    }

    #[test]
    fn batches_are_unlike_where_two_runs_differ_in_theirs() {
        let mut race = standing(&[]);
        assert!(!race.has_unlike_batches());
        race.runs[1].batch = Some(1);
        assert!(race.has_unlike_batches());
        race.runs.iter_mut().for_each(|run| run.batch = None);
        assert!(!race.has_unlike_batches());
    }
}
