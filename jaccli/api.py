"""Python functions: judge derivatives that someone else wrote, in a call or in a test.

It is longer than most modules, since most of it tells the arguments of the public functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from jaccli.adapters import Task, TroubleError, adapt, without_trouble
from jaccli.adapters.source import file_of, title_of
from jaccli.checker.after.shrink_call import program, shrunk
from jaccli.checker.crashed import lost_report
from jaccli.checker.effort.budget import Budget
from jaccli.checker.functions.against.compare import compared
from jaccli.checker.functions.numerical import Numerical, numerical
from jaccli.checker.functions.run import check
from jaccli.checker.functions.sizes import read_sizes
from jaccli.checker.functions.swept import swept
from jaccli.checker.options import CheckOptions
from jaccli.errors import UsageError
from jaccli.report.gradcheck.text import headline, report_text
from jaccli.results.checks import Report
from jaccli.results.kinds import Outcome
from jaccli.tasks.pool import Lost
from jaccli.tasks.spread import check_executor, each, spread

__all__ = [
    "assert_gradients",
    "compare",
    "gradcheck",
    "gradcheck_all",
    "jacobian",
    "report_text",
    "smallest_example",
    "sweep",
]


def gradcheck(
    fn: Any,
    inputs: Any,
    jacobian: Any = None,
    vjp: Any = None,
    jvp: Any = None,
    framework: str = "auto",
    vectorized: bool = False,
    rtol: float | None = None,
    seed: int = 0,
    domain: Mapping[str, str] | None = None,
    directions: int | None = None,
    full: bool = False,
    timeout: float | None = None,
    hessian: Any = None,
    hvp: Any = None,
    scale: Any = None,
    atol: float = 0.0,
    reference: Any = None,
    executor: Any = None,
    layouts: bool = False,
    order: int = 1,
) -> Report:
    """Return the verdicts on the derivatives of ``fn`` at ``inputs``, each weighed against differences with error bars.

    fn:         fn(*inputs) for a tuple of arrays, fn(inputs) for a bare array, fn(**inputs) for a mapping; it returns an array, a
                number, or a tuple or dict of them, called y0, y1 … or by their keys. Integer inputs are not differentiated.
                With a framework the derivatives are its own, inputs and outputs may be nested, and ``fn`` may be a module. One of
                PyTorch with 200,000 parameters or more is judged as a whole, where nothing but ``seed``, ``rtol`` and
                ``timeout`` is given (docs/scale.md).
    jacobian:   called like fn; returns an array of shape out.shape + in.shape, or a tuple or mapping of them, one per input;
                with several outputs a tuple or mapping of these, one per output.
    vjp:        vjp(inputs, y_bar) returns one cotangent per input; y_bar is built like fn's answer. Of several inputs it may take
                them one by one, and returns a tuple, a list, or a dict by name: ``vjp=lambda x, b, y_bar: (y_bar * b, y_bar * x)``.
    jvp:        jvp(inputs, dx) returns one tangent per output; dx is built like ``inputs``. Also ``jvp=lambda x, b, dx, db: …``.
    framework:  "numpy", "torch", "jax", "tensorflow" or "autograd"; "auto" tells by the inputs, the function and its answer.
    vectorized: fn takes a leading batch axis on every array and returns one: all points of a difference then go in one call.
    rtol:       the relative error that matters; by default 1e-6, 1e-3 where input or output is float32, 0.02 float16, 0.1 bfloat16.
    seed:       makes the random directions repeatable.
    domain:     where an input must stay, by its name: "symmetric", "positive definite", "lower", "upper", "positive",
                "nonnegative", "negative" or "unit" (0 to 1): the function is evaluated nowhere else.
    directions: the number of random directions to use instead of every column of the Jacobian; by default 8 where the columns
                would take more than 40,000 calls, or a block has more than a million entries. What they show is in each check's
                ``guarantee``.
    full:       every column, whatever it costs.
    timeout:    seconds for the whole call; what takes longer, or never returns, is stopped and inconclusive (in the main thread,
                on systems with timers).
    hessian:    second derivatives, called like fn: for one input an array of shape in.shape + in.shape, for several a tuple or
                mapping of rows, one per input. Judged against differences of ``jacobian`` or ``vjp``, one of which must be there.
    hvp:        hvp(inputs, dx) returns the Hessian times dx, one array per input; its symmetry is checked as well.
    scale:      what steps are relative to, where that is not the size of an input, as for 1e-6 beside constants of 1: a number, an
                array, or these by input, as in scale={"x": 1.0}.
    atol:       an absolute error that is as good as none: an entry that is surely off by no more passes.
    reference:  the same mathematics in ordinary operations, called like fn. It is evaluated in float64 at the numbers that fn gets,
                and fn is judged in its own precision against it: values, and derivatives in reverse mode. For kernels that refuse
                float64 (docs/kernels.md).
                Or a word for what alone is to judge: "segments", which leaves open what does not agree, or "difference"; "auto", as
                None, begins with segments where they take less, and asks differences where they do not agree.
    layouts:    whether the same is asked with tensors of PyTorch that are strided, transposed, expanded and unaligned, as inputs
                and as cotangents; and, where there is a reference, whether rows change when other rows join.
    executor:   where ``fn`` is evaluated at the points of differences, each by itself: any ``concurrent.futures.Executor``, dask's
                ``Client.get_executor()``, that of loky or ``mpi4py.futures``. It pays for a function that takes long.
    order:      2 judges second derivatives instead: ``hessian`` and ``hvp``, or those of a framework's own gradient, by reverse and
                forward mode over reverse. The gradient of an output that is no single number is its product with a random
                cotangent. Blocks are called ``y/x`` by ``w``.
    Errors:     MissingLibrary for a framework that is not installed; UsageError for a call that makes no sense. What goes wrong
                inside fn or a derivative is a row of the report.
    Example:    ``jaccli.gradcheck(np.sin, x, jacobian=lambda x: np.diag(np.cos(x))).ok  # True``
    """
    word = reference if isinstance(reference, str) else "auto"
    options = CheckOptions(
        rtol=rtol, atol=atol, seed=seed, directions=directions, full=full, timeout=timeout, reference=word, order=order,
        layouts=layouts,
    )  # fmt: skip
    against = None if isinstance(reference, str) else reference
    task = Task(
        fn, inputs, jacobian, vjp, jvp, hessian, hvp, vectorized=vectorized, domain=domain, scale=scale, against=against
    )
    return check(task, framework, options, Budget(timeout), lambda subject: nullcontext(spread(subject, executor)))


def compare(
    fn: Any,
    other: Any,
    inputs: Any,
    reference: Any = None,
    framework: str = "auto",
    rtol: float | None = None,
    seed: int = 0,
    timeout: float | None = None,
) -> Report:
    """Return the verdicts on the values and derivatives of two implementations of one function, each by the truth in float64.

    fn, other:  called alike, as a function and ``torch.compile`` of it, or ``jax.jit`` of it.
    reference:  the same mathematics in ordinary operations; without it, ``fn`` itself in float64 is the truth.
    Others:     as in ``gradcheck``. The rows of ``fn`` are called first, those of ``other`` second; a failure says which is right.
    Errors:     as for ``gradcheck``; where ``fn`` refuses float64 and there is no reference, a row says so.
    Example:    ``jaccli.compare(f, torch.compile(f), (x, w)).ok``
    """
    if reference is not None and not callable(reference):
        kind = type(reference).__name__
        raise UsageError(f"'reference' must be a function called like {title_of(fn)} (got a {kind})")
    if not callable(other):
        raise UsageError(f"'other' must be callable (got a {type(other).__name__})")
    options = CheckOptions(rtol=rtol, seed=seed, timeout=timeout)
    first = Task(fn, inputs, against=reference if reference is not None else fn)
    pair = [("first", first), ("second", replace(first, fn=other))]
    return compared(pair, framework, options, Budget.of(timeout))


def jacobian(
    fn: Any,
    inputs: Any,
    framework: str = "auto",
    vectorized: bool = False,
    rtol: float | None = None,
    domain: Mapping[str, str] | None = None,
    timeout: float | None = None,
    executor: Any = None,
) -> Numerical:
    """Return the Jacobian of ``fn`` by differences, with an error bar for every entry; arguments as in ``gradcheck``.

    Errors:  UsageError where the function cannot be used at this point, or there was no time.
    Example: ``jaccli.jacobian(np.sin, np.array([0.5, 1.0])).array  # diag(cos x), to ten digits or so``
    """
    task = Task(fn, inputs, vectorized=vectorized, domain=domain, checked=False)
    budget = Budget.of(timeout)
    try:
        subject = spread(without_trouble(budget.limited(lambda: adapt(task, framework))), executor)
        return numerical(subject, rtol=rtol, timeout=budget)
    except TroubleError as error:
        raise UsageError(
            f"{error.trouble.code} {error.trouble.message}; {error.trouble.help}".removesuffix("; ")
        ) from error


def assert_gradients(
    fn: Any, inputs: Any, jacobian: Any = None, vjp: Any = None, jvp: Any = None, **options: Any
) -> None:
    """Raise AssertionError with the terminal's text unless every derivative of ``fn`` passes; arguments as in ``gradcheck``."""
    __tracebackhide__ = True  # pytest shows the verdict, not this function
    report = gradcheck(fn, inputs, jacobian, vjp, jvp, **options)
    if not report.ok:
        raise AssertionError(f"{headline(report)}\n\n{report_text(report)}")


def smallest_example(
    fn: Any, inputs: Any, jacobian: Any = None, vjp: Any = None, jvp: Any = None, **options: Any
) -> str:
    """Return a program with the smallest arrays and roundest numbers for which ``gradcheck`` of NumPy functions still fails.

    Arguments as in ``gradcheck``; "" where nothing fails. Functions that can be imported are, others are left to be put in.
    Example: ``print(jaccli.smallest_example(f, x, jacobian=df))``
    """

    def codes(point: Any) -> set[str | None]:
        report = gradcheck(fn, point, jacobian, vjp, jvp, **options)
        return {check.code for check in report.checks if check.outcome == Outcome.FAIL}

    known = codes(inputs)
    if not known:
        return ""
    smaller = shrunk(inputs, lambda point: bool(known & codes(point)))
    return program(fn, smaller, {"jacobian": jacobian, "vjp": vjp, "jvp": jvp}, options)


def gradcheck_all(calls: Iterable[Any], executor: Any = None, **options: Any) -> tuple[Report, ...]:
    """Return the reports on many functions in the order of the calls, checked by the workers of an executor.

    calls:    for each check (fn, inputs), or a mapping of the arguments of ``gradcheck``.
    executor: any ``concurrent.futures.Executor``, dask's ``Client.get_executor()``, that of loky or ``mpi4py.futures``; this
              process where there is none. Functions are importable on its workers, unless it sends code, as dask and loky do.
    options:  as in ``gradcheck``, for all of them.
    Law:      the reports are those of ``gradcheck``, but for their seconds, whatever the number of workers. A check whose worker
              ends is a row (JAC322) and the others go on, as far as the executor does; what isolates them is the executor's.
    Example:  ``jaccli.gradcheck_all([(f, x), (g, x)], executor=client.get_executor())``
    """
    asked = [_arguments(call, options) for call in calls]
    if executor is not None:
        check_executor(executor)
    found = each(executor, _checked, asked)
    return tuple(_or_lost(one, asked[k]["fn"], asked[k].get("seed", 0)) for k, one in enumerate(found))


def _arguments(call: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(call, Mapping) and "fn" in call and "inputs" in call:
        return {**options, **call}
    if isinstance(call, tuple) and len(call) == 2:
        return {**options, "fn": call[0], "inputs": call[1]}
    raise UsageError(
        f"a call must be (fn, inputs), or a mapping of the arguments of gradcheck (got a {type(call).__name__})"
    )


def _checked(arguments: Mapping[str, Any]) -> Report:
    return gradcheck(**arguments)


def _or_lost(found: Report | Lost, fn: Any, seed: int) -> Report:
    if isinstance(found, Report):
        return found
    name = f"{file_of(fn)}::{title_of(fn)}"
    return lost_report(name, found.reason, seed, f"jaccli.gradcheck({title_of(fn)}, …, seed={seed})")


def sweep(fn: Any, make: Any, sizes: Mapping[str, Any], seed: int = 0, executor: Any = None, **options: Any) -> Report:
    """Return the verdicts on ``fn`` at inputs of many sizes.

    make:    called with a number by each name of ``sizes``, as in ``make(seq=3, d=64)``; it returns the inputs.
    sizes:   name → a number, a list, or a range such as "1..130", of which the ends, small ones, primes and 2^k - 1, 2^k and
             2^k + 1 are taken: where tiles do not fit. Of more than 48 combinations a part is checked, in which each size occurs.
    options: as in ``gradcheck``, such as ``reference=plain``.
    executor: as in ``gradcheck_all``: the sizes are checked by its workers.
    Where something fails, ``report.smallest`` says the smallest sizes at which it does.
    Errors:  UsageError for what is no size; those of ``gradcheck``.
    Example: ``jaccli.sweep(kernel, lambda seq, d: torch.randn(seq, d).half(), {"seq": "1..130", "d": 64}, reference=plain).ok``
    """
    if not sizes:
        raise UsageError('\'sizes\' must name at least one size, as in sizes={"n": "1..130"}')
    known = {name: read_sizes(name, said) for name, said in sizes.items()}
    sized = partial(_sized, fn, make, {"seed": seed, **options})
    if executor is None:
        return swept(sized, known, seed)
    check_executor(executor)
    return swept(sized, known, seed, lambda all_: [_or_lost(one, fn, seed) for one in each(executor, sized, all_)])


def _sized(fn: Any, make: Any, options: Mapping[str, Any], one: Mapping[str, int]) -> Report:
    return gradcheck(fn, make(**one), **options)
