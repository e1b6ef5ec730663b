"""The commands by name, each imported when it is run, or all of them for the help."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

__all__ = ["COMMANDS", "Command", "Group"]

#: Command → the module that holds a function of its name, and the part of the help that it stands in.
COMMANDS = {
    "gradcheck": ("jaccli.cli.commands.gradcheck", "Check"),
    "replay": ("jaccli.cli.commands.replay", "Check"),
    "validate": ("jaccli.cli.commands.validate", "Check"),
    "compute": ("jaccli.cli.commands.compute", "Compute"),
    "explain": ("jaccli.cli.commands.explain", "Learn"),
    "graph": ("jaccli.cli.commands.graph", "Learn"),
    "rule": ("jaccli.cli.commands.rule", "Learn"),
    "train": ("jaccli.cli.commands.train", "Learn"),
    "init": ("jaccli.cli.commands.init", "Project"),
    "schema": ("jaccli.cli.commands.schema", "Project"),
    "info": ("jaccli.cli.commands.info", "Project"),
}


class _Commands(Mapping[str, Any]):
    """Name → command, imported on first use."""

    def __init__(self) -> None:
        self.loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self.loaded:
            module, panel = COMMANDS[name]
            one = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
            one.command(name, cls=Command, rich_help_panel=panel)(getattr(importlib.import_module(module), name))
            self.loaded[name] = typer.main.get_command(one)
        return self.loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _AsItIs:
    """What a parameter makes of a value: nothing where it has the type that is asked for, else what Typer makes of it.

    Typer asks pydantic for the type of defaults as well, whose import takes as long as that of all this program's modules.
    """

    def __init__(self, annotation: Any, build: Callable[[], Any]) -> None:
        self.annotation, self.build = annotation, build

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if self.annotation == list[str]:
            if value is None or (isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)):
                return list(value or ())
        elif value is None or type(value) is self.annotation:
            return value
        return self.build().coerce(value, param=param, ctx=ctx)


def _leave_alone(parameter: Any) -> None:
    """Let a parameter keep values that are words, numbers or truth values already, where Typer's own parts are as expected."""
    kind = getattr(parameter, "type_descriptor", None)
    if getattr(parameter, "_runtime_param", kind) is not None or kind is None:
        return
    special = ("is_path", "is_choice", "is_file")
    if kind.annotation in (str, int, float, bool, list[str]) and not any(getattr(kind, one) for one in special):
        own = type(parameter).get_runtime_param

        def build() -> Any:
            parameter._runtime_param = None
            return own(parameter)

        parameter._runtime_param = _AsItIs(kind.annotation, build)


class Command(TyperCommand):
    """A command whose parameters leave alone what is right already."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments."""
        for parameter in self.get_params(ctx):
            _leave_alone(parameter)
        return list(super().parse_args(ctx, args))


class Group(TyperGroup):
    """The app's commands, which are not imported to be listed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands = cast(Any, _Commands())  # it is read alone

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what stands before the command."""
        for parameter in self.get_params(ctx):
            _leave_alone(parameter)
        return list(super().parse_args(ctx, args))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)
