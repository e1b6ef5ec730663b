"""A kernel and its reference → the row on where they ran, and on what was copied to the host to be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jaccli.adapters import Subject
from jaccli.checker.functions.against.pair import Pair
from jaccli.results.checks import Check
from jaccli.results.kinds import Label, Outcome

__all__ = ["place_of", "placed"]


def placed(pair: Pair, blank: Check) -> Iterator[Check]:
    """Yield a row where anything lies on a device, none where all of it is on the host."""
    if not pair.kernel.devices:
        return
    where = place_of(pair.reference)
    devices = sorted(set(pair.kernel.devices.values()))
    ran = (
        "there too"
        if sorted(set(pair.reference.devices.values())) == devices
        else f"{where}, since that has no float64"
    )
    names = ", ".join(f"`{name}`" for name in pair.kernel.devices)
    verb = "is" if len(pair.kernel.devices) == 1 else "are"
    message = (
        f"{names} {verb} on {', '.join(devices)}, where the function ran; the reference ran {ran}. "
        "Points and cotangents were made on the host, and what both returned was copied there to be compared"
    )
    yield replace(
        blank, outcome=Outcome.SKIPPED, of="device", wrt="", tested=Label.FUNCTION, said=message, entries=1, decided=1,
        open_share=0.0, evaluations=0,
    )  # fmt: skip


def place_of(subject: Subject) -> str:
    """Return where a function runs, in words."""
    return f"on {', '.join(sorted(set(subject.devices.values())))}" if subject.devices else "on the host"
