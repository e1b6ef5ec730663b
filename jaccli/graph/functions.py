"""The language's functions, with NumPy's names and signatures, as macros over ops.

Each entry takes and returns Exprs; misuse raises BuildError with the message and the remedy, the builder adds the place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.errors import short
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import broadcast, concatenate, contract, reshape, sum_over, take

__all__ = [
    "FUNCTIONS",
    "MAX_ELEMENTS",
    "BuildError",
    "align",
    "constant_power",
    "index",
    "matmul",
    "static_indices",
    "static_int",
    "tensor",
]

MAX_ELEMENTS = 10_000_000
MAX_AXES = 16
MAX_EXACT = 10_000  # numbers of an arange that are kept exact
Shape = tuple[int, ...]


class BuildError(Exception):
    """An expression that means nothing: message, remedy, rule code, and the operands whose sizes matter."""

    def __init__(self, message: str, help: str | None = None, code: str = "JAC008", about: Sequence[Expr] = ()) -> None:
        super().__init__(message)
        self.message, self.help, self.code, self.about = message, help, code, about


FUNCTIONS: dict[str, Callable[..., Expr]] = {}


def function(*names: str) -> Callable[[Callable[..., Expr]], Callable[..., Expr]]:
    """Enter a macro into the language under each of ``names``; a name that is taken is refused."""

    def enter(macro: Callable[..., Expr]) -> Callable[..., Expr]:
        for name in names:
            if name in FUNCTIONS:
                raise TypeError(f"function '{name}' is defined twice")
            FUNCTIONS[name] = macro
        return macro

    return enter


# --- operands


def tensor(value: Any) -> Expr:
    """Return a numeric node for what an argument evaluated to: a node, or a list that is stacked."""
    if isinstance(value, list | tuple):
        if not value:
            raise BuildError("an empty list has no shape", "write at least one element")
        return stack(value)
    if not isinstance(value, Expr):
        got = "…" if value is Ellipsis else short(repr(value), 40)
        help_ = "text stands only in einsum('ij,j->i', A, x)" if isinstance(value, str) else "write an expression"
        raise BuildError(f"a number or an array is needed (got {got})", help_, "JAC007")
    return value.apply("cast") if value.node.boolean else value


def static_int(value: Any, title: str) -> int:
    """Return the whole number an argument is known to be while the graph is built."""
    number = value.constant if isinstance(value, Expr) else None
    if number is None or number.denominator != 1:
        raise BuildError(f"{title} must be a whole number known in advance", "write an integer or a name from `dims:`")
    return int(number)


def static_indices(value: Any, title: str) -> Any:
    """Return an index that is known while the graph is built: a whole number, or an array of them."""
    array = value
    if isinstance(value, Expr):
        if value.node.boolean:
            raise BuildError(
                "a condition cannot be an index: the shape would depend on values", "write where(condition, x, 0)"
            )
        array = dict(value.node.params)["value"].array if value.node.op == "literal" else None  # type: ignore[attr-defined]
    if not isinstance(array, np.ndarray) or (isinstance(value, Expr) and not value.shape):
        return static_int(value, title)
    if any(number != int(number) for number in array.flat):
        raise BuildError(f"{title} holds numbers that are not whole", "indices are whole numbers")
    return array.astype(np.int64) if array.shape else int(array)


def constant_power(base: Fraction, exponent: Fraction) -> None:
    """Raise BuildError where ``base ** exponent`` is no real number, or one too large for a double."""
    if not base and exponent < 0:
        raise BuildError("division by zero", "change the base or the exponent")
    if base < 0 and exponent.denominator != 1:
        raise BuildError(f"a negative number has no real power {exponent}", "put the sign in front: -(2**0.5)")
    if base:
        logarithm = math.log(abs(base.numerator)) - math.log(base.denominator)
        if logarithm * float(exponent) > 709:  # exp(710) is no double
            raise BuildError("this number is too large for a double", "doubles reach from 5e-324 to 1.8e308", "JAC009")


def static_shape(value: Any, title: str = "shape") -> Shape:
    """Return a shape given as a whole number or a tuple of them."""
    items = value if isinstance(value, list | tuple) else [value]
    shape = tuple(static_int(item, f"`{title}`") for item in items)
    _limit(tuple(max(n, 0) for n in shape))
    return shape


def align(*operands: Any) -> list[Expr]:
    """Return the operands broadcast to one shape, as NumPy would; scalar literals stay as they are."""
    xs = [value if isinstance(value, Expr) else tensor(value) for value in operands]
    shapes = [x.shape for x in xs]
    try:
        full = np.broadcast_shapes(*shapes)
    except ValueError:
        raise BuildError(
            f"shapes do not fit: {' and '.join(describe(x) for x in xs)}",
            "make the sizes equal, or 1 where NumPy repeats",
            about=xs,
        ) from None
    _limit(full)
    return [x if x.constant is not None else broadcast(x, full) for x in xs]


def _limit(shape: Shape) -> None:
    if math.prod(shape) > MAX_ELEMENTS or max(shape, default=0) > MAX_ELEMENTS:
        message = f"the result would have shape {short(str(shape), 40)}, more than {MAX_ELEMENTS:,} elements"
        raise BuildError(message, "use smaller sizes", "JAC009")
    if len(shape) > MAX_AXES:
        raise BuildError(f"the result would have {len(shape)} axes, more than {MAX_AXES}", "use fewer axes", "JAC009")


def axes_of(x: Expr, axis: Any) -> tuple[int, ...]:
    """Return ``axis`` (None, a whole number or a tuple) as axes counted from the right."""
    rank = len(x.shape)
    if axis is None:
        return tuple(range(-rank, 0))
    given = [static_int(a, "`axis`") for a in (axis if isinstance(axis, list | tuple) else [axis])]
    for a in given:
        if not -rank <= a < rank:
            valid = f"axes {-rank} to {rank - 1}" if rank else "no axes"
            raise BuildError(
                f"axis {a} does not exist: {describe(x)} has {valid}", "count axes from 0, or from -1 at the end"
            )
    axes = tuple(sorted(a - rank if a >= 0 else a for a in given))
    if len(set(axes)) < len(axes):
        raise BuildError(f"axis {axes[0] + rank} is named twice", "name each axis once")
    return axes


def _truth(value: Any, title: str) -> bool:
    if isinstance(value, bool):
        return value
    raise BuildError(f"`{title}` must be True or False", f"write {title}=True")


# --- elementwise
_UNARY = {
    "abs": "absolute", "sign": "", "sqrt": "", "cbrt": "", "exp": "", "expm1": "", "log": "ln", "log1p": "", "log2": "",
    "log10": "", "sin": "", "cos": "", "tan": "", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sinh": "", "cosh": "",
    "tanh": "", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "erf": "", "relu": "", "sigmoid": "expit",
    "softplus": "", "gelu": "", "silu": "swish", "mish": "", "neg": "negative",
}  # fmt: skip
_BINARY = {"maximum": "", "minimum": "", "arctan2": "atan2", "hypot": "", "pow": "power"}


def _unary(op: str) -> Callable[[Any], Expr]:
    return lambda x: tensor(x).apply(op)


def _binary(op: str) -> Callable[[Any, Any], Expr]:
    def macro(x: Any, y: Any) -> Expr:
        left, right = align(tensor(x), tensor(y))
        return left.apply(op, right)

    return macro


for _table, _make in ((_UNARY, _unary), (_BINARY, _binary)):
    for _op, _alias in _table.items():
        function(*filter(None, (_op, _alias)))(_make(_op))


@function("square")
def square(x: Any) -> Expr:
    """x squared."""
    return tensor(x) ** 2


@function("where")
def where(condition: Any, x: Any, y: Any) -> Expr:
    """x where the condition holds, y elsewhere."""
    c = condition if isinstance(condition, Expr) and condition.node.boolean else tensor(condition).apply("not_equal", 0)
    c, left, right = align(c, tensor(x), tensor(y))
    return c.apply("where", left, right)


@function("clip")
def clip(x: Any, min: Any = None, max: Any = None) -> Expr:
    """x held between min and max, one of which may be None."""
    if min is None and max is None:
        raise BuildError("clip lacks both its bounds", "write clip(x, min, max)")
    y = FUNCTIONS["maximum"](x, min) if min is not None else tensor(x)
    return FUNCTIONS["minimum"](y, max) if max is not None else y


@function("leaky_relu")
def leaky_relu(x: Any, negative_slope: Any = None) -> Expr:
    """x above 0, negative_slope * x below, 0.01 * x where no slope is given."""
    x, slope = align(
        tensor(x), tensor(negative_slope) if negative_slope is not None else tensor(x).graph.literal(Fraction(1, 100))
    )
    return where(x > 0, x, slope * x)


@function("elu")
def elu(x: Any, alpha: Any = None) -> Expr:
    """x above 0, alpha * (exp(x) - 1) below, with alpha = 1 where none is given."""
    x, scale = align(tensor(x), tensor(alpha) if alpha is not None else tensor(x).graph.literal(1))
    return where(x > 0, x, scale * FUNCTIONS["minimum"](x, x.graph.literal(0)).apply("expm1"))


# --- reductions


def _reduction(op: str) -> Callable[..., Expr]:
    def macro(x: Any, axis: Any = None, keepdims: Any = False) -> Expr:
        x = tensor(x)
        if op in ("max", "min") and isinstance(axis, Expr) and axis.constant is None:
            raise BuildError(
                f"the second argument of {op} is an axis",
                f"write {op}imum(a, b) for the {'larger' if op == 'max' else 'smaller'} of two",
            )
        axes = axes_of(x, axis)
        if not axes:
            return x
        if op in ("max", "min", "logsumexp") and any(x.shape[a] == 0 for a in axes):
            raise BuildError(f"{op} of an empty array: {describe(x)}", "give it at least one element")
        y = x.apply(op, axes=axes)
        return _keep(y, x, axes) if _truth(keepdims, "keepdims") else y

    return macro


def _keep(y: Expr, x: Expr, axes: tuple[int, ...]) -> Expr:
    return reshape(y, tuple(1 if k - len(x.shape) in axes else n for k, n in enumerate(x.shape)))


function("sum")(_reduction("sum"))
function("max", "amax")(_reduction("max"))
function("min", "amin")(_reduction("min"))
function("logsumexp")(_reduction("logsumexp"))


@function("norm")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Expr:
    """The Euclidean norm over the axes (Frobenius for a matrix); for vectors also of order 1."""
    x = tensor(x)
    order = static_int(ord, "`ord`") if ord is not None else 2
    axes = axes_of(x, axis)
    if ord is not None and (order not in (1, 2) or len(axes) != 1):
        raise BuildError(
            f"norm of order {order} over {len(axes)} axes is not part of the language",
            "leave out `ord`, or name one axis",
        )
    return _reduction("sum")(x.apply("abs"), axis, keepdims) if order == 1 else _reduction("norm")(x, axis, keepdims)


@function("mean")
def mean(x: Any, axis: Any = None, keepdims: Any = False) -> Expr:
    """The mean over the axes."""
    x = tensor(x)
    count = math.prod(x.shape[a] for a in axes_of(x, axis))
    if not count:
        raise BuildError(f"the mean of an empty array: {describe(x)}", "give it at least one element")
    return FUNCTIONS["sum"](x, axis, keepdims) / count


@function("var")
def var(x: Any, axis: Any = None, ddof: Any = None, keepdims: Any = False) -> Expr:
    """The sum of the squared distances from the mean, divided by the number of elements less ``ddof``."""
    x = tensor(x)
    left, right = align(x, mean(x, axis, True))
    count = math.prod(x.shape[a] for a in axes_of(x, axis))
    rest = count - (static_int(ddof, "`ddof`") if ddof is not None else 0)
    if rest <= 0:
        raise BuildError(f"`ddof` must be smaller than the number of elements, {count}", "leave it out")
    return FUNCTIONS["sum"]((left - right) ** 2, axis, keepdims) / rest


@function("std")
def std(x: Any, axis: Any = None, ddof: Any = None, keepdims: Any = False) -> Expr:
    """The square root of the variance."""
    return var(x, axis, ddof, keepdims).apply("sqrt")


@function("softmax")
def softmax(x: Any, axis: Any = None) -> Expr:
    """Exp(x) / sum(exp(x)) along the axis; over the whole array where none is given, as SciPy does."""
    x = tensor(x)
    axes = axes_of(x, axis)
    if not axes:
        raise BuildError("softmax of a number is always 1", "give it a vector")
    if not math.prod(x.shape):
        raise BuildError(f"softmax of an empty array: {describe(x)}", "give it at least one element")
    return x.apply("softmax", axes=axes)


@function("log_softmax")
def log_softmax(x: Any, axis: Any = None) -> Expr:
    """Log of softmax, without overflow."""
    x = tensor(x)
    left, right = align(x, _reduction("logsumexp")(x, axis, True))
    return left - right


# --- products


@function("matmul")
def matmul(x: Any, y: Any) -> Expr:
    """The matrix product with NumPy's rules for vectors and stacks."""
    x, y = tensor(x), tensor(y)
    if not x.shape or not y.shape:
        raise BuildError(f"@ needs arrays: {describe(x)} and {describe(y)}", "write * to scale by a number")
    inner = y.shape[-2] if len(y.shape) > 1 else y.shape[0]
    if x.shape[-1] != inner:
        message = f"cannot multiply {describe(x)} by {describe(y)}: inner sizes {x.shape[-1]} and {inner} differ"
        raise BuildError(message, _transpose_hint(x, y), about=(x, y))
    left, right = len(x.shape) - 2, len(y.shape) - 2
    if left > 0 and right > 0:
        try:
            stacks = np.broadcast_shapes(x.shape[:left], y.shape[:right])
        except ValueError:
            raise BuildError(
                f"stacks do not fit: {describe(x)} and {describe(y)}", "make the leading sizes equal"
            ) from None
        x, y = broadcast(x, stacks + x.shape[left:]), broadcast(y, stacks + y.shape[right:])
        left = right = len(stacks)
    letters = "abcdefghijklmnopqrstuvw"
    lx = letters[: max(left, 0)] + ("ij" if left >= 0 else "j").replace("i", "x").replace("j", "y")
    ly = letters[: max(right, 0)] + ("yz" if right >= 0 else "y")
    out = letters[: max(left, right, 0)] + ("x" if left >= 0 else "") + ("z" if right >= 0 else "")
    _limit((*x.shape[:-1], *y.shape[-1:]))
    return contract(x, y, f"{lx},{ly}->{out}")


def _transpose_hint(x: Expr, y: Expr) -> str:
    if len(x.shape) == 2 and x.shape[0] == y.shape[0]:
        return "transpose the left factor with .T, or swap the factors"
    return "the last size of the left factor must equal the first of the right one"


@function("dot")
def dot(x: Any, y: Any) -> Expr:
    """The inner product of vectors, the product of matrices, and scaling by a number."""
    x, y = tensor(x), tensor(y)
    if not x.shape or not y.shape:
        left, right = align(x, y)
        return left * right
    if len(x.shape) > 2 or len(y.shape) > 2:
        raise BuildError(f"dot takes vectors and matrices: {describe(x)} and {describe(y)}", "write einsum(…) or @")
    return matmul(x, y)


@function("outer")
def outer(x: Any, y: Any) -> Expr:
    """The matrix of all products of two vectors."""
    x, y = (reshape(v, (math.prod(v.shape),)) for v in (tensor(x), tensor(y)))
    _limit((*x.shape, *y.shape))
    return contract(x, y, "i,j->ij")


@function("einsum")
def einsum(subscripts: Any, *operands: Any) -> Expr:
    """The sum of products that ``subscripts`` describes, as in NumPy, without an ellipsis."""
    if not isinstance(subscripts, str):
        raise BuildError("einsum begins with its subscripts as text", "write einsum('ij,j->i', A, x)")
    xs = [tensor(value) for value in operands]
    text = subscripts.replace(" ", "")
    left, arrow, out = text.partition("->")
    terms = left.split(",")
    if not all(term.isalpha() or not term for term in terms) or (out and not out.isalpha()):
        raise BuildError(f"einsum: '{subscripts}' holds more than letters, commas and ->", "write one letter per axis")
    if len(terms) != len(xs):
        raise BuildError(
            f"einsum: '{subscripts}' names {len(terms)} operands, {len(xs)} are given", "give one operand per term"
        )
    if not arrow:
        out = "".join(sorted(c for c in set(left) if c.isalpha() and left.count(c) == 1))
    sizes: dict[str, int] = {}
    for term, x in zip(terms, xs, strict=True):
        if len(term) != len(x.shape):
            raise BuildError(
                f"einsum: '{term}' names {len(term)} axes, {describe(x)} has {len(x.shape)}", "one letter per axis"
            )
        for c, n in zip(term, x.shape, strict=True):
            if sizes.setdefault(c, n) != n:
                raise BuildError(
                    f"einsum: '{c}' stands for the sizes {sizes[c]} and {n}, in {describe(x)}",
                    "use another letter",
                    about=xs,
                )
    if not set(out) <= set(sizes) or len(set(out)) < len(out):
        raise BuildError(f"einsum: the result '{out}' must name known letters once", f"letters: {', '.join(sizes)}")
    return _einsum(terms, xs, out)


def _einsum(terms: list[str], xs: list[Expr], out: str) -> Expr:
    term, x = _simple(terms[0], xs[0], set("".join(terms[1:]) + out))
    for position in range(1, len(terms)):
        needed = set("".join(terms[position + 1 :]) + out)
        other, y = _simple(terms[position], xs[position], needed | set(term))
        term, x = _simple(term, x, needed | set(other))
        joined = "".join(dict.fromkeys(c for c in term + other if c in needed))
        sizes = dict(zip(term + other, x.shape + y.shape, strict=True))
        _limit(tuple(sizes[c] for c in joined))
        x, term = contract(x, y, f"{term},{other}->{joined}"), joined
    return x if term == out else x.apply("transpose", order=tuple(term.index(c) for c in out))


def _simple(term: str, x: Expr, needed: set[str]) -> tuple[str, Expr]:
    """Return an operand without repeated letters and without letters that nothing else needs."""
    if len(set(term)) < len(term):
        letters = "".join(dict.fromkeys(term))
        whole = np.arange(math.prod(x.shape)).reshape(x.shape)
        x, term = take(x, Literal(np.einsum(f"{term}->{letters}", whole))), letters
    lone = tuple(k - len(term) for k, c in enumerate(term) if c not in needed)
    return "".join(c for c in term if c in needed), sum_over(x, lone)


# --- shape


@function("reshape")
def reshape_(x: Any, shape: Any) -> Expr:
    """x with another shape of equal size; one size may be -1."""
    x, sizes = tensor(x), static_shape(shape)
    size = math.prod(x.shape)
    if sizes.count(-1) == 1:
        rest = -math.prod(sizes)
        sizes = tuple(n if n != -1 else (size // rest if rest else 0) for n in sizes)
    if min(sizes, default=0) < -1 or sizes.count(-1) > 1:
        raise BuildError(f"reshape: {sizes} is no shape", "at most one size may be -1, the others are at least 0")
    if math.prod(sizes) != size or any(n < 0 for n in sizes):
        raise BuildError(
            f"cannot reshape {describe(x)} to {sizes}: {size} elements are not {math.prod(sizes)}",
            "keep the size",
            about=(x,),
        )
    return reshape(x, sizes)


@function("transpose")
def transpose(x: Any, axes: Any = None) -> Expr:
    """x with its axes in another order, reversed where none is given."""
    x = tensor(x)
    rank = len(x.shape)
    if axes is None:
        order = tuple(range(rank))[::-1]
    else:
        given = tuple(static_int(a, "`axes`") for a in (axes if isinstance(axes, list | tuple) else [axes]))
        order = tuple(a + rank * (a < 0) for a in given)
    if sorted(order) != list(range(rank)):
        raise BuildError(
            f"axes {given} are not an order of the {rank} axes of {describe(x)}",
            "name each axis once: transpose(x, (1, 0))",
        )
    return x if order == tuple(range(rank)) else x.apply("transpose", order=order)


def _same_but(xs: list[Expr], axis: int, name: str) -> None:
    rank = len(xs[0].shape)
    for x in xs[1:]:
        fits = len(x.shape) == rank and all(
            a == b for k, (a, b) in enumerate(zip(x.shape, xs[0].shape, strict=True)) if k - rank != axis
        )
        if not fits:
            raise BuildError(
                f"{name}: {describe(xs[0])} and {describe(x)} do not fit",
                "give all parts the same sizes",
                about=(xs[0], x),
            )


@function("concatenate")
def concatenate_(arrays: Any, axis: Any = None) -> Expr:
    """The arrays joined along an axis, the first where none is given."""
    xs = [tensor(value) for value in _parts(arrays, "concatenate")]
    if not xs[0].shape:
        raise BuildError("concatenate joins arrays, not numbers", "write stack([a, b])")
    position = axes_of(xs[0], axis)[0] if axis is not None else -len(xs[0].shape)
    _same_but(xs, position, "concatenate")
    _limit(
        (
            sum(x.shape[position] for x in xs),
            *(n for k, n in enumerate(xs[0].shape) if k - len(xs[0].shape) != position),
        )
    )
    return concatenate(xs, position) if len(xs) > 1 else xs[0]


@function("stack")
def stack(arrays: Any, axis: Any = None) -> Expr:
    """The arrays, of one shape, along a new axis, the first where none is given."""
    xs = [tensor(value) for value in _parts(arrays, "stack")]
    rank = len(xs[0].shape)
    _same_but(xs, 1, "stack")
    where_ = static_int(axis, "`axis`") if axis is not None else 0
    if not -rank - 1 <= where_ <= rank:
        raise BuildError(f"axis {where_} does not exist in the stack of {describe(xs[0])}", f"use 0 to {rank}")
    where_ += (rank + 1) * (where_ < 0)
    _limit((len(xs), *xs[0].shape))
    rows = [reshape(x, (*x.shape[:where_], 1, *x.shape[where_:])) for x in xs]
    return concatenate(rows, where_ - rank - 1) if len(rows) > 1 else rows[0]


def _parts(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise BuildError(f"{name} takes a list", f"write {name}([a, b])")
    return list(value)


@function("diag")
def diag(x: Any, k: Any = None) -> Expr:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    x, offset = tensor(x), static_int(k, "`k`") if k is not None else 0
    if len(x.shape) == 1:
        n = x.shape[0] + abs(offset)
        _limit((n, n))
        positions = np.diag(np.arange(n * n).reshape(n, n), offset)
        return x.apply("scatter", index=Literal(positions), shape=(n, n))
    if len(x.shape) != 2:
        raise BuildError(f"diag takes a vector or a matrix, not {describe(x)}", "index the axes you mean")
    return take(x, Literal(np.diag(np.arange(math.prod(x.shape)).reshape(x.shape), offset)))


@function("trace")
def trace(x: Any) -> Expr:
    """The sum of a matrix's diagonal."""
    x = tensor(x)
    if len(x.shape) != 2:
        raise BuildError(f"trace takes a matrix, not {describe(x)}", "index the axes you mean")
    return sum_over(diag(x), (-1,))


# --- linear algebra


def _square(name: str, value: Any) -> Expr:
    x = tensor(value)
    if len(x.shape) != 2 or x.shape[0] != x.shape[1]:
        raise BuildError(f"{name} takes a square matrix, not {describe(x)}", "make both sizes equal", about=(x,))
    return x


@function("inv")
def inv(x: Any) -> Expr:
    """The inverse of a matrix."""
    return _square("inv", x).apply("inv")


@function("det")
def det(x: Any) -> Expr:
    """The determinant of a matrix."""
    return _square("det", x).apply("det")


@function("solve")
def solve(a: Any, b: Any) -> Expr:
    """The x with a @ x = b, for a vector or a matrix b."""
    a, b = _square("solve", a), tensor(b)
    if len(b.shape) not in (1, 2) or b.shape[0] != a.shape[0]:
        raise BuildError(
            f"solve: {describe(a)} and {describe(b)} differ in their number of rows",
            "give b as many rows as a",
            about=(a, b),
        )
    return a.apply("solve", b, rank=len(b.shape))


# --- constants; they belong to the graph of an expression, which the builder passes as ``like``


def constant(like: Expr, name: str, *args: Any, **kwargs: Any) -> Expr:
    """Return zeros, ones, full, eye, arange or linspace in the graph of ``like``."""
    return CONSTANTS[name](like, *args, **kwargs)


def _filled(number: int) -> Callable[..., Expr]:
    def macro(like: Expr, shape: Any) -> Expr:
        sizes = static_shape(shape)
        if any(n < 0 for n in sizes):
            raise BuildError(f"a size cannot be negative: {sizes}", "use sizes of at least 0")
        return broadcast(like.graph.literal(number), sizes)

    return macro


def _eye(like: Expr, n: Any, m: Any = None) -> Expr:
    rows, columns = sizes = static_shape([n, m if m is not None else n])
    if min(sizes) < 0:
        raise BuildError(f"a size cannot be negative: {sizes}", "use sizes of at least 0")
    return like.graph.literal(np.eye(rows, columns))


def _arange(like: Expr, start: Any, stop: Any = None, step: Any = None) -> Expr:
    low, high, by = (_exact(v, "arange") if v is not None else None for v in (start, stop, step))
    first, last, by = (Fraction(0), low, by) if high is None else (low, high, by)
    by = Fraction(1) if by is None else by
    if not by:
        raise BuildError("arange: the step is 0", "give another step")
    count = max(math.ceil((last - first) / by), 0)  # type: ignore[operator]
    _limit((count,))
    return _progression(like, first, by, count)


def _linspace(like: Expr, start: Any, stop: Any, num: Any = None) -> Expr:
    low, high = _exact(start, "linspace"), _exact(stop, "linspace")
    count = static_int(num, "`num`") if num is not None else 50
    if count < 1:
        raise BuildError("linspace: `num` must be at least 1", "ask for at least one number")
    _limit((count,))
    return _progression(like, low, (high - low) / max(count - 1, 1), count)


def _exact(value: Any, name: str) -> Fraction:
    number = value.constant if isinstance(value, Expr) else None
    if number is None:
        raise BuildError(f"{name}: the bounds must be numbers known in advance", "write numbers or names from `dims:`")
    return number


def _progression(like: Expr, first: Fraction | None, step: Fraction | None, count: int) -> Expr:
    """Return ``count`` numbers, exact ones unless they are many."""
    assert first is not None
    assert step is not None
    if count > MAX_EXACT:
        return like.graph.literal(Literal(float(first) + float(step) * np.arange(count)))
    array = np.empty(count, dtype=object)
    array[:] = [first + k * step for k in range(count)]
    return like.graph.literal(Literal(array))


CONSTANTS: dict[str, Callable[..., Expr]] = {
    "zeros": _filled(0), "ones": _filled(1), "eye": _eye, "arange": _arange, "linspace": _linspace,
}  # fmt: skip


def index(x: Expr, key: tuple[Any, ...]) -> Expr:
    """Return x[key] for whole numbers, slices, None, an ellipsis and lists of whole numbers, as NumPy indexes."""
    if not x.shape and any(item is not None and item is not Ellipsis for item in key):
        raise BuildError(f"{describe(x)} cannot be indexed", "declare it with a shape")
    try:
        _limit(np.empty(x.shape, dtype="V0")[key].shape)  # elements of no size: a look at the shape costs no memory
        picked = np.arange(math.prod(x.shape)).reshape(x.shape)[key]
    except ValueError:
        raise BuildError(
            "the rows of a list of indices have different lengths", "give every row the same length"
        ) from None
    except IndexError as error:
        raise BuildError(
            f"{describe(x)}: {str(error).split(';')[0]}", "indices count from 0, or from -1 at the end", about=(x,)
        ) from None
    return take(x, Literal(np.asarray(picked)))
