//! A pass through a network allocates nothing: a step costs what its arithmetic costs, and never waits for memory.
#![allow(unsafe_code)] // an allocator that counts can be installed in no other way

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{Mse, Relu, dense};
use optlab::nn::{LayerSpec, Loss, Mode, Network, Penalty, Targets};
use optlab::program::{Arena, Real};

thread_local! {
    /// Allocations of this thread; others, such as the test runner's, are not our business.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on as it came; the counter neither allocates nor is ever destroyed.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(mut work: impl FnMut()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![0_u8; 100]))), 1);
}

fn check<F: Real>(mut loss: Loss<F>, classes: bool) {
    let (inputs, outputs, capacity) = (20, 10, 32);
    let specs = vec![
        dense(300),
        LayerSpec::Activation { name: "relu".to_owned(), function: Box::new(Relu) },
        LayerSpec::Dropout { rate: 0.2 },
        dense(17),
        dense(outputs),
    ];
    let mut network = Network::<F>::new(inputs, specs, capacity).unwrap();
    let params = network.initialise(1);
    let mut grads = Arena::zeros(network.layout());
    let x = vec![F::ONE; capacity * inputs];
    let (labels, values) = (vec![3_u32; capacity], vec![F::ONE; capacity * outputs]);
    let mut d_output = vec![F::ZERO; capacity * outputs];
    let penalty = Penalty { l1: 0.1, l2: 0.1 };
    let mut step = |samples: usize, step: u64| {
        let x = &x[..samples * inputs];
        let d_output = &mut d_output[..samples * outputs];
        let targets =
            if classes { Targets::Classes(&labels[..samples]) } else { Targets::Values(&values[..samples * outputs]) };
        let output = network.forward(&params, x, samples, Mode::Train { seed: 1, step });
        let value = loss.value_and_gradient(output, targets, outputs, d_output) + penalty.value(&params);
        network.backward(&params, x, d_output, &mut grads);
        penalty.add_gradient(&params, &mut grads);
        let output = network.forward(&params, x, samples, Mode::Evaluate);
        assert!(value.is_finite() && loss.value(output, targets, outputs).is_finite());
        loss.hits(output, targets, outputs);
    };
    step(capacity, 0);
    let counted = allocations(|| {
        for t in 1..5 {
            step(capacity, t);
            step(7, t);
        }
    });
    assert_eq!(counted, 0);
}

#[test]
fn a_step_allocates_nothing() {
    check::<f32>(Loss::CrossEntropy, true);
    check::<f64>(Loss::CrossEntropy, false);
    check::<f32>(Loss::BinaryCrossEntropy, true);
    check::<f32>(Loss::pointwise(Box::new(Mse)), true);
    check::<f32>(Loss::pointwise(Box::new(Mse)), false);
}
