"""Tree → Spec: checks every key and value, and reports all mistakes together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jaccli.errors import Problem, SourceError, nearest, short, suggestion
from jaccli.spec.claims import Block, Misfit, blocks_of_output, blocks_of_spec
from jaccli.spec.expressions.expression import safe_name
from jaccli.spec.fields import Fields
from jaccli.spec.formulas import Formulas
from jaccli.spec.keys import CHECK_KEYS, SPEC_KEYS, TARGET_KEYS, TRAIN_KEYS
from jaccli.spec.network import read_network
from jaccli.spec.schema import Callee, Check, Claim, Spec, Train
from jaccli.spec.source import Source
from jaccli.spec.yaml.document import read_tree
from jaccli.spec.yaml.tree import Mapping, Node, Scalar, Sequence

__all__ = ["empty", "read_numbers", "read_root", "read_spec"]

LAYER_OUTPUTS = ("output", "loss")  # names that a network gives to what it computes


def read_spec(
    source: Source, folder: Path | None, problems: list[Problem], arrays: AbstractMapping[str, Any] | None = None
) -> Spec:
    """Return the spec written in ``source``, a single document; mistakes are appended to ``problems``.

    folder: where data files may be read from, None for nowhere.
    arrays: arrays by the text that stands for them in ``source``.
    Errors: SourceError where nothing can be made of the text.
    """
    root = read_tree(source, problems)
    if root is None:
        raise SourceError([*problems, empty(source)])
    return read_root(source, root, folder, problems, arrays)


def read_root(
    source: Source,
    root: Node,
    folder: Path | None,
    problems: list[Problem],
    arrays: AbstractMapping[str, Any] | None = None,
    part: int = 0,
) -> Spec:
    """Return the spec that one document of ``source`` holds; mistakes are appended to ``problems``.

    part: which document it is, counted from 1; 0 where it is the only one.
    Errors: SourceError where it is no mapping.
    """
    if not isinstance(root, Mapping):
        problem = Problem(
            "JAC001", "a spec is a mapping of keys", source.span(root.start, root.end), "begin with `inputs:`"
        )
        raise SourceError([*problems, problem])
    return replace(_Reader(source, problems, arrays, folder).spec(root), part=part)


def empty(source: Source) -> Problem:
    """Return what is wrong with a text that holds nothing."""
    return Problem(
        "JAC001", "the spec is empty", source.span(0, 0), "write `inputs:` and `outputs:`; `jac init` writes a spec"
    )


def read_numbers(source: Source, node: Node, name: str, problems: list[Problem]) -> Any:
    """Return nested lists at ``node`` as an array of exact numbers, or None after appending to ``problems``."""
    return Fields(source, problems).array(node, name)


class _Reader(Formulas):
    def spec(self, root: Mapping) -> Spec:
        self.silence_tagged(root)
        fields = self.fields(root, SPEC_KEYS, "a spec")
        variables = self.variables(fields)
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
            dim_spans={name: size.span for name, size in self.sizes.items()},
            variables=tuple(variables),
            lets=tuple(lets),
            outputs=tuple(outputs),
            claims=claims,
            network=network,
            entry=entry,
            check=check,
            train=self.train(fields.get("train")),
            callee=self.callee(fields.get("target")),
            title=title,
            broken=frozenset((self.broken | set(self.names)) - read),
        )

    def no_outputs(self, root: Mapping) -> None:
        keys = [key for key, _ in root.pairs]
        if any(nearest(key.text, SPEC_KEYS) == "outputs" for key in keys if key.text not in SPEC_KEYS):
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

    def claims(self, node: Node | None, layers: bool = False) -> Iterator[Claim]:
        """Yield the claims; with ``layers`` their names may be those of a network, which are known when it is built."""
        if isinstance(node, Sequence) and not layers:
            yield from self.matrix(lambda: blocks_of_spec(node, self.of_kind("an output"), self.differentiable))
            return
        for of, block in self.section(node, "jacobian", lambda key, value: (key, value)):
            if isinstance(block, Sequence) and not layers:
                if name := self.known(of, ("an output",), "output"):
                    yield from self.matrix(functools.partial(blocks_of_output, name, block, self.differentiable))
                continue
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

    def matrix(self, blocks: Callable[[], Iterator[Block]]) -> Iterator[Claim]:
        """Yield the claims of a whole matrix."""
        try:
            found = list(blocks())
        except Misfit as misfit:
            self.report("JAC008", misfit.node, misfit.message, misfit.help)
            return
        for of, wrt, value in found:
            if formula := self.parts(f"d {of} / d {wrt}", value, None, self.span(value)):
                yield Claim(of, wrt, formula, self.span(value))

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the names of these kinds, in the order of the text."""
        return [name for name, (kind, _) in self.names.items() if kind in kinds]

    @property
    def differentiable(self) -> list[str]:
        """The inputs and params, in the order of the text."""
        return self.of_kind("an input", "a param")

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

    def check(self, node: Node | None) -> Check:
        if node is None:
            return Check()
        if not isinstance(node, Mapping):
            self.report("JAC001", node, "`check` must be a mapping", "write check: {rtol: 1e-6}")
            return Check()
        fields = self.fields(node, CHECK_KEYS, "`check`")
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

    def callee(self, node: Node | None) -> Callee | None:
        """Return the code that a spec names; nothing is looked up, let alone run."""
        if node is None:
            return None
        fields: dict[str, Node] = {"python": node}
        if isinstance(node, Mapping):
            fields = self.fields(node, TARGET_KEYS, "`target`")
        texts = {key: self.text(value, key if isinstance(node, Mapping) else "target") for key, value in fields.items()}
        target = texts.get("python")
        if not target or ":" not in target:
            if isinstance(node, Mapping) and "python" not in fields:
                message = "`target` needs `python`, the function that the others are derivatives of"
                self.report("JAC001", node, message, "write target: {python: ops.py::gelu, jacobian: gelu_jacobian}")
            elif target is not None:
                self.report("JAC001", node, "`target` must name a function", "write target: ops.py::gelu")
            return None
        beside = {key: text for key in ("jacobian", "vjp", "jvp") if (text := texts.get(key))}
        return Callee(target, texts.get("framework"), beside, self.span(fields["python"]))

    def train(self, node: Node | None) -> Train | None:
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self.report("JAC001", node, "`train` must be a mapping", "write train: {optimizer: adam, rate: 0.01}")
            return None
        fields = self.fields(node, TRAIN_KEYS, "`train`")
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
            what = "`batch` must name a dim and a number of its rows"
            if isinstance(node, Mapping) and len(node.pairs) == 1:
                what += f"; `{short(node.pairs[0][0].text)}` is not a dim"
                known += (
                    "" if self.dims else ", and declare n under `dims:` as the first size of the data: shape: [n, 2]"
                )
            self.report("JAC008", node, what, f"write batch: {known}")
            return None
        ((key, value),) = node.pairs
        most = self.dims[key.text]
        size = self.integer(value, key.text, 1, most)
        return None if size is None else (key.text, size)


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"
