//! `initial: {weights: FILE}`: first weights from a safetensors file, which must fit the network exactly. The running
//! statistics of batch normalisation belong to them, so that a saved network answers as it did.

use std::sync::Arc;

use safetensors::{Dtype, SafeTensors};

use super::Check;
use crate::error::{Error, Place, Result};
use crate::lab::files::DATA_LIMIT;
use crate::lab::plan::Weights;
use crate::lab::read::field::Field;
use crate::lab::read::fields::list_of;
use crate::lab::yaml::node::shorten;
use crate::program::{Layout, ParameterKind};

impl Check<'_> {
    #[expect(clippy::option_option, reason = "the outer tells whether something is wrong")]
    pub(super) fn initial(&mut self, field: Option<&Field<'_>>, layouts: [&Layout; 2]) -> Option<Option<Weights>> {
        let Some(field) = field else { return Some(None) };
        let fields = field.map("`initial`");
        let mut fields = self.problems.keep(fields)?;
        let file = fields.require("weights");
        fields.finish(&mut self.problems);
        let file = self.problems.keep(file)?;
        let path = self.problems.keep(file.text())?;
        let bytes = self.files.bytes(path, DATA_LIMIT, &file.place());
        let tensors = bytes.and_then(|bytes| read(&bytes, path, layouts, &file.place()));
        let tensors = self.problems.keep(tensors)?;
        Some(Some(Weights { path: path.to_owned(), tensors: Arc::new(tensors) }))
    }
}

/// The tensors in the order of the layouts: as many, of the same names and shapes, in F32, and finite.
fn read(bytes: &[u8], path: &str, layouts: [&Layout; 2], place: &Place) -> Result<Vec<Vec<f32>>> {
    let wrong = |what: String| Error::user(what).at(place.clone());
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| wrong(format!("`{path}` is not a safetensors file: {error}")))?;
    let mut wanted = layouts.map(Layout::parameters).concat();
    wanted.retain(|parameter| parameter.kind.is_saved());
    let names: Vec<&str> = wanted.iter().map(|parameter| parameter.name.as_str()).collect();
    let mut tensors = Vec::with_capacity(names.len());
    for parameter in &wanted {
        let name = &parameter.name;
        let Ok(tensor) = file.tensor(name) else {
            let mut has: Vec<&str> = file.names();
            has.sort_unstable();
            let help = format!("the file has {}", list_of(&has[..has.len().min(12)]));
            return Err(wrong(format!("`{path}` has no tensor `{name}`")).help(help));
        };
        if tensor.dtype() != Dtype::F32 {
            return Err(wrong(format!("`{name}` of `{path}` is of type {:?}, but F32 is wanted", tensor.dtype())));
        }
        if tensor.shape() != parameter.shape {
            let (has, wants) = (shape(tensor.shape()), shape(&parameter.shape));
            let what = format!("`{name}` of `{path}` is {has}, but the network's is {wants}");
            return Err(wrong(what).help("`W` is [inputs, outputs], `b` is [outputs]"));
        }
        let numbers: Vec<f32> =
            tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
            return Err(wrong(format!("number {} of `{name}` in `{path}` is {}", at + 1, numbers[at])));
        }
        let variance = parameter.kind == ParameterKind::RunningVariance;
        if let Some(at) = numbers.iter().position(|number| variance && *number < 0.0) {
            let what = format!("number {} of `{name}` in `{path}` is {}", at + 1, numbers[at]);
            return Err(wrong(what).help("a variance is never negative"));
        }
        tensors.push(numbers);
    }
    let mut more: Vec<&str> = file.names().into_iter().filter(|name| !names.contains(name)).collect();
    more.sort_unstable();
    match more.first() {
        None => Ok(tensors),
        Some(name) => Err(wrong(format!("`{path}` has a tensor `{}`, which the network does not have", shorten(name)))
            .help(format!("the network has {}", list_of(&names[..names.len().min(12)])))),
    }
}

fn shape(lengths: &[usize]) -> String {
    format!("[{}]", lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}
