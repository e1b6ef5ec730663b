"""Every way YAML writes a text → the caret stands under the right part of the expression."""

import pytest

from jaccli.spec.expressions.parse import parse_expression
from jaccli.spec.source import Snippet, Source
from jaccli.spec.yaml.document import read_tree
from jaccli.spec.yaml.tree import snippet

WRITTEN = [
    pytest.param("y: a + WRONG*b\n", 1, 8, id="plain"),
    pytest.param("y: 'a + WRONG*b'\n", 1, 9, id="single quotes"),
    pytest.param('y: "a + WRONG*b"\n', 1, 9, id="double quotes"),
    pytest.param("'größe': \"ä + WRONG\"  # é\n", 1, 15, id="after letters of two bytes"),
    pytest.param("y: a +\n  b +\n  WRONG\n", 3, 3, id="plain over three lines"),
    pytest.param("y: a +\n\n\n    WRONG + c\n", 4, 5, id="plain over empty lines"),
    pytest.param("y: 'a +\n  WRONG'\n", 2, 3, id="single quotes over two lines"),
    pytest.param('y: "a +\n  WRONG"\n', 2, 3, id="double quotes over two lines"),
    pytest.param('y: "a + \\\n   b + WRONG"\n', 2, 8, id="escaped line end"),
    pytest.param("y: |\n  a +\n  WRONG\n", 3, 3, id="literal block"),
    pytest.param("y: |  # WRONG here\n  a + WRONG\n", 2, 7, id="literal block with a comment"),
    pytest.param("y: >\n  a +\n  b + WRONG\n", 3, 7, id="folded block"),
    pytest.param("y: >-\n\n  a +\n\n  WRONG + 1\n", 5, 3, id="folded block with empty lines"),
    pytest.param("y: |2-\n    a +\n      WRONG\n", 3, 7, id="block with an indent of its own"),
    pytest.param("y: 'einsum(''i->'', v) + WRONG'\n", 1, 26, id="doubled quotes"),
    pytest.param('y: "einsum(\\"i->\\", v) + WRONG"\n', 1, 26, id="escaped quotes"),
    pytest.param('y: "\\u0061 + \\x61 + WRONG"\n', 1, 21, id="escaped letters"),
    pytest.param('y: "a +\\n\\tWRONG"\n', 1, 12, id="escaped white space"),
    pytest.param("y: &anchor a + WRONG\n", 1, 16, id="after an anchor"),
    pytest.param("y: &anchor 'a + WRONG'\n", 1, 17, id="quoted after an anchor"),
    pytest.param("k: 'é\u2028z\x85'\ny: a + WRONG\n", 2, 8, id="after line separators that are none of the file's"),
    pytest.param("y: [a, b + WRONG]\n", 1, 12, id="in a list"),
    pytest.param("\ufeffy: a + WRONG\n", 1, 9, id="after a byte order mark"),
]


def last_scalar(source):
    """Return the value of y, or its last item."""
    node = read_tree(source, []).get("y")
    if node is None:
        node = read_tree(source, []).pairs[-1][1]
    return node.items[-1] if hasattr(node, "items") else node


@pytest.mark.parametrize(("text", "line", "column"), WRITTEN)
def test_snippet_finds_the_place_of_a_name(text, line, column):
    source = Source("t.yaml", text)
    part = snippet(source, last_scalar(source))
    start = part.text.index("WRONG")
    span = part.span(start, start + 5)
    assert (span.line, span.column, span.text[span.column - 1 : span.end_column - 1]) == (line, column, "WRONG")


def test_span_of_a_node_covers_lines():
    source = Source("t.yaml", "y: a *\n  (b +\n   c)\n")
    expression = parse_expression(snippet(source, last_scalar(source)), [])
    span = expression.span(expression.tree.right)
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 4, 3, 5)


def test_span_of_a_node_counts_characters_not_bytes():
    expression = parse_expression(Snippet.of("αβ + γδε", "t"), [])
    span = expression.span(expression.tree.right)
    assert (span.column, span.end_column) == (6, 9)


def test_span_of_leading_blanks_is_skipped():
    expression = parse_expression(Snippet.of("   a + b", "t"), [])
    assert expression.span(expression.tree.right).column == 8


def test_whole_of_an_empty_snippet_is_a_place():
    span = Snippet("", Source("t", "y: \n"), [3]).whole()
    assert (span.line, span.column, span.end_column) == (1, 4, 4)


def test_span_prints_as_file_line_column():
    assert str(Source("a.yaml", "x\ny: 1\n").span(5, 6)) == "a.yaml:2:4"
