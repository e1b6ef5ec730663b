"""Large modules beside torch.autograd.gradcheck(fast_mode=True): seconds, memory, calls, and which planted mistakes are found.

Run: python -m benchmarks.large [PARAMETERS …]      each row in a process of its own, so that its peak of memory is its own

The module has the shape of GPT-2: an embedding tied to the head, blocks of layer norm, causal attention and an MLP with GELU.
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

import jaccli

WORDS, PLACES = 2, 8
MISTAKES = ("none", "bias negated", "attention scale", "weight zeroed", "one doubled", "one off by 1e-3")
MEGA = 2**20


def main(sizes: list[int]) -> None:
    rows = []
    print("parameters  checker  planted              s     x parameters' memory  calls  says")
    for size in sizes:
        for planted in MISTAKES if size == sizes[0] else MISTAKES[:1]:
            for checker in ("jaccli", "torch"):
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.large", "row", str(size), planted, checker],
                    check=False, capture_output=True, text=True,
                )  # fmt: skip
                print(
                    done.stdout.strip() or f"{size} {checker} {planted}: {done.stderr.strip().splitlines()[-1][:90]}",
                    flush=True,
                )
                if checker == "jaccli" and planted == "none" and done.stdout:
                    rows.append([float(word) for word in done.stderr.strip().splitlines()[-1].split()])
    if len(rows) > 1:
        n, seconds, memory, calls = np.log(np.array(rows).T)
        for name, values in (("seconds", seconds), ("memory", memory), ("calls", calls)):
            print(f"{name} grow like n^{np.polyfit(n, values, 1)[0]:.2f}")


def row(size: int, planted: str, checker: str) -> None:
    """Print one row; on standard error its numbers."""
    import torch

    torch.manual_seed(0)
    module, words = _module(torch, size, planted)
    count = sum(one.numel() for one in module.parameters())
    loss = lambda: module(words)  # noqa: E731
    loss().backward()  # what the framework needs anyway
    module.zero_grad()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    if checker == "jaccli":
        report = jaccli.gradcheck(module, words)
        failing = [check.wrt for check in report.checks if check.outcome == "fail"]
        said, calls = f"{report.outcome} {' '.join(failing)}", max(check.evaluations for check in report.checks)
    else:
        said, calls = _fast_mode(torch, module, words)
    seconds = time.perf_counter() - start
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / (8 * count)
    print(f"{count:>10,}  {checker:<7}  {planted:<16}  {seconds:>8.1f}  {memory:>20.1f}  {calls:>5}  {said}")
    print(count, seconds, memory * 8 * count + MEGA, calls, file=sys.stderr)


def _fast_mode(torch: Any, module: Any, words: Any) -> tuple[str, int]:
    names = [name for name, _ in module.named_parameters()]
    calls = 0

    def fn(*values: Any) -> Any:
        nonlocal calls
        calls += 1
        return torch.func.functional_call(module, dict(zip(names, values, strict=True)), (words,))

    inputs = [one.detach().clone().requires_grad_() for _, one in module.named_parameters()]
    try:
        return ("pass" if torch.autograd.gradcheck(fn, inputs, fast_mode=True) else "fail"), calls
    except Exception as error:
        return f"fail: {str(error).splitlines()[0][:60]}", calls


def _module(torch: Any, size: int, planted: str) -> tuple[Any, Any]:
    nn = torch.nn

    class Twisted(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, w: Any) -> Any:
            return w.clone()

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            found = y_bar.clone()
            if planted == "bias negated":
                return -found
            if planted == "weight zeroed":
                return 0 * found
            found.view(-1)[found.numel() // 3] *= 2 if planted == "one doubled" else 1.001
            return found

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, scale: float) -> Any:
            ctx.scale = scale
            return x * scale

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            return 1.1 * ctx.scale * y_bar, None

    class Block(nn.Module):
        def __init__(self, d: int, wrong: bool) -> None:
            super().__init__()
            self.ln_1, self.ln_2, self.wrong = nn.LayerNorm(d), nn.LayerNorm(d), wrong
            self.attn, self.attn_proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
            self.fc, self.proj = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

        def forward(self, x: Any) -> Any:
            heads = max(1, x.shape[-1] // 64)
            q, k, v = (one.unflatten(-1, (heads, -1)).transpose(-2, -3) for one in self.attn(self.ln_1(x)).chunk(3, -1))
            scores, scale = q @ k.transpose(-1, -2), 1 / math.sqrt(q.shape[-1])
            scores = Scaled.apply(scores, scale) if self.wrong and planted == "attention scale" else scores * scale
            places = torch.arange(scores.shape[-1])
            scores = scores.masked_fill(places[:, None] < places, -math.inf).softmax(-1)
            x = x + self.attn_proj((scores @ v).transpose(-2, -3).flatten(-2))
            weight, bias = self.fc.weight, self.fc.bias
            if self.wrong and planted == "bias negated":
                bias = Twisted.apply(bias)
            elif self.wrong and planted in ("weight zeroed", "one doubled", "one off by 1e-3"):
                weight = Twisted.apply(weight)
            return x + self.proj(nn.functional.gelu(nn.functional.linear(self.ln_2(x), weight, bias)))

    class Model(nn.Module):
        def __init__(self, words: int, d: int, blocks: int) -> None:
            super().__init__()
            self.wte, self.wpe = nn.Embedding(words, d), nn.Embedding(PLACES, d)
            self.h = nn.ModuleList(Block(d, k == blocks // 2) for k in range(blocks))
            self.ln_f = nn.LayerNorm(d)

        def forward(self, words: Any) -> Any:
            x = self.wte(words) + self.wpe(torch.arange(words.shape[1]))
            for block in self.h:
                x = block(x)
            scores = self.ln_f(x) @ self.wte.weight.T
            return nn.functional.cross_entropy(scores.flatten(0, 1), words.roll(1, 1).flatten())

    if size >= 10**8:
        words, d, blocks = 50257, 768, 12
    else:
        blocks = 4 if size < 10**6 else 8
        d = max(8, 8 * round(math.sqrt(size / (12.5 * blocks)) / 8))
        words = max(16, (size // 4) // d)
    module = Model(words, d, blocks).double()
    for name, one in module.named_parameters():
        nn.init.normal_(one, float(name.startswith(("ln", "h.")) and ".ln_" in name and "weight" in name), 0.02)
    return module, torch.randint(0, words, (WORDS, PLACES))


if __name__ == "__main__":
    if sys.argv[1:2] == ["row"]:
        row(int(sys.argv[2]), sys.argv[3], sys.argv[4])
    else:
        main([int(float(word)) for word in sys.argv[1:]] or [300_000, 1_000_000, 3_000_000, 10_000_000])
