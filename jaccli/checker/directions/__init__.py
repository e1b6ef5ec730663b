"""Blocks too large to judge entry by entry → verdicts along random directions."""
