"""Every op that can be differentiated has rules; rules that fit no row are refused; no other route than the two modes loads them."""

import subprocess
import sys

import pytest

from jaccli.ops import TABLE
from jaccli.ops.rules import RULES
from jaccli.ops.rules.table import partials, products, transpose


def rule(*args, **params):
    return args[0]


def test_every_op_with_operands_has_rules():
    assert set(RULES) == {name for name, row in TABLE.items() if row.kind != "nullary"}


@pytest.mark.parametrize("op", RULES)
def test_rules_are_bound_to_the_row_of_their_op(op):
    assert RULES[op].row is TABLE[op]


@pytest.mark.parametrize("op", [op for op, row in TABLE.items() if row.kind == "elementwise"])
def test_an_operand_has_a_partial_or_is_flat(op):
    assert tuple(k for k, one in enumerate(RULES[op].partials) if one is None) == RULES[op].row.flat


REFUSED = {
    "of no op": (lambda: partials("tan_h", rule), r"rules of 'tan_h': there is no op of this name"),
    "a transpose of no op": (lambda: transpose("new", rule), r"rules of 'new': there is no op of this name"),
    "products of no op": (lambda: products("new", jvp=(rule,), vjp=(rule,)), r"rules of 'new': there is no op of this name"),
    "partials of a special op": (lambda: partials("norm", rule), r"rules of 'norm': the op is special, not elementwise"),
    "a transpose of an elementwise op": (lambda: transpose("tanh", rule), r"rules of 'tanh': the op is elementwise, not linear"),
    "products of a linear op": (lambda: products("sum", jvp=(rule,), vjp=(rule,)), r"rules of 'sum': the op is linear, not special"),
    "partials of a leaf": (lambda: partials("leaf"), r"rules of 'leaf': the op is nullary, not elementwise"),
    "a partial too few": (lambda: partials("mul", rule), r"rules of 'mul': one partial per operand, 2 \(got 1\)"),
    "a number as partial": (lambda: partials("tanh", 2), r"rules of 'tanh': a partial is a rule, 1, -1 or None \(got 2\)"),
    "no partial by an operand": (lambda: partials("mul", rule, None), r"rules of 'mul': a partial is None for the flat operands of its row, \(\), and no others"),
    "a partial by a flat operand": (lambda: partials("where", rule, rule, rule), r"rules of 'where': a partial is None for the flat operands of its row, \(0,\), and"),
    "no transpose": (lambda: transpose("sum", None), r"rules of 'sum': the transpose must be callable \(got None\)"),
    "no products": (lambda: products("norm", jvp=(), vjp=()), r"rules of 'norm': one jvp and one vjp per operand, 1 \(got 0 and 0\)"),
    "a product too few": (lambda: products("solve", jvp=(rule, rule), vjp=(rule,)), r"per operand, 2 \(got 2 and 1\)"),
    "a product that is none": (lambda: products("norm", jvp=(None,), vjp=(rule,)), r"rules of 'norm': every jvp and vjp must be callable"),
    "partials twice": (lambda: partials("tanh", rule), r"rules of 'tanh' are declared twice"),
    "a transpose twice": (lambda: transpose("sum", rule), r"rules of 'sum' are declared twice"),
    "products twice": (lambda: products("norm", jvp=(rule,), vjp=(rule,)), r"rules of 'norm' are declared twice"),
}  # fmt: skip


@pytest.mark.parametrize(("declare", "message"), REFUSED.values(), ids=REFUSED)
def test_rules_are_refused_and_the_table_left_alone(declare, message):
    before = dict(RULES)
    with pytest.raises(TypeError, match=message):
        declare()
    assert before == RULES


def test_other_routes_do_not_load_the_rules():
    script = """
import sys, jaccli.derive.symbolic, jaccli.certify, jaccli.difference, jaccli.adapters, jaccli.verdict, jaccli.graph.build
print(*(name for name in sys.modules if name.startswith("jaccli.ops.rules")))
import jaccli.derive.reverse
print(*(name for name in sys.modules if name == "jaccli.ops.rules"))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "\njaccli.ops.rules\n"
