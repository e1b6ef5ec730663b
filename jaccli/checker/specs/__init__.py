"""A built spec → its problems, their checks and its report."""
