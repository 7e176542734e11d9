//! Three rules written out in one loop each, as a library would have them, compiled for wide vectors as the engine's
//! kernels are.
#![allow(unsafe_code)] // the target feature is looked for before the call

use crate::program::Aligned;

/// A rule with the defaults of the script of its name.
pub struct Fused {
    name: &'static str,
    t: i32,
    v: Aligned<f32>,
    s: Aligned<f32>,
}

impl Fused {
    pub fn new(name: &str, count: usize) -> Self {
        let name = ["adam", "rmsprop", "momentum"].into_iter().find(|known| *known == name).expect("a known rule");
        Self { name, t: 0, v: Aligned::zeros(count), s: Aligned::zeros(count) }
    }

    /// One update; returns the squared length of the step if it is to be measured.
    pub fn step(&mut self, w: &mut [f32], dw: &[f32], measured: bool) -> f32 {
        self.t += 1;
        let (first, second) = (1.0 / (1.0 - 0.9_f64.powi(self.t)), 1.0 / (1.0 - 0.999_f64.powi(self.t)));
        let corrections = [first as f32, second as f32];
        let (v, s) = (&mut *self.v, &mut *self.s);
        match (self.name, measured) {
            ("adam", false) => adam::run(w, dw, v, s, corrections),
            ("adam", true) => adam_measured::run(w, dw, v, s, corrections),
            ("rmsprop", false) => rmsprop::run(w, dw, v, s, corrections),
            ("rmsprop", true) => rmsprop_measured::run(w, dw, v, s, corrections),
            (_, false) => momentum::run(w, dw, v, s, corrections),
            (_, true) => momentum_measured::run(w, dw, v, s, corrections),
        }
    }
}

/// A loop for each kind of processor, plain, and with the step's length in sixteen sums side by side.
macro_rules! fused {
    ($plain:ident, $measured:ident: |$w:ident, $g:ident, $v:ident, $s:ident, $corrections:ident| $update:block) => {
        fused!($plain: |w, dw, v, s, $corrections| {
            for ((($w, $g), $v), $s) in w.iter_mut().zip(dw).zip(v).zip(s) $update
            0.0
        });
        fused!($measured: |w, dw, v, s, $corrections| {
            let mut sums = [0.0_f32; 16];
            let (w, rest) = w.as_chunks_mut::<16>();
            let tail = 16 * w.len();
            let chunks = w.iter_mut().zip(dw.as_chunks::<16>().0);
            let states = v.as_chunks_mut::<16>().0.iter_mut().zip(s.as_chunks_mut::<16>().0);
            for ((w, dw), (v, s)) in chunks.zip(states) {
                let before = *w;
                for i in 0..16 {
                    let ($w, $g, $v, $s) = (&mut w[i], &dw[i], &mut v[i], &mut s[i]);
                    $update
                }
                for i in 0..16 {
                    sums[i] += (w[i] - before[i]) * (w[i] - before[i]);
                }
            }
            for ((($w, $g), $v), $s) in rest.iter_mut().zip(&dw[tail..]).zip(&mut v[tail..]).zip(&mut s[tail..]) $update
            sums.iter().sum()
        });
    };
    ($name:ident: |$w:ident, $dw:ident, $v:ident, $s:ident, $corrections:ident| $body:block) => {
        mod $name {
            #[inline(always)]
            fn plain($w: &mut [f32], $dw: &[f32], $v: &mut [f32], $s: &mut [f32], $corrections: [f32; 2]) -> f32 $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2(w: &mut [f32], dw: &[f32], v: &mut [f32], s: &mut [f32], corrections: [f32; 2]) -> f32 {
                plain(w, dw, v, s, corrections)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
            fn avx512(w: &mut [f32], dw: &[f32], v: &mut [f32], s: &mut [f32], corrections: [f32; 2]) -> f32 {
                plain(w, dw, v, s, corrections)
            }

            pub fn run(w: &mut [f32], dw: &[f32], v: &mut [f32], s: &mut [f32], corrections: [f32; 2]) -> f32 {
                #[cfg(target_arch = "x86_64")]
                match crate::simd::Level::in_force() {
                    // SAFETY: the processor has the level in force.
                    crate::simd::Level::Avx512 => return unsafe { avx512(w, dw, v, s, corrections) },
                    // SAFETY: the processor has the level in force.
                    crate::simd::Level::Avx2 => return unsafe { avx2(w, dw, v, s, corrections) },
                    crate::simd::Level::Portable => {}
                }
                plain(w, dw, v, s, corrections)
            }
        }
    };
}

fused!(adam, adam_measured: |w, g, v, s, corrections| {
    *v = 0.9 * *v + 0.1 * *g;
    *s = 0.999 * *s + 0.001 * *g * *g;
    *w -= 0.001 * (*v * corrections[0]) / ((*s * corrections[1]).sqrt() + 1e-8);
});
fused!(rmsprop, rmsprop_measured: |w, g, _v, s, _corrections| {
    *s = 0.99 * *s + 0.01 * *g * *g;
    *w -= 0.01 * *g / (s.sqrt() + 1e-8);
});
fused!(momentum, momentum_measured: |w, g, v, _s, _corrections| {
    *v = 0.9 * *v + 0.1 * *g;
    *w -= 0.1 * *v;
});
