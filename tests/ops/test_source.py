"""Generated source computes what the kernels compute: for every op of the table, with and without a batch."""

import itertools

import numpy as np
import pytest
from samples import SAMPLES, elementwise_samples

from jaccli.graph.code import HELPERS, SOURCES, generate, identifier
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.ops import TABLE

LEAVES = {"leaf"}  # named, not computed


def run(code, values):
    """Return the results of generated source, run with nothing but NumPy and SciPy's special functions."""
    text = "import numpy as np\nfrom scipy import special\n" + "".join(HELPERS[name] for name in code.helpers)
    space = dict(code.constants)
    exec(text, space)
    space.update(values)
    with np.errstate(all="ignore"):
        exec("\n".join(code.lines), space)
        return [eval(result, space) for result in code.results]


def graph_of(sample):
    graph = Graph()
    boolean = [sample.domain(k) == "boolean" for k in range(len(sample.shapes))]
    xs = [graph.leaf(f"x{k}", shape, b) for k, (shape, b) in enumerate(zip(sample.shapes, boolean, strict=True))]
    return graph, xs, graph.add(sample.op, xs, sample.params)


CASES = [
    pytest.param(sample, batched, id=f"{sample.id}-{''.join('b' if b else '.' for b in batched)}")
    for sample in (*elementwise_samples(), *SAMPLES)
    for batched in itertools.product([False, True], repeat=len(sample.shapes))
]


@pytest.mark.parametrize(("sample", "batched"), CASES)
def test_source_computes_what_the_kernel_computes(sample, batched, rng):
    graph, xs, y = graph_of(sample)
    values = {f"x{k}": v for k, v in enumerate(sample.draw(rng, [(4,) if b else () for b in batched]))}
    code = generate(
        graph,
        [y],
        {x.index: f"x{k}" for k, x in enumerate(xs)},
        batched=[x.index for x, b in zip(xs, batched, strict=True) if b],
    )
    expected = evaluate(graph, [y], values)[0]
    np.testing.assert_allclose(run(code, values)[0], expected, rtol=1e-12, atol=1e-14)
    assert code.batched == (any(batched),)


def test_source_is_complete_over_the_op_table():
    lacking = [n for n, row in TABLE.items() if n not in SOURCES and not isinstance(row.kernel, np.ufunc)]
    assert set(lacking) == LEAVES


def test_source_has_no_row_for_what_is_no_op():
    assert set(SOURCES) <= set(TABLE)


def test_source_of_a_singular_matrix_is_nan():
    graph = Graph()
    a = graph.leaf("a", (2, 2))
    code = generate(graph, [a.apply("inv")], {a.index: "a"})
    assert np.all(np.isnan(run(code, {"a": np.ones((2, 2))})[0]))


def test_source_of_a_singular_cofactor_is_the_kernels():
    graph = Graph()
    a = graph.leaf("a", (2, 2))
    values = {"a": np.array([[1.0, 2.0], [2.0, 4.0]])}
    y = a.apply("cofactor")
    found = run(generate(graph, [y], {a.index: "a"}), values)[0]
    np.testing.assert_allclose(found, evaluate(graph, [y], values)[0], rtol=1e-12)


def test_source_names_steps_as_the_user_did_and_hides_nothing_of_python():
    graph = Graph()
    x = graph.leaf("x")
    y = x.apply("sin")
    z = y.apply("exp")
    graph.names.update({y.index: "sum", z.index: "np"})
    code = generate(graph, [z], {x.index: "x"})
    assert code.lines == ("sum_ = np.sin(x)", "np_ = np.exp(sum_)")


@pytest.mark.parametrize(
    ("name", "expected"), [("x", "x"), ("lambda", "lambda_"), ("max", "max_"), ("special", "special_")]
)
def test_identifier_leaves_pythons_names_alone(name, expected):
    assert identifier(name) == expected


@pytest.mark.parametrize("number", [-2.0, 0.5, np.inf, -np.inf])
def test_source_of_a_number_stands_wherever_an_operand_may(number):
    graph = Graph()
    x = graph.leaf("x")
    y = Expr(graph, graph.add("pow", [graph.literal(np.array(number)), x], {}).index)
    assert run(generate(graph, [y], {x.index: "x"}), {"x": np.float64(2.0)})[0] == number**2
