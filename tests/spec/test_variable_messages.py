"""Every mistake in sizes, initialisers, ranges, domains and data files, with the message it gets."""

import json
import os

import numpy as np
import pytest
from messages import mistakes

OUT = "\noutputs: {y: 1}\n"


def only(text, caret, folder=None):
    """Return code, message and help of the one mistake in ``text``, whose caret must stand under ``caret``."""
    ((code, _, _, found, message, help_),) = mistakes(text, folder)
    assert found == caret
    return code, message, help_


VARIABLES = [
    # sizes
    pytest.param(
        "inputs:\n  x: {shape: [d], value: [1, 2, 3]}\n  z: {shape: [d], value: [1, 2, 3, 4]}",
        "[1, 2, 3, 4]",
        ("JAC008", "`d` is 3 (line 2, from the value of x), but 4 in the value of `z`", "change one of the two"),
        id="a learnt size used with another",
    ),
    pytest.param(
        "dims: {d: 3}\ninputs: {x: {shape: [2, d], value: [[1, 2], [3, 4]]}}",
        "[[1, 2], [3, 4]]",
        ("JAC008", "`d` is 3 (line 1), but 2 in the value of `x`", "change one of the two"),
        id="a declared size used with another",
    ),
    pytest.param(
        "dims: {n: 2, m: n + 1}\ninputs: {x: {shape: m, value: [1, 2]}}",
        "[1, 2]",
        ("JAC008", "`m` is 3 (line 1), but 2 in the value of `x`", "change one of the two"),
        id="a computed size used with another",
    ),
    pytest.param(
        "inputs: {x: {shape: [2], value: [1, 2, 3]}}",
        "[1, 2, 3]",
        ("JAC008", "the value of `x` has shape (3,), but `shape` says (2,)", "change one of the two"),
        id="a written size",
    ),
    pytest.param(
        "inputs: {x: {shape: [d, d], value: [[1, 2, 3], [4, 5, 6]]}}",
        "[[1, 2, 3], [4, 5, 6]]",
        ("JAC008", "`d` is 2 (line 1, from the value of x), but 3 in the value of `x`", "change one of the two"),
        id="a size twice in one value",
    ),
    pytest.param(
        "inputs: {x: {shape: [d], value: [[1, 2]]}}",
        "d",
        ("JAC003", "unknown size `d` in the shape of `x`", "write a whole number, or add `d` to `dims:`"),
        id="a value of another rank teaches nothing",
    ),
    pytest.param(
        "dims:\n  d:\ninputs: {x: {shape: d}}",
        "d",
        ("JAC008", "nothing says how much `d` is", "write d: 3, or name it in the shape of something with a value"),
        id="a size that no value tells",
    ),
    pytest.param(
        "dims: {n: m + 1, m: 2*n}",
        "m + 1",
        ("JAC003", "these sizes depend on each other: n → m → n", "give one a number"),
        id="sizes in a circle",
    ),
    pytest.param(
        "dims: {n: 3, m: n/2}",
        "n/2",
        (
            "JAC008",
            "`m` must be a whole number from 0 to 10,000,000 (`n/2` is 3/2)",
            "change the expression, or the sizes in it",
        ),
        id="half a size",
    ),
    pytest.param(
        "dims: {n: 3, m: n - 4}",
        "n - 4",
        (
            "JAC008",
            "`m` must be a whole number from 0 to 10,000,000 (`n - 4` is -1)",
            "change the expression, or the sizes in it",
        ),
        id="a negative size",
    ),
    pytest.param(
        "dims: {n: 3, m: n/(n - 3)}",
        "n/(n - 3)",
        ("JAC008", "division by zero", "change the denominator"),
        id="a size divided by zero",
    ),
    pytest.param(
        "dims: {n: 3, m: 10**50*10**50}",
        "10**50",
        ("JAC008", "this is more than 1,000,000,000,000,000", "use smaller sizes"),
        id="a huge size",
    ),
    pytest.param(
        "dims: {n: 3, m: n @ n}",
        "n @ n",
        ("JAC008", "this operator cannot make a size", "write +, -, *, / or a small power"),
        id="a size by an operator of arrays",
    ),
    pytest.param(
        "dims: {n: 3, m: sqrt(n)}",
        "sqrt(n)",
        ("JAC008", "a size is made of whole numbers and sizes", "write n + 1, 2*n or a number"),
        id="a size by a function",
    ),
    pytest.param(
        "dims: {rows: 3, m: row + 1}",
        "row",
        ("JAC003", "unknown size `row`", "did you mean `rows`?"),
        id="a size by a misspelled one",
    ),
    # initialisers
    pytest.param(
        "params: {W: {shape: [2, 2], init: glorrot}}",
        "glorrot",
        ("JAC002", "`init` cannot be glorrot", "did you mean `glorot`?"),
        id="a misspelled initialiser",
    ),
    pytest.param(
        "params: {W: {shape: [2, 2], init: 0.5}}",
        "0.5",
        ("JAC002", "`init` must be the name of an initialiser (got 0.5)", "write init: {constant: 0.5}"),
        id="init a number",
    ),
    pytest.param(
        "params: {W: {shape: [2, 2], init: {normal: {sd: 1}}}}",
        "sd",
        ("JAC002", "unknown key `sd` in init normal", "did you mean `std`?"),
        id="a misspelled option",
    ),
    pytest.param(
        "params: {W: {shape: [2, 2], init: {normal: 0.1}}}",
        "0.1",
        ("JAC002", "init normal takes options by name", "write init: {normal: {mean: 1, std: 1}}"),
        id="a number for several options",
    ),
    pytest.param(
        "params: {W: {shape: [2, 2], init: {normal: {std: -1}}}}",
        "-1",
        ("JAC008", "`std` must not be negative (got -1)", "write std: 0.1"),
        id="a negative deviation",
    ),
    pytest.param(
        "params: {W: {shape: [2, 2], init: {zeros: 1}}}",
        "1",
        ("JAC002", "init zeros takes no options", "write init: zeros"),
        id="an option of none",
    ),
    pytest.param(
        "params: {W: {shape: [2, 2], init: constant}}",
        "constant",
        ("JAC002", "init constant lacks `value`", "write init: {constant: {value: 0}}"),
        id="constant without a number",
    ),
    pytest.param(
        "params: {W: {shape: [2, 2], init: {linspace: {low: 1}}}}",
        "{linspace: {low: 1}}",
        ("JAC002", "init linspace lacks `high`", "write init: {linspace: {low: 0, high: 1}}"),
        id="linspace without an end",
    ),
    pytest.param(
        "params: {W: {shape: [2, 2], init: {zeros: , ones: }}}",
        "{zeros: , ones: }",
        ("JAC002", "`init` must name one initialiser", "write init: {normal: {std: 0.1}}"),
        id="two initialisers",
    ),
    pytest.param(
        "params: {W: {shape: [2], init: eye}}",
        "eye",
        ("JAC008", "init eye needs 2 axes (`W` has shape (2,))", "change the shape, or write init: normal"),
        id="the identity of a vector",
    ),
    pytest.param(
        "params: {W: {shape: [2], init: orthogonal}}",
        "orthogonal",
        (
            "JAC008",
            "init orthogonal needs at least 2 axes (`W` has shape (2,))",
            "change the shape, or write init: normal",
        ),
        id="an orthogonal vector",
    ),
    # ranges and domains
    pytest.param(
        "inputs: {x: {range: [0, .inf]}}",
        ".inf",
        (
            "JAC008",
            "points are drawn uniformly from a range, so it must be finite",
            "write finite bounds, or domain: positive for everything above 0",
        ),
        id="a range without an end",
    ),
    pytest.param(
        "inputs: {x: {domain: postive}}",
        "postive",
        ("JAC002", "`domain` cannot be postive", "did you mean `positive`?"),
        id="a misspelled domain",
    ),
    pytest.param(
        "inputs: {x: {value: [1, -2], domain: positive}}",
        "[1, -2]",
        ("JAC008", "`x` is not positive: it is -2 at [1]", "change the value or the domain"),
        id="a value that is not positive",
    ),
    pytest.param(
        "inputs: {x: {value: -1, domain: nonnegative}}",
        "-1",
        ("JAC008", "`x` is not nonnegative: it is -1", "change the value or the domain"),
        id="a number that is negative",
    ),
    pytest.param(
        "inputs: {x: {value: [0, 1.5], domain: unit}}",
        "[0, 1.5]",
        ("JAC008", "`x` is not unit: it is 1.5 at [1]", "change the value or the domain"),
        id="a value above 1",
    ),
    pytest.param(
        "inputs: {x: {value: [[0.5, 0.5], [0.5, 0.4]], domain: simplex}}",
        "[[0.5, 0.5], [0.5, 0.4]]",
        ("JAC008", "`x` is not simplex: it sums to 0.9 in row [1]", "change the value or the domain"),
        id="a row that does not sum to 1",
    ),
    pytest.param(
        "inputs: {x: {value: [0, 1], domain: simplex}}",
        "[0, 1]",
        ("JAC008", "`x` is not simplex: it is 0 at [0]", "change the value or the domain"),
        id="a row with a zero",
    ),
    pytest.param(
        "inputs: {x: {value: [[1, 2], [3, 4]], domain: symmetric}}",
        "[[1, 2], [3, 4]]",
        ("JAC008", "`x` is not symmetric: it is 2 at [0, 1] and 3 at [1, 0]", "change the value or the domain"),
        id="a matrix that is not symmetric",
    ),
    pytest.param(
        "inputs: {x: {value: [[1, 2], [2, 1]], domain: positive definite}}",
        "[[1, 2], [2, 1]]",
        ("JAC008", "`x` is not positive definite: it has an eigenvalue of -1", "change the value or the domain"),
        id="a matrix with a negative eigenvalue",
    ),
    pytest.param(
        "inputs: {x: {shape: [2], init: zeros, domain: positive}}",
        "zeros",
        ("JAC008", "`x` is not positive: it is 0 at [0]", "change the value or the domain"),
        id="an initial value outside",
    ),
    pytest.param(
        "inputs: {x: {shape: [2, 3], domain: symmetric}}",
        "symmetric",
        ("JAC008", "domain symmetric needs square matrices (`x` has shape (2, 3))", "change the shape or the domain"),
        id="symmetric, but not square",
    ),
    pytest.param(
        "inputs: {x: {domain: simplex}}",
        "simplex",
        ("JAC008", "domain simplex needs at least one axis (`x` has shape ())", "change the shape or the domain"),
        id="a number on a simplex",
    ),
    pytest.param(
        "inputs: {x: {domain: positive, range: [-1, 1]}}",
        "[-1, 1]",
        ("JAC008", "the range [-1, 1] reaches out of domain positive", "make it smaller, or change the domain"),
        id="a range out of the domain",
    ),
    pytest.param(
        "inputs: {x: {shape: 3, domain: simplex, range: [0, 1]}}",
        "[0, 1]",
        ("JAC008", "domain simplex takes no range", "leave it out"),
        id="a range of a simplex",
    ),
]


@pytest.mark.parametrize(("text", "caret", "expected"), VARIABLES)
def test_variable_mistake_is_explained(text, caret, expected):
    assert only(text + OUT, caret) == expected


def test_truth_values_are_no_input():
    messages = [row[4] for row in mistakes("inputs: {x: [true, 1]}" + OUT)]
    assert messages == ["`x` must be a number (got the truth value true)"]


@pytest.fixture
def folder(tmp_path):
    def text(name, content):
        (tmp_path / name).write_text(content)

    text("empty.csv", "")
    text("blank.csv", "\n\n")
    text("semicolons.csv", "a;b\n1,5;2,5\n")
    text("tabs.csv", "a\tb\n1\t2\n")
    text("missing.csv", "a,b\n1,2\n3,\n")
    text("na.csv", "a,b\n1,NA\n")
    text("twice.csv", "a,a\n1,2\n")
    text("good.csv", "a,b\n1,2\n")
    text("quote.csv", 'a,b\n"1,2\n')
    (tmp_path / "binary.csv").write_bytes(b"\x00\x01\x02")
    text("cut.json", '{"a": [1,\n')
    text("nan.json", "[1, NaN]")
    text("ragged.json", "[[1, 2], [3]]")
    text("word.json", '[1, "two"]')
    text("null.json", "[[1, null]]")
    text("mixed.json", "[1, true]")
    text("two.json", '{"a": 1, "b": 2}')
    text("list.json", "[1, 2]")
    text("huge.json", "1" + "0" * 400)
    text("deep.json", "[" * 100_000)
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (3,"
    (tmp_path / "damaged.npy").write_bytes(b"\x93NUMPY\x01\x00" + bytes([len(header), 0]) + header)
    (tmp_path / "pickle.npy").write_bytes(b"\x80\x04K\x01.")
    (tmp_path / "pickle.npz").write_bytes(b"\x80\x04K\x01.")
    os.symlink("circle.csv", tmp_path / "circle.csv")
    return tmp_path


MEND = "save it with commas, and decimal points"
FILES = [
    pytest.param("empty.csv", "data file `empty.csv` is empty", "write the data again", id="an empty file"),
    pytest.param(
        "blank.csv",
        "data file `blank.csv` has no rows below its header line",
        "add the data, or the names of the columns above it",
        id="blank lines",
    ),
    pytest.param(
        "semicolons.csv", "the columns of `semicolons.csv` are separated by semicolons", MEND, id="semicolons"
    ),
    pytest.param("tabs.csv", "the columns of `tabs.csv` are separated by tabs", MEND, id="tabs"),
    pytest.param(
        "missing.csv",
        "`missing.csv` line 3, column `b`: the cell is empty",
        "fill it in, or leave the row out: a missing value has no derivative",
        id="an empty cell",
    ),
    pytest.param(
        "na.csv",
        "`na.csv` line 2, column `b`: the cell holds 'NA'",
        "fill it in, or leave the row out: a missing value has no derivative",
        id="a missing value",
    ),
    pytest.param(
        "{csv: twice.csv, columns: a}",
        "`twice.csv` has two columns `a`",
        "rename one of the two, or take it by its number, from 0",
        id="two columns of one name",
    ),
    pytest.param(
        "{csv: good.csv, columns: [0, 2]}",
        "column 2 does not exist: `good.csv` has columns 0 to 1",
        "columns count from 0",
        id="a column too far",
    ),
    pytest.param(
        "quote.csv",
        "data file `quote.csv` cannot be read: unexpected end of data",
        "save it as text with commas",
        id="an open quote",
    ),
    pytest.param(
        "binary.csv", "data file `binary.csv` is a binary file, not text", "save it as UTF-8 text", id="binary for text"
    ),
    pytest.param(
        "cut.json",
        "data file `cut.json` is not JSON (line 2, column 1: Expecting value)",
        "mend the file",
        id="JSON cut short",
    ),
    pytest.param(
        "nan.json",
        "data file `nan.json` cannot be read: NaN is no JSON, and has no derivative",
        "write finite numbers in lists",
        id="NaN in JSON",
    ),
    pytest.param(
        "ragged.json",
        "`ragged.json`: the row at [1] has another length than the first",
        "make all rows equal",
        id="ragged JSON",
    ),
    pytest.param("word.json", '`word.json` holds "two" at [1], not a number', "write numbers", id="a word in JSON"),
    pytest.param("null.json", "`null.json` holds null at [0, 1], not a number", "write numbers", id="null in JSON"),
    pytest.param(
        "mixed.json", "`mixed.json` holds truth values among numbers", "write 1 and 0", id="a mixture in JSON"
    ),
    pytest.param("two.json", "`two.json` holds 2 entries", "say which one: key: a", id="which entry"),
    pytest.param("{json: two.json, key: c}", "key `c` is not in `two.json`", "keys: a, b", id="an unknown entry"),
    pytest.param(
        "{json: list.json, key: c}", "`list.json` holds no keys, but a list", "leave `key` out", id="a key of a list"
    ),
    pytest.param(
        "huge.json",
        "`huge.json` holds a number too large for a double",
        "doubles reach 1.8e308",
        id="a huge number in JSON",
    ),
    pytest.param(
        "deep.json",
        "data file `deep.json` cannot be read: it is nested too deeply",
        "write finite numbers in lists",
        id="deep JSON",
    ),
    pytest.param(
        "objects.npy",
        "`objects.npy` holds object values, not real numbers",
        "store numbers; objects are pickled, and never unpickled here",
        id="objects",
    ),
    pytest.param(
        "damaged.npy",
        "`damaged.npy` is not an array in NumPy's format",
        "write it with numpy.save or numpy.savez",
        id="a damaged header",
    ),
    pytest.param(
        "pickle.npy",
        "`pickle.npy` is a pickle, which can run code",
        "write it with numpy.save or numpy.savez",
        id="a pickle called .npy",
    ),
    pytest.param(
        "pickle.npz",
        "data file `pickle.npz` is a pickle, which can run code",
        "write it with numpy.savez",
        id="a pickle called .npz",
    ),
    pytest.param(
        "circle.csv",
        "data file `circle.csv` cannot be read: Too many levels of symbolic links",
        "check its name and permissions",
        id="a link to itself",
    ),
]


@pytest.mark.parametrize(("value", "message", "remedy"), FILES)
def test_data_file_mistake_is_explained(value, message, remedy, folder):
    ((code, line, _, _, found, help_),) = mistakes(f"constants:\n  c: {value}\n{OUT}", folder)
    assert (code, line, found, help_) == ("JAC010", 2, message, remedy)


def test_data_of_json_is_taken_by_its_key(folder):
    (folder / "ok.json").write_text(json.dumps({"a": [[1, 2.5], [3, 4]]}))
    assert mistakes("constants: {c: {json: ok.json, key: a, shape: [2, 2]}}\noutputs: {y: sum(c)}\n", folder) == []


@pytest.mark.parametrize(
    ("init", "remedy"),
    [
        pytest.param("glorrot", "did you mean `glorot`?", id="misspelled"),
        pytest.param("constant", "one of: glorot, he, lecun, orthogonal, normal, zeros", id="needs a number"),
    ],
)
def test_layer_with_an_unknown_initialiser_is_refused(init, remedy):
    text = f"inputs: {{x: [1, 2]}}\nnetwork:\n  - dense: {{units: 2, init: {init}}}\n"
    assert mistakes(text) == [("JAC002", 3, 5, "dense", f"`init` of dense cannot be {init}", remedy)]
