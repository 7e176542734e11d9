//! Letters and signs that come out of word processors, formulas and other keyboards, with what is typed in their place.

/// What is wrong with a sign, and what to write.
pub(super) fn sign(sign: &str) -> Option<(String, String)> {
    let typed = match sign {
        "−" | "–" | "—" | "‐" | "‑" => "-",
        "×" | "·" | "∗" | "⋅" | "•" => "*",
        "÷" | "∕" | "⁄" => "/",
        "≤" => "<=",
        "≥" => ">=",
        "≠" => "!=",
        "∧" => "&",
        "∨" => "|",
        "¬" => "!",
        "²" => "** 2",
        "³" => "** 3",
        "√" => "sqrt(x)",
        "∑" | "Σ" => "sum(x)",
        "∞" => "(1 / 0)",
        "“" | "”" | "„" | "‘" | "’" | "‚" | "«" | "»" => "\"",
        "，" => ",",
        "；" => ";",
        "：" => ":",
        "（" => "(",
        "）" => ")",
        "［" => "[",
        "］" => "]",
        "｛" => "{",
        "｝" => "}",
        "＋" => "+",
        "＝" | "←" | "⟵" => "=",
        "…" => "..",
        "\\" => return Some(("a statement goes on to the next line by itself".into(), "delete the `\\`".into())),
        other => {
            let c = other.chars().next().filter(|c| !c.is_ascii())?;
            let number = u32::from(c);
            if c.is_whitespace() {
                return Some((format!("a special blank (U+{number:04X}) stands here"), "write an ordinary one".into()));
            }
            let invisible = crate::error::is_hidden(c) || ('\u{200b}'..='\u{206f}').contains(&c);
            let what = if invisible {
                format!("an invisible character (U+{number:04X}) stands here")
            } else {
                format!("`{c}` is no sign of the language")
            };
            return Some((what, "delete it".into()));
        }
    };
    Some((format!("`{sign}` is a sign of typesetting, not of the language"), format!("write `{typed}`")))
}

/// Greek letters by the names that are typed for them.
const GREEK: [(char, &str); 24] = [
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "eps"),
    ('ϵ', "eps"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('µ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('π', "PI"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('φ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
    ('Δ', "delta"),
];

/// What to write for a name with letters that names have not.
pub(super) fn word(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let mut typed = String::new();
    for c in word.chars() {
        match (c, GREEK.iter().find(|(greek, _)| *greek == c)) {
            (_, Some((_, name))) => typed.push_str(name),
            ('ä', _) => typed.push_str("ae"),
            ('ö', _) => typed.push_str("oe"),
            ('ü', _) => typed.push_str("ue"),
            ('ß', _) => typed.push_str("ss"),
            (c, _) if c.is_ascii() => typed.push(c),
            _ => typed.push('_'),
        }
    }
    let letters = typed.chars().any(|c| c.is_ascii_alphanumeric());
    Some(if letters { format!("write `{typed}`") } else { "write another name".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typeset_has_what_is_typed() {
        assert_eq!(word("β"), Some("write `beta`".into()));
        assert_eq!(word("größe"), Some("write `groesse`".into()));
        assert_eq!(word("学"), Some("write another name".into()));
        assert_eq!(word("v_hat"), None);
        assert_eq!(sign("−").unwrap().1, "write `-`");
        assert_eq!(sign("\u{200b}").unwrap().0, "an invisible character (U+200B) stands here");
        assert_eq!(sign("+"), None);
    }
}
