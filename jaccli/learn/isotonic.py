"""Numbers and weights → the nearest numbers that do not fall."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["isotonic"]


def isotonic(y: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the x_1 ≤ x_2 ≤ … with the least Σ w (x − y)², by pooling neighbours that are in the wrong order.

    Cost:   linear.
    Source: Barlow, Bartholomew, Bremner & Brunk, Statistical Inference under Order Restrictions (1972), section 1.2.
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for mean, weight in zip(y, weights, strict=True):
        count = 1
        while pools and pools[-1][0] >= mean:
            before, heavy, many = pools.pop()
            mean, weight, count = (before * heavy + mean * weight) / (heavy + weight), heavy + weight, many + count
        pools.append((mean, weight, count))
    return [mean for mean, _, count in pools for _ in range(count)]
