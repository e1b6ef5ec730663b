"""A vjp or jvp that is no product: it ignores its seed, or does not scale with it; said in the numbers that it gives."""

import numpy as np
import pytest

import jaccli
from jaccli.report.gradcheck.problems import told_once

X = np.array([0.7, 1.2])


@pytest.mark.parametrize(
    ("vjp", "words"),
    [
        pytest.param(lambda x, v: 2 * x, "the cotangent is ignored: for a cotangent of 0 the vjp gives 2.4, not 0, and for 1 and 2 of `y` 2.4 both times", id="ignored"),
        pytest.param(lambda x, v: 2 * x * v + 0.5, "a part of the vjp does not carry the cotangent: for a cotangent of 0 the vjp gives 0.5, not 0", id="partly"),
        pytest.param(lambda x, v: 2 * x * v**2, "for 1 of `y` it gives 2.4, for 2 9.6, not twice that", id="square"),
        pytest.param(lambda x, v: 2 * x * np.clip(v, -1, 1), "for 1 of `y` it gives 2.4, for 2 2.4, not twice that", id="clip"),
        pytest.param(lambda x, v: 2 * x * np.abs(v), "for 1 of `y` it gives 2.4, for -1 2.4, not the negative", id="size"),
        pytest.param(lambda x, v: 2 * x * np.maximum(v, 0), "for -1 0.0, not the negative", id="condition"),
    ],
)  # fmt: skip
def test_vjp_that_is_not_linear_is_named_once(vjp, words):
    checks = jaccli.gradcheck(lambda x: x**2, X, vjp=vjp).checks
    (found,) = [check for check in checks if check.outcome == "fail"]
    assert found.code == "JAC115"
    assert words in found.help


def test_jvp_that_ignores_its_tangent_is_named():
    (found,) = jaccli.gradcheck(lambda x: x**2, X, jvp=lambda x, u: 2 * x).checks
    assert "the tangent is ignored: for a tangent of 0 the jvp gives" in found.help


@pytest.mark.parametrize(
    ("vjp", "code"),
    [(lambda x, v: 3 * x * v, "JAC102"), (lambda x, v: -2 * x * v, "JAC101"), (lambda x, v: 0 * v, "JAC112")],
)
def test_vjp_that_is_linear_keeps_the_name_of_its_mistake(vjp, code):
    (found,) = jaccli.gradcheck(lambda x: x**2, X, vjp=vjp).checks
    assert found.code == code


def test_vjp_that_raises_for_another_cotangent_keeps_the_name_of_its_mistake():
    def vjp(x, v):
        assert np.any(v)
        return 3 * x * v

    (found,) = jaccli.gradcheck(lambda x: x**2, X, vjp=vjp).checks
    assert found.code == "JAC102"


def test_one_mistake_of_vjp_and_jvp_is_told_once():
    report = jaccli.gradcheck(lambda x: x**2, X, vjp=lambda x, v: 3 * x * v, jvp=lambda x, u: 3 * x * u)
    failed = [check for check in report.checks if check.outcome == "fail"]
    ((first, also),) = told_once(failed)
    assert (first.tested, [one.tested for one in also]) == ("vjp", ["jvp"])
    assert jaccli.report_text(report).count("JAC102") == 2  # the block, and the rule to read
    assert "also   jvp, in the same way" in jaccli.report_text(report)


def test_two_mistakes_of_vjp_and_jvp_are_told_apart():
    report = jaccli.gradcheck(lambda x: x**2, X, vjp=lambda x, v: 3 * x * v, jvp=lambda x, u: -2 * x * u)
    assert len(told_once(check for check in report.checks if check.outcome == "fail" and check.code != "JAC300")) >= 2
