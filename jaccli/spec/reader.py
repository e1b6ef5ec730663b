"""Tree → Spec: checks every key and value, and reports all mistakes together."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jaccli.errors import Problem, SourceError, Span, short, suggestion
from jaccli.spec import schema
from jaccli.spec.data import DATA_SUFFIXES, MAX_AXES, MAX_ELEMENTS, DataError, read_csv, read_npy, read_npz
from jaccli.spec.expression import Expression, parse_expression, safe_name
from jaccli.spec.fields import Fields, node_text
from jaccli.spec.network import read_network
from jaccli.spec.schema import Check, Claim, Formula, Spec, Train, Variable
from jaccli.spec.source import Source
from jaccli.spec.tree import Mapping, Node, Scalar, Sequence, read_tree, snippet

__all__ = ["read_numbers", "read_spec"]

INITS = ("zeros", "ones", "normal", "glorot")
LAYER_OUTPUTS = ("output", "loss")  # names that a network gives to what it computes
_SECTIONS = (("inputs", "input"), ("params", "param"), ("constants", "constant"))


def read_spec(
    source: Source, folder: Path | None, problems: list[Problem], arrays: AbstractMapping[str, Any] | None = None
) -> Spec:
    """Return the spec written in ``source``; mistakes are appended to ``problems``.

    folder: where data files may be read from, None for nowhere.
    arrays: arrays by the text that stands for them in ``source``.
    Errors: SourceError where nothing can be made of the text.
    """
    root = read_tree(source, problems)
    if root is None:
        problem = Problem(
            "JAC001", "the spec is empty", source.span(0, 0), "write `inputs:` and `outputs:`; see the README"
        )
        raise SourceError([*problems, problem])
    if not isinstance(root, Mapping):
        problem = Problem(
            "JAC001", "a spec is a mapping of keys", source.span(root.start, root.end), "begin with `inputs:`"
        )
        raise SourceError([*problems, problem])
    return _Reader(source, folder, problems, arrays).spec(root)


def read_numbers(source: Source, node: Node, name: str, problems: list[Problem]) -> Any:
    """Return nested lists at ``node`` as an array of exact numbers, or None after appending to ``problems``."""
    return Fields(source, problems).array(node, name)


class _Reader(Fields):
    def __init__(
        self, source: Source, folder: Path | None, problems: list[Problem], arrays: AbstractMapping[str, Any] | None
    ) -> None:
        super().__init__(source, problems, arrays)
        self.folder = folder
        self.dims: dict[str, int] = {}
        self.dim_spans: dict[str, Span] = {}
        self.names: dict[str, tuple[str, Span]] = {}  # name → what it is, where

    def spec(self, root: Mapping) -> Spec:
        self.silence_tagged(root)
        fields = self.fields(root, schema.SPEC_KEYS, "a spec")
        self.read_dims(fields.get("dims"))
        variables = [
            variable
            for key, role in _SECTIONS
            for variable in self.section(fields.get(key), key, lambda n, v, r=role: self.variable(n, v, r))  # type: ignore[misc]
        ]
        network, parts = read_network(self, fields["network"], self.dims) if "network" in fields else (None, {})
        entry, loss = (
            self.parts(k, parts[k], None, self.span(parts[k])) if k in parts else None for k in ("input", "loss")
        )
        lets = self.section(fields.get("let"), "let", lambda n, v: self.formula(n, v, "step"))
        if "outputs" not in fields and network is None:
            self.no_outputs(root)
        outputs = self.section(fields.get("outputs"), "outputs", lambda n, v: self.formula(n, v, "output"))
        if loss is not None:
            outputs.append(loss)
        claims = tuple(self.claims(fields.get("jacobian"), network is not None))
        check, title = self.check(fields.get("check")), self.text(fields.get("name"), "name")
        read = {*self.dims, *(item.name for item in (*variables, *lets, *outputs))}
        return Spec(
            name=Path(self.source.name).name.split(".")[0],
            source=self.source,
            dims=self.dims,
            dim_spans=self.dim_spans,
            variables=tuple(variables),
            lets=tuple(lets),
            outputs=tuple(outputs),
            claims=claims,
            network=network,
            entry=entry,
            check=check,
            train=self.train(fields.get("train")),
            title=title,
            broken=frozenset((self.broken | set(self.names)) - read),
        )

    def no_outputs(self, root: Mapping) -> None:
        keys = [key for key, _ in root.pairs]
        if any(
            suggestion(key.text, schema.SPEC_KEYS) == "did you mean `outputs`?"
            for key in keys
            if key.text not in schema.SPEC_KEYS
        ):
            return
        help_ = "say what to differentiate: outputs: {y: 2*x}"
        for owner, section in root.pairs:
            for key, value in section.pairs if isinstance(section, Mapping) else ():
                if key.text == "outputs":
                    message = f"`outputs` stands inside `{short(owner.text)}`"
                    self.problems[:] = [p for p in self.problems if not p.span or p.span.line < self.span(key).line]
                    self.report("JAC002", key, message, "begin it in the same column as the other sections")
                    self.ignore(value)
                    return
        first = keys[0] if keys else root
        self.report("JAC002", first, "key `outputs` is missing", help_)

    def section(self, node: Node | None, title: str, read: Callable[[Scalar, Node], Any]) -> list[Any]:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            if title == "outputs" and node is not None:
                self.report("JAC002", node, "`outputs` is empty", "say what to differentiate: outputs: {y: 2*x}")
            return []
        if not isinstance(node, Mapping):
            self.report("JAC001", node, f"`{title}` must be a mapping of names", "write NAME: VALUE, one to a line")
            self.ignore(node)
            return []
        for value in node.dropped:
            self.ignore(value)
        if title == "outputs" and not node.pairs:
            self.report("JAC002", node, "`outputs` is empty", "say what to differentiate: outputs: {y: 2*x}")
        return [item for key, value in node.pairs if (item := read(key, value)) is not None]

    def name(self, key: Scalar, what: str) -> str | None:
        name = safe_name(key.text)
        if name is None:
            help_ = "use letters, digits and _, not starting with a digit"
            if keyword.iskeyword(key.text):
                help_ = (
                    "it is a word of Python's: write lam or lambda_"
                    if key.text == "lambda"
                    else f"it is a word of Python's: write {key.text}_"
                )
            self.report("JAC003", key, f"`{short(key.text)}` cannot be a name", help_)
            self.broken.update(re.findall(r"\w+", key.text[:200]), (f"{key.text}_", "lam"))
            return None
        if name in self.names:
            other, span = self.names[name]
            self.report("JAC005", key, f"`{name}` is already {other} (line {span.line})", "rename one of the two")
            return None
        self.names[name] = (what, self.span(key))
        return name

    # --- sections

    def read_dims(self, node: Node | None) -> None:
        for name, size, span in self.section(node, "dims", self.dim):
            self.dims[name], self.dim_spans[name] = size, span

    def dim(self, key: Scalar, value: Node) -> tuple[str, int, Span] | None:
        name, size = self.name(key, "a size"), self.integer(value, key.text, 0, MAX_ELEMENTS)
        return None if name is None or size is None else (name, size, self.span(value))

    def variable(self, key: Scalar, node: Node, role: str) -> Variable | None:
        name = self.name(key, f"{'an' if role == 'input' else 'a'} {role}")
        before = self.mistakes
        details: dict[str, Any] = {"span": self.span(key)}
        title = short(key.text)
        if isinstance(node, Mapping):
            known = schema.DATA_KEYS if role == "constant" else schema.VARIABLE_KEYS
            details |= self.details(title, self.fields(node, known, f"{role} `{title}`"))
        elif role == "constant" and isinstance(node, Scalar) and node.plain and node.text.endswith(DATA_SUFFIXES):
            details["value"] = self.data({node.text[-3:]: node})
        elif isinstance(node, Scalar) and node.plain and node.value is None and role != "constant":
            details["shape"] = ()
        else:
            details["value"] = self.array(node, title)
        shape, value = details.pop("shape", None), details.get("value")
        if value is not None and shape is None:
            shape = value.shape
            details["sizes"] = (f"the value of {title} (line {self.span(node).line})",) * len(shape)
        elif value is not None and value.shape != shape:
            where = (
                next((v for k, v in node.pairs if k.text in ("value", "csv", "npy", "npz")), node)
                if isinstance(node, Mapping)
                else node
            )
            message = f"the value of `{title}` has shape {value.shape}, but `shape` says {shape}"
            self.report("JAC008", where, message, "change one of the two")
            return None
        if value is None and role == "constant" and self.mistakes == before:
            self.report("JAC007", node, f"constant `{title}` has no value", "give value:, csv:, npy: or npz:")
        if self.mistakes > before or name is None:
            return None
        return Variable(name, role, () if shape is None else shape, **details)

    def details(self, name: str, fields: dict[str, Node]) -> dict[str, Any]:
        details: dict[str, Any] = {}
        sources = [key for key in ("value", "init", "csv", "npy", "npz") if key in fields]
        if len(sources) > 1:
            message = f"`{name}` has both `{sources[0]}` and `{sources[1]}`"
            self.report("JAC002", fields[sources[1]], message, "keep one of the two")
        if "shape" in fields:
            details["shape"], details["sizes"] = self.shape(fields["shape"], name)
        if "value" in fields:
            details["value"] = self.array(fields["value"], name)
        elif "csv" in fields or "npy" in fields or "npz" in fields:
            details["value"] = self.data(fields)
        if "init" in fields:
            details["init"] = self.choice(fields["init"], "init", INITS)
        if "seed" in fields:
            details["seed"] = self.integer(fields["seed"], "seed")
        if "range" in fields:
            details["range"] = self.range(fields["range"], name)
        if "label" in fields:
            details["label"] = self.text(fields["label"], "label")
        return details

    def range(self, node: Node, name: str) -> tuple[float, float] | None:
        bounds = [self.number(item, "range") for item in node.items] if isinstance(node, Sequence) else []
        if None in bounds:
            return None
        if len(bounds) != 2 or bounds[0] >= bounds[1]:  # type: ignore[operator]
            message = f"the range of `{name}` must be [low, high] with low < high"
            self.report("JAC008", node, message, "write range: [-2, 2]")
            return None
        return float(bounds[0]), float(bounds[1])  # type: ignore[arg-type]

    def shape(self, node: Node, name: str) -> tuple[tuple[int, ...] | None, tuple[str, ...]]:
        items: list[tuple[str, Node]]
        if isinstance(node, Sequence):
            items = [(item.text if isinstance(item, Scalar) else node_text(item), item) for item in node.items]
        elif isinstance(node, Scalar):
            items = [(word, node) for word in node.text.replace(",", " ").split()]
        else:
            self.report(
                "JAC008", node, f"the shape of `{name}` must be a list of sizes", 'write shape: [n, d] or shape: "n d"'
            )
            return None, ()
        sizes = [self.size(word, item, name) for word, item in items]
        shape = tuple(size for size, _ in sizes if size is not None)
        if len(shape) < len(sizes):
            return None, ()
        total = 1
        for size in shape:
            total *= size
        if total > MAX_ELEMENTS or max(shape, default=0) > MAX_ELEMENTS:
            self.report(
                "JAC009",
                node,
                f"`{name}` would have {total:,} elements, more than {MAX_ELEMENTS:,}",
                "use smaller sizes",
            )
            return None, ()
        if len(shape) > MAX_AXES:
            self.report(
                "JAC009", node, f"`{name}` would have {len(shape)} axes, more than {MAX_AXES}", "use fewer sizes"
            )
            return None, ()
        return shape, tuple(origin for _, origin in sizes)

    def size(self, word: str, node: Node, name: str) -> tuple[int | None, str]:
        if word in self.dims:
            return self.dims[word], f"{word} (line {self.dim_spans[word].line})"
        if word.isdecimal() and len(word) < 30:
            return int(word), f"the shape of {name} (line {self.span(node).line})"
        if word in self.names or word in self.broken:
            kind, span = self.names.get(word, ("broken", None))
            if kind != "a size" and span:
                message = f"`{word}` in the shape of `{name}` is {kind}, not a size"
                self.report("JAC003", node, message, "write a whole number, or a name from `dims:`")
            return None, ""
        if safe_name(word):
            help_ = suggestion(word, self.dims) or f"write a whole number, or add `{short(word)}` to `dims:`"
            self.report("JAC003", node, f"unknown size `{short(word)}` in the shape of `{name}`", help_)
        else:
            message = f"a size in the shape of `{name}` must be a whole number or a name (got {short(word)})"
            self.report("JAC008", node, message, "write sizes of at least 0")
        return None, ""

    def data(self, fields: dict[str, Node]) -> Any:
        """Return the array of a data file, or None after reporting."""
        kind = next(kind for kind in ("csv", "npy", "npz") if kind in fields)
        path, inside = self.text(fields[kind], kind), fields.get("columns" if kind == "csv" else "key")
        if path is None:
            return None
        try:
            if kind == "csv":
                table = read_csv(path, self.folder, self.columns(inside))
                return table[:, 0] if isinstance(inside, Scalar) else table
            return (
                read_npy(path, self.folder) if kind == "npy" else read_npz(path, self.folder, self.text(inside, "key"))
            )
        except DataError as error:
            self.report(
                "JAC010", inside if error.inside and inside is not None else fields[kind], str(error), error.help
            )
            return None

    def columns(self, node: Node | None) -> list[str] | None:
        if isinstance(node, Sequence):
            return [node_text(item) for item in node.items]
        return [node_text(node)] if node is not None else None

    # --- formulas

    def formula(self, key: Scalar, node: Node, what: str) -> Formula | None:
        name = self.name(key, f"{'an' if what == 'output' else 'a'} {what}")
        label, title = None, short(key.text)
        entries: tuple[str, ...] = ()
        if isinstance(node, Mapping):
            before = self.mistakes
            fields = self.fields(node, schema.OUTPUT_KEYS, f"{what} `{title}`")
            label = self.text(fields.get("label"), "label")
            entries = self.words(fields.get("entries"), title)
            if "expr" not in fields:
                if self.mistakes == before:
                    self.report(
                        "JAC002", node, f"`expr` is missing in {what} `{title}`", "write {expr: 2*x, label: words}"
                    )
                return None
            node = fields["expr"]
        formula = self.parts(name or title, node, label, self.span(key))
        return replace(formula, entries=entries) if formula is not None and name is not None else None

    def words(self, node: Node | None, title: str) -> tuple[str, ...]:
        """Return what the elements of a vector are called."""
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not all(isinstance(item, Scalar) for item in node.items):
            self.report("JAC001", node, f"`entries` of `{title}` must be a list of words", "write entries: [a, b]")
            return ()
        return tuple(node_text(item) for item in node.items)

    def parts(self, name: str, node: Node, label: str | None, span: Span) -> Formula | None:
        """Return the expression at ``node``, or the list of expressions, of any depth."""
        if isinstance(node, Mapping):
            self.report(
                "JAC001",
                node,
                f"`{name}` must be an expression",
                "write an expression, or quote it if it holds a colon",
            )
            return None
        leaves: list[Scalar] = []
        layout = self.layout(node, name, leaves)
        read = [self.expression(leaf) for leaf in leaves]
        parts = tuple(part for part in read if part is not None)
        return (
            Formula(name, parts, layout, label, span=span) if layout is not None and len(parts) == len(read) else None
        )

    def layout(self, node: Node, name: str, leaves: list[Scalar]) -> tuple[int, ...] | None:
        """Return the shape of nested lists, their leaves appended row by row, or None after reporting."""
        if isinstance(node, Scalar):
            leaves.append(node)
            return ()
        if isinstance(node, Mapping) or not node.items:
            what = "an empty list" if isinstance(node, Sequence) else "a mapping"
            self.report("JAC001", node, f"`{name}` holds {what}", "write at least one expression in every list")
            return None
        layouts = [self.layout(item, name, leaves) for item in node.items]
        if None in layouts:
            return None
        for item, layout in zip(node.items, layouts, strict=True):
            if layout != layouts[0]:
                self.report(
                    "JAC008", item, f"the rows of `{name}` have different lengths", "give every row the same length"
                )
                return None
        return (len(layouts), *(layouts[0] or ()))

    def expression(self, node: Scalar) -> Expression | None:
        words = {word for word in re.findall(r"\w+", node.text[:20_000]) if keyword.iskeyword(word)}
        if words & self.broken:  # a key such as `lambda` has been reported, and would stop Python's parser here
            return None
        found: list[Problem] = []
        expression = parse_expression(snippet(self.source, node), found)
        self.add(found, node)
        return expression

    def claims(self, node: Node | None, layers: bool = False) -> Iterator[Claim]:
        """Yield the claims; with ``layers`` their names may be those of a network, which are known when it is built."""
        for of, block in self.section(node, "jacobian", lambda key, value: (key, value)):
            if not isinstance(block, Mapping):
                self.report(
                    "JAC001",
                    block,
                    f"the claim for `{short(of.text)}` must name inputs",
                    f"write {short(of.text)}: {{x: …}}",
                )
                continue
            output = of.text if layers and of.text in LAYER_OUTPUTS else self.known(of, ("an output",), "output")
            for wrt, value in block.pairs:
                dotted = layers and "." in wrt.text
                variable = wrt.text if dotted else self.known(wrt, ("an input", "a param"), "input or param")
                formula = self.parts(f"d {short(of.text)} / d {short(wrt.text)}", value, None, self.span(wrt))
                if formula and output and variable:
                    yield Claim(output, variable, formula, self.span(value))

    def known(self, key: Scalar, kinds: tuple[str, ...], what: str) -> str | None:
        """Return the name at ``key`` where it is one of the ``kinds``, else None, reported where nothing else is."""
        name = safe_name(key.text) or key.text
        kind, _ = self.names.get(name, ("", None))
        if kind in kinds:
            return name
        if name not in self.broken:
            names = [other for other, (its, _) in self.names.items() if its in kinds]
            help_ = suggestion(name, names) or f"known: {short(', '.join(names)) or 'none'}"
            self.report(
                "JAC003",
                key,
                f"`{short(name)}` is {kind}, not {_article(what)}" if kind else f"`{short(name)}` is no {what}",
                help_,
            )
        return None

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
                self.report(
                    "JAC008",
                    fields["rtol"],
                    f"`rtol` must lie between 0 and 1 (got {float(rtol):g})",
                    "write rtol: 1e-6",
                )
        if "points" in fields and (points := self.integer(fields["points"], "points", 1, 10_000)) is not None:
            details["points"] = points
        if "seed" in fields and (seed := self.integer(fields["seed"], "seed")) is not None:
            details["seed"] = seed
        if "expect" in fields and (expect := self.choice(fields["expect"], "expect", ("pass", "fail"))):
            details["expect"] = expect
        return Check(**details)

    def train(self, node: Node | None) -> Train | None:
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self.report("JAC001", node, "`train` must be a mapping", "write train: {optimizer: adam, rate: 0.01}")
            return None
        fields = self.fields(node, schema.TRAIN_KEYS, "`train`")
        details: dict[str, Any] = {"span": self.span(node)}
        for key in ("loss", "optimizer"):
            details[key] = self.text(fields.get(key), key)
        for key, least in (("steps", 1), ("holdout", 0), ("seed", 0)):
            if key in fields and (number := self.integer(fields[key], key, least)) is not None:
                details[key] = number
        if "rate" in fields and (rate := self.number(fields["rate"], "rate")) is not None:
            details["rate"] = float(rate)
            if rate <= 0:
                self.report(
                    "JAC008", fields["rate"], f"`rate` must be positive (got {float(rate):g})", "write rate: 0.1"
                )
        if "batch" in fields:
            details["batch"] = self.batch(fields["batch"])
        return Train(**details)

    def batch(self, node: Node) -> tuple[str, int] | None:
        """Return the dim that counts rows, and how many of them one step takes."""
        if not isinstance(node, Mapping) or len(node.pairs) != 1 or node.pairs[0][0].text not in self.dims:
            known = f"{{{next(iter(self.dims), 'n')}: 32}}"
            self.report("JAC008", node, "`batch` must name a dim and a number of its rows", f"write batch: {known}")
            return None
        ((key, value),) = node.pairs
        most = self.dims[key.text]
        size = self.integer(value, f"batch of {key.text}", 1, most)
        return None if size is None else (key.text, size)


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"
