"""Products that are put together without SymPy's arithmetic are those that it gives, to the order of their factors."""

import pytest
import sympy

from jaccli.derive.symbolic.forms import multiplied

X, Y, Z = (sympy.Symbol(name, real=True) for name in ("x[2]", "x[10]", "W1[0, 1]"))
A, BAR, PLAIN = sympy.Symbol("a", real=True), sympy.Symbol("a_bar", real=True), sympy.Symbol("x[2]")
ONE, HALF = sympy.S.One, sympy.Rational(1, 2)


@pytest.mark.parametrize(
    ("coefficient", "factors"),
    [
        pytest.param(ONE, (X, Y, Z), id="indices"),
        pytest.param(ONE, (Z, BAR, A, Y), id="any order"),
        pytest.param(-ONE, (X,), id="minus"),
        pytest.param(HALF, (Y, X), id="fraction"),
        pytest.param(ONE, (X,), id="one factor"),
        pytest.param(HALF, (), id="no factor"),
        pytest.param(sympy.S.Zero, (X, Y), id="zero"),
        pytest.param(ONE, (X, Y, X), id="power"),
        pytest.param(ONE, (X, PLAIN), id="two of one name"),
        pytest.param(sympy.sqrt(2), (X, A), id="irrational"),
        pytest.param(sympy.oo, (X, A), id="infinite"),
        pytest.param(ONE, (X, ONE), id="number among the factors"),
        pytest.param(HALF, (X, A + BAR), id="sum"),
        pytest.param(ONE, (sympy.tanh(X), A), id="function"),
    ],
)
def test_multiplied_is_sympys_product(coefficient, factors):
    found, expected = multiplied(coefficient, factors), sympy.Mul(coefficient, *factors)
    assert (found, hash(found), sympy.srepr(found)) == (expected, hash(expected), sympy.srepr(expected))
    assert found.is_commutative is expected.is_commutative
    assert found + A == expected + A
