"""What jac compute writes in each format: read again by what such files are for."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import jaccli
from jaccli.cli import app
from jaccli.report.compute.formats import FORMATS
from jaccli.report.words.mathematics import mathematics, name_of, words

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.yaml"))
FEED = str(Path(__file__).parents[3] / "specs" / "feedforward.yaml")
EACH = pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)


def run(*args: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["compute", *args], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def module_of(spec: Path, folder: Path) -> Path:
    run(str(spec), "-o", str(folder / "derived.py"))
    return folder / "derived.py"


def python(*args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *args], cwd=folder, capture_output=True, text=True, check=False
    )


# --- python


@EACH
def test_python_module_has_the_jacobian_and_passes_its_own_check(spec: Path, tmp_path: Path) -> None:
    module = module_of(spec, tmp_path)
    dump = "import derived, numpy; numpy.savez('j.npz', **{f'{f}.{x}': b for f, r in derived.jacobian().items() for x, b in r.items()}); raise SystemExit(not derived.check())"
    done = python("-c", dump, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "jaccli" not in module.read_text(encoding="utf-8")
    model = jaccli.load(spec)
    with np.load(tmp_path / "j.npz") as found:
        assert sorted(found) == sorted(f"{of}.{x}" for of in model.outputs for x in model.inputs)
        for key in found:
            expected = model.jacobian(*key.split("."))
            size = float(np.max(np.abs(expected), initial=0.0))
            np.testing.assert_allclose(found[key], expected, rtol=1e-13, atol=1e-14 * size, err_msg=key)


@pytest.mark.parametrize(("right", "wrong"), [("t4 = h * h", "t4 = 1.0005 * h * h"), ("1.0 - t4", "1.0 + t4")])
def test_python_module_fails_its_check_on_a_planted_mistake(right: str, wrong: str, tmp_path: Path) -> None:
    module = module_of(Path(FEED), tmp_path)
    text = module.read_text(encoding="utf-8")
    assert text.count(right) == 1
    module.write_text(text.replace(right, wrong), encoding="utf-8")
    done = python("derived.py", folder=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "check FAILED")


@pytest.mark.parametrize(("right", "wrong"), [(0.0, 0), (2.0, 0), (2.001, 1), (-0.001, 1)])
def test_python_module_accepts_subgradients_alone_at_a_kink(right: float, wrong: int, tmp_path: Path) -> None:
    module = module_of(SPECS[[p.stem for p in SPECS].index("relu_kink")], tmp_path)
    text = re.sub(r'("h": \{"x": ).*(\},)', rf"\g<1>np.array({right})\2", module.read_text(encoding="utf-8"))
    module.write_text(text, encoding="utf-8")
    assert python("derived.py", folder=tmp_path).returncode == wrong


def test_python_module_renames_what_python_or_the_module_uses(tmp_path: Path) -> None:
    spec = tmp_path / "s.yaml"
    spec.write_text("inputs: {np: 2.0, value: 3.0, sum: 0.5}\noutputs: {check: np * value * sin(sum), y: np**2}\n")
    module_of(spec, tmp_path)
    assert python("derived.py", folder=tmp_path).stdout.endswith("check passed\n")


def test_python_module_survives_a_title_with_quotes(tmp_path: Path) -> None:
    spec = tmp_path / "s.yaml"
    spec.write_text('name: \'a """ b \\\'\ninputs: {x: 2.0}\noutputs: {y: x**2}\n')
    module_of(spec, tmp_path)
    assert python("derived.py", folder=tmp_path).returncode == 0


# --- csv, npz


@pytest.mark.parametrize("order", [1, 2])
@EACH
def test_csv_and_npz_hold_the_same_numbers(spec: Path, order: int, tmp_path: Path) -> None:
    run(str(spec), "--order", str(order), "-o", str(tmp_path / "j.npz"))
    rows = list(csv.DictReader(io.StringIO(run(str(spec), "--order", str(order), "-f", "csv"))))
    names = ["of", "wrt", "wrt2"][: order + 1]
    with np.load(tmp_path / "j.npz") as arrays:
        for row in rows:
            place = [int(k) for name in names for k in row[f"{name}_index"].split()]
            key = ".".join(["JH"[order - 1], *(row[name] for name in names)])
            np.testing.assert_equal(arrays[key][tuple(place)], float(row["value"]))
        assert sum(arrays[key].size for key in arrays if key[:2] in ("J.", "H.")) == len(rows)


def test_npz_has_values_and_point(tmp_path: Path) -> None:
    run(FEED, "--of", "s", "--wrt", "W", "-o", str(tmp_path / "j.npz"))
    with np.load(tmp_path / "j.npz") as arrays:
        shapes = {key: arrays[key].shape for key in arrays}
    expected = {"J.s.W": (2, 3), "value.s": (), "point.x": (3,), "point.W": (2, 3), "point.b": (2,), "point.u": (2,)}
    assert shapes == expected


# --- latex, markdown


@EACH
def test_latex_is_balanced_and_has_no_letters_that_break_it(spec: Path) -> None:
    text = "\n".join(line for line in run(str(spec), "-f", "latex").splitlines() if not line.startswith("%"))
    plain = re.sub(r"\\[\\{}_#$%&]", "", text)
    depth = np.cumsum([{"{": 1, "}": -1}.get(c, 0) for c in plain])
    assert (depth.min() >= 0, depth[-1]) == (True, 0)
    assert text.count(r"\begin{") == text.count(r"\end{")
    assert text.count(r"\left") == text.count(r"\right")
    assert text.isascii()
    assert not re.search(r"_(?!\{)", plain)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x1", "x_{1}"),
        ("x[0]", "x_{0}"),
        ("x1[0, 2]", "x_{1, 0, 2}"),
        ("a_b", r"\mathrm{a\_b}"),
        ("sigma2", r"\sigma_{2}"),
        ("2*x**2", r"2 \, x^{2}"),
        ("(x + 1)**2", r"\left(x + 1\right)^{2}"),
        ("x - (y - 1)", r"x - \left(y - 1\right)"),
        ("-x*y", r"-x \, y"),
        ("(-x)**2", r"\left(-x\right)^{2}"),
        ("exp(-x)/2", r"\frac{e^{-x}}{2}"),
        ("(x > 0)*y", r"[x > 0] \, y"),
        ("W.T @ v", r"W^{\top} \, v"),
        ("abs(x)", r"\left|x\right|"),
        ("1e-09*x", r"1 \cdot 10^{-9} \, x"),
        ("sum(x[1:])", r"\texttt{sum(x[1:])}"),
    ],
)
def test_mathematics_of_an_expression(text: str, expected: str) -> None:
    assert mathematics(text) == expected


def test_names_and_words_are_escaped() -> None:
    assert (name_of("λ"), words("50% & {x}_1")) == (r"\lambda", r"50\% \& \{x\}\_1")


@EACH
def test_markdown_tables_have_as_many_cells_in_every_line(spec: Path) -> None:
    text = run(str(spec), "-f", "markdown")
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_markdown_of_numbers_is_one_matrix() -> None:
    text = run("-e", "y1 = 2*x1", "-e", "y2 = x1 + 3*x2", "--at", "x1=1", "--at", "x2=2", "-f", "markdown")
    rows = ["|  | `x1` | `x2` |", "| --- | --- | --- |", "| `y1` | `2` | `0` |", "| `y2` | `1` | `3` |"]
    assert "## Jacobian\n\n" + "\n".join(rows) in text


def test_markdown_title_is_text(tmp_path: Path) -> None:
    spec = tmp_path / "s.yaml"
    spec.write_text("name: '<b>|x|</b>'\ninputs: {x: 2}\noutputs: {y: x**2}\n")
    assert run(str(spec), "-f", "markdown").startswith("# \\<b\\>\\|x\\|\\</b\\>\n")


# --- products


def test_products_are_the_jacobian_times_vectors() -> None:
    found = json.loads(
        run(FEED, "--tangent", "x=[1, 0, 2]", "--tangent", "b=[0, 1]", "--cotangent", "s=3", "-f", "json")
    )
    model = jaccli.load(FEED)
    dy = model.jacobian("s", "x") @ [1, 0, 2] + model.jacobian("s", "b") @ [0, 1]
    assert found["products"]["jvp"] == {"s": pytest.approx(float(dy))}
    assert found["products"]["vjvp"] == {"total": pytest.approx(3 * float(dy))}
    np.testing.assert_allclose(found["products"]["vjp"]["W"], 3 * model.jacobian("s", "W"))


@EACH
def test_hessian_vector_product_is_the_hessian_times_the_vector(spec: Path, rng: np.random.Generator) -> None:
    model = jaccli.load(spec)
    dx = {name: rng.normal(size=model.point()[name].shape) for name in model.inputs}
    for of in model.outputs:
        for name, product in model.hvp(of, dx).items():
            full = sum(np.tensordot(model.hessian(of, name, other), d, d.ndim) for other, d in dx.items())
            scale = float(np.max(np.abs(full), initial=0.0))
            np.testing.assert_allclose(product, full, rtol=1e-10, atol=1e-12 * scale)


@EACH
def test_hessian_of_a_spec_is_symmetric(spec: Path) -> None:
    model = jaccli.load(spec)
    for of in model.outputs:
        m, size = model.evaluate()[of].size, {x: model.point()[x].size for x in model.inputs}
        for x in model.inputs:
            for z in model.inputs:
                one = model.hessian(of, x, z).reshape(m, size[x], size[z])
                other = model.hessian(of, z, x).reshape(m, size[z], size[x]).swapaxes(1, 2)
                scale = float(np.max(np.abs(one), initial=0.0))
                np.testing.assert_allclose(one, other, rtol=0, atol=64 * 2.0**-52 * scale)


@pytest.mark.parametrize("name", [n for n in FORMATS if n not in ("python", "npz")])
@pytest.mark.parametrize("order", ["1", "2"])
def test_products_are_written_in_every_format(name: str, order: str) -> None:
    assert "1.49896" in run(FEED, "--tangent", "W=[[0,0,1],[0,0,0]]", "-f", name) or name in ("csv", "json")
    assert run(FEED, "--order", order, "--tangent", "x=[1,0,0]", "-f", name)


# --- files


def test_output_is_written_whole_with_usual_permissions(tmp_path: Path) -> None:
    path = tmp_path / "j.json"
    assert run(FEED, "-o", str(path)) == ""
    assert json.loads(path.read_text(encoding="utf-8"))["name"] == "one hidden layer"
    assert [p.name for p in tmp_path.iterdir()] == ["j.json"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


MESSAGES = [
    (["-f", "xml"], "-f must be one of table, json, csv, npz, latex, python, html, markdown (got xml)"),
    (["-f", "npz"], "-f npz needs a file: -o FILE.npz"),
    (["-o", "j.xyz"], "-o j.xyz: the suffix names no format (.txt, .json, .csv, .npz, .tex, .py, .html, .md); give one with -f"),
    (["-o", "missing/j.json"], "-o missing/j.json: the folder missing does not exist; make it first"),
    (["-f", "json", "-o", "."], "-o .: is a folder; name a file in it"),
    (["--order", "3"], "--order must be 1 or 2 (got 3)"),
    (["--tangent", "x=[1, 2]"], "--tangent x=…: must have shape (3,), that of `x` (got (2,))"),
    (["--tangent", "X=1"], "--tangent X=…: `X` is unknown; did you mean `x`?"),
    (["--tangent", "x"], "--tangent x: expected NAME=VALUE, such as --tangent x=1.5 or --tangent 'x=[1, 2]'"),
    (["--cotangent", "y=1"], "--cotangent y=…: `y` is unknown; known: s"),
    (["--order", "2", "--cotangent", "s=1"], "--cotangent does not go with --order 2; --tangent gives the Hessian-vector product"),
    (["-f", "python", "--order", "2"], "-f python writes value() and jacobian(); leave out --tangent, --cotangent and --order 2"),
    (["--of", "t"], "`t` is not an output; known: s"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "message"), MESSAGES, ids=[" ".join(args) for args, _ in MESSAGES])
def test_compute_refuses_with_a_remedy(
    args: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(FEED, *args, code=2).strip() == f"error: {message}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["csv", "python"])
def test_formats_of_numbers_ask_for_missing_values(name: str) -> None:
    shown = run("-e", "y = a*x", "-f", name, code=2)
    assert shown.strip() == f"error: -f {name} needs a value for every input; give --at a=… --at x=…"
