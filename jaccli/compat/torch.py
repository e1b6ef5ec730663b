"""``torch.autograd.gradcheck`` and ``gradgradcheck``, judged with error bars.

Tolerances that are not given are jaccli's own, 1e-6 of each entry for float64; an ``rtol`` or ``atol`` that is given holds as in
PyTorch. ``eps`` and ``fast_mode`` choose how PyTorch takes differences and have no meaning here; a gradient of another dtype
than its input (``check_grad_dtypes``) is always an error. Sparse inputs are checked by the elements that they specify, whether
``masked`` or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from jaccli.adapters.framework import library
from jaccli.adapters.source import title_of
from jaccli.compat.judging import Default, judged, named
from jaccli.compat.torch_extras import batched, batched_forward, of_dense, repeated, undefined
from jaccli.report.gradcheck.text import report_text

__all__ = ["gradcheck", "gradgradcheck"]

ATOL, RTOL = Default(1e-05), Default(0.001)


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

    Errors: ``GradcheckError`` with the terminal's text where one is wrong or was not verified, False instead of it
            without ``raise_exception``; ValueError where no input requires a gradient; what ``func`` raises.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("gradcheck has nothing to check: both check_backward_ad and check_forward_ad are False")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("check_batched_grad=True needs check_backward_ad=True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("check_batched_forward_grad=True needs check_forward_ad=True")
    message = _found(
        func, inputs, rtol=rtol, atol=atol, noise=nondet_tol, reverse=check_backward_ad, forward=check_forward_ad,
        undefined_=check_undefined_grad and check_backward_ad,
        batched_=check_batched_grad, batched_forward_=check_batched_forward_grad,
    )  # fmt: skip
    if message and raise_exception:
        raise library("torch.autograd.gradcheck", "PyTorch", "torch").GradcheckError(message)
    return not message


def _found(
    func: Callable[..., Any], inputs: Any, *, rtol: float, atol: float, noise: float, reverse: bool, forward: bool,
    undefined_: bool, batched_: bool, batched_forward_: bool,
) -> str:  # fmt: skip
    """Return what is wrong with the derivatives of ``func``, "" where nothing is.

    Errors: ValueError where no input requires a gradient, or an output is sparse; what ``func`` raises.
    """
    torch = library("torch", "PyTorch", "torch")
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    if not any(isinstance(x, torch.Tensor) and x.requires_grad for x in given):
        raise ValueError("gradcheck expects at least one input tensor to require gradient, that is requires_grad=True")
    outputs = _smooth(torch, func(*given))
    if any(y.layout != torch.strided for y in outputs):
        raise ValueError("Sparse output is not supported at gradcheck yet: return its to_dense(masked_grad=...)")
    dense, values = of_dense(torch, func, given)
    modes = [mode for mode, asked in (("reverse", reverse), ("forward", forward)) if asked]
    if any(x.requires_grad and x.numel() for x in values if isinstance(x, torch.Tensor)) and any(map(_numel, outputs)):
        report = judged(dense, values, "torch", modes, rtol=_given(rtol), atol=_given(atol) or 0.0, noise=noise)
        missing = [check.message for check in report.checks if check.code == "JAC307"]
        if missing or not report.ok:
            of = getattr(func, "derivative_of", None)
            report = named(report, of, f"gradgradcheck({title_of(of)}, inputs)") if of else report
            return "\n".join([*missing, report_text(report)])
    repeats = partial(repeated, tolerance=noise)
    others = ((reverse, repeats), (undefined_, undefined), (batched_, batched), (batched_forward_, batched_forward))
    return next((wrong for asked, test in others if asked and (wrong := test(torch, dense, values))), "")


def _given(tolerance: float) -> float | None:
    return None if isinstance(tolerance, Default) else tolerance


def _numel(tensor: Any) -> int:
    return int(tensor.numel())


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
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("gradgradcheck needs check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("check_undefined_grad=True needs check_rev_over_rev=True")
    cotangents = _cotangents(torch, func(*given), grad_outputs, gen_non_contig_grad_outputs)

    marked = [isinstance(x, torch.Tensor) and x.requires_grad for x in given]

    def gradient(*values: Any) -> Any:
        with torch.enable_grad():
            primals = [_tracked(torch, x) if asked else x for x, asked in zip(values[:count], marked, strict=True)]
            outputs = zip(_smooth(torch, func(*primals)), values[count:], strict=True)
            pairs = [(y, y_bar) for y, y_bar in outputs if y.requires_grad]
            wanted = [x for x, asked in zip(primals, marked, strict=True) if asked]
            options = {"create_graph": True, "allow_unused": True}
            found = torch.autograd.grad([y for y, _ in pairs], wanted, [y_bar for _, y_bar in pairs], **options)
        return tuple(part for part in found if part is not None)

    gradient.derivative_of = func  # type: ignore[attr-defined]
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


def _cotangents(torch: Any, outputs: Any, given: Any, apart: bool) -> tuple[Any, ...]:
    """Return the cotangents, random ones where none are given, with gaps in memory where ``apart``."""
    if given is not None:
        return tuple(given) if isinstance(given, Sequence) else (given,)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        drawn = [torch.randn((*y.shape, 1 + apart), dtype=y.dtype)[..., 0] for y in _smooth(torch, outputs)]
    return tuple(y_bar.requires_grad_() for y_bar in drawn)
