"""PyTorch's own operators on the sample inputs of its own tests: who calls a right derivative wrong, and in what time.

    python benchmarks/torch_operators.py [--samples 3] [--names '^[a-m]'] [--planted 1e-4] [--verbose]

Operators that are differentiable in float64, reverse mode and, where the operator has it, forward mode. ``--planted`` makes the
largest entry of the gradient by the first real input wrong by this share, and counts who still calls it right. Needs torch,
expecttest and a minute or two; ``--names`` runs a part. Seconds are of processor time.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jaccli
from jaccli.adapters.trees import leaves_of, replaced

MAX_ENTRIES = 3000  # of a Jacobian: sample inputs that are larger say nothing new, and take long in both checkers


def main() -> None:
    """Print a line for every disagreement, and the counts."""
    options = _options()
    torch = __import__("torch")
    torch.set_num_threads(1)
    counts: dict[str, Counter[str]] = {"jaccli": Counter(), "torch": Counter()}
    seconds: Counter[str] = Counter()
    operators: set[str] = set()
    for name, label, fn, inputs, op in _cases(torch, options.samples, re.compile(options.names)):
        wrong = _with_error(torch, fn, inputs, options.planted) if options.planted else fn
        if wrong is None:
            continue
        operators.add(name)
        for who, check in (("jaccli", _ours), ("torch", _theirs)):
            start = time.process_time()
            outcome, detail = check(torch, wrong, inputs, op)
            seconds[who] += time.process_time() - start
            counts[who][outcome] += 1
            if (outcome != "pass") != bool(options.planted) and (who == "jaccli" or options.verbose):
                print(f"{who:7s} {outcome:12s} {label}  {detail}", flush=True)
    print(f"{len(operators)} operators, {sum(counts['jaccli'].values())} sample inputs")
    print("           right   called wronginconclusive   not run   seconds")
    for who, found in counts.items():
        row = f"{found['pass']:6d} {found['fail']:14d} {found['inconclusive']:11d} {found['error']:9d} {seconds[who]:9.1f}"
        print(f"  {who:7s} {row}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=3, help="sample inputs per operator")
    parser.add_argument("--names", default="", help="regular expression for operators")
    parser.add_argument("--planted", type=float, default=0.0, help="share by which the largest entry is made wrong")
    parser.add_argument("--verbose", action="store_true", help="show what PyTorch's own checker rejects as well")
    return parser.parse_args()


def _cases(torch: Any, samples: int, names: re.Pattern[str]) -> Iterator[tuple[str, str, Any, Any, Any]]:
    """Yield operators with sample inputs whose Jacobian is not too large: (name, label, function, inputs, operator)."""
    from torch.testing._internal.common_methods_invocations import op_db

    for op in op_db:
        if not (names.search(op.name) and op.supports_autograd):
            continue
        if torch.float64 not in op.supported_dtypes("cpu"):
            continue
        torch.manual_seed(0)
        taken = 0
        for k, sample in enumerate(op.sample_inputs("cpu", torch.float64, requires_grad=True)):
            fn, inputs = _function(op, sample)
            if taken < samples and _usable(torch, fn, inputs):
                taken += 1
                variant = f".{op.variant_test_name}" if op.variant_test_name else ""
                yield op.name + variant, f"{op.name}{variant}[{k}]", fn, inputs, op


def _function(op: Any, sample: Any) -> tuple[Any, tuple[Any, ...]]:
    def fn(*inputs: Any) -> Any:
        answer = op.gradcheck_wrapper(op.get_op(), *inputs, **sample.kwargs)
        return sample.output_process_fn_grad(answer) if sample.output_process_fn_grad else answer

    fn.__name__ = op.name
    return fn, (sample.input, *sample.args)


def _with_error(torch: Any, fn: Any, inputs: Any, share: float) -> Any:
    """Return a function whose gradient is off in its largest entry by the first real input with one; None where there is none."""
    leaves = dict(_tensors(torch, inputs))
    outputs = dict(_tensors(torch, fn(*inputs)))
    best: tuple[float, float, str, str, int, int] | None = None
    wrt = next((n for n, x in leaves.items() if x.requires_grad and not x.is_complex()), None)
    for name, y in outputs.items() if wrt is not None else ():
        if not y.requires_grad or y.is_complex():
            continue
        for i, one in enumerate(y.reshape(-1) if y.layout == torch.strided else ()):
            (row,) = torch.autograd.grad(one, [leaves[wrt]], retain_graph=True, allow_unused=True)
            if row is None or row.layout != torch.strided or not bool(torch.isfinite(row).all()):
                continue
            j = int(row.abs().argmax())
            value = float(row.reshape(-1)[j])
            best = max(best or (0.0, 0.0, "", "", 0, 0), (abs(value), value, name, wrt, i, j))
    if best is None or best[0] == 0.0:
        return None
    _, value, of, wrt, i, j = best

    class Nothing(torch.autograd.Function):  # type: ignore[misc, name-defined, unused-ignore]
        """Zero, with a slope."""

        @staticmethod
        def forward(x: Any) -> Any:
            return 0.0 * x.detach()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            pass

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            return share * value * y_bar

        @staticmethod
        def jvp(ctx: Any, dx: Any) -> Any:
            return share * value * dx

    def wrong(*given: Any) -> Any:
        answer, x = fn(*given), dict(_tensors(torch, given))[wrt]
        y = dict(_tensors(torch, answer))[of]
        at = torch.zeros(y.numel(), dtype=y.dtype)
        at[i] = 1.0
        return replaced(answer, "x", {of: y + at.reshape(y.shape) * Nothing.apply(x.reshape(-1)[j])})

    wrong.__name__ = str(fn.__name__)
    return wrong


def _usable(torch: Any, fn: Any, inputs: Any) -> bool:
    marked = [x for _, x in _tensors(torch, inputs) if x.requires_grad]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs = [y for _, y in _tensors(torch, fn(*inputs)) if y.requires_grad]
    entries = sum(x.numel() for x in marked) * sum(y.numel() for y in outputs)
    return bool(marked) and bool(outputs) and 0 < entries <= MAX_ENTRIES


def _tensors(torch: Any, value: Any) -> list[tuple[str, Any]]:
    return list(leaves_of(value, "x", lambda x: isinstance(x, torch.Tensor)))


def _ours(torch: Any, fn: Any, inputs: Any, op: Any) -> tuple[str, str]:
    report = jaccli.gradcheck(fn, inputs, framework="torch")
    wrong = [
        f"{c.outcome} {c.code} {c.of}/{c.wrt}[{c.tested}] {c.message}"
        for c in report.checks
        if c.outcome not in ("pass", "skipped")
    ]
    return ("inconclusive" if report.ok and wrong else report.outcome), "; ".join(wrong[:2])[:300]


def _theirs(torch: Any, fn: Any, inputs: Any, op: Any) -> tuple[str, str]:
    leaves = dict(_tensors(torch, inputs))
    marked = [name for name, x in leaves.items() if x.requires_grad]

    smooth = {name for name, y in _tensors(torch, fn(*inputs)) if y.requires_grad}

    def flat(*values: Any) -> Any:
        answer = fn(*replaced(inputs, "x", dict(zip(marked, values, strict=True))))
        return tuple(y for name, y in _tensors(torch, answer) if name in smooth)

    copies = [leaves[name].detach().clone().requires_grad_() for name in marked]
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.autograd.gradcheck(flat, copies, check_forward_ad=op.supports_forward_ad)
    except Exception as error:
        kind = "fail" if "GradcheckError" in type(error).__name__ else "error"
        return kind, str(error).strip().split("\n")[0][:160]
    return "pass", ""


if __name__ == "__main__":
    main()
