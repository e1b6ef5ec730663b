"""The work of reading, building, differentiating, writing and checking grows linearly: counted in steps, never in seconds."""

import pytest
from counting import steps

from jaccli.checker.specs.run import check
from jaccli.compute.compute import compute
from jaccli.derive.jacobian import jacobian
from jaccli.derive.symbolic import Derivation
from jaccli.graph.build import build
from jaccli.report.json import compute_json
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

SLACK = 1.02  # what is twice as large may take twice the steps and 2 % more: dictionaries, a longer name here and there


def assert_linear(action, small, prepare=lambda size: size):
    steps(
        action, prepare(small)
    )  # what is kept from run to run is kept now; from Python 3.12 the first trace misses bytecodes
    first, second = (steps(action, prepare(size)) for size in (2 * small, 4 * small))
    assert second <= SLACK * 2 * first


def chain(lines):
    """Return a spec of so many steps, each made of the two before it."""
    text = "".join(f"  s{100 + k}: 0.5*sin(s{99 + k}) + 0.25*s{99 + k}*x\n" for k in range(1, lines + 1))
    return f"inputs:\n  x: 0.5\n  s100: 1.5\nlet:\n{text}outputs:\n  y: s{100 + lines}\n".replace("s100:", "s100: ", 1)


def fan(outputs):
    """Return a spec of so many numbers of the same inputs."""
    rows = "".join(f"  y{100 + k}: sin({100 + k}*a) * b\n" for k in range(outputs))
    return f"inputs: {{a: 0.5, b: 0.25}}\noutputs:\n{rows}"


def built(text):
    problems = []
    return build(read_spec(Source("s.yaml", text), None, problems), problems)


def by_output(model):
    for output in model.outputs.values():
        jacobian(model.graph, output, list(model.variables.values()), {"a": 0.5, "b": 0.25})


def symbolic_of_each(model):
    derivation, point = Derivation(model.graph), model.point()
    for output in model.outputs.values():
        for block in derivation.blocks(output, list(model.variables.values()), point):
            block.evaluate(point)


ROWS = [
    pytest.param(built, chain, 20, id="read and build let lines"),
    pytest.param(built, fan, 20, id="read and build outputs"),
    pytest.param(lambda m: compute(m, texts=False), lambda n: built(chain(n)), 20, id="differentiate let lines"),
    pytest.param(compute, lambda n: built(chain(n)), 10, id="symbols of let lines"),
    pytest.param(symbolic_of_each, lambda n: built(chain(n)), 20, id="symbolic numbers of let lines"),
    pytest.param(symbolic_of_each, lambda n: built(fan(n)), 20, id="symbolic numbers of outputs"),
    pytest.param(by_output, lambda n: built(fan(n)), 20, id="differentiate outputs one by one"),
    pytest.param(lambda m: compute_json(compute(m)), lambda n: built(fan(n)), 10, id="outputs as symbols and JSON"),
    pytest.param(check, lambda n: built(fan(n)), 4, id="gradcheck of outputs"),
]


@pytest.mark.parametrize(("action", "prepare", "small"), ROWS)
def test_work_is_linear(action, prepare, small):
    assert_linear(action, small, prepare)


def test_counting_finds_what_is_quadratic():
    def looks_at_all_leaves_for_each_output(model):
        for _ in model.outputs:
            [x for x in range(10) if dict(model.graph.nodes[0].params)]
            model.graph.inputs()
            for node in model.graph.nodes:
                node.row  # noqa: B018

    with pytest.raises(AssertionError, match="<="):
        assert_linear(looks_at_all_leaves_for_each_output, 10, lambda n: built(fan(n)))
