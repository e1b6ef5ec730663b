"""Checks of an op against outside truth; each is a plain function that raises AssertionError and returns nothing."""

from types import SimpleNamespace

import mpmath
import numpy as np

from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import jacobian
from jaccli.derive.reverse import vjp
from jaccli.derive.symbolic import symbolic
from jaccli.graph.evaluate import COMPLEX128, FLOAT32, FLOAT64, evaluate
from jaccli.graph.ir import Graph

DIGITS = 50
STEP = 1e-30  # of the complex step: no difference is formed, so it can be as small as one likes


def _where(condition, x, y):
    return x if condition else y


def _cbrt(x):
    return mpmath.sign(x) * mpmath.cbrt(abs(x))


#: The functions that definitions of the op table may use, on mpmath numbers.
MP = SimpleNamespace(
    exp=mpmath.exp, log=mpmath.log, sqrt=mpmath.sqrt, cbrt=_cbrt, sin=mpmath.sin, cos=mpmath.cos, tan=mpmath.tan,
    arcsin=mpmath.asin, arccos=mpmath.acos, arctan=mpmath.atan, arctan2=mpmath.atan2, sinh=mpmath.sinh, cosh=mpmath.cosh,
    tanh=mpmath.tanh, arcsinh=mpmath.asinh, arccosh=mpmath.acosh, arctanh=mpmath.atanh, erf=mpmath.erf, erfc=mpmath.erfc,
    gamma=mpmath.gamma, lgamma=mpmath.loggamma, polygamma=lambda n, x: mpmath.psi(int(n), x), abs=abs,
    exprel=lambda n, x: mpmath.quad(lambda t: t**int(n) * mpmath.exp(x * t), [0, 1]),
    sinc=lambda n, x: mpmath.pi ** int(n) * mpmath.quad(lambda t: t**int(n) * mpmath.cos(mpmath.pi * (x * t + mpmath.mpf(int(n)) / 2)), [0, 0.5, 1]),
    sign=mpmath.sign, maximum=max, minimum=min, where=_where,
    greater=lambda x, y: x > y, greater_equal=lambda x, y: x >= y, less=lambda x, y: x < y, less_equal=lambda x, y: x <= y,
    equal=lambda x, y: x == y, not_equal=lambda x, y: x != y,
)  # fmt: skip


def precise(row):
    """Return the op as a function of mpmath numbers: its definition, or the function of its name."""
    definition = row.definition or (lambda m, *xs: getattr(m, row.name)(*xs))
    return lambda *xs: definition(MP, *xs)


class Applied:
    """An op applied to leaves x0, x1 …, with tangents d0, d1 … and the cotangent y_bar as leaves too."""

    def __init__(self, sample):
        self.sample, self.graph = sample, Graph()
        booleans = [sample.domain(k) == "boolean" for k in range(len(sample.shapes))]
        self.xs = [
            self.graph.leaf(f"x{k}", shape, boolean)
            for k, (shape, boolean) in enumerate(zip(sample.shapes, booleans, strict=True))
        ]
        self.y = self.graph.add(sample.op, self.xs, sample.params)
        self.active = [k for k in range(len(self.xs)) if sample.domain(k) not in ("boolean", "whole")]

    def tangents(self, positions=None):
        """Return dy for a tangent of each operand in ``positions``, of all together by default; None where it is 0."""
        chosen = self.active if positions is None else positions
        seeds = {self.xs[k].index: self.graph.leaf(f"d{k}", self.sample.shapes[k]) for k in chosen}
        return jvp(self.graph, [self.y], seeds)[0]

    def cotangents(self):
        """Return x_bar of each active operand; None where it is 0."""
        y_bar = self.graph.leaf("y_bar", self.y.shape)
        return vjp(self.graph, {self.y.index: y_bar}, [self.xs[k] for k in self.active])

    def values(self, xs, **seeds):
        return {f"x{k}": x for k, x in enumerate(xs)} | seeds

    def run(self, nodes, values, numbers=FLOAT64):
        return evaluate(self.graph, nodes, values, numbers)


def _close(actual, expected, rtol, atol=0.0, title=""):
    """Assert |actual − expected| ≤ atol + rtol · |expected|, entry by entry; equal infinities and two NaN agree."""
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, err_msg=title)


def check_value(sample, rng, ulps=8):
    """Elementwise: the kernel's doubles are within ``ulps`` of the value to 50 digits."""
    xs = sample.draw(rng)
    applied = Applied(sample)
    (y,) = applied.run([applied.y], applied.values(xs))
    f = precise(sample.row)
    with mpmath.workdps(DIGITS):
        expected = np.array([float(f(*point)) for point in _points(xs)]).reshape(y.shape)
    _close(y, expected, ulps * np.finfo(np.float64).eps)


def check_derivative(sample, rng, rtol=1e-12):
    """Elementwise: the tangent of each operand alone is the derivative of the 50-digit value; it sees an error of 1e-11."""
    xs = sample.draw(rng)
    applied = Applied(sample)
    f = precise(sample.row)
    for k in applied.active:
        expected = _mp_derivative(f, xs, k)
        dy = applied.tangents([k])
        if dy is None:
            _close(expected, 0 * expected, 0, 1e-20, f"operand {k} has no partial")
            continue
        (actual,) = applied.run([dy], applied.values(xs, **{f"d{k}": np.ones(sample.shapes[k])}))
        _close(actual, expected, rtol, 1e-14, f"operand {k}")


def check_second_derivative(sample, rng, rtol=1e-11):
    """Elementwise: the tangents of the cotangents are the second derivatives of the 50-digit value."""
    xs = sample.draw(rng)
    applied = Applied(sample)
    f = precise(sample.row)
    ones = np.ones(applied.y.shape)
    for j, x_bar in zip(applied.active, applied.cotangents(), strict=True):
        for k in applied.active:
            expected = _mp_derivative(f, xs, j, k)
            seed = {applied.xs[k].index: applied.graph.leaf(f"d{k}", sample.shapes[k])}
            second = jvp(applied.graph, [x_bar], seed)[0] if x_bar is not None else None
            actual = np.zeros(applied.y.shape)
            if second is not None:
                (actual,) = applied.run([second], applied.values(xs, y_bar=ones, **{f"d{k}": ones}))
            _close(actual, expected, rtol, 1e-13, f"operands {j} and {k}")


def _points(xs):
    return [
        tuple(bool(x) if isinstance(x, np.bool_) else mpmath.mpf(float(x)) for x in point)
        for point in zip(
            *(np.broadcast_to(x, np.broadcast_shapes(*(x.shape for x in xs))).ravel() for x in xs), strict=True
        )
    ]


def _mp_derivative(f, xs, *positions):
    """Return the derivative of f with respect to the operands ``positions``, one after the other, at 50 digits."""
    found = []
    with mpmath.workdps(DIGITS):
        for point in _points(xs):
            orders = tuple(positions.count(k) for k in sorted(set(positions)))
            active = sorted(set(positions))

            def g(*moved, point=point, active=active):
                whole = list(point)
                for k, value in zip(active, moved, strict=True):
                    whole[k] = value
                return mpmath.mpf(f(*whole))

            at = tuple(point[k] for k in active)
            value = mpmath.diff(g, at[0], orders[0]) if len(at) == 1 else mpmath.diff(g, at, orders)
            found.append(float(value))
    return np.array(found).reshape(np.broadcast_shapes(*(x.shape for x in xs)))


def check_dot_product(sample, rng, rtol=1e-12):
    """⟨ȳ, J dx⟩ = ⟨Jᵀ ȳ, dx⟩ for each operand.

    Blind to a mistake that jvp and vjp share, as those of an elementwise op share their partial.
    """
    xs = sample.draw(rng)
    applied = Applied(sample)
    bars = applied.cotangents()
    for k, x_bar in zip(applied.active, bars, strict=True):
        dy = applied.tangents([k])
        assert (dy is None) == (x_bar is None), f"operand {k}: one of jvp and vjp is zero"
        if dy is None:
            continue
        assert dy.shape == applied.y.shape, f"operand {k}: the tangent has shape {dy.shape}"
        assert x_bar.shape == sample.shapes[k], f"operand {k}: the cotangent has shape {x_bar.shape}"
        dx, y_bar = rng.normal(size=sample.shapes[k]), rng.normal(size=applied.y.shape)
        dy, x_bar = applied.run([dy, x_bar], applied.values(xs, y_bar=y_bar, **{f"d{k}": dx}))
        scale = np.sum(np.abs(y_bar * dy)) + np.sum(np.abs(x_bar * dx))
        assert abs(np.sum(y_bar * dy) - np.sum(x_bar * dx)) <= rtol * scale, (
            f"operand {k}: ⟨ȳ, J dx⟩ and ⟨Jᵀ ȳ, dx⟩ differ"
        )


def check_complex_step(sample, rng, rtol=1e-12):
    """The tangent is Im f(x + i h dx) / h, for each operand."""
    xs = sample.draw(rng)
    applied = Applied(sample)
    for k in applied.active:
        dx = rng.normal(size=sample.shapes[k])
        moved = [x + 1j * STEP * dx if j == k else x for j, x in enumerate(xs)]
        (value,) = applied.run([applied.y], applied.values(moved), COMPLEX128)
        dy = applied.tangents([k])
        assert dy is not None, f"operand {k} has no tangent"
        (actual,) = applied.run([dy], applied.values(xs, **{f"d{k}": dx}))
        _close(actual, value.imag / STEP, rtol, rtol * np.max(np.abs(actual), initial=1e-3), f"operand {k}")


def check_symbolic(sample, rng, rtol=1e-11):
    """The Jacobian by SymPy's rules is the Jacobian by the table's."""
    xs = sample.draw(rng)
    applied = Applied(sample)
    values, wrt = applied.values(xs), [applied.xs[k] for k in applied.active]
    blocks = symbolic(applied.graph, applied.y, wrt)
    expected = jacobian(applied.graph, applied.y, wrt, values, "forward")
    for block, other in zip(blocks, expected, strict=True):
        _close(block.evaluate(values), other, rtol, 1e-13)


def check_number_system(sample, rng, numbers, rtol):
    """The value and the cotangents have the dtype of ``numbers`` and agree with doubles."""
    xs = sample.draw(rng)
    applied = Applied(sample)
    nodes = [applied.y, *(bar for bar in applied.cotangents() if bar is not None)]
    values = applied.values(xs, y_bar=rng.normal(size=applied.y.shape))
    for node, actual, expected in zip(
        nodes, applied.run(nodes, values, numbers), applied.run(nodes, values), strict=True
    ):
        assert actual.dtype == (bool if node.node.boolean else numbers.dtype)
        _close(actual, expected, rtol, rtol)


def check_float32(sample, rng):
    check_number_system(sample, rng, FLOAT32, 2e-5)


def check_complex128(sample, rng):
    check_number_system(sample, rng, COMPLEX128, 1e-12)


def batch_patterns(count, n, m):
    """Return for ``count`` operands and their seeds the batch axes each carries, as (of every operand, of the seeds)."""
    alone = [([(n,) if j == k else () for j in range(count)], ()) for k in range(count)]
    crossed = [((n, 1) if k % 2 == 0 else (1, m)) for k in range(count)]
    return [
        ([(n,)] * count, ()),
        ([()] * count, (n,)),
        ([(n,)] * count, (n,)),
        ([(1,)] * count, (n,)),
        ([(n,)] * count, (1,)),
        ([(n, 1)] * count, (1, m)),
        ([(1, m)] * count, (n, m)),
        ([(n, m)] * count, ()),
        (crossed, ()),
        *(alone if count > 1 else []),
    ]


def check_batched(sample, rng, batches, seed_batch):
    """Value, tangent and cotangents of a whole batch are those of its points, one by one."""
    applied = Applied(sample)
    dy, bars = applied.tangents(), applied.cotangents()
    nodes = [node for node in (applied.y, dy, *bars) if node is not None]
    seeds = {f"d{k}": rng.normal(size=seed_batch + sample.shapes[k]) for k in applied.active}
    seeds["y_bar"] = rng.normal(size=seed_batch + applied.y.shape)
    values = applied.values(sample.draw(rng, batches), **seeds)
    full = np.broadcast_shapes(*batches, seed_batch)
    cores = {name: leaf.shape for name, leaf in applied.graph.inputs().items()}
    batched = [_spread(v, full + node.shape) for node, v in zip(nodes, applied.run(nodes, values), strict=True)]
    for position in np.ndindex(full):
        point = {name: _member(values[name], len(core), position) for name, core in cores.items()}
        for whole, one in zip(batched, applied.run(nodes, point), strict=True):
            _close(whole[position], one, 1e-11, 1e-13, f"at {position}")


def _spread(value, shape):
    assert value.ndim <= len(shape), f"a value has shape {value.shape} instead of {shape}"
    assert np.broadcast_shapes(value.shape, shape) == shape, f"a value has shape {value.shape} instead of {shape}"
    return np.broadcast_to(value, shape)


def _member(value, rank, position):
    """Return the element of a batch at ``position``; an axis of size 1 has the same element everywhere."""
    batch = value.shape[: value.ndim - rank]
    return value[tuple(min(k, n - 1) for k, n in zip(position, batch, strict=False))] if batch else value
