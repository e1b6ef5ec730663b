"""Each check of an op must fail on a planted mistake, as small as 0.05 %."""

from dataclasses import replace

import numpy as np
import pytest
from checks import check_batched, check_complex_step, check_derivative, check_dot_product, check_symbolic, check_value
from samples import Sample

from jaccli.ops import TABLE, Literal
from jaccli.ops.notation import contract, swap, take
from jaccli.ops.rules import RULES

SLIGHT = 1.0005
TANH = Sample("tanh", ((3,),), domains=("real",))
MUL = Sample("mul", ((3,), (3,)), domains=("real", "real"))
MATMUL = Sample("contract", ((2, 2), (2, 2)), {"spec": "ij,jk->ik"})
SPREAD = Sample("broadcast", ((3,),), {"shape": (2, 3), "rank": 1})
SOFTMAX = Sample("softmax", ((3,),), {"axes": (-1,)})


@pytest.fixture
def plant(monkeypatch):
    """Return a function that changes the row of an op, or its rules, for one test."""

    def change(name, **fields):
        table = TABLE if "kernel" in fields else RULES
        monkeypatch.setitem(table, name, replace(table[name], **fields))

    return change


def slightly(rules):
    return tuple(lambda *args, rule=rule, **params: rule(*args, **params) * SLIGHT for rule in rules)


def negated(rules):
    return tuple(lambda *args, rule=rule, **params: -rule(*args, **params) for rule in rules)


@pytest.mark.parametrize(
    "partial",
    [
        lambda y, x: (1 - y * y) * SLIGHT,
        lambda y, x: -(1 - y * y),
        lambda y, x: 1 - x * x,
        lambda y, x: 1 + 0 * x,
        1,
        None,
    ],
    ids=["factor", "sign", "operand for answer", "constant", "one", "none"],
)
def test_check_derivative_sees_a_wrong_partial(plant, rng, partial):
    plant("tanh", partials=(partial,))
    with pytest.raises(AssertionError, match="operand 0"):
        check_derivative(TANH, rng)


def test_check_derivative_sees_exchanged_partials(plant, rng):
    plant("mul", partials=RULES["mul"].partials[::-1])
    with pytest.raises(AssertionError, match="operand 0"):
        check_derivative(MUL, rng)


def test_check_complex_step_sees_a_partial_wrong_by_little(plant, rng):
    plant("tanh", partials=(lambda y, x: (1 - y * y) * SLIGHT,))
    with pytest.raises(AssertionError, match="operand 0"):
        check_complex_step(TANH, rng)


def test_check_symbolic_sees_a_partial_wrong_by_little(plant, rng):
    plant("tanh", partials=(lambda y, x: (1 - y * y) * SLIGHT,))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_symbolic(TANH, rng)


def test_check_value_sees_a_kernel_wrong_by_100_ulps(plant, rng):
    plant("tanh", kernel=lambda x: np.tanh(x) * (1 + 100 * np.finfo(np.float64).eps))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_value(TANH, rng)


@pytest.mark.parametrize("damage", [slightly, negated])
@pytest.mark.parametrize("side", ["jvp", "vjp"])
@pytest.mark.parametrize("sample", [MATMUL, SOFTMAX], ids=["contract", "softmax"])
def test_check_dot_product_sees_a_rule_of_one_side(plant, rng, sample, side, damage):
    plant(sample.op, **{side: damage(getattr(RULES[sample.op], side))})
    with pytest.raises(AssertionError, match="⟨ȳ, J dx⟩ and ⟨Jᵀ ȳ, dx⟩ differ"):
        check_dot_product(sample, rng)


@pytest.mark.parametrize("sample", [MATMUL, SOFTMAX], ids=["contract", "softmax"])
def test_check_complex_step_sees_a_mistake_of_both_sides(plant, rng, sample):
    plant(sample.op, jvp=slightly(RULES[sample.op].jvp), vjp=slightly(RULES[sample.op].vjp))
    with pytest.raises(AssertionError, match="operand 0"):
        check_complex_step(sample, rng)


def test_check_dot_product_sees_a_transposed_product(plant, rng):
    right = RULES["contract"].vjp
    plant("contract", vjp=(right[0], lambda a, xs, a_bar, spec: contract(swap(xs[0]), a_bar, "ij,ik->jk")))
    with pytest.raises(AssertionError, match="operand 1"):
        check_dot_product(MATMUL, rng)


def test_check_dot_product_sees_a_sum_over_a_broadcast_axis_missing(plant, rng):
    first_row = Literal(np.arange(3))
    plant("broadcast", transpose=lambda y_bar, position, shapes, shape, rank: take(y_bar, first_row))
    with pytest.raises(AssertionError, match="operand 0"):
        check_dot_product(SPREAD, rng)


def test_check_dot_product_sees_a_cotangent_of_another_shape(plant, rng):
    plant("broadcast", transpose=lambda y_bar, position, shapes, shape, rank: y_bar)
    with pytest.raises(AssertionError, match=r"operand 0: the cotangent has shape \(2, 3\)"):
        check_dot_product(SPREAD, rng)


def test_check_dot_product_sees_a_mean_for_a_sum(plant, rng):
    right = RULES["broadcast"].transpose
    plant("broadcast", transpose=lambda *args, **params: right(*args, **params) / 2)
    with pytest.raises(AssertionError, match="operand 0"):
        check_dot_product(SPREAD, rng)


@pytest.mark.parametrize(
    ("sample", "kernel"),
    [
        (Sample("transpose", ((2, 2),), {"order": (1, 0)}), lambda x, order: x.T),
        (Sample("sum", ((2, 2),), {"axes": (-2,)}), lambda x, axes: np.sum(x, axis=0)),
        (Sample("contract", ((2, 2), (2,)), {"spec": "ij,j->i"}), lambda x, y, spec: x @ y),
        (Sample("solve", ((2, 2), (2,)), {"rank": 1}, ("regular", "real")), lambda a, b, rank: np.linalg.solve(a, b)),
    ],
    ids=["transpose", "sum", "contract", "solve"],
)
def test_check_batched_sees_a_kernel_that_mistakes_the_batch_axis(plant, rng, sample, kernel):
    plant(sample.op, kernel=kernel)
    with pytest.raises(AssertionError, match=r"at \(0,\)|a value has shape"):
        check_batched(sample, rng, [(2,)] * len(sample.shapes), ())
