"""A PyTorch module with very many parameters as a whole: its parameters are tensors over the buffers that are moved."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaccli.adapters.source import file_of, raised, span_of, title_of
from jaccli.adapters.subject import TroubleError
from jaccli.adapters.whole.point import Whole
from jaccli.types import Array

__all__ = ["module_as_whole"]

MANY = 5_000_000  # numbers of a module from which on several threads pay
DROPOUT = "fix the seed inside the function, or switch dropout off, as module.eval() does"


@dataclass(slots=True, kw_only=True)
class _Module(Whole):
    """A module and how it is called.

    brought  the names of the inputs among the leaves
    fixed    the parameters and buffers that do not move
    """

    torch: Any
    module: Any
    inputs: Any
    brought: frozenset[str]
    fixed: Mapping[str, Any]
    points: list[Any] = field(default_factory=list)

    def begin(self) -> None:
        Whole.begin(self)
        self.points = [
            self.torch.from_numpy(buffer).reshape(shape).requires_grad_()
            for buffer, shape in zip(self.buffers, self.shapes, strict=True)
        ]

    def values(self) -> Array:
        with self.torch.no_grad():
            return self._flat(self._outputs()).numpy().copy()

    def pulled(self, v: Array) -> list[Array]:
        outputs = self._flat(self._outputs())
        try:
            found = self.torch.autograd.grad(
                outputs, self.points, self.torch.from_numpy(np.ascontiguousarray(v)), allow_unused=True
            )
        except Exception as error:
            raise TroubleError(raised("reverse mode", error)) from error
        zeros = (self.torch.zeros(1, dtype=self.torch.float64).expand(part.size) for part in self.base)
        return [
            (zero if one is None else one).detach().numpy().reshape(-1) for one, zero in zip(found, zeros, strict=True)
        ]

    def _outputs(self) -> Any:
        self.calls += 1
        given = dict(zip(self.names, self.points, strict=True))
        state = {name: given[name] for name in self.names if name not in self.brought}
        buffers = {name: one.clone() for name, one in self.fixed.items()}
        try:
            args, kwargs = self.inputs(given)
            found = self.torch.func.functional_call(self.module, {**state, **buffers}, args, kwargs)
        except Exception as error:
            raise TroubleError(raised(f"`{self.title}`", error)) from error
        self.changed = tuple(n for n, one in buffers.items() if not self.torch.equal(one, self.fixed[n]))
        return found

    def _flat(self, found: Any) -> Any:
        """Return the floating-point outputs side by side."""
        parts = [one for one in _leaves(found) if self.torch.is_tensor(one) and one.is_floating_point()]
        if not parts or not any(one.numel() for one in parts):
            raise TroubleError.of("JAC303", "there is no output with a derivative", "return a floating-point tensor")
        return self.torch.cat([one.reshape(-1).double() for one in parts])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold gradients switched on, and the user's random numbers, which each call begins with anew."""
        threads = self.torch.get_num_threads()
        self.torch.set_num_threads(threads if self.size > MANY else 1)  # small tensors only wait for each other
        try:
            with self.torch.inference_mode(False), self.torch.enable_grad(), self.torch.random.fork_rng(devices=[]):
                yield
        finally:
            self.torch.set_num_threads(threads)


def _leaves(found: Any) -> Iterator[Any]:
    if isinstance(found, Mapping):
        for one in found.values():
            yield from _leaves(one)
    elif isinstance(found, list | tuple):
        for one in found:
            yield from _leaves(one)
    else:
        yield found


def module_as_whole(fn: Any, inputs: Any, large: int) -> Whole | None:
    """Return a module with ``large`` parameters or more in this form; None for anything else, or where it refuses float64."""
    torch = sys.modules.get("torch")  # without it nothing is a module
    if torch is None or not isinstance(fn, torch.nn.Module) or isinstance(fn, torch.jit.ScriptModule):
        return None
    parameters = dict(fn.named_parameters())
    if any(isinstance(one, torch.nn.parameter.UninitializedParameter) for one in parameters.values()):
        return None
    wanted = {name: one for name, one in parameters.items() if one.requires_grad}
    kinds = (torch.float32, torch.float64)
    state = [*parameters.values(), *fn.buffers()]
    if any(isinstance(one, torch.nn.parameter.UninitializedBuffer) for one in state):
        return None
    if sum(one.numel() for one in wanted.values()) < large or any(
        one.device.type != "cpu" or one.layout != torch.strided or one.is_complex() for one in state
    ):
        return None
    if any(one.dtype not in kinds for one in wanted.values()):
        return None
    read = _read(torch, fn, inputs)
    if read is None:
        return None
    floats, call = read
    floats = {f"self.{name}" if name in wanted else name: one for name, one in floats.items()}
    leaves = {**floats, **wanted}
    every = dict(fn.named_parameters(remove_duplicate=False))
    shared = {
        name: tuple(other for other, two in every.items() if two is one and other != name)
        for name, one in wanted.items()
    }
    fixed = {name: one.detach() for name, one in parameters.items() if name not in wanted} | dict(fn.named_buffers())
    return _Module(
        what="module", title=title_of(type(fn)), file=file_of(type(fn)), span=span_of(type(fn)), random=DROPOUT,
        names=tuple(leaves), shapes=tuple(tuple(one.shape) for one in leaves.values()),
        base=tuple(one.detach().contiguous().numpy().reshape(-1) for one in leaves.values()),
        frozen=tuple(name for name, one in parameters.items() if not one.requires_grad),
        shared={name: others for name, others in shared.items() if others},
        torch=torch, module=fn, inputs=call, brought=frozenset(floats),
        fixed={n: one.double() if one.is_floating_point() else one for n, one in fixed.items()},
    )  # fmt: skip


def _read(torch: Any, fn: Any, inputs: Any) -> tuple[dict[str, Any], Any] | None:
    """Return the floating-point inputs by name, and what makes the arguments of a call from all points; None for nested inputs."""
    if isinstance(inputs, Mapping):
        given = list(inputs.values())
        names: Sequence[str] = list(inputs)
    else:
        given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        names = _names(fn.forward, len(given))
    if any(isinstance(one, Mapping | list | tuple) for one in given):
        return None
    tensors = [torch.as_tensor(one) if isinstance(one, np.ndarray) else one for one in given]
    floats = {n: one for n, one in zip(names, tensors, strict=True) if torch.is_tensor(one) and one.is_floating_point()}
    marked = {name: one for name, one in floats.items() if one.requires_grad} or floats
    held = {n: one.double() for n, one in floats.items() if n not in marked}

    def call(points: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        known = {**dict(zip(names, tensors, strict=True)), **held}
        known |= {name: points.get(f"self.{name}", points.get(name)) for name in marked}
        return ((), known) if isinstance(inputs, Mapping) else (tuple(known.values()), {})

    return marked, call


def _names(forward: Any, count: int) -> Sequence[str]:
    try:
        known = [p.name for p in inspect.signature(forward).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):
        known = []
    return known[:count] if len(known) >= count else [f"x{k}" for k in range(count)]
