"""Every table that modules enter themselves into is complete once it can be imported, whatever else was imported or was not."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

TABLES = [
    pytest.param("jaccli.graph.functions.arguments", "FUNCTIONS", id="functions of the language"),
    pytest.param("jaccli.graph.network.table", "KINDS", id="kinds of layers"),
    pytest.param("jaccli.ops.registry", "TABLE", id="ops"),
    pytest.param("jaccli.ops.rules.table", "RULES", id="derivative rules"),
]


def entered(module: str, name: str) -> list[str]:
    """Return what stands in a table when every module of the rooms that could enter something has been imported."""
    for room in ("graph", "ops", "derive", "learn"):
        package = importlib.import_module(f"jaccli.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    return sorted(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(("module", "name"), TABLES)
def test_a_table_is_complete_when_its_own_module_is_all_that_is_imported(module: str, name: str) -> None:
    program = f"from {module} import {name}; print(*sorted({name}), sep='\\n')"
    alone = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert alone.stdout.split() == entered(module, name)
