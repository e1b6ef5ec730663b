"""YAML text → nodes: the scalars of YAML 1.2, exact numbers, and values whole again that YAML has cut."""

from fractions import Fraction

import pytest

from jaccli.errors import SourceError
from jaccli.spec.source import Source
from jaccli.spec.yaml.document import read_tree
from jaccli.spec.yaml.tree import Mapping, Scalar, keys_in


def value_of(written):
    """Return what ``written`` means as the value of a key."""
    node = read_tree(Source("t.yaml", f"k: {written}\n"), []).get("k")
    assert isinstance(node, Scalar)
    return node.value


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("12", 12, id="integer"),
        pytest.param("-0", 0, id="minus zero"),
        pytest.param("012", 12, id="leading zero is decimal"),
        pytest.param("0o14", 12, id="octal"),
        pytest.param("0xff", 255, id="hexadecimal"),
        pytest.param("0.1", Fraction(1, 10), id="decimal is exact"),
        pytest.param("1e-3", Fraction(1, 1000), id="exponent without a point"),
        pytest.param("+.5E+1", Fraction(5), id="point first"),
        pytest.param("5.", Fraction(5), id="point last"),
        pytest.param("1e400", Fraction(10**400), id="large exponent"),
        pytest.param("1e401", "1e401", id="exponent beyond the limit is text"),
        pytest.param(".inf", float("inf"), id="infinity"),
        pytest.param("-.INF", float("-inf"), id="minus infinity"),
        pytest.param("true", True, id="true"),
        pytest.param("False", False, id="False"),
        pytest.param("no", "no", id="no is text"),
        pytest.param("yes", "yes", id="yes is text"),
        pytest.param("on", "on", id="on is text"),
        pytest.param("~", None, id="tilde"),
        pytest.param("null", None, id="null"),
        pytest.param("", None, id="nothing"),
        pytest.param("'12'", "12", id="quoted number is text"),
        pytest.param('"no"', "no", id="double quotes"),
        pytest.param("1_000", "1_000", id="underscore is text"),
        pytest.param("12:30", "12:30", id="no sexagesimals"),
        pytest.param("2024-01-01", "2024-01-01", id="no dates"),
        pytest.param("1" * 5000, "1" * 5000, id="too many digits are text"),
    ],
)
def test_scalar_means_what_yaml_1_2_says(written, expected):
    found = value_of(written)
    assert (found, type(found)) == (expected, type(expected))


def test_scalar_nan_is_a_float():
    assert str(value_of(".nan")) == "nan"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~\n"])
def test_read_tree_of_nothing_is_none(text):
    assert read_tree(Source("t.yaml", text), []) is None


def test_mapping_keeps_the_first_of_two_equal_keys():
    problems = []
    root = read_tree(Source("t.yaml", "a: 1\na: 2\n"), problems)
    assert [value.text for _, value in root.pairs] == ["1"]


def test_mapping_get_of_a_missing_key_is_none():
    assert Mapping((), 0, 0).get("a") is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("{y: f(a, b), z: 1}", [("y", "f(a, b)"), ("z", "1")], id="one comma"),
        pytest.param("{y: f(a, b, c)}", [("y", "f(a, b, c)")], id="two commas"),
        pytest.param("{y: f(a, g(b, c))}", [("y", "f(a, g(b, c))")], id="nested"),
        pytest.param("{y: f(g(a, b), c), z: 2}", [("y", "f(g(a, b), c)"), ("z", "2")], id="nested first"),
        pytest.param("{y: (a, b: 1}", [("y", "(a"), ("b", "1")], id="a bracket that nothing closes"),
    ],
)
def test_mapping_value_cut_at_a_comma_is_whole_again(written, expected):
    root = read_tree(Source("t.yaml", f"k: {written}\n"), [])
    assert [(key.text, value.text) for key, value in root.get("k").pairs] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("[f(a, b), c]", ["f(a, b)", "c"], id="one comma"),
        pytest.param("[a, f(b, c, d)]", ["a", "f(b, c, d)"], id="two commas"),
        pytest.param("['(a', b)]", ["(a", "b)"], id="quoted is not cut"),
    ],
)
def test_list_item_cut_at_a_comma_is_whole_again(written, expected):
    root = read_tree(Source("t.yaml", f"k: {written}\n"), [])
    assert [item.text for item in root.get("k").items] == expected


def test_alias_gives_the_anchored_node():
    root = read_tree(Source("t.yaml", "a: &n 3\nb: *n\n"), [])
    assert root.get("b") is root.get("a")


def test_anchor_is_not_part_of_a_value():
    assert value_of("&n 3") == 3


def test_tagged_node_is_marked():
    root = read_tree(Source("t.yaml", "a: !!int 3\n"), [])
    assert root.get("a").tagged


def test_read_tree_stops_at_what_cannot_be_read():
    with pytest.raises(SourceError, match="JAC001 the quote is not closed"):
        read_tree(Source("t.yaml", "a: 'b\n"), [])


def test_keys_in_finds_names_at_every_depth():
    root = read_tree(Source("t.yaml", "a: {b: 1, c: [d, {e: 2}]}\n"), [])
    assert list(keys_in(root)) == ["a", "b", "c", "d", "e"]
