#!/usr/bin/env python3
"""Write schedule_edges.json: what PyTorch and Optax give at the edges of each schedule, in float64.

    pip install torch jax optax numpy
    python make_schedule_edges.py [--out DIR]

A case has the rates at steps 0, 1, 2, ... (`lr`), or what the reference says when it refuses the parameters or fails on
the way (`refused`). Phases have 1, 2, n - 1, n, n + 1 steps, where n is the length of the run, and none where that can be
said; shares of the steps come to less than one step.
"""
import argparse, json, pathlib
import jax; jax.config.update("jax_enable_x64", True)
import optax, torch

S, N, LR = torch.optim.lr_scheduler, 12, 0.1
LENGTHS = [1, 2, N - 1, N, N + 1]
R = lambda values: [float(f"{float(v):.12g}") for v in values]
cases = []


def add(rule, hyper, source, make):
    try:
        cases.append({"rule": rule, "hyper": hyper, "source": source, "lr": R(make())})
    except (ValueError, ZeroDivisionError) as error:
        cases.append({"rule": rule, "hyper": hyper, "source": source, "refused": str(error)})


def pytorch(rule, hyper, name, *args, lr=LR, metrics=None, steps=N, **kwargs):
    def make():
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
        schedule, rates = getattr(S, name)(optimizer, *args, **kwargs), []
        for t in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if t + 1 < steps:
                schedule.step(*([metrics[t]] if metrics else []))
        return rates
    add(rule, hyper, f"torch.optim.lr_scheduler.{name}", make)


def by_optax(rule, hyper, name, *args):
    def make():
        schedule = getattr(optax, name)(*args)
        return [schedule(t) for t in range(N)]
    add(rule, hyper, f"optax.{name}", make)


for every in LENGTHS:
    for factor in [0.5, 1.0]:
        pytorch("step", {"lr": LR, "every": every, "factor": factor}, "StepLR", every, factor)
for at in [[], [0], [0, 0, 3], [5, 2], [1], [N - 1], [N], [N + 1]]:
    pytorch("multi_step", {"lr": LR, "at": at, "factor": 0.3}, "MultiStepLR", sorted(at), 0.3)
pytorch("multi_step", {"lr": LR, "at": [1, 2], "factor": 1.0}, "MultiStepLR", [1, 2], 1.0)
for factor in [1e-3, 1.0, 1.5]:
    pytorch("exponential", {"lr": LR, "factor": factor}, "ExponentialLR", factor)
for steps in LENGTHS:
    for final in [0.0, LR, 0.02]:
        by_optax("cosine", {"lr": LR, "steps": steps, "final_lr": final}, "cosine_decay_schedule", LR, steps, final / LR)
        hyper = {"lr": LR, "steps": steps, "final_lr": final}
        pytorch("cosine", hyper, "CosineAnnealingLR", steps, final, steps=min(steps + 1, N))
    for mult in [1, 2, 3]:
        hyper = {"lr": LR, "steps": steps, "mult": mult, "final_lr": 0.01}
        pytorch("cosine_restarts", hyper, "CosineAnnealingWarmRestarts", steps, mult, 0.01, steps=5 * N)
    for power in [0.5, 1.0, 2.0]:
        hyper = {"lr": LR, "steps": steps, "power": power}
        pytorch("polynomial", hyper, "PolynomialLR", steps, power)
        by_optax("polynomial", hyper, "polynomial_schedule", LR, 0.0, power, steps)
    for ends in [(0.1, 1.0), (1.0, 0.0), (0.5, 0.5)]:
        hyper = {"lr": LR, "start_factor": ends[0], "end_factor": ends[1], "steps": steps}
        pytorch("linear", hyper, "LinearLR", *ends, steps)
        by_optax("linear", hyper, "linear_schedule", LR * ends[0], LR * ends[1], steps)
    for up, down in [(steps, 3), (3, steps), (1, 1), (steps, steps)]:
        hyper = {"lr": 0.01, "max_lr": LR, "up": up, "down": down}
        pytorch("cyclic", hyper, "CyclicLR", 0.01, LR, up, down, lr=0.01, steps=3 * N, cycle_momentum=False)
for steps in [1, 2, 3, 10, N]:
    for warmup in [0.0, 0.05, 0.1, 0.3, 0.5, 0.9, 0.99]:
        hyper = {"max_lr": LR, "steps": steps, "warmup": warmup, "div": 25.0, "final_div": 1e4}
        pytorch("one_cycle", hyper, "OneCycleLR", LR, steps, pct_start=warmup, steps=steps, cycle_momentum=False)
for warmup in [0, 1, 2, N - 2, N - 1, N, N + 1, N + 2]:
    for steps in LENGTHS:
        for start in [0.0, 0.02]:
            hyper = {"lr": LR, "warmup": warmup, "steps": steps, "final_lr": 0.001, "start_lr": start}
            by_optax("warmup_cosine", hyper, "warmup_cosine_decay_schedule", start, LR, warmup, steps, 0.001)
falling = [1 / (1 + t) for t in range(N)]
for metric in [falling, [1.0] * N, [1.0, 0.5, 0.6, 0.5, 0.4999, 0.4, 0.4, 0.4, 0.4, 0.4, 0.1, 0.1], [-1.0] * N]:
    for patience in [0, 1, N - 1]:
        for least in [0.0, 0.04, LR, 0.5]:
            for threshold in [0.0, 0.0001, 0.9]:
                hyper = {"lr": LR, "factor": 0.5, "patience": patience, "threshold": threshold, "min_lr": least}
                pytorch("plateau", hyper | {"metric": metric}, "ReduceLROnPlateau", factor=0.5, patience=patience,
                        threshold=threshold, min_lr=least, metrics=metric)
for decay in [0.0, 1.0]:
    add("inverse_time", {"lr": LR, "decay": decay}, "lr / (1 + decay t)", lambda: [LR / (1 + decay * t) for t in range(N)])
add("constant", {"lr": LR}, "lr", lambda: [LR] * N)

if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    path = options.parse_args().out / "schedule_edges.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
