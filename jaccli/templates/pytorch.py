"""A custom backward in PyTorch, and where jaccli checks it. Run: jac gradcheck pytorch.py

To see a mistake found, change the 3 in ``backward`` to 3.001.
"""

import torch

import jaccli


class Cube(torch.autograd.Function):
    """x³, with its derivative written by hand."""

    @staticmethod
    def forward(ctx, x):
        """Return the value, and keep what backward needs."""
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, y_bar):
        """Return the gradient by x, given the gradient by the output."""
        (x,) = ctx.saved_tensors
        return y_bar * 3 * x**2


@jaccli.check(x=torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.1, -0.3]], dtype=torch.float64))
def cube(x):
    """Return the cube of every element; the decorator says at which point its derivative is checked."""
    return Cube.apply(x)


def test_cube_has_its_gradient():
    """The same check as a test: pytest pytorch.py."""
    jaccli.assert_gradients(Cube.apply, torch.randn(4, 3, dtype=torch.float64))
