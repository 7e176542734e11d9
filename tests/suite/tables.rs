//! CSV files as a lab uses them: which columns are inputs, files without a header line, quotes out of place, labels that
//! are missing. Nothing of a table is lost or changed without a word.

use std::fs;
use std::path::Path;

use optlab::Error;
use optlab::data::{Dataset, Target};
use optlab::lab::plan::{InputColumns, Samples};
use optlab::lab::{Change, Document, Files, Lab, Overrides};
use optlab::train::{ExperimentConfig, Objective};

use crate::program::optlab;

const LAB: &str =
    "id: flowers\ndata: {csv: flowers.csv, target: species, KEYS}\nnetwork: [dense: 2]\nloss: cross_entropy\n";

/// Two words that are no numbers, in columns that are no inputs of a network.
const TABLE: &str = "id,length,width,colour,species\nf1,1,2,red,rose\nf2,3,4,blue,lily\nf3,5,6,red,rose\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
    folder
}

fn shown(errors: &[Error]) -> String {
    errors.iter().map(|error| error.render(false)).collect::<Vec<_>>().join("\n\n")
}

/// The lab of a text in a folder.
fn check(folder: &Path, lab: &str) -> Result<Lab, String> {
    let document = Document::parse("lab.yaml", lab).unwrap();
    Lab::check(&document, &Files::beside(&folder.join("lab.yaml")).unwrap(), None).map_err(|errors| shown(&errors))
}

/// The lab above with more keys in `data`, over the table above.
fn flowers(keys: &str) -> Result<Lab, String> {
    check(folder(&[("flowers.csv", TABLE)]).path(), &LAB.replace("KEYS", keys))
}

fn learned(lab: &Lab) -> Dataset {
    let parts: ExperimentConfig<f32> = lab.experiment(None, 1).unwrap();
    match parts.objective {
        Objective::Network(learning) => Dataset::clone(&learning.train),
        Objective::Landscape(_) => panic!("the lab trains a network"),
    }
}

#[test]
fn only_the_columns_that_are_named_are_inputs_in_their_order() {
    let data = learned(&flowers("columns: [width, length]").unwrap());
    assert_eq!(data.feature_names(), ["width", "length"]);
    assert_eq!(data.x().row(1).to_vec(), [4.0, 3.0]);
    let one = learned(&flowers("columns: width").unwrap());
    assert_eq!(one.feature_names(), ["width"]);
}

#[test]
fn columns_of_text_can_be_left_out() {
    let data = learned(&flowers("without: [id, colour]").unwrap());
    assert_eq!(data.feature_names(), ["length", "width"]);
    let Target::Classes { labels, names } = data.target() else { panic!("classes") };
    assert_eq!((labels.as_slice(), names.join(" ")), (&[1, 0, 1][..], "lily rose".to_owned()));
    let refused = flowers("standardize: true").unwrap_err();
    assert!(refused.contains("flowers.csv:2:1") && refused.contains("`without: [id]`"), "{refused}");
}

#[test]
fn a_lab_that_was_written_by_a_run_chooses_the_same_columns() {
    for (keys, inputs, line) in [
        ("columns: [width, length]", InputColumns::Only(vec!["width".into(), "length".into()]), "columns:"),
        ("without: [colour, id]", InputColumns::Without(vec!["colour".into(), "id".into()]), "without:"),
    ] {
        let folder = folder(&[("flowers.csv", TABLE)]);
        let lab = check(folder.path(), &LAB.replace("KEYS", keys)).unwrap();
        assert!(lab.resolved.contains(line) && lab.resolved.contains("header: true"), "{}", lab.resolved);
        let again = check(folder.path(), &lab.resolved).unwrap();
        assert_eq!(again.resolved, lab.resolved);
        let Samples::Csv { inputs: read, .. } = &again.network().unwrap().data.samples else { panic!("a table") };
        assert_eq!(read, &inputs);
        assert_eq!(learned(&again), learned(&lab));
    }
}

#[test]
fn the_command_line_and_a_racer_may_choose_other_columns() {
    let lab = LAB.replace("KEYS", "columns: [length]");
    let folder = folder(&[("flowers.csv", TABLE), ("lab.yaml", &lab)]);
    let set = Overrides { set: vec!["data.without=[id, colour]".to_owned()], ..Overrides::default() };
    let other = Lab::open(folder.path().join("lab.yaml").to_str().unwrap(), &set).unwrap();
    assert_eq!(learned(&other).feature_names(), ["length", "width"], "`without` takes the place of `columns`");
    let race = format!("{lab}compare:\n  both: {{data: {{without: [id, colour]}}}}\n");
    let race = check(folder.path(), &race).unwrap();
    assert_eq!(learned(&race.race[1].lab).feature_names(), ["length", "width"]);
    assert_eq!(learned(&race.race[0].lab).feature_names(), ["length"]);
}

#[test]
fn an_edit_of_the_columns_waits_for_a_restart() {
    let start = Change::Start(vec!["data".to_owned()]);
    // In one place: the name of a table is part of what its data are called.
    let folder = folder(&[("flowers.csv", TABLE)]);
    let lab = |keys: &str| check(folder.path(), &LAB.replace("KEYS", keys)).unwrap();
    assert_eq!(lab("columns: [length]").change_to(&lab("columns: [width]")), start);
    assert_eq!(lab("columns: [length]").change_to(&lab("without: [id, colour, width]")), start);
    assert_eq!(lab("columns: [length]").change_to(&lab("columns: length, header: true")), Change::Nothing);
}

#[test]
fn a_file_without_a_header_line_is_learned_and_walked_by_the_numbers_of_its_columns() {
    let text = "0.5,1,0\n2,3,1\n4,5,7\n";
    let lab = "data: {csv: f.csv, header: false, target: c2}\nnetwork: [dense: 2]\nloss: cross_entropy\n";
    let folder = folder(&[("f.csv", text), ("g.csv", &text.replace('7', "1"))]);
    let data = learned(&check(folder.path(), &lab.replace("f.csv", "g.csv")).unwrap());
    assert_eq!((data.samples(), data.feature_names().join(" ")), (3, "c0 c1".to_owned()));
    let refused = check(folder.path(), lab).unwrap_err();
    assert!(refused.contains("class 7 of sample 3") && refused.contains("f.csv:3:5"), "{refused}");

    let walk = "series: {csv: f.csv, header: false, column: c0}\naverages: [simple: 2]\n";
    let lab = check(folder.path(), walk).unwrap();
    assert!(lab.resolved.contains("header: false"), "{}", lab.resolved);
    assert_eq!(check(folder.path(), &lab.resolved).unwrap().resolved, lab.resolved);
}

#[test]
fn a_stray_quote_ends_a_command_with_its_place_and_exit_code_2() {
    let rows = |species: &str| format!("1.5,0.5,{species}\n").repeat(40);
    let table = |stray: &str| format!("length,width,species\n{}2,1,{stray}\n{}", rows("rose"), rows("lily"));
    let lab = LAB.replace("KEYS", "validation: 0.2");
    let folder = folder(&[("lab.yaml", &lab), ("flowers.csv", &table("\"rose"))]);
    for verb in ["check", "train"] {
        let output = optlab(folder.path(), &[verb, "lab.yaml"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("flowers.csv:42:5"), "{told}");
        assert!(told.contains("a quoted cell opens here and runs over more than 20 lines"), "{told}");
    }
    fs::write(folder.path().join("flowers.csv"), table("\"rose\"")).unwrap();
    assert!(optlab(folder.path(), &["check", "lab.yaml"]).status.success());
}

#[test]
fn a_byte_order_mark_shifts_no_column() {
    let folder = folder(&[("flowers.csv", &format!("\u{feff}{}", TABLE.replace("id", "\"id")))]);
    let refused = check(folder.path(), &LAB.replace("KEYS", "without: [id]")).unwrap_err();
    assert!(refused.contains("flowers.csv:1:1\n"), "{refused}");
}

#[test]
fn what_a_command_says_of_a_hostile_table_is_short() {
    let lab = LAB.replace("KEYS", "standardize: false");
    let folder = folder(&[("lab.yaml", &lab)]);
    let head = "length,species\n1,rose\n";
    for table in [
        "\0".repeat(3_000_000),
        format!("{head}{},lily\n", "9".repeat(3_000_000)),
        format!("{head}1,{}\n", "x".repeat(3_000_000)),
        "x".repeat(3_000_000),
        ",".repeat(2_000_000),
        format!("{head}{}", ",".repeat(2_000_000)),
        format!("{head}1,\"{}", "x\n".repeat(1_000_000)),
    ] {
        fs::write(folder.path().join("flowers.csv"), table).unwrap();
        let output = optlab(folder.path(), &["check", "lab.yaml"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{}", &told[..told.len().min(2000)]);
        assert!(told.len() < 2000, "{} bytes: {}", told.len(), &told[..2000]);
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
    }
}

#[test]
#[cfg(unix)]
fn a_file_of_gigabytes_of_zeros_is_not_read_through() {
    let lab = LAB.replace("KEYS", "standardize: false");
    let folder = folder(&[("flowers.csv", TABLE)]);
    let table = fs::OpenOptions::new().write(true).open(folder.path().join("flowers.csv")).unwrap();
    table.set_len(2 << 30).unwrap();
    let refused = check(folder.path(), &lab).unwrap_err();
    assert!(refused.contains("is no text: it holds a byte of 0") && refused.contains("flowers.csv:5:1"), "{refused}");
}
