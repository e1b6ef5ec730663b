"""Which modes a framework has for a function, as derivatives to be judged, and what is noticed when they are first taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from jaccli.adapters.framework import Arrays, NoRule, Unsupported
from jaccli.adapters.leaves import guarded
from jaccli.adapters.parts import Part
from jaccli.adapters.products import Products
from jaccli.adapters.subject import Derivative, Note, TroubleError
from jaccli.errors import Span
from jaccli.results.kinds import Label, Outcome
from jaccli.types import Array

__all__ = ["derivatives", "disconnected", "fixed_input"]

CHANGED = 1e3  # roundings of a value by which another order of operations may change it


def derivatives(products: Products, fn: Any) -> tuple[tuple[Derivative, ...], list[Note]]:
    """Return the derivatives the function has, and a note for a mode it does not have."""
    framework = products.program.framework
    kept, notes, owed = [], [], False
    for mode in ("reverse", "forward"):
        try:
            if missing_rule := framework.lacks(fn, mode):
                raise Unsupported(missing_rule)
            products.probe(mode)
        except Unsupported as missing:
            owed |= isinstance(missing, NoRule)
            notes.append(Note("JAC307", f"no {mode} mode: {missing}", "", Outcome.SKIPPED, mode))
            continue
        except TroubleError:
            pass  # it will be met again, and reported in its rows
        kept.append(mode)
    if owed and not kept:  # then reverse mode says what is missing
        kept, notes = ["reverse"], notes[1:]
    found = tuple(_derivative(products, mode, framework.rule_span(fn, mode)) for mode in kept)
    strays = [_stray(what, framework.registered) for what in framework.untracked_tensors()]
    return found, [*notes, *strays, *_changed(products)]


def _derivative(products: Products, mode: str, span: Span | None) -> Derivative:
    def at(point: Mapping[str, Array]) -> Derivative:
        return _derivative(Products(products.program.moved(point)), mode, span)

    if mode == "reverse":
        return Derivative(
            Label(mode), span, vjp=_or_trouble(products.vjp), vjps=_or_trouble(products.vjps),
            vjps_at=_or_trouble(products.vjps_at), at=at, terms=products.terms,
        )  # fmt: skip
    return Derivative(
        Label(mode), span, jvp=_or_trouble(products.jvp), jvps=_or_trouble(products.jvps),
        jvps_at=_or_trouble(products.jvps_at), at=at,
    )  # fmt: skip


def _or_trouble(product: Callable[..., dict[str, Array]]) -> Callable[..., dict[str, Array]]:
    """Return a product that stops with a trouble where a rule is missing: one input may have a mode that another lacks."""

    def or_trouble(*arrays: Mapping[str, Array]) -> dict[str, Array]:
        try:
            return product(*arrays)
        except NoRule as missing:
            raise TroubleError.of("JAC302", str(missing), "write a backward, or a jvp for forward mode") from missing
        except Unsupported as missing:
            raise TroubleError.of("JAC307", f"no such mode: {missing}", "") from missing

    return or_trouble


def _stray(what: str, registered: str) -> Note:
    message = f"{what} requires a gradient but is neither an input nor a registered parameter, so it is not checked"
    return Note("JAC304", message, f"pass it as an input, or register it ({registered})", Outcome.SKIPPED)


def _changed(products: Products) -> list[Note]:
    """Return a note for every output that has another value where the function is differentiated, if it repeats itself."""
    if products.taken is None:
        return []
    program, outputs = products.program, products.taken[0]
    found = [part for part in program.outputs if _differs(part, _value(products, part, outputs))]
    if not found:
        return []
    try:
        again = program.evaluated(program.differentiated())
    except Exception:  # it will be met again, and reported in its rows
        return []
    return [
        Note(
            "JAC204", f"`{part.name}` has another value where the function is differentiated",
            "the value that the rule or the forward pass returns is not that of the function", Outcome.FAIL, part.name,
        )
        for part in found if not _differs(part, _value(products, part, again))
    ]  # fmt: skip


def _value(products: Products, part: Part, arrays: Arrays) -> Array:
    return np.asarray(products.program.framework.numpy(arrays[part.name]))


def _differs(part: Part, value: Array) -> bool:
    """Return whether a value is not that of the first call, by far more than another order of operations can do."""
    if value.shape != part.value.shape:
        return True
    with np.errstate(all="ignore"):
        size = max(1.0, float(np.nanmax(np.abs(part.value), initial=0.0)))
        return bool(np.any(np.abs(value - part.value) > CHANGED * part.precision * size))


def disconnected(products: Products) -> set[str]:
    """Return the outputs without a connection to any input; none where that is not known."""
    try:
        products.pullback()
        assert products.taken is not None
        return products.program.framework.disconnected(products.taken[0])
    except Exception:  # it will be met again, and reported in its rows
        return set()


def fixed_input(products: Products) -> Part | None:
    """Return the input that the function has no derivative by, where that is why reverse mode raises; None for any other."""
    program, framework = products.program, products.program.framework
    try:
        products.pullback()
    except Exception as error:
        for part in program.inputs if framework.fixed(error.__cause__) else ():
            inputs = {name: leaf for name, leaf in program.leaves().items() if name != part.name}
            others = replace(program, inputs=tuple(one for one in program.inputs if one is not part))
            try:
                guarded(framework, "reverse", partial(framework.vjp, others.run, inputs))
            except Exception:
                continue
            return part
    return None
