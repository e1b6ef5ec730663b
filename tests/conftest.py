"""Fixtures for every test: random numbers that are the same in every run."""

import numpy as np
import pytest


@pytest.fixture
def rng_seed():
    return 20240229


@pytest.fixture
def rng(rng_seed):
    return np.random.default_rng(rng_seed)
