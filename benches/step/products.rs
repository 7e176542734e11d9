//! The matrix products of four networks, ours beside those of the crates `gemm` and `ndarray` (`matrixmultiply`).
#![allow(unsafe_code)] // `gemm` takes pointers

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};
use optlab::bench::{WORKLOADS, in_turn, multiply_adds_per_second, waves};
use optlab::matmul::Multiplier;

/// How often a product is run in one measurement, so that the clock is read seldom.
fn turns(size: usize) -> usize {
    (2_000_000 / size).max(1)
}

/// `c = a b` by `gemm`, with the distances between the rows and the columns of `a` and `b`; `c` is whole rows.
fn by_gemm([m, k, n]: [usize; 3], a: (&[f32], [isize; 2]), b: (&[f32], [isize; 2]), c: &mut [f32]) {
    assert!(a.0.len() == m * k && b.0.len() == k * n && c.len() == m * n);
    // Its kernels want results that lie down the columns; so the crate `gemm` turns the product of such a `c` round.
    // SAFETY: the pointers and distances are those of whole matrices, as asserted.
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            n,
            m,
            k,
            c.as_mut_ptr(),
            n as isize,
            1,
            false,
            b.0.as_ptr(),
            b.1[0],
            b.1[1],
            a.0.as_ptr(),
            a.1[0],
            a.1[1],
            0.0,
            1.0,
            false,
            false,
            false,
            gemm_common::Parallelism::None,
        );
    }
}

/// The matrix as it lies, and whether it is to be read across.
fn view(values: &[f32], [rows, columns]: [usize; 2], across: bool) -> ArrayView2<'_, f32> {
    let shape = if across { (columns, rows) } else { (rows, columns) };
    let view = ArrayView2::from_shape(shape, values).unwrap();
    if across { view.reversed_axes() } else { view }
}

fn row(name: &str, shape: [usize; 3], ours: &mut dyn FnMut(&mut [f32]), [a_across, b_across]: [bool; 2]) {
    let [m, k, n] = shape;
    let (a, b) = (waves(m * k, 0.0), waves(k * n, 1.0));
    let mut c = [waves(m * n, 0.0), waves(m * n, 0.0), waves(m * n, 0.0)];
    let [c0, c1, c2] = &mut c;
    let (m_, k_, n_) = (m as isize, k as isize, n as isize);
    let a_steps = if a_across { [1, m_] } else { [k_, 1] };
    let b_steps = if b_across { [1, k_] } else { [n_, 1] };
    let turns = turns(m * k * n);
    let times = in_turn([
        &mut || (0..turns).for_each(|_| ours(c0)),
        &mut || (0..turns).for_each(|_| by_gemm(shape, (&a, a_steps), (&b, b_steps), c1)),
        &mut || {
            let (a, b) = (view(&a, [m, k], a_across), view(&b, [k, n], b_across));
            let mut c = ArrayViewMut2::from_shape((m, n), c2).unwrap();
            (0..turns).for_each(|_| general_mat_mul(1.0, &a, &b, 0.0, &mut c));
        },
    ]);
    let [ours, gemm, ndarray] = times.map(|time| 2e-9 * (m * k * n * turns) as f64 / time);
    let ratio = ours / gemm.max(ndarray);
    println!("| {name} | {m} x {k} x {n} | {ours:.1} | {gemm:.1} | {ndarray:.1} | {ratio:.2} |");
}

pub fn products() {
    let limit = 2e-9 * multiply_adds_per_second();
    println!("\nmatrix products of `f32` on one thread, in GFLOP/s; the limit of a core is {limit:.1}\n");
    println!("| product | m x k x n | ours | gemm | ndarray | to the better |\n|---|---|---|---|---|---|");
    let mut multiplier = Multiplier::<f32>::new();
    for workload in WORKLOADS {
        for (layer, pair) in workload.sizes.windows(2).enumerate() {
            let [batch, inputs, outputs] = [workload.batch, pair[0], pair[1]];
            let (x, w, dy) = (waves(batch * inputs, 0.0), waves(inputs * outputs, 1.0), waves(batch * outputs, 2.0));
            let (bias, mut db) = (waves(outputs, 0.0), waves(outputs, 0.0));
            let shape = [batch, inputs, outputs];
            row("x W + b", shape, &mut |y| multiplier.ab(&x, &w, Some(&bias), y, shape), [false, false]);
            let shape = [inputs, batch, outputs];
            row("x^T dy", shape, &mut |dw| multiplier.at_b(&x, &dy, Some(&mut db), dw, shape), [true, false]);
            if layer > 0 {
                let shape = [batch, outputs, inputs];
                row("dy W^T", shape, &mut |dx| multiplier.a_bt(&dy, &w, dx, shape), [false, true]);
            }
        }
    }
}
