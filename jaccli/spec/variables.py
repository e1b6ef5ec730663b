"""Inputs, params and constants: read first as they are written, then resolved, since a value may tell what a size is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from jaccli.errors import short
from jaccli.spec.data import DATA_SUFFIXES, MAX_AXES, DataError
from jaccli.spec.domains import DOMAINS, misfit
from jaccli.spec.expressions.expression import Expression, safe_name
from jaccli.spec.fields import node_text
from jaccli.spec.files import read_data
from jaccli.spec.initial import INITIALISERS
from jaccli.spec.keys import DATA_KEYS, VARIABLE_KEYS
from jaccli.spec.points import initial_value
from jaccli.spec.schema import Variable
from jaccli.spec.shapes import Shape, Shapes, Words
from jaccli.spec.sizes import Size, computed_sizes
from jaccli.spec.yaml.tree import Mapping, Node, Scalar, Sequence

__all__ = ["Variables"]

SECTIONS = (("inputs", "input"), ("params", "param"), ("constants", "constant"))
FILES = ("csv", "json", "npy", "npz")


@dataclass(frozen=True, eq=False)
class _Draft:
    """A variable as it is written: its sizes are words still."""

    variable: Variable
    title: str
    node: Node  # the whole of it, where nothing closer can be named
    fields: dict[str, Node] = field(default_factory=dict)
    words: Words | None = None  # None: no shape is given

    def at(self, *keys: str) -> Node:
        """Return the place of the first of ``keys`` that is given."""
        return next((self.fields[key] for key in keys if key in self.fields), self.node)


class Variables(Shapes):
    """Reads ``dims`` and the variables; ``dims`` holds every named size afterwards."""

    def variables(self, fields: dict[str, Node]) -> list[Variable]:
        """Return the variables of all sections, after every mistake in them and in ``dims`` was reported."""
        self.sizes = {}
        formulas: dict[str, Expression] = {}
        unsaid: dict[str, Scalar] = {}
        self.section(fields.get("dims"), "dims", lambda key, node: self.dim(key, node, formulas, unsaid))
        drafts: list[_Draft] = []
        for title, role in SECTIONS:
            drafts += self.section(fields.get(title), title, lambda key, node, role=role: self.draft(key, node, role))  # type: ignore[misc]
        for draft in drafts:
            self.learn(draft, formulas)
        for problem in computed_sizes(self.sizes, formulas, self.broken):
            self.add([problem], fields["dims"])
        for name, key in unsaid.items():
            if name not in self.sizes and name not in self.broken:
                self.broken.add(name)
                help_ = f"write {name}: 3, or name it in the shape of something with a value"
                self.report("JAC008", key, f"nothing says how much `{name}` is", help_)
        return [variable for draft in drafts if (variable := self.resolved(draft)) is not None]

    # --- sizes

    def learn(self, draft: _Draft, formulas: dict[str, Expression]) -> None:
        """Take the sizes that are named in the shape of a value, and said nowhere else, from the value."""
        value, words = draft.variable.value, draft.words
        if value is None or words is None or value.ndim != len(words):
            return
        for (word, _), size in zip(words, value.shape, strict=True):
            name = safe_name(word)
            if name is None or name in self.sizes or name in formulas or self.is_other(name):
                continue
            span = self.span(draft.at("value", *FILES))
            self.sizes[name] = Size(name, size, span, f"the value of {draft.title}")
            self.names[name] = ("a size", span)

    # --- one variable

    def draft(self, key: Scalar, node: Node, role: str) -> _Draft | None:
        """Return a variable as it is written, or None after reporting what is wrong with it alone."""
        name, title = self.name(key, f"{'an' if role == 'input' else 'a'} {role}"), short(key.text)
        before = self.mistakes
        details: dict[str, Any] = {"span": self.span(key)}
        fields: dict[str, Node] = {}
        words: Words | None = None
        if isinstance(node, Mapping):
            fields = self.fields(node, DATA_KEYS if role == "constant" else VARIABLE_KEYS, f"{role} `{title}`")
            details |= self.details(title, fields, role)
            words = self.size_words(fields["shape"], title) if "shape" in fields else None
        elif role == "constant" and isinstance(node, Scalar) and node.text.endswith(DATA_SUFFIXES):
            details["value"] = self.data(node.text.rpartition(".")[2], node, None)
        elif not (isinstance(node, Scalar) and node.plain and node.value is None and role != "constant"):
            details["value"] = self.array(node, title, role == "constant")
        if details.get("value") is None and role == "constant" and self.mistakes == before:
            remedy = "give value:, csv:, json:, npy: or npz:"
            self.report("JAC007", node, f"constant `{title}` has no value", remedy)
        if self.mistakes > before or name is None:
            self.broken.update(word for word, _ in words or () if word not in self.names)
            return None
        return _Draft(Variable(name, role, None, **details), title, node, fields, words)

    def details(self, title: str, fields: dict[str, Node], role: str) -> dict[str, Any]:
        """Return what the keys of a variable say, all but its shape."""
        details: dict[str, Any] = {}
        sources = [key for key in ("value", "init", *FILES) if key in fields]
        if len(sources) > 1:
            message = f"`{title}` has both `{sources[0]}` and `{sources[1]}`"
            self.report("JAC002", fields[sources[1]], message, "keep one of the two")
        file = next((key for key in FILES if key in fields), None)
        if "value" in fields:
            details["value"] = self.array(fields["value"], title, role == "constant")
        elif file is not None:
            details["value"] = self.data(file, fields[file], fields.get("columns" if file == "csv" else "key"))
        if "init" in fields and (init := self.init(fields["init"])) is not None:
            details["init"], details["init_options"] = init
        if "seed" in fields:
            details["seed"] = self.integer(fields["seed"], "seed")
        if "range" in fields:
            details["range"] = self.range(fields["range"], title)
        if "domain" in fields:
            details["domain"] = self.choice(fields["domain"], "domain", tuple(DOMAINS))
        if "label" in fields:
            details["label"] = self.text(fields["label"], "label")
        if "entries" in fields:
            details["entries"] = self.words(fields["entries"], title)
        return details

    def range(self, node: Node, title: str) -> tuple[float, float] | None:
        """Return the bounds of a range."""
        items = node.items if isinstance(node, Sequence) else ()
        for item in items:
            if isinstance(item, Scalar) and item.text.lstrip("+-.").lower() in ("inf", "infinity"):
                help_ = "write finite bounds, or domain: positive for everything above 0"
                self.report("JAC008", item, "points are drawn uniformly from a range, so it must be finite", help_)
                return None
        bounds = [self.number(item, "range") for item in items]
        if None in bounds:
            return None
        if len(bounds) != 2 or bounds[0] >= bounds[1]:  # type: ignore[operator]
            message = f"the range of `{title}` must be [low, high] with low < high"
            self.report("JAC008", node, message, "give two numbers, for example range: [-2, 2]")
            return None
        return float(bounds[0]), float(bounds[1])  # type: ignore[arg-type]

    def init(self, node: Node) -> tuple[str, dict[str, float]] | None:
        """Return the initialiser at ``node`` and its options: ``glorot``, ``{normal: {std: 0.1}}`` or ``{constant: 0.5}``."""
        if isinstance(node, Scalar) and not isinstance(node.value, str | None):
            help_ = f"write init: {{constant: {short(node.text, 20)}}}"
            self.report("JAC002", node, f"`init` must be the name of an initialiser (got {short(node.text)})", help_)
            return None
        if isinstance(node, Mapping) and len(node.pairs) == 1:
            ((key, value),) = node.pairs
        elif isinstance(node, Mapping):
            self.report("JAC002", node, "`init` must name one initialiser", "write init: {normal: {std: 0.1}}")
            return None
        else:
            key, value = node, None  # type: ignore[assignment]
        name = self.choice(key, "init", tuple(INITIALISERS))
        if name is None:
            return None
        before = self.mistakes
        options = dict(self.init_options(name, value)) if value is not None else {}
        missing = [option for option in INITIALISERS[name].needed if option not in options]
        if missing and self.mistakes == before:
            written = ", ".join(f"{option}: {k}" for k, option in enumerate(INITIALISERS[name].options))
            self.report("JAC002", node, f"init {name} lacks `{missing[0]}`", f"write init: {{{name}: {{{written}}}}}")
        return (name, options) if self.mistakes == before else None

    def init_options(self, name: str, node: Node) -> Iterator[tuple[str, float]]:
        """Yield the options of an initialiser; where it has but one, a number stands for it."""
        known = INITIALISERS[name].options
        if isinstance(node, Scalar) and len(known) == 1:
            given = {next(iter(known)): node}
        elif isinstance(node, Mapping) and known:
            given = self.fields(node, known, f"init {name}")  # type: ignore[assignment]
        else:
            takes = (
                f"write init: {{{name}: {{{', '.join(f'{o}: 1' for o in known)}}}}}" if known else f"write init: {name}"
            )
            self.report("JAC002", node, f"init {name} takes {'options by name' if known else 'no options'}", takes)
            return
        for option, value in given.items():
            number = self.number(value, option)
            if number is not None and option == "std" and number < 0:
                self.report("JAC008", value, f"`std` must not be negative (got {float(number):g})", "write std: 0.1")
            elif number is not None:
                yield option, float(number)

    def data(self, kind: str, node: Node, inside: Node | None) -> Any:
        """Return the array of a data file, or None after reporting."""
        path = self.text(node, kind)
        if path is None:
            return None
        try:
            return read_data(kind, path, self.folder, _picked(inside))
        except DataError as error:
            self.report("JAC010", inside if error.inside and inside is not None else node, str(error), error.help)
            return None

    # --- resolved, once all sizes are known

    def resolved(self, draft: _Draft) -> Variable | None:
        """Return the variable with its shape, or None after reporting what does not fit."""
        value, before = draft.variable.value, self.mistakes
        if draft.words is None:
            shape = value.shape if value is not None else ()
            line = self.span(draft.at("value", *FILES)).line
            sizes = (f"the value of {draft.title} (line {line})",) * len(shape)
        else:
            found = self.shape(draft.words, draft.fields["shape"], draft.title)
            if found is None:
                return None
            shape, sizes = found
        variable = replace(draft.variable, shape=shape, sizes=sizes)
        if value is not None and value.shape != shape:
            self.misshapen(draft, shape)
        elif self.fillable(draft, shape) and self.in_domain_shape(draft, shape):
            self.in_domain(draft, variable)
        if variable.entries and len(variable.entries) != (shape[0] if shape else 0):
            message = f"`entries` of `{draft.title}` are {len(variable.entries)} words, but its shape is {shape}"
            self.report(
                "JAC008", draft.fields["entries"], message, "write one word for each place along the first axis"
            )
        return variable if self.mistakes == before else None

    def misshapen(self, draft: _Draft, shape: Shape) -> None:
        """Report a value of another shape; a named size is told with both of its places."""
        got, node = draft.variable.value.shape, draft.at("value", *FILES)
        message = f"the value of `{draft.title}` has shape {got}, but `shape` says {shape}"
        if len(got) == len(shape):
            axis = next(k for k in range(len(got)) if got[k] != shape[k])
            if known := self.sizes.get((draft.words or [])[axis][0]):
                message = (
                    f"`{known.name}` is {known.value} ({known.place}), but {got[axis]} in the value of `{draft.title}`"
                )
        self.report("JAC008", node, message, "change one of the two")

    def fillable(self, draft: _Draft, shape: Shape) -> bool:
        """Whether the initialiser can fill the shape; reported where not."""
        init = draft.variable.init
        if init is None:
            return True
        row = INITIALISERS[init]
        if row.least_axes <= len(shape) <= (row.most_axes or MAX_AXES):
            return True
        needs = f"{row.least_axes} axes" if row.most_axes else f"at least {row.least_axes} axes"
        message = f"init {init} needs {needs} (`{draft.title}` has shape {shape})"
        self.report("JAC008", draft.fields["init"], message, "change the shape, or write init: normal")
        return False

    def in_domain_shape(self, draft: _Draft, shape: Shape) -> bool:
        """Whether the domain has values of this shape, and the range fits it; reported where not."""
        variable = draft.variable
        if variable.domain is None:
            return True
        row, node = DOMAINS[variable.domain], draft.fields["domain"]
        if len(shape) < row.least_axes or (row.square and shape[-1] != shape[-2]):
            what = "square matrices" if row.square else "at least one axis"
            message = f"domain {variable.domain} needs {what} (`{draft.title}` has shape {shape})"
            self.report("JAC008", node, message, "change the shape or the domain")
            return False
        if variable.range is None:
            return True
        if row.bounds is None:
            self.report("JAC008", draft.fields["range"], f"domain {variable.domain} takes no range", "leave it out")
            return False
        low, high = variable.range
        if not row.bounds[0] <= low < high <= row.bounds[1]:
            message = f"the range [{low:g}, {high:g}] reaches out of domain {variable.domain}"
            self.report("JAC008", draft.fields["range"], message, "make it smaller, or change the domain")
            return False
        return True

    def in_domain(self, draft: _Draft, variable: Variable) -> None:
        """Report a first value that lies outside the domain."""
        if variable.domain is None or (value := initial_value(variable)) is None:
            return
        if wrong := misfit(variable.domain, value):
            message = f"`{draft.title}` is not {variable.domain}: it {wrong}"
            self.report("JAC008", draft.at("value", "init"), message, "change the value or the domain")


def _picked(node: Node | None) -> Any:
    """Return the columns or the key that are asked for: a text, a whole number, or a list of them; None for all."""
    if isinstance(node, Sequence):
        return [_picked(item) for item in node.items]
    if isinstance(node, Scalar) and node.plain and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    return node_text(node) if node is not None else None
