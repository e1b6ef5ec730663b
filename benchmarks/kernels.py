"""Kernels of low precision, right and wrong → what is found: `python benchmarks/kernels.py`.

Each kernel is a `torch.autograd.Function` that refuses float64, as kernels of Triton or CUDA do, with its backward written by hand;
its reference is the same mathematics in ordinary operations. Beside jaccli stand the two gates that kernels are tested with today:
`torch.allclose` at usual tolerances, and the error against float64 at most twice that of the reference in the same precision.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

import jaccli

TOLERANCES = {torch.bfloat16: (1.6e-2, 1e-2), torch.float16: (1e-3, 1e-3), torch.float32: (1e-4, 1e-5)}  # rtol, atol
DTYPES = (torch.bfloat16, torch.float16, torch.float32)


@dataclass(frozen=True)
class Kind:
    """A kernel: its forward and backward by hand, its reference, its inputs, and its mistakes by name."""

    name: str
    forward: Callable
    backward: Callable
    plain: Callable
    inputs: Callable
    mistakes: tuple[str, ...] = ()


def made(kind: Kind, accumulate: torch.dtype | None, mistake: str = "") -> Callable:
    """Return a kernel of a kind; ``accumulate`` is what it computes in, None for what its inputs are."""

    class Kernel(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):
            floats = [x for x in inputs if x.is_floating_point()]
            if any(x.dtype == torch.float64 for x in floats):
                raise RuntimeError("this kernel has no float64")
            ctx.dtype = floats[0].dtype
            wide = [x.to(accumulate) if accumulate and x.is_floating_point() else x for x in inputs]
            y, saved = kind.forward(*wide)
            ctx.save_for_backward(*wide, *saved)
            ctx.inputs = len(wide)
            return y.to(ctx.dtype)

        @staticmethod
        def backward(ctx, y_bar):
            wide, saved = ctx.saved_tensors[: ctx.inputs], ctx.saved_tensors[ctx.inputs :]
            bars = kind.backward(mistake, y_bar.to(accumulate) if accumulate else y_bar, *wide, *saved)
            return tuple(None if bar is None else bar.to(ctx.dtype) for bar in bars)

    Kernel.__name__ = kind.name.replace(" ", "_")
    return Kernel.apply


def factor(mistake: str) -> float:
    """Return the factor of the term that a mistake is about."""
    return float(mistake.removeprefix("term ")) if mistake.startswith("term ") else 1.0


TERMS = ("term 1.3", "term 1.1", "term 1.01", "term 1.001")


def rms_forward(x, w):
    r = torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5)
    return x * r * w, (r,)


def rms_backward(mistake, y_bar, x, w, r):
    x_hat, g = x * r, y_bar * w
    x_bar = r * (g - factor(mistake) * x_hat * (g * x_hat).mean(-1, keepdim=True))
    w_bar = (y_bar * x_hat).sum(0)
    if mistake == "missing reduction":
        w_bar = (y_bar * x_hat)[: max(1, len(x) // 2)].sum(0)
    return (torch.zeros_like(x) if mistake == "zero" else x_bar), w_bar


def rms_plain(x, w):
    x = x.float()
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * w


def layer_forward(x, w, b):
    mean = x.mean(-1, keepdim=True)
    r = torch.rsqrt(((x - mean) ** 2).mean(-1, keepdim=True) + 1e-5)
    return (x - mean) * r * w + b, (mean, r)


def layer_backward(mistake, y_bar, x, w, b, mean, r):
    if mistake == "stale statistic":
        r = r[:1].expand_as(r)
    x_hat, g = (x - mean) * r, y_bar * w
    c1, c2 = g.mean(-1, keepdim=True), (g * x_hat).mean(-1, keepdim=True)
    if mistake == "sign of a small term":
        c1 = -c1
    x_bar = r * (g - c1 - factor(mistake) * x_hat * c2)
    return (torch.zeros_like(x) if mistake == "zero" else x_bar), (y_bar * x_hat).sum(0), y_bar.sum(0)


def layer_plain(x, w, b):
    centred = x - x.mean(-1, keepdim=True)
    return centred * torch.rsqrt((centred * centred).mean(-1, keepdim=True) + 1e-5) * w + b


GROUPS = 2


def group_forward(x, w):
    g = x.reshape(len(x), GROUPS, -1)
    mean = g.mean(-1, keepdim=True)
    r = torch.rsqrt(((g - mean) ** 2).mean(-1, keepdim=True) + 1e-5)
    return ((g - mean) * r).reshape(x.shape) * w, (mean, r)


def group_backward(mistake, y_bar, x, w, mean, r):
    g = x.reshape(len(x), GROUPS, -1)
    x_hat, bar = (g - mean) * r, (y_bar * w).reshape(g.shape)
    c1, c2 = bar.mean(-1, keepdim=True), (bar * x_hat).mean(-1, keepdim=True)
    x_bar = r * (bar - factor(mistake) * c1 - x_hat * c2)
    return x_bar.reshape(x.shape), (y_bar * x_hat.reshape(x.shape)).sum(0)


def group_plain(x, w):
    g = x.reshape(len(x), GROUPS, -1)
    centred = g - g.mean(-1, keepdim=True)
    return (centred * torch.rsqrt((centred * centred).mean(-1, keepdim=True) + 1e-5)).reshape(x.shape) * w


def softmax_forward(x):
    e = torch.exp(x - x.amax(-1, keepdim=True))
    p = e / e.sum(-1, keepdim=True)
    return p, (p,)


def softmax_backward(mistake, y_bar, x, p):
    x_bar = p * (y_bar - factor(mistake) * (y_bar * p).sum(-1, keepdim=True))
    return ((torch.zeros_like(x) if mistake == "zero" else x_bar),)


def softmax_plain(x):
    e = torch.exp(x - x.amax(-1, keepdim=True).detach())
    return e / e.sum(-1, keepdim=True)


def entropy_forward(x, t):
    m = x.amax(-1, keepdim=True)
    lse = m.squeeze(-1) + torch.log(torch.exp(x - m).sum(-1))
    return lse - x.gather(-1, t[:, None]).squeeze(-1), (lse,)


def entropy_backward(mistake, y_bar, x, t, lse):
    p = torch.exp(x - lse[:, None])
    hot = F.one_hot(t, x.shape[-1]).to(x.dtype)
    return (y_bar[:, None] * (p - factor(mistake) * hot)), None


def entropy_plain(x, t):
    m = x.amax(-1, keepdim=True).detach()
    lse = m.squeeze(-1) + torch.log(torch.exp(x - m).sum(-1))
    return lse - x.gather(-1, t[:, None]).squeeze(-1)


def gelu_forward(x):
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2))), ()


def gelu_backward(mistake, y_bar, x):
    pdf = torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return (y_bar * (0.5 * (1 + torch.erf(x / math.sqrt(2))) + factor(mistake) * x * pdf),)


def gelu_plain(x):
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def swiglu_forward(a, b):
    return a * torch.sigmoid(a) * b, ()


def swiglu_backward(mistake, y_bar, a, b):
    s = torch.sigmoid(a)
    return y_bar * b * (s + factor(mistake) * a * s * (1 - s)), y_bar * a * s


def swiglu_plain(a, b):
    return a * torch.sigmoid(a) * b


def rotation(x):
    n, d = x.shape
    angles = torch.arange(n)[:, None] * 10000.0 ** (-torch.arange(0, d, 2) / d)
    return torch.cos(angles).to(x.dtype), torch.sin(angles).to(x.dtype)


def rope_forward(x):
    c, s = rotation(x)
    a, b = x.chunk(2, -1)
    return torch.cat([a * c - b * s, a * s + b * c], -1), ()


def rope_backward(mistake, y_bar, x):
    c, s = rotation(x)
    s = s * factor(mistake)
    a, b = y_bar.chunk(2, -1)
    if mistake == "sign":
        return (torch.cat([a * c - b * s, a * s + b * c], -1),)
    return (torch.cat([a * c + b * s, b * c - a * s], -1),)


def rope_plain(x):
    return rope_forward(x)[0]


def masked(scores, shift=0):
    n = scores.shape[-1]
    return scores.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1 + shift), float("-inf"))


TILE = 16


def attention_forward(q, k, v):
    """Flash attention: one pass over tiles of keys, with a running maximum and sum."""
    scale = q.shape[-1] ** -0.5
    n = q.shape[-2]
    m = torch.full_like(q[..., :1], -1e4)
    total, out = torch.zeros_like(m), torch.zeros_like(q)
    for start in range(0, n, TILE):
        keys, values = k[..., start : start + TILE, :], v[..., start : start + TILE, :]
        s = q @ keys.transpose(-1, -2) * scale
        future = torch.arange(start, start + keys.shape[-2])[None] > torch.arange(n)[:, None]
        s = s.masked_fill(future, -1e4)
        new = torch.maximum(m, s.amax(-1, keepdim=True))
        p = torch.exp(s - new).masked_fill(future, 0)
        scaled = torch.exp(m - new)
        total, out, m = total * scaled + p.sum(-1, keepdim=True), out * scaled + p @ values, new
    y = out / total
    return y, (y, m + torch.log(total))


def attention_backward(mistake, y_bar, q, k, v, y, lse):
    scale = q.shape[-1] ** -0.5
    n = q.shape[-2]
    d = (y_bar * y).sum(-1, keepdim=True)
    shift = 1 if mistake == "mask off by one" else 0
    q_bar, k_bar, v_bar = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    for start in range(0, n, TILE):
        keys, values = k[..., start : start + TILE, :], v[..., start : start + TILE, :]
        s = q @ keys.transpose(-1, -2) * scale
        future = torch.arange(start, start + keys.shape[-2])[None] > torch.arange(n)[:, None] + shift
        p = torch.exp(s - lse).masked_fill(future, 0)
        v_bar[..., start : start + TILE, :] = p.transpose(-1, -2) @ y_bar
        s_bar = p * (y_bar @ values.transpose(-1, -2) - factor(mistake) * d)
        s_bar = s_bar * (1.0 if mistake == "missing scale" else scale)
        q_bar = q_bar + s_bar @ keys
        k_bar[..., start : start + TILE, :] = s_bar.transpose(-1, -2) @ q
    return q_bar, k_bar, v_bar


def attention_plain(q, k, v):
    s = masked(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5)
    e = torch.exp(s - s.amax(-1, keepdim=True).detach())
    return (e / e.sum(-1, keepdim=True)) @ v


def scatter_forward(x, index):
    return torch.zeros(len(x) // 2 + 1, x.shape[1], dtype=x.dtype).index_add(0, index, x), ()


def scatter_backward(mistake, y_bar, x, index):
    x_bar = y_bar[index] * factor(mistake)
    return (torch.zeros_like(x) if mistake == "zero" else x_bar), None


def scatter_plain(x, index):
    return scatter_forward(x, index)[0]


def routed_forward(x, g):
    top, where = g.topk(2, -1)
    weight = torch.softmax(top, -1)
    return (weight[..., None] * x[:, None] * (1 + where[..., None].to(x.dtype) / 4)).sum(1), (weight, where)


def routed_backward(mistake, y_bar, x, g, weight, where):
    expert = 1 + where.to(x.dtype) / 4
    x_bar = y_bar * (weight * expert).sum(-1, keepdim=True)
    weight_bar = (y_bar * x).sum(-1, keepdim=True) * expert
    top_bar = weight * (weight_bar - factor(mistake) * (weight * weight_bar).sum(-1, keepdim=True))
    return x_bar, torch.zeros_like(g).scatter(-1, where, top_bar)


def routed_plain(x, g):
    return routed_forward(x, g)[0]


def normal(*sizes, scale=1.0):
    return torch.randn(*sizes) * scale


KINDS = (
    Kind("rms norm", rms_forward, rms_backward, rms_plain, lambda n, d: (normal(n, d), normal(d)),
         (*TERMS, "missing reduction", "zero")),
    Kind("layer norm", layer_forward, layer_backward, layer_plain, lambda n, d: (normal(n, d) + 0.5, normal(d), normal(d)),
         (*TERMS, "stale statistic", "sign of a small term", "zero")),
    Kind("group norm", group_forward, group_backward, group_plain, lambda n, d: (normal(n, d), normal(d)), TERMS),
    Kind("softmax", softmax_forward, softmax_backward, softmax_plain, lambda n, d: (normal(n, d, scale=2),), (*TERMS, "zero")),
    Kind("cross entropy", entropy_forward, entropy_backward, entropy_plain,
         lambda n, d: (normal(n, d, scale=2), torch.randint(0, d, (n,))), TERMS),
    Kind("gelu", gelu_forward, gelu_backward, gelu_plain, lambda n, d: (normal(n, d, scale=1.5),), TERMS),
    Kind("swiglu", swiglu_forward, swiglu_backward, swiglu_plain, lambda n, d: (normal(n, d), normal(n, d)), TERMS),
    Kind("rope", rope_forward, rope_backward, rope_plain, lambda n, d: (normal(n, d),), (*TERMS, "sign")),
    Kind("attention", attention_forward, attention_backward, attention_plain,
         lambda n, d: tuple(normal(2, n, min(d, 64)) for _ in range(3)), (*TERMS, "missing scale", "mask off by one")),
    Kind("scatter-add", scatter_forward, scatter_backward, scatter_plain,
         lambda n, d: (normal(n, d), torch.randint(0, n // 2 + 1, (n,))), (*TERMS, "zero")),
    Kind("top-k routing", routed_forward, routed_backward, routed_plain, lambda n, d: (normal(n, d), normal(n, 8)), TERMS),
)  # fmt: skip


def cases(sizes) -> Iterator[tuple[Kind, torch.dtype, torch.dtype | None, tuple[int, int]]]:
    """Yield kind, dtype, what is accumulated in, and size."""
    for kind in KINDS:
        for dtype in DTYPES:
            for accumulate in (torch.float32, None) if dtype != torch.float32 else (torch.float32,):
                for size in sizes:
                    yield kind, dtype, accumulate, size


def given(kind: Kind, dtype: torch.dtype, size: tuple[int, int], seed: int) -> tuple[torch.Tensor, ...]:
    """Return the inputs of a kernel."""
    torch.manual_seed(seed)
    return tuple(x.to(dtype) if x.is_floating_point() else x for x in kind.inputs(*size))


def gates(kind: Kind, kernel: Callable, inputs: tuple[torch.Tensor, ...]) -> tuple[bool, bool]:
    """Return whether allclose, and the gate of twice the error, accept the gradients of a kernel."""
    wide = tuple(x.double() if x.is_floating_point() else x for x in inputs)
    with torch.no_grad():
        y_bar = torch.randn_like(kernel(*inputs))
    truth, same, own = (
        _gradients(fn, x, y_bar) for fn, x in ((kind.plain, wide), (kind.plain, inputs), (kernel, inputs))
    )
    rtol, atol = TOLERANCES[inputs[0].dtype]
    close = all(torch.allclose(a.double(), b, rtol=rtol, atol=atol) for a, b in zip(own, truth, strict=True))
    twice = all(
        (a.double() - t).abs().max() <= 2 * (s.double() - t).abs().max() + 1e-12
        for a, s, t in zip(own, same, truth, strict=True)
    )
    return close, twice


def _gradients(fn: Callable, inputs: tuple[torch.Tensor, ...], y_bar: torch.Tensor) -> tuple[torch.Tensor, ...]:
    leaves = [x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    y = fn(*leaves)
    return torch.autograd.grad(y, [x for x in leaves if x.is_floating_point()], y_bar.to(y.dtype))


def verdict(kind: Kind, kernel: Callable, inputs: tuple[torch.Tensor, ...], mode: str) -> str:
    """Return the outcome of a check, with the reference or without."""
    report = jaccli.gradcheck(kernel, inputs, reference=kind.plain if mode == "reference" else None)
    return str(report.outcome)


def sizes_of(text: str) -> tuple[tuple[int, int], ...]:
    """Return sizes from text such as ``8x64,33x130``."""
    return tuple((int(n), int(d)) for n, _, d in (one.partition("x") for one in text.split(",")))


def modes_of(modes: list[str], inputs: tuple[torch.Tensor, ...], most: int) -> list[str]:
    """Return the modes for inputs: without a reference a check takes time with every number."""
    return [mode for mode in modes if mode == "reference" or max(x.numel() for x in inputs) <= most]


def of_right_kernels(sizes, modes: list[str], most: int) -> None:
    """Print how right kernels end, by mode, and each that does not pass."""
    found: Counter = Counter()
    count = 0
    for kind, dtype, accumulate, size in cases(sizes):
        inputs = given(kind, dtype, size, seed=count)
        kernel = made(kind, accumulate)
        count += 1
        for mode in modes_of(modes, inputs, most):
            outcome = verdict(kind, kernel, inputs, mode)
            found[mode, outcome] += 1
            if outcome != "pass":
                print("right", mode, kind.name, dtype, accumulate, size, outcome, flush=True)
        for gate, accepted in zip(("allclose", "twice"), gates(kind, kernel, inputs), strict=True):
            found[gate, "pass" if accepted else "fail"] += 1
    print(f"{count} right kernels:", {" ".join(key): value for key, value in sorted(found.items())}, flush=True)


def of_wrong_kernels(sizes, modes: list[str], most: int) -> None:
    """Print how many mistakes of each sort are found, by mode and by the gates, of those that each was asked about."""
    found: dict[str, Counter] = {}
    for kind, dtype, accumulate, size in cases(sizes):
        inputs = given(kind, dtype, size, seed=7)
        for mistake in kind.mistakes:
            kernel = made(kind, accumulate, mistake)
            one = found.setdefault(mistake, Counter())
            for mode in modes_of(modes, inputs, most):
                outcome = verdict(kind, kernel, inputs, mode)
                one[mode, outcome] += 1
                if outcome == "pass":
                    print("passed", mode, mistake, kind.name, dtype, accumulate, size, flush=True)
            for gate, accepted in zip(("allclose", "twice"), gates(kind, kernel, inputs), strict=True):
                one[gate, "pass" if accepted else "fail"] += 1
        print(kind.name, dtype, accumulate, size, flush=True)
    columns = (*modes, "allclose", "twice")
    print(f"{'mistake':24}" + "".join(f"{column:>24}" for column in columns))
    for mistake, one in found.items():
        cells = (f"{one[c, 'fail']} of {sum(v for k, v in one.items() if k[0] == c)}" for c in columns)
        open_ = {mode: one[mode, "inconclusive"] for mode in modes}
        print(f"{mistake:24}" + "".join(f"{cell:>24}" for cell in cells) + f"   open: {open_}")


def main() -> None:
    """Print how right and wrong kernels end, by mode; all of it, or a part that takes less time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("right", "wrong", "both"), default="both")
    parser.add_argument("--modes", default="reference,alone")
    parser.add_argument("--sizes", default="2x4,8x64,33x130,64x512", help="of right kernels, as 2x4,8x64")
    parser.add_argument("--wrong-sizes", default="8x64", help="of wrong kernels")
    parser.add_argument(
        "--alone-most", type=int, default=1000, help="numbers of an input, up to which no reference is tried"
    )
    said = parser.parse_args()
    start = time.process_time()
    if said.part != "wrong":
        of_right_kernels(sizes_of(said.sizes), said.modes.split(","), said.alone_most)
    if said.part != "right":
        of_wrong_kernels(sizes_of(said.wrong_sizes), said.modes.split(","), said.alone_most)
    print(f"{time.process_time() - start:.0f} s of processor time, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
