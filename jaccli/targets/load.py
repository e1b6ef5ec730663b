"""A target → the functions it names, or an error that says where it went wrong and what to do."""

from __future__ import annotations

import importlib
import importlib.util
import linecache
import os
import sys
import traceback
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

from jaccli.errors import Problem, SourceError, Span, UsageError, short, suggestion, words_of
from jaccli.targets.applied import applied
from jaccli.targets.decorator import marks
from jaccli.targets.names import Target, target_of

__all__ = ["functions", "load_function", "name_of"]

_HERE = str(Path(__file__).resolve().parents[1])
NO_PATH = "nothing is put on sys.path: install the project (pip install -e .) or set PYTHONPATH"


def functions(target: Target) -> list[tuple[str, Any]]:
    """Return the function that is named, or every function of the place that ``@jaccli.check`` decorates, by name.

    Errors: SourceError where the place cannot be imported, or holds no such function.
    """
    module = _module(target)
    if target.function:
        return [(target.function, _attribute(target, module))]
    found = [
        (n, fn) for n, fn in vars(module).items() if marks(fn) and getattr(fn, "__module__", "") == module.__name__
    ]
    if not found:
        callables = [n for n, fn in vars(module).items() if callable(fn) and not n.startswith("_")]
        example = f"{target.place}::{callables[0] if callables else 'function'}"
        raise _problem(f"no function of {target.place} is decorated with @jaccli.check", f"name one, as in {example}")
    return found


def load_function(text: str) -> Any:
    """Return the function that a text such as ``ops.py::gelu`` names, as the command line finds and calls it.

    Errors: UsageError for what names none, SourceError where it cannot be imported.
    """
    target = target_of(text)
    if not target.function:
        raise UsageError(f"{text} names no function; write FILE.py::FUNCTION or MODULE::FUNCTION")
    return applied(functions(target)[0][1])


def name_of(target: Target, fn: Any) -> str:
    """Return the name that a function has beside the target, "" where it has none."""
    return next((name for name, value in vars(_module(target)).items() if value is fn), "")


def _attribute(target: Target, module: ModuleType) -> Any:
    value: Any = module
    for part in target.function.split("."):
        if not hasattr(value, part):
            known = [name for name in dir(value) if not name.startswith("__") and callable(getattr(value, name, None))]
            hint = suggestion(part, known) or (f"it has {', '.join(known[:6])}" if known else "it has no functions")
            raise _problem(f"{target.place} has no function `{target.function}`", hint)
        value = getattr(value, part)
    if not callable(value):
        message = f"`{target.function}` of {target.place} is a {type(value).__name__}, and cannot be called"
        raise _problem(message, "name a function")
    return value


def _module(target: Target) -> ModuleType:
    folder = os.getcwd()
    try:
        return _from_file(Path(target.place)) if target.is_file else importlib.import_module(target.place)
    except (KeyboardInterrupt, SourceError):
        raise
    except BaseException as error:  # a module may raise anything, SystemExit too
        os.chdir(folder)
        raise SourceError([_import_problem(target, error)]) from None
    finally:
        os.chdir(folder)  # files are named as seen from here, whatever an import changes


def _from_file(path: Path) -> ModuleType:
    """Return the module of a file: that of its package where it lies in one, else one by itself."""
    if not os.path.isfile(path):
        hint = "name a file in it" if os.path.isdir(path) else "check the path"
        raise _problem(f"{path} {'is a folder' if os.path.isdir(path) else 'does not exist'}", hint)
    path = path.resolve()
    packages = _packages(path)
    name = ".".join([*(folder.name for folder in packages), path.stem]) if path.stem != "__init__" else ""
    if packages and all(part.isidentifier() for part in name.split(".")):
        _package(packages[0])
        return importlib.import_module(name)
    return _alone(path)


def _packages(path: Path) -> list[Path]:
    """Return the folders that hold a file and are packages, the outermost first."""
    folders = []
    for folder in path.parents:
        if not (folder / "__init__.py").is_file():
            break
        folders.append(folder)
    return folders[::-1]


def _package(folder: Path) -> None:
    """Import the package of a folder under its name, from that folder."""
    known = sys.modules.get(folder.name)
    spec = importlib.util.find_spec(folder.name) if known is None else known.__spec__
    origin = spec.origin if spec is not None else None
    if origin is None and known is None and spec is None:
        _execute(folder.name, folder / "__init__.py", [str(folder)])
    elif origin is None or Path(origin).resolve().parent != folder:
        message = (
            f"the package {folder.name} of {folder} is hidden by another of that name, {origin or 'without a file'}"
        )
        raise _problem(message, f"rename it; {NO_PATH}")


def _alone(path: Path) -> ModuleType:
    """Return the module of a file that lies in no package, under a name that hides no other module."""
    return sys.modules.get(_name_of(path)) or _execute(_name_of(path), path, None)


def _name_of(path: Path) -> str:
    return f"_jaccli_{zlib.crc32(str(path).encode('utf-8', 'surrogateescape')):08x}_{path.stem}"


def _execute(name: str, path: Path, search: list[str] | None) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look it up while it runs
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


# --- what went wrong


def _problem(message: str, help_: str) -> SourceError:
    return SourceError([Problem("JAC320", message, None, help_)])


def _import_problem(target: Target, error: BaseException) -> Problem:
    """Return what an import raised, with the place in the user's code."""
    kind, words = type(error).__name__, short(words_of(error), 200)
    if isinstance(error, SyntaxError):
        return Problem("JAC320", f"{target.place} is no Python: {error.msg}", _syntax_span(error), "mend it there")
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = f"`{error.name}`, which is not installed here"
        what = f"there is no module {missing}" if error.name == target.place else f"{target.place} imports {missing}"
        return Problem("JAC320", what, _span(error), f"install it; {NO_PATH}")
    if kind == "TimedOut":
        return Problem("JAC320", f"importing {target.place} takes longer than --timeout", _span(error), "raise it")
    how = "ends the program" if isinstance(error, SystemExit) else f"raises {kind}"
    message = f"importing {target.place} {how}{f': {words}' if words else ''}"
    return Problem(
        "JAC320", message, _span(error), 'what is not to run on import belongs below if __name__ == "__main__":'
    )


def _span(error: BaseException) -> Span | None:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith((_HERE, "<frozen"))]
    if not frames or not frames[-1].lineno:
        return None
    user_frames = [f for f in frames if "site-packages" not in f.filename]
    frame = user_frames[-1] if user_frames else frames[-1]
    text = linecache.getline(frame.filename, frame.lineno or 1).rstrip("\n")
    start = len(text) - len(text.lstrip()) + 1
    return Span(
        _shown(frame.filename), frame.lineno or 1, start, frame.lineno or 1, max(len(text) + 1, start + 1), text
    )


def _syntax_span(error: SyntaxError) -> Span | None:
    if not error.filename or not error.lineno:
        return None
    line, column = error.lineno, max(error.offset or 1, 1)
    text = (error.text or "").rstrip("\n")
    return Span(_shown(error.filename), line, column, line, max(error.end_offset or 0, column + 1), text)


def _shown(path: str) -> str:
    try:
        return str(Path(path).resolve().relative_to(Path.cwd()))
    except ValueError:
        return path
