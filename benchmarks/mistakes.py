"""Plant mistakes in every hand-derived claim of specs/: how many are found, and how many are called by their name.

Run: python benchmarks/mistakes.py
"""

from __future__ import annotations

import ast
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.graph.load import load
from jaccli.graph.selection import Selection
from jaccli.spec.load import spec_from_file
from jaccli.spec.schema import Claim

SPECS = Path(__file__).parents[1] / "specs"
#: kind → (the mistake as a wrapping of the expression, the codes that name it)
WRAPPED = {
    "sign": ("-({})", {"JAC101"}),
    "twice": ("2*({})", {"JAC102"}),
    "half": ("({})/2", {"JAC102"}),
    "zero": ("0*({})", {"JAC112"}),
    "transposed": ("({}).T", {"JAC103"}),
    "reversed": ("({})[::-1]", {"JAC111", "JAC103"}),
    "0.05 % off": ("1.0005*({})", {"JAC100"}),
}
#: kind → (what an addition or subtraction becomes, the codes that name it)
SUMS = {
    "left term lost": (lambda n: n.right if _plus(n) else ast.UnaryOp(ast.USub(), n.right), {"JAC104"}),
    "right term lost": (lambda n: n.left, {"JAC104"}),
    "a term twice": (lambda n: ast.BinOp(n, n.op, n.right), {"JAC105"}),
    "a term's sign": (lambda n: ast.BinOp(n.left, ast.Sub() if _plus(n) else ast.Add(), n.right), {"JAC101"}),
}


def _plus(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Add)


def in_sums(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, mistaken text) for every addition and subtraction of an expression."""
    count = sum(_is_sum(node) for node in ast.walk(ast.parse(text, mode="eval")))
    for k in range(count):
        for kind, (change, _) in SUMS.items():
            tree = ast.parse(text, mode="eval")
            target = [node for node in ast.walk(tree) if _is_sum(node)][k]
            swapped = _Swap(target, change(target)).visit(tree)
            yield kind, ast.unparse(ast.fix_missing_locations(swapped))


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().generic_visit(node)


def mistaken(claim: Claim) -> Iterator[tuple[str, str]]:
    """Yield (kind, text of the spec) for every mistake in one expression of a claim."""
    for part in claim.formula.parts:
        snippet = part.snippet
        text, start = snippet.source.text, snippet.offsets[0]
        stop = start + len(snippet.text)
        if text[start:stop] != snippet.text:
            continue
        changed = [(kind, wrap.format(snippet.text)) for kind, (wrap, _) in WRAPPED.items()]
        for kind, new in [*changed, *in_sums(snippet.text.strip())]:
            quoted = f"'{new}'" if text[start - 1] not in "\"'" and new[0] in "[{" else new
            yield kind, text[:start] + quoted + text[stop:]


def main() -> None:
    """Print the table."""
    named = {kind: codes for table in (WRAPPED, SUMS) for kind, (_, codes) in table.items()}
    tally: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(SPECS.glob("*.csv")):
            (Path(folder) / path.name).write_bytes(path.read_bytes())
        for path in sorted(SPECS.glob("*.yaml")):
            if (spec := spec_from_file(str(path), [])).check.expect == "pass":
                for claim in spec.claims:
                    for kind, text in mistaken(claim):
                        if (found := outcome(text, claim, Path(folder) / path.name, path)) is not None:
                            tally[kind].append(found)
    print("mistake            planted   foundinconclusive   named right")
    for kind, codes in named.items():
        rows = tally[kind]
        failed = [code for outcome, code in rows if outcome == "fail"]
        undecided, right = sum(outcome == "inconclusive" for outcome, _ in rows), sum(code in codes for code in failed)
        share = f"{100 * right / len(failed):.0f} %" if failed else ""
        print(f"{kind:<18} {len(rows):>7} {len(failed):>7} {undecided:>11} {right:>7} {share:>6}")


def outcome(text: str, claim: Claim, place: Path, original: Path) -> tuple[str, str | None] | None:
    """Return (outcome, code) of a mistaken claim; None where it cannot be built or changes nothing at the point."""
    place.write_text(text, encoding="utf-8")
    try:
        built = load(str(place))
    except jaccli.SourceError:
        return None
    if np.array_equal(_value(built, claim), _value(load(str(original)), claim)):
        return None
    options = CheckOptions(
        selection=Selection((claim.of,), (claim.wrt,)), points=1, wanted=lambda id_: "[claim-" in id_
    )
    (found,) = [c for c in check(built, options).checks if c.tested == "claim"]
    return found.outcome, found.code


def _value(built: object, claim: Claim) -> np.ndarray:  # type: ignore[type-arg]
    from jaccli.checker.options import points_of
    from jaccli.graph.evaluate import evaluate

    point = points_of(built, CheckOptions(points=1))[0]  # type: ignore[arg-type]
    exprs = [e for c, e in built.claims if (c.of, c.wrt) == (claim.of, claim.wrt)]  # type: ignore[attr-defined]
    return np.asarray(evaluate(built.graph, exprs, point)[0])  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
