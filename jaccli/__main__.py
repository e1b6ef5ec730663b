"""The console scripts ``jac`` and ``jaccli``, and ``python -m jaccli``."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; the version is answered before anything heavy is imported."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from jaccli import __version__

        print(f"jaccli {__version__}")
        return
    _leave_folder()
    gc.set_threshold(
        10_000, 20, 50
    )  # a graph is many small objects that stay: Python's own 700 costs a fifth of the time
    try:
        from jaccli.cli import run

        run()
    except KeyboardInterrupt:  # while the program is being loaded
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def _leave_folder() -> None:
    """Look for no module in the current folder, where ``python -m`` looks first, unless the user names or allows code.

    A file yaml.py or flint.py there would run beside a spec.
    """
    words, environ = sys.argv[1:], os.environ
    allowed = "--allow-code" in words or environ.get("JACCLI_ALLOW_CODE", "").lower() in ("1", "true", "yes", "on")
    named = any("::" in word or word.endswith(".py") for word in (*words, environ.get("JACCLI_PATHS", "")))
    own = os.path.dirname(
        os.path.dirname(os.path.abspath(__file__))
    )  # where it runs from its own folder, not installed
    if sys.path[:1] in ([""], [os.getcwd()]) and os.getcwd() != own and not (allowed or named):
        del sys.path[0]


if __name__ == "__main__":
    main()
