"""The formulas of a spec, and its claims: named by output and input, or whole matrices → the blocks they stand for."""

from __future__ import annotations

from collections.abc import Iterator

from jaccli.errors import Span, short, suggestion
from jaccli.spec.expressions.expression import safe_name
from jaccli.spec.schema import Claim, Formula
from jaccli.spec.variables import Variables
from jaccli.spec.yaml.tree import Mapping, Node, Scalar, Sequence

__all__ = ["LAYER_OUTPUTS", "Claims"]

LAYER_OUTPUTS = ("output", "loss")  # names that a network gives to what it computes


class Claims(Variables):
    """Reads formulas and claims; what the names of outputs and inputs stand for is known by then."""

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

    def claims(self, node: Node | None, layers: bool = False) -> Iterator[Claim]:
        """Yield the claims; with ``layers`` their names may be those of a network, which are known when it is built."""
        if isinstance(node, Sequence):
            yield from self.whole(node)
            return
        for of, block in self.section(node, "jacobian", lambda key, value: (key, value)):
            output = of.text if layers and of.text in LAYER_OUTPUTS else self.known(of, ("an output",), "output")
            if isinstance(block, Sequence) and output and not layers:
                yield from self.rows_of(output, block, self.span(of))
                continue
            if not isinstance(block, Mapping):
                self.report(
                    "JAC001",
                    block,
                    f"the claim for `{short(of.text)}` must name inputs",
                    f"write {short(of.text)}: {{x: …}}",
                )
                continue
            for wrt, value in block.pairs:
                dotted = layers and "." in wrt.text
                variable = wrt.text if dotted else self.known(wrt, ("an input", "a param"), "input or param")
                formula = self.parts(f"d {short(of.text)} / d {short(wrt.text)}", value, None, self.span(wrt))
                if formula and output and variable:
                    yield Claim(output, variable, formula, self.span(value))

    def whole(self, node: Sequence) -> Iterator[Claim]:
        """Yield the claims of ``jacobian: [[…], […]]``: a row for each output, or the rows of the only one."""
        outputs = self.of_kind("an output")
        if len(outputs) == 1:
            yield from self.rows_of(outputs[0], node, self.span(node))
        elif len(node.items) != len(outputs):
            message = f"`jacobian` has {len(node.items)} rows for {len(outputs)} outputs"
            self.report("JAC008", node, message, f"give a row for each of {short(', '.join(outputs))}")
        else:
            for output, row in zip(outputs, node.items, strict=True):
                cells = row if isinstance(row, Sequence) else Sequence((row,), row.start, row.end)
                yield from self.rows_of(output, cells, self.span(row))

    def rows_of(self, output: str, node: Sequence, key: Span) -> Iterator[Claim]:
        """Yield the claims of an output's whole matrix: all of it for the only input, else a column, or a cell, for each."""
        inputs = self.of_kind("an input", "a param")
        rows = [item.items if isinstance(item, Sequence) else None for item in node.items]
        if len(inputs) == 1:
            columns: list[Node] = [node]
        elif None not in rows and all(len(row or ()) == len(inputs) for row in rows) and rows:
            columns = [_column([(row or ())[k] for row in rows]) for k in range(len(inputs))]
        elif all(row is None for row in rows) and len(rows) == len(inputs):
            columns = list(node.items)
        else:
            message = f"the claim for `{output}` needs a column for each of {len(inputs)} inputs"
            self.report(
                "JAC008", node, message, f"in this order: {short(', '.join(inputs))}; or name them, {output}: {{x: …}}"
            )
            return
        for name, column in zip(inputs, columns, strict=True):
            formula = self.parts(f"d {output} / d {name}", column, None, key)
            if formula:
                yield Claim(output, name, formula, self.span(column))

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the names of these kinds, in the order of the text."""
        return [name for name, (kind, _) in self.names.items() if kind in kinds]

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
                f"`{short(name)}` is {kind}{', ' if kind else ''}not {_article(what)}",
                help_,
            )
        return None


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def _column(cells: list[Node]) -> Node:
    """Return a column of a matrix as a list; a matrix of one row has numbers for columns."""
    return cells[0] if len(cells) == 1 else Sequence(tuple(cells), cells[0].start, cells[-1].end)
