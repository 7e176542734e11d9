//! Calls with names for their arguments, as other languages have them: a sum with a factor, a norm of another order.

/// `v.mul_(b).add_(g, alpha=c)`, `torch.add(a, b, alpha=c)`: a sum whose second part has a factor. What it is called of comes
/// first, then the arguments as they are written.
pub(super) fn scaled_sum(called: &str, given: &[String]) -> Option<String> {
    let sign = match called {
        "add" | "add_" => "+",
        "sub" | "sub_" => "-",
        _ => return None,
    };
    let factor = named(given, &["alpha"])?;
    let plain: Vec<&String> = given.iter().filter(|argument| !argument.contains('=')).collect();
    let [to, step] = plain[..] else { return None };
    let step = format!("{} * {}", bracketed(factor), bracketed(step));
    let scaled = to.strip_suffix(')').and_then(|to| to.split_once(".mul_("));
    Some(match scaled {
        Some((to, scale)) => format!("{to} = {} * {to} {sign} {step}", bracketed(scale)),
        None if called.ends_with('_') => format!("{to} {sign}= {step}"),
        None => format!("{to} {sign} {step}"),
    })
}

/// `torch.norm(x, p=1)`, `np.linalg.norm(x, ord=np.inf)`: a norm that is not the root of a sum of squares.
pub(super) fn other_norm(given: &[String]) -> Option<String> {
    let order = named(given, &["p", "ord"])?;
    let x = given.iter().find(|argument| !argument.contains('='))?;
    match order {
        "1" => Some(format!("sum(abs({x}))")),
        _ if order.contains("inf") => Some(format!("max_abs({x})")),
        _ => None,
    }
}

/// The value of the first argument by one of these names.
fn named<'g>(given: &'g [String], names: &[&str]) -> Option<&'g str> {
    given.iter().find_map(|argument| {
        let (name, value) = argument.split_once('=')?;
        names.contains(&name.trim()).then(|| value.trim())
    })
}

/// A factor, in brackets if it is more than a name or a number.
fn bracketed(text: &str) -> String {
    let plain = text.trim_start_matches('-').chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
    if plain { text.to_owned() } else { format!("({text})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_with_a_factor_and_a_norm_of_another_order_keep_what_they_are() {
        let given = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<String>>();
        for (called, texts, code) in [
            ("add_", &["w", "dw", "alpha=-h.lr"][..], Some("w += -h.lr * dw")),
            ("sub_", &["w", "m / v", "alpha=h.lr"], Some("w -= h.lr * (m / v)")),
            ("add", &["a", "b", "alpha=1 - c"], Some("a + (1 - c) * b")),
            (
                "add_",
                &["state.v.mul_(h.beta)", "dw", "alpha=1 - h.beta"],
                Some("state.v = h.beta * state.v + (1 - h.beta) * dw"),
            ),
            ("add_", &["w", "dw"], None),
            ("mul_", &["w", "dw", "alpha=2"], None),
        ] {
            assert_eq!(scaled_sum(called, &given(texts)).as_deref(), code);
        }
        assert_eq!(other_norm(&given(&["dw", "p=1"])).as_deref(), Some("sum(abs(dw))"));
        assert_eq!(other_norm(&given(&["dw", "ord=np.inf"])).as_deref(), Some("max_abs(dw)"));
        assert_eq!(other_norm(&given(&["dw", "p=2"])), None);
    }
}
