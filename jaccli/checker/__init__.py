"""Derivatives under test × references → verdicts, for specs and for Python functions."""
