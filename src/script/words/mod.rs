//! Every function, operator and known value of scripts. One table, of which are made: what `optlab list functions` and
//! `optlab show` tell, the definitions for editors, and the advice for names that are not there, in whose place other
//! languages have others. A row is a line; tests hold the table to what the engines of scripts have, and try every row.

mod defined;
mod definitions;
mod rhai_own;
mod table;
#[cfg(test)]
mod tests;

use super::Kind;

pub use definitions::definitions;

/// Kinds of scripts, and whether expressions (of the command line over the screen, of tasks and tapes) are among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    const OPTIMIZERS: Self = Self::of(Kind::Optimizer);
    const SCHEDULES: Self = Self::of(Kind::Schedule);
    const LOSSES: Self = Self::of(Kind::Loss);
    const OBSERVERS: Self = Self::of(Kind::Observer);
    const EXPRESSIONS: Self = Self(1 << 9);
    /// Where tensors hold plain numbers.
    const DATA: Self =
        Self::of(Kind::Dataset).and(Self::of(Kind::Series)).and(Self::of(Kind::Network)).and(Self::OBSERVERS);
    /// Where a tensor stands for all elements, of which one is written.
    const TENSORS: Self = Self::OPTIMIZERS.and(Self::of(Kind::Activation)).and(Self::LOSSES).and(Self::DATA);
    /// Where what draws random numbers is given.
    const DRAWING: Self = Self::of(Kind::Dataset).and(Self::of(Kind::Series));
    /// Every kind of script.
    const SCRIPTS: Self = Self::TENSORS.and(Self::SCHEDULES).and(Self::of(Kind::Landscape));
    const EVERYWHERE: Self = Self::SCRIPTS.and(Self::EXPRESSIONS);

    const fn of(kind: Kind) -> Self {
        Self(1 << kind as u16)
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The kind is one of them.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & Self::of(kind).0 != 0
    }

    /// Expressions are among them.
    pub fn in_expressions(self) -> bool {
        self.0 & Self::EXPRESSIONS.0 != 0
    }

    /// Their words, as in `optlab list`; `expressions` at the end.
    pub fn words(self) -> Vec<&'static str> {
        let kinds = Kind::ALL.into_iter().chain([Kind::Observer]).filter(|kind| self.has(*kind)).map(Kind::folder);
        kinds.chain(self.in_expressions().then_some("expressions")).collect()
    }

    /// In a few words: "every script", "optimizers and observers".
    pub fn text(self) -> String {
        if self.0 & Self::SCRIPTS.0 == Self::SCRIPTS.0 {
            let more = if self.in_expressions() { ", and expressions" } else { "" };
            return format!("every script{more}");
        }
        match self.words().as_slice() {
            [] => "nothing".to_owned(),
            [one] => (*one).to_owned(),
            [all @ .., last] => format!("{} and {last}", all.join(", ")),
        }
    }
}

/// A function, an operator or a known value.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// As it is written: `clamp(x, low, high)`, `a + b`, `w.kind`.
    pub signature: &'static str,
    /// A sentence.
    pub about: &'static str,
    /// A line that may stand in any of its kinds: `w`, `dw` and `x` are values there.
    pub example: &'static str,
    /// What `NumPy`, `PyTorch` and their kin call it, separated by commas; empty where they have nothing like it.
    pub elsewhere: &'static str,
    /// Its sign, of an operator.
    sign: &'static str,
    /// Where it is there, if not all of its section is.
    only: Option<Kinds>,
}

impl Word {
    const fn new(signature: &'static str, about: &'static str, example: &'static str, elsewhere: &'static str) -> Self {
        Self { signature, about, example, elsewhere, sign: "", only: None }
    }

    /// An operator, by its sign.
    const fn sign(self, sign: &'static str) -> Self {
        Self { sign, ..self }
    }

    const fn only(self, kinds: Kinds) -> Self {
        Self { only: Some(kinds), ..self }
    }

    /// What it is called: `clamp`, `+`, `w.kind`, `list.push`.
    pub fn name(&self) -> &'static str {
        if self.sign.is_empty() { self.signature.split('(').next().unwrap_or_default() } else { self.sign }
    }

    /// What it is of (`rng` of `rng.normal(..)`), and its name there.
    fn parts(&self) -> (&'static str, &'static str) {
        if self.sign.is_empty() { self.name().rsplit_once('.').unwrap_or(("", self.name())) } else { ("", self.sign) }
    }

    /// It is called, with brackets.
    fn is_call(&self) -> bool {
        self.sign.is_empty() && self.signature.ends_with(')')
    }

    /// The names that others have for it, without their modules; nothing where they write more than a name.
    fn others(&self) -> impl Iterator<Item = &'static str> {
        let plain = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
        let names = self.elsewhere.split(", ").filter(plain);
        names.map(|name| name.rsplit('.').next().unwrap_or(name))
    }
}

/// What belongs together.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// As in "by axis".
    pub title: &'static str,
    /// Where it is there.
    pub kinds: Kinds,
    /// Its rows.
    pub words: &'static [Word],
}

impl Section {
    /// Where a row of it is there.
    pub fn kinds_of(&self, word: &Word) -> Kinds {
        word.only.unwrap_or(self.kinds)
    }
}

/// All sections: those of optlab, then what scripts have of Rhai.
pub fn sections() -> impl Iterator<Item = &'static Section> {
    table::SECTIONS.iter().chain(&rhai_own::SECTIONS)
}

/// The functions that a script defines itself: what calls them is the program.
pub fn defined() -> &'static Section {
    &defined::SECTION
}

/// All rows with their sections.
pub fn words() -> impl Iterator<Item = (&'static Section, &'static Word)> {
    sections().flat_map(|section| section.words.iter().map(move |word| (section, word)))
}

/// The rows that a name means: by its whole name or signature; else those that are of something, by their own name alone.
pub fn called(name: &str) -> Vec<(&'static Section, &'static Word)> {
    let whole: Vec<_> = words().filter(|(_, word)| word.name() == name || word.signature == name).collect();
    if whole.is_empty() { words().filter(|(_, word)| word.parts().1 == name).collect() } else { whole }
}

/// The functions of a kind of script that stand by themselves, of all kinds where none is told; those that are Rhai's last.
pub(super) fn functions(kind: Option<Kind>) -> impl Iterator<Item = &'static str> {
    let own = table::SECTIONS.iter().flat_map(|section| section.words.iter().map(move |word| (section, word)));
    let here = move |(section, word): &(&'static Section, &'static Word)| {
        word.is_call() && word.parts().0.is_empty() && kind.is_none_or(|kind| section.kinds_of(word).has(kind))
    };
    own.filter(here).map(|(_, word)| word.name())
}

/// What is called of something: the functions of `rng`, of `run`.
pub(super) fn functions_of(owner: &str) -> impl Iterator<Item = &'static str> {
    let of = move |word: &&Word| word.is_call() && word.parts().0 == owner;
    words().map(|(_, word)| word).filter(of).map(|word| word.parts().1)
}

/// How a function that stands by itself is called: in a kind of script if it is there, else wherever it is.
pub(super) fn call(name: &str, kind: Option<Kind>) -> Option<&'static str> {
    let all = || words().filter(|(_, word)| word.is_call() && word.name() == name);
    let here = kind.and_then(|kind| all().find(|(section, word)| section.kinds_of(word).has(kind)));
    here.or_else(|| all().next()).map(|(_, word)| word.signature)
}

/// Where a function that stands by itself is there; nothing if there is none of that name.
pub(super) fn kinds_of(name: &str) -> Option<Kinds> {
    let all = words().filter(|(_, word)| word.is_call() && word.name() == name);
    all.map(|(section, word)| section.kinds_of(word)).reduce(Kinds::and)
}

/// The function that another language calls so.
pub(super) fn renamed(foreign: &str) -> Option<&'static str> {
    let own = |word: &&Word| word.is_call() && word.parts().0.is_empty() && word.others().any(|name| name == foreign);
    words().map(|(_, word)| word).find(own).map(Word::name).filter(|name| *name != foreign)
}
