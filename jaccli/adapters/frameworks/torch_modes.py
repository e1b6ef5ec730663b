"""PyTorch's reverse and forward mode: of one seed, of many, and at many points."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jaccli.adapters import source
from jaccli.adapters.framework import Arrays, NoRule, Pullback, Run, Unsupported
from jaccli.adapters.frameworks import torch_terms
from jaccli.adapters.frameworks.torch_tensors import Tensors
from jaccli.errors import words_of
from jaccli.types import Array

__all__ = ["NOT_TRACKED", "Modes"]

#: Words of PyTorch's messages about a custom function without a rule for forward mode.
NO_FORWARD = re.compile(r"forward AD|implement the jvp function")
NO_REVERSE = "implement either the backward or vjp"
FIXED = "is not differentiable with respect to argument"
NOT_TRACKED = "does not require grad"
LEAF = "a leaf Variable that requires grad"
SINGLY = 8  # columns up to which each is computed by itself: a batch has costs of its own
TOGETHER = 2**16  # numbers of inputs and outputs at many points, whose graphs are kept for one reverse pass


class Modes(Tensors):
    """Products with the Jacobian of a function of tensors."""

    def __init__(self, torch: Any) -> None:
        super().__init__(torch)
        self.met: Callable[[], list[Any]] = list  # what the last reverse mode would add gradients to, inputs apart
        self.plain: set[str] = (
            set()
        )  # the ways in which the function was called and did not raise: it needs no copies there

    def vjp(self, run: Run, inputs: Arrays) -> tuple[Arrays, Pullback]:
        """Return the outputs, and reverse mode of the graph that led to them."""
        outputs, leaves = self._tracked(run, inputs)
        self.met = functools.partial(_others, list(outputs.values()), list(leaves.values()))

        def pullback(y_bar: Arrays) -> dict[str, Any]:
            reached = {name: bar for name, bar in y_bar.items() if outputs[name].requires_grad}
            if not reached:
                return dict.fromkeys(leaves)
            found = self._grad([outputs[name] for name in reached], list(leaves.values()), list(reached.values()))
            return dict(zip(leaves, found, strict=True))

        return outputs, pullback

    def gradients(self, run: Run, inputs: Arrays, y_bar: Mapping[str, Array]) -> Arrays:
        """Return the cotangents of the inputs with a graph of their own, to be differentiated again."""
        torch = self.torch
        with torch.enable_grad():
            leaves = {n: a if a.requires_grad else a.requires_grad_() for n, a in inputs.items()}
            outputs = run(leaves)
            reached = [name for name in y_bar if outputs[name].requires_grad]
            seeds = [self.seed(outputs[name], y_bar[name]) for name in reached]
            wanted = list(leaves.values())
            found = (
                torch.autograd.grad([outputs[n] for n in reached], wanted, seeds, create_graph=True, allow_unused=True)
                if reached
                else [None] * len(wanted)
            )
            # a gradient that is constant stays connected to its input: its derivative is zero, and not missing
            return {
                name: 0 * leaf if bar is None else bar if bar.requires_grad else bar + 0 * leaf
                for (name, leaf), bar in zip(leaves.items(), found, strict=True)
            }

    def pulled_at(self, run: Run, inputs: Sequence[Arrays], seeds: Arrays) -> list[dict[str, Any]]:
        """Return the cotangents at each point, of small functions in one reverse pass: their graphs share no leaf."""
        numbers = len(inputs) * sum(array.numel() for array in (*inputs[0].values(), *seeds.values()))
        shared = (
            {id(a) for a in inputs[0].values()} & {id(a) for a in inputs[-1].values()} if len(inputs) > 1 else set()
        )
        if shared or numbers > TOGETHER:
            return super().pulled_at(run, inputs, seeds)
        ahead, reached, bars = [], [], []
        for k, point in enumerate(inputs):
            outputs, leaves = self._tracked(run, point)
            ahead.append(leaves)
            for name, seed in seeds.items():
                if outputs[name].requires_grad:
                    reached.append(outputs[name])
                    bars.append(seed[k])
        if not reached:
            return [dict.fromkeys(leaves) for leaves in ahead]
        wanted = [leaf for leaves in ahead for leaf in leaves.values()]
        if len(seeds) == 1 and len(reached) == len(inputs) and len({output.shape for output in reached}) == 1:
            reached, bars = (
                [self.torch.stack(reached)],
                list(seeds.values()),
            )  # one root takes less than one for each point
        found = iter(self._grad(reached, wanted, bars))
        return [{name: next(found) for name in leaves} for leaves in ahead]

    def _grad(self, outputs: list[Any], leaves: list[Any], y_bars: list[Any]) -> Any:
        """Return the cotangents of leaves, None where there is none; the graph stays."""
        try:
            return self.torch.autograd.grad(outputs, leaves, y_bars, retain_graph=True, allow_unused=True)
        except NotImplementedError as error:
            if NO_REVERSE not in words_of(error):
                raise
            raise NoRule(source.first_line(error)) from error

    def _tracked(self, run: Run, inputs: Arrays) -> tuple[Arrays, Arrays]:
        """Return the outputs with their graph, and the leaves of it."""
        torch, held = self.torch, self._held(inputs, "reverse")
        leaves = {name: array.requires_grad_() for name, array in inputs.items()}
        with torch.enable_grad():
            try:
                outputs = run(leaves)
            except RuntimeError as error:  # a leaf cannot be written into, a copy of it can
                if LEAF not in words_of(error):
                    raise
                for name, array in leaves.items():  # it has been written into before it was found out
                    if name in held and not torch.equal(array, held[name]):
                        array.data.copy_(held[name])
                return run({name: array.clone() for name, array in leaves.items()}), leaves
        self.plain.add("reverse")
        return outputs, leaves

    def terms(self, run: Run, inputs: Arrays, y_bar: Arrays) -> dict[str, dict[str, Any]]:
        """Return what each operation where paths meet adds to the cotangents.

        Cost: a call, and a reverse pass for each of at most ``torch_terms.MOST`` operations, those nearest to the outputs.
        """
        with torch_terms.remembering_lines(self.torch):
            outputs, pullback = self.vjp(run, inputs)
        return torch_terms.terms([outputs[name].grad_fn for name in y_bar], lambda: pullback(y_bar))

    def rows(self, pullback: Pullback, seeds: Arrays) -> dict[str, Any] | None:
        """Return the rows, each pulled back by itself, since a custom function need not know of batches."""
        return self._stacked([pullback(seed) for seed in _unstacked(seeds)])

    def columns(self, run: Run, inputs: Arrays, seeds: Arrays) -> dict[str, Any] | None:
        """Return the tangents of many tangents; in a batch where they are many."""
        if len(next(iter(seeds.values()))) <= SINGLY:
            return self._stacked([self.jvp(run, inputs, seed) for seed in _unstacked(seeds)])
        return dict(self.torch.func.vmap(lambda dx: self._tangents(run, inputs, dx))(seeds))

    def stacked(self, products: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return products with a leading axis; None where they differ in shape or dtype."""
        for name in products[0]:
            given = [part[name] for part in products if part[name] is not None]
            if any(one.shape != given[0].shape or one.dtype != given[0].dtype for one in given):
                return None
        return self._stacked(products)

    def _stacked(self, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        found = {}
        for name in parts[0]:
            like = next((part[name] for part in parts if part[name] is not None), None)
            if like is not None:
                zero = self.torch.zeros_like(like)
                found[name] = self.torch.stack([zero if part[name] is None else part[name] for part in parts])
        return found

    def _tangents(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        """Return the tangents of the outputs, zeros where they are not reached: a batch has no place for None."""
        unshared = {n: a.contiguous() if 0 in a.stride() else a for n, a in inputs.items()}
        still = {name: array for name, array in unshared.items() if name not in dx}
        return dict(
            self.torch.func.jvp(lambda moved: run({**still, **moved}), ({n: unshared[n] for n in dx},), (dx,))[1]
        )

    def untracked_tensors(self) -> list[str]:
        """Return what wants a gradient in the last reverse mode, and is no input."""
        return [f"a {type(tensor).__name__} of shape {tuple(tensor.shape)}" for tensor in self.met()]

    def disconnected(self, outputs: Arrays) -> set[str]:
        """Return the outputs that no graph leads to."""
        return {name for name, output in outputs.items() if not output.requires_grad}

    def jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        """Return the tangents of the outputs, by dual numbers."""
        unshared = {n: a.contiguous() if 0 in a.stride() else a for n, a in inputs.items()}  # a dual shares no memory
        held = self._held(unshared, "forward")
        try:
            found = self._jvp(run, unshared, dx)
            self.plain.add("forward")
            return found
        except (NotImplementedError, RuntimeError) as error:
            if NO_FORWARD.search(words_of(error)):
                raise Unsupported(source.first_line(error)) from error
            if NOT_TRACKED not in words_of(error):
                raise
            return self._jvp(run, {n: a.requires_grad_() for n, a in (held or unshared).items()}, dx)

    def _held(self, inputs: Arrays, how: str) -> Arrays:
        """Return copies of inputs for another call, should the function write into them and then raise; none where it did not."""
        return {} if how in self.plain else {name: array.detach().clone() for name, array in inputs.items()}

    def _jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        forward_ad = self.torch.autograd.forward_ad
        with forward_ad.dual_level():
            outputs = run({n: forward_ad.make_dual(a, dx[n]) if n in dx else a for n, a in inputs.items()})
            return {name: forward_ad.unpack_dual(output).tangent for name, output in outputs.items()}

    def fixed(self, error: BaseException | None) -> bool:
        """Return whether an error says that an input has no derivative."""
        return isinstance(error, RuntimeError) and FIXED in words_of(error)


def _others(outputs: Iterable[Any], leaves: Iterable[Any]) -> list[Any]:
    """Return the leaves of the outputs' graph that want a gradient, without those that are known."""
    known = {id(tensor) for tensor in leaves}
    waiting = [output.grad_fn for output in outputs if output.grad_fn is not None]
    seen, found = set(waiting), []
    while waiting:
        node = waiting.pop()
        tensor = getattr(node, "variable", None)
        if tensor is not None and id(tensor) not in known:
            found.append(tensor)
        nodes = {below for below, _ in node.next_functions if below is not None} - seen
        seen |= nodes
        waiting.extend(nodes)
    return found


def _unstacked(seeds: Arrays) -> list[Arrays]:
    """Return the seeds one by one, without those that are zero."""
    count = len(next(iter(seeds.values())))
    return [{name: seed[k] for name, seed in seeds.items() if seed[k].any()} for k in range(count)]
