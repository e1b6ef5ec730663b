"""``jac sparsity``: the picture, the counts, JSON, and declared patterns that are held against the structure."""

import json

import pytest
from typer.testing import CliRunner

from jaccli.cli import app

CHAIN = "y = x[1:] * x[:-1]"
AT = ["--at", "x=[0.5, 1.0, 1.5, 2.0]"]


def run(*args, code=0):
    outcome = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1"}).invoke(app, list(args), catch_exceptions=False)
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def test_sparsity_shows_dots_counts_and_products():
    found = run("sparsity", "-e", CHAIN, *AT)
    assert "⠙⠦" in found
    assert "3 × 4, 6 of 12 entries can be nonzero (50 %)" in found
    assert "1 reverse product by 6 selected elements instead of 3, 3 times fewer" in found


def test_sparsity_of_what_does_not_depend_is_no_product():
    assert "no product: the Jacobian is zero everywhere" in run("sparsity", "-e", "y = sign(x)", "--at", "x=2")


def test_sparsity_json_has_entries_and_colours():
    found = json.loads(run("sparsity", "-e", CHAIN, *AT, "-f", "json"))["sparsity"]["y"]
    assert (found["shape"], found["nonzeros"], found["reverse_products"]) == ([3, 4], 6, 1)
    assert list(zip(found["rows"], found["columns"], strict=True)) == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3)]


OBSERVED = "y = c[[0, 1, 0, 1, 0, 1, 0, 1]] * x[[0, 0, 1, 1, 2, 2, 3, 3]]"
SEEN = [
    "--at",
    "c=[[1, 2, 3, 4, 5], [2, 3, 4, 5, 6]]",
    "--at",
    "x=[[1, 2, 3, 4, 5], [1, 3, 5, 7, 9], [0, 2, 4, 6, 8], [1, 1, 2, 3, 5]]",
]


def test_sparsity_says_the_products_that_sparse_jacobian_makes(tmp_path):
    found = run("sparsity", "-e", OBSERVED, *SEEN)
    assert "1 reverse product by 80 selected elements instead of 30, 30 times fewer" in found
    one = json.loads(run("sparsity", "-e", OBSERVED, *SEEN, "-f", "json"))["sparsity"]["y"]
    entries = {
        (row, one["selected"][column])
        for column in range(len(one["selected"]))
        for row in range(one["shape"][0])
        if row == column % 40
    }
    assert entries == set(zip(one["rows"], one["columns"], strict=True))
    assert len(one["row_colours"]) == one["shape"][0]


def test_sparsity_draws_large_matrices_in_blocks():
    spec = "y = sin(x)"
    found = run("sparsity", "-e", spec, "--at", f"x={[0.1] * 700}")
    assert "(a dot is 8 × 8 entries)" in found
    assert max(map(len, found.splitlines())) <= 80


def test_declared_pattern_written_by_the_command_passes(tmp_path):
    path = str(tmp_path / "p.json")
    run("sparsity", "-e", CHAIN, *AT, "-f", "json", "-o", path)
    assert "pass: every entry that can be nonzero is in the declared pattern" in run(
        "sparsity", "-e", CHAIN, *AT, "--declared", path
    )


@pytest.mark.parametrize(
    ("matrix", "expression", "code", "said"),
    [
        pytest.param("1,1,0,0\n0,1,1,0\n0,0,1,1\n", CHAIN, 0, "pass", id="the pattern itself"),
        pytest.param("1,1,1,0\n0,1,1,0\n0,0,1,1\n", CHAIN, 0, "note: 1 entry is of the declared pattern zero", id="wider"),
        pytest.param("1,1,0,0\n0,1,0,0\n0,0,1,1\n", CHAIN, 1, "row 1, column 2 (element 2 of x): 1", id="one left out"),
        pytest.param("1,0,0,0\n0,1,0,0\n0,0,1,0\n", CHAIN, 1, "FAIL JAC109: 3 entries are", id="a diagonal left out"),
        pytest.param("0,0,0,0\n", "y = [sum(x - x)]", 4, "inconclusive: 4 entries are", id="zero in spite of a path"),
        pytest.param("0,0,0,0\n", "y = [1e10*sum(sin(x)**2 + cos(x)**2)]", 4, "inconclusive", id="rounding alone"),
    ],
)  # fmt: skip
def test_declared_patterns_are_held_against_structure_and_values(tmp_path, matrix, expression, code, said):
    path = tmp_path / "p.csv"
    path.write_text(matrix)
    assert said in run("sparsity", "-e", expression, *AT, "--declared", str(path), code=code)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        pytest.param("p.json", "[1", "is not a pattern", id="no JSON"),
        pytest.param("p.json", "{}", "is not a pattern", id="another document"),
        pytest.param("p.csv", "a,b\n", "is not a pattern", id="no numbers"),
        pytest.param("p.csv", "0,0,0,0,1\n", "has entries outside 3 × 4", id="another shape"),
    ],
)
def test_declared_patterns_that_cannot_be_read_are_refused(tmp_path, name, text, said):
    path = tmp_path / name
    path.write_text(text)
    assert said in run("sparsity", "-e", CHAIN, *AT, "--declared", str(path), code=2)


def test_a_declared_file_that_is_not_there_is_named(tmp_path):
    assert "cannot be read" in run("sparsity", "-e", CHAIN, *AT, "--declared", str(tmp_path / "none.csv"), code=2)
