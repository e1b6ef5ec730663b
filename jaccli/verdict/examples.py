"""Rule code → the smallest spec, Python program, or command with its file, that draws it; a test runs each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["BY_DIFFERENCES", "COMMANDS", "EXAMPLES", "OPTIONS", "PROGRAMS", "Command"]

#: Drawn where differences alone judge; the certified reference decides these.
BY_DIFFERENCES = frozenset({"JAC202", "JAC203", "JAC207"})
#: What the command needs beside the spec.
OPTIONS = {**dict.fromkeys(BY_DIFFERENCES, "--reference difference "), "JAC208": "--timeout 1e-6 "}


def _claim(inputs: str, outputs: str, wrt: str, claim: str, check: str = "") -> str:
    more = f"check: {{{check}}}\n" if check else ""
    return f"inputs: {{{inputs}}}\noutputs:\n  y: {outputs}\njacobian:\n  y:\n    {wrt}: {claim}\n{more}"


EXAMPLES: Mapping[str, str] = {
    "JAC001": "inputs: {x: 2}\noutputs:\n  y: x^2\n",
    "JAC002": "inputs: {x: 2}\noutput:\n  y: x**2\n",
    "JAC003": "inputs: {x: 2}\noutputs:\n  y: sinn(x)\n",
    "JAC004": "inputs: {x: 2}\noutputs: {y: atan2(x, 1)}\n",
    "JAC005": "inputs: {x: 2}\noutputs:\n  y: x**2\n  y: x**3\n",
    "JAC006": "inputs: {x: !!int 2}\noutputs:\n  y: x**2\n",
    "JAC007": "inputs: {x: yes}\noutputs:\n  y: x**2\n",
    "JAC008": "inputs: {x: [1, 2], w: [1, 2, 3]}\noutputs:\n  y: w @ x\n",
    "JAC009": "inputs:\n  x: {shape: [100000, 100000]}\noutputs:\n  y: sum(x)\n",
    "JAC010": "inputs: {x: 2}\nconstants: {t: nowhere.csv}\noutputs:\n  y: x * t\n",
    "JAC100": _claim("x: 2", "x**3", "x", "x**3"),
    "JAC101": _claim("x: 2", "cos(x)", "x", "sin(x)"),
    "JAC102": _claim("x: 2", "x**2", "x", "x"),
    "JAC103": _claim("x: [1, 2]", "x @ [[1, 2], [3, 4]]", "x", '"[[1, 2], [3, 4]]"'),
    "JAC104": _claim("x: 2", "x * sin(x)", "x", "sin(x)"),
    "JAC105": _claim("x: 2", "x * sin(x)", "x", "sin(x) + 2*x*cos(x)"),
    "JAC106": _claim("x: 2", "sin(x) + exp(x) + x", "x", "cos(x)"),
    "JAC107": _claim("b: 2", "sum((b + [1, 2, 3])**2)", "b", "2*(b + 1)"),
    "JAC109": _claim("x: [1, 2]", "x**2", "x", '"[[2*x[0], 1], [0, 2*x[1]]]"'),
    "JAC110": _claim("x: 0", "x**2", "x", "2*x*(x/x)"),
    "JAC111": _claim("x: [1, 2, 3]", "x[::-1] * [1, 2, 5]", "x", "diag([1, 2, 5])"),
    "JAC112": _claim("x: 2", "x**2", "x", "0"),
    "JAC113": _claim("x: 2", "sin(x**3)", "x", "cos(x**3)"),
    "JAC114": _claim("x: [1, 1]", "max(x)", "x", '"[1, 1]"'),
    "JAC201": _claim("x: 0.1", "sin(x)", "x", "0.99500417709350586", "rtol: 1e-9"),
    "JAC202": "inputs: {x: 1.00000000001}\noutputs:\n  y: 1000 + abs(x - 1)\n",
    "JAC203": "inputs: {x: 1e15}\noutputs:\n  y: sin(x)\n",
    "JAC207": "inputs: {x: 1, t: 1e-3}\noutputs:\n  y: 1e4*sin(1e5*x) + t\n",
    "JAC208": "inputs: {x: 2}\noutputs:\n  y: x**2\n",
    "JAC301": "inputs: {x: 1.00000000000005}\noutputs:\n  y: x + 1e-13*exp(-(1e13*(x - 1))**2)\n",
    "JAC205": "inputs: {x: 0}\noutputs:\n  y: sqrt(x)\n",
}


def _program(function: str, call: str) -> str:
    start = "import numpy as np\n\nimport jaccli\n"
    return f"{start}\n\n{function}\n\nx = np.array([1.0, 2.0])\nprint(jaccli.report_text(jaccli.gradcheck({call})))\n"


_CUBE = "def f(x):\n    return x**3\n"
PROGRAMS: Mapping[str, str] = {
    "JAC108": _program(_CUBE, "f, x, vjp=lambda x, v: 3 * x**2 * v, jvp=lambda x, dx: 3 * x * dx"),
    "JAC115": _program(_CUBE, "f, x, vjp=lambda x, v: np.clip(3 * x**2 * v, -30, 30)"),
    "JAC204": _program(
        "def f(x):\n    return x**3 + 1e-6 * np.random.rand()\n", "f, x, jacobian=lambda x: np.diag(3 * x**2)"
    ),
    "JAC206": _program("def f(x):\n    return np.round(10 * x) / 10\n", "f, x, jacobian=lambda x: np.eye(2)"),
    "JAC302": _program("def f(x):\n    return x.cube()\n", "f, x, jacobian=lambda x: np.diag(3 * x**2)"),
    "JAC303": _program("def f(x):\n    return x > 1\n", "f, x, jacobian=lambda x: np.diag(3 * x**2)"),
    "JAC304": _program(_CUBE, "f, np.array([1, 2]), jacobian=lambda x: np.diag(3 * x**2)"),
    "JAC305": _program(_CUBE, "f, x, jacobian=lambda x: 3 * x**2"),
    "JAC306": _program("def f(x):\n    x *= x**2\n    return x\n", "f, x, jacobian=lambda x: np.diag(3 * x**2)"),
    "JAC399": """\
from jaccli.checker.crashed import crash_report

try:
    1 / 0  # stands for a mistake in the program: one that is known is mended
except ZeroDivisionError:
    (check,) = crash_report("square.yaml").checks
    print(check.code, check.message)
""",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, and the file beside which it draws its rule."""

    line: str
    file: str
    text: str


_CUBE_BY_HAND = """\
import torch


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, y_bar):
        (x,) = ctx.saved_tensors
        return y_bar * 3 * x**2
"""
_SQUARE = "inputs: {x: 2}\noutputs:\n  y: x**2\n"
COMMANDS: Mapping[str, Command] = {
    "JAC300": Command("jac gradcheck square.yaml --of z -f jsonl", "square.yaml", _SQUARE),
    "JAC307": Command("jac gradcheck ops.py::Cube --at 'x=normal(3)' -f jsonl", "ops.py", _CUBE_BY_HAND),
    "JAC320": Command("jac gradcheck ops.py::f", "ops.py", "import nowhere\n\n\ndef f(x):\n    return x**2\n"),
    "JAC321": Command("jac gradcheck square.yaml", "square.yaml", f"target: ops.py::f\n{_SQUARE}"),
    "JAC322": Command(
        "jac gradcheck ops.py::f --framework numpy --at x=2.0 --vjp f",
        "ops.py",
        "import os\n\n\ndef f(x):\n    os._exit(1)\n",
    ),
}
