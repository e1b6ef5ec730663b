"""The examples that ship with the program: what each shows, the file it is written to, and its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

__all__ = ["EXAMPLES", "Example"]


@dataclass(frozen=True, slots=True)
class Example:
    """One example.

    shows   in a few words, for ``jac init --list``
    source  a file of ``templates/``, which a built package fills up with some of ``specs/`` (pyproject.toml says which)
    next    commands that are worth trying, after which the file's name is written
    """

    shows: str
    source: str
    next: Sequence[str] = ("jac compute", "jac explain", "jac gradcheck")

    @property
    def suffix(self) -> str:
        """The end of its file's name: ``jac gradcheck`` finds specs that end with .jac.yaml by itself."""
        return ".py" if self.source.endswith(".py") else ".jac.yaml"

    @property
    def text(self) -> str:
        """The file's text."""
        packaged = files("jaccli").joinpath("templates", Path(self.source).name)
        if packaged.is_file():
            return packaged.read_text(encoding="utf-8")
        return (Path(__file__).parents[2] / self.source).read_text(encoding="utf-8")  # run from a clone


_CODE = ("jac gradcheck",)
EXAMPLES = {
    "coffee": Example("two drinks of three ingredients: a linear function and its Jacobian", "specs/coffee.yaml"),
    "relu": Example("one neuron, its kink and the chain rule", "specs/relu_neuron.yaml"),
    "attention": Example(
        "a softmax over five words, and training it", "specs/networks/museums_attention.yaml",
        ("jac explain", "jac train", "jac gradcheck"),
    ),
    "network": Example("a layer with weights, a loss, and every parameter's gradient", "network.yaml"),
    "expression": Example("a function of two numbers, to start from", "expression.yaml"),
    "claim": Example("derivatives you derived by hand, to be checked", "claim.yaml"),
    "wrong-claim": Example("a wrong derivative, and how it is found", "wrong-claim.yaml", ("jac gradcheck",)),
    "pytorch": Example("a custom backward in PyTorch, checked and tested", "pytorch.py", _CODE),
    "scipy-ode": Example("a Jacobian by hand for SciPy's solve_ivp", "scipy-ode.py", (*_CODE, "python")),
}  # fmt: skip
