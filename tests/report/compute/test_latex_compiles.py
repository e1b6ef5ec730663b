"""What `-f latex` writes is read by LaTeX itself, where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import jaccli
from jaccli.compute.compute import compute
from jaccli.compute.explain import explain
from jaccli.report.compute.latex import computed_latex
from jaccli.report.learn.document import latex
from jaccli.report.learn.explained import explained_document

HEAD = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
OUTPUTS = {
    "scalar": ({"x": 1.5, "y": 2.0}, "x**2*sin(y)/sqrt(x)"),
    "choices": ({"x": [1.0, -2.0], "y_1": 0.5}, "where(x > y_1, relu(x), clip(x, -1, 1))"),
    "matrices": ({"A": [[2.0, 1.0], [0.5, 3.0]], "b": [1.0, 2.0]}, "b @ inv(A) @ b + logdet(A) + norm(A)"),
    "softmax": ({"z": [0.1, 0.2, 0.3], "W": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]}, "W @ softmax(z)"),
    "a number that is not real": ({"x": 1.0}, "log(-2)*x"),
}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex, which no extra brings: install TeX Live")
def test_latex_reads_what_is_written(tmp_path: Path) -> None:
    models = [jaccli.parse({"inputs": inputs, "outputs": {"f_1": text}}) for inputs, text in OUTPUTS.values()]
    bodies = [computed_latex(compute(model.built, order=order)) for model in models for order in (1, 2)]
    (tmp_path / "all.tex").write_text(HEAD + "\n\n".join(bodies) + "\n\\end{document}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    found = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120, check=False
    )
    assert [line for line in found.stdout.splitlines() if line.startswith("!")] == []


@pytest.mark.parametrize("name", OUTPUTS)
def test_latex_closes_what_it_opens(name: str) -> None:
    inputs, text = OUTPUTS[name]
    found = (
        computed_latex(compute(jaccli.parse({"inputs": inputs, "outputs": {"f_1": text}}).built))
        .replace("\\{", "")
        .replace("\\}", "")
    )
    assert (found.count("{"), found.count("\\left"), found.count("\\begin{")) == (found.count("}"), found.count("\\right"), found.count("\\end{"))  # fmt: skip
    assert found.isascii()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
@pytest.mark.parametrize("name", ["feedforward", "relu_kink", "networks/char_transformer"])
def test_explained_pages_are_read_by_pdflatex(name: str, tmp_path: Path) -> None:
    model = jaccli.load(Path(__file__).parents[3] / "specs" / f"{name}.yaml")
    wrt = model.inputs[0] if "transformer" not in name else "block1.W1"
    found = explain(model.built, entry=f"{model.outputs[0]}/{wrt}", unfold=("block1",) if "transformer" in name else ())
    (tmp_path / "page.tex").write_text(latex(explained_document(found)), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "page.tex"]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120, check=False
    )
    assert [line for line in run.stdout.splitlines() if line.startswith("!")] == []
    assert (tmp_path / "page.pdf").exists()
