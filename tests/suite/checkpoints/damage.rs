//! Bytes that are cut, damaged or of anything else are an error, never a panic or an allocation without end; and what is
//! written is read with every bit.

use std::sync::Arc;

use super::{CUT, OBSERVER, STEPS, bytes, network, network_parts, observed, read, saved, schedule, train, watch};
use optlab::Error;
use optlab::error::{Place, Source};
use optlab::optim::{Constant, Memory, MemoryValue, RunView};
use optlab::snapshot::Status;
use optlab::train::{Experiment, ExperimentCheckpoint, Halt, ObservingCheckpoint};
use proptest::prelude::*;

#[test]
fn bytes_that_are_cut_are_an_error() {
    let mut source = network::<f32>("adam", Some(schedule("plateau")), 6, 5);
    train(&mut source, CUT);
    let written = saved(&mut source);
    for length in 0..written.len() {
        assert!(postcard::from_bytes::<ExperimentCheckpoint<f32>>(&written[..length]).is_err(), "{length}");
    }
    let mut observer = observed(OBSERVER);
    watch(&mut observer, CUT);
    let written = bytes(&observer.1.save());
    for length in 0..written.len() {
        assert!(postcard::from_bytes::<ObservingCheckpoint>(&written[..length]).is_err(), "{length}");
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let make = || network::<f32>("adam", Some(schedule("plateau")), 6, 5);
    let mut source = make();
    train(&mut source, CUT);
    let written = saved(&mut source);
    let mut target = make();
    let (mut refused, mut taken) = (0, 0);
    for at in 0..written.len() {
        for flip in [0x80, 0x01, 0xff] {
            let mut damaged = written.clone();
            damaged[at] ^= flip;
            let Ok(kept) = postcard::from_bytes::<ExperimentCheckpoint<f32>>(&damaged) else {
                refused += 1;
                continue;
            };
            if target.restore(&kept).is_err() {
                refused += 1;
                continue;
            }
            taken += 1;
            // A number that is another one may well diverge or fail in a script, but in good order.
            let _: Result<_, Halt> = target.step(None);
        }
    }
    assert!(refused > 100 && taken > 100, "{refused} and {taken}");

    let mut observer = observed(OBSERVER);
    watch(&mut observer, CUT);
    let written = bytes(&observer.1.save());
    for at in 0..written.len() {
        let mut damaged = written.clone();
        damaged[at] ^= 0x81;
        if let Ok(kept) = postcard::from_bytes::<ObservingCheckpoint>(&damaged)
            && observer.1.restore(&kept).is_ok()
        {
            let report = observer.0.step(None).unwrap();
            let _ = observer.1.stepped(&mut observer.0, &report);
            let _ = observer.1.view();
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = postcard::from_bytes::<ExperimentCheckpoint<f64>>(&bytes);
        let _ = postcard::from_bytes::<ObservingCheckpoint>(&bytes);
        let _ = postcard::from_bytes::<Memory>(&bytes);
        let _ = postcard::from_bytes::<Status>(&bytes);
    }
}

#[test]
fn a_length_beyond_all_memory_is_an_error() {
    // Bits, seed, step and recipe are 0, and then there are 2^64 - 1 parameters.
    let lengths = [[0; 4].as_slice(), &[0xff; 9], &[0x01]].concat();
    assert!(postcard::from_bytes::<ExperimentCheckpoint<f32>>(&lengths).is_err());
}

/// Numbers that a text would lose.
const ODD: [u64; 6] = [
    0x7ff8_dead_beef_0001,
    0xfff0_0000_0000_0001,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x8000_0000_0000_0000,
    0x0000_0000_0000_0001,
];

#[test]
fn every_bit_of_a_number_survives() {
    let odd: Vec<f64> = ODD.into_iter().map(f64::from_bits).collect();
    let tensor = MemoryValue::Tensor { values: Arc::new(odd.clone()), columns: 3 };
    let mut values: Vec<(String, MemoryValue)> = vec![
        ("tensor".into(), tensor),
        ("whole".into(), MemoryValue::Whole(i64::MIN)),
        ("truth".into(), MemoryValue::Truth(true)),
        ("nothing".into(), MemoryValue::Nothing),
    ];
    values.extend(odd.iter().map(|odd| ("number".to_owned(), MemoryValue::Number(*odd))));
    let memory: Memory = read(&bytes(&Memory::new("fn memory() {}", values)));
    let MemoryValue::Tensor { values, columns: 3 } = &memory.values()[0].1 else { panic!("{memory:?}") };
    assert_eq!(values.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), ODD);
    let numbers = memory.values()[4..].iter().map(|(_, value)| match value {
        MemoryValue::Number(number) => number.to_bits(),
        other => panic!("{other:?}"),
    });
    assert_eq!(numbers.collect::<Vec<_>>(), ODD);
    assert_eq!(
        memory.values()[1..4].iter().map(|(_, value)| value.clone()).collect::<Vec<_>>(),
        [MemoryValue::Whole(i64::MIN), MemoryValue::Truth(true), MemoryValue::Nothing]
    );

    let view: RunView = read(&bytes(&RunView { loss: odd[0], lr: odd[1], val_loss: odd[3], ..RunView::default() }));
    assert_eq!([view.loss, view.lr, view.val_loss].map(f64::to_bits), [ODD[0], ODD[1], ODD[3]]);
}

#[test]
fn every_bit_of_a_weight_survives() {
    let odd = [0x7fc0_beef_u32, 0xff80_0001, 0x7f80_0000, 0xff80_0000, 0x8000_0000, 0x0000_0001];
    let mut parts = network_parts::<f32>("adam", None, 6, 5);
    for (weight, bits) in parts.params.values_mut().iter_mut().zip(odd) {
        *weight = f32::from_bits(bits);
    }
    let mut source = Experiment::new(parts).unwrap();
    let mut target = network::<f32>("adam", None, 6, 5);
    target.restore(&read(&saved(&mut source))).unwrap();
    assert_eq!(target.params().values()[..6].iter().map(|weight| weight.to_bits()).collect::<Vec<_>>(), odd);
}

#[test]
fn an_end_is_read_as_it_was_written() {
    let source = Source::new("rule.rhai", "fn update() {\n  1\n}\n");
    let error = Error::user("it failed").at(Place::token(&source, 2, 3)).label("here").help("mend it");
    for status in [Status::Paused, Status::Stopped("enough".into()), Status::Failed(error.clone())] {
        assert_eq!(read::<Status>(&bytes(&status)), status);
    }
    let mut experiment = network::<f32>("sgd", Some(Box::new(Constant(f64::NAN))), 6, 5);
    let halt = (0..STEPS).find_map(|_| experiment.step(None).err());
    let Some(Halt::Diverged(divergence)) = halt else { panic!("{halt:?}") };
    let status = Status::Diverged(*divergence);
    let Status::Diverged(back) = read(&bytes(&status)) else { panic!("another status") };
    let Status::Diverged(divergence) = status else { unreachable!() };
    assert_eq!((back.sentence(), back.value.to_bits()), (divergence.sentence(), divergence.value.to_bits()));

    // A place beside its text would fail where the error is drawn, so it is not read; control characters are not either.
    let written = bytes(&error);
    let at = written.windows(2).position(|pair| pair == [16, 17]).expect("the span of `1`");
    let mut beside = written.clone();
    beside[at + 1] = 99;
    assert!(postcard::from_bytes::<Error>(&beside).is_err());
    let word = written.windows(2).position(|pair| pair == b"it").unwrap();
    let mut steering = written;
    steering[word] = 0x1b;
    assert!(!read::<Error>(&steering).render(false).contains('\u{1b}'));
}
