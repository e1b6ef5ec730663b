"""Engine → values and Jacobians: the graph interpreted, compiled before it runs, or rebuilt on a tape at every pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from jaccli.derive.jacobian import jacobian
from jaccli.derive.joined import forward_of_all, worth_joining
from jaccli.errors import UsageError, suggestion
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.types import Array

__all__ = ["ENGINES", "Interpreted", "Runner", "runner"]


class Runner(Protocol):
    """What gives values, and Jacobians by a route of the graph's own: auto, forward or reverse."""

    def values(self, outputs: Sequence[Expr], point: Mapping[str, Any]) -> list[Array]: ...  # noqa: D102

    def jacobians(self, of: Expr, wrt: Sequence[Expr], point: Mapping[str, Any], route: str) -> list[Array]: ...  # noqa: D102

    def note(self) -> str | None:
        """Return what has been done, for the reader."""


class Interpreted:
    """Node by node: the fastest way to run a graph once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[int, list[Array]] = {}  # Jacobians that were computed together, by the index of the output

    def together(self, outputs: Sequence[Expr], wrt: Sequence[Expr], point: Mapping[str, Any]) -> None:
        """Compute the Jacobians that are going to be asked for by route auto all at once, where that is less work."""
        if worth_joining(self.graph, outputs, wrt):
            found = forward_of_all(self.graph, outputs, wrt, point)
            self.known = {of.index: blocks for of, blocks in zip(outputs, found, strict=True)}

    def values(self, outputs: Sequence[Expr], point: Mapping[str, Any]) -> list[Array]:
        """Return the values of some outputs."""
        return evaluate(self.graph, outputs, point)

    def jacobians(self, of: Expr, wrt: Sequence[Expr], point: Mapping[str, Any], route: str) -> list[Array]:
        """Return the Jacobians of an output by some variables."""
        return self.known[of.index] if of.index in self.known else jacobian(self.graph, of, wrt, point, route)

    def note(self) -> str | None:
        """Return nothing: this is what is expected."""
        return None


class Static:
    """Define, then run: each set of outputs is compiled to one straight-line function."""

    def __init__(self, graph: Graph) -> None:
        from jaccli.graph.static import Engine

        self.graph, self.engine = graph, Engine(graph, after=0)

    def values(self, outputs: Sequence[Expr], point: Mapping[str, Any]) -> list[Array]:
        return self.engine(self.graph, outputs, point)

    def jacobians(self, of: Expr, wrt: Sequence[Expr], point: Mapping[str, Any], route: str) -> list[Array]:
        return jacobian(self.graph, of, wrt, point, route, run=self.engine)

    def note(self) -> str | None:
        lines = [len(program.source.splitlines()) - 2 for program in self.engine.programs.values()]
        functions = f"{len(lines)} function{'s' * (len(lines) != 1)}"
        return f"static engine: compiled to {functions} of {sum(lines):,} NumPy operations"


class Eager:
    """Define by run: every operation is computed when it is recorded, and a backward pass goes back over the tape."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.recorded, self.passes = graph, 0, 0

    def values(self, outputs: Sequence[Expr], point: Mapping[str, Any]) -> list[Array]:
        from jaccli.learn.replay import replay
        from jaccli.learn.tape import tensor

        found = replay(self.graph, outputs, {name: tensor(value) for name, value in point.items()})
        self.recorded += sum(node.row.kind != "nullary" for node in found[0].tape.nodes) if found else 0
        return [y.value for y in found]

    def jacobians(self, of: Expr, wrt: Sequence[Expr], point: Mapping[str, Any], route: str) -> list[Array]:
        from jaccli.learn.replay import eager_jacobian

        if route == "forward":
            raise UsageError("--engine eager goes backward over its tape: leave out --route forward")
        self.passes += of.node.size
        return eager_jacobian(self.graph, of, wrt, point)

    def note(self) -> str | None:
        passes = f"{self.passes:,} backward pass{'es' * (self.passes != 1)}"
        return f"eager engine: {self.recorded:,} operations recorded as they were computed, {passes}"


ENGINES: dict[str, Callable[[Graph], Runner]] = {"static": Static, "eager": Eager}


def runner(name: str | None, graph: Graph) -> Runner:
    """Return the engine called ``name``, the interpreter where none is named.

    Errors: UsageError for an unknown name.
    """
    if name is None:
        return Interpreted(graph)
    if name not in ENGINES:
        known = f"known: {', '.join(ENGINES)}"
        raise UsageError(f"--engine '{name}' is not known; {suggestion(name, ENGINES) or known}")
    return ENGINES[name](graph)
