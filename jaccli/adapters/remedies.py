"""What a function raised → what to try, for the mistakes that are made most."""

from __future__ import annotations

import re

__all__ = ["NUMPY", "remedy"]

NUMPY = "if it is a NumPy function, say so: framework='numpy' (--framework numpy), and give its derivative as vjp or jacobian"
#: Words of "<kind of exception>: <its message>" → what to try; the first that is found.
REMEDIES = (
    (r"Can't call numpy\(\) on Tensor that requires grad", f"stay in torch, or write a torch.autograd.Function; {NUMPY}"),
    (r"^TracerArrayConversionError", f"use jax.numpy inside, or write a jax.custom_vjp; {NUMPY}"),
    (r"ArrayBox.*does not support item assignment", "autograd cannot follow writing into an array: build a new one"),
    (r"argument 0 of type ArrayBox", f"use autograd.numpy inside, or write an autograd primitive; {NUMPY}"),
    (r"'(Tensor|EagerTensor|SymbolicTensor)' object has no attribute", f"the function was called with tensors; {NUMPY}"),
    (r"(derivative|gradient|differentiation rule).*not (\w+ )?(implemented|supported)|cannot compute gradients",
     "hold the inputs that have no derivative fixed, as lambda x: fn(2.0, x)"),
    (r"numpy\.ndarray|'numpy\.\w+'|must be Tensor, not (ndarray|float)",
     "the function was called with NumPy arrays: give it the arrays of its framework, or name that with framework= (--framework)"),
)  # fmt: skip


def remedy(kind: str, message: str) -> str:
    """Return what to try where a function raised an exception of this kind; example: ``remedy("ValueError", "no")``."""
    text = f"{kind}: {message}"
    return next((help for words, help in REMEDIES if re.search(words, text)), "call it by hand at this point")
