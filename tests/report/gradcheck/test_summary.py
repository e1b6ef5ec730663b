"""The last line of jac gradcheck."""

import pytest

from jaccli.report.gradcheck.checked import summary


@pytest.mark.parametrize(
    ("errors", "line"),
    [
        (0, "nothing was checked in 0 files (seed 0)"),
        (1, "1 error in 1 file (seed 0)"),
        (2, "2 errors in 2 files (seed 0)"),
    ],
)
def test_summary_counts_specs_that_could_not_be_used(errors, line):
    assert summary([], errors, 0).plain == line
