"""The pytest plug-in, in pytest processes of its own: what it collects, what failures look like, what it imports."""

from __future__ import annotations

import os
import re
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
TOY = """\
inputs: {x: 1.5, y: 0.7}
outputs:
  f1: x**2 * y
  f2: 5*x + sin(y)
jacobian:
  f2:
    x: 5
    y: -cos(y)
"""
RIGHT = "inputs: {x: 2}\noutputs:\n  f: x**2\njacobian:\n  f:\n    x: 2*x\n"
OPEN = "inputs: {x: 0}\noutputs: {y: sqrt(x)}\n"
INSTALLED = "jaccli" in entry_points(group="pytest11").names


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in os.environ if name.startswith(("PYTEST_", "COV_", "JACCLI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    plugin = [] if INSTALLED else ["-p", "jaccli.testing.plugin"]

    def pytest_(*args: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*plugin, "-p", "no:cacheprovider", *args)

    return pytest_


def write(pytester: pytest.Pytester, **files: str) -> None:
    for name, text in files.items():
        (pytester.path / f"{name}.jac.yaml").write_text(text)


def test_plugin_is_an_entry_point() -> None:
    assert 'jaccli = "jaccli.testing.plugin"' in (ROOT / "pyproject.toml").read_text()


def test_plugin_has_a_test_per_check_called_as_on_the_command_line(pytester: pytest.Pytester, run) -> None:
    write(pytester, toy=TOY)
    lines = run("--collect-only", "-q").outlines
    found = [line for line in lines if "::" in line]
    assert len(found) == 14
    assert "toy.jac.yaml::f2/y[claim-p0]" in found


def test_plugin_shows_the_caret_as_the_failure(pytester: pytest.Pytester, run) -> None:
    write(pytester, toy=TOY)
    done = run("-q")
    done.assert_outcomes(passed=13, failed=1)
    done.stdout.fnmatch_lines([
        "JAC101 wrong sign: d f2 / d y",
        "*--> toy.jac.yaml:8:8",
        "*^^^^^^^ gives -0.764842, expected 0.764842 ± *",
        "FAILED toy.jac.yaml::f2/y[[]claim-p0[]]*",
    ])  # fmt: skip


def test_plugin_selects_by_keyword_and_by_name(pytester: pytest.Pytester, run) -> None:
    write(pytester, toy=TOY)
    run("-k", "claim and not reverse").assert_outcomes(passed=1, failed=1, deselected=12)
    run("toy.jac.yaml::f2/y[claim-p0]").assert_outcomes(failed=1)


def test_plugin_works_in_parallel_and_with_junit(pytester: pytest.Pytester, run) -> None:
    write(pytester, toy=TOY, right=RIGHT)
    run("-n", "2", "--junitxml=out.xml").assert_outcomes(passed=17, failed=1)
    suite = ElementTree.parse(pytester.path / "out.xml").getroot()[0]
    (failure,) = suite.iter("failure")
    assert (suite.get("tests"), "gives -0.764842" in (failure.text or "")) == ("18", True)


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        pytest.param(TOY + "check: {expect: fail}\n", {"passed": 1}, id="wrong as expected"),
        pytest.param(RIGHT + "check: {expect: fail}\n", {"failed": 1}, id="right, and should be wrong"),
        pytest.param(OPEN, {"failed": 3}, id="nothing decided is not green"),
        pytest.param("inputs: {x: [0, 1]}\noutputs: {y: sqrt(x)}\n", {"failed": 3}, id="decided in part"),
        pytest.param("inputs: {x: 2}\noutputs: {y: 2x}\n", {"errors": 1}, id="a broken spec"),
        pytest.param("inputs:\n  x:\noutputs: {y: 2*x}\n", {"failed": 3}, id="no value"),
        pytest.param(RIGHT + "---\n" + RIGHT, {"passed": 8}, id="two specs"),
        pytest.param("inputs: {x: {value: 1, range: [1, 2]}}\noutputs: {y: x**2}\ncheck: {points: 3}\n", {"passed": 9}, id="points"),
    ],
)  # fmt: skip
def test_plugin_judges_as_the_command_line(pytester: pytest.Pytester, run, text: str, outcomes: dict[str, int]) -> None:
    write(pytester, a=text)
    run().assert_outcomes(**outcomes)


@pytest.mark.parametrize(
    ("word", "outcomes"), [("never", {"passed": 3}), ("inconclusive", {"failed": 3}), ("nver", {"failed": 3})]
)
def test_plugin_fails_on_what_the_setting_says(
    pytester: pytest.Pytester, run, word: str, outcomes: dict[str, int]
) -> None:
    write(pytester, a=OPEN if word != "inconclusive" else "inputs: {x: [0, 1]}\noutputs: {y: sqrt(x)}\n")
    run("-o", f"jaccli_fail_on={word}").assert_outcomes(**outcomes)


OFF = "inputs: {x: 2}\noutputs:\n  f: x**2\njacobian:\n  f:\n    x: 2.02*x\n"
RANGE = "inputs: {x: {value: 1, range: [1, 2]}}\noutputs: {y: x**2}\n"


@pytest.mark.parametrize(
    ("spec", "project", "environment", "outcomes"),
    [
        pytest.param(OFF, "rtol = 0.1", {}, {"passed": 4}, id="rtol of the project"),
        pytest.param(OFF + "check: {rtol: 0.001}\n", "rtol = 0.1", {}, {"passed": 3, "failed": 1}, id="the spec's before it"),
        pytest.param(OFF + "check: {rtol: 0.001}\n", "", {"JACCLI_RTOL": "0.1"}, {"passed": 4}, id="the environment's before both"),
        pytest.param(RANGE, "points = 3", {}, {"passed": 9}, id="points"),
        pytest.param(OPEN, 'fail-on = "never"', {}, {"passed": 3}, id="fail-on"),
        pytest.param(OPEN, "fail-on = 3", {}, {"errors": 1}, id="a mistake in the project"),
        pytest.param(OPEN, "", {"JACCLI_SED": "3"}, {"errors": 1}, id="a mistake in the environment"),
    ],
)  # fmt: skip
def test_plugin_reads_the_settings(
    pytester: pytest.Pytester, run, monkeypatch: pytest.MonkeyPatch, spec: str, project: str, environment: dict[str, str],
    outcomes: dict[str, int],
) -> None:  # fmt: skip
    write(pytester, a=spec)
    (pytester.path / "pyproject.toml").write_text(f"[tool.jaccli]\n{project}\n")
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    run().assert_outcomes(**outcomes)


def test_fixture_reads_the_settings(pytester: pytest.Pytester, run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(
        """
        def test_of_the_project(gradcheck):
            gradcheck(lambda x: x**2, 2.0, jacobian=lambda x: 2.02 * x)

        def test_of_the_call(gradcheck):
            gradcheck(lambda x: x**2, 2.0, jacobian=lambda x: 2.02 * x, rtol=1e-3)
        """
    )
    (pytester.path / "pyproject.toml").write_text("[tool.jaccli]\nrtol = 0.1\n")
    run().assert_outcomes(passed=1, failed=1)


def test_plugin_runs_no_code_that_the_project_does_not_allow(pytester: pytest.Pytester, run) -> None:
    (pytester.path / "ops.py").write_text("open('ran', 'w').close()\ndef f(x):\n    return x**2\n")
    write(pytester, a="target: ops.py::f\n" + RIGHT)
    done = run()
    done.stdout.fnmatch_lines(["*JAC321 the spec names code to be run*", "*allow-code = true under*"])
    assert not (pytester.path / "ran").exists()
    (pytester.path / "pyproject.toml").write_text("[tool.jaccli]\nallow-code = true\n")
    run().assert_outcomes(passed=6)


def test_fixture_is_assert_gradients(pytester: pytest.Pytester, run) -> None:
    pytester.makepyfile(
        """
        def test_right(gradcheck):
            gradcheck(lambda x: x**2, 2.0, jacobian=lambda x: 2 * x)

        def test_wrong(gradcheck):
            gradcheck(lambda x: x**2, 2.0, jacobian=lambda x: 2.001 * x)
        """
    )
    done = run()
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*wrong *: d y / d x*"])
    done.stdout.no_fnmatch_line("*api.py*")


def test_fixture_of_the_project_goes_before_ours(pytester: pytest.Pytester, run) -> None:
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef gradcheck():\n    return 7\n")
    pytester.makepyfile("def test_it(gradcheck):\n    assert gradcheck == 7\n")
    run().assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["a.yaml", "jac.yaml", "a.jac.yaml.txt", "conftest_jac_yaml.py"])
def test_plugin_leaves_other_files_alone(pytester: pytest.Pytester, run, name: str) -> None:
    (pytester.path / name).write_text("" if name.endswith(".py") else TOY)
    pytester.makepyfile("def test_it():\n    pass\n")
    run().assert_outcomes(passed=1)


def test_plugin_imports_nothing_heavy_until_it_is_used(pytester: pytest.Pytester, run) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert "jaccli.testing.plugin" in sys.modules
            heavy = {"numpy", "sympy", "scipy", "rich", "typer", "yaml", "jaccli.errors", "jaccli.api", "jaccli.checker"}
            assert heavy & set(sys.modules) == set()
        """
    )
    run().assert_outcomes(passed=1)


def test_plugin_loads_two_modules_of_ours(pytester: pytest.Pytester, run) -> None:
    pytester.makepyfile(
        "import sys\ndef test_it():\n    print(sorted(m for m in sys.modules if m.startswith('jaccli')))\n"
    )
    text = run("-s", "-q").stdout.str()
    assert re.search(r"\['jaccli', 'jaccli\.testing', 'jaccli\.testing\.plugin'\]", text)


def test_plugin_can_be_left_out(pytester: pytest.Pytester, run) -> None:
    write(pytester, toy=TOY)
    name = "jaccli" if INSTALLED else "jaccli.testing.plugin"
    assert run("-p", f"no:{name}").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_hostile_text_in_a_failure_shows_no_escape(pytester: pytest.Pytester, run) -> None:
    write(pytester, a='inputs: {x: 2}\noutputs:\n  y: "\\e[31m +"\n')
    assert "\x1b[31m" not in run().stdout.str()


def test_plugin_has_tests_for_the_specs_beside_a_broken_one(pytester: pytest.Pytester, run) -> None:
    good = "inputs: {x: 2}\noutputs: {y: x**2}\n"
    write(pytester, many=f"{good}---\noutputs: {{y: frob(1)}}\n---\n{good}")
    found = run("many.jac.yaml")
    found.assert_outcomes(passed=6, failed=1)
    found.stdout.fnmatch_lines(["*unknown function `frob`*"])
