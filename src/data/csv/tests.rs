//! What CSV files may look like, and where each error points.

use ndarray::array;
use proptest::prelude::*;

use super::*;

fn parse(text: &str, targets: &[&str]) -> Result<Dataset<f32, f64>> {
    read(&Source::new("f.csv", text), targets)
}

/// The message, and the line, the column and the text it points at.
fn refused(text: &str) -> (String, usize, usize, String) {
    let error = parse(text, &["y"]).unwrap_err();
    let place = error.place().expect("a place").clone();
    assert!(error.render(false).contains("f.csv"), "an error can be drawn");
    (error.what().to_owned(), place.line(), place.column(), place.source.text[place.span.clone()].to_owned())
}

#[test]
fn numbers_in_and_out_keep_the_columns_order() {
    let data = parse("a,y,b\n1,10,2\n3,-0.5,4e-1\n", &["y"]).unwrap();
    assert_eq!(data.x(), &array![[1.0, 2.0], [3.0, 0.4]]);
    assert_eq!(data.target(), &Target::Values(array![[10.0], [-0.5]]));
    assert_eq!((data.feature_names(), data.origin()), (&["a".to_owned(), "b".to_owned()][..], "f.csv"));
    let both = parse("a,y,b\n1,10,2\n3,-0.5,4\n", &["b", "y"]).unwrap();
    assert_eq!(both.target(), &Target::Values(array![[2.0, 10.0], [4.0, -0.5]]));
}

#[test]
fn words_are_sorted_into_classes() {
    let data = parse("x,y\n1,pear\n2,apple\n3,pear\n4,Fig\n", &["y"]).unwrap();
    let Target::Classes { labels, names } = data.target() else { panic!("classes") };
    assert_eq!((labels.as_slice(), names.join(" ")), (&[2, 1, 2, 0][..], "Fig apple pear".to_owned()));
}

#[test]
fn a_mark_at_the_start_line_ends_quotes_spaces_and_blank_lines_do_not_matter() {
    let plain = parse("a,y\n1,2\n3,4\n", &["y"]).unwrap();
    for text in [
        "\u{feff}a,y\r\n1,2\r\n3,4\r\n",
        "a,y\r1,2\r3,4",
        "\n\na , y\n\n 1,\t2 \n3,4\n\n",
        "\"a\",\"y\"\n\"1\",2\n3,\"4\"",
    ] {
        assert_eq!(parse(text, &["y"]).unwrap(), plain, "{text:?}");
    }
}

#[test]
fn every_fault_of_a_cell_is_shown_at_the_cell() {
    let cell = |text: &str| format!("\u{feff}a,b,y\r\n1,2,3\r\n\r\né, {text} ,3\r\n").replace('é', "7");
    for (text, says) in [
        ("abc", "`abc` in column `b` is not a number"),
        ("1_0", "`1_0` in column `b` is not a number"),
        ("NaN", "`NaN` in column `b` is a missing value, not a number"),
        ("-inf", "`-inf` in column `b` is not finite"),
        ("1e39", "`1e39` in column `b` is too large"),
    ] {
        assert_eq!(refused(&cell(text)), (says.to_owned(), 4, 4, text.to_owned()));
    }
    assert_eq!(refused(&cell("")).0, "the cell in column `b` is empty");
    assert_eq!(refused("a,y\n1,\n"), ("the cell in column `y` is empty".into(), 2, 3, String::new()));
    assert_eq!(refused("a,y\n\"1,\"\"5\",3\n").3, "\"1,\"\"5\"");
    assert_eq!(refused("a,b,y\n\"1\",\"2,5\",3\n").3, "\"2,5\"");
}

#[test]
fn the_file_may_hold_what_f32_cannot() {
    let source = Source::new("f.csv", "a,y\n1e39,1\n");
    assert!(read::<f32>(&source, &["y"]).is_err());
    assert_eq!(read::<f64>(&source, &["y"]).unwrap().x()[[0, 0]], 1e39);
    let target = read::<f64>(&Source::new("f.csv", "a,y\n1,1e39\n"), &["y"]).unwrap_err();
    assert_eq!(target.what(), "`1e39` in column `y` is too large", "a target is not scaled");
}

#[test]
fn a_cell_is_read_as_the_64_bits_nearest_to_it_and_rounded_once() {
    let source = Source::new("f.csv", "time,y\n1700000000001,0.1\n1700000000002,16777217\n");
    let exact = read::<f64>(&source, &["y"]).unwrap();
    assert_eq!(exact.x(), &array![[1_700_000_000_001.0], [1_700_000_000_002.0]]);
    assert_eq!(exact.target(), &Target::Values(array![[0.1], [16_777_217.0]]));
    let rounded = read::<f32>(&source, &["y"]).unwrap();
    assert_eq!(rounded.x(), &exact.x().mapv(|x| x as f32));
    assert!(rounded.lost()[0] > 1000.0, "both times have become the same");
}

#[test]
fn rows_of_another_length_are_refused() {
    let (what, line, column, text) = refused("a,b,y\n1,2,3\n1,2\n");
    assert_eq!(what, "this row has 2 cells, but the header has 3 cells");
    assert_eq!((line, column, text.as_str()), (3, 4, ""));
    let (what, line, column, text) = refused("a,y\n1,2,3,4\n");
    assert_eq!(what, "this row has 4 cells, but the header has 2 cells");
    assert_eq!((line, column, text.as_str()), (2, 5, "3"));
}

#[test]
fn a_header_must_name_each_column_once() {
    assert_eq!(refused("a,a,y\n1,2,3\n"), ("two columns are named `a`".into(), 1, 3, "a".into()));
    assert_eq!(refused("a,,y\n1,2,3\n"), ("column 2 has no name".into(), 1, 3, String::new()));
    let (what, line, column, text) = refused("1,2\n3,4\n");
    assert_eq!(what, "`f.csv` has no header line: its first line is made of numbers");
    assert_eq!((line, column, text.as_str()), (1, 1, "1"));
    assert_eq!(refused("a,y\n").0, "`f.csv` has a header but no rows");
    assert_eq!(refused("y\n1\n").0, "`f.csv` has no column left to be an input: all are targets");
    for empty in ["", "\u{feff}", "\n\r\n"] {
        assert_eq!(refused(empty).0, "`f.csv` is empty");
    }
}

#[test]
fn a_header_has_its_limit() {
    let wide = |columns: usize| (0..columns).map(|j| format!("c{j}")).collect::<Vec<_>>().join(",") + "\n";
    assert!(parse(&wide(100_001), &["c0"]).unwrap_err().what().contains("more than 100000 columns"));
    assert!(parse(&wide(100_000), &["c0"]).unwrap_err().what().contains("no rows"));
}

#[test]
fn words_and_numbers_do_not_mix() {
    let what = "target column `y` mixes words and numbers".to_owned();
    assert_eq!(refused("a,y\n1,cat\n2,3\n"), (what.clone(), 3, 3, "3".into()));
    assert_eq!(refused("a,y\n1,3\n2,cat\n"), (what, 3, 3, "cat".into()));
    assert_eq!(refused("a,y\n1,nan\n").0, "`nan` in column `y` is a missing label, not a class");
    let error = parse("a,y,z\n1,cat,2\n", &["y", "z"]).unwrap_err();
    assert_eq!(error.what(), "`cat` in column `y` is not a number");
}

#[test]
fn a_target_that_is_not_there_is_left_for_the_lab_to_place() {
    let error = parse("a,celsius\n1,2\n", &["celcius"]).unwrap_err();
    assert_eq!(error.what(), "`f.csv` has no column `celcius`");
    assert_eq!(error.label_text(), "did you mean `celsius`?");
    assert!(error.place().is_none());
    assert_eq!(parse("a,y\n1,2\n", &["y", "y"]).unwrap_err().what(), "target `y` is named twice");
    assert_eq!(parse("a,y\n1,2\n", &[]).unwrap_err().what(), "no target column is named for `f.csv`");
}

#[test]
fn control_characters_in_names_are_scrubbed() {
    let data = parse("a\u{1b}[31m,y\n1,do\u{7}g\n", &["y"]).unwrap();
    let Target::Classes { names, .. } = data.target() else { panic!("classes") };
    assert!(!format!("{}{}", data.feature_names()[0], names[0]).contains(['\u{1b}', '\u{7}']));
}

#[test]
fn a_series_is_one_column_whatever_the_others_hold() {
    let source = Source::new("f.csv", "month,celsius\n1950-01,23.11\n1950-02,24.2\n");
    assert_eq!(column(&source, "celsius").unwrap(), [23.11, 24.2]);
    assert!(["month", "kelvin"].iter().all(|name| column(&source, name).is_err()));
}

#[test]
fn a_mismatch_found_later_can_be_shown_in_the_file() {
    let source = Source::new("f.csv", "a,y\n1,0\n\n2,9\n");
    let mismatch = read::<f32>(&source, &["y"]).unwrap().into_classes(3).unwrap_err();
    let place = locate(&source, true, mismatch.cell.unwrap().0, "y").unwrap();
    assert_eq!((place.line(), place.column(), locate(&source, true, 2, "y")), (4, 3, None));
}

/// The error of a table whose column `note` is not looked into.
fn beside_notes(text: &str) -> Result<Dataset<f32, f64>> {
    let source = Source::new("f.csv", text);
    let table = Table::open(&source, true)?;
    let (note, y) = (table.column("note")?, table.column("y")?);
    let inputs = table.others(&[note, y]);
    table.read(&inputs, &[y])
}

#[test]
fn a_stray_quote_is_an_error_where_it_opens_a_cell() {
    let rows = "5.5,3.4,setosa\n".repeat(30);
    let open = "a quoted cell opens here and is never closed";
    let long = "a quoted cell opens here and runs over more than 20 lines";
    for (text, says, line, column) in [
        ("a,\"b,y\n1,2,cat\n".to_owned(), open, 1, 3),
        (format!("a,\"b,y\n{rows}"), long, 1, 3),
        ("a,b,y\n\"1,2,cat\n".into(), open, 2, 1),
        ("a,b,y\r\n1,\"2,cat\r\n1,2,cat\r\n".into(), open, 2, 3),
        (format!("a,b,y\n{rows}5.5,3.4,\"setosa\n{rows}"), long, 32, 9),
        (format!("a,b,y\n{rows}5.5,3.4,\"setosa\n{rows}5.5,3.4,\"virginica\n"), long, 32, 9),
        (
            "a,b,y\n1,2,\"cat\n1,2,\"dog\n".into(),
            "a quoted cell opens here, but text follows the quote that closes it on line 3",
            2,
            5,
        ),
        ("a,b,y\n1,2,\"cat\" 3\n".into(), "a quoted cell opens here, but text follows the quote that closes it", 2, 5),
        ("a,b,y\n1,2,ca\"t\n".into(), "a quote stands in the middle of a cell", 2, 7),
        ("a,b,y\n1,2,cat\"\n".into(), "a quote stands in the middle of a cell", 2, 8),
        ("a,b\",y\n1,2,cat\n".into(), "a quote stands in the middle of a cell", 1, 4),
        ("a,b,y\n1,2\",cat\n".into(), "a quote stands in the middle of a cell", 2, 4),
    ] {
        assert_eq!(refused(&text), (says.to_owned(), line, column, "\"".to_owned()), "{text:?}");
    }
}

#[test]
fn quotes_that_pair_up_rows_later_join_no_rows() {
    for (text, says, line, column) in [
        (
            "a,b,y\n1,2,\"cat\n1,2,cat\n1,2,cat\"\n1,2,cat\n",
            "a quoted cell of 3 lines opens here, but the name of a class is one line",
            2,
            5,
        ),
        (
            "a,b,y\r\n1,\"2,cat\r\n1,2\",cat\r\n",
            "a quoted cell of 2 lines opens here, but column `b` holds numbers",
            2,
            3,
        ),
        (
            "a,\"b,y\n1,2,cat\n1,2\",cat\n",
            "a quoted cell of 3 lines opens here, but the name of a column is one line",
            1,
            3,
        ),
        (
            "a,b,y\n1,\"2,cat\n1,2,cat\"\n",
            "a quoted cell of 2 lines opens here, and its row has 2 cells, but the header has 3 cells",
            2,
            3,
        ),
    ] {
        assert_eq!(refused(text), (says.to_owned(), line, column, "\"".to_owned()), "{text:?}");
    }
    let data = beside_notes("a,note,y\n1,\"of\n\"\"two\"\" lines, with a comma\",cat\n2,,dog\n").unwrap();
    assert_eq!((data.samples(), data.features()), (2, 1), "what is not read may run over lines");
}

#[test]
fn a_missing_label_is_never_a_class() {
    for missing in ["?", "NA", "na", "NaN", "nan", "null", "NULL", "N/A", "\"?\"", " NA ", "<NA>", "#N/A"] {
        for text in [format!("a,y\n1,cat\n2,{missing}\n"), format!("a,y\n1,{missing}\n2,cat\n")] {
            let error = parse(&text, &["y"]).unwrap_err();
            assert!(error.what().ends_with("in column `y` is a missing label, not a class"), "{text}: {error}");
            assert!(error.help_lines()[0].contains("`unknown`"));
            let place = error.place().unwrap();
            assert_eq!(&text[place.span.clone()], missing.trim());
        }
    }
    assert_eq!(refused("a,y\n1,cat\n2,\n").0, "the cell in column `y` is empty");
    let data = parse("a,y\n1,Na\n2,K\n3,none\n", &["y"]).unwrap();
    assert_eq!(data.classes(), Some(3), "sodium is an element, and `none` a word");
}

#[test]
fn a_missing_number_is_told_as_missing_with_what_can_be_done() {
    for missing in ["?", "NA", "NaN", "null", "n/a"] {
        let error = parse(&format!("a,y\n1,2\n{missing},3\n"), &["y"]).unwrap_err();
        assert_eq!(error.what(), format!("`{missing}` in column `a` is a missing value, not a number"));
        assert!(error.help_lines().concat().contains("`without: [a]`"), "{:?}", error.help_lines());
    }
    let error = column(&Source::new("f.csv", "a\n1\n?\n"), "a").unwrap_err();
    assert_eq!(error.what(), "`?` in column `a` is a missing value, not a number");
    assert!(!error.help_lines().concat().contains("without"), "a series has no columns to leave out");
}

#[test]
fn a_file_without_a_header_line_has_columns_by_number() {
    let source = Source::new("iris.data", "5.1,3.5,setosa\n4.9,3.0,virginica\n");
    let table = Table::open(&source, false).unwrap();
    let y = table.column("c2").unwrap();
    let inputs = table.others(&[y]);
    let data = table.read::<f32>(&inputs, &[y]).unwrap();
    assert_eq!(data.x(), &array![[5.1, 3.5], [4.9, 3.0]]);
    assert_eq!(data.feature_names(), ["c0", "c1"]);
    assert_eq!(locate(&source, false, 0, "c1").unwrap().span, 4..7);

    let error = Table::open(&Source::new("f.csv", "1,2\n3,4\n"), true).map(drop).unwrap_err();
    assert!(error.help_lines()[0].contains("`header: false`"), "{:?}", error.help_lines());
    let error = parse("5.1,3.5,setosa\n4.9,3.0,setosa\n", &["species"]).unwrap_err();
    assert!(error.help_lines()[1].contains("`header: false`"), "{:?}", error.help_lines());
    let error = parse("1,1,setosa\n4.9,3.0,setosa\n", &["setosa"]).unwrap_err();
    assert!(error.help_lines()[0].contains("`header: false`"), "{:?}", error.help_lines());

    let source = Source::new("f.csv", "a,y\n3,4\n");
    let error = Table::open(&source, false).unwrap().read::<f32>(&[0], &[1]).unwrap_err();
    assert_eq!(error.what(), "`a` in column `c0` is not a number");
    assert!(error.help_lines()[0].contains("leave out `header: false`"), "{:?}", error.help_lines());
}

#[test]
fn another_separator_than_a_comma_is_named() {
    for (mark, name) in [(";", "`;`"), ("|", "`|`"), ("\t", "a tab")] {
        for (text, column) in [
            (format!("a{mark}y\n3{mark}4\n"), 2),
            (format!("a{mark}y"), 2),
            (format!("\"a\"{mark}\"y\"\n3{mark}4\n"), 4),
            (format!("a{mark}\"y\"\n3{mark}4\n"), 2),
        ] {
            let (what, line, at, found) = refused(&text);
            assert_eq!(what, format!("the columns of `f.csv` are separated by {name}"), "{text:?}");
            assert_eq!((line, at, found.as_str()), (1, column, mark), "{text:?}");
        }
        let error = Table::open(&Source::new("f.csv", format!("1{mark}2\n3{mark}4\n")), false).map(drop).unwrap_err();
        assert!(error.what().ends_with(name), "{error}");
    }
    let error = parse("a,y\n1;5,2\n", &["y"]).unwrap_err();
    assert_eq!(error.help_lines()[0], "columns are separated by commas");
    let lone = Source::new("f.csv", "P(a|b)\n0.5\n0.25\n");
    assert_eq!(column(&lone, "P(a|b)").unwrap(), [0.5, 0.25], "it may stand in a name");
}

#[test]
fn what_a_message_shows_of_a_cell_is_short_whatever_its_length() {
    let long = "x".repeat(1_000_000);
    let digits = "9".repeat(1_000_000);
    let cells = [
        format!("a,y\n1,2\n{long},3\n"),
        format!("a,y\n1,2\n{digits},3\n"),
        format!("a,y\n1,2\n1,{digits}\n"),
        format!("a,y\n1,2\n1,{long}\n"),
        format!("a,y\n1,cat\n1,{long}\n"),
        format!("a,y\n1,2\n1,2,{long}\n"),
        format!("a,y\n1,2\n1,\"{long}\n"),
        format!("a,y\n1,2\n1,{long}\"\n"),
        format!("a,{long}\n1,2\n"),
        format!("{long}\n"),
        long,
        "\0".repeat(1_000_000),
        format!("a,y\n1,2\n{}", ",".repeat(1_000_000)),
        ",".repeat(2_000_000),
    ];
    for text in cells {
        let error = parse(&text, &["y"]).unwrap_err();
        let drawn = error.render(false);
        assert!(drawn.len() < 1200, "{} bytes: {}", drawn.len(), &drawn[..1200]);
        assert!(error.to_json().to_string().len() < 1200);
        assert!(error.place().is_some(), "{drawn}");
    }
}

/// A table as text, with quotes where they are needed: a number, a note of anything, another number and a word.
fn written(rows: &[(f32, String, i32)]) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(["a", "note", "b", "y"]).unwrap();
    for (a, note, b) in rows {
        let word = ["cat", "a dog", "\"x\", or y"][b.rem_euclid(3) as usize];
        writer.write_record([&a.to_string(), note, &b.to_string(), word]).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn with_quotes(mut text: String, at: &[prop::sample::Index]) -> String {
    for at in at {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        text.insert(places[at.index(places.len())], '"');
    }
    text
}

proptest! {
    #[test]
    fn a_table_reads_back_as_it_was_written(
        rows in prop::collection::vec((-1e6_f32..1e6, "[ -~é\n]{0,12}", any::<i32>()), 1..40),
    ) {
        let data = beside_notes(&written(&rows)).unwrap();
        let numbers: Vec<f32> = rows.iter().flat_map(|(a, _, b)| [*a, *b as f32]).collect();
        prop_assert_eq!(data.x().iter().copied().collect::<Vec<_>>(), numbers);
    }

    #[test]
    fn a_single_quote_anywhere_in_a_table_is_never_read_over(
        rows in prop::collection::vec((-1e6_f32..1e6, "[ -~é\n]{0,12}", any::<i32>()), 1..40),
        at: prop::sample::Index,
    ) {
        let text = with_quotes(written(&rows), &[at]);
        prop_assert!(beside_notes(&text).is_err(), "{text}");
    }

    #[test]
    fn any_text_is_a_table_or_an_error_at_a_place_that_can_be_drawn(
        text in "[ab1?,,\"\n\n\r;|\t .é\u{0}\u{feff}]{0,60}",
        header: bool,
    ) {
        let source = Source::new("f.csv", text);
        let read = Table::open(&source, header).and_then(|table| {
            let last = table.width() - 1;
            table.read::<f32>(&(0..last).collect::<Vec<_>>(), &[last])
        });
        if let Err(error) = read {
            prop_assert!(error.place().is_some(), "{error}");
            prop_assert!(error.kind() == crate::error::Kind::User && error.render(false).contains("f.csv"));
        }
    }

    #[test]
    fn quotes_never_join_rows_whose_columns_are_all_read(
        rows in prop::collection::vec((-1e6_f32..1e6, any::<i32>()), 1..40),
        at in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let lines: Vec<String> = rows.iter().map(|(a, b)| format!("{a},{b},{}", ["cat", "dog"][(b & 1) as usize])).collect();
        let text = with_quotes(format!("a,b,y\n{}\n", lines.join("\n")), &at);
        if let Ok(data) = parse(&text, &["y"]) {
            prop_assert_eq!(data.samples(), rows.len(), "{}", text);
        }
    }
}
