"""Whatever text comes in: a spec or a SourceError, and nothing else."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from jaccli.errors import SourceError
from jaccli.graph.build import build
from jaccli.spec.expressions.parse import parse_expression
from jaccli.spec.load import spec_from_expressions
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Snippet, Source

SPEC = """\
name: word importance
dims: {n: 5, d: 3}
inputs:
  x: {shape: [d], value: [0.5, -1.0, 2.0], range: [-2, 2], label: "word vector"}
params:
  W: {shape: [n, d], init: glorot, seed: 0}
  b: &b {shape: "n", init: zeros}
constants: {c: [[1, 2], [3, 4]], k: 1e-3}
let:
  z: W @ x + b
  h: relu(z)
  g: |
    h[1:3]
    + c[0]
outputs:
  s: sum(h) * k
  t: {expr: "[max(h), norm(z)]", label: 'two'}
jacobian:
  s:
    b: (z > 0) * k
check: {rtol: 1e-6, points: 3, seed: 0, expect: fail}
"""
PIECES = [
    *"[]{}()'\"|>&*!%@`#,:?-~^.=\t\n \\0",
    ": ", "- ", "\n  ", "---\n", "...\n", "!!int ", "&a ", "*a", "<<: *a", "null", "1e999", ".nan", "0x", "\u2028", "é", "\ufeff", "\x01", "\ud800",
    "lambda", "**9**9", "[0]", "[:, None]", ".T", " @ ", "sum(", "einsum('ij->', ", "axis=", "zeros(9**9)", "x x", "d", "n", "None", "True",
]  # fmt: skip
FAST = settings(max_examples=300, derandomize=True, database=None, deadline=None)


@st.composite
def mutated(draw):
    """The spec above with up to four stretches of it deleted, doubled, or replaced by something that matters to YAML."""
    text = SPEC
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(start + draw(st.integers(0, 12)), len(text))
        piece = draw(st.sampled_from([*PIECES, text[start:end] * 2, ""]))
        text = text[:start] + piece + text[end:]
    return text


def read(text):
    problems = []
    with suppress(SourceError):
        build(read_spec(Source("fuzz.yaml", text), None, problems), problems)


@FAST
@given(mutated())
def test_read_spec_gives_a_spec_or_a_source_error(text):
    read(text)


@FAST
@given(st.text(alphabet=st.sampled_from("ab: {}[],-'\"|>&*!#%\n\t 1.e\\"), max_size=60))
def test_read_spec_of_any_text_gives_a_spec_or_a_source_error(text):
    read(text)


EXPRESSION = st.lists(
    st.sampled_from(
        "x v A 0 1 -2 1e3 0.5 9 ( ) [ ] , : + - * / ** @ < == . .T ... None True 'ij->' 'a' axis= keepdims= sum( max( norm( "
        "where( einsum( reshape( stack([ diag( arange( zeros( eye( solve( var( clip( linspace( transpose( concatenate([ [ ] not if "
        'else lambda ^ ! ; # = " é ² \x00'.split(" ")
    ),
    max_size=12,
).map(" ".join)


@FAST
@given(st.one_of(EXPRESSION, EXPRESSION.map(lambda text: text.replace(" ", "")), st.text(max_size=30)))
def test_parse_expression_gives_a_tree_or_a_problem(text):
    problems = []
    assert (parse_expression(Snippet.of(text, "fuzz"), problems) is None) == bool(problems)


@FAST
@given(EXPRESSION.map(lambda text: text.replace(" ", "")))
def test_build_of_any_expression_gives_a_graph_or_a_source_error(text):
    read(f"inputs:\n  x: 2\n  v: [1, 2, 3]\n  A: [[1, 2, 3], [4, 5, 6]]\noutputs:\n  y: |\n    {text}\n")


@FAST
@given(st.lists(EXPRESSION, min_size=1, max_size=3))
def test_spec_from_expressions_gives_a_graph_or_a_source_error(texts):
    problems = []
    with suppress(SourceError):
        build(spec_from_expressions(texts, problems), problems)
