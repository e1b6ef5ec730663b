"""Every mistake in what a spec says of its own outputs and names, with the message it gets."""

import pytest
from messages import mistakes

SPECS = [
    pytest.param(
        "dims:\n  n: 5\n  d: 3\ninputs:\n  x: {shape: [d]}\nparams:\n  W: {shape: [d, n]}\noutputs:\n  y: W @ x\n",
        (
            "JAC008",
            9,
            6,
            "W @ x",
            "cannot multiply `W` (shape (3, 5)) by `x` (shape (3,)): inner sizes 5 and 3 differ",
            "transpose the left factor with .T, or swap the factors; in `W` 3 from d (line 3), 5 from n (line 2); in `x` 3 from d (line 3)",
        ),
        id="sizes of a product",
    ),
    pytest.param(
        "dims: {n: 5}\ninputs: {x: [1, 2, 3]}\nparams: {b: {shape: n}}\nlet:\n  z: 2*x\noutputs:\n  y: z + b\n",
        (
            "JAC008",
            7,
            6,
            "z + b",
            "shapes do not fit: `z` (shape (3,)) and `b` (shape (5,))",
            "make the sizes equal, or 1 where NumPy repeats; in `z` 3 from the value of x (line 2); in `b` 5 from n (line 1)",
        ),
        id="sizes of a step",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet:\n  a: b\n  b: c + x\n  c: 2*a\noutputs: {y: a}\n",
        ("JAC003", 3, 6, "b", "these depend on each other: a → b → c → a", "break the cycle: steps go in order"),
        id="cycle",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet: {a: a + 1}\noutputs: {y: a}\n",
        ("JAC003", 2, 10, "a", "`a` is defined by itself", "give the new value another name"),
        id="self reference in a step",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet:\n  a: b\n  b: x\noutputs: {y: a}\n",
        ("JAC003", 3, 6, "b", "`b` is defined later (line 4)", "steps go in order: move it above"),
        id="use before definition",
    ),
    pytest.param(
        "inputs: {x: 1}\nlet: {a: y}\noutputs: {y: x}\n",
        ("JAC003", 2, 10, "y", "`y` is defined later (line 3)", "steps go in order: move it above"),
        id="output in a step",
    ),
    pytest.param(
        "inputs: {x: [1, 2]}\noutputs: {y: 2*x}\njacobian:\n  y:\n    x: x\n",
        (
            "JAC008",
            5,
            8,
            "x",
            "d y / d x must have shape (2, 2) (got (2,))",
            "J[out…, in…]: y has shape (2,), x has shape (2,)",
        ),
        id="claim of wrong shape",
    ),
    pytest.param(
        "inputs: {x: [1, 2]}\nconstants: {A: [[1, 2], [3, 4], [5, 6]]}\noutputs: {y: A @ x}\njacobian:\n  y:\n    x: A.T\n",
        (
            "JAC008",
            6,
            8,
            "A.T",
            "d y / d x must have shape (3, 2) (got (2, 3))",
            "J[out…, in…]: y has shape (3,), x has shape (2,); the axes seem exchanged",
        ),
        id="claim transposed",
    ),
]


@pytest.mark.parametrize(("text", "expected"), SPECS)
def test_mistake_in_what_is_claimed_is_explained(text, expected):
    assert mistakes(text) == [expected]
