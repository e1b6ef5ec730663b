"""Modules with very many parameters, judged as a whole along segments, and the place of what is wrong by bisection."""
