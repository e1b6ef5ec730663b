"""What an adapter must know of a framework: its arrays, how to call a function, reverse mode and forward mode.

Longer than other modules, since it is one interface: a method with its sentence for each thing that is asked of a framework.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from jaccli.adapters.source import file_of, positional_names, raised, span_of, title_of
from jaccli.adapters.subject import Trouble
from jaccli.adapters.trees import leaves_of, replaced
from jaccli.errors import MissingLibrary, Span
from jaccli.types import Array

__all__ = ["Arrays", "Call", "Framework", "Mapped", "NoRule", "Pullback", "Run", "Together", "Unsupported", "library"]

Arrays = dict[str, Any]  # a framework's arrays by name
Run = Callable[[Arrays], Arrays]  # the differentiated inputs → the outputs with a derivative
Mapped = Callable[[Arrays, Arrays], Arrays]  # inputs, and many points of some of them → the outputs at all points
Together = Callable[
    [Arrays, Arrays, Arrays], Arrays
]  # likewise, and a cotangent or tangent for each point → all products
Pullback = Callable[[Arrays], dict[str, Any]]  # cotangents by output → by input, None where there is none


class Unsupported(Exception):  # noqa: N818 - not an error: the function was never meant to have it
    """The function has no derivative of this mode, as a custom function without a rule for it."""


class NoRule(Unsupported):
    """Likewise, and that is a custom function of the user's, which should have one for some mode."""


def library(module: str, title: str, extra: str) -> Any:
    """Return a framework's module.

    Errors: MissingLibrary, naming the extra, where it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        message = f"'framework' {extra!r} needs {title}, which cannot be imported ({error}); try: pip install 'jaccli[{extra}]'"
        raise MissingLibrary(message) from error


@dataclass(frozen=True, slots=True)
class Call:
    """A function as it will be called.

    values  everything that goes in, by name: the inputs as the user nested them, then parameters
    run     (values) → what the function answers
    brought names of parameters that the function brought along
    text    the inputs, as written in a call of ``jaccli.gradcheck``
    """

    values: Mapping[str, Any]
    run: Callable[[Mapping[str, Any]], Any]
    brought: frozenset[str] = frozenset()
    text: str = ""


class Framework:
    """One framework; what a subclass does not say differently holds for most of them."""

    title = ""
    registered = "as a weight of a layer"  # how a function's own variables come to be differentiated
    held = False  # whether the framework is held as checks need it
    casts = False  # whether ``forced`` has an effect
    forced = False  # whether the function's own casts are held to doubles as well, where it is evaluated in them
    batches = False  # whether ``vmap`` can do it at all
    singly = 0  # points up to which each is a call of its own: a batch has costs of its own
    products_at_once = False  # whether products at many points take hardly longer than at one
    mutable = True  # whether a function can write into its inputs
    narrow = False  # whether fresh arrays of double precision are of single instead, where it can be done
    exact = (
        False  # whether settings by which it computes with fewer digits than its arrays have are off while it is held
    )
    conjugate = False  # whether a cotangent is ∂L/∂Re z − i·∂L/∂Im z, as in JAX, or with a plus, as in PyTorch

    # --- arrays

    def is_array(self, value: Any) -> bool:
        """Return whether a value is one of the framework's arrays."""
        raise NotImplementedError

    def from_numpy(self, value: Array) -> Any:
        """Return one of the framework's arrays with the numbers of a NumPy array."""
        raise NotImplementedError

    def numpy(self, array: Any) -> Array:
        """Return an array's numbers, floats as float64, complex ones as complex128."""
        raise NotImplementedError

    def array_like(self, array: Any, value: Array, wide: bool = False) -> Any:
        """Return a fresh array of the dtype and layout of ``array`` with other numbers; ``wide`` in double precision."""
        raise NotImplementedError

    def copied(self, array: Any, wide: bool = False) -> Any:
        """Return a fresh copy of an array; ``wide`` in double precision."""
        return self.array_like(array, self.numpy(array), wide)

    def leaf(self, array: Any) -> Any:
        """Return what reverse mode differentiates by: a copy, or the array itself where a rule may also reach it otherwise."""
        return self.copied(array)

    def seed(self, array: Any, value: Array) -> Any:
        """Return a tangent or cotangent of the dtype of ``array``."""
        return self.array_like(array, value)

    def batched(self, array: Any, values: Array, wide: bool) -> Any:
        """Return many values of ``array``, stacked along a leading axis."""
        return self.array_like(array, values, wide)

    def each_like(self, array: Any, values: Array, wide: bool = False) -> list[Any]:
        """Return a fresh array, as ``array_like`` does, for each of many values of ``array``, stacked along a leading axis."""
        return [self.array_like(array, value, wide) for value in values]

    def kind(self, array: Any) -> str:
        """Return ``f`` for floats, ``c`` for complex numbers, ``i`` for what has no derivative."""
        raise NotImplementedError

    def precision(self, array: Any) -> float:
        """Return the machine epsilon of a floating-point array's dtype."""
        raise NotImplementedError

    def device_name(self, array: Any) -> str:
        """Return the device an array lies on, "" for the memory of the host."""
        return ""

    def has_doubles(self, device: str) -> bool:
        """Return whether a device computes in float64."""
        return True

    def coarse_settings(self) -> tuple[str, ...]:
        """Return the settings in force that compute products with fewer digits than their operands have, such as TF32."""
        return ()

    def finely(self) -> AbstractContextManager[None]:
        """Hold such settings off."""
        return nullcontext()

    def dtype_name(self, array: Any) -> str:
        """Return the dtype as a user writes it."""
        return str(array.dtype)

    def opened(self, answer: Any) -> Any:
        """Return an answer in containers of Python, where the framework has its own."""
        return answer

    def leaves(self, value: Any, name: str) -> Iterator[tuple[str, Any]]:
        """Yield the arrays in a nested value with their names."""
        return leaves_of(value, name, self.is_array)

    def replaced(self, value: Any, name: str, new: Mapping[str, Any]) -> Any:
        """Return a nested value with other arrays in it."""
        return replaced(value, name, new)

    def wanted(self, arrays: Arrays, brought: frozenset[str]) -> list[str]:
        """Return the names of the arrays to differentiate, among those that have a derivative."""
        return list(arrays)

    # --- functions

    def prepared(self, fn: Any, inputs: Any) -> Call:
        """Return how ``fn`` is called with its inputs."""
        if isinstance(inputs, Mapping):
            text = "{" + ", ".join(f"{name!r}: {name}" for name in inputs) + "}"
            return Call({str(k): v for k, v in inputs.items()}, lambda values: fn(**values), text=text)
        if isinstance(inputs, tuple):
            names = positional_names(self.definition(fn), len(inputs))
            text = f"({', '.join(names)}{',' * (len(names) == 1)})"
            return Call(dict(zip(names, inputs, strict=True)), lambda values: fn(*values.values()), text=text)
        name = positional_names(self.definition(fn), 1)[0]
        return Call({name: inputs}, lambda values: fn(values[name]), text=name)

    def definition(self, fn: Any) -> Any:
        """Return the Python function whose parameters name the inputs, and whose place is shown."""
        return fn

    def title_of(self, fn: Any) -> str:
        """Return what the user calls the function."""
        return title_of(fn)

    def file_of(self, fn: Any) -> str:
        """Return the file the function is defined in."""
        return file_of(self.definition(fn))

    def span_of(self, fn: Any) -> Span | None:
        """Return where the function is defined."""
        return span_of(self.definition(fn))

    def rule_span(self, fn: Any, mode: str) -> Span | None:
        """Return where the derivative of a custom function is defined, for ``reverse`` or ``forward``."""
        return None

    # --- derivatives

    def running(self, wide: bool = False) -> AbstractContextManager[None]:
        """Hold the framework as checks need it while user code runs; inside another such hold nothing is left to do.

        wide: whether arrays of double precision are used that the user has not asked for.
        """
        if self.held:
            return self.widened() if wide else nullcontext()
        return self._holding(wide)

    @contextmanager
    def _holding(self, wide: bool) -> Iterator[None]:
        self.held = True
        try:
            fine = self.finely() if self.exact else nullcontext()
            with warnings.catch_warnings(), self.quiet(), fine, self.widened() if wide else nullcontext():
                warnings.simplefilter("ignore")  # what a framework warns of is the user's, not the report's
                yield
        finally:
            self.held = False

    def quiet(self) -> AbstractContextManager[None]:
        """Hold the framework's global state."""
        return nullcontext()

    def widened(self) -> AbstractContextManager[None]:
        """Hold double precision switched on."""
        return nullcontext()

    def evaluated(self, run: Callable[[Arrays], Any], inputs: Arrays) -> Any:
        """Return what ``run`` answers, where no derivative is wanted."""
        return run(inputs)

    def vmap(self, run: Run) -> Mapped | None:
        """Return the outputs with a leading axis as a function of inputs and of many points of some; None where it has none."""
        return None

    def together(self, run: Run, mode: str) -> Together | None:
        """Return the products of a mode as a function of inputs, of many points of some, and of seeds; None without one."""
        return None

    def has_data_dependent_loop(self, run: Run, inputs: Arrays) -> bool:
        """Return whether compiled code may run for ever: it has a loop that ends by its values.

        Such a loop ends for one point and not for a batch of them, where what is over for one goes on for others.
        """
        return False

    def compiled(self, run: Run) -> Run | None:
        """Return a function that is going to be called at many points, one by one; None where the framework compiles nothing."""
        return None

    def doubled(self, run: Callable[[Arrays], Any], inputs: Arrays) -> Any:
        """Return what ``run`` answers with its own casts held to doubles, while ``running(wide=True)``.

        Errors: Unsupported where that cannot be done.
        """
        return run(inputs)

    def coarsest(self, run: Run, inputs: Arrays) -> float:
        """Return the machine epsilon of the coarsest floats that the function computes with, 0 where that is not known."""
        return 0.0

    def padded(self, count: int) -> int:
        """Return how many points a batch of ``count`` is filled up to."""
        return count

    def vjp(self, run: Run, inputs: Arrays) -> tuple[Arrays, Pullback]:
        """Return the outputs and reverse mode.

        Errors: Unsupported where the function has none.
        """
        raise NotImplementedError

    def untracked_tensors(self) -> list[str]:
        """Return what ``vjp`` met last that wants a gradient and is neither an input nor a parameter, in words."""
        return []

    def disconnected(self, outputs: Arrays) -> set[str]:
        """Return the outputs of ``vjp`` that have no connection to any input, by mistake or because they are declared so."""
        return set()

    def jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        """Return the tangents of the outputs, None for an output that the tangents do not reach.

        Errors: Unsupported where the function has no forward mode.
        """
        raise Unsupported(f"{self.title} has no forward mode")

    def lacks(self, fn: Any, mode: str) -> str:
        """Return why a function has no ``reverse`` or ``forward`` mode where that is known without a call, else ""."""
        return ""

    def gradients(self, run: Run, inputs: Arrays, y_bar: Mapping[str, Array]) -> Arrays:
        """Return the cotangents of all inputs, so that they can be differentiated again.

        Errors: Unsupported where the framework cannot.
        """
        raise Unsupported(f"{self.title} has no second derivatives here")

    def terms(self, run: Run, inputs: Arrays, y_bar: Arrays) -> dict[str, dict[str, Any]]:
        """Return the terms that cotangents by input are sums of, by the operation they come through; {} without a graph."""
        return {}

    def rows(self, pullback: Pullback, seeds: Arrays) -> dict[str, Any] | None:
        """Return many rows, cotangents (k, *shape) by input for those by output; None where ``pullback`` takes them one by one."""
        return None

    def columns(self, run: Run, inputs: Arrays, seeds: Arrays) -> dict[str, Any] | None:
        """Return many columns, tangents (k, *shape) by output for those by input; None where they are pushed one by one."""
        return None

    def pulled_at(self, run: Run, inputs: Sequence[Arrays], seeds: Arrays) -> list[dict[str, Any]]:
        """Return the cotangents by input at each of many points, for a cotangent (k, *shape) of its own at each."""
        found = []
        for k, point in enumerate(inputs):
            _, pullback = self.vjp(run, point)
            found.append(pullback({name: seed[k] for name, seed in seeds.items()}))
        return found

    def stacked(self, products: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return products by name as arrays with a leading axis; None where each has to be read by itself."""
        return None

    def fixed(self, error: BaseException | None) -> bool:
        """Return whether reverse mode raised because it is asked for an input that the function has no derivative by."""
        return False

    def trouble(self, what: str, error: BaseException) -> Trouble:
        """Return what the user's code raised, with the rule code that says what kind of mistake it is."""
        return raised(what, error)
