"""Where output goes, and what a mistake or an interruption becomes: an exit code and words on standard error."""

from __future__ import annotations

import codecs
import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import typer
from rich.console import Console

from jaccli.errors import SourceError, UsageError
from jaccli.report.words.plain import printable, shown
from jaccli.report.words.terminal import Calm, Terminal

__all__ = [
    "INTERNAL",
    "ascii_fallback",
    "calmed",
    "command",
    "consoles",
    "guarded",
    "nothing_found",
    "say",
    "show_problems",
    "uninterrupted",
]

F = TypeVar("F", bound=Callable[..., Any])
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)  # of a standard stream
CANNOT_RUN, INTERNAL, INTERRUPTED, PIPE_CLOSED = 2, 3, 130, 141
BUG = "internal error: this is a bug in jaccli, please report it with the lines above"
_LETTERS = {
    "∂": "d", "±": "+/-", "×": "x", "ᵀ": "^T", "′": "'", "−": "-", "²": "^2", "·": "-", "…": "...", "→": "->", "←": "<-", "↓": "v",
    "↦": "->", "⊙": ".*", "⊘": "./", "‖": "||", "⁻": "^-", "¹": "1", "³": "^3", "√": "sqrt ", "𝟏": "1",
    "≥": ">=", "≠": "!=", "Σ": "sum ",
    "─": "-", "≤": "<=",
    "█": "#", "▓": "+", "▒": "=", "░": "~",
}  # fmt: skip


def ascii_fallback() -> None:
    """Make the standard streams replace characters that their encoding lacks by plain letters."""

    def plain(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        letters = "".join(_LETTERS.get(c, "?") for c in error.object[error.start : error.end])
        return letters.replace("^-^T", "^-T"), error.end  # X⁻ᵀ

    codecs.register_error("jaccli-plain", plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="jaccli-plain")


def calmed() -> None:
    """Make control characters, and lines that a CI service would take for commands, visible on the standard streams."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, Calm):
            setattr(sys, name, Calm(stream))


def say(text: str, end: str = "\n", error: bool = False) -> None:
    """Write a text that contains words of the user."""
    print(shown(text), end=end, file=sys.stderr if error else sys.stdout, flush=True)


def command(text: str) -> None:
    """Write lines that are meant for a CI service, as they are."""
    stream = sys.stdout
    print(text, end="", file=stream.beneath if isinstance(stream, Calm) else stream, flush=True)


class _Console(Terminal):
    def on_broken_pipe(self) -> None:
        """Leave a closed pipe to ``guarded``: Rich would exit with 1, the code of a wrong derivative."""
        raise BrokenPipeError


def consoles(color: str = "auto") -> tuple[Console, Console]:
    """Return the consoles of standard output and standard error.

    color: auto, always or never; the environment's NO_COLOR counts in auto.
    Errors: UsageError for another word.
    """
    if color not in ("auto", "always", "never"):
        raise UsageError(f"--color must be auto, always or never (got {color})")
    choice: dict[str, Any] = {
        "always": {"force_terminal": True},
        "never": {"no_color": True, "force_terminal": False},
    }.get(color, {})
    options = {"markup": False, "emoji": False, "highlight": False, **choice}
    return _Console(**options), _Console(stderr=True, **options)


def show_problems(error: SourceError, console: Console, count: bool = True) -> None:
    """Write every mistake of a spec, and unless it is told elsewhere how many there are."""
    from jaccli.report.gradcheck.problems import problem_text

    for problem in error.problems:
        console.print(problem_text(problem), soft_wrap=True)
    if count:
        number = len(error.problems)
        console.print(f"{number} problem{'s' * (number != 1)}", soft_wrap=True)


def nothing_found(names: Sequence[str] = ()) -> str:
    """Return where specs were looked for in vain, and the next command."""
    where = f"in {', '.join(names)}" if names else "in specs/ and for *.jac.yaml in this folder and below"
    return f"no specs found: looked {where}; name one, or write an example with jac init coffee"


def guarded(command: F) -> F:
    """Turn what a command raises into its exit code: 2 cannot run, 3 internal error, 130 interrupted."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except SourceError as error:
            show_problems(error, Terminal(stderr=True, markup=False, emoji=False, highlight=False))
            raise typer.Exit(CANNOT_RUN) from None
        except UsageError as error:
            say(f"error: {printable(str(error))}", error=True)
            raise typer.Exit(CANNOT_RUN) from None
        except MemoryError as error:
            from jaccli.memory import not_enough

            say(f"error: {printable(not_enough(error))}", error=True)
            raise typer.Exit(CANNOT_RUN) from None
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(PIPE_CLOSED) from None
        except (typer.Exit, typer.TyperException):
            raise
        except OSError as error:
            if error.errno in UNWRITABLE:  # main says so
                raise
            say(traceback.format_exc(), end="", error=True)
            say(BUG, error=True)
            raise typer.Exit(INTERNAL) from None
        except Exception:
            say(traceback.format_exc(), end="", error=True)
            print(BUG, file=sys.stderr)
            raise typer.Exit(INTERNAL) from None

    return wrapper  # type: ignore[return-value]


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C within this block, in the thread that may."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
