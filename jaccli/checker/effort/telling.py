"""A function whose check takes long → the same, and a line on standard error now and then that says how far the check is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TextIO

from jaccli.adapters import Derivative, Subject
from jaccli.adapters.subject import Batch
from jaccli.types import Array

__all__ = ["telling"]

EVERY = 5.0  # seconds between two lines, and before the first
PER_COLUMN, MORE = 6, 9  # evaluations that easy differences take


@contextmanager
def telling(subject: Subject, name: str, out: TextIO | None = None, every: float = EVERY) -> Iterator[Subject]:
    """Yield the subject with its calls counted; what they are is written every few seconds until it is left.

    Law: nothing but the display looks at the clock, and a check that ends before the first line writes none.
    """
    counts, over = _Counts(subject, name), threading.Event()

    def tell() -> None:
        while not over.wait(every):
            print(counts.line(), file=out or sys.stderr, flush=True)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield counts.counted()
    finally:
        over.set()
        thread.join()


@dataclass
class _Counts:
    """How often a function was called, and each of its derivatives."""

    subject: Subject
    name: str
    values: int = 0
    products: int = 0

    def line(self) -> str:
        """Return the line that says what was evaluated so far, and how much is usual."""
        columns = sum(x.value.size for x in self.subject.inputs)
        usual = PER_COLUMN * columns + MORE
        said = f"{self.values:,} evaluations (easy differences take {usual:,})"
        rows = sum(y.value.size for y in self.subject.outputs)
        wanted = sum(rows if d.vjp else columns for d in self.subject.derivatives if d.vjp or d.jvp)
        products = f", {self.products:,} products with derivatives (a Jacobian takes {wanted:,})" if wanted else ""
        return f"checking {self.name}: {said}{products}"

    def counted(self) -> Subject:
        """Return the subject with its calls counted."""
        plain = self.subject.values_one_by_one
        return replace(
            self.subject,
            values=self._evaluated(self.subject.values),
            values_one_by_one=None if plain is None else self._evaluated(plain),
            derivatives=tuple(self._derivative(d) for d in self.subject.derivatives),
        )

    def _evaluated(self, values: Callable[[Mapping[str, Array]], Batch]) -> Callable[[Mapping[str, Array]], Batch]:
        def counted(points: Mapping[str, Array]) -> Batch:
            found = values(points)
            self.values += len(found.values)
            return found

        return counted

    def _derivative(self, derivative: Derivative) -> Derivative:
        one = {form: self._product(getattr(derivative, form), 1) for form in ("vjp", "jvp")}
        many = {form: self._product(getattr(derivative, form), None) for form in ("vjps", "jvps")}
        return replace(derivative, **one, **many)

    def _product(self, product: Callable[[Mapping[str, Array]], Any] | None, count: int | None) -> Any:
        """Return a product that is counted, as ``count`` or as many as it has seeds."""
        if product is None:
            return None

        def counted(seeds: Mapping[str, Array]) -> Any:
            found = product(seeds)
            self.products += count or len(next(iter(seeds.values())))
            return found

        return counted
