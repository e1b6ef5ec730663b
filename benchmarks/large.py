"""Large models beside torch.autograd.gradcheck(fast_mode=True) and jax.test_util.check_grads: time, memory, calls, what is found.

Run: python -m benchmarks.large [torch|jax] [PARAMETERS …]      each row in a process of its own, with a peak of memory of its own

The model has the shape of GPT-2: an embedding tied to the head, blocks of layer norm, causal attention and an MLP with GELU.
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


def main(framework: str, sizes: list[int]) -> None:
    """Print a row for each size, and of the first size for each planted mistake; then how time, memory and calls grow."""
    rows = []
    print("parameters  checker  planted              s     x parameters' memory  calls  says")
    for size in sizes:
        for planted in MISTAKES if size == sizes[0] else MISTAKES[:1]:
            for checker in ("jaccli", framework):
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.large", "row", framework, str(size), planted, checker],
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


def row(framework: str, size: int, planted: str, checker: str) -> None:
    """Print one row; on standard error its numbers."""
    check, count = (_torch_check if framework == "torch" else _jax_check)(size, planted, checker)
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    said, calls = check()
    seconds = time.perf_counter() - start
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / (8 * count)
    print(f"{count:>10,}  {checker:<7}  {planted:<16}  {seconds:>8.1f}  {memory:>20.1f}  {calls:>5}  {said}")
    print(count, seconds, memory * 8 * count + MEGA, calls, file=sys.stderr)


def _said(report: Any) -> tuple[str, int]:
    failing = [check.wrt for check in report.checks if check.outcome == "fail"]
    return f"{report.outcome} {' '.join(failing)}", max(check.evaluations for check in report.checks)


def _torch_check(size: int, planted: str, checker: str) -> tuple[Any, int]:
    import torch

    torch.manual_seed(0)
    module, words = _module(torch, size, planted)
    module(words).backward()  # what the framework needs anyway
    module.zero_grad()
    count = sum(one.numel() for one in module.parameters())
    if checker == "torch":
        return lambda: _fast_mode(torch, module, words), count
    return lambda: _said(jaccli.gradcheck(module, words)), count


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

    words, d, blocks = _shape(size)
    module = Model(words, d, blocks).double()
    for name, one in module.named_parameters():
        nn.init.normal_(one, float(name.startswith(("ln", "h.")) and ".ln_" in name and "weight" in name), 0.02)
    return module, torch.randint(0, words, (WORDS, PLACES))


def _shape(size: int) -> tuple[int, int, int]:
    """Return words, width and blocks of a model of about so many parameters; from 10⁸ on those of GPT-2."""
    if size >= 10**8:
        return 50257, 768, 12
    blocks = 4 if size < 10**6 else 8
    d = max(8, 8 * round(math.sqrt(size / (12.5 * blocks)) / 8))
    return max(16, (size // 4) // d), d, blocks


def _jax_check(size: int, planted: str, checker: str) -> tuple[Any, int]:
    import jax

    jax.config.update("jax_enable_x64", True)
    loss, params, words = _pytree(jax, size, planted)
    jax.block_until_ready(jax.jit(jax.grad(loss))(params, words))  # what the framework needs anyway
    count = sum(one.size for one in jax.tree_util.tree_leaves(params))
    if checker == "jax":
        return lambda: _check_grads(loss, params, words), count
    return lambda: _said(jaccli.gradcheck(loss, (params, words))), count


def _check_grads(loss: Any, params: Any, words: Any) -> tuple[str, int]:
    from jax.test_util import check_grads

    calls = 0

    def counted(params: Any) -> Any:
        nonlocal calls
        calls += 1
        return loss(params, words)

    try:
        check_grads(counted, (params,), order=1, modes=("rev",))
    except AssertionError as error:
        return f"fail: {str(error).strip().splitlines()[0][:60]}", calls
    return "pass", calls


def _pytree(jax: Any, size: int, planted: str) -> tuple[Any, Any, Any]:
    jnp, rng = jax.numpy, np.random.default_rng(0)
    words, d, blocks = _shape(size)
    heads = max(1, d // 64)

    @jax.custom_vjp
    def twisted(w: Any) -> Any:
        return w

    def backward(_: None, y_bar: Any) -> Any:
        place = y_bar.size // 3
        factor = {"bias negated": -1.0, "weight zeroed": 0.0, "attention scale": 1.1}.get(planted)
        if factor is not None:
            return (factor * y_bar,)
        flat = y_bar.reshape(-1)
        return (flat.at[place].multiply(2 if planted == "one doubled" else 1.001).reshape(y_bar.shape),)

    twisted.defvjp(lambda w: (w, None), backward)

    def some(*shape: int) -> Any:
        return jnp.asarray(0.02 * rng.standard_normal(shape))

    def norm(x: Any, weight: Any, bias: Any) -> Any:
        x = x - jnp.mean(x, -1, keepdims=True)
        return x / jnp.sqrt(jnp.mean(x**2, -1, keepdims=True) + 1e-5) * weight + bias

    def attention(x: Any, b: Any, wrong: bool) -> Any:
        parts = jnp.split(norm(x, *b["ln_1"]) @ b["attn"]["w"] + b["attn"]["b"], 3, -1)
        q, k, v = (one.reshape(*one.shape[:-1], heads, -1).swapaxes(-2, -3) for one in parts)
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        scores = twisted(scores) if wrong and planted == "attention scale" else scores
        places = jnp.arange(PLACES)
        scores = jax.nn.softmax(jnp.where(places[:, None] < places, -jnp.inf, scores))
        return (scores @ v).swapaxes(-2, -3).reshape(x.shape) @ b["attn_proj"]["w"] + b["attn_proj"]["b"]

    def loss(params: Any, tokens: Any) -> Any:
        x = params["wte"][tokens] + params["wpe"]
        for k, b in enumerate(params["h"]):
            wrong = k == blocks // 2
            x = x + attention(x, b, wrong)
            bias = twisted(b["fc"]["b"]) if wrong and planted == "bias negated" else b["fc"]["b"]
            of_weight = planted in ("weight zeroed", "one doubled", "one off by 1e-3")
            weight = twisted(b["fc"]["w"]) if wrong and of_weight else b["fc"]["w"]
            x = x + jax.nn.gelu(norm(x, *b["ln_2"]) @ weight + bias) @ b["proj"]["w"] + b["proj"]["b"]
        rows = jax.nn.log_softmax(norm(x, *params["ln_f"]) @ params["wte"].T)
        return -jnp.mean(jnp.take_along_axis(rows, jnp.roll(tokens, 1, 1)[..., None], -1))

    shapes = {"attn": (d, 3 * d), "attn_proj": (d, d), "fc": (d, 4 * d), "proj": (4 * d, d)}
    params = {
        "wte": some(words, d), "wpe": some(PLACES, d), "ln_f": (1 + some(d), some(d)),
        "h": [
            {name: {"w": some(*shape), "b": some(shape[1])} for name, shape in shapes.items()}
            | {name: (1 + some(d), some(d)) for name in ("ln_1", "ln_2")}
            for _ in range(blocks)
        ],
    }  # fmt: skip
    return loss, params, jnp.asarray(rng.integers(0, words, (WORDS, PLACES)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["row"]:
        row(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
    else:
        chosen = sys.argv[1] if sys.argv[1:2] in (["torch"], ["jax"]) else ""
        wanted = [int(float(word)) for word in sys.argv[1 + bool(chosen) :]]
        main(chosen or "torch", wanted or [300_000, 1_000_000, 3_000_000, 10_000_000])
