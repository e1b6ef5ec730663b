"""Python's and NumPy's ways to write arithmetic on tensors → the functions of the language; mistakes become UsageError."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from jaccli.errors import UsageError, UsageTypeError
from jaccli.graph.calling import check_arguments
from jaccli.graph.functions import FUNCTIONS, BuildError, align, index, matmul
from jaccli.graph.ir import Expr
from jaccli.ops import ShapeError
from jaccli.types import Array

__all__ = ["Operators", "named", "public"]

F = TypeVar("F", bound=Callable[..., Any])
_UFUNCS: Mapping[Any, Callable[[Any, Any], Any]] = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul, np.true_divide: operator.truediv,
    np.power: operator.pow, np.matmul: operator.matmul, np.greater: operator.gt, np.greater_equal: operator.ge,
    np.less: operator.lt, np.less_equal: operator.le, np.equal: operator.eq, np.not_equal: operator.ne,
}  # fmt: skip
_PYTORCHS = {"dim": "axis", "keepdim": "keepdims", "dims": "axis"}


def public(function: F) -> F:
    """Turn what the language says of a call that means nothing into a UsageError."""

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except BuildError as error:
            raise UsageError(f"{error.message}; {error.help}" if error.help else error.message) from None
        except ShapeError as error:
            raise UsageError(str(error)) from None

    return run  # type: ignore[return-value]


def named(name: str, lift: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the language's function ``name`` on what ``lift`` makes of its arguments; PyTorch's ``dim`` is ``axis`` here."""
    macro = FUNCTIONS[name]

    @public
    @wraps(macro)
    def run(*args: Any, **options: Any) -> Any:
        known = {_PYTORCHS.get(key, key): lift(value) for key, value in options.items()}
        lifted = [lift(value) for value in args]
        check_arguments(name, macro, lifted, known)
        return macro(*lifted, **known)

    run.__name__ = run.__qualname__ = name
    return run


class Operators(Expr):
    """What Python's operators, conversions and NumPy's functions mean on a tensor; mixed into ``Tensor``."""

    value: Array  # of the tensor
    requires_grad: bool

    # --- arithmetic, with NumPy's broadcasting

    @public
    def _combine(self, op: str, left: Any, right: Any) -> Expr:
        x, y = _level(self._lift(left)._number(), self._lift(right)._number())
        return Expr._combine(self, op, x, y)

    @public
    def _compare(self, op: str, other: Any) -> Any:
        if not isinstance(other, Expr | np.ndarray | np.generic | int | float | list | tuple):
            return NotImplemented
        x, y = _level(self._number(), self._lift(other)._number())
        return x.apply(op, y)

    def __gt__(self, other: Any) -> Any:
        return self._compare("greater", other)

    def __ge__(self, other: Any) -> Any:
        return self._compare("greater_equal", other)

    def __lt__(self, other: Any) -> Any:
        return self._compare("less", other)

    def __le__(self, other: Any) -> Any:
        return self._compare("less_equal", other)

    def __eq__(self, other: object) -> Any:
        return self._compare("equal", other)

    def __ne__(self, other: object) -> Any:
        return self._compare("not_equal", other)

    __hash__ = Expr.__hash__

    @public
    def __matmul__(self, other: Any) -> Expr:
        return matmul(self, self._lift(other))

    @public
    def __rmatmul__(self, other: Any) -> Expr:
        return matmul(self._lift(other), self)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return self._number().apply("abs")

    def __invert__(self) -> Expr:
        return self._function("logical_not")(self)

    def __and__(self, other: Any) -> Expr:
        return self._function("logical_and")(self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Expr:
        return self._function("logical_or")(self, other)

    __ror__ = __or__

    def __xor__(self, other: Any) -> Expr:
        return self._function("logical_xor")(self, other)

    __rxor__ = __xor__

    def _function(self, name: str) -> Callable[..., Any]:
        raise NotImplementedError

    # --- parts

    @public
    def __getitem__(self, key: Any) -> Expr:
        return index(self, tuple(map(_key, key if isinstance(key, tuple) else (key,))))

    def __setitem__(self, key: Any, value: Any) -> None:
        raise UsageError(
            "single elements of a tensor cannot be set: write where(mask, new, x), or change an array and make a tensor of it"
        )

    def __len__(self) -> int:
        if not self.shape:
            raise UsageTypeError("a tensor that is a number has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Expr]:
        if not self.shape:
            raise UsageTypeError("a tensor that is a number cannot be iterated over")
        return (self[k] for k in range(self.shape[0]))

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self.value == (item.value if isinstance(item, Operators) else item)))

    # --- numbers and arrays

    def item(self) -> float | bool:
        """Return the only element as a Python number."""
        if self.value.size != 1:
            raise UsageError(f"a tensor of shape {self.shape} is not a single number: take one element, or its .value")
        return self.value.item()

    def __bool__(self) -> bool:
        if self.value.size != 1:
            raise UsageError(
                f"a tensor of shape {self.shape} is not a truth value: write .any(), .all(), or take its .value"
            )
        return bool(self.value.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __round__(self, digits: int | None = None) -> float:
        return round(float(self), digits)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def numpy(self) -> Array:
        """Return a copy of the value; of a tensor with a gradient, only after ``detach``, since what follows has none."""
        if self.requires_grad:
            raise UsageError("an array has no gradient: write x.detach().numpy(), or x.value")
        return self.value.copy()

    def tolist(self) -> Any:
        """Return the value as nested lists of Python numbers."""
        return self.value.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self.numpy(), dtype=dtype)

    # --- NumPy's functions

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if options.get("out") is not None:
            raise UsageError(
                "an array cannot be changed by a tensor, which it would lose the gradient of: write y = x + t"
            )
        if method == "__call__" and ufunc in _UFUNCS and not options:
            return _UFUNCS[ufunc](*(self._lift(x) for x in inputs))
        if method == "__call__" and ufunc.__name__ in FUNCTIONS:
            return self._function(ufunc.__name__)(*inputs, **options)
        return self._on_arrays(ufunc.__name__, getattr(ufunc, method), inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function.__name__ in FUNCTIONS:
            return self._function(function.__name__)(*args, **options)
        return self._on_arrays(function.__name__, function, args, options)

    def _on_arrays(self, name: str, function: Any, args: Any, options: Any) -> Any:
        """Return what a function outside the language makes of values, of which nothing has a gradient."""
        if any(isinstance(x, Operators) and x.requires_grad for x in args):
            raise UsageError(
                f"np.{name} has no gradient here: give it x.value, or write it with functions of jaccli.eager"
            )
        return function(*(x.value if isinstance(x, Operators) else x for x in args), **options)

    # --- shapes, as PyTorch and NumPy call them

    @property
    def T(self) -> Expr:  # noqa: N802  NumPy's name
        """The tensor with its axes reversed."""
        return FUNCTIONS["transpose"](self)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self.value.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the value: doubles, or truth values."""
        return self.value.dtype

    def numel(self) -> int:
        """Return the number of elements."""
        return self.size

    def reshape(self, *shape: Any) -> Any:
        """Return the tensor with another shape; one size may be −1."""
        return self._function("reshape")(self, shape[0] if len(shape) == 1 else list(shape))

    view = reshape

    def permute(self, *axes: Any) -> Any:
        """Return the tensor with its axes in another order."""
        return self._function("transpose")(self, axes[0] if len(axes) == 1 else list(axes))

    def transpose(self, *axes: Any) -> Any:
        """Return the tensor with its axes in another order, reversed where none is given; two axes are exchanged."""
        if len(axes) == 2 and all(isinstance(axis, int) for axis in axes):
            return self._function("swapaxes")(self, *axes)
        return self._function("transpose")(self, *axes)

    def unsqueeze(self, axis: int) -> Any:
        """Return the tensor with a new axis of size 1."""
        return self._function("expand_dims")(self, axis)

    def clone(self) -> Expr:
        """Return the tensor, whose value nothing changes."""
        return self


def _level(x: Expr, y: Expr) -> tuple[Expr, Expr]:
    """Return both with one shape, repeated as NumPy does."""
    if x.shape and y.shape and x.shape != y.shape:
        x, y = align(x, y)
    return x, y


def _key(item: Any) -> Any:
    """Return a part of an index as the language takes it: whole numbers, slices, lists, truth values."""
    if isinstance(item, slice):
        return slice(*(None if part is None else _whole(part) for part in (item.start, item.stop, item.step)))
    if item is None or item is Ellipsis or isinstance(item, bool | np.bool_):
        return item
    array = item.value if isinstance(item, Operators) else np.asarray(item)
    if array.dtype == bool:
        return array
    if array.dtype.kind not in "iuf" or not np.all(np.isfinite(array)) or np.any(array != np.floor(array)):
        raise BuildError(f"{item!r} is not an index", "write whole numbers, slices, None, … or truth values")
    return array.astype(np.int64) if array.shape else int(array)


def _whole(part: Any) -> int:
    found = _key(part)
    if not isinstance(found, int):
        raise BuildError(f"{part!r} is not a bound of a slice", "write a whole number")
    return found
