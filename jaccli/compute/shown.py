"""What a notebook shows of a model: formulas, derivatives with names, its graph, and a page that walks through both passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.compute.compute import compute
from jaccli.compute.explain import drawing, explain
from jaccli.compute.watch import watched
from jaccli.graph.build import Built
from jaccli.graph.selection import Selection
from jaccli.report.learn.document import text
from jaccli.report.learn.drawn import DRAWERS
from jaccli.report.learn.explained import explained_document
from jaccli.report.pages.notebook import Page
from jaccli.report.pages.render import fragment
from jaccli.report.pages.watch import watch_page
from jaccli.report.words.cells import cell, shape_text
from jaccli.report.words.mathematics import mathematics, name_of
from jaccli.results.computed import Computed

__all__ = ["Shown"]

WIDTH = 100  # characters of a page as text


class Shown:
    """The faces of a model for those who look at it; ``jaccli.Model`` has them."""

    built: Built

    def jacobians(
        self, of: Sequence[str] = (), wrt: Sequence[str] = (), at: Mapping[str, Any] | None = None, order: int = 1
    ) -> Computed:
        """Return the derivatives of all outputs by all variables, or of those named; a notebook shows them with names.

        order:   2 for second derivatives.
        Example: ``model.jacobians()["y", "x"]`` is the array, of shape y.shape + x.shape.
        Errors:  UsageError for an unknown name.
        """
        return compute(self.built, selection=Selection(tuple(of), tuple(wrt)), at=at, order=order)

    def graph(
        self,
        of: str | None = None,
        at: Mapping[str, Any] | None = None,
        fold: bool | None = None,
        unfold: Sequence[str] = (),
    ) -> Page:
        """Return the computation graph: an SVG picture in a notebook, text elsewhere; ``.save("graph.svg")`` writes it.

        of:     an output or an entry of one, whose gradients are shown.
        fold:   layers and named steps, or every operation; by size where it is not said.
        Errors: UsageError for an unknown name, or an input without a value.
        """
        found = drawing(self.built, of=of, at=at, folded=fold, unfold=tuple(unfold))
        return Page(DRAWERS["text"](found, WIDTH), lambda: DRAWERS["svg"](found, 0), picture=True)

    def explain(self, of: str | None = None, at: Mapping[str, Any] | None = None) -> Page:
        """Return both passes: a page to step through in a notebook, tables elsewhere; ``.save("page.html")`` writes the page.

        Errors: UsageError for an unknown name, or an input without a value.
        """
        document = explained_document(explain(self.built, of=of, at=at))
        return Page(text(document, WIDTH), lambda: watch_page(watched(self.built, of=of, at=at)))

    def __repr__(self) -> str:
        names = f"{', '.join(self.built.differentiable)} → {', '.join(self.built.outputs)}"
        return f"<Model {self.built.spec.title or self.built.spec.name}: {names}>"

    def _repr_html_(self) -> str:
        spec = self.built.spec
        rows = []
        for v in spec.variables:
            value = "" if v.value is None else cell(np.asarray(v.value, dtype=float))
            rows.append((v.name, v.label or "", v.role, shape_text(v.shape or ()) or "a number", value))
        return fragment("notebook_model.html.j2", title=spec.title or spec.name, rows=rows, formulas=self._formulas())

    def _repr_latex_(self) -> str:
        lines = [f"{name_of(name)} &= {mathematics(formula)}" for name, _, formula in self._formulas()]
        return "$$\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}$$"

    def _formulas(self) -> list[tuple[str, str, str]]:
        """Return name, label and text of each named step and output."""
        spec = self.built.spec
        return [(f.name, f.label or "", ", ".join(part.text for part in f.parts)) for f in (*spec.lets, *spec.outputs)]
