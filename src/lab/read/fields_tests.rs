//! What a student reads when a key or a value is wrong.

use super::*;
use crate::lab::Interval;

const OPTIMIZER: &str = "optimizer:\n  rule: adamm\n  lr: 0,5\n  beta1: 1.5\n  warm: 3\n  eps: .nan\n  steps: 2.5\n";

fn parse(text: &str) -> Document {
    Document::parse("lab.yaml", text).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

/// The error of reading the key `x` of a text.
fn reading<T: std::fmt::Debug>(text: &str, read: impl Fn(&Field<'_>) -> Result<T>) -> String {
    let document = parse(text);
    let field = Fields::root(&document, "the lab").unwrap().require("x").unwrap();
    let error = read(&field).unwrap_err();
    assert_eq!(error.place().map(|place| place.key.clone()).as_deref(), Some("x"));
    [error.what(), &error.help_lines().join("; ")].join(" | ")
}

#[test]
fn a_lab_shows_all_its_errors_in_its_own_order() {
    let document = parse(OPTIMIZER);
    let mut problems = Problems::new(&document);
    let mut root = Fields::root(&document, "the lab").unwrap();
    let field = root.require("optimizer").unwrap();
    root.finish(&mut problems);
    let mut fields = field.map("the optimizer").unwrap();
    for (key, interval) in
        [("eps", Interval::positive()), ("beta1", Interval::below(0.0, 1.0)), ("lr", Interval::positive())]
    {
        let number = fields.take(key).map(|field| field.number_in(interval));
        assert!(problems.keep(number.unwrap()).is_none());
    }
    assert!(
        problems.keep(fields.require("rule").and_then(|field| field.one_of(&["sgd", "adam"], "optimizer"))).is_none()
    );
    assert!(problems.keep(fields.take("steps").unwrap().whole(1..=u64::MAX)).is_none());
    fields.allow(["warmup"]);
    fields.finish(&mut problems);
    let errors = problems.finish(Some(())).unwrap_err();
    let text: Vec<_> = errors.iter().map(|error| error.render(false)).collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

#[test]
fn a_missing_key_is_told_where_it_belongs() {
    let document = parse("optimizer:\n  rul: adam\n");
    let mut root = Fields::root(&document, "the lab").unwrap();
    let mut fields = root.require("optimizer").unwrap().map("the optimizer").unwrap();
    let error = fields.require("rule").unwrap_err();
    assert_eq!((error.what(), error.label_text()), ("the optimizer needs the key `rule`", "is `rule` meant?"));
    assert_eq!(error.place().map(Place::line), Some(2));
    let error = fields.require("lr").unwrap_err();
    assert_eq!(
        error.place().map(|place| place.source.text[place.span.clone()].to_owned()).as_deref(),
        Some("optimizer")
    );
    let error = root.require("data").unwrap_err();
    assert_eq!(error.help_lines(), ["add a line `data: ...` to the lab"]);
}

#[test]
fn keys_that_exclude_each_other_are_told_apart() {
    let names = ["source", "script", "csv"];
    let document = parse("csv: f.csv\nsource: digits\n");
    let error = Fields::root(&document, "`data`").unwrap().one_of(&names).unwrap_err();
    assert_eq!(error.what(), "`data` takes exactly one of `source`, `script`, `csv`");
    assert_eq!((error.label_text(), error.place().map(Place::line)), ("but `csv` is given, too", Some(2)));
    let document = parse("csv: f.csv\n");
    let (number, field) = Fields::root(&document, "`data`").unwrap().one_of(&names).unwrap();
    assert_eq!((number, field.text()), (2, Ok("f.csv")));
    let document = parse("noise: 1\n");
    let mut fields = Fields::root(&document, "`data`").unwrap();
    assert_eq!(fields.one_of(&names).unwrap_err().what(), "`data` needs exactly one of `source`, `script`, `csv`");
    let rest: Vec<_> = fields.rest().into_iter().map(|(key, field)| (key, field.number())).collect();
    assert_eq!(rest, [("noise", Ok(1.0))]);
}

#[test]
fn an_unknown_key_is_not_advised_to_become_one_that_is_there() {
    let document = parse("lr: 1\nlrr: 2\n");
    let mut problems = Problems::new(&document);
    let mut fields = Fields::root(&document, "the optimizer").unwrap();
    assert!(fields.take("lr").is_some() && fields.take("decay").is_none());
    fields.finish(&mut problems);
    let errors = problems.finish(Some(())).unwrap_err();
    assert_eq!((errors[0].label_text(), errors[0].help_lines()[0].as_str()), ("", "allowed here: `lr`, `decay`"));
}

#[test]
fn values_are_read_as_what_they_have_to_be() {
    let document = parse(
        "whole: 64.0\nbig: 18446744073709551615\nyes: true\ntext: '3'\nlist: [1, 2.5]\nlayers: [relu, {dense: 3}]",
    );
    let mut fields = Fields::root(&document, "the lab").unwrap();
    let mut take = |key: &str| fields.take(key).unwrap();
    assert_eq!(take("whole").whole(1..=64), Ok(64));
    assert_eq!(take("whole").number(), Ok(64.0));
    assert_eq!(take("big").whole(0..=u64::MAX), Ok(u64::MAX));
    assert_eq!(take("yes").boolean(), Ok(true));
    assert_eq!(take("text").text(), Ok("3"));
    assert_eq!(take("list").numbers(), Ok(vec![1.0, 2.5]));
    let layers = take("layers").list().unwrap();
    assert!(matches!(layers[0].named("layer"), Ok(("relu", None))));
    let (name, setting) = layers[1].named("layer").unwrap();
    assert_eq!(
        (name, setting.map(|field| (field.key(), field.whole(1..=9)))),
        ("dense", Some(("layers[1].dense".into(), Ok(3))))
    );
}

#[test]
fn every_wrong_value_says_what_was_found_and_what_to_write() {
    let number = |text: &str| reading(text, |x| x.number().map(drop));
    assert_eq!(number("x: fast"), "`x` must be a number, but is the text `fast` | ");
    assert_eq!(number("x: 1_000"), "`x` must be a number, but is the text `1_000` | write it without `_`: `1000`");
    assert_eq!(number("x: '0.1'"), "`x` must be a number, but is the text `0.1` | write it without quotes: `0.1`");
    assert_eq!(number("x:"), "`x` has no value | give it a number, or delete it");
    assert_eq!(number("x: [1]"), "`x` must be a number, but is a list of 1 | ");
    assert!(number("x: -.inf").starts_with("`x` must be a finite number, but is `-.inf`, which is not finite"));
    assert_eq!(reading("x: 0", |x| x.number_in(Interval::positive())), "`x` must be greater than 0, but is 0 | ");
    let whole = |text: &str| reading(text, |x| x.whole(1..=9));
    assert_eq!(whole("x: 2.5"), "`x` must be a whole number, but is the number `2.5` | the nearest are `2` and `3`");
    assert_eq!(whole("x: -3"), "`x` must be a whole number from 1 to 9, but is -3 | ");
    assert_eq!(whole("x: 10"), "`x` must be a whole number from 1 to 9, but is 10 | ");
    assert_eq!(whole("x: 1e300"), "`x` must be a whole number, but is the number `1e300` | ");
    let boolean = |text: &str| reading(text, |x| x.boolean().map(drop));
    assert_eq!(
        boolean("x: yes"),
        "`x` must be `true` or `false`, but is the text `yes` | write `true`, without quotes"
    );
    assert_eq!(
        boolean("x: off"),
        "`x` must be `true` or `false`, but is the text `off` | write `false`, without quotes"
    );
    assert_eq!(
        reading("x: 3", |x| x.text().map(drop)),
        "`x` must be a text, but is the number `3` | put it into quotes"
    );
    assert_eq!(
        reading("x: 3", |x| x.list().map(drop)),
        "`x` must be a list, but is the number `3` | a list of one is written `[value]`"
    );
    assert_eq!(
        reading("x: lr:0.1", |x| x.map("the optimizer").map(drop)),
        "the optimizer must be a map of keys and values, but is the text `lr:0.1` | put a space after the colon: `lr: 0.1`"
    );
    assert_eq!(
        reading("x: {a: 1, b: 2, c: 3, d: 4}", |x| x.one_of(&["sgd", "adam"], "optimizer").map(drop)),
        "`x` must be one of `sgd`, `adam`, but is a map with `a`, `b`, `c`, ... | "
    );
}
