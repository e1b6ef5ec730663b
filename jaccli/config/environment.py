"""``JACCLI_SEED=3`` and its like → settings; a variable that is not known is an error, with the nearest one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaccli.config.keys import KEYS, PREFIX
from jaccli.errors import UsageError, short, suggestion

__all__ = ["environment_values", "variable"]


def variable(key: str) -> str:
    """Return the name of the variable of a setting; ``variable("fail-on")  # "JACCLI_FAIL_ON"``."""
    return PREFIX + key.upper().replace("-", "_")


def environment_values(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of an environment; an empty variable says nothing, as is usual.

    Errors: UsageError naming the variable.
    """
    keys = {variable(key): key for key in KEYS}
    said = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
    for name in sorted(said.keys() - keys.keys()):
        near = suggestion(name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in keys])
        hint = near.replace("`", f"`{PREFIX}", 1) if near else f"known: {', '.join(keys)}"
        raise UsageError(f"the environment variable {short(name)} is not a setting; {hint}")
    return {keys[name]: _value(name, keys[name], text) for name, text in said.items() if text.strip()}


def _value(name: str, key: str, text: str) -> Any:
    kind = KEYS[key].kind
    try:
        found = kind.fitting(kind.reading(text.strip()))
    except ValueError:
        found = None
    if found is None:
        got = f"(got {short(repr(text))}){kind.hint(text)}"
        raise UsageError(f"the environment variable {name} must be {kind.spelled or kind.expected} {got}")
    return found
