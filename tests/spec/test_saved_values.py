"""``--at FILE.npz``: what cannot be read says why, and no pickle is ever opened."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jaccli.errors import UsageError
from jaccli.spec.given import parse_at


class Runs:
    def __reduce__(self) -> Any:
        return (os.mkdir, ("ran",))


def objects(path: Path) -> None:
    np.savez(path, x=np.array([Runs(), 1], dtype=object))


def damaged(path: Path) -> None:
    np.savez_compressed(path, x=np.arange(1000.0))
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(data)


def single(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.ones(2))


FILES = [
    pytest.param(objects, "it holds Python objects, which are never unpickled here; store numbers", id="objects"),
    pytest.param(
        lambda path: path.write_bytes(pickle.dumps(Runs())),
        "it holds Python objects, which are never unpickled",
        id="a pickle",
    ),
    pytest.param(single, "it is a single array, saved as .npy", id="an .npy file"),
    pytest.param(lambda path: path.write_bytes(b""), "No data left in file", id="empty"),
    pytest.param(lambda path: path.write_bytes(b"PK\x03\x04"), "", id="half a zip"),
    pytest.param(damaged, "", id="damaged"),
    pytest.param(lambda path: path.mkdir(), "Is a directory", id="a folder"),
    pytest.param(lambda path: None, "the file does not exist", id="none"),
]


@pytest.mark.parametrize(("make", "reason"), FILES)
def test_saved_values_that_cannot_be_read_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Any, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "p.npz")
    with pytest.raises(UsageError, match=rf"^--at p.npz: .*{reason}"):
        parse_at(["p.npz"])
    assert not (tmp_path / "ran").exists()
