//! What scripts can call, as editors of Rhai read it for completion: one table, of which a definition file is made. A test holds
//! it to the names by which the advice for mistakes knows functions.

use super::Kind;
use super::run::names;
use crate::optim::RunView;

/// To whom a function belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// To every script.
    All,
    /// To scripts that make data.
    Data,
    /// To `rng`, of datasets and series.
    Rng,
    /// To `run`, of observers.
    Run,
}

/// A function: its parameters with what it gives, and a sentence.
type Definition = (Of, &'static str, &'static str, &'static str);

const TABLE: [Definition; 59] = [
    (Of::All, "abs", "(x: ?) -> ?", "`|x|`, element by element."),
    (Of::All, "sign", "(x: ?) -> ?", "-1, 0 or 1, element by element."),
    (Of::All, "sqrt", "(x: ?) -> ?", "The square root, element by element."),
    (Of::All, "exp", "(x: ?) -> ?", "`e ** x`, element by element."),
    (Of::All, "ln", "(x: ?) -> ?", "The natural logarithm, element by element."),
    (Of::All, "ln1p", "(x: ?) -> ?", "`ln(1 + x)`, exact near 0."),
    (Of::All, "tanh", "(x: ?) -> ?", "The hyperbolic tangent, element by element."),
    (Of::All, "sigmoid", "(x: ?) -> ?", "The logistic function `1 / (1 + exp(-x))`, element by element."),
    (Of::All, "erf", "(x: ?) -> ?", "The error function, element by element."),
    (Of::All, "sin", "(x: ?) -> ?", "The sine, element by element."),
    (Of::All, "cos", "(x: ?) -> ?", "The cosine, element by element."),
    (Of::All, "floor", "(x: ?) -> ?", "The largest whole number that is not above `x`."),
    (Of::All, "relu", "(x: ?) -> ?", "`max(x, 0)`, element by element."),
    (Of::All, "square", "(x: ?) -> ?", "`x * x`."),
    (Of::All, "cube", "(x: ?) -> ?", "`x * x * x`."),
    (Of::All, "min", "(a: ?, b: ?) -> ?", "The smaller one, element by element."),
    (
        Of::All,
        "max",
        "(a: ?, b: ?) -> ?",
        "The larger one, element by element; in losses `max(x, 1)` is the largest over the outputs of a sample.",
    ),
    (Of::All, "clamp", "(x: ?, low: ?, high: ?) -> ?", "`x`, but at least `low` and at most `high`."),
    (
        Of::All,
        "where",
        "(mask: ?, a: ?, b: ?) -> ?",
        "`a` where the mask holds, else `b`: in the place of an `if` on a tensor.",
    ),
    (Of::All, "zeros", "(w: ?) -> ?", "0 in the shape of `w`; `zeros(rows, columns)` in any, in optimizers."),
    (Of::All, "ones", "(w: ?) -> ?", "1 in the shape of `w`; `ones(rows, columns)` in any, in optimizers."),
    (Of::All, "like", "(w: ?, number: ?) -> ?", "A number in the shape of `w`."),
    (
        Of::All,
        "sum",
        "(x: ?) -> ?",
        "The sum of all elements; `sum(x, 0)` is that of each column, in optimizers, `sum(x, 1)` of each row, there and in losses.",
    ),
    (Of::All, "mean", "(x: ?) -> ?", "The mean of all elements."),
    (Of::All, "norm", "(x: ?) -> ?", "The root of the sum of squares."),
    (Of::All, "dot", "(x: ?, y: ?) -> ?", "The sum of `x * y`."),
    (Of::All, "max_abs", "(x: ?) -> ?", "The largest `|x|`."),
    (Of::All, "softmax", "(x: ?) -> ?", "`exp(x) / sum(exp(x), 1)` over the outputs of a sample, in losses."),
    (Of::All, "log_softmax", "(x: ?) -> ?", "The logarithm of `softmax(x)`, without an overflow, in losses."),
    (Of::All, "logsumexp", "(x: ?) -> ?", "`ln(sum(exp(x), 1))` over a sample's outputs, in losses."),
    (Of::All, "matmul", "(a: ?, b: ?) -> ?", "The matrix product, in optimizers."),
    (Of::All, "transpose", "(x: ?) -> ?", "Rows for columns, in optimizers."),
    (Of::All, "outer", "(a: ?, b: ?) -> ?", "Every element of `a` times every element of `b`, in optimizers."),
    (Of::All, "trace", "(x: ?) -> ?", "The sum of the diagonal, in optimizers."),
    (Of::All, "eye", "(n: int) -> ?", "The square matrix with 1 on its diagonal, in optimizers."),
    (Of::All, "total", "(x: ?) -> ?", "The sum over all parameters, in optimizers."),
    (Of::All, "print", "(x: ?)", "A line in the Log pane, or on standard error."),
    (Of::Data, "linspace", "(a: ?, b: ?, n: int) -> ?", "`n` numbers from `a` to `b`, equally far apart."),
    (Of::Data, "columns", "(parts: Array) -> ?", "Tensors side by side: `columns([a, b])`."),
    (Of::Data, "concat", "(parts: Array) -> ?", "Tensors one below the other: `concat([a, b])`."),
    (Of::Rng, "normal", "(rng: Rng, mean: ?, deviation: ?) -> float", "Normal."),
    (Of::Rng, "uniform", "(rng: Rng, a: ?, b: ?) -> float", "Uniform in [a, b)."),
    (Of::Rng, "integer", "(rng: Rng, a: int, b: int) -> int", "A whole number from `a` to `b`, both included."),
    (Of::Rng, "bernoulli", "(rng: Rng, p: ?) -> float", "1 with probability `p`, else 0."),
    (Of::Rng, "exponential", "(rng: Rng, rate: ?) -> float", "Exponential, of mean `1 / rate`."),
    (Of::Rng, "poisson", "(rng: Rng, mean: ?) -> float", "Poisson."),
    (Of::Rng, "gamma", "(rng: Rng, k: ?, scale: ?) -> float", "Gamma, of mean `k * scale`."),
    (Of::Rng, "beta", "(rng: Rng, a: ?, b: ?) -> float", "Beta."),
    (Of::Rng, "student_t", "(rng: Rng, n: ?) -> float", "Student's t with `n` degrees of freedom."),
    (Of::Rng, "cauchy", "(rng: Rng, m: ?, s: ?) -> float", "Cauchy, with median `m` and scale `s`."),
    (
        Of::Rng,
        "lognormal",
        "(rng: Rng, m: ?, s: ?) -> float",
        "`exp` of a normal number of mean `m` and deviation `s`.",
    ),
    (Of::Rng, "shuffle", "(rng: Rng, list: Array) -> Array", "The list in another order."),
    (Of::Rng, "choose", "(rng: Rng, list: Array) -> ?", "One element of the list."),
    (
        Of::Run,
        "weight",
        "(run: Run, parameter: String) -> ?",
        "A parameter after the step; without a name all of them.",
    ),
    (
        Of::Run,
        "gradient",
        "(run: Run, parameter: String) -> ?",
        "Its gradient as the rule was given it; without a name all.",
    ),
    (Of::Run, "update", "(run: Run, parameter: String) -> ?", "What the step added to it; without a name all."),
    (Of::Run, "parameters", "(run: Run) -> Array", "The names of all parameters."),
    (
        Of::Run,
        "log",
        "(run: Run, name: String, number: ?)",
        "Keeps a number of this step: it is drawn, and written to `observed.csv`.",
    ),
    (Of::Run, "stop", "(run: Run, why: String)", "Ends the run."),
];

/// What a function of each kind of script is given.
const GIVEN: &str = "\
// `w` a parameter, `dw` its gradient, `state` what `state(w)` made, `h` the parameters of `hyper()`, `t` the step, `rng`
// random numbers, `run` the run as it stands.";

/// Columns of a comment.
const COLUMNS: usize = 120;

/// A file of definitions, for editors that read Rhai's.
pub fn definitions() -> String {
    let mut text = "// What scripts of optlab can call, for editors that complete Rhai. `optlab init` writes it; nothing here is run.\n\
        //\n// A script defines one of these:\n"
        .to_owned();
    for kind in Kind::ALL.into_iter().chain([Kind::Observer]) {
        let (function, parameters) = kind.function();
        text.extend([format!("//   {:<13} fn {function}({parameters})\n", kind.article())]);
    }
    let numbers: Vec<String> = names(&RunView::default()).map(|name| format!("`{name}`")).collect();
    let told = format!("Numbers of `run`: {}.", numbers.join(", "));
    let lines = textwrap::Options::new(COLUMNS).initial_indent("// ").subsequent_indent("// ");
    text.extend([format!("{GIVEN}\n{}\nmodule static;\n", textwrap::fill(&told, lines))]);
    let heads = [
        (Of::All, "Arithmetic, of numbers and tensors"),
        (Of::Data, "Tensors of numbers, in datasets, series and observers"),
        (
            Of::Rng,
            "Random numbers, in datasets and series; a last argument `n` or `[rows, columns]` makes a tensor of them",
        ),
        (Of::Run, "What observers do with `run`"),
    ];
    for (of, head) in heads {
        text.extend(["\n// ", head, "\n"]);
        for (_, name, signature, about) in TABLE.iter().filter(|(own, ..)| *own == of) {
            text.extend(["\n/// ", about, "\nfn ", name, signature, ";\n"]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::advice::called;

    #[test]
    fn the_definitions_have_every_function_that_scripts_have_and_no_other() {
        let of = |which: &[Of]| -> Vec<&str> {
            let mut names: Vec<&str> =
                TABLE.iter().filter(|(of, ..)| which.contains(of)).map(|(_, name, ..)| *name).collect();
            names.sort_unstable();
            names
        };
        let sorted = |mut names: Vec<&'static str>| {
            names.sort_unstable();
            names
        };
        let (all, data, draws, watches) = called();
        assert_eq!(of(&[Of::All]), sorted(all));
        assert_eq!(of(&[Of::Data]), sorted(data));
        assert_eq!(of(&[Of::Rng]), sorted(draws));
        assert_eq!(of(&[Of::Run]), sorted(watches));
    }

    #[test]
    fn the_file_is_made_of_lines_that_rhai_s_editors_read() {
        let text = definitions();
        assert!(text.contains("\nmodule static;\n") && text.contains("\nfn sqrt(x: ?) -> ?;\n"), "{text}");
        assert!(text.contains("fn update(w, dw, state, h, t)") && text.contains("`val_loss`"), "{text}");
        let plain = |line: &str| {
            line.is_empty()
                || line.starts_with("//")
                || line == "module static;"
                || (line.starts_with("fn ") && line.ends_with(';'))
        };
        assert!(text.lines().all(plain), "{text}");
        assert!(text.lines().all(|line| line.len() <= 160), "{text}");
    }
}
