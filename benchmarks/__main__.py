"""Every table by one command: ``python -m benchmarks`` runs each program of this folder in turn, in a process of its own.

``python -m benchmarks warm sparsity`` runs those that are named, ``-o FILE`` writes what they print, below machine and versions.
A program that fails, or whose bound is broken, makes the exit status 1, and the others run all the same.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).parent
LIBRARIES = ("numpy", "scipy", "sympy", "python-flint", "typer", "torch", "jax", "tensorflow", "autograd")
SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")  # that would change what is measured


def programs() -> dict[str, Path]:
    """Return the programs by name."""
    files = {path.stem: path for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("_")}
    return files | {path.parent.name: path.parent for path in sorted(HERE.glob("*/__main__.py"))}


def head() -> str:
    """Return the machine and the versions of what is measured."""
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return f"{machine}\n{', '.join(found)}\n"


def printed(path: Path) -> tuple[str, int]:
    """Return what a program prints, and its exit status."""
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    done = subprocess.run(
        [sys.executable, *(["-m", f"benchmarks.{path.name}"] if path.is_dir() else [str(path)])],
        cwd=HERE.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else done.stdout + done.stderr, done.returncode


def main() -> int:
    known = programs()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(known)}; all where none is named")
    parser.add_argument("-o", "--output", type=Path, help="a file for what is printed")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    parts, worst = [head()], 0
    print(parts[0])
    for name in options.names or known:
        text, status = printed(known[name])
        parts.append(f"## {name}\n\n{text}")
        print(parts[-1], flush=True)
        worst = max(worst, int(status != 0))
    if options.output is not None:
        options.output.write_text("\n".join(parts), encoding="utf-8")
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
