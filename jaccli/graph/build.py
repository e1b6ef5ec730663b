"""Spec → Model graph: builds each formula in turn, and reports every name and shape that does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jaccli.errors import Problem, SourceError, Span, note, short, suggestion
from jaccli.graph.demands import hold
from jaccli.graph.functions import CONSTANTS, FUNCTIONS, BuildError, LocatedError, tensor
from jaccli.graph.ir import Expr, Graph
from jaccli.graph.meaning import meaning
from jaccli.graph.names import Names
from jaccli.graph.network import expand, mistakes
from jaccli.graph.origins import describe, sizes_text
from jaccli.ops.notation import broadcast
from jaccli.spec.expressions.expression import Expression
from jaccli.spec.network import Network
from jaccli.spec.points import Point, given_point, initial_value
from jaccli.spec.schema import Claim, Formula, Spec, Variable

__all__ = ["Built", "build"]


@dataclass(frozen=True, eq=False)
class Built:
    """A spec's graph: the leaves, steps, outputs and claims by name."""

    spec: Spec
    graph: Graph
    variables: Mapping[str, Expr]
    lets: Mapping[str, Expr]
    outputs: Mapping[str, Expr]
    claims: tuple[tuple[Claim, Expr], ...] = field(default=())
    #: What is derived from the graph once, by whoever needs it.
    kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def differentiable(self) -> list[str]:
        """The names of inputs and params, in the order of the spec."""
        return [variable.name for variable in self.spec.variables if variable.role != "constant"]

    def point(self, at: Mapping[str, Any] | None = None) -> Point:
        """Return the spec's own values with those of ``at`` put over them; names without a value are left out.

        Errors: UsageError as of ``given_point``; SourceError with the place of a label, an index or a mask that has no meaning.
        """
        point = given_point(self.spec, at)
        hold(self.graph, point)
        return point


def build(spec: Spec, problems: list[Problem]) -> Built:
    """Return the graph of ``spec``.

    Errors: SourceError with ``problems`` and every name and shape that does not fit, in the order of the text.
    """
    builder = _Builder(spec, problems)
    variables = {v.name: builder.variable(v) for v in spec.variables}
    declared = builder.network(spec.network) if spec.network is not None else []
    variables |= {v.name: Expr(builder.graph, builder.graph.leaves[v.name]) for v in declared}
    lets = builder.formulas(spec.lets)
    outputs = builder.formulas(spec.outputs) or builder.result()
    claims = [(claim, expr) for claim in spec.claims if (expr := builder.claim(claim, outputs, variables)) is not None]
    if problems:
        raise SourceError(problems)
    spec = replace(spec, variables=(*spec.variables, *declared))
    return Built(spec, builder.graph, variables, lets, outputs, tuple(claims))


class _Builder:
    def __init__(self, spec: Spec, problems: list[Problem]) -> None:
        self.spec, self.problems, self.graph = spec, problems, Graph()
        self.names = Names(spec, problems)
        self.scope = self.names.scope
        self.origins: dict[str, tuple[str | None, ...]] = {}
        for name, size in spec.dims.items():
            self.scope[name] = self.graph.literal(size)

    def variable(self, variable: Variable) -> Expr:
        leaf = self.graph.leaf(variable.name, variable.shape or ())
        if variable.implied and (variable.name in FUNCTIONS or variable.name in CONSTANTS):
            return leaf  # sin*2: not a name anybody means
        self.scope[variable.name] = leaf
        self.origins[variable.name] = tuple(variable.sizes) or (None,) * len(variable.shape or ())
        self.named(leaf, variable.name)
        if variable.role == "constant" and variable.value is not None:
            self.graph.data[leaf.index] = variable.value
        if variable.role == "constant" and (value := initial_value(variable)) is not None:
            mask = variable.value is not None and variable.value.dtype == bool
            self.graph.fixed[leaf.index] = value.astype(bool) if mask else value
        return leaf

    def named(self, x: Expr, name: str) -> None:
        self.graph.name(x, name)

    def formulas(self, formulas: tuple[Formula, ...]) -> dict[str, Expr]:
        built = {}
        for formula in formulas:
            self.names.current = formula.name
            value = self.formula(formula)
            self.names.define(formula.name, value)
            if value is not None:
                self.named(value, formula.name)
                self.check_entries(formula, value)
                built[formula.name] = value
        return built

    def check_entries(self, formula: Formula, value: Expr) -> None:
        if formula.entries and value.shape != (len(formula.entries),):
            message = f"`{formula.name}` has shape {value.shape}, `entries` names {len(formula.entries)}"
            note(self.problems, Problem("JAC008", message, formula.span, "name each element of a vector once"))

    def formula(self, formula: Formula) -> Expr | None:
        parts = [part for part in map(self.expression, formula.parts) if part is not None]
        if len(parts) < len(formula.parts):
            return None
        try:
            for size in reversed(formula.layout):
                parts = [tensor(parts[k : k + size]) for k in range(0, len(parts), size)]
        except BuildError as error:
            self.report(error, _around(formula.parts))
            return None
        return parts[0]

    def network(self, network: Network) -> list[Variable]:
        """Run the layers; return the parameters they declare, and give the last value the name ``output``."""
        wrong = list(mistakes(network.layers))
        try:
            entry = self.entry(network)
            if entry is not None and not wrong:
                self.refuse_empty(network, entry)
                y, declared = expand(self, network, entry)
                if self.scope.setdefault("output", y) != y:
                    what = "`output` is the value of the last layer, and the name of something else"
                    raise LocatedError(BuildError(what, "give the other one another name", "JAC005"), network.span)
                return declared
        except LocatedError as misfit:
            wrong = [misfit]
        for located in wrong:
            self.report(located.error, located.span)
        names = (str(layer.options["name"].value) for layer in network.layers if "name" in layer.options)
        self.scope.update(dict.fromkeys(("output", *names)))
        return []

    def entry(self, network: Network) -> Expr | None:
        """Return what enters the first layer: the value that the network names, or the first input; None after reporting."""
        if self.spec.entry is not None:
            return self.formula(self.spec.entry)
        name = next((v.name for v in self.spec.variables if v.role == "input"), None)
        if name is None:
            error = BuildError("the network has no input", "declare one under `inputs:`, or write input: X", "JAC003")
            raise LocatedError(error, network.span)
        return self.scope.get(name)

    def refuse_empty(self, network: Network, entry: Expr) -> None:
        """Refuse an input of the network without a row, or without a feature."""
        if not entry.node.size:
            axis = "an empty batch" if entry.shape[0] == 0 else "an empty array"
            error = BuildError(
                f"the network is given {axis}: {describe(entry)}", "give it at least one row", about=(entry,)
            )
            raise LocatedError(error, network.span)

    def result(self) -> dict[str, Expr]:
        """Return the last layer's value as the output of a spec that names none."""
        value = self.scope.get("output") if self.spec.network is not None and not self.spec.outputs else None
        return {"output": value} if value is not None else {}

    def claim(self, claim: Claim, outputs: Mapping[str, Expr], variables: Mapping[str, Expr]) -> Expr | None:
        self.names.current = ""
        value = self.formula(claim.formula)
        if value is None or claim.of not in outputs:
            return None
        if claim.wrt not in variables:
            help_ = suggestion(claim.wrt, variables) or f"known: {short(', '.join(variables))}"
            note(self.problems, Problem("JAC003", f"`{claim.wrt}` is not an input or param", claim.span, help_))
            return None
        of, wrt = outputs[claim.of].shape, variables[claim.wrt].shape
        if value.shape == ():
            return broadcast(value, of + wrt)
        if value.shape != of + wrt:
            message = f"d {claim.of} / d {claim.wrt} must have shape {of + wrt} (got {value.shape})"
            help_ = f"J[out…, in…]: {claim.of} has shape {of}, {claim.wrt} has shape {wrt}"
            if value.shape == wrt + of:
                help_ += "; the axes seem exchanged"
            note(self.problems, Problem("JAC008", message, claim.span, help_))
            return None
        return value

    def expression(self, expression: Expression) -> Expr | None:
        """Return what an expression means, or None after reporting."""
        if not self.names.known(expression):
            return None
        try:
            return meaning(expression, self.graph, self.scope)
        except LocatedError as misfit:
            self.report(misfit.error, misfit.span)
            return None

    def report(self, error: BuildError, span: Span) -> None:
        notes = [error.help] if error.help else []
        for x in error.about:
            if (words := sizes_text(x, self.origins) or self.unsaid(x)) and words not in notes:
                notes.append(words)
        note(self.problems, Problem(error.code, error.message, span, "; ".join(notes) or None))

    def unsaid(self, x: Expr) -> str:
        """Return how to give a shape to a name of a one-line expression of which nothing is said: it is taken for a number."""
        name = self.graph.names.get(x.index)
        free = any(
            one.implied and one.name == name and not one.shape and one.value is None for one in self.spec.variables
        )
        return (
            f"if `{name}` is an array, give its shape, --shape {name}=2x3, or a value, --at '{name}=normal(2, 3)'"
            if free
            else ""
        )


def _around(parts: tuple[Expression, ...]) -> Span:
    """Return the stretch from the first of ``parts`` to the last."""
    first, last = parts[0].span(), parts[-1].span()
    return replace(first, end_line=last.end_line, end_column=last.end_column)
