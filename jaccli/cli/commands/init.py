"""``jac init``: write an example or a commented starter spec."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from jaccli.cli.console import guarded, say
from jaccli.cli.examples import EXAMPLES, Example
from jaccli.cli.files import save
from jaccli.errors import UsageError, misspelt, suggestion

__all__ = ["init"]

STARTER = "expression"
SCHEMA = "jac.schema.json"  # beside the specs; the name ends in no way that a spec's does


@guarded
def init(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EXAMPLE|PATH",
            help="Examples to write here, or the path of a starter spec, or - for standard output.",
            show_default=False,
            autocompletion=lambda: list(EXAMPLES),
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "-t",
            "--template",
            metavar="EXAMPLE",
            help="The example to write to PATH.  [default: expression]",
            autocompletion=lambda: list(EXAMPLES),
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the examples, and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
) -> None:
    """Write an example or a commented starter spec.

    Without a name, writes a starter spec. The files are found by `jac gradcheck` without arguments.
    """
    if template is not None and template not in EXAMPLES:
        hint = suggestion(template, EXAMPLES) or "jac init --list describes them"
        raise UsageError(f"--template must be one of {', '.join(EXAMPLES)} (got {template}); {hint}")
    if listed:
        say("\n".join(f"{name:<12} {example.shows}" for name, example in EXAMPLES.items()))
        say("\nwrite one with: jac init NAME")
        return
    written = [found for name in names or [template or STARTER] if (found := _one(name, template, force))]
    if written:
        say("next:")
        for path, example in written:
            for command in example.next:
                say(f"  {command} {shlex.quote(str(path))}")


def _one(name: str, template: str | None, force: bool) -> tuple[Path, Example] | None:
    """Write what one argument asks for; return its path, None where it went to standard output."""
    example = EXAMPLES[template or (name if name in EXAMPLES else STARTER)]
    if name == "-":
        print(example.text, end="")
        return None
    if template is None and name not in EXAMPLES and (near := misspelt(name, EXAMPLES)):
        raise UsageError(f"there is no example {name}; {near} To call a starter spec so: jac init {name}.jac.yaml")
    path = _path(name, template or (name if name in EXAMPLES else STARTER), example.suffix)
    if path.suffix == ".py":
        _write(path, example.text, force)
        return path, example
    schema = path.parent / SCHEMA
    _write(path, f"# yaml-language-server: $schema={SCHEMA}\n{example.text}", force)
    if not os.path.lexists(schema) or force:
        _write(schema, _schema(), force, "keys and their meaning, for editors")
    return path, example


def _schema() -> str:
    import json

    from jaccli.graph.jsonschema import spec_schema
    from jaccli.spec.jsonschema import draft07

    return json.dumps(draft07(spec_schema()), indent=1, ensure_ascii=False) + "\n"


def _path(name: str, template: str, suffix: str) -> Path:
    path = Path(name)
    if os.path.isdir(path) or name.endswith("/"):
        return path / f"{template}{suffix}"
    given = path.suffix in ((".yaml", ".yml") if suffix == ".jac.yaml" else (suffix,))
    return path if given else path.with_name(f"{path.name}{suffix}")


def _write(path: Path, text: str, force: bool, what: str = "") -> None:
    if os.path.exists(path.parent) and not os.path.isdir(path.parent):
        raise UsageError(f"{path} cannot be written: {path.parent} is not a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if force:
            save(str(path), text, "")  # in the place of a link, not through it
        else:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists already; give another name, or --force to overwrite it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise UsageError(f"{path} cannot be written: {reason}") from None
    say(f"wrote {path}{f' ({what})' if what else ''}")
