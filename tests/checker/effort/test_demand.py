"""What a spec takes is counted before it runs: refused one below its count, allowed at it, and the same on every machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import jaccli
from jaccli.checker.effort.demand import LARGE, MOVED, checked_demand, computed_demand, product_demand
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.cli import app
from jaccli.compute.compute import compute
from jaccli.derive.symbolic import TooLarge
from jaccli.derive.symbolic.exact import MAX_BITS
from jaccli.errors import SourceError

SPEC = """\
inputs:
  A: {shape: [3, 3], init: normal, seed: 1}
  b: {shape: [3], init: normal, seed: 2}
let:
  c: A @ b
outputs:
  y: sum(tanh(c))
  z: sum(inv(A) @ c)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("a.yaml").write_text(SPEC)


def built(text: str = SPEC):
    Path("b.yaml").write_text(text)
    return jaccli.load("b.yaml").built


@pytest.mark.parametrize("key", ["operations", "memory"])
@pytest.mark.parametrize("order", [1, 2])
def test_compute_is_refused_one_below_its_count(key: str, order: int) -> None:
    spec = built("inputs: {x: [1.0, 2.0]}\noutputs: {y: sum(x**3)}\n")
    count = getattr(computed_demand(spec, ["y"], ["x"], order), key)
    compute(spec, order=order, texts=False, **{f"max_{key}": count})
    with pytest.raises(SourceError, match="JAC009 computing the derivatives takes about"):
        compute(spec, order=order, texts=False, **{f"max_{key}": count * (1 - 1e-9)})


@pytest.mark.parametrize("key", ["operations", "memory"])
@pytest.mark.parametrize(
    "options",
    [CheckOptions(), CheckOptions(directions=2), CheckOptions(full=True), CheckOptions(points=2)],
    ids=["plain", "directions", "full", "points"],
)
def test_gradcheck_is_refused_one_below_its_count(key: str, options: CheckOptions) -> None:
    spec = built("inputs:\n  x: {value: [1.0, 2.0], range: [1, 2]}\noutputs: {y: sum(x**3)}\n")
    # three points, where there is a range and nobody says how many
    counted = checked_demand(spec, ["y"], ["x"], options.points or 3, options.directions, options.full, 1)
    count = getattr(counted, key)
    assert check(spec, replace(options, **{f"max_{key}": count})).outcome == "pass"
    with pytest.raises(SourceError, match="JAC009 checking the derivatives takes about"):
        check(spec, replace(options, **{f"max_{key}": count * (1 - 1e-9)}))


@pytest.mark.parametrize(("command", "words"), [("compute", "computing"), ("gradcheck", "checking")])
def test_the_message_names_the_line_and_the_option(command: str, words: str) -> None:
    Path("a.yaml").write_text(SPEC.replace("3", "300"))  # large enough for its arithmetic to count
    done = CliRunner().invoke(app, [command, "a.yaml", "--max-operations", "1000", "--max-memory", "1e-9"])
    shown = " ".join(done.output.split())
    assert done.exit_code == 2
    assert f"{words} the derivatives takes about" in shown
    assert "a.yaml:8:" in shown  # the inverse
    assert "or allow it with --max-operations" in shown
    assert "or allow it with --max-memory" in shown


def test_the_option_of_the_message_is_enough() -> None:
    done = CliRunner().invoke(app, ["compute", "a.yaml", "--max-operations", "1000", "--max-memory", "1e-9"])
    words = done.output.replace("\n", " ").split()
    given = [words[words.index(option) + k] for option in ("--max-operations", "--max-memory") for k in (0, 1)]
    assert CliRunner().invoke(app, ["compute", "a.yaml", *given]).exit_code == 0


@pytest.mark.parametrize("key", ["max-operations", "max-memory"])
@pytest.mark.parametrize("command", ["compute", "gradcheck"])
def test_limits_are_settings(key: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text(f"[tool.jaccli]\n{key} = 1e-8\n")
    assert CliRunner().invoke(app, [command, "a.yaml", "--of", "y"]).exit_code == 2
    monkeypatch.setenv(f"JACCLI_{key.upper().replace('-', '_')}", "1e12")
    assert CliRunner().invoke(app, [command, "a.yaml", "--of", "y"]).exit_code == 0


@pytest.mark.parametrize("option", ["--max-operations", "--max-memory"])
def test_limits_are_positive(option: str) -> None:
    done = CliRunner().invoke(app, ["compute", "a.yaml", option, "0"])
    assert (done.exit_code, f"{option} must be a positive number (got 0)" in done.output) == (2, True)


HUGE = [
    pytest.param("inputs:\n  A: {shape: [3000, 3000], init: normal, seed: 1}\noutputs: {y: sum(inv(A))}\n", 3, id="an inverse"),
    pytest.param("inputs:\n  x: {shape: [4, 8], init: normal, seed: 1}\nnetwork:\n  - repeat: {times: 1000, layers: [{dense: 8}, relu]}\noutputs: {y: sum(output)}\n", 4, id="a thousand layers"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), HUGE)
def test_hours_of_work_are_refused_by_default(text: str, line: int) -> None:
    Path("b.yaml").write_text(text)
    done = CliRunner().invoke(app, ["gradcheck", "b.yaml"])
    assert (done.exit_code, "more than 1e+11" in done.output, f"b.yaml:{line}:" in done.output) == (2, True, True)


LONG = [
    pytest.param("inputs:\n  A: {shape: [2500, 2500], init: normal, seed: 1}\noutputs:\n  y: sum(A)\n  z: sum(inv(A))\n", 5, id="a condition number"),
    pytest.param("inputs: {t: 2.0}\nlet:\n  a0: t*ones(10000000)\n" + "".join(f"  a{k}: sin(a{k - 1}) + {k}\n" for k in range(1, 60)) + "outputs: {y: sum(a59)}\n", 5, id="arrays that no cache holds"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), LONG)
def test_minutes_of_computing_are_refused_by_default(text: str, line: int) -> None:
    Path("b.yaml").write_text(text)
    done = CliRunner().invoke(app, ["compute", "b.yaml"])
    assert (done.exit_code, "more than 1e+11" in done.output, f"b.yaml:{line}:" in done.output) == (2, True, True)


@pytest.mark.parametrize(("size", "more"), [(LARGE, 0), (LARGE + 1, MOVED)], ids=["at the limit", "above it"])
def test_elements_that_no_cache_holds_count_more(size: int, more: int) -> None:
    spec = built(f"inputs: {{t: 2.0}}\noutputs: {{y: sum(sin(t*ones({size})))}}\n")
    one = computed_demand(spec, ["y"], ["t"]).operations - computed_demand(spec, ["y"], []).operations
    assert one == pytest.approx(4 * (5 + 1 + 2 * more) * size, rel=0.05)  # REVERSE times a product, a sine and a sum


LARGE_INPUTS = [
    pytest.param("inputs:\n  x: {shape: [1, 3000], init: normal}\nnetwork:\n  layers: [{dense: 1000000}]\n  loss: sum(output)\n", id="a layer"),
    pytest.param("inputs:\n" + "".join(f"  x{k}: {{shape: [10000000], init: normal}}\n" for k in range(200)) + "outputs: {y: 'sum(x0[:2])'}\n", id="inputs that are not used"),
]  # fmt: skip


@pytest.mark.parametrize("text", LARGE_INPUTS)
@pytest.mark.parametrize("command", [["compute"], ["gradcheck"], ["compute", "--cotangent", "1"]], ids=" ".join)
def test_values_that_do_not_fit_are_refused_before_they_are_drawn(
    command: list[str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("jaccli.spec.points.initial_value", drawn)
    Path("b.yaml").write_text(text)
    command = [*command[:2], *(f"{'loss' if 'loss' in text else 'y'}={value}" for value in command[2:])]
    done = CliRunner().invoke(app, [*command, "b.yaml"])
    assert (done.exit_code, "of memory, more than 8 GB" in done.output) == (2, True), done.output


@pytest.mark.parametrize("key", ["operations", "memory"])
@pytest.mark.parametrize("seeds", [{"tangents": {"x": [1.0, 0.5]}}, {"cotangents": {"y": 1.0}}], ids=["jvp", "vjp"])
def test_products_are_counted_too(key: str, seeds: dict) -> None:
    spec = built("inputs: {x: [1.0, 2.0]}\noutputs: {y: sum(x**3)}\n")
    count = getattr(product_demand(spec, ["y"], 1), key)
    compute(spec, texts=False, **{f"max_{key}": count}, **seeds)
    with pytest.raises(SourceError, match="JAC009 computing the derivatives takes about"):
        compute(spec, texts=False, **{f"max_{key}": count * (1 - 1e-9)}, **seeds)


@pytest.mark.parametrize("command", ["compute", "gradcheck", "explain"])
def test_memory_that_is_not_there_is_no_bug(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*_: object) -> None:
        raise MemoryError("Unable to allocate 22 GiB")

    monkeypatch.setattr("jaccli.spec.points.initial_value", drawn)
    done = CliRunner().invoke(app, [command, "a.yaml"])
    assert (
        done.exit_code,
        "there is not enough memory: Unable to allocate 22 GiB" in " ".join(done.output.split()),
    ) == (2, True)


# --- exact numbers

POWERS = [
    pytest.param("((1+1e-300)**1000)**1000", id="a tower"),
    pytest.param("(((1+1/1000)**1000)**1000)**1000", id="three storeys"),
    pytest.param("sqrt((1+1e-300)**1000)**1000", id="under a root"),
    pytest.param("gamma(100000)", id="a factorial"),
    pytest.param("gamma(gamma(12))", id="a factorial of one"),
    pytest.param("exp(1000000*log(2))", id="an exponential of a logarithm"),
    pytest.param("polygamma(3, 123456)", id="a sum of so many fractions"),
    pytest.param("beta(100000, 200000)", id="factorials"),
]


@pytest.mark.parametrize("power", POWERS)
def test_long_exact_numbers_are_not_written_out(power: str) -> None:
    spec = built(f'inputs: {{x: 2.0}}\noutputs: {{y: "x*({power})"}}\n')
    block = compute(spec).blocks[0]
    assert block.symbolic is None or block.value is not None
    with pytest.raises(jaccli.UsageError, match=r"--route symbolic: .*exact"):
        compute(spec, route="symbolic")


@pytest.mark.parametrize(("exponent", "refused"), [(MAX_BITS // 3, False), (MAX_BITS // 2 + 1, True)])
def test_limit_of_an_exact_power(exponent: int, refused: bool) -> None:
    from sympy import Integer

    from jaccli.derive.symbolic.exact import refuse_long

    if refused:
        with pytest.raises(TooLarge, match="the exact power of two constants has more than 16,384 binary digits"):
            refuse_long("pow", (Integer(3), Integer(exponent)))
    else:
        refuse_long("pow", (Integer(3), Integer(exponent)))


@pytest.mark.parametrize(
    "constant", ["sin(2000)", "exp(800)/exp(799)", "(1+1/1000)**100", "2**300", "gamma(9)", "log(123456)"]
)
def test_exact_constants_that_people_write_stay(constant: str) -> None:
    block = compute(built(f'inputs: {{x: 2.0}}\noutputs: {{y: "x*({constant})"}}\n')).blocks[0]
    assert block.symbolic is not None
