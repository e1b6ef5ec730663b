"""Tables for the reference, from the program: the options of a command, and the operations of the language."""

from __future__ import annotations

import typer

from jaccli.cli import app


def options(name: str) -> str:
    """Return a command's arguments and options as a Markdown table."""
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    rows = ["| argument or option | what it does |", "|---|---|"]
    for parameter in command.params:
        if getattr(parameter, "hidden", False):
            continue
        is_option = parameter.opts[0].startswith("-")
        names = ", ".join(f"`{text}`" for text in (*parameter.opts, *parameter.secondary_opts))
        named = names if is_option else f"`{_cell(parameter.metavar or (parameter.name or '').upper())}`"
        rows.append(f"| {named} | {_cell(getattr(parameter, 'help', None) or '')} |")
    return "\n".join(rows)


def operations() -> str:
    """Return all functions of the language as a Markdown table."""
    from jaccli.compute.catalogue import catalogue

    rows = ["| call | what comes back | domain | at a kink |", "|---|---|---|---|"]
    rows += [
        f"| `{_cell(entry.call)}` | {_cell(entry.about)} | {_cell(entry.domain)} | {_cell(entry.kink)} |"
        for entry in catalogue()
    ]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
