"""Spec → Model graph: walks each checked expression, and reports every name and shape that does not fit."""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jaccli.errors import Problem, SourceError, suggestion
from jaccli.graph.functions import CONSTANTS, FUNCTIONS, BuildError, align, index, matmul, static_int, tensor
from jaccli.graph.ir import MAX_EXPONENT, Expr, Graph
from jaccli.graph.origins import describe, size_origins
from jaccli.ops.notation import broadcast
from jaccli.spec.expression import Expression, number
from jaccli.spec.schema import Claim, Formula, Spec, Variable

__all__ = ["Built", "build"]

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
_COMPARISONS = {
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip
_PLAIN_NAMES = ("pi", "e")


@dataclass(frozen=True, eq=False)
class Built:
    """A spec's graph: the leaves, steps, outputs and claims by name."""

    spec: Spec
    graph: Graph
    variables: Mapping[str, Expr]
    lets: Mapping[str, Expr]
    outputs: Mapping[str, Expr]
    claims: tuple[tuple[Claim, Expr], ...] = field(default=())

    @property
    def differentiable(self) -> list[str]:
        """The names of inputs and params, in the order of the spec."""
        return [variable.name for variable in self.spec.variables if variable.role != "constant"]


def build(spec: Spec, problems: list[Problem]) -> Built:
    """Return the graph of ``spec``.

    Errors: SourceError with ``problems`` and every name and shape that does not fit, in the order of the text.
    """
    builder = _Builder(spec, problems)
    variables = {v.name: builder.variable(v) for v in spec.variables}
    lets = builder.formulas(spec.lets)
    outputs = builder.formulas(spec.outputs)
    claims = [(claim, expr) for claim in spec.claims if (expr := builder.claim(claim, outputs, variables)) is not None]
    if problems:
        raise SourceError(_in_order(problems))
    return Built(spec, builder.graph, variables, lets, outputs, tuple(claims))


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Return the problems by place, without those that only follow from an expression YAML has cut in the same line."""
    cut = {p.span.line for p in problems if p.code == "JAC004" and p.span}
    kept = [p for p in problems if p.code == "JAC004" or not p.span or p.span.line not in cut]
    return sorted(kept, key=lambda p: (p.span.line, p.span.column) if p.span else (0, 0))


class _Builder:
    def __init__(self, spec: Spec, problems: list[Problem]) -> None:
        self.spec, self.problems, self.graph = spec, problems, Graph()
        self.scope: dict[str, Expr | None] = {}  # None: declared, but broken
        self.origins: dict[str, tuple[str | None, ...]] = {}
        self.later = {f.name: f for f in (*spec.lets, *spec.outputs)}
        for name, size in spec.dims.items():
            self.scope[name] = self.graph.literal(size)

    def variable(self, variable: Variable) -> Expr:
        leaf = self.graph.leaf(variable.name, variable.shape or ())
        self.scope[variable.name] = leaf
        self.origins[variable.name] = tuple(variable.sizes) or (None,) * len(variable.shape or ())
        self.named(leaf, variable.name)
        return leaf

    def named(self, x: Expr, name: str) -> None:
        self.graph.names.setdefault(x.index, name)

    def formulas(self, formulas: tuple[Formula, ...]) -> dict[str, Expr]:
        built = {}
        for formula in formulas:
            self.later.pop(formula.name, None)
            value = self.formula(formula)
            self.scope[formula.name] = value
            if value is not None:
                self.named(value, formula.name)
                built[formula.name] = value
        return built

    def formula(self, formula: Formula) -> Expr | None:
        parts = [self.expression(part) for part in formula.parts]
        if any(part is None for part in parts):
            return None
        try:
            value = tensor(parts) if formula.stacked else tensor(parts[0])
        except BuildError as error:
            self.report(error, formula.parts[0], None)
            return None
        return value

    def claim(self, claim: Claim, outputs: Mapping[str, Expr], variables: Mapping[str, Expr]) -> Expr | None:
        value = self.formula(claim.formula)
        if value is None or claim.of not in outputs or claim.wrt not in variables:
            return None
        of, wrt = outputs[claim.of].shape, variables[claim.wrt].shape
        if value.shape == ():
            return broadcast(value, of + wrt)
        if value.shape != of + wrt:
            message = f"d {claim.of} / d {claim.wrt} must have shape {of + wrt} (got {value.shape})"
            help_ = f"J[out…, in…]: {claim.of} has shape {of}, {claim.wrt} has shape {wrt}"
            if value.shape == wrt + of:
                help_ += "; the axes seem exchanged"
            self.problems.append(Problem("JAC008", message, claim.span, help_))
            return None
        return value

    def expression(self, expression: Expression) -> Any:
        """Return what an expression means, or None after reporting."""
        unknown = self.unknown_names(expression)
        self.problems.extend(problem for problem in unknown if problem is not None)
        if unknown:
            return None
        try:
            return _Walk(self, expression).value(expression.tree)
        except _Located as located:
            self.report(located.error, expression, located.node)
            return None

    def unknown_names(self, expression: Expression) -> list[Problem | None]:
        """Return a problem for each unknown name and function; None for one that is already reported elsewhere."""
        found: list[Problem | None] = []
        called = {id(node.func) for node in ast.walk(expression.tree) if isinstance(node, ast.Call)}
        for node in ast.walk(expression.tree):
            if isinstance(node, ast.Name) and id(node) in called:
                if node.id not in FUNCTIONS and node.id not in CONSTANTS:
                    found.append(self.unknown_function(expression, node))
            elif isinstance(node, ast.Name) and self.scope.get(node.id, False) in (None, False):
                declared = node.id in self.scope or node.id in _PLAIN_NAMES
                if node.id in self.scope:
                    found.append(None)
                elif not declared:
                    found.append(self.unknown_name(expression, node))
        return found

    def unknown_function(self, expression: Expression, node: ast.Name) -> Problem:
        if node.id in self.scope:
            return Problem("JAC003", f"`{node.id}` is a variable, not a function", expression.span(node), f"write {node.id} * (…) for a product")
        help_ = suggestion(node.id, [*FUNCTIONS, *CONSTANTS]) or "the README lists the functions"
        return Problem("JAC003", f"unknown function `{node.id[:60]}`", expression.span(node), help_)

    def unknown_name(self, expression: Expression, node: ast.Name) -> Problem:
        name = node.id
        if name in self.later:
            other = self.later[name]
            if expression in other.parts:
                return Problem("JAC003", f"`{name}` is defined by itself", expression.span(node), "give the new value another name")
            cycle = self.cycle(name, expression)
            line = f" (line {other.span.line})" if other.span else ""
            if cycle:
                return Problem("JAC003", f"these depend on each other: {' → '.join(cycle)}", expression.span(node), "break the cycle")
            return Problem("JAC003", f"`{name}` is defined later{line}", expression.span(node), "steps go in order: move it above")
        help_ = suggestion(name, [*(n for n, value in self.scope.items() if value is not None), *self.later, *_PLAIN_NAMES])
        if name in FUNCTIONS or name in CONSTANTS:
            help_ = f"`{name}` is a function: write {name}(…)"
        return Problem("JAC003", f"unknown name `{name[:60]}`", expression.span(node), help_ or "declare it under `inputs:`")

    def cycle(self, name: str, expression: Expression) -> list[str] | None:
        """Return a chain of definitions from ``name`` back to the formula of ``expression``, if there is one."""
        start = next((f.name for f in (*self.spec.lets, *self.spec.outputs) if expression in f.parts), None)
        formulas = {f.name: f for f in (*self.spec.lets, *self.spec.outputs)}
        chains, seen = [[name]], {name}
        while chains:
            chain = chains.pop()
            used = {n.id for part in formulas[chain[-1]].parts for n in ast.walk(part.tree) if isinstance(n, ast.Name)}
            if start in used:
                return [start, *chain, start]
            chains += [[*chain, n] for n in sorted(used & set(formulas) - seen)]
            seen |= used
        return None

    def report(self, error: BuildError, expression: Expression, node: ast.AST | None) -> None:
        notes = [error.help] if error.help else []
        for x in error.about:
            sizes = [f"{n} is {o}" for n, o in zip(x.shape, size_origins(x, self.origins), strict=True) if o]
            if sizes:
                notes.append(f"in {describe(x)} " + ", ".join(sizes))
        self.problems.append(Problem(error.code, error.message, expression.span(node), "; ".join(notes) or None))


class _Located(Exception):  # noqa: N818  carries a BuildError to the expression it belongs to
    def __init__(self, error: BuildError, node: ast.AST) -> None:
        self.error, self.node = error, node


class _Walk:
    """Gives meaning to one expression; recursion is as deep as its brackets, which the grammar limits."""

    def __init__(self, builder: _Builder, expression: Expression) -> None:
        self.builder, self.expression, self.graph = builder, expression, builder.graph

    def value(self, node: ast.AST) -> Any:
        before = len(self.graph.nodes)
        try:
            value = self.visit(node)
        except BuildError as error:
            raise _Located(error, node) from None
        if len(self.graph.nodes) > before:
            span = self.expression.span(node)
            for position in range(before, len(self.graph.nodes)):
                self.graph.spans.setdefault(position, span)
        return value

    def visit(self, node: ast.AST) -> Any:
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.name(node)
            case ast.BinOp():
                return self.chain(node)
            case ast.UnaryOp():
                operand = tensor(self.value(node.operand))
                return -operand if isinstance(node.op, ast.USub) else operand
            case ast.Compare():
                return self.compare(node)
            case ast.Call():
                return self.call(node)
            case ast.Subscript():
                return index(tensor(self.value(node.value)), self.key(node.slice))
            case ast.Attribute():
                return FUNCTIONS["transpose"](self.value(node.value))
            case ast.List() | ast.Tuple():
                return [self.value(item) for item in node.elts]
        raise BuildError("this is not part of the language", None, "JAC001")

    def constant(self, node: ast.Constant) -> Any:
        exact = number(self.expression, node)
        return self.graph.literal(exact) if exact is not None else node.value

    def name(self, node: ast.Name) -> Any:
        found = self.builder.scope.get(node.id)
        if found is not None:
            return found
        return self.graph.add("pi" if node.id == "pi" else "euler", (), {})

    def chain(self, node: ast.BinOp) -> Any:
        """Evaluate a + b + c … in a loop: a sum of a thousand terms is a thousand levels deep on its left side."""
        spine: list[ast.BinOp] = []
        left: ast.AST = node
        while isinstance(left, ast.BinOp):
            spine.append(left)
            left = left.left
        value = self.value(left)
        for step in reversed(spine):
            right = self.value(step.right)
            before = len(self.graph.nodes)
            try:
                value = self.binary(step, value, right)
            except BuildError as error:
                raise _Located(error, step) from None
            span = self.expression.span(step) if len(self.graph.nodes) > before else None
            for position in range(before, len(self.graph.nodes)):
                assert span is not None
                self.graph.spans.setdefault(position, span)
        return value

    def binary(self, node: ast.BinOp, left: Any, right: Any) -> Expr:
        if isinstance(node.op, ast.MatMult):
            return matmul(left, right)
        x, y = align(tensor(left), tensor(right))
        if isinstance(node.op, ast.Pow) and y.constant is not None and abs(y.constant) > MAX_EXPONENT:
            raise BuildError(f"the exponent is larger than {MAX_EXPONENT:,}", "use a smaller power", "JAC009")
        if isinstance(node.op, ast.Div) and y.constant == 0:
            raise BuildError("division by zero", "change the denominator")
        value: Expr = _ARITHMETIC[type(node.op)](x, y)
        if x.constant is not None and y.constant is not None and value.constant is None:
            raise BuildError("this number is too large to be kept exactly", "use a smaller power", "JAC009")
        return value

    def compare(self, node: ast.Compare) -> Expr:
        if len(node.ops) > 1:
            raise BuildError("comparisons cannot be chained on arrays", "multiply them: (a < b) * (b < c)", "JAC001")
        x, y = align(tensor(self.value(node.left)), tensor(self.value(node.comparators[0])))
        return x.apply(_COMPARISONS[type(node.ops[0])], y)

    def call(self, node: ast.Call) -> Expr:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        args = [self.value(item) for item in node.args]
        options = {item.arg: self.value(item.value) for item in node.keywords if item.arg}
        if name in CONSTANTS:
            args = [self.graph.literal(0), *args]
        macro = CONSTANTS.get(name) or FUNCTIONS[name]
        try:
            inspect.signature(macro).bind(*args, **options)
        except TypeError as error:
            raise BuildError(*self.signature_problem(name, macro, str(error), options)) from None
        return macro(*args, **options)

    def signature_problem(self, name: str, macro: Callable[..., Any], text: str, options: dict[str, Any]) -> tuple[str, str]:
        known = [p for p in inspect.signature(macro).parameters if p != "like"]
        usage = f"{name}({', '.join(known)})"
        for option in options:
            if option not in known:
                return f"{name} has no argument `{option}`", suggestion(option, known) or f"write {usage}"
        return f"{name}: {text.replace(chr(39), chr(96))}", f"write {usage}"

    def key(self, node: ast.AST) -> tuple[Any, ...]:
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        return tuple(self.key_item(item) for item in items)

    def key_item(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Slice):
            bounds = (node.lower, node.upper, node.step)
            parts = [static_int(self.value(bound), "slice") if bound is not None else None for bound in bounds]
            if parts[2] == 0:
                raise BuildError("the step of a slice cannot be 0", "leave it out")
            return slice(*parts)
        if isinstance(node, ast.Constant) and (node.value is None or node.value is Ellipsis):
            return node.value
        if isinstance(node, ast.List):
            return [static_int(self.value(item), "index") for item in node.elts]
        return static_int(self.value(node), "index")
