"""``torch.autograd.gradcheck`` and ``gradgradcheck``, judged with error bars.

Tolerances left at PyTorch's defaults are taken as not given: jaccli's own then hold, 1e-6 for float64. ``eps`` and ``fast_mode``
choose how PyTorch takes differences and have no meaning here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jaccli.adapters.framework import library
from jaccli.compat.judging import judged
from jaccli.report.text import report_text

__all__ = ["gradcheck", "gradgradcheck"]

ATOL, RTOL = 1e-05, 0.001


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-06,
    atol: float = ATOL,
    rtol: float = RTOL,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Return True where the derivatives of ``func`` are right, by the arguments of ``torch.autograd.gradcheck``.

    Errors: ``GradcheckError`` with the terminal's text where one is wrong or nothing could be decided, False instead of it
            without ``raise_exception``; ValueError where no input requires a gradient.
    """
    torch = library("torch", "PyTorch", "torch")
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    if not any(isinstance(x, torch.Tensor) and x.requires_grad for x in given):
        raise ValueError("gradcheck expects at least one input tensor to require gradient, that is requires_grad=True")
    modes = [mode for mode, asked in (("reverse", check_backward_ad), ("forward", check_forward_ad)) if asked]
    if not modes:
        raise ValueError("gradcheck has nothing to check: both check_backward_ad and check_forward_ad are False")
    report = judged(
        func, given, "torch", modes,
        rtol=None if rtol == RTOL else rtol, atol=0.0 if atol == ATOL else atol, noise=nondet_tol,
    )  # fmt: skip
    missing = [check.message for check in report.checks if check.code == "JAC307"]
    message = "" if report.ok and not missing else "\n".join([*missing, report_text(report)])
    if not message and (check_batched_grad or check_batched_forward_grad):
        message = _batched(torch, func, given)
    if message and raise_exception:
        raise library("torch.autograd.gradcheck", "PyTorch", "torch").GradcheckError(message)
    return not message


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-06,
    atol: float = ATOL,
    rtol: float = RTOL,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Return True where the derivatives of the gradient of ``func`` are right, as ``torch.autograd.gradgradcheck``."""
    torch = library("torch", "PyTorch", "torch")
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    count = len(given)
    cotangents = _cotangents(torch, func(*given), grad_outputs)

    marked = [isinstance(x, torch.Tensor) and x.requires_grad for x in given]

    def gradient(*values: Any) -> Any:
        with torch.enable_grad():
            primals = tuple(_tracked(torch, x) for x in values[:count])
            outputs = zip(_smooth(torch, func(*primals)), values[count:], strict=True)
            pairs = [(y, y_bar) for y, y_bar in outputs if y.requires_grad]
            wanted = [x for x, asked in zip(primals, marked, strict=True) if asked]
            options = {"create_graph": True, "allow_unused": True}
            found = torch.autograd.grad([y for y, _ in pairs], wanted, [y_bar for _, y_bar in pairs], **options)
        return tuple(part for part in found if part is not None)

    return gradcheck(
        gradient, (*given, *cotangents), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


def _tracked(torch: Any, x: Any) -> Any:
    smooth = isinstance(x, torch.Tensor) and (x.is_floating_point() or x.is_complex())
    return x.requires_grad_() if smooth and not x.requires_grad else x


def _smooth(torch: Any, outputs: Any) -> list[Any]:
    several = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    return [y for y in several if isinstance(y, torch.Tensor) and (y.is_floating_point() or y.is_complex())]


def _cotangents(torch: Any, outputs: Any, given: Any) -> tuple[Any, ...]:
    """Return the cotangents, random ones where none are given, ready to be differentiated by."""
    if given is not None:
        return tuple(given) if isinstance(given, Sequence) else (given,)
    generator = torch.Generator().manual_seed(0)
    return tuple(
        torch.randn(y.shape, dtype=y.dtype, generator=generator).requires_grad_() for y in _smooth(torch, outputs)
    )


def _batched(torch: Any, func: Callable[..., Any], inputs: tuple[Any, ...]) -> str:
    """Return how cotangents pulled back together differ from the same pulled back one by one, "" where they agree."""
    wanted = [x for x in inputs if isinstance(x, torch.Tensor) and x.requires_grad]
    for y in _smooth(torch, func(*inputs)):
        if not y.requires_grad:
            continue
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
