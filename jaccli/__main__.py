"""The console scripts ``jac`` and ``jaccli``, and ``python -m jaccli``."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["main"]

CANNOT_RUN, INTERRUPTED = 2, 130


def main() -> None:
    """Run the command line; the version is answered before anything heavy is imported."""
    try:
        _occupy_streams()
        code = _outcome()
        sys.stdout.flush()
    except KeyboardInterrupt:  # while the program is being loaded
        code = _ended("interrupted", INTERRUPTED)
    except OSError as error:  # of the standard streams: a full disk, a pipe that is closed
        code = _ended(f"error: the output cannot be written: {error.strerror}", CANNOT_RUN)
        _drop_output()
    gc.freeze()  # Python ends with a search for garbage among all that was imported: a quarter of the time of a small command
    sys.exit(code)


def _outcome() -> int | str | None:
    """Run the command, and return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from jaccli import __version__

        print(f"jaccli {__version__}")
        return 0
    try:
        _leave_folder()
    except OSError:  # paths mean nothing there
        return _ended(
            "error: the current folder cannot be read, or is no longer there; change to another one", CANNOT_RUN
        )
    gc.set_threshold(
        100_000, 20, 50
    )  # modules and graphs are many small objects that stay: Python's own 700 costs a fifth of the time
    try:
        from jaccli.cli import run

        run()
    except SystemExit as end:
        return end.code
    return 0


def _occupy_streams() -> None:
    """Give standard streams that are closed to nothing: a file that is opened later would take their place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  for as long as the program runs


def _ended(text: str, code: int) -> int:
    """Write one line, where that is still to be had, and return the exit code."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _drop_output()
    return code


def _drop_output() -> None:
    """Discard output that is still buffered, so that Python does not complain when it ends."""
    for number in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _leave_folder() -> None:
    """Look for no module in the current folder, where ``python -m`` looks first, unless the user names or allows code.

    A file yaml.py or flint.py there would run beside a spec.
    """
    words, environ = sys.argv[1:], os.environ
    allowed = "--allow-code" in words or environ.get("JACCLI_ALLOW_CODE", "").lower() in ("1", "true", "yes", "on")
    named = any("::" in word or word.endswith(".py") for word in (*words, environ.get("JACCLI_PATHS", "")))
    here = os.path.dirname(
        os.path.dirname(os.path.abspath(__file__))
    )  # where it runs from its own folder, not installed
    if sys.path[:1] in ([""], [os.getcwd()]) and os.getcwd() != here and not (allowed or named):
        del sys.path[0]


if __name__ == "__main__":
    main()
