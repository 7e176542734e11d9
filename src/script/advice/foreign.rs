//! Names that a student brings along from Python and its libraries, each with what says the same here. One table for
//! functions, one for other words, one for what goes by several names; the messages are made elsewhere.

use super::values::SIDES;
use crate::script::words::renamed;

/// What stands in the place of a foreign function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// The same call by another name.
    Name(&'static str),
    /// Other code, with `{0}`, `{1}` for the arguments and `{}` for all of them.
    Code(&'static str),
    /// What cannot be written as code made of the call's own.
    Words(&'static str),
}
use Instead::{Code, Name, Words};

/// What is said of places in the order of elements.
const UNSORTED: &str =
    "there is nothing of the kind: elements are not sorted; the mean size is `mean(abs(x))`, the largest `max_abs(x)`";
/// How a loss takes the output of the right class.
pub(super) const RIGHT_CLASS: &str =
    "that of the right class is `sum(p * y, 1)`: in a row of `y` the right class is 1, all else 0";

/// Functions by the names that other languages have for them, without the module before them. Where nothing but the name is
/// another one, it stands in the table of what scripts have.
const FUNCTIONS: &[(&str, Instead)] = &[
    ("pow", Code("{0} ** {1}")),
    ("power", Code("{0} ** {1}")),
    ("float_power", Code("{0} ** {1}")),
    ("sqr", Words("`square(x)` is the square, `sqrt(x)` the root")),
    ("squareroot", Name("sqrt")),
    ("square_root", Name("sqrt")),
    ("root", Name("sqrt")),
    ("rsqrt", Code("1 / sqrt({0})")),
    ("reciprocal", Code("1 / {0}")),
    ("log2", Code("ln({0}) / ln(2)")),
    ("log10", Code("ln({0}) / ln(10)")),
    ("expm1", Code("exp({0}) - 1")),
    ("leaky_relu", Code("where({0} > 0, {0}, 0.01 * {0})")),
    ("elu", Code("where({0} > 0, {0}, exp(min({0}, 0)) - 1)")),
    ("softplus", Code("max({0}, 0) + ln1p(exp(-abs({0})))")),
    ("silu", Code("{0} * sigmoid({0})")),
    ("swish", Code("{0} * sigmoid({0})")),
    ("heaviside", Code("where({0} > 0, 1, 0)")),
    ("mean_square", Code("mean({0} ** 2)")),
    ("mean_squared", Code("mean({0} ** 2)")),
    ("rms", Code("sqrt(mean({0} ** 2))")),
    ("std", Code("sqrt(mean(({0} - mean({0})) ** 2))")),
    ("var", Code("mean(({0} - mean({0})) ** 2)")),
    ("dim", Words(SIDES)),
    ("ndimension", Words(SIDES)),
    ("global_norm", Code("sqrt(total({0} * {0}))")),
    (
        "clip_grad_norm_",
        Words("the lab clips, by `training.clip_norm: 1.0`; in a rule `sqrt(total(dw * dw))` is the norm of all"),
    ),
    (
        "cross_entropy",
        Words("of a loss it is `-sum(y * log_softmax(y_hat), 1)`; a lab names it by `loss: cross_entropy`"),
    ),
    ("nll_loss", Words("of a loss it is `-sum(y * log_softmax(y_hat), 1)`: the rows of `y` are 0 and one 1")),
    ("einsum", Words("sums of products are `matmul(a, b)`, `outer(a, b)`, `trace(x)` and `sum(x * y, 0)`")),
    (
        "reshape",
        Words("shapes are those of matrices: `transpose(x)` turns one, a side of 1 is repeated where it meets others"),
    ),
    ("add", Code("{0} + {1}")),
    ("sub", Code("{0} - {1}")),
    ("subtract", Code("{0} - {1}")),
    ("mul", Code("{0} * {1}")),
    ("multiply", Code("{0} * {1}")),
    ("div", Code("{0} / {1}")),
    ("divide", Code("{0} / {1}")),
    ("true_divide", Code("{0} / {1}")),
    ("neg", Code("-{0}")),
    ("negative", Code("-{0}")),
    ("less", Code("{0} < {1}")),
    ("less_equal", Code("{0} <= {1}")),
    ("greater", Code("{0} > {1}")),
    ("greater_equal", Code("{0} >= {1}")),
    ("equal", Code("{0} == {1}")),
    ("not_equal", Code("{0} != {1}")),
    ("mul_", Code("{0} *= {1}")),
    ("add_", Code("{0} += {1}")),
    ("sub_", Code("{0} -= {1}")),
    ("div_", Code("{0} /= {1}")),
    ("zero_", Code("{0} = zeros({0})")),
    ("copy_", Code("{0} = {1}")),
    ("addcmul", Words("write it out, as in `s + (1 - h.beta2) * dw * dw`")),
    ("addcmul_", Words("write it out, as in `state.s = state.s + (1 - h.beta2) * dw * dw`")),
    ("addcdiv", Words("write it out, as in `w - h.lr * m / v`")),
    ("addcdiv_", Words("write it out, as in `w - h.lr * m / v`")),
    ("lerp", Words("write it out, as in `a + c * (b - a)`")),
    ("lerp_", Words("write it out, as in `state.v = state.v + c * (dw - state.v)`")),
    ("flatten", Words("shapes are those of matrices, and `sum(x)` is over all elements of one")),
    ("ravel", Words("shapes are those of matrices, and `sum(x)` is over all elements of one")),
    (
        "view",
        Words("shapes are those of matrices: `transpose(x)` turns one, a side of 1 is repeated where it meets others"),
    ),
    ("squeeze", Words("a side of 1 stays, and is repeated where it meets others")),
    ("unsqueeze", Words("a side of 1 is there already: `sum(x, 1)` is a column, `sum(x, 0)` a row")),
    ("expand_dims", Words("a side of 1 is there already: `sum(x, 1)` is a column, `sum(x, 0)` a row")),
    ("expand", Words("a side of 1 is repeated by itself where it meets others")),
    ("broadcast_to", Words("a side of 1 is repeated by itself where it meets others")),
    ("repeat", Words("a side of 1 is repeated by itself where it meets others")),
    ("tile", Words("a side of 1 is repeated by itself where it meets others")),
    ("tensordot", Words("sums of products are `matmul(a, b)`, `outer(a, b)`, `trace(x)` and `sum(x * y, 0)`")),
    ("prod", Words("there is no product of all elements; of such as are above 0 it is `exp(sum(ln(x)))`")),
    ("cumsum", Words("there is no running sum: what is kept from step to step is in `state`")),
    ("amax", Words("the largest size of an element is `max_abs(x)`")),
    ("amin", Words("the smallest of two values is `min(a, b)`; there is none of all elements")),
    ("argmax", Words("places of elements are not looked for: `where(mask, a, b)` chooses by value")),
    ("argmin", Words("places of elements are not looked for: `where(mask, a, b)` chooses by value")),
    ("any", Words("`sum(where(mask, 1, 0))` counts where a mask holds")),
    ("all", Words("`sum(where(mask, 0, 1))` counts where a mask does not hold")),
    ("median", Words(UNSORTED)),
    ("quantile", Words(UNSORTED)),
    ("percentile", Words(UNSORTED)),
    ("sort", Words(UNSORTED)),
    ("argsort", Words(UNSORTED)),
    ("topk", Words(UNSORTED)),
    ("kthvalue", Words(UNSORTED)),
    ("stack", Words("tensors stand by themselves; in datasets and series `columns([a, b])` sets them side by side")),
    ("gather", Words(RIGHT_CLASS)),
    ("take_along_axis", Words(RIGHT_CLASS)),
    ("one_hot", Words("`y` comes so: in each of its rows the right class is 1, all else 0")),
    ("exp2", Code("2 ** {0}")),
    ("hypot", Code("sqrt({0} * {0} + {1} * {1})")),
    ("tan", Code("sin({0}) / cos({0})")),
    ("sinh", Code("(exp({0}) - exp(-{0})) / 2")),
    ("cosh", Code("(exp({0}) + exp(-{0})) / 2")),
    ("count_nonzero", Code("sum(where({0} != 0, 1, 0))")),
    ("isfinite", Code("{0} - {0} == 0")),
    ("isinf", Code("abs({0}) == 1 / 0")),
    ("nan_to_num", Code("where({0} == {0}, {0}, 0)")),
    ("normalize", Code("{0} / norm({0})")),
    ("diag", Words("`x * eye(w.rows)` keeps the diagonal of a square matrix, `trace(x)` sums it up")),
    ("svd", Words("there are no decompositions: `optlab show muon` and `optlab show shampoo` iterate by `matmul`")),
    ("qr", Words("there are no decompositions: `optlab show muon` and `optlab show shampoo` iterate by `matmul`")),
    ("eigh", Words("there are no decompositions: `optlab show muon` and `optlab show shampoo` iterate by `matmul`")),
    ("inv", Words("there are no decompositions: `optlab show muon` and `optlab show shampoo` iterate by `matmul`")),
    ("pinv", Words("there are no decompositions: `optlab show muon` and `optlab show shampoo` iterate by `matmul`")),
    (
        "cholesky",
        Words("there are no decompositions: `optlab show muon` and `optlab show shampoo` iterate by `matmul`"),
    ),
    ("matrix_power", Words("a power of a matrix is a loop of `matmul`, as in `for i in 0..4 { p = matmul(p, a); }`")),
    ("no_grad", Words("delete it: of an optimizer nothing is differentiated")),
    ("backward", Words("delete the line: `dw` is the gradient")),
    ("zero_grad", Words("delete the line: `dw` is made anew at each step")),
    ("grad", Words("the gradient is `dw`; activations, losses and landscapes are differentiated for you")),
    ("parameters", Words("`update` is called for each parameter `w`; `total(x)` sums over all of them")),
    ("named_parameters", Words("`update` is called for each parameter `w`; `w.name` is its name")),
    ("not", Code("!({0})")),
    ("logical_not", Code("!({0})")),
    ("logical_and", Code("{0} & {1}")),
    ("logical_or", Code("{0} | {1}")),
    ("isnan", Code("{0} != {0}")),
    // Of steps and epochs, which are never below 0, it is the same.
    ("int", Name("floor")),
    ("trunc", Code("sign({0}) * floor(abs({0}))")),
    ("round", Code("floor({0} + 0.5)")),
    ("ceil", Code("-floor(-({0}))")),
    ("float", Code("{0}")),
    ("tensor", Code("{0}")),
    ("array", Code("{0}")),
    ("asarray", Code("{0}")),
    ("copy", Code("{0}")),
    ("clone", Code("{0}")),
    ("deepcopy", Code("{0}")),
    ("str", Code("\"\" + {0}")),
    ("range", Code("0..{0}")),
    ("arange", Code("0..{0}")),
    ("enumerate", Words("`for (x, i) in list { .. }` counts along, the number second")),
    ("randn", Code("rng.normal(0, 1, {})")),
    ("standard_normal", Code("rng.normal(0, 1, {})")),
    ("rand", Code("rng.uniform(0, 1, {})")),
    ("random", Code("rng.uniform(0, 1)")),
    ("randint", Words("`rng.integer(a, b)` draws a whole number, both ends included")),
    ("choice", Code("rng.choose({0})")),
    ("seed", Words("delete the line: the lab's `seed` is what `rng` draws from")),
    ("Linear", Words("the layers are a list, as in `[#{dense: 16}, \"relu\", #{dense: outputs}]`")),
    ("Dense", Words("the layers are a list, as in `[#{dense: 16}, \"relu\", #{dense: outputs}]`")),
    ("Sequential", Words("the layers are a list, as in `[#{dense: 16}, \"relu\", #{dense: outputs}]`")),
    ("ReLU", Code("\"relu\"")),
    ("Tanh", Code("\"tanh\"")),
    ("Sigmoid", Code("\"sigmoid\"")),
    ("Dropout", Code("#{dropout: {0}}")),
    ("detach", Code("{0}")),
    ("item", Code("{0}")),
    ("astype", Code("{0}")),
    ("bfloat16", Code("{0}")),
    ("half", Code("{0}")),
    ("double", Code("{0}")),
    ("to", Code("{0}")),
    ("type", Code("{0}")),
    ("cpu", Code("{0}")),
    ("cuda", Code("{0}")),
    ("numpy", Code("{0}")),
    ("tolist", Code("{0}")),
    ("contiguous", Code("{0}")),
    ("long", Code("{0}")),
    ("sqrt_", Code("{0} = sqrt({0})")),
    ("fill_", Code("{0} = like({0}, {1})")),
    ("format", Words("a text with values in it stands in backticks, with `${..}` for each")),
    ("manual_seed", Words("delete the line: the lab's `seed` is what `rng` draws from")),
];

/// What has another name without being a function.
const WORDS: [(&str, &str); 16] = [
    ("True", "true"),
    ("TRUE", "true"),
    ("False", "false"),
    ("FALSE", "false"),
    ("None", "()"),
    ("NULL", "()"),
    ("undefined", "()"),
    ("pi", "PI"),
    ("e", "E"),
    ("inf", "(1 / 0)"),
    ("Inf", "(1 / 0)"),
    ("Infinity", "(1 / 0)"),
    ("infinity", "(1 / 0)"),
    ("nan", "(0 / 0)"),
    ("NaN", "(0 / 0)"),
    ("NAN", "(0 / 0)"),
];

/// One thing by several names: what a student writes, and what it may be called here, if there is such a name.
const SYNONYMS: [(&str, &str); 22] = [
    ("grad", "dw"),
    ("grads", "dw"),
    ("gradient", "dw"),
    ("gradients", "dw"),
    ("g", "dw"),
    ("db", "dw"),
    ("weight", "w"),
    ("weights", "w"),
    ("param", "w"),
    ("params", "w"),
    ("theta", "w"),
    ("b", "w"),
    ("learning_rate", "lr"),
    ("alpha", "lr"),
    ("eta", "lr"),
    ("epsilon", "eps"),
    ("momentum", "beta"),
    ("y_pred", "y_hat"),
    ("pred", "y_hat"),
    ("y_true", "y"),
    ("target", "y"),
    ("step", "t"),
];

/// Modules of other languages, by the names under which they are used.
const MODULES: [&str; 16] = [
    "np", "numpy", "math", "Math", "cmath", "torch", "F", "nn", "optim", "tf", "jnp", "jax", "random", "keras",
    "scipy", "cp",
];

/// What says the same as a foreign function.
pub(super) fn function(name: &str) -> Option<Instead> {
    let own = FUNCTIONS.iter().find(|(foreign, _)| *foreign == name).map(|(_, instead)| *instead);
    own.or_else(|| renamed(name).map(Name))
}

/// What a word is here.
pub(super) fn word(name: &str) -> Option<&'static str> {
    WORDS.iter().find(|(foreign, _)| *foreign == name).map(|(_, here)| *here)
}

/// Another name of the same thing.
pub(super) fn synonym(name: &str) -> Option<&'static str> {
    SYNONYMS.iter().find(|(foreign, _)| *foreign == name).map(|(_, here)| *here)
}

/// The name of a module that scripts have not.
pub(super) fn is_module(name: &str) -> bool {
    MODULES.contains(&name)
}

/// Code made of the arguments of a call.
pub(super) fn filled(code: &str, arguments: &[String]) -> String {
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
    let only = code == "{0}" || code.starts_with("0..");
    let mut filled = code.to_owned();
    for at in 0..2 {
        let hole = format!("{{{at}}}");
        // Within brackets or behind a comma an argument stands for itself; beside an operator it wants brackets.
        let argument = match arguments.get(at) {
            Some(argument) => argument.clone(),
            None => ["x", "2"][at].to_owned(),
        };
        let bracketed = format!("({argument})");
        let safe = format!("({hole})");
        filled = filled.replace(&safe, &bracketed);
        filled = filled.replace(&hole, if plain(&argument) || only { &argument } else { &bracketed });
    }
    let all = match arguments {
        [] => "n".to_owned(),
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    filled.replace("{}", &all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        match function(name) {
            Some(Name(name)) => format!("{name}({})", arguments.join(", ")),
            Some(Code(code)) => filled(code, &arguments),
            Some(Words(words)) => words.to_owned(),
            None => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_foreign_call_becomes_code_of_its_own_arguments() {
        for (name, arguments, code) in [
            ("pow", &["dw", "2"][..], "dw ** 2"),
            ("pow", &["dw - 1", "h.p"], "(dw - 1) ** h.p"),
            ("log2", &["x + 1"], "ln(x + 1) / ln(2)"),
            ("clip", &["dw", "-1", "1"], "clamp(dw, -1, 1)"),
            ("range", &["h.samples"], "0..h.samples"),
            ("float", &["a + b"], "a + b"),
            ("not", &["dw > 0"], "!(dw > 0)"),
            ("randn", &["100", "2"], "rng.normal(0, 1, [100, 2])"),
            ("randn", &["n"], "rng.normal(0, 1, n)"),
            ("pow", &[], "x ** 2"),
            ("multiply", &["dw - 1", "h.p"], "(dw - 1) * h.p"),
            ("sqrt", &["x"], "unknown"),
        ] {
            assert_eq!(of(name, arguments), code);
        }
    }

    #[test]
    fn no_name_stands_twice() {
        let sorted = |mut names: Vec<&'static str>| {
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            (all, names.len())
        };
        for names in [
            FUNCTIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            WORDS.iter().map(|(name, _)| *name).collect(),
            SYNONYMS.iter().map(|(name, _)| *name).collect(),
            MODULES.to_vec(),
        ] {
            let (all, different) = sorted(names);
            assert_eq!(all, different);
        }
    }
}
