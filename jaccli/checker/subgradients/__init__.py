"""Entries at kinks, held together: whether they are one subgradient."""
