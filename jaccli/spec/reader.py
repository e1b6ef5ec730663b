"""Tree → Spec: checks every key and value, and reports all mistakes together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from jaccli.errors import Problem, SourceError, Span, suggestion
from jaccli.spec import schema
from jaccli.spec.data import MAX_ELEMENTS, exact_array, read_csv
from jaccli.spec.expression import parse_expression, safe_name
from jaccli.spec.schema import Check, Claim, Formula, Spec, Variable
from jaccli.spec.source import Snippet, Source
from jaccli.spec.tree import Mapping, Node, Scalar, Sequence, read_tree, snippet

__all__ = ["read_numbers", "read_spec"]

INITS = ("zeros", "ones", "normal", "glorot")


def read_spec(source: Source, folder: Path | None, problems: list[Problem]) -> Spec:
    """Return the spec written in ``source``; mistakes are appended to ``problems``.

    folder: where data files may be read from, None for nowhere.
    Errors: SourceError where nothing can be made of the text.
    """
    root = read_tree(source, problems)
    if root is None:
        problem = Problem("JAC001", "the spec is empty", source.span(0, 0), "write `inputs:` and `outputs:`; see the README")
        raise SourceError([*problems, problem])
    if not isinstance(root, Mapping):
        problem = Problem("JAC001", "a spec is a mapping of keys", source.span(root.start, root.end), "begin with `inputs:`")
        raise SourceError([*problems, problem])
    return _Reader(source, folder, problems).spec(root)


def read_numbers(source: Source, node: Node, name: str, problems: list[Problem]) -> Any:
    """Return nested lists at ``node`` as an array of exact numbers, or None after appending to ``problems``."""
    return _Reader(source, None, problems).array(node, name)


class _Reader:
    def __init__(self, source: Source, folder: Path | None, problems: list[Problem]) -> None:
        self.source, self.folder, self.problems = source, folder, problems
        self.dims: dict[str, int] = {}
        self.dim_spans: dict[str, Span] = {}
        self.names: dict[str, tuple[str, Span]] = {}  # name → what it is, where

    def spec(self, root: Mapping) -> Spec:
        fields = self.fields(root, schema.SPEC_KEYS, "a spec")
        self.read_dims(fields.get("dims"))
        variables = tuple(
            variable
            for key, role in (("inputs", "input"), ("params", "param"), ("constants", "constant"))
            for variable in self.section(fields.get(key), key, lambda n, v, r=role: self.variable(n, v, r))  # type: ignore[misc]
        )
        lets = tuple(self.section(fields.get("let"), "let", lambda n, v: self.formula(n, v, "step")))
        if "outputs" not in fields:
            span = self.source.span(root.start, min(root.end, root.start + 1))
            self.problems.append(Problem("JAC002", "key `outputs` is missing", span, "say what to differentiate: outputs: {y: 2*x}"))
        outputs = tuple(self.section(fields.get("outputs"), "outputs", lambda n, v: self.formula(n, v, "output")))
        return Spec(
            name=Path(self.source.name).name.split(".")[0],
            source=self.source,
            dims=self.dims,
            dim_spans=self.dim_spans,
            variables=variables,
            lets=lets,
            outputs=outputs,
            claims=tuple(self.claims(fields.get("jacobian"))),
            check=self.check(fields.get("check")),
            title=self.text(fields.get("name"), "name"),
        )

    # --- places and messages

    def span(self, node: Node) -> Span:
        return self.source.span(node.start, node.end)

    def report(self, code: str, node: Node, message: str, help_: str | None = None) -> None:
        self.problems.append(Problem(code, message, self.span(node), help_))

    def fields(self, node: Mapping, known: Iterable[str], owner: str) -> dict[str, Node]:
        known = list(known)
        found: dict[str, Node] = {}
        for key, value in node.pairs:
            if key.text in known:
                found[key.text] = value
            else:
                help_ = suggestion(key.text, known) or f"known keys: {', '.join(known)}"
                self.report("JAC002", key, f"unknown key `{key.text}` in {owner}", help_)
        return found

    def section(self, node: Node | None, title: str, read: Callable[[Scalar, Node], Any]) -> list[Any]:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            if title == "outputs" and node is not None:
                self.report("JAC002", node, "`outputs` is empty", "say what to differentiate: outputs: {y: 2*x}")
            return []
        if not isinstance(node, Mapping):
            self.report("JAC001", node, f"`{title}` must be a mapping of names", f"write {title}: {{NAME: …}}")
            return []
        if title == "outputs" and not node.pairs:
            self.report("JAC002", node, "`outputs` is empty", "say what to differentiate: outputs: {y: 2*x}")
        return [item for key, value in node.pairs if (item := read(key, value)) is not None]

    def name(self, key: Scalar, what: str) -> str | None:
        name = safe_name(key.text)
        if name is None:
            import keyword

            help_ = "use letters, digits and _, not starting with a digit"
            if keyword.iskeyword(key.text):
                help_ = f"it is a word of Python's: write {key.text}_" + (" or lam" if key.text == "lambda" else "")
            self.report("JAC003", key, f"`{key.text[:60]}` cannot be a name", help_)
            return None
        if name in self.names:
            other, span = self.names[name]
            self.report("JAC005", key, f"`{name}` is already {other} (line {span.line})", "rename one of the two")
            return None
        self.names[name] = (what, self.span(key))
        return name

    # --- scalars

    def text(self, node: Node | None, title: str) -> str | None:
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report("JAC001", node, f"`{title}` must be text", f"write {title}: some words")
            return None
        return node.text

    def number(self, node: Node, title: str) -> Fraction | None:
        """Return a finite exact number, or None after reporting what stands there instead."""
        if not isinstance(node, Scalar):
            self.report("JAC007", node, f"`{title}` must be a number, not a {_kind(node)}", "write one number")
            return None
        value = node.value
        if isinstance(value, int | Fraction) and not isinstance(value, bool):
            if abs(value) > 10**308:
                self.report("JAC009", node, f"{node.text[:30]} is too large for a double", "stay below 1e308")
                return None
            return Fraction(value)
        self.report("JAC007", node, *_not_a_number(node, title))
        return None

    def integer(self, node: Node, title: str, least: int = 0, most: int = 2**63 - 1) -> int | None:
        value = self.number(node, title)
        if value is None:
            return None
        if value.denominator != 1 or not least <= value <= most:
            bound = f"from {least} to {most:,}" if most < 2**62 else f"of at least {least}"
            self.report("JAC008", node, f"`{title}` must be a whole number {bound} (got {node_text(node)})", "write a whole number")
            return None
        return int(value)

    # --- sections

    def read_dims(self, node: Node | None) -> None:
        for name, size, span in self.section(node, "dims", self.dim):
            self.dims[name], self.dim_spans[name] = size, span

    def dim(self, key: Scalar, value: Node) -> tuple[str, int, Span] | None:
        name, size = self.name(key, "a size"), self.integer(value, key.text, 0, MAX_ELEMENTS)
        return None if name is None or size is None else (name, size, self.span(value))

    def variable(self, key: Scalar, node: Node, role: str) -> Variable | None:
        name = self.name(key, f"{'an' if role == 'input' else 'a'} {role}")
        details: dict[str, Any] = {"span": self.span(key)}
        if isinstance(node, Mapping):
            known = schema.DATA_KEYS if role == "constant" else schema.VARIABLE_KEYS
            details |= self.details(key.text, self.fields(node, known, f"{role} `{key.text}`"))
        elif role == "constant" and isinstance(node, Scalar) and isinstance(node.value, str) and node.text.endswith(".csv"):
            details["value"] = self.csv(node, None)
        elif isinstance(node, Scalar) and node.plain and node.value is None and role != "constant":
            details["shape"] = ()
        else:
            details["value"] = self.array(node, key.text)
        shape, value = details.pop("shape", None), details.get("value")
        if shape is None:
            shape = value.shape if value is not None else () if role != "constant" and not isinstance(node, Sequence) else None
            details["sizes"] = tuple(f"the value of {key.text}, line {self.span(node).line}" for _ in shape or ())
        elif value is not None and value.shape != shape:
            where = node.get("value") or node.get("csv") if isinstance(node, Mapping) else node
            message = f"the value of `{key.text}` has shape {value.shape}, but `shape` says {shape}"
            self.report("JAC008", where or node, message, "change one of the two")
            return None
        return None if name is None or shape is None else Variable(name, role, shape, **details)

    def details(self, name: str, fields: dict[str, Node]) -> dict[str, Any]:
        details: dict[str, Any] = {}
        if "shape" in fields:
            details["shape"], details["sizes"] = self.shape(fields["shape"], name)
        if "value" in fields and fields["value"] is not None:
            details["value"] = self.array(fields["value"], name)
        if "csv" in fields:
            details["value"] = self.csv(fields["csv"], fields.get("columns"))
        if "init" in fields:
            details["init"] = self.choice(fields["init"], "init", INITS)
        if "seed" in fields:
            details["seed"] = self.integer(fields["seed"], "seed")
        if "range" in fields:
            details["range"] = self.range(fields["range"], name)
        if "label" in fields:
            details["label"] = self.text(fields["label"], "label")
        return details

    def choice(self, node: Node, title: str, known: tuple[str, ...]) -> str | None:
        if isinstance(node, Scalar) and node.text in known:
            return node.text
        text = node_text(node)
        help_ = suggestion(text, known) or f"one of: {', '.join(known)}"
        self.report("JAC002", node, f"`{title}: {text}` is unknown", help_)
        return None

    def range(self, node: Node, name: str) -> tuple[float, float] | None:
        bounds = [self.number(item, "range") for item in node.items] if isinstance(node, Sequence) else []
        if None in bounds:
            return None
        if len(bounds) != 2 or bounds[0] >= bounds[1]:  # type: ignore[operator]
            self.report("JAC008", node, f"the range of `{name}` must be [low, high] with low < high", "write range: [-2, 2]")
            return None
        return float(bounds[0]), float(bounds[1])  # type: ignore[arg-type]

    def shape(self, node: Node, name: str) -> tuple[tuple[int, ...] | None, tuple[str, ...]]:
        items: list[tuple[str, Node]]
        if isinstance(node, Sequence):
            items = [(node_text(item), item) for item in node.items]
        elif isinstance(node, Scalar):
            items = [(word, node) for word in node.text.replace(",", " ").split()]
        else:
            self.report("JAC008", node, f"the shape of `{name}` must be a list of sizes", 'write shape: [n, d] or shape: "n d"')
            return None, ()
        sizes = [self.size(word, item, name) for word, item in items]
        shape = tuple(size for size, _ in sizes if size is not None)
        if len(shape) < len(sizes):
            return None, ()
        total = 1
        for size in shape:
            total *= size
        if total > MAX_ELEMENTS:
            self.report("JAC009", node, f"`{name}` would have {total:,} elements, more than {MAX_ELEMENTS:,}", "use smaller sizes")
            return None, ()
        return shape, tuple(origin for _, origin in sizes)

    def size(self, word: str, node: Node, name: str) -> tuple[int | None, str]:
        if word in self.dims:
            return self.dims[word], f"{word}, line {self.dim_spans[word].line}"
        if word.isdecimal() and len(word) < 30:
            return int(word), f"the shape of {name}, line {self.span(node).line}"
        help_ = suggestion(word, self.dims) or f"write a whole number, or add `{word}` to `dims:`"
        self.report("JAC003", node, f"unknown size `{word[:40]}` in the shape of `{name}`", help_)
        return None, ""

    def array(self, node: Node, name: str) -> Any:
        """Return nested lists of numbers as an array of exact numbers, or None after reporting."""
        if isinstance(node, Mapping):
            self.report("JAC007", node, f"`{name}` must be a number or a list", "write a number, [1, 2] or [[1, 2], [3, 4]]")
            return None
        before = len(self.problems)
        nested = self.nested(node, name)
        if len(self.problems) > before:
            return None
        ragged: list[Node] = []
        array = exact_array(nested, ragged, node)
        if ragged:
            self.report("JAC008", ragged[0], f"the rows of `{name}` have different lengths", "give every row the same length")
            return None
        return array

    def nested(self, node: Node, name: str) -> Any:
        if isinstance(node, Sequence):
            return [self.nested(item, name) for item in node.items]
        return self.number(node, name)

    def csv(self, node: Node, columns: Node | None) -> Any:
        path = self.text(node, "csv")
        names = None
        if isinstance(columns, Sequence):
            names = [node_text(item) for item in columns.items]
        elif columns is not None:
            names = [node_text(columns)]
        try:
            table = read_csv(path or "", self.folder, names)
        except ValueError as error:
            message, _, help_ = str(error).partition("; try: ")
            where = columns if columns is not None and "column" in message.split("`")[0] else node
            self.report("JAC010", where, message, help_ or None)
            return None
        return table[:, 0] if isinstance(columns, Scalar) else table

    # --- formulas

    def formula(self, key: Scalar, node: Node, what: str) -> Formula | None:
        name = self.name(key, f"{'an' if what == 'output' else 'a'} {what}")
        label = None
        if isinstance(node, Mapping):
            fields = self.fields(node, schema.OUTPUT_KEYS, f"{what} `{key.text}`")
            label = self.text(fields.get("label"), "label")
            if "expr" not in fields:
                self.report("JAC002", node, f"`expr` is missing in {what} `{key.text}`", "write {expr: 2*x, label: words}")
                return None
            node = fields["expr"]
        formula = self.parts(name or key.text, node, label, self.span(key))
        return formula if name is not None else None

    def parts(self, name: str, node: Node, label: str | None, span: Span) -> Formula | None:
        if isinstance(node, Mapping):
            self.report("JAC001", node, f"`{name}` must be an expression", "write an expression, or quote it if it holds a colon")
            return None
        if isinstance(node, Sequence):
            text = self.source.text[node.start : node.end]
            if any(not isinstance(item, Scalar) for item in node.items):  # a nested list is one expression: [[1, 2], [3, 4]]
                whole = Snippet(text, self.source, range(node.start, node.end + 1))
                expression = parse_expression(whole, self.problems)
                return Formula(name, (expression,), False, label, span) if expression else None
            if not node.items:
                self.report("JAC001", node, f"`{name}` is an empty list", "write at least one expression")
                return None
            read = [parse_expression(snippet(self.source, item), self.problems) for item in node.items if isinstance(item, Scalar)]
            whole_list = tuple(expression for expression in read if expression is not None)
            return Formula(name, whole_list, True, label, span) if len(whole_list) == len(node.items) else None
        expression = parse_expression(snippet(self.source, node), self.problems)
        return Formula(name, (expression,), False, label, span) if expression else None

    def claims(self, node: Node | None) -> Iterable[Claim]:
        for of, block in self.section(node, "jacobian", lambda key, value: (key, value)):
            if not isinstance(block, Mapping):
                self.report("JAC001", block, f"the claim for `{of.text}` must name inputs", f"write {of.text}: {{x: …}}")
                continue
            for wrt, value in block.pairs:
                name = f"d {of.text} / d {wrt.text}"
                formula = self.parts(name, value, None, self.span(wrt))
                if formula:
                    yield Claim(of.text, wrt.text, formula, self.span(value))
                self.known(of, ("an output",), "output")
                self.known(wrt, ("an input", "a param"), "input or param")

    def known(self, key: Scalar, kinds: tuple[str, ...], what: str) -> None:
        if self.names.get(key.text, ("",))[0] not in kinds:
            names = [name for name, (kind, _) in self.names.items() if kind in kinds]
            help_ = suggestion(key.text, names) or f"known: {', '.join(names) or 'none'}"
            self.report("JAC003", key, f"`{key.text[:40]}` is no {what}", help_)

    def check(self, node: Node | None) -> Check:
        if node is None:
            return Check()
        if not isinstance(node, Mapping):
            self.report("JAC001", node, "`check` must be a mapping", "write check: {rtol: 1e-6}")
            return Check()
        fields = self.fields(node, schema.CHECK_KEYS, "`check`")
        details: dict[str, Any] = {}
        if "rtol" in fields and (rtol := self.number(fields["rtol"], "rtol")) is not None:
            if 0 < rtol < 1:
                details["rtol"] = float(rtol)
            else:
                self.report("JAC008", fields["rtol"], f"`rtol` must lie between 0 and 1 (got {float(rtol):g})", "write rtol: 1e-6")
        if "points" in fields and (points := self.integer(fields["points"], "points", 1, 10_000)) is not None:
            details["points"] = points
        if "seed" in fields and (seed := self.integer(fields["seed"], "seed")) is not None:
            details["seed"] = seed
        if "expect" in fields and (expect := self.choice(fields["expect"], "expect", ("pass", "fail"))):
            details["expect"] = expect
        return Check(**details)


def node_text(node: Node) -> str:
    """Return what stands at ``node`` in a form for messages."""
    return node.text[:60] if isinstance(node, Scalar) else f"a {_kind(node)}"


def _kind(node: Node) -> str:
    return "list" if isinstance(node, Sequence) else "mapping"


def _not_a_number(node: Scalar, title: str) -> tuple[str, str]:
    value = node.value
    if isinstance(value, float):
        return f"`{title}` must be finite (got {node.text})", "write a finite number; infinities and NaN have no derivative"
    if value is None:
        return f"a number is missing for `{title}`", "write one"
    if isinstance(value, bool):
        return f"`{title}` must be a number (got the truth value {node.text})", "write 1 or 0"
    if node.text.lower() in {"no", "yes", "on", "off", "y", "n"}:
        return f"`{title}` must be a number (got the word {node.text})", "YAML 1.2 has no yes and no: write 1 or 0"
    if not node.plain and isinstance(Scalar(node.text, True, 0, 0).value, int | Fraction):
        return f"`{title}` must be a number, but quotes make {node.text!r} text", f"write {node.text} without quotes"
    return f"`{title}` must be a number (got {node.text[:40]!r})", "write a plain number; formulas belong under `let:`"
