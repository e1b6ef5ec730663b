"""What ``-h`` shows: usage, what the command does, its options in groups, examples; in colour on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

__all__ = ["EXAMPLES", "PANELS", "address", "command_help", "group_help", "show"]

WIDTH = 100  # columns at most: longer lines are hard to read
LEFT = 30  # columns for names of options
KINDS = {
    str: "WORD",
    int: "N",
    float: "NUMBER",
    list[str]: "WORD",
}  # what stands for a value that has no word of its own
#: Command → the groups of its options; what is in none of them stands under "Options".
PANELS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "gradcheck": {
        "What to check": (
            "expression", "at", "of", "wrt", "keyword", "last_failed", "points", "seed", "order", "shard", "timings",
        ),
        "How to judge": (
            "rtol", "atol", "reference", "directions", "full", "timeout", "max_operations", "max_memory",
        ),
        "Python functions": (
            "framework", "jacobian", "vjp", "jvp", "against", "compiled", "sweep", "layouts", "scale", "allow_code",
        ),
        "After a failure": (
            "scan", "smallest", "exit_first", "fail_on", "baseline", "write_baseline",
        ),
        "Output": ("output_format", "report", "quiet", "verbose", "statistics", "durations", "write_timings", "color"),
        "Runs": ("jobs", "cluster", "watch"),
    },
    "compute": {
        "What to compute": (
            "expression", "at", "shape", "of", "wrt", "order", "tangent", "cotangent", "change", "compare", "explain_plan",
        ),
        "How": ("route", "engine", "max_operations", "max_memory"),
        "Output": ("output_format", "output", "full", "color"),
    },
}  # fmt: skip
#: Command → examples, each with what it does; "" for jac itself.
EXAMPLES: Mapping[str, Sequence[tuple[str, str]]] = {
    "": (
        ("jac compute -e 'y = x**2 * sin(x)' --at x=1.5", "a derivative without a file"),
        ("jac init wrong-claim && jac gradcheck", "how a wrong derivative is found"),
    ),
    "gradcheck": (
        ("jac gradcheck", "specs/ and every *.jac.yaml"),
        ("jac gradcheck -e 'h = relu(2*x + 3)' --at x=-1.5", "an expression"),
        ("jac gradcheck 'ops.py::gelu' --at 'x=normal(3, 4)'", "a Python function"),
    ),
    "report": (("jac report merge shard*.json -f junit", "the shards of a run as one report"),),
    "compute": (
        ("jac compute specs/coffee.yaml", "symbols and numbers"),
        ("jac compute -e 'z = W @ x + b' --shape W=2x3 --shape x=3 --shape b=2", "symbols of an expression"),
        ("jac compute specs/coffee.yaml -o jacobian.csv", "a file"),
    ),
    "explain": (("jac explain specs/coffee.yaml --entry y2/x2", "the paths to one entry"),),
    "graph": (("jac graph specs/feedforward.yaml -o graph.svg", "a picture"),),
    "train": (("jac train specs/networks/xor.yaml --lr 0.1 --steps 500", "gradient descent"),),
    "init": (("jac init coffee wrong-claim", "two examples"), ("jac init mine.yaml", "a starter spec")),
    "schema": (("jac schema > spec.schema.json", "for an editor"),),
    "validate": (("jac validate specs", "a folder"),),
    "replay": (("jac replay", "all that failed"),),
    "rule": (("jac rule JAC101", "one code"),),
    "sparsity": (("jac sparsity -e 'y = x[1:] - x[:-1]' --at 'x=normal(9)'", "a band of two diagonals"),),
    "info": (("jac info --ops norm", "functions of the language"),),
}


def command_help(command: Any, ctx: Any) -> str:
    """Return the help of a command."""
    opening, *paragraphs = (command.help or "").strip().split("\n\n")
    parts = [f"Usage: {ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}", _wrapped(opening, ctx)]
    parts += [_wrapped(paragraph, ctx) for paragraph in paragraphs]
    found = [param for param in command.get_params(ctx) if not param.hidden]
    arguments = [param for param in found if param.param_type_name == "argument"]
    if arguments:
        parts.append(_section("Arguments", [(_argument(param), param.help or "") for param in arguments], ctx))
    left = {param.name: param for param in found if param not in arguments}
    for title, names in PANELS.get(command.name, {}).items():
        parts.append(_section(title, [_option(left.pop(name)) for name in names if name in left], ctx))
    parts.append(_section("Options", [_option(param) for param in left.values()], ctx))
    parts += [_section("Examples", EXAMPLES[command.name], ctx)] if command.name in EXAMPLES else []
    return "\n\n".join(parts) + "\n"


def group_help(group: Any, ctx: Any, panels: Mapping[str, str]) -> str:
    """Return the help of ``jac``; ``panels`` say in which part of it a command stands."""
    parts = [f"Usage: {ctx.command_path} COMMAND [OPTIONS] …", _wrapped(group.help, ctx)]
    for title in dict.fromkeys(panels.values()):
        commands = [group.get_command(ctx, name) for name in panels if panels[name] == title]
        rows = [(command.name, command.help.strip().partition("\n")[0]) for command in commands]
        parts.append(_section(title, rows, ctx, 12))
    parts.append(_section("Options", [_option(param) for param in group.get_params(ctx)], ctx))
    parts.append(_section("Examples", EXAMPLES[""], ctx))
    parts.append(f"jac COMMAND -h describes a command, jac info --ops the functions, jac rule the codes.{address()}")
    return "\n\n".join(parts) + "\n"


def address() -> str:
    """Return where the documentation is, on a line of its own, if the installed package says so."""
    try:
        urls = metadata.metadata("jaccli").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return ""
    named = dict(url.split(", ", 1) for url in urls if ", " in url)
    return f"\nDocumentation: {named['Documentation']}" if "Documentation" in named else ""


def _argument(param: Any) -> str:
    return param.metavar or param.name.upper()


def _option(param: Any) -> tuple[str, str]:
    """Return the names of an option with the word for its value, and its help with its default."""
    names = [name for name in param.opts if name != "--output-format"]  # as --format was called once
    names = sorted(names, key=lambda name: name.startswith("--"))
    words = ", ".join(names) + (f" / {', '.join(param.secondary_opts)}" if param.secondary_opts else "")
    kind = getattr(getattr(param, "type_descriptor", None), "annotation", str)
    if not (param.is_flag or param.count):
        words += f" {param.metavar or ('FILE' if '--output' in param.opts else KINDS.get(kind, 'WORD'))}"
    about = param.help or ""
    if param.show_default and isinstance(param.default, str | int | float) and not isinstance(param.default, bool):
        about += f"  [default: {param.default}]"
    return words, about


def _section(title: str, rows: Sequence[tuple[str, str]], ctx: Any, most: int = LEFT) -> str:
    """Return a heading and rows of two columns; a first column that is too long has a line of its own."""
    width = _width(ctx)
    left = min(max((len(name) for name, _ in rows), default=0), most) + 4
    lines = [f"{title}:"]
    for name, about in rows:
        first, *more = list(_lines(about, width - left)) or [""]
        if len(name) + 4 > left:
            lines.append(f"  {name}")
            name = ""
        lines.append(f"  {name:<{left - 2}}{first}".rstrip())
        lines += [f"{'':<{left}}{line}" for line in more]
    return "\n".join(lines)


def _lines(text: str, width: int) -> Iterator[str]:
    import textwrap

    yield from textwrap.wrap(text, max(width, 20), break_on_hyphens=False)


def _wrapped(text: str, ctx: Any) -> str:
    return "\n".join(_lines(" ".join(text.split()), _width(ctx)))


def _width(ctx: Any) -> int:
    from jaccli.cli.console import consoles

    return min(consoles()[0].width, WIDTH)


_HEADING = re.compile(r"^[A-Z][\w ]*:", re.MULTILINE)
_NAMES = re.compile(r"^  (-{1,2}[\w-]+(?:, -{1,2}[\w-]+)*|[a-z]+(?=  )|jac .*?)(?=  |$| [A-Z'\[])", re.MULTILINE)


def show(text: str) -> None:
    """Write a help text, with headings and names in colour where there are colours."""
    from rich.text import Text

    from jaccli.cli.console import consoles

    styled = Text(text.rstrip("\n"))
    for match in _HEADING.finditer(text):
        styled.stylize("bold", *match.span())
    for match in _NAMES.finditer(text):
        styled.stylize("cyan", *match.span(1))
    consoles()[0].print(styled, soft_wrap=True)
