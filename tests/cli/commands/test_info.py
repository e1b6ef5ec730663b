"""jac info: versions, extras, settings, and the functions of the language."""

import json
from importlib import metadata

import pytest
from typer.testing import CliRunner

from jaccli.cli import app
from jaccli.compute.catalogue import catalogue
from jaccli.graph.functions import CONSTANTS, FUNCTIONS
from jaccli.ops import TABLE

EMPTY = {  # functions that move, make or count numbers, and compute none
    "reshape", "squeeze", "broadcast_to", "full", "zeros_like", "ones_like", "zeros", "ones", "eye", "arange", "linspace",
    "positional_encoding", "shape", "size", "ndim", "len", "positive", "array", "atleast_1d", "atleast_2d", "identity", "tri", "asarray",
}  # fmt: skip


def run(*args, code=0, columns=80):
    outcome = CliRunner(env={"COLUMNS": str(columns), "NO_COLOR": "1"}).invoke(
        app, ["info", *args], catch_exceptions=False
    )
    assert outcome.exit_code == code, outcome.stderr
    return outcome.stdout if code == 0 else outcome.stderr


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_info_names_the_versions_of_what_is_needed(folder):
    packages = json.loads(run("-f", "json"))["packages"]
    assert packages == {
        name: metadata.version(name)
        for name in ("numpy", "sympy", "scipy", "typer", "rich", "pyyaml", "jinja2", "python-flint")
    }


def test_info_says_how_an_extra_is_installed(folder, monkeypatch):
    monkeypatch.setattr("jaccli.cli.environment._version", lambda package: None)
    lines = [" ".join(line.split()) for line in run().splitlines()]
    assert "[autograd] autograd not installed: pip install 'jaccli[autograd]'" in lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[tool.jaccli]\npaths = ['a']\n", "[tool.jaccli] of {path}", id="settings"),
        pytest.param("[tool.other]\n", "{path} has no [tool.jaccli]", id="none"),
        pytest.param("[tool\n", "{path} cannot be read", id="broken"),
        pytest.param(
            "[tool.jaccli]\nsed = 1\n",
            "{path}: [tool.jaccli] has an unknown key `sed`; did you mean `seed`?",
            id="unknown",
        ),
    ],
)
def test_info_names_the_settings_in_force(folder, monkeypatch, text, expected):
    path = folder / "pyproject.toml"
    path.write_text(text)
    below = folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert json.loads(run("-f", "json"))["settings"].startswith(expected.format(path=path.resolve()))


def test_info_shows_every_setting_and_who_has_said_it(folder, monkeypatch):
    (folder / "pyproject.toml").write_text("[tool.jaccli]\nrtol = 1e-4\nseed = 1\n")
    monkeypatch.setenv("JACCLI_SEED", "2")
    rows = {row["name"]: (row["value"], row["origin"]) for row in json.loads(run("-f", "json"))["values"]}
    assert rows["rtol"] == ("0.0001", "pyproject.toml")
    assert rows["seed"] == ("2", "JACCLI_SEED")
    assert rows["jobs"] == ("1", "default")
    assert "seed 2 JACCLI_SEED" in [" ".join(line.split()) for line in run().splitlines()]


def test_info_imports_no_framework_and_no_numpy(folder):
    import subprocess
    import sys

    script = "import sys; sys.argv = ['jac', 'info']\nimport jaccli.cli\ntry: jaccli.cli.run()\nfinally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert {"numpy", "sympy", "torch", "jax"} & set(done.stderr.split()) == set()


# --- functions


def test_ops_lists_every_function_and_every_name():
    listed = {name for entry in catalogue() for name in entry.names}
    assert {*FUNCTIONS, *CONSTANTS, *TABLE} - listed == {"leaf", "literal", "cast", "broadcast"}


def test_ops_knows_what_every_function_is_made_of():
    assert {entry.names[0] for entry in catalogue() if not entry.ops} <= EMPTY


ENTRIES = [
    pytest.param("log", "domain", "x > 0", id="a domain"),
    pytest.param("beta", "domain", "a > 0, b > 0", id="a domain by the names of the arguments"),
    pytest.param("square", "domain", "", id="a power with a whole exponent"),
    pytest.param("binary_cross_entropy", "domain", "0 ≤ p ≤ 1", id="the domain of an argument inside"),
    pytest.param("relu", "kink", "0 at 0", id="a kink"),
    pytest.param("leaky_relu", "kink", "that of the branch the condition picks", id="a choice"),
    pytest.param("hinge", "kink", "0 at 0", id="a kink inside"),
    pytest.param("tanh", "kink", "", id="smooth"),
    pytest.param("layernorm", "call", "layernorm(x, weight=None, bias=None, eps=1e-05)", id="a signature"),
    pytest.param("ln", "names", ("log", "ln"), id="another name"),
]


@pytest.mark.parametrize(("name", "field", "expected"), ENTRIES)
def test_ops_tells_of_a_function(name, field, expected):
    (entry,) = catalogue(name)
    assert getattr(entry, field) == expected


def test_ops_without_a_rule_is_not_said_to_have_it(monkeypatch):
    from jaccli.derive.symbolic import unrolled

    monkeypatch.delitem(unrolled.UNROLLED, "det")
    assert catalogue("det")[0].routes == ("forward", "reverse", "balls")


@pytest.mark.parametrize("columns", [80, 120])
def test_ops_fits_the_terminal(columns):
    assert max(map(len, run("--ops", columns=columns).splitlines())) <= columns


def test_ops_is_filtered_by_name():
    calls = {line.partition("(")[0] for line in run("--ops", "maxpool").splitlines() if line and line[0] != " "}
    assert calls == {"maxpool1d", "maxpool2d"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(["--ops", "sotfmax"], "no function is called like sotfmax; did you mean `softmax`?", id="unknown"),
        pytest.param(["softmax"], "`softmax` belongs to --ops: jac info --ops softmax", id="without --ops"),
        pytest.param(["-f", "csv"], "-f must be table or json here (got csv)", id="format"),
    ],
)
def test_info_mistake_is_explained(args, message):
    assert run(*args, code=2) == f"error: {message}\n"
