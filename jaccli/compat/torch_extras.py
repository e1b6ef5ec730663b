"""What PyTorch's gradcheck asks of a backward beyond its numbers: batches, undefined cotangents, sparse inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["batched", "batched_forward", "of_dense", "repeated", "undefined"]


def of_dense(
    torch: Any, func: Callable[..., Any], inputs: tuple[Any, ...]
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return the function, and its inputs, of the values of sparse inputs instead of these."""
    sparse = [isinstance(x, torch.Tensor) and x.layout != torch.strided for x in inputs]
    if not any(sparse):
        return func, inputs

    def of_values(*values: Any) -> Any:
        return func(*(_sparse(torch, v, x) if is_ else v for v, x, is_ in zip(values, inputs, sparse, strict=True)))

    return of_values, tuple(_values(torch, x) if is_ else x for x, is_ in zip(inputs, sparse, strict=True))


def _values(torch: Any, x: Any) -> Any:
    held = x.coalesce() if x.layout == torch.sparse_coo else x
    return held.values().detach().clone().requires_grad_(x.requires_grad)


def _sparse(torch: Any, values: Any, like: Any) -> Any:
    if like.layout == torch.sparse_coo:
        indices = like.detach().coalesce().indices()
        return torch.sparse_coo_tensor(indices, values, like.shape, is_coalesced=True, check_invariants=False)
    rows = like.layout in (torch.sparse_csr, torch.sparse_bsr)
    outer, inner = (like.crow_indices(), like.col_indices()) if rows else (like.ccol_indices(), like.row_indices())
    return torch.sparse_compressed_tensor(outer, inner, values, like.shape, layout=like.layout, check_invariants=False)


def repeated(torch: Any, func: Callable[..., Any], inputs: tuple[Any, ...], tolerance: float) -> str:
    """Return by how much a backward that is asked twice for the same differs from itself, "" up to ``tolerance``."""
    wanted = _wanted(torch, inputs)
    for k, y in enumerate(_outputs(torch, func, inputs)):
        seed = torch.randn(y.shape, dtype=y.dtype, generator=torch.Generator().manual_seed(0))
        backward = partial(torch.autograd.grad, inputs=wanted, grad_outputs=seed, retain_graph=True, allow_unused=True)
        try:
            first, second = backward(y), backward(y)
        except RuntimeError:  # one that frees its graph: once for each forward
            first, second = (backward(_outputs(torch, func, inputs)[k]) for _ in range(2))
        pairs = [(one, two) for one, two in zip(first, second, strict=True) if one is not None and two is not None]
        most = max((float((one - two).abs().max()) for one, two in pairs if one.numel()), default=0.0)
        if most > tolerance:
            return f"backward is not repeatable: asked twice for the same, it differs by {most:.1e} (nondet_tol={tolerance:g})"
    return ""


def undefined(torch: Any, func: Callable[..., Any], inputs: tuple[Any, ...]) -> str:
    """Return what is wrong with a backward whose cotangents are undefined, all or one of them; "" where it takes them as zero."""
    wanted = _wanted(torch, inputs)
    outputs = _outputs(torch, func, inputs)
    chosen = [range(len(outputs)), *([k] for k in range(len(outputs)) if len(outputs) > 1)]
    for without in chosen:
        outputs = _outputs(torch, func, inputs)
        held = [torch._C._functions.UndefinedGrad()(y) if k in without else y for k, y in enumerate(outputs)]
        zeros = [torch.zeros_like(y) for y in outputs]
        try:
            found = torch.autograd.grad(held, wanted, zeros, allow_unused=True) if held else ()
        except RuntimeError as error:
            return f"backward does not take an undefined cotangent (None) as zero: {error}"
        if any(x_bar is not None and bool(x_bar.ne(0).any()) for x_bar in found):
            return "backward must return zero for a cotangent that is undefined (None) or zero"
    return ""


def batched(torch: Any, func: Callable[..., Any], inputs: tuple[Any, ...]) -> str:
    """Return how cotangents pulled back together differ from the same pulled back one by one, "" where they agree."""
    wanted = _wanted(torch, inputs)
    for y in _outputs(torch, func, inputs):
        seeds = torch.randn((2, *y.shape), dtype=y.dtype, generator=torch.Generator().manual_seed(0))
        options = {"retain_graph": True, "allow_unused": True}
        try:
            together = torch.autograd.grad(y, wanted, seeds, is_grads_batched=True, **options)
        except RuntimeError as error:
            return f"batched gradients cannot be computed: {error}"
        single = [torch.autograd.grad(y, wanted, seed, **options) for seed in seeds]
        for k, batch in enumerate(together):
            if batch is not None and not torch.allclose(batch, torch.stack([row[k] for row in single])):
                return f"batched gradients of input {k} differ from those computed one by one"
    return ""


def batched_forward(torch: Any, func: Callable[..., Any], inputs: tuple[Any, ...]) -> str:
    """Return how tangents pushed forward together differ from the same pushed one by one, "" where they agree."""
    generator = torch.Generator().manual_seed(0)
    for k, x in enumerate(inputs):
        if not (isinstance(x, torch.Tensor) and x.requires_grad):
            continue

        def along(dx: Any, k: int = k, x: Any = x) -> Any:
            return torch.func.jvp(lambda v: func(*inputs[:k], v, *inputs[k + 1 :]), (x.detach(),), (dx,))[1]

        seeds = torch.randn((2, *x.shape), dtype=x.dtype, generator=generator)
        try:
            together = torch.func.vmap(along)(seeds)
        except RuntimeError as error:
            return f"batched forward gradients cannot be computed: {error}"
        single = [along(seed) for seed in seeds]
        pairs = zip(_listed(together), zip(*map(_listed, single), strict=True), strict=True)
        if not all(torch.allclose(batch, torch.stack(rows)) for batch, rows in pairs):
            return f"batched forward gradients by input {k} differ from those computed one by one"
    return ""


def _listed(value: Any) -> Any:
    return value if isinstance(value, (tuple, list)) else (value,)


def _wanted(torch: Any, inputs: tuple[Any, ...]) -> list[Any]:
    return [x for x in inputs if isinstance(x, torch.Tensor) and x.requires_grad]


def _outputs(torch: Any, func: Callable[..., Any], inputs: tuple[Any, ...]) -> list[Any]:
    return [y for y in _listed(func(*inputs)) if isinstance(y, torch.Tensor) and y.requires_grad]
