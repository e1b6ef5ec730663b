"""Spec → Graph: the list of nodes, how it is built from a spec, and how it is evaluated."""
