"""A backward pass to be watched → the page of ``jac explain``, ``graph`` and ``train`` with ``-o page.html``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.graph.functions.layers.attention import MASKED as MASKED_EXACTLY
from jaccli.report.pages.render import page
from jaccli.report.words.cells import norm
from jaccli.report.words.page import LANGUAGES, rule_in
from jaccli.results.numbers import json_number
from jaccli.results.watched import Flow, Moment, Watched
from jaccli.types import Array

__all__ = ["watch_page"]

MASKED = float(MASKED_EXACTLY)
NUMBERS = 24_000  # of a page, at some nine letters each: less than half a megabyte with all else
LEAST, MOST = 4, 64  # numbers of an array that are written out
UNFOLDED = 16  # nodes; where there are more, a page begins with its layers and steps folded


def watch_page(found: Watched, language: str = "en") -> str:
    """Return the page, with its words in a language; large arrays are in it with their corner, their shape and their norm."""
    arrays = sum(_arrays(moment) for moment in found.moments)
    most = min(MOST, max(LEAST, NUMBERS // max(arrays, 1)))
    data = {
        "title": found.title,
        "nodes": [
            {
                "id": s.index, "name": s.name, "does": s.does, "rule": rule_in(language, s.rule), "role": s.role,
                "line": s.line, "fold": s.fold,
                "words": [None if words is None else list(words) for words in s.words] if any(s.words) else None,
            }
            for s in found.stations
        ],
        "uses": [[use.source, use.target, int(use.matrix)] for use in found.uses],
        "folds": [{"name": fold.name, "kind": fold.kind, "outer": fold.outer} for fold in found.folds],
        "open": len(found.stations) <= UNFOLDED,
        "moments": [_moment(moment, found, most) for moment in found.moments],
        "losses": [_short(loss) for loss in found.losses],
        "lines": list(found.lines),
        "said": LANGUAGES[language],
    }  # fmt: skip
    return page(
        "watch.html.j2",
        title=found.title,
        scripts=("vendor/dagre.min.js", "page_common.js", "page_watch.js"),
        data=data,
        language="zh-Hans" if language == "zh" else language,
        said=LANGUAGES[language],
        lines=found.lines,
        flows=[flow.of for flow in found.moments[0].flows],
        others=found.others,
        training=len(found.moments) > 1,
        steps=len(found.losses),
    )


def _arrays(moment: Moment) -> int:
    flows = sum(len(flow.gradients) + sum(p is not None for p in flow.products) for flow in moment.flows)
    return len(moment.values) + sum(local is not None for local in moment.locals) + flows


def _moment(moment: Moment, found: Watched, most: int) -> dict[str, Any]:
    return {
        "step": moment.step,
        "values": [_array(moment.values[s.index], most) for s in found.stations],
        "locals": [None if local is None else _array(local, most) for local in moment.locals],
        "flows": [_flow(flow, found, most) for flow in moment.flows],
    }


def _flow(flow: Flow, found: Watched, most: int) -> dict[str, Any]:
    gradients = [flow.gradients.get(s.index) for s in found.stations]
    same = [
        p is not None and (g := flow.gradients.get(use.source)) is not None and np.array_equal(p, g)
        for p, use in zip(flow.products, found.uses, strict=True)
    ]
    return {
        "of": flow.of,
        "gradients": [None if g is None else _array(g, most) for g in gradients],
        # 1 stands for the gradient of the node itself, where it is used but once
        "products": [
            None if p is None else 1 if s else _array(p, most) for p, s in zip(flow.products, same, strict=True)
        ],
    }


def _array(value: Array, most: int) -> Any:
    """Return a number, or an array's shape, norm and first rows and columns, axes before the last two joined to rows."""
    array = np.asarray(value)
    array = array.astype(float) if array.dtype == bool else array
    if not array.shape:
        return _short(float(array))
    shape = array.shape
    if array.ndim == 1:
        shown: Any = [_short(x) for x in array[:most]]
    else:
        matrix = array.reshape(-1, shape[-1])
        columns = min(matrix.shape[1], max(2, math.isqrt(most) if len(matrix) > 1 else most))
        rows = min(len(matrix), max(2, most // max(columns, 1)))
        shown = [[_short(x) for x in row[:columns]] for row in matrix[:rows]]
    return {"s": list(shape), "n": _short(norm(np.where(array == MASKED, 0.0, array))), "v": shown}


def _short(x: float) -> float | str:
    return "masked" if x == MASKED else json_number(float(f"{x:.6g}"))
