"""Networks: gradients against their functions, growth with steps and blocks, training steps per second against PyTorch.

Measured, in one process: the fastest of some rounds each; sides that are compared take turns. The first table gives, for the loss
of every network, the weighted operations and the time of its gradient together with it over its own, compiled. The second gives the
time to build, differentiate and compile (of the processor, so that a busy machine does not matter) and to run an LSTM of more and
more steps and a Transformer of more and more blocks, and the exponent p of the time ~ size^p between the two largest (1 is linear).
The third needs PyTorch, which runs eagerly, in doubles as jaccli does, and in single precision.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import jaccli
from jaccli.compute.train import Training
from jaccli.derive.compiled import value_and_gradient
from jaccli.derive.reverse import vjp
from jaccli.graph.cost import weighted_operations
from jaccli.graph.load import load
from jaccli.graph.static import compile_program

NETWORKS = Path(__file__).parent.parent / "specs" / "networks"
BOUND = 5.0  # Griewank & Walther, Evaluating Derivatives (2008), section 3.3


def fastest(run: Callable[[], Any], seconds: float) -> float:
    """Return the shortest time of ``run`` within ``seconds``."""
    best, end = math.inf, time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


# --- gradient against function


def ratios(seconds: float) -> bool:
    print(f"{'':31} {'operations':>26} {'':6} {'milliseconds':>21}")
    heads = f"{'value':>12} {'with gradient':>13} {'ratio':>6} {'value':>9} {'gradient':>11} {'ratio':>6}"
    print(f"{'network':20} {'parameters':>10} {heads}")
    worst = 0.0
    for path in sorted(NETWORKS.glob("*.yaml")):
        training = Training(load(str(path)))
        built, point = training.step_part.built, dict(training.step_part.point)
        point |= {name: point[name][: training.plan.batch] for name in training.rowwise}
        graph, loss = built.graph, built.outputs[training.loss]
        wrt = {name: built.variables[name] for name in training.parameters}
        bars = [bar for bar in vjp(graph, {loss.index: graph.literal(1)}, list(wrt.values())) if bar is not None]
        value, both = weighted_operations(graph, [loss]), weighted_operations(graph, [loss, *bars])
        alone, together = compile_program(graph, [loss]), value_and_gradient(loss, wrt)
        times = [fastest(partial(run, point), seconds) for run in (alone, together)]
        worst = max(worst, both / value)
        elements = sum(x.node.size for x in wrt.values())
        print(
            f"{path.stem:20} {elements:10,} {value:12,} {both:13,} {both / value:6.2f} "
            f"{1e3 * times[0]:9.3f} {1e3 * times[1]:11.3f} {times[1] / times[0]:6.2f}"
        )
    print(f"largest ratio of operations {worst:.2f}, bound {BOUND:g}: {'kept' if worst <= BOUND else 'BROKEN'}\n")
    return worst <= BOUND


# --- growth


def lstm(steps: int) -> dict[str, Any]:
    """Return an LSTM of 32 units over ``steps`` steps of a batch of 8."""
    return {
        "constants": {"x": np.random.default_rng(0).normal(size=(steps, 8, 16))},
        "network": {"input": "x", "layers": [{"lstm": {"hidden": 32, "seed": 0}}, {"dense": {"units": 8, "seed": 1}}]},
        "outputs": {"loss": "mean(output**2)"},
    }


def transformer(blocks: int) -> dict[str, Any]:
    """Return ``blocks`` encoder blocks of 4 heads over a sequence of 32 vectors of 64 numbers."""
    block = {"transformer": {"heads": 4, "seed": 0}}
    return {
        "constants": {"x": np.random.default_rng(0).normal(size=(32, 64))},
        "network": {"input": "x", "layers": [{"repeat": {"times": blocks, "layers": [block]}}]},
        "outputs": {"loss": "mean(output**2)"},
    }


def stages(spec: Mapping[str, Any]) -> tuple[int, dict[str, float]]:
    """Return the nodes of a spec's value and gradient, and the seconds that each stage takes."""
    clock = [time.thread_time()]
    model = jaccli.parse(spec)
    clock.append(time.thread_time())
    graph, loss = model.built.graph, model.built.outputs["loss"]
    bars = vjp(graph, {loss.index: graph.literal(1)}, [model.built.variables[name] for name in model.inputs])
    clock.append(time.thread_time())
    both = compile_program(graph, [loss, *(bar for bar in bars if bar is not None)])
    clock.append(time.thread_time())
    alone, point = compile_program(graph, [loss]), model.point()
    took = dict(zip(("build", "differentiate", "compile"), np.diff(clock), strict=True))
    took |= {"value": fastest(lambda: alone(point), 0.5), "with gradient": fastest(lambda: both(point), 0.5)}
    return len(graph.nodes), took


def growth(title: str, make: Callable[[int], dict[str, Any]], sizes: Sequence[int]) -> None:
    found = {}
    for size in sizes:
        runs = [stages(make(size)) for _ in range(3)]
        found[size] = runs[0][0], {name: min(took[name] for _, took in runs) for name in runs[0][1]}
    names = list(found[sizes[0]][1])
    print(f"{title:>18} {'nodes':>8}" + "".join(f"{name:>15}" for name in names))
    for size, (nodes, took) in found.items():
        print(f"{size:18} {nodes:8,}" + "".join(f"{1e3 * took[name]:12.2f} ms" for name in names))
    small, large = sizes[-2:]
    powers = [math.log(found[large][1][n] / found[small][1][n]) / math.log(large / small) for n in names]
    print(f"{'exponent':>18} {'':8}" + "".join(f"{p:15.2f}" for p in powers) + "\n")


# --- training against PyTorch


def ours(name: str) -> Callable[[], Any]:
    """Return a step of ``jac train`` on a spec."""
    steps = Training(load(str(NETWORKS / f"{name}.yaml")), steps=1_000_000).steps()
    return lambda: next(steps)


def theirs(name: str, dtype: Any) -> Callable[[], Any]:
    """Return the same step by PyTorch: the network, the loss, the gradient, Adam."""
    import torch

    spec = jaccli.load(NETWORKS / f"{name}.yaml").spec
    data = {v.name: np.asarray(v.value, dtype=float) for v in spec.variables if v.role == "constant"}
    net, x, t, rows = _pytorch_digits(data, dtype) if name == "digits" else _pytorch_lstm(data, dtype)
    assert spec.train is not None
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=spec.train.rate), torch.nn.CrossEntropyLoss()

    def step() -> float:
        chosen = torch.randperm(1500)[:rows] if rows else slice(None)
        optimizer.zero_grad()
        value = loss(net(x[chosen]), t[chosen])
        value.backward()
        optimizer.step()
        return float(value.item())

    return step


def _pytorch_digits(data: Mapping[str, Any], dtype: Any) -> tuple[Any, Any, Any, int]:
    import torch
    from torch import nn

    layers = [
        nn.Conv2d(1, 8, 3, padding=1),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    ]
    return (
        nn.Sequential(*layers).to(dtype),
        torch.tensor(data["X"] / 16, dtype=dtype),
        torch.tensor(data["t"]).long(),
        50,
    )


def _pytorch_lstm(data: Mapping[str, Any], dtype: Any) -> tuple[Any, Any, Any, int]:
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.dense = nn.LSTM(12, 12), nn.Linear(12, 12)

        def forward(self, x: Any) -> Any:
            return self.dense(self.lstm(x)[0])

    x = nn.functional.one_hot(torch.tensor(data["c"]).long(), 12)
    return Net().to(dtype), x.to(dtype), torch.tensor(data["t"]).long(), 0


def training(seconds: float) -> None:
    try:
        import torch
    except ImportError:
        print("training steps per second: PyTorch is not installed")
        return
    print(f"training steps per second, PyTorch {torch.__version__} on {torch.get_num_threads()} threads")
    print(f"{'network':20} {'jaccli':>10} {'PyTorch float64':>16} {'PyTorch float32':>16} {'ours / float64':>15}")
    for name in ("digits", "char_lstm"):
        sides = [ours(name), theirs(name, torch.float64), theirs(name, torch.float32)]
        best = [math.inf] * 3
        for _ in range(6):
            for k, run in enumerate(sides):
                best[k] = min(best[k], fastest(run, seconds / 2))
        rates = [1 / took for took in best]
        print(f"{name:20} {rates[0]:10,.0f} {rates[1]:16,.0f} {rates[2]:16,.0f} {rates[0] / rates[1]:15.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each measurement")
    options = parser.parse_args()
    kept = ratios(options.seconds)
    growth("LSTM, steps", lstm, [8, 16, 32, 64])
    growth("Transformer, blocks", transformer, [1, 3, 6, 12])
    training(options.seconds)
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
