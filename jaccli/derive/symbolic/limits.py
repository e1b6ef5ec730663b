"""How large a symbolic derivative may become, counted before it is derived."""

from __future__ import annotations

__all__ = ["MAX_BINDINGS", "MAX_ENTRIES", "MAX_OPERATIONS", "MAX_STEPS", "TooLarge"]

MAX_BINDINGS = 20_000
MAX_OPERATIONS = 500_000  # of the unrolled graph: a product of matrices has many terms per binding
MAX_STEPS = 200_000  # terms and partials that one output's derivative may take, a few µs each
MAX_ENTRIES = 100_000  # of the Jacobian


class TooLarge(ValueError):  # noqa: N818  it says what the graph is, not that something broke
    """A graph whose symbolic derivative would not be worth reading; the message says what is too large."""
