"""Functions in files: how they are named, imported, given inputs, and what every mistake on the way is called."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import numpy as np
import pytest

import jaccli
from jaccli.adapters import framework_of
from jaccli.checker.functions.files import check_target, names_of
from jaccli.checker.options import CheckOptions
from jaccli.errors import SourceError, UsageError
from jaccli.graph.selection import Selection
from jaccli.targets import Said, Target, cases, functions, is_target, target_of
from jaccli.targets.decorator import marks
from jaccli.targets.values import drawn, read_at

OPS = """\
import numpy as np
import jaccli

@jaccli.check(x="normal(3)", vjp=lambda x, y_bar: 2 * x * y_bar)
def square(x):
    return x**2

def cube(x=np.array([1.0, 2.0])):
    return x**3

def cube_jacobian(x):
    return np.diag(3 * x**2)

def cube_wrong(x):
    return np.diag(3.0015 * x**2)

def both(x, /, w, *, scale=2.0):
    return scale * x * w

number = 3

def whole(n=3):
    return n * 2.0

def alone():
    return 1.0
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ops.py").write_text(OPS)
    return tmp_path


# --- names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ops.py::gelu", Target("ops.py", "gelu")),
        ("a/b.py", Target("a/b.py")),
        ("mypkg.ops::gelu", Target("mypkg.ops", "gelu")),
        ("mypkg.ops:gelu", Target("mypkg.ops", "gelu")),
        ("ops.py::Layer::call", Target("ops.py", "Layer.call")),
    ],
)
def test_target_of_reads_places_and_functions(text: str, expected: Target) -> None:
    assert target_of(text) == expected


@pytest.mark.parametrize("text", ["::f", "ops.py::", "ops.py::f g", "os; x::f", "a.b", "ops.py::__import__('os')"])
def test_target_of_refuses_what_names_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="names no function; write FILE"):
        target_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.yaml", False),
        ("specs", False),
        ("-", False),
        ("a.py", True),
        ("m::f", True),
        ("a::b.yaml", False),
        ("a::b.yaml#2", False),
    ],
)
def test_is_target_tells_code_from_specs(text: str, expected: bool) -> None:
    assert is_target(text) is expected


# --- imports


def test_functions_of_a_file_are_those_that_are_decorated() -> None:
    assert names_of("ops.py") == ["ops.py::square"]


def test_import_leaves_sys_path_alone() -> None:
    before = list(sys.path)
    functions(target_of("ops.py::cube"))
    assert sys.path == before


def test_import_of_a_file_in_a_package_knows_its_neighbours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pkg", "pkg.base", "pkg.ops"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    (folder / "pkg").mkdir()
    (folder / "pkg/__init__.py").write_text("")
    (folder / "pkg/base.py").write_text("TWO = 2.0\n")
    (folder / "pkg/ops.py").write_text(
        "from .base import TWO\nfrom pkg.base import TWO as T\ndef f(x=1.0):\n    return TWO * x\n"
    )
    ((_, fn),) = functions(target_of("pkg/ops.py::f"))
    assert (fn.__module__, fn(2.0)) == ("pkg.ops", 4.0)


def test_import_of_a_file_hides_no_module_of_its_name(folder: Path) -> None:
    (folder / "random.py").write_text("def f(x=1.0):\n    return x\n")
    functions(target_of("random.py::f"))
    import random

    assert random.random


BROKEN = [
    pytest.param("no.py::f", "", "no.py does not exist", "check the path", None, id="no file"),
    pytest.param("d.py::f", None, "d.py is a folder", "name a file in it", None, id="a folder"),
    pytest.param("ops.py::cubes", "", "ops.py has no function `cubes`", "did you mean `cube`?", None, id="no function"),
    pytest.param("ops.py::number", "", "`number` of ops.py is a int, and cannot be called", "name a function", None, id="a number"),
    pytest.param("m.py", "def f(x): pass\n", "no function of m.py is decorated with @jaccli.check", "name one, as in m.py::f", None, id="none decorated"),
    pytest.param("m.py::f", "x = 1\ndef f(:\n", "m.py is no Python: invalid syntax", "mend it there", (2, 7), id="syntax"),
    pytest.param("m.py::f", "x = 1\ny = x / 0\n", "importing m.py raises ZeroDivisionError: division by zero", 'what is not to run on import belongs below if __name__ == "__main__":', (2, 1), id="raises"),
    pytest.param("m.py::f", "import sys\nsys.exit(0)\n", "importing m.py ends the program: 0", 'what is not to run on import belongs below if __name__ == "__main__":', (2, 1), id="exits"),
    pytest.param("m.py::f", "import helper_of_mine\n", "m.py imports `helper_of_mine`, which is not installed here", "install it; nothing is put on sys.path: install the project (pip install -e .) or set PYTHONPATH", (1, 1), id="a missing module"),
    pytest.param("no_such_module::f", "", "there is no module `no_such_module`, which is not installed here", "install it; nothing is put on sys.path: install the project (pip install -e .) or set PYTHONPATH", None, id="no module"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "text", "message", "help_", "place"), BROKEN)
def test_import_says_what_is_wrong(
    folder: Path, target: str, text: str | None, message: str, help_: str | None, place
) -> None:
    if text is None:
        (folder / "d.py").mkdir()
    else:
        (folder / "m.py").write_text(text)
    with pytest.raises(SourceError, match="JAC320") as caught:
        names_of(target)
    (problem,) = caught.value.problems
    assert problem.message.startswith(message)
    assert help_ is None or problem.help == help_
    assert place is None or (problem.span.line, problem.span.column) == place


# --- values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1.5", 1.5, id="a number"),
        pytest.param("3", 3, id="a whole number stays whole"),
        pytest.param("-2e-3", -0.002, id="minus"),
        pytest.param("'mean'", "mean", id="a text"),
        pytest.param("None", None, id="nothing"),
        pytest.param("True", True, id="true"),
    ],
)
def test_value_of_a_literal_is_python_s(text: str, expected) -> None:
    assert drawn("x", text, 0) == expected


@pytest.mark.parametrize(
    ("text", "shape", "dtype"),
    [
        pytest.param("[1.0, 2.0]", (2,), "float64", id="a list"),
        pytest.param("[[1, 2], [3, 4]]", (2, 2), "int64", id="a matrix of whole numbers"),
        pytest.param("normal(3, 4)", (3, 4), "float64", id="normal"),
        pytest.param("normal((3, 4), std=2)", (3, 4), "float64", id="a tuple of sizes, an option"),
        pytest.param("uniform(2, low=-1, high=1, dtype=float32)", (2,), "float32", id="a dtype"),
        pytest.param("positive_definite(3, 3)", (3, 3), "float64", id="a domain"),
        pytest.param("arange(4, dtype=int64)", (4,), "int64", id="indices"),
        pytest.param("normal()", (), "float64", id="a scalar"),
    ],
)
def test_value_of_a_call_is_an_array(text: str, shape: tuple[int, ...], dtype: str) -> None:
    value = drawn("x", text, 0)
    assert (value.shape, str(value.dtype)) == (shape, dtype)


def test_value_depends_on_name_and_seed() -> None:
    found = [drawn(name, "normal(2)", seed).tolist() for name, seed in (("x", 0), ("x", 0), ("w", 0), ("x", 1))]
    assert (found[0] == found[1], found[0] == found[2], found[0] == found[3]) == (True, False, False)


UNUSABLE = [
    pytest.param("nrmal(3)", "x=nrmal(3) is not a way to fill an array; did you mean `normal`?", id="misspelt"),
    pytest.param("normal(-1)", "x=normal(-1) needs sizes, whole numbers with a product of at most 10,000,000: normal(3, 4)", id="negative size"),
    pytest.param("normal(10**9)", "x=normal(10**9) is not a number, list or call such as normal(3, 4)", id="arithmetic"),
    pytest.param("normal(100000, 100000)", "x=normal(100000, 100000) needs sizes, whole numbers with a product of at most 10,000,000: normal(3, 4)", id="too large"),
    pytest.param("normal(3, sdt=2)", "x=normal(3, sdt=2) has an unknown option sdt; did you mean `std`?", id="option"),
    pytest.param("normal(3, dtype=float23)", "x=normal(3, dtype=float23) has an unknown dtype float23; did you mean `float32`?", id="dtype"),
    pytest.param("constant(3)", "x=constant(3) needs value=…", id="needed option"),
    pytest.param("eye(3)", "x=eye(3) needs 2 sizes", id="axes"),
    pytest.param("symmetric(3)", "x=symmetric(3) needs 2 sizes", id="axes of a domain"),
    pytest.param("[[1.0], [1.0, 2.0]]", "x=[[1.0], [1.0, 2.0]] has rows of different lengths", id="ragged"),
    pytest.param("__import__('os').system('true')", "x=__import__('os').system('true') is not a way to fill an array; such as zeros, ones, constant, eye, arange, linspace, uniform", id="code"),
    pytest.param("x + 1", "x=x + 1 is not a number, list or call such as normal(3, 4)", id="an expression"),
    pytest.param("1 +", "x=1 + is not a number, list or call such as normal(3, 4)", id="half of one"),
    pytest.param("[" * 5000, "is too long", id="nested"),
    pytest.param("-" * 50_000 + "1", "is too long", id="a hundred thousand signs"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), UNUSABLE)
def test_value_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        drawn("x", text, 0)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["x", "=1", "x=", "1x=2", "a b=1"])
def test_at_needs_a_name_and_a_value(text: str) -> None:
    with pytest.raises(UsageError, match="expected NAME=VALUE"):
        read_at([text])


# --- cases


def case(fn, *at: str, **more):
    (found,) = cases("m.py::f", fn, Said(read_at(at), more))
    return found.task


def test_case_of_defaults_needs_no_options() -> None:
    def f(x=2.5, eps=1e-3, axis=0, name="a"):
        return x

    assert case(f).inputs == (2.5, 1e-3)


def test_case_of_what_is_named_leaves_the_other_defaults() -> None:
    def f(x, eps=1e-3):
        return x

    assert case(f, "x=2.0").inputs == 2.0


def test_case_of_keyword_inputs_is_a_mapping() -> None:
    def f(x=1.0, *, y):
        return x

    assert case(f, "y=2.0").inputs == {"y": 2.0}


def test_case_of_several_decorators_is_several_points() -> None:
    @jaccli.check(x=1.0)
    @jaccli.check(x=2.0)
    def f(x):
        return x

    assert [c.task.inputs for c in cases("f", f, Said({}, {}))] == [1.0, 2.0]


def test_case_of_the_command_line_goes_before_the_decorator() -> None:
    @jaccli.check(x=1.0, vjp=abs)
    def f(x):
        return x

    task = case(f, "x=3.0", vjp=max)
    assert (task.inputs, task.vjp) == (3.0, max)


def test_further_points_are_drawn_anew() -> None:
    found = cases("f", lambda x: x, Said({"x": "normal(2)"}, {}, points=3))
    assert len({c.task.inputs.tobytes() for c in found}) == 3


@pytest.mark.parametrize(
    ("at", "message"),
    [
        pytest.param([], r"m.py::f needs a value for `x`: --at 'x=normal\(3, 4\)', a default in its signature, or @jaccli.check\(x=…\) above it", id="missing"),
        pytest.param(["x=nrmal(3)"], r"m.py::f: x=nrmal\(3\) is not a way to fill an array; did you mean `normal`\?", id="value"),
        pytest.param(["x=1.0", "ww=2"], "m.py::f has no input `ww`; did you mean `w`?", id="unknown"),
    ],
)  # fmt: skip
def test_case_says_what_is_wrong(at: list[str], message: str) -> None:
    def f(x, w=1.0):
        return x

    with pytest.raises(UsageError, match=message):
        case(f, *at)


def test_decorator_leaves_the_function_as_it_is() -> None:
    def f(x):
        return x

    assert jaccli.check(x=1.0)(f) is f
    assert marks(f)[0].inputs == {"x": 1.0}


def test_decorator_refuses_what_takes_no_attributes() -> None:
    with pytest.raises(TypeError, match="cannot mark a builtin_function_or_method; put it on a function that calls it"):
        jaccli.check(x=1.0)(len)


class _Tensor:
    pass


@pytest.mark.parametrize("root", ["torch", "jax", "tensorflow"])
def test_framework_is_that_of_the_inputs_or_of_the_code(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Tensor, "__module__", f"{root}._tensor")
    names = {"made": type("Made", (_Tensor,), {})}
    exec("def f(x):\n    return made.apply(x)", names)
    assert framework_of(lambda x: x, {"x": _Tensor()}) == root
    assert framework_of(names["f"], {"x": 1.0}) == root
    assert framework_of(names["f"], {"x": 1.0}, {"vjp": abs}) == "numpy"
    assert framework_of(lambda x: np.sin(x), {"x": 1.0}) == "numpy"


@pytest.mark.parametrize(("code", "framework"), [("x.abs()", "torch"), ("np.abs(x)", "numpy"), ("abs(x)", "torch")])
def test_framework_is_the_only_one_of_the_module(code: str, framework: str) -> None:
    names = {"np": np, "torch": ModuleType("torch")}
    exec(f"def f(x):\n    return {code}", names)
    assert framework_of(names["f"], 1.0) == framework


# --- checks


def outcomes(target: str, **options) -> dict[str, str]:
    return {check.id: check.outcome for check in check_target(target, CheckOptions(**options)).checks}


def test_check_of_a_decorated_function() -> None:
    assert outcomes("ops.py::square") == {"ops.py::square::y/x[vjp-p0]": "pass"}


@pytest.mark.parametrize(("name", "outcome"), [("cube_jacobian", "pass"), ("cube_wrong", "fail")])
def test_check_of_a_function_and_the_derivative_beside_it(name: str, outcome: str) -> None:
    assert outcomes("ops.py::cube", derivatives={"jacobian": name}) == {"ops.py::cube::y/x[jacobian-p0]": outcome}


def test_check_at_several_points_has_an_id_for_each() -> None:
    assert list(outcomes("ops.py::square", points=2)) == [f"ops.py::square::y/x[vjp-p{k}]" for k in range(2)]


def test_check_reruns_on_the_command_line() -> None:
    options = CheckOptions(
        at=("x=[1.0]",), derivatives={"jacobian": "cube_wrong"}, again=" --at 'x=[1.0]' --jacobian cube_wrong"
    )
    (check,) = check_target("ops.py::cube", options).checks
    assert check.rerun == "jac gradcheck ops.py::cube --of y --wrt x --seed 0 --at 'x=[1.0]' --jacobian cube_wrong"


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        pytest.param("ops.py::cube", {}, "ops.py::cube has no derivative to check: name one beside it with --vjp", id="no derivative"),
        pytest.param("ops.py::cube", {"derivatives": {"vjp": "cube", "against": "cube"}}, "--against is for a framework's own derivatives: leave --vjp out", id="against and a claim"),
        pytest.param("ops.py::cube", {"derivatives": {"vjp": "cube"}, "compiled": "jit"}, "--compile is for a framework's own derivatives", id="compile and a claim"),
        pytest.param("ops.py::whole", {}, r"ops.py::whole has no floating-point input to differentiate: `n` has the default 3, .*n=3.0", id="whole"),
        pytest.param("ops.py::alone", {}, "ops.py::alone has no inputs, so there is nothing to differentiate", id="no inputs"),
        pytest.param("ops.py::square", {"selection": Selection(("z",))}, "`z` is not an output of ops.py::square; known: y", id="output"),
        pytest.param("ops.py::square", {"framework": "trch"}, "'framework' 'trch' is not one jaccli checks", id="framework"),
    ],
)  # fmt: skip
def test_check_says_what_is_wrong(target: str, options, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_target(target, CheckOptions(**options))


def test_check_of_what_raises_is_a_row(folder: Path) -> None:
    (folder / "m.py").write_text(dedent("def f(x=1.0):\n    raise ValueError('no')\ndef df(x):\n    return x\n"))
    report = check_target("m.py::f", CheckOptions(derivatives={"jacobian": "df"}))
    assert [(c.id, c.outcome, c.code) for c in report.checks] == [("m.py::f", "error", "JAC302")]


TORCH = """\
import torch, jaccli

class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, y_bar):
        return FACTOR * ctx.saved_tensors[0] * y_bar

@jaccli.check(x="normal(2, dtype=float64)")
def through(x):
    return Square.apply(x)
"""


@pytest.mark.parametrize("name", ["Square", "through"])
@pytest.mark.parametrize(("factor", "outcome"), [("2", "pass"), ("2.001", "fail")])
def test_check_of_a_custom_function_of_torch(folder: Path, name: str, factor: str, outcome: str) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    (folder / "m.py").write_text(TORCH.replace("FACTOR", factor))
    assert outcomes(f"m.py::{name}", at=("x=normal(2)",))[f"m.py::{name}::y/x[reverse-p0]"] == outcome
