"""The console scripts ``jac`` and ``jaccli``, and ``python -m jaccli``."""

from __future__ import annotations

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; the version is answered before anything heavy is imported."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from jaccli import __version__

        print(f"jaccli {__version__}")
        return
    gc.set_threshold(
        10_000, 20, 50
    )  # a graph is many small objects that stay: Python's own 700 costs a fifth of the time
    try:
        from jaccli.cli import run

        run()
    except KeyboardInterrupt:  # while the program is being loaded
        print("interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
