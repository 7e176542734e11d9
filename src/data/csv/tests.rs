//! What CSV files may look like, and where each error points.

use ndarray::array;

use super::*;

fn parse(text: &str, targets: &[&str]) -> Result<Dataset> {
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
        ("NaN", "`NaN` in column `b` is not finite"),
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
    assert_eq!(refused("1,2\n3,4\n"), ("`f.csv` has no header line".into(), 1, 1, "1".into()));
    assert_eq!(refused("a;y\n3;4\n"), ("the header is a single column, `a;y`".into(), 1, 2, ";".into()));
    assert_eq!(refused("a,y\n").0, "`f.csv` has a header but no rows");
    assert_eq!(refused("y\n1\n").0, "`f.csv` has no column left to be an input: all are targets");
    for empty in ["", "\u{feff}", "\n\r\n"] {
        assert_eq!(refused(empty).0, "`f.csv` is empty");
    }
}

#[test]
fn a_header_has_its_limit() {
    let wide = |columns: usize| (0..columns).map(|j| format!("c{j}")).collect::<Vec<_>>().join(",") + "\n";
    assert!(parse(&wide(100_001), &["c0"]).unwrap_err().what().contains("100001 columns"));
    assert!(parse(&wide(100_000), &["c0"]).unwrap_err().what().contains("no rows"));
}

#[test]
fn words_and_numbers_do_not_mix() {
    let what = "target column `y` mixes words and numbers".to_owned();
    assert_eq!(refused("a,y\n1,cat\n2,3\n"), (what.clone(), 3, 3, "3".into()));
    assert_eq!(refused("a,y\n1,3\n2,cat\n"), (what, 3, 3, "cat".into()));
    assert_eq!(refused("a,y\n1,nan\n").0, "`nan` in column `y` is not finite");
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
    assert!(column(&source, "month").is_err());
    assert!(column(&source, "kelvin").is_err());
}

#[test]
fn a_mismatch_found_later_can_be_shown_in_the_file() {
    let source = Source::new("f.csv", "a,y\n1,0\n\n2,9\n");
    let mismatch = read::<f32>(&source, &["y"]).unwrap().into_classes(3).unwrap_err();
    let place = locate(&source, mismatch.cell.unwrap().0, "y").unwrap();
    assert_eq!((place.line(), place.column()), (4, 3));
    assert_eq!(locate(&source, 2, "y"), None);
}
