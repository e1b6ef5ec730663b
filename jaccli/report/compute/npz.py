"""Computed derivatives → the bytes of a NumPy .npz file."""

from __future__ import annotations

import io

import numpy as np

from jaccli.results.computed import Computed

__all__ = ["computed_npz"]


def computed_npz(result: Computed) -> bytes:
    """Return arrays ``J.of.wrt`` (``H.of.wrt.wrt2``, ``product.name``), ``value.of`` and ``point.name``.

    Shapes: J.s.W has s.shape + W.shape.
    """
    letter = "J" if result.order == 1 else "H"
    arrays = {f"{letter}.{block.of}.{'.'.join(block.wrt)}": np.asarray(block.value) for block in result.blocks}
    arrays |= {f"{product.kind}.{product.name}": product.value for product in result.products}
    arrays |= {f"value.{name}": np.asarray(value) for name, value in (result.values or {}).items()}
    arrays |= {f"point.{name}": np.asarray(value) for name, value in result.point.items()}
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()
