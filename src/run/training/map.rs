//! When the map of a run is measured: that of the very step that is shown while the run is held, now and then while it
//! trains. Looking changes nothing: it has a network of its own, draws no random number, and its time is no training.

use std::time::Duration;

use super::Run;
use crate::clock::Moment;
use crate::probe::{LandscapeProbe, Path, PredictionProbe};
use crate::program::Real;
use crate::snapshot::{Map, Status};

/// While a run trains, maps are this far apart at least: nobody follows them faster, and over SSH they are most of a frame.
const PAUSE: Duration = Duration::from_millis(250);
/// And so many times as long as one takes: maps cost at most 0.5 %.
const SHARE: u32 = 200;

/// What measures the maps of a run. It takes memory with the first one only: a run that nobody looks at has none.
pub(super) struct MapProbe<F: Real> {
    way: Way<F>,
    /// The newest map and what the run was like then: its steps, and whether the step after them broke down.
    shown: Option<Map>,
    at: Option<(u64, bool)>,
    /// When it was measured, and how long that took.
    last: Option<(Moment, Duration)>,
}

enum Way<F: Real> {
    Unknown,
    /// There is no picture that fits.
    Nothing,
    Network(Box<PredictionProbe<F>>),
    Landscape(Box<LandscapeProbe>),
}

impl<F: Real> Default for MapProbe<F> {
    fn default() -> Self {
        Self { way: Way::Unknown, shown: None, at: None, last: None }
    }
}

impl<F: Real> MapProbe<F> {
    /// The run stands somewhere else now, maybe at the same step.
    pub fn forget(&mut self) {
        self.at = None;
    }
}

impl<F: Real> Run<F> {
    /// Its way over a landscape.
    pub fn path(&self) -> Option<&Path> {
        self.history.path.as_ref()
    }

    /// The map, of this run's network, or of the landscape that this run and the others walk.
    pub fn map(&mut self, name: &str, others: &[(&str, &Path)]) -> Option<Map> {
        if let Way::Unknown = self.map_probe.way {
            self.map_probe.way = match (self.experiment.landscape(), self.experiment.learning()) {
                (Some(landscape), _) => Way::Landscape(Box::new(LandscapeProbe::new(landscape.clone()))),
                (None, Some(learning)) => {
                    PredictionProbe::of(learning).map_or(Way::Nothing, |probe| Way::Network(Box::new(probe)))
                }
                (None, None) => Way::Nothing,
            };
        }
        match &mut self.map_probe.way {
            Way::Landscape(probe) => {
                let mut paths = vec![(name, self.history.path.as_ref()?)];
                paths.extend_from_slice(others);
                Some(Map::Landscape(probe.view(&paths, &self.experiment, self.status.is_broken())))
            }
            Way::Network(_) => {
                self.look();
                self.map_probe.shown.clone()
            }
            Way::Unknown | Way::Nothing => None,
        }
    }

    /// Measures the map if it is due.
    fn look(&mut self) {
        let here = (self.experiment.steps(), self.status.is_broken());
        if self.map_probe.at == Some(here) || (self.hurried && self.map_probe.shown.is_some()) {
            return;
        }
        // The clock was read by who asked: frames are many, and a look at it takes longer than many a step.
        let rested = |(last, cost): (Moment, Duration)| {
            self.asked.is_none_or(|asked| asked.since(last) >= PAUSE.max(SHARE * cost))
        };
        let running = self.status == Status::Running;
        if running && self.map_probe.at.is_some() && !self.map_probe.last.is_none_or(rested) {
            return;
        }
        // While it is held its time stands, and nothing waits for the next map.
        let timed = (running || self.stopwatch.runs()).then(|| self.stopwatch.clock().now());
        let ran = timed.is_some_and(|began| self.stopwatch.stop_at(began));
        // A script that fails here fails where the run is evaluated, and is told of there.
        let _ = self.experiment.find_evaluated();
        if let (Way::Network(probe), Some(learning)) = (&mut self.map_probe.way, self.experiment.learning()) {
            self.map_probe.shown = Some(probe.look(learning, self.experiment.evaluated(), here.0));
        }
        self.map_probe.at = Some(here);
        if let Some(began) = timed {
            let now = self.stopwatch.clock().now();
            self.map_probe.last = Some((now, now.since(began)));
            if ran {
                self.stopwatch.start_at(now);
            }
        } else if let Some(asked) = self.asked {
            // The picture of where it was held may stand for a moment when it goes on.
            let cost = self.map_probe.last.map_or(Duration::ZERO, |(_, cost)| cost);
            self.map_probe.last = Some((asked, cost));
        }
    }
}
