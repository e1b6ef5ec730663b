"""The pytest plug-in: ``*.jac.yaml`` files are tests, and ``gradcheck`` is a fixture.

It is loaded in every run of every project that has jaccli installed, so it imports nothing but pytest until it is used.
``pytest -p no:jaccli`` leaves it out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

__all__ = ["gradcheck", "pytest_addoption", "pytest_collect_file"]

NAMED = (".jac.yaml", ".jac.yml", ".jac.json")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that says when a check fails a test."""
    parser.addini(
        "jaccli_fail_on",
        "when a derivative's check fails its test: fail, inconclusive or never; without, what jaccli's settings say",
        default="",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the tests of a spec file, None for any other file."""
    if not file_path.name.endswith(NAMED):
        return None
    from jaccli.testing.items import SpecFile

    return SpecFile.from_parent(parent, path=file_path)


@pytest.fixture
def gradcheck(pytestconfig: pytest.Config) -> Any:
    """Return ``jaccli.assert_gradients``: gradcheck(fn, inputs, jacobian=…, vjp=…, jvp=…) fails the test unless all is right.

    Options that a call leaves out are those of the environment and of the project's ``[tool.jaccli]``, where they say any.
    """
    from jaccli.testing.fixture import with_settings

    return with_settings(pytestconfig.rootpath)
