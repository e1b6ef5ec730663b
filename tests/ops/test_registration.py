"""A row that is incomplete, or clashes with another, is refused with a message that says what is missing."""

import numpy as np
import pytest

from jaccli.ops import TABLE, ShapeError, lookup
from jaccli.ops.registry import elementwise, linear, nullary, special


def rule(*args, **params):
    return args[0]


REFUSED = {
    "no operand": (lambda: elementwise("new", np.sin, arity=0), r"op 'new': it needs an operand"),
    "no operand of a special op": (lambda: special("new", rule, rule, domain=()), r"op 'new': it needs an operand"),
    "unknown domain": (
        lambda: elementwise("new", np.sin, domain="somewhere"),
        r"op 'new': a domain is one of real, .*somewhere",
    ),
    "a flat operand that is none": (
        lambda: elementwise("new", np.add, arity=2, flat=(2,)),
        r"op 'new': flat operands are some of its 2 \(got \(2,\)\)",
    ),
    "a kink without words": (
        lambda: elementwise("new", np.abs, kink=rule),
        r"op 'new': a kink, and in words the derivative taken there, belong together",
    ),
    "words without a kink": (
        lambda: elementwise("new", np.abs, subgradient="0 at 0"),
        r"op 'new': a kink, and in words the derivative taken there, belong together",
    ),
    "unknown domain of a special op": (
        lambda: special("new", rule, rule, domain="somewhere"),
        r"op 'new': a domain is one of real, .*somewhere",
    ),
    "declared twice": (lambda: elementwise("tanh", np.tanh), r"op 'tanh' is declared twice"),
    "no identifier": (
        lambda: elementwise("not a name", np.tanh),
        r"op 'not a name': the name must be an identifier",
    ),
    "no kernel": (lambda: elementwise("new", None), r"op 'new': 'kernel' must be callable \(got None\)"),
    "no shape": (lambda: linear("new", rule, None), r"op 'new': 'shape' must be callable \(got None\)"),
    "a leaf twice": (lambda: nullary("leaf", rule, rule), r"op 'leaf' is declared twice"),
}


@pytest.mark.parametrize(("declare", "message"), REFUSED.values(), ids=REFUSED)
def test_registration_refuses(declare, message):
    with pytest.raises(TypeError, match=message):
        declare()


@pytest.mark.parametrize(("declare", "message"), REFUSED.values(), ids=REFUSED)
def test_registration_leaves_the_table_alone_when_it_refuses(declare, message):
    before = dict(TABLE)
    with pytest.raises(TypeError, match=message):
        declare()
    assert before == TABLE


def test_lookup_returns_the_row():
    assert lookup("tanh").kernel is np.tanh


def test_lookup_of_an_unknown_op_is_a_key_error():
    with pytest.raises(KeyError, match="tan_h"):
        lookup("tan_h")


def test_elementwise_refuses_shapes_that_differ():
    with pytest.raises(ShapeError, match=r"elementwise operands differ in shape: \(2,\), \(3,\)"):
        lookup("add").shape((2,), (3,))
