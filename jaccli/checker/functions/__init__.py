"""A Python function → its problem, its checks and its report."""
