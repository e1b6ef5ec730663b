"""Symbolic entries: SymPy writes what is shown, and the rest is counted."""

from __future__ import annotations

import numpy as np
import pytest

from jaccli.compute.compute import compute
from jaccli.compute.texts import MAX_TOGETHER, worth_writing
from jaccli.derive.symbolic import symbolic
from jaccli.derive.symbolic.forms import Chain, Fill, Sum
from jaccli.graph.build import Built
from jaccli.graph.load import load_expressions
from jaccli.report.compute.tables import computed_text

CASES = {
    "a network": ["y = tanh(a * tanh(b * tanh(a * x) + x) + b) * sin(a * x * b)"],
    "choices": ["y = maximum(a * x, b) * sin(x) + abs(x - a) * exp(b * x) + where(x > a, x * b, sin(x * a))"],
    "two outputs": ["y = sin(a * x) * cos(b * x) * exp(a * b)", "z = sin(a * x) / (1 + exp(b * x)) + x**3"],
}


@pytest.mark.parametrize("lines", [pytest.param(lines, id=name) for name, lines in CASES.items()])
def test_intermediates_are_as_many_as_the_bindings_in_use(lines: list[str]) -> None:
    built = load_expressions(lines, {"x": 0.3, "a": 1.5, "b": 0.7})
    for output in built.outputs.values():
        for block in symbolic(built.graph, output, [*built.variables.values()]):
            assert block.intermediates == len(block.used())


def long_steps(count: int) -> Built:
    """Return an output whose entries are long in every way."""
    return load_expressions(
        [f"s{k} = sin(s{k - 1} * x) + s{k - 1}" if k else "s0 = sin(x)" for k in range(count)], {"x": 0.3}
    )


def test_entries_that_are_not_shown_are_counted_alike() -> None:
    built = long_steps(40)
    whole, counted = (computed_text(compute(built, most_bindings=most)) for most in (None, 16))
    assert "named intermediates, not shown" in counted
    assert counted == whole


def test_sympy_writes_no_more_for_longer_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    for kind in (Fill, Sum, Chain):
        before = kind.written

        def counting(form: object, before: object = before) -> object:
            counts[-1] += 1
            return before(form)  # type: ignore[operator]

        monkeypatch.setattr(kind, "written", counting)
    for size in (40, 80):
        built = long_steps(size)
        counts.append(0)
        (block,) = symbolic(built.graph, [*built.outputs.values()][-1], [built.variables["x"]])
        assert block.expanded().item() is None
        assert block.intermediates > size
    assert counts[1] == counts[0]


def test_first_outputs_are_written_where_there_are_very_many() -> None:
    lines = [f"y{k} = sum(sin({k + 2} * x))" for k in range(40)]
    built = load_expressions(lines, {"x": np.linspace(0, 1, 400).tolist()})
    found = worth_writing(built, [*built.outputs])
    assert found == {f"y{k}" for k in range(len(found))}
    assert MAX_TOGETHER / 2 < 3 * 400 * len(found) < 2 * MAX_TOGETHER
    written = [block.symbolic is not None for block in compute(built).blocks]
    assert written == [False] * 40  # of 400 entries each, which nobody reads
