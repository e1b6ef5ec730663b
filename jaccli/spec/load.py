"""A path, a mapping or one-line expressions → Spec, or SourceError with every mistake."""

from __future__ import annotations

import codecs
import functools
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from jaccli.errors import Problem, SourceError, UsageError, note, short, suggestion
from jaccli.spec.lines import spec_from_expressions
from jaccli.spec.reader import empty, read_root, read_spec
from jaccli.spec.schema import Spec
from jaccli.spec.source import Source
from jaccli.spec.yaml.compose import MAX_DEPTH
from jaccli.spec.yaml.document import Document, read_documents, read_trees
from jaccli.spec.yaml.tree import Mapping as Tree
from jaccli.spec.yaml.tree import Scalar
from jaccli.trust import leads_elsewhere

__all__ = [
    "is_spec_file",
    "spec_from_expressions",
    "spec_from_file",
    "spec_from_mapping",
    "specs_from_file",
]

MAX_BYTES = 8_000_000  # four times as many as characters can be read
MOST_NAMED = 6  # of the specs in one file, in messages
#: First bytes of a file → what it is encoded in; the mark of UTF-32 begins with that of UTF-16.
_WIDE = {
    codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16",
}  # fmt: skip
MAX_WRITTEN = 1_000  # elements of an array that is written out in the text that messages refer to


def spec_from_file(path: str, problems: list[Problem]) -> Spec:
    """Return the spec in the file ``path``, or on standard input for ``-``; ``path#2`` and ``path#NAME`` pick one of several.

    Errors: SourceError where the file or the spec cannot be read, or the file holds several of which none is picked; other
            mistakes of this spec are appended to ``problems``.
    """
    file = _File.read(path)
    if len(file.documents) > 1:
        words = ", ".join(_called(path, part, one) for part, one in file.documents[:MOST_NAMED])
        more = f" and {len(file.documents) - MOST_NAMED} more" if len(file.documents) > MOST_NAMED else ""
        message = f"{path} holds {len(file.documents)} specs"
        raise SourceError([Problem("JAC001", message, None, f"name one: {words}{more}")])
    ((part, document),) = file.documents
    return file.spec(part, document, problems)


def specs_from_file(path: str) -> Iterator[Callable[[list[Problem]], Spec]]:
    """Yield how to read each spec in the file ``path``, one for each YAML document; see ``spec_from_file``.

    Errors: SourceError where the file cannot be read.
    """
    file = _File.read(path)
    for part, document in file.documents:
        yield functools.partial(file.spec, part, document)


@dataclass(frozen=True, slots=True)
class _File:
    """A file's text, its folder, and its documents with their numbers."""

    source: Source
    folder: Path
    documents: list[tuple[int, Document]]

    @staticmethod
    def read(path: str) -> _File:
        """Return the file, with the documents that a ``#`` in ``path`` picks."""
        name, picked = _split(path)
        source = Source("<stdin>" if name == "-" else name, _read(name))
        documents = read_documents(source)
        if not documents:
            raise SourceError([empty(source)])
        numbered = list(enumerate(documents, 1)) if len(documents) > 1 else [(0, documents[0])]
        folder = Path.cwd() if name == "-" else Path(name).parent
        return _File(source, folder, numbered if picked is None else [_picked(name, picked, numbered)])

    def spec(self, part: int, document: Document, problems: list[Problem]) -> Spec:
        """Return the spec of one document; its mistakes are appended to ``problems``."""
        note(problems, *document.problems)
        if document.root is None:
            raise SourceError(problems)
        return read_root(self.source, document.root, self.folder, problems, part=part)


def _picked(name: str, picked: str, numbered: list[tuple[int, Document]]) -> tuple[int, Document]:
    found = [(part, one) for part, one in numbered if picked in (str(max(part, 1)), _title(one))]
    if len(found) == 1:
        return found[0]
    words = ", ".join(_called(name, max(part, 1), one) for part, one in numbered[:MOST_NAMED])
    message = f"{len(found)} specs in {name} are called {picked}" if found else f"{name} has no spec {picked}"
    raise SourceError([Problem("JAC001", message, None, f"name one: {words}")])


def _split(path: str) -> tuple[str, str | None]:
    """Return the file and what of it ``path`` picks; a file whose name holds a # is itself."""
    name, hash_, picked = path.partition("#")
    return (name, picked) if hash_ and name and not os.path.exists(path) else (path, None)


def _title(document: Document) -> str | None:
    title = document.root.get("name") if isinstance(document.root, Tree) else None
    return title.text if isinstance(title, Scalar) else None


def _called(name: str, part: int, document: Document) -> str:
    title = _title(document)
    return f"{name}#{part}" + (f" ({short(title, 40)})" if title else "")


def _read(path: str) -> str:
    """Return the text of a file, or of standard input for ``-``.

    Errors: SourceError.
    """
    if path == "-":
        return _decode(sys.stdin.buffer.read(MAX_BYTES), "<stdin>")
    if leads_elsewhere(path):  # of which no line may be shown
        help_ = f"name the file itself, {os.path.realpath(path)}, if you trust the link"
        raise SourceError([Problem("JAC001", f"{path} is a link that leads out of this folder", None, help_)])
    try:
        with Path(path).open("rb") as file:
            return _decode(file.read(MAX_BYTES), path)  # a device may have no end
    except IsADirectoryError:
        raise SourceError(
            [Problem("JAC001", f"{path} is a folder, not a spec", None, "name a .yaml file in it")]
        ) from None
    except FileNotFoundError:
        raise SourceError([Problem("JAC300", f"{path} does not exist", None, _instead(path))]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise SourceError(
            [Problem("JAC001", f"{path} cannot be read: {reason}", None, "check its name and permissions")]
        ) from None


def _instead(path: str) -> str:
    """Return what to write for a file that is not there: a formula behind -e, a function for gradcheck, the nearest file."""
    if "::" in path:
        return f"this reads specs only; check a function with jac gradcheck {path}"
    named = path.endswith((".yaml", ".yml", ".json"))
    if not named and re.search(r"[=*+()^]", path):
        return f"if it is a formula, put -e before it: -e '{path}'"
    folder = Path(path).parent
    try:
        beside = [
            entry.name for entry in os.scandir(folder) if entry.is_dir() or entry.name.endswith((".yaml", ".yml"))
        ]
    except OSError:
        return f"the folder {folder} does not exist" if str(folder) != "." else "check the path"
    bare = {Path(name).stem: name for name in beside}
    near = suggestion(Path(path).name, beside) or (suggestion(path, bare) if not named else None)
    if near:
        name = near.split("`")[1]
        return f"did you mean `{folder / bare.get(name, name)}`?"
    return f"{len(beside)} specs and folders are in {folder}; none has a name like it" if beside else "check the path"


def _decode(data: bytes, name: str) -> str:
    wide = next((encoding for mark, encoding in _WIDE.items() if data.startswith(mark)), None)
    if wide is not None:  # what PowerShell writes by >
        message = f"{name} is {wide} text, not UTF-8"
        raise SourceError(
            [Problem("JAC001", message, None, "save it as UTF-8; in PowerShell, Out-File -Encoding utf8")]
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise SourceError([Problem("JAC001", f"{name} is a binary file", None, "name a YAML spec")]) from None
        message = f"{name} is not UTF-8 text (byte {error.start} is 0x{data[error.start]:02x})"
        raise SourceError([Problem("JAC001", message, None, "save it as UTF-8, or name a spec")]) from None
    if "\0" in text:
        raise SourceError([Problem("JAC001", f"{name} is a binary file", None, "name a YAML spec")])
    return text.replace("\r\n", "\n").replace("\r", "\n")


def spec_from_mapping(mapping: Mapping[str, Any], problems: list[Problem]) -> Spec:
    """Return the spec a Python mapping describes; arrays may stand where lists may.

    Places in messages refer to the same mapping written as YAML.
    Errors: UsageError for values no spec can hold.
    """
    arrays: dict[str, Any] = {}
    plain = _plain(mapping, "", arrays)
    text = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)
    return read_spec(Source("<mapping>", text), None, problems, arrays)


def _plain(value: Any, path: str, arrays: dict[str, Any], depth: int = 0) -> Any:
    """Return what YAML can say; a large array is put into ``arrays``, and a text that stands for it is returned."""
    if depth > MAX_DEPTH:
        raise UsageError(f"`{path[:60]}…` is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{path}.{key}".lstrip("."), arrays, depth + 1) for key, item in value.items()}
    if hasattr(value, "tolist"):
        if getattr(value, "size", 0) <= MAX_WRITTEN:
            return _plain(value.tolist(), path, arrays, depth)
        arrays[f"<array {len(arrays) + 1}>"] = value
        return f"<array {len(arrays)}>"
    if isinstance(value, list | tuple):
        return [_plain(item, path, arrays, depth + 1) for item in value]
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else value.numerator
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise UsageError(f"`{path}` must be numbers, text, lists or arrays (got {type(value).__name__})")


class _Dumper(yaml.SafeDumper):
    """Writes YAML 1.2 without anchors: a list used twice is written twice, and text that is a number in YAML 1.2 is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _quoted(dumper: _Dumper, text: str) -> Any:
    quote = "'" if Scalar(text, "", 0, 0).value != text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=quote)


_Dumper.add_representer(str, _quoted)


def is_spec_file(path: Path) -> bool:
    """Return whether a YAML or JSON file of a folder holds a spec: a document with one of the keys that say what to compute."""
    problems: list[Problem] = []
    if leads_elsewhere(path):
        return True  # and whoever reads it says that it is a link; what it leads to is not looked at
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # and whoever reads it says why it cannot be read: what is not looked at is not passed over
    try:
        roots = read_trees(Source(str(path), _decode(data, str(path))), problems)
    except SourceError:
        named = path.name.endswith((".jac.yaml", ".jac.json"))
        return named or re.search(rb"\boutputs\b['\"]?\s*:", data) is not None
    keys = ("outputs", "network", "target")
    return any(isinstance(root, Tree) and any(root.get(key) is not None for key in keys) for root in roots)
