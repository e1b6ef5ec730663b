import math

import pytest

from jaccli import memory

GIB = 2**30


@pytest.fixture
def group(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n")
    return tmp_path


@pytest.mark.parametrize(
    ("limit", "used", "free"),
    [
        ("max\n", "1000\n", 4 * GIB),  # a group without a limit
        (f"{3 * GIB}\n", f"{GIB}\n", 2 * GIB),  # less than the machine has
        (f"{64 * GIB}\n", f"{GIB}\n", 4 * GIB),  # more than it has
        (f"{GIB}\n", f"{2 * GIB}\n", 0),  # a limit that was lowered later
        (None, None, 4 * GIB),  # no such group
        (f"{3 * GIB}\n", None, 3 * GIB),
    ],
)
def test_free_memory_is_the_least_of_machine_and_container(group, limit, used, free):
    for name, text in (("memory.max", limit), ("memory.current", used)):
        if text is not None:
            (group / name).write_text(text)
    assert memory.free_memory() == free


@pytest.mark.parametrize("text", ["", "MemTotal: 1 kB\n", "MemAvailable:\n", "MemAvailable: much kB\n"])
def test_free_memory_is_infinite_where_the_system_does_not_say(group, text):
    (group / "meminfo").write_text(text)
    assert memory.free_memory() == math.inf


def test_total_memory_is_the_limit_of_the_container(group):
    machine = memory.total_memory()
    assert 2**20 < machine < 2**60
    (group / "memory.max").write_text("1048576\n")
    assert memory.total_memory() == 2**20
