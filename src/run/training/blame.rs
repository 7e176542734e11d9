//! What a run that has left the finite numbers is blamed on.

use super::Run;
use crate::program::Real;
use crate::snapshot::Status;

impl<F: Real> Run<F> {
    /// Tells which operation of the rule's script has broken the run, if one has. Scripts may be called once more for it: what
    /// they print meanwhile was printed by no step.
    pub fn blame(&mut self) {
        let Status::Diverged(divergence) = &mut self.status else { return };
        let timed = self.stopwatch.stop();
        *divergence = self.experiment.blame(divergence.clone());
        if timed {
            self.stopwatch.start();
        }
    }
}
