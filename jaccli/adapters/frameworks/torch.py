"""PyTorch: functions, ``autograd.Function`` and modules with their parameters, on tensors of any dtype and layout."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from jaccli.adapters import source
from jaccli.adapters.framework import Arrays, Call, Mapped, Run, library
from jaccli.adapters.frameworks import torch_layouts, torch_precision, torch_settings
from jaccli.adapters.frameworks.torch_modes import NOT_TRACKED, Modes
from jaccli.adapters.frameworks.torch_tensors import HOST
from jaccli.adapters.subject import Subject, Task, Trouble, TroubleError
from jaccli.adapters.tensors import subject_of
from jaccli.errors import Span, words_of

__all__ = ["adapt"]

SINGLY = 8  # points up to which each is computed by itself: a batch has costs of its own
NO_JVP = "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."  # PyTorch's own words
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


class _Torch(Modes):
    title = "PyTorch"
    registered = "nn.Parameter, nn.ParameterList, a layer's weight"
    batches = True
    singly = SINGLY
    casts = True

    def __init__(self, torch: Any) -> None:
        super().__init__(torch)
        self.devices: set[str] = set()  # of the inputs

    def find_devices(self, task: Task) -> None:
        """Find out where the inputs lie, and the parameters of a module: before random numbers are held there."""
        parameters = task.fn.parameters() if isinstance(task.fn, self.torch.nn.Module) else ()
        tensors = [*(tensor for _, tensor in self.leaves(task.inputs, "x")), *parameters]
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

    def lacks(self, fn: Any, mode: str) -> str:
        rule = self._function(fn)
        bare = rule is not None and mode == "forward" and rule.jvp is self.torch.autograd.Function.jvp
        return NO_JVP if bare else ""

    def _function(self, fn: Any) -> Any:
        """Return the ``autograd.Function`` whose ``apply`` is ``fn``."""
        owner = getattr(fn, "__self__", None)
        return owner if isinstance(owner, type) and issubclass(owner, self.torch.autograd.Function) else None

    # --- how it is run

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
        held = self._held(inputs, "values")
        try:
            with self.torch.no_grad():
                found = run(inputs)
                self.plain.add("values")
                return found
        except RuntimeError as error:  # a function may differentiate inside
            if NOT_TRACKED not in words_of(error):
                raise
            return run({n: a if self.kind(a) == "i" else a.requires_grad_() for n, a in (held or inputs).items()})

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
        floats = [dtype for dtype in seen if dtype.itemsize > 1]  # floats of eight bits are held fixed
        return max((float(self.torch.finfo(dtype).eps) for dtype in floats), default=0.0)

    def trouble(self, what: str, error: BaseException) -> Trouble:
        found = source.raised(what, error)
        if any(words in words_of(error) for words in SHAPE):
            return Trouble(
                "JAC305", found.message, "backward returns one gradient per input, of the shape of that input"
            )
        return found


def _without_ctx(forward: Callable[..., Any]) -> Any:
    """Return ``forward`` as its user sees it, without the context that comes first."""

    @functools.wraps(forward)
    def shown(ctx: Any, *inputs: Any) -> Any:
        return forward(ctx, *inputs)

    return functools.partial(shown, None)
