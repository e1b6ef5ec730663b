"""A spec's outputs and variables → a Python module of NumPy alone: value(), jacobian(), and a check of one by the other."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.jacobian import Plan, plan
from jaccli.errors import UsageError
from jaccli.graph.code import HELPERS, Code, generate, identifier
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.report.words.plain import json_text, one_line, python_docstring
from jaccli.results.computed import Computed

__all__ = ["computed_python"]

MAX_NUMBERS = 500_000  # written out in the module: about 10 MB
OWN = ("POINT", "value", "jacobian", "check", "main")
CHECK = '''
def check(rtol=1e-6, **point):
    """Return whether jacobian() agrees with central differences of value(); print a line per block.

    The steps are 2^-14 and 2^-15 of each variable's size, extrapolated. Where the one-sided slopes stay apart as the
    step shrinks, the point is a kink, and every slope between them is right.
    """
    point = {name: np.array(x, dtype=float) for name, x in {**POINT, **point}.items()}
    good = True
    for of, blocks in jacobian(**point).items():
        for wrt, block in blocks.items():
            ok, error = _compare(point, of, wrt, block, rtol)
            good &= ok
            print(f"d {of} / d {wrt}: largest error {error:.1e}  {'pass' if ok else 'FAIL'}")
    print("check passed" if good else "check FAILED")
    return bool(good)


@np.errstate(all="ignore")
def _compare(point, of, wrt, block, rtol):
    x, f = point[wrt], value(**point)[of]
    block = np.reshape(block, (np.size(f), np.size(x)))
    ok, largest = True, 0.0
    scale = np.sqrt(np.mean(x * x)) if np.size(x) and np.any(x) else 1.0
    for k, place in enumerate(np.ndindex(*x.shape)):
        step = 2.0**-14 * (abs(x[place]) or scale)

        def at(h, place=place):
            moved = x.copy()
            moved[place] += h
            return np.ravel(value(**{**point, wrt: moved})[of]), moved[place]

        (right, a), (left, b), (near_right, c), (near_left, d) = at(step), at(-step), at(step / 2), at(-step / 2)
        wide, narrow = (right - left) / (a - b), (near_right - near_left) / (c - d)
        difference = narrow + (narrow - wide) / 3
        size = np.abs(difference) + np.abs(block[:, k])
        bar = np.abs(narrow - wide) + 1e-14 * np.max(np.abs(f), initial=0.0) / step
        up, down = (near_right - np.ravel(f)) / (c - x[place]), (np.ravel(f) - near_left) / (x[place] - d)
        far_up, far_down = (right - np.ravel(f)) / (a - x[place]), (np.ravel(f) - left) / (x[place] - b)
        kink = np.abs(up - down) > 0.75 * np.abs(far_up - far_down) + bar
        slack = rtol * size + bar
        between = (block[:, k] >= np.minimum(up, down) - slack) & (block[:, k] <= np.maximum(up, down) + slack)
        residual = np.abs(block[:, k] - difference)
        ok &= bool(np.all((residual <= slack) | (kink & between)))
        largest = max(largest, float(np.max(np.where(kink & between, 0.0, residual), initial=0.0)))
    return ok, largest


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
'''


def computed_python(result: Computed) -> str:
    """Return the module's text.

    Errors: UsageError where the point and the spec's data are too many numbers to write out, and for products.
    """
    if result.products or result.order != 1:
        raise UsageError("-f python writes value() and jacobian(); leave out --tangent, --cotangent and --order 2")
    assert result.derived is not None
    graph, outputs, wrt = result.derived.graph, result.derived.outputs, result.derived.variables
    needed = set(ancestors(graph, [y.index for y in outputs.values()])) | {x.index for x in wrt.values()}
    leaves = {x.index: name for name, x in graph.inputs().items() if x.index in needed and name in result.point}
    names = {index: identifier(name, OWN) for index, name in leaves.items()}
    head = f"({', '.join(f'{name}=POINT[{name!r}]' for name in names.values())})".replace("'", '"')
    values = generate(graph, list(outputs.values()), names, taken=OWN, constant="C")
    taken = {*OWN, *values.constants}
    seeds, slopes, returned = _derivatives(graph, outputs, wrt, names, taken)
    constants = {
        **{f"C.{n}": a for n, a in values.constants.items()},
        **{f"K.{n}": a for n, a in slopes.constants.items()},
    }
    if sum(map(np.size, [*constants.values(), *result.point.values()])) > MAX_NUMBERS:
        raise UsageError(f"-f python would write out more than {MAX_NUMBERS:,} numbers; -f npz holds them as arrays")
    helpers = [name for name in HELPERS if name in {*values.helpers, *slopes.helpers}]
    lines = [*values.lines, *slopes.lines]
    parts = [
        _docstring(result, outputs, wrt),
        "import numpy as np" + ("\nfrom scipy import special" if any("special." in line for line in lines) else ""),
        "\n".join(["POINT = {", *(f"    {_quoted(names[i])}: {_array(result.point[leaves[i]])}," for i in names), "}"]),
        *(f"{name} = {_array(a)}" for name, a in {**values.constants, **slopes.constants}.items()),
    ]
    body = ["\n\n".join(parts)] + [HELPERS[name].rstrip() for name in helpers]
    asarray = [f"{name} = np.asarray({name}, dtype=float)" for name in names.values()]
    found = [
        f"{_quoted(of)}: np.broadcast_to({text}, {y.shape})"
        for (of, y), text in zip(outputs.items(), values.results, strict=True)
    ]
    body.append(_function("value", head, "the outputs by name", [*asarray, *values.lines], found))
    doc = "the derivatives, J[of][wrt] of shape of.shape + wrt.shape"
    body.append(_function("jacobian", head, doc, [*asarray, *seeds, *slopes.lines], returned))
    return "\n\n\n".join(body) + "\n\n" + CHECK


def _derivatives(
    graph: Graph, outputs: Mapping[str, Expr], wrt: Mapping[str, Expr], names: Mapping[int, str], taken: set[str]
) -> tuple[list[str], Code, list[str]]:
    """Return the lines that make the seeds, the code of all passes, and the entries of what jacobian() returns."""
    given, seeds, wanted = dict(names), list[str](), list[tuple[str, str, Plan, Expr | None]]()
    used = {*taken, *names.values()}
    for of, y in outputs.items():
        for k, one in enumerate(plan(graph, y, list(wrt.values()))):
            kind = f"{of}_bar" if one.route == "reverse" else f"{list(wrt)[k]}_dot"
            if one.seed.index not in given:
                name = identifier(kind, used)
                used.add(name)
                given[one.seed.index] = name
                shape = (one.seed.node.size, *one.seed.shape)
                seeds.append(f"{name} = np.reshape(np.eye({shape[0]}), {shape})")
            targets = list(wrt) if one.route == "reverse" else [list(wrt)[k]]
            wanted += [(of, x, one, found) for x, found in zip(targets, one.results, strict=True)]
    present = [found for *_, found in wanted if found is not None]
    code = generate(graph, present, given, batched=set(given) - set(names), taken=used, constant="K")
    texts = iter(zip(code.results, code.batched, strict=True))
    blocks: dict[str, list[str]] = {}
    for of, x, one, found in wanted:
        shape = outputs[of].shape + wrt[x].shape
        text = _block(*next(texts), one, found, outputs[of], shape) if found is not None else f"np.zeros({shape})"
        blocks.setdefault(of, []).append(f"{_quoted(names[wrt[x].index])}: {text}")
    return seeds, code, [f"{_quoted(of)}: {{{', '.join(parts)}}}" for of, parts in blocks.items()]


def _block(text: str, batched: bool, one: Plan, found: Expr, of: Expr, shape: tuple[int, ...]) -> str:
    if not batched:
        text = f"np.broadcast_to({text}, {(one.seed.node.size, *found.shape)})"
    return f"np.reshape({text if one.route == 'reverse' else f'np.moveaxis({text}, 0, -1)'}, {shape})"


def _function(name: str, head: str, doc: str, lines: Sequence[str], returned: Sequence[str]) -> str:
    signature = f"def {name}{head}:"
    if len(signature) > 100:
        signature = f"def {name}(\n    {head[1:-1].replace('], ', f'],{chr(10)}    ')},\n):"
    body = [f'"""Return {doc}."""', *lines, "return {", *(f"    {entry}," for entry in returned), "}"]
    return '@np.errstate(all="ignore")\n' + signature + "\n" + textwrap.indent("\n".join(body), "    ")


def _docstring(result: Computed, outputs: Mapping[str, Expr], wrt: Mapping[str, Expr]) -> str:
    def listed(named: Mapping[str, Expr]) -> str:
        return ", ".join(f"{name} {x.shape}" for name, x in named.items())

    text = f"""{one_line(result.name)}: its value and its Jacobian, in NumPy alone.

Outputs   {listed(outputs)}
Variables {listed(wrt)}
Layout    jacobian()[of][wrt] has shape of.shape + wrt.shape: J[out..., in...]
Check     running this file compares jacobian() with central differences of value(); the exit code is 1 where they differ

The derivatives are exact: every line of jacobian() is one step of forward or reverse mode, for all unit seeds at once.
"""
    return python_docstring(text)


def _quoted(text: str) -> str:
    return json_text(text)


def _array(value: Any) -> str:
    array = np.asarray(value)
    array = array if array.dtype.kind in "iub" else np.vectorize(float, otypes=[float])(array) if array.size else array
    if array.ndim == 0:
        return _finite(repr(array.item()))
    if not array.size:
        return f"np.zeros({array.shape})"
    text = _finite(f"np.array({array.tolist()!r})")
    return (
        textwrap.fill(text, 100, subsequent_indent="        ", break_long_words=False)
        if math.prod(array.shape) > 8
        else text
    )


def _finite(text: str) -> str:
    return re.sub(r"\b(nan|inf)\b", r"np.\1", text)
