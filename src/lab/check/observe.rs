//! The key `observe`: a script beside the lab that looks at the run. Never changes what is trained.

use super::Check;
use super::scripts::with_path;
use crate::lab::plan::{Scripted, is_script_path};
use crate::lab::read::field::Field;
use crate::lab::yaml::node::shorten;
use crate::script::{self, Kind};

impl Check<'_> {
    /// The observer, if there is one; `None` if it is wrong.
    #[expect(clippy::option_option, reason = "the outer one tells of an error, as for every section")]
    pub(super) fn observe(&mut self, field: Option<&Field<'_>>) -> Option<Option<Scripted>> {
        let Some(field) = field else { return Some(None) };
        let spec = self.problems.keep(field.text())?;
        if !is_script_path(spec) {
            let error =
                field.error(format!("`{}` is no path to a script: observers lie beside their lab", shorten(spec)));
            let error = with_path(error, Kind::Observer, spec, self.files);
            self.problems.push(error.help("give a path that ends in .rhai, as in `observe: angle.rhai`"));
            return None;
        }
        let files = self.files;
        let (spec, script, _) = self.script(Kind::Observer, field, files)?;
        // Its memory is made once, so that it is known to be one.
        self.problems.keep(script::observer(&script))?;
        Some(Some(Scripted { spec, script, values: Vec::new(), given: Vec::new() }))
    }
}
