//! What is known of a parameter when a rule is traced for it, and which of it a script has asked: parameters with the same
//! answers share a program.

use std::ops::Range;

use crate::program::Parameter;
use crate::program::Shape;

/// What a script may ask of the parameter that it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// `W2`.
    Name,
    /// The dense or normalising layer that it belongs to, counted from 1 as in its name.
    Layer,
    /// `weight`, `bias`, `gamma`, `beta` or `xy`.
    Kind,
    /// Rows; a bias is one.
    Rows,
    /// Columns.
    Columns,
    /// Rows and columns.
    Shape,
}

impl Property {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 6] = [Self::Name, Self::Layer, Self::Kind, Self::Rows, Self::Columns, Self::Shape];

    /// As a script asks for it: `w.kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Layer => "layer",
            Self::Kind => "kind",
            Self::Rows => "rows",
            Self::Columns => "columns",
            Self::Shape => "shape",
        }
    }

    /// Two parameters give the same answer.
    fn is_alike(self, a: &ParameterFacts, b: &ParameterFacts) -> bool {
        match self {
            Self::Name => a.name == b.name,
            Self::Layer => a.layer == b.layer,
            Self::Kind => a.kind == b.kind,
            Self::Rows => a.rows == b.rows,
            Self::Columns => a.columns == b.columns,
            Self::Shape => (a.rows, a.columns) == (b.rows, b.columns),
        }
    }
}

/// What a script has asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked(u8);

impl Asked {
    /// It has asked this, too.
    pub fn add(&mut self, property: Property) {
        self.0 |= 1 << property as u8;
    }

    /// All that both have asked.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// It has asked nothing: its program is the same for every parameter.
    pub fn is_nothing(self) -> bool {
        self.0 == 0
    }

    /// Two parameters give the same answers to all that was asked.
    pub fn is_alike(self, a: &ParameterFacts, b: &ParameterFacts) -> bool {
        let asked = |property: &Property| self.0 & (1 << *property as u8) != 0;
        Property::ALL.into_iter().filter(asked).all(|property| property.is_alike(a, b))
    }
}

/// What is known of a parameter before the first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterFacts {
    /// As the lecture names it: `W2`.
    pub name: String,
    /// The number in its name; 1 where there is none.
    pub layer: usize,
    /// `weight`, `bias`, `gamma`, `beta` or `xy`.
    pub kind: &'static str,
    /// A bias is one row.
    pub rows: usize,
    /// Elements in a row.
    pub columns: usize,
    /// The elements' places in the arena.
    pub range: Range<usize>,
}

impl ParameterFacts {
    /// A weight matrix of the first layer, for a look at a rule before any network is known.
    pub fn weight(rows: usize, columns: usize) -> Self {
        Self { name: "W1".into(), layer: 1, kind: "weight", rows, columns, range: 0..rows * columns }
    }

    /// Rows and columns.
    pub fn shape(&self) -> Shape {
        Shape::new(self.rows, self.columns)
    }

    /// A bias of the first layer, for a look at a rule before any network is known.
    pub fn bias(columns: usize) -> Self {
        Self { name: "b1".into(), kind: "bias", ..Self::weight(1, columns) }
    }
}

impl From<&Parameter> for ParameterFacts {
    fn from(parameter: &Parameter) -> Self {
        let name = parameter.name.clone();
        let letters = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (rows, columns) = match *parameter.shape.as_slice() {
            [] => (1, 1),
            [columns] => (1, columns),
            [rows, ref rest @ ..] => (rows, rest.iter().product()),
        };
        let layer = name[letters..].parse().unwrap_or(1);
        Self { layer, kind: parameter.kind.word(), rows, columns, range: parameter.range(), name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Layout, ParameterKind};

    #[test]
    fn a_parameter_tells_its_layer_kind_and_shape() {
        let mut layout = Layout::new();
        layout.add("W12", &[3, 5], ParameterKind::Weight);
        layout.add("beta2", &[5], ParameterKind::Shift);
        layout.add("xy", &[2], ParameterKind::Point);
        let facts: Vec<ParameterFacts> = layout.parameters().iter().map(ParameterFacts::from).collect();
        let told: Vec<_> = facts.iter().map(|p| (p.name.as_str(), p.layer, p.kind, p.rows, p.columns)).collect();
        assert_eq!(told, [("W12", 12, "weight", 3, 5), ("beta2", 2, "beta", 1, 5), ("xy", 1, "xy", 1, 2)]);
        assert_eq!(facts[1].range, 16..21);
    }

    #[test]
    fn parameters_are_alike_by_what_was_asked_alone() {
        let (w, b) = (ParameterFacts::weight(2, 3), ParameterFacts::bias(3));
        let mut asked = Asked::default();
        assert!(asked.is_nothing() && asked.is_alike(&w, &b));
        asked.add(Property::Columns);
        asked.add(Property::Layer);
        assert!(!asked.is_nothing() && asked.is_alike(&w, &b));
        for property in [Property::Name, Property::Kind, Property::Rows, Property::Shape] {
            let mut more = asked;
            more.add(property);
            assert!(!more.is_alike(&w, &b), "{property:?}");
        }
    }
}
