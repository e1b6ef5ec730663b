"""``target:`` of a spec: values and derivatives of code against the formula, and that no spec runs code by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.checker.specs.target import EVERYWHERE, value_reference
from jaccli.errors import SourceError, UsageError
from jaccli.results.checks import Report
from jaccli.spec.points import given_point

OPS = """\
import numpy as np

def f(x, w):
    return w @ np.tanh(x)

def f_vjp(inputs, y_bar):
    x, w = inputs
    return (1 - np.tanh(x)**2) * (w.T @ y_bar), np.outer(y_bar, np.tanh(x))

def value_off(x, w):
    return f(x, w) * (1 + 0.0005 * (x[0] > 0))

def vjp_off(inputs, y_bar):
    x_bar, w_bar = f_vjp(inputs, y_bar)
    return x_bar * 1.0005, w_bar

def named(w, x, unused=3):
    return {"y": f(x, w)}

def wider(x, w):
    return np.concatenate([f(x, w), [1.0]])

def two(x, w):
    return f(x, w), x

def other(x, q):
    return x

def raises(x, w):
    raise ValueError("not today")

def float32(x, w):
    return f(x.astype(np.float32), w.astype(np.float32)).astype(np.float64)

def turned(x, w):
    return f(x, w) + 1e-3 * (x[0] - 0.5)

def labelled(z, t):
    assert t.dtype == np.int64
    return np.mean(np.log(np.sum(np.exp(z), axis=-1)) - z[np.arange(len(t)), t])

def masked(x, keep):
    assert keep.dtype == bool
    return x[keep]

def wide(x):
    return np.sum(np.tanh(x))

def wide_vjp(x, y_bar):
    return y_bar * (1 - np.tanh(x) ** 2)

def wide_off(x, y_bar):
    return wide_vjp(x, y_bar) * (1 + (np.arange(x.size) == 77))

def exact(x):
    return x

def cancels(x):
    return (1e8 + x) - 1e8

open("ran", "w").close()
"""
SPEC = """\
target: {python: ops.py::%s%s}
inputs:
  x: {value: [0.5, -1.0, 2.0], range: [-2, 2]}
params:
  w: {shape: [2, 3], init: normal}
outputs:
  y: w @ tanh(x)
check: {points: 2}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ops.py").write_text(OPS)
    return tmp_path


def report(name: str, vjp: str = "", allow: str = EVERYWHERE) -> Report:
    Path("a.yaml").write_text(SPEC % (name, f", vjp: {vjp}" if vjp else ""))
    return check(jaccli.load("a.yaml").built, CheckOptions(allow_code=allow))


def of_code(found: Report) -> dict[str, str]:
    return {
        c.id.partition("::")[2]: c.outcome for c in found.checks if c.tested.startswith("target") and not c.point_index
    }


@pytest.mark.parametrize(
    ("name", "vjp", "outcomes"),
    [
        pytest.param("f", "f_vjp", ["pass", "pass", "pass"], id="right"),
        pytest.param("f", "", ["pass", "pass", "pass"], id="no derivative: values and differences"),
        pytest.param("named", "", ["pass", "pass", "pass"], id="another order, by name, a mapping"),
        pytest.param("value_off", "f_vjp", ["fail", "pass", "pass"], id="a value is off by 0.05 %"),
        pytest.param("f", "vjp_off", ["pass", "fail", "pass"], id="a derivative is off by 0.05 %"),
        pytest.param("float32", "", ["pass", "skipped", "skipped"], id="float32 inside, within rtol"),
        pytest.param("turned", "", ["pass", "fail", "pass"], id="a value that is right at the point alone"),
        pytest.param("wider", "", ["error"], id="another shape"),
        pytest.param("raises", "", ["error"], id="raises"),
        pytest.param("two", "", ["error"], id="two results for one output"),
    ],
)
def test_code_is_judged_by_the_formula(name: str, vjp: str, outcomes: list[str]) -> None:
    assert list(of_code(report(name, vjp)).values()) == outcomes


def test_checks_of_code_have_ids_of_their_own() -> None:
    assert list(of_code(report("f", "f_vjp"))) == ["y[target-p0]", "y/x[target-vjp-p0]", "y/w[target-vjp-p0]"]


@pytest.mark.parametrize(("name", "outcome"), [("exact", "pass"), ("cancels", "inconclusive")])
def test_code_is_not_wrong_by_the_rounding_of_the_formula(name: str, outcome: str) -> None:
    """The formula loses eight digits in doubles: code that loses as many is not decided, code that loses none is right."""
    Path("a.yaml").write_text(f"target: ops.py::{name}\ninputs: {{x: 1.23456789e-3}}\noutputs:\n  y: (1e8 + x) - 1e8\n")
    assert of_code(check(jaccli.load("a.yaml").built, CheckOptions(allow_code=EVERYWHERE)))["y[target-p0]"] == outcome


INTEGERS = {
    "class numbers": ("labelled", "z: {value: [[0.5, -1.0, 2.0], [1, 2, 3.5]]}", "t: [2, 0]", "cross_entropy(z, t)"),
    "mask": ("masked", "x: [0.5, -1.0, 2.0]", "keep: [true, false, true]", "x[keep]"),
}


@pytest.mark.parametrize(("name", "inputs", "constants", "formula"), INTEGERS.values(), ids=INTEGERS)
def test_code_gets_class_numbers_as_integers_and_masks_as_truth_values(
    name: str, inputs: str, constants: str, formula: str
) -> None:
    text = f"target: ops.py::{name}\ninputs: {{{inputs}}}\nconstants: {{{constants}}}\noutputs:\n  y: {formula}\n"
    Path("a.yaml").write_text(text)
    found = of_code(check(jaccli.load("a.yaml").built, CheckOptions(allow_code=EVERYWHERE)))
    assert set(found.values()) == {"pass"}


@pytest.mark.parametrize(("vjp", "outcome"), [("wide_vjp", "pass"), ("wide_off", "fail")])
def test_code_of_a_large_block_is_judged_along_directions(vjp: str, outcome: str) -> None:
    text = f"target: {{python: ops.py::wide, vjp: {vjp}}}\ninputs: {{x: {{shape: [3000], init: normal}}}}\noutputs:\n"
    Path("a.yaml").write_text(text + "  y: sum(tanh(x))\n")
    found = of_code(check(jaccli.load("a.yaml").built, CheckOptions(allow_code=EVERYWHERE, directions=8)))
    assert found["y/x[target-vjp-p0]"] == outcome


@pytest.mark.parametrize(("factor", "outcome"), [("1 + 2e-16", "pass"), ("1 + 1e-10", "fail"), ("1 - 1e-10", "fail")])
def test_values_that_no_balls_enclose_are_held_to_their_rounding(factor: str, outcome: str) -> None:
    code = f"import numpy as np\ndef f(A):\n    return np.linalg.norm(A, 'nuc') * ({factor})\n"
    Path("singular.py").write_text(code)
    text = "target: singular.py::f\ninputs: {A: [[2.0, 1.0], [0.5, 3.0]]}\noutputs: {y: \"norm(A, 'nuc')\"}\ncheck: {rtol: 1e-12}\n"
    Path("a.yaml").write_text(text)
    found = of_code(check(jaccli.load("a.yaml").built, CheckOptions(allow_code=EVERYWHERE)))
    assert found["y[target-p0]"] == outcome


def test_value_reference_is_that_of_long_numbers() -> None:
    built = jaccli.function("y = (x + 1e17) - 1e17", at={"x": 3.0}).built
    point = given_point(built.spec, {"x": 3.0})
    value = jaccli.function("y = (x + 1e17) - 1e17", at={"x": 3.0}).evaluate({"x": 3.0})["y"].reshape(-1)
    reference = value_reference(built, "y", point, value)
    assert (reference.value.item(), reference.rounding.item() > abs(value.item() - 3.0)) == (3.0, True)


@pytest.mark.parametrize(
    ("vjp", "outcome"),
    [
        pytest.param("f_vjp", "pass", id="beside it"),
        pytest.param("other.py::f_vjp", "pass", id="in another file"),
        pytest.param("other.py::vjp_off", "fail", id="in another file, wrong"),
        pytest.param("below/deep.py::vjp_off", "fail", id="in a folder"),
    ],
)
def test_a_derivative_of_code_may_stand_in_another_file(folder: Path, vjp: str, outcome: str) -> None:
    (folder / "below").mkdir()
    for name in ("other.py", "below/deep.py"):
        (folder / name).write_text(OPS)
    found = of_code(report("f", vjp))
    assert (found["y[target-p0]"], found["y/w[target-vjp-p0]"], found["y/x[target-vjp-p0]"]) == (
        "pass",
        "pass",
        outcome,
    )


# --- safety

PROJECT = "allowed"
ALONE = ("y[target-p0]", "y/x[target-difference-p0]", "y/w[target-difference-p0]")


@pytest.mark.parametrize(
    ("target", "allow"),
    [
        pytest.param("ops.py::f", "", id="nothing is allowed"),
        pytest.param("ops.py::f", "/nowhere", id="another project's code is allowed"),
        pytest.param("../ops.py::f", "inner", id="code outside of the project"),
        pytest.param("{python: ops.py::f, vjp: f_vjp}", "", id="a mapping"),
        pytest.param("os:system", "", id="a module"),
        pytest.param(
            "{python: inside.py::f, vjp: ../ops.py::f_vjp}", "inner", id="a derivative outside of the project"
        ),
    ],
)
def test_a_spec_alone_never_runs_code(folder: Path, target: str, allow: str) -> None:
    (folder / "inner").mkdir()
    (folder / "inner/inside.py").write_text("def f(x):\n    return x**2\n")
    spec = folder / ("inner/a.yaml" if allow == "inner" else "a.yaml")
    spec.write_text(f"target: {target}\ninputs: {{x: 2.0}}\noutputs:\n  y: x**2\n")
    built = jaccli.load(str(spec)).built
    with pytest.raises(SourceError, match="a spec by itself runs none") as caught:
        check(built, CheckOptions(allow_code=str(folder / allow) if allow else ""))
    (problem,) = caught.value.problems
    assert (problem.code, problem.span.line, (folder / "ran").exists()) == ("JAC321", 1, False)


@pytest.mark.parametrize("act", ["load", "evaluate", "jacobian", "compute"])
def test_nothing_but_a_check_looks_at_the_target(folder: Path, act: str) -> None:
    Path("a.yaml").write_text("target: ops.py::f\ninputs: {x: 2.0}\noutputs:\n  y: x**2\n")
    model = jaccli.load("a.yaml")
    {"load": lambda: None, "evaluate": model.evaluate, "jacobian": lambda: model.jacobian("y", "x"), "compute": lambda: model.symbolic("y", "x")}[act]()  # fmt: skip
    assert not (folder / "ran").exists()


def test_code_of_the_project_runs_where_the_project_allows_it(folder: Path) -> None:
    assert of_code(report("f", allow=str(folder))) == dict.fromkeys(ALONE, "pass")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        pytest.param("ops.py::other", "takes `q`, which a.yaml does not declare; it declares x", id="an unknown input"),
        pytest.param("ops.py::cancel", "did you mean `cancels`", id="no such function"),
        pytest.param(
            "math:atan2",
            "takes `y`, which a.yaml does not declare|does not say what its inputs are called",
            id="a builtin",
        ),
    ],
)
def test_code_that_does_not_fit_is_told(target: str, message: str) -> None:
    Path("a.yaml").write_text(f"target: {target}\ninputs: {{x: 2.0}}\noutputs:\n  y: x**2\n")
    with pytest.raises((SourceError, UsageError), match=message):
        check(jaccli.load("a.yaml").built, CheckOptions(allow_code=EVERYWHERE))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("f", "`target` must name a function"),
        ("{framework: torch}", "`target` needs `python`, the function"),
        ("{jacobian: ops.py::f_vjp}", "`target` needs `python`, the function"),
        ("{python: ops.py::f, framwork: torch}", "unknown key `framwork` in `target`"),
        ("[ops.py::f]", "`target` must be text, not a list"),
    ],
)
def test_target_that_names_nothing_is_told(target: str, message: str) -> None:
    Path("a.yaml").write_text(f"target: {target}\ninputs: {{x: 2.0}}\noutputs:\n  y: x**2\n")
    with pytest.raises(SourceError, match=message):
        jaccli.load("a.yaml")
