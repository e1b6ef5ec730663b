"""The settings of a project → ``jaccli.assert_gradients`` with them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from jaccli.api import assert_gradients
from jaccli.config import read_config

__all__ = ["with_settings"]

SHARED = ("seed", "rtol", "atol", "directions", "timeout", "framework")


def with_settings(folder: Path) -> Callable[..., None]:
    """Return the function with what the settings say as defaults; as it is where they say nothing.

    Errors: UsageError for a setting that cannot be used.
    """
    config = read_config(folder)
    said = {key: config.get(key) for key in SHARED if config.get(key) is not None}

    @functools.wraps(assert_gradients)
    def with_said(*args: object, **options: object) -> None:
        __tracebackhide__ = True
        given = {key: value for key, value in said.items() if not (key == "directions" and options.get("full"))}
        assert_gradients(*args, **{**given, **options})

    return with_said if said else assert_gradients
