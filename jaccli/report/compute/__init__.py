"""What ``jac compute`` found → each of its formats."""
