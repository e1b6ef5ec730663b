"""The commands by name, each imported when it is run, or when help tells of all."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import typer
from typer.core import TyperGroup

__all__ = ["COMMANDS", "Group"]

#: Command → the module that holds a function of its name, and the part of the help that it stands in.
COMMANDS = {
    "gradcheck": ("jaccli.cli.gradcheck", "Check"),
    "replay": ("jaccli.cli.replay", "Check"),
    "validate": ("jaccli.cli.validate", "Check"),
    "compute": ("jaccli.cli.compute", "Compute"),
    "explain": ("jaccli.cli.explain", "Learn"),
    "graph": ("jaccli.cli.graph", "Learn"),
    "rule": ("jaccli.cli.rule", "Learn"),
    "train": ("jaccli.cli.train", "Learn"),
    "init": ("jaccli.cli.init", "Project"),
    "schema": ("jaccli.cli.schema", "Project"),
    "info": ("jaccli.cli.info", "Project"),
}


class _Commands(Mapping[str, Any]):
    """Name → command; one that is asked for is imported then."""

    def __init__(self) -> None:
        self.loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self.loaded:
            module, panel = COMMANDS[name]
            one = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
            one.command(name, rich_help_panel=panel)(getattr(importlib.import_module(module), name))
            self.loaded[name] = typer.main.get_command(one)
        return self.loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Group(TyperGroup):
    """The app's commands, which are not imported to be listed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands = _Commands()  # type: ignore[assignment]  it is read alone

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)
