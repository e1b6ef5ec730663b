"""Names in a spec: which are known at an expression, and the message for one that is not."""

from __future__ import annotations

import ast
from collections import deque
from functools import cached_property

from jaccli.errors import Problem, Span, misspelt, note, short, suggestion
from jaccli.graph.functions import CONSTANTS, FUNCTIONS
from jaccli.graph.ir import Expr
from jaccli.spec.expressions.advice import UNKNOWN_NAMES
from jaccli.spec.expressions.expression import Expression
from jaccli.spec.expressions.methods import NEEDLESS, instead, method_problem
from jaccli.spec.schema import Formula, Spec

__all__ = ["Names", "infinite"]

_PLAIN_NAMES = ("pi", "e")


class Names:
    """What each name means so far, None for one that is declared but broken, and the formulas still to come."""

    def __init__(self, spec: Spec, problems: list[Problem]) -> None:
        self.problems, self.broken = problems, spec.broken
        self.scope: dict[str, Expr | None] = dict.fromkeys(spec.broken)
        self.later = {f.name: f for f in (*spec.lets, *spec.outputs)}
        self.formulas = dict(self.later)
        self.current = ""  # the formula that is being built
        self.cyclic: set[str] = set()
        self.reported: set[tuple[bool, str]] = set()  # whether it was called, and the name

    def define(self, name: str, value: Expr | None) -> None:
        """Note that the formula ``name`` is built; None where it is broken."""
        self.later.pop(name, None)
        self.scope[name] = value

    def known(self, expression: Expression) -> bool:
        """Return whether all names and functions are known; each that is not is reported once, where it is met first."""
        nodes = list(ast.walk(expression.tree))
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        named = [(node, id(node) in called) for node in nodes if isinstance(node, ast.Name)]
        unknown = [(node, call) for node, call in named if not self._is_known(node.id, call)]
        orders = _orders(nodes) if unknown else set()
        unknown = [(node, call) for node, call in unknown if id(node) not in orders]
        for node, call in unknown:
            if (call, node.id) not in self.reported and (call or node.id not in self.scope):
                self.reported.add((call, node.id))
                note(self.problems, *(self._unknown_function if call else self._unknown_name)(expression, node))
        return not unknown

    def _is_known(self, name: str, call: bool) -> bool:
        if call:
            return name in FUNCTIONS or name in CONSTANTS
        return self.scope.get(name) is not None or (name in _PLAIN_NAMES and name not in self.scope)

    @cached_property
    def uses(self) -> dict[str, list[str]]:
        """The names that each formula is made of."""
        return {name: _used_names(formula) for name, formula in self.formulas.items()}

    def _unknown_function(self, expression: Expression, node: ast.Name) -> list[Problem]:
        if node.id in self.broken or (node.id in self.scope and self.scope[node.id] is None):
            return []
        span = expression.span(node)
        if node.id in self.scope or node.id in _PLAIN_NAMES:
            what = "a variable" if node.id in self.scope else "a number"
            return [
                Problem(
                    "JAC003", f"`{node.id}` is {what}, not a function", span, f"write {node.id} * (…) for a product"
                )
            ]
        help_ = (
            instead(node.id) or misspelt(node.id, [*FUNCTIONS, *CONSTANTS]) or "`jac info --ops` lists the functions"
        )
        return [Problem("JAC003", f"unknown function `{short(node.id)}`", span, help_)]

    def _unknown_name(self, expression: Expression, node: ast.Name) -> list[Problem]:
        name, span = node.id, expression.span(node)
        if name in self.later:
            return self._too_early(name, expression, span)
        if "." in name:
            return [self._unknown_attribute(name, span)]
        help_ = suggestion(
            name, [*(n for n, value in self.scope.items() if value is not None), *self.later, *_PLAIN_NAMES]
        )
        if name in FUNCTIONS or name in CONSTANTS:
            help_ = f"`{name}` is a function: write {name}(…)"
        elif name in UNKNOWN_NAMES:
            help_ = UNKNOWN_NAMES[name]
        return [Problem("JAC003", f"unknown name `{short(name)}`", span, help_ or "declare it under `inputs:`")]

    def _unknown_attribute(self, name: str, span: Span) -> Problem:
        """Return what is wrong with a dotted name that no layer's parameter has."""
        owner, _, attribute = name.partition(".")
        parameters = [known for known in self.scope if "." in known]
        message, help_ = method_problem(short(owner, 40), short(attribute, 40))
        if attribute not in FUNCTIONS and attribute not in NEEDLESS:
            help_ = "a dotted name is a parameter of a layer, such as dense1.W"
        help_ = suggestion(name, parameters) or help_
        if any(known.startswith(f"{owner}.") for known in parameters):
            help_ = f"known: {short(', '.join(known for known in parameters if known.startswith(f'{owner}.')))}"
        return Problem("JAC001", message, span, help_)

    def _too_early(self, name: str, expression: Expression, span: Span) -> list[Problem]:
        """Return what is wrong with using ``name`` before its definition; a cycle is reported once."""
        if self.current == name:
            return [Problem("JAC003", f"`{name}` is defined by itself", span, "give the new value another name")]
        if self.current in self.cyclic and name in self.cyclic:
            return []
        if cycle := self._cycle(name):
            self.cyclic.update(cycle)
            chain = cycle if len(cycle) <= 8 else [*cycle[:5], "…", *cycle[-2:]]
            message = f"these depend on each other: {' → '.join(chain)}"
            return [Problem("JAC003", message, span, "break the cycle: steps go in order")]
        other = self.later[name].span
        line = f" (line {other.line})" if other else ""
        return [Problem("JAC003", f"`{name}` is defined later{line}", span, "steps go in order: move it above")]

    def _cycle(self, name: str) -> list[str] | None:
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


def _used_names(formula: Formula) -> list[str]:
    names = {node.id: None for part in formula.parts for node in ast.walk(part.tree) if isinstance(node, ast.Name)}
    return list(names)


def infinite(node: ast.AST) -> ast.Name | None:
    """Return the name in ``inf`` or ``-inf``."""
    name = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return name if isinstance(name, ast.Name) and name.id == "inf" else None


def _orders(nodes: list[ast.AST]) -> set[int]:
    """Return the ids of the names that stand for infinity, as arguments of norm."""
    calls = [n for n in nodes if isinstance(n, ast.Call)]
    norms = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "norm"]
    given = [node for call in norms for node in (*call.args, *(option.value for option in call.keywords))]
    return {id(name) for node in given if (name := infinite(node)) is not None}
