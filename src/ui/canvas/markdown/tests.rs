//! What texts look like when they are set.

use super::*;
use crate::ui::canvas::text;
use crate::ui::look::theme::Theme;
use proptest::prelude::*;

const LOOK: Look = Look { theme: Theme::Mono, unicode: true };

fn plain(source: &str, columns: usize) -> Vec<String> {
    let text = |row: &Row| row.iter().map(|(span, _)| span.as_str()).collect::<String>().trim_end().to_owned();
    lay_out(source, columns, LOOK).iter().map(text).collect()
}

/// The words of a line that have a role.
fn of(source: &str, role: Role) -> Vec<String> {
    let rows = lay_out(source, 80, LOOK);
    rows.into_iter().flatten().filter(|(_, own)| *own == role).map(|(span, _)| span).collect()
}

#[test]
fn paragraphs_lists_and_code_are_set() {
    let source = "# Adam\nTwo averages,\n`v` and **both corrected**.\n\n\n- one item\n  goes on\n\n12. two\n\n```\n  a = b\n```\n";
    assert_eq!(
        plain(source, 20),
        ["Adam", "Two averages, v and", "both corrected.", "", "· one item goes on", "", "12. two", "", "  a = b"]
    );
}

#[test]
fn emphasis_is_seen_and_its_marks_are_not() {
    let source = "where *dW* is _meant_, **strong** and __strong__, ***both***, a*b*c, snake_case_name";
    assert_eq!(plain(source, 90), ["where dW is meant, strong and strong, both, abc, snake_case_name"]);
    assert_eq!(of(source, Role::Emphasis), ["dW", "meant", "b"]);
    assert_eq!(of(source, Role::Strong), ["strong", "strong", "both"]);
    assert_eq!(lay_out("**so**, then", 80, LOOK)[0], [("so".into(), Role::Strong), (", then".into(), Role::Text)]);
}

#[test]
fn formulas_keep_their_asterisks() {
    let source = "1 - b ** t and 2 * 3, `a*b*c` and ` alone, \\*not\\* and 1 < *b* < *n*";
    assert_eq!(plain(source, 90), ["1 - b ** t and 2 * 3, a*b*c and ` alone, *not* and 1 < b < n"]);
    assert_eq!(of(source, Role::Key), ["a*b*c"]);
    assert_eq!(plain("text:\n\n    v = b * v + (1 - b) * dW\n", 60), ["text:", "", "  v = b * v + (1 - b) * dW"]);
}

#[test]
fn lists_are_nested_and_counted() {
    let source = "- one two three\n  - inner words\n    1. deep\n    2. deeper\n- last\n\n9. nine\n10. ten\n";
    let wanted = [
        "· one two",
        "  three",
        "  · inner",
        "    words",
        "    1. deep",
        "    2. deeper",
        "· last",
        "",
        "9. nine",
        "10. ten",
    ];
    assert_eq!(plain(source, 14), wanted);
    assert_eq!(plain("1. a\n\n   more of a\n\n2. b\n-", 30), ["1. a", "", "   more of a", "", "2. b", "·"]);
}

#[test]
fn quotes_and_rules_are_drawn() {
    assert_eq!(
        plain("> quoted words\n> go on\n>\n> - one\n\nafter\n\n---\nend", 16),
        ["│ quoted words", "│ go on", "│", "│ · one", "", "after", "", "────────────────", "end"]
    );
}

#[test]
fn a_link_is_its_words_with_the_address_where_it_fits() {
    let source = "See [the paper](https://arxiv.org/abs/1412.6980), [ref][r], <https://a.b> and [open].\n\n[r]: c.md";
    assert_eq!(
        plain(source, 90),
        ["See the paper (https://arxiv.org/abs/1412.6980), ref (c.md), https://a.b and [open]."]
    );
    assert_eq!(plain("[the paper](https://arxiv.org/abs/1412.6980)", 24), ["the paper"]);
    assert_eq!(plain("![a curve](curve.svg)", 40), ["a curve (curve.svg)"]);
}

#[test]
fn what_is_no_markdown_stays_as_it_was_written() {
    assert_eq!(
        plain("<div>\n  <b>x</b>\n</div>\n\nso <br> on & on &lt;", 40),
        ["<div>", "<b>x</b>", "</div>", "", "so <br> on & on <"]
    );
}

const TABLE: &str = "\
| rule | rates tried | best |
|:-----|:-----------:|-----:|
| adam, rmsprop | 0.001, 0.003, 0.01, 0.03 | **0.03** |
| sgd, momentum | 0.03, 0.1, 0.3, 1 | 0.3 |
";

#[test]
fn a_table_is_aligned() {
    let wanted = [
        "rule                 rates tried         best",
        "─────────────  ────────────────────────  ────",
        "adam, rmsprop  0.001, 0.003, 0.01, 0.03  0.03",
        "sgd, momentum     0.03, 0.1, 0.3, 1       0.3",
    ];
    assert_eq!(plain(TABLE, 60), wanted);
    assert_eq!(of(TABLE, Role::Strong), ["rule", "rates tried", "best", "0.03"]);
}

#[test]
fn a_narrow_table_is_wrapped_cell_by_cell_and_a_narrower_one_is_lines() {
    let shown = plain(TABLE, 33);
    assert!(shown.iter().all(|row| text::width(row) <= 33) && shown.len() > 4, "{shown:?}");
    assert!(shown[0].starts_with("rule") && shown[0].ends_with("best"), "{shown:?}");
    let digits = |rows: &[String]| rows.concat().chars().filter(char::is_ascii_digit).collect::<String>();
    assert_eq!(digits(&shown).len(), digits(&plain(TABLE, 60)).len(), "no cell is cut");
    let lines = [
        "rule: adam, rmsprop",
        "rates tried: 0.001,",
        "  0.003, 0.01, 0.03",
        "best: 0.03",
        "",
        "rule: sgd, momentum",
        "rates tried: 0.03,",
        "  0.1, 0.3, 1",
        "best: 0.3",
    ];
    assert_eq!(plain(TABLE, 21), lines);
}

#[test]
fn a_long_line_of_code_goes_on_behind_a_mark() {
    let source = "    optlab train race-on-spirals --set 'compare.small={training: {batch: 8}}' --out race\n";
    assert_eq!(
        plain(source, 40),
        ["  optlab train race-on-spirals --set", "  ↳ 'compare.small={training: {batch:", "  ↳ 8}}' --out race"]
    );
    assert_eq!(plain("```\nabcdefghijklmnopqrstuvwxyz\n```", 14), ["abcdefghijklmn", "↳ opqrstuvwxyz"]);
}

#[test]
fn a_text_is_set_once_for_each_width() {
    let page = Page::default();
    let rows = page.rows("*a* b", 20, LOOK);
    assert!(Arc::ptr_eq(&rows, &page.rows("*a* b", 20, LOOK)));
    assert!(!Arc::ptr_eq(&rows, &page.rows("*a* b", 30, LOOK)));
    assert_eq!(page.rows("*a* c", 30, LOOK).len(), 1);
}

#[test]
fn what_is_nested_without_end_is_set_all_the_same() {
    const MANY: usize = 100_000;
    for open in [">", "> ", "- ", "[", "![", "*", "**a ", "*a _b ", "`", "1. ", "<a ", "|-", "|a|\n|-|\n", "# ", "\\"] {
        let source = open.repeat(MANY);
        let rows = lay_out(&source, 60, LOOK);
        assert!(rows.len() <= 2 * MANY, "{open:?}: {}", rows.len());
        let letters = rows.iter().flatten().map(|(span, _)| span.len()).sum::<usize>();
        assert!(letters <= 60 * source.len(), "{open:?}: {letters}");
    }
    let lists = format!("{}x", "- ".repeat(MANY));
    assert!(plain(&lists, 60).last().unwrap().ends_with('x'));
    let quotes = format!("{}x\n{}", ">".repeat(MANY), "lazy words\n".repeat(1000));
    assert!(plain(&quotes, 60).last().unwrap().ends_with("words"));
}

proptest! {
    #[test]
    fn any_text_is_set_within_its_width(source in "[-a-z#*_`>\\[\\]() |1.\\\\\n\u{4e00}]{0,160}", columns in 0..40_usize) {
        for row in plain(&source, columns) {
            prop_assert!(text::width(&row) <= columns.max(LEAST), "{row:?}");
        }
    }

    #[test]
    fn no_word_is_lost(words in prop::collection::vec("[a-z]{1,12}", 1..40), columns in 14..60_usize) {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let text = words.join(" ");
        for source in [text.clone(), words.join("\n\n"), format!("- {text}"), format!("> {text}"), format!("    {text}")] {
            prop_assert_eq!(letters(&plain(&source, columns).concat()), letters(&text));
        }
    }
}

/// A sentence of the program's is broken as any text is, no number and no range in two, and its code is told apart.
#[test]
fn a_sentence_is_broken_where_any_text_is_and_its_code_is_told_apart() {
    let said = "set `lr = 0.1`: range -0.0604 … 0.0493 in 38 000 steps, `s` makes one";
    for columns in 14..70 {
        let rows = words(said, Role::Warn, columns);
        let whole = |row: &Row| row.iter().map(|(span, _)| span.as_str()).collect::<String>();
        assert_eq!(rows.iter().map(whole).collect::<Vec<_>>(), text::wrap(&bare(said), columns));
        let code = rows.iter().flatten().filter(|(_, role)| *role == Role::Key);
        assert_eq!(code.map(|(span, _)| span.replace(' ', "")).collect::<String>(), "lr=0.1s");
    }
    assert_eq!(line("a `b` c", Role::Bad, 5, '…').len(), 3);
    let cut = line("a `b` code", Role::Bad, 6, '…');
    assert!(matches!(&cut[..], [(words, Role::Bad)] if words.starts_with("a b") && words.ends_with('…')), "{cut:?}");
    assert_eq!(bare("no key does ` here"), "no key does ` here");
}
