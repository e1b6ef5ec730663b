"""Data files and nested lists → arrays of doubles or exact numbers."""

import io
import zipfile
from fractions import Fraction

import numpy as np
import pytest

from jaccli.spec import files
from jaccli.spec.data import DataError, checked, exact_array
from jaccli.spec.files import read_data


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "t.csv").write_text("a, b ,c\n1,2,3\n\n4,5e0,-6\n", encoding="utf-8-sig")
    np.save(tmp_path / "m.npy", np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    np.save(tmp_path / "i.npy", np.arange(3))
    np.save(tmp_path / "s.npy", np.float32(1.5))
    np.save(tmp_path / "o.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    np.save(tmp_path / "c.npy", np.array([1j]))
    np.save(tmp_path / "n.npy", np.array([1.0, np.nan]))
    np.savez(tmp_path / "two.npz", X=np.eye(2), y=np.ones(2))
    np.savez_compressed(tmp_path / "one.npz", X=np.eye(2))
    (tmp_path / "no.npz").write_bytes(b"PK but no archive")
    (tmp_path / "no.npy").write_bytes(b"not NumPy")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "m.npy").read_bytes()[:-8])
    return tmp_path


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param(None, [[1, 2, 3], [4, 5, -6]], id="all"),
        pytest.param(["c", "a"], [[3, 1], [-6, 4]], id="in the order asked for"),
    ],
)
def test_read_data_of_csv_gives_rows(folder, columns, expected):
    np.testing.assert_array_equal(read_data("csv", "t.csv", folder, columns), expected)


def test_read_data_of_csv_counts_the_lines_of_the_file(folder):
    (folder / "q.csv").write_text('a,"b\nb"\n1,2\n\n3,x\n')
    with pytest.raises(DataError, match=r"`q\.csv` line 5, column `b b`: expected a number, got 'x'"):
        read_data("csv", "q.csv", folder)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("m.npy", np.arange(6.0).reshape(2, 3), id="Fortran order"),
        pytest.param("i.npy", np.arange(3.0), id="integers"),
        pytest.param("s.npy", np.array(1.5), id="a single number"),
    ],
)
def test_read_data_of_npy_gives_doubles(folder, name, expected):
    array = read_data("npy", name, folder)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, expected)


def test_read_data_of_npz_takes_the_array_asked_for(folder):
    np.testing.assert_array_equal(read_data("npz", "two.npz", folder, "y"), [1, 1])


def test_read_data_of_npz_of_one_array_needs_no_key(folder):
    np.testing.assert_array_equal(read_data("npz", "one.npz", folder), np.eye(2))


REFUSED = [
    pytest.param(lambda f: read_data("npy", "o.npy", f), "`o.npy` holds object values, not real numbers", id="objects"),
    pytest.param(
        lambda f: read_data("npy", "c.npy", f), "`c.npy` holds complex128 values, not real numbers", id="complex"
    ),
    pytest.param(lambda f: read_data("npy", "n.npy", f), r"`n.npy` holds nan at \[1\]", id="not a number"),
    pytest.param(lambda f: read_data("npy", "no.npy", f), "`no.npy` is not an array in NumPy's format", id="no array"),
    pytest.param(
        lambda f: read_data("npy", "cut.npy", f), "`cut.npy` is not an array in NumPy's format", id="cut short"
    ),
    pytest.param(lambda f: read_data("npy", "none.npy", f), "data file `none.npy` does not exist", id="missing"),
    pytest.param(lambda f: read_data("npy", "../m.npy", f / "sub"), "lies outside the spec's folder", id="outside"),
    pytest.param(lambda f: read_data("npy", "m.npy", None), "this spec has no folder", id="no folder"),
    pytest.param(lambda f: read_data("npz", "two.npz", f), "`two.npz` holds 2 arrays", id="which of two"),
    pytest.param(lambda f: read_data("npz", "two.npz", f, "x"), "array `x` is not in `two.npz`", id="unknown key"),
    pytest.param(lambda f: read_data("npz", "no.npz", f, "x"), "`no.npz` is not a .npz archive", id="no archive"),
]


@pytest.mark.parametrize(("read", "message"), REFUSED)
def test_reading_refuses(folder, read, message):
    with pytest.raises(DataError, match=message):
        read(folder)


def test_read_data_of_npy_refuses_a_large_array_before_reading_it(folder):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    (folder / "huge.npy").write_bytes(header.getvalue())
    with pytest.raises(DataError, match=r"`huge.npy` has shape \(1000000000000,\), more than 10,000,000 numbers"):
        read_data("npy", "huge.npy", folder)


def test_read_data_of_npz_refuses_a_small_file_that_unpacks_to_a_large_one(folder):
    with (
        zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("X.npy", "w") as member,
    ):
        np.lib.format.write_array_header_1_0(member, {"descr": "|i1", "fortran_order": False, "shape": (20_000_000,)})
        member.write(bytes(20_000_000))
    with pytest.raises(DataError, match=r"has shape \(20000000,\), more than 10,000,000 numbers"):
        read_data("npz", "bomb.npz", folder, "X")


def test_reading_refuses_a_large_file(folder, monkeypatch):
    monkeypatch.setattr(files, "MAX_TEXT_BYTES", 10)
    with pytest.raises(DataError, match=r"data file `t\.csv` is larger than 1e-05 MB"):
        read_data("csv", "t.csv", folder)


def test_checked_keeps_truth_values():
    assert checked(np.array([True, False]), "x").dtype == bool


def test_exact_array_keeps_fractions():
    class Row:
        items = (None, None)

    array = exact_array([Fraction(1, 3), Fraction(2)], [], Row())
    assert array.tolist() == [Fraction(1, 3), Fraction(2)]
