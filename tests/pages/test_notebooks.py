"""The tutorial notebooks run from top to bottom, and what they show is there."""

from __future__ import annotations

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: pip install 'jaccli[notebook]'")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: pip install 'jaccli[notebook]'")
pytest.importorskip("ipykernel", reason="ipykernel is not installed: pip install 'jaccli[notebook]'")

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning"
)  # of the notebook's own machinery


def run(cells: list[str]):
    """Return a notebook of code cells after it was run."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3", allow_errors=True).execute()
    return book


def shown(cell) -> str:
    return "".join(str(output.get("data", {})) + output.get("text", "") for output in cell.outputs)


@pytest.mark.parametrize("name", ["student", "engineer", "scientist"])
def test_tutorial_runs(name, tmp_path) -> None:
    book = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbclient.NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("text/html" in output.get("data", {}) for output in outputs)


def test_tutorials_are_kept_without_outputs() -> None:
    for path in sorted(FOLDER.glob("*.ipynb")):
        book = nbformat.read(path, as_version=4)
        assert [cell.outputs for cell in book.cells if cell.cell_type == "code" and cell.outputs] == []


def test_mistake_of_the_user_is_one_line_and_text_is_returned() -> None:
    book = run([
        "import jaccli\nmodel = jaccli.function('y = x**2', at={'x': 3.0})\nmodel.jacobian('y', 'z', at={'x': 3.0})",
        "text = jaccli.report_text(model.gradcheck(at={'x': 3.0}))\nassert 'passed' in text, text",
        "model.gradcheck(at={'x': 3.0}).show()",
    ])  # fmt: skip
    (error,) = book.cells[0].outputs
    assert len(error["traceback"]) == 1
    assert error["traceback"][0].startswith("UsageError: ")
    assert [output.output_type for output in book.cells[1].outputs] == []
    assert "<iframe" in shown(book.cells[2])
