"""Specs → what ``jac compute``, ``explain`` and ``train`` show; one module for each."""
