"""Every example of docs/frameworks.md runs, where its framework is installed."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "frameworks.md").read_text(encoding="utf-8")
EXAMPLES = {
    heading: code
    for heading, code in re.findall(r"^## (.+?)\n.*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    if heading in ("PyTorch", "JAX", "TensorFlow 2", "HIPS autograd", "NumPy")
}
LIBRARIES = {"PyTorch": "torch", "JAX": "jax", "TensorFlow 2": "tensorflow", "HIPS autograd": "autograd"}


def test_page_has_an_example_for_every_framework() -> None:
    assert set(EXAMPLES) == {*LIBRARIES, "NumPy"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("heading", sorted(EXAMPLES))
def test_example_runs(heading: str) -> None:
    if heading in LIBRARIES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pytest.importorskip(LIBRARIES[heading], reason=f"pip install 'jaccli[{LIBRARIES[heading]}]'")
    exec(compile(EXAMPLES[heading], f"docs/frameworks.md: {heading}", "exec"), {"__name__": "example"})
