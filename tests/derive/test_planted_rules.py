"""A wrong derivative rule of any op makes the modes that use it FAIL, and never reaches the symbolic route, in any order of tests."""

import functools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from samples import SAMPLES, elementwise_samples

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.derive.jacobian import jacobian
from jaccli.derive.symbolic import local_partials, symbolic
from jaccli.derive.symbolic.rules import definition
from jaccli.graph.ir import Graph
from jaccli.ops import TABLE
from jaccli.ops.rules import RULES

WRONG = 1.0005  # a mistake of 0.05 %
#: Kind of rule → the routes that read it; the tangent of a linear op is the op itself.
READ = {"partials": {"forward", "reverse"}, "transpose": {"reverse"}, "jvp": {"forward"}, "vjp": {"reverse"}}
FREE = [sample for sample in [*elementwise_samples((2,)), *SAMPLES] if not sample.row.boolean and sample.op != "cast"]
#: The first sample of each op that is no 1 × 1 matrix, whose cofactor is 1 and whose other values are trivial too.
FIRST = list({sample.op: sample for sample in FREE[::-1] if sample.shapes[0] != (1, 1)}.values())
PLANTS = [(sample, field) for sample in FIRST for field in READ if getattr(RULES[sample.op], field)]


def each(cases):
    return pytest.mark.parametrize(("sample", "field"), cases, ids=[f"{s.op}-{field}" for s, field in cases])


def _times(rule):
    """Return a rule whose result is too large by 0.05 %, or 0.0005 where it gives none."""

    def planted(y, *args, **params):
        found = rule(y, *args, **params) if callable(rule) else rule
        return (
            y.graph.literal(WRONG - 1 if found is None else found * WRONG) if found in (None, 1, -1) else found * WRONG
        )

    return planted


def planted(rules, field):
    """Return the rules of an op, with those of one kind, if it has them, all wrong."""
    if not (right := getattr(rules, field)):
        return rules
    return replace(rules, **{field: _times(right) if callable(right) else tuple(map(_times, right))})


def applied(sample, rng):
    """Return (graph, variables, output, values) of an op on inputs; truth values are made of a number, orders are literals."""
    graph, variables, values, operands = Graph(), {}, {}, []
    for k, x in enumerate(sample.draw(rng)):
        if sample.domain(k) == "whole":
            operands.append(graph.literal(2))
            continue
        values[f"x{k}"] = np.asarray(x, dtype=float)
        variables[f"x{k}"] = graph.leaf(f"x{k}", x.shape)
        operands.append(variables[f"x{k}"] > 0.5 if sample.domain(k) == "boolean" else variables[f"x{k}"])
    return graph, variables, graph.add(sample.op, operands, sample.params), values


def failing(sample, rng):
    """Return the modes whose verdict on an op is FAIL, and those whose verdict is PASS; the symbolic route has a test of its own."""
    graph, variables, y, values = applied(sample, rng)
    inputs = {name: {"shape": list(value.shape), "value": value.tolist()} for name, value in values.items()}
    model = jaccli.parse({"inputs": inputs, "outputs": {"y": "1"}}).built
    by_rules = CheckOptions(wanted=lambda id_: "symbolic" not in id_)
    report = check(replace(model, graph=graph, variables=variables, outputs={"y": y}), by_rules)
    return tuple({one.tested for one in report.checks if one.outcome == outcome} for outcome in ("fail", "pass"))


@each(PLANTS)
def test_planted_rule_fails_where_it_is_read_and_nowhere_else(sample, field, rng, monkeypatch):
    monkeypatch.setitem(RULES, sample.op, planted(RULES[sample.op], field))
    failed, passed = failing(sample, rng)
    assert (failed, passed >= {"forward", "reverse"} - READ[field]) == (READ[field], True)


@pytest.mark.parametrize("sample", FIRST, ids=lambda sample: sample.op)
def test_wrong_rules_of_every_op_leave_the_symbolic_route_right(sample, rng, monkeypatch):
    graph, variables, y, values = applied(sample, rng)
    wrt = list(variables.values())
    right = jacobian(graph, y, wrt, values)
    for name, rules in RULES.items():
        monkeypatch.setitem(RULES, name, functools.reduce(planted, READ, rules))
    for block, expected in zip(symbolic(graph, y, wrt), right, strict=True):
        np.testing.assert_allclose(block.evaluate(values), expected, rtol=1e-10, atol=1e-12)


# --- nothing that was derived once hides what a row has become


@pytest.mark.parametrize("sample", [s for s in FIRST if s.row.kind == "elementwise"], ids=lambda sample: sample.op)
def test_symbolic_route_follows_the_definition_of_a_row(sample, rng, monkeypatch):
    graph, variables, y, values = applied(sample, rng)
    wrt = list(variables.values())
    before = [block.evaluate(values) for block in symbolic(graph, y, wrt)]
    own = definition(sample.row)
    monkeypatch.setitem(TABLE, sample.op, replace(sample.row, definition=lambda m, *xs: 2 * own(m, *xs)))
    for block, was in zip(symbolic(graph, y, wrt), before, strict=True):
        np.testing.assert_allclose(block.evaluate(values), 2 * was, rtol=1e-14)


def test_local_partials_follow_the_definition_of_a_row(monkeypatch):
    system = SimpleNamespace(number=float, cos=np.cos)
    own = local_partials("sin", 1, system)[0](0.5)
    monkeypatch.setitem(TABLE, "sin", replace(TABLE["sin"], definition=lambda m, x: 2 * m.sin(x)))
    assert (local_partials("sin", 1, system)[0](0.5), own) == (2 * np.cos(0.5), np.cos(0.5))
