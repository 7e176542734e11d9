//! The line of panes by their keys: how they share the columns, and how many rows they take.

use crate::ui::canvas::text;
use crate::ui::keys;
use crate::ui::panes::PaneKind;

/// The tabs in their rows, each with the place of its pane.
pub type Tabs = Vec<Vec<(usize, String)>>;

/// The tabs of panes in that order, in as few rows as hold them all with their shortest titles. Within these rows the longest
/// titles are shortened first, and only as far as needed; none is cut.
pub fn tabs(order: &[&'static PaneKind], columns: usize) -> Tabs {
    let titles: Vec<&'static str> = order.iter().map(|pane| pane.title).collect();
    fit(&titles, columns.saturating_sub(1))
}

fn fit(titles: &[&'static str], columns: usize) -> Tabs {
    let forms: Vec<Vec<&'static str>> = titles.iter().map(|title| text::forms(title).collect()).collect();
    let shortest: Vec<usize> = forms.iter().map(|forms| forms.len() - 1).collect();
    let rows = |chosen: &[usize], around: &str| {
        let labels = forms.iter().zip(chosen).map(|(forms, form)| forms[*form]);
        flow(
            labels.enumerate().map(|(at, title)| (at, format!("{around}{} {title}{around}", keys::of_place(at)))),
            columns,
        )
    };
    let wanted = rows(&shortest, "").len();
    let mut chosen = vec![0; titles.len()];
    let mut around = " ";
    loop {
        let tabs = rows(&chosen, around);
        if tabs.len() <= wanted {
            return tabs;
        }
        // They move together before a title is shortened.
        let longest =
            (0..titles.len()).filter(|at| chosen[*at] < shortest[*at]).max_by_key(|at| forms[*at][chosen[*at]].len());
        match longest {
            _ if !around.is_empty() => around = "",
            Some(longest) => chosen[longest] += 1,
            None => return tabs,
        }
    }
}

/// As many in a row as there is room for, a blank between them.
fn flow(labels: impl Iterator<Item = (usize, String)>, columns: usize) -> Tabs {
    let mut rows: Tabs = Vec::new();
    let mut used = 0;
    for (at, label) in labels {
        let wide = text::width(&label);
        match rows.last_mut() {
            Some(row) if used + 1 + wide <= columns => {
                row.push((at, label));
                used += 1 + wide;
            }
            _ => {
                rows.push(vec![(at, label)]);
                used = wide;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::panes::PANES;

    fn lines(titles: &[&'static str], columns: usize) -> Vec<String> {
        let line =
            |row: &Vec<(usize, String)>| row.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(" ");
        fit(titles, columns).iter().map(line).collect()
    }

    #[test]
    fn titles_are_shortened_only_as_far_as_needed() {
        let titles = ["Loss", "Gradient norm", "State", "Network", "Schedule"];
        assert_eq!(lines(&titles, 70), [" 1 Loss   2 Gradient norm   3 State   4 Network   5 Schedule "]);
        assert_eq!(lines(&titles, 54), ["1 Loss 2 Gradient norm 3 State 4 Network 5 Schedule"]);
        assert_eq!(lines(&titles, 48), ["1 Loss 2 Gradients 3 State 4 Network 5 Schedule"]);
        assert_eq!(lines(&titles, 44), ["1 Loss 2 Grad 3 State 4 Network 5 Schedule"]);
        assert_eq!(lines(&titles, 36), ["1 Loss 2 Grad 3 State 4 Net 5 Sched"]);
    }

    #[test]
    fn tabs_that_do_not_fit_into_one_row_take_two() {
        let titles = ["Loss", "Gradient norm", "State", "Network", "Schedule"];
        assert_eq!(
            lines(&titles, 34),
            [" 1 Loss   2 Gradient norm ", " 3 State   4 Network   5 Schedule "]
                .map(str::trim_end)
                .map(|line| format!("{line} "))
        );
    }

    #[test]
    fn all_panes_are_named_whole_at_every_width_that_has_panes() {
        for columns in 60..=200 {
            let rows = tabs(&PANES, columns);
            assert!(rows.len() <= 2, "{columns}");
            for (at, label) in rows.into_iter().flatten() {
                let title = label.trim().split_once(' ').unwrap().1.to_owned();
                assert!(text::forms(PANES[at].title).any(|form| form == title), "{label}");
            }
        }
    }
}
