"""``jac init``: every example is written, carries its schema, is found by ``jac gradcheck``, and is judged as it says."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from jaccli.cli import app
from jaccli.cli.examples import EXAMPLES
from jaccli.graph.jsonschema import spec_schema
from jaccli.spec.find import find_specs
from jaccli.spec.jsonschema import draft07

ROOT = Path(__file__).parents[3]
SPECS = [name for name, example in EXAMPLES.items() if example.suffix != ".py"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(app, list(args), catch_exceptions=False)
    return outcome.exit_code, outcome.output


@pytest.mark.parametrize("name", SPECS)
def test_what_init_writes_is_what_gradcheck_finds(name: str) -> None:
    assert run("init", name)[0] == 0
    assert find_specs([]) == [f"{name}.jac.yaml"]
    assert run("gradcheck", "-q")[0] == (1 if name == "wrong-claim" else 0)


@pytest.mark.parametrize("name", SPECS)
def test_what_init_writes_can_be_used(name: str) -> None:
    run("init", name)
    assert [run(command, f"{name}.jac.yaml")[0] for command in ("validate", "compute", "explain")] == [0, 0, 0]


def test_init_without_a_name_writes_a_starter_spec() -> None:
    code, text = run("init")
    assert (code, text.splitlines()[0]) == (0, "wrote expression.jac.yaml")


@pytest.mark.parametrize("name", SPECS)
def test_a_written_spec_names_the_schema_beside_it_and_fits_it(name: str, here: Path) -> None:
    run("init", name)
    assert (here / f"{name}.jac.yaml").read_text().startswith("# yaml-language-server: $schema=jac.schema.json\n")
    assert json.loads((here / "jac.schema.json").read_text()) == draft07(spec_schema())


def test_the_schema_is_draft_07() -> None:
    schema = draft07(spec_schema())
    jsonschema.Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert (schema["$schema"], "$defs" in text, "2020-12" in text) == (
        "http://json-schema.org/draft-07/schema#",
        False,
        False,
    )
    wrong = jsonschema.Draft7Validator(schema).iter_errors({"inputs": {"x": {"valu": 1}}, "outputs": {"y": "x"}})
    assert [list(error.path) for error in wrong] == [["inputs", "x"]]


def test_committed_draft_07_schema_is_the_generated_one() -> None:
    assert json.loads((ROOT / "docs/spec.draft-07.schema.json").read_text()) == draft07(spec_schema())


def test_several_examples_at_once(here: Path) -> None:
    assert run("init", "coffee", "wrong-claim")[0] == 0
    assert sorted(p.name for p in here.iterdir()) == ["coffee.jac.yaml", "jac.schema.json", "wrong-claim.jac.yaml"]


PATHS = [
    pytest.param(("init", "mine"), "mine.jac.yaml", id="a name"),
    pytest.param(("init", "mine.yaml"), "mine.yaml", id="a file"),
    pytest.param(("init", "-t", "claim", "new/"), "new/claim.jac.yaml", id="a folder that is made"),
    pytest.param(("init", "-t", "pytorch", "ops"), "ops.py", id="code"),
    pytest.param(("init", "-t", "relu", "relu.yml"), "relu.yml", id="an example under another name"),
]


@pytest.mark.parametrize(("command", "path"), PATHS)
def test_init_writes_where_it_is_told(command: tuple[str, ...], path: str, here: Path) -> None:
    code, text = run(*command)
    assert (code, text.splitlines()[0], (here / path).is_file()) == (0, f"wrote {path}", True)


MISTAKES = [
    pytest.param(("init", "cofee"), "there is no example cofee; did you mean `coffee`?", id="a misspelt example"),
    pytest.param(("init", "-t", "networ"), "must be one of coffee, relu,", id="a misspelt template"),
    pytest.param(("init", "-t", "networ"), "did you mean `network`?", id="and its suggestion"),
]


@pytest.mark.parametrize(("command", "words"), MISTAKES)
def test_init_says_what_is_wrong(command: tuple[str, ...], words: str) -> None:
    code, text = run(*command)
    assert (code, words in text) == (2, True), text


def test_init_overwrites_only_when_told(here: Path) -> None:
    (here / "coffee.jac.yaml").write_text("mine")
    code, text = run("init", "coffee")
    assert (code, text) == (2, "error: coffee.jac.yaml exists already; give another name, or --force to overwrite it\n")
    assert (run("init", "coffee", "--force")[0], (here / "coffee.jac.yaml").read_text()[:6]) == (0, "# yaml")


def test_list_describes_every_example() -> None:
    lines = run("init", "--list")[1].splitlines()
    assert [line.split()[0] for line in lines[: len(EXAMPLES)]] == list(EXAMPLES)


def test_a_built_package_carries_every_example() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    outside = {e.source: f"jaccli/templates/{Path(e.source).name}" for e in EXAMPLES.values() if "/" in e.source}
    assert carried == outside
    inside = {e.source for e in EXAMPLES.values()} - outside.keys()
    assert inside == {path.name for path in (ROOT / "jaccli" / "templates").iterdir()}


def test_the_code_of_scipy_ode_is_right_and_solves() -> None:
    run("init", "scipy-ode")
    assert run("gradcheck", "scipy-ode.py", "-q")[0] == 0
    names: dict[str, object] = {"__name__": "scipy_ode"}
    exec(compile(Path("scipy-ode.py").read_text(), "scipy-ode.py", "exec"), names)
    names["main"]()  # type: ignore[operator]


def test_the_code_of_pytorch_is_right_and_a_mistake_in_it_is_found(here: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    run("init", "pytorch")
    assert run("gradcheck", "pytorch.py", "-q")[0] == 0
    wrong = (here / "pytorch.py").read_text().replace("* 3 * x**2", "* 3.001 * x**2")
    (here / "off.py").write_text(wrong)
    assert run("gradcheck", "off.py", "-q")[0] == 1


REFUSED = [
    pytest.param(["a.txt/b"], "a.txt is not a folder", id="below a file"),
    pytest.param(["bad\0name"], "its name is not a path", id="no path"),
]


@pytest.mark.parametrize(("args", "words"), REFUSED)
def test_init_refuses_what_is_no_place(args: list[str], words: str, here: Path) -> None:
    (here / "a.txt").write_text("")
    code, text = run("init", *args)
    assert (code, words in text) == (2, True), text


def test_standard_output_gets_the_example_alone() -> None:
    code, text = run("init", "-t", "claim", "-")
    assert (code, text) == (0, EXAMPLES["claim"].text)
