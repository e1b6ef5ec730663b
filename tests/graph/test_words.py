"""Nodes of derived graphs in words, as a person writes them."""

import numpy as np
import pytest

import jaccli
from jaccli.derive.reverse import vjp
from jaccli.graph.words import written

INPUTS = {"x": 0.7, "y": 1.3, "n1": 2.0, "n2": 3.0, "T": 300.0}


def graph_of(formula, constants=None):
    return jaccli.parse({"inputs": INPUTS, "constants": constants or {}, "outputs": {"f": formula}}).built


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("y*3*x", "3*y*x"),
        ("-(T/(kB*(n1 + n2)))*kB*2*n1", "-2*T*n1/(n1 + n2)"),
        ("n1**2*T/(n1 + n2)/(n1 + n2)*-1", "-n1**2*T/(n1 + n2)**2"),
        ("n1*cos(n1*T)*3*n2*-1", "-3*n1*n2*cos(n1*T)"),
        ("x*y/x", "y"),
        ("x**2/x**3", "1/x"),
        ("x*x*x", "x**3"),
        ("x*0.5*y", "x*y/2"),
        ("x*0.3*y", "0.3*x*y"),
        ("x/3", "x/3"),
        ("-(-x)", "x"),
        ("x + -(y*2)", "x - 2*y"),
        ("x - -y", "x + y"),
        ("-x + y", "y - x"),
        ("x - (y - 1)", "x - (y - 1)"),
        ("x*(y + 1)*2", "2*x*(y + 1)"),
        ("(x + y)**2 * x", "x*(x + y)**2"),
        ("(x*y)**2", "(x*y)**2"),
        ("x**y", "x**y"),
        ("x**-1", "1/x"),
        ("x**0.5", "x**0.5"),
        ("(x**2)**0.5", "(x**2)**0.5"),
        ("1/(x*y)", "1/(x*y)"),
        ("x/y/n1", "x/(y*n1)"),
        ("2/x", "2/x"),
        ("0*x + y", "y"),
        ("x*(y > 0)", "x*(y > 0)"),
        ("exp(-(x*2))", "exp(-2*x)"),
        ("(x - y)/(y - x)", "(x - y)/(y - x)"),
        ("-(x + y)", "-(x + y)"),
        ("2**(-x)", "2**(-x)"),
        ("(-x)**3", "(-x)**3"),
    ],
)  # fmt: skip
def test_written_is_what_a_person_writes_and_the_same(formula, words):
    built = graph_of(formula, {"kB": 1.38})
    x = built.outputs["f"]
    x.graph.names.pop(x.index, None)
    assert written(x) == words
    value = {**INPUTS, "kB": 1.38, "cos": np.cos, "exp": np.exp}
    assert eval(words, value) == pytest.approx(eval(formula, value), rel=1e-14)


def test_written_leaves_out_the_seed():
    built = graph_of("sin(x)*y*2")
    bar = built.graph.leaf("bar")
    (found,) = vjp(built.graph, {built.outputs["f"].index: bar}, [built.variables["x"]])
    assert written(found, {bar.index}) == "2*y*cos(x)"
