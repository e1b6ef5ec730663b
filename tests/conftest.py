"""Fixtures for every test: random numbers that are the same in every run."""

import signal

import numpy as np
import pytest

signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # a shell's background job ignores it, and so would what tests start


@pytest.fixture
def rng_seed():
    return 20240229


@pytest.fixture
def rng(rng_seed):
    return np.random.default_rng(rng_seed)
