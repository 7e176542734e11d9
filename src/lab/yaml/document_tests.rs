//! Every node's place is its own text, in every way of writing YAML; `--set` lies over it.

use proptest::prelude::*;

use super::*;

/// `a.b[2]` as steps.
fn path(dotted: &str) -> Vec<Step> {
    let step = |part: &str| part.parse::<usize>().map_or_else(|_| Step::from(part), Step::from);
    dotted.split(['.', '[', ']']).filter(|part| !part.is_empty()).map(step).collect()
}

fn text_of(document: &Document, dotted: &str, part: Part) -> String {
    let place = document.place(&path(dotted), part);
    assert_eq!(place.key, dotted);
    place.source.text[place.span.clone()].to_owned()
}

fn parse(text: &str) -> Document {
    Document::parse("lab.yaml", text).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

#[test]
fn places_are_exact_in_every_style() {
    let document = parse(
        r#"# a comment: with a colon
title: Adam on 'digits' # why
about: |
  `lr: 0.1` is not a key, "nor this
---x: no document
"quoted key": "a \" # b"
'it''s': 'it''s'
folded: one
  two
optimizer: &rule
  # between
  rule:
    adam
  lr: !!float 0.1   # rate
  beta1:

    0.9
network:
- dense: 64
- relu
-   dense: {units: [1, 2e-3, "x, y"], é: ü, init: he}
- - nested
  - .nan
flow: {a: don't, b: [1,
   2], c: true}
empty:
nothing: ~
? explicit
: value
alias: *rule
last: https://x.y/z#no
"#
        .replace("---x: no document\n", "  deeper\n")
        .as_str(),
    );
    let values = [
        ("title", "Adam on 'digits'"),
        ("about", "|"),
        ("quoted key", r#""a \" # b""#),
        ("it's", "'it''s'"),
        ("folded", "one"),
        ("optimizer", "rule:"),
        ("optimizer.rule", "adam"),
        ("optimizer.lr", "0.1"),
        ("optimizer.beta1", "0.9"),
        ("network", "- dense: 64"),
        ("network[0]", "dense: 64"),
        ("network[0].dense", "64"),
        ("network[1]", "relu"),
        ("network[2].dense", r#"{units: [1, 2e-3, "x, y"], é: ü, init: he}"#),
        ("network[2].dense.units", r#"[1, 2e-3, "x, y"]"#),
        ("network[2].dense.units[1]", "2e-3"),
        ("network[2].dense.units[2]", r#""x, y""#),
        ("network[2].dense.é", "ü"),
        ("network[2].dense.init", "he"),
        ("network[3]", "- nested"),
        ("network[3][0]", "nested"),
        ("network[3][1]", ".nan"),
        ("flow", "{a: don't, b: [1,"),
        ("flow.a", "don't"),
        ("flow.b", "[1,"),
        ("flow.b[1]", "2"),
        ("flow.c", "true"),
        ("empty", "empty"),
        ("nothing", "~"),
        ("explicit", "value"),
        ("alias", "rule:"),
        ("alias.lr", "0.1"),
        ("last", "https://x.y/z#no"),
    ];
    for (dotted, text) in values {
        assert_eq!(text_of(&document, dotted, Part::Value), text, "the value of {dotted}");
    }
    let keys = [
        ("title", "title"),
        ("quoted key", "\"quoted key\""),
        ("it's", "'it''s'"),
        ("optimizer.lr", "lr"),
        ("network[2].dense.é", "é"),
        ("flow.c", "c"),
        ("explicit", "explicit"),
        ("network[1]", "relu"),
    ];
    for (dotted, text) in keys {
        assert_eq!(text_of(&document, dotted, Part::Key), text, "the key {dotted}");
    }
    let place = document.place(&path("optimizer.lr"), Part::Value);
    assert_eq!((place.line(), place.column()), (14, 15));
}

#[test]
fn a_place_that_does_not_exist_is_the_nearest_that_does() {
    let document = parse("optimizer:\n  rule: adam\n");
    assert_eq!(text_of(&document, "optimizer.lr", Part::Value), "optimizer");
    assert_eq!(text_of(&document, "optimizer.rule.x", Part::Value), "rule");
    assert_eq!(text_of(&document, "data.source", Part::Key), "optimizer:");
}

#[test]
fn numbers_are_read_as_precisely_as_written() {
    let document = parse("[1e400, 1_000, 18446744073709551615, -3, 0.1, 64.0, .inf, yes, 0x10, '1', 012]");
    let text = |text: &str| Node::Str(text.into());
    let expected = [
        text("1e400"),
        text("1_000"),
        Node::Int(u64::MAX.into()),
        Node::Int(-3),
        Node::Float(0.1),
        Node::Float(64.0),
        Node::Float(f64::INFINITY),
        text("yes"),
        Node::Int(16),
        text("1"),
        text("012"),
    ];
    assert_eq!(document.root(), &Node::Seq(expected.into()));
}

#[test]
fn other_line_breaks_and_a_byte_order_mark_do_not_move_places() {
    let document = parse("\u{feff}a: 1\r\nb:\r\n  é: [ß, x]\r\n");
    let place = document.place(&path("b.é[1]"), Part::Value);
    assert_eq!((place.line(), place.column(), &place.source.text[place.span.clone()]), (3, 10, "x"));
}

#[test]
fn set_replaces_and_adds_and_its_errors_point_into_the_argument() {
    let mut document = parse("optimizer: {rule: adam, lr: 0.1}\nnetwork:\n- dense: 64\n- relu\nempty:\n");
    document.set_argument("optimizer.lr=0.5").unwrap();
    document.set("network[0].dense", "{units: 3, init: he}").unwrap();
    document.set("network.1", "tanh").unwrap();
    document.set("empty.new.key", "[1, fast]").unwrap();
    document.set("network[0].dense.units", "7").unwrap();
    assert_eq!(document.node(&path("optimizer.lr")), Some(&Node::Float(0.5)));
    assert_eq!(document.node(&path("network[0].dense.units")), Some(&Node::Int(7)));
    let at = |dotted: &str, part| {
        let place = document.place(&path(dotted), part);
        (place.source.name.clone(), place.column(), place.source.text[place.span.clone()].to_owned())
    };
    let whole = |name: &str, column: usize, text: &str| (name.to_owned(), column, text.to_owned());
    assert_eq!(at("optimizer.lr", Part::Value), whole("--set optimizer.lr", 14, "0.5"));
    assert_eq!(at("optimizer.lr", Part::Key), whole("lab.yaml", 25, "lr"));
    assert_eq!(at("optimizer.rule", Part::Value), whole("lab.yaml", 19, "adam"));
    assert_eq!(at("network[0].dense.init", Part::Value), whole("--set network[0].dense", 35, "he"));
    assert_eq!(at("network[0].dense.units", Part::Value), whole("--set network[0].dense.units", 24, "7"));
    assert_eq!(at("empty.new.key[1]", Part::Value), whole("--set empty.new.key", 19, "fast"));
    assert_eq!(at("empty.new", Part::Key), whole("--set empty.new.key", 7, "new"));
    assert_eq!(at("empty.new.key", Part::Key), whole("--set empty.new.key", 11, "key"));
}

#[test]
fn set_refuses_what_has_no_place_in_the_tree() {
    let wrong = [
        ("network[2]=relu", "`network` has no element `2`"),
        ("network.x=relu", "`network` has no element `x`"),
        ("network[0].dense.units=3", "`network[0].dense` is the number `64`, which holds no keys"),
        ("title[0]=3", "`title` is not a list"),
        ("title=", "`title` is given no value"),
        ("=3", "this is not a path to a key"),
        ("a..b=3", "this is not a path to a key"),
        ("network[-1]=3", "an element of a list is a whole number in brackets"),
        ("network[0=3", "an element of a list is a whole number in brackets"),
        ("title=[1", "the bracket `[` is never closed"),
        ("title=!x 3", "tags such as `!x` have no meaning here"),
        ("title", "`--set title` has no `=`"),
    ];
    for (argument, what) in wrong {
        let mut document = parse("title: T\nnetwork: [{dense: 64}]\n");
        let before = document.root().clone();
        let error = document.set_argument(argument).unwrap_err();
        assert_eq!(error.what(), what, "{argument:?}");
        assert_eq!(document.root(), &before, "{argument}: an error must change nothing");
        if let Some(place) = error.place() {
            assert!(place.source.name.starts_with("--set"), "{argument}");
        }
    }
}

#[test]
fn a_text_is_not_refused_for_a_character_that_yaml_does_not_have() {
    let foreign = "\0\u{1}\u{7}\u{b}\u{1b}\u{7f}\u{80}\u{85}\u{9b}\u{feff}\u{fffe}\u{ffff}";
    for text in [format!("title: a{foreign}b\n"), format!("title: |\n  a{foreign}b"), format!("title: \"a{foreign}b\"")]
    {
        let document = Document::parse("lab.yaml", &text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let shown = format!("a{}b", "\u{fffd}".repeat(foreign.chars().count()));
        assert_eq!(document.root().child(&"title".into()), Some(&Node::Str(shown)), "{text:?}");
    }
    // In escapes it is what is meant.
    let document = Document::parse("lab.yaml", "title: \"a\\x1b\"\n").unwrap();
    assert_eq!(document.root().child(&"title".into()), Some(&Node::Str("a\u{1b}".into())));
}

#[test]
fn an_anchor_set_twice_is_refused_and_a_text_about_it_is_not() {
    for text in
        ["a: &x 1\nb: &x 2\nc: &y 3\nd: *x\n", "- &x 1\n- {a: &x  [2, *x]}", "[&x 1,&x 2,*x]", "&x a:\n  &x b: *x\n"]
    {
        let error = Document::parse("lab.yaml", text).unwrap_err();
        assert_eq!(error.what(), "the anchor `&x` is set twice", "{text}");
    }
    for text in
        ["a: &x 1\nb: &y 2\nc: *x\n", "about: |\n  &x here\n  &x there, *bold* words\n", "a: R&x\nb: S&x\nc: 3*x"]
    {
        parse(text);
    }
}

#[test]
fn hostile_texts_are_refused_quickly() {
    let bomb = (1..9).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        text + format!("a{level}: &a{level} [{below}]\n").as_str()
    });
    let wide = "a: &a [".to_owned() + "x, ".repeat(5000).as_str() + "]\nb: [" + "*a, ".repeat(5000).as_str() + "]\n";
    let many_keys = (0..25_000).map(|key| format!("k{key}: 1")).collect::<Vec<_>>().join("\n");
    let started = std::time::Instant::now();
    for text in [
        bomb,
        wide,
        "[".repeat(256 << 10),
        "- ".repeat(128 << 10),
        "[#]\n".repeat(64 << 10),
        "a: &a [*a]".to_owned(),
        "{a: ".repeat(9999),
    ] {
        let error = Document::parse("lab.yaml", &text).unwrap_err();
        assert!(error.place().is_some(), "{}", error.what());
    }
    assert!(Document::parse("lab.yaml", &many_keys).is_ok());
    assert!(Document::read("lab.yaml", &vec![b' '; (256 << 10) + 1]).is_err());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn bytes_that_are_no_text_are_placed() {
    let error = Document::read("lab.yaml", b"a: 1\nb: caf\xe9\n").unwrap_err();
    assert_eq!(error.what(), "byte 0xe9 is not UTF-8 text");
    assert_eq!(error.place().map(|place| (place.line(), place.column())), Some((2, 7)));
    let error = Document::read("lab.yaml", b"a: \x1b[31m\nb: caf\xe9\n").unwrap_err();
    assert_eq!(error.place().map(|place| (place.line(), place.column())), Some((2, 7)));
    assert!(!error.render(false).contains('\u{1b}'));
}

/// A generated document: its text in block or flow style, and for each leaf its path and its own token.
#[derive(Debug, Clone)]
enum Tree {
    Leaf(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        "[a-zé]{1,6}( [a-zß]{1,4})?".prop_map(|word| word),
        "-?[0-9]{1,4}\\.[0-9]{1,3}",
        "[1-9][0-9]{0,5}",
        "\"[a-z #:,é]{0,8}\"",
        "'[a-z #:,{\\[]{0,8}('')?'",
    ]
    .prop_map(Tree::Leaf);
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..5).prop_map(Tree::List),
            prop::collection::vec(("[a-z]{1,5}", inner), 1..5).prop_map(|entries| {
                let numbered = entries.into_iter().enumerate().map(|(at, (key, tree))| (format!("{key}{at}"), tree));
                Tree::Map(numbered.collect())
            }),
        ]
    })
}

impl Tree {
    fn flow(&self) -> String {
        match self {
            Self::Leaf(token) => token.clone(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::flow).collect::<Vec<_>>().join(", ")),
            Self::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(key, tree)| format!("{key}: {}", tree.flow())).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    /// Block style down to a depth, flow style below it, with comments in between.
    fn block(&self, indent: usize, depth: usize, text: &mut String) {
        let pad = " ".repeat(indent);
        match self {
            Self::List(items) if depth > 0 => {
                for item in items {
                    text.extend(["\n", &pad, "-"]);
                    item.block(indent + 2, depth - 1, text);
                }
            }
            Self::Map(entries) if depth > 0 => {
                for (key, tree) in entries {
                    text.extend(["  # ", key, "\n", &pad, key, ":"]);
                    tree.block(indent + 2, depth - 1, text);
                }
            }
            other => text.extend([" ", &other.flow(), "  # , ] x: y"]),
        }
    }

    fn leaves(&self, path: &mut Vec<Step>, found: &mut Vec<(Vec<Step>, String)>) {
        let children: Vec<(Step, &Self)> = match self {
            Self::Leaf(token) => return found.push((path.clone(), token.clone())),
            Self::List(items) => items.iter().enumerate().map(|(at, tree)| (at.into(), tree)).collect(),
            Self::Map(entries) => entries.iter().map(|(key, tree)| (key.as_str().into(), tree)).collect(),
        };
        for (step, child) in children {
            path.push(step);
            child.leaves(path, found);
            path.pop();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_node_of_a_generated_document_points_to_its_own_text(tree in tree(), depth in 0_usize..5) {
        let mut text = "top:".to_owned();
        tree.block(1, depth, &mut text);
        text.push('\n');
        let document = Document::parse("lab.yaml", &text).map_err(|e| TestCaseError::fail(e.render(false)))?;
        let mut leaves = Vec::new();
        tree.leaves(&mut vec!["top".into()], &mut leaves);
        for (path, token) in leaves {
            let place = document.place(&path, Part::Value);
            prop_assert_eq!(&place.source.text[place.span.clone()], &token);
            if let Some(Step::Key(key)) = path.last() {
                let place = document.place(&path, Part::Key);
                prop_assert_eq!(&place.source.text[place.span.clone()], key);
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "([a-z:\\-\\[\\]{}&*!|>'\"#%@`,?\t \n~<é]|\\n  |: |- ){0,60}") {
        if let Err(error) = Document::parse("lab.yaml", &text) {
            prop_assert!(!error.render(false).is_empty());
            prop_assert!(error.place().is_some());
        }
    }

    #[test]
    fn no_argument_makes_set_panic(argument in "[a-c.=\\[\\]0-9 {}:,é]{0,20}") {
        let mut document = parse("a: {b: [1, {c: 2}]}\nc:\n");
        if document.set_argument(&argument).is_ok() {
            prop_assert!(document.root() != &Node::Null);
        }
    }
}
