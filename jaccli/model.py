"""The Python face of a spec: evaluate it, differentiate it by any route, check it.

Longer than other modules, since a model is one class, with a method of a few lines for each thing that is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.compute.compute import where_defined
from jaccli.compute.fitting import refuse_unless_it_fits
from jaccli.compute.jacobian_call import JacobianCall
from jaccli.compute.references import certified_jacobians, difference_jacobian
from jaccli.compute.reuse import Kept
from jaccli.compute.shown import Shown
from jaccli.compute.sparse_arrays import SparseJacobian, sparse_hessian
from jaccli.compute.sparsity import sparsities
from jaccli.derive.compiled import compiled_values, gradient_and_product, value_and_gradient
from jaccli.derive.jacobian import Plan, carried_out, hessian, plan
from jaccli.derive.products import Products
from jaccli.errors import UsageError
from jaccli.graph.build import Built, build
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr
from jaccli.graph.load import load as load_built
from jaccli.graph.selection import Selection, exact_constants, select
from jaccli.graph.static import Engine
from jaccli.results.checks import Report
from jaccli.results.kinds import Route
from jaccli.results.sparsity import Sparsity
from jaccli.spec.load import spec_from_expressions, spec_from_mapping
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["Model", "function", "load", "parse", "sparsity"]


class Model(Shown):
    """A spec's function, ready to run; names are those of the spec, arrays go in and come out.

    ``at`` gives values for inputs and params that replace those of the spec. Derived graphs are made once; what runs a second
    time is compiled, so that a model can be run many times (``compile`` does so at once).
    """

    def __init__(self, built: Built) -> None:
        self.built = built
        self.spec = built.spec
        self._engine = Engine(built.graph)
        self._products = Products(built.graph, self._engine)
        self._compressed: dict[tuple[str, tuple[str, ...]], SparseJacobian] = {}
        self._plans: dict[tuple[str, tuple[str, ...], str], list[Plan]] = {}

    @property
    def inputs(self) -> list[str]:
        """The names that can be differentiated with respect to: inputs and params."""
        return self.built.differentiable

    @property
    def outputs(self) -> list[str]:
        """The names that can be differentiated."""
        return list(self.built.outputs)

    def point(self, at: Mapping[str, Any] | None = None) -> Point:
        """Return the value of every input, param and constant, ``at`` put over those of the spec.

        Errors: UsageError for an unknown name, a wrong shape, or a variable without a value.
        """
        point = self.built.point(at)
        if lacking := [variable.name for variable in self.spec.variables if variable.name not in point]:
            name = lacking[0]
            raise UsageError(f"`{name}` has no value: give `value:` in the spec, or at={{'{name}': …}}")
        return point

    def evaluate(self, at: Mapping[str, Any] | None = None) -> dict[str, Array]:
        """Return the outputs by name; shapes: those of the outputs."""
        values = self._engine(self.built.graph, list(self.built.outputs.values()), self.point(at))
        shapes = [output.shape for output in self.built.outputs.values()]
        return {n: np.array(np.broadcast_to(v, s)) for n, v, s in zip(self.built.outputs, values, shapes, strict=True)}

    def jacobian(self, of: str, wrt: str, at: Mapping[str, Any] | None = None, route: str = "auto") -> Array:
        """Return the derivative of output ``of`` with respect to ``wrt``.

        Shapes: of.shape + wrt.shape; a scalar output's gradient has the shape of the variable.
        route:  auto, forward, reverse, symbolic, difference or certified.
        Law:    NaN in the rows where the value is NaN, as outside the domain of a logarithm.
        Errors: UsageError for an unknown name or route; derive.symbolic.TooLarge for the symbolic route of a large graph.
        """
        self._known(of, wrt)
        point = self.point(at)
        found = self._jacobian(of, wrt, point, route)
        (value,) = evaluate(self.built.graph, [self.built.outputs[of]], point)
        return np.asarray(where_defined(found, np.broadcast_to(value, self.built.outputs[of].shape)))

    def _jacobian(self, of: str, wrt: str, point: Point, route: str) -> Array:
        if route == Route.SYMBOLIC:
            return np.asarray(self.symbolic(of, wrt).evaluate(point))
        if route == Route.DIFFERENCE:
            return difference_jacobian(self.built, of, wrt, point)
        if route == Route.CERTIFIED:
            return certified_jacobians(self.built, of, [wrt], point)[wrt]
        if route not in [*Route]:
            raise UsageError(f"'route' must be one of {', '.join(Route)} (got {route!r})")
        return self._jacobians(of, [wrt], point, route)[0]

    def gradients(self, of: str, at: Mapping[str, Any] | None = None, route: str = "auto") -> dict[str, Array]:
        """Return the derivative of output ``of`` with respect to every variable; one reverse pass serves them all."""
        if route in (Route.SYMBOLIC, Route.DIFFERENCE, Route.CERTIFIED):
            return {name: self.jacobian(of, name, at, route) for name in self.inputs}
        self._known(of, None)
        return dict(zip(self.inputs, self._jacobians(of, self.inputs, self.point(at), route), strict=True))

    def compile(self, of: str, wrt: Sequence[str] | None = None) -> Callable[..., tuple[float, dict[str, Array]]]:
        """Return a compiled function of ``at`` that gives the number ``of`` and its gradient: define once, run many times.

        wrt:    the variables of the gradient; all where none are named.
        Law:    equal to ``evaluate`` and ``gradients`` to the last few ulps; the arrays it returns are the caller's own.
        Errors: UsageError for an unknown name, or an output that is not a number.
        Example: ``step = model.compile("loss"); loss, gradient = step({"W": W})``
        """
        names = list(wrt) if wrt is not None else self.inputs
        number = self._number(of, names, "compile()")
        run = value_and_gradient(number, {name: self.built.variables[name] for name in names})
        return lambda at=None: run(self.point(at))

    def compile_values(self, of: str | Sequence[str]) -> Callable[..., Any]:
        """Return a compiled function of ``at`` that gives output ``of``, or a tuple of one for each of a list.

        Law:    equal to ``evaluate`` to the last few ulps; the arrays it returns are the caller's own.
        Errors: UsageError for an unknown name.
        Example: ``run = model.compile_values("y"); y = run({"x": x})``
        """
        names = [of] if isinstance(of, str) else list(of)
        select(self.built, Selection(tuple(names), ()))
        run = compiled_values([self.built.outputs[name] for name in names])
        if isinstance(of, str):
            return lambda at=None: run(self.point(at))[0]
        return lambda at=None: tuple(run(self.point(at)))

    def compile_hvp(self, of: str, wrt: Sequence[str] | None = None) -> Callable[..., Any]:
        """Return a compiled function of tangents and ``at`` that gives the gradient of ``of`` and its Hessian times the tangents.

        wrt:    the variables of both; all where none are named. A variable without a tangent is not moved.
        Law:    equal to ``gradients`` and ``hvp`` to the last few ulps; the arrays it returns are the caller's own.
        Errors: UsageError for an unknown name, a tangent of a wrong shape, or an output that is not a number.
        Example: ``along = model.compile_hvp("loss"); gradient, product = along({"W": dW}, {"W": W})``
        """
        names = list(wrt) if wrt is not None else self.inputs
        number = self._number(of, names, "compile_hvp()")
        variables = {name: self.built.variables[name] for name in names}
        run = gradient_and_product(number, variables)

        def call(tangents: Mapping[str, Any], at: Mapping[str, Any] | None = None) -> Any:
            moved = {name: self._like(name, variables, dx, "tangent") for name, dx in tangents.items()}
            still = {name: np.zeros(x.shape) for name, x in variables.items() if name not in moved}
            return run(self.point(at), {**still, **moved})

        return call

    def compile_jacobian(self, of: str, wrt: str | Sequence[str]) -> JacobianCall:
        """Return a compiled function of arrays that gives the Jacobian of ``of`` by ``wrt``, or one for each of a list.

        Law:    equal to ``jacobian`` to the last few ulps; the arrays it returns are the caller's own.
        Cost:   factors are kept apart (a diagonal is a vector, an outer product two) until the result is written; where that
                saves nothing, all rows or columns are seeded in one batch.
        Errors: UsageError for an unknown name.
        Example: ``jac = model.compile_jacobian("y", ["W", "b"]); J_W, J_b = jac(W, b)``
        """
        single = isinstance(wrt, str)
        names = [wrt] if isinstance(wrt, str) else list(wrt)
        select(self.built, Selection((of,), tuple(names)))
        refuse_unless_it_fits(of, self.built.outputs[of], {name: self.built.variables[name] for name in names})
        return JacobianCall(self.built, of, names, single, partial(self._defined, of, names))

    def _defined(self, of: str, wrt: Sequence[str], point: Point) -> list[Array]:
        (value,) = self._engine(self.built.graph, [self.built.outputs[of]], point)
        value = np.broadcast_to(value, self.built.outputs[of].shape)
        return [np.asarray(where_defined(found, value)) for found in self._jacobians(of, wrt, point, "auto")]

    def keep(
        self, at: Mapping[str, Any] | None = None, of: Sequence[str] | None = None, wrt: Sequence[str] | None = None
    ) -> Kept:
        """Return the values and Jacobians at a point, kept so that a change computes again only what depends on it.

        Example: ``kept = model.keep(); kept.change({"b": b}).forward.reused; kept.jacobians["s"]["W"]``
        """
        select(self.built, Selection(tuple(of or ()), tuple(wrt or ())))
        return Kept(self.built, at, of, wrt)

    def jvp(self, tangents: Mapping[str, Any], at: Mapping[str, Any] | None = None) -> dict[str, Array]:
        """Return dy = J @ dx for every output, dx by variable name (zero where none is given); shapes: those of the outputs."""
        given = {name: self._like(name, self.built.variables, dx, "tangent") for name, dx in tangents.items()}
        found = self._products.jvp(list(self.built.outputs.values()), given, self.point(at))
        return dict(zip(self.built.outputs, found, strict=True))

    def vjp(self, cotangents: Mapping[str, Any], at: Mapping[str, Any] | None = None) -> dict[str, Array]:
        """Return x_bar = Jᵀ @ y_bar for every variable, y_bar by output name; shapes: those of the variables."""
        arrays = {name: self._like(name, self.built.outputs, y_bar, "cotangent") for name, y_bar in cotangents.items()}
        given: dict[int, Array] = {}
        for name, array in arrays.items():  # two names may stand for one node
            index = self.built.outputs[name].index
            given[index] = given[index] + array if index in given else array
        variables = [self.built.variables[name] for name in self.inputs]
        found = self._products.vjp(given, variables, self.point(at))
        return dict(zip(self.inputs, found, strict=True))

    def hessian(self, of: str, wrt: str, wrt2: str | None = None, at: Mapping[str, Any] | None = None) -> Array:
        """Return the second derivatives of ``of`` with respect to ``wrt``, then ``wrt2`` (``wrt`` again where not given).

        Shapes: of.shape + wrt.shape + wrt2.shape.
        """
        self._known(of, wrt)
        self._known(of, wrt2 or wrt)
        first, second = self.built.variables[wrt], self.built.variables[wrt2 or wrt]
        return hessian(self.built.graph, self.built.outputs[of], first, second, self.point(at), self._engine)

    def hvp(self, of: str, tangents: Mapping[str, Any], at: Mapping[str, Any] | None = None) -> dict[str, Array]:
        """Return for every variable the Hessian of ``of`` times the tangents, without building the Hessian.

        Shapes: of.shape + the variable's shape; for a scalar output that of the variable.
        """
        self._known(of, None)
        given = {name: self._like(name, self.built.variables, dx, "tangent") for name, dx in tangents.items()}
        variables = [self.built.variables[name] for name in self.inputs]
        found = self._products.hvp(self.built.outputs[of], variables, given, self.point(at))
        return dict(zip(self.inputs, found, strict=True))

    def symbolic(self, of: str, wrt: str) -> Any:
        """Return the derivative as symbols: a derive.symbolic.Symbolic with bindings and entries of of.shape + wrt.shape.

        Errors: UsageError for an unknown name; derive.symbolic.TooLarge where the graph is too large to be worth reading.
        """
        from jaccli.derive.symbolic import symbolic

        self._known(of, wrt)
        exact = exact_constants(self.spec)
        return symbolic(self.built.graph, self.built.outputs[of], [self.built.variables[wrt]], exact)[0]

    def gradcheck(
        self,
        at: Mapping[str, Any] | None = None,
        *,
        rtol: float | None = None,
        points: int | None = None,
        seed: int | None = None,
        order: int = 1,
    ) -> Report:
        """Judge forward, reverse and symbolic derivatives and every claim of the spec against differences with error bars.

        order: 2 judges the Hessians of scalar outputs instead, against differences of their gradients.
        """
        return check(self.built, CheckOptions(at=at, rtol=rtol, points=points, seed=seed, order=order))

    def _jacobians(self, of: str, wrt: Sequence[str], point: Point, route: str) -> list[Array]:
        graph, output, variables = self.built.graph, self.built.outputs[of], [self.built.variables[n] for n in wrt]
        refuse_unless_it_fits(of, output, dict(zip(wrt, variables, strict=True)))
        key = of, tuple(wrt), route
        if key not in self._plans:
            self._plans[key] = plan(graph, output, variables, route)
        return carried_out(graph, self._plans[key], output, variables, point, run=self._engine)

    def sparsity(self, of: str, wrt: str | Sequence[str] | None = None) -> Sparsity:
        """Return which entries of the Jacobian of ``of`` can be nonzero, by ``wrt`` side by side, and the products that give them.

        Shapes: of.size × the elements of all variables, these in the order of the spec.

        Law:    every other entry is zero at every point: the pattern follows from the spec's operations, not from values.
        Errors: UsageError for an unknown name.
        """
        return sparsities(self.built, Selection((of,), tuple(self._names(wrt))))[0]

    def sparse_jacobian(
        self, of: str, wrt: str | Sequence[str] | None = None, at: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the Jacobian of ``of`` by ``wrt`` side by side as a scipy.sparse.csr_array; all variables where none is named.

        Shapes: of.size × the elements of all variables in the order of the spec, both in row-major order.
        Law:    NaN at the entries of a row whose value is NaN.
        Cost:   one product for each colour of ``sparsity``, not one for each row or column.
        Errors: UsageError for an unknown name, or a variable without a value.
        """
        names = self._names(wrt)
        self._known(of, None)
        key = of, tuple(names)
        if key not in self._compressed:
            self._compressed[key] = SparseJacobian(self.built, of, names, self._engine)
        return self._compressed[key](self.point(at))

    def sparse_hessian(self, of: str, wrt: str, at: Mapping[str, Any] | None = None) -> Any:
        """Return the Hessian of the number ``of`` by ``wrt`` as a scipy.sparse.csr_array of wrt.size × wrt.size.

        Cost:   one product of the Hessian with a vector for each colour of a star colouring.
        Errors: UsageError for an unknown name, an output that is not a number, or a variable without a value.
        """
        self._known(of, wrt)
        return sparse_hessian(self.built, of, wrt, self.point(at), self._engine)

    def _number(self, of: str, wrt: Sequence[str], caller: str) -> Expr:
        select(self.built, Selection((of,), tuple(wrt)))
        found = self.built.outputs[of]
        if found.shape:
            raise UsageError(f"`{of}` has shape {found.shape}; {caller} takes a number, such as a loss")
        return found

    def _names(self, wrt: str | Sequence[str] | None) -> list[str]:
        names = self.inputs if wrt is None else [wrt] if isinstance(wrt, str) else list(wrt)
        return select(self.built, Selection((), tuple(names)))[1]

    def _known(self, of: str, wrt: str | None) -> None:
        select(self.built, Selection((of,), (wrt,) if wrt else ()))

    def _like(self, name: str, known: Mapping[str, Any], value: Any, what: str) -> Array:
        if name not in known:
            raise UsageError(f"`{name}` is unknown (known: {', '.join(known)})")
        array = np.asarray(value, dtype=np.float64)
        if array.shape != known[name].shape:
            raise UsageError(f"the {what} of `{name}` must have shape {known[name].shape} (got {array.shape})")
        return array


def sparsity(model: Model | str | Path, of: str | None = None, wrt: str | Sequence[str] | None = None) -> Sparsity:
    """Return which entries of the Jacobian of an output can be nonzero; model: a Model, or the path of a spec.

    of: the only output where none is named.
    Errors: UsageError for an unknown name, or several outputs of which none is named.
    """
    found = model if isinstance(model, Model) else load(model)
    if of is None and len(found.outputs) != 1:
        raise UsageError(f"name one of the outputs: of={' or '.join(map(repr, found.outputs))}")
    return found.sparsity(of if of is not None else found.outputs[0], wrt)


def load(path: str | Path) -> Model:
    """Return the model of a spec file.

    Errors: SourceError with every mistake of the spec and its place.
    """
    return Model(load_built(str(path)))


def parse(mapping: Mapping[str, Any]) -> Model:
    """Return the model of a spec given as a mapping; arrays may stand where lists may.

    Example: ``parse({"inputs": {"x": 2}, "outputs": {"y": "x**2"}}).jacobian("y", "x")  # 4.0``
    """
    problems: list[Any] = []
    return Model(build(spec_from_mapping(mapping, problems), problems))


def function(*expressions: str, at: Mapping[str, Any] | None = None) -> Model:
    """Return the model of one-line expressions; names that are not defined are inputs, with the shapes of ``at``.

    Example: ``function("y = x**2").jacobian("y", "x", at={"x": 3})  # 6.0``
    """
    problems: list[Any] = []
    arrays = {name: np.asarray(value) for name, value in (at or {}).items()}
    return Model(build(spec_from_expressions(expressions, problems, arrays), problems))
