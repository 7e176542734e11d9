#!/usr/bin/env python3
"""Write norms.json: networks with layer and batch normalisation, as PyTorch computes them in float64.

    pip install torch numpy
    python make_norms.py [--seed N] [--out DIR]

Each case is a list of layers after `inputs` features and a few batches of different sizes. Each batch is passed forward
and backward in training mode, one after the other, without an update between them: so every step has the same parameters
while the running statistics move. Of every step: output, loss, every gradient, the running statistics after it. At the
end, of the last batch in evaluation mode: output, loss and every gradient.
Shapes: a weight matrix W is [inputs, outputs], so a layer computes x W + b.
"""
import argparse, json, pathlib
import numpy as np, torch

torch.set_default_dtype(torch.float64)
R = lambda a: [float(f"{v:.15g}") for v in np.asarray(a, dtype=float).ravel()]


def build(rng, inputs, layers):
    """The modules, and (name, parameter) in the order of the layers."""
    modules, named, running = [], [], []
    width, dense, norms = inputs, 0, 0
    put = lambda parameter, values: parameter.data.copy_(torch.tensor(values))
    for layer in layers:
        kind, value = (layer, None) if isinstance(layer, str) else next(iter(layer.items()))
        if kind == "dense":
            dense += 1
            module = torch.nn.Linear(width, value)
            put(module.weight, rng.normal(size=(value, width)) * (1.5 / width) ** 0.5)
            put(module.bias, rng.normal(size=value) * 0.1)
            named += [(f"W{dense}", module.weight), (f"b{dense}", module.bias)]
            width = value
        elif kind == "tanh":
            module = torch.nn.Tanh()
        else:
            norms += 1
            module = torch.nn.LayerNorm(width, **value) if kind == "layer_norm" else torch.nn.BatchNorm1d(width, **value)
            put(module.weight, 1 + 0.3 * rng.normal(size=width))
            put(module.bias, 0.3 * rng.normal(size=width))
            named += [(f"gamma{norms}", module.weight), (f"beta{norms}", module.bias)]
            if kind == "batch_norm":
                running += [(f"running_mean{norms}", module.running_mean), (f"running_variance{norms}", module.running_var)]
        modules.append(module)
    return torch.nn.Sequential(*modules), named, running


# Torch's weight is [outputs, inputs].
values = lambda name, tensor: R((tensor.T if name.startswith("W") else tensor).detach())


def passes(net, named, x, y):
    net.zero_grad()
    output = net(torch.tensor(x))
    loss = torch.nn.functional.cross_entropy(output, torch.tensor(y))
    loss.backward()
    return {"output": R(output.detach()), "loss": float(loss.detach()), "grads": {n: values(n, p.grad) for n, p in named}}


def case(rng, inputs, layers, batches):
    net, named, running = build(rng, inputs, layers)
    outputs = next(l["dense"] for l in reversed(layers) if isinstance(l, dict) and "dense" in l)
    result = {"inputs": inputs, "outputs": outputs, "layers": layers}
    result["params"] = {n: values(n, p) for n, p in named}
    result["steps"] = []
    net.train()
    for samples in batches:
        # Features of different means and deviations, so that the statistics have something to find.
        x = rng.normal(size=(samples, inputs)) * np.linspace(0.5, 3, inputs) + np.linspace(-2, 2, inputs)
        y = rng.integers(outputs, size=samples)
        step = {"x": R(x), "y": y.tolist()} | passes(net, named, x, y)
        result["steps"].append(step | {"running": {n: R(t) for n, t in running}})
    net.eval()
    result["evaluation"] = passes(net, named, x, y)
    return result


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--seed", type=int, default=11)
    args.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    args = args.parse_args()
    rng = np.random.default_rng(args.seed)
    layer = {"layer_norm": {"eps": 1e-5}}
    batch = {"batch_norm": {"momentum": 0.1, "eps": 1e-5}}
    # Neither two samples under batch_norm nor two features under layer_norm: these become -1 and 1 whatever they were, so
    # that nearly nothing is left of the gradient but rounding.
    cases = [
        case(rng, 3, [{"dense": 5}, layer, "tanh", {"dense": 3}], [7, 4, 1]),
        case(rng, 3, [{"dense": 5}, batch, "tanh", {"dense": 3}], [7, 4, 6]),
        case(rng, 6, [batch, {"dense": 17}, "tanh", layer, {"dense": 4}, batch], [9, 33, 5]),
        case(rng, 4, [layer, {"dense": 1}, batch, "tanh", {"dense": 2}], [6, 5, 8]),
        case(rng, 4, [{"dense": 9}, {"batch_norm": {"momentum": 0.6, "eps": 0.01}}, {"dense": 3}, {"layer_norm": {"eps": 0.1}}], [5, 5, 6]),
    ]
    (args.out / "norms.json").write_text(json.dumps(cases))


main()
