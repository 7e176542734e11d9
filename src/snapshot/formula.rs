//! An expression of a script with the value of each part, and how it is written: what the ledger shows of a statement.

/// An expression as a script wrote it: a graph has joined, folded and turned its nodes, which no reader would recognise.
/// `V` says where a value comes from, or is the value.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula<V> {
    /// A value filled in.
    Value(V),
    /// A tensor as a whole, by its name: what a norm is taken of.
    Word(String),
    /// An operator or a function.
    Apply {
        /// As in a script: `+`, `sqrt`, `where`.
        name: &'static str,
        /// In the order of the script.
        operands: Vec<Self>,
        /// What it came to.
        value: V,
    },
}

/// How closely an operator binds, as in Rhai; a function closest of all.
fn binding(name: &str, operands: usize) -> u8 {
    match (name, operands) {
        ("|", 2) => 1,
        ("&", 2) => 2,
        ("==" | "!=", 2) => 3,
        ("<" | "<=" | ">" | ">=", 2) => 4,
        ("+" | "-", 2) => 5,
        ("*" | "/" | "%", 2) => 6,
        ("**", 2) => 7,
        ("-" | "!", 1) => 8,
        _ => 9,
    }
}

impl<V> Formula<V> {
    /// The value of the whole, if it is one of the element or of the parameter.
    pub fn value(&self) -> Option<&V> {
        match self {
            Self::Value(value) | Self::Apply { value, .. } => Some(value),
            Self::Word(_) => None,
        }
    }

    /// The same expression with other values.
    pub fn map<W>(&self, of: &impl Fn(&V) -> W) -> Formula<W> {
        match self {
            Self::Value(value) => Formula::Value(of(value)),
            Self::Word(word) => Formula::Word(word.clone()),
            Self::Apply { name, operands, value } => Formula::Apply {
                name,
                operands: operands.iter().map(|operand| operand.map(of)).collect(),
                value: of(value),
            },
        }
    }

    /// It is a function, whose operands stand in brackets of its own.
    pub fn is_function(&self) -> bool {
        matches!(self, Self::Apply { name, operands, .. } if binding(name, operands.len()) == 9)
    }

    /// An operand of this operator needs brackets. To the right of an operator that binds as closely they say what the
    /// script's brackets said.
    pub fn brackets(&self, at: usize) -> bool {
        let Self::Apply { name, operands, .. } = self else { return false };
        let own = binding(name, operands.len());
        match operands.get(at) {
            Some(Self::Apply { name, operands, .. }) => {
                let inner = binding(name, operands.len());
                own < 9 && (inner < own || (inner == own && at > 0))
            }
            _ => false,
        }
    }

    /// As a line of text, with the values as `say` has them, and brackets only where they are needed.
    pub fn text(&self, say: &impl Fn(&V) -> String) -> String {
        match self {
            Self::Value(value) => say(value),
            Self::Word(word) => word.clone(),
            Self::Apply { name, operands, .. } => {
                let own = binding(name, operands.len());
                let within = |at: usize| {
                    let text = operands[at].text(say);
                    // Rhai takes `-x ** 2` for `(-x) ** 2`, readers take it for the opposite.
                    let signed = text.starts_with('-') && (own == 8 || (own == 7 && at == 0));
                    if signed || self.brackets(at) { format!("({text})") } else { text }
                };
                match own {
                    8 => format!("{name}{}", within(0)),
                    9 => {
                        let all: Vec<String> = operands.iter().map(|operand| operand.text(say)).collect();
                        format!("{name}({})", all.join(", "))
                    }
                    _ => format!("{} {name} {}", within(0), within(1)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(name: &'static str, operands: Vec<Formula<f64>>) -> Formula<f64> {
        Formula::Apply { name, operands, value: 0.0 }
    }

    fn value(value: f64) -> Formula<f64> {
        Formula::Value(value)
    }

    fn text(formula: &Formula<f64>) -> String {
        formula.text(&|value| format!("{value}"))
    }

    #[test]
    fn brackets_stand_where_they_change_something_and_nowhere_else() {
        let sum = || apply("+", vec![value(1.0), value(-2.0)]);
        assert_eq!(text(&apply("*", vec![sum(), value(3.0)])), "(1 + -2) * 3");
        assert_eq!(text(&apply("+", vec![sum(), value(3.0)])), "1 + -2 + 3");
        assert_eq!(text(&apply("-", vec![value(3.0), sum()])), "3 - (1 + -2)");
        assert_eq!(text(&apply("**", vec![value(-3.0), value(2.0)])), "(-3) ** 2");
        assert_eq!(text(&apply("sqrt", vec![sum()])), "sqrt(1 + -2)");
        assert_eq!(text(&apply("-", vec![sum()])), "-(1 + -2)");
        let product = apply("*", vec![value(1.0), apply("/", vec![value(2.0), value(3.0)])]);
        assert_eq!(text(&product), "1 * (2 / 3)");
        let choice = apply("where", vec![apply("<", vec![value(1.0), value(0.0)]), sum(), value(5.0)]);
        assert_eq!(text(&choice), "where(1 < 0, 1 + -2, 5)");
        assert_eq!(text(&apply("norm", vec![Formula::Word("dw".into())])), "norm(dw)");
    }
}
