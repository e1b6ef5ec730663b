"""A function → which of its inputs have too many elements to be moved one by one, in counted work."""

from __future__ import annotations

from jaccli.adapters import Subject, Trouble

__all__ = ["large_inputs", "too_many"]

EVALUATIONS = 20  # per column, as a rule
FEW = 64  # columns that are always moved one by one
MAX_CALLS = 40_000  # of a function, for differences in every column: a second or two where a call takes 40 µs
MAX_NUMBERS = 4e9  # that those calls read and write: some seconds where each takes a nanosecond
MAX_ENTRIES = 1_000_000  # of a block that is judged entry by entry: ten looks at each take a second or two
MAX_ROWS_OF_FEW = 20_000  # of a vjp by so few inputs that are moved one by one
MAX_OUTPUTS = 1_000_000  # elements of all outputs: some sixty evaluations are held at a time
MAX_PRODUCTS = 2_000  # that a Jacobian takes row by row, or column by column, where a framework has no batches of them


def large_inputs(subject: Subject, directions: int | None, full: bool) -> set[str]:
    """Return the inputs that are judged along random directions.

    Law: all of them where ``directions`` are asked for, none where ``full`` is; else those with more than 64 elements whose
         differences in every column would take more than 40,000 calls, would read and write more than 4e9 numbers in them,
         whose blocks would have more than a million entries, or whose derivative would take more than 2,000 products that
         cannot be had at once; and shorter ones of more than 20,000 outputs with a vjp. Nothing is timed: the same function
         has the same plan anywhere.
    """
    if full:
        return set()
    if directions:
        return {x.name for x in subject.inputs}
    rows = sum(y.value.size for y in subject.outputs)
    numbers = rows + sum(x.value.size for x in subject.inputs)
    most = min(MAX_ENTRIES / max(rows, 1), MAX_CALLS / EVALUATIONS, MAX_NUMBERS / (EVALUATIONS * numbers))
    by_rows = any(d.vjp is not None for d in subject.derivatives)
    if rows > MAX_ROWS_OF_FEW and by_rows:
        return {x.name for x in subject.inputs}
    if rows > MAX_PRODUCTS and by_rows and not subject.cheap_batches:
        most = 0
    return {x.name for x in subject.inputs if x.value.size > max(FEW, most)}


def too_many(subject: Subject) -> Trouble | None:
    """Return why a function has more outputs than can be differenced, None where it has not."""
    count = sum(y.value.size for y in subject.outputs)
    if count <= MAX_OUTPUTS:
        return None
    names = " and ".join(f"`{y.name}`" for y in subject.outputs)
    message = f"{names} ha{'s' if len(subject.outputs) == 1 else 've'} {count:,} elements, more than {MAX_OUTPUTS:,}"
    help_ = "return some of them, or sums of them with fixed random weights, as rng.standard_normal((9, y.size)) @ y.ravel()"
    return Trouble("JAC208", message, help_)
