//! What the pen writes into cells: whole titles, nothing that steers a terminal, nothing outside of its part.

use super::*;
use crate::error::is_hidden;
use crate::ui::look::theme::Theme;

#[test]
fn a_title_with_a_number_is_whole_or_not_there() {
    let title = |right: &str| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 3));
        let area = buffer.area;
        Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode: true }).framed("3 Map", right, Role::Border);
        (0..30).map(|x| buffer[(x, 0)].symbol().to_owned()).collect::<String>()
    };
    assert!(title("2 of 150 wrong").contains(" 2 of 150 wrong "));
    assert!(title("2 of 150 samples are wrong\n2 wrong").contains("─ 2 wrong "));
    assert!(title("at (0.0141, -0.00110), height 1").ends_with(&format!("{}╮", "─".repeat(20))));
    assert!(title("every sample is classified correctly").contains("every sample"));
}

fn drawn(text: &str, columns: u16) -> (String, usize) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 1));
    let area = buffer.area;
    let mut pen = Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode: true });
    let end = pen.text(0, 0, text, Role::Text);
    pen.symbol(usize::from(columns) - 1, 0, '\u{9b}', Role::Text);
    (buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect(), end)
}

#[test]
fn no_cell_holds_what_would_steer_a_terminal() {
    let hostile = "a\u{1b}[2J\tb\u{9b}31m\u{202e}c\u{200b}d\u{7f}\n";
    let (row, end) = drawn(hostile, 40);
    assert!(!row.contains(is_hidden), "{row:?}");
    let seen = "a\u{fffd}[2J b\u{fffd}31m\u{fffd}c\u{fffd}d\u{fffd}";
    assert_eq!(row, format!("{seen:<39}\u{fffd}"));
    assert_eq!(end, text::width(hostile), "it takes as many columns as were measured for it");
}

fn rows((width, height): (u16, u16), draw: impl FnOnce(&mut Pen<'_>)) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buffer.area;
    draw(&mut Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode: true }));
    let symbols: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
    symbols.chunks(usize::from(width)).map(<[&str]>::concat).collect()
}

#[test]
fn marks_of_scrolling_stand_in_the_blank_beside_the_text() {
    let framed = rows((12, 4), |pen| {
        let mut inside = pen.framed("", "", Role::Border);
        inside.text(0, 0, "12345678", Role::Text);
        inside.part(0, 1, 8, 1).text(0, 0, "abcdefgh", Role::Text);
        inside.part(0, 0, 8, 2).scroll_marks(true, true);
    });
    assert_eq!(framed[1..3], ["│ 12345678▲│", "│ abcdefgh▼│"]);
}

#[test]
fn lines_for_which_there_are_no_rows_are_told_by_a_mark() {
    let text = "one two three four five";
    assert_eq!(rows((10, 2), |pen| assert_eq!(pen.paragraph(0, text, Role::Text), 2)), ["one two   ", "three…    "]);
    assert_eq!(rows((10, 3), |pen| assert_eq!(pen.paragraph(0, text, Role::Text), 3))[1], "three four");
}

#[test]
fn of_several_forms_the_longest_that_fits_is_written() {
    let draw = |pen: &mut Pen<'_>| {
        assert_eq!(pen.choice(1, 0, ["window 1/(1-b) = 10", "window 10"], Role::Text), 10);
        assert_eq!(pen.choice(0, 1, ["window 1/(1-b) = 10", "b window 10"], Role::Text), 0);
        pen.part(0, 2, 10, 3).framed("a\n", "", Role::Border);
    };
    assert_eq!(rows((10, 5), draw)[..3], [" window 10", "          ", "╭ a ─────╮"]);
    let titles = "v: window 1/(1-b) = 10\nwindow 10";
    let titled = |width| {
        let draw = |pen: &mut Pen<'_>| {
            pen.framed("State", titles, Role::Border);
        };
        rows((width, 3), draw)[0].clone()
    };
    assert!(titled(40).contains("= 10") && titled(30).contains(" window 10 ") && !titled(30).contains('…'));
}

#[test]
fn a_long_text_is_cut_before_it_is_drawn() {
    let long = "x".repeat(1 << 20);
    assert_eq!(drawn(&long, 8).0, "xxxxxxx\u{fffd}", "the last cell is the symbol that follows");
    assert_eq!(drawn("e\u{301}\u{302}\u{303}x", 4).1, 2);
}

#[test]
fn a_left_title_takes_a_shorter_form_for_the_sake_of_the_right_one() {
    let title = |columns: u16, left: &str, right: &str| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 3));
        let area = buffer.area;
        Pen::new(&mut buffer, area, Look { theme: Theme::Mono, unicode: true }).framed(left, right, Role::Border);
        (0..columns).map(|x| buffer[(x, 0)].symbol().to_owned()).collect::<String>()
    };
    let left = "1 Map: height 2.1e-5 after step 100\n1 Map: height 2.1e-5\n1 Map";
    let at = "at (0.0141, -0.00110)\n(0.0141, -0.00110)";
    assert!(title(76, left, at).starts_with("╭ 1 Map: height 2.1e-5 after step 100 ─"));
    for (columns, own) in [(76, "after step 100"), (50, "1 Map: height 2.1e-5 ─"), (34, "1 Map ─")] {
        let shown = title(columns, left, at);
        assert!(shown.contains(own) && shown.contains("(0.0141, -0.00110) ╮"), "{shown}");
    }
    // Where no form of the right one fits the left one is as long as may be; alone, too.
    assert!(title(24, left, at).starts_with("╭ 1 Map ─"), "{}", title(24, left, at));
    assert!(title(50, left, "").starts_with("╭ 1 Map: height 2.1e-5 after step 100 ─"));
    // One form is not given up.
    assert!(
        title(44, "1 Map: height 2.1e-5 after step 100", at).starts_with("╭ 1 Map: height 2.1e-5 after step 100 ─")
    );
}
