//! What the sums of a block and of a parameter come to: from lanes of a program's numbers to lanes of `f64`, and from those
//! to one number. Compiled for each level, since a small parameter's update is not much longer.

use super::{Chunk, LANES};
use crate::program::Real;
use crate::simd::Level;

/// The sums of several blocks, lane by lane. Unsafe to call on a processor of another kind, as [`Total`].
pub(super) type Add<F> = unsafe fn(&mut [f64; LANES], &Chunk<F>);
/// The sum of a block.
pub(super) type Total<F> = unsafe fn(&Chunk<F>) -> f64;

/// Both for each level.
pub(super) trait Sums: Real {
    const SUMS: [(Add<Self>, Total<Self>); Level::COMPILED];
}

impl<F: Real> Sums for F {
    const SUMS: [(Add<Self>, Total<Self>); Level::COMPILED] = [
        (add::<F>, total::<F>),
        #[cfg(target_arch = "x86_64")]
        (wide::add_avx2::<F>, wide::total_avx2::<F>),
        #[cfg(target_arch = "x86_64")]
        (wide::add_avx512::<F>, wide::total_avx512::<F>),
    ];
}

/// The sum of the lanes: by halves, since one chain of sixteen additions takes long.
#[inline(always)]
pub(super) fn by_halves(lanes: &[f64; LANES]) -> f64 {
    let eight: [f64; 8] = std::array::from_fn(|i| lanes[i] + lanes[i + 8]);
    let four: [f64; 4] = std::array::from_fn(|i| eight[i] + eight[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

#[inline(always)]
fn add<F: Real>(sums: &mut [f64; LANES], block: &Chunk<F>) {
    sums.iter_mut().zip(block.0).for_each(|(sum, lane)| *sum += lane.to_f64());
}

#[inline(always)]
fn total<F: Real>(block: &Chunk<F>) -> f64 {
    by_halves(&block.0.map(F::to_f64))
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{Chunk, LANES};
    use crate::program::Real;

    macro_rules! compiled_for {
        ($add:ident $total:ident $features:literal) => {
            #[target_feature(enable = $features)]
            pub fn $add<F: Real>(sums: &mut [f64; LANES], block: &Chunk<F>) {
                super::add(sums, block);
            }
            #[target_feature(enable = $features)]
            pub fn $total<F: Real>(block: &Chunk<F>) -> f64 {
                super::total(block)
            }
        };
    }

    compiled_for!(add_avx2 total_avx2 "avx2");
    compiled_for!(add_avx512 total_avx512 "avx512f,avx512dq,avx512vl,avx512bw");
}
