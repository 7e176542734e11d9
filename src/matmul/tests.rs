//! Every kernel that this processor can run against the definition of a product.

use super::*;

/// Small whole numbers, whose products and sums are exact in either type, so that every order of summation agrees.
fn numbers<F: Float>(len: usize, salt: usize) -> Vec<F> {
    (0..len).map(|i| F::from_f64(((i * 7919 + salt * 104_729) % 1009 % 17) as f64 - 8.0)).collect()
}

fn at_row_column(values: &[f64], columns: usize, transposed: bool, rows: usize, i: usize, j: usize) -> f64 {
    if transposed { values[j * rows + i] } else { values[i * columns + j] }
}

/// The definition, in `f64`; `a` is `[k, m]` and `b` `[n, k]` where transposed.
fn naive(a: &[f64], b: &[f64], bias: &[f64], [m, k, n]: [usize; 3], transposed: [bool; 2]) -> Vec<f64> {
    let mut c = Vec::new();
    for i in 0..m {
        for (j, bias) in bias.iter().enumerate() {
            let terms = (0..k)
                .map(|p| at_row_column(a, k, transposed[0], m, i, p) * at_row_column(b, n, transposed[1], k, p, j));
            c.push(bias + terms.sum::<f64>());
        }
    }
    c
}

fn to_f64<F: Float>(values: &[F]) -> Vec<f64> {
    values.iter().map(|value| value.to_f64()).collect()
}

fn check<F: Float>(multiplier: &mut Multiplier<F>, shape: [usize; 3]) {
    let [m, k, n] = shape;
    let (a, b, bias) = (numbers::<F>(m * k, 1), numbers::<F>(k * n, 2), numbers::<F>(n, 3));
    let (a64, b64, bias64, zero) = (to_f64(&a), to_f64(&b), to_f64(&bias), vec![0.0; n]);
    let mut c = vec![F::from_f64(f64::NAN); m * n];

    multiplier.ab(&a, &b, Some(&bias), &mut c, shape);
    assert_eq!(to_f64(&c), naive(&a64, &b64, &bias64, shape, [false, false]), "a b + bias {shape:?}");
    c.fill(F::from_f64(f64::NAN));
    multiplier.ab(&a, &b, None, &mut c, shape);
    assert_eq!(to_f64(&c), naive(&a64, &b64, &zero, shape, [false, false]), "a b {shape:?}");

    c.fill(F::from_f64(f64::NAN));
    let mut sums = vec![F::from_f64(f64::NAN); n];
    multiplier.at_b(&a, &b, Some(&mut sums), &mut c, shape);
    assert_eq!(to_f64(&c), naive(&a64, &b64, &zero, shape, [true, false]), "a^T b {shape:?}");
    let columns: Vec<f64> = (0..n).map(|j| (0..k).map(|p| b64[p * n + j]).sum()).collect();
    // With no rows in the result no columns are read, and none summed.
    if m > 0 {
        assert_eq!(to_f64(&sums), columns, "sums of columns {shape:?}");
    }

    c.fill(F::from_f64(f64::NAN));
    multiplier.a_bt(&a, &b, &mut c, shape);
    assert_eq!(to_f64(&c), naive(&a64, &b64, &zero, shape, [false, true]), "a b^T {shape:?}");
}

fn check_all<F: Float>() {
    let edges = [0, 1, 2, 3, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 50, 64];
    for level in Level::available() {
        let mut multiplier = Multiplier::<F>::on(level);
        for m in edges {
            for n in edges {
                for k in [0, 1, 2, 5, 16] {
                    check(&mut multiplier, [m, k, n]);
                }
            }
        }
        // More than `NC` columns, with each width of a rest.
        for (m, k, n) in [(7, 40, 128), (6, 33, 129), (5, 12, 138), (20, 3, 271), (141, 513, 17)] {
            check(&mut multiplier, [m, k, n]);
        }
        // Packed `a` beside full micro-panels of `b`, and rests of one, two and three registers of each kind.
        for n in [33, 40, 64, 65, 80, 81, 96, 97, 112, 113, 192] {
            check(&mut multiplier, [67, 257, n]);
        }
        // Few columns, made as their transpose, and shapes that are just too large for it.
        for (m, k, n) in [(512, 256, 10), (13, 700, 12), (6001, 3, 12), (100, 1400, 12), (785, 40, 2), (14, 600, 1)] {
            check(&mut multiplier, [m, k, n]);
        }
        // More than `MC` rows; packed `a` beside a right operand that is read where it lies.
        check(&mut multiplier, [300, 257, 81]);
        check(&mut multiplier, [140, 120, 128]);
        // Right operands that are read where they lie, with rests beside them; many columns of few terms.
        for (m, k, n) in [(9, 513, 241), (8, 512, 256), (70, 257, 251), (7, 80, 575), (13, 9, 1200), (6, 20, 700)] {
            check(&mut multiplier, [m, k, n]);
        }
        // More than `KC` terms, with micro-panels of `b` that are full, partly full and alone.
        for k in [511, 512, 513, 1030] {
            for (m, n) in [(1, 1), (9, 2), (8, 10), (13, 33), (16, 64), (5, 71)] {
                check(&mut multiplier, [m, k, n]);
            }
        }
    }
}

#[test]
fn every_kernel_computes_the_product_at_all_edges_in_f32() {
    check_all::<f32>();
}

#[test]
fn every_kernel_computes_the_product_at_all_edges_in_f64() {
    check_all::<f64>();
}

#[test]
fn a_product_does_not_depend_on_the_rows_beside_it() {
    let (k, n) = (700, 21);
    let a: Vec<f32> = numbers::<f32>(24 * k, 5).iter().map(|x| x * 0.37).collect();
    let b: Vec<f32> = numbers::<f32>(k * n, 6).iter().map(|x| x * 0.11).collect();
    let mut multiplier = Multiplier::new();
    let (mut all, mut some) = (vec![0.0; 24 * n], vec![0.0; 5 * n]);
    multiplier.ab(&a, &b, None, &mut all, [24, k, n]);
    multiplier.ab(&a[..5 * k], &b, None, &mut some, [5, k, n]);
    assert_eq!(all[..5 * n], some[..]);
}

#[test]
fn a_nan_in_one_row_stays_in_that_row() {
    let mut a = vec![1.0_f32; 9 * 4];
    a[4] = f32::NAN;
    let mut c = vec![0.0; 9 * 3];
    Multiplier::new().ab(&a, &[1.0; 12], None, &mut c, [9, 4, 3]);
    assert!(c[3..6].iter().all(|value| value.is_nan()));
    assert!(c[..3].iter().chain(&c[6..]).all(|value| *value == 4.0));
}

#[test]
fn a_product_with_few_columns_has_the_bits_of_one_with_many() {
    let (m, k, n) = (130, 600, 10);
    let a: Vec<f32> = numbers::<f32>(k * m, 5).iter().map(|x| x * 0.37).collect();
    let wide: Vec<f32> = numbers::<f32>(k * 32, 6).iter().map(|x| x * 0.11).collect();
    let few: Vec<f32> = wide.chunks(32).flat_map(|row| row[..n].to_vec()).collect();
    for level in Level::available() {
        let mut multiplier = Multiplier::on(level);
        let (mut all, mut some) = (vec![0.0; m * 32], vec![0.0; m * n]);
        let mut sums = [vec![0.0; 32], vec![0.0; n]];
        let [all_sums, some_sums] = &mut sums;
        multiplier.at_b(&a, &wide, Some(all_sums), &mut all, [m, k, 32]);
        multiplier.at_b(&a, &few, Some(some_sums), &mut some, [m, k, n]);
        assert!(all.chunks(32).zip(some.chunks(n)).all(|(all, some)| all[..n] == *some));
        assert_eq!(sums[0][..n], sums[1]);
    }
}

#[test]
fn a_product_shared_among_threads_or_by_a_copy_has_the_same_bits() {
    let shape @ [m, k, n] = [301, 180, 90];
    let a: Vec<f32> = numbers::<f32>(m * k, 7).iter().map(|x| x * 0.31).collect();
    let b: Vec<f32> = numbers::<f32>(k * n, 8).iter().map(|x| x * 0.17).collect();
    let bias = numbers::<f32>(n, 9);
    let all = |multiplier: &mut Multiplier<f32>| {
        let (mut c, mut sums) = (vec![vec![0.0; m * n]; 3], vec![0.0; n]);
        multiplier.ab(&a, &b, Some(&bias), &mut c[0], shape);
        multiplier.at_b(&a, &b, Some(&mut sums), &mut c[1], shape);
        multiplier.a_bt(&a, &b, &mut c[2], shape);
        (c, sums)
    };
    let alone = all(&mut Multiplier::new());
    // A copy's room grows as its products need it, and holds what others have left.
    let mut copy = Multiplier::new().clone();
    assert!((0..2).all(|_| all(&mut copy) == alone), "a copy");
    for threads in [2, 3, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut multiplier = Multiplier::new();
        multiplier.share(threads);
        // Wherever it is parted.
        for balance in Balance::extremes() {
            multiplier.rooms.iter_mut().for_each(|room| room.balance = balance);
            let shared = pool.install(|| all(&mut multiplier));
            assert!(m * k * n >= SHARED && shared == alone, "{threads} threads, {balance:?}");
        }
    }
}

/// Numbers whose products and sums are rounded, some tiny, some large, both signs.
fn rounded<F: Float>(len: usize, salt: usize) -> Vec<F> {
    let one = |i: usize| ((i * 7919 + salt * 104_729) % 10_007) as f64 / 10_007.0 - 0.5;
    (0..len).map(|i| F::from_f64(one(i) * [1.0, 1e-6, 300.0, 1.0, 0.03][(i + salt) % 5])).collect()
}

/// What a level makes of all three products of a shape, as bits.
fn bits<F: Float>(level: Level, shape: [usize; 3]) -> Vec<u64> {
    let [m, k, n] = shape;
    let (a, b, bias) = (rounded::<F>(m * k, 1), rounded::<F>(k * n, 2), rounded::<F>(n, 3));
    let mut multiplier = Multiplier::on(level);
    let (mut c, mut sums) = (vec![vec![F::ZERO; m * n]; 4], vec![F::ZERO; n]);
    multiplier.ab(&a, &b, Some(&bias), &mut c[0], shape);
    multiplier.ab(&a, &b, None, &mut c[1], shape);
    multiplier.at_b(&a, &b, Some(&mut sums), &mut c[2], shape);
    multiplier.a_bt(&a, &b, &mut c[3], shape);
    c.iter().flatten().chain(&sums).map(|value| value.to_f64().to_bits()).collect()
}

#[test]
fn every_level_gives_the_bits_of_the_portable_one() {
    // Rows, terms and columns about the tiles' and the blocks' edges of each level, narrow and deep ones among them.
    let shapes = [
        [1, 1, 1],
        [1, 7, 3],
        [2, 16, 17],
        [5, 31, 33],
        [7, 64, 15],
        [8, 513, 9],
        [9, 100, 130],
        [13, 700, 12],
        [31, 1030, 47],
        [64, 64, 10],
        [67, 257, 97],
        [100, 30, 300],
        [141, 513, 17],
        [300, 257, 81],
        [785, 40, 2],
        [70, 257, 251],
    ];
    for shape in shapes {
        let (single, double) = (bits::<f32>(Level::Portable, shape), bits::<f64>(Level::Portable, shape));
        for level in Level::available() {
            assert!(bits::<f32>(level, shape) == single, "f32 {shape:?}, {}", level.name());
            assert!(bits::<f64>(level, shape) == double, "f64 {shape:?}, {}", level.name());
        }
    }
}

#[test]
fn every_product_is_added_with_one_rounding_from_the_first_term_to_the_last() {
    let [m, k, n] = [9, 300, 33];
    let (a, b, bias) = (rounded::<f32>(m * k, 1), rounded::<f32>(k * n, 2), rounded::<f32>(n, 3));
    let fused = |i: usize, j: usize| (0..k).fold(bias[j], |sum, p| libm::fmaf(a[i * k + p], b[p * n + j], sum));
    let expected: Vec<f32> = (0..m * n).map(|at| fused(at / n, at % n)).collect();
    for level in Level::available() {
        let mut c = vec![0.0; m * n];
        Multiplier::on(level).ab(&a, &b, Some(&bias), &mut c, [m, k, n]);
        assert_eq!(c, expected, "{}", level.name());
    }
}
