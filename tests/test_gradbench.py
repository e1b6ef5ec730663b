"""The tool that speaks GradBench's protocol: right on small inputs of every eval, by references that know nothing of jaccli."""

from __future__ import annotations

import importlib
import io
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
mediator, references, tool = (
    importlib.import_module(f"benchmarks.gradbench.{name}") for name in ("__main__", "references", "tool")
)
CASES = list(references.cases())


def evaluate(module, function, input):
    return tool.response({"id": 7, "kind": "evaluate", "module": module, "function": function, "input": input})


def talk(*messages):
    out = io.StringIO()
    tool.main(io.StringIO("".join(json.dumps(message) + "\n" for message in messages)), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("module", "function", "input", "expected"), CASES, ids=[f"{c[0]} {c[1]} {k}" for k, c in enumerate(CASES)]
)
def test_tool_gives_the_reference(module, function, input, expected):
    answer = evaluate(module, function, input)
    assert answer["success"], answer.get("error")
    assert mediator.difference(expected, answer["output"]) < 1e-12


@pytest.mark.parametrize(
    ("module", "function", "input", "expected"), [c for c in CASES if c[0] in ("ba", "ht", "gmm", "kmeans")]
)
def test_tool_gives_the_same_when_it_runs_again(module, function, input, expected):
    answer = evaluate(module, function, input | {"min_runs": 4, "min_seconds": 0})
    assert mediator.difference(expected, answer["output"]) < 1e-12
    assert [timing["name"] for timing in answer["timings"]] == ["evaluate"] * 4


def test_tool_acknowledges_what_needs_no_answer():
    assert talk({"id": 0, "kind": "start"}, {"id": 5, "kind": "analysis", "of": 2, "valid": True}) == [
        {"id": 0, "tool": "jaccli"},
        {"id": 5},
    ]


@pytest.mark.parametrize(("module", "known"), [("det", True), ("lstm", False)])
def test_tool_says_which_evals_it_knows(module, known):
    assert talk({"id": 1, "kind": "define", "module": module}) == [{"id": 1, "success": known}]


def test_tool_says_why_an_evaluation_failed():
    (answer,) = talk({"id": 2, "kind": "evaluate", "module": "llsq", "function": "primal", "input": {"x": "y", "n": 3}})
    assert not answer["success"]
    assert "could not convert string" in answer["error"]


@pytest.mark.parametrize(
    ("expected", "actual", "apart"),
    [
        (1.0, 1.0002, 1e-4), (1000.0, 1000.2, 1e-4), ([1.0], [1.0, 1.0], float("inf")), ({"a": 1.0}, {"b": 1.0}, float("inf")),
        (1.0, float("nan"), float("inf")), ([1.0], 1.0, float("inf")), ({"a": [0.0, 2.0]}, {"a": [0.0, 2.0]}, 0.0),
    ],
)  # fmt: skip
def test_difference_is_relative_to_both_values(expected, actual, apart):
    assert mediator.difference(expected, actual) == pytest.approx(apart, rel=0.5)


class Wrong:
    """A tool whose gradients are too large by a thousandth."""

    def ask(self, message):
        answer = tool.response(message)
        if message.get("function") == "gradient":
            answer["output"] = [1.001 * x for x in answer["output"]]
        return answer


def test_mediator_finds_a_wrong_gradient():
    apart = {(module, function): apart for module, function, _, apart in mediator.own(Wrong(), 1, 0.0)}
    assert {key for key, found in apart.items() if found > mediator.TOLERANCE} == {
        ("lse", "gradient"), ("llsq", "gradient"), ("det", "gradient"), ("ode", "gradient"),
    }  # fmt: skip
