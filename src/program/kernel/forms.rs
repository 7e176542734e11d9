//! The arithmetic of every instruction, written once and read by every kernel: on vectors where it is plain arithmetic,
//! on one number after the other where it is a function.

use super::registers::Arithmetic;
use crate::program::Real;
use crate::program::compile::Code;
use crate::program::ops::{Binary, Unary, select};

/// Arithmetic alone: `N` operands, one result, each operation rounded by itself.
pub(super) trait Form<const N: usize> {
    /// The instruction that it is.
    const CODE: Code;
    /// The result.
    fn of<T: Arithmetic>(operands: [T; N]) -> T;
}

/// A function of `N` numbers that is more than arithmetic.
pub(super) trait Function<const N: usize> {
    /// The instruction that it is.
    const CODE: Code;
    /// The result.
    fn of<F: Real>(operands: [F; N]) -> F;
}

macro_rules! forms {
    ($($name:ident[$count:literal] is $code:expr => |$operands:pat_param| $result:expr;)*) => {$(
        #[doc = concat!("`", stringify!($result), "` of ", stringify!($operands), ".")]
        pub(super) struct $name;
        impl Form<$count> for $name {
            const CODE: Code = $code;
            #[inline(always)]
            fn of<T: Arithmetic>($operands: [T; $count]) -> T {
                $result
            }
        }
    )*};
}

forms! {
    Copy[1] is Code::Copy => |[a]| a;
    Sqrt[1] is Code::Unary(Unary::Sqrt) => |[a]| a.root();
    Plus[2] is Code::Binary(Binary::Add) => |[a, b]| a + b;
    Minus[2] is Code::Binary(Binary::Sub) => |[a, b]| a - b;
    Times[2] is Code::Binary(Binary::Mul) => |[a, b]| a * b;
    Over[2] is Code::Binary(Binary::Div) => |[a, b]| a / b;
    MulAdd[3] is Code::MulAdd => |[a, b, c]| a * b + c;
    MulSub[3] is Code::MulSub => |[a, b, c]| a * b - c;
    SubMul[3] is Code::SubMul => |[c, a, b]| c - a * b;
    MulMul[3] is Code::MulMul => |[a, b, c]| a * b * c;
    MulMulAdd[4] is Code::MulMulAdd => |[a, b, c, d]| a * b + c * d;
    MulMulMulAdd[5] is Code::MulMulMulAdd => |[a, b, c, d, e]| a * b + c * d * e;
    DivSqrt[3] is Code::DivSqrt => |[a, b, e]| a / (b.root() + e);
    SubMulDivSqrt[5] is Code::SubMulDivSqrt => |[w, a, b, s, e]| w - a * b / (s.root() + e);
    Corrected[7] is Code::Corrected => |[w, rate, m, n, p, q, e]| w - rate * (m * n) / ((p * q).root() + e);
}

macro_rules! function {
    ($kind:ident::$name:ident, $count:literal, $($operand:ident)*) => {
        #[doc = concat!("[`", stringify!($kind), "::", stringify!($name), "`].")]
        pub(super) struct $name;
        impl Function<$count> for $name {
            const CODE: Code = Code::$kind($kind::$name);
            #[inline(always)]
            fn of<F: Real>([$($operand),*]: [F; $count]) -> F {
                $kind::$name.apply($($operand),*)
            }
        }
    };
}

macro_rules! functions {
    (of one: $($one:ident)*; of two: $($two:ident)*) => {
        $(function!(Unary::$one, 1, a);)*
        $(function!(Binary::$two, 2, a b);)*
    };
}

functions! {
    of one: Neg Abs Sign Exp Ln Ln1p Tanh Sigmoid Erf Sin Cos Floor Not;
    of two: Pow Rem Min Max Lt Le Gt Ge Eq Ne And Or Gate
}

/// The second operand where the first is not 0, else the third.
pub(super) struct Select;

impl Function<3> for Select {
    const CODE: Code = Code::Select;
    #[inline(always)]
    fn of<F: Real>([mask, a, b]: [F; 3]) -> F {
        select(mask, a, b)
    }
}
