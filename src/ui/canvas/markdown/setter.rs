//! From the events of the parser to lines: what stands within what, and how far it is indented.

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::Row;
use super::table::Table;
use super::words::{Words, width};
use crate::ui::canvas::text;
use crate::ui::look::theme::{Look, Role};

/// Something that indents what is in it.
#[derive(Debug)]
enum Indent {
    Quote,
    /// The mark of a list's item, which stands before its first line.
    Item {
        mark: String,
        used: bool,
    },
}

/// Makes lines.
#[derive(Debug)]
pub(super) struct Setter<'s> {
    source: &'s str,
    columns: usize,
    look: Look,
    rows: Vec<Row>,
    indents: Vec<Indent>,
    /// So many more lie within the last one, which have no room.
    deeper: usize,
    /// The number of the next item of each open list that has numbers.
    lists: Vec<Option<u64>>,
    words: Words,
    strong: usize,
    emphasis: usize,
    /// The addresses of open links and pictures, each with the words before it.
    links: Vec<String>,
    /// The lines of a block of code, and whether it is indented rather than fenced.
    code: Option<(String, bool)>,
    table: Option<Table>,
}

impl<'s> Setter<'s> {
    pub fn new(source: &'s str, columns: usize, look: Look) -> Self {
        Self {
            source,
            columns,
            look,
            rows: Vec::new(),
            indents: Vec::new(),
            deeper: 0,
            lists: Vec::new(),
            words: Words::default(),
            strong: 0,
            emphasis: 0,
            links: Vec::new(),
            code: None,
            table: None,
        }
    }

    /// The lines, when all is taken.
    pub fn rows(mut self) -> Vec<Row> {
        self.flush();
        while self.rows.last().is_some_and(Vec::is_empty) {
            self.rows.pop();
        }
        self.rows
    }

    /// Takes an event that begins at this byte of the source.
    pub fn take(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((code, _)) => code.push_str(&text),
                None => self.words.push(&text, self.role()),
            },
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                self.words.push(&code, Role::Key);
            }
            Event::Html(text) => {
                self.words.push(text.trim_end_matches('\n'), self.role());
                self.flush();
            }
            Event::InlineHtml(text) | Event::FootnoteReference(text) => self.words.push(&text, self.role()),
            Event::SoftBreak => self.words.push(" ", Role::Text),
            Event::HardBreak => self.words.end_line(),
            Event::Rule => {
                self.block(at, false);
                let rule = self.look.pick("─", "-").repeat(self.room());
                self.push(vec![(rule, Role::Dim)]);
            }
            Event::TaskListMarker(done) => self.words.push(if done { "[x] " } else { "[ ] " }, Role::Text),
        }
    }

    fn start(&mut self, tag: Tag<'_>, at: usize) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.block(at, false),
            Tag::Heading { .. } => {
                self.block(at, true);
                self.strong += 1;
            }
            Tag::BlockQuote(_) => {
                self.block(at, false);
                self.indent(Indent::Quote);
            }
            Tag::CodeBlock(kind) => {
                self.block(at, false);
                self.code = Some((String::new(), matches!(kind, CodeBlockKind::Indented)));
            }
            Tag::List(first) => {
                self.block(at, false);
                self.lists.push(first);
            }
            Tag::Item => {
                self.block(at, false);
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => format!("{} ", self.look.dot()),
                };
                self.indent(Indent::Item { mark, used: false });
            }
            Tag::Table(alignments) => {
                self.block(at, false);
                self.table = Some(Table::new(alignments));
            }
            Tag::TableHead => {
                self.strong += 1;
                self.table.iter_mut().for_each(Table::begin_row);
            }
            Tag::TableRow => self.table.iter_mut().for_each(Table::begin_row),
            Tag::Strong => self.strong += 1,
            Tag::Emphasis => self.emphasis += 1,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.emphasis += 1;
                self.links.push(dest_url.into_string());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.flush(),
            TagEnd::Heading(_) => {
                self.flush();
                self.strong -= 1;
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.outdent();
            }
            TagEnd::CodeBlock => {
                let (code, indented) = self.code.take().unwrap_or_default();
                code.lines().for_each(|line| self.verbatim(if indented { "  " } else { "" }, line));
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Item => {
                self.flush();
                // One without a word still has its mark.
                if matches!(self.indents.last(), Some(Indent::Item { used: false, .. })) && self.deeper == 0 {
                    self.push(Row::new());
                }
                self.outdent();
            }
            TagEnd::Table => {
                let rows = self.table.take().map(|table| table.lay_out(self.room(), self.look));
                rows.unwrap_or_default().into_iter().for_each(|row| self.push(row));
            }
            TagEnd::TableHead => {
                self.strong -= 1;
                self.table.iter_mut().for_each(Table::end_head);
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.words);
                self.table.iter_mut().for_each(|table| table.push(cell.clone()));
            }
            TagEnd::Strong => self.strong -= 1,
            TagEnd::Emphasis => self.emphasis -= 1,
            TagEnd::Link | TagEnd::Image => {
                self.emphasis -= 1;
                let address = self.links.pop().unwrap_or_default();
                self.address(&address);
            }
            _ => {}
        }
    }

    /// The address of a link behind its words, where it fits into a line and is not what they say.
    fn address(&mut self, address: &str) {
        let said = self.words.last_text();
        if address.is_empty() || said == address || text::is_wider(address, self.room().saturating_sub(2)) {
            return;
        }
        self.words.push(" ", Role::Text);
        self.words.push(&format!("({})", address.replace(char::is_whitespace, "%20")), Role::Dim);
    }

    fn role(&self) -> Role {
        match (self.strong, self.emphasis) {
            (0, 0) => Role::Text,
            (0, _) => Role::Emphasis,
            _ => Role::Strong,
        }
    }

    /// A block begins there: what was said before it is a line of its own, and a line is left blank where the source has one
    /// blank, and before a heading.
    fn block(&mut self, at: usize, apart: bool) {
        self.flush();
        let wanted = apart || is_behind_a_blank_line(self.source, at);
        let fresh = matches!(self.indents.last(), Some(Indent::Item { used: false, .. }));
        let quoted = |row: &Row| row.iter().all(|(span, _)| span.trim_matches(['│', '|', ' ']).is_empty());
        if wanted && !fresh && self.rows.last().is_some_and(|row| !quoted(row)) {
            let quote = self.indents.iter().rposition(|indent| matches!(indent, Indent::Quote));
            let prefix = quote.map_or_else(Row::new, |last| self.prefix(last + 1, true));
            self.rows.push(prefix);
        }
    }

    /// What stands within has so many columns.
    fn room(&self) -> usize {
        let taken: usize = self.indents.iter().map(Self::columns_of).sum();
        self.columns.saturating_sub(taken)
    }

    fn columns_of(indent: &Indent) -> usize {
        match indent {
            Indent::Quote => 2,
            Indent::Item { mark, .. } => text::width(mark),
        }
    }

    /// Goes one deeper. What has no room for its indent is not indented; an item keeps its mark.
    fn indent(&mut self, indent: Indent) {
        let least = self.columns - self.columns / 3;
        if self.deeper == 0 && self.room() >= least + Self::columns_of(&indent) {
            self.indents.push(indent);
            return;
        }
        self.deeper += 1;
        if let Indent::Item { mark, .. } = indent {
            self.words.push(&mark, Role::Text);
        }
    }

    fn outdent(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else {
            self.indents.pop();
        }
    }

    /// What stands before a line: the marks of the first so many indents, each item's before its first line alone.
    fn prefix(&mut self, count: usize, blank: bool) -> Row {
        let bar = self.look.pick("│ ", "| ");
        let mut row = Row::new();
        for indent in self.indents.iter_mut().take(count) {
            row.push(match indent {
                Indent::Quote => (bar.to_owned(), Role::Dim),
                Indent::Item { mark, used } if !*used && !blank => {
                    *used = true;
                    (mark.clone(), Role::Text)
                }
                Indent::Item { mark, .. } => (" ".repeat(text::width(mark)), Role::Text),
            });
        }
        row
    }

    fn push(&mut self, row: Row) {
        let mut line = self.prefix(self.indents.len(), false);
        // A row of a table may be wider than there is room for after a mark of many digits.
        debug_assert!(width(&row) <= self.room().max(2));
        line.extend(row.into_iter().filter(|(span, _)| !span.is_empty()));
        self.rows.push(line);
    }

    /// Ends a paragraph.
    fn flush(&mut self) {
        if self.table.is_some() || self.code.is_some() {
            return;
        }
        let words = std::mem::take(&mut self.words);
        words.fill(self.room()).into_iter().for_each(|row| self.push(row));
    }

    /// A line of code, whose columns mean something. One that is too long goes on below, behind a mark, broken at a blank
    /// where it has any.
    fn verbatim(&mut self, indent: &str, line: &str) {
        let on = self.look.pick("↳ ", "> ");
        let room = self.room();
        let line = format!("{indent}{}", line.trim_end());
        let deep = line.bytes().take_while(|byte| *byte == b' ').count().min(room / 3);
        let (mut rest, mut before) = (line.as_str(), String::new());
        loop {
            let free = room.saturating_sub(text::width(&before)).max(2);
            if !text::is_wider(rest, free) {
                self.push(vec![(before, Role::Dim), (rest.to_owned(), Role::Key)]);
                return;
            }
            let head = text::split(rest, free).0;
            let blank = if rest[head.len()..].starts_with(' ') { Some(head.len()) } else { head.rfind(' ') };
            let end = blank.filter(|end| !rest[..*end].trim().is_empty()).unwrap_or(head.len());
            self.push(vec![(before, Role::Dim), (rest[..end].trim_end().to_owned(), Role::Key)]);
            rest = rest[end..].trim_start();
            before = format!("{}{on}", " ".repeat(deep));
        }
    }
}

/// The line before the one in which this byte of a text lies is blank, but for the marks of quotes.
fn is_behind_a_blank_line(text: &str, at: usize) -> bool {
    /// Further back it is not looked: what stands behind so many marks is no block of its own on the screen.
    const NEAR: usize = 256;
    let before = &text.as_bytes()[at.saturating_sub(NEAR)..at];
    let mut lines = before.rsplit(|byte| *byte == b'\n');
    lines.next();
    lines.next().is_some_and(|line| line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'>')))
}
