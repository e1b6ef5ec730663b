"""What a function in a file can be asked, by its decorator and on the command line: second derivatives, domains, tolerances."""

from __future__ import annotations

from pathlib import Path

import pytest

from jaccli.checker.functions.files import check_target
from jaccli.checker.options import CheckOptions
from jaccli.errors import UsageError
from jaccli.results.checks import Report

OPS = """\
import numpy as np
import jaccli

def cube(x=np.array([1.0, 2.0])):
    return np.sum(x**3)

def slope(x):
    return 3 * x**2

def bend(x):
    return np.diag(6 * x)

def bent(x):
    return np.diag(6.006 * x)

def bend_by(x, dx):
    return 6 * x * dx

def bent_by(x, dx):
    return 6.006 * x * dx

def factor(A):
    return np.linalg.cholesky(A)

def factor_jvp(A, dA):
    L = np.linalg.cholesky(A)
    middle = np.linalg.solve(L, np.linalg.solve(L, dA).T).T
    lower = np.tril(middle)
    lower[np.diag_indices_from(lower)] /= 2
    return L @ lower

@jaccli.check(x=np.array([1.0, 2.0]), jacobian=slope, hessian=bent)
def decorated(x):
    return np.sum(x**3)

@jaccli.check(A="positive_definite(3, 3)", jvp=factor_jvp, domain={"A": "symmetric"})
def cholesky(A):
    return factor(A)

@jaccli.check(inputs=np.array([1.0, 2.0]), jacobian=lambda x: 3.00003 * x**2, atol=1e-3)
def tolerant(x):
    return np.sum(x**3)

@jaccli.check(inputs=(np.array([1.0, 2.0]), 3.0), jacobian=lambda x, w: (w * 3 * x**2, np.sum(x**3)))
def two(x, w):
    return w * np.sum(x**3)

@jaccli.check(inputs=(1.0, 2.0), jacobian=slope)
def one(x):
    return x**3
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ops.py").write_text(OPS)


def seen(report: Report) -> set[tuple[str, str]]:
    return {(str(check.tested), str(check.outcome)) for check in report.checks}


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        pytest.param("cube", {"derivatives": {"jacobian": "slope", "hessian": "bend"}}, {("jacobian", "pass"), ("hessian", "pass")}, id="both"),
        pytest.param("cube", {"derivatives": {"jacobian": "slope", "hessian": "bent"}}, {("jacobian", "pass"), ("hessian", "fail")}, id="a wrong Hessian"),
        pytest.param("cube", {"derivatives": {"jacobian": "slope", "hessian": "bend"}, "order": 2}, {("hessian", "pass")}, id="the second alone"),
        pytest.param("cube", {"derivatives": {"jacobian": "slope", "hvp": "bend_by"}, "order": 2},
                     {("vjp", "pass"), ("hvp", "pass"), ("symmetry", "pass")}, id="a product"),
        pytest.param("cube", {"derivatives": {"jacobian": "slope", "hvp": "bent_by"}, "order": 2},
                     {("vjp", "fail"), ("hvp", "fail"), ("symmetry", "pass")}, id="a wrong product"),
        pytest.param("decorated", {}, {("jacobian", "pass"), ("hessian", "fail")}, id="of a decorator"),
        pytest.param("factor", {"at": ("A=positive_definite(3, 3)",), "derivatives": {"jvp": "factor_jvp"}, "domain": ("A=symmetric",)},
                     {("jvp", "pass")}, id="a domain"),
        pytest.param("cholesky", {}, {("jvp", "pass")}, id="a domain of a decorator"),
        pytest.param("tolerant", {}, {("jacobian", "pass")}, id="atol of a decorator"),
        pytest.param("two", {}, {("jacobian", "pass")}, id="inputs in order"),
    ],
)  # fmt: skip
def test_function_in_a_file_is_judged_as_asked(name: str, said, expected) -> None:
    assert seen(check_target(f"ops.py::{name}", CheckOptions(**said))) == expected


@pytest.mark.parametrize(
    ("name", "said", "message"),
    [
        pytest.param("cube", {"derivatives": {"jacobian": "slope"}, "order": 2}, "--order 2 judges --hessian or --hvp", id="nothing of order 2"),
        pytest.param("cube", {"derivatives": {"hessian": "bend"}}, "give --jacobian or --vjp as well", id="no gradient"),
        pytest.param("factor", {"at": ("A=normal(3, 3)",), "domain": ("A=symetric",)}, "did you mean `symmetric`?", id="no domain"),
        pytest.param("factor", {"at": ("A=normal(3, 3)",), "domain": ("A",)}, "expected NAME=DOMAIN", id="no name"),
        pytest.param("one", {}, "ops.py::one has 1 input, and @jaccli.check gives 2", id="too many inputs"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(name: str, said, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        check_target(f"ops.py::{name}", CheckOptions(**said))


def test_inputs_are_given_in_one_way() -> None:
    import jaccli

    with pytest.raises(UsageError, match="give w by name, or all inputs in order by inputs=, not both"):
        jaccli.check(inputs=(1.0,), w=2.0)
