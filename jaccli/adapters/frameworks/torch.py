"""PyTorch: functions, ``autograd.Function`` and modules with their parameters, on tensors of any dtype and layout."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from jaccli.adapters import source
from jaccli.adapters.framework import Arrays, Call, Mapped, NoRule, Pullback, Run, Unsupported, library
from jaccli.adapters.frameworks import torch_layouts, torch_precision, torch_settings, torch_terms
from jaccli.adapters.frameworks.torch_tensors import HOST, Tensors
from jaccli.adapters.subject import Subject, Task, Trouble, TroubleError
from jaccli.adapters.tensors import subject_of
from jaccli.errors import Span, words_of
from jaccli.types import Array

__all__ = ["adapt"]

#: Words of PyTorch's messages about a custom function without a rule for forward mode.
NO_FORWARD = re.compile(r"forward AD|implement the jvp function")
NO_REVERSE = "implement either the backward or vjp"
FIXED = "is not differentiable with respect to argument"
NOT_TRACKED = "does not require grad"
LEAF = "a leaf Variable that requires grad"
SINGLY = 8  # points, and columns, up to which each is computed by itself: a batch has costs of its own
TOGETHER = 2**16  # numbers of inputs and outputs at many points, whose graphs are kept for one reverse pass
SHAPE = ("invalid gradient", "incorrect number of gradients")


def adapt(task: Task) -> Subject:
    """Return a function of tensors, ready to be checked.

    Errors: MissingLibrary where PyTorch is not installed; else those of ``subject_of``.
    """
    framework = _Torch(library("torch", "PyTorch", "torch"))
    which, _, layout = task.layout.rpartition(" ")
    if which == "cotangents":
        framework.laid = layout
    elif layout:
        task = replace(task, inputs=framework.arranged(task.inputs, layout))
    framework.find_devices(task)
    return subject_of(task, framework)


class _Torch(Tensors):
    title = "PyTorch"
    registered = "nn.Parameter, nn.ParameterList, a layer's weight"
    batches = True
    singly = SINGLY
    casts = True

    def __init__(self, torch: Any) -> None:
        super().__init__(torch)
        self.devices: set[str] = set()  # of the inputs
        self.met: Callable[[], list[Any]] = list  # what the last reverse mode would add gradients to, inputs apart

    def find_devices(self, task: Task) -> None:
        """Find out where the inputs lie, and the parameters of a module: before random numbers are held there."""
        own = task.fn.parameters() if isinstance(task.fn, self.torch.nn.Module) else ()
        tensors = [*(tensor for _, tensor in self.leaves(task.inputs, "x")), *own]
        self.devices = {self.device_name(tensor) for tensor in tensors}

    # --- functions

    def wanted(self, arrays: Arrays, brought: frozenset[str]) -> list[str]:
        """Return the parameters and inputs that require a gradient; all inputs, where none of them says so."""
        marked = {name for name, array in arrays.items() if array.requires_grad}
        inputs = {name for name in arrays if name not in brought}
        chosen = (marked & inputs or inputs) | (marked & brought)
        return [name for name in arrays if name in chosen]

    def prepared(self, fn: Any, inputs: Any) -> Call:
        for name, tensor in self.leaves(inputs, "x"):
            if tensor.device.type == "meta":
                raise TroubleError.of(
                    "JAC304", f"input `{name}` is on the device meta, which holds no numbers", "make it on another"
                )
            if tensor.layout != self.torch.strided:
                message = f"input `{name}` is sparse ({str(tensor.layout).removeprefix('torch.')})"
                raise TroubleError.of(
                    "JAC304", message, "take its values as input: lambda v: fn(torch.sparse_coo_tensor(i, v, size))"
                )
        if not isinstance(fn, self.torch.nn.Module):
            return super().prepared(fn, inputs)
        if isinstance(fn, self.torch.jit.ScriptModule):
            raise TroubleError.of(
                "JAC302", "a scripted module takes no parameters of its caller", "check it before torch.jit.script"
            )
        call = super().prepared(fn.forward, inputs)
        if any(isinstance(p, self.torch.nn.parameter.UninitializedParameter) for p in fn.parameters()):
            super().prepared(fn, inputs).run(
                call.values
            )  # a lazy module makes its parameters when it first sees an input
        state = {**dict(fn.named_parameters()), **dict(fn.named_buffers())}
        renamed = {f"self.{name}" if name in call.values else name: value for name, value in state.items()}
        original = dict(zip(renamed, state, strict=True))
        names = frozenset(renamed)

        def run(values: Mapping[str, Any]) -> Any:
            tensors = {original[name]: values[name] for name in names}
            given = {name: value for name, value in values.items() if name not in names}
            args, kwargs = ((), given) if isinstance(inputs, Mapping) else (tuple(given.values()), {})
            return self.torch.func.functional_call(fn, tensors, args, kwargs)

        return Call({**call.values, **renamed}, run, names, call.text)

    def definition(self, fn: Any) -> Any:
        if isinstance(fn, self.torch.nn.Module):
            return fn.forward
        rule = self._function(fn)
        if rule is None:
            return fn
        return (
            _without_ctx(rule.forward)
            if rule.setup_context is self.torch.autograd.Function.setup_context
            else rule.forward
        )

    def title_of(self, fn: Any) -> str:
        rule = self._function(fn)
        return str(rule.__name__) if rule else source.title_of(type(fn) if isinstance(fn, self.torch.nn.Module) else fn)

    def rule_span(self, fn: Any, mode: str) -> Span | None:
        rule = self._function(fn)
        return source.span_of(getattr(rule, "backward" if mode == "reverse" else "jvp")) if rule else None

    def _function(self, fn: Any) -> Any:
        """Return the ``autograd.Function`` whose ``apply`` is ``fn``."""
        owner = getattr(fn, "__self__", None)
        return owner if isinstance(owner, type) and issubclass(owner, self.torch.autograd.Function) else None

    # --- derivatives

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold gradients switched on, one thread, since small tensors only wait for each other, and the user's random numbers."""
        threads = self.torch.get_num_threads()
        self.torch.set_num_threads(1)
        try:
            with self.torch.inference_mode(False), self.torch.enable_grad(), self._random_numbers():
                yield
        finally:
            self.torch.set_num_threads(threads)

    @contextmanager
    def _random_numbers(self) -> Iterator[None]:
        """Hold the random numbers of the host, and of the devices that inputs lie on."""
        with ExitStack() as stack:
            stack.enter_context(self.torch.random.fork_rng(devices=[]))
            for kind in sorted({name.partition(":")[0] for name in self.devices if name}):
                module: Any = getattr(self.torch, kind, None)
                if not getattr(module, "is_available", bool)():
                    continue
                if hasattr(module, "get_rng_state_all"):
                    stack.callback(module.set_rng_state_all, module.get_rng_state_all())
                elif hasattr(module, "get_rng_state"):
                    stack.callback(module.set_rng_state, module.get_rng_state())
            yield

    def finely(self) -> AbstractContextManager[None]:
        return torch_settings.finely(self.torch)

    def coarse_settings(self) -> tuple[str, ...]:
        found = (torch_settings.coarse(self.torch, device or HOST) for device in sorted(self.devices or {""}))
        return tuple(dict.fromkeys(name for names in found for name in names))

    def arranged(self, inputs: Any, layout: str) -> Any:
        """Return inputs whose tensors lie in memory in another way."""

        def one(tensor: Any) -> Any:
            made = torch_layouts.arranged(self.torch, tensor.detach(), layout)
            return made.requires_grad_() if tensor.requires_grad else made

        if self.is_array(inputs) or not self._holds(inputs):
            return one(inputs) if self.is_array(inputs) else inputs
        named = inputs if isinstance(inputs, Mapping) else dict(enumerate(inputs))
        found = {key: self.arranged(value, layout) if self._holds(value) else value for key, value in named.items()}
        return found if isinstance(inputs, Mapping) else type(inputs)(found.values())

    def _holds(self, value: Any) -> bool:
        nested = isinstance(value, Mapping) or (type(value) in (tuple, list))
        return self.is_array(value) or nested

    def evaluated(self, run: Callable[[Arrays], Any], inputs: Arrays) -> Any:
        held = self._held(inputs)
        try:
            with self.torch.no_grad():
                return run(inputs)
        except RuntimeError as error:  # a function may differentiate inside
            if NOT_TRACKED not in words_of(error):
                raise
            return run({n: a if self.kind(a) == "i" else a.requires_grad_() for n, a in held.items()})

    def vmap(self, run: Run) -> Mapped:
        def at_all(inputs: Arrays, points: Arrays) -> Arrays:
            with self.torch.no_grad():
                found: Arrays = self.torch.func.vmap(lambda moved: run({**inputs, **moved}))(points)
            return found

        return at_all

    def widened(self) -> AbstractContextManager[None]:
        return torch_precision.widening(self.torch, self.doubles, self.has_doubles) if self.forced else nullcontext()

    def coarsest(self, run: Run, inputs: Arrays) -> float:
        with torch_precision.watching(self.torch) as seen:
            self.evaluated(run, inputs)
        own = [dtype for dtype in seen if dtype.itemsize > 1]  # floats of eight bits are held fixed
        return max((float(self.torch.finfo(dtype).eps) for dtype in own), default=0.0)

    def vjp(self, run: Run, inputs: Arrays) -> tuple[Arrays, Pullback]:
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
        torch, held = self.torch, self._held(inputs)
        leaves = {name: array.requires_grad_() for name, array in inputs.items()}
        with torch.enable_grad():
            try:
                outputs = run(leaves)
            except RuntimeError as error:  # a leaf cannot be written into, a copy of it can
                if LEAF not in words_of(error):
                    raise
                for name, array in leaves.items():  # it has been written into before it was found out
                    if not torch.equal(array, held[name]):
                        array.data.copy_(held[name])
                outputs = run({name: array.clone() for name, array in leaves.items()})
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
        if len(next(iter(seeds.values()))) <= SINGLY:
            return self._stacked([self.jvp(run, inputs, seed) for seed in _unstacked(seeds)])
        return dict(self.torch.func.vmap(lambda dx: self._tangents(run, inputs, dx))(seeds))

    def stacked(self, products: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        for name in products[0]:
            own = [part[name] for part in products if part[name] is not None]
            if any(one.shape != own[0].shape or one.dtype != own[0].dtype for one in own):
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
        own = {n: a.contiguous() if 0 in a.stride() else a for n, a in inputs.items()}
        still = {name: array for name, array in own.items() if name not in dx}
        return dict(self.torch.func.jvp(lambda moved: run({**still, **moved}), ({n: own[n] for n in dx},), (dx,))[1])

    def untracked_tensors(self) -> list[str]:
        return [f"a {type(tensor).__name__} of shape {tuple(tensor.shape)}" for tensor in self.met()]

    def disconnected(self, outputs: Arrays) -> set[str]:
        return {name for name, output in outputs.items() if not output.requires_grad}

    def jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        own = {n: a.contiguous() if 0 in a.stride() else a for n, a in inputs.items()}  # a dual shares no memory
        held = self._held(own)
        try:
            return self._jvp(run, own, dx)
        except (NotImplementedError, RuntimeError) as error:
            if NO_FORWARD.search(words_of(error)):
                raise Unsupported(source.first_line(error)) from error
            if NOT_TRACKED not in words_of(error):
                raise
            return self._jvp(run, {n: a.requires_grad_() for n, a in held.items()}, dx)

    def _held(self, inputs: Arrays) -> Arrays:
        """Return copies of inputs for another call, should the function write into them and then raise."""
        return {name: array.detach().clone() for name, array in inputs.items()}

    def _jvp(self, run: Run, inputs: Arrays, dx: Arrays) -> Arrays:
        forward_ad = self.torch.autograd.forward_ad
        with forward_ad.dual_level():
            outputs = run({n: forward_ad.make_dual(a, dx[n]) if n in dx else a for n, a in inputs.items()})
            return {name: forward_ad.unpack_dual(output).tangent for name, output in outputs.items()}

    def fixed(self, error: BaseException | None) -> bool:
        return isinstance(error, RuntimeError) and FIXED in words_of(error)

    def trouble(self, what: str, error: BaseException) -> Trouble:
        found = source.raised(what, error)
        if any(words in words_of(error) for words in SHAPE):
            return Trouble(
                "JAC305", found.message, "backward returns one gradient per input, of the shape of that input"
            )
        return found


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


def _without_ctx(forward: Callable[..., Any]) -> Any:
    """Return ``forward`` as its user sees it, without the context that comes first."""

    @functools.wraps(forward)
    def shown(ctx: Any, *inputs: Any) -> Any:
        return forward(ctx, *inputs)

    return functools.partial(shown, None)
