//! The operations of a program, each with its one definition on numbers. Every evaluator (blocks, scalars, folding,
//! the ledger) calls these, so that they cannot disagree.
//!
//! A mask is a number: 0 for false, anything else for true; operations that make masks make 0 and 1.

use super::Real;

/// An operation on one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of mathematics")]
pub enum Unary {
    Neg,
    Abs,
    Sign,
    Sqrt,
    Exp,
    Ln,
    Ln1p,
    Tanh,
    Sigmoid,
    Erf,
    Sin,
    Cos,
    Floor,
    /// 1 where the operand is 0, else 0.
    Not,
}

impl Unary {
    /// Every operation, for tables and tests.
    pub const ALL: [Self; 14] = [
        Self::Neg,
        Self::Abs,
        Self::Sign,
        Self::Sqrt,
        Self::Exp,
        Self::Ln,
        Self::Ln1p,
        Self::Tanh,
        Self::Sigmoid,
        Self::Erf,
        Self::Sin,
        Self::Cos,
        Self::Floor,
        Self::Not,
    ];

    /// The value.
    #[inline(always)]
    pub fn apply<F: Real>(self, x: F) -> F {
        match self {
            Self::Neg => -x,
            Self::Abs => x.abs(),
            Self::Sign => x.signum0(),
            Self::Sqrt => x.sqrt(),
            Self::Exp => x.exp(),
            Self::Ln => x.ln(),
            Self::Ln1p => x.ln_1p(),
            Self::Tanh => x.tanh(),
            Self::Sigmoid => x.sigmoid(),
            Self::Erf => x.erf(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Floor => x.floor(),
            Self::Not => mask(x == F::ZERO),
        }
    }

    /// The name in a script.
    pub fn name(self) -> &'static str {
        match self {
            Self::Neg => "-",
            Self::Abs => "abs",
            Self::Sign => "sign",
            Self::Sqrt => "sqrt",
            Self::Exp => "exp",
            Self::Ln => "ln",
            Self::Ln1p => "ln1p",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Erf => "erf",
            Self::Sin => "sin",
            Self::Cos => "cos",
            Self::Floor => "floor",
            Self::Not => "!",
        }
    }
}

/// An operation on two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of mathematics")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Rem,
    Min,
    Max,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
    And,
    Or,
    /// The product, but 0 where the first operand is 0, whatever the second is: what a gradient needs behind `where`,
    /// so that the branch not taken never gives 0 * inf.
    Gate,
}

impl Binary {
    /// Every operation, for tables and tests.
    pub const ALL: [Self; 17] = [
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Pow,
        Self::Rem,
        Self::Min,
        Self::Max,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::Eq,
        Self::Ne,
        Self::And,
        Self::Or,
        Self::Gate,
    ];

    /// The value.
    #[inline(always)]
    pub fn apply<F: Real>(self, x: F, y: F) -> F {
        match self {
            Self::Add => x + y,
            Self::Sub => x - y,
            Self::Mul => x * y,
            Self::Div => x / y,
            Self::Pow => x.pow(y),
            Self::Rem => x % y,
            Self::Min => x.smaller(y),
            Self::Max => x.larger(y),
            Self::Lt => mask(x < y),
            Self::Le => mask(x <= y),
            Self::Gt => mask(x > y),
            Self::Ge => mask(x >= y),
            Self::Eq => mask(x == y),
            Self::Ne => mask(x != y),
            Self::And => mask((x != F::ZERO) & (y != F::ZERO)),
            Self::Or => mask((x != F::ZERO) | (y != F::ZERO)),
            Self::Gate => {
                let product = x * y;
                if x == F::ZERO { F::ZERO } else { product }
            }
        }
    }

    /// The operands may change places.
    pub fn commutes(self) -> bool {
        matches!(self, Self::Add | Self::Mul | Self::Eq | Self::Ne | Self::And | Self::Or)
    }

    /// The result is a mask.
    pub fn makes_mask(self) -> bool {
        matches!(self, Self::Lt | Self::Le | Self::Gt | Self::Ge | Self::Eq | Self::Ne | Self::And | Self::Or)
    }

    /// The operator or function in a script.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul | Self::Gate => "*",
            Self::Div => "/",
            Self::Pow => "**",
            Self::Rem => "%",
            Self::Min => "min",
            Self::Max => "max",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::And => "&",
            Self::Or => "|",
        }
    }
}

/// `a` where the mask holds, else `b`.
#[inline(always)]
pub fn select<F: Real>(mask: F, a: F, b: F) -> F {
    if mask == F::ZERO { b } else { a }
}

#[inline(always)]
fn mask<F: Real>(holds: bool) -> F {
    if holds { F::ONE } else { F::ZERO }
}

/// What is taken of all elements of one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// The sum of x.
    Sum,
    /// The sum of x * y.
    Dot,
    /// The largest |x|.
    MaxAbs,
    /// The sum of (x - y)^2.
    Distance,
}

/// Along which axis something is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Axis 0: over the rows, one value a column.
    Rows,
    /// Axis 1: over the columns, one value a row.
    Columns,
}

/// What is taken of each row or column: in f64, one rounding at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Along {
    /// The sum.
    Sum,
    /// The sum divided by the number of elements.
    Mean,
    /// The square root of the sum of squares.
    Norm,
    /// The largest |x|.
    MaxAbs,
    /// The largest x; NaN if there is one.
    Max,
    /// `ln(sum of e^x)`, without a large exponential.
    LogSumExp,
}

/// What is made of a row as a whole, element by element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OfRow {
    /// `e^x / sum of e^x`.
    Softmax,
    /// `x - ln(sum of e^x)`: the logarithm of softmax, also where that is 0 in the precision of the tensor.
    LogSoftmax,
}

impl OfRow {
    /// The function in a script.
    pub fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::LogSoftmax => "log_softmax",
        }
    }
}

impl Along {
    /// The function in a script.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Norm => "norm",
            Self::MaxAbs => "max_abs",
            Self::Max => "max",
            Self::LogSumExp => "logsumexp",
        }
    }
}
