"""The tables of the symbolic route are complete: every function that a definition or its SymPy derivative uses has its numbers."""

import math
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import sympy

import jaccli
from jaccli.derive.symbolic import table as sympy_table
from jaccli.derive.symbolic.forms import whole
from jaccli.derive.symbolic.machine import Machine
from jaccli.derive.symbolic.rules import definition, rule
from jaccli.derive.symbolic.scalars import Scalars
from jaccli.derive.symbolic.table import EXPR_NAMESPACE
from jaccli.derive.symbolic.walk import Numbers
from jaccli.ops import TABLE

ELEMENTWISE = [row for row in TABLE.values() if row.kind == "elementwise"]
ATOMS = (sympy.Symbol, sympy.Number, sympy.NumberSymbol, sympy.logic.boolalg.BooleanAtom)
X, Y = sympy.symbols("x y", real=True)


def value_and_partials(row):
    """Return the op's value on symbols and the derivatives the symbolic route takes from SymPy."""
    if row.boolean:
        return [definition(row)(EXPR_NAMESPACE, X, Y)]
    _, value, partials = rule(row, tuple(X > 0 if domain == "boolean" else None for domain in row.domains))
    return [value, *(partial for _, partial in partials)]


def functions_of(expression):
    """Return the classes of an expression's nodes, atoms and the parts of a selection left out."""
    own = (sympy.Piecewise, sympy.functions.elementary.piecewise.ExprCondPair)
    return {node.func for node in sympy.preorder_traversal(expression) if not isinstance(node, ATOMS + own)}


@pytest.mark.parametrize("table", [sympy_table.doubles, sympy_table.high_precision], ids=["doubles", "high precision"])
@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_every_function_of_a_definition_and_its_derivatives_has_a_number(row, table):
    used = set().union(*(functions_of(expression) for expression in value_and_partials(row)))
    assert {cls.__name__ for cls in used - set(table())} == set()


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_every_definition_uses_only_the_namespace(row):
    used = set()

    class Recorder(SimpleNamespace):
        def __getattribute__(self, name):
            used.add(name)
            return getattr(EXPR_NAMESPACE, name)

    definition = row.definition or (lambda m, *xs: getattr(m, row.name)(*xs))
    definition(Recorder(), *([X > 0] if row.domains[0] == "boolean" else [X]), *([X] * (row.arity - 1)))
    assert used <= set(vars(EXPR_NAMESPACE))


# --- the two tables against NumPy

EDGES = [-2.0, -0.0, 0.0, 0.5, 3.0, np.nan]


@pytest.mark.parametrize("x", EDGES, ids=str)
@pytest.mark.parametrize("precise", [False, True], ids=["doubles", "high precision"])
@pytest.mark.parametrize(("cls", "reference"), [
    (sympy.Abs, np.abs), (sympy.sign, np.sign), (sympy.Max, lambda x: np.maximum(x, 1)), (sympy.Min, lambda x: np.minimum(x, 1)),
    (sympy.Heaviside, lambda x: np.heaviside(x, 0.5)),
], ids=["Abs", "sign", "Max", "Min", "Heaviside"])  # fmt: skip
def test_functions_with_a_kink_are_numpys(cls, reference, x, precise):
    make = mpmath.mpf if precise else np.float64
    table = sympy_table.high_precision() if precise else sympy_table.doubles()
    extra = {sympy.Max: [make(1)], sympy.Min: [make(1)], sympy.Heaviside: [make(0.5)]}.get(cls, [])
    np.testing.assert_array_equal(float(table[cls](make(x), *extra)), float(reference(x)))


def evaluate_bindings(bindings, entries, values):
    """Return the values of entries by bindings, (symbol, expression) in order, given those of the inputs' symbols."""
    scalars, inputs = Scalars(()), {s.name: np.array(s, dtype=object) for s in values}
    for symbol, expression in bindings:
        scalars.append(symbol, whole(expression), ())
    numbers = Numbers(Machine(scalars, inputs)).at({s.name: value for s, value in values.items()})
    return numbers.entries([numbers.machine.slot(entry) for entry in entries])


def test_evaluate_bindings_computes_intermediates_in_order():
    t, u = sympy.symbols("t u", real=True)
    assert evaluate_bindings([(t, X + 1), (u, t * t)], [u - X], {X: 2.0}) == [7.0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (sympy.Rational(1, 10), 0.1),
        (sympy.pi, np.pi),
        (sympy.E, np.e),
        (sympy.Rational(10) ** 400, np.inf),
        (sympy.nan, np.nan),
        (sympy.zoo, np.nan),
        (sympy.I, np.nan),
        (sympy.Rational(1, 3) ** 700, 3.0**-700),
        (sympy.Rational(-(10**400)), -np.inf),
        (sympy.Rational(1, 10**400), 0.0),
    ],
    ids=str,
)
def test_numbers_are_the_nearestdoubles(expression, expected):
    np.testing.assert_equal(evaluate_bindings([], [expression], {}), [expected])


def test_a_selection_takes_the_first_branch_that_holds():
    piecewise = sympy.Piecewise((X, X > 1), (X * X, X > 0), (7, True), evaluate=False)
    assert [evaluate_bindings([], [piecewise], {X: x})[0] for x in (2.0, 0.5, -1.0)] == [2.0, 0.25, 7.0]


@pytest.mark.parametrize(
    ("expression", "slope"),
    [
        pytest.param("where(x > log(-1), x**3, 5*x)", 5.0, id="greater than NaN"),
        pytest.param("where(x <= sqrt(-2), x**3, 5*x)", 5.0, id="at most NaN"),
        pytest.param("where(x != log(-1), x**3, 5*x)", 12.0, id="other than NaN"),
        pytest.param("maximum(x, log(-1))", math.nan, id="the larger of NaN"),
        pytest.param("x*arctan2(0, 0) + x", 1.0, id="no angle"),
    ],
)
def test_constants_without_a_value_are_compared_as_doubles_are(expression: str, slope: float) -> None:
    model = jaccli.parse({"inputs": {"x": 2.0}, "outputs": {"y": expression}})
    found = [float(model.jacobian("y", "x", route=route)) for route in ("reverse", "forward", "symbolic")]
    np.testing.assert_array_equal(found, slope)


def test_comparison_with_a_number_without_bounds_has_no_symbols() -> None:
    model = jaccli.parse({"inputs": {"x": 2.0}, "outputs": {"y": "where(x < 1/(x - x), x**3, 5*x)"}})
    with pytest.raises(ValueError, match="a number without bounds is compared"):
        model.jacobian("y", "x", route="symbolic")


def test_angles_of_what_is_constantly_zero_have_no_slope() -> None:
    model = jaccli.parse(
        {"inputs": {"W": [[1.0, 2.0], [3.0, 4.0]]}, "outputs": {"y": "sum(arctan2(triu(W), triu(W)))"}}
    )
    assert model.gradcheck().outcome == "pass"
