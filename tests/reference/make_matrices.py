#!/usr/bin/env python3
"""Write matrices.json: whole full-batch runs of Shampoo and Adafactor in float64, by NumPy.

    pip install numpy
    python make_matrices.py [--out DIR]

The network, the samples and the start are those of rules.json: sizes [5, 8, 3], tanh, cross-entropy, 40 samples in one batch, 40 steps.
Each case has `rule`, `hyper`, `losses` (of each step, before the update) and `final` (W1, b1, W2, b2 after the last step, row by row).

Shampoo, Gupta, Koren and Singer, 2018, with roots by eigenvalues: L = L + G G^T, R = R + G^T G, both 0 at first, W = W - lr (L + eps (1 +
|L|) I)^(-1/4) G (R + eps (1 + |R|) I)^(-1/4) for a weight matrix with gradient G, | | the root of the sum of squares; a bias, with gradient g: s = s + g^2, b = b - lr g / (sqrt(s) + eps).
Adafactor, Shazeer and Stern, 2018, as Optax has it: that computes its decay 1 - t^-0.8 in float32, which leaves 1e-8 of the weights.
"""
import argparse, json, pathlib
import numpy as np

HERE = pathlib.Path(__file__).parent
R = lambda a: [float(f"{v:.15g}") for v in np.asarray(a, dtype=float).ravel()]

def gradients(p, x, y):
    h = np.tanh(x @ p[0] + p[1]); z = h @ p[2] + p[3]; z = z - z.max(1, keepdims=True)
    q = np.exp(z) / np.exp(z).sum(1, keepdims=True); at = (np.arange(len(y)), y)
    loss = -np.log(q[at]).mean(); d = q.copy(); d[at] -= 1; d /= len(y); dh = (d @ p[2].T) * (1 - h * h)
    return loss, [x.T @ dh, dh.sum(0), h.T @ d, d.sum(0)]

def root(a, eps):
    w, v = np.linalg.eigh(a + eps * (1 + np.linalg.norm(a)) * np.eye(len(a))); return (v * w ** -0.25) @ v.T

class Shampoo:
    def __init__(self, w, lr, eps):
        self.lr, self.eps = lr, eps; self.s = [np.zeros((n, n)) for n in w.shape] if w.ndim == 2 else np.zeros_like(w)
    def step(self, t, g):
        if g.ndim == 1:
            self.s += g * g; return self.lr * g / (np.sqrt(self.s) + self.eps)
        self.s[0] += g @ g.T; self.s[1] += g.T @ g; return self.lr * root(self.s[0], self.eps) @ g @ root(self.s[1], self.eps)

class Adafactor:
    def __init__(self, w, lr, decay, clip, eps):
        self.lr, self.decay, self.clip, self.eps = lr, decay, clip, eps; self.r = self.c = self.s = 0.0
    def step(self, t, g):
        b, s = 1 - float(t) ** -self.decay, g * g + self.eps
        if g.ndim == 2:
            self.r = b * self.r + (1 - b) * s.mean(1, keepdims=True); self.c = b * self.c + (1 - b) * s.mean(0, keepdims=True)
            v = self.r * self.c / self.r.mean()
        else:
            v = self.s = b * self.s + (1 - b) * s
        u = g / np.sqrt(v); return self.lr * u / max(1, np.sqrt((u * u).mean()) / self.clip)

def run(rule, start, x, y, hyper):
    p, losses = [a.copy() for a in start], []; rules = [rule(a, **hyper) for a in p]
    for t in range(1, 41):
        loss, g = gradients(p, x, y); losses.append(loss)
        for i, d in enumerate(g): p[i] -= rules[i].step(t, d)
    return losses, p

def main():
    ap = argparse.ArgumentParser(); ap.add_argument("--out", default=HERE); o = ap.parse_args()
    of = json.loads((HERE / "rules.json").read_text()); x, y = np.array(of["x"]), np.array(of["y"])
    start = [np.array(a).reshape(s) for a, s in zip(of["start"], [(5, 8), (8,), (8, 3), (3,)])]
    wanted = [(Shampoo, {"lr": 0.1, "eps": 1e-4}), (Shampoo, {"lr": 0.3, "eps": 0.01}),
              (Adafactor, {"lr": 0.05, "decay": 0.8, "clip": 1.0, "eps": 1e-30}), (Adafactor, {"lr": 0.02, "decay": 0.5, "clip": 0.7, "eps": 1e-8})]
    cases = []
    for rule, hyper in wanted:
        losses, p = run(rule, start, x, y, hyper)
        cases.append({"rule": rule.__name__.lower(), "hyper": hyper, "losses": R(losses), "final": [R(a) for a in p]})
    (pathlib.Path(o.out) / "matrices.json").write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")

if __name__ == "__main__":
    main()
