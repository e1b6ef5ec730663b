"""The commands by name, each imported when it is run, or all of them for the help."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from jaccli.cli import help as help_
from jaccli.cli import misuse
from jaccli.cli.console import CANNOT_RUN, say
from jaccli.report.words.plain import printable

__all__ = ["COMMANDS", "Command", "Group"]

#: Command → the module that holds a function of its name, and the part of the help that it stands in.
COMMANDS = {
    "gradcheck": ("jaccli.cli.commands.gradcheck", "Check"),
    "replay": ("jaccli.cli.commands.replay", "Check"),
    "validate": ("jaccli.cli.commands.validate", "Check"),
    "report": ("jaccli.cli.commands.report", "Check"),
    "compute": ("jaccli.cli.commands.compute", "Compute"),
    "sparsity": ("jaccli.cli.commands.sparsity", "Compute"),
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
        original = type(parameter).get_runtime_param

        def build() -> Any:
            parameter._runtime_param = None
            return original(parameter)

        parameter._runtime_param = _AsItIs(kind.annotation, build)


class _Helped:
    """A command whose help is ours, and whose misuse is one line on standard error with exit code 2."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option -h, which shows the help in colour."""
        option = super().get_help_option(ctx)  # type: ignore[misc]

        def shown(context: Any, param: Any, value: bool) -> None:
            if value and not context.resilient_parsing:
                help_.show(self.get_help(context))  # type: ignore[attr-defined]
                context.exit()

        if option is not None:
            option.callback = shown
            option.help = "Show this help."
        return option

    def _parsed(self, parse: Callable[[], list[str]], ctx: Any, args: Sequence[str]) -> list[str]:
        if ctx.resilient_parsing:
            return parse()
        if unquoted := misuse.unquoted(args):
            raise _refused(unquoted)
        try:
            return parse()
        except typer.TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                raise
            raise _refused(misuse.parser_mistake(error, self, ctx, args)) from None


def _refused(words: str) -> typer.Exit:
    say(f"error: {printable(words)}", error=True)
    return typer.Exit(CANNOT_RUN)


class Command(_Helped, TyperCommand):
    """A command whose parameters leave alone what is right already."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments."""
        for parameter in self.get_params(ctx):
            _leave_alone(parameter)
        parse = super().parse_args
        return self._parsed(lambda: list(parse(ctx, list(args))), ctx, args)

    def get_help(self, ctx: Any) -> str:
        """Return the help text."""
        return help_.command_help(self, ctx)


class Group(_Helped, TyperGroup):
    """The app's commands, which are not imported to be listed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands = cast(Any, _Commands())  # it is read alone

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what stands before the command."""
        for parameter in self.get_params(ctx):
            _leave_alone(parameter)
        if not args and not ctx.resilient_parsing:
            help_.show(self.get_help(ctx))
            raise typer.Exit(CANNOT_RUN)
        parse = super().parse_args
        return self._parsed(lambda: list(parse(ctx, list(args))), ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first word names, and the other words."""
        if args and args[0] not in self.commands and not ctx.resilient_parsing and not args[0].startswith("-"):
            raise _refused(misuse.command_mistake(args[0], self.commands, args))
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """Return the help text."""
        return help_.group_help(self, ctx, {name: panel for name, (_, panel) in COMMANDS.items()})

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)
