//! What an input is kept as until it is rounded, once, to the 32 bits that a network computes with.

use std::any::Any;

use ndarray::Array2;

use crate::program::Real;

/// An input of a sample as it was made or read.
pub trait Cell: Copy + PartialEq {
    /// Its value; no number of 64 bits is nearer.
    fn exact(self) -> f64;

    /// All of a matrix's cells, each the nearest number of 32 bits.
    fn rounded(matrix: Array2<Self>) -> Array2<f32> {
        convert(matrix, |cell, _| cell.exact() as f32)
    }
}

impl<F: Real> Cell for F {
    fn exact(self) -> f64 {
        self.to_f64()
    }

    fn rounded(matrix: Array2<F>) -> Array2<f32> {
        let mut matrix = Some(matrix);
        // Numbers of 32 bits are moved, not copied.
        let same = (&mut matrix as &mut dyn Any).downcast_mut::<Option<Array2<f32>>>().and_then(Option::take);
        same.unwrap_or_else(|| convert(matrix.unwrap_or_default(), |cell, _| cell.to_f64() as f32))
    }
}

/// A pixel of an image: a byte that stands for a number from 0 to 1, a 255th each, as `torchvision`'s `ToTensor` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixel(pub u8);

impl Cell for Pixel {
    fn exact(self) -> f64 {
        f64::from(self.0) / 255.0
    }
}

/// The least cells of a block.
const BLOCK: usize = 1 << 16;

/// The numbers of 32 bits that `f(cell, column)` makes of a matrix that is stored row by row. Block by block from the end,
/// and each block's memory is given back: large data never lie in memory as both.
pub(super) fn convert<C: Copy>(matrix: Array2<C>, f: impl Fn(C, usize) -> f32) -> Array2<f32> {
    let (rows, columns) = matrix.dim();
    let (mut cells, start) = matrix.into_raw_vec_and_offset();
    let start = start.unwrap_or(0);
    let mut numbers = vec![0.0; rows * columns];
    // Sixteen blocks at the most: an allocator may have to copy what is left when a part is given back.
    let block = (BLOCK / columns.max(1)).max(rows.div_ceil(16)).max(1);
    let mut end = rows;
    while end > 0 {
        let from = end.saturating_sub(block);
        let block = from * columns..end * columns;
        let rows = cells[start + block.start..start + block.end].chunks_exact(columns);
        for (to, row) in numbers[block].chunks_exact_mut(columns).zip(rows) {
            to.iter_mut().zip(row).enumerate().for_each(|(column, (to, cell))| *to = f(*cell, column));
        }
        cells.truncate(start + from * columns);
        cells.shrink_to_fit();
        end = from;
    }
    Array2::from_shape_vec((rows, columns), numbers).expect("as many numbers as rows times columns")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_cell_is_rounded_once_to_the_nearest_number() {
        let cells = array![[0.1_f64, 1e-50], [16_777_217.0, -3.5]];
        assert_eq!(f64::rounded(cells), array![[0.1_f32, 0.0], [16_777_216.0, -3.5]]);
        assert_eq!(f32::rounded(array![[0.1_f32]]), array![[0.1_f32]]);
        for byte in 0..=255 {
            assert_eq!(Pixel::rounded(array![[Pixel(byte)]])[[0, 0]], (f64::from(byte) / 255.0) as f32);
        }
    }

    #[test]
    fn every_cell_of_every_block_is_converted_with_its_column() {
        for (rows, columns) in [(1, 1), (40, 3), (70_000, 3), (3, 200_000)] {
            let matrix = Array2::from_shape_fn((rows, columns), |(i, j)| (i * columns + j) as f64);
            let converted = convert(matrix.clone(), |cell, column| cell as f32 - column as f32);
            assert!(converted.indexed_iter().all(|((i, j), number)| *number == matrix[[i, j]] as f32 - j as f32));
        }
        let whole = Array2::from_shape_fn((9, 2), |(i, _)| i as f64);
        let tail = whole.slice_move(ndarray::s![4.., ..]);
        assert_eq!(convert(tail, |cell, _| cell as f32)[[0, 0]], 4.0, "a matrix that starts within its memory");
    }
}
