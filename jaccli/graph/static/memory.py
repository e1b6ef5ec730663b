"""Bytes that a program needs at every run → a C library that does not hand them back to the system in between."""

from __future__ import annotations

import numpy as np

__all__ = ["hold_on_to"]

#: The largest block from which glibc learns. Source: mallopt(3), M_MMAP_THRESHOLD: "the upper limit … 4*1024*1024*sizeof(long)".
LARGEST = 32 * 2**20 - 2**16


def hold_on_to(count: int) -> None:
    """Have freed memory of up to twice ``count`` bytes kept for the next run.

    By default glibc returns what is free beyond 128 kB at the end of its heap, and the system has to find, and to clear, every
    page of it again: for a program that needs megabytes this takes longer than its arithmetic. It learns from use, and a large
    block that is freed tells it that large blocks are. None of the block's pages is touched, so that it costs a microsecond.
    Other C libraries do as they do.
    Source: mallopt(3), "dynamic mmap threshold"; the trim threshold is set to twice the block's size.
    """
    np.empty(min(count, LARGEST), dtype=np.uint8)
