#!/usr/bin/env python3
"""Write losses.json: losses over the outputs of a sample, as PyTorch computes them in float64.

    pip install torch numpy
    python make_losses.py [--seed N] [--out DIR]

Each case has the outputs `z` of some samples, [samples, outputs] row by row, and their classes. `loss` is the mean over the
samples, or over samples and outputs where a loss has one value an element; `dz` is its derivative by `z`, by autograd.
`script` is a loss of the catalogue, or with `text` the loss itself, with the hyper-parameters `hyper`. What PyTorch has by
itself is taken from there; the others are written by its own functions.
"""
import argparse, json, pathlib
import numpy as np, torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
R = lambda a: [float(f"{v:.15g}") for v in np.asarray(a, dtype=float).ravel()]

PICK = lambda z, y: F.log_softmax(z, 1)[torch.arange(len(y)), y]
HOT = lambda z, y: F.one_hot(y, z.shape[1]).to(z.dtype)


def focal(z, y, gamma):
    """By the definition, out of torch's cross-entropy of each sample."""
    ce = F.cross_entropy(z, y, reduction="none")
    return ((1 - torch.exp(-ce)) ** gamma * ce).mean()


TEMPERATURE = """fn hyper() { #{
    temperature: 2.0,   // in (0, inf)
} }
fn loss(y_hat, y, h) { -sum(y * log_softmax(y_hat / h.temperature), 1) }
"""
POLY_1 = """fn hyper() { #{
    eps: 1.0,   // weight of 1 - p
} }
fn loss(y_hat, y, h) {
    let p = sum(y * softmax(y_hat), 1);
    -sum(y * log_softmax(y_hat), 1) + h.eps * (1 - p)
}
"""
BRIER = "fn loss(y_hat, y) { square(softmax(y_hat) - y) }\n"
MARGIN = """fn loss(y_hat, y) {
    let own = sum(y * y_hat, 1);
    max(max(1 + y_hat - own, 0) * (1 - y), 1)
}
"""
CENTRED = """fn loss(y_hat, y) {
    let c = y_hat - mean(y_hat, 1);
    logsumexp(c) - sum(y * c, 1) + 0.01 * norm(c, 1)
}
"""
NLL_OF_ENTROPY = """fn loss(y_hat, y) {
    let p = softmax(y_hat);
    -sum(y * ln(p), 1) + 0.3 * sum(p * log_softmax(y_hat), 1)
}
"""


def margin(z, y):
    own = z.gather(1, y[:, None])
    return ((1 + z - own).clamp(min=0) * (1 - HOT(z, y))).amax(1).mean()


def centred(z, y):
    c = z - z.mean(1, keepdim=True)
    return (torch.logsumexp(c, 1) - c.gather(1, y[:, None])[:, 0] + 0.01 * torch.linalg.vector_norm(c, dim=1)).mean()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=24)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    arguments = arguments.parse_args()
    rng = np.random.default_rng(arguments.seed)
    cases = []

    def case(script, hyper, source, of, scale=1.5, outputs=4, text=None):
        z = torch.tensor(R(scale * rng.normal(size=(9, outputs)))).reshape(9, outputs).requires_grad_()
        y = torch.tensor(rng.integers(0, outputs, 9))
        loss = of(z, y)
        (dz,) = torch.autograd.grad(loss, z)
        one = {"script": script, "hyper": hyper, "source": source, "outputs": outputs, "z": R(z.detach()), "y": y.tolist(),
               "loss": loss.item(), "dz": R(dz)}
        cases.append({**one, "text": text} if text else one)

    for gamma in (0.0, 0.5, 1.0, 2.0, 5.0):
        case("focal", {"gamma": gamma}, "(1 - p)^gamma times torch's cross_entropy", lambda z, y, g=gamma: focal(z, y, g))
    case("focal", {"gamma": 2.0}, "(1 - p)^gamma times torch's cross_entropy", lambda z, y: focal(z, y, 2.0), scale=15.0, outputs=10)
    for smoothing in (0.0, 0.1, 0.4):
        case("label_smoothing", {"smoothing": smoothing}, "cross_entropy(label_smoothing=..)",
             lambda z, y, s=smoothing: F.cross_entropy(z, y, label_smoothing=s))
    case("label_smoothing", {"smoothing": 0.1}, "cross_entropy(label_smoothing=..)",
         lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1), scale=100.0, outputs=10)
    for t in (0.5, 1.0, 4.0):
        case("temperature", {"temperature": t}, "cross_entropy(z / T, y)", lambda z, y, t=t: F.cross_entropy(z / t, y), text=TEMPERATURE)
    for eps in (1.0, -1.0, 2.5):
        case("poly_1", {"eps": eps}, "Leng et al. 2022: cross_entropy + eps (1 - p)",
             lambda z, y, e=eps: F.cross_entropy(z, y) + e * (1 - PICK(z, y).exp()).mean(), text=POLY_1)
    case("brier", {}, "mse_loss(softmax(z), one_hot(y)), over every element", lambda z, y: F.mse_loss(F.softmax(z, 1), HOT(z, y)), text=BRIER)
    case("margin", {}, "Crammer and Singer 2001, by amax", margin, text=MARGIN)
    case("centred", {}, "logsumexp and vector_norm", centred, text=CENTRED)
    case("confident", {}, "cross_entropy less 0.3 times the entropy of the prediction",
         lambda z, y: F.cross_entropy(z, y) + 0.3 * (F.softmax(z, 1) * F.log_softmax(z, 1)).sum(1).mean(), text=NLL_OF_ENTROPY)
    out = {"torch": torch.__version__.split("+")[0], "cases": cases}
    (arguments.out / "losses.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")


main()
