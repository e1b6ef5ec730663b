"""PyTorch's tensors: dtypes, strides, and the numbers in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.adapters.framework import Framework
from jaccli.adapters.frameworks import torch_layouts as layouts
from jaccli.types import Array

__all__ = ["HOST", "Tensors"]

HOST = "cpu"
SINGLE_ONLY = ("mps",)  # devices without float64


class Tensors(Framework):
    """What holds of tensors, whatever is done with them."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.doubles = {torch.float16, torch.bfloat16, torch.float32}
        self.complex_doubles = {torch.complex32, torch.complex64}
        self.laid = ""  # how cotangents are laid out in memory, "" for the usual way

    def is_array(self, value: Any) -> bool:
        """Return whether a value is a tensor."""
        return isinstance(value, self.torch.Tensor)

    def from_numpy(self, value: Array) -> Any:
        """Return a tensor with the numbers of a NumPy array."""
        return self.torch.from_numpy(np.array(value))

    def numpy(self, array: Any) -> Array:
        """Return a tensor's numbers, floats as float64, complex ones as complex128."""
        tensor = array.detach()
        if tensor.dtype is self.torch.float64 and tensor.layout is self.torch.strided and self._own_memory(tensor):
            return np.asarray(tensor.numpy())
        if tensor.layout != self.torch.strided:
            tensor = tensor.to_dense()
        if tensor.device.type != HOST:  # first, since not every device has doubles
            tensor = tensor.to(HOST)
        if tensor._is_zerotensor():  # how forward mode writes a tangent that is zero throughout
            return np.zeros(tensor.shape, np.complex128 if tensor.is_complex() else np.float64)
        if tensor.is_complex():
            return np.asarray(tensor.to(self.torch.complex128).resolve_conj().resolve_neg().numpy())
        if tensor.is_floating_point():  # also of eight bits
            return np.asarray(tensor.to(self.torch.float64).resolve_neg().numpy())
        return np.asarray(tensor.numpy())

    def _own_memory(self, tensor: Any) -> bool:
        """Return whether a tensor's numbers are those in its memory, which is the host's."""
        return tensor.device.type == HOST and not (tensor._is_zerotensor() or tensor.is_neg())

    def device_name(self, array: Any) -> str:
        """Return the device an array lies on, "" for the host."""
        return "" if array.device.type == HOST else str(array.device)

    def has_doubles(self, device: str) -> bool:
        """Return whether a device computes in float64: MPS does not."""
        return not device.startswith(SINGLE_ONLY)

    def _home(self, array: Any, wide: bool) -> Any:
        """Return the device that numbers of an array belong on: its own, or the host where doubles are wanted that it has not."""
        return HOST if wide and not self.has_doubles(str(array.device)) else array.device

    def _placed(self, tensor: Any, array: Any, wide: bool = False) -> Any:
        """Return a tensor of the host on the device of an array."""
        home = self._home(array, wide)
        return tensor if str(home) == HOST else tensor.to(home)

    def array_like(self, array: Any, value: Array, wide: bool = False) -> Any:
        """Return a fresh tensor of the dtype and strides of ``array`` with other numbers; ``wide`` in double precision."""
        if array.layout != self.torch.strided:
            return array.clone()
        dense = self._placed(self.torch.from_numpy(np.array(value)).to(self._dtype(array, wide)), array, wide)
        if not array.is_contiguous():
            return self._laid_out(dense, array)
        return layouts.unaligned(self.torch, dense) if layouts.is_unaligned(array) else dense

    def each_like(self, array: Any, values: Array, wide: bool = False) -> list[Any]:
        """Return a fresh tensor of the dtype and strides of ``array`` for each of many values, each in memory of its own."""
        usual = array.layout == self.torch.strided and array.is_contiguous() and not layouts.is_unaligned(array)
        if not usual:
            return super().each_like(array, values, wide)
        return [one.clone() for one in self.batched(array, values, wide).unbind(0)]

    def leaf(self, array: Any) -> Any:
        """Return a parameter itself: the backward of an adjoint method runs its module again, after the call is over."""
        parameter = isinstance(array, self.torch.nn.Parameter) and array.requires_grad
        return array if parameter else self.copied(array)

    def seed(self, array: Any, value: Array) -> Any:
        """Return a tangent or cotangent of the dtype of ``array``."""
        made = self._placed(self.torch.from_numpy(np.array(value)).to(array.dtype), array)
        return layouts.arranged(self.torch, made, self.laid) if self.laid else made

    def batched(self, array: Any, values: Array, wide: bool) -> Any:
        """Return many values of ``array``, stacked along a leading axis."""
        contiguous = np.ascontiguousarray(values)  # made for this batch alone
        many = self.torch.from_numpy(contiguous if contiguous.flags.writeable else contiguous.copy()).to(
            self._dtype(array, wide)
        )
        return self._placed(many, array, wide)

    def _dtype(self, array: Any, wide: bool) -> Any:
        if self.narrow and array.dtype == self.torch.float64:
            return self.torch.float32
        if wide and array.dtype in self.doubles:
            return self.torch.float64
        return self.torch.complex128 if wide and array.dtype in self.complex_doubles else array.dtype

    def _laid_out(self, dense: Any, array: Any) -> Any:
        """Return the numbers of ``dense`` with the strides of ``array``, where elements that share memory are equal."""
        torch = self.torch
        shared = [
            k
            for k, (size, stride) in enumerate(zip(array.shape, array.stride(), strict=True))
            if size > 1 and not stride
        ]
        core = dense
        for axis in shared:
            core = core.narrow(axis, 0, 1)
        if shared:
            expanded = core.clone().expand(dense.shape)
            return expanded if torch.equal(expanded, dense) else dense
        reached = 1 + sum((size - 1) * stride for size, stride in zip(array.shape, array.stride(), strict=True))
        if reached < array.numel():  # windows over one memory, as of unfold: elements of their own
            return dense
        return layouts.spread(torch, dense, array.stride(), reached)

    def kind(self, array: Any) -> str:
        """Return ``f`` for floats, ``c`` for complex numbers, ``i`` for what has no derivative, as floats of eight bits."""
        smooth = array.is_floating_point() and array.dtype.itemsize > 1
        return "c" if array.is_complex() else "f" if smooth else "i"

    def precision(self, array: Any) -> float:
        """Return the machine epsilon of a floating-point dtype."""
        return float(self.torch.finfo(array.dtype).eps)

    def dtype_name(self, array: Any) -> str:
        """Return the dtype as a user writes it."""
        return str(array.dtype).removeprefix("torch.")
