"""Kernels of PyTorch that compute in a precision of their own, for the tests of this folder."""

from __future__ import annotations

import torch


def kernel(plain, mistake=None, inside=torch.float32, refuses_doubles=False):
    """Return a kernel that computes in ``inside`` what ``plain`` does, and makes one mistake in the cotangent of x."""

    class Kernel(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            if refuses_doubles and x.dtype == torch.float64:
                raise RuntimeError("no float64")
            ctx.save_for_backward(x)
            return plain(x.to(inside)).to(x.dtype)

        @staticmethod
        def backward(ctx, y_bar):
            (x,) = ctx.saved_tensors
            with torch.enable_grad():
                wide = x.to(inside).detach().requires_grad_()
                (x_bar,) = torch.autograd.grad(plain(wide), wide, y_bar.to(inside))
            return (mistake(x_bar) if mistake else x_bar).to(x.dtype)

    return Kernel.apply


def sine_with_atomics(moved):
    """Return sin whose backward gives something else at each call; moved: (exact cotangent, generator) → what it gives."""
    generator = torch.Generator().manual_seed(0)

    class Atomics(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.sin(x)

        @staticmethod
        def backward(ctx, y_bar):
            return moved(y_bar * torch.cos(ctx.saved_tensors[0]), generator)

    return Atomics.apply
