"""The point in a failure: one line where it fits a terminal, a line for each input where it does not."""

import numpy as np
import pytest

from jaccli.report.gradcheck.problems import failure_text
from jaccli.results.checks import Check

WIDE = np.array([[-0.6485387, 1.0817159], [0.996693, 1.216171]])


@pytest.mark.parametrize(("point", "lines"), [
    pytest.param({"x": 1.5, "w": np.array([2.0, -1.0])}, ["  = at     x = 1.5, w = [2.0, -1.0]"], id="short"),
    pytest.param({"x": WIDE, "W": WIDE}, ["  = at     x = [[-0.648539, 1.08172], [0.996693, 1.21617]],",
                                          "           W = [[-0.648539, 1.08172], [0.996693, 1.21617]]"], id="long"),
    pytest.param({"x": np.ones((3, 4))}, ["  = at     x of shape (3, 4)"], id="large"),
])  # fmt: skip
def test_point_of_a_failure_fits_the_terminal(point: dict[str, object], lines: list[str]) -> None:
    check = Check(target="a", outcome="fail", of="y", wrt="x", tested="claim", point=point, file="a.yaml")
    shown = failure_text(check).plain.splitlines()
    assert shown[[line[:9] for line in shown].index("  = at   ") :][: len(lines)] == lines
