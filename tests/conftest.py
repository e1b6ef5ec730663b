"""Fixtures for every test: random numbers that are the same in every run, and output that does not depend on the machine's speed."""

import signal

import numpy as np
import pytest

from jaccli.cli.runs import progress

signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # a shell's background job ignores it, and so would what tests start


@pytest.fixture
def rng_seed():
    return 20240229


@pytest.fixture
def rng(rng_seed):
    return np.random.default_rng(rng_seed)


@pytest.fixture(scope="session", autouse=True)
def _no_line_of_progress():
    """However slow the machine is, no test sees a line about work that takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "SILENCE", 1e6)
        yield
