"""What the command line's parser refuses → one line that says what to write instead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from jaccli.errors import suggestion

__all__ = ["command_mistake", "parser_mistake", "unquoted"]

_OPEN = re.compile(r"\A[\w.]+=.*[\[(]")


def parser_mistake(error: Any, command: Any, ctx: Any, args: Sequence[str]) -> str:
    """Return the message for an error of the command line's parser; arguments: as the user gave them."""
    kind, name = type(error).__name__, getattr(error, "option_name", "") or ""
    options = {name: param for param in command.get_params(ctx) for name in (*param.opts, *param.secondary_opts)}
    if kind == "NoSuchOption":
        near = suggestion(name, [one for one in options if one.startswith("--")]) if name.startswith("--") else None
        return f"there is no option {name}; {near or f'{ctx.command_path} -h lists them'}"
    if kind == "BadOptionUsage" and name in options:
        value = options[name].metavar or "VALUE"
        return f"{name} needs a value: {name} {value}"
    param = getattr(error, "param", None)
    if kind == "BadParameter" and param is not None:
        return _bad_value(param, args) or f"{error.format_message()}"
    words: str = error.format_message()
    if match := re.search(r"unexpected extra argument\(?s?\)? \((.*)\)", words):
        return f"{ctx.command_path} takes one spec; `{match[1]}` is too much ({ctx.command_path} -h)"
    if kind == "MissingParameter" or words.startswith("Missing argument"):
        return f"{ctx.command_path} needs a spec: {ctx.command_path} SPEC; jac init writes one"
    return f"{words} ({ctx.command_path} -h)"


def command_mistake(name: str, commands: Mapping[str, Any], args: Sequence[str]) -> str:
    """Return the line for a command that does not exist; a file or a formula in its place gets one."""
    words = shlex.join(args)
    if name.endswith((".yaml", ".yml", ".json", ".py")) or "::" in name:
        return f"name a command first: jac gradcheck {words}"
    if re.search(r"[=*+/()\s]", name):
        return f"name a command first, and put -e before a formula: jac compute -e {words}"
    return f"there is no command {name}; {suggestion(name, commands) or 'jac -h lists them'}"


def unquoted(args: Sequence[str]) -> str | None:
    """Return the line for a value of an option that the shell has cut at its blanks, None where none is."""
    for first, text in enumerate(args):
        if not (first and args[first - 1].startswith("-") and _OPEN.match(text)) or _balance(text) <= 0:
            continue
        for last in range(first + 1, len(args)):
            whole = " ".join(args[first : last + 1])
            if _balance(whole) == 0:
                return f"the shell has cut a value at its blanks; quote it: {args[first - 1]} {shlex.quote(whole)}"
    return None


def _balance(text: str) -> int:
    return sum(text.count(c) for c in "[(") - sum(text.count(c) for c in ")]")


def _bad_value(param: Any, args: Sequence[str]) -> str | None:
    """Return what a number must be, and what it was."""
    name = max(param.opts, key=len, default=param.name)
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    given = [after for before, after in zip(args, [*args[1:], ""], strict=True) if before in param.opts]
    given += [text.partition("=")[2] for text in args if text.partition("=")[0] in param.opts and "=" in text]
    got = f" (got {given[-1]})" if given else ""
    kind = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    what = "a whole number" if kind is int else "a number" if kind is float else None
    if what is None:
        return None
    ends = f" from {low:,} to {high:,}" if None not in (low, high) else f", {low} or more" if low is not None else ""
    return f"{name} must be {what}{ends}{got}"
