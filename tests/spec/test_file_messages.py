"""Every mistake in the files of a spec and of its data, with the message it gets."""

import csv
import os
from pathlib import Path

import pytest
from messages import mistakes, unusable

from jaccli.spec.load import spec_from_file


@pytest.fixture
def folder(tmp_path):
    """A folder of a spec, with data beside it, outside it, and links to both."""
    inside = tmp_path / "specs"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    (inside / "sub").mkdir()
    for name, rows in DATA.items():
        with (inside / name).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    (inside / "latin.csv").write_bytes("größe\n1\n".encode("latin-1"))
    return inside


DATA = {
    "good.csv": [["a", "b"], [1, 2], [3, 4]],
    "word.csv": [["a", "b"], [1, 2], [], [3, "four"]],
    "nan.csv": [["a"], ["nan"]],
    "short.csv": [["a", "b"], [1]],
    "header.csv": [["a", "b"]],
    "bare.csv": [[1, 2], [3, 4]],
}


FILES = [
    pytest.param(
        "{csv: none.csv}",
        "none.csv",
        "data file `none.csv` does not exist",
        "paths count from the spec's folder",
        id="missing",
    ),
    pytest.param(
        "{csv: ../secret.csv}",
        "../secret.csv",
        "data file `../secret.csv` lies outside the spec's folder",
        "move it beside the spec",
        id="outside",
    ),
    pytest.param(
        "{csv: /etc/passwd}",
        "/etc/passwd",
        "data file `/etc/passwd` lies outside the spec's folder",
        "move it beside the spec",
        id="absolute",
    ),
    pytest.param(
        "{csv: link.csv}",
        "link.csv",
        "data file `link.csv` lies outside the spec's folder",
        "move it beside the spec",
        id="outside by a link",
    ),
    pytest.param(
        "{csv: sub}", "sub", "data file `sub` is not a file", "name a .csv, .json, .npy or .npz file", id="a folder"
    ),
    pytest.param(
        '{csv: "a\\0.csv"}',
        '"a\\0.csv"',
        "data file `a\0.csv` cannot be read: its name is not a path",
        "check its name and permissions",
        id="no path",
    ),
    pytest.param(
        "{csv: latin.csv}",
        "latin.csv",
        "data file `latin.csv` is not UTF-8 text (byte 2)",
        "save it as UTF-8, with commas",
        id="not UTF-8",
    ),
    pytest.param(
        "word.csv",
        "word.csv",
        "`word.csv` line 4, column `b`: expected a number, got 'four'",
        "mend the file, or leave the column out",
        id="a word",
    ),
    pytest.param(
        "nan.csv",
        "nan.csv",
        "`nan.csv` line 2, column `a`: nan is not finite",
        "mend the file, or leave the row out",
        id="not a number",
    ),
    pytest.param(
        "short.csv", "short.csv", "`short.csv` line 2 has 1 cell, the header line 2", "mend the file", id="a short row"
    ),
    pytest.param(
        "header.csv",
        "header.csv",
        "data file `header.csv` has no rows below its header line",
        "add the data, or the names of the columns above it",
        id="no rows",
    ),
    pytest.param(
        "bare.csv",
        "bare.csv",
        "the first line of `bare.csv` holds numbers",
        "write the names of the columns in a line above them",
        id="no header",
    ),
    pytest.param(
        "{csv: good.csv, columns: [a, c]}",
        "[a, c]",
        "column `c` is not in `good.csv`",
        "columns: a, b",
        id="unknown column",
    ),
    pytest.param(
        "{csv: good.csv, columns: bb}",
        "bb",
        "column `bb` is not in `good.csv`",
        "did you mean `b`?",
        id="misspelled column",
    ),
]


@pytest.mark.parametrize(("value", "caret", "message", "remedy"), FILES)
def test_data_file_mistake_is_explained(value, caret, message, remedy, folder):
    text = f"constants:\n  c: {value}\noutputs: {{y: sum(c)}}\n"
    column = 6 + value.index(caret)
    assert mistakes(text, folder) == [("JAC010", 2, column, caret, message, remedy)]


def test_file_that_does_not_exist_is_named(tmp_path):
    path = str(tmp_path / "none.yaml")
    assert unusable(lambda: spec_from_file(path, [])) == ("JAC300", f"{path} does not exist", "check the path")


def test_folder_is_no_spec(tmp_path):
    path = str(tmp_path)
    assert unusable(lambda: spec_from_file(path, [])) == (
        "JAC001",
        f"{path} is a folder, not a spec",
        "name a .yaml file in it",
    )


def test_name_with_a_nul_is_no_path():
    found = unusable(lambda: spec_from_file("a\0b", []))
    assert found == ("JAC001", "a\0b cannot be read: its name is not a path", "check its name and permissions")


def test_unreadable_file_says_why(tmp_path, monkeypatch):
    def refuse(self, mode):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "open", refuse)
    path = str(tmp_path / "s.yaml")
    expected = ("JAC001", f"{path} cannot be read: Permission denied", "check its name and permissions")
    assert unusable(lambda: spec_from_file(path, [])) == expected


WIDE = "save it as UTF-8; in PowerShell, Out-File -Encoding utf8"
CONTENTS = [
    pytest.param("x: 1".encode("utf-16"), "{} is UTF-16 text, not UTF-8", WIDE, id="UTF-16"),
    pytest.param(
        b"\xfe\xff" + "x: 1".encode("utf-16-be"), "{} is UTF-16 text, not UTF-8", WIDE, id="UTF-16, big ends first"
    ),
    pytest.param("x: 1".encode("utf-32"), "{} is UTF-32 text, not UTF-8", WIDE, id="UTF-32"),
    pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "{} is a binary file", "name a YAML spec", id="binary"),
    pytest.param(b"inputs: \0", "{} is a binary file", "name a YAML spec", id="a NUL"),
    pytest.param(
        "name: größe".encode("latin-1"),
        "{} is not UTF-8 text (byte 8 is 0xf6)",
        "save it as UTF-8, or name a spec",
        id="not UTF-8",
    ),
]


@pytest.mark.parametrize(("data", "message", "remedy"), CONTENTS)
def test_file_that_is_no_text_is_refused(data, message, remedy, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_bytes(data)
    assert unusable(lambda: spec_from_file(str(path), [])) == ("JAC001", message.format(path), remedy)
