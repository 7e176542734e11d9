//! A function as its computation graph at numbers of the run: its operations in the order in which they are computed, with
//! value, derivatives, and gradient.

use super::Formula;

/// What an operation is applied to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand {
    /// The value of a line, by its place.
    Line(usize),
    /// A number that stays what it is.
    Number(f64),
    /// An operation that is not told, because there are too many.
    LeftOut,
}

/// How an operation is differentiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// It is no operation: it goes in.
    Input,
    /// By its derivative.
    Smooth,
    /// One of its operands is taken, and the gradient goes to that one alone: `where`, `min`, `max`, `abs`.
    Branch,
    /// It is constant but for jumps, so that its derivative is 0: `floor`, `sign`.
    Flat,
    /// It is true or false, and has no derivative: `x > 0`.
    Mask,
}

/// An operation with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationLine {
    /// What the script calls its value; `t1`, `t2` where it gives no name.
    pub name: String,
    /// What it is computed from; none for what goes in.
    pub formula: Option<Formula<Operand>>,
    /// The line of the script, counted from 1.
    pub line: Option<usize>,
    /// How it is differentiated.
    pub kind: OperationKind,
    /// Its value.
    pub value: f64,
    /// For each operand that is a line, that line's place and the derivative of the value by it. An operand that is used
    /// twice stands there twice.
    pub slopes: Vec<(usize, f64)>,
    /// The derivative of the last line's value by this one.
    pub gradient: f64,
    /// What the gradient is the sum of: the place of each line that uses this value, and what it passes back.
    pub parts: Vec<(usize, f64)>,
    /// Lines among those whose part comes from all outputs of the sample, so that it is no product of this output's numbers.
    pub gathered: Vec<usize>,
    /// The gradient by central differences in `f64`; none for a mask.
    pub differences: Option<f64>,
    /// The slopes on both sides differ: there is a corner or a jump here, and differences are no derivative.
    pub corner: bool,
}

impl OperationGraph {
    /// It is of a loss over several outputs.
    pub fn is_of_several(&self) -> bool {
        matches!(self.of, Differentiated::Loss { outputs, .. } if outputs > 1)
    }
}

/// What is differentiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differentiated {
    /// An activation, for one unit.
    Activation {
        /// The place of its layer, counted from 1.
        layer: usize,
        /// The unit, counted from 0 as elements of parameters are.
        unit: usize,
        /// Units of the layer.
        units: usize,
    },
    /// A loss, for one output.
    Loss {
        /// The output, counted from 0.
        output: usize,
        /// Outputs of the network.
        outputs: usize,
    },
    /// A landscape, where the run stands.
    Landscape,
}

/// A function at numbers of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationGraph {
    /// What it is.
    pub of: Differentiated,
    /// The script's name.
    pub source: String,
    /// In the order in which they are computed; the last one is the value.
    pub lines: Vec<OperationLine>,
    /// Operations at the beginning that are not among them, since there are too many.
    pub left_out: usize,
    /// Parameter and element to look at for the unit or output before this one, and for the one after it.
    pub beside: [Option<(usize, usize)>; 2],
}

/// The computation graphs of what the lab has of scripts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OperationsView {
    /// The step whose weights they are about.
    pub step: u64,
    /// One for each activation layer in their order, then the loss, or the landscape; none while nobody looks.
    pub graphs: Vec<OperationGraph>,
}
