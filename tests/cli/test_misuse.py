"""What people get wrong on the command line → one line that says what to write, and exit code 2 or 5."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app
from jaccli.cli.help import EXAMPLES, PANELS
from jaccli.cli.lazy import COMMANDS

COFFEE = "inputs:\n  x2: {value: 2, label: milk}\noutputs:\n  y2: {expr: 3*x2, label: latte}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    (tmp_path / "coffee.yaml").write_text(COFFEE)
    (tmp_path / "ops.py").write_text("def f(x): return x**2\n")
    return tmp_path


def run(*args: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(app, list(args), prog_name="jac", catch_exceptions=False)
    return outcome.exit_code, outcome.output


MISUSES = [
    (["compute", "x**2"], "help: if it is a formula, put -e before it: -e 'x**2'"),
    (["gradcheck", "y = x + 1"], "help: if it is a formula, put -e before it: -e 'y = x + 1'"),
    (["y = x**2"], "error: name a command first, and put -e before a formula: jac compute -e 'y = x**2'"),
    (["coffee.yaml"], "error: name a command first: jac gradcheck coffee.yaml"),
    (["gradchek", "coffee.yaml"], "error: there is no command gradchek; did you mean `gradcheck`?"),
    (["compute", "cofee.yaml"], "help: did you mean `coffee.yaml`?"),
    (["gradcheck", "coffe"], "help: did you mean `coffee.yaml`?"),
    (["validate", "ops.py::f"], "check a function with jac gradcheck ops.py::f"),
    (["compute", "coffee.yaml", "--formt", "json"], "error: there is no option --formt; did you mean `--format`?"),
    (["gradcheck", "--refrence", "auto"], "error: there is no option --refrence; did you mean `--reference`?"),
    (["compute", "coffee.yaml", "-f", "jsn"], "(got jsn); did you mean `json`?"),
    (["gradcheck", "coffee.yaml", "-f", "jnit"], "(got jnit); did you mean `junit`?"),
    (["compute", "coffee.yaml", "-o", "a.xyz"], "-o a.xyz: the suffix names no format"),
    (["explain", "coffee.yaml", "-o", "a.xyz"], "-o a.xyz: the suffix names no format (.txt, .md, .html, .tex)"),
    (["graph", "coffee.yaml", "-o", "a.xyz"], "-o a.xyz: the suffix names no format (.txt, .svg, .dot, .mmd, .html)"),
    (["sparsity", "coffee.yaml", "-o", "a.csv"], "-o a.csv: the suffix names no format (.txt, .json)"),
    (["train", "coffee.yaml", "-o", "a.xyz"], "-o must name an .npz or an .html file (got a.xyz)"),
    (["graph", "coffee.yaml", "-f", "sgv"], "did you mean `svg`?"),
    (["compute", "-e", "y = sum(x)", "--at", "x=[1,", "2,", "3]"], "quote it: --at 'x=[1, 2, 3]'"),
    (["gradcheck", "ops.py::f", "--at", "x=normal(3,", "4)"], "quote it: --at 'x=normal(3, 4)'"),
    (["compute", "-e", "y = sum(x)", "--at", "x=1,2,3"], "a list needs brackets, and quotes for the shell: --at 'x=[1,2,3]'"),
    (["compute", "-e", "y = x", "--at", "x=norml(3)"], "norml does not fill an array; did you mean `normal`?"),
    (["compute", "-e", "y = x", "--at"], "error: --at needs a value: --at NAME=VALUE"),
    (["compute", "-e", "y = x", "--shape", "x"], "--shape x: expected NAME=SIZES, such as --shape W=2x3"),
    (["compute", "-e", "y = x", "--shape", "z=3"], "--shape z: no expression uses `z`; they use x"),
    (["compute", "coffee.yaml", "--shape", "x2=3"], "--shape is for expressions"),
    (["compute", "coffee.yaml", "--at", "milk=3"], "that is the label of `x2`: write x2"),
    (["compute", "coffee.yaml", "--of", "Latte"], "that is the label of `y2`: write y2"),
    (["compute", "coffee.yaml", "--wrt", "milk"], "that is the label of `x2`: write x2"),
    (["compute", "-e", "z = W @ x"], "if `W` is an array, give its shape, --shape W=2x3, or a value, --at 'W=normal(2, 3)'"),
    (["gradcheck", "coffee.yaml", "--points", "0"], "error: --points must be a whole number from 1 to 10,000 (got 0)"),
    (["gradcheck", "coffee.yaml", "--points=many"], "error: --points must be a whole number from 1 to 10,000 (got many)"),
    (["gradcheck", "coffee.yaml", "--seed", "-1"], "error: --seed must be a whole number, 0 or more (got -1)"),
    (["gradcheck", "coffee.yaml", "--rtol", "tiny"], "error: --rtol must be a number (got tiny)"),
    (["compute", "coffee.yaml", "coffee.yaml"], "error: jac compute takes one spec; `coffee.yaml` is too much"),
    (["train"], "error: jac train needs a spec: jac train SPEC"),
    (["compute", "-e", "y = x; z = 2"], "help: one formula for each -e, or each line of `outputs:`: x and z = 2"),
    (["compute", "-e", "y = x.sumx()"], "help: did you mean `.sum`?"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "words"), MISUSES, ids=[" ".join(args) for args, _ in MISUSES])
def test_misuse_says_what_to_write(args: list[str], words: str) -> None:
    code, text = run(*args)
    assert (code, words in text, "Traceback" in text) == (2, True, False), text


@pytest.mark.parametrize("command", ["gradcheck", "validate"])
def test_where_nothing_is_found_it_says_where_it_looked(command: str) -> None:
    assert run(command) == (
        5,
        "no specs found: looked in specs/ and for *.jac.yaml in this folder and below; name one, or write an example with jac init coffee\n",
    )


def test_replay_says_that_nothing_is_recorded() -> None:
    assert run("replay") == (5, "no failures are recorded in this folder; jac gradcheck records what fails\n")


def test_a_shape_gives_symbols() -> None:
    code, text = run("compute", "-e", "z = W @ x + b", "--shape", "W=2x3", "--shape", "x=3", "--shape", "b=2")
    assert (code, "3" in text, "z[0]" in text or "W[0, 0]" in text) == (0, True, True), text


def test_a_drawn_value_is_the_same_in_every_run() -> None:
    command = ("compute", "-e", "z = sum(W)", "--at", "W=normal(2,3)", "-f", "json")
    assert run(*command) == run(*command)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_fits_80_columns_and_leaks_no_types(command: str) -> None:
    code, text = run(command, "--help")
    assert (code, max(map(len, text.splitlines())) <= 80, "<" in text, "Examples:" in text) == (
        0, True, False, True,
    )  # fmt: skip


def test_help_has_groups_whole_sentences_and_examples() -> None:
    code, text = run("--help")
    headings = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert (code, headings) == (0, ["Check:", "Compute:", "Learn:", "Project:", "Options:", "Examples:"])
    assert "..." not in text


def test_every_option_of_the_panels_exists() -> None:
    from jaccli.cli import lazy

    for command, panels in PANELS.items():
        known = {param.name for param in lazy._Commands()[command].params}
        assert {name for names in panels.values() for name in names} <= known
    assert set(EXAMPLES) - {""} <= set(COMMANDS)


@pytest.mark.parametrize(("named", "alias"), [("--rate", "--lr"), ("--batch", "--batch-size"), ("--steps", "--epochs")])
def test_options_of_train_have_the_names_that_others_give_them(named: str, alias: str) -> None:
    from jaccli.cli import lazy

    (option,) = [param for param in lazy._Commands()["train"].params if named in param.opts]
    assert alias in option.opts


@pytest.mark.parametrize("name", ["-f", "--format", "--output-format"])
def test_the_format_has_one_name_and_its_old_one(name: str) -> None:
    assert run("validate", "coffee.yaml", name, "json")[0] == 0


def test_a_report_makes_its_folder(here: Path) -> None:
    assert run("gradcheck", "coffee.yaml", "-q", "--report", "junit=out/new/junit.xml")[0] == 0
    assert (here / "out" / "new" / "junit.xml").is_file()


def test_a_report_below_a_file_is_refused() -> None:
    code, text = run("gradcheck", "coffee.yaml", "--report", "junit=coffee.yaml/junit.xml")
    assert (code, "coffee.yaml is not a folder" in text) == (2, True)


@pytest.mark.parametrize("option", ["--vjp", "--jvp", "--jacobian", "--against", "--compile", "--sweep", "--scale"])
def test_options_of_python_functions_are_refused_beside_expressions(option: str) -> None:
    done = CliRunner().invoke(app, ["gradcheck", "-e", "x**2", "--at", "x=1", option, "x=1"])
    assert (done.exit_code, f"{option} is for Python functions, not for expressions" in done.output) == (2, True)


def test_validate_notes_a_difference_that_becomes_a_matrix(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "inputs: {p: {shape: [4, 1], init: normal}}\nconstants: {t: [1, 2, 3, 4]}\noutputs: {loss: mean((p - t)**2)}\n"
    )
    done = CliRunner().invoke(app, ["validate", str(tmp_path / "a.yaml")])
    assert (done.exit_code, "a.yaml: line 3: `p` (shape (4, 1)) minus `t`" in done.stderr) == (0, True)
