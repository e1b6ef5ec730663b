"""A path, a mapping or one-line expressions → Spec, or SourceError with every mistake."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from jaccli.errors import Problem, SourceError, UsageError
from jaccli.spec.expression import parse_expression, safe_name
from jaccli.spec.reader import read_numbers, read_spec
from jaccli.spec.schema import Formula, Spec
from jaccli.spec.source import Snippet, Source
from jaccli.spec.tree import Mapping as Tree
from jaccli.spec.tree import read_tree

__all__ = ["is_spec_file", "parse_at", "spec_from_expressions", "spec_from_file", "spec_from_mapping"]


def spec_from_file(path: str, problems: list[Problem]) -> Spec:
    """Return the spec in the file ``path``, or on standard input for ``-``.

    Errors: SourceError where the file cannot be read; other mistakes are appended to ``problems``.
    """
    if path == "-":
        return read_spec(Source("<stdin>", _decode(sys.stdin.buffer.read(), "<stdin>")), Path.cwd(), problems)
    try:
        data = Path(path).read_bytes()
    except IsADirectoryError:
        raise SourceError([Problem("JAC001", f"{path} is a folder, not a spec", None, "name a .yaml file in it")]) from None
    except FileNotFoundError:
        raise SourceError([Problem("JAC001", f"{path} does not exist", None, "check the path")]) from None
    except OSError as error:
        raise SourceError([Problem("JAC001", f"{path} cannot be read: {error.strerror}", None, "check its permissions")]) from None
    return read_spec(Source(path, _decode(data, path)), Path(path).parent, problems)


def _decode(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{name} is not UTF-8 text (byte {error.start} is 0x{data[error.start]:02x})"
        raise SourceError([Problem("JAC001", message, None, "save it as UTF-8, or name a spec")]) from None
    if "\0" in text:
        raise SourceError([Problem("JAC001", f"{name} is a binary file", None, "name a YAML spec")])
    return text.replace("\r\n", "\n").replace("\r", "\n")


def spec_from_mapping(mapping: Mapping[str, Any], problems: list[Problem]) -> Spec:
    """Return the spec a Python mapping describes; arrays may stand where lists may.

    Places in messages refer to the same mapping written as YAML.
    """
    text = yaml.dump(_plain(mapping), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)
    return read_spec(Source("<mapping>", text), None, problems)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return f"{value.numerator}/{value.denominator}" if isinstance(value, Fraction) else value


class _Dumper(yaml.SafeDumper):
    """Writes YAML without anchors, so that a list used twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def spec_from_expressions(texts: Sequence[str], problems: list[Problem]) -> Spec:
    """Return the spec of expressions such as ``y = x**2``; a bare expression is called y, unknown names are inputs."""
    outputs: list[Formula] = []
    sources = "\n".join(texts)
    for text in texts:
        source = Source("<expression>", text)
        match = re.match(r"\s*([^\W\d]\w*)\s*=(?!=)", text)
        name = safe_name(match[1]) if match else "y"
        if match and name is None:
            problems.append(Problem("JAC003", f"`{match[1]}` cannot be a name", source.span(*match.span(1)), f"write {match[1]}_"))
            continue
        start = match.end() if match else 0
        body = text[start:]
        start += len(body) - len(body.lstrip())
        snippet = Snippet(body.strip(), source, range(start, len(text) + 1))
        if any(name == output.name for output in outputs):
            problems.append(Problem("JAC005", f"output `{name}` is defined twice", source.span(0, start), "rename one: -e 'NAME = …'"))
            continue
        expression = parse_expression(snippet, problems)
        if expression is not None and name is not None:
            outputs.append(Formula(name, (expression,), span=snippet.whole()))
    return Spec("expression", Source("<expression>", sources), outputs=tuple(outputs), free_names=True)


def parse_at(settings: Sequence[str]) -> dict[str, Any]:
    """Return the values of options such as ``x=1.5`` and ``x=[1, 2]``, as arrays of exact numbers.

    Errors: UsageError naming the option as it was written.
    """
    return dict(_setting(text) for text in settings)


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    key = safe_name(name.strip())
    if not equals or key is None or not value.strip():
        raise UsageError(f"--at {text}: expected NAME=VALUE, such as --at x=1.5 or --at 'x=[1, 2]'")
    source = Source(f"--at {name.strip()}", value.strip())
    problems: list[Problem] = []
    try:
        node = read_tree(source, problems)
    except SourceError as error:
        raise UsageError(f"--at {text}: {error.problems[0].message}") from None
    array = read_numbers(source, node, key, problems) if node is not None else None
    if problems or array is None:
        problem = problems[0] if problems else Problem("JAC007", "a number is missing")
        raise UsageError(f"--at {text}: {problem.message}; {problem.help}" if problem.help else f"--at {text}: {problem.message}")
    return key, array


def is_spec_file(path: Path) -> bool:
    """Return whether a YAML file of a folder is a spec: it has one of the keys that say what to compute."""
    problems: list[Problem] = []
    try:
        root = read_tree(Source(str(path), _decode(path.read_bytes(), str(path))), problems)
    except SourceError:
        return path.name.endswith(".jac.yaml") or "outputs:" in path.read_text(errors="replace")
    except OSError:
        return False
    return isinstance(root, Tree) and any(root.get(key) is not None for key in ("outputs", "network", "target"))
