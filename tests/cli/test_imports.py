"""Which libraries each command imports: SymPy only where symbols are shown or judged, Rich's tables only where one is printed."""

import json
import subprocess
import sys

import pytest

WATCHED = ("sympy", "mpmath", "scipy", "pydantic", "rich.table", "torch", "jax", "multiprocessing", "numpy")
PROGRAM = """
import json, sys
from jaccli.__main__ import main
sys.argv = ["jac", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
commands = [m for m in sys.modules if m.startswith("jaccli.cli.")]
print(json.dumps([sorted(sys.modules), commands]), file=sys.stderr)
"""
COFFEE = "specs/coffee.yaml"


def imported(*arguments):
    """Return the modules that are imported when a command is run in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1])[0])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["--version"], set(), id="version"),
        pytest.param(["rule", "JAC101"], {"numpy"}, id="rule"),
        pytest.param(["validate", COFFEE], {"numpy"}, id="validate"),
        pytest.param(["explain", COFFEE], {"numpy"}, id="explain"),
        pytest.param(["graph", COFFEE], {"numpy"}, id="graph"),
        pytest.param(["compute", COFFEE, "--route", "reverse", "-f", "csv"], {"numpy"}, id="numbers"),
        pytest.param(["compute", COFFEE, "--route", "forward", "-f", "json"], {"numpy"}, id="numbers as JSON"),
        pytest.param(["compute", COFFEE], {"numpy", "sympy", "mpmath", "rich.table"}, id="symbols"),
    ],
)
def test_command_imports_only_what_it_uses(arguments, expected):
    assert imported(*arguments) & set(WATCHED) - {"multiprocessing"} == expected


def test_gradcheck_imports_what_judges_and_no_framework():
    found = imported("gradcheck", COFFEE)
    assert {"sympy", "flint"} <= found
    assert not {"torch", "jax", "pydantic", "multiprocessing"} & found


def test_one_command_does_not_import_the_others():
    found = imported("validate", COFFEE)
    assert "jaccli.cli.commands.validate" in found
    assert (
        not {
            "jaccli.cli.commands.gradcheck",
            "jaccli.cli.commands.compute",
            "jaccli.cli.commands.train",
            "jaccli.cli.runs.running",
        }
        & found
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compute", COFFEE, "--order", "x"], "--order must be a whole number (got x)"),
        (["compute", COFFEE, "--max-memory", "much"], "--max-memory must be a number (got much)"),
        (["comput"], "there is no command comput; did you mean `compute`?"),
    ],
    ids=["integer", "number", "command"],
)
def test_arguments_that_cannot_be_used_are_told(arguments, words):
    done = subprocess.run([sys.executable, "-m", "jaccli", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert words in done.stderr
