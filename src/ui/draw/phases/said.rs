//! Paragraphs that are made to fit into a few rows: what is said is said whole. A list has as many of its items as there is room
//! for, a sentence a shorter form, or it is left out.

use crate::ui::canvas::text;
use crate::ui::look::theme::Role;

/// What is said at once.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// A sentence or a few.
    Text(String),
    /// What is said before them, items of which some may be left out, how many there are in all, and how many stay.
    List(String, Vec<String>, usize, usize),
}

/// Something that is said, and in which shorter ways it can be.
#[derive(Debug, Clone)]
pub(super) struct Paragraph {
    role: Role,
    said: Said,
    /// Shorter forms in their order, none for leaving it out, each with how soon it is taken: of all paragraphs the one with
    /// the smallest number is shortened first.
    shorter: Vec<(u8, Option<Said>)>,
}

impl Paragraph {
    /// A sentence.
    pub fn text(said: impl Into<String>) -> Self {
        Self { role: Role::Text, said: Said::Text(said.into()), shorter: Vec::new() }
    }

    /// Items, of which there are so many in all. Where there is no room for any it says how many there are.
    pub fn list(lead: impl Into<String>, items: Vec<String>, all: usize) -> Self {
        Self { role: Role::Text, said: Said::List(lead.into(), items, all, 0), shorter: Vec::new() }
    }

    /// The first items of a list, so many at most, are there as long as the list is.
    pub fn keep(mut self, count: usize) -> Self {
        if let Said::List(_, items, _, stay) = &mut self.said {
            *stay = count.min(items.len());
        }
        self
    }

    /// In another role.
    pub fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// A shorter form.
    pub fn or(mut self, order: u8, said: impl Into<String>) -> Self {
        self.shorter.push((order, Some(Said::Text(said.into()))));
        self
    }

    /// It may be left out.
    pub fn or_nothing(mut self, order: u8) -> Self {
        self.shorter.push((order, None));
        self
    }
}

impl Said {
    /// The rows that it takes at least.
    fn least(&self, columns: usize) -> usize {
        match self {
            Self::Text(said) => text::wrap(said, columns).len(),
            Self::List(lead, items, all, stay) => with(lead, (&items[..*stay], *all), columns).len(),
        }
    }

    fn lines(&self, columns: usize, rows: usize) -> Vec<String> {
        match self {
            Self::Text(said) => text::wrap(said, columns),
            Self::List(lead, items, all, _) => list(lead, (items, *all), (columns, rows)),
        }
    }
}

/// The paragraphs in so many rows. Only where not even the shortest forms fit is a row of them cut, and marked.
pub(super) fn lines(mut all: Vec<Paragraph>, (columns, rows): (usize, usize), mark: char) -> Vec<(String, Role)> {
    let mut least: Vec<usize> = all.iter().map(|paragraph| paragraph.said.least(columns)).collect();
    while least.iter().sum::<usize>() > rows {
        let soonest = |paragraph: &Paragraph| paragraph.shorter.first().map(|(order, _)| *order);
        let Some((_, at)) = (0..all.len()).filter_map(|at| Some((soonest(&all[at])?, at))).min() else { break };
        if let Some(said) = all[at].shorter.remove(0).1 {
            least[at] = said.least(columns);
            all[at].said = said;
        } else {
            least.remove(at);
            all.remove(at);
        }
    }
    let mut free = rows.saturating_sub(least.iter().sum());
    let mut lines: Vec<(String, Role)> = Vec::new();
    for (paragraph, least) in all.iter().zip(least) {
        let said = paragraph.said.lines(columns, least + free);
        free -= said.len().saturating_sub(least).min(free);
        lines.extend(said.into_iter().map(|line| (line, paragraph.role)));
    }
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some((last, _)) = lines.last_mut() {
            *last = text::cut(&format!("{last} {mark}{mark}"), columns, mark);
        }
    }
    lines
}

/// As many items as fit, and how many do not.
fn list(lead: &str, (items, all): (&[String], usize), (columns, rows): (usize, usize)) -> Vec<String> {
    let said = |count: usize| with(lead, (&items[..count], all), columns);
    // More of them never take fewer rows.
    let (mut fits, mut too_many) = (0, items.len() + 1);
    while fits + 1 < too_many {
        let count = fits.midpoint(too_many);
        if said(count).len() <= rows { fits = count } else { too_many = count }
    }
    said(fits)
}

/// With these items, and how many there are beside them.
fn with(lead: &str, (items, all): (&[String], usize), columns: usize) -> Vec<String> {
    let rest = match all.saturating_sub(items.len()) {
        0 => ".".to_owned(),
        more if items.is_empty() => format!("{more} of them."),
        more => format!(" and {more} more."),
    };
    text::wrap(&format!("{lead} {}{rest}", items.join(", ")), columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(all: Vec<Paragraph>, columns: usize, rows: usize) -> Vec<String> {
        lines(all, (columns, rows), '…').into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn a_list_has_as_many_items_as_there_is_room_for_and_says_how_many_are_left() {
        let items: Vec<String> = (1..=40).map(|at| at.to_string()).collect();
        let one = |count: usize, all: usize, rows: usize| {
            said(vec![Paragraph::list("Samples:", items[..count].to_vec(), all)], 30, rows)
        };
        assert_eq!(one(3, 3, 1), ["Samples: 1, 2, 3."]);
        assert_eq!(one(40, 90, 1), ["Samples: 1, 2, 3 and 87 more."]);
        let two = one(40, 40, 2);
        assert_eq!(two.len(), 2);
        assert!(two[1].ends_with("more."), "{two:?}");
    }

    #[test]
    fn what_has_no_room_is_said_shorter_or_left_out_and_never_cut() {
        let all = || {
            vec![
                Paragraph::text("A heading that stays."),
                Paragraph::text("as its script has it").or_nothing(1),
                Paragraph::text("The long form of it, with all numbers.").or(2, "The short form.").or_nothing(3),
                Paragraph::list("Items:", ["one", "two", "three", "four"].map(str::to_owned).to_vec(), 4),
            ]
        };
        assert_eq!(said(all(), 40, 4).len(), 4);
        let long = ["A heading that stays.", "The long form of it,", "with all numbers.", "Items: one and 3 more."];
        assert_eq!(said(all(), 24, 4), long);
        assert_eq!(said(all(), 24, 3), ["A heading that stays.", "The short form.", "Items: one and 3 more."]);
        assert_eq!(said(all(), 24, 2), ["A heading that stays.", "Items: one and 3 more."]);
        let kept = || vec![all().remove(2), all().remove(3).keep(2)];
        assert_eq!(said(kept(), 24, 3), ["The short form.", "Items: one, two, three,", "four."]);
        assert_eq!(said(kept(), 17, 3), ["The short form.", "Items: one, two,", "three, four."]);
        assert_eq!(said(all(), 23, 1), ["A heading that stays.…"]);
    }
}
