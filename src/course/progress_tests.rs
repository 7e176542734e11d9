//! Progress is read, changed and written without losing what others have put into it.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Result<Progress> {
    Progress::of_bytes("progress.yaml", text.as_bytes())
}

const FILE: &str = "# mine
format: 1
student: ana
later: {a: [1, 2.5, x]}
labs:
  bias-correction:
    predict-v1: {answer: 0.32, done: 2026-11-28T10:02:11Z, tries: 1, hints: 0, points: 1, seen: [a, b]}
    gone: {note: \"an update knows it no more\", answer: '0,32'}
  other-lab: {}
";

#[test]
fn what_the_contract_shows_is_read() {
    let progress = read(FILE).unwrap();
    let kept = progress.of("bias-correction", "predict-v1").unwrap();
    let done = Some("2026-11-28T10:02:11Z".to_owned());
    let is = Kept { answer: Some("0.32".into()), done, tries: 1, points: 1.0, ..Kept::default() };
    assert_eq!((progress.student.as_str(), kept), ("ana", &is));
    assert_eq!(progress.of("bias-correction", "gone").unwrap().answer.as_deref(), Some("0,32"));
    assert_eq!(progress.of("bias-correction", "nothing"), None);
}

#[test]
fn what_is_not_known_is_kept_also_inside_of_entries() {
    let mut progress = read(FILE).unwrap();
    let kept = progress.of("bias-correction", "predict-v1").unwrap().clone();
    progress.set("bias-correction", "predict-v1", Kept { tries: 2, ..kept });
    progress.set("new", "first", Kept { answer: Some("b a c".into()), hints: 1, ..Kept::default() });
    let written = progress.written().unwrap();
    assert_eq!(
        written,
        "format: 1
student: ana
later: {a: [1, 2.5, x]}
labs:
  bias-correction:
    predict-v1: {answer: 0.32, done: 2026-11-28T10:02:11Z, tries: 2, hints: 0, points: 1, seen: [a, b]}
    gone: {note: \"an update knows it no more\", answer: \"0,32\"}
  other-lab: {}
  new:
    first: {answer: \"b a c\", tries: 0, hints: 1, points: 0}
"
    );
    assert_eq!(read(&written).unwrap(), progress);
}

#[test]
fn nothing_yet_and_an_empty_file_are_the_same() {
    assert_eq!(read("").unwrap(), Progress::default());
    assert_eq!(Progress::default().written().unwrap(), "format: 1\n");
    let mut progress = Progress::default();
    progress.set_student("José Ω");
    assert_eq!(read(&progress.written().unwrap()).unwrap().student, "José Ω");
}

#[test]
fn a_file_of_another_form_is_an_error_with_its_place() {
    for (text, line, said) in [
        ("format: 2\n", 1, "format 1"),
        ("- a\n", 1, "a map of labs"),
        ("format: 1\nlabs:\n  a: [b]\n", 3, "a list of 1"),
        ("format: 1\nlabs:\n  a:\n    b: done\n", 4, "`done`"),
        ("labs: {a: {b: 1\n", 1, ""),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.place().map(Place::line), Some(line), "{text}: {error}");
        assert!(error.what().contains(said), "{text}: {error}");
    }
}

fn any_node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        any::<i64>().prop_map(|n| Node::Int(n.into())),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Node::Float),
        ".{0,12}".prop_map(Node::Str),
        "[a-z0-9,:. -]{0,8}".prop_map(Node::Str),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Node::Seq),
            prop::collection::btree_map("[a-z ]{1,5}", inner, 0..3)
                .prop_map(|map| Node::Map(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_answer_is_read_back_as_it_was_given(text in "\\PC{0,30}|[0-9.,eE+-]{0,8}|true|null|~|[\\u{2028}\\u{85}\\t\\n\\r\\u{feff}]{1,3}a") {
        let mut progress = Progress::default();
        progress.set("lab", "task", Kept { answer: Some(text.clone()), ..Kept::default() });
        let again = read(&progress.written().unwrap()).unwrap();
        prop_assert_eq!(again.of("lab", "task").unwrap().answer.as_deref(), Some(text.as_str()));
    }

    #[test]
    fn whatever_stands_there_stays(node in any_node(), key in "[a-z_ -]{1,8}") {
        let known = ["format", "student", "labs"].contains(&key.as_str());
        prop_assume!(!known && !KEYS.contains(&key.as_str()));
        let entry = Node::Map(vec![(key.clone(), node.clone())]);
        let lab = Node::Map(vec![("task".into(), entry)]);
        let mut progress = Progress::default();
        progress.root.push((key.clone(), node.clone()));
        progress.root.push(("labs".into(), Node::Map(vec![("lab".into(), lab)])));
        let mut again = read(&progress.written().unwrap()).unwrap();
        again.set("lab", "task", Kept { tries: 3, ..Kept::default() });
        let again = read(&again.written().unwrap()).unwrap();
        let document = Document::read_any("a", again.written().unwrap().as_bytes()).unwrap();
        prop_assert_eq!(document.node(&[key.as_str().into()]), Some(&node));
        let path: [Step; 4] = ["labs".into(), "lab".into(), "task".into(), key.as_str().into()];
        prop_assert_eq!(document.node(&path), Some(&node));
    }
}
