"""Spec → Model graph: walks each checked expression, and reports every name and shape that does not fit."""

from __future__ import annotations

import ast
import inspect
import math
import operator
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jaccli.graph.kinds
import jaccli.graph.layers  # noqa: F401  layers and kinds of layers enter themselves into their tables
from jaccli.errors import Problem, SourceError, Span, note, short, suggestion
from jaccli.graph.functions import (
    CONSTANTS,
    FUNCTIONS,
    BuildError,
    align,
    constant_power,
    index,
    matmul,
    static_indices,
    static_int,
    tensor,
)
from jaccli.graph.ir import MAX_EXPONENT, Expr, Graph
from jaccli.graph.network import LocatedError, expand, mistakes
from jaccli.graph.origins import sizes_text
from jaccli.ops import ShapeError
from jaccli.ops.notation import broadcast
from jaccli.spec.expression import Expression, number, out_of_range
from jaccli.spec.network import Network
from jaccli.spec.schema import Claim, Formula, Spec, Variable

__all__ = ["Built", "build"]

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
_COMPARISONS = {
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip
_PLAIN_NAMES = ("pi", "e")
_OTHER_NAMES = {
    "π": "pi",
    "τ": "2*pi",
    "tau": "2*pi",
    "euler": "e",
    "inf": "a large number: infinities have no derivative",
}


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
    declared = builder.network(spec.network) if spec.network is not None else []
    variables |= {v.name: Expr(builder.graph, builder.graph.inputs()[v.name].index) for v in declared}
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
        self.scope: dict[str, Expr | None] = {}  # None: declared, but broken
        self.origins: dict[str, tuple[str | None, ...]] = {}
        self.later = {f.name: f for f in (*spec.lets, *spec.outputs)}
        self.uses = {name: _used_names(formula) for name, formula in self.later.items()}
        self.current = ""  # the formula that is being built
        self.cyclic: set[str] = set()
        self.reported: set[tuple[bool, str]] = set()  # whether it was called, and the name
        self.indices = {v.name: v.value for v in spec.variables if v.role == "constant"}
        self.scope.update(dict.fromkeys(spec.broken))
        for name, size in spec.dims.items():
            self.scope[name] = self.graph.literal(size)

    def variable(self, variable: Variable) -> Expr:
        leaf = self.graph.leaf(variable.name, variable.shape or ())
        if variable.implied and (variable.name in FUNCTIONS or variable.name in CONSTANTS):
            return leaf  # sin*2: not a name anybody means
        self.scope[variable.name] = leaf
        self.origins[variable.name] = tuple(variable.sizes) or (None,) * len(variable.shape or ())
        self.named(leaf, variable.name)
        return leaf

    def named(self, x: Expr, name: str) -> None:
        self.graph.names.setdefault(x.index, name)

    def formulas(self, formulas: tuple[Formula, ...]) -> dict[str, Expr]:
        built = {}
        for formula in formulas:
            self.current = formula.name
            value = self.formula(formula)
            self.later.pop(formula.name, None)
            self.scope[formula.name] = value
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
                y, declared = expand(self, network, entry)
                self.scope.setdefault("output", y)
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

    def result(self) -> dict[str, Expr]:
        """Return the last layer's value as the output of a spec that names none."""
        value = self.scope.get("output") if self.spec.network is not None and not self.spec.outputs else None
        return {"output": value} if value is not None else {}

    def claim(self, claim: Claim, outputs: Mapping[str, Expr], variables: Mapping[str, Expr]) -> Expr | None:
        self.current = ""
        value = self.formula(claim.formula)
        if value is None or claim.of not in outputs:
            return None
        if claim.wrt not in variables:
            help_ = suggestion(claim.wrt, variables) or f"known: {short(', '.join(variables))}"
            note(self.problems, Problem("JAC003", f"`{claim.wrt}` is no input or param", claim.span, help_))
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
        if not self.names_known(expression):
            return None
        try:
            return _Walk(self, expression).operand(expression.tree)
        except _Located as located:
            self.report(located.error, expression.span(located.node))
            return None

    def names_known(self, expression: Expression) -> bool:
        """Return whether all names and functions are known; each that is not is reported once, where it is met first."""
        called = {id(node.func) for node in ast.walk(expression.tree) if isinstance(node, ast.Call)}
        known, orders = True, _orders(expression.tree)
        for node in ast.walk(expression.tree):
            if not isinstance(node, ast.Name) or id(node) in orders:
                continue
            call, declared = id(node) in called, node.id in self.scope
            if call and (node.id in FUNCTIONS or node.id in CONSTANTS):
                continue
            if not call and (self.scope.get(node.id) is not None or (not declared and node.id in _PLAIN_NAMES)):
                continue
            known = False
            if (call, node.id) not in self.reported and (call or not declared):
                self.reported.add((call, node.id))
                note(self.problems, *(self.unknown_function if call else self.unknown_name)(expression, node))
        return known

    def unknown_function(self, expression: Expression, node: ast.Name) -> list[Problem]:
        if node.id in self.spec.broken or (node.id in self.scope and self.scope[node.id] is None):
            return []
        span = expression.span(node)
        if node.id in self.scope or node.id in _PLAIN_NAMES:
            what = "a variable" if node.id in self.scope else "a number"
            return [
                Problem(
                    "JAC003", f"`{node.id}` is {what}, not a function", span, f"write {node.id} * (…) for a product"
                )
            ]
        help_ = suggestion(node.id, [*FUNCTIONS, *CONSTANTS]) or "the README lists the functions"
        return [Problem("JAC003", f"unknown function `{short(node.id)}`", span, help_)]

    def unknown_name(self, expression: Expression, node: ast.Name) -> list[Problem]:
        name, span = node.id, expression.span(node)
        if name in self.later:
            return self.too_early(name, expression, span)
        if "." in name:
            return [self.unknown_attribute(name, span)]
        help_ = suggestion(
            name, [*(n for n, value in self.scope.items() if value is not None), *self.later, *_PLAIN_NAMES]
        )
        if name in FUNCTIONS or name in CONSTANTS:
            help_ = f"`{name}` is a function: write {name}(…)"
        elif name in _OTHER_NAMES:
            help_ = f"write {_OTHER_NAMES[name]}"
        return [Problem("JAC003", f"unknown name `{short(name)}`", span, help_ or "declare it under `inputs:`")]

    def unknown_attribute(self, name: str, span: Span) -> Problem:
        """Return what is wrong with a dotted name that no layer's parameter has."""
        owner, _, attribute = name.partition(".")
        parameters = [known for known in self.scope if "." in known]
        help_ = suggestion(name, parameters) or "use the functions of the language"
        if attribute in FUNCTIONS:
            help_ = f"write {attribute}({owner})"
        elif any(known.startswith(f"{owner}.") for known in parameters):
            help_ = f"known: {short(', '.join(known for known in parameters if known.startswith(f'{owner}.')))}"
        return Problem("JAC001", f"`.{short(attribute)}` is not part of the language (only .T is)", span, help_)

    def too_early(self, name: str, expression: Expression, span: Span) -> list[Problem]:
        """Return what is wrong with using ``name`` before its definition; a cycle is reported once."""
        if self.current == name:
            return [Problem("JAC003", f"`{name}` is defined by itself", span, "give the new value another name")]
        if self.current in self.cyclic and name in self.cyclic:
            return []
        if cycle := self.cycle(name):
            self.cyclic.update(cycle)
            chain = cycle if len(cycle) <= 8 else [*cycle[:5], "…", *cycle[-2:]]
            message = f"these depend on each other: {' → '.join(chain)}"
            return [Problem("JAC003", message, span, "break the cycle: steps go in order")]
        other = self.later[name].span
        line = f" (line {other.line})" if other else ""
        return [Problem("JAC003", f"`{name}` is defined later{line}", span, "steps go in order: move it above")]

    def cycle(self, name: str) -> list[str] | None:
        """Return the shortest chain of definitions from the current one over ``name`` back to it, if there is one."""
        came_from: dict[str, str] = {name: self.current}
        queue = deque([name])
        while queue:
            step = queue.popleft()
            if self.current in self.uses[step]:
                chain = [self.current]
                while step != self.current:
                    chain.append(step)
                    step = came_from[step]
                return [self.current, *reversed(chain)]
            for used in self.uses[step]:
                if used in self.uses and used not in came_from:
                    came_from[used] = step
                    queue.append(used)
        return None

    def report(self, error: BuildError, span: Span) -> None:
        notes = [error.help] if error.help else []
        for x in error.about:
            if (words := sizes_text(x, self.origins)) and words not in notes:
                notes.append(words)
        note(self.problems, Problem(error.code, error.message, span, "; ".join(notes) or None))


def _around(parts: tuple[Expression, ...]) -> Span:
    """Return the stretch from the first of ``parts`` to the last."""
    first, last = parts[0].span(), parts[-1].span()
    return replace(first, end_line=last.end_line, end_column=last.end_column)


def _used_names(formula: Formula) -> list[str]:
    names = {node.id: None for part in formula.parts for node in ast.walk(part.tree) if isinstance(node, ast.Name)}
    return list(names)


def _infinite(node: ast.AST) -> ast.Name | None:
    """Return the name in ``inf`` or ``-inf``."""
    name = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return name if isinstance(name, ast.Name) and name.id == "inf" else None


def _orders(tree: ast.AST) -> set[int]:
    """Return the ids of the names that stand for infinity, as arguments of norm."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    norms = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "norm"]
    given = [node for call in norms for node in (*call.args, *(option.value for option in call.keywords))]
    return {id(name) for node in given if (name := _infinite(node)) is not None}


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
        except ShapeError as error:
            raise _Located(BuildError(str(error)), node) from None
        self.place(node, before)
        return value

    def place(self, node: ast.AST, before: int) -> None:
        """Note where the nodes that were added since there were ``before`` come from."""
        if len(self.graph.nodes) > before:
            span = self.expression.span(node)
            for position in range(before, len(self.graph.nodes)):
                self.graph.spans.setdefault(position, span)

    def operand(self, node: ast.AST) -> Expr:
        """Return the numeric node that an operand means."""
        value = self.value(node)
        try:
            return tensor(value)
        except BuildError as error:
            raise _Located(error, node) from None

    def visit(self, node: ast.AST) -> Any:
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.name(node)
            case ast.BinOp():
                return self.chain(node)
            case ast.UnaryOp():
                operand = self.operand(node.operand)
                return -operand if isinstance(node.op, ast.USub) else operand
            case ast.Compare():
                return self.compare(node)
            case ast.Call():
                return self.call(node)
            case ast.Subscript():
                return index(self.operand(node.value), self.key(node.slice))
            case ast.Attribute():
                return FUNCTIONS["transpose"](self.operand(node.value))
            case ast.List() | ast.Tuple():
                return [self.value(item) for item in node.elts]
        raise BuildError("this is not part of the language", None, "JAC001")

    def constant(self, node: ast.Constant) -> Any:
        exact = number(self.expression, node)  # None for text, None, an ellipsis and truth values
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
        value = self.operand(left)
        for step in reversed(spine):
            right = self.operand(step.right)
            before = len(self.graph.nodes)
            try:
                value = self.binary(step, value, right)
            except BuildError as error:
                raise _Located(error, step) from None
            self.place(step, before)
        return value

    def binary(self, node: ast.BinOp, left: Any, right: Any) -> Expr:
        if isinstance(node.op, ast.MatMult):
            return matmul(left, right)
        x, y = align(left, right)
        if isinstance(node.op, ast.Pow) and y.constant is not None:
            if abs(y.constant) > MAX_EXPONENT:
                raise BuildError(f"the exponent is larger than {MAX_EXPONENT:,}", "use a smaller power", "JAC009")
            if x.constant is not None:
                constant_power(x.constant, y.constant)
        if isinstance(node.op, ast.Div) and y.constant == 0:
            raise BuildError("division by zero", "change the denominator")
        value: Expr = _ARITHMETIC[type(node.op)](x, y)
        if value.constant is not None and (size := out_of_range(value.constant)):
            raise BuildError(f"this number is {size} for a double", "doubles reach from 5e-324 to 1.8e308", "JAC009")
        return value

    def compare(self, node: ast.Compare) -> Expr:
        if len(node.ops) > 1:
            raise BuildError("comparisons cannot be chained on arrays", "multiply them: (a < b) * (b < c)", "JAC001")
        x, y = align(self.operand(node.left), self.operand(node.comparators[0]))
        return x.apply(_COMPARISONS[type(node.ops[0])], y)

    def call(self, node: ast.Call) -> Expr:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        args = [self.argument(name, item) for item in node.args]
        options = {item.arg: self.argument(name, item.value) for item in node.keywords if item.arg}
        if name in CONSTANTS:
            args = [self.graph.literal(0), *args]
        macro = CONSTANTS.get(name) or FUNCTIONS[name]
        check_arguments(name, macro, args, options)
        return macro(*args, **options)

    def argument(self, name: str, node: ast.AST) -> Any:
        """Return what an argument means; infinity is a number only as the order of a norm."""
        if name == "norm" and (place := _infinite(node)) is not None and place.id not in self.builder.scope:
            return -math.inf if isinstance(node, ast.UnaryOp) else math.inf
        return self.value(node)

    def key(self, node: ast.AST) -> tuple[Any, ...]:
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        return tuple(self.key_item(item) for item in items)

    def key_item(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Slice):
            bounds = (node.lower, node.upper, node.step)
            parts = [
                static_int(self.value(bound), "a bound of a slice") if bound is not None else None for bound in bounds
            ]
            if parts[2] == 0:
                raise BuildError("the step of a slice cannot be 0", "leave it out")
            return slice(*parts)
        if isinstance(node, ast.Constant) and (node.value is None or node.value is Ellipsis):
            return node.value
        if isinstance(node, ast.List):
            items = [self.key_item(item) for item in node.elts]
            if any(isinstance(item, slice) or item is None or item is Ellipsis for item in items):
                raise BuildError("a list of indices holds something else", "write whole numbers: x[[0, 2]]")
            return items
        if isinstance(node, ast.Name) and node.id in self.builder.indices and self.builder.indices[node.id] is not None:
            return static_indices(self.builder.indices[node.id], f"`{node.id}`")
        return static_indices(self.value(node), "an index")


def check_arguments(name: str, macro: Callable[..., Any], args: list[Any], options: dict[str, Any]) -> None:
    """Raise BuildError where ``macro`` cannot be called like this."""
    parameters = {p: v for p, v in inspect.signature(macro).parameters.items() if p != "like"}
    given = len(args) - (name in CONSTANTS)
    usage = f"write {name}({', '.join(parameters)})"
    for option in options:
        if option not in parameters:
            raise BuildError(f"{name} has no argument `{option}`", suggestion(option, parameters) or usage)
    if any(v.kind is v.VAR_POSITIONAL for v in parameters.values()):
        if not given:
            raise BuildError(f"{name} needs arguments", usage)
        return
    if given > len(parameters):
        most = len(parameters)
        raise BuildError(
            f"{name} takes {'at most ' if most > 1 else ''}{most} argument{'s' * (most != 1)} (got {given})", usage
        )
    for position, (parameter, v) in enumerate(parameters.items()):
        if position < given and parameter in options:
            raise BuildError(f"{name} is given `{parameter}` twice", usage)
        if v.default is v.empty and position >= given and parameter not in options:
            raise BuildError(f"{name} lacks its argument `{parameter}`", usage)
