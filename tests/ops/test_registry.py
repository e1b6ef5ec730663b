"""Every op of the table against outside truth: 50 digits, the dot-product identity, complex steps, SymPy, loops over batches."""

import pytest
from checks import (
    batch_patterns,
    check_batched,
    check_complex128,
    check_complex_step,
    check_derivative,
    check_dot_product,
    check_float32,
    check_second_derivative,
    check_symbolic,
    check_value,
)
from samples import SAMPLES, elementwise_samples

from jaccli.ops import TABLE

ELEMENTWISE = elementwise_samples()
DIFFERENTIABLE = [sample for sample in ELEMENTWISE if len(sample.row.flat) < sample.row.arity]
EVERY = [*ELEMENTWISE, *SAMPLES]


def each(samples):
    return pytest.mark.parametrize("sample", samples, ids=lambda sample: sample.id)


def test_samples_cover_every_op():
    assert {sample.op for sample in EVERY} == {row.name for row in TABLE.values() if row.kind != "nullary"}


@each(ELEMENTWISE)
def test_value_agrees_with_50_digits(sample, rng):
    check_value(sample, rng)


@each(DIFFERENTIABLE)
def test_derivative_agrees_with_50_digits(sample, rng):
    check_derivative(sample, rng)


@each(DIFFERENTIABLE)
def test_second_derivative_agrees_with_50_digits(sample, rng):
    check_second_derivative(sample, rng)


@each(EVERY)
def test_dot_product_identity_holds(sample, rng):
    check_dot_product(sample, rng)


@each([sample for sample in EVERY if sample.row.analytic])
def test_complex_step_agrees_with_jvp(sample, rng):
    check_complex_step(sample, rng)


@each([sample for sample in EVERY if not sample.row.boolean])
def test_sympy_agrees_with_forward(sample, rng):
    check_symbolic(sample, rng)


@each(EVERY)
def test_float32_stays_float32(sample, rng):
    check_float32(sample, rng)


@each([sample for sample in EVERY if sample.row.analytic])
def test_complex128_agrees_on_real_numbers(sample, rng):
    check_complex128(sample, rng)


@pytest.mark.parametrize("sizes", ["first", "last", "distinct", "one"])
@each(EVERY)
def test_batched_is_looped(sample, rng, sizes):
    core = [size for shape in sample.shapes for size in shape] or [2]
    n, m = {"first": (core[0], core[0]), "last": (core[-1], core[-1]), "distinct": (4, 3), "one": (1, 1)}[sizes]
    for batches, seed_batch in batch_patterns(len(sample.shapes), n, m):
        check_batched(sample, rng, batches, seed_batch)


@each([sample for sample in ELEMENTWISE if len(sample.shapes) > 1])
def test_scalar_operand_is_repeated(sample, rng):
    for k in range(len(sample.shapes)):
        shapes = tuple(() if j == k else shape for j, shape in enumerate(sample.shapes))
        mixed = type(sample)(sample.op, shapes, sample.params, sample.domains)
        check_dot_product(mixed, rng)
        for batches, seed_batch in batch_patterns(len(shapes), 3, 3):
            check_batched(mixed, rng, batches, seed_batch)
